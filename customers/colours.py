"""Colours that can be read: contrast as WCAG 2.2 measures it, and how far a brand's colour has to move to reach it.

Pure arithmetic. Colours are "#rrggbb"; lightness is that of OKLCH (0 black to 1 white), which looks even to the eye:
https://bottosson.github.io/posts/oklab/
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import atan2, cos, hypot, sin

TEXT, SHAPE = 4.5, 3.0  # the least contrast of text, and of shapes and large text (WCAG 1.4.3, 1.4.11)

# What stands in static/css/homeward.css, for whoever cannot read a style sheet; a test holds the two together.
LIGHT = {
    "paper": "#fbfaf7", "raised": "#ffffff", "sunken": "#f2efe8", "ink": "#1c2430", "quiet": "#55606e",
    "line": "#d9d5cc", "edge": "#7a8390", "accent": "#0b6e5f", "on-accent": "#ffffff", "good": "#1f7a3f",
    "warn": "#8a5a00", "bad": "#b3261e", "news": "#1d5fa8", "on-bad": "#ffffff",
}  # fmt: skip
DARK = {
    "paper": "#12161c", "raised": "#1a2028", "sunken": "#0d1015", "ink": "#e9e6df", "quiet": "#a7b0bb",
    "line": "#313a46", "edge": "#75818f", "accent": "#5cc9b5", "on-accent": "#0d1015", "good": "#6fd08c",
    "warn": "#f0c060", "bad": "#ff8a80", "news": "#7fb6ee", "on-bad": "#0d1015",
}  # fmt: skip
TONES = ("good", "warn", "bad", "news")
GROUNDS = ("paper", "raised", "sunken")
TINT, CHOSEN, HOVER = 0.08, 0.07, 0.18  # how much of a colour is mixed in: a notice, a chosen card, a button pointed at
STEP = 0.004


@dataclass(frozen=True, slots=True)
class Shade:
    """A brand's colour in one scheme, and the text on it."""

    accent: str
    on_accent: str


@dataclass(frozen=True, slots=True)
class Brand:
    """`asked` is the shop's colour; light and dark are what can be read, the same where it can be read as it is."""

    asked: str
    light: Shade
    dark: Shade

    @property
    def is_ours(self) -> bool:
        return self.asked == LIGHT["accent"]

    @property
    def shifted(self) -> list[str]:
        """The schemes in which another colour is used than the one that was asked for."""
        used = {"light": self.light.accent, "dark": self.dark.accent}
        return [] if self.is_ours else [scheme for scheme, accent in used.items() if accent != self.asked]


def is_colour(text: str) -> bool:
    return re.fullmatch(r"#[0-9a-fA-F]{6}", text) is not None


# --- measuring ----------------------------------------------------------------------------------------------------


def channels(colour: str) -> tuple[int, int, int]:
    """#0b6e5f -> (11, 110, 95)"""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def contrast(one: str, other: str) -> float:
    """1 (the same) to 21 (black on white)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mix(colour: str, share: float, ground: str) -> str:
    """`share` of the colour on the ground, as color-mix(in srgb) does it."""
    pairs = zip(channels(colour), channels(ground), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(value / 255) for value in channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


# --- what the brand's colour stands on ----------------------------------------------------------------------------


def places(accent: str, on_accent: str, scheme: Mapping[str, str]) -> Iterator[tuple[str, str, str, float]]:
    """Every (place, colour, ground, least contrast) where pages and letters show the brand's colour."""
    for ground in GROUNDS:
        yield ground, accent, scheme[ground], TEXT
    for tone in TONES:
        yield "notice", accent, mix(scheme[tone], TINT, scheme["paper"]), TEXT
    chosen = mix(accent, CHOSEN, scheme["raised"])
    yield "chosen", accent, chosen, SHAPE
    yield "note", scheme["quiet"], chosen, TEXT
    yield "button", on_accent, accent, TEXT
    yield "hover", on_accent, mix(scheme["ink"], HOVER, accent), TEXT


def can_be_read(shade: Shade, scheme: Mapping[str, str]) -> bool:
    return all(contrast(one, other) >= least for _, one, other, least in places(shade.accent, shade.on_accent, scheme))


@lru_cache(maxsize=512)
def brand_of(asked: str) -> Brand:
    """The shop's colour, darker in light mode and lighter in dark mode as far as its text needs it, and no further.

    None asked for is ours.
    """
    if asked in {"", LIGHT["accent"]}:
        light, dark = (Shade(scheme["accent"], scheme["on-accent"]) for scheme in (LIGHT, DARK))
        return Brand(LIGHT["accent"], light, dark)
    return Brand(asked, _shifted(asked, LIGHT, -STEP), _shifted(asked, DARK, STEP))


def _shifted(asked: str, scheme: Mapping[str, str], step: float) -> Shade:
    shade, moved = with_text(asked), 0.0
    while not can_be_read(shade, scheme):
        moved += step
        shade = with_text(lighter(asked, moved))
        if abs(moved) > 1:  # black on light and white on dark are always read
            raise ValueError(f"{asked} cannot be made readable")
    return shade


def with_text(accent: str) -> Shade:
    """Light or dark text, whichever is read more easily on it."""
    texts = (LIGHT["on-accent"], DARK["on-accent"])
    return Shade(accent, max(texts, key=lambda text: contrast(text, accent)))


# --- OKLCH --------------------------------------------------------------------------------------------------------


def lighter(colour: str, by: float) -> str:
    """The same hue with that much more lightness (less when negative), as colourful as a screen can show it."""
    lightness, chroma, hue = to_oklch(colour)
    lightness = min(max(lightness + by, 0.0), 1.0)
    low, high = 0.0, chroma
    if _fits(_to_linear(lightness, high, hue)):
        return _hex(lightness, high, hue)
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if _fits(_to_linear(lightness, middle, hue)) else (low, middle)
    return _hex(lightness, low, hue)


def to_oklch(colour: str) -> tuple[float, float, float]:
    """Lightness 0 to 1, chroma from 0 (grey), hue in radians."""
    r, g, b = (_linear(value / 255) for value in channels(colour))
    l_ = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    m_ = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    s_ = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    lightness = 0.2104542553 * l_ + 0.7936177850 * m_ - 0.0040720468 * s_
    a = 1.9779984951 * l_ - 2.4285922050 * m_ + 0.4505937099 * s_
    b = 0.0259040371 * l_ + 0.7827717662 * m_ - 0.8086757660 * s_
    return lightness, hypot(a, b), atan2(b, a)


def _to_linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * cos(hue), chroma * sin(hue)
    l_ = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m_ = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s_ = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * l_ - 3.3077115913 * m_ + 0.2309699292 * s_,
        -1.2684380046 * l_ + 2.6097574011 * m_ - 0.3413193965 * s_,
        -0.0041960863 * l_ - 0.7034186147 * m_ + 1.7076147010 * s_,
    )


def _fits(linear: tuple[float, float, float]) -> bool:
    return all(-0.0005 <= value <= 1.0005 for value in linear)


def _hex(lightness: float, chroma: float, hue: float) -> str:
    return "#" + "".join(f"{round(255 * _encoded(value)):02x}" for value in _to_linear(lightness, chroma, hue))


def _encoded(value: float) -> float:
    value = min(max(value, 0.0), 1.0)
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
