"""Where people disagree."""

from django.db.models import F, Q

from reader.models import Annotation, Document

LEAST = 2  # one person who disagrees is no dispute yet
SHARE = 3  # and those who disagree are at least one in so many of those who said anything

CONTESTED = Q(disagree_count__gte=LEAST) & Q(
    disagree_count__gte=(F("agree_count") + F("disagree_count")) * 1.0 / SHARE
)
"""Annotations that several people disagree with, and not only a few of many."""


def contested_roots(document: Document | None = None) -> Q:
    """Return the condition for roots of contested threads (of one document): it or a reply is.

    Counts hold no names and no words, and only what others can read can be reacted to
    (:func:`reader.policy.check_may_react`), so that the condition is the same for all viewers.
    """
    disputed = Annotation.objects.filter(CONTESTED, deleted_at__isnull=True)
    if document is not None:
        disputed = disputed.filter(document=document)
    replies = disputed.filter(root__isnull=False).values("root")
    return Q(CONTESTED, deleted_at__isnull=True) | Q(pk__in=replies)
