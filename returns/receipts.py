"""How much is it, from what the rows say? The sums themselves are in `amounts.py`."""

from collections.abc import Mapping, Sequence

from django.db.models import QuerySet

from orders.models import Order, OrderLine, Payment
from returns import amounts, policy
from returns.actions import reduction
from returns.kinds import Kind, Wish
from returns.models import Concession, Deduction, Refund, Return, ReturnLine
from returns.payouts.money import smallest_step
from returns.queries import rows_given, shares_of
from returns.till import PROVIDER


def receipt(ret: Return, quantities: dict[int, int], concessions: Sequence[Concession] = ()) -> amounts.Breakdown:
    """The rows of the refund for {return line id: units} and for `concessions`, less what was given before."""
    return _receipt(ret, quantities, concessions, rows_given(ret.order), _payments(ret.order, now=True))


def expected_receipt(ret: Return) -> amounts.Breakdown:
    """What the customer gets when everything she asks money for is accepted: the same before she sends the request and
    after the money has gone. What has been worked out stays as it was; only the rest is worked out now."""
    told = [amounts.row_of(row) for row in rows_given(ret.order, of=ret)]
    rest = {line.pk: units for line in _for_money(ret) if (units := _expected(line) - _settled(line, told)) > 0}
    carried = {row.of for row in told if row.rule in {"R3", "R6", "R8", "G"}}
    concessions = [row for row in _expected_concessions(ret) if row.pk is None or row.pk not in carried]
    if told and not rest and not concessions:
        return amounts.Breakdown(tuple(told))
    whole = _receipt(ret, rest, concessions, rows_given(ret.order), _payments(ret.order, now=False))
    return amounts.Breakdown((*told, *whole.rows))


def _for_money(ret: Return) -> QuerySet[ReturnLine]:
    return ret.lines.select_related("order_line").filter(wish=Wish.MONEY)


def _expected(line: ReturnLine) -> int:
    return line.requested - line.rejected - line.missing - line.refused


def _settled(line: ReturnLine, rows: Sequence[amounts.Amount]) -> int:
    return sum(row.quantity for row in rows if row.rule == "R2" and row.line == line.order_line.position)


def expected_credit(ret: Return) -> int:
    """How much of it she gets as store credit, because she chose so. It is worked out before the money is."""
    going = [row for row in shares_of(ret, as_credit=True) if row.counted or row.state in Refund.LIVE]
    sums = {row.proposal: row.snapshot["rows"] for row in going}
    told = [amounts.row_of(row) for rows in sums.values() for row in rows]
    lines = _for_money(ret).filter(as_credit=True)
    rest = {line.pk: units for line in lines if (units := _expected(line) - _settled(line, told)) > 0}
    given = sum(row.amount for row in told)
    if not rest:
        return given
    return given + _receipt(ret, rest, [], rows_given(ret.order), _payments(ret.order, now=False)).total


def worth_of(line: ReturnLine, wish: str) -> int:
    """What she would get in money for this line, were this her wish."""
    would_be = _would_be(line, wish)
    if would_be:
        return receipt(line.ret, {}, [would_be]).total
    return receipt(line.ret, {line.pk: line.requested}).total if wish == Wish.MONEY else 0


def worth_of_units(order: Order, units: Mapping[OrderLine, int]) -> int:
    """What she would get in money for units that never came to her, in the smallest unit."""
    earlier = ReturnLine.objects.filter(ret__order=order, refunded__gt=0)
    asked = amounts.Asked(
        parts=tuple(amounts.Part(line.position, count, ground=str(Kind.CLAIM)) for line, count in units.items()),
        delivery=policy.terms_of(order).delivery_back,
        earlier=frozenset(earlier.values_list("kind", flat=True)),
    )
    given = [amounts.row_of(row) for row in rows_given(order)]
    return amounts.settle(_bought(order, _payments(order, now=True)), asked, given).total


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
    ret: Return,
    quantities: dict[int, int],
    concessions: Sequence[Concession],
    given: Sequence[dict],
    payments: Sequence[amounts.Payment],
) -> amounts.Breakdown:
    """`given` are the rows of refunds that have gone out or still may."""
    order, terms = ret.order, policy.terms_of(ret.order)
    lines = list(ret.lines.filter(pk__in=quantities).select_related("order_line"))
    by_post = lines and ret.way in {Return.Way.CODE, Return.Way.LABEL}
    earlier = ReturnLine.objects.filter(ret__order=order, refunded__gt=0)
    asked = amounts.Asked(
        parts=tuple(_part(line, quantities[line.pk], terms) for line in lines),
        extras=tuple(_extra(row) for row in concessions),
        label=way_price(ret) if by_post else 0,
        case=ret.pk,
        delivery=terms.delivery_back,
        earlier=frozenset(earlier.values_list("kind", flat=True)) if lines else frozenset(),
    )
    return amounts.settle(_bought(order, payments), asked, [amounts.row_of(row) for row in given])


def _bought(order: Order, payments: Sequence[amounts.Payment]) -> amounts.Order:
    return amounts.Order(
        tuple(
            amounts.Line(line.position, line.title, line.quantity, line.paid, line.tax) for line in order.lines.all()
        ),
        amounts.Delivery(order.delivery_paid, order.delivery_standard or None, order.delivery_tax),
        tuple(payments),
    )


def _part(line: ReturnLine, units: int, terms: policy.Terms) -> amounts.Part:
    told = policy.outcome(policy.wished(line, line.ret.shop.today()), terms)
    holding = line.deductions.filter(state__in=Deduction.HOLDS, percent__lt=100)
    return amounts.Part(
        line=line.order_line.position,
        units=units,
        ground=str(line.kind or told.kind),
        fee_percent=told.fee_percent if line.kind in {"", Kind.RETURN} else 0,
        wear=tuple(amounts.Wear(offer.units, offer.percent, offer.pk) for offer in holding),
    )


def _extra(row: Concession) -> amounts.Extra:
    line = row.order_line.position if row.order_line else None
    return amounts.Extra(str(row.why), row.amount, line, row.units, row.words, row.pk)


def step_of(payment: Payment) -> int:
    """Of how many smallest units a refund to this payment has to be a multiple (R7)."""
    return smallest_step(payment.currency) if payment.provider == PROVIDER else 1


def _payments(order: Order, *, now: bool) -> list[amounts.Payment]:
    """What each payment holds `now`, or held before any of it went back. Asked for only where steps matter."""
    if smallest_step(order.currency) == 1:
        return []
    rows = order.payments.filter(provider=PROVIDER).order_by("pk")
    return [amounts.Payment(row.left if now else row.captured, step_of(row)) for row in rows]


def way_price(ret: Return) -> int:
    """What the label costs her: nothing while any of the goods travels at our cost."""
    today, terms = ret.shop.today(), policy.terms_of(ret.order)
    told = [policy.outcome(policy.wished(line, today), terms) for line in ret.lines.select_related("order_line__order")]
    hers = [each for each in told if each.way_back != "none"]
    return 0 if any(each.way_back == "shop" for each in hers) else max((each.label_price for each in hers), default=0)
