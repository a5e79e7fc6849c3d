"""Where may a parcel be handed in? The carrier is asked while the customer waits, with the shop's own account.

Its answer is kept nowhere: DHL's terms, as others quote them, forbid it. So the shop's quota is guarded by how often
one may ask.
"""

from collections.abc import Callable
from datetime import datetime

import structlog
from django.db import transaction
from django.utils import timezone

from carriers import CARRIERS, offers, open_carrier
from carriers.base import DropOff, Near, Pace
from carriers.errors import AccountRefused, CarrierError, NotOffered, RateLimited
from customers.models import Shop
from shipments.accounts import calls_a_day, credentials, used_today
from shipments.looking import affordable, awake, spend
from shipments.models import CarrierAccount

log = structlog.get_logger()

MOST = 10
AHEAD = 2  # questions of customers that go before the looks at parcels, which then wait a moment longer


def has_places(carrier: str) -> bool:
    """Whether this carrier can be asked for places."""
    return carrier in CARRIERS and "drop_off_places" in offers(carrier)


def page_of_places(carrier: str, country: str) -> str:
    """The carrier's own page that finds them, "" when we know none."""
    return open_carrier(carrier, {}).places_url(country) if carrier in CARRIERS else ""


def places_near(shop: Shop, carrier: str, near: Near, *, now: Callable[[], datetime] = timezone.now) -> list[DropOff]:
    """The nearest first, MOST at the most. Raises CarrierError's children; BadRequest: it does not find what was typed.

    A no moves nothing in the account: its key may be good for parcels and have no right to places.
    """
    if not has_places(carrier):
        raise NotOffered
    row = CarrierAccount.objects.filter(shop=shop, carrier=carrier).first()
    if row is None:
        raise AccountRefused(f"the shop has no account with {carrier}")
    try:
        adapter = open_carrier(carrier, credentials(row))
        if missing := adapter.missing():
            raise AccountRefused(" ".join(missing))
        _take_a_call(row, adapter.pace, now())
        return adapter.drop_off_places(near, most=MOST)
    except CarrierError as error:
        log.warning("places.not_told", carrier=carrier, error=f"{type(error).__name__}: {error}")
        raise


@transaction.atomic
def _take_a_call(account: CarrierAccount, pace: Pace, now: datetime) -> None:
    """Count one question, or raise RateLimited: customers may ask for half of the day's questions at most, and not
    while the carrier is left alone. Parcels are looked at with the other half."""
    row = CarrierAccount.objects.select_for_update().filter(awake(now), pk=account.pk).first()
    if row is None:
        raise RateLimited("The carrier is left alone for now.")
    a_day = calls_a_day(row, pace)
    if a_day is not None and used_today(row, now) * 2 >= a_day:
        raise RateLimited("Half of today's questions are used.")
    affordable(row, pace, now)
    if row.tokens < 1 - AHEAD:
        raise RateLimited("Asked too often in this moment.")
    spend(row, 1, now)
