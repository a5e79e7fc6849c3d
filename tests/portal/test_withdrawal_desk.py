"""Statements that wait for a person, at the desk."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notices import outbox
from notices.models import Letter
from portal.staff.desk import buttons
from portal.staff.queue import _row
from returns import withdrawals
from returns.models import Return, Withdrawal
from tests import make

pytestmark = pytest.mark.django_db


def page(response) -> str:
    return response.content.decode()


def test_statements_without_a_case_are_listed_the_oldest_first(shop, sam):
    old = make.make_withdrawal(shop, now=timezone.now() - timedelta(days=20), name="First")
    new = make.make_withdrawal(shop, name="Second", items="the lamp")
    order = make.make_order(shop)
    withdrawals.open_case(make.make_withdrawal(shop, contract=order.number, name="Third"))
    make.make_withdrawal(make.make_shop(domain="other.example"), name="Fourth")

    said = page(sam.get("/staff/withdrawals/"))

    assert re.findall(r"W-[0-9A-Z]{8}(?=</a>)", said) == [old.number, new.number]
    assert ("Third" in said, "Fourth" in said, "the lamp" in said) == (False, False, True)
    assert said.count('class="chip late"') == 1
    assert re.search(r'withdrawals/">Withdrawals <span class="count">2</span>', page(sam.get("/staff/")))


def test_a_longer_list_asks_no_more(shop, sam):
    asked = []
    for _ in range(3):
        make.make_withdrawal(shop)
        with CaptureQueriesContext(connection) as queries:
            sam.get("/staff/withdrawals/")
        asked.append(len(queries))

    assert asked[0] == asked[2]


def test_a_person_finds_the_order_and_opens_its_case(shop, sam):
    order = make.make_order(shop, lines=[(2, 8000), (1, 1999)])
    row = make.make_withdrawal(shop, contract="my shirts", items="one shirt")
    first, second = order.lines.all()

    looked = page(sam.get(f"/staff/withdrawals/{row.number}/"))
    chosen = page(sam.get(f"/staff/withdrawals/{row.number}/?order={order.number}"))
    facts = {"order": order.number, f"quantity-{first.pk}": "1", f"quantity-{second.pk}": "0"}
    done = sam.post(f"/staff/withdrawals/{row.number}/join/", facts)

    assert f'?order={order.number}"' in looked  # her address is the order's
    assert re.findall(r'max="(\d)"[^>]*value="(\d)"', chosen) == [("2", "0"), ("1", "0")]
    ret = order.returns.get()
    assert done["Location"] == f"/staff/returns/{ret.number}/"
    assert [(line.order_line, line.requested) for line in ret.lines.all()] == [(first, 1)]
    assert (ret.started_by, Withdrawal.objects.get().by) == ("staff:sam", "customer")
    assert row.number in page(sam.get(f"/staff/returns/{ret.number}/"))


def test_the_whole_order_and_what_she_ticked_are_filled_in(shop, sam):
    order = make.make_order(shop, lines=[(2, 8000), (1, 1999)])
    whole = make.make_withdrawal(shop)
    ticked = make.make_withdrawal(shop, items="x", units={order.lines.first().pk: 1})

    filled = [
        re.findall(
            r'max="\d"[^>]*value="(\d)"', page(sam.get(f"/staff/withdrawals/{row.number}/?order={order.number}"))
        )
        for row in (whole, ticked)
    ]

    assert filled == [["2", "1"], ["1", "0"]]


@pytest.mark.parametrize(
    "facts", [{}, {"order": "none"}, {"quantity": "0"}, {"quantity": "-1"}, {"quantity": "x"}, {"quantity": "3"}]
)
def test_a_join_that_does_not_fit_says_so_and_changes_nothing(shop, sam, facts):
    order = make.make_order(shop, lines=[(2, 8000)])
    row = make.make_withdrawal(shop)
    quantity = facts.pop("quantity", "1" if facts else "")

    told = sam.post(
        f"/staff/withdrawals/{row.number}/join/",
        {"order": order.number, f"quantity-{order.lines.get().pk}": quantity, **facts},
        follow=True,
    )

    assert ('class="message error"' in page(told), Return.objects.count(), make.fresh(row).opened_at) == (True, 0, None)


def test_a_statement_is_closed_with_a_reason_and_its_words_stay(shop, sam):
    row = make.make_withdrawal(shop)

    refused = sam.post(f"/staff/withdrawals/{row.number}/close/", {"why": "no"})
    sam.post(f"/staff/withdrawals/{row.number}/close/", {"why": "It is about another shop."})

    assert (refused.status_code, "Write a whole sentence" in page(refused)) == (422, True)
    kept = make.fresh(row)
    assert (kept.closed_by, kept.text) == ("staff:sam", row.text)
    again = sam.post(f"/staff/withdrawals/{row.number}/close/", {"why": "It is about another shop."}, follow=True)
    assert "Someone else was faster" in page(again)
    assert "Open the case" not in page(sam.get(f"/staff/withdrawals/{row.number}/"))


def test_a_confirmation_that_could_not_be_sent_is_shown_and_sent_again(shop, sam):
    row = make.make_withdrawal(shop)
    outbox.write_next_letters()
    Letter.objects.update(state="failed", tries=12, last_error="ConnectionRefusedError: no mail server")
    assert f"The confirmation of {row.number} could not be sent." in page(sam.get("/staff/withdrawals/"))
    assert "no mail server" in page(sam.get(f"/staff/withdrawals/{row.number}/"))

    sam.post(f"/staff/withdrawals/{row.number}/send/")

    letter = Letter.objects.get()
    assert (letter.state, letter.tries) == ("waiting", 0)
    assert 'class="message error"' in page(sam.post(f"/staff/withdrawals/{row.number}/send/", follow=True))


@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", "\u202eevil", "A" * 200])
def test_what_was_typed_is_only_ever_words(shop, sam, typed):
    row = make.make_withdrawal(shop, name=typed, contract=typed, items=typed)

    pages = [page(sam.get("/staff/withdrawals/")), page(sam.get(f"/staff/withdrawals/{row.number}/"))]

    assert [said.count("<script>") for said in pages] == [0, 0]


def test_another_shops_statement_is_not_found(shop, sam):
    row = make.make_withdrawal(make.make_shop(domain="other.example"))

    assert sam.get(f"/staff/withdrawals/{row.number}/").status_code == 404
    assert sam.post(f"/staff/withdrawals/{row.number}/join/").status_code == 404


# The queue


def withdrawn(shop, days_ago: int, **facts) -> Return:
    order = make.make_order(shop)
    row = make.make_withdrawal(shop, contract=order.number, now=timezone.now() - timedelta(days=days_ago))
    ret = withdrawals.open_case(row).ret
    Return.objects.filter(pk=ret.pk).update(**facts)
    return Return.objects.select_related("shop").get(pk=ret.pk)


def test_the_queue_puts_a_withdrawal_whose_money_is_nearly_due_first_and_marks_it(shop, sam):
    waiting = make.make_return(make.make_order(shop, delivered=shop.today() - timedelta(days=20)), state="received")
    soon = withdrawn(shop, 10, state="in_transit", proof_at=timezone.now(), check_by=shop.today() + timedelta(days=3))
    later = withdrawn(shop, 0, state="in_transit", proof_at=timezone.now(), check_by=shop.today() + timedelta(days=3))

    said = page(sam.get("/staff/"))

    assert re.findall(r"R-[0-9A-Z]{8}(?=</a>)", said) == [soon.number, waiting.number, later.number]
    assert said.count(">Withdrawal</span>") == 2


@pytest.mark.parametrize(
    ("days_ago", "proof_days_ago", "chip"),
    [(0, None, "ok"), (20, None, "ok"), (13, 1, "ok"), (14, 1, "soon"), (15, 1, "late"), (20, 0, "soon")],
)
def test_its_promise_is_the_day_of_the_law_once_the_clock_runs(shop, days_ago, proof_days_ago, chip):
    proof = None if proof_days_ago is None else timezone.now() - timedelta(days=proof_days_ago)
    ret = withdrawn(shop, days_ago, state="in_transit", proof_at=proof)

    row = _row(ret, shop.today())

    assert row.chip == chip
    assert row.rank == (0 if proof and days_ago >= 9 else 4)


def test_money_that_has_left_presses_no_more(shop):
    ret = withdrawn(shop, 20, state="settling", proof_at=timezone.now(), check_by=None)
    ret.lines.update(received=1, accepted=1)
    payment = ret.order.payments.get()
    ret.refunds.create(shop=shop, payment=payment, amount=3990, currency="EUR", state="pending")

    assert _row(ret, shop.today()).rank == 1


def test_what_a_person_should_see_stands_on_the_case(shop, sam):
    order = make.make_order(shop, delivered=shop.today() - timedelta(days=60))
    order.lines.update(product_group="made_to_order")
    ret = withdrawals.open_case(make.make_withdrawal(shop, contract=order.number)).ret

    said = page(sam.get(f"/staff/returns/{ret.number}/"))

    assert ("came after its time" in said, "may know no withdrawal" in said) == (True, True)


def test_the_desk_has_no_button_that_refuses_a_withdrawal(shop, sam):
    order = make.make_order(shop, delivered=shop.today() - timedelta(days=20), lines=[(1, 15990), (1, 15990)])
    order.lines.update(product_group="high_value")
    claim = make.make_return(order, reason="missing")
    assert "reject" in buttons(claim)

    both = withdrawals.open_case(make.make_withdrawal(shop, contract=order.number)).ret
    fresh = withdrawals.open_case(make.make_withdrawal(shop, contract=make.make_order(shop).number)).ret

    assert "reject" in buttons(claim)  # a claim keeps its ground
    assert ("reject" in buttons(both), "reject" in buttons(fresh)) == (False, False)
