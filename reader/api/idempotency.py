"""The header ``Idempotency-Key``: the same annotation sent twice is made once.

A client that got no answer cannot know whether its annotation was saved. It sends it again with
the key that it made for it (draft-ietf-httpapi-idempotency-key-header), and gets the annotation
that the first sending made, if it made one. A key belongs to who speaks: two people may use the
same. It is good for ever, since it is kept with the annotation.
"""

import hashlib

from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.request import Request

from reader.actions.errors import Conflict
from reader.models import Annotation, AsSent

HEADER = "Idempotency-Key"
LONGEST = 200


def key_of(request: Request, protocol: str) -> str | None:
    """Return the name that the client gave to what it sends, None where it gave none.

    Args:
        request: what was sent.
        protocol: the door: the same key through another one is another key.

    Raises:
        ValidationError: it is too long.
    """
    key = request.headers.get(HEADER, "")
    if not key:
        return None
    if len(key) > LONGEST:
        raise exceptions.ValidationError(f"{HEADER}: {_('It is too long.')}")
    return hashlib.sha256(f"{protocol}:{key}".encode(errors="replace")).hexdigest()


def check_same(made: Annotation, keep: AsSent, key: str | None) -> None:
    """Pass silently unless the key came before with something else that is only kept.

    Actions compare what they understand; this compares the rest.

    Args:
        made: what the action returned.
        keep: what was to be kept beside it; it is saved if the annotation is new.
        key: what was sent.

    Raises:
        Conflict: it did.
    """
    if key is None or keep.pk is not None:
        return
    earlier = AsSent.objects.filter(annotation=made).first()
    if earlier is None or earlier.data != keep.data:
        raise Conflict(made, _("This key was sent before with something else."))
