"""Pictures of what is wrong, or words in their place: R04."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from orders.errors import Unreadable
from portal.customer.asking import (
    ask,
    go_on,
    line_of,
    page_of,
    question,
)
from portal.customer.fields import OwnWords
from returns import drafts
from returns.actions import PHOTO_DAYS
from returns.errors import TooMany
from returns.models import Photo, Return

MOST_BYTES = 10 * 1024 * 1024


class PhotoForm(forms.Form):
    photo = forms.FileField(
        error_messages={
            "required": gettext_lazy("Add a photo, or choose “I cannot take a photo”"),
            "empty": gettext_lazy("The selected file is empty – try again"),
        },
    )

    def clean_photo(self):
        if self.cleaned_data["photo"].size > MOST_BYTES:
            raise forms.ValidationError(_("The selected file must be smaller than 10 MB"))
        return self.cleaned_data["photo"]


@require_http_methods(["GET", "HEAD", "POST"])
@question
def photo(request: HttpRequest, ret: Return, position: int) -> HttpResponse:
    """R04. A photo is added and the page shown again; "Continue" goes on when there is one."""
    line = line_of(ret, position)
    adding = request.method == "POST" and (request.FILES or not line.photos.exists())
    form = PhotoForm(request.POST, request.FILES) if adding else PhotoForm()
    if adding and form.is_valid():
        try:
            drafts.add_photo(line, form.cleaned_data["photo"].read())
        except Unreadable:
            form.add_error(
                "photo", _("The selected file must be a JPG, PNG or WEBP picture that opens – try another one")
            )
        except TooMany:
            form.add_error("photo", _("You can add up to 5 photos – remove one first, or continue with these"))
    if request.method == "POST" and not form.errors:
        return go_on(ret)
    photos = list(line.photos.order_by("pk"))
    figures = {"most": drafts.MOST_PHOTOS, "photo_days": PHOTO_DAYS}
    return ask(request, "photo", form, ret, line=line, photos=photos, **figures)


class NoPhoto(forms.Form):
    words = OwnWords(
        label=gettext_lazy("Tell us what you see"),
        error_messages={"required": gettext_lazy("Write what you see, so that a person can decide")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@question
def no_photo(request: HttpRequest, ret: Return, position: int) -> HttpResponse:
    line = line_of(ret, position)
    form = NoPhoto(request.POST or None, initial={"words": line.words})
    if form.is_valid():
        drafts.answer_without_photo(line, form.cleaned_data["words"])
        return go_on(ret)
    return ask(request, "no_photo", form, ret, line=line)


@require_POST
@question
def remove_photo(request: HttpRequest, ret: Return, position: int, photo: int) -> HttpResponse:
    drafts.remove_photo(get_object_or_404(Photo, pk=photo, line=line_of(ret, position)))
    return redirect(page_of(ret, "photo", line_of(ret, position)))
