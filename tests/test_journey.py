"""The whole journey in one process: order, return, label, the way back, money and letters; the outside is real HTTP."""

import pytest
from django.core import mail

from notices.models import Letter
from orders.models import Payment
from portal.background import catch_up
from returns.models import Refund, Return
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


def form_of(page, name: str = "left") -> str:
    text = page.content.decode()
    return text.split(f'name="{name}" value="')[1].split('"')[0]


def test_a_damaged_item_comes_back_and_the_money_goes_out_once(shop, ada, sam, pia, box):
    order = make.make_order(shop, lines=[(1, 15990)], delivery_paid=490)
    make.make_payment_outside(box, order)

    home = ada.post("/", {"number": order.number.lower(), "proof": "10115"})
    assert home.status_code == 302
    started = ada.post(f"/o/{order.number_key}/return/", follow=True)
    assert "What is the problem?" in started.content.decode()
    ret = Return.objects.get()
    case = f"/returns/{ret.number}/"
    asked = ada.post(f"{case}problem/1/", {"reason": "damaged"}, follow=True)
    assert "Add a photo of the damage" in asked.content.decode()
    from django.core.files.uploadedfile import SimpleUploadedFile

    photo = SimpleUploadedFile("p.jpg", make.picture(), "image/jpeg")
    wish = ada.post(f"{case}photo/1/", {"photo": photo}, follow=True)
    assert "Keep it and get €47.97 back" in wish.content.decode()
    way = ada.post(f"{case}wish/1/", {"wish": "money"}, follow=True)
    assert "How do you want to send it back?" in way.content.decode()
    check = ada.post(f"{case}way/", {"way": "code"}, follow=True)
    assert "€164.80" in check.content.decode()
    done = ada.post(f"{case}check/", follow=True)
    assert "We have your request" in done.content.decode()

    page = sam.get(f"/staff/returns/{ret.number}/").content.decode()
    assert "Rules say: a person decides" in page
    sam.post(f"/staff/returns/{ret.number}/approve/")
    ret = make.fresh(ret)
    assert ret.state == "awaiting_dropoff"

    box.post(f"/_sandbox/parcels/{ret.parcels.get().shipment.tracking_number}/move", {"to": "delivered"})
    catch_up()
    ret = make.fresh(ret)
    assert ret.state == "in_transit"
    assert ret.parcels.get().state == "delivered"

    line = ret.lines.get()
    sam.post(f"/staff/returns/{ret.number}/receive/", {f"quantity-{line.pk}": "1"})
    sam.post(f"/staff/returns/{ret.number}/accept/", {f"quantity-{line.pk}": "1"})
    refund = Refund.objects.get()
    page = sam.get(f"/staff/returns/{ret.number}/")
    assert "Send €164.80" in page.content.decode()
    send = f"/staff/returns/{ret.number}/refunds/{refund.uuid}/send/"
    first = sam.post(send, {"left": form_of(page)}, follow=True).content.decode()
    assert "Your yes is kept. A second person has to say yes too." in first
    catch_up()
    assert make.fresh(refund).state == "proposed"
    pia.post(send, {"left": form_of(pia.get(f"/staff/returns/{ret.number}/"))})
    catch_up()

    refund = make.fresh(refund)
    assert (refund.state, refund.amount) == ("succeeded", 16480)
    assert make.fresh(ret).state == "settled"
    assert Payment.objects.get().left == 0
    books = next(row for row in box.get("/_sandbox/books")["payments"] if row["id"] == Payment.objects.get().reference)
    assert [row["amount"] for row in books["refunds"]] == [16480]
    kinds = list(Letter.objects.order_by("pk").values_list("kind", "state"))
    assert kinds == [
        ("return.created", "sent"),
        ("return.approved", "sent"),
        ("return.received", "sent"),
        ("refund.succeeded", "sent"),
    ]
    assert len(mail.outbox) == 4
    money = ada.get(f"/o/{order.number_key}/money/").content.decode()
    assert "Your money is on its way" in money


