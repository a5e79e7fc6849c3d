import json
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from carriers import (
    CARRIERS,
    Drop,
    Hours,
    LabelWanted,
    Near,
    PlaceKind,
    ReturnLabel,
    Status,
    carrier_name,
    offers,
    open_carrier,
)
from carriers.base import CarrierAdapter
from carriers.errors import BadRequest, CarrierDown, NotOffered
from carriers.sandbox.translate import WORDS
from sandbox.lives import LIVES
from sandbox.running import Sandbox

from .contract import Contract
from .wire import Wire, session_with

LABEL = LabelWanted(
    reference="R-7K3QFAB2-1",
    sender_name="Customer",
    sender_street="Lister Meile 1",
    sender_postcode="30161",
    sender_city="Hannover",
    sender_country="DE",
    receiver_name="Shop",
    receiver_street="Messe-Allee 1",
    receiver_postcode="04356",
    receiver_city="Leipzig",
    receiver_country="DE",
    weight_g=800,
)


class TestSandboxKeepsTheContract(Contract):
    slug = "sandbox"
    account = {"base_url": "http://carrier.test", "key": "a-secret-key"}
    number = "SB840000000019"
    tells = {
        "first_scan": (Status.ACCEPTED, ""),
        "on_its_way": (Status.IN_TRANSIT, ""),
        "out": (Status.OUT_FOR_DELIVERY, ""),
        "attempted": (Status.ATTEMPTED, "recipient_absent"),
        "locker": (Status.AVAILABLE_FOR_PICKUP, "to_locker"),
        "delivered": (Status.DELIVERED, ""),
        "returning": (Status.RETURNING, ""),
        "returned": (Status.RETURNED, ""),
        "exception": (Status.EXCEPTION, "damaged"),
    }

    def test_it_reads_as_recorded(self):
        tracked = self.track("on_its_way")

        assert [(scan.code, scan.status, scan.sub_status, scan.place) for scan in tracked.scans] == [
            ("LBL", Status.PRE_TRANSIT, "data_only", ""),
            ("PUP", Status.ACCEPTED, "", "Leipzig"),
            ("HUB", Status.IN_TRANSIT, "", "Radefeld"),
        ]
        assert tracked.scans[0].at.isoformat() == "2025-11-20T09:00:00+01:00"
        assert tracked.expected_on == date(2025, 11, 21)

    def test_a_missing_text_a_missing_offset_and_a_missing_date_are_survived(self):
        tracked = self.track("half_empty")

        assert [(scan.text, scan.at.isoformat()) for scan in tracked.scans] == [("", "2025-07-20T09:00:00+02:00")]
        assert tracked.expected_on is None

    def test_many_numbers_are_one_question(self):
        carrier, wire = self.open("on_its_way")

        found = carrier.track([self.number, "SB840000000026"])

        assert sorted(found) == [self.number, "SB840000000026"]
        assert [question.url for question in wire.asked] == [
            "http://carrier.test/carrier/v1/track?numbers=SB840000000019%2CSB840000000026"
        ]
        assert wire.asked[0].headers["X-Api-Key"] == "a-secret-key"

    def test_a_label_is_asked_for_in_their_words_under_our_key(self):
        carrier, wire = self.open("label")

        label = carrier.return_label(LABEL, key="return:1")

        assert label == ReturnLabel(
            tracking_number="SB840000000019",
            routing="SB840000000019-DE04356",
            code="SANDBOXPARCEL:SB840000000019:AB12CD34",
        )
        assert wire.asked[0].headers["Idempotency-Key"] == "return:1"
        assert json.loads(wire.asked[0].body)["to"]["zip"] == "04356"


def test_every_code_of_the_stand_in_has_a_deliberate_answer():
    codes = {code for life in LIVES.values() for _hours, code, _text, _place in life}

    assert codes - set(WORDS) == {"QXZ"}  # the one that is there to be unknown


def test_every_status_of_ours_can_be_seen():
    assert {status for status, _sub_status in WORDS.values()} == set(Status) - {Status.UNKNOWN}


def test_every_listed_carrier_opens_under_its_own_slug():
    for slug in CARRIERS:
        carrier = open_carrier(slug, {})

        assert (carrier.slug, carrier.name) == (slug, carrier_name(slug))
        assert carrier.session.trust_env is False


