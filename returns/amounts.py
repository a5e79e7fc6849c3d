"""How much money: pure sums on integers of the smallest unit. Nothing is priced anew; what was paid is split.

Plain data in, a receipt out: `settle(order, asked, given)`. Where each rule stands:

R1  `shares` (orders.stores.money)  a line's paid total, its share of the order's discount taken off, kept at import
R2  `worth`       n units after r earlier ones are worth C(r + n) - C(r), C(k) = paid * k / quantity rounded half up:
                  the parts of a line always add up to what was paid, in any order; its stored tax likewise
R3  `_delivery`   the delivery cost comes back once, when the law ends the whole order; by share where terms are kinder
R4  `_handling`, `_label`  both cost her only what the terms said before, never for a fault, never more than comes back
R5  `_worn`       goods that came back worse are worth a percentage less
R6  `_conceded`   a price reduction lowers what its line can still bring
R7  `split`       several payments share a refund by what is left on each; `_rounded` where one pays in steps only
R8  `difference`  an exchange costs what the new item costs more than was paid; the same product costs nothing
R9  (none)        "free over X" and "3 for 2" are only discounts: never charged again when a part comes back
R10 `Breakdown.as_facts`   inputs, rules and result are kept with the refund; `again` works them out once more
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from orders.stores.money import shares

# On these grounds the law gives delivery back; on the second ones the fault is ours.
LAWFUL = frozenset({"withdrawal", "claim", "cancel", "carrier_return"})
OURS = frozenset({"claim", "cancel"})
RETURN = "return"  # the shop's own kindness: the one ground on which a fee may be kept
WHOLE, PRO_RATA, KEEP = "whole", "pro_rata", "keep"

GOODS, DELIVERY, LABEL, HANDLING, WEAR, REDUCED, STEP, SWAPPED, GOODWILL = (
    "R2",
    "R3",
    "R4",
    "R4F",
    "R5",
    "R6",
    "R7",
    "R8",
    "G",
)
RULE_OF = {"reduction": REDUCED, "delivery": DELIVERY, "goodwill": GOODWILL, "difference": SWAPPED}
OF_THE_PRICE = frozenset({GOODS, REDUCED, SWAPPED})  # together never more than was paid for the line


# --- what was bought, what is asked -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """`paid` and `tax` are those of all `quantity` units, every discount taken off (R1)."""

    id: int
    title: str
    quantity: int
    paid: int
    tax: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """`standard` is what the cheapest way cost when it was ordered; None: not known, then it is what was paid."""

    paid: int = 0
    standard: int | None = None
    tax: int = 0


@dataclass(frozen=True, slots=True)
class Payment:
    """`left` is what can still go back on it, in multiples of `step`."""

    left: int
    step: int = 1


@dataclass(frozen=True)
class Order:
    lines: tuple[Line, ...]
    delivery: Delivery = Delivery()
    payments: tuple[Payment, ...] = ()

    @cached_property
    def by_id(self) -> dict[int, Line]:
        return {line.id: line for line in self.lines}


@dataclass(frozen=True, slots=True)
class Wear:
    """`units` of a part came back worse and are worth `percent` less. `of` names the deduction, which counts once."""

    units: int
    percent: int
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Units of one line that are given back now, on a ground (`returns.kinds.Kind`)."""

    line: int
    units: int
    ground: str
    fee_percent: int = 0
    wear: tuple[Wear, ...] = ()


@dataclass(frozen=True, slots=True)
class Extra:
    """Money without goods. `why` is a key of RULE_OF."""

    why: str
    amount: int
    line: int | None = None
    units: int = 1
    words: str = ""
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be given back now.

    `label` is the price of the way back that she was told and chose, once a `case`. `delivery` says how the delivery
    cost follows a withdrawal (whole, pro_rata), `return_delivery` how it follows the shop's own return (also keep).
    `earlier` are the grounds on which other units of the order went back.
    """

    parts: tuple[Part, ...] = ()
    extras: tuple[Extra, ...] = ()
    label: int = 0
    case: int | None = None
    delivery: str = WHOLE
    return_delivery: str = KEEP
    earlier: frozenset[str] = frozenset()

    @property
    def grounds(self) -> frozenset[str]:
        return self.earlier | {part.ground for part in self.parts}


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
    tax_left: int | None = None


# --- what comes of it -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Amount:
    """One row of the receipt. `rule` says why it is there; `text` is the item's name or empty."""

    rule: str
    text: str
    quantity: int
    amount: int
    tax: int
    line: int | None = None
    of: int | None = None  # the deduction, the concession or the case that the row carries


