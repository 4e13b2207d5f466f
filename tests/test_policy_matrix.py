"""Who may read whose words, through every door, from one table.

The words are a canary looked for in whatever a door answers. A new door gets a line in ``DOORS``.
"""

from collections.abc import Callable
from itertools import product

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from reader.actions.changes import delete_annotation
from reader.models import Annotation, User
from reader.queries import documents as document_queries
from reader.text.exporters import FORMATS
from tests.factories import make_annotation, make_document, make_user, promote

CANARY = "canary-3f9c"
ROLES = ("anonymous", "stranger", "author", "moderator", "reviewer", "admin")
VISIBILITIES = ("private", "public")
STATUSES = ("pending", "approved", "denied", "spam", "deleted")

MODERATION = {"author", "moderator", "admin"}
READERS = {  # who reads the words of an annotation of this visibility and status
    ("public", "pending"): MODERATION,
    ("public", "approved"): set(ROLES),
    ("public", "denied"): MODERATION,
    ("public", "spam"): MODERATION,
    ("public", "deleted"): set(),
    ("private", "pending"): {"author"},
    ("private", "approved"): {"author"},
    ("private", "denied"): {"author"},
    ("private", "spam"): {"author"},
    ("private", "deleted"): set(),
}


class Case:
    """One annotation, the person looking, and their browser."""

    def __init__(self, role: str, visibility: str, status: str) -> None:
        self.document = make_document()
        self.author = make_user()
        people: dict[str, User | None] = {
            "anonymous": None,
            "stranger": make_user(),
            "author": self.author,
            "moderator": promote(make_user(), "moderator"),
            "reviewer": promote(make_user(), "document:reviewer", self.document),
            "admin": promote(make_user(), "admin"),
        }
        self.viewer = people[role]
        self.annotation = make_annotation(
            self.author,
            self.document,
            body=f"Some words, {CANARY}.",
            tags=(f"tag-{CANARY}",),
            visibility=visibility,
            status="" if status == "deleted" else status,
        )
        if status == "deleted":
            delete_annotation(editor=self.author, annotation=self.annotation)
        elif status == "pending":
            Annotation.objects.update(attention_since=self.annotation.created_at)
        self.client = Client()
        if self.viewer:
            self.client.force_login(self.viewer, settings.AUTHENTICATION_BACKENDS[0])

    def get(self, name: str, *args: object, follow: bool = True, **query: str) -> str:
        """Return what the address answers, headers included."""
        response = self.client.get(reverse(name, args=args), query, follow=follow)
        content = b"".join(response) if response.streaming else response.content
        return f"{response.headers}{content.decode()}"

    def fragment(self, name: str, *args: object, **query: str) -> str:
        """Return what HTMX gets from the address."""
        headers = {"HX-Request": "true"}
        response = self.client.get(reverse(name, args=args), query, headers=headers)
        return f"{response.headers}{response.content.decode()}"


def seen_in_list(case: Case) -> bool:
    """The margin section of the block, all threads."""
    return CANARY in case.fragment("block_threads", case.document.slug, "p1")


def seen_on_page(case: Case) -> bool:
    """The reader's page, and the paragraph's; both must agree."""
    reader = CANARY in case.get("document", case.document.slug)
    paragraph = CANARY in case.get("paragraph", case.document.slug, "p1")
    assert reader == paragraph
    return reader


def seen_at_permalink(case: Case) -> bool:
    """The permalink, the thread fragment and the history."""
    uid = case.annotation.uid
    landed = CANARY in case.get("annotation", uid)
    assert landed == (CANARY in case.fragment("thread", uid))
    assert landed == (CANARY in case.get("history", uid))
    return landed


def seen_in_counts(case: Case) -> bool:
    """The library's numbers."""
    viewer = case.viewer or AnonymousUser()
    life = document_queries.lives_of(viewer, [case.document]).get(case.document.pk)
    strip = document_queries.strips_of(viewer, [case.document])[case.document.pk]
    counted = life is not None and life.annotations == 1
    assert counted == any(bar.threads for bar in strip)
    return counted


