"""A page that renews itself: known to the visitor it is a 304, and it is never known when it would read otherwise."""

import re
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from carriers.base import DeliveryChoice, Drop
from orders.actions import note_arrival
from orders.models import Picture
from portal.customer import access
from returns import actions, goods, money, not_come, parcels, sending
from returns.models import Refund, Return
from returns.payouts.base import Outcome
from shipments.actions import miss, note_change, notice_late, notice_silent
from shipments.whose import correct_carrier
from tests import make
from tests.portal.parcel_states import STATES, order_in, parcel_in
from tests.portal.test_withdrawal_pages import open_at

pytestmark = pytest.mark.django_db

# What is another in every answer and means nothing.
TOKENS = re.compile(r'name="(?:csrfmiddlewaretoken|key)" value="[^"]*"|data-live="[^"]*"')


def words(answer) -> str:
    return TOKENS.sub("", answer.content.decode())


def asked(browser, path: str, tag: str = "", **headers):
    return browser.get(path, headers={"If-None-Match": tag, "X-Renews": "1", **headers} if tag else headers)


@pytest.fixture
def order(shop, ada):
    order = order_in(shop, "on_way")
    open_at(ada, order, access.ALL)
    return order


def path_of(what) -> str:
    return f"/returns/{what.number}/" if isinstance(what, Return) else f"/o/{what.number_key}/"


def test_a_page_that_is_known_is_not_made_again(order, ada):
    first = asked(ada, path_of(order))

    again = asked(ada, path_of(order), first["ETag"])

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again["ETag"] == first["ETag"]
    assert {"no-store", "private"} <= set(again["Cache-Control"].split(", "))


def test_the_page_says_its_name_to_the_script(order, ada):
    from html import unescape

    first = asked(ada, path_of(order))

    assert unescape(re.search(r'data-live="([^"]*)"', first.content.decode())[1]) == first["ETag"]


def test_a_304_asks_the_database_three_times_whatever_the_order_holds(order, shop, ada):
    make.make_return(make.make_order(shop))
    for _ in range(3):
        parcel_in(order, "delivered")
    tag = asked(ada, path_of(order))["ETag"]

    with CaptureQueriesContext(connection) as seen:
        answer = asked(ada, path_of(order), tag)

    assert (answer.status_code, len(seen)) == (304, 3)  # the session, the order, its parcels


def test_what_is_to_be_said_once_is_said(order, ada):
    tag = asked(ada, path_of(order))["ETag"]
    session = ada.session
    session["_messages"] = '[["__json_message",0,25,"It is done.",""]]'
    session.save()

    answer = asked(ada, path_of(order), tag)

    assert (answer.status_code, "It is done." in answer.content.decode()) == (200, True)
    assert asked(ada, path_of(order), tag).status_code == 304


def test_a_page_that_renews_itself_is_no_visit(order, ada):
    tag = asked(ada, path_of(order))["ETag"]
    with time_machine.travel(timezone.now() + timedelta(minutes=29)):
        assert asked(ada, path_of(order), tag).status_code in {200, 304}

    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        answer = asked(ada, path_of(order), tag)

    assert (answer.status_code, answer["Location"]) == (302, f"/?order={order.number_key}")


def test_a_name_of_another_session_level_or_language_is_not_known(order, shop, ada, bob):
    names = [asked(ada, path_of(order))["ETag"]]
    names.append(asked(ada, path_of(order), **{"Accept-Language": "de"})["ETag"])
    open_at(bob, order, access.SEEN)
    names.append(asked(bob, path_of(order))["ETag"])

    assert len(set(names)) == 3
    assert asked(bob, path_of(order), names[0]).status_code == 200


def test_the_name_of_a_page_tells_nobody_what_it_is_made_of(order, ada, settings):
    """It is made of her address, too, which level 1 does not show: without our key nobody can try addresses out."""
    with time_machine.travel(timezone.now(), tick=False):
        name = ada.get(f"/o/{order.number_key}/")["ETag"]
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another key, of fifty characters and more, for now."

        again = ada.get(f"/o/{order.number_key}/")

    assert (again.status_code, again["ETag"] == name, len(name)) == (200, False, 26)


def test_a_stranger_with_the_name_gets_nothing(order, ada):
    tag = asked(ada, path_of(order))["ETag"]

    answer = asked(Client(), path_of(order), tag)

    assert answer.status_code == 302


# --- no change goes unseen --------------------------------------------------------------------------------------


