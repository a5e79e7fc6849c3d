"""Two people, or a person and a sweep, at the same moment: one wins, the other hears so, and the books agree."""

from datetime import timedelta

import pytest
from django.utils import timezone

from returns import actions, deductions, exchanges, goods, money, parcels, sending
from returns.errors import BalanceChanged, NotNow, TooMany
from returns.models import Refund, Return
from returns.queries import rows_given
from tests import make
from tests.returns.test_closing import SAM, labelled, one_stays_one_comes, overdue
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

F, R = Refund.State, Return.State
TIMES = 4


def agree(ret: Return) -> None:
    """What must hold of the case and its order, whoever won."""
    ret = make.fresh(ret)
    for line in ret.order.lines.all():
        rows = list(line.return_lines.exclude(ret__state=R.DRAFT))
        assert line.returning == sum(row.holding for row in rows) <= line.quantity
        given = [row for row in rows_given(ret.order) if row["line"] == line.position]
        assert sum(row["amount"] for row in given if row["rule"] in {"R2", "R6"}) <= line.paid
    for payment in ret.order.payments.all():
        reserving = payment.refunds.filter(state__in=[*Refund.OPEN, F.SUCCEEDED])
        assert payment.reserved == sum(reserving.values_list("amount", flat=True)) <= payment.captured
    if ret.state in {R.REJECTED, R.CANCELLED, R.EXPIRED}:
        assert not ret.refunds.filter(state__in=Refund.LIVE).exists()


def winners(*jobs) -> int:
    """How many went through; the others hear that it has changed, nothing else."""
    told = at_once(*jobs)
    assert [
        word for word in told if isinstance(word, Exception) and not isinstance(word, BalanceChanged | NotNow | TooMany)
    ] == []
    return sum(not isinstance(word, Exception) and word is not False for word in told)


def test_received_and_cancelled_at_once(shop):
    for _ in range(TIMES):
        ret = make.make_return(make.make_order(shop))
        units = {ret.lines.get().pk: 1}

        won = winners(
            lambda ret=ret, units=units: goods.receive(ret, units, by=SAM),
            lambda ret=ret: actions.cancel(ret, by="customer"),
        )

        assert (won, make.fresh(ret).state in {R.RECEIVED, R.CANCELLED}) == (1, True)
        agree(ret)


def test_expired_and_proven_at_once(shop):
    for _ in range(TIMES):
        ret = overdue(labelled(one_stays_one_comes(shop)))

        won = winners(
            lambda ret=ret: actions.expire(ret),
            lambda ret=ret: parcels.submit_proof(ret, by="customer", file=("receipt.webp", b"x")),
        )

        assert (won, make.fresh(ret).state in {R.EXPIRED, R.IN_TRANSIT}) == (1, True)
        agree(ret)


def test_cancelled_while_its_refund_is_approved_or_taken_by_a_worker(shop):
    for turn in range(2 * TIMES):
        ret = one_stays_one_comes(shop)
        (refund,) = money.propose(ret)
        if turn % 2:
            money.approve_refund(refund, by="rules")

        def press(refund=refund, turn=turn):
            return sending._claim(make.fresh(refund)) if turn % 2 else money.approve_refund(refund, by="rules")

        winners(press, lambda ret=ret: actions.cancel(ret, by="customer"))

        ended, row = make.fresh(ret).state, make.fresh(refund)
        assert (ended, row.state) in {(R.CANCELLED, F.CANCELED), (R.SETTLING, F.SENDING)}
        agree(ret)


def test_an_offer_answered_by_her_and_by_the_sweep(shop):
    for answer in ("take", "want_back", "contest") * 2:
        ret = make.make_return(make.make_order(shop), state="received")
        line = ret.lines.get()
        line.photos.create(bench=True, file="photos/stain.webp")
        offer = deductions.propose(line, units=1, percent=40, words="a stain", by=SAM)
        type(offer).objects.update(answer_by=timezone.localdate() - timedelta(days=3))

        winners(
            lambda answer=answer, offer=offer: getattr(deductions, answer)(offer, by="customer"),
            lambda: deductions.close_unanswered() == 1,
        )

        line = make.fresh(line)
        after = make.fresh(offer).state
        assert (after, line.accepted, line.refused) in {
            ("accepted", 1, 0),
            ("send_back", 0, 1),
            ("contested", 0, 0),
        }
        agree(ret)


def test_a_refund_approved_by_two(shop):
    for _ in range(TIMES):
        ret = make.make_return(make.make_order(shop), state="settling")
        (refund,) = money.propose(ret)

        won = winners(*[lambda refund=refund: money.approve_refund(refund, by="rules", shown_left=3990)] * 2)

        assert (won, make.fresh(refund.payment).reserved) == (1, 3990)


def test_proposed_by_two_workers_is_proposed_once(shop):
    for _ in range(TIMES):
        ret = make.make_return(make.make_order(shop), state="settling")

        told = at_once(*[lambda ret=ret: money.propose(ret)] * 2)

        assert sorted(len(rows) for rows in told) == [0, 1]
        assert ret.refunds.count() == 1


def test_opened_again_while_the_unit_goes_into_another_case(shop):
    for _ in range(TIMES):
        order = make.make_order(shop)
        ret = actions.cancel(make.make_return(order), by="customer")
        other = make.make_return(order, state="draft")

        def send(other=other):
            try:
                return actions.submit(other)
            except actions.UnitsTaken as taken:
                raise TooMany(str(taken)) from taken

        assert winners(lambda ret=ret: actions.reopen(ret, by=SAM, why="it came"), send) == 1
        agree(ret)


def test_the_hold_ends_while_the_new_item_is_sent(shop):
    for _ in range(TIMES):
        large = make.make_variant(shop, f"L-{shop.returns.count()}", size="L", on_hand=1)
        order = make.make_order(shop, delivered=shop.today() - timedelta(days=20))
        ret = make.make_return(order, wish="swap", swap=large)
        ret.lines.update(held_until=timezone.localdate() - timedelta(days=3), advanced=1)

        winners(
            lambda ret=ret: exchanges.ship_exchange(ret, carrier="sandbox", tracking_number="SB1", by=SAM),
            lambda: exchanges.end_holds() == 1,
        )

        assert (make.fresh(large).held, make.fresh(large).on_hand, ret.lines.get().exchanged) == (0, 0, 1)
        agree(ret)


def test_two_people_write_off_and_take_in_at_once(shop):
    for _ in range(TIMES):
        ret = make.make_return(make.make_order(shop))
        parcels.submit_proof(ret, by="customer", file=("receipt.webp", b"x"))
        units = {ret.lines.get().pk: 1}

        won = winners(
            lambda ret=ret, units=units: goods.lose(ret, units, by=SAM),
            lambda ret=ret, units=units: goods.receive(ret, units, by="staff:pia"),
        )

        assert won == 1
        agree(ret)
