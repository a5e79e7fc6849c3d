"""Our books beside the provider's, day by day; and where money leaves beside the rules."""

from datetime import datetime, time, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone

from returns import actions, books, leaks, money, sending, till
from returns.models import BookDay, Refund, ReturnLine, Till
from tests import make
from tests.returns.test_money import approved, fault, settling

pytestmark = pytest.mark.django_db(transaction=True)

F = Refund.State


@pytest.fixture(autouse=True)
def a_till_of_our_own(box):
    """The sandbox has refunds of earlier tests: those are of another program."""
    Till.objects.update_or_create(provider="stripe", defaults={"uuid": uuid4(), "checked_at": timezone.now()})


def sent(shop, box, **facts) -> Refund:
    refund = approved(settling(shop, box, **facts))
    sending.send_refund(refund)
    return make.fresh(refund)


def today(shop) -> books.Day:
    """The figures of today; none is a day of nothing."""
    found = books.compare(shop, shop.today(), shop.today())
    return next((day for day in found if day.currency == "EUR"), books.Day(shop.today(), "EUR"))


def sums(day: books.Day) -> tuple:
    return day.ours, day.ours_count, day.theirs, day.theirs_count, day.drift


def found(day: books.Day) -> list[tuple]:
    return [(each.why, each.number, each.ours, each.theirs) for each in day.differences]


# --- both sides -------------------------------------------------------------------------------------------------


def test_books_that_agree_have_no_drift(shop, box):
    sent(shop, box)
    sent(shop, box, lines=((1, 1000),))

    day = today(shop)

    assert (sums(day), found(day)) == ((4990, 2, 4990, 2, 0), [])


def test_what_failed_is_counted_on_neither_side(shop, box):
    refund = sent(shop, box)
    box.post(f"/_sandbox/refunds/{refund.provider_id}", {"status": "failed"})
    sending._look_at(refund)

    day = today(shop)

    assert (sums(day), found(day)) == ((0, 0, 0, 0, 0), [])


def test_a_row_that_the_provider_does_not_have_is_named(shop, box):
    refund = approved(settling(shop, box))
    Refund.objects.filter(pk=refund.pk).update(state=F.SUCCEEDED, first_sent_at=timezone.now(), provider_id="re_gone")

    day = today(shop)

    assert (sums(day), found(day)) == ((3990, 1, 0, 0, 3990), [("ours_only", refund.ret.number, 3990, 0)])
    assert day.differences[0].provider_id == "re_gone"


def test_a_refund_of_ours_without_a_row_is_named(shop, box):
    refund = sent(shop, box)
    Refund.objects.filter(pk=refund.pk).update(uuid=uuid4(), first_sent_at=None)

    day = today(shop)

    assert (sums(day), found(day)) == ((0, 0, 3990, 1, -3990), [("theirs_only", "", 0, 3990)])
    assert (day.differences[0].refund, day.differences[0].provider_id) == (str(refund.uuid), refund.provider_id)


def test_another_sum_is_named(shop, box):
    refund = sent(shop, box)
    Refund.objects.filter(pk=refund.pk).update(amount=3900)

    day = today(shop)

    assert (sums(day), found(day)) == ((3900, 1, 3990, 1, -90), [("amount", refund.ret.number, 3900, 3990)])


def test_another_state_is_named_and_the_nightly_look_mends_it_first(shop, box):
    refund = sent(shop, box)
    box.post(f"/_sandbox/refunds/{refund.provider_id}", {"status": "failed"})

    before = found(today(shop))
    learned = books.compare(shop, shop.today(), shop.today(), learn=True)

    assert before == [("state", refund.ret.number, 3990, 3990)]
    assert [found(day) for day in learned] == [[]]
    assert make.fresh(refund).state == F.FAILED


def test_what_left_twice_is_named(shop, box):
    refund = sent(shop, box, lines=((1, 3990),), amount=10000)
    till.payout().send(refund.request, key="somebody-elses-key")

    day = today(shop)

    assert (sums(day), found(day)) == ((3990, 1, 7980, 2, -3990), [("twice", refund.ret.number, 3990, 3990)])


def test_refunds_of_other_programs_stand_apart(shop, box):
    ret = settling(shop, box)
    before = today(shop)
    box.post(f"/_sandbox/payments/{ret.order.payments.get().reference}/refund", {"amount": 500})

    day = today(shop)

    assert (day.elsewhere - before.elsewhere, day.elsewhere_count - before.elsewhere_count) == (500, 1)
    assert (sums(day), found(day)) == ((0, 0, 0, 0, 0), [])


def test_a_refund_that_is_being_sent_is_no_difference_yet(shop, box):
    refund = approved(settling(shop, box))
    fault(box, "drop_before")

    sending.send_refund(refund)
    early = found(today(shop))
    Refund.objects.filter(pk=refund.pk).update(first_sent_at=timezone.now() - timedelta(hours=3))
    late = found(day_of(shop, timezone.now() - timedelta(hours=3)))

    assert (early, late) == ([], [("ours_only", refund.ret.number, 3990, 0)])


def day_of(shop, at: datetime) -> books.Day:
    day = at.astimezone(shop.zone).date()
    return next(found for found in books.compare(shop, day, day) if found.currency == "EUR")


