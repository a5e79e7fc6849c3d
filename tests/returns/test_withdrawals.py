"""A withdrawal: stated first and for good, then matched, opened, acknowledged and paid; never refused."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone

from customers.models import Customer, Entry
from notices import outbox
from notices.models import Letter
from orders.errors import UnitsTaken
from orders.models import Order
from portal.background import catch_up
from portal.customer import access
from returns import actions, clocks, drafts, exchanges, goods, money, papers, receipts, sending, statements, withdrawals
from returns.errors import NotNow, TooMany
from returns.models import Return, ReturnLine, Withdrawal
from returns.policy import law
from tests import make
from tests.threads import at_once

pytestmark = pytest.mark.django_db

LANGUAGES = ("en", "de", "el", "vi")


def stated(order: Order, /, **facts) -> Withdrawal:
    """As of somebody who typed the number and the email address of this order."""
    return make.make_withdrawal(order.shop, **{"contract": order.number, "email": order.customer.email, **facts})


def past(shop, **facts) -> Order:
    """An order whose legal time has passed: a return of it stands on the shop's own terms."""
    return make.make_order(shop, delivered=shop.today() - timedelta(days=20), **facts)


def opened(order: Order, /, **facts) -> Return:
    return withdrawals.open_case(stated(order, **facts)).ret


def verbs(order: Order) -> list[str]:
    lines = Entry.objects.filter(order_number=order.number).exclude(verb__startswith="parcel")
    return list(lines.order_by("pk").values_list("verb", flat=True))


def letters(kind: str) -> list[Letter]:
    outbox.write_next_letters()
    return list(Letter.objects.filter(kind=kind).order_by("pk"))


# The statement first


