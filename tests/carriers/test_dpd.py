from xml.etree import ElementTree

import pytest

from carriers import AccountRefused, BadRequest, CarrierDown, NotOffered, Status, ZoneFrom
from carriers.dpd.translate import WORDS, read, to_time
from carriers.http import as_xml

from .contract import Contract
from .labels import WANTED
from .wire import body_of

TOKEN = (
    b'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    b'<ns2:getAuthResponse xmlns:ns2="http://dpd.com/common/service/types/LoginService/2.0"><return>'
    b"<delisId>DELIS</delisId><customerUid>DELIS</customerUid><authToken>a-token</authToken><depot>0998</depot>"
    b"</return></ns2:getAuthResponse></soap:Body></soap:Envelope>"
)

# ParcelLifeCycleService 2.0, StatusInfo.status.
OFFICIAL = {"SHIPMENT", "ACCEPTED", "AT_SENDING_DEPOT", "ON_THE_ROAD", "AT_DELIVERY_DEPOT", "DELIVERED"}
SEEN_IN_BELGIUM = {
    "PickedUp",
    "BetweenDepots",
    "Depot",
    "Courier",
    "DeliveryFailure",
    "ReturningFromDelivery",
    "ParcelShop",
    "Delivered",
}


class TestDpdKeepsTheContract(Contract):
    slug = "dpd"
    account = {"delis_id": "the-delis-id", "password": "pass<&>word"}
    number = "01015026003653"
    token_path = "/LoginService/V2_0/"
    token = {"status": 200, "body": TOKEN}
    tells = {
        "first_scan": (Status.ACCEPTED, ""),
        "on_its_way": (Status.IN_TRANSIT, ""),
        "out": (Status.OUT_FOR_DELIVERY, ""),
        "attempted": (Status.ATTEMPTED, ""),
        "locker": (Status.AVAILABLE_FOR_PICKUP, "to_parcel_shop"),
        "delivered": (Status.DELIVERED, ""),
    }
    cannot_tell = {
        "returning": "no milestone says it; ReturningFromDelivery is back at the recipient's depot",
        "returned": "no milestone says it",
        "exception": "no milestone says it; it stands in free texts",
    }

    def test_it_reads_as_recorded(self):
        tracked = self.track("on_its_way")

        assert [(scan.code, scan.status, scan.text, scan.place) for scan in tracked.scans] == [
            ("ACCEPTED", Status.ACCEPTED, "DPD hat Ihr Paket erhalten.", "Hannover, DE"),
            ("AT_SENDING_DEPOT", Status.IN_TRANSIT, "Das Paket ist im Paketversandzentrum.", "Hannover, DE"),
            ("ON_THE_ROAD", Status.IN_TRANSIT, "Das Paket ist auf dem Weg zum Paketzustellzentrum.", "Hannover, DE"),
        ]
        assert (tracked.scans[0].at.isoformat(), tracked.scans[0].zone_from) == (
            "2026-03-02T17:05:00+01:00",
            ZoneFrom.PLACE,
        )
        assert tracked.service == "DPD CLASSIC"

    def test_milestones_ahead_of_the_parcel_are_no_scans(self):
        assert [scan.code for scan in self.track("first_scan").scans] == ["ACCEPTED"]

    def test_belgian_afternoons_stay_afternoons_and_come_in_order(self):
        assert [(scan.code, scan.local) for scan in self.track("attempted").scans] == [
            ("BetweenDepots", "2026-08-17T19:11:26"),
            ("Depot", "2026-08-18T04:09:55"),
            ("Courier", "2026-08-18T07:34:34"),
            ("DeliveryFailure", "2026-08-18T14:43:31"),
            ("ReturningFromDelivery", "2026-08-18T17:11:26"),
        ]
        assert self.track("attempted").scans[0].at.isoformat() == "2026-08-17T19:11:26+02:00"

    def test_a_result_may_come_without_its_envelope(self):
        root = as_xml(body_of(self.reply("attempted")))
        result = root.find(".//{*}trackingresult")

        assert read(ElementTree.tostring(result), self.number) == self.read("attempted")

    def test_what_is_missing_is_survived(self):
        assert [(scan.code, scan.text, scan.zone_from) for scan in self.track("half_empty").scans] == [
            ("ACCEPTED", "DPD hat Ihr Paket erhalten.", ZoneFrom.PLACE),
            ("AT_DELIVERY_DEPOT", "Paket in Zustellung", ZoneFrom.ASSUMED),
        ]

    def test_a_parcel_is_asked_for_in_an_envelope_with_the_token(self):
        carrier, wire = self.open("on_its_way")

        carrier.track(["0101<&>"])

        asked = as_xml(wire.asked[0].body)
        assert wire.asked[0].url == "https://public-ws.dpd.com/services/ParcelLifeCycleService/V2_0/"
        assert wire.asked[0].headers["SOAPAction"] == (
            '"http://dpd.com/common/service/ParcelLifeCycleService/2.0/getTrackingData"'
        )
        types = "{http://dpd.com/common/service/types"
        authentication = asked.find(f".//{types}/Authentication/2.0}}authentication")
        assert {child.tag: child.text for child in authentication} == {
            "delisId": "the-delis-id",
            "authToken": "a-token",
            "messageLanguage": "de_DE",
        }
        question = asked.find(f".//{types}/ParcelLifeCycleService/2.0}}getTrackingData")
        assert {child.tag: child.text for child in question} == {"parcelLabelNumber": "0101<&>"}

    def test_the_token_is_asked_for_with_user_and_password(self):
        carrier, wire = self.open("on_its_way")

        carrier.track([self.number])

        login = as_xml(wire.tokens_asked[0].body).find(
            ".//{http://dpd.com/common/service/types/LoginService/2.0}getAuth"
        )
        assert {child.tag: child.text for child in login} == {
            "delisId": "the-delis-id",
            "password": "pass<&>word",
            "messageLanguage": "de_DE",
        }

    def test_a_token_they_call_old_in_a_fault_is_renewed_once(self):
        fault = {**self.reply("old_token"), "status": 500}
        carrier, wire = self.open(fault, "on_its_way")

        assert carrier.track([self.number])[self.number].scans
        assert (len(wire.tokens_asked), len(wire.asked)) == (2, 2)

        carrier, wire = self.open(fault)
        with pytest.raises(AccountRefused):
            carrier.track([self.number])
        assert (len(wire.tokens_asked), len(wire.asked)) == (2, 2)

    def test_a_wrong_password_is_a_sentence(self):
        carrier, wire = self.open("nothing_yet")
        wire.token = {**self.reply("auth_error"), "status": 500}

        assert "Authentication failure" in carrier.check()[0]

    @pytest.mark.parametrize(
        ("name", "error", "number"),
        [("no_such_parcel", BadRequest, "01015026003653"), ("their_trouble", CarrierDown, "")],
    )
    def test_every_fault_means_something(self, name, error, number):
        [no] = self.read(name).refusals

        assert (no.error, no.number, bool(no.code), bool(no.message)) == (error, number, True, True)

    def test_a_fault_about_one_parcel_is_that_parcels(self):
        carrier, _wire = self.open({**self.reply("no_such_parcel"), "status": 500})

        assert carrier.track([self.number])[self.number].refusal.error is BadRequest

    def test_labels_are_not_offered(self):
        carrier, _wire = self.open("nothing_yet")

        with pytest.raises(NotOffered):
            carrier.return_label(WANTED, key="k")

    def test_their_page_about_a_parcel(self):
        carrier, _wire = self.open("nothing_yet")

        assert carrier.tracking_url("1/2") == "https://tracking.dpd.de/status/de_DE/parcel/1%2F2"

    def test_a_reply_without_a_number_is_about_the_one_asked(self):
        assert read(body_of(self.reply("delivered")), "77").parcels[0].number == "77"


def test_every_milestone_has_a_deliberate_answer():
    assert set(WORDS) == OFFICIAL | SEEN_IN_BELGIUM
    assert not [code for code, (status, _why) in WORDS.items() if status is Status.UNKNOWN]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("17.08.2026, 19:11", "2026-08-17T19:11:00"),
        ("01/06/2026, 02:09", "2026-06-01T02:09:00"),
        ("8/17/2026 12:11:26 AM", "2026-08-17T00:11:26"),
    ],
)
def test_dates_are_read_as_each_country_writes_them(written, read_as):
    assert to_time(written).isoformat() == read_as
