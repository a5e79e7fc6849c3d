"""Letters leave the house: written once from the timeline, sent until they are gone.

Writing is exactly once: the letters of a line and the mark that they are written are one transaction. Sending is at
least once, under the same Message-ID: only a kill between the mail server's yes and our commit sends a second copy.
"""

import textwrap
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr

import css_inline
import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import timezone, translation

from customers import colours
from customers.brand import CORNERS
from customers.models import Customer, Entry, Shop
from notices.letters import ATTACHMENTS, TYPED, facts_for
from notices.models import Letter

LEASE = timedelta(seconds=90)
MOST_TRIES = 12
BATCH = 50
COLUMNS = 72
HOUR = timedelta(hours=1)
TYPED_AN_HOUR = 10  # more to one address wait for the next hours: nobody is buried, and none is lost
log = structlog.get_logger()

Filler = Callable[[Letter], dict[str, str]]


def write_next_letters() -> int:
    """Write the letters of the oldest lines nobody has been told of. Returns how many lines were worked off."""
    if not Entry.objects.filter(told_at=None).exists():
        return 0
    with transaction.atomic():
        untold = Entry.objects.filter(told_at=None).order_by("pk").select_for_update(skip_locked=True, of=("self",))
        told = [entry.pk for entry in untold.select_related("shop", "customer")[:BATCH] if _write_letter_of(entry)]
        Entry.objects.filter(pk__in=told).update(told_at=timezone.now())
    return len(told)


def _write_letter_of(entry: Entry) -> bool:
    """False when it could not be written: it waits, and the letters of all others leave."""
    try:
        with transaction.atomic():
            facts = facts_for(entry)
            if facts:
                language = facts["language"] if "language" in facts else facts["order"].language
                write(entry.customer, entry.verb, facts, language=language, entry=entry, shop=entry.shop)
    except Exception as error:
        log.error("letter.failed", verb=entry.verb, number=entry.number, exc_info=error)
        return False
    return True


def write(
    customer: Customer | None,
    kind: str,
    facts: dict,
    *,
    language: str,
    entry: Entry | None = None,
    shop: Shop | None = None,
) -> Letter:
    """Put one letter of templates/letters/<kind>/ on the pile, in the customer's language. Without a customer the facts
    say `to` whom, `shop` in whose name."""
    shop = customer.shop if customer else shop
    if shop is None:
        raise ValueError("a letter leaves in the name of a shop")
    to = facts.get("to") or (customer.email if customer else "")
    subject, text, html = rendered(kind, {**facts, "customer": customer}, shop=shop, language=language)
    return Letter.objects.create(
        shop=shop,
        customer=customer,
        entry=entry,
        kind=kind,
        order_number=facts["order"].number if "order" in facts else facts["order_number"],
        number=facts["ret"].number if "ret" in facts else facts.get("number", ""),
        language=language,
        to=to,
        send_after=_send_after(kind, to),
        subject=subject,
        text=text,
        html=html,
    )


def rendered(kind: str, facts: dict, *, shop: Shop, language: str) -> tuple[str, str, str]:
    """Subject, text and HTML of one letter, with [[link]] and [[code]] still in them."""
    palette = {"light": colours.LIGHT, "dark": colours.DARK, "brand": colours.brand_of(shop.accent)}
    with translation.override(language):
        hours = shop.hours_in(language)
        context = {**facts, **palette, "shop": shop, "hours": hours, "LANGUAGE_CODE": language}
        context |= {"radius": CORNERS[shop.corners][0]}
        subject = subject_of(kind, context)
        text = render_to_string(f"letters/{kind}/body.txt", context).strip() + "\n"
        context |= {"subject": subject, "preheader": preheader(text)}
        html = render_to_string(f"letters/{kind}/body.html", context)
    return subject, text, css_inline.inline(html, load_remote_stylesheets=False)


def subject_of(kind: str, facts: dict) -> str:
    """In the language that is in use."""
    return " ".join(render_to_string(f"letters/{kind}/subject.txt", facts).split())[:200]


