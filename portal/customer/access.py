"""Which orders are this visitor's, and how much of them may she see?

Level 1 (order number with email or postcode): the sentence, the steps, item names, scans by day; a return may be
started. Level 2 (a letter's link, or an eight-digit code by email): everything of that order. The session remembers,
for half an hour without a visit and a day at most.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import wraps
from urllib.parse import urlencode

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import get_language

from customers.models import Customer, Shop
from notices import outbox
from notices.letters import TYPED
from notices.models import Letter
from orders.models import Order, number_key, postcode_key
from orders.queries import orders_alike, orders_numbered
from portal.customer import limits, puzzle
from portal.customer.lookup import Attempt
from portal.models import AccessToken
from returns.models import Return, Withdrawal

SEEN, ALL = 1, 2
IDLE = 30 * 60
RENEWS = "X-Renews"  # sent by static/js/live.js
LONGEST = 24 * 3600
LINK_LIVES = timedelta(days=30)
CODE_LIVES = timedelta(minutes=10)
CODE_TRIES = 5
KEPT = timedelta(days=7)
LINKS_KEPT = timedelta(days=180)  # the digest of a letter's link that has ended: whoever opens it can have a new one
log = structlog.get_logger("portal.lookup")


class Blocked(Exception):
    """The visitor's network has failed too often: the one limit that is told. `until`: when it may try again."""

    def __init__(self, until: datetime) -> None:
        self.until = until


class PuzzleFirst(Exception):
    """The browser has to work first; nothing was looked up."""


# --- what the session remembers ---------------------------------------------------------------------------------


def _grants(request: HttpRequest) -> dict[str, list[int]]:
    now = timezone.now().timestamp()
    kept = request.session.get("orders", {})
    return {pk: row for pk, row in kept.items() if now - row[1] < LONGEST and now - row[2] < IDLE}


def grant(request: HttpRequest, order: Order, level: int) -> None:
    """Open `order` for this session at `level`; never lowers what it had, and a weaker proof does not prolong it."""
    grant_all(request, [order], level)


def grant_all(request: HttpRequest, orders: Iterable[Order], level: int) -> None:
    now = int(timezone.now().timestamp())
    grants = _grants(request)
    stronger = False
    for order in orders:
        had, since, _ = grants.get(str(order.pk), [0, now, now])
        grants[str(order.pk)] = [max(level, had), since if level < had else now, now]
        stronger |= level > had
    request.session["orders"] = grants
    if stronger:
        request.session.cycle_key()


def level(request: HttpRequest, order: Order) -> int:
    """0 nothing, 1 or 2. Counts as a visit: the half hour begins anew. A page that renews itself is no visit: perhaps
    nobody sits there any more."""
    grants = _grants(request)
    row = grants.get(str(order.pk))
    if row is None:
        return 0
    now = int(timezone.now().timestamp())
    if now - row[2] > 60 and RENEWS not in request.headers:
        row[2] = now
        request.session["orders"] = grants
    return row[0]


def orders_of(request: HttpRequest) -> QuerySet[Order]:
    """The orders this session has opened. What is not among them is not found."""
    return Order.objects.filter(pk__in=[int(pk) for pk in _grants(request)]).select_related("shop", "customer")


def returns_of(request: HttpRequest) -> QuerySet[Return]:
    """The returns of those orders. A draft holds words of whoever began it: at level 1 only this browser's own."""
    grants = _grants(request)
    seen = Q(order_id__in=[int(pk) for pk in grants]) & ~Q(state=Return.State.DRAFT)
    everything = Q(order_id__in=[int(pk) for pk, row in grants.items() if row[0] == ALL])
    own = Q(order_id__in=[int(pk) for pk in grants], number__in=request.session.get("drafts", []))
    rows = Return.objects.filter(seen | everything | own)
    return rows.select_related("shop", "order__shop", "order__customer")


def may_change(request: HttpRequest, ret: Return) -> bool:
    """Whoever opened everything of the order, or began this very return, may cancel it."""
    return level(request, ret.order) == ALL or ret.number in request.session.get("drafts", [])


def language(request: HttpRequest, order: Order) -> str:
    """The language of the letters that follow: hers; of a caller, the one of the order."""
    return order.language if actor(request) != "customer" else get_language() or order.language


def actor(request: HttpRequest) -> str:
    """Who presses: the customer, or the member of staff who does it for a caller."""
    name = assisting(request)
    return f"staff:{name}" if name else "customer"


def assisting(request: HttpRequest) -> str:
    """The account that does this for a caller, in this session and as long as it is signed in; else empty."""
    name = request.session.get("assisting", "")
    return name if name and request.user.is_staff and request.user.get_username() == name else ""


