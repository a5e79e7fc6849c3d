"""Is it alive, and can it work? For load balancers, and in words for whoever looks after it."""

import shutil
from collections.abc import Callable
from ctypes.util import find_library
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from customers.models import Entry
from notices.models import Letter
from portal.customer import proxies
from portal.models import Heartbeat
from returns import audit_check, books
from returns.models import Refund, Till

QUIET = timedelta(seconds=60)
OLD = timedelta(minutes=15)
LITTLE = 200 * 1024**2


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


def database() -> str:
    Heartbeat.objects.update_or_create(lane="readyz", defaults={"at": timezone.now()})
    return ""


def migrations() -> str:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(missing)} migrations are missing: run manage.py prepare" if missing else ""


def worker() -> str:
    beats = dict(Heartbeat.objects.exclude(lane="readyz").values_list("lane", "at"))
    silent = [lane for lane, at in beats.items() if timezone.now() - at > QUIET]
    if not beats or silent:
        return "no worker has come round for a minute: run manage.py worker"
    return ""


def letters() -> str:
    waiting = Letter.objects.filter(state__in=["waiting", "sending"], created_at__lt=timezone.now() - OLD)
    failed = Letter.objects.filter(state="failed").count()
    unwritten = Entry.objects.filter(told_at=None, at__lt=timezone.now() - OLD).count()
    if unwritten:
        return f"{unwritten} letters cannot be written: look for letter.failed in the logs"
    return (
        f"{waiting.count()} letters wait too long, {failed} failed: look at EMAIL_URL"
        if waiting.exists() or failed
        else ""
    )


def refunds() -> str:
    till = Till.objects.filter(paused_at__isnull=False).first()
    if till:
        return f"refunds are paused ({till.paused_why}): run manage.py refunds status"
    late = Refund.objects.filter(state__in=["approved", "sending"], send_after__lt=timezone.now() - OLD)
    return f"{late.count()} refunds wait too long: look at STRIPE_API_KEY" if late.exists() else ""


def audit() -> str:
    """Without its error: that may name a machine."""
    told = "the head of the audit cannot leave this machine: look at AUDIT_HEAD_TO"
    return told if audit_check.is_stuck() else ""


def days() -> str:
    differing = {row.day for row in books.differing()}
    return f"the books of {len(differing)} days differ: run manage.py refunds report" if differing else ""


def proxy() -> str:
    told = "visitors come through a proxy that nobody named, so all of them count as one: set TRUSTED_PROXIES"
    return told if proxies.unnamed_lately() else ""


def disk() -> str:
    return "" if shutil.disk_usage(settings.DATA_DIR).free > LITTLE else "the disk is nearly full"


def papers() -> str:
    return "" if find_library("pango-1.0") else "Pango is missing: labels are pages to print instead of PDFs"


ALL = (database, migrations, worker, letters, refunds, audit, days, proxy, disk, papers)
CHECKS: dict[str, Callable[[], str]] = {check.__name__: check for check in ALL}
ONLY_TOLD = {"worker", "papers", "letters", "refunds", "audit", "days", "proxy"}


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """503 when something stops the portal from working; what is only worth a look is told with a 200."""
    troubles = {}
    for name, check in CHECKS.items():
        try:
            trouble = check()
        except Error as error:
            trouble = type(error).__name__
        if trouble:
            troubles[name] = trouble
    stopped = any(name not in ONLY_TOLD for name in troubles)
    return JsonResponse({"ready": not stopped, "troubles": troubles}, status=503 if stopped else 200)
