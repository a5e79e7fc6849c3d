from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from customers.models import Entry
from customers.timeline import record
from notices import outbox
from notices.models import Letter
from portal import health
from portal.models import Heartbeat
from returns import money
from returns.models import Refund
from tests import make

pytestmark = pytest.mark.django_db

LONG_AGO = timezone.now() - timedelta(minutes=20)


@pytest.fixture
def well(monkeypatch):
    """Everything works."""
    Heartbeat.objects.create(lane="money")
    monkeypatch.setitem(health.CHECKS, "papers", lambda: "")


def asked(client) -> tuple:
    response = client.get("/readyz")
    return response.status_code, response.json()["ready"], sorted(response.json()["troubles"])


def test_alive_asks_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")


def test_ready_when_all_is_well(client, well):
    assert asked(client) == (200, True, [])


def test_a_silent_worker_is_trouble(client, well):
    Heartbeat.objects.update(at=LONG_AGO)

    assert asked(client) == (200, True, ["worker"])


def test_no_worker_at_all_is_trouble(client, well):
    Heartbeat.objects.all().delete()

    assert asked(client) == (200, True, ["worker"])


def test_one_silent_lane_of_two_is_trouble(client, well):
    Heartbeat.objects.create(lane="letters", at=LONG_AGO)

    assert asked(client) == (200, True, ["worker"])


def test_a_database_that_does_not_answer_is_told_by_its_kind_only(client, well, monkeypatch):
    def down() -> str:
        raise OperationalError("could not connect as ada@example.com")

    monkeypatch.setitem(health.CHECKS, "database", down)

    response = client.get("/readyz")

    assert (response.status_code, response.json()["troubles"]) == (503, {"database": "OperationalError"})


def test_little_room_on_the_disk_is_trouble(client, well, monkeypatch):
    class Usage:
        free = 100 * 1024**2

    monkeypatch.setattr(health.shutil, "disk_usage", lambda _: Usage)

    assert asked(client) == (503, False, ["disk"])


def test_letters_and_refunds_that_wait_are_told_but_stop_nobody(client, well, shop):
    order = make.make_order(shop)
    ret = make.make_return(order, state="settling")
    (refund,) = money.propose(ret)
    outbox.write_next_letters()
    assert asked(client) == (200, True, [])
    Letter.objects.update(created_at=LONG_AGO)
    Refund.objects.filter(pk=refund.pk).update(state="approved", send_after=LONG_AGO)

    assert asked(client) == (200, True, ["letters", "refunds"])


def test_a_letter_that_cannot_be_written_is_told(client, well, shop):
    order = make.make_order(shop)
    record(order.customer, "parcel.late", by="rules", order_number=order.number, promised="no day", expected="")
    Entry.objects.update(at=LONG_AGO)

    outbox.write_next_letters()

    assert "1 letters cannot be written" in client.get("/readyz").json()["troubles"]["letters"]


def test_a_missing_migration_is_trouble(client, well, monkeypatch):
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda *_: [1, 2])

    response = client.get("/readyz")

    assert (response.status_code, response.json()["troubles"]) == (
        503,
        {"migrations": "2 migrations are missing: run manage.py prepare"},
    )
