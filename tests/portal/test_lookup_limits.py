"""Who guesses is slowed down, then stopped; who has slipped in typing is not. Every rule of the look-up's limits."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from orders.queries import look_alikes
from portal.customer import limits, lookup
from portal.customer.limits import DAY, HOUR, MINUTES, Bucket
from portal.models import RateBucket
from tests import make
from tests.portal.visitors import Ledger, Visitor, address, answer_of

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, 0, 30, tzinfo=UTC)


@pytest.fixture
def order(shop):
    return make.make_order(shop, number="A-7001", delivered=None)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def owes(at: str, browser: Client | None = None) -> bool:
    visitor = Visitor(at, browser)
    visitor.see()
    return visitor.met


def fail(at: str, times: int, *, first: int = 0) -> list[str]:
    """Misses of fresh browsers: numbers and contacts that nobody has, never two side by side."""
    return [Visitor(at).insist(f"none-{(first + n) * 100}", f"{first + n}x") for n in range(times)]


def hashes_owed(at: str, rf) -> int:
    request = rf.get("/", REMOTE_ADDR=at)
    request.session = {}
    return lookup.Attempt(request).owes()


# Soft levels


@pytest.mark.parametrize(("failures", "hashes"), [(2, 0), (3, 2**16), (5, 2**16), (6, 2**19), (9, 2**19)])
def test_failures_of_a_network_cost_work(order, rf, failures, hashes):
    fail(address(1), failures)

    assert hashes_owed(address(1), rf) == hashes
    assert hashes_owed(address(2), rf) == 0


@pytest.mark.parametrize(("failures", "hashes"), [(29, 0), (30, 2**16)])
def test_failures_around_it_cost_work_too(order, rf, failures, hashes):
    for n in range(failures):
        fail(f"81.2.3.{n}", 1, first=n)

    assert hashes_owed("81.2.3.200", rf) == hashes
    assert hashes_owed("81.2.4.200", rf) == 0


@pytest.mark.parametrize(("failures", "hashes"), [(60, 0), (61, 2**17)])
def test_a_minute_with_many_failures_costs_everybody_work(order, rf, clock, failures, hashes):
    limits.add([(Bucket("site", "", lookup.SITE), failures)])

    assert hashes_owed(address(9), rf) == hashes


@pytest.mark.parametrize(("usual", "failures", "hashes"), [(1, 10, 0), (1, 11, 2**17), (4, 20, 0), (4, 21, 2**17)])
def test_five_times_what_is_usual_is_many(order, rf, clock, usual, failures, hashes):
    """On 95 of 100 minutes of yesterday no more than `usual` failed. Ten are never many."""
    for minute in range(100):
        with time_machine.travel(NOON - timedelta(days=1, minutes=minute)):
            limits.add([(Bucket("site", "", lookup.SITE, kept=2 * DAY), usual)])
    lookup.learn_usual()
    limits.add([(Bucket("site", "", lookup.SITE), failures)])

    assert lookup.learn_usual() == 0
    assert hashes_owed(address(9), rf) == hashes


def test_the_work_is_shown_before_she_types(order, rf):
    fail(address(1), 3)

    page = Visitor(address(1)).see().content.decode()

    assert "So your browser does a short check first." in page
    assert '<a href="/find/">Get a link by email</a>. That works right now.' in page
    assert 'role="status"' in page


def test_without_the_work_nothing_is_looked_up_and_nothing_counted(order):
    fail(address(1), 3)
    before = sorted(RateBucket.objects.values_list("key", "count"))
    browser = Client()

    with Ledger() as told:
        response = browser.post("/", {"number": order.number, "proof": "10115"}, REMOTE_ADDR=address(1))

    assert (response.status_code, told.judged, told.count("puzzle")) == (422, 0, 1)
    assert sorted(RateBucket.objects.values_list("key", "count")) == before
    assert order.number in response.content.decode()


# The puzzle


def solved(order, answer: str, browser: Client) -> bool:
    facts = {"number": order.number, "proof": "10115", "puzzle": answer}
    return browser.post("/", facts, REMOTE_ADDR=address(1)).status_code == 302


@pytest.fixture
def asked(order):
    """A browser that was asked for work."""
    fail(address(1), 3)
    browser = Client()
    browser.get("/", REMOTE_ADDR=address(1))
    return browser


def test_a_solved_puzzle_lets_her_in_once(order, asked):
    answer = answer_of(asked)

    assert solved(order, answer, asked)
    session = asked.session
    del session["orders"]
    session.save()
    assert not solved(order, answer, asked)
    assert solved(order, answer_of(asked), asked)


def test_a_puzzle_of_another_browser_is_of_no_use(order, asked):
    other = Client()
    other.get("/", REMOTE_ADDR=address(1))

    assert not solved(order, answer_of(other), asked)
    assert solved(order, answer_of(other), other)


def test_a_lighter_puzzle_than_owed_is_of_no_use(order, asked):
    light, right = answer_of(asked, 2**16), answer_of(asked, 2**19)
    fail(address(1), 3, first=10)

    assert not solved(order, light, asked)
    assert solved(order, right, asked)


@pytest.mark.parametrize(("minutes", "lets_in"), [(9, True), (11, False)])
def test_a_puzzle_lives_for_ten_minutes(order, clock, minutes, lets_in):
    fail(address(1), 3)
    browser = Client()
    browser.get("/", REMOTE_ADDR=address(1))
    answer = answer_of(browser)
    clock.shift(timedelta(minutes=minutes))
    fail(address(1), 3, first=20)

    assert solved(order, answer, browser) is lets_in


def test_words_that_are_no_answer_break_nothing(order, asked):
    good = answer_of(asked)
    bad = ["", "x", "e30=", "bnVsbA==", good[:-8], good.replace("e", "f"), "A" * 100_000, "\0", "💥", "W10="]

    assert [solved(order, each, asked) for each in bad] == [False] * len(bad)
    assert solved(order, good, asked)


def test_the_puzzle_on_the_page_is_the_one_that_is_accepted(order, asked):
    """As a real browser works it off, only slower."""
    import base64
    import html
    import json
    import re

    import altcha

    page = asked.get("/", REMOTE_ADDR=address(1)).content.decode()
    challenge = altcha.Challenge.from_dict(json.loads(html.unescape(re.search(r'data-puzzle="([^"]+)"', page)[1])))
    solution = altcha.solve_challenge(challenge)
    told = {"challenge": challenge.to_dict(), "solution": solution.to_dict()}

    assert 0 <= solution.counter < 2**17
    assert solved(order, base64.b64encode(json.dumps(told).encode()).decode(), asked)


# Hard limits


@pytest.mark.parametrize(
    ("pause", "most", "wait"),
    [
        (timedelta(seconds=1), 10, "1200"),
        (timedelta(minutes=1, seconds=50), 30, None),
        (timedelta(minutes=13), 100, None),
    ],
)
def test_a_network_is_stopped_by_each_of_its_three_windows(order, clock, pause, most, wait):
    told = []
    while "blocked" not in told and len(told) < 200:
        told += fail(address(1), 1, first=len(told))
        clock.shift(pause)

    assert (len(told) - 1, told[:-1]) == (most, ["missed"] * most)
    response = Visitor(address(1)).browser.post("/", {"number": "x", "proof": "y"}, REMOTE_ADDR=address(1))
    assert int(response["Retry-After"]) % 600 == 0
    assert wait is None or response["Retry-After"] == wait


def test_the_wait_that_is_told_is_enough(order, clock):
    fail(address(1), 10)
    response = Client().post("/", {"number": order.number, "proof": "10115"}, REMOTE_ADDR=address(1))

    clock.shift(timedelta(seconds=int(response["Retry-After"])))

    assert (response.status_code, "Wait 20 minutes" in response.content.decode()) == (429, True)
    assert Visitor(address(1)).insist(order.number, "10115") == "found"


def test_the_page_that_stops_her_names_no_count_and_another_way(order):
    fail(address(1), 10)

    page = Client().post("/", {"number": "x", "proof": "y"}, REMOTE_ADDR=address(1)).content.decode()

    assert '<a class="button" href="/find/">Get a link by email</a>' in page
    assert Client().post("/find/", {"email": "ada@example.com"}, REMOTE_ADDR=address(1)).status_code == 302


def test_two_windows_side_by_side_hold_no_more_than_one(order, clock):
    """The counts move along: at no edge of a clock's hour may she try twice as often."""
    clock.move_to(NOON.replace(minute=59, second=50))
    fail(address(1), 9)
    clock.shift(timedelta(seconds=20))

    assert fail(address(1), 3, first=30) == ["missed", "blocked", "blocked"]


