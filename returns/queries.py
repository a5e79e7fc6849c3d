"""Which returns, and what do their ledgers say?"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, Replace, Upper
from django.utils import timezone

from carriers.base import Status
from customers.models import Entry, Shop
from orders.models import Order, OrderLine, Payment, Variant
from returns.kinds import Kind, Reason, Wish
from returns.models import (
    BankDetails,
    Concession,
    Deduction,
    Receipt,
    Refund,
    Return,
    ReturnLine,
    ReturnParcel,
    Unexpected,
)
from shipments.models import Shipment
from shipments.promise import MOVING

# Cases of which nothing comes any more: what they were about may be asked for anew.
CAME_TO_NOTHING = {Return.State.CANCELLED, Return.State.REJECTED, Return.State.EXPIRED}
# How money goes back to a payment, by who took it. Any other is paid back by hand.
RAILS = {"stripe": Refund.Rail.STRIPE, "credit": Refund.Rail.CREDIT, "bank": Refund.Rail.BANK}


def delivered_on(order: Order) -> date | None:
    """The local day on which the last parcel of the order arrived; None while one is still under way."""
    sent = [
        row.delivered_at
        for row in order.shipments.all()
        if row.direction == Shipment.Direction.OUTBOUND and not row.replacement
    ]
    arrived = [moment for moment in sent if moment]
    return order.shop.today(max(arrived)) if arrived and len(arrived) == len(sent) else None


def not_sent_yet(order: Order) -> bool:
    """No carrier has had any of it in hand, as far as we know."""
    sent = order.shipments.filter(direction=Shipment.Direction.OUTBOUND, replacement=False)
    return not any(has_left(parcel) for parcel in sent)


def has_left(parcel: Shipment) -> bool:
    said = parcel.status not in {Status.PRE_TRANSIT, Status.CANCELLED, Status.UNKNOWN}
    return said or parcel.handed_at is not None or parcel.delivered_at is not None


def open_returns(shop: Shop, *, besides: Iterable[Return] = ()) -> QuerySet[Return]:
    """Every case that somebody still waits for, the longest waiting first: also for money that should be there, and
    those `besides` that a person should see."""
    missed = Exists(missed_refunds(shop).filter(ret=OuterRef("pk")))
    seen = Q(pk__in=[ret.pk for ret in besides])
    return (
        Return.objects.filter(~Q(state__in=Return.ENDED) | missed | seen, shop=shop)
        .exclude(state=Return.State.DRAFT)
        .select_related("shop", "order__customer")
        .order_by("submitted_at")
    )


def returns_numbered(shop: Shop, number: str) -> QuerySet[Return]:
    return Return.objects.filter(shop=shop, number=number.upper()).select_related("shop", "order__customer")


def labelled_parcels(ret: Return) -> QuerySet[ReturnParcel]:
    """The boxes of a case whose label can be printed: not those of a carrier of her own, nor those taken back."""
    boxes = ret.parcels.exclude(shipment=None).filter(own=False).exclude(state=ReturnParcel.State.LABEL_VOID)
    return boxes.select_related("shipment", "ret__shop", "ret__order__customer")


def first_proof(ret: Return) -> datetime | None:
    """When it was first shown that the goods were sent: her proof, the carrier's first scan, or the receipt."""
    shown = list(ret.proofs.filter(queried_at=None).values_list("submitted_at", flat=True))
    boxes = ret.parcels.exclude(shipment=None).values_list("shipment__handed_at", "shipment__delivered_at")
    scanned = [moment for pair in boxes for moment in pair if moment]
    came = list(Receipt.objects.filter(line__ret=ret, reversed_at=None).values_list("at", flat=True))
    return min([*shown, *scanned, *came], default=None)


def rows_given(order: Order, *, of: Return | None = None) -> list[dict]:
    """The rows of every refund of this order that has gone out or still may: what it covers is not to be given again.

    All shares of one proposal tell the same sum, so each proposal is read once. Units that became another product have
    gone with what was paid for them. `of` reads the sums of one case only.
    """
    refunds = Refund.objects.filter(Q(counted=True) | Q(state__in=Refund.LIVE), ret__order=order)
    if of:
        refunds = refunds.filter(ret=of)
    newest = {refund.proposal: refund.snapshot for refund in refunds.order_by("pk")}
    rows = [row for snapshot in newest.values() for row in snapshot.get("rows", [])]
    return rows if of else [*_became_others(order), *rows]


