"""How much processor the page's main thread took, out of Chromium's own trace."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline", "blink.user_timing"]
TASK = "RunTask"
READY, OPENED = "domContentLoadedEventStart", "navigationStart"
WORK = {
    "ParseHTML": "parsing",
    "UpdateLayoutTree": "style",
    "RecalcStyle": "style",
    "Layout": "layout",
    "PrePaint": "paint",
    "Paint": "paint",
    "Layerize": "paint",
    "Commit": "paint",
    "UpdateLayer": "paint",
    "EvaluateScript": "script",
    "v8.compile": "script",
    "v8.evaluateModule": "script",
    "FunctionCall": "script",
    "EventDispatch": "script",
    "TimerFire": "script",
    "FireAnimationFrame": "script",
    "RunMicrotasks": "script",
    "MinorGC": "script",
    "MajorGC": "script",
}
"""What the trace calls a piece of work, and what it is counted as; the rest is ``other``."""

Event = dict[str, Any]
Thread = tuple[int, int]
"""The numbers of a process and of a thread."""


@dataclass(frozen=True, slots=True)
class Busy:
    """Milliseconds of processor: in all, from ready on, and in all by kind of work; and whose."""

    whole: float
    from_ready: float
    by_work: dict[str, float]
    thread: Thread


class NotTraced(ValueError):
    """The trace does not tell of the address: Chromium loses the beginning of one now and then."""


def busy(trace: bytes, page: str | Thread) -> Busy:
    """Return how much processor the page's main thread took while it was traced.

    Args:
        trace: what Chromium wrote.
        page: the address that was opened meanwhile; or, of a page that was open already, its
            thread: it has no moment of being ready, and all of the time counts.

    Raises:
        NotTraced: the address was not opened.
    """
    events: list[Event] = json.loads(trace)["traceEvents"]
    main = _thread_that_opened(page, events) if isinstance(page, str) else page
    mine = [event for event in events if (event["pid"], event["tid"]) == main]
    # The empty page before it was ready too: the last one counts.
    ready = max((event["ts"] for event in mine if event["name"] == READY), default=0)
    tasks = [event for event in mine if event["name"] == TASK and event["ph"] == "X"]
    work: dict[str, float] = defaultdict(float)
    for kind, micros in _own_time(mine):
        work[kind] += micros
    return Busy(
        whole=sum(_processor(task) for task in tasks) / 1000,
        from_ready=sum(_processor(task) * _share_after(ready, task) for task in tasks) / 1000,
        by_work={kind: micros / 1000 for kind, micros in work.items()},
        thread=main,
    )


def _processor(event: Event) -> float:
    """Microseconds of processor: what else the machine does meanwhile does not count."""
    return float(event.get("tdur", 0))


def _share_after(moment: float, event: Event) -> float:
    lasts = event.get("dur", 0)
    end = event["ts"] + lasts
    return min(1.0, max(0.0, (end - moment) / lasts)) if lasts else 0.0


def _thread_that_opened(address: str, events: list[Event]) -> Thread:
    for event in events:
        data = event["args"].get("data", {})
        if event["name"] == OPENED and data.get("documentLoaderURL") == address:
            return event["pid"], event["tid"]
    raise NotTraced(address)


def _own_time(events: list[Event]) -> Iterator[tuple[str, float]]:
    """Each piece of work with its microseconds, without those of the pieces inside it."""
    known = [
        event
        for event in events
        if event["ph"] == "X" and (event["name"] in WORK or event["name"] == TASK)
    ]
    known.sort(key=lambda event: (event["ts"], -event.get("dur", 0)))
    open_ones: list[tuple[float, str]] = []
    for event in known:
        start, lasts = event["ts"], event.get("dur", 0)
        while open_ones and open_ones[-1][0] <= start:
            open_ones.pop()
        kind = WORK.get(event["name"], "other")
        yield kind, _processor(event)
        if open_ones:
            yield open_ones[-1][1], -_processor(event)
        open_ones.append((start + lasts, kind))
