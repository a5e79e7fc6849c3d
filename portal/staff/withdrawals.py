"""Statements of withdrawal that wait for a person: find the order and its items, or see that there is none."""

from collections.abc import Iterable

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from notices.models import Letter
from orders.models import Order
from orders.queries import orders_found, orders_numbered
from portal.staff.access import staff_page, their_shop
from portal.staff.queue import rail
from portal.staff.returns import sentence
from returns import withdrawals
from returns.clocks import first_due
from returns.errors import ReturnsError
from returns.models import Withdrawal

MOST_ORDERS = 8


class Close(forms.Form):
    why = forms.CharField(
        label=gettext_lazy("Why is there no contract of ours in it?"),
        min_length=10,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": gettext_lazy("Write what you found, so that a colleague understands"),
            "min_length": gettext_lazy("Write a whole sentence, so that a colleague understands"),
        },
    )


@staff_page
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """The oldest first: its money is due first."""
    shop = their_shop(request)
    page = Paginator(withdrawals.waiting(shop), 50).get_page(request.GET.get("page"))
    rows = [(row, first_due(shop.today(row.received_at))) for row in page]
    unsent = list(_unsent(request).order_by("pk")[:50])
    context = {"page": page, "rows": rows, "unsent": unsent, "today": shop.today(), "rail": rail(request)}
    return render(request, "staff/withdrawals.html", context)


def _unsent(request: HttpRequest):
    """Acknowledgements that could not be sent."""
    return Letter.objects.filter(shop=their_shop(request), kind="withdrawal.received", state=Letter.State.FAILED)


@staff_page
@require_safe
def withdrawal(request: HttpRequest, number: str) -> HttpResponse:
    return _page(request, _theirs(request, number))


def _theirs(request: HttpRequest, number: str) -> Withdrawal:
    rows = Withdrawal.objects.filter(shop=their_shop(request)).select_related("shop", "order__customer", "ret")
    return get_object_or_404(rows, number=number.upper())


def _page(request: HttpRequest, row: Withdrawal, form: Close | None = None) -> HttpResponse:
    order = _chosen(request, row)
    context = {
        "withdrawal": row,
        "order": order,
        "lines": _lines(row, order) if order else [],
        "found": [] if row.opened_at else [each for each in _perhaps(row) if each != order],
        "letters": list(Letter.objects.filter(number=row.number).order_by("-pk")),
        "due": first_due(row.shop.today(row.received_at)),
        "form": form or Close(),
        "rail": rail(request),
    }
    return render(request, "staff/withdrawal.html", context, status=422 if form else 200)


def _chosen(request: HttpRequest, row: Withdrawal) -> Order | None:
    """The order that was asked for, else the one it is matched with."""
    asked = request.GET.get("order", "").replace("\0", "").strip()[:100]
    return orders_numbered(row.shop, asked).first() if asked else row.order


def _lines(row: Withdrawal, order: Order) -> list[tuple]:
    """Line, how many can be withdrawn, how many her statement means; nothing where it is said in her own words."""
    left = withdrawals.withdrawable(order)
    meant = {int(pk): number for pk, number in row.units.items()} or (left if not row.items else {})
    return [(line, left[line.pk], min(meant.get(line.pk, 0), left[line.pk])) for line in order.lines.all()]


def _perhaps(row: Withdrawal) -> Iterable[Order]:
    """Orders whose number, address or name she may have typed."""
    numbered = Order.objects.filter(shop=row.shop, number_key__in=withdrawals.numbers_in(row.contract))
    found = {order.pk: order for order in numbered.select_related("customer")[:MOST_ORDERS]}
    for words in (row.email, row.name):
        found |= {order.pk: order for order in orders_found(row.shop, words)[:MOST_ORDERS]}
    return list(found.values())[:MOST_ORDERS]


@staff_page
@require_POST
def join(request: HttpRequest, number: str) -> HttpResponse:
    row = _theirs(request, number)
    order = orders_numbered(row.shop, request.POST.get("order", "").replace("\0", "")).first()
    try:
        units = {line.pk: _units(request, line.pk) for line in order.lines.all()} if order else {}
    except ValueError:
        units = {}
    if order is None or not any(units.values()) or min(units.values()) < 0:
        messages.error(request, _("Choose an order and say how many of its items, in digits."))
        return redirect("staff:withdrawal", number)
    try:
        joined = withdrawals.join(row, order, {pk: many for pk, many in units.items() if many}, by=request.user)
    except ReturnsError as no:
        messages.error(request, sentence(no))
        return redirect("staff:withdrawal", number)
    messages.success(request, _("The case is open. The customer gets an email."))
    return redirect("staff:return", joined.ret.number) if joined.ret else redirect("staff:withdrawals")


def _units(request: HttpRequest, pk: int) -> int:
    return int(request.POST.get(f"quantity-{pk}", "").strip() or 0)


@staff_page
@require_POST
def close(request: HttpRequest, number: str) -> HttpResponse:
    row, form = _theirs(request, number), Close(request.POST)
    if not form.is_valid():
        return _page(request, row, form)
    try:
        withdrawals.close(row, by=request.user, why=form.cleaned_data["why"])
    except ReturnsError as no:
        messages.error(request, sentence(no))
    else:
        messages.success(request, _("It is closed. Its words are kept."))
    return redirect("staff:withdrawals")


@staff_page
@require_POST
def send_again(request: HttpRequest, number: str) -> HttpResponse:
    """The acknowledgement goes on the pile once more."""
    row = _theirs(request, number)
    again = _unsent(request).filter(number=row.number)
    if again.update(state=Letter.State.WAITING, tries=0, send_after=timezone.now()):
        messages.success(request, _("The email is on its way again."))
    else:
        messages.error(request, _("This did not work. Nothing was changed."))
    return redirect("staff:withdrawal", number)
