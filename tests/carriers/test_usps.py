import base64
import json
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from carriers import (
    AccountRefused,
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
from carriers.usps.translate import read
from carriers.usps.words import CODES, TEXTS, told

from .contract import Contract
from .wire import Wire, body_of, session_with

WANTED = LabelWanted(
    reference="R-7K3QFAB2-1",
    sender_name="Test Customer",
    sender_street="12 Main Street",
    sender_postcode="30301-1234",
    sender_city="Atlanta",
    sender_region="ga",
    sender_country="US",
    receiver_name="Shop",
    receiver_street="1 Warehouse Road",
    receiver_postcode="07470",
    receiver_city="Wayne",
    receiver_region="NJ",
    receiver_country="US",
    weight_g=800,
)
PDF = b"%PDF-1.4 a label"
PNG = b"\x89PNG\r\n\x1a\n a code"
FACTS = {"trackingNumber": "9400100000000000000018", "routingInformation": "42007470", "postage": 8.1}


def part(headers: str, payload: bytes) -> bytes:
    return b"--parcel\r\n" + headers.replace("\n", "\r\n").encode() + b"\r\n\r\n" + payload + b"\r\n"


def made(*parts: bytes) -> dict:
    return {
        "status": 200,
        "headers": {"Content-Type": "multipart/mixed; boundary=parcel"},
        "body": b"".join(parts) + b"--parcel--\r\n",
    }


METADATA = part(
    'Content-Type: application/json\nContent-Disposition: form-data; name="returnLabelMetadata"',
    json.dumps(FACTS).encode(),
)
# Their specification says itself that the encodings these headers name are not so.
LABEL = part(
    "Content-Type: application/pdf\nContent-Transfer-Encoding: binary\nContent-Encoding: gzip\n"
    'Content-Disposition: attachment; filename="returnLabelImage.pdf"',
    base64.encodebytes(PDF),
)
RECEIPT = part("Content-Type: application/pdf", base64.b64encode(b"%PDF a receipt"))
QR = part(
    'Content-Type: image/png\nContent-Disposition: attachment; filename="label-broker-qr.png"',
    base64.b64encode(PNG),
)


class TestUspsKeepsTheContract(Contract):
    slug = "usps"
    account = {
        "client_id": "app-id",
        "client_secret": "app-secret",
        "crid": "12345678",
        "mid": "987654321",
        "account_number": "1000000009",
        "webhook_secret": "a-secret-of-thirty-two-characters",
    }
    number = "9400100000000000000018"
    nothing_at = {404}
    token_path = "/oauth2/v3/token"
    token = {
        "status": 200,
        "body": {"access_token": "one-token", "expires_in": 28799, "scope": "tracking labels payments"},
    }
    tells = {
        "first_scan": (Status.ACCEPTED, ""),
        "on_its_way": (Status.IN_TRANSIT, ""),
        "out": (Status.OUT_FOR_DELIVERY, ""),
        "attempted": (Status.ATTEMPTED, "recipient_absent"),
        "locker": (Status.AVAILABLE_FOR_PICKUP, ""),
        "delivered": (Status.DELIVERED, "to_safe_place"),
        "returning": (Status.RETURNING, ""),
        "returned": (Status.RETURNED, ""),
        "exception": (Status.EXCEPTION, "missorted"),
    }

    # --- tracking

    def test_it_reads_as_recorded(self):
        tracked = self.track("on_its_way")

        assert [(scan.code, scan.status, scan.sub_status, scan.place) for scan in tracked.scans] == [
            ("GX", Status.PRE_TRANSIT, "data_only", "ATLANTA, GA, US"),
            ("03", Status.ACCEPTED, "", "ATLANTA, GA, US"),
            ("10", Status.IN_TRANSIT, "", "DENVER CO DISTRIBUTION CENTER, CO, US"),
        ]
        assert [(scan.at.isoformat(), scan.zone_from) for scan in tracked.scans] == [
            ("2025-11-19T09:00:00-05:00", ZoneFrom.PLACE),
            ("2025-11-19T18:30:00-05:00", ZoneFrom.OFFSET),
            ("2025-11-21T02:15:00-07:00", ZoneFrom.OFFSET),
        ]
        assert tracked.expected_on == date(2025, 11, 24)
        assert tracked.service == "USPS Ground Advantage™"

    def test_a_number_is_asked_for_in_detail_with_a_token(self):
        carrier, wire = self.open("on_its_way")

        carrier.track([self.number])

        assert carrier.batch_size == 1
        assert wire.tokens_asked[0].url == "https://apis.usps.com/oauth2/v3/token"
        assert json.loads(wire.tokens_asked[0].body) == {
            "grant_type": "client_credentials",
            "client_id": "app-id",
            "client_secret": "app-secret",
        }
        assert wire.asked[0].url == f"https://apis.usps.com/tracking/v3/tracking/{self.number}?expand=DETAIL"
        assert wire.asked[0].headers["Authorization"] == "Bearer one-token"

    def test_sixty_an_hour_is_the_pace(self):
        carrier, _wire = self.open("nothing_yet")

        assert carrier.pace.a_second * 3600 == pytest.approx(60)
        assert carrier.pace.a_day <= 24 * 60

    def test_every_way_of_telling_the_time_is_understood(self):
        scans = self.track("clocks").scans

        assert [(scan.at.isoformat(), scan.zone_from) for scan in scans] == [
            ("2025-11-20T01:00:00-08:00", ZoneFrom.PLACE),  # a local time, though a Z stands behind it
            ("2025-11-20T05:00:00-05:00", ZoneFrom.ASSUMED),
            ("2025-11-20T06:00:00-08:00", ZoneFrom.OFFSET),
            ("2025-11-20T07:00:00-08:00", ZoneFrom.OFFSET),
            ("2025-11-20T08:00:00-08:00", ZoneFrom.OFFSET),
            ("2025-11-21T09:00:00+01:00", ZoneFrom.PLACE),
        ]
        assert scans[-1].place == "HAMBURG, DE"

    def test_who_signed_is_not_kept(self):
        tracked = self.track("delivered")

        assert "A PERSON" not in str(tracked.scans[-1].raw)

    def test_an_evening_is_not_a_day_too_early_as_their_greenwich_has_it(self):
        assert [(scan.code, scan.at.isoformat()) for scan in self.track("evening").scans] == [
            ("03", "2025-11-21T17:10:00-06:00"),
            ("SF", "2025-11-21T18:31:00-06:00"),
        ]

    def test_nothing_yet_told_with_a_400_is_no_error(self):
        assert (self.track("not_yet").scans, self.track("not_yet").refusal) == ([], None)
        assert [(no.code, no.error, no.number) for no in self.read("not_yet").refusals] == [("400", None, self.number)]
        carrier, _wire = self.open("not_yet")
        assert carrier.check() == []

    def test_a_reply_about_many_numbers_is_a_list(self):
        reply = self.read("bulk")

        assert [(parcel.number, parcel.expected_on) for parcel in reply.parcels] == [(self.number, date(2025, 11, 24))]
        assert [scan.code for scan in reply.parcels[0].scans] == ["A1"]
        assert [(no.code, no.error, no.number) for no in reply.refusals] == [("404", None, "9400100000000000000025")]

    def test_nulls_and_missing_times_are_survived(self):
        tracked = self.track("half_empty")

        assert [(scan.code, scan.text, scan.place, scan.status) for scan in tracked.scans] == [
            ("03", "03", "", Status.ACCEPTED)
        ]
        assert (tracked.service, tracked.expected_on) == ("", date(2025, 11, 24))

    def test_too_many_questions_wait_as_long_as_they_say(self):
        assert self.refuses("too_many", RateLimited).retry_after == 30.0
        assert [no.error for no in read(body_of(self.reply("too_many"))).refusals] == [RateLimited]

    def test_nothing_yet_read_from_a_file_is_no_error(self):
        assert [(no.code, no.error, no.number) for no in self.read("nothing_yet").refusals] == [
            ("404", None, self.number)
        ]

    def test_a_refused_token_is_a_refused_account(self):
        body = b'{"error": "invalid_client", "error_description": "Client credentials are invalid"}'

        assert [(no.code, no.error) for no in read(body).refusals] == [("invalid_client", AccountRefused)]

    # --- webhook

    def test_a_message_is_a_hint_even_with_a_signature(self):
        carrier, wire = self.open("nothing_yet")

        knock = carrier.parse_webhook(body_of(self.reply("hook")), {"x-hmac": "anything"})

        assert (knock.proven, [parcel.number for parcel in knock.parcels]) == (False, [self.number])
        assert [scan.code for scan in knock.parcels[0].scans] == ["10"]
        assert wire.asked == []

    @pytest.mark.parametrize("headers", [{}, {"x-hmac": ""}])
    def test_a_message_without_the_signature_that_is_due_is_forged(self, headers):
        carrier, _wire = self.open("nothing_yet")

        with pytest.raises(ForgedWebhook):
            carrier.parse_webhook(body_of(self.reply("hook")), headers)

    def test_without_a_secret_a_message_is_a_hint(self):
        carrier, _wire = self.open("nothing_yet")
        carrier.account = {**self.account, "webhook_secret": ""}

        assert carrier.parse_webhook(body_of(self.reply("hook")), {}).proven is False

    def test_a_message_of_another_shape_is_none(self):
        carrier, _wire = self.open("nothing_yet")

        for body in (b"[]", b'{"payload": 5}', b'{"payload": "not json"}', b'{"payload": "{}"}', b"{}"):
            with pytest.raises(CarrierDown):
                carrier.parse_webhook(body, {"x-hmac": "anything"})

    # --- labels

    def test_a_label_is_asked_for_in_their_words_and_read_from_its_parts(self):
        carrier, wire = self.open("paying", made(METADATA, LABEL, RECEIPT))

        label = carrier.return_label(WANTED, key="return:1")

        assert label == ReturnLabel(
            tracking_number="9400100000000000000018", routing="42007470", file=PDF, file_type="application/pdf"
        )
        paying, making = wire.asked
        assert paying.url == "https://apis.usps.com/payments/v3/payment-authorization"
        who = {
            "CRID": "12345678",
            "MID": "987654321",
            "manifestMID": "987654321",
            "accountType": "EPS",
            "accountNumber": "1000000009",
        }
        assert json.loads(paying.body) == {
            "roles": [{"roleName": "PAYER", **who}, {"roleName": "LABEL_OWNER", **who}],
        }
        assert making.url == "https://apis.usps.com/labels/v3/return-label"
        assert making.headers["X-Payment-Authorization-Token"] == "paying-token"
        assert json.loads(making.body) == {
            "imageInfo": {"imageType": "PDF", "labelType": "4X6LABEL", "receiptOption": "NONE"},
            "toAddress": {
                "firm": "Shop",
                "streetAddress": "1 Warehouse Road",
                "city": "Wayne",
                "state": "NJ",
                "ZIPCode": "07470",
            },
            "fromAddress": {
                "firstName": "Test",
                "lastName": "Customer",
                "streetAddress": "12 Main Street",
                "city": "Atlanta",
                "state": "GA",
                "ZIPCode": "30301",
                "ZIPPlus4": "1234",
            },
            "packageDescription": {
                "mailClass": "USPS_GROUND_ADVANTAGE_RETURN_SERVICE",
                "rateIndicator": "SP",
                "processingCategory": "MACHINABLE",
                "weightUOM": "lb",
                "weight": 1.77,
                "dimensionsUOM": "in",
                "length": 12,
                "width": 9,
                "height": 4,
                "customerReference": [{"referenceNumber": "R-7K3QFAB2-1", "printReferenceNumber": True}],
            },
        }

    def test_the_same_key_is_the_same_uuid_and_another_key_another(self):
        uuids = []
        for key in ("return:1", "return:1", "return:2"):
            carrier, wire = self.open("paying", made(METADATA, LABEL))
            carrier.return_label(WANTED, key=key)
            uuids.append(wire.asked[1].headers["X-Idempotency-Key"])

        assert uuids[0] == uuids[1] != uuids[2]
        assert UUID(uuids[0]).version == 4

    @pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "binary", "7bit"])
    def test_whatever_a_part_says_of_its_encoding_it_is_base64(self, encoding):
        headers = f"Content-Type: application/pdf\nContent-Transfer-Encoding: {encoding}"
        carrier, _wire = self.open("paying", made(METADATA, part(headers, base64.b64encode(PDF))))

        assert carrier.return_label(WANTED, key="return:8").file == PDF

    def test_a_code_for_a_phone_is_found_among_the_parts(self):
        carrier, _wire = self.open("paying", made(METADATA, QR, LABEL))

        label = carrier.return_label(WANTED, key="return:3")

        assert (label.file, label.code_image) == (PDF, PNG)

    @pytest.mark.parametrize(
        "reply",
        [
            {"status": 200, "body": {"trackingNumber": "1"}},
            made(METADATA),
            made(LABEL, METADATA),
            made(METADATA, part("Content-Type: application/pdf", b"%%%")),
            made(METADATA, part("Content-Type: application/pdf", base64.b64encode(b"<html>"))),
        ],
    )
    def test_a_label_of_another_shape_is_no_label(self, reply):
        carrier, _wire = self.open("paying", reply)

        with pytest.raises(CarrierDown):
            carrier.return_label(WANTED, key="return:4")

    def test_a_label_is_asked_for_once_when_they_fail(self):
        carrier, wire = self.open("paying", {"status": 500, "body": {}})

        with pytest.raises(CarrierDown):
            carrier.return_label(WANTED, key="return:5")
        assert len(wire.asked) == 2

    def test_abroad_and_without_a_payment_account_there_is_no_label(self):
        carrier, wire = self.open("paying")
        with pytest.raises(NotOffered):
            carrier.return_label(replace(WANTED, sender_country="CA"), key="return:6")

        carrier.account = {**self.account, "crid": ""}
        with pytest.raises(NotOffered):
            carrier.return_label(WANTED, key="return:7")
        with pytest.raises(NotOffered):
            carrier.void(self.number)
        assert wire.asked == []

    def test_a_label_is_voided_by_its_number(self):
        carrier, wire = self.open("paying", "voided")

        carrier.void(self.number)

        assert (wire.asked[1].method, wire.asked[1].url) == (
            "DELETE",
            f"https://apis.usps.com/labels/v3/label/{self.number}",
        )
        assert wire.asked[1].headers["X-Payment-Authorization-Token"] == "paying-token"

    # --- check

    def test_check_tells_a_missing_scope_in_words(self):
        for scope, said in (("addresses labels payments", "tracking"), ("tracking", "labels and payments")):
            wire, sentences = self.checked({**self.token["body"], "scope": scope})

            assert f"has not the scope {said}" in sentences[0]
            assert wire.asked == []

    def test_check_asks_for_no_scope_of_labels_where_none_are_made(self):
        account = {name: value for name, value in self.account.items() if name not in ("crid", "mid")}
        wire, sentences = self.checked({**self.token["body"], "scope": "tracking"}, account)

        assert sentences == []
        assert len(wire.asked) == 1

    def test_check_tells_a_wrong_pair(self):
        wire = Wire({"status": 200, "body": {}}, token_path=self.token_path, token={"status": 401, "body": {}})

        assert "does not know this key" in open_carrier("usps", self.account, session_with(wire)).check()[0]

    def checked(self, token: dict, account: dict | None = None) -> tuple[Wire, list[str]]:
        wire = Wire(self.reply("nothing_yet"), token_path=self.token_path, token={"status": 200, "body": token})
        return wire, open_carrier("usps", account or self.account, session_with(wire)).check()

    def test_the_page_about_a_parcel(self):
        carrier, _wire = self.open("nothing_yet")

        assert carrier.tracking_url("94&1") == "https://tools.usps.com/go/TrackConfirmAction?tLabels=94%261"


