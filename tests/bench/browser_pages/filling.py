"""Write documents with many bare highlights into a site, and say what was written.

Run beside a running site, in the environment of its own: ``python -m
tests.bench.browser_pages.filling`` reads a list of documents ``{"slug", "highlights", "times"}`` as
JSON and answers, for each, with the text's paragraphs and the highlights as
``[paragraph, start, end]``, so that other programs can be shown the very same.
"""

import json
import random
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING:
    from reader.models import Anchor, Annotation, Block, User

SEED = 1
MOST_WORDS = 12
PEOPLE = 20
Span = tuple[int, int, int]
Body = Callable[[int], str]


def spans(paragraphs: list[str], number: int, seed: int = SEED) -> list[Span]:
    """Return so many spans of 1 to 12 words, in paragraphs and at places drawn at random."""
    draw = random.Random(seed)
    found = []
    for _nth in range(number):
        at = draw.randrange(len(paragraphs))
        words = paragraphs[at].split(" ")
        many = draw.randint(1, min(MOST_WORDS, len(words)))
        first = draw.randint(0, len(words) - many)
        start = len(" ".join(words[:first])) + (1 if first else 0)
        found.append((at, start, start + len(" ".join(words[first : first + many]))))
    return found


def longer(text: str, times: int) -> str:
    """Return the text with all but its first paragraph so many times over."""
    title, *rest = text.split("\n\n")
    return "\n\n".join([title, *rest * times])


def fill(slug: str, number: int, times: int = 1, *, body: Body | None = None) -> dict[str, Any]:
    """Write one document: the speech so many times over, with so many public annotations.

    Without ``body`` they are bare highlights, else comments: it says what the nth has to say. 20
    people write in turn.
    """
    from django.conf import settings  # noqa: PLC0415 -- needs Django set up
    from django.db import transaction  # noqa: PLC0415 -- likewise
    from django.db.models import F  # noqa: PLC0415 -- likewise

    from reader.actions.documents import About, import_document  # noqa: PLC0415 -- likewise
    from reader.models import Anchor, Annotation, Document  # noqa: PLC0415 -- likewise

    speech = (settings.BASE_DIR / "seeds" / "transcript.txt").read_text()
    edition, _is_new = import_document(
        data=longer(speech, times).encode(),
        name="speech.txt",
        about=About(slug=slug, title="Address, January 2022"),
    )
    blocks = list(edition.blocks.exclude(kind="heading"))
    places = spans([block.text for block in blocks], number)
    pairs = [
        _annotation(blocks, place, body(nth) if body else "") for nth, place in enumerate(places)
    ]
    people = _people()
    for nth, (made, _anchor) in enumerate(pairs):
        made.author = people[nth % len(people)]
    with transaction.atomic():
        Annotation.objects.bulk_create([made for made, _anchor in pairs], batch_size=500)
        Anchor.objects.bulk_create([one for _made, one in pairs], batch_size=500)
        # What is kept of the page goes by the number of the last event.
        Document.objects.filter(pk=edition.document_id).update(last_event=F("last_event") + 1)
    return {"paragraphs": [block.text for block in blocks], "spans": places}


def _people() -> list["User"]:
    from reader.models import User  # noqa: PLC0415 -- needs Django set up

    names = [f"person{nth}" for nth in range(PEOPLE)]
    return [User.objects.get_or_create(username=name)[0] for name in names]


def _annotation(blocks: list["Block"], place: Span, body: str) -> tuple["Annotation", "Anchor"]:
    from reader.models import Anchor, Annotation  # noqa: PLC0415 -- needs Django set up
    from reader.text import markup  # noqa: PLC0415 -- likewise

    at, start, end = place
    block = blocks[at]
    made = Annotation(
        document_id=block.edition.document_id,
        edition_id=block.edition_id,
        motivation="commenting" if body else "highlighting",
        body=body,
        body_html=markup.render(body) if body else "",
        exact=block.text[start:end],
        start=block.start + start,
        end=block.start + end,
    )
    anchor = Anchor(
        annotation=made,
        edition_id=block.edition_id,
        first_block=block,
        start=start,
        last_block=block,
        end=end,
        verdict="exact",
        score=1.0,
    )
    return made, anchor


def main() -> None:
    """Write the documents of the plan."""
    django.setup()
    written = {
        each["slug"]: fill(each["slug"], each["highlights"], each["times"])
        for each in json.load(sys.stdin)
    }
    json.dump(written, sys.stdout)


if __name__ == "__main__":
    main()