@dataclass(frozen=True, slots=True)
class Breakdown:
    rows: tuple[Amount, ...]
    inputs: Mapping[str, Any] | None = None

    @property
    def total(self) -> int:
        return sum(row.amount for row in self.rows)

    @property
    def tax(self) -> int:
        return sum(row.tax for row in self.rows)

    def as_facts(self) -> dict:
        """Plain JSON for the snapshot that is kept with the refund (R10)."""
        facts = {"rows": [asdict(row) for row in self.rows], "total": self.total, "tax": self.tax}
        return {**facts, "inputs": dict(self.inputs)} if self.inputs else facts


def settle(order: Order, asked: Asked, given: Sequence[Amount]) -> Breakdown:
    """The receipt for what is `asked`, after the rows that were `given` before or are on their way."""
    units = [_unit(order.by_id[part.line], part.units, given) for part in asked.parts]
    rows = [worth(unit) for unit in units]
    goods = tuple(rows)
    worn = _worn(asked.parts, goods, given)
    rows += [*worn, *_handling(asked.parts, goods, worn)]
    rows += _delivery(order, asked, given)
    for extra in asked.extras:
        rows += _conceded(extra, order, [*given, *rows])
    rows += _label(asked, rows, given)
    rows += _rounded(order.payments, rows, given)
    return Breakdown(tuple(rows), _inputs(order, asked, given))


def breakdown(units: Sequence[Unit], extra: Sequence[Amount] = ()) -> Breakdown:
    """A receipt of rows that are known: one for each unit's worth (R2), then what is added or taken off."""
    return Breakdown((*(worth(unit) for unit in units), *extra))


# --- the goods (R2, R5, R6, R8) -----------------------------------------------------------------------------------


def part(total: int, quantity: int, before: int, now: int) -> int:
    """What `now` units are worth after `before` of `quantity` went earlier (R2)."""
    return rest(total, quantity, before, now, _up_to(total, quantity, before))


def rest(total: int, quantity: int, before: int, now: int, given: int) -> int:
    """The same when the units before went for `given`: a stopped refund may have left a cent here or there, and the
    last unit evens it out. Never less than nothing."""
    return max(_up_to(total, quantity, before + now) - given, 0)


def _up_to(total: int, quantity: int, count: int) -> int:
    return (2 * total * count + quantity) // (2 * quantity)


def worth(unit: Unit) -> Amount:
    amount = _worth(unit, unit.paid, unit.given)
    tax = _worth(unit, unit.tax, unit.tax_given)
    if unit.left is not None and amount >= unit.left:  # the last of the line takes the last of its tax
        tax = share(tax, unit.left, amount) if unit.tax_left is None else unit.tax_left
        amount = unit.left
    elif unit.tax_left is not None:
        tax = min(tax, unit.tax_left)
    return Amount(GOODS, unit.title, unit.now, amount, tax, unit.line)


def _worth(unit: Unit, total: int, given: int | None) -> int:
    if given is None:
        return part(total, unit.quantity, unit.before, unit.now)
    return rest(total, unit.quantity, unit.before, unit.now, given)


