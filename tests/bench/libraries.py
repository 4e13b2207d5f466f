"""Measure libraries for the two parts of anchoring: ``python -m tests.bench.libraries``.

*Comparing*: two whole texts; how long, how much memory, and what share of the characters that
survive is matched with itself. *Finding*: a quote some of whose words were replaced, in the new
text. Libraries that are not installed are left out; each measurement runs in a process of its own
with limits of time and memory.
"""

import argparse
import importlib
import json
import math
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from itertools import accumulate
from pathlib import Path
from typing import Any

from tests.bench.revisions import SCENARIOS, Fate, Revision, make_quotes, make_revision, truth_of
from tests.bench.revisions.truth import weighs

SECONDS, MEMORY, TIMES = 15, 4 * 1024**3, 3
SEED = 500
FUZZY_QUOTES = 20
TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
NOT_FOUND = -1, -1

Block = tuple[int, int, int]
"""Where it begins in the old text, where in the new one, and how long it is."""
Blocks = Iterable[Block]

CASES = {
    "transcript, typos": ("typos corrected", "Transcript", 8_000),
    "40 KB, 10 % replaced": ("10 % words replaced", "English", 40_000),
    "400 KB, 3 % replaced": ("3 % words replaced", "English", 400_000),
    "400 KB, 10 % replaced": ("10 % words replaced", "English", 400_000),
    "400 KB, paragraphs moved": ("paragraphs moved", "English", 400_000),
    "400 KB, all mixed": ("all mixed", "English", 400_000),
    "40 KB Chinese, 10 %": ("10 % words replaced", "Chinese", 40_000),
}
FINDING = ("40 KB, 10 % replaced", "400 KB, 10 % replaced", "40 KB Chinese, 10 %")


def _load(name: str) -> Any:
    """A library by name: it need not be installed."""
    return importlib.import_module(name)


def tokens(text: str) -> list[str]:
    """Words, spaces and signs: together they are the text."""
    return TOKEN.findall(text)


def by_words(compare: Callable[[list[str], list[str]], Blocks], old: str, new: str) -> Blocks:
    """Compare words; the blocks that come of it are in characters."""
    one, other = tokens(old), tokens(new)
    olds, news = [list(accumulate(map(len, side), initial=0)) for side in (one, other)]
    for start, begin, length in compare(one, other):
        yield olds[start], news[begin], olds[start + length] - olds[start]


def difflib_blocks(old: Any, new: Any) -> Blocks:
    """The standard library."""
    matcher = _load("difflib").SequenceMatcher(None, old, new, autojunk=False)
    return [tuple(block) for block in matcher.get_matching_blocks()]


def levenshtein_blocks(old: Any, new: Any) -> Blocks:
    """RapidFuzz, all three edits."""
    found = _load("rapidfuzz.distance").Levenshtein.opcodes(old, new).as_matching_blocks()
    return [tuple(block) for block in found]


def indel_blocks(old: Any, new: Any) -> Blocks:
    """RapidFuzz, the longest common subsequence."""
    found = _load("rapidfuzz.distance").Indel.opcodes(old, new).as_matching_blocks()
    return [tuple(block) for block in found]


def fast_dmp_blocks(old: str, new: str) -> Blocks:
    """The C++ form of diff-match-patch."""
    diff = _load("fast_diff_match_patch").diff
    return _from_steps(diff(old, new, timelimit=0, checklines=False, cleanup="No"))


def fast_dmp_lines_blocks(old: str, new: str) -> Blocks:
    """The same, lines first, and with a second at most."""
    diff = _load("fast_diff_match_patch").diff
    return _from_steps(diff(old, new, timelimit=1, checklines=True, cleanup="No"))


def dmp_blocks(old: str, new: str) -> Blocks:
    """diff-match-patch in Python."""
    library = _load("diff_match_patch").diff_match_patch()
    library.Diff_Timeout = 0
    steps = library.diff_main(old, new, checklines=False)
    return _from_steps(("-=+"[step + 1], len(text)) for step, text in steps)


def edlib_blocks(old: str, new: str) -> Blocks:
    """Edlib, whole against whole."""
    cigar = _load("edlib").align(old, new, mode="NW", task="path")["cigar"]
    sides = {"=": "=", "I": "-", "D": "+", "X": "x"}
    found = re.findall(r"(\d+)([=IDX])", cigar)
    return _from_steps((sides[step], int(count)) for count, step in found)


def _from_steps(steps: Iterable[tuple[str, int]]) -> Blocks:
    blocks, old, new = list[Block](), 0, 0
    for step, length in steps:
        if step == "=":
            blocks.append((old, new, length))
        old += length if step in "=-x" else 0
        new += length if step in "=+x" else 0
    return blocks


COMPARING: dict[str, Callable[[str, str], Blocks]] = {
    "difflib, characters": difflib_blocks,
    "difflib, words": lambda old, new: by_words(difflib_blocks, old, new),
    "rapidfuzz Levenshtein, characters": levenshtein_blocks,
    "rapidfuzz Levenshtein, words": lambda old, new: by_words(levenshtein_blocks, old, new),
    "rapidfuzz Indel, characters": indel_blocks,
    "rapidfuzz Indel, words": lambda old, new: by_words(indel_blocks, old, new),
    "fast-diff-match-patch": fast_dmp_blocks,
    "fast-diff-match-patch, lines, 1 s": fast_dmp_lines_blocks,
    "diff-match-patch": dmp_blocks,
    "edlib": edlib_blocks,
}


def rapidfuzz_find(words: str, text: str, _hint: int) -> tuple[int, int]:
    """The best place for the words."""
    found = _load("rapidfuzz.fuzz").partial_ratio_alignment(words, text)
    return found.dest_start, found.dest_end


def edlib_find(words: str, text: str, _hint: int) -> tuple[int, int]:
    """The place with the least edits, half of the words' length at most."""
    found = _load("edlib").align(words, text, mode="HW", task="locations", k=len(words) // 2)
    if not found["locations"]:
        return NOT_FOUND
    start, last = found["locations"][0]
    return start, last + 1


def difflib_find(words: str, text: str, _hint: int) -> tuple[int, int]:
    """The longest piece in common."""
    matcher = _load("difflib").SequenceMatcher(None, text, words, autojunk=False)
    found = matcher.find_longest_match()
    return found.a - found.b, found.a - found.b + len(words)


def dmp_find(words: str, text: str, hint: int) -> tuple[int, int]:
    """The place near the hint, anywhere in the text, that is like the words."""
    library = _load("diff_match_patch").diff_match_patch()
    library.Match_Distance = len(text)
    start = library.match_main(text, words, hint)
    return (start, start + len(words)) if start >= 0 else NOT_FOUND


FINDERS: dict[str, Callable[[str, str, int], tuple[int, int]]] = {
    "rapidfuzz partial_ratio": rapidfuzz_find,
    "edlib, infix": edlib_find,
    "difflib": difflib_find,
    "diff-match-patch": dmp_find,
}


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
    ]
    for task, names, cases in tasks:
        for name in names:
            limit = math.inf
            for case in cases:
                size = CASES[case][2]
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
        measure_one = measure_comparing if task == "comparing" else measure_finding
        print(json.dumps(measure_one(name, case)))
        return
    rows = measure_all()
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
