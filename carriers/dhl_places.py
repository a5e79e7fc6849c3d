"""DHL Location Finder - Unified, for every DHL account whose app was given it. Pure, but for `find`.

GET {api.dhl.com}/location-finder/v1/find-by-address, header DHL-API-Key. Its terms, as others
quote them, forbid to keep or to change what it answers: nobody stores it.
"""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import requests

from .base import DropOff, Hours, Near, PlaceKind
from .errors import keepable
from .http import GLANCED_AT, as_object, call, plain, reading
from .replies import BROKEN, listed
from .times import YEARS, zone_at

HOST = "https://api.dhl.com"
AROUND = 15_000  # metres
LONGEST = 120  # characters of one of their lines

# location.type; others take no parcel
KINDS = {
    "servicepoint": PlaceKind.SHOP,
    "locker": PlaceKind.LOCKER,
    "postoffice": PlaceKind.POST_OFFICE,
    "postbank": PlaceKind.POST_OFFICE,
}
UNPRINTED = {"parcel:drop-off-unlabeled", "parcel:drop-off-return-unlabeled"}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def find(session: requests.Session, base_url: str, key: str, near: Near, most: int) -> list[DropOff]:
    url = f"{(base_url or HOST).rstrip('/')}/location-finder/v1/find-by-address"
    headers = {"DHL-API-Key": key, "Accept": "application/json"}
    answer = call(session, "GET", url, headers=headers, params=from_near(near, most), patience=GLANCED_AT)
    return to_places(as_object(answer.body), near.country)[:most]


def from_near(near: Near, most: int) -> dict[str, str | int]:
    told: dict[str, str | int] = {
        "countryCode": near.country,
        "postalCode": near.postcode,
        "addressLocality": near.city,
        "streetAddress": near.street,
        "providerType": "parcel",  # not the counters of Express
        "serviceType": "parcel:drop-off-all",
        "radius": AROUND,
        "limit": most,
    }
    return {name: said for name, said in told.items() if said != ""}


def to_places(reply: dict, country: str) -> list[DropOff]:
    """In their order, the nearest first. What cannot be read is left out, and takes no other with it."""
    places = []
    with reading(reply):
        found = listed(reply["locations"])
    for each in found:
        try:
            if each["location"]["type"] in KINDS:
                places.append(to_place(each, country))
        except BROKEN:
            continue
    return places


def to_place(said: dict, country: str) -> DropOff:
    address = said["place"]["address"]
    distance = said.get("distance")
    postcode = line(address.get("postalCode"))
    hours = to_hours(said.get("openingHours"))
    try:
        closed = tuple(to_closure(each) for each in listed(said.get("closurePeriods")))
    except BROKEN:
        hours, closed = None, ()  # closed at times, and we do not know when: nothing can be said of any day
    return DropOff(
        name=line(said.get("name")) or line(said["location"].get("keyword")),
        street=line(address["streetAddress"]),
        postcode=postcode,
        city=line(address.get("addressLocality")),
        kind=KINDS[said["location"]["type"]],
        distance_m=round(distance) if isinstance(distance, (int, float)) and 0 <= distance < 1e6 else None,
        hours=hours,
        closed=closed,
        zone=zone_of_place(line(address.get("countryCode")) or country, postcode),
        unprinted=bool(UNPRINTED & {plain(service) for service in listed(said.get("serviceTypes"))}),
    )


def line(said: object) -> str:
    return keepable(plain(said))[:LONGEST]


def zone_of_place(country: str, postcode: str) -> ZoneInfo | None:
    return zone_at(country, postcode) if len(country) == 2 else None


def to_hours(said: Any) -> tuple[Hours, ...] | None:
    """None where there are none, or one of them cannot be read: half of its hours would tell of a place that is closed.

    Their specification has no word for a day that is open without end: from an hour to the same one is not read.
    """
    try:
        rows = [to_row(each) for each in listed(said) if not plain(each["dayOfWeek"]).endswith("PublicHolidays")]
    except BROKEN:
        return None
    return tuple(rows) if rows and all(row.opens != row.closes for row in rows) else None


def to_row(said: dict) -> Hours:
    weekday = WEEKDAYS.index(plain(said["dayOfWeek"]).rpartition("/")[2])
    return Hours(weekday, clock(said["opens"]), clock(said["closes"]))


def clock(said: str) -> time:
    if said.startswith("24:00"):
        return time()
    return time.fromisoformat(said).replace(tzinfo=None, microsecond=0)


def to_closure(said: dict) -> tuple[date, date]:
    first, last = (datetime.fromisoformat(said[name]).date() for name in ("fromDate", "toDate"))
    if first.year not in YEARS or last < first:
        raise ValueError(f"closed from {first} to {last}")
    return first, last