def seen_on_profile(case: Case) -> bool:
    """The author's profile."""
    return CANARY in case.get("profile", case.author.username)


def seen_as_tag(case: Case) -> bool:
    """Completion of tags."""
    return CANARY in case.get("tags", q="tag-can")


def seen_in_search(case: Case) -> bool:
    """Searching the site and the document, by words that the form does not repeat."""
    everywhere = CANARY in case.get("search", q='"some words"')
    assert everywhere == (CANARY in case.get("search_document", case.document.slug, q="word"))
    assert everywhere == (CANARY in case.get("search", q=f"author:{case.author.username}"))
    return everywhere


def seen_in_exports(case: Case) -> bool:
    """The document taken away, in every format; all must agree."""
    slug = case.document.slug
    found = {CANARY in case.get("export_document", slug, format=name) for name in FORMATS}
    assert len(found) == 1
    return found.pop()


DOORS: dict[str, Callable[[Case], bool]] = {
    "list": seen_in_list,
    "page": seen_on_page,
    "permalink": seen_at_permalink,
    "count": seen_in_counts,
    "profile": seen_on_profile,
    "tags": seen_as_tag,
    "search": seen_in_search,
    "exports": seen_in_exports,
}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "visibility", "status"), list(product(ROLES, VISIBILITIES, STATUSES))
)
def test_words_are_seen_by_whom_the_table_says(role: str, visibility: str, status: str) -> None:
    case = Case(role, visibility, status)
    expected = role in READERS[visibility, status]
    seen = {name: door(case) for name, door in DOORS.items()}
    assert seen == dict.fromkeys(DOORS, expected)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "visibility", "status"), list(product(ROLES, VISIBILITIES, STATUSES))
)
def test_export_holds_ones_own_words_only(role: str, visibility: str, status: str) -> None:
    case = Case(role, visibility, status)
    expected = role == "author" and status != "deleted"
    assert (CANARY in case.get("export")) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "visibility", "status"), list(product(ROLES, VISIBILITIES, STATUSES))
)
def test_map_and_responses_hold_what_is_public(role: str, visibility: str, status: str) -> None:
    case = Case(role, visibility, status)
    case.document.responses_published_at = case.document.created_at
    case.document.save()
    expected = (visibility, status) == ("public", "approved")
    slug = case.document.slug
    assert ("1 thread," in case.get("map", slug)) == expected
    assert (CANARY in case.get("responses", slug)) == expected
    assert (CANARY in case.get("responses_csv", slug)) == expected


KEPT = ("pending", "approved", "denied", "spam")
MODERATORS = {"moderator", "admin"}
ADMIN_READERS: dict[str, dict[str, set[str]]] = {  # page, then a public annotation's status
    "queue": {"pending": MODERATORS},  # what waits, and nothing else
    "item": dict.fromkeys(KEPT, MODERATORS),
    "annotations": {status: {"admin"} for status in KEPT},
    "annotation": {status: {"admin"} for status in KEPT},
    "index": {},
    "decisions": {},
    "reports": {},
}


def admin_pages(case: Case) -> dict[str, str]:
    """Return what the pages of the admin answer that could show an annotation."""
    pk = case.annotation.pk
    return {
        "queue": case.get("admin:reader_queueitem_changelist"),
        "item": case.get("admin:reader_queueitem_change", pk),
        "annotations": case.get("admin:reader_annotation_changelist"),
        "annotation": case.get("admin:reader_annotation_change", pk),
        "index": case.get("admin:index"),
        "decisions": case.get("admin:reader_decision_changelist"),
        "reports": case.get("admin:reader_flag_changelist"),
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "visibility", "status"), list(product(ROLES, VISIBILITIES, STATUSES))
)
def test_admin_shows_public_words_to_moderators_only(
    role: str, visibility: str, status: str
) -> None:
    case = Case(role, visibility, status)
    expected = {
        page: visibility == "public" and role in readers.get(status, set())
        for page, readers in ADMIN_READERS.items()
    }
    assert {page: CANARY in answer for page, answer in admin_pages(case).items()} == expected
