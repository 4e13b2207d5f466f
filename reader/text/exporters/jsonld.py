"""W3C Web Annotation JSON-LD: one collection with one page, an annotation on each line.

What the W3C's model has no word for is said in terms of our own, with the prefix ``postil:``;
docs/formats.md lists them. ``total`` stands at the end, where it is known: a file that ends
before it is no JSON.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from reader.text.exporters.records import Note, Person, Revision, Ruling, Section, Spot, Work
from reader.text.exporters.times import moment

ANNO = "http://www.w3.org/ns/anno.jsonld"
NAMESPACE = "urn:postil:ns#"
MARKDOWN = "text/markdown"
_TIMES = ("deleted", "decided", "withdrawn", "written")
_LISTS = ("revisions", "decisions", "places")
_LINKS = ("addressedIn", "duplicateOf", "edition", "document")
_PEOPLE = ("decidedBy", "withdrawnBy")
CONTEXT: Mapping[str, Any] = {
    "postil": NAMESPACE,
    **{
        f"postil:{name}": {
            "@id": f"{NAMESPACE}{name}",
            "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
        }
        for name in _TIMES
    },
    **{f"postil:{name}": {"@id": f"{NAMESPACE}{name}", "@container": "@list"} for name in _LISTS},
    **{
        f"postil:{name}": {"@id": f"{NAMESPACE}{name}", "@type": "@id"}
        for name in (*_LINKS, *_PEOPLE)
    },
}


def write(work: Work, sections: Callable[[], Iterator[Section]]) -> Iterator[str]:
    """Yield the collection in pieces, a root before its replies, in the order of the text."""
    page = f"{work.url}export/?format=jsonld"
    head = {
        "@context": [ANNO, CONTEXT],
        "id": page,
        "type": "AnnotationCollection",
        "label": work.title,
        "postil:document": work.url,
    }
    first = {"id": f"{page}&page=1", "type": "AnnotationPage", "startIndex": 0}
    yield f'{_dump(head)[:-1]},\n"first":{_dump(first)[:-1]},"items":['
    total = 0
    for section in sections():
        for note in section.notes:
            yield (",\n" if total else "\n") + _dump(annotation(work, note))
            total += 1
    yield f'\n]}},\n"total":{total}}}\n'


def annotation(work: Work, note: Note) -> dict[str, Any]:
    """The note as a W3C annotation; what is empty is left out."""
    return _filled(
        {
            "id": work.note_url(note.uid),
            "type": "Annotation",
            "motivation": note.motivation,
            "creator": _person(work, note.author),
            "created": moment(note.created_at),
            "modified": moment(note.edited_at) if note.edited_at else None,
            "body": _bodies(note),
            "target": work.note_url(note.parent) if note.parent else _target(work, note),
            "postil:withheld": note.withheld,
            "postil:deleted": moment(note.deleted_at) if note.deleted_at else None,
            "postil:visibility": note.visibility,
            "postil:group": note.group,
            "postil:status": None if note.withheld else note.status,
            "postil:language": note.language,
            "postil:edition": work.edition_url(note.edition),
            "postil:version": note.version,
            "postil:agree": note.agree or None,
            "postil:disagree": note.disagree or None,
            "postil:foreignId": note.foreign_id,
            "postil:places": [_place(work, spot) for spot in note.spots],
            "postil:decisions": [_decision(work, ruling) for ruling in note.rulings],
            "postil:revisions": [_revision(one) for one in note.revisions],
        }
    )


def _bodies(note: Note) -> list[dict[str, Any]]:
    language = {"language": note.language} if note.language else {}
    text = {"type": "TextualBody", "value": note.body, "format": MARKDOWN, **language}
    # Beside suggested words, which have the purpose "editing", the body is what is said about them.
    purpose = "commenting" if note.motivation == "editing" else note.motivation
    bodies = [{**text, "purpose": purpose}] if note.body else []
    if note.replacement is not None:
        words = {"type": "TextualBody", "value": note.replacement, "format": "text/plain"}
        bodies.append({**words, **language, "purpose": "editing"})
    tags = ({"type": "TextualBody", "value": tag, "purpose": "tagging"} for tag in note.tags)
    return [*bodies, *tags]


def _target(work: Work, note: Note) -> dict[str, Any]:
    selectors: list[dict[str, Any]] = []
    if note.exact:
        named = {"exact": note.exact, "prefix": note.prefix, "suffix": note.suffix}
        selectors.append({"type": "TextQuoteSelector", **named})
    if note.start is not None and note.end is not None:
        place = {"start": note.start, "end": note.end}
        selectors.append({"type": "TextPositionSelector", **place})
    source = {"type": "SpecificResource", "source": work.edition_url(note.edition)}
    return {**source, "selector": selectors} if selectors else source


def _place(work: Work, spot: Spot) -> dict[str, Any]:
    return _filled(
        {
            "postil:edition": work.edition_url(spot.edition),
            "postil:verdict": spot.verdict,
            "postil:score": repr(float(spot.score)),
            "postil:first": spot.first_ref,
            "start": spot.start,
            "postil:last": spot.last_ref,
            "end": spot.end,
            "postil:decided": moment(spot.decided_at) if spot.decided_at else None,
            "postil:decidedBy": _person(work, spot.decided_by),
        }
    )


def _decision(work: Work, ruling: Ruling) -> dict[str, Any]:
    edition = ruling.addressed_in
    return _filled(
        {
            "postil:outcome": ruling.outcome,
            "postil:reason": ruling.reason,
            "postil:addressedIn": work.edition_url(edition) if edition else None,
            "postil:duplicateOf": work.note_url(ruling.duplicate_of) if ruling.duplicate_of else "",
            "postil:decided": moment(ruling.decided_at),
            "postil:decidedBy": _person(work, ruling.decided_by),
            "postil:withdrawn": moment(ruling.withdrawn_at) if ruling.withdrawn_at else None,
            "postil:withdrawnBy": _person(work, ruling.withdrawn_by),
        }
    )


def _revision(one: Revision) -> dict[str, Any]:
    return _filled(
        {
            "postil:version": one.version,
            "value": one.body,
            "exact": one.exact,
            "postil:written": moment(one.written_at),
            "postil:wasPublic": one.was_public,
        }
    ) | ({} if one.replacement is None else {"postil:replacement": one.replacement})


def _person(work: Work, person: Person | None) -> dict[str, str] | None:
    if person is None:
        return None
    return {
        "id": f"{work.base_url}/people/{quote(person.username)}/",
        "type": "Person",
        "name": person.name,
        "nickname": person.username,
    }


def _filled(data: Mapping[str, Any]) -> dict[str, Any]:
    """The entries that say something; 0 and False do."""
    return {
        key: value for key, value in data.items() if value is not None and value not in ("", [])
    }


def _dump(data: Mapping[str, Any] | Sequence[Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
