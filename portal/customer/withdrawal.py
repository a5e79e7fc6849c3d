"""Withdraw from the contract in two steps, without a login, a code or a reason: say it, check it, confirm it.

Her answers travel signed in the form, so that it works without cookies; a browser that keeps some has them in its
session, too. What she confirms is what is kept, and it is kept before anything else is tried.
"""

import json
from typing import Any
from uuid import UUID, uuid4, uuid5

from django import forms
from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.models import Shop
from notices.models import Letter
from orders.models import Order, OrderLine
from orders.pictures import pictures_of
from orders.queries import orders_numbered
from portal.customer import access, limits
from portal.customer.cards import has_card_number
from portal.faces import shop_of
from portal.middleware import client_address
from portal.papers import acknowledgement_answer
from returns import receipts, statements, withdrawals
from returns.models import Return, Withdrawal

SALT = "withdrawal"
WHOLE, SOME = "whole", "some"
Answers = dict[str, Any]  # name, contract, email, scope, items (text), units {line id: units}, nonce


# --- what is asked ----------------------------------------------------------------------------------------------


class Words(forms.CharField):
    """Typed words as they can be kept: NUL and the like are dropped, not refused."""

    def to_python(self, value):
        clean = statements.in_lines if isinstance(self.widget, forms.Textarea) else statements.in_one_line
        return clean(super().to_python(value) or "")


class Address(forms.EmailField):
    def to_python(self, value):
        return statements.in_one_line(super().to_python(value) or "")


ADDRESS_WRONG = gettext_lazy("Enter an email address, like name@example.com")


