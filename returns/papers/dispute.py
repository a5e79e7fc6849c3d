"""The file of a dispute: one PDF for a bank or a second person, with all that is known of an order and a case.

The lines of the timeline form a chain of hashes (see `hashes`). Its end stands at the foot of every page, and the lines
themselves travel inside the PDF as `timeline.json`, so that whoever holds the file can work the chain out again.
"""

import io
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from PIL import Image

from customers.money import written

from .acknowledgement import moment
from .drawn import Picture
from .facts import DisputeFacts, GivenBack, Happened, Pictured
from .hashes import chain
from .labels import A4
from .press import Attached, Sheet, as_html, as_pdf

ATTACHED = "timeline.json"
PICTURE_DOTS = (480, 360)
PICTURE_WIDTH = 50.0  # millimetres


def dispute_pdf(facts: DisputeFacts) -> bytes:
    """A4, as many pages as it takes. Raises PapersUnavailable."""
    return as_pdf(_dispute(facts))


def dispute_html(facts: DisputeFacts) -> str:
    """The same for a browser to print, without the attached lines."""
    return as_html(_dispute(facts))


def _dispute(facts: DisputeFacts) -> Sheet:
    zone = facts.made_at.tzinfo
    lines = [row.line for row in facts.timeline]
    hashes = chain(lines)
    day, clock, zone_name = moment(facts.made_at, facts.language)

    def local(at: datetime | None) -> str:
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}" if at else ""

    def sum_of(amount: int, currency: str = facts.currency) -> str:
        return written(amount, currency, facts.language)

    return Sheet(
        form="dispute",
        paper=A4,
        language=facts.language,
        words={
            "facts": facts,
            "shop": facts.shop_name,
            "shop_address": facts.shop_address,
            "number": facts.number,
            "seal": hashes[-1] if hashes else "",
            "day": day,
            "clock": clock,
            "zone": zone_name,
            "placed_at": local(facts.placed_at),
            "delivery_paid": sum_of(facts.delivery_paid),
            "total_paid": sum_of(sum(row.captured for row in facts.paid)),
            "bought": [(row, sum_of(row.paid)) for row in facts.bought],
            "paid": [(row, sum_of(row.captured), sum_of(row.back)) for row in facts.paid],
            "decisions": [(row, local(row.at)) for row in facts.timeline if row.decision is not None],
            "refunds": [
                (row, local(row.at), sum_of(row.amount, row.currency), _rows(row, sum_of)) for row in facts.refunds
            ],
            "scans": [(row, local(row.at)) for row in facts.scans],
            "letters": [(row, local(row.at), local(row.sent_at)) for row in facts.letters],
            "pictures": [
                (row, local(row.at), f"picture{n}" if row.file else "") for n, row in enumerate(facts.pictures)
            ],
            "timeline": [
                (row, local(row.at), _more(row, sum_of), hash_)
                for row, hash_ in zip(facts.timeline, hashes, strict=True)
            ],
            "attached": ATTACHED,
        },
        pictures={f"picture{n}": _small(row) for n, row in enumerate(facts.pictures)},
        attached=(Attached(ATTACHED, _as_file(lines, hashes), facts.number),),
    )


def _as_file(lines: list[dict], hashes: list[str]) -> bytes:
    kept = {"lines": lines, "hashes": hashes}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, indent=1).encode()


def _rows(refund: GivenBack, sum_of) -> list[tuple[str, int, str]]:
    return [(title, units, sum_of(amount, refund.currency)) for title, units, amount in refund.rows]


def _more(row: Happened, sum_of) -> str:
    """What else the line holds, as name and value; sums as money."""
    facts: Mapping[str, Any] = row.line.get("facts", {})
    currency = facts.get("currency", "")
    said = {
        name: sum_of(value, currency) if name == "amount" and currency else value
        for name, value in sorted(facts.items())
        if name != "currency" and value not in ("", None, [], {})
    }
    return " · ".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value)}" for name, value in said.items()
    )


def _small(row: Pictured) -> Picture | None:
    """The picture as it is looked at beside others, made anew from its pixels."""
    if row.file is None:
        return None
    with Image.open(io.BytesIO(row.file), formats=["WEBP", "JPEG", "PNG"]) as image:
        shown = image.convert("RGB")
    shown.thumbnail(PICTURE_DOTS)
    drawn = io.BytesIO()
    shown.save(drawn, "JPEG", quality=80)
    height = PICTURE_WIDTH * shown.height / shown.width
    width, height = (PICTURE_WIDTH, height) if height <= PICTURE_WIDTH else (PICTURE_WIDTH**2 / height, PICTURE_WIDTH)
    return Picture(drawn.getvalue(), "image/jpeg", width, height, row.title)
