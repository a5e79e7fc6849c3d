"""Who may: every staff address against everybody, by a table that must name each of them."""

import pytest
from django.test import Client

from customers.models import Entry
from returns import money
from returns.models import Credit, Refund, Withdrawal
from tests import make
from tests.portal.routes import ANY_UUID, every_route

pytestmark = pytest.mark.django_db

STAFF = [route for route in every_route() if route.name.startswith("staff:")]
# What staff get: (GET, POST). Everybody else gets the door, or nothing.
TABLE = {
    "staff:queue": (200, 405),
    "staff:done": (200, 405),
    "staff:search": (200, 405),
    "staff:order": (200, 405),
    "staff:return": (200, 405),
    "staff:return-approve": (405, 302),
    "staff:return-reject": (405, 422),
    "staff:return-receive": (405, 302),
    "staff:return-accept": (405, 302),
    "staff:return-prepare": (405, 302),
    "staff:return-ship": (405, 422),
    "staff:return-label": (405, 302),
    "staff:return-paper": (404, 405),
    "staff:return-file": (200, 405),
    "staff:return-credit-note": (404, 405),
    "staff:return-cancel": (405, 302),
    "staff:return-ask": (405, 302),
    "staff:assist": (405, 302),
    "staff:order-came": (405, 302),
    "staff:assist-end": (405, 302),
    "staff:return-never-sent": (405, 302),
    "staff:return-reopen": (405, 302),
    "staff:return-box": (405, 302),
    "staff:return-goodwill": (405, 302),
    "staff:return-money-instead": (405, 404),
    "staff:return-grade": (405, 302),
    "staff:return-picture": (405, 302),
    "staff:return-offer": (405, 404),
    "staff:return-send-back": (405, 404),
    "staff:return-resolve": (405, 404),
    "staff:return-miss": (405, 302),
    "staff:return-lose": (405, 302),
    "staff:return-reverse": (405, 404),
    "staff:return-proof": (404, 405),
    "staff:return-query-proof": (405, 404),
    "staff:refund-send": (405, 409),
    "staff:refund-looked": (405, 302),
    "staff:refund-stop": (405, 302),
    "staff:refund-ask": (405, 302),
    "staff:photo": (404, 405),
    "staff:carriers": (200, 405),
    "staff:carrier-check": (405, 302),
    "staff:parcel-carrier": (405, 302),
    "staff:withdrawals": (200, 405),
    "staff:withdrawal": (200, 405),
    "staff:withdrawal-join": (405, 302),
    "staff:withdrawal-close": (405, 422),
    "staff:withdrawal-send": (405, 302),
    "staff:goods-in": (200, 302),
    "staff:goods-in-worker": (200, 405),
    "staff:goods-in-shell": (200, 405),
    "staff:goods-in-events": (200, 400),
    "staff:goods-in-order": (200, 302),
    "staff:goods-in-case": (200, 302),
    "staff:unexpected": (200, 405),
    "staff:unexpected-join": (405, 404),
    "staff:unexpected-settle": (405, 404),
    "staff:unexpected-photo": (404, 405),
    "staff:books": (200, 405),
    "staff:books-days": (200, 405),
    "staff:books-leaks": (200, 405),
    "staff:credit": (200, 405),
    "staff:credit-spend": (405, 422),
    "staff:credit-correct": (405, 422),
    "staff:return-credit-back": (405, 302),
    "staff:transfers": (200, 405),
    "staff:transfers-make": (405, 302),
    "staff:transfers-file": (404, 405),
    "staff:transfers-download": (405, 404),
    "staff:transfers-codes": (405, 404),
    "staff:transfers-confirm": (405, 404),
    "staff:transfers-refuse": (405, 404),
    "staff:return-ask-account": (405, 302),
    "staff:policy": (200, 405),
    "staff:policy-cell": (404, 404),
    "staff:policy-numbers": (404, 404),
    "staff:policy-publish": (404, 404),
    "staff:policy-rule-out": (404, 404),
    "staff:brand": (404, 404),
    "staff:brand-look": (404, 404),
    "staff:brand-look-css": (404, 404),
    "staff:style": (200, 405),
    "staff:letters": (302, 405),
    "staff:letters-one": (200, 405),
    "staff:letters-mail": (200, 405),
}
OTHERS = {
    "line": 0,
    "offer": 1,
    "receipt": 0,
    "proof": 1,
    "note": 1,
    "file": 1,
    "group": "normal",
    "reason": "damaged",
    "rule": "OWN-1",
    "code": "AAAA-AAAA-AAAA",
    "kind": "return.created",
}
OTHERS |= {"key": ANY_UUID}
OPEN = {"staff:sign-in", "staff:sign-out", "staff:link"}


@pytest.fixture
def refund(shop):
    make.make_withdrawal(shop)
    ret = make.make_return(make.make_order(shop), state="settling")
    Credit.objects.create(shop=shop, customer=ret.order.customer, currency="EUR", code="AAAA-AAAA-AAAA")
    return money.propose(ret)[0]


