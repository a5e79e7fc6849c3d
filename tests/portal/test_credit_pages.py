"""What she, her shop and its staff see of store credit is true of this very credit."""

import re
import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from notices import outbox
from notices.models import Letter
from portal.customer import access
from returns import credit, money, sending
from returns.models import Credit, CreditEntry, Refund, Return, ReturnLine, Terms
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

NUMBERS = {"return_carrier": "sandbox", "stop_minutes": 0, "credit": True}


@pytest.fixture
def hers(ada, shop):
    """An order of Ada's, all of which is open to her, in a shop that offers credit."""
    Terms.objects.update(numbers=NUMBERS)
    order, session, now = make.make_order(shop), ada.session, int(timezone.now().timestamp())
    session["orders"] = {str(order.pk): [access.ALL, now, now]}
    session.save()
    return order


def text(answer) -> str:
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def issued(order) -> Credit:
    """As if she had chosen credit, and it was paid out."""
    ret = make.make_return(order, state="settling")
    ret.lines.update(as_credit=True)
    order.payments.update(checked_at=timezone.now())
    for refund in money.prepare_refund(ret):
        money.approve_refund(refund, by="rules")
    sending.send_refunds()
    return Credit.objects.get()


def wish_page(ada, order, **facts) -> str:
    ret = make.make_return(order, state="draft")
    ReturnLine.objects.filter(ret=ret).update(reason="changed_mind", wish="", **facts)
    return f"/returns/{ret.number}/wish/1/"


def test_credit_stands_under_the_money_with_the_same_sum_and_is_not_chosen(hers, ada):
    page = ada.get(wish_page(ada, hers)).content.decode()

    assert re.findall(r'name="wish" value="(\w+)"', page) == ["money", "credit"]
    assert "checked" not in page
    assert "€39.90 to shop with us, no end date. For 14 days you can still turn it into money." in page


def test_a_shop_that_does_not_offer_credit_asks_nothing(hers, ada):
    Terms.objects.update(numbers={**NUMBERS, "credit": False})

    answer = ada.get(wish_page(ada, hers))

    assert (answer.status_code, answer["Location"].endswith("/check/")) == (302, True)
    assert ReturnLine.objects.get().as_credit is False


def test_her_choice_is_kept_shown_again_and_taken_back_with_another_answer(hers, ada):
    address = wish_page(ada, hers)

    ada.post(address, {"wish": "credit"})

    line = ReturnLine.objects.get()
    assert (line.wish, line.as_credit) == ("money", True)
    assert re.findall(r'value="(\w+)" id="id_wish_\d" checked', ada.get(address).content.decode()) == ["credit"]
    ada.post(address, {"wish": "money"})
    assert make.fresh(line).as_credit is False


def test_another_reason_forgets_the_choice_of_credit(hers, ada):
    address = wish_page(ada, hers)
    ada.post(address, {"wish": "credit"})

    ada.post(address.replace("wish", "problem"), {"reason": "other"})

    assert ReturnLine.objects.get().as_credit is False


def test_the_check_page_and_the_return_say_that_it_is_credit(hers, ada, box):
    address = wish_page(ada, hers)
    ada.post(address, {"wish": "credit"})
    number = address.split("/")[2]
    ada.post(f"/returns/{number}/way/", {"way": "code"})

    check = text(ada.get(f"/returns/{number}/check/"))
    ada.post(f"/returns/{number}/check/")
    follow = text(ada.get(f"/returns/{number}/"))

    assert "You get Store credit" in check
    assert "of it as store credit €39.90" in check
    assert "We check it and make your store credit ready." in follow
    assert "your money" not in follow


def test_who_withdraws_and_wants_credit_is_not_promised_money_by_a_day(hers, ada):
    address = wish_page(ada, hers)
    ada.post(address, {"wish": "credit"})
    number = address.split("/")[2]
    ada.post(f"/returns/{number}/way/", {"way": "code"})
    ada.post(f"/returns/{number}/check/")

    outbox.write_next_letters()

    body = Letter.objects.get(kind="return.created").text
    assert "for store credit" in body
    assert "money back" not in body


def test_her_page_shows_what_is_left_the_code_and_every_movement(hers, ada):
    row = issued(hers)
    credit.spend(row, amount=990, key="k", by="shop", order_number="A-88")

    page = text(ada.get(f"/o/{hers.number_key}/credit/"))

    assert "You have €30.00 store credit" in page
    assert row.code in page
    assert "Spent · A-88 −€9.90" in page
    assert f"From a return · {hers.number} +€39.90" in page
    assert "I want money instead" in page


