"""Looking: many carriers are asked at once, none too often, and one that is down slows no other.

HTTP runs in threads, a pool an account; rows are claimed and written by the calling thread alone, in batches. What
workers on other machines must know (quota, bucket, rest) stands in the account's row.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import requests
import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from carriers import CARRIERS, new_session, open_carrier
from carriers.base import CarrierAdapter, Pace, Tracked
from carriers.errors import AccountRefused, BadRequest, CarrierDown, CarrierError, RateLimited
from shipments.accounts import calls_a_day, credentials
from shipments.actions import Heard, digest_of, put_off, take_all
from shipments.models import CarrierAccount, Shipment
from shipments.queries import due_for_a_look
from shipments.schedule import LEASE, growing, pause_after

log = structlog.get_logger()

SLOWEST = timedelta(seconds=45)  # a question whose lease ends sooner is not asked any more
ROUNDS = 6  # of calls that wait in line, the one in the air included
STORE = 50  # parcels a transaction
GATHER = 0.1  # seconds in which answers gather, so that they are stored together
ASK_WHO = 0.2  # seconds between two looks into who has work, while all threads are busy
MOST_SPLITS = 12  # of a batch they choke on, until those left in it must wait
TRIP = 5  # calls in a row that failed, until the carrier is left alone
LONGEST_REST = timedelta(hours=1)
NO_REST = timedelta(days=2)  # is that long: a clock went wrong

Outcome = Heard | tuple[Shipment, CarrierError] | Shipment  # heard, failed, not asked


@dataclass
class Desk:
    """One account at work: its adapter, its threads, and what is being asked right now."""

    account: CarrierAccount
    adapter: CarrierAdapter
    pool: ThreadPoolExecutor
    flying: dict[Future, list[Shipment]] = field(default_factory=dict)
    replies: int = 0
    hungry: bool = True  # the last claim took all it could: there may be more
    failures: int = 0
    halted: bool = False  # what waits is not sent any more: it only takes the carrier's time, and ours
    refused: bool = False  # its secrets are read anew: somebody may have changed a file

    @property
    def room(self) -> int:
        """How many calls may be sent out now; 0 until there is room for many, so that claims are few.

        Some rounds wait behind the one that is in the air: no thread is idle while answers are stored.
        """
        room = ROUNDS * self.adapter.pace.at_once - len(self.flying)
        return room if room >= self.adapter.pace.at_once else 0

    def count(self, *_: Any, **__: Any) -> None:
        self.replies += 1

    def go_on(self, account: CarrierAccount) -> None:
        self.failures, self.halted = account.failures, False

    def note(self, error: CarrierError) -> None:
        self.failures += 1
        self.halted = self.failures >= TRIP or isinstance(error, (RateLimited, AccountRefused))
        self.refused = self.refused or isinstance(error, AccountRefused)


class Looker:
    """Asks about what is due. One a worker process; any number of processes."""

    def __init__(self) -> None:
        self.desks: dict[int, Desk] = {}
        self.asked_who = 0.0

    def look(self, now: Callable[[], datetime] = timezone.now, *, at_most: float = 5.0) -> int:
        """Ask until nothing is due or in the air, for some seconds at most. Returns how many parcels were heard of.

        What is still in the air then is taken in by the next call: a carrier that takes ten seconds holds up nobody.
        """
        ends = time.monotonic() + at_most
        handled = 0
        while True:
            self._send_out(now())
            if not self._in_the_air():
                return handled
            handled += self._take_in(now())
            if time.monotonic() > ends:
                return handled

    def close(self) -> None:
        """Ask nothing more. What was not asked yet is due at once for others; what is in the air, after its lease."""
        for desk in self.desks.values():
            desk.halted = True
            desk.pool.shutdown(wait=False, cancel_futures=True)
            _release([row for future, rows in desk.flying.items() if future.cancelled() for row in rows])
        self.desks.clear()

    def _in_the_air(self) -> list[Future]:
        return [future for desk in self.desks.values() for future in desk.flying]

    def _send_out(self, now: datetime) -> None:
        hungry = any(desk.hungry and desk.room for desk in self.desks.values())
        if not hungry and self._in_the_air() and time.monotonic() - self.asked_who < ASK_WHO:
            return
        self.asked_who = time.monotonic()
        for account in accounts_with_work(now):
            try:
                desk = self._desk(account)
            except CarrierError as error:
                rest(account, error, now)
                continue
            if not desk.flying:
                desk.go_on(account)
            elif desk.account.account != account.account:
                continue  # what flies comes home first; then there is a new desk
            room, ends = desk.room, time.monotonic() + (LEASE - SLOWEST).total_seconds()
            for rows in _batches(claim(account, desk, now), desk.adapter.batch_size):
                desk.flying[desk.pool.submit(_ask, desk, rows, ends)] = rows
            desk.hungry = room > 0 and not desk.room

    def _desk(self, account: CarrierAccount) -> Desk:
        """Kept from turn to turn: sessions stay open and tokens valid. A changed account gets another one when idle."""
        desk = self.desks.get(account.pk)
        if desk is None or (not desk.flying and (desk.refused or desk.account.account != account.account)):
            if desk:
                desk.pool.shutdown(wait=False)
            adapter, session = _open(account)
            pool = ThreadPoolExecutor(adapter.pace.at_once, thread_name_prefix=f"look-{account.carrier}")
            self.desks[account.pk] = desk = Desk(account, adapter, pool)
            session.hooks["response"].append(desk.count)
        return desk

    def _take_in(self, now: datetime) -> int:
        """Wait a moment for answers and keep all that have come."""
        wait(self._in_the_air(), timeout=GATHER)
        heard: list[Heard] = []
        handled = 0
        for desk in list(self.desks.values()):
            done = [future for future in desk.flying if future.done()]
            calls = [_outcomes(future, desk.flying.pop(future)) for future in done]
            handled += sum(map(len, calls))
            if calls:
                heard += self._settle(desk, calls, now)
        for batch in _batches(heard, STORE):
            _store(batch, now)
        return handled

    def _settle(self, desk: Desk, calls: Sequence[Sequence[Outcome]], now: datetime) -> list[Heard]:
        """What the answers mean for the account; returns those that are to be kept."""
        unsent = sum(all(isinstance(outcome, Shipment) for outcome in outcomes) for outcomes in calls)
        # Tokens, and questions that had to be put again.
        more, desk.replies = max(0, desk.replies - (len(calls) - unsent)), 0
        if more or unsent:
            CarrierAccount.objects.filter(pk=desk.account.pk).update(
                calls=Greatest(F("calls") + more - unsent, 0), tokens=F("tokens") + unsent
            )
        heard: list[Heard] = []
        troubles: list[CarrierError] = []
        _release([row for outcomes in calls for row in outcomes if isinstance(row, Shipment)])
        for outcomes in calls:
            heard += [outcome for outcome in outcomes if isinstance(outcome, Heard)]
            failed = [outcome for outcome in outcomes if isinstance(outcome, tuple)]
            for error in {error for _row, error in failed}:
                put_off([row for row, its in failed if its is error], error, now)
            troubles += [error for _row, error in failed[:1] if _is_the_carriers(error)]
        if heard and not troubles:
            recovered(desk.account, now)
        for error in troubles:
            rest(desk.account, error, now)
        return heard


def be_nimble() -> None:
    """For a worker's process: its threads wait for carriers, and should not wait for each other as well."""
    sys.setswitchinterval(0.0005)  # instead of 5 ms, which a question pays several times


