import base64
import hmac
import json
from dataclasses import replace
from datetime import date

import pytest

from carriers import AccountRefused, BadRequest, CarrierDown, NotOffered, RateLimited, Status, ZoneFrom, open_carrier
from carriers.fedex.translate import REASONS, WORDS, read, to_refusal

from .contract import Contract, end_of
from .labels import WANTED
from .wire import body_of

# "Tracking Status Codes" of FedEx's API reference. Possession: CA, RC, SH, CU, BR, TP, SP, which no scan tells.
MOVEMENT = (
    "AA AC AD AF AO AP AR AX CA CH DD DE DL DP DR DS DY EA ED EO EP FD HL HP IT IX LO OC OD OF OW OX PD "
    "PF PL PM PU PX RR RM RC RS RP LP RG RD SE SF SP TR"
)
REGULATORY = "CC CD CP EA SP"
UNKNOWN_ON_PURPOSE = {"PM", "SP"}
NOT_IN_THE_TABLE = {"AE"}
US = replace(
    WANTED,
    sender_street="1 Main Street",
    sender_city="Dallas",
    sender_region="TX",
    sender_postcode="75201",
    sender_country="US",
    receiver_street="2 Dock Road",
    receiver_city="Memphis",
    receiver_region="TN",
    receiver_postcode="38118",
    receiver_country="US",
    outbound_number="986578788855",
)


