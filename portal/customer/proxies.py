"""Do visitors come through a proxy that nobody named? Then all of them have one address, and limits would stop all."""

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone

from portal.customer.limits import is_shared
from portal.middleware import client_address
from portal.models import RateBucket

KEY = "proxy:unnamed"
REMEMBERED = timedelta(hours=1)
OFTEN_ENOUGH = timedelta(minutes=5)


def notice(request: HttpRequest) -> None:
    """Only a peer whose address is not public is believed to be a proxy: any visitor may send these headers."""
    peer = request.META.get("REMOTE_ADDR", "")
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR") or request.META.get("HTTP_FORWARDED")
    if forwarded and is_shared(peer) and client_address(request) == peer and not _seen(OFTEN_ENOUGH):
        ends = timezone.now() + REMEMBERED
        RateBucket.objects.update_or_create(key=KEY, defaults={"ends_at": ends})


def unnamed_lately() -> bool:
    """Whether one was noticed within the last hour."""
    return _seen(REMEMBERED)


def _seen(within: timedelta) -> bool:
    return RateBucket.objects.filter(key=KEY, ends_at__gt=timezone.now() + REMEMBERED - within).exists()
