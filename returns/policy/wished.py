"""What the rules look at: one line of a request with the facts around it. Plain values, no model."""

from dataclasses import dataclass
from datetime import date

from returns.kinds import Reason, Wish

FAULTS = (Reason.DAMAGED, Reason.FAULTY, Reason.WRONG_ITEM, Reason.MISSING, Reason.TOO_LATE)
NO_FAULT = (Reason.WRONG_SIZE, Reason.STYLE, Reason.CHANGED_MIND, Reason.OTHER)
# What is wrong with the goods themselves; the guarantee answers for it. Too late is a fault of the shop, not of these.
NOT_IN_ORDER = (Reason.DAMAGED, Reason.FAULTY, Reason.WRONG_ITEM, Reason.MISSING, Reason.STYLE)
NOTHING_TO_SEND = (Wish.REDUCTION, Wish.DELIVERY, Wish.PART)


@dataclass(frozen=True, slots=True)
class Past:
    """What we have been through with this customer before the day she asks.

    `returns` are her cases of the last 90 days, this one left out; `missing` how often she reported something missing
    in a year; `orders` all she placed until then, this one included; `countries` where the earlier ones went.
    """

    returns: int = 0
    missing: int = 0
    orders: int = 1
    countries: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wished:
    """`value` is what was paid for these units, in the smallest unit of `currency`. `today` is the day it is asked.

    `wish` empty: not asked yet. `differs`: a style that is not as pictured. `arrived` False: it is not here yet.
    `repaired`: an earlier fault of it was repaired. `withdrawn_on`: the day a statement of withdrawal came.
    `kept_before`: what was paid for units of this line that earlier cases left with her for all of their money.
    """

    reason: str
    product_group: str
    country: str
    currency: str
    value: int
    delivered_on: date | None
    today: date
    has_photo: bool
    wish: str = ""
    quantity: int = 1
    line: int = 1
    placed_on: date | None = None
    differs: bool | None = None
    unsafe: bool = False
    arrived: bool | None = None
    repaired: bool = False
    withdrawn_on: date | None = None
    kept_before: int = 0
    tags: frozenset[str] = frozenset()
    past: Past = Past()

    @property
    def price(self) -> int:
        """What one unit cost, rounded down."""
        return self.value // self.quantity

    @property
    def days(self) -> int:
        """Since the last good of the order came; 0 while it is under way."""
        return (self.today - self.delivered_on).days if self.delivered_on else 0

    @property
    def is_fault(self) -> bool:
        """The shop, the maker or the carrier did something wrong. Who gives no reason finds no fault."""
        return bool(self.differs) if self.reason == Reason.STYLE else self.reason in FAULTS
