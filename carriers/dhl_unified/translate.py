"""DHL Shipment Tracking Unified v1.5 and its Push v1.2: their words -> ours. Pure.

A reply is {"shipments": [{id, service, status, events, estimatedTimeOfDelivery, ...}]}; a push is the same with "scope"
and "self" beside it. An event is {timestamp, statusCode, status, description, location.address.{addressLocality,
countryCode}}. A no is an RFC 7807 problem; 404 says that there is nothing on the number.
"""

import re
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from ..base import Refusal, Reply, Scan, Status, Tracked, ZoneFrom
from ..http import as_object, place, plain, reading
from ..problems import problem
from ..replies import grams, listed, parcels_of, scans_of, untold
from ..taxonomy import Meaning, meaning
from ..times import Moment, at_zone, day, moment_at
from .words import COARSE, SENTENCES, SERVICES

# Times come with an offset from some services and without one from others. Where a service works in one country alone
# its clock is that country's; the worldwide ones are asked for the scan's country.
HOME = ZoneInfo("Europe/Berlin")
CLOCKS = {
    "parcel-de": HOME,
    "post-de": HOME,
    "svb": HOME,
    "parcel-nl": ZoneInfo("Europe/Amsterdam"),
    "parcel-pl": ZoneInfo("Europe/Warsaw"),
    "ecommerce-ppl": ZoneInfo("Europe/Prague"),
}
# The longest code of theirs has 76 characters, but a text in its place has more.
LONGEST_CODE = 80


def read(raw: bytes, number: str = "") -> Reply:
    reply = as_object(raw)
    with reading(reply):
        if "id" in reply and ("events" in reply or isinstance(reply.get("status"), dict)):
            reply = {"shipments": reply}
        if "shipments" in reply:
            found = parcels_of(listed(reply["shipments"]), lambda said: to_parcel(said, number), _number_of, number)
            # Two services may know one number; the parcel that was seen last is the one that is meant.
            found.parcels.sort(key=lambda parcel: parcel.scans[-1].at.timestamp() if parcel.scans else 0)
            return found
        if str(reply.get("scope", "")).startswith("subscription."):
            return Reply()  # about the subscription, not about a parcel
        no = problem(reply, number)
        return Reply(refusals=[Refusal(no.code, no.message, None, number) if no.code == "404" else no])


def _number_of(shipment: dict) -> str:
    return str(shipment["id"])


def to_parcel(shipment: dict, number: str = "") -> Tracked:
    service = plain(shipment.get("service"))
    back = shipment.get("returnFlag") is True
    a_scan = partial(to_scan, service=service, back=back)
    status = shipment["status"] if isinstance(shipment.get("status"), dict) else {}
    scans = scans_of([_coded(event, status) for event in listed(shipment.get("events"))], a_scan, newest_first=True)
    now = untold(status, scans, a_scan)
    scans = sorted([*scans, *now], key=lambda scan: scan.at)
    details = shipment.get("details") or {}
    product = plain((details.get("product") or {}).get("productName"))
    return Tracked(
        number or _number_of(shipment),
        scans,
        expected(shipment),
        product or service,
        weight_g=weighed(details),
        arrived_postcode=_handed_over_at(scans),
    )


def weighed(details: dict) -> int | None:
    said = details.get("weight")
    return grams(said.get("value"), said.get("unitText")) if isinstance(said, dict) else None


def _handed_over_at(scans: list[Scan]) -> str:
    """The postcode of the newest scan that says delivered."""
    for scan in reversed(scans):
        if scan.status in (Status.DELIVERED, Status.RETURNED):
            return plain(((scan.raw.get("location") or {}).get("address") or {}).get("postalCode"))
    return ""


def _coded(event: object, status: dict) -> object:
    """Some events come without a statusCode; that of the status holds for the event of its time."""
    if isinstance(event, dict) and not _coarse(event) and event.get("timestamp") == status.get("timestamp"):
        return {**event, "statusCode": _coarse(status)}
    return event


def to_scan(event: dict, service: str, *, back: bool = False) -> Scan:
    status, sub_status = told(service, _code(event), _coarse(event), plain(event.get("description")))
    if back and status is Status.DELIVERED:
        status = Status.RETURNED
    address = (event.get("location") or {}).get("address") or {}
    country, town = plain(address.get("countryCode")), plain(address.get("addressLocality"))
    # Some write the country into the town as well: "Hebron, KY, US".
    town, region = town.removesuffix(f", {country}"), town.removesuffix(f", {country}").rpartition(", ")[2]
    when = clock(event["timestamp"], service, country, region)
    text = plain(event.get("description")) or plain(event.get("remark")) or _code(event) or _coarse(event)
    return Scan(
        at=when.at,
        status=status,
        text=text,
        place=place(town, country),
        # A code that is the coarse one again would make one scan of two that share a minute.
        code=text[:LONGEST_CODE] if _code(event) in ("", _coarse(event)) else _code(event),
        sub_status=sub_status,
        local=when.local,
        zone_from=when.zone_from,
        raw=event,
    )


def _code(event: dict) -> str:
    return plain(event.get("status") or event.get("divisionalStatus"))[:LONGEST_CODE]


def _coarse(event: dict) -> str:
    return plain(event.get("statusCode") or event.get("simplifiedStatus"))


def told(service: str, code: str, coarse: str, text: str = "") -> Meaning:
    """What the service's own code means, else the coarse one: `code` is often but a text, as `text` is.

    Of those only a few sentences are known, and only where the coarse word is "transit".
    """
    words = SERVICES.get(service, {})
    if code in words:
        return words[code]
    if coarse.lower() == "transit":
        for sentence, meant in SENTENCES.items():
            if re.match(sentence, text or code, re.IGNORECASE):
                return meant
    return meaning("dhl_unified", COARSE, coarse.lower())


def clock(said: str, service: str, country: str, region: str = "") -> Moment:
    at = datetime.fromisoformat(said.strip())
    if service in CLOCKS:
        return at_zone(at, CLOCKS[service], ZoneFrom.CARRIER)
    return moment_at(at, country, region, HOME)


def expected(shipment: dict) -> date | None:
    frame = shipment.get("estimatedDeliveryTimeFrame") or {}
    return (
        day(shipment.get("estimatedTimeOfDelivery"))
        or day(frame.get("estimatedThrough"))
        or day(frame.get("estimatedFrom"))
    )


def from_numbers(numbers: list[str], service: str, hook_url: str, header: str, token: str) -> dict:
    """The body of POST /subscription. At most ten numbers; DHL knocks with `header: token`."""
    return {
        "hook": {
            "uri": hook_url,
            "authentication": {"type": "ApiKeyAuthentication", "header": header, "token": token},
        },
        "format": "Default",
        "type": "Shipment",
        "service": service,
        "events": ["Transit", "Delivered", "Pre-Transit", "Failure", "Unknown"],
        "shipmentIDs": numbers,
    }
