import json
from datetime import date

import pytest

from carriers import AccountRefused, BadRequest, CarrierDown, NotOffered, Status, ZoneFrom, open_carrier
from carriers.ghtk.translate import error_of, read
from carriers.ghtk.words import EXPLAINS, REASONS, WORDS

from .contract import Contract
from .labels import WANTED

# The tables of the webhook page.
STATUS_IDS = {
    *("-1", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "20", "21"),
    *("123", "127", "128", "45", "49", "410"),
}
REASON_CODES = {
    *("100", "101", "102", "103", "104", "105", "106", "107", "110", "111", "112", "113", "114", "115"),
    *("120", "121", "122", "123", "124", "125", "126", "127", "128", "129", "1200"),
    *("130", "131", "132", "133", "134", "135", "140", "141", "142", "143", "144"),
}
SAYS_NOTHING = {"107", "114", "127", "133", "134", "135", "144"}  # "another reason", and who cancelled

FORM = (
    b"label_id=S1.A1.17373471&partner_id=ORD-1001&action_time=2016-11-02T12:18:39+07:00&status_id=49"
    b"&reason_code=130&reason=Kh%C3%B4ng+nh%E1%BA%ADn&weight=2.4&fee=1500&return_part_package=0"
)


class TestGhtkKeepsTheContract(Contract):
    slug = "ghtk"
    account = {"token": "a-secret-token", "client_source": "S-partner-code", "base_url": "https://ghtk.test"}
    number = "S1.A1.17373471"
    tells = {
        "first_scan": (Status.ACCEPTED, ""),
        "out": (Status.OUT_FOR_DELIVERY, ""),
        "on_its_way": (Status.IN_TRANSIT, ""),
        "attempted": (Status.ATTEMPTED, ""),
        "delivered": (Status.DELIVERED, ""),
        "returning": (Status.RETURNING, ""),
        "returned": (Status.RETURNED, ""),
        "exception": (Status.EXCEPTION, "delayed_carrier"),
    }
    cannot_tell = {"locker": "GHTK has no status for a parcel that waits to be fetched"}

    def test_scans_come_oldest_first(self):
        """They tell one state and no history."""
        assert len(self.track("on_its_way").scans) == 1

    def test_it_reads_as_recorded(self):
        tracked = self.track("on_its_way")

        [scan] = tracked.scans
        assert (scan.code, scan.text, scan.at.isoformat(), scan.zone_from) == (
            "3",
            "Đã lấy hàng/Đã nhập kho",
            "2024-11-26T15:00:00+07:00",
            ZoneFrom.CARRIER,
        )
        assert tracked.expected_on == date(2024, 11, 27)

    def test_an_order_is_asked_for_with_token_and_partner_code(self):
        carrier, wire = self.open("out")

        carrier.track(["S1/A"])

        [asked] = wire.asked
        assert (asked.method, asked.url) == ("GET", "https://ghtk.test/services/shipment/v2/S1%2FA")
        assert (asked.headers["Token"], asked.headers["X-Client-Source"]) == ("a-secret-token", "S-partner-code")

    def test_the_last_part_of_a_label_is_the_parcel_that_was_asked_for(self):
        carrier, _wire = self.open("out")

        assert carrier.track(["17373471"])["17373471"].scans
        assert read(json.dumps(self.reply("out")["body"]).encode()).parcels[0].number == self.number

    def test_money_that_comes_later_is_no_later_delivery(self):
        tracked = self.track("settled")

        assert [(scan.status, scan.local) for scan in tracked.scans] == [(Status.DELIVERED, "2024-11-27T00:00:00")]
        assert [scan.local for scan in self.track("delivered").scans] == ["2024-11-27T11:45:10"]

    def test_the_day_of_the_delivery_is_no_estimate(self):
        for name in ("delivered", "settled", "returning", "returned"):
            assert self.track(name).expected_on is None

    def test_an_order_alone_moves_nothing(self):
        assert [(scan.status, scan.sub_status) for scan in self.track("just_made").scans] == [
            (Status.PRE_TRANSIT, "data_only")
        ]

    def test_what_is_missing_is_survived(self):
        assert [(scan.text, scan.code) for scan in self.track("half_empty").scans] == [("4", "4")]
        assert (self.track("no_time").scans, self.track("no_time").expected_on) == ([], None)

    def test_who_lives_where_is_not_kept(self):
        assert "Customer" not in repr(self.track("delivered"))

    # --- nos

    @pytest.mark.parametrize(
        ("code", "message", "error"),
        [
            ("20101", "Cần cung cấp token hợp lệ", AccountRefused),
            ("20102", "X-Refer-Token không hợp lệ", AccountRefused),
            ("10101", "Đã có lỗi xảy ra!", CarrierDown),
            ("10104", "Đường dẫn không tồn tại, vui lòng thử lại sau", BadRequest),
            ("10102", "Phương thức không hợp lệ", BadRequest),
            ("", "Đơn hàng không tồn tại", None),
            ("", "Không tìm thấy đơn hàng", None),
            ("", "Khách hàng không tồn tại", BadRequest),
        ],
    )
    def test_an_error_means_one_of_ours(self, code, message, error):
        assert error_of(code, message) is error

    # --- cancelling

    @pytest.mark.parametrize("reply", ["cancelled", "cancelled_before"])
    def test_void_cancels_once_or_twice(self, reply):
        carrier, wire = self.open(reply)

        carrier.void("S1.A1")

        assert (wire.asked[0].method, wire.asked[0].path_url) == ("POST", "/services/shipment/cancel/S1.A1")

    def test_what_was_picked_up_is_not_cancelled(self):
        carrier, _wire = self.open("not_cancelled")

        with pytest.raises(BadRequest):
            carrier.void("S1.A1")

    def test_a_return_label_is_not_offered(self):
        carrier, wire = self.open("nothing_yet")

        with pytest.raises(NotOffered):
            carrier.return_label(WANTED, key="k")
        assert wire.asked == []

    # --- messages they send by themselves

    def test_a_form_with_a_bare_plus_is_a_hint(self):
        knock = open_carrier("ghtk", {}).parse_webhook(FORM, {})

        [parcel] = knock.parcels
        [scan] = parcel.scans
        assert (knock.id, knock.proven, parcel.number) == ("", False, self.number)
        assert scan.at.isoformat() == "2016-11-02T12:18:39+07:00"
        assert (scan.code, scan.status, scan.sub_status, scan.text) == ("49", Status.ATTEMPTED, "refused", "Không nhận")
        assert scan.zone_from is ZoneFrom.OFFSET

    def test_a_plus_may_be_spelt_out_and_the_message_may_be_json(self):
        spelt = FORM.replace(b"39+07", b"39%2B07")
        as_json = json.dumps(
            {
                "label_id": self.number,
                "status_id": 49,
                "action_time": "2016-11-02T12:18:39+07:00",
                "reason_code": 130,
                "reason": None,
            }
        ).encode()

        for body in (spelt, as_json):
            [scan] = read(body).parcels[0].scans
            assert (scan.at.isoformat(), scan.sub_status) == ("2016-11-02T12:18:39+07:00", "refused")

    def test_a_form_or_an_order_may_come_as_it_was_copied(self):
        order = self.reply("on_its_way")["body"]["order"]

        assert read(b"\xef\xbb\xbf" + FORM + b"\r\n") == read(FORM)
        assert read(json.dumps(order).encode(), self.number) == self.read("on_its_way")

    @pytest.mark.parametrize("body", [b"", b"a=b", b"label_id=1", b"label_id=1&status_id", b'{"label_id": "1"}'])
    def test_what_is_no_message_says_nothing(self, body):
        carrier = open_carrier("ghtk", {})

        if b"status_id" in body:
            assert carrier.parse_webhook(body, {}).parcels[0].scans == []
        else:
            with pytest.raises(CarrierDown):
                carrier.parse_webhook(body, {})

    def test_their_page(self):
        assert open_carrier("ghtk", {}).tracking_url("S1 A") == "https://i.ghtk.vn/S1%20A"


def test_every_status_and_reason_has_a_deliberate_answer():
    assert (len(STATUS_IDS), len(REASON_CODES)) == (22, 36)
    assert (set(WORDS), set(REASONS)) == (STATUS_IDS, REASON_CODES)
    assert Status.UNKNOWN not in {status for status, _sub in WORDS.values()}
    assert {code for code, why in REASONS.items() if not why} == SAYS_NOTHING


@pytest.mark.parametrize("status", sorted(STATUS_IDS))
def test_a_reason_explains_the_status_it_is_about_and_no_other(status):
    for reason, why in REASONS.items():
        body = FORM.replace(b"status_id=49", f"status_id={status}".encode())
        [scan] = read(body.replace(b"reason_code=130", f"reason_code={reason}".encode())).parcels[0].scans

        about = status in EXPLAINS and reason.startswith(EXPLAINS[status])
        assert (scan.status, scan.sub_status) == (WORDS[status][0], (about and why) or WORDS[status][1])
