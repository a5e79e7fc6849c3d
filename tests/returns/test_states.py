"""Every state against every verb, in one table. What is not allowed says NotNow and leaves no trace."""

import uuid
from datetime import timedelta

import pytest
from django.forms.models import model_to_dict
from django.utils import timezone

from customers.models import Entry
from returns import actions, deductions, drafts, exchanges, goods, money, parcels, sending, states
from returns.errors import NotNow, TooMany
from returns.models import Deduction, Refund, Return
from returns.payouts.base import Outcome
from shipments.models import Shipment
from tests import make

pytestmark = pytest.mark.django_db

R = Return.State
F = Refund.State


SAM, PIA = "staff:sam", "staff:pia"


def in_state(shop, state: str) -> Return:
    """A case of two units, brought to its state by the real verbs; SUBMITTED is left within one transaction."""
    long_here = shop.today() - timedelta(days=20)  # no withdrawal any more: those are never closed by time
    order = make.make_order(shop, lines=[(2, 8000)], delivered=long_here, email=f"ada+{uuid.uuid4().hex}@example.com")
    asks = {R.UNDER_REVIEW, R.NEEDS_INFO, R.PARTLY_APPROVED, R.REJECTED, R.SUBMITTED}
    reason = "damaged" if state in asks else "wrong_size"
    ret = make.make_return(order, units=2, reason=reason, state="draft" if state == R.DRAFT else "submitted")
    if state == R.SUBMITTED:
        Return.objects.filter(pk=ret.pk).update(state=state)
    ret = PATHS.get(R(state), lambda ret: ret)(ret)
    assert make.fresh(ret).state == state
    return make.fresh(ret)


def whole(ret: Return, units: int) -> dict[int, int]:
    return {ret.lines.get().pk: units}


def labelled(ret: Return) -> Return:
    box = ret.parcels.first()
    if not box or not parcels.give_label(box, tracking_number=f"SB{uuid.uuid4().hex[:10]}", file=None, by=SAM):
        raise NotNow("there is no box to label")
    return make.fresh(ret)


def receive(units):
    return lambda ret: goods.receive(ret, whole(ret, units), by=SAM)


def accept(units):
    return lambda ret: goods.accept(ret, whole(ret, units), by=SAM)


def show_proof(ret: Return) -> Return:
    parcels.submit_proof(ret, by="customer", file=("receipt.png", b"x"))
    return make.fresh(ret)


def offer_less(ret: Return) -> Deduction:
    line = ret.lines.get()
    line.photos.create(bench=True, file="photos/stain.webp")
    return deductions.propose(line, units=1, percent=40, words="a stain", by=SAM)


def told(word: str):
    """Settling, and then the provider's word on the refund."""

    def path(ret: Return) -> Return:
        ret = accept(2)(receive(2)(ret))
        (refund,) = money.propose(ret)
        Refund.objects.filter(pk=money.approve_refund(refund, by="rules").pk).update(state=F.SENDING)
        hear(make.fresh(refund), word)
        return make.fresh(ret)

    return path


PATHS = {
    R.NEEDS_INFO: lambda ret: actions.ask(ret, by=SAM, text="Which one?") and make.fresh(ret),
    R.PARTLY_APPROVED: lambda ret: make.approve_partly(ret, whole(ret, 1), reason="only one is broken"),
    R.REJECTED: lambda ret: make.say_no(ret, by=SAM, reason="a whole sentence"),
    R.AWAITING_DROPOFF: labelled,
    R.IN_TRANSIT: lambda ret: show_proof(labelled(ret)),
    R.PARTLY_RECEIVED: receive(1),
    R.RECEIVED: receive(2),
    R.INSPECTING: lambda ret: accept(1)(receive(2)(ret)),
    R.DISPUTED: lambda ret: deductions.contest(offer_less(receive(2)(ret)), by="customer") and make.fresh(ret),
    R.SETTLING: lambda ret: accept(2)(receive(2)(ret)),
    R.REFUND_FAILED: told("failed"),
    R.SETTLED: told("succeeded"),
    R.CANCELLED: lambda ret: actions.cancel(ret, by="customer"),
    R.EXPIRED: lambda ret: expire(ret) and make.fresh(ret),
    R.REOPENED: lambda ret: actions.reopen(actions.cancel(ret, by="customer"), by=SAM, why="it came"),
}


