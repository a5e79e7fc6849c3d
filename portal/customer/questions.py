"""The questions of a return, one a page, in the order in which their answers make sense (`asking.py`)."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from orders.actions import note_arrival
from orders.errors import Unreadable
from orders.models import Order, OrderLine, Variant
from orders.pictures import pictures_of
from orders.queries import other_products, packed_nearby, sizes_of
from portal import words
from portal.customer import access
from portal.customer.asking import (
    CREDIT,
    SAME_AGAIN,
    TELLS,
    choices_of,
    go_on,
    may_take_another,
    outcome_of,
    page_before,
    page_of,
    sold_out_sizes,
    swaps_of,
    to_send,
)
from returns import credit, differences, drafts, not_come, policy, receipts
from returns.actions import PHOTO_DAYS
from returns.errors import NotNow, TooMany
from returns.kinds import Reason, Wish
from returns.models import Photo, Return, ReturnLine
from returns.queries import usual_size

MOST_BYTES = 10 * 1024 * 1024


def _draft(request: HttpRequest, number: str) -> Return:
    ret = access.the_return(request, number)
    if ret.state != Return.State.DRAFT:
        raise Sent(ret)
    return ret


class Sent(Exception):
    """The draft has been sent meanwhile (double click, back button): its page shows how it stands."""

    def __init__(self, ret: Return) -> None:
        self.ret = ret


def question(view):
    """A page of the draft. One that has been sent already is shown as it is, never sent twice."""

    def page(request: HttpRequest, number: str, **more) -> HttpResponse:
        try:
            return view(request, _draft(request, number), **more)
        except Sent as sent:
            return redirect("customer:return", sent.ret.number)
        except NotNow:
            return redirect("customer:return", number)

    return page


def _line(ret: Return, position: int) -> ReturnLine:
    lines = ret.lines.select_related("ret__shop", "order_line__order__shop", "order_line__variant", "swap")
    return get_object_or_404(lines, order_line__position=position)


def _ask(request: HttpRequest, page: str, form: forms.Form, ret: Return, **more: Any) -> HttpResponse:
    several = ret.lines.count() > 1
    here = str(request.resolver_match and request.resolver_match.url_name).removeprefix("return-")
    back = page_before(ret, here, more.get("line"))
    context = {"form": form, "ret": ret, "order": ret.order, "several": several, "back": back, **more}
    if several and "line" in more:
        context["pictures"] = pictures_of(ret.shop, {more["line"].order_line.picture})
    return render(request, f"customer/return/{page}.html", context, status=422 if form.errors else 200)


# --- what it is about -------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@access.led_back("return")
def start(request: HttpRequest, number: str) -> HttpResponse:
    """The draft this visitor has begun already, else a new one.

    A letter or the shop's own site may lead here: of an order with one piece, or of the piece that `?item=SKU` names,
    the first question is shown at once, and its answer begins the return. Else the order's page is shown, where a
    return begins. What was begun before goes on where it stood.
    """
    order = access.the_order(request, number)
    if request.method != "POST":
        return _first_question(request, order)
    draft = _draft_of(request, order)
    if draft is None:
        try:
            draft = drafts.start(
                order,
                language=access.language(request, order),
                by=access.actor(request),
                form_key=_form_key(request, order),
                at_most=drafts.MOST_DRAFTS,
            )
        except TooMany:  # whoever opens all of the order goes on with one of them
            return redirect("customer:code", order.number_key)
        access.remember_draft(request, draft)
    _choose_the_one(draft, request.POST.get("item", ""))
    reason = request.POST.get("reason", "")
    line = draft.lines.select_related("order_line__variant").first()
    if reason and line and not line.reason and reason in _reasons(line.order_line):
        return problem(request, draft.number, position=line.order_line.position)
    return go_on(draft)


def _choose_the_one(draft: Return, position: str) -> None:
    """The item that the first question was asked about."""
    if draft.lines.exists() or not (position.isascii() and position.isdecimal() and len(position) < 5):
        return
    line = draft.order.lines.filter(position=int(position)).first()
    if line and line.left == 1:
        drafts.choose(draft, {line: 1})


def _first_question(request: HttpRequest, order: Order) -> HttpResponse:
    begun = _draft_of(request, order)
    if begun and begun.lines.exists():
        return go_on(begun)
    left = [line for line in order.lines.select_related("variant") if line.left]
    wanted = request.GET.get("item", "").strip().lower()
    lines = [line for line in left if line.sku.lower() == wanted] if wanted else left
    if len(lines) != 1 or lines[0].left != 1:
        return redirect("customer:order", order.number_key)
    form = Problem(reasons=_reasons(lines[0]))
    context = {"form": form, "order": order, "form_key": uuid4(), "item": lines[0] if len(left) > 1 else None}
    return render(request, "customer/return/problem.html", context)


def _draft_of(request: HttpRequest, order: Order) -> Return | None:
    return access.returns_of(request).filter(order=order, state=Return.State.DRAFT).order_by("-pk").first()


def _form_key(request: HttpRequest, order: Order) -> UUID | None:
    """The key of the form, unless it belongs to another order's."""
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError:
        return None
    return None if Return.objects.filter(form_key=key).exclude(order=order, state=Return.State.DRAFT).exists() else key


