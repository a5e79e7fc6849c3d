"""Homeward's own order file: one row an order line. `docs/import.md` is its manual."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TextIO, TypeVar
from zoneinfo import ZoneInfo

from ..base import Address, Defaults, LineDraft, OrderDraft, ParcelDraft, PaymentDraft, RowError
from ..money import like, shares
from . import cells
from .table import Reading, Row, Table, orders_of

T = TypeVar("T")
NEEDED = (
    *("order_number", "placed_at", "email", "name", "street", "postcode", "city", "country"),
    *("sku", "title", "quantity", "unit_price"),
)
ORDER_COLUMNS = (
    *("placed_at", "email", "name", "street", "street2", "postcode", "city", "region", "country", "phone"),
    *("language", "currency", "order_discount", "delivery_paid", "delivery_standard", "delivery_tax"),
    *("payment_provider", "payment_reference", "payment_captured"),
    *("carrier", "tracking_number", "shipped_on", "promised_on"),
)
LINE_COLUMNS = (
    *("sku", "title", "size", "colour", "product_group", "quantity", "unit_price"),
    *("line_discount", "line_paid", "line_tax", "tax_included", "picture", "weight_g"),
)
KNOWN = ("order_number", *ORDER_COLUMNS, *LINE_COLUMNS)
NO_TIME = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Sums:
    """One line's figures as its row gives them."""

    price: int
    quantity: int
    discount: int
    paid: int | None
    tax: int
    tax_included: bool

    @property
    def worth(self) -> int:
        return self.price * self.quantity - self.discount

    @property
    def due(self) -> int:
        """What the line costs before its share of the order's discount."""
        return self.worth if self.tax_included else self.worth + self.tax


def read_orders(stream: TextIO, *, defaults: Defaults) -> Iterator[OrderDraft | list[RowError]]:
    """Read the file order by order: a whole draft, or all that is wrong with it.

    Raises StoreError when the file itself cannot be read.
    """
    table = Table(stream, needed=NEEDED, known=KNOWN, rename=column_name)
    return (read_order(reading, defaults) for reading in orders_of(table, "order_number"))


def column_name(written: str) -> str:
    return written.lower().replace(" ", "_").replace("-", "_").rstrip("*")


def read_order(reading: Reading, defaults: Defaults) -> OrderDraft | list[RowError]:
    first = reading.rows[0]
    take = reading.take
    currency = take(first, "currency", cells.currency, empty=defaults.currency)
    note_disagreement(reading)
    number = take(first, "order_number", cells.text, 64, empty="", needed=True)
    name = take(first, "name", cells.text, 200, empty="", needed=True)
    sums = [read_sums(reading, row, currency) for row in reading.rows]
    order_discount = take(first, "order_discount", cells.money, currency, empty=None)
    delivery = take(first, "delivery_paid", cells.money, currency, empty=0)
    draft = OrderDraft(
        number=number,
        placed_at=take(first, "placed_at", cells.moment, ZoneInfo(defaults.time_zone), empty=NO_TIME, needed=True),
        email=take(first, "email", cells.email, empty="", needed=True),
        name=name,
        phone=take(first, "phone", cells.text, 32, empty=""),
        language=take(first, "language", cells.language, defaults.language, empty=defaults.language),
        currency=currency,
        address=read_address(reading, first, name),
        delivery_paid=delivery,
        delivery_standard=take(first, "delivery_standard", cells.money, currency, empty=delivery),
        delivery_tax=take(first, "delivery_tax", cells.money, currency, empty=0),
        order_discount=0,
        lines=(),
        payments=read_payments(reading, first, currency),
        parcels=read_parcels(reading, first),
        first_row=first.line,
        last_row=reading.last_row,
    )
    lines = [read_line(reading, row, line) for row, line in zip(reading.rows, sums, strict=True)]
    if reading.errors:
        return reading.errors
    return settle(reading, draft, lines, sums, order_discount)


