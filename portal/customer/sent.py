"""What the customer can still do with a return that was sent: answer, prove, add a box, take an offer or disagree."""

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders.errors import Unreadable
from orders.pictures import made_anew
from portal.customer import access
from portal.customer.fields import OwnWords
from portal.customer.photos import MOST_BYTES
from returns import actions, deductions, parcels, receipts
from returns.errors import NotNow, ReturnsError, TooMany
from returns.models import Deduction, Photo, Return, ReturnParcel

NOT_NOW = gettext_lazy("This has changed meanwhile. This is how it stands now.")


def hers(view):
    """Only for whoever opened everything of the order, or began this very return."""

    def page(request: HttpRequest, number: str, **more) -> HttpResponseBase:
        ret = access.the_return(request, number)
        if not access.may_change(request, ret):
            return redirect("customer:code", ret.order.number_key)
        try:
            return view(request, ret, **more)
        except NotNow:
            messages.warning(request, NOT_NOW)
            return redirect("customer:return", number)

    return page


class Answer(forms.Form):
    answer = OwnWords(error_messages={"required": gettext_lazy("Write your answer, so that we can go on")})


@require_http_methods(["GET", "HEAD", "POST"])
@hers
def answer(request: HttpRequest, ret: Return) -> HttpResponse:
    """We need one thing from her; at level 2 only, because our words are hers to read."""
    asked = ret.questions.filter(answered_at=None).first()
    if asked is None:
        return redirect("customer:return", ret.number)
    if access.level(request, ret.order) != access.ALL:
        return redirect("customer:code", ret.order.number_key)
    form = Answer(request.POST or None)
    if form.is_valid():
        actions.answer(ret, by=access.actor(request), text=form.cleaned_data["answer"])
        messages.success(request, _("Thank you. A person goes on with your return."))
        return redirect("customer:return", ret.number)
    return _page(request, "answer", ret, form, asked=asked)


class Disagree(forms.Form):
    words = OwnWords(required=False, label=gettext_lazy("Why? You can leave this empty"))


@require_http_methods(["GET", "HEAD", "POST"])
@hers
def disagree(request: HttpRequest, ret: Return) -> HttpResponse:
    """R13 for a request that was rejected: a second person looks."""
    form = Disagree(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.contest(ret, by=access.actor(request), words=form.cleaned_data["words"])
        except TooMany:
            messages.warning(request, _("These items are in another return now. Open that one, or talk to a person."))
        else:
            messages.success(request, _("A second person looks at this now."))
        return redirect("customer:return", ret.number)
    return _page(request, "disagree", ret, form)


class Choice(forms.Form):
    choice = forms.ChoiceField(
        choices=[("take", ""), ("back", ""), ("contest", "")],
        error_messages={"required": gettext_lazy("Select what you would like")},
    )
    words = OwnWords(required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@hers
def offer(request: HttpRequest, ret: Return, offer: int) -> HttpResponse:
    """R13: we offer less, with our pictures; she takes it, wants it back, or does not agree."""
    row = get_object_or_404(Deduction.objects.select_related("line__order_line"), pk=offer, line__ret=ret)
    if row.state != Deduction.State.PROPOSED:
        return redirect("customer:return", ret.number)
    if access.level(request, ret.order) != access.ALL:
        return redirect("customer:code", ret.order.number_key)
    form = Choice(request.POST or None)
    if form.is_valid():
        by, words = access.actor(request), form.cleaned_data["words"]
        if form.cleaned_data["choice"] == "take":
            deductions.take(row, by=by)
        elif form.cleaned_data["choice"] == "back":
            deductions.want_back(row, by=by)
        else:
            deductions.contest(row, by=by, words=words)
        messages.success(request, _("Thank you. We have your choice."))
        return redirect("customer:return", ret.number)
    pictures = list(row.line.photos.filter(bench=True).order_by("pk"))
    return _page(request, "offer", ret, form, offer=row, pictures=pictures, sums=receipts.offer_sums(row))


class ProofForm(forms.Form):
    tracking_number = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9 ./_-]{2,63}$",
        required=False,
        label=gettext_lazy("Number of your parcel"),
        error_messages={"invalid": gettext_lazy("Write letters and digits, 3 to 64 of them")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    photo = forms.FileField(
        required=False,
        label=gettext_lazy("Photo of the receipt"),
        error_messages={"empty": gettext_lazy("The selected file is empty – try again")},
    )

    def clean_photo(self) -> bytes | None:
        photo = self.cleaned_data["photo"]
        if photo is None:
            return None
        if photo.size > MOST_BYTES:
            raise forms.ValidationError(_("The selected file must be smaller than 10 MB"))
        try:
            return made_anew(photo.read())
        except Unreadable:
            raise forms.ValidationError(
                _("The selected file must be a JPG, PNG or WEBP picture that opens – try another one")
            ) from None

    def clean(self) -> dict:
        data = super().clean() or {}
        if not self.errors and not data.get("tracking_number") and not data.get("photo"):
            raise forms.ValidationError(_("Enter the number of your parcel, or add a photo of the receipt"))
        return data


@require_http_methods(["GET", "HEAD", "POST"])
@hers
def proof(request: HttpRequest, ret: Return) -> HttpResponse:
    """She has sent it: from now on the law counts the days."""
    if ret.state not in Return.AWAITED:
        return redirect("customer:return", ret.number)
    form = ProofForm(request.POST, request.FILES) if request.method == "POST" else ProofForm()
    if form.is_valid():
        picture = form.cleaned_data["photo"]
        try:
            parcels.submit_proof(
                ret,
                by=access.actor(request),
                tracking_number=form.cleaned_data["tracking_number"],
                file=("receipt.webp", picture) if picture else None,
            )
        except TooMany:
            form.add_error(None, _("We have enough proof of this parcel. You do not have to add more."))
        else:
            messages.success(request, _("Thank you. We know now that it is on its way."))
            return redirect("customer:return", ret.number)
    return _page(request, "proof", ret, form)


@require_POST
@hers
def add_box(request: HttpRequest, ret: Return) -> HttpResponse:
    """One more box, with a label of its own."""
    if not more_boxes(ret):
        raise NotNow("she sends it herself, or nothing is awaited")
    try:
        parcels.buy_label(parcels.add_box(ret, by=access.actor(request)))
    except TooMany:
        messages.warning(request, _("You have as many boxes as one return can have. Talk to a person."))
    except NotNow:
        raise
    except ReturnsError:
        messages.warning(request, NOT_NOW)
    else:
        messages.success(request, _("You have one more box. Its label is below."))
    return redirect("customer:return", ret.number)


@require_safe
@hers
def bench_photo(request: HttpRequest, ret: Return, photo: int) -> FileResponse:
    """Our picture of what lies on the bench: hers to see before she answers; at level 2 only."""
    if access.level(request, ret.order) != access.ALL:
        return redirect("customer:code", ret.order.number_key)  # type: ignore[return-value]
    row = get_object_or_404(Photo, pk=photo, bench=True, line__ret=ret)
    response = FileResponse(row.file.open("rb"), content_type="image/webp")
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def more_boxes(ret: Return) -> bool:
    """May she add a box?"""
    waiting = ret.parcels.filter(state=ReturnParcel.State.PLANNED).exists()
    return ret.state in Return.AWAITED and ret.way in {"code", "label"} and not waiting and ret.parcels.exists()


def _page(request: HttpRequest, name: str, ret: Return, form: forms.Form, **more) -> HttpResponse:
    context = {"ret": ret, "order": ret.order, "form": form, **more}
    return render(request, f"customer/return/{name}.html", context, status=422 if form.errors else 200)
