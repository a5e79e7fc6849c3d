"""The work before a look-up, in a real browser: done by itself while she types, and read aloud; without script the way
by email stands there."""

import re

import pytest
from playwright.sync_api import expect

from tests import make
from tests.browser.test_withdrawal import PHONE

pytestmark = pytest.mark.django_db(transaction=True)


def as_deployed(route) -> None:
    """The server of tests gives files without the portal's headers, and a browser refuses such a worker."""
    answer = route.fetch()
    route.fulfill(response=answer, headers={**answer.headers, "Cross-Origin-Embedder-Policy": "require-corp"})


def look_up(page, number: str, proof: str) -> None:
    page.get_by_label("Order number").fill(number)
    page.get_by_label("Email or postcode").fill(proof)
    page.get_by_role("button", name="Find my order").click()


@pytest.fixture
def order(shop):
    return make.make_order(shop)


def test_after_three_misses_the_browser_works_by_itself_and_she_finds_her_order(order, page_at):
    page = page_at(PHONE)
    page.context.route("**/js/puzzle*.js", as_deployed)
    page.goto("/")
    for n in range(3):
        expect(page.locator("[data-puzzle]")).to_have_count(0)
        look_up(page, f"NONE-{n}", "00000")

    expect(page.locator("[data-puzzle] [role=status]")).to_have_text("The check is done.", timeout=30_000)
    look_up(page, order.number, "10115")

    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Your parcel arrived"))
    assert page.complaints + page.foreign == []


def test_without_script_nothing_is_looked_up_and_the_way_by_email_stands_there(order, page_at):
    page = page_at(PHONE, script=False)
    page.goto("/")
    for n in range(3):
        look_up(page, f"NONE-{n}", "00000")

    look_up(page, order.number, "10115")

    expect(page.get_by_role("heading", level=1)).to_have_text("Track, return or get help")
    expect(page.locator("[data-puzzle]").get_by_role("link", name="Get a link by email")).to_be_visible()
