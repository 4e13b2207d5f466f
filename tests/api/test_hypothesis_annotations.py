"""Single annotations by the Hypothesis API: made, read, changed, deleted and reported."""

import re
from copy import deepcopy
from typing import Any

import pytest

from reader.actions import changes
from reader.actions.groups import make_group
from reader.models import (
    Anchor,
    Annotation,
    AsSent,
    Document,
    Event,
    Flag,
    Group,
    Membership,
    Scope,
    User,
)
from reader.queries import personal_data
from tests import factories
from tests.api.hypothesis_client import Api, note, refused
from tests.editions import make_edition

pytestmark = pytest.mark.django_db
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")
REQUIRED = {
    "id",
    "created",
    "updated",
    "user",
    "user_info",
    "uri",
    "text",
    "tags",
    "group",
    "permissions",
    "target",
    "document",
    "links",
    "hidden",
    "moderation_status",
    "flagged",
    "actions",
}


@pytest.fixture
def circle(author: User) -> Group:
    """A private group of the author."""
    return make_group(maker=author, name="Close circle")


def made(api: Api, data: dict[str, Any]) -> dict[str, Any]:
    """Return the annotation that was made of the data."""
    response = api.ask("post", "annotations", data)
    assert response.status_code == 200, response.content
    answer: dict[str, Any] = response.json()
    return answer


def placed(sent: list[dict[str, Any]], row: Annotation) -> list[dict[str, Any]]:
    """Return a target as it is given back: as it was sent, with the position in the text."""
    target = deepcopy(sent)
    for one in target[0]["selector"]:
        if one["type"] == "TextPositionSelector":
            one |= {"start": row.start, "end": row.end}
    return target


def test_it_is_anchored_to_its_words_and_given_back_as_sent(
    author: User, document: Document
) -> None:
    sent = note(document, tags=["Seed"])
    answer = made(Api(author), sent)
    row = Annotation.objects.get(uid=answer["id"])
    assert (row.exact, row.motivation, row.visibility) == ("The margin", "commenting", "public")
    assert Anchor.objects.get(annotation=row).verdict == "exact"
    assert answer["target"] == placed(sent["target"], row)
    assert answer["tags"] == ["seed"]
    assert AsSent.objects.get(annotation=row).data["document"] == {"title": "A page"}


def test_it_has_the_form_that_the_clients_expect(author: User, document: Document) -> None:
    answer = made(Api(author), note(document))
    uid = answer["id"]
    assert answer.keys() >= REQUIRED
    assert MOMENT.fullmatch(answer["created"])
    assert MOMENT.fullmatch(answer["updated"])
    me = "acct:author@127.0.0.1"
    assert answer["user"] == me
    assert answer["user_info"] == {"display_name": "Ada Author"}
    assert answer["permissions"] == {
        "read": ["group:__world__"],
        "admin": [me],
        "update": [me],
        "delete": [me],
    }
    site = "http://127.0.0.1:8000"
    assert answer["uri"] == f"{site}/d/close-reading/"
    assert answer["document"] == {"title": ["On reading closely"]}
    assert answer["links"] == {
        "html": f"{site}/a/{uid}/",
        "incontext": f"{site}/d/close-reading/#annotations:{uid}",
        "json": f"{site}/api/annotations/{uid}",
    }
    assert (answer["hidden"], answer["flagged"], answer["actions"]) == (False, False, [])
    assert answer["moderation_status"] == "APPROVED"
    assert Api().get(f"annotations/{uid}").json() == answer


def test_what_was_made_here_is_named_by_its_quote(author: User, document: Document) -> None:
    row = factories.make_annotation(author, document, "kept in public")
    target = Api().get(f"annotations/{row.uid}").json()["target"]
    assert target[0]["source"] == "http://127.0.0.1:8000/d/close-reading/"
    position, quote = target[0]["selector"]
    assert (position["type"], position["start"]) == ("TextPositionSelector", row.start)
    assert quote["exact"] == "kept in public"
    assert quote["prefix"].endswith("once made in public, is ")
    assert len(quote["prefix"]) == 32


def test_after_a_move_here_the_old_selectors_are_not_given_back(
    author: User, document: Document
) -> None:
    answer = made(Api(author), note(document))
    row = Annotation.objects.get(uid=answer["id"])
    words = factories.passage_of(document, "kept in public")
    changes.adjust_passage(editor=author, annotation=row, version=row.version, passage=words)
    target = Api().get(f"annotations/{row.uid}").json()["target"][0]
    assert [one.get("exact") for one in target["selector"]] == [None, "kept in public"]


