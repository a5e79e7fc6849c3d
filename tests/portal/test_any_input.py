"""Whatever a person sends to whatever address, nothing breaks: no answer is our fault, and nothing of others is shown.

Bodies are made of the names and values that forms of ours really carry, mixed with what nobody should send."""

import random
import time
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from portal.customer import access
from returns import actions, batches, deductions, drafts, goods, money, parcels
from returns.kinds import Reason, Wish
from returns.models import (
    Credit,
    Deduction,
    Photo,
    Proof,
    Receipt,
    Refund,
    Return,
    ReturnLine,
    Terms,
    Withdrawal,
)
from tests import make
from tests.portal.routes import Route, every_route
from tests.portal.test_withdrawal_pages import open_at
from tests.returns.test_closing import one_stays_one_comes

pytestmark = pytest.mark.django_db

ROUNDS = 6  # bodies for each address and visitor
WILD = [
    "", "0", "1", "2", "3", "-1", "1.5", "1e3", "9" * 30, "9" * 5000, "٣", "１", "0x1", "None", "true", "NaN",
    "a\0b", "\0", "a" * 100_000, "' OR 1=1 --", "<script>alert(1)</script>", "{{ 7*7 }}", "%s%n", "../../etc/passwd",
    "\u202e\u200d\ufeff", "😀" * 50, "\r\nBcc: x@example.com", str(uuid.UUID(int=7)), "yes", "no", "on", "none",
    "a whole sentence, and more", "5.00", "staff:sam", "2026-11-31", "0000-00-00", "eur", "DE", "all", "whole", "some",
]  # fmt: skip
CHOICES = [*Reason.values, *Wish.values, "take", "back", "contest", "code", "label", "own", "A", "C", "X", "restock"]
NAMES = [
    "reason", "wish", "size", "way", "answer", "words", "detail", "choice", "tracking_number", "carrier", "number",
    "proof", "key", "units", "percent", "grade", "disposition", "uphold", "amount", "left", "partly", "again",
    "repair", "order", "why", "name", "contract", "email", "scope", "items", "nonce", "answers", "code", "day",
    "proposal", "language", "next", "country", "days", "group", "first", "second", "third", "photo", "file",
    "sku", "q", "return", "spend-amount", "spend-key", "spend-order_number", "correct-amount", "correct-key",
    "correct-which", "correct-words", "holder", "bank", "refund", "account", "accent", "corners", "logo", "no_logo",
]  # fmt: skip


def lived_in(shop) -> list[Return]:
    """Cases in many states, each with everything a case can have."""
    order = make.make_order(shop, lines=[(3, 9000), (2, 4000)], delivery_paid=490)
    draft = make.make_return(order, state="draft")
    drafts.add_photo(draft.lines.get(), make.picture(size=(8, 8)))
    asked = make.make_return(make.make_order(shop, lines=[(1, 20000)]), reason="damaged")
    actions.ask(asked, by="staff:sam", text="Which one is it?")
    bench = make.make_return(make.make_order(shop, lines=[(2, 8000)]), units=2, state="received")
    line = bench.lines.get()
    goods.add_bench_photo(line, make.picture(size=(8, 8)), by="staff:pia")
    deductions.propose(line, units=1, percent=40, words="a stain on it", by="staff:pia")
    contested = make.make_return(make.make_order(shop), state="received")
    goods.add_bench_photo(contested.lines.get(), make.picture(size=(8, 8)), by="staff:pia")
    deductions.contest(
        deductions.propose(contested.lines.get(), units=1, percent=100, words="a stain", by="staff:pia"), by="customer"
    )
    settling = make.make_return(make.make_order(shop), state="settling")
    money.propose(settling)
    sent = make.make_return(make.make_order(shop))
    parcels.submit_proof(sent, by="customer", tracking_number="OWN123", file=("receipt.webp", b"x"))
    swapped = make.make_return(
        make.make_order(shop), wish="swap", swap=make.make_variant(shop, f"L-{uuid.uuid4().hex[:6]}", size="L")
    )
    rejected = make.make_return(make.make_order(shop, lines=[(1, 20000)]), reason="damaged")
    make.say_no(rejected, by="staff:pia", reason="a whole sentence")
    cancelled = actions.cancel(make.make_return(make.make_order(shop)), by="customer")
    at_the_bank(shop)
    make_credit(settling)
    wants_account = make.make_return(make.pays_cash(make.make_order(shop, email="bob@example.com")), state="settling")
    money.propose(wants_account)
    make.make_withdrawal(shop)
    make.make_withdrawal(shop, contract=order.number, items="the blue one", order=order)
    cases = [draft, asked, bench, contested, settling, sent, swapped, rejected, cancelled, wants_account]
    cases.append(one_stays_one_comes(shop))
    return [make.fresh(ret) for ret in cases]


def at_the_bank(shop) -> None:
    """A file for a bank, taken there."""
    type(shop).objects.update(bank={"iban": "DE02120300000000202051"})
    shop.refresh_from_db()
    ret = make.make_return(make.pays_cash(make.make_order(shop, email="bob@example.com")), state="settling")
    money.propose(ret)
    money.take_account(ret, make.GIVEN, by="customer")
    for person in ("staff:pia", "staff:sam"):
        money.approve_refund(ret.refunds.get(), by=person)
    batches.fetch_file(batches.make_file(shop, [ret.refunds.get().uuid], by="staff:sam"), by="staff:sam")


