"""Who decides what stays up."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from reader.models import (
    Annotation,
    Appeal,
    Decision,
    Document,
    DocumentRole,
    Flag,
    Status,
    User,
    Visibility,
)
from reader.policy.documents import documents_in_role, has_role, of_documents_visible_to
from reader.policy.factors import lacks_factor
from reader.policy.groups import RUNNING, check_may_run, groups_of
from reader.policy.standing import check_may_write
from reader.policy.viewers import Refused, Viewer

RESTRICTING = frozenset(
    {Decision.Act.WARN, Decision.Act.LIMIT, Decision.Act.SUSPEND, Decision.Act.CLOSE}
)


def may_moderate_everywhere(viewer: Viewer) -> bool:
    """Whether the viewer moderates all documents (a permission, given by the group Moderators)."""
    may = viewer.is_active and viewer.has_perm("reader.moderate_annotation")
    return may and not lacks_factor(viewer)


def may_moderate(viewer: Viewer, document: Document) -> bool:
    """Whether the viewer decides on annotations of this document."""
    if may_moderate_everywhere(viewer):
        return True
    return has_role(viewer, document, [DocumentRole.Role.MODERATOR])


def documents_moderated_by(viewer: Viewer) -> Q:
    """Return :func:`may_moderate` as the condition for documents."""
    if may_moderate_everywhere(viewer):
        return Q()
    return Q(pk__in=documents_in_role(viewer, DocumentRole.Role.MODERATOR))


def moderates_anything(viewer: Viewer) -> bool:
    """Whether there is a document whose annotations the viewer moderates."""
    if may_moderate_everywhere(viewer):
        return True
    return viewer.is_active and documents_in_role(viewer, DocumentRole.Role.MODERATOR).exists()


def moderated_annotations(viewer: Viewer) -> Q:
    """Return the condition for annotations the viewer may decide on.

    Moderators of a document: what is public in it. Those who run a group: what was written for it,
    which nobody else decides on, since nobody else reads it. Nobody: what is private or deleted.
    """
    return moderated_in_public(viewer) | moderated_in_groups(viewer)


def moderated_in_public(viewer: Viewer) -> Q:
    """Return the condition for what the viewer decides on as a moderator of its document.

    That is all there is in the admin: what was written for a group is decided on in the group.
    """
    public = Q(visibility=Visibility.PUBLIC, deleted_at__isnull=True)
    if may_moderate_everywhere(viewer):
        return public
    return public & Q(document_id__in=documents_in_role(viewer, DocumentRole.Role.MODERATOR))


def moderated_in_groups(viewer: Viewer) -> Q:
    """Return the condition for what the viewer decides on as somebody who runs its group."""
    if not (viewer.is_authenticated and viewer.is_active):
        return Q(pk__in=[])
    run = groups_of(viewer, *RUNNING)
    return Q(visibility=Visibility.GROUP, group_id__in=run, deleted_at__isnull=True)


def check_may_decide(viewer: Viewer, annotation: Annotation) -> None:
    """Pass silently when the viewer may take a moderator's decision on the annotation.

    Raises:
        Refused: with the reason.
    """
    if annotation.visibility == Visibility.GROUP and annotation.group is not None:
        check_may_run(viewer, annotation.group)
    elif not may_moderate(viewer, annotation.document):
        raise Refused(_("Only a moderator of this document can decide."))
    elif annotation.visibility != Visibility.PUBLIC:
        raise Refused(_("Moderators decide on public annotations only."))
    check_may_write(viewer)
    if annotation.is_deleted:
        raise Refused(_("Its author has deleted this annotation meanwhile."))
    is_own = annotation.visibility == Visibility.PUBLIC and annotation.author_id == viewer.pk
    if is_own and _was_refused_by_another(viewer, annotation):
        raise Refused(_("Another moderator decided on this, and it is yours: you can appeal."))


def _was_refused_by_another(viewer: Viewer, annotation: Annotation) -> bool:
    """Whether the last that was decided about it for everybody is another's no."""
    decided = annotation.decisions.filter(for_group__isnull=True).order_by("-pk").first()
    if decided is None or decided.after == Status.APPROVED:
        return False
    return viewer.pk not in {decided.actor_id, decided.actor_number}


def check_may_sanction(viewer: Viewer, person: User) -> None:
    """Pass silently when the viewer may warn or restrict the person, on the whole site.

    Raises:
        Refused: with the reason.
    """
    if not may_moderate_everywhere(viewer):
        raise Refused(_("Only a moderator of the whole site can do this."))
    check_may_write(viewer)
    if person.pk == viewer.pk:
        raise Refused(_("Nobody decides on themselves."))
    protected = person.is_superuser or may_moderate_everywhere(person)
    if protected and not viewer.is_superuser:
        raise Refused(_("Only an administrator can do this to a moderator."))
    if person.kind == User.Kind.GUEST:
        raise Refused(_("A guest has no account. Decide on what they wrote."))


