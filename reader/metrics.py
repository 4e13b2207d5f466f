"""Numbers for Prometheus, where they are asked for (``POSTIL_METRICS``); otherwise nothing at all.

Each worker writes its numbers into files of its own under ``metrics/`` in the data folder, and
whichever worker is asked adds them up. ``start`` empties the folder: numbers begin at nothing.
"""

import importlib
import math
import os
import shutil
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def folder() -> Path:
    """Return where workers write their numbers."""
    path: Path = settings.DATA_DIR / "metrics"
    return path


def begin() -> None:
    """Begin at nothing. Call it before the workers are there."""
    shutil.rmtree(folder(), ignore_errors=True)
    if settings.METRICS:
        folder().mkdir(parents=True)


class _Numbers:
    """What is counted. Prometheus's client asks the environment where to, once, when imported."""

    def __init__(self) -> None:
        folder().mkdir(parents=True, exist_ok=True)
        os.environ.setdefault(FOLDER, str(folder()))
        client = importlib.import_module("prometheus_client")
        self.requests = client.Counter(
            "postil_requests", "Requests answered.", ["route", "method", "status"]
        )
        self.seconds = client.Histogram(
            "postil_request_seconds",
            "Seconds from a request's arrival to the end of its answer.",
            ["route"],
            buckets=SECONDS,
        )
        self.open = client.Gauge(
            "postil_open_connections",
            "Open sockets and streams.",
            ["kind"],
            multiprocess_mode="livesum",
        )
        self.looked = client.Gauge(
            "postil_live_looked_at_seconds",
            "When the worker that is furthest behind last looked for news, in Unix time;"
            " infinity where nobody listens.",
            multiprocess_mode="livemin",
        )
        self.looked.set(math.inf)
        self.errors = client.Counter(
            "postil_database_errors", "Queries that the database did not carry out."
        )
        self.slow = client.Counter("postil_slow_queries", "Queries beyond POSTIL_SLOW_QUERY_MS.")


@cache
def _numbers() -> Any:
    return _Numbers()


def answered(route: str, method: str, status: int, seconds: float) -> None:
    """Count a request that was answered."""
    if settings.METRICS:
        numbers = _numbers()
        numbers.requests.labels(route, method, str(status)).inc()
        numbers.seconds.labels(route).observe(seconds)


def listening(sockets: int, streams: int) -> None:
    """Note how many listen in this worker, and that it has just looked for news."""
    if settings.METRICS:
        numbers = _numbers()
        numbers.open.labels("socket").set(sockets)
        numbers.open.labels("stream").set(streams)
        numbers.looked.set(time.time() if sockets or streams else math.inf)


def database_failed() -> None:
    """Count a query that the database did not carry out."""
    if settings.METRICS:
        _numbers().errors.inc()


def query_was_slow() -> None:
    """Count a slow query."""
    if settings.METRICS:
        _numbers().slow.inc()


def written(more: Iterable[tuple[str, str, float]]) -> bytes:
    """Return all numbers of all workers as Prometheus reads them.

    Args:
        more: numbers of the site as a whole: name, what it means, how much.
    """
    _numbers()
    client = importlib.import_module("prometheus_client")
    multiprocess = importlib.import_module("prometheus_client.multiprocess")
    for path in folder().glob("gauge_live*_*.db"):
        pid = int(path.stem.rpartition("_")[2])
        if not Path(f"/proc/{pid}").exists():
            multiprocess.mark_process_dead(pid, str(folder()))
    everything = client.CollectorRegistry()
    multiprocess.MultiProcessCollector(everything, str(folder()))
    text: bytes = client.generate_latest(everything)
    of_the_site = client.CollectorRegistry()
    for name, meaning, value in more:
        # Not of a worker: it would be added up.
        gauge = importlib.import_module("prometheus_client.core").GaugeMetricFamily(name, meaning)
        gauge.add_metric([], value)
        of_the_site.register(_Given(gauge))
    rest: bytes = client.generate_latest(of_the_site)
    return text + rest


class _Given:
    """A number that is known already."""

    def __init__(self, number: Any) -> None:
        self._number = number

    def collect(self) -> list[Any]:
        """Return it."""
        return [self._number]
