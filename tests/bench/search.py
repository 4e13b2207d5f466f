"""Measure searching a large site: ``python -m tests.bench.search [--annotations 1000000]``.

The words follow Zipf's law, as those of people do; the figures, as JSON, are of whole answers (the
page of results), asked one after the other.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import django

from tests.bench.hosting import SURROUNDINGS


def measure(annotations: int, url: str, folder: str) -> dict[str, Any]:
    """Make the site and return what was measured, with what it was measured on."""
    os.environ.update(SURROUNDINGS, POSTIL_DATA_DIR=folder, DATABASE_URL=url)
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 -- needs Django set up
    from django.db import connection  # noqa: PLC0415 -- likewise

    from reader.management.preparation import (  # noqa: PLC0415 -- likewise
        collect_static,
    )
    from reader.models import Annotation  # noqa: PLC0415 -- likewise
    from reader.search import index  # noqa: PLC0415 -- likewise
    from tests.bench import wordy_site  # noqa: PLC0415 -- likewise

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    collect_static()
    words = wordy_site.Words(2022)
    began = made = built = time.perf_counter()
    if not Annotation.objects.exists():  # else: asked once more of a database that was kept
        wordy_site.make(words, annotations)
        made = time.perf_counter()
        index.rebuild()
        built = time.perf_counter()
        wordy_site.settle()
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "database": connection.vendor,
        "annotations": annotations,
        "making the site, seconds": round(made - began, 1),
        "making the index, seconds": round(built - made, 1),
        "answers": wordy_site.ask(words),
    }


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.search", description=__doc__)
    parser.add_argument("--annotations", type=int, default=1_000_000)
    parser.add_argument("--database", default="", help="its URL; a temporary SQLite file otherwise")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="postil-bench-") as folder:
        url = options.database or f"sqlite:///{folder}/postil.sqlite3"
        text = json.dumps(measure(options.annotations, url, folder), indent=2)
        if not options.database:
            size = Path(folder, "postil.sqlite3").stat().st_size
            print(f"The file has {size // 1_000_000} MB.", file=sys.stderr)
    if options.json:
        options.json.write_text(f"{text}\n", encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
