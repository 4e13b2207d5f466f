"""``python -m reader.text.anchoring OLD NEW ANNOTATIONS``: carry annotations to another text.

OLD and NEW are plain text in UTF-8. ANNOTATIONS is JSON Lines, ``-`` for standard input: objects
with ``exact`` and, where known, ``id``, ``start``, ``end`` (code points in OLD), ``prefix`` and
``suffix``. Written are JSON Lines of ``id``, ``verdict``, ``start``, ``end`` and ``score`` for NEW.
A line that cannot be read is reported with its number; the rest goes through.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from reader.text.anchoring import Carrier, Resolution
from reader.text.selectors import TextPositionSelector, TextQuoteSelector

UNREADABLE = 2


class BrokenLine(ValueError):
    """A line that is no annotation; the message says why."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code: 0, or 2 when a file cannot be read."""
    parser = argparse.ArgumentParser(
        prog="python -m reader.text.anchoring",
        description="Carry annotations from one plain text to another.",
        epilog=(
            "Each line of ANNOTATIONS is an object with exact and, where known, id, start, end "
            "(code points in OLD), prefix and suffix. A line comes out for each: id, verdict "
            "(exact, moved, fuzzy or orphaned), start and end in NEW (null when orphaned), and "
            "score, the probability that the anchor is right."
        ),
    )
    parser.add_argument("old", metavar="OLD", help="the text the annotations were made on")
    parser.add_argument("new", metavar="NEW", help="the text to carry them to")
    parser.add_argument("annotations", metavar="ANNOTATIONS", help="JSON Lines, - for stdin")
    chosen = parser.parse_args(arguments)
    try:
        carrier = Carrier(read_text(chosen.old), read_text(chosen.new))
        if chosen.annotations == "-":
            write(carrier, sys.stdin.buffer)
        else:
            with Path(chosen.annotations).open("rb") as lines:
                write(carrier, lines)
    except OSError as error:
        complain(f"Cannot read {error.filename}: {error.strerror}.")
        return UNREADABLE
    except UnicodeDecodeError as error:
        complain(f"OLD and NEW must be UTF-8: {error}.")
        return UNREADABLE
    return 0


def read_text(path: str) -> str:
    """Return the file's text with its line ends as they are, for positions count them."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return file.read()


def write(carrier: Carrier, lines: Iterable[bytes]) -> None:
    """Write what became of each annotation; say on standard error which lines are broken."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            answer = answer_to(carrier, line)
        except BrokenLine as error:
            complain(f"line {number}: {error}")
        else:
            sys.stdout.write(json.dumps(answer) + "\n")


def complain(message: str) -> None:
    """Say on standard error what is wrong."""
    sys.stderr.write(message + "\n")


def answer_to(carrier: Carrier, line: bytes) -> dict[str, Any]:
    """Return the answer to one line.

    Raises:
        BrokenLine: it is no JSON object, or a field of it is of the wrong kind.
    """
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BrokenLine(f"not JSON: {error}") from error
    if not isinstance(data, dict):
        raise BrokenLine("not a JSON object")
    quote = TextQuoteSelector(*_strings(data))
    if not quote.exact:
        raise BrokenLine('no words in "exact"')
    found = carrier.carry(quote, _position(data))
    return {"id": data.get("id"), **_as_json(found)}


def _strings(data: dict[str, Any]) -> Iterator[str]:
    for name in ("exact", "prefix", "suffix"):
        value = data.get(name)
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise BrokenLine(f'"{name}" is not a string')
        yield value


def _position(data: dict[str, Any]) -> TextPositionSelector | None:
    start, end = data.get("start"), data.get("end")
    for name, value in (("start", start), ("end", end)):
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise BrokenLine(f'"{name}" is not a whole number')
    if start is None and end is not None:
        start = end - len(data["exact"])
    if start is None:
        return None
    return TextPositionSelector(start, start + len(data["exact"]) if end is None else end)


def _as_json(found: Resolution) -> dict[str, Any]:
    return {
        "verdict": str(found.verdict),
        "start": found.start,
        "end": found.end,
        "score": round(found.score, 4),
    }


if __name__ == "__main__":
    sys.exit(main())
