"""Making, replacing and deleting annotations by the W3C's protocol."""

import json
import threading
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from reader.actions import changes
from reader.actions.wording import Wording
from reader.models import Annotation, AsSent, Document, User
from reader.queries.addresses import address_of
from tests.api.hypothesis_client import Api, note
from tests.api.w3c_client import ANNO, LD, W3C, refused, remark
from tests.exporting import exported
from tests.factories import make_annotation, make_document, make_reply

EXAMPLE = "http://www.example.com/index.html"


def row(data: dict[str, Any]) -> Annotation:
    return Annotation.objects.get(uid=data["id"].rpartition("/")[2])


def test_what_is_posted_is_made_and_given_back(document: Document, author: User) -> None:
    sent = remark(
        document,
        body=[
            {"type": "TextualBody", "value": "Why so?", "purpose": "questioning"},
            {"type": "TextualBody", "value": "margins", "purpose": "tagging"},
        ],
        motivation="questioning",
    )
    for path in ("/w3c/", "/w3c/documents/close-reading/"):
        response = W3C(author).post(path, sent)
        assert response.status_code == 201
        data = response.json()
        assert data["id"] == response["Location"] == response["Content-Location"]
        assert data["id"].startswith(f"{settings.SITE_URL}/w3c/")
        assert data["body"] == sent["body"]
        assert data["target"] == sent["target"]
        assert data["creator"]["nickname"] == author.username
        again = W3C().get(data["id"])
        assert (again.json(), again["ETag"]) == (data, response["ETag"])
        made = row(data)
        assert (made.motivation, made.body, made.exact) == ("questioning", "Why so?", "The margin")
        assert [tag.name for tag in made.tags.all()] == ["margins"]
        assert (made.visibility, made.status) == ("public", "approved")


def test_a_suggested_edit_is_one_here(document: Document, author: User) -> None:
    words = {"type": "TextualBody", "value": "An edge", "purpose": "editing"}
    why = {"type": "TextualBody", "value": "It is shorter.", "purpose": "commenting"}
    data = W3C(author).make(remark(document, body=[why, words], motivation="editing"))
    made = row(data)
    assert (made.motivation, made.replacement) == ("editing", "An edge")
    assert made.body == "It is shorter."


def test_the_clients_own_id_is_kept_as_the_canonical_one(document: Document, author: User) -> None:
    client = W3C(author)
    data = client.make(remark(document, id="urn:uuid:one"))
    assert (data["canonical"], data["via"]) == ("urn:uuid:one", "urn:uuid:one")
    data = client.make(
        remark(document, id="https://a.example/1", canonical="urn:uuid:two", via="x:y")
    )
    assert (data["canonical"], data["via"]) == ("urn:uuid:two", ["x:y", "https://a.example/1"])
    changed = client.ask("put", data["id"], {**data, "canonical": "urn:uuid:three"})
    assert changed.json()["canonical"] == "urn:uuid:two"


def test_what_is_not_understood_is_kept_and_given_back_unchanged(
    document: Document, author: User
) -> None:
    sent = remark(
        document,
        body=[
            {
                "type": "TextualBody",
                "value": "<p>Look</p>",
                "format": "text/html",
                "language": "de",
            },
            {"id": "http://example.org/film", "type": "Video", "format": "video/mp4"},
            {"type": "Choice", "items": [{"id": "http://example.org/a"}, {"id": "http://e.org/b"}]},
        ],
        target=[
            {"id": "http://example.org/image#xywh=1,2,3,4", "type": "Image"},
            {
                "source": address_of(document),
                "selector": [
                    {"type": "TextQuoteSelector", "exact": "The margin"},
                    {"type": "CssSelector", "value": "p:first-child"},
                    {"type": "UnheardOfSelector", "depth": 3},
                ],
                "state": {"type": "TimeState", "sourceDate": "2015-07-20T13:30:00Z"},
            },
        ],
        rights="https://creativecommons.org/publicdomain/zero/1.0/",
        motivation=["commenting", "linking"],
        stylesheet="http://example.org/style",
    )
    sent["@context"] = [ANNO, {"x": "https://vocabulary.example/"}]
    sent["x:own"] = {"a": [1, None, 2.5, True]}
    client = W3C(author)
    data = client.make(sent)
    for name in ("body", "target", "rights", "motivation", "stylesheet", "x:own"):
        assert data[name] == sent[name], name
    assert {"x": "https://vocabulary.example/"} in data["@context"]
    assert row(data).exact == "The margin"
    assert "Look" in row(data).body
    put = client.ask("put", data["id"], data)
    assert put.status_code == 200
    assert put.json() == {**data, "postil:version": 2}
    made = row(data)
    words = Wording("Other words.", None, [])
    changes.edit_annotation(editor=author, annotation=made, version=made.version, wording=words)
    later = client.get(data["id"]).json()
    assert [one.get("value") for one in later["body"]] == ["Other words.", None, None]
    assert later["body"][1:] == sent["body"][1:]
    assert (later["target"], later["x:own"]) == (sent["target"], sent["x:own"])


