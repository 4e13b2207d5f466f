"""What the outside judge of a document is asked, and when."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from reader.models import Annotation, Question, Status, Visibility
from reader.text.exporters.times import moment

ASKED_ABOUT = Q(
    annotation__status=Status.PENDING,
    annotation__visibility=Visibility.PUBLIC,
    annotation__deleted_at__isnull=True,
) & ~Q(annotation__document__judge_url="")


def due(document: int | None = None) -> QuerySet[Question]:
    """Return the questions that are to be asked now, what has waited longest first."""
    rows = Question.objects.filter(ASKED_ABOUT, next_attempt_at__lte=timezone.now())
    return (rows if document is None else rows.filter(annotation__document=document)).order_by("pk")


def documents_due() -> Sequence[int]:
    """Return the ids of the documents whose judge is to be asked something now."""
    return list(due().order_by().values_list("annotation__document", flat=True).distinct())


def question_id(question: Question) -> str:
    """Return the name of a question, the same at every try, and another for other words."""
    return f"ask_{question.pk}_{question.annotation.version}"


def message(question: Question) -> dict[str, Any]:
    """Return what the judge is told: the words and where they stand, and nothing of the author."""
    annotation = question.annotation
    document, root = annotation.document, annotation.root or annotation
    holds = annotation.holds.filter(replaced_at=None).order_by("pk")
    return {
        "id": question_id(question),
        "document": {
            "slug": document.slug,
            "title": document.title,
            "language": document.language,
            "url": f"{settings.SITE_URL}{document.get_absolute_url()}",
        },
        "annotation": {
            "uid": annotation.uid,
            "version": annotation.version,
            "motivation": annotation.motivation,
            "body": annotation.body,
            "replacement": annotation.replacement,
            "tags": sorted(annotation.tags.values_list("name", flat=True)),
            "passage": root.exact,
            "written": moment(annotation.edited_at or annotation.created_at),
        },
        "holds": [{"check": one.check_name, "why": one.why} for one in holds],
    }


def is_still(annotation: Annotation, version: int) -> bool:
    """Whether an annotation still waits for everybody to see it, in the words that were sent."""
    is_public = annotation.visibility == Visibility.PUBLIC and not annotation.is_deleted
    return is_public and annotation.status == Status.PENDING and annotation.version == version
