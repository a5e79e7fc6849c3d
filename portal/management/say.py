"""What the commands share: which shop is meant, and mistakes told in plain words."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from django.core.management.base import BaseCommand, CommandParser

from customers.models import Shop
from orders.stores.base import Defaults, RowError
from orders.stores.errors import StoreError
from portal.intake import Report, defaults_of

REFUSED, UNREADABLE = 1, 2


class ShopCommand(BaseCommand):
    """A command about one shop."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--shop", metavar="SLUG", help="which shop; needed only when there are several")

    def shop(self, slug: str | None) -> Shop:
        shops = Shop.objects.filter(slug=slug) if slug else Shop.objects.all()
        found = list(shops[:2])
        if len(found) == 1:
            return found[0]
        if slug:
            raise self.stopped(f"There is no shop {slug}.")
        if found:
            raise self.stopped("There are several shops: name one with --shop.")
        raise self.stopped("There is no shop yet: run manage.py set_up_shop FILE.toml first.")

    def stopped(self, sentence: str) -> SystemExit:
        self.stderr.write(sentence)
        return SystemExit(UNREADABLE)


class FileCommand(ShopCommand):
    """A command that brings a file in."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.csv", help="the file; - reads standard input")
        super().add_arguments(parser)

    @contextmanager
    def opened(self, file: str) -> Iterator[TextIO]:
        """The file as text. Ends with 2 and a sentence when it cannot be read."""
        try:
            if file == "-":
                yield io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", newline="")
            else:
                with open(file, encoding="utf-8", newline="") as stream:  # noqa: PTH123 - FILE is a name as typed
                    yield stream
        except OSError as error:
            raise self.stopped(f"{file} cannot be read: {error.strerror}.") from error
        except StoreError as error:
            raise self.stopped(error.message) from error

    def defaults(self, shop: Shop) -> Defaults:
        return defaults_of(shop)

    def tell(self, error: RowError) -> None:
        column = f", column {error.column}" if error.column else ""
        order = f" (order {error.order})" if error.order else ""
        self.stderr.write(f"line {error.row}{column}{order}: {error.message}")

    def end(self, report: Report, summary: str) -> None:
        """The last line, and the exit code."""
        if report.broken:
            self.stderr.write(f"{report.broken} What stands above it is in; mend the file and import it again.")
        self.stdout.write(summary)
        if report.broken:
            raise SystemExit(UNREADABLE)
        if report.refused:
            raise SystemExit(REFUSED)
