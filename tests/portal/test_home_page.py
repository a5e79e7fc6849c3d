"""The first page: for a stranger the form and the ways on; for a browser that has opened orders first what is hers."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from carriers.base import Status
from portal.customer import access
from returns import actions, money
from tests import make
from tests.portal.test_access import letter_link, open_

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(shop):
    return make.make_order(shop, email="ada@example.com")


def page(browser: Client, path: str = "/") -> str:
    return browser.get(path).content.decode()


def opened(browser: Client, *orders) -> Client:
    for order in orders:
        open_(browser, order, "10115")
    return browser


# A stranger


def test_a_stranger_sees_the_form_and_every_way_on(shop, bob):
    told = page(bob)

    assert "Track, return or get help" in told
    for link, words in [
        ("/find/", "I do not have my order number"),
        ("/withdraw/", "Withdraw from contract here"),
        ("/?to=money", "Where is my money?"),
        ("/contact/", "Talk to a person"),
    ]:
        assert f'<a href="{link}">{words}</a>' in told
    assert told.count("<h1") == 1
    assert "Monday to Friday, 9:00 to 17:00" in told.partition("Other things you can do")[2].partition("<footer")[0]
    assert "data-puzzle" not in told
    assert "puzzle.js" not in told


def test_a_stranger_sees_nothing_of_anybody(order, ada, bob):
    opened(ada, order)
    make.make_return(order, state="approved")

    assert order.number in page(ada)
    assert order.number not in page(bob)
    assert "Your orders and returns" not in page(bob)


def test_looking_up_nothing_tells_what_is_missing(shop, ada):
    told = ada.post("/", {"number": "", "proof": ""})

    body = told.content.decode()
    assert told.status_code == 422
    assert (body.count("Enter your order number"), body.count("Enter your email or postcode")) == (2, 2)
    assert "<title>Error: " in body


def test_asking_what_a_page_is_changes_nothing(shop, ada):
    assert ada.head("/").status_code == 200


# Where is my money?


def test_her_wish_is_kept_through_the_look_up(order, ada):
    form = page(ada, "/?to=money")
    missed = ada.post("/", {"number": order.number, "proof": "99999", "to": "money"})
    found = ada.post("/", {"number": order.number, "proof": "10115", "to": "money"})

    assert "<h1>Where is my money?</h1>" in form
    assert '<input type="hidden" name="to" value="money">' in missed.content.decode()
    assert found["Location"] == f"/o/{order.number_key}/money/"
    assert ada.get(found["Location"]).status_code == 200


@pytest.mark.parametrize("to", ["https://evil.example", "/o/x/", "staff"])
def test_a_wish_is_one_of_ours(order, ada, to):
    assert ada.post("/", {"number": order.number, "proof": "10115", "to": to})["Location"] == f"/o/{order.number_key}/"


# What is hers


def test_her_return_to_send_comes_first(order, ada):
    ret = make.make_return(order, state="approved")
    type(ret).objects.filter(pk=ret.pk).update(way="own", send_by=timezone.localdate() + timedelta(days=5))

    told = page(opened(ada, order))

    first = told.index("Send your return by")
    assert first < told.index("All orders you have opened") < told.index("Find another order")
    assert f'<a class="button" href="/returns/{ret.number}/">' in told
    assert '<button class="button secondary">Find my order</button>' in told


def test_a_question_of_ours_is_hers_to_answer(order, ada):
    ret = make.make_return(make.make_order(order.shop, lines=[(1, 20000)]), reason="damaged")
    actions.ask(ret, by="staff:sam", text="Which one is it?")

    told = page(opened(ada, ret.order))

    assert f'href="/returns/{ret.number}/answer/">Answer our question</a>' in told
    assert "Which one is it?" not in told


def test_a_draft_is_shown_to_whom_it_belongs(order, ada, bob):
    opened(ada, order)
    opened(bob, order)
    ada.post(f"/o/{order.number_key}/return/")

    assert ("Finish your return" in page(ada), "Finish your return" in page(bob)) == (True, False)


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (Status.IN_TRANSIT, "Your parcel is on its way."),
        (Status.OUT_FOR_DELIVERY, "Your parcel is coming today."),
        (Status.AVAILABLE_FOR_PICKUP, "Your parcel is ready to collect."),
        (Status.RETURNING, "Your parcel is coming back to us."),
    ],
)
def test_each_parcel_under_way_is_one_sentence_with_its_link(shop, ada, status, says):
    order = make.make_order(shop, delivered=None)
    make.scan(make.make_shipment(order), status, at=timezone.now())

    told = page(opened(ada, order))

    assert says in told.partition("What is coming")[2]
    assert f'<a href="/o/{order.number_key}/">Order {order.number}</a>' in told


def test_what_has_arrived_is_not_coming(order, ada):
    assert "What is coming" not in page(opened(ada, order))


def test_an_order_without_a_parcel_is_being_packed_until_it_is_cancelled(shop, ada):
    order = make.make_order(shop, delivered=None)
    before = page(opened(ada, order))
    order.lines.update(returning=1)

    after = page(ada)

    assert ("We are packing your order." in before, "What is coming" in after) == (True, False)


def test_her_money_leads_to_its_page(order, ada):
    ret = make.make_return(order, state="settling")
    (refund,) = money.propose(ret)
    before = page(opened(ada, order))
    type(refund).objects.update(state="succeeded", settled_at=timezone.now(), counted=True)

    after = page(ada)

    assert "We are getting your money ready." in before
    assert "Your money is on its way." in after
    assert f'<a href="/o/{order.number_key}/money/">Where is the money for order {order.number}?</a>' in after
    with time_machine.travel(timezone.now() + timedelta(minutes=25)):
        assert "39.90" not in page(ada)


def test_a_page_of_three_asks_no_more_than_a_page_of_one(shop, ada):
    counts = []
    for _ in range(3):
        order = make.make_order(shop, delivered=None)
        make.scan(make.make_shipment(order), Status.IN_TRANSIT, at=timezone.now())
        make.make_return(make.make_order(shop), state="approved")
        ret = make.make_return(make.make_order(shop), state="settling")
        money.propose(ret)
        opened(ada, order, ret.order)
        with CaptureQueriesContext(connection) as queries:
            page(ada)
        counts.append(len(queries))

    assert counts == [counts[0]] * 3


def test_what_is_hers_ends_with_the_visit(order, ada):
    opened(ada, order)

    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert "Your orders and returns" not in page(ada)


def test_nothing_personal_stands_there_at_level_two_either(order, ada):
    type(order.customer).objects.update(name="Canaryname")
    ada.get(letter_link(order))

    told = page(ada)

    assert "Your orders and returns" in told
    assert [word for word in ("Canaryname", "ada@example.com", "Am Beispiel", "10115") if word in told] == []
    assert access.ALL == 2


def test_an_order_of_another_shop_is_not_among_them(order, ada, settings):
    settings.ALLOWED_HOSTS = ["*"]
    other = make.make_order(make.make_shop(domain="other.example"), delivered=None)
    session = opened(ada, order).session
    now = int(timezone.now().timestamp())
    session["orders"] = {**session["orders"], str(other.pk): [access.ALL, now, now]}
    session.save()

    assert f"Order {other.number}" not in page(ada)
