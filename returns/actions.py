"""What happens to a case as a whole, one function a verb.

Her answers before she sends it: `drafts.py`. Boxes: `parcels.py`. The bench: `goods.py`. What is sent instead:
`exchanges.py`. Withdrawals: `withdrawals.py`. Money: `money.py`. Webhooks: `knocks.py`.

Every verb locks the order first, then the case, checks, moves the ledgers and the state, and writes one line of the
timeline in the same transaction.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils import timezone
from django_fsm import ConcurrentTransition, TransitionNotAllowed, can_proceed

from customers.timeline import who
from orders import actions as shelf
from orders.errors import UnitsTaken
from orders.models import Order, OrderLine, Payment
from returns import amounts, approvals, policy, states
from returns.audit import record, together
from returns.errors import NothingLeft, NotNow, NotReturnable, NotTheSame, TooMany
from returns.kinds import Kind, Reason, Wish
from returns.models import Concession, Photo, Proof, Question, Refund, Return, ReturnLine, ReturnParcel
from returns.policy.rules import NOT_BY_POST
from returns.queries import to_expire
from returns.statements import record_from_case


@contextmanager
def case(ret: Return) -> Iterator[Return]:
    """The case, freshly read under a lock on its order, in one transaction; a step that no longer fits is NotNow."""
    try:
        with together():
            # no_key: rows of others that only name it (an audit, a letter) need not wait for this, nor it for them
            Order.objects.select_for_update(no_key=True).get(pk=ret.order_id)
            yield (
                Return.objects.select_for_update(of=("self",), no_key=True)
                .select_related("shop", "order__customer")
                .get(pk=ret.pk)
            )
    except (TransitionNotAllowed, ConcurrentTransition) as no:
        raise NotNow(str(no)) from no


def note(ret: Return, verb: str, *, by: Any, **facts: Any) -> None:
    record(ret.order.customer, verb, by=by, order_number=ret.order.number, number=ret.number, **facts)


def follow(ret: Return) -> None:
    """Let the state say what the ledgers say now, and keep the case. Call inside `case()`, after they moved.

    Only a case that was granted is moved. Writes `return.settled` when that was the last thing to be done.
    """
    granted = ret.state in Return.UNDER_WAY and not any(line.to_decide for line in ret.lines.all())
    target = states.implied(states.standing(ret)) if granted else ret.state
    still_open = ret.state == Return.State.REOPENED and target in {Return.State.APPROVED, Return.State.PARTLY_APPROVED}
    if target != ret.state and not still_open:
        getattr(ret, states.STEP[target])()
    ret.save()
    if target == Return.State.SETTLED and granted:
        note(ret, "return.settled", by="rules")


# --- request ----------------------------------------------------------------------------------------------------


def submit(ret: Return, *, by: Any = "customer") -> Return:
    """Send the request: take the units, hold what was asked instead, and let the rules decide what they can.

    Sent twice it changes nothing the second time. Writes `return.created`, `withdrawal.received` where it is one, and
    `return.approved` where the rules say yes. Raises NotReturnable, NotNow while a question is open,
    orders.errors.UnitsTaken, orders.errors.SoldOut; then nothing has happened.
    """
    with case(ret) as ret:
        if ret.state != Return.State.DRAFT:
            return ret
        terms = policy.terms_of(ret.order)
        verdicts = policy.judge(ret, terms, ret.shop.today())
        noes = [verdict.code for verdict in verdicts if verdict.answer == "no"]
        if noes or not verdicts:
            raise NotReturnable(noes or ["nothing_chosen"])
        lines = list(ret.lines.select_related("order_line__order", "swap"))
        if any(_unanswered(line) for line in lines):
            raise NotNow("a question has no answer yet")
        for line in lines:
            _take(line, ret, terms)
        asks = sorted({verdict.code for verdict in verdicts if verdict.answer == "ask"})
        withdrawn = [line for line in lines if line.is_withdrawal]
        if asks and withdrawn and len(withdrawn) < len(lines):
            _begin(_apart(ret, withdrawn), withdrawn, by=by, asks=[], terms=terms)
            withdrawn = []
        return _begin(ret, withdrawn, by=by, asks=asks, terms=terms)


def _apart(ret: Return, lines: Iterable[ReturnLine]) -> Return:
    """Withdrawn items in a case of their own: they do not wait while a person looks at the others."""
    own = Return.objects.create(
        shop_id=ret.shop_id, order=ret.order, language=ret.language, way=ret.way, started_by=ret.started_by
    )
    for line in lines:
        line.ret = own
        line.save(update_fields=["ret"])
    return own


def set_apart(ret: Return, lines: Iterable[ReturnLine], *, by: Any) -> Return:
    """Withdrawn items of a request that waits for our decision, granted at once. Call inside `case()`. Writes
    `return.created` and `return.approved`."""
    own = _apart(ret, lines)
    _open(own, by=by, asks=[], terms=policy.terms_of(ret.order))
    return _grant(own, by="rules")


def _begin(ret: Return, withdrawn: Sequence[ReturnLine], *, by: Any, asks: list[str], terms: policy.Terms) -> Return:
    if withdrawn:
        ret.withdrawn_at = timezone.now()
    _open(ret, by=by, asks=asks, terms=terms)
    if withdrawn:
        record_from_case(ret, withdrawn, by=by)
    return ret if asks else _grant(ret, by="rules")


def _unanswered(line: ReturnLine) -> bool:
    swap = line.wish == Wish.SWAP
    return not line.reason or not line.wish or (swap != (line.swap_id is not None))


def _take(line: ReturnLine, ret: Return, terms: policy.Terms) -> None:
    """Nobody else may return these units now, nor buy what waits for her instead."""
    told = policy.outcome(policy.wished(line, ret.shop.today()), terms)
    line.kind, line.keep = told.kind, told.way_back == "none"
    shelf.take_units(line.order_line, line.requested)
    if line.swap:
        shelf.hold(line.swap, line.requested)
        line.held, line.held_until = line.requested, ret.shop.today() + timedelta(days=terms.hold_days)
    line.save()


def _open(ret: Return, *, by: Any, asks: list[str], terms: policy.Terms, here: bool = False) -> None:
    ret.send_by = ret.shop.today() + timedelta(days=terms.send_back_days)
    ret.expires_on = ret.send_by + timedelta(days=terms.expire_days)
    ret.submit()
    if asks:
        ret.ask_a_person()
    ret.save()
    note(ret, "return.created", by=by, asks=asks, terms=terms.version, here=here)


def open_for(
    order: Order,
    units: Mapping[int, int],
    *,
    kind: str,
    reason: str,
    by: Any,
    language: str,
    asks: Sequence[str] = (),
    here: bool = False,
    **facts: Any,
) -> Return:
    """A case that nobody filled in: {order line id: units} for money. Granted at once, unless something `asks` for a
    person. Writes `return.created` and `return.approved`. For withdrawals, orders that are to be cancelled, and parcels
    that came back by themselves.

    `here`: the goods lie on the bench, so no label is made and nobody is asked to send them. `facts` are further fields
    of the case (`withdrawn_at`, `late`). Raises TooMany when a unit is in another case.
    """
    with together():
        Order.objects.select_for_update().get(pk=order.pk)
        way = Return.Way.OWN if here else Return.Way.CODE
        draft = Return.objects.create(
            shop_id=order.shop_id, order=order, language=language, started_by=who(by), way=way, **facts
        )
        with case(draft) as ret:
            terms = policy.terms_of(order)
            for line in order.lines.filter(pk__in=units):
                _claim(line, units[line.pk])
                ReturnLine.objects.create(
                    ret=ret, order_line=line, kind=kind, reason=reason, wish=Wish.MONEY, requested=units[line.pk]
                )
            _open(ret, by=by, asks=list(asks), terms=terms, here=here)
            return ret if asks else _grant(ret, by="rules")


def _claim(line: OrderLine, units: int) -> None:
    try:
        shelf.take_units(line, units)
    except UnitsTaken as taken:
        raise TooMany(str(taken)) from taken


# --- decide -----------------------------------------------------------------------------------------------------


def approve(ret: Return, *, by: Any, units: Mapping[int, int] | None = None, reason: str = "") -> Return:
    """Say yes: to all of it, or to {return line id: units} of it and no to the rest, with a `reason` she reads.

    What need not come back is counted as kept; for the rest a box is planned, where it may go by post. Writes
    `return.approved`, or `return.rejected` when no unit is left. Raises TooMany, NotNow, and NotTheSame when the same
    person has said no before.
    """
    with case(ret) as ret:
        _not_the_same(ret, by)
        lines = ret.lines.all()
        partly = [line for line in lines if units is not None and units.get(line.pk, 0) < line.to_decide]
        if _first_no(ret, partly, by=by, reason=reason):
            return ret
        ret.no_at = None
        return _grant(ret, by=by, units=units, reason=reason)


def _grant(ret: Return, *, by: Any, units: Mapping[int, int] | None = None, reason: str = "") -> Return:
    before = ret.state
    undecided = ret.state in {*Return.UNDECIDED, Return.State.DISPUTED}
    if not undecided or not any(line.to_decide for line in ret.lines.all()):
        raise NotNow("nothing is left to decide")
    for line in ret.lines.select_related("order_line", "swap"):
        yes = line.to_decide if units is None else units.get(line.pk, 0)
        if not 0 <= yes <= line.to_decide or (yes < line.to_decide and line.is_withdrawal):
            raise TooMany(line.order_line.sku)
        line.approved += yes
        _say_no(line, line.to_decide)
        _what_stays(line, yes)
        line.save()
    advance(ret, "submit")
    approved = sum(line.approved for line in ret.lines.all())
    rejected = sum(line.rejected for line in ret.lines.all())
    if not approved:
        ret.reject(who(by), reason)
        ret.save()
        note(ret, "return.rejected", by=by, before=before, reason=reason)
        return ret
    if rejected:
        ret.approve_partly(who(by), reason)
    else:
        ret.approve(who(by))
    ret.save()
    _concede(ret, by=by)
    _plan_box(ret)
    note(ret, "return.approved", by=by, before=before, approved=approved, rejected=rejected, reason=reason)
    follow(ret)
    return ret


def _not_the_same(ret: Return, by: Any) -> None:
    """Who said no does not decide again when she did not agree."""
    if ret.contested_at and who(by) in {ret.decided_by, ret.no_by}:
        raise NotTheSame(who(by))


def _say_no(line: ReturnLine, units: int) -> None:
    if units:
        line.rejected += units
        release(line, units)
        let_go(line, units)


def _what_stays(line: ReturnLine, yes: int) -> None:
    """Units of which no goods are to come."""
    never_came = line.reason == Reason.MISSING or line.arrived is False or line.kind == Kind.CANCEL
    if never_came and line.wish != Wish.PART:
        line.not_arrived += yes
    elif line.keep or line.wish in {Wish.REDUCTION, Wish.DELIVERY, Wish.PART}:
        line.kept += yes


def release(line: ReturnLine, units: int) -> None:
    """These units are the customer's again: another case may take them."""
    line.released += units
    shelf.give_back_units(line.order_line, units)


