"""DHL Location Finder - Unified, for both kinds of DHL account. The reply is written from the documented shape."""

from copy import deepcopy
from datetime import date, time
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
import requests

from carriers import (
    CARRIERS,
    AccountRefused,
    BadRequest,
    CarrierDown,
    Hours,
    Near,
    NotOffered,
    PlaceKind,
    RateLimited,
    adapter_class,
    offers,
    open_carrier,
)
from carriers.dhl_places import to_places

from .wire import Wire, session_with

ACCOUNTS = {
    "dhl_parcel_de": {"key": "app-key", "secret": "s", "user": "u", "password": "p"},
    "dhl_unified": {"key": "app-key"},
}
NEAR = Near("DE", postcode="53113")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def row(day: str, opens: str = "09:00:00", closes: str = "19:00:00") -> dict:
    return {"opens": opens, "closes": closes, "dayOfWeek": f"http://schema.org/{day}"}


SHOP = {
    "url": "/locations/8003-4100001",
    "location": {
        "ids": [{"locationId": "8003-4100001", "provider": "parcel"}],
        "keyword": "Postfiliale",
        "keywordId": "443",
        "type": "servicepoint",
        "leanLocker": False,
    },
    "name": "Tabakwaren B&amp;B",
    "distance": 255,
    "place": {
        "address": {
            "countryCode": "DE",
            "postalCode": "53113",
            "addressLocality": "Bonn",
            "streetAddress": "Charles-de-Gaulle-Str. 20",
        },
        "geo": {"latitude": 50.71, "longitude": 7.13},
        "containedInPlace": {"name": "Lidl Markt"},
    },
    "openingHours": [row("Monday", closes="12:30:00"), row("Monday", "14:00:00"), row("Saturday")],
    "closurePeriods": [{"type": "holiday", "fromDate": "2026-12-24", "toDate": "2026-12-27T00:00:00Z"}],
    "serviceTypes": ["parcel:drop-off", "parcel:pick-up", "parcel:drop-off-unlabeled"],
    "averageCapacityDayOfWeek": [],
}
LOCKER = {
    **SHOP,
    "location": {**SHOP["location"], "keyword": "Packstation", "keywordId": "227", "type": "locker"},
    "name": "Packstation 227",
    "distance": 473,
    "openingHours": [row(day, "00:00:00", "23:59:00") for day in DAYS],
    "closurePeriods": [],
    "serviceTypes": ["parcel:drop-off-unregistered", "parcel:pick-up-registered"],
}


def asked(reply, *, slug: str = "dhl_parcel_de", **account):
    told = reply if isinstance(reply, Exception) else {"status": 200, "body": reply, **(reply.get("whole") or {})}
    wire = Wire(told)
    return open_carrier(slug, {**ACCOUNTS[slug], **account}, session_with(wire)), wire


@pytest.mark.parametrize("slug", ACCOUNTS)
def test_it_asks_as_documented_within_three_seconds(slug):
    carrier, wire = asked({"locations": []}, slug=slug)

    assert carrier.drop_off_places(Near("DE", "53113", "Bonn", "Markt 2"), most=10) == []

    url = urlsplit(wire.asked[0].url)
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://api.dhl.com/location-finder/v1/find-by-address"
    assert {name: said for name, [said] in parse_qs(url.query).items()} == {
        "countryCode": "DE",
        "postalCode": "53113",
        "addressLocality": "Bonn",
        "streetAddress": "Markt 2",
        "providerType": "parcel",
        "serviceType": "parcel:drop-off-all",
        "radius": "15000",
        "limit": "10",
    }
    assert wire.asked[0].headers["DHL-API-Key"] == "app-key"
    assert "Authorization" not in wire.asked[0].headers
    assert wire.how["timeout"] == (3, 3)


def test_what_was_not_typed_is_not_asked_and_another_host_may_be_named():
    carrier, wire = asked({"locations": []}, base_url="https://api-sandbox.dhl.com/")

    carrier.drop_off_places(Near("GR", city="Αθήνα"), most=3)

    url = urlsplit(wire.asked[0].url)
    assert url.netloc == "api-sandbox.dhl.com"
    assert set(parse_qs(url.query)) == {
        "countryCode", "addressLocality", "providerType", "serviceType", "radius", "limit",
    }  # fmt: skip


