"""What an exchange for another product costs more: asked on the provider's own page, paid before the new item leaves.

The row is committed before anything is asked; a page is asked for under the row's own key and with the same words, so
that a lost answer makes no second one. A webhook is only a knock: what was paid is read from the provider. Money that
is not needed (paid too late, twice, or for an exchange that never left) goes back to the payment it came from.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from orders.models import Order, Payment, Variant
from returns import amounts, approvals, receipts, till
from returns.actions import case, note
from returns.drafts import answer_size
from returns.errors import NotNow
from returns.exchanges import want_money
from returns.kinds import Wish
from returns.models import Difference, Refund, Return, ReturnLine
from returns.payouts.base import Page
from returns.payouts.errors import OutcomeUnknown, PayoutError, Refused
from returns.payouts.money import smallest_step
from returns.till import PROVIDER

PAY_WITHIN = timedelta(hours=48)
PAGE_LIVES = timedelta(hours=24)  # the provider's longest
LAST_MINUTES = timedelta(minutes=31)  # its shortest is half an hour
LOOK_EVERY = timedelta(minutes=10)
ENDED = [Return.State.REJECTED, Return.State.CANCELLED, Return.State.EXPIRED]
WAITS = [Difference.State.WANTED, Difference.State.OPEN]


def sum_of(line: ReturnLine, swap: Variant) -> int:
    """What another product costs more than was paid for these units, below nothing when it costs less; 0 for the same
    product in another size (R8). In the smallest unit; where the page takes no single ones, a little in her favour."""
    if line.order_line.variant is None or swap.product == line.order_line.variant.product:
        return 0
    share = receipts.receipt(line.ret, {line.pk: line.requested}).rows[0].amount
    return _payable(swap.price * line.requested - share, swap.currency)


def _payable(amount: int, currency: str) -> int:
    return amount - amount % smallest_step(currency) if amount > 0 else amount


def reckon_anew(ret: Return) -> bool:
    """The sums of a draft, at the prices of today: what she reads last is what she is asked for. Whether one is another
    now."""
    changed = False
    for line in ret.lines.filter(wish=Wish.SWAP).select_related("ret", "order_line__variant", "swap"):
        if line.swap and line.to_pay != (now := sum_of(line, line.swap)):
            answer_size(line, line.swap, to_pay=now)
            changed = True
    return changed


def deadline(row: Difference) -> datetime:
    return row.asked_at + PAY_WITHIN


# --- ask --------------------------------------------------------------------------------------------------------


def ask_for(ret: Return) -> None:
    """At once, for whoever has just sent her request; the sweeps do the same a little later."""
    for line in ret.lines.filter(wish=Wish.SWAP, to_pay__gt=0, difference=None, approved__gt=0).select_related("ret"):
        if _want(line):
            open_page(Difference.objects.get(line=line))


def want_payments(limit: int = 50) -> int:
    """A row for each granted exchange that costs more. Writes `difference.wanted`. Returns how many."""
    lines = ReturnLine.objects.filter(
        wish=Wish.SWAP, to_pay__gt=0, difference=None, approved__gt=0, ret__state__in=Return.UNDER_WAY
    )
    return sum(_want(line) for line in lines.select_related("ret")[:limit])


def _want(line: ReturnLine) -> bool:
    with case(line.ret) as ret:
        row = ret.lines.select_related("order_line").get(pk=line.pk)
        if row.wish != Wish.SWAP or Difference.objects.filter(line=row).exists() or ret.state not in Return.UNDER_WAY:
            return False
        amount = _payable(amounts.part(row.to_pay, row.requested, 0, row.approved), ret.order.currency)
        row.to_pay = amount
        row.save(update_fields=["to_pay"])
        if not amount:  # too little to ask for: the new item may leave
            return False
        Difference.objects.create(line=row, amount=amount, currency=ret.order.currency)
        note(ret, "difference.wanted", by="rules", amount=amount, currency=ret.order.currency)
        return True


def open_pages(limit: int = 20) -> int:
    """Ask for the pages that are wanted. Returns how many there are now."""
    return sum(open_page(row) for row in _due(Difference.State.WANTED)[:limit])


def open_page(row: Difference) -> bool:
    """Ask for one page, outside of any transaction. False without a clear answer: asked again later, by the same words
    under the same key."""
    row = _frozen(row)
    if row.state != Difference.State.WANTED or row.expires_at is None:
        return False
    try:
        page = till.payout().create_page(_request(row), key=f"difference:{row.uuid}:{row.attempt}")
    except PayoutError as error:
        _ask_later(row, error)
        return False
    opened = Difference.objects.filter(pk=row.pk, state=Difference.State.WANTED, attempt=row.attempt)
    return bool(
        opened.update(
            state=Difference.State.OPEN, session_id=page.id, url=page.url, look_again=timezone.now() + LOOK_EVERY
        )
    )


def _ask_later(row: Difference, error: PayoutError) -> None:
    """By the same words under the same key; under a new one after a no, or a 500 that is kept. A page that was made and
    never shown to anybody does no harm."""
    asked = Difference.objects.filter(pk=row.pk, state=Difference.State.WANTED, attempt=row.attempt)
    if isinstance(error, Refused):
        asked.update(attempt=F("attempt") + 1, expires_at=None, look_again=timezone.now() + LOOK_EVERY)
    elif isinstance(error, OutcomeUnknown) and error.kept:
        asked.update(attempt=F("attempt") + 1, expires_at=None)
    else:
        asked.update(look_again=timezone.now() + timedelta(seconds=30))


@transaction.atomic
def _frozen(row: Difference) -> Difference:
    """The end of the page is written down before it is asked: the same words every time. A key whose page would be
    over by now makes room for the next."""
    row = Difference.objects.select_for_update(of=("self",)).select_related("line__ret__order__shop").get(pk=row.pk)
    now = timezone.now()
    if row.expires_at and row.expires_at - now < LAST_MINUTES:
        row.attempt, row.expires_at = row.attempt + 1, None
    if row.expires_at is None and row.state == Difference.State.WANTED:
        row.expires_at = (now + max(min(PAGE_LIVES, deadline(row) - now), LAST_MINUTES)).replace(microsecond=0)
    row.save(update_fields=["attempt", "expires_at"])
    return row


def _request(row: Difference) -> dict[str, Any]:
    ret = row.line.ret
    back = f"{settings.SITE_URL}/returns/{ret.number}/"
    return {
        "amount": row.amount,
        "currency": row.currency,
        "title": f"{ret.shop.name} {ret.number}",
        "uuid": str(row.uuid),
        "metadata": {"difference_uuid": str(row.uuid), "return": ret.number, "order": ret.order.number},
        "expires_at": int(row.expires_at.timestamp()) if row.expires_at else 0,
        "back": back,
        "language": ret.language,
    }


# --- hear -------------------------------------------------------------------------------------------------------


def look_at_pages(limit: int = 20) -> int:
    """Look at open pages, renew those that are over, and end what nobody paid in time. Returns how many moved."""
    return sum(look(row) for row in _due(Difference.State.OPEN)[:limit]) + sum(
        _end(row) for row in _over(timezone.now())[:limit]
    )


def hear(page_id: str) -> None:
    """A knock was about this page: go and see. Raises PayoutError without an answer."""
    take_page(till.payout().fetch_page(page_id))


def look(row: Difference) -> bool:
    try:
        page = till.payout().fetch_page(row.session_id or "")
    except PayoutError:
        Difference.objects.filter(pk=row.pk).update(look_again=timezone.now() + timedelta(minutes=1))
        return False
    if page.state == "expired" and not page.paid:
        renewed = Difference.objects.filter(pk=row.pk, state=Difference.State.OPEN, session_id=page.id)
        return bool(
            renewed.update(
                state=Difference.State.WANTED, attempt=F("attempt") + 1, expires_at=None, url="", look_again=None
            )
        )
    return take_page(page)


def take_page(page: Page) -> bool:
    """Keep what a page brought in, once a payment, whatever has happened meanwhile. Writes `difference.paid`. What is
    not needed goes back. False when there is nothing new."""
    row = Difference.objects.filter(uuid=page.uuid).select_related("line__ret").first() if page.uuid else None
    if row is None:
        return False
    if not page.paid:
        Difference.objects.filter(pk=row.pk).update(look_again=timezone.now() + LOOK_EVERY)
        return False
    with case(row.line.ret) as ret:
        row = Difference.objects.select_for_update(of=("self",)).get(pk=row.pk)
        line = ret.lines.select_related("order_line", "swap").get(pk=row.line_id)
        payment, new = Payment.objects.get_or_create(
            order=ret.order,
            provider=PROVIDER,
            reference=page.payment_reference,
            defaults={"currency": page.currency, "captured": page.amount},
        )
        if not new:
            return False
        fits = (page.amount, page.currency) == (row.amount, row.currency)
        needed = row.state in WAITS and line.wish == Wish.SWAP and ret.state not in ENDED
        note(ret, "difference.paid", by=PROVIDER, amount=page.amount, currency=page.currency)
        if fits and needed:
            row.state, row.paid_at, row.payment = Difference.State.PAID, timezone.now(), payment
            row.look_again, row.url = None, ""
            row.save()
            line.paid_extra += page.amount
            line.save(update_fields=["paid_extra"])
        else:
            _give_back(ret, payment, page.amount)
    _confirm(payment)
    return True


def _confirm(payment: Payment) -> None:
    """The account and the mode it came in, as of every payment; without an answer it is asked before a refund."""
    try:
        till.look_at_payment(payment)
    except PayoutError:
        return


def _end(row: Difference) -> bool:
    """The time is over, or she wants it no more: no page may bring in money now. One that was paid a moment before is
    kept; else she gets money instead. Writes `line.wants_money`."""
    if row.session_id and row.state == Difference.State.OPEN:
        try:
            page = till.payout().expire_page(row.session_id)
        except PayoutError:
            return False  # it may be paid this very moment: asked again
        if page.paid:
            return take_page(page)
        if page.state == "complete":
            return False  # the bank has not said yes yet
    with case(row.line.ret) as ret:
        row = Difference.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if row.state not in WAITS:
            return False
        row.state, row.url, row.look_again = Difference.State.EXPIRED, "", None
        row.save()
        line = ret.lines.get(pk=row.line_id)
        if line.wish == Wish.SWAP and ret.state not in Return.ENDED:
            try:
                want_money(line, by="rules", why="unpaid")
            except NotNow:
                return False
        return True


def _due(state: str) -> QuerySet[Difference]:
    now = timezone.now()
    due = Difference.objects.filter(state=state, asked_at__gt=now - PAY_WITHIN)
    return due.filter(Q(look_again=None) | Q(look_again__lte=now)).order_by("pk")


def _over(now: datetime) -> QuerySet[Difference]:
    over = Q(asked_at__lte=now - PAY_WITHIN) | ~Q(line__wish=Wish.SWAP) | Q(line__ret__state__in=ENDED)
    return Difference.objects.filter(over, state__in=WAITS).select_related("line__ret").order_by("pk")


# --- what is not needed goes back -------------------------------------------------------------------------------


def give_back(limit: int = 50) -> int:
    """Differences that were paid for an exchange that did not leave, or not with all its units. Returns how many."""
    closed = Q(line__ret__state__in=Return.ENDED)
    paid = Difference.objects.filter(~Q(line__wish=Wish.SWAP) | closed, state=Difference.State.PAID)
    rows = paid.filter(line__paid_extra__gt=0, line__exchanged__lt=F("line__approved"))
    return sum(_unneeded(row) for row in rows.select_related("line__ret", "payment")[:limit])


def _unneeded(row: Difference) -> bool:
    with case(row.line.ret) as ret:
        line = ReturnLine.objects.get(pk=row.line_id)
        more = _unused(row.amount, line)
        if more <= 0 or row.payment is None:
            return False
        if ret.refunds.filter(payment=row.payment, rail=Refund.Rail.STRIPE, state__in=Refund.LIVE).exists():
            return False  # other money is on its way there; this follows it
        line.paid_extra -= more
        line.save(update_fields=["paid_extra"])
        _give_back(ret, row.payment, more)
        return True


def _unused(amount: int, line: ReturnLine) -> int:
    """What of a difference that was paid no exchange has used yet."""
    used = amounts.part(amount, line.approved, 0, line.exchanged) if line.approved else 0
    return line.paid_extra - used


def kept_for(order: Order) -> dict[int, int]:
    """{payment: what of it no other refund may take}: it was paid for an exchange that has not left, or goes back
    because that will not."""
    paid = Difference.objects.filter(line__ret__order=order, state=Difference.State.PAID).select_related("line")
    kept = Counter({row.payment_id: max(_unused(row.amount, row.line), 0) for row in paid if row.payment_id})
    going = Refund.objects.filter(payment__order=order, state=Refund.State.PROPOSED, snapshot__has_key="apart")
    for refund in going.exclude(snapshot__has_key="back"):  # that stands on its own reservation
        kept[refund.payment_id] += refund.amount
    return kept


def _give_back(ret: Return, payment: Payment, amount: int) -> None:
    """To the payment it came from, decided on like any other refund; it settles no goods."""
    row = {"rule": "R8", "text": "", "quantity": 1, "amount": amount, "tax": 0, "line": None, "of": None}
    facts = {"rows": [row], "total": amount, "tax": 0, "units": {}, "concessions": [], "gone": 0, "left": payment.left}
    refund = Refund(
        shop_id=ret.shop_id,
        ret=ret,
        payment=payment,
        amount=amount,
        currency=payment.currency,
        proposal=uuid4(),
        snapshot={**facts, "apart": True},
    )
    refund.person_why = approvals.person_why(ret, [refund])
    refund.save()
    note(ret, "refund.proposed", by="rules", amount=amount, currency=payment.currency, refund=[str(refund.uuid)])
