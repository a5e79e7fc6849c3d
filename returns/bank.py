"""To which bank account does a customer want her money? Asked where a payment cannot go back the way it came: cash on
delivery, and a card whose bank sent the money back. Number and holder are sealed; what is shown is masked.
"""

import json
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from customers.models import Entry, Shop
from customers.timeline import who
from orders.models import Order, Payment
from returns.actions import case, free, note
from returns.errors import NotNow
from returns.models import BankBatch, BankDetails, Refund, Return
from returns.sealing import Unreadable, seal, unseal
from returns.transfer.accounts import SEPA, VIETNAM, Account

PURPOSE = "bank details"
CURRENCIES = {"EUR": SEPA, "VND": VIETNAM}  # in which we can send a transfer, and of which kind it is

# An account and a file are kept this long after the bank has sent the money. A transfer can be called back within ten
# banking days (EPC, SEPA Credit Transfer Rulebook, 4.3.2.3, recall); with a week of holidays between them that is three
# weeks. After that a bank is told the reference and the day, which stay.
KEPT = timedelta(days=21)


# --- is it wanted? ----------------------------------------------------------------------------------------------


def kind_for(order: Order) -> str:
    """sepa or vietnam; empty: we cannot send a transfer in this currency, a person finds another way."""
    return CURRENCIES.get(order.currency, "")


def usable(ret: Return) -> BankDetails | None:
    """The account to send to; None while she has named none, when its bank has refused it since, or when we cannot
    open it any more."""
    row = BankDetails.objects.filter(ret=ret).exclude(sealed="").first()
    refused = ret.refunds.filter(rail=Refund.Rail.BANK, state=Refund.State.FAILED)
    if row is None or refused.filter(settled_at__gte=row.given_at).exists():
        return None
    try:
        account_of(row)
    except Unreadable:
        return None
    return row


def is_wanted(ret: Return) -> bool:
    """Whether we ask her for an account now."""
    return bool(kind_for(ret.order)) and ret.state in WAITS and usable(ret) is None and _needs_one(ret)


def may_be_given(ret: Return) -> bool:
    """Whether she can still name one, or another one: until it is in a file for the bank."""
    if not kind_for(ret.order) or ret.state not in WAITS:
        return False
    return _needs_one(ret) and not ret.refunds.filter(rail=Refund.Rail.BANK, state__in=Refund.SENT).exists()


WAITS = frozenset({*Return.UNDER_WAY, Return.State.DISPUTED, Return.State.SETTLED})


def _needs_one(ret: Return) -> bool:
    if ret.refunds.filter(rail=Refund.Rail.BANK, state__in=Refund.LIVE).exists():
        return True
    failed = _without_money(ret)
    if failed.exclude(provider_id=None).exists() or (failed.exists() and _asked(ret).exists()):
        return True
    cash = ret.order.payments.filter(provider=Refund.Rail.BANK)
    return any(payment.left for payment in cash) and money_to_come(ret)


def money_to_come(ret: Return) -> bool:
    """Whether she gets money for it, and not all of it is on its way."""
    if ret.state == Return.State.SETTLED:
        return False
    lines = ret.lines.filter(wish="money", as_credit=False)
    return any(line.to_receive or line.to_check or line.unsettled for line in lines) or any(
        not row.given for row in ret.concessions.all()
    )


def _without_money(ret: Return) -> QuerySet[Refund]:
    """Refunds that failed, and in whose place none has gone to the same payment since. Those with a `provider_id` had
    left and were sent back to us; the others were refused at once."""
    of = {"ret": ret, "payment": OuterRef("payment"), "pk__gt": OuterRef("pk")}
    since = Refund.objects.filter(state__in=[*Refund.LIVE, Refund.State.SUCCEEDED], **of)
    return _failed(ret).filter(~Exists(since))


def _failed(ret: Return) -> QuerySet[Refund]:
    return ret.refunds.filter(state=Refund.State.FAILED).exclude(snapshot__has_key="apart")


def _asked(ret: Return) -> QuerySet[Entry]:
    return Entry.objects.filter(customer=ret.order.customer_id, number=ret.number, verb="bank.details_wanted")


def ask(ret: Return, *, by: Any) -> None:
    """Ask her for an account, once. Writes `bank.details_wanted`. Call inside `case()`."""
    if kind_for(ret.order) and usable(ret) is None and not _asked(ret).exists():
        note(ret, "bank.details_wanted", by=by)


def ask_instead(ret: Return, *, by: Any) -> Return:
    """A card cannot be refunded at all: a person asks for an account in its place. Writes `bank.details_wanted`. Raises
    NotNow when no refund has failed, or when we cannot send a transfer in this currency."""
    with case(ret) as ret:
        if not may_be_asked(ret):
            raise NotNow("no refund has failed, or she was asked")
        ask(ret, by=by)
        return ret


def may_be_asked(ret: Return) -> bool:
    """Whether a person can ask her for an account in place of a card that refused at once."""
    refused = _without_money(ret).filter(provider_id=None)
    return bool(kind_for(ret.order)) and refused.exists() and usable(ret) is None and not _asked(ret).exists()


def goes_by_bank(ret: Return, payment: Payment) -> bool:
    """Whether what this payment gives back goes to her account: it was cash, or its refund failed and she has named
    one."""
    if payment.provider == Refund.Rail.BANK:
        return True
    return _failed(ret).filter(payment=payment).exists() and bool(kind_for(ret.order)) and usable(ret) is not None


