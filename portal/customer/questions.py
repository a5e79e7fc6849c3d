"""What the problem is, what its reason wants to know, and how it comes back: R02, R03, R07."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from orders.actions import note_arrival
from orders.models import OrderLine
from orders.queries import packed_nearby, sizes_of
from portal import words
from portal.customer import access
from portal.customer.asking import (
    TELLS,
    ask,
    go_on,
    line_of,
    question,
    to_send,
)
from portal.customer.fields import OwnWords
from returns import drafts, not_come, policy, receipts
from returns.kinds import Reason
from returns.models import Return, ReturnLine


class Problem(forms.Form):
    reason = forms.ChoiceField(error_messages={"required": gettext_lazy("Select what the problem is")})

    def __init__(self, *args, reasons: list[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [(code, words.REASON[code]) for code in reasons]  # type: ignore[attr-defined]


def reasons_for(line: OrderLine) -> list[str]:
    """A thing that comes in one size cannot be the wrong one."""
    sized = any(name in line.options for name in ("size", "option")) or bool(line.variant and sizes_of(line.variant))
    return [code for code in Reason.values if sized or code != Reason.WRONG_SIZE]


@require_http_methods(["GET", "HEAD", "POST"])
@question
def problem(request: HttpRequest, ret: Return, position: int) -> HttpResponse:
    """R02."""
    line = line_of(ret, position)
    form = Problem(request.POST or None, initial={"reason": line.reason}, reasons=reasons_for(line.order_line))
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        no = policy.first_no(policy.offer(line.order_line, reason, policy.terms_of(ret.order), ret.shop.today()))
        if no:
            context = {"ret": ret, "order": ret.order, "line": line, "no": no.code}
            return render(request, "customer/return/not_possible.html", context)
        drafts.answer_reason(line, reason)
        return go_on(ret)
    return ask(request, "problem", form, ret, line=line)


@dataclass(frozen=True)
class FollowUp:
    """One question with a few answers: {what is posted: (what is kept, its words)}."""

    field: str
    heading: Promise
    hint: Promise | str
    answers: dict[str, tuple[bool, Promise]]
    missing: Promise


FOLLOW_UPS = {
    "safe": FollowUp(
        "unsafe",
        gettext_lazy("Is it safe to touch?"),
        gettext_lazy("Think of broken glass, a leak, smoke or a hot battery."),
        {"yes": (False, gettext_lazy("Yes")), "no": (True, gettext_lazy("No, or I am not sure"))},
        gettext_lazy("Select if it is safe to touch"),
    ),
    "differs": FollowUp(
        "differs",
        gettext_lazy("Does it differ from our picture or text?"),
        "",
        {
            "yes": (True, gettext_lazy("Yes, it looks or feels different")),
            "no": (False, gettext_lazy("No, it is as shown. I just do not like it")),
        },
        gettext_lazy("Select if it differs from our picture or text"),
    ),
    "late": FollowUp(
        "arrived",
        gettext_lazy("Has your parcel come?"),
        "",
        {
            "yes": (True, gettext_lazy("Yes, but too late for me")),
            "no": (False, gettext_lazy("No, it is not here")),
        },
        gettext_lazy("Select if your parcel has come"),
    ),
}


class Pick(forms.Form):
    answer = forms.ChoiceField()

    def __init__(self, *args, asks: FollowUp, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].choices = [(code, text) for code, (_kept, text) in asks.answers.items()]  # type: ignore[attr-defined]
        self.fields["answer"].error_messages["required"] = str(asks.missing)


def _follow_up_page(name: str):
    asks = FOLLOW_UPS[name]

    @require_http_methods(["GET", "HEAD", "POST"])
    @question
    def page(request: HttpRequest, ret: Return, position: int) -> HttpResponse:
        line = line_of(ret, position)
        had = getattr(line, asks.field)
        chosen = next((code for code, (kept, _text) in asks.answers.items() if kept is had), "")
        form = Pick(request.POST or None, asks=asks, initial={"answer": chosen})
        if form.is_valid():
            kept, _text = asks.answers[form.cleaned_data["answer"]]
            drafts.answer_more(line, **{asks.field: kept})
            if name == "late" and kept:
                note_arrival(ret.order, ret.shop.today(), by=access.actor(request))
            if asks.field == "unsafe" and kept:
                return render(request, "customer/return/unsafe.html", {"ret": ret, "order": ret.order, "line": line})
            return (_given_up(ret) if name == "late" and not kept else None) or go_on(ret)
        return ask(request, "follow_up", form, ret, line=line, asks=asks)

    return page


def _given_up(ret: Return) -> HttpResponse | None:
    """To the parcel that has not come, when all of this is about it and something can be said of it."""
    lines = list(ret.lines.select_related("order_line"))
    if any(line.reason != Reason.TOO_LATE or line.arrived is not False for line in lines):
        return None
    place = not_come.parcel_to_give_up(ret.order)
    if not place:
        return None
    position, came = place
    page = reverse(f"customer:parcel-{'not-here' if came else 'choose'}", args=[ret.order.number_key, position])
    said = {f"line-{line.order_line.position}": "on" for line in lines}
    said |= {f"quantity-{line.order_line.position}": str(line.requested) for line in lines}
    return redirect(page if came else f"{page}?{urlencode(said)}")


safe, differs, late = (_follow_up_page(name) for name in ("safe", "differs", "late"))


@dataclass(frozen=True)
class Told:
    """One question that wants her own words."""

    heading: Promise
    hint: Promise
    missing: Promise


TELL = {
    Reason.FAULTY: Told(
        gettext_lazy("What happens when you use it?"),
        gettext_lazy("For example, the light goes out after a minute."),
        gettext_lazy("Enter what happens when you use it"),
    ),
    Reason.WRONG_ITEM: Told(
        gettext_lazy("What did you get instead?"),
        gettext_lazy("For example, a white shirt in size M. If there is a number on the label, write it too."),
        gettext_lazy("Enter what you got"),
    ),
    Reason.MISSING: Told(
        gettext_lazy("What is missing?"),
        gettext_lazy("For example, the screws, or the whole item."),
        gettext_lazy("Enter what is missing"),
    ),
    Reason.OTHER: Told(
        gettext_lazy("What do you want to tell us?"),
        gettext_lazy("Write it in your own words. We read it."),
        gettext_lazy("Enter what you want to tell us"),
    ),
}


NOT_LISTED = "other"


class Words(forms.Form):
    got = forms.ChoiceField(error_messages={"required": gettext_lazy("Select what you got")})
    detail = forms.ChoiceField(
        choices=[("whole", gettext_lazy("A whole item")), ("piece", gettext_lazy("A piece of it"))],
        error_messages={"required": gettext_lazy("Select if a whole item is missing or a piece of it")},
    )
    words = OwnWords()

    def __init__(self, *args, line: ReturnLine, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        asks = TELL[Reason(line.reason)]
        self.fields["words"].label = str(asks.heading)
        self.fields["words"].error_messages["required"] = str(asks.missing)
        if line.reason != Reason.MISSING:
            del self.fields["detail"]
        likely = [_named(row) for row in packed_nearby(line.order_line)] if line.reason == Reason.WRONG_ITEM else []
        if not likely:
            del self.fields["got"]
            return
        self.fields["got"].choices = [  # type: ignore[attr-defined]
            *((name, name) for name in dict.fromkeys(likely)),
            (NOT_LISTED, gettext_lazy("Something that is not on this list")),
        ]
        self.fields["words"].required = False
        self.fields["words"].label = gettext_lazy("What is it? If there is a number on the label, write it too.")
        self.initial["got"], self.initial["words"] = _apart(line.words, likely)

    def clean(self) -> dict:
        data = super().clean() or {}
        if data.get("got") == NOT_LISTED and not data.get("words"):
            self.add_error("words", str(TELL[Reason.WRONG_ITEM].missing))
        got = data.pop("got", NOT_LISTED)
        if got != NOT_LISTED:
            data["words"] = BETWEEN.join(part for part in (got, data.get("words", "")) if part)
        return data


BETWEEN = " – "


def _named(line: OrderLine) -> str:
    return f"{line.title}, {line.choice}" if line.choice else line.title


def _apart(words: str, likely: list[str]) -> tuple[str, str]:
    """What she chose, and what she wrote beside it."""
    name = next((name for name in likely if words == name or words.startswith(name + BETWEEN)), "")
    return (name, words.removeprefix(name).removeprefix(BETWEEN)) if name else (NOT_LISTED if words else "", words)


@require_http_methods(["GET", "HEAD", "POST"])
@question
def tell(request: HttpRequest, ret: Return, position: int) -> HttpResponse:
    """R03b, R03e, R03f: in her own words."""
    line = line_of(ret, position)
    if line.reason not in TELLS:
        return go_on(ret)
    form = Words(request.POST or None, line=line, initial={"words": line.words, "detail": line.detail})
    if form.is_valid():
        drafts.answer_more(line, **form.cleaned_data)
        return go_on(ret)
    to_come = line.reason == Reason.MISSING and _still_to_come(ret)
    return ask(request, "tell", form, ret, line=line, asks=TELL[Reason(line.reason)], to_come=to_come)


def _still_to_come(ret: Return) -> bool:
    """Is another parcel of this order on its way? Then what is missing may be in it."""
    rows = ret.order.shipments.filter(direction="outbound", delivered_at=None).exclude(status__in=["cancelled", "lost"])
    return rows.exists() and ret.order.shipments.filter(direction="outbound").count() > 1


WAYS = ("code", "label", "own")


class WayForm(forms.Form):
    way = forms.ChoiceField(
        choices=[(code, words.WAY[code]) for code in WAYS],
        error_messages={"required": gettext_lazy("Select how you want to send it back")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@question
def way(request: HttpRequest, ret: Return) -> HttpResponse:
    """R07: with the price before it is chosen."""
    if not to_send(ret):
        return go_on(ret)
    form = WayForm(request.POST or None, initial={"way": ret.way})
    if form.is_valid():
        drafts.answer_way(ret, form.cleaned_data["way"])
        return go_on(ret)
    return ask(request, "way", form, ret, price=receipts.way_price(ret))