def test_a_place_is_read_whole():
    carrier, _wire = asked({"locations": [SHOP, LOCKER]})

    shop, locker = carrier.drop_off_places(NEAR, most=10)

    assert (shop.name, shop.street, shop.postcode, shop.city) == (
        "Tabakwaren B&B", "Charles-de-Gaulle-Str. 20", "53113", "Bonn",
    )  # fmt: skip
    assert (shop.kind, shop.distance_m, shop.unprinted, shop.zone) == (
        PlaceKind.SHOP, 255, True, ZoneInfo("Europe/Berlin"),
    )  # fmt: skip
    assert shop.hours == (
        Hours(0, time(9), time(12, 30)), Hours(0, time(14), time(19)), Hours(5, time(9), time(19)),
    )  # fmt: skip
    assert shop.closed == ((date(2026, 12, 24), date(2026, 12, 27)),)
    assert (locker.kind, locker.unprinted, len(locker.hours), locker.closed) == (PlaceKind.LOCKER, False, 7, ())


def changed(**more) -> dict:
    return {**deepcopy(SHOP), **more}


@pytest.mark.parametrize(
    "hours",
    [
        [row("Monday"), row("Someday")],
        [row("Monday"), row("Tuesday", "9 am")],
        [row("Monday"), row("Tuesday", "09:00:00", "09:00:00")],
        [row("Monday"), {"opens": None, "closes": None, "dayOfWeek": "Monday"}],
        [row("Monday"), "closed"],
        [row("Monday", "25:00:00")],
        [],
        None,
        "always",
        {},
    ],
)
def test_hours_that_cannot_be_read_are_not_told_at_all(hours):
    [place] = to_places({"locations": [changed(openingHours=hours)]}, "DE")

    assert place.hours is None


@pytest.mark.parametrize("day", ["Monday", "http://schema.org/Monday", "https://schema.org/Monday"])
def test_a_day_of_the_week_is_read_in_every_spelling(day):
    [place] = to_places({"locations": [changed(openingHours=[{**row("Monday"), "dayOfWeek": day}])]}, "DE")

    assert place.hours == (Hours(0, time(9), time(19)),)


def test_hours_of_public_holidays_are_those_of_no_weekday():
    [place] = to_places({"locations": [changed(openingHours=[row("Monday"), row("PublicHolidays")])]}, "DE")

    assert place.hours == (Hours(0, time(9), time(19)),)


@pytest.mark.parametrize(
    "closures",
    [
        ["2026-12-24"],
        [{"fromDate": "2026-12-24"}],
        [{"fromDate": "2026-12-24", "toDate": "2026-12-01"}],
        [{"fromDate": "0001-01-01", "toDate": "2026-12-01"}],
        [{"fromDate": None, "toDate": None}],
        7,
    ],
)
def test_a_closure_that_cannot_be_read_takes_the_hours_with_it(closures):
    [place] = to_places({"locations": [changed(closurePeriods=closures)]}, "DE")

    assert (place.hours, place.closed) == (None, ())


@pytest.mark.parametrize(
    ("country", "postcode", "zone"),
    [
        ("GR", "104 31", "Europe/Athens"),
        ("ES", "28001", "Europe/Madrid"),
        ("ES", "35001", "Atlantic/Canary"),
        ("PT", "1000-205", "Europe/Lisbon"),
        ("PT", "9500-150", "Atlantic/Azores"),
        ("VN", "100000", "Asia/Ho_Chi_Minh"),
        ("US", "10001", None),
        ("ES", "", None),
        ("DEU", "53113", None),
    ],
)
def test_the_zone_is_that_of_the_place(country, postcode, zone):
    odd = deepcopy(SHOP)
    odd["place"]["address"] |= {"countryCode": country, "postalCode": postcode}

    [place] = to_places({"locations": [odd]}, "DE")

    assert place.zone == (ZoneInfo(zone) if zone else None)


