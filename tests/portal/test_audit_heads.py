"""The end of the audit leaves this machine, each hour or each thousand rows, and the commands that check it."""

import socket
from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from portal import audit_heads
from returns.models import AuditEntry, AuditHead
from tests.conftest import guards
from tests.returns.test_audit import cut_after, sql, steps

pytestmark = pytest.mark.django_db


def run(*words: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("audit", *words, stdout=out, stderr=err)
    except SystemExit as end:
        return end.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def last() -> str:
    row = AuditEntry.objects.order_by("seq").last()
    return f"{row.seq} {row.hash} "


# --- when and where ---------------------------------------------------------------------------------------------


def test_it_leaves_after_an_hour_or_a_thousand_rows_and_not_twice(shop, settings, tmp_path):
    settings.AUDIT_HEAD_TO = (tmp_path / "heads").as_uri()
    steps(shop, 2)
    first = audit_heads.send_when_due()
    steps(shop, 999)
    soon = audit_heads.send_when_due()
    steps(shop, 1)
    thousand = audit_heads.send_when_due()
    AuditHead.objects.update(told_at=timezone.now() - timedelta(hours=1))
    nothing_new = audit_heads.send_when_due()
    steps(shop, 1)
    an_hour = audit_heads.send_when_due()

    assert (first, soon, thousand, nothing_new, an_hour) == (1, 0, 1, 0, 1)
    lines = (tmp_path / "heads").read_text().splitlines()
    assert [line.split()[0] for line in lines] == ["2", "1002", "1003"]
    assert lines[-1].startswith(last())
    assert (tmp_path / "heads").stat().st_mode & 0o077 == 0


def test_without_a_place_nothing_leaves(shop, settings):
    steps(shop, 2)

    assert (settings.AUDIT_HEAD_TO, audit_heads.send_when_due()) == ("", 0)


def test_it_leaves_by_mail(shop, settings):
    settings.AUDIT_HEAD_TO = "mailto:audit@example.com"
    steps(shop, 3)

    audit_heads.send_when_due()

    [letter] = mail.outbox
    assert (letter.to, letter.subject) == (["audit@example.com"], "Homeward audit: row 3")
    assert letter.body.startswith(last())


def test_it_leaves_by_the_machines_own_log(shop, settings, tmp_path):
    steps(shop, 3)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.bind(str(tmp_path / "log"))
        wire.settimeout(5)
        settings.AUDIT_HEAD_TO = f"syslog://{tmp_path / 'log'}"
        audit_heads.send_when_due()
        said = wire.recv(1000).decode()

    assert said.startswith(f"<109>homeward-audit: {last()}")


def test_it_leaves_by_a_log_elsewhere(shop, settings):
    steps(shop, 3)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(("127.0.0.1", 0))
        wire.settimeout(5)
        settings.AUDIT_HEAD_TO = f"syslog://127.0.0.1:{wire.getsockname()[1]}"
        audit_heads.send_when_due()
        said = wire.recv(1000).decode()

    assert said.startswith(f"<109>homeward-audit: {last()}")


def test_what_cannot_leave_is_told_and_tried_again(shop, settings, tmp_path, sam):
    settings.AUDIT_HEAD_TO = (tmp_path / "not there" / "heads").as_uri()
    steps(shop, 2)

    failed = audit_heads.send_when_due()
    error, told = AuditHead.objects.get().error, AuditHead.objects.get().told_seq
    queue, troubles = sam.get("/staff/").content.decode(), sam.get("/readyz").json()["troubles"]
    (tmp_path / "not there").mkdir()
    again = audit_heads.send_when_due()

    assert (failed, again, told) == (0, 1, 0)
    assert error.startswith("FileNotFoundError")
    assert "The end of the audit cannot leave this machine." in queue
    assert troubles["audit"] == "the head of the audit cannot leave this machine: look at AUDIT_HEAD_TO"
    assert AuditHead.objects.get().error == ""
    assert "cannot leave" not in sam.get("/staff/").content.decode()


# --- in the terminal --------------------------------------------------------------------------------------------


def test_verify_says_0_when_all_fits(shop):
    steps(shop, 3)

    code, out, err = run("verify")

    assert (code, out.split(",")[0], err) == (0, "3 rows fit", "")


def test_verify_says_1_and_which_row_when_not(shop):
    guards.unguard(connection)
    steps(shop, 3)
    sql("DELETE FROM returns_auditentry WHERE seq = 2")

    code, out, err = run("verify")

    assert (code, out.split(",")[0], err) == (1, "1 rows fit", "Row 2 is missing: after 1 comes 3.\n")


def test_verify_finds_a_cut_end_by_a_head_that_left(shop, tmp_path):
    guards.unguard(connection)
    steps(shop, 3)
    file = tmp_path / "heads"
    file.write_text(f"Subject: Homeward audit\n\n> {run('head')[1]}")
    cut_after(2)

    alone, with_head = run("verify"), run("verify", "--head", str(file))

    assert (alone[0], with_head[0]) == (0, 1)
    assert with_head[2] == "The end is cut off: row 3 has left this machine, and the last one is 2.\n"


@pytest.mark.parametrize("text", [None, "nothing of ours\n"])
def test_a_file_without_a_head_is_no_proof(shop, tmp_path, text):
    steps(shop, 1)
    file = tmp_path / "heads"
    if text:
        file.write_text(text)

    assert run("verify", "--head", str(file))[0] == 2


def test_head_prints_where_it_ends(shop):
    steps(shop, 3)

    code, out, _ = run("head")

    assert (code, out.startswith(last()), len(out.split())) == (0, True, 3)
