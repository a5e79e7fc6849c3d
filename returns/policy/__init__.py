"""May it come back, and what does the customer get? The law first, then the shop's terms.

`judge()` asks every rule about every line of a case; `outcome()` says what a line would get. docs/terms.md is the
shopkeeper's side of it.
"""

from collections.abc import Sequence
from datetime import date

from orders.models import OrderLine
from returns.models import Return
from returns.policy.facts import before_asking, possession, wished
from returns.policy.outcome import Outcome, kind_of, last_day, outcome
from returns.policy.risks import Signal, risks
from returns.policy.rules import RULES, Verdict, decision, needs_photo, verdicts
from returns.policy.terms import Terms, terms_of
from returns.policy.wished import Past, Wished

__all__ = [
    "RULES",
    "Outcome",
    "Past",
    "Signal",
    "Terms",
    "Verdict",
    "Wished",
    "decision",
    "first_no",
    "judge",
    "kind_of",
    "last_day",
    "needs_photo",
    "offer",
    "outcome",
    "possession",
    "risks",
    "terms_of",
    "told_before",
    "verdicts",
    "wished",
]


def judge(ret: Return, terms: Terms, today: date) -> list[Verdict]:
    """Every rule's answer on every line, in the order of the rules. A pure reading: same facts, same answers."""
    lines = ret.lines.select_related("ret", "order_line__order__shop")
    told = [verdicts(wished(line, today), terms) for line in lines]
    return [verdict for row in zip(*told, strict=True) for verdict in row]


def offer(line: OrderLine, reason: str, terms: Terms, today: date) -> list[Verdict]:
    """What the rules would say of one unit of this line before anything is asked: for the list of items."""
    return verdicts(before_asking(line, reason, today), terms)


def told_before(line: OrderLine, reason: str, terms: Terms, today: date) -> Outcome:
    """What one unit of this line would get for this reason, before anything is asked."""
    return outcome(before_asking(line, reason, today), terms)


def first_no(answers: Sequence[Verdict]) -> Verdict | None:
    return next((verdict for verdict in answers if verdict.answer == "no"), None)
