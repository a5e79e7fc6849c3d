"""Store credit for the shop's own till: look, spend, put right (docs/credit.md)."""

from typing import Any

from django.core.management.base import CommandParser

from orders.stores.money import like, to_minor
from portal.management.say import REFUSED, ShopCommand
from returns import credit as ledger
from returns.errors import KeyTaken, NotEnough
from returns.models import Credit


class Command(ShopCommand):
    help = (
        "show, spend and correct a customer's store credit (docs/credit.md)."
        " Exit code 0: done, and what is left is printed; 1: refused, nothing was changed; 2: it cannot be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="show|spend|correct")
        show = verbs.add_parser("show", help="what is left, and each movement")
        spend = verbs.add_parser("spend", help="pay with it: all of the sum or nothing")
        correct = verbs.add_parser("correct", help="put a mistake right; a sum to take off begins with a minus")
        for verb in (show, spend, correct):
            verb.add_argument("code", metavar="CODE", help="as the customer typed it")
            super().add_arguments(verb)
        for verb in (spend, correct):
            verb.add_argument("sum", metavar="SUM", help="such as 19.90")
            verb.add_argument("--key", required=True, help="your own name for it: the same key again changes nothing")
        spend.add_argument("--order", default="", metavar="NUMBER", help="the order that was paid")
        correct.add_argument("--why", required=True, metavar="SENTENCE", help="colleagues read it")

    def handle(self, *, verb: str, code: str, shop: str | None, **options: Any) -> None:
        credit = ledger.credit_coded(self.shop(shop), code)
        if credit is None:
            self.stderr.write("There is no such code.")
            raise SystemExit(REFUSED)
        try:
            left = getattr(self, f"on_{verb}")(credit, **options)
        except NotEnough as no:
            self.stderr.write(f"Only {like(no.left, credit.currency)} {credit.currency} is left. Nothing was changed.")
            raise SystemExit(REFUSED) from no
        except KeyTaken as no:
            self.stderr.write(f"The key {no} was used for another sum. Nothing was changed.")
            raise SystemExit(REFUSED) from no
        except ValueError as no:
            raise self.stopped(f"{no}.") from no
        self.stdout.write(f"{like(left, credit.currency)} {credit.currency} left")

    def on_show(self, credit: Credit, **_: Any) -> int:
        for entry in credit.entries.all():
            day = credit.shop.today(entry.at)
            more = " ".join(filter(None, (entry.order_number, entry.words)))
            self.stdout.write(f"{day} {entry.kind} {like(entry.amount, credit.currency)} {more}".rstrip())
        return ledger.balance(credit)

    def on_spend(self, credit: Credit, *, sum: str, key: str, order: str, **_: Any) -> int:
        amount = to_minor(sum, credit.currency)
        return ledger.spend(credit, amount=amount, key=key, by="shop", order_number=order[:64])

    def on_correct(self, credit: Credit, *, sum: str, key: str, why: str, **_: Any) -> int:
        sign = -1 if sum.startswith("-") else 1
        amount = sign * to_minor(sum.removeprefix("-"), credit.currency)
        return ledger.correct(credit, amount=amount, words=why, by="shop", key=key)
