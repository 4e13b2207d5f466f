"""Who plays which part in a document, and who is invited to."""

from django.db.models import QuerySet
from django.utils import timezone

from reader import policy
from reader.models import Document, DocumentRole, Invitation
from reader.policy import Viewer


def roles_in(viewer: Viewer, document: Document) -> QuerySet[DocumentRole]:
    """Return who has which part, for those who give them out.

    Raises:
        policy.Refused: the viewer does not.
    """
    policy.check_may_give_roles(viewer, document)
    held = DocumentRole.objects.filter(document=document)
    return held.select_related("user").order_by("role", "user__username")


def open_invitations(viewer: Viewer, document: Document) -> QuerySet[Invitation]:
    """Return the invitations that can still be accepted, newest first.

    Raises:
        policy.Refused: the viewer does not give out parts here.
    """
    policy.check_may_give_roles(viewer, document)
    rows = Invitation.objects.filter(
        document=document,
        accepted_at__isnull=True,
        revoked_at__isnull=True,
        expires_at__gt=timezone.now(),
    )
    return rows.select_related("invited_by").order_by("-created_at", "-pk")
