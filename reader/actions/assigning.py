"""Who of the reviewers takes a thread on, and the labels that they sort threads by."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import events, policy
from reader.actions import notifying, recording
from reader.actions.errors import Invalid
from reader.actions.wording import MAX_TAGS, clean_tags
from reader.models import Annotation, Assignment, Label, Notification, Tag, User


@transaction.atomic
def assign(*, reviewer: User, root: Annotation, assignee: User) -> Assignment:
    """Give a thread to a reviewer, in place of whoever had it, and tell them.

    Giving it to whoever has it changes nothing.

    Raises:
        policy.Refused: the reviewer may not decide this thread.
        Invalid: the assignee may not decide it.
    """
    events.lock(root.document)
    policy.check_may_decide_thread(reviewer, root)
    try:
        policy.check_may_decide_thread(assignee, root)
    except policy.Refused as refusal:
        message = _("%(name)s cannot decide this thread. Choose somebody else.")
        raise Invalid("assignee", message % {"name": assignee.get_full_name()}) from refusal
    standing = Assignment.objects.filter(annotation=root, assignee=assignee).first()
    if standing is not None:
        return standing
    given = {"assignee": assignee, "assigned_by": reviewer, "assigned_at": timezone.now()}
    made, _is_new = Assignment.objects.update_or_create(annotation=root, defaults=given)
    recording.changed(root, "assigned")
    notifying.tell([assignee.pk], Notification.Kind.ASSIGNED, root, reviewer)
    return made


@transaction.atomic
def unassign(*, reviewer: User, root: Annotation) -> None:
    """Let nobody have the thread. When nobody has it, nothing changes.

    Raises:
        policy.Refused: the reviewer may not decide this thread.
    """
    events.lock(root.document)
    policy.check_may_decide_thread(reviewer, root)
    gone, _tables = Assignment.objects.filter(annotation=root).delete()
    if gone:
        recording.changed(root, "assigned")


@transaction.atomic
def label_thread(
    *, reviewer: User, root: Annotation, add: Sequence[str] = (), remove: Sequence[str] = ()
) -> list[str]:
    """Put labels on a thread and take others off; return the names of those that it has then.

    Two who label at the same time therefore keep what each of them added.

    Raises:
        policy.Refused: the reviewer may not decide this thread.
        Invalid: there are too many, or one is too long.
    """
    wanted, unwanted = clean_tags(list(add)), clean_tags(list(remove))
    events.lock(root.document)
    policy.check_may_decide_thread(reviewer, root)
    had = set(root.labels.values_list("tag__name", flat=True))
    names = (had - set(unwanted)) | set(wanted)
    if len(names) > MAX_TAGS:
        raise Invalid("tags", _("At most %(limit)d tags, please.") % {"limit": MAX_TAGS})
    if names == had:
        return sorted(names)
    Tag.objects.bulk_create([Tag(name=name) for name in names - had], ignore_conflicts=True)
    new = Tag.objects.filter(name__in=names - had)
    Label.objects.bulk_create([Label(annotation=root, tag=tag, added_by=reviewer) for tag in new])
    root.labels.filter(tag__name__in=had - names).delete()
    Tag.objects.filter(name__in=had - names, annotations=None, labels=None).delete()
    recording.changed(root, "labelled")
    return sorted(names)
