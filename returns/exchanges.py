"""What is sent instead: held for a while, shipped once the goods are here, or money when it is gone."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from orders import actions as shelf
from orders.errors import SoldOut
from orders.stores.base import ParcelDraft
from returns import amounts, receipts
from returns.actions import advance, case, follow, let_go, note, release, stop
from returns.audit import together
from returns.errors import NotNow, NotPaid
from returns.kinds import Wish
from returns.models import Concession, Refund, Return, ReturnLine
from returns.queries import holds_past_end, shares_of
from shipments.actions import expect


def ship_exchange(ret: Return, *, carrier: str, tracking_number: str, by: Any) -> Return:
    """The other size (or the same item again) leaves the house in a parcel of its own. Writes `exchange.shipped`.

    Raises NotNow when nothing waits for it, NotPaid when it costs more and that is not paid, orders.errors.SoldOut when
    the hold has ended and it is gone.
    """
    with case(ret) as ret:
        lines = _waiting(ret, Wish.SWAP, Wish.PART)
        for line in lines:
            if line.to_pay > line.paid_extra:
                raise NotPaid(line.order_line.sku)
            _take_off_shelf(line)
        sent = _send(ret, lines, "exchanged", carrier, tracking_number)
        note(ret, "exchange.shipped", by=by, carrier=carrier, tracking_number=tracking_number, sent=sent)
        follow(ret)
        return ret


def ship_repair(ret: Return, *, carrier: str, tracking_number: str, by: Any) -> Return:
    """The repaired item goes home; its guarantee is longer now. Writes `repair.shipped`."""
    with case(ret) as ret:
        sent = _send(ret, _waiting(ret, Wish.REPAIR), "repaired", carrier, tracking_number)
        note(ret, "repair.shipped", by=by, carrier=carrier, tracking_number=tracking_number, sent=sent)
        follow(ret)
        return ret


def _waiting(ret: Return, *wishes: str) -> list[ReturnLine]:
    rows = ret.lines.filter(wish__in=wishes).select_related("swap", "order_line__variant")
    lines = [line for line in rows if line.unsettled]
    if not lines:
        raise NotNow("nothing accepted waits to be sent")
    return lines


def _take_off_shelf(line: ReturnLine) -> None:
    if line.swap is None:  # a missing part comes from no shelf that we count
        return
    short = line.unsettled - line.held
    if short > 0:
        shelf.hold(line.swap, short)
        line.held += short
    shelf.send_held(line.swap, line.unsettled)
    line.held -= line.unsettled


def _send(
    ret: Return, lines: Sequence[ReturnLine], ledger: str, carrier: str, tracking_number: str
) -> list[dict[str, Any]]:
    """Count it, and give the units back to her: what she holds now may be faulty too. Of those sent early, once the
    old ones have come: until then she has both."""
    sent = []
    for line in lines:
        units = line.unsettled
        sent.append({"sku": line.swap.sku if line.swap else line.order_line.sku, "quantity": units})
        if ledger == "exchanged" and is_other_product(line):
            _becomes_another(ret, line, units)
        else:
            release(line, units - min(units, line.advanced))
        setattr(line, ledger, getattr(line, ledger) + units)
        line.save()
    parcel = ParcelDraft(
        carrier=carrier, tracking_number=tracking_number, shipped_on=ret.shop.today(), promised_on=None
    )
    expect([(ret.order, [parcel])], replacement=True)
    return sent


def is_other_product(line: ReturnLine) -> bool:
    """What is sent instead is another product, at its own price; the same one in another size is even (R8)."""
    had = line.order_line.variant
    return line.swap is not None and had is not None and line.swap.product != had.product


def _becomes_another(ret: Return, line: ReturnLine, units: int) -> None:
    """The order has a line of the new product now, at what it cost her in all; the old units are gone: their share went
    over to it, and what it costs less comes back as money."""
    assert line.swap is not None  # noqa: S101 - is_other_product was asked
    [share] = receipts.receipt(ret, {line.pk: units}).rows[:1]
    of = line.approved if line.to_pay > 0 else line.requested
    more = amounts.part(abs(line.to_pay), of, line.exchanged, units) * (1 if line.to_pay > 0 else -1)
    over = min(share.amount, share.amount + more)
    facts = {"carried": over, "carried_tax": amounts.share(share.tax, over, share.amount), "paid": share.amount + more}
    shelf.add_exchanged(line.order_line, line.swap, units, **facts)
    if more < 0:
        Concession.objects.create(
            ret=ret, order_line=line.order_line, why=Concession.Why.DIFFERENCE, units=units, amount=-more, by="rules"
        )


def want_money(line: ReturnLine, *, by: Any, why: str) -> ReturnLine:
    """Money instead of what was asked: it has sold out, or she changed her wish. An early exchange that has not left
    becomes what the terms say of money, and so does store credit that has not. Writes `line.wants_money`. Raises NotNow
    for what she keeps for a part."""
    with case(line.ret) as ret:
        row = ret.lines.select_related("swap", "order_line").get(pk=line.pk)
        if (row.wish == Wish.MONEY and not row.as_credit) or ret.state in Return.ENDED:
            raise NotNow("nothing to change")
        if row.kept and row.wish in {Wish.REDUCTION, Wish.DELIVERY}:
            raise NotNow("she keeps it for a part of the money")
        let_go(row, row.held)
        if row.as_credit:
            _keep_credit_back(ret, by=by)
        before = "credit" if row.as_credit else row.wish
        row.wish, row.as_credit, row.swap, row.held_until, row.to_pay = Wish.MONEY, False, None, None, 0
        row.advanced = row.given_early
        row.save()
        advance(ret, "submit")
        note(ret, "line.wants_money", by=by, line=row.order_line.position, before=before, why=why)
        follow(ret)
        return row


def _keep_credit_back(ret: Return, *, by: Any) -> None:
    """What was proposed as store credit is worked out anew. Raises NotNow when a worker is at it, or when a share of it
    is hers already: then the others follow."""
    for refund in shares_of(ret, as_credit=True):
        if refund.state in Refund.NOT_LEFT:
            stop(refund, ret, by=by)
        elif refund.state in Refund.LIVE or (refund.state == Refund.State.SUCCEEDED and not refund.counted):
            raise NotNow("the credit is being issued")


def end_holds(limit: int = 50) -> int:
    """Pieces held longer than promised go back on the shelf, where the goods have not come. Returns how many lines."""
    ended = 0
    for line in holds_past_end(timezone.now())[:limit]:
        ended += _end_hold(line)
    return ended


def _end_hold(line: ReturnLine) -> bool:
    with case(line.ret) as ret:
        row = ret.lines.select_related("swap", "order_line").get(pk=line.pk)
        if not row.held or row.received:
            return False
        let_go(row, row.held)
        row.held_until = None
        row.save()
        note(ret, "exchange.released", by="rules", line=row.order_line.position)
        return True


@together()
def hold_again(line: ReturnLine) -> bool:
    """The goods are here after the hold had ended: hold anew, or False when it has sold out meanwhile."""
    with case(line.ret) as ret:
        row = ret.lines.select_related("swap").get(pk=line.pk)
        short = row.unsettled - row.held
        if row.swap is None or short <= 0:
            return True
        try:
            shelf.hold(row.swap, short)
        except SoldOut:
            return False
        row.held += short
        row.save()
        return True
