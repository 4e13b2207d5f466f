"""What publishing a draft does to every annotation: where each would stand, and how sure that is.

Nothing here asks who may know it: a plan is for the editors of the document and for publishing.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from threading import Lock
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from reader import policy
from reader.models import Anchor, Annotation, Document, Edition
from reader.policy import Viewer
from reader.queries.dispositions import ADOPTABLE, open_acceptances
from reader.text.anchoring import ORPHAN, Carrier, Resolution, Verdict, resolve
from reader.text.selectors import TextQuoteSelector

Progress = Callable[[int, int], None]
Span = tuple[int, int]
_TURN = Lock()
BATCH = 2_000  # rows between two words about the progress
BACK_AGAIN = 0.9  # words that were gone must be found with this score to have come back
BETWEEN = 3  # characters on either side of words that were taken up which must be as before
STRUCK_BETWEEN = 8  # the same for words that were struck: only their neighbours tell


@dataclass(frozen=True, slots=True)
class Carried:
    """Where a root stands in the draft; spans in code points of each edition's text.

    ``was`` is its place in the current edition, None for what has none there, and ``sure`` how
    likely that is right. ``decided``: an editor has said so, and not the machine. ``left``: an
    editor has left it without a passage in the current edition.
    """

    annotation_id: int
    resolution: Resolution
    was: Span | None
    decided: bool
    sure: float = 1.0
    left: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What publishing ``draft`` over ``base``, the current edition, does to every root.

    ``kept`` are those whose anchor in the draft is saved already, ``adopted`` those whose
    suggested words the draft, made elsewhere, has taken up.
    """

    base: Edition
    draft: Edition
    carried: dict[int, Carried] = field(default_factory=dict)
    kept: frozenset[int] = frozenset()
    adopted: frozenset[int] = frozenset()


@lru_cache(maxsize=2)
def carrier_between(old: str, new: str) -> Carrier:
    """Return the comparison of two texts; the last ones are kept, they cost a second or so."""
    return Carrier(old, new)


def carry(carrier: Carrier, span: Span) -> Resolution:
    """Return where a span of the older text stands in the newer one.

    One thread at a time: a carrier counts words when it first has to, and this one is shared.
    """
    with _TURN:
        found = carrier.carry_span(*span)
    if found.start is None or not carrier.new[found.start : found.end].strip():
        return ORPHAN
    return found


def plan(
    draft: Edition,
    progress: Progress | None = None,
    *,
    only: Collection[int] | None = None,
    known: Plan | None = None,
    base: Edition | None = None,
) -> Plan:
    """Return where every root would stand, in a constant number of queries.

    Args:
        draft: what would be published.
        progress: told how many roots are done, of how many.
        only: the ids of the roots asked for; all without it.
        known: an earlier plan for the same texts. What has not changed since is taken from it.
        base: the edition to carry from; the current one without it.

    Raises:
        Edition.DoesNotExist: the document has no current edition.
    """
    base = base or draft.document.current_edition
    if base is None:
        raise Edition.DoesNotExist
    carrier = carrier_between(base.text, draft.text)
    kept = _kept(draft, only)
    total = _roots(draft.document, only).count() if progress else 0
    earlier = known.carried if known else {}
    carried: dict[int, Carried] = {}
    for one in _carried(carrier, base, only, earlier):
        carried[one.annotation_id] = one
        if progress and len(carried) % BATCH == 0:
            progress(len(carried), total)
    for pk, one in kept.items():
        there = carried.get(pk)
        carried[pk] = (
            replace(one, was=there.was, sure=there.sure, left=there.left) if there else one
        )
    adopted = _adopted(base, draft, carried, set(carried) - set(kept))
    if progress:
        progress(total, total)
    return Plan(base, draft, carried, frozenset(kept), adopted)


def counts(viewer: Viewer, planned: Plan) -> dict[str, int]:
    """Return how many of the roots that the viewer may read get each verdict."""
    readable = Annotation.objects.filter(
        policy.threads_visible_to(viewer), document=planned.draft.document_id
    )
    counted: Counter[str] = Counter(
        str(planned.carried[pk].resolution.verdict)
        for pk in readable.values_list("pk", flat=True).iterator(chunk_size=BATCH)
        if pk in planned.carried
    )
    return {str(verdict): counted[str(verdict)] for verdict in Verdict}


def mark_of(place: Resolution, *, decided: bool) -> str:
    """Return what a form carries to say how a root's place stood when its editor saw it."""
    return f"{'decided' if decided else 'open'}:{place.start}-{place.end}"


def span_of(row: Anchor) -> Span | None:
    """Return the anchor's span in its edition's text. Select its blocks along with it."""
    if row.first_block is None or row.last_block is None or row.start is None or row.end is None:
        return None
    return row.first_block.start + row.start, row.last_block.start + row.end


def _roots(document: Document, only: Collection[int] | None) -> QuerySet[Annotation]:
    rows = Annotation.objects.filter(document=document, parent__isnull=True)
    return rows if only is None else rows.filter(pk__in=only)


def _kept(draft: Edition, only: Collection[int] | None) -> dict[int, Carried]:
    """Return what is settled in the draft: decided by editors, or made on it before an undoing."""
    rows = settled(draft).select_related("first_block", "last_block")
    rows = rows.defer("first_block__text", "last_block__text")
    if only is not None:
        rows = rows.filter(annotation__in=only)
    found: dict[int, Carried] = {}
    for row in rows.iterator(chunk_size=BATCH):
        start, end = span_of(row) or (None, None)
        resolution = Resolution(Verdict(row.verdict), row.score, start, end)
        found[row.annotation_id] = Carried(
            row.annotation_id, resolution, None, decided=row.decided_at is not None
        )
    return found


