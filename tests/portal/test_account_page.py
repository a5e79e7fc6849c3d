"""Where shall we send her money? Only with a fresh code, checked before it is kept, and never shown again in full."""

import re
import sys
from datetime import UTC, datetime

import pytest
import time_machine
from django.apps import apps
from django.core import mail, serializers
from django.core.signals import got_request_exception
from django.test import Client
from django.utils import timezone
from django.views.debug import ExceptionReporter

from customers.models import Entry
from notices import outbox
from notices.models import Letter
from portal import background
from portal.customer import access
from returns import bank, money
from returns.models import BankDetails, Return
from tests import make
from tests.portal.test_withdrawal_pages import open_at

pytestmark = pytest.mark.django_db

COMPARE = "Compare the IBAN with your bank card or app – a character is wrong, missing or too many"
IBAN = "DE89 3704 0044 0532 0130 00"


@pytest.fixture
def cash(shop) -> Return:
    """A shirt that was paid at the door, back and accepted; its money waits for an account."""
    ret = make.make_return(make.pays_cash(make.make_order(shop)), state="settling")
    money.propose(ret)
    return ret


@pytest.fixture
def fresh(ada, cash):
    """Ada, who has typed a code a moment ago."""
    open_at(ada, cash.order, access.ALL)
    session = ada.session
    session["fresh"] = {str(cash.order_id): int(timezone.now().timestamp())}
    session.save()
    return ada


def page_of(ret: Return) -> str:
    return f"/returns/{ret.number}/account/"


def text(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def sent_code() -> str:
    Letter.objects.update(send_after=timezone.now())
    outbox.send_next_letters(access.words_for)
    return re.search(r"\d{4} \d{4}", mail.outbox[-1].body)[0]


# --- a code first -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [access.SEEN, access.ALL])
def test_a_code_comes_first_also_for_whoever_sees_everything(ada, cash, level):
    open_at(ada, cash.order, level)
    code_page = f"/o/{cash.order.number_key}/code/"

    door = ada.get(page_of(cash))
    posted = ada.post(page_of(cash), {"holder": "Ada Example", "number": IBAN})
    assert (door["Location"], posted["Location"]) == (f"{code_page}?account={cash.number}",) * 2
    assert BankDetails.objects.count() == 0

    page = text(ada.get(door["Location"]))
    assert "First a code, to keep your money safe" in page
    enter = ada.post(door["Location"])
    assert enter["Location"] == f"{code_page}enter/?account={cash.number}"
    done = ada.post(enter["Location"], {"code": sent_code()})

    assert done["Location"] == page_of(cash)
    assert ada.get(page_of(cash)).status_code == 200


@pytest.mark.parametrize(("seconds", "status"), [(599, 200), (601, 302)])
def test_the_code_counts_for_ten_minutes(shop, cash, seconds, status):
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        ada = Client()
        open_at(ada, cash.order, access.SEEN)
        there = f"?account={cash.number}"
        ada.post(f"/o/{cash.order.number_key}/code/{there}")
        ada.post(f"/o/{cash.order.number_key}/code/enter/{there}", {"code": sent_code()})
        clock.shift(seconds)

        assert ada.get(page_of(cash)).status_code == status


def test_a_code_for_one_order_opens_no_other_account(shop, cash, fresh):
    other = make.make_return(make.pays_cash(make.make_order(shop)), state="settling")
    money.propose(other)
    open_at(fresh, other.order, access.ALL)

    assert fresh.get(page_of(other)).status_code == 302


def test_bob_finds_nothing(bob, cash):
    other = make.make_order(cash.shop, email="bob@example.com")
    open_at(bob, other, access.ALL)
    session = bob.session
    session["fresh"] = {str(other.pk): int(timezone.now().timestamp())}
    session.save()

    assert bob.get(page_of(cash)).status_code == 404
    assert bob.get(f"/o/{other.number_key}/code/?account={cash.number}")["Location"] == f"/o/{other.number_key}/"


def test_staff_type_it_for_a_caller_and_it_is_marked(sam, cash):
    sam.post(f"/staff/orders/{cash.order.number_key}/assist/")

    answer = sam.post(page_of(cash), {"holder": "Ada Example", "number": IBAN})

    assert answer["Location"] == f"/returns/{cash.number}/"
    assert BankDetails.objects.get().given_by == "staff:sam"
    assert Entry.objects.get(verb="bank.details_given").by == "staff:sam"


# --- what is typed ----------------------------------------------------------------------------------------------


def test_a_sound_account_is_kept_and_only_its_mask_is_shown(fresh, cash):
    answer = fresh.post(page_of(cash), {"holder": "  Ada   Example ", "number": IBAN.lower()}, follow=True)

    row = BankDetails.objects.get()
    assert bank.account_of(row) == make.GIVEN
    page = text(answer)
    assert "Thank you. We know where to send your money." in page
    assert "Your money goes to DE•• •••• 3000." in page
    again = fresh.get(page_of(cash)).content.decode()
    assert "DE•• •••• 3000" in again
    assert [word in again for word in ("0532", "3704", "Ada Example")] == [False] * 3


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Enter your IBAN"),
        ("DE89 3704 0044 0532 0130 01", COMPARE),
        ("DE89 3704 0044 0532 0130", COMPARE),
        ("DE89" * 20, COMPARE),
        ("0532013000", "Write the IBAN as your bank shows it: two letters, then digits"),
        (
            "BR15 0000 0000 0000 1093 2840 814P 2",
            "We can send to accounts in the euro payment area only – talk to a person",
        ),
        ("4111 1111 1111 1111", "This looks like a card number. We do not need it. Write the number of your account."),
    ],
)
def test_each_mistake_says_what_to_do(fresh, cash, typed, told):
    answer = fresh.post(page_of(cash), {"holder": "Ada Example", "number": typed})

    assert answer.status_code == 422
    assert text(answer).count(told) == 2  # in the summary, and at the field
    assert BankDetails.objects.count() == 0


