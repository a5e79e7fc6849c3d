"""Our words for what carriers do. Every adapter translates into these and adds none of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

import requests

from .errors import AccountRefused, CarrierError, NotOffered


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


class SubStatus(StrEnum):
    """Why, or where to: a closed list beside the status."""

    NONE = ""
    TO_NEIGHBOUR = "to_neighbour"
    TO_SAFE_PLACE = "to_safe_place"
    TO_LOCKER = "to_locker"
    TO_PARCEL_SHOP = "to_parcel_shop"
    SIGNED = "signed"
    RECIPIENT_ABSENT = "recipient_absent"
    REFUSED = "refused"
    INCORRECT_ADDRESS = "incorrect_address"
    ACCESS_PROBLEM = "access_problem"
    COD_NOT_PAID = "cod_not_paid"
    RESCHEDULED = "rescheduled"
    CUSTOMS_HOLD = "customs_hold"
    CUSTOMS_DUTIES_DUE = "customs_duties_due"
    DOCUMENTS_MISSING = "documents_missing"
    DAMAGED = "damaged"
    LOST = "lost"
    DELAYED_WEATHER = "delayed_weather"
    DELAYED_CARRIER = "delayed_carrier"
    MISSORTED = "missorted"
    PICKUP_FAILED = "pickup_failed"
    RETURN_FAILED = "return_failed"
    VOIDED = "voided"
    DATA_ONLY = "data_only"  # somebody typed something; the parcel did not move
    UNDONE = "undone"  # the scan before it was a mistake, says the carrier


class ZoneFrom(StrEnum):
    """How we know the zone of a scan's time."""

    OFFSET = "offset"  # the carrier sent it
    CARRIER = "carrier"  # this carrier's times are all of one zone, by its documents
    PLACE = "place"  # from the scan's country and region
    ASSUMED = "assumed"  # nothing says it; the likeliest


@dataclass(frozen=True, slots=True)
class Scan:
    at: datetime  # always with a zone
    status: Status
    text: str  # the carrier's own words, in its own language, without HTML
    place: str = ""
    code: str = ""  # the carrier's own code; where it has none, its own word. Two scans of one code and time are one
    sub_status: str = ""
    local: str = ""  # the clock on the wall there, "2026-11-22T10:02:00"
    zone_from: ZoneFrom = ZoneFrom.OFFSET
    raw: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no inside of a reply. `error` is what it means to us; None: the carrier simply has nothing on this number."""

    code: str
    message: str
    error: type[CarrierError] | None = None
    number: str = ""  # of which parcel; "" = of the whole question


@dataclass(frozen=True, slots=True)
class Tracked:
    number: str
    scans: list[Scan]  # oldest first
    expected_on: date | None = None  # the carrier's own estimate, as the local day
    service: str = ""  # the carrier's name or code of the service, when it says
    refusal: Refusal | None = None
    weight_g: int | None = None  # as the carrier weighed it, when it says
    arrived_postcode: str = ""  # where it was handed over, when it says


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply of a carrier, understood."""

    parcels: list[Tracked] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Knock:
    """A message the carrier sent by itself. Unproven, it is a hint: ask the carrier before believing it."""

    id: str  # the carrier's own number of the message, "" when it has none
    parcels: list[Tracked]
    proven: bool


@dataclass(frozen=True, slots=True)
class LabelItem:
    title: str
    quantity: int
    value: Decimal  # of one, in the currency's main unit
    currency: str


@dataclass(frozen=True, slots=True)
class LabelWanted:
    """A parcel from the customer (sender) to the shop (receiver)."""

    reference: str  # our case number and parcel, at most 50 characters
    sender_name: str
    sender_street: str
    sender_postcode: str
    sender_city: str
    sender_country: str  # two letters, as all countries here
    receiver_name: str
    receiver_street: str
    receiver_postcode: str
    receiver_city: str
    receiver_country: str
    weight_g: int
    sender_region: str = ""  # the state, where addresses have one
    sender_email: str = ""
    sender_phone: str = ""
    receiver_region: str = ""
    outbound_number: str = ""  # the tracking number it came with
    items: tuple[LabelItem, ...] = ()  # for customs


@dataclass(frozen=True, slots=True)
class ReturnLabel:
    """What the customer gets. `file` is the label as the carrier drew it; without one we draw it from `routing`."""

    tracking_number: str
    routing: str = ""  # what the carrier's barcode holds
    code: str = ""  # what the code that needs no printer holds, "" when there is none
    file: bytes | None = None
    file_type: str = ""  # application/pdf, image/png, image/gif
    code_image: bytes | None = None  # that code as the carrier drew it, PNG


class Drop(StrEnum):
    """To whom or where a parcel may be brought instead."""

    DAY = "day"  # to the door, on another day
    NEIGHBOUR = "neighbour"
    SHOP = "shop"  # a parcel shop or locker
    SAFE_PLACE = "safe_place"  # at home, where the customer says


@dataclass(frozen=True, slots=True)
class DeliveryChoice:
    """One thing the carrier can still do with a parcel that is on its way. `id` is the carrier's own."""

    id: str
    kind: Drop
    day: date | None = None  # when it comes then, as the local day
    place: str = ""  # where to, in the carrier's words
    price: Decimal = Decimal(0)  # in the currency's main unit, tax included
    currency: str = ""
    until: datetime | None = None  # the last moment to choose it


@dataclass(frozen=True, slots=True)
class Near:
    """Where somebody looks for a place, as far as she said."""

    country: str
    postcode: str = ""
    city: str = ""
    street: str = ""  # with the house number


