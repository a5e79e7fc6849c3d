"""R08: one question, and the places nearby with what is open now; the carrier is asked by us, within measure."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from carriers.base import Near
from portal.customer import access
from portal.customer.places import ASKED, near_of
from portal.models import RateBucket
from returns import parcels
from shipments.models import CarrierAccount, Shipment
from tests import make
from tests.portal.parcel_states import text
from tests.portal.test_withdrawal_pages import open_at

pytestmark = pytest.mark.django_db
MONDAY_NOON = datetime(2026, 11, 23, 11, 30, tzinfo=UTC)  # half past twelve in Berlin


@pytest.fixture
def ret(shop, box):
    """It waits to be handed in."""
    ret = make.make_return(make.make_order(shop), state="approved")
    parcels.buy_labels()
    return make.fresh(ret)


def path_of(ret) -> str:
    return f"/returns/{ret.number}/places/"


def typed(answer) -> str | None:
    found = re.search(r'name="near"[^>]*?value="([^"]*)"', answer.content.decode())
    return found and found[1]


def items(answer) -> list[str]:
    rows = re.findall(r'<li class="item">(.*?)</li>', answer.content.decode(), re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).replace("\xa0", " ").split()) for row in rows]


def used() -> int:
    return CarrierAccount.objects.get().calls


# --- who may ------------------------------------------------------------------------------------------------------


def test_a_stranger_finds_nothing_and_asks_nobody(ret, bob):
    before = used()

    assert bob.get(path_of(ret) + "?near=30161").status_code == 404
    assert used() == before


def test_at_level_one_the_box_is_empty_and_her_postcode_stands_nowhere(ret, ada):
    open_at(ada, ret.order, access.SEEN)

    page = ada.get(path_of(ret))

    assert (page.status_code, typed(page)) == (200, None)
    assert ret.order.address["postcode"] not in page.content.decode()
    assert "Find a place near you" in text(ada.get(f"/returns/{ret.number}/"))


def test_at_level_two_her_postcode_is_filled_in_and_nobody_is_asked_yet(ret, ada):
    open_at(ada, ret.order, access.ALL)
    before = used()

    page = ada.get(path_of(ret))

    html = page.content.decode()
    assert (typed(page), used()) == (ret.order.address["postcode"], before)
    assert (html.count("<h1"), html.count('class="button"'), html.count('class="back"')) == (1, 1, 1)
    assert set(page["Cache-Control"].split(", ")) >= {"no-store", "private"}


def test_it_is_a_question_and_changes_nothing(ret, ada):
    open_at(ada, ret.order, access.ALL)

    assert ada.post(path_of(ret), {"near": "30161"}).status_code == 405


# --- what it says -------------------------------------------------------------------------------------------------


def test_places_stand_in_words_those_open_now_first(ret, ada):
    with time_machine.travel(MONDAY_NOON, tick=False):
        ret.send_by = ret.shop.today() + timedelta(days=7)
        ret.save(update_fields=["send_by"])
        open_at(ada, ret.order, access.ALL)
        page = ada.get(path_of(ret) + "?near=30161+Hannover")

    assert items(page) == [
        "Schreibwaren Linde Hauptstr. 4, 30161 Hannover Open now until 13:00 "
        "Parcel shop · 350 m · takes your code, no label needed",
        "Paketautomat 145 Ringstr. 9, 30161 Hannover Always open Parcel locker · 600 m",
        "Kiosk am Bahnhof Bahnhofplatz 1, 30161 Hannover Open now until Tue 24 Nov, 01:00 "
        "Parcel shop · 820 m · takes your code, no label needed",
        "Postamt Mitte Marktplatz 12, 30161 Hannover Open now until 16:00 "
        "Post office · 1.2 km · takes your code, no label needed",
        "Blumen Weber Gartenweg 21, 30161 Hannover Open now until 18:00 Parcel shop · 2.9 km",
    ]
    assert "Places near 30161 Hannover" in text(page)
    assert "You can also use any other shop of Sandbox Parcel." in text(page)
    assert typed(page) == "30161 Hannover"


@pytest.mark.parametrize(
    ("now", "language", "lines"),
    [
        (
            datetime(2026, 11, 28, 18, 30, tzinfo=UTC),
            "en",
            ["Always open", "Open now until Sun 29 Nov, 01:00", "Closed now, opens Mon 30 Nov, 09:00"],
        ),
        (
            datetime(2026, 11, 29, 18, 30, tzinfo=UTC),
            "de",
            ["Immer geöffnet", "Jetzt geöffnet bis Mo., 30. Nov., 01:00 Uhr", "öffnet morgen um 09:00 Uhr"],
        ),
        (datetime(2026, 11, 23, 5, 30, tzinfo=UTC), "el", ["600 μ.", "1,2 χλμ.", "ανοίγει σήμερα στις 09:00"]),
        (datetime(2026, 11, 23, 5, 30, tzinfo=UTC), "vi", ["1,2 km", "Luôn mở cửa", "mở hôm nay lúc 09:00"]),
        (datetime(2026, 12, 25, 9, 30, tzinfo=UTC), "en", ["Always open", "It may be closed: today is a holiday"]),
    ],
)
def test_when_it_is_open_is_said_in_her_language_by_the_clock_there(ret, ada, now, language, lines):
    with time_machine.travel(now, tick=False):
        ret.send_by = ret.shop.today() + timedelta(days=7)
        ret.save(update_fields=["send_by"])
        open_at(ada, ret.order, access.ALL)
        page = ada.get(path_of(ret) + "?near=30161", headers={"Accept-Language": language})

    shown = text(page).replace("\xa0", " ")
    assert [line for line in lines if line not in shown] == []


def test_nothing_there_is_said_with_what_to_do(ret, ada):
    open_at(ada, ret.order, access.ALL)

    page = ada.get(path_of(ret) + "?near=00012")

    assert items(page) == []
    assert "We found no place of Sandbox Parcel near 00012. Check the spelling, or try a postcode." in text(page)


@pytest.mark.parametrize("fault", ["down", "silent", "rate_limit"])
def test_a_carrier_that_does_not_answer_costs_her_nothing_but_this(ret, ada, box, fault):
    open_at(ada, ret.order, access.ALL)
    broken = {"down": {"base_url": "http://127.0.0.1:9"}, "rate_limit": {"calls_a_day": 1}}.get(fault)
    if broken:
        account = CarrierAccount.objects.get()
        account.account = {**account.account, **broken}
        account.calls, account.calls_on = 1, datetime.now(UTC).date()
        account.save()
    else:
        CarrierAccount.objects.all().delete()

    page = ada.get(path_of(ret) + "?near=30161")

    assert page.status_code == 200
    assert "Sandbox Parcel does not answer now. Try again in a few minutes." in text(page)
    assert "You can use any shop of Sandbox Parcel." in text(page)


@pytest.mark.parametrize(
    ("near", "error"),
    [
        ("", "Enter a postcode, a town or a street"),
        ("  ", "Enter a postcode, a town or a street"),
        ("ab", "Enter at least 3 letters or digits"),
        ("x" * 101, "Enter at most 100 letters and digits"),
    ],
)
def test_what_is_too_short_is_asked_again_and_nobody_else_is(ret, ada, near, error):
    open_at(ada, ret.order, access.ALL)
    before = used()

    page = ada.get(path_of(ret), {"near": near})

    assert (page.status_code, text(page).count(error), used()) == (422, 2, before)
    assert "<title>Error:" in page.content.decode()


@pytest.mark.parametrize(
    "near", ["a\0b", "\0" * 3, "<script>alert(1)</script>", "😀" * 50, "\u202e\u200d\ufeff", ",,,"]
)
def test_whatever_she_types_stays_text(ret, ada, near):
    open_at(ada, ret.order, access.ALL)

    page = ada.get(path_of(ret), {"near": near})

    assert page.status_code in {200, 422}
    assert "<script>alert" not in page.content.decode()


# --- when ---------------------------------------------------------------------------------------------------------


def test_only_while_a_box_waits_to_be_handed_in(ret, ada):
    open_at(ada, ret.order, access.ALL)
    parcels.submit_proof(ret, by="customer", tracking_number="OWN123")

    answer = ada.get(path_of(ret) + "?near=30161")

    assert (answer.status_code, answer["Location"]) == (302, f"/returns/{ret.number}/")
    assert "Find a place near you" not in text(ada.get(f"/returns/{ret.number}/"))


def test_not_once_the_last_day_is_over(ret, ada):
    open_at(ada, ret.order, access.ALL)
    ret.send_by = ret.shop.today() - timedelta(days=1)
    ret.save(update_fields=["send_by"])

    assert ada.get(path_of(ret))["Location"] == f"/returns/{ret.number}/"
    assert "Find a place near you" not in text(ada.get(f"/returns/{ret.number}/"))


@pytest.mark.parametrize(("carrier", "page"), [("hermes", "https://www.myhermes.de/paketshop/"), ("gls", "")])
def test_a_carrier_that_cannot_be_asked_has_a_page_of_its_own_or_none(ret, ada, carrier, page):
    open_at(ada, ret.order, access.ALL)
    Shipment.objects.filter(direction="return").update(carrier=carrier)

    answer = ada.get(path_of(ret) + "?near=30161")

    if page:
        assert f'href="{page}"' in answer.content.decode()
        assert 'name="near"' not in answer.content.decode()
        assert "Hermes shows its places on its own page only." in text(answer)
    else:
        assert answer["Location"] == f"/returns/{ret.number}/"
    assert ("Find a place near you" in text(ada.get(f"/returns/{ret.number}/"))) is bool(page)


# --- how often ----------------------------------------------------------------------------------------------------


def test_nobody_burns_the_shops_questions_not_even_with_new_browsers(ret, ada):
    before, most = used(), ASKED[0][0]
    for number in range(most):
        browser = Client()
        open_at(browser, ret.order, access.SEEN)
        assert len(items(browser.get(path_of(ret) + f"?near=3016{number}"))) == 5
    open_at(ada, ret.order, access.ALL)

    page = ada.get(path_of(ret) + "?near=30161")

    assert (used() - before, items(page)) == (most, [])
    assert "You have searched many times. You can search again from" in text(page)
    assert not RateBucket.objects.filter(key__contains=ret.order.number).exists()


def test_a_draft_is_led_to_its_question(shop, ada):
    order = make.make_order(shop)
    draft = make.make_return(order, state="draft")
    open_at(ada, order, access.ALL)

    assert ada.get(f"/returns/{draft.number}/places/")["Location"] == f"/returns/{draft.number}/"


# --- what was typed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "near"),
    [
        ("30161", {"postcode": "30161"}),
        ("104 31", {"postcode": "104 31"}),
        ("00-075", {"postcode": "00-075"}),
        ("SW1A 1AA", {"postcode": "SW1A 1AA"}),
        ("M1 1AE", {"postcode": "M1 1AE"}),
        ("1106 LN", {"postcode": "1106 LN"}),
        ("D02 X285", {"postcode": "D02 X285"}),
        ("1000-205", {"postcode": "1000-205"}),
        ("30161 Hannover", {"postcode": "30161", "city": "Hannover"}),
        ("104 31 Αθήνα", {"postcode": "104 31", "city": "Αθήνα"}),
        ("Hannover", {"city": "Hannover"}),
        ("Thành phố Hồ Chí Minh", {"city": "Thành phố Hồ Chí Minh"}),
        ("Ringstr. 9, Hannover", {"street": "Ringstr. 9", "city": "Hannover"}),
        ("Ringstr. 9, 30161 Hannover", {"street": "Ringstr. 9", "postcode": "30161", "city": "Hannover"}),
        ("Ringstr. 9, 30161", {"street": "Ringstr. 9", "postcode": "30161"}),
        ("Lister Meile, Hannover", {"street": "Lister Meile", "city": "Hannover"}),
        ("Ringstr. 9", {"street": "Ringstr. 9"}),
        ("Ring 12", {"street": "Ring 12"}),
        ("12 Main Street", {"street": "12 Main Street"}),
    ],
)
def test_a_postcode_a_town_and_a_street_are_told_apart(said, near):
    assert near_of("DE", said) == Near("DE", **near)
