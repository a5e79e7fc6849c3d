"""The facts around a line, read from the house's books."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from orders.models import Order, OrderLine
from returns.kinds import Reason
from returns.models import Return, ReturnLine
from returns.policy import law
from returns.policy.wished import Past, Wished
from shipments.models import Shipment

RETURNS_COUNT_FOR = timedelta(days=90)
MISSING_COUNTS_FOR = timedelta(days=365)
MOST_EARLIER = 100


def wished(line: ReturnLine, today: date) -> Wished:
    """A line of a case, on the day it was sent (or today, while it is a draft)."""
    ret, bought = line.ret, line.order_line
    order = bought.order
    withdrawn = ret.withdrawn_at
    asked = withdrawn or ret.submitted_at
    day = min(today, order.shop.today(asked)) if asked else today
    return Wished(
        reason=line.reason,
        product_group=bought.product_group,
        country=order.address.get("country", ""),
        currency=order.currency,
        value=bought.paid * line.requested // bought.quantity,
        delivered_on=possession(order),
        today=day,
        has_photo=line.photos.filter(bench=False).exists(),
        wish=line.wish,
        quantity=line.requested,
        line=bought.position,
        placed_on=order.shop.today(order.placed_at),
        differs=line.differs,
        unsafe=bool(line.unsafe),
        arrived=line.arrived,
        repaired=was_repaired(bought, ret),
        withdrawn_on=order.shop.today(withdrawn) if withdrawn and line.is_withdrawal else None,
        kept_before=kept_before(bought, asked or timezone.now()),
        tags=tags_of(bought),
        past=past_of(order, asked or timezone.now(), besides=ret),
    )


def before_asking(line: OrderLine, reason: str, today: date) -> Wished:
    """One unit of an order line, before anything else was asked: with the photo she would add, for her money."""
    order = line.order
    return Wished(
        reason=reason,
        product_group=line.product_group,
        country=order.address.get("country", ""),
        currency=order.currency,
        value=line.paid // line.quantity,
        delivered_on=possession(order),
        today=today,
        has_photo=True,
        line=line.position,
        placed_on=order.shop.today(order.placed_at),
        repaired=was_repaired(line),
        kept_before=kept_before(line, timezone.now()),
        tags=tags_of(line),
        past=past_of(order, timezone.now()),
    )


def possession(order: Order) -> date | None:
    """The day all of the order had come. A parcel that brought an exchange does not count. Where a carrier does not
    say it, the customer's word counts, and without that some days after the dispatch."""
    outbound = [row for row in order.shipments.all() if row.direction == Shipment.Direction.OUTBOUND]
    sent = [row for row in outbound if not row.replacement]
    unheard = [row for row in sent if not row.delivered_at]
    known = [row.shipped_on for row in unheard if row.shipped_on and row.looked_at is None]
    dispatched = max(known) if known and len(known) == len(unheard) else None
    days = [order.shop.today(row.delivered_at) if row.delivered_at else None for row in sent]
    word = order.said_to_have_come if not all(days) or not days else None
    return law.possession(days, word, dispatched, order.shop.transit_days)


def was_repaired(line: OrderLine, besides: Return | None = None) -> bool:
    """An earlier case of this line ended with a repair."""
    return ReturnLine.objects.filter(order_line=line, repaired__gt=0).exclude(ret=besides).exists()


def kept_before(line: OrderLine, until: datetime) -> int:
    """What was paid for units that an earlier case left with her for all of their money, or for a new one."""
    kept = ReturnLine.objects.filter(order_line=line, keep=True, kept__gt=0, ret__submitted_at__lt=until)
    granted = kept.exclude(ret__state__in=Return.ENDED - {Return.State.SETTLED})
    units = sum(granted.values_list("kept", flat=True))
    return line.paid * units // line.quantity


def tags_of(line: OrderLine) -> frozenset[str]:
    return frozenset({"sale"} if line.discount else ())


def past_of(order: Order, until: datetime, *, besides: Return | None = None) -> Past:
    """What this customer did before that moment."""
    cases = Return.objects.filter(order__customer_id=order.customer_id, submitted_at__lt=until)
    if besides:
        cases = cases.exclude(pk=besides.pk)
    lately = cases.filter(submitted_at__gt=until - RETURNS_COUNT_FOR).count()
    missing = ReturnLine.objects.filter(
        ret__in=cases.filter(submitted_at__gt=until - MISSING_COUNTS_FOR), reason=Reason.MISSING
    ).count()
    earlier = Order.objects.filter(customer_id=order.customer_id, placed_at__lt=order.placed_at)
    went = [address.get("country", "") for address in earlier.values_list("address", flat=True)[:MOST_EARLIER]]
    return Past(returns=lately, missing=missing, orders=1 + len(went), countries=frozenset(went) - {""})
