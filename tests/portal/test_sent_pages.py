"""What a customer can still do with a return that was sent: by level, and only what is true."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from portal.customer import access
from returns import actions, deductions, exchanges, goods, money, sending
from returns.models import Deduction, Refund, Return
from tests import make
from tests.portal.test_withdrawal_pages import open_at, page, seen
from tests.returns.test_ceilings import came_back, paid
from tests.returns.test_closing import exchanged_before_it_came, labelled, one_stays_one_comes

pytestmark = pytest.mark.django_db

SAM = "staff:sam"


def hers(browser, ret: Return, level: int = access.SEEN) -> None:
    """She began it in this browser."""
    open_at(browser, ret.order, level)
    session = browser.session
    session["drafts"] = [ret.number]
    session.save()


def offered(shop) -> Deduction:
    ret = make.make_return(make.make_order(shop, lines=[(1, 7137)]), state="received")
    line = ret.lines.get()
    line.photos.create(bench=True, file="photos/stain.webp")
    return deductions.propose(line, units=1, percent=40, words="a stain", by=SAM)


@pytest.mark.parametrize("level", [access.SEEN, access.ALL])
def test_what_we_offer_is_named_only_to_her(shop, ada, level):
    offer = offered(shop)
    ret = offer.line.ret
    hers(ada, ret, level)

    said = seen(ada.get(f"/returns/{ret.number}/"))
    choice = ada.get(f"/returns/{ret.number}/offer/{offer.pk}/")

    assert "We cannot give you all of the money" in said
    if level == access.ALL:
        assert "we offer €42.82 of €71.37." in said
        assert choice.status_code == 200
    else:
        assert "€" not in said
        assert choice["Location"] == f"/o/{ret.order.number_key}/code/"


@pytest.mark.parametrize("level", [access.SEEN, access.ALL])
def test_what_we_ask_is_read_only_by_her(shop, ada, level):
    ret = make.make_return(make.make_order(shop, lines=[(1, 20000)]), reason="damaged")
    actions.ask(ret, by=SAM, text="Is it the red one that you showed us on the phone?")
    hers(ada, ret, level)

    answer = ada.get(f"/returns/{ret.number}/answer/")

    if level == access.ALL:
        assert "Is it the red one" in page(answer)
    else:
        assert answer["Location"] == f"/o/{ret.order.number_key}/code/"
        assert ada.post(f"/returns/{ret.number}/answer/", {"answer": "Yes."}).status_code == 302
        assert make.fresh(ret).state == "needs_info"


def test_who_sends_it_herself_gets_no_label_of_ours_for_nothing(shop, ada):
    ret = make.make_return(make.make_order(shop), state="draft")
    Return.objects.filter(pk=ret.pk).update(way="own")
    ret = actions.submit(make.fresh(ret))
    hers(ada, ret)

    ada.post(f"/returns/{ret.number}/box/")

    assert ret.parcels.count() == 0


# Why it cannot be cancelled


def test_who_has_the_new_item_is_told_so_and_not_that_her_parcel_travels(shop, ada):
    ret = exchanged_before_it_came(shop)
    hers(ada, ret)

    said = seen(ada.post(f"/returns/{ret.number}/cancel/", follow=True))

    assert "Your parcel is on its way to us already" not in said
    assert "We have sent you your money or new item already, so this return cannot be cancelled here." in said


def test_who_had_the_money_for_one_item_cancels_the_rest(shop, ada):
    ret = labelled(one_stays_one_comes(shop))
    paid(ret)
    hers(ada, ret)

    said = seen(ada.post(f"/returns/{ret.number}/cancel/", follow=True))

    assert "You keep the item" in said
    assert make.fresh(ret).state == "settled"


# Where is my money?


def test_money_that_was_sent_anew_is_not_called_lost(shop, ada):
    ret = make.make_return(make.make_order(shop), state="settling")
    paid(ret)
    came_back(ret)
    open_at(ada, ret.order, access.ALL)
    assert "Your bank sent the money back to us" in seen(ada.get(f"/o/{ret.order.number_key}/money/"))

    paid(ret)

    said = seen(ada.get(f"/o/{ret.order.number_key}/money/"))
    assert ("Your money is on its way" in said, "sent the money back" in said) == (True, False)


def test_a_share_that_failed_is_told_though_the_other_has_gone(shop, ada):
    order = make.make_order(shop, paid=3000)
    order.payments.create(provider="stripe", reference="pi_second", currency="EUR", captured=990)
    ret = make.make_return(order, state="settling")
    first, second = money.propose(ret)
    for refund, word in ((first, "failed"), (second, "succeeded")):
        money.approve_refund(refund, by="rules")
        Refund.objects.filter(pk=refund.pk).update(state="sending")
        outcome = sending.Outcome(provider_id=f"re_{refund.pk}", state=word, amount=refund.amount, currency="EUR")
        sending.take_outcome(make.fresh(refund), outcome)
    open_at(ada, order, access.ALL)

    assert "Your bank sent the money back to us" in seen(ada.get(f"/o/{order.number_key}/money/"))


# Days end where the shop is


@pytest.mark.parametrize("zone", ["Pacific/Pago_Pago", "Pacific/Kiritimati", "America/New_York"])
def test_she_has_all_of_the_last_day_to_disagree_and_for_what_is_held(zone):
    shop = make.make_shop(time_zone=zone)
    with time_machine.travel("2026-11-10T12:00:00+00:00", tick=False) as clock:
        offer = offered(shop)
        large = make.make_variant(shop, "L", size="L")
        held = make.make_return(make.make_order(shop), wish="swap", swap=large).lines.get()
        last = min(offer.answer_by, held.held_until)
        for hour in range(0, 24 * 25, 3):
            clock.move_to(
                timezone.datetime(2026, 11, 10, 12, tzinfo=timezone.get_default_timezone()) + timedelta(hours=hour)
            )
            deductions.close_unanswered()
            exchanges.end_holds()
            if shop.today() <= offer.answer_by:
                assert make.fresh(offer).state == "proposed"
            if shop.today() <= held.held_until:
                assert make.fresh(held).held == 1

    assert (make.fresh(offer).state, make.fresh(held).held, last is not None) == ("accepted", 0, True)


# Words that no database keeps


def test_a_nul_in_what_staff_write_breaks_nothing(shop, sam):
    ret = make.make_return(make.make_order(shop, lines=[(1, 20000)]), reason="damaged")
    address = f"/staff/returns/{ret.number}/"
    text = "a whole\0 sentence, and more"

    told = [
        sam.post(f"{address}ask/", {"words": text}).status_code,
        sam.post(
            f"{address}approve/", {"partly": "1", f"quantity-{ret.lines.get().pk}": "1", "reason": text}
        ).status_code,
        sam.post(f"{address}goodwill/", {"amount": "1.00", "words": text}).status_code,
    ]
    goods.receive(make.fresh(ret), {ret.lines.get().pk: 1}, by=SAM)
    line = ret.lines.get()
    line.photos.create(bench=True, file="photos/stain.webp")
    deductions.want_back(deductions.propose(line, units=1, percent=40, words="a stain", by=SAM), by="customer")
    told.append(sam.post(f"{address}lines/{line.pk}/send-back/", {"tracking_number": "A\0B"}).status_code)

    assert told == [302] * 4
    assert ret.questions.get().text == "a whole sentence, and more"
    assert re.search("\0", str(list(ret.order.customer.entries.values_list("facts", flat=True)))) is None
