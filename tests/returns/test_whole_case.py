"""Cases as a whole: a part, a question, an objection, its end and its new beginning, boxes, proofs, pieces held."""

import itertools
from datetime import timedelta

import pytest
from django.utils import timezone

from customers.models import Entry
from orders.errors import SoldOut
from orders.models import Order, OrderLine
from returns import actions, drafts, exchanges, goods, money, parcels
from returns.errors import NotNow, NotPaid, NotTheSame, TooMany
from returns.kinds import Kind
from returns.models import Return, ReturnLine, ReturnParcel
from returns.models import Terms as TermsRow
from tests import make
from tests.threads import at_once

SAM, PIA = "staff:sam", "staff:pia"
people = itertools.count(1)


def long_ago(shop, **facts):
    """An order that is no withdrawal any more, of somebody of whom nothing is known."""
    email = f"ada{next(people)}@example.com"
    return make.make_order(shop, delivered=shop.today() - timedelta(days=20), email=email, **facts)


def only(ret) -> ReturnLine:
    return ret.lines.select_related("ret", "order_line", "swap").get()


@pytest.mark.django_db
def test_a_part_is_approved_and_the_rest_can_be_asked_again(shop):
    ret = make.make_return(long_ago(shop, lines=[(3, 12000)]), units=3, reason="damaged")

    after = make.approve_partly(ret, {only(ret).pk: 2}, reason="One of them is whole.")

    line = only(ret)
    assert (after.state, line.approved, line.rejected, line.order_line.left) == ("partly_approved", 2, 1, 1)
    assert after.decision == "One of them is whole."


@pytest.mark.django_db
def test_one_question_is_open_at_a_time(shop):
    ret = make.make_return(long_ago(shop), reason="damaged")

    actions.ask(ret, by=SAM, text="Which one?")
    with pytest.raises(NotNow):
        actions.ask(make.fresh(ret), by=PIA, text="And where?")
    actions.answer(make.fresh(ret), by="customer", text="The left one.")

    assert make.fresh(ret).state == "under_review"
    assert [(row.text, row.answer) for row in ret.questions.all()] == [("Which one?", "The left one.")]


@pytest.mark.django_db
def test_a_no_is_looked_at_by_somebody_else_once(shop):
    ret = make.make_return(long_ago(shop), reason="damaged")
    make.say_no(ret, by=SAM, reason="It shows wear.")

    actions.contest(make.fresh(ret), by="customer")
    with pytest.raises(NotTheSame):
        actions.approve(make.fresh(ret), by=SAM)
    after = actions.reject(make.fresh(ret), by=PIA, reason="It shows wear, I think so too.")

    assert (after.state, only(ret).order_line.left) == ("rejected", 1)
    with pytest.raises(NotNow):
        actions.contest(make.fresh(ret), by="customer")


@pytest.mark.django_db
def test_a_withdrawal_can_be_neither_rejected_nor_cut(shop):
    order = make.make_order(shop, lines=[(2, 8000)])
    facts = {"kind": Kind.WITHDRAWAL, "reason": "changed_mind", "by": "customer", "language": "en"}
    ret = actions.open_for(order, {order.lines.get().pk: 2}, asks=["x"], withdrawn_at=timezone.now(), **facts)

    with pytest.raises(NotNow):
        make.say_no(ret, by=SAM, reason="No, we do not want that.")
    with pytest.raises(TooMany):
        actions.approve(make.fresh(ret), by=SAM, units={only(ret).pk: 1}, reason="Only one.")

    assert (make.fresh(ret).state, only(ret).rejected) == ("under_review", 0)


@pytest.mark.django_db
def test_a_line_never_moves_to_fewer_rights(shop):
    ret = make.make_return(long_ago(shop), state="approved")
    with actions.case(ret) as held:
        line = held.lines.get()
        actions.change_kind(line, Kind.CLAIM, by=SAM)

        with pytest.raises(NotNow):
            actions.change_kind(line, Kind.WITHDRAWAL, by=SAM)

    assert only(ret).kind == "claim"
    assert Entry.objects.get(verb="line.moved").facts == {"line": 1, "before": "return", "after": "claim"}


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "state"), [(0, "approved"), (1, "approved"), (2, "expired")])
def test_a_case_is_closed_once_its_last_day_is_over_everywhere(shop, days, state):
    ret = make.make_return(long_ago(shop))
    Return.objects.update(way="own", expires_on=timezone.localdate() - timedelta(days=days))

    actions.expire_returns()

    assert make.fresh(ret).state == state
    assert only(ret).order_line.left == (1 if state == "expired" else 0)


