"""May it come back, and what does the customer get?

States only say what may follow what; quantities and money are ledgers beside them, guarded by constraints.
Only `returns.actions` calls transitions.
"""

import secrets
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from customers.models import Shop
from customers.numbers import new_number
from orders.models import Order, OrderLine, Payment, Variant
from shipments.models import Shipment


class Terms(models.Model):
    """A shop's policy as data. The version in force when the order was placed applies to it."""

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="terms")
    version = models.PositiveIntegerField()
    starts_at = models.DateTimeField(default=timezone.now)
    numbers = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "version"], name="terms_once_a_version")]


def return_number() -> str:
    return new_number("R")


class Return(ConcurrentTransitionMixin, models.Model):
    """A case: some units of one order that come back, and what the customer gets for them."""

    class State(models.TextChoices):
        DRAFT = "draft"
        SUBMITTED = "submitted"
        UNDER_REVIEW = "under_review"
        APPROVED = "approved"
        REJECTED = "rejected"
        AWAITING_DROPOFF = "awaiting_dropoff"
        IN_TRANSIT = "in_transit"
        PARTLY_RECEIVED = "partly_received"
        RECEIVED = "received"
        SETTLING = "settling"
        REFUND_FAILED = "refund_failed"
        SETTLED = "settled"
        CANCELLED = "cancelled"

    ENDED = frozenset({State.REJECTED, State.SETTLED, State.CANCELLED})
    BEFORE_FIRST_SCAN = [State.DRAFT, State.SUBMITTED, State.UNDER_REVIEW, State.APPROVED, State.AWAITING_DROPOFF]
    BEFORE_ALL_RECEIVED = [State.APPROVED, State.AWAITING_DROPOFF, State.IN_TRANSIT, State.PARTLY_RECEIVED]

    class Way(models.TextChoices):
        CODE = "code"
        LABEL = "label"

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="returns")
    order = models.ForeignKey(Order, models.PROTECT, related_name="returns")
    number = models.CharField(max_length=16, unique=True, default=return_number)
    state = FSMField(default=State.DRAFT, choices=State.choices, protected=True)
    language = models.CharField(max_length=8)
    way = models.CharField(max_length=8, choices=Way.choices, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True, help_text="the reason a person wrote, as the customer reads it")
    send_by = models.DateField(null=True)
    check_by = models.DateField(null=True, help_text="the day we promised to have checked it, set when it arrives")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["shop", "state", "submitted_at"], name="return_queue")]

    def __str__(self) -> str:
        return self.number

    @transition(state, source=State.DRAFT, target=State.SUBMITTED)
    def submit(self) -> None:
        self.submitted_at = timezone.now()

    @transition(state, source=State.SUBMITTED, target=State.UNDER_REVIEW)
    def ask_a_person(self) -> None:
        pass

    @transition(state, source=[State.SUBMITTED, State.UNDER_REVIEW], target=State.APPROVED)
    def approve(self) -> None:
        self.decided_at = timezone.now()

    @transition(state, source=[State.SUBMITTED, State.UNDER_REVIEW], target=State.REJECTED)
    def reject(self, reason: str) -> None:
        self.decision = reason
        self.decided_at = self.ended_at = timezone.now()

    @transition(state, source=State.APPROVED, target=State.AWAITING_DROPOFF)
    def await_dropoff(self) -> None:
        pass

    @transition(state, source=[State.APPROVED, State.AWAITING_DROPOFF], target=State.IN_TRANSIT)
    def hand_in(self) -> None:
        pass

    @transition(state, source=BEFORE_ALL_RECEIVED, target=State.PARTLY_RECEIVED)
    def receive_some(self) -> None:
        pass

    @transition(state, source=BEFORE_ALL_RECEIVED, target=State.RECEIVED)
    def receive_all(self) -> None:
        pass

    @transition(state, source=[State.RECEIVED, State.REFUND_FAILED], target=State.SETTLING)
    def begin_settling(self) -> None:
        pass

    @transition(state, source=[State.SETTLING, State.SETTLED], target=State.REFUND_FAILED)
    def fail_refund(self) -> None:
        self.ended_at = None

    @transition(state, source=[State.SETTLING, State.REFUND_FAILED], target=State.SETTLED)
    def settle(self) -> None:
        self.ended_at = timezone.now()

    @transition(state, source=BEFORE_FIRST_SCAN, target=State.CANCELLED)
    def cancel(self) -> None:
        self.ended_at = timezone.now()


