"""The pages about the look, in a real browser: what is typed is seen at once, and every colour can be read."""

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import expect

from tests.browser.scenes import SCENES, enter
from tests.browser.test_for_everyone import violations

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = ["/staff/brand/", "/staff/style/", "/staff/letters/return.created/"]
BUTTON = "document.querySelector('.look.{scheme} .button')"
COLOUR = f"getComputedStyle({BUTTON}).backgroundColor"
LANGUAGES = ("en", "de", "el", "vi")
WIDE = "document.documentElement.scrollWidth"


@pytest.fixture
def at_the_desk(page_at, live_server, shop):
    """at_the_desk(width, path): a browser of somebody who may publish."""
    user = get_user_model().objects.create_user("pia", is_staff=True, is_superuser=True)

    def open_page(width: int, path: str, **how):
        signed = Client()
        signed.force_login(user)
        page = page_at(width, **how)
        kept = {"name": settings.SESSION_COOKIE_NAME, "value": signed.cookies[settings.SESSION_COOKIE_NAME].value}
        page.context.add_cookies([{**kept, "url": live_server.url}])
        page.goto(path)
        return page

    return open_page


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_light_or_dark(at_the_desk, path):
    page = at_the_desk(1280, path)

    page.emulate_media(reduced_motion="reduce")
    light = violations(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    dark = violations(page)

    assert (light, dark) == ([], [])
    assert (page.complaints, page.foreign) == ([], [])


@pytest.mark.parametrize("path", PAGES)
def test_nothing_sticks_out_of_a_small_screen_in_any_language(at_the_desk, path):
    wide = {
        language: at_the_desk(320, f"{path}?in={language}", language=language).evaluate(WIDE) for language in LANGUAGES
    }

    assert wide == dict.fromkeys(LANGUAGES, 320)


def test_a_colour_is_seen_while_it_is_typed_and_kept_only_when_it_is_saved(at_the_desk, shop):
    page = at_the_desk(1280, "/staff/brand/")
    before = page.evaluate(COLOUR.format(scheme="light"))

    page.get_by_label("Your colour").fill("#ffd400")
    page.get_by_text("We use #7f6800 in light mode").first.wait_for()
    expect(page.locator(".look.dark .button")).to_have_css("background-color", "rgb(255, 212, 0)")

    assert before == "rgb(11, 110, 95)"
    expect(page.locator(".look.light .button")).to_have_css("background-color", "rgb(127, 104, 0)")
    assert page.locator(".contrasts .chip.late").count() > 0
    assert page.locator("input[type=color]").input_value() == "#ffd400"
    assert page.complaints == []
    shop.refresh_from_db()
    assert shop.accent == ""


def test_half_a_colour_changes_nothing_and_corners_are_seen_too(at_the_desk):
    page = at_the_desk(1280, "/staff/brand/")

    page.get_by_label("Your colour").fill("#ffd")
    page.get_by_label("Square").check()
    page.wait_for_timeout(400)
    half = page.evaluate(COLOUR.format(scheme="light"))
    page.get_by_label("Your colour").fill("#1d4ed8")
    expect(page.locator(".look.light .button")).to_have_css("border-radius", "0px")
    expect(page.locator(".look.light .button")).to_have_css("background-color", "rgb(29, 78, 216)")

    assert half == "rgb(11, 110, 95)"


def test_without_script_the_button_shows_it(at_the_desk, shop):
    page = at_the_desk(1280, "/staff/brand/", script=False)

    page.get_by_label("Your colour").fill("#1d4ed8")
    page.get_by_role("button", name="Show").click()

    assert page.locator("input[type=color]").is_hidden()
    assert page.get_by_label("Your colour").input_value() == "#1d4ed8"
    page.get_by_role("button", name="Save").click()
    shop.refresh_from_db()
    assert shop.accent == "#1d4ed8"


@pytest.mark.parametrize("accent", ["#ffff00", "#fefefe", "#000000", "#ff0000"])
def test_a_brand_of_any_colour_can_be_read_on_customer_pages(shop, box, page_at, live_server, accent):
    type(shop).objects.filter(pk=shop.pk).update(accent=accent, corners="square")
    page = page_at(360)
    enter(page, live_server, SCENES["wish"](shop, box))

    light = violations(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    dark = violations(page)

    assert (light, dark) == ([], [])


def test_the_frames_of_a_letter_are_as_wide_and_as_dark_as_they_say(at_the_desk):
    page = at_the_desk(1280, "/staff/letters/return.created/")

    told = []
    for frame in page.locator("iframe").element_handles():
        frame.scroll_into_view_if_needed()
        inside = frame.content_frame()
        inside.wait_for_load_state()
        told.append(
            (
                frame.bounding_box()["width"],
                inside.locator(".sheet").evaluate("(one) => getComputedStyle(one).backgroundColor"),
            )
        )

    white, dark = "rgb(255, 255, 255)", "rgb(26, 32, 40)"
    assert told == [(360, white), (360, dark), (600, white), (600, dark)]
