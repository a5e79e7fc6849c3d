from pathlib import Path

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from portal.shop_file import ShopFileError, read_shop, set_up


class Command(BaseCommand):
    help = "Sets a shop up, or changes it, as a TOML file says (docs/shop.example.toml)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.toml", type=Path)

    def handle(self, *, file: Path, **_options) -> None:
        try:
            facts = read_shop(file)
        except ShopFileError as error:
            self.stderr.write("\n".join(["The shop is as it was:", *(f"  {mistake}" for mistake in error.mistakes)]))
            raise SystemExit(2) from error
        done = set_up(facts, timezone.now())
        self.stdout.write("\n".join(done or ["Nothing to change."]))
