"""No order number, an old link, another device: a letter leads in, once, by a button; and tells strangers nothing."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notices import outbox
from notices.models import Letter
from portal.background import catch_up
from portal.customer import access, asks
from portal.models import AccessToken, Ask
from tests import make
from tests.portal.test_access import ADDRESS, TOKEN, ask_code, letter_link, open_
from tests.portal.visitors import address

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def orders(shop):
    """Three orders of Ada's, and one of Bob's."""
    mine = [make.make_order(shop, email="ada@example.com", address=ADDRESS, delivered=None) for _ in range(3)]
    return [*mine, make.make_order(shop, email="bob@example.com", delivered=None)]


def send() -> None:
    asks.answer_asks()
    Letter.objects.update(send_after=timezone.now())
    outbox.send_next_letters(access.words_for)


def link_for(email: str = "ada@example.com") -> str:
    """The link of the letter that comes when she asks for her orders."""
    mail.outbox.clear()
    Client().post("/find/", {"email": email})
    send()
    return link_in(mail.outbox[-1].body)


def link_in(body: str) -> str:
    return re.search(r"http://127\.0\.0\.1:8000(/in/\S+)", body)[1]


def opened(browser: Client, orders) -> list[int]:
    """At which level each order is open: 0 not at all."""
    pages = [browser.get(f"/o/{order.number_key}/") for order in orders]
    return [2 if b"Canarystreet" in page.content else 1 if page.status_code == 200 else 0 for page in pages]


# The list of her orders


def test_one_link_opens_all_her_orders_and_nobody_elses(orders, ada):
    link = link_for()
    page = ada.post(link, follow=True)

    assert mail.outbox[0].to == ["ada@example.com"]
    assert [order.number in mail.outbox[0].body for order in orders] == [True, True, True, False]
    assert (page.redirect_chain, "Your orders and returns" in page.content.decode()) == ([("/", 303)], True)
    assert opened(ada, orders) == [2, 2, 2, 0]


def test_looking_at_the_link_uses_nothing_up(orders, ada):
    link = link_for()

    told = [Client().get(link).status_code for _ in range(5)] + [Client().head(link).status_code]

    assert told == [200] * 6
    assert ada.post(link).status_code == 303


def test_the_link_works_once(orders, ada, bob):
    link = link_for()

    told = [browser.post(link).status_code for browser in (ada, bob)]

    assert told == [303, 410]
    assert opened(bob, orders) == [0, 0, 0, 0]
    assert bob.get(link).status_code == 410


@pytest.mark.parametrize(("seconds", "status"), [(599, 303), (601, 410)])
def test_the_link_lives_for_ten_minutes_from_when_it_left(orders, seconds, status):
    with time_machine.travel(NOON, tick=False) as clock:
        Client().post("/find/", {"email": "ada@example.com"})
        asks.answer_asks()
        clock.shift(timedelta(hours=1))
        outbox.send_next_letters(access.words_for)

        clock.shift(timedelta(seconds=seconds))

        assert Client().post(link_in(mail.outbox[-1].body)).status_code == status


def test_the_answer_leaks_nothing_to_the_next_page(orders, ada):
    response = ada.post(link_for())

    assert (response["Location"], response["Referrer-Policy"]) == ("/", "no-referrer")


def asked(email: str):
    browser = Client()
    browser.get("/find/")
    with CaptureQueriesContext(connection) as queries:
        response = browser.post("/find/", {"email": email}, REMOTE_ADDR=address(1))
    page = browser.get(response["Location"])
    headers = {name: value for name, value in response.headers.items() if name != "Set-Cookie"}
    return response.status_code, headers, TOKEN.sub(b"", page.content), len(queries)


def test_a_known_address_an_unknown_one_and_one_that_asked_too_often_are_one_answer(orders):
    make.make_order(orders[0].shop, email="often@example.com", delivered=None)
    for _ in range(5):
        Client().post("/find/", {"email": "ada@example.com"}, REMOTE_ADDR=address(1))
    asks.answer_asks()

    told = [asked(email) for email in ("often@example.com", "nobody@example.com", "ada@example.com")]

    assert told == [told[0]] * 3
    assert told[0][0] == 302


def test_nothing_is_written_before_the_answer(orders):
    Client().post("/find/", {"email": "ada@example.com"})

    assert (Ask.objects.count(), Letter.objects.count()) == (1, 0)
    asks.answer_asks()
    assert (Ask.objects.count(), Letter.objects.count()) == (0, 1)


def test_a_stranger_is_not_written_to_and_not_remembered(orders):
    Client().post("/find/", {"email": "nobody@example.com"})
    catch_up(rounds=2)

    assert (Ask.objects.count(), Letter.objects.count(), len(mail.outbox)) == (0, 0, 0)


def test_a_customer_without_orders_is_not_written_to(orders):
    orders[3].lines.all().delete()
    orders[3].payments.all().delete()
    orders[3].delete()

    Client().post("/find/", {"email": "bob@example.com"})
    asks.answer_asks()

    assert Letter.objects.count() == 0


def test_however_she_types_her_address(orders):
    for typed in ("ADA@Example.com", " ada@example.com "):
        Client().post("/find/", {"email": typed})
    asks.answer_asks()

    assert Letter.objects.count() == 2


def test_at_most_two_letters_an_hour_and_four_a_day(orders):
    with time_machine.travel(NOON, tick=False) as clock:
        told = []
        for _ in range(8):
            for _ in range(5):
                Client().post("/find/", {"email": "ada@example.com"})
            asks.answer_asks()
            told.append(Letter.objects.count())
            clock.shift(timedelta(hours=1, minutes=10))

        assert told == [2, 4, 4, 4, 4, 4, 4, 4]
        clock.shift(timedelta(days=1))
        Client().post("/find/", {"email": "ada@example.com"})
        asks.answer_asks()
        assert Letter.objects.count() == 5


def test_who_asks_for_her_letters_all_day_keeps_no_code_from_her(orders, ada):
    for _ in range(10):
        Client().post("/find/", {"email": "ada@example.com"})
    asks.answer_asks()
    open_(ada, orders[0])

    ada.post(f"/o/{orders[0].number_key}/code/")

    assert list(Letter.objects.order_by("pk").values_list("kind", flat=True)) == [*["access.orders"] * 2, "access.code"]


def test_a_network_that_asks_for_everybody_is_stopped(orders):
    told = [
        Client().post("/find/", {"email": f"{n}@example.com"}, REMOTE_ADDR=address(1)).status_code for n in range(61)
    ]

    assert told == [302] * 60 + [429]
    assert Client().post("/find/", {"email": "x@example.com"}, REMOTE_ADDR=address(2)).status_code == 302


def test_an_ask_that_lay_too_long_is_dropped(orders):
    Client().post("/find/", {"email": "ada@example.com"})
    Ask.objects.update(at=timezone.now() - timedelta(days=2))

    asks.answer_asks()

    assert (Ask.objects.count(), Letter.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("typed", "told"),
    [("", "Enter your email"), ("ada", "Enter an email address like name@example.com"), ("\0", "Enter an email")],
)
def test_what_is_no_address_is_told(shop, ada, typed, told):
    page = ada.post("/find/", {"email": typed})

    assert page.status_code == 422
    assert told in page.content.decode()


@pytest.mark.parametrize("language", ["de", "el", "vi"])
def test_the_letter_is_in_the_language_she_reads(orders, language):
    Client().post("/find/", {"email": "ada@example.com"}, headers={"Accept-Language": language})
    asks.answer_asks()

    assert Letter.objects.get().language == language


def test_a_customer_of_another_shop_is_not_found(orders):
    other = make.make_shop(domain="other.example", name="Other")
    make.make_order(other, email="eve@example.com", delivered=None)

    Client().post("/find/", {"email": "eve@example.com"})
    asks.answer_asks()

    assert Letter.objects.count() == 0


# In place of a link that has ended


def ended_page(link: str, browser: Client):
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        page = browser.get(link)
        return page, re.search(r'name="link" value="([^"]*)"', page.content.decode())[1]


def test_an_ended_link_is_answered_to_the_orders_own_contact(orders, ada):
    page, secret = ended_page(letter_link(orders[0]), ada)
    mail.outbox.clear()
    Letter.objects.all().delete()

    answer = ada.post("/link/new/", {"link": secret})
    send()

    assert (page.status_code, answer["Location"]) == (410, "/find/sent/?link")
    assert mail.outbox[0].to == ["ada@example.com"]
    response = ada.post(link_in(mail.outbox[0].body))
    assert response["Location"] == f"/o/{orders[0].number_key}/"
    assert opened(ada, orders) == [2, 0, 0, 0]


def test_the_new_link_leads_to_where_the_old_one_led(orders, ada):
    ret = make.make_return(orders[0])
    letter_link(orders[0])
    AccessToken.objects.update(path=f"/returns/{ret.number}/")
    _, secret = ended_page(letter_link(orders[1]), ada)
    AccessToken.objects.filter(digest=access.digest_of(secret)).update(path=f"/returns/{ret.number}/")
    mail.outbox.clear()
    Letter.objects.all().delete()

    ada.post("/link/new/", {"link": secret})
    send()

    assert ada.post(link_in(mail.outbox[0].body))["Location"] == f"/returns/{ret.number}/"


def test_a_used_sign_in_link_gives_a_new_one(orders, ada):
    link = link_for()
    ada.post(link)
    mail.outbox.clear()

    ada.post("/link/new/", {"link": link.split("/")[2]})
    send()

    assert [letter.to for letter in mail.outbox] == [["ada@example.com"]]


def test_a_link_that_we_never_sent_gets_the_same_answer_and_no_letter(orders, ada, bob):
    _, secret = ended_page(letter_link(orders[0]), ada)
    Letter.objects.all().delete()

    told = []
    for link in (secret, "never-sent", ""):
        with CaptureQueriesContext(connection) as queries:
            response = bob.post("/link/new/", {"link": link}, REMOTE_ADDR=address(1))
        told.append((response.status_code, response["Location"], len(queries)))
    asks.answer_asks()

    assert told == [told[0]] * 3
    assert Letter.objects.count() == 1
    assert '<a href="/find/">Find my order with my email</a>' in bob.get("/find/sent/?link").content.decode()


@pytest.mark.parametrize(("days", "kept"), [(179, True), (181, False)])
def test_an_ended_link_is_remembered_for_180_days(orders, days, kept):
    letter_link(orders[0])
    token = AccessToken.objects.get()

    with time_machine.travel(token.expires_at + timedelta(days=days)):
        access.forget_old()

    assert AccessToken.objects.exists() is kept


def test_codes_and_sign_in_links_are_forgotten_after_a_week(orders, ada):
    open_(ada, orders[0])
    ask_code(ada, orders[0])

    with time_machine.travel(timezone.now() + timedelta(days=8)):
        access.forget_old()

    assert AccessToken.objects.count() == 0


# The letter with a code


def test_the_letter_with_a_code_opens_its_order_on_another_device(orders, ada, bob):
    open_(ada, orders[0])
    ask_code(ada, orders[0])
    link = link_in(mail.outbox[-1].body)

    response = bob.post(link)

    assert response["Location"] == f"/o/{orders[0].number_key}/"
    assert opened(bob, orders) == [2, 0, 0, 0]


def test_a_link_is_no_code_where_money_is_led(orders, ada, bob):
    """Only what was typed a moment ago opens the page for a bank account."""
    open_(ada, orders[0])
    ask_code(ada, orders[0])
    bob.post(link_in(mail.outbox[-1].body))

    assert "fresh" not in bob.session


def test_a_new_code_ends_the_link_of_the_old_one(orders, ada, bob):
    open_(ada, orders[0])
    ask_code(ada, orders[0])
    old = link_in(mail.outbox[-1].body)
    ask_code(ada, orders[0])

    assert bob.post(old).status_code == 410
    assert bob.post(link_in(mail.outbox[-1].body)).status_code == 303


def test_a_code_that_was_typed_ends_the_link_beside_it(orders, ada, bob):
    open_(ada, orders[0])
    code = ask_code(ada, orders[0])

    ada.post(f"/o/{orders[0].number_key}/code/enter/", {"code": code})

    assert (opened(ada, orders[:1]), bob.post(link_in(mail.outbox[-1].body)).status_code) == ([2], 410)


def test_the_link_of_a_code_ends_with_the_code(orders, ada, bob):
    with time_machine.travel(NOON, tick=False) as clock:
        open_(ada, orders[0])
        ada.post(f"/o/{orders[0].number_key}/code/")
        clock.shift(timedelta(minutes=6))
        outbox.send_next_letters(access.words_for)
        clock.shift(timedelta(minutes=5))

        assert bob.post(link_in(mail.outbox[-1].body)).status_code == 410


def test_no_stored_letter_holds_a_link(orders, ada):
    link_for()

    stored = Letter.objects.get()
    assert "/in/" not in stored.text + stored.html
    assert [token.digest in link_for() for token in AccessToken.objects.all()] == [False]


def test_the_fourth_code_within_an_hour_is_told_not_to_come(orders, ada):
    with time_machine.travel(NOON, tick=False) as clock:
        open_(ada, orders[0])
        for _ in range(3):
            ada.post(f"/o/{orders[0].number_key}/code/")

        page = ada.post(f"/o/{orders[0].number_key}/code/").content.decode()

        assert "We cannot send another code yet" in page
        assert "The next one can leave on Fri\u00a020\u00a0Nov, 14:06." in page  # 13:06 UTC in Berlin
        assert '<a href="/contact/">Talk to a person</a>' in page
        assert Letter.objects.count() == 3
        clock.move_to(datetime(2026, 11, 20, 13, 6, tzinfo=UTC))
        open_(ada, orders[0])
        ada.post(f"/o/{orders[0].number_key}/code/")
        assert Letter.objects.count() == 4