def test_a_neighbourhood_is_stopped_at_300_a_day(order):
    for _ in range(30):
        limits.add([(Bucket("wider", "81.2.3.0/24", lookup.WIDER), 10)])

    assert fail("81.2.3.9", 1) == ["blocked"]
    assert fail("81.2.4.9", 1) == ["missed"]


def test_numbers_side_by_side_count_triple(order):
    told = [Visitor(address(1)).insist(f"B-{n}", f"{n}x") for n in range(7000, 7010)]

    assert told == ["missed"] * 6 + ["blocked"] * 4  # four count once, the fifth and sixth three times


def test_numbers_far_apart_count_once(order):
    told = [Visitor(address(1)).insist(f"B-{n}", f"{n}x") for n in range(7000, 7100, 10)]

    assert told == ["missed"] * 10


# What closes without a word


@pytest.mark.parametrize("spelling", ["{}", "#{}", " a 7OO1 ", "A–7001", "a7oo1", "A-70O1", "A-700I", "a-7o0l"])
def test_ten_failures_close_an_order_however_its_number_is_spelled(order, spelling):
    number = spelling.format(order.number)
    for n in range(10):
        Visitor(address(n)).insist(number, f"9999{n}")

    assert Visitor(address(20)).insist(order.number, "10115") == "missed"
    assert Visitor(address(21)).insist(number, "10115") == "missed"


