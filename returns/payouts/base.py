"""Our words for refunds, whoever moves the money. Amounts are integers of the smallest unit as this house counts it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

STATES = ("pending", "requires_action", "succeeded", "failed", "canceled", "needs_review")


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    reference: str
    captured: int
    refunded: int  # by whomever: our refunds, and those made in the provider's own pages
    currency: str  # ISO 4217, upper case
    livemode: bool
    method: str = ""  # visa, sepa_debit, ...
    last4: str = ""  # of the card or account it was paid with
    dispute: str = ""  # "open" or "lost": the customer's bank has asked the money back, and it cannot be refunded
    disputed: int = 0  # how much of it
    refunds: tuple["Outcome", ...] = ()  # all of it that goes or went back, newest first, by whomever


@dataclass(frozen=True, slots=True)
class AccountFacts:
    id: str  # "" when the key may not read it
    livemode: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    provider_id: str
    state: str  # one of STATES; a word of theirs that we do not know is needs_review
    amount: int
    currency: str
    failure_reason: str = ""
    bank_reference: str = ""  # what the customer's bank can search for
    bank_reference_status: str = ""  # pending, available or unavailable
    destination: str = ""  # "card", ...
    refund_uuid: str = ""  # ours, "" when the refund was made elsewhere
    metadata: dict = field(default_factory=dict)  # what the house froze with it
    payment_reference: str = ""
    raw: dict = field(default_factory=dict)
    made_at: datetime | None = field(default=None, compare=False)  # by the provider's clock


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the provider's on which a customer pays one sum."""

    id: str
    url: str  # "" once nobody can pay there any more
    state: str  # open, complete or expired; a word of theirs that we do not know is open
    paid: bool  # complete and not paid: the bank has not said yes yet
    amount: int
    currency: str
    uuid: str  # ours, "" when the page was made elsewhere
    payment_reference: str = ""  # once it is paid


@dataclass(frozen=True, slots=True)
class Event:
    """A knock on the door: what it says is fetched again before anything is believed."""

    id: str
    type: str
    refund_id: str  # "" when it is about something else
    payment_reference: str
    payload: dict  # only what it is about: nothing of a person or a card is kept


class Payout:
    """One account of one provider."""

    def __init__(self, account: dict):
        self.account = account

    def send(self, request: dict, *, key: str) -> Outcome:
        """Ask for one refund. The same key and request may be sent again after OutcomeUnknown.

        `request` is what the house froze: payment, amount, currency and metadata with `refund_uuid`.
        """
        raise NotImplementedError

    def fetch(self, provider_id: str) -> Outcome:
        raise NotImplementedError

    def find(self, payment_reference: str, refund_uuid: str) -> Outcome | None:
        """Our refund among all of this payment's; None proves that it is not there."""
        raise NotImplementedError

    def fetch_payment(self, reference: str) -> PaymentFacts:
        raise NotImplementedError

    def recent(self, since: datetime) -> Iterator[Outcome]:
        """Every refund of the account made since then, newest first, whoever made it."""
        raise NotImplementedError

    def account_facts(self) -> AccountFacts:
        raise NotImplementedError

    def create_page(self, request: dict, *, key: str) -> Page:
        """Ask for a page to pay on. The same key and request may be sent again after OutcomeUnknown.

        `request` is amount, currency, title (what she reads), uuid (ours), metadata, expires_at (seconds since 1970,
        half an hour to a day from now), back (where she goes afterwards) and language.
        """
        raise NotImplementedError

    def fetch_page(self, page_id: str) -> Page:
        raise NotImplementedError

    def expire_page(self, page_id: str) -> Page:
        """Nobody can pay there from now on. One that was paid or is over stays as it is; the answer says which."""
        raise NotImplementedError

    def page_of(self, payload: dict) -> str:
        """The page that a kept webhook is about; empty when it is about something else."""
        raise NotImplementedError

    def parse_webhook(self, body: bytes, header: str, *, now: datetime) -> Event:
        """Raises ForgedWebhook unless it is signed with one of our secrets within five minutes of `now`."""
        raise NotImplementedError

    def check(self) -> list[str]:
        """Sentences for staff about what is wrong with the account; none when it works."""
        raise NotImplementedError