def assist(request: HttpRequest, order: Order) -> None:
    """Open everything of `order` for staff who speak with its customer: the same pages, the same rules, marked."""
    grant(request, order, ALL)
    request.session["assisting"] = request.user.get_username()


def end_assisting(request: HttpRequest) -> None:
    """Hang up: what was opened for the caller is closed."""
    for name in ("assisting", "orders", "drafts", "withdrawal", "withdrawals", "fresh"):
        request.session.pop(name, None)


def remember_draft(request: HttpRequest, ret: Return) -> None:
    request.session["drafts"] = [*request.session.get("drafts", [])[-9:], ret.number]


def door(number: str, **wish: str) -> str:
    """The front page with the number filled in; what was wanted (`to`, `item`) is kept through the look-up."""
    return "/?" + urlencode({"order": number, **{name: said for name, said in wish.items() if said}})


def led_back(to: str):
    """A page of an order that a link of the shop may name: who has not opened it is asked at the door, and led back."""

    def wrap(view):
        @wraps(view)
        def page(request: HttpRequest, number: str) -> HttpResponse:
            shown = request.method in {"GET", "HEAD"}
            if shown and not orders_of(request).filter(number_key=number_key(number)).exists():
                return redirect(door(number, to=to, item=request.GET.get("item", "")[:64]))
            return view(request, number)

        return page

    return wrap


def the_order(request: HttpRequest, number: str) -> Order:
    order = orders_of(request).filter(number_key=number_key(number)).first()
    if order is None:
        raise Http404
    level(request, order)
    return order


def the_return(request: HttpRequest, number: str) -> Return:
    ret = returns_of(request).filter(number=number).first()
    if ret is None:
        raise Http404
    level(request, ret.order)
    return ret


def remember_withdrawal(request: HttpRequest, number: str) -> None:
    kept = request.session.get("withdrawals", {})
    kept[number] = int(timezone.now().timestamp())
    request.session["withdrawals"] = dict(list(kept.items())[-10:])


def withdrawals_of(request: HttpRequest) -> QuerySet[Withdrawal]:
    """What was stated in this browser, half an hour after the last look at it. The newest first."""
    now = timezone.now().timestamp()
    kept = request.session.get("withdrawals", {})
    numbers = [number for number, at in kept.items() if now - at < IDLE]
    return Withdrawal.objects.filter(number__in=numbers).select_related("shop", "order", "ret").order_by("-pk")


# --- by number and email or postcode ----------------------------------------------------------------------------


def find(request: HttpRequest, shop: Shop, number: str, proof: str, answer: str = "") -> Order | None:
    """The order with this number and this email or postcode, or None. `answer`: to the puzzle, when one was owed.

    A wrong pair, an unknown order and a try too many read the same and take the same steps. Raises Blocked when the
    visitor's network has failed too often, PuzzleFirst when its browser owes some work.
    """
    attempt = Attempt(request, shop, number, proof)
    until = attempt.free_at()
    if until:
        log.info("lookup.blocked")
        raise Blocked(until)
    owed = attempt.owes()
    if owed and not puzzle.is_solved(request, answer, owed):
        log.info("lookup.puzzle")
        raise PuzzleFirst
    attempt.begin()
    until = attempt.free_at()
    if until:  # others were faster
        attempt.not_judged()
        log.info("lookup.blocked")
        raise Blocked(until)
    found = _match(shop, number, proof)
    if attempt.is_closed or found is None:
        log.info("lookup.closed" if attempt.is_closed else "lookup.missed")
        attempt.missed()
        return None
    log.info("lookup.found")
    attempt.found(found)
    return Order.objects.select_related("shop", "customer").get(pk=found)


# What nobody types: it is compared when there is no such order, so that the steps are the same.
NOBODY = (0, "", "nobody@nowhere.invalid", "-")


def _match(shop: Shop, number: str, proof: str) -> int | None:
    """The key of the order that fits, first of all the one whose number was typed as it is."""
    rows = orders_alike(shop, number).values_list("pk", "number_key", "customer__email", "postcode_key")
    fits = [row for row in list(rows) or [NOBODY] if _fits(proof, row[2], row[3])]
    fits.sort(key=lambda row: row[1] != number_key(number))
    return fits[0][0] if fits else None


def _fits(proof: str, email: str, postcode: str) -> bool:
    """Both comparisons are always made. What holds an @ is an email address, and never a postcode."""
    same_email = constant_time_compare(proof.strip().lower(), email)
    same_postcode = constant_time_compare(postcode_key(proof), postcode) and "@" not in proof and bool(postcode)
    return same_email or same_postcode


