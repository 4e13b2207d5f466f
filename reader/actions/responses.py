"""Publishing the response matrix, and withdrawing it."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reader import events, policy
from reader.actions.errors import Invalid
from reader.models import Document, User
from reader.queries.responses import open_threads


@transaction.atomic
def publish_responses(*, reviewer: User, document: Document, with_open: bool = False) -> Document:
    """Let everybody read the response matrix. Publishing what is published changes nothing.

    Args:
        reviewer: who publishes.
        document: whose matrix.
        with_open: the reviewer knows that some threads have no decision.

    Raises:
        policy.Refused: they do not review this document.
        Invalid: threads have no decision, and the reviewer did not say that this is known.
    """
    policy.check_may_review(reviewer, document)
    events.lock(document)
    document.refresh_from_db(fields=["responses_published_at", "responses_published_by"])
    if document.responses_published_at is not None:
        return document
    undecided = open_threads(document)
    if undecided and not with_open:
        message = ngettext(
            "%(n)d thread has no decision. Decide it, or say that you publish with it open.",
            "%(n)d threads have no decision. Decide them, or say that you publish with them open.",
            undecided,
        )
        raise Invalid("with_open", message % {"n": undecided})
    return _save(document, reviewer, "responses.published")


@transaction.atomic
def withdraw_responses(*, reviewer: User, document: Document) -> Document:
    """Let reviewers alone read the response matrix again.

    Raises:
        policy.Refused: they do not review this document.
        Invalid: it is not published.
    """
    policy.check_may_review(reviewer, document)
    events.lock(document)
    document.refresh_from_db(fields=["responses_published_at", "responses_published_by"])
    if document.responses_published_at is None:
        raise Invalid("with_open", _("The responses are not published."))
    return _save(document, None, "responses.withdrawn")


def _save(document: Document, publisher: User | None, event: str) -> Document:
    document.responses_published_at = timezone.now() if publisher else None
    document.responses_published_by = publisher
    document.save(update_fields=["responses_published_at", "responses_published_by"])
    events.record(document, event)
    return document
