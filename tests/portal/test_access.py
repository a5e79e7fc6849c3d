"""What a visitor sees follows the strength of what she has proved; every miss looks the same."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from carriers.base import Status
from notices import outbox
from notices.models import Letter
from portal.customer import access, limits
from portal.middleware import client_address
from portal.models import AccessToken, RateBucket
from returns import money
from tests import make
from tests.portal.routes import every_route
from tests.portal.visitors import Visitor, address

pytestmark = pytest.mark.django_db

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')
ADDRESS = {
    "name": "Canaryname Nobody",
    "street": "Canarystreet 7",
    "street2": "Canarydoor",
    "postcode": "90210",
    "city": "Canarycity",
    "region": "Canaryregion",
    "country": "DE",
}
# Each stands in one field of the order, and is like nothing else on a page.
PERSONAL = {
    "name": "Canaryname",
    "street": "Canarystreet",
    "second line": "Canarydoor",
    "postcode": "90210",
    "city": "Canarycity",
    "email": "canarymail",
    "phone": "555 0199",
    "place": "Canaryplace",
    "carrier's words": "Canaryscan",
    "tracking number": "CANARYTRACK",
    "payment": "pi_canary",
    "sum": "71.37",
    "delivery cost": "4.93",
    "bank reference": "CANARYBANK",
}


@pytest.fixture
def order(shop):
    """An order with a canary in every field that level 1 must not see."""
    order = make.make_order(
        shop, lines=[(2, 14274)], email="canarymail@example.com", address=ADDRESS, delivery_paid=493, delivered=None
    )
    type(order.customer).objects.update(name="Canaryname Nobody", phone="+49 555 0199")
    order.payments.update(reference="pi_canary")
    parcel = make.make_shipment(order, tracking_number="CANARYTRACK1")
    make.scan(parcel, Status.IN_TRANSIT, at=timezone.now(), text="Canaryscan")
    parcel.events.update(place="Canaryplace")
    return order


def open_(browser, order, proof: str = "90210", **more):
    return browser.post("/", {"number": order.number, "proof": proof}, **more)


def strong(browser: Client, order) -> None:
    """Opened by the link of a real letter."""
    browser.get(letter_link(order))


def letter_link(order) -> str:
    letter = outbox.write(
        order.customer, "parcel.late", {"order": order, "promised": None, "expected": None}, language="en"
    )
    return access.words_for(letter)["link"].removeprefix("http://127.0.0.1:8000")


# Three misses that are one


def miss(number: str, proof: str, **more):
    """A fresh browser's try: what came back, and how many queries it took."""
    browser = Client()
    browser.get("/")
    with CaptureQueriesContext(connection) as queries:
        response = browser.post("/", {"number": number, "proof": proof}, REMOTE_ADDR=more.get("address", "203.0.113.1"))
    return response, len(queries)


def seen(response) -> tuple:
    headers = {name: value for name, value in response.headers.items() if name not in {"Set-Cookie", "Content-Length"}}
    return response.status_code, TOKEN.sub(b"", response.content), headers, sorted(response.cookies)


def test_an_unknown_order_a_wrong_pair_and_a_throttled_right_pair_are_one_answer(order):
    number, unknown = order.number, "X" + order.number[1:]
    for n in range(10):
        miss(number, "99999", address=f"198.51.100.{n}")

    answers = [
        miss(unknown, "90210"),
        miss(number, "00000", address="203.0.113.2"),
        miss(number, "90210", address="203.0.113.3"),
        miss(number, "canarymail@example.com", address="203.0.113.4"),
    ]

    pages = [re.sub(rb'value="[^"]*"', b"", seen(response)[1]) for response, _ in answers]
    assert pages == [pages[0]] * 4
    assert [(seen(response)[0], seen(response)[2:]) for response, _ in answers] == [
        (422, seen(answers[0][0])[2:]),
    ] * 4
    assert [queries for _, queries in answers] == [answers[0][1]] * 4


