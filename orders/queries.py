"""Which orders? Every query here reads as its answer and is narrowed to one shop."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain, combinations, islice, product

from django.db.models import F, Q, QuerySet

from customers.models import Shop
from orders.models import Order, OrderLine, ProductGroup, Variant, number_key, postcode_key


def orders_numbered(shop: Shop, number: str) -> QuerySet[Order]:
    return Order.objects.filter(shop=shop, number_key=number_key(number)).select_related("customer", "shop")


# What people take for each other when they read a number off paper.
ALIKE = {"o": "0", "0": "o", "i": "1l", "1": "il", "l": "1i"}
MOST_ALIKE = 64


def orders_alike(shop: Shop, number: str) -> QuerySet[Order]:
    """The order with this number, and those whose number differs only by O and 0, or by I, l and 1."""
    return Order.objects.filter(shop=shop, number_key__in=look_alikes(number))


def look_alikes(number: str) -> list[str]:
    """The number as it was typed; as digits; as letters first and digits after; then with one or two characters taken
    for others."""
    key = number_key(number)
    sure_letters = [n for n, character in enumerate(key) if character.isalpha() and character not in ALIKE]
    last_letter = max(sure_letters, default=0)
    letters, digits = str.maketrans("01", "oi"), str.maketrans("oil", "011")
    begin, end = key[:last_letter], key[last_letter:]
    likely = [key, key.translate(digits), begin.translate(letters) + end.translate(digits)]
    return list(dict.fromkeys(islice(chain(likely, _swapped(key)), MOST_ALIKE)))


def _swapped(key: str) -> Iterator[str]:
    spots = [n for n, character in enumerate(key) if character in ALIKE]
    for places in chain(combinations(spots, 1), combinations(spots, 2)):
        for others in product(*(ALIKE[key[n]] for n in places)):
            characters = list(key)
            for n, other in zip(places, others, strict=True):
                characters[n] = other
            yield "".join(characters)


def orders_found(shop: Shop, words: str) -> QuerySet[Order]:
    """What staff mean by `words`: an order number, an email, a name or a postcode. Newest first."""
    words = words.strip()
    return (
        Order.objects.filter(shop=shop)
        .filter(
            Q(number_key=number_key(words))
            | Q(customer__email=words.lower())
            | Q(customer__name__icontains=words)
            | Q(postcode_key=postcode_key(words))
        )
        .select_related("customer")
        .order_by("-placed_at")
    )


PACKED_NEARBY = 30
NEVER_BY_MISTAKE = [ProductGroup.MADE_TO_ORDER, ProductGroup.DIGITAL]  # one person's own, and what is in no box


def packed_nearby(line: OrderLine, most: int = 5) -> list[OrderLine]:
    """What may have got into the box instead: goods of the orders just before and after it, the commonest first. Only
    what is on sale, one line each, and nothing made for one person: its title may say for whom. So nothing of any other
    customer shows."""
    near = range(line.order_id - PACKED_NEARBY, line.order_id + PACKED_NEARBY + 1)
    same = OrderLine.objects.filter(order__shop_id=line.order.shop_id, order__language=line.order.language)
    rows = same.filter(order_id__in=near).exclude(variant=None).exclude(product_group__in=NEVER_BY_MISTAKE)
    others = list(rows.exclude(sku=line.sku).order_by("pk"))
    by_sku = {row.sku: row for row in others}
    return [by_sku[sku] for sku, _ in Counter(row.sku for row in others).most_common(most)]


def pieces_of(variant: Variant) -> QuerySet[Variant]:
    """The same product at the same price, in every other size and colour."""
    return Variant.objects.filter(
        shop_id=variant.shop_id, product=variant.product, price=variant.price, currency=variant.currency
    ).exclude(pk=variant.pk)


def other_products(variant: Variant, words: str, units: int) -> QuerySet[Variant]:
    """Other products of the shop that lie on the shelf as often as that, all of `words` in their name, size, colour or
    number."""
    rows = Variant.objects.filter(shop_id=variant.shop_id, currency=variant.currency, on_hand__gte=F("held") + units)
    rows = rows.exclude(product=variant.product)
    for word in words.split()[:6]:
        rows = rows.filter(
            Q(product__icontains=word) | Q(size__iexact=word) | Q(colour__icontains=word) | Q(sku__iexact=word)
        )
    return rows.order_by("product", "price", "pk")


def sizes_of(variant: Variant) -> QuerySet[Variant]:
    """The same product in the same colour, in every other size."""
    return Variant.objects.filter(
        shop_id=variant.shop_id, product=variant.product, colour=variant.colour, currency=variant.currency
    ).exclude(pk=variant.pk)
