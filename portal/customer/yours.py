"""P01: what this browser has opened already, in the order in which it matters to her. Nothing for a stranger."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, Sum
from django.http import HttpRequest
from django.utils import timezone

from carriers import carrier_name
from customers.models import Shop
from orders.models import Order
from portal.customer import access
from returns import bank
from returns.clocks import seen_by
from returns.differences import WAITS
from returns.models import Deduction, Difference, Refund, Return
from shipments.models import Shipment
from shipments.promise import customer_state, expected

MOST = 20  # orders on one page, the newest
OVER = {"delivered", "cancelled"}
MONEY_TOLD = timedelta(days=30)  # so long after it has left
S = Return.State


@dataclass
class Coming:
    """A parcel under way, or an order of which no parcel is known yet."""

    order: Order
    state: str
    carrier: str = ""
    expected: date | None = None


@dataclass
class Money:
    """`stage`: sent, there, credit, delayed or soon."""

    order: Order
    stage: str


def page_of(request: HttpRequest, shop: Shop) -> dict[str, object]:
    """Four lists; empty when nothing is hers."""
    orders = list(access.orders_of(request).filter(shop=shop).order_by("-placed_at", "-pk")[:MOST])
    if not orders:
        return {}
    now = timezone.now()
    returns = _returns(request, orders)
    needs = [(ret, what) for ret in returns if (what := _needs(ret, shop.today(now)))]
    waiting = {ret.pk for ret, _ in needs}
    return {
        "hers": orders,
        "needs": needs,
        "coming": _coming(orders, now),
        "returns": [ret for ret in returns if ret.pk not in waiting],
        "money": _money(orders, now),
        "today": shop.today(now),
    }


def _returns(request: HttpRequest, orders: list[Order]) -> list[Return]:
    rows = access.returns_of(request).filter(order__in=orders).exclude(state__in=Return.ENDED).order_by("-pk")
    drafts = {ret.order_id: ret for ret in reversed(rows) if ret.state == S.DRAFT}  # of several, the newest goes on
    returns = [ret for ret in rows if ret.state != S.DRAFT or drafts[ret.order_id] == ret]
    offers = Deduction.objects.filter(line__ret__in=returns, state=Deduction.State.PROPOSED)
    offered = set(offers.values_list("line__ret", flat=True))
    differences = Difference.objects.filter(line__ret__in=returns, line__wish="swap", state__in=WAITS)
    to_pay = set(differences.values_list("line__ret", flat=True))
    by_transfer = Q(order__payments__provider="bank") | Q(refunds__rail="bank") | Q(refunds__state="failed")
    perhaps = Return.objects.filter(by_transfer, pk__in=[ret.pk for ret in returns])
    perhaps_wanted = set(perhaps.values_list("pk", flat=True))
    for ret in returns:
        ret.wanted = ret.pk in perhaps_wanted and bank.is_wanted(ret)  # type: ignore[attr-defined]
        ret.offered, ret.to_pay = ret.pk in offered, ret.pk in to_pay  # type: ignore[attr-defined]
    return returns


def _needs(ret: Return, today: date) -> str:
    """What she has to do now: a word that the page turns into a sentence; empty when it is not her turn."""
    send = ret.state == S.AWAITING_DROPOFF or (ret.state in Return.NOT_SENT and ret.way == Return.Way.OWN)
    holds = {
        "draft": ret.state == S.DRAFT,
        "answer": ret.state == S.NEEDS_INFO,
        "choose": ret.offered,  # type: ignore[attr-defined]
        "pay": ret.to_pay,  # type: ignore[attr-defined]
        "account": ret.wanted,  # type: ignore[attr-defined]
        "send": send and ret.send_by is not None and ret.send_by >= today,
    }
    return next((what for what, is_so in holds.items() if is_so), "")


def _coming(orders: list[Order], now: datetime) -> list[Coming]:
    by_pk = {order.pk: order for order in orders}
    outbound = Shipment.objects.filter(order__in=orders, direction=Shipment.Direction.OUTBOUND)
    parcels = list(outbound.select_related("shop").order_by("pk"))
    with_parcels = {parcel.order_id for parcel in parcels}
    left = dict(
        Order.objects.filter(pk__in=set(by_pk) - with_parcels)
        .annotate(left=Sum("lines__quantity") - Sum("lines__returning"))
        .values_list("pk", "left")
    )
    packing = [Coming(by_pk[pk], "packing") for pk, units in left.items() if units]
    return packing + [
        Coming(by_pk[row.order_id], state, carrier_name(row.carrier), expected(row, row.shop.today(now)))
        for row in parcels
        if row.order_id and (state := customer_state(row, now)) not in OVER
    ]


def _money(orders: list[Order], now: datetime) -> list[Money]:
    """One line an order: of its newest refund that is under way, or has left lately."""
    refunds = Refund.objects.filter(ret__order__in=orders).exclude(state=Refund.State.CANCELED)
    newest = {row.ret.order_id: row for row in refunds.select_related("ret__shop", "ret__order__shop").order_by("pk")}
    lately = [row for row in newest.values() if row.settled_at is None or row.settled_at > now - MONEY_TOLD]
    return [Money(row.ret.order, _stage(row, row.ret.shop.today(now))) for row in lately]


def _stage(refund: Refund, today: date) -> str:
    sent = refund.state == Refund.State.SUCCEEDED
    if sent and refund.rail == Refund.Rail.CREDIT:
        return "credit"
    if sent:
        return "there" if seen_by(refund) < today else "sent"
    return "delayed" if refund.state == Refund.State.FAILED else "soon"
