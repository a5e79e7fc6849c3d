"""Every state against every verb, in one table. What is not allowed says NotNow and leaves no trace."""

import uuid
from datetime import timedelta

import pytest
from django.forms.models import model_to_dict
from django.utils import timezone

from customers.models import Entry
from returns import actions, drafts, exchanges, goods, money, parcels
from returns.errors import NotNow
from returns.models import Refund, Return
from returns.payouts.base import Outcome
from shipments.models import Shipment
from tests import make

pytestmark = pytest.mark.django_db

R = Return.State
F = Refund.State


def in_state(shop, state: str) -> Return:
    """A case of two units of which each ledger says what its state needs."""
    order = make.make_order(shop, lines=[(2, 8000)])
    ret = make.make_return(order, units=2, state="draft")
    Return.objects.filter(pk=ret.pk).update(state=state)
    whole = {"requested": 2, "approved": 2, "received": 2, "accepted": 2}
    ledger = {
        R.DRAFT: {},
        R.SUBMITTED: {},
        R.UNDER_REVIEW: {},
        R.REJECTED: {},
        R.PARTLY_RECEIVED: {"approved": 2, "received": 1},
        R.RECEIVED: {"approved": 2, "received": 2},
        R.SETTLING: whole,
        R.REFUND_FAILED: whole,
        R.SETTLED: {**whole, "refunded": 2},
    }.get(R(state), {"approved": 2})
    ret.lines.update(**ledger)
    if state not in {R.DRAFT, R.REJECTED, R.CANCELLED}:
        order.lines.update(returning=2)
    return make.fresh(ret)


def receive(units):
    return lambda ret: goods.receive(ret, {ret.lines.get().pk: units}, by="rules")


def accept(ret):
    return goods.accept(ret, {ret.lines.get().pk: 1}, by="rules")


VERBS = {
    "submit": actions.submit,
    "approve": lambda ret: actions.approve(ret, by="rules"),
    "reject": lambda ret: actions.reject(ret, by="rules", reason="a whole sentence"),
    "cancel": lambda ret: actions.cancel(ret, by="customer"),
    "receive_some": receive(1),
    "receive_all": receive(2),
    "accept": accept,
    "ship": lambda ret: exchanges.ship_exchange(ret, carrier="sandbox", tracking_number="SB1", by="rules"),
}
# State -> verb -> the state after it. What does not stand here is NotNow.
ALLOWED: dict[str, dict[str, str]] = {
    R.DRAFT: {"submit": R.APPROVED, "cancel": R.CANCELLED},
    R.SUBMITTED: {"approve": R.APPROVED, "reject": R.REJECTED, "cancel": R.CANCELLED},
    R.UNDER_REVIEW: {"approve": R.APPROVED, "reject": R.REJECTED, "cancel": R.CANCELLED},
    R.APPROVED: {"receive_some": R.PARTLY_RECEIVED, "receive_all": R.RECEIVED, "cancel": R.CANCELLED},
    R.AWAITING_DROPOFF: {"receive_some": R.PARTLY_RECEIVED, "receive_all": R.RECEIVED, "cancel": R.CANCELLED},
    R.IN_TRANSIT: {"receive_some": R.PARTLY_RECEIVED, "receive_all": R.RECEIVED},
    R.PARTLY_RECEIVED: {"receive_some": R.RECEIVED, "accept": R.PARTLY_RECEIVED},
    R.RECEIVED: {"accept": R.RECEIVED},
    R.REJECTED: {},
    R.SETTLING: {},
    R.REFUND_FAILED: {},
    R.SETTLED: {},
    R.CANCELLED: {},
}
# Sent twice changes nothing and is no error: a double click shows the page as it stands.
SAID_ONCE = {(state, "submit") for state in R.values if state != R.DRAFT}
# One came already: two more are more than there are.
OTHER_ERRORS = {(R.PARTLY_RECEIVED, "receive_all")}


