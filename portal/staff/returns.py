"""One case on one screen, and the verbs behind its buttons."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from carriers import CARRIERS, carrier_name
from carriers.taxonomy import needs_action
from customers.timeline import history
from notices.models import Letter
from orders.actions import note_arrival
from orders.models import Payment
from orders.queries import orders_numbered
from orders.stores.money import like, to_minor
from portal import words
from portal.customer import access
from portal.papers import credit_note_answer, dispute_answer, label_answer
from portal.staff.access import returns_here, staff_page, the_return, their_shop
from portal.staff.desk import buttons
from portal.staff.queue import rail
from returns import (
    actions,
    approvals,
    bank,
    credit,
    exchanges,
    goods,
    money,
    not_come,
    not_seen,
    papers,
    parcels,
    policy,
    receipts,
    sending,
)
from returns.clocks import answer_day, refund_due, seen_by
from returns.errors import (
    AccountChanged,
    BalanceChanged,
    Disputed,
    NoAccount,
    NoPicture,
    NotAllowed,
    NothingLeft,
    NotNow,
    NotPaid,
    NotTheSame,
    PaymentUnclear,
    ReturnsError,
    TooMany,
)
from returns.models import Deduction, Photo, Proof, Receipt, Refund, Return, ReturnLine, ReturnParcel
from returns.queries import labelled_parcels
from returns.sealing import Unreadable
from shipments.models import Shipment
from shipments.promise import is_stale
from shipments.queries import parcels_of
from shipments.whose import choices


class Reject(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why? The customer reads this."),
        min_length=10,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": gettext_lazy("Write why, so that the customer understands"),
            "min_length": gettext_lazy("Write a whole sentence, so that the customer understands"),
        },
    )


class Ship(forms.Form):
    carrier = forms.ChoiceField(
        label=gettext_lazy("Carrier"),
        required=False,
        choices=lambda: [("", _("As the number tells")), *((slug, carrier_name(slug)) for slug in CARRIERS)],
    )
    tracking_number = forms.CharField(
        label=gettext_lazy("Tracking number"),
        max_length=64,
        error_messages={"required": gettext_lazy("Enter the tracking number of the new parcel")},
    )


class GiveLabel(forms.Form):
    tracking_number = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9 ./_-]{2,63}$",
        label=gettext_lazy("Tracking number"),
        error_messages={
            "required": gettext_lazy("Enter the tracking number of the label"),
            "invalid": gettext_lazy("Write letters and digits, 3 to 64 of them"),
        },
    )
    file = forms.FileField(
        label=gettext_lazy("Label as PDF"),
        required=False,
        help_text=gettext_lazy("Without one the customer gets a page with the number in bars."),
    )

    def clean_file(self) -> bytes | None:
        file = self.cleaned_data["file"]
        if file is None:
            return None
        content = file.read(LARGEST_LABEL + 1)
        if not content.startswith(b"%PDF-") or len(content) > LARGEST_LABEL:
            raise forms.ValidationError(_("Choose a PDF of at most 5 MB"))
        try:
            papers.check_drawn(content, papers.PDF)
        except ValueError:
            raise forms.ValidationError(_("This PDF cannot be read. Save it anew and try again")) from None
        return content


LARGEST_LABEL = 5 * 1024 * 1024


class NotANumber(ReturnsError):
    """What was typed is no number of things."""


class LeftAlready(ReturnsError):
    """There is nothing to stop any more."""


def case_page(request: HttpRequest, ret: Return, *, status: int = 200, **more: Any) -> HttpResponse:
    """The case, with a form that was not filled in well in its place."""
    order = ret.order
    terms = policy.terms_of(order)
    verdicts = policy.judge(ret, terms, order.shop.today())
    expected = receipts.expected_receipt(ret)
    lines = list(ret.lines.select_related("ret__shop", "order_line__order__shop", "swap").prefetch_related("photos"))
    for line in lines:
        line.free = goods.free_to_grade(line)  # type: ignore[attr-defined]
    context = {
        "ret": ret,
        "order": order,
        "lines": lines,
        "risks": _risks(lines, terms),
        "deductions": list(Deduction.objects.filter(line__ret=ret).select_related("line__order_line")),
        "receipts": list(Receipt.objects.filter(line__ret=ret, reversed_at=None).select_related("line__order_line")),
        "proofs": list(ret.proofs.all()),
        "questions": list(ret.questions.all()),
        "unexpected": list(ret.unexpected.all()),
        "concessions": list(ret.concessions.all()),
        "refund_due": refund_due(ret),
        "key": uuid4(),
        "asks": sorted({verdict.code for verdict in verdicts if verdict.answer == "ask"}),
        "noes": sorted({verdict.code for verdict in verdicts if verdict.answer == "no"}),
        "refunds": [
            _for_staff(row, request.user) for row in ret.refunds.select_related("payment", "batch").order_by("pk")
        ],
        "expected": expected,
        "within_limit": expected.total <= terms.refund_up_to.get(order.currency, -1),
        "credit_notes": list(ret.credit_notes.all()),
        "payments": list(order.payments.all()),
        **_account(ret),
        "credits": [(row, credit.balance(row)) for row in credit.credits_of(order.customer)],
        "going_back": credit.as_money(credit.may_go_back(ret, late=True)),
        "boxes": list(ret.parcels.select_related("shipment")),
        "turned_up": not_come.turned_up(ret),
        "outbound": list(parcels_of(order)),
        "entries": list(history(order.customer, order.number)),
        "letters": list(Letter.objects.filter(customer=order.customer, order_number=order.number).order_by("-pk")[:20]),
        "others": order.customer.orders.exclude(pk=order.pk).count(),
        "earlier": Return.objects.filter(order__customer=order.customer)
        .exclude(pk=ret.pk)
        .exclude(state="draft")
        .count(),
        "withdrawals": list(ret.withdrawals.all()),
        "buttons": buttons(ret),
        "rail": rail(request),
        "ways": {"grades": words.GRADE, "dispositions": words.DISPOSITION},
        "reject_form": Reject(),
        "ship_form": Ship(),
        "label_form": GiveLabel(),
        **more,
    }
    if any(isinstance(each, forms.Form) and each.errors for each in more.values()):
        status = 422
    return render(request, "staff/return.html", context, status=status)


def _account(ret: Return) -> dict[str, Any]:
    """The account that a transfer goes to: its mask and its holder; the number itself is for the bank's file."""
    named = bank.usable(ret)
    return {
        "account": named,
        "account_holder": bank.account_of(named).holder if named else "",
        "account_version": bank.version_of(named),
        "account_wanted": bank.is_wanted(ret),
    }


