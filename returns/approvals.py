"""Whose yes does a sum need: the rules' alone, one person's, or two people's?

Who makes a decision never checks it. Limits are sums of the terms, by currency; a currency without a figure is never
below any.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, Sum

from customers.models import Customer, Shop
from customers.timeline import who
from orders.models import Payment
from returns import policy
from returns.errors import NotAllowed
from returns.kinds import Kind
from returns.models import BankDetails, Concession, Refund, Return, ReturnLine
from returns.policy.publish import latest_terms

LEAD = "lead"  # decides larger sums alone
OUTSIDE = "outside"  # answers people, and has no money rights
ROLES = (LEAD, OUTSIDE)  # names of groups; everybody else of staff is an agent


# --- the rules alone --------------------------------------------------------------------------------------------


def person_why(ret: Return, shares: Sequence[Refund]) -> list[str]:
    """Why a person has to look before this sum leaves, as codes of `portal.words.PERSON_WHY`; none when it is clear."""
    terms = policy.terms_of(ret.order)
    total = sum(share.amount for share in shares) + _given_before(ret, shares)
    reasons = {
        "sum": total > terms.refund_up_to.get(ret.order.currency, -1),
        "goodwill": bool(_goodwill(shares)),
        "risk": bool(_risks(ret, terms)),
        "flags": bool(ret.flags),
        "contested": ret.contested_at is not None or ret.lines.filter(deductions__contested_at__isnull=False).exists(),
        "account": any(share.rail == Refund.Rail.BANK for share in shares),
        "payment": any(_is_unlike_ours(share.payment) for share in shares),
        "own_order": _is_of_staff(ret),
        "before": ret.refunds.filter(state__in=[Refund.State.CANCELED, Refund.State.FAILED]).exists(),
    }
    return [reason for reason, holds in reasons.items() if holds]


def _given_before(ret: Return, shares: Iterable[Refund]) -> int:
    """What the other sums of the case have given, or are about to: in many small sums it is the same money."""
    others = ret.refunds.exclude(state__in=[Refund.State.CANCELED, Refund.State.FAILED])
    return sum(others.exclude(proposal__in={share.proposal for share in shares}).values_list("amount", flat=True))


def _is_unlike_ours(payment: Payment) -> bool:
    return bool(payment.outside or payment.dispute or payment.problem)


def _goodwill(shares: Iterable[Refund]) -> int:
    """What of the sum a person gave beside the rules. All shares tell the same rows."""
    rows: list[dict] = next((share.snapshot.get("rows", []) for share in shares), [])
    return sum(row["amount"] for row in rows if row["rule"] == "G")


def _goodwill_of(ret: Return) -> int:
    """All goodwill of the order: in many small sums it is the same money."""
    given = Concession.objects.filter(ret__order=ret.order_id, why=Concession.Why.GOODWILL)
    return given.aggregate(sum=Sum("amount"))["sum"] or 0


def _risks(ret: Return, terms: policy.Terms) -> set[str]:
    """The signals that the terms want a person for."""
    facts = [policy.wished(line, ret.shop.today()) for line in ret.lines.select_related("order_line__order__shop")]
    up = {signal.code for each in facts for signal in policy.risks(each, policy.outcome(each, terms), terms)}
    return up & set(terms.ask_when)


# --- one person, or two -----------------------------------------------------------------------------------------


def second_why(refund: Refund, by: Any) -> list[str]:
    """Why the yes of `by` is not enough, as codes of `portal.words.SECOND_WHY`. Raises NotAllowed for who has no money
    rights, or whose own order it is."""
    ret, terms = refund.ret, policy.terms_of(refund.ret.order)
    role = role_of(by)
    check_rights(by, ret.order.customer)
    total, currency = refund.snapshot.get("total", refund.amount), refund.currency  # also when a share was stopped
    total += _given_before(ret, [refund])
    alone = (role == LEAD and terms.lead_second_from) or terms.second_from
    a_day = (role == LEAD and terms.lead_day_limit) or terms.day_limit
    reasons = {
        "sum": total > alone.get(currency, -1),
        "deviation": _goodwill([refund]) and _goodwill_of(ret) > terms.deviation_from.get(currency, -1),
        "account": refund.rail == Refund.Rail.BANK,
        "own_order": _is_of_staff(ret),
        "day": _today_of(by, refund) + refund.amount > a_day.get(currency, -1),
    }
    return [reason for reason, holds in reasons.items() if holds]


def check_rights(by: Any, customer: Customer) -> None:
    """Raises NotAllowed for who has no money rights, or would decide about money of her own."""
    if role_of(by) == OUTSIDE or (_email(by) and _email(by) == customer.email.casefold()):
        raise NotAllowed(who(by))


def check_gift(by: Any, shop: Shop, amount: int, currency: str) -> None:
    """Raises NotAllowed for more than one person may give beside the rules, unless she is a lead."""
    most = latest_terms(shop).deviation_from.get(currency, -1)
    if not isinstance(by, str) and role_of(by) != LEAD and amount > most:
        raise NotAllowed(who(by))


def made_it(refund: Refund, by: Any) -> bool:
    """Whether this person had a hand in the sum, and does not check it: she said yes first, gave goodwill in it, or
    typed the account it goes to. The same name in other letters is the same person."""
    conceded = refund.ret.concessions.filter(pk__in=refund.snapshot.get("concessions", []), why="goodwill")
    typed = BankDetails.objects.filter(ret=refund.ret_id, ret__refunds__in=[refund.pk], ret__refunds__rail="bank")
    makers = {
        refund.first_by,
        *conceded.values_list("by", flat=True),
        *typed.values_list("given_by", flat=True),
    }
    return who(by).casefold() in {name.casefold() for name in makers}


def takes_a_right(lines: Iterable[ReturnLine]) -> bool:
    """Whether a no to these lines refuses what the law gives: then two people say it."""
    return any(line.kind == Kind.CLAIM for line in lines)


def role_of(by: Any) -> str:
    """lead, outside, or agent."""
    if isinstance(by, str):
        return "agent"
    groups = set(by.groups.filter(name__in=ROLES).values_list("name", flat=True))
    return OUTSIDE if OUTSIDE in groups else LEAD if LEAD in groups else "agent"


def _email(by: Any) -> str:
    return "" if isinstance(by, str) else (by.email or "").casefold()


def _is_of_staff(ret: Return) -> bool:
    """Whether a colleague has bought this."""
    colleagues = get_user_model().objects.filter(is_staff=True, is_active=True).exclude(email="")
    return colleagues.filter(email__iexact=ret.order.customer.email).exists()


def _today_of(by: Any, refund: Refund) -> int:
    """What this person has let go today, in the shop's day and this currency."""
    shop = refund.shop
    begin = datetime.combine(shop.today(), time.min, tzinfo=shop.zone)
    hers = Q(approved_by=who(by), approved_at__gte=begin) | Q(first_by=who(by), first_at__gte=begin)
    if not isinstance(by, str):  # her second tab waits here: together they must not pass the limit
        get_user_model().objects.select_for_update().get(pk=by.pk)
    rows = Refund.objects.filter(hers, shop=shop, currency=refund.currency).exclude(state=Refund.State.CANCELED)
    return rows.exclude(pk=refund.pk).aggregate(sum=Sum("amount"))["sum"] or 0
