"""Who must be told?"""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from customers.models import Customer, Entry, Shop


class Letter(models.Model):
    """One message to one address. It keeps its text, its tries and its last error.

    No link or code stands in the stored text: `[[link]]` and `[[code]]` are filled in when it is sent, so that a look
    into the database opens no order. A retry carries the same Message-ID and the same link.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="letters")
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, related_name="letters", help_text="empty: to whoever typed the address"
    )
    entry = models.OneToOneField(Entry, models.PROTECT, null=True, related_name="letter")
    kind = models.CharField(max_length=40)
    order_number = models.CharField(max_length=64, blank=True)
    number = models.CharField(max_length=16, blank=True)
    language = models.CharField(max_length=8)
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(default=timezone.now)
    send_after = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["send_after"], condition=Q(state__in=["waiting", "sending"]), name="letter_due"),
            models.Index(fields=["customer", "order_number"], name="letter_of_order"),
            models.Index(fields=["send_after"], condition=Q(kind="withdrawal.received"), name="letter_typed"),
        ]
