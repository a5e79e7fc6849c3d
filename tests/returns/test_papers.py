"""The label as a person, a scanner and a screen reader find it. Drawn by one library, read back by others."""

import io
import re
from dataclasses import replace
from datetime import date

import pikepdf
import pypdfium2
import pytest
import zxingcpp

from returns import papers
from returns.papers import LabelFacts, LabelLine, code_svg, label_html, label_pdf

LANGUAGES = ("en", "de", "el", "vi")

NAMES = {
    "en": ("The customer", "12 Orchard Lane"),
    "de": ("Größe Übergröße ß", "Übergrößenstraße 14"),
    "el": ("Ελληνική οδός Ωμέγα", "105 51 Αθήνα"),
    "vi": ("Nguyễn Thị Hồng", "Đường Trần Hưng Đạo"),
}
ITEMS = {
    "en": LabelLine(1, "Linen shirt", "Blue, size M"),
    "de": LabelLine(2, "Größe Übergröße ß", "Länge 32, weiß"),
    "el": LabelLine(1, "Λινό πουκάμισο", "Μέγεθος Μ, γαλάζιο"),
    "vi": LabelLine(3, "Áo sơ mi vải lanh", "Xanh dương, cỡ M"),
}
DATES = {
    "en": "Wednesday, 16 December 2026",
    "de": "Mittwoch, 16. Dezember 2026",
    "el": "Τετάρτη 16 Δεκεμβρίου 2026",
    "vi": "Thứ Tư, 16 tháng 12, 2026",
}


def make_facts(language="en", **changes):
    facts = LabelFacts(
        language=language,
        shop_name="Linden & Co.",
        number="R-7K3QFW2X",
        parcel=1,
        parcels=2,
        carrier="DHL",
        tracking_number="00340434161094015902",
        routing="DE 27680807+99",
        receiver=("Linden & Co.", "Hauptstraße 4", "10115 Berlin", "Deutschland"),
        sender=NAMES[language],
        send_by=date(2026, 12, 16),
        lines=(ITEMS[language],),
        code="",
    )
    return replace(facts, **changes)


def text_of(pdf):
    with pypdfium2.PdfDocument(pdf) as document:
        return re.sub(r"\s+", " ", document[0].get_textpage().get_text_range())


def codes_on(pdf, dpi):
    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[0].render(scale=dpi / 72).to_pil().convert("L")
    return {(code.format.name, code.text) for code in zxingcpp.read_barcodes(picture)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_can_be_read_in_its_own_letters(language):
    facts = make_facts(language)

    words = text_of(label_pdf(facts))

    item = facts.lines[0]
    for expected in (*facts.sender, *facts.receiver, item.title, item.detail, facts.number, DATES[language]):
        assert expected in words


@pytest.mark.parametrize("dpi", [150, 203, 300])
@pytest.mark.parametrize("number", ["00340434161094015902", "1Z999AA10123456784", "RR123456785DE"])
def test_scanners_read_back_what_was_written(number, dpi):
    pdf = label_pdf(make_facts(tracking_number=number))

    assert {("Code128", number), ("QRCode", "R-7K3QFW2X")} <= codes_on(pdf, dpi)


def test_a_code_of_the_carrier_stands_on_the_label_and_our_number_on_the_slip():
    pdf = label_pdf(make_facts(code="https://shop.example/r/R-7K3QFW2X/"))

    assert {("QRCode", "https://shop.example/r/R-7K3QFW2X/"), ("QRCode", "R-7K3QFW2X")} <= codes_on(pdf, 203)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_tagged_and_knows_its_language_and_name(language):
    with pikepdf.open(io.BytesIO(label_pdf(make_facts(language)))) as pdf:
        assert len(pdf.pages) == 1
        assert pdf.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in pdf.Root
        assert str(pdf.Root.Lang) == language
        assert "R-7K3QFW2X" in str(pdf.docinfo.Title)
        assert [round(float(side)) for side in pdf.pages[0].mediabox[2:]] == [595, 842]


def test_every_drawing_has_words_for_those_who_hear_the_page():
    with pikepdf.open(io.BytesIO(label_pdf(make_facts()))) as pdf:
        figures = [
            thing for thing in pdf.objects if isinstance(thing, pikepdf.Dictionary) and thing.get("/S") == "/Figure"
        ]

        assert len(figures) == 4
        assert {str(figure.Alt) for figure in figures} >= {"R-7K3QFW2X", "00340434161094015902"}


def test_a_hostile_title_is_only_text():
    hostile = "<img src=file:///etc/passwd>"
    pdf = label_pdf(make_facts(lines=(LabelLine(1, hostile, "<script>alert(1)</script>"),)))

    words = text_of(pdf)

    assert hostile in words
    assert "root:" not in words
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert len(list(opened.pages[0].get_images())) == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_own_words_add_no_price_and_no_address_of_mail(language):
    words = text_of(label_pdf(make_facts(language)))

    assert "@" not in words
    assert not re.search(r"[€$£₫]|\bEUR\b|\d[.,]\d\d\b", words)


def test_many_and_long_items_stay_on_one_page():
    long = LabelLine(12, "A very long title that goes on and on " * 6, "and its detail too " * 12)
    pdf = label_pdf(make_facts(lines=(long,) * 30, receiver=("A long line of an address, " * 4,) * 6))

    with pypdfium2.PdfDocument(pdf) as document:
        assert len(document) == 1
    words = text_of(pdf)
    assert f"and {12 * (30 - 11)} more items" in words
    assert ("Code128", "00340434161094015902") in codes_on(pdf, 203)


def test_a_parcel_without_a_tracking_number_has_a_label_without_bars():
    pdf = label_pdf(make_facts(tracking_number=""))

    assert codes_on(pdf, 203) == {("QRCode", "R-7K3QFW2X")}


def test_a_number_too_long_for_any_scanner_stands_in_letters_alone():
    pdf = label_pdf(make_facts(tracking_number="X" * 60))

    assert codes_on(pdf, 203) == {("QRCode", "R-7K3QFW2X")}
    assert "X" * 60 in text_of(pdf).replace(" ", "")


def test_the_page_for_browsers_says_the_same_and_carries_no_style_of_its_own():
    page = label_html(make_facts("vi"))

    assert "Nguyễn Thị Hồng" in page
    assert "css/label" in page
    assert "style=" not in page
    assert "<style" not in page


def test_the_code_for_the_screen_has_its_quiet_zone_and_its_words():
    drawing = code_svg("R-7K3QFW2X")

    assert 'viewBox="0 0 29 29"' in drawing
    assert "<title>R-7K3QFW2X</title>" in drawing
    assert 'd="M4 4h7' in drawing


def test_without_pango_the_caller_is_told(monkeypatch):
    import builtins

    real = builtins.__import__

    def no_pango(name, *rest, **more):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", no_pango)

    with pytest.raises(papers.PapersUnavailable):
        label_pdf(make_facts())