def let_go(line: ReturnLine, units: int) -> None:
    """Held pieces go back on the shelf."""
    free = min(units, line.held)
    if line.swap and free:
        line.held -= free
        shelf.release(line.swap, free)


def advance(ret: Return, trigger: str) -> None:
    """Where the terms give before the goods are here: a booked exception, closed by their receipt."""
    today, terms = ret.shop.today(), policy.terms_of(ret.order)
    for line in ret.lines.select_related("order_line__order__shop"):
        told = policy.outcome(policy.wished(line, today), terms)
        if told.trigger == trigger and line.to_receive and not line.advanced:
            line.advanced = line.to_receive
            line.save()


def advance_no_more(ret: Return, trigger: str, *, by: Any) -> None:
    """What `advance` gave for a reason that did not hold is not given, where it has not left. Call inside `case()`."""
    today, terms = ret.shop.today(), policy.terms_of(ret.order)
    lines = [line for line in ret.lines.select_related("order_line__order__shop") if line.advanced > line.given_early]
    lines = [line for line in lines if policy.outcome(policy.wished(line, today), terms).trigger == trigger]
    leaving = keep_money_back(ret, by=by) if lines else False
    for line in lines:
        if not (leaving and line.wish == Wish.MONEY):
            line.advanced = line.given_early
            line.save()


