"""Rows of annotations as the records that exporters write, under the viewer's permissions."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Prefetch, QuerySet, Value, When

from reader import policy
from reader.models import (
    Anchor,
    Annotation,
    AnnotationRevision,
    Disposition,
    Document,
    Edition,
    Status,
    User,
)
from reader.policy import Viewer
from reader.text.exporters import Note, Person, Revision, Ruling, Spot


class Loader:
    """Reads annotations for one viewer, a batch of any documents with a constant few queries."""

    def __init__(self, viewer: Viewer) -> None:
        """Ask once what the viewer may do."""
        self._viewer = viewer
        self._editions = policy.editions_visible_to(viewer)
        self._edited = Document.objects.filter(policy.documents_edited_by(viewer))
        self._revisions = policy.revisions_visible_in_all(viewer)

    def read(self, pks: Sequence[int]) -> dict[int, Any]:
        """Return the rows by their id, with all that :meth:`note` needs."""
        visible = policy.annotations_visible_to(self._viewer)
        rows = (
            Annotation.objects.filter(pk__in=pks)
            .annotate(
                readable=Case(When(visible, Value(True)), default=False),
                edition_number=F("edition__number"),
                parent_uid=F("parent__uid"),
                group_slug=F("group__slug"),
            )
            .select_related("author")
            .prefetch_related("tags", *self._prefetches())
        )
        return {row.pk: row for row in rows}

    def _prefetches(self) -> "list[Prefetch[Any]]":
        published = Edition.objects.filter(self._editions, published_at__isnull=False)
        anchors = (
            Anchor.objects.filter(edition__in=published.values("pk"))
            .annotate(
                number=F("edition__number"),
                first=F("first_block__ref"),
                last=F("last_block__ref"),
                names_editors=Case(
                    When(edition__document__in=self._edited, then=Value(True)), default=False
                ),
            )
            .select_related("decided_by")
            .order_by("number")
        )
        revisions = AnnotationRevision.objects.filter(self._revisions).order_by("version")
        return [
            Prefetch("anchors", anchors, to_attr="spots"),
            Prefetch("revisions", revisions, to_attr="wordings"),
            Prefetch("dispositions", self._rulings(), to_attr="rulings"),
        ]

    def _rulings(self) -> QuerySet[Disposition]:
        twins = Annotation.objects.filter(
            policy.threads_visible_to(self._viewer), pk=OuterRef("duplicate_of")
        )
        shown = Edition.objects.filter(self._editions, pk=OuterRef("addressed_in"))
        return (
            Disposition.objects.annotate(
                twin=Case(When(Exists(twins), F("duplicate_of__uid"))),
                number=Case(When(Exists(shown), F("addressed_in__number"))),
            )
            .select_related("decided_by", "withdrawn_by")
            .order_by("decided_at", "pk")
        )

    def note(self, row: Any, was_readable: bool, depth: int, number: int) -> Note:
        """Return the record of a row, once; without its words where they are withheld."""
        place = {
            "uid": row.uid,
            "motivation": row.motivation,
            "created_at": row.created_at,
            "edition": row.edition_number,
            "depth": depth,
            "number": number,
            "parent": row.parent_uid or "",
            "visibility": row.visibility,
            "group": row.group_slug or "",
            "exact": row.exact,
            "prefix": row.prefix,
            "suffix": row.suffix,
            "start": row.start,
            "end": row.end,
            "deleted_at": row.deleted_at,
            "spots": [_spot(anchor) for anchor in row.spots],
        }
        if not (was_readable and row.readable):
            if row.start is None:  # never found in the text: then it is the author's words
                place |= {"exact": "", "prefix": "", "suffix": ""}
            note = Note(**place, withheld=_why(row))
        else:
            note = self._with_words(row, place)
        _release(row)
        return note

    def _with_words(self, row: Any, place: dict[str, Any]) -> Note:
        return Note(
            **place,
            author=_person(row.author),
            body=row.body,
            html=row.body_html,
            replacement=row.replacement,
            language=row.language,
            tags=[tag.name for tag in row.tags.all()],
            status=row.status,
            edited_at=row.edited_at,
            version=row.version,
            agree=row.agree_count,
            disagree=row.disagree_count,
            foreign_id=row.foreign_id or "",
            rulings=[_ruling(one) for one in row.rulings],
            revisions=[_revision(one, row.group_id) for one in row.wordings],
        )


def _release(row: Any) -> None:
    """Cut what refers back to the row, so that its memory is free at once.

    Python looks for circles much later: a long export would hold a good part of what it has read.
    """
    row.spots, row.wordings, row.rulings = (), (), ()
    row._prefetched_objects_cache = {}  # noqa: SLF001 -- there is no public way to forget them


def _why(row: Annotation) -> str:
    if row.is_deleted:
        return "deleted"
    return "waiting" if row.status == Status.PENDING else "removed"


def _person(user: User | None) -> Person | None:
    return Person(user.username, user.get_full_name()) if user else None


def _spot(anchor: Any) -> Spot:
    return Spot(
        edition=anchor.number,
        verdict=anchor.verdict,
        score=anchor.score,
        first_ref=anchor.first or "",
        start=anchor.start,
        last_ref=anchor.last or "",
        end=anchor.end,
        decided_at=anchor.decided_at,
        decided_by=_person(anchor.decided_by) if anchor.names_editors else None,
    )


def _ruling(row: Any) -> Ruling:
    return Ruling(
        outcome=row.outcome,
        reason=row.reason,
        decided_at=row.decided_at,
        decided_by=_person(row.decided_by),
        addressed_in=row.number,
        duplicate_of=row.twin or "",
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=_person(row.withdrawn_by),
    )


def _revision(row: AnnotationRevision, group: int | None) -> Revision:
    return Revision(
        version=row.version,
        body=row.body,
        replacement=row.replacement,
        exact=row.exact,
        written_at=row.written_at,
        was_public=row.was_public and row.for_group in (None, group),
    )
