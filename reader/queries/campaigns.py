"""Form letters at the review desk: one card for many threads, and who the many are.

Places in campaigns are hints (:mod:`reader.actions.campaign_places`). Everything here counts and
shows what its viewer may see, and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    JSONField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import JSONObject

from reader import policy
from reader.models import (
    Annotation,
    CampaignMembership,
    Disposition,
    Document,
)
from reader.policy import Viewer
from reader.queries.dispositions import STANDING, thread_states
from reader.queries.threads import Note, as_note
from reader.text import similarity
from reader.text.similarity import Letter

SAMPLE = 24  # members that a letter is told from


@dataclass(frozen=True, slots=True)
class Folded:
    """What a card says of the campaign that its thread is in.

    ``others`` say nearly the same; ``undecided``, with this one, wait for a decision; ``adding``
    more have words of their own and stand at the desk themselves. ``is_outlier``: so does this one,
    and counts nothing.
    """

    pk: int
    others: int = 0
    undecided: int = 0
    adding: int = 0
    is_outlier: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A thread of a campaign with the state that a decision is bound to.

    ``adds`` are the words that it has and the letter has not.
    """

    note: Note
    state: str
    adds: Sequence[str]
    is_outlier: bool
    is_apart: bool

    @property
    def standing(self) -> Disposition | None:
        """The decision that stands, if any."""
        answers: list[Disposition] = getattr(self.note.annotation, "answers", [])
        return answers[0] if answers else None


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many threads of a campaign its viewer may see, by what they are."""

    same: int
    adding: int
    apart: int
    undecided: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.same + self.adding + self.apart


def one_of_each(viewer: Viewer, document: Document, passing: Q, *, shown: str = "") -> Q:
    """Return the condition that leaves one root of each campaign: the first of those that pass.

    Those that add something of their own stay, and so do those that were taken out by hand.

    Args:
        viewer: who looks.
        document: of which all roots are.
        passing: what else the roots must fulfil, the same as in the list that is folded.
        shown: the uid of a root that stays in any case.
    """
    readable = Annotation.objects.filter(policy.annotations_visible_to(viewer))
    roots = readable.filter(passing, pk=OuterRef("annotation_id"))
    first = (
        CampaignMembership.objects.filter(Exists(roots), campaign__document=document)
        .filter(is_outlier=False, is_apart=False)
        .order_by()
        .values("campaign")
        .annotate(first=Min("annotation"))
        .values("first")
    )
    folding = readable.filter(campaign_place__is_outlier=False, campaign_place__is_apart=False)
    condition = ~Q(Exists(folding.filter(pk=OuterRef("pk")))) | Q(pk__in=first)
    return condition | Q(uid=shown) if shown else condition


def fold_fields(viewer: Viewer, *, are_folded: bool) -> dict[str, Any]:
    """Return what to annotate roots with so that :func:`fold_of` can say what their cards say.

    Where every copy has its card, none of them counts the others.
    """
    inside = _members(viewer).filter(campaign=OuterRef("campaign_place__campaign"), is_apart=False)
    standing = Disposition.objects.filter(
        annotation=OuterRef("annotation_id"), withdrawn_at__isnull=True
    )
    folding = Q(is_outlier=False)
    sizes = inside.values("campaign").annotate(
        sizes=JSONObject(
            same=Count("pk", filter=folding),
            undecided=Count("pk", filter=folding & ~Q(Exists(standing))),
            adding=Count("pk", filter=~folding),
        )
    )
    others = inside.exclude(annotation=OuterRef("pk"))
    folds = {"campaign_place__is_apart": False, "campaign_place__is_outlier": False}
    if not are_folded:
        return {"fold_sizes": Value(None, JSONField()), "fold_others": Exists(others)}
    return {
        "fold_sizes": Case(
            When(**folds, then=Subquery(sizes.values("sizes"))),
            default=None,
            output_field=JSONField(),
        ),
        "fold_others": Exists(others),
    }


def fold_of(row: Any) -> Folded | None:
    """Return what a card says of its campaign, if there is one that its viewer may see more of.

    The row has :func:`fold_fields`, and its place in a campaign.
    """
    place: CampaignMembership | None = getattr(row, "campaign_place", None)
    if place is None or place.is_apart or not getattr(row, "fold_others", False):
        return None
    if place.is_outlier or not row.fold_sizes:
        return Folded(place.campaign_id, is_outlier=place.is_outlier)
    sizes: dict[str, int] = row.fold_sizes
    return Folded(place.campaign_id, sizes["same"] - 1, sizes["undecided"], sizes["adding"])


def sizes_of(viewer: Viewer, document: Document, pk: int) -> Sizes:
    """Return the numbers of members of a campaign of the document; 0 where there is none."""
    standing = Disposition.objects.filter(
        annotation=OuterRef("annotation_id"), withdrawn_at__isnull=True
    )
    inside = Q(is_apart=False)
    members = _members(viewer).filter(campaign=pk, campaign__document=document)
    counted = members.aggregate(
        same=Count("pk", filter=inside & Q(is_outlier=False)),
        adding=Count("pk", filter=inside & Q(is_outlier=True)),
        apart=Count("pk", filter=Q(is_apart=True)),
        undecided=Count("pk", filter=inside & ~Q(Exists(standing))),
    )
    return Sizes(**counted)


def letter_of(viewer: Viewer, document: Document, pk: int) -> tuple[Note | None, Letter]:
    """Return the thread that shows the letter best, and what the members have in common.

    That is the first that adds nothing of its own; None where all do.
    """
    rows = _threads(viewer, document, pk).filter(campaign_place__is_apart=False)
    sample = list(rows.order_by("campaign_place__is_outlier", "pk")[:SAMPLE])
    if not sample:
        return None, Letter.of([])
    letter = Letter.of([similarity.read(_words(row)) for row in sample])
    return as_note(viewer, sample[0]), letter


def members_of(
    viewer: Viewer, document: Document, pk: int, letter: Letter, part: slice
) -> list[Member]:
    """Return a part of the members: those that add something, then the others.

    Last come those that were taken out by hand.
    """
    order = ["campaign_place__is_apart", "-campaign_place__is_outlier", "pk"]
    rows = _threads(viewer, document, pk).prefetch_related(STANDING).order_by(*order)[part]
    threads = list(rows)
    states = thread_states(viewer, [row.pk for row in threads])
    return [
        Member(
            as_note(viewer, row),
            states[row.pk],
            _added(row, letter),
            row.campaign_place.is_outlier,
            row.campaign_place.is_apart,
        )
        for row in threads
    ]


def undecided_in(viewer: Viewer, document: Document, pk: int, limit: int) -> list[str]:
    """Return the uids of members that wait for a decision and add nothing of their own."""
    standing = Disposition.objects.filter(annotation=OuterRef("pk"), withdrawn_at__isnull=True)
    rows = _threads(viewer, document, pk).filter(
        ~Q(Exists(standing)), campaign_place__is_apart=False, campaign_place__is_outlier=False
    )
    return list(rows.order_by("pk").values_list("uid", flat=True)[:limit])


def _readable(viewer: Viewer) -> Q:
    return policy.threads_under_review(viewer) & policy.annotations_visible_to(viewer)


def _members(viewer: Viewer) -> QuerySet[CampaignMembership]:
    """Return the places of threads whose words the viewer may read."""
    roots = Annotation.objects.filter(_readable(viewer), pk=OuterRef("annotation_id"))
    return CampaignMembership.objects.filter(Exists(roots)).order_by()


def _threads(viewer: Viewer, document: Document, pk: int) -> QuerySet[Annotation]:
    rows = Annotation.objects.filter(
        _readable(viewer), campaign_place__campaign=pk, document=document
    )
    return rows.select_related("author", "group", "campaign_place")


def _words(annotation: Annotation) -> str:
    return f"{annotation.body}\n\n{annotation.replacement or ''}"


def _added(annotation: Annotation, letter: Letter) -> list[str]:
    words = _words(annotation)
    return similarity.excerpts(words, letter.own_runs(similarity.read(words)))
