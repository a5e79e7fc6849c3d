"""Transfers leave in files that a person takes to the bank. A refund is in one file at most, and a file is made once:
every download gives the same bytes.

Nothing here calls out. Whether the bank has sent the money is what a person reads there and confirms here.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import holidays
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.db.models.functions import Least
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from customers.models import Shop
from customers.timeline import who
from orders.models import Order, Payment
from returns import approvals, bank, till
from returns.actions import note
from returns.audit import record_of_shop, together
from returns.errors import BalanceChanged, NoDebtor, NotAllowed, NotNow
from returns.models import BankBatch, Refund
from returns.payouts.base import Outcome
from returns.reconcile import found
from returns.sealing import seal, unseal
from returns.sending import take_outcome
from returns.transfer.accounts import SEPA
from returns.transfer.files import Code, Transfer, codes, pain001, table

PURPOSE = "bank file"
# Why a bank did not pay, as staff choose it; the words are in `portal.words.FAILURE`.
REFUSALS = ("account_closed", "account_unknown", "holder_differs", "bank_refused")


@dataclass(frozen=True, slots=True)
class Ready:
    """Approved transfers of one kind that could be in a file now; `total` in the smallest unit."""

    kind: str
    currency: str
    refunds: Sequence[Refund]

    @property
    def total(self) -> int:
        return sum(refund.amount for refund in self.refunds)


# --- look -------------------------------------------------------------------------------------------------------


def ready(shop: Shop) -> list[Ready]:
    """What the next files would hold, one for each kind of account."""
    by_kind: dict[tuple[str, str], list[Refund]] = defaultdict(list)
    for refund in _due(shop).select_related("ret__order__customer", "ret__bank_details"):
        by_kind[refund.ret.bank_details.kind, refund.currency].append(refund)
    return [Ready(kind, currency, refunds) for (kind, currency), refunds in sorted(by_kind.items())]


def waiting(shop: Shop) -> int:
    """How many transfers are ready for a file."""
    return _due(shop).count()


def _due(shop: Shop) -> QuerySet[Refund]:
    """Nobody can stop them any more, and nothing about the payment is unclear."""
    approved = Refund.objects.filter(shop=shop, rail=Refund.Rail.BANK, state=Refund.State.APPROVED)
    clear = approved.filter(payment__problem="").exclude(payment__dispute=Payment.Dispute.OPEN)
    return clear.filter(send_after__lte=timezone.now()).order_by("send_after", "pk")


def batches_of(shop: Shop) -> QuerySet[BankBatch]:
    return BankBatch.objects.filter(shop=shop).order_by("-number")


@sensitive_variables()
def codes_of(batch: BankBatch) -> list[Code]:
    """VietQR codes for staff who pay by app. Raises NotNow once the file is purged."""
    return codes(_content(batch))


@sensitive_variables()
def _content(batch: BankBatch) -> bytes:
    if not batch.sealed:
        raise NotNow("the file is purged")
    return unseal(batch.sealed, purpose=PURPOSE)


# --- make -------------------------------------------------------------------------------------------------------


def make_file(shop: Shop, shown: Iterable[UUID], *, by: Any) -> BankBatch:
    """Write what was shown into one file: refunds, file and number together or not at all. The same again, also at the
    same moment, gives the same file. Writes `bank.exported` for each.

    Raises BalanceChanged when something of it was stopped, has left or got another account since it was shown; NoDebtor
    when the shop has no account in its file; NotAllowed for who has no money rights.
    """
    _may(by)
    if remember_files(shop):
        raise BalanceChanged("files were found that the database had forgotten")
    with together():
        refunds = _locked(shop, set(shown))
        made = {refund.batch for refund in refunds}
        if len(made) == 1 and (batch := made.pop()):
            return batch
        kinds = {refund.ret.bank_details.kind for refund in refunds}
        if len(kinds) != 1 or len(refunds) != _due(shop).filter(pk__in=[refund.pk for refund in refunds]).count():
            raise BalanceChanged("this is not what was shown")
        batch = _made(shop, kinds.pop(), refunds, by=by)
        for refund in refunds:
            refund.write_down(batch)
            refund.save()
            facts = {"amount": refund.amount, "currency": refund.currency, "refund": str(refund.uuid)}
            note(refund.ret, "bank.exported", by=by, batch=batch.number, **facts)
        return batch


def _may(by: Any) -> None:
    if approvals.role_of(by) == approvals.OUTSIDE:
        raise NotAllowed(who(by))


def _locked(shop: Shop, shown: set[UUID]) -> list[Refund]:
    """Their orders first, in one order for everybody, as every verb of a case does. Raises BalanceChanged for one that
    is not there."""
    rows = Refund.objects.filter(shop=shop, rail=Refund.Rail.BANK, uuid__in=shown)
    orders = rows.values_list("ret__order_id", flat=True)
    list(Order.objects.select_for_update().filter(pk__in=list(orders)).order_by("pk"))
    locked = rows.select_for_update(of=("self",)).order_by("send_after", "pk")
    refunds = list(locked.select_related("batch", "ret__shop", "ret__order__customer", "ret__bank_details"))
    if not refunds or len(refunds) != len(shown) or len({refund.currency for refund in refunds}) != 1:
        raise BalanceChanged("this is not what was shown")
    return refunds


@sensitive_variables()
def _made(shop: Shop, kind: str, refunds: Sequence[Refund], *, by: Any) -> BankBatch:
    """Numbered without a gap, under a lock on the shop's row: a transaction that fails takes its number back."""
    shop = Shop.objects.select_for_update(no_key=True).get(pk=shop.pk)
    number = (BankBatch.objects.filter(shop=shop).aggregate(last=Max("number"))["last"] or 0) + 1
    content = _written(shop, kind, number, [_transfer(refund) for refund in refunds])
    return BankBatch.objects.create(
        shop=shop,
        number=number,
        kind=kind,
        currency=refunds[0].currency,
        sealed=seal(content, purpose=PURPOSE),
        sha256=hashlib.sha256(content).hexdigest(),
        count=len(refunds),
        total=sum(refund.amount for refund in refunds),
        made_by=who(by),
    )


