"""Many carriers at once: none too often, none twice, and one that is down slows no other."""

import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from carriers import Pace, Refusal, Scan, Status, Tracked
from carriers.errors import AccountRefused, BadRequest, CarrierDown, RateLimited
from shipments import actions, looking
from shipments.looking import LEASE, TRIP, Looker, claim, look
from shipments.models import CarrierAccount, Shipment
from shipments.queries import due_for_a_look
from shipments.whose import correct_carrier
from tests import make
from tests.shipments.told import fresh_told
from tests.threads import at_once

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


@pytest.fixture
def told(shop, monkeypatch):
    """The carrier, fresh, with an account of the shop."""
    CarrierAccount.objects.create(shop=shop, carrier="told")
    return fresh_told(monkeypatch)


@pytest.fixture
def order(shop):
    return make.make_order(shop, delivered=None)


def due(order, count=1, **facts) -> list[Shipment]:
    facts = {"carrier": "told", "next_look": NOW - timedelta(minutes=1), **facts}
    return [make.make_shipment(order, **facts) for _ in range(count)]


def account() -> CarrierAccount:
    return CarrierAccount.objects.get(carrier="told")


def accepted(number: str) -> Tracked:
    return Tracked(number, [Scan(at=NOW, status=Status.ACCEPTED, text="here", code="A")])


def test_all_that_is_due_is_asked_once_and_nothing_else(order, told):
    rows = due(order, 30)
    later = due(order, 1, next_look=NOW + timedelta(hours=1))
    told.says = {row.tracking_number: accepted(row.tracking_number) for row in rows}

    heard = look(NOW)

    assert (heard, sorted(told.asked)) == (30, sorted([row.tracking_number] for row in rows))
    assert {make.fresh(row).status for row in rows} == {"accepted"}
    assert make.fresh(later[0]).status == "pre_transit"
    assert not due_for_a_look(NOW).exists()


def test_a_batch_is_one_call(order, told):
    told.batch_size = 20
    due(order, 45)

    look(NOW)

    assert sorted(len(numbers) for numbers in told.asked) == [5, 20, 20]
    assert account().calls == 3


def test_the_same_answer_again_is_not_stored_again_but_counts_as_a_look(order, told, django_assert_num_queries):
    [row] = due(order)
    told.says = {row.tracking_number: accepted(row.tracking_number)}
    look(NOW)
    heard = actions.Heard(make.fresh(row), told.says[row.tracking_number], make.fresh(row).reply_digest)
    later = NOW + timedelta(hours=5)

    with django_assert_num_queries(5):  # three, in a savepoint
        actions.take_all([heard], later)

    assert (make.fresh(row).looked_at, row.events.count()) == (later, 1)


def test_a_changed_answer_is_stored(order, told):
    [row] = due(order)
    told.says = {row.tracking_number: accepted(row.tracking_number)}
    look(NOW)
    more = Scan(at=NOW + timedelta(hours=1), status=Status.DELIVERED, text="there", code="D")
    told.says = {row.tracking_number: Tracked(row.tracking_number, [*accepted("").scans, more])}
    Shipment.objects.update(next_look=NOW)

    look(NOW)

    assert (make.fresh(row).status, row.events.count()) == ("delivered", 2)


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_look_at_the_same_parcel(order, told):
    told.pace = Pace(a_second=1000, at_once=3)
    rows = due(order, 50)
    lookers = Looker(), Looker()
    desks = [looker._desk(account()) for looker in lookers]

    first, second = at_once(lambda: claim(account(), desks[0], NOW), lambda: claim(account(), desks[1], NOW))

    taken = [row.pk for row in [*first, *second]]
    assert len(taken) == len(set(taken)) == 2 * looking.ROUNDS * 3
    rest = [row.pk for row in claim(account(), desks[0], NOW)]
    assert sorted(taken + rest) == [row.pk for row in rows]


