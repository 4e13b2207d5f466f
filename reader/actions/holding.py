"""Holding what a check says something against, for a moderator to look at. Nothing is dropped.

Only what would be seen by everybody at once is judged: not what is private or a group's, what
waits anyhow, or what comes from somebody who looks after the document.
"""

from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from reader import checks, policy
from reader.actions import likenesses, notifying
from reader.actions.wording import CleanWording
from reader.checks import Check, Draft, Earlier, Fact, Finding, WordsOf
from reader.models import (
    Annotation,
    Document,
    Hold,
    Notification,
    Question,
    Status,
    User,
    Visibility,
)
from reader.policy.transitions import NEW, Who
from reader.queries import checking
from reader.queries.checking import Written
from reader.queries.layouts import with_text
from reader.text.addresses import host_of, linked_hosts, named_hosts, without_addresses
from reader.text.said import plain_text
from reader.text.similarity import Said, are_alike
from reader.text.word_lists import WordsToFind
from reader.text.words import spellings

LONGEST_WHY = 300
MOST_AT_ONCE = 20  # answers that become public with their thread and are judged one by one
REFUSED = frozenset({Status.DENIED, Status.SPAM})


@dataclass(frozen=True, slots=True)
class Text:
    """What is judged: words, where they would stand, when, and by whom (None: by somebody new).

    ``pk`` is the annotation's, if it has one.
    """

    document: Document
    words: CleanWording
    at: datetime
    author: User | None
    pk: int = 0


def findings(text: Text, chain: Sequence[Check]) -> list[Finding]:
    """Return what a chain of checks says against a text; a chain of none asks nothing."""
    if not chain:
        return []
    found = checks.findings(chain, draft_of(text, checks.facts_for(chain)))
    if found and text.author is not None and policy.passes_checks(text.author, text.document):
        return []
    return found


def _against(text: Text) -> list[Finding]:
    """Return what the document's checks say against a text, in the language of the site."""
    with translation.override(settings.LANGUAGE_CODE):
        return findings(text, checks.named(text.document.checks))


def draft_of(text: Text, asked: Set[Fact]) -> Draft:
    """Return the facts about a text that are asked for."""
    words = text.words
    read = "\n".join([plain_text(words.body_html), words.replacement or "", *words.tags]).strip()
    draft = Draft(
        text=read,
        word_count=len(spellings(without_addresses(read))),
        hosts=_hosts(words, read),
        has_judge=bool(text.document.judge_url),
    )
    if text.author is not None and Fact.KNOWN in asked:
        draft = replace(draft, is_known=checking.is_known(text.author.pk, text.at))
    if asked & {Fact.OWN, Fact.HERE, Fact.LIKES}:
        draft = replace(draft, earlier=_earlier(text, asked))
    if Fact.WORDS in asked:
        lists = checking.word_lists([text.document.language])
        draft = replace(draft, lists=[WordsOf(name, _to_find(lines)) for name, lines in lists])
    return draft


def _hosts(words: CleanWording, read: str) -> tuple[str, ...]:
    """Return where the words lead to, this site apart."""
    linked = linked_hosts(words.body_html)
    named = [host for host in named_hosts(read) if host not in linked]
    here = host_of(settings.SITE_URL.partition("://")[2])
    return tuple(host for host in (*linked, *named) if host != here)


@lru_cache(64)
def _to_find(lines: str) -> WordsToFind:
    return WordsToFind.of(lines.splitlines())


def _earlier(text: Text, asked: Set[Fact]) -> list[Earlier]:
    """Return what was written before, each once, as it compares with the text."""
    author = text.author.pk if text.author else 0
    rows: list[Written] = []
    if author and Fact.OWN in asked:
        rows += checking.written_by(author, text.at)
    if Fact.HERE in asked:
        rows += checking.written_in(text.document, text.at)
    if Fact.LIKES not in asked or not text.words.body:
        return [_compared(one, text, None) for one in _each_once(rows, text.pk)]
    said = _read(text.document, text.words.body, text.words.replacement)
    bands = said.bands()
    if bands:
        alike, _room = likenesses.candidates(text.document, text.pk, bands)
        rows += checking.written_as(alike, text.at)
    return [_compared(one, text, said) for one in _each_once(rows, text.pk)]


def _each_once(rows: Iterable[Written], but: int) -> Iterable[Written]:
    found = {row.pk: row for row in rows}
    found.pop(but, None)
    return found.values()


def _read(document: Document, body: str, replacement: str | None) -> Said:
    if document.current_edition is not None:
        with_text(document.current_edition)
    return likenesses.read(body, replacement, likenesses.source_of(document))


