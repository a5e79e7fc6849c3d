"""How much would go back? An order as JSON in, the sums as JSON out; no database is asked. See docs/refunds.md."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

from portal.words import row_told
from returns.quote import MoreThanIsLeft, NotAnOrder, quote

REFUSED = 2


class Command(BaseCommand):
    help = "works out refunds of an order that is given as JSON, with the rule behind each sum"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.json", help="the order and its steps; - reads standard input")

    def handle(self, *, file: str, **_options: Any) -> None:
        try:
            with translation.override("en"):
                told = quote(self.read(file), say=row_told)
        except NotAnOrder as error:
            raise self.stopped(error.mistakes) from error
        except MoreThanIsLeft as no:
            self.say(no.told)
            raise self.stopped([str(no)]) from no
        self.say(told)

    def read(self, file: str) -> Any:
        try:
            raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        except OSError as error:
            raise self.stopped([f"{file} cannot be read: {error.strerror}."]) from error
        try:
            return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=once)
        except (ValueError, RecursionError) as error:
            raise self.stopped([f"{file} is not JSON: {error}."]) from error

    def stopped(self, mistakes: list[str]) -> SystemExit:
        self.stderr.write("\n".join(mistakes))
        return SystemExit(REFUSED)

    def say(self, told: Any) -> None:
        self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand there once: of two sums for one line, which would count?"""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for n, (key, _) in enumerate(pairs) if key in dict(pairs[:n]))
        raise ValueError(f"“{twice}” stands there twice in one object")
    return found
