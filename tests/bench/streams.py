"""Many open streams on one process: memory, threads, and how soon each hears of each event.

``python -m tests.bench.streams --streams 5000`` writes JSON. The server is one process, the clients
are another, the writer a third; all share the machine.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.live.stream_client import Listener, cut_all, open_all, run
from tests.prepared import DATABASE, prepare
from tests.serving import free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
SLUG = "streamed"
SERVE = """
import sys
import django
django.setup()
from django.core.management import call_command
from reader.management import server
from reader.models import Document
from tests.factories import make_document, make_user
call_command("migrate", verbosity=0)
call_command("createcachetable", verbosity=0)
if not Document.objects.filter(slug=sys.argv[2]).exists():
    make_document(slug=sys.argv[2])
    make_user("writer")
server.WORKERS = 1
server.serve("127.0.0.1", int(sys.argv[1]), lambda: None)
"""
# Says of each event when its writing began; it waits for a line before each.
WRITE = """
import sys, time
import django
django.setup()
from reader.models import Document, User
from tests.factories import make_annotation
document, writer = Document.objects.get(slug=sys.argv[1]), User.objects.get(username="writer")
for line in sys.stdin:
    began = time.monotonic()
    make_annotation(writer, document)
    document.refresh_from_db()
    print(document.last_event, began, flush=True)
"""


def main_of(url: str) -> int:
    """Return the number of the process that was started to serve the address."""
    return min(pid for pid, _status in _processes(url))


@contextmanager
def running_server(
    folder: str, prelude: str = "", **surroundings: str
) -> Iterator[tuple[str, dict[str, str]]]:
    """Run one worker, on a new site unless the surroundings say otherwise.

    Yields its address and surroundings. The prelude is run in the server before it serves.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{folder}/postil.sqlite3",
        "DJANGO_SETTINGS_MODULE": "reader.settings",
        "POSTIL_DATA_DIR": folder,
        "POSTIL_URL": url,
        "POSTIL_POSTS_PER_MINUTE": "1000000",
        "POSTIL_STREAMS_PER_ADDRESS": "100000",
        **surroundings,
    }
    if "DATABASE_URL" not in surroundings and not (Path(folder) / DATABASE).exists():
        prepare(Path(folder), pages=False)
    command = [sys.executable, "-c", prelude + SERVE, str(port), SLUG]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, text=True)
    try:
        wait_for(f"{url}/livez")
        yield url, environment
    finally:
        process.terminate()
        process.wait(timeout=30)


def _processes(url: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the number and the status of each process that serves the address."""
    port = url.rpartition(":")[2].encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            lines = (folder / "status").read_text().splitlines()
        except OSError:  # it has ended
            continue
        if b"-c" in words and port in words:
            yield int(folder.name), dict(line.split(":", 1) for line in lines if ":" in line)


def worker_of(url: str) -> dict[str, int]:
    """Return the memory (bytes), threads and open files of the worker that serves the address."""
    pid, status = max(_processes(url))
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    memory = int(status["VmRSS"].split()[0]) * 1024
    return {"memory": memory, "threads": int(status["Threads"]), "files": files}


async def measure(url: str, environment: dict[str, str], args: argparse.Namespace) -> Any:
    """Open the streams, write, cut some meanwhile, and return what came of it."""
    chance = random.Random(5)
    before = worker_of(url)
    streams = [Listener(url, f"/live/{SLUG}", after=0) for _number in range(args.streams)]
    began = time.monotonic()
    await open_all(streams)
    opened_in = time.monotonic() - began
    opened = worker_of(url)
    writer = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WRITE, SLUG),
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert writer.stdin is not None
    assert writer.stdout is not None
    await _write(writer, 1, args.every)  # its first takes longer to write
    quiet = await _write(writer, args.events, args.every)
    cutting = asyncio.create_task(_cut(chance, streams, args.cuts, args.events * args.every))
    stormy = await _write(writer, args.events, args.every)
    await cutting
    writer.stdin.close()
    await writer.wait()
    last = max(stormy)
    await asyncio.gather(*(one.until(last, 60) for one in streams))
    whole = list(range(1, last + 1))
    after = worker_of(url)
    for one in streams:
        one.close()
    return {
        "streams": args.streams,
        "cuts": args.cuts,
        "events": len(quiet) + len(stormy),
        "opened_in_seconds": round(opened_in, 2),
        "server_before": before,
        "server_opened": opened,
        "server_after": after,
        "seconds": _delays(streams, quiet),
        "seconds_while_cutting": _delays(streams, stormy),
        "with_gaps_or_doubles": sum(1 for one in streams if one.numbers != whole),
    }


async def _write(writer: asyncio.subprocess.Process, events: int, every: float) -> dict[int, float]:
    assert writer.stdin is not None
    assert writer.stdout is not None
    began = {}
    for _number in range(events):
        writer.stdin.write(b"\n")
        number, at = (await writer.stdout.readline()).split()
        began[int(number)] = float(at)
        await asyncio.sleep(every)
    return began


async def _cut(chance: random.Random, streams: list[Listener], cuts: int, seconds: float) -> None:
    steps = 10
    for _step in range(steps):
        await cut_all(chance.sample(streams, min(cuts // steps, len(streams))))
        await asyncio.sleep(seconds / steps / 2)


def _delays(streams: list[Listener], began: dict[int, float]) -> dict[str, float]:
    """Return how long after its writing began each event was at each stream."""
    delays = sorted(one.times[number] - at for one in streams for number, at in began.items())
    hundredths = statistics.quantiles(delays, n=100)
    found = {"p50": hundredths[49], "p99": hundredths[98], "most": delays[-1]}
    return {name: round(value, 3) for name, value in found.items()}


def main(words: list[str] | None = None) -> Any:
    """Measure, print and return it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=5_000)
    parser.add_argument("--cuts", type=int, default=1_000)
    parser.add_argument("--events", type=int, default=10, help="without cuts, and as many with")
    parser.add_argument("--every", type=float, default=1.0, help="seconds between them")
    args = parser.parse_args(words)
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as folder, running_server(folder) as (url, environment):
        found = run(measure(url, environment, args))
    print(json.dumps(found, indent=2))
    return found


if __name__ == "__main__":
    main()