def _risks(lines: list[ReturnLine], terms: policy.Terms) -> list[policy.Signal]:
    """Each signal once, whichever line raised it."""
    found = [
        signal
        for line in lines
        for facts in [policy.wished(line, line.ret.shop.today())]
        for signal in policy.risks(facts, policy.outcome(facts, terms), terms)
    ]
    return list({signal.code: signal for signal in found}.values())


def _with_others(parcel: Shipment) -> Shipment:
    """`others` are the carriers it may be instead; `flags` is what staff should see of it at once."""
    parcel.others = choices(parcel)  # type: ignore[attr-defined]
    flags = {"act": needs_action(parcel.status, parcel.sub_status), "stale": is_stale(parcel, timezone.now())}
    parcel.flags = [flag for flag, up in flags.items() if up]  # type: ignore[attr-defined]
    return parcel


def _for_staff(refund: Refund, user: Any) -> Refund:
    """`elsewhere` is what other payments of the order give back of the same sum, so that the rows add up. `is_mine`:
    somebody else has to say yes. `by_itself`: the worker lets it go without anybody. `can_leave`: a yes is wanted, and
    nothing is in its way. `may_arrive`: a bank shows it, by `seen_by` were it sent now."""
    facts = refund.snapshot
    refund.elsewhere = max(facts.get("total", 0) - facts.get("gone", 0) - refund.amount, 0)  # type: ignore[attr-defined]
    refund.is_mine = bool(refund.first_by) and approvals.made_it(refund, user)  # type: ignore[attr-defined]
    disputed = refund.payment.dispute == Payment.Dispute.OPEN
    known = refund.rail != Refund.Rail.BANK or bank.usable(refund.ret) is not None
    refund.may_arrive = known and refund.rail != Refund.Rail.CREDIT and not disputed  # type: ignore[attr-defined]
    refund.by_itself = money.leaves_by_itself(refund)  # type: ignore[attr-defined]
    refund.can_leave = known and not (refund.is_mine or disputed or refund.by_itself)  # type: ignore[attr-defined]
    refund.seen_by = seen_by(refund)  # type: ignore[attr-defined]
    refund.missed = not_seen.is_missed(refund)  # type: ignore[attr-defined]
    refund.answer_by = answer_day(refund.shop, refund.not_seen_at)  # type: ignore[attr-defined]
    return refund