def _unit(line: Line, now: int, given: Iterable[Amount]) -> Unit:
    rows = [row for row in given if row.line == line.id]
    settled = [row for row in rows if row.rule == GOODS]
    gone = [row for row in rows if row.rule in {GOODS, SWAPPED}]  # a cheaper item's rest is of the units it stands for
    used, tax_used = _used(line.id, rows)
    return Unit(
        line=line.id,
        title=line.title,
        paid=line.paid,
        tax=line.tax,
        quantity=line.quantity,
        before=sum(row.quantity for row in settled),
        now=now,
        given=sum(row.amount for row in gone),
        tax_given=sum(row.tax for row in gone),
        left=max(line.paid - used, 0),
        tax_left=max(line.tax - tax_used, 0),
    )


def _used(line: int, rows: Iterable[Amount]) -> tuple[int, int]:
    """What of a line's price, and of its tax, has gone back in any way."""
    gone = [row for row in rows if row.line == line and row.rule in OF_THE_PRICE]
    return sum(row.amount for row in gone), sum(row.tax for row in gone)


def share(whole: int, part: int, of: int) -> int:
    """`part` of `of` parts of a sum, rounded half up."""
    return (2 * whole * part + of) // (2 * of) if of else 0


def percent(whole: int, hundredths: int) -> int:
    return share(whole, hundredths, 100)


def _worn(parts: Sequence[Part], goods: Sequence[Amount], given: Sequence[Amount]) -> list[Amount]:
    """R5: what a deduction that stands takes off, once."""
    booked = {row.of for row in given if row.rule == WEAR and row.of is not None}
    rows: list[Amount] = []
    for asked, whole in zip(parts, goods, strict=True):
        for wear in asked.wear:
            if wear.of not in booked:
                less = _less(WEAR, whole, min(wear.units, whole.quantity), wear.percent, rows)
                rows.append(replace(less, quantity=wear.units, of=wear.of))
    return rows


def _less(rule: str, whole: Amount, units: int, hundredths: int, taken: Sequence[Amount]) -> Amount:
    """A percentage of what `units` of a row are worth, off its sum and its tax: never more than the rows `taken` off it
    before have left."""
    left = [row for row in taken if row.line == whole.line]
    amount = min(percent(share(whole.amount, units, whole.quantity), hundredths), whole.amount + _sum(left, "amount"))
    tax = min(percent(share(whole.tax, units, whole.quantity), hundredths), whole.tax + _sum(left, "tax"))
    return Amount(rule, whole.text, units, -amount, -tax, whole.line)


def _sum(rows: Iterable[Amount], what: str) -> int:
    return sum(getattr(row, what) for row in rows)


def _conceded(extra: Extra, order: Order, so_far: Sequence[Amount]) -> list[Amount]:
    """R6: never more than is left of what the line cost, nor more delivery than was paid. `so_far` includes the rows of
    this very receipt."""
    rule = RULE_OF[extra.why]
    if extra.why == "delivery":
        had = sum(row.amount for row in so_far if row.rule == DELIVERY)
        return _delivered(order.delivery, min(extra.amount, order.delivery.paid - had), so_far, extra)
    line = order.by_id.get(extra.line) if extra.line is not None else None
    if line and rule in OF_THE_PRICE:
        used, tax_used = _used(line.id, so_far)
        amount = min(extra.amount, line.paid - used)
        tax = _rest_of_tax(line.tax - tax_used, share(line.tax, amount, line.paid), last=amount == line.paid - used)
        units = extra.units if rule == REDUCED else 1
        return [Amount(rule, line.title, units, amount, tax, line.id, extra.of)] if amount > 0 else []
    return [Amount(rule, extra.words, 1, extra.amount, 0, extra.line, extra.of)] if extra.amount else []


def _rest_of_tax(left: int, tax: int, *, last: bool) -> int:
    """What is left of a tax bounds each part of it, and the last part takes it all."""
    return max(left, 0) if last else max(min(tax, left), 0)


def difference(share: int, price: int, *, same_product: bool = False) -> int:
    """R8: what she has to pay for an exchange (above zero) or gets back (below), `share` being what she paid for the
    units that come back and `price` what the new ones cost. Another size of the same product is even."""
    return 0 if same_product else price - share


# --- delivery (R3) ------------------------------------------------------------------------------------------------


