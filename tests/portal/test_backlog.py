"""Many other things wait to be done: money leaves all the same. script/long takes BACKLOG=15000 and prints how soon."""

import os
import statistics
import threading
import time

import pytest

from notices.models import Letter
from orders.models import Payment
from portal import background
from returns import money, till
from returns.models import ProviderEvent, Refund
from shipments.models import CarrierAccount, CarrierKnock
from tests import make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]

BACKLOG = int(os.environ.get("BACKLOG", "300"))
REFUNDS = 5 if BACKLOG < 1000 else 40


def pile_up(shop) -> None:
    """A third each: letters, news of the payment service, news of a carrier."""
    each = BACKLOG // 3
    account = CarrierAccount.objects.get(shop=shop)
    Letter.objects.bulk_create(
        [
            Letter(
                shop=shop, kind="return.created", language="en", to="ada@example.com", subject="s", text="t", html=""
            )
            for _ in range(each)
        ]
    )
    ProviderEvent.objects.bulk_create(
        [ProviderEvent(event_id=f"evt_{n}", type="refund.updated", refund_id=f"re_{n}") for n in range(each)]
    )
    CarrierKnock.objects.bulk_create(
        [CarrierKnock(account=account, digest=f"{n:064d}", body=b"{}") for n in range(each)]
    )


def still_wait() -> int:
    return (
        Letter.objects.filter(state=Letter.State.WAITING).count()
        + ProviderEvent.objects.filter(processed_at=None).count()
    )


def approved(shop, box) -> Refund:
    order = make.make_order(shop)
    till.look_at_payment(make.make_payment_outside(box, order))
    (refund,) = money.propose(make.make_return(order, state="settling"))
    return money.approve_refund(refund, by="rules")


def test_one_round_of_the_money_lane_sends_before_it_reads_the_pile(shop, box):
    pile_up(shop)
    refund = approved(shop, box)

    for sweep in background.lanes()["money"]:
        sweep.run()

    assert make.fresh(refund).state == Refund.State.SUCCEEDED
    assert ProviderEvent.objects.filter(processed_at=None).count() == BACKLOG // 3 - 50


def test_refunds_leave_while_the_pile_waits(shop, box):
    pile_up(shop)
    till.memory.sent = -1
    stop = threading.Event()
    worker = threading.Thread(target=background.work, args=[stop])
    waited, pile = [], []
    worker.start()
    try:
        for _ in range(REFUNDS):
            refund = approved(shop, box)
            begun = time.monotonic()
            while Payment.objects.filter(refunds=refund, refunds__state=Refund.State.SUCCEEDED).count() == 0:
                time.sleep(0.02)
            waited.append(time.monotonic() - begun)
            pile.append(still_wait())
    finally:
        stop.set()
        worker.join()

    p95 = statistics.quantiles(waited, n=20)[-1]
    print(f"{BACKLOG} others to do: a refund leaves after {p95:.2f} s (p95 of {REFUNDS}); {pile[-1]} still wait then")
    assert set(Refund.objects.values_list("state", flat=True)) == {Refund.State.SUCCEEDED}
