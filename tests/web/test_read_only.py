"""While the site is moved it is read as ever; what is written is given back."""

from typing import Any

import pytest
from django.test import Client

from reader.models import Annotation, Document

WORDS = "Words that <must> not be lost"


@pytest.fixture(autouse=True)
def _read_only(document: Document, settings: Any) -> None:
    settings.READ_ONLY = True


def test_what_was_written_is_given_back(as_author: Client, document: Document) -> None:
    fields = {"exact": "The margin", "body": WORDS, "motivation": "commenting"}
    answer = as_author.post(f"/d/{document.slug}/annotations/", fields)
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert "Words that &lt;must&gt; not be lost" in answer.content.decode()
    assert not Annotation.objects.exists()


def test_reading_goes_on(as_author: Client, document: Document) -> None:
    assert as_author.get(f"/d/{document.slug}/").status_code == 200


def test_software_is_told_in_its_own_way(client: Client) -> None:
    answer = client.post("/api/annotations", {}, content_type="application/json")
    assert answer.status_code == 503
    assert answer.json()["status"] == "failure"
