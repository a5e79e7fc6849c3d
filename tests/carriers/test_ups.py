import base64
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from carriers import (
    AccountRefused,
    BadRequest,
    CarrierDown,
    ForgedWebhook,
    LabelWanted,
    NotOffered,
    RateLimited,
    ReturnLabel,
    Status,
    ZoneFrom,
    open_carrier,
)
from carriers.taxonomy import understood
from carriers.ups import words
from carriers.ups.translate import read
from carriers.ups.words import told

from .contract import Contract
from .wire import Wire, body_of, session_with

HOOK = "https://shop.test/hooks/carriers/ups/1/"
WANTED = LabelWanted(
    reference="R-7K3QFAB2-1",
    sender_name="Customer",
    sender_street="12 Main Street, Apartment 4 on the Second Floor",
    sender_postcode="30301",
    sender_city="Atlanta",
    sender_region="GA",
    sender_country="US",
    sender_phone="4045550100",
    receiver_name="Shop",
    receiver_street="1 Warehouse Road",
    receiver_postcode="07470",
    receiver_city="Wayne",
    receiver_region="NJ",
    receiver_country="US",
    weight_g=800,
)
GIF = b"GIF89a a label"


class TestUpsKeepsTheContract(Contract):
    slug = "ups"
    account = {
        "client_id": "app-id",
        "client_secret": "app-secret",
        "account_number": "A1B2C3",
        "webhook_secret": "our-credential",
    }
    number = "1Z999AA10000000018"
    nothing_at = {404}
    token_path = "/security/v1/oauth/token"
    token = {"status": 200, "body": {"access_token": "one-token", "expires_in": "14399"}}
    tells = {
        "first_scan": (Status.ACCEPTED, ""),
        "on_its_way": (Status.IN_TRANSIT, ""),
        "out": (Status.OUT_FOR_DELIVERY, ""),
        "attempted": (Status.ATTEMPTED, "recipient_absent"),
        "locker": (Status.AVAILABLE_FOR_PICKUP, "to_parcel_shop"),
        "delivered": (Status.DELIVERED, "to_safe_place"),
        "returning": (Status.RETURNING, ""),
        "returned": (Status.RETURNED, ""),
        "exception": (Status.EXCEPTION, "damaged"),
    }

    # --- tracking

    def test_it_reads_as_recorded(self):
        tracked = self.track("on_its_way")

        assert [(scan.code, scan.status, scan.sub_status, scan.place) for scan in tracked.scans] == [
            ("M/003/MP", Status.PRE_TRANSIT, "data_only", "DE"),
            ("I/038/PU", Status.ACCEPTED, "", "Leipzig, DE"),
            ("I/005/DP", Status.IN_TRANSIT, "", "Köln, DE"),
        ]
        assert tracked.scans[0].at.isoformat() == "2025-11-19T09:00:00+01:00"
        assert tracked.scans[0].zone_from is ZoneFrom.OFFSET
        assert tracked.expected_on == date(2025, 11, 21)
        assert tracked.service == "UPS Standard"

    def test_a_number_is_asked_for_with_a_token_and_two_headers_of_theirs(self):
        carrier, wire = self.open("on_its_way")

        carrier.track([self.number])

        token, question = wire.tokens_asked[0], wire.asked[0]
        assert carrier.batch_size == 1
        assert token.url == "https://onlinetools.ups.com/security/v1/oauth/token"
        assert token.headers["Authorization"] == f"Basic {base64.b64encode(b'app-id:app-secret').decode()}"
        assert token.body == "grant_type=client_credentials"
        assert question.url == f"https://onlinetools.ups.com/api/track/v1/details/{self.number}?locale=en_US"
        assert question.headers["Authorization"] == "Bearer one-token"
        assert len(question.headers["transId"]) == 32
        assert question.headers["transactionSrc"] == "homeward"

    def test_an_estimate_is_the_rescheduled_day_or_the_scheduled_one_and_never_the_day_it_came(self):
        assert self.track("attempted").expected_on == date(2025, 11, 24)
        assert self.track("out").expected_on == date(2025, 11, 21)
        assert self.track("delivered").expected_on is None

    def test_who_took_it_in_is_told_by_the_current_status(self):
        assert [(scan.code, scan.status) for scan in self.track("returned_by_current_status").scans] == [
            ("I/OT", Status.OUT_FOR_DELIVERY),
            ("D/KB", Status.RETURNED),
        ]

    def test_an_end_that_no_activity_tells_is_told_by_the_current_status(self):
        tracked = self.track("only_the_current_status")

        assert [(scan.code, scan.at.isoformat(), scan.place, scan.status) for scan in tracked.scans] == [
            ("D/011", "2025-11-26T10:30:00-07:00", "Denver, CO, US", Status.DELIVERED)
        ]
        assert tracked.expected_on == date(2025, 11, 25)
        assert [(no.code, no.number) for no in self.read("only_the_current_status").refusals] == [
            ("TW9999", self.number)
        ]

    def test_a_shipment_a_package_and_errors_without_their_envelope_are_read(self):
        body = self.reply("on_its_way")["body"]
        (shipment,) = body["trackResponse"]["shipment"]
        (package,) = shipment["package"]

        for inner in (shipment, package, [body]):
            assert read(json.dumps(inner).encode()) == read(json.dumps(body).encode())
        assert read(b'{"errors": [{"code": "250003", "message": "No."}]}').refusals[0].error is AccountRefused

    def test_updates_move_nothing(self):
        scans = self.track("updates").scans

        assert [scan.sub_status for scan in scans if scan.code.startswith("U/")] == ["data_only", "data_only"]
        assert understood(scans)[-1].status is Status.DELIVERED

    def test_every_way_of_telling_the_time_is_understood(self):
        scans = self.track("clocks").scans

        assert [(scan.at.isoformat(), scan.zone_from) for scan in scans] == [
            ("2025-11-20T02:00:00-05:00", ZoneFrom.ASSUMED),  # nothing but the country, which has many zones
            ("2025-11-20T01:00:00-07:00", ZoneFrom.PLACE),  # Colorado
            ("2025-11-20T03:00:00-07:00", ZoneFrom.OFFSET),  # from Greenwich
            ("2025-11-20T05:00:00-05:00", ZoneFrom.ASSUMED),  # a Greenwich that does not belong to it
            ("2025-11-20T04:00:00-07:00", ZoneFrom.OFFSET),  # "40000" and "11:00:00"
            ("2025-11-20T06:00:00-07:00", ZoneFrom.OFFSET),  # "-07.00"
        ]

    def test_objects_for_lists_and_nulls_are_survived(self):
        tracked = self.track("half_empty")

        assert [(scan.code, scan.text, scan.place, scan.status) for scan in tracked.scans] == [
            ("I/005", "I/005", "", Status.IN_TRANSIT)
        ]
        assert (tracked.expected_on, tracked.service) == (None, "")

    def test_a_broken_activity_and_a_broken_package_leave_the_others(self):
        reply = read(body_of(self.reply("half_broken")))

        assert [(parcel.number, len(parcel.scans)) for parcel in reply.parcels] == [
            (self.number, 2),
            ("1Z999AA10000000027", 1),
        ]
        assert [(no.number, no.error) for no in reply.refusals] == [(self.number, CarrierDown)]

    def test_a_parcel_asked_for_by_another_number_is_found(self):
        carrier, _wire = self.open("post_office")
        other = "92419900000033499522966220"

        assert len(carrier.track([other])[other].scans) == 2

    def test_a_wrong_number_is_its_own_fault(self):
        assert [(no.code, no.error, no.number) for no in self.read("invalid_number").refusals] == [
            ("TV1002", BadRequest, self.number)
        ]

    @pytest.mark.parametrize(
        ("code", "error"),
        [
            ("10401", AccountRefused),
            ("UJ0001", AccountRefused),
            ("251004", AccountRefused),
            ("10429", RateLimited),
            ("10004", CarrierDown),
            ("VSS100", CarrierDown),
            ("VSS300", BadRequest),
            ("151044", None),
        ],
    )
    def test_their_codes_of_error_mean(self, code, error):
        body = json.dumps({"response": {"errors": [{"code": code, "message": "no"}]}}).encode()

        assert [no.error for no in read(body).refusals] == [error]

    # --- Track Alert

    def test_an_alert_is_a_hint_even_with_our_credential(self):
        carrier, _wire = self.open("nothing_yet")
        body = body_of(self.reply("alert"))

        for headers in ({"credential": "our-credential"}, {"authorization": "Bearer our-credential"}):
            knock = carrier.parse_webhook(body, headers)

            assert knock.proven is False
            (parcel,) = knock.parcels
            assert (parcel.number, parcel.expected_on) == (self.number, date(2025, 11, 21))
            (scan,) = parcel.scans
            assert (scan.code, scan.status, scan.place) == ("I/021/OT", Status.OUT_FOR_DELIVERY, "Atlanta, GA, US")
            assert (scan.at.isoformat(), scan.zone_from) == ("2025-11-21T08:42:15-05:00", ZoneFrom.OFFSET)
            assert "A PERSON" not in str(scan.raw)
            assert "deliveryPhoto" not in scan.raw

    @pytest.mark.parametrize("headers", [{}, {"credential": "other"}, {"credential": ""}, {"authorization": "Bearer "}])
    def test_an_alert_without_our_credential_is_forged(self, headers):
        carrier, _wire = self.open("nothing_yet")

        with pytest.raises(ForgedWebhook):
            carrier.parse_webhook(body_of(self.reply("alert")), headers)

    def test_without_a_credential_of_ours_an_alert_is_a_hint(self):
        carrier, _wire = self.open("nothing_yet")
        carrier.account = {**self.account, "webhook_secret": ""}

        assert carrier.parse_webhook(body_of(self.reply("alert")), {"credential": ""}).proven is False

    def test_an_alert_of_another_shape_is_none(self):
        carrier, _wire = self.open("nothing_yet")

        for body in (b"[]", b'{"trackingNumber": "1Z"}', b'{"trackingNumber": "1Z", "activityStatus": {}}'):
            with pytest.raises(CarrierDown):
                carrier.parse_webhook(body, {"credential": "our-credential"})

    def test_alerts_are_asked_for_by_the_hundred_and_last_a_fortnight(self):
        carrier, wire = self.open({"status": 200, "body": {"validTrackingNumbers": [self.number]}})
        numbers = [f"1Z999AA1{number:010}" for number in range(101)]

        assert carrier.subscribe(numbers, HOOK) == timedelta(days=14)

        assert [len(json.loads(asked.body)["trackingNumberList"]) for asked in wire.asked] == [100, 1]
        assert json.loads(wire.asked[1].body) == {
            "locale": "en_US",
            "countryCode": "US",
            "trackingNumberList": numbers[100:],
        }
        assert wire.asked[0].url == "https://onlinetools.ups.com/api/track/v2/subscription/standard/package"

    def test_a_subscription_that_took_no_number_is_none(self):
        carrier, _wire = self.open({"status": 200, "body": {"invalidTrackingNumbers": ["1Z$"]}})

        with pytest.raises(BadRequest):
            carrier.subscribe(["1Z$"], HOOK)

    # --- labels

    def test_a_return_label_is_asked_for_in_their_words(self):
        carrier, wire = self.open("label")

        label = carrier.return_label(WANTED, key="return:1")

        assert label == ReturnLabel(tracking_number=self.number, file=GIF, file_type="image/gif")
        assert wire.asked[0].url == "https://onlinetools.ups.com/api/shipments/v2409/ship"
        shop = {
            "Name": "Shop",
            "AttentionName": "Shop",
            "Address": {
                "AddressLine": ["1 Warehouse Road"],
                "City": "Wayne",
                "PostalCode": "07470",
                "CountryCode": "US",
                "StateProvinceCode": "NJ",
            },
        }
        assert json.loads(wire.asked[0].body) == {
            "ShipmentRequest": {
                "Request": {"RequestOption": "nonvalidate", "SubVersion": "1801"},
                "Shipment": {
                    "Description": "Return R-7K3QFAB2-1",
                    "ReturnService": {"Code": "9"},
                    "Shipper": {**shop, "ShipperNumber": "A1B2C3"},
                    "ShipTo": shop,
                    "ShipFrom": {
                        "Name": "Customer",
                        "AttentionName": "Customer",
                        "Phone": {"Number": "4045550100"},
                        "Address": {
                            "AddressLine": ["12 Main Street, Apartment 4 on the", "Second Floor"],
                            "City": "Atlanta",
                            "PostalCode": "30301",
                            "CountryCode": "US",
                            "StateProvinceCode": "GA",
                        },
                    },
                    "PaymentInformation": {
                        "ShipmentCharge": {"Type": "01", "BillShipper": {"AccountNumber": "A1B2C3"}}
                    },
                    "Service": {"Code": "03"},
                    "Package": {
                        "Description": "Return R-7K3QFAB2-1",
                        "Packaging": {"Code": "02"},
                        "PackageWeight": {"UnitOfMeasurement": {"Code": "LBS"}, "Weight": "1.8"},
                    },
                },
                "LabelSpecification": {
                    "LabelImageFormat": {"Code": "GIF"},
                    "HTTPUserAgent": "Mozilla/4.5",
                    "LabelStockSize": {"Height": "6", "Width": "4"},
                },
            }
        }

    def test_in_europe_it_is_kilograms_and_the_standard_service(self):
        carrier, wire = self.open("label")

        carrier.return_label(replace(WANTED, sender_country="DE", receiver_country="FR"), key="return:2")

        shipment = json.loads(wire.asked[0].body)["ShipmentRequest"]["Shipment"]
        assert shipment["Service"] == {"Code": "11"}
        assert shipment["Package"]["PackageWeight"] == {"UnitOfMeasurement": {"Code": "KGS"}, "Weight": "0.8"}

    @pytest.mark.parametrize(("grams", "kilograms"), [(1, "0.1"), (100, "0.1"), (101, "0.2"), (2000, "2.0")])
    def test_a_weight_is_rounded_up(self, grams, kilograms):
        carrier, wire = self.open("label")

        carrier.return_label(
            replace(WANTED, sender_country="DE", receiver_country="DE", weight_g=grams), key="return:3"
        )

        package = json.loads(wire.asked[0].body)["ShipmentRequest"]["Shipment"]["Package"]
        assert package["PackageWeight"]["Weight"] == kilograms

    def test_a_package_that_is_no_list_and_a_png_are_read(self):
        reply = self.reply("label")
        results = reply["body"]["ShipmentResponse"]["ShipmentResults"]
        results["PackageResults"] = results["PackageResults"][0]
        png = b"\x89PNG\r\n\x1a\n a label"
        results["PackageResults"]["ShippingLabel"]["GraphicImage"] = base64.b64encode(png).decode()
        carrier, _wire = self.open(reply)

        assert carrier.return_label(WANTED, key="return:4").file_type == "image/png"

    def test_across_a_customs_border_there_is_no_label(self):
        carrier, wire = self.open("label")

        for country in ("GB", "CH", "US"):
            with pytest.raises(NotOffered):
                carrier.return_label(replace(WANTED, sender_country=country, receiver_country="DE"), key="return:5")
        assert wire.asked == []

    def test_an_account_without_a_number_offers_no_label(self):
        carrier, wire = self.open("label")
        carrier.account = {**self.account, "account_number": ""}

        with pytest.raises(NotOffered):
            carrier.return_label(WANTED, key="return:6")
        assert wire.asked == []

    @pytest.mark.parametrize("body", [{}, {"ShipmentResponse": {"ShipmentResults": {"PackageResults": []}}}])
    def test_a_label_of_another_shape_is_no_label(self, body):
        carrier, _wire = self.open({"status": 200, "body": body})

        with pytest.raises(CarrierDown) as caught:
            carrier.return_label(WANTED, key="return:7")
        assert caught.value.raw == "null"

    def test_a_label_is_asked_for_once_when_they_fail(self):
        carrier, wire = self.open({"status": 500, "body": {}})

        with pytest.raises(CarrierDown):
            carrier.return_label(WANTED, key="return:8")
        assert len(wire.asked) == 1

    def test_a_label_is_voided_by_its_number(self):
        carrier, wire = self.open("voided")

        carrier.void(self.number)

        assert (wire.asked[0].method, wire.asked[0].url) == (
            "DELETE",
            f"https://onlinetools.ups.com/api/shipments/v2409/void/cancel/{self.number}",
        )

    # --- check

    def test_check_tells_a_wrong_pair_from_a_missing_product(self):
        wire = Wire(self.reply("nothing_yet"), token_path=self.token_path, token=self.reply("token_refused"))
        assert "does not know this client id" in open_carrier("ups", self.account, session_with(wire)).check()[0]
        assert wire.asked == []

        carrier, _wire = self.open("auth_error")
        assert "was not given UPS Tracking" in carrier.check()[0]

    def test_a_token_of_another_shape_is_no_token(self):
        wire = Wire(self.reply("nothing_yet"), token_path=self.token_path, token={"status": 200, "body": {}})

        with pytest.raises(CarrierDown):
            open_carrier("ups", self.account, session_with(wire)).track([self.number])

    def test_the_page_about_a_parcel(self):
        carrier, _wire = self.open("nothing_yet")

        assert carrier.tracking_url("1Z A&B") == "https://www.ups.com/track?tracknum=1Z%20A%26B"