def look(now: datetime | None = None) -> int:
    """Ask about every parcel that is due, to the end. Returns how many were heard of."""
    looker = Looker()
    try:
        return looker.look((lambda: now) if now else timezone.now, at_most=3600)
    finally:
        looker.close()


def accounts_with_work(now: datetime) -> list[CarrierAccount]:
    due = due_for_a_look(now).filter(shop=OuterRef("shop"), carrier=OuterRef("carrier")).order_by()
    return list(CarrierAccount.objects.filter(awake(now), Exists(due)).order_by("pk"))


def awake(now: datetime) -> Q:
    return Q(resting_until=None) | Q(resting_until__lte=now) | Q(resting_until__gt=now + NO_REST)


def _open(account: CarrierAccount) -> tuple[CarrierAdapter, requests.Session]:
    if account.carrier not in CARRIERS:
        raise AccountRefused(f"{account.carrier} is not a carrier of ours.")
    session = new_session()
    try:
        adapter = open_carrier(account.carrier, credentials(account), session)
        missing = adapter.missing()
    except CarrierError:
        raise
    except Exception as error:  # one account that is filled in wrongly must not stop all the others
        log.error("account.not_opened", carrier=account.carrier, exc_info=error)
        raise AccountRefused(f"This account cannot be opened ({type(error).__name__}).") from error
    if missing:
        raise AccountRefused(" ".join(missing))
    return adapter, session


# How much may be asked


