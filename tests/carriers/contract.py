"""What every carrier adapter owes us. Inherit Contract, name the carrier, record its replies, add its own oddities."""

import inspect
import json
import random
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
    Reply,
    Scan,
    Status,
    Tracked,
    open_carrier,
)
from carriers.taxonomy import understood

from .wire import Wire, body_of, recorded, session_with

PAGE = b"<!doctype html><title>Wartungsarbeiten</title>"
MOMENTS = {
    "first_scan",
    "on_its_way",
    "out",
    "attempted",
    "locker",
    "delivered",
    "returning",
    "returned",
    "exception",
}


class Contract:
    """Replies exist for every carrier under these names: MOMENTS, nothing_yet, unknown_word, auth_error.

    A reply is `<slug>/replies/<name>.json` ({"status", "headers", "body"}) or `.xml` (the body of a 200), written from
    the documented shape. `tells` says for every moment what it adds up to; `cannot_tell` names the moments that this
    carrier has no word for, each with the reason.
    """

    slug: str
    account: dict
    number: str  # the one the recorded replies are about
    tells: dict[str, tuple[Status, str]]
    cannot_tell: dict[str, str] = {}
    token_path = ""  # the end of the address where this carrier gives OAuth tokens
    token: dict | None = None  # that reply
    nothing_at: set[int] = set()  # statuses by which this carrier says that it has nothing yet

    def open(self, *replies: str | dict | Exception) -> tuple[CarrierAdapter, Wire]:
        wire = Wire(
            *(self.reply(reply) if isinstance(reply, str) else reply for reply in replies),
            token_path=self.token_path,
            token=self.token,
        )
        return open_carrier(self.slug, self.account, session_with(wire)), wire

    @classmethod
    def reply(cls, name: str) -> dict:
        return recorded(Path(inspect.getfile(cls)).parent / cls.slug / "replies", name)

    def track(self, *replies: str | dict | Exception) -> Tracked:
        carrier, _wire = self.open(*replies)
        return carrier.track([self.number])[self.number]

    def read(self, name: str) -> Reply:
        carrier, _wire = self.open(name)
        return carrier.read(body_of(self.reply(name)), self.number)

    # --- what it says

    def test_every_moment_is_told_or_is_said_to_be_untold(self):
        assert set(self.tells) | set(self.cannot_tell) == MOMENTS
        assert not set(self.tells) & set(self.cannot_tell)

    def test_every_moment_adds_up_to_our_word(self):
        said = {name: self.track(name) for name in self.tells}

        assert {name: end_of(tracked.scans) for name, tracked in said.items()} == self.tells

    def test_a_reply_read_from_a_file_says_what_asking_says(self):
        for name in self.tells:
            reply = self.read(name)

            assert [parcel.scans for parcel in reply.parcels if parcel.scans] == [self.track(name).scans]
            assert not [no for no in reply.refusals if no.error]

    def test_a_reply_is_read_however_it_was_copied(self):
        carrier, _wire = self.open("on_its_way")
        body = body_of(self.reply("on_its_way"))
        copies = [b"\xef\xbb\xbf" + body, b"\r\n  " + body + b"\r\n"]
        if body.lstrip().startswith(b"{"):
            pretty = json.dumps(json.loads(body), indent=4, ensure_ascii=False).replace("\n", "\r\n").encode()
            copies += [pretty, b"[" + body + b"]"]

        for copied in copies:
            assert carrier.read(copied, self.number) == carrier.read(body, self.number)

    def test_an_error_read_from_a_file_is_an_error(self):
        reply = self.read("auth_error")

        assert not reply.parcels
        assert [no.error for no in reply.refusals] == [AccountRefused]
        assert reply.refusals[0].code
        assert reply.refusals[0].message

    def test_scans_come_oldest_first(self):
        scans = self.track("on_its_way").scans

        assert len(scans) > 1
        assert all(earlier.at <= later.at for earlier, later in pairwise(scans))

    def test_every_scan_has_a_zone_a_code_and_their_own_words(self):
        for name in self.tells:
            for scan in self.track(name).scans:
                assert scan.at.utcoffset() is not None
                assert scan.local == scan.at.replace(tzinfo=None, microsecond=0).isoformat()
                assert scan.code
                assert scan.raw
                assert scan.text
                assert "<" not in scan.text

    def test_scans_that_come_twice_and_in_any_order_end_equal(self):
        for name in self.tells:
            scans = self.track(name).scans
            shaken = [*scans, *scans]
            random.Random(name).shuffle(shaken)

            assert end_of(once(shaken)) == end_of(scans)

    def test_a_parcel_without_scans_is_no_error(self):
        found = self.track("nothing_yet")

        assert (found.number, found.scans, found.refusal) == (self.number, [], None)

    def test_a_word_we_do_not_know_stays_unknown_and_keeps_its_code(self):
        scans = self.track("unknown_word").scans

        assert [scan.code for scan in scans if scan.status is Status.UNKNOWN]
        assert scans[-1].status is Status.UNKNOWN

    # --- when it does not say anything

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
        if status in self.nothing_at:
            assert self.track({"status": status, "body": {}}).scans == []
            return
        error = self.refuses({"status": status, "body": {"why": "because"}}, BadRequest, retry=False)

        assert error.raw == f'{status} {{"why": "because"}}'

    def test_a_web_page_is_no_answer(self):
        self.refuses({"status": 200, "body": PAGE, "headers": {"Content-Type": "text/html"}}, CarrierDown, retry=True)

    def test_an_answer_that_breaks_off_is_no_answer(self):
        reply = self.reply("on_its_way")

        self.refuses({**reply, "body": body_of(reply)[: len(body_of(reply)) // 2]}, CarrierDown, retry=True)

    def test_an_answer_shorter_than_announced_is_no_answer(self):
        self.refuses({"status": 200, "body": b"{}", "headers": {"Content-Length": "900"}}, CarrierDown, retry=True)

    @pytest.mark.parametrize("body", [[], "yes", None, {"unheard": "of"}])
    def test_json_of_another_shape_is_no_answer(self, body):
        self.refuses({"status": 200, "body": body}, CarrierDown, retry=True)

    @pytest.mark.parametrize("body", [b"<unheard/>", b"<data><unheard of='it'/></data>"])
    def test_xml_of_another_shape_is_no_answer(self, body):
        self.refuses({"status": 200, "body": body}, CarrierDown, retry=True)

    def test_what_is_no_number_is_no_answer(self):
        self.refuses({"status": 200, "body": b'{"parcels": NaN, "data": -Infinity}'}, CarrierDown, retry=True)

    @pytest.mark.parametrize("bracket", [b"[", b'{"a":', b"<a>"])
    def test_a_hundred_thousand_brackets_are_no_answer(self, bracket):
        self.refuses({"status": 200, "body": bracket * 100_000}, CarrierDown, retry=True)

    def test_entities_are_not_unfolded(self):
        bomb = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]><a>&c;</a>'

        self.refuses({"status": 200, "body": bomb}, CarrierDown, retry=True)

    def test_an_answer_without_end_is_cut_off(self):
        reply = self.reply("on_its_way")
        body = body_of(reply)

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

    def test_a_token_is_asked_for_once_and_renewed_once_when_it_is_refused(self):
        if not self.token_path:
            return
        carrier, wire = self.open("on_its_way")
        carrier.track([self.number])
        carrier.track([self.number])
        assert (len(wire.tokens_asked), len(wire.asked)) == (1, 2)

        carrier, wire = self.open({"status": 401, "body": {}}, "on_its_way")
        assert carrier.track([self.number])[self.number].scans
        assert (len(wire.tokens_asked), len(wire.asked)) == (2, 2)

        carrier, wire = self.open({"status": 401, "body": {}})
        with pytest.raises(AccountRefused):
            carrier.track([self.number])
        assert (len(wire.tokens_asked), len(wire.asked)) == (2, 2)

    # --- the account

    def test_no_error_repeats_a_secret(self):
        secrets = [value for name, value in self.account.items() if isinstance(value, str) and "url" not in name]
        assert secrets
        for reply in ({"status": 401, "body": {}}, {"status": 503, "body": {}}, requests.ConnectionError(*secrets)):
            error = self.refuses(reply, CarrierError)

            assert not [secret for secret in secrets if secret in f"{error} {error.raw}"]

    def test_an_account_that_works_has_nothing_to_say(self):
        carrier, _wire = self.open("nothing_yet")

        assert carrier.check() == []

    def test_a_refused_account_is_told_in_a_sentence(self):
        carrier, _wire = self.open("auth_error")

        assert carrier.name in " ".join(carrier.check())

    def test_an_account_that_lacks_something_is_told_what(self):
        carrier = open_carrier(self.slug, {})

        assert carrier.needs
        assert [sentence.split(" is missing")[0] for sentence in carrier.check()] == list(carrier.needs)

    def test_it_says_what_it_was_checked_against(self):
        carrier, _wire = self.open("nothing_yet")

        assert carrier.checked_against != CarrierAdapter.checked_against

    def refuses(self, reply: dict | Exception, kind: type, *, retry: bool | None = None):
        with pytest.raises(kind) as caught:
            self.track(reply)
        if retry is not None:
            assert caught.value.retry is retry
        return caught.value


def once(scans: list[Scan]) -> list[Scan]:
    """As the house keeps them: one of each code and time."""
    return list({(scan.at, scan.code): scan for scan in reversed(scans)}.values())


def end_of(scans: list[Scan]) -> tuple[Status, str]:
    path = understood(once(scans))
    return (path[-1].status, path[-1].sub_status) if path else (Status.UNKNOWN, "")
