"""Annotations in the W3C's JSON-LD: single ones, lists, pages and collections.

Read by the names of the model's own context, as all makers write them; nothing is expanded, since
that would mean fetching what a file says.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from html import unescape
from typing import Any

from reader.text.importers.foreign import (
    MAX_BODIES,
    MAX_NAME,
    MAX_NOTES,
    Harvest,
    Incoming,
    Malformed,
    Unusable,
    check_count,
    name_of,
    selectors_of,
    string,
    tags_of,
    time_of,
)

MOTIVATIONS = ("highlighting", "commenting", "questioning", "editing", "bookmarking", "replying")
_TAG = re.compile(r"<[^<>]*>")  # no "<" inside: else each of many is tried up to the end
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/h\d)\b[^<>]*>", re.IGNORECASE)


def rows_in(data: Any) -> list[Any]:
    """The annotations in a collection, a page, a list, or the one there is.

    Raises:
        Malformed: there are none in any of the places where the model has them.
    """
    for _level in range(3):
        if (
            isinstance(data, Mapping)
            and "items" not in data
            and isinstance(data.get("first"), dict)
        ):
            data = data["first"]
        elif isinstance(data, Mapping) and isinstance(data.get("items"), list):
            data = data["items"]
    if isinstance(data, Mapping) and _is_annotation(data):
        return [data]
    if isinstance(data, list):
        return data
    raise Malformed("There are no annotations in this file.")


def _is_annotation(row: Mapping[str, Any]) -> bool:
    kinds = row.get("type", row.get("@type"))
    return "Annotation" in (kinds if isinstance(kinds, list) else [kinds])


def read(data: Any, now: datetime, limit: int = MAX_NOTES) -> Harvest:
    """The annotations in the parsed JSON.

    Raises:
        Malformed: there are none, or too many.
    """
    rows = rows_in(data)
    check_count(rows, limit)
    names = {
        row["id"] for row in rows if isinstance(row, Mapping) and isinstance(row.get("id"), str)
    }
    harvest = Harvest()
    for row in rows:
        if not isinstance(row, Mapping) or not _is_annotation(row):
            harvest.refused.append(("", "it is no annotation"))
            continue
        name = name_of(row.get("id", row.get("@id")), row)
        try:
            harvest.notes.append(_incoming(row, name, names, now))
        except Unusable as error:
            harvest.refused.append((name, str(error)))
    return harvest


def read_one(row: Mapping[str, Any], now: datetime) -> Incoming:
    """One annotation that a client of the protocol sent.

    Raises:
        Unusable: it has no target, or texts that are too long.
    """
    return _incoming(row, "", set(), now)


def _incoming(row: Mapping[str, Any], name: str, names: "set[str]", now: datetime) -> Incoming:
    if row.get("postil:withheld"):
        raise Unusable("its words were withheld")
    motivation = _motivation(row)
    note = _with_body(Incoming(name, motivation=motivation), row)
    note = _with_target(note, row, names)
    account, author = _creator(row.get("creator"))
    created = time_of(row.get("created"), now)
    shared = string(row.get("postil:visibility")) or "public"
    return replace(
        note,
        motivation=_settled(note),
        account=account,
        author=author,
        created=created,
        modified=time_of(row.get("modified"), now),
        shared=shared if shared in ("public", "group") else "private",
        cleaned=note.cleaned or (row.get("created") is not None and created is None),
    )


def _motivation(row: Mapping[str, Any]) -> str:
    given = row.get("motivation")
    known = [one for one in listed(given) if one in MOTIVATIONS]
    return known[0] if known else ""


def _settled(note: Incoming) -> str:
    """The motivation that Postil has for it."""
    if note.parent:
        return "replying"
    if note.motivation == "editing" and note.replacement is None:
        return "commenting"
    if note.motivation in ("", "replying") or not note.body:
        bare = note.motivation in ("highlighting", "bookmarking", "editing")
        return note.motivation if bare else ("commenting" if note.body else "highlighting")
    return note.motivation


def listed(value: Any) -> Sequence[Any]:
    """What may be one or many, as many."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _with_body(note: Incoming, row: Mapping[str, Any]) -> Incoming:
    bodies = listed(row.get("body"))
    texts, tags, replacement = [], [], None
    if isinstance(row.get("bodyValue"), str):
        texts.append(string(row["bodyValue"]))
    for body, purpose, value in _textual(bodies[:MAX_BODIES]):
        if purpose == "tagging":
            tags.append(value)
        elif purpose == "editing" and note.motivation == "editing" and replacement is None:
            replacement = value
        elif value:
            texts.append(_plain(value) if body.get("format") == "text/html" else value)
    names, lost = tags_of(tags)
    return replace(
        note,
        body="\n\n".join(texts),
        replacement=replacement,
        tags=names,
        cleaned=lost or len(bodies) > MAX_BODIES,
    )


def _textual(bodies: Sequence[Any]) -> Iterator[tuple[Mapping[str, Any], Any, str]]:
    """Yield each body that says something with its purpose; a resource elsewhere is its address."""
    for body in bodies:
        if isinstance(body, str):
            yield {}, "linking", f"<{string(body, MAX_NAME)}>"
        elif isinstance(body, Mapping):
            value = body.get("value")
            if not isinstance(value, str):
                address = string(body.get("source", body.get("id")))
                value = f"<{address}>" if address else ""
            yield body, next(iter(listed(body.get("purpose"))), ""), string(value)


def _plain(html: str) -> str:
    return unescape(_TAG.sub("", _BREAK.sub("\n", html))).strip()


def _with_target(note: Incoming, row: Mapping[str, Any], names: "set[str]") -> Incoming:
    """Add what it is about: another annotation, or a passage.

    Raises:
        Unusable: it is about nothing.
    """
    targets = listed(row.get("target"))
    if not targets:
        raise Unusable("it is about nothing: it has no target")
    target = targets[0]
    if isinstance(target, Mapping):
        source = target.get("source", target.get("id"))
        source = source.get("id") if isinstance(source, Mapping) else source
        selectors, lost = selectors_of(target.get("selector"))
    else:
        source, selectors, lost = target, (), False
    address = string(source, 10 * MAX_NAME)[:MAX_NAME]
    cleaned = note.cleaned or lost or len(targets) > 1
    if not selectors and (address in names or note.motivation == "replying"):
        return replace(note, parent=address, cleaned=cleaned)
    return replace(note, source=address, selectors=selectors, cleaned=cleaned)


def _creator(value: Any) -> tuple[str, str]:
    """The account that wrote it and the name to show, as far as they are known."""
    first = next(iter(listed(value)), None)
    if isinstance(first, str):
        return string(first, MAX_NAME), string(first, MAX_NAME).rstrip("/").rpartition("/")[2]
    if not isinstance(first, Mapping):
        return "", ""
    names = (string(first.get(key), MAX_NAME) for key in ("name", "nickname"))
    name = next((one for one in names if one), "")
    account = string(first.get("id"), MAX_NAME) or name
    return account, name or account.rstrip("/").rpartition("/")[2]
