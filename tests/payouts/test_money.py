import pytest

from returns.payouts.money import NotPayable, exponent, from_stripe, smallest_step, to_stripe


@pytest.mark.parametrize(
    ("currency", "decimals"), [("EUR", 2), ("usd", 2), ("JPY", 0), ("VND", 0), ("ISK", 0), ("UGX", 0), ("KWD", 3)]
)
def test_decimals_as_this_house_counts(currency, decimals):
    assert exponent(currency) == decimals


@pytest.mark.parametrize(
    ("ours", "currency", "theirs"),
    [(4480, "EUR", 4480), (1000, "JPY", 1000), (5000, "ISK", 500000), (700, "ugx", 70000), (12340, "KWD", 12340)],
)
def test_a_sum_goes_to_stripe_and_comes_back(ours, currency, theirs):
    assert to_stripe(ours, currency) == theirs
    assert from_stripe(theirs, currency) == ours


def test_a_third_decimal_is_not_payable():
    assert smallest_step("KWD") == 10
    with pytest.raises(NotPayable):
        to_stripe(12345, "KWD")


def test_stripes_aurar_are_not_ours():
    with pytest.raises(NotPayable):
        from_stripe(500050, "ISK")