def picture_of(ret: Return) -> tuple:
    line = ret.lines.get()
    return (
        model_to_dict(make.fresh(ret)),
        model_to_dict(line),
        model_to_dict(line.order_line),
        list(Entry.objects.values_list("pk", "verb")),
        ret.parcels.count(),
    )


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", R.values)
def test_every_state_against_every_verb(shop, state, verb):
    ret = in_state(shop, state)
    before = picture_of(ret)
    target = ALLOWED[state].get(verb)

    try:
        VERBS[verb](ret)
    except (NotNow, actions.TooMany) as no:
        assert target is None
        assert isinstance(no, NotNow) != ((state, verb) in OTHER_ERRORS)
        assert picture_of(ret) == before
        return

    if (state, verb) in SAID_ONCE:
        assert picture_of(ret) == before
        return
    assert make.fresh(ret).state == target
    assert Entry.objects.count() > len(before[3])


def test_the_table_names_every_state_and_each_verb_works_somewhere():
    assert set(ALLOWED) == set(R.values)
    assert {verb for row in ALLOWED.values() for verb in row} == set(VERBS) - {"ship"}


def test_the_answers_of_a_sent_request_can_no_longer_be_changed(shop):
    for state in R.values:
        ret = in_state(shop, state)
        line, before = ret.lines.get(), picture_of(ret)
        answers = [
            lambda line=line: drafts.answer_reason(line, "damaged"),
            lambda line=line: drafts.answer_size(line, None),
            lambda line=line: drafts.answer_wish(line, "money"),
            lambda line=line: drafts.answer_without_photo(line, "a dent"),
            lambda line=line: drafts.add_photo(line, make.picture()),
            lambda ret=ret: drafts.answer_way(ret, "label"),
            lambda ret=ret, line=line: drafts.choose(ret, {line.order_line: 1}),
        ]

        for answer in answers if state != R.DRAFT else []:
            with pytest.raises(NotNow):
                answer()

        assert picture_of(ret) == before
        assert line.photos.count() == 0


def test_a_draft_with_an_open_question_cannot_be_sent(shop):
    variant = make.make_variant(shop, "L", size="L")
    for unanswered in (
        {"reason": ""},
        {"wish": ""},
        {"wish": "swap", "swap": None},
        {"wish": "money", "swap": variant},
    ):
        ret = make.make_return(make.make_order(shop), state="draft")
        ret.lines.update(**unanswered)
        before = picture_of(ret)

        with pytest.raises(NotNow):
            actions.submit(ret)

        assert picture_of(ret) == before
    assert make.make_return(make.make_order(shop)).state == R.APPROVED


@pytest.mark.parametrize("state", R.values)
@pytest.mark.parametrize("status", ["in_transit", "delivered"])
def test_the_carriers_word_moves_only_a_case_that_waits_for_its_parcel(shop, state, status):
    if state == R.DRAFT:
        return  # no parcel is planned for a draft
    ret = in_state(shop, state)
    delivered_at = timezone.now() if status == "delivered" else None
    box = make.make_shipment(ret.order, direction="return", status=status, delivered_at=delivered_at)
    parcel = ret.parcels.create(state="label_created", carrier="sandbox", shipment=box)

    moved = [parcels.notice_arrivals(), parcels.notice_arrivals()]

    waits = state in {R.APPROVED, R.AWAITING_DROPOFF}
    assert make.fresh(ret).state == (R.IN_TRANSIT if waits else state)
    assert moved == [1, 0]
    assert make.fresh(parcel).state == ("delivered" if delivered_at else "handed_over")
    assert Shipment.objects.get(pk=box.pk).status == status


# Refunds

TAKES = {F.SENDING, F.PENDING, F.REQUIRES_ACTION, F.NEEDS_REVIEW}


