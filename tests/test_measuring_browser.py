"""What the benchmarks of the browser and of other programs stand on: spans, marks, traces."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bench.browser_pages import tracing
from tests.bench.browser_pages.filling import longer, spans
from tests.bench.browser_pages.plain import with_marks
from tests.bench.processes import running
from tests.serving import free_port

PARAGRAPHS = ["One & two three.", "A single", "word"]


def test_spans_are_whole_words_and_the_same_every_time() -> None:
    places = spans(PARAGRAPHS, 200)

    assert places == spans(PARAGRAPHS, 200)
    assert {at for at, _start, _end in places} == {0, 1, 2}
    for at, start, end in places:
        words = PARAGRAPHS[at][start:end].split(" ")
        assert words
        assert set(words) <= set(PARAGRAPHS[at].split(" "))


def test_a_longer_text_repeats_all_but_its_title() -> None:
    assert longer("Title\n\na\n\nb", 2) == "Title\n\na\n\nb\n\na\n\nb"


def test_marks_are_flat_and_keep_the_text() -> None:
    text = "One & <two> three."
    marked = with_marks(text, [(0, 9), (6, 18), (6, 9)])

    pieces = re.findall(r"<mark>([^<]*)</mark>", marked)
    assert pieces == ["One &amp; ", "&lt;tw", "o&gt; three."]
    assert "".join(pieces) == marked.replace("<mark>", "").replace("</mark>", "")
    assert with_marks(text, []) == "One &amp; &lt;two&gt; three."


def event(name: str, thread: int, at: int, lasts: int = 0, **more: Any) -> dict[str, Any]:
    """One event of a trace; the processor took half of the time."""
    times = {"ts": at, "dur": lasts, "tdur": lasts // 2, "args": {}}
    return {"name": name, "ph": "X", "pid": 1, "tid": thread, **times, **more}


def test_a_trace_tells_the_work_of_the_page_before_and_after_it_was_ready() -> None:
    events = [
        event(tracing.OPENED, 2, 0, ph="R", args={"data": {"documentLoaderURL": ""}}),
        event("RunTask", 2, 0, 90_000),
        event(tracing.OPENED, 1, 0, ph="R", args={"data": {"documentLoaderURL": "http://x/"}}),
        event(tracing.READY, 1, 500, ph="R"),  # of the empty page
        event("RunTask", 1, 1_000, 8_000),
        event("ParseHTML", 1, 2_000, 6_000),
        event("Layout", 1, 3_000, 2_000),
        event(tracing.READY, 1, 7_000, ph="R"),
        event("RunTask", 1, 20_000, 4_000),
    ]
    seen = tracing.busy(json.dumps({"traceEvents": events}).encode(), "http://x/")

    assert seen.thread == (1, 1)
    assert seen.whole == pytest.approx(6)
    assert seen.from_ready == pytest.approx(3)
    assert seen.by_work == pytest.approx({"other": 3, "parsing": 2, "layout": 1})


def test_a_trace_without_a_page_is_refused() -> None:
    with pytest.raises(ValueError, match="http://x/"):
        tracing.busy(b'{"traceEvents": []}', "http://x/")


def test_a_server_is_charged_for_its_children(tmp_path: Path) -> None:
    port = free_port()
    code = (
        "import os, time\n"
        "from http.server import HTTPServer, BaseHTTPRequestHandler\n"
        "if os.fork() == 0:\n"
        "    while time.process_time() < 0.3: pass\n"
        "    time.sleep(60)\n"
        f"HTTPServer(('127.0.0.1', {port}), BaseHTTPRequestHandler).serve_forever()\n"
    )
    with running([sys.executable, "-c", code], {}, tmp_path, port, "/") as server:
        assert server.cpu_ms() >= 300


def test_a_server_that_ends_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="no such thing"),
        running([sys.executable, "-c", "raise SystemExit('no such thing')"], {}, tmp_path, 1, "/"),
    ):
        pass
