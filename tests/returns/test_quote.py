"""`manage.py quote`: the worked cases, the mistakes and the refusals, through the command that anybody can call."""

import io
import json
import random

import pytest
from django.core.management import call_command

CARD = [{"id": "card", "captured": 10**9}]


def told(capsys, *, codes):
    """What the command says of an order: its answer, and the lines of its mistakes."""
    code = 0
    try:
        call_command("quote", "-")
    except SystemExit as stopped:
        code = stopped.code
    assert code in codes
    said = capsys.readouterr()
    assert bool(said.err) == bool(code)
    return json.loads(said.out) if said.out else None, said.err.splitlines()


@pytest.fixture
def ask(capsys, monkeypatch):
    def ask(whole, *, code=0, codes=()):
        raw = whole if isinstance(whole, bytes) else json.dumps(whole).encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
        return told(capsys, codes=codes or (code,))

    return ask


def order(*lines, steps, **more):
    """Lines as (quantity, unit price, more), called a, b, …"""
    return {
        "currency": "EUR",
        "lines": [
            {"id": "abcdef"[n], "quantity": quantity, "unit_price": price, "discount": 0, "tax": 0, **rest}
            for n, (quantity, price, rest) in enumerate(lines)
        ],
        "payments": CARD,
        "steps": steps,
        **more,
    }


def back(kind="withdrawal", *, units=None, **more):
    return {"kind": kind, "lines": units or {"a": 1}, **more}


def totals(answer):
    return [step["total"] for step in answer["steps"]]


def agrees(answer):
    """What must hold of every answer: the rows are the sum, however they are grouped."""
    for step in answer["steps"]:
        assert sum(row["amount"] for row in step["explained"]) == step["total"]
        parts = step["delivery"] - step["fees"] + step["goodwill"] + step["rounding"]
        assert sum(step["lines"].values()) + parts == step["total"]
        assert sum(row["tax"] for row in step["explained"]) == sum(step["tax"].values()) + step["delivery_tax"]
        if step["by_payment"]:
            assert sum(step["by_payment"].values()) == step["total"]


WORKED = {
    "E1": (order((3, 1000, {"paid": 1000}), steps=[back()] * 3), [333, 334, 333]),
    "E2": (order((10, 2390, {"discount": 5975}), steps=[back()] * 10), [1793, 1792] * 5),
    "E4": (
        order((1, 600, {}), (1, 400, {}), order_discount=100, steps=[back(), back(units={"b": 1})]),
        [540, 360],
    ),
    "E5": (
        order((3, 1999, {}), (1, 500, {}), order_discount=1000, steps=[*[back()] * 3, back(units={"b": 1})]),
        [1691, 1692, 1691, 423],
    ),
    "E6": (order((3, 2000, {"discount": 2000}), steps=[back()] * 3), [1333, 1334, 1333]),
    "E7": (
        order(
            (1, 4990, {}),
            (1, 2990, {}),
            delivery={"paid": 990, "standard": 490},
            steps=[back(units={"a": 1, "b": 1})],
        ),
        [8470],
    ),
    "E7 with a label": (
        order(
            (1, 4990, {}),
            (1, 2990, {}),
            delivery={"paid": 990, "standard": 490},
            steps=[back(units={"a": 1, "b": 1}, label_cost=395)],
        ),
        [8075],
    ),
    "E8": (
        order(
            (1, 4990, {}),
            (1, 2990, {}),
            delivery={"paid": 990, "standard": 490},
            steps=[back(units={"b": 1}), back()],
        ),
        [2990, 5480],
    ),
    "E8 by share": (
        order(
            (1, 4990, {}),
            (1, 2990, {}),
            delivery={"paid": 990, "standard": 490},
            steps=[back(units={"b": 1}, delivery_policy="pro_rata"), back(delivery_policy="pro_rata")],
        ),
        [2990 + 184, 4990 + 306],
    ),
    "E9": (order((3, 8999, {}), steps=[back("return", units={"a": 2}), back("return")]), [17998, 8999]),
    "E10": (
        order(
            (1, 8000, {}),
            delivery={"paid": 490, "standard": 490},
            steps=[back("return", fee_percent=10, label_cost=395, delivery_policy="keep")],
        ),
        [6805],
    ),
    "E11": (
        order(
            (1, 4000, {}),
            (1, 6000, {}),
            payments=[{"id": "card", "captured": 7000}, {"id": "gift card", "captured": 3000}],
            steps=[back()],
        ),
        [4000],
    ),
    "E12": (order((2, 11000, {"paid": 19800, "tax": 1800}), steps=[back()]), [9900]),
    "E13": (order((2, 5000, {"discount": 2000}), steps=[back()]), [4000]),
    "E14": (
        order((1, 5000, {"tax": 798}), steps=[{"kind": "reduction", "lines": {"a": 1}, "amount": 2000}, back()]),
        [2000, 3000],
    ),
    "E15": (order((1, 10000, {}), steps=[back(deductions={"percent": 40})]), [6000]),
    "E15 with all of the order": (
        order(
            (1, 10000, {}),
            delivery={"paid": 490, "standard": 490},
            steps=[back(deductions=[{"line": "a", "units": 1, "percent": 40}])],
        ),
        [6490],
    ),
    "E17": ({**order((3, 1000, {"paid": 1000}), steps=[back()] * 3), "currency": "JPY"}, [333, 334, 333]),
}


