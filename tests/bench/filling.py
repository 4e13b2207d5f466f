"""Fill a site for measuring: the speech with so many annotations, and people who are signed in.

``python -m tests.bench.filling 10 1000`` makes a document for each number and prints, as
JSON, their addresses and the people with a session and a token each.
"""

import json
import sys
from typing import Any

import django


def fill(sizes: list[int], writers: int) -> dict[str, Any]:
    """Make the documents and the people; return what clients need to know of them."""
    from django.conf import settings  # noqa: PLC0415 -- needs Django set up
    from django.db.models import F  # noqa: PLC0415 -- likewise

    from reader.actions.documents import About, import_document  # noqa: PLC0415 -- likewise
    from reader.models import Annotation, Document  # noqa: PLC0415 -- likewise
    from reader.queries.addresses import address_of  # noqa: PLC0415 -- likewise
    from tests.bench.discussion import Discussion, make_people  # noqa: PLC0415 -- likewise
    from tests.bench.measuring import session_cookie  # noqa: PLC0415 -- likewise
    from tests.factories import make_user  # noqa: PLC0415 -- likewise

    speech = settings.BASE_DIR / "seeds" / "transcript.txt"
    people = make_people()
    documents: list[dict[str, Any]] = []
    for size in sizes:
        about = About(slug=f"speech-{size}")
        edition, _is_new = import_document(data=speech.read_bytes(), name=speech.name, about=about)
        if size:
            Discussion(edition.document, people).grow_to(size)
        made = Document.objects.filter(pk=edition.document_id)
        made.update(last_event=F("last_event") + 1)  # as any writing would have
        documents.append(
            {
                "size": size,
                "slug": about.slug,
                "path": edition.document.get_absolute_url(),
                "address": address_of(edition.document),
                "blocks": [
                    {"ref": block.ref, "text": block.text}
                    for block in edition.blocks.filter(kind="paragraph")
                ],
                "count": Annotation.objects.filter(document=edition.document).count(),
            }
        )
    signed_in = [make_user(f"writer{number}") for number in range(writers)]
    return {
        "documents": documents,
        "people": [{"cookie": session_cookie(one), "token": _token(one)} for one in signed_in],
    }


def _token(person: Any) -> str:
    from reader.actions.tokens import make_token  # noqa: PLC0415 -- needs Django set up

    _token, secret = make_token(user=person, name="bench", scopes=["read", "write"], days=30)
    return secret


if __name__ == "__main__":
    django.setup()
    print(json.dumps(fill([int(size) for size in sys.argv[1:]], writers=8)))
