"""The examples in docs/api.md work: each is run against a site, as it stands there."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from reader.actions import webhooks
from tests.api.running import token_of
from tests.e2e.conftest import Site, running_demo

PAGE = (settings.BASE_DIR / "docs" / "api.md").read_text()
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    """Return the page's examples in this language."""
    return [code for name, code in BLOCK.findall(PAGE) if name == language]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A demo site in a process of its own."""
    with running_demo(tmp_path_factory.mktemp("examples")) as running:
        yield running


def run(site: Site, command: list[str], program: str) -> str:
    """Run a program with the surroundings that the page asks for; return what it prints."""
    environment = {
        **os.environ,
        "SITE": site.url,
        "DOCUMENT": site.speech,
        "TOKEN": token_of(site, "moderator"),
    }
    done = subprocess.run(  # noqa: S603 -- our own examples
        command,
        input=program,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_examples_for_the_shell_work(site: Site) -> None:
    assert len(blocks("sh")) >= 4
    said = run(site, ["/bin/sh", "-eu"], "\n".join(blocks("sh")))
    assert "acct:moderator@" in said
    assert "A note for myself." in said
    assert "By the W3C's protocol." in said
    assert '"deleted":true' in said
    assert "ratelimit-policy" in said.lower()


def test_examples_in_python_work_one_after_the_other(site: Site) -> None:
    assert len(blocks("python")) >= 4
    said = run(site, [sys.executable, "-W", "error", "-"], "\n".join(blocks("python")))
    assert len(said.splitlines()) > 40


def test_example_that_checks_a_signature_agrees_with_what_is_sent() -> None:
    names: dict[str, Any] = {}
    exec(next(code for code in blocks("python") if "is_from_postil" in code), names)  # noqa: S102 -- our own page
    check, secret, now, body = (
        names["is_from_postil"],
        webhooks.new_secret(),
        int(time.time()),
        b"{}",
    )
    headers = {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(now),
        "Webhook-Signature": webhooks.signature(secret, "msg_1", now, body),
    }
    assert check(secret, headers, body)
    assert not check(secret, headers, b"{ }")
    assert not check(webhooks.new_secret(), headers, body)
    old = {**headers, "Webhook-Timestamp": str(now - 3600)}
    old["Webhook-Signature"] = webhooks.signature(secret, "msg_1", now - 3600, body)
    assert not check(secret, old, body)
