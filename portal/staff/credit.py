"""A customer's store credit for staff: note what she spent by phone or at the counter, or put a mistake right."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from orders.stores.money import like, to_minor
from portal.staff.access import staff_page, their_shop
from portal.staff.queue import rail
from portal.staff.returns import do, sentence
from portal.templatetags.words import money
from returns import approvals
from returns import credit as ledger
from returns.errors import KeyTaken, NotAllowed, NotEnough
from returns.models import Credit


class Movement(forms.Form):
    """A sum in the credit's currency; the key makes the same form pressed twice one movement."""

    amount = forms.CharField(label=gettext_lazy("Sum"), max_length=20, widget=forms.TextInput({"inputmode": "decimal"}))
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, currency: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.wanted = _("Write a sum such as %(sum)s") % {"sum": like(1990, currency)}
        self.fields["amount"].error_messages["required"] = self.wanted

    def clean_amount(self) -> int:
        try:
            amount = to_minor(self.cleaned_data["amount"].strip(), self.currency)
        except ValueError:
            amount = 0
        if not amount:
            raise forms.ValidationError(self.wanted)
        return amount


class Spend(Movement):
    order_number = forms.CharField(label=gettext_lazy("Number of the order it paid"), required=False, max_length=64)


class Correct(Movement):
    which = forms.ChoiceField(
        label=gettext_lazy("More or less?"),
        choices=[("more", gettext_lazy("Add this sum")), ("less", gettext_lazy("Take this sum off"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select if the sum is added or taken off")},
    )
    words = forms.CharField(
        label=gettext_lazy("Why? Your colleagues read this."),
        max_length=1000,
        min_length=10,
        widget=forms.Textarea({"rows": 2}),
        error_messages={
            "required": gettext_lazy("Write a whole sentence, so that your colleagues understand"),
            "min_length": gettext_lazy("Write a whole sentence, so that your colleagues understand"),
        },
    )


@staff_page
@require_safe
def credit(request: HttpRequest, code: str) -> HttpResponse:
    return _page(request, _theirs(request, code))


def _theirs(request: HttpRequest, code: str) -> Credit:
    row = ledger.credit_coded(their_shop(request), code)
    if row is None:
        raise Http404
    return row


def _page(request: HttpRequest, row: Credit, **more: Any) -> HttpResponse:
    initial = {"key": uuid4()}
    context = {
        "credit": row,
        "left": ledger.balance(row),
        "entries": list(row.entries.order_by("-pk").select_related("refund__ret")),
        "spend_form": Spend(initial=initial, currency=row.currency, prefix="spend"),
        "correct_form": Correct(initial=initial, currency=row.currency, prefix="correct"),
        "rail": rail(request),
        "may_move": approvals.role_of(request.user) != approvals.OUTSIDE,
        **more,
    }
    return render(request, "staff/credit.html", context, status=422 if more else 200)


@staff_page
@require_POST
def spend(request: HttpRequest, code: str) -> HttpResponse:
    row = _theirs(request, code)
    form = Spend(request.POST, currency=row.currency, prefix="spend")
    if form.is_valid():
        said = form.cleaned_data
        facts = {"amount": said["amount"], "order_number": said["order_number"], "key": str(said["key"])}
        if _moved(form, row, lambda: ledger.spend(row, by=request.user, **facts)):
            messages.success(request, _("It is booked as spent."))
            return redirect("staff:credit", row.code)
    return _page(request, row, spend_form=form)


@staff_page
@require_POST
def correct(request: HttpRequest, code: str) -> HttpResponse:
    row = _theirs(request, code)
    form = Correct(request.POST, currency=row.currency, prefix="correct")
    if form.is_valid():
        said = form.cleaned_data
        amount = said["amount"] if said["which"] == "more" else -said["amount"]
        facts = {"amount": amount, "words": said["words"], "key": str(said["key"])}
        if _moved(form, row, lambda: ledger.correct(row, by=request.user, **facts)):
            messages.success(request, _("The store credit is put right."))
            return redirect("staff:credit", row.code)
    return _page(request, row, correct_form=form)


def _moved(form: Movement, row: Credit, verb: Any) -> bool:
    try:
        verb()
    except NotEnough as no:
        words = _("The store credit holds only %(sum)s. Nothing was changed.")
        form.add_error("amount", words % {"sum": money(no.left, row.currency)})
    except KeyTaken:
        form.add_error(None, _("This form was sent before with another sum. Load the page again."))
    except NotAllowed as no:
        form.add_error(None, sentence(no))
    return not form.errors


@staff_page
@require_POST
def back(request: HttpRequest, number: str) -> HttpResponse:
    """Money in place of credit, also when her 14 days are over."""
    done = _("The credit of %(number)s becomes money. The refund waits for a yes.")
    return do(request, number, lambda ret: ledger.back(ret, by=request.user, late=True), done)
