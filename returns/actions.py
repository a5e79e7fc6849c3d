"""What happens to a return, one function a verb. Boxes: `parcels.py`. Money: `money.py`. Webhooks: `knocks.py`.

Every verb locks the order first, then the case, checks, moves the ledgers and the state, and writes one line of the
timeline in the same transaction.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Sum
from django_fsm import ConcurrentTransition, TransitionNotAllowed, can_proceed

from customers.timeline import record
from orders import actions as shelf
from orders.models import Order, OrderLine, Variant
from orders.pictures import made_anew
from orders.stores.base import ParcelDraft
from returns import policy
from returns.errors import NotNow, NotReturnable, TooMany
from returns.models import Photo, Return, ReturnLine, ReturnParcel
from returns.policy.rules import NOT_BY_POST
from shipments.actions import expect

MOST_PHOTOS = 5


@contextmanager
def case(ret: Return) -> Iterator[Return]:
    """The case, freshly read under a lock on its order, in one transaction; a step that no longer fits is NotNow."""
    try:
        with transaction.atomic():
            Order.objects.select_for_update().get(pk=ret.order_id)
            yield (
                Return.objects.select_for_update(of=("self",)).select_related("shop", "order__customer").get(pk=ret.pk)
            )
    except (TransitionNotAllowed, ConcurrentTransition) as no:
        raise NotNow(str(no)) from no


def note(ret: Return, verb: str, *, by: Any, **facts: Any) -> None:
    record(ret.order.customer, verb, by=by, order_number=ret.order.number, number=ret.number, **facts)


# --- the customer's draft ---------------------------------------------------------------------------------------


@transaction.atomic
def start(order: Order, *, language: str) -> Return:
    """A new draft for this order. When only a single unit is left it is chosen at once."""
    draft = Return.objects.create(shop_id=order.shop_id, order=order, language=language)
    free = [line for line in order.lines.all() if line.left]
    if len(free) == 1 and free[0].left == 1:
        choose(draft, {free[0]: 1})
    return draft


def choose(ret: Return, quantities: Mapping[OrderLine, int]) -> None:
    """Which items the draft is about. Answers given for lines that stay are kept. Raises TooMany."""
    with draft(ret):
        for line, quantity in quantities.items():
            if not 1 <= quantity <= line.left:
                raise TooMany(line.sku)
        for gone in ret.lines.exclude(order_line__in=quantities):
            for photo in gone.photos.all():
                photo.file.delete(save=False)
            gone.delete()
        for line, quantity in quantities.items():
            ReturnLine.objects.update_or_create(ret=ret, order_line=line, defaults={"requested": quantity})


@contextmanager
def draft(ret: Return) -> Iterator[None]:
    """One transaction under the lock on the order: an answer never reaches a request that has just been sent."""
    with transaction.atomic():
        Order.objects.select_for_update().get(pk=ret.order_id)
        if not Return.objects.filter(pk=ret.pk, state=Return.State.DRAFT).exists():
            raise NotNow("this return has been sent already")
        yield


def answer_reason(line: ReturnLine, reason: str) -> None:
    """What the problem is. Another reason than before takes the answers that followed from it away."""
    with draft(line.ret):
        if line.reason == reason:
            return
        line.reason, line.wish, line.swap, line.no_other_size = reason, "", None, False
        line.no_photo, line.words = False, ""
        line.save()


def answer_size(line: ReturnLine, swap: Variant | None) -> None:
    """Another size, or None for "no other size"."""
    with draft(line.ret):
        line.swap, line.no_other_size = swap, swap is None
        line.wish = ReturnLine.Wish.SWAP if swap else ReturnLine.Wish.MONEY
        line.save(update_fields=["swap", "no_other_size", "wish"])


def forget_swap(ret: Return, sku: str) -> list[ReturnLine]:
    """What was asked instead has sold out: the question is open again. Returns the lines as they were."""
    with draft(ret):
        lines = list(ret.lines.filter(swap__sku=sku).select_related("order_line", "swap"))
        ret.lines.filter(swap__sku=sku).update(swap=None, wish="", no_other_size=False)
        return lines


def answer_wish(line: ReturnLine, wish: str) -> None:
    """Money, or the same item again."""
    with draft(line.ret):
        line.wish = wish
        line.swap = line.order_line.variant if wish == ReturnLine.Wish.SWAP else None
        line.save(update_fields=["wish", "swap"])


def answer_without_photo(line: ReturnLine, words: str) -> None:
    with draft(line.ret):
        line.no_photo, line.words = True, words
        line.save(update_fields=["no_photo", "words"])


def add_photo(line: ReturnLine, upload: bytes) -> Photo:
    """Keep a picture of the damage, made anew from its pixels. Raises orders.errors.Unreadable, or TooMany."""
    if line.photos.count() >= MOST_PHOTOS:
        raise TooMany("photos")
    clean = ContentFile(made_anew(upload))
    with draft(line.ret):
        if line.photos.count() >= MOST_PHOTOS:
            raise TooMany("photos")
        photo = Photo(line=line)
        photo.file.save("photo.webp", clean)
        line.no_photo = False
        line.save(update_fields=["no_photo"])
        return photo


def remove_photo(photo: Photo) -> None:
    with draft(photo.line.ret):
        photo.delete()
        transaction.on_commit(lambda: photo.file.delete(save=False))


def answer_way(ret: Return, way: str) -> None:
    with draft(ret):
        ret.way = way
        ret.save(update_fields=["way"])


def forget_drafts(older_than: datetime) -> int:
    """Drafts that nobody sent are thrown away with their photos. Returns how many."""
    forgotten = 0
    for ret in Return.objects.filter(state=Return.State.DRAFT, created_at__lt=older_than)[:100]:
        with transaction.atomic():
            choose(ret, {})
            ret.delete()
        forgotten += 1
    return forgotten


# --- request, decide, cancel ------------------------------------------------------------------------------------


def submit(ret: Return, *, by: Any = "customer") -> Return:
    """Send the request: take the units, hold what was asked instead, and let the rules decide what they can.

    Sent twice it changes nothing the second time. Writes `return.created`, and `return.approved` where the rules say
    yes. Raises NotReturnable, NotNow while a question is open, orders.errors.UnitsTaken, orders.errors.SoldOut; then
    nothing has happened.
    """
    with case(ret) as ret:
        if ret.state != Return.State.DRAFT:
            return ret
        terms = policy.terms_of(ret.order)
        verdicts = policy.judge(ret, terms, ret.shop.today())
        noes = [verdict.code for verdict in verdicts if verdict.answer == "no"]
        if noes or not verdicts:
            raise NotReturnable(noes or ["nothing_chosen"])
        if any(_unanswered(line) for line in ret.lines.all()):
            raise NotNow("a question has no answer yet")
        for line in ret.lines.select_related("order_line", "swap"):
            shelf.take_units(line.order_line, line.requested)
            if line.swap:
                shelf.hold(line.swap, line.requested)
        ret.send_by = ret.shop.today() + timedelta(days=terms.send_back_days)
        ret.submit()
        asks = sorted({verdict.code for verdict in verdicts if verdict.answer == "ask"})
        if asks:
            ret.ask_a_person()
        ret.save()
        note(ret, "return.created", by=by, asks=asks, terms=terms.version)
        return ret if asks else _approve(ret, by="rules")


def _unanswered(line: ReturnLine) -> bool:
    swap = line.wish == ReturnLine.Wish.SWAP
    return not line.reason or not line.wish or swap != (line.swap_id is not None)


def approve(ret: Return, *, by: Any) -> Return:
    """Say yes, and plan the box that comes back, where it may go by post; its label is bought later.

    Writes `return.approved`.
    """
    with case(ret) as ret:
        return _approve(ret, by=by)


def _approve(ret: Return, *, by: Any) -> Return:
    before = ret.state
    ret.approve()
    ret.save()
    for line in ret.lines.all():
        line.approved = line.requested
        line.save(update_fields=["approved"])
    carrier = policy.terms_of(ret.order).return_carrier
    if carrier and not ret.lines.filter(order_line__product_group__in=NOT_BY_POST).exists():
        ReturnParcel.objects.create(ret=ret, carrier=carrier)
    note(ret, "return.approved", by=by, before=before)
    return ret


def reject(ret: Return, *, by: Any, reason: str) -> Return:
    """Say no, with a reason that the customer reads. Units and held pieces are free again. Writes `return.rejected`."""
    with case(ret) as ret:
        before = ret.state
        ret.reject(reason)
        ret.save()
        _let_go(ret)
        note(ret, "return.rejected", by=by, before=before, reason=reason)
        return ret


def cancel(ret: Return, *, by: Any) -> Return:
    """The customer keeps it, until the carrier's first scan. Writes `return.cancelled`."""
    with case(ret) as ret:
        before = ret.state
        ret.cancel()
        ret.save()
        if before != Return.State.DRAFT:
            _let_go(ret)
        note(ret, "return.cancelled", by=by, before=before)
        return ret


