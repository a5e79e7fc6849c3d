"""How do we speak with a carrier? Plain data in, plain data out; no Django, no setting, no clock of the house."""

from collections.abc import Mapping
from importlib import import_module

import requests
from requests.adapters import HTTPAdapter

from .base import (
    CarrierAdapter,
    Knock,
    LabelItem,
    LabelWanted,
    Pace,
    Refusal,
    Reply,
    ReturnLabel,
    Scan,
    Status,
    SubStatus,
    Tracked,
    ZoneFrom,
)
from .errors import AccountRefused, BadRequest, CarrierDown, CarrierError, ForgedWebhook, NotOffered, RateLimited

# Loaded on first use, so that a broken adapter breaks only its own carrier.
CARRIERS = {
    "dhl_parcel_de": "carriers.dhl_parcel_de.adapter.DhlParcelDe",
    "dhl_unified": "carriers.dhl_unified.adapter.DhlUnified",
    "sandbox": "carriers.sandbox.adapter.Sandbox",
    "ups": "carriers.ups.adapter.Ups",
    "usps": "carriers.usps.adapter.Usps",
}

__all__ = [
    "CARRIERS",
    "AccountRefused",
    "BadRequest",
    "CarrierAdapter",
    "CarrierDown",
    "CarrierError",
    "ForgedWebhook",
    "Knock",
    "LabelItem",
    "LabelWanted",
    "NotOffered",
    "Pace",
    "RateLimited",
    "Refusal",
    "Reply",
    "ReturnLabel",
    "Scan",
    "Status",
    "SubStatus",
    "Tracked",
    "ZoneFrom",
    "carrier_name",
    "open_carrier",
]


def open_carrier(slug: str, account: Mapping, session: requests.Session | None = None) -> CarrierAdapter:
    """The adapter for one account of one carrier. Raises KeyError for a slug that CARRIERS does not list."""
    return adapter_class(slug)(account, session or new_session())


def carrier_name(slug: str) -> str:
    return adapter_class(slug).name


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
