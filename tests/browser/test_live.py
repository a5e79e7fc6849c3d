"""A page that renews itself, in a real browser: what she does on it stays, and what is new is said."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests import make
from tests.portal.parcel_states import order_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def at_this_address(settings, live_server):
    settings.SITE_URL = live_server.url


@pytest.fixture
def order(shop):
    return order_in(shop, "handed")


@pytest.fixture
def page(order, page_at):
    """The order's page on a phone, with a clock that stands still until it is told."""
    page = page_at(360)
    page.answers = []
    page.clock.install()
    page.goto("/")
    page.get_by_label("Order number").fill(order.number)
    page.get_by_label("Email or postcode").fill("10115")
    page.get_by_role("button", name="Find my order").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The carrier has your parcel")
    page.wait_for_load_state()  # the script has begun to count
    page.on("response", lambda answer: page.answers.append(answer.status) if "/o/" in answer.url else None)
    return page


def half_a_minute(page) -> int:
    """Lets the next question be asked; the status of its answer."""
    with page.expect_response(lambda answer: "/o/" in answer.url) as told:
        page.clock.fast_forward(31_000)
    return told.value.status


def on_the_van(order) -> None:
    make.scan(order.shipments.get(), "out_for_delivery", at=timezone.now())


def test_nothing_new_is_a_304_and_touches_nothing(page):
    page.evaluate("document.querySelector('h1').dataset.mark = 'here'")

    statuses = [half_a_minute(page) for _ in range(2)]

    assert statuses == [304, 304]
    expect(page.locator("h1")).to_have_attribute("data-mark", "here")
    expect(page.locator("#news")).to_have_text("")


def test_what_is_new_stands_there_and_is_said_once(page, order):
    on_the_van(order)

    status = half_a_minute(page)

    assert status == 200
    expect(page.get_by_role("heading", level=1)).to_have_text("Your parcel is coming today")
    page.clock.run_for(100)
    expect(page.locator("#news")).to_have_text("This page has just changed.")
    assert half_a_minute(page) == 304
    assert page.complaints == []


def test_focus_and_open_details_stay(page, order):
    page.get_by_text("See every step").click()
    button = page.get_by_role("button", name="Return or report a problem")
    button.focus()
    on_the_van(order)

    half_a_minute(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("Your parcel is coming today")
    expect(page.get_by_role("button", name="Return or report a problem")).to_be_focused()
    expect(page.locator("details.steps")).to_have_attribute("open", "")


def test_what_is_typed_stays_and_the_news_waits(page, order):
    page.evaluate("document.querySelector('#main').insertAdjacentHTML('beforeend', '<input id=typed>')")
    page.locator("#typed").fill("half a word")
    on_the_van(order)

    page.clock.fast_forward(31_000)

    expect(page.locator("#typed")).to_have_value("half a word")
    expect(page.get_by_role("heading", level=1)).to_have_text("The carrier has your parcel")
    page.locator("#typed").fill("")
    assert half_a_minute(page) == 200
    expect(page.get_by_role("heading", level=1)).to_have_text("Your parcel is coming today")


def test_a_tab_that_nobody_looks_at_asks_nothing(page):
    page.evaluate(
        "Object.defineProperty(document, 'visibilityState', {get: () => 'hidden', configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )

    page.clock.fast_forward(10 * 60_000)

    assert page.answers == []
    with page.expect_response(lambda answer: "/o/" in answer.url):  # she comes back, and it is asked at once
        page.evaluate(
            "Object.defineProperty(document, 'visibilityState', {get: () => 'visible', configurable: true});"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )
        page.clock.run_for(10)


def test_when_the_visit_has_ended_the_page_stays_and_asks_no_more(page, order):
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()

    page.clock.fast_forward(31_000)
    page.wait_for_timeout(500)
    asked = len(page.answers)
    page.clock.fast_forward(120_000)
    page.wait_for_timeout(300)

    expect(page.get_by_role("heading", level=1)).to_have_text("The carrier has your parcel")
    assert len(page.answers) == asked == 1


def test_a_server_that_fails_is_asked_less_often(page):
    page.route(re.compile("/o/"), lambda route: route.fulfill(status=503, body="later"))

    page.clock.fast_forward(31_000)
    page.wait_for_timeout(300)
    page.clock.fast_forward(31_000)
    page.wait_for_timeout(300)

    assert page.answers == [503]
    expect(page.get_by_role("heading", level=1)).to_have_text("The carrier has your parcel")


def test_the_page_of_a_return_renews_itself_too(shop, page_at):
    order = make.make_order(shop, lines=[(1, 20000)], delivered=shop.today() - timedelta(days=3))
    ret = make.make_return(order, reason="damaged")
    page = page_at(1280)
    page.clock.install()
    page.goto("/")
    page.get_by_label("Order number").fill(order.number)
    page.get_by_label("Email or postcode").fill("10115")
    page.get_by_role("button", name="Find my order").click()
    page.goto(f"/returns/{ret.number}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your request")
    page.wait_for_load_state()

    make.say_no(ret)
    with page.expect_response(lambda answer: "/returns/" in answer.url):
        page.clock.fast_forward(31_000)

    expect(page.get_by_role("heading", level=1)).to_have_text("We cannot accept this return")


def test_without_script_the_page_is_the_same(order, page_at):
    page = page_at(360, script=False)
    page.goto("/")
    page.get_by_label("Order number").fill(order.number)
    page.get_by_label("Email or postcode").fill("10115")
    page.get_by_role("button", name="Find my order").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("The carrier has your parcel")
    assert page.complaints == []
