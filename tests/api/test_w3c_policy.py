"""What somebody may not read never leaves by the W3C's protocol, whoever asks and however."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from reader.actions import annotations, changes
from reader.actions.wording import Wording
from reader.models import Annotation, Document, Group, Membership, User
from reader.queries.addresses import address_of
from tests.api.w3c_client import ANNO, W3C, refused, remark
from tests.factories import make_annotation, make_document, make_reply, make_user, promote

CANARY = "canary-7f3a"
KINDS = ("private", "group", "pending", "denied", "spam", "deleted")
PATHS = ("/w3c/", "/w3c/documents/close-reading/")
NOBODY = "1" * 22
CHANGING = re.compile(r"RateLimit.*|ETag|Content-Length")
TIMES = re.compile(r'"(modified|created)":"[^"]*"')


@pytest.fixture
def group(author: User) -> Group:
    group = Group.objects.create(slug="circle", name="Circle")
    Membership.objects.create(group=group, user=author)
    return group


@pytest.fixture
def editor(db: None) -> User:
    return promote(make_user("editor"), "editor")


def hidden(kind: str, author: User, document: Document, group: Group) -> Annotation:
    """Make an annotation with the canary in it, in every place that a client can fill."""
    body = {"type": "TextualBody", "value": f"{CANARY} words"}
    tag = {"type": "TextualBody", "value": CANARY, "purpose": "tagging"}
    extra = {"id": f"urn:{CANARY}", "x:y": CANARY, "rights": f"urn:{CANARY}"}
    sent = remark(document, body=[body, tag], **extra)
    if kind in ("private", "group"):
        sent |= {"postil:visibility": kind, "postil:group": group.slug}
    data = W3C(author).make(sent)
    made = Annotation.objects.get(uid=data["id"][-22:])
    if kind in ("pending", "denied", "spam"):
        Annotation.objects.filter(pk=made.pk).update(status=kind)
    if kind == "deleted":
        changes.delete_annotation(editor=author, annotation=made)
    return made


def asked(client: W3C, uid: str) -> Iterator[tuple[str, Any]]:
    """Ask for the annotation and its containers in all ways, and yield the answers."""
    prefers = ("", "ldp#PreferMinimalContainer", "oa#PreferContainedIRIs")
    for path in PATHS:
        for name in prefers:
            prefer = f'return=representation; include="http://www.w3.org/ns/{name}"'
            for method in ("get", "head", "options"):
                yield f"{method} {path} {name}", client.ask(method, path, Prefer=prefer)
        for query in ("?page=0&iris=0", "?page=0&iris=1", "?page=1", "?iris=1"):
            yield f"{path}{query}", client.get(path + query)
        yield f"html {path}", client.get(path, Accept="text/html")
    for accept in ("", "text/html", "application/json", "text/turtle"):
        for method in ("get", "head", "options"):
            yield f"{method} one {accept}", client.ask(method, f"/w3c/{uid}", Accept=accept)
    known = {"@context": ANNO, "type": "Annotation", "target": f"{settings.SITE_URL}/w3c/{uid}"}
    for method in ("put", "delete", "patch", "post"):
        yield f"{method} one", client.ask(method, f"/w3c/{uid}", known, If_Match="*")
    yield "answer", client.post("/w3c/", {**known, "bodyValue": "An answer."})


def seen(answers: Iterator[tuple[str, Any]], uid: str) -> dict[str, tuple[Any, ...]]:
    """Return all that can be told from the answers but the clock and the asked uid itself."""
    told = {}
    for name, response in answers:
        headers = {key: value for key, value in response.headers.items() if "atelimit" not in key}
        headers = {key: one for key, one in headers.items() if not key.startswith("RateLimit")}
        text = f"{response.status_code} {headers} {response.content.decode()}"
        assert CANARY not in text, name
        told[name] = (text.replace(uid, "uid").replace(NOBODY, "uid"),)
    return told


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_tells_a_hidden_annotation_from_one_that_is_not_there(
    document: Document, author: User, stranger: User, group: Group, kind: str
) -> None:
    make_annotation(author, document, "a promise")
    people = (None, stranger)
    before = [seen(asked(W3C(person), NOBODY), NOBODY) for person in people]
    made = hidden(kind, author, document, group)
    after = [seen(asked(W3C(person), made.uid), made.uid) for person in people]
    assert before == after
    assert Annotation.objects.filter(parent=made).count() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_its_readers_read_it(
    document: Document, author: User, moderator: User, group: Group, kind: str
) -> None:
    member = make_user("member")
    Membership.objects.create(group=group, user=member)
    made = hidden(kind, author, document, group)
    readers = {
        "author": (author, kind != "deleted"),
        "moderator": (moderator, kind in ("pending", "denied", "spam")),
        "member": (member, kind == "group"),
    }
    for name, (person, reads) in readers.items():
        response = W3C(person).get(f"/w3c/{made.uid}")
        assert (response.status_code == 200, CANARY in response.content.decode()) == (
            (reads, reads)
        ), name
        assert W3C(person).get("/w3c/").json()["total"] == int(reads), name


def test_what_hangs_below_a_withheld_annotation_names_it_and_no_more(
    document: Document, author: User, stranger: User, group: Group
) -> None:
    made = hidden("denied", author, document, group)
    Annotation.objects.filter(pk=made.pk).update(status="approved")
    annotations.reply(author=stranger, parent=made, wording=Wording("An answer."))
    Annotation.objects.filter(pk=made.pk).update(status="denied")
    data = W3C().get("/w3c/").json()
    assert data["total"] == 1
    assert data["first"]["items"][0]["target"] == f"{settings.SITE_URL}/a/{made.uid}/"
    assert CANARY not in str(data)


SECRET, MISSING = "unseen-1", "missing1"


def tried(client: W3C, uid: str, slug: str, mine: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Ask for a document, its container and an annotation in it in all ways, also by writing."""
    yield from asked(client, uid)
    container = f"/w3c/documents/{slug}/"
    for method in ("get", "head", "options"):
        yield f"{method} container", client.ask(method, container)
    for query in ("?page=0", "?iris=1", "?page=7"):
        yield f"container {query}", client.get(container + query)
    yield "html container", client.get(container, Accept="text/html")
    sent = {"@context": ANNO, "type": "Annotation", "bodyValue": "A remark."}
    addresses = {
        "page": f"{settings.SITE_URL}/d/{slug}/",
        "edition": f"{settings.SITE_URL}/d/{slug}/e/1/",
        "source": f"https://sources.example/{slug}",
        "annotation": f"{settings.SITE_URL}/w3c/{uid}",
        "permalink": f"{settings.SITE_URL}/a/{uid}/",
    }
    for name, address in addresses.items():
        yield f"post {name}", client.post("/w3c/", {**sent, "target": address})
        quote = {"type": "TextQuoteSelector", "exact": CANARY}
        target = {"source": address, "selector": quote}
        yield f"post words {name}", client.post("/w3c/", {**sent, "target": target})
        yield f"into {name}", client.post(container, {**sent, "target": address})
        moved = {**mine, "target": address}
        yield f"move {name}", client.ask("put", mine["id"], moved)
        yield f"move words {name}", client.ask("put", mine["id"], {**mine, "target": target})


