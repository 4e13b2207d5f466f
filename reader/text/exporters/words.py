"""What exports say in words of their own, and how they make any text fit to be written."""

import re
from datetime import UTC, datetime

from reader.text.exporters.records import Note, Person, Ruling, Work

MOTIVATIONS = {
    "highlighting": "Highlight",
    "commenting": "Comment",
    "questioning": "Question",
    "editing": "Suggested edit",
    "bookmarking": "Bookmark",
    "replying": "Reply",
}
OUTCOMES = {
    "accepted": "Accepted",
    "partly": "Partly accepted",
    "declined": "Declined",
    "answered": "Answered",
    "out-of-scope": "Out of scope",
    "duplicate": "Duplicate",
}
WITHHELD = {
    "deleted": "Its author deleted this.",
    "removed": "A moderator removed this.",
    "waiting": "This waits for review.",
}
STATUSES = {"pending": "waits for review", "denied": "denied", "spam": "spam"}
VISIBILITIES = {"private": "only you see it", "group": "in the group {group}"}
SOMEBODY = "Somebody"
NOWHERE = "Notes whose passage is not in this text"
END = "The export is complete."

# What XML 1.0 does not allow, and HTML takes badly; and what turns the direction of a line round.
_ILLEGAL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_TURNING = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


def language(tag: str) -> str:
    """The tag of a language, or the one that says that it is not known."""
    return tag if _LANGUAGE.fullmatch(tag) else "und"


def legal(text: str) -> str:
    """The text without characters that no document may hold."""
    return _ILLEGAL.sub("", text)


def one_line(text: str) -> str:
    """The text on one line, in which nothing turns the direction of what follows."""
    return " ".join(_TURNING.sub("", legal(text)).split())


def name_of(person: Person | None) -> str:
    """What somebody is called."""
    return one_line(person.name) if person else SOMEBODY


def day(at: datetime) -> str:
    """The day, as everybody reads it the same way."""
    return at.astimezone(UTC).date().isoformat()


def heading(note: Note) -> list[str]:
    """What stands above a note: what it is, who wrote it and when, and who else may see it."""
    said = [] if note.parent else [MOTIVATIONS.get(note.motivation, note.motivation)]
    if note.withheld:
        return said
    said += [name_of(note.author), day(note.created_at)]
    if note.edited_at:
        said.append(f"edited {day(note.edited_at)}")
    if note.status in STATUSES:
        said.append(STATUSES[note.status])
    if note.visibility in VISIBILITIES:
        said.append(VISIBILITIES[note.visibility].format(group=one_line(note.group)))
    if note.agree or note.disagree:
        said.append(f"{note.agree} agree, {note.disagree} disagree")
    return said


def decision(work: Work, ruling: Ruling) -> str:
    """A decision in one line, without its reason."""
    said = OUTCOMES.get(ruling.outcome, ruling.outcome)
    if ruling.addressed_in:
        said += f" in edition {ruling.addressed_in}"
    if ruling.duplicate_of:
        said += f" of {work.note_url(ruling.duplicate_of)}"
    return f"{said} · {name_of(ruling.decided_by)} · {day(ruling.decided_at)}"


def about(work: Work) -> list[tuple[str, str]]:
    """What is known about the text, as pairs of a word and what it says."""
    pairs = [
        ("Author", work.author),
        ("Date", work.date.isoformat() if work.date else ""),
        ("Text", work.edition_name),
        ("Rights", work.rights),
        ("Source", work.source_url),
        ("From", work.url),
    ]
    return [(word, one_line(said)) for word, said in pairs if said]
