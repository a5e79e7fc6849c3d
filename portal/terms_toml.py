"""A version of the terms written as the [terms] of a shop's file: what `terms_file` reads, back again."""

from collections.abc import Mapping
from typing import Any

from orders.stores.money import like
from portal.terms_file import SUMS, WHEN_SUMS
from returns.policy import matrix

ALL_SUMS = {*SUMS, *WHEN_SUMS, *matrix.SUMS}


def as_toml(numbers: Mapping[str, Any]) -> str:
    plain = {name: value for name, value in numbers.items() if name not in ALL_SUMS and name != "rules"}
    lines = ["[terms]", *(f"{name} = {_value(name, value)}" for name, value in plain.items())]
    for name in SUMS:
        if name in numbers:
            lines += ["", f"[terms.{name}]", *(f"{code} = {_sum(each, code)}" for code, each in numbers[name].items())]
    for rule in numbers.get("rules", ()):
        lines += ["", "[[terms.rules]]", f"id = {_value('id', rule['id'])}"]
        lines += [f"{part} = {_table(rule[part])}" for part in ("when", "then")]
    return "\n".join(lines)


def _table(values: Mapping[str, Any]) -> str:
    return "{ " + ", ".join(f"{name} = {_value(name, value)}" for name, value in values.items()) + " }"


def _value(name: str, value: Any) -> str:
    if name in ALL_SUMS:
        return "{ " + ", ".join(f"{code} = {_sum(each, code)}" for code, each in value.items()) + " }"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'  # our own words: none holds a quote
    if isinstance(value, list):
        return "[" + ", ".join(f'"{word}"' for word in value) + "]"
    return str(value)


def _sum(value: int, currency: str) -> str:
    return f'"{like(value, currency)}"'