def _compared(row: Written, text: Text, said: Said | None) -> Earlier:
    is_like = is_equal = False
    if said is not None and row.body:
        other = _read(text.document, row.body, row.replacement)
        is_like, is_equal = are_alike(said, other), bool(said.words) and said.words == other.words
    return Earlier(
        author=row.author,
        age=(text.at - row.at).total_seconds(),
        is_own=text.author is not None and row.author == text.author.pk,
        is_new=not row.is_old,
        is_like=is_like,
        is_equal=is_equal,
        was_refused=row.status in REFUSED,
        was_approved=row.status == Status.APPROVED and row.was_approved,
        is_bare=not (row.body or row.replacement),
        hosts=frozenset(named_hosts(f"{row.body} {row.replacement or ''}")),
    )


def first_status(draft: Annotation, words: CleanWording) -> tuple[Status, list[Finding]]:
    """Return the status that a new annotation starts with, and what the checks say against it."""
    document, author = draft.document, draft.author
    assert author is not None  # noqa: S101 -- a new one always has one; for the type checker
    status = policy.first_status(author, document, draft.visibility)
    if status != Status.APPROVED or draft.visibility != Visibility.PUBLIC or not document.checks:
        return status, []
    found = _against(Text(document, words, draft.created_at, author))
    if not found:
        return status, []
    policy.check_move(Who.CHECK, "hold", NEW, Status.PENDING)
    return Status.PENDING, found


def judge_anew(
    editor: User, annotation: Annotation, words: CleanWording, changes: dict[str, Any]
) -> list[Finding] | None:
    """Judge what an annotation is to say now, and note in the changes if it has to wait.

    Args:
        editor: its author.
        annotation: as it was.
        words: what it is to say.
        changes: the fields to be saved.

    Returns:
        What is said against it; None where there was nothing to judge.
    """
    document = annotation.document
    if changes["visibility"] != Visibility.PUBLIC or not document.checks:
        return None
    if policy.first_status(editor, document, Visibility.PUBLIC) != Status.APPROVED:
        return None
    has_new_tags = set(words.tags) - set(annotation.tags.values_list("name", flat=True))
    now_public = annotation.visibility != Visibility.PUBLIC
    same = (words.body, words.replacement) == (annotation.body, annotation.replacement)
    if same and not has_new_tags and not now_public:
        return None
    is_approved = changes["status"] == Status.APPROVED and not has_new_tags
    if is_approved and checking.was_approved_so(annotation, words.body, words.replacement):
        return None
    found = _against(Text(document, words, changes["edited_at"], editor, annotation.pk))
    if found and changes["status"] == Status.APPROVED:
        policy.check_move(Who.CHECK, "hold", Status.APPROVED, Status.PENDING)
        changes |= {"status": Status.PENDING, "attention_since": changes["edited_at"]}
    return found


def judge_with_thread(editor: User, root: Annotation) -> None:
    """Judge the answers, all by the editor, that have just become public with their thread."""
    chain = checks.named(root.document.checks)
    if not chain:
        return
    standing = root.replies.filter(status=Status.APPROVED, deleted_at=None).order_by("pk")
    for number, reply in enumerate(standing):
        reply.document = root.document
        if checking.was_approved_so(reply, reply.body, reply.replacement):
            continue
        tags = list(reply.tags.values_list("name", flat=True))
        words = CleanWording(reply.body, reply.body_html, reply.replacement, tags)
        if number < MOST_AT_ONCE:
            found = _against(Text(reply.document, words, timezone.now(), editor, reply.pk))
        else:
            found = [Finding(chain[0], _("Many texts became public at once."))]
        if found:
            policy.check_move(Who.CHECK, "hold", reply.status, Status.PENDING)
            reply.status, reply.attention_since = Status.PENDING, timezone.now()
            reply.save(update_fields=["status", "attention_since"])
            keep(reply, found)


def forget(pks: Collection[int]) -> None:
    """Delete why annotations waited, whose words are gone: a reason may repeat one of them."""
    Hold.objects.filter(annotation__in=pks).delete()


def keep(annotation: Annotation, found: Sequence[Finding] | None, *, anew: bool = False) -> None:
    """Note why a saved annotation waits, tell its author that it does, and ask the outside judge.

    ``anew``: in the place of what was found before. None: nothing was judged.
    """
    if found is None:
        return
    if anew:
        before = Hold.objects.filter(annotation=annotation, replaced_at=None)
        before.update(replaced_at=timezone.now())
    if not found:
        return
    Hold.objects.bulk_create(
        Hold(
            annotation=annotation,
            check_name=one.check.name,
            why=one.why[:LONGEST_WHY],
            weight=one.check.weight,
        )
        for one in found
    )
    author = annotation.author
    if author is not None and author.kind == User.Kind.PERSON:
        notifying.tell([author.pk], Notification.Kind.HELD, annotation, None)
    if annotation.document.judge_url:
        now = timezone.now()
        afresh = {"asked_at": now, "attempts": 0, "next_attempt_at": now, "answered_at": None}
        Question.objects.update_or_create(annotation=annotation, defaults=afresh)
