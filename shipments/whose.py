"""Whose parcel is it? The shop's word wins; what nobody said the number tells, and anyone may put it right."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils import timezone

from carriers import CARRIERS, Check, adapter_class, can_track, detect, open_carrier
from customers.timeline import history, record
from shipments.models import CarrierAccount, Shipment

MOST_TRIES = 5
NOBODY = "paper"  # a carrier we cannot ask: the number and a person are all there is


def whose(number: str, said: str, accounts: Collection[str]) -> tuple[str, str]:
    """The carrier of a parcel, and who says so (Shipment.CarrierFrom).

    `said` is the shop's word, "" for none; a short word such as "dhl" is made exact by the number. `accounts` are the
    carriers the shop has an account with, in its order: they come before others that the number would fit as well.
    """
    From = Shipment.CarrierFrom
    likeliest = candidates(number, accounts)
    if said in CARRIERS:
        return said, From.SHOP
    if said:
        exact = [slug for slug in likeliest if slug.startswith(f"{said}_") and slug in CARRIERS]
        return (exact or [said])[0], From.SHOP
    return (*likeliest, NOBODY)[0], From.DETECTED


def candidates(number: str, accounts: Collection[str]) -> list[str]:
    """The carriers it may be, the likeliest first.

    Those that fit and that we can ask; then whose check digit holds; then any we can ask; then a mere likeness.
    """
    found = detect(number)
    fitting = [each.carrier for each in found]
    certain = [each.carrier for each in found if each.check == Check.OK]
    ours = [slug for slug in fitting if slug in accounts]
    return list(dict.fromkeys([*ours, *certain, *accounts, *fitting]))


def choices(shipment: Shipment) -> list[str]:
    """What a person may choose from, likeliest first, the present one left out."""
    likeliest = candidates(shipment.tracking_number, accounts_of(shipment.shop_id))
    return [slug for slug in likeliest if slug != shipment.carrier]


def may_be_another(shipment: Shipment) -> bool:
    """Whether the customer may say so: when we have only guessed, or when this carrier knows nothing of the parcel.

    Not of one that has come: her time to send it back runs from that day, and only staff may take it away.
    """
    if shipment.delivered_at:
        return False
    guessed = shipment.carrier_from == Shipment.CarrierFrom.DETECTED
    return guessed or bool(shipment.looked_at and not shipment.last_scan_at)


def tracking_page(shipment: Shipment) -> str:
    """The carrier's own page about this parcel, "" when it has none."""
    if shipment.carrier not in CARRIERS:
        return ""
    adapter = adapter_class(shipment.carrier)
    account: dict = {}
    if "tracking_url" in {*adapter.needs, *adapter.takes}:  # the shop writes down the address itself
        row = CarrierAccount.objects.filter(shop=shipment.shop_id, carrier=shipment.carrier).first()
        account = row.account if row else {}
    return open_carrier(shipment.carrier, account).tracking_url(shipment.tracking_number)


def accounts_of(shop_id: int) -> list[str]:
    return list(CarrierAccount.objects.filter(shop=shop_id).order_by("pk").values_list("carrier", flat=True))


@transaction.atomic
def correct_carrier(shipment: Shipment, carrier: str, *, by: Any, source: str) -> bool:
    """Say that it is another carrier's parcel: what the wrong one told is forgotten, the right one is asked now.

    `source` is a Shipment.CarrierFrom. Writes `parcel.corrected`. Returns False for a carrier that is not among the
    choices, when the order has this parcel already, and for a customer who may not, or has tried often enough.
    """
    row = Shipment.objects.select_for_update(of=("self",)).select_related("shop", "order__customer").get(pk=shipment.pk)
    twins = Shipment.objects.filter(order=row.order_id, carrier=carrier, tracking_number=row.tracking_number)
    if carrier not in choices(row) or twins.exists():
        return False
    if source == Shipment.CarrierFrom.CUSTOMER and not (may_be_another(row) and _tries(row) < MOST_TRIES):
        return False
    facts = {"tracking_number": row.tracking_number, "before": row.carrier, "after": carrier}
    row.events.all().delete()
    fresh = Shipment()
    for name in FORGOTTEN:
        setattr(row, name, getattr(fresh, name))
    row.carrier, row.carrier_from = carrier, source
    row.next_look = timezone.now() if can_track(carrier) else None
    row.save()
    record(row.order.customer, "parcel.corrected", by=by, order_number=row.order.number, **facts)
    return True


def _tries(shipment: Shipment) -> int:
    """How often the customer has put a carrier right in this order: each time, one is asked at once."""
    lines = history(shipment.order.customer, shipment.order.number)
    return lines.filter(verb="parcel.corrected", by="customer").count()


# What the wrong carrier said.
FORGOTTEN = [
    "status",
    "sub_status",
    "service",
    "expected_on",
    "likely_from",
    "likely_until",
    "silent_after",
    "handed_at",
    "last_scan_at",
    "delivered_at",
    "longest_gap",
    "late_since",
    "silent_since",
    "looking_until",
    "looked_at",
    "failed_looks",
    "look_error",
    "reply_digest",
    "knocked_at",
    "subscribed_until",
]
