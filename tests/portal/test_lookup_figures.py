"""Machines that guess, and offices that slip, in numbers. `script/long` runs each of them whole (LOOKUP=whole)."""

import heapq
import ipaddress
import os
import random
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from customers.timeline import Entry
from orders.models import Order
from portal.customer import access
from portal.models import RateBucket
from tests import make
from tests.portal.test_access import ADDRESS, PERSONAL, letter_link
from tests.portal.visitors import Ledger, Visitor, address

pytestmark = pytest.mark.django_db

WHOLE = os.environ.get("LOOKUP") == "whole"
GUESSES, ADDRESSES, HONEST = (10_000, 1_000, (600, 1_000)) if WHOLE else (600, 60, (150, 150))
MORNING = datetime(2026, 11, 20, 8, tzinfo=UTC)
HOURS_8 = timedelta(hours=8)


@pytest.fixture
def clock():
    with time_machine.travel(MORNING, tick=False) as clock:
        yield clock


@pytest.fixture
def orders(shop):
    """Orders in sequence, with a postcode that is worth guessing and a canary in every personal field."""
    orders = [
        make.make_order(
            shop, number=f"A-{7000 + n}", email=f"canarymail{n}@example.com", address=ADDRESS, delivered=None
        )
        for n in range(20)
    ]
    for order in orders:
        type(order.customer).objects.filter(pk=order.customer_id).update(name="Canaryname", phone="+49 555 0199")
        make.make_shipment(order, tracking_number=f"CANARYTRACK{order.pk}")
    return orders


def personal_views(browser: Client) -> int:
    """How many pages of what this browser has opened say something about a person."""
    opened = browser.session.get("orders", {})
    pages = [
        browser.get(path).content.decode()
        for order in Order.objects.filter(pk__in=list(opened))
        for path in (f"/o/{order.number_key}/", f"/o/{order.number_key}/money/", "/")
    ]
    return sum(any(word in page for word in PERSONAL.values()) for page in pages)


def guess(dice: random.Random, postcodes: int = 8) -> tuple[str, str]:
    """Numbers in sequence, and postcodes as a thief who knows the town would take them."""
    return f"A-{dice.randrange(6990, 7030)}", f"{90210 + dice.randrange(postcodes)}"


# Machines


def storm_from_one(guesses: int, clock, *, forgetful: bool = False) -> tuple[int, int, int]:
    """Within a day, every puzzle solved at once. Returns (judged, opened at level 1, personal views)."""
    dice = random.Random(1)
    thief = Visitor(address(1))
    with Ledger() as told:
        for _ in range(guesses):
            thief.insist(*guess(dice))
            if forgetful:
                RateBucket.objects.all().delete()
            clock.shift(timedelta(days=1) / guesses * 0.9)
    return told.judged, told.count("found"), personal_views(thief.browser)


@pytest.mark.timeout(3600)
def test_guesses_from_one_address_are_hardly_judged(orders, clock):
    judged, opened, views = storm_from_one(GUESSES, clock)

    print(f"{GUESSES} guesses from one address: {judged} judged, {opened} opened at level 1, {views} personal views")
    assert judged <= 100
    assert views == 0


def test_the_same_storm_is_seen_when_counts_are_lost(orders, clock):
    judged, opened, _ = storm_from_one(300, clock, forgetful=True)

    assert judged > 100
    assert opened > 0


def test_a_personal_view_would_be_seen(orders):
    browser = Client()
    browser.get(letter_link(orders[0]))

    assert personal_views(browser) > 0


def storm_from_many(addresses: int, number: str, proof: str) -> tuple[int, int]:
    """Each address ten times at one order with other postcodes, or at one contact with other orders. Returns (judged,
    personal views)."""
    views = 0
    with Ledger() as told:
        for n in range(addresses):
            thief = Visitor(address(n))
            for k in range(10):
                thief.insist(number or f"X-{n}-{k}00", proof or f"{n}{k:03d}")
            views += personal_views(thief.browser)
    return told.judged, views


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("number", "proof"), [("A-7003", ""), ("", "canarymail3@example.com"), ("", "90210")])
def test_guesses_from_many_addresses_at_one_order_or_contact_are_hardly_judged(orders, clock, number, proof):
    judged, views = storm_from_many(ADDRESSES, number, proof)

    print(f"{ADDRESSES} addresses at {number or proof}: {judged} judged, {views} personal views")
    assert (judged, views) == (10, 0)


