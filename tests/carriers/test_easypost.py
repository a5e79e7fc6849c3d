import base64
import hmac
import json
from dataclasses import replace
from datetime import date

import pytest

from carriers import (
    AccountRefused,
    BadRequest,
    CarrierDown,
    ForgedWebhook,
    NotOffered,
    RateLimited,
    Reply,
    Status,
    ZoneFrom,
    open_carrier,
)
from carriers.easypost.translate import DETAILS, WORDS, error_of, meant, read

from .contract import Contract, end_of
from .labels import WANTED

# The lists in EasyPost's own .NET library (Models/API/Tracker.cs).
STATUSES = {
    *("pre_transit", "in_transit", "out_for_delivery", "delivered", "available_for_pickup", "return_to_sender"),
    *("failure", "cancelled", "unknown", "error"),
}
STATUS_DETAILS = {
    *("address_correction", "arrived_at_destination", "arrived_at_facility", "arrived_at_pickup_location"),
    *("awaiting_information", "cancelled", "damaged", "delayed", "delivery_exception", "departed_facility"),
    *("departed_origin_facility", "expired", "failure", "held", "in_transit", "label_created", "lost", "missorted"),
    *("out_for_delivery", "received_at_destination_facility", "received_at_origin_facility", "refused", "return"),
    *("status_update", "transferred_to_destination_carrier", "transit_exception", "unknown", "weather_delay"),
}
NOT_SAID = {"unknown", "error"}

PDF = {"status": 200, "headers": {"Content-Type": "application/pdf"}, "body": b"%PDF-1.4 a label"}
SECRET = "sécret of the shop"


