"""Documents with checks on, people who are known in them, and what was held."""

from datetime import timedelta

from django.utils import timezone

from reader.checks import CHECKS
from reader.models import Annotation, Document, Hold, User
from tests.factories import make_annotation, make_user

ALL = " ".join(check.name for check in CHECKS)


def turn_on(document: Document, names: str = ALL) -> Document:
    """Set the document's checks."""
    document.checks = names
    document.save(update_fields=["checks"])
    return document


def make_known(document: Document, username: str = "") -> User:
    """Return somebody two of whose texts have stood for two days."""
    person = make_user(username)
    checks = document.checks
    assert document.current_edition is not None
    first = document.current_edition.text.split()[0]
    turn_on(document, "")
    for number in range(2):
        make_annotation(person, document, first, body=f"What stood {number}.")
    turn_on(document, checks)
    long_ago = timezone.now() - timedelta(days=2)
    Annotation.objects.filter(author=person).update(created_at=long_ago)
    return person


def held_by(annotation: Annotation) -> list[str]:
    """Return the names of the checks that hold it."""
    rows = Hold.objects.filter(annotation=annotation, replaced_at=None)
    return list(rows.values_list("check_name", flat=True))
