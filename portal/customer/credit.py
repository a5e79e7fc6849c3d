"""Her store credit: what it holds, what became of it, the code to pay with, and the way back to money."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders.models import Order
from portal.customer import access
from returns import credit as ledger
from returns.errors import NotNow
from returns.models import Return


@require_safe
def credit(request: HttpRequest, number: str) -> HttpResponse:
    """At level 2 only: whoever has the code can spend it."""
    order = access.the_order(request, number)
    if access.level(request, order) != access.ALL:
        return redirect("customer:code", number)
    context = {
        "order": order,
        "credits": [
            (row, ledger.balance(row), ledger.sources(row), list(row.entries.order_by("-pk")))
            for row in ledger.credits_of(order.customer)
        ],
        "going_back": list(_going_back(order)),
    }
    return render(request, "customer/credit.html", context)


def _going_back(order: Order):
    """The returns of this order whose credit may still become money: (return, sum, last day)."""
    for ret in order.returns.exclude(state=Return.State.DRAFT).select_related("shop", "order"):
        found = ledger.may_go_back(ret)
        if ledger.as_money(found):
            yield ret, ledger.as_money(found), ledger.last_day_back(ret.shop, found[0].entry)


@require_POST
def back(request: HttpRequest, number: str) -> HttpResponse:
    """She wants money after all."""
    order = access.the_order(request, number)
    if access.level(request, order) != access.ALL:
        return redirect("customer:code", number)
    ret = get_object_or_404(order.returns.all(), number=request.POST.get("return", "").replace("\0", ""))
    try:
        ledger.back(ret, by=access.actor(request))
    except NotNow:
        messages.warning(request, _("This cannot become money any more. Talk to a person."))
    else:
        messages.success(request, _("You get money in place of this store credit."))
    return redirect("customer:credit", number)
