"""Deciding what stays up, as those who moderate it."""

from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from reader import policy
from reader.actions.errors import Conflict
from reader.actions.moderation import decide, undo
from reader.api.access import person_of
from reader.api.hypothesis.base import View, bad, object_in
from reader.api.hypothesis.reading import text_in
from reader.api.hypothesis.searching import moment_in
from reader.models import Annotation, Decision, Reason, Scope, Status, User
from reader.queries.hypothesis import Json, find, present, updated

ACTS = {
    Status.APPROVED: Decision.Act.APPROVE,
    Status.DENIED: Decision.Act.DENY,
    Status.SPAM: Decision.Act.SPAM,
}
REASONS = {Status.DENIED: Reason.RULES, Status.SPAM: Reason.SPAM}
"""These clients name none, and the author is shown one."""
STATUSES = {one.value.upper(): one for one in Status}


class Hiding(View):
    """Whether one annotation is hidden from others."""

    def put(self, request: Request, uid: str) -> Response:
        """Hide it."""
        return self._set(request, uid, Status.DENIED)

    def delete(self, request: Request, uid: str) -> Response:
        """Show it."""
        return self._set(request, uid, Status.APPROVED)

    def _set(self, request: Request, uid: str, wanted: Status) -> Response:
        person = person_of(request, Scope.MODERATE)
        set_status(person, moderated(person, uid), wanted)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Moderation(View):
    """Where one annotation stands with those who moderate it."""

    def patch(self, request: Request, uid: str) -> Response:
        """Change it, provided that it is as the client saw it."""
        person = person_of(request, Scope.MODERATE)
        annotation = moderated(person, uid)
        # h describes these as parameters, and its client sends them as a body.
        sent = {**request.query_params.dict(), **object_in(request.data)}
        wanted = _status(sent, "moderation_status")
        if wanted is None:
            raise bad("moderation_status", _("“moderation_status” is a required property."))
        _check_current(annotation, sent)
        set_status(person, annotation, wanted)
        return Response(present(person, annotation))


def moderated(person: User, uid: str) -> Annotation:
    """Return an annotation that the person decides on.

    Raises:
        Annotation.DoesNotExist: there is none that they may read.
        policy.Refused: they may not decide on it.
    """
    annotation = find(person, uid)
    policy.check_may_decide(person, annotation)
    return annotation


def set_status(person: User, annotation: Annotation, wanted: Status) -> None:
    """Decide so that the annotation stands there; where it does already, nothing is logged.

    Raises:
        Conflict: its author has changed it meanwhile.
        ValidationError: there is no way back to where it waited for a decision.
    """
    if wanted == annotation.status and annotation.attention_since is None:
        return
    if wanted in ACTS:
        decide(
            moderator=person,
            annotation=annotation,
            act=ACTS[wanted],
            version=annotation.version,
            reason=REASONS.get(wanted, ""),
        )
    elif annotation.status != Status.PENDING:
        last = annotation.decisions.order_by("-pk").first()
        if last is None or last.before != Status.PENDING or last.act == Decision.Act.UNDO:
            raise bad("moderation_status", _("Nothing was decided that could be taken back."))
        undo(moderator=person, decision=last)


def _status(sent: Json, name: str) -> Status | None:
    value = text_in(sent, name)
    if value is None:
        return None
    if value not in STATUSES:
        raise bad(name, _("This must be one of: %(names)s.") % {"names": ", ".join(STATUSES)})
    return STATUSES[value]


def _check_current(annotation: Annotation, sent: Json) -> None:
    """Pass silently when the annotation is as the client saw it.

    Raises:
        Conflict: it is not.
    """
    seen = _status(sent, "current_moderation_status")
    if seen is not None and seen != annotation.status:
        raise Conflict(annotation, _("Somebody else has decided meanwhile. Look at it again."))
    at = text_in(sent, "annotation_updated")
    if at is not None and moment_in(at, "annotation_updated") != updated(annotation):
        message = _("Its author changed it since you saw it. Read it again before you decide.")
        raise Conflict(annotation, message)
