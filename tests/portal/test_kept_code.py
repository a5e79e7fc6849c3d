"""What the browser keeps of a return: the code, for whom it is meant, and as long as it is good."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from returns import parcels
from returns.models import Return
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def ret(shop, ada, box) -> Return:
    order = make.make_order(shop)
    ret = make.make_return(order, state="approved")
    parcels.buy_labels()
    return make.fresh(ret)


def open_at(ada, ret: Return, level: int) -> None:
    now = int(make.timezone.now().timestamp())
    session = ada.session
    session["orders"] = {str(ret.order_id): [level, now, now]}
    session.save()


def test_it_is_for_who_sees_everything_of_the_order(ada, bob, ret):
    path = f"/returns/{ret.number}/kept/"
    stranger = bob.get(path).status_code
    open_at(ada, ret, 1)
    weak = ada.get(path)
    open_at(ada, ret, 2)

    page = ada.get(path)

    assert (stranger, weak.status_code, weak["Location"]) == (404, 302, f"/o/{ret.order.number_key}/code/")
    assert page.status_code == 200
    assert ret.parcels.get().shipment.tracking_number in page.content.decode()


def test_it_holds_until_the_end_of_the_last_day_where_the_shop_is(ada, ret):
    open_at(ada, ret, 2)

    until = int(ada.get(f"/returns/{ret.number}/kept/")["X-Kept-Until"]) / 1000

    ends = datetime.fromtimestamp(until, ZoneInfo("Europe/Berlin"))
    assert (ends.date() - ret.send_by).days == 1
    assert (ends.hour, ends.minute) == (0, 0)


@pytest.mark.parametrize("state", ["in_transit", "received", "settled", "cancelled", "expired", "under_review"])
def test_a_return_that_waits_for_no_parcel_has_none(ada, ret, state):
    open_at(ada, ret, 2)
    Return.objects.update(state=state)

    assert ada.get(f"/returns/{ret.number}/kept/").status_code == 404


def test_the_worker_reaches_returns_and_nothing_else(client, shop):
    response = client.get("/returns/worker.js")

    assert response["Content-Type"] == "text/javascript"
    assert "Service-Worker-Allowed" not in response.headers
