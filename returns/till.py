"""Which account do we pay back through, and what does the provider say that our payments hold?"""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from customers.timeline import record
from orders.models import Payment
from returns.models import Refund
from returns.payouts import open_payout
from returns.payouts.base import PaymentFacts, Payout

PROVIDER = "stripe"


def payout() -> Payout:
    account = {"key": settings.STRIPE_API_KEY, "webhook_secrets": settings.STRIPE_WEBHOOK_SECRETS}
    if settings.STRIPE_API_BASE:
        account["api_base"] = settings.STRIPE_API_BASE
    return open_payout(PROVIDER, account)


@transaction.atomic
def confirm_payment(payment: Payment, facts: PaymentFacts) -> None:
    """Keep the provider's figures: they are the ceiling. Writes `payment.differs` when the file said otherwise."""
    row = Payment.objects.select_for_update().select_related("order__customer").get(pk=payment.pk)
    if facts.currency != row.currency or facts.captured < row.reserved:
        row.problem = f"{facts.captured} {facts.currency} at the provider"
        row.save(update_fields=["problem"])
        return
    outside = min(max(facts.refunded - _ours(row), 0), facts.captured - row.reserved)
    if (facts.captured, outside) != (row.captured, row.outside):
        told: dict[str, Any] = {"file": row.captured, "provider": facts.captured, "refunded": facts.refunded}
        record(row.order.customer, "payment.differs", by=PROVIDER, order_number=row.order.number, **told)
    row.captured, row.outside = facts.captured, outside
    row.livemode = facts.livemode
    row.checked_at, row.problem = timezone.now(), ""
    row.save(update_fields=["captured", "outside", "livemode", "checked_at", "problem"])


def _ours(payment: Payment) -> int:
    """What the provider counts as refunded at our word: it holds money back for those that are still under way."""
    known = payment.refunds.filter(rail=Refund.Rail.STRIPE).exclude(provider_id=None)
    known = known.filter(state__in=[*Refund.SENT, Refund.State.SUCCEEDED])
    return sum(known.values_list("amount", flat=True))