@contextmanager
def seen_by(browser, what):
    """Whatever happens inside: when the name stays, the page has stayed as well. Says what it found."""
    before = asked(browser, path_of(what))
    found: dict[str, bool] = {}
    yield found
    known = asked(browser, path_of(what), before["ETag"])
    after = asked(browser, path_of(what))
    found["known"] = known.status_code == 304
    found["same"] = words(before) == words(after)
    assert found["same"] or not found["known"], "a stale page"


def test_the_walk_can_fail(order, ada):
    """A change that writes no line and touches no row of the page's name would be seen here."""
    order.lines.update(title="Another shirt")

    with pytest.raises(AssertionError, match="a stale page"), seen_by(ada, order):
        order.lines.update(title="A third shirt")


def scan_into(order, state: str) -> None:
    from tests.portal.parcel_states import TOLD

    status, sub_status, ago = TOLD[state]
    make.scan(order.shipments.first(), status, at=timezone.now() - ago, sub_status=sub_status)


@pytest.mark.parametrize("level", [access.SEEN, access.ALL])
@pytest.mark.parametrize("state", [state for state in STATES if state not in {"packing", "late"}])
def test_every_step_of_a_parcel_is_seen(shop, ada, state, level):
    order = order_in(shop, "packing")
    open_at(ada, order, level)

    with seen_by(ada, order) as found:
        scan_into(order, state)

    assert found == {"known": False, "same": False}


def given_up(order) -> Return:
    line = order.lines.select_related("variant").get()
    return not_come.give_up(
        order.shipments.first(), {line: 1}, wish="money", by="customer", language="en", form_key=uuid4()
    )


def scan_again(order) -> None:
    parcel = order.shipments.get()
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        make.scan(parcel, parcel.status, at=parcel.last_scan_at)


OF_AN_ORDER = {
    "another parcel": ("on_way", make.make_shipment),
    "a look that finds nothing new": ("on_way", scan_again),
    "found late": ("late", lambda order: notice_late()),
    "found silent": ("silent", lambda order: notice_silent()),
    "given up": ("lost", given_up),
    "not here": ("delivered", lambda order: miss(order.shipments.get(), by="customer")),
    "another delivery": (
        "on_way",
        lambda order: note_change(
            order.shipments.get(),
            DeliveryChoice("1", Drop.DAY, day=order.shop.today() + timedelta(days=3)),
            by="customer",
            key=uuid4(),
        ),
    ),
    "another carrier": (
        "on_way",
        lambda order: correct_carrier(order.shipments.get(), "paper", by="staff:sam", source="staff"),
    ),
    "a return": ("delivered", make.make_return),
    "a return to settle": ("delivered", lambda order: make.make_return(order, state="settling")),
    "money": ("delivered", lambda order: money.propose(make.make_return(order, state="settling"))),
    "it has come, she says": ("on_way", lambda order: note_arrival(order, order.shop.today(), by="customer")),
    "an address put right": (
        "on_way",
        lambda order: type(order).objects.update(address={**order.address, "city": "X"}),
    ),
    "a name put right": ("on_way", lambda order: type(order.customer).objects.update(name="Ada Other")),
    "hours of the shop": ("on_way", lambda order: type(order.shop).objects.update(hours={"en": "8 to 12"})),
}


@pytest.mark.parametrize("what", OF_AN_ORDER)
def test_nothing_that_happens_to_an_order_goes_unseen(shop, ada, what):
    state, happens = OF_AN_ORDER[what]
    order = order_in(shop, state)
    open_at(ada, order, access.ALL)

    with seen_by(ada, order):
        happens(order)


def walk(ret: Return):
    """The life of a case, verb by verb."""
    yield lambda: actions.ask(ret, by="staff:sam", text="Which one is it?")
    yield lambda: actions.answer(make.fresh(ret), by="customer", text="The blue one")
    yield lambda: actions.approve(make.fresh(ret), by="staff:sam")
    yield lambda: parcels.buy_label(make.fresh(ret).parcels.first())
    yield lambda: parcels.submit_proof(make.fresh(ret), by="customer", tracking_number="OWN1", file=("r.webp", b"x"))
    yield lambda: goods.receive(make.fresh(ret), {line.pk: line.approved for line in ret.lines.all()}, by="staff:sam")
    yield lambda: goods.accept(make.fresh(ret), {line.pk: line.approved for line in ret.lines.all()}, by="staff:sam")
    yield lambda: money.propose(make.fresh(ret))
    yield lambda: money.approve_refund(ret.refunds.get(), by="staff:pia")
    yield lambda: Refund.objects.update(
        state="pending", provider_id="re_1", first_sent_at=timezone.now()
    )  # as if it had been sent
    yield lambda: sending.take_outcome(ret.refunds.get(), Outcome("re_1", "succeeded", ret.refunds.get().amount, "EUR"))


