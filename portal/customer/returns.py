"""Check the answers, send the request, and follow it home."""

from collections.abc import Callable
from datetime import date, timedelta

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orders.errors import SoldOut, UnitsTaken
from orders.pictures import pictures_of
from portal.customer import access, live
from portal.customer.asking import choices_of, go_on, outcome_of, page_before, question, to_send, unfinished
from portal.customer.places import may_look
from portal.customer.sent import more_boxes
from portal.papers import code_answer, credit_note_answer, label_answer
from returns import actions, bank, differences, drafts, papers, parcels, policy, receipts
from returns.clocks import answer_day, refund_due, seen_by
from returns.errors import NotNow, NotReturnable
from returns.kinds import Kind, Wish
from returns.models import Deduction, Difference, Return, ReturnParcel
from returns.queries import labelled_parcels

State = Return.State


@require_http_methods(["GET", "HEAD", "POST"])
@question
def check(request: HttpRequest, ret: Return) -> HttpResponse:
    """R09: every answer with its "Change", the sum in lines; the POST sends the request."""
    open_question = unfinished(ret)
    if open_question:
        return redirect(open_question)
    if request.method == "POST":
        return _send(request, ret)
    differences.reckon_anew(ret)
    rows = ret.lines.select_related("ret__shop", "order_line__order__shop", "order_line__variant", "swap")
    lines = list(rows.prefetch_related("photos"))
    told = [outcome_of(line) for line in lines]
    context = {
        "ret": ret,
        "order": ret.order,
        "level": access.level(request, ret.order),
        "back": page_before(ret, "check"),
        "lines": [(line, len(choices_of(line)) > 1) for line in lines],
        "receipt": receipts.expected_receipt(ret),
        "credit": receipts.expected_credit(ret),
        "wants_money": any(line.wish in {Wish.MONEY, Wish.REDUCTION, Wish.DELIVERY} for line in lines),
        "to_send": to_send(ret),
        "send_by": ret.shop.today() + timedelta(days=policy.terms_of(ret.order).send_back_days),
        "collects": any(each.way_back != "none" for each in told),
        "keeps": any(
            each.keep or line.wish in {Wish.REDUCTION, Wish.DELIVERY} for each, line in zip(told, lines, strict=True)
        ),
        "withdrawal": any(each.kind == Kind.WITHDRAWAL for each in told),
    }
    return render(request, "customer/return/check.html", context)


def _send(request: HttpRequest, ret: Return) -> HttpResponse:
    if differences.reckon_anew(ret):
        messages.warning(request, _("A price has changed since you looked. Check the sum again, then send it."))
        return redirect("customer:return-check", ret.number)
    try:
        ret = actions.submit(ret, by=access.actor(request))
    except NotReturnable as no:
        context = {"ret": ret, "order": ret.order, "line": ret.lines.first(), "no": no.codes[0]}
        return render(request, "customer/return/not_possible.html", context)
    except SoldOut as gone:
        line = drafts.forget_swap(ret, gone.sku)[0]
        context = {"ret": ret, "order": ret.order, "line": line, "change": go_on(ret)["Location"]}
        return render(request, "customer/return/sold_out.html", context)
    except UnitsTaken:
        return render(request, "customer/return/taken.html", {"ret": ret, "order": ret.order})
    for parcel in ret.parcels.filter(state=ReturnParcel.State.PLANNED):
        parcels.buy_label(parcel)
    differences.ask_for(ret)
    return redirect("customer:return", ret.number)


# --- afterwards -------------------------------------------------------------------------------------------------


