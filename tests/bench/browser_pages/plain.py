"""Plain pages with the text and the highlights of a document, drawn by others than Postil."""

import html
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.bench.fetch import highlighter, modules

HERE = Path(__file__).parent
SEPARATOR = "\n"
TYPES = {".js": "text/javascript", ".css": "text/css"}
STYLES = {
    "recogito": "@recogito/text-annotator/dist/text-annotator.css",
    "hypothesis": "hypothesis/build/styles/highlights.css",
}
STYLE = """
body { font: 18px/1.6 serif; max-width: 40em; margin: 2em auto }
mark { background: #fe08 }
"""
# The page is done when what was drawn has been handed to the compositor: two frames later.
DRAW = """
window.done = false;
addEventListener("DOMContentLoaded", () => {
  const { spans, options } = JSON.parse(document.getElementById("plan").textContent);
  window.library?.draw(document.querySelector("main"), spans, options);
  requestAnimationFrame(() => requestAnimationFrame(() => { window.done = true; }));
});
"""
Written = dict[str, Any]
LIBRARIES = {"recogito": {}, "recogito-css": {"renderer": "CSS_HIGHLIGHTS"}, "hypothesis": {}}
"""What draws, with its options. The first is Recogito's default renderer."""


def bundle(name: str) -> bytes:
    """Return the library with our few lines that call it, as one script.

    Raises:
        Missing: it has not been fetched.
    """
    folder, script = modules(), HERE / f"{name}.js"
    if name == "hypothesis":
        source = highlighter().parents[2]
        (source / script.name).write_text(script.read_text())
        script = source / script.name
    command = [str(folder / "esbuild" / "bin" / "esbuild"), str(script), "--bundle", "--minify"]
    command += [
        "--format=iife",
        "--global-name=library",
        "--log-level=error",
        "--loader:.css=empty",
    ]
    done = subprocess.run(
        command, env={**os.environ, "NODE_PATH": str(folder)},
        check=True, capture_output=True,
    )  # fmt: skip
    return done.stdout


def with_marks(paragraph: str, spans: list[tuple[int, int]]) -> str:
    """Return the paragraph with flat marks: one element for each run with the same highlights."""
    edges = sorted({0, len(paragraph), *(edge for span in spans for edge in span)})
    depth = dict.fromkeys(edges, 0)
    for start, end in spans:
        depth[start] += 1
        depth[end] -= 1
    pieces, deep = [], 0
    for start, end in pairwise(edges):
        deep += depth[start]
        words = html.escape(paragraph[start:end])
        pieces.append(f"<mark>{words}</mark>" if deep else words)
    return "".join(pieces)


def page(written: Written, kind: str) -> str:
    """Return the page; ``kind`` is ``mark`` or one of :data:`LIBRARIES`."""
    paragraphs: list[str] = written["paragraphs"]
    inside: list[list[tuple[int, int]]] = [[] for _paragraph in paragraphs]
    starts = [0]
    for text in paragraphs:
        starts.append(starts[-1] + len(text) + len(SEPARATOR))
    for at, start, end in written["spans"]:
        inside[at].append((start, end))
    marked = zip(paragraphs, inside if kind == "mark" else [[]] * len(paragraphs), strict=True)
    main = SEPARATOR.join(f"<p>{with_marks(text, spans)}</p>" for text, spans in marked)
    flat = [(starts[at] + a, starts[at] + b) for at, spans in enumerate(inside) for a, b in spans]
    plan = {"spans": [] if kind == "mark" else flat, "options": LIBRARIES.get(kind, {})}
    name = kind.split("-", maxsplit=1)[0]
    library = f'<script src="/{name}.js"></script><link rel="stylesheet" href="/{name}.css">'
    return (
        f'<!doctype html><meta charset="utf-8"><title>Address</title><style>{STYLE}</style>'
        f"<main>{main}</main>"
        f'<script type="application/json" id="plan">{json.dumps(plan)}</script>'
        f"{library if kind in LIBRARIES else ''}<script>{DRAW}</script>"
    )


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[str]:
    """Serve these files, by their paths, from memory; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = files.get(self.path)
            self.send_response(404 if body is None else 200)
            kind = TYPES.get(Path(self.path).suffix, "text/html; charset=utf-8")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def all_files(documents: dict[str, Written]) -> dict[str, bytes]:
    """Return every plain page of these documents, and what they load."""
    files = {f"/{name}.js": bundle(name) for name in STYLES}
    files |= {f"/{name}.css": (modules() / style).read_bytes() for name, style in STYLES.items()}
    for slug, written in documents.items():
        for kind in ("mark", *LIBRARIES):
            files[f"/{slug}/{kind}"] = page(written, kind).encode()
    return files
