"""The logs say what happened and where, never to whom."""

import io
import json
import logging
import re

import pytest
import structlog
from django.core import mail
from django.utils import timezone

from carriers.base import Status
from notices.models import Letter
from portal import logs
from portal.background import Lane, Sweep, catch_up
from portal.customer import access
from shipments.knocks import work_off_knocks
from shipments.models import CarrierAccount, CarrierKnock
from tests import make
from tests.portal.test_access import ADDRESS, ask_code, letter_link
from tests.shipments.told import fresh_told

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def written(monkeypatch):
    """All that the portal's own logging writes, as a running portal writes it."""
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    monkeypatch.setattr(logs.sys, "stderr", stream)
    logs.configure({"level": "DEBUG"})
    yield stream
    root.handlers, root.level = before, level


def canaries(order, *more: str) -> list[str]:
    return [
        "canarymail",
        "Canaryname",
        "Canarystreet",
        "Canarycity",
        "Canaryscan",
        "CANARYTRACK",
        "555 0199",
        order.number,
        order.number_key,
        order.payments.get().reference,
        *more,
    ]


def test_a_whole_journey_writes_no_canary(shop, ada, sam, box, written, capfd):
    facts = {"email": "canarymail@example.com", "address": ADDRESS, "number": "CANARY-77-X", "delivery_paid": 490}
    order = make.make_order(shop, lines=[(1, 15990)], **facts)
    type(order.customer).objects.update(phone="+49 555 0199")
    parcel = make.make_shipment(order, tracking_number="CANARYTRACK1")
    make.scan(parcel, Status.DELIVERED, at=timezone.now(), text="Canaryscan")
    make.make_payment_outside(box, order)
    for browser in (ada, sam):
        browser.raise_request_exception = False

    ada.post("/", {"number": order.number, "proof": "wrong"})
    ada.post("/", {"number": order.number, "proof": "canarymail@example.com"})
    code = ask_code(ada, order)
    ada.post(f"/o/{order.number_key}/code/enter/", {"code": code})
    link = letter_link(order)
    ada.get(link)
    ada.get(link.replace("/l/", "/l/x"))
    ada.get(f"/o/{order.number_key}/nothing-here/")
    ret = make.make_return(order, reason="damaged")
    sam.post(f"/staff/returns/{ret.number}/approve/")
    sam.get("/staff/search/", {"q": "canarymail@example.com"})
    box.post("/_sandbox/faults", {"where": "carrier", "what": "error_before"})
    box.post("/_sandbox/faults", {"where": "stripe", "what": "drop_before"})
    box.post(f"/_sandbox/parcels/{ret.parcels.get().shipment.tracking_number}/move", {"to": "delivered"})
    catch_up()
    line = ret.lines.get()
    for verb in ("receive", "accept"):
        sam.post(f"/staff/returns/{ret.number}/{verb}/", {f"quantity-{line.pk}": "1"})
    catch_up()

    told = written.getvalue() + "".join(capfd.readouterr())
    secrets = [link.split("/")[2], code, code.replace(" ", ""), ada.cookies["session"].value]
    assert [word for word in canaries(order, *secrets) if word in told] == []
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    routes = {line.get("route") for line in lines}
    assert routes >= {"customer:home", "customer:letter-link", "staff:return-approve", "staff:search"}
    assert len(mail.outbox) > 1
    assert Letter.objects.count() > 2


def test_a_failure_says_where_and_of_what_kind_but_not_what_it_quotes(shop, ada, written, capfd, monkeypatch):
    def quotes(_secret: str) -> None:
        try:
            raise KeyError("canarymail@example.com")
        except KeyError as error:
            raise ValueError("DETAIL: Key (email)=(canarymail@example.com) exists") from error

    ada.raise_request_exception = False
    monkeypatch.setattr(access, "letter_token", quotes)

    response = ada.get("/l/canarytoken/")

    told = written.getvalue() + "".join(capfd.readouterr())
    failed = [json.loads(line) for line in written.getvalue().splitlines() if "request.failed" in line]
    assert response.status_code == 500
    assert re.findall("canarymail|canarytoken|DETAIL", told) == []
    assert [(line["route"], line["level"]) for line in failed] == [("customer:letter-link", "error")]
    assert "builtins.ValueError" in failed[0]["exception"]
    assert "builtins.KeyError" in failed[0]["exception"]
    assert "test_logs.py:" in failed[0]["exception"]


def test_a_failed_sweep_is_named_without_what_it_quotes(written, db):
    def bad() -> int:
        raise ValueError("canarymail@example.com")

    import threading

    Lane("test", [Sweep("bad", bad)], threading.Event()).round()

    line = json.loads(written.getvalue().splitlines()[0])
    assert (line["event"], line["lane"], line["sweep"]) == ("sweep.failed", "test", "bad")
    assert "canarymail" not in written.getvalue()


def test_a_field_that_nobody_has_declared_harmless_is_dropped(written):
    structlog.get_logger("test").info("event", email="canarymail@example.com", count=3)

    line = json.loads(written.getvalue())
    assert (line["event"], line["count"], "email" in line) == ("event", 3, False)


def test_the_canary_would_be_seen(written):
    structlog.get_logger("test").info("canarymail@example.com")
    logging.getLogger("somebody.else").warning("canarymail@example.com")

    assert written.getvalue().count("canarymail") == 2


def test_a_page_that_is_not_there_is_no_failure(ada, shop, written):
    ada.get("/returns/R-NOTHERE/")

    events = [json.loads(line)["event"] for line in written.getvalue().splitlines()]
    assert events == ["request"]


def test_what_a_carrier_sends_us_is_not_logged_and_its_headers_are_not_kept(client, shop, monkeypatch, written):
    fresh_told(monkeypatch)
    account = CarrierAccount.objects.create(shop=shop, carrier="told", account={"webhook_secret": "a-secret"})
    headers = {"X-Told": "a-secret", "Authorization": "Bearer another-secret"}
    for body in (b"CANARY1 2026-11-20T10:00:00+00:00 delivered", b"CANARY2"):
        client.post(f"/hooks/carriers/{account.hook_token}/", body, content_type="text/plain", headers=headers)
    work_off_knocks()

    assert "hook-carrier" in written.getvalue()
    assert not [word for word in ("CANARY", "secret", account.hook_token) if word in written.getvalue()]
    assert not [row for row in CarrierKnock.objects.values() if "secret" in str(row)]
