"""What every test may ask for: the outside world on a free port, and people with roles."""

import pytest
from django.test import Client

from returns import till
from sandbox.running import Sandbox
from tests import make

SECRET = "whsec_tests"


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
    user = django_user_model.objects.create_user("sam", password="a long enough password", is_staff=True)
    browser = Client()
    browser.force_login(user)
    return browser
