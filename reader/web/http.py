"""The request as Postil's middleware hands it on, and what views read from it."""

from datetime import UTC, datetime

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django_htmx.middleware import HtmxDetails

from reader.models import User
from reader.policy import Viewer


class Request(HttpRequest):
    """A request that knows who is looking and whether HTMX asks. For the type checker only."""

    viewer: Viewer
    htmx: HtmxDetails


def account_of(request: Request) -> User:
    """Return who is signed in, in a view that asks for it."""
    assert isinstance(request.user, User)  # noqa: S101 -- for the type checker
    return request.user


def time_sent(request: Request, name: str) -> datetime:
    """Return the time in a field of a form that was sent; now, where it holds none."""
    try:
        sent = parse_datetime(request.POST.get(name, ""))
        if sent is not None and timezone.is_aware(sent):
            return sent.astimezone(UTC)
    except (ValueError, OverflowError):  # of the right shape, and no date, or none in UTC
        pass
    return timezone.now()
