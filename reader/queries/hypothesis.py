"""Annotations in the form of the Hypothesis API, as a viewer may see them.

Both its HTTP API and its WebSocket give them in this form. A list takes a constant number of
queries, however long it is.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Least, Substr

from reader import policy
from reader.models import Anchor, Annotation, AsSent, Flag, Status, User, Visibility
from reader.models.annotations import UID_ALPHABET, UID_LENGTH
from reader.policy import Viewer
from reader.queries import annotations
from reader.queries.addresses import absolute, address_of, authority

PUBLIC = "__world__"
NOBODY = "___"  # no username begins so
CONTEXT = 32
POSITION = "TextPositionSelector"
ID = re.compile(f"[{UID_ALPHABET}]{{{UID_LENGTH}}}")

Json = dict[str, Any]


def moment(at: datetime) -> str:
    """Return a time as Hypothesis writes it: microseconds, and the offset of UTC in digits."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def userid(person: User | None) -> str:
    """Return the name by which Hypothesis's clients know somebody: ``acct:name@host``."""
    return f"acct:{person.username if person else NOBODY}@{authority()}"


def username_in(name: str) -> str | None:
    """Return the username in ``acct:name@host`` or a bare name; None for another site's."""
    name = name.strip().lower()
    if not name.startswith("acct:"):
        return name
    username, _at, host = name.removeprefix("acct:").rpartition("@")
    return username if username and host == authority().lower() else None


def groupid(annotation: Annotation) -> str:
    """Return the id of the group in which Hypothesis's clients show the annotation."""
    return annotation.group.slug if annotation.group is not None else PUBLIC


def updated(annotation: Annotation) -> datetime:
    """Return when its author changed it last."""
    return annotation.edited_at or annotation.created_at


def rows(viewer: Viewer) -> QuerySet[Annotation]:
    """Return the annotations that the viewer may read."""
    return Annotation.objects.filter(policy.annotations_visible_to(viewer)).annotate(
        updated=Coalesce("edited_at", "created_at")
    )


def find(viewer: Viewer, uid: str) -> Annotation:
    """Return an annotation whose words the viewer may read.

    Raises:
        Annotation.DoesNotExist: there is none, or it is not for the viewer: nobody can tell which.
    """
    if not ID.fullmatch(uid):  # whatever else is sent as one, a database need not be asked for it
        raise Annotation.DoesNotExist
    return annotations.find(viewer, uid)


def present(viewer: Viewer, annotation: Annotation) -> Json:
    """Return an annotation that the viewer may read in Hypothesis's form.

    Raises:
        Annotation.DoesNotExist: there is none that the viewer may read.
    """
    for found in present_all(viewer, [annotation.pk]):
        return found
    raise Annotation.DoesNotExist


def present_new(author: Viewer, annotation: Annotation, tags: Sequence[str]) -> Json:
    """Return what its author has saved just now, which need not be fetched again."""
    made: Any = annotation
    made.is_flagged, made.flag_count = False, 0
    if annotation.visibility == Visibility.PUBLIC:
        made.is_moderated = policy.may_moderate(author, annotation.document)
    else:
        made.is_moderated = annotation.group is not None and policy.may_run(
            author, annotation.group
        )
    return _as_json(author, made, _ancestors([made]).get(made.pk, []), None, tags)


def present_all(viewer: Viewer, pks: Sequence[int]) -> list[Json]:
    """Return the annotations in Hypothesis's form, in this order, without what is withheld."""
    found = {row.pk: row for row in _loaded(viewer, pks)}
    shown = [found[pk] for pk in pks if pk in found]
    chains, places = _ancestors(shown), _places(shown)
    return [_as_json(viewer, row, chains.get(row.pk, []), places.get(row.pk)) for row in shown]