@dataclass(frozen=True)
class Until:
    """How long one item may come back without a reason, and with a fault. `day` None: it has not come yet."""

    day: date | None
    ended: bool
    only_faults: bool
    faults: date | None

    @classmethod
    def of(cls, line: OrderLine) -> "Until":
        order = line.order
        terms, today = policy.terms_of(order), order.shop.today()
        told = policy.told_before(line, Reason.CHANGED_MIND, terms, today)
        faults = policy.told_before(line, Reason.FAULTY, terms, today).last_day
        ended = bool(told.last_day and told.last_day < today)
        return cls(told.last_day, ended, told.answer == "no", faults if faults and faults >= today else None)


class Items(forms.Form):
    """A tick and a quantity for each line that can still come back."""

    def __init__(self, *args, lines: list[OrderLine], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            self.fields[f"line-{line.position}"] = forms.BooleanField(required=False, label=line.title)
            self.fields[f"quantity-{line.position}"] = forms.IntegerField(
                required=False,
                label=_("How many?"),
                error_messages={"invalid": _("Enter how many, in digits")},
                widget=forms.NumberInput(
                    attrs={
                        "min": 1,
                        "max": line.left,
                        "inputmode": "numeric",
                        "aria-label": _("How many?") + f" {line.title}",
                    }
                ),
            )

    def rows(self):
        """Line, its tick, its quantity field, until when: for the template."""
        return [
            (line, self[f"line-{line.position}"], self[f"quantity-{line.position}"], Until.of(line))
            for line in self.lines
        ]

    def clean(self) -> dict:
        data = super().clean() or {}
        chosen = {}
        for line in self.lines:
            if not data.get(f"line-{line.position}"):
                continue
            quantity = data.get(f"quantity-{line.position}") or (1 if line.left == 1 else 0)
            if not 1 <= quantity <= line.left and f"quantity-{line.position}" not in self.errors:
                self.add_error(f"quantity-{line.position}", self.too_many(line.left) % {"number": line.left})
            chosen[line] = quantity
        if not chosen and not self.errors:
            raise forms.ValidationError(_("Select the items this is about"))
        data["chosen"] = chosen
        return data

    def too_many(self, left: int) -> str:
        return ngettext(
            "You can send back %(number)s – enter 1",
            "You can send back %(number)s – enter 1 to %(number)s",
            left,
        )


@require_http_methods(["GET", "HEAD", "POST"])
@question
def items(request: HttpRequest, ret: Return) -> HttpResponse:
    """R01."""
    lines = list(ret.order.lines.select_related("order__shop"))
    free = [line for line in lines if line.left]
    had = {line.order_line.position: line.requested for line in ret.lines.select_related("order_line")}
    initial: dict = {f"line-{position}": True for position in had}
    initial |= {f"quantity-{position}": quantity for position, quantity in had.items()}
    form = Items(request.POST or None, lines=free, initial=initial)
    if form.is_valid():
        try:
            drafts.choose(ret, form.cleaned_data["chosen"])
        except TooMany:
            form.add_error(None, _("Some of these items are in another return already – choose again"))
        else:
            return go_on(ret)
    taken = [(line, _taken_by(request, line)) for line in lines if not line.left]
    pictures = pictures_of(ret.shop, {line.picture for line in free if line.picture})
    return _ask(request, "items", form, ret, taken=taken, pictures=pictures)


def _taken_by(request: HttpRequest, line: OrderLine) -> Return | None:
    """The return that an item is in already."""
    return access.returns_of(request).filter(lines__order_line=line).exclude(state=Return.State.DRAFT).last()


# --- what is wrong ----------------------------------------------------------------------------------------------


class Problem(forms.Form):
    reason = forms.ChoiceField(error_messages={"required": gettext_lazy("Select what the problem is")})

    def __init__(self, *args, reasons: list[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [(code, words.REASON[code]) for code in reasons]  # type: ignore[attr-defined]


def _reasons(line: OrderLine) -> list[str]:
    """A thing that comes in one size cannot be the wrong one."""
    sized = any(name in line.options for name in ("size", "option")) or bool(line.variant and sizes_of(line.variant))
    return [code for code in Reason.values if sized or code != Reason.WRONG_SIZE]


@require_http_methods(["GET", "HEAD", "POST"])
@question
def problem(request: HttpRequest, ret: Return, position: int) -> HttpResponse:
    """R02."""
    line = _line(ret, position)
    form = Problem(request.POST or None, initial={"reason": line.reason}, reasons=_reasons(line.order_line))
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        no = policy.first_no(policy.offer(line.order_line, reason, policy.terms_of(ret.order), ret.shop.today()))
        if no:
            context = {"ret": ret, "order": ret.order, "line": line, "no": no.code}
            return render(request, "customer/return/not_possible.html", context)
        drafts.answer_reason(line, reason)
        return go_on(ret)
    return _ask(request, "problem", form, ret, line=line)


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
        line = _line(ret, position)
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
        return _ask(request, "follow_up", form, ret, line=line, asks=asks)

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
    words = forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    detail = forms.ChoiceField(
        choices=[("whole", gettext_lazy("A whole item")), ("piece", gettext_lazy("A piece of it"))],
        error_messages={"required": gettext_lazy("Select if a whole item is missing or a piece of it")},
    )

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
    line = _line(ret, position)
    if line.reason not in TELLS:
        return go_on(ret)
    form = Words(request.POST or None, line=line, initial={"words": line.words, "detail": line.detail})
    if form.is_valid():
        drafts.answer_more(line, **form.cleaned_data)
        return go_on(ret)
    to_come = line.reason == Reason.MISSING and _still_to_come(ret)
    return _ask(request, "tell", form, ret, line=line, asks=TELL[Reason(line.reason)], to_come=to_come)


def _still_to_come(ret: Return) -> bool:
    """Is another parcel of this order on its way? Then what is missing may be in it."""
    rows = ret.order.shipments.filter(direction="outbound", delivered_at=None).exclude(status__in=["cancelled", "lost"])
    return rows.exists() and ret.order.shipments.filter(direction="outbound").count() > 1


# --- pictures ---------------------------------------------------------------------------------------------------


class PhotoForm(forms.Form):
    photo = forms.FileField(
        error_messages={
            "required": gettext_lazy("Add a photo, or choose “I cannot take a photo”"),
            "empty": gettext_lazy("The selected file is empty – try again"),
        },
    )

    def clean_photo(self):
        if self.cleaned_data["photo"].size > MOST_BYTES:
            raise forms.ValidationError(_("The selected file must be smaller than 10 MB"))
        return self.cleaned_data["photo"]


@require_http_methods(["GET", "HEAD", "POST"])
@question
def photo(request: HttpRequest, ret: Return, position: int) -> HttpResponse:
    """R04. A photo is added and the page shown again; "Continue" goes on when there is one."""
    line = _line(ret, position)
    adding = request.method == "POST" and (request.FILES or not line.photos.exists())
    form = PhotoForm(request.POST, request.FILES) if adding else PhotoForm()
    if adding and form.is_valid():
        try:
            drafts.add_photo(line, form.cleaned_data["photo"].read())
        except Unreadable:
            form.add_error(
                "photo", _("The selected file must be a JPG, PNG or WEBP picture that opens – try another one")
            )
        except TooMany:
            form.add_error("photo", _("You can add up to 5 photos – remove one first, or continue with these"))
    if request.method == "POST" and not form.errors:
        return go_on(ret)
    photos = list(line.photos.order_by("pk"))
    figures = {"most": drafts.MOST_PHOTOS, "photo_days": PHOTO_DAYS}
    return _ask(request, "photo", form, ret, line=line, photos=photos, **figures)


class NoPhoto(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("Tell us what you see"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("Write what you see, so that a person can decide")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@question
def no_photo(request: HttpRequest, ret: Return, position: int) -> HttpResponse:
    line = _line(ret, position)
    form = NoPhoto(request.POST or None, initial={"words": line.words})
    if form.is_valid():
        drafts.answer_without_photo(line, form.cleaned_data["words"])
        return go_on(ret)
    return _ask(request, "no_photo", form, ret, line=line)


@require_POST
@question
def remove_photo(request: HttpRequest, ret: Return, position: int, photo: int) -> HttpResponse:
    drafts.remove_photo(get_object_or_404(Photo, pk=photo, line=_line(ret, position)))
    return redirect(page_of(ret, "photo", _line(ret, position)))


# --- what she gets ----------------------------------------------------------------------------------------------


class Size(forms.Form):
    size = forms.ChoiceField(error_messages={"required": gettext_lazy("Select which one you want instead")})

    def __init__(self, *args, sizes, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["size"].choices = [(variant.sku, variant.size) for variant in sizes] + [("none", "")]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@question
def size(request: HttpRequest, ret: Return, position: int) -> HttpResponse:
    """R06: another one that lies on the shelf, or none."""
    line = _line(ret, position)
    sizes = swaps_of(line)
    another = may_take_another(line)
    if not sizes and another and not line.no_other_size and request.method != "POST":
        return redirect(page_of(ret, "other", line))
    if not sizes or line.reason in SAME_AGAIN:
        drafts.answer_size(line, None)
        return go_on(ret)
    chosen = line.swap.sku if line.swap else "none" if line.no_other_size else ""
    form = Size(request.POST or None, sizes=sizes, initial={"size": chosen})
    if form.is_valid():
        sku = form.cleaned_data["size"]
        drafts.answer_size(line, next((row for row in sizes if row.sku == sku), None))
        return go_on(ret)
    by_colour = line.reason != Reason.WRONG_SIZE
    variant = line.order_line.variant
    more = {"usual": usual_size(variant), "sold_out": sold_out_sizes(line)} if variant and not by_colour else {}
    return _ask(request, "size", form, ret, line=line, sizes=sizes, by_colour=by_colour, another=another, **more)


MOST_FOUND = 20


class Other(forms.Form):
    sku = forms.ChoiceField(error_messages={"required": gettext_lazy("Select which one you want instead")})

    def __init__(self, *args, found: list[Variant], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sku"].choices = [(variant.sku, variant.product) for variant in found]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@question
def other(request: HttpRequest, ret: Return, position: int) -> HttpResponse:
    """Another product of the shop, each with what it costs more or less. The search is a GET and changes nothing."""
    line = _line(ret, position)
    if not may_take_another(line):
        return go_on(ret)
    words_ = request.GET.get("q", "").replace("\0", "")[:100]
    rows = other_products(line.order_line.variant, words_, line.requested)  # type: ignore[arg-type]
    found = list(rows[: MOST_FOUND + 1])
    form = Other(request.POST or None, found=found, initial={"sku": line.swap.sku if line.swap else ""})
    if form.is_valid():
        swap = next(row for row in found if row.sku == form.cleaned_data["sku"])
        drafts.answer_size(line, swap, to_pay=differences.sum_of(line, swap))
        return go_on(ret)
    shown = [(row, *_more_or_less(differences.sum_of(line, row))) for row in found[:MOST_FOUND]]
    return _ask(request, "other", form, ret, line=line, found=shown, words=words_, more=len(found) > MOST_FOUND)


def _more_or_less(to_pay: int) -> tuple[int, int]:
    """What she pays, and what she gets back."""
    return max(to_pay, 0), max(-to_pay, 0)


class WishForm(forms.Form):
    wish = forms.ChoiceField(error_messages={"required": gettext_lazy("Select what you would like")})

    def __init__(self, *args, offers: list[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["wish"].choices = [(code, code) for code in offers]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@question
def wish(request: HttpRequest, ret: Return, position: int) -> HttpResponse:
    """R05: what the law and the terms offer for this, the first first, each with its sum."""
    line = _line(ret, position)
    offers = choices_of(line)
    if len(offers) == 1 and request.method != "POST":
        return go_on(ret)
    form = WishForm(request.POST or None, offers=offers, initial={"wish": CREDIT if line.as_credit else line.wish})
    if form.is_valid():
        chosen = form.cleaned_data["wish"]
        wished = Wish.MONEY if chosen == CREDIT else chosen
        drafts.answer_wish(line, wished, same_again=line.reason in SAME_AGAIN, as_credit=chosen == CREDIT)
        return go_on(ret)
    sums = {code: receipts.worth_of(line, code) for code in offers}
    context = {
        "offers": offers,
        "sums": sums,
        "same_again": line.reason in SAME_AGAIN,
        "told": outcome_of(line),
        "credit_until": credit.last_day_today(ret),
        "another": may_take_another(line),
        "check_days": policy.terms_of(ret.order).check_days,
    }
    return _ask(request, "wish", form, ret, line=line, **context)


# --- how it comes back ------------------------------------------------------------------------------------------

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
    return _ask(request, "way", form, ret, price=receipts.way_price(ret))
