"""Many open streams on one process, as ``tests.bench.streams`` measures them, beside the aims."""

from typing import Any

from tests.bench import streams

NAME = "streams"
SIZES = {
    "toy": ("--streams", "20", "--cuts", "10", "--events", "3", "--every", "0.2"),
    "short": ("--streams", "1000", "--cuts", "200", "--events", "5"),
    "full": (),
}
MEGABYTE = 1_000_000
MOST_MEMORY, MOST_THREADS, MOST_SECONDS = 200, 20, 1.0  # megabytes; of the 99th percentile


def run(size: str) -> dict[str, Any]:
    """Measure at one of the :data:`SIZES` and return the figures."""
    found: dict[str, Any] = streams.main(list(SIZES[size]))
    return found


def table(result: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    before, opened, after = (result[f"server_{when}"] for when in ("before", "opened", "after"))
    lines = [
        f"{result['streams']:,} streams opened in {result['opened_in_seconds']} s, "
        f"{result['cuts']:,} cut and opened again while events came; "
        f"{result['with_gaps_or_doubles']} had a gap or a double.",
        "",
        "| the process | memory | threads | open files |",
        "|---|--:|--:|--:|",
    ]
    named = (("without streams", before), ("with all open", opened), ("in the end", after))
    lines += [
        f"| {name} | {held['memory'] / MEGABYTE:.0f} MB | {held['threads']} | {held['files']} |"
        for name, held in named
    ]
    lines += ["", "| an event was at a stream after | p50 | p99 | most |", "|---|--:|--:|--:|"]
    delays = (("", result["seconds"]), (", while some are cut", result["seconds_while_cutting"]))
    lines += [
        f"| seconds{name} | {one['p50']:.3f} | {one['p99']:.3f} | {one['most']:.3f} |"
        for name, one in delays
    ]
    return "\n".join(lines)


def targets(result: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Return name, aim, figure and whether it is met, for each thing that is aimed at."""
    memory = max(result["server_opened"]["memory"], result["server_after"]["memory"]) / MEGABYTE
    threads = max(result["server_opened"]["threads"], result["server_after"]["threads"])
    slowest = max(result["seconds"]["p99"], result["seconds_while_cutting"]["p99"])
    wrong = result["with_gaps_or_doubles"]
    met = memory < MOST_MEMORY and threads < MOST_THREADS and slowest <= MOST_SECONDS
    figure = f"{memory:.0f} MB, {threads} threads, p99 {slowest:.2f} s, {wrong} with gap or double"
    aim = "under 200 MB and 20 threads, p99 at most 1 s, no gap, no double"
    what = f"{result['streams']:,} open streams on one process, {result['cuts']:,} reconnects"
    return [(what, aim, figure, met and not wrong)]