@pytest.mark.parametrize("level", [access.SEEN, access.ALL])
@pytest.mark.parametrize("page", ["order", "return"])
def test_no_step_of_a_case_goes_unseen(shop, ada, box, page, level):
    order = order_in(shop, "delivered", lines=[(1, 12000)])
    ret = make.make_return(order, reason="damaged")
    assert ret.state == "under_review"
    open_at(ada, order, level)

    seen = []
    for step in walk(ret):
        with seen_by(ada, make.fresh(order if page == "order" else ret)) as found:
            step()
        seen.append(found["same"])

    assert make.fresh(ret).state == "settled"
    assert seen.count(False) >= 5  # it did show most of them


@pytest.mark.parametrize("verb", ["cancel", "expire", "reject", "reopen"])
@pytest.mark.parametrize("page", ["order", "return"])
def test_no_end_of_a_case_goes_unseen(shop, ada, page, verb):
    order = order_in(shop, "delivered", lines=[(1, 12000)])
    open_at(ada, order, access.ALL)
    ret = make.make_return(order, reason="damaged")
    if verb == "expire":
        ret = actions.approve(ret, by="staff:sam")
    if verb == "reopen":
        ret = actions.cancel(ret, by="customer")
    verbs = {
        "cancel": lambda: actions.cancel(ret, by="customer"),
        "expire": lambda: actions.expire(ret),
        "reject": lambda: make.say_no(ret),
        "reopen": lambda: actions.reopen(ret, by="staff:sam", why="she called"),
    }

    with seen_by(ada, order if page == "order" else ret) as found:
        verbs[verb]()

    assert found == {"known": False, "same": False}


# --- time alone -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [1, 10, 50, 70, 24 * 60, 4 * 24 * 60])
@pytest.mark.parametrize("state", STATES)
def test_time_alone_makes_no_page_stale(shop, state, minutes):
    order = order_in(shop, state)
    browser = Client()
    open_at(browser, order, access.ALL)
    before = asked(browser, path_of(order))

    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        open_at(browser, order, access.ALL)
        known = asked(browser, path_of(order), before["ETag"]).status_code == 304
        after = asked(browser, path_of(order))

    assert words(before) == words(after) or not known


def test_the_very_minute_of_silence_is_seen(shop, ada):
    order = order_in(shop, "on_way")
    parcel = order.shipments.get()
    falls_silent = parcel.last_scan_at + timedelta(hours=72)
    with time_machine.travel(falls_silent - timedelta(seconds=30), tick=False):
        open_at(ada, order, access.ALL)
        before = asked(ada, path_of(order))

    with time_machine.travel(falls_silent + timedelta(seconds=30), tick=False):
        answer = asked(ada, path_of(order), before["ETag"])

    assert (answer.status_code, "We have no news from" in answer.content.decode()) == (200, True)


def test_a_picture_that_has_come_is_seen_within_the_hour(shop, ada):
    order = order_in(shop, "delivered")
    order.lines.update(picture="https://shop.example/1.jpg")
    open_at(ada, order, access.ALL)
    before = asked(ada, path_of(order))
    Picture.objects.create(shop=shop, source="https://shop.example/1.jpg", file="pictures/x.webp")

    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        open_at(ada, order, access.ALL)
        answer = asked(ada, path_of(order), before["ETag"])

    assert answer.status_code == 200


def test_two_lines_written_at_once_are_both_counted(shop, ada):
    """The one with the lower number may be committed last: the newest number would stay what it is."""
    from customers.models import Entry

    order = order_in(shop, "delivered")
    open_at(ada, order, access.ALL)
    Entry.objects.create(pk=10_000_000, shop=shop, customer=order.customer, verb="a.b", order_number=order.number)
    tag = asked(ada, path_of(order))["ETag"]

    Entry.objects.create(pk=9_999_999, shop=shop, customer=order.customer, verb="a.c", order_number=order.number)

    assert asked(ada, path_of(order), tag).status_code == 200
