"""Kills and trouble: runs one storm, and says what was found."""

import random
import time
from collections import Counter
from dataclasses import dataclass, field

from django.db import close_old_connections

from orders.models import Payment
from returns.models import ProviderEvent, Refund
from sandbox.running import Sandbox
from tests.storm import sets
from tests.storm.books import ENDED, Findings, compare
from tests.storm.nursery import Nursery

S = Refund.State
WORKERS = 2
AT_ONCE = 24  # refunds that may wait while the next set begins
CALM = 60.0  # seconds until all must be settled once the trouble is over

# Shares of the calls that go wrong, as on a very bad day.
ON_REFUNDS = {
    "drop_before": 0.05,
    "drop_after": 0.05,
    "hang_before": 0.02,
    "hang_after": 0.02,
    "error_before": 0.03,
    "error_after": 0.05,
    "conflict": 0.02,
    "rate_limit": 0.01,
    "html": 0.01,
}
ON_LOOKS = {"drop_before": 0.03, "error_before": 0.03, "rate_limit": 0.01, "html": 0.01}
NEWS = {"send": 1, "twice": 1, "late": 1, "out_of_order": 1, "hold": 1, "drop": 5}  # told, they mend what is broken
AIMS = {"held": 0.45, "racing": 0.25, "asking": 0.15, "anytime": 0.15}


