"""What passkeys need of a page."""

import json

from django import template
from django.core.serializers.json import DjangoJSONEncoder

register = template.Library()


@register.filter
def as_json(value: object) -> str:
    """Return the value as JSON, for an attribute; the template escapes it."""
    return json.dumps(value, cls=DjangoJSONEncoder)
