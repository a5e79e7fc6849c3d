"""A carrier knocks: kept at once as it came, worked off later.

What is signed is taken at its word. Anything else is a hint, and a reason to ask the carrier now: nothing that moves
money rests on a message that anybody could have sent.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from django.db.models import Q, QuerySet
from django.utils import timezone

from carriers import CARRIERS, adapter_class, offers, open_carrier
from carriers.base import Tracked, plain_number
from carriers.errors import CarrierDown, CarrierError
from shipments.actions import credentials, take_scans
from shipments.models import CarrierAccount, CarrierKnock, Shipment
from shipments.schedule import ENDED

log = structlog.get_logger()

KEPT = timedelta(days=30)
HINTED = timedelta(minutes=2)  # a parcel that was asked about this lately is not asked again for a hint
SUBSCRIBE_AT_ONCE = 100
BEFORE_THE_END = timedelta(days=1)
FOR_GOOD = timedelta(days=90)
TRY_AGAIN = timedelta(hours=1)


def keep_knock(account: CarrierAccount, body: bytes, headers: Mapping[str, str]) -> CarrierKnock:
    """Put it on the pile; the same body again is the same knock. Header names in small letters.

    Raises ForgedWebhook for a signature that fails, NotOffered when this carrier never knocks. A body that cannot be
    read is kept as well: the carrier would only send it again.
    """
    proven, error = False, ""
    try:
        proven = open_carrier(account.carrier, credentials(account)).parse_webhook(body, headers).proven
    except CarrierDown as unreadable:
        error = str(unreadable)[:200]
    digest = hashlib.sha256(body).hexdigest()
    knock, _new = CarrierKnock.objects.get_or_create(
        account=account,
        digest=digest,
        defaults={
            "body": body,
            "proven": proven,
            "error": error,
            "processed_at": timezone.now() if error else None,
        },
    )
    return knock


def work_off_knocks(limit: int = 100) -> int:
    """Returns how many were worked off."""
    waiting = CarrierKnock.objects.filter(processed_at=None).select_related("account").order_by("received_at", "pk")
    knocks = list(waiting[:limit])
    for knock in knocks:
        try:
            _work_off(knock)
            error = ""
        except Exception as trouble:  # one message that cannot be worked off must not hold up the next
            log.error("knock.failed", carrier=knock.account.carrier, knock=knock.pk, exc_info=trouble)
            error = type(trouble).__name__
        CarrierKnock.objects.filter(pk=knock.pk).update(processed_at=timezone.now(), error=error)
    return len(knocks)


def _work_off(knock: CarrierKnock) -> None:
    now = timezone.now()
    for tracked in adapter_class(knock.account.carrier).read(bytes(knock.body)).parcels:
        parcels = parcels_of(knock.account, tracked)
        parcels.update(knocked_at=now)
        if knock.proven:
            for parcel in parcels:
                take_scans(parcel, tracked)
        else:
            fresh = Q(looked_at__gt=now - HINTED)
            parcels.exclude(fresh & Q(failed_looks=0)).update(next_look=now)


def parcels_of(account: CarrierAccount, tracked: Tracked) -> QuerySet[Shipment]:
    """Ours that the carrier speaks of: with the number as the shop typed it, or as a machine writes it."""
    # A GHTK label such as S1.A1.17373471 is known to shops by its last part, too.
    numbers = {tracked.number, plain_number(tracked.number), tracked.number.rpartition(".")[2]}
    return Shipment.objects.filter(shop_id=account.shop_id, carrier=account.carrier, tracking_number__in=numbers)


def forget_knocks(now: datetime | None = None) -> int:
    old = CarrierKnock.objects.filter(processed_at__lt=(now or timezone.now()) - KEPT)
    return old.delete()[0] if old.exists() else 0


def subscribe(hook_url: Callable[[CarrierAccount], str], now: datetime | None = None) -> int:
    """Ask the carriers that offer it, and whose account says `push`, to knock about our open parcels.

    `hook_url` gives the address of an account. Returns how many parcels were asked for.
    """
    now = now or timezone.now()
    asked = 0
    for account in CarrierAccount.objects.filter(account__push=True, carrier__in=CARRIERS):
        if "subscribe" not in offers(account.carrier):
            continue
        ends = Q(subscribed_until=None) | Q(subscribed_until__lt=now + BEFORE_THE_END)
        mine = Shipment.objects.filter(ends, shop_id=account.shop_id, carrier=account.carrier, next_look__isnull=False)
        rows = list(mine.exclude(status__in=ENDED).order_by("pk")[:SUBSCRIBE_AT_ONCE])
        if rows:
            asked += _subscribe(account, rows, hook_url(account), now)
    return asked


def _subscribe(account: CarrierAccount, rows: list[Shipment], url: str, now: datetime) -> int:
    try:
        adapter = open_carrier(account.carrier, credentials(account))
        lasts = adapter.subscribe([row.tracking_number for row in rows], url)
        until = now + (lasts or FOR_GOOD)
    except CarrierError as error:
        CarrierAccount.objects.filter(pk=account.pk).update(trouble=f"Subscribing: {error} {error.raw}"[:300])
        until = now + BEFORE_THE_END + TRY_AGAIN
    Shipment.objects.filter(pk__in=[row.pk for row in rows]).update(subscribed_until=until)
    return len(rows)
