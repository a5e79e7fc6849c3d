"""The stand-in's own promises: nothing here goes through our rooms, only raw HTTP and the client's published types."""

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import requests
import stripe
import stripe.params

from sandbox import objects
from sandbox.running import Sandbox
from sandbox.till import REFUND_PARAMS


@pytest.fixture(scope="module")
def box():
    with Sandbox() as box:
        yield box


@pytest.fixture(autouse=True)
def _calm(box):
    box.delete("/_sandbox/faults")
    box.post("/_sandbox/refunds", {})


def paid(box, amount=10000, currency="EUR", **more):
    return box.post("/_sandbox/payments", {"amount": amount, "currency": currency, **more})["id"]


def call(box, method, path, *, api_key="sk_test_raw", key=None, timeout=10, **form):
    headers = {"Authorization": f"Bearer {api_key}", **({"Idempotency-Key": key} if key else {})}
    data, params = (form, None) if method == "POST" else (None, form)
    return requests.request(method, box.url + path, headers=headers, data=data, params=params, timeout=timeout)


def refund(box, payment, *, key=None, **form):
    return call(box, "POST", "/v1/refunds", key=key, payment_intent=payment, **form)


def refunds_of(box, payment):
    return next(known["refunds"] for known in box.get("/_sandbox/books")["payments"] if known["id"] == payment)


def error_of(reply):
    return reply.status_code, reply.json()["error"].get("code"), reply.json()["error"].get("param")


# It cannot drift from the client


def own_fields(kind):
    return {name for base in kind.__mro__ for name in getattr(base, "__annotations__", {})}


@pytest.mark.parametrize("status", ["succeeded", "pending", "requires_action", "failed", "canceled"])
def test_a_refund_has_only_fields_that_stripe_has(box, status):
    made = refund(box, paid(box)).json()
    box.post(f"/_sandbox/refunds/{made['id']}", {"status": status})

    shown = call(box, "GET", f"/v1/refunds/{made['id']}").json()

    assert set(shown) - own_fields(stripe.Refund) == set()
    assert set(shown["destination_details"]["card"]) - own_fields(stripe.Refund.DestinationDetails.Card) == set()
    assert shown["status"] == status


def test_payments_charges_and_errors_have_only_fields_that_stripe_has(box):
    payment = paid(box)
    intent = call(box, "GET", f"/v1/payment_intents/{payment}", **{"expand[0]": "latest_charge"}).json()
    no = call(box, "GET", "/v1/refunds/re_nobodys").json()["error"]

    assert set(intent) - own_fields(stripe.PaymentIntent) == set()
    assert set(intent["latest_charge"]) - own_fields(stripe.Charge) == set()
    assert set(no) - own_fields(stripe.ErrorObject) == set()
    assert call(box, "GET", f"/v1/charges/{intent['latest_charge']['id']}").json() == intent["latest_charge"]


def test_a_dispute_has_only_fields_that_stripe_has():
    payment = dict.fromkeys(("id", "amount", "currency", "created", "livemode"), 1) | {"charge": "ch_1"}
    payment |= {"dispute_status": "needs_response", "disputed_amount": None}

    assert set(objects.dispute(payment)) - own_fields(stripe.Dispute) == set()


def test_we_accept_only_parameters_that_stripe_accepts(box):
    assert REFUND_PARAMS - set(stripe.params.RefundCreateParams.__annotations__) == set()
    assert error_of(refund(box, paid(box), colour="red")) == (400, "parameter_unknown", "colour")


# The till


def test_what_is_left_is_never_exceeded(box):
    payment = paid(box, 1000)

    answers = [
        error_of(reply) if reply.status_code != 200 else "ok" for reply in refunds(box, payment, 600, 401, 400, 1)
    ]

    assert answers == ["ok", (400, None, "amount"), "ok", (400, "charge_already_refunded", None)]


def refunds(box, payment, *amounts):
    return [refund(box, payment, amount=amount) for amount in amounts]


def test_without_an_amount_all_that_is_left_goes(box):
    payment = paid(box, 1000)
    refund(box, payment, amount=300)

    assert refund(box, payment).json()["amount"] == 700


@pytest.mark.parametrize("amount", ["0", "-1", "1.5", "ten", ""])
def test_an_amount_is_a_positive_integer(box, amount):
    assert error_of(refund(box, paid(box), amount=amount)) == (400, "parameter_invalid_integer", "amount")


