"""Which of a shop's terms lessen a right? Asked of every rule by itself: whichever of them speaks last in the end, it
was held against the law here. The shop's file and the policy page are refused with the answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from orders.models import ProductGroup
from returns.kinds import Kind, Reason, Wish
from returns.policy import law
from returns.policy.floor import FLOORS, Ground, guarantee_days, lawful
from returns.policy.matrix import Rule
from returns.policy.terms import Terms
from returns.policy.wished import NO_FAULT

LATEST_END = law.WITHDRAWAL_DAYS + 11  # no weekend and holidays together are longer
# Three countries, one for each way the law differs; a rule's own are looked at besides.
SPEAK = ("DE", "ES", "GB")
# The number behind an answer of our own table.
NUMBER_OF = {"window_days": "return_days", "fee_percent": "fee_percent"}


@dataclass(frozen=True, slots=True)
class Complaint:
    """`right` has its sentence in `portal.words.LESSENS`; `key` is where it stands in the shop's file."""

    right: str
    key: str
    article: str


@dataclass(frozen=True, slots=True)
class Situation:
    """Somebody who has a right: what a rule would have to fit."""

    ground: Ground
    group: str
    differs: bool
    days: int  # the last day on which the right may still run

    def meets(self, rule: Rule) -> bool:
        """Can this rule speak here? A condition on facts that we do not vary is taken to hold."""
        return all(MEETS[name](given, self) for name, given in rule.when.items() if name in MEETS)


MEETS = {
    "reason": lambda given, case: case.ground.reason in given,
    "group": lambda given, case: case.group in given,
    "country": lambda given, case: case.ground.country in given or law.regime(case.ground.country) in given,
    "kind": lambda given, case: case.ground.kind in given,
    "wish": lambda given, case: case.ground.kind == Kind.CLAIM or Wish.MONEY in given,
    "days_from": lambda given, case: given <= case.days,
    "differs": lambda given, case: case.differs is given,
    "repaired": lambda given, case: case.ground.repaired is given,
}


def lessens(terms: Terms) -> list[Complaint]:
    """Everything that lessens a right, each key and right once, in the order of the rules."""
    found = [*_numbers(terms)]
    ours = len(terms.matrix) - len(terms.rules)
    for number, rule in enumerate(terms.matrix):
        for key, complaint in _rule(rule, terms):
            where = f"rules.{rule.id}.{key}" if number >= ours else NUMBER_OF.get(key, key)
            found.append(Complaint(complaint.right, where, complaint.article))
    return list(dict.fromkeys(found))


def _numbers(terms: Terms) -> Iterator[Complaint]:
    if terms.send_back_days < law.SEND_BACK_DAYS:
        yield Complaint("send_back", "send_back_days", law.source("send_back", "DE"))
    for currency, price in terms.label_price.items():
        if terms.label_told and price > terms.label_cost.get(currency, price):
            yield Complaint("label", f"label_price.{currency}", law.source("label", "DE"))


def _rule(rule: Rule, terms: Terms) -> Iterator[tuple[str, Complaint]]:
    told = set()
    keys = [key for key in rule.then if key in FLOORS]
    for case in situations(_countries(rule), informed=terms.withdrawal_informed) if keys else ():
        if not case.meets(rule):
            continue
        for key in keys:
            right = wrong(key, rule.then[key], case.ground)
            if right and (key, right) not in told:
                told.add((key, right))
                yield key, Complaint(right, key, law.source(right, case.ground.country))


def wrong(key: str, value: Any, ground: Ground) -> str:
    """The right that this answer would lessen on this ground; empty when none."""
    return lawful(key, value, ground)[1]


def _countries(rule: Rule) -> tuple[str, ...]:
    named = [country for country in rule.when.get("country", ()) if law.regime(country) in ("EU", "GB")]
    return (*SPEAK, *sorted(named))


@lru_cache(maxsize=64)
def situations(countries: tuple[str, ...], *, informed: bool) -> tuple[Situation, ...]:
    """Everybody who has a right in these countries."""
    return tuple(_situations(countries, LATEST_END + (0 if informed else 366)))


def _situations(countries: tuple[str, ...], window: int) -> Iterator[Situation]:
    for country, group, reason in product(countries, ProductGroup.values, Reason.values):
        if reason in NO_FAULT and law.may_withdraw(country, group) != "no":
            yield Situation(Ground(Kind.WITHDRAWAL, reason, country), group, differs=False, days=window)
        if reason not in NO_FAULT or reason == Reason.STYLE:
            for repaired in (False, True):
                ground = Ground(Kind.CLAIM, reason, country, repaired)
                yield Situation(ground, group, reason == Reason.STYLE, guarantee_days(country) + 366)
