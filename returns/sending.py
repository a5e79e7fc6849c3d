"""How money leaves, once, and how it went.

The row is the outbox: it was committed together with its reservation on the payment before anything is sent. Sending
happens outside of any transaction, under the row's own idempotency key. An answer that did not come is unknown, never
failed. Whatever is told later (a reply, a look, a webhook) goes through `take_outcome`, which may be called any number
of times in any order.
"""

from datetime import datetime, timedelta
from random import uniform
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from returns import credit, credit_notes, till
from returns.actions import case, follow, free, note, release
from returns.audit import step, together
from returns.errors import PaymentUnclear
from returns.kinds import Wish
from returns.models import Concession, Refund, Return, ReturnLine
from returns.payouts.base import Outcome, Payout
from returns.payouts.errors import AccountRefused, KeyReused, OutcomeUnknown, PayoutError, RateLimited, Refused
from returns.queries import refunds_to_look_at, refunds_to_send, shares_of
from returns.till import PROVIDER

LEASE = timedelta(seconds=60)  # longer than any time-out of the client
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=10)  # between tries
ACCOUNT_PAUSE = timedelta(minutes=5)  # somebody has to change the key first
KEY_LIVES = timedelta(hours=23)
PENDING_LOOK = timedelta(hours=1)  # news come by webhook; this is for those that are lost
NO_ANSWER_LOOK = timedelta(minutes=10)
REFERENCE_COMES_WITHIN = timedelta(days=10)
SETTLED_LOOKS = (7, 14, 30, 60)  # days after it settled


def send_refunds(limit: int = 50) -> int:
    """Send what is due. Returns how many were sent."""
    due = refunds_to_send(timezone.now())
    sent = sum(send_refund(refund) for refund in due.filter(rail=Refund.Rail.CREDIT)[:limit])
    outside = due.exclude(rail=Refund.Rail.CREDIT)[:limit]
    if not outside or not till.may_send():
        return sent
    sent += sum(send_refund(refund) for refund in outside)
    till.remember()
    return sent


def send_refund(refund: Refund) -> bool:
    """Claim, commit, call, and keep the answer. False when another worker has it."""
    row = _claim(refund)
    if row is None:
        return False
    if row.rail == Refund.Rail.CREDIT:
        take_outcome(row, credit.issue(row))
        return True
    rail = till.payout()
    try:
        outcome = _send(rail, row)
    except KeyReused as error:
        _question(row, str(error))
    except Refused as error:
        _look_after(rail, row, error)
    except OutcomeUnknown as error:
        if error.kept:
            _look_after(rail, row, error)
        else:
            _try_again(row, error)
    except PayoutError as error:
        _try_again(row, error)
    else:
        take_outcome(row, outcome)
    return True


def _send(rail: Payout, row: Refund) -> Outcome:
    """The same words under the same key. A key this old may be forgotten: look first, and only a proven absence makes
    a new one."""
    if row.first_sent_at and timezone.now() - row.first_sent_at > KEY_LIVES:
        found = rail.find(row.payment.reference, str(row.uuid))
        if found:
            return found
        _new_key(row)
    return rail.send(row.request, key=row.key)


def _new_key(row: Refund) -> None:
    Refund.objects.filter(pk=row.pk, attempt=row.attempt).update(attempt=row.attempt + 1, first_sent_at=timezone.now())
    row.attempt += 1


def _look_after(rail: Payout, row: Refund, error: Refused | OutcomeUnknown) -> None:
    """No answer that ends a key is believed without a look: an earlier try of ours may have paid."""
    try:
        found = rail.find(row.payment.reference, str(row.uuid))
    except PayoutError as unknown:
        _try_again(row, unknown)
        return
    if found:
        take_outcome(row, found)
    elif isinstance(error, Refused):
        _fail(row, error.code)
    else:  # a 500 that is kept under this key and would come for ever
        _new_key(row)
        _try_again(row, error)


@together()
def _claim(refund: Refund) -> Refund | None:
    """Take it for this worker alone, for a minute. The one place where a state is written by a conditional update."""
    now = timezone.now()
    due = refunds_to_send(now).select_for_update(skip_locked=True, of=("self",)).filter(pk=refund.pk)
    if not due.exists():
        return None
    if refund.rail != Refund.Rail.CREDIT and not till.count_one(now):
        return None
    claimed = refunds_to_send(now).filter(pk=refund.pk, tries=refund.tries)
    taken = claimed.order_by().update(
        state=Refund.State.SENDING,
        lease_until=now + LEASE,
        tries=F("tries") + 1,
        first_sent_at=Coalesce(F("first_sent_at"), now),
    )
    return _taken(refund) if taken else None


