"""The acknowledgement of a withdrawal: what was typed, all of it and nothing else, and the second it came in."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pypdfium2
import pytest

from returns.papers import AcknowledgementFacts, acknowledgement_html, acknowledgement_pdf
from tests.returns.test_papers import LANGUAGES

BERLIN = ZoneInfo("Europe/Berlin")
TYPED = {
    "en": ("The customer", "Order 4K7P-92TD-3", "I withdraw from my contract.\n\nReceived on 19 November."),
    "de": ("Größe Übergröße ß", "Bestellung 4K7P-92TD-3", "Hiermit widerrufe ich den Vertrag.\n\nErhalten am 19.11."),
    "el": ("Ελληνική Ωμέγα", "Παραγγελία 4K7P-92TD-3", "Με την παρούσα υπαναχωρώ από τη σύμβαση.\n\nΕλήφθη ΐΰ."),
    "vi": ("Nguyễn Thị Hồng", "Đơn hàng 4K7P-92TD-3", "Tôi xin hủy hợp đồng mua hàng.\n\nNhận hàng ngày 19/11."),
}
RECEIVED = {
    "en": ("Monday, 23 November 2026", "Central European Standard Time, UTC+01:00"),
    "de": ("Montag, 23. November 2026", "Mitteleuropäische Normalzeit, UTC+01:00"),
    "el": ("Δευτέρα 23 Νοεμβρίου 2026", "Χειμερινή ώρα Κεντρικής Ευρώπης, UTC+01:00"),
    "vi": ("Thứ Hai, 23 tháng 11, 2026", "Giờ chuẩn Trung Âu, UTC+01:00"),
}


def make_acknowledgement(language="en", **changes):
    name, contract, statement = TYPED[language]
    facts = AcknowledgementFacts(
        language=language,
        shop_name="Linden & Co.",
        shop_address=("Musterstraße 1", "04109 Leipzig"),
        number="W-7K3QFW2X",
        name=name,
        contract=contract,
        items=(),
        email="ada@example.com",
        received_at=datetime(2026, 11, 23, 21, 14, 7, tzinfo=BERLIN),
        statement=statement,
        send_by=date(2026, 12, 7),
        money_by=date(2026, 12, 7),
    )
    return replace(facts, **changes)


def pages_of(pdf):
    with pypdfium2.PdfDocument(pdf) as document:
        return [re.sub(r"\s+", " ", page.get_textpage().get_text_range()) for page in document]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_typed_stands_there_in_its_own_letters_with_the_second_and_the_zone(language):
    facts = make_acknowledgement(language)

    [words] = pages_of(acknowledgement_pdf(facts))

    day, zone = RECEIVED[language]
    statement = re.sub(r"\s+", " ", facts.statement)
    for expected in (facts.name, facts.contract, facts.email, facts.number, f"{day} 21:14:07 {zone}", statement):
        assert expected in words


def test_it_repeats_what_was_typed_and_adds_nothing():
    [words] = pages_of(acknowledgement_pdf(make_acknowledgement(items=("1 × shirt", "the blue one"))))

    assert words == (
        "Linden & Co. Musterstraße 1 · 04109 Leipzig We have received your withdrawal"
        " Received on Monday, 23 November 2026 21:14:07 Central European Standard Time, UTC+01:00"
        " Reference W-7K3QFW2X Name The customer Contract Order 4K7P-92TD-3 Items 1 × shirt the blue one"
        " Confirmation to ada@example.com"
        " What you told us I withdraw from my contract. Received on 19 November."
        " What happens next Send the items back by Monday, 7 December 2026."
        " You get the money for these items back by Monday, 7 December 2026."
        " We may wait until we have the items or your proof that you sent them."
        " Keep this page. It shows what you told us and when it reached us."
        " Linden & Co. · W-7K3QFW2X Page 1 of 1"
    )


def test_a_withdrawal_from_everything_says_so_and_promises_the_delivery_cost():
    [words] = pages_of(acknowledgement_pdf(make_acknowledgement()))

    assert "Items The whole order" in words
    assert "with the normal delivery cost, by Monday, 7 December 2026." in words


def test_without_days_nothing_is_promised_and_the_shop_says_what_it_does():
    step = "A person looks for your order today."
    [words] = pages_of(acknowledgement_pdf(make_acknowledgement(send_by=None, money_by=None, next_steps=(step,))))
    [silent] = pages_of(acknowledgement_pdf(make_acknowledgement(send_by=None, money_by=None)))

    assert words.partition("What happens next ")[2].startswith(step)
    assert "happens next" not in silent


def test_a_long_statement_is_there_in_full_over_all_its_pages():
    statement = "\n".join(f"Sentence {n} of my statement, in which I say why and how." for n in range(1, 200))

    pages = pages_of(acknowledgement_pdf(make_acknowledgement(statement=statement)))

    whole = " ".join(re.sub(r" Linden & Co\. · W-7K3QFW2X Page \d+ of \d+$", "", page) for page in pages)
    assert statement.replace("\n", " ") in whole
    assert [page.endswith(f"Page {n} of {len(pages)}") for n, page in enumerate(pages, 1)] == [True] * len(pages)


@pytest.mark.parametrize(("fold", "zone"), [(0, "Summer Time, UTC+02:00"), (1, "Standard Time, UTC+01:00")])
def test_the_hour_that_comes_twice_is_told_apart(fold, zone):
    at = datetime(2026, 10, 25, 2, 30, 1, tzinfo=BERLIN, fold=fold)

    [words] = pages_of(acknowledgement_pdf(make_acknowledgement(received_at=at)))

    assert f"Sunday, 25 October 2026 02:30:01 Central European {zone}" in words


def test_other_zones_have_their_names_and_no_zone_is_refused():
    saigon = datetime(2026, 11, 23, 21, 14, 7, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    utc = datetime(2026, 11, 23, 21, 14, 7, tzinfo=UTC)

    assert "21:14:07 Vietnam Time, UTC+07:00" in acknowledged(saigon)
    assert "21:14:07 Coordinated Universal Time, UTC" in acknowledged(utc)
    with pytest.raises(ValueError, match="zone"):
        acknowledged(utc.replace(tzinfo=None))


def acknowledged(at):
    return pages_of(acknowledgement_pdf(make_acknowledgement(received_at=at)))[0]


def test_hostile_words_are_only_words():
    typed = '<img src="file:///etc/passwd"><script>alert(1)</script>'
    facts = make_acknowledgement(name=typed, contract=typed, statement=typed, items=(typed,), email="a@example.com")

    [words] = pages_of(acknowledgement_pdf(facts))

    assert words.count(typed) == 4


def test_the_page_for_browsers_says_the_same_and_carries_no_style_of_its_own():
    page = acknowledgement_html(make_acknowledgement("vi"))

    assert "Tôi xin hủy hợp đồng mua hàng." in page
    assert not re.search(r"style=|<style|<script", page)
