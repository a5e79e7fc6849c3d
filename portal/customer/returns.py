"""Start a return, one question a page; check the answers; follow it home."""

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notices.letters import seen_by
from orders.errors import SoldOut, UnitsTaken, Unreadable
from orders.models import OrderLine, Variant
from orders.pictures import pictures_of
from orders.queries import sizes_of
from portal import words
from portal.customer import access
from returns import actions, drafts, money, papers, parcels
from returns.errors import NotNow, NotReturnable, TooMany
from returns.kinds import Reason, Wish
from returns.models import Photo, Return, ReturnLine, ReturnParcel
from returns.policy import first_no, needs_photo, offer, terms_of, wished
from returns.statements import money_by

MOST_BYTES = 10 * 1024 * 1024


# --- which question comes next ----------------------------------------------------------------------------------


def next_question(ret: Return) -> str:
    """The address of the first question that has no answer yet; the check page when all have one."""
    lines = list(ret.lines.select_related("order_line__order__shop", "order_line__variant"))
    if not lines:
        return _page(ret, "items")
    for line in lines:
        question = _open_question(line, ret)
        if question:
            return _page(ret, question, line)
    return _page(ret, "check" if ret.way else "way")


def _open_question(line: ReturnLine, ret: Return) -> str:
    if not line.reason:
        return "problem"
    if needs_photo(wished(line, ret.shop.today()), terms_of(ret.order)) and not (line.no_photo or line.photos.exists()):
        return "photo"
    if line.wish:
        return ""
    return "size" if line.reason == Reason.WRONG_SIZE else "wish"


def _page(ret: Return, question: str, line: ReturnLine | None = None) -> str:
    if line is None:
        return reverse(f"customer:return-{question}", args=[ret.number])
    return reverse(f"customer:return-{question}", args=[ret.number, line.order_line.position])


def _go_on(ret: Return) -> HttpResponse:
    """To the next question; one that has a single possible answer is answered, not asked."""
    for line in ret.lines.select_related("order_line__variant"):
        if line.reason and not line.wish and not _swaps(line):
            drafts.answer_wish(line, Wish.MONEY)
    return redirect(next_question(ret))


def _swaps(line: ReturnLine) -> list[Variant]:
    """What could be sent instead: other sizes on the shelf, or the same again for something damaged."""
    variant = line.order_line.variant
    if variant is None:
        return []
    rows = sizes_of(variant).order_by("pk") if line.reason == Reason.WRONG_SIZE else [variant]
    return [row for row in rows if row.free >= line.requested]


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


def _line(ret: Return, position: int) -> ReturnLine:
    lines = ret.lines.select_related("order_line__order__shop", "order_line__variant", "swap")
    return get_object_or_404(lines, order_line__position=position)


def _ask(request: HttpRequest, page: str, form: forms.Form, ret: Return, **more) -> HttpResponse:
    several = ret.lines.count() > 1
    context = {"form": form, "ret": ret, "order": ret.order, "several": several, **more}
    if several and "line" in more:
        context["pictures"] = pictures_of(ret.shop, {more["line"].order_line.picture})
    return render(request, f"customer/return/{page}.html", context, status=422 if form.errors else 200)


# --- the questions ----------------------------------------------------------------------------------------------


@require_POST
def start(request: HttpRequest, number: str) -> HttpResponse:
    """The draft this visitor has begun already, else a new one."""
    order = access.the_order(request, number)
    draft = access.returns_of(request).filter(order=order, state=Return.State.DRAFT).order_by("-pk").first()
    if draft is None:
        draft = drafts.start(order, language=get_language() or order.language)
        access.remember_draft(request, draft)
    return _go_on(draft)


