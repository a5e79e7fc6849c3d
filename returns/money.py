"""How money leaves, once: propose, approve, send, and hear how it went.

The row is the outbox: it is committed together with its reservation on the payment before anything is sent. Sending
happens outside of any transaction, under the row's own idempotency key. An answer that did not come is unknown, never
failed. Whatever is told later (a reply, a look, a webhook) goes through `take_outcome`, which may be called any number
of times in any order.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from customers.timeline import record, who
from orders.models import Order, OrderLine, Payment
from returns import amounts, policy
from returns.actions import case, follow, free, note, reduction, release, stop
from returns.errors import BalanceChanged, NothingLeft, PaymentUnclear, ReturnsError
from returns.kinds import Kind, Wish
from returns.models import Concession, Deduction, Refund, Return, ReturnLine
from returns.payouts import open_payout
from returns.payouts.base import Outcome, PaymentFacts, Payout
from returns.payouts.errors import AccountRefused, KeyReused, OutcomeUnknown, PayoutError, RateLimited, Refused
from returns.queries import (
    refunds_to_look_at,
    refunds_to_send,
    rows_given,
    unproposed_returns,
)

LEASE = timedelta(seconds=60)  # longer than any time-out of the client
KEY_LIVES = timedelta(hours=23)
REFERENCE_COMES_WITHIN = timedelta(days=10)
PROVIDER = "stripe"
log = structlog.get_logger()


def payout() -> Payout:
    account = {"key": settings.STRIPE_API_KEY, "webhook_secrets": settings.STRIPE_WEBHOOK_SECRETS}
    if settings.STRIPE_API_BASE:
        account["api_base"] = settings.STRIPE_API_BASE
    return open_payout(PROVIDER, account)


# --- how much ---------------------------------------------------------------------------------------------------


def receipt(ret: Return, quantities: dict[int, int], concessions: Sequence[Concession] = ()) -> amounts.Breakdown:
    """The rows of the refund for {return line id: units} and for `concessions`, less what was given before."""
    return _receipt(ret, quantities, concessions, rows_given(ret.order))


def expected_receipt(ret: Return) -> amounts.Breakdown:
    """What the customer gets when everything she asks money for is accepted: the same before she sends the request and
    after the money has gone."""
    lines = ret.lines.select_related("order_line")
    everything = {
        line.pk: line.requested - line.rejected - line.missing - line.refused for line in lines.filter(wish=Wish.MONEY)
    }
    return _receipt(
        ret,
        {pk: units for pk, units in everything.items() if units},
        _expected_concessions(ret),
        rows_given(ret.order, besides=ret),
    )


def worth_of(line: ReturnLine, wish: str) -> int:
    """What she would get in money for this line, were this her wish."""
    would_be = _would_be(line, wish)
    if would_be:
        return receipt(line.ret, {}, [would_be]).total
    return receipt(line.ret, {line.pk: line.requested}).total if wish == Wish.MONEY else 0


def offer_sums(offer: Deduction) -> dict[str, int]:
    """Of an offer of less: what the units cost (`whole`), what is taken off (`less`), what she would get (`part`)."""
    line = offer.line
    whole = receipt(line.ret, {line.pk: offer.units}).rows[0].amount
    less = amounts.percent(whole, offer.percent)
    return {"whole": whole, "less": less, "part": whole - less}


def _expected_concessions(ret: Return) -> list[Concession]:
    """Those of the case; before it is granted, those that would be."""
    made = list(ret.concessions.select_related("order_line"))
    if made or ret.decided_at:
        return made
    lines = list(ret.lines.select_related("order_line"))
    wanted = [_would_be(line, Wish.REDUCTION) for line in lines if line.wish == Wish.REDUCTION]
    wanted += [_would_be(line, Wish.DELIVERY) for line in lines if line.wish == Wish.DELIVERY][:1]
    return [row for row in wanted if row]


def _would_be(line: ReturnLine, wish: str) -> Concession | None:
    """What she would get for keeping it, were this her wish."""
    ret = line.ret
    if wish == Wish.REDUCTION:
        amount = reduction(line, policy.terms_of(ret.order))
        return Concession(
            ret=ret, order_line=line.order_line, why=Concession.Why.REDUCTION, units=line.requested, amount=amount
        )
    if wish == Wish.DELIVERY and ret.order.delivery_paid:
        return Concession(ret=ret, why=Concession.Why.DELIVERY, amount=ret.order.delivery_paid)
    return None


def _receipt(
    ret: Return, quantities: dict[int, int], concessions: Sequence[Concession], given: list[dict]
) -> amounts.Breakdown:
    """`given` are the rows of refunds that have gone out or still may."""
    lines = list(ret.lines.filter(pk__in=quantities).select_related("order_line"))
    units = [_unit(line.order_line, quantities[line.pk], given) for line in lines]
    terms = policy.terms_of(ret.order)
    extra = [
        *_less_for_wear(lines, units, given),
        *_handling_fee(lines, units, terms),
        *_delivery_back(ret, lines, units, given, terms),
    ]
    for row in concessions:
        so_far = [*given, *(asdict(each) for each in (*map(amounts.worth, units), *extra))]
        extra += _conceded(row, ret.order, so_far)
    extra += _label_cost(ret, lines, given, terms, most=sum(amounts.worth(unit).amount for unit in units))
    return amounts.breakdown(units, extra)


def _unit(line: OrderLine, now: int, given: list[dict]) -> amounts.Unit:
    rows = [row for row in given if row["line"] == line.position]
    settled = [row for row in rows if row["rule"] == "R2"]
    used = sum(row["amount"] for row in rows if row["rule"] in {"R2", "R6"})
    return amounts.Unit(
        line=line.position,
        title=line.title,
        paid=line.paid,
        tax=line.tax,
        quantity=line.quantity,
        before=sum(row["quantity"] for row in settled),
        now=now,
        given=sum(row["amount"] for row in settled),
        tax_given=sum(row["tax"] for row in settled),
        left=max(line.paid - used, 0),
    )


def _less_for_wear(
    lines: Sequence[ReturnLine], units: Sequence[amounts.Unit], given: list[dict]
) -> list[amounts.Amount]:
    """R5: what a deduction that stands takes off, once."""
    booked = [row["of"] for row in given if row["rule"] == "R5"]
    rows = []
    for line, unit in zip(lines, units, strict=True):
        whole = amounts.worth(unit)
        for offer in line.deductions.filter(state__in=Deduction.HOLDS, percent__lt=100).exclude(pk__in=booked):
            part = amounts.share(whole.amount, min(offer.units, unit.now), unit.now)
            tax = amounts.share(whole.tax, min(offer.units, unit.now), unit.now)
            rows.append(
                amounts.Amount(
                    "R5",
                    unit.title,
                    offer.units,
                    -amounts.percent(part, offer.percent),
                    -amounts.percent(tax, offer.percent),
                    unit.line,
                    offer.pk,
                )
            )
    return rows


def _handling_fee(
    lines: Sequence[ReturnLine], units: Sequence[amounts.Unit], terms: policy.Terms
) -> list[amounts.Amount]:
    """R4: a percentage that the terms named before, only of what comes back by the shop's own kindness."""
    rows = []
    for line, unit in zip(lines, units, strict=True):
        if line.kind not in {"", Kind.RETURN}:
            continue
        fee = policy.outcome(policy.wished(line, line.ret.shop.today()), terms).fee_percent
        if fee:
            whole = amounts.worth(unit)
            rows.append(
                amounts.Amount(
                    "R4F",
                    unit.title,
                    unit.now,
                    -amounts.percent(whole.amount, fee),
                    -amounts.percent(whole.tax, fee),
                    unit.line,
                )
            )
    return rows