@pytest.mark.parametrize("name", WORKED)
def test_the_worked_cases(ask, name):
    whole, expected = WORKED[name]

    answer, mistakes = ask(whole)

    assert (totals(answer), mistakes) == (expected, [])
    agrees(answer)


def test_e3_the_stored_tax_is_split_like_the_price(ask):
    answer, _ = ask(order((10, 2390, {"discount": 5975, "tax": 2988}), steps=[back()] * 10))

    taxes = [step["tax"]["a"] for step in answer["steps"]]
    assert (set(taxes), sum(taxes)) == ({298, 299}, 2988)
    agrees(answer)


def test_e5_shows_the_share_of_the_discount_that_each_line_bore(ask):
    assert ask(WORKED["E5"][0])[0]["paid"] == {"a": 5074, "b": 423}


def test_e7_and_e10_tell_delivery_and_what_was_kept_apart(ask):
    label, fee = (ask(WORKED[name][0])[0]["steps"][0] for name in ("E7 with a label", "E10"))

    assert (label["lines"], label["delivery"], label["fees"]) == ({"a": 4990, "b": 2990}, 490, 395)
    assert (fee["lines"], fee["delivery"], fee["fees"]) == ({"a": 8000}, 0, 800 + 395)


def test_e11_is_shared_by_what_is_left_on_each_payment(ask):
    assert ask(WORKED["E11"][0])[0]["steps"][0]["by_payment"] == {"card": 2800, "gift card": 1200}


def test_e12_holds_the_tax_on_top(ask):
    step = ask(WORKED["E12"][0])[0]["steps"][0]

    assert (step["total"] - step["tax"]["a"], step["tax"]["a"]) == (9000, 900)


@pytest.mark.parametrize(
    ("more", "total", "to_pay"),
    [
        ({"new_price": 4000, "same_product": True}, 0, None),
        ({"same_product": True}, 0, None),
        ({"new_price": 5500}, 0, 1900),
        ({"new_price": 3000}, 600, None),
    ],
)
def test_e16_an_exchange(ask, more, total, to_pay):
    answer, _ = ask(
        order((1, 4000, {"discount": 400}), steps=[{"kind": "exchange", "lines": {"a": 1}, **more}]),
    )

    [step] = answer["steps"]
    assert (step["total"], step.get("to_pay")) == (total, to_pay)
    agrees(answer)


def test_what_came_back_for_a_cheaper_exchange_is_not_paid_again(ask):
    swap = {"kind": "exchange", "lines": {"a": 1}, "new_price": 3000}

    answer, _ = ask(order((1, 3600, {}), steps=[swap, back()]))

    assert totals(answer) == [600, 3000]


