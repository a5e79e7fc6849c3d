"""A sum for anybody to check: an order and what comes back of it, as plain JSON in and out, through `amounts.settle`.

The shapes stand in docs/refunds.md. Nothing here knows a row of ours.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orders.stores.money import CURRENCIES, shares
from returns import amounts
from returns.amounts import KEEP, OURS, PRO_RATA, RETURN, WHOLE, Amount
from returns.payouts.money import smallest_step

Json = dict[str, Any]
Say = Callable[[Amount], str]

GOODS_BACK = ("withdrawal", "return", "claim", "cancel", "carrier_return")
MOST = 10**15  # of the smallest unit: no order costs more


class NotAnOrder(ValueError):
    """The input is not well formed; `mistakes` are lines, one each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class MoreThanIsLeft(ValueError):
    """A step that cannot be given; the message says why, `told` is the answer with all steps before it."""

    def __init__(self, reason: str, told: Json) -> None:
        super().__init__(reason)
        self.told = told


def quote(asked: Any, *, say: Say) -> Json:
    """The answer to one order, `say` being the words for a row. Raises NotAnOrder, MoreThanIsLeft."""
    order = _read(asked)
    books = _Books(order, {name: payment.captured for name, payment in order.payments.items()})
    told: Json = {
        "currency": order.currency,
        "paid": {name: order.bought.by_id[n].paid for name, n in order.numbers.items()},
        "steps": [],
    }
    for number, step in enumerate(order.steps, start=1):
        try:
            told["steps"].append(books.give(number, step, say))
        except _Refused as no:
            refused = {"step": number, "reason": str(no)}
            raise MoreThanIsLeft(f"steps[{number - 1}]: {no}", {**told, "refused": refused}) from no
    return told


# --- what was read ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Payment:
    captured: int
    step: int


@dataclass(frozen=True)
class _Step:
    kind: str
    units: Mapping[int, int] = field(default_factory=dict)
    fee_percent: int = 0
    label_cost: int = 0
    delivery_policy: str | None = None
    wear: Mapping[int, tuple[amounts.Wear, ...]] = field(default_factory=dict)
    amount: int | None = None
    percent: int | None = None
    new_price: int = 0
    same_product: bool = False


@dataclass(frozen=True)
class _Order:
    currency: str
    numbers: Mapping[str, int]  # the ids of the file -> ours
    bought: amounts.Order
    payments: Mapping[str, _Payment]
    steps: Sequence[_Step]


class _Refused(ValueError):
    pass


# --- step by step -------------------------------------------------------------------------------------------------


