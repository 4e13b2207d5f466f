"""The pages that ``tests.bench.scale`` asks for."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from http import HTTPStatus

from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from reader.actions.documents import About, import_document
from reader.management.preparation import collect_static
from reader.models import Annotation, Document, Event, User
from tests.bench import scale_site, scale_staff
from tests.bench.scale import BOOK_PAGE, SPEECH_PAGE, TIMES
from tests.bench.wordy_site import Words

A_PAGE = 20  # documents of the library
SPEECH = settings.BASE_DIR / "seeds" / "transcript.txt"
Asking = Iterator[Callable[[], None]]  # what happens between two askings is not measured
Ask = Callable[[], Asking]


def prepare(annotations: int) -> bool:
    """Make the site unless it is there; return whether it was made."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    collect_static()
    is_new = not Annotation.objects.exists()
    if is_new:
        with transaction.atomic():
            scale_site.Maker(annotations).make()
    scale_staff.make_staff()
    return is_new


def client(username: str = "") -> Client:
    """Return a client that is signed in, or not."""
    made = Client(SERVER_NAME="127.0.0.1")
    if username:
        backend = settings.AUTHENTICATION_BACKENDS[0]
        made.force_login(User.objects.get(username=username), backend=backend)
    return made


def fetched(one: Client, path: str, question: str = "") -> None:
    """Ask for a page, and see that it is there."""
    response = one.get(path, {"q": question} if question else None)
    assert response.status_code == HTTPStatus.OK, (path, response.status_code)


def pages() -> dict[str, Ask]:
    """Return what is asked for, by the names of the pages."""
    chance = random.Random(5)
    count = Document.objects.filter(slug__startswith="text-").count()
    everywhere, mine = range(count), range(min(count, scale_site.PATTERN))
    guest, reader = client(), client(scale_staff.READER)
    reviewer, deputy = client(scale_staff.REVIEWER), client(scale_staff.DEPUTY)

    def of(one: Client, path: str) -> Ask:
        return lambda: (partial(fetched, one, each) for each in drawn(path, everywhere, chance))

    def cold(one: Client, path: str, among: range = everywhere) -> Ask:
        return lambda: changed(one, path, among, chance)

    text, paragraph = "/d/text-{n}/", "/d/text-{n}/p{p}/"
    return {
        "library, anonymous": of(guest, "/"),
        "library, deep, anonymous": of(guest, f"/?page={max(count // A_PAGE * 4 // 5, 1)}"),
        "library, signed in": of(reader, "/"),
        "library, deputy": of(deputy, "/"),
        "reader, first, anonymous": of(guest, text),
        "reader, changed, anonymous": cold(guest, text),
        "reader, signed in": cold(reader, text),
        "reader, deputy": cold(deputy, text, mine),
        "paragraph, anonymous": cold(guest, paragraph),
        "paragraph, signed in": cold(reader, paragraph),
        "desk": cold(reviewer, f"{text}review/", mine),
        "map": cold(guest, f"{text}map/"),
        "profile": of(guest, "/people/person-{n}/"),
        **_searches(chance, {"anonymous": guest, "signed in": reader, "deputy": deputy}),
        **_lists(),
    }


def _searches(chance: random.Random, people: dict[str, Client]) -> dict[str, Ask]:
    common, rare = Words(2026).known[:25], range(scale_site.RARE)
    questions: dict[str, Callable[[], str]] = {
        "common word": lambda: chance.choice(common),
        "rare word": lambda: scale_site.rare_word(chance.choice(rare)),
        "common word, decided": lambda: f"{chance.choice(common)} is:decided",
    }
    found: dict[str, Ask] = {
        f"search, {kind}, {who}": partial(searched, one, "/search/", make)
        for kind, make in questions.items()
        for who, one in people.items()
    }
    here = partial(searched, people["anonymous"], "/d/text-7/search/", questions["common word"])
    return {**found, "search, in a document": here}


def _lists() -> dict[str, Ask]:
    def of(one: Client, path: str) -> Ask:
        return lambda: (partial(fetched, one, each) for each in [path] * (TIMES + 1))

    return {
        f"admin, {name}, {who}": of(client(person), ADMIN[name])
        for who, person, rows in (
            ("moderator", scale_staff.MODERATOR, LISTS | {"annotations", "annotations, pending"}),
            ("deputy", scale_staff.DEPUTY, LISTS),
            ("operator", scale_staff.OPERATOR, ADMIN.keys()),
        )
        for name in sorted(rows)
    }


ADMIN = {
    "start": "/admin/",
    "queue": "/admin/reader/queueitem/",
    "annotations": "/admin/reader/annotation/",
    "annotations, pending": "/admin/reader/annotation/?status__exact=pending",
    "reports": "/admin/reader/flag/",
    "decisions": "/admin/reader/decision/",
    "documents": "/admin/reader/document/",
    "people": "/admin/reader/user/",
    "tags": "/admin/reader/tag/",
}
LISTS = {"start", "queue", "reports", "decisions"}  # of whoever moderates


def drawn(path: str, among: range, chance: random.Random) -> Iterator[str]:
    """Yield the address with documents and paragraphs drawn: no document twice, each as discussed.

    The place in the pattern is drawn first, the same on each site.
    """
    places = random.Random(path).sample(
        range(min(len(among), scale_site.PATTERN)), k=min(TIMES + 1, len(among))
    )
    for place in places:
        number = place + scale_site.PATTERN * chance.randrange(
            max(len(among) // scale_site.PATTERN, 1)
        )
        yield path.format(n=number, p=chance.randrange(scale_site.PARAGRAPHS) + 1)


def searched(one: Client, path: str, make: Callable[[], str]) -> Asking:
    """Ask questions."""
    for _time in range(TIMES + 1):
        yield partial(fetched, one, path, make())


def changed(one: Client, path: str, among: range, chance: random.Random) -> Asking:
    """Ask for documents that were read before and have changed since, the same on each site."""
    guest = client()
    for each in drawn(path, among, chance):
        slug = each.split("/")[2]
        fetched(guest, f"/d/{slug}/")
        fetched(one, each)
        _change(slug)
        yield partial(fetched, one, each)


def _change(slug: str) -> None:
    document = Document.objects.get(slug=slug)
    roots = Annotation.objects.filter(document=document, parent=None, visibility="public")
    uid = roots.order_by("pk").values_list("uid", flat=True).first() or ""
    document.last_event += 1
    Event.objects.create(
        document=document,
        number=document.last_event,
        name="annotation.edited",
        subject=uid,
        at=timezone.now(),
    )
    document.save(update_fields=["last_event"])


def long_and_short(paragraphs: int) -> dict[str, Ask]:
    """Return a book and the speech, each as its reader opens it, a new text every time."""
    guest = client()
    words = Words(3)
    texts = [" ".join(words.take(60)) for _text in range(paragraphs)]
    book = "\n\n".join(["A book", *texts]).encode()
    import_document(data=book, name="book.txt", about=About(slug="book"))
    import_document(data=SPEECH.read_bytes(), name=SPEECH.name, about=About(slug="speech"))
    older = scale_site.BEGAN - timedelta(days=1)  # so that they are not on the library's first page
    Document.objects.filter(slug__in=["book", "speech"]).update(created_at=older)
    return {
        SPEECH_PAGE: lambda: opened(guest, "speech"),
        BOOK_PAGE: lambda: opened(guest, "book"),
    }


def opened(one: Client, slug: str) -> Asking:
    """Open a document after each change to it."""
    for _time in range(TIMES + 1):
        _change(slug)
        yield partial(fetched, one, f"/d/{slug}/")
