"""Staff on the phone press for the customer, marked; an order that has not left can be cancelled."""

import pytest

from carriers.base import Status
from customers.models import Entry
from returns import actions, goods
from returns.errors import NotNow
from returns.models import Return
from tests import make

pytestmark = pytest.mark.django_db


def assist(sam, order) -> None:
    sam.post(f"/staff/orders/{order.number_key}/assist/")


def test_staff_see_the_customers_own_pages_with_a_line_that_says_so(shop, sam):
    order = make.make_order(shop)

    assist(sam, order)

    page = sam.get(f"/o/{order.number_key}/").content.decode()
    assert "You do this for Ada Example" in page
    assert "Return or report a problem" in page


def test_what_staff_press_for_a_caller_is_marked_with_their_name(shop, sam):
    order = make.make_order(shop)
    assist(sam, order)
    sam.post(f"/o/{order.number_key}/return/")
    ret = Return.objects.get()
    sam.post(f"/returns/{ret.number}/problem/1/", {"reason": "changed_mind"})
    sam.post(f"/returns/{ret.number}/way/", {"way": "code"})

    sam.post(f"/returns/{ret.number}/check/")

    assert make.fresh(ret).started_by == "staff:sam"
    assert Entry.objects.get(verb="return.created").by == "staff:sam"
    assert make.fresh(ret).state == "approved"


def test_hanging_up_closes_what_was_opened_for_the_caller(shop, sam):
    order = make.make_order(shop)
    assist(sam, order)

    sam.post("/staff/assist/end/")

    assert sam.get(f"/o/{order.number_key}/").status_code == 302
    assert sam.get("/staff/").status_code == 200


def test_a_customer_cannot_assist_even_with_the_words_in_her_session(shop, ada):
    order = make.make_order(shop)
    ada.post("/", {"number": order.number, "proof": "10115"})
    session = ada.session
    session["assisting"] = "sam"
    session.save()

    ada.post(f"/o/{order.number_key}/return/")

    assert Return.objects.get().started_by == "customer"
    assert "You do this for" not in ada.get(f"/o/{order.number_key}/").content.decode()


def open_order(ada, order) -> str:
    ada.post("/", {"number": order.number, "proof": "10115"})
    return f"/o/{order.number_key}/"


def test_an_order_that_has_not_left_is_cancelled_by_a_person_and_nothing_has_to_come_back(shop, ada, sam, box):
    order = make.make_order(shop, lines=[(2, 8000)], delivered=None, delivery_paid=490)
    make.make_payment_outside(box, order)
    page = open_order(ada, order)
    assert "Cancel this order" in ada.get(page).content.decode()

    ada.post(f"{page}cancel/")
    ret = Return.objects.get()
    assert (ret.state, ret.lines.get().kind) == ("under_review", "cancel")
    sam.post(f"/staff/returns/{ret.number}/approve/")

    line = ret.lines.get()
    assert (make.fresh(ret).state, line.not_arrived, ret.parcels.count()) == ("settling", 2, 0)


def test_cancel_pressed_twice_is_one_case(shop, ada):
    order = make.make_order(shop, delivered=None)
    page = open_order(ada, order)

    for _ in range(2):
        ada.post(f"{page}cancel/")

    assert Return.objects.count() == 1


def test_an_order_that_has_left_is_not_cancelled_here(shop, ada):
    order = make.make_order(shop, delivered=None)
    make.scan(make.make_shipment(order), Status.IN_TRANSIT, at=order.placed_at)
    page = open_order(ada, order)

    answer = ada.post(f"{page}cancel/")

    assert (answer.status_code, Return.objects.count()) == (302, 0)
    assert "Cancel this order" not in ada.get(page).content.decode()


def test_goods_that_never_left_need_not_come_back_and_those_that_did_do(shop):
    still_here = make.make_return(make.make_order(shop, delivered=None), state="approved")
    sent = make.make_return(make.make_order(shop, email="bob@example.com"), state="approved")

    after = goods.never_sent(still_here, {still_here.lines.get().pk: 1}, by="staff:sam")

    assert (after.state, after.lines.get().not_arrived) == ("settling", 1)
    with pytest.raises(NotNow):
        goods.never_sent(sent, {sent.lines.get().pk: 1}, by="staff:sam")


def test_a_withdrawal_does_not_wait_while_a_person_looks_at_another_item(shop):
    order = make.make_order(shop, lines=[(1, 3990), (1, 15990)])
    ret = Return.objects.create(shop=shop, order=order, language="en", way="code")
    first, second = order.lines.all()
    ret.lines.create(order_line=first, requested=1, reason="changed_mind", wish="money")
    ret.lines.create(order_line=second, requested=1, reason="damaged", wish="money", no_photo=True)

    asked = actions.submit(ret)

    own = Return.objects.exclude(pk=ret.pk).get()
    assert (asked.state, asked.withdrawn_at, [line.kind for line in asked.lines.all()]) == (
        "under_review",
        None,
        ["claim"],
    )
    assert (own.state, own.withdrawn_at is not None, [line.kind for line in own.lines.all()]) == (
        "approved",
        True,
        ["withdrawal"],
    )
    assert own.withdrawals.count() == 1
