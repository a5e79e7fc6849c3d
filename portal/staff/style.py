"""The living style page: every part of the pages in every state, by the parts' own templates, light beside dark."""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from customers import colours
from customers.countries import country_name
from customers.models import Customer, Entry, Shop
from notices.samples import (
    MORNING,
    NUMBER,
    TODAY,
    TRACKING,
    in_days,
    sample_lines,
    sample_note,
    sample_order,
    sample_return,
)
from portal.brand import sheet_of
from portal.customer.orders import Parcel
from portal.faces import OWN_NAMES
from portal.staff.access import staff_page, their_shop
from portal.staff.letters import language_of
from portal.staff.queue import Row
from returns.models import Return
from shipments.models import Shipment, TrackingEvent

SCHEMES = ("light", "dark")
STEPS = ("4", "8", "12", "16", "24", "32", "48", "72")


@dataclass(frozen=True, slots=True)
class Measure:
    """One colour of the palette, and its contrast with the three grounds."""

    name: str
    colour: str
    ratios: list[float]


@staff_page
@require_safe
def style(request: HttpRequest) -> HttpResponse:
    language = language_of(request)
    with translation.override(language):
        shop = their_shop(request)
        context = {
            "language": language,
            "names": OWN_NAMES,
            "sides": [side(scheme, shop) for scheme in SCHEMES],
            "icons": icons(),
            "drawings": drawings(),
            "steps_of_space": STEPS,
            **samples(shop, language),
        }
        response = render(request, "staff/style.html", context)
    response["Content-Language"] = language
    return response


def side(scheme: str, shop: Shop) -> dict[str, Any]:
    """What differs between light and dark: names of fields, and the colours that were measured."""
    asked, wrong = Sample(prefix=scheme), Sample({}, prefix=f"{scheme}-wrong")
    wrong.is_valid()
    desk = Sample(prefix=f"{scheme}-desk")
    return {"scheme": scheme, "form": asked, "wrong": wrong, "desk": desk, "palette": palette(scheme, shop)}


class Sample(forms.Form):
    """One field of each kind."""

    number = forms.CharField(
        label=gettext_lazy("Order number"),
        help_text=gettext_lazy("It is in your order email."),
        error_messages={"required": gettext_lazy("Enter your order number")},
    )
    place = forms.ChoiceField(
        label=gettext_lazy("Address"),
        required=False,
        choices=lambda: [(code, country_name(code, get_language() or "en")) for code in ("DE", "GR")],
    )
    words = forms.CharField(
        label=gettext_lazy("In your words"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


def palette(scheme: str, shop: Shop) -> list[Measure]:
    dark = scheme == "dark"
    known = dict(colours.DARK if dark else colours.LIGHT)
    if sheet_of(shop):
        brand = colours.brand_of(shop.accent)
        shade = brand.dark if dark else brand.light
        known |= {"accent": shade.accent, "on-accent": shade.on_accent}
    grounds = [known[name] for name in colours.GROUNDS]
    return [
        Measure(name, colour, [colours.contrast(colour, ground) for ground in grounds])
        for name, colour in known.items()
        if name not in {*colours.GROUNDS, "on-accent", "on-bad"}
    ]


@lru_cache
def icons() -> list[str]:
    """All that are drawn."""
    return re.findall(r'<symbol id="([\w-]+)"', (settings.BASE_DIR / "static" / "img" / "icons.svg").read_text())


@lru_cache
def drawings() -> list[str]:
    """The templates of the small drawings."""
    folder = Path(settings.BASE_DIR, "templates", "parts", "drawings")
    return [f"parts/drawings/{path.name}" for path in sorted(folder.glob("*.html"))]


def samples(shop: Shop, language: str) -> dict[str, Any]:
    order = sample_order(shop, language)
    ret, lines = sample_return(order)
    note = sample_note(ret, lines)
    return {
        "order": order,
        "ret": ret,
        "level": 2,
        "today": TODAY,
        "pictures": {},
        "lines": sample_lines(order),
        "note": note,
        "parcels": [parcel(shop, order, state) for state in ("on_way", "late", "delivered", "lost")],
        "journeys": journeys(),
        "way_home": way_home(),
        "said": [
            Message(constants.SUCCESS, _("Saved. Customers see it from now on.")),
            Message(constants.INFO, _("Nothing was changed.")),
            Message(constants.WARNING, _("This change is too old. Try it again.")),
            Message(constants.ERROR, _("This did not work. Nothing was changed.")),
        ],
        "rows": [queue_row(ret, *how) for how in QUEUE],
        "entries": history(order),
    }


def parcel(shop: Shop, order: Any, state: str) -> Parcel:
    shipment = Shipment(
        shop=shop,
        order=order,
        carrier="dhl_parcel_de",
        tracking_number=TRACKING,
        delivered_at=MORNING,
        last_scan_at=MORNING - timedelta(days=4),
        looked_at=MORNING,
    )
    told = [("in_transit", 18, "Leipzig"), ("accepted", 11, "Halle")]
    scans = [
        TrackingEvent(at=MORNING - timedelta(hours=hours), status=status, text="Sendung bearbeitet", place=place)
        for status, hours, place in told
    ]
    return Parcel(
        shipment=shipment,
        state=state,
        carrier="DHL",
        promised=in_days(-1),
        expected=in_days(2),
        expected_from=None,
        steps=[],
        scans=scans if state == "on_way" else [],
    )


def journeys() -> list[list[tuple]]:
    """On its way; arrived; gone wrong."""
    names = ("ordered", "packed", "on_way", "delivered")
    days = [in_days(n) for n in (-6, -5, -4, 2)]
    marks = [("done", "done", "now", "next"), ("done", "done", "done", "done"), ("done", "done", "bad", "next")]
    return [list(zip(names, row, days, strict=True)) for row in marks]


def way_home() -> list[list[tuple]]:
    names = ("created", "handed", "here", "sent")
    days = [in_days(n) for n in (-6, -4, 0, 9)]
    marks = [("done", "done", "now", "next"), ("done", "done", "done", "done")]
    return [list(zip(names, row, days, strict=True)) for row in marks]


QUEUE = [
    ("settling", "late", -2),
    ("refund_failed", "urgent", 0),
    ("under_review", "soon", 0),
    ("received", "ok", 5),
]


def queue_row(ret: Return, state: str, chip: str, days: int) -> Row:
    case = Return(shop=ret.shop, order=ret.order, number=ret.number, state=state)
    return Row(
        ret=case, rank=1, ours="", chip=chip, promise=in_days(days), days_left=days, what=_("Linen shirt"), value=3990
    )


def history(order: Any) -> list[Entry]:
    customer = Customer(shop=order.shop)
    told = [("return.created", "customer", 3), ("return.approved", "rules", 3), ("return.received", "staff:sam", 1)]
    return [
        Entry(shop=order.shop, customer=customer, verb=verb, by=by, at=MORNING - timedelta(days=ago), number=NUMBER)
        for verb, by, ago in told
    ]
