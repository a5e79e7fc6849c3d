"""Which question comes next, and which came before it: it follows from what is answered; and what the page of each has
in common. A question with a single possible answer is answered, not asked.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from orders.models import ProductGroup, Variant
from orders.pictures import pictures_of
from orders.queries import other_products, pieces_of, sizes_of
from portal.customer import access
from returns import drafts, policy
from returns.errors import NotNow
from returns.kinds import Reason, Wish
from returns.models import Return, ReturnLine
from returns.policy import Outcome

CREDIT = "credit"  # the money as store credit; no wish of its own
SAME_AGAIN = {Reason.DAMAGED, Reason.FAULTY, Reason.WRONG_ITEM, Reason.MISSING, Reason.TOO_LATE}
MORE = {Reason.STYLE: "differs", Reason.TOO_LATE: "late"}
BESIDE = {"no-photo": ["photo"], "photo": ["no-photo"], "other": ["size", "wish"]}  # opened from a page on the way
TELLS = {Reason.FAULTY, Reason.WRONG_ITEM, Reason.MISSING, Reason.OTHER}  # these want her own words


def next_question(ret: Return) -> str:
    """The address of the first question that has no answer yet; the check page when all have one."""
    lines = list(ret.lines.select_related("ret__shop", "order_line__order__shop", "order_line__variant", "swap"))
    if not lines:
        return page_of(ret, "items")
    for line in lines:
        question = _open_question(line)
        if question:
            return page_of(ret, question, line)
    return page_of(ret, "check" if ret.way or not to_send(ret) else "way")


def _open_question(line: ReturnLine) -> str:
    """The name of the page that asks for what is not known of this line; empty when all is."""
    if not line.reason:
        return "problem"
    follow_up = _follow_up(line)
    if follow_up:
        return follow_up
    if outcome_of(line).photo == "needed" and not (line.no_photo or line.photos.exists()):
        return "photo"
    if line.wish == Wish.SWAP and line.swap_id is None:
        return "size"
    if line.wish:
        return ""
    return "size" if line.reason == Reason.WRONG_SIZE and not line.no_other_size and swaps_of(line) else "wish"


def _follow_up(line: ReturnLine) -> str:
    """What a reason wants to know before anything else."""
    if line.reason == Reason.DAMAGED and line.unsafe is None:
        return "safe" if line.order_line.product_group == ProductGroup.DANGEROUS else ""
    if line.reason == Reason.STYLE and line.differs is None:
        return "differs"
    if line.reason == Reason.TOO_LATE and line.arrived is None:
        return "late"
    told = line.words or line.no_photo
    return "tell" if line.reason in TELLS and not told else ""


def outcome_of(line: ReturnLine) -> Outcome:
    ret = line.ret
    return policy.outcome(policy.wished(line, ret.shop.today()), policy.terms_of(ret.order))


def offers_of(line: ReturnLine) -> list[str]:
    """What she may wish for, in the order it is shown; without what is not on the shelf."""
    shown = list(outcome_of(line).offers)
    if line.detail == "piece":  # the sum for a piece of an item is for a person to name
        shown = [wish for wish in shown if wish != Wish.MONEY]
    if line.no_other_size or not (swaps_of(line) or may_take_another(line)):
        shown = [wish for wish in shown if wish != Wish.SWAP]
    return shown or [Wish.MONEY]


def choices_of(line: ReturnLine) -> list[str]:
    """The same, with store credit under the money where the terms have it. The law leaves her that choice."""
    offers = offers_of(line)
    if Wish.MONEY not in offers or not policy.terms_of(line.ret.order).credit:
        return offers
    under = offers.index(Wish.MONEY) + 1
    return [*offers[:under], CREDIT, *offers[under:]]


def swaps_of(line: ReturnLine) -> list[Variant]:
    """What could be sent instead: the same item again for a fault of ours, else another size or colour."""
    variant = line.order_line.variant
    if variant is None:
        return []
    if line.reason in SAME_AGAIN:
        rows: Sequence[Variant] = [variant]
    elif line.reason == Reason.WRONG_SIZE:
        rows = list(sizes_of(variant).order_by("pk"))
    else:
        rows = list(pieces_of(variant).order_by("pk"))
    return [row for row in rows if row.free >= line.requested]


def sold_out_sizes(line: ReturnLine) -> list[str]:
    """The other sizes that do not lie on the shelf."""
    variant = line.order_line.variant
    rows = sizes_of(variant).order_by("pk") if variant else ()
    return [row.size for row in rows if row.size and row.free < line.requested]


def may_take_another(line: ReturnLine) -> bool:
    """Whether the shop exchanges it for another product, at its own price. For a fault of ours it is the same again;
    prices in another currency than the order's say nothing of the difference."""
    variant, order = line.order_line.variant, line.ret.order
    if variant is None or variant.currency != order.currency:
        return False
    offered = policy.terms_of(order).swap_other_products and line.reason not in SAME_AGAIN
    return offered and other_products(variant, "", line.requested).exists()