def _let_go(ret: Return) -> None:
    for line in ret.lines.select_related("order_line", "swap"):
        shelf.give_back_units(line.order_line, line.requested)
        if line.swap:
            shelf.release(line.swap, line.requested)


# --- goods in ---------------------------------------------------------------------------------------------------


def receive(ret: Return, quantities: Mapping[int, int], *, by: Any) -> Return:
    """Goods have come in: {return line id: units}. May be repeated for what comes later. Writes `return.received`.

    Raises TooMany when more came than was approved.
    """
    with case(ret) as ret:
        if not can_proceed(ret.receive_some):
            raise NotNow(f"goods of a case that is {ret.state} cannot be received")
        came = _count(ret, quantities, "received", "approved")
        sums = ret.lines.aggregate(received=Sum("received"), approved=Sum("approved"))
        before = ret.state
        if sums["received"] == sums["approved"]:
            ret.receive_all()
        else:
            ret.receive_some()
        if ret.check_by is None:
            ret.check_by = ret.shop.today() + timedelta(days=policy.terms_of(ret.order).check_days)
        ret.save()
        note(ret, "return.received", by=by, before=before, units=came)
        return ret


def accept(ret: Return, quantities: Mapping[int, int], *, by: Any) -> Return:
    """The goods are as they should be: {return line id: units}. Writes `return.accepted`. Raises TooMany."""
    with case(ret) as ret:
        if ret.state not in {Return.State.PARTLY_RECEIVED, Return.State.RECEIVED}:
            raise NotNow(f"goods of a case that is {ret.state} cannot be accepted")
        good = _count(ret, quantities, "accepted", "received")
        sums = ret.lines.aggregate(accepted=Sum("accepted"), approved=Sum("approved"))
        before = ret.state
        if sums["accepted"] == sums["approved"]:
            ret.begin_settling()
            ret.save()
        note(ret, "return.accepted", by=by, before=before, units=good)
        return ret