class _Books:
    """What has been given of one order so far."""

    def __init__(self, order: _Order, left: dict[str, int]) -> None:
        self.order, self.left = order, left
        self.names = {n: name for name, n in order.numbers.items()}
        self.given: list[Amount] = []
        self.grounds: frozenset[str] = frozenset()

    def give(self, number: int, step: _Step, say: Say) -> Json:
        self._have_units(step)
        asked, to_pay = self._asked(number, step)
        told = amounts.settle(self._as_it_stands(), asked, self.given)
        by_payment = self._split(told.total)
        self.given += told.rows
        self.grounds |= {part.ground for part in asked.parts}
        for name, share in by_payment.items():
            self.left[name] -= share
        answer = {**self._told(step, told.rows, say), "by_payment": by_payment}
        return {**answer, "to_pay": to_pay} if to_pay else answer

    def _as_it_stands(self) -> amounts.Order:
        payments = [amounts.Payment(self.left[name], each.step) for name, each in self.order.payments.items()]
        return amounts.Order(self.order.bought.lines, self.order.bought.delivery, tuple(payments))

    def _have_units(self, step: _Step) -> None:
        for n, units in step.units.items():
            back = sum(row.quantity for row in self.given if row.line == n and row.rule == amounts.GOODS)
            left = self.order.bought.by_id[n].quantity - back
            if units > left:
                raise _Refused(f"{units} of line {self.names[n]} asked, {left} left")

    def _asked(self, number: int, step: _Step) -> tuple[amounts.Asked, int]:
        """What the step asks for, and what is to be paid for it."""
        if step.kind in GOODS_BACK:
            return self._goods(number, step), 0
        if step.kind == "exchange":
            return self._exchange(step)
        if step.kind == "reduction":
            return amounts.Asked(extras=tuple(self._reduction(n, units, step) for n, units in step.units.items())), 0
        paid = self.order.bought.delivery.paid
        amount = paid if step.kind == "delivery" and step.amount is None else step.amount or 0
        if step.kind == "delivery":
            self._at_most(amount, paid - self._gone(amounts.DELIVERY), "the delivery cost")
        return amounts.Asked(extras=(amounts.Extra(step.kind, amount),)), 0

    def _goods(self, number: int, step: _Step) -> amounts.Asked:
        parts = [
            amounts.Part(n, units, step.kind, step.fee_percent, step.wear.get(n, ()))
            for n, units in step.units.items()
            if units
        ]
        return amounts.Asked(
            parts=tuple(parts),
            label=step.label_cost,
            case=number,
            delivery=PRO_RATA if step.delivery_policy == PRO_RATA else WHOLE,
            return_delivery=step.delivery_policy or KEEP,
            earlier=self.grounds,
        )

    def _exchange(self, step: _Step) -> tuple[amounts.Asked, int]:
        [(n, units)] = step.units.items()
        [share] = amounts.settle(
            self._as_it_stands(), amounts.Asked((amounts.Part(n, units, RETURN),)), self.given
        ).rows
        due = amounts.difference(share.amount, step.new_price * units, same_product=step.same_product)
        back = (amounts.Extra("difference", -due, n, units),) if due < 0 else ()
        return amounts.Asked(extras=back), max(due, 0)

    def _reduction(self, n: int, units: int, step: _Step) -> amounts.Extra:
        line = self.order.bought.by_id[n]
        amount = step.amount
        if amount is None:
            amount = amounts.percent(amounts.part(line.paid, line.quantity, 0, units), step.percent or 0)
        else:
            gone = sum(row.amount for row in self.given if row.line == n and row.rule in amounts.OF_THE_PRICE)
            self._at_most(amount, line.paid - gone, f"line {self.names[n]}")
        return amounts.Extra("reduction", amount, n, units)

    def _at_most(self, amount: int, left: int, what: str) -> None:
        if amount > left:
            raise _Refused(f"{amount} asked of {what}, {left} left")

    def _gone(self, rule: str) -> int:
        return sum(row.amount for row in self.given if row.rule == rule)

    def _split(self, total: int) -> dict[str, int]:
        """R7. Without payments in the input there is nothing to share, and no ceiling but the order's own."""
        if not self.left:
            return {}
        try:
            steps = [each.step for each in self.order.payments.values()]
            shared = amounts.split(total, list(self.left.values()), steps)
        except ValueError as no:
            raise _Refused(f"{no} on the payments" if str(no).endswith("left") else str(no)) from no
        return dict(zip(self.left, shared, strict=True))

    def _told(self, step: _Step, rows: Sequence[Amount], say: Say) -> Json:
        def of(*rules: str) -> int:
            return sum(row.amount for row in rows if row.rule in rules)

        mine = [row for row in rows if row.line is not None]
        told = {
            "kind": step.kind,
            "total": sum(row.amount for row in rows),
            "lines": self._by_line(step, [row for row in mine if row.rule != amounts.HANDLING], "amount"),
            "tax": self._by_line(step, mine, "tax"),
            "delivery": of(amounts.DELIVERY),
            "delivery_tax": sum(row.tax for row in rows if row.rule == amounts.DELIVERY),
            "fees": -of(amounts.LABEL, amounts.HANDLING),
            "goodwill": of(amounts.GOODWILL),
            "rounding": of(amounts.STEP),
        }
        return {**told, "explained": [*(self._explained(row, say) for row in rows), *_not_kept(step)]}

    def _by_line(self, step: _Step, rows: Sequence[Amount], what: str) -> dict[str, int]:
        return {self.names[n]: sum(getattr(row, what) for row in rows if row.line == n) for n in step.units}

    def _explained(self, row: Amount, say: Say) -> Json:
        told: Json = {"rule": row.rule, "text": say(row), "amount": row.amount, "tax": row.tax}
        return {**told, "line": self.names[row.line], "units": row.quantity} if row.line is not None else told


