"""karrio's words -> ours. Pure.

Shapes from its server's serializers and tests (karrioapi/karrio, 2026). Their statuses are the work of one connector a
carrier and only as good; what is known to be wrong in them stands in no table here, for the carrier is not known here.
"""

from dataclasses import replace
from datetime import datetime

from ..base import Refusal, Reply, Scan, Status, Tracked, ZoneFrom
from ..errors import AccountRefused, BadRequest, CarrierDown, CarrierError, RateLimited
from ..http import as_object, plain, reading
from ..replies import listed, parcels_of, scans_of
from ..taxonomy import Meaning, meaning
from ..times import Moment, at_zone, day, moment
from .words import REASONS, WORDS

CLOCKS = ("%H:%M", "%I:%M %p", "%H:%M:%S")


def read(raw: bytes, number: str = "") -> Reply:
    """One tracker, a page of them, what asking the carrier without keeping a tracker gives, a message, or errors."""
    reply = as_object(raw)
    with reading(reply):
        wrapped = next((reply[name] for name in ("results", "tracking", "data") if name in reply), None)
        trackers = [reply] if "tracking_number" in reply else listed(wrapped)
        if not trackers and "results" not in reply:
            return Reply(refusals=refusals(reply, number))
        return parcels_of(trackers, to_parcel, lambda tracker: str(tracker["tracking_number"]), number)


def to_parcel(tracker: dict) -> Tracked:
    status = tracker.get("status") or ("delivered" if tracker["delivered"] is True else "unknown")
    scans = scans_of(listed(tracker.get("events")), to_scan)
    if scans and status not in {"unknown", *(scan.raw.get("status") for scan in scans)}:
        # Older servers say one status for the whole, and none for its events: it is that of the newest.
        now, why = meaning("karrio", WORDS, status)
        newest = scans[-1]
        if newest.raw.get("status"):
            scans.append(replace(newest, status=now, sub_status=why, code=status))
        else:
            scans[-1] = replace(newest, status=now, sub_status=why)
    info = tracker.get("info") or {}
    service = plain(info.get("shipment_service"))
    return Tracked(str(tracker["tracking_number"]), scans, day(tracker.get("estimated_delivery")), service)


def to_scan(event: dict) -> Scan:
    status, sub_status = meant(event.get("status") or "", event.get("reason") or "")
    when = time_of(event)
    code = "/".join(part for part in (event.get("status"), event.get("code")) if part)
    return Scan(
        at=when.at,
        status=status,
        text=plain(event.get("description")) or plain(code),
        place=plain(event.get("location")),
        code=code or plain(event.get("description")),
        sub_status=sub_status,
        local=when.local,
        zone_from=when.zone_from,
        raw=event,
    )


def meant(status: str, reason: str) -> Meaning:
    if not status:
        return Status.UNKNOWN, ""
    said, sub_status = meaning("karrio", WORDS, status)
    if said in {Status.ATTEMPTED, Status.EXCEPTION, Status.RETURNING, Status.IN_TRANSIT}:
        return said, REASONS.get(reason) or sub_status
    return said, sub_status


def time_of(event: dict) -> Moment:
    """They stamp the clock of the place with a Z (FedEx's 12:41-04:00 becomes 12:41Z): no Z of theirs is believed."""
    if said := event.get("timestamp"):
        when = moment(said)
        return when if when.at.utcoffset() else replace(when, zone_from=ZoneFrom.ASSUMED)
    for clock in CLOCKS:
        try:
            said = f"{event['date']} {event.get('time') or '00:00'}"
            return at_zone(datetime.strptime(said, f"%Y-%m-%d {clock}"))  # noqa: DTZ007 - a clock on a wall
        except ValueError:
            continue
    raise ValueError("no time")


def refusals(reply: dict, number: str) -> list[Refusal]:
    """Their own errors, the carrier's messages, or one sentence of the framework below."""
    if "detail" in reply:
        return [Refusal("detail", plain(reply["detail"]), AccountRefused)]
    rows = listed(reply["errors"] if "errors" in reply else reply["messages"])
    return [to_refusal(row, number) for row in rows if isinstance(row, dict)]


def to_refusal(row: dict, number: str) -> Refusal:
    code = str(row.get("code") or "error")
    error = error_of(code)
    about_account = error in {AccountRefused, RateLimited, CarrierDown}
    return Refusal(code, plain(row.get("message")) or "no reason given", error, "" if about_account else number)


def error_of(code: str) -> type[CarrierError] | None:
    if code in {"authentication_failed", "not_authenticated", "authentication_required", "permission_denied", "401"}:
        return AccountRefused
    if code == "not_found":
        return None
    if code == "throttled":
        return RateLimited
    return CarrierDown if code in {"error", "500"} else BadRequest
