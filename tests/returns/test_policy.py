from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from orders.models import ProductGroup
from returns.errors import NotReturnable
from returns.kinds import Reason
from returns.models import ReturnLine
from returns.models import Terms as TermsRow
from returns.policy import Terms, judge, terms_of
from returns.policy.rules import (
    RULES,
    Wished,
    can_be_sold_again,
    damage_is_shown,
    in_time,
    last_day,
    may_be_posted,
    needs_photo,
    small_enough_to_decide,
)
from tests import make

DELIVERED = date(2026, 11, 1)
WISHED = Wished(
    reason="wrong_size",
    product_group="normal",
    country="DE",
    currency="EUR",
    value=5000,
    delivered_on=DELIVERED,
    today=DELIVERED,
    has_photo=False,
)
TERMS = Terms()


@pytest.mark.parametrize(("days", "answer"), [(0, "yes"), (29, "yes"), (30, "yes"), (31, "no")])
def test_the_time_ends_after_the_thirtieth_day(days, answer):
    verdict = in_time(replace(WISHED, today=DELIVERED + timedelta(days=days)), TERMS)

    assert (verdict.code, verdict.answer) == ("in_time", answer)


def test_a_shop_may_give_more_days():
    late = replace(WISHED, today=DELIVERED + timedelta(days=100))

    assert [in_time(late, replace(TERMS, return_days=days)).answer for days in (99, 100)] == ["no", "yes"]


def test_before_it_is_delivered_no_time_runs():
    assert last_day(replace(WISHED, delivered_on=None), TERMS) is None
    assert in_time(replace(WISHED, delivered_on=None, today=date(2036, 1, 1)), TERMS).answer == "yes"


@pytest.mark.parametrize(("country", "year"), [("DE", 2028), ("GR", 2028), ("ES", 2029), ("PT", 2029), ("SE", 2029)])
def test_the_guarantee_for_what_is_damaged_outlasts_the_terms(country, year):
    damaged = replace(WISHED, reason="damaged", country=country)
    end = DELIVERED.replace(year=year)

    told = [in_time(replace(damaged, today=end + timedelta(days=day)), TERMS).answer for day in (-1, 0, 1)]

    assert told == ["yes", "yes", "no"]
    assert in_time(replace(WISHED, country=country, today=end), TERMS).answer == "no"


def test_a_guarantee_that_begins_on_a_leap_day_ends_on_the_first_of_march():
    assert last_day(replace(WISHED, reason="damaged", delivered_on=date(2028, 2, 29)), TERMS) == date(2030, 3, 1)


@pytest.mark.parametrize("group", ProductGroup.values)
def test_each_product_group_against_each_reason(group):
    told = {
        reason: [
            rule(replace(WISHED, reason=reason, product_group=group, has_photo=True), TERMS).answer
            for rule in (can_be_sold_again, may_be_posted, small_enough_to_decide)
        ]
        for reason in Reason.values
    }

    not_for_size = group in {"hygiene", "perishable", "made_to_order", "digital"}
    posted = "ask" if group in {"bulky", "dangerous"} else "yes"
    value = "ask" if group == "high_value" else "yes"
    assert told == {
        "damaged": ["yes", posted, value],
        "wrong_size": ["no" if not_for_size else "yes", posted, value],
    }


@pytest.mark.parametrize(
    ("value", "has_photo", "needed", "answer"),
    [(1999, False, False, "yes"), (2000, False, True, "ask"), (2000, True, True, "yes"), (5000, False, True, "ask")],
)
def test_a_photo_is_asked_of_damage_from_the_limit_on(value, has_photo, needed, answer):
    damaged = replace(WISHED, reason="damaged", value=value, has_photo=has_photo)

    assert (needs_photo(damaged, TERMS), damage_is_shown(damaged, TERMS).answer) == (needed, answer)
    assert needs_photo(replace(damaged, reason="wrong_size"), TERMS) is False


@pytest.mark.parametrize(
    ("currency", "value", "answer"),
    [
        ("EUR", 10000, "yes"),
        ("EUR", 10001, "ask"),
        ("VND", 2_500_000, "yes"),
        ("VND", 2_500_001, "ask"),
        ("SEK", 1, "ask"),
    ],
)
def test_rules_decide_up_to_the_limit_of_the_currency_and_not_at_all_without_one(currency, value, answer):
    damaged = replace(WISHED, reason="damaged", currency=currency, value=value)

    assert small_enough_to_decide(damaged, TERMS).answer == answer
    assert small_enough_to_decide(replace(damaged, reason="wrong_size"), TERMS).answer == "yes"


@pytest.mark.django_db
def test_judge_asks_every_rule_about_every_line(shop):
    ret = make.make_return(make.make_order(shop, lines=[(1, 3990), (1, 1000)]), state="draft")
    other = ret.order.lines.get(position=2)
    ReturnLine.objects.create(ret=ret, order_line=other, requested=1, reason="damaged", wish="money")

    verdicts = judge(ret, terms_of(ret.order), shop.today())

    assert [verdict.code for verdict in verdicts] == [rule.__name__ for rule in RULES for _ in range(2)]


@pytest.mark.django_db
def test_a_late_return_is_refused_and_leaves_no_trace(shop):
    from returns import actions

    day = shop.today() - timedelta(days=31)
    ret = make.make_return(make.make_order(shop, delivered=day), state="draft")
    in_time_still = make.make_return(make.make_order(shop, delivered=day + timedelta(days=1)), state="draft")

    with pytest.raises(NotReturnable) as no:
        actions.submit(ret)

    assert no.value.codes == ["in_time"]
    assert make.fresh(ret).state == "draft"
    assert ret.order.lines.get().returning == 0
    assert actions.submit(in_time_still).state == "approved"


@pytest.mark.django_db
def test_the_terms_in_force_when_it_was_ordered_apply(shop):
    TermsRow.objects.create(
        shop=shop, version=2, starts_at=datetime(2026, 6, 1, tzinfo=UTC), numbers={"return_days": 14, "odd": 1}
    )
    placed = [
        datetime(2019, 1, 1, tzinfo=UTC),
        datetime(2026, 5, 31, 23, 59, tzinfo=UTC),
        datetime(2026, 6, 1, tzinfo=UTC),
    ]

    told = [terms_of(make.make_order(shop, placed_at=day)) for day in placed]

    assert [(terms.version, terms.return_days) for terms in told] == [(1, 30), (1, 30), (2, 14)]
