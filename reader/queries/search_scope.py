"""What a search can leave out before it looks: other documents, other authors, others' notes.

This only saves work. What comes back is fetched through :mod:`reader.policy`, which decides; a mark
that is missing here would hide an answer, one too many costs time.
"""

from dataclasses import dataclass

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower

from reader import policy
from reader.models import Document, DocumentRole, Membership, Motivation, User
from reader.policy import Viewer
from reader.search import scope as marks
from reader.search.scope import Scope
from reader.text.search_query import SearchQuery

MOST_MARKS = 100  # of one kind; a viewer with more groups is looked for in all groups


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a search looks: the languages of its texts, and the marks of its documents."""

    languages: frozenset[str]
    within: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


def ground(viewer: Viewer, document: Document | None) -> Ground:
    """Return where a search of one document, or of all that the viewer may read, looks."""
    if document is not None:
        return Ground(frozenset({document.language}), (marks.of_document(document.pk),))
    readable = policy.documents_visible_to(viewer)
    documents = Document.objects.order_by()
    languages = frozenset(documents.filter(readable).values_list("language", flat=True).distinct())
    if not readable:
        return Ground(languages)
    hidden = documents.exclude(readable).values_list("pk", flat=True)[: MOST_MARKS + 1]
    without = tuple(map(marks.of_document, hidden))
    return Ground(languages, (), without if len(without) <= MOST_MARKS else ())


def of_text(where: Ground) -> Scope:
    """Return the scope of a search in the texts."""
    return Scope((where.within,) if where.within else (), where.without)


def of_annotations(
    viewer: Viewer, query: SearchQuery, where: Ground, *, is_settled: bool = False
) -> Scope | None:
    """Return the scope of a search in annotations; None where there can be no answer.

    Args:
        viewer: who asks.
        query: what for.
        where: as :func:`ground` says.
        is_settled: whether who may read what was looked at already.
    """
    all_of = [where.within] if where.within else []
    authors = _authors(viewer, query)
    if query.authors:
        found = tuple(marks.of_author(pk) for pk in authors[True])
        if not found:
            return None
        all_of.append(found)
    if "mine" in query.states:
        if not viewer.is_authenticated:
            return None
        all_of.append((marks.of_author(viewer.pk or 0),))
    if query.states & {"question", "unanswered"}:
        all_of.append((marks.of_motivation(Motivation.QUESTIONING),))
    all_of += [(marks.of_tag(name.lstrip("#")),) for name in query.tags]
    if not (is_settled and all_of):
        all_of.append(_readers(viewer))
    without = [marks.of_tag(name.lstrip("#")) for name in query.not_tags]
    without += [marks.of_author(pk) for pk in authors[False]]
    return Scope(tuple(all_of), (*where.without, *without))


def _authors(viewer: Viewer, query: SearchQuery) -> dict[bool, list[int]]:
    """Return the ids of the authors who are asked for (True) and who are left out (False)."""
    wanted, unwanted = _names(query.authors), _names(query.not_authors)
    found: dict[bool, list[int]] = {True: [], False: []}
    for is_wanted, names in ((True, wanted), (False, unwanted)):
        if "me" in names and viewer.is_authenticated:
            found[is_wanted].append(viewer.pk or 0)
    if wanted or unwanted:
        for pk, username, name in _people(wanted | unwanted)[: 2 * MOST_MARKS]:
            found[username in wanted or name in wanted].append(pk)
    return found


def _names(names: tuple[str, ...]) -> set[str]:
    return {" ".join(name.lstrip("@").lower().split()) for name in names} - {""}


def _people(names: set[str]) -> "QuerySet[User, tuple[int, str, str]]":
    lowered = User.objects.annotate(called=Lower("name"))
    rows = lowered.filter(Q(username__in=names) | Q(called__in=names)).order_by("pk")
    return rows.values_list("pk", "username", "called")


def _readers(viewer: Viewer) -> tuple[str, ...]:
    """Return the marks of annotations that the viewer may read, whatever the document."""
    readers = [marks.READABLE]
    if not viewer.is_authenticated:
        return tuple(readers)
    readers.append(marks.of_author(viewer.pk or 0))
    groups = Membership.objects.filter(user_id=viewer.pk).order_by()
    roles = policy.documents_in_role(viewer, DocumentRole.Role.MODERATOR).order_by()
    parts = groups.values_list("group_id", Value("group")).union(
        roles.values_list("document_id", Value("document")), all=True
    )
    in_groups, moderated = [], []
    for pk, kind in parts:
        if kind == "group":
            in_groups.append(marks.of_group(pk))
        else:
            moderated.append(marks.moderated_in(pk))
    readers += in_groups if len(in_groups) <= MOST_MARKS else [marks.GROUPED]
    if len(moderated) > MOST_MARKS or policy.may_moderate_everywhere(viewer):
        moderated = [marks.MODERATED]
    return (*readers, *moderated)
