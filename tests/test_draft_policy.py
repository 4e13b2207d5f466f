"""A draft is seen by the document's editors and by nobody else, through every address there is.

Its words, its label and its note are canaries, looked for in whatever an address answers. The
addresses are not listed here: a new one is tried from its first day.
"""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, get_resolver, reverse

from reader import policy
from reader.actions.editions import add_draft, publish_edition, undo_publication
from reader.actions.passages import Passage
from reader.actions.placing import leave_orphan, move_anchor
from reader.models import Annotation, Document, Edition, User
from reader.policy import Refused
from reader.queries import carrying
from reader.queries.editions import draft_of, editions_of, find_edition
from tests.factories import make_annotation, make_document, make_user, promote

CANARY = "canary-7d41"
EDITORS = ("editor", "document:editor", "admin")
HTMX = {"HX-Request": "true"}
ASKED: list[tuple[dict[str, str], dict[str, str]]] = [
    ({}, {}),
    ({}, HTMX),
    ({"edition": "2"}, {}),
    ({"from": "1", "to": "2"}, {}),
]
OTHERS = ("anonymous", "stranger", "author", "moderator", "document:moderator", "document:reviewer")


class Case:
    """A document with a draft full of canaries, the person looking, and their browser."""

    def __init__(self, role: str) -> None:
        self.document = make_document(slug="guarded")
        author = make_user("writer")
        self.notes = [
            make_annotation(author, self.document, words)
            for words in ("The margin", "A promise", "Nobody reads")
        ]
        people: dict[str, User | None] = {"anonymous": None, "author": author}
        if role not in people:
            person = make_user()
            people[role] = person if role == "stranger" else promote(person, role, self.document)
        self.person = people[role]
        self.viewer = self.person or AnonymousUser()
        self.draft = add_draft(
            editor=None,
            document=self.document,
            data=f"The margin is a reader's. {CANARY} words.\n\nA promise is kept.".encode(),
            name="pasted.txt",
            label=f"Label {CANARY}",
            note=f"Note {CANARY}",
        )
        self.decide()
        self.client = Client(raise_request_exception=True)
        if self.person:
            self.client.force_login(self.person, settings.AUTHENTICATION_BACKENDS[0])

    def decide(self) -> None:
        """Put one note on the canary, and leave another one without a place."""
        editor = promote(make_user(), "admin")
        start = self.draft.text.index(CANARY)
        words = Passage(start=start, end=start + len(CANARY), exact=CANARY)
        move_anchor(editor=editor, annotation=self.notes[1], edition=self.draft, passage=words)
        leave_orphan(editor=editor, annotation=self.notes[2], edition=self.draft)

    def answers(self) -> Iterator[tuple[str, str]]:
        """Yield what every address answers when asked for."""
        for address in addresses(self.document, self.notes[1:]):
            for query, headers in ASKED:
                answer = self.client.get(address, query, headers=headers, follow=True)
                content = b"".join(answer) if answer.streaming else answer.content
                yield f"{address} {query}", f"{answer.headers}{content.decode()}"


def addresses(document: Document, notes: list[Annotation]) -> Iterator[str]:
    """Yield every address of ours, filled with what a draft could be reached by."""
    draft = Edition.objects.get(document=document, number=2)
    fillings: list[dict[str, object]] = [
        {
            "slug": document.slug,
            "number": 2,
            "older": older,
            "newer": newer,
            "ref": ref,
            "uid": note.uid,
            "username": "writer",
            "pk": 1,
            "name": "a-tag",
            "secret": "no-invitation",
            "path": "build/boot.js",
            "part": 1,
        }
        for older, newer, ref in ((1, 2, "p1"), (2, 1, "p2"), (2, 2, "p1"))
        for note in notes
    ]
    found: dict[str, None] = {}
    for pattern in get_resolver().url_patterns:
        if not isinstance(pattern, URLPattern) or not pattern.name:
            continue
        for filling in fillings:
            wanted = pattern.pattern.converters
            found[reverse(pattern.name, kwargs={name: filling[name] for name in wanted})] = None
    for model, pk in (("edition", draft.pk), ("document", document.pk)):
        for page, args in (("changelist", []), ("change", [pk])):
            try:
                found[reverse(f"admin:reader_{model}_{page}", args=args)] = None
            except NoReverseMatch:
                continue
    yield from found


@pytest.mark.django_db
@pytest.mark.parametrize("role", OTHERS)
def test_draft_reaches_nobody_else_through_any_address(role: str) -> None:
    case = Case(role)
    leaks = [address for address, answer in case.answers() if CANARY in answer]
    assert leaks == []
    edition_page = case.client.get(reverse("edition", args=[case.document.slug, 2]))
    assert edition_page.status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("role", EDITORS)
def test_its_editors_find_it(role: str) -> None:
    case = Case(role)
    page = case.client.get(reverse("edition", args=[case.document.slug, 2]))
    assert CANARY in page.content.decode()
    assert draft_of(case.viewer, case.document) == case.draft


@pytest.mark.django_db
@pytest.mark.parametrize("role", OTHERS)
def test_draft_reaches_nobody_else_through_any_function(role: str) -> None:
    case = Case(role)
    assert not policy.may_edit_document(case.viewer, case.document)
    assert draft_of(case.viewer, case.document) is None
    assert case.draft not in editions_of(case.viewer, case.document)
    with pytest.raises(Edition.DoesNotExist):
        find_edition(case.viewer, case.document, 2)
    if case.person:
        with pytest.raises(Refused):
            publish_edition(editor=case.person, edition=case.draft)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["anonymous", "author", "document:reviewer"])
def test_edition_that_was_taken_back_is_a_draft_again(role: str) -> None:
    case = Case(role)
    publish_edition(editor=None, edition=case.draft)
    assert CANARY in case.client.get(case.document.get_absolute_url()).content.decode()
    undo_publication(editor=None, edition=case.draft)
    leaks = [address for address, answer in case.answers() if CANARY in answer]
    assert leaks == []


@pytest.mark.django_db
def test_counts_of_a_plan_tell_nothing_about_others_private_notes() -> None:
    case = Case("document:editor")
    before = carrying.counts(case.viewer, carrying.plan(case.draft))
    make_annotation(make_user(), case.document, "kept in public", visibility="private")
    assert carrying.counts(case.viewer, carrying.plan(case.draft)) == before