def settled(edition: Edition) -> QuerySet[Anchor]:
    """Return the anchors that no machine has put there."""
    return Anchor.objects.filter(
        Q(decided_at__isnull=False) | Q(annotation__edition=edition), edition=edition
    )


def _carried(
    carrier: Carrier,
    base: Edition,
    only: Collection[int] | None,
    earlier: dict[int, Carried],
) -> Iterator[Carried]:
    """Yield every root, those with a place in the current edition first."""
    for pk, start, end, score, verdict in _placed(base, only).iterator(chunk_size=BATCH):
        sure = 1.0 if verdict == Verdict.CONFIRMED else score
        before = earlier.get(pk)
        if before and not before.decided and (before.was, before.sure) == ((start, end), sure):
            yield before
            continue
        found = carry(carrier, (start, end))
        yield Carried(pk, _weighed(found, sure), (start, end), decided=False, sure=sure)
    yield from _lost(carrier, base, only, earlier)


def _placed(base: Edition, only: Collection[int] | None) -> "QuerySet[Any, Any]":
    rows = Anchor.objects.filter(edition=base, first_block__isnull=False).order_by("pk")
    if only is not None:
        rows = rows.filter(annotation__in=only)
    return rows.annotate(
        at=F("first_block__start") + F("start"), until=F("last_block__start") + F("end")
    ).values_list("annotation_id", "at", "until", "score", "verdict")


def _weighed(found: Resolution, sure: float) -> Resolution:
    """Return the place, as likely as it is and the place that it comes from was."""
    return replace(found, score=found.score * sure) if sure < 1 else found


def _lost(
    carrier: Carrier, base: Edition, only: Collection[int] | None, earlier: dict[int, Carried]
) -> Iterator[Carried]:
    """Yield the roots without a place, those whose words are back again with a place."""
    here = Anchor.objects.filter(annotation=OuterRef("pk"), edition=base)
    rows = (
        _roots(base.document, only)
        .exclude(Exists(here.filter(first_block__isnull=False)))
        .annotate(is_decided=Exists(here.filter(decided_at__isnull=False)))
        .order_by("pk")
        .values_list("pk", "exact", "prefix", "suffix", "is_decided")
    )
    may_return = bool(carrier.alignment.new_gaps())
    for pk, exact, prefix, suffix, is_decided in rows.iterator(chunk_size=BATCH):
        before = earlier.get(pk)
        is_known = before and not before.decided and before.was is None
        if before and is_known and before.left == is_decided:
            yield before
            continue
        found = ORPHAN
        if may_return and not is_decided:
            found = _come_back(carrier, TextQuoteSelector(exact, prefix, suffix))
        yield Carried(pk, found, None, decided=False, left=is_decided)


def _come_back(carrier: Carrier, quote: TextQuoteSelector) -> Resolution:
    """Return where words stand that the older text did not have, if that is beyond doubt."""
    if not quote.exact or quote.exact not in carrier.new:
        return ORPHAN
    found = resolve(carrier.new, quote)
    if found.score < BACK_AGAIN or resolve(carrier.old, quote).score >= BACK_AGAIN:
        return ORPHAN
    return found


def _adopted(
    base: Edition, draft: Edition, carried: dict[int, Carried], free: set[int]
) -> frozenset[int]:
    """Give the accepted suggestions that a text made elsewhere took up their place; return them.

    What collects suggestions has put them in itself and has decided anchors for them.
    """
    if draft.origin != Edition.Origin.FILE:
        return frozenset()
    waiting = open_acceptances(draft.document).filter(ADOPTABLE, addressed_in__isnull=True)
    adopted: set[int] = set()
    for pk, words in waiting.values_list("annotation_id", "annotation__replacement"):
        if pk not in free or words is None:
            continue
        one = carried[pk]
        found = _taken_up(base.text, draft.text, one, words.strip())
        if found is not None:
            carried[pk] = replace(one, resolution=found, decided=True)
            adopted.add(pk)
    return frozenset(adopted)


def _taken_up(old: str, new: str, one: Carried, words: str) -> Resolution | None:
    """Return the place of suggested words that the new text has between the same neighbours."""
    if one.was is None:
        return None
    before, after = old[: one.was[0]], old[one.was[1] :]
    if not words:
        before, after = before.rstrip()[-STRUCK_BETWEEN:], after.lstrip()[:STRUCK_BETWEEN]
        begins, ends = re.escape(before) or r"\A", re.escape(after) or r"\Z"
        closed_up = re.compile(rf"{begins}\s*{ends}")
        is_gone = one.resolution.start is None
        return ORPHAN if is_gone and closed_up.search(new) and not closed_up.search(old) else None
    start, end = one.resolution.start, one.resolution.end
    if start is None or end is None or new[start:end] == old[slice(*one.was)]:
        return None
    sought = before[-BETWEEN:] + words + after[:BETWEEN]
    at = new.find(sought, max(0, start - len(sought)), end + len(sought))
    if at < 0:
        return None
    at += len(before[-BETWEEN:])
    return Resolution(Verdict.CONFIRMED, 1.0, at, at + len(words))
