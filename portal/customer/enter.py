"""The ways in: by number and email or postcode, by a letter's link, by a code. And what every page leads to."""

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

from orders.models import Order
from portal.customer import access
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


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """C01: the order number with email or postcode opens the order at level 1."""
    shop = shop_of(request)
    if shop is None:
        return render(request, "customer/no_shop.html", status=503)
    if request.method == "GET":
        return render(
            request, "customer/home.html", {"form": FindOrder(initial={"number": request.GET.get("order", "")})}
        )
    form = FindOrder(request.POST)
    if form.is_valid():
        try:
            order = access.find(request, shop, form.cleaned_data["number"], form.cleaned_data["proof"])
        except access.Blocked:
            return too_many_tries(request)
        if order:
            access.grant(request, order, access.SEEN)
            return redirect("customer:order", order.number_key)
        form.add_error(
            "number", _("We cannot find an order with these details – check both, or find your order another way")
        )
    return render(request, "customer/home.html", {"form": form}, status=422)


@csrf_exempt
@require_POST
def from_shop(request: HttpRequest) -> HttpResponse:
    """The small form on a shop's own site: shows C01 filled in, looks nothing up."""
    form = FindOrder(
        initial={"number": request.POST.get("number", "")[:64], "proof": request.POST.get("proof", "")[:254]}
    )
    return render(request, "customer/home.html", {"form": form})


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


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The statement that Directive (EU) 2019/882 asks for: what holds, what nobody has checked, whom to tell."""
    return render(request, "customer/accessibility.html")


@require_safe
def letter_link(request: HttpRequest, secret: str) -> HttpResponse:
    """The link in a letter: into the session by 303, so that no address after it carries the secret."""
    token = access.letter_token(secret)
    if token is None or token.order is None:
        return render(request, "customer/link_ended.html", status=410)
    access.grant(request, token.order, access.ALL)
    if "language" not in request.session:
        request.session["language"] = token.order.language
    response = redirect(token.path)
    response.status_code = 303
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, number: str) -> HttpResponse:
    """Open the rest of the order: a POST sends an eight-digit code to the order's own email address. `?account=` names
    the return for whose bank account a code is wanted, also of whoever sees everything already."""
    order = access.the_order(request, number)
    ret = _account_of(request, order)
    if access.level(request, order) == access.ALL and not ret:
        return redirect("customer:order", number)
    if request.method == "POST":
        access.send_code(request, order, get_language() or order.language)
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
