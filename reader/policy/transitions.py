"""Who may move what from which status to which: the whole table, and the only one.

``docs/moderation.md`` shows it to people. Each action asks it before it changes a status, and
``tests/test_transitions.py`` tries everything that is not in it.
"""

from enum import StrEnum

from django.utils.translation import gettext as _

from reader.models import Standing, Status
from reader.policy.viewers import Refused

NEW = ""  # what is written just now has no status yet


class Who(StrEnum):
    """In which part somebody acts."""

    AUTHOR = "author"
    CHECK = "check"  # a check before publication
    OUTSIDE = "outside"  # another program that is asked about what a check held
    MODERATOR = "moderator"
    JUDGE = "judge"  # of an appeal: another moderator than the one who decided


_APPROVED, _DENIED, _PENDING, _SPAM = Status.APPROVED, Status.DENIED, Status.PENDING, Status.SPAM
_GOOD, _LIMITED = Standing.GOOD, Standing.LIMITED
_SUSPENDED, _CLOSED = Standing.SUSPENDED, Standing.CLOSED

Moves = frozenset[tuple[str, str]]
TABLE: dict[tuple[Who, str], Moves] = {
    (Who.AUTHOR, "write"): frozenset({(NEW, _APPROVED), (NEW, _PENDING)}),
    # What was denied, or waits, is looked at again; what was approved, where all is reviewed.
    (Who.AUTHOR, "edit"): frozenset(
        {
            (_APPROVED, _APPROVED),
            (_APPROVED, _PENDING),
            (_PENDING, _PENDING),
            (_DENIED, _PENDING),
            (_SPAM, _PENDING),
        }
    ),
    (Who.CHECK, "hold"): frozenset({(NEW, _PENDING), (_APPROVED, _PENDING)}),
    # What a moderator has decided on is theirs; and what is told here, they can change.
    (Who.OUTSIDE, "approve"): frozenset({(_PENDING, _APPROVED)}),
    (Who.OUTSIDE, "deny"): frozenset({(_PENDING, _DENIED)}),
    (Who.OUTSIDE, "spam"): frozenset({(_PENDING, _SPAM)}),
    # Approving what is approved answers a report: it stays.
    (Who.MODERATOR, "approve"): frozenset(
        (before, _APPROVED) for before in (_PENDING, _APPROVED, _DENIED, _SPAM)
    ),
    (Who.MODERATOR, "deny"): frozenset(
        (before, _DENIED) for before in (_PENDING, _APPROVED, _DENIED, _SPAM)
    ),
    (Who.MODERATOR, "spam"): frozenset(
        (before, _SPAM) for before in (_PENDING, _APPROVED, _DENIED, _SPAM)
    ),
    # Back to just where a decision came from; further conditions are the action's.
    (Who.MODERATOR, "undo"): frozenset(
        (after, before)
        for before in (_PENDING, _APPROVED, _DENIED, _SPAM)
        for after in (_APPROVED, _DENIED, _SPAM)
    ),
    # The author asks for approval; whoever reported it asks that it be taken down.
    (Who.JUDGE, "change"): frozenset(
        {
            (_DENIED, _APPROVED),
            (_SPAM, _APPROVED),
            (_APPROVED, _DENIED),
            (_LIMITED, _GOOD),
            (_SUSPENDED, _GOOD),
            (_CLOSED, _GOOD),
            (_GOOD, _GOOD),  # a warning is taken back
        }
    ),
    (Who.JUDGE, "uphold"): frozenset(
        (one, one) for one in (_APPROVED, _DENIED, _SPAM, _GOOD, _LIMITED, _SUSPENDED, _CLOSED)
    ),
    (Who.JUDGE, "send_back"): frozenset(
        (one, one) for one in (_APPROVED, _DENIED, _SPAM, _GOOD, _LIMITED, _SUSPENDED, _CLOSED)
    ),
    (Who.MODERATOR, "warn"): frozenset((one, one) for one in (_GOOD, _LIMITED, _SUSPENDED)),
    (Who.MODERATOR, "limit"): frozenset((one, _LIMITED) for one in (_GOOD, _LIMITED, _SUSPENDED)),
    (Who.MODERATOR, "suspend"): frozenset(
        (one, _SUSPENDED) for one in (_GOOD, _LIMITED, _SUSPENDED)
    ),
    (Who.MODERATOR, "close"): frozenset((one, _CLOSED) for one in (_GOOD, _LIMITED, _SUSPENDED)),
    (Who.MODERATOR, "lift"): frozenset((one, _GOOD) for one in (_LIMITED, _SUSPENDED, _CLOSED)),
}


def may_move(who: Who, act: str, before: str, after: str) -> bool:
    """Whether somebody in this part may move something so by this act."""
    return (before, after) in TABLE.get((who, act), frozenset())


def check_move(who: Who, act: str, before: str, after: str) -> None:
    """Pass silently when the move is in the table.

    Raises:
        Refused: it is not.
    """
    if not may_move(who, act, before, after):
        raise Refused(_("This cannot be done from where it stands now. Look at it again."))
