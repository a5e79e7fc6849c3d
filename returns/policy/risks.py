"""What looks unusual about a request: a handful of plain signals, each with its facts. They may bring a person in where
the rules would have said yes; they never touch a withdrawal, and they are no score."""

from collections.abc import Callable
from dataclasses import dataclass, field

from orders.models import ProductGroup
from returns.policy.matrix import NEEDED
from returns.policy.outcome import Outcome
from returns.policy.terms import Terms
from returns.policy.wished import Wished


@dataclass(frozen=True, slots=True)
class Signal:
    """`code` has its sentence in `portal.words.RISK`; `facts` are plain numbers and codes."""

    code: str
    facts: dict[str, int | str] = field(default_factory=dict)


def risks(wished: Wished, told: Outcome, terms: Terms) -> list[Signal]:
    """Every signal that is up, in the order of the table."""
    facts = {code: found(wished, told, terms) for code, found in SIGNALS.items()}
    return [Signal(code, each) for code, each in facts.items() if each is not None]


Facts = dict[str, int | str] | None


def many_returns(wished: Wished, told: Outcome, terms: Terms) -> Facts:
    count = wished.past.returns
    return {"count": count, "days": 90} if count >= terms.many_returns else None


def missing_before(wished: Wished, told: Outcome, terms: Terms) -> Facts:
    return {"count": wished.past.missing} if wished.past.missing else None


def high_value(wished: Wished, told: Outcome, terms: Terms) -> Facts:
    limit = terms.decide_up_to.get(wished.currency, 0)
    dear = wished.value > limit or wished.product_group == ProductGroup.HIGH_VALUE
    return {"value": wished.value, "currency": wished.currency} if dear else None


def new_customer(wished: Wished, told: Outcome, terms: Terms) -> Facts:
    return {} if wished.past.orders <= 1 else None


def other_country(wished: Wished, told: Outcome, terms: Terms) -> Facts:
    before = wished.past.countries
    return {"country": wished.country} if before and wished.country not in before else None


def no_photo(wished: Wished, told: Outcome, terms: Terms) -> Facts:
    return {} if told.photo == NEEDED and not wished.has_photo else None


SIGNALS: dict[str, Callable[[Wished, Outcome, Terms], Facts]] = {
    "many_returns": many_returns,
    "missing_before": missing_before,
    "high_value": high_value,
    "new_customer": new_customer,
    "other_country": other_country,
    "no_photo": no_photo,
}
