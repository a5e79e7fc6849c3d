import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from portal import background
from portal.background import Lane, Sweep, catch_up, lanes
from portal.models import Heartbeat

pytestmark = pytest.mark.django_db


def broken() -> int:
    raise ZeroDivisionError("ada@example.com")


@pytest.fixture(autouse=True)
def _one_connection(monkeypatch):
    """A lane closes connections that have grown old; a test lives in one."""
    monkeypatch.setattr(background, "close_old_connections", lambda: None)


def lane(*sweeps: Sweep) -> Lane:
    return Lane("test", list(sweeps), threading.Event())


def test_a_sweep_that_fails_does_not_stop_the_others():
    ran = []

    found = lane(Sweep("first", lambda: 2), Sweep("bad", broken), Sweep("last", lambda: ran.append(1) or 3)).round()

    assert (found, ran) == (5, [1])
    assert Heartbeat.objects.get(lane="test").error == "bad: ZeroDivisionError"


def test_a_sweep_that_fails_rests_and_one_that_works_does_not():
    ran = {"bad": 0, "good": 0}

    def bad() -> int:
        ran["bad"] += 1
        raise ZeroDivisionError

    def good() -> int:
        ran["good"] += 1
        return 0

    round_ = lane(Sweep("bad", bad), Sweep("good", good))
    for _ in range(5):
        round_.round()

    assert ran == {"bad": 1, "good": 5}


def test_a_sweep_runs_no_more_often_than_it_should():
    ran = []
    round_ = lane(Sweep("seldom", lambda: ran.append(1) or 1, every=60))

    for _ in range(5):
        round_.round()

    assert ran == [1]


def test_a_lane_beats_so_that_silence_is_seen():
    round_ = lane(Sweep("nothing", lambda: 0))

    round_.round()
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=5))
    round_.beat_at = -99
    round_.round()

    beat = Heartbeat.objects.get(lane="test")
    assert (beat.error, timezone.now() - beat.at < timedelta(seconds=5)) == ("", True)


def test_a_beat_that_cannot_be_written_does_not_end_the_lane(monkeypatch):
    monkeypatch.setattr(Heartbeat.objects, "update_or_create", lambda **_: broken())

    assert lane(Sweep("work", lambda: 1)).round() == 1


def test_a_lane_ends_when_it_is_told_to(monkeypatch):
    stop = threading.Event()
    monkeypatch.setattr(background.connection, "close", lambda: None)
    running = Lane("test", [Sweep("work", lambda: stop.set() or 1)], stop)

    running.run()

    assert stop.is_set()


def test_catching_up_goes_on_until_there_is_nothing_left(monkeypatch):
    left = [3, 2, 1, 0, 0]
    monkeypatch.setattr(background, "lanes", lambda: {"one": [Sweep("work", lambda: left.pop(0))]})

    assert catch_up() == 6
    assert left == [0]


def test_catching_up_ends_though_something_is_found_for_ever(monkeypatch):
    monkeypatch.setattr(background, "lanes", lambda: {"one": [Sweep("work", lambda: 1)]})

    assert catch_up(rounds=20) == 20


def test_money_letters_and_parcels_never_wait_for_one_another():
    names = {lane_: [sweep.name for sweep in sweeps] for lane_, sweeps in lanes().items()}

    assert {"money", "letters", "parcels"} <= set(names)
    assert "send_refunds" in names["money"]
    assert not {"look", "buy_labels", "fetch_pictures"} & {*names["money"], *names["letters"]}
    assert len({name for each in names.values() for name in each}) == sum(map(len, names.values()))


@pytest.mark.django_db(transaction=True)
def test_with_nothing_to_do_nothing_is_found():
    assert catch_up() == 0