def _became_others(order: Order) -> list[dict]:
    lines = OrderLine.objects.filter(order=order).exclude(instead_of=None).select_related("instead_of")
    return [
        {
            "rule": "R2",
            "text": line.instead_of.title,
            "quantity": line.quantity,
            "amount": line.carried,
            "tax": line.carried_tax,
            "line": line.instead_of.position,
            "of": None,
        }
        for line in lines
        if line.instead_of
    ]


def unlabelled_parcels(now: datetime) -> QuerySet[ReturnParcel]:
    """Boxes that wait for a label and that no worker is asking for."""
    idle = Q(asking_until=None) | Q(asking_until__lt=now)
    return ReturnParcel.objects.filter(
        idle, state=ReturnParcel.State.PLANNED, ask_again__lte=now, ret__state__in=Return.UNDER_WAY
    )


def parcels_by_hand(now: datetime) -> QuerySet[ReturnParcel]:
    """Boxes whose label a person has to make."""
    idle = Q(asking_until=None) | Q(asking_until__lt=now)
    return ReturnParcel.objects.filter(
        idle, state=ReturnParcel.State.PLANNED, ask_again=None, ret__state__in=Return.UNDER_WAY
    )


def unused_labels(now: datetime) -> QuerySet[ReturnParcel]:
    """Labels of closed cases that the carrier is to take back."""
    return ReturnParcel.objects.filter(void_at__lte=now, state=ReturnParcel.State.LABEL_CREATED)


def to_expire(now: datetime) -> QuerySet[Return]:
    """Cases whose parcel did not come: the day to send it is long past. Withdrawals are left to a person, and so is
    what she had no label for, and what she has had something for already."""
    late = Return.objects.filter(
        state__in=[*Return.NOT_SENT, Return.State.REOPENED],
        expires_on__lt=over_everywhere(now),
        proof_at=None,
        withdrawn_at=None,
    )
    labelled = ReturnParcel.objects.filter(ret=OuterRef("pk"), state=ReturnParcel.State.LABEL_CREATED)
    early = ReturnLine.objects.filter(ret=OuterRef("pk"), advanced__gt=0)
    return late.filter(Q(way=Return.Way.OWN) | Exists(labelled)).exclude(Exists(early)).order_by("expires_on")


def over_everywhere(now: datetime) -> date:
    """A day before this one has ended in every zone on earth."""
    return timezone.localdate(now) - timedelta(days=1)


def holds_past_end(now: datetime) -> QuerySet[ReturnLine]:
    """Lines whose held pieces have waited as long as was promised."""
    return ReturnLine.objects.filter(
        held__gt=0, held_until__lt=over_everywhere(now), received=0, kept=0, not_arrived=0
    ).select_related("ret")


def deductions_past_answer(now: datetime) -> QuerySet[Deduction]:
    return Deduction.objects.filter(state=Deduction.State.PROPOSED, answer_by__lt=over_everywhere(now)).select_related(
        "line__ret"
    )


def moved_parcels() -> QuerySet[ReturnParcel]:
    """Boxes of which the carrier has told us more than their case knows."""
    begun = [*MOVING, "available_for_pickup", "delivered"]
    return (
        ReturnParcel.objects.filter(
            Q(
                state__in=[ReturnParcel.State.LABEL_CREATED, ReturnParcel.State.LABEL_VOID],
                shipment__status__in=begun,
            )
            | Q(state=ReturnParcel.State.HANDED_OVER, shipment__status="delivered")
        )
        .exclude(ret__state=Return.State.DRAFT)
        .select_related("shipment", "ret")
    )


def boxes_numbered(shop: Shop, numbers: Iterable[str]) -> QuerySet[ReturnParcel]:
    """Boxes on their way back under one of these tracking numbers, however it was typed when they were labelled."""
    plain = Upper(Replace(Replace("shipment__tracking_number", Value(" ")), Value("-")))
    found = ReturnParcel.objects.annotate(plain=plain).filter(ret__shop=shop, plain__in=list(numbers))
    return found.exclude(ret__state=Return.State.DRAFT).select_related("ret__shop", "ret__order__customer", "shipment")


def came_back_alone(shop: Shop) -> QuerySet[Shipment]:
    """Parcels that the carrier brought back by itself, of whose order nobody has opened a case since."""
    cases = Return.objects.filter(order=OuterRef("order")).exclude(state=Return.State.DRAFT)
    open_case = cases.exclude(state__in=Return.ENDED)
    # She had the money, or a new one: it is no case of its own. `returns.not_come` shows it to staff.
    told = Entry.objects.annotate(parcel=KT("facts__tracking_number")).filter(
        Exists(Return.objects.filter(number=OuterRef("number")).exclude(state__in=CAME_TO_NOTHING)),
        verb="parcel.given_up",
        customer=OuterRef("order__customer"),
        order_number=OuterRef("order__number"),
        parcel=OuterRef("tracking_number"),
    )
    since = cases.filter(created_at__gte=Coalesce(OuterRef("last_scan_at"), OuterRef("created_at")))
    return (
        Shipment.objects.filter(
            Exists(OrderLine.objects.filter(order=OuterRef("order"), returning__lt=F("quantity"))),
            ~Exists(open_case),
            ~Exists(told),
            ~Exists(since.filter(lines__kind=Kind.CARRIER_RETURN)),
            shop=shop,
            direction=Shipment.Direction.OUTBOUND,
            replacement=False,
            status=Status.RETURNED,
        )
        .select_related("order")
        .order_by("last_scan_at", "pk")
    )


