"""R08: where can she hand it in? The carrier of the box is asked by us, never by her browser."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from carriers import carrier_name
from carriers.base import DropOff, Near
from carriers.errors import BadRequest, CarrierError, NotOffered
from carriers.opening import Now, Opening, opening
from orders.models import Order
from portal.customer import access, limits
from returns.models import Return
from returns.policy.law import holidays_of
from returns.queries import labelled_parcels
from shipments.places import has_places, page_of_places, places_near

ASKED = ((20, limits.HOUR), (60, limits.DAY))  # how often a carrier is asked for one order

# A postcode: 30161, 104 31, 00-075, SW1A 1AA, 1106 LN, D02 X285.
CODE = r"[A-Za-z]{0,2}\d[A-Za-z0-9]{0,4}(?:[ -]?(?:\d{2,4}|\d?[A-Za-z]{2}|(?=[A-Za-z]*\d)[A-Za-z0-9]{4}))?"
SHORTEST = 4  # digits and letters
LEADING = re.compile(rf"({CODE})\s+(\D+)")


class Where(forms.Form):
    near = forms.CharField(
        min_length=3,
        max_length=100,
        label=gettext_lazy("Postcode, town or street"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
        error_messages={
            "required": gettext_lazy("Enter a postcode, a town or a street"),
            "min_length": gettext_lazy("Enter at least 3 letters or digits"),
            "max_length": gettext_lazy("Enter at most 100 letters and digits"),
        },
    )


@dataclass(frozen=True)
class Found:
    """One place as the page tells of it."""

    place: DropOff
    opening: Opening
    today: date | None  # there

    @property
    def opens_in(self) -> int | None:
        """In how many days it opens next; also after how many it closes."""
        return (self.opening.at.date() - self.today).days if self.opening.at and self.today else None


@require_safe
def places(request: HttpRequest, number: str) -> HttpResponse:
    """One question; under it the places, those that are open now first. Only while a box waits to be handed in."""
    ret = access.the_return(request, number)
    carrier = carrier_of(ret)
    country = ret.order.address.get("country", "")
    url = page_of_places(carrier, country)
    if not (has_places(carrier) or url):
        return redirect("customer:return", ret.number)
    form, near = _form(request, ret.order), ""
    found: list[Found] = []
    trouble = "" if has_places(carrier) else "not_offered"
    if form.is_valid() and not trouble:
        near = form.cleaned_data["near"]
        found, trouble = _look(ret, carrier, near_of(country, near), timezone.now())
    context = {
        "ret": ret,
        "order": ret.order,
        "carrier": carrier_name(carrier),
        "form": form,
        "near": near,
        "found": found,
        "trouble": trouble,
        "again_at": limits.free_at("places", str(ret.order_id), ASKED) if trouble == "often" else None,
        "url": url,
        "by_code": ret.way == "code",
        "unsure": ret.way == "code" and not all(each.place.unprinted for each in found),
    }
    return render(request, "customer/return/places.html", context, status=422 if form.errors else 200)


def carrier_of(ret: Return) -> str:
    """Of the boxes that wait to be handed in; "" when none does."""
    if ret.state != Return.State.AWAITING_DROPOFF or ret.send_by is None or ret.send_by < ret.shop.today():
        return ""
    box = labelled_parcels(ret).first()
    return box.shipment.carrier if box and box.shipment else ""


def may_look(ret: Return) -> bool:
    """Whether there is something to be found here: places, or the carrier's own page for them."""
    carrier = carrier_of(ret)
    return has_places(carrier) or bool(page_of_places(carrier, ret.order.address.get("country", "")))


def _form(request: HttpRequest, order: Order) -> Where:
    if "near" in request.GET:
        return Where(request.GET)
    everything = access.level(request, order) == access.ALL
    return Where(initial={"near": order.address.get("postcode", "")} if everything else None)


def near_of(country: str, typed: str) -> Near:
    """What she typed, as far as it tells its parts: a postcode, "postcode town", "street, [postcode] town", else a
    street when there is a number in it, or a town."""
    street, _, town = (part.strip() for part in typed.rpartition(","))
    if re.fullmatch(CODE, town):
        return Near(country, postcode=town, street=street)
    match = LEADING.fullmatch(town)
    if match and sum(map(str.isalnum, match[1])) >= SHORTEST:  # fewer are a house number: 12 Main Street
        return Near(country, postcode=match[1], city=match[2], street=street)
    if not street and any(map(str.isdigit, town)):
        return Near(country, street=town)
    return Near(country, city=town, street=street)


def _look(ret: Return, carrier: str, near: Near, now: datetime) -> tuple[list[Found], str]:
    """What was found; without, why not: nothing, not_offered, often, or silent."""
    if limits.claim("places", str(ret.order_id), ASKED):
        return [], "often"
    try:
        told = places_near(ret.shop, carrier, near)
    except BadRequest:
        told = []
    except NotOffered:
        return [], "not_offered"
    except CarrierError:
        return [], "silent"
    holidays = holidays_of(near.country, now.year) | holidays_of(near.country, now.year + 1)
    found = [_found(place, now, holidays) for place in told]
    return in_order(found, by_code=ret.way == "code"), "" if found else "nothing"


def _found(place: DropOff, now: datetime, holidays: frozenset[date]) -> Found:
    return Found(place, opening(place, now, holidays), now.astimezone(place.zone).date() if place.zone else None)


def in_order(found: Iterable[Found], *, by_code: bool) -> list[Found]:
    """Open ones first, of them those that take her code; else as the carrier has them, the nearest first."""

    def rank(each: Found) -> tuple[bool, bool]:
        return each.opening.now not in {Now.ALWAYS, Now.OPEN}, by_code and not each.place.unprinted

    return sorted(found, key=rank)
