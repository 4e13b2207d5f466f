"""Who is told what: a canary in everything that is not for everybody."""

import json
from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reader import events
from reader.actions import changes, moderation
from reader.actions.annotations import create_annotation
from reader.actions.tokens import revoke_personal_token
from reader.actions.wording import Wording
from reader.models import (
    Annotation,
    ApiToken,
    Document,
    Group,
    Membership,
    OAuthClient,
    OAuthGrant,
    Status,
    User,
    Visibility,
)
from reader.policy import Viewer
from reader.queries import live
from reader.queries.live import CREATE, DELETE, UPDATE, Notice
from tests.api.hypothesis_client import token_for
from tests.factories import force_status, make_annotation, make_reply, make_user, passage_of

CANARY = "canary-4711"


@pytest.fixture
def member(document: Document, author: User) -> User:
    """Somebody who is in a group with the author."""
    found = make_user("member")
    group = Group.objects.create(name="Readers", slug="readers")
    for user, role in ((author, Membership.Role.OWNER), (found, Membership.Role.MEMBER)):
        Membership.objects.create(user=user, group=group, role=role)
    return found


def told(viewer: Viewer, document: Document, after: int) -> list[Notice]:
    """Return what the viewer is told of what happened after an event."""
    happened, _until = live.changes_after(document.pk, after)
    return live.notices_for(viewer, happened)


def last(document: Document) -> int:
    return live.last_events([document.pk])[document.pk]


def words(notices: list[Notice]) -> str:
    return json.dumps([one.payload for one in notices])


def private(author: User, document: Document) -> Annotation:
    return make_annotation(author, document, body=CANARY, visibility=Visibility.PRIVATE)


def grouped(author: User, document: Document) -> Annotation:
    group = Group.objects.get(slug="readers")
    return create_annotation(
        author=author,
        document=document,
        motivation="commenting",
        passage=passage_of(document, "The margin"),
        wording=Wording(CANARY),
        visibility=Visibility.GROUP,
        group=group,
    )


def pending(author: User, document: Document) -> Annotation:
    return force_status(make_annotation(author, document, body=CANARY), Status.PENDING)


def denied(author: User, document: Document) -> Annotation:
    return force_status(make_annotation(author, document, body=CANARY), Status.DENIED)


def deleted(author: User, document: Document) -> Annotation:
    made = make_annotation(author, document, body=CANARY)
    changes.delete_annotation(editor=author, annotation=made)
    return made


MADE: dict[Callable[[User, Document], Annotation], str] = {
    private: "author",
    grouped: "author member",
    pending: "author moderator",
    denied: "author moderator",
    deleted: "",
}


@pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)
@pytest.mark.parametrize("who", ["anonymous", "stranger", "member", "moderator", "author"])
def test_nobody_is_sent_words_that_are_not_for_them(
    make: Callable[[User, Document], Annotation],
    who: str,
    document: Document,
    author: User,
    stranger: User,
    moderator: User,
    member: User,
) -> None:
    viewers: dict[str, Viewer] = {
        "anonymous": AnonymousUser(),
        "stranger": stranger,
        "member": member,
        "moderator": moderator,
        "author": author,
    }
    before = last(document)
    made = make(author, document)
    notices = told(viewers[who], document, before)
    assert (CANARY in words(notices)) == (who in MADE[make].split())
    if CANARY not in words(notices):
        assert all(one.action == DELETE for one in notices)
        assert all(one.payload == {"id": made.uid} for one in notices)


@pytest.mark.parametrize("make", [private, pending])
def test_strangers_do_not_even_hear_of_what_never_was_for_them(
    make: Callable[[User, Document], Annotation], document: Document, author: User, stranger: User
) -> None:
    before = last(document)
    make(author, document)
    assert told(stranger, document, before) == []


def test_who_left_a_group_is_told_nothing_further(
    document: Document, author: User, member: User
) -> None:
    before = last(document)
    grouped(author, document)
    assert CANARY in words(told(member, document, before))
    Membership.objects.filter(user=member).delete()
    assert told(member, document, before) == []


def test_what_is_denied_is_gone_for_readers_and_there_for_its_author(
    document: Document, author: User, stranger: User, moderator: User
) -> None:
    made = make_annotation(author, document, body=CANARY)
    before = last(document)
    moderation.decide(moderator=moderator, annotation=made, act="deny", reason="spam")
    assert [(one.action, one.payload) for one in told(stranger, document, before)] == [
        (DELETE, {"id": made.uid})
    ]
    [shown] = told(author, document, before)
    assert shown.action == UPDATE
    assert shown.payload["text"] == CANARY


def test_an_answer_is_told_by_its_own_name(document: Document, author: User) -> None:
    root = make_annotation(author, document)
    before = last(document)
    answer = make_reply(author, root, body="An answer")
    [notice] = told(AnonymousUser(), document, before)
    assert notice.action == CREATE
    assert notice.payload["id"] == answer.uid
    assert notice.payload["references"] == [root.uid]


def test_a_change_bears_the_name_of_the_program_that_sent_it(
    document: Document, author: User
) -> None:
    before = last(document)
    with events.sent_by("6fbb"):
        make_annotation(author, document)
    make_annotation(author, document)
    assert [one.origin for one in told(AnonymousUser(), document, before)] == ["6fbb", ""]


def test_what_many_changes_cost_does_not_grow_with_them(
    document: Document, author: User, stranger: User
) -> None:
    def queries(after: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            told(stranger, document, after)
        return len(captured)

    before = last(document)
    make_annotation(author, document)
    queries(before)  # whoever is looked at for the first time costs one more
    few = queries(before)
    for _number in range(5):
        make_annotation(author, document)
    assert queries(before) == few


def test_tokens_taken_back_and_closed_accounts_are_not_open(author: User, stranger: User) -> None:
    token_for(author)
    token_for(stranger)
    mine, theirs = ApiToken.objects.get(user=author), ApiToken.objects.get(user=stranger)
    client = OAuthClient.objects.create(client_id="elsewhere", name="Elsewhere")
    grant = OAuthGrant.objects.create(client=client, user=author)
    assert live.still_open([mine, theirs, grant]) == {
        (ApiToken, mine.pk),
        (ApiToken, theirs.pk),
        (OAuthGrant, grant.pk),
    }
    revoke_personal_token(user=author, token_id=mine.pk)
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    OAuthClient.objects.filter(pk=client.pk).update(is_active=False)
    assert live.still_open([mine, theirs, grant]) == set()
