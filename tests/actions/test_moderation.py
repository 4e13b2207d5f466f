"""Reports and decisions: who may, what follows, how it is taken back, and the lasting log."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from reader import policy
from reader.actions import changes, moderation
from reader.actions.errors import Conflict, Invalid, TooMany
from reader.actions.wording import Wording
from reader.models import Annotation, Decision, Document, Flag, User
from reader.sealing import chained_hash
from tests.factories import make_annotation, make_document, make_user, promote

STATES = ("pending", "approved", "denied", "spam")
THREADS = 4
AT_ONCE = 20


def test_report_puts_the_annotation_into_the_queue_once(
    author: User, stranger: User, document: Document
) -> None:
    annotation = make_annotation(author, document)
    moderation.flag(reporter=stranger, annotation=annotation, reason="spam", note="Look.")
    moderation.flag(reporter=stranger, annotation=annotation, reason="abuse")
    assert Flag.objects.get().reason == "spam"
    annotation.refresh_from_db()
    assert annotation.attention_since is not None
    assert annotation.status == "approved"


def test_private_and_own_annotations_cannot_be_reported(
    author: User, stranger: User, document: Document
) -> None:
    with pytest.raises(policy.Refused):
        moderation.flag(
            reporter=author, annotation=make_annotation(author, document), reason="spam"
        )
    private = make_annotation(author, document, visibility="private")
    with pytest.raises(policy.Refused):
        moderation.flag(reporter=stranger, annotation=private, reason="spam")


@pytest.mark.parametrize("reason", ["", "because", "SPAM"])
def test_unknown_reason_is_refused(
    author: User, stranger: User, document: Document, reason: str
) -> None:
    with pytest.raises(Invalid):
        moderation.flag(
            reporter=stranger, annotation=make_annotation(author, document), reason=reason
        )


def test_reporting_too_fast_is_slowed_down(
    author: User, stranger: User, document: Document, settings: Any
) -> None:
    settings.FLAGS_PER_HOUR = 1
    one, two = make_annotation(author, document), make_annotation(author, document)
    moderation.flag(reporter=stranger, annotation=one, reason="spam")
    with pytest.raises(TooMany):
        moderation.flag(reporter=stranger, annotation=two, reason="spam")


@pytest.mark.parametrize("is_reported", [False, True], ids=["unreported", "reported"])
@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize(
    ("act", "after"), [("approve", "approved"), ("deny", "denied"), ("spam", "spam")]
)
def test_decision_and_undo_lead_back_exactly(
    author: User,
    stranger: User,
    moderator: User,
    document: Document,
    before: str,
    act: str,
    after: str,
    is_reported: bool,
) -> None:
    annotation = make_annotation(author, document, status=before)
    if before == "pending":
        Annotation.objects.update(attention_since=F("created_at"))
    if is_reported:
        moderation.flag(reporter=stranger, annotation=annotation, reason="other")
    waiting_since = Annotation.objects.get().attention_since
    assert (waiting_since is not None) == (is_reported or before == "pending")
    decision = moderation.decide(
        moderator=moderator, annotation=annotation, act=act, reason="rules", note="A word."
    )
    annotation.refresh_from_db()
    assert (annotation.status, annotation.attention_since) == (after, None)
    resolution = "kept" if after == "approved" else "upheld"
    assert resolutions() == [resolution] * is_reported

    moderation.undo(moderator=moderator, decision=decision)
    annotation.refresh_from_db()
    assert (annotation.status, annotation.attention_since) == (before, waiting_since)
    assert resolutions() == [""] * is_reported
    acts = list(Decision.objects.order_by("pk").values_list("act", "before", "after"))
    assert acts == [(act, before, after), ("undo", after, before)]


def resolutions() -> list[str]:
    """Return what became of the reports."""
    return list(Flag.objects.values_list("resolution", flat=True))


def test_denying_needs_a_reason(author: User, moderator: User, document: Document) -> None:
    with pytest.raises(Invalid) as refusal:
        moderation.decide(
            moderator=moderator, annotation=make_annotation(author, document), act="deny"
        )
    assert refusal.value.field == "reason"


def test_decision_is_bound_to_the_version_seen(
    author: User, moderator: User, document: Document
) -> None:
    annotation = make_annotation(author, document)
    changes.edit_annotation(
        editor=author, annotation=annotation, version=1, wording=Wording("Reworded.")
    )
    with pytest.raises(Conflict):
        moderation.decide(moderator=moderator, annotation=annotation, act="approve", version=1)
    assert not Decision.objects.exists()


def test_undo_is_refused_after_something_else_happened(
    author: User, moderator: User, document: Document
) -> None:
    annotation = make_annotation(author, document)
    first = moderation.decide(moderator=moderator, annotation=annotation, act="spam")
    moderation.decide(moderator=moderator, annotation=annotation, act="approve")
    with pytest.raises(Conflict, match="Something else was decided"):
        moderation.undo(moderator=moderator, decision=first)


def test_undoing_cannot_be_undone(author: User, moderator: User, document: Document) -> None:
    annotation = make_annotation(author, document)
    decision = moderation.decide(moderator=moderator, annotation=annotation, act="spam")
    undoing = moderation.undo(moderator=moderator, decision=decision)
    for one in (decision, undoing):
        with pytest.raises(Conflict):
            moderation.undo(moderator=moderator, decision=one)
    assert Decision.objects.count() == 2


@pytest.mark.parametrize(("act", "then"), [("approve", "approved"), ("deny", "pending")])
def test_undo_is_refused_once_the_author_reworded(
    author: User, moderator: User, document: Document, act: str, then: str
) -> None:
    annotation = make_annotation(author, document, status="spam")
    decision = moderation.decide(
        moderator=moderator, annotation=annotation, act=act, reason="rules"
    )
    annotation.refresh_from_db()
    changes.edit_annotation(
        editor=author,
        annotation=annotation,
        version=annotation.version,
        wording=Wording("Reworded."),
    )
    with pytest.raises(Conflict, match="Its author changed it"):
        moderation.undo(moderator=moderator, decision=decision)
    after = Annotation.objects.get()
    assert (after.status, after.body) == (then, "Reworded.")
    assert Decision.objects.count() == 1


def test_document_moderator_decides_in_that_document_only(author: User) -> None:
    theirs, other = make_document(), make_document()
    helper = promote(make_user(), "document:moderator", theirs)
    moderation.decide(
        moderator=helper, annotation=make_annotation(author, theirs), act="deny", reason="rules"
    )
    with pytest.raises(policy.Refused):
        moderation.decide(
            moderator=helper, annotation=make_annotation(author, other), act="approve"
        )


@pytest.mark.parametrize("role", ["", "document:reviewer", "document:editor", "editor"])
def test_nobody_else_decides(author: User, document: Document, role: str) -> None:
    person = promote(make_user(), role, document) if role else make_user()
    with pytest.raises(policy.Refused):
        moderation.decide(
            moderator=person, annotation=make_annotation(author, document), act="approve"
        )


def test_log_is_a_chain(author: User, moderator: User, document: Document) -> None:
    for act in ("spam", "approve", "spam"):
        annotation = make_annotation(author, document)
        moderation.decide(moderator=moderator, annotation=annotation, act=act)
    rows = list(Decision.objects.order_by("pk"))
    assert rows[0].previous_hash == ""
    assert [row.previous_hash for row in rows[1:]] == [row.hash for row in rows[:-1]]
    for row in rows:
        assert row.hash == chained_hash(row)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("log_emptied_afterwards")
def test_moderators_at_the_same_instant_make_one_chain(
    author: User, moderator: User, document: Document, settings: Any
) -> None:
    settings.POSTS_PER_MINUTE = 2 * AT_ONCE
    moderators = [moderator, promote(make_user(), "moderator")]
    annotations = [make_annotation(author, document) for _ in range(AT_ONCE)]

    def decide(number: int) -> None:
        try:
            moderation.decide(
                moderator=moderators[number % 2], annotation=annotations[number], act="spam"
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(decide, range(AT_ONCE)))
    rows = list(Decision.objects.order_by("pk"))
    assert {row.annotation_id for row in rows} == {one.pk for one in annotations}
    assert [row.previous_hash for row in rows] == ["", *(row.hash for row in rows[:-1])]
    assert set(Annotation.objects.values_list("status", flat=True)) == {"spam"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reader_decision SET note = 'altered'",
        "UPDATE reader_decision SET actor_name = 'somebody else'",
        "DELETE FROM reader_decision",
    ],
)
def test_database_itself_refuses_to_alter_the_log(
    author: User, moderator: User, document: Document, statement: str
) -> None:
    annotation = make_annotation(author, document)
    moderation.decide(moderator=moderator, annotation=annotation, act="spam")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Decision.objects.get().actor_name == moderator.get_full_name()


def test_log_outlives_the_moderators_account(
    author: User, moderator: User, document: Document
) -> None:
    annotation = make_annotation(author, document)
    moderation.decide(moderator=moderator, annotation=annotation, act="spam")
    moderator.delete()
    row = Decision.objects.get()
    assert (row.actor, row.actor_name) == (None, "Mo Moderator")