def expire(ret: Return) -> bool:
    if not actions.expire(ret):
        raise NotNow("it moved")
    return True


VERBS = {
    "submit": actions.submit,
    "approve": lambda ret: actions.approve(ret, by=PIA),
    "approve one": lambda ret: make.approve_partly(ret, whole(ret, 1), by=PIA, reason="only one is broken"),
    "reject": lambda ret: make.say_no(ret, by=PIA, reason="a whole sentence"),
    "ask": lambda ret: actions.ask(ret, by=SAM, text="Which one?"),
    "answer": lambda ret: actions.answer(ret, by="customer", text="The red one."),
    "contest": lambda ret: actions.contest(ret, by="customer"),
    "cancel": lambda ret: actions.cancel(ret, by="customer"),
    "expire": expire,
    "reopen": lambda ret: actions.reopen(ret, by=SAM, why="it came"),
    "label": labelled,
    "proof": show_proof,
    "add box": lambda ret: parcels.add_box(ret, by="customer"),
    "receive one": receive(1),
    "receive both": receive(2),
    "miss one": lambda ret: goods.miss(ret, whole(ret, 1), by=SAM),
    "lose one": lambda ret: goods.lose(ret, whole(ret, 1), by=SAM),
    "accept one": accept(1),
    "offer less": offer_less,
    "ship": lambda ret: exchanges.ship_exchange(ret, carrier="sandbox", tracking_number="SB1", by=SAM),
}
# State -> verb -> the state after it. What does not stand here is NotNow.
DECISIONS = {"approve": R.APPROVED, "approve one": R.PARTLY_APPROVED, "reject": R.REJECTED, "cancel": R.CANCELLED}
CLOSE = {"cancel": R.CANCELLED, "expire": R.EXPIRED}
COMES = {"receive one": R.PARTLY_RECEIVED, "receive both": R.RECEIVED, "proof": R.IN_TRANSIT}
ALLOWED: dict[str, dict[str, str]] = {
    R.DRAFT: {"submit": R.APPROVED, "cancel": R.CANCELLED},
    R.SUBMITTED: {**DECISIONS, "ask": R.NEEDS_INFO},
    R.UNDER_REVIEW: {**DECISIONS, "ask": R.NEEDS_INFO},
    R.NEEDS_INFO: {**DECISIONS, "answer": R.UNDER_REVIEW},
    R.APPROVED: {**CLOSE, **COMES, "label": R.AWAITING_DROPOFF},
    R.PARTLY_APPROVED: {**CLOSE, "label": R.AWAITING_DROPOFF, "proof": R.IN_TRANSIT, "receive one": R.RECEIVED},
    R.REJECTED: {"contest": R.DISPUTED, "reopen": R.REOPENED},
    R.AWAITING_DROPOFF: {**CLOSE, **COMES, "add box": R.AWAITING_DROPOFF},
    R.IN_TRANSIT: {**COMES, "add box": R.IN_TRANSIT, "miss one": R.IN_TRANSIT, "lose one": R.IN_TRANSIT},
    R.PARTLY_RECEIVED: {
        "label": R.PARTLY_RECEIVED,
        "proof": R.PARTLY_RECEIVED,
        "receive one": R.RECEIVED,
        "miss one": R.RECEIVED,
        "lose one": R.RECEIVED,
        "accept one": R.PARTLY_RECEIVED,
        "offer less": R.PARTLY_RECEIVED,
    },
    R.RECEIVED: {"label": R.RECEIVED, "accept one": R.INSPECTING, "offer less": R.INSPECTING},
    R.INSPECTING: {"label": R.INSPECTING, "accept one": R.SETTLING, "offer less": R.INSPECTING},
    R.DISPUTED: {"label": R.DISPUTED, "accept one": R.DISPUTED},
    R.SETTLING: {"label": R.SETTLING},
    R.REFUND_FAILED: {"label": R.REFUND_FAILED},
    R.SETTLED: {},
    R.CANCELLED: {"reopen": R.REOPENED},
    R.EXPIRED: {"reopen": R.REOPENED},
    R.REOPENED: {**CLOSE, **COMES, "label": R.AWAITING_DROPOFF},
}
# More than was approved, than came, or than the terms give.
MORE_THAN_THERE_IS = {
    (R.APPROVED, "add box"),
    (R.REOPENED, "add box"),
    (R.PARTLY_APPROVED, "add box"),
    (R.PARTLY_APPROVED, "receive both"),
    (R.PARTLY_RECEIVED, "add box"),
    (R.PARTLY_RECEIVED, "receive both"),
    *((state, verb) for state in (R.RECEIVED, R.INSPECTING, R.DISPUTED) for verb in ("receive one", "receive both")),
    *(
        (state, verb)
        for state in (R.RECEIVED, R.INSPECTING, R.DISPUTED, R.SETTLING, R.REFUND_FAILED)
        for verb in ("miss one", "lose one")
    ),
}
# States that people make; the ledgers say all others.
NOT_FROM_LEDGERS = {R.REJECTED, R.CANCELLED, R.EXPIRED, R.NEEDS_INFO, R.UNDER_REVIEW, R.REOPENED, R.DISPUTED}
# Sent twice changes nothing and is no error: a double click shows the page as it stands.
SAID_ONCE = {(state, "submit") for state in R.values if state != R.DRAFT}


