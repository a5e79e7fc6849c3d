"""A carrier knocks: kept at once as it came, worked off later.

What is signed is taken at its word. Anything else is a hint, and a reason to ask the carrier now: nothing that moves
money rests on a message that anybody could have sent.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice

import structlog
from django.db import OperationalError, transaction
from django.db.models import Q
from django.utils import timezone

from carriers import CARRIERS, adapter_class, offers, open_carrier
from carriers.base import Tracked, plain_number
from carriers.errors import CarrierDown, CarrierError, NotOffered, RateLimited, keepable
from shipments.accounts import calls_a_day, credentials, used_today
from shipments.actions import Heard, take_all
from shipments.models import CarrierAccount, CarrierKnock, Shipment
from shipments.schedule import ENDED

log = structlog.get_logger()

KEPT = timedelta(days=30)
HINTED = timedelta(minutes=2)  # a parcel that was asked about this lately is not asked again for a hint
MOST_HINTS = 1000  # that wait, of one account; more are not taken in
MOST_NONSENSE = 20  # that could not be read, kept of one account for staff
AT_ONCE = 500  # numbers a query
SUBSCRIBE_AT_ONCE = 100
BEFORE_THE_END = timedelta(days=1)
FOR_GOOD = timedelta(days=90)
TRY_AGAIN = timedelta(hours=1)


def keep_knock(account: CarrierAccount, body: bytes, headers: Mapping[str, str]) -> CarrierKnock:
    """Put it on the pile; the same body again is the same knock. Header names in small letters.

    Raises ForgedWebhook for a signature that fails, NotOffered when this carrier never knocks, RateLimited when too
    many hints wait. A body that cannot be read is kept as well: the carrier would only send it again.
    """
    if account.carrier not in CARRIERS:
        raise NotOffered
    try:
        proven = open_carrier(account.carrier, credentials(account)).parse_webhook(body, headers).proven
    except CarrierDown:
        proven = False  # cannot be read: staff will see why
    waiting = CarrierKnock.objects.filter(account=account, processed_at=None, proven=False)
    if not proven and waiting.count() >= MOST_HINTS:
        raise RateLimited("More hints wait than any carrier sends.", retry_after=HINTED.total_seconds())
    knock, _new = CarrierKnock.objects.get_or_create(
        account=account, digest=hashlib.sha256(body).hexdigest(), defaults={"body": body, "proven": proven}
    )
    return knock


def work_off_knocks(limit: int = 100) -> int:
    """Returns how many were worked off."""
    waiting = CarrierKnock.objects.filter(processed_at=None).order_by("received_at", "pk")
    # One after the other: a hundred of them may be a hundred megabytes.
    return sum(_work_off(pk) for pk in list(waiting.values_list("pk", flat=True)[:limit]))


@transaction.atomic
def _work_off(pk: int) -> bool:
    """One message that cannot be worked off must not hold up the next. A hint that has done its work is forgotten."""
    waiting = CarrierKnock.objects.select_for_update(skip_locked=True, of=("self",)).filter(processed_at=None)
    knock = waiting.select_related("account").filter(pk=pk).first()
    if knock is None:
        return False  # another worker has it
    now, error = timezone.now(), ""
    try:
        with transaction.atomic():
            _believe(knock, now) if knock.proven else _take_the_hint(knock, now)
    except CarrierError as unreadable:
        error = str(unreadable)[:200]
    except Exception as trouble:
        if isinstance(trouble, OperationalError) and now - knock.received_at < TRY_AGAIN:
            return False  # the database is busy: the message is as good as before
        log.error("knock.failed", carrier=knock.account.carrier, knock=knock.pk, exc_info=trouble)
        error = type(trouble).__name__
    if knock.proven or error:
        CarrierKnock.objects.filter(pk=pk).update(processed_at=now, error=error)
    else:
        CarrierKnock.objects.filter(pk=pk).delete()
    if error:
        _forget_most_nonsense(knock.account)
    return True


def _believe(knock: CarrierKnock, now: datetime) -> None:
    """What is signed moves parcels, and spares us some questions: this carrier tells us by itself."""
    for parcels, said in _parcels_of(knock):
        Shipment.objects.filter(pk__in=[row.pk for row in parcels]).update(knocked_at=now)
        take_all([Heard(row, tracked) for row in parcels for tracked in said[row.tracking_number]], now)


def _take_the_hint(knock: CarrierKnock, now: datetime) -> None:
    """Anybody may have sent it: it brings a look forward, and costs no more than half of what we may ask today."""
    account = knock.account
    a_day = calls_a_day(account, adapter_class(account.carrier).pace)
    if a_day is not None and used_today(account, now) * 2 >= a_day:
        return
    for parcels, _said in _parcels_of(knock):
        sooner = [row for row in parcels if row.next_look is None or row.next_look > _soonest(row, now)]
        for row in sooner:
            row.next_look = _soonest(row, now)
        Shipment.objects.bulk_update(sooner, ["next_look"])


def _soonest(row: Shipment, now: datetime) -> datetime:
    """A hint is never lost, but a parcel that was asked about just now waits a little."""
    if row.failed_looks:
        return now + HINTED
    return max(now, row.looked_at + HINTED) if row.looked_at else now


def _parcels_of(knock: CarrierKnock) -> Iterator[tuple[list[Shipment], dict[str, list[Tracked]]]]:
    """Our parcels that it speaks of, locked, some at a time, and what it says by number.

    Ours may bear the number as the shop typed it, or as a machine writes it; a GHTK label such as S1.A1.17373471 is
    known to shops by its last part, too.
    """
    said: dict[str, list[Tracked]] = {}
    for tracked in adapter_class(knock.account.carrier).read(bytes(knock.body)).parcels:
        whole = keepable(tracked.number)
        for number in {whole, plain_number(whole), whole.rpartition(".")[2]}:
            said.setdefault(number, []).append(tracked)
    theirs = Shipment.objects.filter(shop_id=knock.account.shop_id, carrier=knock.account.carrier)
    numbers = iter(said)
    pks: list[int] = []
    while some := list(islice(numbers, AT_ONCE)):
        pks += theirs.filter(tracking_number__in=some).values_list("pk", flat=True)
    ordered = iter(sorted(pks))  # every worker locks them in this order
    while few := list(islice(ordered, AT_ONCE)):
        yield list(theirs.filter(pk__in=few).order_by("pk").select_for_update()), said


def _forget_most_nonsense(account: CarrierAccount) -> None:
    """Some of what could not be read are enough to see what is wrong; there may be no end of it."""
    unread = CarrierKnock.objects.filter(account=account, proven=False, error__gt="").order_by("-pk")
    CarrierKnock.objects.filter(pk__in=list(unread.values_list("pk", flat=True)[MOST_NONSENSE:])).delete()


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
