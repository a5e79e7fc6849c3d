"""What an operator and an integrator ask about carriers. The JSON is stable: others may build upon it."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from carriers import CARRIERS, adapter_class, detect, offers
from carriers.base import Refusal, Reply, Scan, Status, Tracked
from carriers.errors import CarrierError
from carriers.taxonomy import understood
from shipments.accounts import check_account
from shipments.models import CarrierAccount

WORDS = {
    "track": "tracking",
    "parse_webhook": "webhook",
    "subscribe": "subscription",
    "return_label": "return labels",
    "void": "voiding them",
    "change_delivery": "changing the delivery",
    "drop_off_places": "places to hand a parcel in",
}


class Command(BaseCommand):
    help = "list, translate, detect and check carriers"

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|translate|detect|check")
        listing = verbs.add_parser("list", help="every carrier, what it offers, and what it was checked against")
        listing.add_argument("--markdown", action="store_true", help="with the keys of an account, as docs/carriers.md")
        translate = verbs.add_parser("translate", help="one raw reply of a carrier in, JSON out")
        translate.add_argument("carrier", choices=sorted(CARRIERS), metavar="CARRIER")
        translate.add_argument("file", nargs="?", default="-", metavar="FILE", help="- is standard input")
        translate.add_argument("--number", default="", help="the parcel that was asked about, where replies do not say")
        find = verbs.add_parser("detect", help="which carriers a tracking number may belong to, as JSON")
        find.add_argument("numbers", nargs="+", metavar="NUMBER")
        check = verbs.add_parser("check", help="ask every carrier whether its account works")
        check.add_argument("carriers", nargs="*", metavar="CARRIER", help="only these")

    def handle(self, *, verb: str, **options: Any) -> None:
        getattr(self, f"on_{verb}")(**options)

    def on_list(self, *, markdown: bool, **_: Any) -> None:
        if markdown:
            self.stdout.write(manual())
            return
        for slug in sorted(CARRIERS):
            adapter = adapter_class(slug)
            does = ", ".join(WORDS[offer] for offer in offers(slug)) or "nothing by itself"
            self.stdout.write(f"{slug:<14} {adapter.name}")
            self.stdout.write(f"{'':<14}   {does}")
            self.stdout.write(f"{'':<14}   checked against {adapter.checked_against}")

    def on_translate(self, *, carrier: str, file: str, number: str, **_: Any) -> None:
        raw = self.raw(file)
        try:
            reply = adapter_class(carrier).read(raw, number)
        except CarrierError as error:
            raise CommandError(f"This is no reply of {adapter_class(carrier).name}: {error}") from error
        self.say(reply_as_json(reply))

    def raw(self, file: str) -> bytes:
        try:
            return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error

    def on_detect(self, *, numbers: list[str], **_: Any) -> None:
        self.say(
            [
                {
                    "number": number,
                    "candidates": [{"carrier": found.carrier, "check": str(found.check)} for found in detect(number)],
                }
                for number in numbers
            ]
        )

    def on_check(self, *, carriers: list[str], **_: Any) -> None:
        accounts = CarrierAccount.objects.select_related("shop").order_by("shop__slug", "carrier")
        if unknown := set(carriers) - set(CARRIERS):
            raise CommandError(f"Not a carrier of ours: {', '.join(sorted(unknown))}.")
        wrong = 0
        for account in accounts.filter(carrier__in=carriers) if carriers else accounts:
            sentences = check_account(account)
            wrong += bool(sentences)
            self.stdout.write(f"{account.shop.slug} {account.carrier}: {'' if sentences else 'works'}")
            for sentence in sentences:
                self.stdout.write(f"  {sentence}")
            if account.carrier in CARRIERS:
                against = adapter_class(account.carrier).checked_against
                self.stdout.write(f"  The adapter was checked against {against}.")
        if wrong:
            raise CommandError(f"{wrong} of the accounts above need a hand.")

    def say(self, found: Any) -> None:
        self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))


def manual() -> str:
    """Every carrier with what it offers and the keys of its account: the second half of docs/carriers.md."""
    return "\n\n".join(_page_of(slug) for slug in sorted(CARRIERS))


def _page_of(slug: str) -> str:
    adapter = adapter_class(slug)
    pace = adapter.pace
    rows = [
        f"### {adapter.name}: `{slug}`",
        f"Offers {', '.join(WORDS[offer] for offer in offers(slug)) or 'nothing by itself'}. "
        f"{adapter.batch_size} parcel{'s' * (adapter.batch_size > 1)} a question"
        + (f", {pace.a_day} questions a day unless the account says otherwise" if pace.a_day else "")
        + f". Checked against {adapter.checked_against}.",
    ]
    keys = [f"| `{key}` | {what} |" for key, what in adapter.needs.items()]
    keys += [f"| `{key}` (may be left out) | {what} |" for key, what in adapter.takes.items()]
    return "\n\n".join([*rows, "\n".join(["| key | what it is |", "|---|---|", *keys])] if keys else rows)


def reply_as_json(reply: Reply) -> dict:
    return {
        "parcels": [parcel_as_json(parcel) for parcel in reply.parcels],
        "errors": [refusal_as_json(no) for no in reply.refusals],
    }


def parcel_as_json(parcel: Tracked) -> dict:
    path = understood(parcel.scans)
    status = path[-1].status if path else Status.UNKNOWN
    return {
        "tracking_number": parcel.number,
        "status": str(status),
        "sub_status": str(path[-1].sub_status) if path else "",
        "delivered": status == Status.DELIVERED,
        "estimated_delivery": parcel.expected_on.isoformat() if parcel.expected_on else None,
        "events": [scan_as_json(scan) for scan in parcel.scans],
    }


def scan_as_json(scan: Scan) -> dict:
    return {
        "at": scan.at.isoformat(),
        "local": scan.local,
        "code": scan.code,
        "text": scan.text,
        "place": scan.place,
        "status": str(scan.status),
    }


def refusal_as_json(no: Refusal) -> dict:
    return {"code": no.code, "message": no.message}
