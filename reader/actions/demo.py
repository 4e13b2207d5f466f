"""The demo discussion: invented people who talk about the first document."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group as PermissionGroup
from django.db import transaction

from reader.actions import activity, annotations, changes, moderation, suggestions
from reader.actions.annotations import Origin
from reader.actions.passages import Passage
from reader.actions.people import EDITORS, make_moderator
from reader.actions.wording import Wording
from reader.models import (
    Annotation,
    AnnotationRevision,
    Block,
    Disposition,
    Document,
    DocumentRole,
    Event,
    Flag,
    Notification,
    ReadMark,
    User,
)
from reader.models.annotations import UID_ALPHABET, UID_LENGTH

Table = Mapping[str, Any]
PASSWORD = "reading-room"  # noqa: S105 -- known on purpose: it opens demo accounts only
SIGN_INS = ("reader", "reviewer", "moderator", "admin")
READER_HAS_READ_UNTIL = datetime.fromisoformat("2026-11-01T00:00:00+00:00")


@transaction.atomic
def load_discussion(document: Document, source: Table) -> None:
    """Write the discussion in ``source`` (the parsed seeds/discussion.toml) about the document.

    Every name and time comes from the source, so that the same source gives the same rows.

    Raises:
        Invalid, KeyError: the source does not fit the document.
    """
    people = {entry["username"]: _person(entry, source["start"]) for entry in source["people"]}
    for entry in source["people"]:
        _give_role(people[entry["username"]], entry["role"], document)
    for entry in source["threads"]:
        _thread(document, people, entry)
    activity.mark_read(reader=people["reader"], document=document)
    ReadMark.objects.update(seen_at=READER_HAS_READ_UNTIL, until=0)


@transaction.atomic
def answer_suggestions(document: Document, source: Table) -> None:
    """Give the suggested edits of the discussion the answers that the source has for them."""
    people = {person.username: person for person in User.objects.filter(is_demo=True)}
    act = {"accepted": suggestions.accept_suggestion, "declined": suggestions.decline_suggestion}
    for entry in source["threads"]:
        if "answer" not in entry:
            continue
        answer = entry["answer"]
        made = act[answer["outcome"]](
            editor=people[answer["by"]],
            annotation=Annotation.objects.get(uid=demo_uid(entry["key"])),
            reason=answer["reason"],
        )
        Disposition.objects.filter(pk=made.pk).update(decided_at=answer["at"])
        Notification.objects.filter(annotation=made.annotation).update(at=answer["at"])
        date_events(document, answer["at"])


def demo_uid(key: str) -> str:
    """Return the lasting uid of the demo annotation of that key."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest())
    letters = []
    for _position in range(UID_LENGTH):
        number, letter = divmod(number, len(UID_ALPHABET))
        letters.append(UID_ALPHABET[letter])
    return "".join(letters)


def _person(entry: Table, joined: datetime) -> User:
    person = User(
        username=entry["username"],
        name=entry["name"],
        bio=entry["bio"],
        email=f"{entry['username']}@demo.invalid",
        date_joined=joined,
        is_demo=True,
        password="!",  # noqa: S106 -- no password: nobody signs in with it
    )
    person.save()
    return person


def _give_role(person: User, role: str, document: Document) -> None:
    if role == "admin":
        person.is_staff = person.is_superuser = True
        person.save(update_fields=["is_staff", "is_superuser"])
    if role == "moderator":
        make_moderator(person)
    if role == "editor":
        person.groups.add(PermissionGroup.objects.get(name=EDITORS))
    if role == "reviewer":
        DocumentRole.objects.create(
            user=person, document=document, role=role, granted_at=person.date_joined
        )


def _thread(document: Document, people: Mapping[str, User], entry: Table) -> None:
    is_pending = entry["status"] == "pending"
    document.annotating = "reviewed" if is_pending else "open"
    root = annotations.create_annotation(
        author=people[entry["author"]],
        document=document,
        motivation=entry["motivation"],
        passage=_passage(document, entry),
        wording=Wording(entry["body"], entry.get("replacement"), list(entry["tags"])),
        visibility=entry["visibility"],
        origin=Origin(demo_uid(entry["key"]), entry["at"]),
    )
    document.annotating = "open"
    date_events(document, entry["at"])
    by_key = {None: root}
    for answer in entry.get("replies", ()):
        by_key[answer["key"]] = _reply(people, by_key[answer.get("to")], answer)
    for report in entry.get("flags", ()):
        _flag(people, root, report)
    if "decision" in entry:
        _decide(people, root, entry["decision"])


def _passage(document: Document, entry: Table) -> Passage:
    """Find the span: from ``quote`` in block ``in``, to ``until_quote`` in ``until`` if given."""
    blocks = Block.objects.filter(edition=document.current_edition)
    first = blocks.get(ref=entry["in"])
    at = -1
    for _occurrence in range(entry.get("nth", 1)):
        at = first.text.index(entry["quote"], at + 1)
    start, end = first.start + at, first.start + at + len(entry["quote"])
    if "until" in entry:
        last = blocks.get(ref=entry["until"])
        end = last.start + last.text.index(entry["until_quote"]) + len(entry["until_quote"])
    return Passage(ref=entry["in"], start=start, end=end)


def _reply(people: Mapping[str, User], parent: Annotation, entry: Table) -> Annotation:
    earlier = entry.get("edited", ())
    answer = annotations.reply(
        author=people[entry["author"]],
        parent=parent,
        wording=Wording(earlier[0]["body"] if earlier else entry["body"]),
        origin=Origin(demo_uid(entry["key"]), entry["at"]),
    )
    date_events(parent.document, entry["at"])
    wordings = [*(old["body"] for old in earlier[1:]), entry["body"]]
    for change, body in zip(earlier, wordings, strict=False):
        changes.edit_annotation(
            editor=people[entry["author"]],
            annotation=answer,
            version=answer.version,
            wording=Wording(body),
        )
        Annotation.objects.filter(pk=answer.pk).update(edited_at=change["at"])
        answer.refresh_from_db()
        date_events(parent.document, change["at"])
    AnnotationRevision.objects.filter(annotation=answer, version=1).update(written_at=entry["at"])
    return answer


def _flag(people: Mapping[str, User], root: Annotation, entry: Table) -> None:
    report = moderation.flag(
        reporter=people[entry["by"]],
        annotation=root,
        reason=entry["reason"],
        note=entry["note"],
    )
    Flag.objects.filter(pk=report.pk).update(created_at=entry["at"])
    Annotation.objects.filter(pk=root.pk).update(attention_since=entry["at"])
    date_events(root.document, entry["at"])


def _decide(people: Mapping[str, User], root: Annotation, entry: Table) -> None:
    moderation.decide(
        moderator=people[entry["by"]],
        annotation=root,
        act="deny",
        reason=entry["reason"],
        note=entry["note"],
        at=entry["at"],
    )
    date_events(root.document, entry["at"])


def date_events(document: Document, at: datetime) -> None:
    """Give the document's latest event the time at which it happened in the demo."""
    latest = Event.objects.filter(document_id=document.pk).order_by("-number")[:1]
    Event.objects.filter(pk__in=latest.values("pk")).update(at=at)
