"""The stand-in carrier's words -> ours. Pure."""

from datetime import date, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from ..base import (
    DeliveryChoice,
    Drop,
    DropOff,
    Hours,
    LabelWanted,
    Near,
    PlaceKind,
    Refusal,
    Reply,
    ReturnLabel,
    Scan,
    Status,
    Tracked,
)
from ..errors import AccountRefused, BadRequest
from ..http import as_object, plain, reading
from ..taxonomy import meaning
from ..times import moment

# Hold beside sandbox/lives.py. Ours: status, sub-status.
WORDS = {
    "LBL": (Status.PRE_TRANSIT, "data_only"),
    "PUP": (Status.ACCEPTED, ""),
    "HUB": (Status.IN_TRANSIT, ""),
    "CUS": (Status.IN_TRANSIT, "customs_hold"),
    "CLR": (Status.IN_TRANSIT, ""),
    "DLY": (Status.EXCEPTION, "delayed_carrier"),
    "OUT": (Status.OUT_FOR_DELIVERY, ""),
    "MIS": (Status.ATTEMPTED, "recipient_absent"),
    "SHP": (Status.AVAILABLE_FOR_PICKUP, "to_parcel_shop"),
    "LCK": (Status.AVAILABLE_FOR_PICKUP, "to_locker"),
    "DLV": (Status.DELIVERED, ""),
    "NBR": (Status.DELIVERED, "to_neighbour"),
    "DMG": (Status.EXCEPTION, "damaged"),
    "LST": (Status.EXCEPTION, "lost"),
    "RTN": (Status.RETURNING, ""),
    "RBK": (Status.RETURNED, ""),
    "CAN": (Status.CANCELLED, "voided"),
}

# Where it works; only for a time that comes without an offset.
HOME = ZoneInfo("Europe/Berlin")


def read(raw: bytes, number: str = "") -> Reply:
    reply = as_object(raw)
    with reading(reply):
        if "fehler" in reply:
            error = AccountRefused if reply["fehler"] == "unknown_key" else BadRequest
            return Reply(refusals=[Refusal(reply["fehler"], plain(reply["text"]), error)])
        missing = [Refusal("unknown", "unknown", number=unknown) for unknown in reply["unknown"]]
        return Reply([to_parcel(parcel) for parcel in reply["parcels"]], missing)


def to_parcel(parcel: dict) -> Tracked:
    # They come newest first. Turned round before the sort, which then keeps scans of one second in their order.
    scans = sorted((to_scan(line) for line in reversed(parcel["log"])), key=lambda scan: scan.at)
    eta = parcel.get("eta")
    return Tracked(
        parcel["no"],
        scans,
        date.fromisoformat(eta) if eta else None,
        weight_g=parcel.get("grams"),
        arrived_postcode=parcel.get("plz") or "",
    )


def to_scan(line: dict) -> Scan:
    code = line.get("c") or ""
    status, sub_status = meaning("sandbox", WORDS, code)
    when = moment(line["ts"], HOME)
    return Scan(
        at=when.at,
        status=status,
        text=plain(line.get("txt")),
        place=plain(line.get("where")),
        code=code,
        sub_status=sub_status,
        local=when.local,
        zone_from=when.zone_from,
        raw=line,
    )


def to_label(reply: dict) -> ReturnLabel:
    return ReturnLabel(tracking_number=reply["no"], routing=reply["leit"], code=reply.get("qr") or "")


# How their list names what can be changed.
DROPS = {"tag": Drop.DAY, "nachbar": Drop.NEIGHBOUR, "filiale": Drop.SHOP, "ablageort": Drop.SAFE_PLACE}


def to_choices(reply: dict) -> list[DeliveryChoice]:
    """What we have no word for is left out: nobody can choose what is not understood."""
    with reading(reply):
        return [to_choice(each) for each in reply["moeglich"] if each["art"] in DROPS]


def to_choice(said: dict) -> DeliveryChoice:
    return DeliveryChoice(
        id=said["id"],
        kind=DROPS[said["art"]],
        day=date.fromisoformat(said["am"]) if said.get("am") else None,
        place=plain(said.get("ort")),
        price=Decimal(said["cent"]) / 100,
        currency=said["waehrung"],
        until=moment(said["bis"], HOME).at if said.get("bis") else None,
    )


# How it names its places, and the days of the week.
PLACES = {"filiale": PlaceKind.SHOP, "automat": PlaceKind.LOCKER, "post": PlaceKind.POST_OFFICE}
DAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")


def from_near(near: Near, most: int) -> dict[str, str | int]:
    return {"land": near.country, "plz": near.postcode, "ort": near.city, "strasse": near.street, "anzahl": most}


def to_places(reply: dict) -> list[DropOff]:
    """Those of a kind we have no word for are left out."""
    with reading(reply):
        return [to_place(each) for each in reply["orte"] if each["art"] in PLACES]


def to_place(said: dict) -> DropOff:
    hours = [
        Hours(DAYS.index(row["tag"]), time.fromisoformat(row["von"]), time.fromisoformat(row["bis"]))
        for row in said["offen"]
    ]
    return DropOff(
        name=plain(said["name"]),
        street=plain(said["strasse"]),
        postcode=plain(said["plz"]),
        city=plain(said["ort"]),
        kind=PLACES[said["art"]],
        distance_m=int(said["meter"]),
        hours=tuple(hours),
        closed=tuple((date.fromisoformat(first), date.fromisoformat(last)) for first, last in said["zu"]),
        zone=HOME,
        unprinted=said["ohne_druck"] is True,
    )


def from_wanted(wanted: LabelWanted) -> dict:
    return {
        "ref": wanted.reference,
        "from": {
            "name": wanted.sender_name,
            "street": wanted.sender_street,
            "zip": wanted.sender_postcode,
            "city": wanted.sender_city,
            "country": wanted.sender_country,
        },
        "to": {
            "name": wanted.receiver_name,
            "street": wanted.receiver_street,
            "zip": wanted.receiver_postcode,
            "city": wanted.receiver_city,
            "country": wanted.receiver_country,
        },
        "grams": wanted.weight_g,
    }
