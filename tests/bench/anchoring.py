"""Measure anchoring on revisions with known truth: ``make bench-anchoring``.

For each scenario a table says how many quotes were put right (on their words, or rightly
orphaned), how many surviving ones stand on wrong words or were lost, and how many vanished ones
are orphans; and on a text of 400 KB how long it took. A second table sets the scores against the
share that is right.
"""

import argparse
import json
import platform
import resource
import sys
import time
from pathlib import Path
from typing import Any

from tests.bench.revisions import LANGUAGES, SCENARIOS, Fate, Scenario, Tally, total_of
from tests.bench.revisions.running import Result, postil, run, run_large, small_revisions

DEVELOPMENT, HELD_OUT = 1_000, 900_000
"""The first seed of those to work with, and of those that nobody tunes to."""
QUOTES, LARGE_QUOTES, LARGE_JUDGED = 80, 10_000, 1_000
MEMORY_LIMIT = 4 * 1024**3

SHORT_HEAD = (
    f"{'':<26}{'quotes':>8}{'right %':>9}{'edges %':>9}{'wrong %':>9}{'lost %':>8}"
    f"{'vanished':>10}{'orphaned %':>12}"
)
HEAD = f"{SHORT_HEAD}{'diff s':>8}{'µs/quote':>10}"
CALIBRATION_HEAD = f"{'score':<14}{'anchors':>9}{'mean':>8}{'right':>8}{'apart':>8}"


def measure(scenario: Scenario, options: argparse.Namespace) -> Result:
    """Run one scenario on all languages, and on the large text."""
    result = Result()
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    for revision in small_revisions(scenario, seeds):
        run(revision, options.quotes, postil, result)
    if not options.no_large:
        counts = LARGE_QUOTES, LARGE_JUDGED
        run_large(scenario, options.large, options.first_seed, counts, postil, result)
    return result


def row(name: str, tally: Tally, result: Result | None = None) -> str:
    """One row of the table of scenarios."""
    figures = (
        f"{name:<26}{tally.quotes:>8}{100 * tally.right:>9.2f}{100 * tally.edges:>9.2f}"
        f"{100 * tally.wrong:>9.3f}{100 * tally.lost:>8.2f}"
        f"{tally.fates[Fate.VANISHED]:>10}{100 * tally.orphaned:>12.2f}"
    )
    if result is None:
        return figures
    return f"{figures}{result.diff_seconds:>8.3f}{result.microseconds:>10.1f}"


def calibration(tally: Tally) -> list[str]:
    """The scores beside the share that is right."""
    lines = [CALIBRATION_HEAD]
    for each in tally.bins:
        flag = "  off" if each.is_off else ""
        lines.append(
            f"{each.low:<5} to {each.high:<6}{each.count:>9}{each.mean:>8.3f}{each.share:>8.3f}"
            f"{each.share - each.mean:>+8.3f}{flag}"
        )
    return lines


def reached(results: dict[str, Result], total: Tally) -> list[str]:
    """Each target, the figure, and whether it is reached."""
    targets = [
        ("right, of all", 100 * total.right, ">=", 99.5, "%"),
        ("wrong words, of surviving", 100 * total.wrong, "<=", 0.1, "%"),
        ("orphaned, of vanished", 100 * total.orphaned, ">=", 99.0, "%"),
    ]
    if "unchanged" in results:
        targets.append(("right, unchanged", 100 * results["unchanged"].tally.right, ">=", 100, "%"))
    worst = max(results.values(), key=lambda each: each.microseconds)
    if worst.microseconds:
        seconds = max(each.diff_seconds for each in results.values())
        targets.append(("slowest per quote", worst.microseconds, "<=", 100, "µs"))
        targets.append(("slowest diff", seconds, "<", 1, "s"))
    off = sum(each.is_off for each in total.bins)
    targets.append(("score bins off by 5 points", off, "<=", 0, ""))
    lines = []
    for name, figure, sign, goal, unit in targets:
        kept = {"<=": figure <= goal, ">=": figure >= goal, "<": figure < goal}[sign]
        answer = "yes" if kept else "NO"
        lines.append(f"{name:<28}{figure:>9.3f} {unit:<3} {sign} {goal:<6} {answer}")
    return lines


