"""It has not come: she says what she wants before anybody asks her, and a person decides."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from carriers.base import Status
from customers.models import Shop
from orders.errors import UnitsTaken
from orders.models import Order, OrderLine
from returns import actions, drafts, policy
from returns.audit import together
from returns.errors import NotNow, TooMany
from returns.kinds import Reason, Wish
from returns.models import Return, ReturnLine
from returns.policy.facts import before_asking
from returns.queries import CAME_TO_NOTHING
from shipments.models import Shipment
from shipments.promise import customer_state
from shipments.queries import is_missed, told_by_her

# Of these she need not wait for us to speak. Of a late one too, though it may come any day.
GIVEN_UP = {"silent", "lost", "damaged", "going_back"}

Units = Mapping[OrderLine, int]


def may_choose(parcel: Shipment, now: datetime) -> bool:
    """Whether she may give this parcel up now."""
    state = customer_state(parcel, now)
    return is_given_up(state, missed=state == "delivered" and is_missed(parcel))


def is_given_up(state: str, *, missed: bool) -> bool:
    """Whether a parcel that reads so may be given up: it is in trouble or late, or it is said to have come and is
    `missed`."""
    return state in GIVEN_UP or state == "late" or (state == "delivered" and missed)


def first_no(units: Units, today: date) -> str:
    """The code of the rule that says no to giving these units up, empty when none does."""
    found = policy.first_no([each for line in units for each in _verdicts(line, units[line], Wish.MONEY, today)])
    return found.code if found else ""


def offers(units: Units, today: date) -> list[str]:
    """What she may have for all of these units: money, and the same again while every piece lies on the shelf."""
    told = [policy.outcome(_wished(line, units[line], "", today), policy.terms_of(line.order)) for line in units]
    wishes = [wish for wish in (Wish.SWAP, Wish.MONEY) if all(wish in each.offers for each in told)]
    return [str(wish) for wish in wishes if wish != Wish.SWAP or not sold_out(units)] or [str(Wish.MONEY)]


def sold_out(units: Units) -> list[OrderLine]:
    """What does not lie on the shelf often enough to be sent again."""
    return [line for line in units if line.variant is None or line.variant.free < units[line]]


def is_asked(units: Units, wish: str, today: date) -> bool:
    """Whether a person decides about it; else the rules say yes at once."""
    return any(each.answer == "ask" for line in units for each in _verdicts(line, units[line], wish, today))


def _verdicts(line: OrderLine, units: int, wish: str, today: date) -> Sequence[policy.Verdict]:
    return policy.verdicts(_wished(line, units, wish, today), policy.terms_of(line.order))


def _wished(line: OrderLine, units: int, wish: str, today: date) -> policy.Wished:
    asked = before_asking(line, Reason.TOO_LATE, today)
    value = line.paid * units // line.quantity
    return replace(asked, arrived=False, wish=wish, quantity=units, value=value)


def give_up(
    parcel: Shipment, units: Mapping[OrderLine, int], *, wish: str, by: Any, language: str, form_key: UUID
) -> Return:
    """She does not wait for this parcel any more: a case for {order line: units}, asked for and sent in one step.

    The same form pressed again gives the same case. Writes `parcel.given_up` and what `actions.submit` writes. Raises
    NotNow when the parcel may not be given up (any more), TooMany when units are in another case, NotReturnable, and
    orders.errors.SoldOut; then nothing has happened.
    """
    with together():
        order = Order.objects.select_for_update().get(pk=parcel.order_id)
        begun = Return.objects.filter(form_key=form_key).first()
        if begun and begun.order_id == order.pk and begun.state != Return.State.DRAFT:
            return begun
        row = Shipment.objects.select_related("shop", "order__customer").get(pk=parcel.pk)
        if begun or case_of(row) or not may_choose(row, timezone.now()):
            raise NotNow("it has come, was given up before, or is still waited for")
        draft = drafts.start(order, language=language, by=by, form_key=form_key)
        drafts.choose(draft, units)
        for line in draft.lines.select_related("ret", "order_line__variant"):
            drafts.answer_reason(line, Reason.TOO_LATE)
            drafts.answer_more(line, arrived=False)
            drafts.answer_wish(line, wish)
        try:
            ret = actions.submit(draft, by=by)
        except UnitsTaken as taken:
            raise TooMany(str(taken)) from taken
        actions.note(ret, "parcel.given_up", by=by, tracking_number=row.tracking_number, wish=str(wish))
        return ret


def case_of(parcel: Shipment) -> Return | None:
    """The case in which she gave this parcel up, unless that has come to nothing."""
    lines = told_by_her(parcel.order).filter(verb="parcel.given_up").values_list("number", "facts")
    numbers = [number for number, facts in lines if facts["tracking_number"] == parcel.tracking_number]
    return Return.objects.filter(number__in=numbers).exclude(state__in=CAME_TO_NOTHING).order_by("-pk").first()


def parcel_to_give_up(order: Order) -> tuple[int, bool] | None:
    """The parcel that "it is not here" speaks of: its place among those of the order, and whether it is said to have
    come. None while all is well, or when nobody tells where it is."""
    sent = order.shipments.filter(direction=Shipment.Direction.OUTBOUND).select_related("shop").order_by("pk")
    now = timezone.now()
    states = {place: customer_state(row, now) for place, row in enumerate(sent, start=1) if not row.replacement}
    bad = [place for place, state in states.items() if state in GIVEN_UP or state == "late"]
    came = [place for place, state in states.items() if state == "delivered"]
    if bad:
        return bad[0], False
    return (came[-1], True) if came and len(came) == len(states) else None


def forget_drafts_of(order: Order, numbers: Sequence[str]) -> None:
    """Drafts of hers that asked the same: what was in them has been sent."""
    rows = Return.objects.filter(order=order, state=Return.State.DRAFT, number__in=numbers)
    for draft in rows.prefetch_related("lines"):
        lines = list(draft.lines.all())
        if lines and all(line.reason == Reason.TOO_LATE and line.arrived is False for line in lines):
            drafts.forget(draft)


def turned_up(ret: Return) -> Shipment | None:
    """The parcel of which a case says that it has not come, and that has since: to her, or back to us."""
    said = any(line.reason == Reason.TOO_LATE and line.arrived is False for line in ret.lines.all())
    if not said or ret.submitted_at is None or ret.state in CAME_TO_NOTHING:
        return None
    lines = told_by_her(ret.order).filter(verb="parcel.given_up", number=ret.number).values_list("facts", flat=True)
    named = [facts["tracking_number"] for facts in lines]
    came = _came(ret.order).filter(last_scan_at__gt=ret.submitted_at)
    came = came.filter(tracking_number__in=named) if named else came.filter(replacement=False)
    return came.order_by("-last_scan_at").first()


def _came(order: Order | OuterRef) -> QuerySet[Shipment]:
    """Parcels of an order that have come, or have come back."""
    sent = Shipment.objects.filter(order=order, direction=Shipment.Direction.OUTBOUND)
    return sent.filter(status__in=[Status.DELIVERED, Status.RETURNED])


def came_after_all(shop: Shop, now: datetime) -> list[Return]:
    """Cases whose parcel has turned up within two weeks: staff look at them, also when they are settled."""
    came = _came(OuterRef("order")).filter(last_scan_at__gt=OuterRef("submitted_at"))
    lines = ReturnLine.objects.filter(ret=OuterRef("pk"), reason=Reason.TOO_LATE, arrived=False)
    cases = Return.objects.filter(Exists(came.filter(last_scan_at__gt=now - SHOWN_FOR)), Exists(lines), shop=shop)
    rows = cases.exclude(state__in={Return.State.DRAFT, *CAME_TO_NOTHING}).select_related("order__customer")
    return [ret for ret in rows.prefetch_related("lines") if turned_up(ret)]


SHOWN_FOR = timedelta(days=14)
