"""Our words for what carriers do. Every adapter translates into these and adds none of its own."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

import requests

from .errors import NotOffered


class Status(StrEnum):
    PRE_TRANSIT = "pre_transit"
    ACCEPTED = "accepted"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    ATTEMPTED = "attempted"
    EXCEPTION = "exception"
    RETURNING = "returning"
    RETURNED = "returned"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Scan:
    at: datetime  # always with a zone
    status: Status
    text: str  # the carrier's own words
    place: str = ""
    code: str = ""  # the carrier's own code
    sub_status: str = ""
    raw: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tracked:
    number: str
    scans: list[Scan]  # oldest first
    expected_on: date | None = None  # the carrier's own estimate, as the local day


@dataclass(frozen=True, slots=True)
class LabelWanted:
    """A parcel from the customer (sender) to the shop (receiver)."""

    reference: str  # our case number and parcel, at most 50 characters
    sender_name: str
    sender_street: str
    sender_postcode: str
    sender_city: str
    sender_country: str
    receiver_name: str
    receiver_street: str
    receiver_postcode: str
    receiver_city: str
    receiver_country: str
    weight_g: int


@dataclass(frozen=True, slots=True)
class ReturnLabel:
    tracking_number: str
    routing: str  # what the carrier's barcode holds
    code: str  # what the printerless QR holds, "" when there is none
    pdf: bytes | None = None


class CarrierAdapter:
    """One account of one carrier. What a carrier lacks stays as it is here and raises NotOffered."""

    slug = ""
    name = ""
    batch_size = 1  # how many numbers one call of track() may carry

    def __init__(self, account: dict, session: requests.Session):
        self.account = account
        self.session = session

    def track(self, numbers: list[str]) -> dict[str, Tracked]:
        """Every number asked for is a key of the answer; one the carrier has nothing on has no scans."""
        raise NotOffered

    def return_label(self, wanted: LabelWanted, *, key: str) -> ReturnLabel:
        """The same idempotency key gives the same label."""
        raise NotOffered

    def void(self, tracking_number: str) -> None:
        raise NotOffered

    def check(self) -> list[str]:
        """Sentences for staff about what is wrong with the account; none when it works."""
        raise NotOffered

    def tracking_url(self, number: str) -> str:
        """The carrier's own page about this parcel, "" when it has none."""
        return ""