# --- by an eight-digit code -------------------------------------------------------------------------------------


def send_code(request: HttpRequest, order: Order, language: str) -> datetime | None:
    """Write the letter with a code: once, ten minutes, this browser. It also holds a link for any other browser.

    None when it is on its way; else nothing is sent, and this is when the next one can be.
    """
    browser = request.session.setdefault("browser", secrets.token_urlsafe(32))
    contact = f"{order.shop_id}:{order.customer.email}"
    next_one = limits.claim("mails", contact, limits.MAILS)
    if next_one:
        return next_one
    with transaction.atomic():
        _end_codes(order)
        letter = outbox.write(order.customer, "access.code", {"order": order}, language=language)
        ends = timezone.now() + CODE_LIVES
        AccessToken.objects.create(
            kind=AccessToken.Kind.CODE, order=order, browser=digest_of(browser), expires_at=ends, path=str(letter.uuid)
        )
        sign_in_by(letter, order=order, path=f"/o/{order.number_key}/")
    return None


def _end_codes(order: Order) -> None:
    """A new code ends the old ones, and the links in their letters."""
    codes = AccessToken.objects.filter(kind=AccessToken.Kind.CODE, order=order, used_at=None)
    letters = list(codes.values_list("path", flat=True))
    codes.update(used_at=timezone.now())
    _end_links(letters)


def _end_links(letters: Iterable[str]) -> None:
    links = AccessToken.objects.filter(kind=AccessToken.Kind.SIGN_IN, uuid__in=letters, used_at=None)
    links.update(used_at=timezone.now())


def enter_code(request: HttpRequest, order: Order, typed: str) -> bool:
    """Whether `typed` is the code. Five tries, once, ten minutes, and only in the browser that asked. The link of its
    letter ends with it."""
    browser = digest_of(request.session.get("browser", ""))
    token = (
        AccessToken.objects.filter(kind=AccessToken.Kind.CODE, order=order, browser=browser, used_at=None)
        .filter(expires_at__gt=timezone.now())
        .order_by("-pk")
        .first()
    )
    if token is None:
        return False
    tried = AccessToken.objects.filter(pk=token.pk, used_at=None, tries__lt=CODE_TRIES)
    if not tried.update(tries=F("tries") + 1):
        return False
    digits = "".join(character for character in typed if character.isdigit())
    if not constant_time_compare(digits, code_of(token)):
        return False
    if not use_up(token):
        return False
    _end_links([token.path])
    request.session["fresh"] = {str(order.pk): int(timezone.now().timestamp())}
    return True


def is_fresh(request: HttpRequest, order: Order) -> bool:
    """Whether a code was typed here within the last ten minutes: for what a link in a letter alone does not open. Staff
    who do it for a caller have no code; what they type is marked, and others check it."""
    typed = request.session.get("fresh", {}).get(str(order.pk), 0)
    return bool(assisting(request)) or timezone.now().timestamp() - typed < CODE_LIVES.total_seconds()


def code_of(token: AccessToken) -> str:
    """Eight digits that follow from the row and our key: they stand nowhere until the letter is sent."""
    number = int.from_bytes(_keyed("code", str(token.uuid))[:8], "big") % 10**8
    return f"{number:08d}"


# --- by a letter's link -----------------------------------------------------------------------------------------


def words_for(letter: Letter) -> dict[str, str]:
    """What stands for [[link]] and [[code]] in this letter, made at the moment of sending; a retry gives the same.

    In a letter that repeats what somebody typed they stay what she typed: they would open the order to her.
    """
    if letter.kind in TYPED:
        return {}
    words = {}
    if "[[link]]" in letter.text:
        words["link"] = _sign_in_link(letter) if letter.kind in SIGN_IN else _letter_link(letter)
    if "[[code]]" in letter.text:
        token = AccessToken.objects.filter(kind=AccessToken.Kind.CODE, path=str(letter.uuid)).first()
        words["code"] = f"{code_of(token)[:4]} {code_of(token)[4:]}" if token else "—"
    return words


def _letter_link(letter: Letter) -> str:
    secret = _secret("letter-link", letter)
    order = orders_numbered(letter.shop, letter.order_number).get()
    AccessToken.objects.get_or_create(
        kind=AccessToken.Kind.LETTER,
        digest=digest_of(secret),
        order=order,
        defaults={
            "path": _place(letter, order),
            "expires_at": timezone.now() + LINK_LIVES,
        },
    )
    return f"{settings.SITE_URL}/l/{secret}/"