# Offices


class Office:
    """Colleagues behind one address. Each looks her own order up, one in five tries with a typing slip, and tries again
    after a while until it is found."""

    def __init__(self, people: int, dice: random.Random) -> None:
        self.dice = dice
        self.visitors = [Visitor(address(1)) for _ in range(people)]
        self.found = self.blocked = 0

    def work(self, clock, orders: list[Order], lasting: timedelta) -> None:
        begin = MORNING
        steps = [(begin + lasting * self.dice.random(), n) for n in range(len(self.visitors))]
        heapq.heapify(steps)
        while steps:
            now, n = heapq.heappop(steps)
            clock.move_to(now)
            told = self.one_try(self.visitors[n], orders[n])
            self.found += told == "found"
            self.blocked += told == "blocked"
            if told != "found" and now < begin + 2 * lasting:
                heapq.heappush(steps, (now + timedelta(seconds=self.dice.uniform(15, 45)), n))

    def one_try(self, visitor: Visitor, order: Order) -> str:
        number, proof = order.number, order.address["postcode"]
        if self.dice.random() < 0.2:
            number, proof = self.slip(number, proof)
        visitor.see()
        return visitor.insist(number, proof)

    def slip(self, number: str, proof: str) -> tuple[str, str]:
        digit = self.dice.choice("0123456789")
        if self.dice.random() < 0.5:
            return number[:-1] + digit + digit, proof
        return number, proof[:-1] + digit + digit

    @property
    def met(self) -> int:
        return sum(visitor.met for visitor in self.visitors)


def office(shop, clock, people: int, lasting: timedelta) -> Office:
    dice = random.Random(people)
    orders = [
        make.make_order(
            shop,
            number=f"A-{10_000 + n}",
            email=f"person{n}@example.com",
            address={**ADDRESS, "postcode": f"{dice.randrange(10_000, 99_999)}"},
            delivered=None,
        )
        for n in range(people)
    ]
    clock.move_to(MORNING)
    office = Office(people, dice)
    office.work(clock, orders, lasting)
    return office


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("people", "a_day", "most"), [(HONEST[0], 600, 0.02), (HONEST[1], 1_000, 0.10)])
def test_an_office_behind_one_address_is_served(shop, clock, people, a_day, most):
    told = office(shop, clock, people, HOURS_8 * people / a_day)

    print(f"{people} people at {a_day} a day: {told.found} found, {told.met} met work, {told.blocked} blocked")
    assert (told.found, told.blocked) == (people, 0)
    assert told.met <= most * people


def test_an_office_that_is_never_forgiven_would_be_seen(shop, clock):
    """Nobody there ever finds her order, so all slips stay counted."""
    nobody = Office(12, random.Random(60))
    make.make_order(shop)
    nobody.one_try = lambda visitor, order: visitor.see() and visitor.insist("none-500", "x")

    nobody.work(clock, list(Order.objects.all()) * 12, timedelta(minutes=4))

    assert nobody.blocked > 0
    assert nobody.met > 0.1 * 12


# Sixty ways to claim another address

