"""Plain functions that make rows for tests, through the same actions that the site uses."""

from itertools import count

from django.contrib.auth.models import Group as PermissionGroup
from django.db.models import F

from reader.actions import annotations
from reader.actions.documents import About, import_document
from reader.actions.passages import Passage
from reader.actions.people import make_moderator, set_up_roles
from reader.actions.wording import Wording
from reader.models import Annotation, Block, Document, DocumentRole, User

TEXT = (
    "On reading closely",
    "The margin is where a reader answers. The margin is also a promise.",
    "A promise, once made in public, is kept in public.",
    "Nobody reads the same sentence twice.",
)
PASSWORD = "correct horse battery staple"
_numbers = count(1)


def make_user(username: str = "", **fields: object) -> User:
    """Return a saved person who can sign in with ``PASSWORD``."""
    username = username or f"person{next(_numbers)}"
    user = User(username=username, email=f"{username}@example.org", **fields)
    user.set_password(PASSWORD)
    user.save()
    return user


def make_document(*paragraphs: str, slug: str = "", **fields: object) -> Document:
    """Return a saved document with one edition of these paragraphs (``TEXT`` by default)."""
    slug = slug or f"document-{next(_numbers)}"
    title, *texts = ("A document", *paragraphs) if paragraphs else TEXT
    data = "\n\n".join([title, *texts, f"The end of {slug}."]).encode()
    edition, _is_new = import_document(data=data, name="text.txt", about=About(slug=slug))
    document = edition.document
    Document.objects.filter(pk=document.pk).update(**fields)
    document.refresh_from_db()
    return document


def passage_of(document: Document, words: str) -> Passage:
    """Return the passage that selecting these words on the page would send."""
    assert document.current_edition is not None
    start = document.current_edition.text.index(words)
    return Passage(start=start, end=start + len(words), exact=words)


def make_annotation(
    author: User,
    document: Document,
    words: str = "The margin",
    *,
    body: str = "A remark.",
    motivation: str = "commenting",
    replacement: str | None = None,
    tags: tuple[str, ...] = (),
    visibility: str = "public",
    status: str = "",
) -> Annotation:
    """Return a saved root annotation; ``status`` forces one without a decision."""
    annotation = annotations.create_annotation(
        author=author,
        document=document,
        motivation=motivation,
        passage=passage_of(document, words),
        wording=Wording(body, replacement, list(tags)),
        visibility=visibility,
    )
    return force_status(annotation, status)


def make_reply(
    author: User, parent: Annotation, body: str = "An answer.", status: str = ""
) -> Annotation:
    """Return a saved reply; ``status`` forces one without a decision."""
    return force_status(
        annotations.reply(author=author, parent=parent, wording=Wording(body)), status
    )


def force_status(annotation: Annotation, status: str) -> Annotation:
    """Give the annotation a status behind the moderators' backs."""
    if status:
        Annotation.objects.filter(pk=annotation.pk).update(status=status)
        # As a change of status would: what is kept under the number of the last event is old now.
        Document.objects.filter(pk=annotation.document_id).update(last_event=F("last_event") + 1)
        annotation.refresh_from_db()
    return annotation


def promote(user: User, role: str, document: Document | None = None) -> User:
    """Make the person a site moderator, an editor, a superuser, or give a role in a document."""
    set_up_roles()
    if role == "moderator":
        make_moderator(user)
    elif role == "editor":
        user.is_staff = True
        user.groups.add(PermissionGroup.objects.get(name="Editors"))
        user.save()
    elif role == "admin":
        user.is_staff = user.is_superuser = True
        user.save()
    else:
        assert document is not None
        DocumentRole.objects.create(
            user=user, document=document, role=role.rsplit(":", maxsplit=1)[-1]
        )
    return User.objects.get(pk=user.pk)


def block(document: Document, ref: str) -> Block:
    """Return a block of the current edition."""
    return Block.objects.get(edition=document.current_edition, ref=ref)
