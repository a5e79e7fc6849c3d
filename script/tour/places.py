"""Every page a customer can meet, in the demo: its name, its address, and the order or draft that must be open."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import RequestFactory
from django.utils import timezone, translation

from customers.models import Shop
from notices import outbox
from orders.models import Order
from orders.queries import sizes_of
from portal.customer import access
from portal.customer.asking import swaps_of
from portal.faces import form_expired, too_many_tries
from returns import drafts, withdrawals
from returns.models import Deduction, Refund, Return
from shipments.promise import customer_state

MAIN = "main form .button:not(.secondary)"  # the green button


def _nothing(page) -> None:
    pass


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
    do: Callable = _nothing  # what is done on the page before it is looked at
    answer: Callable[[HttpRequest], HttpResponse] | None = None  # a page that no visit reaches

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

    def open(self, page, language: str) -> None:
        """Show it in this browser, whose cookie is set."""
        if self.answer:
            page.route(
                f"**{self.path}", lambda route: route.fulfill(body=self._body(language), content_type="text/html")
            )
        page.goto(self.path)
        self.do(page)
        page.evaluate(WHOLE)

    def _body(self, language: str) -> str:
        request = RequestFactory().get(self.path, SERVER_NAME="127.0.0.1")
        request.session, request.user = SessionStore(), AnonymousUser()
        with translation.override(language):
            return self.answer(request).content.decode()  # type: ignore[misc]


# Pictures further down are fetched when they are scrolled to: a picture of the whole page wants all of them.
WHOLE = """() => Promise.all([...document.images].map((one) => {
  one.loading = "eager";
  return one.complete || new Promise((done) => { one.onload = one.onerror = done });
}))"""


def press(page, button: str = MAIN) -> None:
    page.locator(button).first.click()
    page.wait_for_load_state()


def wrong(place: Place) -> Place:
    """The same page after its button was pressed with nothing filled in."""
    return replace(place, name=f"{place.name}-empty", key=False, public=False, do=press)


def both(place: Place) -> Iterator[Place]:
    yield place
    yield wrong(place)


def places() -> list[Place]:
    return [*_doors(), *_closed(), *_orders(), *_parcels(), *_returns(), *_withdrawals(), *_questions()]


# --- the ways in ------------------------------------------------------------------------------------------------


def _doors() -> Iterator[Place]:
    yield from both(Place("home", "/", key=True, public=True))
    yield Place("home-not-found", "/", do=_a_wrong_pair)
    yield Place("home-money", "/?to=money")
    yield Place("contact", "/contact/", key=True, public=True)
    yield from both(Place("find", "/find/"))
    yield Place("find-sent", "/find/sent/")
    yield Place("accessibility", "/accessibility/", key=True, public=True)
    yield Place("not-found", "/there/is/nothing/")
    yield Place("link-ended", f"/l/{'x' * 43}/")
    yield Place("sign-in-ended", f"/in/{'x' * 43}/")
    for language, order in _first(Order.objects.order_by("pk")):
        yield Place("sign-in", _sign_in(order), language)


def _a_wrong_pair(page) -> None:
    page.fill("[name=number]", "LL-99999")
    page.fill("[name=proof]", "10115")
    press(page)


def _sign_in(order: Order) -> str:
    letter = outbox.write(order.customer, "access.link", {"order": order}, language=order.language)
    access.sign_in_by(letter, order=order, path=f"/o/{order.number_key}/")
    return access._sign_in_link(letter).removeprefix(settings.SITE_URL)


def _closed() -> Iterator[Place]:
    """What nobody is led to on purpose."""
    soon = timezone.now() + timedelta(minutes=14)
    yield Place("too-many-tries", "/shown/429/", answer=lambda request: too_many_tries(request, soon))
    yield Place("form-expired", "/shown/403-form/", answer=form_expired)
    for name in ("400", "403"):
        yield Place(
            f"page-{name}", f"/shown/{name}/", answer=lambda request, name=name: render(request, f"{name}.html")
        )
    yield Place("page-500", "/shown/500/", "en", answer=lambda request: render(request, "500.html"))  # has all four
    yield Place("no-shop", "/shown/no-shop/", answer=lambda request: render(request, "customer/no_shop.html"))


def _first(rows) -> Iterator[tuple[str, object]]:
    """One for each language: of her own order where there is one, else the first of all."""
    found = list(rows)
    for language, _name in settings.LANGUAGES:
        order_of = [row for row in found if (row if isinstance(row, Order) else row.order).language == language]
        if found:
            yield language, (order_of or found)[0]


# --- orders -----------------------------------------------------------------------------------------------------


def _orders() -> Iterator[Place]:
    now = timezone.now()
    by_name: dict[str, list[Order]] = {}
    for order in Order.objects.select_related("shop", "customer").order_by("pk"):
        parcels = [row for row in order.shipments.select_related("shop") if row.direction == "outbound"]
        states = "+".join(customer_state(row, now) for row in parcels) or "nothing-sent"
        has = "-return" if order.returns.exclude(state="draft").exists() else ""
        by_name.setdefault(f"order-{states}{has}", []).append(order)
    for name, orders in by_name.items():
        for language, order in _first(orders):
            yield from _order(name, language, order)


def _order(name: str, language: str, order: Order) -> Iterator[Place]:
    own = {"language": language, "orders": (order.pk,)}
    at = f"/o/{order.number_key}/"
    yield Place(name, at, key=name in {"order-on_way", "order-delivered"}, **own)
    if name == "order-on_way":
        yield Place("order-steps", at, do=lambda page: page.evaluate(OPENED), **own)
        yield Place("order-level-1", at, level=access.SEEN, **own)
        yield Place("code", f"{at}code/", level=access.SEEN, key=True, **own)
        yield from both(Place("code-enter", f"{at}code/enter/", level=access.SEEN, **own))
        later = {"order": order, "ret": None, "next_one": timezone.now() + timedelta(minutes=40)}
        yield Place(
            "code-wait",
            "/shown/wait/",
            language,
            answer=lambda request: render(request, "customer/code_wait.html", later),
        )
    if name == "order-nothing-sent":
        yield Place("order-cancel", f"{at}cancel/", **own)
    if name == "order-delivered":
        several = Order.objects.filter(language=order.language).exclude(pk=order.pk)[:9]
        yield Place("home-hers", "/", language, orders=(order.pk, *(row.pk for row in several)))


OPENED = "() => document.querySelectorAll('details').forEach((one) => one.open = true)"


def _parcels() -> Iterator[Place]:
    """Trouble with a parcel."""
    now = timezone.now()
    by_state: dict[str, list[Order]] = {}
    for order in Order.objects.filter(returns=None).select_related("shop").order_by("pk"):
        sent = [row for row in order.shipments.select_related("shop") if row.direction == "outbound"]
        state = customer_state(sent[0], now) if sent else ""
        by_state.setdefault(state if len(sent) == 1 else "several", []).append(order)
    pages = {
        "parcel-lost": ("lost", "choose/"),
        "parcel-damaged": ("damaged", "choose/"),
        "parcel-late": ("late", "choose/"),
        "parcel-not-here": ("delivered", "not-here/"),
        "parcel-delivery": ("on_way", "delivery/"),
    }
    for name, (state, page) in pages.items():
        for language, order in _first(by_state.get(state, [])):
            place = Place(name, f"/o/{order.number_key}/parcel/1/{page}", language, (order.pk,))
            yield from both(place) if page != "not-here/" else [place]
    for language, order in _first(by_state.get("several", [])):
        number = next(
            (n for n, row in enumerate(order.shipments.order_by("pk"), 1) if customer_state(row, now) == "late"), 0
        )
        if number:
            yield from both(
                Place("parcel-which", f"/o/{order.number_key}/parcel/{number}/choose/", language, (order.pk,))
            )


# --- returns ----------------------------------------------------------------------------------------------------


def _returns() -> Iterator[Place]:
    sent = Return.objects.exclude(state="draft").select_related("order").order_by("pk")
    states = list(dict.fromkeys(sent.values_list("state", flat=True).order_by("pk")))
    for state in states:
        for language, ret in _first(sent.filter(state=state)):
            yield from _return(state, language, ret)
    for language, row in _first(_of_orders(Deduction.objects.filter(state="proposed").order_by("pk"))):
        own = {"language": language, "orders": (row.order.pk,)}
        yield Place("return-offered", f"/returns/{row.line.ret.number}/", **own)
        yield from both(Place("return-offer", f"/returns/{row.line.ret.number}/offer/{row.pk}/", **own))
    for state in ("proposed", "pending", "failed", "succeeded"):
        rows = Refund.objects.filter(state=state).order_by("pk")
        for language, row in _first([_with_order(refund, refund.ret) for refund in rows]):
            yield Place(f"money-{state}", f"/o/{row.order.number_key}/money/", language, (row.order.pk,))
    late = Refund.objects.filter(state="succeeded").order_by("pk").last()
    if late:
        for language, _name in settings.LANGUAGES:
            order = late.ret.order
            yield Place("money", f"/o/{order.number_key}/money/", language, (order.pk,), key=True)


def _of_orders(rows) -> list:
    return [_with_order(row, row.line.ret) for row in rows]


def _with_order(row, ret: Return):
    row.order = ret.order
    return row


def _return(state: str, language: str, ret: Return) -> Iterator[Place]:
    own = {"language": language, "orders": (ret.order_id,)}
    at = f"/returns/{ret.number}/"
    yield Place(f"return-{state}", at, key=state in {"awaiting_dropoff", "settled"}, **own)
    if state == "needs_info":
        yield from both(Place("return-answer", f"{at}answer/", **own))
    if state == "awaiting_dropoff":
        yield Place("return-level-1", at, language, (ret.order_id,), level=access.SEEN)
        yield Place("return-kept", f"{at}kept/", **own)
        yield from both(Place("return-proof", f"{at}proof/", **own))
        yield Place("return-cancel", f"{at}cancel/", **own)
    if state == "rejected":
        yield Place("return-disagree", f"{at}disagree/", **own)
    if state == "refund_failed":
        yield from both(Place("return-account", f"{at}account/", **own))


# --- a withdrawal -----------------------------------------------------------------------------------------------


def _withdrawals() -> Iterator[Place]:
    yield from both(Place("withdraw", "/withdraw/", key=True, public=True))
    yield Place("withdraw-closed", "/withdraw/W-1111111/")
    yield Place(
        "withdraw-wait", "/shown/wait/", answer=lambda request: render(request, "customer/withdrawal/wait.html")
    )
    orders = Order.objects.filter(returns=None, language__in=["de", "el"], shipments__delivered_at__isnull=False)
    for language, order in _first(orders.select_related("customer", "shop").order_by("pk")):
        own = {"language": language, "orders": (order.pk,)}
        yield Place("withdraw-order", f"/withdraw/?order={order.number_key}", **own)
        said = {"name": order.customer.name, "contract": order.number, "email": order.customer.email, "items": ""}
        answers = {**said, "scope": "whole", "units": {}, "nonce": str(uuid4())}
        yield Place("withdraw-check", "/withdraw/check/", **own, more={"withdrawal": [int(time.time()), answers]})
    shop = Shop.objects.get()
    for language, _name in settings.LANGUAGES:
        row = withdrawals.state(
            shop,
            name="Ada Example",
            contract="LL-77777",
            email="ada@example.com",
            items="",
            units={},
            language=language,
            form_key=uuid4(),
            by="customer",
        )
        yield Place(
            "withdraw-received",
            f"/withdraw/{row.number}/",
            language,
            more={"withdrawals": {row.number: int(time.time())}},
        )


# --- the questions of a return ----------------------------------------------------------------------------------


def _questions() -> Iterator[Place]:
    """Each in a draft of its own, answered as far as its page needs it; nothing of the question itself is answered."""
    for language, _name in settings.LANGUAGES:
        delivered = Order.objects.filter(returns=None, shipments__delivered_at__isnull=False).distinct().order_by("pk")
        whole = [order for order in delivered if any(line.left for line in order.lines.all())]
        hers = [order for order in whole if order.language == language] or whole
        sized = [order for order in hers if any(_has_other_size(line) for line in order.lines.all())]
        for nth, (name, (page, reason)) in enumerate(QUESTIONS.items()):
            fitting = sized if reason == "wrong_size" and sized else hers
            yield from _question(name, page, reason, fitting[nth % len(fitting)], language)


QUESTIONS = {
    "r01-items": ("items/", ""),
    "r02-problem": ("problem/{n}/", ""),
    "r03-safe": ("safe/{n}/", "damaged"),
    "r03-unsafe": ("safe/{n}/", "damaged"),
    "r03-differs": ("differs/{n}/", "style"),
    "r03-does-not-work": ("tell/{n}/", "faulty"),
    "r03-instead": ("tell/{n}/", "wrong_item"),
    "r03-missing": ("tell/{n}/", "missing"),
    "r03-other": ("tell/{n}/", "other"),
    "r03-late": ("late/{n}/", "too_late"),
    "r04-photo": ("photo/{n}/", "damaged"),
    "r04-photo-broken": ("photo/{n}/", "damaged"),
    "r04-no-photo": ("photo/{n}/none/", "damaged"),
    "r05-wish-damaged": ("wish/{n}/", "damaged"),
    "r05-wish": ("wish/{n}/", "changed_mind"),
    "r06-size": ("size/{n}/", "wrong_size"),
    "r07-way": ("way/", "changed_mind"),
    "r09-check": ("check/", "changed_mind"),
    "r09-check-size": ("check/", "wrong_size"),
}
KEYS = {"r02-problem", "r04-photo", "r05-wish", "r09-check"}


def _has_other_size(line) -> bool:
    return bool(line.variant and line.left and sizes_of(line.variant).exists())


def _question(name: str, page: str, reason: str, order: Order, language: str) -> Iterator[Place]:
    draft = drafts.start(order, language=language)
    lines = [line for line in order.lines.select_related("variant") if line.left]
    row = next((line for line in lines if _has_other_size(line)), lines[0]) if reason == "wrong_size" else lines[0]
    drafts.choose(draft, {row: 1} if page != "items/" else {})
    at = f"/returns/{draft.number}/{page.format(n=row.position)}"
    if reason:
        _answer(draft, reason, page)
    acts = {"r03-unsafe": _not_safe, "r04-photo-broken": _a_broken_photo}
    own = {"language": language, "orders": (order.pk,), "drafts": (draft.number,)}
    place = Place(name, at, key=name in KEYS, do=acts.get(name, _nothing), **own)
    yield from [place] if name in acts or page == "check/" else both(place)


def _answer(draft: Return, reason: str, page: str) -> None:
    line = draft.lines.select_related("ret__shop", "order_line__order__shop", "order_line__variant").get()
    drafts.answer_reason(line, reason)
    if page not in {"way/", "check/"}:
        return
    swaps = swaps_of(line) if reason == "wrong_size" else []
    if swaps:
        drafts.answer_size(line, swaps[0])
    else:
        drafts.answer_wish(line, "money")
    if page == "check/":
        drafts.answer_way(draft, "code")


def _not_safe(page) -> None:
    page.locator("main .choice:has([value=no])").click()
    press(page)


def _a_broken_photo(page) -> None:
    page.set_input_files("main [type=file]", {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    press(page)
