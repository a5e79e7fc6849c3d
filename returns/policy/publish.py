"""A new version of a shop's terms. Orders keep the one that was in force when they were placed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from customers.models import Entry, Shop
from returns.audit import record_of_shop, together
from returns.errors import LessensARight, Overtaken
from returns.models import Terms as TermsRow
from returns.policy.lessens import lessens
from returns.policy.terms import Terms, terms_from

PUBLISHED = "terms.published"


@together()
def publish(
    shop: Shop, numbers: Mapping[str, Any], *, starts_at: datetime, by: Any, over: int | None = None
) -> TermsRow:
    """The next version, for orders placed from `starts_at` on. `over` is the version it was worked out from.

    Writes `terms.published`. Raises LessensARight, Overtaken when another version came meanwhile.
    """
    Shop.objects.select_for_update(no_key=True).get(pk=shop.pk)  # others may point to the shop meanwhile
    latest = latest_row(shop)
    if over is not None and over != (latest.version if latest else 0):
        raise Overtaken(shop.slug)
    if complaints := lessens(terms_from(numbers)):
        raise LessensARight(complaints)
    version = latest.version + 1 if latest else 1
    row = TermsRow.objects.create(shop=shop, version=version, starts_at=starts_at, numbers=dict(numbers))
    record_of_shop(shop, PUBLISHED, by=by, version=version, starts_at=starts_at.isoformat())
    return row


def latest_row(shop: Shop) -> TermsRow | None:
    return TermsRow.objects.filter(shop=shop).order_by("version").last()


def latest_terms(shop: Shop) -> Terms:
    """The version that was published last, whether its day has come or not."""
    row = latest_row(shop)
    return terms_from(row.numbers, row.version) if row else Terms()


def was_published_by_staff(row: TermsRow) -> bool:
    return Entry.objects.filter(
        shop_id=row.shop_id, verb=PUBLISHED, facts__version=row.version, by__startswith="staff:"
    ).exists()
