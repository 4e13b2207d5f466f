"""The files in docs/deploy: a proxy as described passes everything on, and units name what is."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from tests.serving import free_port
from tests.test_docs import SETTING
from tests.test_start import Running, manage, started

DEPLOY: Path = settings.BASE_DIR / "docs" / "deploy"
NAME = "postil.example.org"
SOON = 30.0  # seconds, on a busy machine
TOKEN = """
from reader.models import Document, User
from tests.api.hypothesis_client import token_for
print(token_for(User.objects.get(username="reader")), Document.objects.get().slug)
"""


def program(name: str) -> str:
    """Return where a program is; without it the test is skipped, under CI it fails."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(f"there is no {name}")
        pytest.skip(f"there is no {name} to test with")
    return path


def call(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 -- ours


def answers(port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Front:
    """nginx, as docs/deploy/nginx.conf has it, on other ports and with a certificate of ours."""

    def __init__(self, folder: Path, site: Running) -> None:
        self.plain, self.port = free_port(), free_port()
        self.key, self.certificate = folder / "key.pem", folder / "cert.pem"
        self.configuration = folder / "main.conf"
        self._make_certificate()
        described = (DEPLOY / "nginx.conf").read_text()
        described = re.sub(r" *listen \[::\]:.*\n", "", described)
        for was, becomes in {
            "listen 80;": f"listen 127.0.0.1:{self.plain};",
            "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
            "127.0.0.1:8000": site.address.removeprefix("http://"),
            f"/etc/letsencrypt/live/{NAME}/fullchain.pem": str(self.certificate),
            f"/etc/letsencrypt/live/{NAME}/privkey.pem": str(self.key),
        }.items():
            assert was in described
            described = described.replace(was, becomes)
        (folder / "site.conf").write_text(described)
        paths = "".join(
            f"{kind}_temp_path {folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        self.configuration.write_text(
            f"daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;"
            f"events {{}} http {{ access_log off; {paths} include {folder}/site.conf; }}"
        )

    def _make_certificate(self) -> None:
        words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        names = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
        files = ["-keyout", str(self.key), "-out", str(self.certificate)]
        assert call(program("openssl"), *words, *names, *files).returncode == 0

    @contextmanager
    def serving(self) -> Iterator["Front"]:
        """Serve until the block ends."""
        checked = call(program("nginx"), "-t", "-c", str(self.configuration))
        assert checked.returncode == 0, checked.stderr
        words = [program("nginx"), "-c", str(self.configuration)]
        with subprocess.Popen(words, stderr=subprocess.DEVNULL) as process:  # noqa: S603 -- as above
            try:
                deadline = time.monotonic() + 10
                while not answers(self.port):
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
                yield self
            finally:
                process.terminate()

    def open(self, method: str, path: str, body: str = "", **headers: str) -> ssl.SSLSocket:
        """Send a request, and return the connection."""
        trusting = ssl.create_default_context(cafile=str(self.certificate))
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=SOON)
        connection = trusting.wrap_socket(raw, server_hostname=NAME)
        named = {"Host": NAME, "Content-Length": str(len(body)), **headers}
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in named.items()]
        head = "\r\n".join([f"{method} {path} HTTP/1.1", *lines])
        connection.sendall(f"{head}\r\n\r\n{body}".encode())
        return connection

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> str:
        """Return the whole answer."""
        with self.open(method, path, body, Connection="close", **headers) as connection:
            return b"".join(iter(lambda: connection.recv(65_536), b"")).decode("utf-8", "replace")


def until(connection: ssl.SSLSocket, wanted: bytes) -> bytes:
    """Return what comes until what is wanted has come."""
    got = b""
    while wanted not in got:
        piece = connection.recv(65_536)  # fails after SOON seconds of silence
        assert piece, got
        got += piece
    return got


def test_nginx_as_described_passes_pages_sockets_and_streams(tmp_path: Path) -> None:
    public = {"POSTIL_URL": f"https://{NAME}", "POSTIL_TRUSTED_PROXIES": "1"}
    (tmp_path / "proxy").mkdir()
    with (
        started(tmp_path, "--demo", POSTIL_LOG_REQUESTS="pages", **public) as site,
        Front(tmp_path / "proxy", site).serving() as front,
    ):
        made = manage(tmp_path, "shell", "--no-imports", "--command", TOKEN, **public)
        token, slug = made.stdout.split()
        page = front.ask("GET", f"/d/{slug}/", Accept_Encoding="identity")
        assert page.startswith("HTTP/1.1 200")
        [name] = re.findall(r"x-request-id: (\w+)", page, re.IGNORECASE)
        assert f"request={name}" in (tmp_path / "start.log").read_text()
        assert front.ask("GET", "/metrics").startswith("HTTP/1.1 404")
        key = "dGhlIHNhbXBsZSBub25jZQ=="
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Key": key}
        with front.open("GET", "/ws", Sec_WebSocket_Version="13", **upgrade) as web_socket:
            assert b" 101 " in until(web_socket, b"\r\n\r\n")
        with front.open("GET", f"/live/{slug}") as stream:
            until(stream, b"retry:")
            answer = write(front, slug, token)
            assert answer.startswith("HTTP/1.1 200"), answer
            assert b"data:" in until(stream, b"annotation")


def write(front: Front, slug: str, token: str) -> str:
    """Annotate the speech through the proxy."""
    address = f"https://{NAME}/d/{slug}/"
    quote = {"type": "TextQuoteSelector", "exact": "Dear compatriots"}
    data = {
        "uri": address,
        "text": "Through the proxy.",
        "group": "__world__",
        "permissions": {"read": ["group:__world__"]},
        "target": [{"source": address, "selector": [quote]}],
    }
    told = {"Authorization": f"Bearer {token}", "Content_Type": "application/json"}
    return front.ask("POST", "/api/annotations", json.dumps(data), **told)


@pytest.mark.parametrize("unit", sorted(DEPLOY.glob("*.service")), ids=lambda path: path.name)
def test_units_run_commands_that_there_are(unit: Path) -> None:
    named = re.findall(r"manage\.py (\w+)", unit.read_text())
    assert len(named) == 1
    assert set(named) <= set(get_commands())


def test_the_environment_file_has_settings_that_there_are() -> None:
    known = set(SETTING.findall((settings.BASE_DIR / "reader" / "settings.py").read_text()))
    named = re.findall(r"^#?([A-Z_]+)=", (DEPLOY / "postil.env").read_text(), re.MULTILINE)
    assert len(named) > 5
    assert set(named) <= known


def test_every_file_is_spoken_of() -> None:
    page = (settings.BASE_DIR / "docs" / "operations.md").read_text()
    assert [path.name for path in DEPLOY.iterdir() if path.name not in page] == []
