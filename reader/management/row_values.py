"""What is in a row: the same whatever database keeps it, and whether PostgreSQL can."""

import datetime
import decimal
import hashlib
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

MODULUS = 1 << 256
INSTEAD = "\ufffd"
EXACT = 1 << 53  # floats have gaps from here on
LARGEST_FLOAT = 1 << 1023
SHOWN = 16  # digits of a sum


@dataclass(frozen=True)
class Sum:
    """How many rows there are, and the sum of their digests, which no order changes."""

    count: int
    digest: int

    def __str__(self) -> str:
        return f"{self.digest:064x}"[:SHOWN]


def sum_of(rows: Iterable[tuple[Any, ...]]) -> Sum:
    """Return the sum of rows, the same for the same rows in any order, from any database."""
    total, digest = 0, 0
    for row in rows:
        total += 1
        digest += digest_of(row)
    return Sum(total, digest % MODULUS)


def digest_of(row: tuple[Any, ...]) -> int:
    """Return a number for what is in a row: equal for equal values, however a database keeps them.

    Times are compared in UTC to the microsecond, JSON by its meaning: neither the order of keys
    nor 1 or 1.0 counts in it.
    """
    plain = [_plain(value) for value in row]
    # ASCII: half a surrogate has no bytes in UTF-8.
    return int.from_bytes(hashlib.sha256(json.dumps(plain).encode("ascii")).digest(), "big")


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | str | int | float):
        return value
    if isinstance(value, datetime.datetime):
        return ["time", value.astimezone(datetime.UTC).isoformat(timespec="microseconds")]
    if isinstance(value, list | dict):
        return _plain_json(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return ["bytes", bytes(value).hex()]
    if isinstance(value, decimal.Decimal):
        return ["decimal", format(value.normalize(), "f")]
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta | uuid.UUID):
        return [type(value).__name__, str(value)]
    raise TypeError(f"no plain form for {type(value).__name__}")


def _plain_json(value: Any) -> Any:
    if isinstance(value, list):
        return ["list", [_plain_json(one) for one in value]]
    if isinstance(value, dict):
        return ["dict", sorted((key, _plain_json(one)) for key, one in value.items())]
    if isinstance(value, float) and abs(value) < EXACT and value.is_integer():
        return int(value)
    if isinstance(value, int) and EXACT <= abs(value) < LARGEST_FLOAT:
        return float(value)  # PostgreSQL writes 1e300 out in full
    return value


def holdable(value: Any) -> Any:
    """Return the value itself if PostgreSQL can hold it, otherwise one with U+FFFD in it.

    It can hold no NUL sign, and no half of a surrogate pair, which SQLite keeps within JSON.
    """
    if isinstance(value, str):
        return value if _is_holdable(value) else _mended(value)
    if isinstance(value, list | tuple):
        whole = type(value)(holdable(one) for one in value)
        is_same = all(new is old for new, old in zip(whole, value, strict=True))
        return value if is_same else whole
    if isinstance(value, dict):
        pairs = [(key, holdable(key), one, holdable(one)) for key, one in value.items()]
        is_same = all(key is new_key and one is new for key, new_key, one, new in pairs)
        return value if is_same else {new_key: new for _key, new_key, _one, new in pairs}
    return value


def _is_holdable(text: str) -> bool:
    return "\0" not in text and (text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text))


def _mended(text: str) -> str:
    return "".join(INSTEAD if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)
