"""Take the pictures of docs/screenshots/ from a demo site started for the purpose.

``make screenshots`` runs it. The site lives in a temporary folder and nothing of it stays.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "screenshots"
SPEECH = "/d/address-january-2022/"
DESKTOP = (1280, 680)
PHONE = (390, 844)
SETTLES = 600  # milliseconds: the margin is laid out after a scroll, colours fade in


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture: who looks at which page, in which window, and what is done before.

    ``size`` is the window in CSS pixels, one pixel of the file for each.
    """

    name: str
    username: str
    path: str
    size: tuple[int, int] = DESKTOP
    scheme: str = "light"
    before: Callable[[Page], None] | None = None


def show_threads(page: Page) -> None:
    """Scroll to where threads stand close, and point at a passage so that its card is lit too."""
    page.locator("#p26").evaluate("block => scrollTo(0, block.offsetTop)")
    page.wait_for_timeout(SETTLES)
    page.locator("#p28 mark").first.hover()
    page.wait_for_timeout(SETTLES)


def open_sheet(page: Page) -> None:
    """Open the threads of a paragraph in the sheet, with its passage still on the screen."""
    page.locator("#p29").evaluate("block => scrollTo(0, block.offsetTop - 60)")
    page.locator("#p29 a.count").click()
    page.locator("dialog#sheet[open] .card").first.wait_for()
    page.wait_for_timeout(SETTLES)


GALLERY = (
    Picture(name="reader", username="reader", path=SPEECH, before=show_threads),
    Picture(name="reader-dark", username="reader", path=SPEECH, scheme="dark", before=show_threads),
    Picture(name="reader-narrow", username="reader", path=SPEECH, size=PHONE, before=open_sheet),
    Picture(name="paragraph", username="reader", path=f"{SPEECH}p34/"),
    Picture(name="compare", username="reader", path=f"{SPEECH}compare/1..2/?view=side"),
    Picture(name="queue", username="moderator", path="/admin/reader/queueitem/"),
)


@contextmanager
def demo_site() -> Iterator[str]:
    """Run a fresh demo site on a free port and yield its address."""
    from tests.serving import free_port, wait_for  # noqa: PLC0415 -- needs Django set up

    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "manage.py", "start", "--demo", "--port", str(port)]
    process = subprocess.Popen(  # noqa: S603 -- our own command
        command, cwd=ROOT, text=True, stdout=subprocess.DEVNULL
    )
    try:
        wait_for(f"{url}/readyz", process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def take(picture: Picture, browser: Browser, url: str) -> Path:
    """Take one picture and return the file."""
    from tests.e2e.conftest import sign_in  # noqa: PLC0415 -- needs Django set up

    width, height = picture.size
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if picture.scheme == "dark" else "light",
        reduced_motion="reduce",
        locale="en-GB",
    )
    sign_in(context.new_page(), picture.username)
    page = context.new_page()
    page.goto(picture.path)
    page.wait_for_timeout(600)
    page.evaluate("document.fonts.ready.then(() => null)")
    if picture.before:
        picture.before(page)
    path = PICTURES / f"{picture.name}.png"
    page.screenshot(path=path)
    context.close()
    return path


def main() -> None:
    """Take all pictures and say what was written.

    Raises:
        SystemExit: there is no Chromium.
    """
    chromium = os.environ.get("POSTIL_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        raise SystemExit("There is no chromium on this machine: name one in POSTIL_CHROMIUM.")
    with tempfile.TemporaryDirectory(prefix="postil-screenshots-") as folder:
        os.environ["POSTIL_DATA_DIR"] = folder
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/postil.sqlite3"
        os.environ["DJANGO_SETTINGS_MODULE"] = "reader.settings"
        django.setup()
        from tests.e2e.conftest import CHROMIUM_FLAGS  # noqa: PLC0415 -- needs Django set up

        PICTURES.mkdir(exist_ok=True)
        with demo_site() as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
            for picture in GALLERY:
                path = take(picture, browser, url)
                size = path.stat().st_size // 1000
                sys.stdout.write(f"{path.relative_to(ROOT)}  {size} kB\n")
            browser.close()


if __name__ == "__main__":
    main()