def _secret(purpose: str, letter: Letter) -> str:
    """It follows from the letter and our key, and stands nowhere until the letter is sent."""
    return urlsafe_b64encode(_keyed(purpose, str(letter.uuid))).decode().rstrip("=")


def _place(letter: Letter, order: Order) -> str:
    """Where the letter's link leads: to what the letter is about."""
    if letter.kind.startswith("credit."):
        return f"/o/{order.number_key}/credit/"
    if letter.kind in {"refund.succeeded", "refund.not_seen", "refund.looked_for"}:
        return f"/o/{order.number_key}/money/"
    if letter.kind in {"refund.failed", "bank.details_wanted"}:
        return f"/returns/{letter.number}/account/"
    return f"/returns/{letter.number}/" if letter.number else f"/o/{order.number_key}/"


def letter_token(secret: str) -> AccessToken | None:
    tokens = AccessToken.objects.filter(kind=AccessToken.Kind.LETTER, digest=digest_of(secret))
    return tokens.filter(expires_at__gt=timezone.now()).select_related("order__shop").first()


# --- by a sign-in link ------------------------------------------------------------------------------------------

# Letters whose link works once, by a button.
SIGN_IN = frozenset(["access.code", "access.orders", "access.link"])


def sign_in_by(letter: Letter, *, order: Order | None = None, customer: Customer | None = None, path: str) -> None:
    """Let the link of `letter` open one order, or all of a customer's, and lead to `path`."""
    AccessToken.objects.create(
        kind=AccessToken.Kind.SIGN_IN,
        uuid=letter.uuid,
        order=order,
        customer=customer,
        path=path,
        expires_at=timezone.now() + CODE_LIVES,
    )


def _sign_in_link(letter: Letter) -> str:
    """Its ten minutes begin when it leaves, in a letter with a code when the code was asked for."""
    secret = _secret("sign-in-link", letter)
    token = AccessToken.objects.filter(kind=AccessToken.Kind.SIGN_IN, uuid=letter.uuid, used_at=None)
    token.update(digest=digest_of(secret))
    if letter.kind != "access.code":
        token.update(expires_at=timezone.now() + CODE_LIVES)
    return f"{settings.SITE_URL}/in/{secret}/"


def sign_in_token(secret: str) -> AccessToken | None:
    """While it works."""
    tokens = AccessToken.objects.filter(kind=AccessToken.Kind.SIGN_IN, digest=digest_of(secret), used_at=None)
    return tokens.filter(expires_at__gt=timezone.now()).select_related("order__shop", "customer__shop").first()


def open_by(request: HttpRequest, token: AccessToken) -> bool:
    """Use the link up and open what it opens, all of it. False: somebody was faster."""
    if not use_up(token):
        return False
    orders = token.customer.orders.all() if token.customer else [token.order] if token.order else []
    grant_all(request, orders, ALL)
    return True


def link_once_sent(digest: str) -> AccessToken | None:
    """Of a link that has worked at some time, by the digest of its secret."""
    kinds = [AccessToken.Kind.LETTER, AccessToken.Kind.SIGN_IN]
    tokens = AccessToken.objects.filter(kind__in=kinds, digest=digest).exclude(digest="")
    return tokens.select_related("order__customer", "customer").first()


# --- staff ------------------------------------------------------------------------------------------------------


def staff_link(user, minutes: int = 10) -> str:
    """An address that signs one account in, once."""
    secret = secrets.token_urlsafe(32)
    AccessToken.objects.create(
        kind=AccessToken.Kind.STAFF,
        digest=digest_of(secret),
        user=user,
        expires_at=timezone.now() + timedelta(minutes=minutes),
    )
    return f"{settings.SITE_URL}/staff/link/{secret}/"


def staff_token(secret: str) -> AccessToken | None:
    tokens = AccessToken.objects.filter(kind=AccessToken.Kind.STAFF, digest=digest_of(secret), used_at=None)
    return tokens.filter(expires_at__gt=timezone.now()).select_related("user").first()


def use_up(token: AccessToken) -> bool:
    """Whether this use is the first one."""
    return bool(AccessToken.objects.filter(pk=token.pk, used_at=None).update(used_at=timezone.now()))


def _keyed(purpose: str, value: str) -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), f"{purpose}:{value}".encode(), hashlib.sha256).digest()


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def forget_old() -> int:
    letter = Q(kind=AccessToken.Kind.LETTER, expires_at__lt=timezone.now() - LINKS_KEPT)
    other = ~Q(kind=AccessToken.Kind.LETTER) & Q(expires_at__lt=timezone.now() - KEPT)
    old = AccessToken.objects.filter(letter | other)
    return old.delete()[0] if old.exists() else 0
