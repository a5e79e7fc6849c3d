"""Nothing leaves unless it may: the right account, books that agree, no bank that has asked the money back."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from customers.models import Entry
from orders.models import Payment
from portal.background import catch_up
from returns import knocks, money, reconcile, sending, till
from returns.errors import Disputed
from returns.models import Refund, Till
from returns.payouts.base import Event
from tests import make
from tests.returns.test_money import approved, books, calls, due_again, fault, settling

pytestmark = pytest.mark.django_db(transaction=True)

F = Refund.State


@pytest.fixture
def new_worker(books_compared):
    """A worker that has just begun, and knows nothing of what has left."""

    def begin() -> None:
        till.memory.sent = -1

    begin()
    return begin


def put_back(refund: Refund) -> None:
    """The backup was made before it was sent, and its key is not known to the provider any more."""
    row = make.fresh(refund)
    Refund.objects.filter(pk=refund.pk).update(
        state=F.APPROVED,
        first_sent_at=None,
        provider_id=None,
        tries=0,
        counted=False,
        look_again=None,
        attempt=row.attempt + 1,
    )
    refund.ret.lines.update(refunded=0)
    type(refund.ret).objects.filter(pk=refund.ret_id).update(state="settling", ended_at=None)
    Till.objects.update(sent=0)


# The books first


def test_a_new_worker_lays_the_books_side_by_side_before_anything_leaves(shop, box, new_worker):
    refund = approved(settling(shop, box))

    before = (sending.send_refunds(), calls(box), make.fresh(refund).state)
    reconcile.compare_when_needed()

    assert (before[0], before[2]) == (0, F.APPROVED)
    assert (sending.send_refunds(), books(box, refund)) == (1, [(3990, "succeeded")])


def test_without_an_answer_nothing_leaves_on_a_guess(shop, box, new_worker):
    refund = approved(settling(shop, box))
    box.post("/_sandbox/faults", {"where": "stripe", "what": "drop_before", "method": "GET", "count": 1})

    assert (reconcile.compare_when_needed(), sending.send_refunds(), books(box, refund)) == (0, 0, [])

    assert (reconcile.compare_when_needed(), sending.send_refunds()) == (0, 1)


def test_what_left_before_a_backup_was_put_back_does_not_leave_again(shop, box):
    refund = approved(settling(shop, box))
    sending.send_refunds()
    put_back(refund)

    catch_up()

    row = make.fresh(refund)
    assert books(box, refund) == [(3990, "succeeded")]
    assert (row.state, make.fresh(row.ret).state, make.fresh(row.payment).reserved) == (F.SUCCEEDED, "settled", 3990)
    assert (till.the_till().paused_at, Entry.objects.filter(verb="refund.found").count()) == (None, 1)


def test_the_guard_is_what_keeps_it_from_leaving_again(shop, box, monkeypatch):
    """The seeded fault: without the comparison the same drill pays twice."""
    refund = approved(settling(shop, box, amount=10_000))
    sending.send_refunds()
    put_back(refund)
    monkeypatch.setattr(till, "must_look", lambda: False)

    sending.send_refunds()

    assert books(box, refund) == [(3990, "succeeded")] * 2


@pytest.mark.parametrize("state", [F.PROPOSED, F.CANCELED])
def test_a_row_that_was_not_even_approved_in_the_backup_is_found_too(shop, box, new_worker, state):
    refund = approved(settling(shop, box))
    till.memory.sent = 0
    sending.send_refunds()
    put_back(refund)
    Refund.objects.filter(pk=refund.pk).update(state=state, request={})
    Payment.objects.filter(pk=refund.payment_id).update(reserved=0)
    new_worker()

    catch_up()

    row = make.fresh(refund)
    assert (row.state, make.fresh(row.payment).reserved, books(box, refund)) == (
        F.SUCCEEDED,
        3990,
        [(3990, "succeeded")],
    )


def test_of_a_refund_without_any_row_a_person_hears_and_nothing_is_proposed(shop, box, new_worker):
    ret = settling(shop, box, amount=10_000)
    refund = approved(ret)
    till.memory.sent = 0
    sending.send_refunds()
    put_back(refund)
    payment = refund.payment
    Refund.objects.filter(pk=refund.pk).delete()
    Payment.objects.filter(pk=payment.pk).update(reserved=0)
    new_worker()

    catch_up()

    row = make.fresh(payment)
    assert (row.outside, row.left, row.problem) == (3990, 6010, till.FORGOTTEN)
    assert Refund.objects.count() == 0
    money.work_out_anew(make.fresh(ret), by="staff:sam")  # she has looked, and wants it all the same
    assert (make.fresh(payment).problem, Refund.objects.get().state) == ("", F.PROPOSED)


def test_a_refund_of_another_program_on_the_same_account_is_no_news(shop, box, new_worker):
    ret = settling(shop, box)
    box.post(f"/_sandbox/payments/{ret.order.payments.get().reference}/refund", {"amount": 100})

    assert reconcile.compare_books() == 0
    assert till.may_send()


# The right account


def test_a_test_key_sends_nothing_of_live_payments(shop, box, new_worker):
    refund = approved(settling(shop, box))
    Till.objects.update_or_create(provider="stripe", defaults={"livemode": True, "account": "acct_sandbox"})

    catch_up()

    assert (till.the_till().paused_why, books(box, refund)) == ("wrong_mode", [])


def test_another_account_sends_nothing_until_a_person_says_that_it_is_ours(shop, box, new_worker):
    refund = approved(settling(shop, box))
    reconcile.compare_books()
    box.post("/_sandbox/account", {"id": "acct_of_somebody_else"})
    new_worker()
    catch_up()
    assert (till.the_till().paused_why, books(box, refund)) == ("wrong_account", [])

    call_command("refunds", "resume", stdout=StringIO())
    catch_up()

    assert (till.the_till().account, books(box, refund)) == ("acct_of_somebody_else", [(3990, "succeeded")])


def test_what_the_key_may_not_do_is_told(box, new_worker, settings):
    settings.STRIPE_API_KEY = "rk_test_readonly_1"

    reconcile.compare_books()

    assert till.the_till().complaints == ["This key may not make refunds: allow it to write charges and refunds."]


# One pace for all


def test_no_more_than_fifteen_leave_in_one_second_whoever_sends_them(db):
    second = timezone.now().replace(microsecond=0)

    in_one = [till.count_one(second + timedelta(milliseconds=n)) for n in range(16)]

    assert (in_one, till.count_one(second + timedelta(seconds=1))) == ([True] * 15 + [False], True)
    assert till.the_till().sent == 16


def test_when_the_provider_asks_us_to_slow_down_every_worker_does(shop, box):
    first, second = approved(settling(shop, box)), approved(settling(shop, box))
    fault(box, "rate_limit", seconds=30)

    sending.send_refunds()
    due_row = make.fresh(first)
    Refund.objects.filter(state=F.SENDING).update(lease_until=timezone.now() - timedelta(seconds=1))

    assert (sending.send_refunds(), due_row.state, make.fresh(second).state) == (0, F.SENDING, F.APPROVED)
    due_again()
    assert sending.send_refunds() == 2


# The bank has asked it back


def hear_of(box, payment: Payment, status: str) -> None:
    box.post(f"/_sandbox/payments/{payment.reference}/dispute", {"status": status})
    event = Event(f"evt_{status}", "charge.dispute.updated", "", payment.reference, {})
    knocks.keep_event(event)
    knocks.work_off_events()


def test_a_dispute_freezes_what_has_not_left_until_the_bank_has_decided(shop, box):
    refund = approved(settling(shop, box))

    hear_of(box, refund.payment, "needs_response")
    frozen = (sending.send_refunds(), make.fresh(refund).state, make.fresh(refund.payment).dispute)
    hear_of(box, refund.payment, "won")

    assert frozen == (0, F.APPROVED, "open")
    assert (sending.send_refunds(), books(box, refund)) == (1, [(3990, "succeeded")])
    verbs = Entry.objects.filter(verb__startswith="payment.disp").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["payment.disputed", "payment.dispute_over"]


def test_what_the_bank_has_taken_back_is_not_paid_a_second_time(shop, box):
    refund = approved(settling(shop, box))

    hear_of(box, refund.payment, "lost")

    payment = make.fresh(refund.payment)
    assert (make.fresh(refund).state, payment.reserved, payment.left, payment.dispute) == (F.CANCELED, 0, 0, "lost")
    assert (catch_up() >= 0, books(box, refund)) == (True, [])


def test_the_end_of_a_dispute_is_found_though_nobody_tells_us(shop, box):
    refund = approved(settling(shop, box))
    hear_of(box, refund.payment, "needs_response")
    box.post(f"/_sandbox/payments/{refund.payment.reference}/dispute", {"status": "won"})
    early = till.look_at_disputes()

    Payment.objects.update(checked_at=timezone.now() - timedelta(hours=2))

    assert (early, till.look_at_disputes(), sending.send_refunds()) == (0, 1, 1)


def test_money_that_came_back_weeks_later_is_found_though_nobody_tells_us(shop, box):
    refund = approved(settling(shop, box))
    sending.send_refunds()
    row = make.fresh(refund)
    box.post(f"/_sandbox/refunds/{row.provider_id}", {"status": "failed", "failure_reason": "expired_or_canceled_card"})
    week = timedelta(days=7)
    early = (sending.look_at_refunds(), row.look_again - row.settled_at)

    Refund.objects.update(look_again=timezone.now())

    assert early == (0, week)
    assert (sending.look_at_refunds(), state_of(refund)) == (1, (F.FAILED, "refund_failed"))


def state_of(refund: Refund) -> tuple[str, str]:
    return make.fresh(refund).state, make.fresh(refund.ret).state


def test_nobody_says_yes_to_a_refund_of_a_disputed_payment(shop, box):
    (refund,) = money.prepare_refund(settling(shop, box))
    hear_of(box, refund.payment, "under_review")

    with pytest.raises(Disputed):
        money.approve_refund(make.fresh(refund), by="staff:sam")

    assert make.fresh(refund).state == F.PROPOSED


def test_a_refund_made_in_the_providers_pages_while_ours_is_under_way_is_counted_once(shop, box):
    """Ours has its effect, and our row does not know it yet."""
    refund = approved(settling(shop, box, amount=10_000))
    fault(box, "drop_after")
    sending.send_refunds()
    box.post(f"/_sandbox/payments/{refund.payment.reference}/refund", {"amount": 1000})

    till.look_at_payment(refund.payment)

    payment = make.fresh(refund.payment)
    assert (payment.reserved, payment.outside, payment.left) == (3990, 1000, 5010)


# What an operator types


def test_the_command_tells_how_it_stands(shop, box, new_worker):
    approved(settling(shop, box))
    out = StringIO()

    call_command("refunds", "reconcile", stdout=out)
    call_command("refunds", "status", stdout=out)

    lines = out.getvalue().splitlines()
    assert lines[0] == "The books agree: nothing had left that we did not know of."
    assert lines[1:] == [
        "Account acct_sandbox, test mode. Refunds may leave.",
        "1 approved, 0 being sent, 0 with the bank, 0 failed, 0 to be looked at.",
    ]


def test_one_payment_of_two_orders_knows_what_went_back_for_the_other(shop, box):
    one, two = make.make_order(shop), make.make_order(shop)
    shared = one.payments.get()
    two.payments.update(reference=shared.reference)
    make.make_payment_outside_of(box, shared, amount=7980)
    first, second = (make.make_return(order, state="settling") for order in (one, two))
    money.prepare_refund(first)
    money.release_clear()
    sending.send_refunds()

    (refund,) = money.prepare_refund(second)

    payment = two.payments.get()
    assert (payment.captured, payment.outside, payment.problem) == (7980, 3990, "")
    assert (refund.amount, refund.person_why) == (3990, ["payment"])


@pytest.mark.parametrize("what", ["reconcile", "report", "resume"])
def test_without_a_key_the_command_says_that_it_has_none(shop, settings, capsys, what):
    settings.STRIPE_API_KEY = ""

    with pytest.raises(SystemExit) as end:
        call_command("refunds", what)

    assert (end.value.code, capsys.readouterr().err) == (
        2,
        "There is no STRIPE_API_KEY here: give this command the settings of your worker.\n",
    )
