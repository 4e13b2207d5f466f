"""A site under a steady load for a long time: do memory, open files, threads or latency grow?

``python -m tests.bench.soak --minutes 15 --load 0.5`` finds the highest rate of a mixed load
(90 of a hundred ask for the page, 5 do so signed in, 5 write; 50 streams are open), then sends that
share of it.
"""

import argparse
import json
import math
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.hosting import Server, filled_site, running_site, surroundings_of
from tests.bench.mixed import WRITING, Mix, Streams
from tests.bench.plots import Line, plot

NAME = "soak"
MEGABYTE = 1_000_000
BEFORE = 0.2  # of the time, which does not count: caches and threads come into being
# What may be called flat: growth over the time that counts, of the mean.
HELD, LATENCY = 0.05, 0.10
SURELY = 2.0  # standard errors: a slope below so many cannot be told from none
WHAT = {
    "memory": ("Memory of the workers", HELD),
    "files": ("Open files", HELD),
    "threads": ("Threads", HELD),
    "p50_ms": ("Latency, median", LATENCY),
    "p95_ms": ("Latency, 95th percentile", LATENCY),
}


@dataclass(frozen=True, slots=True)
class Size:
    """How long, and under how much."""

    minutes: float
    every: float  # seconds between samples
    finding: float  # seconds in which the highest rate is found
    annotations: int = 1_000
    streams: int = 50
    load: float = 0.5
    settled: bool = True
    events_come: float = 2  # seconds, in which the last events are with all streams


SIZES = {
    "toy": Size(0.03, 0.3, 0.5, annotations=10, streams=5, settled=False, events_come=1),
    "short": Size(1, 2, 5),
    "full": Size(15, 5, 20),
}


class Failed(Exception):
    """A request failed or a stream was lost."""


def run(size: str) -> dict[str, Any]:
    """Measure at one of the :data:`SIZES` and return the figures.

    Raises:
        Failed: something was refused or lost under the load.
    """
    return measure(SIZES[size])


def measure(size: Size) -> dict[str, Any]:
    """Find the highest rate, send a share of it, and return what was seen meanwhile.

    Raises:
        Failed: as above.
    """
    with (
        filled_site(size.annotations) as (folder, made),
        running_site(surroundings_of(folder), settled=size.settled) as site,
    ):
        streams = Streams(site.port, made["documents"][0]["slug"], size.streams)
        try:
            return _under_load(site, made, streams, size)
        finally:
            streams.close()


def _under_load(site: Server, made: dict[str, Any], streams: Streams, size: Size) -> dict[str, Any]:
    warming = Mix(site.port, made)
    warming.start(size.finding)
    warming.finish()
    highest = Mix(site.port, made)
    highest.start(size.finding)
    highest.finish()
    most = len(highest.done) / size.finding
    mix = Mix(site.port, made)
    time.sleep(size.events_come)
    heard = streams.events
    began = time.monotonic()
    mix.start(size.minutes * 60, most * size.load)
    samples = _sampled(site, mix, size, began)
    mix.finish()
    time.sleep(size.events_come)
    _check([warming, highest, mix], streams)
    return {
        "minutes": size.minutes,
        "streams": streams.open,
        "most_per_second": most,
        "per_second": len(mix.done) / (size.minutes * 60),
        "load": size.load,
        "requests": len(mix.done),
        "writes": sum(1 for one in mix.done if one.kind == WRITING),
        "events_heard": streams.events - heard,
        "samples": samples,
        "trends": trends(samples),
    }


def _sampled(site: Server, mix: Mix, size: Size, began: float) -> list[dict[str, float]]:
    samples = []
    seen = 0
    for number in range(1, max(1, round(size.minutes * 60 / size.every)) + 1):
        time.sleep(max(0.0, began + number * size.every - time.monotonic()))
        done = mix.done[seen:]
        seen += len(done)
        took = sorted(one.ms for one in done) or [math.nan]
        samples.append(
            {
                "minute": (time.monotonic() - began) / 60,
                **site.held(),
                "p50_ms": statistics.median(took),
                "p95_ms": took[math.ceil(len(took) * 0.95) - 1],
                "requests": len(done),
            }
        )
    return samples


def _check(mixes: list[Mix], streams: Streams) -> None:
    errors = [error for mix in mixes for error in mix.errors]
    if errors or streams.lost:
        raise Failed(f"{streams.lost} streams lost, {len(errors)} errors: {errors[:3]}")