def test_the_same_words_typed_give_the_same_bytes(shop, order):
    """Only one thing differs between the two tries: whether the order is there."""
    before, _ = miss("ZZ-1", "12345")
    make.make_order(shop, number="ZZ-1", address={**ADDRESS, "postcode": "54321"})

    after, _ = miss("ZZ-1", "12345")

    assert seen(after)[:3] == seen(before)[:3]


def test_a_right_pair_opens_the_order_by_postcode_or_email_however_typed(order):
    proofs = ["90210", " 902 10 ", "CANARYMAIL@example.com", "canarymail@EXAMPLE.com "]

    told = [open_(Client(), order, proof) for proof in proofs]

    assert [(response.status_code, response["Location"]) for response in told] == [(302, f"/o/{order.number_key}/")] * 4


def test_an_order_without_a_postcode_is_not_opened_by_an_empty_one(shop):
    order = make.make_order(shop, address={**ADDRESS, "postcode": ""})

    told = [open_(Client(), order, proof).status_code for proof in ["-", "–", " - ", "nobody@nowhere.invalid"]]

    assert told == [422] * 4


# Level 1 and level 2


def pages_of(browser: Client, order, ret) -> dict[str, str]:
    """Every customer page about this order that answers with a page."""
    browser.raise_request_exception = False
    pages = {}
    for route in every_route():
        if route.name.startswith("customer:"):
            number = order.number_key if route.pattern.startswith("o/") else ret.number
            path = route.path(number=number, position=1, photo=1, offer=1, note=1, file=1, secret="x", name="x")
            response = browser.get(path)
            if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
                pages[route.name] = response.content.decode()
    return pages


def leaks(page: str, but: tuple[str, ...] = ()) -> list[str]:
    return [what for what, word in PERSONAL.items() if word in page and what not in but]


def refunded(order):
    ret = make.make_return(order, state="settling")
    (refund,) = money.propose(ret)
    type(refund).objects.update(state="succeeded", settled_at=timezone.now(), bank_reference="CANARYBANK", counted=True)
    return ret


def test_level_one_sees_the_answer_and_nothing_personal(ada, order):
    ret = refunded(order)
    open_(ada, order)

    pages = pages_of(ada, order, ret)

    # The page about the money names its sum: she asks for it, and it opens nothing.
    found = {name: leaks(page, but=("sum",) if name == "customer:money" else ()) for name, page in pages.items()}
    assert {name: what for name, what in found.items() if what} == {}
    assert {"customer:order", "customer:return", "customer:money", "customer:code"} <= set(pages)
    assert "Linen shirt" in pages["customer:order"]


def test_level_two_sees_what_level_one_does_not(ada, order):
    ret = refunded(order)
    strong(ada, order)

    pages = pages_of(ada, order, ret)

    shown = {what for page in pages.values() for what in leaks(page)}
    assert shown >= {"name", "street", "second line", "postcode", "city", "place", "carrier's words", "tracking number"}
    assert shown >= {"sum", "delivery cost", "bank reference"}


def test_the_label_is_for_level_two(ada, order, box):
    make.make_payment_outside(box, order)
    ret = make.make_return(order, state="approved")
    from returns import parcels

    parcels.buy_labels()
    path = f"/returns/{ret.number}/label.pdf"
    open_(ada, order)

    weak = ada.get(path)
    strong(ada, order)
    told = ada.get(path)

    assert (weak.status_code, weak["Location"]) == (302, f"/o/{order.number_key}/code/")
    assert (told.status_code, told["Content-Type"].partition(";")[0]) in [(200, "application/pdf"), (200, "text/html")]


