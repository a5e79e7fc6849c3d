"""Papers as people ask for them: which box, which paper; a PDF, or a page to print where this machine draws none."""

from collections.abc import Callable
from datetime import date

from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation

from notices.models import Letter
from orders.models import Order
from portal import words
from returns import papers
from returns.dispute import dispute_facts
from returns.models import CreditNote, Return, ReturnParcel, Withdrawal
from returns.papers import CreditNoteFacts, CreditRow, DisputeFacts, Written
from returns.parcels import label_facts
from returns.withdrawals import acknowledgement_facts

# A label as the carrier drew it stands in the page itself.
PICTURES_INSIDE = {"img-src": ["data:"]}


def label_answer(request: HttpRequest, box: ReturnParcel) -> HttpResponseBase:
    """The label and the slip of one box, on `?paper=`: a4, a6 or 4x6. Anything else is A4."""
    facts, paper = label_facts(box), _wanted(request)
    return _answer(
        request,
        f"{box.ret.number}-{box.position}",
        lambda: papers.label_pdf(facts, paper=paper),
        lambda: papers.label_html(facts, paper=paper),
    )


def code_answer(request: HttpRequest, box: ReturnParcel) -> HttpResponseBase:
    """The code of one box that needs no label, likewise; not found where the carrier gave none."""
    if not (box.code or box.code_image):
        raise Http404
    facts, paper = label_facts(box), _wanted(request)
    return _answer(
        request,
        f"{box.ret.number}-{box.position}-code",
        lambda: papers.code_pdf(facts, paper=paper),
        lambda: papers.code_html(facts, paper=paper),
    )


def dispute_answer(request: HttpRequest, ret: Return) -> HttpResponseBase:
    facts = dispute_of(ret)
    return _answer(request, f"{ret.number}-file", lambda: papers.dispute_pdf(facts), lambda: papers.dispute_html(facts))


def dispute_of(ret: Return) -> DisputeFacts:
    return dispute_facts(ret, letters=_letters_of(ret.order), say=_in_words)


def acknowledgement_answer(request: HttpRequest, withdrawal: Withdrawal) -> HttpResponseBase:
    facts = acknowledgement_facts(withdrawal)
    return _answer(
        request,
        withdrawal.number,
        lambda: papers.acknowledgement_pdf(facts),
        lambda: papers.acknowledgement_html(facts),
    )


def credit_note_answer(request: HttpRequest, note: CreditNote) -> HttpResponseBase:
    facts = credit_note_facts(note)
    return _answer(
        request,
        f"{note.ret.number}-credit-note-{note.number}",
        lambda: papers.credit_note_pdf(facts),
        lambda: papers.credit_note_html(facts),
    )


def credit_note_facts(note: CreditNote) -> CreditNoteFacts:
    """What was frozen when it was written, in the words of its language."""
    facts = note.facts
    with translation.override(facts["language"]):
        return CreditNoteFacts(
            language=facts["language"],
            shop_name=facts["seller"]["name"],
            shop_address=tuple(facts["seller"]["lines"]),
            number=note.number,
            return_number=facts["return"],
            order_number=facts["order"]["number"],
            ordered_on=date.fromisoformat(facts["order"]["placed_on"]),
            written_on=date.fromisoformat(facts["date"]),
            buyer=tuple(facts["buyer"]),
            currency=facts["currency"],
            rows=tuple(
                CreditRow(words.row_name(row), words.row_why(row), row["quantity"], row["amount"], row["tax"])
                for row in facts["rows"]
            ),
            total=facts["total"],
            tax=facts["tax"],
            payments=tuple(
                (_in_words("WENT_BY", row["rail"]), row["reference"], row["amount"]) for row in facts["payments"]
            ),
            cancels=facts["cancels"],
        )


def _wanted(request: HttpRequest) -> str:
    paper = request.GET.get("paper", "")
    return paper if paper in papers.PAPERS else papers.PAPERS[0]


def _answer(request: HttpRequest, name: str, pdf: Callable[[], bytes], html: Callable[[], str]) -> HttpResponseBase:
    try:
        response = HttpResponse(pdf(), content_type="application/pdf")
    except papers.PapersUnavailable:
        return csp_update(PICTURES_INSIDE)(lambda _request: HttpResponse(html()))(request)
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response


def _letters_of(order: Order) -> tuple[Written, ...]:
    letters = Letter.objects.filter(customer=order.customer, order_number=order.number).order_by("created_at", "pk")
    return tuple(
        Written(row.created_at, row.subject, row.to, str(words.LETTER[row.state]), row.sent_at) for row in letters
    )


def _in_words(table: str, code: str) -> str:
    return str(getattr(words, table).get(code, code))
