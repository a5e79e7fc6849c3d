"""Many tries at the same moment: a limit holds no less than for one after the other."""

from uuid import uuid4

import pytest
from django.test import Client

from notices.models import Letter
from portal.customer.limits import HOUR, claim
from portal.models import RateBucket
from returns import drafts, not_come
from returns.errors import NotNow, TooMany
from returns.models import Return
from tests import make
from tests.portal.parcel_states import order_in
from tests.portal.visitors import Ledger, address
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 24


def look_up(number: str, proof: str, at: str):
    return lambda: Client().post("/", {"number": number, "proof": proof}, REMOTE_ADDR=at).status_code


def test_no_more_than_ten_guesses_at_one_order_are_judged(shop):
    make.make_order(shop, number="A-7001", delivered=None)

    with Ledger() as ledger:
        told = at_once(*(look_up("A-7001", f"{n:05d}", address(n)) for n in range(MANY)))

    assert (told, ledger.judged) == ([422] * MANY, 10)


def test_no_more_than_ten_guesses_of_one_network_are_judged(shop):
    with Ledger() as ledger:
        told = at_once(*(look_up(f"X{n * 100}", f"{n}x", address(1)) for n in range(MANY)))

    assert ledger.judged + ledger.count("puzzle", "blocked") == MANY
    assert (ledger.judged <= 10, set(told) <= {422, 429}) == (True, True)


def test_what_was_found_at_once_counts_for_nobody(shop):
    make.make_order(shop, number="A-7001", delivered=None)

    told = at_once(*(look_up("A-7001", "10115", address(n)) for n in range(5)))

    failures = RateBucket.objects.exclude(key__regex="^(found|finds):").values_list("count", flat=True)
    assert (told, set(failures)) == ([302] * 5, {0})


def test_no_more_than_three_codes_leave(shop):
    make.make_order(shop, number="A-7001", delivered=None)
    browsers = [Client() for _ in range(MANY)]
    for browser in browsers:
        browser.post("/", {"number": "A-7001", "proof": "10115"})

    told = at_once(*(lambda one=browser: one.post("/o/a7001/code/").status_code for browser in browsers))

    assert (sorted(told), Letter.objects.count()) == ([200] * (MANY - 3) + [302] * 3, 3)


def test_no_more_passwords_are_tried_than_may_be(shop, django_user_model):
    wrong = {"username": "sam", "password": "not the one"}

    told = at_once(
        *(lambda: Client().post("/staff/sign-in/", wrong, REMOTE_ADDR=address(1)).status_code for _ in range(MANY))
    )

    assert sorted(told) == [422] * 10 + [429] * (MANY - 10)


def test_an_order_gets_no_more_drafts_than_it_may(shop):
    order = make.make_order(shop)
    keys = [uuid4() for _ in range(MANY)]

    told = at_once(*(lambda key=key: drafts.start(order, language="en", form_key=key, at_most=10) for key in keys))

    assert (Return.objects.count(), sum(isinstance(one, TooMany) for one in told)) == (10, MANY - 10)


@pytest.mark.parametrize("wish", ["money", "swap"])
def test_a_parcel_is_given_up_once(shop, wish):
    order = order_in(shop, "silent")
    order.lines.update(variant=make.make_variant(shop, "M", on_hand=MANY))
    parcel = order.shipments.get()
    units = {line: line.left for line in order.lines.all()}

    def give_up() -> Return:
        return not_come.give_up(parcel, units, wish=wish, by="customer", language="en", form_key=uuid4())

    told = at_once(*[give_up] * 8)

    assert [type(one) for one in told if not isinstance(one, Return)] == [NotNow] * 7
    assert (Return.objects.count(), order.lines.get().returning) == (1, 1)


def test_no_place_is_given_twice(db):
    told = at_once(*(lambda: claim("test", "x", ((5, HOUR),)) for _ in range(MANY)))

    assert sum(one is None for one in told) == 5
