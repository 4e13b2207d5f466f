"""One card for a form letter: what it hides, and what it must never count."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from reader.actions.campaigns import take_apart
from reader.actions.dispositions import Ruling, decide_thread
from reader.models import Annotation, Campaign, CampaignMembership, Document, Edition, User
from reader.queries import campaigns, review
from reader.queries.review_filters import Filters
from tests.campaigning import LETTER, copies
from tests.factories import (
    force_status,
    make_annotation,
    make_document,
    make_reply,
    make_user,
    promote,
)


@pytest.fixture
def document(db: None) -> Document:
    return make_document(*(f"Paragraph number {n} has its words." for n in range(1, 9)))


@pytest.fixture
def reviewer(document: Document) -> User:
    return promote(make_user(), "document:reviewer", document)


@pytest.fixture
def letters(author: User, document: Document) -> list[Annotation]:
    """Five copies on paragraphs 2 to 6, the last of which adds something."""
    bodies = [*copies(4), f"{LETTER} My grandmother reads no English at all."]
    return [
        make_annotation(author, document, f"number {number}", body=body)
        for number, body in enumerate(bodies, 2)
    ]


def edition_of(document: Document) -> Edition:
    assert document.current_edition is not None
    return document.current_edition


def listed(
    viewer: User, document: Document, filters: Filters | None = None, shown: str = ""
) -> list[tuple[int, campaigns.Folded | None]]:
    """Return the ids of the roots at the desk, with what their cards say of the campaign."""
    window = review.window(
        viewer, document, edition_of(document), filters or Filters(), shown=shown
    )
    return [
        (card.thread.root.annotation.pk, card.fold)
        for stretch in window.stretches
        for card in stretch.threads
    ]


def ids(rows: list[tuple[int, campaigns.Folded | None]]) -> list[int]:
    return [pk for pk, _fold in rows]


def test_one_of_the_copies_is_listed_with_those_that_add_something(
    author: User, reviewer: User, document: Document, letters: list[Annotation]
) -> None:
    own = make_annotation(author, document, "number 1", body="A remark of its own, with a point.")
    rows = listed(reviewer, document)
    assert ids(rows) == [own.pk, letters[0].pk, letters[4].pk]
    campaign = Campaign.objects.get().pk
    assert rows[0][1] is None
    assert rows[1][1] == campaigns.Folded(campaign, others=3, undecided=4, adding=1)
    assert rows[2][1] == campaigns.Folded(campaign, is_outlier=True)
    everything = listed(reviewer, document, Filters(is_unfolded=True))
    assert ids(everything) == [own.pk, *(one.pk for one in letters)]
    assert everything[1][1] == campaigns.Folded(campaign)


def test_the_first_of_those_that_pass_the_filters_is_listed(
    reviewer: User, document: Document, letters: list[Annotation]
) -> None:
    decide_thread(reviewer=reviewer, root=letters[0], ruling=Ruling("answered", "Done."))
    undecided = listed(reviewer, document, Filters(state="undecided"))
    assert ids(undecided) == [letters[1].pk, letters[4].pk]
    assert undecided[0][1] is not None
    assert (undecided[0][1].others, undecided[0][1].undecided) == (3, 3)
    assert ids(listed(reviewer, document, Filters(first="p4", last="p5"))) == [letters[2].pk]
    campaign = Filters(campaign=Campaign.objects.get().pk)
    assert ids(listed(reviewer, document, campaign)) == [one.pk for one in letters]


def test_a_copy_that_is_asked_for_by_name_is_listed(
    reviewer: User, document: Document, letters: list[Annotation]
) -> None:
    rows = listed(reviewer, document, shown=letters[2].uid)
    assert ids(rows) == [letters[0].pk, letters[2].pk, letters[4].pk]


def test_what_was_taken_out_stands_by_itself(
    reviewer: User, document: Document, letters: list[Annotation]
) -> None:
    take_apart(reviewer=reviewer, root=letters[1])
    rows = listed(reviewer, document)
    assert ids(rows) == [letters[0].pk, letters[1].pk, letters[4].pk]
    assert rows[1][1] is None
    assert rows[0][1] is not None
    assert rows[0][1].others == 2


@pytest.mark.parametrize("status", ["pending", "denied", "spam"])
def test_what_the_reviewer_may_not_read_neither_counts_nor_stands_for_others(
    reviewer: User, document: Document, letters: list[Annotation], status: str
) -> None:
    force_status(letters[0], status)
    rows = listed(reviewer, document)
    assert ids(rows) == [letters[1].pk, letters[4].pk]
    assert rows[0][1] is not None
    assert rows[0][1].others == 2
    pk = Campaign.objects.get().pk
    assert campaigns.sizes_of(reviewer, document, pk).total == 4
    _shown, letter = campaigns.letter_of(reviewer, document, pk)
    members = campaigns.members_of(reviewer, document, pk, letter, slice(99))
    assert letters[0].pk not in [member.note.annotation.pk for member in members]


def test_an_empty_place_is_listed_by_itself_for_the_sake_of_its_replies(
    reviewer: User, document: Document, letters: list[Annotation]
) -> None:
    make_reply(make_user(), letters[0])
    force_status(letters[0], "denied")
    assert ids(listed(reviewer, document)) == [letters[0].pk, letters[1].pk, letters[4].pk]


def test_the_authors_own_waiting_copy_is_theirs_alone(
    author: User, document: Document, letters: list[Annotation]
) -> None:
    force_status(letters[3], "pending")
    promote(author, "document:reviewer", document)
    rows = listed(User.objects.get(pk=author.pk), document)
    assert rows[0][1] is not None
    assert rows[0][1].others == 3


def test_members_come_with_what_they_add(
    reviewer: User, document: Document, letters: list[Annotation]
) -> None:
    take_apart(reviewer=reviewer, root=letters[2])
    pk = Campaign.objects.get().pk
    assert campaigns.sizes_of(reviewer, document, pk) == campaigns.Sizes(
        same=3, adding=1, apart=1, undecided=4
    )
    shown, letter = campaigns.letter_of(reviewer, document, pk)
    assert shown is not None
    assert shown.annotation.pk == letters[0].pk
    members = campaigns.members_of(reviewer, document, pk, letter, slice(99))
    order = [letters[at].pk for at in (4, 0, 1, 3, 2)]
    assert [member.note.annotation.pk for member in members] == order
    assert [list(member.adds) for member in members] == [
        ["My grandmother reads no English at all"],
        [],
        ["Dear editors"],
        ["Anna Petrova"],
        [],
    ]
    page = campaigns.members_of(reviewer, document, pk, letter, slice(1, 2))
    assert [member.note.annotation.pk for member in page] == order[1:2]


def test_a_campaign_is_of_its_document_and_of_those_who_may_see_it(
    reviewer: User, document: Document, letters: list[Annotation]
) -> None:
    pk = Campaign.objects.get().pk
    assert campaigns.sizes_of(reviewer, make_document(), pk).total == 0
    Annotation.objects.exclude(pk=letters[4].pk).update(status="denied")
    assert campaigns.sizes_of(reviewer, document, pk).total == 1
    assert listed(reviewer, document) == [(letters[4].pk, None)]


class FoldingTest(TestCase):
    """Whatever the places and filters, nothing is lost by folding and nothing shown twice."""

    def setUp(self) -> None:
        self.document = make_document()
        author = make_user()
        self.reviewer = promote(make_user(), "document:reviewer", self.document)
        self.roots = [make_annotation(author, self.document, body=f"Words {n}.") for n in range(6)]

    @given(
        places=st.lists(
            st.tuples(st.sampled_from([0, 1]), st.booleans(), st.booleans()), min_size=6, max_size=6
        ),
        statuses=st.lists(st.sampled_from(["approved", "denied"]), min_size=6, max_size=6),
        in_campaign=st.lists(st.booleans(), min_size=6, max_size=6),
    )
    @settings(max_examples=40, deadline=None)
    def test_folding_keeps_one_of_each(
        self,
        places: list[tuple[int, bool, bool]],
        statuses: list[str],
        in_campaign: list[bool],
    ) -> None:
        Campaign.objects.all().delete()
        made = [Campaign.objects.create(document=self.document) for _time in range(2)]
        expected, seen = [], set()
        for root, place, status, is_member in zip(
            self.roots, places, statuses, in_campaign, strict=True
        ):
            which, is_outlier, is_apart = place
            Annotation.objects.filter(pk=root.pk).update(status=status)
            if is_member:
                CampaignMembership.objects.create(
                    annotation=root,
                    campaign=made[which],
                    is_outlier=is_outlier,
                    is_apart=is_apart,
                )
            if status == "denied":
                continue
            folds = is_member and not is_outlier and not is_apart
            if not folds or which not in seen:
                expected.append(root.pk)
            if folds:
                seen.add(which)
        assert sorted(ids(listed(self.reviewer, self.document))) == expected
