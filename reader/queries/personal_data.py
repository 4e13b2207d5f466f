"""Everything the site holds about one person, as they may take it with them.

The tables are not listed here: every foreign key to a person is followed, so that a table added
later is in the export from its first day.
"""

# ruff: noqa: SLF001 -- _meta and _base_manager are public in Django, for all their underscore

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.utils import timezone

from reader.models import Annotation, AsSent, Decision, Edition, HiddenPerson, SignIn, User

FORMAT = "postil-personal-data-1"
CHUNK = 500  # rows fetched at a time
# Never handed out, whatever table they stand in: what opens doors, and what only machines read.
WITHHELD = frozenset(
    {
        "password",
        "token",
        "secret",
        "secret_sha256",
        "code_sha256",
        "access_sha256",
        "refresh_sha256",
        "hash",
        "previous_hash",
        "body_html",
        # Who decided is the moderators' own; about whom, that person's.
        "actor_name",
        "actor_number",
        "person_number",
    }
)
# What opens doors in tables whose columns have other names; and, of what somebody wrote, that it
# was reported and how heavily: that is between those who report and the moderators.
WITHHELD_IN = {
    Annotation: {"attention_since", "attention_weight"},
    Authenticator: {"data"},
    SignIn: {"session_key"},
    User: {"session_salt"},
}
# Links that are another's business: by whom somebody is hidden, nobody is told.
NOT_TOLD = {(HiddenPerson, "person")}
NAMES = ("uid", "slug", "username", "number", "codename", "name")

Link: TypeAlias = "ForeignKey[Any, Any]"  # quoted, as is Field: subscripts are the stubs' alone


def links_to_people() -> list[Link]:
    """Return every foreign key to a person that the person may know of, of all tables."""
    return [
        field
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy
        for field in model._meta.local_concrete_fields
        if isinstance(field, ForeignKey)
        and field.related_model._meta.concrete_model is User
        and (field.model, field.name) not in NOT_TOLD
    ]


def key_of(link: Link) -> str:
    """Return the name under which the rows of a link stand in the export."""
    return f"{link.model._meta.label_lower}.{link.name}"


def as_json(person: User) -> Iterator[str]:
    """Yield a JSON object piece by piece: the account, then the rows that each link points from."""
    head = {"format": FORMAT, "exported_at": timezone.now(), "account": _columns(person)}
    yield _dump(head).removesuffix("}") + ',"rows":{'
    for position, link in enumerate(links_to_people()):
        yield f"{',' if position else ''}\n{_dump(key_of(link))}:["
        for number, row in enumerate(_rows(link, person)):
            yield f"{',' if number else ''}\n{_dump(row)}"
        yield "]"
    yield "}}\n"


def _rows(link: Link, person: User) -> Iterator[dict[str, Any]]:
    rows: QuerySet[Model] = link.model._base_manager.filter(**{link.name: person}).order_by("pk")
    others = [field.name for field in _fields(link.model, leave_out=link) if _is_link(field)]
    if others:
        rows = rows.select_related(*others)
    rows = rows.defer(*_texts(link.model))
    if link.model is Annotation:
        rows = rows.prefetch_related("tags", "revisions", "decisions", "as_sent")
    for row in rows.iterator(chunk_size=CHUNK):
        extra = _about_annotation(row) if isinstance(row, Annotation) else {}
        yield {**_columns(row, leave_out=link), **extra}


def _texts(model: type[Model]) -> list[str]:
    """Return the columns that hold whole documents: nobody's personal data, and much of it."""
    linked = [
        f"{field.name}__text"
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model is Edition
    ]
    return [*linked, "text"] if model is Edition else linked


def _fields(model: type[Model], leave_out: "Link | None" = None) -> "list[Field[Any, Any]]":
    return [
        field
        for field in model._meta.concrete_fields
        if field is not leave_out
        and field.name not in WITHHELD
        and field.name not in WITHHELD_IN.get(model, ())
        and not (model is Edition and field.name == "text")
        and not (leave_out is not None and _names_somebody(field))
    ]


def _names_somebody(field: "Field[Any, Any]") -> bool:
    """Whether it points at a person: beside the one whose row it is, another, who is left out."""
    return isinstance(field, ForeignKey) and field.related_model._meta.concrete_model is User


def _is_link(field: "Field[Any, Any]") -> bool:
    return isinstance(field, ForeignKey)


def _columns(row: Model, leave_out: "Link | None" = None) -> dict[str, Any]:
    """Return the row by column; what it points at by its name, not by its number."""
    return {
        field.name: _name(getattr(row, field.name))
        if _is_link(field)
        else field.value_from_object(row)
        for field in _fields(type(row), leave_out)
    }


def _name(target: Model | None) -> Any:
    if target is None:
        return None
    return next((getattr(target, name) for name in NAMES if hasattr(target, name)), target.pk)


def _about_annotation(annotation: Annotation) -> dict[str, Any]:
    """Return what hangs on an annotation; not who decided on it, which is the moderators' own."""
    wordings = ("version", "body", "replacement", "exact", "written_at")
    rulings = ("act", "reason", "note", "before", "after", "at")
    sent: AsSent | None = getattr(annotation, "as_sent", None)
    decisions: list[Decision] = sorted(annotation.decisions.all(), key=lambda made: made.pk)
    return {
        "tags": [tag.name for tag in annotation.tags.all()],
        "earlier_wordings": [
            {name: getattr(old, name) for name in wordings} for old in annotation.revisions.all()
        ],
        "decisions": [{name: getattr(made, name) for name in rulings} for made in decisions],
        "as_sent": {"protocol": sent.protocol, "data": sent.data} if sent else None,
    }


def _dump(value: object) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
