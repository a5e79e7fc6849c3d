"""A case, its lines with their ledgers, and the one question that may be open."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from customers.models import Shop
from customers.numbers import new_number
from orders.models import Order, OrderLine, Variant
from returns.kinds import Kind, Reason, Wish


def return_number() -> str:
    return new_number("R")


class Return(ConcurrentTransitionMixin, models.Model):
    """A case: some units of one order that come back (or stay), and what the customer gets for them."""

    class State(models.TextChoices):
        DRAFT = "draft"
        SUBMITTED = "submitted"
        NEEDS_INFO = "needs_info"
        UNDER_REVIEW = "under_review"
        APPROVED = "approved"
        PARTLY_APPROVED = "partly_approved"
        REJECTED = "rejected"
        AWAITING_DROPOFF = "awaiting_dropoff"
        IN_TRANSIT = "in_transit"
        PARTLY_RECEIVED = "partly_received"
        RECEIVED = "received"
        INSPECTING = "inspecting"
        DISPUTED = "disputed"
        SETTLING = "settling"
        REFUND_FAILED = "refund_failed"
        SETTLED = "settled"
        CANCELLED = "cancelled"
        EXPIRED = "expired"
        REOPENED = "reopened"

    ENDED = frozenset({State.REJECTED, State.SETTLED, State.CANCELLED, State.EXPIRED})
    UNDECIDED = [State.SUBMITTED, State.NEEDS_INFO, State.UNDER_REVIEW]
    NOT_SENT = [State.APPROVED, State.PARTLY_APPROVED, State.AWAITING_DROPOFF]
    BEFORE_FIRST_SCAN = [State.DRAFT, *UNDECIDED, *NOT_SENT, State.REOPENED]
    COMING = [*NOT_SENT, State.IN_TRANSIT, State.REOPENED]
    AWAITED = [*COMING, State.PARTLY_RECEIVED]
    AT_THE_BENCH = [State.PARTLY_RECEIVED, State.RECEIVED, State.INSPECTING, State.DISPUTED]
    # From a yes to the end: the ledgers say which of these it is (`returns.states`).
    UNDER_WAY = [
        *NOT_SENT,
        State.IN_TRANSIT,
        *AT_THE_BENCH,
        State.SETTLING,
        State.REFUND_FAILED,
        State.REOPENED,
    ]

    class Way(models.TextChoices):
        CODE = "code"
        LABEL = "label"
        OWN = "own"  # her own carrier
        COLLECT = "collect"  # we fetch it

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="returns")
    order = models.ForeignKey(Order, models.PROTECT, related_name="returns")
    number = models.CharField(max_length=16, unique=True, default=return_number)
    state = FSMField(default=State.DRAFT, choices=State.choices, protected=True)
    language = models.CharField(max_length=8)
    way = models.CharField(max_length=8, choices=Way.choices, blank=True)
    started_by = models.CharField(max_length=80, default="customer", help_text="staff:… when it was done for a caller")
    form_key = models.UUIDField(
        null=True, unique=True, help_text="of the form that began it: pressed twice, begun once"
    )
    created_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=80, blank=True)
    decision = models.TextField(blank=True, help_text="the reason a person wrote, as the customer reads it")
    no_by = models.CharField(max_length=80, blank=True, help_text="who said no to a legal right; a second one has to")
    no_reason = models.TextField(blank=True)
    no_at = models.DateTimeField(null=True)
    contested_at = models.DateTimeField(
        null=True, help_text="she does not agree with the decision: another person looks"
    )
    withdrawn_at = models.DateTimeField(null=True, help_text="when her statement of withdrawal reached us")
    late = models.BooleanField(default=False, help_text="the withdrawal came after its time: a person looks, it counts")
    proof_at = models.DateTimeField(
        null=True, help_text="first proof that it was sent, or the receipt if that was first"
    )
    send_by = models.DateField(null=True)
    expires_on = models.DateField(null=True, help_text="closed then, when nothing was sent")
    check_by = models.DateField(null=True, help_text="the day we promised to have checked it, set when it arrives")
    flags = models.JSONField(default=list, help_text="what a person should see before money leaves by itself")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["shop", "state", "submitted_at"], name="return_queue")]

    def __str__(self) -> str:
        return self.number

    # --- asked and decided

    @transition(state, source=State.DRAFT, target=State.SUBMITTED)
    def submit(self) -> None:
        self.submitted_at = timezone.now()

    @transition(state, source=State.SUBMITTED, target=State.UNDER_REVIEW)
    def ask_a_person(self) -> None:
        pass

    @transition(state, source=[State.SUBMITTED, State.UNDER_REVIEW], target=State.NEEDS_INFO)
    def ask(self) -> None:
        pass

    @transition(state, source=State.NEEDS_INFO, target=State.UNDER_REVIEW)
    def answer(self) -> None:
        pass

    @transition(state, source=[*UNDECIDED, State.DISPUTED], target=State.APPROVED)
    def approve(self, by: str) -> None:
        self.decided_at, self.decided_by, self.decision = timezone.now(), by, ""

    @transition(state, source=[*UNDECIDED, State.DISPUTED], target=State.PARTLY_APPROVED)
    def approve_partly(self, by: str, reason: str) -> None:
        self.decided_at, self.decided_by, self.decision = timezone.now(), by, reason

    @transition(state, source=[*UNDECIDED, State.DISPUTED], target=State.REJECTED)
    def reject(self, by: str, reason: str) -> None:
        self.decided_by, self.decision = by, reason
        self.decided_at = self.ended_at = timezone.now()

    # --- the goods come (which of these is next, `returns.states` reads from the ledgers)

    @transition(state, source=[State.IN_TRANSIT, State.PARTLY_RECEIVED, State.RECEIVED], target=State.APPROVED)
    def wait_again(self) -> None:
        """What was taken for sent or received was not."""

    @transition(state, source=[State.IN_TRANSIT, State.PARTLY_RECEIVED, State.RECEIVED], target=State.PARTLY_APPROVED)
    def wait_again_for_a_part(self) -> None:
        pass

    @transition(
        state,
        source=[
            State.APPROVED,
            State.PARTLY_APPROVED,
            State.IN_TRANSIT,
            State.PARTLY_RECEIVED,
            State.RECEIVED,
            State.REOPENED,
        ],
        target=State.AWAITING_DROPOFF,
    )
    def await_dropoff(self) -> None:
        pass

    @transition(
        state, source=[*NOT_SENT, State.PARTLY_RECEIVED, State.RECEIVED, State.REOPENED], target=State.IN_TRANSIT
    )
    def hand_in(self) -> None:
        pass

    @transition(state, source=[*COMING, *AT_THE_BENCH, State.SETTLING], target=State.PARTLY_RECEIVED)
    def receive_some(self) -> None:
        pass

    @transition(state, source=[*COMING, *AT_THE_BENCH], target=State.RECEIVED)
    def receive_all(self) -> None:
        pass

    @transition(state, source=[*COMING, *AT_THE_BENCH], target=State.INSPECTING)
    def inspect(self) -> None:
        pass

    @transition(state, source=[*AT_THE_BENCH, State.REJECTED], target=State.DISPUTED)
    def dispute(self) -> None:
        self.contested_at = timezone.now()
        self.ended_at = None

    @transition(state, source=UNDER_WAY, target=State.SETTLING)
    def begin_settling(self) -> None:
        pass

    @transition(state, source=[*UNDER_WAY, State.SETTLED], target=State.REFUND_FAILED)
    def fail_refund(self) -> None:
        self.ended_at = None

    @transition(state, source=UNDER_WAY, target=State.SETTLED)
    def settle(self) -> None:
        self.ended_at = timezone.now()

    # --- closed and open again

    @transition(state, source=BEFORE_FIRST_SCAN, target=State.CANCELLED)
    def cancel(self) -> None:
        self.ended_at = timezone.now()

    @transition(state, source=[*NOT_SENT, State.REOPENED], target=State.EXPIRED)
    def expire(self) -> None:
        self.ended_at = timezone.now()

    @transition(state, source=[State.CANCELLED, State.EXPIRED, State.SETTLED, State.REJECTED], target=State.REOPENED)
    def reopen(self) -> None:
        self.ended_at = None


class ReturnLine(models.Model):
    """Quantities of one order line within a case. Each is the sum of what happened; none may overtake another.

    asked    requested = approved + rejected + still to decide
    goods    approved = received + missing + lost + kept + not_arrived + still to come
    bench    received = accepted + refused + still to check
    settled  accepted + kept + lost + not_arrived + advanced = refunded + exchanged + repaired + reduced + still owed
    """

    ret = models.ForeignKey(Return, models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, models.PROTECT, related_name="return_lines")
    kind = models.CharField(max_length=16, choices=Kind.choices, blank=True)
    reason = models.CharField(max_length=20, choices=Reason.choices, blank=True)
    differs = models.BooleanField(null=True, help_text="colour or style: does it differ from our picture or text?")
    unsafe = models.BooleanField(null=True, help_text="broken: is it not safe to touch?")
    arrived = models.BooleanField(null=True, help_text="too late: has it come?")
    detail = models.CharField(max_length=10, blank=True, help_text="missing: a whole item or a piece of it")
    words = models.TextField(blank=True, help_text="what the customer says")
    no_photo = models.BooleanField(default=False)
    wish = models.CharField(max_length=10, choices=Wish.choices, blank=True)
    as_credit = models.BooleanField(default=False, help_text="she chose store credit for the money, herself")
    swap = models.ForeignKey(Variant, models.PROTECT, null=True, related_name="+", help_text="what is sent instead")
    no_other_size = models.BooleanField(default=False)
    to_pay = models.BigIntegerField(default=0, help_text="what another product costs more; shipped when it is paid")
    paid_extra = models.BigIntegerField(default=0)
    held = models.PositiveIntegerField(default=0, help_text="pieces of `swap` that wait on the shelf")
    held_until = models.DateField(null=True)
    keep = models.BooleanField(default=False, help_text="it need not come back")

    requested = models.PositiveIntegerField()
    approved = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    received = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0, help_text="announced, and not in the box")
    lost = models.PositiveIntegerField(default=0, help_text="lost on the way back: ours to bear")
    kept = models.PositiveIntegerField(default=0, help_text="need not come back")
    not_arrived = models.PositiveIntegerField(default=0, help_text="never reached the customer")
    accepted = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    advanced = models.PositiveIntegerField(default=0, help_text="settled before they came; closed by their receipt")
    refunded = models.PositiveIntegerField(default=0)
    exchanged = models.PositiveIntegerField(default=0)
    repaired = models.PositiveIntegerField(default=0)
    reduced = models.PositiveIntegerField(default=0, help_text="kept for a part of the money")
    restocked = models.PositiveIntegerField(default=0)
    written_off = models.PositiveIntegerField(default=0)
    sent_back = models.PositiveIntegerField(default=0, help_text="returned to the customer")
    released = models.PositiveIntegerField(default=0, help_text="hers again: may be asked once more")

    class Meta:
        ordering = ["order_line__position"]
        constraints = [
            models.UniqueConstraint(fields=["ret", "order_line"], name="return_line_once"),
            models.CheckConstraint(condition=Q(requested__gte=1), name="return_line_has_a_quantity"),
            models.CheckConstraint(
                condition=Q(requested__gte=F("approved") + F("rejected")), name="return_line_decided"
            ),
            models.CheckConstraint(
                condition=Q(approved__gte=F("received") + F("missing") + F("lost") + F("kept") + F("not_arrived")),
                name="return_line_goods",
            ),
            models.CheckConstraint(condition=Q(received__gte=F("accepted") + F("refused")), name="return_line_checked"),
            models.CheckConstraint(
                condition=Q(
                    accepted__gte=F("refunded")
                    + F("exchanged")
                    + F("repaired")
                    + F("reduced")
                    - F("kept")
                    - F("lost")
                    - F("not_arrived")
                    - F("advanced")
                ),
                name="return_line_settled",
            ),
            models.CheckConstraint(
                condition=Q(received__gte=F("restocked") + F("written_off") + F("sent_back")),
                name="return_line_put_away",
            ),
            models.CheckConstraint(condition=Q(released__lte=F("requested")), name="return_line_released"),
        ]

    @property
    def earned(self) -> int:
        """Units for which the customer is to get something."""
        return self.accepted + self.kept + self.lost + self.not_arrived + self.advanced

    @property
    def settled(self) -> int:
        return self.refunded + self.exchanged + self.repaired + self.reduced

    @property
    def unsettled(self) -> int:
        """Units earned for which nothing has been given yet."""
        return self.earned - self.settled

    @property
    def given_early(self) -> int:
        """Advanced units whose money or new item has left: nothing but their receipt closes them."""
        return max(self.advanced - self.unsettled, 0)

    @property
    def to_decide(self) -> int:
        return self.requested - self.approved - self.rejected

    @property
    def expected(self) -> int:
        """Units that are to arrive, those included that did."""
        return self.approved - self.missing - self.lost - self.kept - self.not_arrived

    @property
    def to_receive(self) -> int:
        return self.expected - self.received

    @property
    def to_check(self) -> int:
        return self.received - self.accepted - self.refused

    @property
    def to_put_away(self) -> int:
        """Checked goods that lie on the bench."""
        return self.accepted + self.refused - self.restocked - self.written_off - self.sent_back

    @property
    def holding(self) -> int:
        """Units that no other case may take meanwhile."""
        return self.requested - self.released

    @property
    def same_again(self) -> bool:
        return self.swap_id is not None and self.swap_id == self.order_line.variant_id

    @property
    def is_withdrawal(self) -> bool:
        return self.kind == Kind.WITHDRAWAL


class Question(models.Model):
    """What we need to know before we can decide; one is open at a time."""

    ret = models.ForeignKey(Return, models.CASCADE, related_name="questions")
    text = models.TextField()
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField(default=timezone.now)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["ret"], condition=Q(answered_at=None), name="question_one_open_a_case")
        ]
