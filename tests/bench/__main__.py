"""Measure Postil: ``make bench``, or ``python -m tests.bench --only pages,writes --size short``.

Tables go to standard output as Markdown. ``--json FILE`` keeps the figures, ``--docs FILE`` puts
the tables into that document. docs/performance.md says what the columns mean.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.report import BENCHMARKS, Result, described, machine, publish, targets_table

SIZES = ("toy", "short", "full")
# In a process of its own: what one benchmark leaves behind is not the next one's.
RUN = """
import json, pathlib, sys
from importlib import import_module
result = import_module(sys.argv[1]).run(sys.argv[2])
pathlib.Path(sys.argv[3]).write_text(json.dumps(result), encoding="utf-8")
"""


def measure(name: str, size: str) -> Result:
    """Run one benchmark and return its result with the machine it ran on.

    Raises:
        subprocess.CalledProcessError: it failed, and has said why.
    """
    on = machine()
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "result.json"
        command = [sys.executable, "-c", RUN, BENCHMARKS[name], size, str(told)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        result = json.loads(told.read_text(encoding="utf-8"))
    return {"size": size, "machine": on, "result": result}


def main(words: list[str] | None = None) -> int:
    """Measure, print, keep; return 1 if anything could not be measured, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    known = ",".join(BENCHMARKS)
    parser.add_argument("--only", default=known, help=f"of {known}")
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--docs", type=Path, help="put the tables into this document")
    options = parser.parse_args(words)
    names = options.only.split(",")
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"there is no {', '.join(sorted(unknown))}, only {known}")
    results: dict[str, Result] = {}
    for name in names:
        print(f"… {name}", file=sys.stderr)
        try:
            results[name] = measure(name, options.size)
        except subprocess.CalledProcessError as error:
            print(f"{name} failed with {error.returncode}", file=sys.stderr)
            continue
        print(f"## {name}\n\n{described(name, results[name])}\n")
    print(targets_table(results))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if options.docs:
        publish(options.docs, results)
    return 0 if len(results) == len(names) else 1


if __name__ == "__main__":
    sys.exit(main())
