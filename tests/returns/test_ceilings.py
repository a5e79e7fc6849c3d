"""Nobody gets more for a line than was paid for it, nor delivery twice, whatever order things happen in."""

import pytest

from returns import actions, deductions, exchanges, goods, money, parcels, receipts, sending, withdrawals
from returns.errors import NothingLeft, NotNow, TooMany
from returns.kinds import Kind, Wish
from returns.models import Concession, Refund, Return, ReturnLine, Terms
from returns.queries import rows_given
from tests import make
from tests.returns.test_closing import SAM, has_gone

pytestmark = pytest.mark.django_db

F, R = Refund.State, Return.State
DEAR = 20000  # a person decides


def claim(order, wish: str, *, line: int = 1, reason: str = "damaged") -> Return:
    """A request of one unit for a fault, granted by a person."""
    ret = Return.objects.create(shop=order.shop, order=order, language="en", way="code")
    ReturnLine.objects.create(
        ret=ret,
        order_line=order.lines.get(position=line),
        requested=1,
        reason=reason,
        wish=wish,
        arrived=True if reason == "too_late" else None,
        no_photo=True,
    )
    ret = actions.submit(ret)
    return ret if ret.state in Return.UNDER_WAY or ret.state == R.SETTLED else actions.approve(ret, by=SAM)


def paid(ret: Return) -> int:
    """Propose, send, and hear that it has gone. Returns the sum."""
    refunds = money.propose(make.fresh(ret))
    for refund in refunds:
        has_gone(refund)
    return sum(refund.amount for refund in refunds)


def came_back(ret: Return) -> None:
    """Weeks later the bank returns it."""
    for refund in ret.refunds.filter(state=F.SUCCEEDED):
        outcome = sending.Outcome(
            provider_id=refund.provider_id, state="failed", amount=refund.amount, currency=refund.currency
        )
        sending.take_outcome(refund, outcome)


def checked(ret: Return) -> Return:
    units = {line.pk: line.to_receive for line in ret.lines.all()}
    return goods.accept(goods.receive(make.fresh(ret), units, by=SAM), units, by=SAM)


def sums(order) -> dict[str, int]:
    """What refunds of the order carry, by rule."""
    found: dict[str, int] = {}
    for row in rows_given(order):
        found[row["rule"]] = found.get(row["rule"], 0) + row["amount"]
    return found


# Reductions


def test_reductions_of_one_unit_never_come_to_more_than_was_paid_for_it(shop):
    order = make.make_order(shop, lines=[(1, DEAR), (1, DEAR)])

    told = [paid(claim(order, Wish.REDUCTION)) for _ in range(5)]

    assert told == [6000, 6000, 6000, 2000, 0]


def test_the_page_names_the_reduction_that_can_still_be_given(shop):
    order = make.make_order(shop, lines=[(1, DEAR)])
    for _ in range(3):
        paid(claim(order, Wish.REDUCTION))
    draft = make.make_return(order, reason="damaged", wish="reduction", state="draft")

    assert receipts.worth_of(draft.lines.get(), Wish.REDUCTION) == 2000
    assert receipts.expected_receipt(draft).total == 2000


def test_a_reduction_that_comes_back_is_not_added_to_the_whole_of_the_money(shop):
    order = make.make_order(shop, lines=[(1, DEAR), (1, DEAR)])
    reduced = claim(order, Wish.REDUCTION)
    paid(reduced)
    whole = checked(claim(order, Wish.MONEY))
    assert paid(whole) == 14000
    came_back(whole)
    came_back(reduced)
    assert paid(whole) == DEAR

    assert paid(reduced) == 0
    assert sums(order)["R2"] == DEAR


def test_who_keeps_it_for_less_does_not_get_all_of_the_money_as_well(shop):
    ret = claim(make.make_order(shop, lines=[(1, DEAR)]), Wish.REDUCTION)

    with pytest.raises(NotNow):
        exchanges.want_money(ret.lines.get(), by=SAM, why="staff")

    assert paid(ret) == 6000


