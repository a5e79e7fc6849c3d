"""Whose yes does a sum need: the rules' alone, one person's, or two people's?"""

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from customers.models import Entry
from orders.models import Payment
from portal.background import catch_up
from returns import actions, approvals, goods, money, sending
from returns.errors import NotAllowed, NotTheSame
from returns.models import Refund, Return
from shipments.models import Shipment
from tests import make
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

F = Refund.State


@pytest.fixture
def people(django_user_model):
    def make_one(name: str, *roles: str, email: str = ""):
        user = django_user_model.objects.create_user(name, is_staff=True, email=email)
        user.groups.add(*(Group.objects.get_or_create(name=role)[0] for role in roles))
        return user

    return make_one


def proposed(shop, box, amount: int = 3990, *, terms: dict | None = None, **facts) -> Refund:
    if terms is not None:
        make.set_terms(shop, **terms)
    order = make.make_order(shop, lines=((1, amount),), **facts)
    make.make_payment_outside(box, order)
    ret = make.make_return(order, state="settling")
    return money.prepare_refund(ret)[0]


def state(refund: Refund) -> str:
    return make.fresh(refund).state


# The rules alone


def test_a_clear_refund_needs_no_person(shop, box):
    refund = proposed(shop, box)

    catch_up()

    row = make.fresh(refund)
    assert (refund.person_why, row.state, row.approved_by) == ([], F.SUCCEEDED, "rules")
    assert row.send_after <= row.approved_at


def test_a_sum_above_the_terms_waits_for_a_person(shop, box):
    refund = proposed(shop, box, 10001)

    catch_up()

    assert (refund.person_why, state(refund)) == (["sum"], F.PROPOSED)


def test_a_currency_without_a_figure_waits_for_a_person(shop, box):
    refund = proposed(shop, box, terms={"refund_up_to": {"USD": 100000}})

    catch_up()

    assert (refund.person_why, state(refund)) == (["sum"], F.PROPOSED)


def test_what_a_person_stopped_does_not_leave_by_itself_afterwards(shop, box):
    refund = proposed(shop, box)
    money.stop_refund(refund, by="staff:sam")

    catch_up()

    again = Refund.objects.exclude(pk=refund.pk).get()
    assert (again.person_why, again.state) == (["before"], F.PROPOSED)


def test_goodwill_an_unusual_parcel_and_a_colleagues_order_wait_for_a_person(shop, box, people):
    people("ada", email="ADA@example.com")
    order = make.make_order(shop, lines=((2, 3990),), email="ada@example.com")
    make.make_payment_outside(box, order)
    ret = make.make_return(order, state="settling")
    Return.objects.filter(pk=ret.pk).update(flags=["weight"])
    actions.concede(make.fresh(ret), amount=500, words="for the trouble", by="staff:sam")

    (refund,) = money.prepare_refund(make.fresh(ret))
    catch_up()

    assert (refund.person_why, state(refund)) == (["goodwill", "flags", "own_order"], F.PROPOSED)


# Two people


def test_above_the_limit_a_second_person_says_yes_and_who_began_does_not_end(shop, box, people):
    sam, pia = people("sam"), people("pia")
    refund = proposed(shop, box, 15001)

    first = money.approve_refund(refund, by=sam)
    with pytest.raises(NotTheSame):
        money.approve_refund(make.fresh(refund), by=sam)
    catch_up()
    waiting = state(refund)
    second = money.approve_refund(make.fresh(refund), by=pia)

    assert (first.state, first.first_by, first.second_why, waiting) == (F.PROPOSED, "staff:sam", ["sum"], F.PROPOSED)
    assert (second.state, second.first_by, second.approved_by) == (F.APPROVED, "staff:sam", "staff:pia")
    verbs = Entry.objects.filter(verb__in=["refund.first_yes", "refund.approved"]).order_by("pk")
    assert list(verbs.values_list("verb", "by")) == [
        ("refund.first_yes", "staff:sam"),
        ("refund.approved", "staff:pia"),
    ]


