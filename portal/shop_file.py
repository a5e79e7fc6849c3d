"""A shop written down in a TOML file: read it, name every mistake, and make the database say the same.

`docs/shop.example.toml` is its manual.
"""

import difflib
import tomllib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email, validate_slug
from django.db import transaction
from stdnum import bic

from carriers import CARRIERS, adapter_class
from customers.brand import change_brand
from customers.colours import is_colour
from customers.models import Shop
from orders.stores.csv_file.cells import BadCell, country, currency
from portal.terms_file import check_terms
from returns.models import Terms
from returns.policy.publish import publish, was_published_by_staff
from returns.transfer.accounts import NotAnAccount, sepa_account
from shipments.accounts import EVERY_ACCOUNT
from shipments.models import CarrierAccount

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

NEEDED = {
    "slug": str,
    "name": str,
    "country": str,
    "language": str,
    "time_zone": str,
    "currency": str,
    "email": str,
    "return_address": dict,
}
FREE = {
    "domain": str,
    "phone": str,
    "address": list,
    "hours": dict,
    "transit_days": int,
    "terms": dict,
    "carriers": dict,
    "bank": dict,
    "accent": str,
    "corners": str,
}
BANK = ("iban", "name", "bic")
ADDRESS = ("name", "street", "postcode", "city", "country")
KINDS = {str: "words in quotes", list: "a list in [ ]", dict: "a table", int: "a whole number", bool: "true or false"}


class ShopFileError(Exception):
    """The file cannot be used; `mistakes` are sentences, each naming its key."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass
class Reading:
    """The file, and what was found wrong in it."""

    facts: dict[str, Any]
    mistakes: list[str] = field(default_factory=list)

    def wrong(self, key: str, sentence: str) -> None:
        self.mistakes.append(f"{key}: {sentence}")

    def check_keys(self, table: dict[str, Any], known: Collection[str], where: str = "") -> None:
        for key in table:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(sorted(known))}"
                self.wrong(f"{where}{key}", f"this key is not known; {hint}")


def read_shop(path: Path) -> dict[str, Any]:
    """The facts of the file, checked. Raises ShopFileError."""
    reading = opened(path)
    check_top(reading)
    if not reading.mistakes:
        check_values(reading)
        check_terms(reading, reading.facts.get("terms", {}))
        check_carriers(reading)
        check_bank(reading)
    if reading.mistakes:
        raise ShopFileError(reading.mistakes)
    return reading.facts


def read_terms(path: Path) -> dict[str, Any]:
    """Only the terms, from a shop's file or from one that holds nothing else. Raises ShopFileError."""
    reading = opened(path)
    terms = reading.facts.get("terms")
    if not isinstance(terms, dict):
        raise ShopFileError(["terms: is missing: begin it with [terms]"])
    check_terms(reading, terms)
    if reading.mistakes:
        raise ShopFileError(reading.mistakes)
    return terms


