"""A shop's own style sheet: what it overrides of homeward.css, at an address made of its text."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from customers import colours
from customers.brand import CORNERS
from customers.colours import Brand, Shade, brand_of
from customers.models import Shop

PLACES = ("paper", "raised", "sunken", "notice", "button", "hover", "chosen", "note")


@dataclass(frozen=True, slots=True)
class Sheet:
    text: str
    digest: str


def sheet_of(shop: Shop) -> Sheet | None:
    """None when the shop has set nothing: then no browser asks for anything."""
    return _sheet(shop.accent, shop.corners)


@lru_cache(maxsize=512)
def _sheet(accent: str, corners: str) -> Sheet | None:
    text = rules(accent, corners)
    return Sheet(text, sha256(text.encode()).hexdigest()[:16]) if text else None


def rules(accent: str, corners: str, where: str = ":root") -> str:
    """The style sheet for whatever `where` selects. Outside every layer, so that it wins over homeward.css."""
    light = both = ""
    whole = where != ":root"  # elsewhere it stands inside another brand
    brand = brand_of(accent)
    if whole or not brand.is_ours:
        light = f"--accent:{brand.light.accent};--on-accent:{brand.light.on_accent};"
        both = (
            f"--accent:light-dark({brand.light.accent},{brand.dark.accent});"
            f"--on-accent:light-dark({brand.light.on_accent},{brand.dark.on_accent})"
        )
    if corners != Shop.Corners.ROUND or whole:
        radius, corner = CORNERS[corners]
        light += f"--radius:{radius};--corner:{corner}"
    if not light:
        return ""
    rule = f"{where}{{{light.rstrip(';')}}}\n"
    return rule + (f"@supports (color:light-dark(#000,#fff)){{{where}{{{both}}}}}\n" if both else "")


@dataclass(frozen=True, slots=True)
class Measured:
    """One place: its contrast with the colour as asked, with the colour we use, and the least there may be."""

    place: str
    asked: float
    used: float
    least: float

    @property
    def passes(self) -> bool:
        return self.asked >= self.least

    @property
    def holds(self) -> bool:
        return self.used >= self.least


def measured(brand: Brand, dark: bool) -> list[Measured]:
    """Every place that shows the colour, in one scheme; of several grounds the hardest."""
    scheme, used = (colours.DARK, brand.dark) if dark else (colours.LIGHT, brand.light)
    held = _worst(used, scheme)
    asked = held if brand.is_ours else _worst(colours.with_text(brand.asked), scheme)
    return [Measured(place, asked[place][0], held[place][0], held[place][1]) for place in PLACES]


def _worst(shade: Shade, scheme: Mapping[str, str]) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for place, one, other, least in colours.places(shade.accent, shade.on_accent, scheme):
        ratio = colours.contrast(one, other)
        found[place] = min(found.get(place, (99.0, least)), (ratio, least))
    return found
