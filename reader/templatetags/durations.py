"""Spans of time in words."""

from datetime import timedelta

from django import template
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

register = template.Library()
MINUTE = 60


@register.filter
def duration(seconds: int) -> str:
    """Return a number of seconds as people say it, in its two largest units."""
    if seconds < MINUTE:
        return _("less than a minute")
    now = timezone.now()
    return timesince(now - timedelta(seconds=seconds), now)
