"""What happens to parcels, one function a verb."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from carriers import can_track
from carriers.base import DeliveryChoice, Status, Tracked
from carriers.errors import CarrierError, keepable
from carriers.taxonomy import understood
from customers.timeline import Line, record, record_all
from orders.models import Order
from orders.stores.base import ParcelDraft
from shipments.lanes import foretell
from shipments.models import Shipment, TrackingEvent
from shipments.promise import expected, is_late, is_silent, promised
from shipments.queries import is_missed, perhaps_late, perhaps_silent, told_by_her
from shipments.scans import Known, Row, merge, write
from shipments.schedule import next_look, pause_after
from shipments.whose import accounts_of, whose

MOST_HOURS = 32_000  # what the column holds
MOST_SCANS = 500  # of one parcel in one answer; the newest stay
AHEAD = timedelta(days=1)  # by more no clock on earth is wrong: what lies later has not happened yet


@transaction.atomic
def expect(arrivals: Sequence[tuple[Order, Sequence[ParcelDraft]]], *, replacement: bool = False) -> int:
    """Note the parcels that orders were sent in; those already known stay as they are. Returns how many were new.

    A `replacement` is sent instead of something: no deadline of the order begins anew with it.
    """
    now = timezone.now()
    known = set(
        Shipment.objects.filter(order__in=[order for order, parcels in arrivals if parcels]).values_list(
            "order_id", "tracking_number"
        )
    )
    accounts = {shop: accounts_of(shop) for shop in {order.shop_id for order, parcels in arrivals if parcels}}
    new = [
        _expected(order, parcel, accounts[order.shop_id], now, replacement)
        for order, parcels in arrivals
        for parcel in parcels
        if (order.pk, parcel.tracking_number) not in known  # its carrier may have been corrected since
    ]
    Shipment.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _expected(order: Order, parcel: ParcelDraft, accounts: list[str], now: datetime, replacement: bool) -> Shipment:
    carrier, carrier_from = whose(parcel.tracking_number, parcel.carrier, accounts)
    return Shipment(
        shop_id=order.shop_id,
        order=order,
        replacement=replacement,
        carrier=carrier,
        carrier_from=carrier_from,
        tracking_number=parcel.tracking_number,
        shipped_on=parcel.shipped_on,
        promised_on=parcel.promised_on,
        next_look=now if can_track(carrier) else None,
    )


def look_soon(parcels: QuerySet[Shipment]) -> int:
    """Somebody waits at the phone: their next look is due now. Returns how many parcels that were."""
    return parcels.update(next_look=timezone.now())


@transaction.atomic
def miss(shipment: Shipment, *, by: Any) -> bool:
    """The carrier says it has come, and the customer does not have it: the carrier is asked at once.

    Said again it changes nothing. Writes `parcel.not_here`. Returns False when it is not said to have come.
    """
    row = Shipment.objects.select_for_update(of=("self",)).select_related("shop", "order__customer").get(pk=shipment.pk)
    if row.status != Status.DELIVERED:
        return False
    if not is_missed(row):
        if can_track(row.carrier):
            look_soon(Shipment.objects.filter(pk=row.pk))
        facts = {"tracking_number": row.tracking_number}
        record(row.order.customer, "parcel.not_here", by=by, order_number=row.order.number, **facts)
    return True


@transaction.atomic
def note_change(shipment: Shipment, choice: DeliveryChoice, *, by: Any, key: UUID) -> None:
    """The carrier has agreed to deliver it otherwise. A day she chose herself is the promise from now on: it is not
    late. The same `key` is noted once. Writes `parcel.delivery_changed`."""
    row = Shipment.objects.select_for_update(of=("self",)).select_related("shop", "order__customer").get(pk=shipment.pk)
    if told_by_her(row.order).filter(verb="parcel.delivery_changed", facts__key=str(key)).exists():
        return
    if choice.day:
        row.promised_on = row.expected_on = choice.day
    row.next_look = timezone.now() if can_track(row.carrier) else row.next_look
    row.save(update_fields=["promised_on", "expected_on", "next_look"])
    facts = {
        "tracking_number": row.tracking_number,
        "kind": str(choice.kind),
        "day": str(choice.day or ""),
        "place": choice.place,
        "key": str(key),
    }
    record(row.order.customer, "parcel.delivery_changed", by=by, order_number=row.order.number, **facts)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a carrier said about one parcel: an answer is the whole story and has a `digest`; a message has none ("").

    `shipment` is the row as it was when we asked. An answer counts only while that question stands: when the lease has
    gone to another worker, or the parcel to another carrier, it is not heard.
    """

    shipment: Shipment
    tracked: Tracked
    digest: str = ""


