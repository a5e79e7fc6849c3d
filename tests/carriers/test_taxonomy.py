"""One status out of many scans: named exits, mere data, words unknown, things taken back, and no order of arrival."""

import logging
import random
from datetime import UTC, datetime, timedelta

import pytest

from carriers import Scan, Status, SubStatus
from carriers.taxonomy import meaning, needs_action, understood

START = datetime(2026, 11, 2, 8, tzinfo=UTC)


def scan(status, hours=0, sub_status="", code="") -> Scan:
    return Scan(
        at=START + timedelta(hours=hours), status=status, text=status, code=code or status, sub_status=sub_status
    )


def end(scans):
    path = understood(scans)
    return (path[-1].status, path[-1].sub_status, path[-1].at) if path else None


def streams(dice: random.Random):
    """Lives as carriers tell them, and worse: data after delivery, things taken back, moments shared by three scans."""
    while True:
        length = dice.randint(1, 14)
        yield [
            Scan(
                at=START + timedelta(minutes=dice.choice([0, 0, 30, 60, 90]) + 60 * dice.randint(0, length)),
                status=dice.choice(list(Status)),
                text=str(number),
                code=f"C{number}",
                sub_status=dice.choice(["", "", "", SubStatus.DATA_ONLY, SubStatus.UNDONE, SubStatus.DAMAGED]),
            )
            for number in range(length)
        ]


def different_ends(settle, shuffles: int) -> int:
    dice, each, differ = random.Random(7), streams(random.Random(11)), 0
    for _ in range(shuffles):
        stream = next(each)
        shaken = [*stream, *dice.sample(stream, dice.randint(0, len(stream)))]
        dice.shuffle(shaken)
        differ += settle(stream) != settle(once(shaken))
    return differ


def once(scans):
    return list({(each.at, each.code): each for each in scans}.values())


def test_five_thousand_shuffles_end_equal():
    assert different_ends(end, 5000) == 0


def test_a_rule_that_believes_the_last_to_arrive_is_caught_by_the_same_shuffles():
    def last_to_arrive(scans):
        return scans[-1].status, scans[-1].sub_status, scans[-1].at

    def ties_as_they_come(scans):
        path = sorted(scans, key=lambda each: each.at)
        return path[-1].status, path[-1].sub_status, path[-1].at

    assert different_ends(last_to_arrive, 5000) > 1000
    assert different_ends(ties_as_they_come, 5000) > 100


def test_a_taken_back_delivery_leaves_the_parcel_where_it_was():
    path = [scan(Status.OUT_FOR_DELIVERY), scan(Status.DELIVERED, 1), scan(Status.UNKNOWN, 2, SubStatus.UNDONE)]

    assert end(path)[0] == Status.OUT_FOR_DELIVERY
    assert end([*path, scan(Status.DELIVERED, 3)])[0] == Status.DELIVERED
    assert end(path[2:]) is None


@pytest.mark.parametrize(
    ("first", "then", "ends"),
    [
        (Status.DELIVERED, Status.IN_TRANSIT, Status.DELIVERED),
        (Status.DELIVERED, Status.RETURNING, Status.RETURNING),
        (Status.RETURNING, Status.IN_TRANSIT, Status.RETURNING),
        (Status.RETURNING, Status.DELIVERED, Status.DELIVERED),  # found its way after all
        (Status.RETURNED, Status.DELIVERED, Status.RETURNED),
        (Status.CANCELLED, Status.IN_TRANSIT, Status.CANCELLED),
        (Status.IN_TRANSIT, Status.UNKNOWN, Status.IN_TRANSIT),
    ],
)
def test_what_has_ended_stays_ended_but_for_its_named_exits(first, then, ends):
    assert end([scan(first), scan(then, 1)])[0] == ends


@pytest.mark.parametrize(
    ("status", "sub_status", "wanted"),
    [
        (Status.AVAILABLE_FOR_PICKUP, "", True),
        (Status.IN_TRANSIT, SubStatus.CUSTOMS_DUTIES_DUE, True),
        (Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS, True),
        (Status.IN_TRANSIT, SubStatus.CUSTOMS_HOLD, False),
        (Status.DELIVERED, SubStatus.INCORRECT_ADDRESS, False),
        (Status.EXCEPTION, SubStatus.DELAYED_WEATHER, False),
    ],
)
def test_what_somebody_must_act_on(status, sub_status, wanted):
    assert needs_action(status, sub_status) is wanted


def test_an_unknown_code_is_told_once_with_its_line_and_without_its_text(caplog):
    with caplog.at_level(logging.WARNING, logger="carriers"):
        found = [meaning("test-carrier", {"A": (Status.ACCEPTED, "")}, code) for code in ("A", "ZZ9", "ZZ9")]

    assert found == [(Status.ACCEPTED, ""), (Status.UNKNOWN, ""), (Status.UNKNOWN, "")]
    assert [record.getMessage() for record in caplog.records] == [
        """test-carrier: a code we do not know. Its line for the table: 'ZZ9': (Status.UNKNOWN, ""),"""
    ]
