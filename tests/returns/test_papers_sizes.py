"""The same label on A4, on A6 and on four by six inches; and a carrier's own, in the carrier's size."""

import io
import re
from dataclasses import replace
from functools import cache

import barcode
import pikepdf
import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from returns.papers import PAPERS, PDF, LabelLine, code_html, code_pdf, label_html, label_pdf, slip_html, slip_pdf
from returns.papers.labels import outside
from tests.returns.test_papers import DATES, LANGUAGES, make_facts

SIZES = {"a4": (595, 842), "a6": (298, 420), "4x6": (288, 432)}
LONG = (
    "Übergrößenbekleidungsfachgeschäft Donaudampfschifffahrtsgesell",
    "Λεωφόρος Ελευθερίου Βενιζέλου-Παπαναστασίου-Κωνσταντίνου 1234",
    "700000 Thành phố Hồ Chí Minh, Phường Nguyễn Cư Trinh, Quận Một",
    "Ελλάδα",
)
ITEMS = tuple(LabelLine(1, f"Item {n}", f"Size {n}") for n in range(1, 13))


def pages_of(pdf):
    """The words and the size of each page."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [
            (
                re.sub(r"\s+", " ", page.get_textpage().get_text_range()),
                tuple(round(side) for side in page.get_size()),
            )
            for page in document
        ]


def codes_of(pdf, page, dpi):
    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[page].render(scale=dpi / 72).to_pil().convert("L")
    return {(code.format.name, code.text) for code in zxingcpp.read_barcodes(picture)}


def squeezed(words):
    return re.sub(r"[\s\ufffe\x02-]+", "", words)  # a hyphen at the end of a row is told as one of the two


@pytest.mark.parametrize("paper", ["a6", "4x6"])
def test_small_paper_has_the_label_first_and_then_the_slip(paper):
    label, slip = pages_of(label_pdf(make_facts(), paper=paper))

    assert (label[1], slip[1]) == (SIZES[paper], SIZES[paper])
    assert "Hauptstraße 4" in label[0]
    assert "Linen shirt" not in label[0]
    assert "Linen shirt" in slip[0]
    assert "Stick the label from the other page on the box." in slip[0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("paper", PAPERS)
def test_every_size_says_the_same_in_every_language(paper, language):
    facts = make_facts(language)

    words = " ".join(words for words, _size in pages_of(label_pdf(facts, paper=paper)))

    item = facts.lines[0]
    for expected in (*facts.sender, *facts.receiver, item.title, item.detail, facts.number, DATES[language]):
        assert expected in words


@cache
def with_a_code_of_the_carrier(paper):
    return label_pdf(make_facts(code="https://carrier.example/drop-off/R-7K3QFW2X/"), paper=paper)


@pytest.mark.parametrize("dpi", [150, 203, 300])
@pytest.mark.parametrize("paper", PAPERS)
def test_scanners_read_every_size(paper, dpi):
    pdf = with_a_code_of_the_carrier(paper)

    first, last = codes_of(pdf, 0, dpi), codes_of(pdf, -1 % len(pages_of(pdf)), dpi)

    assert ("Code128", "00340434161094015902") in first
    assert ("QRCode", "https://carrier.example/drop-off/R-7K3QFW2X/") in first
    assert ("QRCode", "R-7K3QFW2X") in last


# How far down the places of the two addresses reach: millimetres from the upper edge of the page.
ENDS = {"a4": (90.0, 90.0), "a6": (63.0, 96.0), "4x6": (65.2, 98.2)}


def bottoms_of(pdf, word):
    """How far down each time this word stands on the first page, in millimetres."""
    with pypdfium2.PdfDocument(pdf) as document:
        page, found = document[0], []
        text, search = page.get_textpage(), page.get_textpage().search(word)
        while place := search.get_next():
            at, count = place
            found.append(max(page.get_height() - text.get_charbox(at + n)[1] for n in range(count)) * 25.4 / 72)
    return found


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize(
    "lines", [LONG, (*LONG[:3], *LONG[:2]), tuple("A long line of an address, " * 4 for _ in range(5))]
)
def test_no_line_of_a_long_address_is_lost_or_cut(paper, lines):
    """What stands below the end of its place is in the file and not on the paper."""
    facts = make_facts(receiver=(*lines[:-1], "ENDS"), sender=(*lines[:-1], "ENDS"))
    pdf = label_pdf(facts, paper=paper)

    words = squeezed(pages_of(pdf)[0][0])

    if lines is LONG:
        for line in LONG[:-1]:
            assert words.count(squeezed(line)) == 2
    for bottom, end in zip(bottoms_of(pdf, "ENDS"), ENDS[paper], strict=True):
        assert bottom <= end


@pytest.mark.parametrize(("paper", "shown"), [("a4", 12), ("a6", 5), ("4x6", 5)])
def test_twelve_items_are_listed_or_counted(paper, shown):
    words = pages_of(label_pdf(make_facts(lines=ITEMS), paper=paper))[-1][0]

    assert [f"Item {n} Size {n}" in words for n in range(1, 13)] == [n <= shown for n in range(1, 13)]
    assert (f"and {12 - shown} more items" in words) is (shown < 12)


@pytest.mark.parametrize("paper", PAPERS)
def test_the_slip_says_which_box_of_how_many_it_lies_in(paper):
    words = pages_of(label_pdf(make_facts(parcel=2, parcels=3), paper=paper))[-1][0]

    assert "Parcel 2 of 3" in words


def test_bars_too_thin_for_small_paper_bring_the_label_on_a4():
    number = "AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEf"

    pdf = label_pdf(make_facts(tracking_number=number), paper="a6")

    assert [size for _words, size in pages_of(pdf)] == [SIZES["a4"]]
    assert ("Code128", number) in codes_of(pdf, 0, 203)


@pytest.mark.parametrize("paper", PAPERS)
def test_the_slip_alone_is_one_page(paper):
    (words, size), *more = pages_of(slip_pdf(make_facts(), paper=paper))

    assert (size, more) == (SIZES[paper], [])
    assert "Linen shirt" in words
    assert "Hauptstraße 4" not in words


# The code that needs no label


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("paper", PAPERS)
def test_the_code_stands_on_a_page_of_its_own_with_all_the_counter_needs(paper, language):
    facts = make_facts(language, code="https://carrier.example/drop-off/R-7K3QFW2X/")

    pdf = code_pdf(facts, paper=paper)

    [(words, size)] = pages_of(pdf)
    assert size == SIZES[paper]
    for expected in (facts.shop_name, facts.number, facts.tracking_number, facts.carrier, DATES[language]):
        assert expected in words
    assert not any(line in words for line in (*facts.sender, facts.lines[0].title, "Hauptstraße 4"))
    assert codes_of(pdf, 0, 150) == {("QRCode", facts.code)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("paper", PAPERS)
def test_nothing_on_the_page_of_the_code_falls_off_its_end(paper, language):
    facts = make_facts(language, code="x" * 80, shop_name=LONG[1], carrier="Deutsche Post DHL Group")

    assert lowest_of(code_pdf(facts, paper=paper)) >= 4


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("paper", PAPERS)
def test_nothing_on_the_slip_falls_off_its_end(paper, language):
    facts = make_facts(language, lines=ITEMS * 2, shop_name=LONG[1], carrier="Deutsche Post DHL Group")

    assert lowest_of(label_pdf(facts, paper=paper)) >= {"a4": 8, "a6": 4, "4x6": 6.2}[paper]


def lowest_of(pdf):
    """How far the lowest letter of the last page stands from its lower edge, in millimetres."""
    with pypdfium2.PdfDocument(pdf) as document:
        text = document[len(document) - 1].get_textpage()
        letters = [n for n in range(text.count_chars()) if text.get_text_range(n, 1).strip()]
        return min(text.get_charbox(n)[1] for n in letters) * 25.4 / 72


def test_a_code_that_the_carrier_drew_is_shown_as_it_is():
    import segno

    drawn = io.BytesIO()
    segno.make_qr("theirs").save(drawn, kind="png", scale=3)

    assert codes_of(code_pdf(make_facts(code="ours", code_drawn=drawn.getvalue())), 0, 150) == {("QRCode", "theirs")}


def test_a_box_without_a_code_has_no_page_for_it():
    with pytest.raises(ValueError, match="no code"):
        code_pdf(make_facts(code=""))


# A label as the carrier drew it


def a_picture(size, *, bar=3, dpi=None, kind="PNG"):
    """A label with an edge around it and a code whose narrowest bar has `bar` dots."""
    picture = Image.new("L", size, 255)
    bars = barcode.get("code128", "1Z999AA10123456784").build()[0]
    for place, dark in enumerate(bars):
        if dark == "1":
            picture.paste(0, (60 + place * bar, 100, 60 + (place + 1) * bar, 300))
    for edge in ((0, 0, size[0], 4), (0, size[1] - 4, size[0], size[1]), (0, 0, 4, size[1])):
        picture.paste(0, edge)
    written = io.BytesIO()
    picture.save(written, kind, **({"dpi": (dpi, dpi)} if dpi else {}))
    return written.getvalue()


def drawn(picture, kind="image/png", **changes):
    return make_facts(drawn=picture, drawn_type=kind, tracking_number="1Z999AA10123456784", **changes)


def figure_of(pdf, page=0):
    """Width and height in millimetres of the one picture on a page."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        matrices, stack = [], [pikepdf.Matrix()]
        resources = opened.pages[page].Resources
        pictures = {name for name, thing in resources.XObject.items() if thing.Subtype == "/Image"}
        for operands, operator in pikepdf.parse_content_stream(opened.pages[page]):
            match str(operator):
                case "q":
                    stack.append(stack[-1])
                case "Q":
                    stack.pop()
                case "cm":
                    stack[-1] = pikepdf.Matrix(*map(float, operands)) @ stack[-1]
                case "Do" if str(operands[0]) in pictures:
                    matrices.append(stack[-1])
    [matrix] = matrices
    return round(abs(matrix.a or matrix.b) * 25.4 / 72, 1), round(abs(matrix.d or matrix.c) * 25.4 / 72, 1)


