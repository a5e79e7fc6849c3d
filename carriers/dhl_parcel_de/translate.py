"""DHL Parcel DE Tracking v0 (XML) and Returns v1 (JSON): their words -> ours. Pure.

A tracking reply is data@name=piece-shipment-list holding one data@name=piece-shipment a number, each with
data@name=piece-event-list > data@name=piece-event, oldest first. Everything is an attribute. It says no on two levels:
the list's `code` for the whole question, a piece's `error-status` for one number. The gateway before it says no in
JSON (RFC 7807).
"""

import base64
import re
from datetime import date, datetime
from decimal import Decimal
from xml.etree.ElementTree import Element, tostring
from zoneinfo import ZoneInfo

from ..base import LabelItem, LabelWanted, Refusal, Reply, ReturnLabel, Scan, Status, Tracked
from ..errors import AccountRefused, BadRequest, CarrierDown, CarrierError, NotOffered
from ..http import as_object, as_xml, plain, reading
from ..problems import problem
from ..replies import parcels_of, scans_of, untold
from ..times import Moment, at_zone, day
from .words import told

# Times come as "18.03.2016 10:02" and nothing else. No document of theirs names the zone; the clock is that of the
# German network, and nobody has seen another for events abroad.
HOME = ZoneInfo("Europe/Berlin")

# The list's `code` and a piece's `error-status`. None: there is nothing on this number, or not yet.
NOES: dict[str, tuple[str, type[CarrierError] | None]] = {
    "-1000": ("technical error", CarrierDown),
    "-3": ("unknown kind of request", BadRequest),
    "-2": ("internal SQL error", CarrierDown),
    "-1": ("no database connection", CarrierDown),
    "5": ("login failed", AccountRefused),
    "6": ("too many failed logins", AccountRefused),  # asking on keeps the door shut
    "41": ("the number's check digit is wrong", BadRequest),
    "45": ("no number", BadRequest),
    "57": ("nothing for this postcode", None),
    "58": ("the customer number is missing", BadRequest),
    "59": ("no number", BadRequest),
    "60": ("two kinds of number at once", BadRequest),
    "61": ("nothing for this order", None),
    "62": ("not authorised", AccountRefused),
    "63": ("signatures cannot be had", CarrierDown),
    "64": ("no right to ask without the check digit", AccountRefused),
    "100": ("no data found", None),
    "200": ("no electronic data yet", None),
}
ABOUT_THE_NUMBER = {"41", "57", "61", "100", "200"}


BOM = b"\xef\xbb\xbf"


def read(raw: bytes, number: str = "") -> Reply:
    if raw.removeprefix(BOM).lstrip()[:1] == b"{":
        return Reply(refusals=[problem(as_object(raw), number)])
    root = as_xml(raw)
    with reading(raw):
        answer = _list_of(root)
        code = (answer.get("code") or "0").strip()
        if code != "0":
            return Reply(refusals=[_no(code, answer.get("error"), number if code in ABOUT_THE_NUMBER else "")])
        pieces = [answer] if _name(answer) in A_PIECE else _named(answer, *A_PIECE)
        good = [piece for piece in pieces if (piece.get("error-status") or "0") == "0"]
        reply = parcels_of(good, lambda piece: to_parcel(piece, number), number_of, number)
        # One number may have been given twice over the years: the parcel that was seen last comes last and wins.
        reply.parcels.sort(key=lambda parcel: parcel.scans[-1].at.timestamp() if parcel.scans else 0)
        reply.refusals.extend(
            _no(piece.get("error-status", ""), "", number_of(piece) or number) for piece in pieces if piece not in good
        )
        return reply


A_PIECE = ("pieceshipment", "piecestatuspublic", "pieceeventlist")


def _list_of(root: Element) -> Element:
    """The element that holds the pieces, or the only piece: the root, or a child of it.

    Old replies write the names without hyphens. The answer to d-get-piece-events is the list of one piece's events.
    """
    for element in (root, *root):
        if element.tag == "data" and _name(element) in ("pieceshipmentlist", "piecestatuspubliclist", *A_PIECE):
            return element
    raise ValueError("no list of pieces")


def _named(parent: Element, *names: str) -> list[Element]:
    return [child for child in parent if _name(child) in names]


def _name(element: Element) -> str:
    return (element.get("name") or "").replace("-", "")


def _no(code: str, said: str | None, number: str = "") -> Refusal:
    message, error = NOES.get(code, (f"code {code}", CarrierDown))
    return Refusal(code, plain(said) or message, error, number)


def number_of(piece: Element) -> str:
    """As it was asked for: DHL may answer `340434...` with `00340434...`."""
    return piece.get("searched-piece-code") or piece.get("piece-code") or ""


