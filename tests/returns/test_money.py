"""Money leaves once: the real client against the stand-in Stripe over HTTP, with every kind of trouble on the wire."""

import json
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from customers.models import Entry
from notices.models import Letter
from orders.models import Payment
from portal.background import catch_up
from returns import goods, knocks, money, sending, till
from returns.errors import BalanceChanged, NothingLeft, NotNow
from returns.models import ProviderEvent, Refund, Return, Till
from returns.payouts import stripe as rail
from sandbox.hooks import signature
from tests import make
from tests.conftest import SECRET
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

F = Refund.State


def settling(shop, box, *, lines=((1, 3990),), amount=None, **facts) -> Return:
    """A case whose goods are accepted, and whose payment stands at the provider."""
    order = make.make_order(shop, lines=lines, **facts)
    make.make_payment_outside(box, order, amount=amount)
    return make.make_return(order, units=lines[0][0], state="settling")


def approved(ret: Return) -> Refund:
    (refund,) = money.prepare_refund(ret)
    return money.approve_refund(refund, by="rules")


def books(box, refund: Refund) -> list[tuple[int, str]]:
    """What really left, as the provider has it."""
    rows = box.get("/_sandbox/books")["payments"]
    row = next(row for row in rows if row["id"] == refund.payment.reference)
    return [(one["amount"], one["status"]) for one in row["refunds"]]


def calls(box) -> int:
    return box.get("/_sandbox/calls").get("POST /v1/refunds", 0)


def due_again() -> None:
    """The lease of whoever was sending has ended."""
    Refund.objects.filter(state=F.SENDING).update(lease_until=timezone.now() - timedelta(seconds=1))
    Till.objects.update(quiet_until=None)


def fault(box, what: str, **more) -> None:
    box.post("/_sandbox/faults", {"where": "stripe", "what": what, "method": "POST", "path": "/v1/refunds", **more})


def knock(client, refund_id: str, payment: str, *, event="evt_1", kind="refund.updated", secret=SECRET, at=None):
    about = {"id": refund_id, "object": "refund", "payment_intent": payment}
    body = json.dumps({"id": event, "object": "event", "type": kind, "data": {"object": about}})
    header = signature(body, secret, int(time.time() if at is None else at))
    return client.post("/hooks/stripe/", body, "application/json", headers={"Stripe-Signature": header}).status_code


def settled(refund: Refund) -> tuple:
    row = make.fresh(refund)
    return row.state, make.fresh(row.ret).state, make.fresh(row.payment).reserved, row.ret.lines.get().refunded


# The intent first


def test_the_row_and_its_reservation_stand_before_anything_is_sent(shop, box):
    ret = settling(shop, box)
    before = calls(box)

    refund = approved(ret)

    assert (refund.state, make.fresh(refund.payment).reserved, calls(box)) == (F.APPROVED, 3990, before)
    assert refund.request == {
        "payment": refund.payment.reference,
        "amount": 3990,
        "currency": "EUR",
        "metadata": {
            "refund_uuid": str(refund.uuid),
            "return": ret.number,
            "order": ret.order.number,
            "till": str(till.the_till().uuid),
        },
    }
    sending.send_refunds()
    assert settled(refund) == (F.SUCCEEDED, "settled", 3990, 1)
    assert books(box, refund) == [(3990, "succeeded")]


