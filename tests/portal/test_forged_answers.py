"""What no page of ours offers, sent by hand: an answer to a question that was not asked counts for nothing."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from portal.customer import access
from returns import drafts
from returns.models import Return
from tests import make
from tests.portal.parcel_states import order_in
from tests.portal.test_parcel_pages import choose
from tests.portal.test_return_questions import begin
from tests.portal.test_withdrawal_pages import open_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(shop, ada):
    """Ada's draft of one shirt that she has got and does not like."""
    order = make.make_order(shop)
    ada.post("/", {"number": order.number, "proof": "10115"})
    begin(ada, order)
    ret = Return.objects.get()
    ada.post(reverse("customer:return-problem", args=[ret.number, 1]), {"reason": "changed_mind"})
    return ret


def test_an_order_has_so_many_drafts_and_then_a_code_is_asked_for(shop, ada):
    order = make.make_order(shop)
    start = reverse("customer:return-start", args=[order.number_key])
    told = []
    for _ in range(drafts.MOST_DRAFTS + 2):
        browser = Client()
        browser.post("/", {"number": order.number, "proof": "10115"})
        told.append(browser.post(start, {"key": str(uuid4())})["Location"])
    open_at(ada, order, access.ALL)

    last = Return.objects.latest("pk")
    assert (len(set(told[:-2])), told[-2:]) == (drafts.MOST_DRAFTS, [f"/o/{order.number_key}/code/"] * 2)
    assert Return.objects.count() == drafts.MOST_DRAFTS
    assert ada.post(start, {"key": str(uuid4())})["Location"].startswith(f"/returns/{last.number}/")


def test_a_parcel_is_given_up_however_many_drafts_there_are(shop, ada):
    order = order_in(shop, "silent")
    open_at(ada, order, access.SEEN)
    for _ in range(drafts.MOST_DRAFTS):
        make.make_return(order, state="draft")

    assert choose(ada, order).status_code == 302
    assert Return.objects.exclude(state="draft").count() == 1


@pytest.mark.parametrize("answer", ["yes", "no"])
@pytest.mark.parametrize("question", ["late", "safe", "differs"])
def test_a_question_that_her_reason_does_not_ask_takes_no_answer(draft, ada, question, answer):
    ada.post(reverse(f"customer:return-{question}", args=[draft.number, 1]), {"answer": answer})

    line = draft.lines.get()
    assert (line.arrived, line.unsafe, line.differs) == (None, None, None)


def test_nobody_gets_money_for_goods_that_came_by_saying_that_they_did_not(draft, ada, box):
    for question, said in (("late", {"answer": "no"}), ("wish", {"wish": "money"})):
        ada.post(reverse(f"customer:return-{question}", args=[draft.number, 1]), said)
    ada.post(reverse("customer:return-way", args=[draft.number]), {"way": "code"})
    ada.post(reverse("customer:return-check", args=[draft.number]))

    ret = make.fresh(draft)
    assert (ret.state, ret.lines.get().not_arrived) == ("awaiting_dropoff", 0)
