"""One step of a person at goods in, from a form of the page or, sent later, from the queue of a browser.

Each step has a key made where it was done: what arrives twice counts once, and both are told so.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from django import forms
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Shop
from customers.timeline import who
from orders.errors import OrdersError, Unreadable
from portal import words
from returns import actions, goods, money
from returns.errors import NoPicture, ReturnsError, TooMany
from returns.models import Grading, Receipt, Refund, Return, ReturnLine, ReturnParcel, Unexpected
from returns.queries import returns_numbered

log = structlog.get_logger()

FINE, DAMAGED, MISSING, ACCEPT = "fine", "damaged", "missing", "accept"
WRONG, REOPEN, FOUND = "wrong", "reopen", "found"
OF_A_LINE = {FINE, DAMAGED, MISSING, ACCEPT}
MOST_PICTURES = 3
MOST_BYTES = 10 * 1024 * 1024
PATIENCE = 5.0  # seconds for working out refunds before an answer; the worker does the rest


class Step(forms.Form):
    """`at` is when it was done. `grade` and `disposition` accept what is damaged as it is."""

    key = forms.UUIDField(error_messages={"required": gettext_lazy("Open the page anew, then do it again")})
    verb = forms.ChoiceField(choices=[(verb, "") for verb in (*sorted(OF_A_LINE), WRONG, REOPEN, FOUND)])
    at = forms.DateTimeField(required=False)
    number = forms.CharField(required=False, max_length=40)
    line = forms.IntegerField(required=False)
    units = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=999,
        error_messages={
            why: gettext_lazy("Enter how many in digits, at least 1.") for why in ("invalid", "min_value", "max_value")
        },
    )
    box = forms.IntegerField(required=False)
    grade = forms.ChoiceField(required=False, choices=list(words.GRADE.items()))
    disposition = forms.ChoiceField(required=False, choices=list(words.DISPOSITION.items()))
    words = forms.CharField(required=False, max_length=500)
    tracking_number = forms.CharField(required=False, max_length=64)

    def clean_units(self) -> int:
        return self.cleaned_data["units"] or 1

    def clean_words(self) -> str:
        return self.cleaned_data["words"].strip()

    def clean(self) -> dict:
        facts = super().clean() or self.cleaned_data
        if facts.get("verb") in {WRONG, FOUND} and "words" in facts and len(facts["words"]) < 3:
            self.add_error("words", _("Write what it is, so that somebody can find whose it is"))
        return facts


@dataclass(frozen=True)
class Answer:
    """done; known: it was counted before; refused: `text` says why, and trying again changes nothing; later: it could
    not be done just now."""

    answer: str
    text: str
    number: str = ""


class Refused(Exception):
    """`text` says what the person can do; trying the same again changes nothing."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def take(shop: Shop, typed: dict, pictures: Sequence[bytes], *, by: Any) -> Answer:
    """Do one step, as it was typed or sent, and say what became of it."""
    try:
        return _take(shop, _checked(typed, pictures), pictures, by=by)
    except Refused as no:
        return Answer("refused", no.text, str(typed.get("number", ""))[:40])


def _checked(typed: dict, pictures: Sequence[bytes]) -> dict:
    form = Step({name: _plain(value) for name, value in typed.items()})
    if not form.is_valid():
        raise Refused(str(next(iter(form.errors.values()))[0]))
    if len(pictures) > MOST_PICTURES or any(len(picture) > MOST_BYTES for picture in pictures):
        raise Refused(_("Choose up to 3 pictures of at most 10 MB each"))
    return form.cleaned_data


def _plain(value: Any) -> str:
    """As a form would have sent it; JSON can say other things, and halves of characters."""
    return "" if value is None else str(value).encode("utf-8", "ignore").decode()


def _take(shop: Shop, facts: dict, pictures: Sequence[bytes], *, by: Any) -> Answer:
    verb, ret = facts["verb"], None
    if verb != FOUND:
        ret = returns_numbered(shop, facts["number"]).exclude(state=Return.State.DRAFT).first()
        if ret is None:
            raise Refused(_("Nobody here knows the number %(number)s.") % {"number": facts["number"]})
    number = ret.number if ret else ""
    counted = _counted_for(facts["key"], ret)
    if counted == number:
        return Answer("known", _("This was counted before. It counts once."), number)
    if counted is not None:
        raise Refused(_("This step was counted for another parcel. Do it again."))
    line = ret.lines.select_related("order_line").filter(pk=facts["line"]).first() if ret else None
    if verb in OF_A_LINE and not line:
        raise Refused(_("This item is not part of this return. Scan the box again."))
    try:
        return Answer("done", VERBS[verb](Bench(shop, ret, line, facts, pictures, by)), number)
    except (ReturnsError, OrdersError) as no:
        raise Refused(_why_not(no, verb, ret, line)) from no