def note_disagreement(reading: Reading) -> None:
    first = reading.rows[0]
    for row in reading.rows[1:]:
        for column in sorted(row.cells.keys() & ORDER_COLUMNS):
            if row[column] != first[column]:
                reading.wrong(row, column, f"differs from line {first.line}: write the same on every row of the order")


def read_address(reading: Reading, row: Row, name: str) -> Address:
    take = reading.take
    return Address(
        name=name,
        street=take(row, "street", cells.text, 200, empty="", needed=True),
        street2=take(row, "street2", cells.text, 200, empty=""),
        postcode=take(row, "postcode", cells.text, 16, empty="", needed=True),
        city=take(row, "city", cells.text, 100, empty="", needed=True),
        region=take(row, "region", cells.text, 100, empty=""),
        country=take(row, "country", cells.country, empty="", needed=True),
    )


def read_sums(reading: Reading, row: Row, currency: str) -> Sums:
    take = reading.take
    before = len(reading.errors)
    sums = Sums(
        price=take(row, "unit_price", cells.money, currency, empty=0, needed=True),
        quantity=take(row, "quantity", cells.quantity, empty=1, needed=True),
        discount=take(row, "line_discount", cells.money, currency, empty=0),
        paid=take(row, "line_paid", cells.money, currency, empty=None),
        tax=take(row, "line_tax", cells.money, currency, empty=0),
        tax_included=take(row, "tax_included", cells.flag, empty=True),
    )
    if len(reading.errors) == before and sums.worth < 0:
        most = like(sums.price * sums.quantity, currency)
        reading.wrong(row, "line_discount", f"is more than the line costs: write at most {most}")
    return sums


def read_line(reading: Reading, row: Row, sums: Sums) -> LineDraft:
    """The line without what was paid for it: that comes when the whole order is known."""
    take = reading.take
    options = {
        "size": take(row, "size", cells.text, 40, empty=""),
        "colour": take(row, "colour", cells.text, 60, empty=""),
    }
    return LineDraft(
        sku=take(row, "sku", cells.text, 64, empty="", needed=True),
        title=take(row, "title", cells.text, 300, empty="", needed=True),
        options={name: value for name, value in options.items() if value},
        product_group=take(row, "product_group", cells.product_group, empty="normal"),
        quantity=sums.quantity,
        unit_price=sums.price,
        discount=sums.discount,
        paid=0,
        tax=sums.tax,
        picture=take(row, "picture", cells.picture, empty=""),
        weight_g=take(row, "weight_g", cells.grams, empty=None),
    )


def read_parcels(reading: Reading, row: Row) -> tuple[ParcelDraft, ...]:
    count = parts_in(row, "tracking_number")
    numbers: list[str] = read_parts(reading, row, "tracking_number", cells.tracking_number, count, empty="")
    carriers = read_parts(reading, row, "carrier", cells.carrier, count, empty="")
    shipped = read_parts(reading, row, "shipped_on", cells.day, count, empty=None)
    promised = read_parts(reading, row, "promised_on", cells.day, count, empty=None)
    if len(set(numbers)) < len(numbers):
        reading.wrong(row, "tracking_number", "names one parcel twice: write each number once")
    return tuple(
        ParcelDraft(carrier=carrier, tracking_number=number, promised_on=promise, shipped_on=ship)
        for carrier, number, promise, ship in zip(carriers, numbers, promised, shipped, strict=True)
    )


def read_payments(reading: Reading, row: Row, currency: str) -> tuple[PaymentDraft, ...]:
    count = parts_in(row, "payment_captured")
    if not count:
        for column in ("payment_reference", "payment_provider"):
            if row[column]:
                reading.wrong(row, "payment_captured", f"is empty beside {column}: write what was paid")
                break
        return ()
    captured = read_parts(reading, row, "payment_captured", cells.money, count, currency, empty=0)
    references = read_parts(reading, row, "payment_reference", cells.text, count, 120, empty="")
    providers = read_parts(reading, row, "payment_provider", cells.provider, count, empty="")
    payments = []
    for provider, reference, amount in zip(providers, references, captured, strict=True):
        known_to_stripe = bool(cells.STRIPE.fullmatch(reference))
        if provider == "stripe" and not known_to_stripe:
            reading.wrong(
                row, "payment_reference", "is not Stripe's: write the PaymentIntent, such as pi_3OqX7f2eZvKYlo2C"
            )
        payments.append(PaymentDraft(provider or ("stripe" if known_to_stripe else "other"), reference, amount))
    named = [payment.reference for payment in payments if payment.reference]
    if len(set(named)) < len(named):
        reading.wrong(row, "payment_reference", "names one payment twice: write each once")
    return tuple(payments)


