"""Is it open now, and until when? Pure: a place, a moment, and the days on which its usual hours may not hold."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from .base import DropOff, Hours

AHEAD = 14  # days that are looked at; what stays closed for longer is of no use now
LAST_MINUTE = time(23, 59)  # how some write midnight at the end of a day
A_DAY = timedelta(days=1)
Span = tuple[datetime, datetime]


class Now(StrEnum):
    ALWAYS = "always"
    OPEN = "open"
    CLOSED = "closed"
    HOLIDAY = "holiday"  # it may be closed; the carrier does not say
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Opening:
    """`at` comes in the place's own zone. Open: until when. Closed: when it opens, None: not within AHEAD."""

    now: Now
    at: datetime | None = None


def opening(place: DropOff, now: datetime, holidays: Collection[date] = ()) -> Opening:
    """How it stands at `now`, which has a zone. Nothing is promised for `holidays`, but by what never closes."""
    if place.hours is None or place.zone is None:
        return Opening(Now.UNKNOWN)
    today = now.astimezone(place.zone).date()
    shut = {day for day in _days(today) if any(first <= day <= last for first, last in place.closed)}
    if not shut and _whole_days(place.hours) == set(range(7)):
        return Opening(Now.ALWAYS)
    if today in holidays and today not in shut and any(row.weekday == today.weekday() for row in place.hours):
        return Opening(Now.HOLIDAY)
    for begins, ends in _joined(_spans(place.hours, place.zone, today, shut | set(holidays))):
        if now < ends:
            at = ends if begins <= now else begins
            return Opening(Now.OPEN if begins <= now else Now.CLOSED, at.astimezone(place.zone))
    return Opening(Now.CLOSED)


def _days(today: date) -> list[date]:
    """From yesterday on: what opened then may be open past midnight."""
    return [today + count * A_DAY for count in range(-1, AHEAD + 1)]


def _whole_days(hours: Collection[Hours]) -> set[int]:
    return {row.weekday for row in hours if row.opens == time() and _ends_the_day(row.closes)}


def _ends_the_day(closes: time) -> bool:
    return closes == time() or closes >= LAST_MINUTE


def _spans(hours: Collection[Hours], zone: ZoneInfo, today: date, shut: Collection[date]) -> Iterator[Span]:
    for day in _days(today):
        for row in hours:
            if row.weekday == day.weekday() and day not in shut:
                begins, ends = _moment(day, row.opens, zone), _closing(day, row, zone, shut)
                if begins < ends:  # an hour that the clocks skip is none
                    yield begins, ends


def _closing(day: date, row: Hours, zone: ZoneInfo, shut: Collection[date]) -> datetime:
    if row.closes > row.opens and not _ends_the_day(row.closes):
        return _moment(day, row.closes, zone)
    morrow = day + A_DAY
    return _moment(morrow, time() if _ends_the_day(row.closes) or morrow in shut else row.closes, zone)


def _joined(spans: Iterator[Span]) -> list[Span]:
    """In order; those that touch are one."""
    joined: list[Span] = []
    for begins, ends in sorted(spans):
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((begins, ends))
    return joined


def _moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    # In UTC: two times of one zone are compared by the clock on the wall, which goes back once a year.
    return datetime.combine(day, clock, zone).astimezone(UTC)
