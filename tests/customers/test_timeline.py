import pytest
from django.db import transaction

from customers.models import Entry
from customers.timeline import history, record
from tests import make

pytestmark = pytest.mark.django_db


def test_lines_are_read_oldest_first_and_only_those_of_the_order(shop):
    order, other = make.make_order(shop), make.make_order(shop)
    record(order.customer, "order.imported", by="import", order_number=order.number)
    record(order.customer, "return.created", by="customer", order_number=order.number, number="R-1", asks=[])
    record(order.customer, "order.imported", by="import", order_number=other.number)

    lines = history(order.customer, order.number).exclude(verb__startswith="parcel")

    assert [(line.verb, line.by, line.facts) for line in lines] == [
        ("order.imported", "import", {}),
        ("return.created", "customer", {"asks": []}),
    ]


def test_a_staff_account_is_written_by_its_name(shop, django_user_model):
    order = make.make_order(shop)
    sam = django_user_model.objects.create_user("sam", is_staff=True)

    line = record(order.customer, "return.approved", by=sam, order_number=order.number)

    assert line.by == "staff:sam"


def test_a_line_of_somebody_we_do_not_know_is_the_shops(shop):
    line = record(shop, "withdrawal.received", by="customer", number="W-1")

    assert (line.shop, line.customer, line.order_number, line.number) == (shop, None, "", "W-1")


def test_what_fails_leaves_no_line(shop):
    order = make.make_order(shop, delivered=None)

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record(order.customer, "return.approved", by="rules", order_number=order.number)
        raise ZeroDivisionError

    assert Entry.objects.count() == 0
    with transaction.atomic():
        record(order.customer, "return.approved", by="rules", order_number=order.number)
    assert Entry.objects.count() == 1
