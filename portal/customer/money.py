"""R12: where is my money? Each refund of the order with its stage, its date and the number for the bank."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders.models import Order, Payment
from portal.customer import access
from returns import bank
from returns import not_seen as missing
from returns.clocks import answer_day, refund_due, seen_by
from returns.errors import NotNow
from returns.models import Refund, Return

S = Refund.State
WAITS_FOR_HER = {"account", "account_again"}
UNDER_WAY = {S.PENDING, S.REQUIRES_ACTION, S.SENDING, S.NEEDS_REVIEW}


@dataclass
class Row:
    """`stage` says which words stand on the page. `whole`: the last share of its sum, under which the sum is worked
    out. `answer_by`: by its noon a person has looked; `late` when it is over."""

    refund: Refund
    stage: str
    seen: date
    whole: bool
    answer_by: date | None = None
    late: bool = False

    @property
    def reference(self) -> str:
        """The bank's number in groups of five, as people read it out."""
        number = self.refund.bank_reference
        if not number.isdigit():
            return number
        return " ".join(number[n : n + 5] for n in range(0, len(number), 5))


@require_safe
@access.led_back("money")
def money(request: HttpRequest, number: str) -> HttpResponse:
    order = access.the_order(request, number)
    rows = (
        Refund.objects.filter(ret__order=order).exclude(state=S.CANCELED).select_related("ret__order__shop", "payment")
    )
    refunds = [row for row in rows.order_by("-pk") if not _sent_anew(row) and not _credit_again(row)]
    last_share = {row.proposal: row.pk for row in refunds}  # a sum that goes to two payments is worked out once
    returns = order.returns.exclude(state__in=[Return.State.DRAFT, *Return.ENDED]).select_related("shop", "order")
    waiting = list(returns.filter(refunds=None, lines__wish="money").distinct())
    for ret in waiting:
        ret.credit_only = not ret.lines.filter(wish="money", as_credit=False).exists()  # type: ignore[attr-defined]
    table = [_row(refund, whole=last_share[refund.proposal] == refund.pk) for refund in refunds]
    context = {
        "order": order,
        "level": access.level(request, order),
        "rows": sorted(table, key=lambda row: row.stage not in WAITS_FOR_HER),
        "today": order.shop.today(),
        "waiting": [(ret, refund_due(ret)) for ret in waiting],
    }
    return render(request, "customer/money.html", context)


@require_POST
def not_seen(request: HttpRequest, number: str) -> HttpResponse:
    """The bank's time is over and she does not see it: one tap, nothing is asked."""
    order: Order = access.the_order(request, number)
    refunds = Refund.objects.filter(ret__order=order).select_related("ret__order__shop")
    named = request.POST.get("refund", "")
    refund = next((row for row in refunds if str(row.uuid) == named), None)
    if refund is None:
        raise Http404
    try:
        missing.not_seen(refund, by=access.actor(request))
    except NotNow:
        messages.warning(request, _("The bank still has time. Come back after the day below."))
    return redirect("customer:money", number)


def _row(refund: Refund, *, whole: bool) -> Row:
    stage = _stage(refund)
    asked = {"looking": refund.not_seen_at, "second": refund.first_at}.get(stage)
    shop, seen = refund.ret.shop, seen_by(refund)
    if asked is None:
        return Row(refund, stage, seen, whole)
    answer_by = answer_day(shop, asked)
    late = datetime.combine(answer_by, time(12), tzinfo=shop.zone) < timezone.now()
    return Row(refund, stage, seen, whole, answer_by, late)


def _stage(refund: Refund) -> str:
    """The first of these that holds."""
    state, wanted = refund.state, bank.is_wanted(refund.ret)
    by_credit, sent = refund.rail == Refund.Rail.CREDIT, state == S.SUCCEEDED
    failed, proposed = state == S.FAILED, state == S.PROPOSED
    stages = {
        "credit": by_credit and sent,
        "credit_soon": by_credit,
        "looking": sent and missing.is_missed(refund),
        "there": sent and missing.may_be_missed(refund),
        "sent": sent,
        "account_again": failed and wanted,
        "account": proposed and wanted,
        "came_back": failed and refund.provider_id,
        "not_sent": failed,
        "going": state in UNDER_WAY,
        "asked_back": proposed and refund.payment.dispute == Payment.Dispute.OPEN,
        "second": proposed and refund.first_by,
    }
    return next((stage for stage, holds in stages.items() if holds), "soon")


def _credit_again(refund: Refund) -> bool:
    """Credit that was to become money did not arrive: she has the credit."""
    return refund.state == S.FAILED and "back" in refund.snapshot


def _sent_anew(refund: Refund) -> bool:
    """It failed, and another sum took its place."""
    later = Refund.objects.filter(ret=refund.ret_id, pk__gt=refund.pk).exclude(proposal=refund.proposal)
    again = later.filter(state__in=[*Refund.LIVE, S.SUCCEEDED])
    return refund.state == S.FAILED and again.exists()
