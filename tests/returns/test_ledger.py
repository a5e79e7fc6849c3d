"""Whatever people, carriers and Stripe do in whatever order: the ledgers agree with one another after every step."""

import random
from collections.abc import Callable

import pytest
from django.db.models import Sum
from django.utils import timezone

from customers.models import Entry
from orders.errors import OrdersError
from orders.models import Order, OrderLine, Payment, Variant
from returns import actions, drafts, exchanges, goods, money, parcels
from returns.errors import ReturnsError
from returns.kinds import Reason
from returns.models import Refund, Return, ReturnLine
from returns.payouts.base import Outcome
from returns.payouts.errors import KeyReused, OutcomeUnknown, PayoutError, Refused
from tests import make
from tests.threads import at_once

R = Return.State
F = Refund.State
HELD_STATES = [state for state in R.values if state not in {R.DRAFT, R.REJECTED, R.CANCELLED}]
WALKS, MOST_WALKS, STEPS = 5, 10, 90
RESERVING = [*Refund.OPEN, F.SUCCEEDED]


class Rail:
    """A provider with true books of its own and every kind of trouble on the wire."""

    def __init__(self, dice: random.Random, name: str = "") -> None:
        self.dice, self.name = dice, name
        self.by_key: dict[str, str] = {}
        self.refunds: dict[str, dict] = {}

    def send(self, request: dict, *, key: str) -> Outcome:
        trouble = self.dice.random()
        if trouble < 0.15:
            raise OutcomeUnknown("lost on the way")
        if key not in self.by_key:
            left = Payment.objects.get(reference=request["payment"]).captured - self.gone(request["payment"])
            if trouble < 0.3 or request["amount"] > left:
                raise Refused("no", code="charge_disputed")
            name = f"re_{self.name}_{len(self.refunds)}"
            self.by_key[key] = name
            state = self.dice.choice(["succeeded", "succeeded", "pending"])
            self.refunds[name] = {**request, "state": state}
        if trouble < 0.4:
            raise OutcomeUnknown("answer lost", kept=self.dice.random() < 0.3)
        if trouble < 0.42:
            raise KeyReused("a bug of ours")
        return self.fetch(self.by_key[key])

    def gone(self, payment: str) -> int:
        return sum(
            one["amount"] for one in self.refunds.values() if one["payment"] == payment and one["state"] != "failed"
        )

    def fetch(self, name: str) -> Outcome:
        one = self.refunds[name]
        return Outcome(
            provider_id=name,
            state=one["state"],
            amount=one["amount"],
            currency=one["currency"],
            refund_uuid=one["metadata"]["refund_uuid"],
        )

    def find(self, _payment: str, uuid: str) -> Outcome | None:
        if self.dice.random() < 0.1:
            raise OutcomeUnknown("not now")
        return next(
            (self.fetch(name) for name, one in self.refunds.items() if one["metadata"]["refund_uuid"] == uuid), None
        )

    def turn(self) -> None:
        """A bank changes its mind: pending money arrives or fails, money that arrived comes back weeks later."""
        for one in self.refunds.values():
            if self.dice.random() < 0.6:
                one["state"] = {"pending": self.dice.choice(["succeeded", "failed"]), "succeeded": "failed"}.get(
                    one["state"], one["state"]
                )


class Walk:
    def __init__(self, order: Order, sizes: list[Variant], dice: random.Random, rail: Rail) -> None:
        self.order, self.sizes, self.dice, self.rail = order, sizes, dice, rail
        self.done: set[str] = set()
        self.now: Return | None = None

    def step(self) -> None:
        """Mostly a verb that fits one of the cases; now and then any verb on any case."""
        cases = list(self.order.returns.order_by("pk"))
        self.now = self.dice.choice(cases) if cases and self.dice.random() < 0.9 else None
        verb = self.dice.choice(FITTING.get(self.now.state, [start]) if self.now else VERBS)
        try:
            told = verb(self)
        except (ReturnsError, OrdersError, PayoutError):
            return
        if told:
            self.done.add(verb.__name__)

    def case(self) -> Return | None:
        found = list(self.order.returns.order_by("pk"))
        return self.now or (self.dice.choice(found) if found else None)

    def refund(self, *states: str) -> Refund | None:
        found = list(
            Refund.objects.filter(ret__order=self.order, state__in=states).select_related("ret").order_by("pk")
        )
        return self.dice.choice(found) if found else None


def start(walk: Walk) -> object:
    return drafts.start(walk.order, language="en")


