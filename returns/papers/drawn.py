"""Labels as carriers drew them: looked through before anybody gets them, and never made smaller."""

import io
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageOps

if TYPE_CHECKING:
    from pypdf import PageObject, PdfWriter

PDF = "application/pdf"
# The dots are those of A4 at 450 an inch.
MOST_PAGES, MOST_DOTS = 10, 20_000_000
DARK = 128

INCH = 25.4
# What label printers print, in dots an inch; a picture that does not say is one of them, six inches long or nearly so.
PRINTED_AT, LABEL_LENGTH = (203.2, 300.0, 600.0), 6 * INCH
COARSEST = 150  # fewer dots an inch are a screen's word, not a printer's


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with the size it is printed in, in millimetres."""

    file: bytes
    kind: str
    width: float
    height: float
    words: str


class _Flawed(ValueError):
    """The message says what is wrong with a label."""


def check_drawn(drawn: bytes, file_type: str) -> None:
    """Whether a label that was brought can be given to a customer. Raises ValueError, which says why not."""
    try:
        if file_type == PDF:
            in_front(drawn, drawn)
        else:
            _grey(drawn)
    except _Flawed:
        raise
    except Exception as error:  # what is broken or wicked breaks its reader in every way there is
        raise ValueError("It cannot be read.") from error


def in_front(first: bytes, second: bytes, *, words: str = "") -> bytes:
    """Both files in one, each page in its own size. Language, title and tags are those of the second; each page of the
    first is one picture, whose words are read out. Raises _Flawed for too many pages."""
    from pypdf import PdfReader, PdfWriter

    carriers, whole = PdfReader(io.BytesIO(first)), PdfWriter(clone_from=PdfReader(io.BytesIO(second)))
    count = len(carriers.pages)
    if not 1 <= count <= MOST_PAGES:
        raise _Flawed(f"It has {count} pages.")
    whole.merge(0, carriers, import_outline=False)
    _only_paper(whole)
    if "/StructTreeRoot" in whole.root_object:
        for at in reversed(range(count)):
            _as_picture(whole, whole.pages[at], words)
    written = io.BytesIO()
    whole.write(written)
    return written.getvalue()


def _as_picture(whole: "PdfWriter", page: "PageObject", words: str) -> None:
    """Tag all that a page shows as one figure. It becomes a form of its own, so that tags inside it stay inside."""
    from pypdf.generic import (
        ArrayObject,
        DecodedStreamObject,
        DictionaryObject,
        NameObject,
        NumberObject,
        TextStringObject,
    )

    tree: Any = whole.root_object["/StructTreeRoot"].get_object()
    document, numbers = tree["/K"][0], tree["/ParentTree"].get_object()["/Nums"]
    key = NumberObject(max((int(number) for number in numbers[::2]), default=-1) + 1)
    form, shown, contents = DecodedStreamObject(), DecodedStreamObject(), page.get_contents()
    form.set_data(contents.get_data() if contents else b"")
    form.update({
        NameObject("/Type"): NameObject("/XObject"),
        NameObject("/Subtype"): NameObject("/Form"),
        NameObject("/BBox"): page.mediabox,
        NameObject("/Resources"): page.get("/Resources", DictionaryObject()),
    })  # fmt: skip
    shown.set_data(b"/Figure <</MCID 0>> BDC q /Label Do Q EMC")
    forms = DictionaryObject({NameObject("/Label"): whole._add_object(form.flate_encode())})
    page[NameObject("/Contents")] = whole._add_object(shown)
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): forms})
    page[NameObject("/StructParents")] = key
    figure = DictionaryObject({
        NameObject("/Type"): NameObject("/StructElem"),
        NameObject("/S"): NameObject("/Figure"),
        NameObject("/P"): document,
        NameObject("/Pg"): page.indirect_reference,
        NameObject("/K"): NumberObject(0),
        NameObject("/Alt"): TextStringObject(words),
        NameObject("/A"): DictionaryObject({
            NameObject("/O"): NameObject("/Layout"),
            NameObject("/BBox"): page.mediabox,
        }),
    })  # fmt: skip
    reference = whole._add_object(figure)
    document.get_object()["/K"].insert(0, reference)
    numbers.extend([key, ArrayObject([reference])])


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


def _grey(drawn: bytes) -> Image.Image:
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


def picture_of(drawn: bytes, *, words: str, room: tuple[float, float]) -> Picture:
    """A carrier's picture of a label at the size the carrier meant, without the white around it.

    It is laid as the room (width and height in millimetres) lies. It may be larger than that: it is never shrunk,
    because no bar may get thinner than the carrier drew it.
    """
    dots = _dots_an_inch(drawn)
    shown = _without_margins(_grey(drawn))
    lies, should_lie = shown.width > shown.height, room[0] > room[1]
    if lies != should_lie and shown.width != shown.height:
        shown = shown.rotate(90, expand=True)
    written = io.BytesIO()
    shown.save(written, "PNG")
    return Picture(written.getvalue(), "image/png", shown.width / dots * INCH, shown.height / dots * INCH, words)


def code_of(drawn: bytes, *, words: str) -> Picture:
    """A carrier's picture of the code that needs no printer. Its size is that of its place."""
    written = io.BytesIO()
    _grey(drawn).save(written, "PNG")
    return Picture(written.getvalue(), "image/png", 0, 0, words)


def _dots_an_inch(drawn: bytes) -> float:
    with Image.open(io.BytesIO(drawn), formats=["PNG", "GIF"]) as image:
        said, longer = image.info.get("dpi", (0, 0))[0], max(image.size)
    if said >= COARSEST:
        return float(said)
    return min(PRINTED_AT, key=lambda dots: abs(log(longer / dots * INCH / LABEL_LENGTH)))


def _without_margins(shown: Image.Image) -> Image.Image:
    left, top, right, bottom = ImageOps.invert(shown).getbbox() or (0, 0, *shown.size)
    return shown.crop((left, top, right, bottom))
