"""What highlights cost in the browser: Postil's page beside other programs, ``make bench``.

Headless Chromium opens the speech, and a text 50 times as long, with bare highlights of 1 to 12
words at random places, and with none. A row is one way to draw them:

- Postil: its reader page, as it is served by ``manage.py start``;
- ``<mark>``: a plain page with flat marks in its HTML;
- Recogito: the plain page and @recogito/text-annotator, with its default renderer and with the
  one for the CSS Custom Highlight API;
- Hypothesis: the plain page and the highlighter of the Hypothesis client, which finds each place
  by position as the client does.

What is measured is the processor time of the page's main thread, by Chromium's trace, from
navigation until it has been quiet for half a second; ``ready`` counts only what came after
DOMContentLoaded began, ``whole`` also what came before, where marks in the HTML are parsed. From
each the same row's own page without highlights (the same scripts, the same text) is taken away.
Then the page is scrolled by script from top to bottom in 3 s: the main thread's time per frame,
again beyond the page without highlights. Medians of rounds in which all rows take turns; the
browser keeps nothing from one to the next. Weight: what a first visit sends with Brotli.
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.bench.browser_pages import plain, tracing
from tests.bench.browser_pages.plain import serving
from tests.bench.browser_pages.report import table, targets
from tests.bench.browser_pages.weight import weigh
from tests.bench.fetch import Missing
from tests.bench.processes import Server, postil

__all__ = ["table", "targets"]  # the report asks for them here
NAME = "in the browser"
LONG = 50
SPEECH = "/d/address-january-2022/"
QUIET_MS, QUIET_BUSY_MS, QUIET_ROUNDS = 250, 5.0, 2
LOAD_SECONDS = 240
SCROLL_SECONDS = 3
TRIES = 3  # of one visit, where Chromium loses the trace
HYPOTHESIS_AT_MOST = 1_000  # highlights: with 10,000 it takes minutes
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
KINDS = ("postil", "mark", *plain.LIBRARIES)
SCROLL = """
seconds => new Promise(done => {
  const root = document.scrollingElement, far = root.scrollHeight - innerHeight;
  let began, frames = 0;
  requestAnimationFrame(function step(now) {
    began ??= now;
    const part = Math.min(1, (now - began) / 1000 / seconds);
    root.scrollTo({ top: far * part, behavior: "instant" });
    frames += 1;
    if (part < 1) requestAnimationFrame(step); else done(frames);
  });
})
"""

DRAWN = """
document.querySelectorAll("mark, hypothesis-highlight, .r6o-span-highlight-layer *").length
  + CSS.highlights.size
"""

Key = tuple[str, int, int]
"""Who draws, how many times over the text is, how many highlights."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: rounds, numbers of highlights, lengths of the text."""

    rounds: int
    highlights: tuple[int, ...]
    lengths: tuple[int, ...]


SIZES = {
    "toy": Size(1, (100,), (1,)),
    "short": Size(3, (1_000, 10_000), (1, LONG)),
    "full": Size(5, (1_000, 10_000), (1, LONG)),
}


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit: busy milliseconds whole and from ready on, by work, and per frame scrolled."""

    whole: float
    ready: float
    scroll: float
    work: dict[str, float]


class NothingDrawn(RuntimeError):
    """A page that is to be measured shows no highlights."""


def _plan(size: Size) -> list[dict[str, Any]]:
    """The documents to be written: for each length, one bare and one for each number."""
    return [
        {"slug": f"x{times}-{number}", "highlights": number, "times": times}
        for times in size.lengths
        for number in (0, *size.highlights)
    ]


def _write_documents(site: Server, plan: list[dict[str, Any]]) -> dict[str, plain.Written]:
    """Write them into the running site; return their texts and highlights."""
    filling = [sys.executable, "-m", "tests.bench.browser_pages.filling"]
    told = site.run(filling, json.dumps(plan).encode())
    written: dict[str, plain.Written] = json.loads(told)
    return written


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Run Debian's Chromium, or the one that POSTIL_CHROMIUM names.

    Raises:
        Missing: there is none.
    """
    path = os.environ.get("POSTIL_CHROMIUM") or shutil.which("chromium")
    if path is None:
        raise Missing("there is no chromium on this machine; name one in POSTIL_CHROMIUM")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


def _settle(page: Page, session: CDPSession) -> None:
    """Return when what draws has drawn, and the main thread did next to nothing for half a second.

    Raises:
        TimeoutError: that never came.
    """
    page.wait_for_function("window.done !== false", timeout=LOAD_SECONDS * 1000)
    deadline, quiet, before = time.monotonic() + LOAD_SECONDS, 0, -1e9
    while quiet < QUIET_ROUNDS:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{page.url} is never quiet")
        page.wait_for_timeout(QUIET_MS)
        told = session.send("Performance.getMetrics")["metrics"]
        now = 1000 * next(each["value"] for each in told if each["name"] == "TaskDuration")
        quiet = quiet + 1 if now - before < QUIET_BUSY_MS else 0
        before = now


