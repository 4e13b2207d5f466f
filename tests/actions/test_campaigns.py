"""Finding threads their places in campaigns, and taking them out by hand."""

import pytest
from django.core.management import CommandError, call_command

from reader import policy
from reader.actions.campaign_places import rebuild_campaigns
from reader.actions.campaigns import put_back, take_apart
from reader.actions.changes import delete_annotation, edit_annotation
from reader.actions.errors import Invalid
from reader.actions.likenesses import MOST_A_BAND
from reader.actions.wording import Wording
from reader.models import (
    Annotation,
    Campaign,
    CampaignMembership,
    Document,
    Event,
    Likeness,
    User,
)
from reader.text.similarity import BANDS
from tests.campaigning import LETTER, OTHER_LETTER, copies
from tests.factories import make_annotation, make_document, make_reply, make_user, promote


@pytest.fixture
def document(db: None) -> Document:
    return make_document()


@pytest.fixture
def reviewer(document: Document) -> User:
    return promote(make_user(), "document:reviewer", document)


def campaigns(document: Document) -> list[list[int]]:
    """Return the ids of the members of each campaign, smallest first."""
    found = Campaign.objects.filter(document=document)
    return sorted(
        list(one.places.order_by("annotation").values_list("annotation_id", flat=True))
        for one in found
    )


def place_of(annotation: Annotation) -> CampaignMembership:
    return CampaignMembership.objects.get(annotation=annotation)


def test_copies_of_a_letter_find_each_other(author: User, document: Document) -> None:
    honest = make_annotation(author, document, body="Who is meant by a reader here, and who not?")
    letters = [make_annotation(author, document, body=body) for body in copies(4)]
    others = [make_annotation(author, document, body=OTHER_LETTER) for _time in range(2)]
    assert campaigns(document) == [[one.pk for one in letters], [one.pk for one in others]]
    assert not CampaignMembership.objects.filter(annotation=honest).exists()


def test_one_letter_alone_is_no_campaign(author: User, document: Document) -> None:
    make_annotation(author, document, body=LETTER)
    make_annotation(author, document, body="Yes.")
    make_annotation(author, document, body="Yes.")
    assert campaigns(document) == []
    assert Likeness.objects.count() == BANDS


def test_documents_have_their_own_campaigns(author: User, document: Document) -> None:
    make_annotation(author, document, body=LETTER)
    make_annotation(author, make_document(), body=LETTER)
    assert not Campaign.objects.exists()


def test_private_notes_and_replies_are_compared_with_nothing(
    author: User, document: Document
) -> None:
    root = make_annotation(author, document, body=LETTER)
    make_annotation(author, document, body=LETTER, visibility="private")
    make_reply(author, root, LETTER)
    assert not Campaign.objects.exists()
    assert set(Likeness.objects.values_list("annotation_id", flat=True)) == {root.pk}


def test_who_adds_something_is_marked(author: User, document: Document) -> None:
    first = make_annotation(author, document, body=f"{LETTER} I have taught here for ten years.")
    plain = [make_annotation(author, document, body=body) for body in copies(4)]
    late = make_annotation(author, document, body=f"My children read this too, every day. {LETTER}")
    assert [place_of(one).is_outlier for one in (first, *plain, late)] == [True, *[False] * 4, True]


def test_an_edit_leaves_the_campaign_and_comes_back(author: User, document: Document) -> None:
    one, two, three = (make_annotation(author, document, body=body) for body in copies(3))

    def edit(body: str) -> None:
        three.refresh_from_db()
        edit_annotation(
            editor=author, annotation=three, version=three.version, wording=Wording(body)
        )

    edit(OTHER_LETTER)
    assert campaigns(document) == [[one.pk, two.pk]]
    edit(LETTER)
    assert campaigns(document) == [[one.pk, two.pk, three.pk]]


def test_what_becomes_private_leaves(author: User, document: Document) -> None:
    one, two = (make_annotation(author, document, body=body) for body in copies(2))
    edit_annotation(
        editor=author,
        annotation=two,
        version=two.version,
        wording=Wording(two.body),
        visibility="private",
    )
    assert campaigns(document) == []
    assert set(Likeness.objects.values_list("annotation_id", flat=True)) == {one.pk}


def test_a_deletion_leaves_nothing_of_the_words(author: User, document: Document) -> None:
    one, two, three = (make_annotation(author, document, body=body) for body in copies(3))
    make_reply(author, two)
    delete_annotation(editor=author, annotation=two)
    assert campaigns(document) == [[one.pk, three.pk]]
    assert not Likeness.objects.filter(annotation=two).exists()
    delete_annotation(editor=author, annotation=one)
    assert campaigns(document) == []


