"""A book is read in sections: each block is in one of them, and none is long."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from reader.actions.documents import About, import_document
from reader.models import Edition, User
from reader.queries.editions import find_edition
from reader.queries.sections import LONGEST, Section, sections_of
from tests.factories import make_annotation, make_document


def refs_of(edition: Edition, section: Section) -> list[str]:
    """Return the names of a section's blocks, in order."""
    blocks = edition.blocks.filter(position__range=(section.first, section.last))
    return list(blocks.order_by("position").values_list("ref", flat=True))


def test_a_short_text_is_one_section(db: None) -> None:
    document = make_document()
    sections = sections_of(find_edition(AnonymousUser(), document))
    assert len(sections.all) == 1


@pytest.mark.parametrize("count", [LONGEST - 2, LONGEST, 730])
def test_every_block_is_in_one_section_in_order(db: None, count: int) -> None:
    document = make_document(*(f"Paragraph number {n}." for n in range(count)))
    edition = find_edition(AnonymousUser(), document)
    sections = sections_of(edition)
    positions = list(edition.blocks.order_by("position").values_list("position", flat=True))
    covered = [p for one in sections.all for p in range(one.first, one.last + 1)]
    assert covered == positions
    assert all(one.last - one.first < LONGEST for one in sections.all)
    for ref, position in edition.blocks.values_list("ref", "position"):
        section = sections.holding(ref)
        assert section is not None
        assert section.first <= position <= section.last


def test_chapters_begin_sections_and_long_ones_are_cut_evenly(db: None) -> None:
    chapters = [f"# Chapter {n}\n\n" + "\n\n".join(["Some words."] * 200) for n in range(3)]
    data = "\n\n".join(["# A book", *chapters]).encode()
    document = import_document(data=data, name="book.md", about=About(slug="book"))[0].document
    sections = sections_of(find_edition(AnonymousUser(), document)).all
    assert [one.heading for one in sections[1::2]] == [""] * 3
    assert [one.heading for one in sections[2::2]] == ["Chapter 1", "Chapter 2"]
    sizes = [one.last - one.first + 1 for one in sections]
    assert max(sizes) - min(sizes) <= 2


def test_a_book_is_read_from_part_to_part(client: Client, author: User) -> None:
    document = make_document(*(f"Paragraph number {n} of a book." for n in range(420)))
    edition = find_edition(AnonymousUser(), document)
    sections = sections_of(edition).all
    made = make_annotation(author, document, "Paragraph number 300", body="Far inside.")
    here = sections_of(edition).holding(made.anchors.get().first_block.ref)  # type: ignore[union-attr]
    assert here is not None
    assert here.number > 1
    seen: list[str] = []
    path = document.get_absolute_url()
    for section in sections:
        page = client.get(path).content.decode()
        seen += [ref for ref in refs_of(edition, section) if f'id="{ref}"' in page]
        assert ("Far inside." in page) == (section.number == here.number)
        path = reverse("part", args=[document.slug, section.number + 1])
        assert (f'href="{path}"' in page) == (section.number < len(sections))
    assert seen == [ref for section in sections for ref in refs_of(edition, section)]
    assert len(seen) == edition.blocks.count()
    assert client.get(path).status_code == 404


def test_a_place_leads_to_its_part(client: Client, db: None) -> None:
    document = make_document(*(f"Paragraph number {n} of a book." for n in range(420)))
    edition = find_edition(AnonymousUser(), document)
    last = edition.blocks.order_by("position").last()
    assert last is not None
    answer = client.get(reverse("place", args=[document.slug, last.ref]))
    assert answer.url.endswith(f"#{last.ref}")  # type: ignore[attr-defined]
    assert f'id="{last.ref}"' in client.get(answer.url).content.decode()  # type: ignore[attr-defined]
    assert client.get(reverse("place", args=[document.slug, "p99999"])).status_code == 404
    first = client.get(reverse("part", args=[document.slug, 1]))
    assert first.url == document.get_absolute_url()  # type: ignore[attr-defined]
