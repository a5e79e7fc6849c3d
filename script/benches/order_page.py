"""The order page as shipped against a bare Django view with the same query and template, in the same run.

In one process, through Django's own request handler: requests a second and CPU a request, medians of rounds in which
the two take turns; and the answer to a page that renews itself when nothing has happened. Prints a table; quote the
ratios, the machine is noisy. A million orders are filled in by the database within minutes; --orders keeps it small.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
folder = tempfile.TemporaryDirectory(prefix="homeward-bench-")
os.environ.update(DATA_DIR=folder.name, LOG_LEVEL="ERROR", DJANGO_SETTINGS_MODULE="portal.settings")

import django  # noqa: E402 - the environment above has to stand first

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, reset_queries  # noqa: E402
from django.db.models import Field, JSONField, Model  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.template.loader import render_to_string  # noqa: E402
from django.test import Client, RequestFactory  # noqa: E402
from django.utils import timezone  # noqa: E402

from customers.models import Customer, Entry, Shop  # noqa: E402
from orders.models import Order, OrderLine, Payment  # noqa: E402
from portal.customer import access, orders  # noqa: E402
from portal.faces import everywhere  # noqa: E402
from shipments.models import Shipment, TrackingEvent  # noqa: E402

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
SCANS = [
    ("pre_transit", "Shipment data received", ""),
    ("accepted", "Picked up from sender", "Leipzig"),
    ("in_transit", "Processed at origin hub", "Radefeld"),
    ("in_transit", "Arrived at destination hub", "Hannover"),
    ("out_for_delivery", "Loaded onto delivery vehicle", "Hannover"),
    ("delivered", "Delivered", "Hannover"),
]


NOW = datetime.now(UTC)


def fill(shop: Shop, orders: range) -> None:
    """These orders, each of two lines, delivered in one parcel after six scans: a statement a table, by
    the database itself. Ids are those of the numbers."""
    n, many = "n", len(SCANS)
    customer = {"id": "n + 1", "email": text("'customer'", n, "'@example.com'"), "name": text("'Customer '", n)}
    number = text("'DE-'", padded(n))
    order = {"id": "n + 1", "customer_id": "n + 1", "number": number, "number_key": text("'de'", padded(n))}
    order |= {"placed_at": after_minutes(n)}
    entry = {"id": "2 * n + k", "customer_id": "n + 1", "order_number": number, "at": after_minutes(n)}
    entry |= {"verb": "case k when 1 then 'order.imported' else 'parcel.delivered' end"}
    parcel = {"id": "n + 1", "order_id": "n + 1", "tracking_number": text("'SB'", padded(n))}
    scan = {"id": f"{many} * n + k", "shipment_id": "n + 1", "at": after_minutes("60 * k")}
    for place, name in enumerate(("status", "text", "place")):
        scan[name] = case_of([each[place] for each in SCANS])
    line = {"id": "2 * n + k", "order_id": "n + 1", "position": "k", "sku": text("'SKU-'", "k")}
    payment = {"id": "n + 1", "order_id": "n + 1", "reference": text("'pi_'", n)}
    here = {"shop_id": shop.pk, "language": "en", "created_at": BEGAN}
    put(Customer, orders, customer, here | {"phone": ""})
    put(Order, orders, order, here | ORDER)
    put(OrderLine, orders, line, LINE, each=2)
    put(Payment, orders, payment, {"provider": "stripe", "currency": "EUR", "captured": 6480})
    put(Entry, orders, entry, {"shop_id": shop.pk, "by": "import", "told_at": BEGAN}, each=2)
    put(Shipment, orders, parcel, {"shop_id": shop.pk, "created_at": BEGAN, **PARCEL})
    put(TrackingEvent, orders, scan | {"code": scan["status"]}, {"zone_from": "offset"}, each=many)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


ORDER = {
    "currency": "EUR",
    "address": {
        "name": "Customer", "street": "Am Beispiel 1", "postcode": "10115", "city": "Berlin", "country": "DE",
    },
    "postcode_key": "10115",
    "delivery_paid": 490,
    "delivery_standard": 490,
    "delivery_tax": 78,
    "digest": "x",
}  # fmt: skip
LINE = {"title": "Linen shirt", "options": {"size": "M", "colour": "blue"}, "quantity": 1, "unit_price": 3990}
LINE |= {"paid": 2995, "tax": 478}
PARCEL = {"carrier": "sandbox", "status": "delivered", "delivered_at": BEGAN, "last_scan_at": BEGAN}
PARCEL |= {"looked_at": NOW, "handed_at": BEGAN}


def put(model: type[Model], orders: range, made: dict[str, str], same: dict[str, Any], *, each: int = 1) -> None:
    """One INSERT: `made` are SQL over n (the order) and k (1 to `each`), `same` is the same in every row; what is in
    neither has its default."""
    columns, values, given = [], [], []
    for field in model._meta.concrete_fields:
        columns.append(connection.ops.quote_name(field.column))
        if field.column in made:
            values.append(made[field.column])
            continue
        value = same.get(field.column, field.get_default())
        values.append("cast(%s as jsonb)" if is_json(field) and connection.vendor == "postgresql" else "%s")
        given.append(json.dumps(value) if is_json(field) else value)
    table = connection.ops.quote_name(model._meta.db_table)
    # One of ours, no word of it from outside.
    statement = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {series(orders, each)}"
    with connection.cursor() as cursor:
        cursor.execute(statement, given)


def is_json(field: Field) -> bool:
    return isinstance(field, JSONField)


def series(orders: range, each: int) -> str:
    if connection.vendor == "postgresql":
        return f"generate_series({orders.start}, {orders.stop - 1}) AS a(n), generate_series(1, {each}) AS b(k)"
    return f"({counted(orders.start, orders.stop - 1, 'n')}) AS a, ({counted(1, each, 'k')}) AS b"


def counted(first: int, last: int, name: str) -> str:
    more = f"SELECT {name} + 1 FROM s WHERE {name} < {last}"
    return f"WITH RECURSIVE s({name}) AS (SELECT {first} UNION ALL {more}) SELECT {name} FROM s"


def text(*parts: str) -> str:
    return " || ".join(f"cast({part} as text)" for part in parts)


def padded(number: str) -> str:
    return f"lpad({number}::text, 8, '0')" if connection.vendor == "postgresql" else f"printf('%%08d', {number})"


def after_minutes(minutes: str) -> str:
    if connection.vendor == "postgresql":
        return f"timestamptz '2026-01-01 00:00:00+00' + ({minutes}) * interval '1 minute'"
    return f"datetime('2026-01-01', '+' || ({minutes}) || ' minutes')"


def case_of(values: list[str]) -> str:
    return "case k " + " ".join(f"when {k} then '{value}'" for k, value in enumerate(values, start=1)) + " end"


def bare(request, number: str) -> HttpResponse:
    """The reference: the same rows and the same template, nothing else."""
    order = Order.objects.select_related("shop", "customer").get(shop=request.shop, number_key=number)
    now = timezone.now()
    rows = list(Shipment.objects.filter(order=order).prefetch_related("events"))
    for row in rows:
        row.order, row.shop = order, order.shop
    parcels = [orders._parcel(row, order, now, place) for place, row in enumerate(rows, start=1)]
    context = {
        **everywhere(request),
        "request": request,
        "csrf_token": "x",
        "order": order,
        "level": access.ALL,
        "parcels": parcels,
        "lines": list(order.lines.all()),
        "backs": list(order.returns.exclude(state="draft").order_by("pk")),
        "actions": ["return"],
        "main": "return",
        "today": order.shop.today(now),
    }
    return HttpResponse(render_to_string("customer/order.html", context))


def as_shipped(shop: Shop, numbers: list[str]) -> Client:
    """A visitor who has opened all of these orders, as after a letter's link."""
    client = Client(HTTP_HOST="127.0.0.1")
    session = client.session
    now = int(timezone.now().timestamp())
    keys = Order.objects.filter(shop=shop, number_key__in=numbers).values_list("pk", flat=True)
    session["orders"] = {str(pk): [access.ALL, now, now] for pk in keys}
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def time_of(call: Callable[[str], int], numbers: list[str], wanted: int) -> tuple[float, float]:
    """Wall and CPU milliseconds a request."""
    wall, cpu = time.perf_counter(), time.process_time()
    for number in numbers:
        assert call(number) == wanted
    count = len(numbers)
    return (time.perf_counter() - wall) / count * 1000, (time.process_time() - cpu) / count * 1000


