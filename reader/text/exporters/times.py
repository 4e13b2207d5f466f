"""Times as exports write them."""

from datetime import UTC, datetime


def moment(at: datetime) -> str:
    """The time in UTC as RFC 3339 writes it, with as much of a second as there is."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
