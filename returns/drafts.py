"""Her answers, one a question, until she sends the request. A draft takes no units and holds nothing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID, uuid4

from django.core.files.base import ContentFile
from django.db import transaction

from orders.models import Order, OrderLine, Variant
from orders.pictures import made_anew
from returns.errors import NotNow, TooMany
from returns.kinds import Reason, Wish
from returns.models import Photo, Return, ReturnLine

MOST_PHOTOS = 5
MOST_DRAFTS = 10  # of one order, of those who have not opened all of it: each may hold photos


@transaction.atomic
def start(
    order: Order, *, language: str, by: str = "customer", form_key: UUID | None = None, at_most: int | None = None
) -> Return:
    """A new draft for this order; the same form pressed twice begins one. When only a single unit is left it is chosen
    at once. Raises TooMany when the order has `at_most` drafts already."""
    if at_most is not None:
        Order.objects.select_for_update().get(pk=order.pk)
        begun = Return.objects.filter(order=order, state=Return.State.DRAFT)
        if begun.count() >= at_most and not begun.filter(form_key=form_key or uuid4()).exists():
            raise TooMany("drafts")
    facts = {"shop_id": order.shop_id, "order": order, "language": language, "started_by": by}
    if form_key:
        draft, new = Return.objects.get_or_create(form_key=form_key, defaults=facts)
        if not new:
            return draft
    else:
        draft = Return.objects.create(**facts)
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
        line.differs = line.unsafe = line.arrived = None
        line.no_photo, line.words, line.detail = False, "", ""
        line.as_credit, line.to_pay = False, 0
        line.save()


# Which reason asks for it. "It has not come" beside any other reason would be money for goods that stay with her.
ASKED_OF = {
    "differs": Reason.STYLE,
    "unsafe": Reason.DAMAGED,
    "arrived": Reason.TOO_LATE,
    "detail": Reason.MISSING,
}


def answer_more(line: ReturnLine, **facts: bool | str) -> None:
    """What the follow-up page asked: `differs`, `unsafe`, `arrived`, `detail`, `words`. The wish is asked anew. Raises
    NotNow when her reason does not ask this."""
    with draft(line.ret):
        if any(ASKED_OF.get(name, line.reason) != line.reason for name in facts):
            raise NotNow("her reason does not ask this")
        for name, value in facts.items():
            setattr(line, name, value)
        line.wish, line.swap, line.as_credit, line.to_pay = "", None, False, 0
        line.save()


def answer_size(line: ReturnLine, swap: Variant | None, *, to_pay: int = 0) -> None:
    """Another size or colour, or None for "no other": then she is asked what else she would like. Of another product
    `to_pay` is what she was shown that it costs more, below nothing when it costs less."""
    with draft(line.ret):
        line.swap, line.no_other_size, line.to_pay = swap, swap is None, to_pay
        line.wish, line.as_credit = Wish.SWAP if swap else "", False
        line.save(update_fields=["swap", "no_other_size", "wish", "as_credit", "to_pay"])


def forget_swap(ret: Return, sku: str) -> list[ReturnLine]:
    """What was asked instead has sold out: the question is open again. Returns the lines as they were."""
    with draft(ret):
        lines = list(ret.lines.filter(swap__sku=sku).select_related("order_line", "swap"))
        ret.lines.filter(swap__sku=sku).update(swap=None, wish="", no_other_size=False, to_pay=0)
        return lines


def answer_wish(line: ReturnLine, wish: str, *, same_again: bool = True, as_credit: bool = False) -> None:
    """What she would like; when it is not the same item again, the next question is which. `as_credit`: the money as
    store credit, which only she can choose."""
    with draft(line.ret):
        line.wish, line.as_credit = wish, as_credit and wish == Wish.MONEY
        line.swap = line.order_line.variant if wish == Wish.SWAP and same_again else None
        line.to_pay = 0
        line.save(update_fields=["wish", "swap", "as_credit", "to_pay"])


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
    assert photo.line is not None  # noqa: S101 - a customer's picture shows one of her lines
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
        forget(ret)
        forgotten += 1
    return forgotten


@transaction.atomic
def forget(ret: Return) -> None:
    """Throw a draft away, with its photos."""
    choose(ret, {})
    ret.delete()