@pytest.mark.django_db
def test_a_withdrawal_never_ends_by_itself(shop):
    ret = make.make_return(make.make_order(shop))
    Return.objects.update(expires_on=timezone.localdate() - timedelta(days=99))

    assert (actions.expire_returns(), make.fresh(ret).state, ret.withdrawn_at is not None) == (0, "approved", True)


@pytest.mark.django_db
def test_a_box_sent_after_its_case_was_cancelled_opens_it_again(shop, box):
    ret = make.make_return(long_ago(shop))
    parcels.buy_labels()
    actions.cancel(make.fresh(ret), by="customer")
    shipment = ret.parcels.get().shipment
    type(shipment).objects.filter(pk=shipment.pk).update(status="in_transit", handed_at=timezone.now())

    parcels.notice_arrivals()

    line = only(ret)
    assert (make.fresh(ret).state, line.approved, line.released, line.order_line.left) == ("in_transit", 1, 0, 0)


@pytest.mark.django_db
def test_the_label_of_a_cancelled_case_is_taken_back(shop, box):
    ret = make.make_return(long_ago(shop))
    parcels.buy_labels()
    actions.cancel(make.fresh(ret), by="customer")

    asked = parcels.take_labels_back()

    assert asked == 1
    assert ret.parcels.get().state in {"label_void", "label_created"}
    assert ret.parcels.get().void_at is None or ret.parcels.get().state == "label_created"


@pytest.mark.django_db
def test_another_box_gets_a_label_of_its_own_up_to_the_terms_number(shop, box):
    ret = make.make_return(long_ago(shop, lines=[(3, 12000)]), units=3)
    parcels.buy_labels()

    for _ in range(4):
        parcels.buy_label(parcels.add_box(make.fresh(ret), by="customer"))

    numbers = {each.shipment.tracking_number for each in ret.parcels.select_related("shipment")}
    assert (len(numbers), [each.position for each in ret.parcels.all()]) == (5, [1, 2, 3, 4, 5])
    assert parcels.label_facts(ret.parcels.get(position=2)).parcels == 5
    with pytest.raises(TooMany):
        parcels.add_box(make.fresh(ret), by="customer")


@pytest.mark.django_db
def test_the_law_counts_from_the_first_proof_and_a_queried_one_counts_no_more(shop):
    ret = make.make_return(make.make_order(shop))
    proof = parcels.submit_proof(ret, by="customer", file=("receipt.webp", b"x"))
    assert (make.fresh(ret).proof_at, make.fresh(ret).state) == (proof.submitted_at, "in_transit")

    parcels.query_proof(proof, by=SAM, words="This is a receipt of a bakery.")

    assert (make.fresh(ret).proof_at, make.fresh(ret).state) == (None, "approved")


@pytest.mark.django_db
def test_her_own_parcel_is_followed_by_its_number(shop):
    ret = make.make_return(make.make_order(shop))

    parcels.submit_proof(ret, by="customer", tracking_number="1Z999AA10123456784")

    own = ret.parcels.get(own=True)
    assert (own.shipment.tracking_number, own.shipment.direction) == ("1Z999AA10123456784", "return")
    parcels.submit_proof(make.fresh(ret), by="customer", tracking_number="1Z999AA10123456784")
    assert ret.parcels.filter(own=True).count() == 1


@pytest.mark.django_db
def test_a_piece_is_held_until_its_day_and_then_free(shop):
    large = make.make_variant(shop, "L", size="L", on_hand=1)
    ret = make.make_return(long_ago(shop), wish="swap", swap=large)
    assert (make.fresh(large).held, only(ret).held_until) == (1, shop.today() + timedelta(days=14))

    assert exchanges.end_holds() == 0
    ReturnLine.objects.update(held_until=timezone.localdate() - timedelta(days=2))
    assert exchanges.end_holds() == 1

    assert (make.fresh(large).held, only(ret).held) == (0, 0)


@pytest.mark.django_db
def test_sold_out_after_the_hold_becomes_money(shop):
    large = make.make_variant(shop, "L", size="L", on_hand=1)
    ret = make.make_return(long_ago(shop, lines=[(1, 4000)]), wish="swap", swap=large, state="settling")
    ReturnLine.objects.update(held=0)
    type(large).objects.update(held=0, on_hand=0)

    with pytest.raises(SoldOut):
        exchanges.ship_exchange(make.fresh(ret), carrier="sandbox", tracking_number="SB1", by=SAM)
    exchanges.want_money(only(ret), by=SAM, why="sold out")

    assert money.propose(make.fresh(ret))[0].amount == 4000


