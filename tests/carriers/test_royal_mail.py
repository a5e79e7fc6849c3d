import json
from dataclasses import replace

import pytest

from carriers import (
    AccountRefused,
    BadRequest,
    CarrierDown,
    NotOffered,
    RateLimited,
    Status,
    SubStatus,
    ZoneFrom,
    open_carrier,
)
from carriers.royal_mail.translate import ERRORS
from carriers.royal_mail.words import WORDS

from .contract import Contract, end_of
from .labels import WANTED
from .wire import Wire, session_with

HOME = replace(
    WANTED,
    sender_name="Ada Lovelace King",
    sender_street="12 Somewhere Street",
    sender_city="Leeds",
    sender_postcode="LS1 1AA",
    sender_country="GB",
    receiver_street="1 High Street",
    receiver_city="Stafford",
    receiver_postcode="ST16 2AA",
    receiver_country="GB",
)
THEIR_LIST = {
    "EVA": "IE IP PA",
    "EVB": "AH AV AW DM MI OF PM PR RA RB RS RT RW SA SD SM SR SS SW",
    "EVC": "AH AV DM MI OF PA PD PI PS PW RA RB RS RW",
    "EVD": "AA AC AV AW DM LS MI OF PL PM PR RA RB RO RS RW SA SD SL SM SR SS SW",
    "EVG": "DM DO MI PD",
    "EVH": "AC AP AR CA CR DI FM ID NC OE SR",
    "EVI": "AV DM LC MC MI MS OF PA PD PI PR PS PW RM RO",
    "EVJ": "AP BA CA CC CD CO DP DU EA EM ES FC IA IC IN JV LV ML MV NT OE PA SR",
    "EVK": "AA AI DN GA LC LS NA NS OP RF SF SP SU",
    "EVN": (
        "AA AB AC AD AE AI BA CE CF CL CO DA DL DN DO DS FS GA GL HE HR IL IO KS LA LC LG LI LP LR MC MI OC OI OU PB "
        "PO RC RD RE RF RL RN RO RR RS RT SA SC SI SR UK UL UO WA"
    ),
    "EVO": "AC BC DO LB MI OC RC RI RR RT RW UF VB",
    "EVP": "LA LC LF LI LN LR LU LX OA OG OI ON OR OU PA PB UX XA XG XI XN XR XU",
    "EVS": "GD GS US",
    "EVZ": "AM BF DM DR LM RD RM SO",
    **dict.fromkeys(("NDE", "NEP", "NFN", "NLC", "NRD", "NRE", "NSF", "NUN"), "DF RF RS SF SS"),
}
CODES = {about + how for about, hows in THEIR_LIST.items() for how in hows.split()}
ONLY_IN_REPLIES = {"EVKNR", "EVNPS", "EVOCO", "RORXS", "RSRXS"}
# What their list calls "Not Applicable", without the two it tells more about (EVNDL, EVNOI).
UNKNOWN_ON_PURPOSE = {"EVNCL", "EVNDS", "EVNOU"} | {code for code in CODES if code.startswith(("EVZ", "N"))}


