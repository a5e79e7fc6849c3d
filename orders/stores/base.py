"""Our words for what a shop system tells us: plain data, sums in the smallest unit of the currency."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

LANGUAGES = ("en", "de", "el", "vi")
PRODUCT_GROUPS = (
    "normal",
    "hygiene",
    "perishable",
    "bulky",
    "made_to_order",
    "digital",
    "dangerous",
    "high_value",
)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a shop means when a cell is empty."""

    language: str
    currency: str
    country: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Address:
    name: str
    street: str
    street2: str
    postcode: str
    city: str
    region: str
    country: str


@dataclass(frozen=True, slots=True)
class LineDraft:
    """`discount` is the line's own; `paid` holds tax and is what is left after every discount."""

    sku: str
    title: str
    options: dict[str, str]
    product_group: str
    quantity: int
    unit_price: int
    discount: int
    paid: int
    tax: int
    picture: str
    weight_g: int | None = None  # of one unit


@dataclass(frozen=True, slots=True)
class ParcelDraft:
    carrier: str  # the shop's short name for it, "" when the file does not say
    tracking_number: str
    promised_on: date | None
    shipped_on: date | None


@dataclass(frozen=True, slots=True)
class PaymentDraft:
    provider: str
    reference: str
    captured: int


@dataclass(frozen=True, slots=True)
class OrderDraft:
    number: str
    placed_at: datetime
    email: str
    name: str
    phone: str
    language: str
    currency: str
    address: Address
    delivery_paid: int
    delivery_standard: int
    delivery_tax: int
    order_discount: int
    lines: tuple[LineDraft, ...]
    payments: tuple[PaymentDraft, ...]
    parcels: tuple[ParcelDraft, ...]
    first_row: int
    last_row: int

    @property
    def digest(self) -> str:
        """Equal for the same purchase: where it stood in the file and how it travels do not count."""
        facts = plain(self)
        for not_bought in ("parcels", "first_row", "last_row"):
            del facts[not_bought]
        facts["lines"] = [
            {name: value for name, value in plain(line).items() if name != "weight_g"} for line in self.lines
        ]
        text = json.dumps(facts, default=plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class StockDraft:
    sku: str
    product: str
    size: str
    colour: str
    price: int
    currency: str
    on_hand: int
    picture: str
    row: int


@dataclass(frozen=True, slots=True)
class RowError:
    """`row` is the line in the file as an editor counts it, the header being line 1."""

    row: int
    column: str
    message: str
    order: str


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return {name: getattr(value, name) for name in value.__slots__}