def _label_cost(
    ret: Return, lines: Sequence[ReturnLine], given: list[dict], terms: policy.Terms, *, most: int
) -> list[amounts.Amount]:
    """R4: the label at the price she was shown and chose, once a case, never more than comes back."""
    price = way_price(ret) if lines and ret.way in {Return.Way.CODE, Return.Way.LABEL} else 0
    booked = any(row["rule"] == "R4" and row.get("of") == ret.pk for row in given)
    if not price or booked:
        return []
    return [amounts.Amount("R4", "", 1, -min(price, most), 0, None, ret.pk)]


def way_price(ret: Return) -> int:
    """What the label costs her: nothing while any of the goods travels at our cost."""
    today, terms = ret.shop.today(), policy.terms_of(ret.order)
    told = [policy.outcome(policy.wished(line, today), terms) for line in ret.lines.select_related("order_line__order")]
    hers = [each for each in told if each.way_back != "none"]
    return 0 if any(each.way_back == "shop" for each in hers) else max((each.label_price for each in hers), default=0)


def _delivery_back(
    ret: Return, lines: Sequence[ReturnLine], units: Sequence[amounts.Unit], given: list[dict], terms: policy.Terms
) -> list[amounts.Amount]:
    """R3: when the law ends all of the order, delivery comes back once: all of it for our fault, the standard price for
    a withdrawal. Terms may give it by share, with each item."""
    order = ret.order
    grounds = {line.kind or policy.outcome(policy.wished(line, ret.shop.today()), terms).kind for line in lines}
    earlier = ReturnLine.objects.filter(ret__order=order, refunded__gt=0).exclude(ret=ret)
    grounds |= set(earlier.values_list("kind", flat=True))
    if not grounds or not grounds <= LAWFUL:
        return []
    full = order.delivery_paid
    due = full if grounds <= OURS else min(full, order.delivery_standard or full)
    had = sum(row["amount"] for row in given if row["rule"] == "R3")
    ended = {unit.line: unit.before + unit.now for unit in units}
    for row in given:
        if row["rule"] == "R2":
            ended.setdefault(row["line"], 0)
            if row["line"] not in {unit.line for unit in units}:
                ended[row["line"]] += row["quantity"]
    order_lines = list(order.lines.all())
    if all(ended.get(line.position, 0) >= line.quantity for line in order_lines):
        back = due - had
    elif terms.delivery_back == "pro_rata" and not grounds <= OURS:
        goods = sum(line.paid for line in order_lines)
        value = sum(amounts.part(line.paid, line.quantity, 0, ended.get(line.position, 0)) for line in order_lines)
        back = amounts.delivery_share(due, goods, value, had)
    else:
        return []
    if back <= 0:
        return []
    return [amounts.Amount("R3", "", 1, back, amounts.share(order.delivery_tax, back, order.delivery_paid))]