def opened(path: Path) -> Reading:
    try:
        return Reading(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ShopFileError([f"{path} cannot be read: {error.strerror}."]) from error
    except UnicodeDecodeError as error:
        raise ShopFileError([f"{path} is not UTF-8."]) from error
    except tomllib.TOMLDecodeError as error:
        raise ShopFileError([f"{path} is not TOML: {error}."]) from error


def check_top(reading: Reading) -> None:
    facts, kinds = reading.facts, {**NEEDED, **FREE}
    reading.check_keys(facts, kinds)
    for key in NEEDED:
        if not facts.get(key):
            reading.wrong(key, "is missing")
    for key, value in facts.items():
        if key in kinds and (not isinstance(value, kinds[key]) or isinstance(value, bool)):
            reading.wrong(key, f"write {KINDS[kinds[key]]}")


def check_values(reading: Reading) -> None:
    facts, wrong = reading.facts, reading.wrong
    for key, read in (("country", country), ("currency", currency)):
        try:
            facts[key] = read(facts[key])
        except BadCell as bad:
            wrong(key, str(bad))
    for key, check, words in (
        ("slug", validate_slug, "use small letters, digits and dashes"),
        ("email", validate_email, "write an address such as hello@example.com"),
    ):
        try:
            check(facts[key])
        except ValidationError:
            wrong(key, words)
    languages = dict(settings.LANGUAGES)
    if facts["language"] not in languages:
        wrong("language", f"use one of {', '.join(languages)}")
    try:
        ZoneInfo(facts["time_zone"])
    except (KeyError, ValueError, OSError):
        wrong("time_zone", "write it such as Europe/Berlin")
    if facts.get("transit_days", 1) not in range(1, 91):
        wrong("transit_days", "write 1 to 90")
    if not is_colour(facts.get("accent") or "#000000"):
        wrong("accent", "write a colour such as #0b6e5f")
    if facts.get("corners", "round") not in Shop.Corners.values:
        wrong("corners", f"use one of {', '.join(Shop.Corners.values)}")
    reading.check_keys(facts["return_address"], ADDRESS, "return_address.")
    for part in ADDRESS:
        if not isinstance(facts["return_address"].get(part), str) or not facts["return_address"][part]:
            wrong(f"return_address.{part}", "is missing")
    reading.check_keys(facts.get("hours", {}), languages, "hours.")


def check_bank(reading: Reading) -> None:
    """The shop's own account; its IBAN is kept without blanks."""
    told, wrong = reading.facts.get("bank"), reading.wrong
    if told is None:
        return
    reading.check_keys(told, BANK, "bank.")
    for key in BANK:
        if key in told and not isinstance(told[key], str):
            wrong(f"bank.{key}", f"write {KINDS[str]}")
            return
    try:
        told["iban"] = sepa_account("", told.get("iban", "")).number
    except NotAnAccount:
        wrong("bank.iban", "write the IBAN of an account in the SEPA area, such as DE89 3704 0044 0532 0130 00")
    if "bic" in told and not bic.is_valid(told["bic"]):
        wrong("bank.bic", "write 8 or 11 letters and digits, such as COBADEFFXXX, or leave it out")
    if not 1 <= len(told.get("name", "-")) <= 70:
        wrong("bank.name", "write 1 to 70 characters, or leave it out")


def check_carriers(reading: Reading) -> None:
    for slug, account in reading.facts.get("carriers", {}).items():
        if slug not in CARRIERS:
            reading.wrong(f"carriers.{slug}", f"this carrier is not known; known are {', '.join(CARRIERS)}")
        elif not isinstance(account, dict):
            reading.wrong(f"carriers.{slug}", f"write a table: [carriers.{slug}]")
        else:
            check_account_keys(reading, slug, account)


def check_account_keys(reading: Reading, slug: str, account: dict[str, Any]) -> None:
    where = f"carriers.{slug}."
    adapter = adapter_class(slug)
    reading.check_keys(account, {*adapter.needs, *adapter.takes, *EVERY_ACCOUNT}, where)
    for key, what in adapter.needs.items():
        if not account.get(key):
            reading.wrong(f"{where}{key}", f"is missing: {what}")
    for key, kind in EVERY_ACCOUNT.items():
        if key in account and type(account[key]) is not kind:
            reading.wrong(f"{where}{key}", f"write {KINDS[kind]}")


@transaction.atomic
def set_up(facts: dict[str, Any], now: datetime) -> list[str]:
    """Make the shop as the facts say. The same facts again change nothing. Returns what was done, as sentences.

    Numbers of the terms that differ make a new version from `now` on; orders keep the version they were placed under.
    """
    wanted = {
        "name": facts["name"],
        "domain": facts.get("domain", ""),
        "address_lines": facts.get("address", []),
        "return_address": facts["return_address"],
        "country": facts["country"],
        "language": facts["language"],
        "time_zone": facts["time_zone"],
        "currency": facts["currency"],
        "email": facts["email"],
        "phone": facts.get("phone", ""),
        "hours": facts.get("hours", {}),
        "transit_days": facts.get("transit_days", 5),
        "bank": facts.get("bank", {}),
    }
    shop = Shop.objects.select_for_update(no_key=True).filter(slug=facts["slug"]).first()
    done = []
    if shop is None:
        shop = Shop.objects.create(slug=facts["slug"], **wanted, **_brand(facts))
        done.append(f"{shop.name} is set up.")
    elif changed := [name for name, value in wanted.items() if getattr(shop, name) != value]:
        for name in changed:
            setattr(shop, name, wanted[name])
        shop.save(update_fields=changed)
        done.append(f"{shop.name} has a new {', '.join(changed)}.")
    done += _set_up_brand(shop, facts)
    return done + _set_up_terms(shop, facts.get("terms", {}), now) + _set_up_carriers(shop, facts.get("carriers", {}))


def _set_up_brand(shop: Shop, facts: dict[str, Any]) -> list[str]:
    """What the file does not name stays as the brand page has it."""
    wanted = {"accent": shop.accent, "corners": shop.corners, **_brand(facts)}
    return [f"{shop.name} has a new look."] if change_brand(shop, by="file", **wanted) else []


def _brand(facts: dict[str, Any]) -> dict[str, str]:
    return {name: facts[name].lower() for name in ("accent", "corners") if name in facts}


def _set_up_terms(shop: Shop, numbers: dict[str, Any], now: datetime) -> list[str]:
    """What staff published on the policy page stays until the file says something it has not said before."""
    versions = list(Terms.objects.filter(shop=shop).order_by("version"))
    latest = versions[-1] if versions else None
    if latest and latest.numbers == numbers:
        return []
    if latest and any(row.numbers == numbers for row in versions) and was_published_by_staff(latest):
        return [f"Terms version {latest.version} stay: staff published them, and the file says nothing new."]
    row = publish(shop, numbers, starts_at=now if latest else BEGINNING, by="file")
    return [f"Terms version {row.version} hold" + (" for orders placed from now on." if latest else ".")]


def _set_up_carriers(shop: Shop, accounts: dict[str, dict]) -> list[str]:
    """An account that the file does not name stays: its parcels may still be under way."""
    done = []
    for slug, account in accounts.items():
        row, new = CarrierAccount.objects.get_or_create(shop=shop, carrier=slug, defaults={"account": account})
        if not new and row.account != account:
            row.account = account
            row.save(update_fields=["account"])
            new = True
        if new:
            done.append(f"The account with {slug} is kept.")
    return done
