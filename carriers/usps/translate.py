"""USPS Tracking v3 and Domestic Labels v3 (returns): their words -> ours. Pure.

A reply with expand=DETAIL is one object: trackingNumber, statusCategory, mailClass, expectedDeliveryTimeStamp and
trackingEvents[], newest first. v3r2, which takes many numbers, answers with a list of such objects. A no is
{"apiVersion", "error": {"code", "message", "errors": [...]}}; 404 says that there is nothing on the number. A webhook
is said to wrap the same object, as text, in `payload` (Subscriptions - Tracking v3.2, which was not at hand); only what
it is about is taken from it.
"""

import base64
import json
import re
from datetime import UTC, date, datetime, timedelta, timezone
from email.message import Message
from email.parser import BytesParser
from hashlib import sha256
from uuid import UUID
from zoneinfo import ZoneInfo

from ..base import LabelWanted, Refusal, Reply, ReturnLabel, Scan, Tracked
from ..errors import AccountRefused, BadRequest, CarrierDown, NotOffered
from ..http import as_json, as_object, place, plain, reading
from ..problems import meant_by
from ..replies import listed, parcels_of, scans_of
from ..times import Moment, at_zone, day, moment_at, zone_of
from .words import told

HOME = ZoneInfo("America/New_York")  # assumed, where neither an offset nor a state tells


def read(raw: bytes, number: str = "") -> Reply:
    said = as_json(raw)
    with reading(said):
        if isinstance(said, dict) and "payload" in said:
            said = as_object(said["payload"].encode()) if isinstance(said["payload"], str) else said["payload"]
        entries = said if said and isinstance(said, list) else [said]
        noes = [_no(entry, plain(entry.get("trackingNumber")) or number) for entry in entries if "error" in entry]
        parcels = [entry for entry in entries if "error" not in entry]
        if not any("trackingNumber" in entry for entry in parcels) and not noes:
            raise ValueError("neither a parcel nor a no")
        reply = parcels_of(parcels, to_parcel, lambda parcel: str(parcel["trackingNumber"]), number)
        return Reply(reply.parcels, [*reply.refusals, *noes])


# A cause under a 400 in a reply that others recorded: there is no update on this number yet.
NOT_YET = "150001"


def _no(said: dict, number: str) -> Refusal:
    error = said["error"]
    if isinstance(error, str):  # of the token: {"error": "invalid_client", "error_description": "..."}
        return Refusal(error, plain(said.get("error_description")) or error, AccountRefused)
    code = plain(error["code"])
    details = [plain(detail.get("detail")) for detail in listed(error.get("errors"))]
    message = ". ".join(filter(None, [plain(error.get("message")).rstrip("."), *details]))
    causes = {plain(detail.get("code")) for detail in listed(error.get("errors"))}
    if code == "404" or NOT_YET in causes:
        return Refusal(code, message or code, None, number)
    return Refusal(code, message or code, meant_by(int(code)) if code.isdigit() else BadRequest)


def to_parcel(parcel: dict) -> Tracked:
    scans = scans_of(listed(parcel.get("trackingEvents")), to_scan, newest_first=True)
    return Tracked(str(parcel["trackingNumber"]), scans, expected(parcel), plain(parcel.get("mailClass")))


ESTIMATES = (
    "expectedDeliveryTimeStamp",
    "expectedDeliveryDate",
    "predictedDeliveryDate",
    "guaranteedDeliveryTimeStamp",
    "guaranteedDeliveryDate",
)


def expected(parcel: dict) -> date | None:
    """v3 has the names of time stamps on the parcel itself, v3r2 those of dates in `deliveryDateExpectation`."""
    said = {**parcel, **(parcel.get("deliveryDateExpectation") or {})}
    return next(filter(None, (day(said.get(name)) for name in ESTIMATES)), None)


def to_scan(event: dict) -> Scan:
    code, text = plain(event.get("eventCode")), plain(event.get("eventType"))
    status, sub_status = told(code, text)
    country = plain(event.get("eventCountry")) or "US"
    when = clock(event, country, plain(event.get("eventState")))
    # Who signed is not ours to keep.
    kept = {name: value for name, value in event.items() if name not in ("name", "firm")}
    return Scan(
        at=when.at,
        status=status,
        text=text or code,
        place=place(event.get("eventCity"), event.get("eventState"), country) if event.get("eventCity") else "",
        code=code or text[:40],
        sub_status=sub_status,
        local=when.local,
        zone_from=when.zone_from,
        raw=kept,
    )


def clock(event: dict, country: str, state: str) -> Moment:
    """eventTimestamp is a clock on the wall, whatever letter stands behind it; GMTOffset tells its zone.

    GMTTimestamp helps only where one of the two is missing: in replies of 2024 it has Greenwich's hour with the day of
    the wall, and is a day too early for every evening. Raises ValueError where there is no time.
    """
    ahead = _offset(plain(event.get("GMTOffset")))
    gmt = datetime.fromisoformat(plain(event.get("GMTTimestamp"))) if event.get("GMTTimestamp") else None
    if gmt and not event.get("eventTimestamp"):
        return at_zone(gmt.replace(tzinfo=UTC).astimezone(ahead or zone_of(country, state) or HOME))
    at = datetime.fromisoformat(plain(event.get("eventTimestamp"))).replace(tzinfo=None)
    if ahead is None and gmt:
        ahead = _between(at, gmt.replace(tzinfo=None))
    return at_zone(at.replace(tzinfo=ahead)) if ahead else moment_at(at, country, state, HOME)


