"""The label for the box, the slip inside it, and the page with the code that needs no label.

Nothing here looks anything up: the caller hands over the facts. On A4 the label and the slip share one page; on small
paper each has its own.
"""

import re
from datetime import date
from textwrap import wrap

from babel.dates import format_date

from . import codes
from .codes import Bars, Dots
from .drawn import PDF, Picture, code_of, in_front, picture_of
from .facts import LabelFacts
from .press import Sheet, as_html, as_pdf, drawing

A4, A6, FOUR_BY_SIX = "a4", "a6", "4x6"
PAPERS = (A4, A6, FOUR_BY_SIX)

# Babel's plain "en" writes dates the American way; our English says the day first.
LOCALES = {"en": "en_GB"}

# Millimetres of a label that bars may take, and that a carrier's picture may fill.
ROOM = {A4: 180.0, A6: 92.0, FOUR_BY_SIX: 92.0}
PICTURE_ROOM = {A4: (190.0, 130.0), A6: (101.0, 144.0), FOUR_BY_SIX: (101.6, 152.4)}
EDGE = 3.0  # around a picture that has a page of its own

# How many letters a row and how many rows each place holds, in its three sizes of type: as it is, tight, tiny.
TYPE = ("", "tight", "tiny")
HOLDS = {
    A4: {
        "carrier": ((18, 1), (26, 2), (40, 2)),
        "routing": ((19, 1), (25, 1), (40, 3)),
        "receiver": ((25, 6), (33, 8), (42, 11)),
        "sender": ((21, 10), (26, 12), (30, 15)),
    },
    A6: {
        "carrier": ((19, 1), (28, 1), (40, 2)),
        "routing": ((22, 1), (32, 1), (48, 2)),
        "receiver": ((28, 5), (37, 7), (54, 10)),
        "sender": ((28, 6), (33, 7), (39, 8)),
    },
}
HOLDS[FOUR_BY_SIX] = HOLDS[A6]
LABEL_CODE = {A4: 39.0, A6: 27.0, FOUR_BY_SIX: 27.0}  # the side of its QR code

# Up to the first number items have room for long titles; beyond the second they are counted, not shown.
ROOMY = {A4: 4, A6: 2, FOUR_BY_SIX: 2}
MOST_LINES = {A4: 12, A6: 6, FOUR_BY_SIX: 6}


def label_pdf(facts: LabelFacts, *, paper: str = A4) -> bytes:
    """The label and the slip: one tagged page of A4, or two small ones.

    A label that the carrier drew as a PDF comes first, as it is; a picture of one keeps its size, on a page of its own
    where it is larger than the paper. Where the bars would get too thin for small paper, the paper is A4; bars too thin
    for that as well are left out, like those of a number that its symbology cannot say, and the number stands there in
    letters. Raises PapersUnavailable.
    """
    paper = _fitting(facts, paper)
    if facts.drawn and facts.drawn_type == PDF:
        return in_front(facts.drawn, slip_pdf(facts, paper=paper), words=_name_of(facts))
    return as_pdf(_label(facts, paper))


def slip_pdf(facts: LabelFacts, *, paper: str = A4) -> bytes:
    """The slip alone. Raises PapersUnavailable."""
    return as_pdf(_slip(facts, paper))


def code_pdf(facts: LabelFacts, *, paper: str = A4) -> bytes:
    """The code to show at the counter, for a box that needs no label. Raises PapersUnavailable, and ValueError when the
    carrier has given none."""
    return as_pdf(_code(facts, paper))


def label_html(facts: LabelFacts, *, paper: str = A4) -> str:
    """The same page for a browser to print; without the label that a carrier drew as a PDF."""
    paper = _fitting(facts, paper)
    drawn_elsewhere = facts.drawn and facts.drawn_type == PDF
    return as_html(_slip(facts, paper) if drawn_elsewhere else _label(facts, paper))


def slip_html(facts: LabelFacts, *, paper: str = A4) -> str:
    return as_html(_slip(facts, paper))


def code_html(facts: LabelFacts, *, paper: str = A4) -> str:
    return as_html(_code(facts, paper))


def code_svg(code: str) -> str:
    """A QR code as SVG with its quiet zone, to be put into a page. It has a size by its place only."""
    return drawing(codes.qr(code, words=code))


# --- what stands where ------------------------------------------------------------------------------------------


def _label(facts: LabelFacts, paper: str) -> Sheet:
    picture = _picture(facts, paper)
    too_large = picture and not _fits(picture, PICTURE_ROOM[paper])
    slip = _slip(facts, paper)
    receiver, sender = outside(facts.receiver), outside(facts.sender)
    written = {"carrier": (facts.carrier,), "routing": (facts.routing,), "receiver": receiver, "sender": sender}
    return Sheet(
        form="label",
        paper=paper,
        language=facts.language,
        words={
            **slip.words,
            "carrier": facts.carrier,
            "routing": facts.routing,
            "receiver": receiver,
            "sender": sender,
            "size": {place: size_of(lines, HOLDS[paper][place]) for place, lines in written.items()},
            "tracking_number": facts.tracking_number,
            "on_the_same_page": paper == A4 and not too_large,
        },
        codes={
            **slip.codes,
            "label_code": _label_code(facts, paper),
            "bars": None if picture else _bars(facts, paper),
        },
        pictures={"label": picture},
        own_size=(picture.width + 2 * EDGE, picture.height + 2 * EDGE) if picture and too_large else None,
    )