def _concede(ret: Return, *, by: Any) -> None:
    """What she gets for things that stay, as sums of their own."""
    terms = policy.terms_of(ret.order)
    for line in ret.lines.select_related("order_line").filter(wish=Wish.REDUCTION, kept__gt=0):
        amount = reduction(line, terms)
        Concession.objects.create(
            ret=ret, order_line=line.order_line, why="reduction", units=line.kept, amount=amount, by=who(by)
        )
    delivery = ret.lines.filter(wish=Wish.DELIVERY, kept__gt=0).exists()
    if delivery and ret.order.delivery_paid and not delivery_conceded(ret.order):
        Concession.objects.create(ret=ret, why="delivery", amount=ret.order.delivery_paid, by=who(by))


def reduction(line: ReturnLine, terms: policy.Terms) -> int:
    """What she gets back for keeping units as they are, in the smallest unit."""
    told = policy.outcome(policy.wished(line, line.ret.shop.today()), terms)
    worth = amounts.part(line.order_line.paid, line.order_line.quantity, 0, line.kept or line.requested)
    return amounts.percent(worth, told.reduction_percent)


def delivery_conceded(order: Order) -> bool:
    return Concession.objects.filter(ret__order=order, why="delivery").exclude(ret__state__in=Return.ENDED).exists()


