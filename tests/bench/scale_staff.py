"""The people who look after the sites of ``tests.bench.scale``."""

from django.contrib.auth.models import Permission

from reader.models import Document, DocumentRole, User
from tests.bench import scale_site
from tests.bench.wordy_site import write

READER = "person-7"
REVIEWER = "scale-reviewer"  # of a hundred documents
DEPUTY = "scale-deputy"  # moderates a hundred documents
MODERATOR, OPERATOR = "scale-moderator", "scale-operator"  # of the whole site


def make_staff() -> None:
    """Make the people who look after the site, unless they are there."""
    known = list(Document.objects.order_by("pk").values_list("pk", flat=True)[: scale_site.PATTERN])
    for name, role in ((REVIEWER, "reviewer"), (DEPUTY, "moderator")):
        person, is_new = User.objects.get_or_create(username=name, defaults={"is_staff": True})
        if is_new:
            write(
                DocumentRole,
                ({"user_id": person.pk, "document_id": pk, "role": role} for pk in known),
            )
    moderator, _is_new = User.objects.get_or_create(username=MODERATOR, defaults={"is_staff": True})
    moderator.user_permissions.set(Permission.objects.filter(content_type__app_label="reader"))
    User.objects.get_or_create(username=OPERATOR, defaults={"is_staff": True, "is_superuser": True})