@pytest.mark.parametrize(
    ("size", "dpi", "paper", "printed", "pages"),
    [
        ((800, 1200), None, "a4", (150.0, 100.0), [SIZES["a4"]]),  # 203 dots an inch, laid on its side
        ((1200, 1800), 300, "a4", (152.4, 101.6), [SIZES["a4"]]),
        ((800, 1200), None, "4x6", (100.0, 150.0), [SIZES["4x6"], SIZES["4x6"]]),
        ((800, 1150), None, "a6", (100.0, 143.8), [SIZES["a6"], SIZES["a6"]]),
        ((1400, 800), None, "a4", (175.0, 100.0), [SIZES["a4"]]),  # as UPS sends them
        ((1200, 1800), 300, "a6", (101.6, 152.4), [(305, 449), SIZES["a6"]]),  # larger than A6: in its own size
        ((1680, 2376), 203, "a4", (297.3, 210.2), [(860, 613), SIZES["a4"]]),
    ],
)
def test_a_picture_of_a_label_keeps_its_printed_size(size, dpi, paper, printed, pages):
    pdf = label_pdf(drawn(a_picture(size, dpi=dpi)), paper=paper)

    assert [page[1] for page in pages_of(pdf)] == pages
    assert figure_of(pdf) == pytest.approx(printed, abs=0.3)
    assert ("Code128", "1Z999AA10123456784") in codes_of(pdf, 0, 203)


