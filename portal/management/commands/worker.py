import signal
import threading

from django.core.management.base import BaseCommand

from portal.background import work


class Command(BaseCommand):
    help = "Does the background work (parcels, letters, refunds) until it is told to stop. Any number may run."

    def handle(self, **_options) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        work(stop)
