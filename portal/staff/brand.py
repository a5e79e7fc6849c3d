"""How the shop looks to its customers: colour, corners and logo, tried on real parts before they are kept."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from customers.brand import KEPT, change_brand
from customers.colours import brand_of, is_colour
from customers.models import Entry, Shop
from notices.samples import in_days
from orders.errors import Unreadable
from orders.pictures import logo_made_anew
from portal import words
from portal.brand import measured, rules
from portal.staff.access import their_shop
from portal.staff.policy import publisher_page
from portal.staff.queue import rail

LARGEST_LOGO = 2 * 1024 * 1024


class Look(forms.Form):
    """A colour, written #rrggbb or rrggbb; empty is ours."""

    accent = forms.CharField(
        label=gettext_lazy("Your colour"),
        help_text=gettext_lazy("Six digits after a #, for example #0b6e5f. Leave it empty for our green."),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"class": "colour-text", "autocomplete": "off", "spellcheck": "false"}),
    )
    corners = forms.ChoiceField(
        label=gettext_lazy("Corners"),
        choices=list(words.CORNERS.items()),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose the corners"),
            "invalid_choice": gettext_lazy("Choose the corners"),
        },
    )

    def clean_accent(self) -> str:
        text = self.cleaned_data["accent"].lower()
        colour = text if text.startswith("#") or not text else f"#{text}"
        if colour and not is_colour(colour):
            raise forms.ValidationError(_("Write the colour as # and six digits, for example #0b6e5f"))
        return colour


class Change(Look):
    logo = forms.FileField(
        label=gettext_lazy("Logo"),
        help_text=gettext_lazy("PNG, JPG or WEBP, up to 2 MB. It stands in place of your shop's name at the top."),
        required=False,
        error_messages={"empty": gettext_lazy("The file is empty. Choose another one")},
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    no_logo = forms.BooleanField(label=gettext_lazy("Take the logo away"), required=False)

    def clean_logo(self) -> bytes | None:
        """Made anew from its pixels."""
        upload = self.cleaned_data["logo"]
        if upload is None:
            return None
        if upload.size > LARGEST_LOGO:
            raise forms.ValidationError(_("The logo must be smaller than 2 MB"))
        try:
            return logo_made_anew(upload.read())
        except Unreadable as error:
            raise forms.ValidationError(_("Choose a PNG, JPG or WEBP picture")) from error


@publisher_page
@require_http_methods(["GET", "HEAD", "POST"])
def brand(request: HttpRequest) -> HttpResponse:
    """Show without keeping, or save."""
    shop = their_shop(request)
    now = {"accent": shop.accent, "corners": shop.corners}
    form = Change(request.POST or None, request.FILES or None, initial=now)
    if form.is_valid() and "show" not in request.POST:
        _save(request, shop, form.cleaned_data)
        return redirect("staff:brand")
    given = form.cleaned_data if form.is_bound else {}
    shown = {name: given.get(name, value) for name, value in now.items()}
    last = Entry.objects.filter(shop=shop, verb="shop.brand_changed").last()
    context = {"form": form, "last": last, "rail": rail(request), **looks(**shown)}
    return render(request, "staff/brand.html", context, status=422 if form.errors else 200)


def _save(request: HttpRequest, shop: Shop, given: dict[str, Any]) -> None:
    logo = given["logo"] or (None if given["no_logo"] else KEPT)
    if change_brand(shop, by=request.user, accent=given["accent"], corners=given["corners"], logo=logo):
        messages.success(request, _("Saved. Customers see it from now on."))
    else:
        messages.info(request, _("Nothing was changed."))


def looks(accent: str, corners: str) -> dict[str, Any]:
    """The preview: what is used, and how well each place can be read."""
    used = brand_of(accent)
    query = QueryDict(mutable=True)
    query.update({"accent": accent.removeprefix("#"), "corners": corners})
    light, dark = measured(used, dark=False), measured(used, dark=True)
    return {
        "used": used,
        "shifted": used.shifted,
        "look_query": query.urlencode(),
        "rows": list(zip(light, dark, strict=True)),
        "sample_steps": sample_steps(),
    }


def sample_steps() -> list[tuple[str, str, date | None]]:
    """A parcel on its way."""
    days = [in_days(ago) for ago in (-6, -5, -4, 2)]
    return list(zip(("ordered", "packed", "on_way", "delivered"), ("done", "done", "now", "next"), days, strict=True))


@publisher_page
@require_safe
def look(request: HttpRequest) -> HttpResponse:
    """The preview alone, for the page's script while a colour is being typed."""
    form = Look(request.GET)
    if not form.is_valid():
        return HttpResponse(status=422)
    return render(request, "staff/brand_look.html", looks(**form.cleaned_data))


@publisher_page
@require_safe
def look_css(request: HttpRequest) -> HttpResponse:
    """The style sheet of the preview: nothing of it is kept, and it reaches nothing else on the page."""
    form = Look(request.GET)
    if not form.is_valid():
        return HttpResponse(status=422)
    text = rules(form.cleaned_data["accent"], form.cleaned_data["corners"], where=".look")
    return HttpResponse(text, content_type="text/css; charset=utf-8")