@transaction.atomic
def claim(account: CarrierAccount, desk: Desk, now: datetime) -> list[Shipment]:
    """Take due parcels for this worker alone, as many as the account may ask about now."""
    if not desk.room or desk.halted:
        return []
    row = CarrierAccount.objects.select_for_update().filter(awake(now), pk=account.pk).first()
    if row is None:
        return []
    batch = desk.adapter.batch_size
    calls = min(desk.room, affordable(row, desk.adapter.pace, now))
    if calls <= 0:
        return []
    due = due_for_a_look(now).filter(shop_id=row.shop_id, carrier=row.carrier)
    rows = list(due.select_for_update(skip_locked=True)[: calls * batch])
    for each in rows:
        each.looking_until = now + LEASE
    Shipment.objects.filter(pk__in=[each.pk for each in rows]).update(looking_until=now + LEASE)
    spend(row, -(-len(rows) // batch), now)
    return rows


def affordable(row: CarrierAccount, pace: Pace, now: datetime) -> int:
    """How many calls this account may make now. Fills its bucket, and lets it rest when the day's calls are used."""
    most = max(1.0, pace.a_second)
    passed = (now - row.tokens_at).total_seconds() if row.tokens_at else most / pace.a_second
    row.tokens, row.tokens_at = min(most, row.tokens + max(0.0, passed) * pace.a_second), now
    today = now.astimezone(UTC).date()
    if row.calls_on != today:
        row.calls_on, row.calls = today, 0
    calls = int(row.tokens)
    a_day = calls_a_day(row, pace)
    if a_day is not None and row.calls >= a_day:
        row.resting_until = datetime(today.year, today.month, today.day, tzinfo=UTC) + timedelta(days=1)
        row.trouble = f"All {a_day} calls of today are used; it goes on at midnight UTC."
        row.save(update_fields=["resting_until", "trouble"])
        return 0
    if a_day is not None:
        calls = min(calls, a_day - row.calls)
    if row.failures >= TRIP:
        calls = min(calls, 1)  # it was down: one question shows whether it is back
    return calls


def _release(rows: Sequence[Shipment]) -> None:
    """They were not asked about: due again as soon as the carrier may be asked."""
    if rows:
        ours = {row.looking_until for row in rows}
        Shipment.objects.filter(pk__in=[row.pk for row in rows], looking_until__in=ours).update(looking_until=None)


def spend(row: CarrierAccount, calls: int, now: datetime) -> None:
    row.tokens -= calls
    row.calls += calls
    row.save(update_fields=["tokens", "tokens_at", "calls", "calls_on"])


# When a carrier does not answer


def _is_the_carriers(error: CarrierError) -> bool:
    """Trouble of the whole account, not of the one parcel that was asked about."""
    return isinstance(error, (CarrierDown, RateLimited, AccountRefused))


@transaction.atomic
def rest(account: CarrierAccount, error: CarrierError, now: datetime) -> None:
    """Note a call that failed; leave the carrier alone when it said so, or after some in a row."""
    row = CarrierAccount.objects.select_for_update().filter(awake(now), pk=account.pk).first()
    if row is None:
        return  # the last calls of a bad moment must not make the rest longer
    row.failures = min(row.failures + 1, 100)
    row.trouble = f"{error} {error.raw}".strip()[:300]
    if isinstance(error, RateLimited):
        row.resting_until = now + (pause_after(error, row.failures) or LONGEST_REST)
    elif row.failures >= TRIP or not error.retry:
        row.resting_until = now + min(growing(max(1, row.failures - TRIP + 1)), LONGEST_REST)
    row.save(update_fields=["failures", "trouble", "resting_until"])


def recovered(account: CarrierAccount, now: datetime) -> None:
    """A good answer. One that was in the air when the carrier asked for rest does not end it."""
    CarrierAccount.objects.filter(awake(now), pk=account.pk).exclude(failures=0, trouble="").update(
        failures=0, trouble="", resting_until=None
    )


# One question. No database from here on: this runs in threads.


def _ask(desk: Desk, rows: list[Shipment], ends: float) -> Sequence[Outcome]:
    """`ends` is the last moment to begin: later the answer might come when the parcel is another worker's."""
    outcomes: list[Outcome] = []
    waiting, asked = [rows], 0
    while waiting:
        batch = waiting.pop()
        if desk.halted or time.monotonic() > ends:
            outcomes += batch
            continue
        asked += 1
        try:
            replies = desk.adapter.track([row.tracking_number for row in batch])
        except BadRequest as error:
            half = len(batch) // 2
            if half and asked < MOST_SPLITS:
                waiting += [batch[half:], batch[:half]]  # one number they choke on must not hide the others
            else:
                outcomes += [(row, error) for row in batch]
        except CarrierError as error:
            desk.note(error)
            outcomes += [(row, error) for row in batch]
        else:
            desk.failures = 0
            outcomes += [_heard(row, replies.get(row.tracking_number)) for row in batch]
    return outcomes


def _heard(row: Shipment, tracked: Tracked | None) -> Outcome:
    tracked = tracked or Tracked(row.tracking_number, [])
    if tracked.refusal and tracked.refusal.error:
        # A no about one parcel says nothing about the account.
        return row, BadRequest(tracked.refusal.message or tracked.refusal.code, raw=tracked.refusal.code)
    return Heard(row, tracked, digest_of(tracked))


def _outcomes(future: Future, rows: list[Shipment]) -> Sequence[Outcome]:
    try:
        return future.result()
    except Exception as error:
        log.error("look.failed", carrier=rows[0].carrier, exc_info=error)
        mishap = _mishap(error)
        return [(row, mishap) for row in rows]


def _mishap(error: Exception) -> CarrierError:
    """A fault of ours with these parcels: they wait, the carrier is not blamed."""
    return BadRequest(type(error).__name__)


def _store(batch: list[Heard], now: datetime) -> None:
    """Together; when that does not work, one by one, so that one bad parcel does not stop the others."""
    try:
        take_all(batch, now)
    except Exception as error:
        log.error("look.not_kept", parcels=len(batch), exc_info=error)
        if len(batch) == 1:
            put_off([batch[0].shipment], _mishap(error), now)
            return
        for each in batch:
            _store([each], now)


def _batches(items: Sequence[Any], size: int) -> list[list[Any]]:
    each = iter(items)
    return list(iter(lambda: list(islice(each, size)), []))
