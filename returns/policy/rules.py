"""One small function a rule. Each looks at one wished line and answers yes, no or ask; "ask" brings a person in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from orders.models import ProductGroup
from returns.kinds import Reason
from returns.policy.law import guarantee_years
from returns.policy.terms import Terms


@dataclass(frozen=True, slots=True)
class Wished:
    """What the rules look at: one line of a request, with the facts around it."""

    reason: str
    product_group: str
    country: str
    currency: str
    value: int
    delivered_on: date | None
    today: date
    has_photo: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    code: str
    answer: Literal["yes", "no", "ask"]


Rule = Callable[[Wished, Terms], Verdict]
NOT_BY_POST = {ProductGroup.BULKY, ProductGroup.DANGEROUS}
NOT_FOR_SIZE = {ProductGroup.HYGIENE, ProductGroup.PERISHABLE, ProductGroup.MADE_TO_ORDER, ProductGroup.DIGITAL}


def last_day(wished: Wished, terms: Terms) -> date | None:
    """The last day on which this may be asked; None while it has not been delivered."""
    if wished.delivered_on is None:
        return None
    if wished.reason == Reason.DAMAGED:
        return years_later(wished.delivered_on, guarantee_years(wished.country))
    return wished.delivered_on + timedelta(days=terms.return_days)


def years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, month=3, day=1)


def in_time(wished: Wished, terms: Terms) -> Verdict:
    end = last_day(wished, terms)
    return Verdict("in_time", "no" if end and wished.today > end else "yes")


def can_be_sold_again(wished: Wished, terms: Terms) -> Verdict:
    refused = wished.reason == Reason.WRONG_SIZE and wished.product_group in NOT_FOR_SIZE
    return Verdict("can_be_sold_again", "no" if refused else "yes")


def may_be_posted(wished: Wished, terms: Terms) -> Verdict:
    """Bulky and dangerous goods do not go into a parcel: a person arranges it."""
    return Verdict("may_be_posted", "ask" if wished.product_group in NOT_BY_POST else "yes")


def damage_is_shown(wished: Wished, terms: Terms) -> Verdict:
    needed = needs_photo(wished, terms)
    return Verdict("damage_is_shown", "ask" if needed and not wished.has_photo else "yes")


def small_enough_to_decide(wished: Wished, terms: Terms) -> Verdict:
    """A damaged thing that cost more than the terms' limit is looked at by a person; so is everything of high value."""
    if wished.product_group == ProductGroup.HIGH_VALUE:
        return Verdict("small_enough_to_decide", "ask")
    limit = terms.decide_up_to.get(wished.currency, 0)
    too_much = wished.reason == Reason.DAMAGED and wished.value > limit
    return Verdict("small_enough_to_decide", "ask" if too_much else "yes")


def needs_photo(wished: Wished, terms: Terms) -> bool:
    """Photos only where they help: of damage, and not of small things."""
    return wished.reason == Reason.DAMAGED and wished.value >= terms.photo_from.get(wished.currency, 0)


RULES: tuple[Rule, ...] = (in_time, can_be_sold_again, may_be_posted, damage_is_shown, small_enough_to_decide)
