"""The demo's orders: who bought what, in which life its parcels are now, and what is to become of it."""

import csv
import io
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from orders.stores.money import like, shares
from portal.demo.goods import PIECES, Piece, price_in
from portal.demo.people import Person, person

DAY = 24.0
FIRST_NUMBER = 1001


@dataclass(frozen=True)
class Parcel:
    """A life of the sandbox's parcels, and how many hours ago it began."""

    life: str
    hours: float


@dataclass(frozen=True)
class Story:
    """One order in one line. `label` is how the demo speaks of it; `pieces` are skus, chosen by the seed when empty."""

    label: str
    country: str
    parcels: tuple[Parcel, ...] = ()
    pieces: tuple[tuple[str, int], ...] = ()
    discount: int = 0  # per cent off the whole order
    payments: tuple[int, ...] = (100,)  # per cent each; a second one is a gift card unless `cards` says otherwise
    cards: bool = False


@dataclass
class Line:
    piece: Piece
    quantity: int
    price: int
    discount: int = 0
    tax: int = 0

    @property
    def worth(self) -> int:
        return self.price * self.quantity - self.discount


@dataclass
class Purchase:
    """A story with everything worked out."""

    story: Story
    number: str
    buyer: Person
    placed_at: datetime
    lines: list[Line]
    order_discount: int
    payments: list[tuple[str, int]]
    parcels: list[tuple[str, str, datetime]] = field(default_factory=list)  # number, life, started_at


def way(label: str, country: str, life: str, hours: float, **more) -> Story:
    return Story(label, country, (Parcel(life, hours),), **more)


def came(label: str, country: str, days: float, *pieces: str, quantity: int = 1, **more) -> Story:
    """Delivered about `days` ago, and then something was to be sent back."""
    chosen = tuple((sku, quantity) for sku in pieces)
    return way(label, country, "on_time", days * DAY + 37, pieces=chosen, **more)


