"""Store credit: a ledger that only grows. What a customer can spend is the sum of its entries.

Every verb locks the row of her credit (after the order and the case, where there is one). An entry above nothing is a
source; what is spent, taken back or expired names the source it takes from, the one that ends first in front.
"""

import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from customers.models import Customer, Entry, Shop
from customers.numbers import ALPHABET, check_character
from customers.timeline import who
from orders.models import Payment
from returns import approvals, bank, policy
from returns.actions import case, note, stop
from returns.audit import record, together
from returns.errors import KeyTaken, NotEnough, NotNow
from returns.models import Credit, CreditEntry, Refund, Return
from returns.payouts.base import Outcome
from returns.payouts.money import smallest_step
from returns.policy import law
from returns.queries import RAILS, over_everywhere

BACK_WITHIN = timedelta(days=14)
TELL_BEFORE = (30, 7)  # days before an end

Kind = CreditEntry.Kind


@dataclass(frozen=True, slots=True)
class Source:
    """An entry with money in it: `rest` is what is left of it, in the smallest unit."""

    entry: CreditEntry
    rest: int

    @property
    def ends(self) -> date:
        return self.entry.expires_on or date.max


# --- look -------------------------------------------------------------------------------------------------------


def credit_coded(shop: Shop, code: str) -> Credit | None:
    """The credit with this code, however it was typed."""
    plain = "".join(character for character in code.upper() if character in ALPHABET)
    written = "-".join(plain[start : start + 4] for start in range(0, len(plain), 4))
    return Credit.objects.filter(shop=shop, code=written).select_related("shop", "customer").first()


def credits_of(customer: Customer) -> QuerySet[Credit]:
    return Credit.objects.filter(customer=customer).select_related("shop", "customer").order_by("currency")


def balance(credit: Credit) -> int:
    """What she can spend today: what has ended counts no more, also before the sweep has booked it."""
    return sum(source.rest for source in sources(credit))


def sources(credit: Credit) -> list[Source]:
    """All that can be spent today, what ends first in front."""
    entries = list(credit.entries.select_related("refund__payment"))
    taken: Counter[int | None] = Counter()
    for entry in entries:
        taken[entry.of_id] += entry.amount
    rests = [Source(entry, entry.amount + taken[entry.pk]) for entry in entries if entry.of_id is None]
    today = credit.shop.today()
    return sorted((each for each in rests if each.rest > 0 and each.ends >= today), key=lambda each: each.ends)


def may_go_back(ret: Return, *, late: bool = False) -> list[Source]:
    """What is left of the credit that she chose for this case herself, and for 14 days may have as money after all.
    `late`: also after them, when a person lets her. What paid back a gift card was never money, and what her bank has
    taken back is money already."""
    issued = CreditEntry.objects.filter(refund__ret=ret, kind=Kind.ISSUED).exclude(refund__payment__provider="credit")
    issued = issued.exclude(refund__payment__dispute=Payment.Dispute.LOST)
    issues = {
        entry.pk for entry in issued.select_related("refund__payment") if entry.refund and is_chosen(entry.refund)
    }
    credit = Credit.objects.filter(entries__in=issues).select_related("shop").first()
    found = [source for source in sources(credit) if source.entry.pk in issues] if credit else []
    return [source for source in found if late or ret.shop.today() <= last_day_back(ret.shop, source.entry)]


def as_money(going: Iterable[Source]) -> int:
    """How much of it leaves when it goes back."""
    return sum(_payable(payment, each) for payment, each in _by_payment(going).items())


def last_day_back(shop: Shop, issue: CreditEntry) -> date:
    return shop.today(issue.at) + BACK_WITHIN


def is_chosen(refund: Refund) -> bool:
    """She asked for credit in place of money."""
    return bool(refund.snapshot.get("as_credit"))


# --- issue ------------------------------------------------------------------------------------------------------


