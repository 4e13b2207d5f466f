"""Addresses that name nothing."""

import pytest
from django.test import Client
from django.urls import reverse

from reader.models import Document, User
from tests.factories import make_annotation


@pytest.mark.parametrize("query", ["thread=%00", "page=%00", "edition=%00", "tag=a%00b", "%00"])
@pytest.mark.parametrize("page", ["document", "paragraph"])
def test_a_nul_in_the_query_is_a_bad_request(
    client: Client, author: User, document: Document, page: str, query: str
) -> None:
    make_annotation(author, document)
    args = [document.slug] if page == "document" else [document.slug, "p1"]
    answer = client.get(f"{reverse(page, args=args)}?{query}")
    assert answer.status_code == 400
    assert answer.templates[0].name == "400.html"


def test_a_nul_as_reference_marks_nothing_as_read(as_author: Client, document: Document) -> None:
    answer = as_author.post(reverse("mark_read", args=[document.slug]), {"ref": "p1\0"})
    assert answer.status_code == 404
