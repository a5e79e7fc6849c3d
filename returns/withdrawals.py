"""Withdrawal from the contract (Directive 2011/83/EU Art. 11a): the statement first, everything else after it.

`state` keeps the statement in a transaction of its own; nothing that follows can undo it or hold it up. `open_case`
finds the contract and opens its case, at once or by the worker's sweep; what a machine cannot tell waits for a person,
who joins it with an order or closes it. None of these asks whether she may: a withdrawal is never refused here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from customers.models import Shop
from customers.timeline import who
from orders.models import Order, OrderLine, number_key
from returns import papers, statements
from returns.actions import RIGHTS, approve, case, change_kind, follow, keep_money_back, note, open_for, set_apart
from returns.audit import record, together
from returns.errors import NotNow, ReturnsError, TooMany
from returns.exchanges import want_money
from returns.kinds import Kind, Reason, Wish
from returns.models import Return, ReturnLine, Withdrawal
from returns.queries import not_sent_yet

MOST_OPENS = 5
SOUGHT_FOR = timedelta(days=7)  # an order may be brought in days after it was placed
MOST_WORDS, LONGEST_NUMBER = 40, 4  # of what was typed, and of one order number, in words
NOT_LESSER = RIGHTS[RIGHTS.index(Kind.WITHDRAWAL) :]
log = structlog.get_logger()


# --- state it ---------------------------------------------------------------------------------------------------


def state(
    shop: Shop,
    *,
    name: str,
    contract: str,
    email: str,
    items: str = "",
    units: Mapping[int, int] | None = None,
    language: str,
    form_key: UUID | None = None,
    order: Order | None = None,
    by: Any = "customer",
    now: datetime | None = None,
) -> Withdrawal:
    """Keep her statement. Committed when this returns; the acknowledgement follows from it. Opens no case yet.

    `contract`, `items`: as typed; no `items` is the whole order. `units`: {order line id: units} where she could pick
    them; then `items` names them. `order`: when she has shown that it is hers. Writes `withdrawal.received`. The same
    `form_key` twice is one statement.
    """
    with transaction.atomic(durable=True):
        row, _ = statements.keep(
            shop,
            name=name,
            contract=contract,
            email=email,
            items=items,
            units=units,
            language=language,
            form_key=form_key,
            order=order if order and order.shop_id == shop.pk else None,
            by=by,
            now=now,
        )
        return row


# --- which contract ---------------------------------------------------------------------------------------------


def numbers_in(contract: str) -> set[str]:
    """The keys of every order number that may stand in what was typed: one word, or some in a row ("4K7P 92TD 3")."""
    words = re.split(r"[\s,;:()]+", contract)[:MOST_WORDS]
    runs = (words[i:j] for i, j in combinations(range(len(words) + 1), 2) if j - i <= LONGEST_NUMBER)
    return {number_key("".join(run)) for run in runs} - {""}


def named_in(contract: str, orders: QuerySet[Order]) -> Order | None:
    """The one of `orders` whose number was typed; None when it is none of them, or more than one."""
    found = list(orders.filter(number_key__in=numbers_in(contract))[:2])
    return found[0] if len(found) == 1 else None


def contract_of(withdrawal: Withdrawal) -> Order | None:
    """The order she means: one that she had open, else one whose number and email address she typed.

    A number with a name is not enough: others know both, and they would open a case on somebody else's order. A
    postcode is not asked for, since the law asks for three things only. What does not fit waits for a person.
    """
    if withdrawal.order_id:
        return withdrawal.order
    hers = Order.objects.filter(shop_id=withdrawal.shop_id, customer__email=withdrawal.email.lower())
    return named_in(withdrawal.contract, hers)


def waiting(shop: Shop) -> QuerySet[Withdrawal]:
    """Statements without a case, the oldest first."""
    return Withdrawal.objects.filter(shop=shop, opened_at=None).select_related("shop", "order__customer")


def to_open(now: datetime) -> QuerySet[Withdrawal]:
    """Those whose case can perhaps be opened without a person, the newest first: none is held up by what cannot."""
    known = Order.objects.filter(shop=OuterRef("shop"), customer__email=Lower(OuterRef("email")))
    sought = Withdrawal.objects.filter(opened_at=None, failed_opens__lt=MOST_OPENS, received_at__gt=now - SOUGHT_FOR)
    return sought.filter(~Q(order=None) | Exists(known)).order_by("-pk")


# --- open its case ----------------------------------------------------------------------------------------------


def open_cases(limit: int = 50) -> int:
    """Open what was stated and is not opened yet. Returns how many were; one that fails does not stop the others."""
    opened = 0
    for withdrawal in to_open(timezone.now()).select_related("shop", "order")[:limit]:
        opened += try_to_open(withdrawal).opened_at is not None
    return opened


def try_to_open(withdrawal: Withdrawal) -> Withdrawal:
    """`open_case`, whatever goes wrong: it is tried again by the sweep, and after five failures it is a person's."""
    try:
        return open_case(withdrawal)
    except Exception as error:
        log.error("withdrawal.not_opened", number=withdrawal.number, exc_info=error)
        Withdrawal.objects.filter(pk=withdrawal.pk).update(failed_opens=F("failed_opens") + 1)
        return withdrawal


