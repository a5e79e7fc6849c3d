"""Carriers knock: signed messages are believed, all others are a reason to ask."""

import gzip
import hmac
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import OperationalError

from carriers import CARRIERS, Reply, Scan, Status, Tracked
from carriers.errors import AccountRefused
from customers.models import Entry
from shipments import actions, knocks
from shipments.knocks import BEFORE_THE_END, HINTED, keep_knock, work_off_knocks
from shipments.models import CarrierAccount, CarrierKnock, Shipment
from tests import make
from tests.shipments.told import fresh_told
from tests.threads import at_once

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
SIGNED = {"x-told": "a-secret"}


@pytest.fixture
def told(monkeypatch):
    return fresh_told(monkeypatch)


@pytest.fixture
def account(shop, told):
    return CarrierAccount.objects.create(shop=shop, carrier="told")


@pytest.fixture
def signed(account):
    CarrierAccount.objects.filter(pk=account.pk).update(account={"webhook_secret": "a-secret"})
    return make.fresh(account)


@pytest.fixture
def parcel(shop, account):
    order = make.make_order(shop, delivered=None)
    return make.make_shipment(order, carrier="told", tracking_number="T1", next_look=NOW + timedelta(hours=4))


def message(status: str, at: str = "2026-11-20T10:00:00+00:00", number: str = "T1") -> bytes:
    return f"{number} {at} {status}".encode()


def address(account: CarrierAccount) -> str:
    return f"/hooks/carriers/{account.hook_token}/"


def test_a_signed_message_is_believed(signed, parcel):
    keep_knock(signed, message("delivered"), SIGNED)

    done = work_off_knocks()

    row = make.fresh(parcel)
    assert (done, row.status, row.delivered_at) == (1, "delivered", datetime(2026, 11, 20, 10, tzinfo=UTC))
    assert row.knocked_at


def test_an_unsigned_message_moves_nothing_and_makes_us_ask(account, parcel):
    keep_knock(account, message("delivered"), {})

    work_off_knocks()

    row = make.fresh(parcel)
    assert (row.status, row.delivered_at, row.events.count()) == ("pre_transit", None, 0)
    assert row.next_look <= datetime.now(UTC)


def test_hints_do_not_make_us_ask_without_end(account, parcel):
    Shipment.objects.update(looked_at=datetime.now(UTC))
    keep_knock(account, message("delivered"), {})

    work_off_knocks()

    assert make.fresh(parcel).next_look == make.fresh(parcel).looked_at + HINTED  # put off, not lost


def test_hints_about_a_parcel_whose_looks_fail_do_not_make_us_ask_without_end(account, parcel):
    Shipment.objects.update(failed_looks=5)
    keep_knock(account, message("delivered"), {})
    work_off_knocks()
    first = make.fresh(parcel).next_look
    keep_knock(account, message("returned"), {})

    work_off_knocks()

    assert make.fresh(parcel).next_look == first > datetime.now(UTC) + HINTED / 2


def test_a_hint_never_makes_us_ask_later_or_less_often(account, parcel):
    soon = datetime.now(UTC) + timedelta(seconds=30)
    Shipment.objects.update(looked_at=datetime.now(UTC), next_look=soon)
    keep_knock(account, message("delivered"), {})

    work_off_knocks()

    assert (make.fresh(parcel).next_look, make.fresh(parcel).knocked_at) == (soon, None)


def test_hints_use_no_more_than_half_of_the_days_calls(account, parcel):
    account.account, account.calls_on = {"calls_a_day": 10}, datetime.now(UTC).date()
    woken = []
    for calls in (4, 5):
        account.calls = calls
        account.save()
        Shipment.objects.update(next_look=None)
        keep_knock(account, message("delivered"), {})
        work_off_knocks()
        woken.append(bool(make.fresh(parcel).next_look))

    assert woken == [True, False]


def test_a_flood_of_hints_leaves_nothing_behind_and_is_stopped_at_the_door(client, account, parcel, monkeypatch):
    monkeypatch.setattr(knocks, "MOST_HINTS", 5)
    bodies = [message("delivered", f"2026-11-20T10:00:0{n}+00:00") for n in range(8)]

    replies = [client.post(address(account), body, content_type="text/plain") for body in bodies]

    assert [reply.status_code for reply in replies] == [200] * 5 + [429] * 3
    assert (work_off_knocks(), CarrierKnock.objects.count()) == (5, 0)


