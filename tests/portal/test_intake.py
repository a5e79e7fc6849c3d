import csv
import gc
import io

import pytest

from customers.models import Entry
from orders.models import Order, OrderLine, Variant
from orders.stores.base import OrderDraft, RowError
from orders.stores.csv_file.orders import read_orders
from orders.stores.csv_file.stock import read_stock
from portal import intake
from shipments.models import Shipment

pytestmark = pytest.mark.django_db

COLUMNS = (
    *("order_number", "placed_at", "email", "name", "street", "postcode", "city", "country", "sku", "title"),
    *("quantity", "unit_price", "payment_reference", "payment_captured", "carrier", "tracking_number"),
)
FACTS = {
    "placed_at": "2026-10-12T14:03:22+02:00",
    "email": "ada@example.com",
    "name": "Ada Example",
    "street": "Am Beispiel 1",
    "postcode": "10115",
    "city": "Berlin",
    "country": "DE",
    "sku": "MUG",
    "title": "Mug",
    "quantity": "1",
    "unit_price": "19.00",
}


def a_file(*orders):
    out = io.StringIO()
    rows = csv.DictWriter(out, COLUMNS)
    rows.writeheader()
    for order in orders:
        rows.writerow({**FACTS, **order})
    out.seek(0)
    return out


def take(shop, *orders):
    told: list[RowError] = []
    drafts = read_orders(a_file(*orders), defaults=intake.defaults_of(shop))
    return intake.take_in_orders(shop, drafts, by="import", tell=told.append), told


def test_orders_lines_parcels_and_the_timeline_come_in_together(shop):
    report, told = take(shop, {"order_number": "A-1", "tracking_number": "SB1|SB2"}, {"order_number": "A-2"})

    assert (report.new, report.known, report.refused, report.parcels, told) == (2, 0, 0, 2, [])
    assert sorted(Order.objects.values_list("number", flat=True)) == ["A-1", "A-2"]
    assert OrderLine.objects.count() == 2
    assert set(Shipment.objects.values_list("order__number", "carrier", "tracking_number")) == {
        ("A-1", "sandbox", "SB1"),
        ("A-1", "sandbox", "SB2"),
    }
    assert set(Entry.objects.values_list("verb", "by")) == {("order.imported", "import")}


def test_the_same_file_again_changes_nothing(shop):
    order = {"order_number": "A-1", "tracking_number": "SB1"}
    take(shop, order)
    before = (Order.objects.values().get(), Shipment.objects.values().get(), Entry.objects.count())

    report, told = take(shop, order)

    assert (report.new, report.known, report.refused, report.parcels, told) == (0, 1, 0, 0, [])
    assert (Order.objects.values().get(), Shipment.objects.values().get(), Entry.objects.count()) == before


def test_a_known_order_gets_its_new_parcel(shop):
    take(shop, {"order_number": "A-1", "tracking_number": "SB1"})

    report, _ = take(shop, {"order_number": "A-1", "tracking_number": "SB1|SB2"})

    assert (report.known, report.parcels) == (1, 1)
    assert list(Shipment.objects.values_list("tracking_number", flat=True)) == ["SB1", "SB2"]


def test_a_changed_sum_is_refused_by_name_and_the_order_stays_as_it_was(shop):
    take(shop, {"order_number": "A-1"})

    report, told = take(shop, {"order_number": "A-1", "unit_price": "21.00"}, {"order_number": "A-2"})

    assert (report.new, report.refused) == (1, 1)
    assert [(error.row, error.column, error.order) for error in told] == [(2, "line_paid", "A-1")]
    assert Order.objects.get(number="A-1").lines.get().paid == 1900


def test_a_bad_row_keeps_its_whole_order_out_and_the_others_come_in(shop):
    report, told = take(
        shop,
        {"order_number": "A-1"},
        {"order_number": "A-2", "quantity": "1"},
        {"order_number": "A-2", "quantity": "many", "country": "Narnia"},
        {"order_number": "A-3"},
    )

    assert (report.new, report.refused) == (2, 1)
    assert {(error.row, error.column, error.order) for error in told} == {
        (4, "quantity", "A-2"),
        (4, "country", "A-2"),
    }
    assert sorted(Order.objects.values_list("number", flat=True)) == ["A-1", "A-3"]


def test_a_chunk_that_breaks_leaves_no_trace_of_itself(shop, monkeypatch):
    def broken(_arrivals):
        raise RuntimeError

    monkeypatch.setattr(intake, "expect", broken)

    with pytest.raises(RuntimeError):
        take(shop, {"order_number": "A-1"})

    assert not Order.objects.exists()
    assert not Entry.objects.exists()


def test_what_stands_above_a_broken_line_is_in(shop):
    file = a_file({"order_number": "A-1"}, {"order_number": "A-2"})
    broken = io.StringIO(file.getvalue() + 'A-3,"no end')

    report = intake.take_in_orders(
        shop, read_orders(broken, defaults=intake.defaults_of(shop)), by="import", tell=pytest.fail
    )

    assert "Line 4 is not CSV" in report.broken
    assert list(Order.objects.values_list("number", flat=True)) == ["A-1"]


def most_alive(shop, count, keep):
    """How many orders, ours or the reader's, were in memory at once while `count` of them came in."""
    file = a_file(*({"order_number": f"A-{n}", "email": f"{n}@example.com"} for n in range(count)))
    most = 0

    def passing(items):
        nonlocal most
        for place, item in enumerate(items, start=1):
            keep(item)
            yield item
            if place % 700 == 0:
                most = max(most, sum(type(each) in {Order, OrderDraft} for each in gc.get_objects()))

    items = passing(read_orders(file, defaults=intake.defaults_of(shop)))
    report = intake.take_in_orders(shop, items, by="import", tell=pytest.fail)
    assert report.new + report.known == count
    return most


def test_memory_stays_flat_through_5000_orders_and_a_hoard_would_be_seen(shop):
    hoard: list = []

    assert most_alive(shop, 5000, lambda item: None) <= 2 * intake.CHUNK
    assert most_alive(shop, 2100, hoard.append) > 2 * intake.CHUNK


def test_stock_is_written_as_the_file_has_it_and_a_bad_row_is_named(shop):
    file = "sku,product,size,price,on_hand\nMUG,Mug,,19.00,4\nBOWL,Bowl,,cheap,some\nVASE,Vase,,54.00,0\n"
    told: list[RowError] = []

    def bring():
        drafts = read_stock(io.StringIO(file), defaults=intake.defaults_of(shop))
        return intake.take_in_stock(shop, drafts, tell=told.append)

    first, second = bring(), bring()

    assert (first.new, first.known, first.refused) == (2, 0, 1)
    assert (second.new, second.known, second.refused) == (0, 2, 1)
    assert [(error.row, error.column) for error in told[:2]] == [(3, "price"), (3, "on_hand")]
    assert set(Variant.objects.values_list("sku", "on_hand")) == {("MUG", 4), ("VASE", 0)}
