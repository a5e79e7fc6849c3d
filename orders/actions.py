"""What happens to orders and stock, one function a verb."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F

from customers.models import Customer, Shop
from customers.timeline import record, record_arrivals
from orders import pictures
from orders.errors import SoldOut, UnitsTaken
from orders.models import Order, OrderLine, Payment, Variant, number_key, postcode_key
from orders.stores.base import OrderDraft, RowError, StockDraft

NUMBER_FITS, POSTCODE_FITS = 64, 20  # what the columns hold, once folded


@dataclass
class Intake:
    """What became of one batch of drafts."""

    new: list[tuple[Order, OrderDraft]] = field(default_factory=list)
    known: list[tuple[Order, OrderDraft]] = field(default_factory=list)
    refused: list[RowError] = field(default_factory=list)


@transaction.atomic
def take_in(shop: Shop, drafts: Sequence[OrderDraft], *, by: str) -> Intake:
    """Put new orders into the books, each whole; leave known ones as they are.

    Writes `order.imported` for each new one. An order that is here already with other facts is refused by name:
    what a customer was told about sums does not change under her.
    """
    intake = Intake()
    keys = [number_key(draft.number) for draft in drafts]
    known = {order.number_key: order for order in Order.objects.filter(shop=shop, number_key__in=keys)}
    fresh: dict[str, OrderDraft] = {}
    for key, draft in zip(keys, drafts, strict=True):
        if not 0 < len(key) <= NUMBER_FITS or len(postcode_key(draft.address.postcode)) > POSTCODE_FITS:
            message = "The order number or the postcode has too many letters and digits, or none"
            intake.refused.append(RowError(draft.first_row, "order_number", message, draft.number))
        elif key in fresh:
            message = "The rows of one order must stand together; this order has begun further up"
            intake.refused.append(RowError(draft.first_row, "order_number", message, draft.number))
        elif key not in known:
            fresh[key] = draft
        elif known[key].digest == draft.digest:
            intake.known.append((known[key], draft))
        else:
            intake.refused.append(_what_changed(known[key], draft))
    intake.new = _create(shop, fresh)
    record_arrivals(shop, [(order.customer, order.number) for order, _ in intake.new], verb="order.imported", by=by)
    return intake


def _create(shop: Shop, fresh: dict[str, OrderDraft]) -> list[tuple[Order, OrderDraft]]:
    customers = _customers(shop, list(fresh.values()))
    orders = Order.objects.bulk_create(
        Order(
            shop=shop,
            customer=customers[draft.email.lower()],
            number=draft.number,
            number_key=key,
            placed_at=draft.placed_at,
            language=draft.language,
            currency=draft.currency,
            address=asdict(draft.address),
            postcode_key=postcode_key(draft.address.postcode),
            delivery_paid=draft.delivery_paid,
            delivery_standard=draft.delivery_standard,
            delivery_tax=draft.delivery_tax,
            digest=draft.digest,
        )
        for key, draft in fresh.items()
    )
    pairs = list(zip(orders, fresh.values(), strict=True))
    variants = _variants(shop, {line.sku for _, draft in pairs for line in draft.lines})
    pictures.want(shop, {line.picture for _, draft in pairs for line in draft.lines if line.picture})
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            position=position,
            variant=variants.get(line.sku),
            sku=line.sku,
            title=line.title,
            options=line.options,
            product_group=line.product_group,
            quantity=line.quantity,
            unit_price=line.unit_price,
            discount=line.discount,
            paid=line.paid,
            tax=line.tax,
            weight_g=line.weight_g,
            picture=line.picture or (variants[line.sku].picture if line.sku in variants else ""),
        )
        for order, draft in pairs
        for position, line in enumerate(draft.lines, start=1)
    )
    Payment.objects.bulk_create(
        Payment(
            order=order,
            provider=payment.provider,
            reference=payment.reference,
            currency=order.currency,
            captured=payment.captured,
        )
        for order, draft in pairs
        for payment in draft.payments
    )
    return pairs


def _customers(shop: Shop, drafts: list[OrderDraft]) -> dict[str, Customer]:
    wanted = {draft.email.lower(): draft for draft in drafts}
    Customer.objects.bulk_create(
        (
            Customer(shop=shop, email=email, name=draft.name, phone=draft.phone, language=draft.language)
            for email, draft in wanted.items()
        ),
        ignore_conflicts=True,
    )
    return {customer.email: customer for customer in Customer.objects.filter(shop=shop, email__in=wanted)}


def _variants(shop: Shop, skus: set[str]) -> dict[str, Variant]:
    return {row.sku: row for row in Variant.objects.filter(shop=shop, sku__in=skus)}


def _what_changed(order: Order, draft: OrderDraft) -> RowError:
    """The first difference that a shopkeeper can look up, named by its column."""
    was = {
        "currency": order.currency,
        "email": order.customer.email,
        "placed_at": order.placed_at,
        "language": order.language,
        **order.address,
        "delivery_paid": order.delivery_paid,
        "delivery_tax": order.delivery_tax,
        "line_paid": sum(line.paid for line in order.lines.all()),
        "quantity": sum(line.quantity for line in order.lines.all()),
        "payment_captured": sum(payment.captured for payment in order.payments.all()),
    }
    now = {
        "currency": draft.currency,
        "email": draft.email.lower(),
        "placed_at": draft.placed_at,
        "language": draft.language,
        **asdict(draft.address),
        "delivery_paid": draft.delivery_paid,
        "delivery_tax": draft.delivery_tax,
        "line_paid": sum(line.paid for line in draft.lines),
        "quantity": sum(line.quantity for line in draft.lines),
        "payment_captured": sum(payment.captured for payment in draft.payments),
    }
    column = next((name for name in was if was[name] != now[name]), "order_number")
    message = f"This order is here already with {was.get(column, 'other facts')}; only new parcels can be added to it"
    return RowError(draft.first_row, column, message, order.number)


@transaction.atomic
def put_on_shelf(shop: Shop, stock: Sequence[StockDraft]) -> int:
    """Write variants as the file has them; returns how many were new or changed. What is held stays held."""
    changed = 0
    pictures.want(shop, {draft.picture for draft in stock if draft.picture})
    for draft in stock:
        row, new = Variant.objects.select_for_update().get_or_create(
            shop=shop,
            sku=draft.sku,
            defaults={"product": draft.product, "price": draft.price, "currency": draft.currency},
        )
        facts = {
            "product": draft.product,
            "size": draft.size,
            "colour": draft.colour,
            "price": draft.price,
            "currency": draft.currency,
            "on_hand": max(draft.on_hand, row.held),
            "picture": draft.picture,
        }
        different = [name for name, value in facts.items() if getattr(row, name) != value]
        for name in different:
            setattr(row, name, facts[name])
        if different:
            row.save(update_fields=different)
        if new:
            sold = OrderLine.objects.filter(order__shop=shop, sku=draft.sku, variant=None)
            sold.filter(picture="").update(picture=draft.picture)
            sold.update(variant=row)
        changed += new or bool(different)
    return changed


@transaction.atomic
def note_arrival(order: Order, day: date, *, by: Any) -> None:
    """The customer says that all of it had come by this day. A later word counts, an earlier one is not believed again.

    Writes `order.said_to_have_come`.
    """
    row = Order.objects.select_for_update(of=("self",)).select_related("customer").get(pk=order.pk)
    if row.said_to_have_come and row.said_to_have_come >= day:
        return
    row.said_to_have_come = day
    row.save(update_fields=["said_to_have_come"])
    record(row.customer, "order.said_to_have_come", by=by, order_number=row.number, day=day.isoformat())


def take_units(line: OrderLine, quantity: int) -> None:
    """Mark units as being in a return. Raises UnitsTaken when fewer are left. Call inside a transaction."""
    free = OrderLine.objects.filter(pk=line.pk, returning__lte=F("quantity") - quantity)
    if not free.update(returning=F("returning") + quantity):
        raise UnitsTaken(line.sku)


def give_back_units(line: OrderLine, quantity: int) -> None:
    """A return ended without settling these units: they can be asked again."""
    OrderLine.objects.filter(pk=line.pk).update(returning=F("returning") - quantity)


def add_exchanged(
    line: OrderLine, variant: Variant, units: int, *, carried: int, carried_tax: int, paid: int
) -> OrderLine:
    """Another product stands for units of a line from now on: it cost `paid` in all, `carried` of it was paid for those
    units. Call under the order's lock."""
    return OrderLine.objects.create(
        order_id=line.order_id,
        position=1 + max(OrderLine.objects.filter(order_id=line.order_id).values_list("position", flat=True)),
        variant=variant,
        sku=variant.sku,
        title=variant.product,
        options={name: value for name, value in (("size", variant.size), ("colour", variant.colour)) if value},
        product_group=line.product_group,
        quantity=units,
        unit_price=variant.price,
        paid=paid,
        tax=(2 * line.tax * paid + line.paid) // (2 * line.paid) if line.paid else 0,
        picture=variant.picture,
        instead_of=line,
        carried=carried,
        carried_tax=carried_tax,
    )


def hold(variant: Variant, quantity: int) -> None:
    """Keep pieces on the shelf for an exchange. Raises SoldOut. Call inside a transaction."""
    free = Variant.objects.filter(pk=variant.pk, on_hand__gte=F("held") + quantity)
    if not free.update(held=F("held") + quantity):
        raise SoldOut(variant.sku)


def release(variant: Variant, quantity: int) -> None:
    Variant.objects.filter(pk=variant.pk).update(held=F("held") - quantity)


def put_back(variant: Variant, quantity: int) -> None:
    """Pieces that came back are for sale again, until the shop's next stock file says what it counted."""
    Variant.objects.filter(pk=variant.pk).update(on_hand=F("on_hand") + quantity)


def send_held(variant: Variant, quantity: int) -> None:
    """The held pieces leave the house."""
    Variant.objects.filter(pk=variant.pk).update(held=F("held") - quantity, on_hand=F("on_hand") - quantity)