def test_of_a_flood_of_nonsense_the_latest_stay(account, monkeypatch):
    monkeypatch.setattr(knocks, "MOST_NONSENSE", 3)
    for n in range(6):
        keep_knock(account, b"%d" % n, {})

    work_off_knocks()

    assert [bytes(knock.body) for knock in CarrierKnock.objects.order_by("pk")] == [b"3", b"4", b"5"]


@pytest.mark.parametrize("secret", ["", "a-secret"])
def test_a_message_that_names_thousands_costs_a_few_queries(
    account, parcel, told, secret, django_assert_max_num_queries
):
    CarrierAccount.objects.update(account={"webhook_secret": secret})
    at = Scan(at=NOW, status=Status.DELIVERED, text="there", code="D")
    told.read = staticmethod(lambda raw, number="": Reply([Tracked(f"T{n}", [at]) for n in range(5000)]))
    keep_knock(make.fresh(account), b"T1 and many more", {"x-told": secret})

    with django_assert_max_num_queries(40):
        work_off_knocks()

    assert make.fresh(parcel).status == ("delivered" if secret else "pre_transit")


def test_a_late_or_replayed_message_moves_neither_the_parcel_nor_its_date_back(signed, parcel, told):
    def say(hour, status, day):
        scan = Scan(at=NOW - timedelta(hours=hour), status=status, text="", code=status)
        told.read = staticmethod(lambda raw, number="": Reply([Tracked("T1", [scan], date(2026, 12, day))]))
        keep_knock(signed, f"{hour}".encode(), SIGNED)
        work_off_knocks()

    say(2, Status.OUT_FOR_DELIVERY, 5)
    say(9, Status.IN_TRANSIT, 1)
    CarrierKnock.objects.all().delete()
    say(9, Status.IN_TRANSIT, 1)

    row = make.fresh(parcel)
    assert (row.status, row.expected_on, row.events.count()) == ("out_for_delivery", date(2026, 12, 5), 2)


def test_after_a_message_the_same_answer_as_before_is_read_whole(signed, parcel, told):
    answer = Tracked("T1", [Scan(at=NOW - timedelta(hours=3), status=Status.ACCEPTED, text="", code="A")], NOW.date())
    actions.take_all([actions.Heard(parcel, answer, actions.digest_of(answer))], NOW)
    told.read = staticmethod(lambda raw, number="": Reply([Tracked("T1", [], NOW.date() + timedelta(days=9))]))
    keep_knock(signed, b"another day", SIGNED)
    work_off_knocks()

    actions.take_all([actions.Heard(make.fresh(parcel), answer, actions.digest_of(answer))], NOW)

    assert make.fresh(parcel).expected_on == NOW.date()


def test_a_message_leaves_the_look_that_is_in_the_air_alone(signed, parcel):
    lease = NOW + timedelta(minutes=3)
    Shipment.objects.update(looking_until=lease)
    keep_knock(signed, message("accepted"), SIGNED)

    work_off_knocks()

    assert (make.fresh(parcel).status, make.fresh(parcel).looking_until) == ("accepted", lease)


def test_while_the_database_is_busy_a_message_waits_for_an_hour(signed, parcel, monkeypatch):
    keep_knock(signed, message("delivered"), SIGNED)

    def busy(heard, now):
        raise OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(knocks, "take_all", busy)
        assert work_off_knocks() == 0

    assert (work_off_knocks(), make.fresh(parcel).status) == (1, "delivered")


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_knocks(signed, shop):
    order = make.make_order(shop, delivered=None)
    for number in range(20):
        make.make_shipment(order, carrier="told", tracking_number=f"T{number}")
        keep_knock(signed, message("delivered", number=f"T{number}"), SIGNED)

    done = at_once(work_off_knocks, work_off_knocks)

    assert sum(done) == 20
    assert Entry.objects.filter(verb="parcel.delivered").count() == 20


def test_signed_for_one_account_is_forged_for_another(client, signed, parcel):
    other = CarrierAccount.objects.create(shop=make.make_shop(), carrier="told", account={"webhook_secret": "b-secret"})

    reply = client.post(address(other), message("delivered"), content_type="text/plain", headers={"X-Told": "a-secret"})

    assert (reply.status_code, CarrierKnock.objects.count()) == (401, 0)


def test_a_hint_wakes_a_parcel_that_had_ended(account, parcel):
    Shipment.objects.update(status="delivered", next_look=None)
    keep_knock(account, message("returning"), {})

    work_off_knocks()

    assert make.fresh(parcel).next_look


