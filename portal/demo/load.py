"""Fill an empty house with the demo: the shop, its shelf, its orders, and everything that happened since."""

import copy
import io
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from customers.models import Shop
from orders.models import Order, Picture
from orders.stores.base import RowError
from orders.stores.csv_file.orders import read_orders
from orders.stores.csv_file.stock import read_stock
from portal.background import catch_up
from portal.demo.box import Box
from portal.demo.goods import stock_csv
from portal.demo.items import picture as item_picture
from portal.demo.orders import Purchase, orders_csv, purchases
from portal.demo.returns import send_things_back
from portal.intake import Report, defaults_of, take_in_orders, take_in_stock
from portal.shop_file import read_shop, set_up
from returns.payouts.money import to_stripe

SLUG = "linden-and-loom"
STAFF, SECOND = "demo", "colleague"
SHOP_FILE = Path(__file__).with_name("shop.toml")
# The shop once sent returns with a carrier that it has left, and once gave itself no time to stop a refund.
EARLIER_TERMS = ((timedelta(days=3650), {"return_carrier": "postvia"}), (timedelta(days=60), {"stop_minutes": 0}))
TERMS_SINCE = timedelta(days=10)


class NotHere(Exception):
    """The demo is for a sandbox and an empty database; the message says what is in the way."""


def load(say: Callable[[str], object]) -> None:
    """All of it or nothing. Raises NotHere, before anything is changed."""
    box = Box(the_sandbox())
    with transaction.atomic():  # whoever stops the first start half-way finds an empty house, not half a demo
        _load(say, box)
    box.post("webhooks", mode="send")


def _load(say: Callable[[str], object], box: Box) -> None:
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    shop = set_up_shop(now)
    staff, second = (
        User.objects.get_or_create(username=name, defaults={"is_staff": True})[0] for name in (STAFF, SECOND)
    )
    bought = purchases(now)
    say(f"{shop.name}: {len(bought)} orders ...")
    fill_sandbox(bought, box)
    bring_in(shop, bought)
    catch_up()
    orders = {order.number: order for order in Order.objects.filter(shop=shop).select_related("shop", "customer")}
    cases = send_things_back(bought, orders, staff=staff, second=second, box=box)
    say(f"{shop.name}: {len(orders)} orders and {cases} returns are here.")


def a_colleague(name: str) -> User:
    return User.objects.get_or_create(username=name, defaults={"is_staff": True})[0]


def the_sandbox() -> str:
    """Its address, when this is a place for a demo."""
    url = os.environ.get("SANDBOX_URL", "")
    if Shop.objects.exists():
        raise NotHere("There is a shop here already: the demo goes into an empty database only.")
    if not url or urlsplit(url).hostname not in {"127.0.0.1", "localhost"} or not settings.STRIPE_API_BASE:
        raise NotHere("The demo needs the sandbox: manage.py serve starts it, and loads the demo by itself.")
    if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        raise NotHere("The demo would write to people who do not exist: leave EMAIL_URL out for it.")
    try:
        requests.get(f"{url}/_sandbox/health", timeout=5).raise_for_status()
    except requests.RequestException as error:
        raise NotHere(f"The sandbox does not answer at {url}.") from error
    return url


def set_up_shop(now: datetime) -> Shop:
    facts = read_shop(SHOP_FILE)
    for ago, other in EARLIER_TERMS:
        earlier = copy.deepcopy(facts)
        earlier["terms"].update(other)
        set_up(earlier, now - ago)
    set_up(facts, now - TERMS_SINCE)
    return Shop.objects.get(slug=SLUG)


def fill_sandbox(bought: list[Purchase], box: Box) -> None:
    """Its payments and parcels. News of refunds are dropped meanwhile: nobody listens yet."""
    box.post("webhooks", mode="drop")
    for each in bought:
        for reference, amount in each.payments:
            if reference.startswith("pi_"):
                box.payment(reference, to_stripe(amount, each.buyer.currency), each.buyer.currency)
        for number, life, started_at in each.parcels:
            box.parcel(number, life, started_at.isoformat())


def bring_in(shop: Shop, bought: list[Purchase]) -> Report:
    """Through the same readers as any shop's files."""
    defaults = defaults_of(shop)
    take_in_stock(shop, read_stock(io.StringIO(stock_csv()), defaults=defaults), tell=complain)
    hang_pictures(shop)
    drafts = read_orders(io.StringIO(orders_csv(bought)), defaults=defaults)
    return take_in_orders(shop, drafts, by="import", tell=complain)


def hang_pictures(shop: Shop) -> None:
    """The item pictures, drawn: the address in the demo's stock file leads nowhere."""
    for row in Picture.objects.filter(shop=shop):
        key, _, colour = row.source.rpartition("/")[2].removesuffix(".webp").partition("-")
        row.file.save(f"{key}-{colour}.webp", ContentFile(item_picture(key, "" if colour == "plain" else colour)))


def complain(error: RowError) -> None:
    raise ValueError(f"the demo's own file is wrong: {error}")
