"""What happens to parcels, one function a verb."""

import os
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from carriers import CARRIERS, open_carrier
from carriers.base import CarrierAdapter, Scan, Status, Tracked
from carriers.errors import AccountRefused, CarrierDown, CarrierError, NotOffered, RateLimited
from carriers.taxonomy import understood
from customers.models import Shop
from customers.timeline import record
from orders.models import Order
from orders.stores.base import ParcelDraft
from shipments.models import CarrierAccount, Shipment, TrackingEvent
from shipments.promise import expected, is_late, promised
from shipments.queries import due_for_a_look, perhaps_late

LEASE = timedelta(seconds=60)
BATCH = 20  # few enough to be asked about within the lease
LONGEST_PAUSE = 24 * 3600  # seconds

# How long to wait before the next look, by what is known now ("Polling practice").
PAUSES = {
    Status.PRE_TRANSIT: timedelta(hours=6),
    Status.ACCEPTED: timedelta(hours=4),
    Status.IN_TRANSIT: timedelta(hours=4),
    Status.OUT_FOR_DELIVERY: timedelta(minutes=45),
    Status.ATTEMPTED: timedelta(hours=3),
    Status.AVAILABLE_FOR_PICKUP: timedelta(hours=12),
    Status.EXCEPTION: timedelta(hours=6),
    Status.RETURNING: timedelta(hours=12),
    Status.UNKNOWN: timedelta(hours=6),
}
CONFIRM_AFTER = timedelta(hours=24)
QUIET = timedelta(days=14)
GIVE_UP = timedelta(days=90)
log = structlog.get_logger()


def carrier_for(shop: Shop, carrier: str) -> CarrierAdapter:
    """The adapter with this shop's account. Raises AccountRefused when the shop has none."""
    row = CarrierAccount.objects.filter(shop=shop, carrier=carrier).first()
    if row is None:
        raise AccountRefused(f"the shop has no account with {carrier}")
    return open_carrier(carrier, {name: _secret(value) for name, value in row.account.items()})


def _secret(value: object) -> object:
    """ "env:NAME" stands for NAME, or the content of the file at NAME_FILE."""
    if not (isinstance(value, str) and value.startswith("env:")):
        return value
    name = value.removeprefix("env:")
    file = os.environ.get(f"{name}_FILE")
    return Path(file).read_text().strip() if file else os.environ.get(name, "")


@transaction.atomic
def expect(arrivals: Sequence[tuple[Order, Sequence[ParcelDraft]]]) -> int:
    """Note the parcels that orders were sent in; those already known stay as they are. Returns how many were new."""
    now = timezone.now()
    rows = [
        Shipment(
            shop_id=order.shop_id,
            order=order,
            carrier=parcel.carrier,
            tracking_number=parcel.tracking_number,
            shipped_on=parcel.shipped_on,
            promised_on=parcel.promised_on,
            next_look=now if parcel.carrier in CARRIERS else None,
        )
        for order, parcels in arrivals
        for parcel in parcels
    ]
    known = set(
        Shipment.objects.filter(order_id__in={row.order_id for row in rows}).values_list(
            "order_id", "carrier", "tracking_number"
        )
    )
    new = [row for row in rows if (row.order_id, row.carrier, row.tracking_number) not in known]
    Shipment.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def look_soon(parcels: QuerySet[Shipment]) -> int:
    """Somebody waits at the phone: their next look is due now. Returns how many parcels that were."""
    return parcels.update(next_look=timezone.now())


def claim_due(now: datetime) -> list[Shipment]:
    """Take a few due parcels for this worker alone, for a minute: many workers never look twice."""
    if not due_for_a_look(now).exists():
        return []
    with transaction.atomic():
        due = list(due_for_a_look(now).select_for_update(skip_locked=True)[:BATCH])
        Shipment.objects.filter(pk__in=[row.pk for row in due]).update(looking_until=now + LEASE)
    return due


def look(now: datetime | None = None) -> int:
    """Ask the carriers about every parcel that is due. Returns how many were asked about."""
    now = now or timezone.now()
    claimed = claim_due(now)
    by_account = sorted(claimed, key=lambda row: (row.shop_id, row.carrier))
    for (_, carrier), rows in groupby(by_account, key=lambda row: (row.shop_id, row.carrier)):
        _look_at(list(rows), carrier)
    return len(claimed)


def _look_at(rows: list[Shipment], carrier: str) -> None:
    try:
        adapter = carrier_for(rows[0].shop, carrier)
    except Exception as error:
        _put_off(rows, error)
        return
    for start in range(0, len(rows), adapter.batch_size):
        batch = rows[start : start + adapter.batch_size]
        try:
            replies = adapter.track([row.tracking_number for row in batch])
        except Exception as error:
            _put_off(batch, error)
            continue
        for row in batch:
            try:
                take_scans(row, replies.get(row.tracking_number, Tracked(row.tracking_number, [])))
            except Exception as error:
                _put_off([row], error)


def _put_off(rows: Sequence[Shipment], error: Exception) -> None:
    """What goes wrong with one carrier or one parcel, in whatever way, is never the others' trouble."""
    if not isinstance(error, CarrierError):
        log.error("look.failed", carrier=rows[0].carrier, exc_info=error)
        error = CarrierDown(type(error).__name__)
    for row in rows:
        look_failed(row, error)


