"""Every miss takes the same time, whatever it was that did not match."""

import secrets
import time

from django.conf import settings

FLOOR = 0.3  # seconds, far above what a look-up takes
JITTER = 0.1


def fill_up(started: float) -> None:
    """Wait until FLOOR and a bit of chance have passed since `started` (time.perf_counter)."""
    whole = FLOOR + JITTER * secrets.randbelow(1000) / 1000
    settings.PAUSE(max(0.0, whole - (time.perf_counter() - started)))
