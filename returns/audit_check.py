"""Does the chain of the money hold? Every row is read once, in its order, and only a few are kept in memory."""

import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from returns.audit import hash_of, keys
from returns.models import AuditEntry, AuditHead

HEAD = re.compile(r"(?<!\w)(\d+) ([0-9a-f]{64})(?!\w)")
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Checked:
    """How many rows fit, and in words what the first one that does not fit has; empty when all do."""

    rows: int
    fault: str = ""


def heads_in(lines: Iterable[str]) -> dict[int, str]:
    """{number of a row: its hash}, from lines that left this machine, whatever a mail or a log wrote around them."""
    return {int(found[1]): found[2] for line in lines if (found := HEAD.search(line))}


def head_line(head: AuditHead, at: str) -> str:
    """What leaves the machine, and what `heads_in` reads."""
    return f"{head.seq} {head.hash} {at}"


def is_stuck() -> bool:
    """Whether the head could not leave this machine when it last should have."""
    return AuditHead.objects.exclude(error="").exists()


def check(heads: Mapping[int, str] | None = None) -> Checked:
    """Work the chain out anew. `heads` are earlier ends of it, kept elsewhere: they show an end that was cut off."""
    walk = _Walk(AuditHead.objects.first(), heads or {})
    for row in AuditEntry.objects.order_by("seq").iterator(chunk_size=AT_ONCE):
        fault = next(walk.faults_of(row), "")
        if fault:
            return Checked(walk.seq, fault)
        walk.seq, walk.hash = row.seq, row.hash
        walk.heads.pop(row.seq, "")
    return Checked(walk.seq, next(walk.faults_of_end(), ""))


class _Walk:
    """Along the chain: `seq` and `hash` are those of the last row that fits."""

    def __init__(self, head: AuditHead | None, heads: Mapping[int, str]) -> None:
        self.seq, self.hash = 0, ""
        self.head, self.heads = head, dict(heads)
        self.keys = {key.name: key for key in keys()}

    def faults_of(self, row: AuditEntry) -> Iterator[str]:
        if row.seq != self.seq + 1:
            yield f"Row {self.seq + 1} is missing: after {self.seq} comes {row.seq}."
        elif row.key not in self.keys:
            yield f"{_named(row)} was made with a key that is not among ours ({row.key})."
        elif not hmac.compare_digest(row.hash, hash_of(row, self.hash, self.keys[row.key])):
            yield f"{_named(row)} does not fit: it was changed, or the row before it."
        elif self.heads.get(row.seq, row.hash) != row.hash:
            yield f"{_named(row)} is not the row whose hash left this machine: it was made anew."
        elif self.head and row.seq == self.head.seq and row.hash != self.head.hash:
            yield f"{_named(row)} does not fit the head of the chain."

    def faults_of_end(self) -> Iterator[str]:
        if self.heads:
            yield f"The end is cut off: row {max(self.heads)} has left this machine, and the last one is {self.seq}."
        elif self.head and self.seq < self.head.seq:
            yield f"The end is cut off: the head names row {self.head.seq}, and the last one is {self.seq}."
        elif self.seq and self.head is None:
            yield "The head of the chain is missing."


def _named(row: AuditEntry) -> str:
    return f"Row {row.seq} ({row.verb}{f', {row.number}' if row.number else ''}, {row.at:%Y-%m-%d %H:%M} UTC)"
