"""The acknowledgement of a withdrawal as PDF. Facts in, bytes out, nothing looked up."""

from dataclasses import dataclass
from datetime import datetime

from django.template.loader import render_to_string
from django.utils import translation

from returns.papers import PapersUnavailable, _look, _one_at_a_time


@dataclass(frozen=True, slots=True)
class AcknowledgementFacts:
    """`received_at` is in the zone it is shown in; `items` empty is the whole order; `next_steps` are sentences."""

    language: str
    shop_name: str
    shop_address: tuple[str, ...]
    number: str
    name: str
    contract: str
    items: tuple[str, ...]
    email: str
    received_at: datetime
    statement: str
    next_steps: tuple[str, ...] = ()


def acknowledgement_pdf(facts: AcknowledgementFacts) -> bytes:
    """A4, tagged; its text can fetch nothing. Raises PapersUnavailable."""
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except OSError as missing:
        raise PapersUnavailable("Pango is not installed") from missing
    with translation.override(facts.language):
        page = render_to_string("withdrawal/acknowledgement.html", {"facts": facts})
    html = HTML(string=page, url_fetcher=URLFetcher(allowed_protocols=("data",), allow_redirects=False))
    with _one_at_a_time:
        look, fonts = _look()
        return html.write_pdf(stylesheets=[look], font_config=fonts, pdf_variant="pdf/ua-1")