class TestFedExKeepsTheContract(Contract):
    slug = "fedex"
    account = {
        "client_id": "the-client-id",
        "client_secret": "the-client-secret",
        "webhook_token": "a-security-token",
        "account_number": "740000001",
        "receiver_phone": "9015550100",
        "service": "FEDEX_GROUND",
    }
    number = "986578788855"
    token_path = "/oauth/token"
    token = {"status": 200, "body": {"access_token": "a-token", "token_type": "bearer", "expires_in": 3599}}
    tells = {
        "first_scan": (Status.ACCEPTED, ""),
        "on_its_way": (Status.IN_TRANSIT, ""),
        "out": (Status.OUT_FOR_DELIVERY, ""),
        "attempted": (Status.ATTEMPTED, "recipient_absent"),
        "locker": (Status.AVAILABLE_FOR_PICKUP, "to_parcel_shop"),
        "delivered": (Status.DELIVERED, ""),
        "returning": (Status.RETURNING, ""),
        "returned": (Status.RETURNED, ""),
        "exception": (Status.EXCEPTION, "customs_hold"),
    }

    def test_it_reads_as_recorded(self):
        tracked = self.track("on_its_way")

        assert [(scan.code, scan.status, scan.sub_status, scan.place) for scan in tracked.scans] == [
            ("OC", Status.PRE_TRANSIT, "data_only", ""),
            ("PU", Status.ACCEPTED, "", "DALLAS, TX, US"),
            ("AO", Status.PRE_TRANSIT, "data_only", "DALLAS, TX, US"),
            ("DP", Status.IN_TRANSIT, "", "DALLAS, TX, US"),
            ("AR", Status.IN_TRANSIT, "", "MEMPHIS, TN, US"),
        ]
        assert (tracked.expected_on, tracked.service) == (date(2026, 3, 3), "FedEx Priority Overnight®")

    def test_times_keep_the_offset_they_came_with(self):
        scan = self.track("delivered").scans[-1]

        assert (scan.at.isoformat(), scan.local, scan.zone_from) == (
            "2026-03-03T11:26:00-06:00",
            "2026-03-03T11:26:00",
            ZoneFrom.OFFSET,
        )

    def test_the_day_of_delivery_is_no_estimate(self):
        assert self.track("delivered").expected_on is None

    def test_the_exception_says_why_and_is_part_of_the_code(self):
        scan = self.track("attempted").scans[-1]

        assert (scan.code, scan.text) == ("DE 08", "Customer not available or business closed")

    def test_of_a_number_given_out_twice_the_newer_parcel_counts(self):
        tracked = self.track("number_given_twice")

        assert end_of(tracked.scans) == (Status.OUT_FOR_DELIVERY, "")
        assert {scan.at.year for scan in tracked.scans} == {2026}

    def test_a_delivery_that_only_the_status_tells_is_a_scan(self):
        scan = self.track("status_without_its_scan").scans[-1]

        assert (scan.code, scan.status, scan.local) == ("DL", Status.DELIVERED, "2026-03-03T11:26:00")

    def test_a_delivery_that_a_scan_tells_is_told_once(self):
        assert [scan.code for scan in self.track("delivered").scans].count("DL") == 1

    def test_an_error_beside_scans_hides_no_scan(self):
        tracked = self.track("error_beside_scans")

        assert [(scan.code, scan.status) for scan in tracked.scans] == [
            ("AR", Status.IN_TRANSIT),
            ("OD", Status.OUT_FOR_DELIVERY),  # of the same second: they list the newest first
        ]
        assert [no.code for no in self.read("error_beside_scans").refusals] == ["TRACKING.TRACKINGNUMBER.EMPTY"]

    def test_the_results_of_one_number_are_read_without_their_envelope(self):
        body = self.reply("on_its_way")["body"]
        (entry,) = body["output"]["completeTrackResults"]
        (result,) = entry["trackResults"]

        for inner in (entry, result, [body]):
            assert read(json.dumps(inner).encode()) == read(json.dumps(body).encode())

    def test_one_broken_parcel_spoils_no_other(self):
        reply = self.read("one_broken_of_four")

        assert [parcel.number for parcel in reply.parcels] == [self.number]
        assert [(no.number, no.error) for no in reply.refusals] == [
            ("477179081230", CarrierDown),
            ("799531274483", BadRequest),
            ("790535312317", None),
        ]

    def test_each_of_thirty_numbers_gets_its_own_answer(self):
        carrier, wire = self.open("one_broken_of_four")
        numbers = [self.number, "477179081230", "799531274483", "790535312317"]

        found = carrier.track(numbers)

        assert carrier.batch_size == 30
        assert json.loads(wire.asked[0].body) == {
            "includeDetailedScans": True,
            "trackingInfo": [{"trackingNumberInfo": {"trackingNumber": number}} for number in numbers],
        }
        assert wire.asked[0].url == "https://apis.fedex.com/track/v1/trackingnumbers"
        assert wire.asked[0].headers["Authorization"] == "Bearer a-token"
        assert [bool(tracked.scans) for tracked in found.values()] == [True, False, False, False]
        assert [tracked.refusal and tracked.refusal.error for tracked in found.values()] == [
            None,
            CarrierDown,
            BadRequest,
            None,
        ]

    def test_the_token_is_asked_for_as_a_form(self):
        carrier, wire = self.open("on_its_way")

        carrier.track([self.number])

        assert wire.tokens_asked[0].body == (
            "grant_type=client_credentials&client_id=the-client-id&client_secret=the-client-secret"
        )

    def test_what_is_missing_is_survived(self):
        tracked = self.track("half_empty")

        assert [(scan.code, scan.text, scan.place) for scan in tracked.scans] == [("PU", "", "")]
        assert (tracked.expected_on, tracked.service) == (None, "")

    def test_one_object_where_a_list_is_usual_is_read(self):
        assert [scan.code for scan in self.track("one_where_a_list_is_usual").scans] == ["PU"]

    def test_a_webhook_is_a_hint_and_never_proof(self, caplog):
        carrier, _wire = self.open("on_its_way")
        body = body_of(self.reply("on_its_way"))
        digest = hmac.digest(b"a-security-token", body, "sha256")

        for signature in (base64.b64encode(digest).decode(), digest.hex()):
            knock = carrier.parse_webhook(body, {"fdx-signature": signature})
            assert (knock.proven, [parcel.number for parcel in knock.parcels]) == (False, [self.number])
        assert "fdx-signature" not in caplog.text

        for headers in ({"fdx-signature": "forged"}, {"fdx-signature": "Ä"}, {}):
            caplog.clear()
            assert carrier.parse_webhook(body, headers).proven is False
            assert "fdx-signature" in caplog.text

    def test_a_message_of_another_shape_is_none(self):
        carrier, _wire = self.open("on_its_way")

        for body in (b"", b"[]", b'{"hello": "world"}'):
            with pytest.raises(CarrierDown):
                carrier.parse_webhook(body, {})

    def test_a_return_label_is_asked_for_in_their_words(self):
        carrier, wire = self.open("label")

        label = carrier.return_label(US, key="return:1")

        assert (label.tracking_number, label.file_type) == ("794953535000", "application/pdf")
        assert label.file.startswith(b"%PDF")
        assert wire.asked[0].url == "https://apis.fedex.com/ship/v1/shipments"
        assert wire.asked[0].headers["x-customer-transaction-id"] == "return:1"
        assert json.loads(wire.asked[0].body) == {
            "labelResponseOptions": "LABEL",
            "accountNumber": {"value": "740000001"},
            "requestedShipment": {
                "shipper": {
                    "contact": {
                        "personName": "Customer",
                        "phoneNumber": "+30 21 0000 0001",
                        "emailAddress": "ada@example.com",
                    },
                    "address": {
                        "streetLines": ["1 Main Street"],
                        "city": "Dallas",
                        "postalCode": "75201",
                        "countryCode": "US",
                        "stateOrProvinceCode": "TX",
                    },
                },
                "recipients": [
                    {
                        "contact": {"personName": "Shop", "phoneNumber": "9015550100"},
                        "address": {
                            "streetLines": ["2 Dock Road"],
                            "city": "Memphis",
                            "postalCode": "38118",
                            "countryCode": "US",
                            "stateOrProvinceCode": "TN",
                        },
                    }
                ],
                "serviceType": "FEDEX_GROUND",
                "packagingType": "YOUR_PACKAGING",
                "pickupType": "DROPOFF_AT_FEDEX_LOCATION",
                "shippingChargesPayment": {
                    "paymentType": "SENDER",
                    "payor": {"responsibleParty": {"accountNumber": {"value": "740000001"}}},
                },
                "shipmentSpecialServices": {
                    "specialServiceTypes": ["RETURN_SHIPMENT"],
                    "returnShipmentDetail": {
                        "returnType": "PRINT_RETURN_LABEL",
                        "returnAssociationDetail": {"trackingNumber": "986578788855"},
                    },
                },
                "labelSpecification": {"imageType": "PDF", "labelStockType": "PAPER_85X11_TOP_HALF_LABEL"},
                "requestedPackageLineItems": [
                    {
                        "weight": {"units": "KG", "value": 0.8},
                        "customerReferences": [
                            {"customerReferenceType": "CUSTOMER_REFERENCE", "value": "R-7K3QFAB2-1"}
                        ],
                    }
                ],
            },
        }

    def test_a_label_that_is_no_label_is_no_answer_and_shows_nobodys_address(self):
        reply = self.reply("label")
        piece = reply["body"]["output"]["transactionShipments"][0]["pieceResponses"][0]
        piece["packageDocuments"][1]["encodedLabel"] = "bm90IGEgbGFiZWw="
        carrier, wire = self.open(reply)

        with pytest.raises(CarrierDown) as caught:
            carrier.return_label(US, key="return:1")

        assert "encodedLabel" not in caught.value.raw
        assert len(wire.asked) == 1

    def test_a_label_is_not_offered_across_a_customs_border_nor_without_an_account_number(self):
        carrier, wire = self.open("label")
        bare = open_carrier("fedex", {"client_id": "a", "client_secret": "b"})

        with pytest.raises(NotOffered):
            carrier.return_label(replace(US, sender_country="GB"), key="k")
        with pytest.raises(NotOffered, match="account_number, receiver_phone, service"):
            bare.return_label(US, key="k")
        with pytest.raises(BadRequest):
            carrier.return_label(replace(US, sender_phone=""), key="k")
        assert not wire.asked

        carrier.return_label(replace(US, sender_country="FR", receiver_country="DE"), key="k")

    def test_a_label_is_cancelled_and_a_no_is_told(self):
        carrier, wire = self.open("cancelled")

        carrier.void("794953535000")

        assert (wire.asked[0].method, wire.asked[0].url) == ("PUT", "https://apis.fedex.com/ship/v1/shipments/cancel")
        assert json.loads(wire.asked[0].body) == {
            "accountNumber": {"value": "740000001"},
            "trackingNumber": "794953535000",
            "deletionControl": "DELETE_ALL_PACKAGES",
        }
        carrier, _wire = self.open("not_cancelled")
        with pytest.raises(BadRequest) as caught:
            carrier.void("794953535000")
        assert caught.value.raw == "Shipment has been tendered"

    def test_check_names_the_likely_mistake(self):
        carrier, _wire = self.open("auth_error")
        assert "base_url" in carrier.check()[-1]

        forbidden = {"status": 403, "body": {"errors": [{"code": "FORBIDDEN.ERROR", "message": "No."}]}}
        carrier, _wire = self.open(forbidden)
        assert "Track API" in carrier.check()[-1]

    def test_their_page_about_a_parcel(self):
        carrier, _wire = self.open("on_its_way")

        assert carrier.tracking_url("98&65") == "https://www.fedex.com/fedextrack/?trknbr=98%2665"


