"""A shop's terms: the numbers and rules it set, over the ones we would choose. Sums are in the smallest unit, by
currency."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from orders.models import Order
from returns.models import Terms as TermsRow
from returns.policy.matrix import Rule, default_rules

Sums = Mapping[str, int]


@dataclass(frozen=True)
class Terms:
    """No figure for a currency in `decide_up_to` or `refund_up_to`: a person decides; in `second_from`,
    `deviation_from` or `day_limit`: two do. A lead without figures of her own has an agent's. None in `photo_from`:
    always a photo. None in `label_price`: the way back is free. None in `label_cost`: not known. `credit_months` 0:
    store credit has no end."""

    version: int = 1
    return_days: int = 30
    send_back_days: int = 14
    check_days: int = 3
    aim_days: int = 3
    expire_days: int = 14
    hold_days: int = 14
    contest_days: int = 7
    boxes_most: int = 5
    stop_minutes: int = 15
    bank_days: int = 10
    return_carrier: str = ""
    delivery_back: str = "whole"  # or "pro_rata": with each item of a withdrawal, by its share
    fee_percent: int = 0
    reduction_percent: int = 30
    keep_percent: int = 60
    many_returns: int = 10
    withdrawal_informed: bool = True
    label_told: bool = False
    credit: bool = False
    credit_months: int = 0
    swap_other_products: bool = False
    ask_when: tuple[str, ...] = ("many_returns", "missing_before")
    photo_from: Sums = field(default_factory=lambda: {"EUR": 2000, "USD": 2000, "GBP": 2000, "VND": 500_000})
    decide_up_to: Sums = field(default_factory=lambda: {"EUR": 10000, "USD": 10000, "GBP": 9000, "VND": 2_500_000})
    keep_up_to: Sums = field(default_factory=lambda: {"EUR": 1500, "USD": 1500, "GBP": 1300, "VND": 375_000})
    refund_up_to: Sums = field(default_factory=lambda: {"EUR": 10000, "USD": 10000, "GBP": 9000, "VND": 2_500_000})
    second_from: Sums = field(default_factory=lambda: {"EUR": 15000, "USD": 15000, "GBP": 13000, "VND": 3_750_000})
    deviation_from: Sums = field(default_factory=lambda: {"EUR": 3000, "USD": 3000, "GBP": 2600, "VND": 750_000})
    day_limit: Sums = field(default_factory=lambda: {"EUR": 100000, "USD": 100000, "GBP": 90000, "VND": 25_000_000})
    lead_second_from: Sums = field(default_factory=dict)
    lead_day_limit: Sums = field(default_factory=dict)
    label_price: Sums = field(default_factory=dict)
    label_cost: Sums = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()

    @cached_property
    def matrix(self) -> tuple[Rule, ...]:
        """Our table, then the shop's rules."""
        return (*default_rules(self), *self.rules)


NUMBERS = {each.name for each in fields(Terms)} - {"version"}


def terms_from(numbers: Mapping[str, Any], version: int = 1) -> Terms:
    """The terms that a version keeps as plain JSON. What we do not know any more is left out."""
    known = {name: value for name, value in numbers.items() if name in NUMBERS}
    if "rules" in known:
        known["rules"] = tuple(Rule(each["id"], each["when"], each["then"]) for each in known["rules"])
    if "ask_when" in known:
        known["ask_when"] = tuple(known["ask_when"])
    return Terms(version=version, **known)


def terms_of(order: Order) -> Terms:
    """The terms in force when the order was placed; an order older than the first version falls under that one."""
    versions = TermsRow.objects.filter(shop_id=order.shop_id).order_by("version")
    row = versions.filter(starts_at__lte=order.placed_at).last() or versions.first()
    return terms_from(row.numbers, row.version) if row else Terms()
