"""Choices of threads that reviewers keep and share."""

from django.db import transaction
from django.utils.translation import gettext as _

from reader import policy
from reader.actions.errors import Invalid
from reader.actions.wording import clean_text
from reader.models import Document, SavedFilter, User

MAX_NAME = 80
MAX_QUERY = 1_000
MOST = 50  # per person and document


@transaction.atomic
def save_filter(
    *, reviewer: User, document: Document, name: str, query: str, is_shared: bool = False
) -> SavedFilter:
    """Keep a choice of threads under a name; the same name again replaces what it stood for.

    ``query`` is the query string of the desk, as its form writes it.

    Raises:
        policy.Refused: the person does not review this document.
        Invalid: there is no name or nothing chosen, or there are too many.
    """
    policy.check_may_review(reviewer, document)
    name = " ".join(clean_text("name", name).split())
    if not name:
        raise Invalid("name", _("Give it a name."))
    if len(name) > MAX_NAME:
        message = _("This is too long: at most %(limit)d characters.")
        raise Invalid("name", message % {"limit": MAX_NAME})
    if not query or len(query) > MAX_QUERY:
        raise Invalid("name", _("Choose threads first: there is nothing to save."))
    own = SavedFilter.objects.filter(document=document, owner=reviewer)
    if own.exclude(name=name).count() >= MOST:
        message = _("You have %(limit)d saved filters here. Delete one first.")
        raise Invalid("name", message % {"limit": MOST})
    saved, _is_new = SavedFilter.objects.update_or_create(
        document=document,
        owner=reviewer,
        name=name,
        defaults={"query": query, "is_shared": is_shared},
    )
    return saved


@transaction.atomic
def delete_filter(*, reviewer: User, saved: SavedFilter) -> None:
    """Delete one's own saved filter. Twice is as good as once.

    Raises:
        policy.Refused: it is somebody else's.
    """
    if saved.owner_id != reviewer.pk:
        raise policy.Refused(_("Only who saved it can delete it."))
    SavedFilter.objects.filter(pk=saved.pk).delete()