@sensitive_variables()
def _transfer(refund: Refund) -> Transfer:
    ret = refund.ret
    account = bank.account_of(ret.bank_details)
    return Transfer(account, refund.amount, refund.uuid.hex, f"{ret.number} {ret.order.number}")


@sensitive_variables()
def _written(shop: Shop, kind: str, number: int, transfers: Sequence[Transfer]) -> bytes:
    if kind != SEPA:
        return table(transfers)
    if not shop.bank.get("iban"):
        raise NoDebtor(shop.slug)
    debtor = {"name": shop.name, **shop.bank}
    return pain001(transfers, debtor=debtor, message_id=message_id(shop, number), on=banking_day(shop.today()))


def message_id(shop: Shop, number: int) -> str:
    """The file's name at the bank. It follows from the number alone: a file that is made again under a number that was
    used before, after a backup was put back, is a duplicate to the bank whatever stands in it."""
    return f"HW-{till.the_till().uuid.hex[:8]}-{shop.pk}-{number:06d}"


def banking_day(day: date) -> date:
    """That day, or the next on which the euro system is open."""
    closed = holidays.financial_holidays("ECB", years=[day.year, day.year + 1])
    while day.weekday() > 4 or day in closed:
        day += timedelta(days=1)
    return day


# --- take to the bank, and hear ---------------------------------------------------------------------------------


@sensitive_variables()
def fetch_file(batch: BankBatch, *, by: Any) -> bytes:
    """The bytes, the same each time. Before they leave the house for the first time they are noted outside of the
    database too. Writes `bank.file_fetched` the first time. Raises NotNow once it is purged."""
    _may(by)
    with transaction.atomic():
        row = BankBatch.objects.select_for_update(of=("self",)).select_related("shop").get(pk=batch.pk)
        content = _content(row)
        _remember(row)
        if row.fetched_at is None:
            row.fetched_at = timezone.now()
            row.save(update_fields=["fetched_at"])
            record_of_shop(row.shop, "bank.file_fetched", by=by, batch=row.number)
    return content


def confirm_file(batch: BankBatch, *, by: Any) -> int:
    """The bank has sent all that is still open in it. Returns how many. Writes `bank.confirmed`, and `refund.succeeded`
    for each. Raises NotNow while nobody has fetched the file."""
    _may(by)
    row = BankBatch.objects.select_related("shop").get(pk=batch.pk)
    if row.fetched_at is None:
        raise NotNow("nobody has taken it to the bank")
    open_ = list(row.refunds.filter(state=Refund.State.PENDING).select_related("ret"))
    for refund in open_:
        take_outcome(refund, _outcome(refund, Refund.State.SUCCEEDED), by=by)
    _confirmed(row, len(open_), by=by)
    return len(open_)


@transaction.atomic
def _confirmed(row: BankBatch, count: int, *, by: Any) -> None:
    now = {"confirmed_at": timezone.now(), "confirmed_by": who(by)}
    if BankBatch.objects.filter(pk=row.pk, confirmed_at=None).update(**now):
        record_of_shop(row.shop, "bank.confirmed", by=by, batch=row.number, count=count)