def test_a_claim_brings_all_of_the_delivery_and_costs_nothing(ask):
    whole = order(
        (1, 5000, {}),
        delivery={"paid": 990, "standard": 490, "tax": 158},
        steps=[back("claim", fee_percent=10, label_cost=395, delivery_policy="keep")],
    )

    answer, _ = ask(whole)

    [step] = answer["steps"]
    assert (step["total"], step["fees"], step["delivery_tax"]) == (5990, 0, 158)
    assert [row["rule"] for row in step["explained"] if not row["amount"]] == ["R4F", "R4", "R3"]
    agrees(answer)


def test_a_withdrawal_bears_no_fee_and_keeps_no_delivery(ask):
    whole = order((1, 5000, {}), delivery={"paid": 490}, steps=[back(fee_percent=10, delivery_policy="keep")])

    assert totals(ask(whole)[0]) == [5490]


def test_a_shops_own_return_gives_delivery_only_where_its_terms_do(ask):
    given = [
        totals(ask(order((1, 5000, {}), delivery={"paid": 490}, steps=[back("return", **more)]))[0])
        for more in ({}, {"delivery_policy": "keep"}, {"delivery_policy": "whole"})
    ]

    assert given == [[5000], [5000], [5490]]


def test_fees_and_the_label_never_take_more_than_the_goods_bring(ask):
    step = back("return", fee_percent=50, label_cost=395, deductions={"percent": 40})

    answer, _ = ask(order((1, 600, {}), delivery={"paid": 490}, steps=[step]))

    assert totals(answer) == [0]
    agrees(answer)


def test_goodwill_and_the_delivery_cost_without_goods(ask):
    steps = [{"kind": "goodwill", "amount": 500}, {"kind": "delivery"}, back()]

    answer, _ = ask(order((1, 5000, {}), delivery={"paid": 490, "tax": 78}, steps=steps))

    assert totals(answer) == [500, 490, 5000]
    agrees(answer)


def test_dinars_at_stripe_leave_in_tens_and_come_out_even(ask):
    whole = order((3, 3340, {"paid": 10000}), steps=[back()] * 3)
    whole["currency"] = "KWD"
    whole["payments"] = [{"id": "card", "captured": 10000, "provider": "stripe"}]

    answer, _ = ask(whole)

    assert totals(answer) == [3340, 3330, 3330]
    assert [step["lines"]["a"] for step in answer["steps"]] == [3333, 3334, 3333]
    assert [step["rounding"] for step in answer["steps"]] == [7, -4, -3]
    agrees(answer)


def test_dinars_elsewhere_leave_to_the_last_fils(ask):
    whole = {**order((3, 3340, {"paid": 10000}), steps=[back()] * 3), "currency": "KWD"}

    assert totals(ask(whole)[0]) == [3333, 3334, 3333]


# --- more than is left ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("whole", "step", "reason"),
    [
        (order((1, 100, {}), steps=[back(), back()]), 2, "1 of line a asked, 0 left"),
        (order((2, 100, {}), steps=[back(units={"a": 3})]), 1, "3 of line a asked, 2 left"),
        (
            order((1, 100, {}), steps=[back()], payments=[{"id": "card", "captured": 99}]),
            1,
            "100 asked, 99 left on the payments",
        ),
        (
            order((1, 100, {}), steps=[{"kind": "reduction", "lines": {"a": 1}, "amount": 101}]),
            1,
            "101 asked of line a, 100 left",
        ),
        (
            order((1, 100, {}), steps=[{"kind": "delivery", "amount": 1}]),
            1,
            "1 asked of the delivery cost, 0 left",
        ),
    ],
)
def test_more_than_is_left_is_refused_with_the_steps_before_it(ask, whole, step, reason):
    answer, mistakes = ask(whole, code=2)

    assert answer["refused"] == {"step": step, "reason": reason}
    assert len(answer["steps"]) == step - 1
    assert mistakes == [f"steps[{step - 1}]: {reason}"]


# --- mistakes -----------------------------------------------------------------------------------------------------

FINE = order((1, 100, {}), steps=[back()])


def changed(**more):
    return {**FINE, **more}


def line(**more):
    return changed(lines=[{**FINE["lines"][0], **more}])


def step(**more):
    return changed(steps=[{**FINE["steps"][0], **more}])


