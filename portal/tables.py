"""Tables to take away: CSV that a spreadsheet opens as text and numbers, never as formulas."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.http import HttpResponse

from customers.money import exponent

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def decimals(amount: int, currency: str) -> Decimal:
    """3990 EUR -> 39.90"""
    return Decimal(amount).scaleb(-exponent(currency))


def cell(value: object) -> str:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front; numbers stay as they are."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) and not isinstance(value, int | Decimal) else text


def csv_answer(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(head)
    table.writerows([cell(value) for value in row] for row in rows)
    answer = HttpResponse("\N{BYTE ORDER MARK}" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