def test_a_statement_is_kept_word_for_word_with_the_second_it_came_in(shop):
    now = datetime(2026, 11, 23, 20, 14, 7, tzinfo=UTC)

    row = withdrawals.state(
        shop,
        name="Ada Example",
        contract="Order 4711, a lamp",
        email="Ada@Example.com",
        items="the lamp",
        language="en",
        form_key=uuid4(),
        now=now,
    )

    kept = make.fresh(row)
    assert kept.text.splitlines() == [
        "I withdraw from my contract with Linden & Loom.",
        "",
        "Name: Ada Example",
        "Contract: Order 4711, a lamp",
        "Items: the lamp",
        "Confirmation to: Ada@Example.com",
    ]
    assert (kept.received_at, kept.email, kept.order, kept.ret, kept.opened_at, kept.by) == (
        now,
        "Ada@Example.com",
        None,
        None,
        None,
        "customer",
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_statement_stands_in_the_language_it_was_made_in(shop, language):
    row = make.make_withdrawal(shop, language=language)

    first, rest = row.text.split("\n", 1)
    lead = {
        "en": "I withdraw from my contract with Linden & Loom.",
        "de": "Ich widerrufe meinen Vertrag mit Linden & Loom.",
        "el": "Υπαναχωρώ από τη σύμβασή μου με Linden & Loom.",
        "vi": "Tôi hủy hợp đồng của tôi với Linden & Loom.",
    }
    assert first == lead[language]
    assert [word in rest for word in ("Ada Example", "ada@example.com", "A shirt, bought in November")] == [True] * 3


def test_the_line_of_the_timeline_is_the_shops_while_nobody_knows_whose_it_is(shop):
    row = make.make_withdrawal(shop)

    line = Entry.objects.get()
    assert (line.verb, line.shop, line.customer, line.order_number, line.number, line.facts) == (
        "withdrawal.received",
        shop,
        None,
        "",
        row.number,
        {},
    )


def test_the_same_form_is_one_statement_however_often_it_is_sent(shop):
    key = uuid4()

    first = make.make_withdrawal(shop, form_key=key)
    second = make.make_withdrawal(shop, form_key=key, name="Somebody Else")

    assert (first.pk, second.name) == (second.pk, "Ada Example")
    assert (Withdrawal.objects.count(), Entry.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_of_one_form_are_one_statement_and_one_letter(shop):
    order, key = make.make_order(shop), uuid4()
    Entry.objects.all().delete()

    told = at_once(*[lambda: withdrawals.try_to_open(stated(order, form_key=key))] * 20)

    assert {type(row) for row in told} == {Withdrawal}
    assert {row.pk for row in told} == {Withdrawal.objects.get().pk}
    assert order.returns.count() == 1
    assert verbs(order) == ["return.created", "return.approved", "withdrawal.joined"]
    assert Entry.objects.filter(verb="withdrawal.received").count() == 1
    assert len(letters("withdrawal.received")) == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_of_two_forms_are_two_statements_and_one_case(shop):
    order, keys = make.make_order(shop, lines=[(2, 8000)]), [uuid4(), uuid4()]

    at_once(*[lambda key=key: withdrawals.try_to_open(stated(order, form_key=key)) for key in keys * 10])

    assert Withdrawal.objects.count() == 2
    assert [line.requested for ret in order.returns.all() for line in ret.lines.all()] == [2]
    assert order.lines.get().returning == 2


@pytest.mark.django_db(transaction=True)
def test_the_statement_stands_whatever_happens_after_it(shop, monkeypatch):
    order = make.make_order(shop)
    monkeypatch.setattr(withdrawals, "open_for", lambda *_, **__: 1 / 0)

    row = withdrawals.try_to_open(stated(order))

    kept = make.fresh(row)
    assert (kept.opened_at, kept.failed_opens, order.returns.count()) == (None, 1, 0)
    assert len(letters("withdrawal.received")) == 1
    for _ in range(9):
        withdrawals.open_cases()
    assert make.fresh(row).failed_opens == withdrawals.MOST_OPENS
    assert list(withdrawals.waiting(shop)) == [kept]

    monkeypatch.undo()
    joined = withdrawals.join(row, order, {order.lines.get().pk: 1}, by="staff:sam")
    assert joined.ret.state == "approved"


@pytest.mark.django_db(transaction=True)
def test_the_sweep_opens_what_was_interrupted(shop, monkeypatch):
    order = make.make_order(shop)
    with monkeypatch.context() as patch:
        patch.setattr(withdrawals, "open_for", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            withdrawals.open_case(stated(order))
    assert order.returns.count() == 0

    assert [withdrawals.open_cases(), withdrawals.open_cases()] == [1, 0]

    assert Withdrawal.objects.get().ret == order.returns.get()


@pytest.mark.django_db(transaction=True)
def test_one_that_cannot_be_opened_holds_up_none_of_the_others(shop, monkeypatch):
    good, bad = make.make_order(shop), make.make_order(shop)
    stated(bad), stated(good)
    real = withdrawals.open_for
    monkeypatch.setattr(withdrawals, "open_for", lambda order, *a, **k: 1 / 0 if order == bad else real(order, *a, **k))

    withdrawals.open_cases()

    assert (good.returns.count(), bad.returns.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_nothing_outside_can_take_the_statement_back(shop):
    from django.db import transaction

    with pytest.raises(RuntimeError), transaction.atomic():
        make.make_withdrawal(shop)


# Which contract


@pytest.mark.parametrize(
    "typed",
    [
        "4K7P-92TD-3",
        "4k7p92td3",
        "#4K7P-92TD-3",
        "Order 4K7P-92TD-3",
        "4K7P 92TD 3",
        "my order (4K7P-92TD-3), the lamp",
    ],
)
def test_an_order_number_is_found_however_it_is_typed(shop, typed):
    order = make.make_order(shop, number="4K7P-92TD-3")

    assert opened(order, contract=typed).order == order


def test_the_email_address_is_compared_without_case_and_spaces(shop):
    order = make.make_order(shop)

    row = stated(order, email="  ADA@example.COM ")

    assert withdrawals.open_cases() == 1
    assert make.fresh(row).order == order


@pytest.mark.parametrize(
    "facts",
    [
        {"email": "somebody@example.com"},  # with the right number and the right name
        {"contract": "another number"},
        {"contract": "A-00"},
        {"contract": "a shirt, bought on 3 November"},
    ],
)
def test_what_does_not_fit_waits_for_a_person_and_opens_nothing(shop, facts):
    order = make.make_order(shop, number="A-001")

    row = withdrawals.open_case(stated(order, **facts))
    withdrawals.open_cases()

    assert (row.order, make.fresh(row).opened_at, order.returns.count()) == (None, None, 0)
    assert list(withdrawals.waiting(shop)) == [row]
    assert len(letters("withdrawal.received")) == 1
    assert withdrawals.open_case(stated(order)).ret == order.returns.get()


def test_an_order_of_another_shop_is_never_found(shop):
    other = make.make_order(make.make_shop(domain="other.example"))

    row = withdrawals.open_case(make.make_withdrawal(shop, contract=other.number))

    assert (row.order, other.returns.count()) == (None, 0)
    handed = make.make_withdrawal(shop, contract=other.number, order=other)
    assert (handed.order, withdrawals.open_case(handed).order) == (None, None)
    with pytest.raises(TooMany):
        withdrawals.join(row, other, {other.lines.get().pk: 1}, by="staff:sam")


def test_of_two_orders_with_like_numbers_the_one_that_was_typed(shop):
    one, eleven = make.make_order(shop, number="A-1"), make.make_order(shop, number="A-11")

    ret = opened(eleven)

    assert (ret.order, one.returns.count()) == (eleven, 0)


def test_two_order_numbers_are_for_a_person(shop):
    first, second = make.make_order(shop), make.make_order(shop)

    row = withdrawals.open_case(stated(first, contract=f"{first.number} and {second.number}"))

    assert (row.order, first.returns.count(), second.returns.count()) == (None, 0, 0)


def test_an_order_that_is_brought_in_later_is_found_then(shop):
    row = make.make_withdrawal(shop, contract="B-77")
    withdrawals.open_cases()

    order = make.make_order(shop, number="B-77", delivered=None)
    withdrawals.open_cases()

    assert make.fresh(row).ret == order.returns.get()


def test_an_order_that_she_has_open_needs_no_email_address_of_its_own(shop):
    order = make.make_order(shop)

    ret = opened(order, email="elsewhere@example.com", order=order)

    assert ret.order == order
    assert Entry.objects.get(verb="withdrawal.received").order_number == order.number


# The case


def test_the_whole_order_is_one_case_granted_at_once_on_the_ground_of_the_law(shop):
    order = make.make_order(shop, lines=[(2, 8000), (1, 1999)])

    ret = opened(order)

    assert ret.state == "approved"
    assert [(line.kind, line.reason, line.wish, line.requested, line.approved) for line in ret.lines.all()] == [
        ("withdrawal", "changed_mind", "money", 2, 2),
        ("withdrawal", "changed_mind", "money", 1, 1),
    ]
    row = Withdrawal.objects.get()
    assert (ret.withdrawn_at, ret.late, ret.flags) == (row.received_at, False, [])
    assert verbs(order) == ["return.created", "return.approved", "withdrawal.joined"]
    assert Entry.objects.get(verb="withdrawal.joined").facts == {"cases": [ret.number], "told": True}


def test_a_part_is_withdrawn_and_the_rest_stays(shop):
    order = make.make_order(shop, lines=[(3, 9000), (1, 1999)])
    shirts = order.lines.first()

    ret = opened(order, items="Linen shirt, M, blue × 2", units={shirts.pk: 2})

    assert [(line.order_line, line.requested) for line in ret.lines.all()] == [(shirts, 2)]
    assert [line.left for line in order.lines.all()] == [1, 1]


def test_items_in_her_own_words_are_read_by_a_person(shop):
    order = make.make_order(shop, lines=[(1, 3990), (1, 1999)])
    row = withdrawals.open_case(stated(order, items="only the shirt"))
    assert (row.order, row.opened_at, order.returns.count()) == (order, None, 0)
    assert withdrawals.open_cases() == 0

    shirt = order.lines.first()
    joined = withdrawals.join(row, order, {shirt.pk: 1}, by="staff:sam")

    assert [line.order_line for line in joined.ret.lines.all()] == [shirt]
    assert make.fresh(row).items == "only the shirt"
    assert Entry.objects.get(verb="withdrawal.joined").by == "staff:sam"


def test_of_an_order_of_one_piece_no_person_has_to_read_which(shop):
    order = make.make_order(shop)

    assert opened(order, items="the blue shirt").lines.get().requested == 1


def test_opened_twice_is_opened_once(shop):
    order = make.make_order(shop)
    row = stated(order)

    first, second = withdrawals.open_case(row), withdrawals.open_case(row)

    assert (first.ret, order.returns.count()) == (second.ret, 1)


def test_a_label_is_bought_as_for_every_case(shop, box):
    order = make.make_order(shop)
    stated(order)

    catch_up()

    ret = order.returns.get()
    assert (ret.state, ret.parcels.get().state) == ("awaiting_dropoff", "label_created")


@pytest.mark.parametrize("group", ["hygiene", "perishable", "made_to_order", "digital"])
def test_a_group_that_the_law_excepts_is_accepted_and_shown_to_a_person(shop, group):
    order = make.make_order(shop)
    order.lines.update(product_group=group)

    ret = opened(order)

    assert (ret.state, ret.flags) == ("approved", ["excepted_group"])


def test_before_it_was_sent_it_is_accepted_and_shown_to_a_person(shop):
    order = make.make_order(shop, delivered=None)

    ret = opened(order)

    assert (ret.state, ret.late, ret.flags) == ("approved", False, ["not_dispatched"])


# delivered on a Monday, 2 November 2026: the fourteenth day is a Monday; on a Saturday: the end moves to a Monday
@pytest.mark.parametrize(
    ("came", "stated_on", "late"),
    [
        ("2026-11-02", "2026-11-15", False),
        ("2026-11-02", "2026-11-16", False),
        ("2026-11-02", "2026-11-17", True),
        ("2026-10-31", "2026-11-16", False),
        ("2026-10-31", "2026-11-17", True),
        ("2026-11-01", "2026-11-16", False),
        ("2026-11-01", "2026-11-17", True),
    ],
)
def test_late_is_a_flag_and_never_a_no(shop, came, stated_on, late):
    order = make.make_order(shop, delivered=date.fromisoformat(came))
    now = datetime.fromisoformat(f"{stated_on}T12:00:00+01:00")

    ret = opened(order, now=now)

    assert (ret.state, ret.late, "late_withdrawal" in ret.flags) == ("approved", late, late)


def test_a_parcel_that_has_not_come_starts_no_clock(shop):
    order = make.make_order(shop, delivered=shop.today() - timedelta(days=40))
    make.make_shipment(order)

    assert opened(order).late is False


# Units that are in another case already


def make_swap(shop, order, **facts) -> Return:
    order.lines.update(variant=make.make_variant(shop, "M"))
    return make.make_return(order, wish="swap", swap=make.make_variant(shop, "L", size="L"), **facts)


@pytest.mark.parametrize("state", ["approved", "received", "settling"])
def test_a_return_that_is_under_way_becomes_a_withdrawal_and_an_exchange_becomes_money(shop, state):
    order = make.make_order(shop)
    ret = make_swap(shop, order, state=state)

    row = withdrawals.open_case(stated(order))

    ret, line = make.fresh(ret), ret.lines.get()
    assert (row.ret, order.returns.count(), ret.state) == (ret, 1, state)
    assert (line.kind, line.wish, line.swap, line.held, ret.withdrawn_at) == (
        "withdrawal",
        "money",
        None,
        0,
        row.received_at,
    )
    assert verbs(order)[-3:] == ["line.moved", "line.wants_money", "withdrawal.joined"]
    assert Entry.objects.get(verb="withdrawal.joined").facts == {"cases": [ret.number], "told": False}


def test_what_waits_for_our_yes_gets_it(shop):
    order = past(shop)
    order.lines.update(product_group="high_value")
    ret = make.make_return(order)
    assert ret.state == "under_review"

    row = withdrawals.open_case(stated(order))

    assert (row.ret.state, row.ret.decided_by, row.ret.lines.get().approved) == ("approved", "withdrawal", 1)
    assert Entry.objects.get(verb="withdrawal.joined").facts["told"] is True


def test_a_question_of_ours_does_not_hold_a_withdrawal_up(shop):
    order = past(shop)
    order.lines.update(product_group="high_value")
    actions.ask(make.make_return(order), by="staff:sam", text="Which colour is it?")

    assert withdrawals.open_case(stated(order)).ret.state == "approved"


def test_a_claim_keeps_its_ground_and_its_case_has_the_dates_of_the_withdrawal(shop):
    order = make.make_order(shop)
    ret = make.make_return(order, reason="damaged", state="approved")

    row = withdrawals.open_case(stated(order))

    ret = make.fresh(ret)
    assert (ret.lines.get().kind, ret.withdrawn_at, row.ret) == ("claim", row.received_at, ret)


@pytest.mark.parametrize("facts", [{"reason": "missing"}, {"reason": "damaged", "keep": True}, {"arrived": False}])
def test_money_for_what_never_comes_back_is_not_granted_without_a_look(shop, facts):
    order = past(shop)
    order.lines.update(product_group="high_value")
    ret = make.make_return(order)
    ReturnLine.objects.filter(ret=ret).update(kind="claim", **facts)

    row = withdrawals.open_case(stated(order))

    assert (row.ret.state, row.ret.withdrawn_at) == ("under_review", row.received_at)


def test_what_else_is_in_the_same_request_is_not_decided_along_the_way(shop):
    order = past(shop, lines=[(1, 15990), (1, 15990)])
    order.lines.update(product_group="high_value")
    first, second = order.lines.all()
    ret = drafts.start(order, language="en")
    drafts.choose(ret, {first: 1, second: 1})
    drafts.answer_way(ret, "label")
    ret.lines.update(reason="damaged", wish="money")
    ReturnLine.objects.filter(ret=ret, order_line=first).update(reason="wrong_size")
    actions.submit(ret)

    row = withdrawals.open_case(stated(order, items="x", units={first.pk: 1}))

    own, rest = row.ret, make.fresh(ret)
    assert (own.state, own.way, own.withdrawn_at, [line.kind for line in own.lines.all()]) == (
        "approved",
        "label",
        row.received_at,
        ["withdrawal"],
    )
    assert (rest.state, rest.withdrawn_at, [line.kind for line in rest.lines.all()]) == (
        "under_review",
        None,
        ["claim"],
    )
    assert [line.left for line in order.lines.all()] == [0, 0]
    make.say_no(rest, by="staff:sam", reason="It is worn")
    assert [line.left for line in order.lines.all()] == [0, 1]


def test_of_three_pieces_the_free_ones_go_first_and_the_rest_changes_ground(shop):
    order = past(shop, lines=[(3, 9000)])
    ret = make.make_return(order, state="approved")
    line = order.lines.get()

    two = opened(order, items="2", units={line.pk: 2})
    kinds = [ret.lines.get().kind]
    row = withdrawals.open_case(stated(order))
    kinds.append(make.fresh(ret).lines.get().kind)

    assert (two.lines.get().requested, kinds) == (2, ["return", "withdrawal"])
    assert (row.ret, order.returns.count(), make.fresh(line).returning) == (ret, 2, 3)


@pytest.mark.parametrize("ended", ["cancelled", "expired", "rejected"])
def test_a_case_that_has_ended_holds_nothing(shop, ended):
    order = past(shop)
    order.lines.update(product_group="high_value" if ended == "rejected" else "normal")
    ret = make.make_return(order)
    end = {"cancelled": actions.cancel, "rejected": actions.reject, "expired": lambda ret, **_: actions.expire(ret)}
    end[ended](ret, by="staff:sam", **({"reason": "It is worn"} if ended == "rejected" else {}))

    assert opened(order).lines.get().requested == 1


def test_a_no_that_she_contested_is_ended_by_her_withdrawal(shop):
    order = past(shop)
    order.lines.update(product_group="high_value")
    ret = make.say_no(make.make_return(order), by="staff:sam", reason="It is worn")
    actions.contest(ret, by="customer")

    assert opened(order).state == "approved"


def test_the_new_piece_of_an_exchange_can_be_withdrawn(shop):
    order = make.make_order(shop)
    ret = make_swap(shop, order, state="settling")
    exchanges.ship_exchange(ret, carrier="sandbox", tracking_number="SB1", by="staff:sam")

    assert opened(order).pk != ret.pk


def test_what_was_paid_back_already_is_not_withdrawn_again(shop, box):
    order = past(shop, lines=[(2, 8000)])
    make.make_payment_outside(box, order)
    ret = make.make_return(order, state="settling")
    money.approve_refund(money.prepare_refund(ret)[0], by="rules")
    sending.send_refunds()

    second = opened(order)
    row = withdrawals.open_case(stated(order, form_key=uuid4()))

    assert second.lines.get().requested == 1
    assert (row.ret, make.fresh(ret).lines.get().kind) == (second, "return")


def test_when_nothing_is_left_a_person_looks(shop, box):
    order = past(shop)
    make.make_payment_outside(box, order)
    ret = make.make_return(order, state="settling")
    money.approve_refund(money.prepare_refund(ret)[0], by="rules")
    sending.send_refunds()

    row = withdrawals.open_case(stated(order))

    assert (row.order, row.opened_at, row.failed_opens) == (order, None, withdrawals.MOST_OPENS)


def test_a_refund_that_has_not_left_is_worked_out_anew(shop, box):
    order = past(shop, delivery_paid=490, delivery_standard=490)
    make.make_payment_outside(box, order)
    ret = make.make_return(order, state="settling")
    (before,) = money.prepare_refund(ret)

    withdrawals.open_case(stated(order))
    money.prepare_refunds()

    assert (before.amount, make.fresh(before).state) == (3990, "canceled")
    assert ret.refunds.get(state="proposed").amount == 3990 + 490


def test_something_she_was_to_keep_for_a_part_of_the_money_is_for_a_person(shop):
    order = make.make_order(shop)
    ret = make.make_return(order, reason="damaged", state="approved")
    ReturnLine.objects.filter(ret=ret).update(wish="reduction", kept=1)

    row = withdrawals.open_case(stated(order))

    assert (row.opened_at, make.fresh(ret).withdrawn_at, ret.lines.get().wish) == (None, None, "reduction")


# Staff


def test_a_person_joins_a_statement_with_an_order_and_its_lines(shop):
    order = make.make_order(shop, lines=[(2, 8000), (1, 1999)])
    row = make.make_withdrawal(shop)
    first = order.lines.first()

    joined = withdrawals.join(row, order, {first.pk: 1}, by="staff:sam")

    assert (joined.order, joined.ret.started_by, joined.ret.lines.get().requested) == (order, "staff:sam", 1)
    assert joined.text == row.text
    assert joined.ret.withdrawn_at == row.received_at
    with pytest.raises(NotNow):
        withdrawals.join(row, order, {first.pk: 1}, by="staff:sam")
    with pytest.raises(NotNow):
        withdrawals.close(row, by="staff:sam", why="twice")


@pytest.mark.parametrize("units", [{}, {0: 1}, {"first": 3}, {"first": 0}])
def test_a_join_that_does_not_fit_leaves_everything_as_it_was(shop, units):
    order = make.make_order(shop, lines=[(2, 8000)])
    row = make.make_withdrawal(shop)
    first = order.lines.get().pk
    before = Entry.objects.count()

    with pytest.raises(TooMany):
        withdrawals.join(row, order, {first if pk == "first" else pk: n for pk, n in units.items()}, by="staff:sam")

    assert (make.fresh(row).order, order.returns.count(), Entry.objects.count()) == (None, 0, before)


def test_a_person_closes_what_is_no_contract_of_ours_and_its_words_stay(shop):
    row = make.make_withdrawal(shop)

    withdrawals.close(row, by="staff:sam", why="It is about another shop.")

    kept = make.fresh(row)
    assert (kept.text, kept.closed_by, kept.ret, bool(kept.opened_at)) == (row.text, "staff:sam", None, True)
    assert Entry.objects.get(verb="withdrawal.closed").facts == {"reason": "It is about another shop."}
    assert list(withdrawals.waiting(shop)) == []


def test_no_withdrawal_is_ever_rejected_or_expires(shop):
    ret = opened(make.make_order(shop))
    Return.objects.filter(pk=ret.pk).update(expires_on=date(2020, 1, 1))

    with pytest.raises(NotNow):
        make.say_no(ret, by="staff:sam", reason="No")

    assert (actions.expire_returns(), actions.expire(ret), make.fresh(ret).state) == (0, False, "approved")


def test_she_may_keep_it_after_all_and_withdraw_again(shop):
    order = make.make_order(shop)
    actions.cancel(opened(order), by="customer")

    assert opened(order).state == "approved"
    assert Withdrawal.objects.count() == 2


# A return that is a withdrawal


def test_a_return_that_is_a_withdrawal_is_recorded_and_acknowledged_as_one(shop):
    order = make.make_order(shop, lines=[(2, 8000), (1, 1999)])

    ret = make.make_return(order, units=1, reason="changed_mind", state="approved")

    row = Withdrawal.objects.get()
    assert (row.ret, row.order, row.name, row.contract, row.email) == (
        ret,
        order,
        "Ada Example",
        order.number,
        "ada@example.com",
    )
    assert (row.items, row.units) == ("Linen shirt, M, blue × 1", {str(order.lines.first().pk): 1})
    assert (ret.withdrawn_at, bool(row.opened_at), ret.lines.get().kind) == (row.received_at, True, "withdrawal")
    assert verbs(order) == ["return.created", "withdrawal.received", "return.approved"]
    assert [letter.to for letter in letters("withdrawal.received")] == ["ada@example.com"]
    assert withdrawals.open_cases() == 0


def test_a_return_of_everything_withdraws_the_whole_order(shop):
    make.make_return(make.make_order(shop), reason="changed_mind", state="approved")

    row = Withdrawal.objects.get()
    assert (row.items, row.units) == ("", {})
    assert "Items: The whole order" in row.text


@pytest.mark.parametrize("facts", [{"reason": "damaged"}, {"wish": "swap"}])
def test_a_return_on_another_ground_is_no_withdrawal(shop, facts):
    order = make.make_order(shop)
    if facts.get("wish"):
        facts["swap"] = make.make_variant(shop, "L", size="L")

    make.make_return(order, **facts)

    assert (Withdrawal.objects.count(), letters("withdrawal.received")) == (0, [])


def test_a_request_that_fails_states_nothing(shop):
    order = make.make_order(shop)
    draft = make.make_return(order, reason="changed_mind", state="draft")
    order.lines.update(returning=1)

    with pytest.raises(UnitsTaken):
        actions.submit(draft)

    assert (Withdrawal.objects.count(), Entry.objects.filter(verb="withdrawal.received").count()) == (0, 0)


# Days


@pytest.mark.parametrize(
    ("withdrawn_on", "proof_on", "due"),
    [
        ("2026-11-23", None, "2026-12-07"),
        ("2026-11-23", "2026-11-25", "2026-12-07"),
        ("2026-11-23", "2026-12-07", "2026-12-07"),
        ("2026-11-23", "2026-12-08", "2026-12-08"),
        ("2026-10-20", None, "2026-11-03"),  # the clocks change in between
        ("2028-02-20", None, "2028-03-05"),  # a leap day
        ("2026-12-24", None, "2027-01-07"),
    ],
)
def test_the_refund_is_due_fourteen_days_after_the_notice_or_with_the_proof_if_that_is_later(
    shop, withdrawn_on, proof_on, due
):
    ret = opened(make.make_order(shop), now=datetime.fromisoformat(f"{withdrawn_on}T12:00:00+01:00"))
    if proof_on:
        Return.objects.filter(pk=ret.pk).update(proof_at=f"{proof_on}T12:00:00+01:00")

    assert clocks.refund_by(make.fresh(ret)) == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("Europe/Berlin", "2026-11-23T22:59:59+00:00", date(2026, 12, 7)),  # 23:59:59 there
        ("Europe/Berlin", "2026-11-23T23:00:00+00:00", date(2026, 12, 8)),
        ("Asia/Ho_Chi_Minh", "2026-11-23T16:59:59+00:00", date(2026, 12, 7)),
        ("Asia/Ho_Chi_Minh", "2026-11-23T17:00:00+00:00", date(2026, 12, 8)),
        ("Atlantic/Azores", "2026-11-24T00:59:59+00:00", date(2026, 12, 7)),
    ],
)
def test_days_are_counted_in_the_shops_zone(zone, moment, day):
    shop = make.make_shop(time_zone=zone)
    order = make.make_order(shop)

    ret = opened(order, now=datetime.fromisoformat(moment))

    assert (clocks.send_back_due(ret), clocks.refund_by(ret)) == (day, day)
    assert f"{day.day} Dec" in statements.next_steps(Withdrawal.objects.get())[0].replace("\xa0", " ")


def test_kinder_terms_are_kept(shop):
    shop.terms.update(numbers={"return_carrier": "sandbox", "send_back_days": 30})

    assert opened(make.make_order(shop)).send_by == shop.today() + timedelta(days=30)


def test_a_case_that_was_under_way_has_at_least_the_days_of_the_law(shop):
    order = past(shop)
    ret = make.make_return(order, state="approved")
    Return.objects.filter(pk=ret.pk).update(send_by=shop.today())

    withdrawals.open_case(stated(order))

    assert make.fresh(ret).send_by == law.send_back_due("DE", shop.today())


def test_no_withdrawal_no_day(shop):
    assert clocks.refund_by(make.make_return(past(shop))) is None


# Sums


def settled(ret: Return) -> int:
    """What goes back for this case, goods in and all."""
    whole = {line.pk: line.approved for line in ret.lines.all()}
    ret = goods.accept(goods.receive(ret, whole, by="rules"), whole, by="rules")
    return sum(refund.amount for refund in money.propose(ret))


def test_one_of_three_for_two_comes_back_at_its_share(shop):
    order = make.make_order(shop, lines=[(3, 4000)])
    line = order.lines.get()

    sums = [settled(opened(order, items="1", units={line.pk: 1})) for _ in range(3)]

    assert sums == [1333, 1334, 1333]


def test_all_of_an_order_brings_delivery_back_at_the_standard_price(shop):
    order = make.make_order(shop, lines=[(1, 4990), (1, 2990)], delivery_paid=990, delivery_standard=490)

    ret = opened(order)

    assert receipts.expected_receipt(ret).total == 8470
    assert settled(ret) == 8470


def test_delivery_comes_back_with_the_last_kept_piece(shop):
    order = make.make_order(shop, lines=[(1, 4990), (1, 2990)], delivery_paid=990, delivery_standard=490)
    second = order.lines.last()

    sums = [settled(opened(order, items="1", units={second.pk: 1})), settled(opened(order))]

    assert sums == [2990, 5480]


# The acknowledgement


def send() -> None:
    outbox.write_next_letters()
    Letter.objects.exclude(state="sent").update(send_after=timezone.now())
    outbox.send_next_letters(access.words_for)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Received on Monday, 23 November 2026 at 21:14:07 (Central European Standard Time, UTC+01:00)."),
        ("de", "Eingegangen am Montag, 23. November 2026 um 21:14:07 Uhr (Mitteleuropäische Normalzeit, UTC+01:00)."),
        ("el", "Ελήφθη: Δευτέρα 23 Νοεμβρίου 2026, ώρα 21:14:07 (Χειμερινή ώρα Κεντρικής Ευρώπης, UTC+01:00)."),
        ("vi", "Nhận vào Thứ Hai, 23 tháng 11, 2026 lúc 21:14:07 (Giờ chuẩn Trung Âu, UTC+01:00)."),
    ],
)
def test_the_acknowledgement_holds_the_whole_statement_with_its_second_and_its_zone(shop, language, said):
    now = datetime(2026, 11, 23, 20, 14, 7, tzinfo=UTC)
    row = make.make_withdrawal(shop, language=language, now=now)

    send()

    (message,) = mail.outbox
    text, html = (unescape(part).replace("\xa0", " ") for part in (message.body, message.alternatives[0].content))
    assert message.to == ["ada@example.com"]
    assert (said in text, said in html, row.text in message.body) == (True, True, True)
    ((name, content, kind),) = message.attachments
    assert (name, content[:5], kind) == (f"{row.number}.pdf", b"%PDF-", "application/pdf")


