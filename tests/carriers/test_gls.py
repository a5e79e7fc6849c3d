import base64
import json

import pytest

from carriers import AccountRefused, BadRequest, CarrierDown, NotOffered, RateLimited, Status, ZoneFrom
from carriers.gls.translate import ERRORS, EVENTS, STATUSES, read
from carriers.taxonomy import understood

from .contract import Contract, end_of
from .labels import WANTED

# OpenAPI 1.0.7: ParcelDTO.status and ParcelErrorCodeDTO.
STATUS = {
    "PLANNEDPICKUP",
    "INPICKUP",
    "NOTPICKEDUP",
    "PREADVICE",
    "INTRANSIT",
    "INDELIVERY",
    "DELIVEREDPS",
    "DELIVERED",
    "INWAREHOUSE",
    "NOTDELIVERED",
    "CANCELED",
    "FINAL",
}
ERROR = {"E_400_01", "E_400_02", "E_400_03", "E_404_01", "E_404_02", "E_500_01"}
UNKNOWN_ON_PURPOSE = {"FINAL"}


class TestGlsKeepsTheContract(Contract):
    slug = "gls"
    account = {"client_id": "the-client-id", "client_secret": "the-client-secret"}
    number = "100525568761"
    token_path = "/oauth2/v2/token"
    token = {"status": 200, "body": {"access_token": "a-token", "token_type": "Bearer", "expires_in": 14400}}
    tells = {
        "first_scan": (Status.ACCEPTED, ""),
        "on_its_way": (Status.IN_TRANSIT, ""),
        "out": (Status.OUT_FOR_DELIVERY, ""),
        "attempted": (Status.ATTEMPTED, ""),
        "locker": (Status.AVAILABLE_FOR_PICKUP, "to_parcel_shop"),
        "delivered": (Status.DELIVERED, ""),
    }
    cannot_tell = {
        "returning": "none of the twelve statuses says it; the code of that event is not published",
        "returned": "the history is closed (FINAL), which is said of delivered parcels too",
        "exception": "none of the twelve statuses says it",
    }

    def test_it_reads_as_recorded(self):
        tracked = self.track("on_its_way")

        assert [(scan.code, scan.status, scan.sub_status, scan.place) for scan in tracked.scans] == [
            ("INTIAL.PREADVICE", Status.PRE_TRANSIT, "data_only", "DE"),
            ("INTIAL.NORMAL", Status.ACCEPTED, "", "Neuenstein, DE"),
            ("OUTBOD.NORMAL", Status.IN_TRANSIT, "", "Neuenstein, DE"),
            ("INBOUD.NORMAL", Status.IN_TRANSIT, "", "Leipzig, DE"),
        ]
        assert (tracked.scans[1].at.isoformat(), tracked.scans[1].zone_from) == (
            "2026-03-02T18:00:52+01:00",
            ZoneFrom.OFFSET,
        )

    def test_delivered_to_the_shop_is_not_delivered(self):
        assert end_of(self.track("locker").scans)[0] is Status.AVAILABLE_FOR_PICKUP

    def test_where_the_event_is_not_understood_the_status_speaks(self):
        scans = self.track("attempted").scans

        assert [(scan.code, scan.status) for scan in scans[-2:]] == [
            ("NOTDELIVERED", Status.ATTEMPTED),
            ("NODELI.SOMETHING", Status.UNKNOWN),
        ]

    def test_a_status_that_says_what_the_newest_event_says_is_no_second_scan(self):
        body = self.reply("on_its_way")["body"]
        body["parcels"][0]["statusDateTime"] = "2026-03-03T04:10:05+0100"

        assert read(json.dumps(body).encode()) == self.read("on_its_way")

    def test_a_parcel_may_come_without_its_envelope(self):
        [parcel] = self.reply("on_its_way")["body"]["parcels"]

        assert read(json.dumps(parcel).encode()) == self.read("on_its_way")

    def test_where_the_event_says_it_the_status_adds_nothing(self):
        assert [scan.code for scan in self.track("locker").scans][-1] == "DELIVD.PARCELSHOP"

    def test_a_closed_history_leaves_the_parcel_where_it_was(self):
        assert understood(self.track("closed").scans)[-1].code == "DELIVD.NORMAL"

    def test_ten_numbers_are_one_question(self):
        carrier, wire = self.open("one_broken_of_four")
        numbers = [self.number, "42249018928", "36301917596", "93835330599"]

        found = carrier.track(numbers)

        assert carrier.batch_size == 10
        assert wire.asked[0].url == (
            "https://api.gls-group.net/track-and-trace-v1/tracking/simple/trackids/"
            "100525568761,42249018928,36301917596,93835330599"
        )
        assert wire.asked[0].headers["Authorization"] == "Bearer a-token"
        assert wire.asked[0].headers["Accept-Language"] == "EN"
        assert [bool(tracked.scans) for tracked in found.values()] == [True, False, False, False]
        assert [tracked.refusal and tracked.refusal.error for tracked in found.values()] == [
            None,
            None,
            CarrierDown,
            CarrierDown,
        ]

    def test_a_number_keeps_the_check_digit_it_was_asked_with(self):
        """They answer with the number of eleven digits in `unitno`."""
        assert self.read("delivered").parcels[0].number == "100525568761"

    def test_the_token_is_asked_for_with_key_and_secret(self):
        carrier, wire = self.open("on_its_way")

        carrier.track([self.number])

        pair = base64.b64encode(b"the-client-id:the-client-secret").decode()
        assert wire.tokens_asked[0].headers["Authorization"] == f"Basic {pair}"
        assert wire.tokens_asked[0].body == "grant_type=client_credentials"

    def test_what_is_missing_is_survived(self):
        assert [(scan.code, scan.text, scan.place) for scan in self.track("half_empty").scans] == [
            ("INTIAL.NORMAL", "INTIAL.NORMAL", "")
        ]

    def test_one_object_where_a_list_is_usual_is_read(self):
        assert [scan.code for scan in self.track("one_where_a_list_is_usual").scans] == ["INTIAL.NORMAL"]

    @pytest.mark.parametrize(
        ("name", "code", "error"),
        [
            ("too_often", "policies.ratelimit.QuotaViolation", RateLimited),
            ("wrong_pair", "400", AccountRefused),
            ("too_many", "400", BadRequest),
        ],
    )
    def test_every_shape_of_error_is_read(self, name, code, error):
        [no] = self.read(name).refusals

        assert (no.code, no.error, bool(no.message)) == (code, error, True)

    def test_a_wrong_pair_is_a_refused_account_though_they_say_400(self):
        carrier, wire = self.open("nothing_yet")
        wire.token = self.reply("wrong_pair")

        assert "Invalid client identifier" in carrier.check()[0]

    def test_check_names_the_likely_mistake(self):
        carrier, _wire = self.open("auth_error")

        assert "Track And Trace V1" in carrier.check()[-1]

    def test_labels_are_not_offered(self):
        carrier, _wire = self.open("nothing_yet")

        with pytest.raises(NotOffered):
            carrier.return_label(WANTED, key="k")

    def test_their_page_about_a_parcel(self):
        carrier, _wire = self.open("nothing_yet")

        assert carrier.tracking_url("1&2") == "https://gls-group.com/GROUP/en/parcel-tracking/?match=1%262"


def test_every_status_and_error_has_a_deliberate_answer():
    assert set(STATUSES) == STATUS
    assert set(ERRORS) == ERROR
    assert {code for code, (status, _why) in STATUSES.items() if status is Status.UNKNOWN} == UNKNOWN_ON_PURPOSE
    assert not [code for code, (status, _why) in EVENTS.items() if status is Status.UNKNOWN]


@pytest.mark.parametrize("status", sorted(STATUS - UNKNOWN_ON_PURPOSE))
def test_every_status_alone_says_where_the_parcel_is(status):
    parcel = {"requested": "1", "status": status, "statusDateTime": "2026-03-03T10:00:00+0100", "events": []}

    [tracked] = read(json.dumps({"parcels": [parcel]}).encode()).parcels

    assert end_of(tracked.scans) == STATUSES[status]