@pytest.mark.parametrize(
    "path",
    [
        "/d/close-reading/",
        "/d/close-reading",
        "/d/close-reading/?from=feed#p2",
        "/d/close-reading/e/1/",
        "/d/close-reading/p2/",
    ],
)
@pytest.mark.parametrize("site", ["http://127.0.0.1:8000", "http://localhost:8000"])
def test_every_page_of_a_document_names_it(
    author: User, document: Document, site: str, path: str
) -> None:
    answer = made(Api(author), note(document, uri=site + path))
    assert answer["uri"] == "http://127.0.0.1:8000/d/close-reading/"


def test_the_address_of_its_source_names_a_document(author: User) -> None:
    document = factories.make_document(source_url="https://example.org/speech")
    answer = made(Api(author), note(document, uri="http://example.org/speech/#end"))
    assert Annotation.objects.get(uid=answer["id"]).document == document


def test_no_words_make_a_highlight(author: User, document: Document) -> None:
    answer = made(Api(author), note(document, text="", tags=[]))
    assert Annotation.objects.get(uid=answer["id"]).motivation == "highlighting"
    assert answer["text"] == ""


def test_words_make_a_comment_of_a_highlight_and_back(author: User, document: Document) -> None:
    api = Api(author)
    uid = made(api, note(document, text=""))["id"]
    for text, motivation in (("Now I know.", "commenting"), ("", "highlighting")):
        assert api.ask("patch", f"annotations/{uid}", {"text": text}).json()["text"] == text
        assert Annotation.objects.get(uid=uid).motivation == motivation
    question = factories.make_annotation(author, document, motivation="questioning")
    path = f"annotations/{question.uid}"
    assert api.ask("patch", path, {"text": "Really?"}).status_code == 200
    refused(api.ask("patch", path, {"text": ""}), 400)
    question.refresh_from_db()
    assert (question.motivation, question.body) == ("questioning", "Really?")


def test_a_page_note_stands_nowhere(author: User, document: Document) -> None:
    uri = note(document)["uri"]
    answer = made(Api(author), note(document, target=[{"source": uri}]))
    assert answer["target"] == [{"source": uri}]
    assert Annotation.objects.get(uid=answer["id"]).start is None


def test_words_that_are_not_in_the_text_are_kept_as_quoted(
    author: User, document: Document
) -> None:
    quote = {"type": "TextQuoteSelector", "exact": "Entirely different words stand here."}
    answer = made(Api(author), note(document, target=[{"selector": [quote]}]))
    row = Annotation.objects.get(uid=answer["id"])
    assert (row.exact, row.start) == (quote["exact"], None)
    assert answer["target"][0]["selector"] == [quote]


def test_what_is_not_understood_is_kept_and_given_back(author: User, document: Document) -> None:
    sent = note(document, colour={"of": ["ink"]})
    sent["target"].append({"source": "https://example.org/", "description": "elsewhere"})
    answer = made(Api(author), sent)
    assert answer["colour"] == {"of": ["ink"]}
    row = Annotation.objects.get(uid=answer["id"])
    assert answer["target"] == placed(sent["target"], row)


def test_what_is_kept_is_in_what_its_author_takes_along(author: User, document: Document) -> None:
    made(Api(author), note(document, colour={"of": ["canary-ink"]}))
    assert "canary-ink" in "".join(personal_data.as_json(author))


def test_without_permissions_it_is_private(
    author: User, stranger: User, document: Document
) -> None:
    sent = note(document)
    del sent["permissions"]
    answer = made(Api(author), sent)
    assert answer["permissions"]["read"] == ["acct:author@127.0.0.1"]
    refused(Api(stranger).get(f"annotations/{answer['id']}"), 404)
    refused(Api().get(f"annotations/{answer['id']}"), 404)


def test_a_group_reads_what_is_written_for_it(
    author: User, stranger: User, document: Document, circle: Group
) -> None:
    permissions = {"read": [f"group:{circle.slug}"]}
    answer = made(Api(author), note(document, group=circle.slug, permissions=permissions))
    path = f"annotations/{answer['id']}"
    assert answer["group"] == circle.slug
    assert answer["permissions"]["read"] == [f"group:{circle.slug}"]
    refused(Api(stranger).get(path), 404)
    Membership.objects.create(user=stranger, group=circle)
    assert Api(stranger).get(path).json()["text"] == "A remark."
    Membership.objects.filter(user=stranger).delete()
    refused(Api(stranger).get(path), 404)


def test_nobody_writes_for_a_group_they_are_not_in(
    stranger: User, document: Document, circle: Group
) -> None:
    for name in (circle.slug, "no-such-group"):
        permissions = {"read": [f"group:{name}"]}
        sent = note(document, group=name, permissions=permissions)
        reason = refused(Api(stranger).ask("post", "annotations", sent), 400)
        assert reason == "group: You are in no such group."
    assert not Annotation.objects.exists()


