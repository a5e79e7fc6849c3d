"""A brand's colour is moved as far as its text needs it, and no further."""

import random

import pytest

from customers.colours import (
    DARK,
    LIGHT,
    STEP,
    brand_of,
    can_be_read,
    contrast,
    is_colour,
    lighter,
    to_oklch,
    with_text,
)

dice = random.Random(7)
ANY = [f"#{dice.randrange(2**24):06x}" for _ in range(300)]
EDGES = ["#000000", "#ffffff", "#ff0000", "#00ff00", "#0000ff", "#ffff00", "#00ffff", "#ff00ff", "#808080"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_can_be_read_afterwards(scheme):
    shades = [getattr(brand_of(colour), scheme) for colour in ANY + EDGES]

    palette = {"light": LIGHT, "dark": DARK}[scheme]
    assert [shade for shade in shades if not can_be_read(shade, palette)] == []


def test_a_colour_that_can_be_read_stays_as_it_is():
    brand = brand_of("#6a0dad")

    assert (brand.light.accent, brand.shifted) == ("#6a0dad", ["dark"])


def test_a_colour_is_not_moved_further_than_it_must_be():
    yellow = brand_of("#ffd400").light.accent

    assert yellow == "#7f6800"
    assert not can_be_read(with_text(lighter(yellow, STEP * 2)), LIGHT)


def test_a_moved_colour_keeps_its_hue():
    turned = []
    for colour in EDGES[2:8]:
        hue = to_oklch(colour)[2]
        turned += [abs(to_oklch(shade.accent)[2] - hue) for shade in (brand_of(colour).light, brand_of(colour).dark)]

    assert max(turned) < 0.06


def test_there_and_back_is_the_same_colour():
    assert [lighter(colour, 0.0) for colour in ANY + EDGES] == ANY + EDGES


def test_no_colour_is_ours_and_ours_is_never_moved():
    assert brand_of("") == brand_of("#0b6e5f")
    assert (brand_of("").is_ours, brand_of("").shifted) == (True, [])
    assert (brand_of("").light.accent, brand_of("").dark.accent) == (LIGHT["accent"], DARK["accent"])


def test_text_on_a_colour_is_the_one_that_is_read_more_easily():
    assert (with_text("#000080").on_accent, with_text("#ffd400").on_accent) == ("#ffffff", "#0d1015")


def test_contrast_is_the_same_both_ways_and_exact_at_the_ends():
    assert (contrast("#000000", "#ffffff"), contrast("#ffffff", "#000000")) == (21, 21)
    assert contrast("#123456", "#123456") == 1


def test_what_is_a_colour():
    told = {
        text: is_colour(text) for text in ("#0b6e5f", "#0B6E5F", "0b6e5f", "#0b6", "#0b6e5g", "red", "", "#0b6e5f\n")
    }

    assert [text for text, yes in told.items() if yes] == ["#0b6e5f", "#0B6E5F"]