@pytest.mark.django_db
def test_what_was_sent_instead_can_be_claimed_again(shop):
    large = make.make_variant(shop, "L", size="L", on_hand=1)
    ret = make.make_return(long_ago(shop), wish="swap", swap=large, state="settling")

    exchanges.ship_exchange(ret, carrier="sandbox", tracking_number="SB1", by=SAM)

    assert (make.fresh(ret).state, only(ret).order_line.left) == ("settled", 1)
    assert ret.order.shipments.get(tracking_number="SB1").replacement is True


@pytest.mark.django_db
def test_what_costs_more_is_shipped_when_the_difference_is_paid(shop):
    jacket = make.make_variant(shop, "J", on_hand=1, product="Jacket")
    ret = make.make_return(long_ago(shop), wish="swap", swap=jacket, state="settling")
    ReturnLine.objects.update(to_pay=1900)

    with pytest.raises(NotPaid):
        exchanges.ship_exchange(ret, carrier="sandbox", tracking_number="SB1", by=SAM)
    ReturnLine.objects.update(paid_extra=1900)

    assert exchanges.ship_exchange(make.fresh(ret), carrier="sandbox", tracking_number="SB1", by=SAM).state == "settled"


@pytest.mark.django_db
def test_a_repair_goes_home_and_nothing_is_paid(shop):
    ret = make.make_return(long_ago(shop, lines=[(1, 5000)]), reason="faulty", wish="repair", state="settling")

    after = exchanges.ship_repair(ret, carrier="sandbox", tracking_number="SB1", by=SAM)

    line = only(ret)
    assert (after.state, line.repaired, line.refunded, line.order_line.left) == ("settled", 1, 0, 1)


def priced(shop, **numbers) -> None:
    TermsRow.objects.update(numbers={"return_carrier": "sandbox", "stop_minutes": 0, **numbers})


@pytest.mark.django_db
def test_e10_a_shop_return_with_fee_and_label(shop):
    priced(shop, fee_percent=10, label_price={"EUR": 395}, label_told=True)
    ret = make.make_return(long_ago(shop, lines=[(1, 8000)], delivery_paid=490, paid=8490), state="settling")

    [refund] = money.propose(ret)

    rows = [(row["rule"], row["amount"]) for row in refund.snapshot["rows"]]
    assert (refund.amount, rows) == (6805, [("R2", 8000), ("R4F", -800), ("R4", -395)])


@pytest.mark.django_db
def test_a_damaged_item_kept_for_a_part_of_the_money_stays_hers(shop):
    order = make.make_order(shop, lines=[(1, 8000)])
    ret = make.make_return(order, reason="damaged", wish="reduction", state="draft")
    drafts.add_photo(only(ret), make.picture())
    actions.submit(ret)

    [refund] = money.propose(make.fresh(ret))

    assert (refund.amount, make.fresh(ret).state, ret.parcels.count()) == (2400, "settling", 0)
    assert [row["rule"] for row in refund.snapshot["rows"]] == ["R6"]


# --- many at once ------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_fifty_parallel_submits_of_one_form_give_one_return(shop):
    draft = make.make_return(make.make_order(shop), state="draft")

    told = at_once(*(lambda: actions.submit(draft) for _ in range(50)))

    assert {type(word).__name__ for word in told} == {"Return"}
    assert (Return.objects.count(), draft.parcels.count(), only(draft).order_line.returning) == (1, 1, 1)
    assert Entry.objects.filter(verb="return.created").count() == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_parallel_starts_of_one_form_key_begin_one_draft(shop):
    import uuid

    order, key = make.make_order(shop), uuid.uuid4()

    told = at_once(*(lambda: drafts.start(order, language="en", form_key=key) for _ in range(50)))

    assert {word.pk for word in told} == {Return.objects.get(form_key=key).pk}


@pytest.mark.django_db(transaction=True)
def test_the_last_piece_is_held_once_for_fifty_who_want_it(shop):
    last = make.make_variant(shop, "L", size="L", on_hand=1)
    wanted = [make.make_return(long_ago(shop), wish="swap", swap=last, state="draft") for _ in range(50)]

    told = at_once(*(lambda draft=draft: actions.submit(draft) for draft in wanted))

    assert sorted(type(word).__name__ for word in told) == ["Return"] + ["SoldOut"] * 49
    assert (make.fresh(last).held, ReturnLine.objects.filter(held=1).count()) == (1, 1)
    assert OrderLine.objects.filter(returning=1).count() == 1
    assert Order.objects.count() == 50
    assert ReturnParcel.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_scanners_at_once_count_each_piece_once(shop):
    ret = make.make_return(make.make_order(shop, lines=[(2, 8000)]), units=2, state="approved")
    line = only(ret).pk

    told = at_once(*(lambda: goods.receive(ret, {line: 2}, by=SAM) for _ in range(2)))

    assert sorted(type(word).__name__ for word in told) == ["Return", "TooMany"]
    assert only(ret).received == 2
