import json
from datetime import date

import pytest

from carriers import AccountRefused, BadRequest, CarrierDown, NotOffered, Status, ZoneFrom
from carriers.hermes.translate import read
from carriers.hermes.words import NINE, SIX, WORDS, short

from .contract import Contract, end_of
from .labels import WANTED

# "Hermes Germany Eventcodes", its column "2x2 Code".
OFFICIAL = """
0000 0600 0700 0800 0900 1000 1510 1520 1610 1710 1720 1730 1751 1810 1820 1900 1901 1910 2000 2100 2300 2400
3000 3010 3300 3410 3430 3500 3510 3511 3520 3530 3710 3715 3720 3731 3732 3733 3734 3740 3750 3751 3752 3753 3754
3760 3761 3780 3782 3783 3784 3785 3786 3787 3795 4010 4015 4020 4024 4025 4031 4032 4033 4034 4035 4040 4050 4051
4052 4053 4054 4060 4061 4062 4070 4072 4080 4081 4082 4083 4084 4085 4086 4087 4095 4100 4500 4610 4620 4630 4690
6080 6081 6082 6083 6084 6085 6086 6087 6088 6089 6090 6092 6093 6094 6096 6098 6099 7500
9040 9041 9311 9315 9321 9322 9323 9324 9325 9327 9328 9340 9341 9381 9385 9391 9394 9395 9399
"""