@staff_page
@require_safe
def case(request: HttpRequest, number: str) -> HttpResponse:
    return case_page(request, the_return(request, number))


def do(request: HttpRequest, number: str, verb: Callable[[Return], object], done: str) -> HttpResponse:
    """Find, try, answer: a step that no longer fits says so and changes nothing."""
    ret = the_return(request, number)
    try:
        verb(ret)
    except ReturnsError as no:
        messages.error(request, sentence(no))
    else:
        messages.success(request, done % {"number": ret.number})
    return redirect("staff:return", number)


SENTENCES: dict[type[ReturnsError], Promise] = {
    AccountChanged: gettext_lazy("The customer has named another account since you looked. Nothing was sent."),
    NotNow: gettext_lazy("Someone else was faster. Nothing was changed. This is how it stands now."),
    BalanceChanged: gettext_lazy("The payment has changed since you looked. Nothing was sent; check the sum again."),
    Disputed: gettext_lazy("The customer’s bank has asked this payment back. Nothing leaves until it has decided."),
    NothingLeft: gettext_lazy("The payment holds less than this refund. Nothing was sent."),
    PaymentUnclear: gettext_lazy(
        "The payment service has not confirmed this payment. Look at the payment, or try again later."
    ),
    NotTheSame: gettext_lazy("You made the first decision. Somebody else has to look at it now."),
    NotAllowed: gettext_lazy("You may not decide about this money. Ask a colleague."),
    NoAccount: gettext_lazy("There is no bank account to send it to. The customer has to name one first."),
    NoPicture: gettext_lazy("Take a picture first: the customer has to see what is wrong."),
    NotPaid: gettext_lazy("The new item costs more, and the customer has not paid the difference yet."),
    Unreadable: gettext_lazy("Its key is gone. Put the earlier SECRET_KEY into SECRET_KEY_FALLBACKS."),
    TooMany: gettext_lazy("That is more than is left to do. Somebody may have done it already. Nothing was changed."),
    NotANumber: gettext_lazy("Enter how many in digits, at least 1. Nothing was changed."),
    LeftAlready: gettext_lazy("The money has left already, so it cannot be stopped."),
}


def sentence(no: ReturnsError) -> str:
    return str(SENTENCES.get(type(no), _("This did not work. Nothing was changed.")))


@staff_page
@require_POST
def approve(request: HttpRequest, number: str) -> HttpResponse:
    """All of it; or, when numbers are typed, so many of each and no to the rest with a reason."""
    reason = written(request, "reason")
    partly = "partly" in request.POST
    if partly and len(reason) < 10:
        messages.error(request, _("Write a whole sentence, so that the customer understands"))
        return redirect("staff:return", number)

    def verb(ret: Return) -> None:
        units = quantities(request, ret) if partly else None
        ret = actions.approve(ret, by=request.user, units=units, reason=reason)
        for box in ret.parcels.filter(state=ReturnParcel.State.PLANNED):
            parcels.buy_label(box)

    return do(request, number, verb, _("Return %(number)s is approved. The customer gets an email."))


