"""Which blocks of an edition somebody sees otherwise than any other reader does."""

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from reader import policy
from reader.models import Anchor, Annotation, Document, Edition, Reaction, Status, User, Visibility
from reader.policy import Viewer
from reader.queries.read_until import nearest, read_marks
from reader.queries.sections import Section

SHARED = Q(
    visibility=Visibility.PUBLIC,
    status=Status.APPROVED,
    deleted_at__isnull=True,
)


def any_reader(kind: str) -> User:
    """Return somebody of this kind who has written, read and joined nothing.

    What is drawn for them may be shown to all others of the kind, but for the blocks that
    :func:`personal_positions` names.
    """
    return User(pk=0, kind=kind)


def personal_positions(
    viewer: Viewer, document: Document, edition: Edition, section: Section
) -> set[int]:
    """Return the positions of the blocks to draw for this viewer alone, in one or two queries.

    These are the ones with something of their own, something that not everybody may read,
    something they reacted to, or something written since they last read.
    """
    if not viewer.is_authenticated:
        return set()
    written = Annotation.objects.filter(
        policy.annotations_visible_to(viewer), document_id=document.pk
    )
    own = ~SHARED | Q(author_id=viewer.pk)
    marks = read_marks(viewer, document.pk)
    if marks:
        own |= (marks.get("") or nearest(marks.values())).before()
    reacted = Reaction.objects.filter(person_id=viewer.pk, annotation__document=document.pk)
    own_threads = written.filter(own).values(thread=Coalesce("root_id", "pk"))
    threads_with_stance = reacted.values(thread=Coalesce("annotation__root_id", "annotation"))
    anchors = Anchor.objects.filter(
        Q(annotation__in=own_threads) | Q(annotation__in=threads_with_stance),
        edition=edition,
        first_block__position__lte=section.last,
        last_block__position__gte=section.first,
    ).annotate(first=F("first_block__position"), until=F("last_block__position"))
    return {
        position
        for first, last in anchors.values_list("first", "until")
        for position in range(max(first, section.first), min(last, section.last) + 1)
    }
