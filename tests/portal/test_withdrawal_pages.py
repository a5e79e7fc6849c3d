"""The function of withdrawal as a visitor meets it: two steps, fixed words, and a statement that is never lost."""

import re
from datetime import timedelta
from html import unescape

import pytest
from babel.messages.pofile import read_po
from django.conf import settings as configured
from django.core import mail
from django.test import Client
from django.utils import timezone

from customers.models import Entry
from notices import outbox
from notices.models import Letter
from portal import words
from portal.background import catch_up
from portal.customer import access, limits
from portal.models import RateBucket
from returns import withdrawals
from returns.models import Return, Withdrawal
from returns.policy import law
from tests import make

pytestmark = pytest.mark.django_db

TYPED = {"name": "Ada Example", "contract": "A lamp, on 3 November", "email": "ada@example.com", "scope": "whole"}
FIXED = {
    "en": ("Withdraw from contract here", "Confirm withdrawal"),
    "de": ("Vertrag widerrufen", "Widerruf bestätigen"),
    "el": ("Πατήστε εδώ για υπαναχώρηση", "Επιβεβαίωση υπαναχώρησης"),
    "vi": ("Hủy hợp đồng tại đây", "Xác nhận hủy hợp đồng"),
}


def page(response) -> str:
    return response.content.decode()


def seen(response) -> str:
    """What a person reads, in one line."""
    text = re.sub(r"<(script|style|head)\b.*?</\1>|<br>|<[^>]+>", " ", page(response), flags=re.S)
    return " ".join(unescape(text).split())


def answers_in(response) -> str:
    return re.search(r'name="answers" value="([^"]+)"', page(response))[1]


def open_at(browser: Client, order, level: int) -> None:
    browser.get("/")  # as any visit begins: the cookies are there
    now = int(timezone.now().timestamp())
    session = browser.session
    session["orders"] = {**session.get("orders", {}), str(order.pk): [level, now, now]}
    session.save()


def fill_in(browser: Client, **facts):
    """W01 to W02, as a browser that keeps cookies does it."""
    first = browser.get("/withdraw/")
    nonce = re.search(r'name="nonce" value="([^"]+)"', page(first))[1]
    return browser.post("/withdraw/", {**TYPED, "nonce": nonce, **facts}, follow=True)


def state_it(browser: Client, **facts):
    second = fill_in(browser, **facts)
    return browser.post("/withdraw/confirm/", {"answers": answers_in(second)}, follow=True)


# Fixed words


def test_the_words_of_both_functions_are_those_of_the_law_and_stand_in_no_catalogue():
    assert {code: (words.FIXED["withdraw"][code], words.FIXED["confirm"][code]) for code in FIXED} == FIXED
    for language in FIXED:
        with (configured.BASE_DIR / f"locale/{language}/LC_MESSAGES/django.po").open("rb") as file:
            said = {message.id for message in read_po(file)} | {message.string for message in read_po(file)}
        assert {word for pair in FIXED.values() for word in pair} & said == set()


@pytest.mark.parametrize("language", FIXED)
def test_the_words_stand_alone_on_both_functions(shop, ada, language):
    first_words, second_words = FIXED[language]
    ada.get("/")
    session = ada.session
    session["language"] = language
    session.save()

    first, second = ada.get("/withdraw/"), fill_in(ada)

    assert re.search(r"<h1>(.*?)</h1>", page(first))[1] == first_words
    assert re.findall(r'<a href="/withdraw/">(.*?)</a>', page(ada.get("/contact/"))) == [first_words]
    assert re.findall(r'<button class="button">(.*?)</button>', page(second)) == [second_words]


# Where it stands


def test_it_stands_in_every_foot_and_where_the_order_is(shop, ada):
    order = make.make_order(shop)
    ret = make.make_return(order)
    open_at(ada, order, access.SEEN)
    pages = ["/", "/contact/", f"/o/{order.number_key}/", f"/returns/{ret.number}/", "/withdraw/", "/withdraw/W-NONE/"]

    feet = {path: page(ada.get(path)).partition("<footer")[2].count('href="/withdraw/"') for path in pages}

    assert feet == dict.fromkeys(pages, 1)
    assert f'href="/withdraw/?order={order.number}"' in page(ada.get(f"/o/{order.number_key}/"))
    assert page(ada.get("/")).partition("<footer")[0].count('href="/withdraw/"') == 1