@staff_page
@require_POST
def reject(request: HttpRequest, number: str) -> HttpResponse:
    form = Reject(request.POST)
    if not form.is_valid():
        return case_page(request, the_return(request, number), reject_form=form)
    reason = form.cleaned_data["reason"]
    after: list[Return] = []
    answer = do(request, number, lambda ret: after.append(actions.reject(ret, by=request.user, reason=reason)), "")
    if after and after[0].no_at:
        messages.success(request, _("Your no is kept. It refuses a right, so a second person decides."))
    elif after:
        done = _("Return %(number)s is rejected. The customer gets your reason.")
        messages.success(request, done % {"number": number})
    return answer


def quantities(request: HttpRequest, ret: Return) -> dict[int, int]:
    """What the form says of each line: quantity-<line id>; empty counts as none, and one thing there must be."""
    typed = {line.pk: request.POST.get(f"quantity-{line.pk}", "").strip() for line in ret.lines.all()}
    try:
        found = {pk: int(text) for pk, text in typed.items() if text}
    except ValueError as error:
        raise NotANumber(str(error)) from error
    if min(found.values(), default=0) < 0 or not any(found.values()):
        raise NotANumber(str(found))
    return found


def written(request: HttpRequest, name: str, most: int = 1000) -> str:
    """What was typed there, as a database can keep it."""
    return request.POST.get(name, "").replace("\0", "").strip()[:most]


def _told(request: HttpRequest, number: str, verb: Callable[[Return, str], object], done: str) -> HttpResponse:
    """A step that needs a sentence of ours."""
    text = written(request, "words")
    if len(text) < 10:
        messages.error(request, _("Write a whole sentence, so that the customer understands"))
        return redirect("staff:return", number)
    return do(request, number, lambda ret: verb(ret, text), done)


@staff_page
@require_POST
def ask(request: HttpRequest, number: str) -> HttpResponse:
    done = _("The customer of %(number)s gets your question.")
    return _told(request, number, lambda ret, text: actions.ask(ret, by=request.user, text=text), done)


@staff_page
@require_POST
def reopen(request: HttpRequest, number: str) -> HttpResponse:
    done = _("Return %(number)s is open again.")
    return _told(request, number, lambda ret, text: actions.reopen(ret, by=request.user, why=text), done)


@staff_page
@require_POST
def query_proof(request: HttpRequest, number: str, proof: int) -> HttpResponse:
    row = get_object_or_404(Proof.objects.select_related("ret"), pk=proof, ret=the_return(request, number))
    done = _("The customer of %(number)s reads why this proves nothing.")
    return _told(request, number, lambda ret, text: parcels.query_proof(row, by=request.user, words=text), done)


@staff_page
@require_POST
def money_instead(request: HttpRequest, number: str, line: int) -> HttpResponse:
    row = get_object_or_404(ReturnLine.objects.select_related("ret"), pk=line, ret=the_return(request, number))

    def verb(ret: Return) -> None:
        exchanges.want_money(row, by=request.user, why="staff")
        money.prepare_refund(ret)

    return do(request, number, verb, _("The customer of %(number)s gets money instead."))


@staff_page
@require_POST
def add_box(request: HttpRequest, number: str) -> HttpResponse:
    def verb(ret: Return) -> None:
        parcels.buy_label(parcels.add_box(ret, by=request.user))

    return do(request, number, verb, _("There is one more box for %(number)s."))


@staff_page
@require_POST
def goodwill(request: HttpRequest, number: str) -> HttpResponse:
    """A sum without goods, in the order's currency."""
    ret = the_return(request, number)
    try:
        amount = to_minor(request.POST.get("amount", "").strip(), ret.order.currency)
    except ValueError:
        amount = 0
    if amount <= 0:
        messages.error(request, _("Write a sum such as %(sum)s") % {"sum": like(500, ret.order.currency)})
        return redirect("staff:return", number)

    def verb(ret: Return, text: str) -> None:
        actions.concede(ret, amount=amount, words=text, by=request.user)
        money.prepare_refund(ret)

    return _told(request, number, verb, _("The goodwill sum for %(number)s is proposed."))


