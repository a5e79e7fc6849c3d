"""Talks with Stripe by its official client. account = {"key", "webhook_secrets": [...], "api_base": optional}."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

import requests

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
from .money import NotPayable
from .translate import (
    from_page_request,
    from_request,
    page_of,
    refund_uuid,
    to_account,
    to_event,
    to_outcome,
    to_page,
    to_payment,
)

TIMEOUT = (3, 20)  # seconds; the client's own is 80
TOLERANCE = 300  # seconds a webhook may be old, or ahead
NOBODYS_PAYMENT = "pi_homeward_asks_may_this_key_refund"

T = TypeVar("T")


class Stripe(Payout):
    @cached_property
    def client(self) -> Any:
        import stripe

        stripe.enable_telemetry = False  # the shop did not ask for it
        return stripe.StripeClient(
            self.account["key"],
            max_network_retries=0,  # trying again is the house's decision, made with the row in hand
            http_client=stripe.RequestsClient(timeout=TIMEOUT, session=new_session()),
            base_addresses={"api": self.account["api_base"]} if self.account.get("api_base") else {},
        )

    def send(self, request: dict, *, key: str) -> Outcome:
        try:
            params = from_request(request)
        except NotPayable as error:
            raise Refused(str(error), code="amount_not_payable") from error
        return self.ask(
            lambda: to_outcome(self.client.v1.refunds.create(params, {"idempotency_key": key}).to_dict()),
        )

    def fetch(self, provider_id: str) -> Outcome:
        return self.ask(lambda: to_outcome(self.client.v1.refunds.retrieve(provider_id).to_dict()))

    def find(self, payment_reference: str, refund_uuid: str) -> Outcome | None:
        ours = self.ask(lambda: self.refunds_of(payment_reference, refund_uuid))
        # Newest first. After a failed attempt there may be a second one, and that is the one that counts.
        alive = [outcome for outcome in ours if outcome.state not in ("failed", "canceled")]
        return next(iter(alive or ours), None)

    def fetch_payment(self, reference: str) -> PaymentFacts:
        return self.ask(lambda: self.payment_facts(reference))

    def recent(self, since: datetime) -> Iterator[Outcome]:
        created = {"created": {"gte": int(since.timestamp())}, "limit": 100}
        pages = self.ask(lambda: self.client.v1.refunds.list(created).auto_paging_iter())
        while refund := self.ask(lambda: next(pages, None)):
            yield to_outcome(refund.to_dict())

    def account_facts(self) -> AccountFacts:
        key = self.account["key"]
        try:
            return self.ask(lambda: to_account(self.client.v1.accounts.retrieve_current().to_dict(), key))
        except AccountRefused as error:
            if error.permission:
                return to_account(None, key)
            raise

    def payment_facts(self, reference: str) -> PaymentFacts:
        intent = self.payment_intent(reference).to_dict()
        about = {"payment_intent": reference, "limit": 100}
        disputed = (intent.get("latest_charge") or {}).get("disputed")
        disputes = self.all_of(self.client.v1.disputes.list(about)) if disputed else []
        return to_payment(intent, self.all_of(self.client.v1.refunds.list(about)), disputes)

    def refunds_of(self, payment: str, uuid: str) -> list[Outcome]:
        refunds = self.all_of(self.client.v1.refunds.list({"payment_intent": payment, "limit": 100}))
        return [to_outcome(refund) for refund in refunds if refund_uuid(refund) == uuid]

    def all_of(self, first_page: Any) -> list[dict]:
        return [each.to_dict() for each in first_page.auto_paging_iter()]

    def payment_intent(self, reference: str) -> Any:
        return self.client.v1.payment_intents.retrieve(reference, {"expand": ["latest_charge"]})

    def ask(self, question: Callable[[], T]) -> T:
        import stripe

        try:
            return question()
        except stripe.StripeError as error:
            raise to_payout_error(error) from error
        except Exception as error:
            # The request may have left, and what came back made no sense to the client or to us. Believing it failed
            # would pay twice.
            raise OutcomeUnknown("Stripe's answer could not be read.", raw=repr(error)) from error

    def create_page(self, request: dict, *, key: str) -> Page:
        try:
            params = from_page_request(request)
        except NotPayable as error:
            raise Refused(str(error), code="amount_not_payable") from error
        sessions = self.client.v1.checkout.sessions
        return self.ask(lambda: to_page(sessions.create(params, {"idempotency_key": key}).to_dict()))

    def fetch_page(self, page_id: str) -> Page:
        return self.ask(lambda: to_page(self.client.v1.checkout.sessions.retrieve(page_id).to_dict()))

    def expire_page(self, page_id: str) -> Page:
        """What is not open any more cannot be expired: then it says how it stands."""
        try:
            return self.ask(lambda: to_page(self.client.v1.checkout.sessions.expire(page_id).to_dict()))
        except Refused:
            return self.fetch_page(page_id)

    def page_of(self, payload: dict) -> str:
        return page_of(payload)

    def parse_webhook(self, body: bytes, header: str, *, now: datetime) -> Event:
        """The signature by the client's own helper, the time by `now`: the client lets stamps of the future pass."""
        if not any(self.is_signed(body, header, secret) for secret in self.account.get("webhook_secrets") or []):
            raise ForgedWebhook("The signature fits none of our secrets.")
        if abs(now.timestamp() - signed_at(header)) > TOLERANCE:
            raise ForgedWebhook("It was signed more than five minutes from now.")
        try:
            return to_event(json.loads(body))
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise ForgedWebhook("It is signed, but it is no event.", raw=repr(error)) from error

    def is_signed(self, body: bytes, header: str, secret: str) -> bool:
        import stripe

        try:
            stripe.WebhookSignature.verify_header(body, header, secret, tolerance=None)
        except (stripe.SignatureVerificationError, UnicodeError, TypeError):
            return False  # UnicodeError: a body that is no text; TypeError: a signature that is not ASCII
        return True

    def check(self) -> list[str]:
        """Asks for a refund of a payment that does not exist: only a key that may refund hears "not found"."""
        try:
            return self.missing_refunds() or self.missing_reads() or self.missing_secret()
        except AccountRefused:
            return ["Stripe does not know this key."]
        except PayoutError as error:
            return [f"Stripe could not be asked: {error}"]

    def missing_refunds(self) -> list[str]:
        probe = {"payment_intent": NOBODYS_PAYMENT, "amount": 1}
        allowed = self.may(lambda: self.client.v1.refunds.create(probe))
        return [] if allowed else ["This key may not make refunds: allow it to write charges and refunds."]

    def missing_reads(self) -> list[str]:
        about = {"payment_intent": NOBODYS_PAYMENT}
        wanted: dict[str, Callable[[], object]] = {
            "payments: allow it to read PaymentIntents and charges.": lambda: self.payment_intent(NOBODYS_PAYMENT),
            "refunds: allow it to read charges and refunds.": lambda: self.client.v1.refunds.list(about),
            "disputes: allow it to read disputes.": lambda: self.client.v1.disputes.list(about),
        }
        return [f"This key may not read {what}" for what, question in wanted.items() if not self.may(question)]

    def missing_secret(self) -> list[str]:
        live = "_live_" in self.account["key"]
        if live and not self.account.get("webhook_secrets"):
            return ["There is no webhook secret, so no news from Stripe can be believed."]
        return []

    def may(self, question: Callable[[], object]) -> bool:
        try:
            self.ask(question)
        except Refused:
            return True  # "no such payment": it looked, so it may
        except AccountRefused as error:
            if error.permission:
                return False
            raise
        return True


