"""Sums of overlapping refunds, and two at once. Any commands in any order: `machine.py`."""

import random

import pytest

from returns import actions, drafts, money, parcels, receipts, sending, till
from tests import make
from tests.returns.machine import Rail
from tests.threads import at_once


@pytest.mark.django_db
@pytest.mark.parametrize("finish", [[0, 1, 2], [2, 0, 1], []])
def test_three_returns_of_one_line_add_up_however_their_refunds_overlap(shop, monkeypatch, finish):
    class Honest(Rail):
        def send(self, request, *, key):
            self.by_key[key] = name = f"re_{key}"
            self.refunds[name] = {**request, "state": "succeeded"}
            return self.fetch(name)

    rail = Honest(random.Random(0))
    monkeypatch.setattr(till, "payout", lambda: rail)
    order = make.make_order(shop, lines=[(3, 1000)])
    cases = [make.make_return(order, state="settling") for _ in range(3)]
    refunds = [refund for ret in cases for refund in money.propose(ret)]
    if not finish:  # the first is stopped and comes again as the last
        money.stop_refund(money.approve_refund(refunds[0], by="rules"), by="rules")
        refunds = [*refunds[1:], *money.propose(cases[0])]
        finish = [0, 1, 2]

    for n in finish:
        money.approve_refund(refunds[n], by="rules")
        sending.send_refunds()

    amounts = [refund.amount for refund in refunds]
    assert sum(amounts) == 1000
    assert sorted(amounts) == [333, 333, 334]
    assert make.fresh(order.payments.get()).left == 0
    assert [make.fresh(ret).state for ret in cases] == ["settled"] * 3


@pytest.mark.django_db
def test_the_receipt_is_the_same_before_and_after_the_money_has_gone(shop, box):
    order = make.make_order(shop, lines=[(1, 15990)], delivery_paid=490)
    make.make_payment_outside(box, order)
    ret = make.make_return(order, reason="damaged", state="settling")
    before = receipts.expected_receipt(ret)

    (refund,) = money.prepare_refund(ret)
    money.approve_refund(refund, by="rules")
    sending.send_refunds()

    assert make.fresh(refund).state == "succeeded"
    assert receipts.expected_receipt(make.fresh(ret)) == before
    assert before.total == 16480


# Two at once


@pytest.mark.django_db(transaction=True)
def test_two_drafts_for_the_same_unit_sent_at_once_give_one_return(shop):
    for _ in range(3):
        order = make.make_order(shop)
        drafts = [make.make_return(order, state="draft") for _ in range(2)]

        told = at_once(*(lambda draft=draft: actions.submit(draft) for draft in drafts))

        assert sorted(type(word).__name__ for word in told) == ["Return", "UnitsTaken"]
        assert order.lines.get().returning == 1
        assert sorted(order.returns.values_list("state", flat=True)) == ["approved", "draft"]


@pytest.mark.django_db(transaction=True)
def test_a_double_click_sends_one_request(shop):
    draft = make.make_return(make.make_order(shop), state="draft")

    told = at_once(lambda: actions.submit(draft), lambda: actions.submit(draft))

    assert [word.state for word in told] == ["approved", "approved"]
    assert draft.order.lines.get().returning == 1
    assert draft.parcels.count() == 1


@pytest.mark.django_db(transaction=True)
def test_approve_and_reject_at_once_have_one_winner(shop):
    ret = make.make_return(make.make_order(shop), reason="damaged")
    assert actions.reject(ret, by="staff:leo", reason="a whole sentence").state == "under_review"

    told = at_once(
        lambda: actions.approve(ret, by="staff:pia"),
        lambda: actions.reject(ret, by="staff:sam", reason="a whole sentence"),
    )

    assert sorted(type(word).__name__ for word in told) == ["NotNow", "Return"]
    state = make.fresh(ret).state
    assert ret.order.lines.get().returning == (1 if state == "approved" else 0)


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_comes_with_the_click_on_send_is_either_in_or_refused(shop):
    large = make.make_variant(shop, "L", size="L")
    for _ in range(3):
        draft = make.make_return(make.make_order(shop), state="draft", wish="swap", swap=large)
        line = draft.lines.get()

        at_once(lambda draft=draft: actions.submit(draft), lambda line=line: drafts.answer_size(line, None))

        line, ret = make.fresh(line), make.fresh(draft)
        assert ret.state == ("approved" if line.swap_id else "draft")  # "no other size" leaves a question open
        assert make.fresh(large).held == (1 if line.swap_id else 0)
        actions.cancel(ret, by="customer")
        assert make.fresh(large).held == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_buy_one_label(shop, box):
    ret = make.make_return(make.make_order(shop))
    parcel = ret.parcels.get()
    calls = box.get("/_sandbox/calls").get("POST /carrier/v1/returns", 0)

    told = at_once(lambda: parcels.buy_label(parcel), lambda: parcels.buy_label(parcel))

    assert sorted(told) == [False, True]
    assert box.get("/_sandbox/calls")["POST /carrier/v1/returns"] == calls + 1
    assert make.fresh(ret).state == "awaiting_dropoff"