@pytest.mark.parametrize("paper", PAPERS)
def test_a_label_that_came_as_a_pdf_keeps_its_size_and_is_read_out_as_one_picture(paper):
    theirs = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page(page_size=(291, 561))
        made.save(theirs)

    pdf = label_pdf(drawn(theirs.getvalue(), PDF), paper=paper)

    assert [size for _words, size in pages_of(pdf)] == [(291, 561), SIZES[paper]]
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        document = opened.Root.StructTreeRoot.K[0]
        figure = document.K[0]
        assert (str(figure.S), str(figure.Alt)) == ("/Figure", "DHL 1Z999AA10123456784")
        assert figure.Pg.objgen == opened.pages[0].obj.objgen
        numbers = opened.Root.StructTreeRoot.ParentTree.Nums
        at = {int(numbers[n]): numbers[n + 1] for n in range(0, len(numbers), 2)}
        assert at[int(opened.pages[0].StructParents)][0].objgen == figure.objgen
        assert str(opened.Root.Lang) == "en"
        assert opened.Root.MarkInfo.Marked


# For browsers


@pytest.mark.parametrize("show", [label_html, slip_html, code_html])
@pytest.mark.parametrize("paper", PAPERS)
def test_pages_for_browsers_carry_no_style_of_their_own(show, paper):
    page = show(make_facts("vi", code="x", lines=ITEMS), paper=paper)

    assert "R-7K3QFW2X" in page
    assert not re.search(r"style=|<style|<script", page)


