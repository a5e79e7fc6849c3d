"""Papers: the label for the box and the slip inside it. Facts in, PDF bytes out.

What stands on the page is in `templates/pdf/label.html`, where it stands in `static/css/label.css`. Nothing here
looks anything up: the caller hands over the facts, and no price, email or phone belongs to them.
"""

import atexit
import base64
import io
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import barcode
import segno
from babel.dates import format_date
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from PIL import Image, ImageOps

if TYPE_CHECKING:
    from pypdf import PdfWriter

STATIC = Path(__file__).resolve().parents[1] / "static"

# Babel's plain "en" writes dates the American way; our English says the day first.
LOCALES = {"en": "en_GB"}

# Code 128, in millimetres: the narrowest bar a scanner must see, the widest we need, and the room on the label.
NARROWEST, WIDEST, ROOM = 0.33, 0.5, 180.0
QUIET_BARS, QUIET_DOTS = 10, 4
BAR_HEIGHT = 26

# More lines than this get one row a title; what is beyond the second number is counted, not shown.
ROOMY, LINES_ON_THE_SLIP = 4, 6


# What a label may be that we did not draw; the dots are those of A4 at 450 an inch.
PDF = "application/pdf"
MOST_PAGES, MOST_DOTS = 10, 20_000_000
DARK = 128


class PapersUnavailable(Exception):
    """This machine cannot draw PDFs (Pango is missing). Show `label_html` instead."""


@dataclass(frozen=True, slots=True)
class LabelLine:
    quantity: int
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class LabelFacts:
    language: str
    shop_name: str
    number: str
    parcel: int
    parcels: int
    carrier: str
    tracking_number: str
    routing: str
    receiver: tuple[str, ...]
    sender: tuple[str, ...]
    send_by: date
    lines: tuple[LabelLine, ...]
    code: str
    drawn: bytes | None = None  # the label as the carrier drew it
    drawn_type: str = ""


def label_pdf(facts: LabelFacts) -> bytes:
    """One tagged A4 page; a label that the carrier drew as a PDF comes first, as it is, and the slip on a page behind.

    The page's own text can fetch nothing: not a file, not an address. Raises PapersUnavailable.
    """
    ours = _draw(facts)
    return _one_file(facts.drawn, ours) if facts.drawn and _is_pdf(facts) else ours


def _is_pdf(facts: LabelFacts) -> bool:
    return facts.drawn_type == PDF


def check_drawn(drawn: bytes, file_type: str) -> None:
    """Whether a label that was brought can be given to a customer. Raises ValueError, which says why not."""
    try:
        if file_type == PDF:
            _one_file(drawn, drawn)
        else:
            _picture(drawn)
    except _Flawed:
        raise
    except Exception as error:  # what is broken or wicked breaks its reader in every way there is
        raise ValueError("It cannot be read.") from error


class _Flawed(ValueError):
    """The message says what is wrong with a label."""


def _one_file(first: bytes, second: bytes) -> bytes:
    from pypdf import PdfReader, PdfWriter

    whole = PdfWriter()
    for part in (first, second):
        reader = PdfReader(io.BytesIO(part))
        if not 1 <= len(reader.pages) <= MOST_PAGES:
            raise _Flawed(f"It has {len(reader.pages)} pages.")
        whole.append(reader, import_outline=False)
    _only_paper(whole)
    written = io.BytesIO()
    whole.write(written)
    return written.getvalue()


def _only_paper(whole: "PdfWriter") -> None:
    """Nothing in it acts: no script, no link, nothing to start. Fields stay, some labels are written in them."""
    from pypdf.generic import ArrayObject, NameObject

    for name in ("/OpenAction", "/AA", "/Names", "/AcroForm"):
        whole.root_object.pop(name, None)
    for page in whole.pages:
        page.pop("/AA", None)
        notes = [note for note in page.get("/Annots") or [] if note.get_object().get("/Subtype") == "/Widget"]
        for note in notes:
            for name in ("/A", "/AA", "/Parent"):
                note.get_object().pop(name, None)
        if "/Annots" in page:
            page[NameObject("/Annots")] = ArrayObject(notes)


def _picture(drawn: bytes) -> Image.Image:
    with Image.open(io.BytesIO(drawn), formats=["PNG", "GIF"]) as image:
        if image.width * image.height > MOST_DOTS:
            raise _Flawed(f"It has {image.width} x {image.height} dots.")
        colours = image.convert("RGBA")
    shown = Image.new("RGBA", colours.size, "white")
    shown.alpha_composite(colours)  # what is transparent is paper
    grey = shown.convert("L")
    if not any(grey.histogram()[:DARK]):
        raise _Flawed("It is blank.")
    return grey


