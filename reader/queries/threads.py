"""Threads as a viewer may see them: roots with their place, replies in order, what is unread."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias

from django.db.models import (
    Case,
    Count,
    F,
    FilteredRelation,
    Max,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber

from reader import policy
from reader.models import (
    Annotation,
    Decision,
    Edition,
    Motivation,
    Status,
)
from reader.policy import Viewer
from reader.queries.dispositions import STANDING
from reader.queries.reactions import stance_of
from reader.queries.read_until import Seen, has_news, seen_until

# Annotations with the columns that roots() adds, which the type checker cannot know.
PlacedRoots: TypeAlias = "QuerySet[Any]"

BARE = Q(motivation__in=[Motivation.HIGHLIGHTING, Motivation.BOOKMARKING], body="")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a root stands in the edition shown: block refs, and offsets within those blocks."""

    first_ref: str
    start: int
    last_ref: str
    end: int


@dataclass(frozen=True, slots=True)
class Note:
    """One annotation, root or reply, with what its viewer may know and do.

    ``denial`` is the decision that took the words down, for their author and the moderators.
    ``hidden`` is empty, or says why the words are withheld: ``deleted``, ``removed`` or
    ``waiting``; the annotation's words, author and tags are blank then. ``stance`` is the viewer's
    own: ``agree``, ``disagree`` or empty.
    """

    annotation: Annotation
    depth: int = 0
    hidden: str = ""
    is_mine: bool = False
    is_unread: bool = False
    may_flag: bool = False
    may_react: bool = False
    stance: str = ""
    answers: Annotation | None = None
    denial: Decision | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """A root with its place and its replies (the replies only where they were asked for).

    ``verdict`` says how its place in the edition shown came about.
    """

    root: Note
    place: Place | None
    reply_count: int
    last_at: datetime
    is_unread: bool = False
    replies: Sequence[Note] = field(default_factory=tuple)
    verdict: str = ""

    @property
    def is_bare(self) -> bool:
        """Whether it is a mere highlight or bookmark that nobody has said anything about."""
        note = self.root.annotation
        bare = (Motivation.HIGHLIGHTING, Motivation.BOOKMARKING)
        return note.motivation in bare and not note.body and not self.reply_count


def roots(viewer: Viewer, edition: Edition) -> PlacedRoots:
    """Return the roots that have something to show the viewer, placed in the edition.

    Each row carries ``place_*`` (see :class:`Place`), ``readable``, ``reply_count``, ``last_at``.
    """
    answers = Annotation.objects.filter(
        policy.annotations_visible_to(viewer), root=OuterRef("pk")
    ).order_by()
    counted = answers.values("root").annotate(n=Count("pk")).values("n")
    latest = answers.values("root").annotate(at=Max("created_at")).values("at")
    by_others = answers.exclude(author_id=viewer.pk).values("root")
    return (
        Annotation.objects.filter(
            policy.threads_visible_to(viewer), document_id=edition.document_id
        )
        .alias(here=FilteredRelation("anchors", condition=Q(anchors__edition=edition)))
        .filter(here__isnull=False)
        .annotate(
            place_block=F("here__first_block_id"),
            place_first=F("here__first_block__ref"),
            place_position=F("here__first_block__position"),
            place_start=F("here__start"),
            place_last=F("here__last_block__ref"),
            place_end=F("here__end"),
            place_verdict=F("here__verdict"),
            readable=Case(When(policy.annotations_visible_to(viewer), Value(True)), default=False),
            reply_count=Coalesce(Subquery(counted), 0),
            last_at=Coalesce(Subquery(latest), F("created_at")),
            answered_at=Subquery(by_others.annotate(at=Max("created_at")).values("at")),
            answered_pk=Subquery(by_others.annotate(newest=Max("pk")).values("newest")),
            stance=stance_of(viewer),
        )
        .select_related("author", "group")
        .prefetch_related("tags", DENIALS, STANDING)
    )


def discussed(queryset: PlacedRoots) -> PlacedRoots:
    """Leave out bare highlights and bookmarks without replies that the viewer may read."""
    return queryset.exclude(BARE & Q(reply_count=0, readable=True))


def first_per_block(queryset: PlacedRoots, limit: int) -> PlacedRoots:
    """Keep at most ``limit`` roots of each block, in the order of their place."""
    ranked = queryset.annotate(
        rank=Window(
            RowNumber(),
            partition_by=F("place_block"),
            order_by=[F("place_start").asc(), F("created_at").asc(), F("pk").asc()],
        )
    )
    first: PlacedRoots = ranked.filter(rank__lte=limit)
    return first.order_by("place_position", "rank")


