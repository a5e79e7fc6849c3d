"""The living style page: every part there is, twice, and nothing twice under one id."""

import re

import pytest

from tests.look.test_parts import VOCABULARY, icons

pytestmark = pytest.mark.django_db

# Frames of whole pages, which no single part shows.
ELSEWHERE = {
    "skip", "page", "foot", "foot-help", "foot-links", "languages", "staff-shell", "rail", "visually-hidden",
    "case", "case-left", "case-right", "photos", "internal",
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "de", "el", "vi"])
def test_every_word_of_the_look_is_on_the_page(shop, sam, language):
    response = sam.get("/staff/style/", {"in": language})

    html = response.content.decode()
    used = {word for words in re.findall(r'class="([^"]+)"', html) for word in words.split()}
    assert (response.status_code, response["Content-Language"]) == (200, language)
    assert f'<html lang="{language}">' in html
    assert sorted(set(VOCABULARY.split()) - used - ELSEWHERE) == []


def test_all_icons_and_drawings_are_there_in_light_and_dark(shop, sam):
    html = sam.get("/staff/style/").content.decode()

    told = {name: len(re.findall(rf'icons[^"]*\.svg#{name}"', html)) for name in icons()}
    assert {name: count for name, count in told.items() if count < 2} == {}
    assert html.count('class="drawing"') >= 12


def test_no_id_stands_twice(shop, sam):
    ids = re.findall(r'\sid="([^"]+)"', sam.get("/staff/style/").content.decode())

    assert sorted({each for each in ids if ids.count(each) > 1}) == []


def test_the_colours_are_those_of_the_shop(shop, sam):
    type(shop).objects.update(accent="#1d4ed8")

    html = sam.get("/staff/style/").content.decode()

    assert html.count('<span class="mono quiet small">#1d4ed8</span>') == 1
    assert '<span class="mono quiet small">#0b6e5f</span>' not in html
