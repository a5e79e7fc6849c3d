"""Nothing that waits for us is out of sight: every state stands under one filter, and what is ours to do in a case
that lies with the customer stands in the queue with its reason."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.staff import queue
from returns import money, parcels, till, withdrawals
from returns.models import Refund, Return
from tests import make
from tests.returns.test_closing import exchanged_before_it_came, labelled, one_stays_one_comes, overdue
from tests.returns.test_states import in_state

pytestmark = pytest.mark.django_db

R = Return.State
NUMBER = re.compile(r"R-[0-9A-Z]{8}(?=</a>)")
EVERYTHING_UNDER_WAY = {*Return.UNDECIDED, *Return.UNDER_WAY}


def page(sam, show: str = "") -> str:
    return sam.get("/staff/", {"show": show} if show else {}).content.decode()


def shown(sam, show: str = "") -> set[str]:
    return set(NUMBER.findall(page(sam, show)))


def test_every_state_that_is_not_the_end_stands_under_exactly_one_filter():
    found = [state for _words, states in queue.FILTERS.values() for state in states]

    assert sorted(found) == sorted(EVERYTHING_UNDER_WAY)


@pytest.mark.parametrize("state", sorted(EVERYTHING_UNDER_WAY))
def test_a_case_in_any_state_is_found_under_its_filter(shop, sam, state):
    ret = in_state(shop, state)
    name = next(name for name, (_words, states) in queue.FILTERS.items() if state in states)

    told = {show: ret.number in shown(sam, show) for show in ("", *queue.FILTERS)}

    assert told == {"": name != "waiting", **{show: show == name for show in queue.FILTERS}}


def first_row(sam) -> str:
    """What the queue says of its only case."""
    text = page(sam)
    assert len(NUMBER.findall(text)) == 1
    return " ".join(re.sub(r"<[^>]+>", " ", text.partition("<tbody>")[2].partition("</tbody>")[0]).split())


def test_money_for_what_stays_is_seen_while_the_rest_is_awaited(shop, sam):
    ret = labelled(one_stays_one_comes(shop))
    assert "Something to send" in first_row(sam)

    (refund,) = money.propose(ret)
    assert "Something to send" in first_row(sam)

    money.approve_refund(refund, by="rules")
    Refund.objects.update(state="sending")
    assert shown(sam) == set()


def test_what_is_to_be_collected_is_seen(shop, sam):
    order = make.make_order(shop)
    order.lines.update(product_group="bulky")

    make.make_return(order)

    assert "Arrange the collection" in first_row(sam)


def test_a_withdrawal_before_it_has_left_is_seen_until_it_leaves(shop, sam):
    order = make.make_order(shop, delivered=None)
    withdrawals.open_case(make.make_withdrawal(shop, contract=order.number))
    parcels.buy_labels()
    assert "Withdrawn before it left" in first_row(sam)

    make.make_shipment(order, delivered=shop.today())

    assert shown(sam) == set()


def test_a_withdrawal_that_nobody_sends_is_seen(shop, sam):
    order = make.make_order(shop)
    ret = withdrawals.open_case(make.make_withdrawal(shop, contract=order.number)).ret
    ret = labelled(ret)
    assert shown(sam) == set()

    overdue(ret)

    assert "Not sent in time" in first_row(sam)


def test_who_has_the_new_one_and_does_not_send_the_old_one_is_seen_and_can_be_written_off(shop, sam):
    ret = exchanged_before_it_came(shop)
    assert shown(sam) == set()
    ret = overdue(ret)
    assert "Not sent in time" in first_row(sam)
    offered = sam.get(f"/staff/returns/{ret.number}/").content.decode()
    form = offered.partition('/lost/"')[2].partition("</form>")[0]
    assert "Nothing has come back in time for what we have sent." in form
    fields = dict(re.findall(r'name="(quantity-\d+)" value="(\d+)"', form))

    sam.post(f"/staff/returns/{ret.number}/lost/", fields)

    assert make.fresh(ret).state == R.SETTLED


def test_the_list_asks_as_often_for_three_cases_as_for_one(shop, sam, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(sam)
        return len(queries)

    one_stays_one_comes(shop)
    till.the_till()  # it is made when it is first asked for
    first = asked()
    one_stays_one_comes(shop)
    one_stays_one_comes(shop)

    assert asked() == first


def test_the_rail_counts_a_case_once(shop, sam):
    one_stays_one_comes(shop)  # its label is bought by hand, and something is to be sent
    ret = make.make_return(make.make_order(shop), state="received")
    ret.parcels.update(ask_again=None)

    count = re.search(r"For us\s*(?:<[^>]+>\s*)*(\d+)", page(sam))

    assert count and int(count[1]) == 2


def test_a_goodwill_sum_does_not_hide_that_the_money_of_a_withdrawal_is_due(shop):
    order = make.make_order(shop)
    now = timezone.now() - timedelta(days=20)
    ret = withdrawals.open_case(make.make_withdrawal(shop, contract=order.number, now=now)).ret
    Return.objects.filter(pk=ret.pk).update(state=R.IN_TRANSIT, proof_at=timezone.now())
    ret.refunds.create(
        shop=shop, payment=order.payments.get(), amount=500, currency="EUR", state="succeeded", counted=True
    )

    row = queue._row(make.fresh(ret), shop.today())

    assert (row.rank, row.chip) == (0, "soon")


def test_a_collection_does_not_keep_the_money_waiting(shop):
    """A shop that collects may not wait for the goods (Directive 2011/83/EU Art. 13(3))."""
    from returns.clocks import refund_due

    order = make.make_order(shop)
    order.lines.update(product_group="bulky")
    ret = withdrawals.open_case(make.make_withdrawal(shop, contract=order.number)).ret

    assert refund_due(ret) == shop.today() + timedelta(days=14)
