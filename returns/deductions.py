"""Offering less than was paid: shown with pictures first, taken or contested, decided by a second person."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from customers.timeline import who
from returns import policy
from returns.actions import case, follow, keep_money_back, let_go, note, release
from returns.errors import NoPicture, NotNow, NotTheSame, TooMany
from returns.goods import free_to_grade, put_away
from returns.kinds import Disposition, Grade, Wish
from returns.models import Deduction, Grading, Return, ReturnLine
from returns.queries import deductions_past_answer

WHOLE = 100


def propose(line: ReturnLine, *, units: int, percent: int, words: str, by: Any, rule: str = "") -> Deduction:
    """Offer `percent` less for units on the bench (100: nothing), with a bench picture and the reason she reads.

    Writes `deduction.proposed`. Raises NoPicture, TooMany, NotNow when the goods are not here.
    """
    with case(line.ret) as ret:
        line = ret.lines.select_related("order_line").get(pk=line.pk)
        if ret.state not in Return.AT_THE_BENCH:
            raise NotNow(f"goods of a case that is {ret.state} cannot be graded")
        if not line.photos.filter(bench=True).exists():
            raise NoPicture(line.order_line.sku)
        if line.deductions.filter(state__in=Deduction.OPEN).exists():
            raise NotNow("an offer is open already")
        if not 1 <= units <= free_to_grade(line) or not 1 <= percent <= WHOLE:
            raise TooMany(line.order_line.sku)
        _nothing_early(line, units, ret, by=by)
        offer = Deduction.objects.create(
            line=line,
            units=units,
            percent=percent,
            words=words,
            rule=rule,
            proposed_by=who(by),
            answer_by=ret.shop.today() + timedelta(days=policy.terms_of(ret.order).contest_days),
        )
        note(ret, "deduction.proposed", by=by, percent=percent, units=units, words=words)
        follow(ret)
        return offer


def _nothing_early(line: ReturnLine, units: int, ret: Return, *, by: Any) -> None:
    """The goods are here, so they are looked at first. What has left for them already can only be accepted."""
    if not line.advanced:
        return
    leaving = keep_money_back(ret, by=by) and line.wish == Wish.MONEY
    if units > free_to_grade(line) - (line.advanced if leaving else line.given_early):
        raise TooMany(line.order_line.sku)
    line.advanced -= min(line.advanced - line.given_early, units)
    line.save()


def take(deduction: Deduction, *, by: Any) -> Deduction:
    """She takes the part (or nobody contested it in time). Writes `deduction.accepted`."""
    return _close(deduction, Deduction.State.ACCEPTED, "deduction.accepted", by=by)


def contest(deduction: Deduction, *, by: Any, words: str = "") -> Deduction:
    """She does not agree: a second person decides. Writes `deduction.contested`."""
    with case(deduction.line.ret) as ret:
        row = _open(deduction, Deduction.State.PROPOSED)
        row.state, row.contested_at, row.her_words = Deduction.State.CONTESTED, timezone.now(), words
        row.save()
        note(ret, "deduction.contested", by=by, words=words)
        follow(ret)
        return row


def want_back(deduction: Deduction, *, by: Any) -> Deduction:
    """She wants the goods instead, free: they are hers again once they have left. Writes `deduction.sent_back`."""
    return _close(deduction, Deduction.State.SEND_BACK, "deduction.sent_back", by=by)


def resolve(deduction: Deduction, *, by: Any, uphold: bool, words: str, percent: int | None = None) -> Deduction:
    """A second person agrees with the offer (or a kinder one), or drops it. Writes `deduction.upheld` or `.dropped`.

    Raises NotTheSame for the person who made the offer.
    """
    if deduction.proposed_by == who(by):
        raise NotTheSame(who(by))
    if uphold and percent is not None and percent > deduction.percent:
        raise TooMany("an objection never makes the offer worse")
    state = Deduction.State.UPHELD if uphold else Deduction.State.DROPPED
    verb = "deduction.upheld" if uphold else "deduction.dropped"
    return _close(deduction, state, verb, by=by, words=words, percent=percent)


def _open(deduction: Deduction, *states: str) -> Deduction:
    row = Deduction.objects.select_for_update(of=("self",)).select_related("line").get(pk=deduction.pk)
    if row.state not in states:
        raise NotNow(f"this offer is {row.state}")
    return row


def _close(
    deduction: Deduction, state: str, verb: str, *, by: Any, words: str = "", percent: int | None = None
) -> Deduction:
    decided = state in {Deduction.State.UPHELD, Deduction.State.DROPPED}
    with case(deduction.line.ret) as ret:
        row = _open(deduction, Deduction.State.CONTESTED if decided else Deduction.State.PROPOSED)
        row.state, row.resolved_by, row.resolved_at, row.resolution = state, who(by), timezone.now(), words
        row.percent = row.percent if percent is None else percent
        row.save()
        line = ret.lines.select_related("order_line__variant", "swap").get(pk=row.line_id)
        _count(line, row)
        line.save()
        note(ret, verb, by=by, percent=row.percent, units=row.units, words=words)
        follow(ret)
        return row


def _count(line: ReturnLine, row: Deduction) -> None:
    """What it means for the goods: sent back to her, refused for good, or accepted for less."""
    if row.state == Deduction.State.SEND_BACK:
        line.refused += row.units
        let_go(line, row.units)
        return  # they lie on the bench until they leave: `send_back`
    nothing = row.percent == WHOLE and row.state in Deduction.HOLDS
    if nothing:
        line.refused += row.units
        let_go(line, row.units)
    else:
        line.accepted += row.units
    put_away(line, row.units, Disposition.WRITE_OFF)
    Grading.objects.create(
        line=line,
        units=row.units,
        grade=Grade.C,
        disposition=Disposition.WRITE_OFF,
        words=row.words,
        by=row.proposed_by,
    )


def send_back(ret: Return, line_pk: int, units: int, *, by: Any, tracking_number: str = "") -> Return:
    """Refused goods leave for the customer: they are hers again. Writes `goods.sent_back`."""
    with case(ret) as ret:
        line = ret.lines.select_related("order_line").get(pk=line_pk)
        if not 1 <= units <= line.to_put_away:
            raise TooMany(line.order_line.sku)
        put_away(line, units, Disposition.SEND_BACK)
        release(line, units)
        line.save()
        note(ret, "goods.sent_back", by=by, units=units, tracking_number=tracking_number)
        follow(ret)
        return ret


def close_unanswered(limit: int = 50) -> int:
    """Offers that nobody contested in time stand. Returns how many."""
    closed = 0
    for row in deductions_past_answer(timezone.now())[:limit]:
        try:
            take(row, by="rules")
            closed += 1
        except NotNow:
            continue
    return closed
