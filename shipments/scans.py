"""Scans as rows: what of an answer is new, and one INSERT for all of it.

Written by hand, because this is where a worker spends its time: the ORM takes three times as long for the same rows.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import Any, NamedTuple

from django.db import connection

from carriers.base import Scan
from carriers.errors import keepable
from shipments.models import Shipment, TrackingEvent

DEEPEST = 20  # lists in lists of a scan as it came
ROWS = 500  # an INSERT


class Row(NamedTuple):
    """One line of TrackingEvent, its columns in this order."""

    shipment_id: int
    at: datetime
    code: str
    status: str
    sub_status: str
    text: str
    place: str
    local_time: str
    zone_from: str
    raw: Any


Known = dict[tuple[datetime, str], Row | TrackingEvent]


def merge(shipment: Shipment, known: Known, scans: Iterable[Scan]) -> list[Row]:
    """Put the scans among those that are known; returns those to be written.

    A word that we have learned since then moves the scan that was stored without it.
    """
    news = []
    for scan in scans:
        at = scan.at.astimezone(UTC)  # in the hour that the clock repeats, times of two zones are never equal
        code = keepable(scan.code)[:100]
        old = known.get((at, code))
        if old is None or (old.status, old.sub_status) != (scan.status, scan.sub_status):
            known[at, code] = row = _row(shipment, scan, at, code)
            news.append(row)
    return news


def _row(shipment: Shipment, scan: Scan, at: datetime, code: str) -> Row:
    return Row(
        shipment_id=shipment.pk,
        at=at,
        code=code,
        status=str(scan.status),
        sub_status=str(scan.sub_status),
        text=keepable(scan.text)[:500],
        place=keepable(scan.place)[:200],
        local_time=scan.local,
        zone_from=str(scan.zone_from),
        raw=_clean(scan.raw),
    )


def _clean(said: Any, depth: int = 0) -> Any:
    """What a carrier sent, as both databases keep it: no NUL, no half characters, no infinity, not endlessly deep."""
    if isinstance(said, str):
        return keepable(said)
    if isinstance(said, dict | list) and depth > DEEPEST:
        return None
    if isinstance(said, dict):
        return {keepable(str(name)): _clean(value, depth + 1) for name, value in said.items()}
    if isinstance(said, list):
        return [_clean(value, depth + 1) for value in said]
    return None if isinstance(said, float) and not isfinite(said) else said


def write(rows: Sequence[Row]) -> None:
    """Each once: the keys (shipment, time, code) must differ, or PostgreSQL refuses the statement."""
    columns, place = ", ".join(Row._fields), f"({', '.join(['%s'] * len(Row._fields))})"
    with connection.cursor() as cursor:
        for start in range(0, len(rows), ROWS):
            some = rows[start : start + ROWS]
            cursor.execute(
                f"INSERT INTO {TrackingEvent._meta.db_table} ({columns}) VALUES {', '.join([place] * len(some))} "  # noqa: S608 - names of ours
                "ON CONFLICT (shipment_id, at, code) DO UPDATE"
                " SET status = excluded.status, sub_status = excluded.sub_status",
                [value for row in some for value in _adapted(row)],
            )


def _adapted(row: Row) -> tuple:
    """As the database wants times and JSON."""
    shipment, at, *words, raw = row
    time, json = connection.ops.adapt_datetimefield_value, connection.ops.adapt_json_value
    return (shipment, time(at), *words, json(raw, None))
