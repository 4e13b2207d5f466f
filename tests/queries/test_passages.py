"""The passages that most people marked."""

import pytest

from reader.models import Document, User
from reader.queries.passages import most_marked, most_marked_on
from tests.factories import block, make_annotation, make_user
from tests.queries.test_tallies import tallied


def mark(person: User, document: Document, words: str, visibility: str = "public") -> None:
    """Highlight the words."""
    make_annotation(
        person, document, words, motivation="highlighting", body="", visibility=visibility
    )


@pytest.fixture
def people(db: None) -> list[User]:
    """Four people."""
    return [make_user() for _number in range(4)]


def found(document: Document) -> list[tuple[str, int]]:
    """Return the words and how many people marked them."""
    assert document.current_edition is not None
    marked = most_marked(tallied(document), document.current_edition, 10)
    return [(one.words, one.people) for one in marked]


def test_people_are_counted_over_all_kinds_of_notes(document: Document, people: list[User]) -> None:
    mark(people[0], document, "also a promise")
    make_annotation(people[1], document, "also a promise", motivation="questioning")
    make_annotation(people[2], document, "is also a promise", body="Is it?")
    make_annotation(people[2], document, "also a promise", body="Twice.")
    mark(people[3], document, "Nobody reads")
    assert found(document) == [("also a promise", 3)]


def test_only_what_is_public_counts(document: Document, people: list[User]) -> None:
    mark(people[0], document, "also a promise")
    mark(people[1], document, "also a promise", visibility="private")
    make_annotation(people[2], document, "also a promise", status="denied")
    assert found(document) == []


def test_most_people_come_first_then_the_order_of_the_text(
    document: Document, people: list[User]
) -> None:
    for person in people[:2]:
        mark(person, document, "Nobody reads")
        mark(person, document, "The margin")
    for person in people[:3]:
        mark(person, document, "kept in public")
    assert found(document) == [("kept in public", 3), ("The margin", 2), ("Nobody reads", 2)]


def test_passage_links_to_its_very_words(document: Document, people: list[User]) -> None:
    for person in people[:2]:
        mark(person, document, "also a promise")
    assert document.current_edition is not None
    (one,) = most_marked(tallied(document), document.current_edition, 10)
    assert one.fragment == "#p1:~:text=reader%20answers.%20The%20margin%20is-,also%20a%20promise,-."
    assert not one.goes_on
    here = most_marked_on(tallied(document), document.current_edition, block(document, "p1").pk)
    assert here == [one]
    there = most_marked_on(tallied(document), document.current_edition, block(document, "p2").pk)
    assert there == []


def test_passage_over_two_paragraphs_is_told_by_its_first(
    document: Document, people: list[User]
) -> None:
    for person in people[:2]:
        mark(person, document, "a promise.\n\nA promise")
    assert document.current_edition is not None
    (one,) = most_marked(tallied(document), document.current_edition, 10)
    assert (one.words, one.goes_on) == ("a promise.", True)
