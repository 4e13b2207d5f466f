"""Annotating and replying: what is saved, what is refused, and that nothing is made twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from reader import policy
from reader.actions import annotations, passages
from reader.actions.annotations import Origin
from reader.actions.errors import Conflict, Invalid, TooMany
from reader.actions.passages import Passage
from reader.actions.wording import Wording
from reader.models import Anchor, Annotation, AsSent, Document, Edition, Event, User
from reader.text.anchoring import Resolution
from reader.text.markup import MAX_BODY
from tests.editions import make_edition
from tests.factories import (
    TEXT,
    block,
    make_annotation,
    make_document,
    make_reply,
    make_user,
    passage_of,
)


def test_annotation_is_anchored_to_its_words(author: User, document: Document) -> None:
    annotation = make_annotation(author, document, "A promise, once made")
    anchor = Anchor.objects.get(annotation=annotation)
    assert anchor.first_block == anchor.last_block == block(document, "p2")
    assert anchor.first_block.text[anchor.start : anchor.end] == "A promise, once made"
    assert annotation.suffix.startswith(" in public")


def test_annotation_may_cross_paragraphs(author: User, document: Document) -> None:
    words = "a promise.\n\nA promise"
    anchor = make_annotation(author, document, words).anchors.get()
    assert anchor.first_block is not None
    assert anchor.last_block is not None
    assert (anchor.first_block.ref, anchor.last_block.ref) == ("p1", "p2")
    assert anchor.first_block.text[anchor.start :] == "a promise."
    assert anchor.last_block.text[: anchor.end] == "A promise"


def test_quote_is_trusted_over_its_position(author: User, document: Document) -> None:
    right = passage_of(document, "Nobody reads")
    assert right.start is not None
    assert right.end is not None
    shifted = Passage(start=right.start - 5, end=right.end - 5, exact="Nobody reads")
    annotation = annotations.create_annotation(
        author=author,
        document=document,
        motivation="commenting",
        passage=shifted,
        wording=Wording("A remark."),
    )
    assert (annotation.start, annotation.end) == (right.start, right.end)


@pytest.mark.parametrize(
    ("passage", "says"),
    [
        (Passage(start=0, end=10_000), "outside the text"),
        (Passage(start=-4, end=3), "outside the text"),
        (Passage(start=9, end=3), "ends before it begins"),
        (Passage(start=0, end=9, exact="words nobody wrote"), "do not occur"),
        (Passage(ref="p1", exact="words nobody wrote"), "do not occur"),
        (Passage(ref="p1", exact="The margin is"), "occur 2 times"),
        (Passage(ref="p99"), "no such paragraph"),
    ],
)
def test_passage_that_is_not_there_is_refused(
    author: User, document: Document, passage: Passage, says: str
) -> None:
    with pytest.raises(Invalid, match=says) as refusal:
        annotations.create_annotation(
            author=author,
            document=document,
            motivation="commenting",
            passage=passage,
            wording=Wording("A remark."),
        )
    assert refusal.value.field == "exact"
    assert not Annotation.objects.exists()


def test_words_copied_by_hand_are_found_from_their_paragraph_on(
    author: User, document: Document
) -> None:
    passage = Passage(ref="p1", exact="also a  promise.\nA promise, once")
    annotation = annotations.create_annotation(
        author=author,
        document=document,
        motivation="commenting",
        passage=passage,
        wording=Wording("A remark."),
    )
    assert annotation.exact == "also a promise.\n\nA promise, once"


@pytest.mark.parametrize("body", ["", "   ", "\u200b\u2060", "\n\n"])
def test_comment_without_words_is_refused(author: User, document: Document, body: str) -> None:
    with pytest.raises(Invalid) as refusal:
        make_annotation(author, document, body=body)
    assert refusal.value.field == "body"


def test_highlight_needs_no_words(author: User, document: Document) -> None:
    assert make_annotation(author, document, body="", motivation="highlighting").body == ""


@pytest.mark.parametrize("body", ["x" * (MAX_BODY + 1), "a\x00b", "lone \ud800 surrogate"])
def test_text_that_cannot_be_kept_is_refused(author: User, document: Document, body: str) -> None:
    with pytest.raises(Invalid) as refusal:
        make_annotation(author, document, body=body)
    assert refusal.value.field == "body"


def test_suggestion_must_differ_from_the_text(author: User, document: Document) -> None:
    with pytest.raises(Invalid, match="same as the text"):
        make_annotation(
            author, document, "margin is where", motivation="editing", replacement="margin is where"
        )


def test_suggestion_may_strike_the_passage(author: User, document: Document) -> None:
    edit = make_annotation(author, document, "also", body="", motivation="editing", replacement="")
    assert edit.replacement == ""


def test_tags_are_cleaned_and_shared(author: User, document: Document) -> None:
    one = make_annotation(author, document, tags=("#Wording", " wording ", "Two  Words"))
    two = make_annotation(author, document, tags=("wording",))
    assert [tag.name for tag in one.tags.order_by("name")] == ["two words", "wording"]
    assert two.tags.get() in one.tags.all()


def test_same_key_makes_one_annotation(author: User, document: Document) -> None:
    def send(body: str) -> Annotation:
        return annotations.create_annotation(
            author=author,
            document=document,
            motivation="commenting",
            passage=passage_of(document, "Nobody reads"),
            wording=Wording(body),
            client_key="one-form",
        )

    first = send("Once.")
    assert send("Once.") == first
    with pytest.raises(Conflict):
        send("Something else.")
    assert Annotation.objects.count() == 1
    assert Event.objects.filter(name="annotation.created").count() == 1


@pytest.mark.django_db(transaction=True)
def test_same_key_sent_twenty_times_at_once_makes_one_annotation() -> None:
    author, document = make_user(), make_document()

    def send(_turn: int) -> int:
        try:
            return annotations.create_annotation(
                author=author,
                document=Document.objects.get(pk=document.pk),
                motivation="commenting",
                passage=passage_of(document, "Nobody reads"),
                wording=Wording("Once."),
                client_key="one-form",
            ).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(send, range(20)))
    assert len(made) == 1
    assert Annotation.objects.count() == 1


def test_posting_too_fast_is_slowed_down(author: User, document: Document, settings: Any) -> None:
    settings.POSTS_PER_MINUTE = 3
    for _turn in range(3):
        make_annotation(author, document)
    with pytest.raises(TooMany) as refusal:
        make_annotation(author, document)
    assert 0 < refusal.value.retry_after <= 60
    Annotation.objects.update(created_at=F("created_at") - timedelta(minutes=2))
    make_annotation(author, document)


def test_closed_document_takes_nothing(author: User) -> None:
    document = make_document(annotating="closed")
    with pytest.raises(policy.Refused, match="closed"):
        make_annotation(author, document)


def test_reviewed_document_keeps_public_words_waiting(author: User) -> None:
    document = make_document(annotating="reviewed")
    waiting = make_annotation(author, document)
    private = make_annotation(author, document, visibility="private")
    assert (waiting.status, private.status) == ("pending", "approved")
    assert waiting.attention_since is not None
    assert private.attention_since is None


def test_reply_inherits_who_may_see_its_thread(author: User, document: Document) -> None:
    root = make_annotation(author, document, visibility="private")
    answer = make_reply(author, make_reply(author, root))
    assert answer.root == root
    assert answer.visibility == "private"


def test_events_are_gapless_and_named(author: User, document: Document) -> None:
    root = make_annotation(author, document)
    make_reply(author, root)
    with pytest.raises(Invalid):
        make_annotation(author, document, body="")
    events = list(document.events.order_by("number").values_list("number", "name", "subject"))
    assert [number for number, _name, _subject in events] == list(range(1, len(events) + 1))
    assert events[-2:] == [
        (2, "annotation.created", root.uid),
        (3, "annotation.replied", root.uid),
    ]


@pytest.mark.parametrize("carries_a_name", [False, True])
def test_edition_published_while_somebody_annotates_is_the_one_annotated(
    carries_a_name: bool, author: User, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_in: list[int] = []
    find = passages.find_place

    def publish_meanwhile(edition: Edition, passage: Passage) -> Resolution:
        found = find(edition, passage)
        if not looked_in:
            make_edition(Document.objects.get(pk=document.pk), "Before all else.", *TEXT[1:])
        looked_in.append(edition.number)
        return found

    monkeypatch.setattr("reader.actions.annotations.find_place", publish_meanwhile)
    made = annotations.create_annotation(
        author=author,
        document=document,
        motivation="commenting",
        passage=passage_of(document, "Nobody reads"),
        wording=Wording("A remark.", tags=["new"]),
        as_sent=AsSent(protocol=AsSent.Protocol.HYPOTHESIS, data={"text": "A remark."}),
        client_key="one-form",
        origin=Origin("brought-along-uid-22ch", timezone.now()) if carries_a_name else None,
    )
    assert looked_in == [1, 2]
    saved = Annotation.objects.get()
    assert (saved, saved.edition.number, saved.exact) == (made, 2, "Nobody reads")
    assert [anchor.edition.number for anchor in saved.anchors.all()] == [2]
    assert AsSent.objects.get().annotation == saved
    assert [tag.name for tag in saved.tags.all()] == ["new"]
    assert Event.objects.filter(name="annotation.created").count() == 1


@pytest.mark.django_db(transaction=True)
def test_numbers_of_events_have_no_gap_whoever_writes_at_once(settings: Any) -> None:
    settings.POSTS_PER_MINUTE = 5
    people = [make_user() for _number in range(4)]
    document = make_document()
    first = document.last_event

    def send(turn: int) -> bool:
        """Write, with tags that others make at once, in another order; some are refused."""
        tags = ["one", "two", f"own {turn // 2}"]
        try:
            annotations.create_annotation(
                author=people[turn % 4],
                document=Document.objects.get(pk=document.pk),
                motivation="commenting",
                passage=passage_of(document, "Nobody reads"),
                wording=Wording(f"Remark {turn}.", tags=tags[:: 1 if turn % 2 else -1]),
            )
        except TooMany:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        saved = list(pool.map(send, range(32)))
    assert saved.count(True) == 4 * 5  # exactly as many as each may post
    made = Event.objects.filter(document=document, number__gt=first).order_by("pk")
    numbers = list(made.values_list("number", flat=True))
    assert numbers == list(range(first + 1, first + 21))  # and in the order of their commits
    document.refresh_from_db()
    assert document.last_event == first + 20
    assert set(made.values_list("subject", flat=True)) == set(
        Annotation.objects.values_list("uid", flat=True)
    )