@pytest.mark.parametrize(("currency", "good", "bad"), [("ISK", 500, 550), ("KWD", 510, 515)])
def test_currencies_with_a_rule_of_their_own(box, currency, good, bad):
    payment = paid(box, 10000, currency)

    assert refund(box, payment, amount=good).status_code == 200
    assert error_of(refund(box, payment, amount=bad)) == (400, "parameter_invalid_integer", "amount")


def test_twenty_at_once_cannot_take_more_than_there_is(box):
    payment = paid(box, 1000)

    with ThreadPoolExecutor(20) as crowd:
        answers = list(crowd.map(lambda _: refund(box, payment, amount=100).status_code, range(20)))

    assert sorted(answers) == [200] * 10 + [400] * 10
    assert sum(known["amount"] for known in refunds_of(box, payment)) == 1000


def test_a_failed_refund_gives_its_sum_back(box):
    payment = paid(box, 1000)
    made = refund(box, payment).json()

    box.post(f"/_sandbox/refunds/{made['id']}", {"status": "failed"})

    assert refund(box, payment).status_code == 200


def test_pages_of_refunds_are_newest_first_and_complete(box):
    payment = paid(box)
    made = [refund(box, payment, amount=1).json()["id"] for _ in range(5)]
    refund(box, paid(box))

    first = call(box, "GET", "/v1/refunds", payment_intent=payment, limit=3).json()
    second = call(
        box, "GET", "/v1/refunds", payment_intent=payment, limit=3, starting_after=first["data"][-1]["id"]
    ).json()

    assert [known["id"] for known in first["data"] + second["data"]] == made[::-1]
    assert (first["has_more"], second["has_more"]) == (True, False)


def test_a_payment_can_be_made_as_the_client_makes_it(box):
    client = stripe.StripeClient("sk_test_raw", base_addresses={"api": box.url})

    intent = client.v1.payment_intents.create({"amount": 500, "currency": "eur", "metadata": {"order": "10248"}})

    assert (intent.status, intent.metadata["order"]) == ("succeeded", "10248")
    assert client.v1.charges.retrieve(intent.latest_charge).amount_captured == 500


def test_a_payment_of_a_given_name_is_made_once(box):
    for _ in range(2):
        assert paid(box, 700, id="pi_given") == "pi_given"
    with pytest.raises(RuntimeError):
        paid(box, 701, id="pi_given")


def test_keys_are_checked_at_the_door(box):
    payment = paid(box)

    assert call(box, "GET", f"/v1/payment_intents/{payment}", api_key="sk_live_x").status_code == 401
    assert call(box, "POST", "/v1/refunds", api_key="rk_test_readonly_1", payment_intent="pi_no").status_code == 403
    assert call(box, "GET", f"/v1/payment_intents/{payment}", api_key="rk_test_readonly_1").status_code == 200


# The idempotency store


def test_a_key_replays_its_first_answer_and_says_so(box):
    payment = paid(box)

    first, again = (refund(box, payment, amount=100, key="one") for _ in range(2))

    assert first.json() == again.json()
    assert ("Idempotent-Replayed" in first.headers, again.headers["Idempotent-Replayed"]) == (False, "true")
    assert len(refunds_of(box, payment)) == 1


def test_two_keys_are_two_refunds(box):
    payment = paid(box)

    for key in ("two", "three"):
        refund(box, payment, amount=100, key=key)

    assert len(refunds_of(box, payment)) == 2


def test_a_refusal_is_replayed_too_but_a_bad_parameter_is_not_kept(box):
    payment = paid(box, 1000)
    made = refund(box, payment).json()
    refund(box, payment, amount=1, key="refused")
    refund(box, payment, amount="ten", key="typo")
    box.post(f"/_sandbox/refunds/{made['id']}", {"status": "failed"})

    assert error_of(refund(box, payment, amount=1, key="refused"))[1] == "charge_already_refunded"
    assert refund(box, payment, amount=10, key="typo").status_code == 200


def test_one_key_at_once_is_one_refund_and_a_conflict(box):
    payment = paid(box)
    box.post("/_sandbox/faults", {"where": "stripe", "what": "hang_before", "seconds": 0.4, "count": 2})

    with ThreadPoolExecutor(2) as crowd:
        replies = sorted(
            crowd.map(lambda _: refund(box, payment, key="at_once"), range(2)), key=lambda r: r.status_code
        )

    assert replies[0].status_code == 200
    assert error_of(replies[1]) == (409, "idempotency_key_in_use", None)
    assert len(refunds_of(box, payment)) == 1
    assert refund(box, payment, key="at_once").headers["Idempotent-Replayed"] == "true"


