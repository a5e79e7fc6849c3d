"""An exchange for a dearer product: paid on the provider's page before it leaves, once, and never kept for nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers.models import Entry
from orders.models import OrderLine, Payment
from portal.background import catch_up
from returns import actions, differences, drafts, exchanges, goods, knocks, money, receipts, sending, till
from returns.errors import NotPaid
from returns.models import Difference, Refund, Return, Terms
from returns.payouts import stripe as rail
from tests import make
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

D, F = Difference.State, Refund.State


def wanting(shop, box, *, price=5500, units=1, paid=3600) -> Return:
    """Ada wants a jacket in place of a shirt that was paid with 36.00 (list 40.00); her request is granted."""
    Terms.objects.update(numbers={"return_carrier": "sandbox", "stop_minutes": 0, "swap_other_products": True})
    order = make.make_order(shop, lines=((units, paid * units),))
    make.make_payment_outside(box, order)
    shirt = make.make_variant(shop, "SHIRT-M")
    order.lines.update(variant=shirt)
    jacket = make.make_variant(shop, "JACKET-M", product="Wool jacket")
    jacket.price = price
    jacket.save()
    ret = make.make_return(order, units=units, reason="changed_mind", wish="", state="draft")
    line = ret.lines.select_related("order_line__variant").get()
    drafts.answer_size(line, jacket, to_pay=differences.sum_of(line, jacket))
    return actions.submit(ret)


def asked(shop, box, **facts) -> tuple[Return, Difference]:
    ret = wanting(shop, box, **facts)
    differences.want_payments()
    differences.open_pages()
    return ret, Difference.objects.get()


def pay(box, row: Difference, **how) -> None:
    box.post(f"/_sandbox/checkout/{row.session_id}/pay", how)


def look_now() -> int:
    Difference.objects.update(look_again=None)
    return differences.look_at_pages()


def arrived(ret: Return) -> Return:
    units = {line.pk: line.to_receive for line in ret.lines.all()}
    ret = goods.receive(make.fresh(ret), units, by="rules")
    return goods.accept(ret, units, by="rules")


def ship(ret: Return) -> Return:
    return exchanges.ship_exchange(ret, carrier="sandbox", tracking_number="SB99", by="staff:sam")


def sessions(box) -> int:
    return box.get("/_sandbox/calls").get("POST /v1/checkout/ID", 0)


def apart() -> list[tuple]:
    return [(row.payment.reference[:3], row.amount, row.state) for row in Refund.objects.order_by("pk")]


@pytest.mark.parametrize(("price", "to_pay"), [(5500, 1900), (3600, 0), (3000, -600)])
def test_another_product_costs_its_price_less_what_was_paid(shop, box, price, to_pay):
    ret = wanting(shop, box, price=price)

    assert ret.lines.get().to_pay == to_pay


def test_the_same_product_in_another_size_is_even_whatever_it_costs_now(shop, box):
    ret = wanting(shop, box)
    large = make.make_variant(shop, "SHIRT-L", size="L")
    large.price = 9900
    large.save()
    line = ret.lines.select_related("order_line__variant").get()

    assert differences.sum_of(line, large) == 0


def test_the_page_is_asked_once_and_the_sum_paid_there_lets_the_item_leave(shop, box):
    ret, row = asked(shop, box)
    arrived(ret)
    assert (row.state, row.amount, row.url.startswith(box.url)) == (D.OPEN, 1900, True)
    with pytest.raises(NotPaid):
        ship(ret)

    pay(box, row)
    look_now()
    ship(ret)

    row, payment = make.fresh(row), ret.order.payments.exclude(reference=ret.order.payments.first().reference).get()
    assert (row.state, row.payment, payment.captured, payment.provider) == (D.PAID, payment, 1900, "stripe")
    assert (make.fresh(ret).state, payment.checked_at is not None) == ("settled", True)
    assert not Refund.objects.exists()


def test_what_is_dearer_comes_back_with_all_that_was_paid_for_it(shop, box):
    ret, row = asked(shop, box)
    pay(box, row)
    look_now()
    ship(arrived(ret))
    new = OrderLine.objects.get(sku="JACKET-M")
    assert (new.title, new.paid, new.carried, new.left) == ("Wool jacket", 5500, 3600, 1)
    assert ret.order.lines.get(position=1).left == 0
    again = Return.objects.create(shop=shop, order=ret.order, language="en", way="code")
    again.lines.create(order_line=new, requested=1, reason="changed_mind", wish="money")

    refunds = money.prepare_refund(make.accepted(again))
    for refund in refunds:
        money.approve_refund(refund, by="rules")
    sending.send_refunds()

    assert sorted(row.amount for row in refunds) == [1900, 3600]
    assert {make.fresh(row).state for row in refunds} == {F.SUCCEEDED}
    assert [payment.left for payment in ret.order.payments.all()] == [0, 0]


def test_the_case_of_the_exchange_promises_no_money_for_what_became_another(shop, box):
    ret, row = asked(shop, box)
    pay(box, row)
    look_now()
    ret = ship(arrived(ret))

    assert receipts.expected_receipt(ret).rows == ()


def test_what_is_cheaper_gives_the_rest_back_and_comes_back_for_its_own_price(shop, box):
    ret = wanting(shop, box, price=3000)
    ship(arrived(ret))
    (refund,) = money.prepare_refund(make.fresh(ret))
    assert (refund.amount, [row["rule"] for row in refund.snapshot["rows"]]) == (600, ["R8"])
    money.approve_refund(refund, by="rules")
    sending.send_refunds()
    assert make.fresh(ret).state == "settled"
    again = Return.objects.create(shop=shop, order=ret.order, language="en", way="code")
    again.lines.create(order_line=OrderLine.objects.get(sku="JACKET-M"), requested=1, reason="other", wish="money")

    (later,) = money.prepare_refund(make.accepted(again))

    assert (later.amount, make.fresh(later.payment).left) == (3000, 3000)


def test_units_that_became_another_product_leave_no_cent_behind(shop, box):
    order = make.make_order(shop, lines=((3, 1000),))
    shirt, jacket = make.make_variant(shop, "S"), make.make_variant(shop, "J", product="Wool jacket")
    order.lines.update(variant=shirt)
    make.make_payment_outside(box, order)
    first = make.make_return(order, state="settling")
    (refund,) = money.prepare_refund(first)
    money.approve_refund(refund, by="rules")
    sending.send_refunds()
    jacket.price = 334
    jacket.save()
    second = make.make_return(order, reason="changed_mind", wish="", state="draft")
    line = second.lines.select_related("order_line__variant").get()
    drafts.answer_size(line, jacket, to_pay=differences.sum_of(line, jacket))
    ship(make.accepted(second))
    third = make.make_return(order, state="settling")

    (last,) = money.prepare_refund(third)

    assert (refund.amount, OrderLine.objects.get(sku="J").carried, last.amount) == (333, 334, 333)


# The wire


@pytest.mark.parametrize("what", ["drop_before", "drop_after", "conflict", "rate_limit", "html"])
def test_a_lost_answer_is_asked_again_and_makes_one_page(shop, box, monkeypatch, what):
    wanting(shop, box)
    differences.want_payments()
    box.post("/_sandbox/faults", {"where": "stripe", "what": what, "method": "POST", "path": "/v1/checkout"})

    assert differences.open_pages() == 0
    row = Difference.objects.get()
    assert (row.state, row.attempt) == (D.WANTED, 1)
    Difference.objects.update(look_again=None)
    assert differences.open_pages() == 1

    row = Difference.objects.get()
    assert (row.state, row.attempt) == (D.OPEN, 1)
    assert till.payout().fetch_page(row.session_id).uuid == str(row.uuid)


def test_a_kill_after_the_page_was_made_finds_the_same_page_again(shop, box, monkeypatch):
    wanting(shop, box)
    differences.want_payments()
    row = Difference.objects.get()
    made = till.payout().create_page(differences._request(differences._frozen(row)), key=f"difference:{row.uuid}:1")

    differences.open_pages()

    assert Difference.objects.get().session_id == made.id


def test_a_kept_500_makes_room_for_a_new_key_in_time(shop, box):
    wanting(shop, box)
    differences.want_payments()
    box.post("/_sandbox/faults", {"where": "stripe", "what": "error_before", "method": "POST", "path": "/v1/checkout"})

    for _ in range(3):
        differences.open_pages()
        Difference.objects.update(look_again=None)

    assert (Difference.objects.get().state, Difference.objects.get().attempt) == (D.OPEN, 2)


def test_a_webhook_is_only_a_knock_and_before_our_commit_it_finds_the_row_all_the_same(shop, box):
    wanting(shop, box)
    differences.want_payments()
    row = Difference.objects.get()
    page = till.payout().create_page(differences._request(differences._frozen(row)), key=f"difference:{row.uuid}:1")
    box.post(f"/_sandbox/checkout/{page.id}/pay")

    differences.hear(page.id)
    differences.open_pages()

    assert (make.fresh(row).state, make.fresh(row.line).paid_extra) == (D.PAID, 1900)


def test_a_webhook_that_lies_changes_nothing(shop, box):
    _, row = asked(shop, box)
    knock = {"id": row.session_id, "object": "checkout.session", "payment_status": "paid", "status": "complete"}
    kept = {"id": "evt_1", "type": "checkout.session.completed", "data": {"object": knock}}
    knocks.ProviderEvent.objects.create(event_id="evt_1", type=kept["type"], payload=kept)

    assert knocks.work_off_events() == 1

    assert (make.fresh(row).state, Payment.objects.filter(captured=1900).exists()) == (D.OPEN, False)


def test_a_webhook_and_a_look_at_once_take_it_once(shop, box):
    _, row = asked(shop, box)
    pay(box, row)

    told = at_once(lambda: differences.hear(row.session_id), lambda: differences.look(row))

    assert [word for word in told if isinstance(word, Exception)] == []
    assert (make.fresh(row.line).paid_extra, Payment.objects.filter(captured=1900).count()) == (1900, 1)
    assert Entry.objects.filter(verb="difference.paid").count() == 1


def test_what_the_bank_has_not_said_yes_to_is_not_paid(shop, box):
    _, row = asked(shop, box)
    pay(box, row, status="unpaid")
    look_now()
    assert make.fresh(row).state == D.OPEN

    pay(box, row)
    look_now()

    assert (make.fresh(row).state, make.fresh(row.line).paid_extra) == (D.PAID, 1900)


def test_a_page_that_is_over_is_renewed_within_her_time(shop, box):
    _, row = asked(shop, box)
    till.payout().expire_page(row.session_id)

    look_now()
    differences.open_pages()

    after = make.fresh(row)
    assert (after.state, after.attempt, after.session_id != row.session_id) == (D.OPEN, 2, True)


# Nothing is kept for nothing


def overdue(row: Difference) -> None:
    Difference.objects.filter(pk=row.pk).update(asked_at=timezone.now() - timedelta(hours=49))


def test_not_paid_in_48_hours_her_wish_becomes_money(shop, box):
    ret, row = asked(shop, box)
    arrived(ret)
    overdue(row)

    catch_up()

    line = ret.lines.get()
    assert (make.fresh(row).state, line.wish, line.swap, line.to_pay, line.held) == (D.EXPIRED, "money", None, 0, 0)
    assert till.payout().fetch_page(row.session_id).state == "expired"
    assert [(row.amount, row.rail) for row in ret.refunds.all()] == [(3600, "stripe")]


def test_paid_in_the_last_moment_it_counts(shop, box):
    _, row = asked(shop, box)
    pay(box, row)
    overdue(row)

    differences.look_at_pages()

    assert (make.fresh(row).state, make.fresh(row.line).wish) == (D.PAID, "swap")


def test_without_a_clear_answer_nothing_is_ended(shop, box):
    _, row = asked(shop, box)
    overdue(row)
    box.post("/_sandbox/faults", {"where": "stripe", "what": "drop_before", "count": 2, "path": "/v1/checkout"})

    assert differences.look_at_pages() == 0

    assert (make.fresh(row).state, make.fresh(row.line).wish) == (D.OPEN, "swap")


def test_paid_twice_the_second_goes_back_to_where_it_came_from(shop, box):
    _, row = asked(shop, box)
    second = till.payout().create_page(differences._request(row), key="another key, lost long ago")
    pay(box, row)
    box.post(f"/_sandbox/checkout/{second.id}/pay")

    look_now()
    differences.hear(second.id)
    differences.hear(second.id)

    assert (make.fresh(row).state, make.fresh(row.line).paid_extra) == (D.PAID, 1900)
    assert apart() == [("pi_", 1900, F.PROPOSED)]
    assert Refund.objects.get().payment != make.fresh(row).payment


def test_paid_after_she_cancelled_it_goes_back(shop, box):
    ret, row = asked(shop, box)
    actions.cancel(ret, by="customer")
    pay(box, row)

    differences.hear(row.session_id)
    (refund,) = Refund.objects.all()
    money.approve_refund(refund, by="rules")
    sending.send_refunds()

    assert apart() == [("pi_", 1900, F.SUCCEEDED)]
    assert make.fresh(ret).state == "cancelled"
    assert make.fresh(refund.payment).left == 0


def test_cancelled_before_she_paid_nobody_can_pay_any_more(shop, box):
    ret, row = asked(shop, box)
    actions.cancel(ret, by="customer")

    differences.look_at_pages()

    assert (make.fresh(row).state, till.payout().fetch_page(row.session_id).state) == (D.EXPIRED, "expired")


@pytest.mark.parametrize("end", ["cancel", "money"])
def test_paid_and_then_not_wanted_it_goes_back_once(shop, box, end):
    ret, row = asked(shop, box)
    pay(box, row)
    look_now()
    if end == "cancel":
        actions.cancel(make.fresh(ret), by="customer")
    else:
        exchanges.want_money(ret.lines.get(), by="customer", why="asked")

    differences.give_back()
    differences.give_back()

    assert apart() == [("pi_", 1900, F.PROPOSED)]
    assert make.fresh(row.line).paid_extra == 0


def test_another_sum_than_was_asked_releases_nothing_and_goes_back(shop, box):
    _, row = asked(shop, box)
    page = till.payout().create_page({**differences._request(row), "amount": 1}, key="forged")
    box.post(f"/_sandbox/checkout/{page.id}/pay")

    differences.hear(page.id)

    assert (make.fresh(row).state, make.fresh(row.line).paid_extra) == (D.OPEN, 0)
    assert apart() == [("pi_", 1, F.PROPOSED)]


def test_the_client_times_out_and_the_row_waits(shop, box, monkeypatch):
    monkeypatch.setattr(rail, "TIMEOUT", (0.3, 0.3))
    wanting(shop, box)
    differences.want_payments()
    fault = {"where": "stripe", "what": "hang_after", "seconds": 0.6, "method": "POST", "path": "/v1/checkout"}
    box.post("/_sandbox/faults", fault)

    assert differences.open_pages() == 0

    assert Difference.objects.get().state == D.WANTED


# What was paid for an exchange is kept for it


def beside(ret: Return, *, paid=1000) -> Return:
    """Another case of the same order: socks for money, accepted."""
    socks = ret.order.lines.create(position=2, sku="SOCKS", title="Socks", quantity=1, unit_price=paid, paid=paid)
    other = Return.objects.create(shop=ret.shop, order=ret.order, language="en", way="code")
    other.lines.create(order_line=socks, requested=1, reason="changed_mind", wish="money")
    return make.accepted(other)


def test_other_money_of_the_order_does_not_take_what_was_paid_for_an_exchange(shop, box):
    ret, row = asked(shop, box)
    pay(box, row)
    look_now()
    other = beside(ret)
    refunds = money.prepare_refund(other)
    assert [(refund.payment_id, refund.amount) for refund in refunds] == [(ret.order.payments.first().pk, 1000)]
    money.approve_refund(refunds[0], by="rules")
    sending.send_refunds()
    actions.cancel(make.fresh(ret), by="customer")

    differences.give_back()
    money.release_clear()
    sending.send_refunds()

    assert apart() == [("pi_", 1000, F.SUCCEEDED), ("pi_", 1900, F.SUCCEEDED)]
    assert Refund.objects.last().payment == make.fresh(row).payment


def test_what_is_to_go_back_of_a_difference_is_not_taken_by_another_case_meanwhile(shop, box):
    ret, row = asked(shop, box)
    pay(box, row)
    look_now()
    actions.cancel(make.fresh(ret), by="customer")
    differences.give_back()

    refunds = money.prepare_refund(beside(ret))

    assert [refund.payment_id for refund in refunds] == [ret.order.payments.first().pk]


def test_a_difference_in_dinars_is_asked_in_steps_that_can_be_paid(box, db):
    _ret, row = asked(make.make_shop(currency="KWD"), box, price=5503)

    assert (row.amount, row.state) == (1900, D.OPEN)


def test_a_difference_of_less_than_a_step_is_not_asked_and_the_item_leaves(box, db):
    ret = wanting(make.make_shop(currency="KWD"), box, price=3609)

    ship(arrived(ret))

    assert (ret.lines.get().to_pay, differences.want_payments(), make.fresh(ret).state) == (0, 0, "settled")


def test_a_cent_for_three_that_is_nothing_for_one_keeps_no_item_back(shop, box):
    ret = wanting(shop, box, units=3)
    ret.lines.update(requested=3, approved=1, rejected=2, to_pay=1)

    assert differences.want_payments() == 0

    assert (ret.lines.get().to_pay, Difference.objects.exists()) == (0, False)
