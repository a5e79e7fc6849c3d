"""What one cell may hold. Every reader here raises BadCell with what is wrong and what to write instead."""

import re
import unicodedata
from datetime import date, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from ..base import LANGUAGES, PRODUCT_GROUPS
from ..money import CURRENCIES, shorten, to_minor

ISO_3166 = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA
    CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA
    GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
    KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS
    MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS
    RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW
    TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(ISO_3166.split())
EMAIL = re.compile(r"[^\s@,;:<>()\[\]\"\\]{1,64}@(?:[^\s@,;:<>()\[\]\"\\.]{1,63}\.)+[^\s@,;:<>()\[\]\"\\.]{2,63}")
STRIPE = re.compile(r"(?:pi|ch|py)_[A-Za-z0-9]{4,}")
# Control characters, halves of surrogate pairs, and the signs that turn text around on screen.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
LOST = "\ufffd"
# credit: a gift card or store credit; bank: cash on delivery or a transfer; other: paid back by hand.
PROVIDERS = ("stripe", "credit", "bank", "other")
YES = frozenset({"true", "yes", "1"})
NO = frozenset({"false", "no", "0"})


class BadCell(ValueError):
    pass


def text(raw: str, most: int) -> str:
    if sign := CONTROL.search(raw):
        raise BadCell(f"holds the control character U+{ord(sign[0]):04X}: take it out")
    if LOST in raw:
        raise BadCell("holds a letter that was lost on the way (�): save the file as UTF-8 again")
    clean = raw if raw.isascii() else unicodedata.normalize("NFC", raw)
    if len(clean) > most:
        raise BadCell(f"has {len(clean)} characters: write at most {most}")
    return clean


def money(raw: str, currency: str) -> int:
    try:
        return to_minor(raw, currency)
    except ValueError as no:
        raise BadCell(str(no)) from no


def quantity(raw: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", raw) or not 1 <= int(raw) <= 10_000:
        raise BadCell(f"“{shorten(raw)}” is not a quantity: write a whole number from 1 to 10000")
    return int(raw)


def on_hand(raw: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", raw):
        raise BadCell(f"“{shorten(raw)}” is not a stock figure: write a whole number, 0 when there is none")
    return int(raw)


def email(raw: str) -> str:
    address = text(raw, 254)
    if not EMAIL.fullmatch(address):
        raise BadCell(f"“{shorten(raw)}” is not an email address: write one such as someone@example.com")
    return address


def country(raw: str) -> str:
    code = raw.upper()
    if code not in COUNTRIES:
        raise BadCell(f"“{shorten(raw)}” is not a country: write its two letters, such as DE, GR, VN or US")
    return code


def currency(raw: str) -> str:
    code = raw.upper()
    if code not in CURRENCIES:
        raise BadCell(f"“{shorten(raw)}” is not a currency: write its three letters, such as EUR")
    return code


def language(raw: str, otherwise: str) -> str:
    """A language we do not speak is no mistake in the file."""
    word = raw.lower().replace("_", "-").partition("-")[0]
    return word if word in LANGUAGES else otherwise


def product_group(raw: str) -> str:
    if raw.lower() not in PRODUCT_GROUPS:
        raise BadCell(f"“{shorten(raw)}” is not a product group: write one of {', '.join(PRODUCT_GROUPS)}")
    return raw.lower()


def flag(raw: str) -> bool:
    if raw.lower() in YES:
        return True
    if raw.lower() in NO:
        return False
    raise BadCell(f"“{shorten(raw)}” is neither yes nor no: write true or false")


def moment(raw: str, zone: ZoneInfo) -> datetime:
    """A time with its zone; one without a zone is the shop's own local time."""
    try:
        at = datetime.fromisoformat(raw.replace(" +", "+").replace(" -", "-").removesuffix(" UTC"))
    except ValueError:
        at = None
    if at is None or not 1990 <= at.year <= 2100:
        raise BadCell(f"“{shorten(raw)}” is not a time: write it such as 2026-10-12T14:03:22+02:00")
    if raw.endswith(" UTC"):
        return at.replace(tzinfo=ZoneInfo("UTC"))
    return at if at.tzinfo else at.replace(tzinfo=zone)


def day(raw: str) -> date:
    try:
        on = date.fromisoformat(raw)
    except ValueError:
        on = None
    if on is None or not 1990 <= on.year <= 2100:
        raise BadCell(f"“{shorten(raw)}” is not a date: write it such as 2026-10-14")
    return on


def carrier(raw: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,31}", raw.lower()):
        raise BadCell(f"“{shorten(raw)}” is not a carrier's short name: write it such as dhl or ups")
    return raw.lower()


def tracking_number(raw: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ./_-]{2,63}", raw):
        raise BadCell(f"“{shorten(raw)}” is not a tracking number: write letters and digits, 3 to 64 of them")
    return "".join(raw.split())  # people write 1Z 999 AA1 ...; no carrier means the blanks


def picture(raw: str) -> str:
    address = text(raw, 500)
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc or " " in address:
        raise BadCell(f"“{shorten(raw)}” is not a web address: write one that begins with https://")
    return address


def provider(raw: str) -> str:
    if raw.lower() not in PROVIDERS:
        words = f"write one of {', '.join(PROVIDERS)}"
        raise BadCell(f"“{shorten(raw)}” is not a provider Homeward pays back through: {words}")
    return raw.lower()


def grams(raw: str) -> int:
    if not re.fullmatch(r"[0-9]{1,7}", raw) or not int(raw):
        raise BadCell(f"“{shorten(raw)}” is not a weight: write whole grams, such as 450")
    return int(raw)
