"""The colours of the style sheet, measured. Plain arithmetic of WCAG 2.2: no Django, no browser."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "static" / "css" / "homeward.css"

TEXT = 4.5
SHAPE = 3.0
GROUNDS = ("paper", "raised", "sunken")
WORDS = ("ink", "quiet", "accent", "good", "warn", "bad", "news")
TINTED = ("good", "warn", "bad", "news")
ON = (("on-accent", "accent"), ("on-bad", "bad"))


def tokens(css):
    """{name: (light, dark)} from `--name: light-dark(#…, #…)`."""
    return {
        name: (light, dark)
        for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", css)
    }


def plain(css):
    """The plain colours for browsers that do not know light-dark()."""
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css))


def channels(colour):
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def luminance(colour):
    def linear(value):
        value /= 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(value) for value in channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mix(colour, share, ground):
    return "#" + "".join(
        f"{round(a * share + b * (1 - share)):02x}" for a, b in zip(channels(colour), channels(ground), strict=True)
    )


def pairs(colours):
    """Every (what, text or shape, ground, least contrast) that the style sheet uses, for one scheme."""
    for ground in GROUNDS:
        for word in WORDS:
            yield f"{word} on {ground}", colours[word], colours[ground], TEXT
        yield f"edge on {ground}", colours["edge"], colours[ground], SHAPE
    for tone in TINTED:
        tint = mix(colours[tone], 0.08, colours["paper"])
        yield f"{tone} on its tint", colours[tone], tint, TEXT
        yield f"ink on the tint of {tone}", colours["ink"], tint, TEXT
        yield f"quiet on the tint of {tone}", colours["quiet"], tint, TEXT
        yield f"accent on the tint of {tone}", colours["accent"], tint, TEXT
    chosen = mix(colours["accent"], 0.07, colours["raised"])
    yield "quiet on a chosen card", colours["quiet"], chosen, TEXT
    yield "the edge of a chosen card", colours["accent"], chosen, SHAPE
    for word, ground in ON:
        yield f"{word} on {ground}", colours[word], colours[ground], TEXT
        pressed = mix(colours["ink"], 0.18, colours[ground])
        yield f"{word} on a hovered {ground}", colours[word], pressed, TEXT
    # The focus ring is amber outside and ink inside: the ink carries the contrast with the page.
    for ground in GROUNDS:
        yield f"focus on {ground}", colours["ink"], colours[ground], SHAPE
    yield "the two parts of the focus ring", colours["focus"], colours["ink"], 1.5


def too_weak(colours):
    return [what for what, one, other, least in pairs(colours) if contrast(one, other) < least]


def scheme(css, which):
    found = tokens(css)
    return {name: both[which] for name, both in found.items()} | {"focus": plain(css)["focus"]}


@pytest.mark.parametrize("which", [0, 1], ids=["light", "dark"])
def test_every_pair_of_text_and_ground_can_be_read(which):
    css = CSS.read_text()

    assert too_weak(scheme(css, which)) == []


def test_a_bad_colour_is_caught():
    css = CSS.read_text().replace("--quiet: light-dark(#55606e", "--quiet: light-dark(#9aa3ad")

    found = too_weak(scheme(css, 0))

    assert "quiet on paper" in found


def test_black_on_white_measures_21():
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54


def test_browsers_without_light_dark_get_the_light_colours():
    css = CSS.read_text()

    fallback = plain(css)

    assert {name: fallback[name] for name in tokens(css)} == {name: both[0] for name, both in tokens(css).items()}


def test_the_sheet_stays_small_and_needs_nothing_from_outside():
    css = CSS.read_text()

    assert len(css.encode()) <= 32 * 1024
    assert "url(" not in css
    assert "@import" not in css
