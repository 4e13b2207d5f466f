"""The chain: what is judged, what follows from a finding, and what becomes of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reader.actions import annotations, changes, moderation
from reader.actions.annotations import Origin
from reader.actions.wording import Wording
from reader.models import (
    Annotation,
    Document,
    Group,
    Hold,
    Membership,
    Notification,
    User,
    Visibility,
    WordList,
)
from reader.models.annotations import new_uid
from reader.queries import moderation as moderation_queries
from tests.factories import make_annotation, make_document, make_reply, make_user, promote
from tests.factories import passage_of as passage
from tests.holding import held_by, make_known, turn_on

LINKS = "Look at https://a.example/ https://b.example/ https://c.example/ https://d.example/ now."
LETTER = (
    "We ask you to strike this article, because the people of our town were never heard about it"
    " and will have to pay for it all."
)

OWN_TEXTS = (
    "What I think of it is that nobody asked those who have to live there.",
    "Could the committee publish its figures before it votes on anything at all?",
    "My grandfather signed the first version, and he would not know this one again.",
)


def edit(annotation: Annotation, body: str, **more: Any) -> Annotation:
    assert annotation.author is not None
    return changes.edit_annotation(
        editor=annotation.author,
        annotation=annotation,
        version=annotation.version,
        wording=Wording(body),
        **more,
    )


def test_a_finding_holds_the_text_in_the_queue_and_tells_its_author(
    author: User, moderator: User, document: Document
) -> None:
    turn_on(document, "links")
    made = make_annotation(author, document, body=LINKS)
    assert (made.status, made.attention_since) == ("pending", made.created_at)
    hold = Hold.objects.get()
    assert (hold.annotation, hold.check_name, hold.weight) == (made, "links", 2)
    assert hold.why == "It holds 4 links."
    told = Notification.objects.get()
    assert (told.recipient, told.kind, told.annotation) == (author, "held", made)
    assert list(moderation_queries.queue(moderator)) == [made]
    assert Annotation.objects.get().body == LINKS


def test_every_check_that_finds_something_says_so(author: User, document: Document) -> None:
    turn_on(document)
    WordList.objects.create(name="Places", words="https")
    made = make_annotation(author, document, body=LINKS)
    assert held_by(made) == ["first", "links", "words"]
    assert Notification.objects.count() == 1


def test_without_checks_nothing_is_asked_and_nothing_held(author: User, document: Document) -> None:
    make_annotation(author, document, body="Warm.")
    with CaptureQueriesContext(connection) as without:
        make_annotation(author, document, body=LINKS)
    assert not any("hold" in query["sql"] or "wordlist" in query["sql"] for query in without)
    assert not Hold.objects.exists()


def test_the_chain_asks_a_constant_number_of_questions(author: User, document: Document) -> None:
    turn_on(document)
    known = make_known(document)
    document.refresh_from_db()
    body = "A remark of many words, which nobody has made before: the margin is a {} promise."
    counts = []
    for number in range(3):
        for more in range(number * 4):
            make_annotation(make_user(), document, body=body.format(f"{number} {more}"))
        make_annotation(known, document, body=body.format("warm"))
        with CaptureQueriesContext(connection) as asked:
            made = make_annotation(known, document, body=OWN_TEXTS[number])
        assert made.status == "approved"
        counts.append(len(asked))
    assert len(set(counts)) == 1


@pytest.mark.parametrize(
    ("role", "passes"),
    [
        ("", False),
        ("moderator", True),
        ("admin", True),
        ("document:moderator", True),
        ("document:reviewer", True),
        ("document:editor", True),
        ("editor", False),
    ],
)
def test_who_looks_after_the_document_is_not_checked(
    document: Document, role: str, passes: bool
) -> None:
    turn_on(document)
    person = make_user()
    person = promote(person, role, document) if role else person
    made = make_annotation(person, document, body=LINKS)
    assert made.status == ("approved" if passes else "pending")
    assert bool(held_by(made)) != passes


def test_a_part_in_another_document_is_none_here(document: Document) -> None:
    turn_on(document, "first")
    person = promote(make_user(), "document:moderator", make_document())
    assert make_annotation(person, document).status == "pending"


@pytest.mark.parametrize("visibility", ["private", "group"])
def test_what_is_not_for_everybody_is_not_checked(
    author: User, document: Document, visibility: str
) -> None:
    turn_on(document)
    group = Group.objects.create(slug="circle", name="Circle")
    Membership.objects.create(group=group, user=author)
    made = annotations.create_annotation(
        author=author,
        document=document,
        motivation="commenting",
        passage=passage(document, "The margin"),
        wording=Wording(LINKS),
        visibility=visibility,
        group=group if visibility == "group" else None,
    )
    assert made.status == "approved"
    assert not Hold.objects.exists()
    answer = make_reply(author, made, LINKS)
    assert answer.status == "approved"


def test_what_waits_anyhow_is_not_checked(author: User, document: Document) -> None:
    turn_on(document)
    document.annotating = Document.Annotating.REVIEWED
    document.save()
    made = make_annotation(author, document, body=LINKS)
    assert made.status == "pending"
    assert not Hold.objects.exists()


def test_replies_are_checked_and_show_to_nobody_else(
    author: User, stranger: User, document: Document
) -> None:
    root = make_annotation(author, document)
    turn_on(document, "links")
    answer = make_reply(stranger, Annotation.objects.get(pk=root.pk), LINKS)
    assert answer.status == "pending"
    assert held_by(answer) == ["links"]


def test_a_guest_is_held_and_not_told_where_nobody_reads_it(document: Document) -> None:
    document.guests_may_annotate = True
    turn_on(document, "first")
    guest = make_user(kind=User.Kind.GUEST)
    document.save()
    assert make_annotation(guest, document).status == "pending"
    assert not Notification.objects.exists()


def test_sent_twice_is_held_once(author: User, document: Document) -> None:
    turn_on(document, "first")
    made = [
        annotations.create_annotation(
            author=author,
            document=document,
            motivation="commenting",
            passage=passage(document, "The margin"),
            wording=Wording("Once."),
            client_key="same",
        )
        for _time in range(2)
    ]
    assert made[0] == made[1]
    assert Hold.objects.count() == Notification.objects.count() == 1


# -- Who is known, and what was written before ----------------------------------------------------


def test_two_approved_texts_make_somebody_known(
    author: User, moderator: User, document: Document
) -> None:
    turn_on(document, "first")
    for number in range(2):
        made = make_annotation(author, document, body=f"Number {number}.")
        assert made.status == "pending"
        moderation.decide(moderator=moderator, annotation=made, act="approve")
    assert make_annotation(author, document, body="The third.").status == "approved"


def test_what_has_just_been_shown_elsewhere_makes_nobody_known(
    author: User, document: Document
) -> None:
    other = make_document()
    for number in range(5):
        make_annotation(author, other, body=f"Number {number}.")
    turn_on(document, "first")
    assert make_annotation(author, document).status == "pending"
    long_ago = timezone.now() - timedelta(days=2)
    Annotation.objects.update(created_at=long_ago)
    assert make_annotation(author, document, body="Later.").status == "approved"


@pytest.mark.parametrize("status", ["pending", "denied", "spam"])
def test_what_was_not_approved_makes_nobody_known(
    author: User, document: Document, status: str
) -> None:
    for number in range(3):
        make_annotation(author, document, body=f"Number {number}.", status=status)
    Annotation.objects.update(created_at=timezone.now() - timedelta(days=2))
    turn_on(document, "first")
    assert make_annotation(author, document).status == "pending"


def test_private_words_are_compared_with_nothing(author: User, document: Document) -> None:
    turn_on(document, "repeats speed")
    for _time in range(7):
        make_annotation(author, document, body=LETTER, visibility="private")
    assert make_annotation(author, document, body=LETTER).status == "approved"


def test_the_same_over_and_over_waits_in_any_document(author: User, document: Document) -> None:
    turn_on(document, "repeats")
    for _time in range(2):
        assert make_annotation(author, make_document(), body=LETTER).status == "approved"
    made = make_annotation(author, document, body=LETTER.replace("town", "city"))
    assert held_by(made) == ["repeats"]


def test_a_campaign_of_newcomers_waits_also_as_replies(author: User, document: Document) -> None:
    turn_on(document, "repeats")
    root = make_annotation(author, document)
    for number in range(5):
        copy = LETTER.replace("town", f"place{number}")
        assert make_reply(make_user(), root, copy).status == "approved"
    assert held_by(make_reply(make_user(), root, LETTER)) == ["repeats"]
    assert make_reply(make_known(document), root, LETTER).status == "approved"


def test_letters_pass_once_a_moderator_has_approved_one(
    moderator: User, document: Document
) -> None:
    turn_on(document, "repeats")
    for _number in range(5):
        make_annotation(make_user(), document, body=LETTER)
    held = make_annotation(make_user(), document, body=LETTER)
    assert held.status == "pending"
    moderation.decide(moderator=moderator, annotation=held, act="approve")
    assert make_annotation(make_user(), document, body=LETTER).status == "approved"


def test_a_quotation_that_several_share_is_no_repetition(document: Document) -> None:
    turn_on(document, "repeats")
    quoted = "A promise, once made in public, is kept in public. Nobody reads the same sentence."
    for opinion in ("It is fine.", "I doubt that.", "Whose?", "Never!", "By whom, and when?"):
        made = make_annotation(make_user(), document, body=f"{quoted}\n\n{opinion}")
        assert made.status == "approved"


def test_what_is_like_spam_waits_however_old_it_is(
    author: User, moderator: User, document: Document
) -> None:
    made = make_annotation(author, document, body=LETTER)
    moderation.decide(moderator=moderator, annotation=made, act="spam")
    Annotation.objects.update(created_at=timezone.now() - timedelta(days=40))
    turn_on(document, "repeats")
    again = make_annotation(make_user(), document, body=f"Hello! {LETTER} Bye.")
    assert held_by(again) == ["repeats"]


def test_a_flood_waits_before_it_is_refused(author: User, document: Document) -> None:
    turn_on(document, "speed")
    statuses = [
        make_annotation(author, document, body=f"Remark {number}.").status for number in range(8)
    ]
    assert statuses == ["approved"] * 5 + ["pending"] * 3


def test_a_crowd_of_newcomers_waits_and_who_is_known_does_not(document: Document) -> None:
    turn_on(document, "crowds")
    known = make_known(document)
    statuses = [
        make_annotation(make_user(), document, body=f"Remark {number}.").status
        for number in range(10)
    ]
    assert statuses == ["approved"] * 8 + ["pending"] * 2
    assert make_annotation(known, document, body="As ever.").status == "approved"


def test_a_list_holds_for_its_language(author: User, document: Document) -> None:
    turn_on(document, "words")
    WordList.objects.create(name="Anywhere", words="abracadabra")
    WordList.objects.create(name="Kazakh", words="promise", language="kk")
    WordList.objects.create(name="Old", words="margin", is_active=False)
    assert make_annotation(author, document, body="A promise in the margin.").status == "approved"
    Document.objects.update(language="kk-Cyrl")
    document.refresh_from_db()
    made = make_annotation(author, document, body="A pro**mise** in the margin.")
    assert held_by(made) == ["words"]
    tagged = make_annotation(author, document, body="Look.", tags=("Abracadabra",))
    assert held_by(tagged) == ["words"]


# -- Edits ----------------------------------------------------------------------------------------


def test_an_edit_of_shown_words_is_judged(author: User, document: Document) -> None:
    turn_on(document, "links")
    made = make_annotation(author, document)
    edited = edit(made, LINKS)
    assert (edited.status, edited.attention_since) == ("pending", edited.edited_at)
    assert held_by(edited) == ["links"]
    assert Notification.objects.get().kind == "held"
    assert edited.revisions.get().was_public


def test_other_words_of_a_held_text_are_judged_anew_and_still_wait(
    author: User, document: Document
) -> None:
    turn_on(document, "links")
    made = make_annotation(author, document, body=LINKS)
    edited = edit(made, "No links any more.")
    assert edited.status == "pending"
    assert held_by(edited) == []
    assert Hold.objects.count() == 1
    again = edit(edited, LINKS + " And https://e.example/")
    assert held_by(again) == ["links"]
    assert Hold.objects.count() == 2


def test_a_decision_ends_a_hold_and_undoing_it_brings_it_back(
    author: User, moderator: User, document: Document
) -> None:
    turn_on(document, "links")
    made = make_annotation(author, document, body=LINKS)
    decision = moderation.decide(moderator=moderator, annotation=made, act="approve")
    made.refresh_from_db()
    assert made.status == "approved"
    moderation.undo(moderator=moderator, decision=decision)
    made.refresh_from_db()
    assert made.status == "pending"
    assert held_by(made) == ["links"]


def test_what_a_moderator_approved_is_not_held_again_in_the_same_words(
    author: User, moderator: User, document: Document
) -> None:
    turn_on(document, "links")
    made = make_annotation(author, document, body=LINKS)
    moderation.decide(moderator=moderator, annotation=made, act="approve")
    made.refresh_from_db()
    hidden = edit(made, LINKS, visibility="private")
    shown = edit(hidden, LINKS, visibility="public")
    assert (shown.visibility, shown.status) == ("public", "approved")
    other = edit(shown, LINKS + " More.")
    assert other.status == "pending"


def test_unchanged_words_are_not_judged_when_only_a_tag_goes(
    author: User, document: Document
) -> None:
    made = make_annotation(author, document, body=LINKS, tags=("old",))
    turn_on(document, "links")
    made = Annotation.objects.get(pk=made.pk)
    assert edit(made, LINKS).status == "approved"


@pytest.mark.parametrize("status", ["denied", "spam"])
def test_a_denied_text_is_judged_anew_for_whoever_looks_at_it_again(
    author: User, document: Document, status: str
) -> None:
    turn_on(document, "links")
    made = make_annotation(author, document, status=status)
    edited = edit(made, LINKS)
    assert edited.status == "pending"
    assert held_by(edited) == ["links"]


def test_a_text_is_not_held_against_itself(author: User, document: Document) -> None:
    turn_on(document, "repeats")
    made = make_annotation(author, document, body=f"{LETTER} https://a.example/")
    assert edit(made, f"{LETTER} See https://a.example/").status == "approved"
    denied = make_annotation(author, document, body=OWN_TEXTS[0] + OWN_TEXTS[1], status="denied")
    assert held_by(edit(denied, OWN_TEXTS[0] + " " + OWN_TEXTS[1])) == []


def test_what_becomes_public_is_judged_with_its_answers(author: User, document: Document) -> None:
    turn_on(document, "links")
    root = make_annotation(author, document, visibility="private")
    fine = make_reply(author, root, "An afterthought.")
    bad = make_reply(author, root, LINKS)
    shown = edit(root, root.body, visibility="public")
    assert shown.status == "approved"
    assert Annotation.objects.get(pk=fine.pk).status == "approved"
    assert Annotation.objects.get(pk=bad.pk).status == "pending"
    assert held_by(bad) == ["links"]


def test_many_answers_that_become_public_at_once_wait(
    author: User, document: Document, settings: Any
) -> None:
    settings.POSTS_PER_MINUTE = 100
    turn_on(document, "links")
    root = make_annotation(author, document, visibility="private")
    for number in range(23):
        make_reply(author, root, f"Number {number}.")
    edit(root, root.body, visibility="public")
    replies = Annotation.objects.filter(root=root, visibility=Visibility.PUBLIC)
    assert replies.filter(status="approved").count() == 20
    assert replies.filter(status="pending", attention_since__isnull=False).count() == 3


def test_an_author_who_takes_it_back_leaves_no_reason_behind(
    author: User, document: Document
) -> None:
    turn_on(document, "links")
    made = make_annotation(author, document, body=LINKS)
    changes.delete_annotation(editor=author, annotation=made)
    assert not Hold.objects.exists()


def test_what_was_written_elsewhere_is_judged_as_of_its_time(
    author: User, document: Document
) -> None:
    turn_on(document, "speed")
    at = timezone.now() - timedelta(days=3)
    made = [
        annotations.create_annotation(
            author=author,
            document=document,
            motivation="commenting",
            passage=passage(document, "The margin"),
            wording=Wording(f"Remark {second}."),
            origin=Origin(new_uid(), at + timedelta(seconds=second)),
        )
        for second in range(6)
    ]
    assert [one.status for one in made] == ["approved"] * 5 + ["pending"]
    assert make_annotation(author, document).status == "approved"
