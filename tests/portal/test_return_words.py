"""The sentences of a return say what is true of this very one."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.customer import access
from portal.templatetags.words import day
from returns import actions, deductions, goods
from returns.models import Return, ReturnLine
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def hers(ada, shop):
    """An order of Ada's, all of which is open to her."""

    def open_order(**facts):
        order, session, now = make.make_order(shop, **facts), ada.session, int(timezone.now().timestamp())
        session["orders"] = {str(order.pk): [access.ALL, now, now]}
        session.save()
        return order

    return open_order


def draft(order, **facts) -> Return:
    ret = make.make_return(order, state="draft")
    ReturnLine.objects.filter(ret=ret).update(**facts)
    return ret


def seen(ada, address: str) -> str:
    answer = ada.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_who_chose_a_carrier_is_told_what_to_do_and_not_that_we_collect(hers, ada, shop):
    ret = draft(hers(), reason="faulty", wish="money")
    Return.objects.filter(pk=ret.pk).update(way="own")
    actions.submit(make.fresh(ret))

    page = seen(ada, f"/returns/{ret.number}/")

    by = day(shop.today() + timedelta(days=14))
    assert f"Send it by {by}. Choose any carrier. Then show us the receipt or the number." in page
    assert "We arrange the collection" not in page


@pytest.mark.parametrize(
    ("reason", "heading"),
    [("damaged", "Add a photo of the damage"), ("wrong_item", "Add a photo of what you got")],
)
def test_the_photo_that_is_asked_for_fits_the_reason(hers, ada, reason, heading):
    ret = draft(hers(), reason=reason, wish="", words="a mug")

    page = seen(ada, f"/returns/{ret.number}/photo/1/")

    assert page.count(heading) == 2  # its title and its heading


def test_what_was_ordered_is_the_right_item_for_who_got_another(hers, ada, shop):
    order = hers()
    order.lines.update(variant=make.make_variant(shop, "SHIRT"))
    ret = draft(order, reason="wrong_item", wish="", words="a mug", no_photo=True)

    page = seen(ada, f"/returns/{ret.number}/wish/1/")

    assert ("The right item" in page, "The same item again" in page) == (True, False)


@pytest.mark.parametrize(
    ("size", "colour", "words"),
    [
        ("L", "", "The same item in size L"),
        ("", "red", "The same item in red"),
        ("L", "red", "The same item in size L, red"),
    ],
)
def test_another_piece_is_named_by_what_is_other(hers, ada, shop, size, colour, words):
    order = hers()
    order.lines.update(variant=make.make_variant(shop, "MUG", product="Mug", size=""))
    other = make.make_variant(shop, "MUG-2", product="Mug", size=size)
    type(other).objects.filter(pk=other.pk).update(colour=colour)
    ret = draft(order, reason="style", differs=False, wish="swap", swap=other)

    page = seen(ada, f"/returns/{ret.number}/check/")

    assert words in [line.strip() for line in page.splitlines()]


def test_no_full_sum_stands_beside_an_open_offer_of_less(hers, ada):
    ret = make.make_return(hers(), state="received")
    before = seen(ada, f"/returns/{ret.number}/")
    line = ret.lines.get()
    goods.add_bench_photo(line, make.picture(), by="staff:sam")
    deductions.propose(line, units=1, percent=40, words="There is a stain on it.", by="staff:sam")

    page = seen(ada, f"/returns/{ret.number}/")

    assert "we offer €23.94 of €39.90." in page
    assert ("You get back" in before, "You get back" in page) == (True, False)


@pytest.mark.parametrize(
    ("currency", "words"), [("EUR", "Write a sum such as 5.00"), ("VND", "Write a sum such as 500")]
)
def test_a_sum_is_asked_for_as_its_currency_is_written(shop, sam, currency, words):
    ret = make.make_return(make.make_order(shop, currency=currency), state="approved")

    page = sam.post(
        f"/staff/returns/{ret.number}/goodwill/", {"amount": "5,000.00", "words": "We are glad."}, follow=True
    )

    assert words in page.content.decode()