def _counted_for(key: UUID, ret: Return | None) -> str | None:
    """The number of the case for which this key has been counted, "" for a find without one; None when it is new."""
    rows: list[Any] = [
        Receipt.objects.filter(key=key).values_list("line__ret__number"),
        Grading.objects.filter(key=key).values_list("line__ret__number"),
        Unexpected.objects.filter(key=key).values_list("ret__number"),
    ]
    found = next((row for query in rows if (row := query.first())), None)
    if found:
        return found[0] or ""
    return ret.number if ret and goods.was_missed(ret, key) else None


# --- one function a verb ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bench:
    """What one step is about. `the_case` and `the_line` are there for the verbs that are about one."""

    shop: Shop
    ret: Return | None
    line: ReturnLine | None
    facts: dict
    pictures: Sequence[bytes]
    by: Any

    @property
    def the_case(self) -> Return:
        assert self.ret is not None  # noqa: S101 - looked up before the verb is called
        return self.ret

    @property
    def the_line(self) -> ReturnLine:
        assert self.line is not None  # noqa: S101
        return self.line

    @property
    def said(self) -> dict:
        item = self.the_line.order_line
        return {"n": self.facts["units"], "item": f"{item.title}, {item.choice}" if item.choice else item.title}

    @property
    def here(self) -> dict:
        return {
            "key": self.facts["key"],
            "at": self.facts["at"],
            "box": box_of(self.the_case, self.facts["box"]),
            "by": self.by,
        }


def _fine(step: Bench) -> str:
    goods.take_in(step.the_case, step.the_line.pk, step.facts["units"], **step.here)
    return _("%(n)s × %(item)s: here and accepted.") % step.said


def _damaged(step: Bench) -> str:
    facts = step.facts
    as_it_is = (facts["grade"], facts["disposition"]) if facts["grade"] and facts["disposition"] else None
    goods.take_in_damaged(
        step.the_case,
        step.the_line.pk,
        facts["units"],
        pictures=step.pictures,
        as_it_is=as_it_is,
        words=facts["words"],
        **step.here,
    )
    if as_it_is:
        return _("%(n)s × %(item)s: here, damaged, and accepted as it is.") % step.said
    return _("%(n)s × %(item)s: here, and kept at the bench. Decide what the customer gets.") % step.said


def _missing(step: Bench) -> str:
    facts = step.facts
    goods.miss(step.the_case, {step.the_line.pk: facts["units"]}, by=step.by, key=facts["key"])
    return _("%(n)s × %(item)s: not in the box. The customer gets an email.") % step.said


def _accept(step: Bench) -> str:
    facts = step.facts
    like, place = goods.as_announced(step.the_line)
    goods.grade(
        step.the_case,
        step.the_line.pk,
        facts["units"],
        grade=like,
        disposition=place,
        by=step.by,
        key=facts["key"],
        at=facts["at"],
    )
    return _("%(n)s × %(item)s: checked and accepted.") % step.said


def _keep(step: Bench) -> str:
    """A piece that nobody announced in a box of ours, or a parcel that nobody knows."""
    facts = step.facts
    goods.find_unexpected(
        step.shop,
        ret=step.ret,
        what=facts["words"],
        units=facts["units"],
        tracking_number=facts["tracking_number"],
        pictures=step.pictures,
        key=facts["key"],
        at=facts["at"],
        by=step.by,
    )
    return _("It is kept in the list of what nobody announced.")


def _reopen(step: Bench) -> str:
    """Open is open: pressed twice it is opened once."""
    ret = step.the_case
    if ret.state in Return.ENDED:
        with translation.override(ret.shop.language):
            why = _("Its parcel came after all.")
        actions.reopen(ret, by=step.by, why=why)
    return _("Return %(number)s is open again.") % {"number": ret.number}


VERBS = {
    FINE: _fine,
    DAMAGED: _damaged,
    MISSING: _missing,
    ACCEPT: _accept,
    WRONG: _keep,
    FOUND: _keep,
    REOPEN: _reopen,
}


