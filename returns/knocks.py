"""A webhook is a knock on the door: kept once by its id, answered, looked into later; never believed at its word."""

from django.utils import timezone

from orders.models import Payment
from returns import differences, sending, till
from returns.models import ProviderEvent
from returns.payouts.base import Event
from returns.payouts.errors import PayoutError, Refused


def keep_event(event: Event) -> bool:
    """Put a verified webhook on the pile, once by its id. Returns whether it was new."""
    _, new = ProviderEvent.objects.get_or_create(
        event_id=event.id,
        defaults={
            "type": event.type,
            "refund_id": event.refund_id,
            "payment_reference": event.payment_reference,
            "payload": event.payload,
        },
    )
    return new


def work_off_events(limit: int = 50) -> int:
    """Go and see what each knock was about; never believe its words. Returns how many were worked off."""
    done = 0
    for event in ProviderEvent.objects.filter(processed_at=None).order_by("received_at")[:limit]:
        done += _work_off(event)
    return done


def _work_off(event: ProviderEvent) -> bool:
    try:
        _look(event)
    except Refused:
        pass  # the provider does not know it: nothing to learn
    except PayoutError:
        return False  # later
    ProviderEvent.objects.filter(pk=event.pk).update(processed_at=timezone.now())
    return True


def _look(event: ProviderEvent) -> None:
    """Match a refund by our own uuid. One that is not ours was made in the provider's pages, and lowers what is left of
    its payment; a dispute freezes it."""
    page = till.payout().page_of(event.payload)
    if page:
        differences.hear(page)
        return
    if event.refund_id:
        outcome = till.payout().fetch(event.refund_id)
        refund = till.ours_by(outcome.refund_uuid)
        if refund:
            sending.take_outcome(refund, outcome)
            return
    for payment in Payment.objects.filter(provider=till.PROVIDER, reference=event.payment_reference):
        till.look_at_payment(payment)