def test_each_shop_has_its_own_books(shop, box):
    other = make.make_shop(domain="other.example")
    sent(shop, box)

    day = today(other)

    assert (sums(day), found(day)) == ((0, 0, 0, 0, 0), [])


def test_a_day_ends_at_the_shops_midnight(shop, box):
    begin = books.midnight(shop, shop.today())

    assert begin.astimezone(shop.zone).time() == time.min
    assert begin.utcoffset() == timezone.now().astimezone(shop.zone).utcoffset()


# --- each night -------------------------------------------------------------------------------------------------


def test_the_days_until_yesterday_are_kept_once_a_day(shop, box):
    first = books.compare_days()
    again = books.compare_days()

    assert (first, again) == (30, 0)
    assert BookDay.objects.filter(shop=shop).first().day == shop.today() - timedelta(days=1)


def test_a_difference_stands_on_the_queue_the_books_and_in_readyz(shop, box, sam):
    refund = approved(settling(shop, box))
    yesterday = datetime.combine(shop.today() - timedelta(days=1), time(12), tzinfo=shop.zone)
    Refund.objects.filter(pk=refund.pk).update(state=F.SUCCEEDED, first_sent_at=yesterday, provider_id="re_gone")
    books.compare_days()

    queue, page = sam.get("/staff/").content.decode(), sam.get("/staff/books/").content.decode()

    assert "do not agree with the payment service’s" in queue
    assert "We sent it, and the payment service does not have it." in page
    assert f"/staff/returns/{refund.ret.number}/" in page
    assert "days" in sam.get("/readyz").json()["troubles"]


def test_without_an_answer_the_days_wait_for_the_next_round(shop, box, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    assert (books.compare_days(), BookDay.objects.count()) == (0, 0)


def test_while_refunds_are_paused_no_other_account_is_compared(shop, box):
    till.pause("wrong_account", account="acct_other")

    assert (books.compare_days(), BookDay.objects.count()) == (0, 0)


# --- in the terminal --------------------------------------------------------------------------------------------


def report(*words: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("refunds", "report", *words, stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def test_the_report_says_0_when_the_books_agree_and_1_when_not(shop, box):
    refund = sent(shop, box)
    day = shop.today().isoformat()

    code, said = report("--day", day)
    Refund.objects.filter(pk=refund.pk).update(amount=3900)
    worse, why = report("--from", day, "--to", day)

    assert (code, worse) == (0, 1)
    assert f"{day} ours €39.90 (1), theirs €39.90 (1), drift €0.00" in said
    assert f"  amount: {refund.ret.number} {refund.uuid} {refund.provider_id} ours 3900 succeeded" in why


# --- leaks ------------------------------------------------------------------------------------------------------


def leaking(shop) -> list[tuple]:
    rows = leaks.leaks(shop, timezone.now() - timedelta(days=30), timezone.now() + timedelta(minutes=1))
    return sorted((row.why, row.by, row.number, row.amount, row.reasons) for row in rows)


def test_goodwill_and_what_a_person_let_go_or_stopped_are_told_by_person(shop, box, sam, django_user_model):
    person = django_user_model.objects.get(username="sam")
    ret = settling(shop, box, amount=10000)
    actions.concede(ret, amount=500, words="sorry", by=person)
    money.stop_refund(money.prepare_refund(make.fresh(ret))[0], by=person)
    (refund,) = money.prepare_refund(make.fresh(ret))
    Refund.objects.filter(pk=refund.pk).update(person_why=["goodwill", "sum"])
    money.approve_refund(make.fresh(refund), by="staff:sam")
    Refund.objects.filter(pk=refund.pk, approved_by="").update(approved_by="staff:sam", approved_at=timezone.now())

    assert leaking(shop) == [
        ("by_hand", "staff:sam", ret.number, 4490, ("goodwill", "sum")),
        ("goodwill", "staff:sam", ret.number, 500, ()),
        ("stopped", "staff:sam", ret.number, 4490, ()),
    ]


def test_what_was_paid_back_without_goods_is_told_with_its_reason(shop, box):
    refund = sent(shop, box, lines=((2, 8000),))
    ReturnLine.objects.filter(ret=refund.ret).update(kept=1, received=1, accepted=1, restocked=1)

    assert leaking(shop) == [("kept", "rules", refund.ret.number, 4000, ("wrong_size",))]


def test_a_customer_who_keeps_things_again_is_told(shop, box):
    refunds = [sent(shop, box, lines=((1, 3990),)) for _ in range(2)]
    bobs = sent(shop, box, lines=((1, 1000),), email="bob@example.com")
    for row in (*refunds, bobs):
        ReturnLine.objects.filter(ret=row.ret).update(kept=1, received=0, accepted=0, restocked=0)

    often = [row for row in leaking(shop) if row[0] == "kept_often"]

    assert sorted(row[2] for row in often) == sorted(row.ret.number for row in refunds)


def test_whose_yes_it_was_is_counted(shop, box):
    one, two, rules = (approved(settling(shop, box)) for _ in range(3))
    Refund.objects.filter(pk=one.pk).update(approved_by="staff:sam")
    Refund.objects.filter(pk=two.pk).update(approved_by="staff:sam", first_by="staff:pia")

    told = leaks.whose_yes(shop, timezone.now() - timedelta(hours=1), timezone.now())

    assert (told, rules.approved_by) == ({"rules": 1, "one": 1, "two": 1}, "rules")
