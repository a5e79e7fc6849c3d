"""Two people press "Send" on the same refund at the same moment, again and again."""

import os
from collections import Counter

import pytest
from django.contrib.messages import get_messages
from django.db import transaction
from django.test import Client
from django.urls import reverse

from customers.models import Entry
from orders.models import Payment
from returns import money, till
from returns.models import Refund
from tests import make
from tests.storm.sets import copy_order
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

TIMES = int(os.environ.get("STAFF_RACES", "60"))  # script/long takes 200
FASTER = "Someone else was faster. Nothing was changed. This is how it stands now."
DONE = "The refund is approved and is sent soon."


def press(browser: Client, refund: Refund) -> tuple[int, str]:
    """What the page answers, and its last sentence: nobody reads those of the pages before."""
    address = reverse("staff:refund-send", args=[refund.ret.number, refund.uuid])
    reply = browser.post(address, {"left": refund.payment.left})
    return reply.status_code, [*map(str, get_messages(reply.wsgi_request))][-1]


def test_two_who_press_send_at_once_make_one_refund_and_one_hears_that_the_other_was_faster(
    shop, box, django_user_model
):
    order = make.make_order(shop, lines=[(4, 4 * 100)])
    till.look_at_payment(make.make_payment_outside(box, order))
    money.propose(make.make_return(order, state="settling"))
    with transaction.atomic():
        refunds = [refund for _ in range(TIMES) for refund in copy_order(order)[1]]
    browsers = [Client(), Client()]
    for name, browser in zip(("sam", "pia"), browsers, strict=True):
        browser.force_login(django_user_model.objects.create_user(name, password="x" * 20, is_staff=True))

    told = Counter()
    for refund in refunds:
        told[
            tuple(sorted(at_once(*[lambda browser=each, refund=refund: press(browser, refund) for each in browsers])))
        ] += 1

    assert told == {((302, DONE), (409, FASTER)): TIMES}
    ours = Refund.objects.filter(pk__in=[refund.pk for refund in refunds])
    assert set(ours.values_list("state", flat=True)) == {Refund.State.APPROVED}
    assert set(Payment.objects.filter(refunds__in=ours).values_list("reserved", flat=True)) == {100}
    assert Entry.objects.filter(verb="refund.approved").count() == TIMES
