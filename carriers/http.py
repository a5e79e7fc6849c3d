"""One polite way of asking a carrier: bounded in time and size, no redirects, an answer or an error of our family."""

import html
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn
from xml.etree import ElementTree

import requests
import urllib3

from .errors import AccountRefused, BadRequest, CarrierDown, RateLimited

TIMEOUT = (3, 10)  # seconds to connect, seconds of silence
PATIENCE = 10  # seconds for a whole reply: one byte every nine seconds is never silent
WAITED_FOR = 4  # the same while a customer looks at the page
GLANCED_AT = 3  # and while she looks for something she can do without
MOST_BYTES = 5 * 1024 * 1024
RAW_KEPT = 2000  # characters of their words that staff may read


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: requests.structures.CaseInsensitiveDict
    body: bytes


def call(
    session: requests.Session,
    method: str,
    url: str,
    *,
    headers: dict | None = None,
    params: dict | None = None,
    body: Any = None,
    form: dict | str | bytes | None = None,
    auth: tuple[str, str] | None = None,
    fine: frozenset[int] | set[int] = frozenset(),
    patience: float | None = None,
) -> Answer:
    """What the carrier answers with 2xx, or a status in `fine` (404 is "not yet" with some).

    `body` goes out as JSON, `form` as a form or as it is; `patience`: the seconds for all of it, else PATIENCE.
    Raises CarrierError's children, nothing else.
    """
    patience = PATIENCE if patience is None else patience
    try:
        with session.request(
            method,
            url,
            headers=headers,
            params=params,
            json=body,
            data=form,
            auth=auth,
            timeout=(min(TIMEOUT[0], patience), min(TIMEOUT[1], patience)),
            allow_redirects=False,
            stream=True,
        ) as reply:
            said = _read(reply, patience)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        # Not str(error): it holds the address, and some carriers want their key in the address.
        raise CarrierDown("The carrier did not answer.", raw=type(error).__name__) from error
    if not 200 <= reply.status_code < 300 and reply.status_code not in fine:
        _refuse(reply, said.decode("utf-8", errors="replace"))
    return Answer(reply.status_code, reply.headers, said)


def ask(session: requests.Session, method: str, url: str, *, headers: dict | None = None, **more: Any) -> dict:
    """The JSON object a carrier answers with, {} for an empty answer. Takes and raises what `call` does."""
    answer = call(session, method, url, headers={"Accept": "application/json", **(headers or {})}, **more)
    return as_object(answer.body) if answer.body.strip() else {}


@contextmanager
def reading(reply: object) -> Iterator[None]:
    """An answer of a shape we cannot read is the carrier's trouble, not a crash of ours."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        raise CarrierDown("The carrier answered in a shape we do not know.", raw=_shown(reply)) from error


def _shown(reply: object) -> str:
    if isinstance(reply, bytes):
        return reply[:RAW_KEPT].decode("utf-8", errors="replace")
    try:
        return json.dumps(reply)[:RAW_KEPT]
    except (TypeError, ValueError, RecursionError):
        return type(reply).__name__


def _read(reply: requests.Response, patience: float) -> bytes:
    started, size, chunks = time.monotonic(), 0, []
    # Not iter_content(): it would wait for a whole chunk, however slowly its bytes come in.
    while chunk := reply.raw.read1(64 * 1024, decode_content=True):
        chunks.append(chunk)
        size += len(chunk)
        if size > MOST_BYTES:
            raise CarrierDown("The carrier's answer is longer than 5 MB.")
        if time.monotonic() - started > patience:
            raise CarrierDown("The carrier's answer did not end.")
    return b"".join(chunks)


def _refuse(reply: requests.Response, text: str) -> NoReturn:
    status, raw = reply.status_code, f"{reply.status_code} {text[:RAW_KEPT]}"
    if status == 429:
        raise RateLimited("The carrier asks us to slow down.", retry_after=_retry_after(reply), raw=raw)
    if status in (401, 403):
        raise AccountRefused("The carrier refuses this account.", raw=raw)
    if status == 408 or not 400 <= status < 500:
        raise CarrierDown(f"The carrier answered {status}.", raw=raw)
    raise BadRequest(f"The carrier did not accept the request ({status}).", raw=raw)


def _retry_after(reply: requests.Response) -> float | None:
    """Seconds to wait: the header holds seconds or a date, or nonsense."""
    said = reply.headers.get("Retry-After", "").strip()
    try:
        return max(0.0, float(int(said)))
    except (ValueError, OverflowError):
        pass
    try:
        when = parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def as_json(raw: bytes) -> Any:
    """Raises CarrierDown for what is not JSON: a web page, half an answer, NaN, a hundred thousand brackets."""
    try:
        return json.loads(raw, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise CarrierDown("The carrier answered something that is not JSON.", raw=_shown(raw)) from error


def as_object(raw: bytes) -> dict:
    """What is wrapped in a list of one is read, too: so people copy it out of a log. Raises CarrierDown."""
    found = as_json(raw)
    if isinstance(found, list) and len(found) == 1:
        [found] = found
    if not isinstance(found, dict):
        raise CarrierDown("The carrier answered something that is not an object.", raw=_shown(raw))
    return found


def _no_number(said: str) -> NoReturn:
    raise ValueError(f"{said} is not a number in JSON")


class _NoDoctype(ElementTree.TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> NoReturn:
        raise ValueError("a document type, which no carrier needs and entities do")


def as_xml(raw: bytes) -> ElementTree.Element:
    """The root of an XML answer. Raises CarrierDown for anything else, and for a document that declares entities."""
    parser = ElementTree.XMLParser(target=_NoDoctype())  # noqa: S314 - without a DOCTYPE there are no entities to abuse
    try:
        parser.feed(raw.lstrip())  # a blank line before the declaration is no XML
        root = parser.close()
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise CarrierDown("The carrier answered something that is not XML.", raw=_shown(raw)) from error
    if _deepest(root) > 200:
        raise CarrierDown("The carrier's XML is nested deeper than any answer of theirs.")
    return root


def _deepest(root: ElementTree.Element) -> int:
    depth, level = 0, [root]
    while level and depth <= 200:
        depth, level = depth + 1, [child for element in level for child in element]
    return depth


TAG = re.compile(r"<[^<>]{0,200}>")


def plain(said: object) -> str:
    """Their text without HTML, entities and runs of blanks; "" for null."""
    if said is None or isinstance(said, (dict, list)):
        return ""
    return " ".join(html.unescape(TAG.sub("", html.unescape(str(said)))).split())


def place(*parts: object) -> str:
    """ "City, State, CC" of the parts that are there."""
    return ", ".join(filter(None, map(plain, parts)))


class Bearer:
    """One OAuth token of one account: fetched when first needed, kept until a minute before its end."""

    def __init__(self) -> None:
        self.token = ""
        self.ends = 0.0

    def get(self, fetch: Callable[[], tuple[str, float]]) -> str:
        """`fetch` gives the token and the seconds it lives."""
        if not self.token or time.monotonic() > self.ends:
            self.token, lives = fetch()
            self.ends = time.monotonic() + max(lives - 60, 0)
        return self.token

    def forget(self) -> None:
        self.token = ""