@staff_page
@require_POST
def receive(request: HttpRequest, number: str) -> HttpResponse:
    def verb(ret: Return) -> None:
        goods.receive(ret, quantities(request, ret), by=request.user)

    return do(request, number, verb, _("Goods of %(number)s are received."))


@staff_page
@require_POST
def accept(request: HttpRequest, number: str) -> HttpResponse:
    def verb(ret: Return) -> None:
        money.prepare_refund(goods.accept(ret, quantities(request, ret), by=request.user))

    return do(request, number, verb, _("Goods of %(number)s are accepted."))


@staff_page
@require_POST
def prepare(request: HttpRequest, number: str) -> HttpResponse:
    done = _("The refund of %(number)s is worked out anew.")
    return do(request, number, lambda ret: money.work_out_anew(ret, by=request.user), done)


@staff_page
@require_POST
def ship(request: HttpRequest, number: str) -> HttpResponse:
    form = Ship(request.POST)
    if not form.is_valid():
        return case_page(request, the_return(request, number), ship_form=form)
    facts = form.cleaned_data

    def verb(ret: Return) -> None:
        verb = exchanges.ship_repair if "repair" in request.POST else exchanges.ship_exchange
        verb(ret, carrier=facts["carrier"], tracking_number=facts["tracking_number"], by=request.user)

    return do(request, number, verb, _("The exchange of %(number)s is on its way."))


@staff_page
@require_POST
def label(request: HttpRequest, number: str, position: int) -> HttpResponse:
    """Staff bring the label, or have looked and found that there is none."""
    ret = the_return(request, number)
    box = get_object_or_404(ret.parcels, position=position)
    if not box.needs_a_hand:
        messages.error(request, sentence(NotNow(ret.state)))
    elif "again" in request.POST:
        parcels.ask_once_more(box)
        messages.success(request, _("The carrier was asked again."))
    else:
        form = GiveLabel(request.POST, request.FILES)
        if not form.is_valid():
            return case_page(request, ret, label_form=form)
        if parcels.give_label(box, **form.cleaned_data, by=request.user):
            messages.success(request, _("The customer has the label now and gets an email."))
        else:
            messages.error(request, sentence(NotNow(ret.state)))
    return redirect("staff:return", number)


@staff_page
@require_safe
def paper(request: HttpRequest, number: str, position: int) -> HttpResponseBase:
    """The label of a box, to print it for a caller or to send it by post."""
    return label_answer(request, get_object_or_404(labelled_parcels(the_return(request, number)), position=position))


@staff_page
@require_safe
def credit_note(request: HttpRequest, number: str, note: int) -> HttpResponseBase:
    """The paper for a sum that went back."""
    return credit_note_answer(request, get_object_or_404(the_return(request, number).credit_notes, number=note))


@staff_page
@require_safe
def file(request: HttpRequest, number: str) -> HttpResponseBase:
    """All that is known of a case in one PDF: for a bank that asks, or for a second person."""
    return dispute_answer(request, the_return(request, number))


@staff_page
@require_POST
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    return do(request, number, lambda ret: actions.cancel(ret, by=request.user), _("Return %(number)s is cancelled."))


def _refund(request: HttpRequest, number: str, uuid) -> Refund:
    return get_object_or_404(Refund.objects.select_related("ret"), uuid=uuid, ret=the_return(request, number))


@staff_page
@require_POST
def send_refund(request: HttpRequest, number: str, uuid) -> HttpResponse:
    """S03: the sum and the balance that were on the screen come along; another balance now sends nothing."""
    refund = _refund(request, number, uuid)
    try:
        shown = int(request.POST.get("left", ""))
    except ValueError:
        shown = -1

    account = request.POST.get("account", "") if refund.rail == Refund.Rail.BANK else None
    try:
        if refund.state != Refund.State.PROPOSED:
            raise NotNow(refund.state)
        after = money.approve_refund(refund, by=request.user, shown_left=shown, shown_account=account)
    except ReturnsError as no:
        messages.error(request, sentence(no))
        return case_page(request, the_return(request, number), status=409)
    if after.state == Refund.State.PROPOSED:
        messages.success(request, _("Your yes is kept. A second person has to say yes too."))
    else:
        messages.success(request, _("The refund is approved and is sent soon."))
    return redirect("staff:return", number)


