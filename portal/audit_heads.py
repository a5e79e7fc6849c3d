"""The end of the audit leaves this machine, so that a part cut off here is known elsewhere."""

import os
import socket
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from returns.audit_check import head_line
from returns.models import AuditHead

EVERY = timedelta(hours=1)
ROWS = 1000
SYSLOG = 514
NOTICE_OF_AUDIT = 13 * 8 + 5  # facility "log audit", severity "notice". https://www.rfc-editor.org/rfc/rfc5424
log = structlog.get_logger()


def send_when_due() -> int:
    """For the worker's round: an hour or a thousand rows after the last time. What did not leave is tried again by the
    next round, and staff are told. Returns how many heads have left."""
    head = AuditHead.objects.first()
    if head is None or not settings.AUDIT_HEAD_TO or not is_due(head):
        return 0
    try:
        send(head)
    except Exception as error:  # the socket's, the file's, the mail's
        log.error("audit.head_not_sent", to=kind(), error=repr(error))
        AuditHead.objects.filter(pk=head.pk).update(error=f"{type(error).__name__}: {error}"[:300])
        return 0
    AuditHead.objects.filter(pk=head.pk).update(told_seq=head.seq, told_at=timezone.now(), error="")
    return 1


def is_due(head: AuditHead) -> bool:
    waited = head.told_at is None or timezone.now() - head.told_at >= EVERY
    return head.seq > head.told_seq and (waited or head.seq - head.told_seq >= ROWS)


def line_of(head: AuditHead) -> str:
    return head_line(head, timezone.now().astimezone(UTC).isoformat(timespec="seconds"))


def kind() -> str:
    return urlsplit(settings.AUDIT_HEAD_TO).scheme


def send(head: AuditHead) -> None:
    """By file, mail or syslog, as AUDIT_HEAD_TO says. Raises whatever stands in the way."""
    WAYS[kind()](urlsplit(settings.AUDIT_HEAD_TO), line_of(head))


def to_file(to: SplitResult, line: str) -> None:
    file = os.open(Path(unquote(to.path)), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, f"{line}\n".encode())
        os.fsync(file)
    finally:
        os.close(file)


def to_mail(to: SplitResult, line: str) -> None:
    text = f"{line}\n\nKeep this line: manage.py audit verify --head FILE checks the audit against it.\n"
    row = line.partition(" ")[0]
    EmailMessage(f"Homeward audit: row {row}", text, settings.EMAIL_FROM or to.path, [to.path]).send()


def to_syslog(to: SplitResult, line: str) -> None:
    """To the machine's own log, or by UDP to another one: that nobody listens there cannot be seen from here."""
    message = f"<{NOTICE_OF_AUDIT}>homeward-audit: {line}".encode()
    if to.hostname:
        family, kind_, _, _, where = socket.getaddrinfo(to.hostname, to.port or SYSLOG, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind_) as wire:
            wire.sendto(message, where)
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.sendto(message, unquote(to.path))


WAYS: dict[str, Callable[[SplitResult, str], None]] = {"file": to_file, "mailto": to_mail, "syslog": to_syslog}
