"""Which account do we pay back through, may anything leave now, and what does the provider say our payments hold?"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from customers.models import Shop
from orders.models import Payment
from returns import credit
from returns.actions import case
from returns.audit import record, record_of_shop, together
from returns.models import Refund, Till
from returns.payouts import open_payout
from returns.payouts.base import Outcome, PaymentFacts, Payout
from returns.payouts.errors import PayoutError

PROVIDER = "stripe"
FORGOTTEN = "refunded_before_restore"  # a person looks: it may be what the case still owes
DISPUTE_LOOK = timedelta(hours=1)
A_SECOND = 15  # refunds, by all workers together: well below what Stripe takes
log = structlog.get_logger()


def payout() -> Payout:
    account = {"key": settings.STRIPE_API_KEY, "webhook_secrets": settings.STRIPE_WEBHOOK_SECRETS}
    if settings.STRIPE_API_BASE:
        account["api_base"] = settings.STRIPE_API_BASE
    return open_payout(PROVIDER, account)


def the_till() -> Till:
    return Till.objects.get_or_create(provider=PROVIDER)[0]


# --- may anything leave? ----------------------------------------------------------------------------------------


class Memory:
    """What this process knows of the till: it outlives a database that is put back. -1: it has not looked yet."""

    def __init__(self) -> None:
        self.sent = -1


memory = Memory()


def must_look() -> bool:
    """Whether the books have to be laid side by side before anything leaves: this process has not done it yet, or the
    database knows of fewer refunds than this process has seen leave."""
    return memory.sent < 0 or the_till().sent < memory.sent


def may_send() -> bool:
    return not must_look() and the_till().paused_at is None


def count_one(now: datetime) -> bool:
    """One refund more leaves now. False while paused, or when this second is full. Call in the transaction of the
    claim: the row's lock puts all workers in one order."""
    the_till()
    open_now = Till.objects.filter(Q(quiet_until=None) | Q(quiet_until__lte=now), provider=PROVIDER, paused_at=None)
    this = int(now.timestamp())
    counted = open_now.exclude(slot=this, in_slot__gte=A_SECOND).update(
        in_slot=Case(When(slot=this, then=F("in_slot") + 1), default=Value(1)), slot=this, sent=F("sent") + 1
    )
    return bool(counted)


def remember() -> None:
    """What has left stays in this process's memory, whatever is done to the database."""
    memory.sent = max(memory.sent, the_till().sent)


def slow_down(until: datetime) -> None:
    Till.objects.filter(Q(quiet_until=None) | Q(quiet_until__lt=until), provider=PROVIDER).update(quiet_until=until)


@together()
def pause(why: str, **facts: Any) -> None:
    """Nothing leaves from now on. `why` is a code with a sentence in `portal.words.PAUSED`. Written once."""
    the_till()
    paused = Till.objects.filter(provider=PROVIDER, paused_at=None).update(
        paused_at=timezone.now(), paused_why=why, paused_facts=facts
    )
    if paused:
        log.error("refunds.paused", why=why, **facts)
        tell_shops("refunds.paused", by="rules", why=why, **facts)


def resume(*, by: Any) -> None:
    """A person has looked: the account and the mode of today are ours, and refunds may leave again."""
    facts = payout().account_facts()
    with together():
        the_till()
        Till.objects.filter(provider=PROVIDER).update(
            account=facts.id, livemode=facts.livemode, paused_at=None, paused_why="", paused_facts={}
        )
        tell_shops("refunds.resumed", by=by)


def tell_shops(verb: str, *, by: Any, **facts: Any) -> None:
    for shop in Shop.objects.all():
        record_of_shop(shop, verb, by=by, **facts)


# --- what a payment holds ---------------------------------------------------------------------------------------


def look_at_payment(payment: Payment) -> None:
    """Ask the provider what a payment holds, and keep it. Raises PayoutError without an answer."""
    confirm_payment(payment, payout().fetch_payment(payment.reference))
    _keep_back_disputed(payment)


