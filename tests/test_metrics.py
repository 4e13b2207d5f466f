"""Numbers for Prometheus: of all workers together, and for nobody who should not see them."""

import re
import socket
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from reader.models import Document, User
from reader.web import metrics as door
from tests import factories
from tests.test_start import Running, started

SOON = 10.0  # seconds


def numbers(site: Running) -> dict[str, float]:
    """Return what the site says of itself now."""
    with urllib.request.urlopen(f"{site.address}/metrics", timeout=10) as answer:  # noqa: S310 -- our own http address
        text = answer.read().decode()
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _space, value in lines}


def ask(site: Running, path: str) -> None:
    """Ask over a connection of its own, which any worker may take."""
    request = urllib.request.Request(f"{site.address}{path}", headers={"Connection": "close"})  # noqa: S310 -- as above
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 -- as above
        answer.read()


def eventually(site: Running, name: str, value: float) -> None:
    deadline = time.monotonic() + SOON
    while (found := numbers(site).get(name)) != value:
        assert time.monotonic() < deadline, f"{name} is {found}"
        time.sleep(0.2)


def test_a_running_site_counts_what_all_its_workers_do(tmp_path: Path) -> None:
    with started(tmp_path, "--demo", POSTIL_METRICS="1") as site:
        for _request in range(30):
            ask(site, "/search/")
        eventually(site, 'postil_requests_total{method="GET",route="search",status="200"}', 30)
        found = numbers(site)
        assert found['postil_request_seconds_count{route="search"}'] == 30
        assert found["postil_database_up"] == 1
        assert found["postil_database_bytes"] > 100_000
        assert not any("/search/" in name or "readyz" in name for name in found)
        host, port = site.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=SOON) as stream:
            page = urllib.request.urlopen(site.address, timeout=10).read().decode()  # noqa: S310 -- as above
            [slug, *_] = re.findall(r'href="/d/([^/"]+)/"', page)
            stream.sendall(f"GET /live/{slug} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            eventually(site, 'postil_open_connections{kind="stream"}', 1)
            assert time.time() - numbers(site)["postil_live_looked_at_seconds"] < SOON
        eventually(site, 'postil_open_connections{kind="stream"}', 0)
    with started(tmp_path, POSTIL_METRICS="1") as site:  # and begins at nothing
        assert 'postil_request_seconds_count{route="search"}' not in numbers(site)


@pytest.mark.parametrize(
    ("meta", "may"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, True),
        ({"REMOTE_ADDR": "::1"}, True),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, False),
        ({"REMOTE_ADDR": "10.0.0.9"}, False),
        ({"REMOTE_ADDR": ""}, False),
        ({"REMOTE_ADDR": "10.0.0.9", "HTTP_AUTHORIZATION": "Bearer sesame"}, True),
        ({"REMOTE_ADDR": "10.0.0.9", "HTTP_AUTHORIZATION": "Bearer Sesame"}, False),
        ({"REMOTE_ADDR": "10.0.0.9", "HTTP_AUTHORIZATION": "Bearer "}, False),
    ],
)
def test_who_may_see_them(rf: Any, settings: Any, meta: dict[str, str], may: bool) -> None:
    settings.METRICS_TOKEN = "sesame"
    assert door._may_ask(rf.get("/metrics", **meta)) is may


def test_without_a_token_nobody_has_it(rf: Any, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    asked = rf.get("/metrics", REMOTE_ADDR="10.0.0.9", HTTP_AUTHORIZATION="Bearer ")
    assert not door._may_ask(asked)


@pytest.mark.django_db
def test_they_are_not_there_unless_asked_for(client: Client) -> None:
    assert client.get("/metrics").status_code == 404


def test_what_waits_is_counted(author: User, document: Document) -> None:
    waiting = factories.make_annotation(author, document)
    factories.make_annotation(author, document)
    type(waiting).objects.filter(pk=waiting.pk).update(attention_since=timezone.now())
    found = {name: value for name, _meaning, value in door._of_the_site()}
    assert found["postil_moderation_queue"] == 1
    assert found["postil_webhook_due"] == found["postil_webhook_given_up"] == 0
