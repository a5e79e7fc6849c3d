"""The questions of a return as she meets them: the way back, what a page already knows, and where a link leads."""

import re

import pytest
from django.urls import reverse

from orders.models import OrderLine
from returns.models import Return, ReturnLine
from returns.queries import usual_size
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def open_order(shop, ada):
    """open_order(lines=…): an order that Ada has opened, each line of a variant."""

    def make_it(**facts):
        order = make.make_order(shop, **facts)
        ada.post("/", {"number": order.number, "proof": "10115"})
        return order

    return make_it


def begin(ada, order, **data) -> str:
    """The address of the first question."""
    return ada.post(reverse("customer:return-start", args=[order.number_key]), data)["Location"]


def back_of(page) -> str:
    return re.search(r'<a class="back" href="([^"]+)"', page.content.decode())[1]


def case() -> str:
    return f"/returns/{Return.objects.get().number}/"


def test_back_leads_over_every_page_that_was_asked(shop, ada, open_order):
    order = open_order(lines=[(1, 3990), (1, 1000)])
    order.lines.update(variant=make.make_variant(shop, "M"))
    make.make_variant(shop, "L", size="L")
    page = ada.get(begin(ada, order))
    ways = [page.request["PATH_INFO"]]
    for answer in ({"line-1": "on"}, {"reason": "style"}, {"answer": "no"}, {"wish": "money"}, {"way": "code"}):
        page = ada.post(ways[-1], answer, follow=True)
        ways.append(page.request["PATH_INFO"])

    backs = [back_of(ada.get(way)) for way in ways]

    assert [way.removeprefix(case()) for way in ways] == [
        "items/", "problem/1/", "differs/1/", "wish/1/", "way/", "check/",
    ]  # fmt: skip
    assert backs == [f"/o/{order.number_key}/", *ways[:-1]]


def test_change_leads_back_to_the_check_page(ada, open_order):
    order = open_order(lines=[(1, 3990)])
    begin(ada, order, reason="changed_mind")
    ada.post(f"{case()}wish/1/", {"wish": "money"})
    ada.post(f"{case()}way/", {"way": "code"})

    told = ada.post(f"{case()}way/", {"way": "label"})

    assert told["Location"] == f"{case()}check/"
    assert "Print a label at home" in ada.get(told["Location"]).content.decode()


def test_a_page_beside_the_way_leads_back_to_the_one_it_was_opened_from(ada, open_order):
    order = open_order(lines=[(1, 8000)])
    begin(ada, order, reason="damaged")

    page = ada.get(f"{case()}photo/1/none/")

    assert back_of(page) == f"{case()}photo/1/"


def test_a_link_of_the_shop_opens_the_first_question_about_that_item(ada, open_order):
    order = open_order(lines=[(1, 3990), (1, 1000)])
    second = order.lines.get(position=2)
    start = reverse("customer:return-start", args=[order.number_key])

    page = ada.get(start, {"item": second.sku.lower()})
    told = ada.post(start, {"item": "2", "reason": "changed_mind"})

    assert '<input type="hidden" name="item" value="2">' in page.content.decode()
    assert [(line.order_line, line.reason) for line in ReturnLine.objects.all()] == [(second, "changed_mind")]
    assert told["Location"].endswith("/way/")


@pytest.mark.parametrize("item", ["", "NOT-IN-IT", "SKU'--", "\0", "9" * 400])
def test_a_link_with_an_item_that_is_not_there_leads_to_the_order(ada, open_order, item):
    order = open_order(lines=[(1, 3990), (1, 1000)])
    start = reverse("customer:return-start", args=[order.number_key])

    told = ada.get(start, {"item": item})

    assert (told.status_code, told["Location"]) == (302, f"/o/{order.number_key}/")
    assert Return.objects.count() == 0


@pytest.mark.parametrize("position", ["3", "-1", "x", "²", "9" * 50])
def test_a_forged_item_is_asked_for_anew(ada, open_order, position):
    order = open_order(lines=[(1, 3990), (1, 1000)])

    told = begin(ada, order, item=position, reason="changed_mind")

    assert told == f"{case()}items/"
    assert ReturnLine.objects.count() == 0


