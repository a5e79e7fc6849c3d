"""BOX NOW's words -> ours. Pure.

Partner API 1.65 (2024-09-26, its OpenAPI as generated at github.com/m-michalis/boxnow-php), API manual 7.2 and the
webhook schema of the same document. No recorded reply of a live account was at hand.
"""

from ..base import LabelWanted, Refusal, Reply, Scan, Status, SubStatus, Tracked
from ..errors import AccountRefused, BadRequest, CarrierDown, CarrierError
from ..http import as_object, plain, reading
from ..replies import listed, parcels_of, scans_of
from ..taxonomy import Meaning, meaning
from ..times import moment

# Hold beside "EventsInner" and "ParcelState": events and states are two vocabularies that partly spell alike.
# Ours: status, sub-status. Theirs in quotes.
WORDS: dict[str, Meaning] = {
    # events
    "new": (Status.PRE_TRANSIT, SubStatus.DATA_ONLY),  # "registered to the system"
    # "accepted from customer and will be sent to the recipient": the locker it is put into, not the one it is for.
    # Others read it as arrival; a parcel that ended `missing` had it right before (github.com/ha-parcel-integrations).
    "accepted-to-locker": (Status.ACCEPTED, ""),
    "in-depot": (Status.IN_TRANSIT, ""),
    "final-destination": (Status.AVAILABLE_FOR_PICKUP, SubStatus.TO_LOCKER),
    "delivered": (Status.DELIVERED, ""),
    "expired": (Status.RETURNING, ""),  # "expired and will be returned to the sender"
    "accepted-for-return": (Status.RETURNING, ""),  # "accepted from customer and will be returned to the sender"
    "returned": (Status.RETURNED, ""),
    "canceled": (Status.CANCELLED, SubStatus.VOIDED),
    "missing": (Status.EXCEPTION, SubStatus.PICKUP_FAILED),  # "courier was unable to obtain the parcel": not lost
    "lost": (Status.EXCEPTION, SubStatus.LOST),
    # states that no event is spelled like
    "in-transit": (Status.IN_TRANSIT, ""),
    "intransit": (Status.IN_TRANSIT, ""),  # so the manual spells it, and the living API the other way
    "wait-for-load": (Status.ACCEPTED, ""),  # "waiting in a specific APM to be taken over by BOX NOW courier"
    "in-final-destination": (Status.AVAILABLE_FOR_PICKUP, SubStatus.TO_LOCKER),
    "expired-return": (Status.RETURNING, ""),
    "cancelled": (Status.CANCELLED, SubStatus.VOIDED),
    "canceled-return": (Status.UNKNOWN, ""),  # named in the text of error P425, defined nowhere
}

# Errors that are about this account, not about what was asked.
NOT_YOURS = {"X403", "P403", "P411", "P412", "P415", "P416", "P417", "P440", "P441", "P465", "P466"}
ANOTHERS_PARCEL = "P414"
# The webhook tells the recipient's name, and the number that opens the locker. We need neither.
NOT_KEPT = {"customer", "parcelPin"}


def read(raw: bytes, number: str = "") -> Reply:
    """A list of parcels or one of it, an error, or the CloudEvent they send by themselves or its `data`."""
    reply = as_object(raw)
    with reading(reply):
        found = reply if {"parcelId", "state"} & set(reply) else reply.get("data")
        if isinstance(found, dict) and "parcelId" in found:
            return read_event(found, reply.get("time"))
        if found is not None or "data" in reply:
            return parcels_of(listed(found), to_parcel, lambda parcel: str(parcel["id"]), number)
        return Reply(refusals=[to_refusal(reply, number)])


def read_event(data: dict, sent_at: str | None = None) -> Reply:
    """`data` of a CloudEvent; `sent_at` stands in for the time of the event where that is missing."""
    event = {
        "type": data.get("event") or data.get("parcelState"),
        "createTime": data.get("time") or sent_at,
        **{name: value for name, value in (data.get("eventLocation") or {}).items() if name == "postalCode"},
        "locationDisplayName": (data.get("eventLocation") or {}).get("displayName"),
    }
    kept = {name: value for name, value in data.items() if name not in NOT_KEPT}
    return Reply([Tracked(str(data["parcelId"]), scans_of([event], lambda row: to_scan(row, kept)))])


def to_parcel(parcel: dict) -> Tracked:
    scans = scans_of(listed(parcel.get("events")), to_scan)
    current = {"type": parcel["state"], "createTime": parcel.get("updateTime")}
    known = {(scan.status, scan.sub_status) for scan in scans}
    # in-final-destination after the event final-destination says nothing new; lost after in-depot does.
    if meaning("boxnow", WORDS, parcel["state"] or "") not in known:
        scans = sorted([*scans, *scans_of([current], to_scan)], key=lambda scan: scan.at)
    return Tracked(str(parcel["id"]), scans, service=plain((parcel.get("deliveryRequest") or {}).get("typeOfService")))


def to_scan(event: dict, raw: dict | None = None) -> Scan:
    code = event["type"] or ""
    status, sub_status = meaning("boxnow", WORDS, code)
    when = moment(event["createTime"])
    return Scan(
        at=when.at,
        status=status,
        text=plain(code),  # they have no sentences
        place=plain(event.get("locationDisplayName")),
        code=code,
        sub_status=sub_status,
        local=when.local,
        zone_from=when.zone_from,
        raw=raw or event,
    )


def to_refusal(reply: dict, number: str) -> Refusal:
    code = str(reply["code"])
    return Refusal(code, plain(reply.get("message")), error_of(code), number if code == ANOTHERS_PARCEL else "")


def error_of(code: str) -> type[CarrierError]:
    if code in NOT_YOURS:
        return AccountRefused
    return CarrierDown if code.startswith("P6") else BadRequest


def from_wanted(wanted: LabelWanted, *, warehouse: str, compartment: int) -> dict:
    return {
        "sender": {
            "contactPhoneNumber": wanted.sender_phone,
            "contactEmail": wanted.sender_email,
            "contactName": wanted.sender_name,
        },
        "destination": {"locationId": warehouse},
        "parcels": [
            {
                "id": wanted.reference,
                "name": wanted.reference,
                "value": f"{sum(item.quantity * item.value for item in wanted.items):.2f}",
                "weight": round(wanted.weight_g / 1000, 2),
                "size": compartment,
            }
        ],
    }
