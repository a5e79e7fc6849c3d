"""It should be there by now, and she does not see it: one tap, and a person looks with all that is needed."""

from typing import Any

from django.utils import timezone

from returns.actions import case, note
from returns.clocks import seen_by
from returns.errors import NotNow
from returns.models import Refund


def may_be_missed(refund: Refund) -> bool:
    """The bank's time is over, and nobody is looking for it yet."""
    over = refund.state == Refund.State.SUCCEEDED and refund.rail != Refund.Rail.CREDIT
    return over and seen_by(refund) < refund.ret.shop.today() and not is_missed(refund)


def is_missed(refund: Refund) -> bool:
    """She has said so, and nobody has looked since."""
    return refund.not_seen_at is not None and (refund.looked_at is None or refund.looked_at < refund.not_seen_at)


def not_seen(refund: Refund, *, by: Any) -> Refund:
    """She does not see the money. Said twice it is one question. Writes `refund.not_seen`. Raises NotNow before the
    bank's time is over."""
    with case(refund.ret) as ret:
        row = Refund.objects.select_for_update(of=("self",)).get(pk=refund.pk)
        if is_missed(row):
            return row
        if not may_be_missed(row):
            raise NotNow("the bank still has time")
        row.not_seen_at = timezone.now()
        row.save(update_fields=["not_seen_at"])
        note(ret, "refund.not_seen", by=by, amount=row.amount, currency=row.currency, refund=str(row.uuid))
        return row


def looked_for(refund: Refund, *, words: str, by: Any) -> Refund:
    """A person has looked for it and tells her what she found. Writes `refund.looked_for`."""
    with case(refund.ret) as ret:
        row = Refund.objects.select_for_update(of=("self",)).get(pk=refund.pk)
        if not is_missed(row):
            raise NotNow("nobody misses it")
        row.looked_at = timezone.now()
        row.save(update_fields=["looked_at"])
        told = {"amount": row.amount, "currency": row.currency, "refund": str(row.uuid), "words": words}
        note(ret, "refund.looked_for", by=by, **told)
        return row
