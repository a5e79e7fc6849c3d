"""How a shop looks: its colour, its corners, its logo."""

from hashlib import sha256
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from customers.models import Shop
from customers.timeline import record_of_shop

CORNERS = {"square": ("0px", "0px"), "soft": ("6px", "4px"), "round": ("10px", "6px")}  # of cards, of inputs
KEPT = object()


@transaction.atomic
def change_brand(shop: Shop, *, by: Any, accent: str, corners: str, logo: Any = KEPT) -> bool:
    """Keep what is new of colour, corners and logo, and write `shop.brand_changed` with what was before and is now.

    `logo` is a picture made anew (WebP), None to take it away; left out it stays. The old file stays on the disk, so
    that going back to it is no new picture. Returns False when nothing is new.
    """
    shop = Shop.objects.select_for_update(no_key=True).get(pk=shop.pk)
    before = _facts(shop)
    shop.accent, shop.corners = accent, corners
    if logo is None:
        shop.logo = ""
    elif logo is not KEPT:
        keep_logo(shop, logo)
    after = _facts(shop)
    changed = [name for name in before if before[name] != after[name]]
    if changed:
        shop.save(update_fields=changed)
        told = {"before": {name: before[name] for name in changed}, "after": {name: after[name] for name in changed}}
        record_of_shop(shop, "shop.brand_changed", by=by, **told)
    return bool(changed)


def keep_logo(shop: Shop, data: bytes) -> None:
    """Under a name made of what is in it: another picture has another address, and browsers may keep each for ever."""
    name = f"{sha256(data).hexdigest()[:20]}.webp"
    storage, path = shop.logo.storage, f"logos/{name}"
    shop.logo = path if storage.exists(path) else storage.save(path, ContentFile(data))


def _facts(shop: Shop) -> dict[str, str]:
    return {"accent": shop.accent, "corners": shop.corners, "logo": shop.logo.name or ""}
