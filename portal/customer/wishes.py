"""What she gets: R05, the size or the thing she wants instead: R06."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from orders.models import Variant
from orders.queries import other_products
from portal.customer.asking import (
    CREDIT,
    SAME_AGAIN,
    ask,
    choices_of,
    go_on,
    line_of,
    may_take_another,
    outcome_of,
    page_of,
    question,
    sold_out_sizes,
    swaps_of,
)
from returns import credit, differences, drafts, policy, receipts
from returns.kinds import Reason, Wish
from returns.models import Return
from returns.queries import usual_size


class Size(forms.Form):
    size = forms.ChoiceField(error_messages={"required": gettext_lazy("Select which one you want instead")})

    def __init__(self, *args, sizes, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["size"].choices = [(variant.sku, variant.size) for variant in sizes] + [("none", "")]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@question
def size(request: HttpRequest, ret: Return, position: int) -> HttpResponse:
    """R06: another one that lies on the shelf, or none."""
    line = line_of(ret, position)
    sizes = swaps_of(line)
    another = may_take_another(line)
    if not sizes and another and not line.no_other_size and request.method != "POST":
        return redirect(page_of(ret, "other", line))
    if not sizes or line.reason in SAME_AGAIN:
        drafts.answer_size(line, None)
        return go_on(ret)
    chosen = line.swap.sku if line.swap else "none" if line.no_other_size else ""
    form = Size(request.POST or None, sizes=sizes, initial={"size": chosen})
    if form.is_valid():
        sku = form.cleaned_data["size"]
        drafts.answer_size(line, next((row for row in sizes if row.sku == sku), None))
        return go_on(ret)
    by_colour = line.reason != Reason.WRONG_SIZE
    variant = line.order_line.variant
    more = {"usual": usual_size(variant), "sold_out": sold_out_sizes(line)} if variant and not by_colour else {}
    return ask(request, "size", form, ret, line=line, sizes=sizes, by_colour=by_colour, another=another, **more)


MOST_FOUND = 20


class Other(forms.Form):
    sku = forms.ChoiceField(error_messages={"required": gettext_lazy("Select which one you want instead")})

    def __init__(self, *args, found: list[Variant], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sku"].choices = [(variant.sku, variant.product) for variant in found]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@question
def other(request: HttpRequest, ret: Return, position: int) -> HttpResponse:
    """Another product of the shop, each with what it costs more or less. The search is a GET and changes nothing."""
    line = line_of(ret, position)
    if not may_take_another(line):
        return go_on(ret)
    words_ = request.GET.get("q", "").replace("\0", "")[:100]
    rows = other_products(line.order_line.variant, words_, line.requested)  # type: ignore[arg-type]
    found = list(rows[: MOST_FOUND + 1])
    form = Other(request.POST or None, found=found, initial={"sku": line.swap.sku if line.swap else ""})
    if form.is_valid():
        swap = next(row for row in found if row.sku == form.cleaned_data["sku"])
        drafts.answer_size(line, swap, to_pay=differences.sum_of(line, swap))
        return go_on(ret)
    shown = [(row, *_more_or_less(differences.sum_of(line, row))) for row in found[:MOST_FOUND]]
    return ask(request, "other", form, ret, line=line, found=shown, words=words_, more=len(found) > MOST_FOUND)


def _more_or_less(to_pay: int) -> tuple[int, int]:
    """What she pays, and what she gets back."""
    return max(to_pay, 0), max(-to_pay, 0)


class WishForm(forms.Form):
    wish = forms.ChoiceField(error_messages={"required": gettext_lazy("Select what you would like")})

    def __init__(self, *args, offers: list[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["wish"].choices = [(code, code) for code in offers]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@question
def wish(request: HttpRequest, ret: Return, position: int) -> HttpResponse:
    """R05: what the law and the terms offer for this, the first first, each with its sum."""
    line = line_of(ret, position)
    offers = choices_of(line)
    if len(offers) == 1 and request.method != "POST":
        return go_on(ret)
    form = WishForm(request.POST or None, offers=offers, initial={"wish": CREDIT if line.as_credit else line.wish})
    if form.is_valid():
        chosen = form.cleaned_data["wish"]
        wished = Wish.MONEY if chosen == CREDIT else chosen
        drafts.answer_wish(line, wished, same_again=line.reason in SAME_AGAIN, as_credit=chosen == CREDIT)
        return go_on(ret)
    sums = {code: receipts.worth_of(line, code) for code in offers}
    context = {
        "offers": offers,
        "sums": sums,
        "same_again": line.reason in SAME_AGAIN,
        "told": outcome_of(line),
        "credit_until": credit.last_day_today(ret),
        "another": may_take_another(line),
        "check_days": policy.terms_of(ret.order).check_days,
    }
    return ask(request, "wish", form, ret, line=line, **context)
