"""The real client against the stand-in, over real HTTP."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import stripe

from returns.payouts import (
    AccountFacts,
    AccountRefused,
    ForgedWebhook,
    KeyReused,
    Outcome,
    OutcomeUnknown,
    PaymentFacts,
    RateLimited,
    Refused,
    open_payout,
)
from returns.payouts.stripe import new_session
from sandbox.running import Sandbox
from tests.carriers.wire import Wire

SECRETS = ["whsec_old", "whsec_new"]
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def box():
    with Sandbox() as box:
        yield box


@pytest.fixture(autouse=True)
def _calm(box):
    """Whatever the test before stirred up is over."""
    box.delete("/_sandbox/faults")
    box.post("/_sandbox/refunds", {})


def payout(box, key="sk_test_house", **more):
    return open_payout("stripe", {"key": key, "webhook_secrets": SECRETS, "api_base": box.url, **more})


@pytest.fixture
def rail(box):
    return payout(box)


def paid(box, amount=10000, currency="EUR"):
    return box.post("/_sandbox/payments", {"amount": amount, "currency": currency})["id"]


def wanted(payment, amount=4480, currency="EUR", uuid=None):
    return {
        "payment": payment,
        "amount": amount,
        "currency": currency,
        "metadata": {"refund_uuid": uuid or str(uuid4()), "return": "R-7K3QFAB2"},
    }


def in_books(box, payment):
    return next(known for known in box.get("/_sandbox/books")["payments"] if known["id"] == payment)


# Sending


def test_a_refund_leaves_once_and_tells_what_became_of_it(box, rail):
    request = wanted(paid(box))

    outcome = rail.send(request, key="refund:1:1")

    assert outcome == Outcome(
        provider_id=outcome.provider_id,
        state="succeeded",
        amount=4480,
        currency="EUR",
        failure_reason="",
        bank_reference=outcome.bank_reference,
        bank_reference_status="available",
        destination="card",
        refund_uuid=request["metadata"]["refund_uuid"],
        metadata=request["metadata"],
        payment_reference=request["payment"],
        raw=outcome.raw,
    )
    assert len(outcome.bank_reference) == 23
    assert outcome.raw["reason"] == "requested_by_customer"
    assert in_books(box, request["payment"])["refunds"] == [
        {"id": outcome.provider_id, "amount": 4480, "status": "succeeded", "metadata": request["metadata"]}
    ]


def test_the_same_key_pays_once(box, rail):
    request = wanted(paid(box))

    first, again = (rail.send(request, key="refund:2:1") for _ in range(2))

    assert first == again
    assert in_books(box, request["payment"])["refunded"] == 4480


def test_another_key_pays_again(box, rail):
    """The control for the one above: the books can tell."""
    request = wanted(paid(box))

    first, second = (rail.send(request, key=f"refund:3:{attempt}") for attempt in (1, 2))

    assert first.provider_id != second.provider_id
    assert in_books(box, request["payment"])["refunded"] == 8960


def test_a_key_with_another_request_is_refused(box, rail):
    request = wanted(paid(box))
    rail.send(request, key="refund:4:1")

    with pytest.raises(KeyReused) as caught:
        rail.send({**request, "amount": 1}, key="refund:4:1")

    assert caught.value.retry is False
    assert in_books(box, request["payment"])["refunded"] == 4480


@pytest.mark.parametrize(
    ("currency", "amount", "theirs"), [("ISK", 5000, 500000), ("KWD", 12340, 12340), ("JPY", 900, 900)]
)
def test_stripe_counts_some_currencies_otherwise(box, rail, currency, amount, theirs):
    payment = paid(box, theirs * 2, currency)

    outcome = rail.send(wanted(payment, amount, currency), key=f"refund:{currency}")

    assert (outcome.amount, outcome.currency) == (amount, currency)
    assert in_books(box, payment)["refunded"] == theirs
    assert rail.fetch_payment(payment).captured == amount * 2


def test_a_sum_stripe_cannot_express_never_leaves(box, rail):
    with pytest.raises(Refused) as caught:
        rail.send(wanted(paid(box, 20000, "KWD"), 12345, "KWD"), key="refund:5:1")

    assert caught.value.code == "amount_not_payable"


# A definite no


def test_more_than_is_left_is_refused(box, rail):
    payment = paid(box, 5000)
    rail.send(wanted(payment, 4000), key="refund:6:1")

    with pytest.raises(Refused) as caught:
        rail.send(wanted(payment, 1001), key="refund:6:2")

    assert (caught.value.code, caught.value.retry) == ("amount_too_large", False)
    assert in_books(box, payment)["refunded"] == 4000
    assert rail.send(wanted(payment, 1000), key="refund:6:3").state == "succeeded"


def test_a_charge_with_nothing_left_is_refused(box, rail):
    payment = paid(box, 4480)
    rail.send(wanted(payment), key="refund:7:1")

    with pytest.raises(Refused) as caught:
        rail.send(wanted(payment, 1), key="refund:7:2")

    assert caught.value.code == "charge_already_refunded"


def test_a_disputed_charge_is_refused(box, rail):
    payment = paid(box)
    box.post(f"/_sandbox/payments/{payment}/dispute")

    with pytest.raises(Refused) as caught:
        rail.send(wanted(payment), key="refund:8:1")

    assert caught.value.code == "charge_disputed"
    facts = rail.fetch_payment(payment)
    assert (facts.dispute, facts.disputed) == ("open", 10000)


@pytest.mark.parametrize("status", ["won", "warning_needs_response", "warning_closed"])
def test_a_question_of_the_bank_or_a_dispute_that_was_won_takes_nothing_away(box, rail, status):
    payment = paid(box)
    box.post(f"/_sandbox/payments/{payment}/dispute", {"status": status})

    facts = rail.fetch_payment(payment)

    assert (facts.dispute, facts.disputed) == ("", 0)
    assert rail.send(wanted(payment), key=f"refund:8:{status}").state == "succeeded"


def test_a_dispute_that_was_lost_keeps_its_sum(box, rail):
    payment = paid(box)
    box.post(f"/_sandbox/payments/{payment}/dispute", {"status": "lost", "amount": 4000})

    facts = rail.fetch_payment(payment)

    assert (facts.dispute, facts.disputed) == ("lost", 4000)


def test_an_account_is_known_by_its_name_and_by_the_mode_of_its_key(box, rail):
    assert rail.account_facts() == AccountFacts(id="acct_sandbox", livemode=False)


def test_what_was_refunded_lately_whoever_did_it_newest_first(box, rail):
    payment, since = paid(box), datetime.now(UTC) - timedelta(minutes=1)
    ours = rail.send(wanted(payment, 100), key="refund:recent:1")
    theirs = box.post(f"/_sandbox/payments/{payment}/refund", {"amount": 200})

    found = [one for one in rail.recent(since) if one.payment_reference == payment]

    assert [(one.provider_id, one.amount) for one in found] == [(theirs["id"], 200), (ours.provider_id, 100)]
    assert [one for one in rail.recent(datetime.now(UTC) + timedelta(days=1)) if one.payment_reference == payment] == []


def test_a_payment_they_do_not_know_is_refused(rail):
    for question in (
        lambda: rail.send(wanted("pi_nobodys"), key="refund:9:1"),
        lambda: rail.fetch_payment("pi_nobodys"),
        lambda: rail.fetch("re_nobodys"),
    ):
        with pytest.raises(Refused) as caught:
            question()
        assert caught.value.code == "resource_missing"


# No clear answer


@pytest.mark.parametrize("what", ["drop_before", "drop_after"])
def test_a_lost_call_is_unknown_and_the_same_key_pays_once(box, rail, what):
    request = wanted(paid(box))
    box.post("/_sandbox/faults", {"where": "stripe", "what": what})

    with pytest.raises(OutcomeUnknown) as caught:
        rail.send(request, key=f"refund:lost:{what}")

    assert caught.value.retry is True
    assert in_books(box, request["payment"])["refunded"] == {"drop_before": 0, "drop_after": 4480}[what]
    rail.send(request, key=f"refund:lost:{what}")
    assert in_books(box, request["payment"])["refunded"] == 4480


@pytest.mark.parametrize(("what", "left"), [("error_before", 0), ("error_after", 4480)])
def test_a_kept_500_stays_under_its_key_and_looking_tells_the_truth(box, rail, what, left):
    request = wanted(paid(box))
    uuid = request["metadata"]["refund_uuid"]
    box.post("/_sandbox/faults", {"where": "stripe", "what": what})

    for _ in range(2):  # the second time without any fault: it is the kept answer
        with pytest.raises(OutcomeUnknown):
            rail.send(request, key=f"refund:500:{what}")

    found = rail.find(request["payment"], uuid)
    assert (found.amount if found else 0) == left
    assert in_books(box, request["payment"])["refunded"] == left


def test_a_silence_longer_than_our_patience_is_unknown(box, monkeypatch):
    monkeypatch.setattr("returns.payouts.stripe.TIMEOUT", (1, 0.2))
    request = wanted(paid(box))
    box.post("/_sandbox/faults", {"where": "stripe", "what": "hang_after", "seconds": 2})

    with pytest.raises(OutcomeUnknown):
        payout(box).send(request, key="refund:10:1")

    assert in_books(box, request["payment"])["refunded"] == 4480


def test_their_still_at_it_is_unknown(box, rail):
    box.post("/_sandbox/faults", {"where": "stripe", "what": "conflict"})

    with pytest.raises(OutcomeUnknown):
        rail.send(wanted(paid(box)), key="refund:11:1")


def test_a_web_page_is_no_answer(box, rail):
    box.post("/_sandbox/faults", {"where": "stripe", "what": "html"})

    with pytest.raises(OutcomeUnknown):
        rail.send(wanted(paid(box)), key="refund:12:1")


def test_nobody_there_is_unknown(rail):
    nowhere = open_payout("stripe", {"key": "sk_test_house", "webhook_secrets": [], "api_base": "http://127.0.0.1:9"})

    with pytest.raises(OutcomeUnknown):
        nowhere.send(wanted("pi_any"), key="refund:13:1")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, "<h1>Not found</h1>"),
        (403, "<h1>Forbidden by the proxy</h1>"),
        (200, "[]"),
        (200, "{}"),
        (200, '{"id": "re_1"}'),
        (400, '{"error": "a proxy\'s words"}'),
        (401, '{"error": "a proxy\'s words"}'),
        (307, ""),
        (408, '{"error": {"message": "slow", "type": "invalid_request_error"}}'),
    ],
)
def test_only_stripes_own_words_can_say_no(status, body):
    """A proxy between us and Stripe may answer anything, after the refund went through."""
    with pytest.raises(OutcomeUnknown) as caught:
        answered(status, body).send(wanted("pi_any"), key="refund:14:1")

    assert "Connection" not in caught.value.raw  # it was this answer, not the lack of one


def test_stripes_own_words_are_believed():
    """The control for the one above."""
    refund = {"id": "re_1", "object": "refund", "amount": 4480, "currency": "eur", "status": "pending"}
    no = {"error": {"type": "invalid_request_error", "code": "charge_disputed", "message": "Disputed."}}

    assert answered(200, json.dumps(refund)).send(wanted("pi_any"), key="k").state == "pending"
    with pytest.raises(Refused):
        answered(400, json.dumps(no)).send(wanted("pi_any"), key="k")


def test_a_refund_is_never_sent_on_to_another_address():
    wire = Wire(
        {"status": 307, "body": b"", "headers": {"Location": "https://elsewhere.test/v1/refunds"}},
        {"status": 200, "body": {"id": "re_1", "amount": 4480, "currency": "eur"}},
    )

    with pytest.raises(OutcomeUnknown):
        answered_by(wire).send(wanted("pi_any"), key="k")

    assert len(wire.asked) == 1


def answered(status, body):
    return answered_by(Wire({"status": status, "body": body.encode()}))


def answered_by(wire):
    """A rail whose calls go down this wire."""
    rail = open_payout("stripe", {"key": "sk_test_house", "webhook_secrets": []})
    session = new_session()
    session.mount("https://", wire)
    rail.client = stripe.StripeClient(
        "sk_test_house", max_network_retries=0, http_client=stripe.RequestsClient(session=session)
    )
    return rail


def test_too_many_calls_are_told_when_to_come_back(box, rail):
    box.post("/_sandbox/faults", {"where": "stripe", "what": "rate_limit", "seconds": 7})

    with pytest.raises(RateLimited) as caught:
        rail.send(wanted(paid(box)), key="refund:15:1")

    assert (caught.value.retry, caught.value.retry_after) == (True, 7.0)


def test_the_client_never_tries_again_by_itself(box, rail):
    payment = paid(box)
    before = box.get("/_sandbox/calls").get("POST /v1/refunds", 0)
    box.post("/_sandbox/faults", {"where": "stripe", "what": "drop_before", "count": 9})

    with pytest.raises(OutcomeUnknown):
        rail.send(wanted(payment), key="refund:16:1")

    assert box.get("/_sandbox/calls")["POST /v1/refunds"] == before + 1


# Looking


def test_our_refund_is_found_among_those_of_other_pages(box, rail):
    payment = paid(box, 1000)
    request = wanted(payment, 7)
    sent = rail.send(request, key="refund:17:1")
    for number in range(101):
        box.post(f"/_sandbox/payments/{payment}/refund", {"amount": 1 + number % 2})

    found = rail.find(payment, request["metadata"]["refund_uuid"])

    assert found == sent


def test_an_absent_refund_is_none(box, rail):
    payment = paid(box)
    rail.send(wanted(payment), key="refund:18:1")

    assert rail.find(payment, str(uuid4())) is None


def test_after_a_failed_attempt_the_living_one_is_found(box, rail):
    payment, uuid = paid(box), str(uuid4())
    living = rail.send(wanted(payment, uuid=uuid), key="refund:19:1")
    failed = rail.send(wanted(payment, uuid=uuid), key="refund:19:2")
    box.post(f"/_sandbox/refunds/{failed.provider_id}", {"status": "failed"})

    assert rail.find(payment, uuid).provider_id == living.provider_id


def test_what_is_known_of_a_payment(box, rail):
    payment = paid(box)
    rail.send(wanted(payment, 4480), key="refund:20:1")
    box.post(f"/_sandbox/payments/{payment}/refund", {"amount": 20})

    facts = rail.fetch_payment(payment)
    assert replace(facts, refunds=()) == PaymentFacts(
        reference=payment, captured=10000, refunded=4500, currency="EUR", livemode=False, method="visa", last4="4242"
    )
    assert [refund.amount for refund in facts.refunds] == [20, 4480]


@pytest.mark.parametrize("status", ["pending", "requires_action"])
def test_a_refund_may_take_its_time(box, rail, status):
    box.post("/_sandbox/refunds", {"status": status, "reference_status": "pending"})
    sent = rail.send(wanted(paid(box)), key=f"refund:slow:{status}")

    box.post(f"/_sandbox/refunds/{sent.provider_id}", {"status": "succeeded"})

    settled = rail.fetch(sent.provider_id)
    assert (sent.state, settled.state) == (status, "succeeded")
    assert (settled.bank_reference, settled.bank_reference_status) == ("", "pending")
    box.post(f"/_sandbox/refunds/{sent.provider_id}", {"reference_status": "available"})
    assert len(rail.fetch(sent.provider_id).bank_reference) == 23


def test_a_refund_may_fail_weeks_later(box, rail):
    payment = paid(box)
    sent = rail.send(wanted(payment), key="refund:21:1")

    box.post(
        f"/_sandbox/refunds/{sent.provider_id}", {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    )

    late = rail.fetch(sent.provider_id)
    assert (sent.state, late.state, late.failure_reason) == ("succeeded", "failed", "expired_or_canceled_card")
    assert rail.fetch_payment(payment).refunded == 0


def test_a_word_stripe_has_yet_to_invent_needs_a_person(box, rail):
    sent = rail.send(wanted(paid(box)), key="refund:22:1")

    box.post(f"/_sandbox/refunds/{sent.provider_id}", {"status": "levitating"})

    assert rail.fetch(sent.provider_id).state == "needs_review"


# The account


def test_a_key_that_works_has_nothing_to_say(box):
    before = box.get("/_sandbox/books")

    assert payout(box).check() == []
    assert payout(box, "rk_test_house").check() == []
    assert box.get("/_sandbox/books") == before


def test_a_key_that_may_only_read_is_told_so(box):
    reader = payout(box, "rk_test_readonly")

    assert reader.check() == ["This key may not make refunds: allow it to write charges and refunds."]
    with pytest.raises(AccountRefused) as caught:
        reader.send(wanted(paid(box)), key="refund:23:1")
    assert (caught.value.permission, caught.value.retry) == (True, False)


def test_a_wrong_key_is_told_so(box):
    assert payout(box, "sk_prod_nonsense").check() == ["Stripe does not know this key."]


def test_an_unreachable_stripe_is_told_so(box):
    (sentence,) = payout(box, api_base="http://127.0.0.1:9").check()

    assert sentence.startswith("Stripe could not be asked")


# Webhooks


def event_body(kind="refund.updated", about=None):
    about = about or {"id": "re_1", "object": "refund", "payment_intent": "pi_1"}
    return json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": about}}).encode()


def signed(body, secret=SECRETS[0], at=NOW):
    return stripe.WebhookSignature.generate_signature_header(body.decode(), secret, int(at.timestamp()))


@pytest.mark.parametrize("secret", SECRETS)
def test_a_webhook_signed_with_any_of_our_secrets_is_read(rail, secret):
    body = event_body()

    event = rail.parse_webhook(body, signed(body, secret), now=NOW)

    assert (event.id, event.type, event.refund_id, event.payment_reference) == (
        "evt_1",
        "refund.updated",
        "re_1",
        "pi_1",
    )
    assert event.payload == {"data": {"object": {"object": "refund", "id": "re_1"}}}


def test_nothing_of_the_person_or_her_card_is_kept_of_a_webhook(rail):
    person = {"name": "Ada Example", "email": "ada@example.com", "address": {"line1": "Am Beispiel 1"}}
    card = {"card": {"brand": "visa", "last4": "4242", "fingerprint": "Xt5EWLLDS7FJjR1c", "exp_year": 2030}}
    charge = {"id": "ch_1", "object": "charge", "payment_intent": "pi_1", "billing_details": person}
    body = event_body("charge.updated", {**charge, "payment_method_details": card, "receipt_email": person["email"]})

    event = rail.parse_webhook(body, signed(body), now=NOW)

    assert (event.payment_reference, event.payload) == (
        "pi_1",
        {"data": {"object": {"object": "charge", "id": "ch_1"}}},
    )


def test_an_event_about_something_without_an_id_is_read(rail):
    body = event_body("balance.available", {"object": "balance"})

    assert rail.parse_webhook(body, signed(body), now=NOW).payload == {
        "data": {"object": {"object": "balance", "id": ""}}
    }


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_webhook_within_five_minutes_is_read(rail, seconds):
    body = event_body()

    assert rail.parse_webhook(body, signed(body, at=NOW + timedelta(seconds=seconds)), now=NOW).id == "evt_1"


@pytest.mark.parametrize("seconds", [-301, 301, 86400])
def test_a_webhook_of_the_past_or_the_future_is_refused(rail, seconds):
    body = event_body()

    with pytest.raises(ForgedWebhook):
        rail.parse_webhook(body, signed(body, at=NOW + timedelta(seconds=seconds)), now=NOW)


def test_a_forged_webhook_is_refused(rail):
    body = event_body()
    stamp = int(NOW.timestamp())
    good = signed(body)
    for forged_body, header in (
        (body + b" ", good),
        (body, signed(body, "whsec_other")),
        (body, ""),
        (body, "nonsense"),
        (body, f"t={stamp}"),
        (body, f"t={stamp},v1="),
        (body, f"t={stamp},v1=é"),
        (body, f"t={stamp},v0={good.partition('v1=')[2]}"),
        (body, good.replace(f"t={stamp}", f"t={stamp + 1}")),
        (b"\xff\xfe", good),
    ):
        with pytest.raises(ForgedWebhook):
            rail.parse_webhook(forged_body, header, now=NOW)
    assert rail.parse_webhook(body, good, now=NOW).id == "evt_1"


@pytest.mark.parametrize("secrets", [[], [""], None])
def test_without_a_secret_nothing_is_believed(box, secrets):
    body = event_body()

    with pytest.raises(ForgedWebhook):
        payout(box, webhook_secrets=secrets).parse_webhook(body, signed(body, ""), now=NOW)


@pytest.mark.parametrize("body", [b"[]", b'"evt"', b"not json", b"{}", b'{"id": "evt_1", "type": "x", "data": []}'])
def test_a_signed_body_that_is_no_event_is_refused(rail, body):
    with pytest.raises(ForgedWebhook):
        rail.parse_webhook(body, signed(body), now=NOW)


@pytest.mark.parametrize(
    ("kind", "about", "refund", "payment"),
    [
        ("charge.dispute.created", {"id": "dp_1", "object": "dispute", "payment_intent": "pi_1"}, "", "pi_1"),
        ("charge.refunded", {"id": "ch_1", "object": "charge", "payment_intent": {"id": "pi_1"}}, "", "pi_1"),
        ("payment_intent.succeeded", {"id": "pi_1", "object": "payment_intent"}, "", "pi_1"),
        ("refund.failed", {"id": "re_1", "object": "refund", "payment_intent": None}, "re_1", ""),
        ("customer.created", {"id": "cus_1", "object": "customer"}, "", ""),
    ],
)
def test_what_a_webhook_is_about(rail, kind, about, refund, payment):
    body = event_body(kind, about)

    event = rail.parse_webhook(body, signed(body), now=NOW)

    assert (event.refund_id, event.payment_reference) == (refund, payment)
