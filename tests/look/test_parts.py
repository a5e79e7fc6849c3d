"""What the templates draw on is there, and the page for a broken service needs nothing at all."""

import re
from html.parser import HTMLParser
from pathlib import Path

HOUSE = Path(__file__).parents[2]
TEMPLATES = HOUSE / "templates"
CSS = "".join((HOUSE / "static" / "css" / name).read_text() for name in ("homeward.css", "desk.css"))

VOCABULARY = """
    skip top shop-name page foot foot-help foot-links languages back answer under lead quiet small mono
    visually-hidden button secondary danger link-button field hint error has-error choices choice choice-title
    choice-note quantity file code-input error-summary notice good warn bad news journey done now next home
    journey-title journey-when journey-note items item item-picture item-body item-title item-meta item-sum sum
    total facts change reference code-card scans scan scan-when scan-what scan-carrier scan-place actions
    drawing staff-shell rail queue chip late soon ok clock case case-left case-right verdict yes ask no timeline
    entry entry-when entry-who entry-what internal photos toolbar tabs messages message success warning
"""


def icons():
    return set(re.findall(r'<symbol id="([\w-]+)"', (HOUSE / "static" / "img" / "icons.svg").read_text()))


def test_every_word_of_the_look_is_in_the_sheet():
    known = set(re.findall(r"\.([a-z][\w-]*)", CSS))

    assert [word for word in VOCABULARY.split() if word not in known] == []


def test_the_sprite_holds_what_templates_name_and_nothing_else():
    named = {
        name
        for page in TEMPLATES.rglob("*.html")
        for name in re.findall(r'parts/icon\.html" with name="([\w-]+)"', page.read_text())
    }

    assert named == icons()


def test_no_template_carries_a_style_or_a_script_of_its_own():
    guilty = [
        str(page.relative_to(TEMPLATES))
        for page in TEMPLATES.rglob("*.html")
        if "letters" not in page.parts
        and re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page.read_text())
    ]

    assert guilty == []


def test_the_page_for_a_broken_service_is_plain_and_speaks_four_languages():
    page = (TEMPLATES / "500.html").read_text()

    class Languages(HTMLParser):
        found = []

        def handle_starttag(self, tag, attrs):
            self.found += [value for name, value in attrs if name == "lang"]

    Languages().feed(page)

    assert Languages.found == ["en", "de", "el", "vi"]
    assert "{%" not in page
    assert "{{" not in page