def details(results: dict[str, Result]) -> list[str]:
    """The same figures by language, and by what was kept of the selectors."""
    lines = []
    for of in ("by_language", "by_kept"):
        parts = [getattr(result, of) for result in results.values()]
        names = dict.fromkeys(name for part in parts for name in part)
        lines += ["", SHORT_HEAD]
        lines += [
            row(name, total_of(part[name] for part in parts if name in part)) for name in names
        ]
    return lines


def report(results: dict[str, Result], *, with_details: bool) -> str:
    """All tables."""
    total = total_of(result.tally for result in results.values())
    lines = [HEAD]
    lines += [row(name, result.tally, result) for name, result in results.items()]
    lines.append(row("total", total))
    if with_details:
        lines += details(results)
    lines += ["", *calibration(total), "", *reached(results, total)]
    fates = ", ".join(f"{count} {fate}" for fate, count in total.fates.items())
    lines += ["", f"What became of the passages: {fates} (left out)."]
    errors = [error for result in results.values() for error in result.errors]
    if errors:
        lines += ["", f"{len(errors)} errors, the first of them:", *errors[:10]]
    return "\n".join(lines)


def as_json(results: dict[str, Result]) -> dict[str, Any]:
    """The same figures for a program."""
    rows = {}
    for name, result in results.items():
        tally = result.tally
        rows[name] = {
            "quotes": tally.quotes,
            "right": tally.right,
            "edges": tally.edges,
            "wrong": tally.wrong,
            "lost": tally.lost,
            "orphaned": tally.orphaned,
            "outcomes": {key.value: count for key, count in tally.outcomes.items()},
            "fates": {key.value: count for key, count in tally.fates.items()},
            "diff_seconds": result.diff_seconds,
            "microseconds": result.microseconds,
            "errors": len(result.errors),
        }
    total = total_of(result.tally for result in results.values())
    bins = [
        {"low": each.low, "high": each.high, "count": each.count}
        | {"mean": each.mean, "right": each.share, "off": each.is_off}
        for each in total.bins
    ]
    return {"python": platform.python_version(), "scenarios": rows, "calibration": bins}


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.anchoring", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds")
    parser.add_argument("--first-seed", type=int, default=DEVELOPMENT, help="the first of them")
    parser.add_argument(
        "--held-out", action="store_true", help="seeds that nobody tunes to: look at the table only"
    )
    parser.add_argument("--quotes", type=int, default=QUOTES, help="how many from each text")
    parser.add_argument("--scenario", help="only scenarios with this in their name")
    parser.add_argument("--large", default="English", choices=LANGUAGES[1:], metavar="LANGUAGE")
    parser.add_argument("--no-large", action="store_true", help="leave the 400 KB texts out")
    parser.add_argument("--details", action="store_true", help="also by language and selectors")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--dump-failures", type=Path, metavar="FILE", help="JSON Lines")
    options = parser.parse_args(arguments)
    if options.held_out:
        options.first_seed = HELD_OUT
    return options


def main() -> None:
    """Measure and write."""
    options = parse()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    begun, results = time.perf_counter(), dict[str, Result]()
    for scenario in SCENARIOS:
        if not options.scenario or options.scenario in scenario.name:
            print(f"{scenario.name} ...", end="\r", file=sys.stderr, flush=True)
            results[scenario.name] = measure(scenario, options)
    if not results:
        sys.exit("There is no such scenario.")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(report(results, with_details=options.details))
    print(f"{time.perf_counter() - begun:.0f} s in all, at most {peak} MB of memory.")
    if options.json:
        options.json.write_text(json.dumps(as_json(results), indent=2) + "\n", encoding="utf-8")
    if options.dump_failures:
        with options.dump_failures.open("w", encoding="utf-8") as file:
            for result in results.values():
                for failure in result.failures:
                    file.write(json.dumps(failure, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
