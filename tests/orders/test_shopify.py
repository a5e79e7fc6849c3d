import csv
import io
from datetime import UTC, datetime

import pytest

from orders.stores.base import Defaults, OrderDraft
from orders.stores.csv_file.shopify import read_orders, split_name
from orders.stores.errors import StoreError

SHOP = Defaults(language="en", currency="EUR", country="DE", time_zone="Europe/Berlin")
# The columns of the export, in its order.
EXPORT = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,"
    "Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,"
    "Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,"
    "Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,"
    "Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,"
    "Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,"
    "Payment Terms Name,Next Payment Due At,Payment References"
)
COLUMNS = EXPORT.split(",")
ORDER = {
    "Name": "#1001",
    "Email": "ada@example.com",
    "Financial Status": "paid",
    "Currency": "EUR",
    "Subtotal": "10.00",
    "Shipping": "0.00",
    "Taxes": "0.00",
    "Total": "10.00",
    "Discount Amount": "0.00",
    "Created at": "2026-10-12 14:03:22 +0200",
    "Shipping Name": "Ada",
    "Shipping Street": "Hafenstraße 3, Hof",
    "Shipping Address1": "Hafenstraße 3",
    "Shipping Address2": "Hof",
    "Shipping City": "Dresden",
    "Shipping Zip": "'01067",
    "Shipping Country": "DE",
    "Payment Method": "Shopify Payments",
    "Payment Reference": "rIw4QXqrJbXeyKv4gKSgs2b8P",
    "Refunded Amount": "0.00",
}
LINE = {
    "Name": "#1001",
    "Email": "ada@example.com",
    "Lineitem quantity": "1",
    "Lineitem name": "Coat - M / Blue",
    "Lineitem price": "10.00",
    "Lineitem sku": "COAT-M",
    "Lineitem requires shipping": "true",
    "Lineitem taxable": "true",
    "Lineitem discount": "0.00",
}


def read(*rows):
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    file.seek(0)
    return list(read_orders(file, defaults=SHOP))


def one(*rows):
    (draft,) = read(*rows)
    assert isinstance(draft, OrderDraft), draft
    return draft


def wrong(*rows):
    (errors,) = read(*rows)
    assert isinstance(errors, list)
    return [(error.row, error.column) for error in errors]


def sums_of(draft):
    total = sum(line.paid for line in draft.lines) + draft.delivery_paid
    return [line.paid for line in draft.lines], draft.delivery_paid, total


def test_an_export_is_read_as_it_comes():
    draft = one(ORDER | LINE)

    assert (draft.number, draft.email, draft.name) == ("#1001", "ada@example.com", "Ada")
    assert draft.placed_at == datetime(2026, 10, 12, 12, 3, 22, tzinfo=UTC)
    assert (draft.address.street, draft.address.street2, draft.address.postcode) == ("Hafenstraße 3", "Hof", "01067")
    (line,) = draft.lines
    assert (line.title, line.options, line.sku) == ("Coat", {"size": "M", "colour": "Blue"}, "COAT-M")
    assert (line.paid, line.product_group) == (1000, "normal")
    assert [(paid.provider, paid.captured) for paid in draft.payments] == [("other", 1000)]
    assert draft.parcels == ()


def test_several_rows_are_one_order_and_the_first_speaks_for_it():
    first, second = read(
        ORDER | LINE | {"Subtotal": "30.00", "Total": "30.00"},
        LINE | {"Lineitem quantity": "2"},
        ORDER | LINE | {"Name": "#1002"},
    )

    assert ([line.paid for line in first.lines], first.first_row, first.last_row) == ([1000, 2000], 2, 3)
    assert second.number == "#1002"


def test_the_orders_discount_falls_on_the_lines_by_their_worth():  # E4
    draft = one(
        ORDER | LINE | {"Lineitem price": "6.00", "Subtotal": "9.00", "Total": "9.00", "Discount Amount": "1.00"},
        LINE | {"Lineitem price": "4.00"},
    )

    assert sums_of(draft) == ([540, 360], 0, 900)
    assert draft.order_discount == 100


def test_the_odd_cent_goes_to_the_largest_remainder():  # E5
    draft = one(
        ORDER
        | LINE
        | {"Lineitem quantity": "3", "Lineitem price": "19.99", "Discount Amount": "10.00"}
        | {"Subtotal": "54.97", "Shipping": "4.90", "Total": "59.87"},
        LINE | {"Lineitem price": "5.00"},
    )

    assert sums_of(draft) == ([5074, 423], 490, 5987)


