"""How soon Stripe gets its answer, while much waits to be worked off, against a bare view that does the least.

The reference checks the signature with Stripe's own helper and saves a row, behind no middleware at all. Both keep the
event before they answer. Rounds in which they take turns; prints milliseconds an answer, and how many forged ones a
second are turned away.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
folder = tempfile.TemporaryDirectory(prefix="homeward-bench-")
SECRET = "whsec_" + "bench" * 8
os.environ.update(
    DATA_DIR=folder.name,
    LOG_LEVEL="ERROR",
    DJANGO_SETTINGS_MODULE="portal.settings",
    STRIPE_API_KEY="sk_test_bench",
    STRIPE_WEBHOOK_SECRETS=SECRET,
)

import django  # noqa: E402 - the environment above has to stand first

django.setup()

import stripe  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test import Client, RequestFactory  # noqa: E402

from returns.models import ProviderEvent  # noqa: E402

numbers = count()


def news() -> tuple[bytes, str]:
    n = next(numbers)
    about = {"id": f"re_{n}", "object": "refund", "payment_intent": f"pi_{n}", "amount": 3990, "metadata": {}}
    event = {"id": f"evt_{n}", "object": "event", "type": "refund.updated", "data": {"object": about}}
    body = json.dumps(event | {"padding": "x" * 2000}).encode()
    return body, stripe.WebhookSignature.generate_signature_header(payload=body.decode(), secret=SECRET)


def bare(request) -> HttpResponse:
    event = stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], SECRET)
    about = event.data.object
    ProviderEvent.objects.create(
        event_id=event.id,
        type=event.type,
        refund_id=about.id,
        payment_reference=about.payment_intent,
        payload=json.loads(request.body),
    )
    return HttpResponse(status=200)


def time_of(call, told: list[tuple[bytes, str]], expected: int) -> list[float]:
    taken = []
    for body, header in told:
        began = time.perf_counter()
        assert call(body, header) == expected
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def main() -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    call_command("prepare", stdout=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    waiting = 10_000
    ProviderEvent.objects.bulk_create(
        ProviderEvent(event_id=f"evt_old_{n}", type="refund.updated", refund_id=f"re_old_{n}") for n in range(waiting)
    )
    client, factory = Client(HTTP_HOST="127.0.0.1"), RequestFactory(HTTP_HOST="127.0.0.1")

    def ours(body: bytes, header: str) -> int:
        return client.post("/hooks/stripe/", body, "application/json", headers={"Stripe-Signature": header}).status_code

    def reference(body: bytes, header: str) -> int:
        request = factory.post("/", body, "application/json", headers={"Stripe-Signature": header})
        return bare(request).status_code

    for warm in (ours, reference):
        time_of(warm, [news() for _ in range(20)], 200)
    taken: dict[str, list[float]] = {"ours": [], "bare": [], "again": [], "forged": []}
    for _ in range(10):
        told = [news() for _ in range(50)]
        taken["ours"] += time_of(ours, told, 200)
        taken["again"] += time_of(ours, told, 200)
        taken["bare"] += time_of(reference, [news() for _ in range(50)], 200)
        taken["forged"] += time_of(ours, [(body[:-2] + b" }", header) for body, header in told], 400)
    print(f"{connection.vendor}, {waiting:,} waiting      median ms     p95 ms    slowest    against bare")
    for name, words in (
        ("bare", "bare view"),
        ("ours", "as shipped, new"),
        ("again", "as shipped, sent again"),
        ("forged", "as shipped, forged"),
    ):
        rows = sorted(taken[name])
        median, p95, slowest = statistics.median(rows), rows[int(len(rows) * 0.95)], rows[-1]
        ratio = median / statistics.median(taken["bare"])
        print(f"{words:<28}{median:>9.2f}  {p95:>9.2f}  {slowest:>9.2f}  {ratio:>11.2f}")


main()
