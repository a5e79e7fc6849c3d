"""What was bought?"""

import unicodedata

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from customers.models import Customer, Shop


def number_key(number: str) -> str:
    """An order number as people type it: only letters and digits count, in any case."""
    folded = unicodedata.normalize("NFKC", number).casefold()
    return "".join(character for character in folded if character.isalnum())


def postcode_key(postcode: str) -> str:
    folded = unicodedata.normalize("NFKC", postcode).casefold()
    return "".join(character for character in folded if character.isalnum())


class ProductGroup(models.TextChoices):
    """Set at import; the rules read it."""

    NORMAL = "normal"
    HYGIENE = "hygiene"
    PERISHABLE = "perishable"
    BULKY = "bulky"
    MADE_TO_ORDER = "made_to_order"
    DIGITAL = "digital"
    DANGEROUS = "dangerous"
    HIGH_VALUE = "high_value"


class Variant(models.Model):
    """One size and colour of a product, and how many lie on the shelf. `held` of them wait for an exchange."""

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="variants")
    sku = models.CharField(max_length=64)
    product = models.CharField(max_length=300)
    size = models.CharField(max_length=40, blank=True)
    colour = models.CharField(max_length=60, blank=True)
    price = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    on_hand = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    picture = models.URLField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "sku"], name="variant_once_a_shop"),
            models.CheckConstraint(condition=Q(held__lte=F("on_hand")), name="variant_held_is_on_hand"),
        ]
        indexes = [models.Index(fields=["shop", "product"], name="variant_of_product")]

    @property
    def free(self) -> int:
        return self.on_hand - self.held


class Picture(models.Model):
    """An item's picture: where the shop's file says it lies, and our own copy of it once it is here."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="pictures")
    source = models.CharField(max_length=500)
    file = models.FileField(upload_to="pictures")
    tries = models.PositiveSmallIntegerField(default=0)
    next_try = models.DateTimeField(default=timezone.now)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "source"], name="picture_once_a_shop")]
        indexes = [models.Index(fields=["next_try"], condition=Q(file=""), name="picture_due")]


class Order(models.Model):
    """An order as the shop took it. Sums are integers of the currency's smallest unit, tax included."""

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="orders")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="orders")
    number = models.CharField(max_length=64)
    number_key = models.CharField(max_length=64)
    placed_at = models.DateTimeField()
    language = models.CharField(max_length=8)
    currency = models.CharField(max_length=3)
    address = models.JSONField(default=dict, help_text="name, street, street2, postcode, city, region, country")
    postcode_key = models.CharField(max_length=20)
    delivery_paid = models.BigIntegerField(default=0)
    delivery_standard = models.BigIntegerField(default=0)
    delivery_tax = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, help_text="of the order as it was imported, parcels left out")
    created_at = models.DateTimeField(default=timezone.now)
    said_to_have_come = models.DateField(null=True, help_text="the customer's word, where no carrier says it")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "number_key"], name="order_once_a_shop")]
        indexes = [models.Index(fields=["customer", "placed_at"], name="order_of_customer")]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """`paid` is the line's total after every discount, its share of the order's discount included (rule R1).

    `returning` counts the units that a return holds or has settled: two returns can never take the same unit.
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    variant = models.ForeignKey(Variant, models.SET_NULL, null=True, related_name="+")
    sku = models.CharField(max_length=64)
    title = models.CharField(max_length=300)
    options = models.JSONField(default=dict)
    product_group = models.CharField(max_length=20, choices=ProductGroup.choices, default=ProductGroup.NORMAL)
    quantity = models.PositiveIntegerField()
    unit_price = models.BigIntegerField()
    discount = models.BigIntegerField(default=0)
    paid = models.BigIntegerField()
    tax = models.BigIntegerField(default=0)
    picture = models.URLField(max_length=500, blank=True)
    weight_g = models.PositiveIntegerField(null=True, help_text="of one unit; empty: not known")
    returning = models.PositiveIntegerField(default=0)
    instead_of = models.ForeignKey(
        "self", models.CASCADE, null=True, related_name="became", help_text="the line it was exchanged for"
    )
    carried = models.BigIntegerField(default=0, help_text="of `paid`: what was paid for the units it stands for")
    carried_tax = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="line_once_an_order"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="line_has_a_quantity"),
            models.CheckConstraint(condition=Q(returning__lte=F("quantity")), name="line_no_unit_twice"),
        ]

    @property
    def left(self) -> int:
        """How many units no return has taken yet."""
        return self.quantity - self.returning

    @property
    def choice(self) -> str:
        """Size and colour in one breath: "M, blue"."""
        return ", ".join(str(value) for value in self.options.values() if value)


class Payment(models.Model):
    """What one payment brought in, and how much of it refunds have reserved. In the order's smallest unit.

    `captured` is hearsay from the file until `checked_at` says that the provider has confirmed it.
    """

    class Dispute(models.TextChoices):
        OPEN = "open"
        LOST = "lost"

    order = models.ForeignKey(Order, models.PROTECT, related_name="payments")
    provider = models.CharField(max_length=20)
    reference = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    captured = models.BigIntegerField()
    reserved = models.BigIntegerField(default=0)
    outside = models.BigIntegerField(default=0, help_text="refunded in the provider's own pages, not by us")
    disputed = models.BigIntegerField(default=0, help_text="which the customer's bank has asked back")
    dispute = models.CharField(max_length=10, choices=Dispute.choices, blank=True)
    account = models.CharField(max_length=120, blank=True, help_text="the provider's name of the account it came into")
    method = models.CharField(max_length=40, blank=True, help_text="what she paid with, as the provider calls it: visa")
    last4 = models.CharField(max_length=4, blank=True, help_text="the only digits of a card that are ever kept")
    livemode = models.BooleanField(null=True)
    seen = models.JSONField(default=list, help_text="refunds of ours without a row, that a person has looked at")
    checked_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=120, blank=True, help_text="why a person has to look at it")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "provider", "reference"], name="payment_once_an_order"),
            models.CheckConstraint(
                condition=Q(reserved__gte=0) & Q(outside__gte=0) & Q(captured__gte=F("reserved") + F("outside")),
                name="payment_never_refunds_more_than_captured",
            ),
        ]

    @property
    def left(self) -> int:
        """What can still go back: never what a bank has asked back already."""
        return max(self.captured - self.reserved - self.outside - self.disputed, 0)
