"""script/storm: does every refund leave once, whatever is killed and whatever goes wrong on the wire?"""

import argparse
import os
import random
import shutil
import socket
import sys
import tempfile
import time
import warnings
from contextlib import suppress
from pathlib import Path

SECRET = "whsec_tests"


def main() -> int:
    said = arguments()
    if said.database == "sqlite":
        os.environ.pop("DATABASE_URL", None)
    os.environ |= {"DJANGO_SETTINGS_MODULE": "tests.settings", "LOG_LEVEL": "ERROR"}
    warnings.simplefilter("ignore")  # of a folder for static files, which nobody asks for
    folder = Path(tempfile.mkdtemp(prefix="homeward-storm-"))
    try:
        return blow(said, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def blow(said: argparse.Namespace, folder: Path) -> int:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections
    from django.urls import get_resolver

    from returns import till
    from returns.payouts.errors import PayoutError
    from sandbox.running import Sandbox
    from tests.storm import naive, worker
    from tests.storm.nursery import Nursery, answer_at
    from tests.storm.weather import Storm

    door = socket.create_server(("127.0.0.1", 0), backlog=64)
    hook = f"http://127.0.0.1:{door.getsockname()[1]}/hooks/stripe/"
    log = folder / "children.log"
    with Sandbox(webhook=(hook, SECRET)) as box:
        settings.STRIPE_API_BASE = box.url
        with suppress(PayoutError):  # every worker has at birth what is slow to import
            till.payout().fetch_payment("pi_nobody")
        assert get_resolver().url_patterns and connections["default"].ops
        born = {"worker": worker.work, "naive": naive.work, "web": lambda: answer_at(door)}
        nursery = Nursery(born, log)
        try:
            call_command("migrate", verbosity=0)
            begun = time.monotonic()
            storm = Storm(box, nursery, random.Random(said.seed), kind="naive" if said.mutant else "worker")
            found = storm.blow(said.runs)
            calls = box.get("/_sandbox/calls")
        finally:
            nursery.close()
            shutil.rmtree(settings.DATA_DIR, ignore_errors=True)
    seen, took = storm.seen, time.monotonic() - begun
    for kind in ("double",) if said.mutant else ("double", "lost", "unsettled"):
        for sentence in getattr(found, kind)[:3]:
            print(f"{kind}: {sentence}")
    errors = log.read_text(errors="replace")
    if errors and (found or seen["fell"]) and not said.mutant:
        print(errors[-3000:], file=sys.stderr)
    for line in [line for line in errors.splitlines() if "sweep.failed" in line][:3]:
        print(line[:900], "...", line[-300:], file=sys.stderr)
    sweeps = errors.count("sweep.failed")
    print(
        f"{said.database}, seed {said.seed}: {seen['refunds']} refunds ({seen['succeeded']} succeeded,"
        f" {seen['failed']} failed), {calls.get('POST /v1/refunds', 0)} calls to send them, {took:.1f} s,"
        f" {said.runs / took:.1f} runs/s; {seen['fell']} workers and {sweeps} sweeps fell by themselves"
    )
    print(
        f"runs={seen['runs']} kills={seen['kills']} window_kills={seen['window']}"
        f" double={len(found.double)} lost={len(found.lost)} unsettled={len(found.unsettled)}"
    )
    if said.mutant:
        return int(not found.double)
    return int(bool(found) or seen["fell"] > 0)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/storm", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the kills and of the trouble on the wire")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--mutant", action="store_true", help="a naive worker: 0 only if it is caught")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