# Delivery


def test_delivery_comes_back_once_by_share_and_as_a_concession(shop):
    Terms.objects.update(numbers={"return_carrier": "sandbox", "stop_minutes": 0, "delivery_back": "pro_rata"})
    order = make.make_order(shop, lines=[(1, 5000), (1, 5000)], delivery_paid=490)
    withdrawn = make.make_withdrawal(
        shop, contract=order.number, email=order.customer.email, order=order, units={order.lines.get(position=2).pk: 1}
    )
    paid(checked(withdrawals.open_case(withdrawn).ret))
    assert sums(order)["R3"] == 245

    assert paid(claim(order, Wish.DELIVERY, reason="too_late")) == 245


def test_delivery_that_came_back_to_us_is_given_once(shop):
    order = make.make_order(shop, lines=[(1, 5000)], delivery_paid=490)
    late = claim(order, Wish.DELIVERY, reason="too_late")
    assert paid(late) == 490
    came_back(late)
    assert paid(checked(claim(order, Wish.MONEY))) == 5490

    assert paid(late) == 0


# Early


def early_money(shop) -> Return:
    """The shop's terms give the money at once; the goods are to follow."""
    Terms.objects.update(
        numbers={
            "return_carrier": "sandbox",
            "stop_minutes": 0,
            "rules": [{"id": "OWN-1", "when": {}, "then": {"trigger": "first_scan"}}],
        }
    )
    return make.make_return(make.make_order(shop, lines=[(1, DEAR)]))


def test_a_proof_that_proves_nothing_takes_the_early_money_with_it(shop):
    ret = early_money(shop)
    proof = parcels.submit_proof(ret, by="customer", tracking_number="MADE UP 1")
    (refund,) = money.propose(make.fresh(ret))

    parcels.query_proof(proof, by=SAM, words="this number does not exist")

    assert (make.fresh(refund).state, ret.lines.get().advanced) == (F.CANCELED, 0)
    assert money.propose(make.fresh(ret)) == []


def test_what_is_paid_already_is_not_offered_less_and_not_sent_back(shop):
    ret = early_money(shop)
    parcels.submit_proof(ret, by="customer", tracking_number="REAL1")
    assert paid(ret) == DEAR
    line = ret.lines.get()
    ret = goods.receive(make.fresh(ret), {line.pk: 1}, by=SAM)
    line.photos.create(bench=True, file="photos/stain.webp")

    with pytest.raises(TooMany):
        deductions.propose(line, units=1, percent=40, words="a stain", by=SAM)

    assert goods.accept(ret, {line.pk: 1}, by=SAM).state == R.SETTLED


@pytest.mark.parametrize("answer", ["refused", "back"])
def test_early_money_that_has_not_left_is_not_sent_for_goods_that_are_refused(shop, answer):
    ret = early_money(shop)
    parcels.submit_proof(ret, by="customer", tracking_number="REAL1")
    (refund,) = money.propose(make.fresh(ret))
    line = ret.lines.get()
    goods.receive(make.fresh(ret), {line.pk: 1}, by=SAM)
    line.photos.create(bench=True, file="photos/stain.webp")
    offer = deductions.propose(line, units=1, percent=100, words="a stain", by=SAM)

    if answer == "back":
        deductions.want_back(offer, by="customer")
    else:
        deductions.take(offer, by="customer")

    assert (make.fresh(refund).state, money.propose(make.fresh(ret))) == (F.CANCELED, [])


def sent_at_once(shop) -> Return:
    """Broken, and the terms send the same again before the old one is here; it has not left yet."""
    order = make.make_order(shop, lines=[(1, 2500)])
    same = make.make_variant(shop, order.lines.get().sku)
    order.lines.update(variant=same)
    ret = make.make_return(order, reason="damaged", wish=Wish.SWAP, swap=same)
    return actions.approve(ret, by=SAM)