def measure(shop: Shop, orders_there: int, rounds: int) -> dict[str, float]:
    step = max(orders_there // 20, 1)
    numbers = [f"de{n:08d}" for n in range(0, orders_there, step)][:20]
    client = as_shipped(shop, numbers)
    factory = RequestFactory(HTTP_HOST="127.0.0.1")
    names = {number: client.get(f"/o/{number}/")["ETag"] for number in numbers}

    def ours(number: str) -> int:
        return client.get(f"/o/{number}/").status_code

    def known(number: str) -> int:
        return client.get(f"/o/{number}/", headers={"If-None-Match": names[number], "X-Renews": "1"}).status_code

    def reference(number: str) -> int:
        request = factory.get(f"/o/{number}/")
        request.shop = shop
        return bare(request, number).status_code

    calls = {"ours": (ours, 200), "bare": (reference, 200), "304": (known, 304)}
    for call, wanted in calls.values():
        time_of(call, numbers, wanted)
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, (call, wanted) in calls.items():
            taken[name].append(time_of(call, numbers, wanted))
    queries = {name: queries_of(call, numbers[0]) for name, (call, _) in calls.items()}
    wall = {name: statistics.median(w for w, _ in rows) for name, rows in taken.items()}
    cpu = {name: statistics.median(c for _, c in rows) for name, rows in taken.items()}
    ratio = ratio_of(taken["ours"], taken["bare"])
    print(
        f"{connection.vendor:<11}{orders_there:>9}"
        f"  {1000 / wall['ours']:>7.0f} {cpu['ours']:>8.2f} {queries['ours']:>8}"
        f"  {1000 / wall['bare']:>7.0f} {cpu['bare']:>8.2f}  {ratio:>6.2f}"
        f"  {cpu['304']:>7.2f} {queries['304']:>8} {ratio_of(taken['304'], taken['ours']):>6.2f}",
        flush=True,
    )
    return cpu


def queries_of(call: Callable[[str], int], number: str) -> int:
    settings.DEBUG = True
    reset_queries()
    call(number)
    settings.DEBUG = False
    return len(connection.queries)


def ratio_of(ours: list[tuple[float, float]], others: list[tuple[float, float]]) -> float:
    return statistics.median(a[1] / b[1] for a, b in zip(ours, others, strict=True))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--orders", default="10000,1000000")
    options.add_argument("--rounds", type=int, default=15)
    chosen = options.parse_args()
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    call_command("prepare", stdout=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    shop = Shop.objects.create(
        slug="bench", name="Bench", country="DE", language="en", time_zone="Europe/Berlin", currency="EUR",
        email="help@example.com", address_lines=["Musterstr. 1"], hours={"en": "9 to 17"},
    )  # fmt: skip
    print("                            as shipped              bare Django view    CPU         known: 304")
    print("database      orders    req/s   CPU ms  queries    req/s   CPU ms   ratio   CPU ms  queries  of page")
    had, cpus = 0, []
    for there in (int(number) for number in chosen.orders.split(",")):
        began = time.perf_counter()
        fill(shop, range(had, there))
        print(
            f"({there - had} orders and {6 * (there - had)} scans in {time.perf_counter() - began:.0f} s)", flush=True
        )
        had = there
        cpus.append(measure(shop, there, chosen.rounds)["ours"])
    if len(cpus) > 1:
        print(f"growth of CPU a request from the fewest to the most orders: {cpus[-1] / cpus[0]:.2f}")


main()
