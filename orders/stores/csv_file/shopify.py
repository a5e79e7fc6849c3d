"""Shopify's own order export, as it comes.

One row a line; what belongs to the order stands on its first row only. Postcodes may begin with an apostrophe, which
keeps spreadsheets from eating zeros. `Subtotal` is what the lines cost after every discount. Whether tax is within it
or on top is nowhere said: only `Total` tells. Tracking numbers are not in this export.
https://help.shopify.com/en/manual/fulfillment/managing-orders/exporting-orders
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TextIO
from zoneinfo import ZoneInfo

from ..base import Address, Defaults, LineDraft, OrderDraft, PaymentDraft, RowError
from ..money import exponent, like, shares
from . import cells
from .table import Reading, Row, Table, orders_of
from .taxes import Tax, rate_in, split_tax

NEEDED = (
    *("Name", "Email", "Currency", "Subtotal", "Shipping", "Taxes", "Total", "Created at"),
    *("Lineitem quantity", "Lineitem name", "Lineitem price"),
)
NO_TIME = datetime(1990, 1, 1, tzinfo=UTC)
PAID = ("paid", "partially_refunded", "refunded")
SIZE = re.compile(
    r"[2-6]?X{0,4}[SL]|[2-6]XL|M|one size"
    r"|(?:(?:EU|UK|US)\s?)?[0-9]{1,3}(?:[.,/][0-9]{1,2})?(?:\s?(?:cm|ml|l|g|kg|EU|UK|US))?",
    re.IGNORECASE,
)
ELSEWHERE = "import this order with Homeward's own columns"


@dataclass(slots=True)
class Sums:
    """One line's figures as its row gives them."""

    price: int
    quantity: int
    discount: int
    taxable: bool

    @property
    def worth(self) -> int:
        return self.price * self.quantity - self.discount


@dataclass(slots=True)
class Paid:
    """What was paid for each line and for delivery, tax within."""

    lines: list[int]
    line_taxes: list[int]
    delivery: int
    delivery_tax: int
    order_discount: int

    @property
    def total(self) -> int:
        return sum(self.lines) + self.delivery