def test_every_code_of_the_table_has_a_deliberate_answer():
    codes = {*MOVEMENT.split(), *REGULATORY.split()}

    assert set(WORDS) == codes | NOT_IN_THE_TABLE
    assert {code for code, (status, _why) in WORDS.items() if status is Status.UNKNOWN} == UNKNOWN_ON_PURPOSE
    assert {code.split()[0] for code in REASONS} <= codes


def test_an_exception_we_have_no_word_for_leaves_the_event_what_it_is():
    event = {"date": "2026-03-03T11:26:00-06:00", "eventType": "DE", "exceptionCode": "Z9", "scanLocation": None}
    result = {"trackingNumber": "1", "trackResults": [{"scanEvents": [event]}]}

    [parcel] = read(json.dumps({"output": {"completeTrackResults": [result]}}).encode()).parcels

    assert [(scan.code, scan.status) for scan in parcel.scans] == [("DE Z9", Status.EXCEPTION)]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("NOT.AUTHORIZED.ERROR", AccountRefused),
        ("FORBIDDEN.ERROR", AccountRefused),
        ("INTERNAL.SERVER.ERROR", CarrierDown),
        ("SERVICE.UNAVAILABLE.ERROR", CarrierDown),
        ("TOO.MANY.REQUESTS", RateLimited),
        ("NOT.FOUND.ERROR", BadRequest),
        ("TRACKING.TRACKINGNUMBER.EMPTY", BadRequest),
        ("TRACKING.TRACKINGNUMBER.NOTFOUND", None),
    ],
)
def test_every_error_they_document_means_something(code, error):
    assert to_refusal({"code": code, "message": "words"}).error is error