def test_every_code_we_know_of_has_a_deliberate_answer():
    known = """
        01 02 03 04 05 06 07 08 09 10 11 14 15 16 17 19 21 22 23 24 25 26 27 28 29 30 31 41 42 43 44 51 52 53 54 55 56
        71 80 81 82 83 89 AD DX EF GC GX MA OA OF PA PC SF TM UA
    """

    assert sorted(CODES) == sorted(known.split())


def test_what_is_unknown_on_purpose():
    assert [code for code, (status, _sub_status) in CODES.items() if status is Status.UNKNOWN] == ["DX"]
    assert [text for text, (status, _sub_status) in TEXTS.items() if status is Status.UNKNOWN] == []


@pytest.mark.parametrize(
    ("code", "text", "means"),
    [
        ("01", "Delivered, To Original Sender", (Status.RETURNED, "")),
        ("01", "Delivered, Neighbor as Requested", (Status.DELIVERED, "to_neighbour")),
        ("01", "Delivered, In a Way Nobody Wrote Down", (Status.DELIVERED, "")),
        ("OF", "Out for Delivery, Expected Delivery by 9:00pm", (Status.OUT_FOR_DELIVERY, "")),
        ("A1", "Arrived at USPS Facility", (Status.IN_TRANSIT, "")),
        ("80", "Picked Up by Shipping Partner, USPS Awaiting Item", (Status.PRE_TRANSIT, "")),
        ("ZQ", "Something New", (Status.UNKNOWN, "")),
    ],
)
def test_the_text_says_more_than_the_code(code, text, means):
    assert told(code, text) == means


def test_texts_stand_as_they_are_looked_up():
    assert [text for text in TEXTS if text != text.lower().strip()] == []
