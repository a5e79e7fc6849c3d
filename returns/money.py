"""Who gets how much back, and may it leave? Propose, approve, stop. The row is committed with its reservation on the
payment before `sending.py` sends anything."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import structlog
from django.db.models import Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from customers.timeline import who
from orders.models import Payment
from returns import amounts, approvals, bank, credit, differences, policy, till
from returns.actions import case, follow, note
from returns.errors import (
    AccountChanged,
    BalanceChanged,
    Disputed,
    NoAccount,
    NothingLeft,
    NotNow,
    NotTheSame,
    PaymentUnclear,
    ReturnsError,
)
from returns.kinds import Wish
from returns.models import Refund, Return
from returns.payouts.errors import PayoutError, Refused
from returns.queries import RAILS, shares_of, unproposed_returns
from returns.receipts import receipt, step_of
from returns.sending import count
from returns.till import PROVIDER
from returns.transfer.accounts import Account

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
    _have_looked(ret)
    refunds = prepare_refund(ret)
    if not refunds:
        raise PaymentUnclear(ret.number)
    return refunds


def _have_looked(ret: Return) -> None:
    """A person knows of the refunds that have no row with us, and wants the sum worked out all the same."""
    forgotten = ret.order.payments.filter(problem=till.FORGOTTEN)
    forgotten.exclude(provider=PROVIDER).update(problem="")
    for payment in forgotten.filter(provider=PROVIDER):
        try:
            facts = till.payout().fetch_payment(payment.reference)
        except PayoutError as error:
            raise PaymentUnclear(str(error)) from error
        seen = [refund.provider_id for refund in facts.refunds]
        Payment.objects.filter(pk=payment.pk).update(seen=seen, checked_at=None)


@sensitive_variables("account")
def take_account(ret: Return, account: Account, *, by: Any) -> None:
    """She names an account (`bank.give_details`): what failed on the way to her card is proposed to go there.

    Writes `bank.details_given`, and `refund.proposed` where something waited for it.
    """
    bank.give_details(ret, account, by=by)
    try:
        prepare_refund(ret)
    except ReturnsError as no:  # the account is kept; staff see on the page of the case what is in the way
        log.warning("refund.not_proposed", number=ret.number, why=type(no).__name__)


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
    shares = _as_before(earlier, whole.total - gone) or _shared(ret, whole.total - gone)
    rails = {payment.pk: Refund.Rail.CREDIT if as_credit else _rail(ret, payment) for payment, _ in shares}
    if any(ret.refunds.filter(payment=pk, rail=rail, state__in=Refund.LIVE).exists() for pk, rail in rails.items()):
        return []  # another sum is on its way there; this one follows it
    proposal = uuid4()
    refunds = [
        Refund(
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
    why = approvals.person_why(ret, refunds)
    for row in refunds:
        row.person_why = why
        row.save()
    follow(ret)
    sums = {"amount": whole.total - gone, "currency": ret.order.currency}
    note(ret, "refund.proposed", by="rules", **sums, refund=[str(row.uuid) for row in refunds])
    if Refund.Rail.BANK in rails.values():
        bank.ask(ret, by="rules")
    return refunds


def _rail(ret: Return, payment: Payment) -> Any:
    return Refund.Rail.BANK if bank.goes_by_bank(ret, payment) else RAILS[payment.provider]


def _as_before(earlier: list[Refund], total: int) -> list[tuple[Payment, int]]:
    """Shares of a sum that failed, when they are what is still to give: each stays with its payment."""
    last = max((row.pk for row in earlier), default=None)
    proposal = next((row.proposal for row in earlier if row.pk == last), None)
    failed = [row for row in earlier if row.proposal == proposal and row.state == Refund.State.FAILED]
    if sum(row.amount for row in failed) != total or any(row.amount > row.payment.left for row in failed):
        return []
    return [(row.payment, row.amount) for row in failed]


def _shared(ret: Return, total: int) -> list[tuple[Payment, int]]:
    """R7: the same means, by what is left on each and not spoken for by a sum of this case that is only proposed, nor
    paid for an exchange that has not left."""
    payments = list(ret.order.payments.filter(provider__in=RAILS).order_by("pk"))
    spoken_for = Counter(differences.kept_for(ret.order))
    for row in ret.refunds.filter(state=Refund.State.PROPOSED).exclude(snapshot__has_key="apart"):
        spoken_for[row.payment_id] += row.amount
    left = [payment.left - spoken_for[payment.pk] for payment in payments]
    try:
        shares = amounts.split(total, [max(each, 0) for each in left], [step_of(payment) for payment in payments])
    except ValueError as error:
        raise NothingLeft(str(error)) from error
    return [(payment, share) for payment, share in zip(payments, shares, strict=True) if share]


# --- decide -----------------------------------------------------------------------------------------------------


CLEAR = Q(state=Refund.State.PROPOSED, person_why=[]) & ~Q(payment__dispute=Payment.Dispute.OPEN)


def leaves_by_itself(refund: Refund) -> bool:
    """Whether the next round of a worker lets this sum go, and nobody's yes is waited for."""
    return Refund.objects.filter(CLEAR, pk=refund.pk).exists()


