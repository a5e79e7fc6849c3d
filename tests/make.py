"""Plain makers, with no surprises in them. Everything has a default; what a test is about, it says itself."""

import io
import itertools
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone
from PIL import Image

from carriers.base import Scan, Status, Tracked
from customers.models import Customer, Shop
from orders.models import Order, OrderLine, Payment, Variant, number_key, postcode_key
from returns import actions, goods, sending, withdrawals
from returns.models import Refund, Return, ReturnLine, Terms, Withdrawal
from returns.payouts.base import Outcome
from returns.transfer.accounts import Account
from shipments.actions import Heard, take_all
from shipments.models import CarrierAccount, Shipment

count = itertools.count(1)
LATELY = object()

ADDRESS = {
    "name": "Ada Example",
    "street": "Am Beispiel 1",
    "street2": "",
    "postcode": "10115",
    "city": "Berlin",
    "region": "",
    "country": "DE",
}


def make_shop(**facts) -> Shop:
    shop = Shop.objects.create(
        **{
            "slug": f"shop-{next(count)}",
            "name": "Linden & Loom",
            "address_lines": ["Musterstr. 1", "04109 Leipzig"],
            "return_address": {
                "name": "Linden & Loom",
                "street": "Lagerweg 3",
                "postcode": "04109",
                "city": "Leipzig",
                "country": "DE",
            },
            "country": "DE",
            "language": "en",
            "time_zone": "Europe/Berlin",
            "currency": "EUR",
            "email": "help@example.com",
            "phone": "030 000 000",
            "hours": {"en": "Monday to Friday, 9:00 to 17:00"},
            **facts,
        }
    )
    CarrierAccount.objects.create(shop=shop, carrier="sandbox", account={"base_url": "env:SANDBOX_URL", "key": "tests"})
    Terms.objects.create(
        shop=shop,
        version=1,
        starts_at=datetime(2020, 1, 1, tzinfo=UTC),
        numbers={"return_carrier": "sandbox", "stop_minutes": 0},
    )
    return shop


def set_terms(shop: Shop, **numbers) -> None:
    """These numbers hold from the beginning."""
    row = Terms.objects.get(shop=shop)
    row.numbers |= numbers
    row.save()


def make_variant(shop: Shop, sku: str, *, size: str = "M", on_hand: int = 5, product: str = "Linen shirt") -> Variant:
    return Variant.objects.create(
        shop=shop, sku=sku, product=product, size=size, price=3990, currency=shop.currency, on_hand=on_hand
    )


def make_order(
    shop: Shop, *, lines=((1, 3990),), paid=None, email="ada@example.com", delivered=LATELY, **facts
) -> Order:
    """An order with (quantity, line total) lines, delivered on that day (None: no parcel yet; LATELY: six days ago)."""
    n = next(count)
    number = facts.pop("number", f"A-{n:05d}")
    customer, _ = Customer.objects.get_or_create(
        shop=shop, email=email, defaults={"name": "Ada Example", "language": "en"}
    )
    address = facts.pop("address", ADDRESS)
    order = Order.objects.create(
        **{
            "shop": shop,
            "customer": customer,
            "number": number,
            "number_key": number_key(number),
            "placed_at": timezone.now() - timedelta(days=10),
            "language": "en",
            "currency": shop.currency,
            "address": address,
            "postcode_key": postcode_key(address["postcode"]),
            "digest": f"{n:064d}",
            **facts,
        }
    )
    for position, (quantity, total) in enumerate(lines, start=1):
        OrderLine.objects.create(
            order=order,
            position=position,
            sku=f"SKU-{n}-{position}",
            title="Linen shirt",
            options={"size": "M", "colour": "blue"},
            quantity=quantity,
            unit_price=total // quantity,
            paid=total,
            tax=total * 19 // 119,
        )
    Payment.objects.create(
        order=order,
        provider="stripe",
        reference=f"pi_{n:08d}",
        currency=order.currency,
        captured=paid if paid is not None else sum(total for _, total in lines) + order.delivery_paid,
    )
    if delivered is LATELY:
        delivered = shop.today() - timedelta(days=6)
    if delivered:
        make_shipment(order, delivered=delivered)
    return order


def pays_cash(order: Order) -> Order:
    """Paid to the driver at the door: its money can only go back by transfer."""
    order.payments.update(provider="bank", reference=f"COD-{order.number}")
    return order


GIVEN = Account("sepa", "Ada Example", "DE89370400440532013000")


