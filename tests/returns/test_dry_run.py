"""What other terms would have changed, worked out without touching anything."""

import gc
import tracemalloc
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Order
from returns.models import Return, ReturnLine
from returns.policy import Terms
from returns.policy.dry_run import Money, dry_run, replay
from returns.policy.matrix import Rule
from returns.policy.terms import terms_of
from tests import make

pytestmark = pytest.mark.django_db


def report(shop, new: Terms, *, old: Terms | None = None, last: int = 500):
    return dry_run(shop, old or Terms(), new, last=last, today=shop.today())


def lately(shop, days: int = 6):
    return shop.today() - timedelta(days=days)


def some_cases(shop) -> list[Return]:
    """A withdrawal, a late return, a claim without a photo, a refused kind of thing that a person let through."""
    cases = [
        make.make_return(make.make_order(shop, email="a@example.com")),
        make.make_return(make.make_order(shop, email="b@example.com", delivered=lately(shop, 20))),
        make.make_return(make.make_order(shop, email="c@example.com"), reason="damaged"),
        make.make_return(make.make_order(shop, email="d@example.com"), reason="missing", wish="part"),
    ]
    make.make_return(make.make_order(shop, email="e@example.com"), state="draft")
    return cases


def test_the_same_terms_change_nothing(shop):
    some_cases(shop)
    terms = terms_of(Order.objects.first())

    told = dry_run(shop, terms, terms, last=500, today=shop.today())

    assert (told.cases, told.changed, told.items_changed, told.money, dict(told.answers)) == (4, 0, 0, {}, {})
    assert told.items > 0


def test_it_says_which_cases_change_from_what_to_what_by_which_rule_and_the_money(shop):
    withdrawal, late, damaged, _missing = some_cases(shop)
    new = Terms(rules=(Rule("OLD-1", {"kind": ["return"], "days_from": 15}, {"answer": "no"}),), decide_up_to={})

    told = report(shop, new)

    changes = {case.number: (case.before.answer, case.after.answer, case.after.rule) for case in told.changes}
    assert changes == {late.number: ("yes", "no", "OLD-1")}
    assert dict(told.answers) == {"yes": -1, "no": 1}
    assert told.money == {"EUR": Money(refunds=-3990)}
    assert {withdrawal.number, damaged.number}.isdisjoint(changes)


def test_fees_and_labels_count_by_currency(shop):
    make.make_return(make.make_order(shop, delivered=lately(shop, 20)))
    make.make_return(make.make_order(shop, email="b@example.com", delivered=lately(shop, 20), currency="USD"))
    costs = {"EUR": 500, "USD": 600}
    new = Terms(fee_percent=10, label_price={"EUR": 395}, label_cost=costs)

    told = report(shop, new, old=Terms(label_cost=costs))

    assert told.money == {"EUR": Money(fees=399, labels=-395), "USD": Money(fees=399)}
    assert told.money["EUR"].cost == -794


@pytest.mark.parametrize(("paid", "fee"), [(3994, 399), (3995, 400), (3996, 400)])
def test_a_fee_is_rounded_half_up_like_every_sum(shop, paid, fee):
    make.make_return(make.make_order(shop, lines=[(1, paid)], delivered=lately(shop, 20)))

    assert report(shop, Terms(fee_percent=10)).money == {"EUR": Money(fees=fee)}


def test_an_item_nobody_asked_about_yet_is_looked_at_with_every_problem(shop):
    order = make.make_order(shop, lines=[(1, 3990), (2, 2000)], delivered=lately(shop, 20))
    order.lines.filter(position=2).update(returning=2)

    told = report(shop, Terms(return_days=14))

    assert told.items == 9
    assert {(item.line, item.reason, item.before, item.after, item.rule) for item in told.item_changes} == {
        (1, "wrong_size", "yes", "no", "ALL-4"),
        (1, "style", "yes", "no", "ALL-4"),
        (1, "changed_mind", "yes", "no", "ALL-4"),
        (1, "other", "ask", "no", "ALL-4"),
        (1, "too_late", "yes", "no", "LAT-2"),
    }


def test_only_the_newest_are_looked_at_and_no_other_shops(shop):
    cases = some_cases(shop)
    other = make.make_shop(domain="other.example")
    make.make_return(make.make_order(other))

    told = list(replay(shop, Terms(), Terms(), last=2, today=shop.today()))

    assert [case.number for case in told] == [cases[3].number, cases[2].number]


def test_nothing_is_written(shop):
    some_cases(shop)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        report(shop, Terms(return_days=14))

    verbs = {query["sql"].split()[0] for query in queries}
    assert verbs - {"SELECT", "DECLARE", "FETCH", "CLOSE", "SAVEPOINT", "RELEASE"} == set()


def many(shop, count: int) -> None:
    """Cases that are in the books, made at once."""
    first = make.make_return(make.make_order(shop, email="first@example.com"))
    order, line = first.order, first.order.lines.get()
    Return.objects.bulk_create(
        Return(shop=shop, order=order, language="en", submitted_at=first.submitted_at) for _ in range(count)
    )
    ReturnLine.objects.bulk_create(
        ReturnLine(ret=ret, order_line=line, requested=1, reason="damaged", wish="money", words="x" * 5000)
        for ret in Return.objects.filter(state="draft")
    )


def test_memory_does_not_grow_with_the_number_of_cases(shop):
    """Rows and their lines hold each other, so the collector runs as it does in a long life. The positive control
    keeps every row, and is seen to grow."""
    many(shop, 330)

    def peak(last: int, *, keep: bool) -> int:
        gc.collect()
        tracemalloc.start()
        kept = []
        for number, case in enumerate(replay(shop, Terms(), Terms(return_days=14), last=last, today=shop.today())):
            if number % 20 == 0:
                gc.collect()
            if keep:
                kept.append(list(ReturnLine.objects.filter(ret__number=case.number)))
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    peak(110, keep=False)  # what is loaded once
    few, lots, control = peak(110, keep=False), peak(330, keep=False), peak(330, keep=True)

    assert lots < 1.3 * few
    assert control > 1.3 * few
