"""How many notices somebody has not read."""

from django import template

from reader.policy import Viewer
from reader.queries.notifications import count_unread

register = template.Library()


@register.simple_tag
def unread_notices(viewer: Viewer) -> int:
    """Return the number, in one query; none for somebody who is not signed in."""
    return count_unread(viewer)
