"""The demo is loaded once, as `serve` does it: by its command, against a sandbox process, over real HTTP."""

import io
import re
from collections import Counter

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from carriers.base import Status
from notices.models import Letter
from orders.models import Order, Payment, Variant
from portal.demo import load
from portal.demo.samples import samples
from returns.models import Refund, Return
from returns.payouts.money import to_stripe
from sandbox.running import Sandbox
from shipments.models import Shipment
from shipments.promise import STATES, SUB_STATES, customer_state

pytestmark = pytest.mark.django_db
LANGUAGES = {"en", "de", "el", "vi"}


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """The demo with a sandbox of its own, in a transaction of this module that is rolled back at its end."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), Sandbox() as box:
        patch.setenv("SANDBOX_URL", box.url)
        patch.setattr(settings, "STRIPE_API_BASE", box.url)
        with transaction.atomic():
            call_command("load_demo", stdout=io.StringIO())
            yield box
            transaction.set_rollback(True)


def test_every_state_of_a_parcel_that_customers_read_is_there(demo):
    wanted = {*STATES.values(), *SUB_STATES.values(), "late", "silent"} - {"cancelled"}  # nobody cancels a parcel yet
    now = timezone.now()

    outbound = Shipment.objects.filter(direction="outbound").select_related("shop")

    assert {customer_state(row, now) for row in outbound} == wanted
    assert "cancelled" in STATES.values()


def test_every_state_of_a_return_is_there(demo):
    # The rules answer at once; a label follows at once. None of these stays.
    passing = {Return.State.SUBMITTED, Return.State.PARTLY_APPROVED, Return.State.REOPENED}

    assert set(Return.objects.values_list("state", flat=True)) == set(Return.State.values) - passing


def test_refunds_wait_leave_succeed_and_fail(demo):
    states = set(Refund.objects.values_list("state", flat=True))

    assert states == {"proposed", "approved", "pending", "succeeded", "failed"}
    assert (
        Counter(Refund.objects.filter(state="succeeded").values_list("ret__order__number", flat=True)).most_common(1)[
            0
        ][1]
        == 2
    ), "one refund is shared by two payments"


def test_the_demos_books_and_the_sandboxs_agree(demo):
    theirs = {each["id"]: each for each in demo.get("/_sandbox/books")["payments"]}

    for payment in Payment.objects.filter(provider="stripe"):
        sent = payment.refunds.filter(state__in=["pending", "succeeded"])
        refunded = sum(to_stripe(row.amount, row.currency) for row in sent)
        book = theirs[payment.reference]
        assert book["amount"] == to_stripe(payment.captured, payment.currency)
        assert book["refunded"] == refunded
        assert {row.provider_id for row in payment.refunds.exclude(provider_id=None)} == {
            each["id"] for each in book["refunds"]
        }
        assert payment.reserved == sum(
            payment.refunds.filter(state__in=["approved", "pending", "succeeded"]).values_list("amount", flat=True)
        )


def test_there_is_enough_to_look_at_in_every_language_and_currency(demo):
    assert Order.objects.count() >= 64
    assert set(Order.objects.values_list("language", flat=True)) == LANGUAGES
    assert set(Order.objects.values_list("currency", flat=True)) == {"EUR", "GBP", "USD", "VND"}
    assert len({variant.product for variant in Variant.objects.all()}) >= 25
    assert set(Order.objects.values_list("lines__product_group", flat=True)) >= {
        "normal",
        "hygiene",
        "bulky",
        "digital",
    }
    assert Order.objects.filter(lines__discount__gt=0).exists()
    assert any(order.shipments.filter(direction="outbound").count() == 2 for order in Order.objects.all())
    assert set(Letter.objects.values_list("language", flat=True)) == LANGUAGES
    assert set(Letter.objects.values_list("state", flat=True)) == {"sent"}
    assert set(Shipment.objects.exclude(look_error="").values_list("look_error", flat=True)) == set()
    assert not Shipment.objects.filter(status=Status.UNKNOWN).exists()


def test_every_person_can_be_reached_by_nobody(demo):
    emails = set(Order.objects.values_list("customer__email", flat=True))

    assert {email.rpartition("@")[2] for email in emails} == {"example.com", "example.org"}
    assert all(email.isascii() for email in emails)


def test_every_sample_opens_by_email_and_by_postcode(demo, client):
    shown = samples()

    assert len(shown) == 14
    for sample in shown:
        for proof in (sample.email, sample.postcode):
            client.cookies.clear()
            assert client.post("/", {"number": sample.number, "proof": proof}).status_code == 302


# A person stands at the same place of every page: first in its foot, with the hours and the phone.
PERSON = re.compile(
    r'</main>\s*(<p [^>]*></p>\s*)?<footer class="foot">\s*<p class="foot-help">\s*<a href="/contact/">.+?href="tel:',
    re.DOTALL,
)


def opens(customer: Client, path: str) -> tuple[int, bool]:
    page = customer.get(path)
    return page.status_code, bool(PERSON.search(page.content.decode()))


def test_every_page_of_every_order_and_return_opens(demo, django_user_model):
    staff = Client()
    staff.force_login(django_user_model.objects.get(username=load.STAFF))
    for order in Order.objects.select_related("customer"):
        customer = Client(headers={"accept-language": order.language})
        customer.post("/", {"number": order.number, "proof": order.customer.email})
        for path in (f"/o/{order.number_key}/", f"/o/{order.number_key}/money/"):
            assert (path, *opens(customer, path)) == (path, 200, True)
        assert staff.get(f"/staff/orders/{order.number_key}/").status_code == 200
        for ret in order.returns.exclude(state="draft"):
            assert (ret.state, *opens(customer, f"/returns/{ret.number}/")) == (ret.state, 200, True)
            assert (ret.state, staff.get(f"/staff/returns/{ret.number}/").status_code) == (ret.state, 200)
    assert staff.get("/staff/").status_code == staff.get("/staff/done/").status_code == 200


def test_a_second_load_is_refused(demo):
    with pytest.raises(load.NotHere, match="There is a shop here already"):
        load.load(pytest.fail)
