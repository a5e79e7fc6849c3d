"""What the rules decide is what her page, her letter and the desk say: nine problems in eight product groups."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from notices import outbox
from notices.models import Letter
from orders.models import OrderLine
from portal.customer import access
from returns.models import Return
from tests import make
from tests.returns.verdicts import VERDICTS, Row

pytestmark = pytest.mark.django_db


def order_of(shop, row: Row):
    order = make.make_order(shop, email=f"{row.reason}.{row.group}@example.com", lines=[(1, 3990)])
    mine = make.make_variant(shop, f"{row.reason}-{row.group}-M", size="M")
    make.make_variant(shop, f"{row.reason}-{row.group}-L", size="L")
    OrderLine.objects.filter(order=order).update(product_group=row.group, variant=mine)
    return order


def open_at_level_two(browser, order) -> None:
    session, now = browser.session, int(timezone.now().timestamp())
    session["orders"] = {str(order.pk): [access.ALL, now, now]}
    session.save()


def walk(browser, order, row: Row) -> tuple[str, set[str]]:
    """Her way through the questions. Returns the last page, and the wishes that were offered on the way."""
    offered: set[str] = set()
    page = browser.post(f"/o/{order.number_key}/return/", follow=True)
    for _ in range(12):
        where = page.request["PATH_INFO"].split("/")
        question = where[3] if len(where) > 3 else ""
        text = page.content.decode()
        if question == "wish":
            offered |= set(re.findall(r'name="wish" value="(\w+)"', text))
        answer = ANSWERS.get(question, lambda *_: {})(row, offered)
        if question == "size":
            offered.add("swap")
        if not question or question == "not-possible" or "You cannot return this online" in text:
            return text, offered
        page = browser.post(page.request["PATH_INFO"], answer, follow=True)
    raise AssertionError(f"no end: {page.request['PATH_INFO']}")


ANSWERS = {
    "problem": lambda row, _: {"reason": row.reason},
    "safe": lambda *_: {"answer": "yes"},
    "differs": lambda *_: {"answer": "no"},
    "late": lambda *_: {"answer": "yes"},
    "tell": lambda *_: {"words": "The handle is not there.", "detail": "whole"},
    "photo": lambda *_: {"photo": SimpleUploadedFile("p.jpg", make.picture(), "image/jpeg")},
    "size": lambda *_: {"size": "none"},
    "wish": lambda _, offered: {"wish": "money" if "money" in offered else sorted(offered)[0]},
    "way": lambda *_: {"way": "code"},
}


@pytest.mark.parametrize("row", VERDICTS, ids=lambda row: f"{row.reason}-{row.group}")
def test_page_letter_and_staff_say_what_was_decided(shop, ada, sam, row):
    order = order_of(shop, row)
    open_at_level_two(ada, order)

    page, offered = walk(ada, order, row)
    outbox.write_next_letters()

    ret = Return.objects.get()
    letters = Letter.objects.filter(kind="return.created")
    if row.answer == "no":
        assert "You cannot return this online" in page
        assert (ret.state, letters.count(), offered) == ("draft", 0, set())
        return
    desk = sam.get(f"/staff/returns/{ret.number}/").content.decode()
    asks = "We have your request"
    if len(row.offers) > 1:
        # of a wrong size only the size is asked; "no other size" leaves one answer, which is not asked
        assert offered == ({"swap"} if row.reason == "wrong_size" else set(row.offers))
    assert ret.lines.get().kind == row.kind
    told = (asks in page, asks in letters.get().text, "Rules say: a person decides" in desk)
    assert told == (row.answer == "ask",) * 3
    by_post = row.pays != "nobody" and row.group not in {"bulky", "dangerous"}
    assert ret.parcels.exists() == (row.answer == "yes" and by_post)


def test_all_seventy_two_are_told():
    assert len(VERDICTS) == 72
