"""What an auditor reads: credit notes without a gap, and every step of the money in a chain."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from customers.models import Shop
from orders.models import Order
from returns.models.cases import Return


class CreditNote(models.Model):
    """The paper for one sum that went back. Numbered without a gap in its shop; never changed, never deleted.

    When the money came back to us, a second one with `cancels` takes the first one's figures off again.
    """

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="credit_notes")
    number = models.PositiveIntegerField()
    order = models.ForeignKey(Order, models.PROTECT, related_name="credit_notes")
    ret = models.ForeignKey(Return, models.PROTECT, related_name="credit_notes")
    proposal = models.UUIDField(help_text="the sum it is about, the same on all shares of it")
    cancels = models.OneToOneField("self", models.PROTECT, null=True, related_name="cancelled_by")
    facts = models.JSONField(help_text="all that is printed: seller, buyer, rows with rule and tax, totals, payments")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["shop", "number"], name="credit_note_number_once_a_shop"),
            models.UniqueConstraint(fields=["proposal"], condition=Q(cancels=None), name="credit_note_once_a_proposal"),
        ]


class OnlyGrows(models.QuerySet):
    """Rows are added, and never changed or removed. The database refuses it too."""

    def update(self, **_facts):
        raise TypeError("what is in the audit is never changed")

    def delete(self):
        raise TypeError("what is in the audit is never deleted")

    def bulk_update(self, *_args, **_kwargs):
        raise TypeError("what is in the audit is never changed")


class AuditEntry(models.Model):
    """One step of the money. Holds ids, sums and codes, never a person's name or address of a customer.

    `hash` covers the row and the hash before it: whoever edits, removes or swaps a row breaks the chain.
    """

    seq = models.BigIntegerField(unique=True)
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    verb = models.CharField(max_length=40)
    by = models.CharField(max_length=80)
    order_number = models.CharField(max_length=64, blank=True)
    number = models.CharField(max_length=16, blank=True)
    facts = models.JSONField(default=dict)
    key = models.CharField(max_length=16, help_text="which key made the hash, by its fingerprint")
    hash = models.CharField(max_length=64)

    objects = OnlyGrows.as_manager()

    class Meta:
        ordering = ["seq"]

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise TypeError("what is in the audit is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("what is in the audit is never deleted")


class AuditHead(models.Model):
    """The end of the chain, a single row; its lock puts the steps in one order."""

    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)
    told_seq = models.BigIntegerField(default=0, help_text="the head that left this machine last")
    told_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)


class BookDay(models.Model):
    """One day of a shop in one currency: what left by our rows beside what the provider has. Compared anew for a week.

    `elsewhere` is what others have given back through the same account: no row of ours, and not sent by us.
    """

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="book_days")
    day = models.DateField()
    currency = models.CharField(max_length=3)
    ours = models.BigIntegerField(default=0)
    ours_count = models.PositiveIntegerField(default=0)
    theirs = models.BigIntegerField(default=0)
    theirs_count = models.PositiveIntegerField(default=0)
    elsewhere = models.BigIntegerField(default=0)
    elsewhere_count = models.PositiveIntegerField(default=0)
    differences = models.JSONField(default=list, help_text="each with `why`, a code, and the ids on both sides")
    compared_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-day", "currency"]
        constraints = [models.UniqueConstraint(fields=["shop", "day", "currency"], name="book_day_once")]

    @property
    def drift(self) -> int:
        """How much more left by our rows than the provider has."""
        return self.ours - self.theirs
