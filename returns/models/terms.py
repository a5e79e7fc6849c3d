"""A shop's policy as data."""

from django.db import models
from django.utils import timezone

from customers.models import Shop


class Terms(models.Model):
    """A shop's policy as data. The version in force when the order was placed applies to it."""

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="terms")
    version = models.PositiveIntegerField()
    starts_at = models.DateTimeField(default=timezone.now)
    numbers = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "version"], name="terms_once_a_version")]
