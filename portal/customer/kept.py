"""The code of a return without a connection: the page that the browser keeps, and the service worker that shows it."""

from datetime import datetime, time, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from portal.customer import access
from portal.customer.returns import codes_of
from returns.models import Return


@require_safe
def kept(request: HttpRequest, number: str) -> HttpResponse:
    """The code, its number and the last day, and nothing about the person. `X-Kept-Until`: milliseconds since 1970,
    the end of that day; the browser throws the page away then. At level 2 only, like the code itself."""
    ret = access.the_return(request, number)
    if access.level(request, ret.order) != access.ALL:
        return redirect("customer:code", ret.order.number_key)
    codes = codes_of(ret)
    if ret.state != Return.State.AWAITING_DROPOFF or not codes or ret.send_by is None:
        raise Http404
    response = render(request, "customer/return/kept.html", {"ret": ret, "codes": codes})
    ends = datetime.combine(ret.send_by + timedelta(days=1), time(), ret.shop.zone)
    response["X-Kept-Until"] = str(int(ends.timestamp() * 1000))
    return response


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker of returns alone: it lies here because its address says how far it reaches."""
    return render(request, "customer/return/kept_worker.js", content_type="text/javascript")
