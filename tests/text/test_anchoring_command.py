"""``python -m reader.text.anchoring``: a tool for anyone, with neither Django nor a database."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

OLD = "Dear all.\n\nWe have hadto deal with it. 🇰🇿 So be it."
NEW = "Dear all.\n\nWe have had to deal with it. So be it."


def run(folder: Path, lines: list[Any], *, old: str = OLD, new: str = NEW) -> tuple[list[Any], str]:
    """Run the command on the lines (JSON, or bytes as they are); return the answers and stderr."""
    (folder / "old.txt").write_text(old, encoding="utf-8", newline="")
    (folder / "new.txt").write_text(new, encoding="utf-8", newline="")
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    (folder / "annotations.jsonl").write_bytes(b"\n".join(raw) + b"\n")
    done = command(folder, "old.txt", "new.txt", "annotations.jsonl")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 -- our own module
        [sys.executable, "-m", "reader.text.anchoring", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(settings.BASE_DIR), "PATH": ""},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_a_line_comes_out_for_each_that_goes_in(tmp_path: Path) -> None:
    start = OLD.index("So be it")
    answers, errors = run(
        tmp_path,
        [
            {"id": 7, "start": start, "end": start + 8, "exact": "So be it"},
            {"id": "b", "exact": "hadto deal", "prefix": "We have "},
            {"exact": "🇰🇿"},
        ],
    )
    assert errors == ""
    assert [answer["id"] for answer in answers] == [7, "b", None]
    assert [answer["verdict"] for answer in answers] == ["exact", "fuzzy", "orphaned"]
    assert NEW[answers[0]["start"] : answers[0]["end"]] == "So be it"
    assert NEW[answers[1]["start"] : answers[1]["end"]] == "had to deal"
    assert answers[2] == {"id": None, "verdict": "orphaned", "start": None, "end": None, "score": 0}


def test_broken_lines_are_reported_by_number_and_the_rest_goes_through(tmp_path: Path) -> None:
    lines = [
        b"{",
        {"id": 1, "exact": "Dear all"},
        b"",
        [1],
        {"id": 2},
        {"id": 3, "exact": 5},
        {"id": 4, "exact": "Dear", "start": "0"},
        b'{"exact": "\xff"}',
        {"id": 5, "exact": "So be it", "start": -4, "end": 10**30},
        b"[" * 100_000,
    ]
    answers, errors = run(tmp_path, lines)
    assert [answer["id"] for answer in answers] == [1, 5]
    reported = [line.split(":")[0] for line in errors.splitlines()]
    assert reported == [f"line {number}" for number in (1, 4, 5, 6, 7, 8, 10)]


def test_line_ends_count_as_they_are(tmp_path: Path) -> None:
    old = OLD.replace("\n", "\r\n")
    start = old.index("So be it")
    line = {"id": 1, "start": start, "end": start + 8, "exact": "So be it"}
    answers, _errors = run(tmp_path, [line], old=old)
    assert NEW[answers[0]["start"] : answers[0]["end"]] == "So be it"


def test_it_loads_neither_django_nor_a_database(tmp_path: Path) -> None:
    code = (
        "import sys, reader.text.anchoring.__main__\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('django', 'sqlite3')])"
    )
    done = subprocess.run(  # noqa: S603 -- our own code
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(settings.BASE_DIR)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("missing", ["old.txt", "new.txt", "annotations.jsonl"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, missing: str) -> None:
    names = ["old.txt", "new.txt", "annotations.jsonl"]
    for name in names:
        if name != missing:
            (tmp_path / name).write_text("{}\n", encoding="utf-8")
    done = command(tmp_path, *names)
    assert done.returncode == 2
    assert missing in done.stderr
    assert "Traceback" not in done.stderr
