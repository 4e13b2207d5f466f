"""Giving threads to reviewers, and labelling them."""

import pytest

from reader import policy
from reader.actions.assigning import assign, label_thread, unassign
from reader.actions.errors import Invalid
from reader.models import Annotation, Assignment, Document, Event, Notification, Tag, User
from tests.factories import make_annotation, make_user, promote


@pytest.fixture
def rita(document: Document) -> User:
    return promote(make_user("rita", name="Rita Reviewer"), "document:reviewer", document)


@pytest.fixture
def rolf(document: Document) -> User:
    return promote(make_user("rolf", name="Rolf Reviewer"), "document:reviewer", document)


@pytest.fixture
def root(author: User, document: Document) -> Annotation:
    return make_annotation(author, document, tags=("style",))


def names() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("name", flat=True))


def test_a_thread_is_given_to_one_reviewer_who_is_told(
    rita: User, rolf: User, root: Annotation
) -> None:
    assign(reviewer=rita, root=root, assignee=rolf)
    assign(reviewer=rita, root=root, assignee=rolf)
    made = Assignment.objects.get()
    assert (made.assignee, made.assigned_by) == (rolf, rita)
    told = Notification.objects.get()
    assert (told.recipient, told.kind, told.annotation, told.actor) == (
        rolf,
        "assigned",
        root,
        rita,
    )
    assert names().count("annotation.assigned") == 1


def test_taking_it_on_oneself_tells_nobody(rita: User, rolf: User, root: Annotation) -> None:
    assign(reviewer=rita, root=root, assignee=rolf)
    Notification.objects.all().delete()
    assign(reviewer=rita, root=root, assignee=rita)
    assert Assignment.objects.get().assignee == rita
    assert not Notification.objects.exists()


def test_nobody_has_it(rita: User, root: Annotation) -> None:
    unassign(reviewer=rita, root=root)
    assert "annotation.assigned" not in names()
    assign(reviewer=rita, root=root, assignee=rita)
    unassign(reviewer=rita, root=root)
    assert not Assignment.objects.exists()
    assert names().count("annotation.assigned") == 2


def test_only_reviewers_take_threads_on(rita: User, stranger: User, root: Annotation) -> None:
    with pytest.raises(Invalid) as caught:
        assign(reviewer=rita, root=root, assignee=stranger)
    assert caught.value.field == "assignee"
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("who", ["stranger", "author", "moderator"])
def test_nobody_else_assigns_or_labels(
    author: User, stranger: User, moderator: User, rita: User, root: Annotation, who: str
) -> None:
    person = {"stranger": stranger, "author": author, "moderator": moderator}[who]
    for act in (
        lambda: assign(reviewer=person, root=root, assignee=rita),
        lambda: unassign(reviewer=person, root=root),
        lambda: label_thread(reviewer=person, root=root, add=["x"]),
    ):
        with pytest.raises(policy.Refused):
            act()
    assert not Assignment.objects.exists()
    assert not root.labels.exists()


def test_a_private_thread_is_no_matter_for_review(author: User, document: Document) -> None:
    promote(author, "document:reviewer", document)
    private = make_annotation(author, document, visibility="private")
    with pytest.raises(policy.Refused):
        assign(reviewer=author, root=private, assignee=author)
    with pytest.raises(policy.Refused):
        label_thread(reviewer=author, root=private, add=["x"])


def test_labels_are_added_and_taken_off(rita: User, rolf: User, root: Annotation) -> None:
    label_thread(reviewer=rita, root=root, add=["#Facts", " style "])
    # Rolf's form was made before Rita saved hers: what she added stays.
    assert label_thread(reviewer=rolf, root=root, add=["Tone"]) == ["facts", "style", "tone"]
    assert label_thread(reviewer=rita, root=root, remove=["style", "facts"]) == ["tone"]
    assert root.labels.get().added_by == rolf
    assert set(Tag.objects.values_list("name", flat=True)) == {"style", "tone"}
    assert list(root.tags.values_list("name", flat=True)) == ["style"]
    assert names().count("annotation.labelled") == 3


@pytest.mark.parametrize("add", [["x" * 41], [f"t{n}" for n in range(9)], ["a\x00b"]])
def test_labels_that_cannot_be(rita: User, root: Annotation, add: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        label_thread(reviewer=rita, root=root, add=add)
    assert caught.value.field == "tags"
    assert not root.labels.exists()


def test_eight_labels_in_all(rita: User, root: Annotation) -> None:
    label_thread(reviewer=rita, root=root, add=[f"t{n}" for n in range(8)])
    with pytest.raises(Invalid):
        label_thread(reviewer=rita, root=root, add=["one more"])
    assert root.labels.count() == 8
