"""Marks: the words under which an entry's document, author and readers are indexed.

They let the engine leave out what cannot be an answer before a row is fetched. Each is letters,
digits and signs beyond ASCII, which both engines take for one word.
"""

from dataclasses import dataclass
from typing import Any

APPROVED = "approved"
PUBLIC = "public"
GROUP = "group"
READABLE = "vp"  # by whoever may read the document
MODERATED = "vm"  # by whoever moderates everywhere
GROUPED = "vg"  # by members of some group


@dataclass(frozen=True, slots=True)
class Scope:
    """Which entries are looked at: with a mark of each of ``all_of`` and none of ``none_of``."""

    all_of: tuple[tuple[str, ...], ...] = ()
    none_of: tuple[str, ...] = ()


def of_document(pk: int) -> str:
    """Return the mark of what belongs to a document."""
    return f"d{pk}"


def moderated_in(pk: int) -> str:
    """Return the mark of what the moderators of a document may read."""
    return f"m{pk}"


def of_author(pk: int) -> str:
    """Return the mark of what somebody wrote."""
    return f"a{pk}"


def of_group(pk: int) -> str:
    """Return the mark of what the members of a group may read."""
    return f"g{pk}"


def of_motivation(motivation: str) -> str:
    """Return the mark of annotations made with one motivation."""
    return f"k{motivation}"


def of_tag(name: str) -> str:
    """Return the mark of annotations with a tag; its signs are moved out of ASCII."""
    signs = (
        char if not char.isascii() or char.isalnum() else chr(0x2400 + ord(char)) for char in name
    )
    return "t" + "".join(signs).lower()


def marks_of(annotation: dict[str, Any], tags: list[str]) -> list[str]:
    """Return the marks of an annotation, given its columns and its tags."""
    document, approved = annotation["document_id"], annotation["status"] == APPROVED
    marks = [of_document(document), of_motivation(annotation["motivation"])]
    marks += map(of_tag, tags)
    if annotation["author_id"]:
        marks.append(of_author(annotation["author_id"]))
    if annotation["visibility"] == PUBLIC:
        marks += [MODERATED, moderated_in(document), *([READABLE] if approved else [])]
    if annotation["visibility"] == GROUP:  # also what was taken down: its moderators read that
        marks += [GROUPED, of_group(annotation["group_id"])]
    return marks
