"""What came and nobody announced: each find waits here until a person knows whose it is, or where it goes."""

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from portal import words
from portal.staff import scans
from portal.staff.access import staff_page, their_shop
from portal.staff.queue import rail
from portal.staff.returns import sentence
from returns import goods
from returns.errors import ReturnsError
from returns.models import Photo, Return, Unexpected
from returns.queries import unexpected_open


class Settle(forms.Form):
    where = forms.ChoiceField(
        choices=list(words.FIND.items()), error_messages={"required": gettext_lazy("Select where it goes")}
    )
    words = forms.CharField(
        min_length=3,
        max_length=120,
        error_messages={
            "required": gettext_lazy("Write what you found out"),
            "min_length": gettext_lazy("Write what you found out"),
        },
    )


@staff_page
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    rows = list(unexpected_open(their_shop(request)).prefetch_related("photos")[:100])
    return render(request, "staff/unexpected.html", {"rows": rows, "ways": words.FIND, "rail": rail(request)})


def _find(request: HttpRequest, key) -> Unexpected:
    return get_object_or_404(unexpected_open(their_shop(request)), key=key)


@staff_page
@require_POST
def join(request: HttpRequest, key) -> HttpResponse:
    """It belongs to a return, which is opened at the bench; or to an order, of which staff pick what is here."""
    find = _find(request, key)
    found = scans.find(their_shop(request), request.POST.get("number", ""))
    if found.case:
        return _join(request, find, found.case)
    if found.order:
        return redirect(f"{reverse('staff:goods-in-order', args=[found.order.number_key])}?find={find.key}")
    if found.cases:
        numbers = ", ".join(ret.number for ret in found.cases)
        messages.error(
            request, _("There is more than one return: %(numbers)s. Enter one of them.") % {"numbers": numbers}
        )
    else:
        messages.error(request, _("We do not know this number. Enter a return, order or tracking number."))
    return redirect("staff:unexpected")


def _join(request: HttpRequest, find: Unexpected, ret: Return) -> HttpResponse:
    said = _("It belongs to %(number)s.") % {"number": ret.number}
    try:
        goods.resolve_unexpected(find, by=request.user, resolution=said, ret=ret)
    except ReturnsError as no:
        messages.error(request, sentence(no))
        return redirect("staff:unexpected")
    messages.success(request, said)
    return redirect("staff:goods-in-case", ret.number)


@staff_page
@require_POST
def settle(request: HttpRequest, key) -> HttpResponse:
    """Back to the sender, kept, or thrown away: in words, for whoever asks for it later."""
    find, form = _find(request, key), Settle(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect("staff:unexpected")
    with translation.override(find.shop.language):
        where = str(words.FIND[form.cleaned_data["where"]])
    try:
        goods.resolve_unexpected(find, by=request.user, resolution=f"{where}: {form.cleaned_data['words']}")
    except ReturnsError as no:
        messages.error(request, sentence(no))
    else:
        messages.success(request, _("It is settled and off the list."))
    return redirect("staff:unexpected")


@staff_page
@require_safe
def photo(request: HttpRequest, key, photo: int) -> FileResponse:
    row = get_object_or_404(Photo, pk=photo, unexpected__key=key, unexpected__shop=their_shop(request))
    response = FileResponse(row.file.open("rb"), content_type="image/webp")
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Content-Disposition"] = "inline"
    return response
