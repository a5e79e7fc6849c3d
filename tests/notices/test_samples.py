"""Samples of letters: every letter has one, and it says what its maker says."""

import re

import pytest
from django.template import engines
from django.utils import translation

from notices.letters import LETTERS, TYPED, facts_for
from notices.outbox import COLUMNS, preheader, rendered, wrapped
from notices.samples import in_days, kinds, sample_of
from portal.templatetags.words import day
from tests import make
from tests.notices.test_outbox import LANGUAGES, UNKNOWN, every_letter

pytestmark = pytest.mark.django_db

WITHOUT_A_BUTTON = TYPED


def sample(kind, shop, language="en"):
    with translation.override(language):
        facts = sample_of(kind, shop, language)
    return rendered(kind, facts, shop=shop, language=language)


def test_every_letter_has_a_sample(shop):
    assert set(LETTERS) <= set(kinds())
    for kind in kinds():
        assert isinstance(sample_of(kind, shop, "en"), dict), kind


def test_a_letter_without_a_sample_is_noticed(shop):
    with pytest.raises(KeyError):
        sample_of("parcel.eaten", shop, "en")


def test_a_sample_says_what_its_maker_says(shop):
    for kind, entry in every_letter(shop).items():
        facts = facts_for(make.fresh(entry)) or {}

        assert (kind, set(sample_of(kind, shop, "en"))) == (kind, set(facts))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sample_is_whole_in_every_language(shop, language, monkeypatch):
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", UNKNOWN + "%s")

    for kind in kinds():
        subject, text, html = sample(kind, shop, language)
        assert (kind, bool(subject), UNKNOWN in subject + text + html) == (kind, True, False)
        assert (kind, re.findall(r"\{[{%]|None\b", subject + text + html)) == (kind, [])
        assert f'<html lang="{language}" dir="ltr">' in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_has_one_heading_and_one_button_and_loads_nothing(shop, language):
    for kind in kinds():
        _subject, text, html = sample(kind, shop, language)
        count = 0 if kind in WITHOUT_A_BUTTON else 1
        assert (kind, html.count("<h1"), html.count('href="'), text.count("[[link]]")) == (kind, 1, count, count)
        assert (kind, re.findall(r"<img|<link|<script|url\(|src=", html)) == (kind, [])


def test_the_dark_styles_stand_beside_those_that_are_written_into_each_part(shop):
    html = sample("deduction.proposed", shop)[2]

    dark = re.search(r"@media \(prefers-color-scheme: dark\) \{.*?\n\}", html, re.S)[0]
    assert '<meta name="color-scheme" content="light dark">' in html
    assert '<meta name="supported-color-schemes" content="light dark">' in html
    filled = [tag for tag in re.findall(r"<\w[^>]*>", html) if "background-color" in tag]
    named = [re.search(r'^<(\w+)(?:.* class="([\w-]+)")?', tag).groups() for tag in filled]
    grounds = {f".{name}" if name else tag for tag, name in named}
    assert {"body", "blockquote", ".sheet", ".button", ".ground"} == grounds
    assert {
        name for name in grounds if not re.search(rf"^{re.escape(name)}\b|, {re.escape(name)}\b", dark, re.M)
    } == set()


def test_a_letter_wears_the_shops_colour_as_it_can_be_read(shop):
    shop.accent, shop.corners = "#ffd400", "square"

    html = sample("return.created", shop)[2]

    button = re.search(r'<td class="button" style="([^"]*)"', html)[1]
    assert "background-color: #7f6800" in button
    assert "border-radius: 0px" in button
    assert "background-color: #ffd400 !important" in html


def test_what_a_mailbox_shows_beside_the_subject_is_the_first_sentence_and_never_a_code(shop):
    _subject, text, html = sample("return.received", shop)

    when = day(in_days(7)).replace("\xa0", " ")
    assert preheader(text) == f"We check it by {when}. You do not have to do anything."
    assert f">{preheader(text)}</div>" in html
    assert "[[" not in preheader(sample("access.code", shop)[1])
    assert preheader("A heading\n") == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_plain_text_is_at_most_72_wide_and_has_no_markup(shop, language):
    for kind in kinds():
        text = wrapped(sample(kind, shop, language)[1])
        assert (kind, [line for line in text.split("\n") if len(line) > COLUMNS]) == (kind, [])
        assert (kind, re.findall(r"<\w|&\w+;|\n{4,}", text)) == (kind, [])


def test_a_link_is_never_broken_and_what_belongs_together_stays_together():
    link = "https://example.com/" + "x" * 80
    text = f"word {'word ' * 13}Tue\xa024\xa0Nov and more\n{link}\n- {'a long item ' * 8}\n\nend"

    lines = wrapped(text).split("\n")

    assert link in lines
    assert any("Tue\xa024\xa0Nov" in line for line in lines)
    assert [line[:2] for line in lines if "item" in line] == ["- ", "  "]
    assert lines[-2:] == ["", "end"]
