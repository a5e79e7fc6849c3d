"""Two of staff, or staff and the customer, at the same moment: one file, one account, and the books agree."""

import pytest

from returns import bank, batches, money
from returns.errors import BalanceChanged, NotNow
from returns.models import BankBatch, Refund
from tests import make
from tests.returns.test_bank import OTHER
from tests.returns.test_batches import PIA, SAM, approved, files, shop  # noqa: F401 - fixtures
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

TIMES = 4


def test_two_of_staff_make_one_file(shop):  # noqa: F811
    for n in range(1, TIMES + 1):
        refunds = [approved(shop).uuid, approved(shop).uuid]

        one, two = at_once(
            lambda refunds=refunds: batches.make_file(shop, refunds, by=SAM),
            lambda refunds=refunds: batches.make_file(shop, refunds[::-1], by=PIA),
        )

        assert (one, BankBatch.objects.count()) == (two, n)
        assert batches.fetch_file(one, by=SAM) == batches.fetch_file(two, by=PIA)


def test_files_of_different_refunds_have_different_numbers(shop):  # noqa: F811
    first, second = approved(shop), approved(shop)

    made = at_once(
        lambda: batches.make_file(shop, [first.uuid], by=SAM), lambda: batches.make_file(shop, [second.uuid], by=PIA)
    )

    assert sorted(batch.number for batch in made) == [1, 2]


def test_the_account_in_the_file_is_the_one_that_two_people_said_yes_to(shop):  # noqa: F811
    for _ in range(TIMES):
        refund = approved(shop)

        made, given = at_once(
            lambda refund=refund: batches.make_file(shop, [refund.uuid], by=SAM),
            lambda refund=refund: bank.give_details(refund.ret, OTHER, by="customer"),
        )

        row = make.fresh(refund)
        if isinstance(given, NotNow):
            assert (row.state, row.batch) == ("pending", made)
            assert b"DE89370400440532013000" in batches.fetch_file(made, by=SAM)
        else:
            assert isinstance(made, BalanceChanged)
            assert (row.state, row.payment.reserved) == ("proposed", 0)


def test_a_stop_and_a_file_at_once(shop):  # noqa: F811
    for _ in range(TIMES):
        refund = approved(shop)

        told = at_once(
            lambda refund=refund: batches.make_file(shop, [refund.uuid], by=SAM),
            lambda refund=refund: money.stop_refund(refund, by=PIA),
        )

        assert sum(isinstance(word, BalanceChanged | NotNow) for word in told) == 1
        row = make.fresh(refund)
        assert (row.state, row.payment.reserved) in {("pending", row.amount), ("canceled", 0)}


def test_confirmed_twice_and_refused_at_once(shop):  # noqa: F811
    refund = approved(shop)
    batch = batches.make_file(shop, [refund.uuid], by=SAM)
    batches.fetch_file(batch, by=SAM)

    told = at_once(
        lambda: batches.confirm_file(batch, by=SAM),
        lambda: batches.confirm_file(batch, by=PIA),
        lambda: batches.refuse_transfer(refund, "account_closed", by=PIA),
    )

    assert [word for word in told if isinstance(word, Exception)] == []
    row = make.fresh(refund)
    assert (row.state, row.payment.reserved) == (Refund.State.FAILED, 0)