ROTATING = [
    "X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP", "Client-IP",
    "X-Cluster-Client-IP", "Fastly-Client-IP", "X-Forwarded", "Forwarded-For", "X-Originating-IP", "X-Remote-IP",
    "X-Remote-Addr", "X-ProxyUser-Ip", "Via",
]  # fmt: skip
CLAIMS = [
    "8.8.{n}.8", "10.0.{n}.1", "127.0.0.{n}", "2a00:1450:{n}::1", "::ffff:8.8.{n}.8", "8.8.{n}.8, 9.9.{n}.9",
    "unknown, 8.8.{n}.8", " ,, 8.8.{n}.8 ,", "8.8.{n}.8:{n}", "[2a00:1450:{n}::1]:4{n}", "\"8.8.{n}.8\"", "{n}" * 400,
]  # fmt: skip
FORWARDED = [
    "for=8.8.{n}.8", 'for="[2a00:1450:{n}::1]:80"', "for=_hidden{n}", "for=8.8.{n}.8;by=10.0.0.1;proto=https",
    "by=8.8.{n}.8", "for=8.8.{n}.8, for=9.9.{n}.9",
]  # fmt: skip
ME, PROXY = "81.2.69.7", "10.1.2.3"
# (proxies that are named, the peer, headers): {n} is another number in every request.
CASES = [
    *(([], ME, {name: "8.8.{n}.8"}) for name in ROTATING),
    *(([], ME, {"X-Forwarded-For": claim}) for claim in CLAIMS),
    *(([], ME, {"Forwarded": claim}) for claim in FORWARDED),
    *((["10.0.0.0/8"], PROXY, {"X-Forwarded-For": f"{claim}, {ME}"}) for claim in CLAIMS),
    ([], "2a02:8106:1:100::{n}", {}),
    ([], "2a02:8106:1:1{n:02x}::1", {}),
    ([], "2A02:8106:0001:0100:0:0:0:{n}", {}),
    ([], "::ffff:81.2.69.7", {"X-Forwarded-For": "8.8.{n}.8"}),
    ([], "2a02:8106:1:100::{n}", {"X-Forwarded-For": "8.8.{n}.8"}),
    (["10.0.0.0/8"], PROXY, {"X-Forwarded-For": "2a02:8106:1:100::{n}"}),
    (["10.0.0.0/8"], PROXY, {"X-Forwarded-For": "8.8.{n}.8, 81.2.69.7:4{n}"}),
    (["10.0.0.0/8"], PROXY, {"X-Forwarded-For": "[2a02:8106:1:100::9]:4{n}"}),
    (["10.0.0.0/8"], PROXY, {"X-Forwarded-For": f"8.8.{{n}}.8, {ME}, 10.9.9.9"}),
    (["10.0.0.0/8"], PROXY, {"X-Forwarded-For": ME, "Forwarded": "for=8.8.{n}.8"}),
    (["10.0.0.7"], "::ffff:10.0.0.7", {"X-Forwarded-For": f"8.8.{{n}}.8, {ME}"}),
    (["2a01:4f8::/32"], "2a01:4f8::1", {"X-Forwarded-For": f"8.8.{{n}}.8, {ME}"}),
    (["10.0.0.0/8"], ME, {"X-Forwarded-For": "8.8.{n}.8"}),
    (["10.0.0.0/8"], ME, {"X-Forwarded-For": "8.8.{n}.8, 10.0.0.9"}),
]  # fmt: skip


def judged_under(settings, proxies, peer, headers) -> int:
    """How many of twelve tries of one visitor were looked at, each of them claiming to come from elsewhere."""
    RateBucket.objects.all().delete()
    settings.TRUSTED_PROXIES = [ipaddress.ip_network(each) for each in proxies]
    thief = Visitor(peer)
    with Ledger() as told:
        for n in range(1, 13):
            thief.at = peer.format(n=n)
            thief.insist(f"none-{n}00", f"{n}x", headers={key: claim.format(n=n) for key, claim in headers.items()})
    return told.judged


def test_no_claim_of_another_address_passes_the_limit(shop, settings):
    told = [judged_under(settings, *case) for case in CASES]

    assert len(CASES) == 60
    assert [case for case, judged in zip(CASES, told, strict=True) if judged != 10] == []


def test_a_claim_that_is_believed_would_be_seen(shop, settings):
    assert judged_under(settings, ["0.0.0.0/0"], ME, {"X-Forwarded-For": "8.8.{n}.8"}) == 12


def test_the_figures_leave_nothing_on_the_timeline(orders, clock):
    """A guess is no event in the life of an order."""
    storm_from_one(20, clock)

    assert not Entry.objects.filter(verb__startswith="access").exists()
    assert access.ALL == 2
