import time

from django.core.management.base import BaseCommand, CommandParser

from portal.audit_heads import line_of
from returns import audit_check
from returns.models import AuditHead


class Command(BaseCommand):
    help = "Works the chain of all steps of the money out anew, or prints where it ends."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["verify", "head"])
        parser.add_argument("--head", metavar="FILE", help="heads that left this machine: lines, mails or a log")

    def handle(self, *, what: str, head: str | None, **_options) -> None:
        if what == "verify":
            self.verify(head)
        else:
            self.stdout.write(line_of(AuditHead.objects.first() or AuditHead()))

    def verify(self, head: str | None) -> None:
        heads = self.read(head) if head else {}
        begun = time.monotonic()
        checked = audit_check.check(heads)
        self.stdout.write(f"{checked.rows} rows fit, {len(heads)} heads known, {time.monotonic() - begun:.1f} s.")
        if checked.fault:
            self.stderr.write(checked.fault)
            raise SystemExit(1)

    def read(self, name: str) -> dict[int, str]:
        try:
            with open(name, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - FILE is a name as typed
                heads = audit_check.heads_in(file)
        except OSError as error:
            self.stderr.write(f"{name} cannot be read: {error.strerror}.")
            raise SystemExit(2) from error
        if not heads:
            self.stderr.write(f"There is no head in {name}: a line of it has a number, 64 signs and a time.")
            raise SystemExit(2)
        return heads