def choose(walk: Walk) -> object:
    draft = walk.case()
    if draft is None or draft.state != R.DRAFT:
        return None
    lines = [line for line in walk.order.lines.all() if line.left]
    chosen = walk.dice.sample(lines, walk.dice.randint(0, len(lines)))
    drafts.choose(draft, {line: walk.dice.randint(1, line.left + (walk.dice.random() < 0.1)) for line in chosen})
    for row in draft.lines.all():
        drafts.answer_reason(row, walk.dice.choice(Reason.values))
        row.refresh_from_db()
        drafts.answer_size(row, walk.dice.choice([None, None, *walk.sizes]))
    return draft


def submit(walk: Walk) -> object:
    draft = walk.case()
    return draft and actions.submit(draft)


def approve(walk: Walk) -> object:
    ret = walk.case()
    return ret and actions.approve(ret, by="rules")


def reject(walk: Walk) -> object:
    ret = walk.case()
    return ret and walk.dice.random() < 0.5 and actions.reject(ret, by="rules", reason="no")


def cancel(walk: Walk) -> object:
    ret = walk.case()
    return ret and walk.dice.random() < 0.5 and actions.cancel(ret, by="customer")


def receive(walk: Walk) -> object:
    ret = walk.case()
    return ret and goods.receive(
        ret,
        {line.pk: walk.dice.randint(0, line.to_receive + (walk.dice.random() < 0.1)) for line in ret.lines.all()},
        by="rules",
    )


def accept(walk: Walk) -> object:
    ret = walk.case()
    return ret and goods.accept(
        ret, {line.pk: walk.dice.randint(0, line.to_check) for line in ret.lines.all()}, by="rules"
    )


def propose(walk: Walk) -> object:
    ret = walk.case()
    return ret and money.propose(ret)


def approve_refund(walk: Walk) -> object:
    refund = walk.refund(F.PROPOSED) if walk.dice.random() < 0.8 else walk.refund(*F.values)
    return refund and money.approve_refund(refund, by="rules")


def stop(walk: Walk) -> object:
    refund = walk.refund(F.APPROVED)
    return refund and walk.dice.random() < 0.7 and money.stop_refund(refund, by="rules")


def send(walk: Walk) -> object:
    Refund.objects.filter(state=F.SENDING).update(lease_until=timezone.now())
    return money.send_refunds()


def hear(walk: Walk) -> object:
    walk.rail.turn() if walk.dice.random() < 0.7 else None
    refund = walk.refund(*Refund.SENT, F.SUCCEEDED, F.FAILED, F.CANCELED)
    return refund and refund.provider_id and money.take_outcome(refund, walk.rail.fetch(refund.provider_id))


def ship_exchange(walk: Walk) -> object:
    ret = walk.case()
    number = f"SB{walk.dice.random()}"
    return ret and exchanges.ship_exchange(ret, carrier="sandbox", tracking_number=number, by="rules")


MONEY: list[Callable[[Walk], object]] = [propose, approve_refund, approve_refund, stop, send, send, hear]
FITTING: dict[str, list[Callable[[Walk], object]]] = {
    R.DRAFT: [choose, submit],
    R.UNDER_REVIEW: [approve, approve, reject],
    R.APPROVED: [receive, receive, cancel],
    R.PARTLY_RECEIVED: [receive, accept, ship_exchange, *MONEY],
    R.RECEIVED: [accept, accept, accept, ship_exchange, *MONEY],
    R.SETTLING: [ship_exchange, *MONEY],
    R.REFUND_FAILED: [ship_exchange, *MONEY],
    R.SETTLED: [start, start, hear],
}
VERBS: list[Callable[[Walk], object]] = [
    start, choose, submit, approve, reject, cancel, receive, accept, propose, approve_refund, stop, send, hear,
    ship_exchange,
]  # fmt: skip


# No walk is worth much that has not come by all of these.
TO_BE_SEEN = {verb.__name__ for verb in VERBS} | {
    "refund.succeeded",
    "refund.failed",
    "refund.stopped",
    "return.settled",
    "exchange.shipped",
}


def check(order: Order, rail: Rail) -> None:
    for line in OrderLine.objects.filter(order=order):
        rows = list(ReturnLine.objects.filter(order_line=line).select_related("ret"))
        assert line.returning == sum(row.requested for row in rows if row.ret.state in HELD_STATES) <= line.quantity
        for row in rows:
            assert row.refunded + row.exchanged <= row.accepted <= row.received <= row.approved <= row.requested
    for variant in Variant.objects.filter(shop=order.shop):
        rows = ReturnLine.objects.filter(swap=variant, ret__state__in=HELD_STATES)
        assert variant.held == sum(row.requested - row.exchanged for row in rows) <= variant.on_hand
    for payment in order.payments.all():
        reserved = payment.refunds.filter(state__in=RESERVING).aggregate(all=Sum("amount"))["all"] or 0
        assert payment.reserved == reserved
        assert reserved + payment.outside <= payment.captured
        assert rail.gone(payment.reference) <= payment.captured
    for refund in Refund.objects.filter(ret__order=order, state=F.SUCCEEDED):
        assert refund.provider_id in rail.refunds
    uuids = [one["metadata"]["refund_uuid"] for one in rail.refunds.values() if one["state"] != "failed"]
    assert len(uuids) == len(set(uuids))
    for line in order.lines.all():
        assert given(order, line.position) <= line.paid
    for ret in order.returns.all():
        assert ret.state in implied(ret)