def digest_of(tracked: Tracked) -> str:
    """The same for the same answer, so that an answer which tells nothing new costs no more than that."""
    said = [(scan.at, scan.status, scan.sub_status, scan.code, scan.text, scan.place) for scan in tracked.scans]
    more = (tracked.expected_on, tracked.service, tracked.weight_g, tracked.arrived_postcode)
    return hashlib.blake2b(repr((said, more)).encode(), digest_size=16).hexdigest()


def take_all(heard: Sequence[Heard], now: datetime) -> None:
    """Keep what carriers told us: new scans, the status they add up to, the date, and when to ask again.

    One transaction; the same scans again change nothing. Writes `parcel.<status>` when the status of a parcel to a
    customer moves.
    """
    news: list[Heard] = []
    same: list[Heard] = []
    for each in heard:
        (same if each.digest and each.digest == each.shipment.reply_digest else news).append(each)
    if same:
        _nothing_new(same, now)
    if news:
        _take_news(news, now)


def _locked(rows: QuerySet[Shipment], heard: Sequence[Heard]) -> dict[Shipment, list[Heard]]:
    """The parcels as they are now, each with what still counts of what was said. Always in one order: no deadlock."""
    said: dict[int, list[Heard]] = {}
    for each in heard:
        said.setdefault(each.shipment.pk, []).append(each)
    now = {row: said[row.pk] for row in rows.filter(pk__in=said).order_by("pk")}
    found = {row: [each for each in told if _counts(each, row)] for row, told in now.items()}
    return {row: told for row, told in found.items() if told}


def _counts(heard: Heard, row: Shipment) -> bool:
    asked = heard.shipment
    return row.carrier == asked.carrier and (not heard.digest or row.looking_until == asked.looking_until)


def _asked_anew(heard: Sequence[Heard], row: Shipment) -> bool:
    """Somebody wants a look since this one began: a hint came in, a customer waits at the phone."""
    return any(each.digest and row.next_look != each.shipment.next_look for each in heard)


@transaction.atomic
def _nothing_new(heard: Sequence[Heard], now: datetime) -> None:
    rows = _locked(Shipment.objects.select_for_update(), heard)
    for row, said in rows.items():
        row.next_look = row.next_look if _asked_anew(said, row) else next_look(row, now)
    Shipment.objects.bulk_update(rows, ["next_look"])
    Shipment.objects.filter(pk__in=[row.pk for row in rows]).update(
        looked_at=now, looking_until=None, failed_looks=0, look_error=""
    )


@transaction.atomic
def _take_news(heard: Sequence[Heard], now: datetime) -> None:
    rows = _locked(Shipment.objects.select_for_update(of=("self",)).select_related("shop", "order__customer"), heard)
    known: dict[int, Known] = {row.pk: {} for row in rows}
    # Of a thousand scans and all they came with, only what tells which are new and what they add up to.
    for event in TrackingEvent.objects.filter(shipment__in=rows).only(*EVENT_FACTS):
        known[event.shipment_id][event.at, event.code] = event
    before = {row.pk: row.status for row in rows}
    fresh: dict[tuple, Row] = {}
    for row, said in rows.items():
        events = known[row.pk]
        for each in said:
            happened = [scan for scan in each.tracked.scans[-MOST_SCANS:] if scan.at <= now + AHEAD]
            for scan in merge(row, events, happened):
                fresh[row.pk, scan.at, scan.code] = scan
            _take_facts(row, each, max((at for at, _code in events), default=None))
        _settle_status(row, events.values())
    foretell(rows)
    for row, said in rows.items():
        row.looked_at, row.failed_looks, row.look_error = now, 0, ""
        row.next_look = row.next_look if _asked_anew(said, row) else next_look(row, now)
        if any(each.digest for each in said):
            row.looking_until = None
    late = [row for row in rows if row.direction == row.Direction.OUTBOUND and not row.late_since and is_late(row, now)]
    told_late = [_found_late(row, now) for row in late]
    write(list(fresh.values()))
    Shipment.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=LOOK_FIELDS)
    record_all([_line(row, before[row.pk]) for row in rows if _is_news(row, before[row.pk])] + told_late)


EVENT_FACTS = ["shipment", "at", "status", "sub_status", "code", "text"]
# What a look may change; the rows are locked, so that the upsert is always an update.
LOOK_FIELDS = [
    "status",
    "sub_status",
    "service",
    "promised_on",
    "expected_on",
    "likely_from",
    "likely_until",
    "silent_after",
    "handed_at",
    "last_scan_at",
    "delivered_at",
    "longest_gap",
    "late_since",
    "next_look",
    "looking_until",
    "looked_at",
    "knocked_at",
    "failed_looks",
    "look_error",
    "reply_digest",
    "weight_g",
    "arrived_postcode",
]