# Faults


@pytest.mark.parametrize(
    ("what", "status", "made"),
    [
        ("drop_before", None, 0),
        ("drop_after", None, 1),
        ("error_before", 500, 0),
        ("error_after", 500, 1),
        ("conflict", 409, 0),
        ("rate_limit", 429, 0),
        ("html", 200, 0),
    ],
)
def test_each_fault_does_what_its_name_says(box, what, status, made):
    payment = paid(box)
    box.post("/_sandbox/faults", {"where": "stripe", "what": what, "count": 1, "seconds": 3})

    try:
        reply = refund(box, payment, key=f"fault:{what}")
    except requests.ConnectionError:
        reply = None

    assert (reply.status_code if reply is not None else None) == status
    assert len(refunds_of(box, payment)) == made
    assert refund(box, payment, key=f"calm:{what}").status_code == (200 if not made else 400)


@pytest.mark.parametrize("what", ["hang_before", "hang_after"])
def test_who_hangs_up_early_is_refunded_all_the_same(box, what):
    payment = paid(box)
    box.post("/_sandbox/faults", {"where": "stripe", "what": what, "seconds": 0.4})

    with pytest.raises(requests.Timeout):
        refund(box, payment, key=what, timeout=0.1)

    assert len(refunds_of(box, payment)) == {"hang_before": 0, "hang_after": 1}[what]
    wait_for(lambda: refunds_of(box, payment))
    assert len(refunds_of(box, payment)) == 1


def wait_for(found, tries=200):
    for _ in range(tries):
        if found():
            return
        time.sleep(0.02)


@pytest.mark.parametrize("what", ["hang_before", "hang_after"])
def test_who_wants_to_kill_at_the_worst_moment_is_told_when_it_is(box, what):
    payment = paid(box)
    box.post("/_sandbox/faults", {"where": "stripe", "what": what, "seconds": 1.5})
    ours = f"sk_test_{uuid4().hex}"  # a call of an earlier test may hang still
    accounts = {"accounts": [ours, "sk_test_another"], "seconds": 5}
    form = {"payment_intent": payment, "amount": "10", "metadata[refund_uuid]": "ours"}

    with ThreadPoolExecutor(1) as caller:
        sent = caller.submit(lambda: call(box, "POST", "/v1/refunds", api_key=ours, **form))
        (told,) = box.post("/_sandbox/hanging", accounts)["calls"]
        made = len(refunds_of(box, payment))
        elsewhere = box.post("/_sandbox/hanging", {"accounts": ["sk_test_another"]})["calls"]

    assert (told["when"], told["account"], told["form"]) == (what.removeprefix("hang_"), ours, form)
    assert (made, elsewhere, sent.result().status_code) == ({"hang_before": 0, "hang_after": 1}[what], [], 200)
    assert box.post("/_sandbox/hanging", {"accounts": [ours]}) == {"calls": []}


def test_a_storm_can_be_repeated(box):
    payment = paid(box)

    def weather():
        box.delete("/_sandbox/faults")
        box.post("/_sandbox/faults", {"where": "stripe", "what": "rate_limit", "rate": 0.5, "seed": 7})
        return [call(box, "GET", f"/v1/payment_intents/{payment}").status_code for _ in range(20)]

    first = weather()

    assert set(first) == {200, 429}
    assert weather() == first


def test_a_fault_strikes_only_where_it_was_sent(box):
    payment = paid(box)
    box.post("/_sandbox/faults", {"where": "carrier", "what": "rate_limit"})
    box.post("/_sandbox/faults", {"where": "stripe", "what": "rate_limit", "method": "POST", "path": "/v1/refunds"})

    assert call(box, "GET", "/v1/refunds", payment_intent=payment).status_code == 200
    assert refund(box, payment).status_code == 429
    assert refund(box, payment).status_code == 200


@pytest.mark.parametrize(
    "said",
    [
        {"where": "stripe", "what": "meteor"},
        {"where": "moon", "what": "drop_after"},
        {"where": "stripe"},
        {"where": "stripe", "what": "drop_after", "colour": "red"},
    ],
)
def test_a_fault_nobody_knows_is_refused(box, said):
    with pytest.raises(RuntimeError, match="400"):
        box.post("/_sandbox/faults", said)