def test_the_same_body_is_one_knock_and_late_ones_lose_nothing(signed, parcel):
    early, late = message("accepted", "2026-11-19T10:00:00+00:00"), message("delivered")
    for body in (late, early, late, early):
        keep_knock(signed, body, SIGNED)

    assert (CarrierKnock.objects.count(), work_off_knocks(), work_off_knocks()) == (2, 2, 0)
    assert (make.fresh(parcel).status, parcel.events.count()) == ("delivered", 2)


def test_parcels_of_another_shop_with_the_same_number_are_not_touched(signed, parcel):
    other = make.make_shop()
    theirs = make.make_shipment(make.make_order(other, delivered=None), carrier="told", tracking_number="T1")
    keep_knock(signed, message("delivered"), SIGNED)

    work_off_knocks()

    assert (make.fresh(parcel).status, make.fresh(theirs).status) == ("delivered", "pre_transit")


def test_what_cannot_be_read_is_kept_for_staff_and_holds_up_nobody(account, parcel):
    keep_knock(account, b"<html>", {})
    keep_knock(account, message("delivered"), {})

    assert work_off_knocks() == 2
    assert [knock.error for knock in CarrierKnock.objects.all()] == ["not ours"]
    assert make.fresh(parcel).next_look <= datetime.now(UTC)


def test_a_message_that_trips_us_holds_up_nobody(signed, parcel, monkeypatch):
    for status in ("accepted", "delivered"):
        keep_knock(signed, message(status), SIGNED)
    take = knocks.take_all
    monkeypatch.setattr(knocks, "take_all", lambda heard, now: take(heard, now) if "delivered" in str(heard) else 1 / 0)

    assert work_off_knocks() == 2
    assert make.fresh(parcel).status == "delivered"
    assert list(CarrierKnock.objects.order_by("pk").values_list("error", flat=True)) == ["ZeroDivisionError", ""]


def test_old_knocks_are_forgotten_and_waiting_ones_never(account):
    keep_knock(account, message("delivered"), {})
    keep_knock(account, message("accepted"), {})
    CarrierKnock.objects.filter(pk=CarrierKnock.objects.first().pk).update(processed_at=NOW - timedelta(days=31))

    knocks.forget_knocks(NOW)

    assert [bytes(knock.body) for knock in CarrierKnock.objects.all()] == [message("accepted")]


# At the door


def test_the_address_of_an_account_takes_messages_and_answers_at_once(client, account):
    replies = [client.post(address(account), message("delivered"), content_type="text/plain") for _ in range(2)]

    assert [reply.status_code for reply in replies] == [200, 200]
    assert CarrierKnock.objects.get().proven is False


def test_a_carrier_may_try_the_address_first(client, account):
    assert [client.get(address(account)).status_code, client.head(address(account)).status_code] == [200, 200]
    assert not CarrierKnock.objects.exists()


@pytest.mark.parametrize("headers", [{}, {"X-Told": "another"}])
def test_a_forged_message_is_refused_and_not_kept(client, signed, headers):
    reply = client.post(address(signed), message("delivered"), content_type="text/plain", headers=headers)

    assert (reply.status_code, CarrierKnock.objects.count()) == (401, 0)


def test_a_signed_message_is_kept_as_proven(client, signed):
    client.post(address(signed), message("delivered"), content_type="text/plain", headers={"X-Told": "a-secret"})

    assert CarrierKnock.objects.get().proven is True


def test_an_address_that_is_nobodys_and_a_carrier_that_never_knocks_are_not_found(client, shop, account):
    sandbox = CarrierAccount.objects.get(carrier="sandbox")

    replies = [client.post(path, b"x", content_type="text/plain") for path in ("/hooks/carriers/x/", address(sandbox))]

    assert [reply.status_code for reply in replies] == [404, 404]


def test_a_body_of_two_megabytes_is_not_read(client, account):
    reply = client.post(address(account), b"x" * 2_000_000, content_type="text/plain")

    assert (reply.status_code, CarrierKnock.objects.count()) == (413, 0)


def test_a_body_of_one_megabyte_is_read(client, account):
    body = message("delivered").ljust(1024 * 1024)

    replies = [client.post(address(account), each, content_type="text/plain") for each in (body, body + b" ")]

    assert [reply.status_code for reply in replies] == [200, 413]


def test_without_a_length_nothing_is_taken_in(client, account):
    reply = client.generic("POST", address(account), b"", headers={"Transfer-Encoding": "chunked"})

    assert (reply.status_code, CarrierKnock.objects.count()) == (411, 0)