def as_note(
    viewer: Viewer,
    annotation: Annotation,
    *,
    depth: int = 0,
    is_unread: bool = False,
    answers: Annotation | None = None,
) -> Note:
    """Return the annotation as its viewer may know it; withheld words are blanked here."""
    if not getattr(annotation, "readable", True):
        stand_in: Any = veiled(annotation)
        stand_in.answers = getattr(annotation, "answers", [])  # the reviewers' words, not its own
        return Note(stand_in, depth=depth, hidden=_why_hidden(annotation))
    is_mine = policy.is_author(viewer, annotation)
    is_down = annotation.status in (Status.DENIED, Status.SPAM)
    denials: list[Decision] = getattr(annotation, "denials", [])
    return Note(
        annotation,
        depth=depth,
        is_mine=is_mine,
        is_unread=is_unread,
        may_flag=policy.may_flag(viewer, annotation),
        may_react=policy.may_react_to(viewer, annotation),
        stance=getattr(annotation, "stance", ""),
        answers=answers,
        denial=denials[0] if is_down and denials else None,
    )


def _why_hidden(annotation: Annotation) -> str:
    if annotation.is_deleted:
        return "deleted"
    return "waiting" if annotation.status == Status.PENDING else "removed"


DENIALS = Prefetch(
    "decisions",
    queryset=Decision.objects.filter(act__in=[Decision.Act.DENY, Decision.Act.SPAM]).order_by(
        "-pk"
    ),
    to_attr="denials",
)


def veiled(annotation: Annotation) -> Annotation:
    """Return a stand-in that keeps the place in the thread and nothing anybody wrote."""
    return Annotation(
        pk=annotation.pk,
        uid=annotation.uid,
        document_id=annotation.document_id,
        edition_id=annotation.edition_id,
        motivation=annotation.motivation,
        parent_id=annotation.parent_id,
        root_id=annotation.root_id,
        # Words that were never found in the text are not the text's, but the author's.
        exact="" if annotation.start is None else annotation.exact,
        created_at=annotation.created_at,
        deleted_at=annotation.deleted_at,
        visibility=annotation.visibility,
        status=Status.APPROVED,
    )


def as_threads(
    viewer: Viewer, rows: Iterable[Annotation], marks: dict[str, Seen] | None = None
) -> list[Thread]:
    """Return rows of :func:`roots` as threads without their replies."""
    return [_as_thread(viewer, row, marks or {}) for row in rows]


def _as_thread(viewer: Viewer, row: Annotation, marks: dict[str, Seen]) -> Thread:
    placed: Any = row  # with what roots() annotated
    place = None
    if placed.place_first:
        place = Place(placed.place_first, placed.place_start, placed.place_last, placed.place_end)
    seen = seen_until(marks, placed.place_first or "")
    by_others = placed.readable and not policy.is_author(viewer, row)
    written = (row.pk, row.created_at) if by_others else None
    answered = (placed.answered_pk, placed.answered_at) if placed.answered_pk else None
    return Thread(
        root=as_note(viewer, row, is_unread=has_news(seen, written)),
        place=place,
        reply_count=placed.reply_count,
        last_at=placed.last_at,
        is_unread=has_news(seen, written, answered),
        verdict=placed.place_verdict,
    )


def with_replies(
    viewer: Viewer, threads: Sequence[Thread], marks: dict[str, Seen] | None = None
) -> list[Thread]:
    """Return the threads with their replies, fetched in one query."""
    rows = (
        Annotation.objects.filter(root__in=[thread.root.annotation.pk for thread in threads])
        .annotate(
            readable=Case(When(policy.annotations_visible_to(viewer), Value(True)), default=False),
            stance=stance_of(viewer),
        )
        .select_related("author")
        .prefetch_related("tags", DENIALS)
        .order_by("created_at", "pk")
    )
    by_root: dict[int | None, list[Annotation]] = defaultdict(list)
    for row in rows:
        by_root[row.root_id].append(row)
    return [
        replace(
            thread,
            replies=in_reading_order(
                viewer,
                thread.root.annotation,
                by_root[thread.root.annotation.pk],
                seen_until(marks or {}, thread.place.first_ref if thread.place else ""),
            ),
        )
        for thread in threads
    ]


def in_reading_order(
    viewer: Viewer, root: Annotation, rows: Sequence[Annotation], seen: Seen | None = None
) -> list[Note]:
    """Return replies depth first, oldest first on each level.

    A reply whose words are withheld stays as an empty place when a readable one hangs below it,
    and is left out otherwise. Runs without recursion: a thread may be deeper than Python's stack.
    """
    children: dict[int | None, list[Annotation]] = defaultdict(list)
    by_pk = {row.pk: row for row in rows}
    for row in rows:
        children[row.parent_id].append(row)
    needed: set[int] = set()
    for row in rows:
        at: Annotation | None = row if getattr(row, "readable", True) else None
        while at is not None and at.pk not in needed:
            needed.add(at.pk)
            at = by_pk.get(at.parent_id or 0)
    notes: list[Note] = []
    stack = [(child, 1) for child in reversed(children[root.pk])]
    while stack:
        row, depth = stack.pop()
        if row.pk not in needed:
            continue
        unread = has_news(seen, (row.pk, row.created_at)) and not policy.is_author(viewer, row)
        answers = by_pk.get(row.parent_id or 0)
        if answers is not None and not getattr(answers, "readable", True):
            answers = None
        notes.append(as_note(viewer, row, depth=depth, is_unread=unread, answers=answers))
        stack.extend((child, depth + 1) for child in reversed(children[row.pk]))
    return notes
