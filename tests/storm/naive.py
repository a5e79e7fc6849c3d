"""A worker as many shops have it: a new request whenever it tries, no answer means that it failed, and what failed is
sent again. The storm has to catch it; it is no part of the product."""

import time
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from returns import till
from returns.models import Refund
from returns.payouts.errors import PayoutError, Refused
from tests.storm.worker import LEASE, be_quick

S = Refund.State


def work(account: str) -> None:
    settings.STRIPE_API_KEY = account
    be_quick()
    while True:
        now = timezone.now()
        stuck = Refund.objects.filter(state=S.SENDING, lease_until__lt=now)
        stuck.update(state=S.APPROVED)  # the process that sent it is gone, so it was not sent
        refund = Refund.objects.filter(state=S.APPROVED, send_after__lte=now).order_by("send_after").first()
        if refund is None:
            time.sleep(0.05)
            continue
        mine = Refund.objects.filter(pk=refund.pk, state=S.APPROVED)
        if mine.update(state=S.SENDING, lease_until=now + LEASE):
            _send(refund)


def _send(refund: Refund) -> None:
    try:
        outcome = till.payout().send(refund.request, key=uuid4().hex)
    except Refused:
        facts = {"state": S.FAILED}
    except PayoutError:
        facts = {"state": S.APPROVED, "send_after": timezone.now()}  # it failed, so it may be sent again
    else:
        facts = {"state": S.SUCCEEDED, "provider_id": outcome.provider_id}
    Refund.objects.filter(pk=refund.pk, state=S.SENDING).update(**facts)