def waiting_for_account(shop: Shop) -> QuerySet[Return]:
    """Cases whose money waits until the customer names an account."""
    given = BankDetails.objects.filter(ret=OuterRef("pk")).exclude(sealed="")
    refused = Refund.objects.filter(ret=OuterRef("ret"), rail=Refund.Rail.BANK, state=Refund.State.FAILED)
    named = Exists(given.filter(~Exists(refused.filter(settled_at__gte=OuterRef("given_at")))))
    back = Refund.objects.filter(ret=OuterRef("pk"), state="failed").exclude(provider_id=None)
    asked = Refund.objects.filter(ret=OuterRef("pk"), rail="bank", state="proposed")
    failed = Q(state=Return.State.REFUND_FAILED) & Exists(back)
    cases = Return.objects.filter(shop=shop, order__currency__in=CURRENCIES)
    return cases.filter(Exists(asked) | failed).exclude(named)


# --- give, look, forget -----------------------------------------------------------------------------------------


@sensitive_variables()
def give_details(ret: Return, account: Account, *, by: Any) -> BankDetails:
    """She names her account, or another one. Every yes that was said to the one before counts no more.

    Writes `bank.details_given`. Raises NotNow when none is wanted, or when it is in a file for the bank already.
    """
    with case(ret) as ret:
        if not may_be_given(ret) or account.kind != kind_for(ret.order):
            raise NotNow("no account is wanted now")
        had = BankDetails.objects.filter(ret=ret).first()
        row = had or BankDetails(ret=ret)
        row.kind, row.masked, row.sealed = account.kind, account.masked, _sealed(account)
        row.given_by, row.given_at, row.purged_at = who(by), timezone.now(), None
        row.save()
        asked_anew = _ask_everybody_anew(ret)
        note(ret, "bank.details_given", by=by, kind=row.kind, changed=had is not None, asked_anew=asked_anew)
        return row


def _ask_everybody_anew(ret: Return) -> int:
    """Nobody has said yes to this account."""
    said = ret.refunds.select_for_update(of=("self",)).filter(rail=Refund.Rail.BANK, state__in=Refund.NOT_LEFT)
    rows = [row for row in said if row.first_by or row.state == Refund.State.APPROVED]
    for row in rows:
        reserved = row.state == Refund.State.APPROVED
        row.ask_anew()
        row.save()
        if reserved:
            free(row)
    return len(rows)


@sensitive_variables()
def _sealed(account: Account) -> str:
    facts = {"kind": account.kind, "holder": account.holder, "number": account.number, "bank": account.bank}
    return seal(json.dumps(facts).encode(), purpose=PURPOSE)


@sensitive_variables()
def account_of(details: BankDetails) -> Account:
    """The account itself, for the file and for staff who check it. Raises sealing.Unreadable."""
    return Account(**json.loads(unseal(details.sealed, purpose=PURPOSE)))


def version_of(details: BankDetails | None) -> str:
    """Changes whenever another account is named: what a person saw is what she says yes to."""
    return details.given_at.isoformat() if details and details.sealed else ""


def erase(ret: Return, *, by: Any) -> bool:
    """Forget the account at once; its mask stays. Writes `bank.details_erased`. Raises NotNow while it is needed."""
    with case(ret) as ret:
        row = BankDetails.objects.filter(ret=ret).exclude(sealed="").first()
        if row is None:
            return False
        if ret.refunds.filter(rail=Refund.Rail.BANK, state__in=Refund.LIVE).exists():
            raise NotNow("money is on its way to it")
        row.sealed, row.purged_at = "", timezone.now()
        row.save(update_fields=["sealed", "purged_at"])
        note(ret, "bank.details_erased", by=by)
        return True


def purge(limit: int = 50) -> int:
    """Forget accounts and files whose money has been there long enough. Returns how many."""
    before = timezone.now() - KEPT
    return sum(_erase_old(row) for row in accounts_past_use(before)[:limit]) + _empty_files(before, limit)


def _erase_old(details: BankDetails) -> bool:
    try:
        return erase(details.ret, by="rules")
    except NotNow:  # another refund has begun meanwhile
        return False


def accounts_past_use(before: Any) -> QuerySet[BankDetails]:
    """Accounts of cases that ended before then, with no transfer that is live or was settled since."""
    of = {"ret": OuterRef("ret"), "rail": Refund.Rail.BANK}
    needed = Refund.objects.filter(Q(state__in=Refund.LIVE) | Q(settled_at__gte=before), **of)
    open_ = BankDetails.objects.exclude(sealed="").filter(ret__state__in=Return.ENDED, ret__ended_at__lt=before)
    return open_.filter(~Exists(needed), given_at__lt=before).select_related("ret").order_by("pk")


def _empty_files(before: Any, limit: int) -> int:
    waits = Refund.objects.filter(Q(state__in=Refund.SENT) | Q(settled_at__gte=before), batch=OuterRef("pk"))
    old = BankBatch.objects.exclude(sealed="").filter(~Exists(waits), made_at__lt=before).values_list("pk", flat=True)
    return BankBatch.objects.filter(pk__in=list(old[:limit])).update(sealed="", purged_at=timezone.now())
