"""The function of withdrawal on a phone: three pages, three taps, nothing to type; by keyboard, without script."""

import pytest
from playwright.sync_api import expect

from notices import outbox
from portal import words
from portal.customer import access
from returns.models import Withdrawal
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = 360
LOCALES = {"en": "en-GB", "de": "de-DE", "el": "el-GR", "vi": "vi-VN"}
RECEIVED = {
    "en": "We have received your withdrawal",
    "de": "Wir haben Ihren Widerruf erhalten",
    "el": "Λάβαμε την υπαναχώρησή σας",
    "vi": "Chúng tôi đã nhận thông báo hủy hợp đồng của bạn",
}


@pytest.fixture(autouse=True)
def at_this_address(settings, live_server):
    settings.SITE_URL = live_server.url


def fits(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def letter_of(order, language: str) -> str:
    """The address in a letter about this order: it opens everything of it."""
    type(order).objects.filter(pk=order.pk).update(language=language)
    facts = {"order": order, "promised": None, "expected": None}
    letter = outbox.write(order.customer, "parcel.late", facts, language=language)
    return access.words_for(letter)["link"]


class Counted:
    """Taps and key strokes, and each page that was acted on."""

    def __init__(self, page) -> None:
        self.page, self.taps, self.pages = page, 0, []

    def tap(self, thing) -> None:
        self.pages.append(self.page.url)
        self.taps += 1
        thing.click()


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("language", words.FIXED["withdraw"])
def test_from_the_order_to_the_receipt_it_is_three_pages_and_three_taps(shop, page_at, language, script):
    order = make.make_order(shop)
    page = page_at(PHONE, script=script, language=LOCALES[language])
    page.goto(letter_of(order, language))
    first, second = words.FIXED["withdraw"][language], words.FIXED["confirm"][language]
    counted = Counted(page)

    counted.tap(page.get_by_role("main").get_by_role("link", name=first, exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text(first)
    assert fits(page)
    counted.tap(page.locator("main button.button"))
    expect(page.locator("main button.button")).to_have_text(second)
    assert fits(page)
    counted.tap(page.get_by_role("button", name=second, exact=True))

    expect(page.get_by_role("heading", level=1)).to_have_text(RECEIVED[language])
    assert fits(page)
    assert (len(set(counted.pages)), counted.taps) == (3, 3)
    row = Withdrawal.objects.get()
    assert (row.order, row.language, row.ret) == (order, language, order.returns.get())
    assert page.foreign + page.complaints == []
    assert len(page.context.cookies()) <= 2


def press_until(page, name: str, most: int = 40) -> int:
    """Tab until the thing with this name has the focus; the outline must be there to be seen."""
    for n in range(most):
        page.keyboard.press("Tab")
        here = page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).textContent")
        if " ".join(here.split()).startswith(name):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return n
    raise AssertionError(f"{name} is not reached by the keyboard")


def test_by_the_keyboard_alone_a_stranger_states_a_part_and_goes_back_to_change_it(shop, page_at):
    page = page_at(320)
    page.goto("/withdraw/")

    press_until(page, "Continue")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your name")).to_be_focused()
    page.keyboard.type("Ada Example")
    page.keyboard.press("Tab")
    page.keyboard.type("A lamp, on 3 November")
    page.keyboard.press("Tab")
    page.keyboard.type("ada@example.com")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Some items")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("the shade")
    press_until(page, "Continue")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check and confirm")
    press_until(page, "Change the contract")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Which items?")).to_have_value("the shade")
    page.get_by_label("Order number").press("End")
    page.keyboard.type(", blue")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check and confirm")
    press_until(page, "Confirm withdrawal")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("We have received your withdrawal")
    row = Withdrawal.objects.get()
    assert (row.contract, row.items) == ("A lamp, on 3 November, blue", "the shade")
    assert fits(page)


@pytest.mark.parametrize("script", [True, False])
def test_pressed_twice_loaded_again_and_gone_back_it_is_one(shop, page_at, script):
    order = make.make_order(shop)
    page = page_at(PHONE, script=script)
    page.goto(letter_of(order, "en"))
    page.get_by_role("main").get_by_role("link", name="Withdraw from contract here").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Confirm withdrawal").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("We have received your withdrawal")

    page.reload()
    page.go_back()
    if page.get_by_role("button", name="Confirm withdrawal").count():
        page.get_by_role("button", name="Confirm withdrawal").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("We have received your withdrawal")
    assert (Withdrawal.objects.count(), order.returns.count()) == (1, 1)


def test_a_browser_that_keeps_no_cookies_gets_through_and_can_change_an_answer(shop, page_at):
    order = make.make_order(shop, lines=[(2, 8000)])
    page = page_at(PHONE, script=False)

    def press(name: str) -> None:
        page.context.clear_cookies()
        page.get_by_role("button", name=name).click()

    page.goto("/withdraw/")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Order number").fill(order.number)
    page.get_by_label("Email").fill("ada@example.com")
    page.get_by_text("The whole order", exact=True).click()
    press("Continue")
    press("Change the name")
    page.get_by_label("Your name").fill("Ada Example")
    press("Continue")
    expect(page.locator(".facts")).to_contain_text("Ada Example")
    press("Confirm withdrawal")

    expect(page.get_by_role("heading", level=1)).to_have_text("We have received your withdrawal")
    expect(page.locator("blockquote")).to_contain_text("Ada Example")
    row = Withdrawal.objects.get()
    assert (row.name, row.contract) == ("Ada Example", order.number)
