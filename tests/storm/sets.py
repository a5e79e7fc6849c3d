"""What is to be paid: small sets of approved refunds in which a second payment would not be refused by anybody.

The pattern is made by the real verbs; every further set is a copy of its rows under names of its own, because a storm
needs thousands.
"""

from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from orders.models import Order, OrderLine, Payment
from returns import money
from returns.models import Refund, Return, ReturnLine
from tests import make

ROOM = 4  # units bought for each one that comes back: what is left would cover many a double


def make_pattern() -> list[Order]:
    """One order paid by two cards, so that its sum has two shares; one with two equal partial sums on one payment."""
    shop = make.make_shop()
    shared = make.make_order(shop, lines=[(ROOM, ROOM * 3333)], paid=9000)
    Payment.objects.create(
        order=shared,
        provider="stripe",
        reference=f"{shared.payments.get().reference}_2",
        currency=shared.currency,
        captured=ROOM * 3333 - 9000,
    )
    equal = make.make_order(shop, lines=[(ROOM, ROOM * 1999)])
    for order in (shared, equal, equal):
        ret = make.make_return(order, state="settling")
        Payment.objects.filter(order=order).update(checked_at=timezone.now())
        for refund in money.propose(ret):
            money.approve_refund(refund, by="rules")
    Refund.objects.update(send_after=datetime(9999, 1, 1, tzinfo=timezone.get_current_timezone()))
    return [shared, equal]


def as_approved(pattern: list[Order]) -> tuple[list[dict], list[Refund]]:
    """A copy of the pattern: the payments to be made at the provider, and refunds which are due once they are.

    `release()` lets them go.
    """
    with transaction.atomic():
        copies = [copy_order(order) for order in pattern]
    payments = [payment for paid, _ in copies for payment in paid]
    told = [{"id": row.reference, "amount": row.captured, "currency": row.currency.lower()} for row in payments]
    return told, [refund for _, refunds in copies for refund in refunds]


def release(refunds: list[Refund]) -> None:
    Refund.objects.filter(pk__in=[row.pk for row in refunds]).update(send_after=timezone.now())


def copy_order(pattern: Order) -> tuple[list[Payment], list[Refund]]:
    """An order like this one with all that is to be paid back of it, under names of its own."""
    name = uuid4().hex[:12]
    (order,) = _copies([pattern], number=f"S-{name}", number_key=f"s{name}", digest=uuid4().hex * 2)
    lines = _renamed(OrderLine.objects.filter(order=pattern), order=order)
    payments = _renamed(Payment.objects.filter(order=pattern), order=order)
    for row in payments.values():
        row.reference = f"pi_{uuid4().hex}"
    returns = _renamed(Return.objects.filter(order=pattern), order=order)
    for row in returns.values():
        row.number = f"R-{uuid4().hex[:10].upper()}"
    for rows in (lines, payments, returns):
        _create(rows.values())
    back = _renamed(ReturnLine.objects.filter(ret__order=pattern))
    for row in back.values():
        row.ret, row.order_line = returns[row.ret_id], lines[row.order_line_id]
    _create(back.values())
    refunds = _renamed(Refund.objects.filter(ret__order=pattern))
    proposals = {row.proposal: uuid4() for row in refunds.values()}
    for row in refunds.values():
        row.uuid, row.proposal = uuid4(), proposals[row.proposal]
        row.ret, row.payment = returns[row.ret_id], payments[row.payment_id]
        units = {str(back[int(line)].pk): count for line, count in row.snapshot["units"].items()}
        row.snapshot = {**row.snapshot, "units": units}
        if row.request:  # frozen with the approval
            names = {"refund_uuid": str(row.uuid), "return": row.ret.number, "order": order.number}
            metadata = {**row.request["metadata"], **names}
            row.request = {**row.request, "payment": row.payment.reference, "metadata": metadata}
    _create(refunds.values())
    return list(payments.values()), list(refunds.values())


def _copies(rows, **changes) -> list:
    copied = [_copy(row, **changes) for row in rows]
    _create(copied)
    return copied


def _renamed(rows, **changes) -> dict:
    """By the primary key of what each is a copy of."""
    return {row.pk: _copy(row, **changes) for row in rows}


def _copy(row: Model, **changes) -> Model:
    kept = {each.attname: getattr(row, each.attname) for each in row._meta.concrete_fields if not each.primary_key}
    for name in changes:
        kept.pop(type(row)._meta.get_field(name).attname)
    return type(row)(**kept, **changes)


def _create(rows) -> None:
    rows = list(rows)
    type(rows[0])._default_manager.bulk_create(rows)
