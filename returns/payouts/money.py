"""Whole numbers of money: ours and Stripe's do not always count in the same unit. Pure.

Theirs: https://docs.stripe.com/currencies. Libraries disagree about ISK, UGX and MGA by a factor of 100, hence a table
of our own.
"""

NO_DECIMALS = frozenset(
    "BIF CLP DJF GNF ISK JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
THREE_DECIMALS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})

# No decimals in life, two at Stripe: sent x100, for the sake of integrations older than the currency's reform.
TIMES_100_AT_STRIPE = frozenset({"ISK", "UGX"})


class NotPayable(ValueError):
    """Stripe's unit cannot express this sum."""


def exponent(currency: str) -> int:
    """How many decimals a smallest unit of ours stands for: EUR 2, JPY 0, KWD 3."""
    if currency.upper() in NO_DECIMALS:
        return 0
    return 3 if currency.upper() in THREE_DECIMALS else 2


def smallest_step(currency: str) -> int:
    """Refunds are multiples of this many of our units: Stripe wants a 0 as the third decimal."""
    return 10 if currency.upper() in THREE_DECIMALS else 1


def to_stripe(amount: int, currency: str) -> int:
    if amount % smallest_step(currency):
        raise NotPayable(f"{amount} {currency} does not end in 0.")
    return amount * 100 if currency.upper() in TIMES_100_AT_STRIPE else amount


def from_stripe(amount: int, currency: str) -> int:
    if currency.upper() not in TIMES_100_AT_STRIPE:
        return amount
    if amount % 100:
        raise NotPayable(f"{amount} {currency} of Stripe's does not end in 00.")
    return amount // 100
