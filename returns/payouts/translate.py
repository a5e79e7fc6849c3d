"""Stripe's objects -> our words. Pure: they come in as plain dicts."""

from collections.abc import Iterable
from datetime import UTC, datetime

from .base import AccountFacts, Event, Outcome, Page, PaymentFacts
from .money import from_stripe, to_stripe

PAGE_STATES = {"open": "open", "complete": "complete", "expired": "expired"}
LOCALES = {"en", "de", "el", "vi"}  # of Stripe's page, as far as they are ours

STATES = {
    "pending": "pending",
    "requires_action": "requires_action",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "canceled",
}

# A dispute that is won, or was only a question, takes nothing away. https://docs.stripe.com/api/disputes/object
DISPUTED = {
    "needs_response": "open",
    "under_review": "open",
    "warning_needs_response": "open",
    "warning_under_review": "open",
    "lost": "lost",
}


def to_outcome(refund: dict) -> Outcome:
    currency = refund["currency"].upper()
    destination, reference = to_destination(refund.get("destination_details") or {})
    return Outcome(
        provider_id=refund["id"],
        state=STATES.get(refund.get("status") or "", "needs_review"),
        amount=from_stripe(refund["amount"], currency),
        currency=currency,
        failure_reason=refund.get("failure_reason") or "",
        bank_reference=reference.get("reference") or "",
        bank_reference_status=reference.get("reference_status") or "",
        destination=destination,
        refund_uuid=refund_uuid(refund),
        metadata=refund.get("metadata") or {},
        payment_reference=id_of(refund.get("payment_intent")),
        raw=refund,
        made_at=datetime.fromtimestamp(refund["created"], UTC) if refund.get("created") else None,
    )


def to_destination(details: dict) -> tuple[str, dict]:
    """A kind, and what is known of it: the field is named by the value of `type`."""
    kind = details.get("type") or ""
    return kind, details.get(kind) or {}


def refund_uuid(refund: dict) -> str:
    return (refund.get("metadata") or {}).get("refund_uuid") or ""


def to_payment(intent: dict, refunds: Iterable[dict] = (), disputes: Iterable[dict] = ()) -> PaymentFacts:
    """`intent` has its latest_charge expanded; without any charge nothing was captured."""
    against = [one for one in disputes if one["status"] in DISPUTED and not one.get("is_charge_refundable")]
    currency = intent["currency"].upper()
    charge = intent.get("latest_charge") or {}
    kind, paid = to_destination(charge.get("payment_method_details") or {})
    return PaymentFacts(
        reference=intent["id"],
        captured=from_stripe(charge.get("amount_captured", 0), currency),
        refunded=from_stripe(charge.get("amount_refunded", 0), currency),
        currency=currency,
        livemode=intent["livemode"],
        method=paid.get("brand") or kind,
        last4=paid.get("last4") or "",
        dispute=DISPUTED[against[0]["status"]] if against else "",
        disputed=sum(from_stripe(one["amount"], currency) for one in against),
        refunds=tuple(to_outcome(refund) for refund in refunds),
    )


def to_account(account: dict | None, key: str) -> AccountFacts:
    return AccountFacts(id=account["id"] if account else "", livemode="_live_" in key)


def to_event(event: dict) -> Event:
    """Refunds, charges and disputes all name their PaymentIntent; a PaymentIntent is its own."""
    about = event["data"]["object"]
    kind = about.get("object")
    payment = about["id"] if kind == "payment_intent" else about.get("payment_intent")
    return Event(
        id=event["id"],
        type=event["type"],
        refund_id=about["id"] if kind == "refund" else "",
        payment_reference=id_of(payment),
        payload={
            "data": {"object": {"object": kind, "id": about.get("id") or ""}}
        },  # never whom it is about, nor her card
    )


def id_of(field: str | dict | None) -> str:
    """Stripe sends an id, or the whole object where it was expanded."""
    return field["id"] if isinstance(field, dict) else field or ""


def to_page(session: dict) -> Page:
    """Stripe calls it a Checkout Session. `no_payment_required` cannot be: every page has a sum."""
    currency = session["currency"].upper()
    return Page(
        id=session["id"],
        url=session.get("url") or "",
        state=PAGE_STATES.get(session.get("status") or "", "open"),
        paid=session.get("payment_status") == "paid",
        amount=from_stripe(session["amount_total"], currency),
        currency=currency,
        uuid=session.get("client_reference_id") or "",
        payment_reference=id_of(session.get("payment_intent")),
    )


def page_of(payload: dict) -> str:
    about = payload.get("data", {}).get("object", {})
    return about.get("id") or "" if about.get("object") == "checkout.session" else ""


def from_page_request(request: dict) -> dict:
    """One thing with one price, made for this sum alone; our uuid on the page and on the payment it makes."""
    price = {
        "currency": request["currency"].lower(),
        "unit_amount": to_stripe(request["amount"], request["currency"]),
        "product_data": {"name": request["title"]},
    }
    return {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "client_reference_id": request["uuid"],
        "metadata": request["metadata"],
        "payment_intent_data": {"metadata": request["metadata"]},
        "expires_at": request["expires_at"],
        "success_url": request["back"],
        "cancel_url": request["back"],
        "locale": request["language"] if request["language"] in LOCALES else "auto",
    }


def from_request(request: dict) -> dict:
    """Our reasons travel as metadata. Never `fraudulent`: Stripe would block the customer's card and address."""
    return {
        "payment_intent": request["payment"],
        "amount": to_stripe(request["amount"], request["currency"]),
        "metadata": request["metadata"],
        "reason": "requested_by_customer",
    }
