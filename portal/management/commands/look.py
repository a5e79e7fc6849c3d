from django.core.management.base import BaseCommand, CommandParser

from shipments.actions import look_soon
from shipments.looking import look
from shipments.models import Shipment


class Command(BaseCommand):
    help = "Asks the carriers about parcels now, not when their next look is due."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("numbers", metavar="NUMBER", nargs="*", help="tracking numbers")
        parser.add_argument("--all", action="store_true", help="every parcel that is still looked after")

    def handle(self, *, numbers: list[str], all: bool, **_options) -> None:
        if not numbers and not all:
            self.stderr.write("Name tracking numbers, or say --all.")
            raise SystemExit(2)
        parcels = Shipment.objects.filter(next_look__isnull=False)
        found = look_soon(parcels if all else parcels.filter(tracking_number__in=numbers))
        while look():
            pass
        self.stdout.write(f"{found} parcels looked at.")
