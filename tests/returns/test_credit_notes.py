"""Credit notes: one a sum, numbered without a gap, frozen; and the same numbers wherever a sum is told."""

import re
from datetime import timedelta
from html import unescape

import pypdfium2
import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from django.utils import timezone

from orders.models import Payment
from portal.background import catch_up
from returns import actions, amounts, credit_notes, deductions, goods, money, receipts, sending
from returns.models import Concession, CreditNote, Refund, Return, ReturnLine, Terms
from tests import make
from tests.returns.test_ceilings import came_back, paid
from tests.returns.test_closing import SAM, has_gone
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def told(shop):
    """(number, which one it cancels, its total) of every note of the shop."""
    return [(row.number, row.facts["cancels"], row.facts["total"]) for row in shop.credit_notes.all()]


def test_a_sum_that_has_gone_has_its_note_from_the_snapshot_alone(shop):
    ret = make.make_return(make.make_order(shop, delivery_paid=490), state="settling")

    paid(ret)

    note, refund = shop.credit_notes.get(), ret.refunds.get()
    assert (note.number, note.ret, note.order, note.proposal) == (1, ret, ret.order, refund.proposal)
    assert note.facts == {
        "number": 1,
        "date": shop.today().isoformat(),
        "language": "en",
        "seller": {"name": "Linden & Loom", "lines": ["Musterstr. 1", "04109 Leipzig"], "email": "help@example.com"},
        "buyer": ["Ada Example", "Am Beispiel 1", "10115 Berlin", "Germany"],
        "order": {"number": ret.order.number, "placed_on": shop.today(ret.order.placed_at).isoformat()},
        "return": ret.number,
        "currency": "EUR",
        "cancels": None,
        "rows": refund.snapshot["rows"],
        "total": refund.snapshot["total"],
        "tax": refund.snapshot["tax"],
        "payments": [{"rail": "stripe", "reference": refund.payment.reference, "amount": 4480}],
    }


def test_what_changes_afterwards_changes_no_note(shop):
    ret = make.make_return(make.make_order(shop), state="settling")
    paid(ret)
    before = shop.credit_notes.get().facts

    type(shop).objects.update(name="Another name", address_lines=[])
    ret.order.lines.update(title="Another item", paid=1)

    assert shop.credit_notes.get().facts == before


def test_a_sum_on_two_payments_has_one_note_when_both_shares_have_gone(shop):
    order = make.make_order(shop, paid=3000)
    Payment.objects.create(order=order, provider="stripe", reference="pi_second", currency="EUR", captured=990)
    ret = make.make_return(order, state="settling")
    first, second = money.propose(ret)

    has_gone(first)
    assert told(shop) == []
    has_gone(second)

    assert told(shop) == [(1, None, 3990)]
    assert [row["amount"] for row in shop.credit_notes.get().facts["payments"]] == [3000, 990]


def test_money_that_came_back_is_taken_off_and_the_next_sum_has_a_note_of_its_own(shop):
    ret = make.make_return(make.make_order(shop), state="settling")
    paid(ret)

    came_back(ret)
    paid(ret)

    assert told(shop) == [(1, None, 3990), (2, 1, -3990), (3, None, 3990)]
    first, second = shop.credit_notes.all()[:2]
    assert [row["amount"] for row in second.facts["rows"]] == [-row["amount"] for row in first.facts["rows"]]
    assert second.facts["tax"] == -first.facts["tax"]


def test_told_twice_it_is_written_once_and_cancelled_once(shop):
    ret = make.make_return(make.make_order(shop), state="settling")
    paid(ret)
    refund = ret.refunds.get()

    with transaction.atomic():
        credit_notes.write(ret, refund.proposal, refund.snapshot)
        credit_notes.cancel(ret, refund.proposal)
        credit_notes.cancel(ret, refund.proposal)

    assert told(shop) == [(1, None, 3990), (2, 1, -3990)]


def test_a_number_whose_transaction_failed_is_used_again(shop):
    ret = make.make_return(make.make_order(shop), state="settling")
    (refund,) = money.propose(ret)
    Refund.objects.update(counted=True)

    with pytest.raises(RuntimeError), transaction.atomic():
        credit_notes.write(ret, refund.proposal, refund.snapshot)
        raise RuntimeError
    with transaction.atomic():
        credit_notes.write(ret, refund.proposal, refund.snapshot)

    assert told(shop) == [(1, None, 3990)]


def test_each_shop_counts_for_itself(shop):
    other = make.make_shop()
    for where in (shop, other, shop):
        paid(make.make_return(make.make_order(where), state="settling"))

    assert [row.number for row in shop.credit_notes.all()] == [1, 2]
    assert [row.number for row in other.credit_notes.all()] == [1]


def test_many_at_once_leave_no_gap_and_no_number_twice(shop):
    sent = []
    for _ in range(8):
        (refund,) = money.propose(make.make_return(make.make_order(shop), state="settling"))
        money.approve_refund(refund, by="rules")
        Refund.objects.filter(pk=refund.pk).update(state=Refund.State.SENDING)
        sent.append(make.fresh(refund))

    def hear(refund):
        facts = {"provider_id": f"re_{refund.pk}", "amount": refund.amount, "currency": refund.currency}
        return lambda: sending.take_outcome(refund, sending.Outcome(state="succeeded", **facts)).state

    assert at_once(*map(hear, sent)) == ["succeeded"] * 8
    assert [row.number for row in shop.credit_notes.all()] == list(range(1, 9))


# --- the same numbers everywhere ------------------------------------------------------------------------------------

MONEY = re.compile(r"([-−]?)€(\d+\.\d\d)")


def sums_in(text: str) -> list[str]:
    return [("-" if sign else "") + digits for sign, digits in MONEY.findall(unescape(text))]