class TestEasyPostKeepsTheContract(Contract):
    slug = "easypost"
    account = {"api_key": "EZAK-a-secret-key", "webhook_secret": SECRET, "base_url": "https://easypost.test"}
    number = "EZ2000000002"
    tells = {
        "first_scan": (Status.IN_TRANSIT, ""),
        "on_its_way": (Status.IN_TRANSIT, ""),
        "out": (Status.OUT_FOR_DELIVERY, ""),
        "locker": (Status.AVAILABLE_FOR_PICKUP, ""),
        "delivered": (Status.DELIVERED, "signed"),
        "returning": (Status.RETURNING, ""),
        "exception": (Status.EXCEPTION, "damaged"),
    }
    cannot_tell = {
        "attempted": "a door that stayed shut is a failure like any other",
        "returned": "return_to_sender is the way back and its end",
    }

    def test_it_reads_as_recorded(self):
        tracked = self.track("on_its_way")

        assert [(scan.code, scan.status, scan.place, scan.text, scan.local) for scan in tracked.scans] == [
            ("pre_transit/label_created", Status.PRE_TRANSIT, "", "Shipping Label Created", "2025-01-21T18:33:53"),
            (
                "in_transit/received_at_origin_facility/OF",
                Status.IN_TRANSIT,
                "HOUSTON, SC, US",
                "Arrived at Origin Facility",
                "2025-01-22T17:15:53",
            ),
            (
                "in_transit/departed_facility/DP",
                Status.IN_TRANSIT,
                "COLUMBIA, SC, US",
                "Departed",
                "2025-01-23T18:51:53",
            ),
        ]
        assert (tracked.expected_on, tracked.service) == (date(2025, 1, 24), "Ground Advantage")

    def test_an_offset_is_known_and_a_z_may_be_either(self):
        assert [scan.zone_from for scan in self.track("on_its_way").scans] == [
            ZoneFrom.ASSUMED,
            ZoneFrom.OFFSET,
            ZoneFrom.OFFSET,
        ]

    def test_a_tracker_is_looked_for_with_the_key(self):
        carrier, wire = self.open("out")
        carrier.account = {**self.account, "carrier": "USPS"}

        carrier.track([self.number])

        [asked] = wire.asked
        assert (asked.method, asked.url) == (
            "GET",
            "https://easypost.test/v2/trackers?tracking_code=EZ2000000002&carrier=USPS",
        )
        assert base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")) == b"EZAK-a-secret-key:"

    def test_a_tracker_that_is_not_there_is_made(self):
        carrier, wire = self.open("no_tracker", "on_its_way")

        assert carrier.track([self.number])[self.number].scans
        assert (wire.asked[1].method, json.loads(wire.asked[1].body)) == (
            "POST",
            {"tracker": {"tracking_code": "EZ2000000002"}},
        )

    def test_of_two_trackers_of_one_number_the_newer_speaks(self):
        [tracker] = self.reply("out")["body"]["trackers"]
        older = {**tracker, "status": "delivered", "tracking_details": []}

        reply = read(json.dumps({"trackers": [tracker, older], "has_more": False}).encode())

        assert [parcel.scans[-1].status for parcel in reply.parcels] == [Status.OUT_FOR_DELIVERY]

    def test_a_number_that_no_carrier_has_is_refused_with_their_sentence(self):
        found = self.track("error_tracker")

        assert ([scan.status for scan in found.scans], found.refusal.error) == ([Status.UNKNOWN], BadRequest)
        assert found.refusal.message == "In test mode, only test tracking numbers are valid."
        reply = read(json.dumps(self.reply("error_tracker")["body"]).encode())
        assert (reply.parcels, reply.refusals) == ([found], [found.refusal])

    def test_what_is_missing_is_survived(self):
        tracked = self.track("half_empty")

        assert [(scan.code, scan.status, scan.text, scan.place) for scan in tracked.scans] == [
            ("in_transit", Status.IN_TRANSIT, "in_transit", ""),
            ("failure", Status.EXCEPTION, "failure", ""),
        ]
        assert (tracked.expected_on, tracked.service) == (None, "")

    def test_one_broken_tracker_is_a_refusal_of_its_number(self):
        [tracker] = self.reply("out")["body"]["trackers"]

        reply = read(json.dumps({"trackers": [{"tracking_code": "EZ9"}, tracker]}).encode())

        assert [parcel.number for parcel in reply.parcels] == [self.number]
        assert [(no.number, no.error) for no in reply.refusals] == [("EZ9", CarrierDown)]

    def test_who_signed_is_not_kept(self):
        assert "Somebody" not in repr(self.track("delivered"))
        assert self.track("half_empty").scans[-1].sub_status == ""

    # --- labels

    def test_a_return_is_asked_for_with_the_addresses_of_the_way_out(self):
        carrier, wire = self.open("not_found", "shipment", "bought", PDF)

        label = carrier.return_label(replace(WANTED, sender_region="NI"), key="return:1")

        assert (label.tracking_number, label.file, label.file_type) == (
            "9405500000000000000001",
            PDF["body"],
            "application/pdf",
        )
        assert [(asked.method, asked.url) for asked in wire.asked] == [
            ("GET", "https://easypost.test/v2/shipments/return%3A1"),
            ("POST", "https://easypost.test/v2/shipments"),
            ("POST", "https://easypost.test/v2/shipments/shp_7/buy"),
            ("GET", "https://labels.test/1.pdf"),
        ]
        assert json.loads(wire.asked[1].body) == {
            "shipment": {
                "is_return": True,
                "reference": "return:1",
                "to_address": {
                    "name": "Customer",
                    "street1": "Lister Meile 1",
                    "city": "Hannover",
                    "state": "NI",
                    "zip": "30161",
                    "country": "DE",
                    "phone": "+30 21 0000 0001",
                    "email": "ada@example.com",
                },
                "from_address": {
                    "name": "Shop",
                    "street1": "Messe-Allee 1",
                    "city": "Leipzig",
                    "zip": "04356",
                    "country": "DE",
                },
                "parcel": {"weight": 28.2},
                "options": {"label_format": "PDF", "print_custom_1": "R-7K3QFAB2-1"},
            }
        }
        assert json.loads(wire.asked[2].body) == {"rate": {"id": "rate_1"}}
        assert "Authorization" not in wire.asked[3].headers

    def test_the_same_key_buys_no_second_label(self):
        carrier, wire = self.open("bought", PDF)

        assert carrier.return_label(WANTED, key="return:1").tracking_number == "9405500000000000000001"
        assert [asked.method for asked in wire.asked] == ["GET", "GET"]

    def test_a_purchase_that_broke_off_is_made_good(self):
        carrier, wire = self.open("not_found", "shipment", {"status": 503, "body": {}})
        with pytest.raises(CarrierDown):
            carrier.return_label(WANTED, key="return:1")
        assert len(wire.asked) == 3

        carrier, wire = self.open("shipment", "bought", PDF)
        assert carrier.return_label(WANTED, key="return:1").file
        assert [asked.path_url for asked in wire.asked[:2]] == ["/v2/shipments/return%3A1", "/v2/shipments/shp_7/buy"]

    def test_a_label_that_was_given_back_is_not_found_again(self):
        carrier, _wire = self.open("given_back", "shipment", "bought", PDF)

        assert carrier.return_label(WANTED, key="return:1").tracking_number == "9405500000000000000001"

    def test_only_the_named_carriers_carry_returns(self):
        for named, bought in (("UPS", "rate_2"), (" ups , DHL", "rate_2"), ("", "rate_1")):
            carrier, wire = self.open("not_found", "shipment", "bought", PDF)
            carrier.account = {**self.account, "return_carriers": named}

            carrier.return_label(WANTED, key="return:1")

            assert json.loads(wire.asked[2].body) == {"rate": {"id": bought}}

    def test_no_price_is_a_no_with_what_the_carriers_said(self):
        carrier, wire = self.open("not_found", "shipment")
        carrier.account = {**self.account, "return_carriers": "FedEx"}

        with pytest.raises(BadRequest) as caught:
            carrier.return_label(WANTED, key="return:1")

        assert caught.value.raw == "UPS: No account"
        assert len(wire.asked) == 2

    def test_across_customs_nothing_is_offered(self):
        carrier, wire = self.open("not_found", "shipment", "bought", PDF)

        with pytest.raises(NotOffered):
            carrier.return_label(replace(WANTED, sender_country="CH"), key="k")
        assert wire.asked == []
        assert carrier.return_label(replace(WANTED, sender_country="AT"), key="k").file

    def test_what_is_no_pdf_is_no_label(self):
        carrier, _wire = self.open("bought", {"status": 200, "body": b"<html>"})

        with pytest.raises(CarrierDown):
            carrier.return_label(WANTED, key="k")

    def test_a_label_is_fetched_over_https_alone(self):
        reply = self.reply("bought")
        reply["body"]["postage_label"]["label_url"] = "http://labels.test/1.pdf"
        carrier, wire = self.open(reply)

        with pytest.raises(CarrierDown):
            carrier.return_label(WANTED, key="k")
        assert len(wire.asked) == 1

    @pytest.mark.parametrize(
        ("said", "fine"),
        [("submitted", True), ("refunded", True), ("not_applicable", True), ("rejected", False), (None, False)],
    )
    def test_void_asks_for_the_money_back(self, said, fine):
        carrier, wire = self.open("delivered", {"status": 200, "body": {"refund_status": said}})

        if fine:
            carrier.void(self.number)
        else:
            with pytest.raises(BadRequest):
                carrier.void(self.number)
        assert [asked.path_url for asked in wire.asked] == [
            "/v2/trackers?tracking_code=EZ2000000002",
            "/v2/shipments/shp_1/refund",
        ]

    def test_what_they_did_not_make_they_cannot_give_back(self):
        carrier, _wire = self.open("no_tracker")

        with pytest.raises(BadRequest):
            carrier.void(self.number)

    # --- the account

    def test_a_test_key_is_told(self):
        carrier, _wire = self.open("nothing_yet")
        carrier.account = {**self.account, "api_key": "EZTK-a-test-key"}

        assert carrier.check() == [
            "This is a test key: it tracks EZ1000000001 to EZ7000000007 alone, and its labels are void."
        ]

    # --- events they send by themselves

    def test_a_signed_event_is_proof(self):
        carrier, _wire = self.open("nothing_yet")
        body = self.event()

        knock = carrier.parse_webhook(body, {"x-hmac-signature": sign(body)})

        assert (knock.id, knock.proven) == ("evt_1", True)
        assert knock.parcels == [self.track("out")]

    @pytest.mark.parametrize(
        "header",
        [
            {},
            {"x-hmac-signature": ""},
            {"x-hmac-signature": "hmac-sha256-hex="},
            {"x-hmac-signature": "ü"},
        ],
    )
    def test_an_event_without_its_signature_is_refused(self, header):
        carrier, _wire = self.open("nothing_yet")

        with pytest.raises(ForgedWebhook):
            carrier.parse_webhook(self.event(), header)

    def test_a_tampered_event_is_refused(self):
        carrier, _wire = self.open("nothing_yet")
        body = self.event()

        for forged in (body.replace(b"out_for_delivery", b"delivered"), body + b" "):
            with pytest.raises(ForgedWebhook):
                carrier.parse_webhook(forged, {"x-hmac-signature": sign(body)})
        with pytest.raises(ForgedWebhook):
            carrier.parse_webhook(body, {"x-hmac-signature": sign(body, key=SECRET.encode())})

    def test_without_a_secret_an_event_is_only_a_hint(self):
        carrier = open_carrier("easypost", {"webhook_secret": ""})

        assert carrier.parse_webhook(self.event(), {"x-hmac-signature": sign(self.event(), key=b"")}).proven is False

    def test_an_event_about_something_else_tells_of_no_parcel(self):
        assert read(b'{"object": "Event", "id": "evt_2", "result": {"object": "Batch", "id": "batch_1"}}') == Reply()

    def test_a_tracker_may_come_without_its_page_and_an_event_without_its_name(self):
        page = self.read("out")
        [tracker] = self.reply("out")["body"]["trackers"]

        assert read(json.dumps(tracker).encode()) == page
        assert read(json.dumps({"result": tracker}).encode()) == page

    def test_what_is_handed_over_on_its_way_back_was_not_delivered(self):
        [tracker] = self.reply("delivered")["body"]["trackers"]
        tracker["status"] = "return_to_sender"
        back = {**tracker["tracking_details"][-1], "status": "return_to_sender", "status_detail": "return"}
        back["datetime"] = tracker["tracking_details"][-2]["datetime"]
        tracker["tracking_details"].insert(-1, back)

        scans = read(json.dumps(tracker).encode()).parcels[0].scans

        assert end_of(scans) == (Status.RETURNED, "")
        assert Status.DELIVERED not in {scan.status for scan in scans}

    def test_a_key_refused_in_other_words_is_refused(self):
        self.refuses({"status": 401, "body": {"error": "Who are you?"}}, AccountRefused)

    def test_a_day_in_the_far_future_is_no_estimate(self):
        [tracker] = self.reply("out")["body"]["trackers"]
        tracker["carrier_detail"] = {"est_delivery_date_local": "2875-10-22"}
        tracker["est_delivery_date"] = "2025-11-03T00:00:00Z"

        assert read(json.dumps(tracker).encode()).parcels[0].expected_on == date(2025, 11, 3)

    def event(self) -> bytes:
        [tracker] = self.reply("out")["body"]["trackers"]
        event = {"object": "Event", "id": "evt_1", "description": "tracker.updated", "result": tracker}
        return json.dumps(event).encode()


