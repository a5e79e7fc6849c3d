"""What our own parcels teach: how long a carrier takes to a country, and how long it is used to being silent."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from customers.models import Shop
from shipments.models import Lane, Shipment

ENOUGH = 30  # parcels; fewer teach nothing
LOOK_BACK = timedelta(days=180)
ANY_SERVICE, ANY_DAY = "", -1
LEAST_QUIET = 24  # hours: no carrier scans through the night

Key = tuple[str, str, str, int]  # carrier, service, country, weekday


@dataclass
class Tally:
    days: Counter[int] = field(default_factory=Counter)
    gaps: Counter[int] = field(default_factory=Counter)


def learn_lanes(now: datetime | None = None) -> int:
    """Count every shop's parcels of the last half year anew. Returns how many lanes are known."""
    now = now or timezone.now()
    return sum(_learn(shop, now) for shop in Shop.objects.all())


def _learn(shop: Shop, now: datetime) -> int:
    delivered = Shipment.objects.filter(
        shop=shop,
        direction=Shipment.Direction.OUTBOUND,
        status="delivered",
        delivered_at__gte=now - LOOK_BACK,
        handed_at__isnull=False,
    ).order_by()
    facts = delivered.values_list("carrier", "service", "order__address", "handed_at", "delivered_at", "longest_gap")
    tallies: dict[Key, Tally] = {}
    for carrier, service, address, handed_at, delivered_at, gap in facts.iterator(chunk_size=2000):
        day = shop.today(handed_at)
        for key in _keys(carrier, service, address.get("country", ""), day):
            tally = tallies.setdefault(key, Tally())
            tally.days[(shop.today(delivered_at) - day).days] += 1
            tally.gaps[gap or 0] += 1
    lanes = [_lane(shop, key, tally, now) for key, tally in tallies.items() if tally.days.total() >= ENOUGH]
    with transaction.atomic():
        Shop.objects.select_for_update().get(pk=shop.pk)  # all workers learn when they start
        Lane.objects.filter(shop=shop).delete()
        Lane.objects.bulk_create(lanes)
    return len(lanes)


def _keys(carrier: str, service: str, country: str, day: date) -> set[Key]:
    """The lanes a parcel belongs to, from its own to the widest."""
    return {(carrier, s, country, d) for s in (service, ANY_SERVICE) for d in (day.weekday(), ANY_DAY)}


def _lane(shop: Shop, key: Key, tally: Tally, now: datetime) -> Lane:
    carrier, service, country, weekday = key
    return Lane(
        shop=shop,
        carrier=carrier,
        service=service,
        country=country,
        weekday=weekday,
        parcels=tally.days.total(),
        half_in=percentile(tally.days, 50),
        most_in=percentile(tally.days, 90),
        quiet_for=max(LEAST_QUIET, percentile(tally.gaps, 95)),
        learned_at=now,
    )


def percentile(counted: Counter[int], percent: int) -> int:
    """The smallest value that so many of a hundred do not exceed (nearest rank)."""
    wanted, seen = -(-counted.total() * percent // 100), 0
    for value in sorted(counted):
        seen += counted[value]
        if seen >= wanted:
            return value
    raise ValueError("nothing was counted")


def foretell(rows: Iterable[Shipment]) -> None:
    """Say for parcels that have just been handed over when they should come, and how long silence is no news.

    Written once; changes the rows, does not save them.
    """
    new = [row for row in rows if row.handed_at and not row.likely_until and row.direction == row.Direction.OUTBOUND]
    if not new:
        return
    lanes = {
        (lane.shop_id, lane.carrier, lane.service, lane.country, lane.weekday): lane
        for lane in Lane.objects.filter(shop__in={row.shop_id for row in new}, carrier__in={row.carrier for row in new})
    }
    for row in new:
        assert row.handed_at  # noqa: S101 - for the type checker
        day = row.shop.today(row.handed_at)
        country = row.order.address.get("country", "")
        for service, weekday in (
            (row.service, day.weekday()),
            (row.service, ANY_DAY),
            (ANY_SERVICE, day.weekday()),
            (ANY_SERVICE, ANY_DAY),
        ):
            if lane := lanes.get((row.shop_id, row.carrier, service, country, weekday)):
                row.likely_from, row.likely_until = day + timedelta(lane.half_in), day + timedelta(lane.most_in)
                row.silent_after = lane.quiet_for
                row.promised_on = row.promised_on or row.likely_until
                break
