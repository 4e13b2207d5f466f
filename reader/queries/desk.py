"""The editor's desk: what an edition does to the text and to every annotation, case by case.

Only what the viewer may read is shown or counted. The caller has checked that they may edit.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, F, Q, QuerySet

from reader import policy
from reader.models import Anchor, Annotation, Edition
from reader.policy import Viewer
from reader.queries.carrying import BATCH, Span, carrier_between, mark_of
from reader.queries.desk_plan import plan_of
from reader.queries.dispositions import taken_up_by
from reader.queries.editions import edition_before
from reader.text.anchoring import Resolution, Verdict

DOUBTFUL = (Verdict.FUZZY, Verdict.ORPHANED)


class Show(StrEnum):
    """Which cases are shown."""

    OPEN = "open"
    FUZZY = "fuzzy"
    ORPHANED = "orphaned"
    DECIDED = "decided"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Entry:
    """A root whose place an editor should look at, or has looked at.

    ``was`` is its span in the text before. ``is_old``: an editor left it without a passage in an
    earlier edition, and nothing has come back since.
    """

    annotation_id: int
    resolution: Resolution
    was: Span | None
    is_decided: bool
    is_old: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it waits for an editor."""
        return not self.is_decided and not self.is_old

    @property
    def mark(self) -> str:
        """What a form carries to say how the case stood when its editor saw it."""
        return mark_of(self.resolution, decided=self.is_decided)

    @property
    def kind(self) -> tuple[Verdict, bool, bool]:
        """What filters look at."""
        return self.resolution.verdict, self.is_decided, self.is_old

    def is_in(self, show: Show) -> bool:
        """Whether the filter shows it."""
        if show == Show.ALL:
            return True
        if self.is_decided:
            return show == Show.DECIDED
        if show == Show.OPEN:
            return self.is_open
        return self.resolution.verdict == str(show)


@dataclass(frozen=True, slots=True)
class Desk:
    """What lies on the desk for one edition.

    ``entries`` are in the order of the text before, decided ones last. ``counts`` says how many
    annotations get which verdict, without the ``adopted`` ones, which are named: suggestions that
    the text takes up.
    """

    edition: Edition
    base: Edition | None
    entries: Sequence[Entry]
    counts: dict[str, int]
    adopted: Sequence[int]

    def shown(self, show: Show) -> list[Entry]:
        """Return the entries that the filter shows."""
        return [entry for entry in self.entries if entry.is_in(show)]

    def tally(self) -> dict[str, int]:
        """Return how many entries each filter shows."""
        alike = {one.kind: one for one in self.entries}
        counted = Counter(one.kind for one in self.entries)
        return {
            str(show): sum(n for kind, n in counted.items() if alike[kind].is_in(show))
            for show in Show
        }

    def entry_of(self, annotation_id: int) -> Entry | None:
        """Return a root's entry."""
        return next((one for one in self.entries if one.annotation_id == annotation_id), None)

    def next_open(self, shown: Sequence[Entry], annotation_id: int) -> Entry | None:
        """Return the open entry that follows a root's, the first one where it was the last."""
        here = self.entry_of(annotation_id)
        waiting = [entry for entry in shown if entry.is_open]
        later = (one for one in waiting if here and _in_text(one) > _in_text(here))
        return next(later, None) or next(iter(waiting), None)

    @property
    def total(self) -> int:
        """How many annotations there are."""
        return sum(self.counts.values()) + len(self.adopted)


def desk_of(viewer: Viewer, edition: Edition) -> Desk:
    """Return what lies on the desk for a draft or the current edition, in constant queries."""
    base = edition_before(edition)
    if base is None:
        return Desk(edition, None, [], {}, [])
    adopted, entries, counted = (_of_draft if edition.is_draft else _of_published)(
        viewer, edition, base
    )
    entries.sort(key=lambda entry: (entry.is_decided, *_in_text(entry)))
    counts = {str(verdict): counted[str(verdict)] for verdict in Verdict}
    return Desk(edition, base, entries, counts, adopted)


def compare_ahead(edition: Edition) -> None:
    """Compare the texts now, so that a decision does not do it while it holds up other writers."""
    base = edition_before(edition)
    if base is not None:
        carrier_between(base.text, edition.text)


