"""The code of a return opens without a connection, and only while it is good."""

import pytest
from playwright.sync_api import Error, expect

from returns.models import Return
from tests.browser.scenes import SCENES, enter

pytestmark = pytest.mark.django_db(transaction=True)
KEPT = "async (path) => !!(await caches.match(path))"
ALL_KEPT = """async () => (await (await caches.open("return-codes")).keys()).map((one) => new URL(one.url).pathname)"""
ENDED_LONG_AGO = """async (path) => { const cache = await caches.open("return-codes");
  const body = await (await cache.match(path)).text();
  await cache.put(path, new Response(body, { headers: { "Content-Type": "text/html", "X-Kept-Until": "1" } })) }"""

A_PICTURE = """async (path) => (await caches.open("return-codes")).put(path, new Response("of the code"))"""


@pytest.fixture
def at_the_code(shop, box, page_at, live_server):
    page = page_at(360)
    there = SCENES["ready"](shop, box)
    enter(page, live_server, there)
    until(page, f"{there.path}kept/", True)
    return page, there.path


def until(page, path: str, kept: bool) -> None:
    for _ in range(50):
        if page.evaluate(KEPT, path) is kept:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{path} is{' not' if kept else ' still'} kept")


def test_without_a_connection_the_page_says_so_and_shows_the_code(at_the_code):
    page, path = at_the_code
    code = page.locator(".code-card .mono").inner_text()
    page.context.set_offline(True)

    page.goto(path)

    expect(page.get_by_role("heading", level=1)).to_have_text("You are offline")
    expect(page.locator(".code-card svg")).to_be_visible()
    assert page.locator(".code-card .mono").inner_text() == code
    assert page.locator(".code-card").evaluate("(one) => getComputedStyle(one).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".top").evaluate("(one) => getComputedStyle(one).display") == "flex"  # its style is kept too
    assert page.locator("a:not(.skip):not([href^='tel:'])").count() == 0
    words = page.content()
    assert ("Ada Example" in words, "Am Beispiel" in words, "ada@" in words) == (False, False, False)


def test_with_the_connection_back_it_is_the_page_again(at_the_code):
    page, path = at_the_code
    page.context.set_offline(True)
    page.goto(path)
    page.context.set_offline(False)

    page.goto(path)

    expect(page.get_by_role("heading", level=1)).to_have_text("Your return is ready")


def test_a_used_code_is_let_go_of(at_the_code):
    page, path = at_the_code
    page.evaluate(A_PICTURE, f"{path}code-1.png")
    Return.objects.update(state="in_transit")

    page.goto(path)

    until(page, f"{path}kept/", False)
    until(page, f"{path}code-1.png", False)
    page.context.set_offline(True)
    with pytest.raises(Error):
        page.goto(path)


def test_a_code_past_its_day_is_not_shown(at_the_code):
    page, path = at_the_code
    page.evaluate(ENDED_LONG_AGO, f"{path}kept/")
    page.context.set_offline(True)

    with pytest.raises(Error):
        page.goto(path)


def test_nothing_else_is_kept(at_the_code):
    page, path = at_the_code

    kept = page.evaluate(ALL_KEPT)

    assert [address for address in kept if not address.startswith("/static/")] == [f"{path}kept/"]