def _plan_box(ret: Return) -> None:
    carrier = policy.terms_of(ret.order).return_carrier
    if ret.way in {Return.Way.OWN, Return.Way.COLLECT} or not carrier:
        return
    coming = [line for line in ret.lines.select_related("order_line") if line.to_receive]
    by_post = all(line.order_line.product_group not in NOT_BY_POST for line in coming)
    if coming and by_post and not ret.parcels.exclude(state=ReturnParcel.State.LABEL_VOID).exists():
        ReturnParcel.objects.create(ret=ret, position=ret.parcels.count() + 1, carrier=carrier)


def reject(ret: Return, *, by: Any, reason: str) -> Return:
    """Say no, with a reason that the customer reads. Units and held pieces are free again. Writes `return.rejected`; or
    `return.first_no`, where it refuses a right: then it waits until a second person says so too.

    Raises NotNow for a withdrawal: whether it counts is not ours to decide. Raises NotTheSame for a second no of the
    same person.
    """
    with case(ret) as ret:
        _not_the_same(ret, by)
        lines = list(ret.lines.all())
        if any(line.is_withdrawal for line in lines):
            raise NotNow("a withdrawal is never rejected")
        if _first_no(ret, lines, by=by, reason=reason):
            return ret
        ret.no_at = None
        return _grant(ret, by=by, units={}, reason=reason)


def _first_no(ret: Return, lines: Iterable[ReturnLine], *, by: Any, reason: str) -> bool:
    """Whether this no to `lines` waits for a second person: nobody alone refuses what the law gives."""
    if not approvals.takes_a_right(lines) or ret.state not in {*Return.UNDECIDED, Return.State.DISPUTED}:
        return False
    if ret.no_at and ret.no_by == who(by):
        raise NotTheSame(ret.no_by)
    if ret.no_at or ret.contested_at:  # who judges her objection is a second person already
        return False
    ret.no_by, ret.no_reason, ret.no_at = who(by), reason, timezone.now()
    ret.save()
    note(ret, "return.first_no", by=by, reason=reason)
    return True


def ask(ret: Return, *, by: Any, text: str) -> Question:
    """Ask the customer for what is missing; one question at a time. Writes `return.asked`."""
    with case(ret) as ret:
        ret.ask()
        ret.save()
        question = Question.objects.create(ret=ret, text=text, asked_by=who(by))
        note(ret, "return.asked", by=by, text=text)
        return question


def answer(ret: Return, *, by: Any, text: str) -> Return:
    """Her answer; the case is ours again. Writes `return.answered`."""
    with case(ret) as ret:
        ret.answer()
        ret.save()
        ret.questions.filter(answered_at=None).update(answer=text, answered_at=timezone.now())
        note(ret, "return.answered", by=by)
        return ret


def contest(ret: Return, *, by: Any, words: str = "") -> Return:
    """She does not agree with a no: a second person decides. Takes the units again. Writes `return.contested`.

    Raises NotNow when it was no no, or has been contested before, TooMany when the units are in another case.
    """
    with case(ret) as ret:
        if ret.contested_at or ret.state != Return.State.REJECTED:
            raise NotNow("there is no decision to disagree with, or it was contested before")
        ret.dispute()
        ret.save()
        for line in ret.lines.select_related("order_line").filter(rejected__gt=0):
            _claim(line.order_line, line.rejected)
            line.released -= line.rejected
            line.rejected = 0
            line.save()
        note(ret, "return.contested", by=by, words=words)
        return ret


# --- close and open again ---------------------------------------------------------------------------------------


