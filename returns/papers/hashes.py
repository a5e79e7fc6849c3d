"""A chain of hashes over lines of a timeline: none can be changed, left out or moved without its end becoming another.

    hash of a line = SHA-256( hash of the line before, in hex, as ASCII + the line as canonical JSON, in UTF-8 )

Nothing stands before the first line. Canonical JSON: keys sorted, no spaces, letters as they are (RFC 8259).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import zip_longest
from typing import Any

Line = Mapping[str, Any]


def canonical(line: Line) -> bytes:
    """The one way to write a line down. Raises ValueError for what is no JSON."""
    return json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def chain(lines: Iterable[Line]) -> list[str]:
    """The hash of each line, in hex; the last one stands for all."""
    hashes: list[str] = []
    for line in lines:
        before = hashes[-1] if hashes else ""
        hashes.append(sha256(before.encode("ascii") + canonical(line)).hexdigest())
    return hashes


def verify(lines: Sequence[Line], hashes: Sequence[str]) -> int | None:
    """The position of the first line that is not as it was, or that is missing or too many; None when all is well."""
    for at, (ours, theirs) in enumerate(zip_longest(chain(lines), hashes)):
        if ours != theirs:
            return at
    return None
