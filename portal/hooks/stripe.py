"""Stripe knocks: check the signature, keep it, answer. What it means is found out later, by looking."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from returns import knocks, till
from returns.payouts.errors import ForgedWebhook

LARGEST = 1024 * 1024


@csrf_exempt
@require_POST
def stripe(request: HttpRequest) -> HttpResponse:
    """200 once it is kept (again for one we have), 400 for a forged, stale or future one, 404 while it is off."""
    if not settings.STRIPE_WEBHOOK_SECRETS:
        raise Http404
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return HttpResponse(status=413)
    try:
        event = till.payout().parse_webhook(
            request.body, request.headers.get("Stripe-Signature", ""), now=timezone.now()
        )
    except ForgedWebhook:
        return HttpResponse(status=400)
    knocks.keep_event(event)
    return HttpResponse(status=200)