def preheader(text: str) -> str:
    """What a mailbox shows beside the subject: the first paragraph under the heading, never a link or a code."""
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")[1:]]
    return next((one[:140] for one in paragraphs if one and "[[" not in one), "")


def _send_after(kind: str, to: str) -> datetime:
    now = timezone.now()
    if kind not in TYPED:
        return now
    lately = Letter.objects.filter(kind=kind, to__iexact=to, send_after__gt=now - HOUR).order_by("-send_after")
    tenth = lately.values_list("send_after", flat=True)[TYPED_AN_HOUR - 1 : TYPED_AN_HOUR].first()
    return tenth + HOUR if tenth else now


def send_next_letters(fill: Filler, limit: int = 20) -> int:
    """Send what is due. `fill` gives the words for [[link]] and [[code]]. Returns how many were tried."""
    tried = 0
    for letter in _due()[:limit]:
        tried += send(letter, fill)
    return tried


def _due():
    now = timezone.now()
    lost = Q(state=Letter.State.SENDING, lease_until__lt=now)
    return Letter.objects.filter(lost | Q(state=Letter.State.WAITING, send_after__lte=now)).order_by("send_after")


def send(letter: Letter, fill: Filler) -> bool:
    """Claim, hand to the mail server, note the outcome. False when another worker has it."""
    with transaction.atomic():
        taken = _due().order_by().filter(pk=letter.pk, tries=letter.tries)
        lease = timezone.now() + LEASE
        if not taken.update(state=Letter.State.SENDING, lease_until=lease, tries=F("tries") + 1):
            return False
    letter = Letter.objects.select_related("shop").get(pk=letter.pk)
    try:
        mail = _mail(letter, fill(letter))
        _attach(mail, letter)
        mail.send()
    except Exception as error:
        _try_later(letter, error)
    else:
        Letter.objects.filter(pk=letter.pk).update(state=Letter.State.SENT, sent_at=timezone.now(), last_error="")
    return True


def _try_later(letter: Letter, error: Exception) -> None:
    ended = letter.tries >= MOST_TRIES
    Letter.objects.filter(pk=letter.pk).update(
        state=Letter.State.FAILED if ended else Letter.State.WAITING,
        send_after=timezone.now() + timedelta(seconds=min(10 * 2**letter.tries, 6 * 3600)),
        last_error=f"{type(error).__name__}: {error}"[:300],
    )


def _mail(letter: Letter, words: dict[str, str]) -> EmailMultiAlternatives:
    text, html = letter.text, letter.html
    for name, word in words.items():
        text, html = text.replace(f"[[{name}]]", word), html.replace(f"[[{name}]]", word)
    sender = settings.EMAIL_FROM or formataddr((letter.shop.name, letter.shop.email))
    domain = parseaddr(sender)[1].rpartition("@")[2]
    mail = EmailMultiAlternatives(
        subject=letter.subject,
        body=text if letter.kind in TYPED else wrapped(text),  # what she stated is repeated as she stated it
        from_email=sender,
        to=[letter.to],
        reply_to=[letter.shop.email],
        headers={
            "Message-ID": f"<{letter.uuid}@{domain}>",
            "Content-Language": letter.language,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "OOF, AutoReply",  # Exchange does not read the line above
        },
    )
    mail.attach_alternative(html, "text/html")
    return mail


def wrapped(text: str) -> str:
    """Lines of at most 72 characters for readers of plain text. A link is never broken, nor is what a no-break space
    holds together."""
    return "\n".join(line for paragraph in text.split("\n") for line in _lines(paragraph))


def _lines(paragraph: str) -> list[str]:
    indent = "  " if paragraph.startswith("- ") else ""
    lines = textwrap.wrap(paragraph, COLUMNS, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return lines or [""]


def _attach(mail: EmailMultiAlternatives, letter: Letter) -> None:
    """What cannot be made holds no letter up."""
    make = ATTACHMENTS.get(letter.kind)
    if make is None:
        return
    try:
        mail.attach(*make(letter))
    except Exception as error:
        log.error("letter.not_attached", kind=letter.kind, number=letter.number, exc_info=error)
