"""Making and replacing annotations from what a client sent."""

from typing import Any

from django.utils.translation import gettext as _

from reader import policy
from reader.actions import annotations as acts
from reader.actions import replacing
from reader.actions.passages import Selectors
from reader.actions.wording import Wording
from reader.api.idempotency import check_same
from reader.api.w3c.reading import Sent, bad, read
from reader.models import Annotation, AsSent, Document, Group, User, Visibility
from reader.queries import w3c
from reader.queries.addresses import document_at
from reader.queries.w3c import Json
from reader.queries.w3c_containers import Container
from reader.queries.w3c_kept import AT


def create(person: User, container: Container, data: Any, key: str | None) -> Annotation:
    """Put an annotation into a container and return it.

    ``key`` is what :func:`reader.api.idempotency.key_of` returns.

    Raises:
        ValidationError: it cannot be understood, or is not about anything here.
        Annotation.DoesNotExist: it answers what the person may not see.
        policy.Refused, Invalid, Conflict, TooMany: as the actions have it.
    """
    sent = read(data)
    keep = AsSent(protocol=AsSent.Protocol.W3C, data=_named_as_sent(sent))
    wording = _wording(sent)
    parent = _answered(person, container, sent, keep)
    if parent is not None:
        made = acts.reply(
            author=person, parent=parent, wording=wording, as_sent=keep, client_key=key
        )
    else:
        visibility, group = _readers(person, sent, container.group)
        made = acts.create_annotation(
            author=person,
            document=_document(person, container, sent, keep),
            motivation=sent.note.motivation,
            passage=Selectors(sent.reading(keep.data[AT]).selectors),
            wording=wording,
            visibility=visibility,
            group=group,
            as_sent=keep,
            client_key=key,
        )
    check_same(made, keep, key)
    return made


def _named_as_sent(sent: Sent) -> Json:
    """Return what is kept, with the client's own name for it as the canonical one."""
    kept = dict(sent.kept)
    if sent.id:
        via = [one for one in [*sent.via, sent.id] if one]
        kept.setdefault("canonical", sent.id)
        kept["via"] = via if len(via) > 1 else via[0]
    return kept


def _wording(sent: Sent) -> Wording:
    note = sent.note
    return Wording(note.body, note.replacement, list(note.tags))


def _answered(person: User, container: Container, sent: Sent, keep: AsSent) -> Annotation | None:
    """Return the annotation that is answered, if it is about one.

    Raises:
        Annotation.DoesNotExist: there is none that the person may read, or not in this container.
    """
    for at, address in enumerate(sent.sources):
        uid = w3c.uid_in(address)
        if uid is None:
            continue
        keep.data[AT] = at
        found = w3c.find(person, uid)
        if container.document is not None and found.document_id != container.document.pk:
            raise Annotation.DoesNotExist
        if container.group is not None and found.group_id != container.group.pk:
            raise Annotation.DoesNotExist
        return found
    return None


def _document(person: User, container: Container, sent: Sent, keep: AsSent) -> Document:
    """Return the document that one of the targets is about, and note which.

    Raises:
        ValidationError: none is about one that the container can hold.
    """
    for at, address in enumerate(sent.sources):
        document = document_at(person, address)
        if document is None:
            continue
        if container.document is not None and document.pk != container.document.pk:
            continue
        keep.data[AT] = at
        return document
    if container.document is not None:
        raise bad("target", _("This is not the address of the document of this container."))
    raise bad("target", _("This is not the address of a document on this site."))


def _readers(person: User, sent: Sent, group: Group | None) -> tuple[str, Group | None]:
    """Return who may read a new annotation.

    Raises:
        ValidationError: there is no such group that the person is in, or it is another one.
    """
    wanted = sent.visibility or (Visibility.GROUP if group else Visibility.PUBLIC)
    if wanted == Visibility.GROUP and group is None:
        group = _group(person, sent.group)
    elif group is not None and wanted != Visibility.GROUP:
        message = _("What is put into a group's container is for the group.")
        raise bad("postil:visibility", message)
    return wanted, group


def _group(person: User, slug: str) -> Group:
    mine = Group.objects.filter(pk__in=policy.groups_of(person))
    found = mine.filter(slug=slug).first()
    if found is None:
        raise bad("postil:group", _("You are in no such group."))
    return found


def replace(person: User, annotation: Annotation, shown: Json, data: Any) -> Annotation:
    """Replace an annotation by what was sent and return it.

    Args:
        person: its author.
        annotation: what is replaced.
        shown: as it is given now.
        data: what was sent.

    Raises:
        ValidationError: it cannot be understood, or is another annotation, or about another one.
        policy.Refused, Invalid, Conflict: as the actions have it.
    """
    sent = read(data)
    if sent.id and w3c.uid_in(sent.id) != annotation.uid and sent.id != shown.get("canonical"):
        raise bad("id", _("This is not the id of the annotation that it was sent to."))
    keep = AsSent(protocol=AsSent.Protocol.W3C, data=dict(sent.kept))
    for name in ("canonical", "via"):
        if name in shown:  # given once and for all
            keep.data[name] = shown[name]
    keep.data[AT] = _same_thing(person, annotation, sent)
    visibility, group = _new_readers(person, annotation, sent)
    moves = annotation.is_root and keep.data[AT] >= 0 and sent.target != shown.get("target")
    rows = sent.reading(keep.data[AT]).selectors if moves else ()
    keep.data[AT] = max(keep.data[AT], 0)
    return replacing.replace_annotation(
        editor=person,
        annotation=annotation,
        version=annotation.version,
        wording=_wording(sent),
        visibility=visibility,
        group=group,
        passage=Selectors(rows) if rows else None,
        as_sent=keep,
    )


def _same_thing(person: User, annotation: Annotation, sent: Sent) -> int:
    """Return which target is what the annotation is about; -1 for none of them.

    The W3C's own test gives a remark on a whole page the address of another page by PUT, and wants
    it back. So that is taken, for remarks on no passage alone: it is kept and given back, and the
    annotation stays with its document. A document that the person may not read is elsewhere too,
    or the answer would tell that it is there.

    Raises:
        ValidationError: they are about another document or annotation, or it is on a passage.
    """
    parent = annotation.parent.uid if annotation.parent is not None else None
    for at, address in enumerate(sent.sources):
        uid = w3c.uid_in(address)
        if uid is not None and uid == parent:
            return at
        if parent is None and uid is None:
            document = document_at(person, address)
            if document is not None and document.pk == annotation.document_id:
                return at
    if parent is not None:
        raise bad("target", _("What an annotation answers cannot be changed."))
    is_placed = annotation.start is not None or bool(annotation.exact)
    if is_placed or any(w3c.uid_in(one) or document_at(person, one) for one in sent.sources):
        raise bad("target", _("An annotation stays with its document."))
    return -1


def _new_readers(
    person: User, annotation: Annotation, sent: Sent
) -> tuple[str | None, Group | None]:
    """Return the new visibility and group; None where it stays as it is."""
    if not annotation.is_root or not sent.visibility:
        return None, None
    if sent.visibility != Visibility.GROUP:
        return sent.visibility, None
    if annotation.group is not None and sent.group in ("", annotation.group.slug):
        return Visibility.GROUP, annotation.group
    return Visibility.GROUP, _group(person, sent.group)
