"""The acknowledgement of a withdrawal: what was stated, and the second in which it reached us."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_timezone_gmt, get_timezone_location, get_timezone_name

from .facts import AcknowledgementFacts
from .labels import A4, LOCALES, long_day
from .press import Sheet, as_html, as_pdf


def acknowledgement_pdf(facts: AcknowledgementFacts) -> bytes:
    """A4, as many pages as the statement needs. Raises PapersUnavailable."""
    return as_pdf(_acknowledgement(facts))


def acknowledgement_html(facts: AcknowledgementFacts) -> str:
    """The same for a browser to print."""
    return as_html(_acknowledgement(facts))


def _acknowledgement(facts: AcknowledgementFacts) -> Sheet:
    day, clock, zone = moment(facts.received_at, facts.language)
    return Sheet(
        form="acknowledgement",
        paper=A4,
        language=facts.language,
        words={
            "shop": facts.shop_name,
            "shop_address": facts.shop_address,
            "number": facts.number,
            "name": facts.name,
            "contract": facts.contract,
            "items": facts.items,
            "email": facts.email,
            "day": day,
            "clock": clock,
            "zone": zone,
            "statement": facts.statement,
            "send_by": long_day(facts.send_by, facts.language) if facts.send_by else "",
            "money_by": long_day(facts.money_by, facts.language) if facts.money_by else "",
            "next_steps": facts.next_steps,
        },
    )


def moment(at: datetime, language: str) -> tuple[str, str, str]:
    """The day, the time to the second, and the zone by its name with its distance from UTC, in the zone of `at`.

    ("Monday, 23 November 2026", "21:14:07", "Central European Standard Time, UTC+01:00"). Raises ValueError for a time
    without a zone.
    """
    if at.utcoffset() is None:
        raise ValueError("a time without a zone proves nothing")
    locale = LOCALES.get(language, language)
    distance = "UTC" + (get_timezone_gmt(at, "iso8601", locale=locale) if at.utcoffset() else "")
    name = get_timezone_name(at, "long", locale=locale)
    if name.startswith("GMT") and isinstance(at.tzinfo, ZoneInfo):
        name = get_timezone_location(at, locale=locale)  # where the locale data have no name: Vietnam Time
    return format_date(at, "full", locale=locale), f"{at:%H:%M:%S}", f"{name}, {distance}"