def _take_facts(row: Shipment, heard: Heard, newest: datetime | None) -> None:
    """`newest` is the time of the newest scan we know: a message that comes late knows an old estimate."""
    tracked = heard.tracked
    overtaken = not heard.digest and tracked.scans and newest and tracked.scans[-1].at < newest
    if tracked.expected_on and not overtaken:
        row.expected_on = tracked.expected_on
        row.promised_on = row.promised_on or tracked.expected_on
    row.service = keepable(tracked.service)[:60] or row.service
    row.weight_g = tracked.weight_g or row.weight_g
    row.arrived_postcode = keepable(tracked.arrived_postcode)[:20] or row.arrived_postcode
    row.reply_digest = heard.digest  # "" after a message: the next answer is read whole


def _is_news(row: Shipment, before: str) -> bool:
    return row.status != before and row.direction == Shipment.Direction.OUTBOUND


def _line(row: Shipment, before: str) -> Line:
    facts = {"tracking_number": row.tracking_number, "before": before, "after": row.status}
    return Line(row.order.customer, f"parcel.{row.status}", by="carrier", order_number=row.order.number, facts=facts)


@transaction.atomic
def put_off(rows: Sequence[Shipment], error: CarrierError, now: datetime) -> None:
    """These looks failed: keep the last good state and ask later, sooner when the carrier said so."""
    asked = {row.pk: row for row in rows}
    for row in Shipment.objects.select_for_update().filter(pk__in=asked).order_by("pk"):
        if (row.carrier, row.looking_until) != (asked[row.pk].carrier, asked[row.pk].looking_until):
            continue  # no longer our question
        row.failed_looks = min(row.failed_looks + 1, 100)
        pause = pause_after(error, row.failed_looks)
        row.look_error = str(error)[:200]
        row.next_look = None if pause is None else now + pause
        row.looking_until = None
        row.save(update_fields=["failed_looks", "look_error", "next_look", "looking_until"])


def _settle_status(row: Shipment, events: Iterable[Row | TrackingEvent]) -> None:
    """The newest scan that moved the parcel decides."""
    path = understood(events)
    if not path:
        return
    newest = path[-1]
    row.status, row.sub_status, row.last_scan_at = newest.status, newest.sub_status, newest.at
    row.delivered_at = next((scan.at for scan in reversed(path) if scan.status == Status.DELIVERED), None)
    way = [scan.at for scan in path if scan.status != Status.PRE_TRANSIT and scan.at <= (row.delivered_at or scan.at)]
    row.handed_at = way[0] if way else None
    gaps = [(later - earlier).total_seconds() / 3600 for earlier, later in pairwise(way)]
    row.longest_gap = min(round(max(gaps)), MOST_HOURS) if gaps else None


def notice_silent(now: datetime | None = None) -> int:
    """Find parcels of which the carrier says nothing for longer than is usual. Writes `parcel.silent` once a parcel."""
    now = now or timezone.now()
    return sum(_mark_silent(row, now) for row in perhaps_silent(now).iterator(chunk_size=500) if is_silent(row, now))


@transaction.atomic
def _mark_silent(shipment: Shipment, now: datetime) -> int:
    row = Shipment.objects.select_for_update(of=("self",)).select_related("shop", "order__customer").get(pk=shipment.pk)
    if row.silent_since or not is_silent(row, now):
        return 0
    row.silent_since = now
    row.save(update_fields=["silent_since"])
    assert row.last_scan_at  # noqa: S101 - else it would not be silent
    since = str(row.shop.today(row.last_scan_at))
    facts = {"carrier": row.carrier, "since": since}
    record(row.order.customer, "parcel.silent", by="rules", order_number=row.order.number, **facts)
    return 1


def notice_late(now: datetime | None = None) -> int:
    """Find parcels that miss the promised day, before the customer asks. Writes `parcel.late` once a parcel."""
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
    line = _found_late(row, now)
    row.save(update_fields=["late_since", "promised_on"])
    record_all([line])
    return 1


def _found_late(row: Shipment, now: datetime) -> Line:
    """Mark it; the line of the timeline that tells it."""
    # The day she is told of: no carrier's word moves it now.
    row.late_since, row.promised_on = now, promised(row)
    day = expected(row, row.shop.today(now))
    facts = {"promised": str(row.promised_on or ""), "expected": str(day or "")}
    return Line(row.order.customer, "parcel.late", by="rules", order_number=row.order.number, facts=facts)
