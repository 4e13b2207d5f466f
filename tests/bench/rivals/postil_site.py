"""Postil as ``manage.py start`` runs it: its speech with comments of the same words.

Run as a program beside the site, in its environment, it writes the documents named in a plan in
JSON and answers with what a writer has to know.
"""

import json
import random
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django

from tests.bench.browser_pages.filling import fill
from tests.bench.processes import postil
from tests.bench.rivals import WRITERS, Request, Rival, remark

LONGEST = 80  # letters of a passage


@contextmanager
def postil_filled(folder: Path, numbers: tuple[int, ...]) -> Iterator[Rival]:
    """Run it in the folder, with a document of so many comments for each of the numbers."""
    with postil(folder) as server:
        plan = {f"speech-{number}": number for number in numbers} | {"written-to": 1}
        filling = [sys.executable, "-m", "tests.bench.rivals.postil_site"]
        told = json.loads(server.run(filling, json.dumps(plan).encode()))
        chance = random.Random(1)

        def request(writer: int, nth: int) -> Request:
            return _request(
                server.url, told["tokens"][writer], chance.choice(told["paragraphs"]), nth
            )

        pages = {number: f"/d/speech-{number}/" for number in numbers}
        yield Rival(server, pages, request)


def _request(url: str, token: str, paragraph: str, nth: int) -> Request:
    start = random.randrange(max(1, len(paragraph) - 2))
    end = min(len(paragraph), start + random.randrange(2, LONGEST))
    quote = {
        "type": "TextQuoteSelector",
        "exact": paragraph[start:end],
        "prefix": paragraph[max(0, start - 32) : start],
        "suffix": paragraph[end : end + 32],
    }
    address = f"{url}/d/written-to/"
    sent = {
        "uri": address,
        "text": remark(nth),
        "target": [{"source": address, "selector": [quote]}],
        "permissions": {"read": ["group:__world__"]},
    }
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": str(uuid.uuid4()),
    }
    return "/api/annotations", headers, json.dumps(sent).encode()


def _fill(plan: dict[str, int]) -> dict[str, Any]:
    from reader.actions.tokens import make_token  # noqa: PLC0415 -- needs Django set up
    from reader.models import User  # noqa: PLC0415 -- likewise

    written = [fill(slug, number, body=remark) for slug, number in plan.items()]
    people = User.objects.filter(username__startswith="person").order_by("pk")[:WRITERS]
    tokens = [
        make_token(user=person, name="bench", scopes=["read", "write"], days=30)[1]
        for person in people
    ]
    return {"tokens": tokens, "paragraphs": written[-1]["paragraphs"]}


if __name__ == "__main__":
    django.setup()
    json.dump(_fill(json.load(sys.stdin)), sys.stdout)
