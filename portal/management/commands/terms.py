"""What a shopkeeper asks about the terms before they hold: are they well formed and lawful, and what would change?"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from customers.models import Shop
from orders.stores.money import like
from portal.management.say import REFUSED, ShopCommand
from portal.policy_table import Place, for_staff, table
from portal.shop_file import ShopFileError, read_terms
from portal.terms_toml import as_toml
from portal.words import GROUP, REASON
from returns.policy.dry_run import Money, Offered, Replayed, Report, replay, still_open
from returns.policy.publish import latest_row, latest_terms
from returns.policy.terms import Terms, terms_from

ANSWERS = {"yes": "approved", "ask": "to a person", "no": "refused"}


class Command(ShopCommand):
    help = "check, dry-run and show a shop's terms (docs/terms.md)"

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="check|dry-run|show")
        check = verbs.add_parser("check", help="every mistake and everything that lessens a right; else all in words")
        check.add_argument("file", metavar="FILE.toml", type=Path, help="a shop's file, or one with [terms] only")
        check.add_argument("--country", default="DE", help="where the order went (DE)")
        check.add_argument("--currency", default="EUR", help="the sums that are shown (EUR)")
        check.add_argument("--days", default=20, type=int, help="how many days after it came (20)")
        dry = verbs.add_parser("dry-run", help="past cases and what could still come back, decided by these terms")
        dry.add_argument("file", metavar="FILE.toml", type=Path)
        dry.add_argument("--last", default=500, type=int, metavar="N", help="the newest so many cases and orders (500)")
        show = verbs.add_parser("show", help="the terms that were published last, as the [terms] of a shop's file")
        for verb in (dry, show):
            super().add_arguments(verb)

    def handle(self, *, verb: str, **options: Any) -> None:
        getattr(self, f"on_{verb.replace('-', '_')}")(**options)

    def read(self, file: Path) -> Terms:
        try:
            return terms_from(read_terms(file))
        except ShopFileError as error:
            self.stderr.write("\n".join(["These terms cannot hold:", *(f"  {mistake}" for mistake in error.mistakes)]))
            raise SystemExit(REFUSED) from error

    def on_check(self, *, file: Path, country: str, currency: str, days: int, **_: Any) -> None:
        terms = self.read(file)
        self.stdout.write(f"Nothing is wrong. {days} days after an order to {country} came, in {currency}:")
        group = ""
        for cell in table(Place(country, currency, days), terms):
            if cell.group != group:
                group = cell.group
                self.stdout.write(f"\n{GROUP[group]} ({group})")
            rules = f" [{', '.join(cell.rules)}]" if cell.rules else ""
            law = f" ({'; '.join(cell.articles)})" if cell.articles else ""
            self.stdout.write(f"  {REASON[cell.reason]} ({cell.reason}): {' '.join(for_staff(cell))}{law}{rules}")

    def on_dry_run(self, *, file: Path, shop: str | None, last: int, **_: Any) -> None:
        new, where = self.read(file), self.shop(shop)
        if last < 1:
            raise self.stopped("--last: write 1 or more.")
        old, today = latest_terms(where), where.today()
        report = Report()
        for case in replay(where, old, new, last=last, today=today):
            report.take(case)
            if case.changed:
                self.stdout.write(told(case))
        for item in still_open(where, old, new, last=last, today=today):
            report.take_item(item)
            if item.changed:
                self.stdout.write(offered(item))
        self.sum_up(report, old.version if latest_row(where) else None)

    def sum_up(self, report: Report, version: int | None) -> None:
        against = f"version {version}" if version else "the terms that hold where none are written"
        self.stdout.write(f"{report.cases} cases, {report.changed} of them otherwise than by {against}.")
        if report.changed:
            more = [f"{report.answers[answer]:+d} {words}" for answer, words in ANSWERS.items()]
            self.stdout.write(", ".join(more))
        for currency, money in sorted(report.money.items()):
            self.stdout.write(sums(money, currency))
        self.stdout.write(
            f"{report.items} answers to what could still come back, {report.items_changed} of them otherwise."
        )

    def on_show(self, *, shop: str | None, **_: Any) -> None:
        where: Shop = self.shop(shop)
        row = latest_row(where)
        if row is None:
            raise self.stopped(f"{where.slug} has no terms yet.")
        day = timezone.localtime(row.starts_at, where.zone).date()
        self.stdout.write(f"# {where.name}: version {row.version}, for orders placed from {day} on.")
        self.stdout.write(as_toml(row.numbers))


def told(case: Replayed) -> str:
    rule = f" ({case.after.rule or case.before.rule})" if case.after.rule or case.before.rule else ""
    change = case.after.money - case.before.money
    money = f", {sums(change, case.currency)}" if change != Money() else ""
    return f"{case.number}: {ANSWERS[case.before.answer]} -> {ANSWERS[case.after.answer]}{rule}{money}"


def offered(item: Offered) -> str:
    rule = f" ({item.rule})" if item.rule else ""
    return f"{item.number} item {item.line}, {item.reason}: {ANSWERS[item.before]} -> {ANSWERS[item.after]}{rule}"


def sums(money: Money, currency: str) -> str:
    """The change for the shop: what goes back, what is kept, what labels cost."""
    parts = {"refunds": money.refunds, "fees": money.fees, "labels": money.labels, "costs you": money.cost}
    return ", ".join(
        f"{name} {'+' if sum_ >= 0 else ''}{like(sum_, currency)} {currency}" for name, sum_ in parts.items()
    )