def test_a_passage_that_was_moved_is_told_by_its_new_words(
    document: Document, author: User
) -> None:
    css = {"type": "CssSelector", "value": "p"}
    sent = remark(document)
    sent["target"]["selector"] = [sent["target"]["selector"], css]
    client = W3C(author)
    data = client.make(sent)
    moved = {**data, "target": remark(document, "a promise")["target"]}
    changed = client.ask("put", data["id"], moved)
    assert changed.status_code == 200, changed.content
    assert row(data).exact == "a promise"
    assert changed.json()["target"] == moved["target"]
    assert row(data).anchors.get().verdict == "exact"
    assert client.ask("put", data["id"], remark(document, "Words of no text.")).status_code == 400
    assert row(data).exact == "a promise"


@pytest.mark.parametrize("kind", [["Odd"], {"of": "Odd"}, 7, None, True, [None, ["Odd"]]])
def test_a_selector_of_no_known_kind_stays_harmless_when_the_passage_moves(
    document: Document, author: User, kind: Any
) -> None:
    sent = remark(document)
    sent["target"]["selector"] = [sent["target"]["selector"], {"type": kind, "value": "z"}]
    answer = W3C(author).post("/w3c/", sent)
    if answer.status_code == 400:
        return
    uid = row(answer.json()).uid
    target = note(document, "kept in public")["target"]
    moved = Api(author).ask("patch", f"annotations/{uid}", {"target": target})
    assert moved.status_code == 200
    for path in (f"/w3c/{uid}", "/w3c/?page=0", f"/api/annotations/{uid}.jsonld"):
        assert W3C().get(path).status_code == 200, path
    selectors = W3C().get(f"/w3c/{uid}").json()["target"]["selector"]
    assert {"type": kind, "value": "z"} in selectors
    assert "kept in public" in [one.get("exact") for one in selectors]


def test_creator_and_times_are_this_sites_whatever_is_sent(
    document: Document, author: User, stranger: User
) -> None:
    old = "2001-01-01T00:00:00Z"
    forged = {
        "creator": {"id": f"{settings.SITE_URL}/people/{stranger.username}/", "name": "Forged"},
        "dcterms:creator": "Forged",
        "http://purl.org/dc/terms/creator": "Forged",
        "created": old,
        "modified": old,
        "generated": old,
        "postil:status": "forged",
        "postil:agree": 900,
        "@graph": [{"creator": "Forged"}],
    }
    data = W3C(author).make({**remark(document), **forged})
    assert data["creator"]["nickname"] == author.username
    assert not {"modified", "generated", "postil:agree", "@graph"} & data.keys()
    assert "2001-01" not in str(data)
    assert "orged" not in str(data)
    put = W3C(author).ask("put", data["id"], {**data, **forged})
    assert put.status_code == 200
    assert put.json()["created"] == data["created"]
    assert "orged" not in str(put.json())


def test_an_annotation_is_answered_by_either_of_its_addresses(
    document: Document, author: User, stranger: User
) -> None:
    made = make_annotation(author, document)
    for address in (f"/w3c/{made.uid}", f"/a/{made.uid}/"):
        target = f"{settings.SITE_URL}{address}"
        data = W3C(stranger).make(remark(document, target=target, motivation="replying"))
        answer = row(data)
        assert (answer.parent, answer.motivation) == (made, "replying")
        assert data["target"] == target
        assert data["motivation"] == "replying"
    assert made.children.count() == 2


