"""What the carrier weighed and where it handed over: kept, and held against what should be in the box."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from carriers import dhl_unified, fedex, ups  # noqa: F401 - the folders are there
from carriers.base import Scan, Status, Tracked
from carriers.dhl_unified import translate as dhl
from carriers.fedex import translate as fed
from carriers.replies import grams
from carriers.ups import translate as brown
from returns import goods, parcels
from returns.models import Terms as TermsRow
from tests import make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [("1.2", "KGS", 1200), (2, "lb", 907), ("16", "oz", 454), (0, "kg", None), ("x", "kg", None), (1, "stone", None)],
)
def test_a_weight_is_whole_grams_or_unknown(value, unit, told):
    assert grams(value, unit) == told


def test_three_carriers_say_what_they_weighed():
    event = {"timestamp": "2026-11-20T10:00:00+01:00", "statusCode": "delivered", "description": "delivered"}
    event["location"] = {"address": {"postalCode": "04109", "countryCode": "DE"}}
    shipment = {
        "id": "1",
        "service": "parcel-de",
        "events": [event],
        "details": {"weight": {"value": 0.4, "unitText": "kg"}},
    }
    [parcel] = dhl.read(json.dumps({"shipments": [shipment]}).encode(), "1").parcels

    assert (parcel.weight_g, parcel.arrived_postcode) == (400, "04109")
    assert (
        brown.to_parcel({"trackingNumber": "1Z", "weight": {"weight": "1.00", "unitOfMeasurement": "LBS"}}).weight_g
        == 454
    )
    box = {"packageDetails": {"weightAndDimensions": {"weight": [{"unit": "KG", "value": "0.5"}]}}}
    assert fed.to_parcel(box, "1").weight_g == 500


def arrived(shop, *, weight_g: int | None, postcode: str):
    """A case of three units of 400 g whose box has come, weighed so and handed over there."""
    order = make.make_order(shop, lines=[(3, 12000)])
    order.lines.update(weight_g=400)
    ret = make.make_return(order, units=3)
    parcels.give_label(ret.parcels.get(), tracking_number="SB1", file=None, by="staff:sam")
    delivered = Scan(at=timezone.now() - timedelta(hours=1), status=Status.DELIVERED, text="here", code="DLV", raw={})
    make.tell(ret.parcels.get().shipment, Tracked("SB1", [delivered], weight_g=weight_g, arrived_postcode=postcode))
    parcels.notice_arrivals()
    return make.fresh(ret)


@pytest.mark.parametrize(
    ("weight_g", "postcode", "flags"),
    [
        (1300, "04109", []),
        (600, "04109", []),
        (599, "04109", ["box_too_light"]),
        (None, "", []),
        (1300, "99999", ["arrived_elsewhere"]),
        (5, "10115", ["arrived_elsewhere", "box_too_light"]),
    ],
)
def test_a_box_too_light_or_handed_over_elsewhere_is_flagged_and_nothing_more(shop, weight_g, postcode, flags):
    ret = arrived(shop, weight_g=weight_g, postcode=postcode)

    assert (ret.flags, ret.state) == (flags, "in_transit")


@pytest.mark.parametrize(("weight_g", "state"), [(1300, "settling"), (5, "received")])
def test_a_flag_stops_only_what_would_be_accepted_without_a_look(shop, weight_g, state):
    at_receipt = {"id": "OWN-1", "when": {}, "then": {"trigger": "receipt"}}
    TermsRow.objects.update(numbers={"return_carrier": "sandbox", "stop_minutes": 0, "rules": [at_receipt]})
    ret = arrived(shop, weight_g=weight_g, postcode="04109")

    after = goods.receive(ret, {ret.lines.get().pk: 3}, by="staff:sam")

    assert make.fresh(after).state == state