def _taken(refund: Refund) -> Refund:
    """Chains `refund.taken`: every try to send is a step of the money, though no line of the timeline."""
    row = Refund.objects.select_related("ret__order", "payment").get(pk=refund.pk)
    about = {"order_number": row.ret.order.number, "number": row.ret.number, "refund": str(row.uuid)}
    sums = {"amount": row.amount, "currency": row.currency, "attempt": row.attempt, "try": row.tries}
    step(row.shop_id, "refund.taken", by="worker", **about, **sums)
    return row


def _try_again(row: Refund, error: PayoutError) -> None:
    """Nothing is known: the row stays `sending` and the same words go again under the same key."""
    pause = ACCOUNT_PAUSE if isinstance(error, AccountRefused) else _backoff(row.tries)
    if isinstance(error, RateLimited):
        pause = max(pause, timedelta(seconds=min(error.retry_after or 1, 3600)))
        till.slow_down(timezone.now() + timedelta(seconds=min(error.retry_after or 1, 60)))
    Refund.objects.filter(pk=row.pk, state=Refund.State.SENDING, tries=row.tries).update(
        lease_until=timezone.now() + pause, last_error=str(error)[:300]
    )


def _backoff(tries: int) -> timedelta:
    """Twice as long each time, up to ten minutes, and for no two rows the same: they should not all come at once."""
    doubled = min(FIRST_PAUSE * 2 ** min(tries - 1, 20), LONGEST_PAUSE)
    return doubled * uniform(0.75, 1.25)  # noqa: S311 - not a secret


def _fail(row: Refund, code: str) -> None:
    with case(row.ret) as ret:
        row = Refund.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if row.state in {Refund.State.SENDING, Refund.State.NEEDS_REVIEW}:
            _failed(ret, row, code)


def _question(row: Refund, reason: str) -> None:
    with case(row.ret) as ret:
        row = Refund.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if row.state == Refund.State.SENDING:
            row.question(reason[:120])
            row.save()
            note(ret, "refund.questioned", by=PROVIDER, **_facts(row))


# --- hear how it went -------------------------------------------------------------------------------------------


def take_outcome(refund: Refund, outcome: Outcome, *, by: Any = None) -> Refund:
    """Keep what the provider says of one refund. The same word twice changes nothing. `by` is a person who read it at
    the bank.

    Writes `refund.pending`, `refund.succeeded` or `refund.failed` when it moves. A sum that is not ours is put before
    a person.
    """
    with case(refund.ret) as ret:
        row = Refund.objects.select_for_update(of=("self",)).select_related("payment").get(pk=refund.pk)
        if row.state not in {*Refund.SENT, Refund.State.SUCCEEDED}:
            return row
        if (outcome.amount, outcome.currency) != (row.amount, row.currency):
            if row.failure != "amount_differs":
                row.question("amount_differs")
                row.save()
                note(ret, "refund.questioned", by=PROVIDER, **_facts(row))
            return row
        row.provider_id = outcome.provider_id
        row.destination = outcome.destination or row.destination
        row.bank_reference = outcome.bank_reference or row.bank_reference
        row.last_error = ""
        _move(ret, row, outcome, by or ("rules" if row.rail == Refund.Rail.CREDIT else PROVIDER))
        row.look_again = _next_look(row)
        row.save()
        follow(ret)
        return row


def _move(ret: Return, row: Refund, outcome: Outcome, by: Any) -> None:
    if outcome.state == row.state:
        return
    facts = _facts(row)
    if outcome.state == Refund.State.SUCCEEDED:
        row.succeed()
        row.save()
        _count_units(ret, row)
        row.counted = ret.refunds.filter(pk=row.pk, counted=True).exists()
        note(ret, "refund.succeeded", by=by, **facts)
    elif outcome.state in {Refund.State.FAILED, Refund.State.CANCELED}:
        _failed(ret, row, outcome.failure_reason or outcome.state, by=by)
    elif row.state == Refund.State.SUCCEEDED:
        return  # an older word that came late
    elif outcome.state == Refund.State.PENDING:
        row.wait()
        note(ret, "refund.pending", by=by, **facts)
    elif outcome.state == Refund.State.REQUIRES_ACTION:
        row.wait_for_customer()
        note(ret, "refund.pending", by=by, **facts)
    else:
        row.question(outcome.state)
        note(ret, "refund.questioned", by=by, **facts)


