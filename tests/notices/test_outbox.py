"""One line, one letter; none lost, none told twice, and nothing in the database that opens an order."""

import json
import re
from datetime import timedelta
from email import message_from_bytes

import pytest
from django.core import mail, serializers
from django.template import engines
from django.utils import timezone

from customers.models import Entry
from customers.timeline import record
from notices import outbox
from notices.letters import LETTERS, TYPED
from notices.models import Letter
from portal.customer import access
from portal.models import AccessToken
from portal.templatetags.words import day
from returns import actions, exchanges, money
from returns.models import Credit, Refund, Return, Withdrawal
from tests import make
from tests.threads import at_once

pytestmark = pytest.mark.django_db

LANGUAGES = ("en", "de", "el", "vi")
UNKNOWN = "!!MISSING!!"


def told(order, verb: str, **facts) -> Entry:
    Entry.objects.update(told_at=timezone.now())
    ret = order.returns.last()
    number = ret.number if ret else ""
    return record(order.customer, verb, by="staff:sam", order_number=order.number, number=number, **facts)


@pytest.fixture
def late(shop):
    """An order of which the customer is to be told that it is late."""
    order = make.make_order(shop)
    told(order, "parcel.late", promised="2026-11-20", expected="")
    return order


# Writing


def test_one_line_makes_one_letter(late):
    counts = [outbox.write_next_letters(), outbox.write_next_letters()]

    letter = Letter.objects.get()
    assert counts == [1, 0]
    assert (letter.kind, letter.to, letter.order_number, letter.state) == (
        "parcel.late",
        "ada@example.com",
        late.number,
        "waiting",
    )
    assert Entry.objects.filter(told_at=None).count() == 0


def test_a_line_of_which_nobody_is_told_makes_no_letter_and_is_done(shop):
    told(make.make_order(shop), "return.accepted", units=1)

    assert outbox.write_next_letters() == 1
    assert (Letter.objects.count(), Entry.objects.filter(told_at=None).count()) == (0, 0)


def test_what_the_rules_approve_at_once_is_one_letter(shop):
    make.make_return(make.make_order(shop, delivered=shop.today() - timedelta(days=20)))

    outbox.write_next_letters()

    assert list(Letter.objects.values_list("kind", flat=True)) == ["return.created"]


def test_the_letter_says_how_this_very_return_comes_back(shop):
    said = {}
    for way, wish in (("code", "money"), ("own", "money"), ("collect", "money"), ("code", "delivery")):
        reason = "too_late" if wish == "delivery" else "faulty"
        ret = make.make_return(make.make_order(shop, delivery_paid=490), reason=reason, wish=wish, state="draft")
        Return.objects.filter(pk=ret.pk).update(way=way)
        actions.submit(make.fresh(ret))
        outbox.write_next_letters()
        letter = Letter.objects.get(number=ret.number)
        said[way, wish] = (letter.subject.split(" – ")[0], *letter.text.split("\n")[:3:2])

    by = f"Send it by {day(shop.today() + timedelta(days=14))}."
    assert said == {
        ("code", "money"): (
            "Your return code",
            "Your return is ready",
            f"Your code and your label are behind this link. The code needs no printer. {by}",
        ),
        ("own", "money"): (
            "Your return is accepted",
            "Your return is accepted",
            f"{by} Choose any carrier. Then show us the receipt or the number.",
        ),
        ("collect", "money"): (
            "Your return is accepted",
            "Your return is accepted",
            "It cannot go by parcel. We arrange the collection with you.",
        ),
        ("code", "delivery"): (
            "Your return is accepted",
            "Your return is accepted",
            "You do not have to send anything back.",
        ),
    }