def test_up_to_the_limit_one_person_is_enough(shop, box, people):
    assert money.approve_refund(proposed(shop, box, 15000), by=people("sam")).state == F.APPROVED


def test_a_lead_decides_more_alone_where_the_terms_say_so(shop, box, people):
    refund = proposed(shop, box, 40000, terms={"lead_second_from": {"EUR": 50000}, "lead_day_limit": {"EUR": 90000}})

    assert money.approve_refund(refund, by=people("lea", approvals.LEAD)).state == F.APPROVED


def test_all_that_one_person_lets_go_in_a_day_has_a_limit(shop, box, people):
    sam, pia = people("sam"), people("pia")
    make.set_terms(shop, day_limit={"EUR": 20000})
    one, two = proposed(shop, box, 12000), proposed(shop, box, 12000)

    alone = money.approve_refund(one, by=sam)
    second = money.approve_refund(two, by=sam)

    assert (alone.state, second.state, second.second_why) == (F.APPROVED, F.PROPOSED, ["day"])
    assert money.approve_refund(make.fresh(two), by=pia).state == F.APPROVED


def test_two_tabs_of_one_person_do_not_pass_the_day_together(shop, box, people):
    sam = people("sam")
    make.set_terms(shop, day_limit={"EUR": 20000})
    refunds = [proposed(shop, box, 12000) for _ in range(2)]

    at_once(*(lambda refund=refund: money.approve_refund(refund, by=sam) for refund in refunds))

    assert sorted(state(refund) for refund in refunds) == [F.APPROVED, F.PROPOSED]


def test_a_goodwill_sum_above_the_limit_is_checked_by_somebody_who_did_not_give_it(shop, box, people):
    sam, pia, leo = people("sam"), people("pia"), people("leo")
    order = make.make_order(shop, lines=((2, 10000),))
    make.make_payment_outside(box, order)
    ret = make.make_return(order, state="settling")
    actions.concede(ret, amount=3001, words="for the trouble", by=sam)
    (refund,) = money.prepare_refund(make.fresh(ret))

    money.approve_refund(refund, by=pia)
    with pytest.raises(NotTheSame):
        money.approve_refund(make.fresh(refund), by=sam)

    assert (make.fresh(refund).second_why, state(refund)) == (["deviation"], F.PROPOSED)
    assert money.approve_refund(make.fresh(refund), by=leo).state == F.APPROVED


def test_goodwill_in_small_parts_is_checked_like_the_whole(shop, box, people):
    sam = people("sam")
    order = make.make_order(shop, lines=((1, 2000), (1, 20000)))
    make.make_payment_outside(box, order)
    ret = make.make_return(order, state="settling")
    after = []

    for _ in range(2):
        actions.concede(make.fresh(ret), amount=2900, words="for the trouble", by=sam)
        (refund,) = money.prepare_refund(make.fresh(ret))
        after.append(money.approve_refund(refund, by=sam))
        sending.send_refunds()

    assert [(row.state, row.second_why) for row in after] == [(F.APPROVED, []), (F.PROPOSED, ["deviation"])]


def test_a_sum_whose_other_share_was_stopped_is_as_large_as_before(shop, box, people):
    sam = people("sam")
    order = make.make_order(shop, lines=((1, 20000),), paid=14000)
    Payment.objects.create(order=order, provider="credit", reference="GIFT-1", currency="EUR", captured=6000)
    make.make_payment_outside_of(box, order.payments.get(provider="stripe"))
    first, other = money.prepare_refund(make.make_return(order, state="settling"))
    money.stop_refund(other, by=sam)

    after = money.approve_refund(make.fresh(first), by=sam)

    assert (after.state, after.second_why) == (F.PROPOSED, ["sum"])


def test_an_account_of_the_same_name_in_other_letters_is_no_second_person(shop, box, people):
    refund = proposed(shop, box, 20000)
    money.approve_refund(refund, by=people("sam"))

    with pytest.raises(NotTheSame):
        money.approve_refund(make.fresh(refund), by=people("Sam"))

    assert state(refund) == F.PROPOSED


