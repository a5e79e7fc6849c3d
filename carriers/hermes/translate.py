"""Hermes Germany's words -> ours. Pure.

Hermes Shipping Interface, Shipment Info API (OpenAPI 2025-12-08), its list of event codes and its authentication API
(2025-07-28). No account of our own was at hand.
"""

from zoneinfo import ZoneInfo

from ..base import Refusal, Reply, Scan, Tracked
from ..errors import AccountRefused, BadRequest, CarrierDown, CarrierError
from ..http import as_object, plain, reading
from ..replies import listed, parcels_of, scans_of
from ..taxonomy import meaning
from ..times import day, moment
from .words import WORDS, short

HOME = ZoneInfo("Europe/Berlin")
NOTHING_ON_IT = "e001"
TOKEN_IS_OLD = {"e902", "e903"}  # invalid, expired: told with a 400
MEANS: dict[str, type[CarrierError]] = {
    "e900": AccountRefused,
    "e902": AccountRefused,
    "e903": AccountRefused,
    "e999": CarrierDown,
}


def read(raw: bytes, number: str = "") -> Reply:
    """A tracking reply, a list of result codes, or the token endpoint's error."""
    reply = as_object(raw)
    with reading(reply):
        if "shipmentID" in reply:  # without its envelope
            reply = {"shipmentinfo": reply}
        if "shipmentinfo" in reply:
            return to_reply(listed(reply["shipmentinfo"]), number)
        if "listOfResultCodes" in reply:
            return Reply(refusals=[to_refusal(no, "") for no in listed(reply["listOfResultCodes"])])
        return Reply(refusals=[Refusal(reply["error"], plain(reply.get("error_description")), AccountRefused)])


def to_reply(entries: list, number: str) -> Reply:
    shipments = [entry for entry in entries if isinstance(entry, dict)]
    unread = [entry for entry in shipments if entry.get("result") and not entry.get("status")]
    answer = parcels_of(
        [entry for entry in shipments if entry not in unread], to_parcel, lambda entry: entry["shipmentID"], number
    )
    answer.refusals.extend(to_refusal(entry["result"], str(entry.get("shipmentID") or number)) for entry in unread)
    return answer


def to_parcel(shipment: dict) -> Tracked:
    forecast = shipment.get("deliveryForecast") or {}
    return Tracked(
        str(shipment["shipmentID"]), scans_of(listed(shipment.get("status")), to_scan), day(forecast.get("date"))
    )


def to_scan(event: dict) -> Scan:
    code = str(event["code"] or "")
    status, sub_status = meaning("hermes", WORDS, short(code))
    when = moment(event["timestamp"], HOME)
    return Scan(
        at=when.at,
        status=status,
        text=plain(event.get("description")),
        place=plain((event.get("scanningUnit") or {}).get("city")),
        code=code,
        sub_status=sub_status,
        local=when.local,
        zone_from=when.zone_from,
        raw=event,
    )


def to_refusal(no: dict, number: str) -> Refusal:
    code = str(no["code"])
    means = None if code == NOTHING_ON_IT else MEANS.get(code, BadRequest)
    return Refusal(code, plain(no.get("message")), means, number)