def cancel(ret: Return, *, by: Any) -> Return:
    """The customer keeps it, until the carrier's first scan. Its label is taken back, and money that has not left is
    stopped. What was given stays given: then only what was to come is closed. Writes `return.cancelled`.

    Raises NotNow, also when she has had the money or the new item for what is still to come.
    """
    with case(ret) as ret:
        before, goes_on = ret.state, False
        if before == Return.State.DRAFT:
            ret.cancel()
            ret.save()
            ret.lines.update(released=F("requested"))  # it had taken nothing
        elif ret.proof_at:
            raise NotNow("this is on its way already")
        else:
            goes_on = _close(ret, ret.cancel, by=by)
        note(ret, "return.cancelled", by=by, before=before)
        if goes_on:
            follow(ret)
        return ret


def can_be_cancelled(ret: Return) -> bool:
    """Whether it still lies with her, and she has had nothing yet for what is to come."""
    return ret.state in Return.BEFORE_FIRST_SCAN and not ret.proof_at and not _given_early(ret)


def _given_early(ret: Return) -> bool:
    return any(line.given_early for line in ret.lines.all())


def expire_returns(limit: int = 50) -> int:
    """Close what nobody sent in time; a withdrawal is left to a person. Returns how many were closed."""
    ended = 0
    for ret in to_expire(timezone.now())[:limit]:
        ended += expire(ret)
    return ended


def expire(ret: Return) -> bool:
    """No parcel came in time: the units are hers again, as in `cancel`. Writes `return.expired`. False when it moved
    meanwhile."""
    try:
        with case(ret) as ret:
            if ret.withdrawn_at or ret.proof_at:
                return False
            goes_on = _close(ret, ret.expire, by="rules")
            note(ret, "return.expired", by="rules")
            if goes_on:
                follow(ret)
            return True
    except NotNow:
        return False


def _close(ret: Return, end: Callable[[], None], *, by: Any) -> bool:
    """`end` it, or only what was to come, where something of it was given or goes on. Returns whether it goes on."""
    if not can_proceed(end):
        raise NotNow(f"a case that is {ret.state} cannot be closed")
    leaving = keep_money_back(ret, by=by)
    lines = list(ret.lines.select_related("order_line", "swap"))
    if any(line.advanced and (line.settled or (leaving and line.wish == Wish.MONEY)) for line in lines):
        raise NotNow("she has had the money or the new item for what is to come")
    goodwill = ret.concessions.filter(given=False, why=Concession.Why.GOODWILL).exists()
    goes_on = leaving or goodwill or any(line.settled for line in lines)
    for line in lines:
        if goes_on:
            _give_up(line)
        else:
            release(line, line.holding)
            let_go(line, line.held)
        line.save()
    unused = ret.parcels.filter(state__in=[ReturnParcel.State.LABEL_CREATED, ReturnParcel.State.PLANNED])
    unused.filter(state=ReturnParcel.State.PLANNED).update(state=ReturnParcel.State.LABEL_VOID)
    unused.update(void_at=timezone.now())
    if not goes_on:
        ret.concessions.filter(given=False).delete()
        end()
        ret.save()
    return goes_on


def _give_up(line: ReturnLine) -> None:
    """What was to come does not: it brings nothing, and is hers again."""
    units, line.advanced = line.to_receive, 0
    line.missing += units
    release(line, units)
    let_go(line, units)


def keep_money_back(ret: Return, *, by: Any) -> bool:
    """Stop the refunds that have not left; True when one has, whose units are not counted yet. Call inside `case()`."""
    for refund in ret.refunds.select_for_update(of=("self",)).filter(state__in=Refund.NOT_LEFT):
        if "apart" not in refund.snapshot:
            stop(refund, ret, by=by)
    uncounted = Refund.objects.filter(ret=ret, state=Refund.State.SUCCEEDED, counted=False)
    return uncounted.exists() or ret.refunds.filter(state__in=Refund.SENT).exists()


def stop(refund: Refund, ret: Return, *, by: Any) -> None:
    """Keep it from leaving, and free its reservation. Writes `refund.stopped`. Call inside `case()`."""
    reserved = refund.state == Refund.State.APPROVED
    refund.stop()
    refund.save()
    if reserved:
        free(refund)
    note(ret, "refund.stopped", by=by, amount=refund.amount, currency=refund.currency, refund=str(refund.uuid))


def free(refund: Refund) -> None:
    """Its sum is there for other refunds again."""
    if "back" in refund.snapshot:
        return
    Payment.objects.filter(pk=refund.payment_id).update(reserved=F("reserved") - refund.amount)


