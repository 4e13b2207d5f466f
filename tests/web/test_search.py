"""The pages of searching."""

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reader.models import Annotation, Document, DocumentRole, User
from reader.search import index
from tests import factories
from tests.searching import Library, make_library

QUERY_LIMIT = 12


@pytest.fixture
def library(db: None) -> Library:
    return make_library()


def text_of(client: Client, address: str, query: str, **more: str) -> str:
    response = client.get(address, {"q": query, **more})
    assert response.status_code == 200
    return response.content.decode()


def sign_in(client: Client, person: User) -> None:
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])


def test_an_empty_box_explains_itself(client: Client, library: Library) -> None:
    page = text_of(client, "/search/", "")
    assert 'name="q"' in page
    assert "is:undecided" in page
    assert "Nothing that you may read" not in page


def test_hits_are_marked_and_lead_to_their_place(client: Client, library: Library) -> None:
    page = text_of(client, "/search/", "promises")
    note = library.notes["promise"]
    assert "<mark>promise</mark>" in page
    assert "<mark>promises</mark>" in page
    assert f'href="/a/{note.uid}/"' in page
    assert 'href="/d/en/p2/"' in page


def test_one_document(client: Client, library: Library) -> None:
    assert "<mark>" not in text_of(client, "/d/en/search/", "Leser")
    assert "<mark>Leser</mark>" in text_of(client, "/d/de/search/", "Leser")
    page = text_of(client, "/d/en/search/", "answer in:p1..p2")
    assert "<mark>answers</mark>" in page


def test_what_was_typed_is_kept_and_is_only_text(client: Client, library: Library) -> None:
    page = text_of(client, "/search/", '"><script>alert(1)</script> is:<b>')
    assert "<script>alert" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_words_of_people_are_only_text(client: Client, author: User, document: Document) -> None:
    factories.make_annotation(author, document, body="zebra `<i>&amp;` \\<u>")
    page = text_of(client, "/search/", "zebra")
    assert "<mark>zebra</mark> &lt;i&gt;&amp;amp; &lt;u&gt;" in page


def test_what_is_not_understood_is_said(client: Client, library: Library) -> None:
    assert "<code>is:happy</code>" in text_of(client, "/search/", "promise is:happy")
    assert "search there to use in:" in text_of(client, "/search/", "promise in:p1")
    assert "Nothing that you may read" in text_of(client, "/search/", "xylophone")
    assert "no word in this" in text_of(client, "/search/", "***")


@pytest.mark.parametrize(
    "query",
    [
        "\x00",
        "zebra\x00",
        '"' * 400,
        "a" * 5_000,
        "a " * 2_000,
        "author:" + "x" * 400,
        "tag:'; DROP TABLE reader_user --",
        "tag:\x00",
        "in:p9999999..p1",
        "is:",
        "NEAR(a b) AND OR NOT ^x {exact}:y",
        "exact:margin marks:vp stems:margin",
        "🙂 ⁂ — \u202e",
        "' & | ! <-> :* \\",
        "%s %d %",
        "-margin",
        "-author:ada",
    ],
)
@pytest.mark.parametrize("address", ["/search/", "/d/en/search/"])
def test_anything_is_answered(client: Client, library: Library, address: str, query: str) -> None:
    response = client.get(address, {"q": query, "page": "x", "show": "x"})
    assert response.status_code in {200, 400}
    assert response.status_code == 200 or "\x00" in query


def test_bytes_that_are_no_text_are_answered(client: Client, library: Library) -> None:
    assert client.get("/search/?q=%ff%fe%ed%a0%80").status_code in {200, 400}


def test_only_reading(client: Client, library: Library) -> None:
    assert client.post("/search/").status_code == 405
    assert client.get("/d/nothing/search/").status_code == 404


def test_a_hidden_document_is_not_there(client: Client, library: Library) -> None:
    Document.objects.filter(slug="de").update(is_published=False)
    assert client.get("/d/de/search/?q=Leser").status_code == 404
    assert "<mark>" not in text_of(client, "/search/", "Leser")


def test_a_private_note_is_shown_to_its_author_alone(client: Client, library: Library) -> None:
    for person, expected in (("ada", True), ("ben", False), ("", False)):
        client.logout()
        if person:
            sign_in(client, library.people[person])
        page = text_of(client, "/search/", '"private promise"')
        assert ("<mark>private promise</mark>" in page) is expected


def test_htmx_gets_the_results_alone(client: Client, library: Library) -> None:
    response = client.get("/search/", {"q": "promise"}, headers={"HX-Request": "true"})
    assert b"<mark>" in response.content
    assert b"<html" not in response.content


def test_pages(client: Client, document: Document) -> None:
    for _time in range(3):
        author = factories.make_user()
        for number in range(15):
            factories.make_annotation(author, document, body=f"zebra {number}")
    page = text_of(client, "/search/", "zebra")
    assert "Page 1 of 3" in page
    assert "45 answers" in page
    assert page.count("<article") == 20
    assert text_of(client, "/search/", "zebra", page="3").count("<article") == 5
    assert text_of(client, "/search/", "zebra", page="4000").count("<article") == 5


QUESTIONS = [
    "promise",
    "reader author:ada",
    "author:me -author:ben tag:trust is:undecided",
    "answers in:p1..p4",
    "in:p1",
    "promise is:decided",
    "letters is:contested",
    "is:contested in:p1..p4 author:ben tag:café is:decided is:undecided is:unanswered letters",
    "is:unanswered",
]


@pytest.mark.parametrize("address", ["/search/", "/d/en/search/"])
def test_a_constant_number_of_queries(client: Client, library: Library, address: str) -> None:
    everybody = {name: _person(name, library.documents["en"]) for name in PEOPLE}
    before = {(who, one): _count(client, everybody[who], address, one) for who, one in ASKED}
    assert max(before.values()) <= QUERY_LIMIT, before
    en, ben = library.documents["en"], library.people["ben"]
    copies = [
        Annotation(
            document=en,
            edition=en.current_edition,
            author=ben,
            motivation="questioning",
            body="promise reader answers letters",
            language="en",
            disagree_count=3,
        )
        for _time in range(60)
    ]
    Annotation.objects.bulk_create(copies)
    index.put([one.pk for one in copies])
    after = {(who, one): _count(client, everybody[who], address, one) for who, one in ASKED}
    more = {key: (n, before[key]) for key, n in after.items() if n > before[key] + 1}
    assert not more, "one more at most, where there was nothing to show before"
    assert max(after.values()) <= QUERY_LIMIT, after


PEOPLE = ("", "ben", "author", "reviewer", "editor", "local", "mod", "admin")
ASKED = [(who, one) for who in PEOPLE for one in QUESTIONS]


def _person(name: str, document: Document) -> User | None:
    if not name:
        return None
    if name == "ben":
        return User.objects.get(username="ben")
    person = factories.make_user(name)
    if name in {"reviewer", "local"}:
        role = "moderator" if name == "local" else name
        DocumentRole.objects.create(user=person, document=document, role=role)
        return person
    roles = {"editor": "editor", "mod": "moderator", "admin": "admin"}
    return factories.promote(person, roles[name]) if name in roles else person


def _count(client: Client, person: User | None, address: str, query: str) -> int:
    client.logout()
    if person is not None:
        sign_in(client, person)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        text_of(client, address, query)
    return len(queries)