@pytest.mark.parametrize("country", ["GB", "VN", "US"])
def test_it_is_hidden_where_the_order_is_under_other_law(shop, ada, country):
    order = make.make_order(shop, address={**make.ADDRESS, "country": country})
    open_at(ada, order, access.SEEN)

    assert "/withdraw/" not in page(ada.get(f"/o/{order.number_key}/"))
    assert "/withdraw/" in page(ada.get("/"))


def test_a_shop_outside_of_europe_does_not_show_it(ada):
    shop = make.make_shop(country="VN")
    order = make.make_order(shop)
    open_at(ada, order, access.SEEN)

    assert [path for path in ("/", f"/o/{order.number_key}/", "/contact/") if "/withdraw/" in page(ada.get(path))] == []
    assert state_it(ada).status_code == 200  # who gets there all the same is heard


# Step one


def values(response) -> dict[str, str]:
    fields = re.findall(r'<input[^>]*name="(name|contract|email)"[^>]*>', page(response))
    found = {}
    for name in fields:
        tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page(response))[0]
        value = re.search(r'value="([^"]*)"', tag)
        found[name] = unescape(value[1]) if value else ""
    return found


def test_nothing_more_is_asked_than_the_law_asks_and_nothing_is_chosen_for_her(shop, ada):
    first = ada.get("/withdraw/")

    asked = set(re.findall(r'<(?:input|textarea|select)[^>]*name="([^"]+)"', page(first).partition("<footer")[0]))
    assert asked == {"name", "contract", "email", "scope", "items", "nonce"}
    assert values(first) == {"name": "", "contract": "", "email": ""}
    assert "checked" not in page(first)
    assert page(first).partition("<footer")[0].count('class="button"') == 1


@pytest.mark.parametrize(
    ("level", "filled"),
    [
        (0, {"name": "", "contract": "A-77", "email": ""}),
        (access.SEEN, {"name": "", "contract": "A-77", "email": ""}),
        (access.ALL, {"name": "Ada Example", "contract": "A-77", "email": "ada@example.com"}),
    ],
)
def test_only_who_has_proved_more_finds_more_filled_in(shop, ada, level, filled):
    order = make.make_order(shop, number="A-77")
    if level:
        open_at(ada, order, level)

    assert values(ada.get("/withdraw/?order=A-77")) == filled


def test_the_order_that_is_open_is_meant_unless_there_are_more(shop, ada):
    first, second = make.make_order(shop), make.make_order(shop)
    open_at(ada, first, access.ALL)
    one = values(ada.get("/withdraw/"))
    open_at(ada, second, access.ALL)

    assert (one["contract"], values(ada.get("/withdraw/"))["contract"]) == (first.number, "")


def test_of_one_piece_there_is_no_question(shop, ada):
    order = make.make_order(shop)
    open_at(ada, order, access.ALL)

    first = ada.get(f"/withdraw/?order={order.number}")

    assert re.findall('type="(radio|checkbox)"', page(first)) == []
    second = fill_in(ada, contract=order.number, scope="")
    assert "The whole order" in seen(second)


def test_items_of_an_open_order_are_ticked_with_how_many(shop, ada):
    order = make.make_order(shop, lines=[(3, 9000), (1, 1999)])
    shirts = order.lines.first()
    open_at(ada, order, access.SEEN)

    first = ada.get(f"/withdraw/?order={order.number}")
    third = state_it(ada, contract=order.number, scope="", **{"line-1": "on", "quantity-1": "2"})

    assert (page(first).count('type="checkbox"'), "checked" in page(first)) == (2, False)
    row = Withdrawal.objects.get()
    assert (row.items, row.units) == ("Linen shirt, M, blue × 2", {str(shirts.pk): 2})
    assert [(line.order_line, line.requested) for line in row.ret.lines.all()] == [(shirts, 2)]
    assert "Linen shirt, M, blue × 2" in seen(third)


