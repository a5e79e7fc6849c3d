"""Royal Mail's words -> ours. Pure.

Tracking API v2 (developer.royalmail.net) and Click & Drop API v1 (api.parcel.royalmail.com), both as others published
them. No account of our own was at hand.
"""

from base64 import b64decode
from zoneinfo import ZoneInfo

from ..base import LabelWanted, Refusal, Reply, ReturnLabel, Scan, Tracked, plain_number
from ..errors import AccountRefused, BadRequest, CarrierDown, CarrierError, RateLimited
from ..http import as_object, plain, reading
from ..replies import listed, parcels_of, scans_of
from ..taxonomy import meaning
from ..times import day, moment
from .words import WORDS

HOME = ZoneInfo("Europe/London")

# errorCode; None: nothing on this number, or nothing yet.
ERRORS: dict[str, type[CarrierError] | None] = {
    "E0000": CarrierDown,
    "E0001": CarrierDown,  # service unavailable
    "E0004": BadRequest,  # a header or a parameter is missing
    "E0005": CarrierDown,
    "E0007": AccountRefused,
    "E0009": CarrierDown,
    "E0010": RateLimited,
    "E0013": BadRequest,  # more than thirty numbers
    "E0016": AccountRefused,
    "E1142": None,  # the barcode is not recognised
    "E1144": None,  # no proof of delivery (yet)
    "E1145": None,
    "E1283": None,  # a product that is not tracked
    "E1284": None,  # no delivery update
    "E1307": None,  # no tracking
    "E1308": None,  # no update
    "E2001": None,  # not found
}
OF_ONE_NUMBER = {code for code, error in ERRORS.items() if error is None}


def read(raw: bytes, number: str = "") -> Reply:
    """The events of one parcel, the summary of many, or a no: theirs, or of the gateway before them."""
    return read_all(raw, [number] if number else [])


def read_all(raw: bytes, numbers: list[str]) -> Reply:
    """As `read`, with all the numbers that were asked for: a summary answers to either barcode of a parcel."""
    number = numbers[0] if len(numbers) == 1 else ""
    reply = as_object(raw)
    with reading(reply):
        if "mailPieceId" in reply:  # without its envelope
            reply = {"mailPieces": reply}
        if "mailPieces" not in reply:
            return Reply(refusals=to_refusals(reply, number))
        if isinstance(reply["mailPieces"], dict):
            return parcels_of(
                [reply["mailPieces"]],
                lambda piece: to_parcel(piece, number or str(piece["mailPieceId"])),
                lambda piece: number or str(piece["mailPieceId"]),
            )
        return to_many([piece for piece in listed(reply["mailPieces"]) if isinstance(piece, dict)], numbers)


def to_many(pieces: list[dict], numbers: list[str]) -> Reply:
    failed = [piece for piece in pieces if piece.get("error") and not piece.get("summary")]
    named = [(name, piece) for piece in pieces if piece not in failed for name in asked_as(piece, numbers)]
    answer = parcels_of(named, lambda pair: to_parcel(pair[1], pair[0]), lambda pair: pair[0])
    for piece in failed:
        answer.refusals.append(to_refusal(piece["error"], str(piece.get("mailPieceId") or "")))
    return answer


def asked_as(piece: dict, numbers: list[str]) -> list[str]:
    """A parcel has the number of its barcode and that of its square one; the asked one may be either, or both."""
    summary = piece["summary"] if isinstance(piece.get("summary"), dict) else {}
    said = [piece.get("mailPieceId"), summary.get("oneDBarcode"), summary.get("uniqueItemId")]
    names = [str(name) for name in said if name]
    same = {plain_number(name) for name in names}
    return [number for number in numbers if plain_number(number) in same] or names[:1] or numbers[:1] or [""]


def to_parcel(piece: dict, number: str) -> Tracked:
    summary = piece.get("summary") or {}
    scans = scans_of(listed(piece.get("events")), to_scan, newest_first=True)
    if not scans and summary.get("lastEventCode"):
        scans = scans_of([as_event(summary)], to_scan)
    forecast = piece.get("estimatedDelivery") or {}
    return Tracked(number, scans, day(forecast.get("date")), service=plain(summary.get("productName")))


def as_event(summary: dict) -> dict:
    """A summary tells the last event alone."""
    return {
        "eventCode": summary["lastEventCode"],
        "eventName": summary.get("lastEventName"),
        "eventDateTime": summary.get("lastEventDateTime"),
        "locationName": summary.get("lastEventLocationName"),
    }


def to_scan(event: dict) -> Scan:
    code = str(event["eventCode"] or "")
    status, sub_status = meaning("royal_mail", WORDS, code)
    when = moment(event["eventDateTime"], HOME)
    return Scan(
        at=when.at,
        status=status,
        text=plain(event.get("eventName")) or code,
        place=plain(event.get("locationName")),
        code=code,
        sub_status=sub_status,
        local=when.local,
        zone_from=when.zone_from,
        raw=event,
    )


def to_refusals(reply: dict, number: str) -> list[Refusal]:
    if errors := [error for error in listed(reply.get("errors")) if isinstance(error, dict)]:
        return [to_refusal(error, number) for error in errors]
    status = str(reply["httpCode"])
    message = plain(reply.get("moreInformation")) or plain(reply.get("httpMessage"))
    return [Refusal(status, message, of_status(int(status)))]


def to_refusal(error: dict, number: str) -> Refusal:
    code = str(error["errorCode"])
    message = plain(f"{error.get('errorDescription') or ''} {error.get('errorCause') or ''}")
    return Refusal(code, message, ERRORS.get(code, BadRequest), number if code in OF_ONE_NUMBER else "")


def of_status(status: int) -> type[CarrierError]:
    if status in (401, 403):
        return AccountRefused
    if status == 429:
        return RateLimited
    return CarrierDown if status >= 500 else BadRequest


def from_wanted(wanted: LabelWanted, service: str) -> dict:
    """Click & Drop's body. The shipping address is where the parcel was sent to: the customer's."""
    return {
        "service": {"serviceCode": service},
        "shipment": {
            "shippingAddress": address(
                wanted.sender_name, wanted.sender_street, wanted.sender_city, wanted.sender_postcode
            ),
            "returnAddress": address(
                wanted.receiver_name, wanted.receiver_street, wanted.receiver_city, wanted.receiver_postcode
            ),
            "customerReference": {"reference": wanted.reference},
        },
    }


def address(name: str, street: str, city: str, postcode: str) -> dict:
    """They want a first and a last name; whoever has only one keeps it, and a dash."""
    first, _, last = name.strip().partition(" ")
    return {
        "firstName": first,
        "lastName": last.strip() or "-",
        "addressLine1": street,
        "city": city,
        "postcode": postcode,
        "country": "United Kingdom",
        "countryIsoCode": "GBR",
    }


def to_label(reply: dict) -> ReturnLabel:
    file = b64decode(reply["label"])
    if not file.startswith(b"%PDF"):
        raise ValueError("not a PDF")
    drawn = b64decode(reply.get("qrCode") or "")
    return ReturnLabel(
        tracking_number=str(reply["shipment"]["trackingNumber"]),
        file=file,
        file_type="application/pdf",
        code_image=drawn if drawn.startswith(b"\x89PNG") else None,
    )
