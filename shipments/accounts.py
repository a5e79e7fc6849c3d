"""Accounts with carriers: their secrets, their quotas, and whether they work."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from carriers import CARRIERS, open_carrier
from carriers.base import CarrierAdapter, Pace
from carriers.errors import AccountRefused, CarrierError, NotOffered
from customers.models import Shop
from shipments.models import CarrierAccount

# What every account may hold beside its carrier's own keys.
EVERY_ACCOUNT = {"base_url": str, "calls_a_day": int, "push": bool}


def carrier_for(shop: Shop, carrier: str) -> CarrierAdapter:
    """The adapter with this shop's account. Raises AccountRefused when the shop has none."""
    row = CarrierAccount.objects.filter(shop=shop, carrier=carrier).first()
    if row is None:
        raise AccountRefused(f"the shop has no account with {carrier}")
    return open_carrier(carrier, credentials(row))


def credentials(row: CarrierAccount) -> Mapping[str, Any]:
    """Raises AccountRefused for a secret whose file cannot be read."""
    return {name: _secret(value) for name, value in row.account.items()}


def _secret(value: object) -> object:
    """ "env:NAME" stands for NAME, or the content of the file at NAME_FILE."""
    if not (isinstance(value, str) and value.startswith("env:")):
        return value
    name = value.removeprefix("env:")
    file = os.environ.get(f"{name}_FILE")
    try:
        return Path(file).read_text().strip() if file else os.environ.get(name, "")
    except (OSError, ValueError) as error:
        raise AccountRefused(f"The file that {name}_FILE names cannot be read.") from error


def check_account(account: CarrierAccount) -> list[str]:
    """Ask the carrier. Returns sentences for staff, none when it works; they are kept with the account."""
    account.found_wrong = _sentences(account)
    account.checked_at = timezone.now()
    account.save(update_fields=["found_wrong", "checked_at"])
    return account.found_wrong


def used_today(account: CarrierAccount, now: datetime) -> int:
    """How many calls were made with this account today (UTC)."""
    return account.calls if account.calls_on == now.astimezone(UTC).date() else 0


def calls_a_day(row: CarrierAccount, pace: Pace) -> int | None:
    """How many calls may be made with this account in a day (UTC), None for any number."""
    own = row.account.get("calls_a_day")
    return own if isinstance(own, int) else pace.a_day


def _sentences(account: CarrierAccount) -> list[str]:
    if account.carrier not in CARRIERS:
        return [f"{account.carrier} is not a carrier of ours."]
    try:
        adapter = open_carrier(account.carrier, credentials(account))
    except CarrierError as error:
        return [str(error)]
    known = {*adapter.needs, *adapter.takes, *EVERY_ACCOUNT}
    unheard = [f"{name} is not a key of this account." for name in account.account if name not in known]
    try:
        return unheard + adapter.check()
    except NotOffered:
        return unheard + adapter.missing()
    except CarrierError as error:
        return [*unheard, f"{error} {error.raw}".strip()]
