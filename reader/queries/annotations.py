"""Single annotations, and lists of them, as a viewer may see them."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from reader import policy
from reader.models import Annotation, AnnotationRevision, Edition, Tag
from reader.policy import Viewer
from reader.queries import read_until
from reader.queries import threads as thread_queries
from reader.queries.reactions import stance_of
from reader.queries.threads import Note, PlacedRoots, Thread

SORTS = {
    "place": ["place_position", "place_start", "created_at", "pk"],
    "newest": ["-created_at", "-pk"],
    "oldest": ["created_at", "pk"],
    "replies": ["-reply_count", "-last_at", "pk"],
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which threads to show, and in which order. Empty fields ask for nothing."""

    motivation: str = ""
    tag: str = ""
    author: str = ""
    status: str = ""
    unread: bool = False
    sort: str = "place"

    @property
    def are_set(self) -> bool:
        """Whether anything is left out."""
        return bool(self.motivation or self.tag or self.author or self.status or self.unread)


def find(viewer: Viewer, uid: str) -> Annotation:
    """Return an annotation whose words the viewer may read, with its document.

    Raises:
        Annotation.DoesNotExist: there is none, or it is not for the viewer: nobody can tell which.
    """
    visible = Annotation.objects.filter(policy.annotations_visible_to(viewer))
    return visible.select_related("document__current_edition", "author", "root", "group").get(
        uid=uid
    )


def find_placeholder(viewer: Viewer, uid: str) -> Annotation:
    """Return a root that the viewer may read or of which they may see the empty place.

    Raises:
        Annotation.DoesNotExist: as in :func:`find`.
    """
    visible = Annotation.objects.filter(policy.threads_visible_to(viewer))
    return visible.select_related("document__current_edition").get(uid=uid)


def note_of(viewer: Viewer, annotation: Annotation) -> Note:
    """Return an annotation, which the caller has found by policy, with its counts as they are."""
    rows = Annotation.objects.annotate(stance=stance_of(viewer)).select_related("author", "group")
    row = rows.prefetch_related(thread_queries.DENIALS).get(pk=annotation.pk)
    return thread_queries.as_note(viewer, row)


def find_thread(viewer: Viewer, root: Annotation, edition: Edition) -> Thread:
    """Return the root's whole thread.

    Raises:
        Annotation.DoesNotExist: the thread shows nothing to the viewer in this edition.
    """
    row = thread_queries.roots(viewer, edition).get(pk=root.pk)
    marks = read_until.read_marks(viewer, root.document_id)
    threads = thread_queries.as_threads(viewer, [row], marks)
    return thread_queries.with_replies(viewer, threads, marks)[0]


def threads_of_block(
    viewer: Viewer, edition: Edition, ref: str, filters: Filters, among: Q | None = None
) -> PlacedRoots:
    """Return the roots that begin in the block and pass the filters, in the order asked for."""
    rows = thread_queries.discussed(thread_queries.roots(viewer, edition)).filter(
        among or Q(), here__first_block__ref=ref
    )
    if filters.motivation:
        rows = rows.filter(motivation=filters.motivation)
    if filters.tag:
        rows = rows.filter(readable=True, tags__name=filters.tag)
    if filters.author:
        rows = rows.filter(readable=True, author__username=filters.author)
    if filters.status:
        rows = rows.filter(readable=True, status=filters.status)
    if filters.unread:
        marks = read_until.read_marks(viewer, edition.document_id)
        seen = read_until.seen_until(marks, ref)
        rows = rows.filter(read_until.is_news(viewer, seen)) if seen else rows
    return rows.order_by(*SORTS[filters.sort])


def bare_highlights(
    viewer: Viewer, edition: Edition, ref: str, limit: int, among: Q | None = None
) -> list[Thread]:
    """Return the newest mere highlights and bookmarks that begin in the block."""
    rows = thread_queries.roots(viewer, edition).filter(
        thread_queries.BARE, among or Q(), here__first_block__ref=ref, reply_count=0
    )
    return thread_queries.as_threads(viewer, rows.order_by("-created_at", "-pk")[:limit])


def history(viewer: Viewer, annotation: Annotation) -> QuerySet[AnnotationRevision]:
    """Return the earlier wordings that the viewer may read, newest first.

    The caller has found the annotation by policy.
    """
    revisions = annotation.revisions.order_by("-version")
    return revisions.filter(policy.revisions_visible_to(viewer, annotation))


def tags_like(viewer: Viewer, start: str, limit: int = 12) -> list[str]:
    """Return tags beginning so that stand on annotations the viewer may read."""
    visible = Annotation.objects.filter(policy.annotations_visible_to(viewer))
    tags = Tag.objects.filter(name__startswith=start.strip().lower(), annotations__in=visible)
    return list(tags.order_by("name").values_list("name", flat=True).distinct()[:limit])


def facets(viewer: Viewer, edition: Edition, ref: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the tags and the (username, name) of authors in the block's threads."""
    roots = Annotation.objects.filter(
        policy.annotations_visible_to(viewer),
        anchors__edition=edition,
        anchors__first_block__ref=ref,
    ).exclude(thread_queries.BARE)
    tags = Tag.objects.filter(annotations__in=roots).order_by("name").distinct()
    authors = roots.exclude(author=None).order_by("author__username")
    pairs = authors.values_list("author__username", "author__name").distinct()
    return [tag.name for tag in tags], [(username, name or username) for username, name in pairs]


def by_author(viewer: Viewer, author_id: int) -> QuerySet[Annotation]:
    """Return what the person wrote, as the viewer may see it, newest first."""
    return (
        Annotation.objects.filter(policy.annotations_visible_to(viewer), author_id=author_id)
        .select_related("author", "document", "root", "parent__author", "group")
        .prefetch_related("tags", thread_queries.DENIALS)
        .order_by("-created_at", "-pk")
    )


def place_of(annotation: Annotation, edition: Edition) -> str | None:
    """Return the ref of the block where the annotation's root stands, None for an orphan."""
    root_id = annotation.root_id or annotation.pk
    return (
        Annotation.objects.filter(pk=root_id, anchors__edition=edition)
        .values_list("anchors__first_block__ref", flat=True)
        .first()
    )
