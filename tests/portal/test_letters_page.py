"""Staff look at every letter in every language; what is styled inside stays inside a frame that can do nothing."""

import re

import pytest

from notices.samples import kinds

pytestmark = pytest.mark.django_db


def test_every_letter_is_shown_in_every_language(shop, sam):
    told = {
        (kind, language): sam.get(f"/staff/letters/{kind}/", {"in": language}).status_code
        for kind in kinds()
        for language in ("en", "de")
    }

    assert {where: status for where, status in told.items() if status != 200} == {}


def test_a_letter_is_shown_with_its_subject_its_text_and_four_frames(shop, sam):
    html = sam.get("/staff/letters/refund.succeeded/", {"in": "de"}).content.decode()

    assert '<h2 id="subject" lang="de">' in html
    assert "64,80\xa0€" in html
    frames = re.findall(r"<iframe[^>]+>", html)
    assert len(frames) == 4
    assert all(
        " sandbox " in frame and "/staff/letters/refund.succeeded/mail.html?in=de&amp;scheme=" in frame
        for frame in frames
    )
    assert "[[" not in html


def test_only_the_frames_own_answer_may_be_styled_inside_and_it_can_do_nothing_else(shop, sam):
    page = sam.get("/staff/letters/return.created/")
    mail = sam.get("/staff/letters/return.created/mail.html")

    rules = dict(rule.partition(" ")[::2] for rule in mail["Content-Security-Policy"].split("; "))
    assert {name for name, value in rules.items() if value != "'none'"} == {"style-src", "frame-ancestors", "sandbox"}
    assert (rules["style-src"], rules["frame-ancestors"], rules["sandbox"]) == ("'unsafe-inline'", "'self'", "")
    assert mail["X-Frame-Options"] == "SAMEORIGIN"
    assert "unsafe" not in page["Content-Security-Policy"]
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    assert "frame-src" not in sam.get("/staff/")["Content-Security-Policy"]
    assert "<style" in mail.content.decode()


def test_the_scheme_is_the_one_that_was_asked_for(shop, sam):
    light, dark = (
        sam.get("/staff/letters/return.created/mail.html", {"scheme": scheme}).content.decode()
        for scheme in ("light", "dark")
    )

    assert ("@media not all" in light, "@media all" in light) == (True, False)
    assert ("@media not all" in dark, "@media all" in dark) == (False, True)
    assert 'name="color-scheme" content="dark"' in dark


def test_the_address_without_a_letter_leads_to_the_first(shop, sam):
    told = [sam.get("/staff/letters/", {"in": language})["Location"] for language in ("de", "x")]

    assert told == [f"/staff/letters/{kinds()[0]}/?in={language}" for language in ("de", "en")]


def test_there_is_no_letter_of_another_name(shop, sam):
    told = [
        sam.get(f"/staff/letters/{kind}/{page}").status_code
        for kind in ("x", "..", "parts")
        for page in ("", "mail.html")
    ]

    assert set(told) == {404}