# Every state of a parcel now, in several lands.
ON_THE_WAY = (
    *(Story("packing", country) for country in ("DE", "GR", "VN", "GB")),
    *(way("packing", country, "fresh", 3) for country in ("DE", "US")),
    *(way("handed", country, "on_time", 8) for country in ("DE", "GR", "GB")),
    *(way("on_way", country, "on_time", 18) for country in ("DE", "VN", "US")),
    way("on_way", "GR", "on_time", 28, discount=10),
    *(way("customs", country, "customs", 60) for country in ("VN", "US", "GB")),
    *(way("today", country, "on_time", 34) for country in ("DE", "GR", "VN")),
    *(way("missed", country, "attempted", 42) for country in ("DE", "US")),
    *(way("collect", country, "attempted", 63) for country in ("GR", "VN")),
    *(way("collect", country, "locker", 40) for country in ("DE", "GB")),
    *(way("late", country, "late", 66) for country in ("GB", "DE", "VN", "GR")),
    *(way("silent", country, "lost", 124) for country in ("GR", "US")),
    *(way("damaged", country, "damaged", 36) for country in ("DE", "VN")),
    *(way("lost", country, "declared_lost", 272) for country in ("GB", "DE")),
    *(way("going_back", country, "returned", hours) for country, hours in (("US", 232), ("DE", 282))),
    way("on_way", "DE", "odd", 32),
    way("delivered", "DE", "neighbour", 41),
    way("delivered", "GB", "locker", 66),
    way("delivered", "GR", "attempted", 92),
    way("delivered", "US", "customs", 156),
    way("delivered", "VN", "late", 114, discount=15),
    # Two parcels of one order, each in its own life.
    Story(
        "two_parcels", "DE", (Parcel("on_time", 60), Parcel("on_time", 20)), (("SHIRT-M-SAGE", 2), ("LAMP-BRASS", 1))
    ),
    Story("two_parcels", "GB", (Parcel("on_time", 90), Parcel("late", 66)), (("BLANKET-OAT", 1), ("MUG-BLUE", 4))),
    Story(
        "two_parcels", "VN", (Parcel("on_time", 35), Parcel("customs", 62)), (("DRESS-M-NAVY", 1), ("SCARF-RUST", 1))
    ),
)
# Delivered, free to be returned by whoever tries the demo.
TO_TRY = (
    came("try", "GB", 3, "SHIRT-M-WHITE", "MUG-CREAM"),
    came("try", "DE", 4, "CARDIGAN-M-NAVY", "BOWL-BLUE", discount=10),
    came("try", "GR", 2, "LAMP-BRASS", "CANDLE"),
    came("try", "VN", 5, "DRESS-M-NAVY", "SOCKS-36-38"),
    came("try", "US", 6, "SLIPPERS-40-GREY"),
    came("too_late", "DE", 44, "TROUSERS-40-OAT"),
    came("hygiene", "US", 3, "SOAP", "BRUSH"),
    came("gift", "DE", 5, "CARD", "JAM", payments=(60, 40)),
)
# What portal.demo.returns makes of each stands there under the same label.
COMING_BACK = (
    came("draft", "DE", 3, "SHIRT-L-WHITE", "SOCKS-39-41"),
    came("review_photo", "GB", 4, "LAMP-BRASS"),
    came("review_photo", "DE", 6, "JACKET-M-MOSS"),
    came("review_words", "VN", 3, "BLANKET-GREY"),
    came("review_bulky", "GR", 5, "BENCH"),
    came("review_worth", "US", 7, "BROOCH"),
    came("rejected", "GR", 9, "BEDDING-200X200-SAGE"),
    came("rejected", "VN", 8, "LAMP-BRASS"),
    came("approved", "US", 95, "RACK"),
    came("awaiting_swap", "DE", 5, "CARDIGAN-L-OAT"),
    came("awaiting_money", "GR", 4, "DRESS-L-RUST"),
    came("awaiting_damaged", "VN", 3, "BOWL-CREAM", "MUG-BLUE"),
    came("handed_in", "GB", 8, "TROUSERS-42-OAT"),
    came("handed_in", "VN", 9, "SLIPPERS-39-GREY"),
    came("arrived", "DE", 9, "SHIRT-S-SAGE"),
    came("partly", "GR", 8, "MUG-BLUE", quantity=4),
    came("received", "DE", 9, "PYJAMAS-98-104", quantity=2),
    came("received", "US", 9, "VASE-WHITE"),
    came("settling_proposed", "GB", 8, "PLATES-CREAM", discount=10),
    came("settling_stop", "DE", 7, "CARAFE"),
    came("settling_swap", "VN", 8, "CARDIGAN-S-NAVY"),
    came("pending", "US", 20, "SCARF-GREY", "APRON"),
    came("failed", "DE", 22, "DRESS-M-RUST"),
    came("failed", "GR", 18, "JACKET-S-MOSS"),
    came("settled_money", "GB", 20, "BOWL-BLUE"),
    came("settled_money", "GR", 16, "SHIRT-M-SAGE"),
    came("settled_money", "VN", 21, "VASE-WHITE"),
    came("settled_money", "DE", 19, "TROUSERS-38-OAT", "SOAP", payments=(70, 30), cards=True),
    came("settled_swap", "DE", 17, "SHIRT-M-WHITE"),
    came("settled_swap", "GR", 15, "SLIPPERS-38-GREY"),
    came("asked", "DE", 6, "LAMP-BRASS"),
    came("in_part", "GR", 7, "PLATES-CREAM", quantity=2),
    came("offered", "GB", 9, "JACKET-M-MOSS"),
    came("disputed", "DE", 9, "JACKET-S-MOSS"),
    came("expired", "DE", 29, "TROUSERS-38-OAT"),
    came("reopened", "VN", 28, "SHIRT-M-SAGE"),
    came("cancelled", "GB", 8, "PYJAMAS-110-116"),
    came("cancelled", "DE", 9, "MUG-CREAM"),
)
STORIES = ON_THE_WAY + TO_TRY + COMING_BACK


def purchases(now: datetime) -> list[Purchase]:
    """Every order of the demo, worked out. The same `now` gives the same orders."""
    dice = random.Random(20261)  # noqa: S311 - the same demo every time
    seen: dict[str, int] = {}
    made = []
    for place, story in enumerate(STORIES):
        seen[story.country] = seen.get(story.country, -1) + 1
        made.append(
            purchase(story, f"LL-{FIRST_NUMBER + place}", person(story.country, seen[story.country]), now, dice)
        )
    return made


