"""Our books beside the provider's, day by day: what left by our rows, what it has, and what of it differs.

A refund belongs to the day on which the provider made it; one that it does not have, to the day on which we sent it.
Sums count what stands: not what failed or was stopped. Days are those of the shop.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from customers.models import Shop
from orders.models import Payment
from returns import sending
from returns.models import BookDay, CreditEntry, Refund
from returns.payouts.base import Outcome
from returns.payouts.errors import PayoutError
from returns.till import PROVIDER, is_ours, payout, the_till

WEEK = timedelta(days=7)  # so long a day is compared anew: pending money fails, and news come late
MOST = timedelta(days=30)  # days that nobody compared are made up for
EDGE = timedelta(hours=1)  # clocks, and a call that began on the day before
ON_ITS_WAY = timedelta(hours=2)  # a look comes each hour: until then a state may lag
AT_ONCE = 200
GONE = {"failed", "canceled"}
log = structlog.get_logger()


@dataclass(slots=True)
class Differs:
    """`why` is a code of `portal.words.DIFFERS`. What one side does not have is empty, or 0."""

    why: str
    refund: str = ""  # our uuid
    number: str = ""  # of the case
    provider_id: str = ""
    ours: int = 0
    theirs: int = 0
    our_state: str = ""
    their_state: str = ""


@dataclass(slots=True)
class Day:
    day: date
    currency: str
    ours: int = 0
    ours_count: int = 0
    theirs: int = 0
    theirs_count: int = 0
    elsewhere: int = 0  # by other programs, or by hand in the provider's pages
    elsewhere_count: int = 0
    differences: list[Differs] = field(default_factory=list)

    @property
    def drift(self) -> int:
        return self.ours - self.theirs


# --- compare ----------------------------------------------------------------------------------------------------


def compare(shop: Shop, first: date, last: date, *, learn: bool = False) -> list[Day]:
    """Both sides of each day from `first` to `last`, the oldest first. Asks the provider for all refunds since then.

    `learn`: a state that lags behind is brought up to date before it is called a difference. Raises PayoutError
    without an answer.
    """
    return _Comparison(shop, first, last, learn=learn).days()


def midnight(shop: Shop, day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=shop.zone)


class _Comparison:
    def __init__(self, shop: Shop, first: date, last: date, *, learn: bool) -> None:
        self.shop, self.learn, self.till = shop, learn, the_till()
        self.begin, self.end = midnight(shop, first), midnight(shop, last + timedelta(days=1))
        self.tallies: dict[tuple[date, str], Day] = {}
        self.alive: dict[int, int] = {}  # {our refund: how many that stand the provider has for it}
        self.counted: set[int] = set()

    def days(self) -> list[Day]:
        outcomes = payout().recent(self.begin - EDGE)
        while batch := list(islice(outcomes, AT_ONCE)):
            self._take(batch)
        self._take_rows_without(self.alive)
        return [self.tallies[key] for key in sorted(self.tallies)]

    def _take(self, batch: list[Outcome]) -> None:
        rows = {str(row.uuid): row for row in _rows_of(batch)}
        references = {outcome.payment_reference for outcome in batch}
        known = Payment.objects.filter(provider=PROVIDER, reference__in=references)
        shops = dict(known.values_list("reference", "order__shop_id"))
        for outcome in batch:
            row = rows.get(outcome.refund_uuid)
            if (row.shop_id if row else shops.get(outcome.payment_reference, self.shop.pk)) == self.shop.pk:
                self._take_one(outcome, row)

    def _take_one(self, outcome: Outcome, row: Refund | None) -> None:
        stands = outcome.state not in GONE
        earlier = self.alive.get(row.pk) if row else None
        if row:
            self.alive[row.pk] = (earlier or 0) + stands
        made_at = outcome.made_at or (row.first_sent_at if row else None) or self.begin
        if not self.begin <= made_at < self.end or (not stands and (row is None or earlier is not None)):
            return
        day = self._day(made_at, outcome.currency)
        if stands and row is None and not is_ours(outcome, self.till):
            day.elsewhere += outcome.amount
            day.elsewhere_count += 1
            return
        if stands:
            day.theirs += outcome.amount
            day.theirs_count += 1
        if row is None:
            day.differences.append(_differs("theirs_only", None, outcome))
        elif earlier:
            day.differences.append(_differs("twice", row, outcome))
        else:
            self._take_pair(day, row, outcome)

    def _take_pair(self, day: Day, row: Refund, outcome: Outcome) -> None:
        if self.learn and row.state != outcome.state and (row.amount, row.currency) == (outcome.amount, day.currency):
            row = sending.take_outcome(row, outcome)
        self._count(day, row)
        if (row.amount, row.currency) != (outcome.amount, outcome.currency):
            day.differences.append(_differs("amount", row, outcome))
        elif not _agree(row, outcome):
            day.differences.append(_differs("state", row, outcome))

    def _take_rows_without(self, seen: Iterable[int]) -> None:
        """What left by our rows, and the provider does not have."""
        had = set(seen)
        sent = Refund.objects.filter(shop=self.shop, rail=Refund.Rail.STRIPE, first_sent_at__gte=self.begin)
        sent = sent.filter(first_sent_at__lt=self.end).exclude(state__in=GONE).select_related("ret")
        for row in sent.iterator(chunk_size=AT_ONCE):
            asked = row.state == Refund.State.SENDING and timezone.now() - row.first_sent_at < ON_ITS_WAY
            if row.pk in had or asked:
                continue
            day = self._day(row.first_sent_at, row.currency)
            self._count(day, row)
            day.differences.append(_differs("ours_only", row, None))

    def _count(self, day: Day, row: Refund) -> None:
        if row.state not in GONE and row.pk not in self.counted:
            self.counted.add(row.pk)
            day.ours += row.amount
            day.ours_count += 1

    def _day(self, at: datetime, currency: str) -> Day:
        key = (at.astimezone(self.shop.zone).date(), currency)
        return self.tallies.setdefault(key, Day(*key))


def _rows_of(batch: Iterable[Outcome]) -> QuerySet[Refund]:
    uuids = [uuid for outcome in batch if (uuid := _uuid(outcome.refund_uuid))]
    return Refund.objects.filter(uuid__in=uuids).select_related("ret")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _agree(row: Refund, outcome: Outcome) -> bool:
    if row.state == outcome.state or {row.state, outcome.state} <= GONE:
        return True
    open_ = row.state in {Refund.State.SENDING, Refund.State.PENDING, Refund.State.REQUIRES_ACTION}
    return open_ and outcome.made_at is not None and timezone.now() - outcome.made_at < ON_ITS_WAY


def _differs(why: str, row: Refund | None, outcome: Outcome | None) -> Differs:
    found = Differs(why)
    if row:
        found.refund, found.number = str(row.uuid), row.ret.number
        found.provider_id, found.ours, found.our_state = row.provider_id or "", row.amount, str(row.state)
    if outcome:
        found.refund = found.refund or outcome.refund_uuid
        found.provider_id, found.theirs, found.their_state = outcome.provider_id, outcome.amount, outcome.state
    return found


# --- each day ---------------------------------------------------------------------------------------------------


def compare_days() -> int:
    """For the worker's round: after a shop's midnight the days until then, the last week anew. Returns how many rows
    were written. A difference stands on the queue page and in the log."""
    till = the_till()
    if not settings.STRIPE_API_KEY or till.checked_at is None or till.paused_at:
        return 0  # nothing is to be learned of an account that may not be ours
    written = 0
    for shop in Shop.objects.all():
        yesterday = shop.today() - timedelta(days=1)
        last = BookDay.objects.filter(shop=shop).order_by("day").values_list("day", flat=True).last()
        if last is None or last < yesterday:
            written += _keep_days(shop, _from(last, yesterday), yesterday)
    return written


def _from(last: date | None, yesterday: date) -> date:
    week, most = yesterday - WEEK + timedelta(days=1), yesterday - MOST + timedelta(days=1)
    return most if last is None else max(most, min(week, last + timedelta(days=1)))


def _keep_days(shop: Shop, first: date, last: date) -> int:
    try:
        days = compare(shop, first, last, learn=True)
    except PayoutError as error:
        log.warning("books.not_compared", error=str(error))
        return 0  # asked again by the next round
    empty = [Day(first + timedelta(days=n), shop.currency) for n in range((last - first).days + 1)]
    told = {(day.day, day.currency): day for day in [*empty, *days]}
    with transaction.atomic():
        BookDay.objects.filter(shop=shop, day__range=(first, last)).delete()
        BookDay.objects.bulk_create(BookDay(shop=shop, **asdict(day)) for day in told.values())
    for day in days:
        if day.differences or day.drift:
            log.error("books.differ", day=day.day.isoformat(), currency=day.currency, count=len(day.differences))
    return len(told)


def days_kept(shop: Shop, since: date) -> QuerySet[BookDay]:
    return BookDay.objects.filter(shop=shop, day__gte=since)


def differing(shop: Shop | None = None) -> list[BookDay]:
    """Days of the last week on which the books do not agree."""
    rows = BookDay.objects.filter(day__gte=timezone.localdate() - WEEK - timedelta(days=1)).order_by("day")
    rows = rows.filter(shop=shop) if shop else rows
    return [row for row in rows if row.differences or row.drift]


# --- what else is in the books ----------------------------------------------------------------------------------


def credit_moved(shop: Shop, begin: datetime, end: datetime) -> list[dict[str, Any]]:
    """[{currency, kind, count, sum}] of all movements of store credit in that time."""
    moved = CreditEntry.objects.filter(credit__shop=shop, at__gte=begin, at__lt=end)
    grouped = moved.order_by().values("credit__currency", "kind").annotate(count=Count("pk"), sum=Sum("amount"))
    names = ("credit__currency", "kind", "count", "sum")
    rows = grouped.order_by("credit__currency", "kind").values_list(*names)
    return [dict(zip(("currency", "kind", "count", "sum"), row, strict=True)) for row in rows]


def credit_open(shop: Shop) -> dict[str, int]:
    """{currency: what customers can still spend}, as the ledger has it."""
    entries = CreditEntry.objects.filter(credit__shop=shop).order_by()
    return dict(entries.values_list("credit__currency").annotate(sum=Sum("amount")).order_by("credit__currency"))


def waiting_long(shop: Shop) -> QuerySet[Refund]:
    """Sums that have been kept on a payment for longer than a day, and are not settled."""
    rows = Refund.objects.filter(shop=shop, state__in=Refund.OPEN)
    return rows.filter(approved_at__lt=timezone.now() - timedelta(days=1)).select_related("ret").order_by("approved_at")
