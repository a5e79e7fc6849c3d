"""The short ways, counted on a phone: T1 four pages and seven taps, T3 five and eight; T6 is in test_withdrawal.py."""

import pytest
from playwright.sync_api import expect

from orders.models import OrderLine
from portal.models import AccessToken
from returns.models import Return
from tests import make
from tests.browser.test_withdrawal import PHONE, Counted, fits, letter_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def at_this_address(settings, live_server):
    settings.SITE_URL = live_server.url


def choose(counted: Counted, words: str) -> None:
    """One tap on the answer and one on the button."""
    counted.tap(counted.page.get_by_text(words, exact=True))
    assert fits(counted.page)
    counted.tap(counted.page.locator("main button.button"))


@pytest.mark.parametrize("script", [True, False])
def test_t1_from_a_letter_changed_mind_code_is_four_pages_and_seven_taps(shop, page_at, script):
    order = make.make_order(shop)
    mine, other = make.make_variant(shop, "M"), make.make_variant(shop, "L", size="L")
    OrderLine.objects.update(variant=mine)
    page = page_at(PHONE, script=script)
    link = letter_of(order, "en")
    AccessToken.objects.update(path=f"/o/{order.number_key}/return/")
    page.goto(link)
    counted = Counted(page)

    choose(counted, "I changed my mind – you do not have to say why")
    choose(counted, "My money back")
    choose(counted, "Show a code – no printer needed")
    counted.tap(page.get_by_role("button", name="Send my return"))

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    ret = Return.objects.get()
    assert (len(set(counted.pages)), counted.taps) == (4, 7)
    assert (ret.withdrawn_at is not None, ret.way, other.free) == (True, "code", 5)
    assert page.foreign + page.complaints == []


@pytest.mark.parametrize("script", [True, False])
def test_t3_from_the_order_broken_photo_keep_it_is_five_pages_and_eight_taps(shop, page_at, script, tmp_path):
    order = make.make_order(shop, lines=[(1, 8000)])
    photo = tmp_path / "broken.jpg"
    photo.write_bytes(make.picture())
    page = page_at(PHONE, script=script)
    page.goto(letter_of(order, "en"))
    counted = Counted(page)

    counted.tap(page.get_by_role("button", name="Return or report a problem"))
    choose(counted, "It arrived damaged or broken")
    with page.expect_file_chooser() as choosing:
        counted.tap(page.locator("input[type=file]"))
    choosing.value.set_files(photo)
    counted.tap(page.locator("main button.button"))
    choose(counted, "Keep it and get €24.00 back")
    counted.tap(page.get_by_role("button", name="Send my return"))

    expect(page.get_by_role("heading", level=1)).to_have_text("Your return is accepted")
    assert (len(set(counted.pages)), counted.taps) == (5, 8)
    line = Return.objects.get().lines.get()
    assert (line.wish, line.kept, Return.objects.get().parcels.count()) == ("reduction", 1, 0)
    assert page.foreign + page.complaints == []
