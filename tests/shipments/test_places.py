"""Customers ask with the shop's account: never its last questions, and never so that parcels are forgotten."""

from datetime import timedelta

import pytest
from django.utils import timezone

from carriers.base import Near, Pace
from carriers.errors import AccountRefused, BadRequest, CarrierDown, NotOffered, RateLimited
from shipments.looking import affordable
from shipments.models import CarrierAccount
from shipments.places import AHEAD, MOST, has_places, page_of_places, places_near

pytestmark = pytest.mark.django_db
NEAR = Near("DE", postcode="30161")


@pytest.fixture
def account(shop, box) -> CarrierAccount:
    return CarrierAccount.objects.get(shop=shop, carrier="sandbox")


def limited(account, **more) -> None:
    account.account = {**account.account, **more}
    account.save()


def test_the_carrier_tells_and_it_counts_as_one_question(shop, account):
    found = places_near(shop, "sandbox", NEAR)

    account.refresh_from_db()
    assert [place.name for place in found][:2] == ["Schreibwaren Linde", "Paketautomat 145"]
    assert len(found) <= MOST
    assert (account.calls, account.calls_on) == (1, timezone.now().date())


def test_half_of_the_days_questions_are_for_parcels(shop, account):
    limited(account, calls_a_day=5)

    told = []
    for _ in range(6):
        try:
            told.append(len(places_near(shop, "sandbox", NEAR)) > 0)
        except RateLimited:
            told.append(False)

    account.refresh_from_db()
    assert told == [True, True, True, False, False, False]
    assert (account.calls, account.resting_until) == (3, None)


def test_it_goes_before_the_looks_but_not_far(shop, account, settings):
    now = timezone.now()
    CarrierAccount.objects.update(tokens=0, tokens_at=now)

    for _ in range(AHEAD):
        places_near(shop, "sandbox", NEAR, now=lambda: now)
    with pytest.raises(RateLimited):
        places_near(shop, "sandbox", NEAR, now=lambda: now)

    account.refresh_from_db()
    assert (account.tokens, affordable(account, Pace(a_second=1.0), now)) == (-AHEAD, -AHEAD)
    assert affordable(account, Pace(a_second=1.0), now + timedelta(seconds=AHEAD)) == 0


def test_a_carrier_that_is_left_alone_is_left_alone(shop, account):
    CarrierAccount.objects.update(resting_until=timezone.now() + timedelta(minutes=5))

    with pytest.raises(RateLimited):
        places_near(shop, "sandbox", NEAR)

    account.refresh_from_db()
    assert account.calls == 0


@pytest.mark.parametrize(("key", "error"), [("wrong", AccountRefused), ("", AccountRefused)])
def test_a_refused_question_does_not_stop_the_looks_at_parcels(shop, account, key, error):
    limited(account, key=key)

    with pytest.raises(error):
        places_near(shop, "sandbox", NEAR)

    account.refresh_from_db()
    assert (account.failures, account.resting_until, account.trouble) == (0, None, "")


def test_nobody_at_home_is_down(shop, account):
    limited(account, base_url="http://127.0.0.1:9")

    with pytest.raises(CarrierDown):
        places_near(shop, "sandbox", NEAR)

    account.refresh_from_db()
    assert (account.failures, account.resting_until) == (0, None)


def test_what_is_not_found_is_a_bad_question(shop, account):
    with pytest.raises(BadRequest):
        places_near(shop, "sandbox", Near("DE"))


@pytest.mark.parametrize("carrier", ["gls", "paper", "postvia", ""])
def test_a_carrier_without_such_a_service_is_not_asked(shop, carrier):
    assert not has_places(carrier)
    assert page_of_places(carrier, "DE") == ""
    with pytest.raises(NotOffered):
        places_near(shop, carrier, NEAR)


def test_a_shop_without_an_account_asks_nobody(shop):
    with pytest.raises(AccountRefused):
        places_near(shop, "dhl_unified", NEAR)
    assert page_of_places("hermes", "DE").startswith("https://")
