"""When was it? Every time leaves with a zone, and with how we know that zone; a local time is never stamped Z."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from .base import ZoneFrom

# The zone in which most people of a state live, for carriers that give a state and a clock time and no zone.
REGIONS = {
    "US": {
        "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
        "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
        "America/Denver": "CO ID MT NM UT WY",
        "America/Phoenix": "AZ",
        "America/Los_Angeles": "CA NV OR WA",
        "America/Anchorage": "AK",
        "Pacific/Honolulu": "HI",
        "America/Puerto_Rico": "PR VI",
        "Pacific/Guam": "GU MP",
    },
    "CA": {
        "America/Toronto": "ON QC NU",
        "America/Halifax": "NS NB PE",
        "America/St_Johns": "NL",
        "America/Winnipeg": "MB",
        "America/Regina": "SK",
        "America/Edmonton": "AB NT",
        "America/Vancouver": "BC",
        "America/Whitehorse": "YT",
    },
    "AU": {
        "Australia/Sydney": "NSW ACT",
        "Australia/Melbourne": "VIC",
        "Australia/Brisbane": "QLD",
        "Australia/Adelaide": "SA",
        "Australia/Hobart": "TAS",
        "Australia/Darwin": "NT",
        "Australia/Perth": "WA",
    },
}


YEARS = range(1990, 2201)  # in which parcels are scanned and promised

# Where most people of a country of several zones live.
LIKELIEST = {
    "ES": "Europe/Madrid",
    "PT": "Europe/Lisbon",
    "CN": "Asia/Shanghai",
    "US": "America/New_York",
    "CA": "America/Toronto",
    "AU": "Australia/Sydney",
    "NZ": "Pacific/Auckland",
}


@dataclass(frozen=True, slots=True)
class Moment:
    at: datetime
    local: str
    zone_from: ZoneFrom


def moment(said: str, zone: tzinfo | None = None, zone_from: ZoneFrom = ZoneFrom.CARRIER) -> Moment:
    """An ISO time, with or without an offset; `zone` holds where it has none (UTC, assumed, when nobody knows).

    Takes `+0200` and .NET's seven digits. Raises ValueError for what is no time.
    """
    return at_zone(datetime.fromisoformat(said.strip()), zone, zone_from)


def at_zone(at: datetime, zone: tzinfo | None = None, zone_from: ZoneFrom = ZoneFrom.CARRIER) -> Moment:
    if at.tzinfo is not None:
        zone_from = ZoneFrom.OFFSET
    elif zone is None:
        at, zone_from = at.replace(tzinfo=UTC), ZoneFrom.ASSUMED
    else:
        at = at.replace(tzinfo=zone)
    if at.year not in YEARS:
        raise ValueError(f"a parcel is not scanned in the year {at.year}")
    return Moment(at, at.replace(tzinfo=None, microsecond=0).isoformat(), zone_from)


def moment_at(at: datetime, country: str, region: str, home: tzinfo) -> Moment:
    """A clock time at a place; `home` is the zone to assume where the place tells nothing."""
    if zone := zone_of(country, region):
        return at_zone(at, zone, ZoneFrom.PLACE)
    likeliest = LIKELIEST.get(country.strip().upper())
    return at_zone(at, ZoneInfo(likeliest) if likeliest else home, ZoneFrom.ASSUMED)


def day(said: object) -> date | None:
    """The local day of an estimate: "2026-11-22", "20261122", or the day of a whole time. None for anything else.

    Some carriers write a day that is none, such as 0001-01-01 or 2875-10-22.
    """
    if not isinstance(said, str):
        return None
    try:
        found = datetime.fromisoformat(said.strip()).date()
    except ValueError:
        return None
    return found if found.year in YEARS else None


@cache
def zone_of(country: str, region: str = "") -> ZoneInfo | None:
    """The zone of a place, None where a country has several and the region does not say which."""
    country, region = country.strip().upper(), region.strip().upper()
    for name, regions in REGIONS.get(country, {}).items():
        if region in regions.split():
            return ZoneInfo(name)
    zones = _zones_by_country().get(country, [])
    return ZoneInfo(zones[0]) if len({_offsets(name) for name in zones}) == 1 else None


def zone_at(country: str, postcode: str) -> ZoneInfo | None:
    """The zone of an address, None where its country has several and the postcode does not say which."""
    country, digits = country.strip().upper(), "".join(filter(str.isdigit, postcode))
    if country == "ES" and len(digits) == 5:
        return ZoneInfo("Atlantic/Canary" if digits[:2] in {"35", "38"} else "Europe/Madrid")
    if country == "PT" and len(digits) in {4, 7}:
        return ZoneInfo("Atlantic/Azores" if "95" <= digits[:2] <= "99" else "Europe/Lisbon")
    return zone_of(country)


@cache
def _zones_by_country() -> dict[str, list[str]]:
    """From the time zone database's own list: country, coordinates, zone."""
    zones: dict[str, list[str]] = {}
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if not line.startswith("#"):
            country, _place, zone, *_comment = re.split(r"\t", line)
            zones.setdefault(country, []).append(zone)
    return zones


def _offsets(name: str) -> tuple:
    """Zones that read the same clock in winter and in summer are one zone to us."""
    zone = ZoneInfo(name)
    return tuple(zone.utcoffset(datetime(2026, month, 1, 12)) for month in (1, 7))  # noqa: DTZ001 - the zone is asked