def to_parcel(piece: Element, asked: str = "") -> Tracked:
    number = number_of(piece) or asked or piece.get("piece-identifier")
    if not number:
        raise ValueError("a piece without a number")
    service = plain(piece.get("product-name"))
    # A DHL Retoure is on its way to the shop by nature: there, arriving is a delivery.
    goes_back = "retoure" not in service.lower()
    # Some replies put the events into the piece itself.
    held = [event for lists in _named(piece, "pieceeventlist") for event in lists] or list(piece)
    events = [event for event in held if _name(event) == "pieceevent"]
    scans = scans_of(events, lambda event: to_scan(event, piece if goes_back else None))
    now = untold(_status_of(piece), scans, lambda event: to_scan(event, piece if goes_back else None))
    scans = sorted([*scans, *now], key=lambda scan: scan.at)
    done = piece.get("delivery-event-flag") == "1"
    return Tracked(number, scans, None if done else expected(piece.get("delivery-date")), service)


def to_scan(event: Element, piece: Element | None) -> Scan:
    """`piece` tells of parcels that turned back; None where turning back is what they are for."""
    codes = [(event.get(name) or "").strip() for name in ("standard-event-code", "ice", "ric")]
    status, sub_status = told(codes[0], codes[1], codes[2]) if any(codes[:2]) else (Status.UNKNOWN, "")
    # Piece and event both carry the flag. A piece that turned back late has old events that did not.
    back = event.get("ruecksendung") or (piece.get("ruecksendung") if piece is not None else "")
    if piece is not None and back == "true":
        status = BACK.get(status, status)
    text = plain(event.get("event-text") or event.get("event-status") or event.get("event-short-status"))
    when = clock(event.get("event-timestamp"))
    return Scan(
        at=when.at,
        status=status,
        text=text or "/".join(filter(None, codes)),
        place=_place(event),
        # Real replies have events without any code, as for damage: then their words tell one from another.
        code="/".join(filter(None, codes)) or text[:40],
        sub_status=sub_status,
        local=when.local,
        zone_from=when.zone_from,
        raw=dict(event.attrib),
    )


BACK = {
    Status.ACCEPTED: Status.RETURNING,
    Status.IN_TRANSIT: Status.RETURNING,
    Status.OUT_FOR_DELIVERY: Status.RETURNING,
    Status.AVAILABLE_FOR_PICKUP: Status.RETURNING,
    Status.ATTEMPTED: Status.RETURNING,
    Status.DELIVERED: Status.RETURNED,
}


def _status_of(piece: Element) -> Element:
    """The piece's own status, as an event."""
    now = Element("data", {key: value for key, value in piece.attrib.items() if key in STATUS_OF_PIECE})
    now.set("event-timestamp", piece.get("status-timestamp") or piece.get("last-event-timestamp") or "")
    now.set("event-text", piece.get("status") or piece.get("short-status") or "")
    return now


STATUS_OF_PIECE = {"standard-event-code", "ice", "ric", "event-location", "event-country", "ruecksendung"}


def _place(event: Element) -> str:
    """ "Bonn", or "Deutschland" where they name no town. Countries come in words of the language asked for."""
    return plain(event.get("event-location")) or plain(event.get("event-country"))


def clock(said: str | None) -> Moment:
    return at_zone(datetime.strptime((said or "").strip(), "%d.%m.%Y %H:%M"), HOME)  # noqa: DTZ007 - HOME is its zone


def expected(said: str | None) -> date | None:
    """Documents call the attribute an estimate and show no value; replies seen in the wild hold either form."""
    if found := re.match(r"(\d\d)\.(\d\d)\.(\d{4})", said or ""):
        return day(f"{found[3]}-{found[2]}-{found[1]}")
    return day(said)


def from_numbers(numbers: list[str], user: str, password: str, language: str) -> bytes:
    """The question, as it goes into the address. Built as XML, so that no password can break out of its attribute."""
    question = Element("data")
    for name, value in {
        "appname": user,
        "password": password,
        "language-code": language,
        "request": "d-get-piece-detail",
        "piece-code": ";".join(numbers),
    }.items():
        question.set(name, value)
    return tostring(question, encoding="UTF-8", xml_declaration=True)


# --- returns

