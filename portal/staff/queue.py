"""What waits for us, the most pressing first, each with the reason for its rank in words."""

from dataclasses import dataclass
from datetime import date

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from orders.queries import orders_found, orders_numbered
from portal.staff.access import returns_here, staff_page, their_shop
from returns import approvals, audit_check, bank, batches, books, till, withdrawals
from returns.clocks import refund_due
from returns.models import Refund, Return, ReturnLine
from returns.not_come import came_after_all
from returns.policy import law
from returns.queries import for_a_second, missed_refunds, open_returns, ours_with_her, parcels_by_hand, unexpected_open

State = Return.State

# A filter is a name in the address, its words, and the states it shows.
FILTERS = {
    "decide": (gettext_lazy("To decide"), [State.UNDER_REVIEW, State.SUBMITTED, State.DISPUTED]),
    "goods": (gettext_lazy("Goods in"), [State.IN_TRANSIT, State.PARTLY_RECEIVED, State.RECEIVED, State.INSPECTING]),
    "money": (gettext_lazy("To settle"), [State.SETTLING, State.REFUND_FAILED]),
    "waiting": (gettext_lazy("With the customer"), [State.NEEDS_INFO, *Return.NOT_SENT, State.REOPENED]),
}
OURS = [state for name in ("decide", "money", "goods") for state in FILTERS[name][1]]
RANK = {
    State.REFUND_FAILED: 0,
    State.SETTLING: 1,
    State.RECEIVED: 2,
    State.INSPECTING: 2,
    State.DISPUTED: 3,
    State.UNDER_REVIEW: 3,
    State.SUBMITTED: 3,
}
LAST = 4


@dataclass
class Row:
    ret: Return
    rank: int
    ours: str  # what is ours to do though it lies with the customer, a code of `words.OURS`
    chip: str
    promise: date | None
    days_left: int | None
    what: str
    value: int


def rail(request: HttpRequest) -> list[dict]:
    """The filters of the queue with how many cases each holds."""
    shop = their_shop(request)
    states = list(open_returns(shop).values_list("state", flat=True))
    with_her = len(ours_with_her(shop, timezone.now()))
    here = request.GET.get("show", "")
    on_queue = request.resolver_match is not None and request.resolver_match.view_name == "staff:queue"
    rows = [
        {
            "url": reverse("staff:queue"),
            "label": _("For us"),
            "count": sum(s in OURS for s in states) + with_her,
            "current": on_queue and not here,
        }
    ]
    for name, (label, shown) in FILTERS.items():
        rows.append(
            {
                "url": f"{reverse('staff:queue')}?show={name}",
                "label": label,
                "count": sum(state in shown for state in states),
                "current": on_queue and here == name,
            }
        )
    rows.append(
        {
            "url": f"{reverse('staff:queue')}?show=second",
            "label": _("Second check"),
            "count": for_a_second(shop).count(),
            "current": on_queue and here == "second",
        }
    )
    here_now = request.resolver_match.view_name if request.resolver_match else ""
    to_match = withdrawals.waiting(shop).count()
    for view, words, count in (
        ("staff:goods-in", _("Scan goods in"), ""),
        ("staff:unexpected", _("Not announced"), unexpected_open(shop).count()),
        ("staff:withdrawals", _("Withdrawals"), to_match),
        ("staff:transfers", _("Bank transfers"), batches.waiting(shop)),
        ("staff:done", _("Done"), ""),
        ("staff:carriers", _("Carriers"), ""),
        ("staff:books", _("Books"), ""),
        ("staff:policy", _("Terms"), ""),
        ("staff:letters", _("Letters"), ""),
        ("staff:brand", _("Brand"), ""),
    ):
        if view == "staff:books" and not _may_see_books(request):
            continue
        if view == "staff:brand" and not request.user.is_superuser:
            continue
        here_too = here_now == view or here_now.startswith(f"{view}-")
        rows.append({"url": reverse(view), "label": words, "count": count, "current": here_too})
    return rows


def _may_see_books(request: HttpRequest) -> bool:
    return approvals.role_of(request.user) != approvals.OUTSIDE


