"""Atom feeds: what they tell, to whom, and that they are what RFC 4287 asks for."""

from datetime import datetime
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reader.actions.changes import delete_annotation
from reader.actions.dispositions import Ruling, decide_thread
from reader.models import Annotation, Document, User
from tests.factories import make_annotation, make_reply, make_user, promote

ATOM = "{http://www.w3.org/2005/Atom}"
MOST_QUERIES = 8


def read(client: Client, name: str, *args: object) -> ElementTree.Element:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(answer.content)  # noqa: S314 -- our own answer


def titles(feed: ElementTree.Element) -> list[str]:
    return [str(entry.findtext(f"{ATOM}title")) for entry in feed.iter(f"{ATOM}entry")]


def check_required(feed: ElementTree.Element) -> None:
    """Check what RFC 4287 requires of a feed (4.1.1) and of each entry (4.1.2)."""
    for element in (feed, *feed.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
        assert ":" in str(element.findtext(f"{ATOM}id"))
        assert datetime.fromisoformat(str(element.findtext(f"{ATOM}updated"))).tzinfo is not None
        assert all(
            link.get("href", "").startswith("http") for link in element.findall(f"{ATOM}link")
        )
    for entry in feed.iter(f"{ATOM}entry"):
        assert entry.findtext(f"{ATOM}author/{ATOM}name")
        assert entry.find(f"{ATOM}link") is not None
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))
    rels = {link.get("rel") for link in feed.findall(f"{ATOM}link")}
    assert "self" in rels


@pytest.fixture
def root(author: User, stranger: User, document: Document) -> Annotation:
    made = make_annotation(
        author, document, body="Whose *promise*?", motivation="questioning", tags=("law",)
    )
    make_reply(stranger, made, "Everybody’s.")
    return made


def addresses(root: Annotation) -> list[tuple[object, ...]]:
    slug = root.document.slug
    return [
        ("document_feed", slug),
        ("paragraph_feed", slug, "p1"),
        ("thread_feed", root.uid),
        ("tag_feed", "law"),
        ("author_feed", "author"),
    ]


def test_feeds_are_atom(client: Client, root: Annotation) -> None:
    for name, *args in addresses(root):
        feed = read(client, str(name), *args)
        check_required(feed)
        assert "Question by Ada Author on ¶ 1" in titles(feed)
        (entry,) = [
            one
            for one in feed.iter(f"{ATOM}entry")
            if str(one.findtext(f"{ATOM}id")).endswith(f":{root.uid}")
        ]
        summary = str(entry.findtext(f"{ATOM}summary"))
        assert "<blockquote>The margin</blockquote>" in summary
        assert "<em>promise</em>" in summary
        assert [one.get("term") for one in entry.findall(f"{ATOM}category")] == ["law"]


def test_empty_feeds_are_atom_and_stay_the_same(client: Client, document: Document) -> None:
    first, second = (read(client, "document_feed", document.slug) for _time in range(2))
    check_required(first)
    assert ElementTree.tostring(first) == ElementTree.tostring(second)


def test_decisions_are_told_in_the_thread_and_the_document(
    client: Client, root: Annotation, document: Document
) -> None:
    reviewer = promote(make_user("rita", name="Rita"), "document:reviewer", document)
    decide_thread(reviewer=reviewer, root=root, ruling=Ruling("declined", "A <b>reason</b>."))
    for name, *args in addresses(root)[:3:2]:
        feed = read(client, str(name), *args)
        check_required(feed)
        assert titles(feed)[0] == "Declined: ¶ 1"
        entry = next(feed.iter(f"{ATOM}entry"))
        assert "A &lt;b&gt;reason" in str(entry.findtext(f"{ATOM}summary"))


@pytest.mark.parametrize(
    ("visibility", "status"),
    [
        ("private", ""),
        ("public", "pending"),
        ("public", "denied"),
        ("public", "spam"),
        ("public", "deleted"),
    ],
)
@pytest.mark.parametrize("who", ["anonymous", "author", "moderator", "admin"])
def test_feeds_tell_what_others_read_and_nothing_else(
    author: User, root: Annotation, document: Document, visibility: str, status: str, who: str
) -> None:
    hidden = make_annotation(
        author, document, body="canary-3f9c", tags=("canary",), visibility=visibility
    )
    make_reply(author, hidden, "A canary-3f9c reply.", status="" if status else "pending")
    if status == "deleted":
        delete_annotation(editor=author, annotation=hidden)
        Annotation.objects.filter(root=hidden).delete()
    elif status:
        Annotation.objects.filter(pk=hidden.pk).update(status=status)
        Annotation.objects.filter(root=hidden).update(status=status)
    client = Client()
    if who != "anonymous":
        person = author if who == "author" else promote(make_user(), who)
        client.force_login(person, settings.AUTHENTICATION_BACKENDS[0])
    for name, *args in addresses(root):
        content = client.get(reverse(str(name), args=args)).content.decode()
        assert "canary" not in content
    assert client.get(reverse("tag_feed", args=["canary"])).status_code == 404


def test_what_is_not_there_is_not_found(client: Client, root: Annotation) -> None:
    for name, args in (
        ("document_feed", ["nowhere"]),
        ("paragraph_feed", [root.document.slug, "p99"]),
        ("tag_feed", ["nothing"]),
        ("tag_feed", ["x" * 300]),
        ("author_feed", ["nobody"]),
    ):
        assert client.get(reverse(name, args=args)).status_code == 404
    Document.objects.update(is_published=False)
    for hidden, *rest in addresses(root)[:4]:
        assert client.get(reverse(str(hidden), args=rest)).status_code == 404


def test_a_reader_that_has_it_is_told_so(client: Client, root: Annotation, author: User) -> None:
    address = reverse("document_feed", args=[root.document.slug])
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    make_annotation(author, root.document)
    changed = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200


def test_what_xml_cannot_hold_is_left_out(client: Client, root: Annotation) -> None:
    Annotation.objects.filter(pk=root.pk).update(body_html="<p>a\x0bb\ufffec &amp; ]]></p>")
    feed = read(client, "thread_feed", root.uid)
    assert "<p>abc &amp; ]]></p>" in str(
        ElementTree.tostring(feed, encoding="unicode", method="text")
    )


def test_queries_do_not_grow(
    client: Client, author: User, stranger: User, root: Annotation, document: Document
) -> None:
    def count(name: str, *args: object) -> int:
        with CaptureQueriesContext(connection) as queries:
            read(client, name, *args)
        return len(queries)

    few = [count(str(name), *args) for name, *args in addresses(root)]
    for number in range(8):
        other = make_annotation(author, document, tags=("law", f"tag{number}"))
        make_reply(stranger, other)
    many = [count(str(name), *args) for name, *args in addresses(root)]
    assert many == few
    assert max(many) <= MOST_QUERIES
