"""Papers as customers, staff and operators get them: the right box, the right paper, and nobody else's."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from django.core.management import call_command
from django.utils import timezone

from notices.models import Letter
from portal.papers import dispute_of
from returns import parcels
from returns.models import ReturnParcel, Withdrawal
from returns.withdrawals import acknowledgement_facts
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def ret(shop, box):
    """A return of two boxes, both labelled."""
    ret = make.make_return(make.make_order(shop, lines=((2, 7980),)), units=2, state="approved")
    ReturnParcel.objects.create(ret=ret, position=2, carrier="sandbox")
    parcels.buy_labels()
    return make.fresh(ret)


@pytest.fixture
def reader(ada, ret):
    """Ada at level 2."""
    session = ada.session
    now = int(timezone.now().timestamp())
    session["orders"] = {str(ret.order_id): [2, now, now]}
    session.save()
    return ada


def words_of(pdf):
    with pypdfium2.PdfDocument(pdf) as document:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


def sizes_of(pdf):
    with pypdfium2.PdfDocument(pdf) as document:
        return [tuple(round(side) for side in page.get_size()) for page in document]


def numbers(ret):
    return [parcel.shipment.tracking_number for parcel in ret.parcels.select_related("shipment")]


def test_each_box_has_its_own_label_and_the_first_one_is_the_default(reader, ret):
    first, one, two = (
        words_of(reader.get(f"/returns/{ret.number}/{name}").content)[0]
        for name in ("label.pdf", "label-1.pdf", "label-2.pdf")
    )

    assert first == one
    assert [number in page for page in (one, two) for number in numbers(ret)] == [True, False, False, True]
    assert "Parcel 2 of 2" in two


@pytest.mark.parametrize(
    ("asked", "sizes"),
    [
        ("", [(595, 842)]),
        ("?paper=a4", [(595, 842)]),
        ("?paper=a6", [(298, 420)] * 2),
        ("?paper=4x6", [(288, 432)] * 2),
        ("?paper=../../etc/passwd", [(595, 842)]),
    ],
)
def test_the_paper_is_the_one_asked_for(reader, ret, sam, asked, sizes):
    customers = reader.get(f"/returns/{ret.number}/label-2.pdf{asked}")
    staffs = sam.get(f"/staff/returns/{ret.number}/label-2.pdf{asked}")

    assert sizes_of(customers.content) == sizes_of(staffs.content) == sizes
    assert customers["Content-Disposition"] == f'inline; filename="{ret.number}-2.pdf"'


def test_the_code_is_a_page_of_its_own_and_only_where_there_is_one(reader, ret):
    ret.parcels.filter(position=2).update(code="", code_image="")

    one, two = (reader.get(f"/returns/{ret.number}/code-{n}.pdf") for n in (1, 2))

    assert "Show this code" in words_of(one.content)[0]
    assert two.status_code == 404


@pytest.mark.parametrize("name", ["label-1.pdf", "label-2.pdf", "code-1.pdf"])
def test_papers_are_for_level_two_and_for_nobody_else(ada, bob, ret, name):
    session = ada.session
    now = int(timezone.now().timestamp())
    session["orders"] = {str(ret.order_id): [1, now, now]}
    session.save()

    weak, stranger = ada.get(f"/returns/{ret.number}/{name}"), bob.get(f"/returns/{ret.number}/{name}")

    assert weak["Location"] == f"/o/{ret.order.number_key}/code/"
    assert stranger.status_code == 404


def test_a_box_of_her_own_carrier_and_a_label_taken_back_have_no_paper(reader, ret, sam):
    ret.parcels.filter(position=1).update(own=True)
    ret.parcels.filter(position=2).update(state=ReturnParcel.State.LABEL_VOID)

    replies = [
        browser.get(f"{path}/returns/{ret.number}/label-{n}.pdf").status_code
        for browser, path in ((reader, ""), (sam, "/staff"))
        for n in (1, 2, 3)
    ]

    assert replies == [404] * 6


def test_the_return_page_leads_to_each_paper(reader, ret):
    page = reader.get(f"/returns/{ret.number}/").content.decode()

    for name in ("label-1.pdf", "label-2.pdf", "label-1.pdf?paper=a6", "label-2.pdf?paper=4x6", "code-1.pdf"):
        assert f'href="/returns/{ret.number}/{name}"' in page
    assert "Print the label of parcel 2" in page


def test_without_pango_a_page_to_print_may_show_the_picture_it_holds(reader, ret, monkeypatch):
    import builtins

    real = builtins.__import__

    def no_pango(name, *rest, **more):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", no_pango)

    page = reader.get(f"/returns/{ret.number}/label.pdf")

    assert page["Content-Type"].startswith("text/html")
    assert "img-src 'self' data:" in page["Content-Security-Policy"]
    assert ret.number in page.content.decode()


# The file of a dispute


def test_staff_get_the_file_with_the_letters_and_our_words(sam, ret):
    customer = ret.order.customer
    Letter.objects.create(
        shop=ret.shop,
        customer=customer,
        kind="return.approved",
        order_number=ret.order.number,
        language="en",
        to=customer.email,
        subject="Your return is accepted",
        text="x",
        html="x",
        state=Letter.State.SENT,
    )

    pdf = sam.get(f"/staff/returns/{ret.number}/file.pdf").content

    words = " ".join(words_of(pdf))
    for expected in ("Your return is accepted", "The return was approved", "The return label is ready", "Wrong size"):
        assert expected.casefold() in words.casefold()
    assert [row.subject for row in dispute_of(ret).letters] == ["Your return is accepted"]


# What an operator types


def papers(capsys, *typed) -> tuple[int, str]:
    try:
        call_command("papers", *typed)
    except SystemExit as ended:
        return ended.code, capsys.readouterr().err.strip()
    return 0, capsys.readouterr().out.strip()


def test_each_paper_can_be_written_into_a_file(ret, capsys, tmp_path):
    for kind, more, expected in (
        ("label", (), "Return with"),
        ("label", ("--paper", "a6", "--box", "2"), "Return with"),
        ("slip", (), "What is in the box"),
        ("code", (), "Show this code"),
        ("dispute", (), "Everything that happened"),
    ):
        out = tmp_path / "paper.pdf"

        code, said = papers(capsys, kind, ret.number.lower(), "--out", str(out), *more)

        assert (code, said) == (0, f"{out}: {out.stat().st_size} bytes.")
        assert expected in " ".join(words_of(out.read_bytes()))


def test_what_is_not_there_is_said(ret, capsys, tmp_path):
    out = str(tmp_path / "paper.pdf")
    ret.parcels.update(code="")

    told = [
        papers(capsys, "label", "R-NOTHERE", "--out", out),
        papers(capsys, "label", ret.number, "--box", "3", "--out", out),
        papers(capsys, "code", ret.number, "--out", out),
        papers(capsys, "acknowledgement", "W-NOTHERE", "--out", out),
        papers(capsys, "slip", ret.number, "--out", "/no/such/folder/x.pdf"),
    ]

    assert told == [
        (2, "There is no return R-NOTHERE."),
        (2, f"Box 3 of {ret.number} has no label."),
        (2, f"Box 1 of {ret.number} has no code: it needs its label."),
        (2, "There is no withdrawal W-NOTHERE."),
        (2, "/no/such/folder/x.pdf cannot be written: No such file or directory."),
    ]
    assert not Path(out).exists()


def test_a_withdrawal_is_acknowledged_as_it_was_typed_in_the_shops_zone(shop, capsys, tmp_path):
    stated = Withdrawal.objects.create(
        shop=shop,
        language="en",
        name="Ada Example",
        contract="A-00017",
        email="ada@example.com",
        items="1 × shirt\n\n the blue one ",
        text="I withdraw from my contract.",
        received_at=datetime(2026, 11, 23, 20, 14, 7, tzinfo=ZoneInfo("UTC")),
    )
    out = tmp_path / "paper.pdf"

    code, _said = papers(capsys, "acknowledgement", stated.number, "--out", str(out))

    [words] = words_of(out.read_bytes())
    assert code == 0
    assert acknowledgement_facts(stated).items == ("1 × shirt", "the blue one")
    assert "Monday, 23 November 2026 21:14:07 Central European Standard Time" in words
    assert "I withdraw from my contract." in words


def test_a_label_names_a_country_only_when_the_box_leaves_its_own(shop, box):
    here = make.make_return(make.make_order(shop), state="approved")
    austria = {**make.ADDRESS, "postcode": "1010", "city": "Wien", "country": "AT"}
    abroad = make.make_return(make.make_order(shop, address=austria), state="approved")
    parcels.buy_labels()

    ends = [
        (facts.sender[-1], facts.receiver[-1])
        for facts in (parcels.label_facts(ret.parcels.get()) for ret in (make.fresh(here), make.fresh(abroad)))
    ]

    assert ends == [("10115 Berlin", "04109 Leipzig"), ("Austria", "Germany")]