@require_safe
@live.of_a_return
def follow(request: HttpRequest, number: str) -> HttpResponse:
    """R10 and R11: what to do now, the code, and where it is."""
    ret = access.the_return(request, number)
    if ret.state == Return.State.DRAFT:
        return go_on(ret)
    level = access.level(request, ret.order)
    boxes = list(ret.parcels.select_related("shipment"))
    labels = list(labelled_parcels(ret))
    refunds = list(ret.refunds.exclude(state="canceled").order_by("pk"))
    lines = list(ret.lines.select_related("order_line", "swap"))
    sent = [(row, seen_by(row)) for row in refunds if row.state == "succeeded" and row.rail != "credit"]
    wants_money = [line for line in lines if line.wish in {Wish.MONEY, Wish.REDUCTION, Wish.DELIVERY}]
    credit_only = bool(wants_money) and all(line.as_credit for line in wants_money)
    today = ret.shop.today()
    offers = Deduction.objects.filter(line__ret=ret, state=Deduction.State.PROPOSED).select_related("line__order_line")
    context = {
        "ret": ret,
        "order": ret.order,
        "level": level,
        "lines": lines,
        "pictures": pictures_of(ret.shop, {line.order_line.picture for line in lines}),
        "boxes": boxes,
        "arrived": any(box.state == ReturnParcel.State.DELIVERED for box in boxes),
        "codes": codes_of(ret) if level == access.ALL else [],
        "labelled": any(box.shipment for box in boxes),
        "labels": labels,
        "refunds": sent,
        "came_back": any(row.state == "failed" and row.provider_id for row in refunds),
        "money_is_there": bool(sent) and all(seen < today for _row, seen in sent if seen),
        "today": today,
        "swaps": [line for line in lines if line.wish == Wish.SWAP],
        "parts": any(line.wish == Wish.PART for line in lines),
        "repairs": any(line.wish == Wish.REPAIR for line in lines),
        "asked": ret.questions.filter(answered_at=None).first(),
        "offers": [(row, receipts.offer_sums(row)) for row in offers],
        "may_prove": ret.state in Return.AWAITED and bool(ret.way) and access.may_change(request, ret),
        "more_boxes": more_boxes(ret) and access.may_change(request, ret),
        "may_look": may_look(ret),
        "refund_due": refund_due(ret),
        "answer_by": _answer_by(ret),
        "terms": policy.terms_of(ret.order),
        "not_come": any(line.arrived is False for line in lines),
        "credit_notes": list(ret.credit_notes.all()) if level == access.ALL else [],
        "closed": ret.state in {Return.State.REJECTED, Return.State.CANCELLED, Return.State.EXPIRED},
        "nothing_to_send": not any(line.expected for line in lines),
        "may_cancel": actions.can_be_cancelled(ret) and access.may_change(request, ret),
        "steps": _steps(ret, boxes, refunds),
        "pay": [
            (row, differences.deadline(row))
            for row in Difference.objects.filter(line__ret=ret, line__wish=Wish.SWAP, state__in=differences.WAITS)
        ],
        "sums": receipts.expected_receipt(ret) if wants_money else None,
        "credit": receipts.expected_credit(ret),
        "credit_only": credit_only,
        **_account(ret),
    }
    return render(request, "customer/return/follow.html", context)


def _answer_by(ret: Return) -> date | None:
    """The day by which a person has decided, while one has to."""
    asked = {State.DISPUTED: ret.contested_at}.get(State(ret.state), ret.submitted_at)
    waits = ret.state in {State.SUBMITTED, State.UNDER_REVIEW, State.DISPUTED}
    return answer_day(ret.shop, asked) if waits and asked else None


def _account(ret: Return) -> dict[str, object]:
    """Whether we wait for her bank account; the one that she has named, and whether she may still name another."""
    wanted, named = bank.is_wanted(ret), bank.usable(ret)
    return {"account_wanted": wanted, "account": named, "may_change_account": bool(named) and bank.may_be_given(ret)}


def _steps(ret: Return, boxes: list[ReturnParcel], refunds: list) -> list[tuple[str, str, object]]:
    """Return created · Handed in · With us · Checked · Money or item sent: (step, done/now/next, its day)."""
    local = ret.shop.today
    scans = [event for box in boxes if box.shipment for event in box.shipment.events.all()]
    handed = min((scan.at for scan in scans if scan.status not in {"pre_transit", "unknown"}), default=None)
    came = max((box.shipment.delivered_at for box in boxes if box.shipment and box.shipment.delivered_at), default=None)
    settled = max((row.settled_at for row in refunds if row.state == "succeeded"), default=None) or ret.ended_at
    done = {
        "created": ret.submitted_at,
        "handed": handed,
        "here": came,
        "checked": ret.state in {Return.State.SETTLING, Return.State.SETTLED, Return.State.REFUND_FAILED},
        "sent": ret.state == Return.State.SETTLED,
    }
    days = {
        "created": ret.submitted_at and local(ret.submitted_at),
        "handed": local(handed) if handed else ret.send_by if ret.state == Return.State.AWAITING_DROPOFF else None,
        "here": came and local(came),
        "checked": None if done["checked"] else ret.check_by,
        "sent": local(settled) if done["sent"] and settled else refund_due(ret),
    }
    if ret.decided_at and not any(line.expected for line in ret.lines.all()):  # nothing travels
        done = {"created": done["created"], "sent": done["sent"]}
    reached = max((n for n, step in enumerate(done) if done[step]), default=0)
    ours = ret.state in {Return.State.SUBMITTED, Return.State.UNDER_REVIEW}  # nothing for her to do yet
    turn = None if ours else reached + 1
    marks = ["done" if n <= reached else "now" if n == turn else "next" for n in range(len(done))]
    return [(step, mark, days[step]) for step, mark in zip(done, marks, strict=True)]


