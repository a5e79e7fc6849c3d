from datetime import UTC, date, datetime, timedelta

import pytest

from sandbox import lives
from sandbox.carrier import label, with_check_digit
from sandbox.running import Sandbox

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
KEY = {"X-Api-Key": "sandbox-key"}

ENDS = {
    "fresh": "LBL",
    "on_time": "DLV",
    "late": "DLV",
    "lost": "HUB",
    "declared_lost": "LST",
    "attempted": "DLV",
    "locker": "DLV",
    "returned": "RBK",
    "neighbour": "NBR",
    "damaged": "DMG",
    "customs": "DLV",
    "return": "DLV",
    "odd": "QXZ",
}


def codes(life, hours):
    return [scan["c"] for scan in lives.scans(life, START, START + timedelta(hours=hours))][::-1]


def test_every_life_ends_as_it_should():
    assert {life: codes(life, 1000)[-1] for life in lives.LIVES} == ENDS


def test_every_life_begins_with_a_label_and_never_runs_backwards():
    for life in lives.LIVES.values():
        hours = [step[0] for step in life]

        assert life[0][:2] == (0, "LBL")
        assert hours == sorted(set(hours))


@pytest.mark.parametrize(
    ("hours", "seen"),
    [(0, ["LBL"]), (5.99, ["LBL"]), (6, ["LBL", "PUP"]), (32, ["LBL", "PUP", "HUB", "HUB", "OUT"])],
)
def test_only_what_has_happened_is_shown(hours, seen):
    assert codes("on_time", hours) == seen


def test_the_lost_one_falls_silent():
    assert codes("lost", 26) == codes("lost", 10000) == ["LBL", "PUP", "HUB", "HUB"]


def test_the_promise_is_kept_by_one_and_broken_by_another():
    promised = lives.eta("on_time", START)

    assert promised == date(2026, 3, 3)
    assert lives.scans("on_time", START, START + timedelta(days=30))[0]["ts"][:10] == "2026-03-03"
    assert lives.scans("late", START, START + timedelta(days=30))[0]["ts"][:10] > lives.eta("late", START).isoformat()


def test_times_are_local_across_the_change_of_the_clock():
    before = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)

    assert [scan["ts"] for scan in lives.scans("fresh", before, before)] == ["2026-03-29T00:00:00+01:00"]
    assert lives.moment(before, 6) == "2026-03-29T07:00:00+02:00"


@pytest.mark.parametrize(("step", "hours"), [("handed_in", 8), ("delivered", 48), ("OUT", 44)])
def test_a_step_has_its_hour(step, hours):
    assert lives.hours_until("return", step) == hours


def test_a_step_that_never_comes_is_refused():
    with pytest.raises(ValueError, match="has no step delivered"):
        lives.hours_until("lost", "delivered")


def test_a_check_digit_catches_every_slip_of_one_digit():
    number = with_check_digit("84000000001")

    assert number == "SB840000000019"
    slips = [
        digits
        for place in range(11)
        for digit in "0123456789"
        if (digits := f"{'84000000001'[:place]}{digit}{'84000000001'[place + 1 :]}") != "84000000001"
    ]
    assert [slip for slip in slips if with_check_digit(slip)[-1] == number[-1]] == []


def test_a_label_fits_a_plain_barcode():
    printed = label("SB840000000019", "gb", "sw1a 1aa")

    assert printed["leit"] == "SB840000000019-GBSW1A1AA"
    assert printed["qr"] == label("SB840000000019", "de", "04356")["qr"]


# Over the wire


@pytest.fixture(scope="module")
def box():
    with Sandbox() as box:
        yield box


def seen(box, number):
    (parcel,) = box.get(f"/carrier/v1/track?numbers={number}", KEY)["parcels"]
    return [scan["c"] for scan in parcel["log"]][::-1]


def test_a_parcel_moves_by_hours_and_to_a_step(box):
    box.post("/_sandbox/parcels", {"number": "MOVE", "life": "on_time"})
    assert seen(box, "MOVE") == ["LBL"]

    box.post("/_sandbox/parcels/MOVE/move", {"hours": 15})
    assert seen(box, "MOVE") == ["LBL", "PUP", "HUB"]

    box.post("/_sandbox/parcels/MOVE/move", {"to": "delivered"})
    assert seen(box, "MOVE")[-1] == "DLV"

    box.post("/_sandbox/parcels/MOVE/move", {"to": "handed_in"})
    assert seen(box, "MOVE") == ["LBL", "PUP"]


def test_a_parcel_starts_when_it_is_told_and_can_be_replaced(box):
    box.post("/_sandbox/parcels", {"number": "START", "life": "on_time", "started_at": "2026-03-02T08:00:00+00:00"})
    (parcel,) = box.get("/carrier/v1/track?numbers=START", KEY)["parcels"]
    assert (parcel["log"][0]["ts"], parcel["eta"]) == ("2026-03-03T22:00:00+01:00", "2026-03-03")

    box.post("/_sandbox/parcels", {"number": "START", "life": "fresh"})

    assert seen(box, "START") == ["LBL"]


def test_the_clock_moves_every_parcel():
    with Sandbox() as box:
        box.post("/_sandbox/parcels", {"number": "CLOCK", "life": "on_time"})

        box.post("/_sandbox/clock", {"advance_hours": 5})
        assert seen(box, "CLOCK") == ["LBL"]
        box.post("/_sandbox/clock", {"advance_hours": 1.5})

        assert seen(box, "CLOCK") == ["LBL", "PUP"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("parcels", {"number": "X", "life": "eternal"}),
        ("parcels", {"number": "A,B", "life": "fresh"}),
        ("parcels", {"life": "fresh"}),
        ("parcels/NOBODYS/move", {"hours": 1}),
        ("clock", {"advance_hours": -1}),
        ("nowhere", {}),
    ],
)
def test_control_refuses_what_makes_no_sense(box, path, said):
    with pytest.raises(RuntimeError, match=r": 40[04]"):
        box.post(f"/_sandbox/{path}", said)


def test_without_a_key_the_carrier_says_nothing(box):
    with pytest.raises(RuntimeError, match="401"):
        box.get("/carrier/v1/track?numbers=MOVE")
