"""Editors' answers to suggested edits."""

from django.db.models import Prefetch, Q, QuerySet

from reader.models import Disposition, Document, Motivation, Status, Visibility

STANDING = Prefetch(
    "dispositions",
    queryset=Disposition.objects.filter(withdrawn_at__isnull=True)
    .select_related("addressed_in", "decided_by")
    .defer("addressed_in__text"),
    to_attr="answers",
)
"""Gives an annotation the answer that stands, in a list of at most one, as ``answers``."""

ADOPTABLE = Q(
    annotation__motivation=Motivation.EDITING,
    annotation__parent__isnull=True,
    annotation__replacement__isnull=False,
    annotation__visibility=Visibility.PUBLIC,
    annotation__status=Status.APPROVED,
    annotation__deleted_at__isnull=True,
)
"""What a text may take up: suggested words that everybody may read, with whose they are."""


def open_acceptances(document: Document) -> QuerySet[Disposition]:
    """Return the acceptances that stand and that no published edition has taken up yet."""
    return Disposition.objects.filter(
        Q(addressed_in__isnull=True) | Q(addressed_in__published_at__isnull=True),
        annotation__document=document,
        outcome=Disposition.Outcome.ACCEPTED,
        withdrawn_at__isnull=True,
    )
