"""The ways in: by number and email or postcode, by a letter's link, by a code. And what every page leads to."""

import time
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.models import Shop
from orders.models import Order
from portal.customer import access, asks, pause, proxies, puzzle, yours
from portal.customer.lookup import Attempt
from portal.faces import shop_of, too_many_tries
from portal.middleware import is_own_path
from returns.models import Return


class FindOrder(forms.Form):
    number = forms.CharField(
        label=gettext_lazy("Order number"),
        max_length=64,
        error_messages={"required": gettext_lazy("Enter your order number")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    proof = forms.CharField(
        label=gettext_lazy("Email or postcode"),
        max_length=254,
        error_messages={"required": gettext_lazy("Enter your email or postcode")},
        widget=forms.TextInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
    )


class EnterCode(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code from the email"),
        max_length=20,
        error_messages={"required": gettext_lazy("Enter the code from the email")},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code-input"}),
    )


class FindOrders(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("Your email"),
        error_messages={
            "required": gettext_lazy("Enter your email"),
            "invalid": gettext_lazy("Enter an email address like name@example.com"),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """C01: the order number with email or postcode opens the order at level 1. P01: what is hers comes first."""
    shop = shop_of(request)
    if shop is None:
        return render(request, "customer/no_shop.html", status=503)
    proxies.notice(request)
    if request.method == "POST":
        return _look_up(request, shop)
    form = FindOrder(initial={"number": request.GET.get("order", "")})
    hers = {} if _wants_money(request) else yours.page_of(request, shop)
    return _home(request, form, **hers)


def _look_up(request: HttpRequest, shop: Shop) -> HttpResponse:
    started = time.perf_counter()
    form = FindOrder(request.POST)
    if not form.is_valid():
        return _home(request, form)
    number, proof = form.cleaned_data["number"], form.cleaned_data["proof"]
    try:
        order = access.find(request, shop, number, proof, request.POST.get("puzzle", ""))
    except access.Blocked as blocked:
        return too_many_tries(request, blocked.until)
    except access.PuzzleFirst:
        form.add_error(None, _("Wait until the check of your browser is done, then press the button again"))
        return _home(request, form)
    if order:
        access.grant(request, order, access.SEEN)
        return redirect(_where_to(request, order))
    form.add_error(
        "number", _("We cannot find an order with these details – check both, or find your order another way")
    )
    response = _home(request, form)
    pause.fill_up(started)
    return response


def _home(request: HttpRequest, form: FindOrder, **hers: object) -> HttpResponse:
    owed = Attempt(request).owes()
    context = {
        "form": form,
        "wants_money": _wants_money(request),
        "wish": {name: _wish(request, name) for name in ("to", "item") if _wish(request, name)},
        "puzzle": puzzle.puzzle_for(request, owed) if owed else "",
        **hers,
    }
    return render(request, "customer/home.html", context, status=422 if form.errors else 200)


# What may be asked for before the order is found.
TO = {"money": "customer:money", "return": "customer:return-start"}


def _wish(request: HttpRequest, name: str) -> str:
    return (request.POST if request.method == "POST" else request.GET).get(name, "")[:64]


def _wants_money(request: HttpRequest) -> bool:
    return _wish(request, "to") == "money"


def _where_to(request: HttpRequest, order: Order) -> str:
    """What she asked for, once her order is found; else the order."""
    page = reverse(TO.get(_wish(request, "to"), "customer:order"), args=[order.number_key])
    item = _wish(request, "item")
    return f"{page}?{urlencode({'item': item})}" if item else page


@csrf_exempt
@require_POST
def from_shop(request: HttpRequest) -> HttpResponse:
    """The small form on a shop's own site: shows C01 filled in, looks nothing up."""
    form = FindOrder(
        initial={"number": request.POST.get("number", "")[:64], "proof": request.POST.get("proof", "")[:254]}
    )
    return _home(request, form)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language for this visit and go back to the same page."""
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        request.session["language"] = chosen
    here = request.POST.get("next", "/")
    return redirect(here if is_own_path(here) and url_has_allowed_host_and_scheme(here, None) else "/")


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    return render(request, "customer/contact.html")


@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """C02: a letter that opens all her orders. The answer is the same whether or not we know the address."""
    shop = shop_of(request)
    if shop is None:
        return render(request, "customer/no_shop.html", status=503)
    form = FindOrders(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "customer/find.html", {"form": form}, status=422 if form.errors else 200)
    try:
        asks.ask_by_email(request, shop, form.cleaned_data["email"])
    except access.Blocked as blocked:
        return too_many_tries(request, blocked.until)
    return redirect("customer:find-sent")


@require_safe
def find_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "customer/find_sent.html", {"by_link": "link" in request.GET})


@require_POST
def new_link(request: HttpRequest) -> HttpResponse:
    """In place of one that has ended: to the order's own contact. The same answer for a link that we never sent."""
    shop = shop_of(request)
    if shop is None:
        return render(request, "customer/no_shop.html", status=503)
    try:
        asks.ask_by_link(request, shop, request.POST.get("link", ""))
    except access.Blocked as blocked:
        return too_many_tries(request, blocked.until)
    return redirect(reverse("customer:find-sent") + "?link")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The statement that Directive (EU) 2019/882 asks for: what holds, what nobody has checked, whom to tell."""
    return render(request, "customer/accessibility.html")


@require_safe
def letter_link(request: HttpRequest, secret: str) -> HttpResponse:
    """The link in a letter: into the session by 303, so that no address after it carries the secret."""
    token = access.letter_token(secret)
    if token is None or token.order is None:
        return _link_ended(request, secret, once=False)
    access.grant(request, token.order, access.ALL)
    return _lead_in(request, token.path, token.order.language)


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest, secret: str) -> HttpResponse:
    """A GET only shows the button: what scans a mail does not use the link up."""
    token = access.sign_in_token(secret)
    if token is None:
        return _link_ended(request, secret, once=True)
    if request.method != "POST":
        return render(request, "customer/sign_in.html", {"all_orders": token.customer is not None})
    if not access.open_by(request, token):
        return _link_ended(request, secret, once=True)
    who = token.order or token.customer
    return _lead_in(request, token.path, who.language if who else "")


def _lead_in(request: HttpRequest, path: str, language: str) -> HttpResponse:
    """By 303 and without a referrer: no address after it carries the secret."""
    request.session.setdefault("language", language)
    response = redirect(path)
    response.status_code = 303
    response["Referrer-Policy"] = "no-referrer"
    return response


def _link_ended(request: HttpRequest, secret: str, *, once: bool) -> HttpResponse:
    return render(request, "customer/link_ended.html", {"link": secret, "once": once}, status=410)


@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, number: str) -> HttpResponse:
    """Open the rest of the order: a POST sends an eight-digit code to the order's own email address. `?account=` names
    the return for whose bank account a code is wanted, also of whoever sees everything already."""
    order = access.the_order(request, number)
    ret = _account_of(request, order)
    if access.level(request, order) == access.ALL and not ret:
        return redirect("customer:order", number)
    if request.method == "POST":
        next_one = access.send_code(request, order, get_language() or order.language)
        if next_one:
            return render(request, "customer/code_wait.html", {"order": order, "ret": ret, "next_one": next_one})
        return redirect(_for_account("customer:code-enter", number, ret))
    return render(request, "customer/code.html", {"order": order, "ret": ret})


@require_http_methods(["GET", "HEAD", "POST"])
def code_enter(request: HttpRequest, number: str) -> HttpResponse:
    order = access.the_order(request, number)
    ret = _account_of(request, order)
    form = EnterCode(request.POST or None)
    if form.is_valid():
        if access.enter_code(request, order, form.cleaned_data["code"]):
            access.grant(request, order, access.ALL)
            if ret:
                return redirect("customer:return-account", ret.number)
            messages.success(request, _("You can now see everything about this order."))
            return redirect("customer:order", number)
        form.add_error("code", _("This code does not work – check it, or get a new one"))
    context = {"order": order, "form": form, "again": _for_account("customer:code", number, ret)}
    return render(request, "customer/code_enter.html", context, status=422 if form.errors else 200)


def _account_of(request: HttpRequest, order: Order) -> Return | None:
    number = request.GET.get("account", "").replace("\0", "")
    return access.returns_of(request).filter(order=order, number=number).first() if number else None


def _for_account(view: str, number: str, ret: Return | None) -> str:
    return reverse(view, args=[number]) + (f"?account={ret.number}" if ret else "")
