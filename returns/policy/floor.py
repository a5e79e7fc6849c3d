"""What the law makes of an answer. The outcome is put right with it, and a shop's rules are refused by it: one address
for what lessens a right."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from returns.kinds import Kind, Reason, Wish
from returns.policy.law import WITHDRAWAL_DAYS, guarantee_years, regime
from returns.policy.matrix import ASK, CUSTOMER, NEVER, NO, SHOP, YES
from returns.policy.wished import NOT_IN_ORDER


@dataclass(frozen=True, slots=True)
class Ground:
    """On what the customer stands."""

    kind: str
    reason: str
    country: str
    repaired: bool = False

    @property
    def protected(self) -> bool:
        return self.kind in (Kind.WITHDRAWAL, Kind.CLAIM) and regime(self.country) in ("EU", "GB")


Lawful = tuple[Any, str]  # the value as the law lets it stand, and the right that changed it


def lawful(key: str, value: Any, ground: Ground) -> Lawful:
    """The answer as the law lets it stand; the same, and no right, where it has nothing to say."""
    if key not in FLOORS or not ground.protected:
        return value, ""
    return FLOORS[key](value, ground)


def _answer(value: str, ground: Ground) -> Lawful:
    if ground.kind == Kind.WITHDRAWAL:
        return YES, "" if value == YES else "no_reason"
    if value != NO:
        return value, ""
    return ASK, "too_late" if ground.reason == Reason.TOO_LATE else "guarantee"


def _photo(value: str, ground: Ground) -> Lawful:
    if ground.kind == Kind.WITHDRAWAL and value != NEVER:
        return NEVER, "no_reason"
    return value, ""


def _fee(value: int, ground: Ground) -> Lawful:
    right = "no_fee" if ground.kind == Kind.WITHDRAWAL else "no_charge"
    return 0, right if value else ""


def _way_back(value: str, ground: Ground) -> Lawful:
    if ground.kind == Kind.CLAIM and value == CUSTOMER:
        return SHOP, "no_charge"
    return value, ""


def _window(value: int | None, ground: Ground) -> Lawful:
    if value is None:
        return None, ""
    if ground.kind == Kind.CLAIM and ground.reason in NOT_IN_ORDER:
        least, right = guarantee_days(ground.country), "guarantee"
    else:
        least, right = WITHDRAWAL_DAYS, "window"
    return max(value, least), right if value < least else ""


def guarantee_days(country: str) -> int:
    """As many days as the years of the guarantee can have."""
    years = guarantee_years(country)
    return 365 * years + 1


def _offers(value: list[str], ground: Ground) -> Lawful:
    if ground.kind == Kind.WITHDRAWAL:
        first = ground.reason == Reason.CHANGED_MIND
        return _with_money(value, first=first, right="money")
    if ground.reason == Reason.TOO_LATE:
        return _with_money(value, first=False, right="too_late")
    if ground.repaired:
        return _with_money(value, first=False, right="remedies")
    cures = {Wish.PART, Wish.SWAP} if ground.reason == Reason.MISSING else {Wish.SWAP, Wish.REPAIR}
    if cures.isdisjoint(value):
        return [Wish.PART if ground.reason == Reason.MISSING else Wish.SWAP, *value], "remedies"
    return value, ""


def _with_money(value: list[str], *, first: bool, right: str) -> Lawful:
    if Wish.MONEY in value and (not first or value[0] == Wish.MONEY):
        return value, ""
    rest = [wish for wish in value if wish != Wish.MONEY]
    return ([Wish.MONEY, *rest] if first else [*rest, Wish.MONEY]), right


FLOORS: dict[str, Callable[[Any, Ground], Lawful]] = {
    "answer": _answer,
    "photo": _photo,
    "fee_percent": _fee,
    "way_back": _way_back,
    "window_days": _window,
    "offers": _offers,
}