class ReturnLine(models.Model):
    """Quantities of one order line within a case. Each is the sum of what happened; none may overtake another."""

    class Reason(models.TextChoices):
        DAMAGED = "damaged"
        WRONG_SIZE = "wrong_size"

    class Wish(models.TextChoices):
        MONEY = "money"
        SWAP = "swap"

    ret = models.ForeignKey(Return, models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, models.PROTECT, related_name="return_lines")
    reason = models.CharField(max_length=20, choices=Reason.choices, blank=True)
    words = models.TextField(blank=True, help_text="what the customer sees, when she cannot take a photo")
    no_photo = models.BooleanField(default=False)
    wish = models.CharField(max_length=10, choices=Wish.choices, blank=True)
    swap = models.ForeignKey(Variant, models.PROTECT, null=True, related_name="+", help_text="what is sent instead")
    no_other_size = models.BooleanField(default=False)
    requested = models.PositiveIntegerField()
    approved = models.PositiveIntegerField(default=0)
    received = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    refunded = models.PositiveIntegerField(default=0)
    exchanged = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["order_line__position"]
        constraints = [
            models.UniqueConstraint(fields=["ret", "order_line"], name="return_line_once"),
            models.CheckConstraint(condition=Q(requested__gte=1), name="return_line_has_a_quantity"),
            models.CheckConstraint(condition=Q(approved__lte=F("requested")), name="return_line_approved"),
            models.CheckConstraint(condition=Q(received__lte=F("approved")), name="return_line_received"),
            models.CheckConstraint(condition=Q(accepted__lte=F("received")), name="return_line_accepted"),
            models.CheckConstraint(
                condition=Q(accepted__gte=F("refunded") + F("exchanged")), name="return_line_settled"
            ),
        ]

    @property
    def unsettled(self) -> int:
        """Units accepted for which neither money nor another piece has been given."""
        return self.accepted - self.refunded - self.exchanged

    @property
    def to_receive(self) -> int:
        return self.approved - self.received

    @property
    def to_accept(self) -> int:
        return self.received - self.accepted

    @property
    def same_again(self) -> bool:
        return self.swap_id is not None and self.swap_id == self.order_line.variant_id


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

    ret = models.ForeignKey(Return, models.CASCADE, related_name="parcels")
    position = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=20, choices=State.choices, default=State.PLANNED)
    carrier = models.CharField(max_length=40)
    shipment = models.OneToOneField(Shipment, models.PROTECT, null=True, related_name="return_parcel")
    routing = models.CharField(max_length=120, blank=True, help_text="what the carrier's bar code holds")
    code = models.CharField(max_length=300, blank=True, help_text="what the code that needs no printer holds")
    file = models.FileField(upload_to=label_name, blank=True, help_text="the label as the carrier drew it")
    file_type = models.CharField(max_length=40, blank=True)
    code_image = models.FileField(upload_to=label_name, blank=True, help_text="that code as the carrier drew it, PNG")
    asking_until = models.DateTimeField(null=True, help_text="a worker is buying the label until then")
    ask_again = models.DateTimeField(null=True, default=timezone.now, help_text="empty: a person decides")
    failed_asks = models.PositiveSmallIntegerField(default=0)
    ask_error = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["ret", "position"], name="return_parcel_once")]
        indexes = [models.Index(fields=["state"], condition=~Q(state="delivered"), name="return_parcel_open")]

    @property
    def needs_a_hand(self) -> bool:
        """No label, and nobody asks for one by itself: the carrier offers none, or may have made it unheard."""
        idle = self.asking_until is None or self.asking_until < timezone.now()
        return self.state == self.State.PLANNED and self.ask_again is None and idle


def photo_name(photo: "Photo", _filename: str) -> str:
    """A name nobody can guess; theirs is forgotten."""
    return f"photos/{secrets.token_urlsafe(24)}.webp"


class Photo(models.Model):
    """A picture of the damage: made anew from the pixels, so that place, time and tricks stay behind."""

    line = models.ForeignKey(ReturnLine, models.CASCADE, related_name="photos")
    file = models.FileField(upload_to=photo_name)
    added_at = models.DateTimeField(default=timezone.now)


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
    SENT = [State.SENDING, State.PENDING, State.REQUIRES_ACTION, State.NEEDS_REVIEW]

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="refunds")
    ret = models.ForeignKey(Return, models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = FSMField(default=State.PROPOSED, choices=State.choices, protected=True)
    proposal = models.UUIDField(default=uuid4, help_text="the same on all shares of one sum")
    counted = models.BooleanField(default=False, help_text="its units are counted as refunded")
    snapshot = models.JSONField(default=dict)
    request = models.JSONField(default=dict)
    attempt = models.PositiveSmallIntegerField(default=1, help_text="the n of the idempotency key")
    tries = models.PositiveSmallIntegerField(default=0)
    provider_id = models.CharField(max_length=120, unique=True, null=True)  # noqa: DJ001 - unique or not known
    proposed_at = models.DateTimeField(default=timezone.now)
    approved_by = models.CharField(max_length=80, blank=True)
    send_after = models.DateTimeField(null=True)
    first_sent_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    look_again = models.DateTimeField(null=True, help_text="when to ask the provider how it stands")
    settled_at = models.DateTimeField(null=True)
    destination = models.CharField(max_length=40, blank=True)
    bank_reference = models.CharField(max_length=120, blank=True)
    failure = models.CharField(max_length=120, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_is_more_than_nothing"),
            models.UniqueConstraint(
                fields=["ret", "payment"],
                condition=Q(
                    state__in=["proposed", "approved", "sending", "pending", "requires_action", "needs_review"]
                ),
                name="refund_one_live_a_return_and_payment",
            ),
        ]
        indexes = [models.Index(fields=["state", "send_after"], name="refund_due")]

    @property
    def key(self) -> str:
        return f"refund:{self.uuid}:{self.attempt}"

    @transition(state, source=State.PROPOSED, target=State.APPROVED)
    def approve(self, by: str, send_after) -> None:
        self.approved_by = by
        self.send_after = send_after

    @transition(state, source=[State.PROPOSED, State.APPROVED], target=State.CANCELED)
    def stop(self) -> None:
        self.settled_at = timezone.now()

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
