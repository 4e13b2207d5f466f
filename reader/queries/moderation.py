"""What moderators look at: the queue, each item with all it takes to decide, and the log."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber

from reader import policy
from reader.models import (
    Anchor,
    Annotation,
    Decision,
    Document,
    Flag,
    QueueItem,
    Rule,
    Status,
    User,
)
from reader.policy import Viewer
from reader.queries import claims
from reader.queries.checking import STANDING_HOLDS
from reader.queries.clipping import first_words, last_words, shortened
from reader.queries.threads import Note, as_note, in_reading_order

THREAD_SHOWN = 40
RECENT_DECISIONS = 100
DOCUMENTS_OFFERED = 50
UNDOABLE = (Decision.Act.APPROVE, Decision.Act.DENY, Decision.Act.SPAM)
QUEUE_ORDER = ("-attention_weight", "attention_since", "pk")
MOST_TAKEN = 50  # that are told of
MOST_WAITING = 1_000  # beyond that many nobody wants to know how many; they are not counted


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A passage with the words around it. ``ref`` is empty when it stands in no current text."""

    before: str
    passage: str
    after: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """How an author's public annotations and the reports about them have fared so far."""

    approved: int = 0
    pending: int = 0
    denied: int = 0
    spam: int = 0
    upheld: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits for a moderator: each number is :data:`MOST_WAITING` at most."""

    pending: int
    reported: int
    most: int


@dataclass(frozen=True, slots=True)
class Dossier:
    """An annotation with everything a moderator needs to decide on it.

    ``notes`` is its thread in reading order, the root first; ``unseen`` counts those left out.
    ``answers`` is what a reply replies to, ``rules`` are those that a decision can rest on.
    """

    annotation: Annotation
    excerpt: Excerpt
    record: Record
    reports: Sequence[Flag] = field(default_factory=tuple)
    notes: Sequence[Note] = field(default_factory=tuple)
    unseen: int = 0
    answers: Note | None = None
    rules: Sequence[Rule] = field(default_factory=tuple)


OPEN_REPORTS = Prefetch(
    "flags",
    queryset=Flag.objects.filter(resolution="", for_group__isnull=True)
    .select_related("reporter")
    .order_by("created_at"),
    to_attr="open_reports",
)


def moderated(viewer: Viewer) -> QuerySet[QueueItem]:
    """Return everything the viewer may decide on as a moderator of documents, waiting or not."""
    return (
        QueueItem.objects.filter(policy.moderated_in_public(viewer))
        .select_related("document", "author")
        .prefetch_related("tags", OPEN_REPORTS, STANDING_HOLDS)
    )


def queue(viewer: Viewer) -> QuerySet[QueueItem]:
    """Return what waits for the viewer's decision: the heaviest first, of these the oldest.

    What another moderator is at is left out.
    """
    waiting = moderated(viewer).filter(~claims.of_others(viewer), attention_since__isnull=False)
    return waiting.order_by(*QUEUE_ORDER)


def taken_by_others(viewer: Viewer) -> list[tuple[int, str]]:
    """Return (id, moderator's name) of what the viewer could decide on and others are at."""
    rows = moderated(viewer).filter(claims.of_others(viewer), attention_since__isnull=False)
    pks = rows.values_list("pk", flat=True)[:MOST_TAKEN]
    taken = claims.by_others(viewer, list(pks))
    return [(pk, str(row.moderator)) for pk, row in taken.items()]


def is_reported(**more: str) -> Exists:
    """Return the condition for annotations with an open report (of this reason, say)."""
    return Exists(Flag.objects.filter(annotation=OuterRef("pk"), resolution="", **more))


def waiting_for(viewer: Viewer) -> Waiting:
    """Return how many items of the queue are pending, and how many are reported."""
    rows = queue(viewer).select_related(None).prefetch_related(None).order_by()
    pending = rows.filter(status=Status.PENDING)[:MOST_WAITING].count()
    return Waiting(pending, _reported_among(viewer, rows)[:MOST_WAITING].count(), MOST_WAITING)


def _reported_among(viewer: Viewer, rows: QuerySet[QueueItem]) -> QuerySet[Any, Any]:
    """Return the reported items, from whichever end is shorter: no list of all is made."""
    if not policy.may_moderate_everywhere(viewer):
        return rows.filter(is_reported())
    reports = Flag.objects.filter(Exists(rows.filter(pk=OuterRef("annotation"))), resolution="")
    return reports.order_by().values_list("annotation_id", flat=True).distinct()


def documents_waiting(viewer: Viewer) -> list[tuple[int, str]]:
    """Return (id, title) of documents with something in the viewer's queue.

    They are those of the :data:`MOST_WAITING` items that have waited longest.
    """
    longest = queue(viewer).values_list("document_id", flat=True)[:MOST_WAITING]
    rows = Document.objects.filter(pk__in=set(longest)).order_by("title")
    return list(rows.values_list("pk", "title")[:DOCUMENTS_OFFERED])


def dossiers(viewer: Viewer, items: Sequence[Annotation]) -> list[Dossier]:
    """Return the items with their passage, thread, reports and author's record.

    Args:
        viewer: the moderator.
        items: rows of :func:`queue` or :func:`moderated`; as many as fit on a page.

    The number of queries does not depend on the number of items.
    """
    records = records_of(viewer, {item.author_id for item in items if item.author_id})
    threads = _threads_of(viewer, items)
    excerpts = _excerpts_of([rows[0] for rows in threads.values() if rows])
    rules = rules_in({item.document_id for item in items})
    result = []
    for item in items:
        root_id = item.root_id or item.pk
        rows = threads[root_id]
        root, replies = rows[0], rows[1:]
        by_pk = {row.pk: row for row in rows}
        parent = by_pk.get(item.parent_id or 0)
        notes = [as_note(viewer, root), *in_reading_order(viewer, root, replies)]
        result.append(
            Dossier(
                annotation=item,
                excerpt=excerpts[root_id],
                record=records.get(item.author_id or 0, Record()),
                reports=getattr(item, "open_reports", ()),
                notes=notes,
                unseen=max(getattr(root, "thread_size", 1) - THREAD_SHOWN, 0),
                answers=as_note(viewer, parent) if parent is not None else None,
                rules=rules[item.document_id],
            )
        )
    return result


def rules_in(documents: Iterable[int]) -> dict[int, list[Rule]]:
    """Return the rules that hold in each document (by id): its own, then the site's."""
    ids = set(documents)
    rows = Rule.objects.filter(Q(document__in=ids) | Q(document=None), retired_at=None)
    found = list(rows.order_by(F("document").asc(nulls_last=True), "position", "pk"))
    return {pk: [rule for rule in found if rule.document_id in (pk, None)] for pk in ids}


def records_of(viewer: Viewer, authors: Iterable[int]) -> dict[int, Record]:
    """Return the record of each author, as far as it concerns what the viewer moderates."""
    ids = list(authors)
    standing = (
        Annotation.objects.filter(policy.moderated_in_public(viewer), author_id__in=ids)
        .order_by()
        .values(writer=F("author_id"))
        .annotate(**{status: Count("pk", filter=Q(status=status)) for status in Status.values})
    )
    reports = (
        Flag.objects.filter(policy.reports_visible_to(viewer), annotation__author_id__in=ids)
        .order_by()
        .values(writer=F("annotation__author_id"))
        .annotate(
            upheld=Count("pk", filter=Q(resolution=Flag.Resolution.UPHELD)),
            kept=Count("pk", filter=Q(resolution=Flag.Resolution.KEPT)),
        )
    )
    numbers: dict[int, dict[str, int]] = defaultdict(dict)
    counted: list[Any] = [*standing, *reports]
    for row in counted:
        numbers[row.pop("writer")].update(row)
    return {author: Record(**values) for author, values in numbers.items()}


def _threads_of(viewer: Viewer, items: Sequence[Annotation]) -> dict[int, list[Annotation]]:
    """Return the rows of each item's thread by root id, root first and then by age.

    Of a long thread the beginning is taken, and in any case the item and what it answers.
    """
    roots = {item.root_id or item.pk for item in items}
    wanted = {pk for item in items for pk in (item.pk, item.parent_id) if pk}
    thread = Coalesce("root_id", "pk")
    rows = (
        Annotation.objects.filter(Q(pk__in=roots) | Q(root_id__in=roots))
        .annotate(
            readable=Case(When(policy.annotations_visible_to(viewer), Value(True)), default=False),
            rank=Window(
                RowNumber(),
                partition_by=thread,
                order_by=[F("root_id").asc(nulls_first=True), F("created_at").asc(), F("pk").asc()],
            ),
            thread_size=Window(Count("pk"), partition_by=thread),
        )
        .filter(Q(rank__lte=THREAD_SHOWN) | Q(pk__in=wanted))
        .select_related("author")
        .order_by("rank")
    )
    threads: dict[int, list[Annotation]] = defaultdict(list)
    for row in rows:
        threads[row.root_id or row.pk].append(row)
    return threads


def _excerpts_of(roots: Sequence[Annotation]) -> dict[int, Excerpt]:
    """Return the passage of each root in its document's current edition, by root id."""
    anchors = {
        anchor.annotation_id: anchor
        for anchor in Anchor.objects.filter(
            annotation__in=roots,
            edition=F("annotation__document__current_edition"),
            first_block__isnull=False,
        ).select_related("first_block", "last_block")
    }
    return {root.pk: _excerpt(root, anchors.get(root.pk)) for root in roots}


def _excerpt(root: Annotation, anchor: Anchor | None) -> Excerpt:
    first, last = (anchor.first_block, anchor.last_block) if anchor else (None, None)
    if anchor is None or first is None or last is None:
        return Excerpt(root.prefix, shortened(root.exact), root.suffix)
    start, end = anchor.start or 0, anchor.end or 0
    if first.pk == last.pk:
        passage = first.text[start:end]
    else:
        gap = "\n" if last.position == first.position + 1 else "\n…\n"
        passage = first.text[start:] + gap + last.text[:end]
    return Excerpt(
        before=last_words(first.text[:start]),
        passage=shortened(passage),
        after=first_words(last.text[end:]),
        ref=first.ref,
    )


def log(viewer: Viewer) -> QuerySet[Decision]:
    """Return the decisions the viewer may read, newest first."""
    rows = Decision.objects.filter(policy.decisions_visible_to(viewer)).order_by("-pk")
    return rows.select_related("actor", "undoes").prefetch_related("undone_by")


def latest_act(moderator: User, since: datetime) -> list[Decision]:
    """Return what the moderator decided last and can undo: one decision, or a bulk act's.

    Decisions taken together bear the same time to the microsecond. What was said to a person, or
    about an appeal, is not undone, but lifted or appealed against.
    """
    rows = Decision.objects.filter(
        actor=moderator, for_group__isnull=True, annotation__isnull=False, act__in=UNDOABLE
    )
    rows = rows.select_related("annotation").prefetch_related("undone_by")
    standing = [
        row
        for row in rows.order_by("-pk")[:RECENT_DECISIONS]
        if not hasattr(row, "undone_by") and row.at >= since
    ]
    return [row for row in standing if (row.at, row.act) == (standing[0].at, standing[0].act)]
