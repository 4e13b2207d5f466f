"""Single annotations: making, reading, changing and deleting them, and reporting them."""

from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from reader import policy
from reader.actions import annotations as acts
from reader.actions import changes, moderation, replacing
from reader.actions.wording import Wording, clean_tags
from reader.api.access import person_of, reader_of
from reader.api.hypothesis.base import View, bad, nothing_here
from reader.api.hypothesis.reading import Sent, quotes_anew, read
from reader.api.idempotency import check_same, key_of
from reader.models import (
    Annotation,
    AsSent,
    Document,
    Group,
    Motivation,
    Reason,
    Scope,
    User,
    Visibility,
)
from reader.queries.addresses import document_at
from reader.queries.hypothesis import PUBLIC, Json, find, groupid, present, present_new
from reader.text.markup import is_blank


class Annotations(View):
    """All annotations."""

    def post(self, request: Request) -> Response:
        """Make an annotation, or answer one."""
        person = person_of(request, Scope.WRITE)
        sent = read(request.data)
        document = _document(person, sent)
        keep, key = sent.as_sent(), key_of(request, "hypothesis")
        make = _answer if sent.references else _annotate
        made = make(person, document, sent, keep, key)
        check_same(made, keep, key)
        if keep.pk is not None:  # it was saved by this very request
            return Response(present_new(person, made, clean_tags(sent.tags or [])))
        return Response(present(person, made))


class OneAnnotation(View):
    """One annotation."""

    def get(self, request: Request, uid: str) -> Response:
        """Return it."""
        viewer = reader_of(request)
        return Response(present(viewer, find(viewer, uid)))

    def patch(self, request: Request, uid: str) -> Response:
        """Change what is sent of it, and leave the rest."""
        person = person_of(request, Scope.WRITE)
        annotation = find(person, uid)
        policy.check_may_change(person, annotation)
        changed = _change(person, annotation, read(request.data))
        return Response(present(person, changed))

    def put(self, request: Request, uid: str) -> Response:
        """Change what is sent of it, and leave the rest: the same as PATCH."""
        return self.patch(request, uid)

    def delete(self, request: Request, uid: str) -> Response:
        """Take it back for good."""
        person = person_of(request, Scope.WRITE)
        annotation = find(person, uid)
        changes.delete_annotation(editor=person, annotation=annotation)
        return Response({"id": uid, "deleted": True})


class Flags(View):
    """Reports of one annotation."""

    def put(self, request: Request, uid: str) -> Response:
        """Report it to those who moderate it. These clients ask for no reason."""
        person = person_of(request, Scope.WRITE)
        annotation = find(person, uid)
        moderation.flag(reporter=person, annotation=annotation, reason=Reason.OTHER)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _document(person: User, sent: Sent) -> Document:
    """Return the document that is annotated.

    Raises:
        ValidationError: its address is missing, or of no document here.
    """
    if not sent.uri or not sent.uri.strip():
        raise bad("uri", _("“uri” is a required property."))
    document = document_at(person, sent.uri)
    if document is None:
        raise bad("uri", _("This is not the address of a document on this site."))
    return document


def _annotate(
    person: User, document: Document, sent: Sent, keep: AsSent, key: str | None
) -> Annotation:
    visibility, group = _readers(person, sent.group or PUBLIC, shared=bool(sent.shared))
    text = sent.text or ""
    return acts.create_annotation(
        author=person,
        document=document,
        motivation=_motivation(text),
        passage=sent.selectors(),
        wording=Wording(text, None, sent.tags or []),
        visibility=visibility,
        group=group,
        as_sent=keep,
        client_key=key,
    )


def _readers(person: User, name: str, *, shared: bool) -> tuple[str, Group | None]:
    """Return the visibility and the group.

    Raises:
        ValidationError: there is no such group that the person may write in.
    """
    group = None
    if name != PUBLIC:
        mine = Group.objects.filter(policy.groups_visible_to(person))
        group = mine.filter(slug=name).first()
        if group is None or not policy.role_in(person, group):
            raise bad("group", _("You are in no such group."))
    if not shared:
        return Visibility.PRIVATE, None
    return (Visibility.GROUP, group) if group else (Visibility.PUBLIC, None)


