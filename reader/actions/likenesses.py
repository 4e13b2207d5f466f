"""What is kept of an annotation's words to find others like it, and the finding."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet

from reader import ready_made
from reader.models import Annotation, CampaignMembership, Document, Likeness, Visibility
from reader.text import similarity
from reader.text.similarity import NOWHERE, Said, Source

MOST_A_BAND = 8  # a band's first ones are enough to be found by, however many share it
MOST_COMPARED = 12
PLACE = ("campaign", "is_outlier", "is_apart")

COMPARED = Q(parent__isnull=True, deleted_at__isnull=True) & ~Q(visibility=Visibility.PRIVATE)
"""Roots whose words are compared: what somebody keeps to themselves is compared with nothing."""


@dataclass(frozen=True, slots=True)
class Found:
    """An annotation as it is compared, and its place in a campaign, if it has one."""

    pk: int
    said: Said
    campaign: int | None
    is_outlier: bool = False
    is_apart: bool = False


def source_of(document: Document) -> Source:
    """Return what is known of the document's words, so that quotations are told from own words."""
    edition = document.current_edition
    return _prepared(edition.text) if edition is not None else NOWHERE


@lru_cache(4)
def _prepared(text: str) -> Source:
    return Source.of(text)


_read = lru_cache(256)(similarity.read)


def read(body: str, replacement: str | None, source: Source) -> Said:
    """Prepare what an annotation says, with the wording that it suggests, for comparison."""
    return _read(f"{body}\n\n{replacement}" if replacement else body, source)


def said_by(pks: Collection[int], source: Source) -> list[Found]:
    """Return those of the annotations that are compared, in the order of their ids."""
    if not pks:
        return []
    found = ready_made.rows("said", _compared, *ready_made.padded(list(pks)))
    return [
        Found(pk, read(body, new, source), campaign, bool(is_outlier), bool(is_apart))
        for pk, body, new, campaign, is_outlier, is_apart in found
    ]


def _compared(*pks: int) -> "QuerySet[Annotation, tuple[Any, ...]]":
    rows = Annotation.objects.filter(COMPARED, pk__in=pks).order_by("pk")
    names = ("pk", "body", "replacement", *(f"campaign_place__{name}" for name in PLACE))
    return rows.values_list(*names)


def candidates(document: Document, pk: int, bands: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return the ids that share most bands with an annotation, and the bands that have room."""
    found = ready_made.rows("alike", _sharing, document.pk, pk, *bands)
    shared = Counter(annotation for annotation, _value in found)
    taken = Counter(value for _annotation, value in found)
    most = sorted(shared, key=lambda one: (-shared[one], one))[:MOST_COMPARED]
    return most, [at for at, value in enumerate(bands) if taken[value] < MOST_A_BAND]


def _sharing(document: int, pk: int, *bands: int) -> "QuerySet[Likeness, tuple[int, int]]":
    rows = Likeness.objects.filter(
        document=document, band__in=range(len(bands)), value__in=bands
    ).exclude(annotation=pk)
    return rows.order_by().values_list("annotation_id", "value")


def remember(document: Document, pk: int, bands: Sequence[int], room: Iterable[int]) -> None:
    """Keep the bands of an annotation that have room."""
    Likeness.objects.bulk_create(
        [Likeness(annotation_id=pk, document=document, band=at, value=bands[at]) for at in room]
    )


def forget(pks: Collection[int]) -> bool:
    """Keep nothing of the annotations' words, and return whether anything was kept."""
    gone, _tables = Likeness.objects.filter(annotation__in=pks).delete()
    return bool(gone)


def hand_over(document: Document, campaign: int, count: int) -> None:
    """Let so many other members be found by their bands, in place of those that left."""
    unknown = CampaignMembership.objects.filter(
        campaign=campaign, annotation__likenesses__isnull=True
    )
    pks = list(unknown.order_by("annotation_id").values_list("annotation_id", flat=True)[:count])
    for found in said_by(pks, source_of(document)):
        bands = found.said.bands()
        _others, room = candidates(document, found.pk, bands)
        remember(document, found.pk, bands, room)