def path_of(route, refund: Refund) -> str:
    ret = refund.ret
    number = ret.order.number_key if "orders/" in route.pattern else ret.number
    if "withdrawals/" in route.pattern:
        number = Withdrawal.objects.get(opened_at=None).number
    return route.path(number=number, uuid=refund.uuid, photo=1, secret="x", carrier="sandbox", position=1, **OTHERS)


def test_the_table_names_every_staff_address():
    assert {route.name for route in STAFF} == set(TABLE) | OPEN


@pytest.mark.parametrize("name", TABLE)
def test_only_staff_come_in(shop, refund, ada, sam, django_user_model, name):
    clerk = django_user_model.objects.create_user("customer-account", password="x", is_staff=False)
    no_staff, stranger = Client(), Client()
    no_staff.force_login(clerk)
    ada.post("/", {"number": refund.ret.order.number, "proof": "10115"})
    path = path_of(next(route for route in STAFF if route.name == name), refund)
    before = Entry.objects.count(), make.fresh(refund).state, make.fresh(refund.ret).state

    told = {
        who: (browser.get(path).status_code, browser.post(path).status_code)
        for who, browser in [("stranger", stranger), ("ada", ada), ("no staff", no_staff)]
    }
    moved = (Entry.objects.count(), make.fresh(refund).state, make.fresh(refund.ret).state) != before
    staff = (sam.get(path).status_code, sam.post(path).status_code)

    assert told == {"stranger": (302, 302), "ada": (302, 302), "no staff": (404, 404)}
    assert not moved
    assert staff == TABLE[name]
    assert stranger.get(path)["Location"].startswith("/staff/sign-in/?next=")


@pytest.mark.parametrize("name", [name for name, (_, post) in TABLE.items() if post != 405])
def test_no_verb_without_its_token(shop, refund, django_user_model, name):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(django_user_model.objects.create_user("sam2", is_staff=True))
    before = Entry.objects.count()

    response = browser.post(path_of(next(route for route in STAFF if route.name == name), refund))

    assert response.status_code == 403
    assert (Entry.objects.count(), make.fresh(refund).state) == (before, "proposed")


def test_a_draft_and_another_shops_case_are_not_found(shop, sam):
    draft = make.make_return(make.make_order(shop), state="draft")
    other = make.make_return(make.make_order(make.make_shop(domain="other.example")))
    ours = make.make_return(make.make_order(shop))

    told = [sam.get(f"/staff/returns/{ret.number}/").status_code for ret in (draft, other, ours)]

    assert told == [404, 404, 200]
    assert sam.get(f"/staff/orders/{other.order.number_key}/").status_code == 404


def test_odd_words_in_an_address_are_not_found_and_break_nothing(shop, sam):
    order = make.make_order(shop)

    told = [
        sam.get(f"/staff/orders/{order.number_key}%00/").status_code,
        sam.get("/staff/orders/%00/").status_code,
        sam.get("/staff/search/", {"q": "a\0b"}).status_code,
        sam.get("/pictures/%00.webp").status_code,
        sam.get("/staff/search/", {"q": "%" * 500}).status_code,
        sam.get("/staff/?page=9999&show=%00").status_code,
        sam.post(f"/staff/returns/{make.make_return(order).number}/receive/", {"quantity-1": "9" * 5000}).status_code,
    ]

    assert told == [200, 404, 200, 404, 200, 200, 302]


# Signing in


def test_a_link_signs_in_once_and_a_look_at_it_does_not_use_it_up(shop, django_user_model):
    from portal.customer import access

    user = django_user_model.objects.create_user("sam", is_staff=True)
    link = access.staff_link(user).removeprefix("http://127.0.0.1:8000")
    first, second = Client(), Client()

    looks = [first.get(link).status_code for _ in range(3)]
    used = [first.post(link), second.post(link), second.get(link)]

    assert looks == [200, 200, 200]
    assert [response.status_code for response in used] == [302, 410, 410]
    assert first.get("/staff/").status_code == 200
    assert second.get("/staff/").status_code == 302


def test_a_link_ends_after_ten_minutes(shop, django_user_model):
    from portal.customer import access

    link = access.staff_link(django_user_model.objects.create_user("sam", is_staff=True), minutes=0)

    assert Client().post(link.removeprefix("http://127.0.0.1:8000")).status_code == 410


def test_ten_wrong_passwords_close_the_door_for_this_network_only(shop, django_user_model):
    django_user_model.objects.create_user("sam", password="a long enough password", is_staff=True)
    right = {"username": "sam", "password": "a long enough password"}
    wrong = {**right, "password": "wrong"}

    told = [Client().post("/staff/sign-in/", wrong, REMOTE_ADDR="203.0.113.5").status_code for _ in range(11)]

    assert told == [422] * 10 + [429]
    assert Client().post("/staff/sign-in/", right, REMOTE_ADDR="203.0.113.5").status_code == 429
    assert Client().post("/staff/sign-in/", right, REMOTE_ADDR="203.0.113.6").status_code == 302


@pytest.mark.parametrize("next_", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_away(shop, django_user_model, next_):
    django_user_model.objects.create_user("sam", password="a long enough password", is_staff=True)

    response = Client().post(
        "/staff/sign-in/", {"username": "sam", "password": "a long enough password", "next": next_}
    )

    assert (response.status_code, response["Location"]) == (302, "/staff/")
