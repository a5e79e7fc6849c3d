"""The books: what must survive `kill -9`. One SQLite file, one writer at a time, every effect in one transaction."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

TABLES = """
create table if not exists settings (name text primary key, value text not null);

create table if not exists payments (
  id text primary key, charge text unique not null, amount integer not null, currency text not null,
  livemode integer not null, disputed integer not null default 0, metadata text not null, created integer not null,
  dispute_status text not null default '', disputed_amount integer
);
create table if not exists refunds (
  seq integer primary key autoincrement, id text unique not null, payment text not null references payments,
  amount integer not null, status text not null, failure_reason text, reason text, metadata text not null,
  reference text not null, reference_status text not null, created integer not null
);
create table if not exists answers (
  key text primary key, asked text not null, status integer not null, body text not null
);
create table if not exists events (
  seq integer primary key autoincrement, id text unique not null, type text not null, body text not null,
  state text not null, tries integer not null default 0
);
create table if not exists parcels (
  number text primary key, life text not null, started_at text not null, voided_at text,
  key text unique, asked text
);
create table if not exists redirections (
  key text primary key, parcel text not null, choice text not null, body text not null
);
"""


class Books:
    def __init__(self, path: str):
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        self.db.row_factory = sqlite3.Row
        self.db.execute("pragma journal_mode = wal")
        self.db.execute("pragma synchronous = normal")
        self.db.executescript(TABLES)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing; another thread waits until it is written."""
        with self.lock:
            self.db.execute("begin immediate")
            try:
                yield self.db
            except BaseException:
                self.db.execute("rollback")
                raise
            self.db.execute("commit")

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        with self.lock:
            return self.db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        return next(iter(self.rows(sql, *values)), None)

    def setting(self, name: str, default: str = "") -> str:
        found = self.row("select value from settings where name = ?", name)
        return found["value"] if found else default

    def set(self, **settings: object) -> None:
        with self.transaction() as db:
            rows = [(name, str(value)) for name, value in settings.items()]
            db.executemany("insert or replace into settings values (?, ?)", rows)

    def now(self) -> datetime:
        """The sandbox's clock: ours, moved ahead by what /_sandbox/clock was told."""
        return datetime.now(UTC) + timedelta(hours=float(self.setting("hours_ahead", "0")))

    def close(self) -> None:
        with self.lock:
            self.db.close()