def new_session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a ~/.netrc would replace our key
    session.max_redirects = 0  # a refund is never sent on to another address
    return session


def signed_at(header: str) -> int:
    """The first t= of a header whose signature was already checked, read as the client reads it."""
    return next(int(value) for name, _, value in (part.partition("=") for part in header.split(",")) if name == "t")


def to_payout_error(error: Any) -> PayoutError:
    import stripe

    said, raw = error.user_message or "Stripe gave no reason.", error.http_body or ""
    if isinstance(error, stripe.RateLimitError):
        return RateLimited("Stripe asks us to slow down.", retry_after=retry_after(error), raw=raw)
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        permission = isinstance(error, stripe.PermissionError)
        return AccountRefused("Stripe refuses this key.", permission=permission, raw=raw)
    if isinstance(error, stripe.IdempotencyError):
        return KeyReused(said, raw=raw)
    if is_definite(error):
        return Refused(said, code=code_of(error), raw=raw)
    return OutcomeUnknown("Stripe did not answer, or not clearly.", kept=is_replayed(error), raw=raw or said)


def is_definite(error: Any) -> bool:
    """Only Stripe's own error object says no. A proxy's 404 page, a 409 (still at work), a 408 or a 5xx say nothing."""
    status = error.http_status or 0
    return error.error is not None and 400 <= status < 500 and status not in (408, 409, 425)


def code_of(error: Any) -> str:
    """Stripe gives no code when a refund is larger than what is left, only the parameter."""
    return (
        error.code
        or getattr(error.error, "code", None)
        or ("amount_too_large" if getattr(error, "param", None) == "amount" else "")
    )


def retry_after(error: Any) -> float | None:
    said = header(error, "retry-after")
    return float(said) if said.isdigit() else None


def is_replayed(error: Any) -> bool:
    return header(error, "idempotent-replayed") == "true"


def header(error: Any, wanted: str) -> str:
    return {name.lower(): value for name, value in (error.headers or {}).items()}.get(wanted, "")
