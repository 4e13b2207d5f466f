"""Check 11: what hangs under a private note is as private, through whichever door it came."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from reader.models import Annotation, Document, User
from tests.api.hypothesis_client import Api, note
from tests.api.w3c_client import W3C, remark
from tests.factories import make_annotation
from tests.security.test_leaks import said

QUOTED, ANSWER = "zqquotedcanary", "zqanswercanary"
Door = Callable[[User, Annotation], object]


def by_form(author: User, root: Annotation) -> object:
    client = Client()
    client.force_login(author, settings.AUTHENTICATION_BACKENDS[0])
    sent = {"body": f"> {QUOTED}\n\n{ANSWER}", "visibility": "public", "writer": author.username}
    return client.post(f"/a/{root.uid}/reply/", sent)


def by_hypothesis_api(author: User, root: Annotation) -> object:
    text = f"> {QUOTED}\n\n{ANSWER}"
    everybody = {"read": ["group:__world__"]}
    sent = note(root.document, text=text, references=[root.uid], permissions=everybody)
    return Api(author).ask("post", "annotations", sent)


def by_w3c_api(author: User, root: Annotation) -> object:
    words = {"type": "TextualBody", "value": f"> {QUOTED}\n\n{ANSWER}", "purpose": "replying"}
    address = f"{settings.SITE_URL}/w3c/{root.uid}"
    sent = remark(root.document, body=words, motivation="replying", target=address)
    return W3C(author).post("/w3c/", {**sent, "audience": {"id": "", "type": "Audience"}})


@pytest.mark.parametrize("door", [by_form, by_hypothesis_api, by_w3c_api])
def test_no_public_reply_under_a_private_note(
    author: User, stranger: User, document: Document, door: Door
) -> None:
    root = make_annotation(author, document, body=f"About {QUOTED}.", visibility="private")
    door(author, root)
    assert not Annotation.objects.exclude(visibility="private").exists()
    reader = Client()
    for person in (None, stranger):
        if person is not None:
            reader.force_login(person, settings.AUTHENTICATION_BACKENDS[0])
        for address in (
            f"/d/{document.slug}/",
            f"/d/{document.slug}/p1/",
            f"/d/{document.slug}/feed/",
            f"/people/{author.username}/",
            f"/people/{author.username}/feed/",
            f"/search/?q={ANSWER}",
            "/api/search",
            "/w3c/",
            *(f"/a/{one.uid}/" for one in Annotation.objects.all()),
            *(f"/w3c/{one.uid}" for one in Annotation.objects.all()),
            *(f"/api/annotations/{one.uid}" for one in Annotation.objects.all()),
        ):
            told = said(reader.get(address)).replace(address, "").replace(f"“{ANSWER}”", "")
            assert QUOTED not in told, address
            if "search/?q" not in address:
                assert ANSWER not in told, address


def test_a_reply_is_made_at_each_door(author: User, document: Document) -> None:
    """Without this the test above would be content with doors that take nothing."""
    for door in (by_form, by_hypothesis_api, by_w3c_api):
        root = make_annotation(author, document)
        door(author, root)
        assert Annotation.objects.filter(parent=root).exists(), door
