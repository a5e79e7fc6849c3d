"""A backup is put back after refunds have left: the database does not know of them, and nothing may leave twice.

script/long takes RESTORE_DRILLS=200.
"""

import os
import random

import pytest
from django.db import connection, transaction
from django.utils import timezone

from orders.models import Payment
from portal.background import lanes
from returns import money, reconcile, sending, till
from returns.models import Refund
from tests import make
from tests.conftest import guards

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]

DRILLS = int(os.environ.get("RESTORE_DRILLS", "5"))
S = Refund.State


class Backup:
    """A copy of every table, inside the same database: the same on SQLite and PostgreSQL."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            named = [name for name in connection.introspection.table_names(cursor) if name != "django_migrations"]
            self.tables = [name for name in named if not name.startswith("backup_of_")]
            for name in self.tables:
                cursor.execute(f"create table backup_of_{name} as select * from {name}")

    def put_back(self) -> None:
        """A backup comes with tables of its own; here the audit's guards have to look away."""
        guards.unguard(connection)
        with transaction.atomic(), connection.cursor() as cursor:
            for name in self.tables:
                cursor.execute(f"delete from {name}")
                cursor.execute(f"insert into {name} select * from backup_of_{name}")
        guards.guard(connection)

    def forget(self) -> None:
        with connection.cursor() as cursor:
            for name in self.tables:
                cursor.execute(f"drop table backup_of_{name}")


UNIT = 1999


def owe_some(shop, box, dice: random.Random) -> None:
    """Partial sums, so that the provider would not refuse a second one."""
    order = make.make_order(shop, lines=[(6, 6 * UNIT)])
    till.look_at_payment(make.make_payment_outside(box, order))
    for _ in range(dice.randint(1, 2)):
        make.make_return(order, state="settling")


def approve_all() -> None:
    """Whatever is proposed, at once: the rules do so, and people trust what they see."""
    money.prepare_refunds()
    for refund in Refund.objects.filter(state=S.PROPOSED):
        money.approve_refund(refund, by="rules")


def worker_starts() -> None:
    """A new process: it has no memory of its own."""
    till.memory.sent = -1


def work(rounds: int = 6) -> None:
    """The money lane's own sweeps, in their order."""
    for _ in range(rounds):
        for sweep in lanes()["money"]:
            sweep.run()
        Refund.objects.filter(state=S.SENDING).update(lease_until=timezone.now())


def gone(box) -> dict[str, int]:
    """By payment, what has left."""
    return {payment["id"]: payment["refunded"] for payment in box.get("/_sandbox/books")["payments"]}


def drill(shop, box, seed: int, *, new_worker: bool) -> tuple[int, int]:
    """Refunds leave, the backup is put back, a worker goes on. How many payments have given more than is owed, and how
    many less."""
    dice = random.Random(seed)
    worker_starts()
    owe_some(shop, box, dice)
    approve_all()
    work()  # these have left, and the backup knows it
    owe_some(shop, box, dice)
    approve_all()  # these leave after it
    if dice.random() < 0.5:
        sending._claim(Refund.objects.filter(state=S.APPROVED)[0])  # between its claim and its answer
    owe_some(shop, box, dice)  # of these it knows no refund at all
    backup = Backup()
    try:
        box.post("/_sandbox/refunds", {"status": dice.choice(["succeeded", "pending"])})
        Refund.objects.filter(state=S.SENDING).update(lease_until=timezone.now())
        approve_all()
        work()
        backup.put_back()
    finally:
        backup.forget()
    if new_worker:
        worker_starts()
    if dice.random() < 0.5:
        box.post("/_sandbox/faults", {"where": "stripe", "what": "drop_before", "method": "GET"})
    if dice.random() < 0.5:
        approve_all()  # somebody is faster than the worker
    work()
    approve_all()
    work()
    left = gone(box)
    owed = {row.reference: UNIT * row.order.returns.count() for row in Payment.objects.select_related("order")}
    return sum(left[name] > sum_ for name, sum_ in owed.items()), sum(left[name] < sum_ for name, sum_ in owed.items())


@pytest.mark.parametrize("seed", range(DRILLS))
def test_after_a_backup_is_put_back_nothing_leaves_twice(shop, box, seed):
    assert drill(shop, box, seed, new_worker=seed % 2 == 0) == (0, 0)


def test_without_comparing_the_books_the_drill_finds_refunds_that_left_twice(shop, box, monkeypatch):
    monkeypatch.setattr(till, "may_send", lambda: True)
    monkeypatch.setattr(reconcile, "compare_when_needed", lambda: 0)

    more, _less = drill(shop, box, 1, new_worker=True)

    assert more > 0
