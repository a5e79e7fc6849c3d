"""How much is it, from what the rows say? The sums themselves are in `amounts.py`."""

from collections.abc import Sequence
from dataclasses import asdict

from orders.models import Order, OrderLine
from returns import amounts, policy
from returns.actions import reduction
from returns.kinds import Kind, Wish
from returns.models import Concession, Deduction, Return, ReturnLine
from returns.queries import rows_given


def receipt(ret: Return, quantities: dict[int, int], concessions: Sequence[Concession] = ()) -> amounts.Breakdown:
    """The rows of the refund for {return line id: units} and for `concessions`, less what was given before."""
    return _receipt(ret, quantities, concessions, rows_given(ret.order))


def expected_receipt(ret: Return) -> amounts.Breakdown:
    """What the customer gets when everything she asks money for is accepted: the same before she sends the request and
    after the money has gone."""
    lines = ret.lines.select_related("order_line")
    everything = {
        line.pk: line.requested - line.rejected - line.missing - line.refused for line in lines.filter(wish=Wish.MONEY)
    }
    return _receipt(
        ret,
        {pk: units for pk, units in everything.items() if units},
        _expected_concessions(ret),
        rows_given(ret.order, besides=ret),
    )


def expected_credit(ret: Return) -> int:
    """How much of it she gets as store credit, because she chose so."""
    lines = ret.lines.filter(wish=Wish.MONEY, as_credit=True)
    units = {line.pk: line.requested - line.rejected - line.missing - line.refused for line in lines}
    units = {pk: more for pk, more in units.items() if more}
    return _receipt(ret, units, [], rows_given(ret.order, besides=ret)).total if units else 0


def worth_of(line: ReturnLine, wish: str) -> int:
    """What she would get in money for this line, were this her wish."""
    would_be = _would_be(line, wish)
    if would_be:
        return receipt(line.ret, {}, [would_be]).total
    return receipt(line.ret, {line.pk: line.requested}).total if wish == Wish.MONEY else 0


def offer_sums(offer: Deduction) -> dict[str, int]:
    """Of an offer of less: what the units cost (`whole`), what is taken off (`less`), what she would get (`part`)."""
    line = offer.line
    whole = receipt(line.ret, {line.pk: offer.units}).rows[0].amount
    less = amounts.percent(whole, offer.percent)
    return {"whole": whole, "less": less, "part": whole - less}


def _expected_concessions(ret: Return) -> list[Concession]:
    """Those of the case; before it is granted, those that would be."""
    made = list(ret.concessions.select_related("order_line"))
    if made or ret.decided_at:
        return made
    lines = list(ret.lines.select_related("order_line"))
    wanted = [_would_be(line, Wish.REDUCTION) for line in lines if line.wish == Wish.REDUCTION]
    wanted += [_would_be(line, Wish.DELIVERY) for line in lines if line.wish == Wish.DELIVERY][:1]
    return [row for row in wanted if row]


def _would_be(line: ReturnLine, wish: str) -> Concession | None:
    """What she would get for keeping it, were this her wish."""
    ret = line.ret
    if wish == Wish.REDUCTION:
        amount = reduction(line, policy.terms_of(ret.order))
        return Concession(
            ret=ret, order_line=line.order_line, why=Concession.Why.REDUCTION, units=line.requested, amount=amount
        )
    if wish == Wish.DELIVERY and ret.order.delivery_paid:
        return Concession(ret=ret, why=Concession.Why.DELIVERY, amount=ret.order.delivery_paid)
    return None


def _receipt(
    ret: Return, quantities: dict[int, int], concessions: Sequence[Concession], given: list[dict]
) -> amounts.Breakdown:
    """`given` are the rows of refunds that have gone out or still may."""
    lines = list(ret.lines.filter(pk__in=quantities).select_related("order_line"))
    units = [_unit(line.order_line, quantities[line.pk], given) for line in lines]
    terms = policy.terms_of(ret.order)
    extra = [
        *_less_for_wear(lines, units, given),
        *_handling_fee(lines, units, terms),
        *_delivery_back(ret, lines, units, given, terms),
    ]
    for row in concessions:
        so_far = [*given, *(asdict(each) for each in (*map(amounts.worth, units), *extra))]
        extra += _conceded(row, ret.order, so_far)
    extra += _label_cost(ret, lines, given, terms, most=sum(amounts.worth(unit).amount for unit in units))
    return amounts.breakdown(units, extra)


def _unit(line: OrderLine, now: int, given: list[dict]) -> amounts.Unit:
    rows = [row for row in given if row["line"] == line.position]
    settled = [row for row in rows if row["rule"] == "R2"]
    used = sum(row["amount"] for row in rows if row["rule"] in {"R2", "R6"})
    return amounts.Unit(
        line=line.position,
        title=line.title,
        paid=line.paid,
        tax=line.tax,
        quantity=line.quantity,
        before=sum(row["quantity"] for row in settled),
        now=now,
        given=sum(row["amount"] for row in settled),
        tax_given=sum(row["tax"] for row in settled),
        left=max(line.paid - used, 0),
    )


def _less_for_wear(
    lines: Sequence[ReturnLine], units: Sequence[amounts.Unit], given: list[dict]
) -> list[amounts.Amount]:
    """R5: what a deduction that stands takes off, once."""
    booked = [row["of"] for row in given if row["rule"] == "R5"]
    rows = []
    for line, unit in zip(lines, units, strict=True):
        whole = amounts.worth(unit)
        for offer in line.deductions.filter(state__in=Deduction.HOLDS, percent__lt=100).exclude(pk__in=booked):
            part = amounts.share(whole.amount, min(offer.units, unit.now), unit.now)
            tax = amounts.share(whole.tax, min(offer.units, unit.now), unit.now)
            rows.append(
                amounts.Amount(
                    "R5",
                    unit.title,
                    offer.units,
                    -amounts.percent(part, offer.percent),
                    -amounts.percent(tax, offer.percent),
                    unit.line,
                    offer.pk,
                )
            )
    return rows


