"""Files for the bank: made once, numbered without a gap, the same bytes each time, and never twice."""

import hashlib
import json
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
import sepaxml
import time_machine
import xmlschema
from django.core.files.storage import default_storage
from django.utils import timezone

from customers.models import Entry
from orders.models import Payment
from returns import bank, batches, money
from returns.errors import BalanceChanged, NoDebtor, NotNow
from returns.models import BankBatch, BankDetails, CreditNote, Refund, Return
from returns.transfer.accounts import Account
from tests import make

pytestmark = pytest.mark.django_db

SAM, PIA = "staff:sam", "staff:pia"
SPACE = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    """A folder of files of its own: what left before is remembered there."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}},
    }
    return tmp_path


@pytest.fixture
def shop(shop):
    shop.bank = {"iban": "DE02120300000000202051", "name": "Linden & Loom GmbH", "bic": "BYLADEM1001"}
    shop.save()
    return shop


def approved(shop, account: Account = make.GIVEN, **facts) -> Refund:
    """A transfer that two people have said yes to, and that nobody can stop any more."""
    order = make.pays_cash(make.make_order(shop, **facts))
    ret = make.make_return(order, state="settling")
    [refund] = money.propose(ret)
    money.take_account(ret, account, by="customer")
    money.approve_refund(refund, by=SAM)
    money.approve_refund(refund, by=PIA)
    return make.fresh(refund)


def test_a_file_holds_what_was_approved_and_is_what_the_standard_says(shop):
    one = approved(shop, Account("sepa", "Ελένη Müller & Co", "GR1601101250000000012300695"))
    two = approved(shop, lines=[(2, 8001)])
    [ready] = batches.ready(shop)
    assert (ready.kind, ready.currency, ready.refunds, ready.total) == ("sepa", "EUR", [one, two], 3990 + 4001)

    with time_machine.travel("2026-12-24T20:00:00+00:00", tick=False):
        batch = batches.make_file(shop, [one.uuid, two.uuid], by=SAM)
        content = batches.fetch_file(batch, by=SAM)

    schema = Path(sepaxml.__file__).parent / "schemas" / "pain.001.001.09.xsd"
    root = ElementTree.fromstring(content)
    assert xmlschema.XMLSchema(str(schema)).is_valid(content.decode().split("?>", 1)[1])

    def texts(path: str) -> list[str | None]:
        return [node.text for node in root.iterfind(f".//p:{path}", SPACE)]

    assert texts("GrpHdr/p:MsgId") == texts("PmtInfId") == [batches.message_id(shop, 1)]
    assert texts("EndToEndId") == [one.uuid.hex, two.uuid.hex]
    assert texts("InstdAmt") == ["39.90", "40.01"]
    assert texts("GrpHdr/p:CtrlSum") == ["79.91"]
    assert texts("Cdtr/p:Nm") == ["Elene Muller Co", "Ada Example"]
    assert texts("CdtrAcct/p:Id/p:IBAN") == ["GR1601101250000000012300695", "DE89370400440532013000"]
    assert texts("Ustrd") == [f"{row.ret.number} {row.ret.order.number}" for row in (one, two)]
    assert texts("DbtrAcct/p:Id/p:IBAN") == ["DE02120300000000202051"]
    assert texts("DbtrAgt//p:BICFI") == ["BYLADEM1001"]
    assert texts("ReqdExctnDt/p:Dt") == ["2026-12-24"]
    assert (batch.number, batch.count, batch.total) == (1, 2, 7991)
    assert batch.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        ("2026-11-23", "2026-11-23"),
        ("2026-11-21", "2026-11-23"),
        ("2026-12-25", "2026-12-28"),
        ("2027-01-01", "2027-01-04"),
    ],
)
def test_the_bank_is_asked_for_a_day_on_which_it_is_open(day, open_):
    assert batches.banking_day(date.fromisoformat(day)) == date.fromisoformat(open_)


def test_the_second_click_gives_the_same_file_and_every_download_the_same_bytes(shop):
    refund = approved(shop)

    first = batches.make_file(shop, [refund.uuid], by=SAM)
    second = batches.make_file(shop, [refund.uuid], by=PIA)

    assert (first, BankBatch.objects.count()) == (second, 1)
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        assert batches.fetch_file(first, by=SAM) == batches.fetch_file(first, by=PIA)
    assert make.fresh(refund).state == "pending"
    assert list(Entry.objects.filter(verb="bank.exported").values_list("by", flat=True)) == [SAM]
    assert batches.ready(shop) == []


def test_the_file_is_sealed_in_the_database(shop):
    batch = batches.make_file(shop, [approved(shop).uuid], by=SAM)

    assert "DE89" not in json.dumps(list(BankBatch.objects.values()), default=str)
    assert batches.fetch_file(batch, by=SAM).count(b"DE89370400440532013000") == 1


def test_what_was_stopped_or_changed_since_it_was_shown_makes_no_file(shop):
    one, two = approved(shop), approved(shop)
    money.stop_refund(two, by=SAM)

    with pytest.raises(BalanceChanged):
        batches.make_file(shop, [one.uuid, two.uuid], by=SAM)
    with pytest.raises(BalanceChanged):
        batches.make_file(shop, [], by=SAM)
    assert (BankBatch.objects.count(), make.fresh(one).state) == (0, "approved")


def test_a_failed_file_takes_its_number_back(shop):
    refund = approved(shop)
    shop.bank = {}
    shop.save()
    with pytest.raises(NoDebtor):
        batches.make_file(shop, [refund.uuid], by=SAM)

    shop.bank = {"iban": "DE02120300000000202051"}
    shop.save()
    numbers = [batches.make_file(shop, [each.uuid], by=SAM).number for each in (refund, approved(shop))]

    assert numbers == [1, 2]
    assert make.fresh(refund).state == "pending"


def test_nothing_leaves_while_it_can_be_stopped_or_the_payment_is_unclear(shop):
    can_be_stopped, disputed, unclear = approved(shop), approved(shop), approved(shop)
    Refund.objects.filter(pk=can_be_stopped.pk).update(send_after=timezone.now() + timedelta(minutes=1))
    Payment.objects.filter(pk=disputed.payment_id).update(dispute="open")
    Payment.objects.filter(pk=unclear.payment_id).update(problem="refunded_before_restore")

    assert batches.ready(shop) == []
    for refund in (can_be_stopped, disputed, unclear):
        with pytest.raises(BalanceChanged):
            batches.make_file(shop, [refund.uuid], by=SAM)


def test_the_account_stays_as_it_is_once_it_is_in_a_file(shop):
    refund = approved(shop)
    batches.make_file(shop, [refund.uuid], by=SAM)

    assert not bank.may_be_given(refund.ret)
    with pytest.raises(NotNow):
        bank.give_details(refund.ret, make.GIVEN, by="customer")


# --- the bank has spoken ----------------------------------------------------------------------------------------


def test_a_confirmed_file_settles_all_of_it_once(shop):
    one, two = approved(shop), approved(shop)
    batch = batches.make_file(shop, [one.uuid, two.uuid], by=SAM)
    with pytest.raises(NotNow):
        batches.confirm_file(batch, by=PIA)
    batches.fetch_file(batch, by=SAM)

    assert batches.confirm_file(batch, by=PIA) == 2
    assert batches.confirm_file(batch, by=SAM) == 0

    row = make.fresh(one)
    assert (row.state, row.destination, row.bank_reference, row.counted) == ("succeeded", "bank", one.uuid.hex, True)
    assert [each.state for each in Return.objects.all()] == ["settled", "settled"]
    assert set(Entry.objects.filter(verb="refund.succeeded").values_list("by", flat=True)) == {PIA}
    assert [note.facts["payments"][0]["rail"] for note in CreditNote.objects.all()] == ["bank", "bank"]
    assert make.fresh(batch).confirmed_by == PIA


@pytest.mark.parametrize("confirmed_first", [False, True])
def test_what_the_bank_does_not_pay_is_asked_about_anew(shop, confirmed_first):
    refund = approved(shop)
    batch = batches.make_file(shop, [refund.uuid], by=SAM)
    with pytest.raises(NotNow):
        batches.refuse_transfer(refund, "account_closed", by=SAM)
    batches.fetch_file(batch, by=SAM)
    if confirmed_first:
        batches.confirm_file(batch, by=SAM)

    batches.refuse_transfer(refund, "account_closed", by=SAM)

    ret, row = make.fresh(refund.ret), make.fresh(refund)
    assert (ret.state, row.state, row.failure, row.payment.reserved) == ("refund_failed", "failed", "account_closed", 0)
    assert bank.usable(ret) is None
    assert bank.is_wanted(ret)
    assert ret.lines.get().refunded == 0

    assert money.prepare_refunds() == 0
    money.take_account(ret, Account("sepa", "Ada Example", "GR1601101250000000012300695"), by="customer")
    again = ret.refunds.latest("pk")
    assert (again.rail, again.state, again.amount) == ("bank", "proposed", refund.amount)


def test_files_are_forgotten_three_weeks_after_the_last_word_on_them(shop):
    batch = batches.make_file(shop, [approved(shop).uuid], by=SAM)
    batches.fetch_file(batch, by=SAM)
    with time_machine.travel(timezone.now() + timedelta(days=100)):
        assert bank.purge() == 0
        batches.confirm_file(batch, by=SAM)
    with time_machine.travel(timezone.now() + timedelta(days=120)):
        assert bank.purge() == 0
    with time_machine.travel(timezone.now() + timedelta(days=122)):
        assert bank.purge() == 2
        with pytest.raises(NotNow):
            batches.fetch_file(batch, by=SAM)

    row = make.fresh(batch)
    assert (row.sealed, bool(row.sha256), row.count) == ("", True, 1)
    assert BankDetails.objects.get().sealed == ""


# --- after a backup was put back --------------------------------------------------------------------------------


def put_back(batch: BankBatch) -> None:
    """As the database stood before the file was made."""
    Refund.objects.filter(batch=batch).update(
        state="approved", batch=None, provider_id=None, first_sent_at=None, destination=""
    )
    batch.delete()


def test_a_file_that_has_left_is_found_again_after_a_backup_and_nothing_of_it_leaves_twice(shop):
    old, new = approved(shop), approved(shop)
    batch = batches.make_file(shop, [old.uuid], by=SAM)
    told = batches.fetch_file(batch, by=SAM)
    put_back(batch)
    assert [row.refunds for row in batches.ready(shop)] == [[old, new]]

    with pytest.raises(BalanceChanged):
        batches.make_file(shop, [old.uuid, new.uuid], by=SAM)

    found = BankBatch.objects.get()
    assert (found.number, found.sha256, found.sealed) == (1, hashlib.sha256(told).hexdigest(), "")
    assert (make.fresh(old).state, make.fresh(old).batch) == ("pending", found)
    assert [row.refunds for row in batches.ready(shop)] == [[new]]
    assert batches.make_file(shop, [new.uuid], by=SAM).number == 2
    assert batches.remember_files(shop) == 0
    assert batches.confirm_file(found, by=SAM) == 1


def test_money_whose_row_is_gone_stops_the_next_proposal(shop):
    refund = approved(shop)
    ret, payment = refund.ret, refund.payment
    batch = batches.make_file(shop, [refund.uuid], by=SAM)
    batches.fetch_file(batch, by=SAM)
    put_back(batch)
    refund.delete()
    Payment.objects.filter(pk=payment.pk).update(reserved=0)

    assert batches.remember_all_files() == 1

    payment = make.fresh(payment)
    assert (payment.outside, payment.left, payment.problem) == (3990, 0, "refunded_before_restore")
    assert money.prepare_refunds() == 0
    assert ret.refunds.count() == 0


def test_a_file_that_nobody_fetched_has_not_left(shop):
    refund = approved(shop)
    put_back(batches.make_file(shop, [refund.uuid], by=SAM))

    assert batches.remember_files(shop) == 0
    assert batches.make_file(shop, [refund.uuid], by=SAM).number == 1


def test_what_is_noted_beside_the_database_names_nobody(shop, files):
    batches.fetch_file(batches.make_file(shop, [approved(shop).uuid], by=SAM), by=SAM)

    text = default_storage.open(f"transfers/{shop.slug}/000001.json").read().decode()

    assert [word in text for word in ("DE89", "3000", "Ada", "ada@")] == [False] * 4


# --- Vietnam ----------------------------------------------------------------------------------------------------


def test_vietnam_gets_a_table_and_codes_for_a_banking_app(shop):
    to = Account("vietnam", "Nguyễn Thị Ánh", "0011004123456", "970436")
    make.set_terms(shop)
    order = make.pays_cash(make.make_order(shop, currency="VND", lines=[(1, 399000)]))
    ret = make.make_return(order, state="settling")
    [refund] = money.propose(ret)
    money.take_account(ret, to, by="customer")
    money.approve_refund(refund, by=SAM)
    money.approve_refund(refund, by=PIA)
    euro = approved(shop)
    assert [row.kind for row in batches.ready(shop)] == ["sepa", "vietnam"]
    with pytest.raises(BalanceChanged):
        batches.make_file(shop, [refund.uuid, euro.uuid], by=SAM)

    batch = batches.make_file(shop, [refund.uuid], by=SAM)

    head, line, end = batches.fetch_file(batch, by=SAM).decode("utf-8-sig").split("\r\n")
    purpose = f"{ret.number} {order.number}".replace("-", "")
    assert head == "bank_bin,bank,account,holder,amount,purpose,reference"
    assert line == f"970436,Vietcombank,0011004123456,NGUYEN THI ANH,399000,{purpose},{refund.uuid.hex}"
    assert end == ""
    [code] = batches.codes_of(batch)
    assert (code.account, code.amount) == ("0011004123456", 399000)