LEAST_FOR_A_HINT = 20


def usual_size(variant: Variant) -> str:
    """The size that more than half of those take who send this one back for its size; empty while too few did."""
    swaps = ReturnLine.objects.filter(order_line__variant=variant, reason=Reason.WRONG_SIZE, swap__isnull=False)
    sent = swaps.exclude(ret__state=Return.State.DRAFT).exclude(swap__size="")
    sizes = Counter(sent.order_by("-pk").values_list("swap__size", flat=True)[:500])
    ((size, most),) = sizes.most_common(1) or [("", 0)]
    return size if sizes.total() >= LEAST_FOR_A_HINT and most * 2 > sizes.total() else ""


def unexpected_open(shop: Shop) -> QuerySet[Unexpected]:
    """What came unannounced and nobody has settled yet, the oldest first."""
    return Unexpected.objects.filter(shop=shop, resolved_at=None).select_related("ret", "variant").order_by("found_at")


def refunds_to_send(now: datetime) -> QuerySet[Refund]:
    """Approved ones whose time to stop them has passed, and ones whose sender has not been heard of since its lease.
    What the customer's bank has asked back waits for the bank's word; what is approved on a payment that a person has
    to look at waits for her."""
    lost = Q(state=Refund.State.SENDING, lease_until__lt=now)
    ready = Q(state=Refund.State.APPROVED, send_after__lte=now)
    by_itself = Refund.objects.exclude(rail=Refund.Rail.BANK)  # a person takes those to the bank
    due = (lost | ready) & (Q(look_again=None) | Q(look_again__lte=now))
    unclear = Q(state=Refund.State.APPROVED, payment__problem__gt="")
    return by_itself.filter(due).exclude(payment__dispute="open").exclude(unclear).order_by("send_after")


def refunds_to_look_at(now: datetime) -> QuerySet[Refund]:
    """Sent ones of which the provider owes us a word, and settled ones whose bank reference is not here yet."""
    states = [Refund.State.PENDING, Refund.State.REQUIRES_ACTION, Refund.State.SUCCEEDED]
    asked = Refund.objects.filter(rail=Refund.Rail.STRIPE, state__in=states, look_again__lte=now)
    return asked.order_by("look_again")


def owed_lines() -> QuerySet[ReturnLine]:
    """Lines with units for which something is to be given still."""
    settled = F("refunded") + F("exchanged") + F("repaired") + F("reduced")
    earned = F("accepted") + F("kept") + F("lost") + F("not_arrived") + F("advanced")
    return ReturnLine.objects.annotate(owed=earned - settled).filter(owed__gt=0)


def unproposed_returns() -> QuerySet[Return]:
    """Cases in which something waits for money, or for store credit, and no refund of that is live."""
    of = {"ret": OuterRef("pk")}
    due = owed_lines().filter(wish=Wish.MONEY, **of)
    named = BankDetails.objects.filter(ret=OuterRef("ret"), given_at__gt=OuterRef("settled_at")).exclude(sealed="")
    # a person looks, unless she has named an account since
    failed = Q(pk__in=failed_refunds().values("pk")) & ~Exists(named)
    asked = Refund.objects.filter(Q(state__in=Refund.LIVE) | failed, **of)
    as_credit, apart = Q(snapshot__as_credit=True), Q(snapshot__has_key="apart")
    conceded = Concession.objects.filter(given=False, **of)
    of_money = asked.exclude(pk__in=Refund.objects.filter(as_credit | apart).values("pk"))
    money = (Q(Exists(due.filter(as_credit=False))) | Q(Exists(conceded))) & ~Exists(of_money)
    credit = Q(Exists(due.filter(as_credit=True))) & ~Exists(asked.filter(as_credit))
    payable = Payment.objects.filter(order=OuterRef("order"), provider__in=RAILS)
    unclear = Payment.objects.filter(order=OuterRef("order"), problem__gt="")
    return Return.objects.filter(money | credit, Exists(payable), ~Exists(unclear), state__in=Return.UNDER_WAY)


