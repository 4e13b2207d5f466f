"""Annotations as Hypothesis hands them out: rows of its search, or its client's export file."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reader.text.importers.foreign import (
    MAX_NAME,
    MAX_NOTES,
    Harvest,
    Incoming,
    Unusable,
    check_count,
    name_of,
    selectors_of,
    string,
    tags_of,
    time_of,
)

WORLD = "group:__world__"


def rows_in(data: Any) -> list[Any] | None:
    """The rows of a search or of an export file; None where the JSON is neither."""
    rows = data
    if isinstance(data, Mapping):
        rows = data.get("annotations", data.get("rows"))
        if rows is None and _is_row(data):
            rows = [data]
    if not isinstance(rows, list):
        return None
    is_ours = any(_is_row(row) for row in rows) or isinstance(data, Mapping)
    return rows if is_ours else None


def _is_row(row: Any) -> bool:
    return isinstance(row, Mapping) and "user" in row and ("uri" in row or "target" in row)


def read(rows: list[Any], now: datetime, limit: int = MAX_NOTES) -> Harvest:
    """The annotations in the rows.

    Raises:
        Malformed: there are too many.
    """
    check_count(rows, limit)
    harvest = Harvest()
    for row in rows:
        if not _is_row(row):
            harvest.refused.append(("", "it is no annotation"))
            continue
        name = name_of(row.get("id"), row)
        try:
            harvest.notes.append(_incoming(row, name, now))
        except Unusable as error:
            harvest.refused.append((name, str(error)))
    return harvest


def _incoming(row: Mapping[str, Any], name: str, now: datetime) -> Incoming:
    references = row.get("references")
    answered = references[-1] if isinstance(references, list) and references else ""
    targets = row.get("target")
    target = targets[0] if isinstance(targets, list) and targets else {}
    selectors, lost = selectors_of(target.get("selector") if isinstance(target, Mapping) else None)
    labels = row.get("tags")
    tags, cut = tags_of(labels if isinstance(labels, list) else [])
    account = string(row.get("user"), MAX_NAME)
    body, created = string(row.get("text")), time_of(row.get("created"), now)
    updated = time_of(row.get("updated"), now)
    parent = string(answered, MAX_NAME)
    return Incoming(
        name=name,
        parent=parent,
        motivation="replying" if parent else "commenting" if body else "highlighting",
        body=body,
        tags=tags,
        account=account,
        author=_display_name(row) or account.removeprefix("acct:").partition("@")[0],
        created=created,
        # Its own clock sets "updated" a moment after "created": that was no edit.
        modified=updated if created and updated and (updated - created).seconds > 1 else None,
        source=string(row.get("uri"), 10 * MAX_NAME)[:MAX_NAME],
        selectors=() if parent else selectors,
        shared=_shared(row),
        cleaned=lost or cut or (row.get("created") is not None and created is None),
    )


def _display_name(row: Mapping[str, Any]) -> str:
    about = row.get("user_info")
    return string(about.get("display_name"), MAX_NAME) if isinstance(about, Mapping) else ""


def _shared(row: Mapping[str, Any]) -> str:
    permissions = row.get("permissions")
    readers = permissions.get("read") if isinstance(permissions, Mapping) else None
    if isinstance(readers, list) and WORLD not in readers:
        in_group = any(isinstance(one, str) and one.startswith("group:") for one in readers)
        return "group" if in_group else "private"
    group = row.get("group")
    return "group" if isinstance(group, str) and group not in ("", "__world__") else "public"
