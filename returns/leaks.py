"""Where money leaves beside the rules: by whom, for what, how often. Ids and sums only, no names of customers."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from customers.models import Entry, Shop
from returns import amounts
from returns.models import Concession, Refund, Return, ReturnLine

A_YEAR = timedelta(days=365)
OFTEN = 2
STAFF = "staff:"


@dataclass(frozen=True, slots=True)
class Leak:
    """`why` is a code of `portal.words.LEAK`; `reasons` are codes of PERSON_WHY or of the customer's REASON."""

    why: str
    by: str
    number: str  # of the case
    customer: int
    amount: int
    currency: str
    at: datetime
    reasons: tuple[str, ...] = ()


def leaks(shop: Shop, begin: datetime, end: datetime) -> list[Leak]:
    """All of them in that time, the newest first."""
    sent = list(_sent(shop, begin, end))
    found = [*_by_hand(shop, begin, end), *_goodwill(shop, begin, end), *_stopped(shop, begin, end)]
    found += [*_without_goods(sent), *_kept_often(shop, sent, end)]
    return sorted(found, key=lambda leak: (leak.at, leak.number), reverse=True)


def _sent(shop: Shop, begin: datetime, end: datetime) -> Iterable[Refund]:
    """One share of each sum that went out in that time."""
    rows = Refund.objects.filter(shop=shop, state=Refund.State.SUCCEEDED, settled_at__gte=begin, settled_at__lt=end)
    once = {row.proposal: row for row in rows.select_related("ret__order").order_by("-pk")}
    return once.values()


def _by_hand(shop: Shop, begin: datetime, end: datetime) -> Iterator[Leak]:
    """The rules wanted a person, and a person let it go."""
    rows = Refund.objects.filter(shop=shop, approved_at__gte=begin, approved_at__lt=end, approved_by__startswith=STAFF)
    for row in rows.exclude(state=Refund.State.CANCELED).select_related("ret__order"):
        if row.person_why and row.approved_at:
            about = (row.ret.number, row.ret.order.customer_id, row.amount, row.currency)
            yield Leak("by_hand", row.approved_by, *about, row.approved_at, tuple(row.person_why))


def _goodwill(shop: Shop, begin: datetime, end: datetime) -> Iterator[Leak]:
    rows = Concession.objects.filter(ret__shop=shop, why="goodwill", at__gte=begin, at__lt=end)
    for row in rows.select_related("ret__order"):
        order = row.ret.order
        yield Leak("goodwill", row.by, row.ret.number, order.customer_id, row.amount, order.currency, row.at)


def _stopped(shop: Shop, begin: datetime, end: datetime) -> Iterator[Leak]:
    lines = Entry.objects.filter(shop=shop, verb="refund.stopped", by__startswith=STAFF, at__gte=begin, at__lt=end)
    for line in lines:
        sums = (line.facts.get("amount", 0), line.facts.get("currency", ""))
        yield Leak("stopped", line.by, line.number, line.customer_id or 0, *sums, line.at)


def _without_goods(sent: Sequence[Refund]) -> Iterator[Leak]:
    """Units that were paid back though they never came to us."""
    units = {row.pk: {int(pk): count for pk, count in row.snapshot.get("units", {}).items()} for row in sent}
    paid = {pk for each in units.values() for pk in each}
    lines = ReturnLine.objects.select_related("order_line").in_bulk(paid)
    for row in sent:
        for line in (lines[pk] for pk in units[row.pk] if pk in lines):
            for why in ("kept", "not_arrived", "lost", "advanced"):
                yield from _paid(row, line, why, min(getattr(line, why), units[row.pk][line.pk]))


def _paid(row: Refund, line: ReturnLine, why: str, units: int) -> Iterator[Leak]:
    if units and row.settled_at:
        worth = amounts.part(line.order_line.paid, line.order_line.quantity, 0, units)
        about = (row.ret.number, row.ret.order.customer_id, worth, row.currency)
        yield Leak(why, row.approved_by, *about, row.settled_at, (line.reason,))


def _kept_often(shop: Shop, sent: Sequence[Refund], end: datetime) -> Iterator[Leak]:
    """A customer who had money for things that she kept, more than once in a year."""
    kept = Return.objects.filter(shop=shop, lines__kept__gt=0, lines__refunded__gt=0, submitted_at__gte=end - A_YEAR)
    cases = dict(kept.filter(submitted_at__lt=end).values_list("pk", "order__customer_id"))
    times = Counter(cases.values())
    for row in sent:
        customer = row.ret.order.customer_id
        if row.ret_id in cases and times[customer] >= OFTEN and row.settled_at:
            about = (row.ret.number, customer, row.amount, row.currency)
            yield Leak("kept_often", row.approved_by, *about, row.settled_at)


@dataclass(frozen=True, slots=True)
class Sum:
    why: str
    by: str
    reason: str
    currency: str
    count: int
    amount: int


def sums(found: Iterable[Leak]) -> list[Sum]:
    """By kind, person, reason and currency, the largest first. What has two reasons stands under both."""
    together: dict[tuple[str, str, str, str], list[int]] = defaultdict(list)
    for leak in found:
        for reason in leak.reasons or ("",):
            together[leak.why, leak.by, reason, leak.currency].append(leak.amount)
    rows = [Sum(*key, len(each), sum(each)) for key, each in together.items()]
    return sorted(rows, key=lambda row: (row.why, -row.amount, row.by, row.reason))


def whose_yes(shop: Shop, begin: datetime, end: datetime) -> dict[str, int]:
    """How many refunds the rules let go, one person, and two."""
    rows = Refund.objects.filter(shop=shop, approved_at__gte=begin, approved_at__lt=end)
    told = Counter(
        "rules" if not by.startswith(STAFF) else "two" if first else "one"
        for by, first in rows.values_list("approved_by", "first_by")
    )
    return {who: told[who] for who in ("rules", "one", "two")}
