"""What must hold of every order, whatever goes back and when; and each law is shown to catch its breach."""

from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from returns import amounts
from returns.amounts import (
    Asked,
    Delivery,
    Extra,
    Line,
    Order,
    Part,
    Payment,
    Wear,
    again,
    payable,
    settle,
    split,
)
from returns.payouts.money import smallest_step

CURRENCIES = ("JPY", "EUR", "KWD")
CHANCE = st.randoms(use_true_random=True)  # one seed draws the whole order: nothing in it is worth shrinking
GROUNDS = ("withdrawal", "claim", "cancel", "carrier_return", "return")


def make(chance):
    """Lines, delivery and up to three payments that hold all of it, in steps where the payment service has them."""
    step = smallest_step(chance.choice(CURRENCIES))
    most = chance.choice((3, 30, 3000))
    lines = []
    for n in range(chance.randint(1, 3)):
        paid = chance.randint(0, most) * step
        lines.append(Line(n, "x", chance.randint(1, 6), paid, chance.randint(0, paid)))
    cost = chance.randint(0, most) * step
    delivery = Delivery(cost, chance.choice((None, chance.randint(0, 2 * cost))), chance.randint(0, cost))
    whole = (sum(line.paid for line in lines) + cost) // step
    cuts = sorted(chance.randint(0, whole) for _ in range(chance.randint(0, 2)))
    parts = [(b - a) * step for a, b in pairwise([0, *cuts, whole])]
    return Order(tuple(lines), delivery, tuple(Payment(part, chance.choice((1, step))) for part in parts))


def some(chance, things):
    return [each for each in things if chance.random() < 0.5]


class Books:
    """All that was given of one order, and what its payments still hold."""

    def __init__(self, order, *, rules=settle):
        self.order, self.rules = order, rules
        self.rows, self.sent, self.grounds = [], [], frozenset()

    @property
    def left(self):
        return [payment.left for payment in self.order.payments]

    def give(self, asked):
        told = self.rules(self.order, replace(asked, earlier=self.grounds), self.rows)
        self.rows += told.rows
        self.grounds |= {part.ground for part in asked.parts}
        steps = [payment.step for payment in self.order.payments]
        shares = split(told.total, self.left, steps)
        assert all(share % step == 0 for share, step in zip(shares, steps, strict=True))
        left = [
            replace(payment, left=payment.left - share)
            for payment, share in zip(self.order.payments, shares, strict=True)
        ]
        self.order = replace(self.order, payments=tuple(left))
        self.sent.append(told.total)
        return told

    def units_left(self):
        back = {line.id: 0 for line in self.order.lines}
        for row in self.rows:
            if row.rule == "R2":
                back[row.line] += row.quantity
        return {line.id: line.quantity - back[line.id] for line in self.order.lines}

    def sum_of(self, *rules, line=None, what="amount"):
        rows = [row for row in self.rows if row.rule in rules and (line is None or row.line == line)]
        return sum(getattr(row, what) for row in rows)


def everything_comes_back(chance, books, *, ground="withdrawal", policy="whole"):
    """In any pieces, with price reductions in between."""
    while left := {line: units for line, units in books.units_left().items() if units}:
        if chance.random() < 0.25:
            books.give(Asked(extras=(Extra("reduction", chance.randint(1, 2000), chance.choice(list(left))),)))
        lines = some(chance, left)
        books.give(Asked(tuple(Part(line, chance.randint(1, left[line]), ground) for line in lines), delivery=policy))


# --- the laws -----------------------------------------------------------------------------------------------------


def exact(books):
    """All that was paid has come back: for each line, of each tax, and in all."""
    for line in books.order.lines:
        assert books.sum_of("R2", "R6", line=line.id) == line.paid
        assert books.sum_of("R2", "R6", line=line.id, what="tax") == line.tax
    assert sum(books.sent) == sum(row.amount for row in books.rows)
    assert sum(books.left) == books.order.delivery.paid - books.sum_of("R3") - books.sum_of("R7")


def bounded(books):
    """Never more than was paid, never less than nothing, delivery once."""
    for line in books.order.lines:
        assert 0 <= books.sum_of("R2", "R6", "R8", line=line.id) <= line.paid
        assert 0 <= books.sum_of("R2", "R6", "R8", line=line.id, what="tax") <= line.tax
    assert 0 <= books.sum_of("R3") <= books.order.delivery.paid
    assert 0 <= books.sum_of("R3", what="tax") <= books.order.delivery.tax
    assert min(books.sent, default=0) >= 0
    assert min(books.left, default=0) >= 0


@given(CHANCE, st.sampled_from(("claim", "cancel")))
def test_when_everything_comes_back_everything_is_paid_back(chance, ground):
    order = make(chance)
    books = Books(order)

    everything_comes_back(chance, books, ground=ground)

    exact(books)
    bounded(books)
    assert (books.sum_of("R3"), books.sum_of("R3", what="tax")) == (order.delivery.paid, order.delivery.tax)
    assert sum(books.left) == 0


@given(CHANCE, st.sampled_from(("whole", "pro_rata")))
def test_a_withdrawal_of_everything_brings_the_standard_delivery_once_however_it_is_shared(chance, policy):
    order = make(chance)
    books = Books(order)

    everything_comes_back(chance, books, policy=policy)

    exact(books)
    bounded(books)
    standard = order.delivery.paid if order.delivery.standard is None else order.delivery.standard
    assert books.sum_of("R3") == min(order.delivery.paid, standard)


