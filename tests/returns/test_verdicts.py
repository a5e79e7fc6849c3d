"""The decision engine held against the table that was written by hand."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from orders.models import OrderLine, ProductGroup
from returns.kinds import Reason
from returns.policy import Terms, Wished, decision, judge, offer, outcome, terms_of, verdicts
from tests import make
from tests.returns.verdicts import VERDICTS, Row

CAME = date(2026, 11, 2)
FREE = Terms()
PRICED = Terms(label_price={"EUR": 395}, label_told=True)
ROWS = pytest.mark.parametrize("row", VERDICTS, ids=lambda row: f"{row.reason}-{row.group}")


def asked(row: Row, *, days: int = 6, **facts) -> Wished:
    return replace(
        Wished(
            reason=row.reason,
            product_group=row.group,
            country="DE",
            currency="EUR",
            value=3990,
            delivered_on=CAME,
            today=CAME + timedelta(days=days),
            has_photo=True,
            wish="money",
            placed_on=CAME,
        ),
        **facts,
    )


def test_the_table_has_each_problem_in_each_product_group_once():
    assert len(VERDICTS) == 72
    assert {(row.reason, row.group) for row in VERDICTS} == {
        (reason, group) for reason in Reason.values for group in ProductGroup.values
    }


@ROWS
def test_what_is_decided_is_what_was_written_down(row):
    told = outcome(asked(row), FREE)

    assert (told.kind, told.offers, told.photo) == (row.kind, row.offers, row.photo)
    assert decision(verdicts(asked(row), FREE)) == row.answer
    assert decision(verdicts(asked(row, days=20), FREE)) == row.later


@ROWS
def test_the_way_back_is_paid_by_whom_it_was_written_down(row):
    free, priced = outcome(asked(row), FREE), outcome(asked(row), PRICED)

    assert (free.way_back, free.label_price) == ("none" if row.pays == "nobody" else "shop", 0)
    assert (priced.way_back, priced.label_price) == {
        "nobody": ("none", 0),
        "shop": ("shop", 0),
        "policy": ("customer", 395),
    }[row.pays]


@ROWS
def test_every_answer_remembers_its_rule(row):
    told = outcome(asked(row), FREE)

    known = {rule.id for rule in FREE.matrix}
    assert {rule for rule in told.rules.values() if rule not in known} <= {"law:window"}
    assert {"answer", "offers", "photo", "way_back", "fee_percent", "trigger"} <= set(told.rules)
    assert all(verdict.rule for verdict in verdicts(asked(row), FREE) if verdict.answer != "yes")


@ROWS
@pytest.mark.parametrize("country", ["VN", "US"])
def test_where_no_law_of_ours_speaks_nothing_is_a_withdrawal_and_the_terms_decide_as_later(row, country):
    told = asked(row, country=country)

    assert outcome(told, FREE).kind == ("return" if row.kind == "withdrawal" else row.kind)
    assert decision(verdicts(told, FREE)) == row.later


@pytest.mark.django_db
@ROWS
def test_a_case_in_the_books_is_judged_as_the_table_says(shop, row):
    """The same rows once more, through the database: a real order, case and photo."""
    order = make.make_order(shop)
    order.lines.update(product_group=row.group)
    ret = make.make_return(order, reason=row.reason, wish="money", state="draft")
    if row.photo == "needed":
        ret.lines.get().photos.create(file="photo.webp")

    told = judge(ret, terms_of(order), shop.today())
    before = offer(OrderLine.objects.get(order=order), row.reason, terms_of(order), shop.today())

    assert decision(told) == row.answer
    assert decision(before) == row.answer


# What the table leaves open


@pytest.mark.parametrize("group", [group for group in ProductGroup.values if group not in ("perishable", "digital")])
def test_a_style_that_differs_from_our_picture_is_our_fault(group):
    row = Row("style", group, "", "", (), "", "", "")

    told = outcome(asked(row, differs=True), PRICED)

    assert (told.kind, told.offers, told.photo, told.way_back) == ("claim", ("swap", "money"), "optional", "shop")


def wish(reason: str, wanted: str, *, group: str = "normal", **facts):
    return outcome(asked(Row(reason, group, "", "", (), "", "", ""), wish=wanted, **facts), PRICED)


def test_another_size_is_sent_free_and_another_taste_at_the_policys_price():
    assert (wish("wrong_size", "swap").kind, wish("wrong_size", "swap").way_back) == ("return", "shop")
    assert (wish("changed_mind", "swap").kind, wish("changed_mind", "swap").label_price) == ("return", 395)


@pytest.mark.parametrize(
    ("days", "repaired", "offers"),
    [
        (30, False, ("swap", "money")),
        (31, False, ("repair", "swap")),
        (31, True, ("money", "swap")),
        (5, True, ("money", "swap")),
    ],
)
def test_what_does_not_work_is_exchanged_for_a_month_then_repaired_and_after_a_failed_repair_paid(
    days, repaired, offers
):
    assert wish("faulty", "money", days=days, repaired=repaired).offers == offers


@pytest.mark.parametrize(
    ("value", "unsafe", "cost", "keep", "why"),
    [
        (1500, False, {}, True, "DMG-3"),
        (1501, False, {}, False, "ALL-2"),
        (9000, True, {}, True, "DMG-3"),
        (2000, False, {"EUR": 1201}, True, "DMG-3"),
        (2000, False, {"EUR": 1200}, False, "ALL-2"),
        (2000, False, {"USD": 1201}, False, "ALL-2"),
    ],
)
def test_a_broken_thing_is_kept_when_it_is_small_unsafe_or_dear_to_send(value, unsafe, cost, keep, why):
    broken = asked(Row("damaged", "normal", "", "", (), "", "", ""), value=value, unsafe=unsafe)

    told = outcome(broken, Terms(label_cost=cost))

    assert (told.keep, told.way_back, told.rules["way_back"]) == (keep, "none" if keep else "shop", why)
    assert told.trigger == ("submit" if keep else "inspection")


def test_what_is_not_safe_to_touch_needs_no_photo_and_a_person_calls():
    unsafe = asked(Row("damaged", "normal", "", "", (), "", "", ""), unsafe=True, has_photo=False)

    asks = [verdict.code for verdict in verdicts(unsafe, FREE) if verdict.answer == "ask"]

    assert (outcome(unsafe, FREE).photo, asks) == ("never", ["is_safe"])


@pytest.mark.parametrize(
    ("reason", "wanted"), [("damaged", "reduction"), ("too_late", "delivery"), ("missing", "part")]
)
def test_who_keeps_it_sends_nothing(reason, wanted):
    told = wish(reason, wanted)

    assert (told.way_back, told.trigger, told.keep) == ("none", "submit", False)


def test_the_right_thing_leaves_before_the_wrong_one_is_back():
    assert [wish(reason, "swap").trigger for reason in ("wrong_item", "damaged", "faulty", "wrong_size")] == [
        "submit",
        "submit",
        "submit",
        "inspection",
    ]


def test_what_has_not_come_yet_is_for_a_person_and_nothing_is_sent_back():
    told = wish("too_late", "money", arrived=False, delivered_on=None)

    assert (told.answer, told.way_back, told.offers) == ("ask", "none", ("swap", "money"))


@pytest.mark.parametrize(("days", "answer"), [(0, "yes"), (2, "yes"), (3, "ask"), (700, "ask"), (800, "no")])
def test_spoilt_food_is_decided_by_rules_for_two_days_and_then_by_a_person_while_the_guarantee_lasts(days, answer):
    spoilt = asked(Row("damaged", "perishable", "", "", (), "", "", ""), days=days)

    assert decision(verdicts(spoilt, FREE)) == answer


@pytest.mark.parametrize(("group", "looks_for"), [("hygiene", "opened"), ("digital", "begun"), ("normal", "")])
def test_a_withdrawal_of_what_may_be_excepted_counts_and_a_person_looks_when_it_is_here(group, looks_for):
    told = wish("changed_mind", "money", group=group)

    assert (told.kind, told.answer, told.check) == ("withdrawal", "yes", looks_for)


# Withdrawal is never lessened


@pytest.mark.parametrize("reason", ["wrong_size", "style", "changed_mind", "other"])
@pytest.mark.parametrize(
    ("days", "kind"), [(-1, "withdrawal"), (0, "withdrawal"), (13, "withdrawal"), (14, "withdrawal"), (15, "return")]
)
def test_naming_a_reason_takes_no_right_away(reason, days, kind):
    """2 November 2026 is a Monday, and so is day 14."""
    assert wish(reason, "money", days=days).kind == kind


def test_before_it_comes_it_may_be_withdrawn_too():
    assert wish("changed_mind", "money", delivered_on=None).kind == "withdrawal"
    assert wish("changed_mind", "money", delivered_on=None).last_day is None


def test_who_was_not_told_of_the_right_may_withdraw_for_a_year_more():
    terms = Terms(withdrawal_informed=False)
    row = Row("changed_mind", "normal", "", "", (), "", "", "")

    told = [outcome(asked(row, days=days), terms).kind for days in (379, 380)]

    assert told == ["withdrawal", "return"]
    assert outcome(asked(row), terms).last_day == date(2027, 11, 16)


@pytest.mark.parametrize("value", [3990, 100_000, 10_000_000])
def test_no_price_no_missing_photo_and_no_past_brings_a_person_between_a_withdrawal_and_its_yes(value):
    from returns.policy import Past

    past = Past(returns=50, missing=9, orders=1, countries=frozenset({"US"}))
    for row in VERDICTS:
        if row.kind == "withdrawal":
            told = asked(row, value=value, has_photo=False, past=past)
            assert decision(verdicts(told, FREE)) == "yes"


def test_a_statement_of_withdrawal_that_came_late_is_flagged_and_not_refused():
    row = Row("", "normal", "", "", (), "", "", "")
    came = [asked(row, days=days, withdrawn_on=CAME + timedelta(days=days)) for days in (14, 31)]

    told = [(outcome(each, FREE).kind, decision(verdicts(each, FREE))) for each in came]

    assert told == [("withdrawal", "yes"), ("withdrawal", "ask")]


def test_who_withdraws_from_something_broken_has_withdrawn():
    """She may have both rights, and said which one she uses; perishable things know only the claim."""
    broken = Row("damaged", "normal", "", "", (), "", "", "")
    spoilt = Row("damaged", "perishable", "", "", (), "", "", "")

    assert outcome(asked(broken, withdrawn_on=CAME), FREE).kind == "withdrawal"
    assert outcome(asked(spoilt, withdrawn_on=CAME), FREE).kind == "claim"


def test_the_label_costs_on_withdrawal_only_who_was_told_and_never_more_than_it_costs_us():
    row = Row("changed_mind", "normal", "", "", (), "", "", "")
    untold = outcome(asked(row), Terms(label_price={"EUR": 395}))
    dear = outcome(asked(row), Terms(label_price={"EUR": 395}, label_cost={"EUR": 300}, label_told=True))

    assert (untold.label_price, untold.way_back, untold.rules["way_back"]) == (0, "shop", "law:label")
    assert dear.label_price == 300


def test_the_last_day_is_the_shops_and_never_before_the_laws():
    row = Row("changed_mind", "normal", "", "", (), "", "", "")
    saturday = CAME - timedelta(days=2)

    told = [
        outcome(asked(row, delivered_on=saturday), Terms(return_days=days)).last_day for days in (7, 14, 15, 16, 17, 30)
    ]

    assert told == [date(2026, 11, 16)] * 4 + [date(2026, 11, 17), date(2026, 11, 30)]


@pytest.mark.parametrize(("group", "last"), [("normal", date(2026, 12, 2)), ("hygiene", date(2026, 11, 16))])
def test_no_day_is_promised_on_which_the_terms_would_say_no(group, last):
    row = Row("changed_mind", group, "", "", (), "", "", "")

    assert outcome(asked(row), FREE).last_day == last
    assert decision(verdicts(asked(row, today=last), FREE)) == "yes"
    assert decision(verdicts(asked(row, today=last + timedelta(days=1)), FREE)) == "no"


@pytest.mark.parametrize("country", ["DE", "GB", "IE", "NO", "ES"])
def test_after_the_guarantee_a_program_says_no_only_where_the_law_has_a_fixed_end(country):
    years = 3 if country == "ES" else 2
    row = Row("faulty", "normal", "", "", (), "", "", "")
    last = date(2026 + years, 11, 2)

    told = [
        decision(verdicts(asked(row, country=country, wish="repair", today=last + timedelta(days=n)), FREE))
        for n in (0, 1)
    ]

    assert told == ["yes", "no" if country in ("DE", "ES") else "ask"]