def test_an_entry_that_is_none_takes_no_other_with_it():
    odd = [
        None, 7, "x", [], {}, changed(place=None), changed(place={"address": {}}), changed(location=None),
        changed(location={"type": "postbox"}), changed(location={"type": ["locker"]}),
    ]  # fmt: skip

    assert [place.name for place in to_places({"locations": [*odd, LOCKER]}, "DE")] == ["Packstation 227"]


@pytest.mark.parametrize("distance", ["255", None, -1, 1e9, {}, 1e308])
def test_a_distance_that_is_none_is_not_told(distance):
    [place] = to_places({"locations": [changed(distance=distance)]}, "DE")

    assert place.distance_m is None


def test_hostile_words_are_cut_and_can_be_written_down():
    odd = changed(name="<script>alert(1)</script>" + "\ud800\0" + "x" * 5000)
    odd["place"]["address"]["streetAddress"] = "<b>Ring</b>\n9"

    [place] = to_places({"locations": [odd]}, "DE")

    assert (len(place.name), "<" in place.name, place.street) == (120, False, "Ring 9")
    assert place.name.encode()
    assert "\0" not in place.name


def test_it_never_gives_more_than_asked_for():
    carrier, _wire = asked({"locations": [SHOP] * 300})

    assert len(carrier.drop_off_places(NEAR, most=10)) == 10


@pytest.mark.parametrize("reply", [{}, {"locations": 7}, {"locations": None}, {"title": "Not found"}])
def test_a_reply_without_places_is_none_or_no_answer(reply):
    if "locations" in reply:
        assert to_places(reply, "DE") == []
    else:
        with pytest.raises(CarrierDown):
            to_places(reply, "DE")


@pytest.mark.parametrize(
    ("whole", "error"),
    [
        ({"status": 400, "body": {"title": "Bad request", "status": 400}}, BadRequest),
        ({"status": 401, "body": {"title": "Unauthorized", "status": 401}}, AccountRefused),
        ({"status": 403, "body": {}}, AccountRefused),
        ({"status": 429, "body": {}}, RateLimited),
        ({"status": 503, "body": {}}, CarrierDown),
        ({"status": 200, "body": b"<html>"}, CarrierDown),
        ({"status": 200, "body": b"[" * 100_000}, CarrierDown),
        ({"status": 302, "body": b"", "headers": {"Location": "https://example.com/"}}, CarrierDown),
    ],
)
@pytest.mark.parametrize("slug", ACCOUNTS)
def test_a_no_is_one_of_ours_and_repeats_no_secret(slug, whole, error):
    carrier, _wire = asked({"whole": whole}, slug=slug)

    with pytest.raises(error) as caught:
        carrier.drop_off_places(NEAR, most=10)

    assert "app-key" not in f"{caught.value} {caught.value.raw}"


def test_silence_is_down():
    carrier, _wire = asked(requests.ReadTimeout())

    with pytest.raises(CarrierDown):
        carrier.drop_off_places(NEAR, most=10)


def test_express_has_counters_of_its_own():
    carrier, _wire = asked({"locations": [SHOP]}, slug="dhl_unified", service="express")

    with pytest.raises(NotOffered):
        carrier.drop_off_places(NEAR, most=10)


def test_only_whose_documents_we_have_can_be_asked():
    assert [slug for slug in CARRIERS if "drop_off_places" in offers(slug)] == [
        "dhl_parcel_de", "dhl_unified", "sandbox",
    ]  # fmt: skip


def test_pages_of_carriers_are_shown_where_they_are_of_use():
    def known(country: str) -> set[str]:
        return {slug for slug in CARRIERS if adapter_class(slug)({}, requests.Session()).places_url(country)}

    assert known("DE") == {"dhl_parcel_de", "fedex", "hermes", "ups"}
    assert known("GB") == {"fedex", "royal_mail", "ups"}
    assert known("US") == {"fedex", "ups", "usps"}
    assert known("GR") == {"fedex", "ups"}
