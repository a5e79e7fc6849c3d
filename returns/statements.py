"""The statement of withdrawal: its words, and the row that keeps it.

It stands apart from what follows (`withdrawals.py`), so that a return that is a withdrawal can state it within its own
transaction. To be read by a lawyer before a shop goes live; docs/withdrawal.md says what nobody has checked yet.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from customers.models import Shop
from customers.timeline import who
from orders.models import Order, OrderLine
from returns.audit import record
from returns.clocks import first_due, is_late, refund_by, send_back_due
from returns.models import Return, ReturnLine, Withdrawal
from returns.policy import law
from shipments.models import Shipment


def is_offered(shop: Shop | None, order: Order | None = None) -> bool:
    """Whether the function is shown (Directive 2011/83/EU Art. 11a): the shop sells in the Union or the rest of the
    EEA, and this order, if it is about one, went there."""
    if shop is None or law.regime(shop.country) != "EU":
        return False
    return order is None or law.regime(order.address.get("country", "")) == "EU"


# --- its words --------------------------------------------------------------------------------------------------


def in_one_line(text: str) -> str:
    """As typed, without what breaks a header, a row of text or the database: line breaks, NUL, other controls."""
    return " ".join(_storable(text).split())


def in_lines(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in _storable(text).splitlines()).strip()


def _storable(text: str) -> str:
    return "".join(each for each in text if each.isspace() or unicodedata.category(each) not in {"Cc", "Cs"})


def named(line: OrderLine, units: int) -> str:
    return f"{line.title}{f', {line.choice}' if line.choice else ''} × {units}"


def text_of(shop: Shop, *, name: str, contract: str, email: str, items: str, language: str) -> str:
    """The whole statement as she reads it before she confirms it, and as it is kept."""
    facts = {"shop": shop, "name": name, "contract": contract, "email": email, "items": items}
    with translation.override(language):
        return render_to_string("withdrawal/statement.txt", facts).strip()


def next_steps(withdrawal: Withdrawal, ret: Return | None = None) -> list[str]:
    """What happens now, a sentence or two each. True whether or not we know the order, and tells nobody which; with
    its case, as that case stands."""
    shop, received_on = withdrawal.shop, withdrawal.shop.today(withdrawal.received_at)
    send_back = (ret and ret.send_by) or law.send_back_due(shop.country, received_on)
    days = {"send_back_by": send_back, "refund_by": (ret and refund_by(ret)) or first_due(received_on)}
    with translation.override(withdrawal.language):
        told = render_to_string("withdrawal/next_steps.txt", {"withdrawal": withdrawal, **days})
    return [line.strip() for line in told.splitlines() if line.strip()]


# --- the row ----------------------------------------------------------------------------------------------------


def keep(
    shop: Shop,
    *,
    name: str,
    contract: str,
    email: str,
    items: str,
    language: str,
    units: Mapping[int, int] | None = None,
    form_key: UUID | None = None,
    order: Order | None = None,
    by: Any = "customer",
    now: datetime | None = None,
    **facts: Any,
) -> tuple[Withdrawal, bool]:
    """The row of this statement, and whether it is new: the same `form_key` is the same statement, however often and
    from however many tabs at once. Writes `withdrawal.received`, of which the acknowledgement is made."""
    language = language if language in dict(settings.LANGUAGES) else shop.language
    name, contract, email = in_one_line(name), in_one_line(contract), in_one_line(email)
    items = in_lines(items)
    row, fresh = Withdrawal.objects.get_or_create(
        form_key=form_key or uuid4(),
        defaults={
            "shop": shop,
            "received_at": now or timezone.now(),
            "language": language,
            "name": name[:200],
            "contract": contract[:500],
            "email": email,
            "items": items,
            "units": {str(pk): number for pk, number in (units or {}).items()},
            "text": text_of(shop, name=name, contract=contract, email=email, items=items, language=language),
            "order": order,
            "by": who(by),
            **facts,
        },
    )
    if fresh:
        of, order_number = (order.customer, order.number) if order else (shop, "")
        record(of, "withdrawal.received", by=by, order_number=order_number, number=row.number)
    return row, fresh


def record_from_case(ret: Return, lines: Iterable[ReturnLine], *, by: Any = "customer") -> Withdrawal:
    """A return that is a withdrawal is one from its first moment: stated in her name, acknowledged, with its dates.

    Call inside `case()`, when its lines are taken and `send_by` is set. The address is the order's own.
    """
    order = ret.order
    taken = [(line.order_line, line.requested) for line in lines]
    whole = sum(units for _, units in taken) == sum(line.quantity for line in order.lines.all())
    row, _ = keep(
        ret.shop,
        name=order.customer.name,
        contract=order.number,
        email=order.customer.email,
        items="" if whole else "\n".join(named(line, units) for line, units in taken),
        units=None if whole else {line.pk: units for line, units in taken},
        language=ret.language,
        order=order,
        by=by,
        now=ret.withdrawn_at,
        ret=ret,
        opened_at=timezone.now(),
    )
    mark(ret, row.received_at)
    return row


def mark(ret: Return, received_at: datetime) -> None:
    """The case stands on a withdrawal from now on. Call inside `case()`."""
    ret.withdrawn_at = min(ret.withdrawn_at or received_at, received_at)
    ret.late = is_late(ret)
    ret.send_by = max(filter(None, (ret.send_by, send_back_due(ret))))
    ret.flags = sorted({*ret.flags, *_to_look_at(ret)})
    ret.save()


def _to_look_at(ret: Return) -> list[str]:
    """What a person should see before money leaves by itself. None of it makes the statement count less."""
    found = ["late_withdrawal"] if ret.late else []
    country = ret.order.address.get("country", "")
    groups = {line.order_line.product_group for line in ret.lines.select_related("order_line")}
    if any(group in law.EXCEPTIONS and law.may_withdraw(country, group) != "yes" for group in groups):
        found.append("excepted_group")
    if not ret.order.shipments.filter(direction=Shipment.Direction.OUTBOUND).exists():
        found.append("not_dispatched")
    return found
