"""What every test may ask for: the outside world on a free port, and people with roles."""

from importlib import import_module

import pytest
from django.db import connection
from django.test import Client
from pytest_django.plugin import blocking_manager_key

from returns import till
from sandbox.running import Sandbox
from tests import make

SECRET = "whsec_tests"
guards = import_module("returns.migrations.0009_an_audit_that_only_grows")


def pytest_collection_modifyitems(items):
    """Only what opens the database can differ from one database to another: `-m database`."""
    for item in items:
        if item.get_closest_marker("django_db") or OPENS & set(item.fixturenames):
            item.add_marker(pytest.mark.database)


OPENS = {"db", "transactional_db", "live_server"}


@pytest.fixture(scope="session")
def outside():
    """The stand-in carrier and the stand-in Stripe, one process for all tests."""
    with Sandbox() as box:
        yield box


@pytest.fixture
def box(outside, settings, monkeypatch):
    """The outside world, spoken to by the real clients; faults of earlier tests are gone."""
    outside.delete("/_sandbox/faults")
    outside.post("/_sandbox/refunds", {"status": "succeeded", "reference_status": "available"})
    outside.post("/_sandbox/webhooks", {"mode": "drop"})
    outside.post("/_sandbox/account", {"id": "acct_sandbox"})
    settings.STRIPE_API_BASE = outside.url
    monkeypatch.setenv("SANDBOX_URL", outside.url)
    return outside


@pytest.fixture(autouse=True)
def books_compared(monkeypatch):
    """As if this process had compared the books already: tests of that very thing forget it again."""
    monkeypatch.setattr(till.memory, "sent", 0)


@pytest.fixture
def shop(db):
    return make.make_shop()


@pytest.fixture
def ada(client: Client) -> Client:
    """Ada owns the order. A browser of her own."""
    return client


@pytest.fixture
def bob() -> Client:
    """Bob is another customer: he must see nothing of Ada's."""
    return Client()


@pytest.fixture
def sam(shop, django_user_model) -> Client:
    """Sam is staff, signed in."""
    return signed_in(django_user_model, "sam")


@pytest.fixture
def pia(shop, django_user_model) -> Client:
    """Pia is Sam's colleague, signed in."""
    return signed_in(django_user_model, "pia")


def signed_in(users, name: str) -> Client:
    browser = Client()
    browser.force_login(users.objects.create_user(name, password="a long enough password", is_staff=True))
    return browser


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """A test with transactions of its own ends by emptying every table, which the audit's guards refuse: they are away
    for that moment only."""
    with item.session.config.stash[blocking_manager_key].unblock():
        away = empties_tables(item) and guards.ENTRIES in connection.introspection.table_names()
        if away:
            guards.unguard(connection)
    try:
        return (yield)
    finally:
        if away and nextitem:  # after the last one the database is gone
            with item.session.config.stash[blocking_manager_key].unblock():
                guards.guard(connection)


def empties_tables(item) -> bool:
    marker = item.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction")) or "live_server" in getattr(item, "fixturenames", ())
