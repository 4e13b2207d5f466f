"""What is sent compressed, and to whom."""

import brotli
import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from reader.models import Document
from reader.web.compression import CompressionMiddleware

PAGE = "<p>" + "words " * 200 + "</p>"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, br", "br"),
        ("br;q=0.1", "br"),
        ("BR", "br"),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.000, gzip", "gzip"),
        ("br;q=0", None),
        ("brotli", None),
        ("", None),
    ],
)
def test_brotli_is_sent_to_whom_it_suits(
    client: Client, document: Document, accepted: str, coding: str | None
) -> None:
    answer = client.get(document.get_absolute_url(), headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == coding


def test_a_strong_tag_becomes_a_weak_one() -> None:
    def respond(request: object) -> HttpResponse:
        return HttpResponse(PAGE, headers={"ETag": '"one"'})

    request = RequestFactory(headers={"Accept-Encoding": "br"}).get("/")
    answer = CompressionMiddleware(respond)(request)
    assert isinstance(answer, HttpResponse)
    assert answer["ETag"] == 'W/"one"'
    assert brotli.decompress(answer.content).decode().startswith(PAGE)