def _not_kept(step: _Step) -> list[Json]:
    """What the step named and the law does not let a shop keep."""
    rows = []
    if step.fee_percent and step.kind in GOODS_BACK and step.kind != RETURN:
        rows.append({"rule": amounts.HANDLING, "text": f"No fee may be kept on a {step.kind}.", "amount": 0, "tax": 0})
    if step.label_cost and step.kind in OURS:
        rows.append(
            {"rule": amounts.LABEL, "text": f"The label of a {step.kind} is ours to pay.", "amount": 0, "tax": 0}
        )
    if step.delivery_policy == KEEP and step.kind in amounts.LAWFUL:
        text = "The law gives the delivery cost back, whatever the terms say."
        rows.append({"rule": amounts.DELIVERY, "text": text, "amount": 0, "tax": 0})
    return rows


# --- reading ------------------------------------------------------------------------------------------------------

REQUIRED = object()
STEP_KEYS = {
    **{kind: {"lines", "fee_percent", "label_cost", "delivery_policy", "deductions"} for kind in GOODS_BACK},
    "reduction": {"lines", "amount", "percent"},
    "exchange": {"lines", "new_price", "same_product"},
    "goodwill": {"amount"},
    "delivery": {"amount"},
}


class _Reader:
    """Looks values up by their path, and remembers every mistake."""

    def __init__(self) -> None:
        self.mistakes: list[str] = []

    def wrong(self, path: str, what: str) -> None:
        if f"{path}: {what}" not in self.mistakes:
            self.mistakes.append(f"{path}: {what}")

    def thing(self, value: Any, path: str, keys: set[str]) -> Json:
        """An object with no other keys than these."""
        if not isinstance(value, dict):
            self.wrong(path, f"is {_named(value)}, write an object {{…}}")
            return {}
        for key in value.keys() - keys:
            self.wrong(
                f"{path}.{key}" if path != "input" else key, f"is not known, write one of {', '.join(sorted(keys))}"
            )
        return value

    def rows(self, value: Any, path: str) -> list[Any]:
        if not isinstance(value, list):
            self.wrong(path, f"is {_named(value)}, write a list […]")
            return []
        return value

    def number(
        self, where: Json, path: str, key: str, *, empty: Any = REQUIRED, least: int = 0, most: int = MOST
    ) -> Any:
        """A whole number; `empty` when it is not there. A wrong one is told, and is `least` from then on."""
        value = where.get(key)
        path = f"{path}.{key}" if path else key
        if value is None:
            if empty is not REQUIRED:
                return empty
            self.wrong(path, "is missing")
        elif isinstance(value, bool) or not isinstance(value, int):
            self.wrong(path, f"is {_named(value)}, write a whole number of the smallest unit")
        elif not least <= value <= most:
            self.wrong(
                path, f"is {_shortened(value)}, write {least} to {most}" if most < MOST else _out_of(value, least)
            )
        else:
            return value
        return least


def _out_of(value: int, least: int) -> str:
    return f"is {_shortened(value)}, write {least} or more" if value < least else "is too large"


def _shortened(value: int) -> str:
    return str(value) if abs(value) <= MOST else "too large" if value > 0 else "too small"


def _named(value: Any) -> str:
    kinds = {type(None): "null", bool: "true or false", str: "a text", list: "a list", dict: "an object"}
    return kinds.get(type(value), f"{value:g}" if isinstance(value, float) else "a number")


def _read(asked: Any) -> _Order:
    reader = _Reader()
    keys = {"currency", "lines", "order_discount", "delivery", "payments", "steps"}
    whole = reader.thing(asked, "input", keys)
    for key in ("currency", "lines", "steps"):
        if whole and key not in whole:
            reader.wrong(key, "is missing")
    if reader.mistakes and not whole:
        raise NotAnOrder(reader.mistakes)
    currency = whole.get("currency", "EUR")
    if not isinstance(currency, str) or currency.upper() not in CURRENCIES:
        reader.wrong("currency", "is not a currency, write its three letters, such as EUR")
        currency = "EUR"
    numbers, lines = _lines(reader, whole)
    order = _Order(
        currency.upper(),
        numbers,
        amounts.Order(tuple(lines), _delivery(reader, whole)),
        _payments(reader, whole, currency.upper()),
        _steps(reader, whole, numbers),
    )
    if reader.mistakes:
        raise NotAnOrder(reader.mistakes)
    return order


