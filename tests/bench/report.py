"""What was measured, as docs/performance.md tells it: each table between two marks of its own."""

import json
import os
import platform
import re
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

BENCHMARKS = {
    "pages": "tests.bench.pages",
    "writes": "tests.bench.writes",
    "streams": "tests.bench.many_streams",
    "soak": "tests.bench.soak",
    "scale": "tests.bench.scale",
    "in_browser": "tests.bench.in_browser",
    "competitors": "tests.bench.competitors",
}
# What is aimed at, by what measures it; those that can, say what they found of it themselves.
AIMS = {
    "pages": (
        "Reader's page, 10, 1,000 and 10,000 annotations: CPU",
        "anonymous at most 1.5 times the floor, conditional 1.2, signed in 4",
    ),
    "in_browser": (
        "Main thread in Chromium beyond the bare page; own JavaScript",
        "1,000 highlights at most 40 ms, 10,000 at most 100 ms; at most 12 KB",
    ),
    "writes": (
        "Creating annotations, 8 clients",
        "at least 200 a second, p95 at most 100 ms, no error",
    ),
    "scale": (
        "10,000 documents and 1,000,000 annotations; a book of 20,000 paragraphs",
        "p95 at most 1.5 times that of a site with 10,000; the book of the speech",
    ),
    "streams": (
        "5,000 open streams on one process, 1,000 reconnects",
        "under 200 MB and 20 threads, p99 at most 1 s, no gap, no double",
    ),
    "soak": ("Soak of 15 minutes at 50% load", "memory, open files and latency flat"),
}
TARGETS, PLOTS = "targets", "plots"  # what a module may have beside run and table
NOT_YET = "not measured yet"
FIGURES = "figures.json"  # in the folder beside the document
Result = dict[str, Any]


class Unmarked(Exception):
    """The document has no place for a table."""


def module_of(name: str) -> ModuleType:
    """Return the module that measures something."""
    return import_module(BENCHMARKS[name])


def machine() -> dict[str, Any]:
    """Return what a figure depends on: the machine, what else it does, the versions, the day."""
    information = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"^model name\s*:\s*(.+)$", information, re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    packages = {name: version(name) for name in ("Django", "granian", "psycopg")}
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "processor": model.group(1) if model else platform.machine(),
        "memory_gb": round(memory / 1e9),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name.lower(): number for name, number in packages.items()},
    }


def described(name: str, result: Result) -> str:
    """Return a result's table with the machine it was measured on, as Markdown."""
    on = result["machine"]
    told = (
        f"Measured on {on['date']} (size {result['size']}): {on['cores']} cores, "
        f"{on['processor']}, {on['memory_gb']} GB, load {on['load']} at the start; "
        f"Python {on['python']}, Django {on['django']}, granian {on['granian']}, "
        f"SQLite {on['sqlite']}."
    )
    return f"{told}\n\n{module_of(name).table(result['result'])}"


def targets_table(results: Mapping[str, Result]) -> str:
    """Return a table of all that is aimed at: the figure, and whether it is met."""
    lines = ["| | aim | figure | |", "|---|---|---|---|"]
    for name, (what, aim) in AIMS.items():
        rows = _found(name, results[name]) if name in results else []
        lines += [f"| {' | '.join(row)} |" for row in rows or [(what, aim, NOT_YET, "")]]
    return "\n".join(lines)


def _found(name: str, result: Result) -> list[tuple[str, str, str, str]]:
    tell = getattr(module_of(name), TARGETS, None)
    if tell is None:
        return [(*AIMS[name], "below", "")]
    # A small size says that it works, not how fast.
    note = "" if result["size"] == "full" else f" (size {result['size']})"
    return [
        (what, aim, figure + note, "met" if met else "missed")
        for what, aim, figure, met in tell(result["result"])
    ]


def place(text: str, name: str, table: str) -> str:
    """Return the text with the table between the two marks that have this name.

    Raises:
        Unmarked: the text has no such marks.
    """
    begin, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    before, found, rest = text.partition(begin)
    _former, closed, after = rest.partition(end)
    if not found or not closed:
        raise Unmarked(f"there is no {begin} … {end}")
    return f"{before}{begin}\n{table}\n{end}{after}"


def publish(document: Path, results: dict[str, Result]) -> None:
    """Put the results into the document, and keep them with the earlier ones beside it.

    Raises:
        Unmarked: the document has no place for one of them.
    """
    folder = document.with_suffix("")
    folder.mkdir(exist_ok=True)
    figures = folder / FIGURES
    kept: dict[str, Result] = {}
    if figures.exists():
        kept = json.loads(figures.read_text(encoding="utf-8"))
    kept |= results
    text = document.read_text(encoding="utf-8")
    for name, result in results.items():
        text = place(text, name, described(name, result))
        draw = getattr(module_of(name), PLOTS, None)
        drawings: dict[str, str] = draw(result["result"]) if draw else {}
        for file, drawn in drawings.items():
            (folder / file).write_text(drawn, encoding="utf-8")
    document.write_text(place(text, TARGETS, targets_table(kept)), encoding="utf-8")
    figures.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
