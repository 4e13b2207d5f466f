"""Forms of other sites are refused; ours are let in by what the browser says, or by a token."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from reader.models import Annotation, Document, User

OURS, THEIRS = "http://testserver", "https://elsewhere.example"


@pytest.mark.parametrize(
    ("headers", "is_let_in"),
    [
        ({"HTTP_ORIGIN": OURS}, True),
        ({"HTTP_ORIGIN": OURS, "HTTP_SEC_FETCH_SITE": "same-origin"}, True),
        ({"HTTP_SEC_FETCH_SITE": "same-origin"}, True),
        ({}, False),
        ({"HTTP_ORIGIN": THEIRS}, False),
        ({"HTTP_ORIGIN": "null"}, False),
        ({"HTTP_ORIGIN": THEIRS, "HTTP_SEC_FETCH_SITE": "same-origin"}, False),
        ({"HTTP_ORIGIN": "null", "HTTP_SEC_FETCH_SITE": "same-origin"}, False),
        ({"HTTP_SEC_FETCH_SITE": "cross-site"}, False),
        ({"HTTP_SEC_FETCH_SITE": "same-site"}, False),
        ({"HTTP_SEC_FETCH_SITE": "none"}, False),
        ({"HTTP_ORIGIN": OURS, "HTTP_SEC_FETCH_SITE": "cross-site"}, False),
        ({"HTTP_ORIGIN": "http://testserver.elsewhere.example"}, False),
        ({"HTTP_ORIGIN": "http://testserver:8000"}, False),
    ],
)
def test_where_a_form_comes_from_decides(
    author: User, document: Document, headers: dict[str, str], is_let_in: bool
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(author, settings.AUTHENTICATION_BACKENDS[0])
    sent = {
        "motivation": "commenting",
        "ref": "p1",
        "exact": "The margin is where",
        "body": "Words to keep.",
        "visibility": "public",
    }
    answer = client.post(reverse("annotate", args=[document.slug]), sent, **headers)  # type: ignore[arg-type]
    assert Annotation.objects.exists() == is_let_in
    assert answer.status_code == (302 if is_let_in else 403)
    if not is_let_in:
        assert "Words to keep." in answer.content.decode()