@staff_page
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    shop = their_shop(request)
    filtered = FILTERS.get(request.GET.get("show", ""))
    ours = ours_with_her(shop, timezone.now())
    by_hand = parcels_by_hand(timezone.now()).filter(ret__shop=shop).values_list("ret_id", flat=True)
    ours = {**ours, **dict.fromkeys(by_hand, "label")}
    turned_up = came_after_all(shop, timezone.now())
    cases = open_returns(shop, besides=turned_up).prefetch_related("lines__order_line", "refunds")
    ours |= {ret.pk: "turned_up" for ret in turned_up}
    ours |= dict.fromkeys(bank.waiting_for_account(shop).values_list("pk", flat=True), "account")
    second = for_a_second(shop)
    ours |= dict.fromkeys(missed_refunds(shop).values_list("ret_id", flat=True), "not_seen")
    ours |= dict.fromkeys(second.values_list("pk", flat=True), "second")
    if request.GET.get("show") == "second":
        cases = cases.filter(pk__in=second)
    else:
        cases = cases.filter(state__in=filtered[1]) if filtered else cases.filter(Q(state__in=OURS) | Q(pk__in=ours))
    rows = sorted(
        (_row(ret, shop.today(), ours.get(ret.pk, "")) for ret in cases),
        key=lambda row: (row.rank, row.promise or date.max),
    )
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    differing = books.differing(shop) if _may_see_books(request) else []
    money = {"till": till.the_till(), "differing": differing, "head_stuck": audit_check.is_stuck()}
    return render(request, "staff/queue.html", {"page": page, "rail": rail(request), **money})


def _row(ret: Return, today: date, ours: str = "") -> Row:
    lines = list(ret.lines.all())
    promise = ret.check_by or (None if ret.state == State.IN_TRANSIT else ret.send_by)
    asked = ret.contested_at or ret.submitted_at
    if (ours in SINCE_ASKED or ret.state in FILTERS["decide"][1]) and asked:
        promise = ret.shop.today(asked)
    due = refund_due(ret) if _waits_for_money(ret, lines) else None
    promise = min(filter(None, (promise, due)), default=None)
    left = (promise - today).days if promise else None
    chip = "late" if left is not None and left < 0 else "soon" if left is not None and left < 1 else "ok"
    if ret.state == State.REFUND_FAILED and chip != "late":
        chip = "urgent"
    return Row(
        ret=ret,
        rank=_rank(ret, ours, presses=due is not None and law.refund_warning(due) <= today),
        ours=ours,
        chip=chip,
        promise=promise,
        days_left=left,
        what=", ".join(line.order_line.title for line in lines),
        value=sum(line.order_line.paid * line.requested // line.order_line.quantity for line in lines),
    )


SINCE_ASKED = {"label", "collect", "owed", "unsent"}


def _waits_for_money(ret: Return, lines: list[ReturnLine]) -> bool:
    """Whether any of it is still to leave us: goods are awaited, or units are owed and no refund is on its way."""
    awaited = any(line.to_receive or line.to_check for line in lines)
    on_its_way = any(row.state in Refund.SENT for row in ret.refunds.all())
    return awaited or (any(line.unsettled for line in lines) and not on_its_way)


def _rank(ret: Return, ours: str, *, presses: bool) -> int:
    if presses:
        return RANK[State.REFUND_FAILED]
    if ret.state == State.IN_TRANSIT and ret.check_by:  # the carrier has brought it, nobody has opened it
        return RANK[State.RECEIVED]
    if ours == "account":
        return LAST
    if ours == "not_seen":
        return RANK[State.REFUND_FAILED]
    if ours:
        return RANK[State.SETTLING] if ours == "owed" else RANK[State.SUBMITTED]
    return RANK.get(ret.state, LAST)


@staff_page
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """Ended cases, the newest first."""
    ended = returns_here(request).filter(state__in=Return.ENDED).select_related("order__customer")
    page = Paginator(ended.prefetch_related("lines__order_line").order_by("-ended_at"), 50).get_page(
        request.GET.get("page")
    )
    return render(request, "staff/done.html", {"page": page, "rail": rail(request)})


@staff_page
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """An order number or a return number opens its page; anything else lists what fits."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:100]
    shop = their_shop(request)
    case = returns_here(request).filter(number=words.upper()).first()
    if case:
        return redirect("staff:return", case.number)
    order = orders_numbered(shop, words).first() if words else None
    if order:
        return redirect("staff:order", order.number_key)
    found = list(orders_found(shop, words)[:50]) if words else []
    return render(request, "staff/search.html", {"words": words, "found": found, "rail": rail(request)})
