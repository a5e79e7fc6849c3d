"""What every carrier adapter owes us. Inherit Contract, name the carrier, record its replies, add its own oddities."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
import requests

from carriers import (
    AccountRefused,
    BadRequest,
    CarrierAdapter,
    CarrierDown,
    CarrierError,
    RateLimited,
    Status,
    Tracked,
    open_carrier,
)

from .wire import Wire, recorded, session_with

PAGE = b"<!doctype html><title>Wartungsarbeiten</title>"


class Contract:
    """Replies named here exist for every carrier: on_its_way, nothing_yet, unknown_word."""

    slug: str
    account: dict
    number: str  # the one the recorded replies are about

    def open(self, *replies: str | dict | Exception) -> tuple[CarrierAdapter, Wire]:
        wire = Wire(
            *(recorded(self.folder() / f"{reply}.json") if isinstance(reply, str) else reply for reply in replies)
        )
        return open_carrier(self.slug, self.account, session_with(wire)), wire

    def folder(self) -> Path:
        return Path(__file__).parent / self.slug / "replies"

    def track(self, *replies: str | dict | Exception) -> Tracked:
        carrier, _wire = self.open(*replies)
        return carrier.track([self.number])[self.number]

    def test_scans_come_oldest_first(self):
        scans = self.track("on_its_way").scans

        assert len(scans) > 1
        assert all(earlier.at <= later.at for earlier, later in pairwise(scans))

    def test_every_scan_has_a_zone_and_keeps_their_own_words(self):
        for scan in self.track("on_its_way").scans:
            assert scan.at.utcoffset() is not None
            assert scan.raw
            assert scan.text

    def test_a_parcel_without_scans_is_no_error(self):
        assert self.track("nothing_yet").scans == []

    def test_a_word_we_do_not_know_stays_unknown_and_keeps_its_code(self):
        last = self.track("unknown_word").scans[-1]

        assert last.status is Status.UNKNOWN
        assert last.code

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_their_trouble_is_tried_again(self, status):
        self.refuses({"status": status, "body": {}}, CarrierDown, retry=True)

    def test_429_is_tried_again_when_they_say(self):
        error = self.refuses({"status": 429, "body": {}, "headers": {"Retry-After": "17"}}, RateLimited, retry=True)

        assert error.retry_after == 17.0

    @pytest.mark.parametrize("said", ["", "soon", "²", "Fri, 99 Nov 2025"])
    def test_a_senseless_retry_after_is_none(self, said):
        error = self.refuses({"status": 429, "body": {}, "headers": {"Retry-After": said}}, RateLimited, retry=True)

        assert error.retry_after is None

    def test_a_retry_after_may_be_a_date_and_never_lies_in_the_past(self):
        past = {"Retry-After": "Fri, 01 Nov 2024 07:28:00 GMT"}

        error = self.refuses({"status": 429, "body": {}, "headers": past}, RateLimited, retry=True)

        assert error.retry_after == 0.0

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_refused_account_is_not_tried_again(self, status):
        self.refuses({"status": status, "body": {}}, AccountRefused, retry=False)

    @pytest.mark.parametrize("status", [400, 404, 409, 422])
    def test_any_other_no_is_not_tried_again(self, status):
        error = self.refuses({"status": status, "body": {"why": "because"}}, BadRequest, retry=False)

        assert error.raw == f'{status} {{"why": "because"}}'

    def test_a_web_page_is_no_answer(self):
        self.refuses({"status": 200, "body": PAGE, "headers": {"Content-Type": "text/html"}}, CarrierDown, retry=True)

    def test_an_answer_that_breaks_off_is_no_answer(self):
        self.refuses({"status": 200, "body": b'{"parcels": [{"no": "SB8'}, CarrierDown, retry=True)

    def test_an_answer_shorter_than_announced_is_no_answer(self):
        self.refuses({"status": 200, "body": b"{}", "headers": {"Content-Length": "900"}}, CarrierDown, retry=True)

    @pytest.mark.parametrize("body", [[], "yes", None, {"unheard": "of"}])
    def test_json_of_another_shape_is_no_answer(self, body):
        self.refuses({"status": 200, "body": body}, CarrierDown, retry=True)

    def test_an_answer_without_end_is_cut_off(self):
        reply = recorded(self.folder() / "on_its_way.json")
        body = json.dumps(reply["body"]).encode()

        assert self.track({**reply, "body": body + b" " * 1_000_000}).scans
        self.refuses({**reply, "body": body + b" " * 6_000_000}, CarrierDown, retry=True)

    def test_a_redirect_is_not_followed(self):
        elsewhere = {"status": 302, "body": b"", "headers": {"Location": "https://example.com/"}}
        carrier, wire = self.open(elsewhere)

        with pytest.raises(CarrierDown):
            carrier.track([self.number])

        assert len(wire.asked) == 1

    @pytest.mark.parametrize("error", [requests.ConnectTimeout(), requests.ReadTimeout(), requests.ConnectionError()])
    def test_silence_is_tried_again(self, error):
        self.refuses(error, CarrierDown, retry=True)

    def test_nobody_waits_for_ever(self):
        carrier, wire = self.open("on_its_way")

        carrier.track([self.number])

        assert wire.how["timeout"] == (3, 10)

    def test_no_error_repeats_the_secret(self):
        secret = self.account["key"]
        for reply in ({"status": 401, "body": {}}, {"status": 503, "body": {}}, requests.ConnectionError(secret)):
            error = self.refuses(reply, CarrierError)

            assert secret not in f"{error} {error.raw}"

    def refuses(self, reply: dict | Exception, kind: type, *, retry: bool | None = None):
        with pytest.raises(kind) as caught:
            self.track(reply)
        if retry is not None:
            assert caught.value.retry is retry
        return caught.value