def test_bob_finds_nothing_of_adas(order, shop, bob):
    ret = make.make_return(order)
    draft = make.make_return(order, state="draft")
    his = make.make_order(shop, email="bob@example.com", address={**ADDRESS, "postcode": "20095"})
    open_(bob, his, "20095")
    strong(bob, his)
    bob.raise_request_exception = False

    told = {}
    for route in every_route():
        if route.name.startswith("customer:") and "<" in route.pattern and "secret" not in route.pattern:
            for case in (ret, draft):
                number = order.number_key if route.pattern.startswith("o/") else case.number
                path = route.path(number=number, position=1, photo=1, offer=1, note=1, file=1, name="x")
                for response in (bob.get(path), bob.post(path)):
                    told.setdefault(route.name, set()).add((response.status_code, response.headers.get("Location", "")))

    door = {(302, f"/?order={order.number_key}{to}") for to in ("", "&to=money", "&to=return")}
    assert {name for name, answers in told.items() if answers - {(404, ""), (405, ""), *door}} == set()
    assert len(told) > 15
    assert bob.get(f"/o/{his.number_key}/").status_code == 200
    assert list(order.returns.values_list("state", flat=True).order_by("pk")) == [ret.state, "draft"]


def test_who_knows_number_and_postcode_sees_no_draft_of_another_browser(order, ada, bob):
    open_(ada, order)
    open_(bob, order)
    started = ada.post(f"/o/{order.number_key}/return/")
    path = started["Location"]

    assert ada.get(path).status_code == 200
    assert bob.get(path).status_code == 404


def test_a_size_that_sells_out_while_she_looks_leads_on_and_not_in_circles(shop, ada, order):
    medium = make.make_variant(shop, "M")
    large = make.make_variant(shop, "L", size="L", on_hand=1)
    order.lines.update(variant=medium, quantity=1)
    open_(ada, order)
    case = ada.post(f"/o/{order.number_key}/return/")["Location"].rpartition("problem/")[0]
    page = ada.post(f"{case}problem/1/", {"reason": "wrong_size"}, follow=True)
    assert page.redirect_chain[-1][0] == f"{case}size/1/"
    type(large).objects.update(on_hand=0)

    page = ada.get(f"{case}size/1/", follow=True)

    assert page.redirect_chain[-1][0] == f"{case}way/"
    assert order.returns.get().lines.get().wish == "money"


# The code


def ask_code(browser, order) -> str:
    mail.outbox.clear()
    browser.post(f"/o/{order.number_key}/code/")
    Letter.objects.update(send_after=timezone.now())
    outbox.send_next_letters(access.words_for)
    return re.search(r"\d{4} \d{4}", mail.outbox[-1].body)[0] if mail.outbox else ""


def enter(browser, order, code: str) -> int:
    return browser.post(f"/o/{order.number_key}/code/enter/", {"code": code}).status_code


@pytest.fixture
def weak(ada, order):
    open_(ada, order)
    return ada


def test_a_code_of_eight_digits_opens_everything_once(weak, order, bob):
    code = ask_code(weak, order)

    assert re.fullmatch(r"\d{4} \d{4}", code)
    assert mail.outbox[-1].to == ["canarymail@example.com"]
    assert enter(weak, order, code.replace(" ", "")) == 302
    assert "Canarystreet" in weak.get(f"/o/{order.number_key}/").content.decode()
    open_(bob, order)
    assert enter(bob, order, code) == 422
    assert enter(weak, order, code) == 422


def test_a_code_works_only_in_the_browser_that_asked(weak, order, bob):
    open_(bob, order)
    code = ask_code(weak, order)

    assert enter(bob, order, code) == 422
    assert enter(weak, order, code) == 302


def test_after_five_wrong_codes_the_right_one_is_of_no_use(weak, order):
    code = ask_code(weak, order)
    wrong = f"{(int(code.replace(' ', '')) + 1) % 10**8:08d}"

    told = [enter(weak, order, wrong) for _ in range(5)]

    assert told == [422] * 5
    assert enter(weak, order, code) == 422


def test_four_wrong_codes_are_forgiven(weak, order):
    code = ask_code(weak, order)
    for _ in range(4):
        enter(weak, order, "00000000" if code != "0000 0000" else "00000001")

    assert enter(weak, order, code) == 302


