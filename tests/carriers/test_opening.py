"""Open now? Until when? By the clock on the wall there, over midnight, holidays and changed clocks."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from carriers import DropOff, Hours
from carriers.opening import Now, Opening, opening

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 11, 23)


def at(said: str, zone: ZoneInfo = BERLIN) -> datetime:
    """ "Mon 09:30" of the week of MONDAY, or a whole date and time."""
    if said[0].isdigit():
        return datetime.fromisoformat(said).replace(tzinfo=zone)
    weekday, clock = said.split()
    day = MONDAY.replace(day=MONDAY.day + ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].index(weekday))
    return datetime.combine(day, time.fromisoformat(clock), zone)


def place(hours: dict[str, str] | None, *closed: tuple[str, str], zone: ZoneInfo | None = BERLIN) -> DropOff:
    """{"0-4": "09:00-13:00 14:00-18:00"}: weekdays, and when it is open on them."""
    rows = None
    if hours is not None:
        rows = tuple(
            Hours(weekday, *(time.fromisoformat(clock) for clock in span.split("-")))
            for days, spans in hours.items()
            for weekday in range(int(days[0]), int(days[-1]) + 1)
            for span in spans.split()
        )
    return DropOff(
        "Kiosk", "Ringstr. 9", "30161", "Hannover", hours=rows, zone=zone,
        closed=tuple((date.fromisoformat(first), date.fromisoformat(last)) for first, last in closed),
    )  # fmt: skip


SHOP = {"0-4": "09:00-13:00 14:00-18:00", "5": "10:00-12:00"}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("Mon 08:59", ("closed", "Mon 09:00")),
        ("Mon 09:00", ("open", "Mon 13:00")),
        ("Mon 12:59", ("open", "Mon 13:00")),
        ("Mon 13:00", ("closed", "Mon 14:00")),
        ("Mon 17:59", ("open", "Mon 18:00")),
        ("Mon 18:00", ("closed", "Tue 09:00")),
        ("Fri 18:00", ("closed", "Sat 10:00")),
        ("Sat 12:00", ("closed", "2026-11-30 09:00")),
    ],
)
def test_a_shop_with_a_lunch_break_and_no_sunday(now, expected):
    assert opening(place(SHOP), at(now)) == Opening(Now(expected[0]), at(expected[1]))


@pytest.mark.parametrize("hours", ["00:00-23:59", "00:00-00:00", "00:00-23:59:59"])
def test_what_is_open_on_all_of_seven_days_is_always_open(hours):
    assert opening(place({"0-6": hours}), at("Sun 03:00"), [MONDAY, date(2026, 11, 29)]) == Opening(Now.ALWAYS)


def test_six_whole_days_are_not_always_but_touch_each_other():
    assert opening(place({"0-5": "00:00-23:59"}), at("Wed 03:00")) == Opening(Now.OPEN, at("Sun 00:00"))
    assert opening(place({"0-5": "00:00-23:59"}), at("Sun 03:00")) == Opening(Now.CLOSED, at("2026-11-30 00:00"))


def test_an_always_open_locker_that_closes_next_week_is_open_until_then():
    locker = place({"0-6": "00:00-23:59"}, ("2026-12-01", "2026-12-02"))

    assert opening(locker, at("Mon 12:00")) == Opening(Now.OPEN, at("2026-12-01 00:00"))
    assert opening(locker, at("2026-12-01 12:00")) == Opening(Now.CLOSED, at("2026-12-03 00:00"))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("Tue 00:30", ("open", "Tue 02:00")),
        ("Tue 02:00", ("closed", "Tue 18:00")),
        ("Tue 23:59", ("open", "Wed 02:00")),
    ],
)
def test_a_kiosk_that_closes_after_midnight(now, expected):
    assert opening(place({"0-6": "18:00-02:00"}), at(now)) == Opening(Now(expected[0]), at(expected[1]))


def test_a_night_before_a_closed_day_ends_at_midnight():
    kiosk = place({"0-6": "18:00-02:00"}, ("2026-11-24", "2026-11-24"))

    assert opening(kiosk, at("Mon 20:00")) == Opening(Now.OPEN, at("Tue 00:00"))
    assert opening(kiosk, at("Tue 20:00")) == Opening(Now.CLOSED, at("Wed 18:00"))


def test_closed_today_opens_after_its_holidays():
    assert opening(place(SHOP, ("2026-11-20", "2026-11-24")), at("Mon 10:00")) == Opening(Now.CLOSED, at("Wed 09:00"))


def test_closed_for_long_has_no_day():
    assert opening(place(SHOP, ("2026-11-01", "2027-02-01")), at("Mon 10:00")) == Opening(Now.CLOSED)
    assert opening(place({}), at("Mon 10:00")) == Opening(Now.CLOSED)


def test_on_a_public_holiday_its_hours_are_not_promised():
    shop, holiday = place(SHOP), {date(2026, 11, 24)}

    assert opening(shop, at("Mon 18:00"), holiday) == Opening(Now.CLOSED, at("Wed 09:00"))
    assert opening(shop, at("Tue 10:00"), holiday) == Opening(Now.HOLIDAY)
    assert opening(shop, at("Sun 10:00"), {date(2026, 11, 29)}) == Opening(Now.CLOSED, at("2026-11-30 09:00"))


def test_on_a_public_holiday_that_it_says_it_is_closed_it_is_closed():
    shut = place(SHOP, ("2026-11-24", "2026-11-24"))

    assert opening(shut, at("Tue 10:00"), {date(2026, 11, 24)}) == Opening(Now.CLOSED, at("Wed 09:00"))


def test_nobody_knows_without_hours_or_a_zone():
    assert opening(place(None), at("Mon 10:00")) == Opening(Now.UNKNOWN)
    assert opening(place(SHOP, zone=None), at("Mon 10:00")) == Opening(Now.UNKNOWN)


def test_now_may_come_in_any_zone_and_the_answer_comes_in_theirs():
    hanoi = ZoneInfo("Asia/Ho_Chi_Minh")
    told = opening(place({"0-6": "08:00-20:00"}, zone=hanoi), datetime(2026, 11, 23, 0, 30, tzinfo=UTC))

    assert told == Opening(Now.CLOSED, datetime(2026, 11, 23, 8, 0, tzinfo=hanoi))
    assert told.at.tzinfo is hanoi


def test_the_night_the_clocks_go_back_is_an_hour_longer():
    told = opening(place({"0-6": "18:00-06:00"}), datetime(2026, 10, 24, 20, 0, tzinfo=BERLIN))

    assert told == Opening(Now.OPEN, datetime(2026, 10, 25, 6, 0, tzinfo=BERLIN))
    assert told.at.astimezone(UTC) == datetime(2026, 10, 25, 5, 0, tzinfo=UTC)
    at_half_past_two_again = datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BERLIN)
    assert opening(place({"0-6": "02:00-02:45"}), at_half_past_two_again).now is Now.CLOSED


def test_an_hour_that_the_clocks_skip_is_none():
    night = place({"6": "02:00-03:00 09:00-10:00"})

    assert opening(night, datetime(2026, 3, 29, 1, 59, tzinfo=BERLIN)) == Opening(
        Now.CLOSED, datetime(2026, 3, 29, 9, 0, tzinfo=BERLIN)
    )