def look_at_disputes(limit: int = 50) -> int:
    """How do the open ones stand? For news that were lost: money waits behind each. Returns how many were asked."""
    asked = 0
    open_ones = Payment.objects.filter(provider=PROVIDER, dispute=Payment.Dispute.OPEN)
    for payment in open_ones.filter(checked_at__lt=timezone.now() - DISPUTE_LOOK).order_by("checked_at")[:limit]:
        try:
            look_at_payment(payment)
        except PayoutError as error:
            log.warning("dispute.not_looked_at", error=str(error))
            return asked
        asked += 1
    return asked


@together()
def confirm_payment(payment: Payment, facts: PaymentFacts) -> None:
    """Keep the provider's figures: they are the ceiling. Writes `payment.differs` when the file said otherwise, and
    `payment.disputed` or `payment.dispute_over` when the customer's bank has asked it back, or has not any more."""
    row = (
        Payment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("order__customer")
        .get(pk=payment.pk)
    )
    if facts.currency != row.currency or facts.captured < row.reserved:
        row.problem = f"{facts.captured} {facts.currency} at the provider"
        row.save(update_fields=["problem"])
        return
    elsewhere = _elsewhere(row, facts)
    outside = min(sum(each.amount for each in elsewhere), facts.captured - row.reserved)
    if (facts.captured, outside) != (row.captured, row.outside):
        told: dict[str, Any] = {"file": row.captured, "provider": facts.captured, "refunded": facts.refunded}
        record(row.order.customer, "payment.differs", by=PROVIDER, order_number=row.order.number, **told)
    row.captured, row.outside = facts.captured, outside
    row.livemode, row.method, row.last4 = facts.livemode, facts.method[:40], facts.last4[-4:]
    _dispute(row, facts)
    till = the_till()
    forgotten = [each for each in elsewhere if each.provider_id not in row.seen and _is_forgotten(each, till)]
    row.checked_at, row.problem = timezone.now(), FORGOTTEN if forgotten else ""
    row.save()


def _elsewhere(payment: Payment, facts: PaymentFacts) -> list[Outcome]:
    """What went back without a row of ours: from the provider's own pages, or before a backup was put back."""
    rows = set(map(str, payment.refunds.values_list("uuid", flat=True)))
    gone = [each for each in facts.refunds if each.state not in {"failed", "canceled"}]
    return [each for each in gone if each.refund_uuid not in rows]


def _is_forgotten(outcome: Outcome, till: Till) -> bool:
    """Ours, and no row of ours is left for it. One payment may have paid for two orders: the other one's row is."""
    return is_ours(outcome, till) and ours_by(outcome.refund_uuid) is None


def is_ours(outcome: Outcome, till: Till) -> bool:
    """Sent by this portal, whatever its database remembers."""
    return outcome.metadata.get("till") == str(till.uuid)


def ours_by(uuid: str) -> Refund | None:
    try:
        return Refund.objects.filter(uuid=UUID(uuid)).first()
    except ValueError:  # nothing, or what another program wrote there
        return None


def reserve(refund: Refund) -> bool:
    """Its sum is kept for it on the payment. False when that holds less. Credit that becomes money after all stands on
    what was kept for the credit."""
    if "back" in refund.snapshot:
        return True
    room = Payment.objects.filter(
        pk=refund.payment_id, captured__gte=F("reserved") + F("outside") + F("disputed") + refund.amount
    )
    return bool(room.update(reserved=F("reserved") + refund.amount))


def _dispute(payment: Payment, facts: PaymentFacts) -> None:
    if (payment.dispute, payment.disputed) == (facts.dispute, facts.disputed):
        return
    verb = "payment.disputed" if facts.dispute else "payment.dispute_over"
    told: dict[str, Any] = {"amount": facts.disputed or payment.disputed, "currency": facts.currency}
    record(
        payment.order.customer,
        verb,
        by=PROVIDER,
        order_number=payment.order.number,
        lost=facts.dispute == "lost",
        **told,
    )
    payment.dispute, payment.disputed = facts.dispute, facts.disputed


def _keep_back_disputed(payment: Payment) -> None:
    """The bank has decided against us: what had not left of this payment cannot leave any more."""
    for refund in payment.refunds.filter(state__in=Refund.NOT_LEFT, payment__dispute=Payment.Dispute.LOST):
        with case(refund.ret) as ret:
            row = Refund.objects.select_for_update(of=("self",)).get(pk=refund.pk)
            if row.state in Refund.NOT_LEFT:
                credit.keep_back(row, ret, by=PROVIDER)