def _in_text(entry: Entry) -> tuple[bool, int, int]:
    return entry.was is None, entry.was[0] if entry.was else 0, entry.annotation_id


_Found = tuple[list[int], list[Entry], Counter[str]]


def _readable(viewer: Viewer, edition: Edition) -> QuerySet[Annotation]:
    return Annotation.objects.filter(
        policy.threads_visible_to(viewer), document=edition.document_id
    )


def find_root(viewer: Viewer, edition: Edition, uid: str) -> Annotation | None:
    """Return the root of a thread in the edition's document that has something to show them."""
    found = _readable(viewer, edition).filter(uid=uid).select_related("document").first()
    if found is not None:
        found.document = edition.document
    return found


def _taken_up(edition: Edition) -> set[int]:
    """Return the suggestions whose words are in the edition: their place follows from the text."""
    rows = taken_up_by(edition).filter(withdrawn_at__isnull=True)
    return set(rows.values_list("annotation_id", flat=True))


def _left_before(base: Edition) -> set[int]:
    """Return what editors left without a passage in the edition before."""
    rows = Anchor.objects.filter(edition=base, first_block__isnull=True, decided_at__isnull=False)
    return set(rows.values_list("annotation_id", flat=True))


def _of_draft(viewer: Viewer, draft: Edition, base: Edition) -> _Found:
    planned = plan_of(draft)
    adopted = _taken_up(draft) | planned.adopted
    counted: Counter[str] = Counter()
    entries: list[Entry] = []
    taken: list[int] = []
    rows = _readable(viewer, draft).values_list("pk", flat=True)
    for pk in rows.iterator(chunk_size=BATCH):
        one = planned.carried.get(pk)
        if one is None:
            continue
        if pk in adopted:
            taken.append(pk)
            continue
        found = one.resolution
        counted[str(found.verdict)] += 1
        if one.decided or found.verdict in DOUBTFUL:
            is_old = not one.decided and found.start is None and one.left
            entries.append(Entry(pk, found, one.was, one.decided, is_old))
    return taken, entries, counted


def _of_published(viewer: Viewer, edition: Edition, base: Edition) -> _Found:
    here = Anchor.objects.filter(edition=edition, annotation__in=_readable(viewer, edition))
    taken_up = _taken_up(edition)
    adopted = here.filter(annotation__in=taken_up)
    others = here.exclude(annotation__in=taken_up)
    counted = Counter(dict(others.order_by().values_list("verdict").annotate(n=Count("pk"))))
    cases = others.filter(Q(verdict__in=DOUBTFUL) | Q(decided_at__isnull=False))
    before = Anchor.objects.filter(edition=base, annotation__in=cases.values("annotation"))
    was = {pk: span for pk, span, *_rest in _spans(before)}
    left = _left_before(base)
    entries = []
    for pk, span, verdict, score, is_decided in _spans(cases):
        resolution = Resolution(Verdict(verdict), score, *(span or (None, None)))
        is_old = not is_decided and span is None and pk in left
        entries.append(Entry(pk, resolution, was.get(pk), is_decided, is_old))
    return list(adopted.values_list("annotation_id", flat=True)), entries, counted


def _spans(anchors: QuerySet[Anchor]) -> Iterable[tuple[int, Span | None, str, float, bool]]:
    rows = anchors.annotate(
        at=F("first_block__start") + F("start"), until=F("last_block__start") + F("end")
    ).values_list("annotation_id", "at", "until", "verdict", "score", "decided_at")
    for pk, at, until, verdict, score, decided_at in rows:
        span = None if at is None else (at, until)
        yield pk, span, verdict, score, decided_at is not None


def roots_in(edition: Edition) -> int:
    """Return how many roots publishing the edition would carry, whoever may read them."""
    return Annotation.objects.filter(document=edition.document_id, parent__isnull=True).count()


def decisions_in(edition: Edition) -> int:
    """Return how many decisions of editors go when the draft is discarded."""
    decided = Anchor.objects.filter(edition=edition, decided_at__isnull=False)
    return decided.exclude(annotation__in=_taken_up(edition)).count()
