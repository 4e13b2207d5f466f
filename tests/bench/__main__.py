"""Measure Postil on a temporary SQLite site: ``make bench``, or ``python -m tests.bench``.

A table for people goes to standard error, the figures as JSON to standard output or, with
``--json FILE``, to a file. docs/performance.md says what the columns mean.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

import django

SURROUNDINGS = {
    "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
    "POSTIL_POSTS_PER_MINUTE": "1000000000",
    "POSTIL_URL": "http://127.0.0.1:8000",
}
PAGE_HEAD = (
    "annotations  viewer      median ms     p95 ms   CPU ms  kB sent  floor ms  floor CPU"
    "  ratio  CPU ratio"
)
WRITE_HEAD = "annotations   comments/s   bare rows/s   ratio"


def measure() -> dict[str, Any]:
    """Run a fresh site and return what was measured, with what it was measured on."""
    with tempfile.TemporaryDirectory(prefix="postil-bench-") as folder:
        os.environ.update(SURROUNDINGS, POSTIL_DATA_DIR=folder)
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/postil.sqlite3"
        django.setup()
        from tests.bench.measuring import measure_all  # noqa: PLC0415 -- needs Django set up
        from tests.bench.site import running_site  # noqa: PLC0415 -- likewise

        with running_site() as site:
            rows = measure_all(site)
    machine = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "django": django.get_version(),
        "database": "SQLite",
    }
    return {"machine": machine, **rows}


def table(result: dict[str, Any]) -> str:
    """Return the result as two tables of plain text."""
    machine = result["machine"]
    lines = ["{cores} cores, Python {python}, Django {django}, {database}".format(**machine)]
    lines += ["", "The reader's page, and the same server answering the same bytes (floor)"]
    lines.append(PAGE_HEAD)
    for row in result["pages"]:
        page, floor = row["page"], row["floor"]
        lines.append(
            f"{row['annotations']:>11}  {row['viewer']:<10} {page['median_ms']:>10.1f} "
            f"{page['p95_ms']:>10.1f} {page['cpu_ms']:>8.1f} {page['sent'] / 1000:>8.1f} "
            f"{floor['median_ms']:>9.2f} {floor['cpu_ms']:>10.2f} {row['ratio_median']:>6.1f} "
            f"{row['ratio_cpu']:>10.1f}"
        )
    lines += ["", "Writing a comment, and inserting its row without the site's work", WRITE_HEAD]
    lines += [
        f"{row['annotations']:>11} {row['comments_per_second']:>12.0f} "
        f"{row['rows_per_second']:>13.0f} {row['ratio']:>7.1f}"
        for row in result["writing"]
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    result = measure()
    print(table(result), file=sys.stderr)
    text = json.dumps(result, indent=2)
    if options.json:
        options.json.write_text(f"{text}\n", encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
