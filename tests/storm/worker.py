"""The real worker's money lane, in a process of its own; only its clocks are shorter than in a shop."""

import threading
from datetime import timedelta

from django.conf import settings

from portal import background
from returns import reconcile, sending, till
from returns.payouts import stripe as rail

PATIENCE = 0.4  # seconds that the client waits for an answer
LEASE = timedelta(seconds=1.2)  # longer than that, as in a shop


def be_quick() -> None:
    rail.TIMEOUT = (PATIENCE, PATIENCE)
    sending.LEASE = LEASE
    sending.FIRST_PAUSE, sending.LONGEST_PAUSE = timedelta(seconds=0.05), timedelta(seconds=0.5)
    sending.PENDING_LOOK = sending.NO_ANSWER_LOOK = timedelta(seconds=1)
    till.A_SECOND = 1000
    reconcile.OVERLAP = timedelta(seconds=10)
    background.LONGEST = 0.1


def work(account: str) -> None:
    """Never returns: it is killed."""
    settings.STRIPE_API_KEY = account
    be_quick()
    sweeps = background.lanes()["money"]
    for sweep in sweeps:
        sweep.every = min(sweep.every, 0.2)
    background.Lane("money", sweeps, threading.Event()).run()
