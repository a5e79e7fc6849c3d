"""What our papers are told. No price, email or phone belongs to what stands on the outside of a box."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class LabelLine:
    quantity: int
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """One box. `bars` is what its bar code holds when that is not the tracking number; see `codes.bars`."""

    language: str
    shop_name: str
    number: str
    parcel: int
    parcels: int
    carrier: str
    tracking_number: str
    routing: str
    receiver: tuple[str, ...]
    sender: tuple[str, ...]
    send_by: date
    lines: tuple[LabelLine, ...]
    code: str
    drawn: bytes | None = None  # the label as the carrier drew it
    drawn_type: str = ""
    code_drawn: bytes | None = None  # the code that needs no printer as the carrier drew it, PNG
    symbology: str = "code128"
    bars: str = ""


@dataclass(frozen=True, slots=True)
class AcknowledgementFacts:
    """A withdrawal as it was stated: everything but `number`, the days and the shop is what was typed.

    `received_at` is in the zone it is shown in. `items` empty means the whole order. `next_steps` are sentences of the
    caller, shown after our own.
    """

    language: str
    shop_name: str
    shop_address: tuple[str, ...]
    number: str
    name: str
    contract: str
    items: tuple[str, ...]
    email: str
    received_at: datetime
    statement: str
    send_by: date | None = None
    money_by: date | None = None
    next_steps: tuple[str, ...] = ()