def test_the_page_is_not_shown_at_level_1_nor_to_anybody_else(hers, ada, bob):
    row = issued(hers)
    session, now = ada.session, int(timezone.now().timestamp())
    session["orders"] = {str(hers.pk): [access.SEEN, now, now]}
    session.save()

    answers = [ada.get(f"/o/{hers.number_key}/credit/"), ada.get(f"/o/{hers.number_key}/")]

    assert answers[0]["Location"] == f"/o/{hers.number_key}/code/"
    assert row.code not in answers[1].content.decode()
    assert "credit" not in text(answers[1])
    assert ada.post(f"/o/{hers.number_key}/credit/back/", {"return": "R-1"})["Location"].endswith("/code/")
    assert bob.get(f"/o/{hers.number_key}/credit/").status_code == 404


def test_one_button_turns_it_into_money_and_pressed_again_says_so(hers, ada):
    issued(hers)
    ret = hers.returns.get()
    address = f"/o/{hers.number_key}/credit/back/"

    first = text(ada.post(address, {"return": ret.number}, follow=True))
    second = text(ada.post(address, {"return": ret.number}, follow=True))

    assert "You get money in place of this store credit." in first
    assert "Your store credit is used up" in first
    assert "This cannot become money any more. Talk to a person." in second
    assert [row.amount for row in Refund.objects.filter(rail="stripe")] == [3990]


def test_after_14_days_the_button_is_gone(hers, ada):
    issued(hers)
    CreditEntry.objects.update(at=timezone.now() - timedelta(days=15))

    assert "I want money instead" not in text(ada.get(f"/o/{hers.number_key}/credit/"))


def test_where_is_my_money_says_that_it_is_credit(hers, ada):
    issued(hers)

    page = text(ada.get(f"/o/{hers.number_key}/money/"))

    assert "Your store credit is ready" in page
    assert "Banks need" not in page


def test_the_letter_names_the_sum_and_the_last_day_and_keeps_the_code_behind_its_link(hers):
    row = issued(hers)
    while outbox.write_next_letters():
        pass

    letter = Letter.objects.get(kind="credit.issued")

    assert letter.subject == "Your store credit is ready: €39.90"
    assert "It has no end date." in letter.text
    assert "You can turn it into money until" in letter.text
    assert row.code not in letter.text + letter.html
    assert not Letter.objects.filter(kind="refund.succeeded").exists()
    assert access._place(letter, hers) == f"/o/{hers.number_key}/credit/"


def test_letters_before_the_end_and_after_she_turned_it_into_money(hers):
    issued(hers)
    CreditEntry.objects.update(expires_on=hers.shop.today() + timedelta(days=30))
    credit.tell_of_ends()
    credit.back(hers.returns.get(), by="customer")
    while outbox.write_next_letters():
        pass

    subjects = set(Letter.objects.filter(kind__in=["credit.ends", "credit.back"]).values_list("kind", flat=True))
    assert subjects == {"credit.ends", "credit.back"}
    assert "You have €39.90 left from a return." in Letter.objects.get(kind="credit.ends").text
    assert "We send €39.90 back the way you paid." in Letter.objects.get(kind="credit.back").text


# Staff


def test_staff_book_a_spend_once_however_often_the_form_is_sent(hers, sam):
    row = issued(hers)
    form = {"spend-amount": "9.90", "spend-order_number": "A-88", "spend-key": "00000000-0000-0000-0000-000000000001"}

    for _ in range(2):
        assert sam.post(f"/staff/credit/{row.code}/spend/", form).status_code == 302

    assert credit.balance(row) == 3000
    assert "Spent · A-88 · sam −€9.90" in text(sam.get(f"/staff/credit/{row.code}/"))


def test_staff_who_spend_too_much_read_what_is_there(hers, sam):
    row = issued(hers)
    form = {"spend-amount": "40", "spend-key": "00000000-0000-0000-0000-000000000001"}

    answer = sam.post(f"/staff/credit/{row.code}/spend/", form)

    assert answer.status_code == 422
    assert "The store credit holds only €39.90. Nothing was changed." in answer.content.decode()