class Items(forms.Form):
    """A tick and a quantity for each line that can still come back."""

    def __init__(self, *args, lines: list[OrderLine], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            self.fields[f"line-{line.position}"] = forms.BooleanField(required=False, label=line.title)
            self.fields[f"quantity-{line.position}"] = forms.IntegerField(
                required=False,
                label=_("How many?"),
                error_messages={"invalid": _("Enter how many, in digits")},
                widget=forms.NumberInput(
                    attrs={
                        "min": 1,
                        "max": line.left,
                        "inputmode": "numeric",
                        "aria-label": _("How many?") + f" {line.title}",
                    }
                ),
            )

    def rows(self):
        """Line, its tick, its quantity field: for the template."""
        return [(line, self[f"line-{line.position}"], self[f"quantity-{line.position}"]) for line in self.lines]

    def clean(self) -> dict:
        data = super().clean() or {}
        chosen = {}
        for line in self.lines:
            if not data.get(f"line-{line.position}"):
                continue
            quantity = data.get(f"quantity-{line.position}") or (1 if line.left == 1 else 0)
            if not 1 <= quantity <= line.left and f"quantity-{line.position}" not in self.errors:
                message = ngettext(
                    "You can send back %(number)s – enter 1",
                    "You can send back %(number)s – enter 1 to %(number)s",
                    line.left,
                )
                self.add_error(f"quantity-{line.position}", message % {"number": line.left})
            chosen[line] = quantity
        if not chosen and not self.errors:
            raise forms.ValidationError(_("Select the items this is about"))
        data["chosen"] = chosen
        return data


@require_http_methods(["GET", "HEAD", "POST"])
@question
def items(request: HttpRequest, ret: Return) -> HttpResponse:
    lines = list(ret.order.lines.select_related("order__shop"))
    free = [line for line in lines if line.left]
    had = {line.order_line.position: line.requested for line in ret.lines.select_related("order_line")}
    initial: dict = {f"line-{position}": True for position in had}
    initial |= {f"quantity-{position}": quantity for position, quantity in had.items()}
    form = Items(request.POST or None, lines=free, initial=initial)
    if form.is_valid():
        try:
            drafts.choose(ret, form.cleaned_data["chosen"])
        except TooMany:
            form.add_error(None, _("Some of these items are in another return already – choose again"))
        else:
            return _go_on(ret)
    return _ask(request, "items", form, ret, taken=[line for line in lines if not line.left])


class Problem(forms.Form):
    reason = forms.ChoiceField(error_messages={"required": gettext_lazy("Select what the problem is")})

    def __init__(self, *args, reasons: list[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [(code, words.REASON[code]) for code in reasons]  # type: ignore[attr-defined]


def _reasons(line: OrderLine) -> list[str]:
    """A thing that comes in one size cannot be the wrong one."""
    sized = any(name in line.options for name in ("size", "option")) or bool(line.variant and sizes_of(line.variant))
    return [code for code in Reason.values if sized or code != Reason.WRONG_SIZE]


@require_http_methods(["GET", "HEAD", "POST"])
@question
def problem(request: HttpRequest, ret: Return, position: int) -> HttpResponse:
    line = _line(ret, position)
    form = Problem(request.POST or None, initial={"reason": line.reason}, reasons=_reasons(line.order_line))
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        no = first_no(offer(line.order_line, reason, terms_of(ret.order), ret.shop.today()))
        if no:
            return render(
                request,
                "customer/return/not_possible.html",
                {"ret": ret, "order": ret.order, "line": line, "no": no.code},
            )
        drafts.answer_reason(line, reason)
        return _go_on(ret)
    return _ask(request, "problem", form, ret, line=line)


class PhotoForm(forms.Form):
    photo = forms.FileField(
        error_messages={
            "required": gettext_lazy("Add a photo, or choose “I cannot take a photo”"),
            "empty": gettext_lazy("The selected file is empty – try again"),
        },
    )

    def clean_photo(self):
        if self.cleaned_data["photo"].size > MOST_BYTES:
            raise forms.ValidationError(_("The selected file must be smaller than 10 MB"))
        return self.cleaned_data["photo"]


@require_http_methods(["GET", "HEAD", "POST"])
@question
def photo(request: HttpRequest, ret: Return, position: int) -> HttpResponse:
    """R04. A photo is added and the page shown again; "Continue" goes on when there is one."""
    line = _line(ret, position)
    adding = request.method == "POST" and (request.FILES or not line.photos.exists())
    form = PhotoForm(request.POST, request.FILES) if adding else PhotoForm()
    if adding and form.is_valid():
        try:
            drafts.add_photo(line, form.cleaned_data["photo"].read())
        except Unreadable:
            form.add_error(
                "photo", _("The selected file must be a JPG, PNG or WEBP picture that opens – try another one")
            )
        except TooMany:
            form.add_error("photo", _("You can add up to 5 photos – remove one first, or continue with these"))
    if request.method == "POST" and not form.errors:
        return _go_on(ret)
    return _ask(
        request, "photo", form, ret, line=line, photos=list(line.photos.order_by("pk")), most=drafts.MOST_PHOTOS
    )


class NoPhoto(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("Tell us what you see"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("Write what you see, so that a person can decide")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@question
def no_photo(request: HttpRequest, ret: Return, position: int) -> HttpResponse:
    line = _line(ret, position)
    form = NoPhoto(request.POST or None, initial={"words": line.words})
    if form.is_valid():
        drafts.answer_without_photo(line, form.cleaned_data["words"])
        return _go_on(ret)
    return _ask(request, "no_photo", form, ret, line=line)


@require_POST
@question
def remove_photo(request: HttpRequest, ret: Return, position: int, photo: int) -> HttpResponse:
    drafts.remove_photo(get_object_or_404(Photo, pk=photo, line=_line(ret, position)))
    return redirect(_page(ret, "photo", _line(ret, position)))


class Size(forms.Form):
    size = forms.ChoiceField(error_messages={"required": gettext_lazy("Select which size you want instead")})

    def __init__(self, *args, sizes, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["size"].choices = [(variant.sku, variant.size) for variant in sizes] + [("none", "")]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@question
def size(request: HttpRequest, ret: Return, position: int) -> HttpResponse:
    """R06: another size that lies on the shelf, or none."""
    line = _line(ret, position)
    sizes = _swaps(line)
    if not sizes:
        return _go_on(ret)
    chosen = line.swap.sku if line.swap else "none" if line.no_other_size else ""
    form = Size(request.POST or None, sizes=sizes, initial={"size": chosen})
    if form.is_valid():
        sku = form.cleaned_data["size"]
        drafts.answer_size(line, next((row for row in sizes if row.sku == sku), None))
        return _go_on(ret)
    return _ask(request, "size", form, ret, line=line, sizes=sizes)


class WishForm(forms.Form):
    wish = forms.ChoiceField(
        choices=[(code, code) for code in Wish.values],
        error_messages={"required": gettext_lazy("Select what you would like")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@question
def wish(request: HttpRequest, ret: Return, position: int) -> HttpResponse:
    """R05 for something damaged: the same again while there is one, or the money."""
    line = _line(ret, position)
    if not _swaps(line):
        return _go_on(ret)
    form = WishForm(request.POST or None, initial={"wish": line.wish})
    if form.is_valid():
        drafts.answer_wish(line, form.cleaned_data["wish"])
        return _go_on(ret)
    worth = money.receipt(ret, {line.pk: line.requested})
    return _ask(request, "wish", form, ret, line=line, worth=worth)


class WayForm(forms.Form):
    way = forms.ChoiceField(
        choices=[(code, words.WAY[code]) for code in ("code", "label")],
        error_messages={"required": gettext_lazy("Select how you want to send it back")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@question
def way(request: HttpRequest, ret: Return) -> HttpResponse:
    form = WayForm(request.POST or None, initial={"way": ret.way})
    if form.is_valid():
        drafts.answer_way(ret, form.cleaned_data["way"])
        return _go_on(ret)
    return _ask(request, "way", form, ret)


@require_http_methods(["GET", "HEAD", "POST"])
@question
def check(request: HttpRequest, ret: Return) -> HttpResponse:
    """R09: every answer with its "Change", the sum in lines; the POST sends the request."""
    open_question = next_question(ret)
    if open_question != _page(ret, "check"):
        return redirect(open_question)
    if request.method == "POST":
        return _send(request, ret)
    lines = list(ret.lines.select_related("order_line__variant", "swap").prefetch_related("photos"))
    context = {
        "ret": ret,
        "order": ret.order,
        "level": access.level(request, ret.order),
        "lines": [(line, bool(_swaps(line))) for line in lines],
        "receipt": money.expected_receipt(ret),
        "wants_money": any(line.wish == Wish.MONEY for line in lines),
    }
    return render(request, "customer/return/check.html", context)


def _send(request: HttpRequest, ret: Return) -> HttpResponse:
    try:
        ret = actions.submit(ret)
    except NotReturnable as no:
        context = {"ret": ret, "order": ret.order, "line": ret.lines.first(), "no": no.codes[0]}
        return render(request, "customer/return/not_possible.html", context)
    except SoldOut as gone:
        line = drafts.forget_swap(ret, gone.sku)[0]
        context = {"ret": ret, "order": ret.order, "line": line, "change": _go_on(ret)["Location"]}
        return render(request, "customer/return/sold_out.html", context)
    except UnitsTaken:
        return render(request, "customer/return/taken.html", {"ret": ret, "order": ret.order})
    for parcel in ret.parcels.filter(state=ReturnParcel.State.PLANNED):
        parcels.buy_label(parcel)
    return redirect("customer:return", ret.number)


# --- afterwards -------------------------------------------------------------------------------------------------


@require_safe
def follow(request: HttpRequest, number: str) -> HttpResponse:
    """R10 and R11: what to do now, the code, and where it is."""
    ret = access.the_return(request, number)
    if ret.state == Return.State.DRAFT:
        return _go_on(ret)
    level = access.level(request, ret.order)
    boxes = list(ret.parcels.select_related("shipment"))
    refunds = list(ret.refunds.exclude(state="canceled").order_by("pk"))
    lines = list(ret.lines.select_related("order_line", "swap"))
    sent = [(row, seen_by(row)) for row in refunds if row.state == "succeeded"]
    today = ret.shop.today()
    context = {
        "ret": ret,
        "order": ret.order,
        "level": level,
        "lines": lines,
        "pictures": pictures_of(ret.shop, {line.order_line.picture for line in lines}),
        "boxes": boxes,
        "arrived": any(box.state == ReturnParcel.State.DELIVERED for box in boxes),
        "codes": [(box, _code(box)) for box in boxes if level == access.ALL and (box.code or box.code_image)],
        "labelled": any(box.shipment for box in boxes),
        "refunds": sent,
        "came_back": any(row.state == "failed" and row.provider_id for row in refunds),
        "money_is_there": bool(sent) and all(seen < today for _row, seen in sent if seen),
        "today": today,
        "swaps": [line for line in lines if line.wish == Wish.SWAP],
        "may_cancel": ret.state in Return.BEFORE_FIRST_SCAN
        and not ret.withdrawn_at
        and access.may_change(request, ret),
        "money_by": money_by(ret, refunds),
        "steps": _steps(ret, boxes, refunds),
        "sums": money.expected_receipt(ret) if any(line.wish == Wish.MONEY for line in lines) else None,
    }
    return render(request, "customer/return/follow.html", context)


def _steps(ret: Return, boxes: list[ReturnParcel], refunds: list) -> list[tuple[str, str, object]]:
    """Return created · Handed in · With us · Checked · Money or item sent: (step, done/now/next, its day)."""
    local = ret.shop.today
    scans = [event for box in boxes if box.shipment for event in box.shipment.events.all()]
    handed = min((scan.at for scan in scans if scan.status not in {"pre_transit", "unknown"}), default=None)
    came = max((box.shipment.delivered_at for box in boxes if box.shipment and box.shipment.delivered_at), default=None)
    settled = max((row.settled_at for row in refunds if row.state == "succeeded"), default=None) or ret.ended_at
    done = {
        "created": ret.submitted_at,
        "handed": handed,
        "here": came,
        "checked": ret.state in {Return.State.SETTLING, Return.State.SETTLED, Return.State.REFUND_FAILED},
        "sent": ret.state == Return.State.SETTLED,
    }
    days = {
        "created": ret.submitted_at and local(ret.submitted_at),
        "handed": local(handed) if handed else ret.send_by if ret.state == Return.State.AWAITING_DROPOFF else None,
        "here": came and local(came),
        "checked": None if done["checked"] else ret.check_by,
        "sent": local(settled) if done["sent"] and settled else None,
    }
    reached = max((n for n, step in enumerate(done) if done[step]), default=0)
    ours = ret.state in {Return.State.SUBMITTED, Return.State.UNDER_REVIEW}  # nothing for her to do yet
    turn = None if ours else reached + 1
    marks = ["done" if n <= reached else "now" if n == turn else "next" for n in range(len(done))]
    return [(step, mark, days[step]) for step, mark in zip(done, marks, strict=True)]


def _code(box: ReturnParcel) -> str:
    """The code to show at the counter: as the carrier drew it (then it has an address), else drawn by us."""
    return "" if box.code_image else papers.code_svg(box.code)


@require_safe
def code_image(request: HttpRequest, number: str, position: int) -> HttpResponseBase:
    """The carrier's own picture of the code; at level 2 only, because it is as good as the label."""
    ret = access.the_return(request, number)
    if access.level(request, ret.order) != access.ALL:
        return redirect("customer:code", ret.order.number_key)
    box = get_object_or_404(ret.parcels.exclude(code_image=""), position=position)
    if ret.state in Return.ENDED:
        raise Http404
    return FileResponse(box.code_image.open("rb"), content_type="image/png")


@require_safe
def label(request: HttpRequest, number: str) -> HttpResponse:
    """The label as PDF; at level 2 only, because it carries the address."""
    ret = access.the_return(request, number)
    if access.level(request, ret.order) != access.ALL:
        return redirect("customer:code", ret.order.number_key)
    box = ret.parcels.exclude(shipment=None).select_related("shipment", "ret__shop", "ret__order").first()
    if box is None or ret.state in Return.ENDED:
        raise Http404
    facts = parcels.label_facts(box)
    try:
        pdf = papers.label_pdf(facts)
    except papers.PapersUnavailable:
        return HttpResponse(papers.label_html(facts))
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{ret.number}.pdf"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """R14."""
    ret = access.the_return(request, number)
    if not access.may_change(request, ret):
        return redirect("customer:code", ret.order.number_key)
    if ret.withdrawn_at:
        return redirect("customer:return", ret.number)
    if ret.state not in Return.BEFORE_FIRST_SCAN:
        return _too_late_to_cancel(request, ret)
    if request.method == "POST":
        try:
            actions.cancel(ret, by="customer")
        except NotNow:
            ret.refresh_from_db(fields=["state"])
            return _too_late_to_cancel(request, ret)
        messages.success(request, _("Your return is cancelled. You keep the item."))
        return redirect("customer:order", ret.order.number_key)
    return render(request, "customer/return/cancel.html", {"ret": ret, "order": ret.order})


def _too_late_to_cancel(request: HttpRequest, ret: Return) -> HttpResponse:
    """Its page says how it stands; one that has ended needs no word more."""
    if ret.state not in Return.ENDED:
        messages.warning(
            request, _("Your parcel is on its way to us already, so this return cannot be cancelled here.")
        )
    return redirect("customer:return", ret.number)
