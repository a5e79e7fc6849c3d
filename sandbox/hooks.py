"""Stripe's news: written in the transaction that made it, carried out by one thread of its own, tried a few times.

Modes: send, hold (until another mode lets go), drop, twice, late (after `seconds`), out_of_order (newest first).
"""

import hashlib
import hmac
import http.client
import json
import secrets
import sqlite3
import threading
import time
import urllib.error
import urllib.request

from .books import Books

MODES = ("send", "hold", "drop", "twice", "late", "out_of_order")
PAUSES = (0.1, 0.3, 1.0)  # seconds between tries; the real one goes on for three days
GATHER = 0.3  # seconds that out_of_order waits for a second event to send first
API_VERSION = "2026-10-28.endive"


class Hooks:
    def __init__(self, books: Books):
        self.books = books
        self.knock = threading.Event()
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, name="hooks", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.stopping.set()
        self.knock.set()
        self.thread.join(timeout=5)

    def wake(self) -> None:
        self.knock.set()

    def setup(self, *, url: str | None, secret: str | None, mode: str | None, seconds: float | None) -> None:
        """What is not given stays. Raises ValueError for a mode that does not exist."""
        if mode is not None and mode not in MODES:
            raise ValueError(f"mode is one of {', '.join(MODES)}.")
        said = {"hook_url": url, "hook_secret": secret, "hook_mode": mode, "hook_seconds": seconds}
        self.books.set(**{name: value for name, value in said.items() if value is not None})
        self.wake()

    def mode(self) -> str:
        return self.books.setting("hook_mode", "send")

    def write(self, db: sqlite3.Connection, kind: str, about: dict) -> None:
        """One event, as part of the caller's transaction. Nobody listens: it is written as dropped."""
        name = f"evt_sandbox{secrets.token_hex(8)}"
        event = {
            "id": name,
            "object": "event",
            "api_version": API_VERSION,
            "created": int(time.time()),
            "data": {"object": about},
            "livemode": bool(about.get("livemode", False)),
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        state = "waiting" if self.books.setting("hook_url") and self.mode() != "drop" else "dropped"
        row = (name, kind, json.dumps(event), state)
        db.execute("insert into events (id, type, body, state) values (?, ?, ?, ?)", row)

    def run(self) -> None:
        """Also takes up what a killed process left waiting."""
        while not self.stopping.is_set():
            self.deliver_waiting()
            self.knock.wait()
            self.knock.clear()

    def deliver_waiting(self) -> None:
        while not self.stopping.is_set():
            if not self.waiting():
                return
            self.pause_for_mode()
            for event in self.waiting():
                if self.stopping.is_set() or self.mode() == "hold":
                    return
                self.deliver(event)

    def waiting(self) -> list[sqlite3.Row]:
        waiting = self.books.rows("select * from events where state = 'waiting' order by seq")
        return waiting[::-1] if self.mode() == "out_of_order" else waiting

    def pause_for_mode(self) -> None:
        if self.mode() == "late":
            self.stopping.wait(float(self.books.setting("hook_seconds", "1")))
        if self.mode() == "out_of_order":
            self.stopping.wait(GATHER)

    def deliver(self, event: sqlite3.Row) -> None:
        for pause in (0.0, *PAUSES):
            if self.stopping.wait(pause) or self.mode() == "hold":
                return
            if self.post(event["body"]):
                if self.mode() == "twice":
                    self.post(event["body"])
                self.mark(event, "sent")
                return
            self.mark(event, "waiting")
        self.mark(event, "given_up")

    def mark(self, event: sqlite3.Row, state: str) -> None:
        with self.books.transaction() as db:
            db.execute("update events set state = ?, tries = tries + 1 where id = ?", (state, event["id"]))

    def post(self, body: str) -> bool:
        """Signed with the real time: the listener lives by it, whatever our clock was told."""
        url, secret = self.books.setting("hook_url"), self.books.setting("hook_secret")
        headers = {"Content-Type": "application/json", "Stripe-Signature": signature(body, secret, int(time.time()))}
        request = urllib.request.Request(url, data=body.encode(), headers=headers, method="POST")  # noqa: S310
        try:
            with WIRE.open(request, timeout=5) as reply:
                return 200 <= reply.status < 300
        except (OSError, http.client.HTTPException, ValueError):
            return False


class Straight(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_more: object) -> None:
        return None


WIRE = urllib.request.build_opener(urllib.request.ProxyHandler({}), Straight)


def signature(body: str, secret: str, at: int) -> str:
    mac = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"
