"""C04: another delivery, where the carrier can, asked on that page and nowhere else, and done once."""

import re
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from carriers.base import DeliveryChoice, Drop
from customers.models import Entry
from portal.customer import access
from portal.templatetags.words import day
from shipments.actions import note_change, notice_late
from shipments.models import CarrierAccount, Shipment
from shipments.promise import customer_state
from tests import make
from tests.portal.parcel_states import STATES, links, order_in, parcel_in, text
from tests.portal.test_withdrawal_pages import open_at

pytestmark = pytest.mark.django_db

CHANGEABLE = {"handed", "on_way", "late", "customs", "missed"}


@pytest.fixture
def order(shop, box, ada):
    """On its way with the stand-in carrier, which knows it and has not loaded it."""
    order = make.make_order(shop, delivered=None)
    number = f"SBX{uuid4().hex[:8].upper()}"
    box.post("/_sandbox/parcels", {"number": number, "life": "on_time"})
    box.post(f"/_sandbox/parcels/{number}/move", {"to": "handed_in"})
    parcel_in(order, "on_way", tracking_number=number)
    open_at(ada, order, access.ALL)
    return order


def path_of(order) -> str:
    return f"/o/{order.number_key}/parcel/1/delivery/"


def offered(answer) -> list[str]:
    return re.findall(r'name="choice" value="([^"]+)"', answer.content.decode())


def form_of(answer, choice: str) -> dict[str, str]:
    return {"choice": choice, "key": re.search(r'name="key" value="([^"]+)"', answer.content.decode())[1]}


def test_the_carrier_is_asked_and_each_choice_has_its_day_and_its_price(order, ada):
    page = ada.get(path_of(order))

    html = page.content.decode()
    kinds = [choice.partition("-")[0] for choice in offered(page)]
    assert kinds == ["tag", "tag", "tag", "nachbar", "filiale", "ablageort"]
    assert (html.count("<h1"), html.count('class="button"'), "checked" in html) == (1, 1, False)
    first = date.fromisoformat(offered(page)[0].partition("-")[2])
    assert f'To my door on another day: {day(first)}</span><span class="choice-note">Free<' in html
    assert ("€0.90" in html, "Filiale 512, Lister Meile" in html, "You can choose until" in html) == (True,) * 3


def test_a_change_is_done_once_noted_once_and_stands_on_the_order_page(order, ada, box, sam):
    page = ada.get(path_of(order))
    form = form_of(page, offered(page)[0])

    answers = [ada.post(path_of(order), form) for _ in range(3)]

    chosen = date.fromisoformat(offered(page)[0].partition("-")[2])
    assert {answer["Location"] for answer in answers} == {f"/o/{order.number_key}/"}
    line = Entry.objects.get(verb="parcel.delivery_changed")
    assert (line.by, line.facts["kind"], line.facts["day"]) == ("customer", "day", str(chosen))
    shown = ada.get(f"/o/{order.number_key}/").content.decode()
    assert f"You chose another day. It comes on {day(chosen)}." in shown
    assert "The customer changed the delivery" in text(sam.get(f"/staff/orders/{order.number_key}/"))


def test_a_day_she_chose_is_not_late(order, ada, shop):
    Shipment.objects.update(promised_on=shop.today(), expected_on=shop.today())
    page = ada.get(path_of(order))
    ada.post(path_of(order), form_of(page, offered(page)[2]))

    parcel = Shipment.objects.select_related("shop").get()
    told = make.fresh(parcel)
    assert notice_late() == 0
    assert customer_state(parcel, timezone.now()) == "on_way"
    assert told.promised_on == told.expected_on == date.fromisoformat(offered(page)[2].partition("-")[2])
    assert told.next_look <= timezone.now()


def test_the_carrier_itself_tells_of_the_new_day(order, ada):
    from shipments.looking import Looker

    page = ada.get(path_of(order))
    chosen = offered(page)[1]
    ada.post(path_of(order), form_of(page, chosen))

    looker = Looker()
    looker.look(at_most=3)
    looker.close()

    assert str(Shipment.objects.get().expected_on) == chosen.partition("-")[2]


@pytest.mark.parametrize("choice", ["", "tag-2001-01-01", "x" * 5000, "\0"])
def test_what_is_not_offered_is_asked_again(order, ada, choice):
    page = ada.get(path_of(order))

    answer = ada.post(path_of(order), {**form_of(page, ""), "choice": choice})

    assert (answer.status_code, text(answer).count("Select how you want to get your parcel")) == (422, 2)
    assert Entry.objects.filter(verb="parcel.delivery_changed").count() == 0


