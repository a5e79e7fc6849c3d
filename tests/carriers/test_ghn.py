import json
from datetime import date

import pytest

from carriers import (
    AccountRefused,
    BadRequest,
    CarrierDown,
    NotOffered,
    RateLimited,
    Reply,
    Status,
    ZoneFrom,
    open_carrier,
)
from carriers.ghn.translate import read
from carriers.ghn.words import EXPLAINS, REASONS, WORDS

from .contract import Contract
from .labels import WANTED

# api.ghn.vn, id=48 and id=121
STATUSES = {
    *("ready_to_pick", "picking", "money_collect_picking", "picked", "storing", "transporting", "sorting"),
    *("delivering", "money_collect_delivering", "delivered", "delivery_fail", "waiting_to_return", "return"),
    *("return_transporting", "return_sorting", "returning", "return_fail", "returned", "cancel", "exception"),
    *("lost", "damage"),
}
FAIL_CODES = {
    *("PFA1A0", "PFA2A2", "PFA2A1", "PFA2A3", "PFA1A1", "PCB0B2", "PFA4A1", "PCB0B1", "PFA4A2", "PFA3A2"),
    *("DFC1A0", "DFC1A2", "DFC1A4", "DCD0A1", "DFC1A1", "DFC1A7", "DCD0A6", "DCD0A7", "DCD0A5", "DCD1A5"),
    *("DCD0A8", "DCD1A1", "DFC1A6", "DCD1A3", "RFE0A0", "RFE0A1", "RFE0A6", "RFE0A3", "RFE0A4", "RFE0A5"),
}
IN_NO_TABLE = {"picked_to_storing", "delivery_fail_to_storing", "scrap"}

TOLD = {
    "OrderCode": "LHOME1",
    "ClientOrderCode": "ORD-1001",
    "Type": "switch_status",
    "Status": "delivery_fail",
    "Time": "2024-11-26T04:26:14.231Z",
    "Description": "Cập nhật trạng thái đơn hàng",
    "Reason": "Người nhận không nghe máy - Nhân viên cập nhật: Driver.",
    "ReasonCode": "GHN-DFC1A4",
    "Warehouse": "Bưu Cục 1 Quận 3-HCM",
    "ShipperName": "Driver",
    "ShipperPhone": "0900000000",
    "CODAmount": 0,
}


