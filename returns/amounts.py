"""How much money: pure sums on integers of the smallest unit. Nothing is priced anew; what was paid is split.

R1  a line's paid total is stored at import, its share of the order's discount included
R2  n units after r earlier ones are worth C(r + n) - C(r), C(k) = paid * k / quantity rounded half up:
    the parts of a line always add up to what was paid, in any order
R3  the delivery cost comes back once, when the law ends the whole order; by share where the terms are kinder
R4  the label and the handling cost her only what the terms said before, never for a fault
R5  goods that came back worse are worth a percentage less
R6  an earlier price reduction lowers what its line can still bring
R7  several payments share a refund by what is left on each
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """Some units of one order line: `paid` and `tax` of all `quantity` of them; `before` units went earlier, or are on
    their way, for `given` and `tax_given`; `now` are to be refunded."""

    line: int
    title: str
    paid: int
    tax: int
    quantity: int
    before: int
    now: int
    given: int | None = None
    tax_given: int | None = None
    left: int | None = None  # what the line can still bring, earlier price reductions taken off


@dataclass(frozen=True, slots=True)
class Amount:
    """One row of the receipt. `rule` says why it is there; `text` is the item's name or empty."""

    rule: str
    text: str
    quantity: int
    amount: int
    tax: int
    line: int | None = None
    of: int | None = None  # the deduction or the concession that the row carries


@dataclass(frozen=True, slots=True)
class Breakdown:
    rows: tuple[Amount, ...]

    @property
    def total(self) -> int:
        return sum(row.amount for row in self.rows)

    @property
    def tax(self) -> int:
        return sum(row.tax for row in self.rows)

    def as_facts(self) -> dict:
        """Plain JSON for the snapshot that is kept with the refund."""
        return {"rows": [asdict(row) for row in self.rows], "total": self.total, "tax": self.tax}


def part(total: int, quantity: int, before: int, now: int) -> int:
    """What `now` units are worth after `before` of `quantity` went earlier (R2)."""
    return rest(total, quantity, before, now, _up_to(total, quantity, before))


def rest(total: int, quantity: int, before: int, now: int, given: int) -> int:
    """The same when the units before went for `given`: a stopped refund may have left a cent here or there, and the
    last unit evens it out. Never less than nothing."""
    return max(_up_to(total, quantity, before + now) - given, 0)


def _up_to(total: int, quantity: int, count: int) -> int:
    return (2 * total * count + quantity) // (2 * quantity)


def breakdown(units: Sequence[Unit], extra: Sequence[Amount] = ()) -> Breakdown:
    """The receipt of one refund: a row for each unit's worth (R2), then what is added or taken off."""
    return Breakdown((*(worth(unit) for unit in units), *extra))


def worth(unit: Unit) -> Amount:
    amount = _worth(unit, unit.paid, unit.given)
    tax = _worth(unit, unit.tax, unit.tax_given)
    if unit.left is not None and amount > unit.left:
        tax = share(tax, unit.left, amount)
        amount = unit.left
    return Amount("R2", unit.title, unit.now, amount, tax, unit.line)


def share(whole: int, part: int, of: int) -> int:
    """`part` of `of` parts of a sum, rounded half up."""
    return (2 * whole * part + of) // (2 * of) if of else 0


def percent(whole: int, hundredths: int) -> int:
    return share(whole, hundredths, 100)


def delivery_share(delivery: int, goods: int, ended: int, given: int) -> int:
    """Delivery by value: what belongs to goods worth `ended` of `goods`, less what was given before (R3, kinder)."""
    return max(share(delivery, min(ended, goods), goods) - given, 0)


def _worth(unit: Unit, total: int, given: int | None) -> int:
    if given is None:
        return part(total, unit.quantity, unit.before, unit.now)
    return rest(total, unit.quantity, unit.before, unit.now, given)


def split(total: int, left: Sequence[int]) -> list[int]:
    """Share `total` among payments by what is left on each (R7), to the cent, by largest remainder.

    Raises ValueError when less is left than asked.
    """
    whole = sum(left)
    if total > whole or total < 0:
        raise ValueError(f"{total} asked, {whole} left")
    if whole == 0:
        return [0 for _ in left]
    shares = [total * each // whole for each in left]
    by_remainder = sorted(range(len(left)), key=lambda n: (-(total * left[n] % whole), n))
    for n in by_remainder[: total - sum(shares)]:
        shares[n] += 1
    return shares
