"""Why a write was not done. Every door turns these into its own answers; nothing is saved."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reader.models import Annotation


class Invalid(Exception):
    """What was sent cannot be saved. ``field`` names the culprit; ``str()`` says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Conflict(Exception):
    """Somebody else changed it first. ``current`` is the annotation as it stands now."""

    def __init__(self, current: "Annotation", message: str) -> None:
        super().__init__(message)
        self.current = current


class TooMany(Exception):
    """The person writes faster than the site allows. ``retry_after`` is in seconds."""

    def __init__(self, retry_after: int, message: str) -> None:
        super().__init__(message)
        self.retry_after = retry_after
