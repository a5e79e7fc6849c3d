"""An unknown number, a wrong pair and a closed pair take the same time. `script/long` measures 2,000 of each."""

import itertools
import os
import random
import time
from math import sqrt

import pytest
from django.test import Client

from portal.customer import limits, lookup
from portal.customer.limits import Bucket
from portal.models import RateBucket
from tests import make
from tests.portal.visitors import address

pytestmark = pytest.mark.django_db

EACH = int(os.environ.get("LOOKUP_TIMES", "200"))
CLASSES = ("unknown", "wrong", "closed")


def auc(first: list[float], second: list[float]) -> float:
    """How likely a time of `first` is longer than one of `second`: 0.5 tells nothing."""
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    ranks = 0.0
    for _value, group in itertools.groupby(enumerate(ranked, 1), key=lambda row: row[1][0]):
        rows = list(group)
        middle = sum(rank for rank, _ in rows) / len(rows)
        ranks += middle * sum(row[1] == 0 for _, row in rows)
    return (ranks - len(first) * (len(first) + 1) / 2) / (len(first) * len(second))


def bound(each: int) -> float:
    """Four standard deviations of what chance alone does; with 2,000 of each the goal itself."""
    return max(0.03, 4 * sqrt((2 * each + 1) / (12 * each * each)))


@pytest.fixture
def order(shop):
    return make.make_order(shop, number="A-7001", delivered=None)


@pytest.fixture
def times(order, settings):
    """times(each) -> seconds of every answer by class, interleaved by chance. What the portal would have slept is added
    instead of slept."""
    slept = []
    settings.PAUSE = slept.append
    closed = [(Bucket("order", f"{order.shop_id}:{lookup.alike(order.number)}", lookup.ORDER), 10)]
    open_ = [(Bucket("order", f"{order.shop_id}:another", lookup.ORDER), 10)]
    dice = random.Random(7)

    def one(kind: str, n: int) -> float:
        RateBucket.objects.all().delete()
        limits.add(closed if kind == "closed" else open_)
        facts = {"number": "A-8002" if kind == "unknown" else order.number, "proof": "99999"}
        if kind == "closed":
            facts["proof"] = "10115"
        slept.clear()
        started = time.perf_counter()
        response = Client().post("/", facts, REMOTE_ADDR=address(n))
        took = time.perf_counter() - started
        assert response.status_code == 422
        return took + sum(slept)

    def measure(each: int) -> dict[str, list[float]]:
        told = {kind: [] for kind in CLASSES}
        for n in range(20):
            one(CLASSES[n % 3], n)
        for n in range(each):
            for kind in dice.sample(CLASSES, 3):
                told[kind].append(one(kind, n))
        return told

    return measure


def worst(told: dict[str, list[float]]) -> float:
    return max((abs(auc(told[a], told[b]) - 0.5) for a, b in itertools.combinations(CLASSES, 2)))


@pytest.mark.timeout(1800)
def test_every_miss_takes_the_same_time(times):
    told = times(EACH)

    figure = worst(told)
    shortest = min(min(each) for each in told.values())
    print(f"timed look-ups: {EACH} a class, |AUC - 0.5| at the most {figure:.4f}, shortest {shortest * 1000:.0f} ms")
    assert figure <= bound(EACH)
    assert shortest >= 0.3


@pytest.mark.timeout(600)
def test_the_same_measure_sees_an_answer_that_comes_too_soon(times, settings):
    settings.ROOT_URLCONF = "tests.portal.leaky"

    assert worst(times(100)) > bound(100)


def test_the_measure_itself_is_right():
    assert auc([1, 2, 3], [1, 2, 3]) == 0.5
    assert auc([2, 3], [0, 1]) == 1
    assert auc([0, 0], [0, 1]) == 0.25
