"""What replies have in common: lists that are none, and one broken entry among good ones."""

from collections.abc import Callable, Iterable
from typing import Any

from .base import Refusal, Reply, Scan, Tracked
from .errors import AccountRefused, BadRequest, CarrierDown
from .http import Answer

# What reading an entry of another shape than expected runs into.
BROKEN = (KeyError, IndexError, TypeError, ValueError, AttributeError, ArithmeticError)


def reply_to(ask: Callable[[], Answer], read: Callable[[bytes], Reply]) -> Reply:
    """The reply, also where the carrier says with a 4xx that it has nothing, or whose fault it is.

    A no that `read` does not understand stays the error it is.
    """
    try:
        return read(ask().body)
    except (AccountRefused, BadRequest) as error:
        try:
            reply = read(error.raw.partition(" ")[2].encode())
        except CarrierDown:
            raise error from None
        vague = any(no.error is BadRequest and not no.number for no in reply.refusals)
        if not reply.refusals or (vague and isinstance(error, AccountRefused)):  # the status says more than the words
            raise
        return reply


GRAMS = {"g": 1, "gram": 1, "grams": 1, "kg": 1000, "kgs": 1000, "lb": 453.59237, "lbs": 453.59237, "oz": 28.349523125}


def grams(value: object, unit: object) -> int | None:
    """A weight in whole grams; None where it is none, or its unit is not known."""
    try:
        weight = round(float(str(value)) * GRAMS[str(unit).strip().lower()])
    except (KeyError, ValueError, OverflowError):
        return None
    return weight if 0 < weight < 2**31 else None


def listed(said: object) -> list:
    """Some answer with one object where they promise a list, and with null where it is empty."""
    if said is None:
        return []
    return said if isinstance(said, list) else [said]


def scans_of(events: Iterable[Any], to_scan: Callable[[Any], Scan], *, newest_first: bool = False) -> list[Scan]:
    """Oldest first, also those of one second: `newest_first` says how the carrier lists its events.

    An event that nobody can place in time is left out; it must not take its parcel with it.
    """
    scans = []
    for event in events:
        try:
            scans.append(to_scan(event))
        except BROKEN:
            continue
    if newest_first:
        scans.reverse()
    return sorted(scans, key=lambda scan: scan.at)


def untold(now: Any, told: list[Scan], to_scan: Callable[[Any], Scan]) -> list[Scan]:
    """A current status as a scan, where it is news: neither the time nor the words of a scan that is there.

    Its clock is compared as well as its instant: some replies write one time with an offset here and without there.
    """
    times = {scan.at for scan in told} | {scan.local for scan in told}
    words = {(scan.code, scan.text) for scan in told}
    return [
        scan
        for scan in scans_of([now], to_scan)
        if scan.code and not times & {scan.at, scan.local} and (scan.code, scan.text) not in words
    ]


def parcels_of(
    entries: Iterable[Any], to_parcel: Callable[[Any], Tracked], number_of: Callable[[Any], str], asked: str = ""
) -> Reply:
    """Every entry read for itself: a broken one becomes a refusal of its number, and the others stay."""
    reply = Reply()
    for entry in entries:
        try:
            reply.parcels.append(to_parcel(entry))
        except BROKEN as error:
            number = _number(entry, number_of) or asked
            reply.refusals.append(Refusal("unreadable", f"{type(error).__name__} in the reply", CarrierDown, number))
    return reply


def _number(entry: Any, number_of: Callable[[Any], str]) -> str:
    try:
        return number_of(entry)
    except BROKEN:
        return ""