def test_another_number_than_the_open_orders_is_asked_about_anew(shop, ada):
    order = make.make_order(shop)
    open_at(ada, order, access.ALL)

    told = ada.post("/withdraw/", {**TYPED, "contract": "another order", "scope": ""})

    assert told.status_code == 422
    assert "Select the whole order or some items" in seen(told)
    assert values(told)["contract"] == "another order"


@pytest.mark.parametrize(
    ("facts", "sentence", "field"),
    [
        ({"name": " "}, "Enter your name", "name"),
        ({"contract": ""}, "Enter your order number, or what you bought", "contract"),
        ({"email": ""}, "Enter an email address, like name@example.com", "email"),
        ({"email": "ada"}, "Enter an email address, like name@example.com", "email"),
        ({"email": "a@b.de\r\nBcc: c@d.de"}, "Enter an email address, like name@example.com", "email"),
        ({"email": "a" * 250 + "@example.com"}, "Enter an email address, like name@example.com", "email"),
        ({"name": "A" * 100_000}, "Your name must have 200 letters or fewer", "name"),
        ({"contract": "A" * 501}, "Say it in 500 letters or fewer – the order number is enough", "contract"),
        ({"scope": ""}, "Select the whole order or some items", "scope_0"),
        ({"scope": "some"}, "Enter which items", "items"),
        ({"items": "x" * 2001, "scope": "some"}, "Say it in 2,000 letters or fewer", "items"),
        ({"name": "4111 1111 1111 1111"}, "This looks like a card number. We do not need it – take it out", "name"),
        ({"items": "5555-5555-5555-4444"}, "This looks like a card number. We do not need it – take it out", "items"),
    ],
)
def test_each_error_says_what_to_do_and_keeps_what_was_typed(shop, ada, facts, sentence, field):
    told = ada.post("/withdraw/", {**TYPED, **facts})

    assert told.status_code == 422
    assert re.findall(r'<li><a href="#id_([^"]+)">(.*?)</a>', page(told)) == [(field, sentence)]
    assert f'id="id_{field}"' in page(told)
    assert "<title>Error: " in page(told)
    assert seen(told).count(sentence) == 2
    kept = {**TYPED, **facts}
    assert [name for name in ("name", "contract") if values(told)[name] != kept[name]] == []
    assert Withdrawal.objects.count() == 0


def test_an_order_number_that_looks_like_a_card_is_an_order_number(shop, ada):
    make.make_order(shop, number="4111111111111111")

    assert fill_in(ada, contract="4111111111111111").status_code == 200


@pytest.mark.parametrize("wrong", ["0", "4", "-1", "1.5", "many", "9" * 5000])
def test_how_many_is_checked_in_words(shop, ada, wrong):
    order = make.make_order(shop, lines=[(3, 9000), (1, 1999)])
    open_at(ada, order, access.SEEN)

    told = ada.post(
        "/withdraw/", {**TYPED, "scope": "some", "contract": order.number, "line-1": "on", "quantity-1": wrong}
    )

    assert told.status_code == 422
    assert re.search("There are 3 of these – enter 1 to 3|Enter how many, in digits", seen(told))


def test_all_of_it_is_all_of_it_whatever_is_ticked_beside(shop, ada):
    order = make.make_order(shop, lines=[(3, 9000), (1, 1999)])
    open_at(ada, order, access.SEEN)

    state_it(ada, contract=order.number, scope="whole", **{"line-2": "on"})

    row = Withdrawal.objects.get()
    assert (row.items, row.units, row.ret.lines.count()) == ("", {}, 2)


def test_what_was_paid_back_already_can_still_be_spoken_of(shop, ada):
    order = make.make_order(shop)
    order.lines.update(returning=1)
    open_at(ada, order, access.ALL)

    assert state_it(ada, contract=order.number).status_code == 200
    assert Withdrawal.objects.get().order == order


# Step two