def _failed(ret: Return, row: Refund, reason: str, *, by: Any = PROVIDER) -> None:
    """The money came back, or never left: the units wait for money again, and a person is told."""
    after_all, apart = "back" in row.snapshot, "apart" in row.snapshot
    if row.counted and not apart:
        _uncount_units(ret, row)
    row.counted = False
    row.fail(reason[:120])
    row.save()
    free(row)
    if after_all:
        credit.put_back(ret, row, by=by)
    elif ret.state == Return.State.SETTLED and not apart:
        ret.fail_refund()
    follow(ret)
    note(
        ret,
        "refund.failed",
        by=by,
        **_facts(row),
        reason=reason,
        credit_again=after_all,
        came_back=bool(row.provider_id),
    )


def _facts(row: Refund) -> dict[str, Any]:
    return {"amount": row.amount, "currency": row.currency, "refund": str(row.uuid)}


def _count_units(ret: Return, row: Refund) -> None:
    """Units count as refunded once every share of their proposal has gone out."""
    if "apart" in row.snapshot:  # it settles no goods
        ret.refunds.filter(pk=row.pk).update(counted=True)
        return
    shares = shares_of(ret, as_credit=credit.is_chosen(row))
    uncounted = [share for share in shares if share.state == Refund.State.SUCCEEDED and not share.counted]
    if sum(share.amount for share in uncounted) < row.snapshot["total"]:
        return
    ret.refunds.filter(pk__in=[share.pk for share in uncounted]).update(counted=True, proposal=row.proposal)
    count(ret, row.snapshot)
    credit_notes.write(ret, row.proposal, row.snapshot)


def count(ret: Return, facts: dict) -> None:
    """What the snapshot of a sum says has been given: its units, and the concessions it carried."""
    _add_refunded(ret, facts, 1)
    conceded = ret.concessions.filter(pk__in=facts.get("concessions", []), given=False)
    if conceded.exclude(why=Concession.Why.GOODWILL).exists():
        for line in ret.lines.filter(wish__in=[Wish.REDUCTION, Wish.DELIVERY]).select_related("order_line"):
            units = line.unsettled
            line.reduced += units
            release(line, min(units, line.holding))  # it stays with her: what breaks later may be claimed
            line.save()
    conceded.update(given=True)


def _uncount_units(ret: Return, row: Refund) -> None:
    """Money that had gone out came back: its units wait again."""
    ret.refunds.filter(proposal=row.proposal, counted=True).update(counted=False)
    _add_refunded(ret, row.snapshot, -1)
    credit_notes.cancel(ret, row.proposal)
    taken_back = ret.concessions.filter(pk__in=row.snapshot.get("concessions", []), given=True)
    if taken_back.exclude(why=Concession.Why.GOODWILL).exists():
        ret.lines.filter(wish__in=[Wish.REDUCTION, Wish.DELIVERY]).update(reduced=0)
    taken_back.update(given=False)


def _add_refunded(ret: Return, facts: dict, sign: int) -> None:
    for line_id, units in facts["units"].items():
        ReturnLine.objects.filter(pk=line_id, ret=ret).update(refunded=F("refunded") + sign * units)


def _next_look(row: Refund) -> datetime | None:
    now = timezone.now()
    if row.rail != Refund.Rail.STRIPE:
        return None
    if row.state in {Refund.State.PENDING, Refund.State.REQUIRES_ACTION}:
        return now + PENDING_LOOK
    if row.state != Refund.State.SUCCEEDED or row.settled_at is None:
        return None
    if not row.bank_reference and now - row.settled_at < REFERENCE_COMES_WITHIN:
        return now + timedelta(hours=12)
    # Banks send money back weeks later; should that news be lost, one of these finds it.
    later = (row.settled_at + timedelta(days=days) for days in SETTLED_LOOKS)
    return next((day for day in later if day > now), None)


def look_at_refunds(limit: int = 50) -> int:
    """Ask the provider about refunds that it owes us a word on. Returns how many were asked about."""
    asked = 0
    for refund in refunds_to_look_at(timezone.now())[:limit]:
        asked += _look_at(refund)
    return asked


def ask_again(refund: Refund) -> Refund:
    """A person wants to know how a questioned refund stands: look at the provider's list and believe it.

    What is not there has never left: it fails, and its reservation is free. Raises PaymentUnclear without an answer.
    """
    try:
        found = till.payout().find(refund.payment.reference, str(refund.uuid))
    except PayoutError as error:
        raise PaymentUnclear(str(error)) from error
    if found:
        return take_outcome(refund, found)
    _fail(refund, "not_found")
    return Refund.objects.get(pk=refund.pk)


def _look_at(refund: Refund) -> bool:
    try:
        outcome = till.payout().fetch(refund.provider_id or "")
    except PayoutError:
        Refund.objects.filter(pk=refund.pk).update(look_again=timezone.now() + NO_ANSWER_LOOK)
        return False
    take_outcome(refund, outcome)
    return True
