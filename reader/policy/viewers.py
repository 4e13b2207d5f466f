"""Who is looking, and how a rule says no."""

from django.contrib.auth.models import AnonymousUser

from reader.models import User

Viewer = User | AnonymousUser


class Refused(Exception):
    """The viewer may see the thing but not do this to it. ``str()`` says why, in words to show."""
