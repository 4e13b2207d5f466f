"""Measure publishing an edition over a large discussion: ``python -m tests.bench.publishing``.

A scratch SQLite file gets a text of 2 MB with 100,000 annotations; a mixed revision of the text is
added as a draft, published, and taken back. Seconds, rows and memory go to standard output.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path

import django

SIZE = 2_000_000  # characters
ROOTS = 100_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.publishing", description=__doc__)
    parser.add_argument("--size", type=int, default=SIZE, help="characters of the text")
    parser.add_argument("--annotations", type=int, default=ROOTS)
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="postil-bench-") as name:
        os.environ["DJANGO_SETTINGS_MODULE"] = "reader.settings"
        os.environ["POSTIL_DATA_DIR"] = name
        os.environ["DATABASE_URL"] = f"sqlite:///{name}/postil.sqlite3"
        django.setup()
        from tests.bench.large_site import measure  # noqa: PLC0415 -- needs Django set up

        figures = measure(options.size, options.annotations, Path(name))
    print(figures)
    if options.json:
        options.json.write_text(json.dumps(figures.rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
