"""Pictures of what the demo's shop sells, drawn as paper cuts: one shape, one colour, one shadow."""

import io
from collections.abc import Callable

from PIL import Image, ImageDraw

Pen = ImageDraw.ImageDraw
Colour = tuple[int, int, int]

SIDE, FINE = 288, 3
GROUND: Colour = (238, 233, 223)
SHADE: Colour = (216, 208, 192)
DYES: dict[str, Colour] = {
    "": (176, 150, 112),
    "white": (250, 249, 245),
    "sage": (148, 166, 138),
    "navy": (52, 68, 98),
    "oat": (212, 192, 158),
    "rust": (172, 92, 62),
    "grey": (140, 140, 138),
    "blue": (86, 120, 156),
    "cream": (236, 222, 192),
    "moss": (104, 112, 70),
    "brass": (190, 148, 72),
}


def picture(key: str, colour: str) -> bytes:
    """The item as WebP, 288 pixels a side. The same key and colour give the same picture."""
    scale = SIDE * FINE / 100
    sheet = Image.new("RGB", (SIDE * FINE, SIDE * FINE), GROUND)
    pen = ImageDraw.Draw(sheet)
    pen.ellipse([each * scale for each in (18, 84, 82, 92)], fill=SHADE)
    for points, shape, tone in SHAPES.get(key, box)(DYES[colour]):
        scaled = [each * scale for each in points]
        if shape == "polygon":
            pen.polygon(scaled, fill=tone)
        elif shape == "ellipse":
            pen.ellipse(scaled, fill=tone)
        else:
            pen.rounded_rectangle(scaled, 4 * scale, fill=tone)
    out = io.BytesIO()
    sheet.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(out, "WEBP", quality=88)
    return out.getvalue()


def darker(dye: Colour, by: int = 26) -> Colour:
    red, green, blue = dye
    return max(red - by, 0), max(green - by, 0), max(blue - by, 0)


Part = tuple[tuple[float, ...], str, Colour]


def shirt(dye: Colour) -> list[Part]:
    body = (36, 22, 64, 22, 84, 36, 76, 50, 68, 45, 68, 86, 32, 86, 32, 45, 24, 50, 16, 36)
    return [
        (body, "polygon", dye),
        ((43, 22, 57, 22, 50, 34), "polygon", darker(dye)),
        ((49, 34, 51, 34, 51, 86, 49, 86), "polygon", darker(dye)),
    ]


def cardigan(dye: Colour) -> list[Part]:
    return [*shirt(dye), *[((47.5, y, 52.5, y + 5), "ellipse", darker(dye, 60)) for y in (44, 56, 68)]]


def trousers(dye: Colour) -> list[Part]:
    return [
        ((34, 16, 66, 16, 72, 88, 54, 88, 50, 40, 46, 88, 28, 88), "polygon", dye),
        ((34, 16, 66, 16, 66, 22, 34, 22), "polygon", darker(dye)),
    ]


def dress(dye: Colour) -> list[Part]:
    return [
        ((40, 16, 60, 16, 60, 42, 78, 86, 22, 86, 40, 42), "polygon", dye),
        ((40, 40, 60, 40, 61, 45, 39, 45), "polygon", darker(dye)),
    ]


def socks(dye: Colour) -> list[Part]:
    foot = (34, 18, 50, 18, 50, 58, 72, 72, 68, 86, 46, 82, 34, 68)
    return [(foot, "polygon", dye), ((34, 18, 50, 18, 50, 26, 34, 26), "polygon", darker(dye))]


def slippers(dye: Colour) -> list[Part]:
    pair: list[Part] = []
    for left in (20, 54):
        pair += [
            ((left, 26, left + 26, 86), "ellipse", dye),
            ((left + 4, 56, left + 22, 84), "ellipse", darker(dye)),
        ]
    return pair


def cloth(dye: Colour) -> list[Part]:
    return [
        ((22, 30, 78, 84), "box", dye),
        ((22, 46, 78, 49), "box", darker(dye)),
        ((22, 64, 78, 67), "box", darker(dye)),
    ]


def cushion(dye: Colour) -> list[Part]:
    return [((22, 26, 78, 30, 82, 84, 18, 86), "polygon", dye), ((46, 50, 54, 58), "ellipse", darker(dye))]


def bowl(dye: Colour) -> list[Part]:
    return [
        ((20, 46, 80, 46, 66, 84, 34, 84), "polygon", dye),
        ((20, 40, 80, 54), "ellipse", darker(dye)),
        ((25, 42, 75, 52), "ellipse", darker(dye, 46)),
    ]


