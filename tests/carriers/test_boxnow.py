import hmac
import json
from dataclasses import replace
from decimal import Decimal

import pytest

from carriers import (
    AccountRefused,
    BadRequest,
    CarrierDown,
    ForgedWebhook,
    LabelItem,
    NotOffered,
    Reply,
    Status,
    ZoneFrom,
    open_carrier,
)
from carriers.boxnow.members import sent_as
from carriers.boxnow.translate import WORDS, error_of, read

from .contract import Contract
from .labels import WANTED

# Partner API 1.65: EventType and ParcelState, and the one state that only an error text names (P425).
EVENTS = [
    "new",
    "delivered",
    "expired",
    "returned",
    "in-depot",
    "final-destination",
    "canceled",
    "accepted-for-return",
    "missing",
    "accepted-to-locker",
    "lost",
]
STATES = [
    "new",
    "in-transit",
    "in-depot",
    "expired-return",
    "returned",
    "in-final-destination",
    "delivered",
    "wait-for-load",
    "lost",
    "cancelled",
    "missing",
    "accepted-for-return",
    "canceled-return",
]
NOBODY_SAYS = {"canceled-return"}

PDF = {"status": 200, "headers": {"Content-Type": "application/pdf"}, "body": b"%PDF-1.4 a label"}
SECRET = "whsec-of-the-shop"


