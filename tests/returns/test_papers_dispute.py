"""The file of a dispute: everything is there, in order, and nothing can be changed unseen."""

import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pikepdf
import pypdfium2
import pytest
from django.core.files.base import ContentFile
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.models import Entry
from returns import drafts, money
from returns.dispute import as_line, dispute_facts
from returns.models import Photo, Refund
from returns.papers import (
    Asked,
    Bought,
    DisputeFacts,
    GivenBack,
    Happened,
    Paid,
    Pictured,
    Scanned,
    Written,
    canonical,
    chain,
    dispute_html,
    dispute_pdf,
    verify,
)
from tests import make
from tests.returns.test_papers import LANGUAGES

BERLIN = ZoneInfo("Europe/Berlin")
BEGAN = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
NAMES = {"en": "The customer", "de": "Größe Übergröße ß", "el": "Ελληνική Ωμέγα ΐΰ", "vi": "Nguyễn Thị Hồng"}


def happened(n, verb="return.approved", decision=None, **facts):
    at = BEGAN + timedelta(hours=n)
    line = {
        "at": at.isoformat(),
        "by": "staff:sam",
        "verb": verb,
        "order": "A-1",
        "number": "R-7K3QFW2X",
        "facts": facts,
    }
    return Happened(at, "sam", f"Line {n} was written", line, decision)


def make_dispute(language="en", *, lines=3, pictures=2):
    name = NAMES[language]
    return DisputeFacts(
        language=language,
        shop_name="Linden & Co.",
        shop_address=("Musterstraße 1", "04109 Leipzig"),
        number="R-7K3QFW2X",
        order_number="A-00017",
        made_at=datetime(2026, 11, 23, 21, 14, 7, tzinfo=BERLIN),
        currency="EUR",
        customer=name,
        email="ada@example.com",
        address=(name, "Am Beispiel 1", "10115 Berlin", "DE"),
        placed_at=BEGAN,
        state="Being checked",
        delivery_paid=490,
        bought=(Bought(2, "Linen shirt", "M, blue", 7980),),
        paid=(Paid("stripe", "pi_00000001", 8470, 3990),),
        asked=(
            Asked("Linen shirt M, blue", 2, 1, 1, 1, 1, "Claim", "It arrived damaged", "Money back", f"{name} says so"),
        ),
        timeline=(
            happened(0, "return.created", asks=["photo"]),
            happened(1, "return.approved", decision=f"Because of {name}", reason="a hole"),
            *(happened(n, "refund.proposed", amount=3990, currency="EUR") for n in range(2, lines)),
        ),
        scans=(Scanned(BEGAN, "DHL 00340434161094015902", True, "On its way", "Im Paketzentrum", "Leipzig"),),
        letters=(Written(BEGAN, f"Your return, {name}", "ada@example.com", "Sent", BEGAN + timedelta(minutes=1)),),
        pictures=(
            Pictured(BEGAN, False, "Linen shirt", make.picture("red")),
            Pictured(BEGAN, True, "Linen shirt", make.picture("blue", (300, 900), "WEBP")),
            Pictured(BEGAN, True, "Linen shirt", None),
        )[:pictures],
        refunds=(GivenBack(BEGAN, 3990, "EUR", "Sent", "re_1 7493629384", "pia", (("Linen shirt", 1, 3990),)),),
    )


def pages_of(pdf):
    with pypdfium2.PdfDocument(pdf) as document:
        return [re.sub(r"\s+", " ", page.get_textpage().get_text_range()) for page in document]


def attached_to(pdf):
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return json.loads(opened.attachments["timeline.json"].get_file().read_bytes())


# The chain

LINES = st.lists(
    st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | st.integers() | st.text(max_size=8), max_size=4),
    min_size=1,
    max_size=8,
)


def test_the_chain_is_worked_out_by_hand():
    assert chain([]) == []
    assert chain([{"b": 1, "a": "ü"}]) == ["4e7ff4080b1a00acdaf71eb0cdf2d504aa8068bbb375c002eac2df3f064047a7"]
    assert canonical({"b": 1, "a": "ü"}) == '{"a":"ü","b":1}'.encode()


@settings(max_examples=200, deadline=None)
@given(LINES, st.data())
def test_no_line_can_be_changed_moved_left_out_or_added_unseen(lines, data):
    hashes = chain(lines)
    at = data.draw(st.integers(0, len(lines) - 1))

    assert verify(lines, hashes) is None
    assert verify(json.loads(json.dumps(lines)), hashes) is None
    assert verify([*lines[:at], {**lines[at], "more": 1}, *lines[at + 1 :]], hashes) == at
    assert verify(lines[:at] + lines[at + 1 :], hashes) is not None
    assert verify([*lines, lines[at]], hashes) == len(lines)
    other = data.draw(st.integers(0, len(lines) - 1))
    if lines[at] != lines[other]:
        moved = list(lines)
        moved[at], moved[other] = lines[other], lines[at]
        assert verify(moved, hashes) == min(at, other)


def test_one_line_that_changes_changes_the_end():
    lines = [{"n": n} for n in range(50)]

    assert chain(lines)[-1] != chain([{"n": 1, "x": 0}, *lines[1:]])[-1]


def test_what_is_no_json_has_no_hash():
    for wrong in ({"n": float("nan")}, {"n": object()}):
        with pytest.raises((ValueError, TypeError)):
            chain([wrong])


