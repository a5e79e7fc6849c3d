"""Goods come in: received, looked at, put away. Arrived and accepted are two facts.

Every step carries a `key` from the scanner: what was sent twice over a bad line counts once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from customers.models import Entry, Shop
from customers.timeline import who
from orders import actions as shelf
from orders.models import Order, Variant
from orders.pictures import made_anew
from returns import policy
from returns.actions import case, follow, keep_money_back, note, open_for, release
from returns.audit import record, together
from returns.errors import NoPicture, NotNow, TooMany
from returns.kinds import Disposition, Grade, Reason, Wish
from returns.models import Grading, Photo, Receipt, Return, ReturnLine, ReturnParcel, Unexpected
from returns.queries import first_proof, not_sent_yet

MOST_BENCH_PHOTOS = 10


# --- receive ----------------------------------------------------------------------------------------------------


def receive(
    ret: Return,
    units: Mapping[int, int],
    *,
    by: Any,
    box: ReturnParcel | None = None,
    key: UUID | None = None,
    at: datetime | None = None,
    looked_at: bool = False,
) -> Return:
    """Goods have come in: {return line id: units}. May be repeated for what comes later. Writes `return.received`.

    `at` is when they were scanned: a lost connection tells it later. Never later than now, nor before she asked.
    `looked_at`: a person grades them now, whatever the terms accept without a look.
    Raises TooMany when more came than is expected: the rest is `unexpected`.
    """
    with case(ret) as ret:
        if key and Receipt.objects.filter(key=key).exists():
            return ret
        if ret.state not in Return.COMING and ret.state not in Return.AT_THE_BENCH:
            raise NotNow(f"goods of a case that is {ret.state} cannot be received")
        before = ret.state
        came = 0
        at = when(at, since=ret.submitted_at)
        for line in ret.lines.filter(pk__in=[pk for pk, more in units.items() if more]):
            more = units[line.pk]
            if not 1 <= more <= line.to_receive:
                raise TooMany(line.order_line.sku)
            line.received += more
            line.save()
            Receipt.objects.create(key=key or uuid4(), line=line, parcel=box, units=more, by=who(by), at=at)
            key, came = None, came + more
        if not came:
            raise TooMany("nothing")
        _arrived(ret, box, at)
        follow(ret)
        note(ret, "return.received", by=by, before=before, units=came, box=box.position if box else None)
        if not looked_at:
            _without_a_look(ret, units, by="rules")
        return ret


def when(at: datetime | None, *, since: datetime | None) -> datetime:
    """The moment something was done, as a scanner tells it; its clock may be wrong."""
    now = timezone.now()
    return min(max(at, since or at), now) if at else now


def _arrived(ret: Return, box: ReturnParcel | None, at: datetime) -> None:
    ret.proof_at = min(ret.proof_at or at, at)
    ret.check_by = ret.check_by or ret.shop.today(at) + timedelta(days=policy.terms_of(ret.order).check_days)
    if box and box.state != ReturnParcel.State.OPENED:
        box.state, box.opened_at = ReturnParcel.State.OPENED, at
        box.save(update_fields=["state", "opened_at"])


def _without_a_look(ret: Return, units: Mapping[int, int], *, by: Any) -> None:
    """Where the terms refund at receipt, what came counts as accepted; what lay on the bench before stays there."""
    for line in ret.lines.select_related("order_line__order").filter(pk__in=[pk for pk, more in units.items() if more]):
        outcome = policy.outcome(policy.wished(line, ret.shop.today()), policy.terms_of(ret.order))
        if outcome.trigger == "receipt" and not ret.flags:
            grade(ret, line.pk, units[line.pk], grade=Grade.A, disposition=Disposition.RESTOCK, by=by)


def open_and_receive(
    order: Order, units: Mapping[int, int], *, kind: str, by: Any, form_key: UUID | None = None
) -> Return:
    """Goods that no case expects are here: {order line id: units}. A case is opened for them and receives them; the
    same form pressed twice opens one. Raises TooMany when a unit is in another case.
    """
    with together():
        Order.objects.select_for_update().get(pk=order.pk)
        had = Return.objects.filter(order=order, form_key=form_key).first() if form_key else None
        if had:
            return had
        picked = {pk: more for pk, more in units.items() if more}
        if not picked:
            raise TooMany("nothing")
        reason, language = Reason.OTHER, order.language
        ret = open_for(order, picked, kind=kind, reason=reason, by=by, language=language, here=True, form_key=form_key)
        came = {line.pk: line.to_receive for line in ret.lines.all()}
        return receive(ret, came, by=by, looked_at=True)


def reverse_receipt(receipt: Receipt, *, by: Any) -> Return:
    """It was counted by mistake: not after it was graded. Writes `return.receipt_reversed`."""
    with case(receipt.line.ret) as ret:
        row = Receipt.objects.select_for_update().get(pk=receipt.pk)
        line = ReturnLine.objects.get(pk=row.line_id)
        if row.reversed_at or line.to_check < row.units or line.deductions.filter(state__in=["proposed", "contested"]):
            raise NotNow("this receipt cannot be taken back any more")
        row.reversed_at, row.reversed_by = timezone.now(), who(by)
        row.save(update_fields=["reversed_at", "reversed_by"])
        line.received -= row.units
        line.save()
        before, ret.proof_at = ret.state, first_proof(ret)
        follow(ret)
        note(ret, "return.receipt_reversed", by=by, before=before, units=row.units)
        return ret


def miss(ret: Return, units: Mapping[int, int], *, by: Any, key: UUID | None = None) -> Return:
    """Announced, and not in the box: these units bring nothing, and are hers again. A sum for them that has not left is
    stopped. Writes `return.missing`.

    Raises TooMany; also for units paid before they came: those are `lose`d.
    """
    with case(ret) as ret:
        if key and was_missed(ret, key):
            return ret
        _never_came(ret, units, "missing", by=by)
        for line in ret.lines.select_related("order_line", "swap").filter(pk__in=units):
            release(line, units[line.pk])
            line.save()
        note(ret, "return.missing", by=by, units=sum(units.values()), key=str(key) if key else None)
        follow(ret)
        return ret


def was_missed(ret: Return, key: UUID) -> bool:
    """Units that never came leave no row of their own: the timeline remembers the key."""
    return Entry.objects.filter(
        customer=ret.order.customer_id, order_number=ret.order.number, verb="return.missing", facts__key=str(key)
    ).exists()


def lose(ret: Return, units: Mapping[int, int], *, by: Any) -> Return:
    """Lost on the way back under our label: ours to bear, she gets what she asked for. Also what she has had the money
    or the new item for, and never sent in her time: then nothing more is waited for. Writes `return.lost`."""
    with case(ret) as ret:
        _never_came(ret, units, "lost", by=by)
        note(ret, "return.lost", by=by, units=sum(units.values()))
        follow(ret)
        return ret


def never_sent(ret: Return, units: Mapping[int, int], *, by: Any) -> Return:
    """The goods had not left us yet: nothing has to come back, she gets what she asked for. Writes `return.not_sent`.

    Raises NotNow once a carrier has had the order in hand.
    """
    with case(ret) as ret:
        if not not_sent_yet(ret.order) or ret.state not in Return.UNDER_WAY:
            raise NotNow("it was sent")
        for line in ret.lines.select_related("order_line").filter(pk__in=units):
            if not 0 <= units[line.pk] <= line.to_receive:
                raise TooMany(line.order_line.sku)
            close_early(line, units[line.pk])  # else it would be earned twice
            line.not_arrived += units[line.pk]
            line.save()
        note(ret, "return.not_sent", by=by, units=sum(units.values()))
        follow(ret)
        return ret


def _never_came(ret: Return, units: Mapping[int, int], ledger: str, *, by: Any) -> None:
    lines = list(ret.lines.select_related("order_line").filter(pk__in=units))
    written_off = ledger == "lost" and all(0 <= units[line.pk] <= not_to_come(line, ret) for line in lines)
    if ret.state not in Return.UNDER_WAY or not (ret.proof_at or written_off):
        raise NotNow(f"of a case that is {ret.state} nothing was sent yet")
    if not sum(units.values()) or len(lines) != len(units):
        raise TooMany("nothing")
    missing = ledger == "missing"
    asked = missing and any(units[line.pk] > line.to_receive - line.advanced for line in lines)
    leaving = keep_money_back(ret, by=by) if asked else False
    for line in lines:
        gone = units[line.pk]
        given = line.advanced if leaving and line.wish == Wish.MONEY else line.given_early
        if not 0 <= gone <= line.to_receive - (given if missing else 0):
            raise TooMany(line.order_line.sku)
        if missing:
            line.advanced = min(line.advanced, line.to_receive - gone)
        elif ret.proof_at:
            close_early(line, gone)
        else:
            line.advanced -= min(line.advanced, gone)
        setattr(line, ledger, getattr(line, ledger) + gone)
        line.save()


def not_to_come(line: ReturnLine, ret: Return) -> int:
    """Units that she has had the money or the new item for, and has not sent though her time is over."""
    over = ret.expires_on is not None and ret.expires_on < ret.shop.today()
    return line.given_early if over and ret.proof_at is None else 0


# --- look at it -------------------------------------------------------------------------------------------------


def grade(
    ret: Return,
    line_pk: int,
    units: int,
    *,
    grade: str,
    disposition: str,
    by: Any,
    words: str = "",
    key: UUID | None = None,
    at: datetime | None = None,
) -> Return:
    """Units of a line are as they should be, in this state, and go there. Writes `return.accepted`.

    What is worn or damaged (C) needs a picture, unless she told us so. Offering less: `deductions.propose`. Raises
    TooMany, NoPicture.
    """
    with case(ret) as ret:
        if key and Grading.objects.filter(key=key).exists():
            return ret
        if ret.state not in Return.AT_THE_BENCH:
            raise NotNow(f"goods of a case that is {ret.state} cannot be graded")
        line = ret.lines.select_related("order_line__variant").get(pk=line_pk)
        if not 1 <= units <= free_to_grade(line):
            raise TooMany(line.order_line.sku)
        if grade in {Grade.C, Grade.X} and not is_shown(line):
            raise NoPicture(line.order_line.sku)
        close_early(line, units)
        line.accepted += units
        put_away(line, units, disposition)
        line.save()
        Grading.objects.create(
            key=key or uuid4(),
            line=line,
            units=units,
            grade=grade,
            disposition=disposition,
            words=words,
            by=who(by),
            at=when(at, since=ret.submitted_at),
        )
        before = ret.state
        follow(ret)
        note(ret, "return.accepted", by=by, before=before, units=units, grade=grade, disposition=disposition)
        return ret


def accept(ret: Return, units: Mapping[int, int], *, by: Any) -> Return:
    """All as announced: {return line id: units}. What came damaged is written off, the rest goes on the shelf."""
    with together():
        told = {line.pk: line for line in ret.lines.all()}
        graded = [pk for pk, number in units.items() if number]
        if not graded or not set(graded) <= set(told):
            raise TooMany("nothing")
        for pk in graded:
            like, place = as_announced(told[pk])
            ret = grade(ret, pk, units[pk], grade=like, disposition=place, by=by)
        return ret


def as_announced(line: ReturnLine) -> tuple[Grade, Disposition]:
    """What it is like and where it goes, when it is as she told us."""
    if line.reason in {Reason.DAMAGED, Reason.FAULTY}:
        return Grade.C, Disposition.WRITE_OFF
    return Grade.A, Disposition.RESTOCK


def take_in(
    ret: Return,
    line_pk: int,
    units: int,
    *,
    by: Any,
    key: UUID,
    box: ReturnParcel | None = None,
    at: datetime | None = None,
) -> Return:
    """Units of a line are here and as announced: received and accepted at once. The same key counts once.

    Raises TooMany, NotNow.
    """
    with case(ret) as ret:
        if Receipt.objects.filter(key=key).exists():
            return ret
        came = receive(ret, {line_pk: units}, by=by, box=box, key=key, at=at, looked_at=True)
        like, place = as_announced(came.lines.get(pk=line_pk))
        return grade(came, line_pk, units, grade=like, disposition=place, by=by, key=key, at=at)


def take_in_damaged(
    ret: Return,
    line_pk: int,
    units: int,
    *,
    pictures: Sequence[bytes],
    by: Any,
    key: UUID,
    as_it_is: tuple[str, str] | None = None,
    words: str = "",
    box: ReturnParcel | None = None,
    at: datetime | None = None,
) -> Return:
    """Units of a line are here and damaged, with pictures of it. The same key counts once.

    `as_it_is` (grade, disposition) accepts them so; without it they lie on the bench until a person decides.
    Raises NoPicture, TooMany, NotNow, orders.errors.Unreadable.
    """
    clean = [made_anew(upload) for upload in pictures]  # before the lock: it takes a while
    with case(ret) as ret:
        if Receipt.objects.filter(key=key).exists():
            return ret
        line = ret.lines.select_related("order_line", "ret").get(pk=line_pk)
        if not clean and not is_shown(line):
            raise NoPicture(line.order_line.sku)
        came = receive(ret, {line_pk: units}, by=by, box=box, key=key, at=at, looked_at=True)
        for n, picture in enumerate(clean):
            _keep_picture(came, line, picture, by=by, key=uuid5(key, str(n)), words=words)
        if as_it_is is None:
            return came
        like, place = as_it_is
        return grade(came, line_pk, units, grade=like, disposition=place, words=words, by=by, key=key, at=at)


def free_to_grade(line: ReturnLine) -> int:
    """Units on the bench about which no offer is open."""
    offered = line.deductions.filter(state__in=["proposed", "contested"]).values_list("units", flat=True)
    return line.to_check - sum(offered)


def close_early(line: ReturnLine, units: int) -> None:
    """What was settled before it came is closed as it comes. Where a new item went out for it, the unit is hers."""
    closed = min(line.advanced, units)
    exchanged = min(closed, line.given_early, line.exchanged + line.repaired)
    line.advanced -= closed
    if exchanged:
        release(line, exchanged)


def is_shown(line: ReturnLine) -> bool:
    """Whether it can be seen, or was told, that these goods are not as they should be."""
    told = line.reason in {Reason.DAMAGED, Reason.FAULTY, Reason.WRONG_ITEM}
    return told or line.photos.filter(bench=True).exists()


def put_away(line: ReturnLine, units: int, disposition: str) -> None:
    """Where checked goods go; what is fine is for sale again."""
    if disposition == Disposition.RESTOCK:
        line.restocked += units
        if line.order_line.variant:
            shelf.put_back(line.order_line.variant, units)
    elif disposition == Disposition.WRITE_OFF:
        line.written_off += units
    else:
        line.sent_back += units


def add_bench_photo(line: ReturnLine, upload: bytes, *, by: Any, key: UUID | None = None) -> Photo:
    """A picture of what lies on the bench, made anew. Raises orders.errors.Unreadable, TooMany."""
    clean = made_anew(upload)
    with case(line.ret) as ret:
        had = Photo.objects.filter(key=key).first() if key else None
        return had or _keep_picture(ret, line, clean, by=by, key=key or uuid4())


def _keep_picture(ret: Return, line: ReturnLine, clean: bytes, *, by: Any, key: UUID, words: str = "") -> Photo:
    if line.photos.filter(bench=True).count() >= MOST_BENCH_PHOTOS:
        raise TooMany("photos")
    photo = Photo(line=line, bench=True, key=key)
    photo.file.save("photo.webp", ContentFile(clean))
    note(ret, "bench.photographed", by=by, line=line.order_line.position, words=words)
    return photo


# --- what nobody announced --------------------------------------------------------------------------------------


def find_unexpected(
    shop: Shop,
    *,
    what: str,
    by: Any,
    units: int = 1,
    ret: Return | None = None,
    tracking_number: str = "",
    variant: Variant | None = None,
    pictures: Sequence[bytes] = (),
    key: UUID | None = None,
    at: datetime | None = None,
) -> Unexpected:
    """Something came that no case expects: a surplus piece, or a parcel without a name. A person finds whose it is.

    Writes `unexpected.found`, on the order's timeline when the case is known. Raises orders.errors.Unreadable.
    """
    clean = [made_anew(upload) for upload in pictures]
    with transaction.atomic():
        row, new = Unexpected.objects.get_or_create(
            key=key or uuid4(),
            defaults={
                "shop": shop,
                "ret": ret,
                "what": what,
                "units": units,
                "tracking_number": tracking_number,
                "variant": variant,
                "found_by": who(by),
                "found_at": when(at, since=ret.submitted_at if ret else None),
            },
        )
        if new:
            for n, picture in enumerate(clean):
                photo = Photo(unexpected=row, bench=True, key=uuid5(row.key, str(n)))
                photo.file.save("photo.webp", ContentFile(picture))
        if new and ret:
            record(
                ret.order.customer,
                "unexpected.found",
                by=by,
                order_number=ret.order.number,
                number=ret.number,
                what=what,
                units=units,
            )
        return row


def resolve_unexpected(row: Unexpected, *, by: Any, resolution: str, ret: Return | None = None) -> Unexpected:
    """A person has found what it is and where it goes. Writes `unexpected.resolved` on the case it belongs to."""
    with transaction.atomic():
        row = Unexpected.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if row.resolved_at:
            raise NotNow("this has been resolved already")
        row.resolved_at, row.resolved_by, row.resolution = timezone.now(), who(by), resolution[:200]
        row.ret = ret or row.ret
        row.save()
        if row.ret:
            note(row.ret, "unexpected.resolved", by=by, what=row.what, resolution=resolution)
        return row
