"""The [terms] of a shop's file: read every number and rule, name every mistake, and refuse what lessens a right.

`docs/shop.example.toml` is its manual, `docs/terms.md` says what each key means.
"""

import re
from collections.abc import Collection
from typing import Any, Protocol

from carriers import CARRIERS, offers
from orders.models import ProductGroup
from orders.stores.csv_file.cells import BadCell, country, currency
from orders.stores.money import to_minor
from portal.words import LESSENS
from returns.kinds import Kind, Reason, Wish
from returns.policy import matrix
from returns.policy.lessens import Complaint, lessens
from returns.policy.risks import SIGNALS
from returns.policy.terms import NUMBERS, Terms, terms_from
from shipments.whose import NOBODY

SUMS = (
    *("photo_from", "decide_up_to", "keep_up_to", "label_price", "label_cost"),
    *("refund_up_to", "second_from", "deviation_from", "day_limit", "lead_second_from", "lead_day_limit"),
)
FLAGS = ("withdrawal_informed", "label_told", "credit", "swap_other_products")
MOST = {"fee_percent": 100, "reduction_percent": 100, "keep_percent": 1000, "credit_months": 600}
DELIVERY_BACK = ("whole", "pro_rata")
REGIONS = ("EU", "GB", "VN", "other")
WORDS: dict[str, Collection[str]] = {
    "reason": Reason.values,
    "group": ProductGroup.values,
    "kind": [Kind.WITHDRAWAL, Kind.RETURN, Kind.CLAIM],
    "wish": Wish.values,
    "tags": matrix.TAGS,
    "offers": matrix.LISTS["offers"],
}
WHEN_SUMS = ("price_from", "price_to")
WHEN_FIGURES = ("days_from", "days_to", "returns_from", "orders_to")
RULE_ID = re.compile(r"[A-Z][A-Z0-9-]{1,19}")


class Reading(Protocol):
    """What is being read: `wrong(key, sentence)` notes a mistake, `check_keys` the keys nobody knows."""

    def wrong(self, key: str, sentence: str) -> None: ...
    def check_keys(self, table: dict[str, Any], known: Collection[str], where: str = "") -> None: ...


def check_terms(reading: Reading, terms: dict[str, Any]) -> None:
    """Whole numbers stay; sums become the smallest unit of their currency; a rule's single words become lists."""
    mistakes = Counted(reading)
    mistakes.check_keys(terms, NUMBERS, "terms.")
    for name, value in terms.items():
        if name in SUMS:
            terms[name] = read_sums(mistakes, f"terms.{name}", value)
        elif name == "rules":
            terms[name] = read_rules(mistakes, value)
        elif name in NUMBERS:
            check_number(mistakes, name, value)
    if not mistakes.count:
        for complaint in lessens(terms_from(terms)):
            reading.wrong(f"terms.{complaint.key}", told(complaint))


def told(complaint: Complaint) -> str:
    return f"{LESSENS[complaint.right]} ({complaint.article})"


class Counted:
    """Passes mistakes on and counts them: what is not well formed is not held against the law."""

    def __init__(self, reading: Reading) -> None:
        self.reading, self.count = reading, 0

    def wrong(self, key: str, sentence: str) -> None:
        self.count += 1
        self.reading.wrong(key, sentence)

    def check_keys(self, table: dict[str, Any], known: Collection[str], where: str = "") -> None:
        self.count += any(key not in known for key in table)
        self.reading.check_keys(table, known, where)


def check_number(reading: Reading, name: str, value: object) -> None:
    key = f"terms.{name}"
    if name == "return_carrier":
        makers = [slug for slug in CARRIERS if "return_label" in offers(slug) or slug == NOBODY]
        if value not in makers:
            reading.wrong(key, f"use one of {', '.join(makers)}")
    elif name == "delivery_back":
        if value not in DELIVERY_BACK:
            reading.wrong(key, f"use one of {', '.join(DELIVERY_BACK)}")
    elif name in FLAGS:
        if not isinstance(value, bool):
            reading.wrong(key, "write true or false")
    elif name == "ask_when":
        if value != []:
            read_words(reading, key, value, SIGNALS)
    else:
        check_figure(reading, key, value, MOST.get(name, 10_000))