class Statement(forms.Form):
    """The three things the law asks for, and whether it is all of the order. `order`: one that is open in this visit,
    whose items can be ticked; of a single piece nothing is asked."""

    name = Words(
        label=gettext_lazy("Your name"),
        max_length=200,
        error_messages={
            "required": gettext_lazy("Enter your name"),
            "max_length": gettext_lazy("Your name must have 200 letters or fewer"),
        },
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
    )
    contract = Words(
        label=gettext_lazy("Order number, or what you bought and when"),
        max_length=500,
        error_messages={
            "required": gettext_lazy("Enter your order number, or what you bought"),
            "max_length": gettext_lazy("Say it in 500 letters or fewer – the order number is enough"),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    email = Address(
        label=gettext_lazy("Email for the confirmation"),
        max_length=254,
        error_messages={"required": ADDRESS_WRONG, "invalid": ADDRESS_WRONG, "max_length": ADDRESS_WRONG},
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
    )
    scope = forms.ChoiceField(
        choices=[(WHOLE, gettext_lazy("The whole order")), (SOME, gettext_lazy("Some items"))],
        required=False,
        widget=forms.RadioSelect,
    )
    items = Words(
        label=gettext_lazy("Which items?"),
        required=False,
        max_length=2000,
        error_messages={"max_length": gettext_lazy("Say it in 2,000 letters or fewer")},
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    nonce = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, shop: Shop, order: Order | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.shop = shop
        left = withdrawals.withdrawable(order) if order else {}
        self.lines: list[OrderLine] = [line for line in order.lines.all() if left[line.pk]] if order else []
        self.left = {line.pk: left[line.pk] for line in self.lines}
        self.is_single = sum(self.left.values()) == 1
        for line in self.lines:
            self.fields[f"line-{line.position}"] = forms.BooleanField(required=False, label=line.title)
            self.fields[f"quantity-{line.position}"] = forms.IntegerField(
                required=False,
                error_messages={"invalid": _("Enter how many, in digits")},
                widget=forms.NumberInput(
                    attrs={
                        "min": 1,
                        "max": self.left[line.pk],
                        "inputmode": "numeric",
                        "aria-label": _("How many?") + f" {line.title}",
                    }
                ),
            )

    def rows(self):
        """Line, its tick, its quantity, how many there are: for the template."""
        return [
            (line, self[f"line-{line.position}"], self[f"quantity-{line.position}"], self.left[line.pk])
            for line in self.lines
        ]

    def clean(self) -> Answers:
        data = super().clean() or {}
        for name in ("name", "contract", "items"):
            if has_card_number(data.get(name, "")) and not orders_numbered(self.shop, data[name]).exists():
                self.add_error(name, _("This looks like a card number. We do not need it – take it out"))
        units, items = self._ticked(data) if self.lines else ({}, data.get("items", ""))
        scope = data.get("scope") or (SOME if units or items else WHOLE if self.is_single else "")
        if not scope and not self.errors.get("scope"):
            self.add_error("scope", _("Select the whole order or some items"))
        if scope == WHOLE:
            units, items = {}, ""
        elif scope == SOME and not items and "items" not in self.errors:
            first = f"line-{self.lines[0].position}" if self.lines else "items"
            if not any(name.startswith("quantity-") for name in self.errors):
                self.add_error(first, _("Select the items this is about") if self.lines else _("Enter which items"))
        return {**data, "scope": scope, "units": units, "items": items}

    def _ticked(self, data: Answers) -> tuple[dict[int, int], str]:
        units = {}
        for line in self.lines:
            most = self.left[line.pk]
            if not data.get(f"line-{line.position}"):
                continue
            units[line.pk] = data.get(f"quantity-{line.position}") or (1 if most == 1 else 0)
            if not 1 <= units[line.pk] <= most and f"quantity-{line.position}" not in self.errors:
                message = _("There are %(number)s of these – enter 1 to %(number)s") % {"number": most}
                self.add_error(f"quantity-{line.position}", message)
        named = [statements.named(line, units[line.pk]) for line in self.lines if line.pk in units]
        return units, "\n".join(named)

    def answers(self) -> Answers:
        data = self.cleaned_data
        kept = {name: data[name] for name in ("name", "contract", "email", "scope", "items")}
        units = {str(pk): number for pk, number in data["units"].items()}
        try:
            nonce = UUID(data["nonce"])
        except ValueError:
            nonce = uuid4()
        return {**kept, "units": units, "nonce": str(nonce)}


# --- step one ---------------------------------------------------------------------------------------------------


@csrf_exempt  # works without cookies; what the session knows is used only where `_is_her_own` says so
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """W01. Empty for a stranger; of an order that is open the number, and at level 2 name and address are filled in."""
    shop = shop_of(request)
    if shop is None:
        return render(request, "customer/no_shop.html", status=503)
    if request.method != "POST":
        kept = {} if "order" in request.GET else _kept(request)
        return _ask(request, shop, kept) if kept else _ask_anew(request, shop)
    if "answers" in request.POST:
        return _ask(request, shop, _unsigned(request))
    order = _opened(request, shop, request.POST.get("contract", "")) if _is_her_own(request) else None
    form = Statement(request.POST, shop=shop, order=order)
    if not form.is_valid():
        return _form(request, form, order)
    if not _is_her_own(request):
        return _show(request, form.answers(), keeps=False)
    request.session["withdrawal"] = [int(timezone.now().timestamp()), form.answers()]
    return redirect("customer:withdraw-check")


def _ask_anew(request: HttpRequest, shop: Shop) -> HttpResponse:
    number = statements.in_one_line(request.GET.get("order", ""))[:500]
    order = _opened(request, shop, number)
    filled: Answers = {"contract": order.number if order else number, "nonce": uuid4()}
    if order and access.level(request, order) == access.ALL:
        filled |= {"name": order.customer.name, "email": order.customer.email}
    return _form(request, Statement(initial=filled, shop=shop, order=order), order)


def _ask(request: HttpRequest, shop: Shop, answers: Answers) -> HttpResponse:
    """With the answers she gave before."""
    order = _opened(request, shop, answers.get("contract", "-")) if _is_her_own(request) else None
    initial = {**answers}
    for line in order.lines.all() if order else []:
        number = answers.get("units", {}).get(str(line.pk))
        initial |= {f"line-{line.position}": bool(number), f"quantity-{line.position}": number}
    return _form(request, Statement(initial=initial, shop=shop, order=order), order)


def _form(request: HttpRequest, form: Statement, order: Order | None) -> HttpResponse:
    context = {
        "form": form,
        "order": order,
        "level": access.level(request, order) if order else 0,
        "pictures": pictures_of(form.shop, {line.picture for line in form.lines if line.picture}),
    }
    return render(request, "customer/withdrawal/start.html", context, status=422 if form.errors else 200)


def _opened(request: HttpRequest, shop: Shop, contract: str) -> Order | None:
    """The order that was named, if this visit has it open; with no word about it, the only one that is."""
    orders = access.orders_of(request).filter(shop=shop)
    if contract:
        return withdrawals.named_in(contract, orders)
    found = list(orders[:2])
    return found[0] if len(found) == 1 else None


# --- step two ---------------------------------------------------------------------------------------------------


@require_safe
def check(request: HttpRequest) -> HttpResponse:
    """W02. After it was confirmed, the way back leads to the receipt."""
    answers = _kept(request)
    if answers:
        return _show(request, answers, keeps=True)
    stated = access.withdrawals_of(request).first()
    return redirect("customer:withdrawal", stated.number) if stated else redirect("customer:withdraw")


def _show(request: HttpRequest, answers: Answers, *, keeps: bool) -> HttpResponse:
    context = {"answers": answers, "signed": signing.dumps(answers, salt=SALT), "keeps": keeps}
    return render(request, "customer/withdrawal/check.html", context)


@csrf_exempt
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Keep the statement, then all the rest. The same form is the same statement, however often it is sent."""
    shop, answers = shop_of(request), _unsigned(request)
    if shop is None or not answers:
        return redirect("customer:withdraw")
    key = uuid5(UUID(answers["nonce"]), json.dumps(answers, sort_keys=True))
    if _too_many(request, key):
        return render(request, "customer/withdrawal/wait.html", status=429)
    own = _is_her_own(request)
    order = _opened(request, shop, answers["contract"]) if own else None
    row = withdrawals.state(
        shop,
        name=answers["name"],
        contract=answers["contract"],
        email=answers["email"],
        items=answers["items"],
        units={int(pk): number for pk, number in answers["units"].items()},
        language=access.language(request, order) if order else get_language() or shop.language,
        form_key=key,
        order=order,
        by=access.actor(request) if own else "customer",
    )
    if order:  # else the sweep looks for it: how long an answer takes must not tell whether there is such an order
        row = withdrawals.try_to_open(row)
    if not own:
        return _receipt(request, row, keeps=False)
    request.session.pop("withdrawal", None)
    access.remember_withdrawal(request, row.number)
    return redirect("customer:withdrawal", row.number)


def _too_many(request: HttpRequest, key: UUID) -> bool:
    """Only a machine gets there; a statement that is kept already is shown to anybody who sends it again."""
    address = client_address(request)
    if limits.is_shared(address) or Withdrawal.objects.filter(form_key=key).exists():
        return False
    return limits.claim("withdrawals", limits.network(address), limits.WITHDRAWALS) is not None


# --- the receipt ------------------------------------------------------------------------------------------------


@require_safe
def received(request: HttpRequest, number: str) -> HttpResponse:
    """W03, in the browser that stated it."""
    row = access.withdrawals_of(request).filter(number=number).first()
    if row is None:
        return render(request, "customer/withdrawal/closed.html", status=404)
    access.remember_withdrawal(request, number)
    return _receipt(request, row, keeps=True)


def _receipt(request: HttpRequest, row: Withdrawal, *, keeps: bool) -> HttpResponse:
    ret = _case(request, row) if keeps else None
    context = {
        "withdrawal": row,
        "order": ret.order if ret else None,
        "keeps": keeps,
        "sent": Letter.objects.filter(number=row.number, state=Letter.State.SENT).exists(),
        "ret": ret,
        "to_send": ret is not None and ret.state in Return.NOT_SENT,
        "steps": statements.next_steps(row, ret),
        "sums": receipts.expected_receipt(ret) if ret else None,
    }
    return render(request, "customer/withdrawal/received.html", context)


def _case(request: HttpRequest, row: Withdrawal) -> Return | None:
    """Its case, where this visit has the order open. Otherwise nothing here tells whether there is one."""
    if row.ret is None or row.order is None or not access.level(request, row.order):
        return None
    return row.ret


@require_safe
def confirmation(request: HttpRequest, number: str) -> HttpResponseBase:
    row = access.withdrawals_of(request).filter(number=number).first()
    if row is None:
        raise Http404
    return acknowledgement_answer(request, row)


# --- what a form and a session may say ----------------------------------------------------------------------------


def _is_her_own(request: HttpRequest) -> bool:
    """Whether her browser keeps cookies and the form was sent from a page of ours. What another site makes her send is
    a stranger's word: it opens no order that she has open."""
    ours = {None, settings.SITE_URL, f"{request.scheme}://{request.get_host()}"}
    return settings.CSRF_COOKIE_NAME in request.COOKIES and request.headers.get("Origin") in ours


def _kept(request: HttpRequest) -> Answers:
    at, answers = request.session.get("withdrawal", [0, {}])
    return answers if timezone.now().timestamp() - at < access.IDLE else {}


def _unsigned(request: HttpRequest) -> Answers:
    """The answers in the form, as we signed them, however long ago; none when somebody else wrote them."""
    try:
        return signing.loads(request.POST.get("answers", ""), salt=SALT)
    except signing.BadSignature:
        return {}
