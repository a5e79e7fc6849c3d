"""Letters with a way in that somebody asked for without having proved anything.

The page says the same to everybody and keeps the ask; the worker answers it. Only an order's own contact is written to.
"""

from datetime import timedelta

import structlog
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from customers.models import Customer, Shop
from notices import outbox
from orders.models import Order
from portal.customer import access, limits
from portal.middleware import client_address
from portal.models import Ask

BATCH = 20
MOST_LISTED = 10
TOO_OLD = timedelta(days=1)
log = structlog.get_logger("portal.asks")


def ask_by_email(request: HttpRequest, shop: Shop, email: str) -> None:
    """Raises Blocked when the network asks far more often than people do."""
    _keep(request, Ask(shop=shop, email=email.strip().lower()))


def ask_by_link(request: HttpRequest, shop: Shop, secret: str) -> None:
    """In place of a link that has ended. Raises Blocked as above."""
    _keep(request, Ask(shop=shop, digest=access.digest_of(secret)))


def _keep(request: HttpRequest, ask: Ask) -> None:
    address = client_address(request)
    until = None if limits.is_shared(address) else limits.claim("asks", limits.network(address), limits.ASKS)
    if until:
        raise access.Blocked(until)
    ask.language = get_language() or ask.shop.language
    ask.save()


def answer_asks() -> int:
    """Write what was asked for, and forget that it was. Returns how many asks were looked at."""
    Ask.objects.filter(at__lt=timezone.now() - TOO_OLD).delete()
    asks = list(Ask.objects.order_by("pk").values_list("pk", flat=True)[:BATCH])
    return sum(_answer(pk) for pk in asks)


def _answer(pk: int) -> bool:
    try:
        with transaction.atomic():
            untaken = Ask.objects.select_for_update(skip_locked=True, of=("self",)).select_related("shop")
            ask = untaken.filter(pk=pk).first()
            if ask is None:
                return False
            _write(ask)
            ask.delete()
    except Exception as error:
        log.error("letter.failed", verb="access", exc_info=error)
        return False
    return True


def _write(ask: Ask) -> None:
    token = access.link_once_sent(ask.digest) if ask.digest else None
    customer = token.customer if token else Customer.objects.filter(shop=ask.shop, email=ask.email).first()
    if token and token.order and token.order.shop_id == ask.shop_id:
        _write_link(token.order, token.path, ask.language)
    elif customer and customer.shop_id == ask.shop_id:
        _write_orders(customer, ask.language)


def _write_orders(customer: Customer, language: str) -> None:
    orders = list(customer.orders.order_by("-placed_at", "-pk")[: MOST_LISTED + 1])
    if not orders or not _may_write(customer):
        return
    listed = [(order.number, customer.shop.today(order.placed_at)) for order in orders[:MOST_LISTED]]
    facts = {"listed": listed, "more": len(orders) > MOST_LISTED, "order_number": ""}
    letter = outbox.write(customer, "access.orders", facts, language=language)
    access.sign_in_by(letter, customer=customer, path="/")


def _write_link(order: Order, path: str, language: str) -> None:
    if _may_write(order.customer):
        letter = outbox.write(order.customer, "access.link", {"order": order}, language=language)
        access.sign_in_by(letter, order=order, path=path or f"/o/{order.number_key}/")


def _may_write(customer: Customer) -> bool:
    """Nobody is buried under letters that others ask for."""
    return limits.claim("mails", f"{customer.shop_id}:{customer.email}", limits.ASKED_MAILS) is None
