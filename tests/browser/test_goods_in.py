"""Goods in as a person with a scanner does it: by keyboard, without a line, without script, with the camera."""

import io
import time

import pytest
import segno
from PIL import Image
from playwright.sync_api import expect

from portal.background import catch_up
from returns import actions
from returns.models import Photo, Receipt, Refund, Return, ReturnLine, Unexpected
from tests import make
from tests.browser.conftest import CHROMIUM, QUIET
from tests.browser.test_journey import fits, sign_in
from tests.portal.test_goods_in import counts, first, make_box

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def at_this_address(settings, live_server):
    settings.SITE_URL = live_server.url


@pytest.fixture
def staff(django_user_model):
    return django_user_model.objects.create_user("sam", password="a long enough password", is_staff=True)


@pytest.fixture
def ret(shop, box):
    case = make_box(shop)
    make.make_payment_outside(box, case.order)
    return case


@pytest.fixture
def desk(page_at, staff):
    """desk(width, script=True): Sam at goods in."""

    def open_desk(width: int = 1280, **more):
        page = page_at(width, **more)
        sign_in(page, staff)
        page.goto("/staff/goods-in/")
        if more.get("script", True):
            page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        return page

    return open_desk


def scan(page, code: str) -> None:
    """As a keyboard wedge does it: the signs, then Enter."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def said(page):
    return page.locator("#said")


def queue(page):
    return page.locator("#queue")


def shows(page, line: ReturnLine, *, here: int, to_come: int) -> None:
    row = page.locator(f'[data-line="{line.pk}"]')
    expect(row.locator("[data-count=here]")).to_have_text(str(here))
    expect(row.locator("[data-count=to-come]")).to_have_text(str(to_come))


def until(true, seconds: float = 10) -> None:
    """The browser sends by itself: wait for what it did, not for a time."""
    ends = time.monotonic() + seconds
    while not true() and time.monotonic() < ends:
        time.sleep(0.05)
    assert true()


@pytest.mark.parametrize("width", [360, 1280])
def test_a_box_of_two_items_by_keyboard_alone(width, ret, desk, capsys, tmp_path):
    page = desk(width)
    presses = 0
    began = time.monotonic()

    scan(page, "0034 0434 1610 9400 0001")
    expect(page.get_by_role("heading", level=2)).to_contain_text(ret.number)
    expect(page.locator("#code")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Enter")
        presses += 1
    shows(page, first(ret), here=2, to_come=0)
    scan(page, ret.lines.last().order_line.sku.lower())
    page.keyboard.press("Enter")
    presses += 1
    expect(page.locator("[data-all-here]")).to_be_visible()
    until(lambda: counts(ret) == [(0, 2, 2), (0, 1, 1)])
    until(lambda: Refund.objects.filter(state="proposed", amount=9970).exists())
    took = time.monotonic() - began

    scan(page, "")
    expect(said(page)).to_have_text("All of it is here already. Scan the next box.")
    assert fits(page)
    assert Receipt.objects.count() == 3
    assert page.foreign + page.complaints == []
    page.screenshot(path=str(tmp_path / f"goods-in-{width}.png"), full_page=True)
    with capsys.disabled():
        print(
            f"\n  goods in, {width} px: 3 pieces, 2 scans, {presses} key presses by hand, {took:.1f} s with the money"
        )


def test_keys_work_outside_the_box_and_never_inside_it(ret, desk):
    page = desk()
    scan(page, ret.number)
    expect(page.locator(".bench-line.chosen")).to_be_visible()

    page.keyboard.type("d")
    assert page.locator("details[open]").count() == 0
    page.keyboard.press("Backspace")
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    expect(page.locator('.chosen details[data-ask="damaged"]')).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    page.locator("#code").focus()
    scan(page, "w")
    expect(page.get_by_label("What is it?")).to_be_focused()
    page.keyboard.type("A red hat")
    page.keyboard.press("Enter")

    expect(said(page)).to_have_text("Noted as not announced.")
    until(lambda: Unexpected.objects.filter(what="A red hat", ret=ret).exists())


def test_a_number_and_enter_counts_that_many(ret, desk):
    page = desk()
    scan(page, ret.number)
    expect(page.locator(".bench-line.chosen")).to_be_visible()

    scan(page, "2")

    shows(page, first(ret), here=2, to_come=0)
    until(lambda: counts(ret)[0] == (0, 2, 2))
    assert Receipt.objects.get().units == 2


def test_five_steps_without_a_line_are_sent_when_it_is_back_and_count_once(ret, desk, tmp_path):
    picture = tmp_path / "stain.jpg"
    picture.write_bytes(make.picture(size=(3000, 2000)))
    page = desk()
    scan(page, ret.number)
    expect(page.locator(".bench-line.chosen")).to_be_visible()
    page.context.set_offline(True)

    page.keyboard.press("Enter")  # 1
    shows(page, first(ret), here=1, to_come=1)
    scan(page, "d")
    page.locator(".chosen input[type=file]").set_input_files(picture)
    page.locator(".chosen").get_by_role("button", name="Accept it as it is").click()  # 2
    shows(page, first(ret), here=2, to_come=0)
    page.keyboard.press("Enter")  # 3
    scan(page, "w")
    expect(page.get_by_label("What is it?")).to_be_focused()
    page.keyboard.type("A red hat")
    page.keyboard.press("Enter")  # 4
    expect(said(page)).to_have_text("Noted as not announced.")
    scan(page, "NOBODY-KNOWS-1")
    page.get_by_label("What is in it, and who sent it?").fill("A blue box")
    page.get_by_role("button", name="Keep it in the list").click()  # 5
    expect(queue(page)).to_contain_text("Not sent yet: 5.")
    assert Receipt.objects.count() == 0
    page.context.set_offline(False)

    expect(queue(page)).to_have_text("Everything is sent.", timeout=20000)
    assert counts(ret) == [(0, 2, 2), (0, 1, 1)]
    assert Receipt.objects.count() == 3
    assert sorted(Unexpected.objects.values_list("what", "tracking_number")) == [
        ("A blue box", "NOBODY-KNOWS-1"),
        ("A red hat", ""),
    ]
    assert first(ret).written_off == 1
    with Image.open(Photo.objects.get().file) as kept:
        assert max(kept.size) <= 2000
    assert page.foreign + page.complaints == []


def test_an_answer_that_is_lost_is_asked_again_and_counts_once(ret, desk):
    page = desk()
    scan(page, ret.number)
    expect(page.locator(".bench-line.chosen")).to_be_visible()
    lost = []

    def lose(route):
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch())  # it arrived; the answer does not
            return route.abort()
        return route.continue_()

    page.route("**/goods-in/events/", lose)
    page.keyboard.press("Enter")
    expect(queue(page)).to_contain_text("Not sent yet: 1.")
    assert counts(ret)[0] == (1, 1, 1)
    page.evaluate("dispatchEvent(new Event('online'))")

    expect(queue(page)).to_have_text("Everything is sent.")
    assert counts(ret)[0] == (1, 1, 1)
    assert Receipt.objects.count() == 1


def test_the_page_opens_anew_without_a_line_and_goes_on(ret, desk):
    page = desk()
    scan(page, ret.number)
    expect(page.locator(".bench-line.chosen")).to_be_visible()
    page.context.set_offline(True)
    page.keyboard.press("Enter")
    shows(page, first(ret), here=1, to_come=1)

    page.reload()
    expect(said(page)).to_contain_text("No connection. This is how it stood")
    shows(page, first(ret), here=1, to_come=1)
    expect(queue(page)).to_contain_text("Not sent yet: 1.")
    page.keyboard.press("Enter")
    shows(page, first(ret), here=2, to_come=0)
    page.goto("/staff/goods-in/")
    scan(page, "00340434161094000001")
    shows(page, first(ret), here=2, to_come=0)
    page.context.set_offline(False)

    expect(queue(page)).to_have_text("Everything is sent.", timeout=20000)
    assert counts(ret)[0] == (0, 2, 2)
    assert page.evaluate("caches.keys().then((names) => names.length)") == 1
    kept = page.evaluate(
        """async () => {
            const cache = await caches.open((await caches.keys())[0]);
            const texts = await Promise.all((await cache.keys()).map(async (each) => (await cache.match(each)).text()));
            return texts.join("");
        }"""
    )
    assert ret.number not in kept
    assert 'name="csrfmiddlewaretoken"' not in kept


def test_what_is_refused_stays_until_a_person_has_seen_it(ret, desk):
    page = desk()
    scan(page, ret.number)
    expect(page.locator(".bench-line.chosen")).to_be_visible()
    page.context.set_offline(True)
    page.keyboard.press("Enter")
    shows(page, first(ret), here=1, to_come=1)
    Return.objects.filter(pk=ret.pk).update(state="cancelled")
    page.context.set_offline(False)

    refused = page.locator("#refused li")
    expect(refused).to_contain_text("This return is closed. Open it again, then count what came.", timeout=20000)
    page.reload()
    expect(refused).to_have_count(1)
    refused.get_by_role("button", name="I have seen it").click()
    expect(refused).to_have_count(0)
    page.reload()
    expect(page.locator("#scan")).to_be_visible()
    expect(refused).to_have_count(0)
    assert counts(ret)[0] == (2, 0, 0)


def test_a_closed_case_is_opened_again_and_counted_without_a_line(shop, box, desk):
    closed = make_box(shop, reason="damaged")
    actions.cancel(closed, by="customer")
    page = desk()
    scan(page, closed.number)
    expect(page.get_by_role("button", name="Open it again: its parcel is here")).to_be_visible()
    page.context.set_offline(True)

    page.get_by_role("button", name="Open it again: its parcel is here").click()
    expect(page.locator(".bench-line.chosen")).to_be_visible()
    page.keyboard.press("Enter")
    shows(page, first(closed), here=1, to_come=1)
    page.context.set_offline(False)

    expect(queue(page)).to_have_text("Everything is sent.", timeout=20000)
    assert counts(closed)[0] == (1, 1, 1)
    expect(page.locator("#refused li")).to_have_count(0)


def test_an_ended_session_keeps_the_queue_until_somebody_signs_in(ret, desk, staff):
    page = desk()
    scan(page, ret.number)
    expect(page.locator(".bench-line.chosen")).to_be_visible()
    page.context.clear_cookies()

    page.keyboard.press("Enter")
    expect(queue(page)).to_contain_text("Not sent yet: 1. Sign in again to send them.")
    queue(page).get_by_role("link", name="Sign in").click()
    page.get_by_label("Username").fill("sam")
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", level=2)).to_contain_text(ret.number)
    until(lambda: counts(ret)[0] == (1, 1, 1))
    assert Receipt.objects.get().by == "staff:sam"


def test_signing_out_warns_of_what_is_not_sent_and_forgets_the_cases(ret, desk, django_user_model):
    django_user_model.objects.create_user("pia", password="a long enough password", is_staff=True)
    page = desk()
    scan(page, ret.number)
    expect(page.locator(".bench-line.chosen")).to_be_visible()
    page.route("**/goods-in/events/", lambda route: route.abort())
    page.keyboard.press("Enter")
    expect(queue(page)).to_contain_text("Not sent yet: 1.")

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("alert").filter(has_text="Not sent yet: 1.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert page.evaluate("indexedDB.databases().then((all) => all.map((each) => each.name))") == ["goods-in"]

    page.unroute("**/goods-in/events/")
    page.get_by_label("Username").fill("pia")
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("button", name="Sign in").click()
    page.goto("/staff/goods-in/")
    expect(queue(page)).to_have_text("Not sent yet, of sam: 1. They leave when sam signs in here.")
    assert Receipt.objects.count() == 0
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("alert").filter(has_text="Not sent yet: 1.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    sign_in(page, type("Sam", (), {"username": "sam"}))
    page.goto("/staff/goods-in/")

    until(lambda: Receipt.objects.count() == 1)
    assert Receipt.objects.get().by == "staff:sam"


def test_two_tabs_of_one_browser_send_each_step_once(ret, desk):
    page = desk()
    scan(page, ret.number)
    expect(page.locator(".bench-line.chosen")).to_be_visible()
    other = page.context.new_page()
    other.goto(f"/staff/goods-in/{ret.number}/")

    page.keyboard.press("Enter")
    other.keyboard.press("Enter")

    until(lambda: counts(ret)[0] == (0, 2, 2))
    other.reload()
    shows(other, first(ret), here=2, to_come=0)
    assert Receipt.objects.count() == 2


@pytest.mark.parametrize("width", [360, 1280])
def test_all_of_it_works_without_script(width, ret, desk, tmp_path):
    picture = tmp_path / "stain.jpg"
    picture.write_bytes(make.picture())
    page = desk(width, script=False)

    scan(page, ret.number)
    expect(page.get_by_role("heading", level=2)).to_contain_text(ret.number)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("1 × Linen shirt, M, blue: here and accepted.")
    assert fits(page)
    scan(page, "d")
    page.locator(".chosen input[type=file]").set_input_files(picture)
    page.locator(".chosen").get_by_role("button", name="Keep it at the bench").click()
    expect(page.get_by_role("status").first).to_contain_text("kept at the bench")
    page.locator("#code").focus()
    scan(page, "m")
    page.get_by_role("button", name="It is not in any box").click()

    expect(page.get_by_role("status").first).to_contain_text("not in the box")
    assert counts(ret) == [(0, 2, 1), (0, 0, 0)]
    assert ret.lines.last().missing == 1
    assert fits(page)
    assert page.foreign + page.complaints == []


def test_an_unknown_parcel_is_kept_joined_and_received(shop, ret, desk):
    page = desk()
    scan(page, "NOBODY-KNOWS-1")
    page.get_by_label("What is in it, and who sent it?").fill("Two shirts")
    page.get_by_role("button", name="Keep it in the list").click()
    until(lambda: Unexpected.objects.count() == 1)

    page.goto("/staff/goods-in/unexpected/")
    assert fits(page)
    page.get_by_label("It belongs to return or order").fill(ret.number)
    page.get_by_role("button", name="Put them together").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text(ret.number)
    page.keyboard.press("Enter")

    until(lambda: counts(ret)[0] == (1, 1, 1))
    catch_up()
    assert Unexpected.objects.get().ret == ret


def film(code: str, path) -> None:
    """One frame of a QR code, as a camera would see it: YUV4MPEG2, 640 x 480."""
    data = io.BytesIO()
    segno.make_qr(code).save(data, kind="png", scale=8, border=4)
    frame = Image.new("L", (640, 480), 255)
    picture = Image.open(data).convert("L")
    frame.paste(picture, ((640 - picture.width) // 2, (480 - picture.height) // 2))
    grey = bytes([128]) * (320 * 240)
    path.write_bytes(b"YUV4MPEG2 W640 H480 F5:1 Ip A1:1 C420jpeg\nFRAME\n" + frame.tobytes() + grey + grey)


def test_the_camera_reads_the_code_of_a_slip_and_nothing_comes_from_elsewhere(
    ret, staff, live_server, chromium, tmp_path
):
    film(ret.number, tmp_path / "slip.y4m")
    camera = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={tmp_path / 'slip.y4m'}",
    ]
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=[*QUIET, *camera])
    page = browser.new_context(base_url=live_server.url, permissions=["camera"]).new_page()
    foreign, complaints = [], []
    page.on("request", lambda request: request.url.startswith(live_server.url) or foreign.append(request.url))
    page.on("console", lambda line: "Content Security Policy" in line.text and complaints.append(line.text))
    sign_in(page, staff)
    page.goto("/staff/goods-in/")

    page.get_by_role("button", name="Scan with the camera").click()

    expect(page.get_by_role("heading", level=2)).to_contain_text(ret.number, timeout=20000)
    expect(page.locator("#viewer video")).to_be_visible()
    page.get_by_role("button", name="Close the camera").click()
    expect(page.locator("#viewer")).to_be_hidden()
    assert [url for url in foreign if not url.startswith("blob:")] + complaints == []
    browser.close()