def _name(reader: _Reader, row: Json, path: str, known: Mapping[str, Any]) -> str:
    name = row.get("id")
    if isinstance(name, bool) or not isinstance(name, int | str) or name == "":
        reader.wrong(f"{path}.id", "is missing" if "id" not in row else "is no id, write a text or a number")
        return f"?{path}"
    if str(name) in known:
        reader.wrong(f"{path}.id", f"{name} is there twice")
    return str(name)


def _lines(reader: _Reader, whole: Json) -> tuple[dict[str, int], list[amounts.Line]]:
    """R1: the order's discount falls on the lines by their totals; where `paid` is written, it stands."""
    rows: dict[str, Json] = {}
    due = []
    for n, value in enumerate(reader.rows(whole.get("lines", []), "lines")):
        path = f"lines[{n}]"
        row = reader.thing(value, path, {"id", "title", "quantity", "unit_price", "discount", "tax", "paid"})
        rows[_name(reader, row, path, rows)] = row
        due.append(_due(reader, row, path))
    if not rows and "lines" in whole and not reader.mistakes:
        reader.wrong("lines", "has no line")
    discount = reader.number(whole, "", "order_discount", empty=0)
    if discount > sum(due):
        reader.wrong("order_discount", f"is more than the lines cost, write at most {sum(due)}")
        discount = 0
    lines = []
    for n, (name, row, cost, share) in enumerate(zip(rows, rows.values(), due, shares(discount, due), strict=False)):
        path = f"lines[{n}]"
        paid = reader.number(row, path, "paid", empty=cost - share)
        tax = reader.number(row, path, "tax", empty=0)
        if tax > paid:
            reader.wrong(f"{path}.tax", f"is more than was paid, write at most {paid}")
        quantity = reader.number(row, path, "quantity", least=1, most=10**6)
        lines.append(amounts.Line(n, _title(reader, row, path) or name, quantity, paid, tax))
    return {name: n for n, name in enumerate(rows)}, lines


def _due(reader: _Reader, row: Json, path: str) -> int:
    """What a line costs before its share of the order's discount."""
    quantity = reader.number(row, path, "quantity", least=1, most=10**6)
    price = reader.number(row, path, "unit_price", empty=None if "paid" in row else REQUIRED)
    discount = reader.number(row, path, "discount", empty=0)
    if price is None:
        return reader.number(row, path, "paid", empty=0)
    if discount > price * quantity:
        reader.wrong(f"{path}.discount", f"is more than the line costs, write at most {price * quantity}")
        return 0
    return price * quantity - discount


def _title(reader: _Reader, row: Json, path: str) -> str:
    title = row.get("title", "")
    if not isinstance(title, str):
        reader.wrong(f"{path}.title", f"is {_named(title)}, write a text")
        return ""
    return title


def _delivery(reader: _Reader, whole: Json) -> amounts.Delivery:
    if whole.get("delivery") is None:
        return amounts.Delivery()
    row = reader.thing(whole["delivery"], "delivery", {"paid", "standard", "tax"})
    paid = reader.number(row, "delivery", "paid", empty=0)
    tax = reader.number(row, "delivery", "tax", empty=0)
    if tax > paid:
        reader.wrong("delivery.tax", f"is more than was paid, write at most {paid}")
    return amounts.Delivery(paid, reader.number(row, "delivery", "standard", empty=None), tax)


def _payments(reader: _Reader, whole: Json, currency: str) -> dict[str, _Payment]:
    found: dict[str, _Payment] = {}
    for n, value in enumerate(reader.rows(whole.get("payments") or [], "payments")):
        path = f"payments[{n}]"
        row = reader.thing(value, path, {"id", "captured", "provider"})
        provider = row.get("provider", "")
        if not isinstance(provider, str):
            reader.wrong(f"{path}.provider", f"is {_named(provider)}, write a text, such as stripe")
        step = smallest_step(currency) if provider == "stripe" else 1
        name = _name(reader, row, path, found)
        found[name] = _Payment(reader.number(row, path, "captured"), step)
    return found


def _steps(reader: _Reader, whole: Json, numbers: Mapping[str, int]) -> list[_Step]:
    return [
        _step(reader, value, f"steps[{n}]", numbers)
        for n, value in enumerate(reader.rows(whole.get("steps", []), "steps"))
    ]