def purchase(story: Story, number: str, buyer: Person, now: datetime, dice: random.Random) -> Purchase:
    lines = [
        Line(PIECES[sku], quantity, price_in(PIECES[sku].product.price, buyer.currency))
        for sku, quantity in story.pieces or some_pieces(dice)
    ]
    if len(lines) > 2:
        lines[0].discount = lines[0].price // 10
    order_discount = sum(line.worth for line in lines) * story.discount // 100
    if buyer.country in {"DE", "GR"}:
        add_tax(lines, order_discount, 19 if buyer.country == "DE" else 24)
    oldest = max((parcel.hours for parcel in story.parcels), default=5.0)
    parcels = [
        (f"LL{number.removeprefix('LL-')}{place}{buyer.country}", parcel.life, now - timedelta(hours=parcel.hours))
        for place, parcel in enumerate(story.parcels, start=1)
    ]
    return Purchase(
        story=story,
        number=number,
        buyer=buyer,
        placed_at=now - timedelta(hours=oldest + 20),
        lines=lines,
        order_discount=order_discount,
        payments=payments(story, number, sum(line.worth for line in lines) - order_discount + buyer.delivery),
        parcels=parcels,
    )


def some_pieces(dice: random.Random) -> Sequence[tuple[str, int]]:
    chosen = dice.sample(sorted(PIECES), dice.choice((1, 1, 2, 2, 3)))
    return [(sku, dice.choice((1, 1, 1, 2, 3))) for sku in chosen]


def add_tax(lines: list[Line], order_discount: int, per_cent: int) -> None:
    """The tax within what is paid for each line, its share of the order's discount taken off first."""
    for line, share in zip(lines, shares(order_discount, [line.worth for line in lines]), strict=True):
        line.tax = (line.worth - share) * per_cent // (100 + per_cent)


def payments(story: Story, number: str, total: int) -> list[tuple[str, int]]:
    """(reference, sum): a PaymentIntent, and where there are two, a gift card or a second PaymentIntent."""
    intent = f"pi_demo{number.removeprefix('LL-')}"
    if len(story.payments) == 1:
        return [(intent, total)]
    rest = total * story.payments[1] // 100
    return [(intent, total - rest), (f"{intent}b" if story.cards else f"GIFT-{number.removeprefix('LL-')}", rest)]


COLUMNS = (
    *("order_number", "placed_at", "email", "name", "street", "street2", "postcode", "city", "region", "country"),
    *("language", "currency", "order_discount", "delivery_paid", "payment_reference", "payment_captured"),
    *("carrier", "tracking_number", "shipped_on"),
    *("sku", "title", "size", "colour", "product_group", "quantity", "unit_price", "line_discount", "line_tax"),
)


def orders_csv(all_of_them: Iterable[Purchase]) -> str:
    """As a shop would export it, in the columns of docs/import.md."""
    out = io.StringIO()
    rows = csv.DictWriter(out, COLUMNS)
    rows.writeheader()
    for each in all_of_them:
        for place, line in enumerate(each.lines):
            facts = order_cells(each) if place == 0 else {"order_number": each.number}
            rows.writerow({**facts, **line_cells(line, each.buyer)})
    return out.getvalue()


def order_cells(each: Purchase) -> dict[str, str]:
    buyer, currency = each.buyer, each.buyer.currency
    return {
        "order_number": each.number,
        "placed_at": each.placed_at.isoformat(timespec="seconds"),
        "email": buyer.email,
        "name": buyer.name,
        "street": buyer.street,
        "street2": buyer.street2,
        "postcode": buyer.postcode,
        "city": buyer.city,
        "region": buyer.region,
        "country": buyer.country,
        "language": buyer.language,
        "currency": currency,
        "order_discount": like(each.order_discount, currency),
        "delivery_paid": like(buyer.delivery, currency),
        "payment_reference": "|".join(reference for reference, _ in each.payments),
        "payment_captured": "|".join(like(amount, currency) for _, amount in each.payments),
        "carrier": "sandbox",
        "tracking_number": "|".join(number for number, _, _ in each.parcels),
        "shipped_on": "|".join(started.date().isoformat() for _, _, started in each.parcels),
    }


def line_cells(line: Line, buyer: Person) -> dict[str, str]:
    piece = line.piece
    return {
        "sku": piece.sku,
        "title": piece.title(buyer.language),
        "size": piece.size,
        "colour": piece.colour_in(buyer.language),
        "product_group": piece.product.group,
        "quantity": str(line.quantity),
        "unit_price": like(line.price, buyer.currency),
        "line_discount": like(line.discount, buyer.currency),
        "line_tax": like(line.tax, buyer.currency),
    }
