"""The stand-in carrier, /carrier/v1/. It has its own words, its own oddities, and no wish to be convenient."""

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta

from . import lives, places
from .books import Books
from .faults import Trouble
from .http import Ask, Reply

MOST_NUMBERS = 20
CANCELLED = "Sendung storniert / Shipment cancelled"


class Carrier:
    def __init__(self, books: Books):
        self.books = books

    def answer(self, ask: Ask, trouble: Trouble) -> Reply:
        if not is_known(ask.headers.get("x-api-key", "")):
            return no(401, "unknown_key", "Unbekannter Schlüssel / Unknown key")
        if refusal := at_the_door(trouble):
            return refusal
        trouble.before()
        reply = no(500, "internal", "Interner Fehler") if trouble.what == "error_before" else self.route(ask)
        trouble.after()
        return no(500, "internal", "Interner Fehler") if trouble.what == "error_after" else reply

    def route(self, ask: Ask) -> Reply:
        label = re.fullmatch(r"/carrier/v1/returns/([^/]+)", ask.path)
        delivery = re.fullmatch(r"/carrier/v1/parcels/([^/]+)/delivery", ask.path)
        if ask.method == "GET" and delivery:
            return self.may_change(delivery[1])
        if ask.method == "POST" and delivery:
            return self.change(delivery[1], ask)
        if ask.method == "GET" and (asked := self.questions().get(ask.path)):
            return asked(ask.query)
        if ask.method == "POST" and ask.path == "/carrier/v1/returns":
            return self.announce_return(ask)
        if ask.method == "DELETE" and label:
            return self.cancel_return(label[1])
        return no(404, "no_such_address", "Unbekannte Adresse / Unknown address")

    def questions(self) -> dict[str, Callable[[dict[str, str]], Reply]]:
        return {
            "/carrier/v1/track": lambda query: self.track(query.get("numbers", "")),
            "/carrier/v1/places": self.places,
        }

    def places(self, asked: dict[str, str]) -> Reply:
        where = {name: asked.get(name, "").strip() for name in ("plz", "ort", "strasse")}
        if not any(where.values()) or not asked.get("anzahl", "").isdecimal():
            return no(400, "where", "Angaben unvollständig / Incomplete data")
        return Reply(200, {"orte": places.around(**where)[: int(asked["anzahl"])]})

    def track(self, wanted: str) -> Reply:
        numbers = [number for number in wanted.split(",") if number]
        if not 1 <= len(numbers) <= MOST_NUMBERS:
            return no(400, "numbers", f"1 bis {MOST_NUMBERS} Nummern / 1 to {MOST_NUMBERS} numbers")
        found = {number: self.parcel(number) for number in numbers}
        now = self.books.now()
        return Reply(
            200,
            {
                "parcels": [self.told(parcel, now) for parcel in found.values() if parcel],
                "unknown": [number for number, parcel in found.items() if not parcel],
            },
        )

    def told(self, parcel: sqlite3.Row, now: datetime) -> dict:
        """A day that was chosen is the one it comes on, says the carrier."""
        told = shown(parcel, now)
        last = self.books.row("select body from redirections where parcel = ? order by rowid desc", parcel["number"])
        chosen = json.loads(last["body"]) if last else {}
        return told | ({"eta": chosen["am"]} if chosen.get("am") else {})

    def may_change(self, number: str) -> Reply:
        parcel = self.parcel(number)
        if not parcel:
            return no(404, "unknown", "Unbekannte Sendung / Unknown parcel")
        return Reply(200, {"no": number, "moeglich": redirections(parcel, self.books.now())})

    def change(self, number: str, ask: Ask) -> Reply:
        key = ask.headers.get("idempotency-key", "")
        parcel = self.parcel(number)
        if not parcel or not key:
            return no(404, "unknown", "Unbekannte Sendung / Unknown parcel")
        try:
            wanted = str(ask.json()["wahl"])
        except (ValueError, KeyError, TypeError):
            return no(400, "body", "Angaben unvollständig / Incomplete data")
        known = self.books.row("select * from redirections where key = ?", key)
        if known and (known["parcel"], known["choice"]) != (number, wanted):
            return no(422, "key_reused", "Schlüssel schon verwendet / Key already used")
        if not known:
            possible = {each["id"]: each for each in redirections(parcel, self.books.now())}
            if wanted not in possible:
                return no(409, "too_late", "Nicht mehr möglich / No longer possible")
            with self.books.transaction() as db:
                row = (key, number, wanted, json.dumps(possible[wanted]))
                db.execute("insert or ignore into redirections values (?, ?, ?, ?)", row)
            known = self.books.row("select * from redirections where key = ?", key)
        assert known  # noqa: S101 - it was there, or has just been written
        return Reply(200, {"no": number, "gewaehlt": json.loads(known["body"])})

    def parcel(self, number: str) -> sqlite3.Row | None:
        return self.books.row("select * from parcels where number = ?", number)

    def announce_return(self, ask: Ask) -> Reply:
        key = ask.headers.get("idempotency-key", "")
        try:
            wanted = ask.json()
            asked = json.dumps(wanted, sort_keys=True)
            country, postcode = wanted["to"]["country"], wanted["to"]["zip"]
        except (ValueError, KeyError, TypeError):
            return no(400, "body", "Angaben unvollständig / Incomplete data")
        if not key or len(str(wanted.get("ref", ""))) > 50 or not wanted.get("grams", 0) > 0:
            return no(400, "body", "Angaben unvollständig / Incomplete data")
        with self.books.transaction() as db:
            known = db.execute("select * from parcels where key = ?", (key,)).fetchone()
            if known and known["asked"] != asked:
                return no(422, "key_reused", "Schlüssel schon verwendet / Key already used")
            number = known["number"] if known else next_number(db)
            if not known:
                row = (number, "return", self.books.now().isoformat(), None, key, asked)
                db.execute("insert into parcels values (?, ?, ?, ?, ?, ?)", row)
        return Reply(201, label(number, country, postcode))

    def cancel_return(self, number: str) -> Reply:
        parcel = self.parcel(number)
        if not parcel or not parcel["key"]:
            return no(404, "no_such_label", "Unbekannte Retoure / Unknown return")
        now = self.books.now()
        if not parcel["voided_at"] and len(shown(parcel, now)["log"]) > 1:
            return no(409, "handed_in", "Bereits eingeliefert / Already handed in")
        with self.books.transaction() as db:
            db.execute(
                "update parcels set voided_at = coalesce(voided_at, ?) where number = ?", (now.isoformat(), number)
            )
        return Reply(200, {"no": number, "state": "cancelled"})


