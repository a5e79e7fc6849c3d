import json
from datetime import date

import pytest

from carriers import AccountRefused, BadRequest, CarrierDown, RateLimited, Status, ZoneFrom
from carriers.karrio.translate import meant, read
from carriers.karrio.words import REASONS, WORDS

from .contract import Contract

# karrio's TrackerStatus and TrackingIncidentReason.
STATUSES = {
    *("pending", "picked_up", "unknown", "on_hold", "cancelled", "delivered", "in_transit", "delivery_delayed"),
    *("out_for_delivery", "ready_for_pickup", "delivery_failed", "return_to_sender"),
}
INCIDENTS = {
    *("carrier_damaged_parcel", "carrier_sorting_error", "carrier_address_not_found", "carrier_parcel_lost"),
    *("carrier_not_enough_time", "carrier_vehicle_issue", "carrier_capacity_exceeded", "carrier_mechanical_delay"),
    *("retailer_cancelled", "retailer_incorrect_data", "retailer_not_ready", "retailer_incorrect_parcel"),
    *("retailer_incorrect_dimensions", "retailer_packaging_issue", "consignee_refused", "consignee_business_closed"),
    *("consignee_not_available", "consignee_not_home", "consignee_cancelled", "consignee_verification_failed"),
    *("consignee_incorrect_address", "consignee_access_restricted", "consignee_safe_place_unavailable"),
    *("customs_delay", "customs_documentation", "customs_duties_unpaid", "customs_prohibited", "customs_inspection"),
    *("weather_delay", "natural_disaster", "force_majeure", "parcel_being_researched", "security_issue"),
    *("regulatory_hold", "unknown"),
}
SAYS_NOTHING = {
    *("retailer_cancelled", "retailer_incorrect_data", "retailer_incorrect_parcel", "retailer_incorrect_dimensions"),
    *("retailer_packaging_issue", "consignee_verification_failed", "parcel_being_researched", "security_issue"),
    *("regulatory_hold", "unknown"),
}


