"""Deadlines to the day: across years, leap days, holidays and changes of the clocks."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from customers.models import Shop
from orders.models import ProductGroup
from returns.policy import law

SUNDAY = 6


def day(text: str) -> date:
    return date.fromisoformat(text)


# Which law speaks


@pytest.mark.parametrize(
    ("country", "speaks"),
    [
        *[("DE", "EU"), ("GR", "EU"), ("NO", "EU"), ("LI", "EU"), ("RE", "EU"), ("AX", "EU"), ("GB", "GB")],
        *[("VN", "VN"), ("CH", "other"), ("US", "other"), ("JE", "other"), ("", "other")],
    ],
)
def test_the_country_of_the_order_decides_which_law_speaks(country, speaks):
    assert law.regime(country) == speaks


def test_the_union_has_27_countries_and_the_area_three_more():
    assert (len(law.EU), sorted(law.EEA - law.EU)) == (27, ["IS", "LI", "NO"])


def test_every_right_names_its_article_in_the_union_and_in_britain_and_nowhere_else():
    told = {right: (law.source(right, "PL"), law.source(right, "GB")) for right in law.SOURCES}

    assert [right for right, articles in told.items() if not all(articles)] == []
    assert [law.source(right, "US") for right in law.SOURCES] == [""] * len(law.SOURCES)


# The fourteen days


@pytest.mark.parametrize(
    ("country", "came", "ends", "why"),
    [
        ("DE", "2026-11-02", "2026-11-16", "a Monday: the fourteenth day after, the day itself not counted"),
        ("DE", "2026-10-31", "2026-11-16", "day 14 is a Saturday"),
        ("DE", "2026-11-01", "2026-11-16", "day 14 is a Sunday"),
        ("DE", "2026-12-11", "2026-12-28", "Christmas Day on a Friday, then a holiday, then a Sunday"),
        ("DE", "2026-12-18", "2027-01-04", "New Year's Day on a Friday, over the end of the year"),
        ("DE", "2026-03-20", "2026-04-07", "Good Friday, and Easter Monday"),
        ("GR", "2026-03-27", "2026-04-14", "the Orthodox Good Friday and Easter Monday, a week later"),
        ("DE", "2026-03-27", "2026-04-10", "which are work days in Germany"),
        ("DE", "2026-10-12", "2026-10-26", "over the last Sunday of October, when the clocks go back"),
        ("DE", "2026-03-16", "2026-03-30", "over the last Sunday of March, when they go forward"),
        ("DE", "2028-02-15", "2028-02-29", "on a leap day"),
        ("DE", "2027-02-15", "2027-03-01", "and in a year without one"),
        ("DE", "2026-04-17", "2026-05-04", "Labour Day on a Friday"),
        ("GR", "2027-02-11", "2027-02-25", "an ordinary Thursday"),
        ("GR", "2027-03-11", "2027-03-26", "25 March, a Thursday"),
        ("DE", "2027-03-10", "2027-03-24", "an ordinary Wednesday"),
        ("PL", "2026-10-28", "2026-11-12", "11 November, a Wednesday"),
        ("DE", "2026-10-28", "2026-11-11", "which is a work day in Germany"),
        ("PL", "2026-05-21", "2026-06-05", "Corpus Christi; the Friday after it is none"),
        ("GB", "2026-12-11", "2026-12-29", "Christmas, a weekend, and Boxing Day kept on the Monday"),
        ("GB", "2026-04-20", "2026-05-05", "the May bank holiday"),
        ("RE", "2026-06-30", "2026-07-15", "14 July: a part of the Union keeps its country's holidays"),
    ],
)
def test_a_withdrawal_may_be_sent_until_the_fourteenth_day_or_the_next_work_day(country, came, ends, why):
    assert law.withdrawal_ends(country, day(came)) == day(ends), why


def test_the_end_moves_over_the_lunar_new_year_in_vietnam():
    assert law.work_day(day("2027-02-04"), "VN") == day("2027-02-11")
    assert law.work_day(day("2027-02-04"), "DE") == day("2027-02-04")


def test_a_country_nobody_listed_has_only_its_weekends():
    assert law.work_day(day("2026-12-25"), "XX") == day("2026-12-25")
    assert law.work_day(day("2026-12-26"), "XX") == day("2026-12-28")


@pytest.mark.parametrize("country", sorted(law.EEA | {"GB", "VN"}))
def test_every_day_of_two_years_ends_on_a_work_day_not_before_the_fourteenth_and_soon_after(country):
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(730)]

    ends = [law.withdrawal_ends(country, came) for came in days]

    assert {(end.weekday() < 5, end in law.holidays_of(country, end.year)) for end in ends} == {(True, False)}
    assert all(14 <= (end - came).days <= 25 for came, end in zip(days, ends, strict=True))
    assert ends == sorted(ends)


@pytest.mark.parametrize(
    ("came", "ends"), [("2026-11-02", "2027-11-16"), ("2027-02-15", "2028-03-01"), ("2028-02-15", "2029-03-01")]
)
def test_who_was_not_told_of_the_right_has_twelve_months_more(came, ends):
    assert law.withdrawal_ends("DE", day(came), informed=False) == day(ends)


@pytest.mark.parametrize(
    ("zone", "moment", "local"),
    [
        ("Europe/Berlin", "2026-11-01T23:30:00", "2026-11-02"),
        ("Europe/Berlin", "2026-10-24T22:30:00", "2026-10-25"),
        ("Europe/Berlin", "2026-10-25T22:30:00", "2026-10-25"),
        ("Europe/Athens", "2026-03-28T21:59:00", "2026-03-28"),
        ("Europe/Athens", "2026-03-29T21:01:00", "2026-03-30"),
        ("Asia/Ho_Chi_Minh", "2026-11-01T17:00:00", "2026-11-02"),
        ("America/Los_Angeles", "2026-11-02T07:59:00", "2026-11-01"),
        ("Pacific/Kiritimati", "2026-11-01T10:00:00", "2026-11-02"),
    ],
)
def test_a_day_is_the_local_day_of_the_shop_and_its_end_is_counted_in_days(zone, moment, local):
    """The clocks changed between most of these and their fourteenth day."""
    shop = Shop(time_zone=zone)
    came = shop.today(datetime.fromisoformat(moment).replace(tzinfo=UTC))

    assert came == day(local)
    assert law.withdrawal_ends("XX", came) == law.work_day(day(local) + timedelta(days=14), "XX")


# Possession


@pytest.mark.parametrize(
    ("carriers", "word", "dispatched", "had", "why"),
    [
        (["2026-11-05"], None, "2026-11-02", "2026-11-05", "the carrier's scan"),
        (["2026-11-05", "2026-11-09"], None, "2026-11-02", "2026-11-09", "the last parcel"),
        (["2026-11-05"], "2026-11-07", "2026-11-02", "2026-11-07", "her word, when it is later"),
        (["2026-11-05"], "2026-11-03", "2026-11-02", "2026-11-05", "and not when it is earlier"),
        ([None], "2026-11-07", "2026-11-02", "2026-11-07", "her word where no carrier speaks"),
        ([None], None, "2026-11-02", "2026-11-14", "else dispatch, five days and seven more"),
        (["2026-11-05", None], None, "2026-11-02", "2026-11-14", "one parcel of two without a scan"),
        (["2026-11-20", None], None, "2026-11-02", "2026-11-20", "of two days always the later"),
        (["2026-11-05", None], "2026-11-06", "2026-11-02", "2026-11-06", "she says that all of it is here"),
        ([None], None, None, None, "nobody knows"),
        (["2026-11-05", None], None, None, None, "a part has come; the last good has not"),
        ([], None, None, None, "nothing was sent"),
    ],
)
def test_possession_is_the_latest_day_that_is_known(carriers, word, dispatched, had, why):
    days = [each and day(each) for each in carriers]

    told = law.possession(days, word and day(word), dispatched and day(dispatched), transit_days=5)

    assert told == (had and day(had)), why


# Exceptions


def test_only_the_listed_groups_know_no_withdrawal_and_two_of_them_only_when_a_fact_holds():
    told = {group: law.may_withdraw("DE", group) for group in ProductGroup.values}

    assert told == {
        "normal": "yes",
        "hygiene": "check",
        "perishable": "no",
        "bulky": "yes",
        "made_to_order": "no",
        "digital": "check",
        "dangerous": "yes",
        "high_value": "yes",
    }
    assert {law.may_withdraw(country, "normal") for country in ("VN", "US", "CH")} == {"no"}
    assert law.may_withdraw("GB", "normal") == "yes"


# Sending back, and the money


def test_she_has_fourteen_days_to_send_it_back_and_a_sunday_does_not_count_as_the_last():
    assert law.send_back_due("DE", day("2026-11-02")) == day("2026-11-16")
    assert law.send_back_due("DE", day("2026-11-01")) == day("2026-11-16")


@pytest.mark.parametrize(
    ("country", "proof", "due"),
    [
        ("DE", "2026-11-04", "2026-11-16"),
        ("DE", "2026-11-16", "2026-11-16"),
        ("DE", "2026-11-17", "2026-11-17"),
        ("DE", None, None),
        ("GB", "2026-11-04", "2026-11-18"),
        ("GB", None, None),
        ("VN", "2026-11-04", None),
        ("US", "2026-11-04", None),
    ],
)
def test_the_money_is_due_by_the_law_of_the_country(country, proof, due):
    told = law.refund_due(country, day("2026-11-02"), proof and day(proof))

    assert told == (due and day(due))


def test_who_collects_the_goods_does_not_wait_for_them():
    assert law.refund_due("DE", day("2026-11-02"), None, collects=True) == day("2026-11-16")


def test_the_shops_own_period_is_not_made_longer_by_a_sunday():
    assert law.refund_due("DE", day("2026-11-01"), day("2026-11-03")).weekday() == SUNDAY


def test_we_warn_five_days_before_and_aim_much_earlier():
    assert law.refund_warning(day("2026-11-16")) == day("2026-11-11")
    assert law.refund_aim(day("2026-11-04"), 3) == day("2026-11-07")


@pytest.mark.parametrize(
    ("kind", "fee", "delivery", "labels"),
    [
        ("withdrawal", 0, "standard", {(True, True): True}),
        ("claim", 0, "paid", {}),
        ("return", None, "none", {(True, True): True, (False, True): True}),
    ],
)
def test_what_may_be_kept_back_of_the_money(kind, fee, delivery, labels):
    asked = [(told, chosen) for told in (True, False) for chosen in (True, False)]

    told = {pair: law.label_may_cost(kind, told=pair[0], chosen=pair[1]) for pair in asked}

    assert (law.most_fee(kind), law.delivery_back(kind)) == (fee, delivery)
    assert told == {pair: labels.get(pair, False) for pair in asked}


# The guarantee


@pytest.mark.parametrize(
    ("country", "ends"),
    [("DE", "2028-11-02"), ("GR", "2028-11-02"), ("ES", "2029-11-02"), ("PT", "2029-11-02"), ("SE", "2029-11-02")],
)
def test_the_guarantee_lasts_two_years_and_three_in_three_countries(country, ends):
    assert law.guarantee_ends(country, day("2026-11-02")) == day(ends)


def test_a_guarantee_that_begins_on_a_leap_day_ends_on_the_first_of_march():
    assert law.guarantee_ends("DE", day("2028-02-29")) == day("2030-03-01")


@pytest.mark.parametrize(
    ("country", "placed", "ends"),
    [
        *[("DE", "2026-07-30", "2028-08-10"), ("DE", "2026-07-31", "2029-08-10"), ("ES", "2026-07-31", "2030-08-10")],
        *[("VN", "2026-07-31", "2028-08-10"), ("GB", "2026-07-31", "2028-08-10")],
    ],
)
def test_a_chosen_repair_adds_twelve_months_to_what_was_bought_since_the_law_changed(country, placed, ends):
    came = day("2026-08-10")

    assert law.guarantee_ends(country, came, repaired=True, placed_on=day(placed)) == day(ends)
    assert law.guarantee_ends(country, came, placed_on=day(placed)) == law.guarantee_ends(country, came)


# Apart from everything


def test_the_law_is_read_without_a_database_or_a_model():
    text = (Path(settings.BASE_DIR) / "returns/policy/law.py").read_text()

    imports = [line for line in text.splitlines() if line.lstrip().startswith(("import ", "from "))]

    assert [line for line in imports if "django" in line or ".models" in line or "orders" in line] == []
