"""Finding each thread its place in a campaign: among those that say nearly the same.

A place is a hint for showing threads together. Who may see which of them is asked of the policy
when they are shown.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import product
from typing import TYPE_CHECKING

from django.db import transaction

from reader import ready_made
from reader.actions import likenesses
from reader.actions.likenesses import Found
from reader.models import Annotation, Campaign, CampaignMembership, Document, Likeness, Visibility
from reader.text.similarity import Letter, Said, Source, are_alike

if TYPE_CHECKING:
    from django.db.models import QuerySet

RESAID = frozenset({"created", "edited", "imported", "restored"})
"""Changes after which an annotation says something else, or is compared with others or not."""

SAMPLE = 16  # members that stand for all; a smaller campaign is looked at anew each time
AT_ONCE = 500


def place(annotations: Iterable[Annotation], *, are_new: bool = False) -> None:
    """Put roots among their likes as they are now, and take out what is like no other any more.

    Call it inside the transaction of the change, with the annotations as they are saved. What it
    costs does not grow with a campaign. Of those that ``are_new`` nothing is known before.
    """
    for annotation in annotations:
        if annotation.parent_id is not None:
            continue
        if not are_new:
            standing = CampaignMembership.objects.filter(annotation=annotation)
            if standing.filter(is_apart=True).exists():
                continue
            leave(annotation.document, [annotation.pk])
        if annotation.visibility != Visibility.PRIVATE and not annotation.is_deleted:
            source = likenesses.source_of(annotation.document)
            said = likenesses.read(annotation.body, annotation.replacement, source)
            _place(annotation.document, Found(annotation.pk, said, None), source)


def leave(document: Document, pks: Collection[int]) -> None:
    """Take annotations that were deleted out of their campaigns."""
    places = CampaignMembership.objects.filter(annotation__in=pks)
    left: dict[int, int] = defaultdict(int)
    for campaign in places.values_list("campaign_id", flat=True):
        left[campaign] += 1
    places.delete()
    was_known = likenesses.forget(pks)
    for campaign, count in left.items():
        if _dissolved(campaign):
            continue
        if was_known:
            likenesses.hand_over(document, campaign, count)


@transaction.atomic
def rebuild_campaigns(document: Document, progress: Callable[[int], None] | None = None) -> int:
    """Find all threads of a document their places anew, and return how many campaigns there are.

    What a reviewer took out of a campaign stays out.
    """
    places = CampaignMembership.objects.filter(campaign__document=document)
    apart = list(places.filter(is_apart=True).values_list("annotation_id", flat=True))
    Campaign.objects.filter(document=document).delete()
    Likeness.objects.filter(document=document).delete()
    source = likenesses.source_of(document)
    roots = Annotation.objects.filter(likenesses.COMPARED, document=document).order_by("pk")
    pks = list(roots.values_list("pk", flat=True))
    for start in range(0, len(pks), AT_ONCE):
        for found in likenesses.said_by(pks[start : start + AT_ONCE], source):
            _place(document, Found(found.pk, found.said, None), source)
        if progress:
            progress(min(start + AT_ONCE, len(pks)))
    for start in range(0, len(apart), AT_ONCE):
        batch = apart[start : start + AT_ONCE]
        CampaignMembership.objects.filter(annotation__in=batch).update(is_apart=True)
    return Campaign.objects.filter(document=document).count()


def _place(document: Document, new: Found, source: Source) -> None:
    bands = new.said.bands()
    if not bands:
        return
    others, room = likenesses.candidates(document, new.pk, bands)
    likenesses.remember(document, new.pk, bands, room)
    found = likenesses.said_by(others, source) if others else []
    alike = [one for one in found if not one.is_apart and are_alike(new.said, one.said)]
    if alike:
        _join(document, new, alike, source)


def _join(document: Document, new: Found, alike: Sequence[Found], source: Source) -> None:
    """Give the new one a place among those it is like, and them one campaign."""
    samples = {
        campaign: sample
        for campaign in sorted({one.campaign for one in alike if one.campaign is not None})
        if _is_like_most(new.said, sample := _sample(campaign, source))
    }
    campaign, *further = samples or (None,)
    sample = samples[campaign] if campaign is not None else []
    loose = [one for one in alike if one.campaign is None]
    group = [*sample, new]
    for one in loose:
        if _is_like_most(one.said, group):
            group.append(one)
    if len(group) == 1:
        return
    if campaign is None:
        campaign = Campaign.objects.create(document=document).pk
    fresh = [one for one in group if one.campaign is None]
    CampaignMembership.objects.bulk_create(
        [CampaignMembership(annotation_id=one.pk, campaign_id=campaign) for one in fresh]
    )
    for other in further:
        if _are_one(sample, samples[other]):
            CampaignMembership.objects.filter(campaign=other).update(campaign=campaign)
            Campaign.objects.filter(pk=other).delete()
            group += samples[other]
    _find_outliers(group, group if len(sample) < SAMPLE else fresh)


def _sample(campaign: int, source: Source) -> list[Found]:
    return likenesses.said_by(ready_made.rows("sample", _first_members, campaign), source)


def _first_members(campaign: int) -> "QuerySet[CampaignMembership, int]":
    places = CampaignMembership.objects.filter(campaign=campaign, is_apart=False)
    return places.order_by("annotation_id").values_list("annotation_id", flat=True)[:SAMPLE]


def _is_like_most(said: Said, group: Sequence[Found]) -> bool:
    """Whether a text is like at least half of a group: likeness must not wander from one to one."""
    return 2 * sum(are_alike(said, one.said) for one in group) >= len(group)


def _are_one(some: Sequence[Found], others: Sequence[Found]) -> bool:
    """Whether two groups are halves of one, and not merely both like something between them."""
    pairs = list(product(some, others))
    return 2 * sum(are_alike(one.said, other.said) for one, other in pairs) >= len(pairs)


def _find_outliers(group: Sequence[Found], looked_at: Sequence[Found]) -> None:
    """Mark those who add words of their own to what the group says: the new ones, or all of few."""
    letter = Letter.of([one.said for one in group])
    marks: dict[bool, list[int]] = {True: [], False: []}
    for one in looked_at:
        is_outlier = letter.is_outlier(one.said)
        if is_outlier != one.is_outlier:
            marks[is_outlier].append(one.pk)
    for is_outlier, changed in marks.items():
        if changed:
            places = CampaignMembership.objects.filter(annotation__in=changed)
            places.update(is_outlier=is_outlier)


def _dissolved(campaign: int) -> bool:
    """End a campaign that has one member left, and return whether it has ended."""
    if CampaignMembership.objects.filter(campaign=campaign)[:2].count() > 1:
        return False
    Campaign.objects.filter(pk=campaign).delete()
    return True
