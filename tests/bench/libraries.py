"""Measure libraries for the two parts of anchoring: ``python -m tests.bench.libraries``.

*Comparing*: two whole texts; how long, how much memory, and what share of the characters that
survive is matched with itself. *Finding*: a quote some of whose words were replaced, in the new
text. Libraries that are not installed are left out; each measurement runs in a process of its own
with limits of time and memory.
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.bench.adapters import COMPARING, FINDERS, Block
from tests.bench.revisions import SCENARIOS, Fate, Revision, make_quotes, make_revision, truth_of
from tests.bench.revisions.truth import weighs

SECONDS, MEMORY, TIMES = 15, 4 * 1024**3, 3
SEED = 500
FUZZY_QUOTES = 20
CASES = {
    "transcript, typos": ("typos corrected", "Transcript", 8_000),
    "40 KB, 10 % replaced": ("10 % words replaced", "English", 40_000),
    "400 KB, 3 % replaced": ("3 % words replaced", "English", 400_000),
    "400 KB, 10 % replaced": ("10 % words replaced", "English", 400_000),
    "400 KB, paragraphs moved": ("paragraphs moved", "English", 400_000),
    "400 KB, all mixed": ("all mixed", "English", 400_000),
    "40 KB Chinese, 10 %": ("10 % words replaced", "Chinese", 40_000),
}
MANY_SIGNS = 1_000
SIGNS = f"{MANY_SIGNS} signs"
FINDING = ("40 KB, 10 % replaced", "400 KB, 10 % replaced", "40 KB Chinese, 10 %")


def revision_of(case: str) -> Revision:
    """The revision of a case."""
    name, language, size = CASES[case]
    scenario = next(each for each in SCENARIOS if each.name == name)
    return make_revision(scenario, language, SEED, size)


def measure_comparing(name: str, case: str) -> dict[str, Any]:
    """Compare, and see how many of the characters that survive are matched with themselves."""
    revision = revision_of(case)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, blocks = math.inf, list[Block]()
    for _ in range(TIMES):
        begun = time.perf_counter()
        blocks = list(COMPARING[name](revision.old, revision.new))
        seconds = min(seconds, time.perf_counter() - begun)
        if seconds > 1:
            break
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    matched = right = 0
    for old, new, length in blocks:
        for index in range(length):
            if weighs(revision.old[old + index]):
                matched += 1
                right += revision.origins[new + index] == old + index
    places = enumerate(revision.first)
    surviving = sum(place >= 0 and weighs(revision.old[old]) for old, place in places)
    return {
        "seconds": seconds,
        "megabytes": (after - before) / 1024,
        "found": right / surviving,
        "wrong": (matched - right) / max(1, matched),
    }


def measure_signs(name: str, _case: str) -> dict[str, Any]:
    """Compare two short texts that are written with many different signs, as Chinese is."""
    signs = "".join(map(chr, range(0x4E00, 0x4E00 + MANY_SIGNS)))
    begun = time.perf_counter()
    blocks = COMPARING[name](signs, signs[1:])
    found = sum(length for *_, length in blocks) / (len(signs) - 1)
    return {"seconds": time.perf_counter() - begun, "found": found}


def measure_finding(name: str, case: str) -> dict[str, Any]:
    """Find quotes that lost a word or more."""
    revision = revision_of(case)
    chosen = []
    for quote in make_quotes(revision, 2_000):
        truth = truth_of(revision, quote.start, quote.end)
        words = quote.quote.exact
        if truth.fate is Fate.SURVIVES and len(words) > 40 and words not in revision.new:
            chosen.append((quote, truth.spans[0]))
    chosen = chosen[:FUZZY_QUOTES]
    begun, found = time.perf_counter(), 0
    for quote, span in chosen:
        start, end = FINDERS[name](quote.quote.exact, revision.new, quote.start)
        common = min(end, span.end) - max(start, span.start)
        found += 2 * common >= max(end - start, span.end - span.start)
    seconds = (time.perf_counter() - begun) / len(chosen)
    return {"seconds": seconds, "found": found / len(chosen)}


MEASURES = {
    "comparing": measure_comparing,
    "finding": measure_finding,
    "signs": measure_signs,
}


def in_its_own_process(task: str, name: str, case: str) -> dict[str, Any]:
    """Measure with limits; what goes wrong is the answer."""
    command = [sys.executable, "-m", "tests.bench.libraries", "--one", task, name, case]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return {"error": f"> {SECONDS} s"}
    if done.returncode == 0:
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer
    said = done.stderr.strip().splitlines() or [f"ended with {done.returncode}"]
    kind = said[-1][:90]
    return {"error": "not installed" if "ModuleNotFoundError" in kind else kind}


def measure_all() -> list[dict[str, Any]]:
    """Every library in every case; one that failed is not tried on a larger text."""
    rows = []
    tasks: list[tuple[str, Iterable[str], Iterable[str]]] = [
        ("comparing", COMPARING, CASES),
        ("finding", FINDERS, FINDING),
        ("signs", [name for name in COMPARING if "words" not in name], [SIGNS]),
    ]
    for task, names, cases in tasks:
        for name in names:
            limit = math.inf
            for case in cases:
                size = CASES[case][2] if case in CASES else 0
                if size >= limit:
                    continue
                row = {"task": task, "name": name, "case": case}
                row |= in_its_own_process(task, name, case)
                rows.append(row)
                print(line(row), flush=True)
                if row.get("error") == "not installed":
                    break
                if "error" in row:
                    limit = size + 1
    return rows


def line(row: dict[str, Any]) -> str:
    """One measurement for people."""
    title = f"{row['task']:<10}{row['name']:<36}{row['case']:<26}"
    if "error" in row:
        return f"{title}{row['error']}"
    more = ""
    if "megabytes" in row:
        more = f"{100 * row['wrong']:>8.2f} % wrong{row['megabytes']:>8.0f} MB"
    return f"{title}{row['seconds']:>10.4f} s{100 * row['found']:>8.2f} % found{more}"


def main() -> None:
    """Measure all of it, or one of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.libraries", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--one", nargs=3, metavar=("TASK", "NAME", "CASE"))
    options = parser.parse_args()
    if options.one:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        task, name, case = options.one
        print(json.dumps(MEASURES[task](name, case)))
        return
    rows = measure_all()
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