def _loaded(viewer: Viewer, pks: Sequence[int]) -> Iterable[Any]:
    reports = Flag.objects.filter(annotation=OuterRef("pk"), resolution="")
    counted = (
        reports.filter(policy.reports_visible_to(viewer))
        .order_by()
        .values("annotation")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return (
        rows(viewer)
        .filter(pk__in=pks)
        .annotate(
            is_flagged=Exists(reports.filter(reporter_id=viewer.pk or 0)),
            flag_count=Coalesce(Subquery(counted), 0),
            is_moderated=Case(
                When(policy.moderated_annotations(viewer), Value(True)), default=False
            ),
        )
        .select_related("author", "document", "group", "as_sent")
        .prefetch_related("tags")
    )


def _ancestors(shown: Sequence[Annotation]) -> dict[int, list[str]]:
    """Return the uids above each reply, the root's first."""
    threads = {row.root_id for row in shown if row.root_id}
    if not threads:
        return {}
    above = Annotation.objects.filter(Q(pk__in=threads) | Q(root__in=threads))
    answered = above.filter(Exists(Annotation.objects.filter(parent=OuterRef("pk"))))
    known = {pk: (uid, up) for pk, uid, up in answered.values_list("pk", "uid", "parent_id")}
    chains = {}
    for row in shown:
        chain, at = [], row.parent_id
        while at is not None:
            uid, at = known[at]
            chain.append(uid)
        chains[row.pk] = chain[::-1]
    return chains


def _places(shown: Sequence[Annotation]) -> dict[int, list[Json]]:
    """Return selectors for those that were made on an edition that is not the current one."""
    moved = [
        row.pk for row in shown if row.is_root and row.edition_id != row.document.current_edition_id
    ]
    if not moved:
        return {}
    anchors = Anchor.objects.filter(
        annotation__in=moved,
        edition=F("annotation__document__current_edition"),
        first_block__isnull=False,
    )
    number = IntegerField()
    placed = anchors.annotate(
        at=ExpressionWrapper(F("first_block__start") + F("start"), number),
        until=ExpressionWrapper(F("last_block__start") + F("end"), number),
    ).annotate(
        before=Least(F("at"), Value(CONTEXT), output_field=number),
        piece=Substr(
            "edition__text",
            ExpressionWrapper(F("at") - F("before") + 1, number),
            ExpressionWrapper(F("until") - F("at") + 2 * CONTEXT, number),
        ),
    )
    found = {}
    for pk, at, until, before, piece in placed.values_list(
        "annotation_id", "at", "until", "before", "piece"
    ):
        end = before + until - at
        found[pk] = _selectors(
            piece[before:end], piece[:before], piece[end : end + CONTEXT], at, until
        )
    return found


def _as_json(
    viewer: Viewer, row: Any, chain: list[str], place: Any, tags: Sequence[str] | None = None
) -> Json:
    is_author, is_hidden = policy.is_author(viewer, row), row.status != Status.APPROVED
    author, address = userid(row.author), address_of(row.document)
    sent = _sent(row)
    data: Json = {
        **{name: value for name, value in sent.items() if name not in ("target", "document")},
        "id": row.uid,
        "created": moment(row.created_at),
        "updated": moment(updated(row)),
        "user": author,
        "user_info": {"display_name": (row.author.name or None) if row.author else None},
        "uri": address,
        "text": row.body,
        "tags": sorted([tag.name for tag in row.tags.all()] if tags is None else tags),
        "group": groupid(row),
        "permissions": {
            "read": [author if row.visibility == Visibility.PRIVATE else f"group:{groupid(row)}"],
            "admin": [author],
            "update": [author],
            "delete": [author],
        },
        "target": _targets(row, address, sent.get("target"), place),
        "document": {"title": [row.document.title]},
        "links": links_of(row),
        "mentions": [],
        "flagged": row.is_flagged,
        "hidden": is_hidden and not is_author,
        "moderation_status": row.status.upper(),
        "actions": ["moderate"] if row.is_moderated else [],
    }
    if chain:
        data["references"] = chain
    if row.is_moderated:
        data["moderation"] = {"flagCount": row.flag_count}
    return data


def links_of(annotation: Annotation) -> dict[str, str]:
    """Return the addresses of an annotation."""
    api = absolute(f"/api/annotations/{annotation.uid}")
    incontext = f"{address_of(annotation.document)}#annotations:{annotation.uid}"
    return {"html": absolute(annotation.get_absolute_url()), "incontext": incontext, "json": api}


def _sent(row: Annotation) -> Mapping[str, Any]:
    """Return what a client of Hypothesis sent beside what is understood."""
    kept = getattr(row, "as_sent", None)
    if kept is None or kept.protocol != AsSent.Protocol.HYPOTHESIS:
        return {}
    return kept.data if isinstance(kept.data, dict) else {}


def _targets(row: Annotation, address: str, sent: Any, place: Any) -> list[Json]:
    """Return what the annotation is about.

    A client's own selectors speak of the page it saw, and it trusts the quote among them. They are
    given back for as long as they quote the same words; only their position becomes the text's, as
    all others' is: clients put annotations in order by it.
    """
    if row.is_root and row.exact:
        place = place or _selectors(row.exact, row.prefix, row.suffix, row.start, row.end)
    if sent and isinstance(sent, list):
        first = sent[0] if isinstance(sent[0], dict) else {}
        if row.start is None or same_words(quote_in(first).get("exact", ""), row.exact):
            return [{**_placed(first, place or ()), "source": address}, *sent[1:]]
    return [{"source": address, "selector": place}] if place else [{"source": address}]


def _placed(target: Json, place: Sequence[Json]) -> Json:
    """Return the target with the text's position in the place of its own."""
    ours = next((one for one in place if one["type"] == POSITION), None)
    theirs = target.get("selector")
    if ours is None or not isinstance(theirs, list):
        return target
    is_position = [isinstance(one, dict) and one.get("type") == POSITION for one in theirs]
    pairs = zip(theirs, is_position, strict=True)
    return {**target, "selector": [ours if is_one else one for one, is_one in pairs]}


def _selectors(
    exact: str, prefix: str, suffix: str, start: int | None, end: int | None
) -> list[Json]:
    quote = {"exact": exact, "prefix": prefix[-CONTEXT:], "suffix": suffix[:CONTEXT]}
    position = [{"type": POSITION, "start": start, "end": end}]
    return [*(position if start is not None else []), {"type": "TextQuoteSelector", **quote}]


def quote_in(target: Mapping[str, Any]) -> Json:
    """Return the target's TextQuoteSelector; an empty one where it has none that can be read."""
    selectors = target.get("selector")
    for one in selectors if isinstance(selectors, list) else ():
        if isinstance(one, dict) and one.get("type") == "TextQuoteSelector":
            return one if isinstance(one.get("exact"), str) else {}
    return {}


def same_words(one: str, other: str) -> bool:
    """Whether two quotations are the same but for their white space."""
    return "".join(one.split()) == "".join(other.split())
