"""Publishing a big edition: a page that grows, and work that goes on when nobody looks."""

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.urls import reverse

from reader.actions import publishing
from reader.models import Anchor, Document, Edition, User
from reader.web import desk_publishing
from tests.editions import make_draft
from tests.factories import make_annotation, make_document, make_user, promote
from tests.web.browsers import signed_in
from tests.web.pages import Page

COUNT = 30
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _big(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Call a few annotations many, and publish them in small batches."""
    settings.POSTS_PER_MINUTE = 1_000
    monkeypatch.setattr(desk_publishing, "MANY", COUNT - 1)
    monkeypatch.setattr(publishing, "BATCH", 10)


@pytest.fixture
def draft(_big: None) -> Edition:
    """The draft of a document with many annotations."""
    paragraphs = [f"Paragraph {n} speaks of harbour number {n}." for n in range(COUNT)]
    document = make_document(*paragraphs, slug="big")
    author: User = make_user("author")
    for n in range(COUNT):
        make_annotation(author, document, f"harbour number {n}")
    return make_draft(document, *paragraphs, "And one more.")


@pytest.fixture
def at_desk(_big: None) -> Client:
    """A browser of somebody who edits everything."""
    return signed_in(promote(make_user("boss"), "admin"))


@pytest.fixture(autouse=True)
def _done() -> Iterator[None]:
    """Let no work outlive its test."""
    yield
    finish()


def finish() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("publish-"):
            thread.join(timeout=30)
            assert not thread.is_alive()


def publish(client: Client, draft: Edition, **more: Any) -> StreamingHttpResponse:
    response = client.post(reverse("publish", args=["big", draft.number]), **more)
    assert isinstance(response, StreamingHttpResponse)
    assert response.status_code == 200
    return response


def test_the_page_tells_every_step_and_how_it_ended(at_desk: Client, draft: Edition) -> None:
    parts = [part.decode() for part in publish(at_desk, draft)]
    html = "".join(parts)
    assert Page(html).problems() == []
    done = [int(value) for value in re.findall(r'<progress max="100" value="(\d+)"', html)]
    assert done == [33, 66, 100]
    assert len(parts) >= len(done) + 3  # each step arrives by itself
    assert "</h1>" in parts[0]
    assert "is published." in html
    assert parts[-1].rstrip().endswith("</html>")
    document = Document.objects.get(slug="big")
    assert document.current_edition == draft
    assert Anchor.objects.filter(edition=draft).count() == COUNT


def test_the_steps_are_not_held_back_to_be_compressed(at_desk: Client, draft: Edition) -> None:
    response = publish(at_desk, draft, headers={"Accept-Encoding": "gzip, br"})
    assert not response.has_header("Content-Encoding")
    assert b"<h1>" in next(iter(response))


def test_closing_the_page_does_not_stop_it(at_desk: Client, draft: Edition) -> None:
    response = publish(at_desk, draft)
    assert b"<h1>" in next(iter(response))
    response.close()
    finish()
    assert Document.objects.get(slug="big").current_edition == draft
    assert Anchor.objects.filter(edition=draft).count() == COUNT


def test_what_goes_wrong_is_told_and_changes_nothing(
    at_desk: Client, draft: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("out of paper")

    monkeypatch.setattr(publishing, "_mark_adopted", fail)
    html = b"".join(publish(at_desk, draft)).decode()
    assert "It is not published. Nothing was changed." in html
    assert "out of paper" not in html
    document = Document.objects.get(slug="big")
    assert document.current_edition is not None
    assert document.current_edition.number == 1
    assert not Anchor.objects.filter(edition=draft).exists()


def test_publishing_twice_at_once_does_it_once(
    at_desk: Client, draft: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, collect = threading.Event(), publishing._collected_anew

    def wait(*args: Any) -> Edition:
        assert go_on.wait(timeout=30)
        return collect(*args)

    monkeypatch.setattr(publishing, "_collected_anew", wait)
    first = publish(at_desk, draft)
    for _again in range(2):
        response = at_desk.post(reverse("publish", args=["big", draft.number]))
        assert response.status_code == 409
        assert "is being published at this moment" in response.content.decode()
    work = [one for one in threading.enumerate() if one.name.startswith("publish-")]
    go_on.set()
    assert "is published." in b"".join(first).decode()
    assert len(work) == 1
    assert Anchor.objects.filter(edition=draft).count() == COUNT


def test_after_a_failure_it_can_be_tried_again(
    at_desk: Client, draft: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("out of paper")

    with monkeypatch.context() as broken:
        broken.setattr(publishing, "_mark_adopted", fail)
        assert "It is not published." in b"".join(publish(at_desk, draft)).decode()
        finish()
    assert "is published." in b"".join(publish(at_desk, draft)).decode()


def test_few_annotations_need_no_such_page(
    at_desk: Client, draft: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_publishing, "MANY", COUNT)
    response = at_desk.post(reverse("publish", args=["big", draft.number]))
    assert response.status_code == 302
