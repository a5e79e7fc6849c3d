"""C03 to C05: a parcel that does not come. She chooses before anybody asks her, once, and a person decides by a day."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Entry
from notices import outbox
from notices.models import Letter
from portal.customer import access
from portal.templatetags.words import day
from returns import actions, exchanges, not_come
from returns.clocks import answer_day
from returns.errors import NotNow, TooMany
from returns.models import Return
from returns.queries import came_back_alone
from shipments.actions import miss
from shipments.models import Shipment
from tests import make
from tests.portal.parcel_states import STATES, links, order_in, parcel_in, text
from tests.portal.test_withdrawal_pages import open_at

pytestmark = pytest.mark.django_db

TROUBLE = ["silent", "lost", "damaged", "going_back", "late"]


def page_of(order, what: str = "choose", position: int = 1) -> str:
    return f"/o/{order.number_key}/parcel/{position}/{what}/"


def key_in(answer) -> str:
    return re.search(r'name="key" value="([^"]+)"', answer.content.decode())[1]


def hidden(answer) -> dict[str, str]:
    return dict(
        re.findall(r'type="hidden" name="((?:line|quantity)-\d+|key)" value="([^"]*)"', answer.content.decode())
    )


def choose(browser, order, wish: str = "money", **more):
    """The form as the page has it, filled in."""
    shown = browser.get(page_of(order, **more))
    return browser.post(page_of(order, **more), {**hidden(shown), "wish": wish})


def of_ada(browser, order, level: int = access.ALL) -> Client:
    open_at(browser, order, level)
    return browser


# --- the choice -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [access.SEEN, access.ALL])
@pytest.mark.parametrize("state", TROUBLE)
def test_she_chooses_with_what_how_much_and_by_when(shop, ada, state, level):
    order = order_in(shop, state, delivery_paid=490)
    of_ada(ada, order, level)

    page = ada.get(page_of(order))

    html = page.content.decode()
    assert (html.count("<h1"), html.count('class="button"'), "checked" in html) == (1, 1, False)
    assert re.findall(r'name="wish" value="(\w+)"', html) == ["swap", "money"]
    assert f"A person decides by {day(answer_day(shop))} and writes to you." in html
    assert ("€44.80" in html) is (level == access.ALL)
    assert "Linen shirt" in text(page)


@pytest.mark.parametrize("wish", ["swap", "money"])
@pytest.mark.parametrize("state", TROUBLE)
def test_what_she_chose_is_a_case_that_says_who_decides_by_when(shop, ada, sam, state, wish):
    order = order_in(shop, state)
    of_ada(ada, order)

    answer = choose(ada, order, wish)

    ret = Return.objects.get()
    line = ret.lines.get()
    assert answer["Location"] == f"/returns/{ret.number}/"
    assert (ret.state, line.reason, line.arrived, line.wish) == ("under_review", "too_late", False, wish)
    assert (line.requested, line.order_line.left, line.held) == (1, 0, 1 if wish == "swap" else 0)
    follow = text(ada.get(answer["Location"]))
    assert f"You get an answer by {day(answer_day(shop))}.".replace("\xa0", " ") in follow
    assert ("It has not come" in follow, "It came too late" in follow) == (True, False)
    desk = text(sam.get(f"/staff/returns/{ret.number}/"))
    assert ("It has not come" in desk, "It came too late" in desk) == (True, False)
    assert ret.number in text(sam.get("/staff/"))
    lines = list(Entry.objects.filter(number=ret.number).order_by("pk").values_list("verb", "by"))
    assert lines == [("return.created", "customer"), ("parcel.given_up", "customer")]


def test_the_sum_shown_is_the_sum_of_the_case(shop, ada):
    order = order_in(shop, "lost", lines=[(2, 3999), (1, 1001)], delivery_paid=490)
    of_ada(ada, order)
    shown = ada.get(page_of(order)).content.decode()

    choose(ada, order, "money")

    from returns.receipts import expected_receipt

    assert expected_receipt(Return.objects.get()).total == 3999 + 1001 + 490
    assert "€54.90" in shown


def test_the_same_form_pressed_twice_or_after_going_back_is_one_case(shop, ada):
    order = order_in(shop, "lost", lines=[(3, 9000)])
    of_ada(ada, order)
    form = {**hidden(ada.get(page_of(order))), "wish": "money"}

    answers = [ada.post(page_of(order), form) for _ in range(3)]
    again = ada.post(page_of(order), {**form, "wish": "swap"})

    ret = Return.objects.get()
    assert {answer["Location"] for answer in [*answers, again]} == {f"/returns/{ret.number}/"}
    assert ret.lines.get().wish == "money"
    assert Entry.objects.filter(verb="parcel.given_up").count() == 1


def test_two_tabs_are_one_case(shop, ada):
    order = order_in(shop, "lost")
    of_ada(ada, order)
    first, second = (hidden(ada.get(page_of(order))) for _ in range(2))
    assert first["key"] != second["key"]

    one = ada.post(page_of(order), {**first, "wish": "money"})
    two = ada.post(page_of(order), {**second, "wish": "swap"})

    assert one["Location"] == two["Location"] == f"/returns/{Return.objects.get().number}/"
    assert ada.get(page_of(order))["Location"] == one["Location"]


def test_a_parcel_of_several_is_given_up_once_even_when_units_are_left(shop, ada):
    order = order_in(shop, "lost", lines=[(2, 8000)])
    parcel_in(order, "delivered")
    parcel = Shipment.objects.first()
    line = order.lines.get()
    not_come.give_up(parcel, {line: 1}, wish="money", by="customer", language="en", form_key=uuid4())

    with pytest.raises(NotNow):
        not_come.give_up(parcel, {line: 1}, wish="money", by="customer", language="en", form_key=uuid4())

    assert Return.objects.count() == 1


def test_a_key_of_another_order_opens_nothing_there(shop, ada):
    mine, other = order_in(shop, "lost"), order_in(shop, "lost", email="bob@example.com")
    of_ada(ada, mine)
    of_ada(ada, other)
    form = {**hidden(ada.get(page_of(mine))), "wish": "money"}
    ada.post(page_of(mine), form)

    answer = ada.post(page_of(other), form)

    assert answer["Location"] == f"/o/{other.number_key}/"
    assert [ret.order for ret in Return.objects.all()] == [mine]


@pytest.mark.parametrize("posted", [{}, {"wish": ""}, {"wish": "credit"}, {"wish": "reduction"}, {"wish": "x" * 5000}])
def test_nothing_chosen_is_asked_again_and_nothing_has_happened(shop, ada, posted):
    order = order_in(shop, "lost")
    of_ada(ada, order)

    answer = ada.post(page_of(order), {"key": str(uuid4()), **posted})

    assert answer.status_code == 422
    assert text(answer).count("Select what you would like") == 2
    assert answer.content.decode().partition("<title>")[2].startswith("Error:")
    assert (Return.objects.count(), order.lines.get().returning) == (0, 0)


@pytest.mark.parametrize("key", ["", "1", "not-a-key", "\0"])
def test_without_a_key_the_page_is_shown_anew(shop, ada, key):
    order = order_in(shop, "lost")
    of_ada(ada, order)

    answer = ada.post(page_of(order), {"wish": "money", "key": key})

    assert (answer.status_code, answer["Location"], Return.objects.count()) == (302, page_of(order), 0)


@pytest.mark.parametrize("state", [state for state in STATES if state not in TROUBLE])
def test_of_a_parcel_that_is_well_there_is_nothing_to_choose(shop, ada, state):
    order = order_in(shop, state)
    of_ada(ada, order)

    answers = [ada.get(page_of(order)), ada.post(page_of(order), {"wish": "money", "key": str(uuid4())})]

    wanted = page_of(order, "not-here") if state == "delivered" else f"/o/{order.number_key}/"
    assert [answer["Location"] for answer in answers] == [wanted, wanted]
    assert Return.objects.count() == 0


def test_it_comes_while_she_reads_and_nothing_is_asked_for(shop, ada):
    order = order_in(shop, "silent")
    of_ada(ada, order)
    form = {**hidden(ada.get(page_of(order))), "wish": "money"}
    make.scan(Shipment.objects.get(), "out_for_delivery", at=timezone.now())

    answer = ada.post(page_of(order), form)

    assert (answer["Location"], Return.objects.count()) == (f"/o/{order.number_key}/", 0)


def test_bob_finds_no_page_of_adas_parcel(shop, ada, bob):
    order = order_in(shop, "lost")

    answers = [ask(page_of(order, what)) for what in ("choose", "not-here", "delivery") for ask in (bob.get, bob.post)]

    assert {answer.status_code for answer in answers} == {404}


@pytest.mark.parametrize("position", [0, 2, 99, 2**40])
def test_a_parcel_that_is_not_there_is_not_found(shop, ada, position):
    order = order_in(shop, "lost")
    of_ada(ada, order)

    assert {ada.get(page_of(order, what, position)).status_code for what in ("choose", "not-here", "delivery")} == {404}


# --- the shelf decides ------------------------------------------------------------------------------------------


def test_what_is_not_on_the_shelf_is_not_sent_again_and_the_page_says_so(shop, ada):
    order = order_in(shop, "lost")
    order.lines.get().variant.__class__.objects.update(on_hand=0)
    of_ada(ada, order)

    page = ada.get(page_of(order))

    assert re.findall(r'name="wish" value="(\w+)"', page.content.decode()) == ["money"]
    assert "we have no more of it, so we cannot send it again" in text(page)
    assert ada.post(page_of(order), {**hidden(page), "wish": "swap"}).status_code == 422


def test_the_last_piece_goes_while_she_reads(shop, ada):
    order = order_in(shop, "lost")
    variant = order.lines.get().variant
    of_ada(ada, order)
    form = {**hidden(ada.get(page_of(order))), "wish": "swap"}
    type(variant).objects.update(on_hand=0)

    answer = ada.post(page_of(order), form, follow=True)

    assert (answer.status_code, Return.objects.count()) == (422, 0)
    assert re.findall(r'name="wish" value="(\w+)"', answer.content.decode()) == ["money"]


def test_sold_out_in_the_very_moment_leaves_no_trace(shop):
    from orders.errors import SoldOut

    order = order_in(shop, "lost")
    line = order.lines.select_related("variant").get()
    type(line.variant).objects.update(on_hand=0)

    with pytest.raises(SoldOut):
        not_come.give_up(Shipment.objects.get(), {line: 1}, wish="swap", by="customer", language="en", form_key=uuid4())

    assert (Return.objects.count(), order.lines.get().returning) == (0, 0)
    assert Entry.objects.filter(verb__in=["parcel.given_up", "return.created"]).count() == 0


# --- several parcels --------------------------------------------------------------------------------------------


def test_of_several_parcels_she_first_says_what_was_in_it(shop, ada):
    order = order_in(shop, "lost", lines=[(2, 8000), (1, 1000)])
    parcel_in(order, "delivered")
    of_ada(ada, order)

    asked = ada.get(page_of(order))
    none = ada.get(page_of(order) + "?items=1")
    too_many = ada.get(page_of(order) + "?items=1&line-1=on&quantity-1=3")
    page = ada.get(page_of(order) + "?items=1&line-1=on&quantity-1=1")
    ada.post(page_of(order), {**hidden(page), "wish": "money"})

    assert "What was in this parcel?" in text(asked)
    assert "checked" not in asked.content.decode()
    assert (asked.status_code, none.status_code, too_many.status_code) == (200, 422, 422)
    assert "Select the items this is about" in text(none)
    assert "You bought 2 – enter 1 to 2" in text(too_many)
    assert "€40.00" in text(page)
    assert [(line.order_line.position, line.requested) for line in Return.objects.get().lines.all()] == [(1, 1)]


def test_an_order_in_one_parcel_is_not_asked_what_was_in_it(shop, ada):
    order = order_in(shop, "lost", lines=[(2, 8000), (1, 1000)])
    of_ada(ada, order)

    choose(ada, order)

    assert [(line.order_line.position, line.requested) for line in Return.objects.get().lines.all()] == [(1, 2), (2, 1)]


def test_units_of_another_case_are_not_asked_for_again(shop):
    order = order_in(shop, "lost", lines=[(2, 8000)])
    make.make_return(order, units=1)
    line = order.lines.get()

    with pytest.raises(TooMany):
        not_come.give_up(
            Shipment.objects.get(), {line: 2}, wish="money", by="customer", language="en", form_key=uuid4()
        )

    assert Return.objects.count() == 1


# --- it says delivered ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [access.SEEN, access.ALL])
def test_three_checks_ask_for_nothing_and_show_where_it_was_left_only_to_her(shop, ada, level):
    order = order_in(shop, "delivered")
    Shipment.objects.get().events.update(place="Am Beispiel 9", text="An Nachbarn übergeben")
    of_ada(ada, order, level)

    page = ada.get(page_of(order, "not-here"))

    html = page.content.decode()
    assert html.count('type="checkbox"') == 3
    assert not re.search(r'type="checkbox"[^>]*name=|required', html)
    assert ("Am Beispiel 9" in html, "Nachbarn" in html) == (level == access.ALL,) * 2


def test_the_button_asks_the_carrier_at_once_and_leads_to_the_choice(shop, ada):
    order = order_in(shop, "delivered")
    of_ada(ada, order)
    Shipment.objects.update(next_look=timezone.now() + timedelta(days=1))

    answer = ada.post(page_of(order, "not-here"))
    ada.post(page_of(order, "not-here"))

    assert answer["Location"] == page_of(order)
    assert Shipment.objects.get().next_look <= timezone.now()
    assert Entry.objects.filter(verb="parcel.not_here").count() == 1
    page = ada.get(page_of(order))
    assert text(page).startswith("Back to the order We will look for your parcel")
    assert f"A person decides by {day(answer_day(shop))}" in page.content.decode()


def test_what_she_wants_if_it_is_lost_is_a_case_staff_see(shop, ada, sam):
    order = order_in(shop, "delivered")
    of_ada(ada, order)
    ada.post(page_of(order, "not-here"))

    choose(ada, order, "money")

    ret = Return.objects.get()
    assert (ret.state, ret.lines.get().arrived) == ("under_review", False)
    desk = text(sam.get(f"/staff/returns/{ret.number}/"))
    assert "The customer does not have the parcel" in desk
    assert ret.number in text(sam.get("/staff/"))
    shown = text(ada.get(f"/o/{order.number_key}/"))
    assert ("You told us that you do not have it." in shown, "We hope it is just right" in shown) == (True, False)


@pytest.mark.parametrize(("days", "offered"), [(30, True), (31, False)])
def test_it_is_offered_for_a_month_and_later_a_person_looks(shop, ada, days, offered):
    order = make.make_order(shop, delivered=shop.today() - timedelta(days=days))
    of_ada(ada, order)

    page = ada.get(f"/o/{order.number_key}/")
    ada.post(page_of(order, "not-here"))
    choice = ada.get(page_of(order))

    assert (page_of(order, "not-here") in links(page)) is offered
    assert ("A person looks for this parcel" in text(choice)) is not offered


@pytest.mark.parametrize("state", [state for state in STATES if state != "delivered"])
def test_what_is_not_said_to_have_come_is_not_missed(shop, ada, state):
    order = order_in(shop, state)
    of_ada(ada, order)

    answer = ada.post(page_of(order, "not-here"))

    assert answer["Location"] == f"/o/{order.number_key}/"
    assert (miss(Shipment.objects.get(), by="customer"), Entry.objects.filter(verb="parcel.not_here").count()) == (
        False,
        0,
    )


# --- it turns up after all --------------------------------------------------------------------------------------


def given_up(order, wish: str = "money") -> Return:
    line = order.lines.select_related("variant").get()
    return not_come.give_up(
        order.shipments.get(), {line: line.quantity}, wish=wish, by="customer", language="en", form_key=uuid4()
    )


@pytest.mark.parametrize("wish", ["money", "swap"])
def test_it_comes_before_anybody_has_decided_and_she_cancels(shop, ada, sam, wish):
    order = order_in(shop, "silent")
    ret = given_up(order, wish)
    assert "The parcel has come after all" not in text(sam.get(f"/staff/returns/{ret.number}/"))
    make.scan(order.shipments.get(), "delivered", at=timezone.now())
    of_ada(ada, order)

    desk, queue = text(sam.get(f"/staff/returns/{ret.number}/")), text(sam.get("/staff/"))
    ada.post(f"/returns/{ret.number}/cancel/")

    assert ("The parcel has come after all" in desk, "The parcel has come after all" in queue) == (True, True)
    ret, line = make.fresh(ret), order.lines.select_related("variant").get()
    assert (ret.state, line.left, line.variant.held) == ("cancelled", 1, 0)
    assert "You keep the item" not in text(ada.get(f"/returns/{ret.number}/"))


@pytest.mark.parametrize("status", ["delivered", "returned"])
@pytest.mark.parametrize("wish", ["money", "swap"])
def test_it_comes_after_she_got_something_and_staff_see_it_for_two_weeks(shop, sam, status, wish):
    order = order_in(shop, "silent")
    ret = actions.approve(given_up(order, wish), by="staff:pia")
    if wish == "swap":
        ret = exchanges.ship_exchange(ret, carrier="sandbox", tracking_number="SBNEW1", by="staff:pia")
        assert ret.state == "settled"
    assert ret.lines.get().not_arrived == 1

    make.scan(order.shipments.filter(replacement=False).get(), status, at=timezone.now())

    assert not_come.turned_up(make.fresh(ret)).status == status
    assert "The parcel has come after all" in text(sam.get("/staff/"))
    assert "The parcel has come after all" in text(sam.get(f"/staff/returns/{ret.number}/"))
    parcel = order.shipments.filter(replacement=False).get()
    bench = sam.get(f"/staff/goods-in/orders/{order.number_key}/?parcel={parcel.tracking_number}").content.decode()
    assert (f"{ret.number} settles it" in bench, 'name="kind"' in bench) == (True, False)
    assert list(came_back_alone(shop)) == []  # her case has these units: she is not paid twice
    later = timezone.now() + timedelta(days=15)
    assert not_come.came_after_all(shop, later) == []


def test_a_parcel_beside_it_that_comes_is_not_the_one_that_was_given_up(shop):
    order = order_in(shop, "lost", lines=[(2, 8000)])
    other = parcel_in(order, "on_way")
    line = order.lines.get()
    ret = not_come.give_up(
        order.shipments.first(), {line: 1}, wish="money", by="customer", language="en", form_key=uuid4()
    )

    make.scan(other, "delivered", at=timezone.now())

    assert (not_come.turned_up(make.fresh(ret)), not_come.came_after_all(shop, timezone.now())) == (None, [])


def test_once_chosen_the_order_page_says_so_and_offers_it_no_more(shop, ada):
    order = order_in(shop, "lost")
    ret = given_up(order)
    of_ada(ada, order)

    page = ada.get(f"/o/{order.number_key}/")

    assert "You have chosen. See how it stands" in text(page)
    assert page_of(order) not in links(page)
    assert f"/returns/{ret.number}/" in links(page)


def test_after_a_no_she_may_choose_again(shop, ada):
    order = order_in(shop, "lost")
    make.say_no(given_up(order), by="staff:sam")
    of_ada(ada, order)

    assert page_of(order) in links(ada.get(f"/o/{order.number_key}/"))


# --- from the questions of a return, and from letters ------------------------------------------------------------


def asked_if_it_has_come(browser, order, kept: str) -> str:
    """R02 too late, R03g."""
    draft = make.make_return(order, state="draft", reason="too_late", wish="")
    session = browser.session
    session["drafts"] = [draft.number]
    session.save()
    return browser.post(f"/returns/{draft.number}/late/1/", {"answer": kept})["Location"]


@pytest.mark.parametrize("state", TROUBLE)
def test_no_it_is_not_here_leads_to_the_choice(shop, ada, state):
    order = order_in(shop, state)
    of_ada(ada, order)

    where = asked_if_it_has_come(ada, order, "no")
    page = ada.get(where)
    ada.post(page_of(order), {**hidden(page), "wish": "money"})

    assert where == f"{page_of(order)}?line-1=on&quantity-1=1"
    assert [ret.state for ret in Return.objects.all()] == ["under_review"]  # the draft is gone


def test_no_it_is_not_here_of_one_said_to_have_come_leads_to_the_checks(shop, ada):
    order = order_in(shop, "delivered")
    of_ada(ada, order)

    assert asked_if_it_has_come(ada, order, "no") == page_of(order, "not-here")


def test_of_a_parcel_that_is_well_the_questions_go_on(shop, ada):
    order = order_in(shop, "on_way")
    of_ada(ada, order)

    assert "/wish/1/" in asked_if_it_has_come(ada, order, "no")


@pytest.mark.parametrize(("kind", "state"), [("parcel.late", "late"), ("parcel.silent", "silent")])
def test_the_letter_leads_to_the_choice(shop, ada, kind, state):
    order = order_in(shop, state)
    if state == "silent":
        from shipments.actions import notice_silent

        notice_silent()
    outbox.write_next_letters()

    letter = Letter.objects.get(kind=kind)
    link = access.words_for(letter)["link"].removeprefix("http://127.0.0.1:8000")
    page = ada.get(link, follow=True)

    assert "Open your order and choose: we send it again, or you get your money back." in letter.text
    assert page_of(order) in links(page)


def test_the_letter_offers_no_choice_that_the_page_has_not(shop):
    order = order_in(shop, "late")
    make.make_return(order)
    Letter.objects.all().delete()
    outbox.write_next_letters()

    words = [letter.text for letter in Letter.objects.filter(kind="parcel.late")]

    assert ["Open your order and choose" in said for said in words] == [False]
    assert "Answer this email: we find a way with you." in words[0]


def test_of_a_lost_replacement_she_says_what_was_in_it(shop, ada):
    order = make.make_order(shop, lines=[(1, 4000), (1, 1000)])
    parcel_in(order, "lost", replacement=True)
    of_ada(ada, order)

    assert "What was in this parcel?" in text(ada.get(page_of(order, position=2)))
