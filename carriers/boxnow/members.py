"""The members of a JSON object as they were sent, byte for byte: what a signature over a part of a body needs."""

import json
import re
from collections.abc import Iterator

BLANKS = re.compile(r"[ \t\n\r]*")
decode = json.JSONDecoder().raw_decode


def sent_as(raw: bytes, name: str) -> list[bytes]:
    """The bytes of every outermost member called `name`. Raises ValueError for what is no JSON object in UTF-8."""
    text = raw.decode("utf-8")
    try:
        return [value.encode() for member, value in _members(text) if member == name]
    except IndexError as error:
        raise ValueError("the object breaks off") from error


def _members(text: str) -> Iterator[tuple[str, str]]:
    at = _to_next(text, _to_next(text, 0, "{"))
    if text[at] == "}":
        return
    while True:
        name, at = decode(text, at)
        start = _to_next(text, _to_next(text, at, ":"))
        _value, at = decode(text, start)
        yield name, text[start:at]
        at = _to_next(text, at)
        if text[at] == "}":
            return
        at = _to_next(text, _to_next(text, at, ","))


def _to_next(text: str, at: int, sign: str = "") -> int:
    """Over the blanks, and over `sign` that must stand there."""
    blanks = BLANKS.match(text, at)
    at = blanks.end() if blanks else at
    if sign and text[at] != sign:
        raise ValueError(f"no {sign} at {at}")
    return at + len(sign)
