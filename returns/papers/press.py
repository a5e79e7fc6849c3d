"""From a sheet to paper: what stands on it is put into its form, a template, and that is drawn as PDF or shown as HTML.

The page's own text can fetch nothing, not a file and not an address.
"""

import atexit
import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar

from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from .codes import Bars, Dots
from .drawn import Picture

STATIC = Path(__file__).resolve().parents[2] / "static"
LOOKS = {
    "label": ("css/paper.css", "css/label.css"),
    "slip": ("css/paper.css", "css/label.css"),
    "code": ("css/paper.css", "css/label.css"),
}
RECORD = ("css/paper.css", "css/record.css")


class PapersUnavailable(Exception):
    """This machine cannot draw PDFs (Pango is missing). Show the page as HTML instead."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on a paper, and nothing of where: the form's own sentences are in `templates/pdf/<form>.html`.

    `words` are texts (or rows of texts) by the name of their place, `codes` and `pictures` likewise. `own_size` is the
    width and height in millimetres of a page that takes its size from the picture on it.
    """

    form: str
    paper: str
    language: str
    words: Mapping[str, Any]
    codes: Mapping[str, Bars | Dots | None] = field(default_factory=dict)
    pictures: Mapping[str, Picture | None] = field(default_factory=dict)
    own_size: tuple[float, float] | None = None
    attached: tuple["Attached", ...] = ()
    # Where the foot of a page counts, whatever order the words of a language have.
    page: ClassVar[SafeString] = mark_safe('<span class="page-now"></span>')
    pages: ClassVar[SafeString] = mark_safe('<span class="page-last"></span>')


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that travels inside the PDF."""

    name: str
    content: bytes
    words: str


def as_html(sheet: Sheet) -> str:
    """The page for a browser to print."""
    return _page(sheet, stylesheets=[static(name) for name in LOOKS.get(sheet.form, RECORD)])


def as_pdf(sheet: Sheet) -> bytes:
    """Tagged (PDF/UA-1), in the sheet's language. Raises PapersUnavailable."""
    try:
        from weasyprint import CSS, HTML, Attachment
    except OSError as missing:
        raise PapersUnavailable("Pango is not installed") from missing
    html = HTML(string=_page(sheet, stylesheets=[]), url_fetcher=only_data())
    files = [
        Attachment(string=each.content, name=each.name, description=each.words, relationship="Data")
        for each in sheet.attached
    ]
    with _one_at_a_time:
        look, fonts = _look(LOOKS.get(sheet.form, RECORD))
        sheets = [look]
        if sheet.own_size:
            width, height = sheet.own_size
            sheets.append(CSS(string=f"@page own {{ size: {width:.2f}mm {height:.2f}mm }}"))
        return html.write_pdf(
            stylesheets=sheets, font_config=fonts, pdf_variant="pdf/ua-1", attachments=files or None, cache={}
        )


def only_data():
    """A fetcher that reads what an address itself holds (data:), and nothing else."""
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols=("data",), allow_redirects=False)


def _page(sheet: Sheet, *, stylesheets: list[str]) -> str:
    drawings = {name: drawing(code) for name, code in sheet.codes.items() if code}
    drawings |= {name: shown(picture) for name, picture in sheet.pictures.items() if picture}
    with translation.override(sheet.language):
        return render_to_string(
            f"pdf/{sheet.form}.html", {"sheet": sheet, "drawn": drawings, "stylesheets": stylesheets, **sheet.words}
        )


# What weasyprint reads once a process: fonts and style sheets. Pango's font map is not made for many threads.
_one_at_a_time = Lock()


@cache
def _look(names: tuple[str, ...]):
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    def as_data(found: re.Match[str]) -> str:
        font = (STATIC / "css" / found[1]).read_bytes()
        return f'url("data:font/woff2;base64,{base64.b64encode(font).decode()}")'

    fonts = FontConfiguration()
    text = "\n".join((STATIC / name).read_text() for name in names)
    atexit.register(_look.cache_clear)  # its fonts want to be let go while the interpreter still stands
    return CSS(string=re.sub(r'url\("([^"]+)"\)', as_data, text), font_config=fonts, url_fetcher=only_data()), fonts


# --- drawings ---------------------------------------------------------------------------------------------------


def drawing(code: Bars | Dots) -> SafeString:
    """A code as SVG with its quiet zone. Bars have the size of their standard, a QR code that of its place."""
    return _bars(code) if isinstance(code, Bars) else _dots(code)


def shown(picture: Picture) -> SafeString:
    """A picture as SVG, because that keeps its printed size in browsers and on paper alike."""
    width, height = f"{picture.width:.2f}", f"{picture.height:.2f}"
    size = format_html('width="{}mm" height="{}mm"', width, height) if picture.width else ""
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" {} viewBox="0 0 {} {}" role="img"><title>{}</title>'
        '<image width="100%" height="100%" image-rendering="pixelated" href="data:{};base64,{}"/></svg>',
        size,
        width if picture.width else 100,
        height if picture.height else 100,
        picture.words,
        picture.kind,
        base64.b64encode(picture.file).decode(),
    )


def _bars(code: Bars) -> SafeString:
    height = code.height / code.module
    path = _runs(code.bits, code.quiet, 0, height)
    if code.bearer:
        line = f"h{code.modules}v{code.bearer}h-{code.modules}z"
        path += f"M0 0{line}M0 {height - code.bearer:g}{line}"
    size = format_html('width="{}mm" height="{}mm" ', f"{code.width:.3f}", f"{code.height:g}")
    return _svg(code.modules, height, path, code.words, size)


def _dots(code: Dots) -> SafeString:
    path = "".join(_runs(bits, code.quiet, code.quiet + row, 1) for row, bits in enumerate(code.rows))
    return _svg(code.modules, code.modules, path, code.words, "")


def _runs(bits: str, left: int, top: int, height: float) -> str:
    """One box for each run of dark modules, so that no seam shows between neighbours."""
    return "".join(
        f"M{left + run.start()} {top}h{len(run[0])}v{height:g}h-{len(run[0])}z" for run in re.finditer("1+", bits)
    )


def _svg(width: int, height: float, path: str, words: str, size: SafeString | str) -> SafeString:
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" {}viewBox="0 0 {} {}" role="img" shape-rendering="crispEdges">'
        '<title>{}</title><path fill="#000" d="{}"/></svg>',
        size,
        width,
        f"{height:g}",
        words,
        path,
    )
