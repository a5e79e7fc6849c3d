"""Photos of damage, drawn: a cracked dish, a bent lamp, torn cloth."""

import io
import random
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFilter

SIZE = (1280, 960)
Pen = ImageDraw.ImageDraw


def photo(kind: str, seed: int) -> bytes:
    """A JPEG such as a phone takes on the kitchen table. The same kind and seed give the same picture."""
    dice = random.Random(seed)  # noqa: S311 - a drawing, not a secret
    picture = Image.new("RGB", SIZE, (196, 178, 150))
    pen = ImageDraw.Draw(picture)
    for board in range(0, SIZE[1], 120):
        shade = dice.randint(-14, 10)
        pen.rectangle((0, board, SIZE[0], board + 116), fill=(190 + shade, 168 + shade, 138 + shade))
    pen.ellipse((250, 700, 1050, 860), fill=(150, 128, 100))
    picture = picture.filter(ImageFilter.GaussianBlur(6))
    KINDS[kind](ImageDraw.Draw(picture), dice)
    out = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(1)).save(out, "JPEG", quality=82)
    return out.getvalue()


def dish(pen: Pen, dice: random.Random) -> None:
    pen.ellipse((300, 230, 980, 790), fill=(94, 122, 148), outline=(70, 94, 116), width=10)
    pen.ellipse((380, 300, 900, 700), fill=(118, 146, 170))
    pen.polygon([(905, 260), (1010, 300), (985, 450), (880, 400)], fill=(190, 168, 138))
    crack(pen, dice, (900, 330), (460, 640))
    pen.polygon([(1040, 640), (1130, 620), (1150, 720), (1070, 740)], fill=(104, 132, 158))


def lamp(pen: Pen, dice: random.Random) -> None:
    pen.ellipse((470, 720, 820, 820), fill=(150, 116, 52))
    pen.line((645, 760, 610, 520, 700, 400), fill=(176, 138, 66), width=26, joint="curve")
    pen.polygon([(520, 420), (860, 330), (960, 560), (560, 620)], fill=(232, 222, 200), outline=(160, 150, 130))
    crack(pen, dice, (560, 440), (900, 540))


def cloth(pen: Pen, dice: random.Random) -> None:
    pen.rounded_rectangle((280, 180, 1000, 800), 40, fill=(128, 144, 112), outline=(104, 118, 92), width=6)
    for fold in range(340, 1000, 90):
        pen.line((fold, 190, fold + dice.randint(-20, 20), 790), fill=(116, 132, 102), width=5)
    pen.ellipse((560, 420, 740, 500), fill=(70, 58, 48))
    for thread in range(570, 740, 14):
        pen.line(
            (thread, 460, thread + dice.randint(-16, 16), 400 + dice.randint(0, 120)), fill=(150, 166, 134), width=3
        )


def crack(pen: Pen, dice: random.Random, begins: tuple[int, int], ends: tuple[int, int]) -> None:
    (x, y), (to_x, to_y) = begins, ends
    points = [
        (x + (to_x - x) * step // 9 + dice.randint(-26, 26), y + (to_y - y) * step // 9 + dice.randint(-26, 26))
        for step in range(10)
    ]
    pen.line(points, fill=(44, 36, 32), width=7, joint="curve")


KINDS: dict[str, Callable[[Pen, random.Random], None]] = {"dish": dish, "lamp": lamp, "cloth": cloth}
