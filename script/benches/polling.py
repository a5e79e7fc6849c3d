"""Looking at parcels as shipped (fetch, translate, store, next look), against a plain loop of requests.get and ORM
saves, and against the same threads that only fetch, in the same run.

The stand-in carrier runs as a process of its own and answers every call 50 ms late. One number a call, as with most
carriers; the last line shows what a carrier that takes twenty does. CPU is that of our process, threads included.
"""

import argparse
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
WORKER = "--worker" in sys.argv
if not WORKER:
    folder = tempfile.TemporaryDirectory(prefix="homeward-bench-")
    os.environ.update(DATA_DIR=folder.name, LOG_LEVEL="ERROR", DJANGO_SETTINGS_MODULE="portal.settings")

import django  # noqa: E402 - the environment above has to stand first

django.setup()

import requests  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from carriers import new_session, open_carrier  # noqa: E402
from carriers.base import Pace  # noqa: E402
from carriers.sandbox.adapter import Sandbox as Adapter  # noqa: E402
from customers.models import Customer, Entry, Shop  # noqa: E402
from orders.models import Order  # noqa: E402
from sandbox.books import Books  # noqa: E402
from sandbox.running import Sandbox  # noqa: E402
from shipments.looking import be_nimble, look  # noqa: E402
from shipments.models import CarrierAccount, Shipment, TrackingEvent  # noqa: E402

be_nimble()  # as the worker is
LATENCY = 0.05
THREADS = 32
KEY = {"X-Api-Key": "bench"}


def fill(books: Path, parcels: int) -> Shop:
    """The same parcels in the carrier's books and in ours, one an order, each with its whole life behind it."""
    began = datetime.now(UTC) - timedelta(days=5)
    numbers = [f"SB{n:012d}" for n in range(parcels)]
    book = Books(str(books))
    with book.transaction() as db:
        db.executemany(
            "insert into parcels values (?, 'on_time', ?, null, null, null)", [(n, began.isoformat()) for n in numbers]
        )
    book.close()
    shop = Shop.objects.create(
        slug="bench", name="Bench", country="DE", language="en", time_zone="Europe/Berlin", currency="EUR",
        email="help@example.com", address_lines=["Musterstr. 1"], hours={"en": "9 to 17"},
    )  # fmt: skip
    customer = Customer.objects.create(shop=shop, email="customer@example.com", name="Customer", language="en")
    orders = Order.objects.bulk_create(
        [
            Order(shop=shop, customer=customer, number=number, number_key=number.lower(), placed_at=began,
                  language="en", currency="EUR", digest="x")
            for number in numbers
        ],
        batch_size=1000,
    )  # fmt: skip
    Shipment.objects.bulk_create(
        [
            Shipment(shop=shop, order=order, carrier="sandbox", tracking_number=order.number, created_at=began)
            for order in orders
        ],
        batch_size=1000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return shop


def plain_loop(url: str, rows: list[Shipment]) -> None:
    """What one writes first."""
    for row in rows:
        address = f"{url}/carrier/v1/track"
        reply = requests.get(address, params={"numbers": row.tracking_number}, headers=KEY, timeout=10)
        for line in reply.json()["parcels"][0]["log"]:
            TrackingEvent.objects.get_or_create(
                shipment=row,
                at=datetime.fromisoformat(line["ts"]),
                code=line["c"],
                defaults={"status": "in_transit", "text": line["txt"], "place": line["where"], "raw": line},
            )
        row.status, row.looked_at, row.next_look = "delivered", timezone.now(), None
        row.save()


def only_fetch(url: str, rows: list[Shipment]) -> None:
    """The floor: our session and as many threads, nothing understood and nothing stored."""
    session = new_session()
    address = f"{url}/carrier/v1/track"

    def fetch(row: Shipment) -> bytes:
        return session.get(address, params={"numbers": row.tracking_number}, headers=KEY, timeout=10).content

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(fetch, rows))


def forget() -> None:
    TrackingEvent.objects.all().delete()
    Entry.objects.all().delete()
    fresh = {"status": "pre_transit", "reply_digest": "", "looked_at": None, "last_scan_at": None, "delivered_at": None}
    Shipment.objects.update(next_look=None, looking_until=None, **fresh)


def due(count: int) -> list[Shipment]:
    rows = list(Shipment.objects.order_by("pk")[:count])
    Shipment.objects.filter(pk__in=Shipment.objects.order_by("pk").values("pk")[:count]).update(
        next_look=timezone.now()
    )
    return rows


