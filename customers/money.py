"""How many digits stand behind the point of a currency (ISO 4217). Money is always integers of the smallest unit."""

from decimal import Decimal

from babel.numbers import format_currency

NO_DECIMALS = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "MGA",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
THREE_DECIMALS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])


def exponent(currency: str) -> int:
    """0, 2 or 3: 3990 EUR of the smallest unit are 39.90."""
    if currency in NO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def written(amount: int, currency: str, language: str) -> str:
    """3990 EUR as people read it: €39.90, 39,90 €, …"""
    number = Decimal(amount).scaleb(-exponent(currency))
    pattern = None if language != "en" else "¤#,##0.00"
    return format_currency(number, currency, format=pattern, locale=language, currency_digits=True)