# On these grounds the law gives delivery back; on the second ones the fault is ours.
LAWFUL = {Kind.WITHDRAWAL, Kind.CLAIM, Kind.CANCEL, Kind.CARRIER_RETURN}
OURS = {Kind.CLAIM, Kind.CANCEL}


def _conceded(row: Concession, order: Order, given: list[dict]) -> list[amounts.Amount]:
    """R6: never more than is left of what the line cost, nor more delivery than was paid. `given` includes the rows of
    this very receipt."""
    rule = {"reduction": "R6", "delivery": "R3", "goodwill": "G", "difference": "R8"}[row.why]
    line, amount = row.order_line, row.amount
    if line and row.why == Concession.Why.REDUCTION:
        used = sum(each["amount"] for each in given if each["line"] == line.position and each["rule"] in {"R2", "R6"})
        amount = min(amount, max(line.paid - used, 0))
        tax = amounts.share(line.tax, amount, line.paid)
        told = amounts.Amount(rule, line.title, row.units, amount, tax, line.position, row.pk)
        return [told] if amount else []
    if row.why == Concession.Why.DELIVERY:
        had = sum(each["amount"] for each in given if each["rule"] == "R3")
        amount = min(amount, max(order.delivery_paid - had, 0))
    tax = amounts.share(order.delivery_tax, amount, order.delivery_paid) if rule == "R3" else 0
    told = amounts.Amount(rule, row.words, 1, amount, tax, line.position if line else None, row.pk)
    return [told] if amount else []


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
            confirm_payment(payment, payout().fetch_payment(payment.reference))
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
    for refund in ret.refunds.filter(state=Refund.State.PROPOSED):
        stop_refund(refund, by=by)
    refunds = prepare_refund(ret)
    if not refunds:
        raise PaymentUnclear(ret.number)
    return refunds


@transaction.atomic
def confirm_payment(payment: Payment, facts: PaymentFacts) -> None:
    """Keep the provider's figures: they are the ceiling. Writes `payment.differs` when the file said otherwise."""
    row = Payment.objects.select_for_update().select_related("order__customer").get(pk=payment.pk)
    if facts.currency != row.currency or facts.captured < row.reserved:
        row.problem = f"{facts.captured} {facts.currency} at the provider"
        row.save(update_fields=["problem"])
        return
    outside = min(max(facts.refunded - _ours(row), 0), facts.captured - row.reserved)
    if (facts.captured, outside) != (row.captured, row.outside):
        told: dict[str, Any] = {"file": row.captured, "provider": facts.captured, "refunded": facts.refunded}
        record(row.order.customer, "payment.differs", by=PROVIDER, order_number=row.order.number, **told)
    row.captured, row.outside = facts.captured, outside
    row.livemode = facts.livemode
    row.checked_at, row.problem = timezone.now(), ""
    row.save(update_fields=["captured", "outside", "livemode", "checked_at", "problem"])


def _ours(payment: Payment) -> int:
    """What the provider counts as refunded at our word: it holds money back for those that are still under way."""
    known = payment.refunds.filter(state__in=[*Refund.SENT, Refund.State.SUCCEEDED]).exclude(provider_id=None)
    return sum(known.values_list("amount", flat=True))