def check_may_appeal(viewer: Viewer, decision: Decision) -> None:
    """Pass silently when the decision told the viewer no, so that they may appeal against it.

    That is the author of what was denied, somebody who reported what was kept, and whoever was
    warned or restricted. Once for each decision: that is the table's constraint.

    Raises:
        Refused: with the reason.
    """
    if not (viewer.is_authenticated and viewer.is_active and told_no(viewer, decision)):
        raise Refused(_("One appeals against a decision that concerns oneself."))
    if hasattr(decision, "undone_by"):
        raise Refused(_("This decision was taken back already."))
    if decision.for_group is not None:
        raise Refused(_("A group decides for itself: ask those who run it."))
    if not is_open_to_appeal(decision):
        raise Refused(_("This stands no more as it was decided: there is nothing to appeal."))


def is_open_to_appeal(decision: Decision) -> bool:
    """Whether the decision can be appealed against by those to whom it said no.

    It was not taken back, is not a group's own, and what it was about stands as it was decided.
    """
    if hasattr(decision, "undone_by") or decision.for_group is not None:
        return False
    if decision.act in RESTRICTING:
        return True
    annotation = decision.annotation
    return (
        annotation is not None and not annotation.is_deleted and annotation.status == decision.after
    )


def told_no(viewer: Viewer, decision: Decision) -> bool:
    """Whether the decision says no to the viewer."""
    if decision.act in RESTRICTING:
        return decision.person_id == viewer.pk
    if decision.act in {Decision.Act.DENY, Decision.Act.SPAM}:
        return decision.annotation is not None and decision.annotation.author_id == viewer.pk
    if decision.act == Decision.Act.APPROVE:
        kept = decision.flags.filter(reporter_id=viewer.pk, resolution=Flag.Resolution.KEPT)
        return kept.exists()
    return False


def check_may_judge(viewer: Viewer, appeal: Appeal) -> None:
    """Pass silently when the viewer may judge the appeal: another one than who decided.

    Raises:
        Refused: with the reason.
    """
    decision = appeal.decision
    judged = Appeal.objects.filter(appeals_visible_to(viewer), pk=appeal.pk)
    if not (viewer.is_authenticated and viewer.is_active and judged.exists()):
        raise Refused(_("Only a moderator of this document can judge this."))
    if viewer.pk in {decision.actor_number, decision.actor_id}:
        raise Refused(_("You took this decision: another moderator must judge the appeal."))
    if viewer.pk in {appeal.appellant_id, decision.person_id}:
        raise Refused(_("Nobody judges their own appeal."))
    if decision.annotation is not None and decision.annotation.author_id == viewer.pk:
        raise Refused(_("This is about what you wrote: another moderator must judge the appeal."))
    check_may_write(viewer)


def appeals_visible_to(viewer: Viewer) -> Q:
    """Return the condition for appeals that the viewer may read as a moderator."""
    public = Q(decision__for_group__isnull=True)
    if may_moderate_everywhere(viewer):
        return public
    documents = documents_in_role(viewer, DocumentRole.Role.MODERATOR)
    return public & Q(decision__document_id__in=documents)


def reports_visible_to(viewer: Viewer) -> Q:
    """Return the condition for reports the viewer may read as a moderator of the documents."""
    reported = Annotation.objects.filter(moderated_in_public(viewer), pk=OuterRef("annotation"))
    return Q(Exists(reported), for_group__isnull=True)


def group_reports_visible_to(viewer: Viewer) -> Q:
    """Return the condition for reports the viewer may read as somebody who runs the group."""
    return Q(for_group=F("annotation__group"), for_group__in=groups_of(viewer, *RUNNING))


def decisions_visible_to(viewer: Viewer) -> Q:
    """Return the condition for decisions in the log that the viewer may read.

    Whoever moderates everywhere reads the whole log, also about what exists no more: it holds
    reasons and names, no annotation's words. What was decided in a group is the group's.
    """
    public = Q(for_group__isnull=True)
    if may_moderate_everywhere(viewer):
        return public
    documents = documents_in_role(viewer, DocumentRole.Role.MODERATOR)
    return public & Q(annotation__document_id__in=documents)


def decisions_in_public_record() -> Q:
    """Return the condition for decisions that the public record lists, the same for everybody.

    They are about restrictions of people, or about what was public when it was decided on and is
    not private or a group's now, in documents that everybody reads. How much of a row is told is
    for :mod:`reader.queries.public_record`.
    """
    still_public = Q(annotation__isnull=True) | Q(annotation__visibility=Visibility.PUBLIC)
    about_people = Q(person_number__isnull=False)
    in_the_open = Q(document__isnull=False) & of_documents_visible_to(AnonymousUser())
    return Q(for_group__isnull=True) & still_public & (about_people | in_the_open)
