"""The official Hypothesis client on our pages: off, on without its files, and on."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from reader.models import Document
from reader.web import hypothesis_client

pytestmark = pytest.mark.django_db
PAGES = ("/app.html", "/notebook", "/user-profile", "/embed.js")
BOOT = f"/hypothesis/{hypothesis_client.VERSION}/build/boot.js"


@pytest.fixture
def files(tmp_path: Path, settings: Any) -> Path:
    """A folder with what could be the client, and a secret beside it."""
    build = tmp_path / hypothesis_client.VERSION / "build"
    build.mkdir(parents=True)
    (build / "boot.js").write_text("// boot")
    (tmp_path / "secret.txt").write_text("canary")
    settings.HYPOTHESIS_CLIENT_DIR = str(tmp_path)
    return tmp_path


@pytest.fixture
def switched_on(files: Path, settings: Any) -> None:
    settings.HYPOTHESIS_CLIENT = True


def policy(answer: Any) -> str:
    return str(answer["Content-Security-Policy"])


def test_switched_off_there_is_no_trace_of_it(
    client: Client, document: Document, files: Path, settings: Any
) -> None:
    settings.HYPOTHESIS_CLIENT = False
    assert [client.get(page).status_code for page in (*PAGES, BOOT)] == [404] * 5
    page = client.get(document.get_absolute_url())
    assert "hypothesis" not in page.content.decode()
    assert "frame-src" not in policy(page)
    assert page["Cross-Origin-Opener-Policy"] == "same-origin"


def test_switched_on_without_its_files_it_warns_and_offers_nothing(
    client: Client, document: Document, settings: Any, tmp_path: Path
) -> None:
    settings.HYPOTHESIS_CLIENT, settings.HYPOTHESIS_CLIENT_DIR = True, str(tmp_path)
    assert [client.get(page).status_code for page in (*PAGES, BOOT)] == [404] * 5
    assert "hypothesis" not in client.get(document.get_absolute_url()).content.decode()
    [warning] = [one for one in run_checks() if one.id == "postil.W001"]
    assert "fetch_hypothesis_client" in (warning.hint or "")


@pytest.mark.usefixtures("switched_on")
def test_readers_pages_offer_it_and_allow_no_more_than_it_needs(
    client: Client, document: Document
) -> None:
    page = client.get(document.get_absolute_url())
    assert "/embed.js" in page.content.decode()
    assert "unsafe" not in policy(page)
    assert "frame-src 'self'" in policy(page)
    assert "frame-ancestors 'none'" in policy(page)
    assert page["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"
    other = client.get(reverse("library"))
    assert "frame-src" not in policy(other)
    assert other["Cross-Origin-Opener-Policy"] == "same-origin"
    assert client.get("/embed.js")["Location"].endswith(BOOT)


@pytest.mark.usefixtures("switched_on")
def test_its_own_pages_are_framed_by_whom_the_operator_names(client: Client, settings: Any) -> None:
    settings.EMBED_ORIGINS = ["https://journal.example"]
    page = client.get("/app.html")
    assert "frame-ancestors 'self' https://journal.example" in policy(page)
    assert "style-src 'self' 'unsafe-inline'" in policy(page)
    assert re.search(r"script-src 'self'(;|$)", policy(page))
    assert "X-Frame-Options" not in page
    config = re.search(r"application/json\">(.*?)</script>", page.content.decode())
    assert config is not None
    assert "https://journal.example" in config[1]


@pytest.mark.parametrize("wrong", ["*", "journal.example", "https://a.example/x", "'none'; x"])
def test_what_is_no_origin_is_an_error_before_the_site_starts(settings: Any, wrong: str) -> None:
    settings.EMBED_ORIGINS = ["https://journal.example", wrong]
    [error] = [one for one in run_checks() if one.id == "postil.E001"]
    assert wrong in error.msg
    settings.EMBED_ORIGINS = ["https://journal.example", "http://localhost:8802"]
    assert not [one for one in run_checks() if one.id == "postil.E001"]


def test_a_package_that_is_not_the_pinned_one_is_not_unpacked(
    tmp_path: Path, settings: Any
) -> None:
    settings.HYPOTHESIS_CLIENT_DIR = str(tmp_path / "client")
    package = tmp_path / "package.tgz"
    package.write_bytes(b"something else")
    with pytest.raises(CommandError, match="not the one that is pinned"):
        call_command("fetch_hypothesis_client", file=package)
    assert not (tmp_path / "client").exists()


@pytest.mark.usefixtures("switched_on")
@pytest.mark.parametrize(
    "path", ["../../secret.txt", "..%2f..%2fsecret.txt", "/etc/passwd", "%2fetc%2fpasswd", "x\\y"]
)
def test_nothing_but_its_files_is_given_out(client: Client, path: str) -> None:
    own = client.get(BOOT)
    assert b"".join(own) == b"// boot"
    assert own["Content-Type"] == "text/javascript"
    answer = client.get(f"/hypothesis/{hypothesis_client.VERSION}/build/{path}")
    assert answer.status_code == 404
    assert b"canary" not in answer.content
