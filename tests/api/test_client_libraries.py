"""Client libraries for Hypothesis, unmodified, do against Postil what they can do."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.api import client_scripts
from tests.api.running import token_of
from tests.e2e.conftest import Site, running_demo

FOLDER = Path(os.environ.get("POSTIL_CLIENTS") or settings.BASE_DIR / ".venv" / "clients")
QUOTE = "I would like to appeal to all"
Ask = Callable[[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A demo site in a process of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POSTIL_API_WRITES_PER_MINUTE", "1000")
        with running_demo(tmp_path_factory.mktemp("clients")) as running:
            yield running


@pytest.fixture(scope="module")
def ask(site: Site) -> Ask:
    """A function that runs a program with a library's own packages, and returns what it says."""
    token = token_of(site, "moderator")
    quote = site.run(
        "from reader.models import Block\n"
        "print(Block.objects.filter(edition__number=2, number=5).get().text[:60])"
    ).strip()

    def run(library: str, script: str) -> dict[str, Any]:
        folder = FOLDER / library
        if not folder.exists():
            reason = f"{library} is not there: run .ci/clients/install"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
        arguments = [site.url, token, "moderator", site.speech, quote]
        if library == "npm":
            node = shutil.which("node")
            assert node is not None
            command = [node, "-", *arguments]
            more = {"NODE_PATH": str(folder / "node_modules")}
        else:
            command = [sys.executable, "-", *arguments]
            more = {"PYTHONPATH": str(folder)}
        done = subprocess.run(  # noqa: S603 -- our own program
            command,
            input=script,
            cwd=folder,
            env={**os.environ, **more},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return said

    return run


ME = "acct:moderator@127.0.0.1"


def test_python_hypothesis(ask: Ask) -> None:
    assert ask("python-hypothesis", client_scripts.PYTHON_HYPOTHESIS) == {
        "root": True,
        "profile": ME,
        "made": "By a library",
        "permissions": [ME],
        "changed": "Changed by a library",
        "tags": ["three", "two"],
        "times": True,
        "title": ["President Kassym-Jomart Tokayev's address to the people of Kazakhstan"],
        "found": True,
        "of user": [True],
        "gone": True,
        "oauth": "invalid_grant",
        "refresh": "invalid_grant",
        "authorize": True,
    }


def test_hypothesis_api(ask: Ask) -> None:
    said = ask("hypothesis-api", client_scripts.HYPOTHESIS_API)
    kind, exact, is_public, text, tags, has_title = said.pop("row")
    assert (kind, is_public, text, tags, has_title) == (
        "annotation",
        True,
        "By a library",
        ["library"],
        True,
    )
    assert len(exact) > 20
    assert said == {
        "user": ME,
        "changed": "Changed by a library",
        "all": True,
        "replies": True,
        "tagged": [True],
        "reply": True,
        "deleted": True,
        "nothing": 404,
    }


def test_hypothepy(ask: Ask) -> None:
    assert ask("hypothepy", client_scripts.HYPOTHEPY) == {
        "root": True,
        "made": ["By a library", ["group:__world__"]],
        "fetched": True,
        "changed": "Changed",
        "found": [True],
        "quoted": True,
        "flag": 204,
        "hide": 204,
        "show": 204,
        "deleted": True,
        "group": ["A circle", "private"],
        "renamed": "A wider circle",
        "fetched group": True,
        "listed": True,
        "mine": True,
        "members": [["owner"]],
        "left": 204,
        "profile": ME,
    }


def test_hypothesis_api_client(ask: Ask) -> None:
    assert ask("npm", client_scripts.NPM) == {
        "profile": ME,
        "made": "By a library",
        "fetched": True,
        "changed": "Changed",
        "many": 3,
        "parallel": 3,
        "found": 6,
        "sequential": True,
        "bunch": True,
        "deleted": True,
        "group": "An npm circle",
        "renamed": "Another circle",
        "fetchedGroup": "Another circle",
        "groups": True,
        "left": True,
    }
