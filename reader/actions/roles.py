"""Parts in a document: inviting to them, taking them up, laying them down."""

import hashlib
import secrets
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import events, policy
from reader.actions.errors import Invalid
from reader.actions.limits import check_inviting
from reader.models import Document, DocumentRole, Invitation, User

VALID_DAYS = 14
SECRET_BYTES = 24  # 192 bits: nobody guesses a link


@transaction.atomic
def invite(
    *, editor: User, document: Document, role: str, email: str = ""
) -> tuple[Invitation, str]:
    """Offer a part in the document to whoever opens a link first.

    Returns:
        The invitation, and the secret of its link, which is kept nowhere: only its hash is.

    Raises:
        policy.Refused: the editor may not give out parts in this document.
        Invalid: there is no such part, or the e-mail address is none.
        TooMany: the editor has sent many invitations within the hour.
    """
    policy.check_may_give_roles(editor, document)
    if role not in DocumentRole.Role.values:
        raise Invalid("role", _("Choose a part."))
    email = email.strip()
    if email:
        _check_email(email)
    check_inviting(editor)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    made = Invitation.objects.create(
        document=document,
        role=role,
        email=email,
        secret_sha256=hash_of(secret),
        invited_by=editor,
        expires_at=timezone.now() + timedelta(days=VALID_DAYS),
    )
    return made, secret


@transaction.atomic
def revoke_invitation(*, editor: User, invitation: Invitation) -> None:
    """Take an invitation back: its link opens nothing any more. Twice is as good as once.

    Raises:
        policy.Refused: the editor may not give out parts in this document.
        Invalid: somebody has accepted it already.
    """
    policy.check_may_give_roles(editor, invitation.document)
    rows = Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True)
    open_ones = rows.filter(revoked_at__isnull=True)
    if not open_ones.update(revoked_at=timezone.now()) and not rows.exists():
        message = _("Somebody has accepted it already. You can take the part away instead.")
        raise Invalid("invitation", message)


@transaction.atomic
def accept_invitation(*, person: User, secret: str) -> DocumentRole:
    """Take up the part that the link offers. Whoever has the part already leaves the link unused.

    Raises:
        Invalid: the link offers nothing any more, and why.
    """
    # The row stays locked until the part is saved, so that two people cannot both be first.
    rows = Invitation.objects.select_for_update().filter(secret_sha256=hash_of(secret))
    found = rows.select_related("document").first()
    if found is None:
        raise Invalid("invitation", _("This link is no invitation. Perhaps a piece is missing."))
    check_open(found)
    _check_inviter(found, person)
    held = DocumentRole.objects.filter(user=person, document=found.document, role=found.role)
    if has := held.first():
        return has
    taken = Invitation.objects.filter(pk=found.pk, accepted_at__isnull=True)
    taken.update(accepted_by=person, accepted_at=timezone.now())
    given = DocumentRole.objects.create(user=person, document=found.document, role=found.role)
    events.record(found.document, "role.given", found.role)
    return given


def check_open(invitation: Invitation) -> None:
    """Pass silently when the invitation can still be accepted.

    Raises:
        Invalid: it cannot, and why.
    """
    if invitation.accepted_at is not None:
        raise Invalid("invitation", _("Somebody has used this link already. Ask for another."))
    if invitation.revoked_at is not None:
        raise Invalid("invitation", _("This invitation was taken back."))
    if invitation.expires_at <= timezone.now():
        raise Invalid("invitation", _("This invitation has expired. Ask for another."))


def _check_inviter(invitation: Invitation, person: User) -> None:
    """Pass silently when whoever invited could still do so: a link outlives no part.

    Raises:
        Invalid: they have left, give out no parts here any more, or invited themself to moderate.
    """
    inviter = invitation.invited_by
    if inviter is None or not policy.may_edit_document(inviter, invitation.document):
        message = _("Whoever sent this invitation gives out no parts here any more.")
        raise Invalid("invitation", message)
    # Whoever moderates must have been trusted with it by somebody else.
    if inviter == person and invitation.role == DocumentRole.Role.MODERATOR:
        raise Invalid("invitation", _("You cannot invite yourself to moderate. Ask somebody else."))


@transaction.atomic
def remove_role(*, editor: User, held: DocumentRole) -> None:
    """Take a part away from somebody, or lay down one's own.

    Raises:
        policy.Refused: it is somebody else's, and the editor may not give out parts here.
        Invalid: nobody could give out parts in the document afterwards.
    """
    document = held.document
    if held.user_id != editor.pk:
        policy.check_may_give_roles(editor, document)
    events.lock(document)  # two editors leaving at once must not both count on the other
    if held.role == DocumentRole.Role.EDITOR and not policy.may_edit_everywhere(editor):
        editors = DocumentRole.objects.filter(
            document=document, role=DocumentRole.Role.EDITOR, user__is_active=True
        )
        if not editors.exclude(pk=held.pk).exists():
            message = _("This is the document's only editor. Make somebody else one before.")
            raise Invalid("role", message)
    if DocumentRole.objects.filter(pk=held.pk).delete()[0]:
        events.record(document, "role.removed", held.role)


def hash_of(secret: str) -> str:
    """Return what is kept of a link's secret: its SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _check_email(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        message = _("This is no e-mail address. Leave it empty to get a link to pass on.")
        raise Invalid("email", message) from error
