"""A sum that was right when it was proposed: what happens to the goods meanwhile does not leave it standing."""

import pytest

from orders.models import OrderLine, Payment
from returns import exchanges, goods, money, sending
from returns.errors import TooMany
from returns.models import Refund, Return
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

F, R = Refund.State, Return.State
SAM = "staff:sam"


def paid_at_once(shop, box, *, units: int, lines, **facts) -> Return:
    """The terms give money as soon as she asks."""
    at_once = {"id": "WHEN-1", "when": {"reason": ["wrong_size"]}, "then": {"trigger": "submit"}}
    make.set_terms(shop, rules=[at_once], decide_up_to={"EUR": 100000})
    order = make.make_order(shop, lines=lines, **facts)
    make.make_payment_outside(box, order)
    return make.make_return(order, units=units)


def sums(ret: Return) -> list[tuple]:
    return [(row.amount, row.state) for row in ret.refunds.order_by("pk")]


def let_go(ret: Return) -> None:
    for refund in ret.refunds.filter(state=F.PROPOSED):
        money.approve_refund(refund, by="rules")
    sending.send_refunds()


# What was not in the box


@pytest.mark.parametrize("waits", [F.PROPOSED, F.APPROVED])
def test_what_was_asked_early_and_was_not_in_the_box_is_not_paid(shop, box, waits):
    ret = paid_at_once(shop, box, units=2, lines=[(2, 30000)])
    line = ret.lines.get()
    (refund,) = money.prepare_refund(ret)
    if waits == F.APPROVED:
        money.approve_refund(refund, by="rules")
    goods.receive(make.fresh(ret), {line.pk: 1}, by=SAM)

    goods.miss(make.fresh(ret), {line.pk: 1}, by=SAM)
    goods.accept(make.fresh(ret), {line.pk: 1}, by=SAM)
    money.prepare_refund(make.fresh(ret))
    let_go(ret)

    assert sums(ret) == [(30000, F.CANCELED), (15000, F.SUCCEEDED)]
    assert (make.fresh(ret).state, OrderLine.objects.get().returning) == (R.SETTLED, 1)


def test_money_that_is_on_its_way_for_them_makes_them_lost_and_not_missing(shop, box):
    ret = paid_at_once(shop, box, units=2, lines=[(2, 8000)])
    line = ret.lines.get()
    box.post("/_sandbox/refunds", {"status": "pending"})
    money.prepare_refund(ret)
    let_go(ret)
    goods.receive(make.fresh(ret), {line.pk: 1}, by=SAM)

    with pytest.raises(TooMany):
        goods.miss(make.fresh(ret), {line.pk: 1}, by=SAM)

    assert sums(ret) == [(8000, F.PENDING)]


def test_a_sum_for_other_units_stands_when_one_is_missing(shop, box):
    order = make.make_order(shop, lines=[(2, 30000)])
    make.make_payment_outside(box, order)
    ret = make.make_return(order, units=2, state="approved")
    line = ret.lines.get()
    goods.accept(goods.receive(ret, {line.pk: 1}, by=SAM), {line.pk: 1}, by=SAM)
    money.prepare_refund(make.fresh(ret))

    goods.miss(make.fresh(ret), {line.pk: 1}, by=SAM)

    assert sums(ret) == [(15000, F.PROPOSED)]


# What had not left us


@pytest.mark.parametrize("proposed", [False, True])
def test_a_unit_that_was_asked_early_and_never_left_us_is_paid_once(shop, box, proposed):
    ret = paid_at_once(shop, box, units=1, lines=[(2, 8000)], delivered=None)
    if proposed:
        money.prepare_refund(ret)

    goods.never_sent(make.fresh(ret), {ret.lines.get().pk: 1}, by=SAM)
    money.prepare_refund(make.fresh(ret))
    let_go(ret)

    assert sums(ret) == [(4000, F.SUCCEEDED)]
    assert (make.fresh(ret).state, ret.lines.get().refunded) == (R.SETTLED, 1)


def test_a_new_item_that_went_out_early_for_what_never_left_us_can_be_claimed(shop):
    order = make.make_order(shop, lines=[(1, 2500)], delivered=None)
    same = make.make_variant(shop, order.lines.get().sku)
    order.lines.update(variant=same)
    ret = make.make_return(order, reason="damaged", wish="swap", swap=same, state="approved")
    exchanges.ship_exchange(make.fresh(ret), carrier="sandbox", tracking_number="SB77", by=SAM)

    goods.never_sent(make.fresh(ret), {ret.lines.get().pk: 1}, by=SAM)

    assert (ret.lines.get().unsettled, OrderLine.objects.get().returning) == (0, 0)


# What the rules would let go


def two_shares(shop, box, total: int) -> Return:
    """Half of it was paid by card, half with a gift card."""
    order = make.make_order(shop, lines=[(1, total)], paid=total // 2)
    Payment.objects.create(order=order, provider="credit", reference="GIFT-1", currency="EUR", captured=total // 2)
    make.make_payment_outside_of(box, order.payments.get(provider="stripe"))
    return make.make_return(order, state="settling")


def stop_the_other_share(ret: Return) -> None:
    money.stop_refund(ret.refunds.order_by("pk").last(), by=SAM)


def flag(ret: Return) -> None:
    Return.objects.filter(pk=ret.pk).update(flags=["weight"])


def pay_some_elsewhere(ret: Return) -> None:
    ret.order.payments.filter(provider="stripe").update(outside=1)


def find_a_problem(ret: Return) -> None:
    ret.order.payments.filter(provider="stripe").update(problem="4000 USD at the provider")


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (flag, "flags"),
        (pay_some_elsewhere, "payment"),
        (find_a_problem, "payment"),
        (stop_the_other_share, "before"),
    ],
)
def test_what_happens_after_a_clear_sum_was_proposed_brings_it_before_a_person(shop, box, happens, why):
    ret = two_shares(shop, box, 4000)
    first, _other = money.prepare_refund(ret)
    assert first.person_why == []

    happens(ret)
    released = money.release_clear()

    row = make.fresh(first)
    assert (released, row.state, row.person_why) == (0, F.PROPOSED, [why])


def test_a_sum_that_is_clear_leaves_with_all_its_shares(shop, box):
    ret = two_shares(shop, box, 4000)
    money.prepare_refund(ret)

    assert money.release_clear() == 2
    assert set(ret.refunds.values_list("state", "approved_by")) == {(F.APPROVED, "rules")}


# After a refund that failed


def test_what_comes_after_a_failed_refund_was_made_good_is_proposed_by_itself(shop, box):
    order = make.make_order(shop, lines=[(2, 8000)])
    make.make_payment_outside(box, order)
    ret = make.make_return(order, units=2, state="received")
    line = ret.lines.get()
    goods.accept(ret, {line.pk: 1}, by=SAM)
    box.post("/_sandbox/refunds", {"status": "failed", "failure_reason": "declined"})
    money.prepare_refunds()
    let_go(ret)
    failed = (money.prepare_refunds(), sums(ret))
    box.post("/_sandbox/refunds", {"status": "succeeded"})
    money.work_out_anew(make.fresh(ret), by=SAM)
    let_go(ret)

    goods.accept(make.fresh(ret), {line.pk: 1}, by=SAM)
    state = make.fresh(ret).state
    prepared = money.prepare_refunds()

    assert failed == (0, [(4000, F.FAILED)])
    assert (state, prepared) == (R.SETTLING, 1)
    assert sums(ret) == [(4000, F.FAILED), (4000, F.SUCCEEDED), (4000, F.PROPOSED)]
