"""Card numbers in free text: found however they are written, so that none is ever kept."""

import re
import unicodedata
from itertools import combinations

BRANDS = re.compile(
    r"4\d{15}(?:\d{3})?"  # Visa; its 13 digits are no more, and look like a German article's bar code
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d{2}|7[01]\d|720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-5]|[689]\d)\d{11,16}"  # Diners Club
    r"|35(?:2[89]|[3-8]\d)\d{12,15}"  # JCB
    r"|6(?:011|4[4-9]\d|5\d{2})\d{12,15}|62\d{14,17}"  # Discover, UnionPay
    r"|(?:5[0678]|6[37])\d{12,17}"  # Maestro
)
APART = r"[\s.\-_/\u2010-\u2015]{0,3}"


def has_card_number(text: str) -> bool:
    """Whether digits in it, with anything people put between them, make the number of a card: brand, length and check
    digit. One in 130 numbers of that length does so by chance."""
    plain = "".join(_digit(each) for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Cf")
    return any(_in_groups(run[0]) for run in re.finditer(rf"\d+(?:{APART}\d+)*", plain))


def _digit(character: str) -> str:
    value = unicodedata.digit(character, None)
    return character if value is None else str(value)


def _in_groups(run: str) -> bool:
    groups = re.findall(r"\d+", run)[:60]
    joined = ("".join(groups[i:j]) for i, j in combinations(range(len(groups) + 1), 2) if j - i <= 19)
    return any(14 <= len(number) <= 19 and BRANDS.fullmatch(number) and _luhn(number) for number in joined)


def _luhn(number: str) -> bool:
    digits = [int(each) for each in reversed(number)]
    return (sum(digits[::2]) + sum(sum(divmod(2 * each, 10)) for each in digits[1::2])) % 10 == 0
