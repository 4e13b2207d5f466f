"""What an export holds, for whom, at what cost."""

import json
import tracemalloc
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reader.actions.changes import delete_annotation, edit_annotation
from reader.actions.dispositions import Ruling, decide_thread, reopen_thread
from reader.actions.restoring import restore
from reader.actions.wording import Wording
from reader.models import Anchor, Annotation, Document, Group, Membership, User
from reader.queries import exporting
from reader.text.exporters import FORMATS
from tests.exporting import edition_of, exported, load_demo, person, there_and_back, wipe
from tests.factories import make_annotation, make_document, make_reply, make_user, promote

pytestmark = pytest.mark.django_db
EVERY_FORMAT = sorted(FORMATS)
DEMO_VIEWERS = ["", "reader", "reviewer", "moderator", "admin"]


def items(text: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(text)["first"]["items"]
    return rows


@pytest.mark.parametrize("username", DEMO_VIEWERS)
def test_the_demo_comes_back_byte_for_byte(username: str) -> None:
    document = load_demo()
    before, after, result = there_and_back(person(username), document)
    assert after == before
    assert result.saved == json.loads(before)["total"] > 190
    assert (result.refused, result.warnings, result.known) == ([], [], 0)


def test_it_comes_back_the_same_where_its_people_are_gone() -> None:
    document = load_demo()
    before = exported(person("admin"), document)
    wipe(document)
    User.objects.exclude(username="admin").delete()
    restore(document=document, data=before.encode())
    assert exported(person("admin"), document) == before
    made = User.objects.exclude(username="admin")
    assert {user.kind for user in made} == {"guest"}
    assert not any(user.has_usable_password() for user in made)


def test_restoring_twice_changes_nothing() -> None:
    document = load_demo()
    before = exported(person("admin"), document)
    result = restore(document=document, data=before.encode())
    assert (result.saved, result.known) == (0, json.loads(before)["total"])
    assert exported(person("admin"), document) == before


@pytest.mark.parametrize("name", EVERY_FORMAT)
def test_the_same_data_give_the_same_bytes(name: str) -> None:
    document = load_demo()
    first = exported(person("admin"), document, name)
    assert first == exported(person("admin"), document, name)
    assert len(first) > 50_000


def busy(document: Document, author: User) -> dict[str, Annotation]:
    """Annotations in every state that an export tells apart."""
    rows = {
        "private": make_annotation(author, document, body="w-private", visibility="private"),
        "pending": make_annotation(author, document, body="w-pending", status="pending"),
        "denied": make_annotation(author, document, body="w-denied", status="denied"),
        "deleted": make_annotation(author, document, body="w-deleted"),
        "edited": make_annotation(author, document, body="w-before", tags=("one", "two")),
        "edit": make_annotation(
            author, document, body="w-why", motivation="editing", replacement="The edge"
        ),
    }
    make_reply(author, rows["deleted"], body="w-answer")
    middle = make_reply(author, rows["edited"], body="w-taken-down")
    make_reply(author, middle, body="w-below")
    Annotation.objects.filter(pk=middle.pk).update(status="denied")
    delete_annotation(editor=author, annotation=rows["deleted"])
    edit_annotation(
        editor=author, annotation=rows["edited"], version=1, wording=Wording("w-after", None, ["b"])
    )
    return rows


def decide(document: Document, root: Annotation) -> User:
    reviewer = promote(make_user("rev"), "document:reviewer", document)
    decide_thread(reviewer=reviewer, root=root, ruling=Ruling("declined", "w-first-reason"))
    reopen_thread(reviewer=reviewer, root=root)
    decide_thread(reviewer=reviewer, root=root, ruling=Ruling("answered", "w-second-reason"))
    return reviewer


WORDS = {  # what each must not find in any format
    "anonymous": {"w-private", "w-pending", "w-denied", "w-deleted", "w-taken-down"},
    "stranger": {"w-private", "w-pending", "w-denied", "w-deleted", "w-taken-down"},
    "author": {"w-deleted"},
    "moderator": {"w-private", "w-deleted"},
    "reviewer": {"w-private", "w-pending", "w-denied", "w-deleted", "w-taken-down"},
    "admin": {"w-private", "w-deleted"},
}
ALL = {"w-private", "w-pending", "w-denied", "w-deleted", "w-taken-down", "w-first-reason"}
ALL |= {"w-second-reason", "w-answer", "w-below", "w-after", "w-why"}


@pytest.fixture
def people(document: Document, author: User, stranger: User, moderator: User) -> dict[str, Any]:
    reviewer = decide(document, busy(document, author)["edited"])
    return {
        "anonymous": AnonymousUser(),
        "stranger": stranger,
        "author": author,
        "moderator": moderator,
        "reviewer": reviewer,
        "admin": promote(make_user("root"), "admin"),
    }


@pytest.mark.parametrize("name", EVERY_FORMAT)
def test_nobody_takes_away_what_they_may_not_see(
    people: dict[str, Any], document: Document, name: str
) -> None:
    for role, hidden in WORDS.items():
        text = exported(people[role], document, name).replace("\\-", "-")
        expected = {word for word in ALL if not any(word.startswith(one) for one in hidden)}
        assert {word for word in ALL if word in text} == expected, role


@pytest.mark.parametrize("role", sorted(WORDS))
def test_every_state_comes_back(people: dict[str, Any], document: Document, role: str) -> None:
    before, after, result = there_and_back(people[role], document)
    assert after == before
    assert not result.refused


def test_earlier_wordings_follow_their_rule(people: dict[str, Any], document: Document) -> None:
    public = exported(None, document)
    assert "w-before" in public  # it was seen by everybody once
    make_annotation(people["author"], document, body="secret draft", visibility="private")
    row = Annotation.objects.get(body="secret draft")
    edit_annotation(editor=people["author"], annotation=row, version=1, wording=Wording("plain"))
    Annotation.objects.filter(pk=row.pk).update(visibility="public")
    assert "secret draft" not in exported(None, document)
    assert "secret draft" in exported(people["author"], document)


def test_what_a_group_wrote_is_for_its_members(document: Document, author: User) -> None:
    group = Group.objects.create(slug="circle", name="Circle")
    Membership.objects.create(user=author, group=group)
    row = make_annotation(author, document, body="among us")
    Annotation.objects.filter(pk=row.pk).update(visibility="group", group=group)
    assert "among us" not in exported(None, document)
    before, after, _result = there_and_back(author, document)
    assert items(before)[0]["postil:group"] == "circle"
    assert after == before


def test_threads_without_a_place_come_last(document: Document, author: User) -> None:
    lost = make_annotation(author, document, body="w-lost")
    make_annotation(author, document, "in public", body="w-kept")
    Anchor.objects.filter(annotation=lost).update(
        verdict="orphaned", score=0, first_block=None, last_block=None, start=None, end=None
    )
    for name in EVERY_FORMAT:
        text = exported(None, document, name).replace("\\-", "-")
        assert text.index("w-kept") < text.index("w-lost")


def make_many(document: Document, author: User, threads: int, replies: int) -> None:
    edition = edition_of(document)
    block = edition.blocks.get(ref="p1")
    made = {
        "document": document,
        "edition": edition,
        "author": author,
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    body = "Some words that are as long as what people write in a margin. " * 5
    words = {"body": body, "body_html": f"<p>{body}</p>"}
    roots = Annotation.objects.bulk_create(
        Annotation(motivation="commenting", exact="The margin", start=0, end=10, **made, **words)
        for _number in range(threads)
    )
    Anchor.objects.bulk_create(
        Anchor(
            annotation=root,
            edition=edition,
            first_block=block,
            last_block=block,
            start=0,
            end=10,
            verdict="exact",
            score=1,
        )
        for root in roots
    )
    Annotation.objects.bulk_create(
        Annotation(motivation="replying", parent=root, root=root, **made, **words)
        for root in roots
        for _number in range(replies)
    )


@pytest.mark.parametrize("name", EVERY_FORMAT)
def test_memory_does_not_grow_with_the_export(document: Document, author: User, name: str) -> None:
    peaks, sizes = [], []
    for threads in (400, 2_000):
        make_many(document, author, threads, 2)
        chosen, edition = FORMATS[name], edition_of(document)
        viewer = AnonymousUser()
        tracemalloc.start()
        placed = exporting.layout(viewer, edition, everything=chosen.everything)
        size = sum(len(one) for one in exporting.stream(viewer, edition, chosen, placed))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        sizes.append(size)
    assert sizes[1] > 5 * sizes[0]
    assert peaks[1] < 1.4 * peaks[0]  # six times as much is written


def test_queries_grow_by_the_batch(document: Document, author: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            exported(None, document)
        return len(captured)

    make_many(document, author, 10, 1)
    few = queries()
    make_many(document, author, 150, 1)
    assert queries() == few  # all in the first batch still
    make_many(document, author, 800, 1)
    assert queries() <= few + 4 * 14


def test_progress_says_how_many_of_how_many(document: Document, author: User) -> None:
    make_many(document, author, 450, 0)
    told: list[tuple[int, int]] = []
    chosen, edition = FORMATS["jsonld"], edition_of(document)
    placed = exporting.layout(AnonymousUser(), edition)
    stream = exporting.stream(
        AnonymousUser(), edition, chosen, placed, lambda done, total: told.append((done, total))
    )
    assert sum(map(len, stream)) > 0
    assert told == [(0, 450), (200, 450), (400, 450), (450, 450)]


def test_a_passage_across_paragraphs_is_marked_in_each(author: User) -> None:
    document = make_document("One two three.", "Four five six.", "Seven eight.")
    make_annotation(author, document, "three.\n\nFour five six.\n\nSeven", body="long")
    html = exported(None, document, "html")
    assert html.count('<mark class="commenting">') == 3
    assert html.count('id="m1"') == 1
    assert "#range(string-index(p1,8),string-index(p3,5))" in exported(None, document, "tei")