def _slip(facts: LabelFacts, paper: str) -> Sheet:
    shown = facts.lines if len(facts.lines) <= MOST_LINES[paper] else facts.lines[: MOST_LINES[paper] - 1]
    return Sheet(
        form="slip",
        paper=paper,
        language=facts.language,
        words={
            "shop": facts.shop_name,
            "number": facts.number,
            "parcel": facts.parcel,
            "parcels": facts.parcels,
            "lines": shown,
            "dense": len(shown) > ROOMY[paper],
            "more": sum(line.quantity for line in facts.lines[len(shown) :]),
            "carrier": facts.carrier,
            "send_by": long_day(facts.send_by, facts.language),
        },
        codes={"slip_code": codes.qr(facts.number, words=facts.number)},
    )


def _code(facts: LabelFacts, paper: str) -> Sheet:
    if not (facts.code or facts.code_drawn):
        raise ValueError(f"{facts.number} has no code that needs no label")
    drawn = facts.code_drawn and code_of(facts.code_drawn, words=facts.tracking_number or facts.number)
    return Sheet(
        form="code",
        paper=paper,
        language=facts.language,
        words={
            "shop": facts.shop_name,
            "number": facts.number,
            "parcel": facts.parcel,
            "parcels": facts.parcels,
            "carrier": facts.carrier,
            "tracking_number": facts.tracking_number,
            "send_by": long_day(facts.send_by, facts.language),
        },
        codes={} if drawn else {"code": codes.qr(facts.code, words=facts.tracking_number or facts.number)},
        pictures={"code": drawn or None},
    )


def long_day(day: date, language: str) -> str:
    """Wednesday, 16 December 2026."""
    return format_date(day, "full", locale=LOCALES.get(language, language))


def size_of(lines: tuple[str, ...], holds: tuple[tuple[int, int], ...]) -> str:
    """The largest type in which all of these lines stand in their place."""
    for size, (letters, rows) in zip(TYPE, holds, strict=True):
        if sum(len(wrap(line, letters)) for line in lines) <= rows:
            return size
    return TYPE[-1]


def _label_code(facts: LabelFacts, paper: str) -> Dots:
    """The carrier's code where its dots can be told apart in that room, else our number."""
    words, room = facts.number, LABEL_CODE[paper]
    drawn = codes.qr(facts.code, words=words, room=room) if facts.code else None
    return drawn or codes.qr(facts.number, words=words)


def _bars(facts: LabelFacts, paper: str) -> Bars | None:
    said = facts.bars or facts.tracking_number
    try:
        return codes.bars(said, facts.symbology, room=ROOM[paper]) if said else None
    except ValueError:
        return None


def _fitting(facts: LabelFacts, paper: str) -> str:
    """The paper asked for, or A4 where its bars would be too thin for a scanner."""
    ours = not facts.drawn and (facts.bars or facts.tracking_number)
    return A4 if ours and _bars(facts, paper) is None else paper


def _picture(facts: LabelFacts, paper: str) -> Picture | None:
    if not facts.drawn:
        return None
    return picture_of(facts.drawn, words=_name_of(facts), room=PICTURE_ROOM[paper])


def _fits(picture: Picture, room: tuple[float, float]) -> bool:
    return picture.width <= room[0] and picture.height <= room[1]


def _name_of(facts: LabelFacts) -> str:
    return f"{facts.carrier} {facts.tracking_number}"


# People write into an address what the courier should know; what reaches them by wire or phone is nobody's who merely
# sees the box. Without a word before it a phone is told from house numbers, postcodes and numbers of lockers by its
# shape: + or 0 and eight digits more, the American groups, or a Greek mobile.
MAIL = r"[^\s@<>(]+@[^\s@<>)]+\.[^\s@<>),;]+"
PRICE = r"(?:[€$£₫¥]|\b(?:EUR|USD|GBP|VND)\b)\s?\d[\d.,]*|\b\d[\d.,]*\s?(?:[€$£₫¥]|(?:EUR|USD|GBP|VND)\b)"
GAP = r"[ ()./–-]{0,3}"
CALLED = rf"\b(?:tel|telefon|phone|mobile?|mobil|handy|τηλ|κιν|đt|sđt)\b[.: ]*\+?(?:{GAP}\d){{6,}}"
SHAPED = rf"(?<![\w+])(?:(?:\+|0)(?:{GAP}\d){{8,}}|\(?\d{{3}}\)?[ .-]\d{{3}}[ .-]\d{{4}}|69\d{{8}})(?!\w)"
CONTACT = re.compile(rf"(?:\be-?mail\b[.: ]*)?{MAIL}|{PRICE}|{CALLED}|(?!\d{{5}}-\d{{4}}(?!\w)){SHAPED}", re.IGNORECASE)


def outside(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Lines of an address without an email, a phone or a price that somebody has typed into them."""
    cleaned = (_without_contacts(line) for line in lines)
    return tuple(line for line in cleaned if line)


def _without_contacts(line: str) -> str:
    left = CONTACT.sub(" ", line)
    return line if left == line else " ".join(left.split()).strip(" ,;·()–-")