# Countries a DHL Retoure may come from, and the receiverId that DHL sets up for each (its collection of requests).
RECEIVER_IDS = {
    "AT": "aut",
    "BE": "bel",
    "BG": "bgr",
    "CH": "che",
    "CY": "cyp",
    "CZ": "cze",
    "DE": "deu",
    "DK": "dnk",
    "EE": "est",
    "ES": "esp",
    "FI": "fin",
    "FR": "fra",
    "GB": "gbr",
    "GR": "grc",
    "HR": "hrv",
    "HU": "hun",
    "IE": "irl",
    "IT": "ita",
    "LT": "ltu",
    "LU": "lux",
    "LV": "lva",
    "MT": "mlt",
    "NL": "nld",
    "NO": "nor",
    "PL": "pol",
    "PT": "prt",
    "RO": "rou",
    "SE": "swe",
    "SI": "svn",
    "SK": "svk",
}
OUTSIDE_THE_EU = {"CH", "GB", "NO"}  # a CN23 is mandatory; the collection has customsDetails for these three
CURRENCIES = {"EUR", "GBP", "CHF", "NOK"}  # the specification lists three, its own request for Norway has the fourth


def from_wanted(wanted: LabelWanted, receiver_ids: dict) -> dict:
    """The body of POST /orders. Raises NotOffered for a country without a receiverId, BadRequest without customs."""
    country = wanted.sender_country.upper()
    receiver_id = receiver_ids.get(country) or RECEIVER_IDS.get(country)
    if not receiver_id:
        raise NotOffered(f"DHL makes no return label for a parcel from {country}.")
    street, house = street_and_house(wanted.sender_street)
    shipper = {
        "name1": wanted.sender_name[:50],
        "addressStreet": street[:50],
        "addressHouse": house[:10],
        "postalCode": wanted.sender_postcode[:10],
        "city": wanted.sender_city[:40],
        "email": wanted.sender_email if len(wanted.sender_email) <= 70 else "",
        "phone": wanted.sender_phone[:20],
        "state": wanted.sender_region[:20],
    }
    body = {
        "receiverId": receiver_id,
        "customerReference": wanted.reference[:50],
        "shipmentReference": wanted.reference[:50],
        "shipper": {name: value for name, value in shipper.items() if value},
        "itemWeight": {"uom": "g", "value": wanted.weight_g},
    }
    if value := _value(sum((item.value * item.quantity for item in wanted.items), Decimal()), wanted.items):
        body["itemValue"] = value
    if country in OUTSIDE_THE_EU:
        body["customsDetails"] = {"items": _customs(wanted)}
    return body


def _value(amount: Decimal, items: tuple[LabelItem, ...]) -> dict | None:
    currencies = {item.currency for item in items}
    if len(currencies) != 1 or not currencies <= CURRENCIES:
        return None
    return {"currency": currencies.pop(), "value": float(round(amount, 2))}


def _customs(wanted: LabelWanted) -> list[dict]:
    if not 1 <= len(wanted.items) <= 20:
        raise BadRequest(f"DHL wants 1 to 20 items for customs from {wanted.sender_country}.")
    # We do not know what one thing weighs. Equal shares, rounded down, never add up to more than the parcel.
    share = max(1, wanted.weight_g // sum(item.quantity for item in wanted.items))
    lines = []
    for item in wanted.items:
        if not (value := _value(item.value, (item,))):
            raise BadRequest(f"DHL takes no customs value in {item.currency}.")
        lines.append(
            {
                "itemDescription": item.title[:50],
                "packagedQuantity": item.quantity,
                "itemWeight": {"uom": "g", "value": share},
                "itemValue": value,
            }
        )
    return lines


def street_and_house(line: str) -> tuple[str, str]:
    """DHL wants the house number apart. ("Lister Meile", "1"); ("Rue de Rivoli", "12") for "12 Rue de Rivoli".

    "-" where there is none: the field must not be empty, and what DHL wants there is not written down.
    """
    line = " ".join(line.split())
    if found := re.fullmatch(r"(.+?)(?:[ ,]+|(?<=\.))(\d+ ?[a-zA-Z]?(?: ?[-/+] ?\d+ ?[a-zA-Z]?)?)", line):
        return found[1], found[2]
    if found := re.fullmatch(r"(\d+[a-zA-Z]?(?:[-/]\d+[a-zA-Z]?)?)[ ,]+(\D.*)", line):
        return found[2], found[1]
    return line, "-"


def to_label(reply: dict) -> ReturnLabel:
    """201: shipmentNo, label.b64 (PDF), routingCode, and where a QR code was made qrLabel.b64 (PNG) and qrLink."""
    label, drawn = _document(reply.get("label")), _document(reply.get("qrLabel"))
    return ReturnLabel(
        tracking_number=str(reply["shipmentNo"]),
        routing=reply.get("routingCode") or "",
        code=reply.get("qrLink") or "",
        file=label,
        file_type="application/pdf" if label else "",
        code_image=drawn if drawn and drawn.startswith(b"\x89PNG") else None,
    )


def _document(said: dict | None) -> bytes | None:
    return base64.b64decode(said["b64"], validate=True) if said and said.get("b64") else None