def test_a_lease_ends_and_the_parcel_is_due_again(order, told):
    [row] = due(order)
    desk = Looker()._desk(account())

    claims = [claim(account(), desk, moment) for moment in (NOW, NOW + LEASE / 2, NOW + LEASE * 1.01)]

    assert [[each.pk for each in claimed] for claimed in claims] == [[row.pk], [], [row.pk]]


# What goes wrong


@pytest.mark.parametrize(
    "error", [CarrierDown("no answer"), AccountRefused("no"), RateLimited("slow"), BadRequest("?")]
)
def test_a_failed_look_keeps_the_state_and_is_noted(order, told, error):
    [row] = due(order)
    make.tell(row, accepted(row.tracking_number))
    Shipment.objects.update(next_look=NOW)
    told.says = error

    look(NOW)

    kept = make.fresh(row)
    assert (kept.status, kept.look_error, kept.failed_looks, kept.looking_until) == ("accepted", str(error), 1, None)
    assert kept.next_look > NOW


def test_a_good_look_forgets_the_failed_ones(order, told):
    [row] = due(order, failed_looks=7, look_error="no answer")

    look(NOW)

    assert (make.fresh(row).failed_looks, make.fresh(row).look_error) == (0, "")


def test_one_number_they_choke_on_does_not_hide_the_others(order, told):
    told.batch_size = 20
    rows = due(order, 20)
    told.says = {rows[7].tracking_number: BadRequest("malformed")}

    look(NOW)

    assert [make.fresh(row).look_error for row in rows] == [""] * 7 + ["malformed"] + [""] * 12
    assert account().failures == 0


def test_a_no_about_one_parcel_is_no_ones_elses_trouble(order, told):
    told.batch_size = 20
    bad, good = due(order, 2)
    told.says = {bad.tracking_number: Tracked("x", [], refusal=Refusal("13", "not yours", AccountRefused))}

    look(NOW)

    assert [make.fresh(row).look_error for row in (bad, good)] == ["not yours", ""]
    assert account().failures == 0


def test_one_parcel_that_cannot_be_kept_does_not_stop_the_others(order, told, monkeypatch):
    bad, good = due(order, 2)
    told.says = {row.tracking_number: accepted(row.tracking_number) for row in (bad, good)}
    keep = looking.take_all

    def cannot_keep(heard, now):
        if bad.pk in {each.shipment.pk for each in heard}:
            raise ZeroDivisionError
        return keep(heard, now)

    monkeypatch.setattr(looking, "take_all", cannot_keep)

    look(NOW)

    assert (make.fresh(bad).look_error, make.fresh(bad).failed_looks) == ("ZeroDivisionError", 1)
    assert make.fresh(good).status == "accepted"


def test_a_fault_of_ours_in_an_adapter_is_not_the_carriers(order, told):
    [row] = due(order)
    told.says = ZeroDivisionError()

    look(NOW)

    assert make.fresh(row).look_error == "ZeroDivisionError"
    assert account().failures == 0


def test_without_an_account_a_parcel_waits_and_with_half_of_one_staff_read_what_is_missing(shop, box, told):
    other, half = make.make_shop(), make.make_shop()
    CarrierAccount.objects.filter(shop=other).delete()
    CarrierAccount.objects.filter(shop=half).update(account={})
    orders = [make.make_order(each, delivered=None) for each in (other, half, shop)]
    parcels = [make.make_shipment(order, next_look=NOW) for order in orders]

    look(NOW)

    assert [bool(make.fresh(row).looked_at) for row in parcels] == [False, False, True]
    assert CarrierAccount.objects.get(shop=half).trouble.startswith("base_url is missing")


# One that is down


def test_after_some_failures_in_a_row_the_carrier_is_left_alone_and_then_tried_with_one_call(order, told):
    told.pace = Pace(a_second=1000, at_once=1)
    due(order, TRIP + 10)
    told.says = CarrierDown("no answer")

    look(NOW)

    asked, resting = len(told.asked), account()
    assert asked == TRIP
    assert NOW < resting.resting_until <= NOW + timedelta(seconds=70)
    assert (resting.trouble, look(NOW), len(told.asked)) == ("no answer", 0, asked)

    after = resting.resting_until + timedelta(seconds=1)
    looker = Looker()
    assert len(claim(account(), looker._desk(account()), after)) == 1