def to_send(ret: Return) -> bool:
    """Does anything have to come back by post?"""
    lines = ret.lines.select_related("ret__shop", "order_line__order__shop")
    told = [outcome_of(line) for line in lines]
    return any(each.way_back != "none" and each.by_post for each in told)


def page_of(ret: Return, question: str, line: ReturnLine | None = None) -> str:
    if line is None:
        return reverse(f"customer:return-{question}", args=[ret.number])
    return reverse(f"customer:return-{question}", args=[ret.number, line.order_line.position])


def go_on(ret: Return) -> HttpResponse:
    """To the next question; one that has a single possible answer is answered, not asked."""
    for line in ret.lines.select_related("ret__shop", "order_line__order__shop", "order_line__variant"):
        if _open_question(line) == "wish" and len(choices_of(line)) == 1:
            drafts.answer_wish(line, choices_of(line)[0])
    return redirect(next_question(ret))


def page_before(ret: Return, question: str, line: ReturnLine | None = None) -> str:
    """The address of the page that was asked before this one; empty before the first."""
    pages = list(_pages(ret))
    here = page_of(ret, question, line)
    if here in pages:
        return next(reversed(pages[: pages.index(here)]), "")
    beside = [page_of(ret, each, line) for each in BESIDE.get(question, ())]
    return next((page for page in beside if page in pages), "")


def _pages(ret: Return) -> Iterator[str]:
    """The pages that her answers lead over, in their order."""
    lines = list(ret.lines.select_related("ret__shop", "order_line__order__shop", "order_line__variant", "swap"))
    free = [line for line in ret.order.lines.all() if line.left]
    if len(free) != 1 or free[0].left != 1:
        yield page_of(ret, "items")
    for line in lines:
        for question in _asked(line):
            yield page_of(ret, question, line)
    if lines and to_send(ret):
        yield page_of(ret, "way")
    yield page_of(ret, "check")


def _asked(line: ReturnLine) -> Iterator[str]:
    """The questions of one line that have an answer, and the first that has none."""
    yield "problem"
    if not line.reason:
        return
    if line.reason == Reason.DAMAGED and line.order_line.product_group == ProductGroup.DANGEROUS:
        yield "safe"
    if line.reason in MORE:
        yield MORE[Reason(line.reason)]
    if line.reason in TELLS:
        yield "tell"
    if outcome_of(line).photo == "needed":
        yield "no-photo" if line.no_photo else "photo"
    if line.reason == Reason.WRONG_SIZE and swaps_of(line):
        yield "size"
    if (line.reason != Reason.WRONG_SIZE or line.no_other_size or not swaps_of(line)) and len(choices_of(line)) > 1:
        yield "wish"
    if line.wish == Wish.SWAP and line.reason not in SAME_AGAIN and line.reason != Reason.WRONG_SIZE:
        yield "size"


def unfinished(ret: Return) -> str:
    """The address of the question that is still open, empty when the request can be sent."""
    address = next_question(ret)
    return "" if address == page_of(ret, "check") else address


# --- a page of the draft ----------------------------------------------------------------------------------------


def _draft(request: HttpRequest, number: str) -> Return:
    ret = access.the_return(request, number)
    if ret.state != Return.State.DRAFT:
        raise Sent(ret)
    return ret


class Sent(Exception):
    """The draft has been sent meanwhile (double click, back button): its page shows how it stands."""

    def __init__(self, ret: Return) -> None:
        self.ret = ret


def question(view):
    """A page of the draft. One that has been sent already is shown as it is, never sent twice."""

    def page(request: HttpRequest, number: str, **more) -> HttpResponse:
        try:
            return view(request, _draft(request, number), **more)
        except Sent as sent:
            return redirect("customer:return", sent.ret.number)
        except NotNow:
            return redirect("customer:return", number)

    return page


def line_of(ret: Return, position: int) -> ReturnLine:
    """The line of the draft that a question is about."""
    lines = ret.lines.select_related("ret__shop", "order_line__order__shop", "order_line__variant", "swap")
    return get_object_or_404(lines, order_line__position=position)


def ask(request: HttpRequest, page: str, form: forms.Form, ret: Return, **more: Any) -> HttpResponse:
    """The page of one question, with the way back to the one before; 422 when the answer is to be put right."""
    several = ret.lines.count() > 1
    here = str(request.resolver_match and request.resolver_match.url_name).removeprefix("return-")
    back = page_before(ret, here, more.get("line"))
    context = {"form": form, "ret": ret, "order": ret.order, "several": several, "back": back, **more}
    if several and "line" in more:
        context["pictures"] = pictures_of(ret.shop, {more["line"].order_line.picture})
    return render(request, f"customer/return/{page}.html", context, status=422 if form.errors else 200)
