"""What the site holds: that it is complete, and in whose hands it is."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q
from django.utils import timezone

from reader import policy
from reader.actions.demo import PASSWORD, SIGN_INS
from reader.management.doctor import Finding, fail, first_row, ok, warn
from reader.models import Document, DocumentRole, User, Webhook, WebhookDelivery
from reader.queries import decision_log
from reader.search.index import ANNOTATIONS, BLOCKS

LATE = timedelta(minutes=5)  # that a message may be due and not be on its way
MANY_ADMINISTRATORS = 10


def administrators() -> Iterator[Finding]:
    """Look at how many may do everything."""
    count = User.objects.filter(is_superuser=True, is_active=True).count()
    if not count:
        yield warn("administrators", "There are none: run `manage.py createsuperuser`.")
    elif count > MANY_ADMINISTRATORS:
        said = f"{count} people may do everything: make most of them Moderators or Editors."
        yield warn("administrators", said)
    else:
        yield ok("administrators", f"{count} may do everything.")


def second_steps() -> Iterator[Finding]:
    """Look at how many of those who decide sign in with a password alone, where that is not enough.

    Their rights are asleep: they cannot do any harm, and neither can they do their work.
    """
    name = "second step"
    if settings.SECOND_FACTOR_FOR == policy.NOBODY:
        yield ok(name, "Nobody needs one.")
        return
    moderates = Q(document_roles__role=DocumentRole.Role.MODERATOR)
    moderates |= Q(groups__permissions__codename="moderate_annotation")
    moderates |= Q(user_permissions__codename="moderate_annotation")
    bare = User.objects.filter(~Exists(policy.factors().filter(user_id=OuterRef("pk"))))
    bare = bare.filter(is_active=True, kind=User.Kind.PERSON)
    administrators = bare.filter(is_superuser=True).count()
    moderators = bare.filter(moderates, is_superuser=False).distinct().count()
    if administrators or moderators:
        yield warn(
            name,
            f"{administrators} administrators and {moderators} moderators have none, and cannot"
            " decide until they set one up in their settings.",
        )
    else:
        yield ok(name, "Everybody who decides has one.")


def demo_accounts() -> Iterator[Finding]:
    """Look at whether accounts are open to everybody who has read the README."""
    name = "demo accounts"
    people = User.objects.filter(username__in=SIGN_INS, is_active=True)
    known = [person.username for person in people if person.check_password(PASSWORD)]
    if not known:
        yield ok(name, "Nobody has the well-known password.")
    elif settings.IS_LOOPBACK:
        yield ok(name, "They are there, and only this machine reaches them.")
    else:
        yield fail(
            name,
            f"Everybody knows the password of {', '.join(known)}: close these accounts in the"
            " admin, or begin with `make serve` and an empty data folder.",
        )


def events() -> Iterator[Finding]:
    """Look at whether each document's events are numbered without a gap."""
    wrong = (
        Document.objects.annotate(
            count=Count("events"), first=Min("events__number"), last=Max("events__number")
        )
        .exclude(Q(count=0, last_event=0) | Q(count=F("last_event"), first=1, last=F("last_event")))
        .values_list("slug", flat=True)
    )
    slugs = list(wrong[:5])
    if slugs:
        said = f"Events are missing in {', '.join(slugs)}: restore a backup, and tell us."
        yield fail("events", said)
    else:
        yield ok("events", "They are numbered without a gap.")


def search_index() -> Iterator[Finding]:
    """Look at whether everything that is said can be found."""
    key = "rowid" if connection.vendor == "sqlite" else "id"
    missing = (
        "SELECT count(*) FROM reader_annotation said WHERE deleted_at IS NULL AND NOT EXISTS"  # noqa: S608 -- our own names
        f" (SELECT 1 FROM {ANNOTATIONS} WHERE {ANNOTATIONS}.{key} = said.id)"
    )
    missing_text = (
        "SELECT count(*) FROM reader_block said JOIN reader_document"  # noqa: S608 -- likewise
        " ON reader_document.current_edition_id = said.edition_id WHERE NOT EXISTS"
        f" (SELECT 1 FROM {BLOCKS} WHERE {BLOCKS}.{key} = said.id)"
    )
    with connection.cursor() as cursor:
        count = first_row(cursor, missing)[0] + first_row(cursor, missing_text)[0]
    if count:
        said = f"{count:,} pieces of text cannot be found: run `manage.py rebuild_search`."
        yield fail("search", said)
    else:
        yield ok("search", "Everything can be found.")


def decisions() -> Iterator[Finding]:
    """Look at whether the moderators' log is as it was written."""
    found = decision_log.first_fault()
    if found is not None:
        yield fail(
            "decisions",
            f"{found}: somebody changed the database past Postil; compare with a backup,"
            " `manage.py verify_log` tells more.",
        )
    else:
        count = decision_log.head().count
        yield ok("decisions", f"The moderators' log is unbroken, {count:,} rows.")


def webhooks() -> Iterator[Finding]:
    """Look at whether somebody sends what webhooks are to be told."""
    name = "webhooks"
    active = Webhook.objects.filter(is_active=True).count()
    open_ones = WebhookDelivery.objects.filter(
        webhook__is_active=True, delivered_at=None, dead_at=None
    )
    late = open_ones.filter(next_attempt_at__lt=timezone.now() - LATE).count()
    given_up = WebhookDelivery.objects.filter(webhook__is_active=True).exclude(dead_at=None).count()
    if late:
        yield fail(
            name,
            f"{late:,} messages are due and nobody sends them: run the site with `start`, or"
            " `manage.py deliver_webhooks --watch` beside it.",
        )
    elif given_up:
        said = f"{given_up:,} messages were given up: see the admin's webhook deliveries."
        yield warn(name, said)
    else:
        yield ok(name, f"{active} are told, and nothing waits.")


CHECKS = [
    administrators,
    second_steps,
    demo_accounts,
    events,
    search_index,
    decisions,
    webhooks,
]