def propose(ret: Return) -> list[Refund]:
    """Intent rows for all that waits for money, shared by what is left on each payment.

    Writes `refund.proposed`. Raises NothingLeft when the payments do not hold as much any more.
    """
    with case(ret) as ret:
        quantities = {line.pk: line.unsettled for line in ret.lines.filter(wish=Wish.MONEY) if line.unsettled}
        concessions = list(ret.concessions.filter(given=False).select_related("order_line"))
        waits = ret.state in Return.UNDER_WAY and (quantities or concessions)
        if not waits or ret.refunds.filter(state__in=Refund.LIVE).exists():
            return []
        payments = list(ret.order.payments.filter(provider=PROVIDER).order_by("pk"))
        whole = receipt(ret, quantities, concessions)
        gone = sum(ret.refunds.filter(state=Refund.State.SUCCEEDED, counted=False).values_list("amount", flat=True))
        facts = {**whole.as_facts(), "units": quantities, "concessions": [row.pk for row in concessions], "gone": gone}
        if whole.total - gone <= 0:  # what is taken off is as much as what comes back
            if not _more_comes(ret):  # else it is taken off only once, from all of it
                _count(ret, facts)
                follow(ret)
            return []
        try:
            shares = amounts.split(whole.total - gone, [payment.left for payment in payments])
        except ValueError as error:
            raise NothingLeft(str(error)) from error
        proposal = uuid4()
        refunds = [
            Refund.objects.create(
                shop_id=ret.shop_id,
                ret=ret,
                payment=payment,
                amount=share,
                currency=payment.currency,
                proposal=proposal,
                snapshot={**facts, "left": payment.left},
            )
            for payment, share in zip(payments, shares, strict=True)
            if share
        ]
        follow(ret)
        note(ret, "refund.proposed", by="rules", amount=whole.total - gone, currency=ret.order.currency)
        return refunds


def _more_comes(ret: Return) -> bool:
    return any(line.to_receive or line.to_check for line in ret.lines.filter(wish=Wish.MONEY))


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
        room = Payment.objects.filter(pk=row.payment_id, captured__gte=F("reserved") + F("outside") + row.amount)
        wait = timedelta(minutes=policy.terms_of(ret.order).stop_minutes)
        row.approve(who(by), timezone.now() + (timedelta(0) if by == "rules" else wait))
        row.request = {
            "payment": row.payment.reference,
            "amount": row.amount,
            "currency": row.currency,
            "metadata": {"refund_uuid": str(row.uuid), "return": ret.number, "order": ret.order.number},
        }
        if not room.update(reserved=F("reserved") + row.amount):
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
        stop(row, ret, by=by)
        follow(ret)
        return row


# --- send -------------------------------------------------------------------------------------------------------


def send_refunds(limit: int = 50) -> int:
    """Send what is due. Returns how many were sent."""
    sent = 0
    for refund in refunds_to_send(timezone.now())[:limit]:
        sent += send_refund(refund)
    return sent


def send_refund(refund: Refund) -> bool:
    """Claim, commit, call, and keep the answer. False when another worker has it."""
    row = _claim(refund)
    if row is None:
        return False
    rail = payout()
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


@transaction.atomic
def _claim(refund: Refund) -> Refund | None:
    """Take it for this worker alone, for a minute. The one place where a state is written by a conditional update."""
    now = timezone.now()
    due = refunds_to_send(now).select_for_update(skip_locked=True, of=("self",)).filter(pk=refund.pk)
    if not due.exists():
        return None
    claimed = refunds_to_send(now).filter(pk=refund.pk, tries=refund.tries)
    taken = claimed.order_by().update(
        state=Refund.State.SENDING,
        lease_until=now + LEASE,
        tries=F("tries") + 1,
        first_sent_at=Coalesce(F("first_sent_at"), now),
    )
    return Refund.objects.select_related("ret", "payment").get(pk=refund.pk) if taken else None


def _try_again(row: Refund, error: PayoutError) -> None:
    """Nothing is known: the row stays `sending` and the same words go again under the same key."""
    pause = timedelta(minutes=5) if isinstance(error, AccountRefused) else timedelta(seconds=min(2**row.tries, 600))
    if isinstance(error, RateLimited) and error.retry_after:
        pause = max(pause, timedelta(seconds=min(error.retry_after, 3600)))
    Refund.objects.filter(pk=row.pk, state=Refund.State.SENDING, tries=row.tries).update(
        lease_until=timezone.now() + pause, last_error=str(error)[:300]
    )


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
            note(ret, "refund.questioned", by=PROVIDER, amount=row.amount, currency=row.currency)