def _lying(picture: bytes) -> str:
    """A carrier's picture of a label as a data address, without the white around it, lying: so six inches by four have
    room above the line at their own size, and no bar gets thinner than the carrier drew it."""
    shown = _picture(picture)
    left, top, right, bottom = ImageOps.invert(shown).getbbox() or (0, 0, *shown.size)
    shown = shown.crop((left, top, right, bottom))
    if shown.height > shown.width:
        shown = shown.rotate(90, expand=True)
    drawn = io.BytesIO()
    shown.save(drawn, "PNG")
    return f"data:image/png;base64,{base64.b64encode(drawn.getvalue()).decode()}"


def _draw(facts: LabelFacts) -> bytes:
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except OSError as missing:
        raise PapersUnavailable("Pango is not installed") from missing
    html = HTML(
        string=_page(facts, stylesheet=""),
        url_fetcher=URLFetcher(allowed_protocols=("data",), allow_redirects=False),
    )
    with _one_at_a_time:
        look, fonts = _look()
        return html.write_pdf(stylesheets=[look], font_config=fonts, pdf_variant="pdf/ua-1")


def label_html(facts: LabelFacts) -> str:
    """The same page for a browser to print."""
    return _page(facts, stylesheet=static("css/label.css"))


def code_svg(code: str) -> str:
    """A QR code as SVG with its quiet zone, to be put into a page. It has a size by its place only."""
    return _qr(code, words=code)


def _page(facts: LabelFacts, *, stylesheet: str) -> str:
    shown = facts.lines[:LINES_ON_THE_SLIP]
    with translation.override(facts.language):
        return render_to_string(
            "pdf/label.html",
            {
                "facts": facts,
                "slip_only": bool(facts.drawn and _is_pdf(facts)),
                "picture": _lying(facts.drawn) if facts.drawn and not _is_pdf(facts) else "",
                "lines": shown,
                "many": len(shown) > ROOMY,
                "more": sum(line.quantity for line in facts.lines[LINES_ON_THE_SLIP:]),
                "send_by": format_date(facts.send_by, "full", locale=LOCALES.get(facts.language, facts.language)),
                "bars": facts.tracking_number and not facts.drawn and _bars(facts.tracking_number),
                "label_code": _qr(facts.code or facts.number, words=facts.number),
                "slip_code": _qr(facts.number, words=facts.number),
                "stylesheet": stylesheet,
            },
        )


# What weasyprint reads once a process: fonts and style sheet. Pango's font map is not made for many threads.
_one_at_a_time = Lock()


@cache
def _look():
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    def as_data(found: re.Match[str]) -> str:
        font = (STATIC / "css" / found[1]).read_bytes()
        return f'url("data:font/woff2;base64,{base64.b64encode(font).decode()}")'

    fonts = FontConfiguration()
    sheet = re.sub(r'url\("([^"]+)"\)', as_data, (STATIC / "css" / "label.css").read_text())
    fetch = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    atexit.register(_look.cache_clear)  # its fonts want to be let go while the interpreter still stands
    return CSS(string=sheet, font_config=fonts, url_fetcher=fetch), fonts


def _qr(content: str, *, words: str) -> SafeString:
    rows = ["".join("1" if bit else "0" for bit in row) for row in segno.make_qr(content, error="m").matrix]
    size = len(rows) + 2 * QUIET_DOTS
    dots = "".join(_runs(bits, QUIET_DOTS, QUIET_DOTS + row, 1) for row, bits in enumerate(rows))
    return _drawing(size, size, dots, words)


def _bars(number: str) -> SafeString:
    """Code 128 with its quiet zones, each bar as wide as the label allows."""
    modules = barcode.get("code128", number).build()[0]
    width = len(modules) + 2 * QUIET_BARS
    bar = min(WIDEST, ROOM / width)
    if bar < NARROWEST:
        raise ValueError(f"{number} is too long for a label that scanners can read")
    return _drawing(width, BAR_HEIGHT, _runs(modules, QUIET_BARS, 0, BAR_HEIGHT), number, across=f"{width * bar:.2f}mm")


def _runs(bits: str, left: int, top: int, height: int) -> str:
    """One box for each run of dark modules, so that no seam shows between neighbours."""
    return "".join(
        f"M{left + run.start()} {top}h{len(run[0])}v{height}h-{len(run[0])}z" for run in re.finditer("1+", bits)
    )


def _drawing(width: int, height: int, path: str, words: str, *, across: str = "") -> SafeString:
    size = format_html('width="{}" preserveAspectRatio="none" ', across) if across else ""
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" {}viewBox="0 0 {} {}" role="img" shape-rendering="crispEdges">'
        '<title>{}</title><path fill="#000" d="{}"/></svg>',
        size,
        width,
        height,
        words,
        path,
    )