def comes_back(refund: Refund) -> Refund:
    """The refund had left, and the bank of the card sends the money back to us."""
    Refund.objects.filter(pk=refund.pk).update(
        state="pending", provider_id=f"re_{refund.pk}", first_sent_at=timezone.now()
    )
    Payment.objects.filter(pk=refund.payment_id, reserved=0).update(reserved=refund.amount)
    told = Outcome(f"re_{refund.pk}", "failed", refund.amount, refund.currency, failure_reason="declined")
    sending.take_outcome(fresh(refund), told)
    return fresh(refund)


def make_shipment(order: Order, *, delivered: date | None = None, **facts) -> Shipment:
    shipment = Shipment.objects.create(
        **{
            "shop": order.shop,
            "order": order,
            "carrier": "sandbox",
            "tracking_number": f"SB{next(count):010d}",
            **facts,
        }
    )
    if delivered:
        at = datetime(delivered.year, delivered.month, delivered.day, 11, tzinfo=UTC)
        return scan(shipment, Status.DELIVERED, at=at)
    return shipment


def tell(shipment: Shipment, tracked: Tracked) -> None:
    """As a signed message of the carrier would."""
    take_all([Heard(shipment, tracked)], timezone.now())


def scan(shipment: Shipment, status: Status, *, at: datetime, sub_status: str = "", text: str = "") -> Shipment:
    words = text or f"carrier says {status}"
    found = Scan(at=at, status=status, text=words, code=status.upper(), sub_status=sub_status, raw={"code": status})
    tell(shipment, Tracked(shipment.tracking_number, [found]))
    return fresh(shipment)


def make_return(
    order: Order,
    *,
    units: int = 1,
    reason: str = "wrong_size",
    wish: str = "money",
    swap: Variant | None = None,
    state: str = "submitted",
) -> Return:
    """A return of `units` of the first line, brought to a state by the real verbs.

    draft, submitted (which the rules approve at once when they can), approved, awaiting_dropoff, received, settling.
    """
    line = order.lines.order_by("position").first()
    ret = Return.objects.create(shop=order.shop, order=order, language="en", way="code")
    ReturnLine.objects.create(ret=ret, order_line=line, requested=units, reason=reason, wish=wish, swap=swap)
    if state == "draft":
        return ret
    ret = actions.submit(ret)
    if state == "submitted":
        return ret
    if ret.state == Return.State.UNDER_REVIEW:
        ret = actions.approve(ret, by="rules")
    if state == "approved":
        return ret
    whole = {row.pk: row.approved for row in ret.lines.all()}
    ret = goods.receive(ret, whole, by="rules")
    if state == "received":
        return ret
    return goods.accept(ret, whole, by="rules")


def accepted(draft: Return) -> Return:
    """The draft sent, granted, all of it received and accepted."""
    ret = actions.submit(draft)
    if ret.state == Return.State.UNDER_REVIEW:
        ret = actions.approve(ret, by="rules")
    whole = {row.pk: row.approved for row in ret.lines.all()}
    return goods.accept(goods.receive(ret, whole, by="rules"), whole, by="rules")


def make_withdrawal(shop: Shop, **facts) -> Withdrawal:
    """A statement of Ada's, kept and not opened. What she typed may be said."""
    return withdrawals.state(
        shop,
        **{
            "name": "Ada Example",
            "contract": "A shirt, bought in November",
            "email": "ada@example.com",
            "language": "en",
            **facts,
        },
    )


def say_no(ret: Return, *, reason: str = "a whole sentence", by: str = "staff:sam") -> Return:
    """Rejected, by two people where it is a right: Leo says so first."""
    ret = actions.reject(ret, by="staff:leo", reason=reason)
    return ret if ret.state == "rejected" else actions.reject(fresh(ret), by=by, reason=reason)


def approve_partly(ret: Return, units: dict[int, int], *, reason: str, by: str = "staff:sam") -> Return:
    """A yes to these units, and a no to the rest that Leo has said first."""
    ret = actions.approve(ret, by="staff:leo", units=units, reason=reason)
    return actions.approve(fresh(ret), by=by, units=units, reason=reason) if ret.no_at else ret


def make_payment_outside(box, order: Order, *, amount: int | None = None) -> Payment:
    """The order's payment as it stands at the provider."""
    return make_payment_outside_of(box, order.payments.get(), amount=amount)


def make_payment_outside_of(box, payment: Payment, *, amount: int | None = None) -> Payment:
    sum_ = payment.captured if amount is None else amount
    box.post("/_sandbox/payments", {"id": payment.reference, "amount": sum_, "currency": payment.currency.lower()})
    return payment


def picture(colour: str = "red", size: tuple[int, int] = (640, 480), form: str = "JPEG") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, form)
    return data.getvalue()


def fresh(row):
    """The row as the database has it; protected state fields are never refreshed in place."""
    return type(row).objects.get(pk=row.pk)
