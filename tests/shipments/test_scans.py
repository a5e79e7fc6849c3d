"""Scans come in any pieces and any order; what a customer reads is the same."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from carriers.base import Scan, Status, Tracked, ZoneFrom
from carriers.sandbox.translate import WORDS
from carriers.taxonomy import RANK, understood
from customers.models import Entry
from sandbox.lives import LIVES
from shipments import actions
from shipments.models import Shipment, TrackingEvent
from shipments.promise import SILENT_AFTER, STATES, SUB_STATES, customer_state, expected, is_late
from tests import make
from tests.threads import at_once

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 2, 8, tzinfo=UTC)
ENDED = [Status.DELIVERED, Status.RETURNED, Status.CANCELLED]


def life(name: str) -> list[Scan]:
    return [
        Scan(at=START + timedelta(hours=hours), status=WORDS.get(code, (Status.UNKNOWN, ""))[0], text=text, place=place,
             code=code, sub_status=WORDS.get(code, ("", ""))[1], raw={"c": code})
        for hours, code, text, place in LIVES[name]
    ]  # fmt: skip


def tell(shipment: Shipment, scans: list[Scan]) -> None:
    make.tell(shipment, Tracked(shipment.tracking_number, scans))


def standing(shipment: Shipment) -> tuple:
    row = make.fresh(shipment)
    return row.status, row.sub_status, row.last_scan_at, row.delivered_at, row.events.count()


@pytest.fixture
def parcel(shop) -> Shipment:
    return make.make_shipment(make.make_order(shop, delivered=None))


def test_the_same_scans_again_change_nothing(parcel):
    tell(parcel, life("on_time"))
    before, lines = standing(parcel), Entry.objects.count()

    tell(parcel, life("on_time"))

    assert standing(parcel) == before
    assert (Entry.objects.count(), before[0], before[4]) == (lines, "delivered", len(LIVES["on_time"]))


def test_a_life_ends_the_same_however_it_is_cut_and_shuffled(shop):
    order = make.make_order(shop, delivered=None)
    dice = random.Random(42)
    same_second = [
        Scan(at=START + timedelta(hours=31), status=status, text=str(status), code=status)
        for status in (Status.OUT_FOR_DELIVERY, Status.IN_TRANSIT, Status.EXCEPTION)
    ]
    way_back = [
        Scan(at=START + timedelta(hours=40 + n), status=status, text=str(status), code=status)
        for n, status in enumerate([Status.RETURNING, Status.IN_TRANSIT, Status.UNKNOWN])
    ]
    lives = {name: life(name) for name in LIVES} | {
        "same_second": life("lost") + same_second,
        "back": life("on_time") + way_back,
        "back_again": life("on_time") + way_back[::-1] + life("returned")[-1:],
    }
    ends: dict[str, set] = {name: set() for name in lives}

    for n in range(200):
        name = list(lives)[n % len(lives)]
        scans = lives[name][:]
        dice.shuffle(scans)
        parcel = make.make_shipment(order)
        while scans:
            piece = [scans.pop() for _ in range(min(len(scans), dice.randint(1, 4)))]
            tell(parcel, piece)
        ends[name].add(standing(parcel))

    assert {name: len(each) for name, each in ends.items()} == dict.fromkeys(lives, 1)
    assert {name: next(iter(each))[0] for name, each in ends.items()} == {
        "fresh": "pre_transit",
        "on_time": "delivered",
        "late": "delivered",
        "lost": "in_transit",
        "declared_lost": "exception",
        "attempted": "delivered",
        "locker": "delivered",
        "returned": "returned",
        "neighbour": "delivered",
        "damaged": "exception",
        "customs": "delivered",
        "return": "delivered",
        "odd": "in_transit",
        "same_second": "out_for_delivery",
        "back": "returning",
        "back_again": "returned",
    }


def test_an_unknown_word_keeps_the_last_state_and_is_kept_itself(parcel):
    tell(parcel, life("odd")[:-1])
    before = standing(parcel)

    tell(parcel, life("odd")[-1:])

    assert standing(parcel)[:4] == before[:4]
    assert TrackingEvent.objects.get(code="QXZ").raw == {"c": "QXZ"}


def test_a_word_learned_later_moves_the_scan_that_was_kept_without_it(parcel):
    unheard = Scan(at=START, status=Status.UNKNOWN, text="?", code="NEW")
    tell(parcel, [unheard])

    tell(parcel, [replace(unheard, status=Status.DELIVERED)])

    assert (make.fresh(parcel).status, parcel.events.count()) == ("delivered", 1)


def test_a_scan_that_is_pushed_and_polled_is_one_scan(parcel):
    pushed = Scan(at=START, status=Status.ACCEPTED, text="Picked up", code="PUP")
    polled = replace(pushed, at=START.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")), text="Abgeholt", place="Leipzig")

    tell(parcel, [pushed])
    tell(parcel, [polled])

    assert [(event.text, event.code) for event in parcel.events.all()] == [("Picked up", "PUP")]


def test_a_delivery_that_the_driver_takes_back_was_none(parcel):
    scans = [
        Scan(at=START, status=Status.OUT_FOR_DELIVERY, text="out", code="OUT"),
        Scan(at=START + timedelta(hours=1), status=Status.DELIVERED, text="delivered", code="DLV"),
        Scan(at=START + timedelta(hours=2), status=Status.UNKNOWN, text="mistake", code="STORN", sub_status="undone"),
    ]

    tell(parcel, scans[::-1])

    row = make.fresh(parcel)
    assert (row.status, row.delivered_at) == ("out_for_delivery", None)


def test_what_an_answer_holds_too_much_of_is_left_out(parcel):
    scans = [
        Scan(at=START + timedelta(seconds=n), status=Status.IN_TRANSIT, text="x", code=str(n))
        for n in range(actions.MOST_SCANS + 7)
    ]

    tell(parcel, scans)

    assert (parcel.events.count(), parcel.events.first().code) == (actions.MOST_SCANS, "7")


def test_where_a_zone_comes_from_and_the_clock_on_the_wall_are_kept(parcel):
    tell(parcel, [
        Scan(at=START, status=Status.ACCEPTED, text="x", local="2026-11-02T09:00:00", zone_from=ZoneFrom.PLACE)
    ])  # fmt: skip

    assert parcel.events.values_list("local_time", "zone_from").get() == ("2026-11-02T09:00:00", "place")


@pytest.mark.parametrize("ended", ENDED)
@pytest.mark.parametrize("later", [status for status in Status if status not in (Status.UNKNOWN,)])
def test_what_has_ended_stays_ended_but_a_delivered_parcel_may_go_back(ended, later):
    exits = {(Status.DELIVERED, Status.RETURNING), (Status.DELIVERED, Status.RETURNED)}
    scans = [
        TrackingEvent(at=START, status=ended, code="1"),
        TrackingEvent(at=START + timedelta(hours=1), status=later, code="2"),
    ]

    path = understood(scans)

    assert path[-1].status == (later if later == ended or (ended, later) in exits else ended)


def test_every_status_has_a_rank():
    assert set(RANK) == set(Status)


def test_mere_data_does_not_move_a_parcel_that_has_been_seen(parcel):
    data = Scan(at=START + timedelta(days=1), status=Status.PRE_TRANSIT, text="data again", sub_status="data_only")

    tell(parcel, life("lost"))
    tell(parcel, [data])

    assert make.fresh(parcel).status == "in_transit"


def test_the_day_of_delivery_stays_when_it_goes_back(parcel):
    tell(parcel, life("on_time"))
    delivered_at = make.fresh(parcel).delivered_at

    make.scan(parcel, Status.RETURNING, at=START + timedelta(days=5))

    assert delivered_at == START + timedelta(hours=37)
    assert make.fresh(parcel).delivered_at == delivered_at


def test_each_move_is_one_line_and_a_parcel_to_us_writes_none(shop):
    order = make.make_order(shop, delivered=None)
    out, back = make.make_shipment(order), make.make_shipment(order, direction="return")

    for scan in life("on_time"):
        tell(out, [scan])
        tell(back, [scan])

    assert [(line.verb, line.by) for line in Entry.objects.order_by("pk")] == [
        ("parcel.accepted", "carrier"),
        ("parcel.in_transit", "carrier"),
        ("parcel.out_for_delivery", "carrier"),
        ("parcel.delivered", "carrier"),
    ]


def test_the_first_promise_never_moves_and_the_carriers_word_does(parcel):
    for day in (date(2026, 11, 5), date(2026, 11, 9)):
        make.tell(parcel, Tracked(parcel.tracking_number, [], expected_on=day))

    row = make.fresh(parcel)
    assert (row.promised_on, row.expected_on) == (date(2026, 11, 5), date(2026, 11, 9))


def test_words_with_a_nul_and_of_any_length_are_kept_as_far_as_they_go(parcel):
    raw = {"a\0": ["b\0", {"c": "\\u0000 as text"}], "n": 1}
    odd = Scan(at=START, status=Status.ACCEPTED, text="x\0" * 600, place="p" * 900, code="c" * 199, raw=raw)

    tell(parcel, [odd])

    kept = TrackingEvent.objects.get()
    assert (len(kept.text), len(kept.place), len(kept.code)) == (500, 200, 100)
    assert kept.raw == {"a": ["b", {"c": "\\u0000 as text"}], "n": 1}


# Late, silent, and what the customer reads


def late_parcel(shop, **facts) -> Shipment:
    facts = {"looked_at": datetime(2026, 11, 19, tzinfo=UTC), **facts}
    return make.make_shipment(make.make_order(shop, delivered=None), **facts)


def test_a_parcel_is_late_from_the_first_local_minute_after_its_day(shop):
    parcel = late_parcel(shop, promised_on=date(2026, 11, 20))

    eve = is_late(parcel, datetime(2026, 11, 20, 22, 59, tzinfo=UTC))
    day_after = is_late(parcel, datetime(2026, 11, 20, 23, 0, tzinfo=UTC))

    assert (eve, day_after) == (False, True)


@pytest.mark.parametrize(
    ("day", "last_minute"),
    [
        (date(2026, 3, 28), datetime(2026, 3, 28, 22, 59, tzinfo=UTC)),  # winter ends in the night that follows
        (date(2026, 3, 29), datetime(2026, 3, 29, 21, 59, tzinfo=UTC)),  # a day of 23 hours
        (date(2026, 10, 25), datetime(2026, 10, 25, 22, 59, tzinfo=UTC)),  # a day of 25 hours
    ],
)
def test_the_edge_holds_when_the_clock_changes(shop, day, last_minute):
    parcel = late_parcel(shop, promised_on=day)

    told = [is_late(parcel, last_minute), is_late(parcel, last_minute + timedelta(minutes=1))]

    assert told == [False, True]


def test_without_a_promise_the_shops_usual_days_count_from_dispatch(shop):
    parcel = late_parcel(shop, shipped_on=date(2026, 11, 10))

    told = [is_late(parcel, datetime(2026, 11, day, 12, tzinfo=UTC)) for day in (15, 16)]

    assert told == [False, True]


def test_lateness_is_noticed_once_with_the_day_that_was_promised(shop):
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    late = late_parcel(shop, shipped_on=date(2026, 11, 10))
    late_parcel(shop, promised_on=date(2026, 11, 20))
    late_parcel(shop, promised_on=date(2026, 11, 1), status="delivered")
    late_parcel(shop, promised_on=date(2026, 11, 1), direction="return")

    found = [actions.notice_late(now), actions.notice_late(now), actions.notice_late(now + timedelta(hours=2))]

    assert found == [1, 0, 0]
    line = Entry.objects.get(verb="parcel.late")
    assert (line.order_number, line.facts) == (late.order.number, {"promised": "2026-11-15", "expected": ""})


def test_nobody_is_told_of_lateness_before_the_carrier_was_asked_or_while_it_does_not_answer(shop):
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    never_asked = late_parcel(shop, shipped_on=date(2026, 11, 1), looked_at=None)
    late_parcel(shop, shipped_on=date(2026, 11, 1), failed_looks=1)

    before = actions.notice_late(now)
    Shipment.objects.filter(pk=never_asked.pk).update(looked_at=now)

    assert (before, actions.notice_late(now)) == (0, 1)


@pytest.mark.django_db(transaction=True)
def test_two_workers_notice_one_late_parcel_once(shop):
    late_parcel(shop, promised_on=date(2026, 11, 1))

    found = at_once(actions.notice_late, actions.notice_late)

    assert sorted(found) == [0, 1]
    assert Entry.objects.filter(verb="parcel.late").count() == 1


def test_a_day_that_has_passed_is_no_expectation(shop):
    parcel = late_parcel(shop, promised_on=date(2026, 11, 20), expected_on=date(2026, 11, 22))

    days = [expected(parcel, date(2026, 11, day)) for day in (20, 22, 23)]

    assert days == [date(2026, 11, 22), date(2026, 11, 22), None]


SUBS = ["", "customs_hold", "customs_duties_due", "damaged", "lost", "delayed_carrier", "to_neighbour", "voided"]
OVER = {(status, sub): word for status in (Status.IN_TRANSIT, Status.EXCEPTION) for sub, word in SUB_STATES.items()}


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("sub", SUBS)
def test_what_the_customer_reads_of_every_status(status, sub):
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    fresh = make_row(status, sub, now - timedelta(hours=1), date(2026, 11, 20))
    late = make_row(status, sub, now - timedelta(hours=1), date(2026, 11, 19))
    silent = make_row(status, sub, now - SILENT_AFTER - timedelta(seconds=1), date(2026, 11, 19))

    told = [customer_state(row, now) for row in (fresh, late, silent)]

    word = OVER.get((status, sub)) or STATES[status]
    may_be_late = word in {"packing", "handed", "on_way"} and status != Status.UNKNOWN
    moving = may_be_late and status != Status.PRE_TRANSIT
    assert told == [word, "late" if may_be_late else word, "silent" if moving else "late" if may_be_late else word]


def make_row(status, sub, last_scan_at, promised_on) -> Shipment:
    shop = make.Shop(time_zone="Europe/Berlin")
    facts = {"status": status, "sub_status": sub, "last_scan_at": last_scan_at, "promised_on": promised_on}
    return Shipment(shop=shop, looked_at=last_scan_at, **facts)


@pytest.mark.parametrize(("shipped_on", "word"), [(None, "packing"), (date(2026, 11, 1), "on_way")])
def test_a_parcel_of_which_no_carrier_has_told_us_is_not_called_late(shipped_on, word):
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    row = make_row(Status.PRE_TRANSIT, "", None, date(2026, 11, 9))
    row.shipped_on = shipped_on

    unasked = customer_state(row, now)
    row.looked_at = now

    assert (unasked, customer_state(row, now)) == (word, "late")


def test_the_customer_reads_one_of_fourteen_words():
    words = set(STATES.values()) | {"customs", "damaged", "lost", "late", "silent"}

    assert len(words) == 14


# What no carrier should send


def test_what_no_database_keeps_is_left_out(parcel):
    raw = {"a": "\0\ud800", "\ud800": float("inf"), "deep": 1}
    for _ in range(400):
        raw = {"deep": [raw]}
    tell(
        parcel,
        [Scan(at=START, status=Status.ACCEPTED, text="\0here\ud83d" * 900, code="A\0", raw={"a\0": "\ud800", **raw})],
    )

    scan = parcel.events.get()
    assert (scan.code, scan.text[:10], len(scan.text), scan.raw["a"]) == ("A", "here?here?", 500, "?")


def test_a_scan_in_the_hour_that_the_clock_repeats_is_one_scan(parcel):
    berlin = datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin"))
    scans = [
        Scan(at=at, status=Status.ACCEPTED, text="", code="A")
        for at in (berlin, berlin.astimezone(UTC), berlin.astimezone(ZoneInfo("America/New_York")))
    ]

    tell(parcel, scans)
    tell(parcel, scans)

    assert [scan.at for scan in parcel.events.all()] == [berlin.astimezone(UTC)]


def test_what_has_not_happened_yet_moves_nothing(parcel):
    now = datetime.now(UTC)
    tell(parcel, [Scan(at=now, status=Status.ACCEPTED, text="", code="A")])

    tell(parcel, [Scan(at=now + timedelta(days=3), status=Status.DELIVERED, text="", code="D")])
    tell(parcel, [Scan(at=now + timedelta(hours=14), status=Status.IN_TRANSIT, text="a clock in Kiribati", code="T")])

    assert (make.fresh(parcel).status, make.fresh(parcel).delivered_at, parcel.events.count()) == (
        "in_transit",
        None,
        2,
    )


def test_of_a_thousand_scans_the_newest_stay_and_of_those_known_only_what_is_needed_is_read(
    parcel,
):
    scans = [
        Scan(at=START + timedelta(minutes=n), status=Status.IN_TRANSIT, text="", code=f"{n}", raw={"x": "y" * 99})
        for n in range(1000)
    ]
    tell(parcel, scans)
    assert parcel.events.count() == actions.MOST_SCANS

    with CaptureQueriesContext(connection) as asked:
        tell(parcel, [*scans, Scan(at=START + timedelta(days=2), status=Status.ATTEMPTED, text="", code="N")])

    assert (make.fresh(parcel).status, len(asked)) == ("attempted", 8)
    assert not [each for each in asked.captured_queries if "SELECT" in each["sql"] and '"raw"' in each["sql"]]


@pytest.mark.django_db(transaction=True)
def test_many_parcels_told_at_once_by_many_lose_nothing(shop):
    order = make.make_order(shop, delivered=None)
    rows = [make.make_shipment(order) for _ in range(20)]

    def told(n):
        said = [
            actions.Heard(row, Tracked(row.tracking_number, [
                Scan(at=START + timedelta(hours=n), status=Status.IN_TRANSIT, text="", code=f"{n}")
            ])) for row in random.Random(n).sample(rows, 20)
        ]  # fmt: skip
        return lambda: actions.take_all(said, START + timedelta(days=1))

    assert at_once(*map(told, range(6))) == [None] * 6

    assert {row.events.count() for row in rows} == {6}
    assert Entry.objects.filter(verb="parcel.in_transit").count() == 20