@pytest.mark.parametrize("spelling", ["10115", "1 0 1 1 5", "10-115", "１０１１５"])
def test_ten_failures_close_a_contact_however_it_is_spelled(shop, order, spelling):
    for n in range(10):
        Visitor(address(n)).insist(f"none-{n * 100}", spelling)

    assert Visitor(address(20)).insist(order.number, "10115") == "missed"
    assert Visitor(address(21)).insist(order.number, "ada@example.com") == "found"


def test_a_postcode_with_an_at_sign_is_no_postcode(order):
    """Else every way to put it would be a contact of its own."""
    assert Visitor(address(1)).insist(order.number, "10115@") == "missed"


@pytest.mark.parametrize(
    ("real", "typed"),
    [
        ("A-7001", ["a7001", "#A-7001", "A 7001", "a-7OO1", "A-7ool", "A–700I"]),
        ("ORD-1001", ["0rd-1001", "ord l00l", "0RD-IOO1"]),
        ("#1001", ["1001", "lOOl", "IOO1", "# 1 0 0 1"]),
        ("DE-2026-00017", ["de202600017", "DE-2O26-OOO17", "DE-2026-OOOI7"]),
        ("IO-44", ["10-44", "I0-44", "l0-44", "io44"]),
    ],
)
def test_what_people_take_for_each_other_still_matches(shop, real, typed):
    make.make_order(shop, number=real, delivered=None)

    assert [Visitor(address(n)).insist(each, "10115") for n, each in enumerate(typed)] == ["found"] * len(typed)


def test_the_number_as_it_was_typed_comes_first(shop):
    make.make_order(shop, number="A-O1", delivered=None)
    exact = make.make_order(shop, number="A-01", delivered=None)

    response = Client().post("/", {"number": "A-01", "proof": "10115"})

    assert response["Location"] == f"/o/{exact.number_key}/"
    assert len(look_alikes("O0" * 32)) <= 64


# Slips are forgiven, guesses are not


def test_a_slip_is_taken_back_once_her_order_is_found(order):
    ada = Visitor(address(1))
    told = [ada.insist(order.number, "99999"), ada.insist("A-7OO2", "10115"), ada.insist(order.number, "10115")]

    assert told == ["missed", "missed", "found"]
    left = RateBucket.objects.exclude(key__startswith="site:").exclude(key__startswith="found:")
    assert set(left.values_list("count", flat=True)) == {0}