def failed_refunds() -> QuerySet[Refund]:
    """Those that failed, and that no later sum of their case has made good. One of money is not made good by credit."""
    of_credit = Refund.objects.filter(Q(snapshot__as_credit=True) | Q(snapshot__has_key="apart"))
    later = Refund.objects.filter(ret=OuterRef("ret"), pk__gt=OuterRef("pk"), counted=True)
    later = later.exclude(proposal=OuterRef("proposal")).exclude(pk__in=of_credit.values("pk"))
    return Refund.objects.filter(~Exists(later), state=Refund.State.FAILED)


def shares_of(ret: Return, *, as_credit: bool) -> list[Refund]:
    """The refunds of a case that give money, or those that she wanted as store credit. What stands apart is neither: it
    settles no goods. That is credit that became money after all, and a price difference that was paid for nothing."""
    rows = [row for row in ret.refunds.order_by("pk") if "apart" not in row.snapshot]
    return [row for row in rows if bool(row.snapshot.get("as_credit")) == as_credit]


def ours_with_her(shop: Shop, now: datetime) -> dict[int, str]:
    """Cases that lie with the customer, and in which something is ours to do all the same: {case id: what}.

    owed: money or a new item leaves before the goods are here. collect: it cannot go by parcel. unsent: withdrawn
    before it left us. overdue: not sent in time, and not closed by itself. label: a person makes it.
    """
    hers = Return.objects.filter(shop=shop, state__in=[*Return.NOT_SENT, Return.State.REOPENED])
    ours = {
        "owed": _owed(hers),
        "overdue": hers.filter(expires_on__lt=over_everywhere(now)),
        "collect": _to_collect(hers),
        "unsent": hers.filter(~Exists(_left()), withdrawn_at__isnull=False),
        "label": hers.filter(parcels__in=parcels_by_hand(now)),
    }
    return {pk: what for what, cases in ours.items() for pk in cases.values_list("pk", flat=True)}


def missed_refunds(shop: Shop) -> QuerySet[Refund]:
    """Money that a customer does not see, and that nobody has looked for since she said so."""
    open_ones = Q(looked_at=None) | Q(looked_at__lt=F("not_seen_at"))
    return Refund.objects.filter(open_ones, shop=shop, not_seen_at__isnull=False).select_related("ret")


def for_a_second(shop: Shop) -> QuerySet[Return]:
    """Cases in which one person has said yes to money, or no to a right, and another has to look."""
    yes = Refund.objects.filter(state=Refund.State.PROPOSED).exclude(first_by="")
    undecided = [*Return.UNDECIDED, Return.State.DISPUTED]
    no = Q(no_at__isnull=False, state__in=undecided)
    return Return.objects.filter(no | Q(refunds__in=yes), shop=shop).distinct()


def _owed(cases: QuerySet[Return]) -> QuerySet[Return]:
    """Money that is on its way by itself is not ours to send."""
    of = {"ret": OuterRef("pk")}
    due = Exists(owed_lines().filter(wish=Wish.MONEY, **of)) | Exists(Concession.objects.filter(given=False, **of))
    going = set(Refund.OPEN) - {Refund.State.NEEDS_REVIEW}
    on_its_way = Exists(Refund.objects.filter(state__in=going, **of))
    asked = Exists(Refund.objects.filter(state__in=[Refund.State.PROPOSED, Refund.State.NEEDS_REVIEW], **of))
    return cases.filter(Exists(owed_lines().exclude(wish=Wish.MONEY).filter(**of)) | asked | (due & ~on_its_way))


def _to_collect(cases: QuerySet[Return]) -> QuerySet[Return]:
    coming = F("missing") + F("lost") + F("kept") + F("not_arrived") + F("received")
    goods = ReturnLine.objects.filter(ret=OuterRef("pk"), approved__gt=coming)
    boxes = ReturnParcel.objects.filter(ret=OuterRef("pk")).exclude(state=ReturnParcel.State.LABEL_VOID)
    return cases.filter(Exists(goods), ~Exists(boxes)).exclude(way=Return.Way.OWN)


def _left() -> QuerySet[Shipment]:
    """Parcels of the order that a carrier has had in hand, or of which nobody will ever tell us."""
    sent = Shipment.objects.filter(
        order=OuterRef("order"), direction=Shipment.Direction.OUTBOUND, replacement=False
    ).exclude(status=Status.CANCELLED)
    untold = Q(looked_at=None, shipped_on__isnull=False)
    return sent.filter(~Q(status=Status.PRE_TRANSIT) | Q(handed_at__isnull=False) | untold)
