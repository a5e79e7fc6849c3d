"""The stand-in Stripe's till: PaymentIntents, charges and refunds with real books; nothing of keys and faults."""

import json
import re
import secrets
import sqlite3
import time
from collections.abc import Callable

from . import objects as show
from .books import Books
from .hooks import Hooks
from .http import Ask
from .says import No, missing

REFUND_PARAMS = {"amount", "charge", "expand", "instructions_email", "metadata", "payment_intent", "reason"}
REASONS = {"duplicate", "fraudulent", "requested_by_customer"}
TIMES_100 = {"isk", "ugx"}
ENDS_IN_0 = {"bhd", "jod", "kwd", "omr", "tnd"}
ANY_REFUND = """
select refunds.*, payments.charge, payments.currency from refunds join payments on payments.id = refunds.payment
"""

CLOSED = ("won", "lost", "warning_closed")
CHANGEABLE = ("status", "failure_reason", "reference", "reference_status")


class Till:
    def __init__(self, books: Books, hooks: Hooks):
        self.books = books
        self.hooks = hooks

    def answer(self, ask: Ask, db: sqlite3.Connection) -> dict:
        noun, name = [*ask.path.removeprefix("/v1/").split("/"), ""][:2]
        routes: dict[tuple[str, str, bool], Callable[[], dict]] = {
            ("POST", "refunds", False): lambda: self.make_refund(ask, db),
            ("GET", "refunds", False): lambda: self.list_refunds(ask.query),
            ("GET", "refunds", True): lambda: show.refund(self.refund(name)),
            ("POST", "payment_intents", False): lambda: self.make_payment_intent(ask, db),
            ("GET", "payment_intents", True): lambda: self.show_payment(
                self.payment("id", name, "payment_intent"), ask.query
            ),
            ("GET", "charges", True): lambda: self.show_charge(self.payment("charge", name, "charge")),
            ("GET", "disputes", False): lambda: self.list_disputes(ask.query),
            ("GET", "account", False): lambda: show.account(self.books.setting("account", "acct_sandbox")),
        }
        answer = routes.get((ask.method, noun, bool(name)))
        if answer is None or ask.path.count("/") > 3:
            raise No(404, f"Unrecognized request URL ({ask.method}: {ask.path}).")
        return answer()

    # Payments

    def make_payment_intent(self, ask: Ask, db: sqlite3.Connection) -> dict:
        """Paid at once by a card that always works."""
        form = ask.form()
        amount = positive(form.get("amount", ""))
        currency = form.get("currency", "").lower()
        if not re.fullmatch("[a-z]{3}", currency):
            raise No(400, "Missing required param: currency.", code="parameter_missing", param="currency")
        metadata = bracketed(form, "metadata")
        return self.show_payment(add_payment(db, amount, currency, metadata=metadata), expanded(form))

    def payment(self, column: str, name: str, noun: str, *, param: str = "") -> sqlite3.Row:
        found = self.books.row(f"select * from payments where {column} = ?", name)  # noqa: S608  (our own word)
        if not found:
            raise missing(noun, name, param or "id")
        return found

    def show_payment(self, payment: sqlite3.Row, query: dict[str, str]) -> dict:
        wants_charge = "latest_charge" in expanded(query).values()
        return show.payment_intent(payment, self.show_charge(payment) if wants_charge else payment["charge"])

    def show_charge(self, payment: sqlite3.Row) -> dict:
        return show.charge(payment, self.refunded(payment["id"]))

    def refunded(self, payment: str) -> int:
        sql = "select coalesce(sum(amount), 0) as gone from refunds where payment = ? and status not in (?, ?)"
        return self.books.rows(sql, payment, *show.FREED)[0]["gone"]

    # Refunds

    def make_refund(self, ask: Ask, db: sqlite3.Connection) -> dict:
        form = ask.form()
        check_refund_form(form)
        if "payment_intent" in form:
            payment = self.payment("id", form["payment_intent"], "payment_intent", param="payment_intent")
        else:
            payment = self.payment("charge", form["charge"], "charge", param="charge")
        left = payment["amount"] - self.refunded(payment["id"])
        amount = positive(form["amount"]) if "amount" in form else left
        check_refundable(payment, amount, left)
        metadata = bracketed(form, "metadata")
        return show.refund(self.add_refund(db, payment, amount, reason=form.get("reason"), metadata=metadata))

    def add_refund(
        self, db: sqlite3.Connection, payment: sqlite3.Row, amount: int, *, reason: str | None, metadata: dict
    ) -> sqlite3.Row:
        """Writes the refund as the control said new ones begin, and the news of it."""
        name = new_id("re")
        db.execute(
            "insert into refunds (id, payment, amount, status, failure_reason, reason, metadata, reference,"
            " reference_status, created) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                name,
                payment["id"],
                amount,
                self.books.setting("new_refunds", "succeeded"),
                None,
                reason,
                json.dumps(metadata),
                show.bank_number(name),
                self.books.setting("new_references", "available"),
                int(time.time()),
            ),
        )
        row = self.refund(name)
        self.hooks.write(db, "refund.created", show.refund(row))
        return row

    def change_refund(self, name: str, **changes: str) -> dict:
        """What banks do later: settle, fail, or name their reference. Raises No for an unknown refund."""
        with self.books.transaction() as db:
            before = self.refund(name)
            after = {column: changes.get(column, before[column]) for column in CHANGEABLE}
            db.execute(
                "update refunds set status = :status, failure_reason = :failure_reason, reference = :reference,"
                " reference_status = :reference_status where id = :id",
                {**after, "id": name},
            )
            shown = show.refund(self.refund(name))
            self.hooks.write(db, "refund.updated", shown)
            if shown["status"] == "failed" and before["status"] != "failed":
                self.hooks.write(db, "refund.failed", shown)
        self.hooks.wake()
        return shown

    def refund(self, name: str) -> sqlite3.Row:
        found = self.books.row(f"{ANY_REFUND} where refunds.id = ?", name)
        if not found:
            raise missing("refund", name, "id")
        return found

    def list_refunds(self, query: dict[str, str]) -> dict:
        """Newest first, a page at a time."""
        limit = positive(query.get("limit", "10"), param="limit")
        if limit > 100:
            raise No(400, "Limit is at most 100.", code="parameter_invalid_integer", param="limit")
        before = self.refund(query["starting_after"])["seq"] if "starting_after" in query else 2**62
        sql, values = f"{ANY_REFUND} where refunds.seq < ?", [before]
        if "created[gte]" in query:
            sql, values = f"{sql} and refunds.created >= ?", [*values, positive(query["created[gte]"], param="created")]
        for param, column in (("payment_intent", "payments.id"), ("charge", "payments.charge")):
            if param in query:
                self.payment(column.split(".")[1], query[param], param, param=param)
                sql, values = f"{sql} and {column} = ?", [*values, query[param]]
        rows = self.books.rows(f"{sql} order by refunds.seq desc limit ?", *values, limit + 1)
        data = [show.refund(row) for row in rows[:limit]]
        return {"object": "list", "url": "/v1/refunds", "has_more": len(rows) > limit, "data": data}

    # What control does

    def dispute(self, name: str, *, status: str = "needs_response", amount: int | None = None) -> dict:
        """The customer's bank asks it back, or says how that ended: `status` is any of Stripe's words."""
        with self.books.transaction() as db:
            before = self.payment("id", name, "payment_intent")
            asked = before["disputed_amount"] or before["amount"] if amount is None else amount
            db.execute(
                "update payments set disputed = 1, dispute_status = ?, disputed_amount = ? where id = ?",
                (status, asked, name),
            )
            payment = self.payment("id", name, "payment_intent")
            kind = "closed" if status in CLOSED else "updated" if before["disputed"] else "created"
            self.hooks.write(db, f"charge.dispute.{kind}", show.dispute(payment))
        self.hooks.wake()
        return self.show_charge(payment)

    def list_disputes(self, query: dict[str, str]) -> dict:
        """Of one payment, which is all that anybody asks."""
        payment = self.payment("id", query.get("payment_intent", ""), "payment_intent", param="payment_intent")
        data = [show.dispute(payment)] if payment["disputed"] else []
        return {"object": "list", "url": "/v1/disputes", "has_more": False, "data": data}

    def refund_by_hand(self, name: str, amount: int) -> dict:
        """Somebody refunds in Stripe's own pages: the house hears of it only by a webhook or by looking."""
        with self.books.transaction() as db:
            payment = self.payment("id", name, "payment_intent")
            check_refundable(payment, amount, payment["amount"] - self.refunded(name))
            shown = show.refund(self.add_refund(db, payment, amount, reason=None, metadata={}))
        self.hooks.wake()
        return shown


