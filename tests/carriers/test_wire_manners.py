"""The one way of asking: what XML, times and texts come to before any adapter sees them."""

import contextlib
import socket
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from carriers import CarrierDown, RateLimited, ZoneFrom, http, new_session
from carriers.customs import crosses_a_border
from carriers.http import as_json, as_xml, plain
from carriers.times import day, moment, moment_at, zone_of
from tests.carriers.wire import Wire, session_with

from .labels import WANTED


def test_xml_is_read_and_a_document_type_is_not():
    assert as_xml('<?xml version="1.0" encoding="ISO-8859-1"?><a>ü</a>'.encode("latin-1")).text == "ü"
    for bad in (b"", b"<a>", b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', b"<a>" * 100_000 + b"</a>" * 100_000):
        with pytest.raises(CarrierDown):
            as_xml(bad)


def test_a_document_type_is_refused_in_every_encoding():
    bomb = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>'

    with pytest.raises(CarrierDown):
        as_xml(bomb.encode("utf-16"))


def test_json_knows_no_nan():
    assert as_json(b'{"a": 1}') == {"a": 1}
    for bad in (b'{"a": NaN}', b"Infinity", b"[" * 100_000, b"\xff\xfe\xfd", b'{"a": 1'):
        with pytest.raises(CarrierDown):
            as_json(bad)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("Shipped by USPS<SUP>&#153;</SUP>", "Shipped by USPS™"),
        ("&lt;b&gt;Paketzentrum&lt;/b&gt;  Radefeld\n", "Paketzentrum Radefeld"),
        ("5 < 6", "5 < 6"),
        (None, ""),
        ({}, ""),
    ],
)
def test_their_texts_lose_html_and_keep_words(said, read):
    assert plain(said) == read


def test_a_time_keeps_its_offset_and_its_wall_clock():
    when = moment("2024-08-20T12:41:57-04:00")

    assert (when.at.astimezone(UTC), when.local, when.zone_from) == (
        datetime(2024, 8, 20, 16, 41, 57, tzinfo=UTC),
        "2024-08-20T12:41:57",
        ZoneFrom.OFFSET,
    )
    assert moment("2024-01-17T10:00:17.6571145Z").local == "2024-01-17T10:00:17"
    assert moment("2021-03-04T09:17:00.000+0200").at.utcoffset().seconds == 7200


def test_a_local_time_is_never_taken_for_greenwich():
    assert moment("2026-07-01T10:00:00", zone_of("GR")).at.astimezone(UTC).hour == 7
    assert moment("2026-07-01T10:00:00", zone_of("GR")).zone_from is ZoneFrom.CARRIER


def test_the_place_gives_the_zone_where_a_carrier_does_not():
    ten = datetime(2026, 1, 5, 10)  # noqa: DTZ001 - a clock on a wall
    home = zone_of("DE")

    assert (moment_at(ten, "US", "tx", home).at.utcoffset().total_seconds() / 3600, "place") == (-6, "place")
    assert moment_at(ten, "VN", "", home).zone_from is ZoneFrom.PLACE
    assert moment_at(ten, "US", "", home).zone_from is ZoneFrom.ASSUMED
    assert moment_at(ten, "", "", home).at.utcoffset().total_seconds() == 3600


@pytest.mark.parametrize(
    ("sender", "receiver", "papers"),
    [("US", "US", False), ("DE", "GR", False), ("de", "FR", False), ("GB", "DE", True), ("CH", "CH", False)],
)
def test_a_border_of_customs_lies_between_two_countries_that_are_not_one_area(sender, receiver, papers):
    wanted = replace(WANTED, sender_country=sender, receiver_country=receiver)

    assert crosses_a_border(wanted) is papers


@pytest.mark.parametrize("bad", ["", "soon", "0001-01-01T00:00:00", "9999-12-31T23:59:59+00:00", "2026-13-01"])
def test_what_is_no_time_is_refused(bad):
    with pytest.raises(ValueError):
        moment(bad)


def test_the_day_of_an_estimate():
    assert [day(said).isoformat() for said in ("2026-11-22", "20261122", "2026-11-22T23:30:00-05:00")] == [
        "2026-11-22"
    ] * 3
    assert [day(said) for said in ("", None, "0", 20261122, "bald")] == [None] * 5


@pytest.mark.parametrize("length", ["Content-Length: 40", "Transfer-Encoding: chunked"])
def test_an_answer_that_comes_drop_by_drop_has_an_end(monkeypatch, length):
    monkeypatch.setattr(http, "PATIENCE", 0.3)
    sent: list[bytes] = []
    drop = b"1\r\nx\r\n" if "chunked" in length else b"x"
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip():
            with contextlib.suppress(OSError), server.accept()[0] as line:
                line.recv(9999)
                line.sendall(f"HTTP/1.1 200 OK\r\n{length}\r\n\r\n".encode())
                for _ in range(40):
                    time.sleep(0.05)
                    line.sendall(drop)
                    sent.append(drop)

        threading.Thread(target=drip, daemon=True).start()

        with pytest.raises(CarrierDown, match="did not end"):
            http.call(new_session(), "GET", f"http://127.0.0.1:{server.getsockname()[1]}/")
        assert len(sent) < 40


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("0", 0.0), ("-5", 0.0), ("120", 120.0), ("1" * 400, None), ("1e9", None), ("soon", None), ("", None),
     ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0), ("Sun, 06 Nov 99999 08:49:37 GMT", None)],
)  # fmt: skip
def test_how_long_to_wait_is_a_number_a_date_or_nonsense(said, seconds):
    wire = Wire({"status": 429, "headers": {"Retry-After": said}, "body": {}})

    with pytest.raises(RateLimited) as slow:
        http.call(session_with(wire), "GET", "https://carrier.test/")

    assert slow.value.retry_after == seconds