def test_a_reply_hangs_on_the_last_reference(
    author: User, stranger: User, document: Document
) -> None:
    root = factories.make_annotation(author, document)
    first = factories.make_reply(author, root)
    sent = note(document, references=[root.uid, first.uid], target=[{"source": "x"}])
    answer = made(Api(stranger), sent)
    row = Annotation.objects.get(uid=answer["id"])
    assert (row.parent, row.root, row.visibility) == (first, root, "public")
    assert answer["references"] == [root.uid, first.uid]
    odd = made(Api(stranger), note(document, references=[first.uid, root.uid]))
    assert odd["references"] == [root.uid]


def test_a_reply_for_oneself_is_not_published(author: User, document: Document) -> None:
    root = factories.make_annotation(author, document)
    sent = note(document, references=[root.uid], permissions={"read": ["acct:author@127.0.0.1"]})
    assert "thread" in refused(Api(author).ask("post", "annotations", sent), 400)
    del sent["permissions"]
    refused(Api(author).ask("post", "annotations", sent), 400)
    assert Annotation.objects.count() == 1


def test_a_reply_to_ones_own_private_note_is_private(author: User, document: Document) -> None:
    root = factories.make_annotation(author, document, visibility="private")
    answer = made(Api(author), note(document, references=[root.uid]))
    assert answer["permissions"]["read"] == ["acct:author@127.0.0.1"]


@pytest.mark.parametrize("method", ["patch", "put"])
def test_words_and_tags_change_and_the_rest_stays(
    author: User, document: Document, method: str
) -> None:
    api = Api(author)
    answer = made(api, note(document, tags=["one"]))
    path = f"annotations/{answer['id']}"
    changed = api.ask(method, path, {"text": "Better said."}).json()
    assert (changed["text"], changed["tags"]) == ("Better said.", ["one"])
    assert changed["created"] == answer["created"]
    assert changed["updated"] > answer["updated"]
    whole = api.ask(method, path, {**changed, "tags": ["two"]}).json()
    assert (whole["text"], whole["tags"]) == ("Better said.", ["two"])
    assert whole["target"] == answer["target"]


def test_sending_the_whole_back_changes_nothing_that_is_kept(
    author: User, document: Document
) -> None:
    api = Api(author)
    answer = made(api, note(document, colour="ink"))
    kept = AsSent.objects.get().data
    again = api.ask("patch", f"annotations/{answer['id']}", answer).json()
    assert {**again, "updated": answer["updated"]} == answer
    assert AsSent.objects.get().data == kept
    here = factories.make_annotation(author, document, "kept in public")
    shown = api.get(f"annotations/{here.uid}").json()
    assert api.ask("put", f"annotations/{here.uid}", shown).status_code == 200
    assert AsSent.objects.count() == 1


def test_it_moves_with_its_quote(author: User, document: Document) -> None:
    api = Api(author)
    answer = made(api, note(document))
    target = note(document, "kept in public")["target"]
    changed = api.ask("patch", f"annotations/{answer['id']}", {"target": target}).json()
    row = Annotation.objects.get(uid=answer["id"])
    assert row.exact == "kept in public"
    assert changed["target"] == placed(target, row)


def test_a_move_to_words_that_are_not_there_changes_nothing(
    author: User, document: Document
) -> None:
    api = Api(author)
    answer = made(api, note(document))
    target = [{"selector": [{"type": "TextQuoteSelector", "exact": "Not in this text at all"}]}]
    data = {"target": target, "text": "Changed."}
    refused(api.ask("patch", f"annotations/{answer['id']}", data), 400)
    assert api.get(f"annotations/{answer['id']}").json() == answer


def test_it_moves_between_its_readers(author: User, document: Document, circle: Group) -> None:
    api = Api(author)
    path = f"annotations/{made(api, note(document))['id']}"
    for group, read in [
        (circle.slug, f"group:{circle.slug}"),
        ("__world__", "acct:author@127.0.0.1"),
        ("__world__", "group:__world__"),
    ]:
        data = {"group": group, "permissions": {"read": [read]}}
        changed = api.ask("patch", path, data).json()
        assert (changed["group"], changed["permissions"]["read"]) == (group, [read])


def test_what_it_answers_cannot_change(author: User, document: Document) -> None:
    api = Api(author)
    root = factories.make_annotation(author, document)
    other = factories.make_annotation(author, document, "kept in public")
    answer = made(api, note(document, references=[root.uid]))
    path = f"annotations/{answer['id']}"
    for references in ([], [other.uid], [answer["id"]], [root.uid, answer["id"]]):
        refused(api.ask("patch", path, {"references": references}), 400)
    refused(api.ask("patch", f"annotations/{root.uid}", {"references": [root.uid]}), 400)
    assert api.ask("patch", path, {"references": [root.uid], "text": "Yes."}).status_code == 200