def open_case(withdrawal: Withdrawal) -> Withdrawal:
    """Open the case of this statement when we know which order and which units it means. Done twice, done once.

    Units that no case holds get a case of their own, granted at once. A live case that holds some becomes one of
    withdrawal (claims keep their ground): what was to be exchanged is paid back, and one that waits for our yes gets
    it. Writes `withdrawal.joined`, and what these verbs write. Otherwise it is left to a person, unchanged.
    """
    order = contract_of(withdrawal)
    if order is None:
        return withdrawal
    try:
        return _open(withdrawal, order, units=None, by=withdrawal.by)
    except _ForAPerson:
        Withdrawal.objects.filter(pk=withdrawal.pk).update(order=order, failed_opens=MOST_OPENS)
        return Withdrawal.objects.get(pk=withdrawal.pk)


def join(withdrawal: Withdrawal, order: Order, units: Mapping[int, int], *, by: Any) -> Withdrawal:
    """A person knows which order it means and which of its units: {order line id: units}. Opens its case.

    Raises TooMany when one of them cannot be withdrawn any more, NotNow when it was opened or closed before.
    """
    if withdrawal.shop_id != order.shop_id or not any(units.values()):
        raise TooMany(order.number)
    before = Withdrawal.objects.get(pk=withdrawal.pk)
    if before.opened_at:
        raise NotNow(before.number)
    try:
        return _open(before, order, units=units, by=by)
    except _ForAPerson as no:
        raise TooMany(str(no)) from no


def close(withdrawal: Withdrawal, *, by: Any, why: str) -> Withdrawal:
    """A person found no contract of ours in it. The statement stays as it is. Writes `withdrawal.closed`.

    Raises NotNow when it was opened or closed before.
    """
    with transaction.atomic():
        row = Withdrawal.objects.select_for_update(of=("self",)).select_related("shop").get(pk=withdrawal.pk)
        if row.opened_at:
            raise NotNow(row.number)
        row.opened_at, row.closed_by = timezone.now(), who(by)
        row.save(update_fields=["opened_at", "closed_by"])
        of, order_number = (row.order.customer, row.order.number) if row.order else (row.shop, "")
        record(of, "withdrawal.closed", by=by, order_number=order_number, number=row.number, reason=why)
        return row


class _ForAPerson(ReturnsError):
    """Which units are meant cannot be told, or something has happened to them that a person has to weigh."""


@dataclass(frozen=True, slots=True)
class _Share:
    """What of one order line is withdrawn: units that no case holds, and lines of live cases that hold some."""

    line: OrderLine
    free: int
    held: list[ReturnLine]


