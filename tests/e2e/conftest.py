"""A real site in a process of its own, and a real browser that looks at it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from reader.actions.demo import PASSWORD
from tests.prepared import prepare
from tests.serving import free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30_000  # milliseconds that a step may take there
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True, slots=True)
class Site:
    """The address of a running demo site, and where it keeps its data."""

    url: str
    data: Path
    environment: dict[str, str]

    def run(self, code: str) -> str:
        """Run Python beside the site, on its database; return what it prints."""
        command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", code]
        done = subprocess.run(  # noqa: S603 -- our own command
            command, cwd=ROOT, env=self.environment, text=True, check=False, capture_output=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def speech(self) -> str:
        """The address of the first document."""
        return f"{self.url}/d/address-january-2022/"


@contextmanager
def running_demo(data: Path) -> Iterator[Site]:
    """Run a demo site on an empty folder, started as ``make run`` starts it."""
    prepare(data, demo=True)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "reader.settings",
        "POSTIL_DATA_DIR": str(data),
        "POSTIL_URL": url,
        "POSTIL_POSTS_PER_MINUTE": "1000",
        "DATABASE_URL": f"sqlite:///{data}/postil.sqlite3",
    }
    command = [sys.executable, "manage.py", "start", "--demo", "--port", str(port)]
    process = subprocess.Popen(  # noqa: S603 -- our own command
        command, cwd=ROOT, env=environment, text=True
    )
    try:
        wait_for(f"{url}/readyz", process)
        yield Site(url, data, environment)
    finally:
        process.terminate()
        process.wait(timeout=30)


# The browser runs an event loop as long as it is open, and Django's database refuses to work beside
# one: both end with this folder, before the tests that come after it.
@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A demo site for all browser tests that leave it as they found it."""
    with running_demo(tmp_path_factory.mktemp("site")) as running:
        yield running


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Run Debian's Chromium. Under CI its absence is a failure, elsewhere a reason to skip."""
    path = os.environ.get("POSTIL_CHROMIUM") or shutil.which("chromium")
    if path is None:
        reason = "there is no chromium on this machine; name one in POSTIL_CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all browser tests here."""
    with running_chromium() as chromium:
        yield chromium


class OpenBrowser(Protocol):
    """Opens a fresh browser profile, signed in or not."""

    def __call__(
        self, username: str = "", *, own_session: bool = False, **options: object
    ) -> BrowserContext:
        """Return it. ``own_session`` is for tests that sign out: the others share one a person."""


@pytest.fixture(scope="package")
def sign_ins() -> dict[str, Any]:
    """The cookies of each person who has signed in, by username."""
    return {}


@pytest.fixture
def open_browser(browser: Browser, site: Site, sign_ins: dict[str, Any]) -> Iterator[OpenBrowser]:
    """Return a function that opens a browser profile.

    Every page error, console error and policy violation in it fails the test that opened it.
    """
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def opened(
        username: str = "", *, own_session: bool = False, **options: object
    ) -> BrowserContext:
        if username and username not in sign_ins:
            with browser.new_context(base_url=site.url) as context:
                sign_in(context.new_page(), username)
                sign_ins[username] = context.storage_state()
        if username and not own_session:
            options["storage_state"] = sign_ins[username]
        context = browser.new_context(base_url=site.url, **options)  # type: ignore[arg-type]  # Playwright checks its own options
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        context.on("weberror", lambda error: troubles.append(str(error.error)))
        context.on("console", lambda message: _note(message.type, message.text, troubles))
        if own_session:
            sign_in(context.new_page(), username)
        return context

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


PROVOKED = (
    "Failed to load resource",
    "Response Status Error",
    "htmx:sendError",
    "htmx:afterRequest",
    "htmx:afterOnLoad",
)


def _note(kind: str, text: str, troubles: list[str]) -> None:
    """Remember what the browser complains of, save for answers that tests provoke."""
    if kind == "error" and not text.startswith(PROVOKED):
        troubles.append(text)


def sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    """Sign in through the form, and close the page."""
    page.goto("/accounts/login/")
    page.get_by_label("Username or e-mail").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)
    page.close()