def test_who_may_read_it_is_everybody_unless_it_says_otherwise(
    document: Document, author: User
) -> None:
    sent = remark(document, **{"postil:visibility": "private"})
    data = W3C(author).make(sent)
    assert row(data).visibility == "private"
    refused(W3C().get(data["id"]), 404)
    shared = W3C(author).ask("put", data["id"], {**data, "postil:visibility": "public"})
    assert shared.json()["postil:visibility"] == "public"
    assert W3C().get(data["id"]).status_code == 200
    wrong = {"postil:visibility": "group", "postil:group": "none"}
    refused(W3C(author).post("/w3c/", remark(document, **wrong)), 400)
    refused(W3C(author).post("/w3c/", remark(document, **{"postil:visibility": "me"})), 400)


def test_put_replaces_it_unless_it_was_changed_meanwhile(document: Document, author: User) -> None:
    client = W3C(author)
    data = client.make(remark(document))
    tag = client.get(data["id"])["ETag"]
    new = {**data, "body": {"type": "TextualBody", "value": "Better."}}
    response = client.ask("put", data["id"], new, If_Match=tag)
    assert (response.status_code, response.json()["body"]) == (200, new["body"])
    assert response["ETag"] != tag
    assert row(data).revisions.get().body == "A remark."
    for stale in (tag, '"other"'):
        refused(client.ask("put", data["id"], data, If_Match=stale), 412)
        refused(client.ask("delete", data["id"], If_Match=stale), 412)
    assert row(data).body == "Better."
    assert client.ask("put", data["id"], data, If_Match="*").status_code == 200
    assert client.ask("put", data["id"], data).status_code == 200
    bare = {name: value for name, value in data.items() if name != "id"}
    assert client.ask("put", data["id"], bare).status_code == 200


def test_put_goes_to_the_annotation_that_it_names_and_stays_where_it_is(
    document: Document, author: User
) -> None:
    client, other = W3C(author), make_document(slug="other")
    data, second = client.make(remark(document)), client.make(remark(document, "a promise"))
    refused(client.ask("put", data["id"], second), 400)
    refused(client.ask("put", data["id"], {**data, "id": "urn:uuid:other"}), 400)
    refused(client.ask("put", data["id"], {**data, "target": address_of(other)}), 400)
    refused(client.ask("put", data["id"], {**data, "target": second["id"]}), 400)
    reply = client.make(remark(document, target=data["id"]))
    refused(client.ask("put", reply["id"], {**reply, "target": second["id"]}), 400)
    assert client.ask("put", reply["id"], reply).status_code == 200
    assert row(data).body == "A remark."


def test_a_target_elsewhere_is_kept_while_the_annotation_stays_with_its_document(
    author: User,
) -> None:
    make_document(slug="copied", source_url=EXAMPLE)
    client = W3C(author)
    sent = {
        "@context": ANNO,
        "type": "Annotation",
        "body": {"type": "TextualBody", "value": "I like this page!"},
        "target": EXAMPLE,
        "canonical": "urn:uuid:1",
    }
    data = client.make(sent)
    assert (data["target"], data["canonical"]) == (EXAMPLE, "urn:uuid:1")
    assert row(data).start is None
    put = client.ask("put", data["id"], {**data, "target": "http://other.example/"})
    assert (put.status_code, put.json()["target"]) == (200, "http://other.example/")
    assert row(data).document.slug == "copied"
    placed = client.make(remark(row(data).document))
    elsewhere = {**placed, "target": "http://other.example/"}
    assert "stays with its document" in refused(client.ask("put", placed["id"], elsewhere), 400)
    assert client.get(placed["id"]).json()["target"] == placed["target"]


def test_delete_takes_it_back_for_good(document: Document, author: User) -> None:
    client = W3C(author)
    data = client.make(remark(document))
    tag = client.get(data["id"])["ETag"]
    response = client.ask("delete", data["id"], If_Match=tag)
    assert (response.status_code, response.content) == (204, b"")
    for method in ("get", "head", "options"):
        assert client.ask(method, data["id"]).status_code == 404
    refused(client.ask("delete", data["id"]), 404)
    refused(client.ask("put", data["id"], data), 404)
    assert not AsSent.objects.exists()