def refuse_transfer(refund: Refund, why: str, *, by: Any) -> Refund:
    """The bank has not paid this one, or it came back, also after it was confirmed. `why` is one of REFUSALS. She is
    asked for another account. Writes `refund.failed`. Raises NotNow when it is in no file."""
    _may(by)
    if why not in REFUSALS:
        raise ValueError(f"{why} is none of {', '.join(REFUSALS)}")
    row = Refund.objects.select_related("batch").get(pk=refund.pk)
    if row.batch is None or row.batch.fetched_at is None or row.state not in WITH_THE_BANK:
        raise NotNow(row.state)
    return take_outcome(row, _outcome(row, Refund.State.FAILED, why), by=by)


WITH_THE_BANK = {Refund.State.PENDING, Refund.State.SUCCEEDED}


def _outcome(refund: Refund, state: Any, why: str = "") -> Outcome:
    return Outcome(
        provider_id=refund.provider_id or f"bank:{refund.uuid}",
        state=str(state),
        amount=refund.amount,
        currency=refund.currency,
        failure_reason=why,
        bank_reference=refund.uuid.hex,
        destination="bank",
        refund_uuid=str(refund.uuid),
    )


# --- a memory beside the database -------------------------------------------------------------------------------
# A database that was put back from a backup does not know which files have left since, and no bank can be asked. So
# each file is noted in the portal's own folder of files before it leaves, without accounts and names.


def _place(shop: Shop) -> str:
    return f"transfers/{shop.slug}"


def _remember(batch: BankBatch) -> None:
    name = f"{_place(batch.shop)}/{batch.number:06d}.json"
    if default_storage.exists(name):
        return
    rows = [_row(refund) for refund in batch.refunds.select_related("ret__order", "payment").order_by("pk")]
    told = {"kind": batch.kind, "currency": batch.currency, "sha256": batch.sha256, "total": batch.total}
    made = {"made_by": batch.made_by, "made_at": batch.made_at.isoformat()}
    default_storage.save(name, ContentFile(json.dumps({**told, **made, "refunds": rows}).encode()))


def _row(refund: Refund) -> dict[str, Any]:
    payment = {"provider": refund.payment.provider, "reference": refund.payment.reference}
    return {"uuid": str(refund.uuid), "amount": refund.amount, "order": refund.ret.order.number_key, **payment}


def remember_all_files() -> int:
    """For the worker's round. Returns how many files were found that the database had forgotten."""
    return sum(remember_files(shop) for shop in Shop.objects.all())


def remember_files(shop: Shop) -> int:
    """Files that have left and that the database does not know, because a backup was put back. Their refunds are with
    the bank; where such a refund has no row any more, nothing is proposed on its payment until a person has looked."""
    try:
        names = default_storage.listdir(_place(shop))[1]
    except FileNotFoundError:
        return 0
    noted = {int(name[:6]) for name in names if name[:6].isdigit()}
    known = set(BankBatch.objects.filter(shop=shop).values_list("number", flat=True))
    return sum(_learn(shop, number) for number in sorted(noted - known))


@together()
def _learn(shop: Shop, number: int) -> bool:
    with default_storage.open(f"{_place(shop)}/{number:06d}.json") as file:
        told = json.loads(file.read())
    facts = {name: told[name] for name in ("kind", "currency", "sha256", "total", "made_by", "made_at")}
    now = timezone.now()
    left = {"fetched_at": now, "purged_at": now, "count": len(told["refunds"])}
    batch, is_new = BankBatch.objects.get_or_create(shop=shop, number=number, defaults={**facts, **left})
    if not is_new:
        return False
    for row in told["refunds"]:
        refund = Refund.objects.filter(uuid=row["uuid"]).select_related("ret").first()
        if refund and found(refund, f"bank:{refund.uuid}", by="rules"):
            Refund.objects.filter(pk=refund.pk).update(batch=batch, destination="bank")
        else:
            _count_as_refunded(shop, row)
    record_of_shop(shop, "bank.file_found", by="rules", batch=number)
    return True


def _count_as_refunded(shop: Shop, row: dict[str, Any]) -> None:
    of = {"order__shop": shop, "order__number_key": row["order"]}
    payments = Payment.objects.filter(provider=row["provider"], reference=row["reference"], **of)
    left = F("captured") - F("reserved")
    payments.update(outside=Least(F("outside") + row["amount"], left), problem=till.FORGOTTEN)
