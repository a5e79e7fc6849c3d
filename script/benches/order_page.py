"""The order page as shipped against a bare Django view with the same query and template, in the same run.

In one process, through Django's own request handler: requests a second and CPU a request, medians of rounds in which
the two take turns. Prints a table; quote the ratios, the machine is noisy.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
folder = tempfile.TemporaryDirectory(prefix="homeward-bench-")
os.environ.update(DATA_DIR=folder.name, LOG_LEVEL="ERROR", DJANGO_SETTINGS_MODULE="portal.settings")

import django  # noqa: E402 - the environment above has to stand first

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, reset_queries  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.template.loader import render_to_string  # noqa: E402
from django.test import Client, RequestFactory  # noqa: E402
from django.utils import timezone  # noqa: E402

from customers.models import Shop  # noqa: E402
from orders.actions import take_in  # noqa: E402
from orders.models import Order  # noqa: E402
from orders.stores.base import Address, LineDraft, OrderDraft, ParcelDraft, PaymentDraft  # noqa: E402
from portal.customer import access, orders  # noqa: E402
from portal.faces import everywhere  # noqa: E402
from shipments.actions import expect  # noqa: E402
from shipments.models import Shipment, TrackingEvent  # noqa: E402
from shipments.queries import parcels_of  # noqa: E402

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
SCANS = [
    ("pre_transit", "Shipment data received", ""),
    ("accepted", "Picked up from sender", "Leipzig"),
    ("in_transit", "Processed at origin hub", "Radefeld"),
    ("in_transit", "Arrived at destination hub", "Hannover"),
    ("out_for_delivery", "Loaded onto delivery vehicle", "Hannover"),
    ("delivered", "Delivered", "Hannover"),
]
CHUNK = 2000


def draft(n: int) -> OrderDraft:
    line = LineDraft("SHIRT-M", "Linen shirt", {"size": "M", "colour": "blue"}, "normal", 1, 3990, 0, 3990, 637, "")
    socks = LineDraft("SOCKS", "Wool socks, 3 pairs", {}, "normal", 2, 1000, 0, 2000, 319, "")
    return OrderDraft(
        number=f"DE-{n:08d}",
        placed_at=BEGAN + timedelta(minutes=n),
        email=f"customer{n}@example.com",
        name=f"Customer {n}",
        phone="",
        language="en",
        currency="EUR",
        address=Address(f"Customer {n}", "Am Beispiel 1", "", "10115", "Berlin", "", "DE"),
        delivery_paid=490,
        delivery_standard=490,
        delivery_tax=78,
        order_discount=0,
        lines=(line, socks),
        payments=(PaymentDraft("stripe", f"pi_{n}", 6480),),
        parcels=(ParcelDraft("sandbox", f"SB{n:012d}", None, None),),
        first_row=n,
        last_row=n,
    )


def fill(shop: Shop, first: int, last: int) -> None:
    for start in range(first, last, CHUNK):
        intake = take_in(shop, [draft(n) for n in range(start, min(start + CHUNK, last))], by="import")
        expect([(order, each.parcels) for order, each in intake.new])
        parcels = list(Shipment.objects.filter(order__in=[order for order, _ in intake.new]))
        for parcel in parcels:
            parcel.status, parcel.delivered_at, parcel.last_scan_at = "delivered", BEGAN, BEGAN
            parcel.looked_at = BEGAN
        Shipment.objects.bulk_update(parcels, ["status", "delivered_at", "last_scan_at", "looked_at"], batch_size=500)
        TrackingEvent.objects.bulk_create(
            TrackingEvent(
                shipment=parcel, at=BEGAN + timedelta(hours=hour), status=status, code=status, text=text, place=place
            )
            for parcel in parcels
            for hour, (status, text, place) in enumerate(SCANS)
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def bare(request, number: str) -> HttpResponse:
    """The reference: the same query and the same template, nothing else."""
    order = Order.objects.select_related("shop", "customer").get(shop=request.shop, number_key=number)
    now = timezone.now()
    parcels = [orders._parcel(row, order, now) for row in parcels_of(order)]
    lines = list(order.lines.all())
    context = {
        **everywhere(request),
        "request": request,
        "csrf_token": "x",
        "order": order,
        "level": access.ALL,
        "parcels": parcels,
        "lines": lines,
        "returns": order.returns.exclude(state="draft").order_by("pk"),
        "may_return": any(line.left for line in lines),
        "has_money": False,
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


def time_of(call, numbers: list[str]) -> tuple[float, float]:
    """Wall and CPU milliseconds a request."""
    wall, cpu = time.perf_counter(), time.process_time()
    for number in numbers:
        assert call(number) == 200
    count = len(numbers)
    return (time.perf_counter() - wall) / count * 1000, (time.process_time() - cpu) / count * 1000


def measure(shop: Shop, orders_there: int, rounds: int) -> dict[str, float]:
    step = max(orders_there // 20, 1)
    numbers = [f"de{n:08d}" for n in range(0, orders_there, step)][:20]
    client = as_shipped(shop, numbers)
    factory = RequestFactory(HTTP_HOST="127.0.0.1")

    def ours(number: str) -> int:
        return client.get(f"/o/{number}/").status_code

    def reference(number: str) -> int:
        request = factory.get(f"/o/{number}/")
        request.shop = shop
        return bare(request, number).status_code

    for warm in (ours, reference):
        time_of(warm, numbers)
    taken: dict[str, list[tuple[float, float]]] = {"ours": [], "bare": []}
    for _ in range(rounds):
        taken["ours"].append(time_of(ours, numbers))
        taken["bare"].append(time_of(reference, numbers))
    settings.DEBUG = True
    reset_queries()
    ours(numbers[0])
    queries = len(connection.queries)
    settings.DEBUG = False
    wall = {name: statistics.median(w for w, _ in rows) for name, rows in taken.items()}
    cpu = {name: statistics.median(c for _, c in rows) for name, rows in taken.items()}
    ratio = statistics.median(a[1] / b[1] for a, b in zip(taken["ours"], taken["bare"], strict=True))
    print(
        f"{connection.vendor:<11}{orders_there:>8}  {1000 / wall['ours']:>7.0f} {cpu['ours']:>8.2f}"
        f"  {1000 / wall['bare']:>7.0f} {cpu['bare']:>8.2f}  {ratio:>6.2f} {queries:>8}",
        flush=True,
    )
    return cpu


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--orders", default="10000,100000")
    options.add_argument("--rounds", type=int, default=15)
    chosen = options.parse_args()
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    call_command("prepare", stdout=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    shop = Shop.objects.create(
        slug="bench", name="Bench", country="DE", language="en", time_zone="Europe/Berlin", currency="EUR",
        email="help@example.com", address_lines=["Musterstr. 1"], hours={"en": "9 to 17"},
    )  # fmt: skip
    print("                        as shipped         bare Django view    CPU")
    print("database     orders    req/s   CPU ms     req/s   CPU ms   ratio  queries")
    had, cpus = 0, []
    for there in (int(number) for number in chosen.orders.split(",")):
        fill(shop, had, there)
        had = there
        cpus.append(measure(shop, there, chosen.rounds)["ours"])
    if len(cpus) > 1:
        print(f"growth of CPU a request from the fewest to the most orders: {cpus[-1] / cpus[0]:.2f}")


main()