def test_only_its_author_changes_or_deletes_it(
    document: Document, author: User, stranger: User, moderator: User
) -> None:
    made = make_annotation(author, document)
    path, data = f"/w3c/{made.uid}", remark(document)
    for other in (stranger, moderator):
        refused(W3C(other).ask("put", path, data), 403)
        refused(W3C(other).ask("delete", path), 403)
    for client in (W3C(), W3C()):
        for method in ("put", "delete"):
            response = client.ask(method, path, data)
            refused(response, 401)
            assert response["WWW-Authenticate"].startswith("Bearer")
    refused(W3C().post("/w3c/", data), 401)
    reader = W3C(author, "read")
    refused(reader.post("/w3c/", data), 403)
    refused(reader.ask("delete", path), 403)
    refused(W3C(author, "write").get(path), 403)
    assert Annotation.objects.get().body == "A remark."


def test_a_key_sent_twice_makes_one_annotation(document: Document, author: User) -> None:
    client, sent = W3C(author), remark(document)
    first = client.post("/w3c/", sent, Idempotency_Key="k" * 64)
    second = client.post("/w3c/", sent, Idempotency_Key="k" * 64)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first["Location"] == second["Location"]
    others = [remark(document, body=[]), remark(document, rights="https://r.example/")]
    for other in others:
        refused(client.post("/w3c/", other, Idempotency_Key="k" * 64), 409)
    refused(client.post("/w3c/", sent, Idempotency_Key="k" * 300), 400)
    assert Annotation.objects.count() == AsSent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_with_one_key_make_one_annotation(document: Document, author: User) -> None:
    client, sent, found = W3C(author), remark(document), []

    def post() -> None:
        try:
            found.append(client.post("/w3c/", sent, Idempotency_Key="same"))
        finally:
            connection.close()

    threads = [threading.Thread(target=post) for _number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {response.status_code for response in found} == {201}
    assert len({response["Location"] for response in found}) == 1
    assert Annotation.objects.count() == 1


def test_an_annotation_made_by_hypothesis_names_its_range_in_the_w3cs_form(
    document: Document, author: User
) -> None:
    api = Api(author)
    uid = api.ask("post", "annotations", note(document)).json()["id"]
    data = W3C().get(f"/w3c/{uid}").json()
    ranges = [one for one in data["target"]["selector"] if one["type"] == "RangeSelector"]
    place = {"type": "TextPositionSelector", "start": 0, "end": 0}
    start = {"type": "XPathSelector", "value": "/main[1]/p[2]", "refinedBy": place}
    end = {**start, "refinedBy": {**place, "start": 10, "end": 10}}
    assert ranges == [{"type": "RangeSelector", "startSelector": start, "endSelector": end}]


def test_the_protocol_and_an_export_say_the_same_of_an_annotation(
    document: Document, author: User, stranger: User
) -> None:

    made = make_annotation(author, document, tags=("one",))
    make_reply(stranger, made)
    make_annotation(author, document, body="Mine.", visibility="private")
    for viewer in (None, author, stranger):
        whole = json.loads(exported(viewer, document))
        there = {one["id"].split("/")[-2]: one for one in whole["first"]["items"]}
        page = W3C(viewer).get("/w3c/documents/close-reading/").json()["first"]
        here = {one["id"].split("/")[-1]: one for one in page["items"]}
        assert there.keys() == here.keys()
        for uid, one in here.items():
            own = {name: value for name, value in one.items() if name not in ("id", "@context")}
            assert own == {name: value for name, value in there[uid].items() if name != "id"}


def test_json_is_taken_as_such_too_and_other_types_are_refused(
    document: Document, author: User
) -> None:
    client, sent = W3C(author), remark(document)
    for taken in ("application/json", f'{LD}; profile="{ANNO}"', "Application/LD+JSON"):
        assert client.post("/w3c/", sent, Content_Type=taken).status_code == 201
    for wrong in ("text/turtle", "text/plain", "application/x-www-form-urlencoded", "text/html"):
        refused(client.post("/w3c/", sent, Content_Type=wrong), 415)
