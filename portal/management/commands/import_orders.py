from django.core.management.base import CommandParser

from orders.stores.csv_file import orders, shopify
from portal.intake import take_in_orders
from portal.management.say import FileCommand

FORMATS = {"homeward": orders.read_orders, "shopify": shopify.read_orders}


class Command(FileCommand):
    help = (
        "Brings orders in from a CSV file (docs/import.md). Orders that are here already stay as they are."
        " Exit code 0: nothing was refused; 1: some orders were; 2: the file cannot be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--format", choices=list(FORMATS), default="homeward", help="whose columns the file has")

    def handle(self, *, file: str, shop: str | None, format: str, **_options) -> None:
        ours = self.shop(shop)
        with self.opened(file) as stream:
            drafts = FORMATS[format](stream, defaults=self.defaults(ours))
            report = take_in_orders(ours, drafts, by="import", tell=self.tell)
        summary = f"{report.new} new, {report.known} known, {report.refused} refused, {report.parcels} parcels"
        self.end(report, summary)