def test_who_has_found_her_order_owes_no_work_until_she_fails(order):
    ada = Visitor(address(1))
    ada.insist(order.number, "10115")
    fail(address(1), 6)

    assert not owes(address(1), ada.browser)
    ada.insist(order.number, "99999")
    assert owes(address(1), ada.browser)


def test_an_order_of_ones_own_does_not_buy_guesses(order, clock):
    """Three misses a day are forgiven for it, not three for every time it is opened."""
    thief = Visitor(address(1))
    told = []
    for n in range(60):
        told += [thief.insist(f"none-{n * 300 + k * 100}", f"{n}{k}") for k in range(3)]
        told += [thief.insist(order.number, "10115")]
        clock.shift(timedelta(minutes=1))

    judged = told.count("missed")
    assert judged <= 30 + lookup.FORGIVEN


def test_where_orders_are_found_a_few_more_slips_cost_no_work(shop, rf):
    for _ in range(8):
        order = make.make_order(shop, delivered=None)
        assert [Visitor(address(1)).insist(order.number, "10115") for _ in range(3)] == ["found"] * 3
    fail(address(1), 4)
    assert hashes_owed(address(1), rf) == 0

    fail(address(1), 1, first=50)

    assert hashes_owed(address(1), rf) == 2**16


# Behind a proxy


def test_behind_a_proxy_that_nobody_named_nobody_is_stopped_but_all_have_work(order):
    told = fail("10.0.0.7", 15)

    assert told == ["missed"] * 15
    assert owes("10.0.0.7")
    assert Visitor("10.0.0.7").insist(order.number, "10115") == "found"


def test_a_proxy_that_nobody_named_is_told_to_whoever_looks_after_the_portal(client, order):
    client.get("/", REMOTE_ADDR="10.0.0.7", headers={"X-Forwarded-For": "81.2.3.4"})

    told = client.get("/readyz").json()

    words = "visitors come through a proxy that nobody named, so all of them count as one: set TRUSTED_PROXIES"
    assert told["troubles"]["proxy"] == words
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert "proxy" not in client.get("/readyz").json()["troubles"]


@pytest.mark.parametrize(
    ("peer", "named", "forwarded"),
    [("81.2.3.4", "", "8.8.8.8"), ("10.0.0.7", "10.0.0.0/8", "8.8.8.8"), ("127.0.0.1", "", "")],
)
def test_what_a_visitor_claims_and_a_proxy_that_was_named_are_no_trouble(
    client, order, settings, peer, named, forwarded
):
    import ipaddress

    settings.TRUSTED_PROXIES = [ipaddress.ip_network(named)] if named else []

    client.get("/", REMOTE_ADDR=peer, headers={"X-Forwarded-For": forwarded} if forwarded else {})

    assert "proxy" not in client.get("/readyz").json()["troubles"]


# The counting itself


def test_old_counts_are_forgotten(order, clock):
    fail(address(1), 1)
    clock.shift(timedelta(days=1, hours=3))
    limits.forget_old()

    assert {key.partition(":")[0] for key in RateBucket.objects.values_list("key", flat=True)} == {"site"}
    clock.shift(timedelta(days=2))
    limits.forget_old()
    assert RateBucket.objects.count() == 0


def test_a_tally_asks_once_and_a_miss_counts_in_one_statement(order, rf, django_assert_num_queries):
    request = rf.get("/", REMOTE_ADDR=address(1))
    request.session = {}

    with django_assert_num_queries(1):
        attempt = lookup.Attempt(request, order.shop, "A-1", "x")
    with django_assert_num_queries(2):  # and looks once more
        attempt.begin()
    with django_assert_num_queries(0):
        attempt.missed()


@pytest.mark.parametrize("seconds", [MINUTES, HOUR, DAY])
def test_there_is_room_when_it_says_so_and_not_before(db, clock, seconds):
    bucket = Bucket("test", "x", ((2, seconds),))
    limits.add([(bucket, 1)])
    clock.shift(timedelta(seconds=seconds / 3))
    limits.add([(bucket, 1)])

    free_at = limits.Tally([bucket]).free_at(bucket)

    clock.move_to(free_at - timedelta(seconds=1))
    assert limits.Tally([bucket]).is_full(bucket)
    clock.move_to(free_at)
    assert not limits.Tally([bucket]).is_full(bucket)