def mug(dye: Colour) -> list[Part]:
    return [
        ((58, 44, 84, 72), "ellipse", dye),
        ((64, 50, 78, 66), "ellipse", GROUND),
        ((28, 32, 68, 86), "box", dye),
        ((28, 30, 68, 42), "ellipse", darker(dye)),
    ]


def plates(dye: Colour) -> list[Part]:
    return [
        part
        for y in (62, 54, 46)
        for part in (
            ((16.0, float(y), 84.0, float(y + 22)), "ellipse", dye),
            ((26.0, float(y + 3), 74.0, float(y + 17)), "ellipse", darker(dye)),
        )
    ]


def vase(dye: Colour) -> list[Part]:
    return [
        ((34, 40, 66, 88), "ellipse", dye),
        ((43, 16, 57, 16, 55, 50, 45, 50), "polygon", dye),
        ((42, 13, 58, 19), "ellipse", darker(dye)),
    ]


def lamp(dye: Colour) -> list[Part]:
    return [
        ((48, 44, 52, 82), "box", darker(dye)),
        ((34, 78, 66, 88), "ellipse", dye),
        ((36, 16, 64, 16, 78, 48, 22, 48), "polygon", (246, 238, 220)),
    ]


def candle(dye: Colour) -> list[Part]:
    return [
        ((38, 38, 62, 88), "box", (226, 178, 92)),
        ((49, 28, 51, 40), "box", (90, 76, 56)),
        ((46, 16, 54, 32), "ellipse", (244, 188, 84)),
    ]


def bench(dye: Colour) -> list[Part]:
    wood = (170, 128, 84)
    return [
        ((12, 50, 88, 58), "box", wood),
        ((20, 58, 27, 86), "box", darker(wood)),
        ((73, 58, 80, 86), "box", darker(wood)),
    ]


def rack(dye: Colour) -> list[Part]:
    wood = (150, 112, 76)
    pegs: list[Part] = [((x, 22, x + 12, 28), "ellipse", darker(wood)) for x in (26, 62)]
    return [((47, 14, 53, 84), "box", wood), ((30, 82, 70, 88), "box", darker(wood)), *pegs]


def bottle(dye: Colour) -> list[Part]:
    glass = (160, 182, 172)
    return [
        ((34, 46, 66, 88), "box", glass),
        ((44, 18, 56, 52), "box", glass),
        ((36, 62, 64, 80), "box", (250, 249, 245)),
    ]


def jar(dye: Colour) -> list[Part]:
    return [
        ((32, 34, 68, 88), "box", (186, 88, 58)),
        ((30, 24, 70, 36), "box", darker(dye)),
        ((38, 52, 62, 72), "box", (250, 249, 245)),
    ]


def bar(dye: Colour) -> list[Part]:
    return [((22, 44, 78, 82), "box", (166, 178, 128)), ((34, 56, 66, 70), "box", (188, 198, 152))]


def brooch(dye: Colour) -> list[Part]:
    silver = (188, 192, 198)
    return [
        ((26, 28, 74, 76), "ellipse", silver),
        ((36, 38, 64, 66), "ellipse", GROUND),
        ((20, 50, 80, 54), "box", darker(silver)),
    ]


def brush(dye: Colour) -> list[Part]:
    return [((12, 44, 60, 52), "box", dye), ((54, 36, 88, 60), "ellipse", dye), ((58, 58, 86, 74), "box", darker(dye))]


def box(dye: Colour) -> list[Part]:
    return [((20, 34, 80, 84), "box", dye), ((20, 50, 80, 54), "box", darker(dye))]


SHAPES: dict[str, Callable[[Colour], list[Part]]] = {
    "shirt": shirt,
    "pyjamas": shirt,
    "jacket": cardigan,
    "cardigan": cardigan,
    "trousers": trousers,
    "dress": dress,
    "apron": dress,
    "socks": socks,
    "slippers": slippers,
    "scarf": cloth,
    "blanket": cloth,
    "bedding": cloth,
    "towel": cloth,
    "cushion": cushion,
    "bowl": bowl,
    "mug": mug,
    "plates": plates,
    "vase": vase,
    "carafe": bottle,
    "oil": bottle,
    "lamp": lamp,
    "candle": candle,
    "bench": bench,
    "rack": rack,
    "jam": jar,
    "soap": bar,
    "brooch": brooch,
    "brush": brush,
}
