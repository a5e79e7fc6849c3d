"""The colours of the style sheet, measured as WCAG 2.2 does it: no Django, no browser."""

import re
from pathlib import Path

import pytest

from customers import colours as palette
from customers.colours import CHOSEN, GROUNDS, HOVER, SHAPE, TEXT, TINT, TONES, contrast, mix

CSS = Path(__file__).parents[2] / "static" / "css" / "homeward.css"

WORDS = ("ink", "quiet", "accent", "good", "warn", "bad", "news")
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


def pairs(colours):
    """Every (what, text or shape, ground, least contrast) that the style sheet uses, for one scheme."""
    for ground in GROUNDS:
        for word in WORDS:
            yield f"{word} on {ground}", colours[word], colours[ground], TEXT
        yield f"edge on {ground}", colours["edge"], colours[ground], SHAPE
    for tone in TONES:
        tint = mix(colours[tone], TINT, colours["paper"])
        yield f"{tone} on its tint", colours[tone], tint, TEXT
        yield f"ink on the tint of {tone}", colours["ink"], tint, TEXT
        yield f"quiet on the tint of {tone}", colours["quiet"], tint, TEXT
        yield f"accent on the tint of {tone}", colours["accent"], tint, TEXT
    chosen = mix(colours["accent"], CHOSEN, colours["raised"])
    yield "quiet on a chosen card", colours["quiet"], chosen, TEXT
    yield "the edge of a chosen card", colours["accent"], chosen, SHAPE
    for word, ground in ON:
        yield f"{word} on {ground}", colours[word], colours[ground], TEXT
        pressed = mix(colours["ink"], HOVER, colours[ground])
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


def test_what_letters_and_the_brand_page_reckon_with_is_what_the_sheet_says():
    css = CSS.read_text()

    found = [{name: both[which] for name, both in tokens(css).items()} for which in (0, 1)]

    assert found == [palette.LIGHT, palette.DARK]
    shares = re.findall(r"color-mix\(in srgb, var\(--(?:tone|accent|ink)\) (\d+)%", css)
    assert {f"{round(share * 100)}" for share in (TINT, CHOSEN)} <= set(shares)
    assert f"var(--accent), var(--ink) {round(HOVER * 100)}%" in css


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