def text_in(pdf: bytes) -> str:
    import pypdfium2

    pages = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pages)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_says_the_same(shop, language):
    row = make.make_withdrawal(shop, language=language, now=datetime(2026, 11, 23, 20, 14, 7, tzinfo=UTC))

    said = text_in(withdrawals.acknowledgement(row))

    wanted = [row.number, "21:14:07", "ada@example.com", *row.text.split("\n")[2:]]
    assert [line for line in wanted if " ".join(line.split()) not in said] == []


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-10-25T00:30:00+00:00", "02:30:00 (Central European Summer Time, UTC+02:00)"),
        ("2026-10-25T01:30:00+00:00", "02:30:00 (Central European Standard Time, UTC+01:00)"),
        ("2026-11-23T22:59:59+00:00", "Monday, 23 November 2026 at 23:59:59"),
        ("2026-11-23T23:00:00+00:00", "Tuesday, 24 November 2026 at 00:00:00"),
    ],
)
def test_the_hour_that_comes_twice_is_told_apart(shop, moment, said):
    make.make_withdrawal(shop, now=datetime.fromisoformat(moment))

    send()

    assert said in mail.outbox[0].body.replace("\xa0", " ")


def test_it_repeats_what_was_typed_and_nothing_of_the_order(shop):
    address = {**make.ADDRESS, "name": "Canary Name", "street": "Canary Street", "city": "Canary City"}
    order = make.make_order(shop, address=address, lines=[(1, 77777)])
    Customer.objects.update(name="Canary Person", phone="+49 555 0199")
    order.lines.update(title="Canary Lamp")
    row = withdrawals.open_case(stated(order, email="elsewhere@example.com", order=order))

    send()

    (message,) = [each for each in mail.outbox if each.to == ["elsewhere@example.com"]]
    whole = message.body + message.alternatives[0].content + text_in(message.attachments[0][1])
    secrets = ["Canary", "555 0199", "ada@example.com", row.ret.number, "777.77", "10115", "/l/"]
    assert [word for word in secrets if word in whole] == []
    hers = [each for each in mail.outbox if each.to == ["ada@example.com"]]
    assert ["Canary Lamp" in each.body and "/l/" in each.body for each in hers] == [True]