def test_what_a_carrier_lacks_is_not_offered():
    carrier = CarrierAdapter({}, None)

    for question in (
        lambda: carrier.track(["1"]),
        lambda: carrier.return_label(LABEL, key="k"),
        lambda: carrier.void("1"),
        carrier.check,
    ):
        with pytest.raises(NotOffered) as caught:
            question()
        assert caught.value.retry is False
    assert carrier.tracking_url("1") == ""


@pytest.fixture(scope="module")
def box():
    with Sandbox() as box:
        yield box


@pytest.fixture
def carrier(box):
    return open_carrier("sandbox", {"base_url": box.url, "key": "sandbox-key"})


def test_a_life_is_heard_over_the_real_wire(box, carrier):
    box.post("/_sandbox/parcels", {"number": "LIFE-1", "life": "attempted"})
    box.post("/_sandbox/parcels/LIFE-1/move", {"to": "attempted"})

    tracked = carrier.track(["LIFE-1"])["LIFE-1"]

    assert [scan.status for scan in tracked.scans] == [
        Status.PRE_TRANSIT,
        Status.ACCEPTED,
        Status.IN_TRANSIT,
        Status.IN_TRANSIT,
        Status.OUT_FOR_DELIVERY,
        Status.ATTEMPTED,
    ]


def test_a_number_they_never_saw_has_no_scans(carrier):
    assert carrier.track(["NOBODYS"])["NOBODYS"].scans == []


def test_twenty_numbers_are_one_call_and_twenty_one_are_refused(carrier):
    numbers = [f"N-{number}" for number in range(21)]

    assert len(carrier.track(numbers[: carrier.batch_size])) == 20
    with pytest.raises(BadRequest):
        carrier.track(numbers)


def test_the_same_key_gives_the_same_label_and_another_key_another(carrier):
    first = carrier.return_label(LABEL, key="case-1")

    assert carrier.return_label(LABEL, key="case-1") == first
    assert carrier.return_label(LABEL, key="case-2").tracking_number != first.tracking_number


def test_a_lost_answer_costs_no_second_label(box, carrier):
    box.post("/_sandbox/faults", {"where": "carrier", "what": "drop_after"})
    with pytest.raises(CarrierDown):
        carrier.return_label(LABEL, key="case-3")

    first = carrier.return_label(LABEL, key="case-3")

    assert carrier.return_label(LABEL, key="case-3") == first
    assert carrier.track([first.tracking_number])[first.tracking_number].scans[0].status is Status.PRE_TRANSIT


def test_a_void_label_is_cancelled_and_one_handed_in_cannot_be(box, carrier):
    unused = carrier.return_label(LABEL, key="case-4").tracking_number
    used = carrier.return_label(LABEL, key="case-5").tracking_number
    box.post(f"/_sandbox/parcels/{used}/move", {"to": "handed_in"})

    carrier.void(unused)
    carrier.void(unused)

    assert carrier.track([unused])[unused].scans[-1].status is Status.CANCELLED
    with pytest.raises(BadRequest):
        carrier.void(used)
    assert carrier.track([used])[used].scans[-1].status is Status.ACCEPTED


def test_check_tells_a_good_account_from_a_bad_one(box):
    good = open_carrier("sandbox", {"base_url": box.url, "key": "sandbox-key"})
    bad = open_carrier("sandbox", {"base_url": box.url, "key": "wrong-key"})

    assert good.check() == []
    assert len(bad.check()) == 1


def test_the_recorded_replies_are_shaped_like_the_living_ones(box):
    """So that the fake wire cannot drift from the sandbox."""
    box.post("/_sandbox/parcels", {"number": "SHAPE", "life": "on_time"})
    said = box.get("/carrier/v1/track?numbers=SHAPE", {"X-Api-Key": "sandbox-key"})
    kept = json.loads((Path(__file__).parent / "sandbox/replies/on_its_way.json").read_text())["body"]

    assert sorted(kept) == sorted(said)
    assert sorted(kept["parcels"][0]) == sorted(said["parcels"][0])
    assert sorted(kept["parcels"][0]["log"][0]) == sorted(said["parcels"][0]["log"][0])


# --- another delivery -------------------------------------------------------------------------------------------

CHOICE = {"id": "tag-2025-11-24", "art": "tag", "am": "2025-11-24", "ort": "", "cent": 90, "waehrung": "EUR"}


def asked(reply: dict, status: int = 200):
    wire = Wire({"status": status, "body": reply})
    return open_carrier("sandbox", {"base_url": "http://carrier.test", "key": "k"}, session_with(wire)), wire


