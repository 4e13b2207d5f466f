"""What pages of all documents show of a person changed: their name."""

from django.db.models import F

from reader.models import SharedLook


def changed() -> None:
    """Let pages that are kept be drawn anew. Call it inside the transaction of the change."""
    if not SharedLook.objects.update(number=F("number") + 1):
        SharedLook.objects.create(number=1)
