"""Find an order and read how it stands."""

from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from carriers import carrier_name
from carriers.taxonomy import needs_action
from orders.models import Order, Picture, number_key
from orders.pictures import pictures_of
from portal import words
from portal.customer import access
from returns import credit
from returns.models import Refund, Return
from returns.queries import has_left
from shipments.models import Shipment
from shipments.promise import customer_state, expected, expected_from, promised
from shipments.queries import parcel_at, parcels_of
from shipments.whose import choices, correct_carrier, may_be_another, tracking_page


@dataclass
class Parcel:
    """One parcel as the order page shows it."""

    shipment: Shipment
    state: str
    carrier: str
    promised: date | None
    expected: date | None
    expected_from: date | None
    steps: list[tuple[str, str, date | None]]
    scans: list
    why: str = ""  # a key of words.WHY
    act: bool = False  # somebody must do something, or it goes back
    url: str = ""  # the carrier's own page
    others: list[str] = field(default_factory=list)  # carriers it may be instead


@require_safe
def order(request: HttpRequest, number: str) -> HttpResponse:
    """C03: the answer first, then the steps, the items, and every scan."""
    found = access.orders_of(request).filter(number_key=number_key(number)).first()
    if found is None:
        return redirect(f"/?{urlencode({'order': number})}")
    # Read with the order: the page need not ask for it again.
    request.shop = found.shop  # type: ignore[attr-defined]
    level = access.level(request, found)
    now = timezone.now()
    returns = list(found.returns.exclude(state=Return.State.DRAFT).order_by("pk"))
    parcels = [_parcel(row, found, now) for row in parcels_of(found)]
    if level == access.ALL:
        for parcel in parcels:
            parcel.url = tracking_page(parcel.shipment)
            parcel.others = _by_name(parcel) if may_be_another(parcel.shipment) else []
    lines = list(found.lines.all())
    still_here = not any(has_left(parcel.shipment) for parcel in parcels)
    context = {
        "pictures": pictures_of(found.shop, {line.picture for line in lines if line.picture}),
        "order": found,
        "level": level,
        "parcels": parcels,
        "arrived": sum(parcel.state == "delivered" for parcel in parcels),
        "ask_a_person": any(parcel.state in LEFT_TO_A_PERSON or parcel.act for parcel in parcels),
        "lines": lines,
        "today": found.shop.today(now),
        "returns": returns,
        "form_key": uuid4(),
        "may_cancel": still_here and any(line.left for line in lines),
        "may_return": not still_here and any(line.left for line in lines),
        "has_credit": level == access.ALL and credit.credits_of(found.customer).exists(),
        "has_money": bool(returns) and Refund.objects.filter(ret__in=returns).exists(),
    }
    return render(request, "customer/order.html", context)


def _by_name(parcel: Parcel) -> list[str]:
    """Of two carriers with one name (DHL has two doors) she is shown the likelier one."""
    named = {carrier_name(slug): slug for slug in reversed(choices(parcel.shipment))}
    return [slug for name, slug in reversed(named.items()) if name != parcel.carrier]


@require_POST
def carrier(request: HttpRequest, number: str, position: int) -> HttpResponse:
    """She knows better whose parcel it is: only at level 2, and only where nobody has said it for certain."""
    found = access.the_order(request, number)
    if access.level(request, found) != access.ALL:
        return redirect("customer:code", number)
    parcel = parcel_at(found, position)
    if parcel is None:
        raise Http404
    chosen = request.POST.get("carrier", "")
    if correct_carrier(parcel, chosen, by="customer", source=Shipment.CarrierFrom.CUSTOMER):
        messages.success(request, _("Thank you. We ask this carrier now."))
    else:
        messages.error(request, _("This did not work. Nothing was changed."))
    return redirect("customer:order", number)


# What only a person can put right: the page leads there first.
LEFT_TO_A_PERSON = {"lost", "damaged", "silent", "going_back"}


def _parcel(row: Shipment, order: Order, now) -> Parcel:
    state = customer_state(row, now)
    row.order, row.shop = order, order.shop
    return Parcel(
        shipment=row,
        state=state,
        carrier=carrier_name(row.carrier),
        promised=promised(row),
        expected=expected(row, order.shop.today(now)),
        expected_from=expected_from(row, order.shop.today(now)),
        steps=_steps(row, order, state, now),
        scans=list(reversed(row.events.all())),
        why=row.sub_status if row.sub_status in words.WHY and state not in SAYS_IT_ALL else "",
        act=bool(row.sub_status in words.WHY and needs_action(row.status, row.sub_status) and state != "collect"),
    )


# Of these the answer itself says why.
SAYS_IT_ALL = {"packing", "silent", "damaged", "lost", "going_back", "cancelled"}


def _steps(row: Shipment, order: Order, state: str, now) -> list[tuple[str, str, date | None]]:
    """Ordered · Packed · On its way · Delivered: (step, done/now/next/bad, its day)."""
    local = order.shop.today
    first = {event.status: event.at for event in reversed(row.events.all())}
    packed = min((at for status, at in first.items() if status != "unknown"), default=None)
    moving = min((at for status, at in first.items() if status not in {"pre_transit", "unknown"}), default=None)
    arrived = state == "delivered"
    trouble = state in {"cancelled", "missed", "late", *LEFT_TO_A_PERSON}
    no_day = trouble and state != "late"
    way = "done" if arrived else "bad" if trouble and moving else "now" if moving else "next"
    return [
        ("ordered", "done", local(order.placed_at)),
        ("packed", "done" if packed else "now", local(packed) if packed else row.shipped_on),
        ("on_way", way, local(moving) if moving else None),
        (
            "delivered",
            "done" if arrived else "next",
            local(row.delivered_at) if row.delivered_at else None if no_day else expected(row, local(now)),
        ),
    ]


@require_safe
def picture(request: HttpRequest, name: str) -> FileResponse:
    """An item's picture. It is the shop's own and nobody's secret; its name never names another file."""
    row = get_object_or_404(Picture, file=f"pictures/{name.replace(chr(0), '')}")
    response = FileResponse(row.file.open("rb"), content_type="image/webp")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
