"""R12: where is my money? True at every stage, and one tap when it is not there."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers.models import Entry
from notices.models import Letter
from portal.background import catch_up
from returns import money, sending
from returns.clocks import answer_day
from returns.models import Refund
from tests import make
from tests.returns.test_money import settling

pytestmark = pytest.mark.django_db(transaction=True)


def sent(shop, box, *, days_ago: int = 0) -> Refund:
    refund = settled(shop, box)
    Refund.objects.filter(pk=refund.pk).update(settled_at=timezone.now() - timedelta(days=days_ago))
    return make.fresh(refund)


def settled(shop, box, **facts) -> Refund:
    (refund,) = money.prepare_refund(settling(shop, box, **facts))
    money.approve_refund(refund, by="rules")
    sending.send_refunds()
    return make.fresh(refund)


def at_level_1(ada, refund: Refund) -> str:
    order = refund.ret.order
    ada.post("/", {"number": order.number, "proof": "10115"})
    return f"/o/{order.number_key}/money/"


def words(response) -> str:
    return " ".join(response.content.decode().split())


def test_on_its_way_it_says_when_and_offers_nothing_to_do(shop, box, ada):
    refund = sent(shop, box)

    page = words(ada.get(at_level_1(ada, refund)))

    assert ("Your money is on its way</h1>" in page, "I do not see it" in page) == (True, False)
    assert ("4242" in page, refund.bank_reference in page) == (False, False)


def test_after_the_banks_time_one_tap_brings_a_person_who_has_all_that_is_needed(shop, box, ada, sam):
    refund = sent(shop, box, days_ago=30)
    address = at_level_1(ada, refund)
    assert "I do not see it</button>" in words(ada.get(address))

    ada.post(f"{address}not-seen/", {"refund": str(refund.uuid)})
    ada.post(f"{address}not-seen/", {"refund": str(refund.uuid)})

    page = words(ada.get(address))
    assert ("We are looking for your money</h1>" in page, "I do not see it</button>" in page) == (True, False)
    assert Entry.objects.filter(verb="refund.not_seen").count() == 1
    case = f"/staff/returns/{refund.ret.number}/"
    assert refund.ret.number in words(sam.get("/staff/"))
    assert "Answer by" in words(sam.get(case))
    sam.post(f"{case}refunds/{refund.uuid}/looked/", {"words": "Your bank has it: ask for the number below."})
    catch_up()
    kinds = list(Letter.objects.filter(kind__startswith="refund.").order_by("pk").values_list("kind", flat=True))
    assert kinds == ["refund.succeeded", "refund.not_seen", "refund.looked_for"]
    assert "Your bank has it: ask for the number below." in Letter.objects.last().text
    sam.get(case)  # it was told what was done
    assert refund.ret.number not in words(sam.get("/staff/"))


def test_before_the_banks_time_is_over_nothing_is_opened(shop, box, ada):
    refund = sent(shop, box)
    address = at_level_1(ada, refund)

    ada.post(f"{address}not-seen/", {"refund": str(refund.uuid)})

    assert make.fresh(refund).not_seen_at is None
    assert "The bank still has time." in words(ada.get(address))


@pytest.mark.parametrize("said", ["", "x", "\0", "00000000-0000-0000-0000-000000000000"])
def test_a_refund_that_is_not_hers_is_not_there(shop, box, ada, said):
    refund = sent(shop, box, days_ago=30)

    assert ada.post(f"{at_level_1(ada, refund)}not-seen/", {"refund": said}).status_code == 404


def test_nobody_else_says_it_for_her(shop, box, ada, bob):
    refund = sent(shop, box, days_ago=30)
    address = at_level_1(ada, refund)

    bob.post(f"{address}not-seen/", {"refund": str(refund.uuid)})

    assert make.fresh(refund).not_seen_at is None


def test_a_second_check_says_so_and_by_when(shop, box, ada, django_user_model):
    (refund,) = money.prepare_refund(settling(shop, box, lines=((1, 16000),)))
    money.approve_refund(refund, by=django_user_model.objects.create_user("sam", is_staff=True))

    page = words(ada.get(at_level_1(ada, refund)))

    assert "A second person checks your refund</h1>" in page
    assert "12:00. Then it leaves." in page


def test_the_day_of_an_answer_is_a_day_on_which_people_work(shop):
    friday = timezone.now().replace(year=2026, month=12, day=25, hour=9)

    assert answer_day(shop, friday).isoformat() == "2026-12-28"
