"""The carriers of the shop: which account works, how much of its quota is used, and which parcels wait for one."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from carriers import CARRIERS, adapter_class, can_track, carrier_name, offers
from orders.queries import orders_numbered
from portal.hooks.carriers import hook_url
from portal.staff.access import staff_page, their_shop
from portal.staff.queue import rail
from shipments.accounts import calls_a_day, check_account, used_today
from shipments.models import CarrierAccount, Lane, Shipment
from shipments.queries import followed_parcels, parcel_at
from shipments.whose import correct_carrier


@dataclass
class Desk:
    """One account as the page shows it."""

    account: CarrierAccount
    followed: int
    calls: int
    a_day: int | None
    resting: bool
    checked_against: str
    hook: str
    lanes: list[Lane]


@staff_page
@require_safe
def carriers(request: HttpRequest) -> HttpResponse:
    shop = their_shop(request)
    followed = followed_parcels(shop)
    lanes = list(Lane.objects.filter(shop=shop, service="", weekday=-1).order_by("-parcels"))
    accounts = {row.carrier: row for row in CarrierAccount.objects.filter(shop=shop).order_by("pk")}
    context = {
        "desks": [_desk(row, followed.get(slug, 0), lanes) for slug, row in accounts.items() if slug in CARRIERS],
        "without": [(slug, count) for slug, count in followed.items() if slug not in accounts and can_track(slug)],
        "rail": rail(request),
    }
    return render(request, "staff/carriers.html", context)


def _desk(row: CarrierAccount, followed: int, lanes: list[Lane]) -> Desk:
    now = timezone.now()
    adapter = adapter_class(row.carrier)
    return Desk(
        account=row,
        followed=followed,
        calls=used_today(row, now),
        a_day=calls_a_day(row, adapter.pace),
        resting=bool(row.resting_until and row.resting_until > now),
        checked_against=adapter.checked_against,
        lanes=[lane for lane in lanes if lane.carrier == row.carrier],
        hook=hook_url(row) if "parse_webhook" in offers(row.carrier) else "",
    )


@staff_page
@require_POST
def check(request: HttpRequest, carrier: str) -> HttpResponse:
    account = get_object_or_404(CarrierAccount, shop=their_shop(request), carrier=carrier)
    if check_account(account):
        messages.error(request, _("%(carrier)s does not work yet. What is wrong stands below.") % _name(carrier))
    else:
        messages.success(request, _("The account with %(carrier)s works.") % _name(carrier))
    return redirect("staff:carriers")


def _name(carrier: str) -> dict[str, str]:
    return {"carrier": carrier_name(carrier)}


@staff_page
@require_POST
def correct(request: HttpRequest, number: str, position: int) -> HttpResponse:
    """It is another carrier's parcel."""
    order = orders_numbered(their_shop(request), number).first()
    parcel = order and parcel_at(order, position)
    if not order or not parcel:
        raise Http404
    slug = request.POST.get("carrier", "")
    if correct_carrier(parcel, slug, by=request.user, source=Shipment.CarrierFrom.STAFF):
        messages.success(request, _("%(carrier)s is asked about this parcel now.") % _name(slug))
    else:
        messages.error(request, _("This did not work. Nothing was changed."))
    return redirect("staff:order", order.number_key)