def test_every_code_of_every_official_table_has_a_deliberate_answer():
    ours = {name: sorted(getattr(words, name)) for name in OFFICIAL}

    assert ours == {name: sorted(set(codes.split())) for name, codes in OFFICIAL.items()}
    # Two rows stand twice in UPS's own tables: EZ among the deliveries, PX among the mail.
    assert {name: len(codes.split()) for name, codes in OFFICIAL.items()} == {
        "STATUS_CODES": 160,
        "MOVEMENTS": 38,
        "DELIVERIES": 152,
        "EXCEPTIONS": 687,
        "MAIL_INNOVATIONS": 214,
        "FREIGHT": 66,
        "FREIGHT_EXCEPTIONS": 207,
        "MANIFEST": 4,
        "UPDATES": 3,
        "TYPES": 10,
    }


def test_what_is_unknown_on_purpose():
    unknown = {(name, code) for name in OFFICIAL for code, word in getattr(words, name).items() if word[0] == "unknown"}

    assert unknown == {
        ("STATUS_CODES", "0"),  # status not available
        ("STATUS_CODES", "88"),  # test
        ("STATUS_CODES", "148"),  # package information unavailable
        ("STATUS_CODES", "163"),
        ("FREIGHT", "000"),  # data not available
        ("TYPES", "NA"),
    }


