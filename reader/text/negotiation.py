"""Which of the forms that there are a client would like best, by its header ``Accept``."""

from collections.abc import Sequence

LONGEST = 2_000


def choose(accept: str, offered: Sequence[str]) -> str | None:
    """Return the media type among ``offered`` that the client likes best; None if it takes none.

    Parameters other than ``q`` are passed over. The first one offered is the best in case of doubt,
    and what a client that does not say gets.
    """
    wishes = _wishes(accept[:LONGEST])
    if not wishes:
        return offered[0]
    liked = {one: _quality(one, wishes) for one in offered}
    best = max(offered, key=lambda one: liked[one])
    return best if liked[best] > 0 else None


def _wishes(accept: str) -> dict[str, float]:
    wishes: dict[str, float] = {}
    for part in _split(accept):
        name, *parameters = (one.strip().lower() for one in part.split(";"))
        if name:
            quality = next((one[2:] for one in parameters if one.startswith("q=")), "1")
            wishes[name] = max(wishes.get(name, 0.0), _number(quality))
    return wishes


def _split(accept: str) -> list[str]:
    """Cut at commas that are not in quotes."""
    parts, quoted, begin = [], False, 0
    for at, sign in enumerate(accept):
        if sign == '"':
            quoted = not quoted
        elif sign == "," and not quoted:
            parts.append(accept[begin:at])
            begin = at + 1
    return [*parts, accept[begin:]]


def _number(written: str) -> float:
    digits = written.replace(".", "", 1)
    return min(float(written), 1.0) if digits.isascii() and digits.isdecimal() else 0.0


def _quality(media_type: str, wishes: dict[str, float]) -> float:
    """Return what the most specific of the wishes says about the media type."""
    ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((wishes[one] for one in ranges if one in wishes), 0.0)
