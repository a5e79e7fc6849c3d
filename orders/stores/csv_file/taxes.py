"""Which line bore which tax, when a file gives only the order's sums and the rates in their names.

Shopify writes "VAT 19%" and 3.19 once an order. Lines may share one rate (or several on top of each other), or each
have one of them; delivery may be taxed or not. Every reading that meets the sums is tried; a single one left is known,
none or two are not.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from ..money import shares

RATE = re.compile(r"([0-9]{1,2}(?:[.,][0-9]{1,4})?)\s*%")
MOST_READINGS = 4096


@dataclass(frozen=True, slots=True)
class Tax:
    rate: Fraction
    amount: int


def rate_in(name: str) -> Fraction | None:
    """19 % as a fraction, from a tax's name."""
    match = RATE.search(name)
    return Fraction(Decimal(match[1].replace(",", "."))) / 100 if match else None


def split_tax(total: int, taxes: Sequence[Tax], worths: Sequence[int], *, included: bool) -> list[int] | None:
    """The tax within (or on top of) each worth, the last being delivery; None when the sums do not tell."""
    bearers = [i for i, worth in enumerate(worths) if worth]
    if not total:
        return [0 for _ in worths]
    if len(bearers) == 1:
        return [total if i in bearers else 0 for i in range(len(worths))]
    if sum(tax.amount for tax in taxes) != total:
        return None
    found = {tuple(split) for split in readings(taxes, worths, included)}
    return list(found.pop()) if len(found) == 1 else None


def readings(taxes: Sequence[Tax], worths: Sequence[int], included: bool) -> Iterator[list[int]]:
    bearers = [i for i, worth in enumerate(worths) if worth]
    delivery = len(worths) - 1
    for taxed in (bearers, [i for i in bearers if i != delivery]):
        together = sum((tax.rate for tax in taxes), Fraction(0))
        parts = [part(tax, taxed, worths, 1 + together if included else Fraction(1)) for tax in taxes]
        yield from summed(parts)
        if delivery not in taxed:
            break
    if len(taxes) < 2 or (len(taxes) + 1) * len(taxes) ** len(bearers) > MOST_READINGS:
        return
    choices = [range(len(taxes) + (i == delivery)) for i in bearers]
    for choice in itertools.product(*choices):
        parts = [
            part(
                tax,
                [i for i, chosen in zip(bearers, choice, strict=True) if chosen == k],
                worths,
                1 + tax.rate if included else Fraction(1),
            )
            for k, tax in enumerate(taxes)
        ]
        yield from summed(parts)


def part(tax: Tax, taxed: Sequence[int], worths: Sequence[int], divisor: Fraction) -> list[int] | None:
    """One tax over the worths that bear it; None when its rate does not come to its amount."""
    expected = sum(worths[i] for i in taxed) * tax.rate / divisor
    # Shops round each line, so each may be half a unit off.
    if abs(expected - tax.amount) > Fraction(max(len(taxed), 2), 2) or (tax.amount and not taxed):
        return None
    return shares(tax.amount, [worth if i in taxed else 0 for i, worth in enumerate(worths)])


def summed(parts: list[list[int] | None]) -> Iterator[list[int]]:
    whole = [one for one in parts if one is not None]
    if len(whole) == len(parts):
        yield [sum(column) for column in zip(*whole, strict=True)]
