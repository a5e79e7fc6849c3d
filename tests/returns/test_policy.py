"""The rules and the books: what a case's lines look like to the rules, and what the rules do to a case."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from carriers.base import Status
from orders.actions import note_arrival
from orders.models import OrderLine
from returns import actions
from returns.errors import LessensARight, NotReturnable
from returns.models import ReturnLine
from returns.models import Terms as TermsRow
from returns.policy import RULES, Terms, decision, first_no, judge, offer, possession, terms_of, wished
from returns.policy.publish import publish
from tests import make

pytestmark = pytest.mark.django_db


def line_of(ret) -> ReturnLine:
    return ret.lines.select_related("ret", "order_line__order__shop").get()


# judge, offer


def test_judge_asks_every_rule_about_every_line_and_says_which(shop):
    ret = make.make_return(make.make_order(shop, lines=[(1, 3990), (1, 1000)]), state="draft")
    other = ret.order.lines.get(position=2)
    ReturnLine.objects.create(ret=ret, order_line=other, requested=1, reason="damaged", wish="money")

    verdicts = judge(ret, terms_of(ret.order), shop.today())

    assert [(verdict.code, verdict.line) for verdict in verdicts] == [
        (rule.__name__, line) for rule in RULES for line in (1, 2)
    ]


def test_a_late_return_is_refused_and_leaves_no_trace(shop):
    day = shop.today() - timedelta(days=31)
    ret = make.make_return(make.make_order(shop, delivered=day), state="draft")
    in_time_still = make.make_return(make.make_order(shop, delivered=day + timedelta(days=1)), state="draft")

    with pytest.raises(NotReturnable) as no:
        actions.submit(ret)

    assert no.value.codes == ["in_time"]
    assert make.fresh(ret).state == "draft"
    assert ret.order.lines.get().returning == 0
    assert actions.submit(in_time_still).state == "approved"


def test_the_first_no_names_the_rule_and_the_line(shop):
    order = make.make_order(shop, delivered=shop.today() - timedelta(days=400))

    told = first_no(offer(OrderLine.objects.get(order=order), "changed_mind", terms_of(order), shop.today()))

    assert (told.code, told.line, told.rule) == ("in_time", 1, "ALL-4")
    assert first_no(offer(OrderLine.objects.get(order=order), "faulty", terms_of(order), shop.today())) is None


def test_a_case_is_judged_by_the_day_it_was_sent_however_late_somebody_looks(shop):
    with time_machine.travel(datetime(2026, 11, 2, 9, tzinfo=UTC)):
        ret = make.make_return(make.make_order(shop, delivered=shop.today() - timedelta(days=30)))

    with time_machine.travel(datetime(2027, 3, 1, 9, tzinfo=UTC)):
        assert decision(judge(ret, terms_of(ret.order), shop.today())) == "yes"


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


def test_a_rule_of_the_shop_is_read_from_its_version_and_decides(shop):
    rule = {"id": "SALE-1", "when": {"tags": ["sale"], "kind": ["return"]}, "then": {"answer": "no"}}
    TermsRow.objects.update(numbers={"rules": [rule], "return_carrier": "sandbox"})
    sale = make.make_order(shop, delivered=shop.today() - timedelta(days=20))
    plain = make.make_order(shop, delivered=shop.today() - timedelta(days=20))
    sale.lines.update(discount=500)

    told = [
        first_no(offer(order.lines.get(), "changed_mind", terms_of(order), shop.today())) for order in (sale, plain)
    ]

    assert (told[0].code, told[0].rule, told[1]) == ("can_be_sold_again", "SALE-1", None)


# What the rules see


def test_a_line_is_seen_with_what_was_paid_for_its_units(shop):
    order = make.make_order(shop, lines=[(3, 10000)])
    order.lines.update(discount=100)

    seen = wished(line_of(make.make_return(order, units=2)), shop.today())

    assert (seen.value, seen.price, seen.quantity, seen.line) == (6666, 3333, 2, 1)
    assert (seen.country, seen.currency, seen.tags, seen.has_photo) == ("DE", "EUR", frozenset({"sale"}), False)
    assert seen.placed_on == shop.today(order.placed_at)


def day(n: int) -> date:
    return date(2026, 11, n)


def test_possession_is_the_day_of_the_last_parcel_and_none_while_one_is_under_way(shop):
    order = make.make_order(shop, delivered=day(2))
    assert possession(order) == day(2)

    second = make.make_shipment(order, shipped_on=day(1))
    make.scan(second, Status.IN_TRANSIT, at=datetime(2026, 11, 3, tzinfo=UTC))
    assert possession(make.fresh(order)) is None

    make.scan(second, Status.DELIVERED, at=datetime(2026, 11, 9, 22, 30, tzinfo=UTC))
    assert possession(make.fresh(order)) == day(9)


def test_a_parcel_that_brought_an_exchange_does_not_begin_the_time_anew(shop):
    order = make.make_order(shop, delivered=day(2))
    make.make_shipment(order, delivered=day(20), replacement=True)

    assert possession(order) == day(2)


def test_a_parcel_no_carrier_ever_spoke_of_is_taken_to_have_come_late(shop):
    order = make.make_order(shop, delivered=None)
    make.make_shipment(order, shipped_on=day(2))

    assert shop.transit_days == 5
    assert possession(order) == day(14)
    assert possession(make.make_order(shop, delivered=None)) is None


def test_the_past_counts_her_other_cases_of_ninety_days_and_never_another_customers(shop):
    order = make.make_order(shop, lines=[(5, 5000)], address={**make.ADDRESS, "country": "AT"})
    make.make_return(make.make_order(shop, email="bob@example.com"))
    old = make.make_return(order, reason="missing", wish="part")
    make.make_return(order, reason="missing", wish="part", state="draft")
    type(old).objects.filter(pk=old.pk).update(submitted_at=timezone.now() - timedelta(days=91))
    make.make_return(order)
    later = make.make_order(shop, placed_at=timezone.now())

    seen = wished(line_of(make.make_return(later, state="draft")), shop.today()).past

    assert (seen.returns, seen.missing, seen.orders, seen.countries) == (1, 1, 2, frozenset({"AT"}))


def test_ten_cases_in_ninety_days_bring_a_person_in(shop):
    order = make.make_order(shop, lines=[(12, 12000)], delivered=shop.today() - timedelta(days=20))

    states = [make.make_return(order).state for _ in range(11)]

    assert states == ["approved"] * 10 + ["under_review"]


def test_an_earlier_repair_is_remembered(shop):
    order = make.make_order(shop, lines=[(2, 8000)])
    ret = make.make_return(order, reason="faulty", wish="repair")
    begun = wished(line_of(make.make_return(order, reason="faulty", state="draft")), shop.today()).repaired
    ret.lines.update(approved=1, received=1, accepted=1, repaired=1)

    seen = wished(line_of(make.make_return(order, reason="faulty", state="draft")), shop.today())

    assert (begun, seen.repaired) == (False, True)
    assert wished(line_of(ret), shop.today()).repaired is False


# What the rules do to a case


@pytest.mark.parametrize(
    ("group", "reason", "state"),
    [
        ("normal", "wrong_size", "approved"),
        ("bulky", "damaged", "under_review"),
        ("bulky", "changed_mind", "approved"),
        ("high_value", "changed_mind", "approved"),
        ("high_value", "faulty", "under_review"),
        ("hygiene", "changed_mind", "approved"),
    ],
)
def test_a_withdrawal_is_accepted_at_once_and_a_claim_may_wait_for_a_person(shop, group, reason, state):
    order = make.make_order(shop)
    order.lines.update(product_group=group)

    assert make.make_return(order, reason=reason).state == state


def test_what_is_made_to_order_is_not_taken_back_for_its_size(shop):
    order = make.make_order(shop)
    order.lines.update(product_group="made_to_order")

    with pytest.raises(NotReturnable) as no:
        make.make_return(order)

    assert no.value.codes == ["can_be_sold_again"]


def test_no_terms_at_all_are_our_own(shop):
    TermsRow.objects.all().delete()

    assert terms_of(make.make_order(shop)) == Terms()


def test_terms_that_lessen_a_right_are_not_published_by_any_way(shop):
    with pytest.raises(LessensARight) as no:
        publish(shop, {"return_days": 7}, starts_at=timezone.now(), by="file")

    assert [complaint.key for complaint in no.value.complaints] == ["return_days"]
    assert TermsRow.objects.count() == 1


def test_her_word_counts_where_no_carrier_says_when_it_came_and_never_moves_back(shop):
    told = make.make_order(shop, delivered=day(2))
    untold = make.make_order(shop, delivered=None)
    make.make_shipment(untold, shipped_on=day(2))

    for order in (told, untold):
        note_arrival(order, day(9), by="staff:sam")
        note_arrival(order, day(5), by="staff:sam")

    assert (possession(make.fresh(told)), possession(make.fresh(untold))) == (day(2), day(9))


@pytest.mark.parametrize(
    ("typed", "kept"), [("2026-11-20", True), ("2031-01-01", False), ("2020-01-01", False), ("x", False)]
)
def test_staff_note_her_word_only_for_a_day_that_can_be(shop, sam, typed, kept):
    placed = datetime(2026, 11, 10, tzinfo=UTC)
    order = make.make_order(shop, delivered=None, placed_at=placed)

    sam.post(f"/staff/orders/{order.number_key}/came/", {"day": typed})

    assert (make.fresh(order).said_to_have_come is not None) == kept
