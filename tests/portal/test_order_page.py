"""C03: the answer first, true in every state, and what she can do about it now."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.customer import access
from portal.templatetags.words import day
from returns import actions, money
from returns.models import Refund
from shipments.models import Shipment
from tests import make
from tests.portal.parcel_states import STATES, TOLD, links, order_in, parcel_in, text
from tests.portal.test_withdrawal_pages import open_at

pytestmark = pytest.mark.django_db

LEVELS = [access.SEEN, access.ALL]
ANSWERS = {
    "packing": "We are packing your order",
    "handed": "The carrier has your parcel",
    "on_way": "Your parcel is on its way",
    "customs": "Your parcel is at customs",
    "today": "Your parcel is coming today",
    "missed": "Sandbox Parcel could not hand over your parcel",
    "collect": "Your parcel is ready to collect",
    "delivered": "Your parcel arrived on",
    "late": "Your parcel is late",
    "silent": "We have no news from Sandbox Parcel since",
    "damaged": "Sandbox Parcel says your parcel was damaged",
    "lost": "We think your parcel is lost",
    "going_back": "Your parcel is coming back to us",
    "cancelled": "This shipment is cancelled",
}
CHANGE = "parcel/1/delivery/"
CHOOSE = "parcel/1/choose/"
NOT_HERE = "parcel/1/not-here/"
# What she can do at level 2, what makes most sense first. At level 1 the delivery is not changed.
CAN = {
    "packing": ["cancel/"],
    "handed": [CHANGE, "return/"],
    "on_way": [CHANGE, "return/"],
    "customs": [CHANGE, "return/"],
    "today": ["return/"],
    "missed": [CHANGE, "return/"],
    "collect": ["return/"],
    "delivered": ["return/", NOT_HERE],
    "late": [CHANGE, CHOOSE, "return/"],
    "silent": [CHOOSE, "return/"],
    "damaged": [CHOOSE, "return/"],
    "lost": [CHOOSE, "return/"],
    "going_back": [CHOOSE, "return/"],
    "cancelled": ["return/"],
}


def seen(browser, order, level: int = access.ALL):
    open_at(browser, order, level)
    return browser.get(f"/o/{order.number_key}/")


def buttons(answer, order) -> list[str]:
    """Where the buttons in the list of actions lead, in their order."""
    listed = answer.content.decode().partition('<ul class="actions">')[2].partition("</ul>")[0]
    return [
        path.removeprefix(f"/o/{order.number_key}/") for path in re.findall(r'(?:href|action)="(/o/[^"]*)"', listed)
    ]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("state", STATES)
def test_each_state_is_answered_first_with_what_she_can_do(shop, ada, state, level):
    order = order_in(shop, state)

    page = seen(ada, order, level)

    html = page.content.decode()
    assert html.count("<h1") == 1
    assert text(page).startswith(f"Order {order.number} {ANSWERS[state]}")
    assert buttons(page, order) == [what for what in CAN[state] if level == access.ALL or what != CHANGE]
    mains = html.count('class="button"')
    assert mains == (1 if state in {"silent", "damaged", "lost", "going_back", "delivered"} else 0)


def test_every_state_has_a_table_row():
    assert set(STATES) == set(ANSWERS) == set(CAN)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("state", [state for state in STATES if TOLD[state]])
def test_what_the_carrier_last_said_and_when_it_was_asked_stand_open_under_the_answer(shop, ada, state, level):
    order = order_in(shop, state)
    Shipment.objects.get().events.update(place="Hannover-Anderten", text="Zustellfahrzeug 17")

    page = seen(ada, order, level)

    said = re.search(r'<p class="quiet said">(.*?)</p>', page.content.decode(), re.S)[1]
    outside_of_the_list = page.content.decode().partition("<details")[0]
    assert said in outside_of_the_list
    assert "We last asked Sandbox Parcel on" in said
    assert ("Hannover-Anderten" in said, bool(re.search(r"\d\d:\d\d", said))) == (level == access.ALL,) * 2
    assert ("Zustellfahrzeug 17" in page.content.decode()) is (level == access.ALL)


def test_of_a_parcel_nobody_was_asked_about_nothing_is_said(shop, ada):
    order = order_in(shop, "packing")

    assert "We last asked" not in text(seen(ada, order))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("state", STATES)
def test_beside_another_parcel_each_has_its_own_answer_and_its_own_actions(shop, ada, state, level):
    order = order_in(shop, state)
    parcel_in(order, "delivered")

    page = seen(ada, order, level)

    html = page.content.decode()
    assert (html.count("<h1"), html.count('<h2 class="answer"')) == (1, 2)
    first, second = html.split('<section class="parcel">')[1:]
    assert ANSWERS[state] in first
    assert f"/o/{order.number_key}/parcel/2/not-here/" in second
    wanted = [what for what in CAN[state] if what.startswith("parcel/") and (level == access.ALL or what != CHANGE)]
    assert [path.partition(f"{order.number_key}/")[2] for path in links_in(first) if "/parcel/1/" in path] == wanted + (
        ["parcel/1/carrier/"] if "parcel/1/carrier/" in first else []
    )


def links_in(html: str) -> list[str]:
    return re.findall(r'(?:href|action)="(/o/[^"]*)"', html)


def test_stations_have_the_day_on_which_they_were_reached_or_are_expected(shop, ada):
    order = make.make_order(shop, delivered=None)
    parcel = parcel_in(order, "on_way", expected_on=shop.today() + timedelta(days=2))

    page = text(seen(ada, order))

    assert parcel.expected_on
    assert re.search(r"Ordered \w+ .*Packed \w+ .*On its way \w+ .*Delivered expected ", page)


def test_the_van_that_has_it_comes_today_whatever_was_expected(shop, ada):
    order = make.make_order(shop, delivered=None)
    parcel_in(order, "today", expected_on=shop.today() - timedelta(days=2))

    page = seen(ada, order).content.decode()

    assert f"expected {day(shop.today())}" in page


# --- the way back and its money ---------------------------------------------------------------------------------


def test_a_way_back_stands_in_one_line_with_its_next_day(shop, ada):
    order = make.make_order(shop)
    ret = make.make_return(order)
    ret.refresh_from_db(fields=["send_by"])

    page = text(seen(ada, order))

    assert f"Your return {ret.number} ·" in page
    assert f"/returns/{ret.number}/" in links(ada.get(f"/o/{order.number_key}/"))
    assert "money" not in page.partition("Your items")[0].replace("money back", "")
    assert day(ret.send_by) in page or "label" in page


@pytest.mark.parametrize(("state", "said"), [("received", True), ("settling", False), ("refund_failed", False)])
def test_the_day_of_the_check_stands_there_while_it_is_still_to_come(shop, ada, state, said):
    order = make.make_order(shop)
    ret = make.make_return(order, reason="damaged", state="received" if state == "received" else "settling")
    type(ret).objects.filter(pk=ret.pk).update(check_by=shop.today() + timedelta(days=2))
    if state == "refund_failed":
        (refund,) = money.propose(ret)
        make.comes_back(refund)
        assert make.fresh(ret).state == "refund_failed"

    assert ("We check it by" in text(seen(ada, order))) is said


@pytest.mark.parametrize("level", LEVELS)
def test_money_on_its_way_names_sum_and_day_only_when_they_are_true(shop, ada, level):
    order = make.make_order(shop)
    ret = make.make_return(order, reason="damaged", state="settling")
    (refund,) = money.propose(ret)
    before = text(seen(ada, order, level))

    Refund.objects.filter(pk=refund.pk).update(state="succeeded", settled_at=timezone.now(), counted=True)
    after = text(seen(ada, order, level))

    assert ("You get" in before, "You should see it by" in before) == (False, False)
    assert "You should see it by" in after
    assert ("€39.90" in after.partition("Ordered")[0]) is (level == access.ALL)


def test_money_that_was_stopped_is_promised_to_nobody(shop, ada):
    order = make.make_order(shop)
    ret = make.make_return(order, reason="damaged", state="settling")
    (refund,) = money.propose(ret)
    Refund.objects.filter(pk=refund.pk).update(state="canceled")

    assert "You get" not in text(seen(ada, order))


def test_the_legal_day_of_a_withdrawal_stands_there_until_it_is_over(shop, ada):
    order = make.make_order(shop)
    ret = make.make_return(order, reason="changed_mind")
    type(ret).objects.filter(pk=ret.pk).update(proof_at=timezone.now())
    assert "You get your money back by" in text(seen(ada, order))

    long_ago = timezone.now() - timedelta(days=40)
    type(ret).objects.filter(pk=ret.pk).update(withdrawn_at=long_ago, proof_at=long_ago)

    assert "You get your money back by" not in text(seen(ada, order))


def test_a_cancelled_way_back_promises_nothing(shop, ada):
    order = make.make_order(shop)
    actions.cancel(make.make_return(order, reason="changed_mind"), by="customer")

    assert "You get your money back by" not in text(seen(ada, order))


# --- how much it costs ------------------------------------------------------------------------------------------


def test_more_parcels_and_scans_take_no_more_queries(shop, ada, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries(order) -> int:
        open_at(ada, order, access.ALL)
        ada.get(f"/o/{order.number_key}/")
        with CaptureQueriesContext(connection) as asked:
            ada.get(f"/o/{order.number_key}/")
        return len(asked)

    one, three = order_in(shop, "delivered"), order_in(shop, "delivered")
    parcel_in(three, "delivered")
    parcel = parcel_in(three, "delivered")
    make.scan(parcel, "in_transit", at=timezone.now() - timedelta(days=3))

    assert queries(three) == queries(one) <= 8