def test_a_carrier_that_is_back_is_asked_as_before(order, told):
    due(order, 30)
    CarrierAccount.objects.filter(carrier="told").update(failures=TRIP + 3, trouble="no answer")

    look(NOW)

    assert (account().failures, account().trouble, len(told.asked)) == (0, "", 30)


def test_nobody_is_asked_sooner_than_it_said(order, told):
    due(order, 40)
    told.says = RateLimited("slow", retry_after=600)

    look(NOW)

    assert len(told.asked) <= told.pace.at_once  # those that had left before the answer came
    assert account().resting_until >= NOW + timedelta(seconds=600)
    assert not Shipment.objects.filter(looking_until__isnull=False).exists()


def test_the_first_refusal_of_an_account_is_enough(order, told):
    told.pace = Pace(a_second=1000, at_once=1)
    due(order, 40)
    told.says = AccountRefused("wrong key")

    look(NOW)

    assert len(told.asked) == 1
    assert account().trouble == "wrong key"


@pytest.mark.django_db(transaction=True)
def test_a_carrier_that_hangs_slows_no_other(order, told, box):
    door = threading.Event()
    told.track = lambda self, numbers: (door.wait(10), {})[1]
    due(order, 10)
    others = due(order, 10, carrier="sandbox")
    looker = Looker()
    try:
        started = time.monotonic()
        looker.look(at_most=0.5)

        assert time.monotonic() - started < 5
        assert all(make.fresh(row).looked_at for row in others)
        assert looker._in_the_air()
    finally:
        door.set()
    assert looker.look() == 10
    looker.close()


# How much may be asked


def test_an_account_is_asked_no_faster_than_its_bucket_fills(order, told):
    told.pace = Pace(a_second=2, at_once=50)
    due(order, 20)

    asked = []
    for seconds in (0, 0.2, 1, 1.5, 100):
        look(NOW + timedelta(seconds=seconds))
        asked.append(len(told.asked))

    assert asked == [2, 2, 4, 5, 7]


def test_an_account_of_one_call_a_minute_gets_its_one_call(order, told):
    told.pace = Pace(a_second=1 / 60, at_once=16)
    due(order, 5)

    asked = []
    for seconds in (0, 59, 61, 121):
        look(NOW + timedelta(seconds=seconds))
        asked.append(len(told.asked))

    assert asked == [1, 1, 2, 3]


