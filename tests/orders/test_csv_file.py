import io
import re
import tracemalloc
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from orders.stores.base import Defaults, OrderDraft, RowError, StockDraft
from orders.stores.csv_file.orders import KNOWN, read_orders
from orders.stores.csv_file.stock import read_stock
from orders.stores.errors import StoreError
from orders.stores.money import like, shares, to_minor

SHOP = Defaults(language="de", currency="EUR", country="DE", time_zone="Europe/Berlin")
ORDER = {
    "order_number": "1001",
    "placed_at": "2026-10-12T14:03:22+02:00",
    "email": "ada@example.com",
    "name": "Ada",
    "street": "Hafenstraße 3",
    "postcode": "01067",
    "city": "Dresden",
    "country": "DE",
}
LINE = {"sku": "COAT-M", "title": "Coat", "quantity": "1", "unit_price": "10.00"}


def file_of(*rows, delimiter=","):
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = [columns, *([row.get(column, "") for column in columns] for row in rows)]
    return io.StringIO("\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines) + "\n")


def read(*rows, **how):
    return list(read_orders(file_of(*rows, **how), defaults=SHOP))


def one(*rows):
    (draft,) = read(*rows)
    assert isinstance(draft, OrderDraft), draft
    return draft


def wrong(*rows):
    (errors,) = read(*rows)
    assert isinstance(errors, list)
    return [(error.row, error.column) for error in errors]


def test_an_order_is_read_whole():
    draft = one(
        ORDER
        | LINE
        | {
            "size": "M",
            "colour": "blue",
            "line_tax": "1.60",
            "delivery_paid": "9.90",
            "delivery_standard": "4.90",
            "delivery_tax": "1.58",
            "payment_reference": "pi_3OqX7f2eZvKYlo2C",
            "payment_captured": "19.90",
            "tracking_number": "00340434161094042557",
            "shipped_on": "2026-10-13",
            "promised_on": "2026-10-15",
            "language": "el",
            "picture": "https://shop.example/coat.jpg",
        }
    )

    assert draft.placed_at == datetime(2026, 10, 12, 12, 3, 22, tzinfo=UTC)
    assert (draft.number, draft.language, draft.currency) == ("1001", "el", "EUR")
    assert (draft.address.postcode, draft.address.country) == ("01067", "DE")
    assert (draft.delivery_paid, draft.delivery_standard, draft.delivery_tax) == (990, 490, 158)
    (line,), (payment,), (parcel,) = draft.lines, draft.payments, draft.parcels
    assert (line.options, line.product_group) == ({"size": "M", "colour": "blue"}, "normal")
    assert (line.unit_price, line.paid, line.tax) == (1000, 1000, 160)
    assert (payment.provider, payment.captured) == ("stripe", 1990)
    assert (parcel.carrier, parcel.shipped_on, parcel.promised_on) == ("", date(2026, 10, 13), date(2026, 10, 15))
    assert (draft.first_row, draft.last_row) == (2, 2)


def test_a_quarter_off_ten_units_leaves_what_the_customer_paid():  # E2
    draft = one(ORDER | LINE | {"quantity": "10", "unit_price": "23.90", "line_discount": "59.75", "line_tax": "29.88"})

    assert [(line.paid, line.tax, line.discount) for line in draft.lines] == [(17925, 2988, 5975)]


def test_the_orders_discount_falls_on_the_lines_by_their_worth():  # E4
    draft = one(
        ORDER | LINE | {"unit_price": "6.00", "order_discount": "1.00"},
        ORDER | LINE | {"sku": "SOCK", "unit_price": "4.00", "order_discount": "1.00"},
    )

    assert [line.paid for line in draft.lines] == [540, 360]
    assert draft.order_discount == 100


def test_the_odd_cent_goes_to_the_largest_remainder():  # E5
    draft = one(
        ORDER | LINE | {"quantity": "3", "unit_price": "19.99", "order_discount": "10.00"},
        ORDER | LINE | {"sku": "SOCK", "unit_price": "5.00"},
    )

    assert [line.paid for line in draft.lines] == [5074, 423]
    assert sum(line.paid for line in draft.lines) == 5997 + 500 - 1000


def test_tax_on_top_is_part_of_what_was_paid():  # E12
    draft = one(
        ORDER
        | LINE
        | {
            "quantity": "2",
            "unit_price": "100.00",
            "order_discount": "20.00",
            "tax_included": "false",
            "line_tax": "18.00",
            "payment_captured": "198.00",
        }
    )

    assert (draft.lines[0].paid, draft.lines[0].tax, draft.order_discount) == (19800, 1800, 2000)


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (1000, [5997, 500], [923, 77]),
        (100, [1, 1, 1], [34, 33, 33]),
        (1, [1, 1], [1, 0]),
        (0, [0, 0], [0, 0]),
        (10, [0, 5], [0, 10]),
    ],
)
def test_parts_always_sum_to_the_whole(amount, weights, parts):
    assert shares(amount, weights) == parts