def _handling_fee(
    lines: Sequence[ReturnLine], units: Sequence[amounts.Unit], terms: policy.Terms
) -> list[amounts.Amount]:
    """R4: a percentage that the terms named before, only of what comes back by the shop's own kindness."""
    rows = []
    for line, unit in zip(lines, units, strict=True):
        if line.kind not in {"", Kind.RETURN}:
            continue
        fee = policy.outcome(policy.wished(line, line.ret.shop.today()), terms).fee_percent
        if fee:
            whole = amounts.worth(unit)
            rows.append(
                amounts.Amount(
                    "R4F",
                    unit.title,
                    unit.now,
                    -amounts.percent(whole.amount, fee),
                    -amounts.percent(whole.tax, fee),
                    unit.line,
                )
            )
    return rows


def _label_cost(
    ret: Return, lines: Sequence[ReturnLine], given: list[dict], terms: policy.Terms, *, most: int
) -> list[amounts.Amount]:
    """R4: the label at the price she was shown and chose, once a case, never more than comes back."""
    price = way_price(ret) if lines and ret.way in {Return.Way.CODE, Return.Way.LABEL} else 0
    booked = any(row["rule"] == "R4" and row.get("of") == ret.pk for row in given)
    if not price or booked:
        return []
    return [amounts.Amount("R4", "", 1, -min(price, most), 0, None, ret.pk)]


def way_price(ret: Return) -> int:
    """What the label costs her: nothing while any of the goods travels at our cost."""
    today, terms = ret.shop.today(), policy.terms_of(ret.order)
    told = [policy.outcome(policy.wished(line, today), terms) for line in ret.lines.select_related("order_line__order")]
    hers = [each for each in told if each.way_back != "none"]
    return 0 if any(each.way_back == "shop" for each in hers) else max((each.label_price for each in hers), default=0)


def _delivery_back(
    ret: Return, lines: Sequence[ReturnLine], units: Sequence[amounts.Unit], given: list[dict], terms: policy.Terms
) -> list[amounts.Amount]:
    """R3: when the law ends all of the order, delivery comes back once: all of it for our fault, the standard price for
    a withdrawal. Terms may give it by share, with each item."""
    order = ret.order
    grounds = {line.kind or policy.outcome(policy.wished(line, ret.shop.today()), terms).kind for line in lines}
    earlier = ReturnLine.objects.filter(ret__order=order, refunded__gt=0).exclude(ret=ret)
    grounds |= set(earlier.values_list("kind", flat=True))
    if not grounds or not grounds <= LAWFUL:
        return []
    full = order.delivery_paid
    due = full if grounds <= OURS else min(full, order.delivery_standard or full)
    had = sum(row["amount"] for row in given if row["rule"] == "R3")
    ended = {unit.line: unit.before + unit.now for unit in units}
    for row in given:
        if row["rule"] == "R2":
            ended.setdefault(row["line"], 0)
            if row["line"] not in {unit.line for unit in units}:
                ended[row["line"]] += row["quantity"]
    order_lines = list(order.lines.all())
    if all(ended.get(line.position, 0) >= line.quantity for line in order_lines):
        back = due - had
    elif terms.delivery_back == "pro_rata" and not grounds <= OURS:
        goods = sum(line.paid for line in order_lines)
        value = sum(amounts.part(line.paid, line.quantity, 0, ended.get(line.position, 0)) for line in order_lines)
        back = amounts.delivery_share(due, goods, value, had)
    else:
        return []
    if back <= 0:
        return []
    return [amounts.Amount("R3", "", 1, back, amounts.share(order.delivery_tax, back, order.delivery_paid))]


# On these grounds the law gives delivery back; on the second ones the fault is ours.
LAWFUL = {Kind.WITHDRAWAL, Kind.CLAIM, Kind.CANCEL, Kind.CARRIER_RETURN}
OURS = {Kind.CLAIM, Kind.CANCEL}


def _conceded(row: Concession, order: Order, given: list[dict]) -> list[amounts.Amount]:
    """R6: never more than is left of what the line cost, nor more delivery than was paid. `given` includes the rows of
    this very receipt."""
    rule = {"reduction": "R6", "delivery": "R3", "goodwill": "G", "difference": "R8"}[row.why]
    line, amount = row.order_line, row.amount
    if line and row.why == Concession.Why.REDUCTION:
        used = sum(each["amount"] for each in given if each["line"] == line.position and each["rule"] in {"R2", "R6"})
        amount = min(amount, max(line.paid - used, 0))
        tax = amounts.share(line.tax, amount, line.paid)
        told = amounts.Amount(rule, line.title, row.units, amount, tax, line.position, row.pk)
        return [told] if amount else []
    if row.why == Concession.Why.DELIVERY:
        had = sum(each["amount"] for each in given if each["rule"] == "R3")
        amount = min(amount, max(order.delivery_paid - had, 0))
    tax = amounts.share(order.delivery_tax, amount, order.delivery_paid) if rule == "R3" else 0
    told = amounts.Amount(rule, row.words, 1, amount, tax, line.position if line else None, row.pk)
    return [told] if amount else []
