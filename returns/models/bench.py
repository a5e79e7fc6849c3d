"""What happens at the bench: receipts, gradings, deductions, pictures, and what nobody announced."""

import secrets
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils import timezone

from customers.models import Shop
from orders.models import OrderLine, Variant
from returns.kinds import Disposition, Grade
from returns.models.boxes import ReturnParcel
from returns.models.cases import Return, ReturnLine


def photo_name(photo: "Photo", _filename: str) -> str:
    """A name nobody can guess; theirs is forgotten."""
    return f"photos/{secrets.token_urlsafe(24)}.webp"


class Receipt(models.Model):
    """Units of one line that came in. `key` comes from the scanner: sent twice, counted once."""

    key = models.UUIDField(unique=True, default=uuid4)
    line = models.ForeignKey(ReturnLine, models.CASCADE, related_name="receipts")
    parcel = models.ForeignKey(ReturnParcel, models.SET_NULL, null=True, related_name="receipts")
    units = models.PositiveIntegerField()
    by = models.CharField(max_length=80)
    at = models.DateTimeField(default=timezone.now, help_text="when it was scanned; a lost connection sends it later")
    reversed_at = models.DateTimeField(null=True)
    reversed_by = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(units__gte=1), name="receipt_has_units")]


class Grading(models.Model):
    """What some units of one line were like, and where they went."""

    key = models.UUIDField(unique=True, default=uuid4)
    line = models.ForeignKey(ReturnLine, models.CASCADE, related_name="gradings")
    units = models.PositiveIntegerField()
    grade = models.CharField(max_length=1, choices=Grade.choices)
    disposition = models.CharField(max_length=10, choices=Disposition.choices)
    words = models.TextField(blank=True)
    by = models.CharField(max_length=80)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(units__gte=1), name="grading_has_units")]


class Deduction(models.Model):
    """We offer less than was paid for some units, `percent` of 100 less (100: nothing). The customer sees the pictures
    first, and may take it, have the goods back, or not agree: then a second person decides."""

    class State(models.TextChoices):
        PROPOSED = "proposed"
        CONTESTED = "contested"
        ACCEPTED = "accepted"  # by her, or by nobody contesting it in time
        UPHELD = "upheld"  # a second person agrees
        DROPPED = "dropped"  # she gets everything
        SEND_BACK = "send_back"  # she wants the goods instead

    OPEN = [State.PROPOSED, State.CONTESTED]
    HOLDS = [State.ACCEPTED, State.UPHELD]

    line = models.ForeignKey(ReturnLine, models.CASCADE, related_name="deductions")
    units = models.PositiveIntegerField()
    percent = models.PositiveSmallIntegerField()
    words = models.TextField(help_text="why, as the customer reads it")
    rule = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.CharField(max_length=80)
    proposed_at = models.DateTimeField(default=timezone.now)
    answer_by = models.DateField(help_text="until then she may contest it")
    contested_at = models.DateTimeField(null=True)
    her_words = models.TextField(blank=True)
    resolved_by = models.CharField(max_length=80, blank=True)
    resolved_at = models.DateTimeField(null=True)
    resolution = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(units__gte=1), name="deduction_has_units"),
            models.CheckConstraint(condition=Q(percent__gte=1, percent__lte=100), name="deduction_is_a_part"),
            models.UniqueConstraint(
                fields=["line"], condition=Q(state__in=["proposed", "contested"]), name="deduction_one_open_a_line"
            ),
        ]
        indexes = [models.Index(fields=["answer_by"], condition=Q(state="proposed"), name="deduction_due")]


class Unexpected(models.Model):
    """What came and was not announced: a surplus piece in a known box, or a whole parcel without a case."""

    key = models.UUIDField(unique=True, default=uuid4)
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="+")
    ret = models.ForeignKey(Return, models.SET_NULL, null=True, related_name="unexpected")
    tracking_number = models.CharField(max_length=64, blank=True)
    what = models.TextField(help_text="what it is, in words")
    variant = models.ForeignKey(Variant, models.SET_NULL, null=True, related_name="+")
    order_line = models.ForeignKey(OrderLine, models.SET_NULL, null=True, related_name="+")
    units = models.PositiveIntegerField(default=1)
    found_by = models.CharField(max_length=80)
    found_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=80, blank=True)
    resolution = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["shop"], condition=Q(resolved_at=None), name="unexpected_open")]


class Photo(models.Model):
    """A picture, made anew from the pixels, so that place, time and tricks stay behind.

    The customer's own show what is wrong; those of the bench stand beside a grading or a deduction.
    """

    line = models.ForeignKey(ReturnLine, models.CASCADE, null=True, related_name="photos")
    unexpected = models.ForeignKey(Unexpected, models.CASCADE, null=True, related_name="photos")
    bench = models.BooleanField(default=False, help_text="taken by us, not by the customer")
    file = models.FileField(upload_to=photo_name)
    added_at = models.DateTimeField(default=timezone.now)
    key = models.UUIDField(unique=True, null=True, help_text="from the scanner: sent twice, kept once")
