"""Words that are two fifths longer than English: pages hold them on a small phone, and none is left untranslated."""

import re

import pytest
from babel.messages.mofile import write_mo
from django.utils.translation import trans_real

from portal import catalogue
from tests.browser.scenes import SCENES, enter
from tests.portal.test_copy import HOUSE

pytestmark = pytest.mark.django_db(transaction=True)
KEPT = re.compile(f"({catalogue.PLACEHOLDER.pattern})")
LONGER = str.maketrans({"a": "áa", "e": "ée", "i": "íi", "o": "óo", "u": "úu", "y": "ýy", "n": "nn", "s": "ss"})
# What is no text of ours: data, names by CLDR, and words that the law fixes.
DATA = re.compile(
    r"Linden & Loom|Linen shirt.*|Sandbox Parcel.*|Ada Example|Am Beispiel.*|Musterstr.*|\d{5} \w+|Monday to Friday.*"
    r"|\S+@example.com|Deutschland|Vertrag widerrufen|M, blue|[^,]+, \d{5} \w+"
)
UNMARKED = """() => { const found = [];
  const walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) { const text = walk.currentNode.textContent.trim();
    if (/[a-z]{4,}/.test(text) && !walk.currentNode.parentElement.closest(".reference, .item-title, .mono, address")
      && !/[áéíóúý]/.test(text)) found.push(text) }
  return found }"""


def longer(words: str) -> str:
    return "".join(part if KEPT.fullmatch(part) else part.translate(LONGER) for part in KEPT.split(words) if part)


@pytest.fixture
def pseudo(settings, tmp_path):
    """German, as if every text were two fifths longer."""
    path = catalogue.po_path(tmp_path, "de").with_suffix(".mo")
    path.parent.mkdir(parents=True)
    there = catalogue.load(catalogue.po_path(HOUSE / "locale", "de"), "de")
    for message in there:
        if message.id:
            forms = message.id if isinstance(message.id, tuple | list) else (message.id,)
            made = tuple(longer(form) for form in forms)
            message.string = made if len(made) > 1 else made[0]
    with path.open("wb") as file:
        write_mo(file, there)
    settings.LOCALE_PATHS = [str(tmp_path)]
    forget()
    yield
    forget()


def forget() -> None:
    trans_real._translations = {}
    trans_real._default = None


def test_the_words_are_two_fifths_longer():
    text = "Which size do you want instead? You have %(size)s, and another one costs nothing."

    assert 1.3 <= len(longer(text)) / len(text) <= 1.5
    assert "%(size)s" in longer(text)


@pytest.mark.parametrize("name", SCENES)
def test_a_page_holds_longer_words_at_320_pixels(name, shop, box, page_at, live_server, pseudo):
    page = page_at(320, language="de-DE")
    there = SCENES[name](shop, box)

    enter(page, live_server, there, "de")

    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    left_over = [text for text in page.evaluate(UNMARKED) if not DATA.fullmatch(text)]
    assert left_over == []
