"""The statement of withdrawal: what was said, word for word, and when it reached us."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils import timezone

from customers.models import Shop
from customers.numbers import new_number
from orders.models import Order
from returns.models.cases import Return


def withdrawal_number() -> str:
    return new_number("W")


class Withdrawal(models.Model):
    """A consumer's statement, kept before anything else happens. Its words never change; `order` and `ret` are joined
    when we know which contract she means."""

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="withdrawals")
    number = models.CharField(max_length=16, unique=True, default=withdrawal_number)
    form_key = models.UUIDField(unique=True, default=uuid4, help_text="pressed twice, stated once")
    received_at = models.DateTimeField(default=timezone.now)
    language = models.CharField(max_length=8)
    name = models.CharField(max_length=200)
    contract = models.CharField(max_length=500, help_text="the order number, or what was bought and when, as typed")
    email = models.EmailField(help_text="where she wants the acknowledgement")
    items = models.TextField(blank=True, help_text="some items, as typed; empty: the whole order")
    units = models.JSONField(default=dict, help_text="{order line id: units} when she could pick them; empty: all")
    text = models.TextField(help_text="the whole statement as she confirmed it")
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="withdrawals")
    ret = models.ForeignKey(Return, models.PROTECT, null=True, related_name="withdrawals")
    by = models.CharField(max_length=80, default="customer")
    opened_at = models.DateTimeField(
        null=True, help_text="when its case was opened, or a person saw that there is none"
    )
    failed_opens = models.PositiveSmallIntegerField(default=0)
    closed_by = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["shop", "received_at"], condition=Q(opened_at=None), name="withdrawal_open")]

    def __str__(self) -> str:
        return self.number
