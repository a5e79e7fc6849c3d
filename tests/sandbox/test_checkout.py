"""The stand-in checkout: raw HTTP, and held against the client's own types."""

import time

import pytest
import requests
import stripe
from stripe.params.checkout import SessionCreateParams

from sandbox.checkout import PARAMS
from sandbox.running import Sandbox


@pytest.fixture(scope="module")
def box():
    with Sandbox() as box:
        yield box


FORM = {
    "mode": "payment",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "eur",
    "line_items[0][price_data][unit_amount]": "1900",
    "line_items[0][price_data][product_data][name]": "Linden & Loom R-7K3QFW2X",
    "client_reference_id": "7",
    "success_url": "http://127.0.0.1:9/back/",
}


def call(box, method, path, **form):
    headers = {"Authorization": "Bearer sk_test_raw"}
    return requests.request(method, box.url + path, headers=headers, data=form or None, timeout=10)


def opened(box, **more) -> dict:
    return call(box, "POST", "/v1/checkout/sessions", **{**FORM, **more}).json()


def test_it_has_only_fields_and_takes_only_words_that_stripe_has(box):
    names = {name for base in stripe.checkout.Session.__mro__ for name in getattr(base, "__annotations__", {})}

    assert set(opened(box)) - names == set()
    assert set(SessionCreateParams.__annotations__) >= PARAMS


def test_a_click_on_its_page_pays_once_and_leads_back(box):
    session = opened(box)
    assert "<button>Pay</button>" in requests.get(session["url"], timeout=10).text

    paid = requests.post(session["url"], timeout=10, allow_redirects=False)
    again = requests.post(session["url"], timeout=10, allow_redirects=False)

    assert (paid.status_code, paid.headers["Location"], again.status_code) == (303, FORM["success_url"], 404)
    after = call(box, "GET", f"/v1/checkout/sessions/{session['id']}").json()
    assert (after["status"], after["payment_status"], after["url"]) == ("complete", "paid", None)
    payment = call(box, "GET", f"/v1/payment_intents/{after['payment_intent']}").json()
    assert (payment["amount"], payment["currency"]) == (1900, "eur")


def test_what_was_expired_takes_no_money(box):
    session = opened(box)

    over = call(box, "POST", f"/v1/checkout/sessions/{session['id']}/expire")
    twice = call(box, "POST", f"/v1/checkout/sessions/{session['id']}/expire")

    assert (over.json()["status"], twice.status_code) == ("expired", 400)
    with pytest.raises(RuntimeError, match="This session is expired"):
        box.post(f"/_sandbox/checkout/{session['id']}/pay")


@pytest.mark.parametrize(
    "wrong",
    [
        {"expires_at": str(int(time.time()) + 60)},
        {"expires_at": str(int(time.time()) + 90_000)},
        {"line_items[0][price_data][unit_amount]": "0"},
        {"success_url": ""},
        {"mode": "setup"},
        {"colour": "blue"},
    ],
)
def test_what_stripe_would_refuse_is_refused(box, wrong):
    assert call(box, "POST", "/v1/checkout/sessions", **{**FORM, **wrong}).status_code == 400


def test_the_news_of_it_is_written(box):
    session = opened(box)
    box.post(f"/_sandbox/checkout/{session['id']}/pay", {"status": "unpaid"})
    box.post(f"/_sandbox/checkout/{session['id']}/pay")

    told = [row["type"] for row in box.get("/_sandbox/events")["events"]][-2:]

    assert told == ["checkout.session.completed", "checkout.session.async_payment_succeeded"]
