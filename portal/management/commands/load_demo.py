from django.core.management.base import BaseCommand

from portal.demo.load import NotHere, load


class Command(BaseCommand):
    help = "Fills an empty database with a made-up shop, its orders and returns. Needs the sandbox; serve does it all."

    def handle(self, **_options) -> None:
        try:
            load(self.stdout.write)
        except NotHere as no:
            self.stderr.write(str(no))
            raise SystemExit(2) from no
