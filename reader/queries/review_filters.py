"""Which threads a reviewer wants to see at the desk."""

from dataclasses import dataclass, fields
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from reader import policy
from reader.models import (
    Annotation,
    CampaignMembership,
    Disposition,
    Document,
    Edition,
    Label,
    Motivation,
    Status,
)
from reader.policy import Viewer
from reader.queries.contested import contested_roots
from reader.queries.threads import BARE

UNDECIDED, DECIDED, REPLIED, UNANSWERED = "undecided", "decided", "replied", "unanswered"
ME, NOBODY = "me", "nobody"
LEAVE_NOTHING_OUT = ("unread_since", "is_unfolded")


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; empty fields ask for nothing.

    ``first`` and ``last`` are references of blocks, ``state`` is one of the names above or an
    outcome, ``assigned`` is ``me``, ``nobody`` or a username; ``edition`` the number of the edition
    since whose publication it must be written; ``unread_since`` when the last visit ended;
    ``is_unfolded`` whether every copy of a form letter is listed.
    """

    first: str = ""
    last: str = ""
    motivation: str = ""
    tag: str = ""
    author: str = ""
    group: str = ""
    language: str = ""
    status: str = ""
    state: str = ""
    assigned: str = ""
    campaign: int | None = None
    is_unread: bool = False
    is_contested: bool = False
    is_unfolded: bool = False
    unread_since: datetime | None = None
    edition: int | None = None

    @property
    def are_set(self) -> bool:
        """Whether anything is left out."""
        values = ((one.name, getattr(self, one.name)) for one in fields(self))
        return any(value for name, value in values if name not in LEAVE_NOTHING_OUT)

    @property
    def has_range(self) -> bool:
        """Whether only some paragraphs are asked for: what has no place is in no range."""
        return bool(self.first or self.last)


def threads_wanted(viewer: Viewer, document: Document, filters: Filters) -> Q:
    """Return the condition for the roots that the desk lists for the viewer; the range is apart."""
    wanted = _discussed(viewer) & _about(viewer, document, filters)
    return wanted & _standing(viewer, document, filters)


def _discussed(viewer: Viewer) -> Q:
    """Return the condition for threads under review in which somebody has said something."""
    answers = Annotation.objects.filter(policy.annotations_visible_to(viewer), root=OuterRef("pk"))
    return policy.threads_under_review(viewer) & (~BARE | Q(Exists(answers)))


def _about(viewer: Viewer, document: Document, filters: Filters) -> Q:
    """Return the condition for what a thread is: its kind, words, people, place in a campaign."""
    plain = {
        "motivation": filters.motivation,
        "group__slug": filters.group,
        "language": filters.language,
    }
    condition = Q(**{name: value for name, value in plain.items() if value})
    readable = policy.annotations_visible_to(viewer)
    if filters.edition:
        since = Edition.objects.filter(document=document, number=filters.edition)
        condition &= Q(created_at__gte=Subquery(since.values("published_at")))
    if filters.tag:
        condition &= _tagged(readable, filters.tag)
    if filters.author:
        condition &= _with_author(readable, filters.author)
    if filters.status:
        condition &= Q(status=filters.status) & readable
    if filters.campaign:
        places = CampaignMembership.objects.filter(campaign=filters.campaign, is_apart=False)
        condition &= Q(pk__in=places.values("annotation"))
    return condition


def _tagged(readable: Q, tag: str) -> Q:
    by_author = Annotation.tags.through.objects.filter(tag__name=tag).values("annotation_id")
    by_reviewer = Label.objects.filter(tag__name=tag).values("annotation_id")
    return (readable & Q(pk__in=by_author)) | Q(pk__in=by_reviewer)


def _with_author(readable: Q, username: str) -> Q:
    """Return the condition for threads that somebody began or answered in."""
    written = Annotation.objects.filter(readable, author__username=username)
    return Q(pk__in=written.values("pk")) | Q(pk__in=written.values("root"))


def _standing(viewer: Viewer, document: Document, filters: Filters) -> Q:
    """Return the condition for where a thread stands: decided, assigned, contested, unread."""
    condition = _in_state(viewer, filters.state) if filters.state else Q()
    if filters.is_contested:
        condition &= contested_roots(document)
    if filters.assigned == NOBODY:
        condition &= Q(assignment__isnull=True)
    elif filters.assigned:
        named = Q(assignment__assignee__username=filters.assigned)
        mine = Q(assignment__assignee_id=viewer.pk)
        condition &= mine if filters.assigned == ME else named
    if filters.is_unread:
        condition &= _news(viewer, filters.unread_since)
    return condition


def _in_state(viewer: Viewer, state: str) -> Q:
    standing = Disposition.objects.filter(annotation=OuterRef("pk"), withdrawn_at__isnull=True)
    if state == DECIDED:
        return Q(Exists(standing))
    if state == UNDECIDED:
        return ~Q(Exists(standing))
    if state == UNANSWERED:
        by_others = _answers(viewer).exclude(author=OuterRef("author"))
        question = Q(motivation=Motivation.QUESTIONING)
        return question & ~Q(Exists(standing)) & ~Q(Exists(by_others))
    if state == REPLIED:
        # From the decision to the replies and not the other way: an index leads there.
        later = standing.filter(
            annotation__replies__created_at__gt=F("decided_at"),
            annotation__replies__status=Status.APPROVED,
            annotation__replies__deleted_at__isnull=True,
        )
        return Q(Exists(later))
    return Q(Exists(standing.filter(outcome=state)))


def _answers(viewer: Viewer) -> QuerySet[Annotation]:
    return Annotation.objects.filter(policy.annotations_visible_to(viewer), root=OuterRef("pk"))


def _news(viewer: Viewer, since: datetime | None) -> Q:
    """Return the condition for threads in which others wrote since; without a time, at all."""
    later = Q(created_at__gt=since) if since else Q()
    others = policy.annotations_visible_to(viewer) & ~Q(author_id=viewer.pk) & later
    written = Annotation.objects.filter(others, root=OuterRef("pk"))
    return others | Q(Exists(written))