def make_credit(ret: Return) -> None:
    """Store credit with something in it, and terms that offer all there is."""
    Terms.objects.update(numbers={"return_carrier": "sandbox", "credit": True, "swap_other_products": True})
    row = Credit.objects.create(shop=ret.shop, customer=ret.order.customer, currency="EUR", code="AAAA-AAAA-AAAA")
    row.entries.create(kind="corrected", amount=5000, by="staff:pia")


def path_of(dice: random.Random, route: Route, ret: Return) -> str:
    """Its address, mostly of this case, now and then of things of other cases or of nothing."""
    number = ret.order.number_key if "o/<" in route.pattern or "orders/" in route.pattern else ret.number
    if "withdraw" in route.pattern:
        number = dice.choice(list(Withdrawal.objects.values_list("number", flat=True)))
    any_of = {
        "line": ReturnLine, "offer": Deduction, "receipt": Receipt, "proof": Proof, "photo": Photo,
    }  # fmt: skip
    values = {
        name: dice.choice([0, 2**31, 2**63, 10**25, *model.objects.values_list("pk", flat=True)])
        for name, model in any_of.items()
    }
    refunds = list(Refund.objects.values_list("uuid", flat=True))
    return route.path(
        number=number,
        position=dice.choice([0, 1, 1, 1, 2, 99, 2**40, 10**25]),
        note=dice.choice([0, 1, 2, 2**40, 10**25]),
        file=dice.choice([0, 1, 1, 1, 2, 2**40, 10**25]),
        uuid=dice.choice([uuid.UUID(int=7), *refunds]),
        secret="x",
        name=dice.choice(["x", "../x", "photos/stain.webp"]),
        carrier=dice.choice(["sandbox", "dhl", "x"]),
        group=dice.choice(["normal", "x"]),
        reason=dice.choice(["damaged", "x"]),
        rule="OWN-1",
        kind=dice.choice(["return.created", "withdrawal.received", "x", ".."]),
        key=uuid.UUID(int=7),
        code=dice.choice(["AAAA-AAAA-AAAA", "aaaa aaaa aaaa", "x\0"]),
        **values,
    )


def body(dice: random.Random, ret: Return) -> dict:
    """Mostly what a form could say, mixed with what it could not."""
    names = [
        *dice.sample(NAMES, 12),
        *(f"quantity-{pk}" for pk in ReturnLine.objects.values_list("pk", flat=True)[:20]),
        *(f"{name}-{position}" for name in ("line", "quantity") for position in (1, 2)),
    ]
    told: dict = {
        name: dice.choice([*WILD, *CHOICES] if dice.random() < 0.5 else CHOICES + WILD[:12]) for name in names
    }
    if dice.random() < 0.5:
        told |= dict.fromkeys([name for name in names if name.startswith("quantity")], "1")
        told |= {"words": "a whole sentence, and more", "reason": dice.choice(["damaged", "a whole sentence"])}
    if dice.random() < 0.3:
        upload = dice.choice([b"", b"%PDF-1.4 nothing", b"GIF89a", make.picture(size=(8, 8))])
        told[dice.choice(["photo", "file"])] = SimpleUploadedFile("a\0b.webp\r\nx", upload)
    return told


def visitor(who: str, cases: list[Return], django_user_model) -> Client:
    browser = Client(raise_request_exception=False)
    if who in {"sam", "pia"}:
        browser.force_login(django_user_model.objects.create_user(who, is_staff=True, is_superuser=who == "pia"))
    elif who != "stranger":
        for ret in cases:
            open_at(browser, ret.order, access.ALL if who == "ada" else access.SEEN)
        session = browser.session
        session["drafts"] = [ret.number for ret in cases]
        session["fresh"] = {str(ret.order_id): int(time.time()) for ret in cases}
        session.save()
    return browser


@pytest.mark.timeout(300)
@pytest.mark.parametrize("who", ["stranger", "seen", "ada", "sam", "pia"])
def test_no_answer_is_our_fault(shop, who, django_user_model, settings, monkeypatch):
    """`seen` has number and postcode, `ada` a letter's link, `sam` is staff, `pia` may publish terms."""
    dice = random.Random(who)
    cases = lived_in(shop)
    browser = visitor(who, cases, django_user_model)
    monkeypatch.setenv("SANDBOX_URL", "http://127.0.0.1:9")
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    broken = []
    tried = 0
    for route in every_route():
        if not route.name.startswith(("staff:", "customer:")) or route.name in {"staff:sign-out"}:
            continue
        for _ in range(ROUNDS):
            ret = dice.choice(cases)
            path = path_of(dice, route, ret)
            for answer in (browser.get(path), browser.post(path, body(dice, ret))):
                tried += 1
                if answer.status_code >= 500 and answer.status_code != 503:
                    broken.append((route.name, path, answer.status_code, answer.wsgi_request.POST.dict()))

    assert [(name, path, status, str(said)[:600]) for name, path, status, said in broken] == []
    assert tried > 800
