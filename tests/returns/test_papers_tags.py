"""Papers as a screen reader, an archive and a search find them (PDF/UA-1): checked object by object."""

import io
import re
from itertools import pairwise

import pikepdf
import pytest

from returns.papers import (
    PAPERS,
    LabelLine,
    acknowledgement_pdf,
    code_pdf,
    credit_note_pdf,
    dispute_pdf,
    label_pdf,
    slip_pdf,
)
from tests.returns.test_papers import LANGUAGES, make_facts
from tests.returns.test_papers_acknowledgement import make_acknowledgement
from tests.returns.test_papers_credit_note import make_note
from tests.returns.test_papers_dispute import make_dispute

CODE = {"code": "https://carrier.example/x"}
MADE = {
    **{
        f"label {paper}": (lambda language, paper=paper: label_pdf(make_facts(language), paper=paper))
        for paper in PAPERS
    },
    "slip": lambda language: slip_pdf(make_facts(language)),
    "code": lambda language: code_pdf(make_facts(language, **CODE)),
    "acknowledgement": lambda language: acknowledgement_pdf(make_acknowledgement(language)),
    "credit note": lambda language: credit_note_pdf(make_note(language, rows=30)),
    "cancelled": lambda language: credit_note_pdf(make_note(language, cancels=7)),
    "dispute": lambda language: dispute_pdf(make_dispute(language, lines=30)),
    "many": lambda language: label_pdf(make_facts(language, lines=(LabelLine(1, "x", "y"),) * 30)),
}


@pytest.fixture(params=[(name, language) for name in MADE for language in LANGUAGES], ids="-".join)
def paper(request):
    name, language = request.param
    with pikepdf.open(io.BytesIO(MADE[name](language))) as pdf:
        yield language, pdf


def elements(pdf):
    """Every element of the tag tree, as it is read out."""

    def walk(element):
        if isinstance(element, pikepdf.Dictionary) and "/S" in element:
            yield element
        kids = element.get("/K", [])
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, pikepdf.Dictionary):
                yield from walk(kid)

    return list(walk(pdf.Root.StructTreeRoot))


def test_a_paper_is_what_assistive_technology_expects(paper):
    language, pdf = paper

    tags = [str(element.S) for element in elements(pdf)]
    levels = [int(tag[2:]) for tag in tags if re.fullmatch(r"/H\d", tag)]
    assert str(pdf.Root.Lang) == language
    assert pdf.Root.MarkInfo.Marked
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    assert "-7K3QFW2X" in str(pdf.docinfo.Title)
    assert re.search(r"pdfuaid:part(>|=\")1", pdf.Root.Metadata.read_bytes().decode())
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for figure in (element for element in elements(pdf) if element.S == "/Figure"):
        assert str(figure.Alt).strip()
    heads = {str(element.ID) for element in elements(pdf) if element.S == "/TH"}
    for cell in (element for element in elements(pdf) if element.S == "/TD"):
        assert {str(head) for head in cell.A.Headers} & heads


def test_every_mark_on_a_page_belongs_to_the_tree(paper):
    _language, pdf = paper
    numbers = pdf.Root.StructTreeRoot.ParentTree.Nums
    parents = {int(numbers[n]): numbers[n + 1] for n in range(0, len(numbers), 2)}

    for page in pdf.pages:
        marks = [
            operands[1].get("/MCID")
            for operands, operator in pikepdf.parse_content_stream(page)
            if str(operator) == "BDC" and isinstance(operands[1], pikepdf.Dictionary)
        ]
        known = parents[int(page.StructParents)]
        assert sorted(int(mark) for mark in marks if mark is not None) == list(range(len(known)))


def test_letters_are_those_of_one_whole_font_a_weight_and_can_be_copied(paper):
    _language, pdf = paper

    fonts = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/Font"]
    composed = [font for font in fonts if font.Subtype == "/Type0"]
    assert composed
    assert {str(font.BaseFont).rpartition("+")[2] for font in composed} <= {"Homeward-Sans", "Homeward-Sans-Bold"}
    for font in composed:
        descriptor = font.DescendantFonts[0].FontDescriptor
        assert any(name in descriptor for name in ("/FontFile", "/FontFile2", "/FontFile3"))
        assert font.ToUnicode.read_bytes()


def test_nothing_in_a_paper_acts(paper):
    _language, pdf = paper

    assert not {"/OpenAction", "/AA", "/AcroForm"} & set(pdf.Root.keys())
    assert not any("/Annots" in page for page in pdf.pages)