def test_what_was_begun_goes_on_by_the_same_link(ada, open_order):
    order = open_order(lines=[(1, 3990)])
    first = begin(ada, order, reason="changed_mind")
    ada.post(first, {"wish": "money"})

    told = ada.get(reverse("customer:return-start", args=[order.number_key]))

    assert told["Location"] == f"{case()}way/"
    assert Return.objects.count() == 1


def test_each_item_says_until_when_and_what_the_law_still_gives(ada, open_order, shop):
    order = open_order(lines=[(1, 3990)] * 3, delivered=shop.today() - make.timedelta(days=45))
    order.lines.filter(position=2).update(product_group="hygiene")
    page = ada.get(begin(ada, order)).content.decode()

    fresh = open_order(lines=[(1, 3990)] * 2)
    late = ada.get(begin(ada, fresh)).content.decode()

    assert page.count("The time to return it ended on") == 2
    assert page.count("If it is faulty, you still have rights until") == 2
    assert page.count("it only comes back if something is wrong with it.") == 1
    assert (late.count("Return by"), late.count("ended on")) == (2, 0)


def test_an_item_that_is_in_a_return_already_leads_to_it(ada, open_order, shop):
    order = open_order(lines=[(1, 3990), (1, 1000), (1, 500)])
    taken = make.make_return(order)
    other = ada.get(begin(ada, order)).content.decode()

    assert f'<a href="/returns/{taken.number}/">See this return</a>' in other


def test_the_hint_of_a_size_stands_only_on_twenty_swaps_and_a_majority(shop):
    def hint(**swaps: int) -> str:
        product = f"Shirt {sorted(swaps.items())}"
        sizes = {size: make.make_variant(shop, f"{product}{size}", size=size, product=product) for size in "SML"}
        for size, times in swaps.items():
            for _ in range(times):
                ret = make.make_return(make.make_order(shop), state="draft")
                ret.lines.update(swap=sizes[size])
                OrderLine.objects.filter(order=ret.order).update(variant=sizes["M"])
                Return.objects.filter(pk=ret.pk).update(state="settled")
        return usual_size(sizes["M"])

    assert [hint(L=19), hint(L=20), hint(L=10, S=10), hint(L=11, S=9), hint(L=30, S=30)] == ["", "L", "", "L", ""]


def test_the_page_of_sizes_says_what_most_take_and_what_is_sold_out(ada, open_order, shop):
    mine, large = make.make_variant(shop, "M"), make.make_variant(shop, "L", size="L")
    make.make_variant(shop, "XL", size="XL", on_hand=0)
    for _ in range(20):
        ret = make.make_return(make.make_order(shop), state="draft")
        ret.lines.update(swap=large)
        OrderLine.objects.filter(order=ret.order).update(variant=mine)
    order = open_order()
    order.lines.update(variant=mine)
    begin(ada, order, reason="wrong_size")
    address = f"/returns/{order.returns.get().number}/size/1/"

    drafts_only = ada.get(address).content.decode()
    Return.objects.exclude(order=order).update(state="settled")
    sent = ada.get(address).content.decode()

    hint = "Most people who change this size take L."
    assert ("Not in stock now: XL." in sent, hint in drafts_only, hint in sent) == (True, False, True)


def test_what_came_instead_is_picked_from_goods_packed_nearby_or_written(ada, open_order, shop):
    near = make.make_order(shop, email="bob@example.com")
    near.lines.update(variant=make.make_variant(shop, "SKU-W"), sku="SKU-W", title="Wool socks", options={})
    unlisted = make.make_order(shop, email="eve@example.com")
    unlisted.lines.update(title="Made for Eve", sku="EVE")
    gift = make.make_order(shop, email="zoe@example.com")
    gift.lines.update(variant=make.make_variant(shop, "GIFT"), sku="GIFT", title="Gift card", product_group="digital")
    order = open_order()
    begin(ada, order, reason="wrong_item")
    tell = f"{case()}tell/1/"

    page = ada.get(tell).content.decode()
    assert "Gift card" not in page
    nothing = ada.post(tell, {"words": ""})
    empty = ada.post(tell, {"got": "other"})
    ada.post(tell, {"got": "Wool socks", "words": "4711"})
    kept = ReturnLine.objects.get().words
    again = ada.get(tell).content.decode()

    assert ("Wool socks" in page, "Made for Eve" in page, "bob@" in page, " checked" in page) == (
        True,
        False,
        False,
        False,
    )
    assert (nothing.status_code, "Select what you got" in nothing.content.decode()) == (422, True)
    assert (empty.status_code, "Enter what you got" in empty.content.decode()) == (422, True)
    assert kept == "Wool socks – 4711"
    assert re.search(r'value="Wool socks" id="id_got_0" checked', again)
    assert ">4711</textarea>" in again or ">\n4711</textarea>" in again