def test_the_same_words_whether_or_not_there_is_such_an_order(shop):
    order = make.make_order(shop, number="A-1")
    now = timezone.now()
    known = withdrawals.open_case(stated(order, now=now))
    unknown = withdrawals.open_case(stated(order, contract="A-2", now=now))

    ones = {letter.number: letter.text for letter in letters("withdrawal.received")}

    assert (known.order, unknown.order) == (order, None)
    same = ones[known.number].replace(known.number, unknown.number).replace("A-1", "A-2")
    assert same == ones[unknown.number]


def test_what_she_typed_is_never_filled_in_with_a_link_or_a_code(shop):
    order = make.make_order(shop)
    stated(order, name="[[link]]", contract=f"{order.number} [[code]]", order=order)

    send()

    (message,) = mail.outbox
    assert ("[[link]]" in message.body, "[[code]]" in message.body, "/l/" in message.body) == (True, True, False)


def test_while_the_mail_server_is_down_it_waits_and_leaves_later_with_its_pdf(shop, monkeypatch):
    make.make_withdrawal(shop)
    with monkeypatch.context() as patch:
        patch.setattr(outbox.EmailMultiAlternatives, "send", lambda *_: (_ for _ in ()).throw(ConnectionRefusedError))
        send()
        send()
    assert (Letter.objects.get().state, Letter.objects.get().tries) == ("waiting", 2)

    send()

    (message,) = mail.outbox
    assert (Letter.objects.get().state, message.attachments[0][1][:5]) == ("sent", b"%PDF-")