def refund_in(shop, state: str) -> Refund:
    ret = make.make_return(make.make_order(shop), state="settling")
    (refund,) = money.propose(ret)
    facts = {"state": state, "send_after": timezone.now(), "provider_id": f"re_{uuid.uuid4().hex}"}
    if state not in {F.PROPOSED, F.FAILED, F.CANCELED}:
        type(refund.payment).objects.filter(pk=refund.payment_id).update(reserved=refund.amount)
    Refund.objects.filter(pk=refund.pk).update(**facts)
    refund = make.fresh(refund)
    if state == F.SUCCEEDED:
        Refund.objects.filter(pk=refund.pk).update(counted=True, settled_at=timezone.now())
        ret.lines.update(refunded=1)
        Return.objects.filter(pk=ret.pk).update(state=R.SETTLED)
    return make.fresh(refund)


def hear(refund: Refund, word: str) -> Refund:
    outcome = Outcome(provider_id=refund.provider_id, state=word, amount=refund.amount, currency=refund.currency)
    return money.take_outcome(refund, outcome)


def after_hearing(state: str, word: str) -> str:
    if state in TAKES:
        return {"canceled": F.FAILED}.get(word, word)
    if state == F.SUCCEEDED:
        return F.FAILED if word in {"failed", "canceled"} else F.SUCCEEDED
    return state


@pytest.mark.parametrize("word", ["pending", "requires_action", "succeeded", "failed", "canceled", "needs_review"])
@pytest.mark.parametrize("state", F.values)
def test_every_state_of_a_refund_against_every_word_of_the_provider(shop, state, word):
    refund = refund_in(shop, state)
    lines = Entry.objects.count()

    after = hear(refund, word).state
    again = hear(refund, word).state
    row, payment, ret = make.fresh(refund), make.fresh(refund.payment), make.fresh(refund.ret)

    wanted = after_hearing(state, word)
    assert (after, again, row.state) == (wanted, wanted, wanted)
    assert payment.reserved == (0 if wanted in {F.FAILED, F.CANCELED, F.PROPOSED} else refund.amount)
    assert ret.lines.get().refunded == (1 if wanted == F.SUCCEEDED else 0)
    assert Entry.objects.filter(verb__startswith="refund.").count() <= 2
    if wanted == state:
        assert Entry.objects.count() == lines
    elif wanted == F.SUCCEEDED:
        assert ret.state == R.SETTLED
    elif wanted == F.FAILED:
        assert ret.state == R.REFUND_FAILED


@pytest.mark.parametrize("state", F.values)
def test_only_a_proposed_refund_is_approved_and_only_one_that_has_not_left_is_stopped(shop, state):
    refund = refund_in(shop, state)
    lines, reserved = Entry.objects.count(), refund.payment.reserved

    told = []
    for verb in (money.stop_refund, money.approve_refund):
        try:
            told.append(verb(refund, by="rules").state)
        except NotNow:
            told.append("not now")

    assert told == {
        F.PROPOSED: [F.CANCELED, "not now"],
        F.APPROVED: [F.CANCELED, "not now"],
    }.get(F(state), ["not now", "not now"])
    if told == ["not now", "not now"]:
        assert (Entry.objects.count(), make.fresh(refund.payment).reserved) == (lines, reserved)
        assert make.fresh(refund).state == state


def test_a_sum_that_is_not_ours_is_put_before_a_person_once(shop):
    refund = refund_in(shop, F.SENDING)
    wrong = Outcome(provider_id="re_x", state="succeeded", amount=refund.amount + 1, currency="EUR")

    states = [money.take_outcome(refund, wrong).state for _ in range(2)]

    assert states == [F.NEEDS_REVIEW] * 2
    assert make.fresh(refund.ret).lines.get().refunded == 0
    assert Entry.objects.filter(verb="refund.questioned").count() == 1


def test_a_refund_is_not_sent_before_its_time_to_stop_it_has_passed(shop, box):
    ret = make.make_return(make.make_order(shop), state="settling")
    (refund,) = money.propose(ret)
    money.approve_refund(refund, by="rules")
    Refund.objects.update(send_after=timezone.now() + timedelta(minutes=15))

    assert money.send_refunds() == 0
    assert make.fresh(refund).state == F.APPROVED
