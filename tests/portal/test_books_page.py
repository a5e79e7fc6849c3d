"""The books page: who sees it, what it says, and tables that no spreadsheet takes for formulas."""

import csv
import io

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from portal.tables import cell, decimals
from returns import actions, money
from returns.models import BookDay, Refund
from tests import make

pytestmark = pytest.mark.django_db
PAGES = ("/staff/books/", "/staff/books/days.csv", "/staff/books/leaks.csv")


def day(shop, **facts) -> BookDay:
    return BookDay.objects.create(
        **{"shop": shop, "day": shop.today(), "currency": "EUR", "ours": 3990, "ours_count": 1, **facts}
    )


def table(response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_who_has_no_money_rights_does_not_find_it(shop, sam, django_user_model):
    django_user_model.objects.get(username="sam").groups.add(Group.objects.create(name="outside"))

    assert [sam.get(page).status_code for page in PAGES] == [404, 404, 404]
    assert "/staff/books/" not in sam.get("/staff/").content.decode()


def test_the_page_says_that_the_books_agree(shop, sam):
    day(shop, theirs=3990, theirs_count=1)

    page = sam.get("/staff/books/").content.decode()

    assert "The books agree." in page
    assert "/staff/books/" in sam.get("/staff/").content.decode()


def test_a_difference_stands_first_with_a_link_to_its_case(shop, sam):
    ret = make.make_return(make.make_order(shop))
    day(shop, differences=[{"why": "ours_only", "number": ret.number, "provider_id": "re_1", "ours": 3990}])

    page = sam.get("/staff/books/").content.decode()

    assert "The books do not agree." in page
    assert f'<a href="/staff/returns/{ret.number}/" class="mono">' in page
    assert "+€39.90" in page


def test_the_days_as_a_table(shop, sam):
    differs = {"why": "ours_only", "number": "R-X", "refund": "u", "provider_id": "=1+1", "ours": 3990}
    day(shop, elsewhere=500, elsewhere_count=1, differences=[differs])

    head, whole, one = table(sam.get("/staff/books/days.csv"))

    assert whole[:9] == [shop.today().isoformat(), "EUR", "39.90", "1", "0.00", "0", "39.90", "5.00", "1"]
    assert dict(zip(head, one, strict=True))["provider_id"] == "'=1+1"
    assert one[-2:] == ["39.90", "0.00"]


def test_leaks_as_a_table_name_no_customer(shop, sam):
    ret = make.make_return(make.make_order(shop), state="settling")
    actions.concede(ret, amount=500, words="for Ada", by="staff:=cmd")

    head, row = table(sam.get("/staff/books/leaks.csv"))

    told = dict(zip(head, row, strict=True))
    assert (told["what"], told["by"], told["case"], told["amount"]) == ("goodwill", "staff:=cmd", ret.number, "5.00")
    assert "Ada" not in str(row)
    assert "example.com" not in str(row)


def test_the_page_asks_as_often_for_three_as_for_one(shop, sam, django_assert_max_num_queries):
    def queries(cases: int) -> int:
        for _ in range(cases):
            ret = make.make_return(make.make_order(shop), state="settling")
            actions.concede(ret, amount=100, words="a word", by="staff:sam")
            paid = make.make_return(make.make_order(shop), state="settling")
            money.propose(paid)
            Refund.objects.filter(ret=paid).update(state="succeeded", settled_at=timezone.now())
        with django_assert_max_num_queries(60) as asked:
            sam.get("/staff/books/")
        return len(asked)

    assert queries(1) == queries(2)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_text_that_looks_like_a_formula_is_text(text):
    assert cell(text) == f"'{text}"


def test_sums_stay_numbers_below_nothing_too():
    assert [cell(decimals(amount, code)) for amount, code in ((-3990, "EUR"), (500, "JPY"), (-1, "KWD"))] == [
        "-39.90",
        "500",
        "-0.001",
    ]


def test_a_stranger_is_led_to_the_door(shop):
    assert [Client().get(page).status_code for page in PAGES] == [302, 302, 302]
