"""The journey as a customer and a member of staff walk it, on a phone and on a desk, with and without script."""

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

from portal.background import catch_up
from returns.models import Refund, Return
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def at_this_address(settings, live_server):
    settings.SITE_URL = live_server.url


def fits(page) -> bool:
    """Nothing sticks out to the side."""
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def find(page, order) -> None:
    page.goto("/")
    page.get_by_label("Order number").fill(order.number)
    page.get_by_label("Email or postcode").fill("10115")
    page.get_by_role("button", name="Find my order").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Your parcel arrived on"))


def go_on(page) -> None:
    page.get_by_role("button", name="Continue").click()


def sign_in(page, user) -> None:
    page.goto("/staff/")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("button", name="Sign in").click()


@pytest.fixture
def staff(django_user_model):
    return django_user_model.objects.create_user("sam", password="a long enough password", is_staff=True)


@pytest.fixture
def colleague(django_user_model):
    return django_user_model.objects.create_user("pia", password="a long enough password", is_staff=True)


@pytest.mark.parametrize(("width", "script"), [(360, True), (1280, True), (360, False)])
def test_a_wrong_size_is_exchanged(width, script, shop, staff, box, page_at):
    order = make.make_order(shop)
    order.lines.update(variant=make.make_variant(shop, "SHIRT-M"))
    large = make.make_variant(shop, "SHIRT-L", size="L", on_hand=1)
    make.make_payment_outside(box, order)
    page = page_at(width, script=script)

    find(page, order)
    page.get_by_role("button", name="Return or report a problem").click()
    go_on(page)
    expect(page.get_by_role("alert")).to_contain_text("Select what the problem is")
    page.get_by_label("It is the wrong size").check()
    go_on(page)
    page.get_by_label("L", exact=False).first.check()
    go_on(page)
    page.get_by_label("Show a code").check()
    go_on(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers, then send your return")
    assert fits(page)
    page.get_by_role("button", name="Send my return").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your return is ready")
    assert fits(page)

    ret = Return.objects.get()
    assert (ret.state, make.fresh(large).held) == ("awaiting_dropoff", 1)
    catch_up()
    page.goto(re.search(r"http\S+/l/\S+", mail.outbox[0].body)[0])
    expect(page.locator(".code-card svg")).to_be_visible()
    label = page.request.get(f"/returns/{ret.number}/label.pdf")
    assert (label.headers["content-type"], label.body()[:5]) == ("application/pdf", b"%PDF-")

    box.post(f"/_sandbox/parcels/{ret.parcels.get().shipment.tracking_number}/move", {"to": "delivered"})
    ret.parcels.get().shipment.__class__.objects.filter(direction="return").update(next_look=order.placed_at)
    catch_up()
    desk = page_at(max(width, 360), script=script)
    sign_in(desk, staff)
    desk.goto("/staff/?show=goods")
    desk.get_by_role("link", name=ret.number).click()
    desk.get_by_role("button", name="Mark as received").click()
    desk.get_by_role("button", name="Accept the goods").click()
    desk.get_by_label("Tracking number").fill("SB00112233")
    desk.get_by_role("button", name="Mark as sent").click()
    expect(desk.get_by_role("status")).to_contain_text("is on its way")
    assert fits(desk)

    page.goto(f"/returns/{ret.number}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your item is on its way")
    assert make.fresh(ret).state == "settled"
    assert (make.fresh(large).held, make.fresh(large).on_hand) == (0, 0)
    assert page.foreign + desk.foreign + page.complaints + desk.complaints == []
    assert len(page.context.cookies()) <= 2


@pytest.mark.parametrize("width", [360, 1280])
def test_a_broken_thing_is_shown_decided_by_two_and_paid_back(width, shop, staff, colleague, box, page_at, tmp_path):
    order = make.make_order(shop, lines=[(1, 15990)], delivery_paid=490)
    make.make_payment_outside(box, order)
    photo = tmp_path / "broken.jpg"
    photo.write_bytes(make.picture())
    page = page_at(width)

    find(page, order)
    page.get_by_role("button", name="Return or report a problem").click()
    page.get_by_label("It arrived damaged or broken").check()
    go_on(page)
    page.get_by_label("Take or choose a photo").set_input_files(photo)
    go_on(page)
    page.get_by_label("My money back").check()
    go_on(page)
    page.get_by_label("Print a label at home").check()
    go_on(page)
    expect(page.locator(".sum .total")).to_contain_text("€164.80")
    page.get_by_role("button", name="Send my return").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your request")
    ret = Return.objects.get()

    desk = page_at(1280)
    sign_in(desk, staff)
    expect(desk.get_by_role("link", name=ret.number)).to_be_visible()
    desk.wait_for_load_state()  # the keys work from then on
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    expect(desk.locator(".photos img")).to_be_visible()
    desk.keyboard.press("a")
    expect(desk.get_by_role("status")).to_contain_text("is approved")
    desk.get_by_role("button", name="Mark as received").click()
    desk.get_by_role("button", name="Accept the goods").click()
    desk.get_by_role("button", name="Send €164.80").click()
    expect(desk.get_by_role("status")).to_contain_text("A second person has to say yes too.")
    second = page_at(360)
    sign_in(second, colleague)
    second.get_by_role("link", name="Second check").click()
    second.get_by_role("link", name=ret.number).click()
    expect(second.get_by_text("It is more than one person may let go.")).to_be_visible()
    assert fits(second)
    second.get_by_role("button", name="Send €164.80").click()
    expect(second.get_by_role("status")).to_contain_text("The refund is approved")
    catch_up()

    assert Refund.objects.get().state == "succeeded"
    link = next(re.search(r"http\S+/l/\S+", letter.body)[0] for letter in mail.outbox if "164.80" in letter.subject)
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your money is on its way")
    page.goto(f"/o/{order.number_key}/money/")
    expect(page.locator(".reference")).to_have_text(re.compile(r"(\d{5} ){4}\d{3}"))
    assert fits(page)
    assert page.foreign + desk.foreign + page.complaints + desk.complaints == []