class Unclear(Exception):
    """The order's sums do not tell what was paid for what."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column
        self.message = message


def read_orders(stream: TextIO, *, defaults: Defaults) -> Iterator[OrderDraft | list[RowError]]:
    """Read the export order by order: a whole draft, or all that is wrong with it.

    Raises StoreError when the file itself cannot be read.
    """
    table = Table(stream, needed=NEEDED)
    return (read_order(reading, defaults) for reading in orders_of(table, "Name"))


def read_order(reading: Reading, defaults: Defaults) -> OrderDraft | list[RowError]:
    first, take = reading.rows[0], reading.take
    if first["Cancelled at"]:
        reading.wrong(first, "Cancelled at", "says that the order was cancelled: it is left out")
        return reading.errors
    currency = take(first, "Currency", cells.currency, empty=defaults.currency, needed=True)
    rows = [row for row in reading.rows if row["Lineitem name"] or row["Lineitem price"] or row is first]
    sums = [read_sums(reading, row, currency) for row in rows]
    number = take(first, "Name", cells.text, 64, empty="", needed=True)
    placed_at = take(first, "Created at", cells.moment, ZoneInfo(defaults.time_zone), empty=NO_TIME, needed=True)
    email = take(first, "Email", cells.email, empty="", needed=True)
    address = read_address(reading, first)
    paid = None if reading.errors else read_paid(reading, first, sums, currency)
    lines = [read_line(reading, row, line) for row, line in zip(rows, sums, strict=True)]
    payments = read_payments(reading, first, currency, paid.total) if paid else ()
    phone = read_phone(reading, first)
    if reading.errors or paid is None:
        return reading.errors
    return OrderDraft(
        number=number,
        placed_at=placed_at,
        email=email,
        name=address.name,
        phone=phone,
        language=defaults.language,
        currency=currency,
        address=address,
        delivery_paid=paid.delivery,
        delivery_standard=paid.delivery,
        delivery_tax=paid.delivery_tax,
        order_discount=paid.order_discount,
        lines=tuple(
            replace(line, paid=share, tax=tax)
            for line, share, tax in zip(lines, paid.lines, paid.line_taxes, strict=True)
        ),
        payments=payments,
        parcels=(),
        first_row=first.line,
        last_row=reading.last_row,
    )


def amount(raw: str, currency: str) -> int:
    """Shopify writes two decimals for every currency; zeros that the currency does not have are no mistake."""
    whole, point, decimals = raw.partition(".")
    places = exponent(currency)
    if point and len(decimals) > places and not decimals[places:].strip("0"):
        raw = whole + (point + decimals[:places] if places else "")
    return cells.money(raw, currency)


def read_sums(reading: Reading, row: Row, currency: str) -> Sums:
    take = reading.take
    before = len(reading.errors)
    sums = Sums(
        price=take(row, "Lineitem price", amount, currency, empty=0, needed=True),
        quantity=take(row, "Lineitem quantity", cells.quantity, empty=1, needed=True),
        discount=take(row, "Lineitem discount", amount, currency, empty=0),
        taxable=take(row, "Lineitem taxable", cells.flag, empty=True),
    )
    if len(reading.errors) == before and sums.worth < 0:
        reading.wrong(row, "Lineitem discount", f"is more than the line's {like(sums.price * sums.quantity, currency)}")
    return sums


def read_address(reading: Reading, row: Row) -> Address:
    """Where the order went; an order that needs no delivery has only the address of the bill."""
    take = reading.take
    side = "Shipping" if any(row[f"Shipping {part}"] for part in ("Name", "Address1", "Street", "City")) else "Billing"
    street = f"{side} Address1" if row[f"{side} Address1"] else f"{side} Street"
    company = take(row, f"{side} Company", cells.text, 100, empty="")
    second = (
        take(row, f"{side} Address2", cells.text, 200 - len(company), empty="") if street != f"{side} Street" else ""
    )
    return Address(
        name=take(row, f"{side} Name", cells.text, 200, empty="", needed=True),
        street=take(row, street, cells.text, 200, empty="", needed=True),
        street2=", ".join(part for part in (company, second) if part),
        postcode=take(row, f"{side} Zip", without_apostrophe, 16, empty=""),
        city=take(row, f"{side} City", cells.text, 100, empty=""),
        region=take(row, f"{side} Province", cells.text, 100, empty=""),
        country=take(row, f"{side} Country", cells.country, empty="", needed=True),
    )


def without_apostrophe(raw: str, most: int) -> str:
    return cells.text(raw.removeprefix("'").strip(), most)


def read_phone(reading: Reading, row: Row) -> str:
    for column in ("Phone", "Shipping Phone", "Billing Phone"):
        if row[column]:
            return reading.take(row, column, without_apostrophe, 32, empty="")
    return ""


def read_line(reading: Reading, row: Row, sums: Sums) -> LineDraft:
    """The line without what was paid for it: that comes when the whole order is known."""
    take = reading.take
    title, options = split_name(take(row, "Lineitem name", cells.text, 300, empty="", needed=True))
    return LineDraft(
        sku=take(row, "Lineitem sku", without_apostrophe, 64, empty=""),
        title=title,
        options=options,
        product_group="normal" if take(row, "Lineitem requires shipping", cells.flag, empty=True) else "digital",
        quantity=sums.quantity,
        unit_price=sums.price,
        discount=sums.discount,
        paid=0,
        tax=0,
        picture="",
    )


def split_name(name: str) -> tuple[str, dict[str, str]]:
    """Coat - M / Blue is a coat in size M and colour blue.

    A name may hold a dash of its own, so it is split only where a size or a second option shows that a variant follows.
    """
    title, dash, variant = name.rpartition(" - ")
    values = [value.strip() for value in variant.split(" / ")]
    size = next((value for value in values if SIZE.fullmatch(value)), "")
    if not dash or len(values) > 3 or not (size or len(values) > 1):
        return name, {}
    others = [value for value in values if value != size]
    options = {"size": size} if size else {}
    return title, options | dict(zip(("colour", "option"), others, strict=False))


def read_paid(reading: Reading, first: Row, sums: list[Sums], currency: str) -> Paid | None:
    """Divide what the order came to over its lines and its delivery, or note which sum does not fit."""
    columns = ("Subtotal", "Shipping", "Taxes", "Total", "Discount Amount", "Duties")
    figures = {column: reading.take(first, column, amount, currency, empty=0) for column in columns}
    taxes = read_taxes(reading, first, currency)
    if reading.errors:
        return None
    try:
        return divide(figures, taxes, sums, currency)
    except Unclear as why:
        reading.wrong(first, why.column, why.message)
        return None


def divide(figures: dict[str, int], taxes: list[Tax], sums: list[Sums], currency: str) -> Paid:
    if figures["Duties"]:
        raise Unclear("Duties", f"cannot be divided over the lines: {ELSEWHERE}")
    order_discount, off_delivery = discounts(figures, sums, currency)
    delivery, on_top = delivery_beside(figures, off_delivery, currency)
    parts = shares(order_discount, [line.worth for line in sums])
    worths = [line.worth - share for line, share in zip(sums, parts, strict=True)]
    taxed = [worth if line.taxable else 0 for line, worth in zip(sums, worths, strict=True)]
    split = split_tax(figures["Taxes"], taxes, [*taxed, delivery], included=not on_top)
    if split is None:
        have = like(figures["Taxes"], currency)
        raise Unclear("Taxes", f"are {have}; their names and values do not tell which line bore what: {ELSEWHERE}")
    *line_taxes, delivery_tax = split
    return Paid(
        lines=[worth + tax for worth, tax in zip(worths, line_taxes, strict=True)] if on_top else worths,
        line_taxes=line_taxes,
        delivery=delivery + delivery_tax if on_top else delivery,
        delivery_tax=delivery_tax,
        order_discount=order_discount,
    )


def discounts(figures: dict[str, int], sums: list[Sums], currency: str) -> tuple[int, int]:
    """What came off the lines beyond their own discounts, and what came off the delivery.

    `Discount Amount` counts every discount of the order; in some exports it leaves out those in `Lineitem discount`.
    """
    worth, own = sum(line.worth for line in sums), sum(line.discount for line in sums)
    counted, off_order = figures["Discount Amount"], worth - figures["Subtotal"]
    if off_order < 0 or (counted != off_order and counted < own + off_order):
        raise Unclear(
            "Subtotal",
            f"is {like(figures['Subtotal'], currency)}, the lines come to {like(worth, currency)} and Discount Amount "
            f"is {like(counted, currency)}: if the order was edited, {ELSEWHERE}",
        )
    return off_order, 0 if counted == off_order else counted - own - off_order


def delivery_beside(figures: dict[str, int], off_delivery: int, currency: str) -> tuple[int, bool]:
    """What delivery cost, and whether tax came on top: the one reading by which the sums come to `Total`."""
    shipping, tax = figures["Shipping"], figures["Taxes"]
    found = {
        (shipping - less, on_top and tax > 0)
        for less in {0, off_delivery}
        for on_top in (False, True)
        if less <= shipping and figures["Subtotal"] + shipping - less + tax * on_top == figures["Total"]
    }
    if len(found) != 1:
        total = like(figures["Total"], currency)
        raise Unclear("Total", f"is {total}; Subtotal, Shipping and Taxes do not come to it in one way: {ELSEWHERE}")
    return found.pop()


def read_taxes(reading: Reading, row: Row, currency: str) -> list[Tax]:
    """The taxes whose rate their name tells: Tax 1 Name, Tax 1 Value and so on to 5."""
    taxes = []
    for number in range(1, 6):
        value = reading.take(row, f"Tax {number} Value", amount, currency, empty=0)
        rate = rate_in(row[f"Tax {number} Name"])
        if value and rate:
            taxes.append(Tax(rate, value))
    return taxes


def read_payments(reading: Reading, row: Row, currency: str, total: int) -> tuple[PaymentDraft, ...]:
    """What was captured and is still with the shop. Only a PaymentIntent is a reference that Stripe knows."""
    if row["Financial Status"].lower() not in PAID:
        return ()
    refunded = reading.take(row, "Refunded Amount", amount, currency, empty=0)
    if refunded > total:
        reading.wrong(row, "Refunded Amount", f"is more than the order's {like(total, currency)}")
    column = "Payment Reference" if row["Payment Reference"] else "Payment References"
    reference = reading.take(row, column, cells.text, 120, empty="")
    by_stripe = re.fullmatch(r"pi_[A-Za-z0-9]+", reference)
    return (PaymentDraft("stripe" if by_stripe else "other", reference, total - refunded),)