@pytest.mark.django_db(transaction=True)
def test_a_kill_between_the_letters_and_the_mark_leaves_neither(late, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(outbox.timezone, "now", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            outbox.write_next_letters()
    assert (Letter.objects.count(), Entry.objects.filter(told_at=None).count()) == (0, 1)

    outbox.write_next_letters()

    assert (Letter.objects.count(), Entry.objects.filter(told_at=None).count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_two_workers_write_each_letter_once(shop):
    order = make.make_order(shop)
    for _ in range(5):
        told(order, "parcel.late", promised="", expected="")
    Entry.objects.update(told_at=None)
    Entry.objects.exclude(verb="parcel.late").delete()

    at_once(outbox.write_next_letters, outbox.write_next_letters)
    outbox.write_next_letters()

    assert Letter.objects.count() == 5


def test_a_letter_that_cannot_be_written_holds_nobody_up(late, shop):
    other = make.make_order(shop)
    record(other.customer, "parcel.late", by="rules", order_number=other.number, promised="no day", expected="")
    third = make.make_order(shop)
    record(third.customer, "parcel.late", by="rules", order_number=third.number, promised="", expected="")
    Entry.objects.exclude(verb="parcel.late").delete()

    outbox.write_next_letters()

    assert sorted(Letter.objects.values_list("order_number", flat=True)) == sorted([late.number, third.number])
    assert [entry.order_number for entry in Entry.objects.filter(told_at=None)] == [other.number]


# Sending


def send(**more) -> int:
    Letter.objects.update(send_after=timezone.now(), **more)
    return outbox.send_next_letters(access.words_for)


def test_a_letter_leaves_as_text_and_html_from_the_shop_to_the_customer(late):
    outbox.write_next_letters()

    assert send() == 1

    (message,) = mail.outbox
    parsed = message_from_bytes(message.message().as_bytes())
    assert [part.get_content_type() for part in parsed.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert (message.to, message.cc, message.bcc, message.reply_to) == (
        ["ada@example.com"],
        [],
        [],
        ["help@example.com"],
    )
    assert (parsed["Auto-Submitted"], parsed["Content-Language"]) == ("auto-generated", "en")
    assert Letter.objects.get().state == "sent"
    assert send() == 0


def test_a_retry_carries_the_same_id_and_the_same_link(late, monkeypatch):
    outbox.write_next_letters()
    seen = []

    def down(message, *_):
        seen.append((message.extra_headers["Message-ID"], re.findall(r"http://\S+/l/\S+", message.body)))
        raise ConnectionRefusedError("no mail server")

    with monkeypatch.context() as patch:
        patch.setattr(outbox.EmailMultiAlternatives, "send", down)
        send()
        assert Letter.objects.get().last_error == "ConnectionRefusedError: no mail server"
        send()
    send()

    message = mail.outbox[0]
    seen.append((message.extra_headers["Message-ID"], re.findall(r"http://\S+/l/\S+", message.body)))
    assert len(set(map(str, seen))) == 1
    assert len(seen[0][1]) == 1
    assert AccessToken.objects.count() == 1
    assert Letter.objects.get().tries == 3


def test_after_twelve_tries_a_letter_has_failed_and_is_not_tried_again(late, monkeypatch):
    outbox.write_next_letters()
    monkeypatch.setattr(outbox.EmailMultiAlternatives, "send", lambda *_: (_ for _ in ()).throw(OSError))

    states = []
    for _ in range(13):
        send()
        states.append(Letter.objects.get().state)

    assert states == ["waiting"] * 11 + ["failed"] * 2
    assert Letter.objects.get().tries == 12


def test_the_pauses_between_tries_grow(late, monkeypatch):
    outbox.write_next_letters()
    monkeypatch.setattr(outbox.EmailMultiAlternatives, "send", lambda *_: (_ for _ in ()).throw(OSError))

    pauses = []
    for _ in range(12):
        send()
        pauses.append(round((Letter.objects.get().send_after - timezone.now()).total_seconds()))

    assert pauses[:4] == [20, 40, 80, 160]
    assert max(pauses) <= 6 * 3600


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_letter(late):
    outbox.write_next_letters()
    letter = Letter.objects.get()

    told = at_once(*[lambda: outbox.send(letter, access.words_for)] * 2)

    assert sorted(told) == [False, True]
    assert len(mail.outbox) == 1


def test_a_killed_senders_letter_is_taken_up_when_its_lease_ends(late):
    outbox.write_next_letters()
    Letter.objects.update(state="sending", tries=1, lease_until=timezone.now() + timedelta(seconds=60))
    assert send() == 0

    Letter.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    assert send() == 1
    assert len(mail.outbox) == 1


# What stands in the database opens nothing


def test_neither_link_nor_code_is_kept_in_the_clear(late, rf):
    request = rf.post("/")
    request.session = FakeSession()
    access.send_code(request, late, "en")
    outbox.write_next_letters()
    send()

    link = re.search(r"/l/([^/]+)/", next(one.body for one in mail.outbox if "/l/" in one.body))[1]
    code = re.search(r"^(\d{4}) (\d{4})$", next(one.body for one in mail.outbox if "/l/" not in one.body), re.M)
    kept = serializers.serialize("json", [*Letter.objects.all(), *AccessToken.objects.all(), *Entry.objects.all()])
    assert [word for word in (link, code[0], code[1] + code[2], request.session["browser"]) if word in kept] == []
    assert kept.count("[[link]]") == 4
    assert kept.count("[[code]]") >= 2
    assert access.letter_token(link).order == late
    assert code[1] + code[2] == access.code_of(AccessToken.objects.get(kind="code"))


class FakeSession(dict):
    def cycle_key(self) -> None:
        pass


def test_both_parts_of_a_letter_carry_the_whole_link(late):
    outbox.write_next_letters()
    send()

    message = mail.outbox[0]
    text = re.findall(r"http://127.0.0.1:8000/l/[\w-]{43}/", message.body)
    html = re.findall(r"http://127.0.0.1:8000/l/[\w-]{43}/", message.alternatives[0].content)
    assert (len(text), set(text)) == (1, set(html))
    assert "[[" not in message.body + message.alternatives[0].content


# Every letter in every language


def every_letter(shop) -> dict[str, Entry]:
    """One line of the timeline for each kind of letter, as the rooms really write them."""
    large = make.make_variant(shop, "L", size="L")
    order = make.make_order(shop, lines=[(2, 8000), (1, 1999)], delivery_paid=490)
    ret = make.make_return(order, wish="swap", swap=large, state="settling")
    exchanges.ship_exchange(ret, carrier="sandbox", tracking_number="SB99", by="staff:sam")
    ret = make.make_return(order, state="settling")
    (refund,) = money.propose(ret)
    Refund.objects.filter(pk=refund.pk).update(state="succeeded", settled_at=timezone.now(), counted=True)
    Return.objects.filter(pk=ret.pk).update(send_by=shop.today(), check_by=shop.today(), decision="It is worn.")
    ret.lines.get().deductions.create(
        units=1, percent=40, words="A stain.", proposed_by="staff:sam", answer_by=shop.today()
    )
    as_credit = ret.refunds.create(
        shop=shop, payment=refund.payment, amount=900, currency="EUR", rail="credit", snapshot={"as_credit": True}
    )
    row = Credit.objects.create(shop=shop, customer=order.customer, currency="EUR", code="AAAA-AAAA-AAAA")
    row.entries.create(kind="issued", amount=900, refund=as_credit, by="rules", expires_on=shop.today())
    nine = {"amount": 900, "currency": "EUR"}
    facts = {
        "credit.issued": {**nine, "refund": str(as_credit.uuid)},
        "credit.back": nine,
        "credit.ends": {**nine, "ends": "2029-12-31"},
        "difference.wanted": nine,
        "line.wants_money": {"why": "unpaid", "before": "swap"},
        "return.reopened": {"before": "expired"},
        "return.asked": {"text": "Which one?"},
        "deduction.proposed": {"words": "A stain."},
        "goods.sent_back": {"tracking_number": "SB7"},
        "return.created": {"asks": ["damage_is_shown"]},
        "return.received": {"box": 2},
        "refund.succeeded": {"amount": 4000, "currency": "EUR", "refund": str(refund.uuid)},
        "refund.failed": {"amount": 4000, "currency": "EUR", "came_back": True},
        "refund.not_seen": {"refund": str(refund.uuid)},
        "refund.looked_for": {"refund": str(refund.uuid), "words": "Your bank has it."},
        "label.created": {"by_hand": True},
        "withdrawal.joined": {"told": False, "cases": [ret.number]},
        "parcel.late": {"promised": "2026-11-20", "expected": "2026-11-25"},
        "parcel.silent": {"carrier": "sandbox", "since": "2026-11-20"},
    }
    withdrawn = make.make_withdrawal(shop, contract=order.number)
    ret.parcels.update(shipment=make.make_shipment(order, direction="return"), state="handed_over")
    lines = {verb: told(order, verb, **facts.get(verb, {})) for verb in LETTERS}
    Entry.objects.filter(pk=lines["withdrawal.received"].pk).update(number=withdrawn.number)
    cash = make.make_return(make.pays_cash(make.make_order(shop, email="bob@example.com")), state="settling").order
    lines["bank.details_wanted"] = told(cash, "bank.details_wanted")
    return lines


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_is_whole_in_every_language(shop, language, monkeypatch):
    engine = engines["django"].engine
    monkeypatch.setattr(engine, "string_if_invalid", UNKNOWN + "%s")
    entries = every_letter(shop)
    Entry.objects.update(told_at=timezone.now())
    for entry in entries.values():
        order = entry.customer.orders.first()
        type(order).objects.filter(pk=order.pk).update(language=language)
        Withdrawal.objects.update(language=language)
        Entry.objects.filter(pk=entry.pk).update(told_at=None)

    outbox.write_next_letters()

    letters = {letter.kind: letter for letter in Letter.objects.all()}
    assert set(letters) == set(LETTERS)
    for kind, letter in letters.items():
        whole = letter.subject + letter.text + letter.html
        assert (kind, UNKNOWN in whole, letter.language) == (kind, False, language)
        links = (kind not in TYPED, kind not in TYPED)
        assert (kind, bool(letter.subject)) == (kind, True)
        assert (kind, "[[link]]" in letter.text, "[[link]]" in letter.html) == (kind, *links)
        assert (kind, re.findall(r"\{[{%]|None\b", whole)) == (kind, [])
        assert f'lang="{language}"' in letter.html
        assert set(re.findall(r"https?://[^\s\"'<]+", letter.html)) == set()


def test_a_missing_variable_would_be_seen(shop, monkeypatch):
    engine = engines["django"].engine
    monkeypatch.setattr(engine, "string_if_invalid", UNKNOWN + "%s")

    said = engines["django"].from_string("{{ not_there }}").render({})

    assert said.startswith(UNKNOWN)


def test_the_four_languages_say_different_things(late):
    letters = []
    for language in LANGUAGES:
        type(late).objects.update(language=language)
        Entry.objects.update(told_at=None)
        Letter.objects.update(entry=None)
        outbox.write_next_letters()
        letters.append(Letter.objects.filter(kind="parcel.late").last().subject)

    assert len(set(letters)) == 4


def test_letters_carry_no_street_phone_or_payment(shop):
    address = {**make.ADDRESS, "name": "Canary Name", "street": "Canary Street 7", "city": "Canary City"}
    order = make.make_order(shop, address=address)
    type(order.customer).objects.update(phone="+49 555 0199", name="Canary Person")
    ret = make.make_return(order, reason="damaged")
    actions.approve(ret, by="staff:sam")

    outbox.write_next_letters()

    whole = "".join(f"{letter.subject}{letter.text}{letter.html}" for letter in Letter.objects.all())
    canaries = ["Canary", "555 0199", order.payments.get().reference, "10115"]
    assert [word for word in canaries if word in whole] == []
    assert "Linen shirt" in whole


def test_a_staff_persons_words_are_never_read_as_html_or_as_a_link(shop):
    ret = make.make_return(make.make_order(shop), reason="damaged")
    reason = "<script>alert(1)</script> [[code]] & more"
    make.say_no(ret, by="staff:sam", reason=reason)
    Entry.objects.exclude(verb="return.rejected").delete()
    outbox.write_next_letters()
    send()

    message = mail.outbox[0]
    html = message.alternatives[0].content
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<script>alert(1)</script>" in message.body
    assert json.dumps(message.body).count("[[code]]") == 0
