"""The memory of the house. `record()` runs inside the action's own transaction: what happened is always written,
what failed never is. Letters, the customer's page and the staff's history are all read from here."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from customers.models import Customer, Entry, Shop


def who(by: Any) -> str:
    """The name under which an act is written: a staff account, or a word such as "customer", "rules", "carrier"."""
    return by if isinstance(by, str) else f"staff:{by.get_username()}"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline. `verb` is thing.past (`return.approved`); `facts` are plain JSON, money in the smallest
    unit. Of somebody we do not know (yet) it is the shop's."""

    of: Customer | Shop
    verb: str
    by: Any
    order_number: str = ""
    number: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def record(of: Customer | Shop, verb: str, *, by: Any, order_number: str = "", number: str = "", **facts: Any) -> Entry:
    """Write one line, of a customer, or of the shop when we do not know who it is."""
    [entry] = record_all([Line(of, verb, by, order_number, number, facts)])
    return entry


def record_all(lines: Iterable[Line]) -> list[Entry]:
    """Write many lines at once, in their order."""
    return Entry.objects.bulk_create(
        Entry(
            shop_id=line.of.pk if isinstance(line.of, Shop) else line.of.shop_id,
            customer=None if isinstance(line.of, Shop) else line.of,
            verb=line.verb,
            by=who(line.by),
            order_number=line.order_number,
            number=line.number,
            facts=line.facts,
        )
        for line in lines
    )


def record_of_shop(shop: Shop, verb: str, *, by: Any, **facts: Any) -> Entry:
    """Write one line about the shop itself. It has no letter."""
    now = timezone.now()
    return Entry.objects.create(shop=shop, verb=verb, by=who(by), at=now, facts=facts, told_at=now)


def record_arrivals(shop: Shop, arrivals: list[tuple[Customer, str]], *, verb: str, by: Any) -> None:
    """Write one line for each (customer, order number) at once. Nobody is told: the shop sent its own letter."""
    now = timezone.now()
    Entry.objects.bulk_create(
        Entry(shop=shop, customer=customer, verb=verb, by=who(by), order_number=number, at=now, told_at=now)
        for customer, number in arrivals
    )


def history(customer: Customer, order_number: str) -> QuerySet[Entry]:
    """All that happened around one order, oldest first."""
    return Entry.objects.filter(customer=customer, order_number=order_number).order_by("at", "pk")