def given(order: Order, position: int) -> int:
    from returns.queries import rows_given

    return sum(row["amount"] for row in rows_given(order) if row["line"] == position)


def implied(ret: Return) -> set[str]:
    """What the ledgers say of the state."""
    sums = ret.lines.aggregate(
        *(Sum(name) for name in ("requested", "approved", "received", "accepted", "refunded", "exchanged"))
    )
    requested, approved, received, accepted, refunded, exchanged = (sum_ or 0 for sum_ in sums.values())
    if not approved:
        return {R.DRAFT, R.UNDER_REVIEW, R.REJECTED, R.CANCELLED}
    assert approved == requested
    if not received:
        return {R.APPROVED, R.AWAITING_DROPOFF, R.IN_TRANSIT, R.CANCELLED}
    if received < approved:
        return {R.PARTLY_RECEIVED}
    if accepted < approved:
        return {R.RECEIVED}
    return {R.SETTLED} if refunded + exchanged == approved else {R.SETTLING, R.REFUND_FAILED}


@pytest.mark.django_db
def test_the_ledgers_agree_after_every_step_of_any_walk(shop, monkeypatch):
    done: set[str] = set()
    for seed in range(MOST_WALKS):
        if seed >= WALKS and done >= TO_BE_SEEN:
            break
        dice = random.Random(seed)
        rail = Rail(dice, f"walk{seed}")
        monkeypatch.setattr(money, "payout", lambda rail=rail: rail)
        order = make.make_order(shop, lines=[(3, 1000), (2, 8001), (1, 333)], delivery_paid=490)
        sizes = [make.make_variant(shop, f"{seed}-{size}", size=size, on_hand=3) for size in "SL"]
        if seed % 3 == 0:
            add_gift_card(order)
        walk = Walk(order, sizes, dice, rail)
        for _ in range(STEPS):
            walk.step()
            check(order, rail)
        done |= {*walk.done, *Entry.objects.values_list("verb", flat=True)}

    assert TO_BE_SEEN - done == set()


def add_gift_card(order: Order) -> None:
    """A second payment: the first one holds only 70.00."""
    Payment.objects.filter(order=order).update(captured=7000)
    Payment.objects.create(
        order=order, provider="stripe", reference=f"pi_gift_{order.pk}", currency="EUR", captured=2824
    )


@pytest.mark.django_db
def test_the_check_finds_a_ledger_that_is_off_by_one(shop):
    ret = make.make_return(make.make_order(shop))
    rail = Rail(random.Random(0))
    check(ret.order, rail)

    OrderLine.objects.filter(order=ret.order).update(returning=0)

    with pytest.raises(AssertionError):
        check(ret.order, rail)


@pytest.mark.django_db
@pytest.mark.parametrize("finish", [[0, 1, 2], [2, 0, 1], []])
def test_three_returns_of_one_line_add_up_however_their_refunds_overlap(shop, monkeypatch, finish):
    class Honest(Rail):
        def send(self, request, *, key):
            self.by_key[key] = name = f"re_{key}"
            self.refunds[name] = {**request, "state": "succeeded"}
            return self.fetch(name)

    rail = Honest(random.Random(0))
    monkeypatch.setattr(money, "payout", lambda: rail)
    order = make.make_order(shop, lines=[(3, 1000)])
    cases = [make.make_return(order, state="settling") for _ in range(3)]
    refunds = [refund for ret in cases for refund in money.propose(ret)]
    if not finish:  # the first is stopped and comes again as the last
        money.stop_refund(money.approve_refund(refunds[0], by="rules"), by="rules")
        refunds = [*refunds[1:], *money.propose(cases[0])]
        finish = [0, 1, 2]

    for n in finish:
        money.approve_refund(refunds[n], by="rules")
        money.send_refunds()

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
    before = money.expected_receipt(ret)

    (refund,) = money.prepare_refund(ret)
    money.approve_refund(refund, by="rules")
    money.send_refunds()

    assert make.fresh(refund).state == "succeeded"
    assert money.expected_receipt(make.fresh(ret)) == before
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
    assert ret.state == "under_review"

    told = at_once(
        lambda: actions.approve(ret, by="rules"), lambda: actions.reject(ret, by="rules", reason="a whole sentence")
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
        assert ret.state == "approved"
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
