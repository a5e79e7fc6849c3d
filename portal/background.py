"""The worker: sweeps over rows that wait, in lanes, so that a slow carrier never holds up money or letters.

There is no queue to lose: what is to be done stands in the rows themselves (a refund that is approved, a letter that
waits, a parcel whose look is due). A sweep takes what is due under a lease; a killed worker's rows are due again when
their lease ends. Any number of workers may run.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from django.contrib.sessions.models import Session
from django.db import close_old_connections, connection
from django.utils import timezone

from notices import outbox
from orders import pictures
from portal import audit_heads
from portal.customer import access, asks, limits, lookup
from portal.hooks.carriers import hook_url
from portal.models import Heartbeat
from returns import actions as cases
from returns import (
    bank,
    batches,
    books,
    credit,
    deductions,
    differences,
    drafts,
    exchanges,
    knocks,
    money,
    parcels,
    reconcile,
    sending,
    till,
    withdrawals,
)
from shipments import actions as shipping
from shipments import knocks as carrier_knocks
from shipments.lanes import learn_lanes
from shipments.looking import Looker, be_nimble

log = structlog.get_logger("portal.worker")

SHORTEST, LONGEST = 0.05, 1.0
BEAT = 5.0
DRAFTS_LIVE = timedelta(days=30)


@dataclass
class Sweep:
    """One thing to look after; `every` seconds at the most often. It says how much it found to do.

    `end` lets go of what it holds when the worker stops.
    """

    name: str
    run: Callable[[], int]
    every: float = 0.0
    end: Callable[[], None] | None = None
    next_run: float = field(default=0.0, compare=False)


def lanes() -> dict[str, list[Sweep]]:
    looker = Looker()
    return {
        "money": [
            Sweep("compare_books", reconcile.compare_when_needed, every=5),
            Sweep("send_refunds", sending.send_refunds),
            Sweep("work_off_events", knocks.work_off_events, every=0.5),
            Sweep("look_at_disputes", till.look_at_disputes, every=60),
            Sweep("look_at_refunds", sending.look_at_refunds, every=5),
            Sweep("release_clear", money.release_clear, every=1),
            Sweep("prepare_refunds", money.prepare_refunds, every=30),
            Sweep("compare_days", books.compare_days, every=300),
            Sweep("want_payments", differences.want_payments, every=1),
            Sweep("open_pages", differences.open_pages, every=1),
            Sweep("look_at_pages", differences.look_at_pages, every=5),
            Sweep("give_back", differences.give_back, every=30),
            Sweep("remember_files", batches.remember_all_files, every=600),
            Sweep("purge_accounts", bank.purge, every=3600),
            Sweep("expire_credit", credit.expire_credit, every=3600),
            Sweep("tell_of_ends", credit.tell_of_ends, every=3600),
        ],
        "letters": [
            Sweep("open_withdrawals", withdrawals.open_cases, every=1),
            Sweep("answer_asks", asks.answer_asks, every=0.5),
            Sweep("write_letters", outbox.write_next_letters),
            Sweep("send_letters", lambda: outbox.send_next_letters(access.words_for)),
            Sweep("send_audit_head", audit_heads.send_when_due, every=60),
        ],
        "looks": [
            Sweep("work_off_knocks", carrier_knocks.work_off_knocks, every=0.5),
            Sweep("look", looker.look, end=looker.close),
        ],
        "parcels": [
            Sweep("buy_labels", parcels.buy_labels, every=0.5),
            Sweep("notice_arrivals", parcels.notice_arrivals),
            Sweep("take_labels_back", parcels.take_labels_back, every=30),
            Sweep("end_holds", exchanges.end_holds, every=600),
            Sweep("expire_returns", cases.expire_returns, every=600),
            Sweep("close_unanswered", deductions.close_unanswered, every=600),
            Sweep("subscribe", lambda: carrier_knocks.subscribe(hook_url), every=300),
            Sweep("notice_late", shipping.notice_late, every=60),
            Sweep("notice_silent", shipping.notice_silent, every=60),
            Sweep("learn_lanes", learn_lanes, every=24 * 3600),
            Sweep("fetch_pictures", pictures.fetch_pictures, every=2),
            Sweep("learn_usual", lookup.learn_usual, every=3600),
            Sweep("forget_buckets", limits.forget_old, every=3600),
            Sweep("forget_tokens", access.forget_old, every=3600),
            Sweep("forget_drafts", forget_drafts, every=3600),
            Sweep("forget_photos", forget_photos, every=3600),
            Sweep("forget_knocks", carrier_knocks.forget_knocks, every=3600),
            Sweep("forget_sessions", forget_sessions, every=3600),
        ],
    }


def forget_drafts() -> int:
    return drafts.forget_drafts(timezone.now() - DRAFTS_LIVE)


def forget_photos() -> int:
    return cases.forget_photos(timezone.now() - timedelta(days=cases.PHOTO_DAYS))


def forget_sessions() -> int:
    old = Session.objects.filter(expire_date__lt=timezone.now())
    return old.delete()[0] if old.exists() else 0


class Lane(threading.Thread):
    """One thread that goes round its sweeps: at once while there is work, with growing pauses when there is none."""

    def __init__(self, name: str, sweeps: list[Sweep], stop: threading.Event) -> None:
        super().__init__(name=f"lane-{name}", daemon=True)
        self.lane = name
        self.sweeps = sweeps
        self.stop = stop
        self.beat_at = 0.0

    def run(self) -> None:
        pause = SHORTEST
        while not self.stop.is_set():
            found = self.round()
            pause = SHORTEST if found else min(pause * 1.5, LONGEST)
            self.stop.wait(pause)
        self.let_go()
        connection.close()

    def let_go(self) -> None:
        for sweep in self.sweeps:
            try:
                if sweep.end:
                    sweep.end()
            except Exception as error:  # what it holds has a lease
                log.error("sweep.not_ended", lane=self.lane, sweep=sweep.name, exc_info=error)

    def round(self) -> int:
        close_old_connections()
        found, trouble = 0, ""
        for sweep in self.sweeps:
            if time.monotonic() < sweep.next_run:
                continue
            sweep.next_run = time.monotonic() + sweep.every
            self.beat("")  # a sweep may take long; the lane is alive
            try:
                found += sweep.run()
            except Exception as error:
                trouble = f"{sweep.name}: {type(error).__name__}"
                sweep.next_run = time.monotonic() + max(sweep.every, 2.0)
                log.error("sweep.failed", lane=self.lane, sweep=sweep.name, exc_info=error)
        self.beat(trouble)
        return found

    def beat(self, trouble: str) -> None:
        if time.monotonic() - self.beat_at < BEAT and not trouble:
            return
        self.beat_at = time.monotonic()
        try:
            Heartbeat.objects.update_or_create(lane=self.lane, defaults={"at": timezone.now(), "error": trouble[:300]})
        except Exception as error:
            log.error("beat.failed", lane=self.lane, exc_info=error)


def work(stop: threading.Event) -> None:
    """Run all lanes until `stop` is set."""
    be_nimble()
    threads = [Lane(name, sweeps, stop) for name, sweeps in lanes().items()]
    for thread in threads:
        thread.start()
    log.info("worker.started")
    while not stop.wait(1.0):
        pass
    for thread in threads:
        thread.join(timeout=30)
    log.info("worker.stopped")


def catch_up(rounds: int = 20) -> int:
    """Run every sweep until there is nothing left to do: for tests and for the demo, without threads."""
    total = 0
    for _ in range(rounds):
        found = sum(sweep.run() for sweeps in lanes().values() for sweep in sweeps)
        total += found
        if not found:
            break
    return total
