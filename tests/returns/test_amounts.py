"""The worked cases of refunds.md, and that the parts always add up to the whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.stores.money import shares
from returns.amounts import Amount, Unit, breakdown, delivery_share, part, percent, rest, split, worth


def one_by_one(total: int, quantity: int) -> list[int]:
    return [part(total, quantity, before, 1) for before in range(quantity)]


def test_e1_three_units_of_ten():
    assert one_by_one(1000, 3) == [333, 334, 333]


def test_e2_ten_units_a_quarter_off():
    assert one_by_one(17925, 10) == [1793, 1792] * 5


def test_e3_their_stored_tax():
    taxes = one_by_one(2988, 10)

    assert set(taxes) == {298, 299}
    assert sum(taxes) == 2988


def test_e4_an_order_discount_shared_by_two_items():
    first, second = shares(100, [600, 400])

    assert (first, second) == (60, 40)
    assert (part(600 - first, 1, 0, 1), part(400 - second, 1, 0, 1)) == (540, 360)


def test_e5_shares_of_a_discount_and_units_of_a_line():
    shared = shares(1000, [3 * 1999, 500])

    assert shared == [923, 77]
    assert one_by_one(3 * 1999 - shared[0], 3) == [1691, 1692, 1691]


def test_e6_three_for_two():
    assert one_by_one(4000, 3) == [1333, 1334, 1333]


def test_e9_two_of_three_arrived():
    assert part(3 * 8999, 3, 0, 2) == 17998
    assert part(3 * 8999, 3, 2, 1) == 8999


def test_e11_two_payments_share_by_what_is_left_on_them():
    assert split(4000, [7000, 3000]) == [2800, 1200]


def test_e13_a_promotion_on_the_line():
    assert part(8000, 2, 0, 1) == 4000


def test_e17_yen():
    assert one_by_one(1000, 3) == [333, 334, 333]


QUANTITIES = st.integers(1, 40)
SUMS = st.integers(0, 10**9)


@given(SUMS, st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_partial_refunds_in_any_pieces_add_up_to_what_was_paid(total, pieces):
    quantity, before, parts = sum(pieces), 0, []
    for now in pieces:
        parts.append(part(total, quantity, before, now))
        before += now

    assert sum(parts) == total
    assert min(parts) >= 0


@given(SUMS, QUANTITIES, st.data())
def test_refunds_that_were_stopped_and_made_anew_add_up_all_the_same(total, quantity, data):
    """Some go, some are stopped and come again later, in any order: the sum is what was paid, never a cent more."""
    going: list[int] = []
    for _ in range(data.draw(st.integers(0, 30))):
        if going and data.draw(st.booleans()):
            going.pop(data.draw(st.integers(0, len(going) - 1)))
        elif len(going) < quantity:
            going.append(rest(total, quantity, len(going), 1, sum(going)))
        assert 0 <= sum(going) <= total
    while len(going) < quantity:
        going.append(rest(total, quantity, len(going), 1, sum(going)))

    assert sum(going) == total
    assert min(going) >= 0


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=6), st.data())
def test_a_split_is_exact_and_takes_from_nobody_more_than_is_left(left, data):
    total = data.draw(st.integers(0, sum(left)))

    parts = split(total, left)

    assert sum(parts) == total
    assert all(0 <= one <= most for one, most in zip(parts, left, strict=True))


@pytest.mark.parametrize(("total", "left"), [(1, []), (1, [0, 0]), (101, [60, 40]), (-1, [60])])
def test_more_than_is_left_is_refused(total, left):
    with pytest.raises(ValueError, match="left"):
        split(total, left)


def test_the_receipt_has_a_row_for_each_line_and_what_is_added_or_taken_off():
    unit = Unit(line=1, title="Shirt", paid=1000, tax=160, quantity=3, before=1, now=2)

    told = breakdown([unit], [Amount("R3", "", 1, 490, 78), Amount("R4", "", 1, -395, 0)])

    assert [(row.rule, row.quantity, row.amount, row.tax, row.line) for row in told.rows] == [
        ("R2", 2, 667, 107, 1),
        ("R3", 1, 490, 78, None),
        ("R4", 1, -395, 0, None),
    ]
    assert (told.total, told.tax) == (762, 185)
    assert breakdown([unit]).total == 667


def test_e14_an_earlier_price_reduction_lowers_what_the_line_still_brings():
    unit = Unit(line=1, title="Lamp", paid=5000, tax=798, quantity=1, before=0, now=1, given=0, left=3000)

    assert worth(unit).amount == 3000
    assert worth(unit).tax == 479


def test_e14_of_three_units_the_reduction_is_felt_by_the_last():
    units = [
        Unit(
            line=1, title="Lamp", paid=15000, tax=0, quantity=3, before=n, now=1, given=n * 5000, left=13000 - n * 5000
        )
        for n in range(3)
    ]

    assert [worth(unit).amount for unit in units] == [5000, 5000, 3000]


def test_e8_delivery_by_share_adds_up_to_what_was_paid():
    first = delivery_share(490, 7980, 2990, 0)

    assert (first, delivery_share(490, 7980, 7980, first)) == (184, 306)


def test_e15_forty_percent_of_a_worn_shoe():
    assert 10000 - percent(10000, 40) == 6000