class TestBoxNowKeepsTheContract(Contract):
    slug = "boxnow"
    account = {
        "client_id": "the-client-id",
        "client_secret": "the-client-secret",
        "webhook_secret": SECRET,
        "return_location": "warehouse-9",
        "base_url": "https://boxnow.test/",
    }
    number = "9219700001"
    token_path = "/auth-sessions"
    token = {"status": 200, "body": {"access_token": "a-token", "token_type": "Bearer", "expires_in": 3600}}
    tells = {
        "first_scan": (Status.ACCEPTED, ""),
        "on_its_way": (Status.IN_TRANSIT, ""),
        "locker": (Status.AVAILABLE_FOR_PICKUP, "to_locker"),
        "delivered": (Status.DELIVERED, ""),
        "returning": (Status.RETURNING, ""),
        "returned": (Status.RETURNED, ""),
        "exception": (Status.EXCEPTION, "lost"),
    }
    cannot_tell = {
        "out": "parcels are driven to lockers; no event says that one is on the van",
        "attempted": "nobody rings at a door",
    }

    def test_it_reads_as_recorded(self):
        tracked = self.track("on_its_way")

        assert [(scan.code, scan.status, scan.sub_status, scan.place, scan.local) for scan in tracked.scans] == [
            ("new", Status.PRE_TRANSIT, "data_only", "", "2025-01-14T07:05:11"),
            ("accepted-to-locker", Status.ACCEPTED, "", "Περίπτερο Πλατείας 1", "2025-01-14T09:30:00"),
            ("in-depot", Status.IN_TRANSIT, "", "Αποθήκη BOX NOW Ασπρόπυργος", "2025-01-14T15:10:40"),
        ]
        assert {scan.zone_from for scan in tracked.scans} == {ZoneFrom.OFFSET}
        assert (tracked.service, tracked.expected_on) == ("next-day", None)

    def test_a_parcel_is_asked_for_by_its_number_with_the_token(self):
        carrier, wire = self.open("on_its_way")

        carrier.track([self.number])

        assert [json.loads(asked.body) for asked in wire.tokens_asked] == [
            {"grant_type": "client_credentials", "client_id": "the-client-id", "client_secret": "the-client-secret"}
        ]
        assert [asked.url for asked in wire.asked] == ["https://boxnow.test/api/v1/parcels?parcelId=9219700001"]
        assert wire.asked[0].headers["Authorization"] == "Bearer a-token"
        assert "X-PartnerID" not in wire.asked[0].headers

    def test_a_state_that_no_event_tells_is_a_scan_of_its_own(self):
        scans = self.track("exception").scans

        assert [(scan.code, scan.local) for scan in scans][-1] == ("lost", "2025-01-25T11:00:00")

    def test_a_state_that_its_event_tells_in_other_letters_is_none(self):
        assert [scan.code for scan in self.track("locker").scans] == ["new", "in-depot", "final-destination"]

    def test_what_is_missing_is_survived_and_spoils_nobody_elses_parcel(self):
        reply = self.read("half_empty")

        assert [(parcel.number, [scan.code for scan in parcel.scans]) for parcel in reply.parcels] == [
            ("9219700001", ["", "in-depot"]),
            ("9219700002", ["in-depot"]),
        ]
        assert [(no.number, no.error) for no in reply.refusals] == [("9219700003", CarrierDown)]

    def test_one_object_in_place_of_a_list_is_read(self):
        [parcel] = self.reply("on_its_way")["body"]["data"]

        assert len(read(json.dumps({"data": parcel}).encode()).parcels[0].scans) == 3
        assert read(b'{"data": null}') == Reply()

    def test_a_parcel_or_a_message_may_come_without_its_envelope(self):
        [parcel] = self.reply("on_its_way")["body"]["data"]

        assert read(json.dumps(parcel).encode()) == self.read("on_its_way")
        assert read(DATA.encode()) == read(message(DATA))

    def test_anothers_parcel_is_a_no_about_the_parcel_and_not_about_the_account(self):
        found = self.track("anothers_parcel")

        assert (found.scans, found.refusal.code, found.refusal.error) == ([], "P414", BadRequest)

    def test_a_partner_is_named_when_the_account_names_one(self):
        carrier, wire = self.open("nothing_yet")
        carrier.account = {**self.account, "partner_id": 17}

        carrier.track([self.number])

        assert wire.asked[0].headers["X-PartnerID"] == "17"

    # --- check

    def test_a_login_of_several_partners_is_told_which_line_to_write(self):
        carrier, _wire = self.open("ambiguous_partner")

        assert carrier.check()[-1] == "This login manages several partners: write the ID of yours into partner_id."

    def test_keys_of_the_other_environment_are_thought_of(self):
        carrier, wire = self.open("nothing_yet")
        wire.token = {"status": 401, "body": {"message": "Unauthorized"}}

        assert carrier.check() == [
            'BOX NOW refuses this account. It said: 401 {"message": "Unauthorized"}',
            "Keys of the stage environment work with its own base_url alone, and the other way round.",
        ]
        assert len(wire.tokens_asked) == 1

    def test_a_country_they_do_not_know_is_told(self):
        carrier, _wire = self.open("nothing_yet")
        carrier.account = {**self.account, "country": "GREECE"}

        assert carrier.check() == ["country is GREECE: BOX NOW knows gr, cy, bg and hr, in small letters."]

    def test_a_compartment_they_do_not_have_is_told_and_the_large_one_is_asked_for(self):
        carrier, wire = self.open("nothing_yet")
        carrier.account = {**self.account, "compartment": "small"}
        assert carrier.check() == ["compartment is small: it is 1, 2 or 3, from small to large."]

        for compartment, size in (("small", 3), ("1", 1), (2, 2), (None, 3)):
            carrier, wire = self.open("return_created", PDF)
            carrier.account = {**self.account, "compartment": compartment}
            carrier.return_label(WANTED, key="k")
            assert json.loads(wire.asked[0].body)["parcels"][0]["size"] == size

    # --- labels

    def test_a_return_is_asked_for_in_their_words_and_its_label_is_fetched(self):
        carrier, wire = self.open("return_created", PDF)
        items = (LabelItem("Shirt", 2, Decimal("19.9"), "EUR"), LabelItem("Hat", 1, Decimal("5"), "EUR"))

        label = carrier.return_label(replace(WANTED, items=items), key="return:1")

        assert (label.tracking_number, label.file, label.file_type) == ("9219700077", PDF["body"], "application/pdf")
        assert [(asked.method, asked.url) for asked in wire.asked] == [
            ("POST", "https://boxnow.test/api/v1/delivery-requests:customerReturns"),
            ("GET", "https://boxnow.test/api/v1/parcels/9219700077/label.pdf"),
        ]
        assert json.loads(wire.asked[0].body) == {
            "sender": {
                "contactPhoneNumber": "+30 21 0000 0001",
                "contactEmail": "ada@example.com",
                "contactName": "Customer",
            },
            "destination": {"locationId": "warehouse-9"},
            "parcels": [
                {"id": "R-7K3QFAB2-1", "name": "R-7K3QFAB2-1", "value": "44.80", "weight": 0.8, "size": 3},
            ],
        }

    @pytest.mark.parametrize("trouble", [{"status": 503, "body": {}}, {"status": 200, "body": b"<html>"}])
    def test_a_return_whose_label_cannot_be_had_is_cancelled_again(self, trouble):
        carrier, wire = self.open("return_created", trouble, {"status": 200, "body": b""})

        with pytest.raises(CarrierDown):
            carrier.return_label(WANTED, key="return:1")

        assert wire.asked[-1].url == "https://boxnow.test/api/v1/parcels/9219700077:cancel"

    def test_a_label_that_is_refused_is_not_asked_for_again(self):
        carrier, wire = self.open({"status": 503, "body": {"code": "P600", "message": "Locker bridge"}})

        with pytest.raises(CarrierDown):
            carrier.return_label(WANTED, key="return:1")

        assert len(wire.asked) == 1

    def test_a_label_needs_a_warehouse_a_phone_and_a_mail_address(self):
        carrier, wire = self.open("return_created", PDF)

        for lacking in ({"sender_phone": ""}, {"sender_email": ""}):
            with pytest.raises(BadRequest):
                carrier.return_label(replace(WANTED, **lacking), key="k")
        carrier.account = {**self.account, "return_location": ""}
        with pytest.raises(NotOffered):
            carrier.return_label(WANTED, key="k")
        assert wire.asked == []

    def test_void_cancels(self):
        carrier, wire = self.open({"status": 200, "body": b""})

        carrier.void("92/1")

        assert (wire.asked[0].method, wire.asked[0].path_url) == ("POST", "/api/v1/parcels/92%2F1:cancel")

    # --- messages they send by themselves

    def test_a_signed_message_is_proof(self):
        carrier, _wire = self.open("nothing_yet")

        knock = carrier.parse_webhook(message(DATA), {})

        [parcel] = knock.parcels
        assert (knock.id, knock.proven, parcel.number) == ("msg-1", True, self.number)
        [scan] = parcel.scans
        assert (scan.code, scan.status, scan.place) == (
            "final-destination",
            Status.AVAILABLE_FOR_PICKUP,
            'Locker "data": {x}',
        )

    def test_a_message_and_a_reply_tell_the_same_scan(self):
        told = read(message('{"parcelId":"9219700001","event":"in-depot","time":"2025-01-14T15:10:40.000Z"}'))
        [asked] = [scan for scan in self.track("on_its_way").scans if scan.code == "in-depot"]

        [scan] = told.parcels[0].scans
        assert (scan.at, scan.code, scan.status) == (asked.at, asked.code, asked.status)

    def test_whom_the_parcel_is_for_and_what_opens_the_locker_is_not_kept(self):
        data = json.loads(DATA) | {"customer": {"name": "Ada"}, "parcelPin": "123456"}

        [parcel] = read(message(json.dumps(data))).parcels

        assert parcel.scans[0].raw == json.loads(DATA)

    def test_a_message_may_hold_data_anywhere(self):
        carrier, _wire = self.open("nothing_yet")
        nested = '{"parcelId":"9219700001","event":"new","time":"2025-01-14T15:10:40Z","data":{"data":[1,"}"]}}'
        spaced = ' {\n "parcelId" : "9219700001" , "event":"new","time":"2025-01-14T15:10:40Z","n":1.50e1}'.strip()
        for data in (DATA, nested, spaced):
            signed = sign(data)
            for body in (
                f'{{"id":"m","specversion":"1.0","data":{data},"datasignature":"{signed}"}}',
                f'\r\n{{ "x" : {{"data":{{}}}} ,\t"datasignature":"{signed}" , "data" :\n{data}\n}} ',
                f'{{"a\\"data":"{{","\\"data\\":":"}}","d\\u0061ta":{data},"datasignature":"{signed}"}}',
            ):
                assert carrier.parse_webhook(body.encode(), {}).proven

    @pytest.mark.parametrize(
        "forge",
        [
            lambda body: body.replace(b"final-destination", b"delivered"),
            lambda body: body.replace(b'"postalCode":', b'"postalCode": '),
            lambda body: body.replace(b'"datasignature":"', b'"datasignature":"0'),
            lambda body: body.replace(b'"datasignature"', b'"signature"'),
            lambda body: body.replace(b'"datasignature":"', b'"datasignature":null,"was":"'),
            lambda body: body[:-1] + b',"data":{"parcelId":"1","event":"delivered","time":"2025-01-15T10:30:00Z"}}',
            lambda body: b'{"data":{"parcelId":"1"},' + body[1:],
            lambda body: body.replace(b'"data":', b'"date":'),
        ],
        ids=["word", "blank", "signature", "none", "null", "second after", "second before", "no data"],
    )
    def test_a_forged_message_is_refused(self, forge):
        carrier, _wire = self.open("nothing_yet")
        body = message(DATA)
        assert carrier.parse_webhook(body, {}).proven
        assert forge(body) != body

        with pytest.raises(ForgedWebhook):
            carrier.parse_webhook(forge(body), {})

    def test_without_a_secret_a_message_is_only_a_hint(self):
        for secret in ("", None):
            carrier, _wire = self.open("nothing_yet")
            carrier.account = {**self.account, "webhook_secret": secret}

            assert carrier.parse_webhook(message(DATA, secret=""), {}).proven is False

    @pytest.mark.parametrize("body", [b"", b"[]", b"<xml/>", b'{"specversion":"1.0"}'])
    def test_what_is_no_message_is_none(self, body):
        carrier = open_carrier("boxnow", {})

        with pytest.raises(CarrierDown):
            carrier.parse_webhook(body, {})

    def test_their_page_is_of_the_country(self):
        carrier, _wire = self.open("nothing_yet")

        assert carrier.tracking_url("92 1&x") == "https://boxnow.gr/?track=92%201%26x"
        carrier.account = {"country": "hr"}
        assert carrier.tracking_url("1") == "https://boxnow.hr/?track=1"