def box_of(ret: Return, position: int | None) -> ReturnParcel | None:
    """The box that was scanned; without a scan the only one that can have come."""
    boxes = list(ret.parcels.exclude(state__in=[ReturnParcel.State.LABEL_VOID, ReturnParcel.State.LOST]))
    if position:
        return next((box for box in boxes if box.position == position), None)
    return boxes[0] if len(boxes) == 1 else None


# --- why not ----------------------------------------------------------------------------------------------------


def _why_not(no: Exception, verb: str, ret: Return | None, line: ReturnLine | None) -> str:
    """What the person can do about it, from how the case stands now."""
    if isinstance(no, Unreadable):
        return _("The selected file must be a JPG, PNG or WEBP picture that opens – try another one")
    if isinstance(no, NoPicture):
        return _("Take a picture first: the customer has to see what is wrong.")
    if no.args == ("photos",):
        return _("There are as many pictures of this item as we keep. Do it again without one.")
    if verb == REOPEN and isinstance(no, TooMany):
        return _("Some of these items are in another return now. Look at the order.")
    stands = line and ReturnLine.objects.get(pk=line.pk)
    if isinstance(no, TooMany) and stands:
        return _too_many(verb, stands)
    shut = closed(Return.objects.get(pk=ret.pk)) if ret else ""
    return shut or (
        _all_here() if stands and not stands.to_receive else _("The case has moved on. Scan the box again.")
    )


def _too_many(verb: str, line: ReturnLine) -> str:
    if verb == ACCEPT:
        return _("It has been checked already, or an offer to the customer is open.")
    if verb == MISSING and line.advanced and line.to_receive:
        return _("The money for it has been sent already. Note it as lost in the case.")
    if line.to_receive:
        return _("Still to come of it: %(n)s. That is the most you can count.") % {"n": line.to_receive}
    return _all_here()


def _all_here() -> str:
    return _("All of it is here already. Is this one more? Then keep it as another thing.")


def closed(ret: Return) -> str:
    """Why nothing of this case can be received, "" when it can."""
    if ret.state in {Return.State.CANCELLED, Return.State.EXPIRED, Return.State.REJECTED}:
        return _("This return is closed. Open it again, then count what came.")
    if ret.state in Return.UNDECIDED:
        return _("Nobody has said yes to this return yet. Decide it first.")
    if ret.state == Return.State.SETTLED:
        return _("Everything of this return is done. Is this one more? Then keep it as another thing.")
    if ret.state in Return.COMING and ret.proof_at is None:
        return _("Nothing of it has come yet. Count what is in the box first.")
    return ""


# --- many at once -----------------------------------------------------------------------------------------------


def take_all(shop: Shop, sent: Sequence[tuple[dict, Sequence[bytes]]], *, by: Any) -> list[Answer]:
    """Do the steps of a queue in their order, each on its own. After one that has to wait, its case waits too."""
    answers: list[Answer] = []
    waiting: set[str] = set()
    for typed, pictures in sent:
        number = str(typed.get("number", ""))
        if number and number in waiting:
            answers.append(Answer("later", "", number))
            continue
        try:
            answers.append(take(shop, typed, pictures, by=by))
        except Exception as error:  # one step that fails must not hold up forty-nine others
            log.error("step.failed", verb=typed.get("verb"), number=number, exc_info=error)
            answers.append(Answer("later", "", number))
            waiting.add(number)
    return answers


def prepare_money(shop: Shop, numbers: Sequence[str], *, by: Any) -> None:
    """Where all that is here has been looked at, propose one refund for all of it."""
    ends = time.monotonic() + PATIENCE
    for number in dict.fromkeys(numbers):
        ret = returns_numbered(shop, number).first()
        if ret and time.monotonic() < ends and not any(line.to_receive or line.to_check for line in ret.lines.all()):
            _propose(ret, by=by)


def _propose(ret: Return, *, by: Any) -> None:
    """What was proposed between two pieces is worked out anew. What cannot be, stands on the page of the case."""
    try:
        if ret.refunds.filter(state=Refund.State.PROPOSED).exists():
            money.work_out_anew(ret, by=by)
        else:
            money.prepare_refund(ret)
    except ReturnsError as no:
        log.warning("refund.not_proposed", number=ret.number, why=type(no).__name__, by=who(by))