class TestRoyalMailKeepsTheContract(Contract):
    slug = "royal_mail"
    account = {"client_id": "the-client-id", "client_secret": "the-client-secret"}
    number = "FQ087430672GB"
    tells = {
        "first_scan": (Status.ACCEPTED, ""),
        "on_its_way": (Status.IN_TRANSIT, ""),
        "out": (Status.OUT_FOR_DELIVERY, ""),
        "attempted": (Status.ATTEMPTED, "recipient_absent"),
        "locker": (Status.AVAILABLE_FOR_PICKUP, "to_parcel_shop"),
        "delivered": (Status.DELIVERED, "signed"),
        "returning": (Status.RETURNING, ""),
        "exception": (Status.EXCEPTION, "customs_duties_due"),
    }
    cannot_tell = {"returned": "their list says that a parcel goes back, never that it has come back"}

    def test_it_reads_as_recorded(self):
        tracked = self.track("on_its_way")

        assert [(scan.code, scan.status, scan.sub_status, scan.place) for scan in tracked.scans] == [
            ("EVAIP", Status.PRE_TRANSIT, "data_only", ""),
            ("EVPPA", Status.ACCEPTED, "", "Stafford"),
            ("EVDAC", Status.ACCEPTED, "", "North West Midlands MC"),
            ("EVORI", Status.IN_TRANSIT, "", "Leeds DO"),
        ]
        assert (tracked.scans[1].at.isoformat(), tracked.scans[1].zone_from) == (
            "2026-03-02T17:17:36+00:00",
            ZoneFrom.OFFSET,
        )
        assert (str(tracked.expected_on), tracked.service) == ("2026-03-03", "Special Delivery Guaranteed")

    def test_one_number_is_asked_for_with_all_its_events(self):
        carrier, wire = self.open("on_its_way")

        carrier.track(["FQ 0874 3067 2GB"])

        [asked] = wire.asked
        assert asked.url == "https://api.royalmail.net/mailpieces/v2/FQ087430672GB/events"
        assert {name: asked.headers[name] for name in asked.headers if name.startswith("X-")} == {
            "X-Accept-RMG-Terms": "yes",
            "X-IBM-Client-Id": "the-client-id",
            "X-IBM-Client-Secret": "the-client-secret",
        }

    def test_thirty_numbers_are_one_question_which_tells_the_last_event_of_each(self):
        carrier, wire = self.open("many")
        numbers = [self.number, "RM123456785GB", "ZZ000000000GB", "AA111111110GB"]

        found = carrier.track(numbers)

        assert (carrier.batch_size, carrier.pace.a_day) == (30, 50)
        assert wire.asked[0].url == (
            "https://api.royalmail.net/mailpieces/v2/summary"
            "?mailPieceId=FQ087430672GB,RM123456785GB,ZZ000000000GB,AA111111110GB"
        )
        assert [end_of(tracked.scans)[0] for tracked in found.values()] == [
            Status.OUT_FOR_DELIVERY,
            Status.DELIVERED,
            Status.UNKNOWN,
            Status.UNKNOWN,
        ]
        assert [tracked.refusal and tracked.refusal.error for tracked in found.values()] == [
            None,
            None,
            None,
            CarrierDown,
        ]

    def test_a_parcel_answers_to_both_its_barcodes(self):
        carrier, _wire = self.open("many")

        found = carrier.track(["090367574000000FE1E1B", "RM123456785GB"])

        assert all(tracked.scans for tracked in found.values())

    def test_a_summary_read_from_a_file_has_each_parcel_once(self):
        assert [parcel.number for parcel in self.read("many").parcels] == [self.number, "RM123456785GB"]

    def test_a_parcel_without_its_envelope_is_read_and_scans_of_one_second_keep_their_order(self):
        assert [scan.code for scan in self.track("without_its_envelope").scans] == ["EVGPD", "EVKOP"]

    def test_without_events_the_summary_speaks(self):
        assert [(scan.code, scan.text) for scan in self.track("only_a_summary").scans] == [
            ("EVORI", "Arrived at Delivery Office")
        ]

    def test_what_is_missing_is_survived(self):
        assert [(scan.code, scan.text, scan.place) for scan in self.track("half_empty").scans] == [
            ("EVPPA", "EVPPA", "")
        ]

    def test_one_object_where_a_list_is_usual_is_read(self):
        assert [scan.code for scan in self.track("one_where_a_list_is_usual").scans] == ["EVPPA"]

    @pytest.mark.parametrize(
        ("name", "code", "error"),
        [
            ("no_permission", "E0016", AccountRefused),
            ("too_often", "E0010", RateLimited),
            ("no_terms", "E0004", BadRequest),
        ],
    )
    def test_every_shape_of_error_is_read(self, name, code, error):
        [no] = self.read(name).refusals

        assert (no.code, no.error, bool(no.message)) == (code, error, True)
        with pytest.raises(error):
            self.track(name)

    def test_a_return_label_is_asked_for_in_their_words(self):
        carrier, wire = self.open_with_labels("label")

        label = carrier.return_label(HOME, key="return:1")

        assert (label.tracking_number, label.file_type) == ("RM123456785GB", "application/pdf")
        assert label.file and label.file.startswith(b"%PDF")
        assert label.code_image and label.code_image.startswith(b"\x89PNG")
        [asked] = wire.asked
        assert (asked.method, asked.url) == ("POST", "https://api.parcel.royalmail.com/api/v1/returns")
        assert asked.headers["Authorization"] == "Bearer the-key"
        assert json.loads(asked.body) == {
            "service": {"serviceCode": "TSS"},
            "shipment": {
                "shippingAddress": {
                    "firstName": "Ada",
                    "lastName": "Lovelace King",
                    "addressLine1": "12 Somewhere Street",
                    "city": "Leeds",
                    "postcode": "LS1 1AA",
                    "country": "United Kingdom",
                    "countryIsoCode": "GBR",
                },
                "returnAddress": {
                    "firstName": "Shop",
                    "lastName": "-",
                    "addressLine1": "1 High Street",
                    "city": "Stafford",
                    "postcode": "ST16 2AA",
                    "country": "United Kingdom",
                    "countryIsoCode": "GBR",
                },
                "customerReference": {"reference": "R-7K3QFAB2-1"},
            },
        }

    def test_a_label_may_come_without_the_code_that_needs_no_printer(self):
        reply = self.reply("label")
        carrier, _wire = self.open_with_labels({**reply, "body": {**reply["body"], "qrCode": None}})

        assert carrier.return_label(HOME, key="k").code_image is None

    @pytest.mark.parametrize("broken", [{"label": None}, {"label": "bm90IHRoaXM="}, {"shipment": None}])
    def test_a_label_that_is_no_label_is_no_answer_and_shows_nobodys_address(self, broken):
        reply = self.reply("label")
        carrier, _wire = self.open_with_labels({**reply, "body": {**reply["body"], **broken}})

        with pytest.raises(CarrierDown) as caught:
            carrier.return_label(HOME, key="k")

        assert caught.value.raw == '"a label"'

    def test_a_refused_label_says_why(self):
        carrier, _wire = self.open_with_labels("label_refused")

        with pytest.raises(BadRequest) as caught:
            carrier.return_label(HOME, key="k")

        assert "TSS is not available" in caught.value.raw

    def test_labels_are_not_offered_abroad_nor_without_click_and_drop_nor_taken_back(self):
        carrier, wire = self.open_with_labels("label")
        bare, _wire = self.open("label")

        with pytest.raises(NotOffered, match="within the United Kingdom"):
            carrier.return_label(replace(HOME, sender_country="IE"), key="k")
        with pytest.raises(NotOffered, match="click_and_drop_key"):
            bare.return_label(HOME, key="k")
        with pytest.raises(NotOffered):
            carrier.void("RM123456785GB")
        assert not wire.asked

    def test_check_asks_whether_the_return_service_is_theirs(self):
        carrier, wire = self.open_with_labels("nothing_yet", "services")

        assert carrier.check() == ["Click & Drop offers this account TSN, and not TSS."]
        assert wire.asked[1].url == "https://api.parcel.royalmail.com/api/v1/returns/services"

        carrier, _wire = self.open_with_labels("nothing_yet", {"status": 401, "body": {}})
        assert "does not tell its return services" in carrier.check()[0]

    def test_their_page_about_a_parcel(self):
        carrier, _wire = self.open("nothing_yet")

        assert carrier.tracking_url("1#2") == "https://www.royalmail.com/track-your-item#/tracking-results/1%232"

    def open_with_labels(self, *replies):
        wire = Wire(*(self.reply(reply) if isinstance(reply, str) else reply for reply in replies))
        account = {**self.account, "click_and_drop_key": "the-key"}
        return open_carrier(self.slug, account, session_with(wire)), wire


def test_every_code_of_their_list_has_a_deliberate_answer():
    assert set(WORDS) == CODES | ONLY_IN_REPLIES
    assert {code for code, (status, _why) in WORDS.items() if status is Status.UNKNOWN} == UNKNOWN_ON_PURPOSE
    assert all(isinstance(why, SubStatus) or why == "" for _status, why in WORDS.values())


@pytest.mark.parametrize("code", ["EVKLC", "EVKLS", "EVNLC", "EVPLA"])
def test_what_they_call_delivered_at_a_post_office_has_still_to_be_fetched(code):
    assert WORDS[code][0] is Status.AVAILABLE_FOR_PICKUP


def test_nothing_known_is_no_error():
    assert {code for code, error in ERRORS.items() if error is None} == {
        "E1142",
        "E1144",
        "E1145",
        "E1283",
        "E1284",
        "E1307",
        "E1308",
        "E2001",
    }