@pytest.mark.parametrize(
    ("body", "content_type", "headers"),
    [
        (gzip.compress(message("delivered"), mtime=0), "application/json", {"Content-Encoding": "gzip"}),
        (b"\0\xff\xfe" * 99, "application/octet-stream", {}),
        (b'{"a": "\\ud800"}', "application/json", {}),
        (b"--x\r\n", "multipart/form-data; boundary=x", {}),
        (b"%ZZ=%00", "application/x-www-form-urlencoded", {}),
    ],
)
def test_whatever_is_sent_is_answered(client, account, body, content_type, headers):
    reply = client.generic("POST", address(account), body, content_type, headers=headers)

    assert (reply.status_code, work_off_knocks()) == (200, 1)


def test_a_carrier_that_is_no_longer_ours_is_not_found(client, account, monkeypatch):
    monkeypatch.delitem(CARRIERS, "told")

    assert client.post(address(account), b"x", content_type="text/plain").status_code == 404


def test_every_account_has_an_address_of_its_own(shop, account):
    tokens = set(CarrierAccount.objects.values_list("hook_token", flat=True))

    assert len(tokens) == 2
    assert min(map(len, tokens)) >= 32


# With a carrier that signs


BOXNOW = """{"specversion":"1.0","type":"gr.boxnow.parcel_event_change","id":"e-1","datasignature":"%s","data":%s}"""
DATA = """{"parcelId":"9219709299","parcelState":"delivered","event":"delivered","time":"2026-11-20T10:00:00Z",\
"orderNumber":"A-1","eventLocation":{"displayName":"A locker","postalCode":"11521"}}"""


@pytest.fixture
def boxnow(shop):
    account = {"client_id": "a", "client_secret": "b", "webhook_secret": "whsec-of-the-shop"}
    order = make.make_order(shop, delivered=None)
    make.make_shipment(order, carrier="boxnow", tracking_number="9219709299")
    return CarrierAccount.objects.create(shop=shop, carrier="boxnow", account=account)


def boxnow_body(data: str, signed: str) -> bytes:
    signature = hmac.new(b"whsec-of-the-shop", signed.encode(), "sha256").hexdigest()
    return (BOXNOW % (signature, data)).encode()


def test_a_signed_event_goes_all_the_way_to_the_parcel(client, boxnow):
    reply = client.post(address(boxnow), boxnow_body(DATA, DATA), content_type="application/cloudevents+json")

    work_off_knocks()

    assert (reply.status_code, Shipment.objects.get(carrier="boxnow").status) == (200, "delivered")


def test_an_event_changed_after_it_was_signed_is_refused(client, boxnow):
    body = boxnow_body(DATA.replace("A locker", "Another"), DATA)

    reply = client.post(address(boxnow), body, content_type="application/cloudevents+json")

    assert (reply.status_code, CarrierKnock.objects.count()) == (401, 0)


# Asking them to knock


def subscribe(now=NOW) -> int:
    return knocks.subscribe(lambda account: f"https://shop.test{address(account)}", now)


def test_a_carrier_is_asked_to_knock_about_open_parcels_and_again_before_the_time_is_over(account, parcel, told):
    CarrierAccount.objects.filter(pk=account.pk).update(account={"push": True})
    ended = make.make_shipment(parcel.order, carrier="told", status="delivered", next_look=NOW)
    told.lasts = timedelta(days=14)

    asked = [subscribe(NOW + timedelta(days=days)) for days in (0, 12, 13.1)]

    assert asked == [1, 0, 1]
    assert told.asked == [[f"https://shop.test{address(account)}", "T1"]] * 2
    assert make.fresh(ended).subscribed_until is None


def test_without_the_shops_word_nobody_is_asked_to_knock(account, parcel, told):
    assert (subscribe(), told.asked) == (0, [])


def test_a_carrier_that_refuses_to_knock_is_asked_again_in_an_hour(account, parcel, told):
    CarrierAccount.objects.filter(pk=account.pk).update(account={"push": True})
    told.says = AccountRefused("no such product")

    asked = [subscribe(NOW + timedelta(minutes=minutes)) for minutes in (0, 59, 61)]

    assert asked == [1, 0, 1]
    assert make.fresh(account).trouble.startswith("Subscribing: no such product")
    assert make.fresh(parcel).subscribed_until <= NOW + BEFORE_THE_END + timedelta(hours=3)
