"""Another product in exchange: what she reads before she chooses, where she pays, and what staff see."""

import re

import pytest
from django.utils import timezone

from notices import outbox
from notices.models import Letter
from orders.models import Variant
from portal.customer import access
from returns import differences
from returns.models import Difference, Return, ReturnLine, Terms
from tests import make
from tests.returns.test_differences import arrived, asked

pytestmark = pytest.mark.django_db(transaction=True)

NUMBERS = {"return_carrier": "sandbox", "stop_minutes": 0, "swap_other_products": True}


@pytest.fixture
def hers(ada, shop):
    """A shirt of Ada's, all of whose order is open to her; in stock are a larger one, a jacket and a scarf."""
    Terms.objects.update(numbers=NUMBERS)
    order, session, now = make.make_order(shop, lines=((1, 3600),)), ada.session, int(timezone.now().timestamp())
    session["orders"] = {str(order.pk): [access.ALL, now, now]}
    session.save()
    order.lines.update(variant=make.make_variant(shop, "SHIRT-M"))
    make.make_variant(shop, "SHIRT-L", size="L")
    for sku, product, price in (("JACKET", "Wool jacket", 5500), ("SCARF", "Silk scarf", 3000)):
        row = make.make_variant(shop, sku, product=product)
        row.price = price
        row.save()
    return order


def text(answer) -> str:
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def draft(order, reason="changed_mind") -> str:
    ret = make.make_return(order, state="draft")
    ReturnLine.objects.filter(ret=ret).update(reason=reason, wish="swap")
    return f"/returns/{ret.number}"


def test_she_reads_what_each_costs_more_or_less_before_she_chooses(hers, ada):
    case = draft(hers)
    assert f'{case}/other/1/">Something else from our shop' in ada.get(f"{case}/size/1/").content.decode()

    page = ada.get(f"{case}/other/1/")

    assert "Silk scarf, M – €30.00 you get €6.00 back" in text(page)
    assert "Wool jacket, M – €55.00 you pay €19.00 more" in text(page)
    assert "Linen shirt" not in text(page)
    assert "checked" not in page.content.decode()


def test_a_search_narrows_the_list_and_changes_nothing(hers, ada):
    case = draft(hers)

    found, nothing = (text(ada.get(f"{case}/other/1/?q={words}")) for words in ("wool+m", "shoes"))

    assert ("Wool jacket" in found, "Silk scarf" in found) == (True, False)
    assert "Nothing in stock fits these words. Try other words." in nothing
    assert ReturnLine.objects.get().swap is None


def test_a_shop_that_does_not_offer_it_has_no_such_page(hers, ada):
    Terms.objects.update(numbers={**NUMBERS, "swap_other_products": False})
    case = draft(hers)

    assert "Something else from our shop" not in ada.get(f"{case}/size/1/").content.decode()
    assert ada.get(f"{case}/other/1/").status_code == 302


def test_an_order_in_another_currency_than_the_prices_has_no_difference_to_show(hers, ada):
    hers.currency = "USD"
    hers.save()
    case = draft(hers)

    assert "Something else from our shop" not in ada.get(f"{case}/size/1/").content.decode()
    assert ada.get(f"{case}/other/1/").status_code == 302


def test_for_a_fault_of_ours_it_is_the_same_item_again(hers, ada):
    assert ada.get(f"{draft(hers, reason='damaged')}/other/1/").status_code == 302


def test_without_another_size_she_comes_to_the_other_products_at_once(hers, ada, shop):
    shop.variants.filter(sku="SHIRT-L").delete()
    case = draft(hers)

    assert ada.get(f"{case}/size/1/")["Location"] == f"{case}/other/1/"


def test_a_choice_that_is_none_is_asked_again(hers, ada):
    case = draft(hers)

    answers = [ada.post(f"{case}/other/1/", said) for said in ({"sku": ""}, {"sku": "SHIRT-L"})]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert "Select which one you want instead" in answers[0].content.decode()


def test_the_check_page_says_the_sum_of_today_and_then_she_finds_the_page_to_pay(hers, ada, shop, box):
    case = draft(hers)
    ada.post(f"{case}/other/1/", {"sku": "JACKET"})
    assert ReturnLine.objects.get().to_pay == 1900
    shop.variants.filter(sku="JACKET").update(price=6000)

    check = text(ada.get(f"{case}/check/"))
    ada.post(f"{case}/check/")
    row = Difference.objects.get()
    follow = ada.get(f"{case}/")

    assert "Wool jacket, M – you pay €24.00 more" in check
    assert (row.amount, row.state) == (2400, "open")
    assert f'<a class="button" href="{row.url}">Pay €24.00</a>' in follow.content.decode()
    assert "The new item costs €24.00 more. Pay by" in text(follow)


def test_a_price_that_changed_while_she_read_is_shown_before_anything_is_sent(hers, ada, shop):
    case = draft(hers)
    ada.post(f"{case}/other/1/", {"sku": "JACKET"})
    ada.post(f"{case}/way/", {"way": "code"})
    ada.get(f"{case}/check/")
    Variant.objects.filter(sku="JACKET").update(price=6000)

    page = text(ada.post(f"{case}/check/", follow=True))
    before = (Return.objects.get().state, "A price has changed since you looked." in page, "€24.00" in page)
    ada.post(f"{case}/check/")

    assert before == ("draft", True, True)
    assert (Return.objects.get().state != "draft", ReturnLine.objects.get().to_pay) == (True, 2400)


def test_at_level_1_the_page_to_pay_is_not_shown(hers, ada, box):
    case = draft(hers)
    ada.post(f"{case}/other/1/", {"sku": "JACKET"})
    ada.get(f"{case}/check/")
    ada.post(f"{case}/check/")
    session, now = ada.session, int(timezone.now().timestamp())
    session["orders"] = {str(hers.pk): [access.SEEN, now, now]}
    session.save()

    page = ada.get(f"{case}/").content.decode()

    assert Difference.objects.get().url not in page
    assert "Show me where to pay" in page


def test_the_letter_leads_to_the_return_and_never_to_a_page_that_may_be_over(hers, ada, box):
    case = draft(hers)
    ada.post(f"{case}/other/1/", {"sku": "JACKET"})
    ada.get(f"{case}/check/")
    ada.post(f"{case}/check/")
    while outbox.write_next_letters():
        pass

    letter = Letter.objects.get(kind="difference.wanted")

    assert letter.subject == "Pay €19.00 and we send your new item"
    assert Difference.objects.get().url not in letter.text + letter.html
    assert access._place(letter, hers) == f"{case}/"


def test_staff_see_whether_it_is_paid(hers, ada, sam, box):
    case = draft(hers)
    ada.post(f"{case}/other/1/", {"sku": "JACKET"})
    ada.post(f"{case}/check/")
    row = Difference.objects.get()

    before = text(sam.get(f"/staff{case}/"))
    box.post(f"/_sandbox/checkout/{row.session_id}/pay")
    differences.hear(row.session_id)

    assert "€19.00 more, not paid yet" in before
    assert "€19.00 more, paid" in text(sam.get(f"/staff{case}/"))


def test_the_desk_offers_to_send_it_only_once_it_is_paid(shop, sam, box):
    ret, row = asked(shop, box)
    arrived(ret)

    before = text(sam.get(f"/staff/returns/{ret.number}/"))
    box.post(f"/_sandbox/checkout/{row.session_id}/pay")
    differences.hear(row.session_id)

    assert ("Mark as sent" in before, "Mark as sent" in text(sam.get(f"/staff/returns/{ret.number}/"))) == (False, True)