def test_only_its_author_changes_or_deletes_it(
    author: User, stranger: User, moderator: User, document: Document
) -> None:
    row = factories.make_annotation(author, document)
    path = f"annotations/{row.uid}"
    for api in (Api(), Api(stranger), Api(moderator)):
        refused(api.ask("patch", path, {"text": "Mine."}), 404)
        refused(api.ask("put", path, {"text": "Mine."}), 404)
        refused(api.ask("delete", path), 404)
    row.refresh_from_db()
    assert (row.body, row.deleted_at) == ("A remark.", None)


def test_deleting_says_what_was_deleted(author: User, document: Document) -> None:
    api = Api(author)
    uid = made(api, note(document))["id"]
    response = api.ask("delete", f"annotations/{uid}")
    assert (response.status_code, response.json()) == (200, {"id": uid, "deleted": True})
    refused(api.get(f"annotations/{uid}"), 404)
    refused(api.ask("delete", f"annotations/{uid}"), 404)
    assert not AsSent.objects.exists()


def test_reporting_is_seen_by_who_reports(
    author: User, stranger: User, moderator: User, document: Document
) -> None:
    row = factories.make_annotation(author, document)
    path = f"annotations/{row.uid}"
    refused(Api().ask("put", f"{path}/flag"), 404)
    refused(Api(author).ask("put", f"{path}/flag"), 404)
    assert Api(stranger).ask("put", f"{path}/flag").status_code == 204
    assert Api(stranger).ask("put", f"{path}/flag").status_code == 204
    assert Flag.objects.count() == 1
    assert Api(stranger).get(path).json()["flagged"] is True
    assert "moderation" not in Api(stranger).get(path).json()
    seen = Api(moderator).get(path).json()
    assert (seen["flagged"], seen["moderation"]) == (False, {"flagCount": 1})


def test_a_token_without_the_scope_writes_nothing(author: User, document: Document) -> None:
    row = factories.make_annotation(author, document)
    api = Api(author, [Scope.READ])
    assert api.get(f"annotations/{row.uid}").status_code == 200
    assert "write" in refused(api.ask("post", "annotations", note(document)), 403)
    refused(api.ask("patch", f"annotations/{row.uid}", {"text": "No."}), 403)
    refused(api.ask("delete", f"annotations/{row.uid}"), 403)
    refused(Api(author, [Scope.WRITE]).get(f"annotations/{row.uid}"), 403)
    assert Annotation.objects.get().body == "A remark."


def test_a_token_that_opens_nothing_is_told_so(document: Document) -> None:
    response = Api().ask("get", "search", headers={"Authorization": "Bearer nothing"})
    refused(response, 401)
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_whoever_is_not_signed_in_writes_nothing(document: Document) -> None:
    refused(Api().ask("post", "annotations", note(document)), 404)
    assert not Annotation.objects.exists()


def test_a_session_is_not_a_token(as_author: Any, document: Document) -> None:
    response = as_author.post(
        "/api/annotations", data=note(document), content_type="application/json"
    )
    refused(response, 404)
    assert not Annotation.objects.exists()


def test_a_closed_discussion_takes_nothing(author: User) -> None:
    document = factories.make_document(annotating="closed")
    assert "closed" in refused(Api(author).ask("post", "annotations", note(document)), 404)


def test_events_name_the_client_that_sent_the_change(author: User, document: Document) -> None:
    api = Api(author)
    client = {"X-Client-Id": "6fbb9b532ea25336a3cdf8f9c9c77d63" * 3}
    api.ask("post", "annotations", note(document), headers=client)
    factories.make_annotation(author, document)
    origins = list(Event.objects.order_by("number").values_list("origin", flat=True))
    assert origins[-2:] == [client["X-Client-Id"][:64], ""]


def test_linked_data_is_there_for_whoever_may_read(
    author: User, stranger: User, document: Document
) -> None:
    row = factories.make_annotation(author, document, visibility="private")
    path = f"annotations/{row.uid}.jsonld"
    response = Api(author).ask("get", path, headers={"Accept": "application/ld+json"})
    assert response["Content-Type"].startswith("application/ld+json")
    assert response.json()["id"] == f"http://127.0.0.1:8000/w3c/{row.uid}"
    refused(Api(stranger).get(path), 404)


def test_an_annotation_of_an_earlier_edition_is_named_as_it_stands_now(
    author: User, document: Document
) -> None:
    row = factories.make_annotation(author, document, "kept in public")
    make_edition(document, "A new beginning.", "A promise, once made in public, is kept in public.")
    target = Api().get(f"annotations/{row.uid}").json()["target"][0]
    position, quote = target["selector"]
    assert document.current_edition is not None
    text = document.current_edition.text
    assert text[position["start"] : position["end"]] == "kept in public" == quote["exact"]
    assert quote["prefix"] == text[position["start"] - 32 : position["start"]]
    assert text[position["end"] :].startswith(quote["suffix"])
