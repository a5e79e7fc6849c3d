"""Cancel an order that has not left the house yet."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from orders.models import Order
from portal.customer import access
from returns import actions
from returns.errors import TooMany
from returns.kinds import Kind, Reason
from returns.queries import not_sent_yet


def may_cancel(order: Order) -> bool:
    return not_sent_yet(order) and any(line.left for line in order.lines.all())


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """She does not want it any more; a person stops it, if it has not left."""
    order = access.the_order(request, number)
    if not may_cancel(order):
        return redirect("customer:order", order.number_key)
    if request.method == "POST":
        try:
            ret = actions.open_for(
                order,
                {line.pk: line.left for line in order.lines.all() if line.left},
                kind=Kind.CANCEL,
                reason=Reason.CHANGED_MIND,
                by=access.actor(request),
                language=access.language(request, order),
                asks=["not_sent_yet"],
            )
        except TooMany:  # pressed twice: the first one took the units
            return redirect("customer:order", order.number_key)
        access.remember_draft(request, ret)
        return redirect("customer:return", ret.number)
    return render(request, "customer/cancel_order.html", {"order": order})