@pytest.mark.parametrize(("seconds", "status"), [(599, 302), (601, 422)])
def test_a_code_lives_for_ten_minutes(order, seconds, status):
    with time_machine.travel(datetime(2026, 11, 22, 12, tzinfo=UTC), tick=False) as clock:
        browser = Client()
        open_(browser, order)
        code = ask_code(browser, order)

        clock.shift(timedelta(seconds=seconds))

        assert enter(browser, order, code) == status


def test_a_new_code_ends_the_old_one(weak, order):
    old, new = ask_code(weak, order), ask_code(weak, order)

    assert old != new
    assert enter(weak, order, old) == 422
    assert enter(weak, order, new) == 302


def test_nobody_is_buried_under_codes(weak, order):
    codes = [ask_code(weak, order) for _ in range(5)]

    assert [bool(code) for code in codes] == [True, True, True, False, False]
    assert Letter.objects.count() == 3
    assert enter(weak, order, codes[2]) == 302


def test_a_code_cannot_be_asked_for_without_having_found_the_order(order, bob):
    assert bob.post(f"/o/{order.number_key}/code/").status_code == 404
    assert Letter.objects.count() == 0


# The letter's link


def test_a_letters_link_opens_everything_many_times_and_stands_in_no_later_address(order):
    link = letter_link(order)

    browsers = [Client(), Client()]
    told = [browser.get(link) for browser in (*browsers, browsers[0])]

    assert [(response.status_code, response["Location"], response["Referrer-Policy"]) for response in told] == [
        (303, f"/o/{order.number_key}/", "no-referrer")
    ] * 3
    secret = link.split("/")[2]
    page = browsers[1].get(f"/o/{order.number_key}/").content.decode()
    assert ("Canarystreet" in page, secret in page) == (True, False)


@pytest.mark.parametrize(("days", "status"), [(29, 303), (31, 410)])
def test_a_letters_link_lives_for_thirty_days(order, days, status):
    with time_machine.travel(datetime(2026, 11, 22, 12, tzinfo=UTC), tick=False) as clock:
        link = letter_link(order)

        clock.shift(timedelta(days=days))

        assert Client().get(link).status_code == status


def test_a_wrong_link_says_it_has_ended_and_opens_nothing(order, bob):
    link = letter_link(order)

    response = bob.get(link[:-2] + "x/")

    assert response.status_code == 410
    assert bob.get(f"/o/{order.number_key}/").status_code == 302
    assert [token.digest in link for token in AccessToken.objects.all()] == [False]


def test_a_stronger_proof_changes_the_sessions_name(ada, order):
    open_(ada, order)
    first = ada.cookies["session"].value

    strong(ada, order)

    assert ada.cookies["session"].value != first


# How long


def status_after(order, *steps: tuple[str, timedelta]) -> list[int]:
    """Opens by a letter's link, then after each pause looks ("look"), proves the weak pair ("pair"), or asks a page."""
    told = []
    with time_machine.travel(datetime(2026, 11, 22, 0, 0, tzinfo=UTC), tick=False) as clock:
        browser = Client()
        strong(browser, order)
        for what, pause in steps:
            clock.shift(pause)
            if what == "pair":
                open_(browser, order)
            page = browser.get(f"/o/{order.number_key}/" if what in {"look", "pair"} else what)
            told.append(2 if b"Canarystreet" in page.content else 1 if page.status_code == 200 else 0)
    return told


MINUTE = timedelta(minutes=1)


def test_half_an_hour_without_a_visit_ends_it(order):
    assert status_after(order, ("look", 29 * MINUTE), ("look", 29 * MINUTE), ("look", 31 * MINUTE)) == [2, 2, 0]


def test_a_day_ends_it_whatever_she_does(order):
    steps = [("look", 29 * MINUTE)] * 51

    assert status_after(order, *steps) == [2] * 49 + [0] * 2


def test_the_weak_pair_does_not_prolong_what_the_strong_one_opened(order):
    steps = [("pair", 29 * MINUTE)] * 51

    assert status_after(order, *steps) == [2] * 49 + [1] * 2


