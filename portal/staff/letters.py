"""Every letter as customers get it, with sample facts: subject, text, and HTML, narrow and wide, light and dark."""

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from notices.outbox import rendered, subject_of, wrapped
from notices.samples import kinds, sample_of
from portal.faces import OWN_NAMES
from portal.staff.access import staff_page, their_shop
from portal.staff.queue import rail

# Letters are styled inside, as mailboxes want it: only in a frame that may run, load and send nothing.
MAIL = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "script-src": [NONE],
    "img-src": [NONE],
    "font-src": [NONE],
    "connect-src": [NONE],
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": [True],
}
WIDTHS = (360, 600)
SCHEMES = ("light", "dark")
SECRETS = {"link": f"{settings.SITE_URL}/l/…/", "code": "1234 5678"}


@staff_page
@require_safe
def letters(request: HttpRequest) -> HttpResponse:
    """The first of them, in the language that was asked for."""
    query = QueryDict(mutable=True)
    query["in"] = language_of(request)
    return redirect(f"{reverse('staff:letters-one', args=[kinds()[0]])}?{query.urlencode()}")


@staff_page
@require_safe
def letter(request: HttpRequest, kind: str) -> HttpResponse:
    language = language_of(request)
    subject, text, _html = _sample(request, kind, language)
    context = {
        "kind": kind,
        "language": language,
        "names": OWN_NAMES,
        "kinds": subjects(request, language),
        "subject": subject,
        "text": wrapped(text),
        "widths": WIDTHS,
        "schemes": SCHEMES,
        "rail": rail(request),
    }
    response = render(request, "staff/letters_one.html", context)
    csp_update({"frame-src": [SELF]})(lambda _: response)(request)
    return response


@staff_page
@require_safe
def mail(request: HttpRequest, kind: str) -> HttpResponse:
    """The HTML alone, for the frame. `scheme` stands for what the mailbox would say that it prefers."""
    _subject, _text, html = _sample(request, kind, language_of(request))
    scheme = "dark" if request.GET.get("scheme") == "dark" else "light"
    html = html.replace("@media (prefers-color-scheme: dark)", f"@media {'all' if scheme == 'dark' else 'not all'}")
    html = html.replace('content="light dark"', f'content="{scheme}"')
    response = HttpResponse(html)
    response["X-Frame-Options"] = "SAMEORIGIN"
    csp_replace(MAIL)(lambda _: response)(request)
    return response


def language_of(request: HttpRequest) -> str:
    asked = request.GET.get("in", "")
    return asked if asked in OWN_NAMES else translation.get_language() or settings.LANGUAGE_CODE


def subjects(request: HttpRequest, language: str) -> list[tuple[str, str]]:
    """Each letter's kind, and its subject."""
    shop = their_shop(request)
    with translation.override(language):
        return [(kind, subject_of(kind, sample_of(kind, shop, language))) for kind in kinds()]


def _sample(request: HttpRequest, kind: str, language: str) -> tuple[str, str, str]:
    if kind not in kinds():
        raise Http404
    shop = their_shop(request)
    with translation.override(language):
        facts = sample_of(kind, shop, language)
    subject, text, html = rendered(kind, facts, shop=shop, language=language)
    for name, word in SECRETS.items():
        text, html = text.replace(f"[[{name}]]", word), html.replace(f"[[{name}]]", word)
    return subject, text, html