def codes_of(ret: Return) -> list[tuple[ReturnParcel, str]]:
    """Of each box that needs no label: the code to show at the counter, see `_code`."""
    return [(box, _code(box)) for box in labelled_parcels(ret) if box.code or box.code_image]


def _code(box: ReturnParcel) -> str:
    """The code to show at the counter: as the carrier drew it (then it has an address), else drawn by us."""
    return "" if box.code_image else papers.code_svg(box.code)


@require_safe
def code_image(request: HttpRequest, number: str, position: int) -> HttpResponseBase:
    """The carrier's own picture of the code; at level 2 only, because it is as good as the label."""
    ret = access.the_return(request, number)
    if access.level(request, ret.order) != access.ALL:
        return redirect("customer:code", ret.order.number_key)
    box = get_object_or_404(ret.parcels.exclude(code_image=""), position=position)
    if ret.state in Return.ENDED:
        raise Http404
    return FileResponse(box.code_image.open("rb"), content_type="image/png")


@require_safe
def label(request: HttpRequest, number: str, position: int | None = None) -> HttpResponseBase:
    """The label of a box, the first one when none is named; at level 2 only, because it carries the address."""
    return _paper(request, number, position, label_answer)


@require_safe
def code(request: HttpRequest, number: str, position: int) -> HttpResponseBase:
    """The page with the code of a box that needs no label; at level 2 only, because it is as good as the label."""
    return _paper(request, number, position, code_answer)


@require_safe
def credit_note(request: HttpRequest, number: str, note: int) -> HttpResponseBase:
    """The paper for a sum that went back; at level 2 only, because it carries the address."""
    ret = access.the_return(request, number)
    if access.level(request, ret.order) != access.ALL:
        return redirect("customer:code", ret.order.number_key)
    return credit_note_answer(request, get_object_or_404(ret.credit_notes, number=note))


def _paper(
    request: HttpRequest,
    number: str,
    position: int | None,
    answer: Callable[[HttpRequest, ReturnParcel], HttpResponseBase],
) -> HttpResponseBase:
    ret = access.the_return(request, number)
    if access.level(request, ret.order) != access.ALL:
        return redirect("customer:code", ret.order.number_key)
    boxes = labelled_parcels(ret)
    box = boxes.first() if position is None else boxes.filter(position=position).first()
    if box is None or ret.state in Return.ENDED:
        raise Http404
    return answer(request, box)


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """R14."""
    ret = access.the_return(request, number)
    if not access.may_change(request, ret):
        return redirect("customer:code", ret.order.number_key)
    if not actions.can_be_cancelled(ret):
        return _too_late_to_cancel(request, ret)
    if request.method == "POST":
        try:
            actions.cancel(ret, by=access.actor(request))
        except NotNow:
            ret.refresh_from_db(fields=["state"])
            return _too_late_to_cancel(request, ret)
        not_come = ret.lines.filter(arrived=False).exists()
        done = _("It is cancelled. We wait for your parcel with you.") if not_come else ""
        messages.success(request, done or _("Your return is cancelled. You keep the item."))
        return redirect("customer:order", ret.order.number_key)
    return render(request, "customer/return/cancel.html", {"ret": ret, "order": ret.order})


def _too_late_to_cancel(request: HttpRequest, ret: Return) -> HttpResponse:
    """Its page says how it stands; one that has ended needs no word more."""
    if ret.state not in Return.ENDED and (ret.proof_at or ret.state not in Return.BEFORE_FIRST_SCAN):
        messages.warning(
            request, _("Your parcel is on its way to us already, so this return cannot be cancelled here.")
        )
    elif ret.state not in Return.ENDED:
        messages.warning(
            request, _("We have sent you your money or new item already, so this return cannot be cancelled here.")
        )
    return redirect("customer:return", ret.number)
