"""GLS's words -> ours. Pure.

Track And Trace V1, OpenAPI 1.0.7 of 2025-09-10 (dev-portal.gls-group.net) and two replies that others published, one of
Germany (2024) and one of Ireland (2026). No account of our own was at hand.
"""

from ..base import Refusal, Reply, Scan, Status, SubStatus, Tracked
from ..errors import AccountRefused, BadRequest, CarrierDown, CarrierError, RateLimited
from ..http import as_object, place, plain, reading
from ..replies import listed, parcels_of, scans_of
from ..taxonomy import Meaning, meaning
from ..times import moment

ONLY_DATA = (Status.PRE_TRANSIT, SubStatus.DATA_ONLY)

# Hold beside ParcelDTO.status. Ours: status, sub-status.
STATUSES: dict[str, Meaning] = {
    "PLANNEDPICKUP": ONLY_DATA,
    "INPICKUP": ONLY_DATA,  # "will be picked up by a driver"
    "NOTPICKEDUP": (Status.PRE_TRANSIT, SubStatus.PICKUP_FAILED),
    "PREADVICE": ONLY_DATA,
    "INTRANSIT": (Status.IN_TRANSIT, ""),
    "INDELIVERY": (Status.OUT_FOR_DELIVERY, ""),
    "DELIVEREDPS": (Status.AVAILABLE_FOR_PICKUP, SubStatus.TO_PARCEL_SHOP),  # delivered to the shop, not to anybody
    "DELIVERED": (Status.DELIVERED, ""),
    "INWAREHOUSE": (Status.IN_TRANSIT, ""),
    "NOTDELIVERED": (Status.ATTEMPTED, ""),
    "CANCELED": (Status.CANCELLED, SubStatus.VOIDED),
    "FINAL": (Status.UNKNOWN, ""),  # "parcel history closed": delivered or gone back, it does not say which
}

# GLS tells all event codes to accounts alone (GET tracking/events/codes). These stand in the OpenAPI and in published
# replies; for any other the status speaks. The spelling is theirs.
EVENTS: dict[str, Meaning] = {
    "INTIAL.PREADVICE": ONLY_DATA,
    "INTIAL.E48_DATA": ONLY_DATA,  # provided by the sender for collection
    "INTIAL.NORMAL": (Status.ACCEPTED, ""),  # handed over to GLS
    "INBOUD.NORMAL": (Status.IN_TRANSIT, ""),  # has reached the parcel center
    "OUTBOD.NORMAL": (Status.IN_TRANSIT, ""),  # has left the parcel center
    "OUTDEL.NORMAL": (Status.OUT_FOR_DELIVERY, ""),
    "DELIVD.NORMAL": (Status.DELIVERED, ""),
    "DELIVD.PARCELSHOP": (Status.AVAILABLE_FOR_PICKUP, SubStatus.TO_PARCEL_SHOP),
    "DELIVD.DEL_BY_PSAPP": (Status.DELIVERED, ""),  # handed out by the shop
    "CANCEL.NORMAL": (Status.CANCELLED, SubStatus.VOIDED),
}

# ParcelErrorCodeDTO
ERRORS: dict[str, type[CarrierError] | None] = {
    "E_400_01": BadRequest,
    "E_400_02": BadRequest,
    "E_400_03": BadRequest,
    "E_404_01": None,
    "E_404_02": None,
    "E_500_01": CarrierDown,
}


def read(raw: bytes, number: str = "") -> Reply:
    """A tracking reply, or one of the three shapes of error: of the API, of the gateway before it, of the token."""
    reply = as_object(raw)
    with reading(reply):
        if not {"parcels", "requested"} & set(reply):
            return Reply(refusals=[to_refusal(reply)])
        entries = [entry for entry in listed(reply.get("parcels", reply)) if isinstance(entry, dict)]
        failed = [entry for entry in entries if entry.get("errorCode")]
        answer = parcels_of(
            [entry for entry in entries if entry not in failed], to_parcel, lambda entry: entry["requested"], number
        )
        answer.refusals.extend(to_no(entry, number) for entry in failed)
        return answer


def to_parcel(parcel: dict) -> Tracked:
    told = scans_of(listed(parcel.get("events")), to_scan)
    return Tracked(str(parcel["requested"]), sorted(untold(parcel, told) + told, key=lambda scan: scan.at))


def untold(parcel: dict, told: list[Scan]) -> list[Scan]:
    """The status, where no event that we understand is as new as it, and the newest does not say the same."""
    status = str(parcel["status"] or "")
    event = {"code": status, "eventDateTime": parcel.get("statusDateTime"), "description": status}
    understood = [known for known in told if known.status is not Status.UNKNOWN]
    return [
        scan
        for scan in scans_of([event], lambda row: to_scan(row, STATUSES))
        if not understood or (understood[-1].at < scan.at and meant(understood[-1]) != meant(scan))
    ]


def meant(scan: Scan) -> Meaning:
    return scan.status, scan.sub_status


def to_scan(event: dict, words: dict[str, Meaning] = EVENTS) -> Scan:
    code = str(event["code"] or "")
    status, sub_status = meaning("gls", words, code)
    when = moment(event["eventDateTime"])  # with an offset: 2024-10-07T10:46:14+0200
    return Scan(
        at=when.at,
        status=status,
        text=plain(event.get("description")) or code,
        place=place(event.get("city"), event.get("country")),
        code=code,
        sub_status=sub_status,
        local=when.local,
        zone_from=when.zone_from,
        raw=event,
    )


def to_no(entry: dict, number: str) -> Refusal:
    code = str(entry["errorCode"])
    requested = str(entry.get("requested") or number)
    return Refusal(code, plain(entry.get("errorMessage")), ERRORS.get(code, CarrierDown), requested)


def to_refusal(reply: dict) -> Refusal:
    if "fault" in reply:
        code = str(reply["fault"]["detail"]["errorcode"])
        return Refusal(code, plain(reply["fault"].get("faultstring")), of_gateway(code))
    if "errors" in reply:
        error = listed(reply["errors"])[0]
        return Refusal(str(error["type"]), plain(error.get("message")), AccountRefused)
    status = int(reply["status"])
    return Refusal(str(status), plain(f"{reply['title']}: {reply.get('detail') or ''}"), of_status(status))


def of_gateway(code: str) -> type[CarrierError]:
    if code.startswith(("policies.ratelimit", "policies.quota")):
        return RateLimited
    return AccountRefused if code.startswith(("steps.jwt", "oauth", "keymanagement", "steps.oauth")) else CarrierDown


def of_status(status: int) -> type[CarrierError]:
    if status in (401, 403):
        return AccountRefused
    if status == 429:
        return RateLimited
    return CarrierDown if status >= 500 else BadRequest
