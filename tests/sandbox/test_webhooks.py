import json
import time

import pytest
import stripe

from sandbox.hooks import signature
from sandbox.running import Sandbox

from .listener import Listener

SECRET = "whsec_sandbox"


@pytest.fixture(scope="module")
def box():
    with Sandbox() as box:
        yield box


@pytest.fixture
def ear():
    with Listener() as ear:
        yield ear


@pytest.fixture
def payment(box, ear):
    box.post("/_sandbox/webhooks", {"url": ear.url, "secret": SECRET, "mode": "send"})
    return box.post("/_sandbox/payments", {"amount": 10000, "currency": "EUR"})["id"]


def refunded(box, payment):
    return box.post(f"/_sandbox/payments/{payment}/refund", {"amount": 100})["id"]


def event_of(heard):
    return json.loads(heard[0])


def all_sent(box):
    return all(event["state"] != "waiting" for event in box.get("/_sandbox/events")["events"])


def settled(box):
    for _ in range(300):
        if all_sent(box):
            return
        time.sleep(0.02)
    raise AssertionError("Something still waits.")


def test_a_refund_is_told_signed_and_with_the_object_in_it(box, ear, payment):
    name = refunded(box, payment)

    body, header = ear.next()

    assert stripe.WebhookSignature.verify_header(body, header, SECRET, 300)
    event = json.loads(body)
    assert (event["type"], event["data"]["object"]["id"]) == ("refund.created", name)
    assert set(event) - set(stripe.Event.__annotations__) == set()


def test_our_signature_is_the_clients():
    body = '{"a": "ä"}'

    ours = signature(body, SECRET, 1767225600)

    assert ours == stripe.WebhookSignature.generate_signature_header(body, SECRET, 1767225600)


def test_a_failure_is_told_as_an_update_and_as_a_failure(box, ear, payment):
    name = refunded(box, payment)
    box.post(f"/_sandbox/refunds/{name}", {"status": "failed"})

    assert [event_of(ear.next())["type"] for _ in range(3)] == ["refund.created", "refund.updated", "refund.failed"]


def test_a_dispute_is_told(box, ear, payment):
    box.post(f"/_sandbox/payments/{payment}/dispute")

    event = event_of(ear.next())

    assert (event["type"], event["data"]["object"]["payment_intent"]) == ("charge.dispute.created", payment)


def test_held_news_wait_until_they_are_let_go(box, ear, payment):
    box.post("/_sandbox/webhooks", {"mode": "hold"})
    refunded(box, payment)
    assert not all_sent(box)
    assert ear.heard.empty()

    box.post("/_sandbox/webhooks", {"mode": "send"})

    assert event_of(ear.next())["type"] == "refund.created"


def test_dropped_news_never_come(box, ear, payment):
    box.post("/_sandbox/webhooks", {"mode": "drop"})
    refunded(box, payment)

    box.post("/_sandbox/webhooks", {"mode": "send"})
    second = refunded(box, payment)

    assert event_of(ear.next())["data"]["object"]["id"] == second
    assert ear.heard.empty()


def test_doubled_news_are_the_same_event_twice(box, ear, payment):
    box.post("/_sandbox/webhooks", {"mode": "twice"})
    refunded(box, payment)

    first, second = event_of(ear.next()), event_of(ear.next())

    assert first == second


def test_late_news_come_after_the_answer(box, ear, payment):
    box.post("/_sandbox/webhooks", {"mode": "late", "seconds": 0.3})
    refunded(box, payment)
    assert ear.heard.empty()

    assert event_of(ear.next())["type"] == "refund.created"


def test_disordered_news_come_newest_first(box, ear, payment):
    box.post("/_sandbox/webhooks", {"mode": "out_of_order"})
    name = refunded(box, payment)
    box.post(f"/_sandbox/refunds/{name}", {"status": "failed"})

    assert [event_of(ear.next())["type"] for _ in range(3)] == ["refund.failed", "refund.updated", "refund.created"]


def test_a_listener_that_stumbles_is_told_again(box, ear, payment):
    ear.answers = [500, 302]
    refunded(box, payment)

    heard = [event_of(ear.next()) for _ in range(3)]

    assert heard[0] == heard[1] == heard[2]


def test_a_listener_that_is_gone_stops_nobody(box, ear, payment):
    box.post("/_sandbox/webhooks", {"url": "http://127.0.0.1:9/"})

    refunded(box, payment)

    settled(box)
    assert box.get("/_sandbox/events")["events"][-1]["state"] == "given_up"


def test_a_mode_nobody_knows_is_refused(box):
    with pytest.raises(RuntimeError, match="400"):
        box.post("/_sandbox/webhooks", {"mode": "carrier pigeon"})
