"""One polite way of asking a carrier: bounded in time and size, no redirects, JSON or an error of our family."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NoReturn

import requests

from .errors import AccountRefused, BadRequest, CarrierDown, RateLimited

TIMEOUT = (3, 10)  # seconds to connect, seconds of silence
PATIENCE = 30  # seconds for a whole reply: one byte every nine seconds is never silent
MOST_BYTES = 5 * 1024 * 1024
RAW_KEPT = 2000  # characters of their words that staff may read


def ask(
    session: requests.Session,
    method: str,
    url: str,
    *,
    headers: dict | None = None,
    params: dict | None = None,
    body: dict | None = None,
) -> dict:
    """The JSON object a carrier answers with, {} for an empty answer. Raises CarrierError's children, nothing else."""
    try:
        with session.request(
            method,
            url,
            headers={"Accept": "application/json", **(headers or {})},
            params=params,
            json=body,
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,
        ) as reply:
            text = read(reply)
    except requests.RequestException as error:
        # Not str(error): it holds the address, and some carriers want their key in the address.
        raise CarrierDown("The carrier did not answer.", raw=type(error).__name__) from error
    if not 200 <= reply.status_code < 300:
        refuse(reply, text)
    return as_object(text)


@contextmanager
def reading(reply: dict) -> Iterator[None]:
    """JSON of a shape we cannot read is the carrier's trouble, not a crash of ours."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raw = json.dumps(reply)[:RAW_KEPT]
        raise CarrierDown("The carrier answered in a shape we do not know.", raw=raw) from error


def read(reply: requests.Response) -> str:
    started, size, chunks = time.monotonic(), 0, []
    for chunk in reply.iter_content(64 * 1024):
        chunks.append(chunk)
        size += len(chunk)
        if size > MOST_BYTES:
            raise CarrierDown("The carrier's answer is longer than 5 MB.")
        if time.monotonic() - started > PATIENCE:
            raise CarrierDown("The carrier's answer did not end.")
    return b"".join(chunks).decode("utf-8", errors="replace")


def refuse(reply: requests.Response, text: str) -> NoReturn:
    status, raw = reply.status_code, f"{reply.status_code} {text[:RAW_KEPT]}"
    if status == 429:
        raise RateLimited("The carrier asks us to slow down.", retry_after=retry_after(reply), raw=raw)
    if status in (401, 403):
        raise AccountRefused("The carrier refuses this account.", raw=raw)
    if status == 408 or not 400 <= status < 500:
        raise CarrierDown(f"The carrier answered {status}.", raw=raw)
    raise BadRequest(f"The carrier did not accept the request ({status}).", raw=raw)


def retry_after(reply: requests.Response) -> float | None:
    """Seconds to wait: the header holds seconds or a date, or nonsense."""
    said = reply.headers.get("Retry-After", "").strip()
    try:
        return max(0.0, float(int(said)))
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def as_object(text: str) -> dict:
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        raise CarrierDown("The carrier answered something that is not JSON.", raw=text[:RAW_KEPT]) from error
    if not isinstance(found, dict):
        raise CarrierDown("The carrier answered something that is not an object.", raw=text[:RAW_KEPT])
    return found
