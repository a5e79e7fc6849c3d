"""A shop's numbers: the ones it set, over the ones we would choose. Sums are in the smallest unit, by currency."""

from dataclasses import dataclass, field, fields

from orders.models import Order
from returns.models import Terms as TermsRow


@dataclass(frozen=True, slots=True)
class Terms:
    """No figure for a currency in `decide_up_to`: a person decides. None in `photo_from`: always a photo."""

    version: int = 1
    return_days: int = 30
    send_back_days: int = 14
    check_days: int = 3
    stop_minutes: int = 15
    bank_days: int = 10
    return_carrier: str = ""
    hold_days: int = 14
    expire_days: int = 14
    contest_days: int = 7
    boxes_most: int = 5
    reduction_percent: int = 30
    delivery_back: str = "whole"
    photo_from: dict[str, int] = field(default_factory=lambda: {"EUR": 2000, "USD": 2000, "GBP": 2000, "VND": 500_000})
    decide_up_to: dict[str, int] = field(
        default_factory=lambda: {"EUR": 10000, "USD": 10000, "GBP": 9000, "VND": 2_500_000}
    )


NUMBERS = {each.name for each in fields(Terms)} - {"version"}


def terms_of(order: Order) -> Terms:
    """The terms in force when the order was placed; an order older than the first version falls under that one."""
    versions = TermsRow.objects.filter(shop_id=order.shop_id).order_by("version")
    row = versions.filter(starts_at__lte=order.placed_at).last() or versions.first()
    if row is None:
        return Terms()
    return Terms(version=row.version, **{name: value for name, value in row.numbers.items() if name in NUMBERS})
