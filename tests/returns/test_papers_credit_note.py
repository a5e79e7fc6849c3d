"""The credit note on paper: every row with its tax and its rule, the same bytes whenever it is drawn."""

from dataclasses import replace
from datetime import date

import pytest
from django.utils import translation

from portal import words
from returns.papers import CreditNoteFacts, CreditRow, credit_note_html, credit_note_pdf
from tests.returns.test_papers import LANGUAGES
from tests.returns.test_papers_acknowledgement import pages_of

GIVEN = [("R2", "Linen shirt", 3, 11970, 1911), ("R5", "Linen shirt", 1, -1596, -255), ("R3", "", 1, 490, 78)]


def make_note(language="en", *, rows=0, **changes):
    with translation.override(language):
        told = [
            CreditRow(words.row_name(row), words.row_why(row), units, amount, tax)
            for rule, text, units, amount, tax in [*GIVEN, *GIVEN[:1] * rows]
            for row in [{"rule": rule, "text": text, "quantity": units}]
        ]
        how = str(words.WENT_BY["stripe"])
    total = sum(row.amount for row in told)
    facts = CreditNoteFacts(
        language=language,
        shop_name="Linden & Loom",
        shop_address=("Musterstr. 1", "04109 Leipzig"),
        number=12,
        return_number="R-7K3QFW2X",
        order_number="A-10042",
        ordered_on=date(2026, 11, 9),
        written_on=date(2026, 11, 23),
        buyer=("Ada Example", "Am Beispiel 1", "10115 Berlin"),
        currency="EUR",
        rows=tuple(told),
        total=total,
        tax=sum(row.tax for row in told),
        payments=((how, "pi_00000012", total),),
    )
    return replace(facts, **changes)


def test_it_says_who_what_how_much_and_why():
    [page] = pages_of(credit_note_pdf(make_note()))

    assert page == (
        "Linden & Loom Musterstr. 1 · 04109 Leipzig Ada Example Am Beispiel 1 10115 Berlin"
        " Credit note 12 You got this sum back from us."
        " Number 12 Date Monday, 23 November 2026 Order A-10042 of Monday, 9 November 2026"
        " Return number R-7K3QFW2X What for Without tax Tax Sum"
        " Linen shirt × 3 The price that was paid for it, with all discounts taken off. €100.59 €19.11 €119.70"
        " Less for the state it came back in: Linen shirt"
        " It came back worn. Photos showed it, and there was time to object. -€13.41 -€2.55 -€15.96"
        " Delivery cost back The delivery cost goes back once: with the last item, or by the share of each."
        " €4.12 €0.78 €4.90 Total €91.30 €17.34 €108.64"
        " How the money went To the payment €108.64 pi_00000012"
        " Linden & Loom · R-7K3QFW2X Page 1 of 1"
    )


def test_one_that_cancels_another_says_which():
    [page] = pages_of(credit_note_pdf(make_note(cancels=7)))

    assert "Cancellation of credit note 7 The money came back to us." in page
    assert "Number 12" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_note_is_the_same_bytes(language):
    assert credit_note_pdf(make_note(language)) == credit_note_pdf(make_note(language))


def test_many_rows_go_on_over_pages_and_none_is_lost():
    pages = pages_of(credit_note_pdf(make_note(rows=40)))

    assert len(pages) > 1
    assert " ".join(pages).count("Linen shirt × 3") == 41


def test_hostile_words_are_only_words_and_no_style_stands_in_the_page():
    typed = '<img src="file:///etc/passwd"><script>alert(1)</script>'

    page = credit_note_html(make_note(buyer=(typed,), order_number=typed))

    assert "<script" not in page
    assert "style=" not in page
    assert page.count("&lt;script&gt;") == 2