@pytest.mark.parametrize(
    ("whole", "mistake"),
    [
        (b"{", "- is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)."),
        (b'{"currency": "EUR", "currency": "USD"}', "- is not JSON: “currency” stands there twice in one object."),
        ([], "input: is a list, write an object {…}"),
        (changed(vat=1), "vat: is not known, write one of currency, delivery, lines, order_discount, payments, steps"),
        (changed(currency="EURO"), "currency: is not a currency, write its three letters, such as EUR"),
        (changed(lines=[], steps=[]), "lines: has no line"),
        (changed(order_discount=101), "order_discount: is more than the lines cost, write at most 100"),
        (line(quantity=0), "lines[0].quantity: is 0, write 1 to 1000000"),
        (line(quantity=1.5), "lines[0].quantity: is 1.5, write a whole number of the smallest unit"),
        (line(unit_price="1.00"), "lines[0].unit_price: is a text, write a whole number of the smallest unit"),
        (line(unit_price=True), "lines[0].unit_price: is true or false, write a whole number of the smallest unit"),
        (line(unit_price=None), "lines[0].unit_price: is missing"),
        (line(discount=101), "lines[0].discount: is more than the line costs, write at most 100"),
        (line(tax=101), "lines[0].tax: is more than was paid, write at most 100"),
        (line(paid=-1), "lines[0].paid: is -1, write 0 or more"),
        (line(paid=10**30), "lines[0].paid: is too large"),
        (changed(lines=FINE["lines"] * 2), "lines[1].id: a is there twice"),
        (changed(delivery={"paid": 1, "tax": 2}), "delivery.tax: is more than was paid, write at most 1"),
        (changed(delivery={"cost": 1}), "delivery.cost: is not known, write one of paid, standard, tax"),
        (changed(payments=[{"id": "x"}]), "payments[0].captured: is missing"),
        (changed(steps={}), "steps: is an object, write a list […]"),
        (step(lines={"z": 1}), "steps[0].lines.z: is no line of this order"),
        (step(lines={}), "steps[0].lines: names no line"),
        (step(lines={"a": 0}), "steps[0].lines.a: is 0, write 1 to 1000000"),
        (step(fee_percent=101), "steps[0].fee_percent: is 101, write 0 to 100"),
        (step(delivery_policy="none"), "steps[0].delivery_policy: is not known, write whole, pro_rata or keep"),
        (
            step(fee=1),
            "steps[0].fee: is not known, write one of deductions, delivery_policy, fee_percent, kind, label_cost, "
            "lines",
        ),
        (
            step(deductions={"percent": 40, "units": 2}),
            "steps[0].deductions[0].units: are more than the step has, write at most 1",
        ),
        (changed(steps=[{"kind": "reduction", "lines": {"a": 1}}]), "steps[0]: write either amount or percent"),
        (
            changed(steps=[{"kind": "gift"}]),
            "steps[0].kind: is not known, write one of withdrawal, return, claim, cancel, carrier_return, reduction, "
            "exchange, goodwill, delivery",
        ),
    ],
)
def test_a_mistake_is_one_clear_line(ask, whole, mistake):
    assert ask(whole, code=2) == (None, [mistake])


def test_a_file_that_is_not_there_is_said(capsys):
    with pytest.raises(SystemExit) as stopped:
        call_command("quote", "/nowhere/order.json")

    assert (stopped.value.code, capsys.readouterr().err) == (
        2,
        "/nowhere/order.json cannot be read: No such file or directory.\n",
    )


def test_whatever_is_put_in_is_answered_or_told_never_a_fault(ask):
    """A thousand orders with a stone thrown into each."""
    chance = random.Random(7)
    stones = [None, True, -1, 0, 1.5, "x", [], {}, 10**40, [None], {"a": None}, {"id": "a"}]
    for _ in range(1000):
        whole = json.loads(json.dumps(chance.choice([WORKED[name][0] for name in WORKED])))
        throw(whole, chance.choice(stones), chance)
        ask(whole, codes=(0, 2))


def throw(value, stone, chance):
    """Put it somewhere."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = chance.choice(keys)
        if isinstance(value[key], dict | list) and value[key] and chance.random() < 0.8:
            value = value[key]
        else:
            value[key] = stone
            return