def _delivery(order: Order, asked: Asked, given: Sequence[Amount]) -> list[Amount]:
    """R3: when the law ends all of the order, delivery comes back once: all of it for our fault, the standard price for
    a withdrawal. Terms may give it by share, with each item, and with the shop's own returns."""
    if not asked.parts:
        return []
    grounds, paid = asked.grounds, order.delivery.paid
    how = asked.delivery if grounds <= LAWFUL else asked.return_delivery
    if how == KEEP:
        return []
    standard = paid if order.delivery.standard is None else order.delivery.standard
    due = paid if grounds <= OURS else min(paid, standard)
    had = sum(row.amount for row in given if row.rule == DELIVERY)
    ended = _ended(asked.parts, given)
    if all(ended.get(line.id, 0) >= line.quantity for line in order.lines):
        back = due - had
    elif how == PRO_RATA and not grounds <= OURS:
        goods = sum(line.paid for line in order.lines)
        value = sum(part(line.paid, line.quantity, 0, ended.get(line.id, 0)) for line in order.lines)
        back = delivery_share(due, goods, value, had)
    else:
        return []
    return _delivered(order.delivery, back, given)


def _ended(parts: Iterable[Part], given: Iterable[Amount]) -> dict[int, int]:
    """How many units of each line have gone back, with those that are asked now."""
    ended = {each.line: each.units for each in parts}
    for row in given:
        if row.rule == GOODS and row.line is not None:
            ended[row.line] = ended.get(row.line, 0) + row.quantity
    return ended


def delivery_share(delivery: int, goods: int, ended: int, given: int) -> int:
    """Delivery by value: what belongs to goods worth `ended` of `goods`, less what was given before (R3, kinder)."""
    return max(share(delivery, min(ended, goods), goods) - given, 0)


def _delivered(delivery: Delivery, amount: int, so_far: Sequence[Amount], extra: Extra | None = None) -> list[Amount]:
    """A row of delivery with its part of the tax, so that the parts add up to what was paid."""
    if amount <= 0:
        return []
    rows = [row for row in so_far if row.rule == DELIVERY]
    had, tax_had = sum(row.amount for row in rows), sum(row.tax for row in rows)
    tax = _rest_of_tax(
        delivery.tax - tax_had, share(delivery.tax, amount, delivery.paid), last=had + amount == delivery.paid
    )
    return [Amount(DELIVERY, extra.words if extra else "", 1, amount, tax, None, extra.of if extra else None)]


# --- fees (R4) ----------------------------------------------------------------------------------------------------


def _handling(parts: Sequence[Part], goods: Sequence[Amount], worn: Sequence[Amount]) -> list[Amount]:
    """R4: a percentage that the terms named before, only of what comes back by the shop's own kindness."""
    return [
        _less(HANDLING, whole, whole.quantity, asked.fee_percent, worn)
        for asked, whole in zip(parts, goods, strict=True)
        if asked.ground == RETURN and asked.fee_percent
    ]


def _label(asked: Asked, rows: Sequence[Amount], given: Sequence[Amount]) -> list[Amount]:
    """R4: the label at the price she was shown and chose, once a case, never for a fault alone, and never more than
    the goods bring after what was taken off them."""
    booked = asked.case is not None and any(row.rule == LABEL and row.of == asked.case for row in given)
    ours = {part.ground for part in asked.parts} <= OURS
    if not asked.label or not asked.parts or ours or booked:
        return []
    most = sum(row.amount for row in rows if row.rule in {GOODS, WEAR, HANDLING})
    return [Amount(LABEL, "", 1, -max(min(asked.label, most), 0), 0, None, asked.case)]


# --- payments (R7) ------------------------------------------------------------------------------------------------


