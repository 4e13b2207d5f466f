"""The JavaScript that touches no page, tested by node's own runner."""

import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from reader.text.selectors import TextQuoteSelector, describe, text_fragment

HERE = Path(__file__).parent
TIME_LIMIT = 120  # seconds
SAMPLES = 400
CHARACTERS = ["a", "Ж", "é", "e\u0301", "😀", "-", ",", "&", "'", "!", "(", "*", "~", "%", "“", "."]
SPACES = [" ", " ", " ", "\u00a0", "\n", "\n\n"]


def quotes_of_made_up_texts() -> list[TextQuoteSelector]:
    """Quotes of every length from texts with hard characters, the same each time."""
    chance = random.Random(2)
    quotes = []
    for _ in range(SAMPLES):
        words = ["".join(chance.choices(CHARACTERS, k=chance.randint(1, 9))) for _ in range(60)]
        text = "".join(word + chance.choice(SPACES) for word in words)
        start, end = sorted(chance.sample(range(len(text) + 1), 2))
        quotes.append(describe(text, start, end)[0])
    return quotes


def test_modules_without_a_page(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        if os.environ.get("CI") == "true":
            pytest.fail("node is needed to test the JavaScript")
        pytest.skip("node is not installed: the JavaScript is not tested")
    fragments = tmp_path / "fragments.json"
    cases = [
        {
            "quote": {"exact": quote.exact, "prefix": quote.prefix, "suffix": quote.suffix},
            "fragment": text_fragment(quote),
        }
        for quote in quotes_of_made_up_texts()
    ]
    fragments.write_text(json.dumps(cases), encoding="utf-8")
    outcome = subprocess.run(  # noqa: S603 -- our own tests, by the node that is installed
        [node, "--test", *map(str, sorted(HERE.glob("*.test.mjs")))],
        env={**os.environ, "POSTIL_FRAGMENTS": str(fragments)},
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