@pytest.mark.parametrize(
    ("kind", "status_code", "code", "means"),
    [
        ("I", "021", "OT", (Status.OUT_FOR_DELIVERY, "")),
        ("X", "058", "OT", (Status.EXCEPTION, "documents_missing")),  # the same two letters
        ("X", "", "AA", (Status.EXCEPTION, "incorrect_address")),
        ("X", "013", "AP", (Status.ATTEMPTED, "refused")),
        ("X", "124", "RS", (Status.EXCEPTION, "documents_missing")),  # clearance, not "return to sender"
        ("X", "123", "RU", (Status.EXCEPTION, "customs_hold")),
        ("X", "005", "", (Status.EXCEPTION, "")),  # an exception on the way is one
        ("X", "014", "RZ", (Status.IN_TRANSIT, "")),  # released, says their text; RZ alone is "pending release"
        ("X", "012", "RZ", (Status.IN_TRANSIT, "customs_hold")),
        ("X", "092", "", (Status.IN_TRANSIT, "customs_hold")),
        ("P", "", "PU", (Status.ACCEPTED, "")),
        ("P", "038", "PU", (Status.ACCEPTED, "")),
        ("X", "055", "6I", (Status.IN_TRANSIT, "rescheduled")),
        ("D", "161", "2Q", (Status.AVAILABLE_FOR_PICKUP, "to_parcel_shop")),
        ("D", "017", "", (Status.AVAILABLE_FOR_PICKUP, "")),
        ("D", "011", "3H", (Status.DELIVERED, "to_neighbour")),
        ("D", "034", "", (Status.RETURNED, "")),
        ("D", "", "OT", (Status.OUT_FOR_DELIVERY, "")),  # D is "delivery information", not "delivered"
        ("D", "", "", (Status.DELIVERED, "")),
        ("D", "", "UA", (Status.RETURNED, "")),  # under I the same letters are an arrival
        ("I", "", "MN", (Status.IN_TRANSIT, "")),  # a way of delivering, but the type says that it is under way
        ("I", "000", "DP", (Status.IN_TRANSIT, "")),
        ("I", "0", "", (Status.UNKNOWN, "")),
        ("U", "011", "PX", (Status.PRE_TRANSIT, "data_only")),
        ("MV", "", "VP", (Status.CANCELLED, "voided")),
        ("Q", "", "", (Status.UNKNOWN, "")),
        ("I", "999", "", (Status.UNKNOWN, "")),
    ],
)
def test_the_status_code_leads_and_the_code_refines(kind, status_code, code, means):
    assert told(kind, status_code, code) == means


