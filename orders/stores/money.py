"""Money in files: decimals on their side, integers of the smallest unit on ours. No float comes near it."""

import re
from collections.abc import Sequence

# ISO 4217, minor units other than 2. Stripe counts some currencies otherwise: that is the payouts' own table.
NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX MGA UYI VND VUV XAF XOF XPF"
THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
EXPONENTS = {code: places for codes, places in ((NO_DECIMALS, 0), (THREE_DECIMALS, 3)) for code in codes.split()}
ACTIVE = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG
    HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA
    MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD
    RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX
    USD UYI UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(ACTIVE.split())
DECIMAL = re.compile(r"([0-9]{1,12})(?:([.,])([0-9]+))?")


def exponent(currency: str) -> int:
    return EXPONENTS.get(currency, 2)


def to_minor(text: str, currency: str) -> int:
    """Read 39.90 or 39,90 as 3990. Raises ValueError in plain words; never guesses at a thousands separator."""
    places = exponent(currency)
    match = DECIMAL.fullmatch(text)
    if match is None:
        raise ValueError(
            f"“{shorten(text)}” is not an amount: write digits and one decimal point, such as {like(1990, currency)}"
        )
    whole, mark, decimals = match[1], match[2], match[3] or ""
    if len(decimals) > places:
        raise ValueError(
            f"“{text}” has {len(decimals)} decimals, {currency} has {places}: "
            f"write it such as {like(1990, currency)}, without a thousands separator"
        )
    if mark == "," and len(decimals) == 3:
        raise ValueError(f"“{text}” may mean two amounts: write {whole}.{decimals} or {whole}{decimals}")
    return int(whole + decimals.ljust(places, "0"))


def like(amount: int, currency: str) -> str:
    """Write 1990 as 19.90, the way our files want it."""
    places = exponent(currency)
    digits = str(abs(amount)).rjust(places + 1, "0")
    sign = "-" if amount < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def shares(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weight so that the parts sum to it (R1, largest remainder; a tie goes to the first)."""
    total = sum(weights)
    if not amount or not total:
        if amount:
            raise ValueError("nothing to share it among")
        return [0 for _ in weights]
    parts = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % total), i))
    for i in by_remainder[: amount - sum(parts)]:
        parts[i] += 1
    return parts


def shorten(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
