"""What streams tell whom: a canary in everything that is not for everybody, and in names too."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reader import policy
from reader.actions import changes, moderation, placing
from reader.actions.annotations import create_annotation
from reader.actions.assigning import assign
from reader.actions.wording import Wording
from reader.models import Annotation, Document, Group, Membership, Status, User, Visibility
from reader.policy import Viewer
from reader.queries import streams
from reader.queries.live import last_events
from reader.queries.sessions import GUEST_KEY, NOBODY, seat_of, still_taken
from tests.factories import (
    force_status,
    make_annotation,
    make_reply,
    make_user,
    passage_of,
    promote,
)

CANARY = "canary-9c1e"
PEOPLE = ("anonymous", "stranger", "member", "former", "reviewer", "moderator", "admin", "author")


@pytest.fixture
def people(document: Document, author: User, stranger: User, moderator: User) -> dict[str, Viewer]:
    """Everybody who may listen; some are in a group, one was."""
    member, former = make_user("member"), make_user("former")
    group = Group.objects.create(name="Readers", slug="readers")
    for user, role in ((author, "owner"), (member, "member"), (former, "member")):
        Membership.objects.create(user=user, group=group, role=role)
    return {
        "anonymous": AnonymousUser(),
        "stranger": stranger,
        "member": member,
        "former": former,
        "reviewer": promote(make_user("reviewer"), "document:reviewer", document),
        "moderator": moderator,
        "admin": promote(make_user("admin"), "admin"),
        "author": author,
    }


def last(document: Document) -> int:
    return last_events([document.pk])[document.pk]


def told(people: dict[str, Viewer], document: Document, after: int) -> dict[str, list[Any]]:
    """Return what everybody is told of what happened after an event, when all listen at once."""
    events = streams.happened(document.pk, after, last(document))
    numbers = {name: viewer.pk or 0 for name, viewer in people.items()}
    news = streams.tell(document.pk, events, set(numbers.values()), {numbers["reviewer"]})
    messages = {name: [one.to(pk) for one in news] for name, pk in numbers.items()}
    return {name: [one for one in some if one is not None] for name, some in messages.items()}


def private(author: User, document: Document) -> Annotation:
    return make_annotation(author, document, body=CANARY, visibility=Visibility.PRIVATE)


def grouped(author: User, document: Document) -> Annotation:
    made = create_annotation(
        author=author,
        document=document,
        motivation="commenting",
        passage=passage_of(document, "The margin"),
        wording=Wording(CANARY),
        visibility=Visibility.GROUP,
        group=Group.objects.get(slug="readers"),
    )
    Membership.objects.filter(user__username="former").delete()
    return made


def pending(author: User, document: Document) -> Annotation:
    return force_status(make_annotation(author, document, body=CANARY), Status.PENDING)


def pending_reply(author: User, document: Document) -> Annotation:
    return make_reply(author, Annotation.objects.get(body="A root."), CANARY, Status.PENDING)


def public(author: User, document: Document) -> Annotation:
    return make_annotation(author, document, body=CANARY)


def denied(author: User, document: Document) -> Annotation:
    return force_status(make_annotation(author, document, body=CANARY), Status.DENIED)


def deleted(author: User, document: Document) -> Annotation:
    made = make_annotation(author, document, body=CANARY)
    changes.delete_annotation(editor=author, annotation=made)
    return made


# Who is told the name of what was made.
HAS_NAMES: dict[Callable[[User, Document], Annotation], set[str]] = {
    private: {"author"},
    grouped: {"author", "member"},
    pending: {"author", "moderator", "admin"},
    pending_reply: {"author", "moderator", "admin"},
    public: set(PEOPLE),
    denied: {"author", "moderator", "admin"},
    deleted: set(),
}
HAS_REFS = {**HAS_NAMES, denied: set(PEOPLE), deleted: set(PEOPLE)}


@pytest.mark.parametrize("make", HAS_NAMES, ids=lambda make: make.__name__)
def test_names_are_told_to_readers_and_places_to_former_ones(
    make: Callable[[User, Document], Annotation],
    people: dict[str, Viewer],
    document: Document,
    author: User,
) -> None:
    make_annotation(author, document, "A promise", body="A root.")
    before = last(document)
    made = make(author, document)
    found = told(people, document, before)
    assert CANARY not in json.dumps(found)
    assert {name for name, some in found.items() if made.uid in json.dumps(some)} == HAS_NAMES[make]
    assert {name for name, some in found.items() if some} == HAS_REFS[make]
    for name, some in found.items():
        assert all(one["refs"] for one in some)
        if name not in HAS_NAMES[make]:
            assert all(one["name"] == streams.CHANGED for one in some)
            assert all(set(one) == {"name", "refs"} for one in some)


@pytest.mark.parametrize("make", HAS_NAMES, ids=lambda make: make.__name__)
def test_whoever_is_not_asked_for_reads_what_anybody_reads(
    make: Callable[[User, Document], Annotation],
    people: dict[str, Viewer],
    document: Document,
    author: User,
) -> None:
    make_annotation(author, document, "A promise", body="A root.")
    made = make(author, document)
    concerned = User.objects.filter(policy.people_concerned(document.pk, [made.uid]))
    rows = Annotation.objects.filter(uid=made.uid)

    def sight(viewer: Viewer) -> tuple[bool, bool]:
        shown = rows.filter(policy.annotations_visible_to(viewer)).exists()
        return shown, rows.filter(policy.annotations_once_visible_to(viewer)).exists()

    for viewer in people.values():
        if not concerned.filter(pk=viewer.pk or 0).exists():
            assert sight(viewer) == sight(AnonymousUser())


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.PRIVATE])
def test_what_moves_is_told_of_where_it_was_and_where_it_is(
    people: dict[str, Viewer], document: Document, author: User, visibility: str
) -> None:
    mark = make_annotation(
        author, document, "The margin", body="", motivation="highlighting", visibility=visibility
    )
    before = last(document)
    changes.adjust_passage(
        editor=author,
        annotation=mark,
        passage=passage_of(document, "A promise"),
        version=mark.version,
    )
    found = told(people, document, before)
    assert {ref for one in found["author"] for ref in one["refs"]} == {"p1", "p2"}
    assert (found["stranger"] == []) == (visibility == Visibility.PRIVATE)
    assert found["stranger"] == found["anonymous"]
    if visibility == Visibility.PUBLIC:
        assert found["stranger"][0]["refs"] == found["author"][0]["refs"]


def test_what_an_editor_places_elsewhere_is_told_of_where_it_was(
    people: dict[str, Viewer], document: Document, author: User
) -> None:
    mark = make_annotation(author, document, "The margin", body="", motivation="highlighting")
    editor = promote(make_user("editor"), "document:editor", document)
    edition = document.current_edition
    assert edition is not None
    before = last(document)
    placing.leave_orphan(editor=editor, annotation=mark, edition=edition)
    assert [one["refs"] for one in told(people, document, before)["stranger"]] == [["p1"]]
    placing.take_back_decision(editor=editor, annotation=mark, edition=edition)
    assert [one["refs"] for one in told(people, document, before)["stranger"]] == [["p1"]] * 2


def test_what_becomes_private_or_is_taken_down_leaves_a_place_and_no_name(
    people: dict[str, Viewer], document: Document, author: User, moderator: User
) -> None:
    first, second = public(author, document), make_annotation(author, document, "A promise")
    before = last(document)
    changes.edit_annotation(
        editor=author,
        annotation=first,
        wording=Wording(CANARY),
        version=first.version,
        visibility=Visibility.PRIVATE,
    )
    moderation.decide(moderator=moderator, annotation=second, act="deny", reason="spam")
    found = told(people, document, before)
    assert (
        found["stranger"]
        == found["anonymous"]
        == [
            {"name": "changed", "refs": ["p1"]},
            {"name": "changed", "refs": ["p2"]},
        ]
    )
    assert [one["name"] for one in found["author"]] == ["annotation.edited", "annotation.decided"]


def test_a_draft_document_is_told_of_to_those_who_work_on_it(
    people: dict[str, Viewer], document: Document, author: User
) -> None:
    before = last(document)
    make_annotation(author, document, body=CANARY)
    Document.objects.filter(pk=document.pk).update(is_published=False)
    found = told(people, document, before)
    assert {name for name, some in found.items() if some} == {"reviewer", "admin"}


def test_what_happens_at_the_desk_is_told_there_alone(
    people: dict[str, Viewer], document: Document, author: User
) -> None:
    root = make_annotation(author, document)
    before = last(document)
    reviewer = people["reviewer"]
    assert isinstance(reviewer, User)
    assign(reviewer=reviewer, root=root, assignee=reviewer)
    found = told(people, document, before)
    assert found.pop("reviewer") == [{"name": "changed", "refs": []}]
    assert not any(found.values())


def test_what_it_costs_to_tell_of_public_things_does_not_grow_with_the_listeners(
    document: Document, author: User
) -> None:
    def queries(listeners: set[int]) -> int:
        with CaptureQueriesContext(connection) as captured:
            streams.tell(document.pk, streams.happened(document.pk, 0, 99), listeners)
        return len(captured)

    make_annotation(author, document)
    few = queries({0})
    assert queries({make_user().pk for _number in range(20)}) == few


def test_a_seat_ends_with_its_session_its_password_and_its_account(
    client: Client, author: User
) -> None:
    def sit() -> str:
        client.force_login(author, backend=settings.AUTHENTICATION_BACKENDS[0])
        return str(client.session.session_key)

    seat = seat_of(sit())
    assert seat.person == author.pk
    assert still_taken([seat]) == {seat}
    client.logout()
    assert still_taken([seat]) == set()
    assert seat_of(seat.session) == NOBODY

    seat = seat_of(sit())
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert still_taken([seat]) == set()

    seat = seat_of(sit())
    author.set_password("something else entirely")
    author.save()
    assert still_taken([seat]) == set()
    assert seat_of(seat.session) == NOBODY

    seat = seat_of(sit())
    User.objects.filter(pk=author.pk).update(is_active=False)
    assert still_taken([seat]) == set()
    assert seat_of(seat.session) == NOBODY


def test_guests_have_seats_and_made_up_sessions_have_none(client: Client, db: None) -> None:
    guest = User.objects.create(username="guest-1", kind=User.Kind.GUEST)
    session = client.session
    session[GUEST_KEY] = guest.pk
    session.save()
    seat = seat_of(str(session.session_key))
    assert seat.person == guest.pk
    assert still_taken([seat]) == {seat}
    for key in ("", "x", "nonsense" * 4, "x" * 500, "\0"):
        assert seat_of(key) == NOBODY


def test_who_may_not_read_a_document_finds_no_stream(
    document: Document, stranger: User, moderator: User
) -> None:
    for name in (document.slug, str(document.pk)):
        assert streams.find_listening(AnonymousUser(), name) == document.pk
    for name in ("", "nope", "9" * 30, "²", "-1", f"{document.slug}/"):
        assert streams.find_listening(AnonymousUser(), name) is None
    Document.objects.filter(pk=document.pk).update(is_published=False)
    reviewer = promote(make_user(), "document:reviewer", document)
    for viewer in (AnonymousUser(), stranger):
        assert streams.find_listening(viewer, document.slug) is None
    assert streams.find_listening(reviewer, document.slug) == document.pk
    pairs = {(document.pk, person) for person in (0, stranger.pk, reviewer.pk)}
    assert streams.still_reading(pairs) == {(document.pk, reviewer.pk)}
