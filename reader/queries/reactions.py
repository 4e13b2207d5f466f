"""What somebody thinks of what others wrote."""

from typing import Any

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from reader.models import Reaction
from reader.policy import Viewer


def stance_of(viewer: Viewer) -> Any:
    """Return the expression for what the viewer thinks of a row: agree, disagree, or nothing."""
    if not viewer.is_authenticated:
        return Value("")
    mine = Reaction.objects.filter(annotation=OuterRef("pk"), person_id=viewer.pk)
    return Coalesce(Subquery(mine.values("stance")), Value(""))
