from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal import catalogue


class Command(BaseCommand):
    help = "Keeps the translations: --update the catalogues, --check that nothing is missing, --compile them."
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser):
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--update", action="store_true", help="bring new messages in, take obsolete ones out")
        what.add_argument(
            "--check", action="store_true", help="list what is missing or broken; exit 1 when anything is"
        )
        what.add_argument("--compile", action="store_true", help="write each .mo that is older than its .po")

    def handle(self, **options):
        locale_dir = Path(settings.LOCALE_PATHS[0])
        if options["compile"]:
            catalogue.compile_all(locale_dir)
            return
        wanted = catalogue.collect(Path(settings.BASE_DIR))
        if options["update"]:
            catalogue.update(locale_dir, wanted)
            catalogue.compile_all(locale_dir)
            return
        if found := catalogue.faults(locale_dir, wanted):
            self.stdout.write("\n".join(found))
            raise CommandError(f"{len(found)} faults in the catalogues.")
        self.stdout.write(f"{len(catalogue.spoken(wanted))} messages in {len(catalogue.LANGUAGES)} languages.")