def test_every_page_of_the_order_counts_as_a_visit(order):
    ret = make.make_return(order)

    told = status_after(order, (f"/returns/{ret.number}/cancel/", 20 * MINUTE), ("look", 20 * MINUTE))

    assert told == [1, 2]


# Limits


def fail(at: str, times: int) -> list[str]:
    """Misses of fresh browsers: numbers and contacts that nobody has, never two side by side."""
    return [Visitor(at).insist(f"none-{n * 100}", f"{n}x") for n in range(times)]


def test_ten_failures_of_one_network_show_the_wait_page_and_another_network_is_served(order):
    told = fail(address(1), 11)

    assert told == ["missed"] * 10 + ["blocked"]
    assert Visitor(address(1)).insist(order.number, "90210") == "blocked"
    assert Visitor(address(2)).insist(order.number, "90210") == "found"


def test_success_is_not_counted(order):
    told = [miss(order.number, "90210")[0].status_code for _ in range(30)]

    assert told == [302] * 30
    counted = RateBucket.objects.filter(count__gt=0).values_list("key", flat=True)
    assert {key.partition(":")[0] for key in counted} == {"found"}


def test_a_letters_link_still_opens_an_order_whose_pair_is_closed(order):
    for n in range(12):
        miss(order.number, "99999", address=f"198.51.100.{n}")
    assert miss(order.number, "90210", address="203.0.113.9")[0].status_code == 422

    browser = Client()
    strong(browser, order)

    assert browser.get(f"/o/{order.number_key}/").status_code == 200


def test_spellings_of_a_number_are_one_bucket_whether_or_not_there_is_such_an_order(order):
    buckets = []
    for number in (order.number, "X" + order.number[1:]):
        RateBucket.objects.all().delete()
        for spelling in (number, number.lower(), number.replace("-", " "), f" #{number}"):
            miss(spelling, "99999")
        buckets.append(RateBucket.objects.filter(key__startswith="order:").count())

    assert buckets == [1, 1]


def test_buckets_hold_no_address_and_no_name(order):
    miss(order.number, "canarymail@example.org", address="203.0.113.77")

    kept = " ".join(RateBucket.objects.values_list("key", flat=True))
    kinds = [key.partition(":")[0] for key in RateBucket.objects.values_list("key", flat=True)]
    assert sorted(kinds) == ["contact", "network", "network", "network", "order", "site", "tried", "wider", "wider"]
    assert [word for word in ("203.0.113", "canarymail", order.number, order.number_key) if word in kept] == []


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("203.0.113.1", "203.0.113.2", False),
        ("203.0.113.1", "::ffff:203.0.113.1", True),
        ("::ffff:203.0.113.1", "::ffff:203.0.113.2", False),
        ("2001:db8:1:100::1", "2001:db8:1:1ff::9", True),
        ("2001:db8:1:100::1", "2001:db8:1:200::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
    ],
)
def test_a_network_is_an_address_or_a_household(first, second, same):
    assert (limits.network(first) == limits.network(second)) == same


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "client"),
    [
        ([], "203.0.113.1", "198.51.100.1", "203.0.113.1"),
        (["10.0.0.0/8"], "203.0.113.1", "198.51.100.1", "203.0.113.1"),
        (["10.0.0.0/8"], "10.1.2.3", "198.51.100.1", "198.51.100.1"),
        (["10.0.0.0/8"], "10.1.2.3", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        (["10.0.0.0/8"], "10.1.2.3", "1.1.1.1, 198.51.100.1, 10.9.9.9", "198.51.100.1"),
        (["10.0.0.0/8"], "10.1.2.3", "", "10.1.2.3"),
        (["10.0.0.0/8"], "10.1.2.3", "10.0.0.1, 10.0.0.2", "10.0.0.1"),
        (["10.0.0.7"], "::ffff:10.0.0.7", "198.51.100.1", "198.51.100.1"),
        (["2001:db8::/32"], "2001:db8::1", "198.51.100.1", "198.51.100.1"),
        (["10.0.0.0/8"], "10.1.2.3", "not an address", "not an address"),
    ],
)
def test_a_visitors_own_words_about_her_address_are_not_believed(rf, settings, proxies, peer, forwarded, client):
    import ipaddress

    settings.TRUSTED_PROXIES = [ipaddress.ip_network(each) for each in proxies]

    told = client_address(rf.get("/", REMOTE_ADDR=peer, headers={"X-Forwarded-For": forwarded}))

    assert told == client


