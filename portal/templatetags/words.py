"""Money, days and codes as people read them, by the locale data of the language in use."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal
from babel.units import format_unit
from django import template
from django.utils.translation import get_language

from carriers import carrier_name
from customers.countries import country_name
from customers.models import Shop
from customers.money import written
from orders.models import Order
from portal import words
from returns.models import ReturnLine
from returns.papers.acknowledgement import moment as written_moment
from returns.statements import is_offered

register = template.Library()
NO_BREAK = "\N{NO-BREAK SPACE}"


def locale() -> str:
    return get_language() or "en"


@register.filter
def money(amount: int, currency: str) -> str:
    """3990|money:"EUR" -> €39.90, 39,90 €, …"""
    return written(amount, currency, locale())


@register.filter
def ratio(value: float) -> str:
    """4.56 -> 4.5: a contrast, never rounded up to what it is not."""
    return format_decimal(int(value * 10) / 10, "0.0", locale=locale())


@register.filter
def masked(email: str) -> str:
    """ada@mail.example -> a•••@mail.example: she knows which one it is, who looks over her shoulder does not."""
    name, _, host = email.partition("@")
    return f"{name[:1]}•••@{host}"


@register.filter
def more(count: int) -> str:
    """12|more -> +12, −3, 0."""
    return f"+{count}" if count > 0 else f"−{-count}" if count else "0"


@register.filter
def unsigned(amount: int) -> int:
    """-600|unsigned -> 600: what "back" or "less" says in words."""
    return abs(amount)


@register.filter
def more_money(amount: int, currency: str) -> str:
    """The same for money: +€84.00, −€3.95."""
    sign = "+" if amount > 0 else "−" if amount else ""
    return sign + money(abs(amount), currency)


@register.filter
def day(value: date | datetime | None, zone: str | ZoneInfo | None = None) -> str:
    """Tue 24 Nov · Di., 24. Nov. · Τρί 24 Νοε · Th 3, 24/11, never broken over two lines. A moment needs the zone."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(_zone(zone)).date()
    return _written(value, locale()).replace(" ", NO_BREAK)


@lru_cache(maxsize=4096)
def _written(value: date, language: str) -> str:
    if language == "en":
        return format_date(value, "EEE d MMM", locale="en_GB")
    if language == "vi":
        return format_date(value, "EEEE, d/M", locale="vi")
    return format_skeleton("EEEdMMM", value, locale=language)


@register.filter
def long_day(value: date | None) -> str:
    """A day that may lie years away: 31 December 2029 · 31. Dezember 2029 · …, never broken over two lines."""
    language = locale()
    written_day = format_date(value, "long", locale="en_GB" if language == "en" else language) if value else ""
    return written_day.replace(" ", NO_BREAK)


@register.filter
def moment(value: datetime | None, zone: str | ZoneInfo) -> str:
    """Tue 24 Nov, 11:42 in the shop's zone."""
    if value is None:
        return ""
    return f"{day(value, zone)}, {format_time(value.astimezone(_zone(zone)), 'HH:mm', locale=locale())}"


@register.filter
def clock(value: datetime) -> str:
    """08:00: the time of day alone, in the zone it comes in."""
    return format_time(value, "HH:mm", locale=locale())


@register.filter
def way_off(metres: int) -> str:
    """350 m, 1.2 km · 350 m, 1,2 km · 350 μ., 1,2 χλμ. · …"""
    if metres < 1000:
        said = format_unit(metres, "length-meter", "short", locale=locale())
    else:
        said = format_unit(round(metres / 1000, 1), "length-kilometer", "short", locale=locale())
    return said.replace(" ", NO_BREAK)


@register.filter
def stamp(value: datetime, zone: str | ZoneInfo) -> tuple[str, str, str]:
    """The day, the time to the second, and the zone by its name, as the papers write them."""
    return written_moment(value.astimezone(_zone(zone)), locale())


@lru_cache(maxsize=64)
def _named_zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _zone(zone: str | ZoneInfo | None) -> ZoneInfo:
    return zone if isinstance(zone, ZoneInfo) else _named_zone(zone or "UTC")


@register.filter
def in_words(code: str, table: str) -> str:
    """ "delivered"|in_words:"PARCEL": the words for one of our codes; an unknown code stays as it is."""
    return str(getattr(words, table).get(code, code))


@register.filter
def problem(line: ReturnLine) -> str:
    """What the customer says is wrong with a line of a case."""
    return words.problem(line.reason, line.arrived)


@register.filter
def what_for(row) -> str:
    """A row of a sum: what it is for."""
    return words.row_name(row)


@register.filter
def rule_behind(row) -> str:
    """And the rule behind it."""
    return words.row_why(row)


@register.filter
def fixed(code: str) -> str:
    """ "withdraw"|fixed: words that the law fixes, in the language of the page."""
    said = words.FIXED[code]
    return said.get(locale(), said["en"])


@register.filter
def may_withdraw(order: Order | None, shop: Shop | None) -> bool:
    """Whether the function of withdrawal is shown, on a page about this order or about none."""
    return is_offered(shop, order or None)


@register.filter
def by_transfer(order: Order) -> bool:
    """Whether its money can only go to a bank account: it was paid at the door, or by transfer."""
    return {payment.provider for payment in order.payments.all()} == {"bank"}


@register.filter
def entry(table: dict | None, key: str):
    """One entry of a table, None when there is neither."""
    return (table or {}).get(key)


@register.filter
def leak_reason(code: str) -> str:
    """Why a person had to look, or what the customer gave as the problem."""
    return str({**words.REASON, **words.PERSON_WHY}.get(code, code))


@register.filter
def by_whom(by: str) -> str:
    kind, _, name = by.partition(":")
    return name or str(words.BY.get(kind, kind))


@register.filter
def scan_words(event) -> str:
    """One scan in our words: the sub-status where it says more."""
    return str(words.PARCEL_MORE.get(event.sub_status) or words.PARCEL.get(event.status, event.status))


@register.filter
def country(code: str) -> str:
    """DE -> Germany, Deutschland, …; a code that nobody knows stays as it is."""
    return country_name(code, locale())


@register.filter
def carrier(slug: str) -> str:
    return carrier_name(slug)
