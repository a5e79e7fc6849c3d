"""/_sandbox/: how the outside world is told what to do. JSON in, JSON out; for the demo, the tests, curious people."""

import re
import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from . import lives, objects
from .books import Books
from .carrier import shown
from .faults import Fault, Faults
from .hooks import Hooks
from .http import Ask, Reply
from .says import No
from .stripe import Stripe
from .till import CHANGEABLE, add_payment

STATUSES = ("pending", "requires_action", "succeeded", "failed", "canceled")


class Missing(Exception):
    """There is no such thing in the books."""


class Control:
    def __init__(self, books: Books, stripe: Stripe, hooks: Hooks, faults: Faults, calls: Counter):
        self.books = books
        self.till = stripe.till
        self.checkout = stripe.checkout
        self.hooks = hooks
        self.faults = faults
        self.calls = calls

    def answer(self, ask: Ask) -> Reply:
        try:
            action, names = self.route(ask)
            return Reply(200, action(ask.json(), *names))
        except Missing as error:
            return Reply(404, {"error": str(error)})
        except No as no:
            return no.reply
        except (ValueError, TypeError, KeyError, sqlite3.IntegrityError) as error:
            return Reply(400, {"error": f"{type(error).__name__}: {error}"})

    def route(self, ask: Ask) -> tuple[Callable[..., dict], tuple[str, ...]]:
        for method, path, action in self.routes():
            found = re.fullmatch(f"/_sandbox/{path}", ask.path)
            if method == ask.method and found:
                return action, found.groups()
        raise Missing(f"There is no {ask.method} {ask.path}.")

    def routes(self) -> list[tuple[str, str, Callable[..., dict]]]:
        return [
            ("GET", "health", self.health),
            ("GET", "books", self.show_books),
            ("GET", "calls", self.show_calls),
            ("GET", "events", self.show_events),
            ("GET", "news", self.show_news),
            ("GET", "parcels/([^/]+)", self.show_parcel),
            ("POST", "parcels", self.put_parcel),
            ("POST", "parcels/([^/]+)/move", self.move_parcel),
            ("POST", "clock", self.advance_clock),
            ("POST", "payments", self.put_payment),
            ("POST", "payments/([^/]+)/dispute", self.dispute),
            ("POST", "payments/([^/]+)/refund", self.refund_by_hand),
            ("POST", "account", self.choose_account),
            ("POST", "refunds", self.choose_new_refunds),
            ("POST", "refunds/([^/]+)", self.change_refund),
            ("POST", "checkout/([^/]+)/pay", lambda said, name: self.checkout.pay(name, **said)),
            ("POST", "faults", self.add_fault),
            ("DELETE", "faults", self.clear_faults),
            ("POST", "hanging", self.show_hanging),
            ("POST", "webhooks", self.set_webhooks),
        ]

    # Looking

    def health(self, _said: dict) -> dict:
        return {"ok": True, "now": self.books.now().isoformat(), "lives": list(lives.LIVES)}

    def show_books(self, _said: dict) -> dict:
        payments = self.books.rows("select * from payments order by created, rowid")
        return {"payments": [self.show_payment(payment) for payment in payments]}

    def show_payment(self, payment: sqlite3.Row) -> dict:
        rows = self.books.rows(
            "select refunds.*, charge, currency from refunds join payments on payments.id = payment"
            " where payment = ? order by seq",
            payment["id"],
        )
        kept = ("id", "amount", "status", "metadata")
        refunds = [{name: objects.refund(row)[name] for name in kept} for row in rows]
        return {
            "id": payment["id"],
            "amount": payment["amount"],
            "currency": payment["currency"],
            "disputed": bool(payment["disputed"]),
            "refunded": self.till.refunded(payment["id"]),
            "refunds": refunds,
        }

    def show_calls(self, _said: dict) -> dict:
        return dict(self.calls)

    def show_events(self, _said: dict) -> dict:
        rows = self.books.rows("select id, type, state, tries from events order by seq")
        return {"events": [dict(row) for row in rows]}

    def show_news(self, _said: dict) -> dict:
        """How news go out now, and how many are still to be told."""
        waiting = self.books.rows("select count(*) as count from events where state = 'waiting'")[0]["count"]
        return {"mode": self.hooks.mode(), "waiting": waiting}

    def show_parcel(self, _said: dict, number: str) -> dict:
        parcel = self.parcel(number)
        return {"life": parcel["life"], "started_at": parcel["started_at"], **shown(parcel, self.books.now())}

    # Parcels

    def put_parcel(self, said: dict) -> dict:
        number, life = str(said["number"]), said["life"]
        if life not in lives.LIVES:
            raise ValueError(f"life is one of {', '.join(lives.LIVES)}.")
        if not re.fullmatch(r"[^,/\s]{1,60}", number):
            raise ValueError("number has no comma, slash or space, and at most 60 characters.")
        started = self.started(said.get("started_at"))
        with self.books.transaction() as db:
            db.execute(
                "insert into parcels (number, life, started_at) values (?, ?, ?)"
                " on conflict (number) do update set life = excluded.life, started_at = excluded.started_at,"
                " voided_at = null",
                (number, life, started.isoformat()),
            )
        return self.show_parcel({}, number)

    def started(self, said: str | None) -> datetime:
        if said is None:
            return self.books.now()
        started = datetime.fromisoformat(said)
        return started if started.tzinfo else started.replace(tzinfo=UTC)

    def move_parcel(self, said: dict, number: str) -> dict:
        """Into the past by hours, or to where a step has just happened (it may be that it moves back)."""
        parcel = self.parcel(number)
        if "to" in said:
            started = self.books.now() - timedelta(hours=lives.hours_until(parcel["life"], said["to"]))
        else:
            started = datetime.fromisoformat(parcel["started_at"]) - timedelta(hours=float(said["hours"]))
        with self.books.transaction() as db:
            db.execute("update parcels set started_at = ? where number = ?", (started.isoformat(), number))
        return self.show_parcel({}, number)

    def parcel(self, number: str) -> sqlite3.Row:
        found = self.books.row("select * from parcels where number = ?", number)
        if not found:
            raise Missing(f"There is no parcel {number}.")
        return found

    def advance_clock(self, said: dict) -> dict:
        """For good: the clock has only one direction. Scans of that time lie in the future of everybody else."""
        hours = float(said["advance_hours"])
        if hours < 0:
            raise ValueError("The clock goes forward only; move a parcel instead.")
        self.books.set(hours_ahead=float(self.books.setting("hours_ahead", "0")) + hours)
        return self.health({})

    # Money

    def put_payment(self, said: dict) -> dict:
        """`amount` in Stripe's smallest unit. The same id with the same sum is the same payment."""
        amount, currency, name = int(said["amount"]), str(said["currency"]).lower(), str(said.get("id", ""))
        if amount < 1 or not re.fullmatch("[a-z]{3}", currency) or not re.fullmatch("(pi_[A-Za-z0-9_]+)?", name):
            raise ValueError("amount is positive, currency has three letters, id begins with pi_.")
        with self.books.transaction() as db:
            known = self.books.row("select * from payments where id = ?", name)
            if known and (known["amount"], known["currency"]) != (amount, currency):
                raise ValueError(f"{name} is another payment.")
            payment = known or add_payment(
                db, amount, currency, name=name, metadata=said.get("metadata"), livemode=bool(said.get("livemode"))
            )
        return self.show_payment(payment)

    def dispute(self, said: dict, name: str) -> dict:
        """{"status": "needs_response", "amount": 1000}; won, lost and warning_closed end it."""
        unknown = set(said) - {"status", "amount"}
        if unknown:
            raise ValueError(f"A dispute has no {', '.join(sorted(unknown))}.")
        return self.till.dispute(name, **said)

    def choose_account(self, said: dict) -> dict:
        """Which account the keys open from now on."""
        self.books.set(account=str(said["id"]))
        return {"id": said["id"]}

    def refund_by_hand(self, said: dict, name: str) -> dict:
        return self.till.refund_by_hand(name, int(said["amount"]))

    def choose_new_refunds(self, said: dict) -> dict:
        """How refunds begin from now on: {"status": "pending", "reference_status": "pending"}."""
        status, reference = said.get("status", "succeeded"), said.get("reference_status", "available")
        self.books.set(new_refunds=status, new_references=reference)
        return {"status": status, "reference_status": reference}

    def change_refund(self, said: dict, name: str) -> dict:
        """Any status, even a word that Stripe has not invented yet."""
        unknown = set(said) - set(CHANGEABLE)
        if unknown:
            raise ValueError(f"A refund has no {', '.join(sorted(unknown))} to change.")
        return self.till.change_refund(name, **said)

    # Trouble

    def add_fault(self, said: dict) -> dict:
        """`count` calls, or with a `rate` every call until cleared; `method`, `path` (its beginning) and `holds` (a
        piece of the body) narrow."""
        if "rate" in said:
            said = {"count": None, **said}
        self.faults.add(Fault(**said))
        return {"faults": len(self.faults.known)}

    def clear_faults(self, _said: dict) -> dict:
        self.faults.clear()
        return {"faults": 0}

    def show_hanging(self, said: dict) -> dict:
        """Waits up to `seconds` until a call of one of these `accounts` hangs: a call that hangs "after" has had its
        effect, and its answer has not left."""
        return {"calls": self.faults.hanging.wait_for(list(said["accounts"]), float(said.get("seconds", 0)))}

    def set_webhooks(self, said: dict) -> dict:
        names = ("url", "secret", "mode", "seconds")
        self.hooks.setup(**{name: said.get(name) for name in names})
        return {"url": self.books.setting("hook_url"), "mode": self.hooks.mode()}
