"""Appending to the decision log: every act of a moderator, sealed and in one chain."""

from typing import Any

from django.db import connection

from reader.models import Annotation, Decision, LogHead, User
from reader.queries.decision_log import HEAD
from reader.sealing import FORMAT, chained_hash

# The head, the next id, and whether rows of the first format stand beyond the head.
_END = """SELECT h."row", h."count", h."hash", {next},
    EXISTS (SELECT 1 FROM reader_decision d
            WHERE d.id > COALESCE(h."row", 0) AND d.chain_format = 1)
    FROM (SELECT 1 AS one) AS always LEFT JOIN reader_loghead h ON h.id = %(head)s"""
END = {
    "sqlite": _END.format(next="(SELECT COALESCE(MAX(id), 0) + 1 FROM reader_decision)"),
    "postgresql": _END.format(next="nextval(pg_get_serial_sequence('reader_decision', 'id'))"),
}
MOVE = 'UPDATE reader_loghead SET "row" = %s, "count" = %s, "hash" = %s WHERE id = %s'
LOG_LOCK = int.from_bytes(b"postil")  # names the lock; any number nobody else locks would do


def append(
    *, actor: User, act: str, annotation: Annotation | None, person: User | None, **values: Any
) -> Decision:
    """Append a row, chained to the one before it. Call it inside the transaction of the act.

    Args:
        actor: whose act it is.
        act: one of :class:`Decision.Act`.
        annotation: what it is about, if it is about an annotation.
        person: whom it is about, if it is about a person.
        values: further fields of :class:`Decision`.
    """
    if annotation is not None:
        values |= {
            "annotation": annotation,
            "annotation_uid": annotation.uid,
            "document_id": annotation.document_id,
            "document_number": annotation.document_id,
            "version": annotation.version,
            "for_group": annotation.group_id,
        }
    if person is not None:
        values |= {"person": person, "person_number": person.pk}
    row = Decision(
        actor=actor,
        actor_number=actor.pk,
        actor_name=actor.get_full_name(),
        act=act,
        chain_format=FORMAT,
        **values,
    )
    seal_and_insert(row)
    return row


def seal_and_insert(row: Decision) -> None:
    """Chain a new row to the log's end, insert it, and move the end over it.

    All of it but the row itself is two short statements, written out: made of models they took a
    fifth of a decision's time (``tests/bench/log_cost.py``).
    """
    _wait_for_other_writers()
    head, row.pk, is_behind = _end()
    if is_behind:
        _catch_up(head)
    row.previous_hash = head.hash
    row.hash = chained_hash(row)
    row.save(force_insert=True)
    _move(head, row)
    if not _moved(head):
        head.save()


def _end() -> tuple[LogHead, int, bool]:
    """Return the head, the next row's id, and whether older code has appended behind the head."""
    with connection.cursor() as cursor:
        cursor.execute(END[connection.vendor], {"head": HEAD})
        where, count, newest, number, is_behind = cursor.fetchone()
    head = LogHead(pk=HEAD, row=where or 0, count=count or 0, hash=newest or "")
    return head, number, bool(is_behind)


def _moved(head: LogHead) -> bool:
    """Write down where the log ends now; False where there was no head yet."""
    with connection.cursor() as cursor:
        cursor.execute(MOVE, [head.row, head.count, head.hash, HEAD])
        return bool(cursor.rowcount)


def _catch_up(head: LogHead) -> None:
    """Move the head over rows that a server with older code has appended meanwhile.

    They have the first format. Rows that do not follow on one another are left behind: that is
    for ``verify_log`` to tell.
    """
    for row in Decision.objects.filter(pk__gt=head.row, chain_format=1).order_by("pk"):
        if row.previous_hash == head.hash:
            _move(head, row)


def _move(head: LogHead, row: Decision) -> None:
    head.row, head.count, head.hash = row.pk, head.count + 1, row.hash


def _wait_for_other_writers() -> None:
    """Let one transaction at a time append to the log, until it ends.

    Locking the last row would not do: who waits for it wakes up with that row, not with the one
    appended meanwhile, and chains to it a second time. On SQLite every transaction that writes has
    waited for its turn at BEGIN already.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOG_LOCK])