def test_money_instead_of_an_early_exchange_waits_for_the_goods(shop):
    ret = sent_at_once(shop)
    assert ret.lines.get().advanced == 1

    exchanges.want_money(ret.lines.get(), by=SAM, why="staff")

    assert money.propose(make.fresh(ret)) == []
    assert paid(checked(ret)) == 2500


def test_what_was_not_in_the_box_brings_no_early_exchange(shop):
    ret = sent_at_once(shop)
    parcels.submit_proof(ret, by="customer", tracking_number="REAL1")

    goods.miss(make.fresh(ret), {ret.lines.get().pk: 1}, by=SAM)

    assert (make.fresh(ret).state, ret.lines.get().unsettled) == (R.SETTLED, 0)


# Sums that come to nothing


def test_a_label_that_eats_the_first_unit_is_not_charged_again(shop):
    terms = {"return_carrier": "sandbox", "stop_minutes": 0, "label_price": {"EUR": 490}, "label_cost": {"EUR": 490}}
    Terms.objects.update(numbers={**terms, "label_told": True})
    order = make.make_order(shop, lines=[(2, 600)])
    ret = make.make_return(order, units=2)
    line = ret.lines.get()
    goods.receive(ret, {line.pk: 2}, by=SAM)
    goods.accept(make.fresh(ret), {line.pk: 1}, by=SAM)
    first = paid(ret)
    goods.accept(make.fresh(ret), {line.pk: 1}, by=SAM)

    assert (first, paid(ret)) == (0, 600 - 490)


# Goodwill


def test_more_goodwill_than_the_payments_hold_is_refused_at_once(shop):
    ret = make.make_return(make.make_order(shop, lines=[(1, 3990)]), state="settling")

    for amount in (3991, 10**15):
        with pytest.raises(NothingLeft):
            actions.concede(ret, amount=amount, words="for the long wait", by=SAM)

    assert (Concession.objects.count(), paid(ret)) == (0, 3990)


# Cancelled, and withdrawn after it has come


@pytest.mark.parametrize("left", [False, True])
def test_an_order_that_left_after_she_cancelled_it_is_withdrawn_and_has_to_come_back(shop, left):
    order = make.make_order(shop, lines=[(1, DEAR)], delivered=None)
    units = {order.lines.get().pk: 1}
    cancelled = actions.open_for(
        order, units, kind=Kind.CANCEL, reason="changed_mind", by="customer", language="en", asks=["not_sent_yet"]
    )
    if left:
        make.make_shipment(order, delivered=shop.today())
    row = make.make_withdrawal(shop, contract=order.number, email=order.customer.email, order=order)

    ret = withdrawals.open_case(row).ret

    line = make.fresh(cancelled).lines.get()
    assert ret == cancelled
    assert line.not_arrived == 0
    assert money.propose(make.fresh(ret)) == []
    assert (line.kind, make.fresh(ret).state) == (
        (Kind.WITHDRAWAL, R.APPROVED) if left else (Kind.CANCEL, R.UNDER_REVIEW)
    )


# Kept in small steps


def test_small_things_are_kept_only_up_to_the_limit_however_often_she_asks(shop):
    order = make.make_order(shop, lines=[(3, 2700)])

    told = [claim(order, Wish.MONEY).lines.get().keep for _ in range(3)]

    assert told == [True, False, False]


def test_goodwill_beside_what_is_proposed_is_no_more_than_the_payment_holds(shop):
    ret = make.make_return(make.make_order(shop, lines=((2, 8000),)), state="settling")
    money.propose(ret)

    with pytest.raises(NothingLeft):
        actions.concede(make.fresh(ret), amount=4001, words="for the trouble", by="staff:sam")

    assert actions.concede(make.fresh(ret), amount=4000, words="for the trouble", by="staff:sam").amount == 4000