def check_figure(reading: Reading, key: str, value: object, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        reading.wrong(key, "write a whole number")
    elif not 0 <= value <= most:
        reading.wrong(key, f"write a whole number from 0 to {most}")


def read_sums(reading: Reading, key: str, sums: object) -> dict[str, int]:
    if not isinstance(sums, dict):
        reading.wrong(key, 'write a table of sums, such as EUR = "20.00"')
        return {}
    read: dict[str, int] = {}
    for code, written in sums.items():
        try:
            if not isinstance(written, str):
                raise ValueError(f'put quotes around the sum, such as {code} = "20.00"')
            read[currency(code)] = to_minor(written, code)
        except ValueError as bad:
            reading.wrong(f"{key}.{code}", str(bad))
    return read


def read_words(reading: Reading, key: str, value: object, known: Collection[str]) -> list[str]:
    """One word or a list of them."""
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not words or not all(isinstance(word, str) and word in known for word in words):
        reading.wrong(key, f"use words from this list: {', '.join(known)}")
        return []
    return words


# --- rules --------------------------------------------------------------------------------------------------------


def read_rules(reading: Reading, rules: object) -> list[dict[str, Any]]:
    """The shop's rules as a version keeps them."""
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        reading.wrong("terms.rules", "begin each rule with [[terms.rules]]")
        return []
    taken = {rule.id for rule in matrix.default_rules(Terms())}
    read = []
    for number, rule in enumerate(rules, start=1):
        id = rule.get("id")
        if not isinstance(id, str) or not RULE_ID.fullmatch(id):
            reading.wrong(f"terms.rules.{number}.id", "write a short name in capitals, such as SALE-1")
        elif id in taken:
            reading.wrong(f"terms.rules.{id}.id", "this name is taken: give each rule its own")
        else:
            taken.add(id)
        where = f"terms.rules.{id or number}"
        reading.check_keys(rule, ("id", "when", "then"), f"{where}.")
        when = read_when(reading, f"{where}.when", rule.get("when", {}))
        read.append({"id": id, "when": when, "then": read_then(reading, f"{where}.then", rule.get("then"))})
    return read


def read_when(reading: Reading, where: str, when: object) -> dict[str, Any]:
    if not isinstance(when, dict):
        reading.wrong(where, 'write a table, such as { reason = "damaged" }')
        return {}
    reading.check_keys(when, matrix.CONDITIONS, f"{where}.")
    return {name: read_condition(reading, f"{where}.{name}", name, value) for name, value in when.items()}


def read_condition(reading: Reading, key: str, name: str, value: object) -> Any:
    if name == "country":
        return read_countries(reading, key, value)
    if name in WORDS:
        return read_words(reading, key, value, WORDS[name])
    if name in WHEN_SUMS:
        return read_sums(reading, key, value)
    if name in WHEN_FIGURES:
        check_figure(reading, key, value, 10_000)
    elif name in matrix.CONDITIONS and not isinstance(value, bool):
        reading.wrong(key, "write true or false")
    return value


def read_countries(reading: Reading, key: str, value: object) -> list[str]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not words:
        reading.wrong(key, 'write countries, such as ["DE", "AT"], or one of EU, GB, VN, other')
        return []
    read = []
    for word in words:
        try:
            read.append(word if word in REGIONS else country(str(word)))
        except BadCell as bad:
            reading.wrong(key, f"{bad}; EU, GB, VN and other stand for all under one law")
    return read


def read_then(reading: Reading, where: str, then: object) -> dict[str, Any]:
    if not isinstance(then, dict) or not then:
        reading.wrong(where, 'write what follows, such as { answer = "ask" }')
        return {}
    reading.check_keys(then, matrix.ANSWERS, f"{where}.")
    return {name: read_answer(reading, f"{where}.{name}", name, value) for name, value in then.items()}


def read_answer(reading: Reading, key: str, name: str, value: object) -> Any:
    if name in WORDS:
        return read_words(reading, key, value, WORDS[name])
    if name in matrix.SUMS:
        return read_sums(reading, key, value)
    if name in matrix.CHOICES and value not in matrix.CHOICES[name]:
        reading.wrong(key, f"use one of {', '.join(matrix.CHOICES[name])}")
    elif name in matrix.FIGURES:
        check_figure(reading, key, value, matrix.FIGURES[name])
    elif name in matrix.FLAGS and not isinstance(value, bool):
        reading.wrong(key, "write true or false")
    return value