def issue(refund: Refund) -> Outcome:
    """Pay a refund out as credit, once, however often it is asked. Writes `credit.issued`.

    Raises NotNow for a refund that nobody is sending.
    """
    with case(refund.ret) as ret:
        row = Refund.objects.select_for_update(of=("self",)).get(pk=refund.pk)
        if not CreditEntry.objects.filter(refund=row).exists():
            if row.state != Refund.State.SENDING:
                raise NotNow(row.state)
            _issue(ret, row)
        return Outcome(
            provider_id=f"credit:{row.uuid}",
            state=str(Refund.State.SUCCEEDED),
            amount=row.amount,
            currency=row.currency,
            destination="credit",
            refund_uuid=str(row.uuid),
        )


def last_day_today(ret: Return) -> date | None:
    """The last day of credit that is issued for this case today; None: it has no end."""
    country = str(ret.order.address.get("country", ""))
    return law.credit_ends(country, ret.shop.today(), policy.terms_of(ret.order).credit_months)


def _issue(ret: Return, row: Refund) -> None:
    CreditEntry.objects.create(
        credit=_locked(_credit_for(ret.order.customer, row.currency)),
        kind=Kind.ISSUED,
        amount=row.amount,
        refund=row,
        order_number=ret.order.number,
        by=row.approved_by or "rules",
        expires_on=last_day_today(ret),
    )
    facts = {"amount": row.amount, "currency": row.currency, "refund": str(row.uuid)}
    note(ret, "credit.issued", by=row.approved_by or "rules", **facts)


def _credit_for(customer: Customer, currency: str) -> Credit:
    facts = {"shop_id": customer.shop_id, "code": new_code()}
    return Credit.objects.get_or_create(customer=customer, currency=currency, defaults=facts)[0]


def new_code() -> str:
    """Whoever knows it can spend the credit: eleven random characters and a check character, as XXXX-XXXX-XXXX."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(11))
    whole = body + check_character(body)
    return "-".join(whole[start : start + 4] for start in (0, 4, 8))


def _locked(credit: Credit) -> Credit:
    return Credit.objects.select_for_update(of=("self",)).select_related("shop", "customer").get(pk=credit.pk)


# --- spend and correct ------------------------------------------------------------------------------------------


@together()
def spend(credit: Credit, *, amount: int, key: str, by: Any, order_number: str = "") -> int:
    """Pay with it: all of `amount` or nothing. The same `key` again changes nothing. Returns what is left.

    `key` is the caller's own name for this payment, without blanks, at most 100 characters. Writes `credit.spent`.
    Raises NotEnough, KeyTaken when the key once paid another sum, ValueError for a sum or a key that cannot be, and
    NotAllowed for staff without money rights or whose own it is.
    """
    _check(amount > 0, key)
    approvals.check_rights(by, credit.customer)
    row = _locked(credit)
    if not _is_done(row, key, -amount):
        _take(row, amount, kind=Kind.SPENT, by=by, key=key, order_number=order_number)
        _record(row, "credit.spent", by=by, amount=amount, spent_on=order_number)
    return balance(row)


@together()
def correct(credit: Credit, *, amount: int, words: str, by: Any, key: str) -> int:
    """Put a mistake right: more, or less with a sum below nothing, never below what there is. Returns what is left.

    `words` say why, for colleagues. The same `key` again changes nothing. Writes `credit.corrected`. Raises NotEnough,
    KeyTaken, ValueError, NotAllowed as `spend` does.
    """
    _check(bool(amount), key)
    approvals.check_rights(by, credit.customer)
    approvals.check_gift(by, credit.shop, amount, credit.currency)
    row = _locked(credit)
    if not _is_done(row, key, amount):
        if amount < 0:
            _take(row, -amount, kind=Kind.CORRECTED, by=by, key=key, words=words)
        else:
            row.entries.create(kind=Kind.CORRECTED, amount=amount, by=who(by), key=key, words=words)
        _record(row, "credit.corrected", by=by, amount=amount, reason=words)
    return balance(row)


def _check(has_sum: bool, key: str) -> None:
    if not has_sum or not key or len(key) > 100 or key.split() != [key]:
        raise ValueError("write a sum above nothing, and a key without blanks of at most 100 characters")


def _is_done(credit: Credit, key: str, amount: int) -> bool:
    had = [entry for entry in credit.entries.exclude(key=None) if (entry.key or "").partition(" ")[0] == key]
    if had and sum(entry.amount for entry in had) != amount:
        raise KeyTaken(key)
    return bool(had)


def _take(
    credit: Credit, amount: int, *, kind: str, by: Any, key: str, order_number: str = "", words: str = ""
) -> None:
    """An entry for each source it takes from; the key of the second and further ones has its number behind it."""
    there = sources(credit)
    if amount > sum(source.rest for source in there):
        raise NotEnough(sum(source.rest for source in there))
    for n, (source, part) in enumerate(_parts(there, amount)):
        facts = {"order_number": order_number, "words": words, "by": who(by)}
        credit.entries.create(kind=kind, amount=-part, of=source.entry, key=f"{key} {n}" if n else key, **facts)


def _parts(there: Iterable[Source], amount: int) -> list[tuple[Source, int]]:
    """What of `amount` comes from each, the first one first."""
    parts = []
    for source in there:
        part = min(amount, source.rest)
        if part:
            parts.append((source, part))
            amount -= part
    return parts


def _record(credit: Credit, verb: str, *, by: Any, **facts: Any) -> None:
    """On the order that the credit was last issued for, where its customer's story stands."""
    issued = credit.entries.filter(kind=Kind.ISSUED).last()
    number = issued.order_number if issued else ""
    record(credit.customer, verb, by=by, order_number=number, currency=credit.currency, **facts)


