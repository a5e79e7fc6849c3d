"""Where is the parcel?"""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from carriers.base import Status
from customers.models import Shop
from orders.models import Order


class CarrierAccount(models.Model):
    """How this shop speaks with one carrier. A value "env:NAME" is read from the environment when it is used."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="carrier_accounts")
    carrier = models.CharField(max_length=40)
    account = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "carrier"], name="carrier_account_once_a_shop")]


class Shipment(models.Model):
    """One parcel on its way, to the customer or back to us.

    `promised_on` is the first date that was promised and never moves; `expected_on` is the carrier's latest word.
    """

    class Direction(models.TextChoices):
        OUTBOUND = "outbound"
        RETURN = "return"

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="shipments")
    order = models.ForeignKey(Order, models.CASCADE, related_name="shipments")
    direction = models.CharField(max_length=10, choices=Direction.choices, default=Direction.OUTBOUND)
    carrier = models.CharField(max_length=40)
    tracking_number = models.CharField(max_length=64)
    status = models.CharField(max_length=24, default=Status.PRE_TRANSIT)
    sub_status = models.CharField(max_length=24, blank=True)
    shipped_on = models.DateField(null=True)
    promised_on = models.DateField(null=True)
    expected_on = models.DateField(null=True)
    last_scan_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    late_since = models.DateTimeField(null=True, help_text="when we found it late; the customer is told once")
    created_at = models.DateTimeField(default=timezone.now)
    next_look = models.DateTimeField(null=True, help_text="when to ask the carrier again; empty = never")
    looking_until = models.DateTimeField(null=True, help_text="a worker is asking until then")
    looked_at = models.DateTimeField(null=True)
    failed_looks = models.PositiveSmallIntegerField(default=0)
    look_error = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["order", "carrier", "tracking_number"], name="shipment_once_an_order")
        ]
        indexes = [
            models.Index(fields=["next_look"], condition=~Q(next_look=None), name="shipment_due"),
            models.Index(fields=["carrier", "tracking_number"], name="shipment_number"),
        ]


class TrackingEvent(models.Model):
    """One scan: our word (`status`) beside the carrier's own (`code`, `text`), and all it sent (`raw`)."""

    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    status = models.CharField(max_length=24)
    sub_status = models.CharField(max_length=24, blank=True)
    code = models.CharField(max_length=40, blank=True)
    text = models.CharField(max_length=500)
    place = models.CharField(max_length=200, blank=True)
    raw = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["shipment", "at", "code", "text"], name="scan_once_a_shipment")]