class TestGhnKeepsTheContract(Contract):
    slug = "ghn"
    account = {"token": "a-secret-token", "base_url": "https://ghn.test"}
    number = "LHOME1"
    tells = {
        "first_scan": (Status.ACCEPTED, ""),
        "on_its_way": (Status.IN_TRANSIT, ""),
        "out": (Status.OUT_FOR_DELIVERY, ""),
        "attempted": (Status.ATTEMPTED, ""),
        "delivered": (Status.DELIVERED, ""),
        "returning": (Status.RETURNING, ""),
        "returned": (Status.RETURNED, ""),
        "exception": (Status.EXCEPTION, "lost"),
    }
    cannot_tell = {"locker": "GHN has post offices and no status for a parcel that waits at one"}

    def test_it_reads_as_recorded(self):
        tracked = self.track("on_its_way")

        assert [(scan.code, scan.status, scan.local) for scan in tracked.scans] == [
            ("picking", Status.PRE_TRANSIT, "2024-11-24T10:30:19"),
            ("picked", Status.ACCEPTED, "2024-11-24T12:10:00"),
            ("storing", Status.IN_TRANSIT, "2024-11-24T16:00:00"),
            ("transporting", Status.IN_TRANSIT, "2024-11-25T00:30:00"),
        ]
        assert tracked.scans[0].at.isoformat() == "2024-11-24T10:30:19.152000+07:00"
        assert {scan.zone_from for scan in tracked.scans} == {ZoneFrom.OFFSET}
        assert (tracked.expected_on, tracked.service) == (date(2024, 11, 26), "2")

    def test_an_order_is_asked_for_with_the_token(self):
        carrier, wire = self.open("on_its_way")

        carrier.track([self.number])

        [asked] = wire.asked
        assert (asked.method, asked.url) == ("POST", "https://ghn.test/shiip/public-api/v2/shipping-order/detail")
        assert json.loads(asked.body) == {"order_code": "LHOME1"}
        assert asked.headers["Token"] == "a-secret-token"

    def test_data_is_an_object_or_a_list_of_one(self):
        listed = self.reply("on_its_way")["body"]
        [order] = listed["data"]

        assert read(json.dumps({**listed, "data": order}).encode()) == read(json.dumps(listed).encode())
        assert read(b'{"code": 200, "message": "Success", "data": null}') == Reply()

    def test_an_order_may_come_without_its_envelope(self):
        [order] = self.reply("on_its_way")["body"]["data"]

        assert read(json.dumps(order).encode()) == self.read("on_its_way")

    def test_a_new_order_is_ready_since_it_was_made(self):
        [scan] = self.track("just_made").scans

        assert (scan.code, scan.sub_status, scan.local) == ("ready_to_pick", "data_only", "2024-11-24T10:26:52")

    def test_a_status_that_the_log_does_not_hold_is_a_scan_of_its_own(self):
        assert [scan.code for scan in self.track("returning").scans][-1] == "returning"

    def test_what_is_missing_is_survived(self):
        tracked = self.track("half_empty")

        assert [(scan.code, scan.status, scan.sub_status, scan.text) for scan in tracked.scans] == [
            ("", Status.UNKNOWN, "", ""),
            ("delivery_fail", Status.ATTEMPTED, "recipient_absent", "Người nhận không nghe máy"),
        ]
        assert (tracked.expected_on, tracked.service) == (None, "")

    def test_one_broken_order_is_a_refusal_of_its_number(self):
        order = {"order_code": "LHOME2", "log": []}

        reply = read(json.dumps({"code": 200, "data": [order, *self.reply("on_its_way")["body"]["data"]]}).encode())

        assert [parcel.number for parcel in reply.parcels] == ["LHOME1"]
        assert [(no.number, no.error) for no in reply.refusals] == [("LHOME2", CarrierDown)]

    def test_nobody_is_named_who_drove_or_typed(self):
        for name in self.tells:
            assert "Driver" not in json.dumps([scan.raw for scan in self.track(name).scans])
        assert "Driver" not in json.dumps(self.track("half_empty").scans[-1].raw, ensure_ascii=False)

    @pytest.mark.parametrize(
        ("leadtime", "day"),
        [
            ("2020-06-02T16:00:00Z", date(2020, 6, 2)),
            ("2024-11-26T23:59:59Z", date(2024, 11, 26)),
            ("2024-11-26T16:59:59Z", date(2024, 11, 26)),
            ("0001-01-01T00:00:00Z", None),
            (None, None),
            (1732665599, None),
        ],
    )
    def test_the_promise_is_the_day_that_is_written(self, leadtime, day):
        [order] = self.reply("on_its_way")["body"]["data"]

        reply = read(json.dumps({"code": 200, "data": {**order, "leadtime": leadtime}}).encode())

        assert reply.parcels[0].expected_on == day

    # --- nos

    @pytest.mark.parametrize(
        ("said", "error"),
        [
            ({"code": 401, "message": "Token is not valid!"}, AccountRefused),
            ({"code": 400, "message": "ShopID is invalid", "code_message": "SHOP_NOT_FOUND"}, AccountRefused),
            ({"code": 400, "message": "no", "code_message": "CLIENT_NOT_OWNER_OF_SHOP"}, AccountRefused),
            ({"code": 400, "message": "Syntax error", "code_message": "USER_ERR_COMMON"}, BadRequest),
            ({"code": 400, "message": "Too many request. This request is processing"}, RateLimited),
            ({"code": 500, "message": "no", "code_message": "SERVER_ERROR_COMMON"}, CarrierDown),
            ({"code": 400, "message": "no", "code_message": "ORDER_NOT_FOUND"}, None),
            ({"code": 400, "message": "code=404, message=Đơn hàng không tồn tại"}, None),
        ],
    )
    @pytest.mark.parametrize("status", [200, 400])
    def test_a_no_comes_with_200_as_well(self, said, error, status):
        reply = {"status": status, "body": {**said, "data": None}}
        if error is None:
            assert self.track(reply).scans == []
        else:
            self.refuses(reply, error)

    def test_a_400_that_says_nothing_is_wrong_stays_a_400(self):
        self.refuses({"status": 400, "body": {"code": 200, "message": "Success", "data": []}}, BadRequest)

    # --- cancelling

    def test_void_cancels_with_the_shop_named(self):
        carrier, wire = self.open("cancelled")
        carrier.account = {**self.account, "shop_id": 885}

        carrier.void("LHOME1")

        [asked] = wire.asked
        assert asked.path_url == "/shiip/public-api/v2/switch-status/cancel"
        assert json.loads(asked.body) == {"order_codes": ["LHOME1"]}
        assert asked.headers["ShopId"] == "885"

    def test_what_was_picked_up_is_not_cancelled(self):
        for reply in ("not_cancelled", "nothing_yet", {"status": 200, "body": self.reply("nothing_yet")["body"]}):
            carrier, _wire = self.open(reply)

            with pytest.raises(BadRequest):
                carrier.void("LHOME1")

    def test_a_cancelling_that_says_nothing_is_no_answer(self):
        carrier, _wire = self.open({"status": 200, "body": {"code": 200, "data": []}})

        with pytest.raises(CarrierDown):
            carrier.void("LHOME1")

    def test_a_return_label_is_not_offered(self):
        carrier, wire = self.open("nothing_yet")

        with pytest.raises(NotOffered):
            carrier.return_label(WANTED, key="k")
        assert wire.asked == []

    # --- the account

    def test_a_shop_of_another_token_is_told(self):
        told = "shop_id is 1, and the shops of this token are 885, 886."
        for shop_id, sentences in ((885, []), ("886", []), (1, [told])):
            carrier, wire = self.open("nothing_yet", "shops")
            carrier.account = {**self.account, "shop_id": shop_id}

            assert carrier.check() == sentences
            assert wire.asked[-1].url == "https://ghn.test/shiip/public-api/v2/shop/all"

    # --- messages they send by themselves

    def test_a_message_is_a_hint(self):
        carrier = open_carrier("ghn", {})

        knock = carrier.parse_webhook(json.dumps(TOLD).encode(), {})

        [parcel] = knock.parcels
        [scan] = parcel.scans
        assert (knock.id, knock.proven, parcel.number) == ("", False, "LHOME1")
        assert (scan.code, scan.status, scan.sub_status) == ("delivery_fail", Status.ATTEMPTED, "recipient_absent")
        assert (scan.text, scan.place) == ("Người nhận không nghe máy", "Bưu Cục 1 Quận 3-HCM")
        assert "Driver" not in json.dumps(scan.raw)

    @pytest.mark.parametrize(
        "kind", ["update_weight", "Update_fee", "update_cod", "cod", "update_partial_return", None]
    )
    def test_what_a_parcel_weighs_or_costs_is_no_scan(self, kind):
        [parcel] = read(json.dumps({**TOLD, "Type": kind}).encode()).parcels

        assert (parcel.number, parcel.scans) == ("LHOME1", [])

    def test_their_page(self):
        assert open_carrier("ghn", {}).tracking_url("L&1") == "https://donhang.ghn.vn/?order_code=L%261"


def test_every_status_has_a_deliberate_answer():
    assert len(STATUSES) == 22
    assert set(WORDS) == STATUSES | IN_NO_TABLE
    assert {code for code, (status, _sub) in WORDS.items() if status is Status.UNKNOWN} == {"scrap"}


def test_every_reason_has_a_deliberate_answer():
    assert len(FAIL_CODES) == 30
    assert set(REASONS) == {f"GHN-{code}" for code in FAIL_CODES}


@pytest.mark.parametrize("status", sorted(STATUSES))
def test_a_reason_explains_the_status_it_is_about_and_no_other(status):
    for reason, why in REASONS.items():
        [parcel] = read(json.dumps({**TOLD, "Status": status, "ReasonCode": reason}).encode()).parcels

        about = status in EXPLAINS and reason.startswith(EXPLAINS[status])
        assert parcel.scans[0].status == WORDS[status][0]
        assert parcel.scans[0].sub_status == (why if about else WORDS[status][1])


def test_a_reason_nobody_knows_changes_nothing():
    [parcel] = read(json.dumps({**TOLD, "ReasonCode": "GHN-DFC9Z9"}).encode()).parcels

    assert (parcel.scans[0].status, parcel.scans[0].sub_status) == (Status.ATTEMPTED, "")
