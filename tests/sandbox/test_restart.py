"""A power cut in the outside world loses nothing that was answered."""

import signal
import subprocess
import sys

import pytest
import requests

from sandbox.running import ROOT, Sandbox

from .listener import Listener

STRIPE = {"Authorization": "Bearer sk_test_raw", "Idempotency-Key": "refund:1"}
CARRIER = {"X-Api-Key": "sandbox-key"}


@pytest.fixture
def state(tmp_path):
    return tmp_path / "sandbox.sqlite3"


def refund(box, payment, amount=100):
    form = {"payment_intent": payment, "amount": amount}
    return requests.post(f"{box.url}/v1/refunds", data=form, headers=STRIPE, timeout=10)


def test_after_a_kill_the_books_are_the_same(state):
    with Sandbox(state) as box:
        payment = box.post("/_sandbox/payments", {"amount": 1000, "currency": "EUR"})["id"]
        first = refund(box, payment)
        box.post("/_sandbox/parcels", {"number": "KILLED", "life": "on_time"})
        box.post("/_sandbox/clock", {"advance_hours": 20})
        books, parcel = box.get("/_sandbox/books"), box.get("/carrier/v1/track?numbers=KILLED", CARRIER)
        address = box.url

        box.kill()
        box.start()

        assert box.url == address
        assert box.get("/_sandbox/books") == books
        assert box.get("/carrier/v1/track?numbers=KILLED", CARRIER) == parcel
        again = refund(box, payment)
        assert (again.json(), again.headers["Idempotent-Replayed"]) == (first.json(), "true")
        assert box.get("/_sandbox/books") == books


def test_another_file_is_another_world(state, tmp_path):
    """The control for the one above."""
    with Sandbox(state) as box:
        box.post("/_sandbox/payments", {"amount": 1000, "currency": "EUR"})

    with Sandbox(tmp_path / "other.sqlite3") as box:
        assert box.get("/_sandbox/books") == {"payments": []}


def test_a_kill_in_the_middle_of_a_call_leaves_the_key_free(state):
    with Sandbox(state) as box:
        payment = box.post("/_sandbox/payments", {"amount": 1000, "currency": "EUR"})["id"]
        box.post("/_sandbox/faults", {"where": "stripe", "what": "hang_before", "seconds": 30})
        with pytest.raises(requests.Timeout):
            requests.post(f"{box.url}/v1/refunds", data={"payment_intent": payment}, headers=STRIPE, timeout=0.2)

        box.kill()
        box.start()

        assert box.get("/_sandbox/books")["payments"][0]["refunds"] == []
        assert refund(box, payment).status_code == 200


def test_news_that_waited_are_told_after_the_restart(state):
    with Listener() as ear, Sandbox(state, webhook=(ear.url, "whsec_sandbox")) as box:
        box.post("/_sandbox/webhooks", {"mode": "hold"})
        payment = box.post("/_sandbox/payments", {"amount": 1000, "currency": "EUR"})["id"]
        refund(box, payment)

        box.kill()
        box.start()
        box.post("/_sandbox/webhooks", {"mode": "send"})

        assert b"refund.created" in ear.next()[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_goes_when_it_is_asked_to(state, number):
    box = Sandbox(state)
    box.start()
    box.post("/_sandbox/faults", {"where": "stripe", "what": "hang_before", "seconds": 60})

    box.process.send_signal(number)

    assert box.process.wait(timeout=5) == 0
    box.bury()


def test_only_this_machine_may_knock(state):
    with Sandbox(state) as box:
        assert box.url.startswith("http://127.0.0.1:")


def test_it_needs_the_standard_library_alone():
    """-I -S: no site-packages at all, so an import of anything else fails."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import sandbox.server, sandbox.running, sandbox.__main__"

    assert subprocess.run([sys.executable, "-I", "-S", "-c", code], check=False).returncode == 0