@pytest.mark.parametrize("field", ["holder", "number"])
def test_a_card_number_is_refused_and_not_sent_back(fresh, cash, field):
    typed = {"holder": "Ada Example", "number": IBAN, field: "4111 1111 1111 1111"}

    answer = fresh.post(page_of(cash), typed)

    assert (answer.status_code, "4111" in answer.content.decode()) == (422, False)


def test_an_iban_is_no_card_number_though_a_part_of_it_may_look_like_one(fresh, cash):
    """One in a hundred would be refused if its groups were read as a card."""
    answer = fresh.post(page_of(cash), {"holder": "Ada Example", "number": "AT61 1904 3002 3457 3201"})

    assert answer.status_code == 302


def test_she_can_name_another_until_it_is_in_a_file(fresh, cash):
    fresh.post(page_of(cash), {"holder": "Ada Example", "number": IBAN})
    fresh.post(page_of(cash), {"holder": "Ada Example", "number": "GR16 0110 1250 0000 0001 2300 695"})
    assert BankDetails.objects.get().masked == "GR•• •••• 0695"

    cash.refunds.update(state="pending")

    assert fresh.get(page_of(cash))["Location"] == f"/returns/{cash.number}/"
    assert (
        fresh.post(page_of(cash), {"holder": "Ada Example", "number": IBAN})["Location"] == f"/returns/{cash.number}/"
    )
    assert BankDetails.objects.get().masked == "GR•• •••• 0695"


def test_the_form_keeps_browsers_from_remembering_it(fresh, cash):
    page = fresh.get(page_of(cash)).content.decode()

    form = re.search(r'<form method="post" autocomplete.*?</form>', page, re.S)[0]
    assert form.count('autocomplete="off"') == 3
    assert fresh.get(page_of(cash))["Cache-Control"] == "no-store, private"


def test_an_account_in_vietnam(shop, ada):
    order = make.pays_cash(make.make_order(shop, currency="VND", lines=[(1, 399000)]))
    ret = make.make_return(order, state="settling")
    money.propose(ret)
    open_at(ada, order, access.ALL)
    session = ada.session
    session["fresh"] = {str(order.pk): int(timezone.now().timestamp())}
    session.save()

    def typed(bank_: str, number: str) -> tuple[int, str]:
        answer = ada.post(page_of(ret), {"holder": "Nguyễn Thị Ánh", "bank": bank_, "number": number})
        return answer.status_code, text(answer)

    card = "This looks like a card number. We do not need it. Write the number of your account."
    assert "Select your bank" in typed("", "0011004123456")[1]
    assert "Enter 6 to 19 digits" in typed("970436", "12345")[1]
    assert card in typed("970436", "9704 3600 1234 5678")[1]
    assert card in typed("970436", "4111111111111111")[1]
    assert typed("970436", "0011 004 123456")[0] == 302
    assert BankDetails.objects.get().masked == "Vietcombank •••• 3456"


