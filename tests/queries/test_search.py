"""Searching: what is found, in which order, by whom. CI runs this on both engines."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reader import policy
from reader.models import Annotation, Document, DocumentRole, Group, User
from reader.policy import Viewer
from reader.queries import search as searching
from reader.queries.search import Hit, Results, search
from reader.search import index
from reader.text.hits import matches
from reader.text.search_query import parse, wanted
from tests import factories
from tests.searching import TEXTS, Library, make_group, make_library

ANYBODY = AnonymousUser()

# (query, in which document, what is found): notes by name, paragraphs as language and number.
TABLE: list[tuple[str, str, set[str]]] = [
    ("margin", "", {"en1"}),
    ("MARGINS", "", {"en1"}),
    ("reader", "", {"en1", "en2", "because"}),
    ("readers answer", "", {"en1", "en2"}),
    ("answers", "", {"en1", "en2", "why", "lonely"}),
    ("promise", "", {"en2", "promise", "again"}),
    ("promises", "", {"en2", "promise", "again"}),
    ('"promises"', "", {"en2", "again"}),
    ('"a promise"', "", {"promise"}),
    ('"promise when kept"', "", {"promise"}),
    ('"when promise"', "", set()),
    ("kept", "", {"en2", "promise"}),
    ("running", "", {"en4", "because"}),
    ("run past", "", {"en4"}),
    ("open letter", "", {"en3", "data"}),
    ('"open letter"', "", {"en3"}),
    ("“open letters”", "", {"data"}),
    ('"open letter', "", {"en3"}),
    ("open -letter", "", set()),
    ("open -data", "", {"en3"}),
    ('open -"open letters"', "", {"en3"}),
    ("lett*", "", {"en3", "data"}),
    ("prom* -kept", "", {"again"}),
    ("author*", "", {"en1", "why"}),
    ("cafe", "", {"en3"}),
    ("naïve CAFÉ", "", {"en3"}),
    ("cooperation", "", set()),
    ("co-operation", "", {"en3"}),
    ("petition", "", {"edit"}),
    ("plainly petition", "", {"edit"}),
    ("strong", "", set()),
    ("читатель", "", {"ru1", "ru2", "поля"}),
    ("читателями", "", {"ru1", "ru2", "поля"}),
    ('"читатели пишут"', "", {"поля"}),
    ("елка", "", {"ru2"}),
    ("Ёлки", "", {"ru2"}),
    ("поле", "", {"ru1", "поля"}),
    ("читательский", "en", {"mixed"}),
    ("оқырман", "", {"kk1", "хат"}),
    ("оқырманы", "", set()),
    ("оқыр*", "", {"kk1", "хат"}),
    ("хат", "", {"kk2", "хат"}),
    ("қазақстан республикасының", "", {"kk2"}),
    ("Haus", "", {"de2", "rand"}),
    ("hauser", "", {"de2", "rand"}),
    ("strasse", "", {"de2", "rand"}),
    ("Leser", "", {"de1", "de2", "rand"}),
    ("leser", "de", {"de1", "de2", "rand"}),
    ("leser", "en", set()),
    ("answer", "en", {"en1", "en2", "why", "lonely"}),
    ("author:ada", "", {"promise", "edit", "хат", "rand", "because", "lonely"}),
    ("author:@ADA promise", "", {"promise"}),
    ('author:"ben böll" open', "", {"data"}),
    ("author:nobody", "", set()),
    ("promise -author:ada", "", {"again"}),
    ("tag:trust", "", {"promise", "highlight"}),
    ('tag:"open data"', "", {"data"}),
    ("tag:café", "", {"data"}),
    ("tag:open", "", set()),
    ("tag:trust -kept", "", {"highlight"}),
    ("open -tag:café", "", set()),
    ("in:p1", "en", {"why", "because"}),
    ("answer in:p1", "en", {"en1", "why"}),
    ("answer in:1..2", "en", {"en1", "en2", "why"}),
    ("answer in:p2..p1", "en", {"en1", "en2", "why"}),
    ("in:p3..p4 -letters", "en", {"edit", "mixed", "lonely"}),
    ("answer in:p77", "en", set()),
    ("answer in:p1", "", set()),
    ("promise is:decided", "", {"promise", "again"}),
    ("is:decided", "", {"promise", "again"}),
    ("promise is:undecided", "", set()),
    ("answers is:undecided", "", {"why", "lonely"}),
    ("is:question", "", {"why", "lonely"}),
    ("is:unanswered", "", {"lonely"}),
    ("is:question here", "", {"why"}),
    ("is:contested", "", {"data"}),
    ("letter is:contested", "", {"data"}),
    ("-letter is:contested", "", set()),
    ("is:mine", "", set()),
    ("secret", "", set()),
    ("private", "", set()),
    ("* - :", "", set()),
    ("", "", set()),
]


@pytest.fixture
def library(db: None) -> Library:
    return make_library()


def names(library: Library, results: Results) -> set[str]:
    return {_name(library, hit) for hit in results.hits}


def _name(library: Library, hit: Hit) -> str:
    if hit.annotation is not None:
        return library.name_of(hit.annotation)
    return f"{hit.document.slug}{hit.number}"


def test_a_table_of_queries_finds_what_it_says(library: Library) -> None:
    wrong = {}
    for raw, where, expected in TABLE:
        document = library.documents[where] if where else None
        found = names(library, search(ANYBODY, parse(raw), document))
        found -= {"en5", "ru4", "kk3", "de3"}  # "The end of": the factory's own last paragraph
        if found != expected:
            wrong[raw, where] = found
    assert not wrong


def test_one_finds_ones_own_private_notes(library: Library) -> None:
    ada, ben = library.people["ada"], library.people["ben"]
    assert "secret" in names(library, search(ada, parse("promise")))
    assert "secret" not in names(library, search(ben, parse("promise")))
    assert names(library, search(ben, parse("is:mine promise"))) == {"again"}
    assert names(library, search(ben, parse("author:me promise"))) == {"again"}


def test_hits_are_marked_where_the_words_stand(library: Library) -> None:
    hits = search(ANYBODY, parse("reader promise -kept")).hits
    assert hits == []
    (hit,) = search(ANYBODY, parse("readers promise")).hits
    assert [piece.text for piece in hit.pieces if piece.is_hit] == ["Readers", "promises"]
    assert (hit.ref, hit.number) == ("p2", 2)
    (hit,) = search(ANYBODY, parse('"promise when kept"')).hits
    assert "".join(piece.text for piece in hit.pieces) == "A promise is only a promise when kept."
    assert (hit.ref, hit.annotation) == ("p2", library.notes["promise"])
    (hit,) = search(ANYBODY, parse("otherwise")).hits
    assert hit.number == 1, "a reply stands where its thread does"


def test_the_best_comes_first(library: Library) -> None:
    found = search(ANYBODY, parse("promises"), kind=searching.DISCUSSION).hits
    assert [_name(library, hit) for hit in found] == ["again", "promise"]


def test_a_kind_can_be_asked_for(library: Library) -> None:
    assert names(library, search(ANYBODY, parse("promise"), kind="text")) == {"en2"}
    discussion = search(ANYBODY, parse("promise"), kind="discussion")
    assert names(library, discussion) == {"promise", "again"}


def test_results_come_in_pages(author: User, document: Document) -> None:
    for number in range(45):
        factories.make_annotation(author, document, body=f"pages {number}")
        author = factories.make_user() if number % 15 == 14 else author
    pages = [search(ANYBODY, parse("pages"), page=number) for number in (1, 2, 3, 99)]
    assert [len(page.hits) for page in pages] == [20, 20, 5, 5]
    assert {page.count for page in pages} == {45}
    seen = [hit.annotation.pk for page in pages[:3] for hit in page.hits if hit.annotation]
    assert len(set(seen)) == 45


def test_of_too_many_the_newest_are_ranked(
    author: User, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "LOOKED_AT", 3)
    made = [factories.make_annotation(author, document, body="crowd") for _time in range(5)]
    results = search(ANYBODY, parse("crowd"))
    assert results.is_more
    assert [hit.annotation for hit in results.hits] == made[:1:-1]


def test_a_document_that_is_not_published_is_for_those_with_a_part_in_it(library: Library) -> None:
    Document.objects.filter(slug="de").update(is_published=False)
    ben = library.people["ben"]
    assert names(library, search(ben, parse("leser"))) == set()
    DocumentRole.objects.create(user=ben, document=library.documents["de"], role="reviewer")
    assert names(library, search(ben, parse("leser"))) == {"de1", "de2", "rand"}


def test_many_hidden_documents_are_left_to_the_policy(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reader.queries.search_scope.MOST_MARKS", 0)
    Document.objects.filter(slug="de").update(is_published=False)
    assert names(library, search(ANYBODY, parse("leser"))) == set()
    make_group(library.people["ben"])
    assert names(library, search(library.people["ben"], parse("полях"))) == {"ru1", "поля"}


def test_an_index_made_anew_finds_the_same(library: Library) -> None:
    questions = [(raw, where) for raw, where, _found in TABLE]

    def answers() -> list[set[str]]:
        return [
            names(library, search(ANYBODY, parse(raw), library.documents.get(where)))
            for raw, where in questions
        ]

    before = answers()
    index.rebuild()
    assert answers() == before


TEXT = st.lists(
    st.sampled_from(
        ["margin", "readers", "reader", "keeps", "kept", "naïve", "хат", "和平", "-", "x"]
    ),
    min_size=1,
    max_size=6,
).map(" ".join)
ASKED = st.one_of(
    TEXT,
    TEXT.map(lambda words: f'"{words}"'),
    st.sampled_from(
        ["margin", "re*", "kept -margin", "хат", "和", '"reader keeps"', "is:undecided"]
    ),
    st.sampled_from(
        ["author:writer", "author:me margin", "tag:open", "in:p1", "is:mine", "-x in:p1"]
    ),
)
NOTES = st.lists(
    st.fixed_dictionaries(
        {
            "body": TEXT,
            "visibility": st.sampled_from(["public", "public", "private", "group"]),
            "status": st.sampled_from(["approved", "approved", "pending", "denied", "spam"]),
            "writer": st.integers(0, 1),
            "is_deleted": st.booleans(),
            "is_reply": st.booleans(),
            "hidden": st.booleans(),
        }
    ),
    min_size=1,
    max_size=6,
)


@pytest.fixture
def viewers(db: None) -> Callable[[], list[Viewer]]:
    writer, member = factories.make_user("writer"), factories.make_user("member")
    mod = factories.promote(factories.make_user("mod"), "moderator")
    editor = factories.promote(factories.make_user("site-editor"), "editor")
    shown = factories.make_document("margin readers", slug="shown")
    hidden = factories.make_document("kept хат", slug="hidden", is_published=False)
    local = factories.promote(factories.make_user("local"), "role:moderator", shown)
    reviewer = factories.promote(factories.make_user("reviewer"), "role:reviewer", hidden)
    make_group(member, mod)
    people: list[User] = [writer, member, mod, editor, local, reviewer]
    return lambda: [ANYBODY, *(User.objects.get(pk=one.pk) for one in people)]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(notes=NOTES, asked=ASKED)
def test_a_search_finds_what_the_viewer_may_read_and_nothing_else(
    viewers: Callable[[], list[Viewer]], notes: list[dict[str, object]], asked: str
) -> None:
    """All that may be read and matches is found: so no mark in the index hides anything either."""
    everybody = viewers()
    with transaction.atomic():
        _write(everybody, notes)
        query = parse(asked)
        words = wanted(query, ["en"])
        for viewer in everybody:
            results = search(viewer, query)
            found = {hit.annotation for hit in results.hits if hit.annotation is not None}
            readable = set(Annotation.objects.filter(policy.annotations_visible_to(viewer)))
            assert found <= readable
            documents = Document.objects.filter(policy.documents_visible_to(viewer))
            assert {hit.document for hit in results.hits} <= set(documents)
            if query == type(query)(terms=query.terms) and query.asks:
                fitting = {one for one in readable if matches(one.body, "en", words)}
                assert found == fitting
        transaction.set_rollback(True)


def _write(everybody: list[Viewer], notes: list[dict[str, object]]) -> None:
    group = Group.objects.get()
    writers = [one for one in everybody if isinstance(one, User)]
    root: Annotation | None = None
    for number, note in enumerate(notes):
        document = Document.objects.get(slug="hidden" if note["hidden"] else "shown")
        assert document.current_edition is not None
        is_reply = bool(note["is_reply"]) and root is not None
        values = {
            "document": root.document if is_reply and root else document,
            "edition": root.edition if is_reply and root else document.current_edition,
            "author": writers[int(str(note["writer"]))],
            "motivation": "replying" if is_reply else "commenting",
            "body": "" if note["is_deleted"] else note["body"],
            "visibility": note["visibility"],
            "status": note["status"],
            "group": group if note["visibility"] == "group" else None,
            "language": "en",
            "parent": root if is_reply else None,
            "root": root if is_reply else None,
            "start": None if is_reply else number,
            "end": None if is_reply else number + 1,
            "deleted_at": document.created_at if note["is_deleted"] else None,
        }
        made = Annotation.objects.create(**values)
        index.put([made.pk])
        root = root or (None if is_reply else made)


def test_the_table_is_long_enough() -> None:
    assert len(TABLE) >= 40
    assert {where for _raw, where, _found in TABLE} <= {"", *TEXTS}
