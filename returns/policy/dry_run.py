"""What other terms would have changed: past cases and what could still come back, decided twice. Only reads.

A case is compared with the terms of today, not with those it was decided by, so that the same terms change nothing.
What a person has to decide is counted as if the answer was yes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from django.db.models import Prefetch

from customers.models import Shop
from orders.models import Order
from returns.kinds import Reason, Wish
from returns.models import Return, ReturnLine
from returns.policy.facts import before_asking, wished
from returns.policy.matrix import NONE
from returns.policy.outcome import Outcome, outcome
from returns.policy.rules import Answer, Verdict, decision, verdicts
from returns.policy.terms import Terms
from returns.policy.wished import Wished

AT_ONCE = 50  # rows in memory
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Money:
    """In the smallest unit: what goes back to customers, what is kept as a fee, what labels cost the shop."""

    refunds: int = 0
    fees: int = 0
    labels: int = 0

    def __add__(self, other: "Money") -> "Money":
        return Money(self.refunds + other.refunds, self.fees + other.fees, self.labels + other.labels)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.refunds - other.refunds, self.fees - other.fees, self.labels - other.labels)

    @property
    def cost(self) -> int:
        """What the shop pays in the end."""
        return self.refunds - self.fees + self.labels


@dataclass(frozen=True, slots=True)
class Settled:
    """How one case ends under some terms, and the rule behind the answer."""

    answer: Answer
    rule: str
    money: Money


@dataclass(frozen=True, slots=True)
class Replayed:
    """One case, decided twice."""

    number: str
    currency: str
    before: Settled
    after: Settled

    @property
    def changed(self) -> bool:
        return (self.before.answer, self.before.money) != (self.after.answer, self.after.money)


@dataclass(frozen=True, slots=True)
class Offered:
    """One item of an order that nobody has asked about yet, and what would be said to one problem with it."""

    number: str
    line: int
    reason: str
    before: Answer
    after: Answer
    rule: str

    @property
    def changed(self) -> bool:
        return self.before != self.after


@dataclass(slots=True)
class Report:
    """`answers` is how many more (or fewer) get each answer; `money` the change by currency; the first changes."""

    cases: int = 0
    changed: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    money: dict[str, Money] = field(default_factory=dict)
    changes: list[Replayed] = field(default_factory=list)
    items: int = 0
    items_changed: int = 0
    item_changes: list[Offered] = field(default_factory=list)

    def take(self, case: Replayed) -> None:
        self.cases += 1
        if not case.changed:
            return
        self.changed += 1
        self.answers[case.after.answer] += 1
        self.answers[case.before.answer] -= 1
        self.money[case.currency] = self.money.get(case.currency, Money()) + case.after.money - case.before.money
        if len(self.changes) < MOST_SHOWN:
            self.changes.append(case)

    def take_item(self, item: Offered) -> None:
        self.items += 1
        if item.changed:
            self.items_changed += 1
            if len(self.item_changes) < MOST_SHOWN:
                self.item_changes.append(item)


def dry_run(shop: Shop, old: Terms, new: Terms, *, last: int, today: date) -> Report:
    """The last so many cases and orders under both. Memory stays flat, however many there are."""
    report = Report()
    for case in replay(shop, old, new, last=last, today=today):
        report.take(case)
    for item in still_open(shop, old, new, last=last, today=today):
        report.take_item(item)
    return report


def replay(shop: Shop, old: Terms, new: Terms, *, last: int, today: date) -> Iterator[Replayed]:
    """The newest cases first."""
    lines = ReturnLine.objects.select_related("order_line__order__shop", "order_line__order__customer")
    lines = lines.prefetch_related("photos", "order_line__order__shipments")
    cases = (
        Return.objects.filter(shop=shop, submitted_at__isnull=False)
        .select_related("order")
        .prefetch_related(Prefetch("lines", lines))
        .order_by("-submitted_at", "-pk")
    )
    for ret in cases[:last].iterator(chunk_size=AT_ONCE):
        facts = [wished(line, today) for line in ret.lines.all()]
        yield Replayed(ret.number, ret.order.currency, settle(facts, old), settle(facts, new))


def settle(facts: Sequence[Wished], terms: Terms) -> Settled:
    """The answer to a case and the money that follows. No money moves when the answer is no."""
    told = [verdict for each in facts for verdict in verdicts(each, terms)]
    answer = decision(told)
    money = Money() if answer == "no" else _money(facts, [outcome(each, terms) for each in facts], terms)
    return Settled(answer, _rule_behind(answer, told), money)


def _rule_behind(answer: Answer, told: Iterable[Verdict]) -> str:
    found = next((verdict for verdict in told if verdict.answer == answer and answer != "yes"), None)
    return found.rule if found else ""


def _money(facts: Sequence[Wished], told: Sequence[Outcome], terms: Terms) -> Money:
    refunds = fees = 0
    for each, gets in zip(facts, told, strict=True):
        if each.wish == Wish.MONEY:
            refunds += each.value
            fees += _share(each.value, gets.fee_percent)
        elif each.wish == Wish.REDUCTION:
            refunds += _share(each.value, gets.reduction_percent)
    sent = [gets for gets in told if gets.way_back != NONE and gets.by_post]
    cost = terms.label_cost.get(facts[0].currency, 0) - max(gets.label_price for gets in sent) if sent else 0
    return Money(refunds, fees, cost)


def _share(value: int, percent: int) -> int:
    """Rounded half up."""
    return (2 * value * percent + 100) // 200


def still_open(shop: Shop, old: Terms, new: Terms, *, last: int, today: date) -> Iterator[Offered]:
    """Each problem with each item that could still come back under one of the two."""
    orders = (
        Order.objects.filter(shop=shop)
        .select_related("shop", "customer")
        .prefetch_related("lines", "shipments")
        .order_by("-placed_at", "-pk")
    )
    for order in orders[:last].iterator(chunk_size=AT_ONCE):
        for line in order.lines.all():
            if not line.left:
                continue
            line.order = order
            facts = before_asking(line, "", today)
            for reason in Reason.values:
                yield from _offered(order.number, replace(facts, reason=reason), old, new)


def _offered(number: str, facts: Wished, old: Terms, new: Terms) -> Iterator[Offered]:
    before, after = (verdicts(facts, terms) for terms in (old, new))
    answers = decision(before), decision(after)
    if answers != ("no", "no"):
        why = _rule_behind(answers[1], after) or _rule_behind(answers[0], before)
        yield Offered(number, facts.line, facts.reason, *answers, why)