def parts_in(row: Row, column: str) -> int:
    return row[column].count("|") + 1 if row[column] else 0


def read_parts(
    reading: Reading, row: Row, column: str, read: Callable[..., T], count: int, *how: Any, empty: T
) -> list[T]:
    """`count` values from a cell such as A|B; a single one holds for all."""
    if column not in row.cells:
        return [empty] * count
    parts = [part.strip() for part in row[column].split("|")]
    if len(parts) not in (1, count or 1):
        reading.wrong(row, column, f"holds {len(parts)} values: write one, or {count} divided by |")
        return [empty] * count
    values = [reading.read(row, column, part, read, *how, empty=empty) for part in parts]
    return values * count if len(values) == 1 else values


def settle(
    reading: Reading, draft: OrderDraft, lines: list[LineDraft], sums: list[Sums], order_discount: int | None
) -> OrderDraft | list[RowError]:
    """Say what was paid for each line, and whether the whole adds up."""
    first, currency = reading.rows[0], draft.currency
    if any(line.paid is not None for line in sums):
        paid = paid_as_written(reading, sums, currency, order_discount)
    else:
        paid = paid_after_discount(reading, sums, currency, order_discount or 0)
    if reading.errors:
        return reading.errors
    for row, line, share in zip(reading.rows, sums, paid, strict=True):
        if line.tax > share:
            reading.wrong(row, "line_tax", f"is more than the line's {like(share, currency)}: write the tax within it")
    if draft.delivery_tax > draft.delivery_paid:
        reading.wrong(first, "delivery_tax", "is more than delivery_paid: write the tax within it")
    total, captured = sum(paid) + draft.delivery_paid, sum(payment.captured for payment in draft.payments)
    if draft.payments and captured != total:
        reading.wrong(
            first,
            "payment_captured",
            f"is {like(captured, currency)}, lines and delivery come to {like(total, currency)}: make them agree",
        )
    if reading.errors:
        return reading.errors
    return replace(
        draft,
        order_discount=sum(line.due for line in sums) - sum(paid),
        lines=tuple(replace(line, paid=share) for line, share in zip(lines, paid, strict=True)),
    )


def paid_after_discount(reading: Reading, sums: list[Sums], currency: str, order_discount: int) -> list[int]:
    """R1: the order's discount falls on the lines by their totals, largest remainder."""
    worth = [line.worth for line in sums]
    if order_discount > sum(worth):
        reading.wrong(
            reading.rows[0],
            "order_discount",
            f"is more than the lines cost: write at most {like(sum(worth), currency)}",
        )
        return [line.due for line in sums]
    return [line.due - share for line, share in zip(sums, shares(order_discount, worth), strict=True)]


def paid_as_written(reading: Reading, sums: list[Sums], currency: str, order_discount: int | None) -> list[int]:
    paid = []
    for row, line in zip(reading.rows, sums, strict=True):
        if line.paid is None:
            reading.wrong(row, "line_paid", "is empty here and filled on other rows: fill it on all rows or on none")
        elif line.paid > line.due:
            reading.wrong(row, "line_paid", f"is more than the line costs: write at most {like(line.due, currency)}")
        paid.append(line.paid or 0)
    implied = sum(line.due for line in sums) - sum(paid)
    if not reading.errors and order_discount is not None and implied != order_discount:
        reading.wrong(
            reading.rows[0],
            "order_discount",
            f"is {like(order_discount, currency)}, line_paid leaves {like(implied, currency)}: make them agree",
        )
    return paid