@dataclass
class Storm:
    box: Sandbox
    nursery: Nursery
    dice: random.Random
    kind: str = "worker"  # or "naive"
    workers: dict[str, int] = field(default_factory=dict)  # account: pid
    web: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    born: int = 0
    decided: set[str] = field(default_factory=set)

    def blow(self, runs: int) -> Findings:
        pattern = sets.make_pattern()
        self.web = self.nursery.bear("web")
        for _ in range(WORKERS):
            self.hire()
        for what, rate in ON_REFUNDS.items():
            self.trouble(what, rate, "POST", "/v1/refunds")
        for what, rate in ON_LOOKS.items():
            self.trouble(what, rate, "GET", "/v1/")
        for _ in range(runs):
            self.run(pattern)
        self.calm()
        return self.findings()

    def run(self, pattern: list) -> None:
        self.wait_for(self.few_wait, CALM)
        self.box.post("/_sandbox/webhooks", {"mode": self.throw(NEWS), "seconds": 0.1})
        begins = self.throw({"succeeded": 6, "pending": 3, "requires_action": 1})
        self.box.post("/_sandbox/refunds", {"status": begins})
        payments, refunds = sets.as_approved(pattern)
        for payment in payments:
            self.box.post("/_sandbox/payments", payment)
        disputed = self.dice.choice(payments)["id"] if self.dice.random() < 0.1 and self.news_are_told() else ""
        if disputed:
            self.dispute(disputed, "needs_response")
        sets.release(refunds)
        self.strike()
        if disputed:
            self.dispute(disputed, self.dice.choice(["won", "lost"]))
        self.take_back()
        if self.dice.random() < 0.05:  # the listener dies as well
            self.nursery.kill(self.web)
            self.web = self.nursery.bear("web")
        self.seen["runs"] += 1

    def throw(self, shares: dict[str, float]) -> str:
        return self.dice.choices(list(shares), list(shares.values()))[0]

    def few_wait(self) -> bool:
        self.decide()
        return self.waiting().count() <= AT_ONCE

    def trouble(self, what: str, rate: float, method: str, path: str) -> None:
        told = {"where": "stripe", "what": what, "rate": rate, "seed": self.dice.randrange(2**30)}
        self.box.post("/_sandbox/faults", {**told, "method": method, "path": path, "seconds": 0.6})

    # Workers

    def hire(self) -> None:
        account = f"sk_test_storm_{self.born}"
        self.born += 1
        self.workers[account] = self.nursery.bear(self.kind, account)

    def fire(self, account: str) -> None:
        """kill -9, and another one begins."""
        signal = self.nursery.kill(self.workers.pop(account))
        self.seen["kills" if signal == 9 else "fell"] += 1
        self.hire()

    def strike(self) -> None:
        aim = self.throw(AIMS)
        if aim == "anytime":
            time.sleep(self.dice.uniform(0, 0.05))
            self.fire(self.dice.choice(list(self.workers)))
            return
        what = "hang_before" if aim == "asking" else "hang_after"
        seconds = self.dice.uniform(0.002, 0.02) if aim == "racing" else 1.0
        fault = {"where": "stripe", "what": what, "count": 1, "seconds": seconds}
        self.box.post("/_sandbox/faults", {**fault, "method": "POST", "path": "/v1/refunds", "holds": "refund_uuid"})
        calls = self.box.post("/_sandbox/hanging", {"accounts": list(self.workers), "seconds": 0.5})["calls"]
        refunds = [call for call in calls if "metadata[refund_uuid]" in call["form"]]
        if refunds:
            self.kill_in_window(refunds[-1], self.dice.uniform(0, 0.025))

    def kill_in_window(self, call: dict, wait: float) -> None:
        """The bad window by evidence: the provider had it before the kill; and after it, when nobody lives who could
        write, the row is as it was when the provider had it: claimed, without an answer."""
        uuid = call["form"]["metadata[refund_uuid]"]
        before = self.claim(uuid)
        time.sleep(wait)
        account = call["account"]
        signal = self.nursery.kill(self.workers.pop(account))
        self.seen["kills" if signal == 9 else "fell"] += 1
        there = call["when"] == "after" and before[0] == S.SENDING
        self.seen["window"] += signal == 9 and there and self.claim(uuid) == before
        self.hire()

    def claim(self, uuid: str) -> tuple:
        return Refund.objects.values_list("state", "tries", "lease_until", "provider_id", "last_error").get(uuid=uuid)

    # Banks

    def decide(self, failing: float = 0.2) -> None:
        """What began as pending succeeds or fails, once and for all."""
        open_ = Refund.objects.filter(state__in=[S.PENDING, S.REQUIRES_ACTION]).exclude(provider_id=None)
        for name in set(open_.values_list("provider_id", flat=True)) - self.decided:
            self.turn(name, "failed" if self.dice.random() < failing else "succeeded")

    def take_back(self) -> None:
        """Money that had arrived comes back, and Stripe says so; it is not told twice, so these news are not lost."""
        if self.dice.random() < 0.1 and self.news_are_told():
            name = Refund.objects.filter(state=S.SUCCEEDED).order_by("?").values_list("provider_id", flat=True).first()
            if name:
                self.turn(name, "failed")

    def dispute(self, payment: str, status: str) -> None:
        """The customer's bank asks it back, and tells how that ended; without news nobody would ask again."""
        self.box.post(f"/_sandbox/payments/{payment}/dispute", {"status": status})

    def news_are_told(self) -> bool:
        return self.box.get("/_sandbox/news")["mode"] != "drop"

    def turn(self, name: str, status: str) -> None:
        self.decided.add(name)
        self.box.post(f"/_sandbox/refunds/{name}", {"status": status})

    # The end

    def waiting(self):
        close_old_connections()
        return Refund.objects.exclude(state__in=ENDED).filter(send_after__year__lt=9999)

    def calm(self) -> None:
        self.box.delete("/_sandbox/faults")
        self.box.post("/_sandbox/webhooks", {"mode": "send"})
        self.wait_for(self.settled, CALM if self.kind == "worker" else 10)

    def settled(self) -> bool:
        self.decide(failing=0)
        news = self.box.get("/_sandbox/news")
        knocks = ProviderEvent.objects.filter(processed_at=None)
        return not (self.waiting().exists() or news["waiting"] or knocks.exists())

    def wait_for(self, true, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while not true() and time.monotonic() < ends:
            time.sleep(0.04)

    def findings(self) -> Findings:
        for pid in self.workers.values():
            self.nursery.kill(pid)
        rows = Refund.objects.filter(send_after__year__lt=9999)
        refunds = [
            {**row, "payment": row.pop("payment__reference")}
            for row in rows.values("uuid", "amount", "state", "provider_id", "payment__reference")
        ]
        payments = (
            Payment.objects.filter(refunds__in=rows).distinct().values("reference", "captured", "reserved", "outside")
        )
        self.seen["refunds"] = len(refunds)
        self.seen["succeeded"] = sum(row["state"] == S.SUCCEEDED for row in refunds)
        self.seen["failed"] = sum(row["state"] == S.FAILED for row in refunds)
        return compare(
            refunds,
            list(payments.values("reference", "captured", "reserved", "outside")),
            self.box.get("/_sandbox/books")["payments"],
        )
