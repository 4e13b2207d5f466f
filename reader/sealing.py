"""The seal of the decision log: a hash over each row and over the row before it.

A row that was altered has another hash than it says, a row that is missing leaves its neighbour
with a hash that nobody has, and what is missing at the end is missed by :class:`LogHead`. Somebody
who can write the table and knows this file can seal anew whatever they forged; what then gives
them away is a hash that others have kept, which is why a seal of the newest one is shown to
everybody.
"""

import hashlib
import json
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.utils.crypto import salted_hmac

FORMAT = 2  # of new rows; those of an earlier one stay as they were sealed


class Row(Protocol):
    """A row of the log, or as much of it as is sealed."""

    id: int
    chain_format: int
    previous_hash: str
    annotation_uid: str
    document_number: int | None
    person_number: int | None
    actor_number: int | None
    actor_name: str
    act: str
    reason: str
    rule: str
    note: str
    before: str
    after: str
    until: datetime | None
    version: int
    for_group: int | None
    undoes_id: int | None
    judges_id: int | None
    waited: int | None
    at: datetime


def chained_hash(row: Row) -> str:
    """Return the SHA-256 (hexadecimal) over the row's lasting content and the hash before it.

    The list begins with the number of its format. The links to accounts, annotations and documents
    are left out: they may be emptied. Their numbers and names are what is sealed.

    Raises:
        KeyError: the row says that it has a format that there never was.
    """
    content = _CONTENT[row.chain_format](row)
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def seal_shown(newest: str, secret: str | None = None) -> str:
    """Return what everybody may note of the log: it vouches for the hash and does not tell it.

    A row holds little that nobody could guess: with its hash, one could try which moderator and
    which account give it. So what is shown is made with the site's secret key, which operators
    keep. An empty log has an empty seal.
    """
    if not newest:
        return ""
    return salted_hmac("reader.sealing", newest, secret=secret, algorithm="sha256").hexdigest()


def vouches_for(noted: str, row_hash: str) -> bool:
    """Whether what somebody noted is this hash, or its seal under a key that the site has had."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return noted == row_hash or noted in {seal_shown(row_hash, key) for key in keys}


def _first(row: Row) -> list[Any]:
    return [
        "1",
        row.previous_hash,
        row.annotation_uid,
        row.actor_name,
        row.act,
        row.reason,
        row.note,
        row.before,
        row.after,
        row.version,
        row.undoes_id,
        _time(row.at),
    ]


def _second(row: Row) -> list[Any]:
    return [
        "2",
        row.id,
        row.previous_hash,
        row.annotation_uid,
        row.document_number,
        row.person_number,
        row.actor_number,
        row.actor_name,
        row.act,
        row.reason,
        row.rule,
        row.note,
        row.before,
        row.after,
        _time(row.until),
        row.version,
        row.for_group,
        row.undoes_id,
        row.judges_id,
        row.waited,
        _time(row.at),
    ]


_CONTENT = {1: _first, 2: _second}


def _time(at: datetime | None) -> str | None:
    return at.isoformat(timespec="microseconds") if at else None
