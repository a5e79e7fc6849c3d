"""Who is it, and what have we been through together?"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone


class Shop(models.Model):
    """An online shop. Everything else belongs to one; its zone, language and currency are the default of all."""

    class Corners(models.TextChoices):
        SQUARE = "square"
        SOFT = "soft"
        ROUND = "round"

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    domain = models.CharField(max_length=200, blank=True, help_text="the host its customers open; empty = any")
    address_lines = models.JSONField(default=list, help_text="as printed at the foot of each page")
    return_address = models.JSONField(default=dict, help_text="name, street, postcode, city, country")
    country = models.CharField(max_length=2)
    language = models.CharField(max_length=8)
    time_zone = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    email = models.EmailField()
    phone = models.CharField(max_length=32, blank=True)
    hours = models.JSONField(default=dict, help_text="when people answer, by language")
    bank = models.JSONField(default=dict, help_text="the account that transfers to customers go from: name, iban, bic")
    accent = models.CharField(max_length=7, blank=True, help_text="the brand's colour, #0b6e5f; empty = ours")
    corners = models.CharField(max_length=8, choices=Corners.choices, default=Corners.ROUND)
    logo = models.FileField(blank=True, upload_to="logos", help_text="made anew from its pixels")
    transit_days = models.PositiveSmallIntegerField(default=5, help_text="the shop's word when a carrier gives no date")

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def today(self, now: datetime | None = None) -> date:
        """The local date in the shop's zone: deadlines are dates, not moments."""
        return (now or timezone.now()).astimezone(self.zone).date()

    def hours_in(self, language: str) -> str:
        return self.hours.get(language) or self.hours.get(self.language, "")


class Customer(models.Model):
    """A person known by an email address within one shop."""

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="customers")
    email = models.EmailField()
    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=32, blank=True)
    language = models.CharField(max_length=8)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "email"], name="customer_once_a_shop")]


class Entry(models.Model):
    """One line of the timeline: who did what, when, and what was so before and after. Never changed, never deleted.

    Only `told_at` is written later, by the outbox, when the letters of this entry have been written.
    """

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="entries")
    verb = models.CharField(max_length=40)
    order_number = models.CharField(max_length=64, blank=True)
    number = models.CharField(max_length=16, blank=True, help_text="of the case, R-… or C-…")
    by = models.CharField(max_length=80)
    at = models.DateTimeField(default=timezone.now)
    facts = models.JSONField(default=dict)
    told_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["customer", "order_number", "at"], name="entry_of_order"),
            models.Index(fields=["id"], condition=models.Q(told_at=None), name="entry_untold"),
        ]