def test_a_pdf_that_cannot_be_drawn_holds_no_letter_up(shop, monkeypatch):
    row = make.make_withdrawal(shop)
    monkeypatch.setattr(papers, "acknowledgement_pdf", lambda *_: 1 / 0)

    send()

    (message,) = mail.outbox
    assert (message.attachments, row.text in message.body, Letter.objects.get().state) == ([], True, "sent")


def test_it_is_on_its_way_within_two_rounds_of_the_worker(shop):
    make.make_withdrawal(shop)

    catch_up(rounds=2)

    assert [message.to for message in mail.outbox] == [["ada@example.com"]]


def test_an_address_that_anybody_can_type_is_not_buried_and_no_letter_is_lost(shop):
    for _ in range(25):
        make.make_withdrawal(shop, email="Victim@example.com")

    outbox.write_next_letters()

    now = timezone.now()
    hours = [round((letter.send_after - now) / timedelta(hours=1)) for letter in Letter.objects.order_by("pk")]
    assert hours == [0] * 10 + [1] * 10 + [2] * 5


def test_the_orders_own_contact_hears_of_it_when_no_other_letter_tells(shop):
    order = past(shop)
    ret = make.make_return(order, state="approved")
    Entry.objects.update(told_at=timezone.now())

    withdrawals.open_case(stated(order, email="elsewhere@example.com", order=order))

    (letter,) = letters("withdrawal.joined")
    assert (letter.to, letter.number, "[[link]]" in letter.text) == ("ada@example.com", ret.number, True)