def test_the_van_is_loaded_while_she_reads(order, ada, box):
    page = ada.get(path_of(order))
    box.post(f"/_sandbox/parcels/{Shipment.objects.get().tracking_number}/move", {"to": "out_for_delivery"})

    answer = ada.post(path_of(order), form_of(page, offered(page)[0]))

    assert "cannot change this delivery any more" in text(answer)
    assert Entry.objects.filter(verb="parcel.delivery_changed").count() == 0


def test_a_carrier_that_does_not_answer_says_so_and_the_order_page_never_asks(order, ada, monkeypatch):
    monkeypatch.setenv("SANDBOX_URL", "http://127.0.0.1:9")

    page, whole = ada.get(path_of(order)), ada.get(f"/o/{order.number_key}/")

    assert "Sandbox Parcel does not answer now. Try again in a few minutes." in text(page)
    assert (page.status_code, whole.status_code) == (200, 200)


def test_a_carrier_without_an_account_does_not_answer(order, ada):
    CarrierAccount.objects.all().delete()

    assert "does not answer now" in text(ada.get(path_of(order)))


def test_a_carrier_is_not_asked_without_end(order, ada, box):
    for _ in range(20):
        ada.get(path_of(order))

    assert "does not answer now" in text(ada.get(path_of(order)))


def test_a_carrier_that_lets_nobody_change_it_here_has_its_own_page(shop, ada):
    order = make.make_order(shop, delivered=None)
    parcel_in(order, "on_way", carrier="ups", tracking_number="1Z999AA10123456784")
    open_at(ada, order, access.ALL)

    page = ada.get(path_of(order))

    assert "UPS lets you change this on its own page only." in text(page)
    assert "ups.com" in page.content.decode()
    assert path_of(order) in links(ada.get(f"/o/{order.number_key}/"))


def test_a_carrier_without_a_page_offers_nothing(shop, ada):
    order = make.make_order(shop, delivered=None)
    parcel_in(order, "on_way", carrier="paper", tracking_number="X1")
    open_at(ada, order, access.ALL)

    assert path_of(order) not in links(ada.get(f"/o/{order.number_key}/"))


def test_at_level_one_a_code_is_asked_for(order, bob):
    open_at(bob, order, access.SEEN)

    answers = [bob.get(path_of(order)), bob.post(path_of(order), {"choice": "x", "key": str(uuid4())})]

    assert [answer["Location"] for answer in answers] == [f"/o/{order.number_key}/code/"] * 2


@pytest.mark.parametrize("state", [state for state in STATES if state not in CHANGEABLE])
def test_a_parcel_that_is_not_on_its_way_is_not_changed(shop, ada, state):
    order = order_in(shop, state)
    open_at(ada, order, access.ALL)

    assert ada.get(path_of(order))["Location"] == f"/o/{order.number_key}/"


@pytest.mark.parametrize("kind", list(Drop))
def test_each_kind_of_change_is_told_in_words(shop, ada, kind):
    order = order_in(shop, "on_way")
    choice = DeliveryChoice("1", kind, place="Paketstation 145", price=Decimal("1.50"), currency="EUR")
    open_at(ada, order, access.ALL)

    note_change(order.shipments.get(), choice, by="customer", key=uuid4())

    from portal.words import DROPPED

    shown = text(ada.get(f"/o/{order.number_key}/"))
    assert f"{DROPPED[kind]} Paketstation 145." in shown
    open_at(ada, order, access.SEEN)
    assert "Paketstation" not in text(ada.get(f"/o/{order.number_key}/"))


def test_a_price_is_in_the_smallest_unit_of_its_currency():
    from portal.customer.parcels import _minor

    sums = [("0.9", "EUR", 90), ("15000", "VND", 15000), ("1.5", "KWD", 1500), ("0", "EUR", 0)]

    made = [_minor(DeliveryChoice("1", Drop.DAY, price=Decimal(price), currency=code)) for price, code, _ in sums]

    assert made == [minor for _, _, minor in sums]


def test_a_later_change_takes_the_place_of_the_first(shop, ada):
    order = order_in(shop, "on_way")
    open_at(ada, order, access.ALL)
    for days in (2, 4):
        note_change(
            order.shipments.get(),
            DeliveryChoice("1", Drop.DAY, day=shop.today() + timedelta(days=days)),
            by="customer",
            key=uuid4(),
        )

    shown = ada.get(f"/o/{order.number_key}/").content.decode()

    assert shown.count("You chose another day.") == 1
    assert f"It comes on {day(shop.today() + timedelta(days=4))}." in shown
