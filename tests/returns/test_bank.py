"""Money to a bank account: who is asked for one, how it is kept, and whose yes counts."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.core import serializers
from django.db.models import Q
from django.utils import timezone

from customers.models import Entry
from returns import approvals, bank, money
from returns.errors import AccountChanged, NoAccount, NotNow, NotTheSame
from returns.models import BankDetails, Refund, Return
from returns.sealing import Unreadable, seal, unseal
from returns.transfer.accounts import Account
from tests import make

pytestmark = pytest.mark.django_db

SAM, PIA = "staff:sam", "staff:pia"
OTHER = Account("sepa", "Ada Example", "GR1601101250000000012300695")


@pytest.fixture
def cash(shop) -> Return:
    """A shirt that was paid at the door, back and accepted."""
    return make.make_return(make.pays_cash(make.make_order(shop)), state="settling")


@pytest.fixture
def card(shop) -> Return:
    """A shirt that was paid by card, back and accepted; the card's bank sends the money back to us."""
    order = make.make_order(shop)
    order.payments.update(checked_at=timezone.now())
    ret = make.make_return(order, state="settling")
    [refund] = money.propose(ret)
    make.comes_back(refund)
    return make.fresh(ret)


def verbs(ret: Return) -> list[str]:
    return list(Entry.objects.filter(number=ret.number, verb__startswith="bank.").values_list("verb", flat=True))


# --- who is asked -----------------------------------------------------------------------------------------------


def test_cash_goes_back_by_transfer_and_she_is_asked_once(cash):
    [refund] = money.propose(cash)
    money.work_out_anew(cash, by=SAM)

    assert (refund.rail, refund.amount) == ("bank", 3990)
    assert bank.is_wanted(make.fresh(cash))
    assert verbs(cash) == ["bank.details_wanted"]
    assert list(bank.waiting_for_account(cash.shop)) == [cash]


def test_cash_is_asked_for_as_soon_as_money_will_be_due_and_not_before(shop):
    order = make.pays_cash(make.make_order(shop, lines=[(1, 3990)]))

    draft = make.make_return(order, state="draft")
    assert not bank.may_be_given(draft)

    granted = make.actions.submit(draft)
    assert bank.is_wanted(granted)
    bank.give_details(granted, make.GIVEN, by="customer")
    assert not bank.is_wanted(granted)
    assert bank.may_be_given(granted)


def test_an_exchange_for_the_same_price_needs_no_account(shop):
    order = make.pays_cash(make.make_order(shop))
    swap = make.make_variant(shop, "SWAP")
    granted = make.make_return(order, wish="swap", swap=swap)

    assert not bank.may_be_given(granted)


def test_a_card_is_tried_first_and_an_account_is_asked_for_when_its_money_came_back(card):
    assert card.state == "refund_failed"
    assert bank.is_wanted(card)
    assert list(bank.waiting_for_account(card.shop)) == [card]


def test_in_other_currencies_a_person_finds_a_way(shop):
    order = make.pays_cash(make.make_order(shop, currency="USD"))
    order.payments.update(currency="USD")
    ret = make.make_return(order, state="settling")
    [refund] = money.propose(ret)

    assert refund.rail == "bank"
    assert not bank.is_wanted(ret)
    assert verbs(ret) == []
    with pytest.raises(NotNow):
        bank.give_details(ret, make.GIVEN, by="customer")


def test_a_card_that_refuses_at_once_is_asked_about_by_a_person(card):
    Refund.objects.filter(ret=card).update(provider_id=None)
    assert not bank.is_wanted(card)

    bank.ask_instead(card, by=SAM)

    assert bank.is_wanted(card)
    assert verbs(card) == ["bank.details_wanted"]


# --- the account is kept sealed ---------------------------------------------------------------------------------


def test_what_she_typed_stands_nowhere_but_sealed(cash, caplog):
    """Every row of the database is looked through, with what the timeline and the logs hold."""
    money.propose(cash)
    before = timezone.now()
    money.take_account(cash, make.GIVEN, by="customer")

    from django.apps import apps

    rows = [row for model in apps.get_models() for row in model.objects.all()]
    kept = serializers.serialize("json", rows) + caplog.text
    row = BankDetails.objects.get()
    assert [canary in kept for canary in ("370400440532013000", "37040044", "DE89")] == [False] * 3
    assert (row.masked, row.given_by) == ("DE•• •••• 3000", "customer")
    assert row.given_at >= before
    assert bank.account_of(row) == make.GIVEN
    assert repr(make.GIVEN) == "Account(DE•• •••• 3000)"
    assert Entry.objects.get(verb="bank.details_given").facts == {"kind": "sepa", "changed": False, "asked_anew": 0}


def test_an_earlier_key_opens_it_while_the_key_is_changed_and_no_other_key_does(settings):
    sealed = seal(b"an account", purpose="bank details")
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-" * 8

    with pytest.raises(Unreadable):
        unseal(sealed, purpose="bank details")
    settings.SECRET_KEY_FALLBACKS = [old]
    assert unseal(sealed, purpose="bank details") == b"an account"
    with pytest.raises(Unreadable):
        unseal(sealed, purpose="bank file")


def test_an_account_whose_key_is_gone_is_asked_for_anew(cash, settings):
    money.propose(cash)
    money.take_account(cash, make.GIVEN, by="customer")
    settings.SECRET_KEY = "another-key-" * 8

    assert bank.usable(cash) is None
    assert bank.is_wanted(cash)