def every_rule(shop) -> Return:
    """A shop's return of two items, one of them worn, with a fee and a label; and for a third one, which she keeps, a
    part of the price, a price difference and the delivery cost; and a gesture on top."""
    terms = {"return_carrier": "sandbox", "stop_minutes": 0, "label_told": True, "fee_percent": 10}
    Terms.objects.update(numbers={**terms, "label_price": {"EUR": 395}, "label_cost": {"EUR": 395}})
    at = shop.today() - timedelta(days=20)
    order = make.make_order(
        shop, lines=[(2, 8001), (1, 3333), (1, 2000)], delivery_paid=490, delivery_tax=78, delivered=at
    )
    ret = Return.objects.create(shop=shop, order=order, language="en", way="code")
    for line in order.lines.filter(position__lt=3):
        ReturnLine.objects.create(
            ret=ret, order_line=line, requested=line.quantity, reason="changed_mind", wish="money"
        )
    ret = actions.submit(ret)
    if ret.state == Return.State.UNDER_REVIEW:
        ret = actions.approve(ret, by=SAM)
    units = {line.pk: line.requested for line in ret.lines.all()}
    goods.receive(make.fresh(ret), units, by=SAM)
    line = ret.lines.first()
    line.photos.create(bench=True, file="photos/stain.webp")
    offer = deductions.propose(line, units=1, percent=40, words="a stain on the sleeve", by=SAM)
    deductions.take(offer, by="customer")
    rest = {row.pk: row.to_check for row in make.fresh(ret).lines.all() if row.to_check}
    goods.accept(make.fresh(ret), rest, by=SAM)
    kept = order.lines.get(position=3)
    Concession.objects.create(ret=ret, order_line=kept, why="reduction", units=1, amount=601)
    Concession.objects.create(ret=ret, order_line=kept, why="difference", units=1, amount=100)
    Concession.objects.create(ret=ret, why="delivery", amount=490)
    actions.concede(make.fresh(ret), amount=500, words="for the long wait", by=SAM)
    return make.fresh(ret)


def ada_reads(ret: Return, path: str) -> bytes:
    ada = Client()
    session = ada.session
    now = int(timezone.now().timestamp())
    session["orders"] = {str(ret.order_id): [2, now, now]}
    session.save()
    return ada.get(path).content


def test_customer_staff_letter_and_paper_tell_the_same_numbers(shop, sam):
    ret = every_rule(shop)
    promised = receipts.expected_receipt(ret)

    paid(ret)

    note = shop.credit_notes.get()
    rows = [f"{row['amount'] / 100:.2f}" for row in note.facts["rows"]]
    whole = [*rows, f"{note.facts['total'] / 100:.2f}"]
    assert {row["rule"] for row in note.facts["rows"]} == {"R2", "R3", "R4", "R4F", "R5", "R6", "R8", "G"}
    assert (promised.total, promised.tax) == (note.facts["total"], note.facts["tax"])
    page = ada_reads(ret, f"/returns/{ret.number}/").decode()
    assert sums_in(table(page)) == whole
    assert sums_in(table(ada_reads(ret, f"/o/{ret.order.number_key}/money/").decode())) == whole
    assert sums_in(table(sam.get(f"/staff/returns/{ret.number}/").content.decode())) == whole
    mail.outbox.clear()
    catch_up()
    letter = next(one for one in mail.outbox if "credit note 1" in one.body)
    assert sums_in(letter.body)[-len(whole) :] == whole
    assert sums_in(letter.alternatives[0].content)[-len(whole) :] == whole
    for pdf in (
        ada_reads(ret, f"/returns/{ret.number}/credit-note-1.pdf"),
        sam.get(f"/staff/returns/{ret.number}/credit-note-1.pdf").content,
    ):
        assert sums_in(words_of(pdf))[2::3][: len(whole)] == whole
    assert amounts.again(ret.refunds.get().snapshot).total == note.facts["total"]


def table(page: str) -> str:
    """The sum in lines, as it stands on a page."""
    return page[page.index('<table class="sum"') :].partition("</table>")[0]


def words_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return " ".join(page.get_textpage().get_text_range() for page in document)


def test_what_was_worked_out_stays_as_it_was_when_more_of_the_order_comes_back(shop):
    order = make.make_order(shop, lines=[(3, 1000)])
    first = make.make_return(order, state="settling")
    paid(first)
    before = receipts.expected_receipt(first).as_facts()["rows"]

    paid(make.make_return(order, state="settling"))

    assert receipts.expected_receipt(first).as_facts()["rows"] == before == first.refunds.get().snapshot["rows"]


# --- who may read it ------------------------------------------------------------------------------------------------


def test_the_paper_is_for_level_two_and_for_nobody_else(shop, ada, bob):
    ret = make.make_return(make.make_order(shop), state="settling")
    paid(ret)
    path = f"/returns/{ret.number}/credit-note-1.pdf"
    ada.post("/", {"number": ret.order.number, "proof": "10115"})

    weak, stranger, link = ada.get(path), bob.get(path), ada.get(f"/returns/{ret.number}/").content.decode()

    assert (weak.status_code, weak["Location"]) == (302, f"/o/{ret.order.number_key}/code/")
    assert (stranger.status_code, path in link) == (404, False)
    assert path in ada_reads(ret, f"/returns/{ret.number}/").decode()


def test_a_note_of_another_case_is_not_found(shop):
    ret, other = (make.make_return(make.make_order(shop), state="settling") for _ in range(2))
    paid(ret)

    assert not ada_reads(other, f"/returns/{other.number}/credit-note-1.pdf").startswith(b"%PDF")
    assert CreditNote.objects.count() == 1
