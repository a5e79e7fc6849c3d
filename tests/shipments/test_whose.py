"""Whose parcel is it? The shop's word wins, the number tells, and anyone may put it right."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from carriers import Status
from customers.models import Entry
from orders.stores.base import ParcelDraft
from returns.queries import delivered_on
from shipments.actions import expect
from shipments.models import CarrierAccount, Shipment
from shipments.whose import choices, correct_carrier, whose
from tests import make

UPS, DHL = "1Z999AA10123456784", "00340434161094042557"


@pytest.mark.parametrize(
    ("number", "said", "accounts", "told"),
    [
        (UPS, "fedex", [], ("fedex", "shop")),  # the shop's word, whatever the number says
        (UPS, "hand_cart", [], ("hand_cart", "shop")),
        (UPS, "", ["sandbox"], ("ups", "detected")),
        (DHL, "", [], ("dhl_parcel_de", "detected")),
        (DHL, "", ["dhl_unified"], ("dhl_unified", "detected")),  # of two that fit, the one we can ask
        (DHL, "dhl", [], ("dhl_parcel_de", "shop")),
        (DHL, "dhl", ["dhl_unified"], ("dhl_unified", "shop")),
        ("A-7", "dhl", ["dhl_unified"], ("dhl_unified", "shop")),
        ("A-7", "", ["sandbox", "ups"], ("sandbox", "detected")),
        ("A-7", "", [], ("paper", "detected")),
        ("SBLOOK1", "", ["sandbox"], ("sandbox", "detected")),  # looks like GHN's, as many words do
        ("1Z999AA10123456785", "", ["ups"], ("ups", "detected")),  # a slip of the hand in a shop that has only UPS
    ],
)
def test_whose_parcel_it_is(number, said, accounts, told, monkeypatch):
    from carriers import CARRIERS

    for slug in ("fedex", "ups", "dhl_parcel_de", "dhl_unified"):
        monkeypatch.setitem(CARRIERS, slug, CARRIERS.get(slug, CARRIERS["sandbox"]))

    assert whose(number, said, accounts) == told


@pytest.fixture
def parcel(db, shop) -> Shipment:
    row = make.make_shipment(make.make_order(shop, delivered=None), tracking_number=UPS)
    make.scan(row, Status.DELIVERED, at=datetime(2026, 11, 20, tzinfo=UTC))
    return make.fresh(row)


def test_what_the_wrong_carrier_told_is_forgotten(parcel):
    CarrierAccount.objects.create(shop=parcel.shop, carrier="ups", account={})

    done = correct_carrier(parcel, "ups", by="sam", source="staff")

    row = make.fresh(parcel)
    assert done
    assert (row.carrier, row.carrier_from, row.status, row.delivered_at) == ("ups", "staff", "pre_transit", None)
    assert (row.events.count(), row.looked_at, row.reply_digest) == (0, None, "")
    line = Entry.objects.get(verb="parcel.corrected")
    assert (line.by, line.facts["before"], line.facts["after"]) == ("sam", "sandbox", "ups")


def test_only_what_fits_may_be_chosen(parcel):
    assert choices(parcel) == ["ups"]
    assert not correct_carrier(parcel, "royal_mail", by="customer", source="customer")
    assert not correct_carrier(parcel, "sandbox", by="customer", source="customer")
    assert make.fresh(parcel).status == "delivered"


def test_an_order_never_gets_the_same_parcel_twice_by_a_correction(parcel):
    make.make_shipment(parcel.order, carrier="ups", tracking_number=UPS)

    assert not correct_carrier(parcel, "ups", by="sam", source="staff")


def test_the_same_file_again_does_not_bring_the_wrong_carrier_back(parcel):
    correct_carrier(parcel, "ups", by="sam", source="staff")

    new = expect([(parcel.order, [ParcelDraft("sandbox", UPS, None, None)])])

    assert (new, parcel.order.shipments.count()) == (0, 1)


def test_a_parcel_without_a_word_is_told_by_its_number(shop):
    order = make.make_order(shop, delivered=None)

    expect([(order, [ParcelDraft("", UPS, None, None), ParcelDraft("", "SB840000000019", None, None)])])

    rows = order.shipments.values_list("carrier", "carrier_from", "tracking_number")
    assert list(rows) == [("ups", "detected", UPS), ("sandbox", "detected", "SB840000000019")]


def test_a_customer_cannot_take_away_the_day_on_which_it_came(parcel):
    Shipment.objects.update(carrier_from="detected")
    before = delivered_on(parcel.order)

    done = correct_carrier(make.fresh(parcel), "ups", by="customer", source="customer")

    assert (done, delivered_on(make.fresh(parcel.order)) or before) == (False, before)
    assert make.fresh(parcel).delivered_at


def test_a_customer_may_not_make_us_ask_for_ever(shop):
    row = make.make_shipment(make.make_order(shop, delivered=None), tracking_number=UPS, carrier_from="detected")
    tries = []
    for n in range(7):
        tries.append(correct_carrier(row, ["ups", "sandbox"][n % 2], by="customer", source="customer"))
        Shipment.objects.update(looked_at=row.created_at)

    assert tries == [True] * 5 + [False] * 2


def browser_at(level: int, order) -> Client:
    browser = Client()
    session, now = browser.session, int(timezone.now().timestamp())
    session["orders"] = {str(order.pk): [level, now, now]}
    session.save()
    browser.cookies["session"] = session.session_key
    return browser


def test_only_who_has_opened_everything_of_this_order_may_say_whose_it_is(shop):
    mine, others = (make.make_order(shop, delivered=None, email=f"{who}@example.com") for who in ("ada", "bob"))
    rows = [make.make_shipment(order, tracking_number=UPS, carrier_from="detected") for order in (mine, others)]
    asked = [(1, mine, "ups"), (2, others, "ups"), (2, mine, "royal_mail"), (2, mine, "ups")]

    replies = []
    for level, order, slug in asked:
        path = f"/o/{mine.number_key}/parcel/1/carrier/"
        browser_at(level, order).post(path, {"carrier": slug})
        replies.append([make.fresh(row).carrier for row in rows])

    assert replies == [["sandbox", "sandbox"]] * 3 + [["ups", "sandbox"]]
