from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db.models import Count
from django.utils import timezone

from customers.models import Shop
from customers.money import written
from portal import words
from portal.management.say import ShopCommand
from returns import books, leaks, reconcile, till
from returns.models import Refund
from returns.payouts.errors import PayoutError

S = Refund.State
SHOWN = {
    "approved": [S.APPROVED],
    "being sent": [S.SENDING],
    "with the bank": [S.PENDING, S.REQUIRES_ACTION],
    "failed": [S.FAILED],
    "to be looked at": [S.NEEDS_REVIEW],
}


class Command(ShopCommand):
    help = "Shows how refunds stand, lays our books beside the payment service's, and lets refunds leave again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["status", "reconcile", "resume", "report"])
        parser.add_argument("--day", type=date.fromisoformat, metavar="YYYY-MM-DD", help="report: only this day")
        parser.add_argument("--from", type=date.fromisoformat, metavar="YYYY-MM-DD", help="report: from this day on")
        parser.add_argument("--to", type=date.fromisoformat, metavar="YYYY-MM-DD", help="report: until this day")
        super().add_arguments(parser)

    def handle(self, *, what: str, **options: Any) -> None:
        if what != "status" and not settings.STRIPE_API_KEY:
            raise self.stopped("There is no STRIPE_API_KEY here: give this command the settings of your worker.")
        try:
            if what == "report":
                self.report(self.shop(options["shop"]), options)
            else:
                getattr(self, what)()
        except PayoutError as error:
            self.stderr.write(f"The payment service could not be asked: {error}")
            raise SystemExit(1) from error

    def status(self) -> None:
        row = till.the_till()
        mode = {None: "mode not known yet", True: "live", False: "test mode"}[row.livemode]
        may = str(words.PAUSED[row.paused_why]) if row.paused_at else "Refunds may leave."
        self.stdout.write(f"Account {row.account or 'not known yet'}, {mode}. {may}")
        for complaint in row.complaints:
            self.stdout.write(complaint)
        count = dict(Refund.objects.values_list("state").annotate(n=Count("pk")))
        shown = (f"{sum(count.get(state, 0) for state in states)} {what}" for what, states in SHOWN.items())
        self.stdout.write(f"{', '.join(shown)}.")

    def reconcile(self) -> None:
        learned = reconcile.compare_books()
        if till.the_till().paused_at:
            self.stdout.write(str(words.PAUSED[till.the_till().paused_why]))
            raise SystemExit(1)
        none = "The books agree: nothing had left that we did not know of."
        self.stdout.write(none if not learned else f"{learned} refunds had left that we did not know of. We do now.")

    def resume(self) -> None:
        till.resume(by="operator")
        self.stdout.write("Refunds may leave again, through the account and the mode of today's key.")

    def report(self, shop: Shop, options: dict[str, Any]) -> None:
        """Asks the payment service now. Without a day: yesterday."""
        last = options["day"] or options["to"] or shop.today() - timedelta(days=1)
        first = options["day"] or options["from"] or last
        if first > last:
            raise self.stopped("The first day is after the last one.")
        found = books.compare(shop, first, last)
        self.stdout.write(f"{shop.name}, {first} to {last}:")
        for day in found:
            self.tell_day(day)
        if not found:
            self.stdout.write("No refund was made.")
        for row in books.waiting_long(shop):
            kept = written(row.amount, row.currency, "en")
            self.stdout.write(f"Kept since {row.approved_at:%Y-%m-%d}: {row.ret.number} {kept} ({row.state})")
        begin = books.midnight(shop, first)
        end = min(books.midnight(shop, last + timedelta(days=1)), timezone.now())
        self.tell_credit(shop, books.credit_moved(shop, begin, end))
        for line in leaks.sums(leaks.leaks(shop, begin, end)):
            money = written(line.amount, line.currency, "en")
            self.stdout.write(f"{line.why} {line.by} {line.reason or '-'}: {line.count} x, {money}")
        yes = leaks.whose_yes(shop, begin, end)
        self.stdout.write(f"Let go by the rules {yes['rules']}, by one person {yes['one']}, by two {yes['two']}.")
        if any(day.differences or day.drift for day in found):
            raise SystemExit(1)

    def tell_day(self, day: books.Day) -> None:
        ours, theirs, drift = (written(amount, day.currency, "en") for amount in (day.ours, day.theirs, day.drift))
        line = f"{day.day} ours {ours} ({day.ours_count}), theirs {theirs} ({day.theirs_count}), drift {drift}"
        elsewhere = f", made elsewhere {written(day.elsewhere, day.currency, 'en')} ({day.elsewhere_count})"
        self.stdout.write(line + (elsewhere if day.elsewhere_count else ""))
        for each in day.differences:
            ids = " ".join(filter(None, (each.number, each.refund, each.provider_id)))
            self.stdout.write(
                f"  {each.why}: {ids} ours {each.ours} {each.our_state}, theirs {each.theirs} {each.their_state}"
            )

    def tell_credit(self, shop: Shop, moved: list[dict[str, Any]]) -> None:
        for row in moved:
            self.stdout.write(
                f"Store credit {row['kind']}: {row['count']} x, {written(row['sum'], row['currency'], 'en')}"
            )
        for currency, rest in books.credit_open(shop).items():
            self.stdout.write(f"Store credit that can be spent: {written(rest, currency, 'en')}")
