from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from customers.models import Customer, Entry
from orders import actions
from orders.errors import SoldOut, UnitsTaken
from orders.models import Order, OrderLine, Payment, Variant
from orders.queries import orders_found, orders_numbered, sizes_of
from orders.stores.base import Address, LineDraft, OrderDraft, PaymentDraft, StockDraft
from tests import make
from tests.threads import at_once

pytestmark = pytest.mark.django_db

LINE = LineDraft(
    sku="SHIRT-M",
    title="Linen shirt",
    options={"size": "M"},
    product_group="normal",
    quantity=2,
    unit_price=3990,
    discount=0,
    paid=7980,
    tax=1274,
    picture="",
)
DRAFT = OrderDraft(
    number="A-1001",
    placed_at=datetime(2026, 11, 1, 12, tzinfo=UTC),
    email="Ada@Example.com",
    name="Ada Example",
    phone="",
    language="en",
    currency="EUR",
    address=Address("Ada Example", "Am Beispiel 1", "", "10115", "Berlin", "", "DE"),
    delivery_paid=490,
    delivery_standard=490,
    delivery_tax=78,
    order_discount=0,
    lines=(LINE,),
    payments=(PaymentDraft("stripe", "pi_1", 8470),),
    parcels=(),
    first_row=2,
    last_row=2,
)
STOCK = StockDraft("SHIRT-L", "Linen shirt", "L", "blue", 3990, "EUR", 5, "", 2)


def counts():
    return [model.objects.count() for model in (Order, OrderLine, Payment, Customer, Entry)]


# Orders come in


def test_an_order_enters_whole_with_one_line_on_the_timeline(shop):
    intake = actions.take_in(shop, [DRAFT], by="import")

    (order, draft), *more = intake.new
    assert (more, intake.known, intake.refused, draft) == ([], [], [], DRAFT)
    assert (order.number, order.number_key, order.postcode_key, order.delivery_paid) == (
        "A-1001",
        "a1001",
        "10115",
        490,
    )
    assert [(line.sku, line.quantity, line.paid, line.position) for line in order.lines.all()] == [
        ("SHIRT-M", 2, 7980, 1)
    ]
    assert [(row.reference, row.captured, row.left) for row in order.payments.all()] == [("pi_1", 8470, 8470)]
    assert [(entry.verb, entry.told_at is None) for entry in Entry.objects.all()] == [("order.imported", False)]


def test_the_same_order_again_changes_nothing(shop):
    actions.take_in(shop, [DRAFT], by="import")
    before = counts()

    intake = actions.take_in(shop, [replace(DRAFT, first_row=9, last_row=9)], by="import")

    assert (len(intake.new), len(intake.known), intake.refused) == (0, 1, [])
    assert counts() == before


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"currency": "USD"}, "currency"),
        ({"email": "bob@example.com"}, "email"),
        ({"delivery_paid": 491}, "delivery_paid"),
        ({"delivery_tax": 79}, "delivery_tax"),
        ({"lines": (replace(LINE, paid=7979),)}, "line_paid"),
        ({"lines": (replace(LINE, quantity=3),)}, "quantity"),
        ({"payments": (PaymentDraft("stripe", "pi_1", 8471),)}, "payment_captured"),
        ({"name": "Somebody Else"}, "order_number"),
    ],
)
def test_a_changed_order_is_refused_by_the_name_of_its_column(shop, changed, column):
    actions.take_in(shop, [DRAFT], by="import")
    before = counts()

    intake = actions.take_in(shop, [replace(DRAFT, first_row=7, **changed)], by="import")

    assert [(error.row, error.column, error.order) for error in intake.refused] == [(7, column, "A-1001")]
    assert (intake.new, intake.known) == ([], [])
    assert counts() == before


def test_the_same_number_twice_in_a_batch_enters_once_and_is_named_once(shop):
    intake = actions.take_in(shop, [DRAFT, replace(DRAFT, number="a 1001", first_row=5)], by="import")

    assert len(intake.new) == 1
    assert [(error.row, error.column, error.order) for error in intake.refused] == [(5, "order_number", "a 1001")]
    assert Order.objects.count() == 1


def test_one_person_in_any_spelling_is_one_customer(shop):
    second = replace(DRAFT, number="A-1002", email="ADA@example.COM")

    actions.take_in(shop, [DRAFT, second], by="import")
    actions.take_in(shop, [replace(DRAFT, number="A-1003", email="ada@example.com")], by="import")

    assert [customer.email for customer in Customer.objects.all()] == ["ada@example.com"]
    assert Customer.objects.get().orders.count() == 3


def test_two_shops_may_have_the_same_number(shop):
    other = make.make_shop()

    intakes = [actions.take_in(each, [DRAFT], by="import") for each in (shop, other)]

    assert [len(intake.new) for intake in intakes] == [1, 1]