class TestKarrioKeepsTheContract(Contract):
    slug = "karrio"
    account = {"base_url": "https://karrio.test/", "token": "key_a-secret", "carrier_name": "some_carrier"}
    number = "ABC0001"
    tells = {
        "first_scan": (Status.ACCEPTED, ""),
        "on_its_way": (Status.IN_TRANSIT, ""),
        "out": (Status.OUT_FOR_DELIVERY, ""),
        "attempted": (Status.ATTEMPTED, "recipient_absent"),
        "locker": (Status.AVAILABLE_FOR_PICKUP, ""),
        "delivered": (Status.DELIVERED, ""),
        "returning": (Status.RETURNING, ""),
        "exception": (Status.EXCEPTION, "damaged"),
    }
    cannot_tell = {"returned": "return_to_sender is the way back and its end"}

    def test_it_reads_as_recorded_and_believes_no_z(self):
        tracked = self.track("on_its_way")

        assert [(scan.code, scan.text, scan.place, scan.local) for scan in tracked.scans] == [
            ("pending/MAN", "Label created", "", "2025-12-01T09:00:00"),
            ("picked_up/PU", "Picked up", "MELBOURNE, AU", "2025-12-02T12:41:57"),
            ("in_transit/AR", "Arrived at hub", "SYDNEY, AU", "2025-12-03T01:00:00"),
        ]
        assert {scan.zone_from for scan in tracked.scans} == {ZoneFrom.ASSUMED}
        assert (tracked.expected_on, tracked.service) == (date(2025, 12, 5), "express")

    def test_a_true_offset_is_believed(self):
        reply = json.dumps(self.reply("on_its_way")["body"]).replace("09:00:00.000Z", "09:00:00+10:00")

        [parcel] = read(reply.encode()).parcels
        assert (parcel.scans[0].zone_from, parcel.scans[0].local) == (ZoneFrom.OFFSET, "2025-12-01T09:00:00")

    def test_an_older_server_says_one_status_for_the_whole(self):
        tracked = self.track("older_server")

        assert [(scan.code, scan.status, scan.local) for scan in tracked.scans] == [
            ("KA", Status.UNKNOWN, "2021-01-10T20:34:00"),
            ("KB", Status.OUT_FOR_DELIVERY, "2021-01-11T20:34:00"),
        ]

    def test_a_status_that_no_event_holds_is_a_scan_of_its_own(self):
        reply = self.reply("on_its_way")["body"] | {"status": "delivered"}

        scans = read(json.dumps(reply).encode()).parcels[0].scans
        assert [scan.code for scan in scans][-2:] == ["in_transit/AR", "delivered"]

    @pytest.mark.parametrize("envelope", [{"messages": [], "tracking": ...}, {"event": "tracker_updated", "data": ...}])
    def test_a_tracker_comes_in_other_envelopes(self, envelope):
        tracker = self.reply("on_its_way")["body"]
        body = {name: tracker if held is ... else held for name, held in envelope.items()}

        assert read(json.dumps(body).encode()) == read(json.dumps(tracker).encode())

    def test_without_a_status_delivered_is_what_it_says(self):
        body = self.reply("older_server")["body"]
        tracker = {**(body["results"][0] if "results" in body else body), "delivered": True}
        del tracker["status"]

        assert read(json.dumps(tracker).encode()).parcels[0].scans[-1].status is Status.DELIVERED

    def test_a_tracker_is_looked_for_and_made_when_it_is_not_there(self):
        carrier, wire = self.open("no_tracker", "on_its_way")

        assert carrier.track([self.number])[self.number].scans
        assert [(asked.method, asked.url) for asked in wire.asked] == [
            ("GET", "https://karrio.test/v1/trackers?tracking_number=ABC0001&carrier_name=some_carrier"),
            ("POST", "https://karrio.test/v1/trackers"),
        ]
        assert json.loads(wire.asked[1].body) == {"tracking_number": "ABC0001", "carrier_name": "some_carrier"}
        assert wire.asked[0].headers["Authorization"] == "Token key_a-secret"

    def test_one_broken_tracker_is_a_refusal_of_its_number(self):
        [good] = self.reply("out")["body"]["results"]

        reply = read(json.dumps({"results": [{"tracking_number": "ABC9"}, good]}).encode())

        assert [parcel.number for parcel in reply.parcels] == [self.number]
        assert [(no.number, no.error) for no in reply.refusals] == [("ABC9", CarrierDown)]

    @pytest.mark.parametrize(
        ("body", "error"),
        [
            ({"detail": "Invalid token."}, AccountRefused),
            ({"errors": [{"code": "not_authenticated", "message": "no"}]}, AccountRefused),
            ({"errors": [{"code": "throttled", "message": "no"}]}, RateLimited),
            ({"errors": [{"code": "error", "message": "no"}]}, CarrierDown),
        ],
    )
    def test_a_no_about_everything_is_raised(self, body, error):
        self.refuses({"status": 200, "body": body}, error)

    def test_a_no_of_the_carrier_behind_is_about_the_number(self):
        body = {"messages": [{"code": "SHIPPING_X", "message": "Bad number", "carrier_name": "some_carrier"}]}

        found = self.track({"status": 424, "body": body})

        assert (found.scans, found.refusal.error, found.refusal.message) == ([], BadRequest, "Bad number")

    def test_what_it_does_not_find_is_no_error(self):
        body = {"errors": [{"code": "not_found", "message": "no tracker"}]}

        assert self.track({"status": 404, "body": body}).refusal is None


def test_every_status_and_reason_has_a_deliberate_answer():
    assert (set(WORDS), set(REASONS)) == (STATUSES, INCIDENTS)
    assert {word for word, (status, _sub) in WORDS.items() if status is Status.UNKNOWN} == {"unknown"}
    assert {reason for reason, why in REASONS.items() if not why} == SAYS_NOTHING


@pytest.mark.parametrize(
    ("status", "reason", "ours"),
    [
        ("delivery_failed", "consignee_refused", (Status.ATTEMPTED, "refused")),
        ("on_hold", "customs_duties_unpaid", (Status.EXCEPTION, "customs_duties_due")),
        ("delivery_delayed", "never_heard_of", (Status.EXCEPTION, "delayed_carrier")),
        ("delivered", "consignee_not_home", (Status.DELIVERED, "")),
        ("", "consignee_refused", (Status.UNKNOWN, "")),
    ],
)
def test_a_reason_refines_what_went_wrong(status, reason, ours):
    assert meant(status, reason) == ours
