"""A page that renews itself: what it shows has a name (an ETag), and who knows that name already gets 304 and no page.

The name is made of the rows the page is made of. A line of the timeline is written with everything that happens to a
customer, so their number stands for all that is not named here; the hour stands for the little that has no line (a
picture that has come, an account of the shop's), and the day is in it.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache, wraps
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.db.models import Count, IntegerField, Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language

from customers.models import Entry
from orders.models import Order
from portal.customer import access
from returns.models import Deduction, Difference, Return
from shipments.models import Shipment
from shipments.promise import customer_state
from shipments.queries import HER_WORD

# Columns of a parcel that move without anything to see.
UNSEEN = {"next_look", "looking_until", "failed_looks", "look_error", "knocked_at", "subscribed_until", "reply_digest"}


def with_news(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Orders that know how many lines their customer's timeline has (`news`), how many of this order are her own word
    about a parcel (`said`), and how many returns are begun and not sent (`drafts`). Counted, not the newest: of two
    that are written at once the older one may come last.
    """
    return orders.annotate(**_counts())


@lru_cache(maxsize=1)
def _counts() -> dict[str, Subquery]:
    lines = Entry.objects.filter(customer=OuterRef("customer")).order_by()
    hers = lines.filter(order_number=OuterRef("number"), verb__in=HER_WORD)
    drafts = Return.objects.filter(order=OuterRef("pk"), state=Return.State.DRAFT).order_by()
    return {"news": _count(lines, "customer"), "said": _count(hers, "customer"), "drafts": _count(drafts, "order")}


def _count(rows: QuerySet, of: str) -> Subquery:
    return Subquery(rows.values(of).annotate(n=Count("pk")).values("n"), output_field=IntegerField())


def order_tag(request: HttpRequest, order: Order, parcels: Iterable[Shipment], now: datetime) -> str:
    """The name of what is known of an order now: `order` as `with_news` reads it, with all of its parcels."""
    return _tag(request, order, now, [[_row(parcel, UNSEEN), customer_state(parcel, now)] for parcel in parcels])


def return_tag(request: HttpRequest, ret: Return, now: datetime) -> str:
    """The same of a case."""
    order = with_news(Order.objects.select_related("shop", "customer")).get(pk=ret.order_id)
    parts: list[QuerySet] = [
        ret.lines.order_by("pk"),
        ret.parcels.order_by("pk"),
        ret.refunds.order_by("pk"),
        ret.questions.order_by("pk"),
        ret.credit_notes.order_by("pk"),
        ret.concessions.order_by("pk"),
        Deduction.objects.filter(line__ret=ret).order_by("pk"),
        Difference.objects.filter(line__ret=ret).order_by("pk"),
        Shipment.objects.filter(order=order).order_by("pk"),
    ]
    rows = [list(part.values_list()) for part in parts]
    return _tag(request, order, now, [_row(ret), access.may_change(request, ret), rows])


def _tag(request: HttpRequest, order: Order, now: datetime, more: list[Any]) -> str:
    facts = [
        release(),
        get_language(),
        access.level(request, order),
        access.assisting(request),
        order.shop.today(now),
        now.astimezone(order.shop.zone).hour,
        _row(order),
        _row(order.shop),
        _row(order.customer),
        order.news,  # type: ignore[attr-defined]
        order.drafts,  # type: ignore[attr-defined]
        request.session.get("drafts"),
        more,
    ]
    # Keyed: what she may not see is among the facts, and nobody shall try out which facts give this name.
    key = hashlib.sha256(f"live:{settings.SECRET_KEY}".encode()).digest()
    return f'"{hashlib.blake2b(repr(facts).encode(), digest_size=12, key=key).hexdigest()}"'


def _row(row: Model, but: Iterable[str] = ()) -> list[str]:
    return [str(getattr(row, field.attname)) for field in row._meta.concrete_fields if field.name not in but]


@lru_cache(maxsize=1)
def release() -> str:
    """What the pages are written with: after a change of the programme every page is a new one."""
    seen = hashlib.blake2b(digest_size=12)
    for pattern in ("templates/**/*.html", "locale/**/*.po", "portal/**/*.py", "static/css/*", "static/js/*"):
        for path in sorted(settings.BASE_DIR.glob(pattern)):
            seen.update(path.read_bytes())
    return seen.hexdigest()


def unless_known(request: HttpRequest, tag: str, page: Callable[[], HttpResponse]) -> HttpResponse:
    """304 when the visitor has this page already, else the page under its name. What is to be said once is said."""
    response = None if len(get_messages(request)) else get_conditional_response(request, etag=tag)
    if response is None:
        request.live = tag  # type: ignore[attr-defined]
        response = page()
    response["ETag"] = tag
    return response


def of_a_return(view: Callable[[HttpRequest, str], HttpResponse]) -> Callable[[HttpRequest, str], HttpResponse]:
    """The page of a case renews itself; a draft has none."""

    @wraps(view)
    def page(request: HttpRequest, number: str) -> HttpResponse:
        ret = access.the_return(request, number)
        if ret.state == Return.State.DRAFT:
            return view(request, number)
        return unless_known(request, return_tag(request, ret, timezone.now()), lambda: view(request, number))

    return page
