"""The review desk: threads down the text, a window at a time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case, Prefetch, Q, Value, When

from reader import policy
from reader.models import (
    Anchor,
    Annotation,
    Assignment,
    Disposition,
    Document,
    Edition,
    Group,
    Label,
    User,
)
from reader.policy import Viewer
from reader.queries import campaigns
from reader.queries import threads as thread_queries
from reader.queries.block_views import BlockView, Mark
from reader.queries.campaigns import Folded
from reader.queries.dispositions import STANDING
from reader.queries.read_until import Seen
from reader.queries.reading import past
from reader.queries.review_filters import Filters, threads_wanted
from reader.queries.review_places import (
    BEGINNING,
    END_OF_TEXT,
    Cursor,
    anchors_from,
    stands_in_range,
)
from reader.queries.threads import Place, Thread
from reader.text.segments import Span

THREADS_A_WINDOW = 8
LATEST = 3  # replies shown in a card at once: the last ones
LABELS = Prefetch("labels", queryset=Label.objects.select_related("tag"), to_attr="labelled")


@dataclass(frozen=True, slots=True)
class DeskThread:
    """A thread as a card of the desk.

    ``state`` is what a decision is bound to (:func:`reader.queries.dispositions.thread_states`),
    ``earlier`` the number of replies before those that are shown.
    """

    thread: Thread
    state: str
    earlier: int = 0
    labels: Sequence[str] = ()
    assignee: User | None = None
    group: Group | None = None
    fold: Folded | None = None

    @property
    def standing(self) -> Disposition | None:
        """The decision that stands, if any."""
        answers: list[Disposition] = getattr(self.thread.root.annotation, "answers", [])
        return answers[0] if answers else None


@dataclass(slots=True)
class Stretch:
    """A paragraph with its marks and the window's threads on it; None: those without a place.

    ``skipped`` are the numbers of the first and last paragraph before it that have no such thread.
    """

    view: BlockView | None
    threads: list[DeskThread] = field(default_factory=list)
    skipped: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the desk, and where its neighbours go on from, where there are any."""

    stretches: Sequence[Stretch]
    before: Cursor | None = None
    after: Cursor | None = None


def window(
    viewer: Viewer,
    document: Document,
    edition: Edition,
    filters: Filters,
    cursor: Cursor = BEGINNING,
    *,
    has_orphans: bool = False,
    since: datetime | None = None,
    shown: str = "",
    has_campaigns: bool = True,
) -> Window:
    """Return the threads that come next from a cursor, in the order of the text.

    Reading goes by place and not by number, so that the last window costs what the first one
    does, and a thread that is decided meanwhile shifts nothing. What others wrote after ``since``
    is shown as new. Of a form letter's copies one is listed, and the one whose uid is ``shown``;
    where the document has no campaigns, nothing is asked about them.
    """
    wanted = threads_wanted(viewer, document, filters)
    are_folded = has_campaigns and not (filters.is_unfolded or filters.campaign)
    if are_folded:
        here = stands_in_range(edition, filters)
        wanted &= campaigns.one_of_each(viewer, document, wanted & here, shown=shown)
    anchors = anchors_from(edition, wanted, filters, cursor, THREADS_A_WINDOW + 1)
    has_more, anchors = len(anchors) > THREADS_A_WINDOW, anchors[:THREADS_A_WINDOW]
    if cursor.backwards:
        anchors.reverse()
    about = campaigns.fold_fields(viewer, are_folded=are_folded) if has_campaigns else {}
    cards = _cards(viewer, anchors, since, LATEST, about)
    stretches = _stretches(document, edition, anchors, cards)
    before, after = _neighbours(cursor, anchors, has_more=has_more, has_orphans=has_orphans)
    return Window(stretches, before, after)


def _neighbours(
    cursor: Cursor, anchors: Sequence[Anchor], *, has_more: bool, has_orphans: bool
) -> tuple[Cursor | None, Cursor | None]:
    if not anchors:
        return (None, Cursor() if has_orphans and cursor.position is not None else None)
    before: Cursor | None = _cursor_of(anchors[0], backwards=True)
    after: Cursor | None = _cursor_of(anchors[-1])
    in_text = cursor.position is not None
    if not in_text and (not has_more if cursor.backwards else cursor.pk == 0):
        before = END_OF_TEXT
    elif in_text and (not has_more if cursor.backwards else cursor.is_beginning):
        before = None
    if not cursor.backwards and not has_more:
        after = Cursor() if in_text and has_orphans else None
    return before, after


def _cursor_of(anchor: Anchor, *, backwards: bool = False) -> Cursor:
    position = anchor.first_block.position if anchor.first_block else None
    return Cursor(position, anchor.start or 0, anchor.annotation_id, backwards)