# The rest of the door


def test_the_shops_own_form_shows_what_was_typed_and_looks_nothing_up(order):
    browser = Client(enforce_csrf_checks=True)

    with CaptureQueriesContext(connection) as queries:
        page = browser.post("/from-shop/", {"number": order.number, "proof": '"><script>90210'})

    assert page.status_code == 200
    assert order.number in page.content.decode()
    assert b"<script>90210" not in page.content
    assert [row["sql"] for row in queries if "orders_order" in row["sql"]] == []


@pytest.mark.parametrize(
    "next_", ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil", "javascript:1"]
)
def test_choosing_a_language_never_leads_away(ada, shop, next_):
    assert ada.post("/language/", {"language": "de", "next": next_})["Location"] == "/"
    assert ada.post("/language/", {"language": "de", "next": "/contact/"})["Location"] == "/contact/"


def test_an_address_made_by_somebody_else_is_only_ever_a_number(bob, shop):
    response = bob.get("/o/a%26x=1%23y/")

    assert response["Location"] == "/?order=a%26x%3D1%23y"


def test_odd_words_break_nothing(order, ada):
    open_(ada, order)
    ada.raise_request_exception = False

    told = [
        ada.get("/o/%00/").status_code,
        ada.get("/?order=%00%ff").status_code,
        ada.post("/", {"number": "\0", "proof": "\0"}).status_code,
        ada.post("/", {"number": "💥" * 64, "proof": "\u202e" * 200}).status_code,
        ada.post("/", {"number": "ﷺ" * 64, "proof": "x"}).status_code,
        ada.get("/o/" + "9" * 2000 + "/").status_code,
        ada.post(f"/o/{order.number_key}/code/enter/", {"code": "١٢٣٤٥٦٧٨"}).status_code,
    ]

    assert told == [302, 200, 422, 422, 422, 302, 422]


def test_a_return_is_cancelled_only_by_who_may_change_it(order, ada, bob):
    """Number and postcode are on the parcel: they do not cancel what somebody else has sent."""
    open_(bob, order)
    ret = make.make_return(order)

    bob.post(f"/returns/{ret.number}/cancel/")
    weak = make.fresh(ret).state
    strong(ada, order)
    ada.post(f"/returns/{ret.number}/cancel/")

    assert (weak, make.fresh(ret).state) == ("approved", "cancelled")


# What the answer says beside the state


@pytest.mark.parametrize(
    ("status", "sub_status", "says", "act"),
    [
        ("in_transit", "customs_duties_due", "Customs asks for a payment.", True),
        ("in_transit", "customs_hold", "You do not have to do anything.", False),
        ("exception", "incorrect_address", "The address is not complete.", True),
        ("exception", "delayed_weather", "Bad weather holds it up.", False),
        ("attempted", "recipient_absent", "Nobody was at home.", False),
        ("available_for_pickup", "to_locker", "It is in a parcel locker.", False),
        ("delivered", "to_neighbour", "It was given to a neighbour.", False),
        ("delivered", "", "We hope it is just right.", False),
    ],
)
def test_the_page_says_why_and_what_to_do(ada, shop, status, sub_status, says, act):
    order = make.make_order(shop, email="ada@example.com", delivered=None)
    parcel = make.make_shipment(order)
    make.scan(parcel, status, at=timezone.now(), sub_status=sub_status)
    open_(ada, order, "10115")

    page = ada.get(f"/o/{order.number_key}/").content.decode()

    assert says in page
    assert ('<a class="button" href="/contact/">' in page) is act
    assert not (act and "You do not have to do anything." in page)