def picture_of(ret: Return) -> tuple:
    line = ret.lines.get()
    return (
        model_to_dict(make.fresh(ret)),
        model_to_dict(line),
        model_to_dict(line.order_line),
        list(Entry.objects.values_list("pk", "verb")),
        [(box.pk, box.state) for box in ret.parcels.all()],
        ret.proofs.count(),
        line.deductions.count(),
    )


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", R.values)
def test_every_state_against_every_verb(shop, state, verb):
    ret = in_state(shop, state)
    before = picture_of(ret)
    target = ALLOWED[state].get(verb)

    try:
        VERBS[verb](ret)
    except (NotNow, TooMany) as no:
        assert target is None
        assert isinstance(no, NotNow) != ((state, verb) in MORE_THAN_THERE_IS)
        assert picture_of(ret) == before
        return

    if (state, verb) in SAID_ONCE:
        assert picture_of(ret) == before
        return
    assert make.fresh(ret).state == target
    assert Entry.objects.count() > len(before[3])
    assert states.implied(states.standing(make.fresh(ret))) == target or target in NOT_FROM_LEDGERS


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
        assert line.photos.filter(bench=False).count() == 0


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
    parcel = ret.parcels.create(state="label_created", carrier="sandbox", shipment=box, position=9)

    moved = [parcels.notice_arrivals(), parcels.notice_arrivals()]

    sent_after_all = {R.CANCELLED, R.EXPIRED}
    waits = {*Return.NOT_SENT, R.REOPENED, *sent_after_all}
    assert make.fresh(ret).state == (R.IN_TRANSIT if state in waits else state)
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
    return sending.take_outcome(refund, outcome)


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

    states = [sending.take_outcome(refund, wrong).state for _ in range(2)]

    assert states == [F.NEEDS_REVIEW] * 2
    assert make.fresh(refund.ret).lines.get().refunded == 0
    assert Entry.objects.filter(verb="refund.questioned").count() == 1


def test_a_refund_is_not_sent_before_its_time_to_stop_it_has_passed(shop, box):
    ret = make.make_return(make.make_order(shop), state="settling")
    (refund,) = money.propose(ret)
    money.approve_refund(refund, by="rules")
    Refund.objects.update(send_after=timezone.now() + timedelta(minutes=15))

    assert sending.send_refunds() == 0
    assert make.fresh(refund).state == F.APPROVED


def test_the_picture_of_the_machine_in_the_docs_is_the_one_in_the_code(settings):
    from portal.management.commands.returns import graph

    written = (settings.BASE_DIR / "docs" / "returns.md").read_text()

    assert f"```mermaid\n{graph()}\n```" in written