# --- hear how it went -------------------------------------------------------------------------------------------


def take_outcome(refund: Refund, outcome: Outcome) -> Refund:
    """Keep what the provider says of one refund. The same word twice changes nothing.

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
                note(ret, "refund.questioned", by=PROVIDER, amount=row.amount, currency=row.currency)
            return row
        row.provider_id = outcome.provider_id
        row.destination = outcome.destination or row.destination
        row.bank_reference = outcome.bank_reference or row.bank_reference
        row.last_error = ""
        _move(ret, row, outcome)
        row.look_again = _next_look(row)
        row.save()
        follow(ret)
        return row


def _move(ret: Return, row: Refund, outcome: Outcome) -> None:
    if outcome.state == row.state:
        return
    facts = {"amount": row.amount, "currency": row.currency, "refund": str(row.uuid)}
    if outcome.state == Refund.State.SUCCEEDED:
        row.succeed()
        row.save()
        _count_units(ret, row)
        row.counted = ret.refunds.filter(pk=row.pk, counted=True).exists()
        note(ret, "refund.succeeded", by=PROVIDER, **facts)
    elif outcome.state in {Refund.State.FAILED, Refund.State.CANCELED}:
        _failed(ret, row, outcome.failure_reason or outcome.state)
    elif row.state == Refund.State.SUCCEEDED:
        return  # an older word that came late
    elif outcome.state == Refund.State.PENDING:
        row.wait()
        note(ret, "refund.pending", by=PROVIDER, **facts)
    elif outcome.state == Refund.State.REQUIRES_ACTION:
        row.wait_for_customer()
        note(ret, "refund.pending", by=PROVIDER, **facts)
    else:
        row.question(outcome.state)
        note(ret, "refund.questioned", by=PROVIDER, **facts)


def _failed(ret: Return, row: Refund, reason: str) -> None:
    """The money came back, or never left: the units wait for money again, and a person is told."""
    if row.counted:
        _uncount_units(ret, row)
        row.counted = False
    row.fail(reason[:120])
    row.save()
    free(row)
    if ret.state == Return.State.SETTLED:
        ret.fail_refund()
    follow(ret)
    facts = {"amount": row.amount, "currency": row.currency, "reason": reason, "came_back": bool(row.provider_id)}
    note(ret, "refund.failed", by=PROVIDER, **facts)


def _count_units(ret: Return, row: Refund) -> None:
    """Units count as refunded once every share of their proposal has gone out."""
    uncounted = ret.refunds.filter(state=Refund.State.SUCCEEDED, counted=False)
    if sum(refund.amount for refund in uncounted) < row.snapshot["total"]:
        return
    uncounted.update(counted=True, proposal=row.proposal)
    _count(ret, row.snapshot)


def _count(ret: Return, facts: dict) -> None:
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
    taken_back = ret.concessions.filter(pk__in=row.snapshot.get("concessions", []), given=True)
    if taken_back.exclude(why=Concession.Why.GOODWILL).exists():
        ret.lines.filter(wish__in=[Wish.REDUCTION, Wish.DELIVERY]).update(reduced=0)
    taken_back.update(given=False)


def _add_refunded(ret: Return, facts: dict, sign: int) -> None:
    for line_id, units in facts["units"].items():
        ReturnLine.objects.filter(pk=line_id, ret=ret).update(refunded=F("refunded") + sign * units)


def _next_look(row: Refund) -> datetime | None:
    now = timezone.now()
    if row.state in {Refund.State.PENDING, Refund.State.REQUIRES_ACTION}:
        return now + timedelta(hours=1)
    wanting = row.state == Refund.State.SUCCEEDED and not row.bank_reference
    if wanting and row.settled_at and now - row.settled_at < REFERENCE_COMES_WITHIN:
        return now + timedelta(hours=12)
    return None


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
        found = payout().find(refund.payment.reference, str(refund.uuid))
    except PayoutError as error:
        raise PaymentUnclear(str(error)) from error
    if found:
        return take_outcome(refund, found)
    _fail(refund, "not_found")
    return Refund.objects.get(pk=refund.pk)


def _look_at(refund: Refund) -> bool:
    try:
        outcome = payout().fetch(refund.provider_id or "")
    except PayoutError:
        Refund.objects.filter(pk=refund.pk).update(look_again=timezone.now() + timedelta(minutes=10))
        return False
    take_outcome(refund, outcome)
    return True