def test_written_line_sums_are_kept_and_their_discount_is_what_is_missing():
    draft = one(
        ORDER | LINE | {"quantity": "3", "unit_price": "20.00", "line_paid": "40.00"},
        ORDER | LINE | {"sku": "SOCK", "unit_price": "4.00", "line_paid": "4.00"},
    )

    assert [line.paid for line in draft.lines] == [4000, 400]
    assert draft.order_discount == 2000


def test_line_sums_that_pull_apart_from_the_orders_discount_are_named():
    assert wrong(ORDER | LINE | {"line_paid": "9.00", "order_discount": "2.00"}) == [(2, "order_discount")]
    assert wrong(ORDER | LINE | {"line_paid": "10.01"}) == [(2, "line_paid")]
    assert wrong(ORDER | LINE | {"line_paid": "9.00"}, ORDER | LINE) == [(3, "line_paid")]


def test_a_captured_sum_that_differs_from_the_lines_is_named():
    row = ORDER | LINE | {"delivery_paid": "4.90", "payment_reference": "pi_3OqX7f2eZvKYlo2C"}

    assert one(row | {"payment_captured": "14.90"}).payments[0].captured == 1490
    assert wrong(row | {"payment_captured": "14.89"}) == [(2, "payment_captured")]
    assert wrong(row) == [(2, "payment_captured")]