def test_it_is_forgotten_three_weeks_after_the_money_was_there(cash):
    money.propose(cash)
    money.take_account(cash, make.GIVEN, by="customer")
    refund = cash.refunds.get()
    with pytest.raises(NotNow):
        bank.erase(cash, by=SAM)

    Refund.objects.filter(pk=refund.pk).update(state="succeeded", settled_at=timezone.now())
    Return.objects.filter(pk=cash.pk).update(state="settled", ended_at=timezone.now())
    with time_machine.travel(timezone.now() + timedelta(days=20, hours=23)):
        assert bank.purge() == 0
    with time_machine.travel(timezone.now() + timedelta(days=21, hours=1)):
        assert bank.purge() == 1
        assert bank.purge() == 0

    row = BankDetails.objects.get()
    assert (row.sealed, row.masked) == ("", "DE•• •••• 3000")
    assert verbs(cash)[-1] == "bank.details_erased"


# --- propose and approve ----------------------------------------------------------------------------------------


def test_a_card_that_failed_is_paid_to_her_account_once_two_people_said_yes(card):
    failed = card.refunds.get()
    money.take_account(card, make.GIVEN, by="customer")

    ret, refund = make.fresh(card), card.refunds.latest("pk")
    assert (ret.state, refund.rail, refund.state, refund.amount) == ("settling", "bank", "proposed", failed.amount)
    assert refund.payment == failed.payment
    assert "account" in refund.person_why

    assert money.approve_refund(refund, by=SAM).state == "proposed"
    assert make.fresh(refund).second_why == ["account"]
    with pytest.raises(NotTheSame):
        money.approve_refund(refund, by=SAM)
    assert money.approve_refund(refund, by=PIA).state == "approved"


def test_the_shares_of_two_cards_stay_with_their_cards(shop):
    order = make.make_order(shop, lines=[(1, 5000), (1, 5000)], paid=7000)
    order.payments.create(provider="stripe", reference="pi_second", currency="EUR", captured=3000)
    order.payments.update(checked_at=timezone.now())
    ret = make.make_return(order, state="settling")
    first, second = money.propose(ret)
    Refund.objects.filter(pk=first.pk).update(state="succeeded")
    type(first.payment).objects.filter(pk=first.payment_id).update(reserved=first.amount)
    make.comes_back(second)

    money.take_account(ret, make.GIVEN, by="customer")

    again = ret.refunds.latest("pk")
    assert (first.amount, second.amount) == (3500, 1500)
    assert (again.rail, again.payment, again.amount) == ("bank", second.payment, 1500)


def test_without_an_account_nobody_can_say_yes(cash):
    [refund] = money.propose(cash)

    with pytest.raises(NoAccount):
        money.approve_refund(refund, by=SAM)


def test_whoever_typed_the_account_for_a_caller_is_not_the_second_person(cash):
    [refund] = money.propose(cash)
    money.take_account(cash, make.GIVEN, by=SAM)
    money.approve_refund(refund, by=PIA)

    with pytest.raises(NotTheSame):
        money.approve_refund(refund, by=SAM)
    assert [approvals.made_it(make.fresh(refund), name) for name in (SAM, PIA, "staff:leo")] == [True, True, False]


@pytest.mark.parametrize("said", [1, 2])
def test_another_account_takes_every_yes_back(cash, said):
    [refund] = money.propose(cash)
    money.take_account(cash, make.GIVEN, by="customer")
    for person in (SAM, PIA)[:said]:
        money.approve_refund(make.fresh(refund), by=person)

    money.take_account(cash, OTHER, by="customer")

    row = make.fresh(refund)
    assert (row.state, row.first_by, row.approved_by, row.send_after) == ("proposed", "", "", None)
    assert row.payment.reserved == 0
    assert Entry.objects.filter(verb="bank.details_given").latest("pk").facts["asked_anew"] == 1


def test_a_yes_is_to_the_account_that_was_on_the_page(cash):
    [refund] = money.propose(cash)
    money.take_account(cash, make.GIVEN, by="customer")
    shown = bank.version_of(bank.usable(cash))
    money.take_account(cash, OTHER, by="customer")

    with pytest.raises(AccountChanged):
        money.approve_refund(refund, by=SAM, shown_account=shown)
    assert make.fresh(refund).first_by == ""


def test_credit_of_a_cash_order_that_becomes_money_asks_for_an_account(shop):
    make.set_terms(shop, credit=True)
    order = make.pays_cash(make.make_order(shop))
    draft = make.make_return(order, state="draft")
    draft.lines.update(as_credit=True)
    ret = make.accepted(draft)
    [refund] = money.propose(ret)
    assert refund.rail == "credit"
    money.approve_refund(refund, by="rules")
    from returns import credit, sending

    sending.send_refunds()
    assert not bank.may_be_given(make.fresh(ret))

    [back] = credit.back(ret, by="customer")

    assert (back.rail, bank.is_wanted(make.fresh(ret))) == ("bank", True)
    money.take_account(ret, make.GIVEN, by="customer")
    assert not bank.is_wanted(make.fresh(ret))


def test_nothing_of_it_leaves_by_itself(cash):
    from returns import sending

    [refund] = money.propose(cash)
    money.take_account(cash, make.GIVEN, by="customer")
    money.approve_refund(refund, by=SAM)
    money.approve_refund(refund, by=PIA)

    assert (money.release_clear(), sending.send_refunds(), sending.look_at_refunds()) == (0, 0, 0)
    assert make.fresh(refund).state == "approved"


def test_facts_of_the_timeline_hold_no_digit_of_the_account(cash):
    money.propose(cash)
    money.take_account(cash, make.GIVEN, by="customer")
    told = Entry.objects.filter(Q(verb__startswith="bank.") | Q(verb__startswith="refund."))

    assert "3000" not in json.dumps(list(told.values_list("facts", flat=True)))
