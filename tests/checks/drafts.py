"""Facts for rules, made up in a line."""

from typing import Any

from reader.checks import BY_NAME, Draft, Earlier

MINUTE, HOUR, DAY = 60, 3_600, 86_400
ME = 1


def why(check: str, **facts: Any) -> str | None:
    """Return why the check holds a text with these facts, if it does."""
    return BY_NAME[check].judge(Draft(**{"text": "Some words.", "word_count": 2, **facts}))


def own(count: int, age: float = 30, **more: Any) -> list[Earlier]:
    """So many texts of the author's."""
    return [Earlier(author=ME, age=age, is_own=True, **more) for _number in range(count)]


def others(count: int, age: float = 30, **more: Any) -> list[Earlier]:
    """A text each of so many others, all new unless it is said otherwise."""
    more = {"is_new": True, **more}
    return [Earlier(author=ME + 1 + number, age=age, **more) for number in range(count)]
