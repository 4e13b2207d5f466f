"""docs/security.md names tests that there are, for each of the 26 checks."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (\d+) \|.*\| (.*) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)`(?: `(test_\w+)`)?")
CHECKS = 26


def test_each_check_is_shown_by_tests_that_there_are() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    rows = {int(number): shown for number, shown in ROW.findall(text)}
    assert sorted(rows) == list(range(1, CHECKS + 1))
    for number, shown in rows.items():
        named = TEST.findall(shown)
        assert named, f"check {number} names no test"
        for file, test in named:
            source = (ROOT / file).read_text(encoding="utf-8")
            assert f"def {test or 'test_'}" in source, f"check {number}: {file} {test}"
