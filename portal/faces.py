"""What customer and staff pages share: the shop, the languages, and the answers to what cannot be answered."""

from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language

from customers.models import Shop
from portal.customer.access import assisting

OWN_NAMES = {"en": "English", "de": "Deutsch", "el": "Ελληνικά", "vi": "Tiếng Việt"}


def shop_of(request: HttpRequest) -> Shop | None:
    """The shop whose portal this is: the one that named this host, else the one that named none."""
    if not hasattr(request, "shop"):
        host = request.get_host().partition(":")[0]
        shops = Shop.objects.filter(domain__in=["", host]).order_by("-domain", "pk")
        request.shop = shops.first()  # type: ignore[attr-defined]
    return request.shop  # type: ignore[attr-defined]


def everywhere(request: HttpRequest) -> dict:
    language = get_language() or settings.LANGUAGE_CODE
    try:
        shop = shop_of(request)
    except DisallowedHost:  # the page that says so has no shop
        shop = None
    return {
        "shop": shop,
        "shop_hours": shop.hours_in(language) if shop else "",
        "assisting": assisting(request) if hasattr(request, "session") else "",
        "languages": [(code, name, code == language) for code, name in OWN_NAMES.items()],
    }


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was opened too long ago, or cookies are off: say what to do, never why in our words."""
    return render(request, "403_csrf.html", status=403)


def too_many_tries(request: HttpRequest, until: datetime | None = None) -> HttpResponse:
    """The wait page. The wait is rounded up to ten minutes, which tells nobody how the counts lie."""
    left = (until or timezone.now()) - timezone.now()
    minutes = 10 * max(1, ceil(left / timedelta(minutes=10)))
    context = {"minutes": minutes, "hours": ceil(minutes / 60)}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(60 * minutes)
    return response