def is_known(key: str) -> bool:
    """Any key will do, except one that says it should not."""
    return bool(key) and not key.startswith(("wrong", "revoked"))


def at_the_door(trouble: Trouble) -> Reply | None:
    if trouble.what == "rate_limit":
        return no(429, "slow_down", "Zu viele Anfragen / Too many requests", {"Retry-After": f"{trouble.seconds:.0f}"})
    if trouble.what == "conflict":
        return no(409, "busy", "Wird bearbeitet / In progress")
    return trouble.at_the_door()


def no(status: int, code: str, text: str, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, {"fehler": code, "text": text}, headers or {})


def shown(parcel: sqlite3.Row, now: datetime) -> dict:
    started = datetime.fromisoformat(parcel["started_at"])
    voided = datetime.fromisoformat(parcel["voided_at"]) if parcel["voided_at"] else None
    log = lives.scans(parcel["life"], started, min(now, voided or now))
    if voided:
        log.insert(0, {"ts": lives.moment(voided, 0), "c": "CAN", "txt": CANCELLED, "where": ""})
    told = {"no": parcel["number"], "eta": lives.eta(parcel["life"], started).isoformat(), "log": log}
    wanted = json.loads(parcel["asked"]) if parcel["asked"] else {}
    if wanted:  # weighed at the first scan, and handed over where it was sent to
        told["grams"] = wanted["grams"] if len(log) > 1 else None
        told["plz"] = wanted["to"]["zip"] if any(line["c"] == "DLV" for line in log) else ""
    return told


LOADED = {"OUT", "MIS", "SHP", "LCK", "DLV", "NBR", "DMG", "LST", "RTN", "RBK", "CAN"}


def redirections(parcel: sqlite3.Row, now: datetime) -> list[dict]:
    """What the carrier can still do: nothing before it has the parcel, and nothing once the van is loaded."""
    codes = {line["c"] for line in shown(parcel, now)["log"]}
    if "PUP" not in codes or codes & LOADED:
        return []
    eta = lives.eta(parcel["life"], datetime.fromisoformat(parcel["started_at"]))
    first = max(eta, now.date())
    until = lives.moment(now, 4)
    days = [first + timedelta(days=count) for count in range(1, 8)]
    free = [day for day in days if day.weekday() < 6][:3]
    choices = [("tag", day.isoformat(), "", 0) for day in free]
    choices += [
        ("nachbar", first.isoformat(), "", 0),
        ("filiale", first.isoformat(), "Filiale 512, Lister Meile", 0),
        ("ablageort", first.isoformat(), "", 90),
    ]
    return [
        {"id": f"{art}-{am}", "art": art, "am": am, "ort": ort, "cent": cent, "waehrung": "EUR", "bis": until}
        for art, am, ort, cent in choices
    ]


def next_number(db: sqlite3.Connection) -> str:
    used = db.execute("select count(*) from parcels").fetchone()[0]
    while True:
        number = with_check_digit(f"84{used:09}")
        if not db.execute("select 1 from parcels where number = ?", (number,)).fetchone():
            return number
        used += 1


def with_check_digit(digits: str) -> str:
    """SB, eleven digits, and one that catches a slip of the hand: weights 3 and 1 from the right, modulo 10."""
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    return f"SB{digits}{-total % 10}"


def label(number: str, country: str, postcode: str) -> dict:
    seal = hashlib.sha256(number.encode()).hexdigest()[:8].upper()
    place = "".join(letter for letter in f"{country}{postcode}".upper() if letter.isalnum())
    return {"no": number, "leit": f"{number}-{place}", "qr": f"SANDBOXPARCEL:{number}:{seal}"}