def test_a_large_campaign_keeps_few_bands_and_is_found_when_the_first_are_gone(
    author: User, document: Document, settings: object
) -> None:
    settings.POSTS_PER_MINUTE = 1000  # type: ignore[attr-defined]  # pytest-django's settings
    letters = [make_annotation(author, document, body=LETTER) for _time in range(MOST_A_BAND + 6)]
    assert Likeness.objects.count() == MOST_A_BAND * BANDS
    for letter in letters[: MOST_A_BAND + 2]:
        delete_annotation(editor=author, annotation=letter)
    new = make_annotation(author, document, body=LETTER)
    assert campaigns(document) == [[*(one.pk for one in letters[MOST_A_BAND + 2 :]), new.pk]]


def test_a_text_that_holds_two_letters_does_not_join_them(author: User, document: Document) -> None:
    first = [make_annotation(author, document, body=LETTER) for _time in range(2)]
    second = [make_annotation(author, document, body=OTHER_LETTER) for _time in range(2)]
    both = make_annotation(author, document, body=f"{LETTER}\n\n{OTHER_LETTER}")
    found = campaigns(document)
    assert len(found) == 2
    assert [one.pk for one in first] == [pk for pk in found[0] if pk != both.pk]
    assert [one.pk for one in second] == [pk for pk in found[1] if pk != both.pk]


def test_a_reviewer_takes_one_out_and_puts_it_back(
    author: User, reviewer: User, document: Document
) -> None:
    one, two, three = (make_annotation(author, document, body=body) for body in copies(3))
    take_apart(reviewer=reviewer, root=two)
    assert place_of(two).is_apart
    edit_annotation(
        editor=author, annotation=two, version=two.version, wording=Wording(f"{LETTER} Indeed.")
    )
    assert place_of(two).is_apart
    take_apart(reviewer=reviewer, root=two)  # again: nothing happens
    put_back(reviewer=reviewer, root=two)
    assert not place_of(two).is_apart
    names = Event.objects.filter(document=document, subject=two.uid).values_list("name", flat=True)
    assert list(names) == [
        f"annotation.{verb}" for verb in ("created", "apart", "edited", "folded")
    ]
    assert campaigns(document) == [[one.pk, two.pk, three.pk]]


@pytest.mark.parametrize("who", ["stranger", "author", "moderator", "document:moderator"])
def test_only_reviewers_take_threads_out(author: User, document: Document, who: str) -> None:
    one, _two = (make_annotation(author, document, body=body) for body in copies(2))
    person = {"stranger": make_user(), "author": author}.get(who) or promote(
        make_user(), who, document
    )
    with pytest.raises(policy.Refused):
        take_apart(reviewer=person, root=one)
    assert not place_of(one).is_apart


def test_what_is_in_no_campaign_cannot_be_taken_out(
    author: User, reviewer: User, document: Document
) -> None:
    root = make_annotation(author, document)
    with pytest.raises(Invalid):
        take_apart(reviewer=reviewer, root=root)


def test_all_are_found_anew_and_those_taken_out_stay_out(
    author: User, reviewer: User, document: Document
) -> None:
    letters = [make_annotation(author, document, body=body) for body in copies(5)]
    take_apart(reviewer=reviewer, root=letters[1])
    before = campaigns(document)
    marks = [(place_of(one).is_outlier, place_of(one).is_apart) for one in letters]
    CampaignMembership.objects.filter(annotation=letters[3]).delete()
    Likeness.objects.filter(annotation=letters[0]).delete()
    told: list[int] = []
    assert rebuild_campaigns(document, told.append) == 1
    assert campaigns(document) == before
    assert [(place_of(one).is_outlier, place_of(one).is_apart) for one in letters] == marks


def test_the_command_finds_them_anew(
    author: User, document: Document, capsys: pytest.CaptureFixture[str]
) -> None:
    for body in copies(2):
        make_annotation(author, document, body=body)
    Campaign.objects.all().delete()
    call_command("rebuild_campaigns", document.slug)
    assert f"{document.slug}: 1 campaigns" in capsys.readouterr().out
    assert len(campaigns(document)) == 1
    with pytest.raises(CommandError, match="nowhere"):
        call_command("rebuild_campaigns", "nowhere")
