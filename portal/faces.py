"""What customer and staff pages share: the shop, the languages, and the answers to what cannot be answered."""

from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from customers.models import Shop
from portal.brand import sheet_of
from portal.customer.access import assisting

FOR_EVER = "public, max-age=31536000, immutable"
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
    sheet = sheet_of(shop) if shop else None
    return {
        "shop": shop,
        "brand_sheet": reverse("brand", args=[sheet.digest]) if sheet else "",
        "shop_hours": shop.hours_in(language) if shop else "",
        "assisting": assisting(request) if hasattr(request, "session") else "",
        "languages": [(code, name, code == language) for code, name in OWN_NAMES.items()],
    }


@require_safe
def brand(request: HttpRequest, digest: str) -> HttpResponse:
    """The shop's own colours and corners. An address of before a change answers with those of now, kept by nobody."""
    shop = shop_of(request)
    sheet = sheet_of(shop) if shop else None
    if sheet is None:
        raise Http404
    response = HttpResponse(sheet.text, content_type="text/css; charset=utf-8")
    if sheet.digest == digest:
        response["Cache-Control"] = FOR_EVER
    return response


@require_safe
def logo(request: HttpRequest, name: str) -> FileResponse:
    """Only a shop's present one; its name never names another file."""
    row = get_object_or_404(Shop, logo=f"logos/{name.replace(chr(0), '')}")
    response = FileResponse(row.logo.open("rb"), content_type="image/webp")
    response["Cache-Control"] = FOR_EVER
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


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
