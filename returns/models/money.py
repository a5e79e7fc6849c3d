"""Money that goes back, and what the provider told us of it."""

from typing import Any
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from customers.models import Shop
from orders.models import OrderLine, Payment
from returns.models.cases import Return


class Concession(models.Model):
    """Money without goods: a price reduction on a unit that stays, the delivery cost, a goodwill sum.

    A reduction lowers what its order line can still bring. `given` says that a refund has carried it.
    """

    class Why(models.TextChoices):
        REDUCTION = "reduction"
        DELIVERY = "delivery"
        GOODWILL = "goodwill"
        DIFFERENCE = "difference"  # what was sent instead cost less

    ret = models.ForeignKey(Return, models.CASCADE, related_name="concessions")
    order_line = models.ForeignKey(OrderLine, models.PROTECT, null=True, related_name="+")
    why = models.CharField(max_length=10, choices=Why.choices)
    units = models.PositiveIntegerField(default=0, help_text="of the line, which stay with the customer")
    amount = models.BigIntegerField()
    words = models.TextField(blank=True)
    by = models.CharField(max_length=80)
    at = models.DateTimeField(default=timezone.now)
    given = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="concession_is_more_than_nothing")]


class Refund(ConcurrentTransitionMixin, models.Model):
    """Money that goes back, once. The row is committed with its reservation before anything is sent.

    `request` is frozen: the same words under the same key, however often they are sent. `snapshot` is how the sum came
    about (inputs, rules, result). Amount and reason never change; cancel and make a new one.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed"
        APPROVED = "approved"
        SENDING = "sending"
        PENDING = "pending"
        REQUIRES_ACTION = "requires_action"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELED = "canceled"
        NEEDS_REVIEW = "needs_review"

    OPEN = [State.APPROVED, State.SENDING, State.PENDING, State.REQUIRES_ACTION, State.NEEDS_REVIEW]
    LIVE = [State.PROPOSED, *OPEN]
    NOT_LEFT = [State.PROPOSED, State.APPROVED]
    SENT = [State.SENDING, State.PENDING, State.REQUIRES_ACTION, State.NEEDS_REVIEW]

    class Rail(models.TextChoices):
        STRIPE = "stripe"
        CREDIT = "credit"
        BANK = "bank"

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="refunds")
    ret = models.ForeignKey(Return, models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    rail = models.CharField(max_length=10, choices=Rail.choices, default=Rail.STRIPE)
    state = FSMField(default=State.PROPOSED, choices=State.choices, protected=True)
    proposal = models.UUIDField(default=uuid4, help_text="the same on all shares of one sum")
    counted = models.BooleanField(default=False, help_text="its units are counted as refunded")
    snapshot = models.JSONField(default=dict)
    request = models.JSONField(default=dict)
    attempt = models.PositiveSmallIntegerField(default=1, help_text="the n of the idempotency key")
    tries = models.PositiveSmallIntegerField(default=0)
    provider_id = models.CharField(max_length=120, unique=True, null=True)  # noqa: DJ001 - unique or not known
    proposed_at = models.DateTimeField(default=timezone.now)
    person_why = models.JSONField(null=True, help_text="codes: why a person looks; none: the rules let it go")
    first_by = models.CharField(max_length=80, blank=True, help_text="who said yes, where a second person has to")
    first_at = models.DateTimeField(null=True)
    second_why = models.JSONField(default=list, help_text="codes: why a second person has to")
    approved_by = models.CharField(max_length=80, blank=True)
    approved_at = models.DateTimeField(null=True)
    send_after = models.DateTimeField(null=True)
    first_sent_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    look_again = models.DateTimeField(null=True, help_text="when to ask the provider how it stands")
    settled_at = models.DateTimeField(null=True)
    destination = models.CharField(max_length=40, blank=True)
    bank_reference = models.CharField(max_length=120, blank=True)
    failure = models.CharField(max_length=120, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    not_seen_at = models.DateTimeField(null=True, help_text="she said that she does not see it")
    looked_at = models.DateTimeField(null=True, help_text="a person has looked for it since")
    batch = models.ForeignKey("BankBatch", models.PROTECT, null=True, related_name="refunds")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_is_more_than_nothing"),
            models.UniqueConstraint(
                fields=["ret", "payment", "rail"],
                condition=Q(
                    state__in=["proposed", "approved", "sending", "pending", "requires_action", "needs_review"]
                ),
                name="refund_one_live_a_return_payment_and_rail",
            ),
        ]
        indexes = [models.Index(fields=["state", "send_after"], name="refund_due")]

    @property
    def key(self) -> str:
        return f"refund:{self.uuid}:{self.attempt}"

    @transition(state, source=State.PROPOSED, target=State.APPROVED)
    def approve(self, by: str, send_after) -> None:
        self.approved_by = by
        self.approved_at = timezone.now()
        self.send_after = send_after

    @transition(state, source=NOT_LEFT, target=State.PROPOSED)
    def ask_anew(self) -> None:
        """What was said yes to is not what would be sent any more."""
        self.first_by = self.approved_by = ""
        self.first_at = self.approved_at = self.send_after = None
        self.second_why = []

    @transition(state, source=State.APPROVED, target=State.PENDING)
    def write_down(self, batch: Any) -> None:
        """It is in a file for the bank."""
        self.batch, self.provider_id, self.destination = batch, f"bank:{self.uuid}", "bank"
        self.first_sent_at = timezone.now()

    @transition(state, source=NOT_LEFT, target=State.CANCELED)
    def stop(self) -> None:
        self.settled_at = timezone.now()

    @transition(state, source=[*NOT_LEFT, State.CANCELED], target=State.PENDING)
    def find(self, provider_id: str) -> None:
        """The provider has it, though our rows say that it never left: a backup was put back."""
        self.provider_id = provider_id
        self.first_sent_at = self.look_again = timezone.now()
        self.settled_at = None

    @transition(state, source=SENT, target=State.PENDING)
    def wait(self) -> None:
        pass

    @transition(state, source=SENT, target=State.REQUIRES_ACTION)
    def wait_for_customer(self) -> None:
        pass

    @transition(state, source=SENT, target=State.SUCCEEDED)
    def succeed(self) -> None:
        self.settled_at = timezone.now()

    @transition(state, source=[*SENT, State.SUCCEEDED], target=State.FAILED)
    def fail(self, reason: str) -> None:
        self.failure = reason
        self.settled_at = timezone.now()

    @transition(state, source="*", target=State.NEEDS_REVIEW)
    def question(self, reason: str) -> None:
        self.failure = reason


class ProviderEvent(models.Model):
    """A knock on the door: kept by its id once, worked off later, never believed without a look."""

    event_id = models.CharField(max_length=120, unique=True)
    type = models.CharField(max_length=80)
    refund_id = models.CharField(max_length=120, blank=True)
    payment_reference = models.CharField(max_length=120, blank=True)
    payload = models.JSONField(default=dict)
    received_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["received_at"], condition=Q(processed_at=None), name="event_open")]


class Till(models.Model):
    """The account through which money leaves, one row a provider, and whether anything may leave now.

    `uuid` travels with every refund: it tells our refunds from those of another program on the same account. `sent`
    counts what was ever sent: a database that was put back from a backup counts fewer than a worker remembers.
    """

    provider = models.CharField(max_length=20, unique=True)
    uuid = models.UUIDField(default=uuid4, editable=False)
    account = models.CharField(max_length=120, blank=True, help_text="the provider's name of it, as first seen")
    livemode = models.BooleanField(null=True)
    sent = models.BigIntegerField(default=0)
    slot = models.BigIntegerField(default=0, help_text="the second that `in_slot` counts")
    in_slot = models.PositiveIntegerField(default=0, help_text="how many were sent in it, by all workers")
    quiet_until = models.DateTimeField(null=True, help_text="the provider has asked us to slow down")
    complaints = models.JSONField(default=list, help_text="sentences: what the key may not do")
    paused_at = models.DateTimeField(null=True)
    paused_why = models.CharField(max_length=40, blank=True)
    paused_facts = models.JSONField(default=dict)
    checked_at = models.DateTimeField(null=True, help_text="when our books were last laid beside the provider's")