def split(total: int, left: Sequence[int], steps: Sequence[int] = ()) -> list[int]:
    """Share `total` among payments by what is left on each (R7), to the cent, by largest remainder.

    `steps`: of how many units each payment's part is a multiple. What is no multiple goes to a payment that pays single
    units. Raises ValueError when less is left than asked, or when it cannot be paid in these steps.
    """
    whole = sum(left)
    if total > whole or total < 0:
        raise ValueError(f"{total} asked, {whole} left")
    by_step = _in_steps(total, left, steps)
    if by_step is None:
        raise ValueError(f"{total} asked, which cannot be paid in steps of {max(steps)} from what is left")
    step = max(steps, default=1)
    coarse = [each // step if steps and steps[n] > 1 else 0 for n, each in enumerate(left)]
    fine = [0 if steps and steps[n] > 1 else each for n, each in enumerate(left)]
    in_steps, single = _shared(by_step // step, coarse), _shared(total - by_step, fine)
    return [each * step + one for each, one in zip(in_steps, single, strict=True)]


def _shared(total: int, left: Sequence[int]) -> list[int]:
    return shares(total, left) if total else [0 for _ in left]


def _in_steps(total: int, left: Sequence[int], steps: Sequence[int]) -> int | None:
    """How much of `total` leaves by payments that pay in steps: as near to their share as the steps allow. None when
    the steps, and what the others hold, leave no way."""
    if not any(step > 1 for step in steps):
        return 0
    step = max(steps)
    coarse = sum(each // step * step for each, own in zip(left, steps, strict=True) if own > 1)
    fine = sum(each for each, own in zip(left, steps, strict=True) if own == 1)
    least, most = -(-max(total - fine, 0) // step) * step, min(total, coarse) // step * step
    near = share(total, coarse, (coarse + fine) * step) * step
    return min(max(near, least), most) if least <= most else None


def payable(total: int, left: Sequence[int], steps: Sequence[int]) -> int:
    """The sum nearest to `total` that can leave in these steps: the next higher one where that much is left, else the
    next lower one. `total` itself when neither is less than a step away: then something else is wrong."""
    step = max(steps, default=1)
    for sum_ in (*range(total, total + step), *range(total - 1, max(total - step, -1), -1)):
        if sum_ <= sum(left) and _in_steps(sum_, left, steps) is not None:
            return sum_
    return total


def _rounded(payments: Sequence[Payment], rows: Sequence[Amount], given: Iterable[Amount]) -> list[Amount]:
    """R7 where the payment service pays in steps: up, in her favour, and the next refund of the order takes it back.
    All refunds together are never more than the steps allow, and all of what was paid when everything comes back."""
    ahead = sum(row.amount for row in given if row.rule == STEP)
    raw = sum(row.amount for row in rows)
    steps = [payment.step for payment in payments]
    if raw <= 0 or max(steps, default=1) == 1:
        return []
    due = raw - ahead
    sent = payable(due, [payment.left for payment in payments], steps) if due > 0 else 0
    return [Amount(STEP, "", 1, sent - raw, 0)] if sent != raw else []


# --- the snapshot (R10) -------------------------------------------------------------------------------------------


def row_of(facts: Mapping[str, Any]) -> Amount:
    """A row as a snapshot keeps it."""
    return Amount(**{name: facts[name] for name in Amount.__slots__ if name in facts})


def _inputs(order: Order, asked: Asked, given: Sequence[Amount]) -> dict[str, Any]:
    told = asdict(asked)
    told["earlier"] = sorted(asked.earlier)
    return {"order": asdict(order), "asked": told, "given": [asdict(row) for row in given]}


def again(facts: Mapping[str, Any]) -> Breakdown:
    """Work a snapshot out once more from its inputs: what an auditor does."""
    order, asked = facts["inputs"]["order"], facts["inputs"]["asked"]
    return settle(
        Order(
            tuple(Line(**line) for line in order["lines"]),
            Delivery(**order["delivery"]),
            tuple(Payment(**payment) for payment in order["payments"]),
        ),
        replace(
            Asked(**asked),
            parts=tuple(Part(**{**one, "wear": tuple(Wear(**w) for w in one["wear"])}) for one in asked["parts"]),
            extras=tuple(Extra(**extra) for extra in asked["extras"]),
            earlier=frozenset(asked["earlier"]),
        ),
        [row_of(row) for row in facts["inputs"]["given"]],
    )