@pytest.mark.parametrize("counted", ["59.75", "0.00"])
def test_a_lines_own_discount_may_be_counted_in_the_orders_or_not(counted):  # E2
    draft = one(
        ORDER
        | LINE
        | {"Lineitem quantity": "10", "Lineitem price": "23.90", "Lineitem discount": "59.75"}
        | {"Subtotal": "179.25", "Total": "179.25", "Discount Amount": counted}
    )

    assert [(line.paid, line.discount) for line in draft.lines] == [(17925, 5975)]
    assert draft.order_discount == 0


def test_tax_within_the_prices_is_found_from_the_total():
    draft = one(
        ORDER
        | LINE
        | {"Lineitem price": "119.00", "Subtotal": "119.00", "Shipping": "11.90", "Taxes": "20.90", "Total": "130.90"}
        | {"Tax 1 Name": "MwSt. 19%", "Tax 1 Value": "20.90"}
    )

    assert sums_of(draft) == ([11900], 1190, 13090)
    assert (draft.lines[0].tax, draft.delivery_tax) == (1900, 190)


def test_tax_on_top_is_part_of_what_was_paid():  # E12, with delivery that bears no tax
    draft = one(
        ORDER
        | LINE
        | {"Lineitem quantity": "2", "Lineitem price": "100.00", "Discount Amount": "20.00", "Subtotal": "180.00"}
        | {"Shipping": "9.00", "Taxes": "18.00", "Total": "207.00", "Tax 1 Name": "GST 10%", "Tax 1 Value": "18.00"}
    )

    assert sums_of(draft) == ([19800], 900, 20700)
    assert (draft.lines[0].tax, draft.delivery_tax) == (1800, 0)


def test_two_taxes_on_top_of_each_other_fall_on_every_line():
    draft = one(
        ORDER
        | LINE
        | {"Lineitem price": "50.00", "Subtotal": "80.00", "Taxes": "7.10", "Total": "87.10"}
        | {"Tax 1 Name": "California State Tax 7.25%", "Tax 1 Value": "5.80"}
        | {"Tax 2 Name": "County Tax 1.625%", "Tax 2 Value": "1.30"},
        LINE | {"Lineitem price": "30.00"},
    )

    assert sums_of(draft) == ([5444, 3266], 0, 8710)


def test_lines_of_different_rates_are_told_apart_by_the_sums():
    draft = one(
        ORDER
        | LINE
        | {"Lineitem price": "119.00", "Subtotal": "225.99", "Taxes": "26.00", "Total": "225.99"}
        | {"Tax 1 Name": "VAT 19%", "Tax 1 Value": "19.00", "Tax 2 Name": "VAT 7%", "Tax 2 Value": "7.00"},
        LINE | {"Lineitem price": "106.99"},
    )

    assert [(line.paid, line.tax) for line in draft.lines] == [(11900, 1900), (10699, 700)]


def test_a_line_that_bears_no_tax_gets_none():
    draft = one(
        ORDER | LINE | {"Subtotal": "20.00", "Taxes": "1.00", "Total": "21.00"},
        LINE | {"Lineitem taxable": "false"},
    )

    assert [(line.paid, line.tax) for line in draft.lines] == [(1100, 100), (1000, 0)]


@pytest.mark.parametrize("named", [{}, {"Tax 1 Name": "VAT", "Tax 1 Value": "3.19"}])
def test_a_tax_that_cannot_be_divided_is_named_and_never_guessed(named):
    row = ORDER | LINE | {"Subtotal": "20.00", "Taxes": "3.19", "Total": "20.00"} | named

    assert wrong(row, LINE) == [(2, "Taxes")]


def test_two_lines_alike_under_two_rates_are_named_and_never_guessed():
    row = ORDER | LINE | {"Subtotal": "20.00", "Taxes": "2.60", "Total": "22.60"}
    rates = {"Tax 1 Name": "VAT 19%", "Tax 1 Value": "1.90", "Tax 2 Name": "VAT 7%", "Tax 2 Value": "0.70"}

    assert wrong(row | rates, LINE) == [(2, "Taxes")]