def _count(ret: Return, quantities: Mapping[int, int], ledger: str, limit: str) -> int:
    """Add to one ledger of the lines; `limit` is the ledger it may not overtake. Returns how many units it was."""
    counted = 0
    for line in ret.lines.filter(pk__in=quantities):
        more = quantities[line.pk]
        if more < 0 or getattr(line, ledger) + more > getattr(line, limit):
            raise TooMany(line.order_line.sku)
        setattr(line, ledger, getattr(line, ledger) + more)
        line.save(update_fields=[ledger])
        counted += more
    if not counted:
        raise TooMany("nothing")
    return counted


# --- something else instead ------------------------------------------------------------------------------------


def ship_exchange(ret: Return, *, carrier: str, tracking_number: str, by: Any) -> Return:
    """The other size (or the same item again) leaves the house in a parcel of its own. Writes `exchange.shipped`."""
    with case(ret) as ret:
        lines = [
            line
            for line in ret.lines.filter(wish=ReturnLine.Wish.SWAP).select_related("swap", "order_line")
            if line.unsettled
        ]
        if not lines:
            raise NotNow("no accepted item waits for an exchange")
        sent = []
        for line in lines:
            assert line.swap  # noqa: S101 - a wish for a swap names what to swap for
            sent.append({"sku": line.swap.sku, "quantity": line.unsettled})
            shelf.send_held(line.swap, line.unsettled)
            line.exchanged += line.unsettled
            line.save(update_fields=["exchanged"])
        parcel = ParcelDraft(
            carrier=carrier, tracking_number=tracking_number, shipped_on=ret.shop.today(), promised_on=None
        )
        expect([(ret.order, [parcel])])
        note(ret, "exchange.shipped", by=by, carrier=carrier, tracking_number=tracking_number, sent=sent)
        settle_if_done(ret)
        return ret


def settle_if_done(ret: Return) -> None:
    """Close the case when everything approved has been settled. Call inside the transaction that settled the last."""
    if ret.state not in {Return.State.SETTLING, Return.State.REFUND_FAILED}:
        return
    sums = ret.lines.aggregate(approved=Sum("approved"), refunded=Sum("refunded"), exchanged=Sum("exchanged"))
    if sums["approved"] == sums["refunded"] + sums["exchanged"]:
        ret.settle()
        ret.save()
        note(ret, "return.settled", by="rules")
