"""Does the shop allow it? `judge()` asks every rule about every line of a return."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from orders.models import OrderLine
from returns.amounts import part
from returns.models import Return, ReturnLine
from returns.policy.rules import RULES, Verdict, Wished, last_day, needs_photo
from returns.policy.terms import Terms, terms_of
from returns.queries import delivered_on

__all__ = ["Terms", "Verdict", "Wished", "judge", "last_day", "needs_photo", "offer", "terms_of", "wished"]


def wished(line: ReturnLine, today: date) -> Wished:
    order = line.order_line.order
    return Wished(
        reason=line.reason,
        product_group=line.order_line.product_group,
        country=order.address.get("country", ""),
        currency=order.currency,
        value=line.order_line.paid * line.requested // line.order_line.quantity,
        delivered_on=delivered_on(order),
        today=today,
        has_photo=line.photos.exists(),
    )


def judge(ret: Return, terms: Terms, today: date) -> list[Verdict]:
    """Every rule's answer on every line, in the order of the rules. A pure reading: same facts, same answers."""
    facts = [wished(line, today) for line in ret.lines.select_related("order_line__order")]
    return [rule(each, terms) for rule in RULES for each in facts]


def offer(line: OrderLine, reason: str, terms: Terms, today: date) -> list[Verdict]:
    """What the rules would say of one unit of this line before anything is asked: for the list of items."""
    order = line.order
    facts = Wished(
        reason=reason,
        product_group=line.product_group,
        country=order.address.get("country", ""),
        currency=order.currency,
        value=line.paid // line.quantity,
        delivered_on=delivered_on(order),
        today=today,
        has_photo=True,
    )
    return [rule(facts, terms) for rule in RULES]


def first_no(verdicts: Sequence[Verdict]) -> Verdict | None:
    return next((verdict for verdict in verdicts if verdict.answer == "no"), None)


@dataclass(frozen=True)
class Outcome:
    keep: bool = False
    trigger: str = "inspection"
    fee_percent: int = 0


def outcome(wished, terms) -> Outcome:
    return Outcome()


def kind_of(wished, wish, terms) -> str:
    return "claim" if wished.reason in {"damaged", "faulty", "wrong_item", "missing", "too_late"} else "return"


def reduction(line, units, terms) -> int:
    return part(line.paid, line.quantity, 0, units) * terms.reduction_percent // 100


def label_price(ret, terms) -> int:
    return 0
