"""What keeps pages from growing with the site: bounded lists and numbers."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from reader.models import Annotation, Document, DocumentRole, Flag, User
from reader.queries import documents, moderation, search_scope, sections
from reader.search import scope
from tests import factories

pytestmark = pytest.mark.django_db
PARAGRAPHS = 250


def of_paragraphs(slug: str, count: int) -> Document:
    """Return a document of a title and so many paragraphs."""
    return factories.make_document(
        *(f"Paragraph number {n} says so." for n in range(count)), slug=slug
    )


def test_the_strip_of_a_long_text_has_few_bars(author: User) -> None:
    """Neighbours are merged, and no thread is lost."""
    document = of_paragraphs("long", PARAGRAPHS)
    factories.make_annotation(author, document, "number 0 says")
    factories.make_annotation(author, document, "The end of long")
    bars = documents.strips_of(AnonymousUser(), [document])[document.pk]
    assert len(bars) <= documents.MOST_BARS
    assert [bar.threads for bar in bars if bar.threads] == [1, 1]
    assert bars[-1].threads == 1


def test_the_library_asks_as_often_for_many_documents(
    author: User, django_assert_num_queries: Callable[[int], Any]
) -> None:
    """The number of questions is that of a single document, long or short."""
    shelf = [of_paragraphs(f"text-{n}", 3 + PARAGRAPHS * (n % 2)) for n in range(4)]
    for document in shelf:
        factories.make_annotation(author, document, "number 0 says")
    for some in (shelf[:1], shelf):
        with django_assert_num_queries(3):
            entries = documents.with_life(AnonymousUser(), some)
        assert [entry.life.annotations for entry in entries] == [1] * len(some)


def test_where_a_search_looks() -> None:
    """In the languages of what may be read, and not in what may not."""
    factories.make_document(slug="shown", language="en")
    hidden = factories.make_document(slug="hidden", language="kk", is_published=False)
    ground = search_scope.ground(AnonymousUser(), None)
    assert ground.languages == {"en"}
    assert ground.without == (scope.of_document(hidden.pk),)


def test_the_numbers_of_what_waits_stop(
    author: User, moderator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has a thousand before them need not know how many more there are."""
    document = of_paragraphs("waiting", 2)
    document.annotating = Document.Annotating.REVIEWED
    document.save(update_fields=["annotating"])
    for _time in range(3):
        factories.make_annotation(author, document, "number 0 says")
    assert moderation.waiting_for(moderator).pending == 3
    monkeypatch.setattr(moderation, "MOST_WAITING", 2)
    found = moderation.waiting_for(moderator)
    assert (found.pending, found.most, found.reported) == (2, 2, 0)
    assert moderation.documents_waiting(moderator) == [(document.pk, document.title)]


def test_what_is_reported_is_counted_alike_for_all(author: User, moderator: User) -> None:
    """An annotation that two have reported is one; who moderates one document counts its own."""
    shelf = [of_paragraphs(f"text-{n}", 2) for n in range(2)]
    notes = [factories.make_annotation(author, one, "number 0 says") for one in shelf]
    for note, times in zip(notes, (2, 1), strict=True):
        for _time in range(times):
            Flag.objects.create(annotation=note, reporter=factories.make_user(), reason="spam")
    Annotation.objects.update(attention_since=timezone.now())
    deputy = factories.make_user()
    DocumentRole.objects.create(user=deputy, document=shelf[0], role="moderator")
    assert moderation.waiting_for(moderator).reported == 2
    assert moderation.waiting_for(deputy).reported == 1


def test_a_new_worker_does_not_go_through_a_book(
    db: None, django_assert_num_queries: Callable[[int], Any]
) -> None:
    """It finds the sections in the cache, the same that were found in the text."""
    edition = of_paragraphs("book", PARAGRAPHS).current_edition
    assert edition is not None
    found = sections.sections_of(edition)
    sections.forget_sections()
    with django_assert_num_queries(2):
        assert sections.sections_of(edition) == found
