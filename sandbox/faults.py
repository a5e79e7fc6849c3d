"""What goes wrong on the way, when the control says so: for the next few calls, or for a seeded share of them."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from .http import Ask, Dropped, Reply

WHAT = (
    "drop_before",  # the request never arrived
    "drop_after",  # it was carried out, the answer was lost
    "hang_before",  # carried out late, perhaps when nobody waits any more
    "hang_after",  # carried out at once, answered late
    "error_before",  # 500, nothing happened; kept under the idempotency key
    "error_after",  # 500, and it did happen; kept under the idempotency key
    "conflict",  # 409
    "rate_limit",  # 429 with Retry-After
    "html",  # a proxy's page with status 200, nothing happened
)


@dataclass(slots=True)
class Fault:
    where: str  # stripe or carrier
    what: str
    count: int | None = 1  # None: until cleared
    seconds: float = 1.0  # how long a hang lasts, or Retry-After
    rate: float = 1.0
    seed: int = 0
    method: str = ""  # "" matches every call
    path: str = ""  # the path's beginning
    holds: str = ""  # what the body has in it
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        if self.what not in WHAT:
            raise ValueError(f"what is one of {', '.join(WHAT)}.")
        if self.where not in ("stripe", "carrier"):
            raise ValueError("where is stripe or carrier.")
        self.dice = random.Random(self.seed)  # noqa: S311  (a storm that can be repeated)

    def strikes(self, where: str, ask: Ask) -> bool:
        if self.where != where or self.method not in ("", ask.method) or not ask.path.startswith(self.path):
            return False
        if self.holds.encode() not in ask.body or self.count == 0 or self.dice.random() >= self.rate:
            return False
        if self.count is not None:
            self.count -= 1
        return True


class Faults:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.known: list[Fault] = []
        self.stopping = threading.Event()  # ends every hang when the process should go
        self.hanging = Hanging()

    def add(self, fault: Fault) -> None:
        with self.lock:
            self.known.append(fault)

    def clear(self) -> None:
        with self.lock:
            self.known.clear()

    def draw(self, where: str, ask: Ask) -> "Trouble":
        """The first fault that strikes this call, or no trouble at all."""
        with self.lock:
            fault = next((fault for fault in self.known if fault.strikes(where, ask)), None)
            self.known = [known for known in self.known if known.count != 0]
        return Trouble(fault, self, ask)


class Hanging:
    """The calls that wait now: before their effect, or after it and before their answer."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.calls: list[dict] = []

    @contextmanager
    def call(self, ask: Ask, when: str) -> Iterator[None]:
        account = ask.headers.get("authorization", "").removeprefix("Bearer ").strip()
        call = {"when": when, "account": account, "method": ask.method, "path": ask.path, "form": ask.form()}
        with self.changed:
            self.calls.append(call)
            self.changed.notify_all()
        try:
            yield
        finally:
            with self.changed:
                self.calls.remove(call)

    def wait_for(self, accounts: list[str], seconds: float) -> list[dict]:
        """Those that these accounts made; waits until there is one."""

        def theirs() -> list[dict]:
            return [call for call in self.calls if call["account"] in accounts]

        with self.changed:
            self.changed.wait_for(theirs, timeout=seconds)
            return theirs()


class Trouble:
    """One call's trouble, asked at each point where it could strike."""

    def __init__(self, fault: Fault | None, faults: Faults, ask: Ask):
        self.what = fault.what if fault else ""
        self.seconds = fault.seconds if fault else 0.0
        self.faults = faults
        self.ask = ask

    def hang(self, when: str) -> None:
        with self.faults.hanging.call(self.ask, when):
            self.faults.stopping.wait(self.seconds)

    def before(self) -> None:
        if self.what == "drop_before":
            raise Dropped
        if self.what == "hang_before":
            self.hang("before")

    def after(self) -> None:
        if self.what == "drop_after":
            raise Dropped
        if self.what == "hang_after":
            self.hang("after")

    def at_the_door(self) -> Reply | None:
        """An answer given without looking at the request."""
        if self.what == "html":
            return Reply(200, "<!doctype html><title>Please wait</title><p>We are checking your browser.</p>")
        return None
