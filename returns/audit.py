"""Every step of the money in a chain: whoever edits, removes or swaps one of them later breaks it.

The verbs of the timeline that speak of money are chained by `record` and `record_of_shop`, which the actions of this
room use in place of the timeline's own. `step` is for what has no line there. A row holds ids, sums and codes; any
other text is kept as a keyed digest only, so that a customer can be forgotten without breaking the chain.

The chain's head is locked last of all: after the order, the case, the refund and the till. A transaction that takes
further locks after a step of the money is opened by `together`, which chains its steps at the very end.
"""

import hmac
import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from customers import timeline
from customers.models import Customer, Entry, Shop
from customers.timeline import who
from returns.models import AuditEntry, AuditHead

# What a verb of money speaks of: `refund.approved`, `credit.spent`.
MONEY = {
    "bank",
    "concession",
    "credit",
    "credit_note",
    "deduction",
    "difference",
    "payment",
    "refund",
    "refunds",
    "terms",
}
# Facts whose words are ours or the provider's, never a person's; and only when they look like a code, a time or an id.
PLAIN = {"account", "batch", "currency", "kind", "proposal", "rail", "refund", "state", "why"}
PLAIN |= {"send_after", "starts_at"}
PLAIN_OF = {"refund.failed": {"reason"}}
CODE = re.compile(r"[A-Za-z0-9_:.+-]{1,120}")
ONE = 1  # the only head


# --- write ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """What one row tells. `entry` is its line of the timeline, where it has one."""

    shop_id: int
    verb: str
    by: str
    at: datetime
    order_number: str = ""
    number: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    entry: int | None = None


class _Waiting(threading.local):
    steps: list[Step] | None = None  # None: no `together` is open in this thread


_waiting = _Waiting()


@contextmanager
def together() -> Iterator[None]:
    """One transaction, or a part of the one that is open; its steps of the money are chained when the outermost ends.

    Also a decorator: `@together()`.
    """
    outermost = _waiting.steps is None
    steps = [] if _waiting.steps is None else _waiting.steps
    mark = len(steps)
    _waiting.steps = steps
    try:
        with transaction.atomic():
            yield
            if outermost and steps:
                _chain(steps)
    except BaseException:
        del steps[mark:]
        raise
    finally:
        if outermost:
            _waiting.steps = None


def record(of: Customer | Shop, verb: str, *, by: Any, order_number: str = "", number: str = "", **facts: Any) -> Entry:
    """Write one line of the timeline, and chain it when it is a step of the money."""
    with transaction.atomic():
        entry = timeline.record(of, verb, by=by, order_number=order_number, number=number, **facts)
        _follow(entry)
    return entry


def record_of_shop(shop: Shop, verb: str, *, by: Any, **facts: Any) -> Entry:
    """The same for a line about the shop itself."""
    with transaction.atomic():
        entry = timeline.record_of_shop(shop, verb, by=by, **facts)
        _follow(entry)
    return entry


def step(shop_id: int, verb: str, *, by: Any, order_number: str = "", number: str = "", **facts: Any) -> None:
    """Chain what has no line on the timeline. Call it in the transaction that it tells of."""
    _take(Step(shop_id, verb, who(by), timezone.now(), order_number, number, facts))


def _follow(entry: Entry) -> None:
    if entry.verb.partition(".")[0] in MONEY:
        facts, about = entry.facts, (entry.order_number, entry.number)
        _take(Step(entry.shop_id, entry.verb, entry.by, entry.at, *about, facts, entry.pk))


def _take(step: Step) -> None:
    if _waiting.steps is None:
        with transaction.atomic():
            _chain([step])
    else:
        _waiting.steps.append(step)


def _chain(steps: Sequence[Step]) -> None:
    head = AuditHead.objects.select_for_update().filter(pk=ONE).first()
    if head is None:
        AuditHead.objects.get_or_create(pk=ONE)
        head = AuditHead.objects.select_for_update().get(pk=ONE)
    key = keys()[0]
    rows = []
    for each in _standing(steps):
        row = AuditEntry(
            seq=head.seq + 1,
            shop_id=each.shop_id,
            at=each.at,
            verb=each.verb,
            by=each.by,
            order_number=each.order_number,
            number=each.number,
            facts=_kept(each.verb, each.facts, key),
            key=key.name,
        )
        row.hash = hash_of(row, head.hash, key)
        head.seq, head.hash = row.seq, row.hash
        rows.append(row)
    AuditEntry.objects.bulk_create(rows)
    head.save(update_fields=["seq", "hash"])


def _standing(steps: Sequence[Step]) -> list[Step]:
    """Without those whose line went with a part of the transaction that was rolled back: it never happened, and SQLite
    gives its number to the next line."""
    lines = {each.entry: each for each in steps if each.entry}
    there = set(Entry.objects.filter(pk__in=lines).values_list("pk", "verb"))
    stands = {entry: each for entry, each in lines.items() if (entry, each.verb) in there}
    return [each for each in steps if not each.entry or stands.get(each.entry) is each]


# --- what a row says --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Key:
    """`name` is a fingerprint that tells nothing of the secret."""

    name: str
    chain: bytes
    words: bytes


def keys() -> list[Key]:
    """The first one makes new hashes; all of them check old ones."""
    secrets = [*settings.AUDIT_KEYS, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [_key(secret) for secret in secrets]


@lru_cache(maxsize=32)
def _key(secret: str) -> Key:
    name, chain, words = (
        hmac.new(secret.encode(), f"homeward audit: {purpose}".encode(), "sha256")
        for purpose in ("name of the key", "chain", "words")
    )
    return Key(name.hexdigest()[:16], chain.digest(), words.digest())


def hash_of(row: AuditEntry, before: str, key: Key) -> str:
    """HMAC-SHA256 over the hash of the row before and all that this row says."""
    return hmac.new(key.chain, (before + canonical(row)).encode(), "sha256").hexdigest()


def canonical(row: AuditEntry) -> str:
    """The row as one text that both databases give back alike: sorted keys, no blanks, UTC to the microsecond."""
    told = {
        "seq": row.seq,
        "shop": row.shop_id,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "verb": row.verb,
        "by": row.by,
        "order_number": row.order_number,
        "number": row.number,
        "facts": row.facts,
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _kept(verb: str, facts: Mapping[str, Any], key: Key) -> dict[str, Any]:
    plain = PLAIN | PLAIN_OF.get(verb, set())
    return {name: _told(value, key, plain=name in plain) for name, value in facts.items()}


def _told(value: Any, key: Key, *, plain: bool) -> Any:
    """Numbers and codes as they are; any other words as a digest, by which they can be compared and not read."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {str(name): _told(each, key, plain=plain) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_told(each, key, plain=plain) for each in value]
    words = str(value)
    if not words or (plain and CODE.fullmatch(words)):
        return words
    return digest_of(words, key)


def digest_of(words: str, key: Key) -> str:
    return "#" + hmac.new(key.words, words.encode(), "sha256").hexdigest()[:32]