# --- nothing of it stands elsewhere -----------------------------------------------------------------------------


def test_what_is_typed_stands_in_no_letter_no_session_no_log_and_no_row(fresh, cash, caplog, capfd):
    fresh.raise_request_exception = False
    wrong = fresh.post(page_of(cash), {"holder": "Canaria Holder", "number": "DE89 3704 0044 0532 0130 01"})
    right = fresh.post(page_of(cash), {"holder": "Canaria Holder", "number": IBAN}, follow=True)
    background.catch_up()

    assert (wrong.status_code, right.status_code) == (422, 200)
    kept = serializers.serialize("json", [row for model in apps.get_models() for row in model.objects.all()])
    said = capfd.readouterr()
    whole = "".join([kept, caplog.text, said.out, said.err, *map(str, fresh.session.items())])
    whole += "".join(f"{letter.subject}{letter.text}{letter.html}" for letter in Letter.objects.all())
    assert [word in whole for word in ("Canaria", "370400440532", "3704 0044", "0532 0130")] == [False] * 4


def test_a_page_of_errors_does_not_show_it_either(fresh, cash, settings):
    seen = []

    def report(request, *args, **kwargs):
        reporter = ExceptionReporter(request, *sys.exc_info())
        seen.append(reporter.get_traceback_text() + reporter.get_traceback_html())

    settings.DEBUG = False
    got_request_exception.connect(lambda sender, request, **more: report(request), weak=False, dispatch_uid="canary")
    settings.SECRET_KEY_FALLBACKS = [None]  # sealing fails
    fresh.raise_request_exception = False
    try:
        answer = fresh.post(page_of(cash), {"holder": "Canaria Holder", "number": IBAN})
    finally:
        got_request_exception.disconnect(dispatch_uid="canary")

    assert (answer.status_code, len(seen)) == (500, 1)
    assert "AttributeError" in seen[0]
    assert [word in seen[0] for word in ("Canaria", "370400440532", "3704 0044")] == [False] * 3


# --- where she is led to it -------------------------------------------------------------------------------------


def test_the_letter_leads_to_the_page_and_says_why(ada, cash):
    outbox.write_next_letters()
    letter = Letter.objects.get(kind="bank.details_wanted")
    link = access.words_for(letter)["link"].removeprefix("http://127.0.0.1:8000")

    first = ada.get(link)

    assert "It goes to a bank account, because it cannot go back the way you paid." in letter.text
    assert first["Location"] == page_of(cash)
    assert ada.get(first["Location"])["Location"] == f"/o/{cash.order.number_key}/code/?account={cash.number}"


def test_no_letter_asks_who_has_named_one_meanwhile(cash):
    money.take_account(cash, make.GIVEN, by="customer")
    outbox.write_next_letters()

    assert Letter.objects.filter(kind="bank.details_wanted").count() == 0


def test_a_card_that_sent_the_money_back_asks_in_the_letter_on_the_return_and_under_the_money(shop, ada):
    order = make.make_order(shop)
    order.payments.update(checked_at=timezone.now())
    ret = make.make_return(order, state="settling")
    [refund] = money.propose(ret)
    make.comes_back(refund)
    open_at(ada, order, access.ALL)
    outbox.write_next_letters()

    letter = Letter.objects.get(kind="refund.failed")
    assert "€39.90 could not be paid out. Tell us to which bank account we can send it." in letter.text
    follow, under = ada.get(f"/returns/{ret.number}/"), ada.get(f"/o/{order.number_key}/money/")
    assert "Your bank sent the money back to us Tell us where to send it. Your money is not lost." in text(follow)
    assert "Your bank sent the money back to us – tell us where to send it" in text(under)
    for page in (follow, under):
        assert page.content.decode().count(page_of(ret)) == 1
        assert len(re.findall("<h1", page.content.decode())) == 1

    money.take_account(ret, make.GIVEN, by="customer")

    assert "Your money goes to DE•• •••• 3000." in text(ada.get(f"/returns/{ret.number}/"))
    assert page_of(ret) not in ada.get(f"/o/{order.number_key}/money/").content.decode()


def test_level_one_reads_no_mask(bob, cash):
    money.take_account(cash, make.GIVEN, by="customer")
    open_at(bob, cash.order, access.SEEN)

    pages = [bob.get(f"/returns/{cash.number}/"), bob.get(f"/o/{cash.order.number_key}/money/")]

    assert ["•••• 3000" in page.content.decode() for page in pages] == [False, False]
