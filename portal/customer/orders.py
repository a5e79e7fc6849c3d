"""Find an order and read how it stands."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.db.models import Prefetch, prefetch_related_objects
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from carriers import carrier_name
from carriers.taxonomy import needs_action
from orders.models import Order, Picture, number_key
from orders.pictures import pictures_of
from portal import words
from portal.customer import access, live
from portal.customer import parcels as parcel_pages
from returns import credit
from returns.clocks import refund_due, seen_by
from returns.models import Refund, Return
from returns.not_come import GIVEN_UP
from returns.queries import CAME_TO_NOTHING, has_left
from shipments.models import Shipment, TrackingEvent
from shipments.promise import customer_state, expected, expected_from, promised
from shipments.queries import parcel_at, told_by_her
from shipments.whose import choices, correct_carrier, may_be_another, tracking_page


@dataclass
class Parcel:
    """One parcel as the order page shows it. `actions` are the names of templates in customer/parts/actions/."""

    shipment: Shipment
    position: int
    state: str
    carrier: str
    promised: date | None
    expected: date | None
    expected_from: date | None
    steps: list[tuple[str, str, date | None]]
    scans: list
    why: str = ""  # a key of words.WHY
    act: bool = False  # somebody must do something, or it goes back
    url: str = ""  # the carrier's own page
    others: list[str] = field(default_factory=list)  # carriers it may be instead
    chosen: Return | None = None  # the case in which she gave it up
    missed: bool = False  # it is said to have come, and she does not have it
    changed: dict[str, Any] | None = None  # what she chose about its delivery
    may_choose: bool = False
    actions: list[str] = field(default_factory=list)


@dataclass
class Back:
    """One way back in one line, and its money: `money` is sent, going, by or "", with its sum and its day."""

    ret: Return
    money: str = ""
    amount: int = 0
    day: date | None = None

    @property
    def checks_by(self) -> date | None:
        """The day by which we have checked what is here, while that is still to be done and can be kept."""
        promised, ret = self.ret.check_by, self.ret
        here = ret.state in {Return.State.IN_TRANSIT, *Return.AT_THE_BENCH} - {Return.State.DISPUTED}
        return promised if promised and here and promised >= ret.shop.today() else None


MOST_ACTIONS = 4


@require_safe
def order(request: HttpRequest, number: str) -> HttpResponse:
    """C03: the answer first, then the steps, the items, and every scan."""
    found = live.with_news(access.orders_of(request)).filter(number_key=number_key(number)).first()
    if found is None:
        return redirect(access.door(number))
    # Read with the order: the page need not ask for it again.
    request.shop = found.shop  # type: ignore[attr-defined]
    now = timezone.now()
    shipments = list(Shipment.objects.filter(order=found).order_by("pk"))
    for row in shipments:
        row.order, row.shop = found, found.shop
    tag = live.order_tag(request, found, shipments, now)
    return live.unless_known(request, tag, lambda: _page(request, found, shipments, now))


def _page(request: HttpRequest, found: Order, shipments: list[Shipment], now: datetime) -> HttpResponse:
    level = access.level(request, found)
    sent = [row for row in shipments if row.direction == Shipment.Direction.OUTBOUND]
    prefetch_related_objects(sent, Prefetch("events", TrackingEvent.objects.defer("raw")))
    cases = list(found.returns.order_by("pk"))
    returns = [ret for ret in cases if ret.state != Return.State.DRAFT]
    lines = list(found.lines.all())
    left = any(line.left for line in lines)
    parcels = [_parcel(row, found, now, position) for position, row in enumerate(sent, start=1)]
    _hear(found, parcels, returns)
    for parcel in parcels:
        if level == access.ALL:
            parcel.url = tracking_page(parcel.shipment)
            parcel.others = _by_name(parcel) if may_be_another(parcel.shipment) else []
        _decide(parcel, level, left, found.shop.today(now))
    still_here = not any(has_left(row) for row in sent)
    ask_a_person = any(_left_to_a_person(parcel) for parcel in parcels)
    arrived = sum(parcel.state == "delivered" for parcel in parcels)
    own = parcels[0].actions if len(parcels) == 1 else []
    actions = [
        *(["person"] if ask_a_person else []),
        *[name for name in own if name != "not_here"],
        *(["return"] if left and not still_here else []),
        *[name for name in own if name == "not_here"],
        *(["cancel"] if left and still_here else []),
    ]
    context = {
        "pictures": pictures_of(found.shop, {line.picture for line in lines if line.picture}),
        "order": found,
        "level": level,
        "parcels": parcels,
        "arrived": arrived,
        "lines": lines,
        "today": found.shop.today(now),
        "backs": _ways_back(found, returns),
        "form_key": uuid4(),
        "begun": any(access.may_change(request, ret) for ret in cases if ret.state == Return.State.DRAFT),
        "actions": actions[:MOST_ACTIONS],
        "main": actions[0] if actions and (actions[0] in {"person", "choose"} or arrived) else "",
        "has_credit": level == access.ALL and credit.credits_of(found.customer).exists(),
    }
    return render(request, "customer/order.html", context)


def _hear(order: Order, parcels: list[Parcel], returns: list[Return]) -> None:
    """What she has told us of each parcel."""
    cases = {ret.number: ret for ret in returns if ret.state not in CAME_TO_NOTHING}
    lines = told_by_her(order) if order.said else []  # type: ignore[attr-defined]
    for line in lines:
        for parcel in parcels:
            if line.facts["tracking_number"] != parcel.shipment.tracking_number:
                continue
            if line.verb == "parcel.given_up":
                parcel.chosen = cases.get(line.number, parcel.chosen)
            elif line.verb == "parcel.not_here":
                parcel.missed = True
            else:
                day = line.facts["day"]
                parcel.changed = {**line.facts, "day": date.fromisoformat(day) if day else None}


def _decide(parcel: Parcel, level: int, left: bool, today: date) -> None:
    """What she can do about this parcel now, what makes most sense first."""
    state = parcel.state
    open_to_her = left and parcel.chosen is None
    parcel.may_choose = open_to_her and (
        state in GIVEN_UP or state == "late" or (state == "delivered" and parcel.missed)
    )
    names = []
    if parcel.may_choose and state != "late":
        names.append("choose")
    if level == access.ALL and state in parcel_pages.CHANGEABLE and parcel_pages.may_be_changed(parcel.shipment):
        names.append("change")
    if parcel.may_choose and state == "late":
        names.append("no_wait")
    if open_to_her and not parcel.missed and parcel_pages.came_lately(parcel.shipment, today):
        names.append("not_here")
    parcel.actions = names


def _left_to_a_person(parcel: Parcel) -> bool:
    in_trouble = parcel.state in GIVEN_UP and not parcel.may_choose and parcel.chosen is None
    return in_trouble or parcel.act


def _ways_back(order: Order, returns: list[Return]) -> list[Back]:
    """Each way back with what can truly be said of its money."""
    refunds = Refund.objects.filter(ret__in=returns).exclude(state=Refund.State.CANCELED) if returns else []
    rows: dict[int, list[Refund]] = {}
    for refund in refunds:
        rows.setdefault(refund.ret_id, []).append(refund)
    backs = []
    for ret in returns:
        ret.shop, ret.order = order.shop, order
        backs.append(_way_back(ret, rows.get(ret.pk, [])))
    return backs


def _way_back(ret: Return, refunds: list[Refund]) -> Back:
    money = [row for row in refunds if row.rail != Refund.Rail.CREDIT]
    for row in money:
        row.ret = ret
    sent = [row for row in money if row.state == Refund.State.SUCCEEDED]
    going = [row for row in money if row.state in GOING]
    for name, shares in (("going", going), ("sent", sent)):
        if shares:
            return Back(ret, name, sum(row.amount for row in shares), max(seen_by(row) for row in shares))
    due = refund_due(ret) if ret.state not in Return.ENDED else None
    return Back(ret, "by", 0, due) if due and due >= ret.shop.today() else Back(ret, "some" if money else "")


GOING = {Refund.State.APPROVED, Refund.State.SENDING, Refund.State.PENDING}


def _by_name(parcel: Parcel) -> list[str]:
    """Of two carriers with one name (DHL has two doors) she is shown the likelier one."""
    named = {carrier_name(slug): slug for slug in reversed(choices(parcel.shipment))}
    return [slug for name, slug in reversed(named.items()) if name != parcel.carrier]


@require_POST
def carrier(request: HttpRequest, number: str, position: int) -> HttpResponse:
    """She knows better whose parcel it is: only at level 2, and only where nobody has said it for certain."""
    found = access.the_order(request, number)
    if access.level(request, found) != access.ALL:
        return redirect("customer:code", number)
    parcel = parcel_at(found, position)
    if parcel is None:
        raise Http404
    chosen = request.POST.get("carrier", "")
    if correct_carrier(parcel, chosen, by="customer", source=Shipment.CarrierFrom.CUSTOMER):
        messages.success(request, _("Thank you. We ask this carrier now."))
    else:
        messages.error(request, _("This did not work. Nothing was changed."))
    return redirect("customer:order", number)


def _parcel(row: Shipment, order: Order, now: datetime, position: int) -> Parcel:
    state = customer_state(row, now)
    return Parcel(
        shipment=row,
        position=position,
        state=state,
        carrier=carrier_name(row.carrier),
        promised=promised(row),
        expected=expected(row, order.shop.today(now)),
        expected_from=expected_from(row, order.shop.today(now)),
        steps=_steps(row, order, state, now),
        scans=list(reversed(row.events.all())),
        why=row.sub_status if row.sub_status in words.WHY and state not in SAYS_IT_ALL else "",
        act=bool(row.sub_status in words.WHY and needs_action(row.status, row.sub_status) and state != "collect"),
    )


# Of these the answer itself says why.
SAYS_IT_ALL = {"packing", "silent", "damaged", "lost", "going_back", "cancelled"}


def _steps(row: Shipment, order: Order, state: str, now: datetime) -> list[tuple[str, str, date | None]]:
    """Ordered · Packed · On its way · Delivered: (step, done/now/next/bad, its day)."""
    local = order.shop.today
    first = {event.status: event.at for event in reversed(row.events.all())}
    packed = min((at for status, at in first.items() if status != "unknown"), default=None)
    moving = min((at for status, at in first.items() if status not in {"pre_transit", "unknown"}), default=None)
    arrived = state == "delivered"
    trouble = state in {"cancelled", "missed", "late", *GIVEN_UP}
    way = "done" if arrived else "bad" if trouble and moving else "now" if moving else "next"
    return [
        ("ordered", "done", local(order.placed_at)),
        ("packed", "done" if packed else "now", local(packed) if packed else row.shipped_on),
        ("on_way", way, local(moving) if moving else None),
        (
            "delivered",
            "done" if arrived else "next",
            _comes(row, local(now), state) if not row.delivered_at else local(row.delivered_at),
        ),
    ]


def _comes(row: Shipment, today: date, state: str) -> date | None:
    """The day to expect it on. Of one in trouble nobody knows; the van that has it comes today."""
    if state == "today":
        return today
    return None if state in {"cancelled", "missed", *GIVEN_UP} else expected(row, today)


@require_safe
def picture(request: HttpRequest, name: str) -> FileResponse:
    """An item's picture. It is the shop's own and nobody's secret; its name never names another file."""
    row = get_object_or_404(Picture, file=f"pictures/{name.replace(chr(0), '')}")
    response = FileResponse(row.file.open("rb"), content_type="image/webp")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
