"""What the demo is made of, without loading it."""

import pytest
from django.utils import timezone

from customers.models import Shop
from portal.demo import goods, load
from portal.demo.orders import orders_csv, purchases


def test_the_same_moment_gives_the_same_orders():
    now = timezone.now()

    assert orders_csv(purchases(now)) == orders_csv(purchases(now))


def test_no_two_pieces_share_a_sku():
    assert len(goods.PIECES) == sum(len(product.sizes) * len(product.colours) for product in goods.PRODUCTS)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("setting", "value", "why"),
    [
        ("STRIPE_API_BASE", "", "needs the sandbox"),
        ("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend", "people who do not exist"),
    ],
)
def test_the_demo_stays_away_from_the_real_world(box, settings, setting, value, why):
    setattr(settings, setting, value)

    with pytest.raises(load.NotHere, match=why):
        load.load(pytest.fail)

    assert not Shop.objects.exists()