def test_several_payments_stand_in_one_cell():
    draft = one(ORDER | LINE | {"payment_reference": "pi_3OqX7f2e|GIFT-7", "payment_captured": "7.00|3.00"})

    assert [(paid.provider, paid.reference, paid.captured) for paid in draft.payments] == [
        ("stripe", "pi_3OqX7f2e", 700),
        ("other", "GIFT-7", 300),
    ]


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("39.90", "EUR", 3990),
        ("39,90", "EUR", 3990),
        ("39", "EUR", 3900),
        ("39.9", "EUR", 3990),
        ("0", "EUR", 0),
        ("1000", "JPY", 1000),
        ("1500000", "VND", 1500000),
        ("1.234", "KWD", 1234),
        ("0.001", "BHD", 1),
        ("999999999999.99", "EUR", 99999999999999),
    ],
)
def test_amounts_become_integers_of_the_smallest_unit(text, currency, amount):
    assert to_minor(text, currency) == amount
    assert to_minor(like(amount, currency), currency) == amount


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1.234,56", "EUR"),
        ("1,234.56", "EUR"),
        ("1,234", "EUR"),
        ("1.234", "EUR"),
        ("1 234", "EUR"),
        ("1'234", "CHF"),
        ("1,234", "KWD"),
        ("1,000", "JPY"),
        ("1000.00", "JPY"),
        ("0.0001", "KWD"),
        ("-1.00", "EUR"),
        ("€5", "EUR"),
        ("1e3", "EUR"),
        ("٣", "EUR"),
        (".5", "EUR"),
        ("5.", "EUR"),
        ("NaN", "EUR"),
        ("9" * 13, "EUR"),
    ],
)
def test_an_amount_that_could_mean_something_else_is_refused(text, currency):
    with pytest.raises(ValueError, match="write"):
        to_minor(text, currency)

    assert wrong(ORDER | LINE | {"unit_price": text, "currency": currency})[0] == (2, "unit_price")


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("email", "ada"),
        ("email", "ada@example"),
        ("email", "ada@@example.com"),
        ("email", "a b@example.com"),
        ("email", ""),
        ("country", "Germany"),
        ("country", "XX"),
        ("currency", "EURO"),
        ("currency", "ERU"),
        ("quantity", "0"),
        ("quantity", "-1"),
        ("quantity", "1.5"),
        ("quantity", "10001"),
        ("placed_at", "12.10.2026"),
        ("placed_at", "0001-01-01"),
        ("shipped_on", "13.10.2026"),
        ("product_group", "socks"),
        ("tax_included", "maybe"),
        ("title", "x" * 301),
        ("order_number", "1" * 65),
        ("title", "Coat\x07"),
        ("title", "Coat\u202etaoC"),
        ("title", "Man\ufffdel"),
        ("picture", "javascript:alert(1)"),
        ("carrier", "D H L!"),
        ("tracking_number", "<b>1</b>"),
        ("payment_provider", "paypal"),
        ("line_discount", "10.01"),
        ("order_discount", "10.01"),
        ("line_tax", "10.01"),
        ("delivery_tax", "0.01"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(column, cell):
    row = ORDER | LINE | {"tracking_number": "00340434", "payment_captured": "10.00"} | {column: cell}

    (errors,) = read(row)

    assert [(error.row, error.column, error.order) for error in errors] == [(2, column, row["order_number"])]


def test_every_mistake_of_an_order_is_told_at_once():
    assert wrong(
        ORDER | LINE | {"email": "ada", "country": "Germany"},
        ORDER | LINE | {"email": "ada", "country": "Germany", "quantity": "none"},
    ) == [(3, "quantity"), (2, "email"), (2, "country")]


def test_an_order_with_a_mistake_leaves_the_others_whole():
    good, bad, last = read(
        ORDER | LINE,
        ORDER | LINE | {"order_number": "1002", "quantity": "x"},
        ORDER | LINE | {"order_number": "1003"},
    )

    assert isinstance(good, OrderDraft)
    assert [type(error) for error in bad] == [RowError]
    assert (last.number, last.first_row) == ("1003", 4)


def test_empty_cells_on_later_rows_agree_and_others_must_be_the_same():
    assert len(one(ORDER | LINE, {"order_number": "1001"} | LINE | {"sku": "SOCK"}).lines) == 2
    assert wrong(ORDER | LINE, ORDER | LINE | {"city": "Leipzig"}) == [(3, "city")]
    assert wrong(ORDER | LINE, ORDER | LINE | {"phone": "123"}) == [(3, "phone")]


def test_a_time_without_a_zone_is_the_shops_own():
    draft = one(ORDER | LINE | {"placed_at": "2026-10-12 14:03"})

    assert draft.placed_at.astimezone(UTC) == datetime(2026, 10, 12, 12, 3, tzinfo=UTC)
    assert draft.placed_at.tzinfo is not None


@pytest.mark.parametrize(("written", "language"), [("vi", "vi"), ("de-AT", "de"), ("fr", "de"), ("", "de")])
def test_a_language_we_do_not_speak_falls_back_without_a_mistake(written, language):
    assert one(ORDER | LINE | {"language": written}).language == language


def test_several_parcels_stand_in_one_cell():
    draft = one(
        ORDER | LINE | {"tracking_number": "1Z999AA1|00340434", "carrier": "ups|dhl", "promised_on": "2026-10-15"}
    )

    assert [(parcel.carrier, parcel.tracking_number, parcel.promised_on) for parcel in draft.parcels] == [
        ("ups", "1Z999AA1", date(2026, 10, 15)),
        ("dhl", "00340434", date(2026, 10, 15)),
    ]
    assert wrong(ORDER | LINE | {"tracking_number": "1Z999AA1|00340434|55", "carrier": "ups|dhl"})[-1] == (2, "carrier")
    assert wrong(ORDER | LINE | {"tracking_number": "1Z999AA1|1Z999AA1"}) == [(2, "tracking_number")]


def test_blanks_in_a_tracking_number_are_nobodys():
    (draft,) = read(ORDER | LINE | {"tracking_number": "1Z 999 AA1 01 2345 6784"})

    assert draft.parcels[0].tracking_number == "1Z999AA10123456784"


def test_the_digest_knows_the_purchase_and_not_the_parcels_or_the_place_in_the_file():
    draft = one(ORDER | LINE)
    _, moved = read(ORDER | LINE | {"order_number": "1000"}, ORDER | LINE | {"tracking_number": "00340434"})

    assert moved.digest == draft.digest
    assert one(ORDER | LINE | {"placed_at": "2026-10-12T12:03:22Z"}).digest == draft.digest
    assert one(ORDER | LINE | {"unit_price": "10.01"}).digest != draft.digest
    assert one(ORDER | LINE | {"size": "M"}).digest != draft.digest


def test_letters_are_composed_so_that_one_name_has_one_spelling():
    assert one(ORDER | LINE | {"city": "Du\u0308ren"}).address.city == "Düren"


def test_semicolons_a_byte_order_mark_and_written_out_headers_are_read():
    lines = file_of(ORDER | LINE, delimiter=";").getvalue().replace('"order_number"', "\ufeffOrder Number*", 1)

    (draft,) = read_orders(io.StringIO(lines), defaults=SHOP)

    assert draft.number == "1001"


def test_cells_with_line_breaks_keep_the_line_numbers_right():
    first = {"order_number": "1000", "title": "Coat\nwith a hood"}
    errors, draft = read(ORDER | LINE | first, ORDER | LINE)

    assert [(error.row, error.column) for error in errors] == [(2, "title")]
    assert draft.first_row == 4


def test_a_row_with_too_many_cells_is_named():
    text = file_of(ORDER | LINE).getvalue().rstrip("\n") + ",stray\n"

    ((error,),) = read_orders(io.StringIO(text), defaults=SHOP)

    assert (error.row, error.column) == (2, "")


def test_a_spreadsheet_may_leave_out_empty_cells_at_the_end():
    text = file_of(ORDER | LINE | {"phone": ""}).getvalue().rstrip("\n").removesuffix(',""') + "\n\n,,,\n"

    (draft,) = read_orders(io.StringIO(text), defaults=SHOP)

    assert draft.phone == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("\n", "empty"),
        ("order_number,email\n", "placed_at, name"),
        (",".join((*KNOWN, "line_dicount")) + "\n", "line_dicount .did you mean line_discount"),
        (",".join((*KNOWN, "sku")) + "\n", "twice.*sku"),
        (",".join(KNOWN) + '\n1,"open\n', "quote"),
        (",".join(KNOWN) + '\n1,"a"b\n', "not CSV"),
        ("x" * 1_000_001, "longer"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(text, says):
    with pytest.raises(StoreError, match=f"(?s){says}"):
        list(read_orders(io.StringIO(text), defaults=SHOP))


def test_a_file_in_another_encoding_says_how_to_save_it():
    stream = io.TextIOWrapper(io.BytesIO(file_of(ORDER | LINE).getvalue().encode("latin-1")), encoding="utf-8")

    with pytest.raises(StoreError, match="UTF-8"):
        list(read_orders(stream, defaults=SHOP))


def test_a_file_without_its_columns_fails_before_the_first_order_is_asked_for():
    with pytest.raises(StoreError):
        read_orders(io.StringIO("a,b\n1,2\n"), defaults=SHOP)


def test_one_number_on_every_row_does_not_fill_the_memory():
    (errors,) = read(*[ORDER | LINE] * 600)

    assert {error.column for error in errors} == {""}
    assert errors[0].row == 502
    assert len(errors) <= 100


class Endless(io.TextIOBase):
    """A file of many orders that is never whole in memory."""

    def __init__(self, orders):
        self.lines = self.write(orders)

    def write(self, orders):
        columns = list(ORDER | LINE)
        yield ",".join(columns) + "\n"
        for number in range(orders):
            yield ",".join((ORDER | LINE | {"order_number": str(number)}).values()) + "\n"

    def readline(self, size=-1):
        return next(self.lines, "")


def peak_of(orders):
    tracemalloc.start()
    count = sum(1 for _ in read_orders(Endless(orders), defaults=SHOP))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == orders
    return peak


@pytest.mark.timeout(300)
def test_a_hundred_thousand_orders_need_no_more_memory_than_ten_thousand():
    peak_of(10)
    small, large = peak_of(10_000), peak_of(100_000)

    assert large < 20_000_000
    assert large < small * 1.5


def test_stock_is_read_row_by_row():
    rows = [
        {"sku": "COAT-M", "product": "Coat", "size": "M", "colour": "blue", "price": "39,90", "on_hand": "4"},
        {"sku": "COAT-L", "product": "Coat", "price": "x", "on_hand": "-1"},
        {"sku": "HAT", "product": "Hat", "price": "1200", "currency": "JPY", "on_hand": "0"},
    ]

    first, *errors, last = read_stock(file_of(*rows), defaults=SHOP)

    assert first == StockDraft("COAT-M", "Coat", "M", "blue", 3990, "EUR", 4, "", 2)
    assert [(error.row, error.column) for error in errors] == [(3, "price"), (3, "on_hand")]
    assert (last.price, last.currency, last.row) == (1200, "JPY", 4)


def test_the_manuals_examples_are_read_as_it_says():
    manual = (Path(__file__).parents[2] / "docs/import.md").read_text()
    orders, stock = re.findall(r"```csv\n(.*?)```", manual, re.DOTALL)

    (draft,) = read_orders(io.StringIO(orders), defaults=SHOP)
    variants = list(read_stock(io.StringIO(stock), defaults=SHOP))

    assert [line.paid for line in draft.lines] == [5074, 423]
    assert [variant.on_hand for variant in variants] == [4, 0]
    assert [column for column in KNOWN if f"`{column}`" not in manual] == []
