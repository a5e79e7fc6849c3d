"""The days the law counts for a case, and the ones we aim at. Local dates in the shop's zone."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from customers.models import Shop
from returns.models import Refund, Return
from returns.policy import law, possession, terms_of
from returns.policy.rules import NOT_BY_POST

TRANSFER_DAYS = 2  # one by Directive (EU) 2015/2366 Art. 83, and one for the hour after which banks close


def refund_due(ret: Return) -> date | None:
    """The last day for the money of a withdrawal; None while it still waits for the goods or the proof, or when no
    withdrawal was made. What we collect is not waited for."""
    if ret.withdrawn_at is None:
        return None
    today = ret.shop.today
    proof = today(ret.proof_at) if ret.proof_at else None
    return law.refund_due(_country(ret), today(ret.withdrawn_at), proof, collects=_collects(ret))


def refund_by(ret: Return) -> date | None:
    """The same; while it still waits, the first day on which it can be due."""
    if ret.withdrawn_at is None:
        return None
    return refund_due(ret) or first_due(ret.shop.today(ret.withdrawn_at))


def first_due(withdrawn_on: date) -> date:
    return withdrawn_on + timedelta(days=law.REFUND_DAYS)


def is_late(ret: Return) -> bool:
    """Whether the withdrawal came after its time. What has not come, or nobody knows of, starts no clock."""
    came = possession(ret.order)
    if came is None or ret.withdrawn_at is None:
        return False
    end = law.withdrawal_ends(_country(ret), came, informed=terms_of(ret.order).withdrawal_informed)
    return ret.shop.today(ret.withdrawn_at) > end


def refund_aim(ret: Return) -> date | None:
    """The day we aim at once it was sent."""
    if ret.proof_at is None:
        return None
    return law.refund_aim(ret.shop.today(ret.proof_at), terms_of(ret.order).aim_days)


def send_back_due(ret: Return) -> date | None:
    """The last day to send the goods of a withdrawal; else the day of the terms."""
    if ret.withdrawn_at is None:
        return ret.send_by
    return law.send_back_due(_country(ret), ret.shop.today(ret.withdrawn_at))


def _collects(ret: Return) -> bool:
    """Whether we fetch it: she was told so, because it goes into no parcel."""
    lines = ret.lines.select_related("order_line") if ret.way != Return.Way.OWN else []
    return any(line.order_line.product_group in NOT_BY_POST for line in lines if line.expected)


def _country(ret: Return) -> str:
    return str(ret.order.address.get("country", ""))


def seen_by(refund: Refund) -> date:
    """The day by which the customer's bank should show the money, or would, were it sent now: working days, Monday to
    Friday."""
    begin = refund.settled_at or refund.send_after or timezone.now()
    day = refund.ret.shop.today(begin)
    left = TRANSFER_DAYS if refund.rail == Refund.Rail.BANK else terms_of(refund.ret.order).bank_days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day


def answer_day(shop: Shop, asked: datetime | None = None) -> date:
    """The day by whose noon a person has answered what was asked now: the next on which people work."""
    return law.work_day(shop.today(asked) + timedelta(days=1), shop.country)
