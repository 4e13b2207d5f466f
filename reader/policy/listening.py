"""Of whom it must be asked what they may read, when something happened that not everybody may."""

from collections.abc import Collection

from django.db.models import Q

from reader.models import Annotation, AnnotationRevision, Membership


def people_concerned(document: int, uids: Collection[str]) -> Q:
    """Return the condition for people to whom more may be shown than to anybody.

    It answers no question of access by itself: it is wider than :func:`annotations_visible_to` and
    saves asking it for each of thousands. Whom it leaves out reads what anybody reads: who did not
    write it, is in no group that it is or was for, has no part in the document, and no permission.

    Args:
        document: the number of the document.
        uids: the annotations, of that document.
    """
    named = Annotation.objects.filter(uid__in=uids)
    earlier = AnnotationRevision.objects.filter(
        Q(annotation__in=named) | Q(annotation__replies__in=named)
    )
    told = Membership.objects.filter(
        Q(group__in=named.filter(group__isnull=False).values("group"))
        | Q(group__in=earlier.filter(for_group__isnull=False).values("for_group"))
    )
    return (
        Q(pk__in=named.filter(author__isnull=False).values("author"))
        | Q(pk__in=told.values("user"))
        | Q(document_roles__document=document)
        | Q(is_superuser=True)
        | Q(groups__isnull=False)
        | Q(user_permissions__isnull=False)
    )