WORDS = {
    "en": ("Your parcel arrived on", "What is the problem?", "Which size do you want instead?", "Your return is ready"),
    "de": (
        "Ihr Paket ist am",
        "Was ist das Problem?",
        "Welche Größe möchten Sie stattdessen?",
        "Ihre Retoure ist bereit",
    ),
    "el": (
        "Το δέμα σας",
        "Ποιο είναι το πρόβλημα;",
        "Ποιο μέγεθος θέλετε αντί γι’ αυτό;",
        "Η επιστροφή σας είναι έτοιμη",
    ),
    "vi": ("Kiện hàng", "Vấn đề là gì?", "Bạn muốn đổi sang cỡ nào?", "Yêu cầu trả hàng đã sẵn sàng"),
}


@pytest.mark.parametrize("language", WORDS)
def test_a_wrong_size_is_sent_back_in_every_language(shop, ada, box, language):
    order = make.make_order(shop, language=language)
    order.lines.update(variant=make.make_variant(shop, "SHIRT-M"))
    make.make_variant(shop, "SHIRT-L", size="L")
    speaks = {"HTTP_ACCEPT_LANGUAGE": language}

    answer = ada.post("/", {"number": order.number, "proof": "10115"}, follow=True, **speaks)
    problem = ada.post(f"/o/{order.number_key}/return/", follow=True, **speaks)
    ret = Return.objects.get()
    case = f"/returns/{ret.number}/"
    size = ada.post(f"{case}problem/1/", {"reason": "wrong_size"}, follow=True, **speaks)
    ada.post(f"{case}size/1/", {"size": "SHIRT-L"}, **speaks)
    ada.post(f"{case}way/", {"way": "label"}, **speaks)
    done = ada.post(f"{case}check/", follow=True, **speaks)
    catch_up()

    pages = [page.content.decode() for page in (answer, problem, size, done)]
    headings = [page.split("<h1")[1].split(">", 1)[1].split("</h1>")[0] for page in pages]
    assert [heading.startswith(words) for heading, words in zip(headings, WORDS[language], strict=True)] == [True] * 4
    assert {page.split('<html lang="')[1][:2] for page in pages} == {language}
    letter = Letter.objects.get()
    assert (letter.language, f'<html lang="{language}"' in letter.html) == (language, True)


def test_what_sells_out_while_she_checks_is_asked_again(shop, ada, box):
    order = make.make_order(shop)
    order.lines.update(variant=make.make_variant(shop, "SHIRT-M"))
    large = make.make_variant(shop, "SHIRT-L", size="L", on_hand=1)
    make.make_variant(shop, "SHIRT-S", size="S", on_hand=1)
    ada.post("/", {"number": order.number, "proof": "10115"})
    ada.post(f"/o/{order.number_key}/return/")
    case = f"/returns/{Return.objects.get().number}/"
    ada.post(f"{case}problem/1/", {"reason": "wrong_size"})
    ada.post(f"{case}size/1/", {"size": "SHIRT-L"})
    ada.post(f"{case}way/", {"way": "code"})
    type(large).objects.filter(pk=large.pk).update(held=1)

    told = ada.post(f"{case}check/").content.decode()
    asked = ada.get(f"{case}check/")
    ada.post(f"{case}size/1/", {"size": "SHIRT-S"})
    ada.post(f"{case}check/")

    assert ("Size L has just sold out" in told, f'href="{case}size/1/"' in told) == (True, True)
    assert asked["Location"] == f"{case}size/1/"
    assert Return.objects.get().lines.get().swap.sku == "SHIRT-S"


def test_a_thing_of_one_size_cannot_be_the_wrong_size(shop, ada):
    order = make.make_order(shop)
    ada.post("/", {"number": order.number, "proof": "10115"})
    ada.post(f"/o/{order.number_key}/return/")
    asked = f"/returns/{Return.objects.get().number}/problem/1/"

    sized = ada.get(asked).content.decode()
    order.lines.update(options={"colour": "blue"})
    plain = ada.get(asked).content.decode()

    assert ["wrong size" in page for page in (sized, plain)] == [True, False]
    assert ada.post(asked, {"reason": "wrong_size"}).status_code == 422