def test_mail_and_freight_have_tables_of_their_own():
    assert told("X", "", "IH", "UPS Freight LTL") == (Status.EXCEPTION, "cod_not_paid")
    assert told("I", "", "EP", "UPS Mail Innovations") == told("I", "", "", "")
    assert told("I", "", "PC", "UPS Mail Innovations") == (Status.AVAILABLE_FOR_PICKUP, "to_parcel_shop")
    assert told("I", "", "PC", "UPS Ground") == (Status.ACCEPTED, "")
    assert told("I", "", "011", "UPS Freight LTL") == (Status.OUT_FOR_DELIVERY, "")


# The appendix of UPS's Track API.
OFFICIAL = {
    "STATUS_CODES": """
        0 3 5 6 7 10 11 12 13 14 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 32 33 34 35 36 37 38 39 40 41 42 43 44
        45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 79 80
        81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99 100 101 102 103 104 105 106 107 108 109 110 111 112
        113 114 115 116 117 118 119 120 121 122 123 124 125 126 127 128 129 130 131 132 133 134 135 136 137 138 139
        140 141 142 143 144 145 146 147 148 149 153 154 155 156 157 158 159 160 161 162 163 164 165 166 167 168 169
    """,
    "MOVEMENTS": """
        AG AR AT CA CD CL DL DP DS EP HU IP LC LM OC OD OF OR OT PC PL PU PT SP UA UD UL VP WH XA XD XR YF YH YI YM
        YN YP
    """,
    "DELIVERIES": """
        0 9 12 1N 1Z 28 2C 2D 2J 2K 2Q 2W 32 38 3F 3G 3H 41 42 44 4X 50 53 57 5F 61 62 70 74 7A 7B 7K 83 85 86 8N 8O
        8Q 98 9E A0 AI AU B0 B2 BI BL BM BN BO BS CB CI CO CR CU DI DK DO DZ EA EB EC EE EF EG EI EJ EK EL EM EP EQ
        ET EZ F0 F3 EZ F1 F2 F7 FB FC FD FI FO FV FZ GK GW HI KU L4 L6 LM M1 M2 M3 M4 M5 M6 M7 M8 M9 MA MB MC MD ME
        MG MH MJ MK ML MM MN MP MQ MR MS MU MV MW MX MY NL NS NT NX OE OO OZ P5 PF RN RQ SB SE SG ST TW UC UJ VS YC
        YH ZE ZF ZG ZH ZI ZQ
    """,
    "EXCEPTIONS": """
        1 2 3 4 5 6 7 8 11 13 14 15 16 17 18 19 22 23 24 25 26 27 29 30 31 33 34 37 39 40 43 45 46 47 48 49 51 52 54
        55 56 59 60 63 64 65 66 67 68 71 72 73 76 77 78 79 84 87 89 90 91 92 93 95 99 1A 1B 1C 1D 1E 1F 1G 1H 1K 1L
        1M 1O 1P 1Q 1T 1U 1V 1W 1X 2A 2B 2E 2G 2H 2N 2O 2R 2S 2T 2U 2V 2X 2Y 2Z 3A 3B 3C 3D 3J 3L 3N 3P 3Q 3R 3S 3T
        3U 3V 3W 3Z 4B 4C 4F 4H 4I 4J 4K 4L 4M 4N 4P 4Q 4R 4S 4T 4Y 4Z 5A 5B 5D 5G 5R 5S 5T 5U 5V 5W 5Z 6B 6C 6D 6E
        6G 6H 6I 6J 6K 6L 6P 6R 6T 6W 6X 6Z 7C 7D 7E 7F 7G 7H 7I 7L 7M 7N 7P 7Q 7R 7S 7T 7U 7V 7W 7X 7Y 7Z 8A 8C 8D
        8E 8F 8G 8H 8I 8K 8L 8M 8R 8Y 8Z 9C 9D 9F 9I 9J 9K 9L 9M 9N 9O 9P 9Q 9R 9S 9T 9U 9V 9X 9Y 9Z A1 A2 A3 A4 A5
        A6 A7 A8 A9 AA AB AC AD AE AF AG AH AJ AK AL AM AN AO AP AQ AS AT AV AW AX AY AZ B1 B3 B4 B5 B6 B8 B9 BA BB
        BD BE BF BG BH BJ BK BP BQ BR BT BV BW BX BZ C3 C4 C5 C6 C7 C8 C9 CA CC CD CE CF CG CH CJ CK CL CM CN CP CQ
        CS CT CV CW CX CY CZ D0 D1 D2 D4 D5 D7 D9 DA DB DC DD DE DF DG DJ DL DN DP DQ DR DS DT DU DW DY E0 E1 E2 E3
        E4 E7 E8 E9 ED EH EN EO ER ES EU EV EW EX EY F0 F3 F4 F5 F7 F8 FA FE FF FG FM FN FT FW G1 G3 G4 G5 G6 G7 G8
        G9 GB GC GD GF GH GI GN GO GQ GR GV GZ H1 H2 H3 H4 H5 H6 H7 H8 H9 HA HD HE HF HG HH HJ HK HL HM HN HO HQ HR
        HW I1 I2 I3 I5 I8 I9 IB IJ IP IQ IR IY J0 J8 J9 JA JB JC JH JI JJ K1 K2 K5 K6 K7 K8 KI KM KN KO KP KQ KR KS
        KT KX KY KZ L0 L1 L2 L3 L5 L8 LE LF LH LI LN LO LQ LU LV LX LY LZ MF MI MT NI NP NW O0 O1 O2 O3 O4 O5 O6 O7
        O8 O9 OA OB OD OH OI OJ OL OM OQ OR OS OT P4 P6 P7 PG PH PI PP PZ Q0 Q1 R1 R3 R4 R5 R6 R7 R8 RA RB RC RD RE
        RF RG RH RI RJ RK RL RM RO RP RR RS RU RV RW RX RY RZ S0 S1 S2 S3 S4 S5 S6 S7 S8 S9 SF SI SJ SL SN SO SP SS
        SU SV SX SY T3 T4 T5 T6 T7 T8 T9 TA TB TC TE TF TG TH TI TJ TK TL TN TO TR TS TT TU TV TX U0 U3 UA UD UE UF
        UG UI UK UL UN UO UP UR US UT UW UX UZ V9 VA VB VD VE VF VG VH VI VJ VK VL VM VN VP VQ VR VU VV VW VX VZ W8
        X0 X2 X3 X4 X5 X6 X7 X8 X9 XA XB XC XD XE XG XJ XK XL XN XO XS XU XV XW XY XZ Y1 Y2 Y3 Y4 Y5 Y7 Y9 YA YD YE
        YF YG YI YJ YK YL YM YR YS YT YU YV YW YX Z1 Z3 Z5 Z7 Z8 ZA ZB ZC ZD ZK ZL ZM ZN ZO ZP ZS ZU ZV ZW ZX ZY ZZ
    """,
    "MAIL_INNOVATIONS": """
        00 1A 1B 1C 1D 1E 1F 1G 2N 2O AU DL DM DN DO DP DQ DR DS DU DV DW DX DY DZ EA EB EC ED EE EF EG EH EI EJ EK
        EL EM EN F4 KP ML MP MQ MR MS MT MU MV MW MX MY MZ OF P0 P1 P2 P3 P4 P5 P6 P7 P8 P9 PA PB PC PD PE PF PG PH
        PI PJ PK PL PM PN PO PP PQ PR PS PT PU PV PW PX PX PY Q0 Q1 Q2 Q3 Q4 Q5 Q6 Q7 Q8 Q9 QA QB QC QD QE QF QG QH
        QI QJ QK QL QM QN QP QQ QR QS QT QU QV QW QX QY QZ R0 R1 R2 R3 R4 R5 R6 R7 R8 R9 RA RB RC RD RE RF RG RH RI
        RJ RK RL RM RN RP RQ RR RS RT RU RV RW RX RY RZ S0 S1 S2 S3 S4 S5 S6 S7 S8 S9 SA SB SC SD SE SF SG SH SI SJ
        SK SL SM SN SO SP SQ SR VS XA XD XO YC YD YE YF YG YH YI YJ YK YL YM ZM ZN ZR ZS ZT ZU ZV ZW ZX ZY ZZ
    """,
    "FREIGHT": """
        000 001 002 003 004 005 006 007 009 010 011 012 013 014 015 016 017 020 022 027 028 029 030 031 032 033 034
        035 036 037 038 039 040 041 042 043 044 045 046 047 048 049 050 051 052 053 054 055 056 057 058 059 060 061
        062 063 065 066 067 068 069 070 072 073 074 080
    """,
    "FREIGHT_EXCEPTIONS": """
        01 02 03 04 05 06 07 08 09 10 11 12 14 15 16 17 18 19 20 21 22 24 25 26 27 28 29 30 31 32 33 34 35 36 38 39
        40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75
        76 77 78 79 80 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99 A1 A2 A3 A4 A5 AR AS B3 B4 B6 B7 B8
        B9 BL BM BP BW C0 C3 C7 D1 D2 D3 D4 D5 DE DG DH DP DX E1 E2 E4 E5 E6 E7 E8 E9 EC EF EX F1 F2 F3 FX G1 G2 G3
        G4 G5 GD HA HC HD HE HF HG HN HU I1 I2 I3 I4 I5 I6 IA IC IE IF IG IH II IJ IK IL IM IN IO IP IQ IS IT LC LD
        MB MR MS PS RF SA SC TE TI TM U2 U3 U4 U6 UF UG UH UI UJ UK UL UM UN UQ UX UY UZ
    """,
    "MANIFEST": "DP MP RD VP",
    "UPDATES": "PX UP UT",
    "TYPES": "D I M MV X DO DD W NA U",
}