def test_a_batch_with_an_order_that_cannot_be_kept_leaves_nothing(shop):
    broken = replace(DRAFT, number="A-1002", lines=(replace(LINE, quantity=0),))

    with pytest.raises(IntegrityError), transaction.atomic():
        actions.take_in(shop, [DRAFT, broken], by="import")

    assert counts() == [0, 0, 0, 0, 0]


# Stock


def test_stock_is_written_as_the_file_has_it_and_counts_what_changed(shop):
    first = actions.put_on_shelf(shop, [STOCK])
    again = actions.put_on_shelf(shop, [STOCK])
    more = actions.put_on_shelf(shop, [replace(STOCK, on_hand=9)])

    assert (first, again, more) == (1, 0, 1)
    assert Variant.objects.get().on_hand == 9


def test_pieces_that_are_held_stay_on_hand_whatever_the_file_says(shop):
    actions.put_on_shelf(shop, [STOCK])
    actions.hold(Variant.objects.get(), 3)

    actions.put_on_shelf(shop, [replace(STOCK, on_hand=1)])

    row = Variant.objects.get()
    assert (row.on_hand, row.held, row.free) == (3, 3, 0)


def test_a_variant_that_comes_after_its_order_is_joined_to_it(shop):
    actions.take_in(shop, [DRAFT], by="import")

    actions.put_on_shelf(shop, [replace(STOCK, sku="SHIRT-M", size="M")])

    assert OrderLine.objects.get().variant.sku == "SHIRT-M"


# Units and pieces


def test_no_unit_is_taken_twice(shop):
    line = make.make_order(shop, lines=[(2, 2000)]).lines.get()
    actions.take_units(line, 1)

    with pytest.raises(UnitsTaken):
        actions.take_units(line, 2)

    assert make.fresh(line).left == 1
    actions.take_units(line, 1)
    assert make.fresh(line).left == 0
    actions.give_back_units(line, 2)
    assert make.fresh(line).left == 2


def test_no_piece_is_held_twice_and_what_leaves_is_neither_held_nor_on_hand(shop):
    row = make.make_variant(shop, "SHIRT-L", on_hand=3)
    actions.hold(row, 2)

    with pytest.raises(SoldOut):
        actions.hold(row, 2)

    actions.send_held(row, 1)
    assert [(one.on_hand, one.held) for one in [make.fresh(row)]] == [(2, 1)]
    actions.release(row, 1)
    assert [(one.on_hand, one.held) for one in [make.fresh(row)]] == [(2, 0)]


@pytest.mark.parametrize(
    ("make_row", "wrong"),
    [
        (lambda shop: make.make_variant(shop, "X", on_hand=1), {"held": 2}),
        (lambda shop: make.make_order(shop).lines.get(), {"returning": 2}),
        (lambda shop: make.make_order(shop).payments.get(), {"reserved": 3991}),
        (lambda shop: make.make_order(shop).payments.get(), {"reserved": 2000, "outside": 1991}),
        (lambda shop: make.make_order(shop).payments.get(), {"reserved": -1}),
    ],
)
def test_the_database_itself_refuses_ledgers_that_cannot_be(shop, make_row, wrong):
    row = make_row(shop)

    with pytest.raises(IntegrityError), transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(**wrong)


@pytest.mark.django_db(transaction=True)
def test_the_last_piece_goes_to_one_of_two_who_want_it_at_once(shop):
    row = make.make_variant(shop, "SHIRT-L", on_hand=1)

    told = at_once(lambda: actions.hold(row, 1), lambda: actions.hold(row, 1))

    assert sorted(type(word).__name__ for word in told) == ["NoneType", "SoldOut"]
    assert make.fresh(row).held == 1


# Which orders?


def test_a_number_is_found_however_it_is_typed_and_only_in_its_shop(shop):
    order = make.make_order(shop, number="#LL-1042")
    other = make.make_order(make.make_shop(), number="#LL-1042")

    typed = ["#LL-1042", "ll1042", " LL 1042 ", "\uff2c\uff2c-1042"]

    assert [list(orders_numbered(shop, number)) for number in typed] == [[order]] * 4
    assert list(orders_numbered(other.shop, "ll1042")) == [other]
    assert list(orders_numbered(shop, "ll1043")) == []


def test_staff_find_by_email_name_or_postcode_and_never_in_another_shop(shop):
    order = make.make_order(shop)
    make.make_order(make.make_shop())

    words = ["ADA@example.com", "ada exa", "10 115", order.number]

    assert [list(orders_found(shop, word)) for word in words] == [[order]] * 4
    assert list(orders_found(shop, "bob@example.com")) == []


def test_other_sizes_are_of_the_same_product_and_colour(shop):
    medium, large = make.make_variant(shop, "M"), make.make_variant(shop, "L", size="L")
    make.make_variant(shop, "TROUSERS-L", size="L", product="Trousers")

    assert list(sizes_of(medium)) == [large]
