"""Postil's own export, read back into the very records that it was written from.

It is for the operator: what is not exactly as an export writes it is refused.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from reader.text.exporters.jsonld import ANNO, NAMESPACE
from reader.text.exporters.records import Note, Person, Revision, Ruling, Spot
from reader.text.importers.foreign import Malformed, Unusable, check_count

MAX_RESTORED = 1_000_000
_UID = re.compile(r"/a/([1-9A-HJ-NP-Za-km-z]{22})/$")
_EDITION = re.compile(r"/e/([1-9][0-9]{0,8})/$")
_PERSON = re.compile(r"/people/([^/]+)/$")


def rows_of(data: Any) -> list[Any]:
    """The annotations of a whole export of ours.

    Raises:
        Malformed: it is another kind of file, or not all of one.
    """
    if not isinstance(data, Mapping) or not _is_ours(data.get("@context")):
        raise Malformed("This is no JSON-LD file that Postil exported.")
    page = data.get("first")
    rows = page.get("items") if isinstance(page, Mapping) else None
    if not isinstance(rows, list) or data.get("total") != len(rows):
        raise Malformed("The file does not hold as many annotations as it says.")
    check_count(rows, MAX_RESTORED)
    return rows


def _is_ours(context: Any) -> bool:
    if not isinstance(context, list) or ANNO not in context:
        return False
    return any(isinstance(one, Mapping) and one.get("postil") == NAMESPACE for one in context)


def read(row: Any) -> Note:
    """The note that an annotation of the export was written from.

    Raises:
        Unusable: something in it is not as exports are.
    """
    try:
        return _note(row)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unusable("it is not written as an export of Postil writes it") from error


def _note(row: Mapping[str, Any]) -> Note:
    bodies = row.get("body", [])
    target = row["target"]
    parent = _named(_UID, target) if isinstance(target, str) else ""
    quote, position = _selectors([] if parent else target.get("selector", []))
    return Note(
        uid=_named(_UID, row["id"]),
        motivation=_text(row["motivation"]),
        created_at=_time(row["created"]),
        edition=int(_named(_EDITION, row["postil:edition"])),
        withheld=_text(row.get("postil:withheld", "")),
        parent=parent,
        author=_person(row.get("creator")),
        body=next(
            (_text(one["value"]) for one in bodies if one.get("format") == "text/markdown"), ""
        ),
        replacement=next((_text(one["value"]) for one in bodies if _is_replacement(one)), None),
        language=_text(row.get("postil:language", "")),
        tags=[_text(one["value"]) for one in bodies if one.get("purpose") == "tagging"],
        visibility=_text(row["postil:visibility"]),
        group=_text(row.get("postil:group", "")),
        status=_text(row.get("postil:status", "")),
        exact=_text(quote.get("exact", "")),
        prefix=_text(quote.get("prefix", "")),
        suffix=_text(quote.get("suffix", "")),
        start=_number(position.get("start")),
        end=_number(position.get("end")),
        edited_at=_maybe_time(row.get("modified")),
        deleted_at=_maybe_time(row.get("postil:deleted")),
        version=_number(row.get("postil:version")) or 1,
        agree=_number(row.get("postil:agree")) or 0,
        disagree=_number(row.get("postil:disagree")) or 0,
        foreign_id=_text(row.get("postil:foreignId", "")),
        spots=[_spot(one) for one in row.get("postil:places", [])],
        rulings=[_ruling(one) for one in row.get("postil:decisions", [])],
        revisions=[_revision(one) for one in row.get("postil:revisions", [])],
    )


def _is_replacement(body: Mapping[str, Any]) -> bool:
    return body.get("purpose") == "editing" and body.get("format") == "text/plain"


def _selectors(rows: Sequence[Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    found = {row["type"]: row for row in rows}
    return found.get("TextQuoteSelector", {}), found.get("TextPositionSelector", {})


def _spot(row: Mapping[str, Any]) -> Spot:
    return Spot(
        edition=int(_named(_EDITION, row["postil:edition"])),
        verdict=_text(row["postil:verdict"]),
        score=float(_text(row["postil:score"])),
        first_ref=_text(row.get("postil:first", "")),
        start=_number(row.get("start")),
        last_ref=_text(row.get("postil:last", "")),
        end=_number(row.get("end")),
        decided_at=_maybe_time(row.get("postil:decided")),
        decided_by=_person(row.get("postil:decidedBy")),
    )


def _ruling(row: Mapping[str, Any]) -> Ruling:
    edition, twin = row.get("postil:addressedIn"), row.get("postil:duplicateOf")
    return Ruling(
        outcome=_text(row["postil:outcome"]),
        reason=_text(row.get("postil:reason", "")),
        decided_at=_time(row["postil:decided"]),
        decided_by=_person(row.get("postil:decidedBy")),
        addressed_in=int(_named(_EDITION, edition)) if edition else None,
        duplicate_of=_named(_UID, twin) if twin else "",
        withdrawn_at=_maybe_time(row.get("postil:withdrawn")),
        withdrawn_by=_person(row.get("postil:withdrawnBy")),
    )


def _revision(row: Mapping[str, Any]) -> Revision:
    words = row.get("postil:replacement")
    return Revision(
        version=_number(row["postil:version"]) or 1,
        body=_text(row.get("value", "")),
        replacement=None if words is None else _text(words),
        exact=_text(row.get("exact", "")),
        written_at=_time(row["postil:written"]),
        was_public=row["postil:wasPublic"] is True,
    )


def _named(pattern: re.Pattern[str], address: Any) -> str:
    found = pattern.search(_text(address))
    if found is None:
        raise ValueError(address)
    return unquote(found[1])


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise TypeError(value)
    return value


def _number(value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise TypeError(value)
    return value


def _time(value: Any) -> datetime:
    at = datetime.fromisoformat(_text(value))
    if at.tzinfo is None:
        raise ValueError(value)
    return at


def _maybe_time(value: Any) -> datetime | None:
    return None if value is None else _time(value)


def _person(value: Any) -> Person | None:
    if value is None:
        return None
    return Person(_named(_PERSON, value["id"]), _text(value.get("name", "")))
