"""Rows of the books -> the objects Stripe would show. Pure; the tests hold every key against the client's own types."""

import hashlib
import json
import sqlite3

PAYMENT_METHOD = "pm_sandbox_visa"
FREED = ("failed", "canceled")  # a refund that gives its amount back to the charge


def payment_intent(payment: sqlite3.Row, charge_or_id: dict | str) -> dict:
    return {
        "id": payment["id"],
        "object": "payment_intent",
        "amount": payment["amount"],
        "amount_capturable": 0,
        "amount_received": payment["amount"],
        "canceled_at": None,
        "capture_method": "automatic",
        "client_secret": f"{payment['id']}_secret_sandbox",
        "confirmation_method": "automatic",
        "created": payment["created"],
        "currency": payment["currency"],
        "customer": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": charge_or_id,
        "livemode": bool(payment["livemode"]),
        "metadata": json.loads(payment["metadata"]),
        "next_action": None,
        "payment_method": PAYMENT_METHOD,
        "payment_method_types": ["card"],
        "status": "succeeded",
    }


def charge(payment: sqlite3.Row, refunded: int) -> dict:
    return {
        "id": payment["charge"],
        "object": "charge",
        "amount": payment["amount"],
        "amount_captured": payment["amount"],
        "amount_refunded": refunded,
        "balance_transaction": f"txn_{payment['charge'][3:]}",
        "captured": True,
        "created": payment["created"],
        "currency": payment["currency"],
        "customer": None,
        "description": None,
        "disputed": bool(payment["disputed"]),
        "failure_code": None,
        "failure_message": None,
        "livemode": bool(payment["livemode"]),
        "metadata": {},
        "paid": True,
        "payment_intent": payment["id"],
        "payment_method": PAYMENT_METHOD,
        "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242"}},
        "receipt_url": None,
        "refunded": refunded == payment["amount"],
        "status": "succeeded",
    }


def refund(row: sqlite3.Row) -> dict:
    """`row` is a refund joined with its payment's charge and currency."""
    shown = {
        "id": row["id"],
        "object": "refund",
        "amount": row["amount"],
        "balance_transaction": f"txn_{row['id'][3:]}",
        "charge": row["charge"],
        "created": row["created"],
        "currency": row["currency"],
        "destination_details": {"type": "card", "card": card_details(row)},
        "metadata": json.loads(row["metadata"]),
        "payment_intent": row["payment"],
        "payment_method": PAYMENT_METHOD,
        "reason": row["reason"],
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": row["status"],
        "transfer_reversal": None,
    }
    return shown | by_status(row)


def card_details(row: sqlite3.Row) -> dict:
    """The bank's number comes days later, and only for money that is on its way."""
    if row["status"] != "succeeded":
        return {"type": "pending"}
    details = {"type": "refund", "reference_status": row["reference_status"]}
    if row["reference_status"] == "available":
        details |= {"reference": row["reference"], "reference_type": "acquirer_reference_number"}
    return details


def by_status(row: sqlite3.Row) -> dict:
    """Fields that the real one leaves out unless they say something."""
    if row["status"] == "failed":
        spare = f"txn_back_{row['id'][3:]}"
        return {"failure_reason": row["failure_reason"] or "unknown", "failure_balance_transaction": spare}
    if row["status"] == "pending":
        return {"pending_reason": "processing"}
    if row["status"] == "requires_action":
        sent = {"email_sent_at": row["created"], "email_sent_to": "customer@example.com"}
        details = {"email_sent": sent, "expires_at": row["created"] + 45 * 86400}
        return {"next_action": {"type": "display_details", "display_details": details}}
    return {}


def dispute(payment: sqlite3.Row) -> dict:
    return {
        "id": f"dp_{payment['charge'][3:]}",
        "object": "dispute",
        "amount": payment["disputed_amount"] or payment["amount"],
        "charge": payment["charge"],
        "created": payment["created"],
        "currency": payment["currency"],
        "is_charge_refundable": may_be_refunded(payment),
        "livemode": bool(payment["livemode"]),
        "metadata": {},
        "payment_intent": payment["id"],
        "reason": "general",
        "status": payment["dispute_status"] or "needs_response",
    }


def may_be_refunded(payment: sqlite3.Row) -> bool:
    """A question of the bank, or a dispute that was won, does not stand in the way of a refund."""
    return payment["dispute_status"].startswith("warning_") or payment["dispute_status"] == "won"


def account(name: str) -> dict:
    return {"id": name, "object": "account", "charges_enabled": True, "country": "DE", "default_currency": "eur"}


def bank_number(refund_id: str) -> str:
    """23 digits, as an acquirer reference number has; always the same for one refund."""
    return f"7{int(hashlib.sha256(refund_id.encode()).hexdigest(), 16) % 10**22:022}"