DATA = (
    '{"parcelId":"9219700001","parcelState":"final-destination","event":"final-destination",'
    '"time":"2025-01-15T10:30:00Z","orderNumber":"ORD-1001",'
    '"eventLocation":{"displayName":"Locker \\"data\\": {x}","postalCode":"11521"}}'
)


def sign(data: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), data.encode(), "sha256").hexdigest()


def message(data: str, secret: str = SECRET) -> bytes:
    return (
        '{"specversion":"1.0","type":"gr.boxnow.parcel_event_change","source":"boxnow","subject":"9219700001",'
        '"id":"msg-1","time":"2025-01-15T10:30:01Z","datacontenttype":"application/json",'
        f'"datasignature":"{sign(data, secret)}","data":{data}}}'
    ).encode()


def test_every_event_and_state_has_a_deliberate_answer():
    assert set(EVENTS) | set(STATES) <= set(WORDS)
    assert {word for word in WORDS if WORDS[word][0] is Status.UNKNOWN} == NOBODY_SAYS
    assert set(WORDS) - set(EVENTS) - set(STATES) == {"intransit"}  # the manual's own spelling


@pytest.mark.parametrize(
    ("code", "error"),
    [("P400", BadRequest), ("P410", BadRequest), ("P420", BadRequest), ("C404", BadRequest), ("P600", CarrierDown)]
    + [(code, AccountRefused) for code in ("X403", "P412", "P440", "P441", "P466")],
)
def test_an_error_means_one_of_ours(code, error):
    assert error_of(code) is error
    assert read(json.dumps({"code": code, "message": "no"}).encode()) == Reply(refusals=[refusal(code, error)])


def refusal(code, error):
    return read(json.dumps({"code": code, "message": "no"}).encode()).refusals[0].__class__(code, "no", error)


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{", b'{"data"}', b'{"data":1,}', b'{"data":1 "b":2}', b"\xff", b'{"data":1']
)
def test_what_is_no_object_has_no_members(raw):
    with pytest.raises(ValueError):
        sent_as(raw, "data")


def test_members_keep_their_bytes():
    assert sent_as(b'{ "a" : [ 1.0,\t"\\u00e9" ] , "b":{}, "a":null}', "a") == [b'[ 1.0,\t"\\u00e9" ]', b"null"]
    assert sent_as(b" {} ", "a") == []