def test_a_page_for_browsers_names_the_paper_to_put_in():
    facts = make_facts()

    assert "on A4 paper" in label_html(facts)
    assert "on label paper, at its real size" in label_html(facts, paper="a6")


# What people type into addresses


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("Ada ada@example.com", "Ada"),
        ("Am Beispiel 1, Tel. 0171 2345678", "Am Beispiel 1"),
        ("Am Beispiel 1 (+49 30 123456-78)", "Am Beispiel 1"),
        ("Οδός Ωμέγα 7 κιν. 697 1234567", "Οδός Ωμέγα 7"),
        ("Οδός Ωμέγα 7, 6971234567", "Οδός Ωμέγα 7"),
        ("12 Nguyễn Huệ, ĐT: 0912.345.678", "12 Nguyễn Huệ"),
        ("5 Main Street (555) 123-4567", "5 Main Street"),
        ("E-Mail: ada@example.com", ""),
        ("Worth 39,90 €", "Worth"),
        ("Postnummer 1234567890", "Postnummer 1234567890"),
        ("Packstation 145", "Packstation 145"),
        ("02134-1234 Boston", "02134-1234 Boston"),
        ("123/45/67 Đường Trần Hưng Đạo", "123/45/67 Đường Trần Hưng Đạo"),
        ("01067 Dresden", "01067 Dresden"),
        ("Haus 3 (links)", "Haus 3 (links)"),
        ("105 51 Αθήνα", "105 51 Αθήνα"),
    ],
)
def test_phones_emails_and_prices_leave_an_address_and_nothing_else_does(typed, left):
    assert outside((typed,)) == ((left,) if left else ())


def test_the_outside_of_the_box_says_nothing_that_reaches_a_person():
    """Put where each field could carry it, and then looked for in the whole file."""
    private = "ada@example.com", "+49 171 2345678", "39,90 €"
    leaky = tuple(f"Line {n} {what}" for n, what in enumerate(private))
    facts = replace(make_facts(), receiver=leaky, sender=leaky, lines=(LabelLine(1, "Gift card 39,90 €", "+49 171"),))

    for paper in PAPERS:
        pdf = label_pdf(facts, paper=paper)
        label = pages_of(pdf)[0][0].partition("Return slip for")[0]
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            told = str(dict(opened.docinfo)) + opened.Root.Metadata.read_bytes().decode()
        for what in ("@", "+49", "2345678", "39,90", "€"):
            assert what not in label
            assert what not in told
