"""Pages of customers in one state each, for whoever looks at many of them: a name, and what has to be there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from carriers.base import Status
from orders.models import Order
from portal.customer import access
from returns import drafts, money, parcels
from returns.models import Return
from shipments.models import CarrierAccount
from tests import make


@dataclass
class Scene:
    path: str
    order: Order | None = None
    draft: Return | None = None
    level: int = access.ALL


SCENES: dict[str, Callable] = {}


def scene(make_it: Callable) -> Callable:
    SCENES[make_it.__name__] = make_it
    return make_it


def enter(page, live_server, there: Scene, language: str = "en") -> None:
    """Open the scene in this browser, as somebody who has opened its order."""
    session = SessionStore()
    now = int(timezone.now().timestamp())
    session["language"] = language
    if there.order:
        session["orders"] = {str(there.order.pk): [there.level, now, now]}
    if there.draft:
        session["drafts"] = [there.draft.number]
    session.save()
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": live_server.url}
    page.context.add_cookies([cookie])
    page.goto(there.path)


def order_in(shop, status: Status, *, at=None, sub_status: str = "", promised=None, **facts) -> Order:
    order = make.make_order(shop, delivered=None, **facts)
    parcel = make.make_shipment(order, shipped_on=shop.today() - timedelta(days=3), promised_on=promised)
    make.scan(parcel, status, at=at or timezone.now(), sub_status=sub_status)
    return order


def of_order(order: Order, more: str = "", **facts) -> Scene:
    return Scene(f"/o/{order.number_key}/{more}", order, **facts)


def draft_of(shop, **facts) -> Return:
    order = make.make_order(shop, lines=[(1, 8000), (2, 2000)], **facts)
    order.lines.update(variant=make.make_variant(shop, "M"))
    make.make_variant(shop, "L", size="L")
    draft = drafts.start(order, language="en")
    drafts.choose(draft, {order.lines.get(position=1): 1})
    return draft


def at_question(draft: Return, page: str) -> Scene:
    return Scene(f"/returns/{draft.number}/{page}", draft.order, draft)


def line_of(draft: Return):
    return draft.lines.select_related("ret__shop", "order_line__order__shop", "order_line__variant").get()


@scene
def home(shop, box) -> Scene:
    return Scene("/")


@scene
def contact(shop, box) -> Scene:
    return Scene("/contact/")


@scene
def accessibility(shop, box) -> Scene:
    return Scene("/accessibility/")


@scene
def withdraw(shop, box) -> Scene:
    return Scene("/withdraw/")


@scene
def on_its_way(shop, box) -> Scene:
    return of_order(order_in(shop, Status.IN_TRANSIT, promised=shop.today() + timedelta(days=2)))


@scene
def at_level_one(shop, box) -> Scene:
    return of_order(order_in(shop, Status.OUT_FOR_DELIVERY), level=access.SEEN)


@scene
def two_parcels(shop, box) -> Scene:
    order = make.make_order(shop, lines=[(1, 3990), (1, 1000)])
    make.scan(make.make_shipment(order), Status.IN_TRANSIT, at=timezone.now())
    return of_order(order)


@scene
def lost(shop, box) -> Scene:
    return of_order(order_in(shop, Status.EXCEPTION, sub_status="lost"))


@scene
def late(shop, box) -> Scene:
    return of_order(order_in(shop, Status.IN_TRANSIT, promised=shop.today() - timedelta(days=2)))


@scene
def silent(shop, box) -> Scene:
    return of_order(order_in(shop, Status.IN_TRANSIT, at=timezone.now() - timedelta(days=5)))


@scene
def choosing(shop, box) -> Scene:
    order = order_in(shop, Status.EXCEPTION, sub_status="lost", lines=[(2, 8000), (1, 1000)])
    order.lines.update(variant=make.make_variant(shop, "M"))
    return of_order(order, "parcel/1/choose/")


@scene
def choosing_what(shop, box) -> Scene:
    order = order_in(shop, Status.EXCEPTION, sub_status="lost", lines=[(2, 8000), (1, 1000)])
    make.make_shipment(order)
    return of_order(order, "parcel/1/choose/")


@scene
def not_here(shop, box) -> Scene:
    return of_order(order_in(shop, Status.DELIVERED, sub_status="to_neighbour"), "parcel/1/not-here/")


@scene
def another_delivery(shop, box) -> Scene:
    order = make.make_order(shop, delivered=None)
    parcel = make.make_shipment(order)
    box.post("/_sandbox/parcels", {"number": parcel.tracking_number, "life": "on_time"})
    box.post(f"/_sandbox/parcels/{parcel.tracking_number}/move", {"to": "handed_in"})
    make.scan(parcel, Status.ACCEPTED, at=timezone.now())
    return of_order(order, "parcel/1/delivery/")


@scene
def arrived(shop, box) -> Scene:
    return of_order(make.make_order(shop, lines=[(1, 3990), (2, 2000)]))


@scene
def code(shop, box) -> Scene:
    return of_order(make.make_order(shop), "code/", level=access.SEEN)


@scene
def items(shop, box) -> Scene:
    return at_question(draft_of(shop), "items/")


@scene
def problem(shop, box) -> Scene:
    return at_question(draft_of(shop), "problem/1/")


@scene
def photo(shop, box) -> Scene:
    draft = draft_of(shop)
    drafts.answer_reason(line_of(draft), "damaged")
    return at_question(draft, "photo/1/")


@scene
def size(shop, box) -> Scene:
    draft = draft_of(shop)
    drafts.answer_reason(line_of(draft), "wrong_size")
    return at_question(draft, "size/1/")


@scene
def wish(shop, box) -> Scene:
    draft = draft_of(shop)
    drafts.answer_reason(line_of(draft), "damaged")
    drafts.answer_without_photo(line_of(draft), "It is broken.")
    return at_question(draft, "wish/1/")


def ready_to_send(shop) -> Return:
    draft = draft_of(shop)
    drafts.answer_reason(line_of(draft), "changed_mind")
    drafts.answer_wish(line_of(draft), "money")
    return draft


@scene
def way(shop, box) -> Scene:
    return at_question(ready_to_send(shop), "way/")


@scene
def check(shop, box) -> Scene:
    draft = ready_to_send(shop)
    drafts.answer_way(draft, "code")
    return at_question(draft, "check/")


@scene
def ready(shop, box) -> Scene:
    order = make.make_order(shop)
    ret = make.make_return(order, state="approved")
    parcels.buy_labels()
    return Scene(f"/returns/{ret.number}/", order)


@scene
def places(shop, box) -> Scene:
    there = ready(shop, box)
    return Scene(f"{there.path}places/?near=30161+Hannover", there.order)


@scene
def places_silent(shop, box) -> Scene:
    there = ready(shop, box)
    CarrierAccount.objects.update(resting_until=timezone.now() + timedelta(hours=1))
    return Scene(f"{there.path}places/?near=30161", there.order)


@scene
def under_review(shop, box) -> Scene:
    order = make.make_order(shop, lines=[(1, 50000)])
    ret = make.make_return(order, reason="damaged")
    return Scene(f"/returns/{ret.number}/", order)


@scene
def where_is_my_money(shop, box) -> Scene:
    order = make.make_order(shop)
    ret = make.make_return(order, state="settling")
    (refund,) = money.propose(ret)
    type(refund).objects.update(state="succeeded", settled_at=timezone.now(), counted=True)
    return of_order(order, "money/")


@scene
def nothing_there(shop, box) -> Scene:
    return Scene("/there/is/nothing/")


@scene
def find(shop, box) -> Scene:
    return Scene("/find/")


@scene
def find_sent(shop, box) -> Scene:
    return Scene("/find/sent/")
