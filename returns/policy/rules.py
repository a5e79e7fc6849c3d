"""One small function a rule. Each looks at one wished line and what it would get, and answers yes, no or ask; "ask"
brings a person in. A withdrawal is never asked about: it counts as it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from orders.models import ProductGroup
from returns.kinds import Kind
from returns.policy.matrix import NEEDED, NONE
from returns.policy.outcome import Outcome, outcome
from returns.policy.risks import risks
from returns.policy.terms import Terms
from returns.policy.wished import Wished

Answer = Literal["yes", "no", "ask"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`line` is the position of the order line, `rule` the id of the rule behind the answer."""

    code: str
    answer: Answer
    line: int = 1
    rule: str = ""


Check = Callable[[Wished, Outcome, Terms], tuple[Answer, str]]
NOT_BY_POST = {ProductGroup.BULKY, ProductGroup.DANGEROUS}


def in_time(wished: Wished, told: Outcome, terms: Terms) -> tuple[Answer, str]:
    """A late statement of withdrawal is looked at by a person, never refused by a program."""
    rule = told.rules.get("window_days", "law:guarantee")
    if told.last_day is None or wished.today <= told.last_day:
        return "yes", rule
    return ("ask" if told.goes_on or wished.withdrawn_on else "no"), rule


def can_be_sold_again(wished: Wished, told: Outcome, terms: Terms) -> tuple[Answer, str]:
    """The terms take this kind of thing back for this reason."""
    return ("no" if told.answer == "no" else "yes"), told.rules["answer"]


def left_to_a_person(wished: Wished, told: Outcome, terms: Terms) -> tuple[Answer, str]:
    return ("ask" if told.answer == "ask" else "yes"), told.rules["answer"]


def is_offered(wished: Wished, told: Outcome, terms: Terms) -> tuple[Answer, str]:
    wanted = not wished.wish or told.answer == "no" or wished.wish in told.offers
    return ("yes" if wanted else "ask"), told.rules["offers"]


def may_be_posted(wished: Wished, told: Outcome, terms: Terms) -> tuple[Answer, str]:
    """Bulky and dangerous goods do not go into a parcel: a person arranges it."""
    asks = not told.by_post and told.way_back != NONE and told.kind != Kind.WITHDRAWAL
    return ("ask" if asks else "yes"), told.rules["by_post"]


def is_safe(wished: Wished, told: Outcome, terms: Terms) -> tuple[Answer, str]:
    """A person calls today about what is not safe to touch."""
    return ("ask" if wished.unsafe and told.kind != Kind.WITHDRAWAL else "yes"), "safety"


def damage_is_shown(wished: Wished, told: Outcome, terms: Terms) -> tuple[Answer, str]:
    return ("ask" if told.photo == NEEDED and not wished.has_photo else "yes"), told.rules["photo"]


def small_enough_to_decide(wished: Wished, told: Outcome, terms: Terms) -> tuple[Answer, str]:
    """What cost more than the terms' limit is looked at by a person."""
    too_much = told.decide_up_to is not None and wished.value > told.decide_up_to
    return ("ask" if too_much else "yes"), told.rules.get("decide_up_to", "")


def nothing_unusual(wished: Wished, told: Outcome, terms: Terms) -> tuple[Answer, str]:
    if told.kind == Kind.WITHDRAWAL:
        return "yes", ""
    up = [signal.code for signal in risks(wished, told, terms) if signal.code in terms.ask_when]
    return ("ask", f"risk:{up[0]}") if up else ("yes", "")


RULES: tuple[Check, ...] = (
    in_time,
    can_be_sold_again,
    is_offered,
    may_be_posted,
    is_safe,
    left_to_a_person,
    damage_is_shown,
    small_enough_to_decide,
    nothing_unusual,
)


def verdicts(wished: Wished, terms: Terms) -> list[Verdict]:
    """Every rule's answer on one line, in the order of the rules."""
    told = outcome(wished, terms)
    return [Verdict(rule.__name__, *_answer(rule, wished, told, terms)) for rule in RULES]


def _answer(rule: Check, wished: Wished, told: Outcome, terms: Terms) -> tuple[Answer, int, str]:
    answer, why = rule(wished, told, terms)
    return answer, wished.line, why


def decision(answers: Sequence[Verdict]) -> Answer:
    """What all of them come to: one no is a no, else one ask brings a person in."""
    told = {verdict.answer for verdict in answers}
    return "no" if "no" in told else "ask" if "ask" in told else "yes"


def needs_photo(wished: Wished, terms: Terms) -> bool:
    """Photos only where they help: of damage, and not of small things."""
    return outcome(wished, terms).photo == NEEDED
