"""Whom somebody does not want to read."""

import hashlib

from django.db.models import Exists, OuterRef, Q, QuerySet

from reader.models import HiddenPerson
from reader.policy import Viewer


def hidden_by(viewer: Viewer) -> QuerySet[HiddenPerson]:
    """Return whom the viewer hides, the latest first."""
    rows = HiddenPerson.objects.filter(viewer_id=viewer.pk or 0)
    return rows.select_related("person").order_by("-since", "-pk")


KEPT_AS = "hides_somebody"  # where who loads an account may say so at once


def is_hiding(person: str) -> Exists:
    """Return the condition that the account in the column ``person`` hides somebody."""
    return Exists(HiddenPerson.objects.filter(viewer_id=OuterRef(person)))


def ids_hidden_by(viewer: Viewer) -> list[int]:
    """Return the ids of the people whom the viewer hides, in their order.

    Nothing is asked where the account was loaded as one that hides nobody.
    """
    if not getattr(viewer, KEPT_AS, True):
        return []
    rows = HiddenPerson.objects.filter(viewer_id=viewer.pk or 0).order_by("person_id")
    return list(rows.values_list("person_id", flat=True))


def is_hidden_from(viewer: Viewer, who: str) -> Exists:
    """Return the condition that the person in the column ``who`` is hidden by the viewer."""
    rows = HiddenPerson.objects.filter(viewer_id=viewer.pk or 0)
    return Exists(rows.filter(person_id=OuterRef(who)))


def not_hidden_from(viewer: Viewer) -> Q:
    """Return the condition for annotations by nobody whom the viewer hides; all, for strangers."""
    if viewer.pk is None:
        return Q(pk__isnull=False)
    return ~Q(is_hidden_from(viewer, "author_id"))


def edition_of(ids: list[int]) -> str:
    """Return a short name for a set of hidden people, that changes with it; empty for none."""
    if not ids:
        return ""
    return hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()[:12]
