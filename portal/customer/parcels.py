"""Trouble with a parcel, and a change of its delivery: she chooses before anybody has to ask her."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from carriers import CARRIERS, carrier_name, offers
from carriers.base import DeliveryChoice
from carriers.errors import BadRequest, CarrierError
from customers.money import exponent
from orders.errors import SoldOut
from orders.models import Order, OrderLine
from portal.customer import access, limits
from portal.customer.items import Items
from returns import not_come, policy, receipts
from returns.clocks import answer_day
from returns.errors import NotNow, NotReturnable, TooMany
from shipments.accounts import carrier_for
from shipments.actions import miss, note_change
from shipments.models import Shipment
from shipments.promise import customer_state, expected
from shipments.queries import is_missed, parcel_at, parcels_of
from shipments.whose import tracking_page

# For so long after the day of delivery the page offers to look for it; later, whoever comes by the address may ask.
LOOKED_FOR = timedelta(days=30)
# A parcel that the carrier holds and has not loaded, or could not hand over.
CHANGEABLE = {"handed", "on_way", "late", "customs", "missed"}
UNCHOSEN = ("required", "invalid_choice")  # nothing, or what is not offered (any more): the answer is the same
ASKED = ((20, limits.HOUR),)  # how often a carrier is asked about one parcel by who only looks


@dataclass(frozen=True)
class About:
    """One parcel of an order, and its place among them as the order page counts them."""

    order: Order
    parcel: Shipment
    position: int

    def facts(self) -> dict[str, Any]:
        """What every page about it shows."""
        named = {"carrier": carrier_name(self.parcel.carrier)}
        return {"order": self.order, "parcel": self.parcel, "position": self.position, **named}


def about(request: HttpRequest, number: str, position: int) -> About:
    order = access.the_order(request, number)
    parcel = parcel_at(order, position)
    if parcel is None:
        raise Http404
    parcel.order, parcel.shop = order, order.shop
    return About(order, parcel, position)


def came_lately(parcel: Shipment, today: date) -> bool:
    came = parcel.delivered_at
    return parcel.status == "delivered" and came is not None and today - parcel.shop.today(came) <= LOOKED_FOR


def form_key(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return None


# --- again, or the money ----------------------------------------------------------------------------------------


class Choice(forms.Form):
    wish = forms.ChoiceField(error_messages=dict.fromkeys(UNCHOSEN, gettext_lazy("Select what you would like")))

    def __init__(self, *args, wishes: list[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["wish"].choices = [(wish, wish) for wish in wishes]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, number: str, position: int) -> HttpResponse:
    """Send it again, or my money back: with what, how much and by when. Of an order in several parcels she says first
    what was in this one: nobody told us."""
    it = about(request, number, position)
    order, parcel = it.order, it.parcel
    lines = [line for line in order.lines.select_related("order__shop", "variant") if line.left]
    now = timezone.now()
    if not lines or not_come.case_of(parcel):
        return _as_it_stands(parcel)
    if not not_come.may_choose(parcel, now):
        came = customer_state(parcel, now) == "delivered"
        return redirect("customer:parcel-not-here" if came else "customer:order", *_place(order, position, came))
    items = _items(request, order, lines)
    if items and not items.is_valid():
        return _which(request, it, items)
    units: dict[OrderLine, int] = items.cleaned_data["chosen"] if items else {line: line.left for line in lines}
    if no := not_come.first_no(units, order.shop.today()):
        return render(request, "customer/parcel/too_late.html", {"order": order, "no": no})
    wishes = not_come.offers(units, order.shop.today())
    form = Choice(request.POST if request.method == "POST" else None, wishes=wishes)
    if form.is_valid():
        return _give_up(request, it, units, form.cleaned_data["wish"])
    return _ask(request, it, units, form)


def _place(order: Order, position: int, came: bool) -> list:
    return [order.number_key, position] if came else [order.number_key]


class WasInIt(Items):
    """A tick and a quantity for each line that may have been in a parcel."""

    def rows(self):
        """Line, its tick, its quantity field: for the template."""
        return [(line, self[f"line-{line.position}"], self[f"quantity-{line.position}"]) for line in self.lines]

    def too_many(self, left: int) -> str:
        return ngettext("You bought %(number)s – enter 1", "You bought %(number)s – enter 1 to %(number)s", left)


def _items(request: HttpRequest, order: Order, lines: list[OrderLine]) -> WasInIt | None:
    """What was in it, as she says; None when there is nothing to ask: all of the order is in one parcel."""
    one_thing = len(lines) == 1 and lines[0].left == 1
    if parcels_of(order).count() < 2 or one_thing:
        return None
    told = request.POST if request.method == "POST" else request.GET
    answered = "items" in told or any(name.startswith("line-") for name in told)
    return WasInIt(told if answered else None, lines=lines)


def _which(request: HttpRequest, it: About, items: WasInIt) -> HttpResponse:
    return render(
        request, "customer/parcel/which.html", {**it.facts(), "form": items}, status=422 if items.errors else 200
    )


def _ask(request: HttpRequest, it: About, units: dict[OrderLine, int], form: Choice) -> HttpResponse:
    order, parcel = it.order, it.parcel
    level, today, now = access.level(request, order), order.shop.today(), timezone.now()
    wishes = [code for code, _words in form.fields["wish"].choices]  # type: ignore[attr-defined]
    context = {
        **it.facts(),
        "state": customer_state(parcel, now),
        "expected": expected(parcel, today),
        "units": list(units.items()),
        "wishes": wishes,
        "sum": receipts.worth_of_units(order, units) if level == access.ALL else None,
        "asked": any(not_come.is_asked(units, wish, today) for wish in wishes),
        "decided_by": answer_day(order.shop),
        "bank_days": policy.terms_of(order).bank_days,
        "sold_out": not_come.sold_out(units),
        "form": form,
        "key": request.POST.get("key") or uuid4(),
        "level": level,
    }
    return render(request, "customer/parcel/choose.html", context, status=422 if form.errors else 200)


def _give_up(request: HttpRequest, it: About, units: dict[OrderLine, int], wish: str) -> HttpResponse:
    order, parcel, position = it.order, it.parcel, it.position
    key = form_key(request)
    if key is None:
        return redirect("customer:parcel-choose", order.number_key, position)
    try:
        ret = not_come.give_up(
            parcel,
            units,
            wish=wish,
            by=access.actor(request),
            language=access.language(request, order),
            form_key=key,
        )
    except SoldOut:
        messages.warning(request, _("The last piece has just gone. You can have your money back."))
        return redirect("customer:parcel-choose", order.number_key, position)
    except NotReturnable as no:
        return render(request, "customer/parcel/too_late.html", {"order": order, "no": no.codes[0]})
    except (TooMany, NotNow):  # in another tab, by another person, or it has come meanwhile
        return _as_it_stands(parcel)
    not_come.forget_drafts_of(order, request.session.get("drafts", []))
    access.remember_draft(request, ret)
    return redirect("customer:return", ret.number)


def _as_it_stands(parcel: Shipment) -> HttpResponse:
    """To the case in which it was given up, else to the order."""
    ret = not_come.case_of(parcel)
    return redirect("customer:return", ret.number) if ret else redirect("customer:order", parcel.order.number_key)


# --- it says delivered ------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def not_here(request: HttpRequest, number: str, position: int) -> HttpResponse:
    """C05: three places to look, where the carrier left it, and one button. Then the carrier is asked at once."""
    it = about(request, number, position)
    order, parcel = it.order, it.parcel
    if customer_state(parcel, timezone.now()) != "delivered":
        return redirect("customer:order", order.number_key)
    if not any(line.left for line in order.lines.all()):
        return _as_it_stands(parcel)
    if request.method == "POST":
        miss(parcel, by=access.actor(request))
        return redirect("customer:parcel-choose", order.number_key, position)
    if is_missed(parcel):
        return redirect("customer:parcel-choose", order.number_key, position)
    level = access.level(request, order)
    last = parcel.events.filter(status="delivered").order_by("-at", "-pk").first()
    context = {
        **it.facts(),
        "level": level,
        "left": last if level == access.ALL else None,
        "url": tracking_page(parcel) if level == access.ALL else "",
    }
    return render(request, "customer/parcel/not_here.html", context)


# --- another delivery -------------------------------------------------------------------------------------------


def may_be_changed(parcel: Shipment) -> bool:
    """Whether we can ask the carrier to deliver it otherwise, or know the page where she can."""
    ours = parcel.carrier in CARRIERS and "change_delivery" in offers(parcel.carrier)
    return ours or bool(tracking_page(parcel))


class Delivery(forms.Form):
    choice = forms.ChoiceField(
        error_messages=dict.fromkeys(UNCHOSEN, gettext_lazy("Select how you want to get your parcel"))
    )

    def __init__(self, *args, choices: list[DeliveryChoice], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["choice"].choices = [(each.id, each.id) for each in choices]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
def delivery(request: HttpRequest, number: str, position: int) -> HttpResponse:
    """C04: what the carrier can still do, asked here and nowhere else. At level 2 only."""
    it = about(request, number, position)
    order, parcel = it.order, it.parcel
    if access.level(request, order) != access.ALL:
        return redirect("customer:code", order.number_key)
    if customer_state(parcel, timezone.now()) not in CHANGEABLE:
        messages.info(request, _("The delivery cannot be changed now."))
        return redirect("customer:order", order.number_key)
    choices, why = _choices(parcel)
    form = Delivery(request.POST if request.method == "POST" and choices else None, choices=choices)
    key = form_key(request)
    if form.is_valid() and key:
        if _change(request, parcel, form.cleaned_data["choice"], key):
            return redirect("customer:order", order.number_key)
        return redirect("customer:parcel-delivery", order.number_key, position)
    context = {
        **it.facts(),
        "choices": [(each, _minor(each)) for each in choices],
        "why": why,
        "url": tracking_page(parcel),
        "form": form,
        "key": uuid4(),
    }
    return render(request, "customer/parcel/delivery.html", context, status=422 if form.errors else 200)


def _minor(choice: DeliveryChoice) -> int:
    """Its price in the smallest unit, as all sums on a page are."""
    return int(choice.price.scaleb(exponent(choice.currency)))


def _choices(parcel: Shipment) -> tuple[list[DeliveryChoice], str]:
    """What can be chosen; with nothing to choose, why: not_offered, loaded, or silent."""
    if parcel.carrier not in CARRIERS or "change_delivery" not in offers(parcel.carrier):
        return [], "not_offered"
    if limits.claim("carrier", str(parcel.pk), ASKED):
        return [], "silent"
    try:
        choices = carrier_for(parcel.shop, parcel.carrier).delivery_choices(parcel.tracking_number)
    except CarrierError:
        return [], "silent"
    return choices, "" if choices else "loaded"


def _change(request: HttpRequest, parcel: Shipment, choice: str, key: UUID) -> bool:
    try:
        agreed = carrier_for(parcel.shop, parcel.carrier).change_delivery(
            parcel.tracking_number, choice, key=f"delivery:{parcel.pk}:{key}"
        )
    except BadRequest:
        messages.warning(request, _("This is not possible any more. Nothing was changed."))
        return False
    except CarrierError:
        messages.warning(request, _("We could not reach the carrier. Look at your order before you try again."))
        return False
    note_change(parcel, agreed, by=access.actor(request), key=key)
    messages.success(request, _("Your delivery is changed."))
    return True
