"""The other ways in which money moves: store credit, a price difference, a transfer to a bank account."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils import timezone

from customers.models import Customer, Shop
from orders.models import Payment
from returns.models.cases import Return, ReturnLine


class Credit(models.Model):
    """One customer's store credit in one currency. What it holds is the sum of its entries; its row is their lock."""

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="credits")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="credits")
    currency = models.CharField(max_length=3)
    code = models.CharField(max_length=16, help_text="what she types in the shop to pay with it")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "currency"], name="credit_once_a_currency"),
            models.UniqueConstraint(fields=["shop", "code"], name="credit_code_once_a_shop"),
        ]


class CreditEntry(models.Model):
    """One movement, never changed and never deleted. `amount` is signed; the sum of all is what she can spend.

    issued: a refund that she wanted as credit, or that paid back credit she had spent. spent: an order was paid with
    it. back: she wanted money after all. expired: its last day has passed. corrected: by a person, with a reason.
    """

    class Kind(models.TextChoices):
        ISSUED = "issued"
        SPENT = "spent"
        BACK = "back"
        EXPIRED = "expired"
        CORRECTED = "corrected"

    credit = models.ForeignKey(Credit, models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount = models.BigIntegerField()
    refund = models.OneToOneField("Refund", models.PROTECT, null=True, related_name="credit_entry")
    of = models.ForeignKey("self", models.PROTECT, null=True, related_name="uses", help_text="the issue it takes from")
    key = models.CharField(max_length=120, null=True, help_text="the caller's own name for it")  # noqa: DJ001 - unique
    order_number = models.CharField(max_length=64, blank=True)
    words = models.TextField(blank=True)
    by = models.CharField(max_length=80)
    at = models.DateTimeField(default=timezone.now)
    expires_on = models.DateField(null=True, help_text="the last day of an issue; empty: it has none")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="credit_entry_moves_something"),
            models.CheckConstraint(
                condition=Q(kind="issued", amount__gt=0) | Q(kind="corrected") | Q(~Q(kind="issued"), amount__lt=0),
                name="credit_entry_goes_its_way",
            ),
            models.UniqueConstraint(fields=["credit", "key"], name="credit_entry_once_a_key"),
        ]


class Difference(models.Model):
    """What an exchange costs more, paid on the provider's own page before the new item leaves."""

    class State(models.TextChoices):
        WANTED = "wanted"  # to be asked at the provider
        OPEN = "open"  # there is a page to pay on
        PAID = "paid"
        EXPIRED = "expired"  # nobody paid in time: she gets money instead

    line = models.OneToOneField(ReturnLine, models.CASCADE, related_name="difference")
    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WANTED)
    attempt = models.PositiveSmallIntegerField(default=1)
    session_id = models.CharField(max_length=120, unique=True, null=True)  # noqa: DJ001 - unique or not known
    url = models.URLField(max_length=1000, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True)
    look_again = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, related_name="difference")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="difference_is_more_than_nothing")]


class BankDetails(models.Model):
    """An account that a customer gave for one case. Number and holder are sealed; what is shown is masked.

    Purged once the money has arrived: only the mask stays.
    """

    class Kind(models.TextChoices):
        SEPA = "sepa"
        VIETNAM = "vietnam"

    ret = models.OneToOneField(Return, models.CASCADE, related_name="bank_details")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    sealed = models.TextField(blank=True, help_text="holder, account and bank, encrypted; empty once purged")
    masked = models.CharField(max_length=40)
    given_by = models.CharField(max_length=80)
    given_at = models.DateTimeField(default=timezone.now)
    purged_at = models.DateTimeField(null=True)


class BankBatch(models.Model):
    """One file for the bank. Its bytes are made once; every download gives the same ones."""

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="bank_batches")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=BankDetails.Kind.choices)
    currency = models.CharField(max_length=3)
    sealed = models.TextField(blank=True, help_text="the file, encrypted; empty once purged")
    sha256 = models.CharField(max_length=64)
    count = models.PositiveIntegerField()
    total = models.BigIntegerField()
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField(default=timezone.now)
    fetched_at = models.DateTimeField(null=True, help_text="first download")
    confirmed_by = models.CharField(max_length=80, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    purged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "number"], name="batch_number_once_a_shop")]
