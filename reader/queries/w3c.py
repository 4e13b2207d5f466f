"""Annotations as the W3C's Web Annotation Protocol gives them, as a viewer may see them.

Of an annotation it says what an export says, in the same words; its name is another, and what a
client sent and Postil has no place for is given back with it (:mod:`reader.queries.w3c_kept`).
"""

from collections.abc import Collection, Sequence
from typing import Any

from reader import policy
from reader.models import Annotation, AsSent, Document, Group
from reader.models.annotations import UID_ALPHABET, UID_LENGTH
from reader.policy import Viewer
from reader.queries import annotations
from reader.queries.addresses import absolute, is_here, parsed
from reader.queries.exported_notes import Loader
from reader.queries.exporting import work_of
from reader.queries.w3c_kept import overlaid
from reader.text.exporters import Work, jsonld

ANNO = jsonld.ANNO
MEDIA_TYPE = "application/ld+json"
CONTENT_TYPE = f'{MEDIA_TYPE}; profile="{ANNO}"'
BEFORE_UID = ("/w3c/", "/a/")

Json = dict[str, Any]


def annotation_url(uid: str) -> str:
    """Return the name of an annotation in the protocol."""
    return absolute(f"/w3c/{uid}")


def uid_in(address: str) -> str | None:
    """Return the uid in the address of an annotation of this site; None for any other address."""
    parts = parsed(address)
    if parts is None or not is_here(parts):
        return None
    for before in BEFORE_UID:
        uid = parts.path.removeprefix(before).rstrip("/")
        if parts.path.startswith(before) and is_uid(uid):
            return uid
    return None


def is_uid(text: str) -> bool:
    """Whether an annotation may be called so; a database is not asked for anything else."""
    return len(text) == UID_LENGTH and all(sign in UID_ALPHABET for sign in text)


def find(viewer: Viewer, uid: str) -> Annotation:
    """Return an annotation whose words the viewer may read.

    Raises:
        Annotation.DoesNotExist: there is none, or it is not for the viewer: nobody can tell which.
    """
    if not is_uid(uid):
        raise Annotation.DoesNotExist
    return annotations.find(viewer, uid)


def find_document(viewer: Viewer, slug: str) -> Document:
    """Return a document that the viewer may read.

    Raises:
        Document.DoesNotExist: there is none, or it is not for the viewer.
    """
    visible = Document.objects.filter(policy.documents_visible_to(viewer))
    return visible.select_related("current_edition").get(slug=slug)


def find_group(viewer: Viewer, slug: str) -> Group:
    """Return a group that the viewer is in.

    Raises:
        Group.DoesNotExist: there is none, or the viewer is no member.
    """
    return Group.objects.filter(pk__in=policy.groups_of(viewer)).get(slug=slug)


def present(viewer: Viewer, annotation: Annotation) -> Json:
    """Return an annotation that the viewer may read, as it is given by itself.

    Raises:
        Annotation.DoesNotExist: there is none that the viewer may read.
    """
    for found in present_all(viewer, [annotation.pk]):
        return found
    raise Annotation.DoesNotExist


def present_all(viewer: Viewer, pks: Sequence[int]) -> list[Json]:
    """Return the annotations in this order, each as it is given by itself.

    Takes a constant number of queries, of however many documents they are.
    """
    kept = {row.annotation_id: row for row in AsSent.objects.filter(annotation__in=pks)}
    loader = Loader(viewer)
    rows = loader.read(pks)
    works = _works({row.document_id for row in rows.values()})
    found = []
    for row in (rows[pk] for pk in pks if pk in rows and rows[pk].document_id in works):
        work = works[row.document_id]
        note = loader.note(row, was_readable=True, depth=0, number=0)
        if note.withheld:
            continue
        own = {**jsonld.annotation(work, note), "id": annotation_url(note.uid)}
        context = {"@context": [ANNO, dict(jsonld.CONTEXT)]}
        found.append(overlaid({**context, **own}, note, kept.get(row.pk)))
    return found


def _works(documents: Collection[int]) -> dict[int, Work]:
    """Return what is said of each document; nothing was written about one without an edition."""
    rows = Document.objects.select_related("current_edition").filter(pk__in=documents)
    return {
        row.pk: work_of(row, row.current_edition) for row in rows if row.current_edition is not None
    }