def _between(at: datetime, gmt: datetime) -> timezone:
    """The zone in which it is `at` when it is `gmt` in Greenwich, of whatever day, to a quarter of an hour."""
    quarters = round((at - gmt) / timedelta(minutes=15))
    return timezone(timedelta(minutes=15) * ((quarters + 48) % 96 - 48))


def _offset(said: str) -> timezone | None:
    """ "-7:00", as their example has it."""
    found = re.fullmatch(r"([+-]?)(\d{1,2}):(\d\d)", said)
    if not found or int(found[2]) > 14:
        return None
    ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-ahead if found[1] == "-" else ahead)


# --- returns

POUND_G = 453.59237
INCHES = (12, 9, 4)  # length, width, height of a parcel, where the account does not say


def to_roles(crid: str, mid: str, account_number: str) -> dict:
    """The body of POST /payments/v3/payment-authorization: who pays, and whose label it is."""
    who = {"CRID": crid, "MID": mid, "manifestMID": mid, "accountType": "EPS", "accountNumber": account_number}
    return {"roles": [{"roleName": "PAYER", **who}, {"roleName": "LABEL_OWNER", **who}]}


def from_wanted(wanted: LabelWanted, inches: tuple[float, float, float]) -> dict:
    """The body of POST /labels/v3/return-label. Raises NotOffered outside the United States."""
    if {wanted.sender_country.upper(), wanted.receiver_country.upper()} != {"US"}:
        raise NotOffered("USPS makes return labels within the United States only.")
    first, _blank, last = wanted.sender_name.strip().partition(" ")
    customer = {"firstName": first[:50], "lastName": last[:50]} if last else {"firm": wanted.sender_name[:50]}
    shop = {"firm": wanted.receiver_name[:50]}
    length, width, height = inches
    return {
        "imageInfo": {"imageType": "PDF", "labelType": "4X6LABEL", "receiptOption": "NONE"},
        "toAddress": shop
        | _address(
            wanted.receiver_street,
            wanted.receiver_city,
            wanted.receiver_region,
            wanted.receiver_postcode,
        ),
        "fromAddress": customer
        | _address(
            wanted.sender_street,
            wanted.sender_city,
            wanted.sender_region,
            wanted.sender_postcode,
        ),
        "packageDescription": {
            "mailClass": "USPS_GROUND_ADVANTAGE_RETURN_SERVICE",
            "rateIndicator": "SP",
            "processingCategory": "MACHINABLE",
            "weightUOM": "lb",
            "weight": max(0.01, -int(-wanted.weight_g * 100 // POUND_G) / 100),
            "dimensionsUOM": "in",
            "length": length,
            "width": width,
            "height": height,
            "customerReference": [{"referenceNumber": wanted.reference[:30], "printReferenceNumber": True}],
        },
    }


def _address(street: str, city: str, state: str, postcode: str) -> dict:
    zip_code, _dash, plus = postcode.strip().partition("-")
    address = {"streetAddress": street, "city": city[:28], "state": state.upper(), "ZIPCode": zip_code[:5]}
    return {**address, "ZIPPlus4": plus} if plus else address


def to_uuid(key: str) -> str:
    """USPS wants our key as a random UUID; the same key of ours is always the same UUID of theirs."""
    return str(UUID(bytes=sha256(key.encode()).digest()[:16], version=4))


def to_label(body: bytes, content_type: str) -> ReturnLabel:
    """Parts of multipart/mixed: JSON, then the label, then perhaps a receipt and a QR code.

    The pictures are base64 whatever the headers of their parts say (the specification says to ignore those), so the
    email parser must not undo an encoding for us. Raises CarrierDown for anything else.
    """
    with reading(None):  # the reply holds a whole label
        whole = BytesParser().parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode("latin-1") + body)
        if not whole.is_multipart():
            raise ValueError("no parts")
        parts = [part for part in whole.walk() if not part.is_multipart()]
        facts, pictures = as_json(_text(parts[0]).encode()), parts[1:]
        codes = [part for part in pictures if "qr" in _name(part)]
        (label, *_receipt) = [part for part in pictures if part not in codes]
        file = base64.b64decode(_text(label))
        return ReturnLabel(
            tracking_number=str(facts["trackingNumber"]),
            routing=str(facts.get("routingInformation") or ""),
            file=file,
            file_type=_kind_of(file),
            code_image=base64.b64decode(_text(codes[0])) if codes else None,
        )


def _text(part: Message) -> str:
    payload = part.get_payload(decode=False)
    if not isinstance(payload, str):
        raise CarrierDown("USPS sent a part that is no text.")
    return payload


def _name(part: Message) -> str:
    disposition = part.get_params(header="content-disposition") or []
    return json.dumps(disposition).lower()


def _kind_of(file: bytes) -> str:
    if file.startswith(b"%PDF"):
        return "application/pdf"
    raise ValueError("a label that is no PDF")
