"""What is known of a case, gathered for the file of a dispute. Letters are handed in: they belong to a higher room."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone, translation

from carriers import carrier_name
from customers.models import Entry
from customers.timeline import history
from orders.models import Order
from returns.credit_notes import address_lines
from returns.models import Photo, Refund, Return, ReturnLine
from returns.papers import (
    Asked,
    Bought,
    DisputeFacts,
    GivenBack,
    Happened,
    Paid,
    Pictured,
    Scanned,
    Written,
)
from shipments.models import Shipment, TrackingEvent

# How people read one of our codes: say("VERB", "return.approved").
Say = Callable[[str, str], str]

# Lines of the timeline in which somebody decides or disagrees, and under which names they say why.
DECISIONS = frozenset({
    "return.approved",
    "return.rejected",
    "return.contested",
    "return.reopened",
    "line.moved",
    "proof.queried",
    "deduction.proposed",
    "deduction.accepted",
    "deduction.contested",
    "deduction.upheld",
    "deduction.dropped",
    "deduction.sent_back",
    "concession.given",
    "refund.approved",
    "refund.stopped",
})  # fmt: skip
WHY = ("reason", "words", "why")


def _as_it_is(_table: str, code: str) -> str:
    return code


def dispute_facts(
    ret: Return,
    *,
    letters: tuple[Written, ...] = (),
    say: Say = _as_it_is,
    language: str = "",
    now: datetime | None = None,
) -> DisputeFacts:
    """All there is on the order and the case, in the shop's language and zone unless another language is named."""
    order, shop = ret.order, ret.shop
    language = language or shop.language
    with translation.override(language):
        return DisputeFacts(
            language=language,
            shop_name=shop.name,
            shop_address=tuple(shop.address_lines),
            number=ret.number,
            order_number=order.number,
            made_at=(now or timezone.now()).astimezone(shop.zone),
            currency=order.currency,
            customer=order.customer.name,
            email=order.customer.email,
            address=tuple(address_lines(order, language)),
            placed_at=order.placed_at,
            state=say("RETURN_STATE", ret.state),
            delivery_paid=order.delivery_paid,
            bought=tuple(Bought(row.quantity, row.title, row.choice, row.paid) for row in order.lines.all()),
            paid=tuple(
                Paid(row.provider, row.reference, row.captured, row.reserved + row.outside)
                for row in order.payments.order_by("pk")
            ),
            asked=tuple(_asked(row, say) for row in ret.lines.select_related("order_line")),
            timeline=tuple(_happened(row, say) for row in history(order.customer, order.number)),
            scans=_scans(order, say),
            letters=letters,
            pictures=tuple(_pictured(row) for row in _photos(ret)),
            refunds=tuple(_given_back(row, say) for row in ret.refunds.order_by("pk")),
        )


def _asked(line: ReturnLine, say: Say) -> Asked:
    return Asked(
        title=f"{line.order_line.title} {line.order_line.choice}".strip(),
        requested=line.requested,
        approved=line.approved,
        received=line.received,
        accepted=line.accepted,
        settled=line.settled,
        ground=say("KIND", line.kind),
        reason=say("REASON", line.reason),
        wish=say("WISH", line.wish),
        words=line.words,
    )


def as_line(entry: Entry) -> dict[str, Any]:
    """A line of the timeline as the chain holds it."""
    return {
        "at": entry.at.astimezone(UTC).isoformat(),
        "by": entry.by,
        "verb": entry.verb,
        "order": entry.order_number,
        "number": entry.number,
        "facts": entry.facts,
    }


def _happened(entry: Entry, say: Say) -> Happened:
    why = next((str(entry.facts[name]) for name in WHY if entry.facts.get(name)), "")
    kind, _, name = entry.by.partition(":")
    return Happened(
        at=entry.at,
        by=name or say("BY", kind),
        said=say("VERB", entry.verb),
        line=as_line(entry),
        decision=why if entry.verb in DECISIONS else None,
    )


def _scans(order: Order, say: Say) -> tuple[Scanned, ...]:
    events = TrackingEvent.objects.filter(shipment__order=order).select_related("shipment").order_by("at", "pk")
    return tuple(
        Scanned(
            at=event.at,
            parcel=f"{carrier_name(event.shipment.carrier)} {event.shipment.tracking_number}",
            back=event.shipment.direction == Shipment.Direction.RETURN,
            said=say("PARCEL", event.status),
            theirs=event.text,
            place=event.place,
        )
        for event in events
    )


def _photos(ret: Return):
    return Photo.objects.filter(line__ret=ret).select_related("line__order_line").order_by("added_at", "pk")


def _pictured(photo: Photo) -> Pictured:
    try:
        with photo.file.open("rb") as opened:
            file = opened.read()
    except FileNotFoundError:
        file = None
    return Pictured(photo.added_at, photo.bench, photo.line.order_line.title if photo.line else "", file)


def _given_back(refund: Refund, say: Say) -> GivenBack:
    rows = refund.snapshot.get("rows", [])
    return GivenBack(
        at=refund.settled_at or refund.proposed_at,
        amount=refund.amount,
        currency=refund.currency,
        state=say("REFUND_STATE", refund.state),
        reference=" ".join(part for part in (refund.provider_id, refund.bank_reference) if part),
        by=refund.approved_by.rpartition(":")[2],
        rows=tuple((_what_for(row, say), row["quantity"], row["amount"]) for row in rows),
    )


def _what_for(row: dict[str, Any], say: Say) -> str:
    if row["rule"] == "R2":
        return row["text"]
    return ": ".join(filter(None, (say("ROW", row["rule"]), row["text"])))