# --- money after all --------------------------------------------------------------------------------------------


def back(ret: Return, *, by: Any, late: bool = False) -> list[Refund]:
    """Money after all: what is left of the credit of her own choice goes to the payments it came from, as refunds that
    are decided on like any other. Their sums stay reserved as they were. Writes `credit.back`.

    `late`: a person lets her, though the 14 days are over. Raises NotNow when nothing can go back, or while other money
    of the case is on its way to the same payment, and NotAllowed for staff without money rights or whose own it is.
    """
    approvals.check_rights(by, ret.order.customer)
    with case(ret) as ret:
        going = may_go_back(ret, late=late)
        if not going:
            raise NotNow("nothing of it can become money")
        _locked(going[0].entry.credit)
        going = may_go_back(ret, late=late)  # as it stands under the lock
        if not going:
            raise NotNow("it has been spent")
        refunds = _as_money(ret, going, by=by)
        if not refunds:
            raise NotNow("less is left than can be paid")
        total = sum(refund.amount for refund in refunds)
        note(ret, "credit.back", by=by, amount=total, currency=ret.order.currency)
        if any(row.rail == Refund.Rail.BANK for row in refunds):
            bank.ask(ret, by="rules")
        return refunds


def _as_money(ret: Return, going: Iterable[Source], *, by: Any) -> list[Refund]:
    """One sum, a share of it for each payment."""
    of_payment = _by_payment(going)
    shares = {payment: _payable(payment, each) for payment, each in of_payment.items()}
    facts = {"rows": [], "units": {}, "concessions": [], "gone": 0, "tax": 0, "total": sum(shares.values())}
    proposal = uuid4()
    refunds = []
    for payment, amount in shares.items():
        if not amount:
            continue
        rail = RAILS[payment.provider]
        if ret.refunds.filter(payment=payment, rail=rail, state__in=Refund.LIVE).exists():
            raise NotNow("other money is on its way to this payment")
        taken = _parts(of_payment[payment], amount)
        for source, part in taken:
            source.entry.uses.create(credit=source.entry.credit, kind=Kind.BACK, amount=-part, by=who(by))
        back = [[source.entry.pk, part] for source, part in taken]
        refunds.append(
            Refund(
                shop_id=ret.shop_id,
                ret=ret,
                payment=payment,
                amount=amount,
                currency=payment.currency,
                rail=rail,
                proposal=proposal,
                snapshot={**facts, "left": payment.left, "apart": True, "back": back},
            )
        )
    why = approvals.person_why(ret, refunds)
    for refund in refunds:
        refund.person_why = why
        refund.save()
    return refunds


def _by_payment(going: Iterable[Source]) -> dict[Payment, list[Source]]:
    of_payment: dict[Payment, list[Source]] = {}
    for source in going:
        assert source.entry.refund is not None  # noqa: S101 - may_go_back finds entries by their refund
        of_payment.setdefault(source.entry.refund.payment, []).append(source)
    return of_payment


