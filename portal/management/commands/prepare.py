import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from portal import catalogue


class Command(BaseCommand):
    help = "Makes ready what a start needs, and only what has changed: translations, database, static files."
    requires_system_checks = []
    requires_migrations_checks = False

    def handle(self, **options):
        if catalogue.compile_all(Path(settings.LOCALE_PATHS[0])):
            self.stdout.write("Translations compiled.")
        if has_unapplied_migrations():
            self.stdout.write("Preparing the database ...")
            call_command("migrate", interactive=False, verbosity=0, stdout=self.stdout)
        if settings.STATIC_ROOT and not same_static_files():
            self.stdout.write("Collecting static files ...")
            call_command("collectstatic", interactive=False, verbosity=0, stdout=self.stdout)
            stamp().write_text(static_digest())


def has_unapplied_migrations() -> bool:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def stamp() -> Path:
    return Path(settings.STATIC_ROOT) / ".prepared"


def same_static_files() -> bool:
    return stamp().exists() and stamp().read_text() == static_digest()


def static_digest() -> str:
    """The files, their sizes and times, and what they are stored by."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in finders.get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            digest.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
