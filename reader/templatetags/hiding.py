"""The stylesheet that folds what somebody does not want to read."""

from django import template
from django.urls import reverse

from reader.models import User
from reader.policy import Viewer
from reader.queries.hiding import edition_of, ids_hidden_by

register = template.Library()


@register.simple_tag
def hidden_styles(viewer: Viewer) -> str:
    """Return its address, empty for those who hide nobody; one query for those who do."""
    if not isinstance(viewer, User) or viewer.kind != User.Kind.PERSON:
        return ""
    edition = edition_of(ids_hidden_by(viewer))
    return f"{reverse('hidden_styles')}?v={edition}" if edition else ""