def test_the_days_calls_are_never_exceeded_and_staff_see_when_it_goes_on(order, told):
    midday = NOW.replace(hour=12)
    told.pace = Pace(a_second=1000, a_day=7, at_once=16)
    due(order, 20, next_look=midday)

    look(midday)
    look(midday)

    row = account()
    tomorrow = (midday + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    assert (len(told.asked), row.calls, row.resting_until) == (7, 7, tomorrow)
    assert row.trouble == "All 7 calls of today are used; it goes on at midnight UTC."
    look(tomorrow)
    assert (len(told.asked), account().calls) == (14, 7)


def test_an_account_may_set_its_own_quota(order, told):
    CarrierAccount.objects.filter(carrier="told").update(account={"calls_a_day": 3})
    due(order, 20)

    look(NOW)

    assert len(told.asked) == 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_one_bucket(order, told):
    told.pace = Pace(a_second=10, at_once=50)
    due(order, 60)
    desks = [Looker()._desk(account()) for _ in range(2)]

    first, second = at_once(lambda: claim(account(), desks[0], NOW), lambda: claim(account(), desks[1], NOW))

    assert len(first) + len(second) == 10


# What happens while a question is in the air


def heard(row, status=Status.ACCEPTED) -> actions.Heard:
    tracked = Tracked(row.tracking_number, [Scan(at=NOW, status=status, text="", code=status)])
    return actions.Heard(row, tracked, actions.digest_of(tracked))


def test_an_answer_that_comes_after_its_lease_was_given_to_another_is_not_heard(order, told):
    due(order)
    desk = Looker()._desk(account())
    [mine] = claim(account(), desk, NOW)
    [theirs] = claim(account(), desk, NOW + LEASE * 1.01)

    actions.take_all([heard(mine)], NOW)
    actions.put_off([mine], CarrierDown("no answer"), NOW)
    looking._release([mine])

    row = make.fresh(mine)
    assert (row.status, row.failed_looks, row.looking_until) == ("pre_transit", 0, theirs.looking_until)
    actions.take_all([heard(theirs)], NOW)
    assert (make.fresh(mine).status, make.fresh(mine).looking_until) == ("accepted", None)


@pytest.mark.parametrize("known", [False, True])
def test_an_answer_of_the_wrong_carrier_is_not_kept_on_a_parcel_that_was_corrected_meanwhile(order, told, box, known):
    [row] = due(order, carrier_from="detected")
    [mine] = claim(account(), Looker()._desk(account()), NOW)
    answer = heard(mine, Status.DELIVERED)
    if known:
        mine.reply_digest = answer.digest
    assert correct_carrier(row, "sandbox", by="customer", source="customer")
    before = make.fresh(row)

    actions.take_all([answer], NOW)
    actions.put_off([mine], CarrierDown("no answer"), NOW)

    after = make.fresh(row)
    assert (after.carrier, after.status, after.delivered_at, after.events.count()) == (
        "sandbox",
        "pre_transit",
        None,
        0,
    )
    assert (after.next_look, after.looked_at, after.failed_looks) == (before.next_look, None, 0)


@pytest.mark.parametrize("known", [False, True])
def test_who_wants_a_look_while_one_is_in_the_air_gets_another(order, told, known):
    due(order)
    [mine] = claim(account(), Looker()._desk(account()), NOW)
    answer = heard(mine)
    if known:
        mine.reply_digest = answer.digest
    actions.look_soon(Shipment.objects.all())
    wanted = make.fresh(mine).next_look

    actions.take_all([answer], NOW)

    assert make.fresh(mine).next_look == wanted


def test_a_parcel_that_is_gone_when_the_answer_comes_takes_nobody_with_it(order, told):
    due(order, 2)
    gone, stays = claim(account(), Looker()._desk(account()), NOW)
    Shipment.objects.filter(pk=gone.pk).delete()

    actions.take_all([heard(gone), heard(stays)], NOW)

    assert make.fresh(stays).status == "accepted"


@pytest.mark.django_db(transaction=True)
def test_an_account_that_is_deleted_or_changed_while_it_is_asked_stops_nobody(order, told, box):
    door = threading.Event()
    told.track = lambda self, numbers: (door.wait(10), {})[1]
    told.pace = Pace(a_second=1000, at_once=2)
    due(order, 20)
    [other] = due(order, carrier="sandbox")
    looker = Looker()
    try:
        looker.look(at_most=0.1)
        CarrierAccount.objects.filter(carrier="told").update(account={"new": "key"})
        before = len(looker._in_the_air())
        looker.look(at_most=0.1)
        assert len(looker._in_the_air()) == before  # nothing more with the old key
        CarrierAccount.objects.filter(carrier="told").delete()
        door.set()

        looker.look()

        assert make.fresh(other).looked_at
        assert not looker._in_the_air()
    finally:
        door.set()
        looker.close()


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_stops_lets_go_of_what_it_has_not_asked(order, told):
    door = threading.Event()
    told.pace = Pace(a_second=1000, at_once=2)
    told.track = lambda self, numbers: (self.asked.append(numbers), door.wait(10), {})[2]
    due(order, 8)
    looker = Looker()
    try:
        looker.look(at_most=0.1)

        looker.close()

        assert Shipment.objects.filter(looking_until=None).count() == 6
    finally:
        door.set()


def test_a_lease_from_a_clock_that_went_wrong_holds_nobody_up(order, told):
    due(order, looking_until=NOW + timedelta(days=400))
    CarrierAccount.objects.filter(carrier="told").update(resting_until=NOW + timedelta(days=400))

    assert look(NOW) == 1


def test_a_question_is_not_begun_when_its_lease_is_nearly_over(order, told):
    rows = due(order, 2)
    desk = Looker()._desk(account())

    assert looking._ask(desk, rows, time.monotonic() - 1) == rows
    assert told.asked == []


def test_what_was_not_sent_is_not_counted(order, told):
    told.pace = Pace(a_second=1000, a_day=100, at_once=1)
    due(order, 4)
    told.says = RateLimited("slow", retry_after=600)

    look(NOW)

    assert (len(told.asked), account().calls) == (1, 1)


def test_a_good_answer_that_was_in_the_air_does_not_end_the_rest_a_carrier_asked_for(order, told):
    looking.rest(account(), RateLimited("slow", retry_after=600), NOW)

    looking.recovered(account(), NOW + timedelta(seconds=1))

    assert account().resting_until >= NOW + timedelta(seconds=600)
    looking.recovered(account(), NOW + timedelta(seconds=1000))
    assert account().resting_until is None


@pytest.mark.parametrize("bad", [{"key": "env:NO_SUCH"}, ["a", "list"]])
def test_an_account_that_is_filled_in_wrongly_stops_no_other(order, told, box, monkeypatch, bad):
    monkeypatch.setenv("NO_SUCH_FILE", "/nowhere/at/all")
    CarrierAccount.objects.filter(carrier="told").update(account=bad)
    due(order)
    [other] = due(order, carrier="sandbox")

    look(NOW)

    assert make.fresh(other).looked_at
    assert account().trouble


def test_after_a_refusal_the_secrets_are_read_anew(order, told, monkeypatch, tmp_path):
    (tmp_path / "key").write_text("old")
    monkeypatch.setenv("TOLD_FILE", str(tmp_path / "key"))
    CarrierAccount.objects.filter(carrier="told").update(account={"key": "env:TOLD"})
    told.track = lambda self, numbers: (self.asked.append(self.account["key"]), self.refuse())[1]
    told.refuse = lambda self: (_ for _ in ()).throw(AccountRefused("no")) if self.account["key"] == "old" else {}
    looker = Looker()
    due(order)
    looker.look(lambda: NOW)
    (tmp_path / "key").write_text("new")

    looker.look(lambda: NOW + timedelta(days=1))

    assert told.asked == ["old", "new"]


def test_a_carrier_that_chokes_on_every_number_is_asked_some_questions_and_not_all(order, told):
    told.batch_size = 100
    due(order, 100)
    told.says = BadRequest("malformed")

    look(NOW)

    assert len(told.asked) <= 2 * looking.MOST_SPLITS
    assert Shipment.objects.filter(look_error="malformed", looking_until=None).count() == 100


@pytest.mark.parametrize("error", [CarrierDown("a\0", raw="500 \0\ud800"), BadRequest("\ud800", raw="\0")])
def test_what_no_database_keeps_in_an_error_stops_nobody(order, told, box, error):
    due(order, 6)
    told.says = error
    [other] = due(order, carrier="sandbox")

    look(NOW)

    assert make.fresh(other).looked_at
    assert Shipment.objects.filter(failed_looks=1).exists()


def test_an_answer_about_other_numbers_tells_nothing(order, told):
    [row] = due(order, tracking_number="AB1")
    told.track = lambda self, numbers: {"ab1": accepted("ab1"), "XY9": accepted("XY9")}

    assert (look(NOW), make.fresh(row).status) == (1, "pre_transit")


def test_the_estimate_alone_is_news(order, told):
    [row] = due(order)
    for day in (1, 2):
        told.says = {row.tracking_number: Tracked(row.tracking_number, accepted("").scans, date(2026, 12, day))}
        Shipment.objects.update(next_look=NOW)
        look(NOW)

    assert (make.fresh(row).expected_on, make.fresh(row).promised_on) == (date(2026, 12, 2), date(2026, 12, 1))