@pytest.mark.parametrize("group", ["normal", "high_value"])
def test_the_orders_own_contact_gets_one_letter_of_the_case(shop, group):
    order = past(shop)
    order.lines.update(product_group=group)
    if group == "high_value":
        make.make_return(order)
    Entry.objects.update(told_at=timezone.now())

    withdrawals.open_case(stated(order, email="elsewhere@example.com", order=order))

    outbox.write_next_letters()
    kinds = Letter.objects.filter(to="ada@example.com").values_list("kind", flat=True)
    assert list(kinds) == ["return.approved" if group == "high_value" else "return.created"]
    letter = Letter.objects.get(to="ada@example.com")
    assert "We have your withdrawal" in letter.subject
    assert "Your money leaves us by" in letter.text


# Hostile words


@pytest.mark.parametrize(
    "typed",
    [
        "a\0b",
        "Ada\r\nBcc: all@example.com",
        "\x1b[31mred",
        "Ada\u2028Example",
        "\u202eelpmaxE adA",
        "<b>Ada</b>",
        "Ἀδα 🙂",
    ],
)
def test_odd_words_are_kept_on_one_line_and_break_nothing(shop, typed):
    row = make.make_withdrawal(shop, name=typed, contract=typed, items=typed)

    send()

    kept = make.fresh(row)
    assert re.search(r"[\x00-\x08\x0b-\x1f]|\n", kept.name + kept.contract) is None
    (message,) = mail.outbox
    assert (message.to, list(message.message()["To"].split(","))) == (["ada@example.com"], ["ada@example.com"])
    assert "<b>" not in message.alternatives[0].content
    assert withdrawals.acknowledgement(kept)[:5] == b"%PDF-"


def test_very_long_words_are_kept_whole_in_the_statement(shop):
    row = make.make_withdrawal(shop, name="A" * 100_000, contract="B" * 100_000, items="C " * 50_000)

    kept = make.fresh(row)
    assert (len(kept.name), len(kept.contract), kept.text.count("A") >= 100_000) == (200, 500, True)
