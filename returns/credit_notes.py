"""The paper for a sum that went back: numbered without a gap in its shop, frozen from the snapshot, never changed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils import timezone

from customers.countries import country_name
from customers.models import Shop
from orders.models import Order
from returns import audit
from returns.models import CreditNote, Refund, Return


def write(ret: Return, proposal: UUID, snapshot: Mapping[str, Any]) -> CreditNote | None:
    """The note of a sum whose every share has gone out. Call it in the transaction that counts the sum, which holds the
    order. Told twice it is
    written once. None when nothing went back."""
    written = CreditNote.objects.filter(ret=ret, proposal=proposal, cancels=None).first()
    if written:
        return written
    shares = list(ret.refunds.filter(proposal=proposal, counted=True).select_related("payment").order_by("pk"))
    if not shares or snapshot.get("total", 0) <= 0:
        return None
    return _number(ret, proposal, {**_about(ret), **_sums(snapshot), "payments": [_payment(row) for row in shares]})


def cancel(ret: Return, proposal: UUID) -> CreditNote | None:
    """Money of a sum came back: a second note takes the first one's figures off again. None when there is no first one,
    or when it is cancelled already."""
    first = CreditNote.objects.filter(ret=ret, proposal=proposal, cancels=None, cancelled_by=None).first()
    if first is None:
        return None
    facts = first.facts
    against = {
        **facts,
        "rows": [{**row, "amount": -row["amount"], "tax": -row["tax"]} for row in facts["rows"]],
        "payments": [{**row, "amount": -row["amount"]} for row in facts["payments"]],
        "total": -facts["total"],
        "tax": -facts["tax"],
        "cancels": first.number,
    }
    return _number(ret, proposal, against, cancels=first)


def _number(ret: Return, proposal: UUID, facts: dict[str, Any], cancels: CreditNote | None = None) -> CreditNote:
    """The next number of the shop, under a lock on its row: a transaction that fails takes its number back with it.

    The weak lock lets others write rows that point to the shop meanwhile, who would else wait for each other.
    """
    Shop.objects.select_for_update(no_key=True).get(pk=ret.shop_id)
    last = CreditNote.objects.filter(shop_id=ret.shop_id).aggregate(last=Max("number"))["last"] or 0
    at = timezone.now()
    facts = {**facts, "number": last + 1, "date": ret.shop.today(at).isoformat()}
    row = CreditNote.objects.create(
        shop_id=ret.shop_id,
        number=last + 1,
        order=ret.order,
        ret=ret,
        proposal=proposal,
        cancels=cancels,
        facts=facts,
        at=at,
    )
    about = {"order_number": ret.order.number, "number": ret.number, "proposal": str(proposal)}
    sums = {"note": row.number, "amount": facts["total"], "tax": facts["tax"], "currency": facts["currency"]}
    audit.step(ret.shop_id, "credit_note.written", by="rules", **about, **sums)
    return row


def _about(ret: Return) -> dict[str, Any]:
    order, shop = ret.order, ret.shop
    return {
        "language": order.language,
        "seller": {"name": shop.name, "lines": list(shop.address_lines), "email": shop.email},
        "buyer": address_lines(order, order.language),
        "order": {"number": order.number, "placed_on": shop.today(order.placed_at).isoformat()},
        "return": ret.number,
        "currency": order.currency,
        "cancels": None,
    }


def _sums(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """Rows and totals as they were worked out when the sum was proposed (R10): nothing is worked out here."""
    return {name: snapshot[name] for name in ("rows", "total", "tax")}


def _payment(refund: Refund) -> dict[str, Any]:
    return {"rail": str(refund.rail), "reference": refund.payment.reference, "amount": refund.amount}


def address_lines(order: Order, language: str) -> list[str]:
    """The customer's address as it is printed, without empty lines."""
    part = {name: order.address.get(name) or "" for name in ("name", "street", "street2", "postcode", "city", "region")}
    town = f"{part['postcode']} {part['city']}".strip()
    country = country_name(order.address.get("country", ""), language)
    lines = (part["name"], part["street"], part["street2"], town, part["region"], country)
    return [line for line in lines if line]
