"""What the faces need to remember: who may enter, who tries too often, and that the worker is alive."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from customers.models import Customer, Shop
from orders.models import Order


class AccessToken(models.Model):
    """A way in. Only the SHA-256 of its secret is kept.

    letter: opens one order for 30 days, many times. code: eight digits, ten minutes, five tries, once, and only in the
    browser that asked for it. sign_in: a link that opens one order, or all of a customer's, ten minutes, once, by a
    button; its `uuid` is the letter's. staff: signs one account in, ten minutes, once.
    """

    class Kind(models.TextChoices):
        LETTER = "letter"
        CODE = "code"
        SIGN_IN = "sign_in"
        STAFF = "staff"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    digest = models.CharField(max_length=64, blank=True, db_index=True)
    order = models.ForeignKey(Order, models.CASCADE, null=True, related_name="access_tokens")
    customer = models.ForeignKey(Customer, models.CASCADE, null=True, related_name="+", help_text="all orders of hers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    path = models.CharField(max_length=200, blank=True)
    browser = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)


class Ask(models.Model):
    """Somebody asks for a letter with a way in: by an email address, or by a link that has ended.

    Kept in the same way whether or not we know her. The worker looks, writes and forgets it: neither the answer nor
    the time it takes tells anybody who is a customer.
    """

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+")
    email = models.CharField(max_length=254, blank=True)
    digest = models.CharField(max_length=64, blank=True, help_text="of the link")
    language = models.CharField(max_length=8)
    at = models.DateTimeField(default=timezone.now)


class RateBucket(models.Model):
    """How often one thing failed within one stretch of time. The key is a keyed digest, never an address or a name."""

    key = models.CharField(max_length=120, unique=True)
    count = models.PositiveIntegerField(default=0)
    ends_at = models.DateTimeField(db_index=True)


class Heartbeat(models.Model):
    """One row a lane of the background work: when it last came round, and what went wrong last."""

    lane = models.CharField(max_length=20, unique=True)
    at = models.DateTimeField(default=timezone.now)
    error = models.CharField(max_length=300, blank=True)
