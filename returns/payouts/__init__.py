"""How does money leave the house? Only rails that speak to the outside; plain data in, plain data out."""

from importlib import import_module

from .base import AccountFacts, Event, Outcome, Page, PaymentFacts, Payout
from .errors import (
    AccountRefused,
    ForgedWebhook,
    KeyReused,
    OutcomeUnknown,
    PayoutError,
    RateLimited,
    Refused,
)

# Loaded on first use: the stripe package is slow to import.
PAYOUTS = {"stripe": "returns.payouts.stripe.Stripe"}

__all__ = [
    "PAYOUTS",
    "AccountFacts",
    "AccountRefused",
    "Event",
    "ForgedWebhook",
    "KeyReused",
    "Outcome",
    "OutcomeUnknown",
    "Page",
    "PaymentFacts",
    "Payout",
    "PayoutError",
    "RateLimited",
    "Refused",
    "open_payout",
]


def open_payout(provider: str, account: dict) -> Payout:
    """The rail for one account of one provider. Raises KeyError for a provider that PAYOUTS does not list."""
    module, _, name = PAYOUTS[provider].rpartition(".")
    return getattr(import_module(module), name)(account)