def test_a_kill_between_claim_and_call_ends_in_one_refund(shop, box, monkeypatch):
    refund = approved(settling(shop, box))
    with monkeypatch.context() as patch:
        patch.setattr(rail.Stripe, "send", lambda *_a, **_k: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            sending.send_refunds()
    assert (make.fresh(refund).state, sending.send_refunds()) == (F.SENDING, 0)

    due_again()
    sending.send_refunds()

    assert settled(refund)[0] == F.SUCCEEDED
    assert books(box, refund) == [(3990, "succeeded")]


def test_a_kill_between_call_and_answer_ends_in_one_refund(shop, box, monkeypatch):
    refund = approved(settling(shop, box))
    with monkeypatch.context() as patch:
        patch.setattr(sending, "take_outcome", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            sending.send_refunds()
    assert (make.fresh(refund).state, books(box, refund)) == (F.SENDING, [(3990, "succeeded")])

    due_again()
    catch_up()

    assert settled(refund)[0] == F.SUCCEEDED
    assert books(box, refund) == [(3990, "succeeded")]


# Trouble on the wire


@pytest.mark.parametrize(
    "what", ["drop_before", "drop_after", "hang_before", "hang_after", "conflict", "rate_limit", "html"]
)
def test_no_clear_answer_means_the_same_words_under_the_same_key_and_one_refund(shop, box, monkeypatch, what):
    monkeypatch.setattr(rail, "TIMEOUT", (0.3, 0.3))
    refund = approved(settling(shop, box))
    fault(box, what, seconds=0.5)

    sending.send_refunds()

    row = make.fresh(refund)
    assert (row.state, row.attempt, row.tries, bool(row.last_error)) == (F.SENDING, 1, 1, True)
    assert make.fresh(row.payment).reserved == 3990
    monkeypatch.setattr(rail, "TIMEOUT", (3, 5))
    for _ in range(100):  # while the first call still hangs, its key is "in use"
        due_again()
        if sending.send_refunds() == 0:
            break
        time.sleep(0.02)
    assert settled(refund) == (F.SUCCEEDED, "settled", 3990, 1)
    assert make.fresh(refund).attempt == 1
    assert books(box, refund) == [(3990, "succeeded")]


@pytest.mark.parametrize("what", ["error_before", "error_after"])
def test_a_500_that_is_kept_under_its_key_is_looked_behind(shop, box, what):
    refund = approved(settling(shop, box))
    fault(box, what)
    before = calls(box)

    for _ in range(4):
        sending.send_refunds()
        due_again()

    row = make.fresh(refund)
    assert settled(refund) == (F.SUCCEEDED, "settled", 3990, 1)
    assert row.attempt == (2 if what == "error_before" else 1)
    assert books(box, refund) == [(3990, "succeeded")]
    assert calls(box) - before <= 3


def test_a_named_pause_is_kept_to(shop, box):
    refund = approved(settling(shop, box))
    fault(box, "rate_limit", seconds=120)

    sending.send_refunds()

    assert make.fresh(refund).lease_until - timezone.now() > timedelta(seconds=110)


def test_a_definite_no_is_believed_after_one_look_and_frees_what_was_reserved(shop, box):
    refund = approved(settling(shop, box))
    box.post(f"/_sandbox/payments/{refund.payment.reference}/dispute")
    looks = box.get("/_sandbox/calls").get("GET /v1/refunds", 0)

    sending.send_refunds()

    row = make.fresh(refund)
    assert settled(refund) == (F.FAILED, "refund_failed", 0, 0)
    assert (row.failure, books(box, refund)) == ("charge_disputed", [])
    assert box.get("/_sandbox/calls")["GET /v1/refunds"] == looks + 1


def test_a_no_because_our_own_lost_try_has_paid_already_is_a_yes(shop, box):
    refund = approved(settling(shop, box))
    till.payout().send(refund.request, key="a key that was lost")

    sending.send_refunds()

    assert settled(refund)[0] == F.SUCCEEDED
    assert books(box, refund) == [(3990, "succeeded")]


@pytest.mark.parametrize(("paid", "attempt"), [(True, 1), (False, 2)])
def test_a_key_of_yesterday_is_not_trusted_without_a_look(shop, box, paid, attempt):
    refund = approved(settling(shop, box))
    if paid:
        till.payout().send(refund.request, key=refund.key)
    Refund.objects.update(
        state=F.SENDING, first_sent_at=timezone.now() - timedelta(hours=24), lease_until=timezone.now()
    )
    before = calls(box)

    sending.send_refunds()

    assert (make.fresh(refund).state, make.fresh(refund).attempt) == (F.SUCCEEDED, attempt)
    assert calls(box) - before == attempt - 1
    assert books(box, refund) == [(3990, "succeeded")]


def test_a_key_used_for_another_request_waits_for_a_person(shop, box):
    refund = approved(settling(shop, box))
    till.payout().send({**refund.request, "amount": 1}, key=refund.key)

    sending.send_refunds()

    assert make.fresh(refund).state == F.NEEDS_REVIEW
    assert make.fresh(refund.payment).reserved == 3990


# Many workers


def test_two_workers_send_one_refund(shop, box):
    refund = approved(settling(shop, box))
    before = calls(box)

    told = at_once(sending.send_refunds, sending.send_refunds)

    assert sorted(told) == [0, 1]
    assert calls(box) - before == 1
    assert settled(refund)[0] == F.SUCCEEDED


def test_two_who_approve_at_once_reserve_once(shop, box):
    (refund,) = money.prepare_refund(settling(shop, box))

    told = at_once(*[lambda: money.approve_refund(refund, by="rules", shown_left=3990)] * 2)

    assert sorted(type(word).__name__ for word in told) in (["BalanceChanged", "Refund"], ["NotNow", "Refund"])
    assert make.fresh(refund.payment).reserved == 3990


def test_stop_and_send_at_once_have_one_winner(shop, box):
    for _ in range(3):
        refund = approved(settling(shop, box))

        stopped, _ = at_once(lambda refund=refund: money.stop_refund(refund, by="rules"), sending.send_refunds)

        state = make.fresh(refund).state
        assert (state, books(box, refund)) in [(F.CANCELED, []), (F.SUCCEEDED, [(3990, "succeeded")])]
        assert isinstance(stopped, NotNow) == (state == F.SUCCEEDED)
        assert make.fresh(refund.payment).reserved == (3990 if state == F.SUCCEEDED else 0)


def test_a_worker_that_comes_back_after_its_lease_changes_nothing(shop, box, monkeypatch):
    """It sleeps through its lease, another sends, and then it gets an answer of its own."""
    refund = approved(settling(shop, box))
    honest = rail.Stripe.send
    seen = []

    def slow(self, request, *, key):
        if not seen:
            seen.append(key)
            due_again()
            sending.send_refunds()
        return honest(self, request, key=key)

    monkeypatch.setattr(rail.Stripe, "send", slow)

    sending.send_refunds()

    assert settled(refund) == (F.SUCCEEDED, "settled", 3990, 1)
    assert books(box, refund) == [(3990, "succeeded")]
    assert Entry.objects.filter(verb="refund.succeeded").count() == 1


@pytest.mark.parametrize(
    "error", [sending.KeyReused("no"), sending.Refused("no", code="x"), sending.OutcomeUnknown("?")]
)
def test_a_late_error_does_not_undo_what_another_worker_has_done(shop, box, monkeypatch, error):
    refund = approved(settling(shop, box))
    seen = []
    honest = rail.Stripe.send

    def slow(self, request, *, key):
        if not seen:
            seen.append(key)
            due_again()
            sending.send_refunds()
            raise error
        return honest(self, request, key=key)

    monkeypatch.setattr(rail.Stripe, "send", slow)

    sending.send_refunds()

    assert settled(refund) == (F.SUCCEEDED, "settled", 3990, 1)


# Later words


def test_pending_money_settles_by_a_webhook(shop, box, client):
    box.post("/_sandbox/refunds", {"status": "pending"})
    refund = approved(settling(shop, box))
    sending.send_refunds()
    assert settled(refund) == (F.PENDING, "settling", 3990, 0)
    provider_id = make.fresh(refund).provider_id

    box.post(f"/_sandbox/refunds/{provider_id}", {"status": "succeeded"})
    told = [knock(client, provider_id, refund.payment.reference) for _ in range(2)]
    knocks.work_off_events()

    assert told == [200, 200]
    assert ProviderEvent.objects.count() == 1
    assert settled(refund) == (F.SUCCEEDED, "settled", 3990, 1)


def test_pending_money_settles_by_a_look_when_the_webhook_is_lost(shop, box):
    box.post("/_sandbox/refunds", {"status": "pending"})
    refund = approved(settling(shop, box))
    sending.send_refunds()
    box.post(f"/_sandbox/refunds/{make.fresh(refund).provider_id}", {"status": "succeeded"})
    assert sending.look_at_refunds() == 0

    Refund.objects.update(look_again=timezone.now())
    sending.look_at_refunds()

    assert settled(refund)[0] == F.SUCCEEDED


def test_the_banks_number_comes_days_later(shop, box):
    box.post("/_sandbox/refunds", {"reference_status": "pending"})
    refund = approved(settling(shop, box))
    sending.send_refunds()
    assert make.fresh(refund).bank_reference == ""

    box.post(f"/_sandbox/refunds/{make.fresh(refund).provider_id}", {"reference_status": "available"})
    Refund.objects.update(look_again=timezone.now())
    sending.look_at_refunds()

    assert len(make.fresh(refund).bank_reference) == 23
    row = make.fresh(refund)
    assert row.look_again == row.settled_at + timedelta(days=7)  # banks send money back weeks later


def test_money_that_comes_back_weeks_later_waits_again_and_the_customer_is_told(shop, box, client):
    refund = approved(settling(shop, box))
    catch_up()
    assert settled(refund) == (F.SUCCEEDED, "settled", 3990, 1)

    provider_id = make.fresh(refund).provider_id
    box.post(f"/_sandbox/refunds/{provider_id}", {"status": "failed", "failure_reason": "expired_or_canceled_card"})
    knock(client, provider_id, refund.payment.reference, kind="refund.failed")
    catch_up()

    assert settled(refund) == (F.FAILED, "refund_failed", 0, 0)
    assert make.fresh(refund).failure == "expired_or_canceled_card"
    assert list(Letter.objects.order_by("pk").values_list("kind", flat=True))[-2:] == [
        "refund.succeeded",
        "refund.failed",
    ]
    assert money.prepare_refunds() == 0  # a person chooses what to do next
    again = approved(refund.ret)
    sending.send_refunds()
    assert settled(again) == (F.SUCCEEDED, "settled", 3990, 1)
    assert books(box, refund) == [(3990, "succeeded"), (3990, "failed")] or books(box, refund) == [
        (3990, "failed"),
        (3990, "succeeded"),
    ]


def test_an_older_word_that_comes_late_changes_nothing(shop, box, client):
    refund = approved(settling(shop, box))
    sending.send_refunds()
    before = settled(refund)

    row = make.fresh(refund)
    late = sending.Outcome(provider_id=row.provider_id, state="pending", amount=3990, currency="EUR")
    sending.take_outcome(row, late)

    assert settled(refund) == before


# Webhooks


def test_forged_stale_and_future_knocks_are_refused_and_leave_nothing(shop, box, client):
    now = time.time()

    told = [
        knock(client, "re_1", "pi_1", secret="whsec_other"),
        knock(client, "re_1", "pi_1", at=now - 301),
        knock(client, "re_1", "pi_1", at=now + 301),
        client.post("/hooks/stripe/", "{}", "application/json").status_code,
        client.post(
            "/hooks/stripe/", b"\xff", "application/json", headers={"Stripe-Signature": "t=1,v1=x"}
        ).status_code,
        client.get("/hooks/stripe/").status_code,
    ]

    assert told == [400, 400, 400, 400, 400, 405]
    assert ProviderEvent.objects.count() == 0
    assert knock(client, "re_1", "pi_1") == 200
    assert ProviderEvent.objects.count() == 1


def test_without_a_secret_the_door_is_not_there(client, db, settings):
    settings.STRIPE_WEBHOOK_SECRETS = []

    assert knock(client, "re_1", "pi_1") == 404


def test_a_knock_about_an_unknown_refund_is_worked_off_and_holds_nobody_up(shop, box, client):
    refund = approved(settling(shop, box))
    sending.send_refunds()
    provider_id = make.fresh(refund).provider_id
    box.post(f"/_sandbox/refunds/{provider_id}", {"status": "failed"})

    knock(client, "re_nobody", "pi_nobody", event="evt_1")
    knock(client, provider_id, refund.payment.reference, event="evt_2")
    done = knocks.work_off_events()

    assert (done, settled(refund)[0]) == (2, F.FAILED)


def test_a_refund_made_in_stripes_own_pages_lowers_what_is_left(shop, box, client):
    ret = settling(shop, box)
    (refund,) = money.prepare_refund(ret)
    outside = box.post(f"/_sandbox/payments/{refund.payment.reference}/refund", {"amount": 1000})

    knock(client, outside["id"], refund.payment.reference, kind="refund.created", event="evt_1")
    knock(client, outside["id"], refund.payment.reference, kind="refund.updated", event="evt_2")
    knocks.work_off_events()

    payment = make.fresh(refund.payment)
    assert (payment.outside, payment.left) == (1000, 2990)
    assert Entry.objects.filter(verb="payment.differs").count() == 1
    with pytest.raises(BalanceChanged):
        money.approve_refund(refund, by="rules", shown_left=3990)
    with pytest.raises(NothingLeft):
        money.approve_refund(refund, by="rules", shown_left=2990)
    assert (make.fresh(refund).state, make.fresh(payment).reserved, books(box, refund)) == (
        F.PROPOSED,
        0,
        [(1000, "succeeded")],
    )


def test_our_own_refund_under_way_is_not_taken_for_one_made_outside(shop, box, client):
    box.post("/_sandbox/refunds", {"status": "pending"})
    refund = approved(settling(shop, box, lines=[(2, 8000)]))
    sending.send_refunds()
    assert make.fresh(refund).state == F.PENDING

    facts = till.payout().fetch_payment(refund.payment.reference)
    till.confirm_payment(refund.payment, facts)

    assert facts.refunded == 8000
    assert make.fresh(refund.payment).outside == 0


def test_metadata_that_another_program_wrote_holds_nobody_up(shop, box, client):
    ret = settling(shop, box)
    reference = ret.order.payments.get().reference
    request = {"payment": reference, "amount": 10, "currency": "EUR", "metadata": {"refund_uuid": "not one of ours"}}
    other = till.payout().send(request, key="another program")

    knock(client, other.provider_id, reference)
    done = knocks.work_off_events()

    assert (done, ret.order.payments.get().outside) == (1, 10)


# What the payment really holds


def test_the_files_figure_is_hearsay_and_the_difference_is_told(shop, box):
    ret = settling(shop, box, amount=5000)

    refund = approved(ret)

    payment = make.fresh(refund.payment)
    assert (payment.captured, payment.checked_at is None) == (5000, False)
    line = Entry.objects.get(verb="payment.differs")
    assert line.facts == {"file": 3990, "provider": 5000, "refunded": 0}


def test_another_currency_waits_for_a_person_and_nothing_is_proposed(shop, box):
    order = make.make_order(shop)
    payment = order.payments.get()
    box.post("/_sandbox/payments", {"id": payment.reference, "amount": 3990, "currency": "usd"})
    ret = make.make_return(order, state="settling")

    refunds = money.prepare_refund(ret)

    assert (refunds, make.fresh(payment).problem) == ([], "3990 USD at the provider")
    assert make.fresh(payment).checked_at is None


def test_while_the_provider_does_not_answer_nothing_is_proposed(shop, box):
    ret = settling(shop, box)
    box.post("/_sandbox/faults", {"where": "stripe", "what": "drop_before", "path": "/v1/payment_intents"})

    first = money.prepare_refunds()

    assert (first, ret.refunds.count()) == (0, 0)
    assert money.prepare_refunds() == 1


def two_payments(shop, box) -> tuple[Return, Payment, Payment]:
    order = make.make_order(shop, lines=[(1, 10000)], paid=7000)
    card = make.make_payment_outside(box, order)
    gift = Payment.objects.create(
        order=order, provider="stripe", reference=f"{card.reference}_2", currency="EUR", captured=3000
    )
    box.post("/_sandbox/payments", {"id": gift.reference, "amount": 3000, "currency": "eur"})
    return make.make_return(order, state="settling"), card, gift


def test_several_payments_share_by_what_is_left_on_each(shop, box):
    ret, card, gift = two_payments(shop, box)
    ret.order.lines.update(paid=4000)

    refunds = money.prepare_refund(ret)

    assert [(refund.payment_id, refund.amount) for refund in refunds] == [(card.pk, 2800), (gift.pk, 1200)]
    assert len({refund.proposal for refund in refunds}) == 1


def test_after_one_share_failed_the_new_proposal_pays_exactly_the_rest(shop, box):
    ret, _, gift = two_payments(shop, box)
    refunds = money.prepare_refund(ret)
    box.post(f"/_sandbox/payments/{gift.reference}/dispute")
    for refund in refunds:
        money.approve_refund(refund, by="rules")
    sending.send_refunds()
    assert [make.fresh(refund).state for refund in refunds] == [F.SUCCEEDED, F.FAILED]
    assert (make.fresh(ret).state, ret.lines.get().refunded) == ("refund_failed", 0)

    again = money.prepare_refund(ret)

    assert [(refund.payment_id, refund.amount) for refund in again] == [(gift.pk, 3000)]
    Refund.objects.filter(pk=again[0].pk).update(state=F.SENDING)
    outcome = sending.Outcome(provider_id="re_by_hand", state="succeeded", amount=3000, currency="EUR")
    Payment.objects.filter(pk=gift.pk).update(reserved=3000)
    sending.take_outcome(make.fresh(again[0]), outcome)
    assert (make.fresh(ret).state, ret.lines.get().refunded) == ("settled", 1)
    assert money.prepare_refund(ret) == []


def test_nothing_more_is_proposed_than_the_payments_hold(shop, box):
    ret = settling(shop, box)
    payment = ret.order.payments.get()
    box.post(f"/_sandbox/payments/{payment.reference}/refund", {"amount": 3000})

    with pytest.raises(NothingLeft):
        money.prepare_refund(ret)

    assert (ret.refunds.count(), make.fresh(payment).left) == (0, 990)
    assert money.prepare_refunds() == 0


def test_a_balance_that_moved_while_somebody_looked_sends_nothing(shop, box):
    (refund,) = money.prepare_refund(settling(shop, box))

    with pytest.raises(BalanceChanged):
        money.approve_refund(refund, by="rules", shown_left=4000)

    assert (make.fresh(refund).state, make.fresh(refund.payment).reserved, sending.send_refunds()) == (F.PROPOSED, 0, 0)


def test_what_is_stopped_is_never_sent(shop, box):
    refund = approved(settling(shop, box))

    money.stop_refund(refund, by="rules")

    assert (sending.send_refunds(), books(box, refund)) == (0, [])
    assert settled(refund) == (F.CANCELED, "settling", 0, 0)


# How much


def test_the_delivery_cost_comes_back_once_when_a_fault_ends_the_order(shop, box):
    order = make.make_order(shop, lines=[(2, 8000)], delivery_paid=490)
    make.make_payment_outside(box, order)
    first = make.make_return(order, reason="damaged", state="settling")
    second = make.make_return(order, reason="damaged", state="settling")

    sums = [approved(ret).amount for ret in (first, second)]

    assert sums == [4000, 4490]


def test_what_has_arrived_is_paid_and_the_missing_one_stays_open(shop, box):
    order = make.make_order(shop, lines=[(3, 26997)])
    make.make_payment_outside(box, order)
    ret = make.make_return(order, units=3, state="approved")
    line = ret.lines.get()
    for verb in (goods.receive, goods.accept):
        verb(ret, {line.pk: 2}, by="rules")

    refund = approved(ret)
    sending.send_refunds()

    assert refund.amount == 17998
    assert settled(refund) == (F.SUCCEEDED, "partly_received", 17998, 2)
    for verb in (goods.receive, goods.accept):
        verb(ret, {line.pk: 1}, by="rules")
    assert settled(approved(ret))[1] == "settling"
    sending.send_refunds()
    assert (make.fresh(ret).state, make.fresh(order.payments.get()).left) == ("settled", 0)
