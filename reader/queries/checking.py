"""What checks before publication look at, and what they held: nothing of it is for readers."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Prefetch, Q

from reader import checks, policy, ready_made
from reader.models import Annotation, Decision, Document, Hold, Status, Visibility, WordList
from reader.policy import Viewer

if TYPE_CHECKING:
    from django.db.models import QuerySet

KNOWN_AFTER = 2  # texts that have stood
STOOD = timedelta(days=1)  # what a moderator has not looked at
OWN_WITHIN, OWN_LOOKED_AT = timedelta(days=7), 20
HERE_WITHIN, HERE_LOOKED_AT = timedelta(days=1), 60
DOCUMENTS_OFFERED = 200

_PUBLIC = Q(visibility=Visibility.PUBLIC, deleted_at__isnull=True)
# What is decided in a group goes for its readers alone.
_FOR_EVERYBODY = Q(for_group__isnull=True)
_APPROVED = _FOR_EVERYBODY & Q(after=Status.APPROVED)
_COLUMNS = (
    "pk",
    "author_id",
    "body",
    "replacement",
    "created_at",
    "status",
    "is_old",
    "was_approved",
)
STANDING_HOLDS = Prefetch(
    "holds", queryset=Hold.objects.filter(replaced_at=None), to_attr="standing_holds"
)


@dataclass(frozen=True, slots=True)
class Written:
    """A public text as checks compare it.

    ``is_old``: its author wrote something a day before. ``was_approved``: by a moderator.
    """

    pk: int
    author: int
    body: str
    replacement: str | None
    at: datetime
    status: str
    is_old: bool
    was_approved: bool


def is_known(author: int, at: datetime) -> bool:
    """Whether enough of somebody's public texts were approved by a moderator, or stood a day."""

    def make(author: int, since: datetime) -> "QuerySet[Annotation, int]":
        approved = Decision.objects.filter(_APPROVED, annotation=OuterRef("pk"))
        stood = Q(created_at__lte=since) | Q(Exists(approved))
        texts = Annotation.objects.filter(_PUBLIC, stood, author=author, status=Status.APPROVED)
        return texts.order_by().values_list("pk", flat=True)[:KNOWN_AFTER]

    return len(ready_made.rows("known", make, author, at - STOOD)) == KNOWN_AFTER


def written_by(author: int, at: datetime) -> Sequence[Written]:
    """Return what somebody wrote lately in any document, the newest first."""

    def make(author: int, since: datetime, until: datetime, old: datetime) -> Any:
        rows = Annotation.objects.filter(_PUBLIC, author=author, created_at__range=(since, until))
        return _columns(rows, old)[:OWN_LOOKED_AT]

    return _written("own", make, author, at - OWN_WITHIN, at, at - STOOD)


def written_in(document: Document, at: datetime) -> Sequence[Written]:
    """Return what was written lately in a document, the newest first."""

    def make(pk: int, since: datetime, until: datetime, old: datetime) -> Any:
        rows = Annotation.objects.filter(
            _PUBLIC,
            document=pk,
            author__isnull=False,
            status__in=Status.values,  # for the index
            created_at__range=(since, until),
        )
        return _columns(rows, old)[:HERE_LOOKED_AT]

    return _written("here", make, document.pk, at - HERE_WITHIN, at, at - STOOD)


def written_as(pks: Sequence[int], at: datetime) -> Sequence[Written]:
    """Return those of the annotations that are public."""
    if not pks:
        return []

    def make(old: datetime, *pks: int) -> Any:
        return _columns(Annotation.objects.filter(_PUBLIC, author__isnull=False, pk__in=pks), old)

    return _written("as", make, at - STOOD, *ready_made.padded(pks))


def _columns(rows: "QuerySet[Annotation]", old: datetime) -> "QuerySet[Annotation, Any]":
    before = Annotation.objects.filter(
        _PUBLIC, author=OuterRef("author"), created_at__lt=old
    ).order_by()
    approval = Decision.objects.filter(_APPROVED, annotation=OuterRef("pk")).order_by()
    rows = rows.annotate(is_old=Exists(before), was_approved=Exists(approval))
    return rows.order_by("-created_at").values_list(*_COLUMNS)


def _written(name: str, make: Any, *values: Any) -> Sequence[Written]:
    return [Written(*row) for row in ready_made.rows(f"written {name}", make, *values)]


def word_lists(languages: Collection[str]) -> list[tuple[str, str]]:
    """Return name and words of the lists in use for the languages (BCP 47 tags)."""
    primary = {tag.split("-", maxsplit=1)[0].lower() for tag in languages} | {""}
    rows = WordList.objects.filter(is_active=True, language__in=sorted(primary))
    return list(rows.order_by("name", "pk").values_list("name", "words"))


def was_approved_so(annotation: Annotation, body: str, replacement: str | None) -> bool:
    """Whether a moderator has approved the annotation for everybody in just these words."""
    approvals = Decision.objects.filter(_APPROVED, annotation=annotation)
    approval = approvals.exclude(act=Decision.Act.UNDO).order_by("-pk").first()
    if approval is None:
        return False
    revisions = annotation.revisions.filter(version__gte=approval.version).order_by("version")
    then = revisions.first() or annotation
    return (then.body, then.replacement) == (body, replacement)


def refused_for_everybody(pks: Collection[int]) -> set[int]:
    """Return those annotations of which the last word, where everybody read them, was against them.

    It is a moderator's, or a check's that no moderator has answered. What was decided in a group
    since then is no word for everybody.
    """
    decided = Decision.objects.filter(
        _FOR_EVERYBODY, annotation__in=pks, after__in=Status.values
    ).order_by("pk")
    last = {
        pk: (after, at) for pk, after, at in decided.values_list("annotation_id", "after", "at")
    }
    refused = {pk for pk, (after, _at) in last.items() if after != Status.APPROVED}
    holds = Hold.objects.filter(annotation__in=pks, replaced_at=None)
    for pk, at in holds.values_list("annotation_id", "at"):
        if pk not in last or at > last[pk][1]:
            refused.add(pk)
    return refused


def told_to_author(annotation: Annotation) -> list[str]:
    """Return why an annotation waits, in the general words that its author is told."""
    if annotation.status != Status.PENDING:
        return []
    names = Hold.objects.filter(annotation=annotation, replaced_at=None)
    return list(dict.fromkeys(_told(names.values_list("check_name", flat=True))))


def _told(names: Iterable[str]) -> Iterable[str]:
    return (str(checks.BY_NAME[name].told) for name in names if name in checks.BY_NAME)


def documents_with_checks(viewer: Viewer) -> list[tuple[str, str]]:
    """Return address and title of documents that the viewer moderates, those with checks first."""
    rows = Document.objects.filter(policy.documents_moderated_by(viewer))
    return list(rows.order_by("-checks", "title").values_list("slug", "title")[:DOCUMENTS_OFFERED])
