"""What everybody was kept from is not shown to everybody because a group thought otherwise."""

import pytest

from reader.actions.annotations import reply
from reader.actions.changes import edit_annotation
from reader.actions.groups import make_group
from reader.actions.moderation import decide, flag
from reader.actions.wording import Wording
from reader.models import Annotation, Document, Group, Status, User
from reader.queries import checking
from reader.queries.reporters import UNKNOWN, weights_of
from tests.factories import make_annotation, make_user

WORDS = "The words that were refused."


@pytest.fixture
def circle(author: User) -> Group:
    """A group in which the author decides."""
    return make_group(maker=author, name="Mine alone")


def read_by(annotation: Annotation, visibility: str, group: Group | None = None) -> Annotation:
    assert annotation.author is not None
    annotation.refresh_from_db()
    return edit_annotation(
        editor=annotation.author,
        annotation=annotation,
        version=annotation.version,
        wording=Wording(annotation.body),
        visibility=visibility,
        group=group,
    )


def through(annotation: Annotation, circle: Group, *, by: str = "public") -> Annotation:
    """Take it into the group, approve it there, and bring it back."""
    assert annotation.author is not None
    inside = read_by(annotation, "group", circle)
    decide(moderator=annotation.author, annotation=inside, act="approve")
    if by != "public":
        read_by(annotation, by)
    return read_by(annotation, "public")


@pytest.mark.parametrize("by", ["public", "private"])
@pytest.mark.parametrize("act", ["deny", "spam"])
def test_what_was_taken_down_waits_after_a_groups_approval(
    author: User, moderator: User, document: Document, circle: Group, act: str, by: str
) -> None:
    made = make_annotation(author, document, body=WORDS)
    decide(moderator=moderator, annotation=made, act=act, reason="abuse")
    back = through(made, circle, by=by)
    assert (back.status, back.visibility) == (Status.PENDING, "public")
    assert back.attention_since is not None


def test_what_a_check_holds_waits_after_a_groups_approval(
    author: User, document: Document, circle: Group
) -> None:
    document.checks = "first"
    document.save()
    made = make_annotation(author, document, body=WORDS)
    assert made.status == Status.PENDING
    document.checks = ""
    document.save()
    assert through(made, circle).status == Status.PENDING


def test_answers_that_were_taken_down_wait_too(
    author: User, moderator: User, document: Document, circle: Group
) -> None:
    made = make_annotation(author, document, body="Fit for all.")
    answer = reply(author=author, parent=made, wording=Wording(WORDS))
    decide(moderator=moderator, annotation=answer, act="deny", reason="abuse")
    read_by(made, "group", circle)
    answer.refresh_from_db()
    decide(moderator=author, annotation=answer, act="approve")
    read_by(made, "public")
    answer.refresh_from_db()
    made.refresh_from_db()
    assert (made.status, answer.status) == (Status.APPROVED, Status.PENDING)


def test_what_a_moderator_approved_after_all_does_not_wait(
    author: User, moderator: User, document: Document, circle: Group
) -> None:
    made = make_annotation(author, document, body=WORDS)
    decide(moderator=moderator, annotation=made, act="deny", reason="abuse")
    decide(moderator=moderator, annotation=made, act="approve")
    assert through(made, circle).status == Status.APPROVED


def test_what_a_group_approved_makes_nobody_known(
    author: User, document: Document, circle: Group
) -> None:
    for _text in range(2):
        through(make_annotation(author, document, body=WORDS), circle)
    newest = Annotation.objects.latest("pk")
    assert not checking.is_known(author.pk, newest.created_at)
    assert not checking.was_approved_so(newest, WORDS, None)


def test_what_a_group_made_of_reports_weighs_nothing(
    author: User, document: Document, circle: Group
) -> None:
    member = make_user("member")
    circle.memberships.create(user=member)
    for _text in range(3):
        inside = read_by(make_annotation(author, document, body=WORDS), "group", circle)
        flag(reporter=member, annotation=inside, reason="abuse")
        decide(moderator=author, annotation=inside, act="deny", reason="abuse")
    assert weights_of([member.pk]) == {member.pk: UNKNOWN}
