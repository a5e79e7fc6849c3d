"""When will it come, and is it late or silent? And the one table from a carrier's status to what a customer reads."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from carriers.base import Status
from shipments.models import Shipment, TrackingEvent

SILENT_AFTER = timedelta(hours=72)

MOVING = {Status.ACCEPTED, Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY, Status.ATTEMPTED, Status.EXCEPTION}

STATES = {
    Status.PRE_TRANSIT: "packing",
    Status.ACCEPTED: "handed",
    Status.IN_TRANSIT: "on_way",
    Status.OUT_FOR_DELIVERY: "today",
    Status.ATTEMPTED: "missed",
    Status.AVAILABLE_FOR_PICKUP: "collect",
    Status.EXCEPTION: "on_way",
    Status.RETURNING: "going_back",
    Status.RETURNED: "going_back",
    Status.DELIVERED: "delivered",
    Status.CANCELLED: "cancelled",
    Status.UNKNOWN: "packing",
}
SUB_STATES = {"customs_hold": "customs", "customs_duties_due": "customs", "damaged": "damaged", "lost": "lost"}


# Scans of one second are read in this order, however they came in.
RANK = {
    status: place
    for place, status in enumerate(
        [
            Status.PRE_TRANSIT,
            Status.ACCEPTED,
            Status.IN_TRANSIT,
            Status.EXCEPTION,
            Status.OUT_FOR_DELIVERY,
            Status.ATTEMPTED,
            Status.AVAILABLE_FOR_PICKUP,
            Status.DELIVERED,
            Status.RETURNING,
            Status.RETURNED,
            Status.CANCELLED,
        ]
    )
}
# What has ended stays ended, but a delivered parcel may still go back; on its way back it is nowhere else.
ONLY_THEN = {
    Status.DELIVERED: {Status.DELIVERED, Status.RETURNING, Status.RETURNED},
    Status.RETURNING: {Status.RETURNING, Status.RETURNED, Status.DELIVERED},
    Status.RETURNED: {Status.RETURNED},
    Status.CANCELLED: {Status.CANCELLED},
}


def understood(scans: Iterable[TrackingEvent]) -> list[TrackingEvent]:
    """The scans that moved the parcel, oldest first: the same for the same scans, in whatever order they came.

    A word we do not know moves nothing, nor does mere data once the parcel has been seen.
    """
    known = [scan for scan in scans if scan.status in RANK]
    path: list[TrackingEvent] = []
    for scan in sorted(known, key=lambda row: (row.at, RANK[Status(row.status)], row.code, row.text)):
        now = Status(path[-1].status) if path else Status.PRE_TRANSIT
        only_data = scan.sub_status == "data_only" and now != Status.PRE_TRANSIT
        if not only_data and (now not in ONLY_THEN or scan.status in ONLY_THEN[now]):
            path.append(scan)
    return path


def customer_state(shipment: Shipment, now: datetime) -> str:
    """What the customer reads, as one of 14 words: those of STATES and SUB_STATES, and late or silent over them."""
    if shipment.looked_at is None:  # the carrier has told us nothing: not late, not silent, simply not known
        return "on_way" if shipment.shipped_on else "packing"
    status = Status(shipment.status)
    if status in {Status.IN_TRANSIT, Status.EXCEPTION} and shipment.sub_status in SUB_STATES:
        return SUB_STATES[shipment.sub_status]
    state = STATES[status]
    if state in {"packing", "handed", "on_way"}:
        if is_silent(shipment, now):
            return "silent"
        if is_late(shipment, now):
            return "late"
    return state


def promised(shipment: Shipment) -> date | None:
    """The first day that was promised: the shop's or the carrier's date, else dispatch and the shop's usual days."""
    if shipment.promised_on:
        return shipment.promised_on
    if shipment.shipped_on:
        return shipment.shipped_on + timedelta(days=shipment.shop.transit_days)
    return None


def expected(shipment: Shipment, today: date) -> date | None:
    """The day we now expect it, or None when nobody knows: a day that has passed is no answer."""
    day = shipment.expected_on or promised(shipment)
    return day if day and day >= today else None


def is_late(shipment: Shipment, now: datetime) -> bool:
    day = promised(shipment)
    under_way = shipment.status in MOVING or shipment.status == Status.PRE_TRANSIT
    return bool(day and under_way and day < shipment.shop.today(now))


def is_silent(shipment: Shipment, now: datetime) -> bool:
    """No scan for three days while on the way."""
    return bool(shipment.last_scan_at and shipment.status in MOVING and now - shipment.last_scan_at > SILENT_AFTER)