def timed(count: int, work) -> tuple[float, float]:
    """Parcels a second, and CPU milliseconds a parcel."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return count / wall, cpu / count * 1000


def ours(count: int, batch_size: int = 1) -> tuple[float, float]:
    Adapter.batch_size = batch_size
    Adapter.pace = Pace(a_second=100_000, at_once=THREADS)
    due(count)
    measured = timed(count, look)
    assert Shipment.objects.filter(looked_at__isnull=False, status="delivered").count() >= count
    return measured


def worker(count: int) -> None:
    """One process of `script/bench polling --worker`: looks until nothing is due, and says what that took."""
    Adapter.batch_size, Adapter.pace = 1, Pace(a_second=100_000, at_once=THREADS)
    print("ready", flush=True)
    sys.stdin.readline()
    started, cpu = time.time(), time.process_time()
    heard = 0
    while found := look():
        heard += found
    print(json.dumps({
        "heard": heard,
        "started": started,
        "ended": time.time(),
        "cpu": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }))  # fmt: skip


def workers(count: int) -> list[dict]:
    """So many worker processes at once; what each says of itself."""
    command = [sys.executable, __file__, "--worker"]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(count)
    ]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    return [json.loads(process.communicate()[0]) for process in running]


def row(name: str, measured: tuple[float, float], plain: tuple[float, float], floor: tuple[float, float]) -> None:
    rate, cpu = measured
    print(f"{name:<34}{rate:>8.0f} {cpu:>8.2f} {rate / plain[0]:>9.1f}x {floor[0] / rate:>9.2f}", flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--parcels", type=int, default=2000)
    options.add_argument("--plain", type=int, default=100, help="parcels of the plain loop")
    options.add_argument("--many", type=int, default=20_000, help="parcels of the memory test; 0 leaves it out")
    options.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.worker:
        worker(chosen.parcels)
        return
    call_command("prepare", stdout=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    books = Path(folder.name) / "carrier.sqlite3"
    shop = fill(books, max(chosen.parcels, chosen.many))
    gc.freeze()  # what was only made to fill the house is not looked through in every line below
    with Sandbox(books) as box:
        CarrierAccount.objects.create(shop=shop, carrier="sandbox", account={"base_url": box.url, "key": "bench"})
        assert open_carrier("sandbox", {"base_url": box.url, "key": "bench"}).check() == []
        box.post("/_sandbox/faults", {"where": "carrier", "what": "hang_before", "count": None, "seconds": LATENCY})
        count = chosen.parcels
        print(f"{connection.vendor}, {count} parcels of 7 scans, {LATENCY * 1000:.0f} ms a call, {THREADS} threads")
        print(f"{'':<34}{'parcels/s':>8} {'CPU ms':>7} {'of plain':>10} {'floor/ours':>10}")
        plain = timed(chosen.plain, lambda: plain_loop(box.url, due(chosen.plain)))
        forget()
        floor = timed(count, lambda: only_fetch(box.url, due(count)))
        row("plain loop", plain, plain, floor)
        row("only fetching", floor, plain, floor)
        row("as shipped, all new", ours(count), plain, floor)
        row("as shipped, nothing new", ours(count), plain, floor)
        forget()
        row("as shipped, all new, 20 a call", ours(count, 20), plain, floor)
        forget()
        side_by_side(count, chosen.many)


def machine_cpu() -> float:
    """CPU seconds all processes of this machine have used, where it tells (Linux)."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return 0.0
    user, nice, system = map(int, stat.read_text().splitlines()[0].split()[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def side_by_side(count: int, many: int) -> None:
    """Memory of one worker with few and with many parcels; and one worker against two."""
    rates, peaks = {}, {}
    for name, processes, parcels in (("one", 1, count), ("two", 2, count), ("many", 1, many)):
        if not parcels:
            continue
        forget()
        due(parcels)
        machine = machine_cpu()
        said = workers(processes)
        assert sum(each["heard"] for each in said) == parcels, said
        busy = max(each["ended"] for each in said) - min(each["started"] for each in said)
        rates[name], peaks[name] = parcels / busy, max(each["peak_mb"] for each in said)
        cpu = sum(each["cpu"] for each in said) / busy
        print(
            f"{processes} worker(s), {parcels:>6} parcels: {rates[name]:>6.0f} parcels/s with {cpu:.2f} cores, "
            f"the machine {(machine_cpu() - machine) / busy:.2f} of {os.cpu_count()}, at most {peaks[name]:.0f} MB"
        )
    print(f"a second worker adds {rates['two'] / rates['one']:.2f}x")
    if many:
        print(f"memory from {count} to {many} parcels: {peaks['many'] / peaks['one']:.2f}x")


main()