# The paper


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_of_it_can_be_read_in_its_own_letters(language):
    facts = make_dispute(language)

    words = " ".join(pages_of(dispute_pdf(facts)))

    name = NAMES[language]
    for expected in (
        *facts.address,
        "A-00017",
        "M, blue",
        "pi_00000001",
        f"“{name} says so”",
        f"Because of {name}",
        f"Your return, {name}",
        "DHL 00340434161094015902",
        "Im Paketzentrum · Leipzig",
        "re_1 7493629384",
        "2026-11-16 09:00:00",
        "timeline.json",
    ):
        assert expected in words


def test_every_line_stands_there_in_order_with_its_hash():
    facts = make_dispute(lines=40)

    words = " ".join(pages_of(dispute_pdf(facts)))

    hashes = chain([row.line for row in facts.timeline])
    body = words.partition("Everything that happened")[2]
    *places, _foot = [body.index(hash_) for hash_ in hashes]
    assert places == sorted(places)
    assert [f"Line {n} was written" in body for n in range(40)] == [True] * 40


def test_the_last_hash_stands_at_the_foot_of_every_page():
    facts = make_dispute(lines=120)

    pages = pages_of(dispute_pdf(facts))

    last = chain([row.line for row in facts.timeline])[-1]
    assert len(pages) > 3
    for n, page in enumerate(pages, 1):
        assert page.endswith(f" Linden & Co. · R-7K3QFW2X Page {n} of {len(pages)} {last}")


def test_whoever_holds_the_file_can_work_the_chain_out_again():
    facts = make_dispute("vi", lines=12)

    pdf = dispute_pdf(facts)

    kept = attached_to(pdf)
    assert kept["lines"] == [row.line for row in facts.timeline]
    assert verify(kept["lines"], kept["hashes"]) is None
    assert kept["hashes"][-1] in pages_of(pdf)[0]
    kept["lines"][3]["facts"]["amount"] = 1
    assert verify(kept["lines"], kept["hashes"]) == 3


def test_pictures_are_small_and_those_that_are_gone_are_said_to_be():
    pdf = dispute_pdf(make_dispute(pictures=3))

    words = " ".join(pages_of(pdf))
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        sizes = sorted((int(thing.Width), int(thing.Height)) for thing in opened.objects
                       if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image")  # fmt: skip
    assert sizes == [(120, 360), (480, 360)]
    assert "Sent by the customer" in words
    assert words.count("Taken by the shop") == 2
    assert "This picture was deleted when its time was over." in words


def test_an_empty_case_has_a_file_too():
    bare = replace(
        make_dispute(), timeline=(), scans=(), letters=(), pictures=(), refunds=(), asked=(), paid=(), bought=()
    )

    words = " ".join(pages_of(dispute_pdf(bare)))

    assert words.count("Nothing yet.") == 4
    assert "Pictures" not in words


def test_the_page_for_browsers_carries_no_style_of_its_own():
    page = dispute_html(make_dispute())

    assert "Everything that happened" in page
    assert not re.search(r"style=|<style|<script", page)


# From the database


@pytest.mark.django_db
def test_a_case_is_gathered_with_all_that_hangs_on_it(shop):
    order = make.make_order(shop)
    ret = make.make_return(order, reason="damaged")
    Photo.objects.create(line=ret.lines.get(), file=ContentFile(make.picture(), "damage.jpg"))
    ret = make.say_no(ret, by="rules", reason="It shows wear from use.")

    facts = dispute_facts(ret, letters=(), say=lambda table, code: f"{table}.{code}")

    assert (facts.number, facts.order_number, facts.language) == (ret.number, order.number, "en")
    assert facts.state == "RETURN_STATE.rejected"
    assert facts.address == ("Ada Example", "Am Beispiel 1", "10115 Berlin", "Germany")
    assert [row.line for row in facts.timeline] == [as_line(entry) for entry in Entry.objects.order_by("at", "pk")]
    assert [row.decision for row in facts.timeline if row.decision is not None] == ["It shows wear from use."]
    assert [(row.bench, row.title) for row in facts.pictures] == [(False, "Linen shirt")]
    assert facts.made_at.tzinfo == shop.zone
    assert [row.said for row in facts.scans] == ["PARCEL.delivered"]
    assert verify([row.line for row in facts.timeline], chain([row.line for row in facts.timeline])) is None


@pytest.mark.django_db
def test_a_refund_is_shown_with_its_rows_and_who_allowed_it(shop):
    ret = make.make_return(make.make_order(shop), state="settling")
    [refund] = money.propose(ret)

    [given] = dispute_facts(ret).refunds

    assert (given.amount, given.currency, given.state) == (refund.amount, "EUR", Refund.State.PROPOSED)
    assert given.rows == (("Linen shirt", 1, 3990),)


@pytest.mark.django_db
def test_a_picture_whose_file_is_gone_breaks_nothing(shop):
    ret = make.make_return(make.make_order(shop), state="draft", reason="damaged")
    drafts.add_photo(ret.lines.get(), make.picture())
    photo = Photo.objects.get()
    photo.file.storage.delete(photo.file.name)

    [picture] = dispute_facts(ret).pictures

    assert picture.file is None


@pytest.mark.django_db
def test_the_order_of_another_customer_is_not_in_it(shop):
    ret = make.make_return(make.make_order(shop))
    make.make_return(make.make_order(shop, email="bob@example.com"))

    facts = dispute_facts(ret)

    assert {row.line["order"] for row in facts.timeline} == {ret.order.number}
