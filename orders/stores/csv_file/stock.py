"""The list of what can be given in exchange: one row a variant."""

from collections.abc import Iterator
from typing import TextIO

from ..base import Defaults, RowError, StockDraft
from . import cells
from .orders import column_name
from .table import Reading, Row, Table

NEEDED = ("sku", "product", "price", "on_hand")
KNOWN = (*NEEDED, "size", "colour", "currency", "picture")


def read_stock(stream: TextIO, *, defaults: Defaults) -> Iterator[StockDraft | RowError]:
    """Read the file row by row: a draft, or each thing that is wrong with the row.

    Raises StoreError when the file itself cannot be read.
    """
    table = Table(stream, needed=NEEDED, known=KNOWN, rename=column_name)
    return (item for row in table for item in read_row(row, defaults))


def read_row(row: Row, defaults: Defaults) -> list[StockDraft | RowError]:
    reading = Reading("")
    reading.add(row)
    take = reading.take
    currency = take(row, "currency", cells.currency, empty=defaults.currency)
    draft = StockDraft(
        sku=take(row, "sku", cells.text, 64, empty="", needed=True),
        product=take(row, "product", cells.text, 300, empty="", needed=True),
        size=take(row, "size", cells.text, 40, empty=""),
        colour=take(row, "colour", cells.text, 60, empty=""),
        price=take(row, "price", cells.money, currency, empty=0, needed=True),
        currency=currency,
        on_hand=take(row, "on_hand", cells.on_hand, empty=0, needed=True),
        picture=take(row, "picture", cells.picture, empty=""),
        row=row.line,
    )
    return [*reading.errors] if reading.errors else [draft]
