"""Who gets how much back, and may it leave? Propose, approve, stop. The row is committed with its reservation on the
payment before `sending.py` sends anything."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import structlog
from django.utils import timezone

from customers.timeline import who
from orders.models import Payment
from returns import amounts, credit, policy, till
from returns.actions import case, follow, note
from returns.errors import BalanceChanged, NothingLeft, PaymentUnclear, ReturnsError
from returns.kinds import Wish
from returns.models import Refund, Return
from returns.payouts.errors import PayoutError, Refused
from returns.queries import RAILS, shares_of, unproposed_returns
from returns.receipts import receipt
from returns.sending import count
from returns.till import PROVIDER

log = structlog.get_logger()

# --- propose ----------------------------------------------------------------------------------------------------


def prepare_refunds() -> int:
    """Propose what accepted goods are worth, wherever nobody has yet. Returns how many cases were prepared."""
    prepared = 0
    for ret in unproposed_returns():
        try:
            prepared += bool(prepare_refund(ret))
        except ReturnsError as no:  # one case must not stop the others
            log.warning("refund.not_proposed", number=ret.number, why=type(no).__name__)
    return prepared


def prepare_refund(ret: Return) -> list[Refund]:
    """Ask the provider what the payments really brought in, then propose. The file's figure is only hearsay."""
    for payment in ret.order.payments.filter(provider=PROVIDER, checked_at=None):
        try:
            till.look_at_payment(payment)
        except Refused as no:
            Payment.objects.filter(pk=payment.pk).update(problem=f"{no.code or 'refused'} at the provider"[:120])
        except PayoutError:
            return []  # asked again by the next sweep; nothing is proposed on hearsay
    if ret.order.payments.filter(provider=PROVIDER, checked_at=None).exists():
        return []  # the figures do not fit: a person has to look
    return propose(ret)


def work_out_anew(ret: Return, *, by: Any) -> list[Refund]:
    """Take back what is only proposed and propose again, from what the payments hold now.

    Raises PaymentUnclear when the provider has not confirmed a payment, NothingLeft when it holds too little.
    """
    for refund in ret.refunds.filter(state=Refund.State.PROPOSED).exclude(snapshot__has_key="apart"):
        stop_refund(refund, by=by)
    refunds = prepare_refund(ret)
    if not refunds:
        raise PaymentUnclear(ret.number)
    return refunds


def propose(ret: Return) -> list[Refund]:
    """Intent rows for all that waits for money, and others for what she wants as store credit, shared by what is left
    on each payment. What she wants as credit is worked out first, so that what the whole order gives is money.

    Writes `refund.proposed`. Raises NothingLeft when the payments do not hold as much any more.
    """
    with case(ret) as ret:
        return [*_propose(ret, as_credit=True), *_propose(ret, as_credit=False)]


def _propose(ret: Return, *, as_credit: bool) -> list[Refund]:
    lines = list(ret.lines.filter(wish=Wish.MONEY, as_credit=as_credit))
    quantities = {line.pk: line.unsettled for line in lines if line.unsettled}
    concessions = [] if as_credit else list(ret.concessions.filter(given=False).select_related("order_line"))
    waits = ret.state in Return.UNDER_WAY and (quantities or concessions)
    earlier = shares_of(ret, as_credit=as_credit)
    if not waits or any(row.state in Refund.LIVE for row in earlier):
        return []
    whole = receipt(ret, quantities, concessions)
    gone = sum(row.amount for row in earlier if row.state == Refund.State.SUCCEEDED and not row.counted)
    facts = {**whole.as_facts(), "units": quantities, "concessions": [row.pk for row in concessions], "gone": gone}
    if as_credit:
        facts["as_credit"] = True
    if whole.total - gone <= 0:  # what is taken off is as much as what comes back
        if not any(line.to_receive or line.to_check for line in lines):  # else it is taken off only once, from all
            count(ret, facts)
            follow(ret)
        return []
    shares = _shared(ret, whole.total - gone)
    rails = {payment.pk: Refund.Rail.CREDIT if as_credit else RAILS[payment.provider] for payment, _ in shares}
    if any(ret.refunds.filter(payment=pk, rail=rail, state__in=Refund.LIVE).exists() for pk, rail in rails.items()):
        return []  # another sum is on its way there; this one follows it
    proposal = uuid4()
    refunds = [
        Refund.objects.create(
            shop_id=ret.shop_id,
            ret=ret,
            payment=payment,
            amount=share,
            currency=payment.currency,
            rail=rails[payment.pk],
            proposal=proposal,
            snapshot={**facts, "left": payment.left},
        )
        for payment, share in shares
    ]
    follow(ret)
    note(ret, "refund.proposed", by="rules", amount=whole.total - gone, currency=ret.order.currency)
    return refunds


def _shared(ret: Return, total: int) -> list[tuple[Payment, int]]:
    """R7: the same means, by what is left on each and not spoken for by a sum of this case that is only proposed."""
    payments = list(ret.order.payments.filter(provider__in=RAILS).order_by("pk"))
    asked = ret.refunds.filter(state=Refund.State.PROPOSED).exclude(snapshot__has_key="apart")
    left = [payment.left - sum(row.amount for row in asked if row.payment_id == payment.pk) for payment in payments]
    try:
        shares = amounts.split(total, [max(each, 0) for each in left])
    except ValueError as error:
        raise NothingLeft(str(error)) from error
    return [(payment, share) for payment, share in zip(payments, shares, strict=True) if share]


# --- decide -----------------------------------------------------------------------------------------------------


def approve_refund(refund: Refund, *, by: Any, shown_left: int | None = None) -> Refund:
    """Let it go, after the shop's time to stop it. Reserves the sum on the payment. Writes `refund.approved`.

    `shown_left` is what the payment held when the person saw the page; when it is another now, BalanceChanged is
    raised and nothing is sent.
    """
    with case(refund.ret) as ret:
        row = Refund.objects.select_for_update(of=("self",)).select_related("payment").get(pk=refund.pk)
        if shown_left is not None and row.payment.left != shown_left:
            raise BalanceChanged(f"{row.payment.left} left, {shown_left} shown")
        wait = timedelta(minutes=policy.terms_of(ret.order).stop_minutes)
        row.approve(who(by), timezone.now() + (timedelta(0) if by == "rules" else wait))
        row.request = {
            "payment": row.payment.reference,
            "amount": row.amount,
            "currency": row.currency,
            "metadata": {
                "refund_uuid": str(row.uuid),
                "return": ret.number,
                "order": ret.order.number,
                "till": str(till.the_till().uuid),
            },
        }
        if not till.reserve(row):
            raise NothingLeft(row.payment.reference)
        row.save()
        note(
            ret,
            "refund.approved",
            by=by,
            amount=row.amount,
            currency=row.currency,
            send_after=row.send_after.isoformat(),
        )
        return row


def stop_refund(refund: Refund, *, by: Any) -> Refund:
    """Keep it from leaving; possible until a worker has taken it. Frees the reservation. Writes `refund.stopped`."""
    with case(refund.ret) as ret:
        row = Refund.objects.select_for_update(of=("self",)).get(pk=refund.pk)
        credit.keep_back(row, ret, by=by)
        follow(ret)
        return row
