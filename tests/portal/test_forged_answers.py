"""What no page of ours offers, sent by hand: an answer to a question that was not asked counts for nothing."""

import pytest
from django.urls import reverse

from returns.models import Return
from tests import make
from tests.portal.test_return_questions import begin

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
