"""S16: goods come in. A scanner types a code; Enter counts a piece; the page works on while the connection is lost.

What a code means: `scans.py`. What a step does: `steps.py`. The queue of a browser: `offline.py`. What was not
announced: `unexpected.py`.
"""

import json
from collections.abc import Callable, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from csp.constants import SELF, WASM_UNSAFE_EVAL
from csp.decorators import csp_update
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from carriers import numbers_in
from orders.models import Order, number_key
from orders.pictures import pictures_of
from orders.queries import orders_numbered
from portal.staff import scans, steps
from portal.staff.access import returns_here, staff_page, the_return, their_shop
from portal.staff.queue import rail
from portal.staff.returns import NotANumber, sentence
from returns import goods, not_come
from returns.errors import ReturnsError
from returns.kinds import Kind
from returns.models import Return, ReturnLine, ReturnParcel
from returns.queries import came_back_alone, unexpected_open
from shipments.models import Shipment

SHOWN = 20
CAMERA = "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"


# Only here a camera may be used, a service worker be started and WebAssembly be run.
allowed = csp_update({"worker-src": [SELF], "script-src": [WASM_UNSAFE_EVAL]})


def scanner_page(view: Callable) -> Callable:
    """A page of goods in, with what its camera and its service worker need."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code == HTTPStatus.OK:
            response["Permissions-Policy"] = CAMERA
            allowed(lambda _: response)(request)
        return response

    return page


@staff_page
@scanner_page
@require_http_methods(["GET", "HEAD", "POST"])
def goods_in(request: HttpRequest) -> HttpResponse:
    """The box for the scanner. Enter alone is a piece of the line that is chosen; anything else is looked up."""
    asked = request.POST if request.method == "POST" else request.GET
    code = asked.get("code", "").replace("\0", "").strip()[: scans.MOST_TYPED]
    number = asked.get("number", "")
    if request.method == "POST":
        if asked.get("verb") == steps.FOUND:
            return _take(request, "", asked.dict())
        if not code and number and asked.get("line"):
            return _take(request, number, {**asked.dict(), "verb": steps.FINE})
        return redirect(f"{reverse('staff:goods-in')}?{urlencode({'code': code, 'number': number})}")
    return _look_up(request, code, number) if code else page(request)


def _look_up(request: HttpRequest, code: str, number: str) -> HttpResponse:
    at_hand = returns_here(request).filter(number=number).first()
    if at_hand and code.casefold() in ASKED:
        return _to(at_hand.number, line=request.GET.get("line"), ask=ASKED[code.casefold()])
    found = scans.find(their_shop(request), code, at_hand)
    if found.case:
        line, box = found.line, found.box
        return _to(found.case.number, line=line and line.pk, box=box and box.position)
    if found.order and not found.cases:
        parcel = found.parcel and found.parcel.tracking_number
        return redirect(_with(reverse("staff:goods-in-order", args=[found.order.number_key]), parcel=parcel))
    return page(request, code=code, found=found, key=uuid4())


# One letter and Enter, for whoever keeps the cursor in the box.
ASKED = {"d": steps.DAMAGED, "w": steps.WRONG, "m": steps.MISSING}


def _to(number: str, **more: Any) -> HttpResponse:
    return redirect(_with(reverse("staff:goods-in-case", args=[number]), **more))


def uuid_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _with(path: str, **more: Any) -> str:
    said = {name: value for name, value in more.items() if value}
    return f"{path}?{urlencode(said)}" if said else path


def page(request: HttpRequest, **more: Any) -> HttpResponse:
    """The box for the scanner, and below it what was found."""
    shop = their_shop(request)
    context = {
        "rail": rail(request),
        "back": list(came_back_alone(shop)[:SHOWN]) if not more else [],
        "waiting": unexpected_open(shop).count(),
        **more,
    }
    return render(request, "staff/goods_in.html", context)


# --- one case ---------------------------------------------------------------------------------------------------


@staff_page
@scanner_page
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, number: str) -> HttpResponse:
    ret = the_return(request, number)
    if request.method == "POST":
        return _take(request, ret.number, request.POST.dict())
    return page(request, **bench(ret, **{name: request.GET.get(name, "") for name in ("line", "box", "ask")}))


def _take(request: HttpRequest, number: str, typed: dict) -> HttpResponse:
    """A step without script: done now, and answered by the page."""
    shop = their_shop(request)
    uploads = request.FILES.getlist("photo")
    answer = steps.take(shop, {**typed, "number": number, "at": ""}, read(uploads), by=request.user)
    if answer.answer == "done":
        steps.prepare_money(shop, [number], by=request.user)
    level = messages.error if answer.answer == "refused" else messages.success
    level(request, answer.text)
    refused = typed.get("verb", "") if answer.answer == "refused" else ""
    if not number:
        return redirect(_with(reverse("staff:goods-in"), code=refused and typed.get("tracking_number")))
    ask = refused if refused in ASKED.values() else ""
    return _to(number, line=typed.get("line"), box=typed.get("box"), ask=ask)


def read(uploads: Sequence[Any]) -> list[bytes]:
    """One byte more than is taken, so that what is too large is seen to be."""
    return [upload.read(steps.MOST_BYTES + 1) for upload in uploads]


def bench(ret: Return, *, line: str = "", box: str = "", ask: str = "") -> dict:
    """What the page shows of a case: its lines, the chosen one, the box, and why nothing can be counted, if so.

    Without the customer's name or address: what a browser keeps for work without a connection is this.
    """
    lines = list(ret.lines.select_related("order_line__variant").prefetch_related("photos"))
    boxes = list(ret.parcels.exclude(state=ReturnParcel.State.LABEL_VOID).select_related("shipment"))
    chosen = _chosen(lines, line)
    position = int(box) if box.isascii() and box.isdecimal() and len(box) < 4 else 0
    shut = steps.closed(ret) if not any(row.to_receive for row in lines) or ret.state not in OPEN else ""
    return {
        "ret": ret,
        "lines": [(row, goods.free_to_grade(row), goods.is_shown(row), uuid4()) for row in lines],
        "chosen": None if shut else chosen,
        "ask": ask,
        "box": next((one for one in boxes if one.position == position), None),
        "boxes": boxes,
        "shut": shut,
        "may_reopen": ret.state in Return.ENDED and ret.state != Return.State.SETTLED,
        "all_here": not shut and not any(row.to_receive for row in lines),
        "pictures": pictures_of(ret.shop, {row.order_line.picture for row in lines if row.order_line.picture}),
        "unexpected": list(ret.unexpected.filter(resolved_at=None)),
        "codes": json.dumps(_codes(ret, boxes)),
        "keys": {"scan": uuid4(), "wrong": uuid4(), "reopen": uuid4()},
    }


OPEN = {*Return.COMING, *Return.AT_THE_BENCH, Return.State.SETTLING, Return.State.REFUND_FAILED}


def _chosen(lines: list[ReturnLine], line: str) -> ReturnLine | None:
    """The line that was scanned, while something of it is to come; else the first of which something is."""
    to_come = [row for row in lines if row.to_receive]
    return next((row for row in to_come if str(row.pk) == line), to_come[0] if to_come else None)


def _codes(ret: Return, boxes: list[ReturnParcel]) -> dict[str, int]:
    """What may be scanned for this case without a connection: {code: box, 0 for any}."""
    found = {ret.number: 0, number_key(ret.order.number).upper(): 0}
    for box in boxes:
        if box.shipment:
            found |= dict.fromkeys(numbers_in(box.shipment.tracking_number), box.position)
    return found


# --- goods of an order without a case ---------------------------------------------------------------------------


@staff_page
@scanner_page
@require_http_methods(["GET", "HEAD", "POST"])
def order(request: HttpRequest, number: str) -> HttpResponse:
    """Nobody announced it, or the carrier brought it back: staff pick what is here, and a case receives it."""
    found = orders_numbered(their_shop(request), number).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        return _open_case(request, found)
    cases = found.returns.exclude(state=Return.State.DRAFT).order_by("-pk")
    parcel = _parcel(found, request.GET.get("parcel", ""))
    lines = list(found.lines.all())
    context = {
        "order": found,
        "order_lines": lines,
        "cases": list(cases),
        "parcel": parcel,
        "given_up": not_come.case_of(parcel) if parcel else None,
        "left": any(line.left for line in lines),
        "pictures": pictures_of(found.shop, {line.picture for line in lines if line.picture}),
        "find": request.GET.get("find", ""),
        "key": uuid4(),
    }
    return page(request, **context)


def _parcel(found: Order, number: str) -> Shipment | None:
    return found.shipments.filter(direction=Shipment.Direction.OUTBOUND, tracking_number=number).first()


def _open_case(request: HttpRequest, found: Order) -> HttpResponse:
    asked = request.POST
    kind = Kind.CARRIER_RETURN if asked.get("kind") == Kind.CARRIER_RETURN else Kind.RETURN
    about = uuid_of(asked.get("find", ""))
    find = unexpected_open(found.shop).filter(key=about).first() if about else None
    try:
        units, key = _typed(request, found), uuid_of(asked.get("key", ""))
        with transaction.atomic():
            ret = goods.open_and_receive(found, units, kind=kind, by=request.user, form_key=key)
            if find:
                said = _("It belongs to %(number)s.") % {"number": ret.number}
                goods.resolve_unexpected(find, by=request.user, resolution=said, ret=ret)
    except ReturnsError as no:
        messages.error(request, sentence(no))
        return redirect(request.get_full_path())
    done = _("Return %(number)s is open, and what came is received. Check it now.")
    messages.success(request, done % {"number": ret.number})
    return _to(ret.number)


def _typed(request: HttpRequest, found: Order) -> dict[int, int]:
    """quantity-<order line id>: empty counts as none, and one thing there must be."""
    typed = {line.pk: request.POST.get(f"quantity-{line.pk}", "").strip() for line in found.lines.all()}
    if any(text and not (text.isascii() and text.isdecimal() and len(text) < 5) for text in typed.values()):
        raise NotANumber("digits")
    units = {pk: int(text) for pk, text in typed.items() if text}
    if not any(units.values()):
        raise NotANumber("nothing")
    return units
