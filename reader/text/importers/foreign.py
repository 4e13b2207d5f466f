"""Annotations made elsewhere: what a file in JSON holds, read without trusting anything in it.

A file is read as a whole or not at all; in a file that can be read, each annotation comes in or is
refused with a reason. Sizes, counts and lengths are limited, unknown fields are passed over, and
nothing is followed: an address is a name here.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

MAX_BYTES = 20_000_000
MAX_NOTES = 20_000
MAX_CONTAINERS = 600_000  # objects and lists: each takes many times the memory of its two signs
MAX_VALUES = 3_000_000
MAX_NAME = 400  # characters of an address or an id
MAX_QUOTE = 5_000
MAX_SELECTORS = 10
MAX_BODIES = 20
MAX_TEXT = 100_000  # what is longer is refused before anybody looks at it
MAX_TAGS = 8
MAX_TAG = 40
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Malformed(ValueError):
    """The file cannot be read at all; the message says why, for people."""


class Unusable(ValueError):
    """One annotation cannot be taken; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """An annotation as it was made elsewhere.

    ``name`` is what it is called there and ``parent`` what it answers, empty for a root. ``shared``
    says with whom: ``public``, ``group`` or ``private``. ``cleaned``: something was left out of it.
    """

    name: str
    parent: str = ""
    motivation: str = "commenting"
    body: str = ""
    replacement: str | None = None
    tags: Sequence[str] = ()
    account: str = ""
    author: str = ""
    created: datetime | None = None
    modified: datetime | None = None
    source: str = ""
    selectors: Sequence[Mapping[str, Any]] = ()
    shared: str = "public"
    cleaned: bool = False


@dataclass(slots=True)
class Harvest:
    """What a file gave: annotations in its order, and what was refused with the reason."""

    notes: list[Incoming] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def load(data: bytes, limit: int = MAX_BYTES) -> Any:
    """The JSON in the bytes.

    Raises:
        Malformed: it is too large, holds too many small pieces, is no UTF-8 or no JSON, or nested
            too deeply.
    """
    if len(data) > limit:
        raise Malformed(f"The file is too large: at most {limit // 1_000_000} MB are taken.")
    if limit <= MAX_BYTES:
        _check_weight(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Malformed("The file is not text in UTF-8.") from error
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError as error:
        raise Malformed("The file is nested too deeply.") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Malformed(f"The file is not JSON, or it is cut short: see {where}.") from error
    except ValueError as error:
        raise Malformed("The file holds a number that is none.") from error


def _check_weight(data: bytes) -> None:
    """Refuse what would fill the memory once it is read; counted before anything is."""
    if data.count(b"{") + data.count(b"[") > MAX_CONTAINERS or data.count(b",") > MAX_VALUES:
        raise Malformed("The file holds too many small pieces to be annotations.")


def _no_number(_name: str) -> NoReturn:
    raise ValueError


def check_count(rows: Sequence[Any], limit: int) -> None:
    """Pass silently when there are not too many annotations.

    Raises:
        Malformed: there are.
    """
    if len(rows) > limit:
        raise Malformed(f"The file holds {len(rows)} annotations; {limit} can come in at once.")


def string(value: Any, limit: int = MAX_TEXT) -> str:
    """The text without characters that are none; empty for what is no text.

    Raises:
        Unusable: it is longer than anything that people write.
    """
    if not isinstance(value, str):
        return ""
    if len(value) > limit:
        raise Unusable("it is too long")
    return _NOT_TEXT.sub("", value)


def name_of(value: Any, row: Mapping[str, Any]) -> str:
    """What an annotation is called where it came from: its id, else a digest of all it says."""
    name = _NOT_TEXT.sub("", value).strip() if isinstance(value, str) else ""
    if name and len(name) <= MAX_NAME:
        return name
    whole = name or json.dumps(row, sort_keys=True)
    return f"urn:sha256:{hashlib.sha256(whole.encode(errors='replace')).hexdigest()}"


def time_of(value: Any, now: datetime) -> datetime | None:
    """The time in an RFC 3339 text; None for what is no time, or none that people wrote at."""
    if not isinstance(value, str) or len(value) > MAX_TAG:
        return None
    try:
        at = datetime.fromisoformat(value)
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if EARLIEST <= at <= now + timedelta(days=1) else None


def tags_of(values: Sequence[Any]) -> tuple[tuple[str, ...], bool]:
    """The tags that can be kept, and whether some could not."""
    names = [value for value in values[:1_000] if isinstance(value, str)]
    good = [" ".join(_NOT_TEXT.sub("", name).lstrip("#").lower().split()) for name in names]
    kept = list(dict.fromkeys(name for name in good if 0 < len(name) <= MAX_TAG))[:MAX_TAGS]
    return tuple(kept), len(kept) < len(set(good)) or len(names) < len(values)


def selectors_of(value: Any) -> tuple[tuple[Mapping[str, Any], ...], bool]:
    """The selectors, each a mapping with texts of a sane length, and whether some were left out."""
    rows = value if isinstance(value, list) else [value]
    kept = [_selector(row) for row in rows[:MAX_SELECTORS] if isinstance(row, Mapping)]
    return tuple(kept), len(kept) < len([row for row in rows if row is not None])


def _selector(row: Mapping[str, Any]) -> Mapping[str, Any]:
    plain: dict[str, Any] = {}
    for key in ("type", "exact", "prefix", "suffix", "value"):
        if isinstance(row.get(key), str):
            plain[key] = _NOT_TEXT.sub("", row[key])[:MAX_QUOTE]
    for key in ("start", "end"):
        if isinstance(row.get(key), int) and not isinstance(row[key], bool):
            plain[key] = min(max(row[key], 0), 10**9)
    for key in ("startSelector", "endSelector"):
        inner = row.get(key)
        if isinstance(inner, Mapping) and inner.get("type") != "RangeSelector":
            plain[key] = _selector({**inner, "startSelector": None, "endSelector": None})
    return plain
