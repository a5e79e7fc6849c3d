"""The bench: what came, what it is like, where it goes, and what we offer when it is worth less."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from orders.errors import Unreadable
from portal import words
from portal.staff.access import staff_page, the_return
from portal.staff.returns import case_page, do, quantities, sentence, written
from returns import deductions, goods, money
from returns.errors import ReturnsError
from returns.models import Deduction, Proof, Receipt, Return, ReturnLine

MOST_BYTES = 10 * 1024 * 1024


class GradeForm(forms.Form):
    units = forms.IntegerField(
        min_value=1, error_messages={"required": gettext_lazy("Enter how many in digits, at least 1.")}
    )
    grade = forms.ChoiceField(choices=list(words.GRADE.items()))
    disposition = forms.ChoiceField(choices=list(words.DISPOSITION.items()))
    words = forms.CharField(required=False, max_length=500)
    key = forms.UUIDField(required=False)


class OfferForm(forms.Form):
    units = forms.IntegerField(min_value=1)
    percent = forms.IntegerField(
        min_value=1, max_value=100, error_messages={"required": gettext_lazy("Enter how much less, 1 to 100 percent")}
    )
    words = forms.CharField(
        min_length=10,
        max_length=1000,
        error_messages={
            "required": gettext_lazy("Write why, so that the customer understands"),
            "min_length": gettext_lazy("Write a whole sentence, so that the customer understands"),
        },
    )


class ResolveForm(forms.Form):
    uphold = forms.ChoiceField(choices=[("yes", ""), ("no", "")])
    percent = forms.IntegerField(required=False, min_value=1, max_value=100)
    words = forms.CharField(
        min_length=10,
        max_length=1000,
        error_messages={"required": gettext_lazy("Write why, so that the customer understands")},
    )


def _line(ret: Return, pk: int) -> ReturnLine:
    return get_object_or_404(ret.lines.select_related("ret", "order_line"), pk=pk)


def _first_error(form: forms.Form) -> str:
    return str(next(iter(form.errors.values()))[0])


@staff_page
@require_POST
def grade(request: HttpRequest, number: str, line: int) -> HttpResponse:
    """Units of a line are fine in this state; money follows."""
    form = GradeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _first_error(form))
        return redirect("staff:return", number)
    facts = form.cleaned_data

    def verb(ret: Return) -> None:
        row = _line(ret, line)
        after = goods.grade(
            ret,
            row.pk,
            facts["units"],
            grade=facts["grade"],
            disposition=facts["disposition"],
            words=facts["words"],
            key=facts["key"],
            by=request.user,
        )
        money.prepare_refund(after)

    return do(request, number, verb, _("Goods of %(number)s are accepted."))


@staff_page
@require_POST
def picture(request: HttpRequest, number: str, line: int) -> HttpResponse:
    """A photo at the bench."""
    ret = the_return(request, number)
    upload = request.FILES.get("photo")
    if upload is None or upload.size is None or upload.size > MOST_BYTES:
        messages.error(request, _("Choose a picture of at most 10 MB"))
        return redirect("staff:return", number)
    try:
        goods.add_bench_photo(_line(ret, line), upload.read(), by=request.user, key=_key(request))
    except Unreadable:
        messages.error(request, _("The selected file must be a JPG, PNG or WEBP picture that opens – try another one"))
    except ReturnsError as no:
        messages.error(request, sentence(no))
    else:
        messages.success(request, _("The picture is kept."))
    return redirect("staff:return", number)


def _key(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return None


@staff_page
@require_POST
def offer(request: HttpRequest, number: str, line: int) -> HttpResponse:
    """Offer less for units on the bench; the customer sees our pictures first."""
    ret = the_return(request, number)
    row, form = _line(ret, line), OfferForm(request.POST)
    if not form.is_valid():
        return case_page(request, ret, offer_form=form, offer_line=row.pk)
    done = _("The customer of %(number)s is asked. Nothing is paid for these items until then.")
    return do(request, number, lambda ret: deductions.propose(row, by=request.user, **form.cleaned_data), done)


@staff_page
@require_POST
def resolve(request: HttpRequest, number: str, offer: int) -> HttpResponse:
    """The second person's word on an objection."""
    ret = the_return(request, number)
    row = get_object_or_404(Deduction.objects.select_related("line__ret"), pk=offer, line__ret=ret)
    form = ResolveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _first_error(form))
        return redirect("staff:return", number)
    facts = form.cleaned_data

    def verb(ret: Return) -> None:
        deductions.resolve(
            row, by=request.user, uphold=facts["uphold"] == "yes", words=facts["words"], percent=facts["percent"]
        )
        money.prepare_refund(ret)

    return do(request, number, verb, _("Your decision on %(number)s is kept. The customer gets an email."))


@staff_page
@require_POST
def send_back(request: HttpRequest, number: str, line: int) -> HttpResponse:
    """Refused goods leave for the customer."""

    def verb(ret: Return) -> None:
        row = _line(ret, line)
        tracking = written(request, "tracking_number", 64)
        deductions.send_back(ret, row.pk, row.to_put_away, by=request.user, tracking_number=tracking)

    return do(request, number, verb, _("The goods of %(number)s are on their way to the customer."))


@staff_page
@require_POST
def miss(request: HttpRequest, number: str) -> HttpResponse:
    def verb(ret: Return) -> None:
        goods.miss(ret, quantities(request, ret), by=request.user)

    return do(request, number, verb, _("What was missing from the box of %(number)s is noted."))


@staff_page
@require_POST
def lose(request: HttpRequest, number: str) -> HttpResponse:
    def verb(ret: Return) -> None:
        goods.lose(ret, quantities(request, ret), by=request.user)
        money.prepare_refund(ret)

    return do(request, number, verb, _("The loss is ours. The customer of %(number)s gets what was asked for."))


@staff_page
@require_POST
def never_sent(request: HttpRequest, number: str) -> HttpResponse:
    def verb(ret: Return) -> None:
        goods.never_sent(ret, {line.pk: line.to_receive for line in ret.lines.all()}, by=request.user)
        money.prepare_refund(ret)

    return do(request, number, verb, _("Nothing has to come back for %(number)s."))


@staff_page
@require_POST
def reverse(request: HttpRequest, number: str, receipt: int) -> HttpResponse:
    row = get_object_or_404(Receipt.objects.select_related("line__ret"), pk=receipt, line__ret__number=number)
    done = _("The receipt of %(number)s is taken back.")
    return do(request, number, lambda ret: goods.reverse_receipt(row, by=request.user), done)


@staff_page
@require_safe
def proof(request: HttpRequest, number: str, proof: int) -> FileResponse:
    """The picture of the receipt that the customer sent."""
    rows = Proof.objects.exclude(file="").filter(ret=the_return(request, number))
    response = FileResponse(get_object_or_404(rows, pk=proof).file.open("rb"), content_type="image/webp")
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