@staff_page
@require_POST
def stop_refund(request: HttpRequest, number: str, uuid) -> HttpResponse:
    refund = _refund(request, number, uuid)

    def verb(ret: Return) -> None:
        try:
            money.stop_refund(refund, by=request.user)
        except NotNow as no:
            refund.refresh_from_db(fields=["state"])
            raise no if refund.state == Refund.State.CANCELED else LeftAlready(refund.state) from no

    return do(request, number, verb, _("The refund is stopped."))


@staff_page
@require_POST
def ask_refund(request: HttpRequest, number: str, uuid) -> HttpResponse:
    refund = _refund(request, number, uuid)
    return do(request, number, lambda ret: sending.ask_again(refund), _("The payment service has answered."))


@staff_page
@require_POST
def ask_account(request: HttpRequest, number: str) -> HttpResponse:
    """The card cannot be refunded: she names a bank account in its place."""
    done = _("The customer of %(number)s is asked for a bank account.")
    return do(request, number, lambda ret: bank.ask_instead(ret, by=request.user), done)


@staff_page
@require_POST
def looked_for(request: HttpRequest, number: str, uuid) -> HttpResponse:
    """She does not see the money: what we found."""
    refund = _refund(request, number, uuid)
    done = _("The customer of %(number)s gets your answer.")
    return _told(request, number, lambda ret, text: not_seen.looked_for(refund, words=text, by=request.user), done)


@staff_page
@require_safe
def photo(request: HttpRequest, number: str, photo: int) -> FileResponse:
    picture = get_object_or_404(Photo, pk=photo, line__ret__in=returns_here(request).filter(number=number))
    response = FileResponse(picture.file.open("rb"), content_type="image/webp")
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Content-Disposition"] = "inline"
    return response


@staff_page
@require_safe
def order(request: HttpRequest, number: str) -> HttpResponse:
    """Everything about one order: for the answer on the phone."""
    found = orders_numbered(their_shop(request), number).first()
    if found is None:
        raise Http404
    context = {
        "order": found,
        "lines": list(found.lines.all()),
        "payments": list(found.payments.all()),
        "credits": [(row, credit.balance(row)) for row in credit.credits_of(found.customer)],
        "outbound": [_with_others(row) for row in parcels_of(found).select_related("shop")],
        "returns": list(found.returns.exclude(state="draft").order_by("-pk")),
        "entries": list(history(found.customer, found.number)),
        "letters": list(Letter.objects.filter(customer=found.customer, order_number=found.number).order_by("-pk")[:20]),
        "rail": rail(request),
    }
    return render(request, "staff/order.html", context)


@staff_page
@require_POST
def came(request: HttpRequest, number: str) -> HttpResponse:
    """The customer tells on the phone when it came, and no carrier says so."""
    found = orders_numbered(their_shop(request), number).first()
    if found is None:
        raise Http404
    try:
        day = parse_date(request.POST.get("day", ""))
    except ValueError:  # the 45th of a month
        day = None
    if day is None or not found.shop.today(found.placed_at) <= day <= found.shop.today():
        messages.error(request, _("Enter a day between the order and today"))
    else:
        note_arrival(found, day, by=request.user)
        messages.success(request, _("The customer’s word is kept. It counts where no carrier says when it came."))
    return redirect("staff:order", found.number_key)


@staff_page
@require_POST
def assist(request: HttpRequest, number: str) -> HttpResponse:
    """S17: the customer's own pages, for a caller."""
    found = orders_numbered(their_shop(request), number).first()
    if found is None:
        raise Http404
    access.assist(request, found)
    return redirect("customer:order", found.number_key)


@staff_page
@require_POST
def end_assisting(request: HttpRequest) -> HttpResponse:
    access.end_assisting(request)
    return redirect("staff:queue")
