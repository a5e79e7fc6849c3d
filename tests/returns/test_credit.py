"""Store credit is money: issued once, never spent twice, and hers to turn back."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from customers.models import Entry
from orders.models import Payment
from portal.background import catch_up
from returns import credit, exchanges, goods, money, sending
from returns.errors import KeyTaken, NotAllowed, NotEnough, NotNow
from returns.models import Credit, CreditEntry, Refund, Return, ReturnLine, Terms
from returns.policy import law
from tests import make
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

F = Refund.State


def wants_credit(shop, box, *, paid=((3990, "stripe"),), **facts) -> Return:
    """A case whose accepted shirt she wants as store credit. `paid` are its payments, one stands already."""
    order = make.make_order(shop, lines=((1, sum(sum_ for sum_, _ in paid)),), paid=paid[0][0], **facts)
    order.payments.update(provider=paid[0][1])
    for sum_, provider in paid[1:]:
        Payment.objects.create(order=order, provider=provider, reference=f"{provider}-1", currency="EUR", captured=sum_)
    if paid[0][1] == "stripe":
        make.make_payment_outside_of(box, order.payments.order_by("pk")[0])
    ret = make.make_return(order, state="settling")
    ret.lines.update(as_credit=True)
    return ret


def issued(ret: Return) -> Credit:
    for refund in money.prepare_refund(ret):
        money.approve_refund(refund, by="rules")
    sending.send_refunds()
    return Credit.objects.get(customer=ret.order.customer)


def due_again() -> None:
    Refund.objects.filter(state=F.SENDING).update(lease_until=timezone.now() - timedelta(seconds=1))


def ledger(credit_: Credit) -> list[tuple[str, int]]:
    return list(credit_.entries.values_list("kind", "amount"))


def calls(box) -> int:
    return box.get("/_sandbox/calls").get("POST /v1/refunds", 0)


def test_her_choice_becomes_credit_and_takes_its_sum_off_the_payment(shop, box):
    ret = wants_credit(shop, box)
    before = calls(box)

    hers = issued(ret)

    (refund,) = ret.refunds.all()
    assert (ledger(hers), credit.balance(hers)) == ([("issued", 3990)], 3990)
    assert (refund.state, refund.rail, refund.provider_id) == (F.SUCCEEDED, "credit", f"credit:{refund.uuid}")
    assert (make.fresh(refund.payment).reserved, make.fresh(refund.payment).left) == (3990, 0)
    assert (make.fresh(ret).state, ret.lines.get().refunded, calls(box)) == ("settled", 1, before)


def test_a_kill_between_issue_and_answer_ends_in_one_entry(shop, box, monkeypatch):
    ret = wants_credit(shop, box)
    (refund,) = money.prepare_refund(ret)
    money.approve_refund(refund, by="rules")
    with monkeypatch.context() as patch:
        patch.setattr(sending, "take_outcome", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            sending.send_refunds()
    hers = Credit.objects.get()
    assert (make.fresh(refund).state, ledger(hers)) == (F.SENDING, [("issued", 3990)])

    due_again()
    catch_up()

    assert (make.fresh(refund).state, ledger(hers)) == (F.SUCCEEDED, [("issued", 3990)])
    assert Entry.objects.filter(verb="credit.issued").count() == 1


def test_a_kill_before_the_issue_ends_in_one_entry(shop, box, monkeypatch):
    ret = wants_credit(shop, box)
    (refund,) = money.prepare_refund(ret)
    money.approve_refund(refund, by="rules")
    with monkeypatch.context() as patch:
        patch.setattr(credit, "issue", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            sending.send_refunds()
    assert (make.fresh(refund).state, CreditEntry.objects.count()) == (F.SENDING, 0)

    due_again()
    sending.send_refunds()

    assert (make.fresh(refund).state, CreditEntry.objects.count()) == (F.SUCCEEDED, 1)


def test_two_workers_with_the_same_refund_issue_once(shop, box):
    (refund,) = money.prepare_refund(wants_credit(shop, box))
    money.approve_refund(refund, by="rules")
    row = sending._claim(refund)

    told = at_once(lambda: credit.issue(row), lambda: credit.issue(row))

    assert [outcome.provider_id for outcome in told] == [f"credit:{row.uuid}"] * 2
    assert CreditEntry.objects.count() == 1


def test_what_nobody_sends_is_not_issued(shop, box):
    (refund,) = money.prepare_refund(wants_credit(shop, box))

    with pytest.raises(NotNow):
        credit.issue(refund)

    assert CreditEntry.objects.count() == 0


# Each payment by its own rail


def test_a_gift_card_gets_its_share_back_as_credit_and_the_card_its_own_as_money(shop, box):
    order = make.make_order(shop, lines=((1, 4000), (1, 6000)), paid=7000)
    Payment.objects.create(order=order, provider="credit", reference="GIFT-7", currency="EUR", captured=3000)
    make.make_payment_outside_of(box, order.payments.get(provider="stripe"))
    ret = make.make_return(order, state="settling")

    hers = issued(ret)

    assert [(row.rail, row.amount, row.state) for row in ret.refunds.order_by("pk")] == [
        ("stripe", 2800, F.SUCCEEDED),
        ("credit", 1200, F.SUCCEEDED),
    ]
    assert (ledger(hers), make.fresh(ret).state) == ([("issued", 1200)], "settled")


def test_what_was_paid_by_transfer_waits_for_the_bank(shop, box):
    order = make.make_order(shop)
    order.payments.update(provider="bank", reference="COD-1")
    ret = make.make_return(order, state="settling")
    (refund,) = money.prepare_refund(ret)
    money.take_account(ret, make.GIVEN, by="customer")
    money.approve_refund(refund, by="rules")

    sent = sending.send_refunds()

    assert (refund.rail, make.fresh(refund).state, sent) == ("bank", F.APPROVED, 0)


def test_what_somebody_else_took_is_left_to_a_person(shop, box):
    order = make.make_order(shop)
    order.payments.update(provider="other")
    make.make_return(order, state="settling")

    assert money.prepare_refunds() == 0


def mixed(shop, box) -> Return:
    """Two shirts of one order: money for the first, credit for the second."""
    order = make.make_order(shop, lines=((1, 4000), (1, 6000)), delivery_paid=490)
    make.make_payment_outside(box, order)
    ret = Return.objects.create(shop=shop, order=order, language="en", way="code")
    for line in order.lines.all():
        ReturnLine.objects.create(
            ret=ret,
            order_line=line,
            requested=1,
            reason="changed_mind",
            wish="money",
            as_credit=line.position == 2,
        )
    return make.accepted(ret)


def test_money_and_credit_of_one_case_live_beside_each_other(shop, box):
    ret = mixed(shop, box)

    hers = issued(ret)

    rows = list(ret.refunds.order_by("pk").values_list("rail", "amount", "counted"))
    assert rows == [("credit", 6000, True), ("stripe", 4490, True)]  # delivery is money: she chose credit for the shirt
    assert (ledger(hers), make.fresh(ret).state) == ([("issued", 6000)], "settled")
    assert make.fresh(ret.order.payments.get()).left == 0


def test_one_of_the_two_waits_and_the_other_is_proposed_by_itself(shop, box):
    ret = mixed(shop, box)
    credit_, _money = money.prepare_refund(ret)
    money.stop_refund(credit_, by="staff:sam")

    assert money.prepare_refunds() == 1

    live = ret.refunds.exclude(state=F.CANCELED).order_by("pk")
    assert [(row.rail, row.amount) for row in live] == [("stripe", 4490), ("credit", 6000)]
    assert money.prepare_refunds() == 0


def test_credit_and_money_together_never_go_beyond_what_was_paid(shop, box):
    ret = wants_credit(shop, box)
    issued(ret)
    other = make.make_return(ret.order, state="draft")
    ret.order.lines.update(returning=0)  # as if a bug had freed the unit
    ReturnLine.objects.filter(ret=ret).update(released=1)

    again = money.prepare_refund(make.accepted(other))

    assert again == []


# Spending


def test_what_is_spent_is_gone_and_never_more_than_there_is(shop, box):
    hers = issued(wants_credit(shop, box))

    left = credit.spend(hers, amount=3000, key="order-88", by="shop", order_number="A-88")

    assert (left, ledger(hers)) == (990, [("issued", 3990), ("spent", -3000)])
    with pytest.raises(NotEnough) as no:
        credit.spend(hers, amount=991, key="order-89", by="shop")
    assert (no.value.left, credit.balance(hers)) == (990, 990)
    assert credit.spend(hers, amount=990, key="order-89", by="shop") == 0


def test_the_same_key_spends_once_and_another_sum_under_it_is_refused(shop, box):
    hers = issued(wants_credit(shop, box))

    twice = [credit.spend(hers, amount=1000, key="order-88", by="shop") for _ in range(2)]

    assert (twice, credit.balance(hers)) == ([2990, 2990], 2990)
    with pytest.raises(KeyTaken):
        credit.spend(hers, amount=1001, key="order-88", by="shop")
    assert Entry.objects.filter(verb="credit.spent").count() == 1


@pytest.mark.parametrize(("amount", "key"), [(0, "a"), (-5, "a"), (5, ""), (5, "a b"), (5, "x" * 101)])
def test_a_sum_or_a_key_that_cannot_be_spends_nothing(shop, box, amount, key):
    hers = issued(wants_credit(shop, box))

    with pytest.raises(ValueError, match="sum above nothing"):
        credit.spend(hers, amount=amount, key=key, by="shop")

    assert credit.balance(hers) == 3990


def test_two_spend_at_once_and_it_never_falls_below_nothing(shop, box):
    hers = issued(wants_credit(shop, box))
    for turn in range(4):
        credit.correct(
            hers, amount=4000 - credit.balance(hers) or 1, words="for the next turn", by="sam", key=f"t{turn}"
        )
        before = credit.balance(hers)
        jobs = [
            lambda name=name, turn=turn: credit.spend(hers, amount=3000, key=f"{turn}-{name}", by="shop")
            for name in "ab"
        ]

        told = at_once(*jobs)

        assert sorted(type(word).__name__ for word in told) == ["NotEnough", "int"]
        assert credit.balance(hers) == before - 3000 >= 0


def test_the_same_key_at_once_spends_once(shop, box):
    hers = issued(wants_credit(shop, box))

    told = at_once(*[lambda: credit.spend(hers, amount=3000, key="order-88", by="shop")] * 2)

    assert (told, credit.balance(hers)) == ([990, 990], 990)


def test_what_ends_first_is_spent_first_and_one_key_covers_both(shop, box):
    hers = issued(wants_credit(shop, box))
    today = shop.today()
    late, soon = (
        hers.entries.create(kind="issued", amount=1000, by="rules", expires_on=today + timedelta(days=days))
        for days in (60, 5)
    )

    credit.spend(hers, amount=1500, key="order-88", by="shop")

    spent = list(hers.entries.filter(kind="spent").values_list("of", "amount", "key"))
    assert spent == [(soon.pk, -1000, "order-88"), (late.pk, -500, "order-88 1")]
    assert credit.spend(hers, amount=1500, key="order-88", by="shop") == 3990 + 500


def test_a_correction_has_its_reason_and_never_goes_below_nothing(shop, box):
    hers = issued(wants_credit(shop, box))

    assert credit.correct(hers, amount=-990, words="counted twice", by="staff:sam", key="k1") == 3000
    assert credit.correct(hers, amount=-990, words="counted twice", by="staff:sam", key="k1") == 3000
    assert credit.correct(hers, amount=500, words="a birthday", by="staff:sam", key="k2") == 3500
    with pytest.raises(NotEnough):
        credit.correct(hers, amount=-3501, words="too much", by="staff:sam", key="k3")
    told = Entry.objects.filter(verb="credit.corrected").order_by("pk")
    assert [(row.by, row.facts["amount"], row.facts["reason"]) for row in told] == [
        ("staff:sam", -990, "counted twice"),
        ("staff:sam", 500, "a birthday"),
    ]


def test_a_code_is_found_however_it_is_typed_and_only_in_its_shop(shop, box):
    hers = issued(wants_credit(shop, box))

    found = [credit.credit_coded(shop, typed) for typed in (hers.code, hers.code.lower().replace("-", " "))]

    assert (found, len(hers.code)) == ([hers, hers], 14)
    assert credit.credit_coded(make.make_shop(), hers.code) is None


# Money after all


def test_within_14_days_what_is_left_becomes_money_on_the_same_reservation(shop, box):
    ret = wants_credit(shop, box)
    hers = issued(ret)
    credit.spend(hers, amount=990, key="order-88", by="shop")

    (refund,) = credit.back(ret, by="customer")
    money.approve_refund(refund, by="rules")
    sending.send_refunds()

    row = make.fresh(refund)
    assert (row.rail, row.amount, row.state, row.counted) == ("stripe", 3000, F.SUCCEEDED, True)
    assert (ledger(hers)[-1], credit.balance(hers)) == (("back", -3000), 0)
    assert (make.fresh(row.payment).reserved, make.fresh(ret).state, ret.lines.get().refunded) == (3990, "settled", 1)
    with pytest.raises(NotNow):
        credit.back(ret, by="customer")


def test_what_the_terms_want_a_person_for_waits_for_one_as_money_too(shop, box):
    numbers = {"return_carrier": "sandbox", "stop_minutes": 0, "refund_up_to": {"EUR": 3989}}
    Terms.objects.update(numbers=numbers)
    ret = wants_credit(shop, box)
    issued(ret)

    (refund,) = credit.back(ret, by="customer")

    assert (refund.person_why, money.release_clear(), make.fresh(refund).state) == (["sum"], 0, F.PROPOSED)


def test_after_14_days_only_a_person_turns_it_into_money(shop, box):
    ret = wants_credit(shop, box)
    issued(ret)
    CreditEntry.objects.update(at=timezone.now() - timedelta(days=15))

    with pytest.raises(NotNow):
        credit.back(ret, by="customer")

    assert [row.amount for row in credit.back(ret, by="staff:sam", late=True)] == [3990]


def test_on_the_fourteenth_day_it_is_still_hers_to_turn(shop, box):
    ret = wants_credit(shop, box)
    issued(ret)
    CreditEntry.objects.update(at=timezone.now() - timedelta(days=14))

    assert [row.amount for row in credit.back(ret, by="customer")] == [3990]


def test_what_paid_back_a_gift_card_never_becomes_money(shop, box):
    order = make.make_order(shop)
    order.payments.update(provider="credit", reference="GIFT-7")
    ret = make.make_return(order, state="settling")
    issued(ret)

    with pytest.raises(NotNow):
        credit.back(ret, by="customer")


def test_her_choice_over_two_payments_goes_back_to_the_one_that_was_money(shop, box):
    ret = wants_credit(shop, box, paid=((7000, "stripe"), (3000, "credit")))
    hers = issued(ret)
    assert ledger(hers) == [("issued", 7000), ("issued", 3000)]

    (refund,) = credit.back(ret, by="customer")

    assert (refund.rail, refund.amount, credit.balance(hers)) == ("stripe", 7000, 3000)


def test_money_that_was_stopped_or_did_not_arrive_is_credit_again(shop, box):
    ret = wants_credit(shop, box)
    hers = issued(ret)
    (first,) = credit.back(ret, by="customer")

    money.stop_refund(first, by="staff:sam")

    assert (credit.balance(hers), make.fresh(first.payment).reserved) == (3990, 3990)
    (second,) = credit.back(ret, by="customer")
    money.approve_refund(second, by="rules")
    box.post(f"/_sandbox/payments/{second.payment.reference}/dispute")
    sending.send_refunds()
    assert (make.fresh(second).state, make.fresh(ret).state) == (F.FAILED, "settled")
    assert (credit.balance(hers), make.fresh(first.payment).reserved) == (3990, 3990)


def test_pressed_twice_at_once_it_goes_back_once(shop, box):
    ret = wants_credit(shop, box)
    hers = issued(ret)

    told = at_once(*[lambda: credit.back(ret, by="customer")] * 2)

    assert sorted(type(word).__name__ for word in told) == ["NotNow", "list"]
    assert (credit.balance(hers), ret.refunds.filter(rail="stripe").count()) == (0, 1)


def test_spent_and_taken_back_at_once_is_given_once(shop, box):
    ret = wants_credit(shop, box)
    hers = issued(ret)

    told = at_once(
        lambda: credit.spend(hers, amount=3990, key="order-88", by="shop"), lambda: credit.back(ret, by="customer")
    )

    assert sum(isinstance(word, NotNow | NotEnough) for word in told) == 1
    assert credit.balance(hers) == 0


def issued_one_by_one(shop, box, *, price=9000) -> Return:
    """Three shirts of one order, accepted on three days, each as credit of its own."""
    order = make.make_order(shop, lines=((3, 3 * price),))
    make.make_payment_outside(box, order)
    ret = make.make_return(order, units=3, state="received")
    ret.lines.update(as_credit=True)
    for _ in range(3):
        goods.accept(make.fresh(ret), {ret.lines.get().pk: 1}, by="rules")
        issued(make.fresh(ret))
    return make.fresh(ret)


def test_credit_of_one_case_that_came_in_parts_goes_back_in_one_sum(shop, box):
    ret = issued_one_by_one(shop, box)
    hers = Credit.objects.get()
    credit.spend(hers, amount=10000, key="order-88", by="shop")

    (refund,) = credit.back(ret, by="customer")

    assert (refund.amount, refund.person_why, credit.balance(hers)) == (17000, ["sum"], 0)
    assert ledger(hers)[-2:] == [("back", -8000), ("back", -9000)]

    money.stop_refund(refund, by="staff:sam")

    assert (credit.balance(hers), ledger(hers)[-2:]) == (17000, [("corrected", 8000), ("corrected", 9000)])
    assert [row.amount for row in credit.back(ret, by="customer")] == [17000]


def test_where_money_leaves_in_steps_what_is_less_than_a_step_stays_credit(box, db):
    ret = issued_one_by_one(make.make_shop(currency="KWD"), box)
    hers = Credit.objects.get()
    credit.spend(hers, amount=4, key="order-88", by="shop")

    (refund,) = credit.back(ret, by="customer")

    assert (refund.amount, credit.balance(hers)) == (26990, 6)
    with pytest.raises(NotNow):
        credit.back(ret, by="customer")


def test_what_her_bank_has_taken_back_does_not_become_money_once_more(shop, box):
    ret = wants_credit(shop, box)
    hers = issued(ret)
    ret.order.payments.update(dispute="lost", disputed=3990)

    with pytest.raises(NotNow):
        credit.back(ret, by="staff:sam", late=True)

    assert credit.balance(hers) == 3990


def test_credit_of_which_a_share_is_hers_does_not_become_money_beside_it(shop, box):
    order = make.make_order(shop, lines=((1, 10000), (1, 10000)), paid=14000)
    Payment.objects.create(order=order, provider="credit", reference="GIFT-7", currency="EUR", captured=6000)
    make.make_payment_outside_of(box, order.payments.get(provider="stripe"))
    ret = make.make_return(order, state="settling")
    ret.lines.update(as_credit=True)
    money.approve_refund(money.prepare_refund(ret)[0], by="staff:sam")
    sending.send_refunds()

    with pytest.raises(NotNow):
        exchanges.want_money(ret.lines.get(), by="staff:sam", why="staff")

    assert [(row.amount, row.state) for row in ret.refunds.order_by("pk")] == [(7000, F.SUCCEEDED), (3000, F.PROPOSED)]


def test_who_wants_money_before_the_credit_is_issued_gets_money(shop, box):
    ret = wants_credit(shop, box)
    money.prepare_refund(ret)

    exchanges.want_money(ret.lines.get(), by="customer", why="asked")
    (refund,) = money.prepare_refund(make.fresh(ret))

    assert (refund.rail, refund.amount) == ("stripe", 3990)


# Ends


@pytest.mark.parametrize(
    ("country", "months", "ends"),
    [
        ("DE", 0, None),
        ("DE", 12, date(2029, 12, 31)),
        ("DE", 48, date(2030, 3, 5)),
        ("IE", 12, date(2031, 3, 5)),
        ("AU", 36, date(2029, 3, 5)),
        ("FR", 12, None),
    ],
)
def test_credit_ends_never_sooner_than_the_law_lets_it(country, months, ends):
    assert law.credit_ends(country, date(2026, 3, 5), months) == ends


def test_credit_has_no_end_unless_the_terms_name_one(shop, box):
    issued(wants_credit(shop, box))

    assert CreditEntry.objects.get().expires_on is None


def test_what_has_ended_is_booked_off_and_cannot_be_spent_before(shop, box):
    Terms.objects.update(numbers={"return_carrier": "sandbox", "stop_minutes": 0, "credit_months": 12})
    hers = issued(wants_credit(shop, box))
    assert CreditEntry.objects.get().expires_on.month == 12
    credit.spend(hers, amount=990, key="order-88", by="shop")
    CreditEntry.objects.filter(kind="issued").update(expires_on=shop.today() - timedelta(days=3))

    assert credit.balance(hers) == 0
    assert [credit.expire_credit(), credit.expire_credit()] == [1, 0]

    assert ledger(hers)[-1] == ("expired", -3000)
    assert Entry.objects.get(verb="credit.expired").facts == {"amount": 3000, "currency": "EUR"}


def test_she_is_told_30_and_7_days_before_an_end_once_each(shop, box):
    issued(wants_credit(shop, box))
    told = []
    for days in (31, 30, 30, 8, 7, 6, 0):
        CreditEntry.objects.update(expires_on=shop.today() + timedelta(days=days))
        told.append(credit.tell_of_ends())

    assert told == [0, 1, 0, 0, 1, 0, 0]
    assert [row.facts["before"] for row in Entry.objects.filter(verb="credit.ends").order_by("pk")] == [30, 7]


def test_more_than_one_person_may_give_is_added_by_a_lead_only(shop, django_user_model):
    row = Credit.objects.create(
        shop=shop, customer=make.make_order(shop).customer, currency="EUR", code="LEAD-LEAD-LEAD"
    )
    sam, lea = (django_user_model.objects.create_user(name, is_staff=True) for name in ("sam", "lea"))
    lea.groups.add(Group.objects.create(name="lead"))

    with pytest.raises(NotAllowed):
        credit.correct(row, amount=3001, words="a whole sentence", by=sam, key="a")

    assert credit.correct(row, amount=3000, words="a whole sentence", by=sam, key="b") == 3000
    assert credit.correct(row, amount=3001, words="a whole sentence", by=lea, key="c") == 6001
