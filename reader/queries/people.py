"""Profiles: who is shown to whom, and what there is of them."""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from reader import policy
from reader.models import Annotation, Flag, Membership, User
from reader.policy import Viewer


@dataclass(frozen=True, slots=True)
class Counts:
    """How much somebody wrote, as the viewer may see it."""

    annotations: int
    replies: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """What an account holds, and so what goes with it.

    ``answered`` counts the annotations whose empty place stays, as others replied to them.
    """

    annotations: int
    replies: int
    answered: int
    reports: int
    memberships: int

    @property
    def written(self) -> int:
        """How many annotations there are in all, replies among them."""
        return self.annotations + self.replies


def goes_by(pk: int, login: str) -> bool:
    """Whether this account is signed in to under this username or e-mail address."""
    called = Q(username=login) | Q(email__iexact=login) | Q(emailaddress__email__iexact=login)
    return User.objects.filter(called, pk=pk).exists()


def find_person(viewer: Viewer, username: str) -> User:
    """Return somebody who has a profile for the viewer.

    A guest, and somebody who may no longer sign in, has one as long as the viewer may read
    something that they wrote.

    Raises:
        User.DoesNotExist: there is nobody of that name, or nothing to show: nobody can tell which.
    """
    person = User.objects.get(username=username.lower())
    is_member = person.is_active and person.kind == User.Kind.PERSON
    if not is_member and person.pk != viewer.pk and not _readable(viewer, person).exists():
        raise User.DoesNotExist
    return person


def counts_of(viewer: Viewer, person: User) -> Counts:
    """Return how much the viewer may read of what the person wrote."""
    written = _readable(viewer, person).aggregate(
        annotations=Count("pk", filter=Q(parent__isnull=True)),
        replies=Count("pk", filter=Q(parent__isnull=False)),
    )
    return Counts(**written)


def _readable(viewer: Viewer, person: User) -> QuerySet[Annotation]:
    return Annotation.objects.filter(policy.annotations_visible_to(viewer), author=person)


def holdings_of(person: User) -> Holdings:
    """Return the numbers to tell somebody before they erase their account."""
    answers = Annotation.objects.filter(parent=OuterRef("pk"), deleted_at=None)
    mine = person.annotations.filter(deleted_at=None)
    written = mine.aggregate(
        annotations=Count("pk", filter=Q(parent__isnull=True)),
        replies=Count("pk", filter=Q(parent__isnull=False)),
    )
    return Holdings(
        **written,
        answered=mine.filter(Exists(answers.exclude(author=person))).count(),
        reports=Flag.objects.filter(reporter=person).count(),
        memberships=Membership.objects.filter(user=person).count(),
    )