def test_step_two_shows_exactly_what_is_kept(shop, ada):
    second = fill_in(ada, scope="some", items="the lamp\nand its shade")
    ada.post("/withdraw/confirm/", {"answers": answers_in(second)})

    shown = seen(second)
    for line in Withdrawal.objects.get().text.splitlines():
        label, _, said = line.rpartition(": ")
        assert (label in shown, said in shown) == (True, True)
    assert Withdrawal.objects.get().items == "the lamp\nand its shade"


def test_nothing_is_kept_before_she_confirms(shop, ada):
    fill_in(ada)

    assert (Withdrawal.objects.count(), Entry.objects.count(), Letter.objects.count()) == (0, 0, 0)


def test_change_leads_back_with_every_answer(shop, ada):
    order = make.make_order(shop, lines=[(3, 9000), (1, 1999)])
    open_at(ada, order, access.SEEN)
    facts = {"contract": order.number, "scope": "some", "line-1": "on", "quantity-1": "2"}

    second = fill_in(ada, **facts)
    first = ada.get(re.search(r'href="(/withdraw/)#id_name"', page(second))[1])

    assert values(first) == {"name": "Ada Example", "contract": order.number, "email": "ada@example.com"}
    assert re.findall(r'name="(line-\d)"[^>]*checked', page(first)) == ["line-1"]
    assert 'name="quantity-1" value="2"' in page(first)
    assert page(first).count("checked") == 2  # and "some items"


def test_the_answers_are_forgotten_after_half_an_hour(shop, ada):
    fill_in(ada)
    session = ada.session
    session["withdrawal"] = [session["withdrawal"][0] - access.IDLE - 1, session["withdrawal"][1]]
    session.save()

    assert values(ada.get("/withdraw/"))["name"] == ""
    assert ada.get("/withdraw/check/")["Location"] == "/withdraw/"


def test_a_look_changes_nothing(shop, ada):
    fill_in(ada)

    told = [ada.get(path).status_code for path in ("/withdraw/", "/withdraw/check/", "/withdraw/confirm/")]

    assert (told, Withdrawal.objects.count()) == ([200, 200, 405], 0)


# Confirmed


def test_the_receipt_shows_the_statement_with_its_second_and_what_happens_next(shop, ada):
    third = state_it(ada)

    row = Withdrawal.objects.get()
    local = row.received_at.astimezone(shop.zone)
    said = seen(third)
    assert third.redirect_chain == [(f"/withdraw/{row.number}/", 302)]
    assert f"at {local:%H:%M:%S} (Central European" in said
    assert [line for line in row.text.splitlines() if " ".join(line.split()) not in said] == []
    day = shop.today(row.received_at)
    by = words_of_day(day + timedelta(days=14))
    assert f"Send the items back by {words_of_day(law.send_back_due('DE', day))}." in said
    assert f"You get all your money back, with the normal delivery cost, by {by}." in said
    assert row.number in said


def words_of_day(day) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def test_pressed_twice_loaded_again_and_gone_back_it_is_one_statement(shop, ada):
    second = fill_in(ada)
    signed = answers_in(second)

    ways = [
        ada.post("/withdraw/confirm/", {"answers": signed}),
        ada.post("/withdraw/confirm/", {"answers": signed}),
        ada.get("/withdraw/check/"),
    ]

    row = Withdrawal.objects.get()
    assert {response["Location"] for response in ways} == {f"/withdraw/{row.number}/"}


def test_the_same_answers_given_again_in_the_same_form_are_the_same_statement(shop, ada):
    nonce = "2b1f6f0e-6a52-4d8c-9a53-0d5f7f3f2b11"
    for _ in range(2):
        state_it(ada, nonce=nonce)
    assert Withdrawal.objects.count() == 1

    state_it(ada, nonce=nonce, contract="Another lamp")

    assert Withdrawal.objects.count() == 2


@pytest.mark.parametrize("nonce", ["", "not a number", "x" * 5000])
def test_a_form_without_its_number_is_heard_all_the_same(shop, ada, nonce):
    state_it(ada, nonce=nonce)

    assert Withdrawal.objects.count() == 1


