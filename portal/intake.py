"""Files come in: many drafts, a chunk at a time, each chunk in one transaction, in flat memory."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import transaction

from customers.models import Shop
from orders import actions as orders
from orders.stores.base import Defaults, OrderDraft, RowError, StockDraft
from orders.stores.errors import StoreError
from shipments.actions import expect

CHUNK = 500

Tell = Callable[[RowError], None]


@dataclass
class Report:
    """How many orders were new, known and refused, and how many parcels were new.

    Of stock: `new` variants were new or changed. `broken` says why the rest of the file could not be read.
    """

    new: int = 0
    known: int = 0
    refused: int = 0
    parcels: int = 0
    broken: str = ""


def defaults_of(shop: Shop) -> Defaults:
    """What this shop means by an empty cell."""
    return Defaults(
        language=shop.language,
        currency=shop.currency,
        country=shop.country,
        time_zone=shop.time_zone,
    )


def take_in_orders(shop: Shop, drafts: Iterable[OrderDraft | list[RowError]], *, by: str, tell: Tell) -> Report:
    """Bring orders and their parcels in. `tell` hears each mistake as it is found, none is kept.

    Known orders stay as they are; parcels that are new to them are added. When the file breaks off, the whole orders
    above that place are in.
    """
    report = Report()
    chunk: list[OrderDraft] = []
    try:
        for draft in drafts:
            if isinstance(draft, list):
                report.refused += 1
                _tell_all(draft, tell)
                continue
            chunk.append(draft)
            if len(chunk) >= CHUNK:
                _take_chunk(shop, chunk, report, by=by, tell=tell)
                chunk = []
    except StoreError as error:
        report.broken = error.message
    _take_chunk(shop, chunk, report, by=by, tell=tell)
    return report


def _take_chunk(shop: Shop, chunk: list[OrderDraft], report: Report, *, by: str, tell: Tell) -> None:
    if not chunk:
        return
    with transaction.atomic():
        intake = orders.take_in(shop, chunk, by=by)
        parcels = expect([(order, draft.parcels) for order, draft in intake.new + intake.known])
    report.new += len(intake.new)
    report.known += len(intake.known)
    report.refused += len(intake.refused)
    report.parcels += parcels
    _tell_all(intake.refused, tell)


def take_in_stock(shop: Shop, drafts: Iterable[StockDraft | RowError], *, tell: Tell) -> Report:
    """Write the shelf as the file has it. `tell` hears each mistake as it is found."""
    report = Report()
    chunk: list[StockDraft] = []
    bad_rows: set[int] = set()
    try:
        for draft in drafts:
            if isinstance(draft, RowError):
                report.refused += draft.row not in bad_rows
                bad_rows = {draft.row}  # a row's mistakes stand together
                tell(draft)
                continue
            chunk.append(draft)
            if len(chunk) >= CHUNK:
                _shelve_chunk(shop, chunk, report)
                chunk = []
    except StoreError as error:
        report.broken = error.message
    _shelve_chunk(shop, chunk, report)
    return report


def _shelve_chunk(shop: Shop, chunk: list[StockDraft], report: Report) -> None:
    changed = orders.put_on_shelf(shop, chunk)
    report.new += changed
    report.known += len(chunk) - changed


def _tell_all(errors: Iterable[RowError], tell: Tell) -> None:
    for error in errors:
        tell(error)
