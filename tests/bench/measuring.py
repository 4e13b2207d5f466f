"""What is measured: the reader's page at three sizes of discussion, and writing."""

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.utils import timezone

from reader.actions.annotations import create_annotation
from reader.actions.documents import About, import_document
from reader.actions.passages import Passage
from reader.actions.wording import Wording
from reader.models import Annotation, Document, User
from tests.bench.discussion import BODY, Discussion, make_people
from tests.bench.site import Site
from tests.bench.urls import FLOOR_FOLDER

SIZES = (10, 1_000, 5_000)
PAGE_SECONDS = 3.0
FLOOR_SECONDS = 1.0
WRITE_SECONDS = 2.0
Row = dict[str, Any]


def import_speech() -> Document:
    """Bring in the document of ``seeds/``, as an operator would."""
    speech = settings.BASE_DIR / "seeds" / "transcript.txt"
    edition, _is_new = import_document(
        data=speech.read_bytes(), name=speech.name, about=About(slug="speech")
    )
    return edition.document


def session_cookie(user: User) -> str:
    """Sign the person in behind the form, and return the cookie that says so."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def measure_all(site: Site) -> dict[str, list[Row]]:
    """Return the rows about pages and the rows about writing."""
    document, people = import_speech(), make_people()
    discussion = Discussion(document, people)
    cookie = session_cookie(people[0])
    pages, writing = [], []
    for size in SIZES:
        discussion.grow_to(size)
        pages.append(_page(site, document, size, "anonymous", ""))
        pages.append(_page(site, document, size, "signed in", cookie))
        writing.append(_writing(document, people[0], size))
    return {"pages": pages, "writing": writing}


def _page(site: Site, document: Document, size: int, viewer: str, cookie: str) -> Row:
    """Measure the page, then the same server answering the very bytes that the page sent."""
    cost, body = site.measure(document.get_absolute_url(), seconds=PAGE_SECONDS, cookie=cookie)
    name = f"{size}-{viewer.replace(' ', '-')}"
    folder = Path(settings.DATA_DIR) / FLOOR_FOLDER
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(body)
    floor, _body = site.measure(f"/floor/{name}/", seconds=FLOOR_SECONDS, cookie=cookie)
    return {
        "annotations": size,
        "viewer": viewer,
        "page": asdict(cost),
        "floor": asdict(floor),
        "ratio_median": cost.median_ms / floor.median_ms,
        "ratio_cpu": cost.cpu_ms / floor.cpu_ms,
    }


def _writing(document: Document, author: User, size: int) -> Row:
    """Measure writing a comment, then inserting the same row with none of the site's work.

    What was written is taken away again, so that the next size starts where it should.
    """
    began = timezone.now()
    edition = document.current_edition
    assert edition is not None
    passage = Passage(start=0, end=20, exact=edition.text[:20])

    def write() -> Annotation:
        return create_annotation(
            author=author,
            document=document,
            motivation="commenting",
            passage=passage,
            wording=Wording(BODY),
        )

    written = write()
    copied = ("body", "body_html", "exact", "prefix", "suffix", "start", "end", "motivation")
    fields = {name: getattr(written, name) for name in copied}

    @transaction.atomic
    def insert() -> None:
        row = Annotation(document=document, edition=edition, author=author, **fields)
        row.save(force_insert=True)

    comments, rows = _per_second(write), _per_second(insert)
    Annotation.objects.filter(author=author, created_at__gte=began).delete()
    return {
        "annotations": size,
        "comments_per_second": comments,
        "rows_per_second": rows,
        "ratio": rows / comments,
    }


def _per_second(act: Callable[[], object]) -> float:
    times, began = 0, time.perf_counter()
    while time.perf_counter() - began < WRITE_SECONDS:
        act()
        times += 1
    return times / (time.perf_counter() - began)
