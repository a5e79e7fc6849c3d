"""What our own parcels teach: when it should come, and how long silence is no news."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carriers.base import Scan, Status, Tracked
from customers.models import Entry
from shipments import actions
from shipments.lanes import ENOUGH, learn_lanes, percentile
from shipments.models import Lane, Shipment
from shipments.promise import expected, expected_from, is_late, is_silent, is_stale, promised
from tests import make
from tests.threads import at_once

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def seen(shop, country="DE"):
    order = make.make_order(shop, delivered=None)
    order.address = {**order.address, "country": country}
    order.save()
    return order


def travelled(shop, days: int, *, count=1, handed=MONDAY, country="DE", service="", **facts) -> None:
    """Parcels handed over on a day and delivered so many days later, with one scan in between."""
    order = seen(shop, country)
    for _ in range(count):
        Shipment.objects.create(
            shop=shop,
            order=order,
            carrier="sandbox",
            tracking_number=f"L{Shipment.objects.count()}",
            status="delivered",
            service=service,
            handed_at=handed,
            delivered_at=handed + timedelta(days=days),
            longest_gap=days * 12,
            **facts,
        )


def hand_over(shop, at=MONDAY + timedelta(days=14), country="DE", service="", **facts) -> Shipment:
    parcel = make.make_shipment(seen(shop, country), **facts)
    scan = Scan(at=at, status=Status.ACCEPTED, text="here", code="A")
    make.tell(parcel, Tracked(parcel.tracking_number, [scan], service=service))
    return make.fresh(parcel)


def test_half_and_nine_of_ten_are_what_they_say(shop):
    for days, count in ((1, 20), (2, 60), (3, 12), (7, 8)):
        travelled(shop, days, count=count)

    learn_lanes(NOW)

    lane = Lane.objects.get(weekday=-1)
    assert (lane.parcels, lane.half_in, lane.most_in, lane.quiet_for) == (100, 2, 3, 84)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=60), st.sampled_from([50, 90, 95]))
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(values, percent):
    found = percentile(Counter(values), percent)

    assert sum(value <= found for value in values) * 100 >= percent * len(values)
    assert sum(value < found for value in values) * 100 < percent * len(values)


def test_twenty_nine_parcels_teach_nothing(shop):
    travelled(shop, 2, count=ENOUGH - 1)

    assert learn_lanes(NOW) == 0
    assert hand_over(shop).likely_until is None


def test_a_parcel_is_foretold_by_the_narrowest_lane_that_is_known(shop):
    travelled(shop, 2, count=30, service="Express")
    travelled(shop, 6, count=40)
    travelled(shop, 4, count=30, handed=MONDAY + timedelta(days=4))  # a weekend lies between
    travelled(shop, 9, count=30, country="GR")
    learn_lanes(NOW)
    monday, friday = MONDAY + timedelta(days=14), MONDAY + timedelta(days=18)

    told = [
        (row.likely_until - row.shop.today(row.handed_at)).days
        for row in (
            hand_over(shop, monday, service="Express"),
            hand_over(shop, friday, service="Express"),
            hand_over(shop, friday),
            hand_over(shop, monday, country="GR"),
        )
    ]

    assert told == [2, 2, 4, 9]
    assert hand_over(shop, monday, country="VN").likely_until is None


def test_other_shops_old_parcels_and_returns_teach_nothing(shop):
    travelled(make.make_shop(), 2, count=30)
    travelled(shop, 2, count=30, handed=NOW - timedelta(days=200))
    travelled(shop, 2, count=30, direction="return")

    learn_lanes(NOW)

    assert not Lane.objects.filter(shop=shop).exists()


def test_the_carriers_date_wins_over_ours_and_ours_over_the_shops(shop):
    travelled(shop, 2, count=20)
    travelled(shop, 4, count=20)
    learn_lanes(NOW)
    at = MONDAY + timedelta(days=14)
    today = date(2026, 11, 16)
    ours, theirs = hand_over(shop, at), hand_over(shop, at, expected_on=date(2026, 11, 17))
    shops = hand_over(shop, at, country="VN", shipped_on=date(2026, 11, 16))

    told = [(expected_from(row, today), expected(row, today), promised(row)) for row in (ours, theirs, shops)]

    assert told == [
        (date(2026, 11, 18), date(2026, 11, 20), date(2026, 11, 20)),
        (None, date(2026, 11, 17), date(2026, 11, 20)),
        (None, date(2026, 11, 21), date(2026, 11, 21)),
    ]


def test_no_day_is_named_while_somebody_must_act_first(shop):
    today = date(2026, 11, 16)
    row = hand_over(shop, expected_on=date(2026, 11, 18))

    told = []
    for status, sub_status in (("in_transit", ""), ("exception", "incorrect_address"), ("available_for_pickup", "")):
        row.status, row.sub_status = status, sub_status
        told.append(expected(row, today))

    assert told == [date(2026, 11, 18), None, None]


def test_a_promise_is_made_once_and_not_moved_by_what_is_learned_later(shop):
    travelled(shop, 2, count=30)
    learn_lanes(NOW)
    row = hand_over(shop)
    travelled(shop, 9, count=90)
    learn_lanes(NOW)

    make.scan(row, Status.IN_TRANSIT, at=row.handed_at + timedelta(hours=5))

    assert make.fresh(row).promised_on == row.promised_on


def test_silence_is_what_is_unusual_on_this_lane(shop):
    travelled(shop, 10, count=30)  # the longest gap was always 120 hours
    learn_lanes(NOW)
    known, unknown = hand_over(shop), hand_over(shop, country="VN")

    told = [
        [is_silent(row, row.last_scan_at + timedelta(hours=hours)) for hours in (72, 73, 120, 121)]
        for row in (known, unknown)
    ]

    assert told == [[False, False, False, True], [False, True, True, True]]


def test_a_carrier_rests_at_night_even_on_the_fastest_lane(shop):
    travelled(shop, 1, count=30)
    learn_lanes(NOW)

    assert hand_over(shop).silent_after == 24


def test_silence_is_noticed_once_before_she_asks(shop):
    row = hand_over(shop, NOW - timedelta(hours=73))
    hand_over(shop, NOW - timedelta(hours=71))
    Shipment.objects.filter(pk=hand_over(shop, NOW - timedelta(hours=99)).pk).update(failed_looks=1)

    found = [actions.notice_silent(NOW), actions.notice_silent(NOW + timedelta(minutes=1))]

    assert found == [1, 0]
    line = Entry.objects.get(verb="parcel.silent")
    assert (line.order_number, line.facts) == (row.order.number, {"carrier": "sandbox", "since": "2026-11-17"})


def test_a_day_that_the_carrier_puts_off_is_late_before_it_has_passed(shop):
    row = hand_over(shop, NOW - timedelta(hours=5), promised_on=date(2026, 11, 22))
    before = is_late(row, NOW)
    make.tell(row, Tracked(row.tracking_number, [], expected_on=date(2026, 11, 25)))

    assert (before, is_late(make.fresh(row), NOW)) == (False, True)
    assert actions.notice_late(NOW) == 0  # the answer itself has told it
    assert Entry.objects.get(verb="parcel.late").facts == {"promised": "2026-11-22", "expected": "2026-11-25"}


def test_after_thirty_days_without_a_word_a_parcel_is_stale_and_an_ended_one_never(shop):
    row = hand_over(shop, NOW - timedelta(days=31))
    ended = Shipment(status="delivered", last_scan_at=NOW - timedelta(days=99), created_at=NOW)

    assert [is_stale(row, NOW), is_stale(row, NOW - timedelta(days=2)), is_stale(ended, NOW)] == [True, False, False]


def test_gaps_and_the_handing_over_are_read_from_the_scans(shop):
    parcel = make.make_shipment(seen(shop))
    hours = {Status.PRE_TRANSIT: 0, Status.ACCEPTED: 40, Status.IN_TRANSIT: 46, Status.DELIVERED: 76}
    for status, after in hours.items():
        make.scan(parcel, status, at=MONDAY + timedelta(hours=after))
    make.scan(parcel, Status.RETURNING, at=MONDAY + timedelta(hours=500))

    row = make.fresh(parcel)
    assert (row.handed_at, row.longest_gap) == (MONDAY + timedelta(hours=40), 30)


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_learn_at_once_learn_the_same(shop):
    travelled(shop, 3, count=30)

    assert len(set(at_once(*[lambda: learn_lanes(NOW)] * 4))) == 1
    assert Lane.objects.filter(shop=shop, weekday=-1, service="").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_of_one_silence_once(shop):
    hand_over(shop, NOW - timedelta(days=9))

    assert sorted(at_once(actions.notice_silent, actions.notice_silent)) == [0, 1]
    assert Entry.objects.filter(verb="parcel.silent").count() == 1


def test_the_day_that_a_customer_was_told_is_the_promise_from_then_on(shop):
    row = hand_over(shop, NOW - timedelta(days=9), shipped_on=date(2026, 11, 1))
    told = promised(row)
    actions.notice_late(NOW)

    make.tell(row, Tracked(row.tracking_number, [], expected_on=date(2026, 12, 24)))

    assert Entry.objects.get(verb="parcel.late").facts["promised"] == str(told)
    assert (promised(make.fresh(row)), make.fresh(row).expected_on) == (told, date(2026, 12, 24))


def test_a_parcel_that_came_before_it_was_handed_over_teaches_no_time_travel(shop):
    row = hand_over(shop, NOW - timedelta(days=5))
    for status, days in ((Status.DELIVERED, 3), (Status.IN_TRANSIT, 7), (Status.RETURNING, 1), (Status.DELIVERED, 2)):
        make.scan(row, status, at=NOW - timedelta(days=days, hours=1))

    row = make.fresh(row)
    assert row.handed_at <= row.delivered_at
    assert row.longest_gap >= 0
