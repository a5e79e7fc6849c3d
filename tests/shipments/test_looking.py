"""Many carriers at once: none too often, none twice, and one that is down slows no other."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from carriers import Pace, Refusal, Scan, Status, Tracked
from carriers.errors import AccountRefused, BadRequest, CarrierDown, RateLimited
from shipments import actions, looking
from shipments.looking import LEASE, TRIP, Looker, claim, look
from shipments.models import CarrierAccount, Shipment
from shipments.queries import due_for_a_look
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

    with django_assert_num_queries(4):  # two, in a savepoint
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
    told.pace = Pace(a_second=1000, at_once=5)
    rows = due(order, 50)
    lookers = Looker(), Looker()
    desks = [looker._desk(account()) for looker in lookers]

    first, second = at_once(lambda: claim(account(), desks[0], NOW), lambda: claim(account(), desks[1], NOW))

    taken = [row.pk for row in [*first, *second]]
    assert len(taken) == len(set(taken)) == 2 * looking.ROUNDS * 5
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
    actions.take_scans(row, accepted(row.tracking_number))
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
