"""Money, days and codes as people read them, by the locale data of the language in use."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import (
    format_date,
    format_skeleton,
    format_time,
    get_timezone_gmt,
    get_timezone_location,
    get_timezone_name,
)
from babel.numbers import format_currency
from django import template
from django.utils.translation import get_language

from carriers import carrier_name
from customers.models import Shop
from customers.money import exponent
from orders.models import Order
from portal import words
from returns.statements import is_offered

register = template.Library()
NO_BREAK = "\N{NO-BREAK SPACE}"


def locale() -> str:
    return get_language() or "en"


@register.filter
def money(amount: int, currency: str) -> str:
    """3990|money:"EUR" -> €39.90, 39,90 €, …"""
    digits = exponent(currency)
    number = Decimal(amount).scaleb(-digits)
    pattern = None if locale() != "en" else "¤#,##0.00"
    return format_currency(number, currency, format=pattern, locale=locale(), currency_digits=True)


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
def moment(value: datetime | None, zone: str | ZoneInfo) -> str:
    """Tue 24 Nov, 11:42 in the shop's zone."""
    if value is None:
        return ""
    return f"{day(value, zone)}, {format_time(value.astimezone(_zone(zone)), 'HH:mm', locale=locale())}"


@register.filter
def dated(value: datetime, zone: str | ZoneInfo | None = None) -> str:
    """Mon 23 Nov 2026: a day of which the year matters. Without a zone it is the moment's own."""
    local = value.astimezone(_zone(zone)) if zone else value
    language = locale()
    if language == "en":
        text = format_date(local, "EEE d MMM y", locale="en_GB")
    elif language == "vi":
        text = format_date(local, "EEEE, d/M/y", locale="vi")
    else:
        text = format_skeleton("yMMMEd", local, locale=language)
    return text.replace(" ", NO_BREAK)


@register.filter
def second(value: datetime, zone: str | ZoneInfo | None = None) -> str:
    """21:14:07"""
    return f"{value.astimezone(_zone(zone)) if zone else value:%H:%M:%S}"


@register.filter
def zone_name(value: datetime, zone: str | ZoneInfo | None = None) -> str:
    """Central European Summer Time, UTC+02:00: what tells the hour that comes twice apart from itself."""
    local = value.astimezone(_zone(zone)) if zone else value
    tongue = "en_GB" if locale() == "en" else locale()
    name = get_timezone_name(local, "long", locale=tongue)
    if name.startswith("GMT") and isinstance(local.tzinfo, ZoneInfo):
        name = get_timezone_location(local, locale=tongue)  # the locale data have no other name for Vietnam
    return f"{name}, UTC{get_timezone_gmt(local, 'iso8601', locale=tongue) if local.utcoffset() else ''}"


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
def fixed(code: str) -> str:
    """ "withdraw"|fixed: words that the law fixes, in the language of the page."""
    said = words.FIXED[code]
    return said.get(locale(), said["en"])


@register.filter
def may_withdraw(order: Order | None, shop: Shop | None) -> bool:
    """Whether the function of withdrawal is shown, on a page about this order or about none."""
    return is_offered(shop, order or None)


@register.filter
def entry(table: dict | None, key: str):
    """One entry of a table, None when there is neither."""
    return (table or {}).get(key)


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
    return Locale.parse(locale()).territories.get(code, code)


@register.filter
def carrier(slug: str) -> str:
    return carrier_name(slug)
