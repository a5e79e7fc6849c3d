"""Orders worth a look, with both second factors: for the screen after the start."""

from dataclasses import dataclass
from datetime import UTC, datetime

from portal.demo.orders import Purchase, purchases

# What to look at, in whose words: (label of the story, country) -> a few words.
WORTH_A_LOOK = {
    ("try", "GB"): "delivered, start a return (English)",
    ("try", "DE"): "delivered, exchange a size (German)",
    ("try", "GR"): "delivered, report damage (Greek)",
    ("try", "VN"): "delivered, start a return (Vietnamese)",
    ("late", "GB"): "late (English)",
    ("customs", "VN"): "at customs (Vietnamese)",
    ("missed", "DE"): "nobody was at home (German)",
    ("collect", "GR"): "ready to collect (Greek)",
    ("two_parcels", "DE"): "two parcels (German)",
    ("lost", "GB"): "lost (English)",
    ("review_photo", "GB"): "a person looks at the return (English)",
    ("awaiting_swap", "DE"): "exchange, parcel to hand in (German)",
    ("settled_money", "GR"): "money sent (Greek)",
    ("failed", "DE"): "the bank sent the money back (German)",
}


@dataclass(frozen=True)
class Sample:
    what: str
    number: str
    email: str
    postcode: str


def samples() -> list[Sample]:
    """One order each, in the order of the list above."""
    first: dict[tuple[str, str], Purchase] = {}
    for each in purchases(datetime.now(UTC)):
        first.setdefault((each.story.label, each.story.country), each)
    return [
        Sample(what, first[key].number, first[key].buyer.email, first[key].buyer.postcode)
        for key, what in WORTH_A_LOOK.items()
    ]
