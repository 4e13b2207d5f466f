"""Who manages accounts."""

from reader.policy.factors import lacks_factor
from reader.policy.viewers import Viewer


def may_manage_people(viewer: Viewer) -> bool:
    """Whether the viewer may see and change accounts, and what they are allowed to do."""
    return viewer.is_active and viewer.is_superuser and not lacks_factor(viewer)
