"""When will it come, and is it late or silent? And the one table from a carrier's status to what a customer reads."""

from datetime import date, datetime, timedelta

from carriers.base import Status
from carriers.taxonomy import needs_action
from shipments.models import Shipment
from shipments.schedule import ENDED, STALE

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
    """The day by which we now expect it, or None when nobody knows: a day that has passed is no answer.

    The carrier's date, else what our own parcels on this lane teach, else what was promised. None also while somebody
    must act first: correct the address, pay customs, fetch it.
    """
    if needs_action(shipment.status, shipment.sub_status):
        return None
    day = shipment.expected_on or shipment.likely_until or promised(shipment)
    return day if day and day >= today else None


def expected_from(shipment: Shipment, today: date) -> date | None:
    """The first day of the days between which we expect it, when it is our own estimate of more than one day."""
    last = expected(shipment, today)
    first = shipment.likely_from and max(shipment.likely_from, today)
    return first if first and last and not shipment.expected_on and first < last else None


def is_late(shipment: Shipment, now: datetime) -> bool:
    """The promised day has passed, or the carrier itself names a later one."""
    day = promised(shipment)
    under_way = shipment.status in MOVING or shipment.status == Status.PRE_TRANSIT
    moved = bool(shipment.promised_on and shipment.expected_on and shipment.expected_on > shipment.promised_on)
    return bool(day and under_way and (moved or day < shipment.shop.today(now)))


def is_silent(shipment: Shipment, now: datetime) -> bool:
    """On the way, and no scan for longer than 95 of 100 parcels of its lane; three days while the lane is not known."""
    after = timedelta(hours=shipment.silent_after) if shipment.silent_after else SILENT_AFTER
    return bool(shipment.last_scan_at and shipment.status in MOVING and now - shipment.last_scan_at > after)


def is_stale(shipment: Shipment, now: datetime) -> bool:
    """Not ended, and nothing heard for thirty days."""
    since = shipment.last_scan_at or shipment.created_at
    return shipment.status not in ENDED and now - since > STALE
