"""Every step of the money is in the chain, once and in the same transaction; who tampers with it is found."""

import json
import random
import threading
import tracemalloc
from pathlib import Path

import pytest
from django.conf import settings as project
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from customers.models import Entry
from returns import actions, audit, audit_check, money, sending, till
from returns.audit import record_of_shop, together
from returns.errors import NotNow
from returns.models import AuditEntry
from returns.policy.publish import publish
from tests import make
from tests.conftest import guards
from tests.returns.test_money import approved, settling
from tests.threads import at_once

WORDS = "She was so sad about Ada Example"


def told() -> list[str]:
    return list(AuditEntry.objects.values_list("verb", flat=True))


def steps(shop, n: int) -> None:
    """So many rows, all alike but for a sum."""
    with together():
        for amount in range(n):
            audit.step(shop.pk, "refund.approved", by="rules", number="R-TEST", amount=amount, currency="EUR")


@pytest.fixture
def unguarded(db):
    """Below the guards: as somebody with the database's own password would."""
    guards.unguard(connection)


def sql(words: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(words, values)


# --- what is in it ----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_each_step_of_a_refund_is_in_the_chain(shop, box):
    refund = approved(settling(shop, box))

    sending.send_refunds()

    first, then = told()[:2], told()[2:]
    assert first == ["refund.proposed", "refund.approved"]
    assert then == ["refund.taken", "credit_note.written", "refund.succeeded"]
    sent = AuditEntry.objects.get(verb="refund.succeeded")
    assert (sent.by, sent.number, sent.order_number) == ("stripe", refund.ret.number, refund.ret.order.number)
    assert sent.facts == {"amount": 3990, "currency": "EUR", "refund": str(refund.uuid)}
    assert audit_check.check() == audit_check.Checked(len(told()))


@pytest.mark.django_db
def test_every_line_of_the_timeline_about_money_is_in_the_chain_and_no_other(shop):
    ret = make.make_return(make.make_order(shop, lines=((2, 8000),), paid=9000), units=2, state="settling")
    actions.concede(ret, amount=100, words=WORDS, by="staff:sam")
    refund = money.propose(make.fresh(ret))[0]
    money.stop_refund(refund, by="staff:sam")
    publish(shop, {"return_days": 40}, starts_at=timezone.now(), by="file")
    till.pause("wrong_mode", live=True)

    lines = Entry.objects.order_by("pk").values_list("verb", "by", "number")

    assert list(AuditEntry.objects.values_list("verb", "by", "number")) == [
        line for line in lines if line[0].partition(".")[0] in audit.MONEY
    ]
    assert told() == ["concession.given", "refund.proposed", "refund.stopped", "terms.published", "refunds.paused"]
    assert {"return.created", "return.approved"} < {line[0] for line in lines}


def test_in_this_room_only_the_audit_writes_the_timeline():
    """An import of the timeline's own `record` would leave its steps out of the chain."""
    room = Path(project.BASE_DIR) / "returns"

    found = [
        file.relative_to(room).as_posix()
        for file in room.rglob("*.py")
        for line in file.read_text().splitlines()
        if line.startswith("from customers.timeline import") and "record" in line
    ]

    assert found == []


@pytest.mark.django_db
def test_words_of_people_are_kept_as_a_digest_only(shop):
    ret = make.make_return(make.make_order(shop), state="settling")

    actions.concede(ret, amount=100, words=WORDS, by="staff:sam")
    actions.concede(ret, amount=100, words=WORDS, by="staff:sam")
    actions.concede(ret, amount=100, words="Ada", by="staff:sam")

    first, second, third = AuditEntry.objects.values_list("facts", flat=True)
    assert {**first, "words": ""} == {"amount": 100, "currency": "EUR", "words": ""}
    assert first["words"] == second["words"] != third["words"]
    assert [facts["words"][0] for facts in (first, third)] == ["#", "#"]
    rows = str(list(AuditEntry.objects.values()))
    assert "Ada" not in rows
    assert "sad" not in rows


@pytest.mark.django_db
def test_a_fact_that_should_be_a_code_and_is_a_sentence_becomes_a_digest(shop):
    record_of_shop(shop, "refunds.paused", by="rules", why="wrong_mode")
    record_of_shop(shop, "refunds.paused", by="rules", why="Ada did it")

    first, second = AuditEntry.objects.values_list("facts", flat=True)

    assert first == {"why": "wrong_mode"}
    assert second["why"].startswith("#")


# --- together with what it tells of -----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_never_in_the_chain(shop):
    ret = make.make_return(make.make_order(shop), state="settling")

    with pytest.raises(RuntimeError), together():
        actions.concede(ret, amount=100, words=WORDS, by="staff:sam")
        raise RuntimeError
    with pytest.raises(RuntimeError), transaction.atomic():
        record_of_shop(shop, "refunds.paused", by="rules")
        raise RuntimeError

    assert (told(), Entry.objects.filter(verb="concession.given").count()) == ([], 0)
    assert audit_check.check() == audit_check.Checked(0)


@pytest.mark.django_db(transaction=True)
def test_a_part_that_is_rolled_back_leaves_the_rest_in_the_chain(shop):
    with together():
        with pytest.raises(NotNow), transaction.atomic():
            record_of_shop(shop, "refunds.paused", by="rules")
            raise NotNow
        with pytest.raises(NotNow), together():
            audit.step(shop.pk, "refund.taken", by="worker")
            raise NotNow
        record_of_shop(shop, "refunds.resumed", by="rules")

    assert told() == ["refunds.resumed"]
    assert audit_check.check() == audit_check.Checked(1)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_chain_and_nobody_waits_for_ever(shop):
    """Each holds a case of its own and takes further locks after its step; terms are published meanwhile."""
    cases = [make.make_return(make.make_order(shop), state="settling") for _ in range(9)]
    refunds = [money.propose(ret)[0] for ret in cases[:6]]
    before = len(told())

    def decide(refund):
        money.approve_refund(refund, by="rules")
        sending._claim(make.fresh(refund))

    def conceded(ret):
        for _ in range(3):
            actions.concede(ret, amount=1, words="one", by="staff:sam")

    def terms():
        for days in (31, 32, 33):
            publish(shop, {"return_days": days}, starts_at=timezone.now(), by="file")

    said = at_once(
        *[lambda row=row: decide(row) for row in refunds],
        *[lambda ret=ret: conceded(ret) for ret in cases[6:]],
        terms,
    )

    assert [word for word in said if isinstance(word, Exception)] == []
    assert len(told()) == before + 6 * 2 + 3 * 3 + 3
    assert audit_check.check() == audit_check.Checked(len(told()))


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets in one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_the_head_is_locked_after_everything_else(shop):
    """One has taken a step of the money and wants a row that the other holds, who is about to take a step as well."""
    row, meet = make.make_order(shop).payments.get(), threading.Barrier(2, timeout=10)

    def step_and_then_lock():
        with together():
            record_of_shop(shop, "refunds.paused", by="rules")
            meet.wait()
            type(row).objects.select_for_update().get(pk=row.pk)

    def lock_and_then_step():
        with together():
            type(row).objects.select_for_update().get(pk=row.pk)
            meet.wait()
            record_of_shop(shop, "refunds.resumed", by="rules")

    said = at_once(step_and_then_lock, lock_and_then_step)

    assert said == [None, None]
    assert sorted(told()) == ["refunds.paused", "refunds.resumed"]


# --- it only grows ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_database_refuses_to_change_it(shop):
    steps(shop, 3)
    table, head = "returns_auditentry", "returns_audithead"
    told_before = list(AuditEntry.objects.values_list("seq", "hash"))
    tries = [
        f"UPDATE {table} SET verb = 'x' WHERE seq = 2",
        f"DELETE FROM {table} WHERE seq = 3",
        f"DELETE FROM {table}",
        f"UPDATE {head} SET seq = 1",
        f"DELETE FROM {head}",
    ]
    if connection.vendor == "postgresql":
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        tries += [f"TRUNCATE {table}", f"TRUNCATE {head}"]
    else:
        tries += [f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} WHERE seq = 2"]

    for words in tries:
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
            sql(words)

    assert list(AuditEntry.objects.values_list("seq", "hash")) == told_before


@pytest.mark.django_db
def test_the_model_refuses_it_too(shop):
    steps(shop, 1)
    row = AuditEntry.objects.get()

    for change in (
        row.save,
        row.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(verb="x"),
        lambda: AuditEntry.objects.bulk_update([row], ["verb"]),
    ):
        with pytest.raises(TypeError):
            change()

    assert make.fresh(row).verb == "refund.approved"


# --- who tampers is found ---------------------------------------------------------------------------------------


ROWS = 24
FROM_ANOTHER = "UPDATE returns_auditentry SET {0} = (SELECT {0} FROM returns_auditentry WHERE seq = %s) WHERE seq = %s"


def edit(dice: random.Random) -> None:
    seq = dice.randint(1, ROWS)
    field = dice.choice(["verb", "by", "order_number", "number", "key", "at", "facts", "hash"])
    if field in {"at", "facts", "hash"}:
        sql(FROM_ANOTHER.format(field), dice.choice([n for n in range(1, ROWS + 1) if n != seq]), seq)
    else:
        sql(f"UPDATE returns_auditentry SET {field} = 'x' || substr({field}, 2) WHERE seq = %s", seq)


def remove(dice: random.Random) -> None:
    sql("DELETE FROM returns_auditentry WHERE seq = %s", dice.randint(1, ROWS))


def remove_and_close_the_gap(dice: random.Random) -> None:
    seq = dice.randint(1, ROWS - 1)
    sql("DELETE FROM returns_auditentry WHERE seq = %s", seq)
    for later in range(seq + 1, ROWS + 1):
        sql("UPDATE returns_auditentry SET seq = seq - 1 WHERE seq = %s", later)
    sql("UPDATE returns_audithead SET seq = seq - 1")


def swap(dice: random.Random) -> None:
    one, other = dice.sample(range(1, ROWS + 1), 2)
    for before, after in ((one, 0), (other, one), (0, other)):
        sql("UPDATE returns_auditentry SET seq = %s WHERE seq = %s", after, before)


def cut(dice: random.Random) -> None:
    cut_after(dice.randint(0, ROWS - 1))


def cut_after(last: int) -> None:
    """The end is cut off, and the head put back so that nobody sees it here."""
    sql("DELETE FROM returns_auditentry WHERE seq > %s", last)
    kept = AuditEntry.objects.filter(seq=last).values_list("hash", flat=True).first() or ""
    sql("UPDATE returns_audithead SET seq = %s, hash = %s", last, kept)


def put_in(dice: random.Random) -> None:
    """A row more at the end, by somebody who has not got the key."""
    sql(
        "INSERT INTO returns_auditentry (seq, shop_id, at, verb, by, order_number, number, facts, key, hash)"
        " SELECT %s, shop_id, at, verb, by, order_number, number, facts, key, hash"
        " FROM returns_auditentry WHERE seq = %s",
        ROWS + 1,
        dice.randint(1, ROWS),
    )


def graft(dice: random.Random, other_life: list[tuple]) -> None:
    """A row that was rightly made, in another life of this database: before a backup was put back."""
    seq, facts, at, made = dice.choice(other_life)
    told = (json.dumps(facts), at, made, seq)
    sql("UPDATE returns_auditentry SET facts = %s, at = %s, hash = %s WHERE seq = %s", *told)


def another_life(shop) -> list[tuple]:
    point = transaction.savepoint()
    cut_after(0)
    with together():
        for amount in range(ROWS):
            audit.step(shop.pk, "refund.approved", by="rules", number="R-TEST", amount=amount + 1, currency="EUR")
    rows = list(AuditEntry.objects.values_list("seq", "facts", "at", "hash"))
    transaction.savepoint_rollback(point)
    return rows


WAYS = [edit, remove, remove_and_close_the_gap, swap, cut, put_in, graft]
TIMES = 1000


def test_a_thousand_ways_of_tampering_are_found(shop, unguarded):
    """A head left this machine with the last row: what is cut off later is known elsewhere."""
    steps(shop, ROWS)
    last = AuditEntry.objects.get(seq=ROWS)
    left = audit_check.heads_in([f"Nov 22 11:00:00 host homeward: {ROWS} {last.hash} 2026-11-22T11:00:00Z"])
    other_life, missed = another_life(shop), []

    for turn in range(TIMES):
        dice = random.Random(turn)
        way = WAYS[turn % len(WAYS)]
        point = transaction.savepoint()
        way(dice, other_life) if way is graft else way(dice)
        if not audit_check.check(left).fault:
            missed.append((turn, way.__name__))
        transaction.savepoint_rollback(point)

    assert missed == []
    assert audit_check.check(left) == audit_check.Checked(ROWS)


def test_it_is_told_which_row_does_not_fit(shop, unguarded):
    steps(shop, 5)
    sql("UPDATE returns_auditentry SET verb = 'refund.stopped' WHERE seq = 3")
    edited = audit_check.check()
    sql("DELETE FROM returns_auditentry WHERE seq = 2")

    removed = audit_check.check()

    at = f"{AuditEntry.objects.get(seq=3).at:%Y-%m-%d %H:%M}"
    assert edited == audit_check.Checked(
        2, f"Row 3 (refund.stopped, R-TEST, {at} UTC) does not fit: it was changed, or the row before it."
    )
    assert removed == audit_check.Checked(1, "Row 2 is missing: after 1 comes 3.")


def test_a_cut_end_is_found_only_by_a_head_that_left(shop, unguarded):
    steps(shop, 5)
    left = {5: AuditEntry.objects.get(seq=5).hash}
    cut_after(2)

    here, elsewhere = audit_check.check(), audit_check.check(left)

    assert here == audit_check.Checked(2)
    assert elsewhere.fault == "The end is cut off: row 5 has left this machine, and the last one is 2."


def test_a_chain_made_anew_with_the_key_is_found_by_a_head_that_left(shop, unguarded):
    steps(shop, 3)
    left = {2: AuditEntry.objects.get(seq=2).hash}
    sql("DELETE FROM returns_auditentry")
    sql("DELETE FROM returns_audithead")
    steps(shop, 4)

    assert audit_check.check().fault == ""
    assert "it was made anew" in audit_check.check(left).fault


@pytest.mark.django_db
def test_checking_a_long_chain_takes_no_more_memory_than_a_short_one(shop):
    def peak() -> int:
        tracemalloc.start()
        checked = audit_check.check()
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert checked.fault == ""
        return used

    steps(shop, 3 * audit_check.AT_ONCE)
    short = peak()
    steps(shop, 12 * audit_check.AT_ONCE)

    assert peak() < 1.2 * short


# --- keys -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_rows_made_with_an_earlier_key_are_still_checked(shop, settings):
    steps(shop, 2)
    settings.AUDIT_KEYS = ["a key of its own " * 3]
    steps(shop, 2)
    settings.AUDIT_KEYS = ["another key of its own " * 3, "a key of its own " * 3]
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another secret key " * 4, [settings.SECRET_KEY]
    steps(shop, 2)

    assert audit_check.check() == audit_check.Checked(6)
    assert len(set(AuditEntry.objects.values_list("key", flat=True))) == 3

    settings.SECRET_KEY_FALLBACKS = []

    assert "with a key that is not among ours" in audit_check.check().fault
