"""Our books beside the provider's. A database that was put back from a backup does not know what has left since, and
would send it again: so nothing leaves until both agree."""

from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from orders.models import Payment
from returns.actions import case, note
from returns.errors import NotNow
from returns.models import Refund, Till
from returns.payouts.base import Outcome, Payout
from returns.payouts.errors import PayoutError
from returns.till import (
    PROVIDER,
    is_ours,
    look_at_payment,
    memory,
    must_look,
    ours_by,
    pause,
    payout,
    reserve,
    tell_shops,
    the_till,
)

LOOK_BACK = timedelta(days=30)  # when the books were never compared before
EVERY = timedelta(hours=1)
OVERLAP = timedelta(hours=1)  # clocks, and refunds that were under way at the last comparison
RESTORED = "restored"
log = structlog.get_logger()


def compare_when_needed() -> int:
    """For the worker's round: at its start, when the database has forgotten something, and once in a while. Returns
    how much was learned."""
    if not settings.STRIPE_API_KEY:
        return 0
    checked = the_till().checked_at
    if not must_look() and checked and timezone.now() - checked < EVERY:
        return 0
    try:
        return compare_books()
    except PayoutError as error:
        log.warning("books.not_compared", error=str(error))
        return 0  # asked again by the next round; nothing leaves on a guess


def compare_books() -> int:
    """The account first, then every refund of ours that the provider has had since the last time. What our rows do not
    know is learned before anything else leaves. Returns how much that was. Raises PayoutError without an answer."""
    rail, till, started = payout(), the_till(), timezone.now()
    if not _same_account(rail, till):
        return 0
    since = (till.checked_at or started - LOOK_BACK) - OVERLAP
    unknown = [outcome for outcome in rail.recent(since) if is_ours(outcome, till) and _is_news(outcome)]
    if unknown:
        pause(RESTORED, count=len(unknown))
    for outcome in unknown:
        _learn(outcome)
    Till.objects.filter(pk=till.pk).update(checked_at=started, complaints=rail.check())
    if Till.objects.filter(pk=till.pk, paused_why=RESTORED).update(paused_at=None, paused_why="", paused_facts={}):
        tell_shops("refunds.resumed", by="rules", learned=len(unknown))
    memory.sent = the_till().sent
    return len(unknown)


def _same_account(rail: Payout, till: Till) -> bool:
    """A test key sees nothing of live payments, and another account nothing of ours: then nothing is sent."""
    facts = rail.account_facts()
    if till.livemode is None:
        Till.objects.filter(pk=till.pk).update(account=facts.id, livemode=facts.livemode)
        live = Payment.objects.filter(provider=PROVIDER, livemode=not facts.livemode).exists()
        if live:
            pause("wrong_mode", live=facts.livemode)
        return not live
    if facts.livemode != till.livemode:
        pause("wrong_mode", live=facts.livemode)
        return False
    if facts.id and till.account and facts.id != till.account:
        pause("wrong_account", account=facts.id)
        return False
    return True


def _is_news(outcome: Outcome) -> bool:
    """The provider has a refund of ours of which our rows say that it has not left."""
    row = ours_by(outcome.refund_uuid)
    return row is None or row.first_sent_at is None


def _learn(outcome: Outcome) -> None:
    """Money that has left, and that our rows do not know of: found in a row that had not left, or counted as refunded
    elsewhere; then a person looks at the payment, and nothing more is proposed on it until then."""
    row = ours_by(outcome.refund_uuid)
    if row is None or not found(row, outcome.provider_id, by=PROVIDER):
        for payment in Payment.objects.filter(provider=PROVIDER, reference=outcome.payment_reference):
            look_at_payment(payment)


def found(refund: Refund, provider_id: str, *, by: Any) -> bool:
    """It has left, though its row says that it has not. False when the row cannot hold that. Writes `refund.found`."""
    try:
        with case(refund.ret) as ret:
            row = Refund.objects.select_for_update(of=("self",)).get(pk=refund.pk)
            if row.state != Refund.State.APPROVED and not reserve(row):
                return False
            row.find(provider_id)
            row.save()
            note(ret, "refund.found", by=by, amount=row.amount, currency=row.currency, refund=str(row.uuid))
            return True
    except NotNow:  # another worker has found it
        return True
    except IntegrityError:  # another sum of this case was proposed on the payment meanwhile
        return False
