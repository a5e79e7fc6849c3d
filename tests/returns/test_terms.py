"""A shop's own terms over ours, and what the law does not let them say."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.models import ProductGroup
from returns.kinds import Reason, Wish
from returns.policy import Past, Terms, Wished, decision, outcome, risks, verdicts
from returns.policy import law as law_of
from returns.policy.floor import FLOORS, Ground, lawful
from returns.policy.lessens import Complaint, lessens
from returns.policy.matrix import ANSWERS, CONDITIONS, TAGS, Rule, cell, default_rules
from returns.policy.outcome import kind_of
from returns.policy.risks import SIGNALS
from returns.policy.terms import terms_from
from tests.returns.verdicts import VERDICTS

CAME = date(2026, 11, 2)
WISHED = Wished(
    reason="changed_mind",
    product_group="normal",
    country="DE",
    currency="EUR",
    value=3990,
    delivered_on=CAME,
    today=CAME + timedelta(days=20),
    has_photo=True,
    wish="money",
    placed_on=CAME,
)
DAMAGED = replace(WISHED, reason="damaged")


def with_rules(*rules: tuple[str, dict, dict], **numbers) -> Terms:
    return Terms(rules=tuple(Rule(*rule) for rule in rules), **numbers)


# The later rule wins, answer by answer


def test_the_later_rule_that_fits_wins_and_every_answer_names_the_rule_it_came_from():
    terms = with_rules(
        ("A", {"reason": ["changed_mind"]}, {"fee_percent": 10, "window_days": 60}),
        ("B", {"country": ["DE"], "kind": ["return"]}, {"fee_percent": 20}),
        ("C", {"country": ["FR"]}, {"fee_percent": 30}),
    )

    told = outcome(WISHED, terms)

    assert (told.fee_percent, told.last_day) == (20, CAME + timedelta(days=60))
    assert [told.rules[key] for key in ("fee_percent", "window_days", "answer", "offers")] == [
        "B",
        "A",
        "ALL-1",
        "MND-1",
    ]


@pytest.mark.parametrize(
    ("when", "fits", "fits_not"),
    [
        ({"reason": ["damaged", "changed_mind"]}, {}, {"reason": "other"}),
        ({"group": ["normal"]}, {}, {"product_group": "bulky"}),
        ({"country": ["DE"]}, {}, {"country": "FR"}),
        ({"country": ["EU"]}, {"country": "NO"}, {"country": "GB"}),
        ({"country": ["other", "VN"]}, {"country": "US"}, {}),
        ({"kind": ["return"]}, {}, {"today": CAME}),
        ({"wish": ["money"]}, {}, {"wish": "swap"}),
        ({"price_from": {"EUR": 3990}}, {}, {"value": 3989}),
        ({"price_from": {"EUR": 3990}}, {}, {"currency": "USD"}),
        ({"price_from": {"EUR": 1995}}, {"quantity": 2}, {"quantity": 3}),
        ({"price_to": {"EUR": 3990}}, {}, {"value": 3991}),
        ({"price_to": {"EUR": 3990}}, {}, {"currency": "USD"}),
        ({"days_from": 20}, {}, {"today": CAME + timedelta(days=19)}),
        ({"days_to": 20}, {}, {"today": CAME + timedelta(days=21)}),
        ({"returns_from": 3}, {"past": Past(returns=3)}, {"past": Past(returns=2)}),
        ({"orders_to": 1}, {}, {"past": Past(orders=2)}),
        ({"differs": True}, {"differs": True, "reason": "style"}, {"differs": None}),
        ({"unsafe": True}, {"unsafe": True}, {}),
        ({"arrived": False}, {"arrived": False}, {"arrived": None}),
        ({"repaired": True}, {"repaired": True}, {}),
        ({"tags": ["sale"]}, {"tags": frozenset({"sale"})}, {}),
        ({}, {}, None),
    ],
)
def test_a_rule_speaks_only_where_all_its_conditions_hold(when, fits, fits_not):
    rule = Rule("X", when, {})

    facts = [replace(WISHED, **fits)] + ([replace(WISHED, **fits_not)] if fits_not is not None else [])

    assert [rule.fits(each, kind_of(each, each.wish, Terms())) for each in facts] == [True, False][: len(facts)]


def test_every_condition_is_tried_above():
    cases = test_a_rule_speaks_only_where_all_its_conditions_hold.pytestmark[0].args[1]

    assert {name for when, *_ in cases for name in when} == set(CONDITIONS)


def test_our_table_answers_every_question_for_every_line_and_has_each_id_once():
    rules = default_rules(Terms())

    assert len({rule.id for rule in rules}) == len(rules)
    for row in VERDICTS:
        line = replace(WISHED, reason=row.reason, product_group=row.group)
        told = cell(rules, line, kind_of(line, "money", Terms()))
        assert set(ANSWERS) - set(told.answers) <= {"window_days", *_SUMS_AND_KEPT}


_SUMS_AND_KEPT = {"photo_from", "keep_up_to", "decide_up_to", "keep_unsafe", "keep_percent"}


def test_terms_kept_as_json_come_back_as_they_were():
    terms = with_rules(("A", {"reason": ["other"], "price_from": {"EUR": 1}}, {"answer": "ask"}), return_days=60)
    numbers = {
        "return_days": 60,
        "rules": [rule.as_facts() for rule in terms.rules],
        "odd": 1,
        "ask_when": ["no_photo"],
    }

    back = terms_from(numbers, version=3)

    assert back == replace(terms, version=3, ask_when=("no_photo",))


# Numbers at their edges


@pytest.mark.parametrize(("days", "answer"), [(0, "yes"), (29, "yes"), (30, "yes"), (31, "no")])
def test_the_time_ends_after_the_thirtieth_day(days, answer):
    told = verdicts(replace(WISHED, today=CAME + timedelta(days=days)), Terms())

    assert [verdict.answer for verdict in told if verdict.code == "in_time"] == [answer]


def test_before_it_has_come_no_time_runs():
    assert decision(verdicts(replace(WISHED, delivered_on=None, today=date(2036, 1, 1)), Terms())) == "yes"


@pytest.mark.parametrize(
    ("value", "has_photo", "photo", "answer"),
    [
        (1999, False, "never", "yes"),
        (2000, False, "needed", "ask"),
        (2000, True, "needed", "yes"),
        (10000, True, "needed", "yes"),
        (10001, True, "needed", "ask"),
    ],
)
def test_damage_is_decided_by_rules_up_to_a_sum_and_shown_from_another(value, has_photo, photo, answer):
    line = replace(DAMAGED, value=value, has_photo=has_photo)

    assert (outcome(line, Terms()).photo, decision(verdicts(line, Terms()))) == (photo, answer)


def test_in_a_currency_without_figures_a_photo_is_needed_and_a_person_decides():
    line = replace(DAMAGED, currency="SEK", value=1)

    assert (outcome(line, Terms()).photo, decision(verdicts(line, Terms()))) == ("needed", "ask")
    assert outcome(replace(line, reason="changed_mind"), Terms()).decide_up_to is None


@pytest.mark.parametrize(("value", "answer"), [(3000, "yes"), (3001, "ask")])
def test_a_missing_part_is_decided_up_to_a_smaller_sum(value, answer):
    assert decision(verdicts(replace(WISHED, reason="missing", value=value), Terms())) == answer


def test_the_fee_is_the_shops_own_and_never_of_a_withdrawal_or_a_fault():
    terms = Terms(fee_percent=10)
    lines = [WISHED, replace(WISHED, today=CAME), DAMAGED]

    assert [outcome(line, terms).fee_percent for line in lines] == [10, 0, 0]


# Signals


def test_there_are_fewer_than_ten_signals_and_they_are_told_with_their_facts():
    line = replace(
        DAMAGED,
        value=20000,
        country="FR",
        has_photo=False,
        past=Past(returns=10, missing=2, orders=3, countries=frozenset({"DE"})),
    )

    told = {signal.code: signal.facts for signal in risks(line, outcome(line, Terms()), Terms())}

    assert len(SIGNALS) < 10
    assert told == {
        "many_returns": {"count": 10, "days": 90},
        "missing_before": {"count": 2},
        "high_value": {"value": 20000, "currency": "EUR"},
        "other_country": {"country": "FR"},
        "no_photo": {},
    }
    first = replace(WISHED, past=Past(orders=1))
    assert [signal.code for signal in risks(first, outcome(first, Terms()), Terms())] == ["new_customer"]


@pytest.mark.parametrize(("returns", "answer"), [(9, "yes"), (10, "ask")])
def test_many_returns_bring_a_person_in_and_never_a_no(returns, answer):
    assert decision(verdicts(replace(WISHED, past=Past(returns=returns)), Terms())) == answer


def test_a_signal_that_the_shop_does_not_listen_to_changes_nothing():
    line = replace(WISHED, past=Past(returns=99, missing=9))

    assert decision(verdicts(line, Terms(ask_when=()))) == "yes"


# What lessens a right


def test_our_own_table_lessens_nothing():
    assert lessens(Terms()) == []
    assert lessens(Terms(withdrawal_informed=False, fee_percent=50, label_price={"EUR": 500})) == []


EU = "Directive 2011/83/EU, Art. "
SALES = "Directive (EU) 2019/771, Art. "


@pytest.mark.parametrize(
    ("when", "then", "right", "article"),
    [
        ({"reason": ["changed_mind"]}, {"window_days": 13}, "window", EU + "9 and 10"),
        ({"reason": ["too_late"]}, {"window_days": 13}, "window", EU + "9 and 10"),
        ({"country": ["GB"]}, {"photo": "needed"}, "no_reason", "SI 2013/3134, reg. 29(1)"),
        ({"group": ["normal"]}, {"photo": "optional"}, "no_reason", EU + "9(1)"),
        ({"price_from": {"EUR": 1}}, {"answer": "ask"}, "no_reason", EU + "9(1)"),
        ({"returns_from": 9}, {"answer": "no"}, "no_reason", EU + "9(1)"),
        ({"group": ["hygiene"]}, {"answer": "no"}, "no_reason", EU + "9(1)"),
        ({"tags": ["sale"]}, {"fee_percent": 1}, "no_fee", EU + "9(1) and 14(5)"),
        ({"days_from": 14}, {"fee_percent": 1}, "no_fee", EU + "9(1) and 14(5)"),
        ({"reason": ["style"], "wish": ["money"]}, {"fee_percent": 1}, "no_fee", EU + "9(1) and 14(5)"),
        ({"reason": ["changed_mind"]}, {"offers": ["swap", "money"]}, "money", EU + "13(1)"),
        ({"reason": ["wrong_size"]}, {"offers": ["swap"]}, "money", EU + "13(1)"),
        ({"reason": ["damaged"]}, {"fee_percent": 5}, "no_charge", SALES + "14"),
        ({"reason": ["damaged"]}, {"way_back": "customer"}, "no_charge", SALES + "14"),
        ({"reason": ["style"], "differs": True}, {"way_back": "customer"}, "no_charge", SALES + "14"),
        ({"reason": ["faulty"]}, {"window_days": 730}, "guarantee", SALES + "10"),
        ({"reason": ["faulty"], "country": ["PT"]}, {"window_days": 1095}, "guarantee", SALES + "10"),
        ({"reason": ["faulty"], "days_from": 400}, {"answer": "no"}, "guarantee", SALES + "10"),
        ({"reason": ["damaged"]}, {"offers": ["money", "reduction"]}, "remedies", SALES + "13"),
        ({"reason": ["faulty"], "repaired": True}, {"offers": ["swap"]}, "remedies", SALES + "13"),
        ({"reason": ["missing"]}, {"offers": ["money"]}, "remedies", SALES + "13"),
        ({"reason": ["too_late"]}, {"offers": ["delivery"]}, "too_late", EU + "18"),
        ({"reason": ["too_late"]}, {"answer": "no"}, "too_late", EU + "18"),
        (
            {"reason": ["damaged"], "country": ["GB"]},
            {"fee_percent": 5},
            "no_charge",
            "Consumer Rights Act 2015, s. 20(8) and 23(2)",
        ),
    ],
)
def test_a_rule_that_lessens_a_right_is_named_with_its_article(when, then, right, article):
    [key] = then

    told = lessens(with_rules(("MINE-1", when, then)))

    assert Complaint(right, f"rules.MINE-1.{key}", article) in told


@pytest.mark.parametrize(
    ("when", "then"),
    [
        ({"country": ["VN"]}, {"window_days": 7, "answer": "no", "fee_percent": 50, "offers": ["swap"]}),
        ({"country": ["other"]}, {"way_back": "customer", "photo": "needed"}),
        ({"kind": ["return"]}, {"window_days": 7, "answer": "no", "fee_percent": 50, "offers": ["swap"]}),
        ({"group": ["perishable", "made_to_order"], "reason": ["changed_mind"]}, {"answer": "no", "fee_percent": 9}),
        ({"reason": ["changed_mind"], "days_from": 26}, {"answer": "no"}),
        ({"reason": ["changed_mind"], "wish": ["swap"]}, {"answer": "ask", "photo": "needed"}),
        ({"reason": ["changed_mind"]}, {"window_days": 14, "way_back": "shop", "trigger": "receipt"}),
        ({"reason": ["faulty"]}, {"window_days": 1096, "answer": "ask", "photo": "needed", "offers": ["repair"]}),
        ({"reason": ["faulty"], "days_from": 2000}, {"answer": "no"}),
        ({}, {"reduction_percent": 0, "keep_percent": 0, "decide_up_to": {}, "photo_from": {}}),
    ],
)
def test_a_rule_that_leaves_every_right_alone_passes(when, then):
    if then.get("offers") == ["repair"]:
        when = {**when, "repaired": False}

    assert lessens(with_rules(("MINE-1", when, then))) == []


@pytest.mark.parametrize(
    ("numbers", "complaint"),
    [
        ({"return_days": 13}, Complaint("window", "return_days", EU + "9 and 10")),
        ({"send_back_days": 13}, Complaint("send_back", "send_back_days", EU + "14(1)")),
        (
            {"label_price": {"EUR": 501}, "label_cost": {"EUR": 500}, "label_told": True},
            Complaint("label", "label_price.EUR", EU + "14(1) and 6(6)"),
        ),
    ],
)
def test_a_number_that_lessens_a_right_is_named(numbers, complaint):
    assert lessens(Terms(**numbers)) == [complaint]


# Random terms


def some(values, most=3):
    return st.lists(st.sampled_from(sorted(values)), min_size=1, max_size=most, unique=True)


COUNTRIES = ["DE", "ES", "GR", "NO", "GB", "VN", "US", "EU", "other"]
SUMS = st.dictionaries(st.sampled_from(["EUR", "GBP"]), st.integers(0, 20000), max_size=2)
WHEN = st.fixed_dictionaries(
    {},
    optional={
        "reason": some(Reason.values),
        "group": some(ProductGroup.values),
        "country": some(COUNTRIES),
        "kind": some(["withdrawal", "return", "claim"], 2),
        "wish": some(Wish.values, 4),
        "price_from": SUMS,
        "price_to": SUMS,
        "days_from": st.integers(0, 900),
        "days_to": st.integers(0, 900),
        "returns_from": st.integers(0, 5),
        "orders_to": st.integers(1, 5),
        "differs": st.booleans(),
        "unsafe": st.booleans(),
        "arrived": st.booleans(),
        "repaired": st.booleans(),
        "tags": some(TAGS),
    },
)
THEN = st.fixed_dictionaries(
    {},
    optional={
        "answer": st.sampled_from(["yes", "ask", "no"]),
        "offers": some(Wish.values, 4),
        "photo": st.sampled_from(["never", "optional", "needed"]),
        "photo_from": SUMS,
        "way_back": st.sampled_from(["shop", "customer", "none"]),
        "by_post": st.booleans(),
        "keep_up_to": SUMS,
        "keep_unsafe": st.booleans(),
        "keep_percent": st.integers(0, 100),
        "decide_up_to": SUMS,
        "window_days": st.integers(0, 1200),
        "fee_percent": st.integers(0, 100),
        "trigger": st.sampled_from(["submit", "first_scan", "receipt", "inspection"]),
    },
)
RULE_LISTS = st.lists(st.tuples(WHEN, THEN), max_size=4).map(
    lambda pairs: tuple(Rule(f"R-{n}", when, then) for n, (when, then) in enumerate(pairs))
)
TERMS = st.builds(
    Terms,
    rules=RULE_LISTS,
    return_days=st.integers(0, 60),
    fee_percent=st.integers(0, 30),
    withdrawal_informed=st.booleans(),
    label_told=st.booleans(),
    label_price=SUMS,
    label_cost=SUMS,
    many_returns=st.integers(0, 5),
    ask_when=some(SIGNALS, 6).map(tuple),
)
LINES = st.builds(
    Wished,
    reason=st.sampled_from(Reason.values),
    product_group=st.sampled_from(ProductGroup.values),
    country=st.sampled_from(["DE", "ES", "GR", "NO", "GB", "VN", "US"]),
    currency=st.sampled_from(["EUR", "GBP", "SEK"]),
    value=st.integers(0, 30000),
    delivered_on=st.none() | st.just(CAME),
    today=st.integers(0, 1200).map(lambda n: CAME + timedelta(days=n))
    | st.integers(0, 16).map(lambda n: CAME + timedelta(days=n)),
    has_photo=st.booleans(),
    wish=st.sampled_from(["", *Wish.values]),
    quantity=st.integers(1, 3),
    placed_on=st.just(CAME),
    differs=st.none() | st.booleans(),
    unsafe=st.booleans(),
    arrived=st.none() | st.booleans(),
    repaired=st.booleans(),
    tags=st.sampled_from([frozenset(), frozenset({"sale"})]),
    past=st.builds(Past, returns=st.integers(0, 20), missing=st.integers(0, 2), orders=st.integers(1, 9)),
)


@given(terms=TERMS, line=LINES)
@settings(max_examples=150, deadline=None)
def test_no_terms_whatever_lessen_a_right(terms, line):
    """An oracle of its own: who stands where is worked out here again, from the dates alone."""
    told, decided = outcome(line, terms), decision(verdicts(line, terms))
    protected = line.country not in ("VN", "US")
    fault = line.reason in ("damaged", "faulty", "wrong_item", "missing", "too_late") or (
        line.reason == "style" and bool(line.differs)
    )
    excepted = line.product_group in ("perishable", "made_to_order")
    informed = 14 if terms.withdrawal_informed else 379
    within = line.delivered_on is None or (line.today - CAME).days <= informed
    years = 3 if line.country == "ES" else 2
    guaranteed = line.delivered_on is None or line.today <= CAME.replace(year=CAME.year + years)

    if protected and not fault and not excepted and within and line.wish in ("", "money"):
        assert told.kind == "withdrawal"
        assert decided == "yes"
        assert ("money" in told.offers, told.photo, told.fee_percent) == (True, "never", 0)
        assert told.label_price == 0 or terms.label_told
        assert line.reason != "changed_mind" or told.offers[0] == "money"
    if protected and fault:
        assert (told.kind, told.fee_percent, told.label_price) == ("claim", 0, 0)
        assert told.way_back != "customer"
    if protected and fault and guaranteed and line.reason != "too_late":
        assert decided != "no"
        assert told.offers
    if not told.offers:
        assert told.answer == "no"


@given(terms=TERMS, line=LINES)
@settings(max_examples=150, deadline=None)
def test_terms_that_pass_leave_the_law_nothing_to_put_right(terms, line):
    if lessens(terms):
        terms = replace(terms, return_days=max(terms.return_days, 14), label_price={}, rules=_passing(terms))
    line = replace(line, wish=line.wish or "money")
    kind = kind_of(line, line.wish, terms)

    told = cell(terms.matrix, line, kind)

    ground = Ground(kind, line.reason, line.country, line.repaired)
    ended = line.days > (366 * 4 if kind == "claim" else 390)
    assert lessens(terms) == []
    assert {key: lawful(key, told.get(key), ground)[1] for key in FLOORS if not ended} == {
        key: "" for key in FLOORS if not ended
    }


def _passing(terms: Terms) -> tuple[Rule, ...]:
    """The rules without the answers that were refused."""
    refused = {complaint.key for complaint in lessens(terms)}
    return tuple(
        Rule(
            rule.id,
            rule.when,
            {key: value for key, value in rule.then.items() if f"rules.{rule.id}.{key}" not in refused},
        )
        for rule in terms.rules
    )


@given(terms=TERMS, line=LINES)
@settings(max_examples=50, deadline=None)
def test_the_same_facts_get_the_same_answers_and_every_no_has_a_rule(terms, line):
    told = verdicts(line, terms)

    assert told == verdicts(line, terms)
    assert [verdict for verdict in told if verdict.answer == "no" and not verdict.rule] == []


def test_the_article_of_every_right_that_can_be_lessened_is_known():
    rights = {
        "no_reason",
        "no_fee",
        "money",
        "window",
        "guarantee",
        "too_late",
        "no_charge",
        "remedies",
        "send_back",
        "label",
    }

    assert {bool(law_of.source(right, country)) for right in rights for country in ("DE", "GB")} == {True}
