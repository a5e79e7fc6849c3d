"""What staff can do when a refund does not go by itself."""

import pytest

from notices.letters import facts_for
from returns import money, sending, till
from returns.errors import NothingLeft, PaymentUnclear
from returns.models import Refund
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def case(shop, box):
    """Accepted goods for 39.90, and a payment that the provider knows."""
    order = make.make_order(shop)
    make.make_payment_outside(box, order)
    return make.make_return(order, state="settling")


def test_a_proposal_that_no_longer_fits_is_worked_out_anew(case, box):
    (stale,) = money.prepare_refund(case)
    payment = stale.payment
    box.post(f"/_sandbox/payments/{payment.reference}/refund", {"amount": 990})
    till.confirm_payment(payment, till.payout().fetch_payment(payment.reference))

    with pytest.raises(NothingLeft):
        money.approve_refund(stale, by="staff:sam")
    with pytest.raises(NothingLeft):
        money.work_out_anew(case, by="staff:sam")

    assert make.fresh(stale).state == "canceled"
    assert make.fresh(payment).left == 3000


def test_working_out_anew_replaces_the_proposal(case):
    (first,) = money.prepare_refund(case)

    (second,) = money.work_out_anew(case, by="staff:sam")

    assert [make.fresh(row).state for row in (first, second)] == ["canceled", "proposed"]
    assert (second.amount, make.fresh(second.payment).reserved) == (3990, 0)


def test_a_payment_the_provider_does_not_know_is_told_to_staff(shop, box):
    ret = make.make_return(make.make_order(shop), state="settling")

    with pytest.raises(PaymentUnclear):
        money.work_out_anew(ret, by="staff:sam")

    assert ret.order.payments.get().problem == "resource_missing at the provider"
    assert money.prepare_refunds() == 0


def test_a_questioned_refund_that_the_provider_has_is_believed(case):
    (refund,) = money.prepare_refund(case)
    money.approve_refund(refund, by="rules")
    sending.send_refund(make.fresh(refund))
    Refund.objects.filter(pk=refund.pk).update(state="needs_review", settled_at=None, counted=False)
    case.lines.update(refunded=0)

    settled = sending.ask_again(make.fresh(refund))

    assert (settled.state, make.fresh(case).state) == ("succeeded", "settled")


def test_a_questioned_refund_that_never_left_frees_its_reservation(case):
    (refund,) = money.prepare_refund(case)
    money.approve_refund(refund, by="rules")
    Refund.objects.filter(pk=refund.pk).update(state="needs_review")

    failed = sending.ask_again(make.fresh(refund))

    assert (failed.state, failed.failure, make.fresh(failed.payment).reserved) == ("failed", "not_found", 0)


def test_only_money_that_came_back_is_told_to_the_customer(case, box):
    payment = case.order.payments.get()
    (refund,) = money.prepare_refund(case)
    box.post(f"/_sandbox/payments/{payment.reference}/dispute")
    money.approve_refund(refund, by="rules")
    sending.send_refund(make.fresh(refund))
    entry = case.order.customer.entries.get(verb="refund.failed")

    assert (entry.facts["reason"], entry.facts["came_back"], facts_for(entry)) == ("charge_disputed", False, None)

    entry.facts["came_back"] = True
    assert facts_for(entry) is not None
