"""A parcel in each of the 14 states that a customer reads, brought there by what the carrier says."""

import re
from datetime import timedelta

from django.utils import timezone

from shipments.models import Shipment
from tests import make

NOW = timedelta()
# state: (status, sub-status, how long ago)
TOLD = {
    "packing": None,
    "handed": ("accepted", "", NOW),
    "on_way": ("in_transit", "", NOW),
    "customs": ("in_transit", "customs_hold", NOW),
    "today": ("out_for_delivery", "", NOW),
    "missed": ("attempted", "", NOW),
    "collect": ("available_for_pickup", "", NOW),
    "delivered": ("delivered", "", timedelta(days=2)),
    "late": ("in_transit", "", NOW),
    "silent": ("in_transit", "", timedelta(days=5)),
    "damaged": ("exception", "damaged", NOW),
    "lost": ("exception", "lost", NOW),
    "going_back": ("returning", "", NOW),
    "cancelled": ("cancelled", "", NOW),
}
STATES = list(TOLD)


def parcel_in(order, state: str, **facts) -> Shipment:
    if state == "late":
        facts = {"promised_on": order.shop.today() - timedelta(days=1), **facts}
    parcel = make.make_shipment(order, **facts)
    if TOLD[state] is None:
        return parcel
    status, sub_status, ago = TOLD[state]
    return make.scan(parcel, status, at=timezone.now() - ago - timedelta(minutes=1), sub_status=sub_status)


def order_in(shop, state: str, **facts):
    """An order of one shirt whose only parcel is in this state. There are five more shirts."""
    order = make.make_order(shop, delivered=None, **facts)
    for line in order.lines.all():
        line.variant = make.make_variant(shop, line.sku)
        line.save()
    parcel_in(order, state)
    return order


def text(answer) -> str:
    """What a page says: its main part, without tags."""
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0].partition(">")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def links(answer) -> list[str]:
    return re.findall(r'(?:href|action)="(/[^"]*)"', answer.content.decode().partition("<main")[2])
