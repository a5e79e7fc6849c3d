"""The stand-in Stripe's checkout: sessions with one sum, a small page to pay on, and the news of it."""

import html
import json
import re
import secrets
import sqlite3
import time

from .books import Books
from .hooks import Hooks
from .http import Ask, Reply
from .says import No, missing
from .till import add_payment, bracketed, positive

TABLE = """
create table if not exists sessions (
  id text primary key, status text not null, payment_status text not null, amount integer not null,
  currency text not null, title text not null, client_reference_id text, metadata text not null, payment text,
  payment_metadata text not null, success_url text not null, cancel_url text, url text not null,
  expires_at integer not null, created integer not null
);
"""
PARAMS = {
    *("cancel_url", "client_reference_id", "customer_email", "expires_at", "line_items", "locale", "metadata", "mode"),
    *("payment_intent_data", "submit_type", "success_url"),
}
SHORTEST, LONGEST = 30 * 60, 24 * 3600


class Checkout:
    def __init__(self, books: Books, hooks: Hooks):
        self.books = books
        self.hooks = hooks
        with books.lock:
            books.db.executescript(TABLE)

    def answer(self, ask: Ask, db: sqlite3.Connection) -> dict:
        """/v1/checkout/sessions, /v1/checkout/sessions/ID, /v1/checkout/sessions/ID/expire"""
        found = re.fullmatch("/v1/checkout/sessions(?:/([^/]+))?(?:/(expire))?", ask.path)
        name, verb = found.groups() if found else ("", "")
        if ask.method == "POST" and found and not name:
            return self.open(ask, db)
        if ask.method == "GET" and name and not verb:
            return shown(self.session(name))
        if ask.method == "POST" and name and verb:
            return self.expire(name, db)
        raise No(404, f"Unrecognized request URL ({ask.method}: {ask.path}).")

    def open(self, ask: Ask, db: sqlite3.Connection) -> dict:
        form = ask.form()
        check_form(form)
        name, now = f"cs_test_sandbox{secrets.token_hex(12)}", int(time.time())
        expires_at = int(form.get("expires_at", now + LONGEST))
        if not SHORTEST - 60 <= expires_at - now <= LONGEST + 60:
            raise No(400, "expires_at is between 30 minutes and 24 hours from now.", param="expires_at")
        row = (
            *(name, "open", "unpaid", positive(form["line_items[0][price_data][unit_amount]"])),
            *(form["line_items[0][price_data][currency]"], form["line_items[0][price_data][product_data][name]"]),
            *(form.get("client_reference_id"), json.dumps(bracketed(form, "metadata")), None),
            json.dumps(bracketed(form, r"payment_intent_data\[metadata\]")),
            *(form["success_url"], form.get("cancel_url"), f"http://{ask.headers['host']}/checkout/{name}"),
            *(expires_at, now),
        )
        db.execute(f"insert into sessions values ({', '.join('?' * len(row))})", row)  # noqa: S608
        return shown(self.session(name))

    def session(self, name: str) -> sqlite3.Row:
        found = self.books.row("select * from sessions where id = ?", name)
        if not found:
            raise missing("checkout.session", name, "session")
        return found

    def expire(self, name: str, db: sqlite3.Connection) -> dict:
        session = self.session(name)
        if session["status"] != "open":
            raise No(400, f"Only sessions that are open can be expired: this one is {session['status']}.")
        return self.change(db, name, "checkout.session.expired", status="expired")

    def pay(self, name: str, *, status: str = "paid") -> dict:
        """The customer pays; `unpaid`: her bank says so only later. Raises No when nobody can pay there any more."""
        with self.books.transaction() as db:
            session = self.session(name)
            waiting = session["status"] == "complete" and session["payment_status"] == "unpaid"
            if session["status"] != "open" and not waiting:
                raise No(400, f"This session is {session['status']}.")
            if status == "unpaid":
                after = self.change(db, name, "checkout.session.completed", status="complete")
            else:
                metadata = json.loads(session["payment_metadata"])
                payment = add_payment(db, session["amount"], session["currency"], metadata=metadata)
                news = "async_payment_succeeded" if waiting else "completed"
                facts = {"status": "complete", "payment_status": "paid", "payment": payment["id"]}
                after = self.change(db, name, f"checkout.session.{news}", **facts)
        self.hooks.wake()
        return after

    def change(self, db: sqlite3.Connection, name: str, news: str, **facts: str) -> dict:
        columns = ", ".join(f"{column} = ?" for column in facts)
        db.execute(f"update sessions set {columns} where id = ?", (*facts.values(), name))  # noqa: S608
        after = shown(self.session(name))
        self.hooks.write(db, news, after)
        return after

    # What a browser sees

    def page(self, ask: Ask) -> Reply:
        """A button that pays, and back to the shop."""
        try:
            name = ask.path.removeprefix("/checkout/")
            if ask.method == "POST":
                return Reply(303, "", {"Location": self.pay(name)["success_url"]})
            session = self.session(name)
        except No as no:
            return Reply(404, f"<!doctype html><title>Over</title><p>{html.escape(str(no))}</p>")
        title = html.escape(f"{session['title']}: {session['amount']} {session['currency'].upper()}")
        pay = "<button>Pay</button>" if session["status"] == "open" else session["status"]
        return Reply(200, f"<!doctype html><title>Pay</title><h1>{title}</h1><form method='post'>{pay}</form>")


def check_form(form: dict[str, str]) -> None:
    for name in form:
        if name.partition("[")[0] not in PARAMS:
            raise No(400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
    wanted = ("success_url", *(f"line_items[0][price_data][{name}]" for name in ("unit_amount", "currency")))
    for name in (*wanted, "line_items[0][price_data][product_data][name]"):
        if not form.get(name):
            raise No(400, f"Missing required param: {name}.", code="parameter_missing", param=name)
    if form.get("mode") != "payment" or form.get("line_items[0][quantity]") != "1":
        raise No(400, "This stand-in sells one thing at a time, with mode=payment.", param="mode")


def shown(session: sqlite3.Row) -> dict:
    is_open = session["status"] == "open"
    return {
        "id": session["id"],
        "object": "checkout.session",
        "amount_subtotal": session["amount"],
        "amount_total": session["amount"],
        "cancel_url": session["cancel_url"],
        "client_reference_id": session["client_reference_id"],
        "created": session["created"],
        "currency": session["currency"],
        "customer": None,
        "expires_at": session["expires_at"],
        "livemode": False,
        "metadata": json.loads(session["metadata"]),
        "mode": "payment",
        "payment_intent": session["payment"],
        "payment_status": session["payment_status"],
        "status": session["status"],
        "success_url": session["success_url"],
        "url": session["url"] if is_open else None,
    }
