"""Three rooms count decimals, each for itself: imports run downhill. They must never disagree."""

from customers.money import exponent
from orders.stores import money as files
from returns.payouts import money as stripe

KNOWN_TO_STRIPE = sorted(stripe.NO_DECIMALS | stripe.THREE_DECIMALS | {"EUR", "USD", "GBP", "CHF", "PLN", "SEK"})


def test_a_currency_has_as_many_decimals_on_screen_in_files_and_at_stripe():
    told = {currency: (exponent(currency), files.exponent(currency)) for currency in KNOWN_TO_STRIPE}

    assert told == {currency: (stripe.exponent(currency),) * 2 for currency in KNOWN_TO_STRIPE}


def test_screen_and_files_agree_on_every_currency_that_files_may_hold():
    different = {currency for currency in files.CURRENCIES if exponent(currency) != files.exponent(currency)}

    assert (different, len(files.CURRENCIES) > 150) == (set(), True)