def test_what_can_be_changed_is_read_and_what_has_no_word_is_left_out():
    until = {"bis": "2025-11-23T18:00:00+01:00"}
    carrier, wire = asked({"no": "SB1", "moeglich": [CHOICE | until, CHOICE | {"art": "drohne"}]})

    choices = carrier.delivery_choices("SB 1/2")

    assert [(each.kind, each.day, each.price, each.currency) for each in choices] == [
        (Drop.DAY, date(2025, 11, 24), Decimal("0.9"), "EUR")
    ]
    assert choices[0].until.isoformat() == "2025-11-23T18:00:00+01:00"
    assert wire.asked[0].url == "http://carrier.test/carrier/v1/parcels/SB%201%2F2/delivery"


def test_a_change_is_asked_for_under_our_key():
    carrier, wire = asked({"no": "SB1", "gewaehlt": CHOICE})

    done = carrier.change_delivery("SB1", "tag-2025-11-24", key="delivery:1")

    assert done.day == date(2025, 11, 24)
    assert wire.asked[0].headers["Idempotency-Key"] == "delivery:1"
    assert json.loads(wire.asked[0].body) == {"wahl": "tag-2025-11-24"}


def test_too_late_to_change_is_a_no_that_stays():
    carrier, _wire = asked({"fehler": "too_late", "text": "Nicht mehr möglich"}, 409)

    with pytest.raises(BadRequest):
        carrier.change_delivery("SB1", "tag-2025-11-24", key="delivery:1")


@pytest.mark.parametrize("reply", [{}, {"moeglich": None}, {"moeglich": [{"art": "tag"}]}, {"moeglich": ["tag"]}])
def test_an_answer_of_another_shape_is_the_carriers_trouble(reply):
    carrier, _wire = asked(reply)

    with pytest.raises(CarrierDown):
        carrier.delivery_choices("SB1")


def test_only_the_stand_in_lets_a_delivery_be_changed():
    """No carrier whose documents we have describes it."""
    assert [slug for slug in CARRIERS if "change_delivery" in offers(slug)] == ["sandbox"]


HOUSE = {
    "art": "filiale", "name": "Linde", "strasse": "Hauptstr. 4", "plz": "30161", "ort": "Hannover", "meter": 350,
    "offen": [{"tag": "So", "von": "09:00", "bis": "13:00"}], "zu": [["2026-12-24", "2026-12-26"]], "ohne_druck": True,
}  # fmt: skip


def test_its_places_are_read_and_those_without_a_word_are_left_out():
    carrier, wire = asked({"orte": [HOUSE, HOUSE | {"art": "drohne"}]})

    [place] = carrier.drop_off_places(Near("DE", "30161", "Hannover", "Ring 9"), most=5)

    assert (place.name, place.kind, place.distance_m, place.unprinted) == ("Linde", PlaceKind.SHOP, 350, True)
    assert place.hours == (Hours(6, time(9), time(13)),)
    assert place.closed == ((date(2026, 12, 24), date(2026, 12, 26)),)
    assert wire.asked[0].url == (
        "http://carrier.test/carrier/v1/places?land=DE&plz=30161&ort=Hannover&strasse=Ring+9&anzahl=5"
    )
    assert wire.how["timeout"] == (3, 3)


@pytest.mark.parametrize("reply", [{}, {"orte": 7}, {"orte": [{}]}, {"orte": [HOUSE | {"offen": [{"tag": "X"}]}]}])
def test_places_of_another_shape_are_the_carriers_trouble(reply):
    carrier, _wire = asked(reply)

    with pytest.raises(CarrierDown):
        carrier.drop_off_places(Near("DE", "30161"), most=5)


def test_the_stand_in_tells_places_over_http_and_knows_nowhere():
    with Sandbox() as box:
        carrier = open_carrier("sandbox", {"base_url": box.url, "key": "demo"})

        found = carrier.drop_off_places(Near("DE", city="Hannover"), most=3)
        none = carrier.drop_off_places(Near("DE", "00012"), most=3)
        with pytest.raises(BadRequest):
            carrier.drop_off_places(Near("DE"), most=3)

    assert [(place.name, place.distance_m) for place in found] == [
        ("Schreibwaren Linde", 350), ("Paketautomat 145", 600), ("Kiosk am Bahnhof", 820),
    ]  # fmt: skip
    assert none == []
