"""The W3C's protocol, header by header: containers, pages and single annotations."""

from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reader.models import Annotation, Document, Group, Membership, User
from reader.queries.w3c_containers import PAGE_SIZE
from tests.api.w3c_client import (
    COLLECTION_MUSTS,
    LD,
    PAGE_MUSTS,
    TYPE,
    W3C,
    expanded,
    needs_schemas,
    refused,
    remark,
    unmet,
)
from tests.factories import make_annotation, make_document, make_reply, make_user, promote

MINIMAL = "http://www.w3.org/ns/ldp#PreferMinimalContainer"
IRIS = "http://www.w3.org/ns/oa#PreferContainedIRIs"
DESCRIPTIONS = "http://www.w3.org/ns/oa#PreferContainedDescriptions"
CONTAINER, RESOURCE = "http://www.w3.org/ns/ldp#BasicContainer", "http://www.w3.org/ns/ldp#Resource"


def prefer(*names: str, how: str = "include") -> str:
    return f'return=representation; {how}="{" ".join(names)}"'


@pytest.fixture
def group(author: User) -> Group:
    group = Group.objects.create(slug="circle", name="Circle")
    Membership.objects.create(group=group, user=author)
    return group


@pytest.mark.parametrize("method", ["get", "head", "options"])
@pytest.mark.parametrize("path", ["/w3c/", "/w3c/documents/close-reading/", "/w3c/groups/circle/"])
@pytest.mark.usefixtures("group")
def test_a_container_has_every_header_that_the_protocol_asks_for(
    document: Document, author: User, path: str, method: str
) -> None:
    make_annotation(author, document)
    people = [W3C(author)] if "groups" in path else [W3C(author), W3C()]
    for client in people:
        response = client.ask(method, path)
        assert response.status_code == 200
        assert set(response["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
        assert response["Content-Type"] == TYPE
        assert response["ETag"].startswith('W/"')
        assert {"Accept", "Prefer", "Authorization"} <= set(response["Vary"].split(", "))
        links = response["Link"].split(", ")
        assert f'<{CONTAINER}>; rel="type"' in links
        constraint = "http://www.w3.org/ns/ldp#constrainedBy"
        assert f'<http://www.w3.org/TR/annotation-protocol/>; rel="{constraint}"' in links
        assert response["Content-Location"] == f"{settings.SITE_URL}{path}"
        assert LD in response["Accept-Post"]
        assert bool(response.content) == (method == "get")


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_an_annotation_has_every_header_that_the_protocol_asks_for(
    document: Document, author: User, method: str
) -> None:
    made = make_annotation(author, document)
    for client in (W3C(author), W3C()):
        response = client.ask(method, f"/w3c/{made.uid}")
        assert response.status_code == 200
        assert set(response["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}
        assert response["Content-Type"] == TYPE
        assert response["ETag"].startswith('"')
        assert {"Accept", "Prefer"} <= set(response["Vary"].split(", "))
        assert response["Link"] == f'<{RESOURCE}>; rel="type"'
        assert response["Content-Location"] == f"{settings.SITE_URL}/w3c/{made.uid}"
        assert not response.has_header("Accept-Post")


def test_pages_of_other_origins_may_read_all_of_these_headers(document: Document) -> None:
    response = W3C().get("/w3c/", Origin="https://elsewhere.example")
    assert response["Access-Control-Allow-Origin"] == "*"
    exposed = set(response["Access-Control-Expose-Headers"].split(", "))
    assert exposed >= {
        *("ETag", "Allow", "Vary", "Link", "Content-Type", "Location"),
        *("Content-Location", "Prefer", "Accept-Post"),
    }


def test_a_container_names_its_pages_and_says_how_much_is_in_it(
    document: Document, author: User
) -> None:
    made = make_annotation(author, document)
    make_reply(author, made)
    data = W3C().get("/w3c/documents/close-reading/").json()
    assert data["id"] == f"{settings.SITE_URL}/w3c/documents/close-reading/"
    assert data["type"] == ["BasicContainer", "AnnotationCollection"]
    assert (data["total"], data["label"]) == (2, document.title)
    assert data["modified"]
    assert [one["motivation"] for one in data["first"]["items"]] == ["commenting", "replying"]
    assert all("@context" in one for one in data["first"]["items"])
    assert data["last"] == f"{data['id']}?page=0&iris=0"


def test_prefer_decides_what_of_a_container_is_given(document: Document, author: User) -> None:
    made = make_annotation(author, document)
    client, path = W3C(), "/w3c/documents/close-reading/"
    url = f"{settings.SITE_URL}{path}"
    for header in (prefer(MINIMAL), prefer(IRIS, DESCRIPTIONS, how="omit")):
        response = client.get(path, Prefer=header)
        assert response.json()["first"] == f"{url}?page=0&iris=0"
        assert response["Preference-Applied"] == "return=representation"
        assert not response.has_header("Prefer")
        assert response["Content-Location"] == response.json()["id"] == url
    for header in (prefer(IRIS), prefer(MINIMAL, IRIS), prefer(DESCRIPTIONS, how="omit")):
        response = client.get(path, Prefer=header)
        data = response.json()
        assert response["Content-Location"] == data["id"] == f"{url}?iris=1"
        assert data["first"]["items"] == [f"{settings.SITE_URL}/w3c/{made.uid}"]
        assert data["last"] == f"{url}?page=0&iris=1"
    for header in (
        prefer(DESCRIPTIONS),
        prefer(IRIS, how="omit"),
        "",
        "nonsense",
        "return=minimal",
    ):
        data = client.get(path, Prefer=header).json()
        assert data["first"]["items"][0]["id"] == f"{settings.SITE_URL}/w3c/{made.uid}"


@needs_schemas
def test_pages_hang_together_and_meet_every_must_of_the_w3c(
    document: Document, author: User
) -> None:
    made = make_annotation(author, document)
    for at in range(2 * PAGE_SIZE):
        make_reply_row(author, made, at)
    client = W3C()
    for iris in (0, 1):
        base = f"/w3c/documents/close-reading/?iris={iris}"
        whole = client.get(base).json()
        assert unmet(whole, COLLECTION_MUSTS) == []
        assert unmet(whole, PAGE_MUSTS) == []
        assert expanded(whole)
        seen: list[Any] = []
        address: str | None = f"{base}&page=0"
        pages = []
        while address:
            page = client.get(address).json()
            assert unmet(page, PAGE_MUSTS) == []
            assert page["partOf"]["total"] == whole["total"] == 2 * PAGE_SIZE + 1
            assert page["startIndex"] == len(seen)
            seen += [one if iris else one["id"] for one in page["items"]]
            pages.append(page)
            address = page.get("next")
        assert [("prev" in page, "next" in page) for page in pages] == [
            (False, True),
            (True, True),
            (True, False),
        ]
        assert pages[-1]["id"] == whole["last"]
        assert pages[1]["prev"] == pages[0]["id"]
        assert len(set(seen)) == len(seen) == whole["total"]
    for wrong in ("3", "-1", "x", "", "9" * 30, "٣"):
        refused(client.get(f"/w3c/?page={wrong}"), 404)


def make_reply_row(author: User, parent: Any, at: int) -> None:
    """Save a reply without the limits on how fast somebody may write."""
    reply = type(parent)(
        document=parent.document,
        edition=parent.edition,
        author=author,
        motivation="replying",
        parent=parent,
        root=parent,
        body=f"Answer {at}.",
    )
    reply.save()


@needs_schemas
def test_an_empty_container_is_one(document: Document) -> None:
    data = W3C().get("/w3c/documents/close-reading/").json()
    assert (data["total"], data["first"]["items"]) == (0, [])
    assert unmet(data, COLLECTION_MUSTS) == []


def queries(client: W3C, path: str) -> int:
    """Return how many queries it takes to read the container, but for the count of requests.

    That count is a row of the shared cache: the first request in a minute makes it, which takes
    five queries more than to add to it.
    """
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    asked = [one["sql"] for one in captured.captured_queries]
    return sum("reader_cache" not in sql and "SAVEPOINT" not in sql for sql in asked)


def test_the_number_of_queries_does_not_grow_with_what_is_in_a_container(
    author: User, moderator: User, group: Group, settings: Any
) -> None:
    settings.POSTS_PER_MINUTE = 100
    whole, own = ("/w3c/", "/w3c/?page=0&iris=1"), "/w3c/groups/circle/"
    people = (None, author, moderator, promote(make_user("editor"), "editor"))
    asking = [(W3C(person), path) for person in people for path in whole]
    asking.append((W3C(author), own))
    for client, path in asking:  # the first use of a token is written down
        client.get(path)
    counts = []
    for documents, replies in ((1, 2), (12, 1), (0, 15)):
        for _number in range(documents):
            about = make_document()
            shared = make_annotation(author, about, tags=("one", "two"))
            Annotation.objects.filter(pk=shared.pk).update(visibility="group", group=group)
            make_annotation(author, about, "a promise", tags=("three",))
        parent = Annotation.objects.filter(visibility="public", parent=None).latest("pk")
        for at in range(replies):
            make_reply_row(author, parent, at)
        counts.append([queries(client, path) for client, path in asking])
    assert counts[0] == counts[1] == counts[2]
    assert max(counts[0]) < 20
    assert W3C(author).get(own).json()["total"] == 13
    # All of it is on the first page.
    assert W3C(author).get("/w3c/").json()["total"] == 13 * 2 + 18 <= PAGE_SIZE


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (LD, TYPE),
        (TYPE, TYPE),
        ("application/json", "application/json"),
        ("*/*", TYPE),
        ("application/*;q=0.5", TYPE),
        ("text/html;q=0.1, application/json;q=0.2", "application/json"),
        (f"text/turtle, {LD};q=0.2", TYPE),
        ("", TYPE),
    ],
)
def test_json_is_given_in_the_type_that_was_asked_for(
    document: Document, author: User, accept: str, expected: str
) -> None:
    made = make_annotation(author, document)
    for path in ("/w3c/", f"/w3c/{made.uid}"):
        assert W3C().get(path, Accept=accept)["Content-Type"] == expected


def test_browsers_are_led_to_the_reader_and_others_are_refused(
    document: Document, author: User
) -> None:
    made = make_annotation(author, document)
    pages = {
        "/w3c/": "/",
        "/w3c/documents/close-reading/": "/d/close-reading/",
        f"/w3c/{made.uid}": f"/a/{made.uid}/",
    }
    for path, page in pages.items():
        response = W3C().get(path, Accept="text/html,application/xhtml+xml,*/*;q=0.8")
        assert (response.status_code, response["Location"]) == (303, page)
        assert "Accept" in response["Vary"]
        for accept in ("text/turtle", "image/png", f"{LD};q=0"):
            assert "ld+json" in refused(W3C().get(path, Accept=accept), 406)
    response = W3C().get(f"/w3c/{made.uid}/")
    assert (response.status_code, response["Location"]) == (301, f"/w3c/{made.uid}")


def test_who_has_seen_it_gets_304_and_who_has_not_gets_it(document: Document, author: User) -> None:
    made = make_annotation(author, document)
    client = W3C(author)
    for path in ("/w3c/", f"/w3c/{made.uid}"):
        tag = client.get(path)["ETag"]
        for sent in (
            tag,
            f'"x", {tag}',
            "*",
            tag.removeprefix("W/"),
            f"W/{tag.removeprefix('W/')}",
        ):
            response = client.get(path, If_None_Match=sent)
            assert (response.status_code, response.content) == (304, b"")
            assert response["ETag"] == tag
        assert client.get(path, If_None_Match='"other"').status_code == 200
    before = [client.get(path)["ETag"] for path in ("/w3c/", f"/w3c/{made.uid}")]
    type(made).objects.filter(pk=made.pk).update(body="Other words.")
    after = [client.get(path)["ETag"] for path in ("/w3c/", f"/w3c/{made.uid}")]
    assert not set(before) & set(after)


def test_methods_that_there_are_not_get_405_and_are_told_which_there_are(
    document: Document, author: User
) -> None:
    made = make_annotation(author, document)
    wrong = [("put", "/w3c/"), ("delete", "/w3c/"), ("patch", "/w3c/")]
    wrong += [("post", f"/w3c/{made.uid}"), ("patch", f"/w3c/{made.uid}")]
    for method, path in wrong:
        response = W3C(author).ask(method, path, remark(document))
        refused(response, 405)
        assert "GET" in response["Allow"]
        assert method.upper() not in response["Allow"]


def test_a_groups_container_is_there_for_its_members_alone(
    document: Document, author: User, group: Group
) -> None:
    path = f"/w3c/groups/{group.slug}/"
    made = W3C(author).make(remark(document), path)
    assert made["postil:group"] == group.slug
    assert W3C(author).get(path).json()["total"] == 1
    for other in (W3C(), W3C(make_user("outsider"))):
        assert refused(other.get(path), 404) == refused(other.get("/w3c/groups/none/"), 404)
        assert other.get("/w3c/").json()["total"] == 0


def test_each_documents_container_holds_what_was_written_about_it(
    document: Document, author: User
) -> None:
    other = make_document(slug="other")
    make_annotation(author, document)
    make_annotation(author, other)
    totals = [W3C().get(f"/w3c/{path}").json()["total"] for path in ("", "documents/other/")]
    assert totals == [2, 1]
    refused(W3C().get("/w3c/documents/none/"), 404)