@transaction.atomic
def look_failed(shipment: Shipment, error: CarrierError) -> None:
    """Keep the last good state and try again later: sooner when the carrier said so, else with growing pauses."""
    row = Shipment.objects.select_for_update().get(pk=shipment.pk)
    row.failed_looks = min(row.failed_looks + 1, 100)
    pause = timedelta(seconds=min(60 * 2**row.failed_looks, 6 * 3600)) * random.uniform(0.85, 1.15)  # noqa: S311 - jitter, not a secret
    if isinstance(error, RateLimited) and error.retry_after:
        # Never sooner than they said; nobody is believed who says "next year".
        pause = timedelta(seconds=min(error.retry_after, LONGEST_PAUSE)) * random.uniform(1, 1.15)  # noqa: S311
    elif isinstance(error, NotOffered):
        pause = GIVE_UP
    row.look_error = str(error)[:200]
    row.next_look = timezone.now() + pause
    row.looking_until = None
    row.save(update_fields=["failed_looks", "look_error", "next_look", "looking_until"])


@transaction.atomic
def take_scans(shipment: Shipment, tracked: Tracked) -> Shipment:
    """Keep what the carrier told us: new scans, the status they add up to, its date, and when to ask again.

    The same scans again change nothing. Writes `parcel.<status>` when the status of a parcel to a customer moves.
    """
    now = timezone.now()
    row = Shipment.objects.select_for_update(of=("self",)).select_related("shop", "order__customer").get(pk=shipment.pk)
    TrackingEvent.objects.bulk_create((_event(row, scan) for scan in tracked.scans), ignore_conflicts=True)
    before = row.status
    _settle_status(row)
    if tracked.expected_on:
        row.expected_on = tracked.expected_on
        row.promised_on = row.promised_on or tracked.expected_on
    row.looked_at, row.looking_until, row.failed_looks, row.look_error = now, None, 0, ""
    row.next_look = next_look(row, now)
    row.save()
    if row.status != before and row.direction == Shipment.Direction.OUTBOUND:
        facts = {"tracking_number": row.tracking_number, "before": before, "after": row.status}
        record(row.order.customer, f"parcel.{row.status}", by="carrier", order_number=row.order.number, **facts)
    return row


def _event(shipment: Shipment, scan: Scan) -> TrackingEvent:
    return TrackingEvent(
        shipment=shipment,
        at=scan.at,
        status=scan.status,
        sub_status=scan.sub_status,
        code=_clean(scan.code)[:40],
        text=_clean(scan.text)[:500],
        place=_clean(scan.place)[:200],
        raw=_clean(scan.raw),
    )


def _clean(said: Any) -> Any:
    """What a carrier sent, without the NUL that PostgreSQL does not keep."""
    if isinstance(said, str):
        return said.replace("\0", "")
    if isinstance(said, dict):
        return {_clean(name): _clean(value) for name, value in said.items()}
    return [_clean(value) for value in said] if isinstance(said, list) else said


def _settle_status(row: Shipment) -> None:
    """The newest scan that moved the parcel decides."""
    path = understood(row.events.all())
    if not path:
        return
    newest = path[-1]
    row.status, row.sub_status, row.last_scan_at = newest.status, newest.sub_status, newest.at
    row.delivered_at = next((scan.at for scan in reversed(path) if scan.status == Status.DELIVERED), None)


def next_look(row: Shipment, now: datetime) -> datetime | None:
    """When to ask again, with jitter; None when there is nothing more to learn."""
    since = row.last_scan_at or row.created_at
    if row.status in {Status.DELIVERED, Status.RETURNED, Status.CANCELLED}:
        return since + CONFIRM_AFTER if now < since + CONFIRM_AFTER else None
    if now - since > GIVE_UP:
        return None
    pause = PAUSES[Status(row.status)]
    if now - since > QUIET or (row.status == Status.PRE_TRANSIT and now - since > timedelta(days=5)):
        pause = timedelta(hours=24)
    return now + pause * random.uniform(0.85, 1.15)  # noqa: S311 - jitter, not a secret


def notice_late(now: datetime | None = None) -> int:
    """Find parcels whose promised day has passed, before the customer asks. Writes `parcel.late` once a parcel."""
    now = now or timezone.now()
    found = 0
    for candidate in perhaps_late(now).iterator(chunk_size=500):
        if is_late(candidate, now):
            found += _mark_late(candidate, now)
    return found


@transaction.atomic
def _mark_late(shipment: Shipment, now: datetime) -> int:
    row = Shipment.objects.select_for_update(of=("self",)).select_related("shop", "order__customer").get(pk=shipment.pk)
    if row.late_since or not is_late(row, now):
        return 0
    row.late_since = now
    row.save(update_fields=["late_since"])
    day = expected(row, row.shop.today(now))
    record(
        row.order.customer,
        "parcel.late",
        by="rules",
        order_number=row.order.number,
        promised=str(promised(row) or ""),
        expected=str(day or ""),
    )
    return 1
