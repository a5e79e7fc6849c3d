"""Carriers knock, each at an address of its own that nobody can guess. Kept, answered; worked off by the worker."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from carriers.errors import CarrierError, ForgedWebhook, RateLimited
from shipments.knocks import keep_knock
from shipments.models import CarrierAccount

LARGEST = 1024 * 1024


def hook_url(account: CarrierAccount) -> str:
    """The whole address to give to the carrier."""
    return settings.SITE_URL.rstrip("/") + reverse("hook-carrier", args=[account.hook_token])


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST", "PUT"])
def carrier(request: HttpRequest, token: str) -> HttpResponse:
    """200 once it is kept (again for one we have), 401 for a forged one, 404 for an address that is nobody's.

    411 without a length: of such a body Django reads nothing. 429 when more waits than anybody means well with.

    A GET is a carrier that tries the address before it sends anything.
    """
    account = CarrierAccount.objects.filter(hook_token=token).first()
    if account is None:
        raise Http404
    if request.method in {"GET", "HEAD"}:
        return HttpResponse(status=200)
    if not request.headers.get("Content-Length"):
        return HttpResponse(status=411)
    if int(request.headers["Content-Length"]) > LARGEST:
        return HttpResponse(status=413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        keep_knock(account, request.body, headers)
    except ForgedWebhook:
        return HttpResponse(status=401)
    except RateLimited as enough:
        return HttpResponse(status=429, headers={"Retry-After": str(int(enough.retry_after or 60))})
    except CarrierError:
        raise Http404 from None  # this carrier never knocks, or its account is not complete
    return HttpResponse(status=200)
