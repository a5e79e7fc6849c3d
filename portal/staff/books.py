"""The last thirty days of money: our books beside the payment service's, and what left beside the rules."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from customers.models import Shop
from portal.staff.access import staff_page, their_shop
from portal.staff.queue import rail
from portal.tables import csv_answer, decimals
from returns import approvals, books
from returns import leaks as leaking

DAYS = 30
MOST = 100


def money_page(view):
    """Only staff with money rights; to others it is not there."""

    @wraps(view)
    def page(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if approvals.role_of(request.user) == approvals.OUTSIDE:
            raise Http404
        return view(request, *args, **kwargs)

    return staff_page(page)


@money_page
@require_safe
def days(request: HttpRequest) -> HttpResponse:
    shop = their_shop(request)
    begin, end = _span(shop)
    kept = list(books.days_kept(shop, _first(shop)))
    found = leaking.leaks(shop, begin, end)
    context = {
        "days": [day for day in kept if day.ours_count or day.theirs_count or day.elsewhere_count or day.differences],
        "compared": bool(kept),
        "differing": [(day, books.Differs(**each)) for day in kept for each in day.differences],
        "credit": books.credit_moved(shop, begin, end),
        "credit_open": books.credit_open(shop),
        "waiting": list(books.waiting_long(shop)[:MOST]),
        "leaks": found[:MOST],
        "leak_count": len(found),
        "sums": by_kind(leaking.sums(found)),
        "yes": leaking.whose_yes(shop, begin, end),
        "rail": rail(request),
    }
    return render(request, "staff/books.html", context)


def by_kind(sums: list[leaking.Sum]) -> dict[str, list[leaking.Sum]]:
    kinds: dict[str, list[leaking.Sum]] = defaultdict(list)
    for row in sums:
        kinds[row.why].append(row)
    return dict(kinds)


def _first(shop: Shop) -> date:
    return shop.today() - timedelta(days=DAYS)


def _span(shop: Shop) -> tuple[datetime, datetime]:
    return books.midnight(shop, _first(shop)), timezone.now()


@money_page
@require_safe
def days_table(request: HttpRequest) -> HttpResponse:
    """One line a day and currency, and one more for each difference of it."""
    shop = their_shop(request)
    sums = ["ours", "ours_count", "theirs", "theirs_count", "drift", "elsewhere", "elsewhere_count"]
    head = ["day", "currency", *sums, "differs", "case", "refund", "provider_id", "our_amount", "their_amount"]
    rows: list[list[Any]] = []
    for day in books.days_kept(shop, _first(shop)):
        money = [decimals(amount, day.currency) for amount in (day.ours, day.theirs, day.drift, day.elsewhere)]
        start = [day.day.isoformat(), day.currency]
        figures = [money[0], day.ours_count, money[1], day.theirs_count, money[2], money[3], day.elsewhere_count]
        rows.append([*start, *figures, *[""] * 6])
        for each in (books.Differs(**found) for found in day.differences):
            both = [decimals(each.ours, day.currency), decimals(each.theirs, day.currency)]
            rows.append([*start, *[""] * 7, each.why, each.number, each.refund, each.provider_id, *both])
    return csv_answer(f"books-{shop.today():%Y-%m-%d}", head, rows)


@money_page
@require_safe
def leaks_table(request: HttpRequest) -> HttpResponse:
    shop = their_shop(request)
    head = ("at", "what", "by", "case", "customer", "amount", "currency", "reasons")
    rows = [
        [
            leak.at.astimezone(shop.zone).isoformat(timespec="seconds"),
            leak.why,
            leak.by,
            leak.number,
            leak.customer,
            decimals(leak.amount, leak.currency) if leak.currency else leak.amount,
            leak.currency,
            " ".join(leak.reasons),
        ]
        for leak in leaking.leaks(shop, *_span(shop))
    ]
    return csv_answer(f"leaks-{shop.today():%Y-%m-%d}", head, rows)
