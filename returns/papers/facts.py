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
    """One box. An address has at most five lines.

    `symbology` names a code of `codes.SYMBOLOGIES`; `bars` is what it holds when that is not the tracking number.
    """

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


# --- the file of a dispute --------------------------------------------------------------------------------------
#
# Times are aware and shown in the zone of `made_at`; sums are integers of the currency's smallest unit. Codes of ours
# (verbs, states, reasons) come as the words in which people read them.


@dataclass(frozen=True, slots=True)
class Bought:
    """A line of the order."""

    quantity: int
    title: str
    detail: str
    paid: int


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment, and what of it has been reserved for refunds or refunded elsewhere."""

    provider: str
    reference: str
    captured: int
    back: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of the case: what was asked for, and what became of it."""

    title: str
    requested: int
    approved: int
    received: int
    accepted: int
    settled: int
    ground: str
    reason: str
    wish: str
    words: str


@dataclass(frozen=True, slots=True)
class Happened:
    """A line of the timeline: as it is kept (`line`, plain JSON, what the chain holds), and as people read it."""

    at: datetime
    by: str
    said: str
    line: dict
    decision: str | None = None  # when somebody decided something: why, in their words ("" without a word)


@dataclass(frozen=True, slots=True)
class Scanned:
    at: datetime
    parcel: str
    back: bool
    said: str
    theirs: str  # the carrier's own words
    place: str


@dataclass(frozen=True, slots=True)
class Written:
    """A letter that we sent, or did not."""

    at: datetime
    subject: str
    to: str
    state: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Pictured:
    """`file` is None when the picture's time was over and it is gone."""

    at: datetime
    bench: bool
    title: str
    file: bytes | None


@dataclass(frozen=True, slots=True)
class GivenBack:
    at: datetime
    amount: int
    currency: str
    state: str
    reference: str
    by: str
    rows: tuple[tuple[str, int, int], ...]  # what for, units, sum


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    language: str
    shop_name: str
    shop_address: tuple[str, ...]
    number: str
    order_number: str
    made_at: datetime
    currency: str
    customer: str
    email: str
    address: tuple[str, ...]
    placed_at: datetime
    state: str
    delivery_paid: int
    bought: tuple[Bought, ...]
    paid: tuple[Paid, ...]
    asked: tuple[Asked, ...]
    timeline: tuple[Happened, ...]
    scans: tuple[Scanned, ...]
    letters: tuple[Written, ...]
    pictures: tuple[Pictured, ...]
    refunds: tuple[GivenBack, ...]


# --- credit note ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CreditRow:
    """`amount` holds `tax`; both are below zero where something is taken off, or where the note cancels another one."""

    name: str
    why: str
    units: int
    amount: int
    tax: int


@dataclass(frozen=True, slots=True)
class CreditNoteFacts:
    """Sums are integers of the currency's smallest unit, as they were kept with the refund: nothing is added up here.

    `payments`: how it went, the provider's name of the payment, the sum. `cancels`: the number of the note whose
    figures this one takes off again.
    """

    language: str
    shop_name: str
    shop_address: tuple[str, ...]
    number: int
    return_number: str
    order_number: str
    ordered_on: date
    written_on: date
    buyer: tuple[str, ...]
    currency: str
    rows: tuple[CreditRow, ...]
    total: int
    tax: int
    payments: tuple[tuple[str, str, int], ...]
    cancels: int | None = None
