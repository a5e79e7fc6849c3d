"""How a shop looks: tried on real parts, kept on the timeline, seen by customers at once."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, PngImagePlugin

from customers.colours import brand_of
from customers.models import Entry, Shop
from portal.brand import rules, sheet_of
from tests import make
from tests.portal.test_headers import faults_of

pytestmark = pytest.mark.django_db

FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture
def pia(shop, django_user_model) -> Client:
    """Pia may publish."""
    browser = Client()
    browser.force_login(django_user_model.objects.create_user("pia", is_staff=True, is_superuser=True))
    return browser


def page(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def sheet_on(response) -> str:
    found = re.findall(r'href="(/brand-[^"]+)"', response.content.decode())
    return found[0] if found else ""


def a_logo(size=(1000, 200), mode="RGBA", colour=(200, 0, 0, 0), form="PNG") -> SimpleUploadedFile:
    data, words = io.BytesIO(), PngImagePlugin.PngInfo()
    words.add_text("Comment", "a secret of the camera")
    more = {"pnginfo": words, "icc_profile": b"a secret profile"} if form == "PNG" else {}
    Image.new(mode, size, colour).save(data, form, **more)
    return SimpleUploadedFile("logo.png", data.getvalue())


def save(browser, **said):
    return browser.post("/staff/brand/", {"accent": "", "corners": "round", **said})


# Saving


def test_a_saved_colour_reaches_customers_at_once_and_stands_on_the_timeline(shop, pia, ada):
    before = sheet_on(ada.get("/"))
    response = save(pia, accent="1D4ED8", corners="soft")
    after = sheet_on(ada.get("/"))

    assert (response.status_code, before, after) == (302, "", f"/brand-{sheet_of(make.fresh(shop)).digest}.css")
    sheet = ada.get(after)
    assert "--accent:light-dark(#1d4ed8," in sheet.content.decode()
    assert (sheet["Content-Type"], sheet["Cache-Control"]) == ("text/css; charset=utf-8", FOR_EVER)
    (line,) = Entry.objects.filter(verb="shop.brand_changed")
    was, now = {"accent": "", "corners": "round"}, {"accent": "#1d4ed8", "corners": "soft"}
    assert (line.by, line.facts, line.told_at is None) == ("staff:pia", {"before": was, "after": now}, False)
    assert "Last changed by pia" in page(pia.get("/staff/brand/"))


def test_another_look_has_another_address_and_the_old_one_is_kept_by_nobody(shop, pia, ada):
    save(pia, accent="#1d4ed8")
    old = sheet_on(ada.get("/"))
    save(pia, accent="#aa0000")

    answer = ada.get(old)

    assert sheet_on(ada.get("/")) != old
    assert ("#aa0000" in answer.content.decode(), answer["Cache-Control"]) == (True, "no-store, private")


def test_the_same_again_changes_nothing(shop, pia):
    save(pia, accent="#1d4ed8")

    response = save(pia, accent="#1D4ED8")

    assert "Nothing was changed." in page(pia.get(response["Location"]))
    assert Entry.objects.filter(verb="shop.brand_changed").count() == 1


def test_a_shop_without_a_look_of_its_own_asks_for_no_sheet(shop, ada):
    assert sheet_on(ada.get("/")) == ""
    assert ada.get("/brand-0123456789abcdef.css").status_code == 404
    Shop.objects.update(accent="#0b6e5f")
    assert sheet_on(ada.get("/")) == ""


def test_square_corners_alone_touch_no_colour():
    assert rules("", "square") == ":root{--radius:0px;--corner:0px}\n"
    assert rules("", "round") == ""


def test_the_sheet_says_the_light_colours_plainly_and_both_where_a_browser_knows_how():
    brand = brand_of("#ffd400")

    plain, both = rules("#ffd400", "round").splitlines()

    assert plain == f":root{{--accent:{brand.light.accent};--on-accent:#ffffff}}"
    assert both == (
        "@supports (color:light-dark(#000,#fff)){:root{"
        f"--accent:light-dark({brand.light.accent},#ffd400);--on-accent:light-dark(#ffffff,#0d1015)}}}}"
    )


@pytest.mark.parametrize("wrong", ["teal", "#12345", "#1234567", "#12345g", "}body{", "#000;x:y", "x" * 50, "\0"])
def test_what_is_no_colour_is_refused_and_nothing_is_kept(shop, pia, wrong):
    response = save(pia, accent=wrong, corners="soft")

    assert response.status_code == 422
    assert make.fresh(shop).corners == "round"
    assert '<a href="#id_accent">' in response.content.decode()


def test_only_who_may_publish_comes_in(shop, sam, ada):
    paths = ["/staff/brand/", "/staff/brand/look/?corners=soft", "/staff/brand/look.css?corners=soft"]

    assert [sam.get(path).status_code for path in paths] == [404, 404, 404]
    assert sam.post("/staff/brand/", {"accent": "#aa0000", "corners": "soft"}).status_code == 404
    assert make.fresh(shop).accent == ""


def test_the_page_carries_the_strict_headers_and_nothing_inline(shop, pia):
    for path in (
        "/staff/brand/",
        "/staff/brand/look/?corners=soft&accent=aa0000",
        "/staff/brand/look.css?corners=soft",
    ):
        response = pia.get(path)
        assert (path, response.status_code, faults_of(response)) == (path, 200, [])
        assert re.findall(r"<style|\sstyle=|\son\w+=", response.content.decode()) == []


# Showing


def test_show_keeps_nothing_and_says_which_colours_are_used(shop, pia):
    response = save(pia, accent="#ffd400", show="yes")

    said = page(response)
    assert (response.status_code, make.fresh(shop).accent) == (200, "")
    assert "We use #7f6800 in light mode: your colour is too pale for text on white." in said
    assert "in dark mode" not in said
    assert 'fill="#7f6800"' in response.content.decode()


def test_the_table_says_what_passes_and_what_is_too_weak(shop, pia):
    rows = re.findall(r'<th scope="row">(.*?)</tr>', save(pia, accent="#ffd400", show="yes").content.decode(), re.S)

    told = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]
    assert told[0] == "Links on the page 1.3 too weak 5.1 12.6 passes 12.6"
    assert len(told) == 8
    good = page(save(pia, accent="#0b6e5e", show="yes"))
    assert "too weak" in good.split("Dark")[-1]


def test_the_fragment_for_the_script_is_the_same_as_on_the_page(shop, pia):
    whole = save(pia, accent="#ffd400", corners="soft", show="yes").content.decode()

    part = pia.get("/staff/brand/look/", {"accent": "ffd400", "corners": "soft"}).content.decode()

    assert part.strip() in whole
    assert pia.get("/staff/brand/look/", {"accent": "#ffd4", "corners": "soft"}).status_code == 422


def test_the_sheet_of_the_preview_reaches_the_preview_alone(shop, pia):
    sheet = pia.get("/staff/brand/look.css", {"accent": "ffd400", "corners": "square"})

    rules_ = [line for line in sheet.content.decode().splitlines() if line]
    assert [line.replace("@supports (color:light-dark(#000,#fff)){", "").split("{")[0] for line in rules_] == [
        ".look"
    ] * 2
    assert "--radius:0px" in rules_[0]
    assert sheet["Cache-Control"] == "no-store, private"


def test_a_preview_of_ours_wins_over_the_shops_own(shop, pia):
    save(pia, accent="#aa0000", corners="square")

    sheet = pia.get("/staff/brand/look.css", {"accent": "", "corners": "round"}).content.decode()

    assert sheet.startswith(".look{--accent:#0b6e5f;--on-accent:#ffffff;--radius:10px;--corner:6px}")


# The logo


def test_a_logo_is_made_anew_small_see_through_and_without_comments(shop, pia, ada):
    response = save(pia, logo=a_logo())

    logo = make.fresh(shop).logo
    with logo.open("rb") as file:
        data = file.read()
    picture = Image.open(io.BytesIO(data))
    assert response.status_code == 302
    assert (picture.format, picture.mode, picture.size) == ("WEBP", "RGBA", (360, 72))
    assert b"secret" not in data
    top = re.search(r'<a class="shop-name".*?</a>', ada.get("/").content.decode())[0]
    assert f'src="/{logo.name}" alt="Linden &amp; Loom"' in top
    answer = ada.get(f"/{logo.name}")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/webp", FOR_EVER)
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert b"".join(answer.streaming_content) == data


def test_another_logo_has_another_address_and_the_same_one_the_same(shop, pia, ada):
    names = []
    for colour in ((200, 0, 0, 255), (0, 0, 200, 255), (200, 0, 0, 255)):
        save(pia, logo=a_logo(colour=colour))
        names.append(make.fresh(shop).logo.name)

    assert (names[0] == names[2], names[0] == names[1]) == (True, False)
    assert [ada.get(f"/{name}").status_code for name in names] == [200, 404, 200]


def test_a_logo_can_be_taken_away(shop, pia, ada):
    save(pia, logo=a_logo())

    save(pia, no_logo="on")

    assert make.fresh(shop).logo.name == ""
    assert "<img" not in ada.get("/").content.decode()


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.4", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a" + b"\0" * 50]
)
def test_what_is_no_picture_is_refused(shop, pia, data):
    response = save(pia, accent="#aa0000", logo=SimpleUploadedFile("logo.png", data))

    assert (response.status_code, make.fresh(shop).accent, make.fresh(shop).logo.name) == (422, "", "")


def test_a_logo_that_is_too_large_is_refused(shop, pia):
    big = SimpleUploadedFile("logo.png", b"\x89PNG" + b"\0" * (2 * 1024 * 1024))

    assert "The logo must be smaller than 2 MB" in page(save(pia, logo=big))


def test_no_name_leads_to_another_file(shop, ada):
    names = ["none.webp", "%00", "../homeward.sqlite3", "..%2Fsecret_key", ""]

    assert {ada.get(f"/logos/{name}").status_code for name in names} == {404}


def test_another_shops_logo_is_not_taken_for_ones_own(shop, pia, ada):
    save(pia, logo=a_logo())
    other = make.make_shop(domain="other.example", name="Other")

    top = ada.get("/", headers={"Host": "other.example"})

    assert other.logo.name == ""
    assert top.status_code in {200, 400}
    assert make.fresh(shop).logo.name not in top.content.decode()