@given(CHANCE)
def test_whatever_is_asked_in_whichever_order_nothing_is_paid_twice(chance):
    books = Books(make(chance))

    anything(chance, books)

    bounded(books)


def anything(chance, books):
    for n in range(chance.randint(1, 8)):
        left = {line: units for line, units in books.units_left().items() if units}
        parts = tuple(
            Part(
                line,
                chance.randint(1, left[line]),
                chance.choice(GROUNDS),
                chance.choice((0, 10, 100)),
                tuple(Wear(1, chance.randint(1, 99), of=100 * n + line) for _ in some(chance, "x")),
            )
            for line in some(chance, left)
        )
        extras = tuple(
            Extra(why, chance.randint(1, 4000), chance.choice(books.order.lines).id, of=n)
            for why in some(chance, ("reduction", "difference", "delivery"))
        )
        books.give(
            Asked(
                parts,
                extras,
                label=chance.choice((0, 5, 900)),
                case=n,
                delivery=chance.choice(("whole", "pro_rata")),
                return_delivery=chance.choice(("keep", "whole", "pro_rata")),
            )
        )


@given(CHANCE)
def test_a_sum_can_be_worked_out_again_from_what_was_kept_with_it(chance):
    books, told = Books(make(chance)), []
    keep = books.give
    books.give = lambda asked: told.append(keep(asked))

    anything(chance, books)

    for one in told:
        facts = one.as_facts()
        assert again(facts).as_facts() == facts


@given(st.lists(st.tuples(st.integers(0, 500), st.sampled_from((1, 10))), min_size=1, max_size=5), st.data())
def test_steps_are_kept_and_the_split_stays_exact(payments, data):
    left, steps = [one for one, _ in payments], [one for _, one in payments]
    total = data.draw(st.integers(0, sum(left)))

    sent = payable(total, left, steps)

    assert abs(sent - total) < max(steps) or sent == total
    try:
        parts = split(sent, left, steps)
    except ValueError:  # there is no sum near it that could leave: never because the split did not find the way
        assert ways(total, left, steps) == []
    else:
        assert sum(parts) == sent
        assert all(0 <= one <= most and one % step == 0 for one, most, step in zip(parts, left, steps, strict=True))
        assert sent == total or total not in ways(total, left, steps)


def ways(total, left, steps):
    """Every sum less than a step away from it that the payments can pay, by brute force."""
    coarse = sum(one // 10 for one, step in zip(left, steps, strict=True) if step == 10)
    fine = sum(one for one, step in zip(left, steps, strict=True) if step == 1)
    reach = max(steps)
    return [
        near
        for near in range(max(total - reach + 1, 0), total + reach)
        if any(0 <= near - 10 * tens <= fine for tens in range(coarse + 1))
    ]


# --- each law catches its breach ------------------------------------------------------------------------------------


def each_for_itself(order, asked, given):
    """Every unit at the same rounded price: cents are lost or made."""
    rows = [
        replace(row, amount=amounts.share(line.paid, row.quantity, line.quantity)) if row.rule == "R2" else row
        for row in settle(order, asked, given).rows
        for line in [order.by_id.get(row.line)]
    ]
    return amounts.Breakdown(tuple(rows))


def forgets(*rules):
    """Rules that do not know of rows given before."""

    def wrong(order, asked, given):
        return settle(order, asked, [row for row in given if row.rule not in rules])

    wrong.__name__ = f"forgets {' '.join(rules)}"
    return wrong


def taxes_each_alone(order, asked, given):
    """The tax of a row by its own share, whatever went before."""
    told = settle(order, asked, given)
    rows = tuple(
        replace(row, tax=amounts.share(order.by_id[row.line].tax, row.amount, order.by_id[row.line].paid))
        if row.rule in {"R2", "R6"}
        else row
        for row in told.rows
    )
    return amounts.Breakdown(rows)


def all_of_the_delivery_at_once(order, asked, given):
    """Delivery with whatever comes back first, and again with the last."""
    told = settle(order, asked, given)
    extra = amounts.Amount("R3", "", 1, order.delivery.paid, 0) if asked.parts else None
    return amounts.Breakdown((*told.rows, extra)) if extra else told


def label_without_end(order, asked, given):
    told = settle(order, replace(asked, label=0), given)
    return amounts.Breakdown((*told.rows, amounts.Amount("R4", "", 1, -asked.label, 0)))


def run(law, rules):
    for seed in range(400):
        chance = Random(seed)
        books = Books(make(chance), rules=rules)
        if law is bounded:
            anything(chance, books)
        else:
            everything_comes_back(chance, books)
        law(books)


@pytest.mark.parametrize(
    ("law", "rules"),
    [
        (exact, each_for_itself),
        (exact, taxes_each_alone),
        (exact, forgets("R6")),
        (exact, forgets("R2")),
        (exact, forgets("R7")),
        (bounded, forgets("R3")),
        (bounded, forgets("R8")),
        (bounded, all_of_the_delivery_at_once),
        (bounded, label_without_end),
    ],
    ids=lambda one: getattr(one, "__name__", str(one)),
)
def test_a_wrong_rule_is_caught(law, rules):
    with pytest.raises((AssertionError, ValueError)):
        run(law, rules)


@pytest.mark.parametrize("law", [exact, bounded])
def test_the_right_rules_pass_the_same_trial(law):
    run(law, settle)
