"""What does a scanned or typed code mean at goods in? It only finds; it changes nothing."""

import re
import unicodedata
from dataclasses import dataclass, field

from carriers import numbers_in
from customers.models import Shop
from orders.models import Order, Variant
from orders.queries import orders_numbered
from returns.models import Return, ReturnLine, ReturnParcel, Unexpected
from returns.queries import boxes_numbered, returns_numbered, unexpected_open
from shipments.models import Shipment
from shipments.queries import parcels_numbered

MOST_TYPED = 128
OWN_NUMBER = re.compile(r"R\W?([0-9A-Z]{8})", re.ASCII)
# A scanner that is set to an American keyboard types these for a dash on others.
DASHES = str.maketrans(dict.fromkeys("ßẞ'/\u00ad", "-"))


@dataclass
class Found:
    """The likeliest first: one case (with its box or line, where the code names them), else what a person chooses from.

    `order` has no open case; `parcel` is one that we sent and that came back. Nothing at all: nobody knows the code.
    """

    case: Return | None = None
    box: ReturnParcel | None = None
    line: ReturnLine | None = None
    cases: list[Return] = field(default_factory=list)
    order: Order | None = None
    parcel: Shipment | None = None
    kept: Unexpected | None = None
    goods: bool = False  # it is the number of an item: which box did it lie in?


def find(shop: Shop, typed: str, at_hand: Return | None = None) -> Found:
    """`at_hand` is the case that is open on the bench: an item's number picks its line."""
    code = unicodedata.normalize("NFKC", typed.replace("\0", ""))[:MOST_TYPED].strip()
    if not code:
        return Found()
    own = OWN_NUMBER.fullmatch(code.translate(DASHES).upper())
    case = own and returns_numbered(shop, f"R-{own[1]}").exclude(state=Return.State.DRAFT).first()
    if case:
        return Found(case=case)
    numbers = numbers_in(code)
    boxes = list(boxes_numbered(shop, numbers)) if numbers else []
    if boxes:
        return _boxes(boxes, numbers)
    line = at_hand and _line(at_hand, code)
    if line:
        return Found(case=at_hand, line=line)
    order = orders_numbered(shop, code).first()
    parcel = None if order or not numbers else parcels_numbered(shop, numbers).first()
    if order or parcel:
        return _of_order(order or parcel.order, parcel)  # type: ignore[union-attr]
    kept = unexpected_open(shop).filter(tracking_number__in=[code, *numbers]).first()
    return Found(kept=kept, goods=not kept and Variant.objects.filter(shop=shop, sku__iexact=code).exists())


def _boxes(boxes: list[ReturnParcel], numbers: list[str]) -> Found:
    """The whole code names a box rather than a part of it does; two carriers may have given the same number."""
    rank = {number: place for place, number in enumerate(numbers)}
    boxes.sort(key=lambda box: rank[box.plain])  # type: ignore[attr-defined]
    best = [box for box in boxes if box.plain == boxes[0].plain]  # type: ignore[attr-defined]
    cases = list({box.ret_id: box.ret for box in best}.values())
    return Found(case=cases[0], box=best[0]) if len(cases) == 1 else Found(cases=cases)


def _line(ret: Return, code: str) -> ReturnLine | None:
    lines = ret.lines.select_related("order_line__variant")
    named = [row for row in lines if code.casefold() in {sku.casefold() for sku in _skus(row)}]
    return next((row for row in named if row.to_receive), named[0] if named else None)


def _skus(line: ReturnLine) -> list[str]:
    variant = line.order_line.variant
    return [line.order_line.sku, *([variant.sku] if variant else [])]


def _of_order(order: Order, parcel: Shipment | None) -> Found:
    """What we sent ourselves and now lies here came back, whatever the carrier says of it."""
    cases = list(order.returns.exclude(state=Return.State.DRAFT).select_related("shop", "order__customer"))
    still = [ret for ret in cases if ret.state not in Return.ENDED]
    if len(still) == 1 and not parcel:
        return Found(case=still[0])
    return Found(cases=still, order=order, parcel=parcel) if parcel or not still else Found(cases=still)
