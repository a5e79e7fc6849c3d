"""The terms in plain words: what each problem with each kind of thing leads to, for staff and as customers read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.template.loader import render_to_string

from orders.models import ProductGroup
from portal import words
from returns.kinds import Kind, Reason, Wish
from returns.policy import law
from returns.policy.matrix import NONE, Cell
from returns.policy.outcome import Outcome, answers, outcome
from returns.policy.terms import Terms
from returns.policy.wished import NOT_IN_ORDER, Wished

CAME = date(2026, 6, 1)  # a Monday; the table shows days after it, never dates
# Above every limit, so that the limits themselves are told: what is kept because it is small, is told as a limit.
DEAR = 10**12
DAYS = (5, 20, 60)  # within the legal time, within the shop's usual time, and later


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the table: an order to `country`, in `currency`, some days after it came."""

    country: str
    currency: str
    days: int


@dataclass(frozen=True, slots=True)
class Told:
    """One cell: what it says (`facts`), and why it cannot be otherwise (`articles`)."""

    reason: str
    group: str
    facts: tuple
    outcome: Outcome
    articles: tuple[str, ...]

    @property
    def locked(self) -> bool:
        """The law says all of it."""
        return self.outcome.kind == Kind.WITHDRAWAL

    @property
    def rules(self) -> list[str]:
        """The rules that spoke of this cell, ours and the shop's; what holds for all is left out."""
        said = set(self.outcome.rules.values())
        return sorted(rule for rule in said if ":" not in rule and not rule.startswith("ALL-"))


def line(reason: str, group: str, place: Place) -> Wished:
    """Somebody who asks for her money."""
    return Wished(
        reason=reason,
        product_group=group,
        country=place.country,
        currency=place.currency,
        value=DEAR,
        delivered_on=CAME,
        today=CAME + timedelta(days=place.days),
        has_photo=True,
        wish=Wish.MONEY,
        placed_on=CAME,
    )


def told(reason: str, group: str, place: Place, terms: Terms) -> Told:
    wished = line(reason, group, place)
    kind, cell = answers(wished, terms)
    gets = outcome(wished, terms)
    facts = _facts(gets, cell, place, wished, terms)
    return Told(reason, group, facts, gets, tuple(_articles(kind, wished)))


def table(place: Place, terms: Terms) -> Iterator[Told]:
    """All of it, by product group, then by problem."""
    for group in ProductGroup.values:
        for reason in Reason.values:
            yield told(reason, group, place, terms)


def _facts(gets: Outcome, cell: Cell, place: Place, wished: Wished, terms: Terms) -> tuple:
    """All that the sentences need, and nothing else: equal facts are equal sentences."""

    def limit(name: str) -> int | None:
        sums = cell.get(name)
        return None if sums is None else sums.get(place.currency, 0)

    over = gets.last_day is not None and wished.today > gets.last_day
    days = (gets.last_day - CAME).days if gets.last_day else 0
    guarantee = law.guarantee_years(place.country) if _guaranteed(gets, wished) else 0
    keeps = gets.kind == Kind.CLAIM and gets.way_back != NONE
    by_hand = not gets.by_post and gets.way_back != NONE and gets.kind != Kind.WITHDRAWAL
    answer = "no" if over else "ask" if by_hand and gets.answer == "yes" else gets.answer
    return (
        ("kind", str(gets.kind)),
        ("answer", answer),
        ("over", over),
        ("offers", gets.offers),
        ("credit", terms.credit and Wish.MONEY in gets.offers),
        ("photo", gets.photo),
        ("photo_from", limit("photo_from") if gets.photo == "needed" else None),
        ("way_back", gets.way_back),
        ("label_price", gets.label_price),
        ("by_post", gets.by_post or gets.way_back == NONE),
        ("keep_up_to", limit("keep_up_to") if keeps else None),
        ("decide_up_to", None if gets.kind == Kind.WITHDRAWAL else limit("decide_up_to")),
        ("fee_percent", gets.fee_percent),
        ("check", gets.check),
        ("days", 0 if guarantee else days),
        ("years", guarantee),
        ("currency", place.currency),
    )


def _guaranteed(gets: Outcome, wished: Wished) -> bool:
    return gets.kind == Kind.CLAIM and wished.reason in NOT_IN_ORDER and "window_days" not in gets.rules


def _articles(kind: Kind, wished: Wished) -> Iterator[str]:
    """What the law says here already."""
    rights = {Kind.WITHDRAWAL: ["window", "no_fee"], Kind.CLAIM: ["guarantee", "no_charge"]}.get(kind, [])
    if kind == Kind.CLAIM and wished.reason == Reason.TOO_LATE:
        rights = ["too_late"]
    yield from filter(None, (law.source(right, wished.country) for right in rights))


# --- in words -----------------------------------------------------------------------------------------------------


def for_staff(cell: Told) -> list[str]:
    return _lines("parts/policy_cell.txt", cell.facts)


def for_customers(facts: tuple) -> list[str]:
    """What a customer reads, in the language in use."""
    return _lines("parts/policy_promise.txt", facts)


def _lines(template: str, facts: tuple) -> list[str]:
    context = dict(facts)
    context["offered"] = [str(words.WISH[wish]) for wish in context["offers"]]
    context["promised"] = [str(words.PROMISE[wish]) for wish in context["offers"]]
    return [each.strip() for each in render_to_string(template, context).splitlines() if each.strip()]


@dataclass(slots=True)
class Difference:
    """Cells in which the same changes, each as (reason, group, days after it came); one of them before and after."""

    before: tuple
    after: tuple
    cells: list[tuple[str, str, int]]

    def sentences(self) -> tuple[list[str], list[str]]:
        """What customers do not read any more, and what they read instead, in the language in use."""
        was, now = for_customers(self.before), for_customers(self.after)
        return [each for each in was if each not in now], [each for each in now if each not in was]


def differences(country: str, currency: str, old: Terms, new: Terms) -> list[Difference]:
    """Where the two differ for customers of this country."""
    found: dict[tuple, Difference] = {}
    for days in DAYS:
        place = Place(country, currency, days)
        for before, after in zip(table(place, old), table(place, new), strict=True):
            if before.facts != after.facts:
                changed = tuple(pair for pair in zip(before.facts, after.facts, strict=True) if pair[0] != pair[1])
                each = found.setdefault(changed, Difference(before.facts, after.facts, []))
                each.cells.append((after.reason, after.group, days))
    return list(found.values())