def _step(reader: _Reader, value: Any, path: str, numbers: Mapping[str, int]) -> _Step:
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in STEP_KEYS:
        reader.thing(value, path, set(value) if isinstance(value, dict) else set())
        if isinstance(value, dict):
            reader.wrong(f"{path}.kind", f"is not known, write one of {', '.join(STEP_KEYS)}")
        return _Step("goodwill")
    row = reader.thing(value, path, {"kind", *STEP_KEYS[kind]})
    units = _units(reader, row, path, numbers) if "lines" in STEP_KEYS[kind] else {}
    if kind in GOODS_BACK:
        return _goods_back(reader, row, path, units, numbers)
    if kind == "exchange":
        return _exchange(reader, row, path, units)
    amount = reader.number(row, path, "amount", empty=REQUIRED if kind == "goodwill" else None)
    if kind != "reduction":
        return _Step(kind, amount=amount)
    percent = reader.number(row, path, "percent", empty=None, most=100)
    if (amount is None) == (percent is None):
        reader.wrong(path, "write either amount or percent")
    if amount is not None and len(units) > 1:
        reader.wrong(f"{path}.lines", "one amount is for one line, write a step for each")
    return _Step(kind, units, amount=amount, percent=percent)


def _units(reader: _Reader, row: Json, path: str, numbers: Mapping[str, int]) -> dict[int, int]:
    asked, path = row.get("lines"), f"{path}.lines"
    if not isinstance(asked, dict):
        reader.wrong(path, "is missing" if "lines" not in row else "is no object, write {id: units}")
        return {}
    if not asked:
        reader.wrong(path, "names no line")
    for name in asked.keys() - numbers.keys():
        reader.wrong(f"{path}.{name}", "is no line of this order")
    counted = {name: reader.number(asked, path, name, least=1, most=10**6) for name in asked}
    return {numbers[name]: units for name, units in counted.items() if name in numbers}


def _goods_back(reader: _Reader, row: Json, path: str, units: Mapping[int, int], numbers: Mapping[str, int]) -> _Step:
    policy = row.get("delivery_policy")
    if policy is not None and policy not in (WHOLE, PRO_RATA, KEEP):
        reader.wrong(f"{path}.delivery_policy", f"is not known, write {WHOLE}, {PRO_RATA} or {KEEP}")
    return _Step(
        row["kind"],
        units,
        fee_percent=reader.number(row, path, "fee_percent", empty=0, most=100),
        label_cost=reader.number(row, path, "label_cost", empty=0),
        delivery_policy=policy,
        wear=_deductions(reader, row, path, units, numbers),
    )


def _deductions(
    reader: _Reader, row: Json, path: str, units: Mapping[int, int], numbers: Mapping[str, int]
) -> dict[int, tuple[amounts.Wear, ...]]:
    """One object, or a list of them; which line it is about may be left out when the step has only one."""
    value = row.get("deductions") or []
    found: dict[int, tuple[amounts.Wear, ...]] = {}
    for at, each in enumerate([value] if isinstance(value, dict) else reader.rows(value, f"{path}.deductions")):
        here = f"{path}.deductions[{at}]"
        less = reader.thing(each, here, {"line", "units", "percent"})
        line = (
            numbers.get(str(less["line"])) if "line" in less else next(iter(units), None) if len(units) == 1 else None
        )
        hundredths = reader.number(less, here, "percent", most=100)
        if line is None or line not in units:
            reader.wrong(f"{here}.line", "is no line of this step")
            continue
        so_far = sum(wear.units for wear in found.get(line, ()))
        most = units[line] - so_far
        count = reader.number(less, here, "units", empty=max(most, 1), least=1, most=10**6)
        if count > most:
            reader.wrong(f"{here}.units", f"are more than the step has, write at most {most}")
        found[line] = (*found.get(line, ()), amounts.Wear(count, hundredths))
    return found


def _exchange(reader: _Reader, row: Json, path: str, units: Mapping[int, int]) -> _Step:
    same = row.get("same_product", False)
    if not isinstance(same, bool):
        reader.wrong(f"{path}.same_product", f"is {_named(same)}, write true or false")
    if len(units) > 1:
        reader.wrong(f"{path}.lines", "an exchange is of one line, write a step for each")
    price = reader.number(row, path, "new_price", empty=0 if same is True else REQUIRED)
    return _Step("exchange", units, new_price=price, same_product=bool(same))