def trends(samples: list[dict[str, float]]) -> dict[str, dict[str, Any]]:
    """Return for each thing its mean, its growth by linear regression, and whether it is flat.

    The first fifth does not count. It is flat if it grew by less than is allowed, or by less than
    twice the standard error of the slope.
    """
    counted = [one for one in samples if one["requests"]]
    counted = counted[int(len(counted) * BEFORE) :]
    minutes = [one["minute"] for one in counted]
    return {
        what: _trend(minutes, [one[what] for one in counted], allowed)
        for what, (_name, allowed) in WHAT.items()
    }


def _trend(minutes: list[float], values: list[float], allowed: float) -> dict[str, Any]:
    mean = statistics.fmean(values)
    if len(values) < 3:
        return {"mean": mean, "growth": 0.0, "sure": False, "flat": True}
    slope, start = statistics.linear_regression(minutes, values)
    left = sum(
        (value - start - slope * minute) ** 2 for minute, value in zip(minutes, values, strict=True)
    )
    middle = statistics.fmean(minutes)
    spread = sum((minute - middle) ** 2 for minute in minutes)
    error = math.sqrt(left / (len(values) - 2) / spread)
    growth = slope * (minutes[-1] - minutes[0]) / mean
    is_sure = slope > SURELY * error
    return {
        "mean": mean,
        "growth": growth,
        "sure": is_sure,
        "flat": not (is_sure and growth > allowed),
    }


def plots(result: dict[str, Any]) -> dict[str, str]:
    """Return pictures as SVG, by the names of their files."""
    samples = [one for one in result["samples"] if one["requests"]]
    minutes = [one["minute"] for one in samples]

    def line(name: str, what: str, divided: float = 1.0) -> Line:
        return Line(name, [one[what] / divided for one in samples])

    memory = [line("memory", "memory", MEGABYTE)]
    held = [line("open files", "files"), line("threads", "threads")]
    latency = [line("median", "p50_ms"), line("95th percentile", "p95_ms")]
    return {
        "soak-memory.svg": plot("Memory of the workers", "MB", minutes, memory),
        "soak-files.svg": plot("Open files and threads of the workers", "", minutes, held),
        "soak-latency.svg": plot("Latency of all requests", "ms", minutes, latency),
    }


def table(result: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    lines = [
        f"{result['minutes']:g} minutes at {result['per_second']:.0f} requests a second, "
        f"{result['load']:.0%} of the {result['most_per_second']:.0f} that the site answered "
        f"at most; {result['requests']:,} requests, {result['writes']:,} of them writes; "
        f"{result['streams']} streams open, which heard {result['events_heard']:,} events.",
        "",
        "| | mean | growth over the time that counts | |",
        "|---|--:|--:|---|",
    ]
    for what, trend in result["trends"].items():
        name, _allowed = WHAT[what]
        growth = f"{trend['growth']:+.1%}" + ("" if trend["sure"] else ", not beyond chance")
        lines.append(
            f"| {name} | {_shown(what, trend['mean'])} | {growth} "
            f"| {'flat' if trend['flat'] else 'grows'} |"
        )
    lines += ["", *(f"![{name}](performance/{name})" for name in plots(result))]
    return "\n".join(lines)


def _shown(what: str, value: float) -> str:
    if what == "memory":
        return f"{value / MEGABYTE:.0f} MB"
    return f"{value:.1f} ms" if what.endswith("_ms") else f"{value:.0f}"


def targets(result: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Return name, aim, figure and whether it is met, for each thing that is aimed at."""
    grown = [WHAT[what][0].lower() for what, one in result["trends"].items() if not one["flat"]]
    what = f"Soak of {result['minutes']:g} minutes at {result['load']:.0%} load"
    figure = f"growing: {', '.join(grown)}" if grown else "flat"
    aim = "memory, open files, latency flat for 15 minutes"
    return [(what, aim, figure, not grown)]


def main() -> None:
    """Measure for as long as is asked, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--load", type=float, default=0.5, help="share of the highest rate")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--plots", type=Path, help="write the pictures into this folder")
    options = parser.parse_args()
    every = min(5.0, options.minutes * 60 / 20)
    result = measure(Size(options.minutes, every, 20, load=options.load))
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if options.plots:
        options.plots.mkdir(parents=True, exist_ok=True)
        for name, drawn in plots(result).items():
            (options.plots / name).write_text(drawn, encoding="utf-8")
    print(table(result))


if __name__ == "__main__":
    main()