def test_staff_correct_with_a_reason_and_without_one_nothing_happens(hers, sam):
    row = issued(hers)
    form = {"correct-amount": "9.90", "correct-which": "less", "correct-key": "00000000-0000-0000-0000-000000000001"}

    no = sam.post(f"/staff/credit/{row.code}/correct/", form)
    yes = sam.post(f"/staff/credit/{row.code}/correct/", {**form, "correct-words": "It was counted twice"})

    assert (no.status_code, yes.status_code, credit.balance(row)) == (422, 302, 3000)


def test_staff_see_the_credit_on_the_case_and_give_money_after_her_days(hers, sam):
    row = issued(hers)
    CreditEntry.objects.update(at=timezone.now() - timedelta(days=15))
    number = hers.returns.get().number

    page = text(sam.get(f"/staff/returns/{number}/"))
    sam.post(f"/staff/returns/{number}/credit-back/")

    assert row.code in page
    assert "Give €39.90 of store credit as money" in page
    assert credit.balance(row) == 0


def test_credit_of_another_shop_is_not_found(hers, sam, settings):
    issued(hers)
    assert sam.get("/staff/credit/AAAA-AAAA-AAAA/").status_code == 404


# The shop's own till


def run(*words: str) -> tuple[int, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("credit", *words, stdout=out, stderr=err)
    except SystemExit as end:
        return int(end.code or 0), err.getvalue().strip()
    return 0, out.getvalue().strip()


def test_the_shops_till_looks_spends_once_and_hears_what_is_left(hers):
    row = issued(hers)

    assert run("spend", row.code.lower(), "9.90", "--key", "o-88", "--order", "A-88") == (0, "30.00 EUR left")
    assert run("spend", row.code, "9.90", "--key", "o-88") == (0, "30.00 EUR left")
    assert run("spend", row.code, "9.80", "--key", "o-88") == (
        1,
        "The key o-88 was used for another sum. Nothing was changed.",
    )
    assert run("spend", row.code, "30.01", "--key", "o-89") == (1, "Only 30.00 EUR is left. Nothing was changed.")
    assert run("correct", row.code, "--key", "c-1", "--why", "a gift", "--", "-5")[0] == 0
    today = hers.shop.today()
    assert run("show", row.code)[1].splitlines() == [
        f"{today} issued 39.90 {hers.number}",
        f"{today} spent -9.90 A-88",
        f"{today} corrected -5.00 a gift",
        "25.00 EUR left",
    ]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "AAAA-AAAA-AAAA"), 1),
        (("spend", "CODE", "9,9,9", "--key", "a"), 2),
        (("spend", "CODE", "0", "--key", "a"), 2),
        (("spend", "CODE", "5", "--key", "a b"), 2),
    ],
)
def test_what_cannot_be_read_changes_nothing(hers, words, code):
    row = issued(hers)

    assert run(*(row.code if word == "CODE" else word for word in words))[0] == code
    assert credit.balance(row) == 3990


@pytest.mark.parametrize(
    ("role", "email", "may"),
    [("", "", True), ("outside", "", False), ("", "ADA@example.com", False)],
)
def test_who_has_no_money_rights_or_whose_own_it_is_moves_no_credit(hers, shop, role, email, may, django_user_model):
    row = issued(hers)
    person = django_user_model.objects.create_user("pat", is_staff=True, email=email)
    if role:
        person.groups.add(Group.objects.create(name=role))
    browser = Client()
    browser.force_login(person)
    page = f"/staff/credit/{row.code}/"
    correct = {"correct-amount": "30", "correct-which": "more", "correct-words": "for all the trouble"}
    spend = {"spend-amount": "5", "spend-key": str(uuid.uuid4())}

    answers = [
        browser.post(f"{page}correct/", {**correct, "correct-key": str(uuid.uuid4())}),
        browser.post(f"{page}spend/", spend),
        browser.post(f"/staff/returns/{Return.objects.get().number}/credit-back/"),
    ]

    moved = list(row.entries.values_list("kind", "amount"))
    wanted = [("issued", 3990), ("corrected", 3000), ("spent", -500), ("back", -3490)]
    assert moved == (wanted if may else wanted[:1])
    assert [answer.status_code for answer in answers] == ([302] * 3 if may else [422, 422, 302])
    assert ("Put it right" in text(browser.get(page))) == (role != "outside")