def _open(withdrawal: Withdrawal, order: Order, *, units: Mapping[int, int] | None, by: Any) -> Withdrawal:
    with together():
        Order.objects.select_for_update().get(pk=order.pk)
        row = Withdrawal.objects.select_for_update(of=("self",)).get(pk=withdrawal.pk)
        if row.opened_at:
            return row
        shares = _shares(order, _wanted(row, order) if units is None else units, exactly=units is not None)
        live = {held.ret_id: held.ret for share in shares for held in share.held}
        moved = [_move(ret, shares, row) for _, ret in sorted(live.items())]
        fresh = _fresh(order, shares, row, by=by)
        row.order, row.ret, row.opened_at = order, fresh or moved[0].ret, timezone.now()
        row.save(update_fields=["order", "ret", "opened_at"])
        told = bool(fresh) or any(each.decided for each in moved)
        record(
            order.customer,
            "withdrawal.joined",
            by=by,
            order_number=order.number,
            number=row.number,
            cases=[each.ret.number for each in moved] + ([fresh.number] if fresh else []),
            told=told,
        )
        return row


def _wanted(row: Withdrawal, order: Order) -> dict[int, int] | None:
    """The units that her statement names; None: all there are."""
    if row.units:
        return {int(pk): number for pk, number in row.units.items()}
    pieces = sum(line.quantity for line in order.lines.all())
    if row.items and pieces > 1:
        raise _ForAPerson("which items is said in her own words")
    return None


def _shares(order: Order, wanted: Mapping[int, int] | None, *, exactly: bool) -> list[_Share]:
    """Free units first: one that is on its way back under another case is withdrawn only when there is no other.

    Her own choice is taken as far as it still goes; a person's is taken `exactly`.
    """
    lines = {line.pk: line for line in order.lines.select_for_update()}
    if wanted is not None and not set(wanted) <= set(lines):
        raise _ForAPerson("an item is not of this order")
    shares = []
    for line in lines.values():
        asked = line.quantity if wanted is None else wanted.get(line.pk, 0)
        held = _held(line) if asked else []
        there = line.left + sum(open_units(each) for each in held)
        if exactly and asked > there:
            raise TooMany(line.sku)
        free = min(asked, line.left)
        rest, chosen = min(asked, there) - free, []
        for each in held:
            if rest > 0:
                chosen.append(each)
                rest -= open_units(each)
        if free or chosen:
            shares.append(_Share(line, free, chosen))
    if not shares:
        raise _ForAPerson("nothing of it is left to withdraw")
    return shares


def withdrawable(order: Order) -> dict[int, int]:
    """{order line id: units} that can still be withdrawn: in no case, or in one that is not through with them."""
    return {line.pk: line.left + sum(open_units(each) for each in _held(line)) for line in order.lines.all()}


def _held(line: OrderLine) -> list[ReturnLine]:
    """Lines of live cases that hold units of it."""
    live = ReturnLine.objects.filter(order_line=line).exclude(ret__state__in=[Return.State.DRAFT, *Return.ENDED])
    return [row for row in live.select_related("ret", "order_line").order_by("pk") if open_units(row)]


def open_units(line: ReturnLine) -> int:
    """Units of a live case for which nothing has been given or kept back yet; released ones are free anyway."""
    exchanged = min(line.given_early, line.exchanged)
    return max(line.holding - line.refunded - exchanged - max(line.refused - line.sent_back, 0), 0)


@dataclass(frozen=True, slots=True)
class _Moved:
    ret: Return
    decided: bool