def test_what_was_made_for_somebody_else_is_not_offered(ada, open_order, shop):
    near = make.make_order(shop, email="bob@example.com")
    engraved = {"sku": "MUG", "title": "Mug, engraved “For Bob”", "product_group": "made_to_order"}
    near.lines.update(variant=make.make_variant(shop, "MUG"), **engraved)
    order = open_order()
    begin(ada, order, reason="wrong_item")

    page = ada.get(f"{case()}tell/1/").content.decode()

    assert ("For Bob" in page, 'name="got"' in page) == (False, False)


def test_without_goods_nearby_she_writes_what_came(ada, open_order):
    order = open_order()
    begin(ada, order, reason="wrong_item")

    page = ada.get(f"{case()}tell/1/").content.decode()

    assert 'name="got"' not in page
    assert ada.post(f"{case()}tell/1/", {"words": "A blue hat"}).status_code == 302


def test_who_waits_for_a_decision_reads_by_when_and_when_we_are_late(ada, open_order, shop):
    order = open_order()
    ret = make.make_return(order, reason="damaged")
    Return.objects.update(submitted_at=make.timezone.now())

    soon = ada.get(f"/returns/{ret.number}/").content.decode()
    Return.objects.update(submitted_at=make.timezone.now() - make.timedelta(days=9))
    late = ada.get(f"/returns/{ret.number}/").content.decode()

    assert ("You get an answer by" in soon, "We promised an answer by" in soon) == (True, False)
    assert ("You get an answer by" in late, "We promised an answer by" in late) == (False, True)


def test_a_link_of_the_shop_is_kept_through_the_look_up(shop, ada):
    order = make.make_order(shop, lines=[(1, 3990), (1, 1000)])
    item = order.lines.get(position=2).sku
    door = ada.get(f"/o/{order.number}/return/", {"item": item})["Location"]
    hidden = dict(re.findall(r'type="hidden" name="(to|item)" value="([^"]*)"', ada.get(door).content.decode()))

    missed = ada.post("/", {"number": order.number, "proof": "00000", **hidden}).content.decode()
    found = ada.post("/", {"number": order.number, "proof": "10115", **hidden})

    assert hidden == {"to": "return", "item": item}
    assert f'name="item" value="{item}"' in missed
    assert found["Location"] == f"/o/{order.number_key}/return/?item={item}"
    assert 'name="item" value="2"' in ada.get(found["Location"]).content.decode()


def test_a_wish_that_nobody_knows_leads_to_the_order(shop, ada):
    order = make.make_order(shop)

    found = ada.post("/", {"number": order.number, "proof": "10115", "to": "https://evil.example/"})

    assert found["Location"] == f"/o/{order.number_key}/"


def test_the_order_says_that_a_return_is_begun_to_whoever_may_go_on_with_it(ada, bob, open_order):
    order = open_order(lines=[(1, 3990)])
    bob.post("/", {"number": order.number, "proof": "10115"})
    fresh = ada.get(f"/o/{order.number_key}/")
    begin(ada, order, reason="changed_mind")

    hers, his = (each.get(f"/o/{order.number_key}/", headers={"If-None-Match": fresh["ETag"]}) for each in (ada, bob))

    assert "Go on with my return" in hers.content.decode()
    assert "Go on with my return" not in fresh.content.decode() + his.content.decode()


@pytest.mark.parametrize("page", ["tell", "photo/1/none"])
def test_what_she_writes_is_never_cut_off_in_silence(ada, open_order, page):
    order = open_order(lines=[(1, 8000)])
    begin(ada, order, reason="faulty" if page == "tell" else "damaged")
    path = f"{case()}{page}/" if "/" in page else f"{case()}{page}/1/"

    asked = ada.get(path).content.decode()
    told = ada.post(path, {"words": "x" * 2001})

    assert "maxlength" not in asked
    assert (told.status_code, "Say it in 2,000 letters or fewer" in told.content.decode()) == (422, True)
    assert "x" * 2001 in told.content.decode()
    assert ada.post(path, {"words": "x" * 2000}).status_code == 302