def _visit(browser: Browser, address: str, number: int) -> Visit:
    """Open the page, wait until it is quiet, scroll through it; each part is traced.

    Raises:
        NothingDrawn: there are highlights to show, and none can be seen.
    """
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    try:
        browser.start_tracing(page=page, categories=tracing.CATEGORIES)
        page.goto(address, wait_until="load", timeout=LOAD_SECONDS * 1000)
        _settle(page, session)
        loading = tracing.busy(browser.stop_tracing(), address)
        browser.start_tracing(page=page, categories=tracing.CATEGORIES)
        frames = page.evaluate(SCROLL, SCROLL_SECONDS)
        scrolling = tracing.busy(browser.stop_tracing(), loading.thread)
        if number and not page.evaluate(DRAWN):
            raise NothingDrawn(address)
    finally:
        context.close()
    per_frame = scrolling.whole / frames
    return Visit(loading.whole, loading.from_ready, per_frame, loading.by_work)


def _traced_visit(browser: Browser, address: str, number: int) -> Visit:
    """Visit a page as :func:`_visit` does, again where its trace is lost.

    Raises:
        NotTraced: it was lost :data:`TRIES` times.
        NothingDrawn: as there.
    """
    for _time in range(TRIES - 1):
        with contextlib.suppress(tracing.NotTraced):
            return _visit(browser, address, number)
    return _visit(browser, address, number)


def _address(kind: str, bases: dict[str, str], times: int, number: int) -> str:
    """Where one way to draw shows a document; with 0 highlights, its bare page."""
    if kind == "postil":
        return f"{bases['postil']}/d/x{times}-{number}/"
    return f"{bases['plain']}/x{times}-{number}/{kind}"


def _rounds(browser: Browser, size: Size, bases: dict[str, str]) -> dict[Key, list[Visit]]:
    """Visit all pages in turn, once to warm up what the server keeps and then so many times."""
    pages = [
        (kind, times, number)
        for times in size.lengths
        for number in (0, *size.highlights)
        for kind in KINDS
        if kind != "hypothesis" or number <= HYPOTHESIS_AT_MOST
    ]
    for _kind, times, number in pages:
        with urllib.request.urlopen(_address("postil", bases, times, number)) as answer:  # noqa: S310 -- our own http address
            answer.read()
    visits: dict[Key, list[Visit]] = {}
    for nth in range(size.rounds):
        for key in pages:
            visit = _traced_visit(browser, _address(key[0], bases, *key[1:]), key[2])
            visits.setdefault(key, []).append(visit)
            print(f"  round {nth + 1}, {key}: {visit.whole:.0f} ms", file=sys.stderr)
    return visits


def _row(key: Key, visits: dict[Key, list[Visit]]) -> dict[str, Any]:
    """One way to draw, one document: medians, and what is beyond the bare page of the same."""
    kind, times, number = key
    bare = visits[kind, times, 0]

    def middle(of: list[Visit], name: str) -> float:
        figures: list[float] = [getattr(visit, name) for visit in of]
        return statistics.median(figures)

    row: dict[str, Any] = {"kind": kind, "times": times, "highlights": number}
    for name in ("whole", "ready", "scroll"):
        row[f"{name}_bare_ms"] = middle(bare, name)
        row[f"{name}_ms"] = middle(visits[key], name)
        row[f"{name}_beyond_ms"] = row[f"{name}_ms"] - row[f"{name}_bare_ms"]
    works = {work for visit in (*bare, *visits[key]) for work in visit.work}
    row["work_beyond_ms"] = {
        work: statistics.median(visit.work.get(work, 0) for visit in visits[key])
        - statistics.median(visit.work.get(work, 0) for visit in bare)
        for work in sorted(works)
    }
    return row


def run(size: str) -> dict[str, Any]:
    """Measure at one of :data:`SIZES`.

    Raises:
        Missing: what it is compared with has not been fetched.
        NothingDrawn: one of them does not do what is measured.
    """
    how = SIZES[size]
    with (
        tempfile.TemporaryDirectory(prefix="postil-bench-") as folder,
        postil(Path(folder)) as site,
    ):
        written = _write_documents(site, _plan(how))
        with serving(plain.all_files(written)) as address, running_chromium() as browser:
            version = browser.version
            visits = _rounds(browser, how, {"postil": site.url, "plain": address})
            weight = weigh(browser, f"{site.url}{SPEECH}")
    rows = [_row(key, visits) for key in visits if key[2]]
    return {"chromium": version, "rounds": how.rounds, "rows": rows, "weight": weight}


def main() -> None:
    """Measure, print the table, and write the figures if asked to."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.in_browser")
    parser.add_argument("--size", default="short", choices=SIZES)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    options = parser.parse_args()
    result = run(options.size)
    if options.json:
        options.json.write_text(json.dumps(result, indent=2))
    print(table(result))


if __name__ == "__main__":
    main()