def test_nobody_pays_herself_and_a_colleagues_order_has_two_people(shop, box, people):
    ada, sam, pia = people("ada", email="Ada@example.com"), people("sam"), people("pia")
    refund = proposed(shop, box, email="ada@example.com")

    with pytest.raises(NotAllowed):
        money.approve_refund(refund, by=ada)
    first = money.approve_refund(make.fresh(refund), by=sam)
    with pytest.raises(NotAllowed):
        money.approve_refund(make.fresh(refund), by=ada)

    assert first.second_why == ["own_order"]
    assert money.approve_refund(make.fresh(refund), by=pia).state == F.APPROVED


def test_who_has_no_money_rights_lets_nothing_go(shop, box, people):
    refund = proposed(shop, box)

    with pytest.raises(NotAllowed):
        money.approve_refund(refund, by=people("out", approvals.OUTSIDE))

    assert state(refund) == F.PROPOSED


def test_two_people_at_once_are_a_first_and_a_second(shop, box, people):
    sam, pia = people("sam"), people("pia")
    refund = proposed(shop, box, 20000)

    at_once(lambda: money.approve_refund(refund, by=sam), lambda: money.approve_refund(refund, by=pia))

    row = make.fresh(refund)
    assert (row.state, {row.first_by, row.approved_by}) == (F.APPROVED, {"staff:sam", "staff:pia"})
    assert make.fresh(row.payment).reserved == 20000


# A no to a right


def test_nobody_alone_refuses_what_the_law_gives(shop, people):
    sam, pia = people("sam"), people("pia")
    ret = make.make_return(make.make_order(shop), reason="damaged")

    first = actions.reject(ret, by=sam, reason="It shows wear.")
    with pytest.raises(NotTheSame):
        actions.reject(make.fresh(ret), by=sam, reason="It shows wear.")
    waiting = make.fresh(ret).state
    second = actions.reject(make.fresh(ret), by=pia, reason="It shows wear.")

    assert (first.no_by, waiting, second.state) == ("staff:sam", "under_review", "rejected")


def test_the_second_person_may_say_yes_instead(shop, people):
    ret = make.make_return(make.make_order(shop), reason="damaged")
    actions.reject(ret, by=people("sam"), reason="It shows wear.")

    after = actions.approve(make.fresh(ret), by=people("pia"))

    assert (after.state in Return.UNDER_WAY, make.fresh(ret).no_at) == (True, None)


def test_a_no_to_a_part_of_a_right_has_two_people_too(shop, people):
    sam, pia = people("sam"), people("pia")
    ret = make.make_return(make.make_order(shop, lines=((3, 12000),)), units=3, reason="damaged")
    units = {ret.lines.get().pk: 2}

    first = actions.approve(ret, by=sam, units=units, reason="One of them is whole.")
    waiting = (first.state, first.no_by)
    after = actions.approve(make.fresh(ret), by=pia, units=units, reason="One of them is whole.")

    assert (waiting, after.state) == (("under_review", "staff:sam"), "partly_approved")


# On the screen


def test_the_desk_asks_nobody_about_a_sum_that_leaves_by_itself(shop, box, sam):
    refund = proposed(shop, box)
    before = sam.get(f"/staff/returns/{refund.ret.number}/").content.decode()
    Refund.objects.update(person_why=["before"])
    waiting = sam.get(f"/staff/returns/{refund.ret.number}/").content.decode()

    assert ("Leaves by itself" in before, "Waits for your yes" in before, "Send €39.90" in before) == (
        True,
        False,
        False,
    )
    assert ("Leaves by itself" in waiting, "Waits for your yes" in waiting, "Send €39.90" in waiting) == (
        False,
        True,
        True,
    )