def check_refund_form(form: dict[str, str]) -> None:
    """What Stripe refuses before it looks at any payment."""
    for name in form:
        if name.partition("[")[0] not in REFUND_PARAMS:
            raise No(400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
    if form.get("reason", "duplicate") not in REASONS:
        raise No(400, "Invalid reason: must be one of duplicate, fraudulent, requested_by_customer", param="reason")
    if ("payment_intent" in form) == ("charge" in form):
        raise No(400, "You must specify exactly one of charge and payment_intent.", code="parameter_missing")


def check_refundable(payment: sqlite3.Row, amount: int, left: int) -> None:
    name, currency = payment["charge"], payment["currency"]
    if payment["disputed"] and not show.may_be_refunded(payment):
        message = f"Charge {name} has been charged back; cannot issue a refund."
        raise No(400, message, code="charge_disputed", kept=True)
    if left == 0:
        raise No(400, f"Charge {name} has already been refunded.", code="charge_already_refunded", kept=True)
    if amount > left:
        # The real one sends no code here, only the parameter.
        message = f"Refund amount ({amount} {currency}) is greater than unrefunded amount on charge ({left} {currency})"
        raise No(400, message, param="amount", kept=True)
    if (currency in TIMES_100 and amount % 100) or (currency in ENDS_IN_0 and amount % 10):
        raise No(400, f"Invalid {currency} amount: {amount}.", code="parameter_invalid_integer", param="amount")


def positive(value: str, *, param: str = "amount") -> int:
    if not re.fullmatch("[0-9]{1,12}", value) or int(value) < 1:
        raise No(400, f"Invalid positive integer: {value}", code="parameter_invalid_integer", param=param)
    return int(value)


def bracketed(form: dict[str, str], name: str) -> dict[str, str]:
    """metadata[return]=R-1 -> {"return": "R-1"}"""
    found = ((re.fullmatch(rf"{name}\[(.+)\]", key), value) for key, value in form.items())
    return {match[1]: value for match, value in found if match}


def expanded(form: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in form.items() if key.startswith("expand[")}


def new_id(prefix: str) -> str:
    return f"{prefix}_sandbox{secrets.token_hex(8)}"


def add_payment(
    db: sqlite3.Connection,
    amount: int,
    currency: str,
    *,
    name: str = "",
    metadata: dict | None = None,
    livemode: bool = False,
) -> sqlite3.Row:
    name = name or new_id("pi")
    row = (name, new_id("ch"), amount, currency.lower(), livemode, json.dumps(metadata or {}), int(time.time()))
    db.execute(
        "insert into payments (id, charge, amount, currency, livemode, metadata, created) values (?, ?, ?, ?, ?, ?, ?)",
        row,
    )
    return db.execute("select * from payments where id = ?", (name,)).fetchone()