def _move(ret: Return, shares: list[_Share], row: Withdrawal) -> _Moved:
    """A live case is one of withdrawal from now on, and she gets money. What waited for our yes gets it: the whole
    case, or its withdrawn items in a case of their own when something else in it still waits."""
    meant = {held.pk for share in shares for held in share.held}
    with case(ret) as ret:
        lines = [line for line in ret.lines.select_related("order_line") if line.pk in meant]
        if any(line.kept and line.wish != Wish.MONEY for line in lines):
            raise _ForAPerson("she was to keep it for something else")
        for line in lines:
            _change_ground(line, ret)
            if line.wish != Wish.MONEY or line.as_credit:  # she states it anew: money, the way she paid
                want_money(line, by=WITHDRAWAL, why="withdrawn")
        undecided = [line for line in ret.lines.select_related("order_line") if line.to_decide]
        ready = [line for line in undecided if line.pk in meant and _comes_back(line)]
        if ready and len(ready) < len(undecided):
            return _part(ret, ready, meant, row)
    return _whole(ret, row, ready=bool(ready))


def _part(ret: Return, ready: list[ReturnLine], meant: set[int], row: Withdrawal) -> _Moved:
    own = set_apart(ret, ready, by=WITHDRAWAL)
    statements.mark(own, row.received_at)
    if meant - {line.pk for line in ready}:
        statements.mark(ret, row.received_at)
    return _Moved(own, decided=True)


def _whole(ret: Return, row: Withdrawal, *, ready: bool) -> _Moved:
    with case(ret) as ret:
        statements.mark(ret, row.received_at)
    return _Moved(approve(ret, by=WITHDRAWAL) if ready else ret, decided=ready)


def _change_ground(line: ReturnLine, ret: Return) -> None:
    """The law gives other sums than the terms: a refund that has not left is worked out anew. What she had cancelled
    and has left all the same is to come back."""
    if line.kind == Kind.CANCEL and line.to_decide and not not_sent_yet(ret.order):
        note(ret, "line.moved", by=WITHDRAWAL, line=line.order_line.position, before=line.kind, after=Kind.WITHDRAWAL)
        line.kind = Kind.WITHDRAWAL
        line.save(update_fields=["kind"])
    if line.kind in NOT_LESSER:
        return
    line.ret = ret
    change_kind(line, Kind.WITHDRAWAL, by=WITHDRAWAL)
    keep_money_back(ret, by=WITHDRAWAL)
    follow(ret)


WITHDRAWAL = "withdrawal"  # who did it: her statement, neither she herself nor the rules


def _comes_back(line: ReturnLine) -> bool:
    """Whether a yes brings goods. Money for what never came, or need not come, is not granted without a look."""
    return not (line.reason == Reason.MISSING or line.arrived is False or line.keep or line.kind == Kind.CANCEL)


def _fresh(order: Order, shares: list[_Share], row: Withdrawal, *, by: Any) -> Return | None:
    units = {share.line.pk: share.free for share in shares if share.free}
    if not units:
        return None
    ret = open_for(
        order,
        units,
        kind=Kind.WITHDRAWAL,
        reason=Reason.CHANGED_MIND,
        by=by,
        language=row.language,
        withdrawn_at=row.received_at,
    )
    with case(ret) as ret:
        statements.mark(ret, row.received_at)
        return ret


# --- tell her ---------------------------------------------------------------------------------------------------


def acknowledgement(withdrawal: Withdrawal) -> bytes:
    """The receipt as PDF. Raises returns.papers.PapersUnavailable."""
    return papers.acknowledgement_pdf(acknowledgement_facts(withdrawal))


def acknowledgement_facts(withdrawal: Withdrawal) -> papers.AcknowledgementFacts:
    """The whole statement with date and time: it repeats what was typed, and tells no more of any order."""
    shop = withdrawal.shop
    return papers.AcknowledgementFacts(
        language=withdrawal.language,
        shop_name=shop.name,
        shop_address=tuple(shop.address_lines),
        number=withdrawal.number,
        name=withdrawal.name,
        contract=withdrawal.contract,
        items=tuple(line.strip() for line in withdrawal.items.splitlines() if line.strip()),
        email=withdrawal.email,
        received_at=withdrawal.received_at.astimezone(shop.zone),
        statement=withdrawal.text,
        next_steps=tuple(statements.next_steps(withdrawal)),
    )
