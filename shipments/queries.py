"""Which parcels?"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet

from carriers.base import Status
from customers.models import Entry, Shop
from customers.timeline import history
from orders.models import Order
from shipments.models import Shipment
from shipments.promise import MOVING
from shipments.schedule import LEASE


def due_for_a_look(now: datetime) -> QuerySet[Shipment]:
    """Parcels whose carrier should be asked now and that no other worker is asking about, longest due first.

    A lease that ends later than any lease can was given by a clock that went wrong.
    """
    idle = Q(looking_until=None) | Q(looking_until__lt=now) | Q(looking_until__gt=now + 2 * LEASE)
    return Shipment.objects.filter(idle, next_look__lte=now).order_by("next_look")


def perhaps_late(now: datetime) -> QuerySet[Shipment]:
    """Parcels under way to a customer of which nobody has been told that they are late.

    Only those whose carrier answered our last question: of a parcel never asked about, or not since the carrier fell
    silent, we do not know that it is late. It may lie on her table.
    """
    # Which day it is there, and what the carrier says of a later one, is_late knows.
    somewhere_past = Q(promised_on=None) | Q(promised_on__lte=now.date()) | Q(expected_on__gt=F("promised_on"))
    return Shipment.objects.filter(
        somewhere_past,
        direction=Shipment.Direction.OUTBOUND,
        late_since=None,
        looked_at__isnull=False,
        failed_looks=0,
        status__in=[*MOVING, Status.PRE_TRANSIT],
    ).select_related("shop", "order__customer")


def perhaps_silent(now: datetime) -> QuerySet[Shipment]:
    """Parcels under way to a customer that were not scanned for a day, of which nobody has been told."""
    return Shipment.objects.filter(
        direction=Shipment.Direction.OUTBOUND,
        silent_since=None,
        failed_looks=0,
        status__in=MOVING,
        last_scan_at__lt=now - timedelta(days=1),
    ).select_related("shop", "order__customer")


def parcels_of(order: Order) -> QuerySet[Shipment]:
    return Shipment.objects.filter(order=order, direction=Shipment.Direction.OUTBOUND).prefetch_related("events")


def parcel_at(order: Order, position: int) -> Shipment | None:
    """The first, second, ... parcel of an order as its page counts them."""
    rows = list(
        Shipment.objects.filter(order=order, direction=Shipment.Direction.OUTBOUND).select_related(
            "shop", "order__customer"
        )
    )
    return rows[position - 1] if 1 <= position <= len(rows) else None


# What she has told us of a parcel, or chosen for it.
HER_WORD = ["parcel.not_here", "parcel.given_up", "parcel.delivery_changed"]


def told_by_her(order: Order) -> QuerySet[Entry]:
    """Her words about the parcels of this order, oldest first; each names its `tracking_number`."""
    return history(order.customer, order.number).filter(verb__in=HER_WORD)


def is_missed(shipment: Shipment) -> bool:
    """The carrier says it has come, and she has said that she does not have it."""
    lines = told_by_her(shipment.order).filter(verb="parcel.not_here").values_list("facts", flat=True)
    return any(facts["tracking_number"] == shipment.tracking_number for facts in lines)


def parcels_numbered(shop: Shop, numbers: Iterable[str]) -> QuerySet[Shipment]:
    """Parcels to customers under one of these tracking numbers."""
    found = Shipment.objects.filter(shop=shop, direction=Shipment.Direction.OUTBOUND, tracking_number__in=list(numbers))
    return found.select_related("order__customer")


def followed_parcels(shop: Shop) -> dict[str, int]:
    """How many parcels are still looked after, by carrier."""
    rows = Shipment.objects.filter(shop=shop, next_look__isnull=False).order_by()
    return dict(rows.values_list("carrier").annotate(Count("pk")).order_by("carrier"))
