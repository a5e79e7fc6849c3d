"""How often may one try? Only failures count, in windows of time; separate buckets, never one on (address, order)."""

import hashlib
import hmac
import ipaddress
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from portal.models import RateBucket

MINUTES, HOUR, DAY = 600, 3600, 86400

# (what, how many failures, within how many seconds)
NETWORK = ((10, MINUTES), (30, HOUR), (100, DAY))
ORDER = ((10, DAY),)
CONTACT = ((10, DAY),)
MAILS = ((3, HOUR), (6, DAY))
WITHDRAWALS = ((60, HOUR), (300, DAY))  # far above what people do; of a network that is told apart from others
SIGN_IN = ((10, MINUTES), (50, DAY))

Limits = tuple[tuple[int, int], ...]


def network(address: str) -> str:
    """One customer's network: an IPv4 address, or the /56 that a household has of IPv6."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped:  # what a socket that listens on both gives: all of IPv4 would be one household
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((int(ip), 56), strict=False))


def is_shared(address: str) -> bool:
    """Whether many visitors may stand behind it: a proxy of ours that nobody named, or no address at all."""
    try:
        return not ipaddress.ip_address(address).is_global
    except ValueError:
        return True


def _keys(what: str, value: str, limits: Limits, now: datetime) -> list[tuple[str, int, datetime]]:
    digest = hmac.new(settings.SECRET_KEY.encode(), f"bucket:{what}:{value}".encode(), hashlib.sha256).hexdigest()[:40]
    rows = []
    for most, seconds in limits:
        window = int(now.timestamp()) // seconds
        ends = datetime.fromtimestamp((window + 1) * seconds, UTC)
        rows.append((f"{what}:{digest}:{seconds}:{window}", most, ends))
    return rows


def is_full(what: str, value: str, limits: Limits) -> bool:
    """Whether one of the windows holds as many failures as it may."""
    rows = _keys(what, value, limits, timezone.now())
    counts = dict(RateBucket.objects.filter(key__in=[key for key, _, _ in rows]).values_list("key", "count"))
    return any(counts.get(key, 0) >= most for key, most, _ in rows)


def count(what: str, value: str, limits: Limits) -> None:
    """Count one more in every window. The same steps for the first failure as for the tenth."""
    rows = _keys(what, value, limits, timezone.now())
    RateBucket.objects.bulk_create((RateBucket(key=key, ends_at=ends) for key, _, ends in rows), ignore_conflicts=True)
    RateBucket.objects.filter(key__in=[key for key, _, _ in rows]).update(count=F("count") + 1)


def forget_old() -> int:
    old = RateBucket.objects.filter(ends_at__lt=timezone.now() - timedelta(days=1))
    return old.delete()[0] if old.exists() else 0
