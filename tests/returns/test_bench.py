"""The bench: what came, what it is like, and offers of less that are shown, contested and decided by somebody else."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from customers.models import Entry
from orders.models import OrderLine
from returns import actions, deductions, goods, money
from returns.errors import NoPicture, NotNow, NotTheSame, TooMany
from returns.models import Deduction, Receipt, ReturnLine
from tests import make

pytestmark = pytest.mark.django_db
SAM, PIA = "staff:sam", "staff:pia"


def received(shop, units: int = 3, *, total: int = 12000, **facts):
    """A case with all its goods on the bench."""
    order = make.make_order(shop, lines=[(units, total)], **facts)
    return make.make_return(order, units=units, state="received")


def only(ret) -> ReturnLine:
    return ret.lines.select_related("ret", "order_line").get()


def offer(ret, *, units=1, percent=40) -> Deduction:
    line = only(ret)
    goods.add_bench_photo(line, make.picture(), by=SAM)
    return deductions.propose(line, units=units, percent=percent, words="A stain at the collar.", by=SAM)


def test_the_same_scan_twice_counts_once(shop):
    ret = make.make_return(make.make_order(shop, lines=[(3, 12000)]), units=3, state="approved")
    key = uuid.uuid4()

    for _ in range(2):
        goods.receive(ret, {only(ret).pk: 1}, by=SAM, key=key)

    assert (only(ret).received, Receipt.objects.count()) == (1, 1)
    assert Entry.objects.filter(verb="return.received").count() == 1


def test_more_than_was_announced_is_refused_and_kept_as_unexpected(shop):
    ret = received(shop)
    key = uuid.uuid4()

    with pytest.raises(TooMany):
        goods.receive(ret, {only(ret).pk: 1}, by=SAM)
    rows = [goods.find_unexpected(shop, what="A blue mug", by=SAM, ret=ret, key=key) for _ in range(2)]

    assert rows[0] == rows[1]
    assert [entry.verb for entry in Entry.objects.filter(verb__startswith="unexpected")] == ["unexpected.found"]
    goods.resolve_unexpected(rows[0], by=SAM, resolution="Sent back to the customer")
    with pytest.raises(NotNow):
        goods.resolve_unexpected(rows[0], by=PIA, resolution="again")


def test_a_receipt_is_taken_back_until_its_goods_were_graded(shop):
    ret = make.make_return(make.make_order(shop, lines=[(2, 8000)]), units=2, state="approved")
    goods.receive(ret, {only(ret).pk: 2}, by=SAM)
    receipt = Receipt.objects.get()

    after = goods.reverse_receipt(receipt, by=SAM)

    assert (after.state, only(ret).received, after.proof_at) == ("approved", 0, None)
    goods.receive(after, {only(ret).pk: 2}, by=SAM)
    goods.accept(make.fresh(ret), {only(ret).pk: 1}, by=SAM)
    with pytest.raises(NotNow):
        goods.reverse_receipt(Receipt.objects.latest("pk"), by=SAM)


def test_what_is_fine_is_for_sale_again_and_what_came_damaged_is_not(shop):
    shirt = make.make_variant(shop, "M", on_hand=5)
    order = make.make_order(shop, lines=[(1, 4000)])
    OrderLine.objects.update(variant=shirt)
    fine = make.make_return(order, state="settling")
    broken = make.make_order(shop, lines=[(1, 4000)], email="bob@example.com")
    broken.lines.update(variant=shirt)
    ret = make.make_return(broken, reason="damaged", state="settling")

    assert make.fresh(shirt).on_hand == 6
    assert (only(fine).restocked, only(fine).written_off) == (1, 0)
    assert (only(ret).restocked, only(ret).written_off) == (0, 1)


def test_worn_goods_are_graded_only_with_a_picture(shop):
    ret = received(shop, 1, total=4000)

    with pytest.raises(NoPicture):
        goods.grade(ret, only(ret).pk, 1, grade="C", disposition="write_off", by=SAM)
    goods.add_bench_photo(only(ret), make.picture(), by=SAM)
    after = goods.grade(ret, only(ret).pk, 1, grade="C", disposition="write_off", by=SAM)

    assert (after.state, only(ret).accepted) == ("settling", 1)


def test_less_is_offered_only_with_a_picture_and_nothing_is_paid_for_it_meanwhile(shop):
    ret = received(shop)

    with pytest.raises(NoPicture):
        deductions.propose(only(ret), units=1, percent=40, words="A stain at the collar.", by=SAM)
    offer(ret)

    assert make.fresh(ret).state == "inspecting"
    with pytest.raises(TooMany):
        goods.accept(make.fresh(ret), {only(ret).pk: 3}, by=SAM)
    after = goods.accept(make.fresh(ret), {only(ret).pk: 2}, by=SAM)
    [refund] = money.propose(after)
    assert (after.state, refund.amount) == ("inspecting", 8000)


def test_e15_taken_the_part_is_paid_and_the_rows_say_why(shop):
    ret = received(shop, 1, total=10000)

    deductions.take(offer(ret), by="customer")

    [refund] = money.propose(make.fresh(ret))
    rows = [(row["rule"], row["amount"]) for row in refund.snapshot["rows"]]
    assert (refund.amount, rows) == (6000, [("R2", 10000), ("R5", -4000)])


def test_an_offer_nobody_contests_in_time_stands_and_not_a_day_earlier(shop):
    row = offer(received(shop, 1))
    Deduction.objects.filter(pk=row.pk).update(answer_by=timezone.localdate() - timedelta(days=1))

    assert deductions.close_unanswered() == 0
    Deduction.objects.filter(pk=row.pk).update(answer_by=timezone.localdate() - timedelta(days=2))

    assert deductions.close_unanswered() == 1
    assert make.fresh(row).state == "accepted"


def test_an_objection_is_decided_by_somebody_else(shop):
    ret = received(shop, 1, total=10000)
    row = deductions.contest(offer(ret), by="customer", words="It was so when it came.")
    assert make.fresh(ret).state == "disputed"

    with pytest.raises(NotTheSame):
        deductions.resolve(row, by=SAM, uphold=True, words="I looked again.")
    deductions.resolve(row, by=PIA, uphold=False, words="The stain is in our own picture.")

    [refund] = money.propose(make.fresh(ret))
    assert (make.fresh(row).state, refund.amount) == ("dropped", 10000)


def test_a_second_person_may_be_kinder_but_never_harder(shop):
    ret = received(shop, 1, total=10000)
    row = deductions.contest(offer(ret, percent=40), by="customer")

    with pytest.raises(TooMany):
        deductions.resolve(row, by=PIA, uphold=True, words="More than that.", percent=50)
    deductions.resolve(row, by=PIA, uphold=True, words="A little less.", percent=10)

    assert money.propose(make.fresh(ret))[0].amount == 9000


def test_what_she_wants_back_leaves_and_is_hers_again(shop):
    ret = received(shop, 1, total=10000)
    row = offer(ret)

    deductions.want_back(row, by="customer")
    waits = make.fresh(ret)
    after = deductions.send_back(waits, only(ret).pk, 1, by=SAM, tracking_number="SB77")

    assert (waits.state, after.state) == ("settling", "settled")
    line = only(ret)
    assert (line.refused, line.sent_back, line.released, line.order_line.left) == (1, 1, 1, 1)
    assert money.propose(after) == []


def test_all_of_it_refused_pays_nothing_and_closes(shop):
    ret = received(shop, 1, total=10000)
    row = deductions.contest(offer(ret, percent=100), by="customer")

    deductions.resolve(row, by=PIA, uphold=True, words="It was worn for weeks.")

    assert (make.fresh(ret).state, only(ret).refused, money.propose(make.fresh(ret))) == ("settled", 1, [])


def test_missing_pieces_bring_nothing_and_can_be_sent_later_in_a_case_of_their_own(shop):
    ret = make.make_return(make.make_order(shop, lines=[(3, 26997)]), units=3, state="approved")
    goods.receive(ret, {only(ret).pk: 2}, by=SAM)

    goods.miss(make.fresh(ret), {only(ret).pk: 1}, by=SAM)
    after = goods.accept(make.fresh(ret), {only(ret).pk: 2}, by=SAM)

    [refund] = money.propose(after)
    assert (after.state, refund.amount, only(ret).order_line.left) == ("settling", 17998, 1)


def test_e9_two_of_three_are_paid_while_the_third_stays_open(shop):
    ret = make.make_return(make.make_order(shop, lines=[(3, 26997)]), units=3, state="approved")
    goods.receive(ret, {only(ret).pk: 2}, by=SAM)

    after = goods.accept(make.fresh(ret), {only(ret).pk: 2}, by=SAM)

    assert (money.propose(after)[0].amount, make.fresh(ret).state) == (17998, "partly_received")


def test_what_the_carrier_lost_under_our_label_is_paid(shop):
    ret = make.make_return(make.make_order(shop, lines=[(1, 4000)]), state="approved")
    ret.proof_at = timezone.now()
    ret.save(update_fields=["proof_at"])

    after = goods.lose(make.fresh(ret), {only(ret).pk: 1}, by=SAM)

    assert (after.state, money.propose(after)[0].amount) == ("settling", 4000)


def test_goodwill_opens_a_settled_case_and_closes_it_again(shop):
    ret = make.make_return(make.make_order(shop, lines=[(1, 4000)], paid=9000), state="settling")
    type(ret).objects.filter(pk=ret.pk).update(state="settled")
    ret.lines.update(refunded=1)

    actions.concede(make.fresh(ret), amount=500, words="For the long wait.", by=SAM)
    [refund] = money.propose(make.fresh(ret))

    assert (make.fresh(ret).state, refund.amount) == ("settling", 500)
    assert [(row["rule"], row["text"]) for row in refund.snapshot["rows"]] == [("G", "For the long wait.")]
