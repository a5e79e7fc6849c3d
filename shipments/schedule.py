"""When is the carrier asked again? Jitter everywhere, so that what was asked together parts again."""

import random
from datetime import datetime, timedelta

from carriers.base import Status
from carriers.errors import AccountRefused, BadRequest, CarrierError, NotOffered, RateLimited
from shipments.models import Shipment

LEASE = timedelta(seconds=240)  # a worker has a parcel to itself: longer than six rounds of the slowest answer
# By what is known now.
PAUSES = {
    Status.PRE_TRANSIT: timedelta(hours=6),
    Status.ACCEPTED: timedelta(hours=4),
    Status.IN_TRANSIT: timedelta(hours=4),
    Status.OUT_FOR_DELIVERY: timedelta(minutes=45),
    Status.ATTEMPTED: timedelta(hours=3),
    Status.AVAILABLE_FOR_PICKUP: timedelta(hours=12),
    Status.EXCEPTION: timedelta(hours=6),
    Status.RETURNING: timedelta(hours=12),
    Status.UNKNOWN: timedelta(hours=6),
}
ENDED = {Status.DELIVERED, Status.RETURNED, Status.CANCELLED}
CONFIRM_AFTER = timedelta(hours=24)
DAILY, RARELY = timedelta(hours=24), timedelta(days=3)
STILL_PACKING = timedelta(days=5)
QUIET = timedelta(days=14)
STALE = timedelta(days=30)
GIVE_UP = timedelta(days=90)
KNOCKING = timedelta(hours=48)  # a carrier that told us something by itself this lately will again

SECONDS_AFTER_A_FAILURE = (1, 4, 16)  # then minutes, doubling
LONGEST_PAUSE = 6 * 3600
LONGEST_WISH = 24 * 3600  # nobody is believed who says "next year"


def next_look(row: Shipment, now: datetime) -> datetime | None:
    """When to ask again; None when there is nothing more to learn."""
    since = row.last_scan_at or row.created_at
    if row.status in ENDED:
        return since + CONFIRM_AFTER if now < since + CONFIRM_AFTER else None
    quiet = now - since
    if quiet > GIVE_UP:
        return None
    pause = PAUSES[Status(row.status)]
    if quiet > STALE:
        pause = RARELY
    elif quiet > QUIET or (row.status == Status.PRE_TRANSIT and quiet > STILL_PACKING):
        pause = DAILY
    if row.knocked_at and now - row.knocked_at < KNOCKING:
        pause = max(pause, DAILY)  # asking is only the safety net
    return now + shaken(pause)


def pause_after(error: CarrierError, failures: int) -> timedelta | None:
    """How long to wait after the `failures`-th look in a row that failed; None = do not ask again."""
    if isinstance(error, NotOffered):
        return None
    if isinstance(error, RateLimited) and error.retry_after is not None:
        wish = min(max(error.retry_after, 1.0), LONGEST_WISH)
        return timedelta(seconds=wish * random.uniform(1, 1.15))  # noqa: S311 - never sooner than they said
    if isinstance(error, RateLimited):
        return growing(failures)
    if isinstance(error, (AccountRefused, BadRequest)):
        return growing(failures + 3)  # a person must change something first
    if failures <= len(SECONDS_AFTER_A_FAILURE):
        return shaken(timedelta(seconds=SECONDS_AFTER_A_FAILURE[failures - 1]))
    return growing(failures - len(SECONDS_AFTER_A_FAILURE))


def growing(times: int) -> timedelta:
    """One minute, two, four, ... six hours."""
    return shaken(timedelta(seconds=min(60 * 2 ** min(times - 1, 20), LONGEST_PAUSE)))


def shaken(pause: timedelta) -> timedelta:
    return pause * random.uniform(0.85, 1.15)  # noqa: S311 - jitter, not a secret
