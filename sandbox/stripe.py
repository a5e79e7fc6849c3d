"""The stand-in Stripe's door, /v1/: who may come in, which answer was given before, and what goes wrong on the way."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .books import Books
from .checkout import Checkout
from .faults import Trouble
from .hooks import Hooks
from .http import Ask, Reply
from .says import No, broken, in_use, other_parameters, slow_down
from .till import Till


class Stripe:
    def __init__(self, books: Books, hooks: Hooks):
        self.books = books
        self.hooks = hooks
        self.till = Till(books, hooks)
        self.checkout = Checkout(books, hooks)
        self.running: set[str] = set()  # idempotency keys at work now; none is after a crash
        self.running_lock = threading.Lock()

    def answer(self, ask: Ask, trouble: Trouble) -> Reply:
        try:
            if trouble.what == "rate_limit":
                return slow_down(trouble.seconds)
            if trouble.what == "conflict":
                return in_use("(some key)")
            let_in(ask)
            return trouble.at_the_door() or self.under_key(ask, trouble)
        except No as no:
            return no.reply

    def under_key(self, ask: Ask, trouble: Trouble) -> Reply:
        key = ask.headers.get("idempotency-key", "")
        if ask.method != "POST" or not key:
            trouble.before()
            reply = self.carried_out(ask, trouble, "")
            trouble.after()
            return reply
        if len(key) > 255:
            raise No(400, "Idempotency keys are at most 255 characters long.")
        with self.alone(key) as free:
            if not free:
                return in_use(key)
            trouble.before()
            reply = self.first_answer(key, ask) or self.carried_out(ask, trouble, key)
        trouble.after()
        return reply

    @contextmanager
    def alone(self, key: str) -> Iterator[bool]:
        with self.running_lock:
            free = key not in self.running
            self.running.add(key)
        try:
            yield free
        finally:
            if free:
                with self.running_lock:
                    self.running.discard(key)

    def first_answer(self, key: str, ask: Ask) -> Reply | None:
        stored = self.books.row("select * from answers where key = ?", key)
        if not stored:
            return None
        if stored["asked"] != fingerprint(ask):
            return other_parameters(key)
        return Reply(stored["status"], json.loads(stored["body"]), {"Idempotent-Replayed": "true"})

    def carried_out(self, ask: Ask, trouble: Trouble, key: str) -> Reply:
        """The effect, the answer kept under its key, and the events: one transaction."""
        with self.books.transaction() as db:
            try:
                reply, kept = self.effect(ask, trouble, db), True
            except No as no:
                reply, kept = no.reply, no.kept  # a no is said before anything is written
            if key and kept and isinstance(reply.body, dict):
                row = (key, fingerprint(ask), reply.status, json.dumps(reply.body))
                db.execute("insert into answers values (?, ?, ?, ?)", row)
        self.hooks.wake()
        return reply

    def effect(self, ask: Ask, trouble: Trouble, db: sqlite3.Connection) -> Reply:
        if trouble.what == "error_before":
            return broken()
        room = self.checkout if ask.path.startswith("/v1/checkout/") else self.till
        body = room.answer(ask, db)
        return broken() if trouble.what == "error_after" else Reply(200, body)


def let_in(ask: Ask) -> None:
    key = ask.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not key.startswith(("sk_test_", "rk_test_")):
        raise No(401, "Invalid API Key provided.")
    if key.startswith("rk_test_readonly") and ask.method == "POST":
        raise No(403, "The provided key does not have the required permissions for this endpoint.")


def fingerprint(ask: Ask) -> str:
    return json.dumps([ask.method, ask.path, sorted(ask.form().items())])