def sign(body: bytes, key: bytes = "se\u0301cret of the shop".encode()) -> str:
    return "hmac-sha256-hex=" + hmac.new(key, body, "sha256").hexdigest()


def test_every_status_and_detail_has_a_deliberate_answer():
    assert (set(WORDS), set(DETAILS)) == (STATUSES, STATUS_DETAILS)
    assert len(STATUS_DETAILS) == 28
    assert {status for status, (ours, _sub) in WORDS.items() if ours is Status.UNKNOWN} == NOT_SAID


@pytest.mark.parametrize(
    ("status", "detail", "ours"),
    [
        ("pre_transit", "label_created", (Status.PRE_TRANSIT, "data_only")),
        ("return_to_sender", "refused", (Status.RETURNING, "refused")),
        ("return_to_sender", "arrived_at_destination", (Status.RETURNING, "")),
        ("in_transit", "weather_delay", (Status.EXCEPTION, "delayed_weather")),
        ("in_transit", "arrived_at_pickup_location", (Status.AVAILABLE_FOR_PICKUP, "")),
        ("failure", "lost", (Status.EXCEPTION, "lost")),
        ("failure", "refused", (Status.ATTEMPTED, "refused")),
        ("failure", "never_heard_of", (Status.EXCEPTION, "")),
        ("delivered", "delayed", (Status.DELIVERED, "")),
        ("out_for_delivery", "damaged", (Status.OUT_FOR_DELIVERY, "")),
        ("cancelled", "cancelled", (Status.CANCELLED, "voided")),
    ],
)
def test_a_detail_speaks_where_the_status_says_little(status, detail, ours):
    assert meant(status, detail) == ours


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("APIKEY.INACTIVE", AccountRefused),
        ("PAYMENT_REQUIRED", AccountRefused),
        ("RATE_LIMITED", RateLimited),
        ("INTERNAL_SERVER_ERROR", CarrierDown),
        ("TRACKER.CREATE.ERROR", BadRequest),
    ],
)
def test_an_error_means_one_of_ours(code, error):
    assert error_of(code) is error


@pytest.mark.parametrize("message", ["no", ["no"], {"why": "no"}, None])
def test_an_error_may_be_a_sentence_a_list_or_an_object(message):
    [no] = read(json.dumps({"error": {"code": "ADDRESS.INVALID", "message": message}}).encode()).refusals

    assert (no.code, no.error) == ("ADDRESS.INVALID", BadRequest)
    assert "no" in no.message or message is None
    assert read(b'{"error": "Unauthorized"}').refusals[0].message == "Unauthorized"
