"""The boxes on their way back, and the proof that they were sent."""

import secrets

from django.db import models
from django.db.models import Q
from django.utils import timezone

from returns.models.cases import Return
from shipments.models import Shipment


def label_name(_parcel: "ReturnParcel", filename: str) -> str:
    """A name nobody can guess; of the given one only the ending stays."""
    return f"labels/{secrets.token_urlsafe(24)}.{filename.rpartition('.')[2]}"


class ReturnParcel(models.Model):
    """One box on its way back. It is paid for and labelled once; `shipment` is where the carrier's scans arrive."""

    class State(models.TextChoices):
        PLANNED = "planned"
        LABEL_CREATED = "label_created"
        HANDED_OVER = "handed_over"
        DELIVERED = "delivered"
        OPENED = "opened"
        LOST = "lost"
        LABEL_VOID = "label_void"

    DONE = [State.DELIVERED, State.OPENED, State.LOST, State.LABEL_VOID]

    ret = models.ForeignKey(Return, models.CASCADE, related_name="parcels")
    position = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=20, choices=State.choices, default=State.PLANNED)
    carrier = models.CharField(max_length=40)
    shipment = models.OneToOneField(Shipment, models.PROTECT, null=True, related_name="return_parcel")
    own = models.BooleanField(default=False, help_text="sent with a carrier of the customer's choice")
    routing = models.CharField(max_length=120, blank=True, help_text="what the carrier's bar code holds")
    code = models.CharField(max_length=300, blank=True, help_text="what the code that needs no printer holds")
    file = models.FileField(upload_to=label_name, blank=True, help_text="the label as the carrier drew it")
    file_type = models.CharField(max_length=40, blank=True)
    code_image = models.FileField(upload_to=label_name, blank=True, help_text="that code as the carrier drew it, PNG")
    asking_until = models.DateTimeField(null=True, help_text="a worker is buying the label until then")
    ask_again = models.DateTimeField(null=True, default=timezone.now, help_text="empty: a person decides")
    failed_asks = models.PositiveSmallIntegerField(default=0)
    ask_error = models.CharField(max_length=200, blank=True)
    void_at = models.DateTimeField(null=True, help_text="when to ask the carrier to take the unused label back")
    failed_voids = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["ret", "position"], name="return_parcel_once")]
        indexes = [
            models.Index(fields=["state"], condition=~Q(state="delivered"), name="return_parcel_open"),
            models.Index(fields=["void_at"], condition=~Q(void_at=None), name="return_parcel_void"),
        ]

    @property
    def needs_a_hand(self) -> bool:
        """No label, and nobody asks for one by itself: the carrier offers none, or may have made it unheard."""
        idle = self.asking_until is None or self.asking_until < timezone.now()
        return self.state == self.State.PLANNED and self.ask_again is None and idle


def proof_name(_proof: "Proof", filename: str) -> str:
    return f"proofs/{secrets.token_urlsafe(24)}.{filename.rpartition('.')[2]}"


class Proof(models.Model):
    """What the customer shows to prove that she sent it: a receipt, or a number. The legal clock starts with it."""

    ret = models.ForeignKey(Return, models.CASCADE, related_name="proofs")
    file = models.FileField(upload_to=proof_name, blank=True)
    carrier = models.CharField(max_length=40, blank=True)
    tracking_number = models.CharField(max_length=64, blank=True)
    submitted_at = models.DateTimeField(default=timezone.now)
    submitted_by = models.CharField(max_length=80, default="customer")
    queried_at = models.DateTimeField(null=True, help_text="a person found that it proves nothing")
    queried_by = models.CharField(max_length=80, blank=True)
    query = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
