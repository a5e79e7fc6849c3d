"""Every page a customer can meet, in the demo: its name, its address, and the order or draft that must be open."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from orders.models import Order
from portal.customer import access
from returns import drafts
from returns.models import Deduction, Return
from shipments.promise import customer_state


@dataclass(frozen=True)
class Place:
    name: str
    path: str
    language: str = ""  # of the order; a page of no order has all
    orders: tuple[int, ...] = ()
    level: int = access.ALL
    drafts: tuple[str, ...] = ()
    key: bool = False  # one of the twelve
    public: bool = False  # may be found by search engines
    more: dict = field(default_factory=dict)

    def cookie(self, language: str) -> dict[str, str]:
        """A session that has opened what this page needs."""
        session = SessionStore()
        now = int(time.time())
        session["language"] = language
        session["orders"] = {str(pk): [self.level, now, now] for pk in self.orders}
        session["drafts"] = list(self.drafts)
        session["fresh"] = {str(pk): now for pk in self.orders}
        session.update(self.more)
        session.save()
        return {"name": settings.SESSION_COOKIE_NAME, "value": str(session.session_key), "url": settings.SITE_URL}


def places() -> list[Place]:
    return [*_doors(), *_orders(), *_returns(), *_questions()]


def _doors() -> Iterator[Place]:
    yield Place("home", "/", key=True, public=True)
    yield Place("contact", "/contact/", key=True, public=True)
    yield Place("withdraw", "/withdraw/", key=True, public=True)
    yield Place("accessibility", "/accessibility/", key=True, public=True)
    yield Place("not-found", "/there/is/nothing/")
    yield Place("link-ended", f"/l/{'x' * 43}/")


def _orders() -> Iterator[Place]:
    now, seen = timezone.now(), set()
    for order in Order.objects.select_related("shop", "customer").order_by("pk"):
        parcels = [row for row in order.shipments.select_related("shop") if row.direction == "outbound"]
        states = "+".join(customer_state(row, now) for row in parcels) or "nothing-sent"
        has = "-return" if order.returns.exclude(state="draft").exists() else ""
        name = f"order-{states}{has}"
        first = (name, order.language) not in seen
        seen.add((name, order.language))
        if not first:
            continue
        own = {"language": order.language, "orders": (order.pk,)}
        yield Place(name, f"/o/{order.number_key}/", key=name in {"order-on_way", "order-delivered"}, **own)
        if name == "order-on_way":
            yield Place("order-level-1", f"/o/{order.number_key}/", level=access.SEEN, **own)
            yield Place("code", f"/o/{order.number_key}/code/", level=access.SEEN, key=True, **own)
            yield Place("code-enter", f"/o/{order.number_key}/code/enter/", level=access.SEEN, **own)
        if name == "order-nothing-sent":
            yield Place("order-cancel", f"/o/{order.number_key}/cancel/", **own)


def _returns() -> Iterator[Place]:
    seen = set()
    for ret in Return.objects.exclude(state="draft").select_related("order").order_by("pk"):
        if (ret.state, ret.order.language) in seen:
            continue
        seen.add((ret.state, ret.order.language))
        own = {"language": ret.order.language, "orders": (ret.order_id,)}
        keys = {"awaiting_dropoff", "settled"}
        yield Place(f"return-{ret.state}", f"/returns/{ret.number}/", key=ret.state in keys, **own)
        if ret.state == "settled":
            yield Place("money", f"/o/{ret.order.number_key}/money/", key=True, **own)
        if ret.state == "needs_info":
            yield Place("return-answer", f"/returns/{ret.number}/answer/", **own)
        if ret.state == "awaiting_dropoff":
            yield Place("return-proof", f"/returns/{ret.number}/proof/", **own)
            yield Place("return-cancel", f"/returns/{ret.number}/cancel/", **own)
        if ret.state == "rejected":
            yield Place("return-disagree", f"/returns/{ret.number}/disagree/", **own)
        if ret.state == "refund_failed":
            yield Place("return-account", f"/returns/{ret.number}/account/", **own)
        for offer in Deduction.objects.filter(line__ret=ret, state="proposed")[:1]:
            yield Place("return-offer", f"/returns/{ret.number}/offer/{offer.pk}/", **own)


def _questions() -> Iterator[Place]:
    """The questions of a return, each draft answered as far as its page needs it."""
    from portal.customer.asking import swaps_of

    for language, _name in settings.LANGUAGES:
        lines = 0
        for order in Order.objects.filter(language=language, returns=None).order_by("pk"):
            rows = [line for line in order.lines.select_related("variant") if line.left]
            if not rows or not order.shipments.filter(delivered_at__isnull=False).exists():
                continue
            lines += 1
            draft = drafts.start(order, language=language)
            own = {"language": language, "orders": (order.pk,), "drafts": (draft.number,)}
            drafts.choose(draft, {rows[0]: 1})
            line = draft.lines.select_related("ret__shop", "order_line__order__shop", "order_line__variant").get()
            at = f"/returns/{draft.number}/"
            here = f"{rows[0].position}/"
            if lines == 1:
                yield Place("r01-items", f"{at}items/", **own)
                yield Place("r02-problem", f"{at}problem/{here}", key=True, **own)
                drafts.answer_reason(line, "wrong_size")
                if swaps_of(line):
                    yield Place("r06-size", f"{at}size/{here}", **own)
                    drafts.answer_size(line, swaps_of(line)[0])
                else:
                    drafts.answer_wish(line, "money")
                yield Place("r07-way", f"{at}way/", **own)
                drafts.answer_way(draft, "code")
                yield Place("r09-check", f"{at}check/", key=True, **own)
            elif lines == 2:
                drafts.answer_reason(line, "damaged")
                yield Place("r04-photo", f"{at}photo/{here}", key=True, **own)
                yield Place("r04-no-photo", f"{at}photo/{here}none/", **own)
                yield Place("r05-wish", f"{at}wish/{here}", key=True, **own)
            elif lines == 3:
                drafts.answer_reason(line, "style")
                yield Place("r03-differs", f"{at}differs/{here}", **own)
            elif lines == 4:
                drafts.answer_reason(line, "wrong_item")
                yield Place("r03-instead", f"{at}tell/{here}", **own)
            elif lines == 5:
                drafts.answer_reason(line, "missing")
                yield Place("r03-missing", f"{at}tell/{here}", **own)
            else:
                break
