"""Searching by the Hypothesis API: every parameter, and nothing that is not for the viewer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reader.actions.annotations import create_annotation
from reader.actions.changes import delete_annotation
from reader.actions.groups import make_group
from reader.actions.wording import Wording
from reader.models import Annotation, Document, Group, Membership, User
from tests import factories
from tests.api.hypothesis_client import Api, refused

pytestmark = pytest.mark.django_db
HERE = "http://127.0.0.1:8000/d/close-reading/"


def ids(found: dict[str, Any], part: str = "rows") -> list[str]:
    return [row["id"] for row in found[part]]


@pytest.fixture
def other(db: None) -> Document:
    return factories.make_document(slug="other", source_url="https://example.org/speeches/other")


@pytest.fixture
def rows(author: User, stranger: User, document: Document, other: Document) -> list[str]:
    """Four public annotations, a minute apart: three here, one in the other document."""
    made = [
        factories.make_annotation(author, document, body="Penguins are strong.", tags=("birds",)),
        factories.make_annotation(stranger, document, "kept in public", body="A unicorn’s Тест."),
        factories.make_annotation(author, document, "Nobody reads", tags=("sea life", "birds")),
        factories.make_annotation(stranger, other, "The margin", body="Elsewhere."),
    ]
    start = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
    for minutes, row in enumerate(made):
        at = start + timedelta(minutes=minutes)
        Annotation.objects.filter(pk=row.pk).update(created_at=at)
    return [row.uid for row in made]


def test_the_newest_come_first(rows: list[str]) -> None:
    found = Api().search()
    assert (found["total"], ids(found)) == (4, rows[::-1])
    assert "replies" not in found


def test_a_page_of_them_is_cut_out(rows: list[str]) -> None:
    assert ids(Api().search(limit=2, offset=1)) == [rows[2], rows[1]]
    nothing = Api().search(limit=0)
    assert (nothing["total"], nothing["rows"]) == (4, [])


def test_search_after_goes_on_behind_the_last_row(rows: list[str]) -> None:
    api = Api()
    for sort in ("created", "updated", "id", "user"):
        for order in ("asc", "desc"):
            seen: list[str] = []
            after: dict[str, str] = {}
            for _page in range(9):
                found = api.search(sort=sort, order=order, limit=1, **after)
                if not found["rows"]:
                    break
                seen += ids(found)
                after = {"search_after": found["rows"][0][sort]}
            whole = ids(api.search(sort=sort, order=order))
            # Rows that share a name come one for each name: what comes after is strictly greater.
            assert seen == whole if sort != "user" else len(seen) == 2


def test_search_after_takes_milliseconds_and_dates(rows: list[str]) -> None:
    at = datetime(2026, 1, 2, 3, 5, 30, tzinfo=UTC).timestamp() * 1000
    for after in (f"{at:.0f}", "2026-01-02T03:05:30Z", "2026-01-02T03:05:30"):
        found = Api().search(sort="created", order="asc", search_after=after)
        assert (found["total"], ids(found)) == (4, rows[2:])
    assert ids(Api().search(sort="created", order="asc", search_after="2027")) == []


@pytest.mark.parametrize(
    ("uri", "is_here"),
    [
        (HERE, True),
        (HERE.rstrip("/"), True),
        (f"{HERE}?q=1#p2", True),
        (f"{HERE}p2/", True),
        (f"{HERE}e/1/", True),
        (f"{HERE}e/7/", False),
        ("http://localhost:8000/d/close-reading/", True),
        ("https://127.0.0.1:8000/d/close-reading/", True),
        ("http://127.0.0.1:9000/d/close-reading/", False),
        ("http://evil.example/d/close-reading/", False),
        ("ftp://127.0.0.1:8000/d/close-reading/", False),
        ("http://127.0.0.1:8000/d/close-reading/review/", False),
        ("urn:x-pdf:1234", False),
        ("http://[", False),
    ],
)
def test_a_uri_finds_its_document(rows: list[str], uri: str, is_here: bool) -> None:
    for name in ("uri", "url"):
        assert ids(Api().search(**{name: uri})) == (rows[2::-1] if is_here else [])


def test_several_uris_find_the_documents_of_all(rows: list[str]) -> None:
    assert Api().search(uri=[HERE, "https://example.org/speeches/other/"])["total"] == 4
    assert ids(Api().search(uri="http://example.org/speeches/other")) == [rows[3]]


def test_patterns_that_take_long_to_read_are_refused() -> None:
    page = "http://127.0.0.1:8000/d/"
    refused(Api().get("search", wildcard_uri=[f"{page}{n}*" for n in range(11)]), 400)
    refused(Api().get("search", wildcard_uri=page + "*a" * 21), 400)
    refused(Api().get("search", wildcard_uri=page + "a" * 500), 400)
    assert Api().get("search", wildcard_uri=page + "*a" * 20).json()["total"] == 0


def test_wildcards_stand_in_the_path(rows: list[str]) -> None:
    api = Api()
    assert api.search(wildcard_uri="http://127.0.0.1:8000/*")["total"] == 4
    assert api.search(wildcard_uri="http://localhost:8000/d/*")["total"] == 4
    assert api.search(wildcard_uri="http://127.0.0.1:8000/d/close_reading")["total"] == 3
    assert api.search(wildcard_uri="https://example.org/*/other")["total"] == 1
    assert api.search(wildcard_uri="http://127.0.0.1:8000/a/*")["total"] == 0
    for wrong in ("*foo.com", "u_n:*", "http://foo.com*", "http://*.com/"):
        refused(api.get("search", wildcard_uri=wrong), 400)


def test_parts_of_the_address_find_it(rows: list[str]) -> None:
    assert Api().search(**{"uri.parts": "reading"})["total"] == 3
    assert ids(Api().search(**{"uri.parts": "speeches"})) == [rows[3]]
    assert Api().search(**{"uri.parts": "read"})["total"] == 0


@pytest.mark.parametrize("user", ["acct:author@127.0.0.1", "author", "acct:AUTHOR@127.0.0.1"])
def test_a_user_finds_what_they_wrote(rows: list[str], user: str) -> None:
    assert ids(Api().search(user=user)) == [rows[2], rows[0]]
    assert Api().search(user="acct:author@hypothes.is")["total"] == 0
    assert Api().search(user=[user, "stranger"])["total"] == 4


def test_tags_must_all_be_there(rows: list[str]) -> None:
    api = Api()
    assert ids(api.search(tag="Birds")) == [rows[2], rows[0]]
    assert ids(api.search(tags="birds,sea life")) == [rows[2]]
    assert ids(api.search(tags="[birds,sea]")) == [rows[2]]
    assert ids(api.search(tag=["birds", "sea"])) == [rows[2]]
    assert api.search(tag="bird")["total"] == 0


def test_words_are_found_where_they_are_looked_for(rows: list[str]) -> None:
    api = Api()
    assert ids(api.search(text="PENGUIN strength")) == [rows[0]]
    assert ids(api.search(text="тест")) == [rows[1]]
    assert ids(api.search(quote="unicorn public")) == [rows[1]]
    assert ids(api.search(any="birds nobody")) == [rows[2]]
    assert api.search(any="birds unicorn")["total"] == 0
    assert ids(api.search(any="close penguins")) == [rows[0]]


def test_the_public_group_is_what_is_in_no_other(
    author: User, document: Document, rows: list[str]
) -> None:
    circle = make_group(maker=author, name="Close circle")
    secret = in_group(author, document, circle, "In the circle.")
    api = Api(author)
    assert ids(api.search(group=circle.slug)) == [secret.uid]
    assert api.search(group="__world__")["total"] == 4
    assert api.search(group=["__world__", circle.slug])["total"] == 5
    assert api.search(group="nowhere")["total"] == 0
    assert Api().search(group=circle.slug) == {"total": 0, "rows": []}


def test_references_find_what_hangs_below(author: User, document: Document) -> None:
    root = factories.make_annotation(author, document)
    first = factories.make_reply(author, root)
    second = factories.make_reply(author, first)
    beside = factories.make_reply(author, root)
    assert set(ids(Api().search(references=root.uid))) == {first.uid, second.uid, beside.uid}
    assert ids(Api().search(references=first.uid)) == [second.uid]
    assert Api().search(references="nothing")["total"] == 0
    assert Api().get(f"annotations/{second.uid}").json()["references"] == [root.uid, first.uid]


def test_replies_come_apart_when_asked_for(author: User, document: Document) -> None:
    root = factories.make_annotation(author, document)
    reply = factories.make_reply(author, root)
    found = Api().search(_separate_replies="true")
    assert (found["total"], ids(found), ids(found, "replies")) == (1, [root.uid], [reply.uid])
    assert Api().search(_separate_replies="false")["total"] == 2


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "201"},
        {"limit": "-1"},
        {"limit": "many"},
        {"limit": "9" * 400},
        {"limit": "٣"},
        {"offset": "9801"},
        {"offset": "-1"},
        {"sort": "colour"},
        {"order": "up"},
        {"search_after": "yesterday"},
        {"search_after": "9" * 30},
        {"_separate_replies": "perhaps"},
        {"uri": "x" * 3_001},
        {"user": ["x"] * 101},
        {"text": "x " * 51},
        {"any": ["x " * 26, "y " * 26]},
        {"tags": "x," * 51},
    ],
)
def test_bad_values_are_refused_by_name(params: dict[str, Any], db: None) -> None:
    reason = refused(Api().get("search", **params), 400)
    assert reason.startswith(f"{next(iter(params))}: ")


def test_many_words_are_looked_for_at_once(rows: list[str]) -> None:
    many = " ".join(f"word{number}" for number in range(50))
    with CaptureQueriesContext(connection) as made:
        for name in ("text", "quote", "any", "tag"):
            assert Api().search(**{name: many})["total"] == 0
    assert len(made) <= 40  # four searches, each with the look at its limit


def test_nul_and_half_characters_are_refused(db: None) -> None:
    for query in ("text=%00", "tag=%ED%A0%80", "uri=http://127.0.0.1:8000/%00", "user=a%00"):
        response = Api().client.get(f"/api/search?{query}")
        assert response.status_code in {200, 400}
        assert response["Content-Type"] == "application/json"


def in_group(person: User, document: Document, group: Group, body: str) -> Annotation:
    """Return an annotation for the group."""
    return create_annotation(
        author=person,
        document=document,
        motivation="commenting",
        passage=factories.passage_of(document, "Nobody reads"),
        wording=Wording(body, None, ["canarytag"]),
        visibility="group",
        group=group,
    )


@pytest.fixture
def withheld(author: User, document: Document) -> list[Annotation]:
    """One annotation of each kind that a stranger may not read, each with the word Canary."""
    words, tags = "Nobody reads", ("canarytag",)
    made = [
        factories.make_annotation(
            author, document, words, body=f"Canary {status}", tags=tags, status=status
        )
        for status in ("pending", "denied", "spam")
    ]
    private = factories.make_annotation(
        author, document, words, body="Canary private", tags=tags, visibility="private"
    )
    circle = make_group(maker=author, name="Close circle")
    grouped = in_group(author, document, circle, "Canary group")
    gone = factories.make_annotation(author, document, words, body="Canary deleted", tags=tags)
    delete_annotation(editor=author, annotation=gone)
    return [*made, private, grouped, gone]


def test_nothing_withheld_leaves_by_any_parameter(
    stranger: User, withheld: list[Annotation]
) -> None:
    group = withheld[4].group
    assert group is not None
    for api in (Api(), Api(stranger)):
        for params in (
            {},
            {"uri": HERE},
            {"text": "Canary"},
            {"any": "Canary"},
            {"any": "canarytag"},
            {"tag": "canarytag"},
            {"quote": "Nobody"},
            {"user": "author"},
            {"group": group.slug},
            {"group": "__world__"},
            {"limit": "0"},
            {"references": withheld[0].uid},
            {"_separate_replies": "true"},
            {"wildcard_uri": f"{HERE}*"},
        ):
            response = api.get("search", **params)
            assert response.json()["total"] == 0
            assert b"anary" not in response.content
        for row in withheld:
            response = api.get(f"annotations/{row.uid}")
            refused(response, 404)
            assert b"anary" not in response.content
            refused(api.get(f"annotations/{row.uid}.jsonld"), 404)
            refused(api.ask("put", f"annotations/{row.uid}/flag"), 404)


def test_its_author_finds_all_but_what_is_deleted(author: User, withheld: list[Annotation]) -> None:
    found = Api(author).search(text="Canary")
    assert {row["id"] for row in found["rows"]} == {row.uid for row in withheld[:5]}
    assert not any(row["hidden"] for row in found["rows"])


def test_a_moderator_finds_what_is_public(moderator: User, withheld: list[Annotation]) -> None:
    found = Api(moderator).search(text="Canary")
    assert {row["id"] for row in found["rows"]} == {row.uid for row in withheld[:3]}
    assert all(row["hidden"] for row in found["rows"])
    assert {row["moderation_status"] for row in found["rows"]} == {"PENDING", "DENIED", "SPAM"}


def test_a_member_finds_what_is_in_the_group(stranger: User, withheld: list[Annotation]) -> None:
    group = withheld[4].group
    assert group is not None
    Membership.objects.create(user=stranger, group=group)
    assert ids(Api(stranger).search(text="Canary")) == [withheld[4].uid]


def test_a_reply_to_what_is_withheld_is_found_alone(
    author: User, stranger: User, document: Document
) -> None:
    root = factories.make_annotation(author, document, body="Canary")
    reply = factories.make_reply(stranger, root)
    factories.force_status(root, "denied")
    found = Api().search()
    assert ids(found) == [reply.uid]
    assert found["rows"][0]["references"] == [root.uid]


def test_an_unpublished_document_is_nowhere(author: User) -> None:
    document = factories.make_document(slug="draft")
    factories.make_annotation(author, document)
    Document.objects.filter(pk=document.pk).update(is_published=False)
    assert Api().search()["total"] == 0
    assert Api().search(uri="http://127.0.0.1:8000/d/draft/")["total"] == 0


def test_the_number_of_queries_does_not_grow(
    author: User, stranger: User, document: Document
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as made:
            found = api.search(uri=HERE, limit=200)
        assert len(found["rows"]) == Annotation.objects.count()
        return len(made)

    api = Api(stranger)
    for number in range(2):
        root = factories.make_annotation(author, document, tags=(f"tag{number}",))
        factories.make_reply(author, factories.make_reply(stranger, root))
    api.search()  # the token is noted as used
    few = queries()
    for number in range(12):
        person = factories.make_user()
        root = factories.make_annotation(person, document, tags=(f"other{number}",))
        factories.make_reply(stranger, factories.make_reply(person, root))
    assert queries() == few


def test_words_that_all_addresses_here_have_leave_nothing_out(rows: list[str]) -> None:
    everything = Api().search()["total"]
    assert Api().search(**{"uri.parts": "http"})["total"] == everything
    assert Api().search(**{"uri.parts": "http d reading"})["total"] == 3
    assert Api().search(any="127")["total"] == everything


def test_only_documents_with_a_like_address_are_read(rows: list[str]) -> None:
    questions: list[dict[str, str]] = [
        {"uri.parts": "speeches"},
        {"any": "speeches"},
        {"wildcard_uri": "https://example.org/*/other"},
    ]
    for question in questions:
        with CaptureQueriesContext(connection) as asked:
            assert Api().search(**question)["total"] == 1
        listed = [q["sql"] for q in asked if 'FROM "reader_document" WHERE' in q["sql"]]
        assert listed
        assert all("LIKE" in sql for sql in listed), listed