def one_thread(viewer: Viewer, root: Annotation, edition: Edition) -> DeskThread:
    """Return one thread as a card of the desk, with all its replies.

    Raises:
        Annotation.DoesNotExist: it is not under review for this viewer.
    """
    if not Annotation.objects.filter(policy.threads_under_review(viewer), pk=root.pk).exists():
        raise Annotation.DoesNotExist
    rows = Anchor.objects.filter(edition=edition, annotation=root)
    anchors = list(rows.select_related("first_block", "last_block"))
    return _cards(viewer, anchors, None, None, campaigns.fold_fields(viewer, are_folded=True))[0]


def _cards(
    viewer: Viewer,
    anchors: Sequence[Anchor],
    since: datetime | None,
    latest: int | None,
    about_folds: dict[str, Any],
) -> list[DeskThread]:
    """Return the threads of the anchors' annotations, roots and replies from one query.

    ``about_folds``: what :func:`reader.queries.campaigns.fold_fields` says, or nothing.
    """
    pks = [anchor.annotation_id for anchor in anchors]
    rows: Any = (
        Annotation.objects.filter(Q(pk__in=pks) | Q(root__in=pks))
        .annotate(
            readable=Case(When(policy.annotations_visible_to(viewer), Value(True)), default=False),
            **about_folds,
        )
        .select_related("author", "group", "assignment__assignee", "campaign_place")
        .prefetch_related("tags", LABELS, STANDING)
        .order_by("created_at", "pk")
    )
    by_root: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        by_root[row.root_id or row.pk].append(row)
    return [
        _card(viewer, anchor, by_root[anchor.annotation_id], since, latest) for anchor in anchors
    ]


def _card(
    viewer: Viewer,
    anchor: Anchor,
    rows: Sequence[Any],
    since: datetime | None,
    latest: int | None,
) -> DeskThread:
    root = next(row for row in rows if row.pk == anchor.annotation_id)
    answers = [row for row in rows if row is not root]
    readable = [row for row in rows if row.readable]
    news = [
        row for row in readable if since and row.created_at > since and not _is_own(viewer, row)
    ]
    seen = Seen(at=since) if since else None
    replies = thread_queries.in_reading_order(viewer, root, answers, seen)
    earlier = max(0, len(replies) - latest) if latest is not None else 0
    place = None
    if anchor.first_block and anchor.last_block:
        place = Place(
            anchor.first_block.ref, anchor.start or 0, anchor.last_block.ref, anchor.end or 0
        )
    thread = Thread(
        root=thread_queries.as_note(viewer, root, is_unread=root in news),
        place=place,
        reply_count=sum(row is not root for row in readable),
        last_at=max((row.created_at for row in readable), default=root.created_at),
        is_unread=bool(news),
        replies=replies[earlier:],
        verdict=anchor.verdict,
    )
    assignment: Assignment | None = getattr(root, "assignment", None)
    return DeskThread(
        thread,
        state=_state(root, readable),
        earlier=earlier,
        labels=[label.tag.name for label in root.labelled],
        assignee=assignment.assignee if assignment else None,
        group=root.group,
        fold=campaigns.fold_of(root),
    )


def _is_own(viewer: Viewer, row: Annotation) -> bool:
    return policy.is_author(viewer, row)


def _state(root: Any, readable: Sequence[Annotation]) -> str:
    """Return what :func:`reader.queries.dispositions.thread_states` does, from rows at hand."""
    pks, versions = [row.pk for row in readable], [row.version for row in readable]
    words = f"{len(pks)}.{max(pks)}.{sum(versions)}" if pks else ""
    return f"{words}-{root.answers[0].pk if root.answers else 0}"


def _stretches(
    document: Document,
    edition: Edition,
    anchors: Sequence[Anchor],
    cards: Sequence[DeskThread],
) -> list[Stretch]:
    """Gather the threads under their paragraphs, each drawn with its marks."""
    stretches: list[Stretch] = []
    number: int | None = None
    for anchor, card in zip(anchors, cards, strict=True):
        block = anchor.first_block
        last = stretches[-1].view if stretches else None
        if block is not None and (last is None or last.block.pk != block.pk):
            here = block.number
            has_gap = number is not None and here is not None and here > number + 1
            gap = (number + 1, here - 1) if has_gap and number and here else None
            stretches.append(Stretch(BlockView(block, document, past(document, edition)), [], gap))
            number = here or number
        elif block is None and not stretches:
            stretches.append(Stretch(None))
        stretches[-1].threads.append(card)
    _draw([one.view for one in stretches if one.view is not None], anchors, cards)
    return stretches


def _draw(
    views: Sequence[BlockView],
    anchors: Sequence[Anchor],
    cards: Sequence[DeskThread],
) -> None:
    """Mark in the paragraphs what the window's threads are about, and nothing else."""
    for anchor, card in zip(anchors, cards, strict=True):
        first, last = anchor.first_block, anchor.last_block
        if first is None or last is None:
            continue
        note = card.thread.root
        for view in views:
            at = view.block.position
            if first.position <= at <= last.position:
                begins = anchor.start or 0 if first.position == at else 0
                ends = anchor.end or 0 if last.position == at else len(view.block.text)
                view.spans.append(Span(begins, ends, len(view.marks)))
                view.marks.append(Mark(note.annotation.motivation, is_mine=note.is_mine))
