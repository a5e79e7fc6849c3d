"""When is the carrier asked again?"""

from datetime import UTC, datetime, timedelta

import pytest

from carriers.base import Status
from carriers.errors import AccountRefused, BadRequest, CarrierDown, NotOffered, RateLimited
from shipments.models import Shipment
from shipments.schedule import next_look, pause_after

NOW = datetime(2026, 11, 20, tzinfo=UTC)
DAY = 86400


@pytest.mark.parametrize(
    ("status", "hours"),
    [
        (Status.PRE_TRANSIT, 6),
        (Status.ACCEPTED, 4),
        (Status.IN_TRANSIT, 4),
        (Status.OUT_FOR_DELIVERY, 0.75),
        (Status.ATTEMPTED, 3),
        (Status.AVAILABLE_FOR_PICKUP, 12),
        (Status.EXCEPTION, 6),
        (Status.RETURNING, 12),
        (Status.UNKNOWN, 6),
    ],
)
@pytest.mark.parametrize(("quiet_days", "pause"), [(1, None), (15, 24), (29, 24), (31, 72), (89, 72), (91, 0)])
def test_the_next_look_comes_by_what_is_known_and_ends_after_ninety_days(status, hours, quiet_days, pause):
    row = Shipment(status=status, last_scan_at=NOW - timedelta(days=quiet_days), created_at=NOW - timedelta(days=99))

    nexts = [next_look(row, NOW) for _ in range(50)]

    if pause == 0:
        assert nexts == [None] * 50
        return
    wanted = pause or hours
    waits = [(moment - NOW) / timedelta(hours=1) for moment in nexts]
    assert min(waits) >= wanted * 0.85
    assert max(waits) <= wanted * 1.15
    assert len(set(waits)) > 1


@pytest.mark.parametrize("status", [Status.DELIVERED, Status.RETURNED, Status.CANCELLED])
def test_an_ended_parcel_is_asked_about_once_more_after_a_day_and_never_again(status):
    first = next_look(Shipment(status=status, last_scan_at=NOW - timedelta(hours=1)), NOW)
    second = next_look(Shipment(status=status, last_scan_at=NOW - timedelta(hours=24)), NOW)

    assert (first, second) == (NOW + timedelta(hours=23), None)


@pytest.mark.parametrize(("hours_ago", "least"), [(1, 24 * 0.85), (49, 0.75 * 0.85)])
def test_where_the_carrier_knocks_asking_is_only_the_safety_net(hours_ago, least):
    row = Shipment(
        status=Status.OUT_FOR_DELIVERY,
        last_scan_at=NOW,
        knocked_at=NOW - timedelta(hours=hours_ago),
        created_at=NOW,
    )

    waits = [(next_look(row, NOW) - NOW) / timedelta(hours=1) for _ in range(50)]

    assert least <= min(waits) <= max(waits) <= least / 0.85 * 1.15


@pytest.mark.parametrize(
    ("error", "failures", "least", "most"),
    [
        (RateLimited("slow", retry_after=600), 1, 600, 600 * 1.15),
        (RateLimited("slow", retry_after=0.0), 1, 1, 1.15),
        (RateLimited("slow", retry_after=1e15), 1, DAY, DAY * 1.15),
        (RateLimited("slow"), 1, 0.85 * 60, 1.15 * 60),
        (RateLimited("slow"), 3, 0.85 * 240, 1.15 * 240),
        (CarrierDown("no answer"), 1, 0.85, 1.15),
        (CarrierDown("no answer"), 2, 3.4, 4.6),
        (CarrierDown("no answer"), 3, 13.6, 18.4),
        (CarrierDown("no answer"), 4, 0.85 * 60, 1.15 * 60),
        (CarrierDown("no answer"), 6, 0.85 * 240, 1.15 * 240),
        (CarrierDown("no answer"), 100, 0.85 * 6 * 3600, 1.15 * 6 * 3600),
        (AccountRefused("no"), 1, 0.85 * 480, 1.15 * 480),
        (BadRequest("no"), 1, 0.85 * 480, 1.15 * 480),
    ],
)
def test_a_failed_look_waits_longer_each_time_and_never_less_than_they_said(error, failures, least, most):
    waits = [pause_after(error, failures).total_seconds() for _ in range(50)]

    assert least <= min(waits) < max(waits) <= most


def test_what_is_not_offered_is_not_asked_again():
    assert pause_after(NotOffered(), 1) is None