def test_a_discount_on_delivery_leaves_the_lines_alone():
    before = ORDER | LINE | {"Discount Amount": "4.90", "Shipping": "4.90", "Total": "10.00"}
    after = ORDER | LINE | {"Discount Amount": "4.90", "Shipping": "0.00", "Total": "10.00"}

    assert sums_of(one(before)) == sums_of(one(after)) == ([1000], 0, 1000)


@pytest.mark.parametrize(
    ("sums", "column"),
    [
        ({"Subtotal": "9.00"}, "Subtotal"),
        ({"Subtotal": "11.00", "Total": "11.00"}, "Subtotal"),
        ({"Discount Amount": "0.50", "Subtotal": "9.00", "Total": "9.00"}, "Subtotal"),
        ({"Total": "10.01"}, "Total"),
        ({"Shipping": "4.90"}, "Total"),
        ({"Duties": "2.00", "Total": "12.00"}, "Duties"),
        ({"Taxes": "4.90", "Shipping": "4.90", "Discount Amount": "4.90", "Total": "14.90"}, "Total"),
        ({"Total": "1,010.00"}, "Total"),
        ({"Refunded Amount": "10.01"}, "Refunded Amount"),
    ],
)
def test_sums_that_do_not_meet_are_named(sums, column):
    assert wrong(ORDER | LINE | sums) == [(2, column)]


def test_a_payment_intent_is_stripes_and_anything_else_is_not():
    references = ["pi_3OqX7f2eZvKYlo2C", "pi_3OqX7f2e + pi_4AbC", "c27812.1", ""]
    drafts = [one(ORDER | LINE | {"Payment Reference": reference}) for reference in references]

    assert [draft.payments[0].provider for draft in drafts] == ["stripe", "other", "other", "other"]


@pytest.mark.parametrize("status", ["pending", "authorized", "partially_paid", "voided", ""])
def test_what_was_not_captured_is_no_payment(status):
    assert one(ORDER | LINE | {"Financial Status": status}).payments == ()


def test_money_already_given_back_cannot_be_given_back_again():
    draft = one(ORDER | LINE | {"Financial Status": "partially_refunded", "Refunded Amount": "4.00"})

    assert (draft.payments[0].captured, draft.lines[0].paid) == (600, 1000)


def test_a_cancelled_order_is_left_out_by_name():
    assert wrong(ORDER | LINE | {"Cancelled at": "2026-10-12 15:00:00 +0200"}) == [(2, "Cancelled at")]


def test_a_currency_without_decimals_may_be_written_with_two():
    sums = {"Currency": "JPY", "Lineitem price": "1000.00", "Subtotal": "1000.00", "Total": "1000"}

    assert one(ORDER | LINE | sums).lines[0].paid == 1000
    assert wrong(ORDER | LINE | sums | {"Lineitem price": "1000.50"}) == [(2, "Lineitem price")]


def test_an_order_that_needs_no_delivery_has_the_address_of_the_bill():
    billing = {column.replace("Shipping ", "Billing "): cell for column, cell in ORDER.items() if " " in column}
    nothing = dict.fromkeys(column for column in ORDER if column.startswith("Shipping ")) | {"Shipping": "0.00"}
    draft = one(ORDER | LINE | billing | nothing | {"Lineitem requires shipping": "false"})

    assert (draft.address.city, draft.lines[0].product_group) == ("Dresden", "digital")


@pytest.mark.parametrize(
    ("name", "title", "options"),
    [
        ("Coat - M / Blue", "Coat", {"size": "M", "colour": "Blue"}),
        ("Coat - Blue / M", "Coat", {"size": "M", "colour": "Blue"}),
        ("Rain - Coat - XXL", "Rain - Coat", {"size": "XXL"}),
        ("Shoe - 42.5 / Black / Wide", "Shoe", {"size": "42.5", "colour": "Black", "option": "Wide"}),
        ("Scarf - Blue / Wool", "Scarf", {"colour": "Blue", "option": "Wool"}),
        ("Panel 60x90 - with print", "Panel 60x90 - with print", {}),
        ("Coat", "Coat", {}),
        ("Coat-M", "Coat-M", {}),
    ],
)
def test_size_and_colour_come_out_of_the_name_where_it_tells(name, title, options):
    assert split_name(name) == (title, options)


def test_another_file_is_not_taken_for_an_export():
    with pytest.raises(StoreError, match="Created at"):
        read_orders(io.StringIO("order_number,email\n1,a@example.com\n"), defaults=SHOP)
