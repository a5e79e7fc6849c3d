"""How often may one try? Only failures count, in windows that move along; separate buckets, never one on (address,
order). What the look-up counts, and what follows, says `lookup`.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from portal.models import RateBucket

MINUTES, HOUR, DAY = 600, 3600, 86400
# (how many failures, within how many seconds)
Limits = tuple[tuple[int, int], ...]

MAILS: Limits = ((3, HOUR), (6, DAY))
ASKED_MAILS: Limits = ((2, HOUR), (4, DAY))  # of these: nobody who has proved nothing takes the last ones from a code
WITHDRAWALS: Limits = ((60, HOUR), (300, DAY))  # far above what people do; of a network that is told apart from others
ASKS: Limits = WITHDRAWALS  # letters with a way in, asked for by one network
SIGN_IN: Limits = ((10, MINUTES), (50, DAY))

SLOTS = 10  # a window is counted in so many slots, and one more: it is up to a tenth longer than it says, never shorter


def network(address: str) -> str:
    """One customer's network: an IPv4 address, or the /56 that a household has of IPv6."""
    return _net(address, 32, 56)


def wider_network(address: str) -> str:
    """The neighbourhood of an address: /24 of IPv4, /48 of IPv6."""
    return _net(address, 24, 48)


def _net(address: str, v4: int, v6: int) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped  # what a socket that listens on both gives: all of IPv4 would be one household
    return str(ipaddress.ip_network((int(ip), v4 if ip.version == 4 else v6), strict=False))


def is_shared(address: str) -> bool:
    """Whether many visitors may stand behind it: a proxy of ours that nobody named, or no address at all."""
    try:
        return not ipaddress.ip_address(address).is_global
    except ValueError:
        return True


@dataclass(frozen=True)
class Bucket:
    """Failures of one thing: `what` says of which kind it is, `value` which one. `kept`: how many seconds longer than
    its windows its counts are remembered."""

    what: str
    value: str
    limits: Limits
    kept: int = 0

    def slots(self, seconds: int, now: datetime) -> dict[str, datetime]:
        """The keys of the slots that lie in the window, the oldest first, and when each has left it."""
        length = slot_length(seconds)
        last = int(now.timestamp()) // length
        first = int(now.timestamp() - seconds) // length
        return {self.key(seconds, n): _moment((n + 1) * length + seconds) for n in range(first, last + 1)}

    def key(self, seconds: int, slot: int) -> str:
        return f"{self.what}:{_digest(self.what, self.value)}:{seconds}:{slot}"


def slot_length(seconds: int) -> int:
    return max(60, seconds // SLOTS)


class Tally:
    """What these buckets, and the rows under `keys`, hold at this moment: one query, however many they are."""

    def __init__(self, buckets: Iterable[Bucket], *keys: str, known: Mapping[str, int] | None = None) -> None:
        """`known`: rows as they were a moment ago, whoever has counted since."""
        self.now = timezone.now()
        slots = [key for bucket in buckets for _, seconds in bucket.limits for key in bucket.slots(seconds, self.now)]
        self.counts = dict(RateBucket.objects.filter(key__in=[*slots, *keys]).values_list("key", "count"))
        self.counts |= known or {}

    def each(self, bucket: Bucket, seconds: int) -> list[int]:
        """How many failures in each slot of the window, the oldest first."""
        return [self.counts.get(key, 0) for key in bucket.slots(seconds, self.now)]

    def sum(self, bucket: Bucket, seconds: int) -> int:
        return sum(self.each(bucket, seconds))

    def is_full(self, bucket: Bucket, mine: int = 0) -> bool:
        """Whether a window holds as many as it may, besides `mine`: what the asker has counted for itself already."""
        return any(self.sum(bucket, seconds) >= most + mine for most, seconds in bucket.limits)

    def free_at(self, bucket: Bucket, mine: int = 0) -> datetime | None:
        """When there is room again in every window, if nothing more happens; None: there is room now."""
        moments = [self._room_at(bucket, most + mine, seconds) for most, seconds in bucket.limits]
        return max((moment for moment in moments if moment), default=None)

    def _room_at(self, bucket: Bucket, most: int, seconds: int) -> datetime | None:
        left = self.sum(bucket, seconds)
        moment = None
        for key, gone in bucket.slots(seconds, self.now).items():
            if left < most:
                break
            left -= self.counts.get(key, 0)
            moment = gone
        return moment


class Added(NamedTuple):
    """What was counted, by key: `take_back` takes it. And what each row held then, its own place in the queue."""

    times: dict[str, int]
    counts: dict[str, int]


def add(buckets: Iterable[tuple[Bucket, int]]) -> Added:
    """Count each bucket up by so many, in one statement whose rows stand in one order: two of them never wait for each
    other."""
    now = timezone.now()
    rows = {}
    for bucket, times in buckets:
        for _, seconds in bucket.limits:
            key, ends = list(bucket.slots(seconds, now).items())[-1]
            rows[key] = (times, ends + timedelta(seconds=bucket.kept))
    counts = _upsert(sorted((key, times, ends) for key, (times, ends) in rows.items()))
    return Added({key: times for key, (times, _) in rows.items()}, counts)


def _upsert(rows: list[tuple[str, int, datetime]]) -> dict[str, int]:
    table = connection.ops.quote_name(RateBucket._meta.db_table)
    values = ", ".join(["(%s, %s, %s)"] * len(rows))
    told = [part for key, times, ends in rows for part in (key, times, connection.ops.adapt_datetimefield_value(ends))]
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO {table} ("key", "count", ends_at) VALUES {values} '  # noqa: S608 - our own names
            f'ON CONFLICT ("key") DO UPDATE SET "count" = {table}."count" + excluded."count" RETURNING "key", "count"',
            told,
        )
        return dict(cursor.fetchall())


def take_back(added: dict[str, int]) -> None:
    """What `add` has counted is forgiven, as far as it is still there. In the order of `add`."""
    with transaction.atomic():
        for key in sorted(added):
            RateBucket.objects.filter(key=key, count__gte=added[key]).update(count=F("count") - added[key])


def claim(what: str, value: str, limits: Limits) -> datetime | None:
    """Take one of the places that are left: None. Else nothing is counted, and this is when there is one again.

    Counted first and looked at afterwards: of thirty who come at once as many get a place as there are.
    """
    bucket = Bucket(what, value, limits)
    added = add([(bucket, 1)])
    next_one = Tally([bucket], known=added.counts).free_at(bucket, mine=1)
    if next_one:
        take_back(added.times)
    return next_one


def free_at(what: str, value: str, limits: Limits) -> datetime | None:
    """When there is room again; None: there is room now. Nothing is counted."""
    bucket = Bucket(what, value, limits)
    return Tally([bucket]).free_at(bucket)


def give_back(what: str, value: str, limits: Limits) -> None:
    """The place that was claimed a moment ago is free again."""
    bucket, now = Bucket(what, value, limits), timezone.now()
    take_back({list(bucket.slots(seconds, now))[-1]: 1 for _, seconds in limits})


def once(what: str, value: str, seconds: int) -> bool:
    """Whether nobody has said this of `value` before. It is remembered for so many seconds at least."""
    key = f"{what}:{_digest(what, value)}"
    ends = timezone.now() + timedelta(seconds=seconds)
    return RateBucket.objects.get_or_create(key=key, defaults={"ends_at": ends})[1]


def forget_old() -> int:
    old = RateBucket.objects.filter(ends_at__lt=timezone.now())
    return old.delete()[0] if old.exists() else 0


def _digest(what: str, value: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"bucket:{what}:{value}".encode(), hashlib.sha256).hexdigest()[:40]


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