def _payable(payment: Payment, going: Iterable[Source]) -> int:
    """What of it can leave, where the payment service pays in steps; the rest stays credit."""
    amount = sum(source.rest for source in going)
    step = smallest_step(payment.currency) if RAILS[payment.provider] == Refund.Rail.STRIPE else 1
    return amount - amount % step


def keep_back(refund: Refund, ret: Return, *, by: Any) -> None:
    """Keep a refund from leaving, as `actions.stop` does; what was to be money after all is credit again. Call inside
    `case()`."""
    stop(refund, ret, by=by)
    if "back" in refund.snapshot:
        put_back(ret, refund, by=by)


def put_back(ret: Return, refund: Refund, *, by: Any) -> None:
    """Such a refund was stopped, or did not arrive: it is credit again. Call inside `case()`. Writes
    `credit.corrected`."""
    came_from = dict(refund.snapshot["back"])  # {an issue: what of it was to be money}
    issues = list(CreditEntry.objects.filter(pk__in=came_from).select_related("credit"))
    credit = _locked(issues[0].credit)
    key = f"back:{refund.uuid}"
    if not credit.entries.filter(key=key).exists():
        for n, issued in enumerate(issues):
            facts = {"amount": came_from[issued.pk], "key": f"{key} {n}" if n else key, "by": who(by)}
            issued.uses.create(credit=credit, kind=Kind.CORRECTED, **facts)
        note(ret, "credit.corrected", by=by, amount=refund.amount, currency=refund.currency)


# --- ends -------------------------------------------------------------------------------------------------------


def expire_credit(limit: int = 50) -> int:
    """Book off what has ended. Returns how many issues."""
    ended = _with_rest().filter(expires_on__lt=over_everywhere(timezone.now()))
    return sum(_expire(entry) for entry in ended[:limit])


@together()
def _expire(issued: CreditEntry) -> bool:
    credit = _locked(issued.credit)
    entry = _with_rest().filter(pk=issued.pk).first()
    if entry is None:
        return False
    rest = entry.rest  # type: ignore[attr-defined]
    entry.uses.create(credit=credit, kind=Kind.EXPIRED, amount=-rest, by="rules")
    facts = {"amount": rest, "currency": credit.currency}
    record(credit.customer, "credit.expired", by="rules", order_number=entry.order_number, **facts)
    return True


def tell_of_ends(limit: int = 50) -> int:
    """Write `credit.ends` 30 and 7 days before the last day of what is left. Returns how many."""
    now = timezone.now()
    soon = _with_rest().filter(
        expires_on__gte=timezone.localdate(now), expires_on__lte=timezone.localdate(now) + timedelta(days=31)
    )
    return sum(_tell(entry) for entry in soon[:limit])


@together()
def _tell(issued: CreditEntry) -> bool:
    credit = _locked(issued.credit)
    left = (issued.expires_on - credit.shop.today()).days  # type: ignore[operator]
    before = min((days for days in TELL_BEFORE if 0 <= left <= days), default=None)
    told = Entry.objects.filter(
        customer=credit.customer, verb="credit.ends", facts__issue=issued.pk, facts__before=before
    )
    entry = _with_rest().filter(pk=issued.pk).first()
    if before is None or entry is None or told.exists():
        return False
    facts: dict[str, Any] = {"issue": entry.pk, "before": before, "ends": str(entry.expires_on)}
    facts |= {"amount": entry.rest, "currency": credit.currency}  # type: ignore[attr-defined]
    record(credit.customer, "credit.ends", by="rules", order_number=entry.order_number, **facts)
    return True


def _with_rest() -> QuerySet[CreditEntry]:
    """Sources with an end and with something left, as `rest`."""
    rest = F("amount") + Coalesce(Sum("uses__amount"), 0)
    open_ended = CreditEntry.objects.filter(of=None, amount__gt=0).exclude(expires_on=None)
    return open_ended.annotate(rest=rest).filter(rest__gt=0).select_related("credit__shop", "credit__customer")