class PlaceKind(StrEnum):
    SHOP = "shop"
    LOCKER = "locker"
    POST_OFFICE = "post_office"


@dataclass(frozen=True, slots=True)
class Hours:
    """Open on this day of every week, by the clock on the wall there. Closing at or before the opening is closing
    on the next day: midnight to midnight is the whole day."""

    weekday: int  # 0 is Monday
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class DropOff:
    """A place that takes parcels."""

    name: str
    street: str
    postcode: str
    city: str
    kind: PlaceKind = PlaceKind.SHOP
    distance_m: int | None = None  # from what was asked for, as the carrier measured it
    hours: tuple[Hours, ...] | None = None  # None: the carrier does not say
    closed: tuple[tuple[date, date], ...] = ()  # first and last day of each time it stays closed
    zone: ZoneInfo | None = None  # of its hours; None where nobody can tell
    unprinted: bool = False  # the carrier says that it takes a return by its code, without a printed label


@dataclass(frozen=True, slots=True)
class Pace:
    """How often we may ask with one account. An account may set its own `calls_a_day`."""

    a_second: float = 5.0
    a_day: int | None = None
    at_once: int = 16


class CarrierAdapter:
    """One account of one carrier. What a carrier lacks stays as it is here and raises NotOffered."""

    slug = ""
    name = ""
    batch_size = 1  # how many numbers one call of track() may carry
    pace = Pace()
    label_once = False  # a label asked for again under the same key is the same label, and paid once
    checked_against = "nothing yet"  # a document, an official table, a real reply; said to operators as it is
    # What stands in the account: name -> what it is, in words for the operator.
    needs: Mapping[str, str] = {}
    takes: Mapping[str, str] = {}  # may be left out

    def __init__(self, account: Mapping, session: requests.Session):
        self.account = account
        self.session = session

    @staticmethod
    def read(raw: bytes, number: str = "") -> Reply:
        """One raw reply or webhook body, understood without a word to the carrier.

        `number` is the parcel that was asked about, for replies that do not repeat it. Replies that say no are
        understood too. Raises CarrierDown for what is not this carrier speaking, NotOffered where nothing is tracked.
        """
        raise NotOffered

    def track(self, numbers: list[str]) -> dict[str, Tracked]:
        """Every number asked for is a key of the answer; one the carrier has nothing on has no scans.

        A number that went wrong alone has its `refusal`. Raises CarrierError's children when the whole call did.
        """
        raise NotOffered

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> Knock:
        """What came to this account's address. Header names in small letters. Raises ForgedWebhook, CarrierDown."""
        raise NotOffered

    def subscribe(self, numbers: list[str], hook_url: str) -> timedelta | None:
        """Ask the carrier to knock at `hook_url` about these parcels. Returns how long it will, None = for good."""
        raise NotOffered

    def return_label(self, wanted: LabelWanted, *, key: str) -> ReturnLabel:
        """The same idempotency key gives the same label where `label_once` says so; elsewhere nobody asks twice."""
        raise NotOffered

    def void(self, tracking_number: str) -> None:
        raise NotOffered

    def delivery_choices(self, number: str) -> list[DeliveryChoice]:
        """What can still be changed about a parcel, none when it is too late. Asked while the customer waits: the
        answer comes within seconds, or CarrierDown."""
        raise NotOffered

    def change_delivery(self, number: str, choice: str, *, key: str) -> DeliveryChoice:
        """Do what this `DeliveryChoice.id` stands for. The same idempotency key again changes nothing more. Raises
        BadRequest when the carrier cannot do it any more."""
        raise NotOffered

    def drop_off_places(self, near: Near, *, most: int) -> list[DropOff]:
        """Where a return may be handed in, the nearest first. Raises BadRequest when the carrier does not find what was
        typed. Asked while the customer waits: the answer comes within seconds, or CarrierDown."""
        raise NotOffered

    def places_url(self, country: str) -> str:
        """The carrier's own page that finds such places in this country, "" when we know none."""
        return ""

    def check(self) -> list[str]:
        """Sentences for staff about what is wrong with the account; none when it works."""
        raise NotOffered

    def tracking_url(self, number: str) -> str:
        """The carrier's own page about this parcel, "" when it has none."""
        return ""

    def missing(self) -> list[str]:
        """What check() says before it asks anybody."""
        return [f"{name} is missing: {what}." for name, what in self.needs.items() if not self.account.get(name)]

    def checking(self, question: Callable[[], object]) -> list[str]:
        """What check() says when all it takes is to ask one thing."""
        if sentences := self.missing():
            return sentences
        try:
            question()
        except AccountRefused as error:
            return [f"{self.name} refuses this account. It said: {error.raw or error}"]
        except CarrierError as error:
            return [f"{self.name} could not be asked: {error} {error.raw}".strip()]
        return []


def answered(reply: Reply, numbers: list[str]) -> dict[str, Tracked]:
    """A reply as track() owes it. Raises what the carrier meant when its no is about the whole question."""
    for no in reply.refusals:
        if no.error and not no.number:
            raise no.error(no.message, raw=f"{no.code} {no.message}".strip())
    found = {plain_number(parcel.number): parcel for parcel in reply.parcels}
    refused = {plain_number(no.number): no for no in reply.refusals if no.error and no.number}
    return {
        number: found.get(plain_number(number)) or Tracked(number, [], refusal=refused.get(plain_number(number)))
        for number in numbers
    }


def plain_number(number: str) -> str:
    """A tracking number as a machine compares it: capital letters and digits only."""
    return "".join(character for character in number.upper() if character.isascii() and character.isalnum())
