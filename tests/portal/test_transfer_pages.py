"""Staff pages of the bank rail: whose account, whose yes, one file, and what the bank has done."""

import hashlib
import re

import pytest
from django.utils import timezone

from customers.models import Entry
from notices import outbox
from notices.models import Letter
from returns import batches, money
from returns.models import BankBatch, Refund, Return
from returns.transfer.accounts import Account
from tests import make
from tests.portal.test_account_page import text
from tests.returns.test_batches import approved, files, shop  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def cash(shop) -> Return:  # noqa: F811
    ret = make.make_return(make.pays_cash(make.make_order(shop)), state="settling")
    money.propose(ret)
    return ret


def fields(page: str, action: str) -> list[tuple[str, str]]:
    """Names and values of the hidden fields of the form with this address."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page, re.S)[0]
    return re.findall(r'<input type="hidden" name="(?!csrf)([^"]+)" value="([^"]*)"', form)


def press(browser, address: str, action: str, **more):
    """The button of that form, as it stands on the page at `address`."""
    told: dict = {}
    for name, value in fields(browser.get(address).content.decode(), action):
        told.setdefault(name, []).append(value)
    return browser.post(action, {**told, **more}, follow=True)


# --- the case and the queue -------------------------------------------------------------------------------------


def test_the_queue_says_that_it_waits_for_the_account_and_no_longer(sam, cash):
    assert "Waits for the customer’s bank account" in text(sam.get("/staff/"))

    money.take_account(cash, make.GIVEN, by="customer")

    assert "Waits for the customer’s bank account" not in text(sam.get("/staff/"))


def test_the_case_has_no_send_button_until_there_is_an_account(sam, cash):
    address = f"/staff/returns/{cash.number}/"
    send = f"{address}refunds/{cash.refunds.get().uuid}/send/"
    page = sam.get(address).content.decode()
    assert (send in page, "It waits: the customer is asked for a bank account." in page) == (False, True)
    assert sam.post(send, {"left": "3990", "account": ""}).status_code == 409

    money.take_account(cash, make.GIVEN, by="customer")

    page = sam.get(address)
    assert send in page.content.decode()
    assert "DE•• •••• 3000 Ada Example" in text(page)
    assert "370400" not in page.content.decode()


def test_two_people_say_yes_to_the_account_they_saw(sam, pia, cash):
    money.take_account(cash, make.GIVEN, by="customer")
    address = f"/staff/returns/{cash.number}/"
    send = f"{address}refunds/{cash.refunds.get().uuid}/send/"
    shown = dict(fields(sam.get(address).content.decode(), send))
    money.take_account(cash, Account("sepa", "Ada Example", "GR1601101250000000012300695"), by="customer")

    late = sam.post(send, shown)
    assert late.status_code == 409
    assert "The customer has named another account since you looked. Nothing was sent." in text(late)

    assert "A second person has to say yes too." in text(press(sam, address, send))
    assert "The refund is approved" in text(press(pia, address, send))
    assert cash.refunds.get().state == "approved"


def test_the_case_of_a_card_that_failed_says_that_the_customer_was_asked(sam, shop):  # noqa: F811
    order = make.make_order(shop)
    order.payments.update(checked_at=timezone.now())
    ret = make.make_return(order, state="settling")
    [refund] = money.propose(ret)
    make.comes_back(refund)

    page = text(sam.get(f"/staff/returns/{ret.number}/"))

    assert "We asked the customer for a bank account, and the money goes there." in page
    assert "no refund can be sent as it stands" not in page


def test_a_card_that_refused_at_once_gets_a_button_to_ask(sam, shop):  # noqa: F811
    from django.utils import timezone

    order = make.make_order(shop)
    order.payments.update(checked_at=timezone.now())
    ret = make.make_return(order, state="settling")
    [refund] = money.propose(ret)
    make.comes_back(refund)
    Refund.objects.update(provider_id=None)
    ask = f"/staff/returns/{ret.number}/account/"
    assert ask in sam.get(f"/staff/returns/{ret.number}/").content.decode()

    sam.post(ask)
    outbox.write_next_letters()

    assert Letter.objects.filter(kind="bank.details_wanted").count() == 1
    assert ask not in sam.get(f"/staff/returns/{ret.number}/").content.decode()


# --- files ------------------------------------------------------------------------------------------------------


def test_a_file_from_the_list_to_the_letter(sam, pia, shop):  # noqa: F811
    one, two = approved(shop), approved(shop)
    list_ = "/staff/transfers/"
    assert "2 transfers, €79.80 in all." in text(sam.get(list_))

    made = press(sam, list_, f"{list_}make/")
    again = pia.post(f"{list_}make/", {"refund": [str(one.uuid), str(two.uuid)]}, follow=True)
    first = press(sam, f"{list_}1/", f"{list_}1/download/")
    second = press(pia, f"{list_}1/", f"{list_}1/download/")

    batch = BankBatch.objects.get()
    assert made.redirect_chain == again.redirect_chain == [(f"{list_}1/", 302)]
    assert first.content == second.content
    assert hashlib.sha256(first.content).hexdigest() == batch.sha256
    assert first["Content-Disposition"] == 'attachment; filename="transfers-000001.xml"'
    assert first["Cache-Control"] == "no-store, private"
    assert "No transfer is ready." in text(sam.get(list_))

    press(sam, f"{list_}1/", f"{list_}1/refuse/", why="account_closed")
    done = press(pia, f"{list_}1/", f"{list_}1/confirm/")
    outbox.write_next_letters()

    assert "Noted as sent: 1. The customers get an email." in text(done)
    assert {make.fresh(one).state, make.fresh(two).state} == {"failed", "succeeded"}
    told = Letter.objects.get(kind="refund.succeeded").text
    assert "we sent €39.90 to your bank account." in told
    assert "A transfer needs 1 or 2 working days." in told
    assert Letter.objects.filter(kind="refund.failed").count() == 1
    assert Entry.objects.filter(verb="bank.file_fetched").count() == 1


def test_a_list_that_changed_makes_no_file_and_says_so(sam, shop):  # noqa: F811
    refund = approved(shop)
    page = sam.get("/staff/transfers/").content.decode()
    money.stop_refund(refund, by="staff:pia")

    answer = sam.post("/staff/transfers/make/", dict(fields(page, "/staff/transfers/make/")), follow=True)

    assert "The list has changed since you looked. No file was made; look again." in text(answer)
    assert BankBatch.objects.count() == 0


def test_without_an_account_of_the_shop_it_says_what_is_missing(sam, shop):  # noqa: F811
    refund = approved(shop)
    shop.bank = {}
    shop.save()

    assert "write [bank] with iban into the shop’s file" in text(sam.get("/staff/transfers/"))
    answer = sam.post("/staff/transfers/make/", {"refund": str(refund.uuid)}, follow=True)
    assert "Write your own account into the shop’s file first" in text(answer)


def test_who_has_no_money_rights_makes_and_takes_no_file(sam, shop, django_user_model):  # noqa: F811
    from django.contrib.auth.models import Group

    refund = approved(shop)
    batch = batches.make_file(shop, [refund.uuid], by="staff:pia")
    django_user_model.objects.get(username="sam").groups.add(Group.objects.get_or_create(name="outside")[0])

    for verb in ("download", "confirm"):
        answer = sam.post(f"/staff/transfers/1/{verb}/", follow=True)
        assert "You may not decide about this money." in text(answer)
    assert make.fresh(batch).fetched_at is None


def test_nothing_is_selected_before_somebody_says_what_the_bank_says(sam, shop):  # noqa: F811
    refund = approved(shop)
    batches.fetch_file(batches.make_file(shop, [refund.uuid], by="staff:pia"), by="staff:pia")

    page = sam.get("/staff/transfers/1/").content.decode()
    answer = press(sam, "/staff/transfers/1/", "/staff/transfers/1/refuse/")

    assert re.findall(r'<option value="([^"]*)" selected', page) == [""]
    assert answer.status_code == 422
    assert "Select what the bank says" in text(answer)


def test_another_shops_files_are_not_found(sam, shop):  # noqa: F811
    refund = approved(shop)
    batches.make_file(shop, [refund.uuid], by="staff:pia")
    BankBatch.objects.update(shop=make.make_shop(domain="other.example"))

    assert [sam.get("/staff/transfers/1/").status_code, sam.post("/staff/transfers/1/download/").status_code] == [
        404
    ] * 2
