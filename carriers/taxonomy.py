"""What many scans add up to: one status, the same for the same scans in whatever order they came."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol, TypeVar

from .base import Status, SubStatus

log = logging.getLogger("carriers")

Meaning = tuple[Status, str]

# Somebody typed something. It stands before the parcel's first scan, and moves nothing after it.
DATA: Meaning = (Status.PRE_TRANSIT, SubStatus.DATA_ONLY)


def grouped(*groups: tuple[Meaning, str]) -> dict[str, Meaning]:
    """A long table by meaning: every code of the blank-separated ones means what stands before them."""
    table: dict[str, Meaning] = {}
    for meant, codes in groups:
        for code in codes.split():
            if code in table:
                raise ValueError(f"{code} stands in the table twice")
            table[code] = meant
    return table


# Scans of one second are read in this order, however they came in.
RANK = {
    status: place
    for place, status in enumerate(
        [
            Status.PRE_TRANSIT,
            Status.ACCEPTED,
            Status.IN_TRANSIT,
            Status.EXCEPTION,
            Status.OUT_FOR_DELIVERY,
            Status.ATTEMPTED,
            Status.AVAILABLE_FOR_PICKUP,
            Status.DELIVERED,
            Status.RETURNING,
            Status.RETURNED,
            Status.CANCELLED,
            Status.UNKNOWN,
        ]
    )
}
# What has ended stays ended, but a delivered parcel may still go back; on its way back it is nowhere else.
ONLY_THEN = {
    Status.DELIVERED: {Status.DELIVERED, Status.RETURNING, Status.RETURNED},
    Status.RETURNING: {Status.RETURNING, Status.RETURNED, Status.DELIVERED},
    Status.RETURNED: {Status.RETURNED},
    Status.CANCELLED: {Status.CANCELLED},
}
# Somebody has to do something, or it goes back.
ACT_ON = {
    SubStatus.INCORRECT_ADDRESS,
    SubStatus.ACCESS_PROBLEM,
    SubStatus.COD_NOT_PAID,
    SubStatus.CUSTOMS_DUTIES_DUE,
    SubStatus.DOCUMENTS_MISSING,
}
UNDER_WAY_OPEN = {Status.PRE_TRANSIT, Status.ACCEPTED, Status.IN_TRANSIT, Status.EXCEPTION, Status.ATTEMPTED}


class ScanLike(Protocol):
    """A Scan, or the row it became."""

    @property
    def at(self) -> datetime: ...
    @property
    def status(self) -> str: ...
    @property
    def sub_status(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def text(self) -> str: ...


AnyScan = TypeVar("AnyScan", bound=ScanLike)


def understood(scans: Iterable[AnyScan]) -> list[AnyScan]:
    """The scans that moved the parcel, oldest first.

    A word we do not know moves nothing, nor does mere data once the parcel has been seen. A scan that takes back the
    one before it leaves the parcel where it was.
    """
    path: list[AnyScan] = []
    for scan in sorted(scans, key=lambda row: (row.at, RANK[Status(row.status)], row.code, row.text)):
        if scan.sub_status == SubStatus.UNDONE:
            path = path[:-1]
            continue
        now = Status(path[-1].status) if path else Status.PRE_TRANSIT
        only_data = scan.sub_status == SubStatus.DATA_ONLY and now != Status.PRE_TRANSIT
        if scan.status != Status.UNKNOWN and not only_data and (now not in ONLY_THEN or scan.status in ONLY_THEN[now]):
            path.append(scan)
    return path


def needs_action(status: str, sub_status: str) -> bool:
    """Whether somebody outside the carrier must act: fetch it, pay, correct an address, send papers."""
    if status == Status.AVAILABLE_FOR_PICKUP:
        return True
    return status in UNDER_WAY_OPEN and sub_status in ACT_ON


_told: set[tuple[str, str]] = set()


def meaning(carrier: str, words: Mapping[str, Meaning], code: str) -> Meaning:
    """What their code means. One we do not know is UNKNOWN, never a guess, and is logged once a process.

    The log carries a line to paste into the carrier's table, and never the text: it may hold a name.
    """
    if code in words:
        return words[code]
    if (carrier, code) not in _told and len(_told) < 1000:  # a carrier gone mad must not eat our memory
        _told.add((carrier, code))
        log.warning('%s: a code we do not know. Its line for the table: %r: (Status.UNKNOWN, ""),', carrier, code[:100])
    return Status.UNKNOWN, ""