def _answer(
    person: User, document: Document, sent: Sent, keep: AsSent, key: str | None
) -> Annotation:
    assert sent.references  # noqa: S101 -- the caller has looked; for the type checker
    parent = _parent(person, document, sent.references[-1])
    if not sent.shared and parent.visibility != Visibility.PRIVATE:
        message = _("A reply is read by whoever reads its thread. It cannot be for you alone.")
        raise bad("permissions", message)
    wording = Wording(sent.text or "", None, sent.tags or [])
    return acts.reply(author=person, parent=parent, wording=wording, as_sent=keep, client_key=key)


def _parent(person: User, document: Document, uid: str) -> Annotation:
    """Return what is answered.

    Raises:
        NotFound: there is no such annotation in the document that the person may read.
    """
    try:
        parent = find(person, uid)
    except Annotation.DoesNotExist as error:
        raise exceptions.NotFound(nothing_here()) from error
    if parent.document_id != document.pk:
        raise exceptions.NotFound(nothing_here())
    return parent


def _change(person: User, annotation: Annotation, sent: Sent) -> Annotation:
    _check_same(person, annotation, sent)
    shown = present(person, annotation)
    visibility, group = _new_readers(person, annotation, sent)
    text = annotation.body if sent.text is None else sent.text
    tags = shown["tags"] if sent.tags is None else sent.tags
    moves = annotation.is_root and sent.targets is not None
    moves = moves and quotes_anew(sent.targets or [], shown["target"])
    plain = annotation.motivation in (Motivation.HIGHLIGHTING, Motivation.COMMENTING)
    return replacing.replace_annotation(
        editor=person,
        annotation=annotation,
        version=annotation.version,
        wording=Wording(text, annotation.replacement, tags),
        visibility=visibility,
        group=group,
        motivation=_motivation(text) if plain else None,
        passage=sent.selectors() if moves else None,
        as_sent=_kept(annotation, sent, shown),
    )


def _motivation(text: str) -> Motivation:
    return Motivation.HIGHLIGHTING if is_blank(text) else Motivation.COMMENTING


def _check_same(person: User, annotation: Annotation, sent: Sent) -> None:
    """Pass silently when what was sent is about the same document and answers the same annotation.

    Raises:
        ValidationError: it does not.
    """
    if sent.uri is not None and _document(person, sent).pk != annotation.document_id:
        raise bad("uri", _("An annotation stays with its document."))
    if sent.references is None:
        return
    parent = [annotation.parent.uid] if annotation.parent is not None else []
    if annotation.uid in sent.references or sent.references[-1:] != parent:
        raise bad("references", _("What an annotation answers cannot be changed."))


def _new_readers(
    person: User, annotation: Annotation, sent: Sent
) -> tuple[str | None, Group | None]:
    """Return the new visibility and group; None where it stays as it is.

    Raises:
        ValidationError: there is no such group, or it is a reply, which its thread's readers read.
    """
    was_private = annotation.visibility == Visibility.PRIVATE
    shared = not was_private if sent.shared is None else sent.shared
    if not annotation.is_root:
        if not shared and not was_private:
            message = _("A reply is read by whoever reads its thread. It cannot be for you alone.")
            raise bad("permissions", message)
        return None, None
    if sent.shared is None and sent.group is None:
        return None, None
    return _readers(person, sent.group or groupid(annotation), shared=shared)


def _kept(annotation: Annotation, sent: Sent, shown: Json) -> AsSent | None:
    """Return what is kept of what was sent, beside what was kept before; None for that alone."""
    before = AsSent.objects.filter(annotation=annotation).first()
    if before is not None and before.protocol != AsSent.Protocol.HYPOTHESIS:
        return None
    now = sent.as_sent()
    # Clients send the whole; what they were only given is nothing new.
    now.data = {name: value for name, value in now.data.items() if shown.get(name) != value}
    if before is not None and isinstance(before.data, dict):
        now.data = {**before.data, **now.data}
    return now if now.data and (before is None or now.data != before.data) else None