def release_clear(limit: int = 50) -> int:
    """Let go what the rules need no person for, and needed none for when it was proposed. Returns how many."""
    released = 0
    for refund in Refund.objects.filter(CLEAR).select_related("ret").order_by("proposed_at")[:limit]:
        try:
            released += _release(refund)
        except ReturnsError as no:  # a person looks at it then
            log.warning("refund.not_released", number=refund.ret.number, why=type(no).__name__)
            Refund.objects.filter(pk=refund.pk, state=Refund.State.PROPOSED).update(person_why=["payment"])
    return released


def _release(refund: Refund) -> bool:
    """False when something has happened since it was proposed that wants a person."""
    with case(refund.ret) as ret:
        shares = ret.refunds.filter(proposal=refund.proposal).exclude(state=Refund.State.CANCELED)
        why = approvals.person_why(ret, list(shares.select_related("payment")))
        if why:
            ret.refunds.filter(proposal=refund.proposal, state=Refund.State.PROPOSED).update(person_why=why)
            return False
        approve_refund(refund, by="rules")
        return True


def approve_refund(
    refund: Refund, *, by: Any, shown_left: int | None = None, shown_account: str | None = None
) -> Refund:
    """Let it go, after the shop's time to stop it. Reserves the sum on the payment. Writes `refund.approved`; or
    `refund.first_yes`, where a second person has to say yes too: then it still waits.

    `shown_left` is what the payment held when the person saw the page; when it is another now, BalanceChanged is
    raised and nothing is sent; AccountChanged likewise, where `shown_account` is the version of the account that was on
    it. Raises NoAccount while there is none, NotTheSame for a second yes of whoever had a hand in it, NotAllowed.
    """
    with case(refund.ret) as ret:
        rows = Refund.objects.select_for_update(of=("self",)).select_related("payment", "ret__order__customer", "shop")
        row = rows.get(pk=refund.pk)
        if row.state != Refund.State.PROPOSED:
            raise NotNow(row.state)  # before the balance, which whoever was faster has moved
        if shown_left is not None and row.payment.left != shown_left:
            raise BalanceChanged(f"{row.payment.left} left, {shown_left} shown")
        if row.rail == Refund.Rail.BANK:
            _same_account(ret, shown_account)
        if by != "rules" and not _enough(row, ret, by):
            return row
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
        if row.payment.dispute == Payment.Dispute.OPEN:
            raise Disputed(row.payment.reference)
        if not till.reserve(row):
            raise NothingLeft(row.payment.reference)
        row.save()
        note(
            ret,
            "refund.approved",
            by=by,
            amount=row.amount,
            currency=row.currency,
            refund=str(row.uuid),
            send_after=row.send_after.isoformat(),
        )
        return row


def _same_account(ret: Return, shown: str | None) -> None:
    named = bank.usable(ret)
    if named is None:
        raise NoAccount(ret.number)
    if shown is not None and shown != bank.version_of(named):
        raise AccountChanged(ret.number)


def _enough(row: Refund, ret: Return, by: Any) -> bool:
    """Whether this yes is the last one that is needed. A first yes is kept, and a second person is asked."""
    why = approvals.second_why(row, by)
    if row.first_by and approvals.made_it(row, by):
        raise NotTheSame(who(by))
    if row.first_by or not why:
        return True
    row.first_by, row.first_at, row.second_why = who(by), timezone.now(), why
    row.save()
    note(ret, "refund.first_yes", by=by, amount=row.amount, currency=row.currency, why=why, refund=str(row.uuid))
    return False


def stop_refund(refund: Refund, *, by: Any) -> Refund:
    """Keep it from leaving; possible until a worker has taken it. Frees the reservation. Writes `refund.stopped`."""
    with case(refund.ret) as ret:
        row = Refund.objects.select_for_update(of=("self",)).get(pk=refund.pk)
        credit.keep_back(row, ret, by=by)
        follow(ret)
        return row
