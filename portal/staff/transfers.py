"""Files of transfers: make one, take it to the bank, and say what the bank has done."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from portal import words
from portal.staff.access import staff_page, their_shop
from portal.staff.queue import rail
from portal.staff.returns import sentence
from returns import batches, papers
from returns.errors import BalanceChanged, NoDebtor, NotAllowed, NotNow, ReturnsError
from returns.models import BankBatch, BankDetails, Refund
from returns.sealing import Unreadable


class Refuse(forms.Form):
    refund = forms.UUIDField(widget=forms.HiddenInput)
    why = forms.ChoiceField(
        label=gettext_lazy("What does the bank say?"),
        choices=lambda: [("", ""), *((why, words.FAILURE[why]) for why in batches.REFUSALS)],
        error_messages={
            "required": gettext_lazy("Select what the bank says"),
            "invalid_choice": gettext_lazy("Select what the bank says"),
        },
    )


@staff_page
@require_safe
def transfers(request: HttpRequest) -> HttpResponse:
    shop = their_shop(request)
    context = {
        "ready": batches.ready(shop),
        "files": list(batches.batches_of(shop)[:50]),
        "no_debtor": not shop.bank.get("iban"),
        "rail": rail(request),
    }
    return render(request, "staff/transfers.html", context)


@staff_page
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """What stood on the page comes along: something else makes no file."""
    try:
        shown = [UUID(text) for text in request.POST.getlist("refund")]
        row = batches.make_file(their_shop(request), shown, by=request.user)
    except (BalanceChanged, ValueError):
        messages.error(request, _("The list has changed since you looked. No file was made; look again."))
    except NoDebtor:
        messages.error(request, _("Write your own account into the shop’s file first: [bank] with iban."))
    except (NotAllowed, Unreadable) as no:
        messages.error(request, sentence(no))
    else:
        messages.success(request, _("File %(number)s is ready. Take it to the bank.") % {"number": row.number})
        return redirect("staff:transfers-file", row.number)
    return redirect("staff:transfers")


def _theirs(request: HttpRequest, file: int) -> BankBatch:
    return get_object_or_404(BankBatch.objects.select_related("shop"), shop=their_shop(request), number=file)


@staff_page
@require_safe
def batch(request: HttpRequest, file: int) -> HttpResponse:
    return _page(request, _theirs(request, file))


def _page(request: HttpRequest, row: BankBatch, *, form: Refuse | None = None) -> HttpResponse:
    refunds = list(row.refunds.select_related("ret__bank_details", "ret__order__customer").order_by("pk"))
    context = {
        "batch": row,
        "refunds": [(each, form if form and _is_about(form, each) else _refuse(each)) for each in refunds],
        "open": [each for each in refunds if each.state == Refund.State.PENDING],
        "message_id": batches.message_id(row.shop, row.number) if row.kind == BankDetails.Kind.SEPA else "",
        "rail": rail(request),
    }
    return render(request, "staff/transfer_file.html", context, status=422 if form else 200)


def _refuse(refund: Refund) -> Refuse | None:
    able = refund.state in batches.WITH_THE_BANK
    return Refuse(initial={"refund": refund.uuid}, auto_id=f"id_{refund.pk}_%s") if able else None


def _is_about(form: Refuse, refund: Refund) -> bool:
    return form.data.get("refund", "") == str(refund.uuid)


@staff_page
@require_POST
def download(request: HttpRequest, file: int) -> HttpResponse:
    """The bytes; a POST, because the first time is noted."""
    row = _theirs(request, file)
    try:
        content = batches.fetch_file(row, by=request.user)
    except (NotNow, NotAllowed, Unreadable) as no:
        return _no(request, row, no)
    kind, end = ("application/xml", "xml") if row.kind == BankDetails.Kind.SEPA else ("text/csv; charset=utf-8", "csv")
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="transfers-{row.number:06d}.{end}"'
    return response


def _no(request: HttpRequest, row: BankBatch, no: ReturnsError) -> HttpResponse:
    late = _("This file is deleted: its money was sent long ago.") if not row.sealed else sentence(no)
    messages.error(request, late)
    return redirect("staff:transfers-file", row.number)


@staff_page
@require_POST
def codes(request: HttpRequest, file: int) -> HttpResponse:
    """A code for each transfer, for a banking app. Whoever sees it has the file, so it counts as taken to the bank."""
    row = _theirs(request, file)
    if row.kind != BankDetails.Kind.VIETNAM:
        return redirect("staff:transfers-file", row.number)
    try:
        batches.fetch_file(row, by=request.user)
        shown = [(code, papers.code_svg(code.text)) for code in batches.codes_of(row)]
    except (NotNow, NotAllowed, Unreadable) as no:
        return _no(request, row, no)
    return render(request, "staff/transfer_codes.html", {"batch": row, "codes": shown, "rail": rail(request)})


@staff_page
@require_POST
def confirm(request: HttpRequest, file: int) -> HttpResponse:
    row = _theirs(request, file)
    try:
        sent = batches.confirm_file(row, by=request.user)
    except NotNow:
        messages.error(request, _("Nobody has taken this file to the bank yet."))
    except NotAllowed as no:
        messages.error(request, sentence(no))
    else:
        messages.success(request, _("Noted as sent: %(count)s. The customers get an email.") % {"count": sent})
    return redirect("staff:transfers-file", row.number)


@staff_page
@require_POST
def refuse(request: HttpRequest, file: int) -> HttpResponse:
    row = _theirs(request, file)
    form = Refuse(request.POST)
    if not form.is_valid():
        return _page(request, row, form=form)
    refund = get_object_or_404(row.refunds.all(), uuid=form.cleaned_data["refund"])
    try:
        batches.refuse_transfer(refund, form.cleaned_data["why"], by=request.user)
    except (NotNow, NotAllowed) as no:
        messages.error(request, sentence(no))
    else:
        messages.success(request, _("Noted. The customer is asked for another account."))
    return redirect("staff:transfers-file", row.number)
