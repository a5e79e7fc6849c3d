"""Where a return begins, and what it is about: R01."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from orders.models import Order, OrderLine
from orders.pictures import pictures_of
from portal.customer import access
from portal.customer.asking import (
    ask,
    go_on,
    question,
)
from portal.customer.questions import Problem, problem, reasons_for
from returns import drafts, policy
from returns.errors import TooMany
from returns.kinds import Reason
from returns.models import Return


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
    if reason and line and not line.reason and reason in reasons_for(line.order_line):
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
    form = Problem(reasons=reasons_for(lines[0]))
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
    return ask(request, "items", form, ret, taken=taken, pictures=pictures)


def _taken_by(request: HttpRequest, line: OrderLine) -> Return | None:
    """The return that an item is in already."""
    return access.returns_of(request).filter(lines__order_line=line).exclude(state=Return.State.DRAFT).last()
