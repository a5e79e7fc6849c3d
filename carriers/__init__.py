"""How do we speak with a carrier? Plain data in, plain data out; no Django, no setting, no clock of the house."""

from collections.abc import Mapping
from importlib import import_module

import requests
from requests.adapters import HTTPAdapter

from .base import (
    CarrierAdapter,
    DeliveryChoice,
    Drop,
    DropOff,
    Hours,
    Knock,
    LabelItem,
    LabelWanted,
    Near,
    Pace,
    PlaceKind,
    Refusal,
    Reply,
    ReturnLabel,
    Scan,
    Status,
    SubStatus,
    Tracked,
    ZoneFrom,
)
from .detect import Candidate, Check, detect, numbers_in
from .errors import AccountRefused, BadRequest, CarrierDown, CarrierError, ForgedWebhook, NotOffered, RateLimited

# Loaded on first use, so that a broken adapter breaks only its own carrier.
CARRIERS = {
    "acs": "carriers.acs.adapter.Acs",
    "boxnow": "carriers.boxnow.adapter.BoxNow",
    "dhl_parcel_de": "carriers.dhl_parcel_de.adapter.DhlParcelDe",
    "dhl_unified": "carriers.dhl_unified.adapter.DhlUnified",
    "dpd": "carriers.dpd.adapter.Dpd",
    "easypost": "carriers.easypost.adapter.EasyPost",
    "fedex": "carriers.fedex.adapter.FedEx",
    "ghn": "carriers.ghn.adapter.Ghn",
    "ghtk": "carriers.ghtk.adapter.Ghtk",
    "gls": "carriers.gls.adapter.Gls",
    "hermes": "carriers.hermes.adapter.Hermes",
    "karrio": "carriers.karrio.adapter.Karrio",
    "paper": "carriers.paper.adapter.Paper",
    "royal_mail": "carriers.royal_mail.adapter.RoyalMail",
    "sandbox": "carriers.sandbox.adapter.Sandbox",
    "ups": "carriers.ups.adapter.Ups",
    "usps": "carriers.usps.adapter.Usps",
}

# Carriers that a number can tell and nobody has written an adapter for.
OTHERS = {
    "dhl_ecommerce": "DHL eCommerce",
    "dhl_express": "DHL Express",
    "elta": "ELTA",
    "ems_vn": "EMS Vietnam",
    "jt_vn": "J&T Express",
    "lasership": "LaserShip",
    "ontrac": "OnTrac",
}

OFFERS = ("track", "parse_webhook", "subscribe", "return_label", "void", "change_delivery", "drop_off_places")

__all__ = [
    "CARRIERS",
    "OFFERS",
    "AccountRefused",
    "BadRequest",
    "Candidate",
    "CarrierAdapter",
    "CarrierDown",
    "CarrierError",
    "Check",
    "DeliveryChoice",
    "Drop",
    "DropOff",
    "ForgedWebhook",
    "Hours",
    "Knock",
    "LabelItem",
    "LabelWanted",
    "Near",
    "NotOffered",
    "Pace",
    "PlaceKind",
    "RateLimited",
    "Refusal",
    "Reply",
    "ReturnLabel",
    "Scan",
    "Status",
    "SubStatus",
    "Tracked",
    "ZoneFrom",
    "adapter_class",
    "can_track",
    "carrier_name",
    "detect",
    "numbers_in",
    "offers",
    "open_carrier",
]


def open_carrier(slug: str, account: Mapping, session: requests.Session | None = None) -> CarrierAdapter:
    """The adapter for one account of one carrier. Raises KeyError for a slug that CARRIERS does not list."""
    return adapter_class(slug)(account, session or new_session())


def carrier_name(slug: str) -> str:
    """As customers know it; of a carrier that is not ours, its short name as one would write it."""
    if slug in CARRIERS:
        return adapter_class(slug).name
    words = slug.replace("-", "_").split("_")
    return OTHERS.get(slug) or " ".join(word.upper() if len(word) < 4 else word.capitalize() for word in words)


def offers(slug: str) -> list[str]:
    """What this carrier can do for us, of OFFERS."""
    adapter = adapter_class(slug)
    return [verb for verb in OFFERS if getattr(adapter, verb) is not getattr(CarrierAdapter, verb)]


def can_track(slug: str) -> bool:
    """Whether this carrier is one of ours and can be asked where a parcel is."""
    return slug in CARRIERS and "track" in offers(slug)


def adapter_class(slug: str) -> type[CarrierAdapter]:
    module, _, name = CARRIERS[slug].rpartition(".")
    return getattr(import_module(module), name)


def new_session() -> requests.Session:
    session = requests.Session()
    # Otherwise requests reads ~/.netrc and would replace our credentials with what it finds there.
    session.trust_env = False
    wire = HTTPAdapter(pool_connections=4, pool_maxsize=64)
    session.mount("https://", wire)
    session.mount("http://", wire)
    return session