def test_nothing_tells_an_unpublished_document_from_one_that_is_not_there(
    document: Document, author: User, stranger: User, settings: Any
) -> None:
    settings.API_WRITES_PER_MINUTE = settings.API_READS_PER_MINUTE = 10_000
    settings.POSTS_PER_MINUTE = 100
    source = f"https://sources.example/{SECRET}"
    unseen = make_document("Title", f"{CANARY} is said.", slug=SECRET, source_url=source)
    uid = make_annotation(author, unseen, CANARY, body=f"{CANARY} words", tags=(CANARY,)).uid
    reply = make_reply(stranger, Annotation.objects.get(uid=uid), f"{CANARY} too")
    Document.objects.filter(pk=unseen.pk).update(is_published=False, title=CANARY)
    # Not even who wrote there reads it any more.
    for person in (None, stranger, author):
        found = []
        for one, slug in ((NOBODY, MISSING), (uid, SECRET)):
            mine = W3C(person or author).make({**remark(document), "target": address_of(document)})
            names = {one: "uid", slug: "slug", mine["id"][-22:]: "mine"}
            found.append(told(tried(W3C(person), one, slug, mine), names))
            W3C(person or author).ask("delete", mine["id"])
        assert found[0] == found[1]
        hidden_answer, none = (W3C(person).get(f"/w3c/{one}") for one in (reply.uid, NOBODY))
        assert refused(hidden_answer, 404) == refused(none, 404)
    assert Annotation.objects.filter(document=unseen).count() == 2
    assert Annotation.objects.get(uid=uid).version == 1


def told(answers: Iterator[tuple[str, Any]], names: dict[str, str]) -> dict[str, str]:
    """Return all that the answers tell, but for the clock, with other names for these."""
    found = {}
    for name, response in answers:
        headers = {key: one for key, one in response.headers.items() if not CHANGING.fullmatch(key)}
        assert CANARY not in str(response.headers), name
        content = response.content.decode()
        if not name.startswith("move"):  # which gives back what was sent, the words also
            assert CANARY not in content, name
        text = f"{response.status_code} {headers} {TIMES.sub('', content)}"
        for own, other in names.items():
            text = text.replace(own, other)
        found[name] = text
    return found


def test_who_edits_an_unpublished_document_works_with_it(author: User, editor: User) -> None:
    unseen = make_document("Title", f"{CANARY} is said.", slug=SECRET)
    made = make_annotation(author, unseen, CANARY)
    Document.objects.filter(pk=unseen.pk).update(is_published=False)
    client, container = W3C(editor), f"/w3c/documents/{SECRET}/"
    assert client.get(container).json()["total"] == client.get("/w3c/").json()["total"] == 1
    assert client.get(f"/w3c/{made.uid}").json()["target"]["selector"][0]["exact"] == CANARY
    assert client.make(remark(unseen, CANARY), container)["motivation"] == "commenting"
