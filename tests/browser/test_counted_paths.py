"""The short ways of the design, counted on a phone, in four languages, without script, and by the keyboard alone.

T1 from a letter: changed mind, code: 4 pages, 7 taps, nothing typed. T2 by number, two items, another size:
7, 11, 14. T3 broken, with a photo, kept: 5, 8, 0. T4 "Where is my money?": read, not acted on. T6 is in
test_withdrawal.py.
"""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from notices import outbox
from orders.models import OrderLine
from portal.customer import access
from portal.models import AccessToken
from returns import money
from returns.models import Return
from tests import make
from tests.browser.hands import Finger, Keyboard
from tests.browser.test_withdrawal import LOCALES, PHONE, fits, letter_of

pytestmark = pytest.mark.django_db(transaction=True)
EACH = [("en", True), ("de", True), ("el", True), ("vi", True), ("en", False), ("vi", False)]
WAYS = pytest.mark.parametrize(("language", "script"), EACH)


@pytest.fixture(autouse=True)
def at_this_address(settings, live_server):
    settings.SITE_URL = live_server.url


def sized(order) -> None:
    OrderLine.objects.filter(order=order).update(variant=make.make_variant(order.shop, "M"))
    make.make_variant(order.shop, "L", size="L")


def ends_on(page, language: str, path: str) -> None:
    """Of one return, in her language, with nothing from elsewhere."""
    expect(page.locator("main .reference")).to_be_visible()
    assert path in page.url
    assert page.locator("html").get_attribute("lang") == language
    assert fits(page)
    assert page.foreign + page.complaints == []


def t1(hand, shop, language: str) -> None:
    order = make.make_order(shop)
    sized(order)
    link = letter_of(order, language)
    AccessToken.objects.update(path=f"/o/{order.number_key}/return/")
    hand.page.goto(link)

    hand.choose("changed_mind")
    hand.choose("money")
    hand.choose("code")
    hand.go_on()

    ends_on(hand.page, language, "/returns/R-")
    ret = Return.objects.get()
    assert (ret.withdrawn_at is not None, ret.way, ret.language) == (True, "code", language)


def t2(hand, shop, language: str) -> None:
    order = make.make_order(shop, number="4K7P92TD3", lines=[(1, 3990), (1, 1000)])
    sized(order)
    hand.page.goto("/")

    hand.type("number", "4K7P92TD3")
    hand.type("proof", "10115")
    hand.go_on()
    hand.press("form[action$='/return/'] button")
    hand.tick("line-1")
    hand.choose("wrong_size")
    hand.choose("L")
    hand.choose("code")
    hand.go_on()

    ends_on(hand.page, language, "/returns/R-")
    line = Return.objects.get().lines.get()
    assert (line.wish, line.swap.size, line.held) == ("swap", "L", 1)


def t3(hand, shop, language: str, photo) -> None:
    order = make.make_order(shop, lines=[(1, 8000)])
    hand.page.goto(letter_of(order, language))

    hand.press("form[action$='/return/'] button")
    hand.choose("damaged")
    hand.add("photo", photo)
    hand.choose("reduction")
    hand.go_on()

    ends_on(hand.page, language, "/returns/R-")
    line = Return.objects.get().lines.get()
    assert (line.wish, line.kept, Return.objects.get().parcels.count()) == ("reduction", 1, 0)


@pytest.fixture
def photo(tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(make.picture())
    return broken


@WAYS
def test_t1_from_a_letter_changed_mind_code_is_four_pages_and_seven_taps(shop, page_at, language, script):
    finger = Finger(page_at(PHONE, script=script, language=LOCALES[language]))

    t1(finger, shop, language)

    assert finger.counted == (4, 7, 0)


@WAYS
def test_t2_by_number_another_size_is_seven_pages_eleven_taps_and_fourteen_keys(shop, page_at, language, script):
    finger = Finger(page_at(PHONE, script=script, language=LOCALES[language]))

    t2(finger, shop, language)

    assert finger.counted == (7, 11, 14)


@WAYS
def test_t3_broken_photo_keep_it_is_five_pages_and_eight_taps(shop, page_at, language, script, photo):
    finger = Finger(page_at(PHONE, script=script, language=LOCALES[language]))

    t3(finger, shop, language, photo)

    assert finger.counted == (5, 8, 0)


@pytest.mark.parametrize("language", LOCALES)
def test_t4_the_letter_of_a_refund_opens_the_answer(shop, page_at, language):
    order = make.make_order(shop)
    type(order).objects.update(language=language)
    ret = make.make_return(order, state="settling")
    (refund,) = money.propose(ret)
    type(refund).objects.update(state="succeeded", settled_at=timezone.now(), counted=True)
    facts = {"order": order, "ret": ret, "refund": make.fresh(refund), "sent_on": shop.today(), "seen_by": shop.today()}
    letter = outbox.write(order.customer, "refund.succeeded", facts, language=language)
    page = page_at(PHONE, language=LOCALES[language])

    page.goto(access.words_for(letter)["link"])

    assert page.url.endswith(f"/o/{order.number_key}/money/")
    assert "39" in page.locator("main").inner_text()
    assert page.locator("html").get_attribute("lang") == language
    assert fits(page)


@pytest.mark.parametrize(("journey", "language"), [(t1, "de"), (t2, "el"), (t3, "vi")], ids=["t1", "t2", "t3"])
def test_by_the_keyboard_alone(shop, page_at, journey, language, photo):
    keyboard = Keyboard(page_at(1280, language=LOCALES[language]))

    journey(keyboard, shop, language, *([photo] if journey is t3 else []))

    assert Return.objects.count() == 1


def test_the_keyboard_notices_what_it_cannot_reach(shop, page_at):
    keyboard = Keyboard(page_at(1280))
    keyboard.page.goto("/")
    keyboard.page.evaluate("document.querySelector('main button').tabIndex = -1")

    with pytest.raises(AssertionError, match="is not reached by the keyboard"):
        keyboard.go_on()