class TestHermesKeepsTheContract(Contract):
    slug = "hermes"
    account = {
        "client_id": "the-client-id",
        "client_secret": "the-client-secret",
        "username": "the-user-name",
        "password": "the-pass-word",
    }
    number = "H1012345678901234567"
    token_path = "/oauth2/access_token"
    token = {"status": 200, "body": {"access_token": "a-token", "token_type": "Bearer", "expires_in": "3600"}}
    tells = {
        "first_scan": (Status.ACCEPTED, ""),
        "on_its_way": (Status.IN_TRANSIT, ""),
        "out": (Status.OUT_FOR_DELIVERY, ""),
        "attempted": (Status.ATTEMPTED, "recipient_absent"),
        "locker": (Status.AVAILABLE_FOR_PICKUP, "to_parcel_shop"),
        "delivered": (Status.DELIVERED, ""),
        "returning": (Status.RETURNING, "recipient_absent"),
        "returned": (Status.RETURNED, ""),
        "exception": (Status.EXCEPTION, "damaged"),
    }

    def test_it_reads_as_recorded(self):
        tracked = self.track("on_its_way")

        assert [(scan.code, scan.status, scan.sub_status, scan.place) for scan in tracked.scans] == [
            ("0000", Status.PRE_TRANSIT, "data_only", ""),
            ("2400", Status.ACCEPTED, "", "Hannover"),
            ("030000006", Status.IN_TRANSIT, "", "Langenhagen"),
            ("2000", Status.IN_TRANSIT, "", "Leipzig"),
            ("9323", Status.PRE_TRANSIT, "data_only", ""),
        ]
        assert tracked.expected_on == date(2026, 3, 3)

    def test_a_wish_of_the_recipient_moves_nothing(self):
        assert end_of(self.track("on_its_way").scans) == (Status.IN_TRANSIT, "")

    def test_what_a_scanner_took_back_leaves_the_parcel_where_it_was(self):
        assert end_of(self.track("taken_back").scans) == (Status.IN_TRANSIT, "")

    def test_what_is_missing_is_survived(self):
        tracked = self.track("half_empty")

        assert [(scan.code, scan.text, scan.place, scan.zone_from) for scan in tracked.scans] == [
            ("2400", "", "", ZoneFrom.OFFSET),
            ("2000", "Die Sendung ist in der Niederlassung Leipzig eingetroffen.", "Leipzig", ZoneFrom.CARRIER),
        ]
        assert tracked.expected_on is None

    def test_one_object_where_a_list_is_usual_is_read(self):
        assert [scan.code for scan in self.track("one_where_a_list_is_usual").scans] == ["2400"]

    def test_a_shipment_without_its_envelope_is_read(self):
        body = self.reply("on_its_way")["body"]

        assert read(json.dumps(body["shipmentinfo"][0]).encode()) == read(json.dumps(body).encode())

    def test_a_hundred_numbers_are_one_question(self):
        carrier, wire = self.open("one_broken_of_four")
        numbers = [self.number, "22055117300545", "09133131530724", "09133131530731"]

        found = carrier.track(numbers)

        assert carrier.batch_size == 100
        assert wire.asked[0].url == (
            "https://de-api.hermesworld.com/services/hsi/shipmentinfo?shipmentID=H1012345678901234567"
            "&shipmentID=22055117300545&shipmentID=09133131530724&shipmentID=09133131530731"
        )
        assert {name: wire.asked[0].headers[name] for name in ("Authorization", "Accept-Language", "User-Agent")} == {
            "Authorization": "Bearer a-token",
            "Accept-Language": "DE",
            "User-Agent": "Homeward",
        }
        assert [bool(tracked.scans) for tracked in found.values()] == [True, False, False, False]
        assert [tracked.refusal and tracked.refusal.error for tracked in found.values()] == [
            None,
            None,
            CarrierDown,
            BadRequest,
        ]

    def test_the_token_is_asked_for_with_user_and_password(self):
        carrier, wire = self.open("on_its_way")

        carrier.track([self.number])

        assert wire.tokens_asked[0].url == "https://authme.myhermes.de/authorization-facade/oauth2/access_token"
        assert wire.tokens_asked[0].body == (
            "grant_type=password&client_id=the-client-id&client_secret=the-client-secret"
            "&username=the-user-name&password=the-pass-word"
        )

    def test_a_token_they_call_old_with_a_400_is_renewed_once(self):
        carrier, wire = self.open("old_token", "on_its_way")
        assert carrier.track([self.number])[self.number].scans
        assert (len(wire.tokens_asked), len(wire.asked)) == (2, 2)

        carrier, wire = self.open("old_token")
        with pytest.raises(AccountRefused):
            carrier.track([self.number])
        assert (len(wire.tokens_asked), len(wire.asked)) == (2, 2)

    @pytest.mark.parametrize(
        ("name", "error"),
        [("not_allowed", AccountRefused), ("wrong_question", BadRequest), ("their_trouble", CarrierDown)],
    )
    def test_every_result_code_means_something(self, name, error):
        [no] = self.read(name).refusals
        carrier, _wire = self.open(name)

        assert no.error is error
        with pytest.raises(error):
            carrier.track([self.number])

    def test_a_wrong_password_is_a_sentence_though_they_say_400(self):
        carrier, wire = self.open("nothing_yet")
        wire.token = {"status": 400, "body": {"error": "invalid_grant", "error_description": "Wrong password."}}

        assert "Wrong password." in carrier.check()[0]

    def test_check_names_what_the_application_lacks(self):
        carrier, _wire = self.open("not_allowed")

        assert "Shipment Info" in carrier.check()[-1]

    def test_labels_are_not_offered(self):
        carrier, _wire = self.open("nothing_yet")

        with pytest.raises(NotOffered):
            carrier.return_label(WANTED, key="k")

    def test_their_page_about_a_parcel(self):
        carrier, _wire = self.open("nothing_yet")

        assert carrier.tracking_url("1 2").endswith("/sendungsinformation/#1%202")


def test_every_event_code_has_a_deliberate_answer():
    kept = {"080001", "080002", "080003", "080005", "080006", "080007"}  # all 4100 in short

    assert set(WORDS) == {*OFFICIAL.split(), *kept, "EDL_BOOKED_DROPOFF"}
    assert not [code for code, (status, _why) in WORDS.items() if status is Status.UNKNOWN]
    assert {*SIX.values(), *NINE.values()} <= set(WORDS)


@pytest.mark.parametrize(
    ("code", "above"),
    [
        ("090001004", "3510"),
        ("90-1-4", "3510"),
        ("0-0-0", "0000"),
        ("045001003", "2000"),
        ("045001008", "2400"),
        ("3510", "3510"),
        ("999999999", "999999999"),
        ("", ""),
        ("---", "---"),
    ],
)
def test_long_codes_are_read_as_short_ones(code, above):
    assert short(code) == above
