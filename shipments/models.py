"""Where is the parcel?"""

import secrets

from django.db import models
from django.db.models import Q
from django.utils import timezone

from carriers.base import Status
from customers.models import Shop
from orders.models import Order


def new_hook_token() -> str:
    return secrets.token_urlsafe(24)


class CarrierAccount(models.Model):
    """How this shop speaks with one carrier. A value "env:NAME" is read from the environment when it is used.

    The second half is what all workers must know of each other: how much was asked today (UTC), how much may be asked
    now (a token bucket), and until when nobody asks, because the carrier said so or does not answer.
    """

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="carrier_accounts")
    carrier = models.CharField(max_length=40)
    account = models.JSONField(default=dict)
    hook_token = models.CharField(max_length=40, unique=True, default=new_hook_token)

    calls_on = models.DateField(null=True)
    calls = models.PositiveIntegerField(default=0)
    tokens = models.FloatField(default=0)
    tokens_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0, help_text="calls that failed since the last good one")
    resting_until = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=300, blank=True, help_text="for staff: why it rests, or what went wrong last")
    checked_at = models.DateTimeField(null=True)
    found_wrong = models.JSONField(default=list, help_text="the sentences of the last check")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "carrier"], name="carrier_account_once_a_shop")]


class Shipment(models.Model):
    """One parcel on its way, to the customer or back to us.

    `promised_on` is the first date that was promised and never moves; `expected_on` is the carrier's latest word.
    """

    class Direction(models.TextChoices):
        OUTBOUND = "outbound"
        RETURN = "return"

    class CarrierFrom(models.TextChoices):
        """Who says that it is this carrier; `detected` may be corrected by anyone who holds the parcel's number."""

        SHOP = "shop"
        DETECTED = "detected"
        STAFF = "staff"
        CUSTOMER = "customer"

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="shipments")
    order = models.ForeignKey(Order, models.CASCADE, related_name="shipments")
    direction = models.CharField(max_length=10, choices=Direction.choices, default=Direction.OUTBOUND)
    replacement = models.BooleanField(default=False, help_text="sent instead of something; no part of what was ordered")
    carrier = models.CharField(max_length=40)
    carrier_from = models.CharField(max_length=10, choices=CarrierFrom.choices, default=CarrierFrom.SHOP)
    tracking_number = models.CharField(max_length=64)
    service = models.CharField(max_length=60, blank=True, help_text="the carrier's name of the service")
    status = models.CharField(max_length=24, default=Status.PRE_TRANSIT)
    sub_status = models.CharField(max_length=24, blank=True)
    shipped_on = models.DateField(null=True)
    promised_on = models.DateField(null=True)
    expected_on = models.DateField(null=True)
    likely_from = models.DateField(null=True, help_text="by then half of our parcels on this lane have come")
    likely_until = models.DateField(null=True, help_text="by then nine of ten have come")
    silent_after = models.PositiveSmallIntegerField(null=True, help_text="hours without a scan; from the lane")
    handed_at = models.DateTimeField(null=True, help_text="the first scan on the way")
    last_scan_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    longest_gap = models.PositiveSmallIntegerField(null=True, help_text="hours between two scans on the way")
    late_since = models.DateTimeField(null=True, help_text="when we found it late; the customer is told once")
    silent_since = models.DateTimeField(null=True, help_text="when we found it silent; the customer is told once")
    created_at = models.DateTimeField(default=timezone.now)
    next_look = models.DateTimeField(null=True, help_text="when to ask the carrier again; empty = never")
    looking_until = models.DateTimeField(null=True, help_text="a worker is asking until then")
    looked_at = models.DateTimeField(null=True)
    failed_looks = models.PositiveSmallIntegerField(default=0)
    look_error = models.CharField(max_length=200, blank=True)
    reply_digest = models.CharField(max_length=32, blank=True, help_text="of the carrier's last answer about it")
    knocked_at = models.DateTimeField(null=True, help_text="when the carrier last told us something by itself")
    subscribed_until = models.DateTimeField(null=True, help_text="the carrier has promised to knock until then")
    weight_g = models.PositiveIntegerField(null=True, help_text="as the carrier weighed it")
    arrived_postcode = models.CharField(
        max_length=20, blank=True, help_text="where the carrier says it was handed over"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["order", "carrier", "tracking_number"], name="shipment_once_an_order")
        ]
        indexes = [
            models.Index(fields=["shop", "carrier", "next_look"], condition=~Q(next_look=None), name="shipment_due"),
            models.Index(fields=["carrier", "tracking_number"], name="shipment_number"),
            models.Index(fields=["shop", "delivered_at"], name="shipment_delivered"),
        ]


class Lane(models.Model):
    """How long a carrier really takes to a country: learned anew every day from our own parcels.

    `service` "" and `weekday` -1 stand for any. Weekdays are those of the handing over, 0 is Monday.
    """

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="lanes")
    carrier = models.CharField(max_length=40)
    service = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=2)
    weekday = models.SmallIntegerField(default=-1)
    parcels = models.PositiveIntegerField()
    half_in = models.PositiveSmallIntegerField(help_text="days in which half of them came (P50)")
    most_in = models.PositiveSmallIntegerField(help_text="days in which nine of ten came (P90)")
    quiet_for = models.PositiveSmallIntegerField(help_text="hours: the longest gap of 95 in 100 was no longer (P95)")
    learned_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "carrier", "service", "country", "weekday"], name="lane_once_a_shop"
            )
        ]


class TrackingEvent(models.Model):
    """One scan: our word (`status`) beside the carrier's own (`code`, `text`), and all it sent (`raw`).

    One of each code and time: what was polled and what was pushed is the same scan. A carrier without codes has its
    word for one.
    """

    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    local_time = models.CharField(max_length=19, blank=True, help_text="the clock on the wall there")
    zone_from = models.CharField(max_length=10, default="offset", help_text="how we know the zone; ZoneFrom")
    status = models.CharField(max_length=24)
    sub_status = models.CharField(max_length=24, blank=True)
    code = models.CharField(max_length=100, blank=True)
    text = models.CharField(max_length=500)
    place = models.CharField(max_length=200, blank=True)
    raw = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["shipment", "at", "code"], name="scan_once_a_shipment")]


class CarrierKnock(models.Model):
    """What a carrier sent by itself, as it came: kept first, worked off later. The same body is the same knock."""

    account = models.ForeignKey(CarrierAccount, models.CASCADE, related_name="knocks")
    digest = models.CharField(max_length=64)
    body = models.BinaryField()
    proven = models.BooleanField(default=False, help_text="its signature held; otherwise it is a hint")
    received_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "digest"], name="carrier_knock_once")]
        indexes = [models.Index(fields=["received_at"], condition=Q(processed_at=None), name="carrier_knock_open")]