def test_the_statement_stands_and_is_shown_when_everything_after_it_fails(shop, ada, monkeypatch):
    order = make.make_order(shop)
    open_at(ada, order, access.ALL)
    monkeypatch.setattr(withdrawals, "open_case", lambda *_: 1 / 0)

    third = state_it(ada, contract=order.number)

    assert (third.status_code, "We have received your withdrawal" in seen(third)) == (200, True)
    assert (Withdrawal.objects.get().failed_opens, order.returns.count()) == (1, 0)
    monkeypatch.undo()
    withdrawals.open_cases()
    assert order.returns.count() == 1


def test_while_the_mail_server_is_down_the_receipt_is_true(shop, ada, monkeypatch):
    down = lambda *_: (_ for _ in ()).throw(ConnectionRefusedError)  # noqa: E731
    with monkeypatch.context() as patch:
        patch.setattr(outbox.EmailMultiAlternatives, "send", down)
        third = state_it(ada)
        catch_up(rounds=2)
        before = seen(ada.get(third.redirect_chain[0][0]))
    Letter.objects.update(send_after=timezone.now())
    catch_up(rounds=2)
    after = seen(ada.get(third.redirect_chain[0][0]))

    assert "We are sending you the full text, to ada@example.com." in before
    assert "We have sent you the full text, to ada@example.com." in after
    assert len(mail.outbox) == 1


def test_with_the_order_open_the_receipt_leads_to_the_label_and_names_the_sum(shop, ada):
    order = make.make_order(shop, lines=[(1, 4990), (1, 2990)], delivery_paid=990, delivery_standard=490)
    open_at(ada, order, access.SEEN)

    third = state_it(ada, contract=order.number)

    ret = order.returns.get()
    assert f'href="/returns/{ret.number}/">Get a label or code</a>' in page(third)
    assert "€84.70" in seen(third)
    assert ada.get(f"/returns/{ret.number}/").status_code == 200


def test_kinder_terms_show_on_the_receipt_of_a_known_order(shop, ada):
    shop.terms.update(numbers={"return_carrier": "sandbox", "send_back_days": 30})
    order = make.make_order(shop)
    open_at(ada, order, access.SEEN)

    third = state_it(ada, contract=order.number)

    assert f"Send the items back by {words_of_day(shop.today() + timedelta(days=30))}." in seen(third)


# What a stranger learns


def without_marks(text: str) -> str:
    text = re.sub(r'value="[^"]{30,}"|W-[0-9A-Z]{8}|\d\d:\d\d:\d\d', "", text)
    return re.sub(r"A-00[12]", "", text)


def test_a_stranger_learns_nothing_of_whether_there_is_such_an_order(shop, ada, bob):
    make.make_order(shop, number="A-001")

    hers, his = state_it(ada, contract="A-001"), state_it(bob, contract="A-002")

    assert without_marks(page(hers)) == without_marks(page(his))
    assert Return.objects.count() == 0  # looked for afterwards, so that the time tells nothing
    catch_up(rounds=2)
    again = [page(browser.get(said.redirect_chain[0][0])) for browser, said in ((ada, hers), (bob, his))]
    assert Return.objects.count() == 1
    assert without_marks(again[0]) == without_marks(again[1])


def test_only_the_browser_that_stated_it_sees_the_receipt(shop, ada, bob):
    state_it(ada)
    row = Withdrawal.objects.get()

    theirs = [ada.get(f"/withdraw/{row.number}/"), ada.get(f"/withdraw/{row.number}/confirmation.pdf")]
    his = [bob.get(f"/withdraw/{row.number}/"), bob.get(f"/withdraw/{row.number}/confirmation.pdf")]

    assert [response.status_code for response in theirs + his] == [200, 200, 404, 404]
    assert (theirs[1]["Content-Type"], theirs[1].content[:5]) == ("application/pdf", b"%PDF-")
    assert ("Ada" in page(his[0]), "This page is closed" in page(his[0])) == (False, True)


