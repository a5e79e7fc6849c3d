"""Bar codes and QR codes as plain runs of dark and light, sized as their standards want them. Nothing is drawn here.

Lengths are millimetres. A bar is a whole number of dots of a label printer (203 an inch, eight a millimetre) wherever
there is room, so that no bar is printed wider than its neighbour.

Sources: ISO/IEC 15417 (Code 128), ISO/IEC 16390 (Interleaved 2 of 5), ISO/IEC 18004 (QR); the sizes of GS1-128 and
ITF-14 are those of the GS1 General Specifications for general distribution.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import overload

import barcode
import segno

DOT = 0.125
CODE128, GS1_128, ITF, ITF14 = "code128", "gs1-128", "itf", "itf-14"


@dataclass(frozen=True, slots=True)
class Bars:
    """One row of bars. `bits` has a 1 for each dark and a 0 for each light module, without the quiet zones."""

    bits: str
    module: float  # millimetres
    quiet: int  # modules to the left and to the right
    height: float  # millimetres
    words: str  # what it says, for people
    bearer: int = 0  # modules of the lines above and below, where the standard wants them

    @property
    def modules(self) -> int:
        return len(self.bits) + 2 * self.quiet

    @property
    def width(self) -> float:
        return self.modules * self.module


@dataclass(frozen=True, slots=True)
class Dots:
    """A QR code: a string of 1 and 0 for each row, without the quiet zone. Its size is that of its place."""

    rows: tuple[str, ...]
    words: str
    quiet: int = 4

    @property
    def modules(self) -> int:
        return len(self.rows) + 2 * self.quiet


@dataclass(frozen=True, slots=True)
class Symbology:
    """How a code is built, and the sizes in which scanners must be able to read it."""

    build: Callable[[str], tuple[str, str]]  # what it holds -> its modules, and what people read
    narrowest: float
    widest: float
    height: float
    quiet: int
    longest: float = 1000.0  # with its quiet zones
    narrow: int = 1  # modules of the narrowest bar
    bearer: int = 0  # narrowest bars


NARROWEST_DOT = 0.396


@overload
def qr(content: str, *, words: str) -> Dots: ...
@overload
def qr(content: str, *, words: str, room: float) -> Dots | None: ...
def qr(content: str, *, words: str, room: float | None = None) -> Dots | None:
    """Error level M, or a better one where it costs no room; L when only that fits.

    None when its dots would be too small to be told apart in `room` (millimetres, quiet zone included).
    """
    for level in ("m", "l"):
        code = segno.make_qr(content, error=level)
        dots = Dots(tuple("".join("1" if bit else "0" for bit in row) for row in code.matrix), words)
        if room is None or room / dots.modules >= NARROWEST_DOT:
            return dots
    return None


def bars(content: str, symbology: str, *, room: float) -> Bars | None:
    """The bars of `content`, as wide as `room` (millimetres, quiet zones included) and the standard allow.

    None when they cannot stand there wide enough to be read. GS1-128 is given with its application identifiers in
    brackets: "(00)340434161094015902". A check digit behind one is the carrier's and drawn as it is: some are wrong in
    carriers' own documents. Raises ValueError for what this symbology cannot say.
    """
    kind = SYMBOLOGIES[symbology]
    bits, words = kind.build(content)
    modules = len(bits) / kind.narrow + 2 * kind.quiet
    module = min(kind.widest, min(room, kind.longest) / modules)
    if module < kind.narrowest:
        return None
    dots = DOT * kind.narrow  # the wide bars of Interleaved 2 of 5 are whole dots then as well
    whole = int(module / dots + 1e-9) * dots
    module = whole if whole >= kind.narrowest else module
    return Bars(
        bits,
        module / kind.narrow,
        kind.quiet * kind.narrow,
        kind.height,
        words,
        kind.bearer * kind.narrow,
    )


# --- what each one says -----------------------------------------------------------------------------------------


def _code128(content: str) -> tuple[str, str]:
    if not content.isascii() or not content.isprintable():
        raise ValueError(f"{content!r} has letters that Code 128 does not know")
    return barcode.get("code128", content).build()[0], content


# GS1's application identifiers that we meet on parcels, and what stands behind each.
TEXT = r"[!-\"%-?A-Z_a-z]"
IDENTIFIERS = {
    "00": r"\d{18}",  # SSCC, the number of a parcel
    "01": r"\d{14}",  # GTIN
    "02": r"\d{14}",
    "10": TEXT + r"{1,20}",
    "21": TEXT + r"{1,20}",
    "37": r"\d{1,8}",
    "400": TEXT + r"{1,30}",
    "401": TEXT + r"{1,30}",  # GINC, the number of a consignment
    "402": r"\d{17}",  # GSIN, the number of a shipment
    "403": TEXT + r"{1,30}",  # routing code
    "410": r"\d{13}",
    "420": TEXT + r"{1,20}",  # postcode
    "421": r"\d{3}" + TEXT + r"{1,9}",  # country and postcode
    **{str(own): TEXT + r"{1,90}" for own in range(91, 100)},  # the carrier's own
}
# The next one follows at once on those whose length GS1 has listed as fixed; after all others stands a separator.
LISTED_AS_FIXED = ("00", "01", "02", "41")
FNC1 = "\xf1"
MOST_LETTERS = 48


def _gs1_128(content: str) -> tuple[str, str]:
    parts = re.findall(r"\((\d{2,4})\)([^()]+)", content)
    if not parts or "".join(f"({ai}){data}" for ai, data in parts) != content:
        raise ValueError(f"{content!r} names no application identifiers")
    said = ""
    for at, (ai, data) in enumerate(parts):
        if ai not in IDENTIFIERS or not re.fullmatch(IDENTIFIERS[ai], data, re.ASCII):
            raise ValueError(f"({ai}) is not followed by {data!r}")
        last = at == len(parts) - 1
        said += ai + data + ("" if last or ai.startswith(LISTED_AS_FIXED) else FNC1)
    if len(said) > MOST_LETTERS:
        raise ValueError(f"{content!r} has more than {MOST_LETTERS} letters")
    return barcode.get("gs1_128", said).build()[0], content


def _itf(content: str) -> tuple[str, str]:
    if not re.fullmatch(r"(\d\d)+", content, re.ASCII):
        raise ValueError(f"{content!r} is not an even number of digits")
    return barcode.get_class("itf")(content, narrow=2, wide=5).build()[0], content


def _itf14(content: str) -> tuple[str, str]:
    if not re.fullmatch(r"\d{14}", content, re.ASCII) or not mod10(content):
        raise ValueError(f"{content!r} is not fourteen digits with their check digit")
    return _itf(content)


def mod10(digits: str) -> bool:
    """Whether the last digit is the one GS1 works out of the others: weights 3 and 1 from the right."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return total % 10 == 0


# GS1 allows bars of up to 1.016 mm; 0.75 is read across a table already.
SYMBOLOGIES = {
    CODE128: Symbology(_code128, narrowest=0.33, widest=0.5, height=26, quiet=10),
    GS1_128: Symbology(_gs1_128, narrowest=0.495, widest=0.75, height=32, quiet=10, longest=165.1),
    ITF: Symbology(_itf, narrowest=0.33, widest=0.75, height=26, quiet=10, narrow=2),
    ITF14: Symbology(_itf14, narrowest=0.495, widest=0.75, height=32, quiet=10, narrow=2, bearer=2),
}
