import os
import signal
import threading
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from customers.models import Shop
from portal.demo.load import SLUG, STAFF
from portal.demo.samples import samples
from portal.serving import House, WillNotStart, is_free, kept_secret

SANDBOX_KEY = "sk_test_homeward"


class Command(BaseCommand):
    help = "Starts all that a laptop needs: the pages, the background work, and without a Stripe key the sandbox."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--port", type=int, help="where the pages answer on this machine; 8000 unless SITE_URL says"
        )
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")

    def handle(self, *, port: int | None, no_demo: bool, **_options) -> None:
        port, site_url = self.where(port)
        house = House(Path(settings.BASE_DIR), {**os.environ, **self.shared(site_url)}, threading.Event())
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: house.over.set())
        try:
            self.open(house, port, site_url, demo=not no_demo)
            died = house.watch()
        except WillNotStart as no:
            self.stderr.write(str(no))
            raise SystemExit(1) from no
        finally:
            house.stop()
        if died:
            self.stderr.write(f"The {died.name} has stopped (exit code {died.process.returncode}), so all is stopped.")
            raise SystemExit(1)
        self.stdout.write("Stopped.")

    def where(self, port: int | None) -> tuple[int, str]:
        """The port, and the address that letters and links carry: the operator's own when there is one."""
        if os.environ.get("SITE_URL"):
            port = port or urlsplit(settings.SITE_URL).port or 8000
            site_url = settings.SITE_URL
        else:
            port = port or 8000
            site_url = f"http://127.0.0.1:{port}"
        if not is_free(port):
            self.stderr.write(
                f"Port {port} is taken: another Homeward may be running. Stop it, or choose one with --port."
            )
            raise SystemExit(1)
        return port, site_url

    def shared(self, site_url: str) -> dict[str, str]:
        """What every child finds in its environment."""
        return {
            "SITE_URL": site_url,
            "DATA_DIR": str(Path(settings.DATA_DIR).resolve()),
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "PYTHONUNBUFFERED": "1",
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),  # or the words below would scroll away at once
        }

    def open(self, house: House, port: int, site_url: str, *, demo: bool) -> None:
        call_command("prepare")
        empty = not Shop.objects.exists()
        connections.close_all()
        sandbox = not settings.STRIPE_API_KEY and settings.LOOPBACK
        if sandbox:
            self.open_sandbox(house, site_url, fresh=empty and demo)
        if empty and demo and sandbox:
            self.stdout.write("The house is empty: the demo moves in (ten seconds or so) ...")
            self.stdout.flush()
            house.run("load_demo")
        house.start_web(port)
        house.start_worker()
        links = self.staff_links(house)
        house.wait_until_it_answers(f"http://127.0.0.1:{port}/healthz")
        if not house.over.is_set():
            self.tell(house, site_url, links)

    def open_sandbox(self, house: House, site_url: str, *, fresh: bool) -> None:
        data = Path(house.environment["DATA_DIR"])
        if fresh:  # books of a database that is gone would tell of refunds nobody knows
            for leftover in data.glob("sandbox.sqlite3*"):
                leftover.unlink()
        url = house.start_sandbox(data, site_url)
        house.environment |= {
            "SANDBOX_URL": url,
            "STRIPE_API_BASE": url,
            "STRIPE_API_KEY": SANDBOX_KEY,
            "STRIPE_WEBHOOK_SECRETS": kept_secret(data),
        }

    def staff_links(self, house: House) -> str:
        demo = Shop.objects.filter(slug=SLUG).exists()
        connections.close_all()
        return house.run("staff_link", "--user", STAFF, "--create") if demo else ""

    def tell(self, house: House, site_url: str, link: str) -> None:
        say = self.stdout.write
        say("")
        say(f"  Homeward     {site_url}/")
        say(f"  For staff    {link or f'{site_url}/staff/  (manage.py staff_link --user NAME --create)'}")
        if link:
            say("               this link signs you in once, within ten minutes; another one: manage.py staff_link")
        if "SANDBOX_URL" in house.environment:
            say(f"  Sandbox      {house.environment['SANDBOX_URL']}/_sandbox/health  (stand-in carrier and Stripe)")
        if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
            say(f"  Letters      {settings.EMAIL_FILE_PATH}")
        if link:
            say("")
            say("  Orders to look at: the number, with the email or the postcode")
            for sample in samples():
                say(f"    {sample.number}  {sample.email:<32} {sample.postcode:<8} {sample.what}")
        elif not Shop.objects.exists():
            say("  There is no shop yet: manage.py set_up_shop FILE.toml (docs/shop.example.toml)")
        say("")
        say("  Ctrl-C stops everything.")
        self.stdout.flush()