def test_the_receipt_closes_half_an_hour_after_the_last_look(shop, ada):
    state_it(ada)
    row = Withdrawal.objects.get()

    def after(seconds: int) -> int:
        session = ada.session
        session["withdrawals"] = {row.number: session["withdrawals"][row.number] - seconds}
        session.save()
        return ada.get(f"/withdraw/{row.number}/").status_code

    assert [after(access.IDLE - 5), after(access.IDLE - 5), after(access.IDLE + 1)] == [200, 200, 404]


# Without cookies, and from elsewhere


class Forgetful(Client):
    """A browser that keeps no cookies, met by the checks of a real server."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True)

    def request(self, **request):
        self.cookies.clear()
        return super().request(**request)


def test_without_cookies_it_works_from_the_first_page_to_the_receipt(shop):
    order = make.make_order(shop)
    browser = Forgetful()

    nonce = re.search(r'name="nonce" value="([^"]+)"', page(browser.get("/withdraw/")))[1]
    second = browser.post("/withdraw/", {**TYPED, "contract": order.number, "nonce": nonce})
    first = browser.post("/withdraw/", {"answers": answers_in(second)})
    third = browser.post("/withdraw/confirm/", {"answers": answers_in(second)})

    assert [second.status_code, first.status_code, third.status_code] == [200, 200, 200]
    assert values(first) == {"name": "Ada Example", "contract": order.number, "email": "ada@example.com"}
    row = Withdrawal.objects.get()
    assert [line for line in row.text.splitlines() if " ".join(line.split()) not in seen(third)] == []
    assert ("confirmation.pdf" in page(third), "You can print or save this page now." in seen(third)) == (False, True)
    assert browser.post("/withdraw/confirm/", {"answers": answers_in(second)}).status_code == 200
    assert Withdrawal.objects.count() == 1
    catch_up(rounds=2)
    assert order.returns.count() == 1


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
def test_what_another_site_makes_her_send_opens_no_order_of_hers(shop, ada, bob, origin):
    order = make.make_order(shop)
    open_at(ada, order, access.ALL)
    theirs = {"contract": order.number, "email": "mallory@evil.example", "name": "Mallory"}
    signed = answers_in(fill_in(bob, **theirs))

    told = ada.post("/withdraw/confirm/", {"answers": signed}, headers={"Origin": origin})
    catch_up(rounds=2)

    assert (told.status_code, order.returns.count(), Withdrawal.objects.get().order) == (200, 0, None)
    assert "withdrawals" not in ada.session
    ada.post(
        "/withdraw/confirm/", {"answers": answers_in(fill_in(ada, **theirs))}, headers={"Origin": "http://testserver"}
    )
    assert order.returns.count() == 1  # her own form does


@pytest.mark.parametrize("forged", ["", "x", "eyJuYW1lIjoiTWFsbG9yeSJ9:1abcde:xxxxxxxx"])
def test_answers_that_we_did_not_sign_are_no_statement(shop, ada, forged):
    ada.get("/")

    told = ada.post("/withdraw/confirm/", {"answers": forged})

    assert (told["Location"], Withdrawal.objects.count()) == ("/withdraw/", 0)


def test_a_form_that_lay_open_for_a_week_is_heard(shop, ada, monkeypatch):
    import time

    signed = answers_in(fill_in(ada))
    ada.cookies.clear()
    later = time.time() + 7 * 24 * 3600
    monkeypatch.setattr(time, "time", lambda: later)

    assert Client().post("/withdraw/confirm/", {"answers": signed}).status_code == 200
    assert Withdrawal.objects.count() == 1


def test_an_order_whose_visit_has_ended_is_found_by_its_email(shop, ada):
    order = make.make_order(shop)
    open_at(ada, order, access.ALL)
    signed = answers_in(fill_in(ada, contract=order.number, scope=""))
    session = ada.session
    del session["orders"]
    session.save()

    third = ada.post("/withdraw/confirm/", {"answers": signed}, follow=True)

    assert "Get a label" not in page(third)
    catch_up(rounds=2)
    assert Withdrawal.objects.get().ret == order.returns.get()


# Limits


def test_a_network_is_stopped_far_above_what_people_do_and_told_another_way(shop):
    browser = Client(REMOTE_ADDR="8.8.8.8")
    signed = [answers_in(fill_in(browser, contract=f"Order {n}")) for n in range(61)]

    told = [browser.post("/withdraw/confirm/", {"answers": each}).status_code for each in signed]

    assert (told, Withdrawal.objects.count()) == ([302] * 60 + [429], 60)
    page_ = browser.post("/withdraw/confirm/", {"answers": signed[60]})
    assert "You can write the same words to help@example.com. That counts, too." in seen(page_)
    assert browser.post("/withdraw/confirm/", {"answers": signed[0]}).status_code == 302
    other = Client(REMOTE_ADDR="8.8.4.4")
    assert other.post("/withdraw/confirm/", {"answers": signed[60]}).status_code == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "192.168.1.1", "", "unix:", "::1", "::ffff:10.0.0.7"])
def test_behind_a_proxy_that_nobody_named_nobody_is_stopped(shop, address):
    browser = Client(REMOTE_ADDR=address)
    limits.claim("withdrawals", limits.network(address), ((1, 3600), (1, 86400)))
    RateBucket.objects.update(count=1000)

    assert state_it(browser).status_code == 200
    assert Withdrawal.objects.count() == 1


# Languages


@pytest.mark.parametrize("language", FIXED)
def test_the_statement_its_receipt_and_its_letter_are_in_her_language(shop, ada, language):
    ada.get("/")
    session = ada.session
    session["language"] = language
    session.save()

    third = state_it(ada)
    catch_up(rounds=2)

    row, letter = Withdrawal.objects.get(), Letter.objects.get()
    assert (row.language, letter.language) == (language, language)
    assert " ".join(row.text.splitlines()[0].split()) in seen(third)
    assert (f'lang="{language}"' in page(third), letter.to) == (True, "ada@example.com")


# The pages of its case


@pytest.fixture
def withdrawn(shop, ada):
    order = make.make_order(shop, lines=[(1, 4990)], delivery_paid=990, delivery_standard=490)
    open_at(ada, order, access.ALL)
    state_it(ada, contract=order.number)
    return order.returns.get()


def test_its_own_pages_say_when_the_money_comes_and_never_accepted(shop, ada, withdrawn):
    paths = [f"/returns/{withdrawn.number}/", f"/o/{withdrawn.order.number_key}/money/"]
    before = [seen(ada.get(path)) for path in paths]
    Return.objects.filter(pk=withdrawn.pk).update(proof_at=timezone.now())
    after = [seen(ada.get(path)) for path in paths]

    by = words_of_day(shop.today() + timedelta(days=14))
    assert ["as soon as we have the items, or your proof that you sent them." in said for said in before] == [
        True,
        True,
    ]
    assert [f"You get your money back by {by} at the latest." in said for said in after] == [True, True]
    assert "We have received your withdrawal" in before[0]
    assert [word for word in ("accepted", "I changed my mind") if word in "".join(before + after)] == []


def test_a_return_that_is_none_says_nothing_of_the_law(shop, ada):
    ret = make.make_return(make.make_order(shop, delivered=shop.today() - timedelta(days=20)), state="approved")
    open_at(ada, ret.order, access.ALL)

    follow = seen(ada.get(f"/returns/{ret.number}/"))

    assert ("You get your money back" in follow, "Your return is accepted" in follow) == (False, True)


def test_done_for_a_caller_it_is_marked_and_forgotten_when_the_call_is_over(shop, sam):
    order = make.make_order(shop, language="de")
    sam.post(f"/staff/orders/{order.number_key}/assist/")
    sam.get("/")

    third = state_it(sam, contract=order.number, scope="")
    row = Withdrawal.objects.get()
    sam.post("/staff/assist/end/")

    assert (third.status_code, row.by, row.language, row.ret.started_by) == (200, "staff:sam", "de", "staff:sam")
    assert sam.get(f"/withdraw/{row.number}/").status_code == 404
