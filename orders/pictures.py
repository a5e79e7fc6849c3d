"""Pictures are made anew from their pixels by a child process with little memory and time; the original is thrown away.

A shop's item pictures are downloaded once, made anew likewise, and kept by us: a customer's browser never asks anybody
else for them.
"""

import ipaddress
import secrets
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import requests
from django.core.files.base import ContentFile
from django.db.models import QuerySet
from django.utils import timezone

from customers.models import Shop
from orders.errors import Unreadable
from orders.models import Picture

LONGEST = 30
CHILD = Path(__file__).with_name("shrink.py")
LARGEST = 10 * 1024 * 1024
SMALL, LARGE = 288, 2000
LOGO = (480, 72)  # pixels: twice as large as the header shows it
MOST_TRIES = 5


def made_anew(upload: bytes, *, longest_side: int = LARGE) -> bytes:
    """The picture as WebP, at most that many pixels a side, without place, time or comments. Raises Unreadable."""
    return _made_by_child(upload, longest_side, longest_side)


def logo_made_anew(upload: bytes) -> bytes:
    """The same for a shop's logo: sharp, and what can be seen through stays so. Raises Unreadable."""
    return _made_by_child(upload, *LOGO, "see-through")


def _made_by_child(upload: bytes, *how: object) -> bytes:
    command = [sys.executable, "-I", str(CHILD), *map(str, how)]
    try:
        child = subprocess.run(  # noqa: S603 - our own file, no word of it from outside
            command, input=upload, capture_output=True, timeout=LONGEST, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise Unreadable("took too long") from late
    if child.returncode != 0 or not child.stdout:
        raise Unreadable(child.stderr.decode(errors="replace")[-200:])
    return child.stdout


def want(shop: Shop, sources: set[str]) -> None:
    """Note which pictures the shop's files name; they are fetched later, each once."""
    Picture.objects.bulk_create((Picture(shop=shop, source=source) for source in sources), ignore_conflicts=True)


def keep(picture: Picture, data: bytes) -> Picture:
    """Make it anew and keep it, under a name nobody can guess. Raises Unreadable."""
    small = made_anew(data, longest_side=SMALL)
    picture.file.save(f"{secrets.token_urlsafe(16)}.webp", ContentFile(small), save=False)
    picture.error = ""
    picture.save()
    return picture


def due() -> QuerySet[Picture]:
    return Picture.objects.filter(file="", tries__lt=MOST_TRIES, next_try__lte=timezone.now()).order_by("next_try")


def fetch_pictures(limit: int = 5) -> int:
    """Download what is missing, a few at a time. Returns how many were tried."""
    tried = 0
    for picture in due()[:limit]:
        tried += 1
        picture.tries += 1
        picture.next_try = timezone.now() + timedelta(minutes=5**picture.tries)
        picture.save(update_fields=["tries", "next_try"])
        try:
            keep(picture, download(picture.source))
        except (Unreadable, OSError, requests.RequestException) as error:
            Picture.objects.filter(pk=picture.pk).update(error=f"{type(error).__name__}: {error}"[:200])
    return tried


def download(address: str) -> bytes:
    """At most 10 MB over https from a public address, no redirect followed. Raises Unreadable or RequestException."""
    host = urlsplit(address).hostname or ""
    if not address.startswith("https://") or not _is_public(host):
        raise Unreadable("only https addresses that everybody can reach")
    with requests.Session() as session:
        session.trust_env = False
        reply = session.get(address, timeout=(3, 10), stream=True, allow_redirects=False)
        if reply.status_code != 200:
            raise Unreadable(f"answered {reply.status_code}")
        data = reply.raw.read(LARGEST + 1, decode_content=True)
    if len(data) > LARGEST:
        raise Unreadable("larger than 10 MB")
    return data


def _is_public(host: str) -> bool:
    """A file must not make us knock at doors inside our own network."""
    found = {row[4][0] for row in socket.getaddrinfo(host, 443, proto=socket.IPPROTO_TCP)}
    return bool(found) and all(ipaddress.ip_address(str(each)).is_global for each in found)


def pictures_of(shop: Shop, sources: set[str]) -> dict[str, Picture]:
    """The pictures we keep, by the address they came from."""
    if not sources:
        return {}
    return {row.source: row for row in Picture.objects.filter(shop=shop, source__in=sources).exclude(file="")}
