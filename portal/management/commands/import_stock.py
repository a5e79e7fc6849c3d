from orders.stores.csv_file.stock import read_stock
from portal.intake import take_in_stock
from portal.management.say import FileCommand


class Command(FileCommand):
    help = (
        "Brings the list for exchanges in from a CSV file (docs/import.md)."
        " Exit code 0: nothing was refused; 1: some rows were; 2: the file cannot be read."
    )

    def handle(self, *, file: str, shop: str | None, **_options) -> None:
        ours = self.shop(shop)
        with self.opened(file) as stream:
            report = take_in_stock(ours, read_stock(stream, defaults=self.defaults(ours)), tell=self.tell)
        self.end(report, f"{report.new} new or changed, {report.known} as before, {report.refused} refused")
