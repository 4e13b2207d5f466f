"""What ``manage.py doctor`` looks at: each room has checks, and each check says what to mend."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found.

    Args:
        name: of what was looked at.
        level: ``fail``: mend it before anybody uses the site; ``warn``: know about it.
        said: what was found and, if it is not well, what to do; one sentence.
    """

    name: str
    level: Level
    said: str


Check = Callable[[], Iterable[Finding]]


def ok(name: str, said: str) -> Finding:
    """Return that all is well."""
    return Finding(name, "ok", said)


def warn(name: str, said: str) -> Finding:
    """Return what the operator should know about."""
    return Finding(name, "warn", said)


def fail(name: str, said: str) -> Finding:
    """Return what has to be mended."""
    return Finding(name, "fail", said)


def run(checks: Iterable[Check]) -> Iterator[Finding]:
    """Look at everything; what cannot be looked at is a failure, and stops nothing else."""
    for check in checks:
        try:
            yield from check()
        except Exception as error:
            name = check.__name__.replace("_", " ").strip()
            yield fail(name, f"This could not be looked at: {one_line(error)}.")


def one_line(error: object) -> str:
    """Return what an error says, in one line without its full stop."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text.rstrip(".")


def first_row(cursor: Any, query: str, values: Iterable[object] = ()) -> tuple[Any, ...]:
    """Return the one row that the query answers with."""
    cursor.execute(query, list(values))
    row: tuple[Any, ...] = cursor.fetchone()
    return row
