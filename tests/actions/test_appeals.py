"""What judging an appeal can change: just what was decided, and only while it stands so."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reader.actions import appeals, sanctions
from reader.actions.changes import edit_annotation
from reader.actions.errors import Conflict
from reader.actions.moderation import decide
from reader.actions.wording import Wording
from reader.models import Appeal, Document, Standing, Status, User
from reader.policy import standing_of
from tests.factories import make_annotation, make_user, promote


@pytest.fixture
def judge(db: None) -> User:
    """Another moderator than the one who decides."""
    return promote(make_user("judge"), "moderator")


def denied(author: User, moderator: User, document: Document) -> Appeal:
    made = make_annotation(author, document, body="As it was judged.")
    decision = decide(moderator=moderator, annotation=made, act="deny", reason="abuse")
    return appeals.appeal(appellant=author, decision=decision, words="It was irony.")


@pytest.mark.parametrize("words", ["As it was judged.", "Quite other words."])
@pytest.mark.parametrize("visibility", ["private", "public"])
def test_what_its_author_changed_since_is_not_approved_unseen(
    author: User, moderator: User, judge: User, document: Document, words: str, visibility: str
) -> None:
    appeal = denied(author, moderator, document)
    annotation = appeal.decision.annotation
    assert annotation is not None
    annotation.refresh_from_db()
    if words == annotation.body and visibility == annotation.visibility:
        words += "!"
    edit_annotation(
        editor=author,
        annotation=annotation,
        version=annotation.version,
        wording=Wording(words),
        visibility=visibility,
    )
    with pytest.raises(Conflict):
        appeals.judge(moderator=judge, appeal=appeal, act="change")
    annotation.refresh_from_db()
    assert annotation.status != Status.APPROVED
    appeal.refresh_from_db()
    assert appeal.state == Appeal.State.OPEN
    appeals.judge(moderator=judge, appeal=appeal, act="uphold")


def test_as_it_was_judged_it_is_shown_again(
    author: User, moderator: User, judge: User, document: Document
) -> None:
    appeal = denied(author, moderator, document)
    appeals.judge(moderator=judge, appeal=appeal, act="change")
    assert appeal.decision.annotation is not None
    appeal.decision.annotation.refresh_from_db()
    assert appeal.decision.annotation.status == Status.APPROVED


def test_an_appeal_lifts_no_later_restriction(author: User, moderator: User, judge: User) -> None:
    week, month = (timezone.now() + timedelta(days=days) for days in (7, 30))
    first = sanctions.sanction(
        moderator=moderator, person=author, act="suspend", reason="abuse", until=week
    )
    appeal = appeals.appeal(appellant=author, decision=first.decision, words="It was irony.")
    later = sanctions.sanction(
        moderator=judge, person=author, act="suspend", reason="spam", until=month
    )
    third = promote(make_user("third"), "moderator")
    judgement = appeals.judge(moderator=third, appeal=appeal, act="change")
    author.refresh_from_db()
    later.refresh_from_db()
    assert (standing_of(author), author.standing_until) == (Standing.SUSPENDED, month)
    assert later.lifted_at is None
    assert judgement.before == judgement.after == Standing.SUSPENDED
