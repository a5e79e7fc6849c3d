from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Count

from portal import words
from returns import reconcile, till
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


class Command(BaseCommand):
    help = "Shows how refunds stand, lays our books beside the payment service's, and lets refunds leave again."

    def add_arguments(self, parser: CommandParser) -> None:
        what = {"status": self.status, "reconcile": self.reconcile, "resume": self.resume}
        parser.add_argument("what", choices=what)

    def handle(self, *, what: str, **_options) -> None:
        try:
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