def reopen(ret: Return, *, by: Any, why: str) -> Return:
    """Open a closed case again and grant it: its parcel came after all, or a person wants it. She has as much time as
    at first. Writes `return.reopened`.

    One that is settled has nothing left to do: a failed refund or a goodwill sum opens it; one that was never sent is
    no request. Units that are in another case meanwhile are not taken a second time: TooMany.
    """
    with case(ret) as ret:
        before, terms = ret.state, policy.terms_of(ret.order)
        if before == Return.State.SETTLED or ret.submitted_at is None:
            raise NotNow("everything is settled, or it was never asked")
        ret.reopen()
        ret.send_by = max(filter(None, (ret.send_by, ret.shop.today() + timedelta(days=terms.send_back_days))))
        ret.expires_on = ret.send_by + timedelta(days=terms.expire_days)
        ret.save()
        for line in ret.lines.select_related("order_line"):
            _take_again(line, rejected=0 if before == Return.State.REJECTED else line.rejected)
        if ret.proof_at is None:
            ret.parcels.filter(shipment=None).update(state=ReturnParcel.State.PLANNED)  # no label was bought for it
        ret.parcels.exclude(void_at=None).update(void_at=None)
        _concede(ret, by=by)
        _plan_box(ret)
        note(ret, "return.reopened", by=by, before=before, why=why)
        follow(ret)
        return ret


def _take_again(line: ReturnLine, *, rejected: int) -> None:
    line.rejected = rejected
    again = line.requested - rejected - line.missing - line.holding
    if again > 0:
        _claim(line.order_line, again)
        line.released -= again
    more = line.requested - rejected - line.approved
    line.approved += more
    _what_stays(line, more)
    line.save()


def change_kind(line: ReturnLine, kind: str, *, by: Any) -> None:
    """Move a line to another ground, never to one with lesser rights. Writes `line.moved`. Call inside `case()`."""
    if line.kind == kind:
        return
    if RIGHTS.index(Kind(kind)) < RIGHTS.index(Kind(line.kind)):
        raise NotNow(f"{kind} gives fewer rights than {line.kind}")
    note(line.ret, "line.moved", by=by, line=line.order_line.position, before=line.kind, after=kind)
    line.kind = kind
    line.save(update_fields=["kind"])


# From the shop's own kindness to a fault of ours: who stands on a later ground has no fewer rights.
RIGHTS = [Kind.GOODWILL, Kind.RETURN, Kind.WITHDRAWAL, Kind.CARRIER_RETURN, Kind.CANCEL, Kind.CLAIM]


def concede(ret: Return, *, amount: int, words: str, by: Any, line: ReturnLine | None = None) -> Concession:
    """Goodwill: a sum without goods, with the reason a person wrote. Writes `concession.given`. Raises NothingLeft for
    more than the payments hold beside what is proposed: it could never be sent, nor anything beside it."""
    with case(ret) as ret:
        if ret.state in Return.ENDED and ret.state != Return.State.SETTLED:
            raise NotNow(f"a case that is {ret.state} gives nothing")
        proposed = Refund.objects.filter(ret__order=ret.order, state=Refund.State.PROPOSED)
        asked = sum(proposed.exclude(snapshot__has_key="apart").values_list("amount", flat=True))
        if amount > sum(payment.left for payment in ret.order.payments.all()) - asked:
            raise NothingLeft(ret.order.number)
        row = Concession.objects.create(
            ret=ret,
            order_line=line.order_line if line else None,
            why="goodwill",
            amount=amount,
            words=words,
            by=who(by),
        )
        note(ret, "concession.given", by=by, amount=amount, currency=ret.order.currency, words=words)
        if ret.state == Return.State.SETTLED:
            ret.reopen()
            ret.save()
        follow(ret)
        return row


PHOTO_DAYS = 90  # after its case has ended


def forget_photos(older_than: datetime) -> int:
    """Pictures and receipts of cases that ended before then are deleted, and pictures of what nobody announced when it
    was settled before then. Returns how many."""
    ended = Q(line__ret__state__in=Return.ENDED, line__ret__ended_at__lt=older_than)
    photos = Photo.objects.filter(ended | Q(unexpected__resolved_at__lt=older_than))[:200]
    for photo in photos:
        photo.file.delete(save=False)
        photo.delete()
    proofs = Proof.objects.filter(ret__state__in=Return.ENDED, ret__ended_at__lt=older_than).exclude(file="")[:200]
    for proof in proofs:
        proof.file.delete(save=True)
    return len(photos) + len(proofs)