@pytest.mark.parametrize(("amount", "by_itself"), [(10000, True), (10001, False)])
def test_the_desk_says_before_the_goods_are_accepted_what_becomes_of_the_money(shop, box, sam, amount, by_itself):
    order = make.make_order(shop, lines=((1, amount),))
    ret = make.make_return(order, state="received")

    page = sam.get(f"/staff/returns/{ret.number}/").content.decode()

    assert ("What you accept leaves by itself" in page) == by_itself
    assert ("It is more than the terms let go without a person." in page) != by_itself


def test_the_desk_says_who_has_to_say_yes_and_why(shop, box, sam, pia):
    refund = proposed(shop, box, 15001)
    case = f"/staff/returns/{refund.ret.number}/"
    send = f"{case}refunds/{refund.uuid}/send/"

    sam.post(send, {"left": refund.payment.left})
    hers, colleagues = sam.get(case).content.decode(), pia.get(case).content.decode()

    assert ("Somebody else has to say yes now." in hers, "Send €150.01" in hers) == (True, False)
    assert ("sam said yes on" in colleagues, "Send €150.01" in colleagues) == (True, True)
    assert "It is more than one person may let go." in colleagues
    assert [refund.ret.number in page.get("/staff/?show=second").content.decode() for page in (sam, pia)] == [True] * 2
    assert sam.post(send, {"left": refund.payment.left}).status_code == 409


def test_a_balance_that_has_changed_sends_nothing_and_says_409(shop, box, sam):
    refund = proposed(shop, box, 12000)
    type(refund.payment).objects.filter(pk=refund.payment_id).update(outside=1)

    answer = sam.post(f"/staff/returns/{refund.ret.number}/refunds/{refund.uuid}/send/", {"left": 12000})

    assert (answer.status_code, state(refund)) == (409, F.PROPOSED)
    assert "The payment has changed since you looked." in answer.content.decode()


# When it leaves


def step(box, ret: Return, name: str) -> None:
    if name == "scanned":
        box.post(f"/_sandbox/parcels/{ret.parcels.get().shipment.tracking_number}/move", {"to": "handed_in"})
        Shipment.objects.update(next_look=timezone.now())
    elif name == "received":
        goods.receive(make.fresh(ret), {ret.lines.get().pk: 1}, by="staff:sam")
    elif name == "inspected":
        goods.accept(make.fresh(ret), {ret.lines.get().pk: 1}, by="staff:sam")
    catch_up()


@pytest.mark.parametrize(
    ("trigger", "steps"),
    [
        ("submit", []),
        ("first_scan", ["scanned"]),
        ("receipt", ["scanned", "received"]),
        ("inspection", ["scanned", "received", "inspected"]),
    ],
)
def test_a_clear_sum_leaves_when_the_terms_say_and_not_before(shop, box, trigger, steps):
    make.set_terms(shop, rules=[{"id": "WHEN-1", "when": {"reason": ["wrong_size"]}, "then": {"trigger": trigger}}])
    order = make.make_order(shop)
    make.make_payment_outside(box, order)
    ret = make.make_return(order)
    left = []

    for name in ["submitted", *steps]:
        step(box, ret, name)
        left.append(Refund.objects.filter(state=F.SUCCEEDED).count())

    assert left == [0] * len(steps) + [1]
    assert Refund.objects.get().approved_by == "rules"


def test_a_large_case_accepted_piece_by_piece_is_one_sum_for_the_limits(shop, box, people):
    order = make.make_order(shop, lines=((3, 27000),))
    make.make_payment_outside(box, order)
    ret = make.make_return(order, units=3, state="received")
    line, told = ret.lines.get().pk, []

    for name in ("ann", "ben"):
        (refund,) = money.prepare_refund(goods.accept(make.fresh(ret), {line: 1}, by="staff:sam"))
        told.append((refund.person_why, money.approve_refund(refund, by=people(name)).second_why))
        money.approve_refund(make.fresh(refund), by="rules") if told[-1][1] else None
        catch_up()

    assert told == [([], []), (["sum"], ["sum"])]
