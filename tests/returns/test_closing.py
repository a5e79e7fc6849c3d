"""What is closed or opened again takes its money with it: nothing leaves for units that are hers again, and nobody is
left in a state from which no one can go on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from returns import actions, exchanges, goods, money, parcels, sending
from returns.errors import NotNow
from returns.kinds import Wish
from returns.models import Refund, Return, ReturnLine
from tests import make

pytestmark = pytest.mark.django_db

F, R = Refund.State, Return.State
SAM = "staff:sam"


def one_stays_one_comes(shop, **facts) -> Return:
    """A broken cup (10.00) that she keeps for all of its money, and a shirt (80.00) that is to come back."""
    long_here = shop.today() - timedelta(days=20)  # no withdrawal any more: those are never closed by time
    order = make.make_order(shop, lines=[(1, 1000), (1, 8000)], delivered=long_here, **facts)
    ret = Return.objects.create(shop=shop, order=order, language="en", way="code")
    cup, shirt = order.lines.all()
    ReturnLine.objects.create(ret=ret, order_line=cup, requested=1, reason="damaged", wish="money")
    ReturnLine.objects.create(ret=ret, order_line=shirt, requested=1, reason="wrong_size", wish="money")
    ret = actions.submit(ret)
    assert [line.kept for line in ret.lines.all()] == [1, 0]
    return ret


def labelled(ret: Return) -> Return:
    parcels.give_label(ret.parcels.get(), tracking_number=f"SB{ret.pk:010d}", file=None, by=SAM)
    return make.fresh(ret)


def has_gone(refund: Refund) -> None:
    """The money has left, and the provider says so."""
    money.approve_refund(refund, by="rules")
    Refund.objects.filter(pk=refund.pk).update(state=F.SENDING)
    row = make.fresh(refund)
    outcome = sending.Outcome(provider_id=f"re_{row.pk}", state="succeeded", amount=row.amount, currency=row.currency)
    sending.take_outcome(row, outcome)


def overdue(ret: Return) -> Return:
    Return.objects.filter(pk=ret.pk).update(expires_on=timezone.localdate() - timedelta(days=3))
    return make.fresh(ret)


def units(ret: Return) -> list[int]:
    """How many of each order line some case holds."""
    return list(ret.order.lines.values_list("returning", flat=True))


# Closed while money was on its way out


@pytest.mark.parametrize("approved", [False, True])
def test_a_cancelled_return_takes_its_refund_with_it(shop, approved):
    ret = one_stays_one_comes(shop)
    (refund,) = money.propose(ret)
    if approved:
        money.approve_refund(refund, by="rules")

    actions.cancel(ret, by="customer")

    assert (make.fresh(ret).state, units(ret)) == (R.CANCELLED, [0, 0])
    assert (make.fresh(refund).state, make.fresh(refund.payment).reserved) == (F.CANCELED, 0)


def test_an_expired_return_takes_its_refund_with_it(shop):
    ret = overdue(labelled(one_stays_one_comes(shop)))
    (refund,) = money.propose(ret)

    assert actions.expire_returns() == 1

    assert (make.fresh(ret).state, units(ret)) == (R.EXPIRED, [0, 0])
    assert make.fresh(refund).state == F.CANCELED


@pytest.mark.parametrize("close", ["cancel", "expire"])
def test_what_was_paid_stays_paid_and_only_the_rest_is_closed(shop, close):
    ret = overdue(labelled(one_stays_one_comes(shop)))
    has_gone(money.propose(ret)[0])

    if close == "cancel":
        actions.cancel(ret, by="customer")
    else:
        actions.expire_returns()

    assert (make.fresh(ret).state, units(ret)) == (R.SETTLED, [1, 0])
    assert money.propose(make.fresh(ret)) == []


@pytest.mark.parametrize("close", ["cancel", "expire"])
def test_money_that_is_leaving_right_now_goes_on_and_only_the_rest_is_closed(shop, close):
    ret = overdue(labelled(one_stays_one_comes(shop)))
    (refund,) = money.propose(ret)
    money.approve_refund(refund, by="rules")
    Refund.objects.filter(pk=refund.pk).update(state=F.SENDING)

    if close == "cancel":
        actions.cancel(ret, by="customer")
    else:
        actions.expire_returns()

    assert (make.fresh(ret).state, make.fresh(refund).state, units(ret)) == (R.SETTLING, F.SENDING, [1, 0])


def test_the_second_share_of_a_sum_of_which_one_has_gone_still_goes(shop):
    ret = one_stays_one_comes(shop, paid=8500)
    ret.order.payments.create(provider="stripe", reference="pi_second", currency="EUR", captured=500)
    first, second = money.propose(ret)
    has_gone(first)

    actions.cancel(ret, by="customer")

    assert (make.fresh(ret).state, make.fresh(second).state, units(ret)) == (R.SETTLING, F.CANCELED, [1, 0])
    assert sum(row.amount for row in money.propose(make.fresh(ret))) == 1000 - first.amount


def test_a_promised_goodwill_sum_outlives_the_return(shop):
    ret = make.make_return(make.make_order(shop))
    actions.concede(ret, amount=500, words="for the long wait", by=SAM)
    money.propose(ret)

    actions.cancel(ret, by="customer")

    assert (make.fresh(ret).state, units(ret)) == (R.SETTLING, [0])
    assert [row.amount for row in money.propose(make.fresh(ret))] == [500]


def exchanged_before_it_came(shop) -> Return:
    """Broken, and the same again is sent at once: the old one is to follow."""
    order = make.make_order(shop, lines=[(1, 2500)], delivered=shop.today() - timedelta(days=20))
    same = make.make_variant(shop, order.lines.get().sku)
    order.lines.update(variant=same)
    ret = make.make_return(order, reason="damaged", wish=Wish.SWAP, swap=same)
    ret = labelled(actions.approve(ret, by=SAM))
    exchanges.ship_exchange(ret, carrier="sandbox", tracking_number="SB9", by=SAM)
    return make.fresh(ret)


def test_who_has_the_new_one_cannot_cancel_and_the_old_one_does_not_expire(shop):
    ret = overdue(exchanged_before_it_came(shop))

    with pytest.raises(NotNow):
        actions.cancel(ret, by="customer")
    actions.expire_returns()

    assert (make.fresh(ret).state, ret.lines.get().exchanged) == (R.AWAITING_DROPOFF, 1)


def test_the_unit_is_hers_again_only_when_the_old_one_has_come(shop):
    ret = exchanged_before_it_came(shop)
    assert units(ret) == [1]

    ret = goods.receive(ret, {ret.lines.get().pk: 1}, by=SAM)
    goods.accept(ret, {ret.lines.get().pk: 1}, by=SAM)

    assert (make.fresh(ret).state, units(ret)) == (R.SETTLED, [0])


def test_who_never_sends_the_old_one_can_be_written_off(shop):
    ret = exchanged_before_it_came(shop)
    line = ret.lines.get()
    with pytest.raises(NotNow):
        goods.lose(ret, {line.pk: 1}, by=SAM)

    goods.lose(overdue(ret), {line.pk: 1}, by=SAM)

    line = make.fresh(line)
    assert (make.fresh(ret).state, line.lost, line.advanced, line.unsettled) == (R.SETTLED, 1, 0, 0)


def test_fifty_that_cannot_be_closed_hold_up_no_other(shop):
    overdue(exchanged_before_it_came(shop))
    ready = overdue(labelled(one_stays_one_comes(shop)))

    assert actions.expire_returns(limit=1) == 1

    assert make.fresh(ready).state == R.EXPIRED


def test_what_could_never_be_sent_does_not_expire(shop):
    order = make.make_order(shop, delivered=shop.today() - timedelta(days=20))
    order.lines.update(product_group="bulky")
    collected = overdue(actions.approve(make.make_return(order), by=SAM))
    no_label_yet = overdue(one_stays_one_comes(shop))

    assert actions.expire_returns() == 0

    assert [make.fresh(ret).state for ret in (collected, no_label_yet)] == [R.APPROVED, R.APPROVED]


# Opened again


def test_who_gets_more_time_has_it(shop):
    ret = overdue(labelled(one_stays_one_comes(shop)))
    actions.expire_returns()

    ret = actions.reopen(make.fresh(ret), by=SAM, why="she was ill")

    assert (ret.state, actions.expire_returns()) == (R.AWAITING_DROPOFF, 0)
    assert ret.send_by >= shop.today() + timedelta(days=14)


def test_a_draft_that_was_cancelled_is_no_request_and_is_not_granted(shop):
    ret = actions.cancel(make.make_return(make.make_order(shop), state="draft"), by="customer")

    with pytest.raises(NotNow):
        actions.reopen(ret, by=SAM, why="a person wants it")

    assert units(ret) == [0]


def test_a_no_that_becomes_a_yes_gets_its_label(shop):
    ret = make.make_return(make.make_order(shop, lines=[(1, 20000)]), reason="damaged")
    ret = make.say_no(ret, by=SAM, reason="a whole sentence")
    assert not ret.parcels.exists()

    ret = actions.reopen(ret, by="staff:pia", why="it was ours")

    assert [box.state for box in ret.parcels.all()] == ["planned"]


@pytest.mark.parametrize("reason, wish", [("missing", "money"), ("damaged", "reduction")])
def test_a_no_that_becomes_a_yes_waits_for_no_goods_that_stay(shop, reason, wish):
    ret = make.make_return(make.make_order(shop, lines=[(1, 20000)]), reason=reason, wish=wish)
    ret = make.say_no(ret, by=SAM, reason="a whole sentence")

    ret = actions.reopen(ret, by="staff:pia", why="it was ours")

    assert (ret.state, ret.lines.get().expected) == (R.SETTLING, 0)
    assert [row.amount for row in money.propose(ret)] == [20000 if wish == "money" else 6000]


def test_a_reduction_that_was_cancelled_and_opened_again_is_paid(shop):
    order = make.make_order(shop, lines=[(1, 2500), (1, 2500)])
    ret = Return.objects.create(shop=shop, order=order, language="en", way="code")
    for line, wish in zip(order.lines.all(), ("reduction", "money"), strict=True):
        ReturnLine.objects.create(ret=ret, order_line=line, requested=1, reason="damaged", wish=wish, no_photo=True)
    ret = actions.approve(actions.submit(ret), by=SAM)
    actions.cancel(ret, by="customer")

    ret = actions.reopen(make.fresh(ret), by=SAM, why="she changed her mind")

    assert [row.amount for row in money.propose(ret)] == [750]


def test_what_was_opened_again_can_be_closed_again(shop):
    ret = make.make_return(make.make_order(shop, lines=[(1, 20000)]), reason="damaged")
    ret = make.say_no(ret, by=SAM, reason="a whole sentence")
    Return.objects.filter(pk=ret.pk).update(way="own")
    ret = actions.reopen(make.fresh(ret), by=SAM, why="try once more")
    assert ret.state == R.REOPENED

    assert actions.cancel(ret, by="customer").state == R.CANCELLED


def test_a_label_that_was_waited_for_is_asked_for_again(shop):
    ret = make.make_return(make.make_order(shop))
    actions.cancel(ret, by="customer")

    ret = actions.reopen(make.fresh(ret), by=SAM, why="she changed her mind")

    assert [box.state for box in ret.parcels.all()] == ["planned"]
