"""Searching annotations by the parameters of the Hypothesis API."""

import fnmatch
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from reader import policy
from reader.models import Annotation, Document, Group, Visibility
from reader.policy import Viewer
from reader.queries.addresses import absolute, address_of, documents_at, is_here, parsed
from reader.queries.hiding import not_hidden_from
from reader.queries.hypothesis import (
    PUBLIC,
    Json,
    present_all,
    rows,
    username_in,
)

SORTS = {
    "created": "created_at",
    "updated": "updated",
    "id": "uid",
    "user": "author__username",
    "group": "group__slug",
}
MOST_REPLIES = 200
EVERY = Q(pk__isnull=False)  # an empty condition would be left out beside others
SIGNS = re.compile(r"[*_]")  # stand for other letters in a pattern
PARTS = re.compile(r"[#+/:=?.\-\s]+")


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for. Empty fields ask for nothing; where there are several, any will do.

    Of ``tags``, ``anything`` and ``parts`` all words must be there, of ``quote`` and ``text`` one.
    """

    limit: int = 20
    offset: int = 0
    sort: str = "updated"
    is_ascending: bool = False
    after: datetime | str | None = None
    uris: Sequence[str] = ()
    wildcards: Sequence[str] = ()
    parts: Sequence[str] = ()
    users: Sequence[str] = ()
    groups: Sequence[str] = ()
    tags: Sequence[str] = ()
    anything: Sequence[str] = ()
    quote: Sequence[str] = ()
    text: Sequence[str] = ()
    references: Sequence[str] = ()
    separates_replies: bool = False


def search(viewer: Viewer, sought: Search) -> Json:
    """Return ``rows``, ``total`` and, if they are asked for apart, ``replies``.

    What people wrote whom the viewer hides is left out, of the total too.
    """
    found = _found(viewer, sought)
    if sought.separates_replies:
        found = found.filter(parent__isnull=True)
    total = found.count()
    ordered = _ordered(found, sought)
    page = ordered[sought.offset : sought.offset + sought.limit]
    pks = list(page.values_list("pk", flat=True))
    answer: Json = {"total": total, "rows": present_all(viewer, pks)}
    if sought.separates_replies:
        answer["replies"] = present_all(viewer, _replies(viewer, pks))
    return answer


def _replies(viewer: Viewer, pks: Sequence[int]) -> list[int]:
    replies = (
        rows(viewer).filter(not_hidden_from(viewer), root__in=pks).order_by("created_at", "pk")
    )
    return list(replies.values_list("pk", flat=True)[:MOST_REPLIES])


def _found(viewer: Viewer, sought: Search) -> QuerySet[Annotation]:
    found = rows(viewer).filter(not_hidden_from(viewer))
    for condition in _conditions(viewer, sought):
        found = found.filter(condition)
    return found


def _conditions(viewer: Viewer, sought: Search) -> Iterable[Q]:
    if sought.uris or sought.wildcards:
        yield _about(viewer, sought)
    if sought.parts:
        yield _with_parts(viewer, _parts_of_addresses(viewer, sought.parts), sought.parts)
    if sought.users:
        names = [name for one in sought.users if (name := username_in(one)) is not None]
        yield Q(author__username__in=names)
    if sought.groups:
        yield _in_groups(sought.groups)
    if sought.references:
        yield Q(pk__in=set().union(*threads_below(sought.references).values()))
    yield from _of_words(viewer, sought)


def _of_words(viewer: Viewer, sought: Search) -> Iterable[Q]:
    for one in sought.tags:
        yield _all_of(one.split(), _tagged)
    for one in sought.quote:
        yield _any_of(one.split(), lambda word: _holds("exact", word))
    for one in sought.text:
        yield _any_of(one.split(), lambda word: _holds("body", word))
    if sought.anything:
        words = [word for one in sought.anything for word in one.split()]
        parts = _parts_of_addresses(viewer, words)
        yield _all_of(words, lambda word: _anywhere(viewer, parts, word))


def _ordered(found: QuerySet[Annotation], sought: Search) -> QuerySet[Annotation]:
    """Return them in their order, those only that come after where the last page ended."""
    name = SORTS[sought.sort]
    if sought.after is not None:
        found = found.filter(**{f"{name}__{'gt' if sought.is_ascending else 'lt'}": sought.after})
    if sought.is_ascending:
        return found.order_by(F(name).asc(nulls_first=True), "pk")
    return found.order_by(F(name).desc(nulls_last=True), "-pk")


def _about(viewer: Viewer, sought: Search) -> Q:
    documents = {one.pk for one in documents_at(viewer, sought.uris)}
    if sought.wildcards:
        documents |= _like(viewer, sought.wildcards)
    return Q(document__in=documents)


def _readable_documents(viewer: Viewer) -> QuerySet[Document]:
    readable = Document.objects.filter(policy.documents_visible_to(viewer))
    return readable.only("slug", "source_url")


def _like(viewer: Viewer, patterns: Sequence[str]) -> set[int]:
    """Return the ids of the documents whose address is like one of the patterns."""
    wanted = [re.compile(fnmatch.translate(_as_glob(one))) for one in patterns]
    found = set()
    likely = _any_of(patterns, lambda one: _beginning_like(_as_written_here(one)))
    for document in _readable_documents(viewer).filter(likely):
        addresses = [address_of(document), document.source_url]
        spellings = [form for one in addresses if one for form in (one, one.rstrip("/"))]
        if any(pattern.match(one) for pattern in wanted for one in spellings):
            found.add(document.pk)
    return found


def _beginning_like(pattern: str) -> Q:
    """Return the condition for documents whose address may begin as the pattern does."""
    begin = SIGNS.split(pattern)[0]
    above, _slug, _end = address_of(Document(slug="-")).rpartition("-")
    if above.startswith(begin):
        return EVERY
    condition = Q(source_url__startswith=begin)
    if begin.startswith(above):
        condition |= Q(slug__startswith=begin.removeprefix(above).partition("/")[0])
    return condition


def _as_glob(pattern: str) -> str:
    """Return the pattern as a glob, with this site's own address as it writes it."""
    signs = {"_": "?", "?": "[?]", "[": "[[]"}
    return "".join(signs.get(char, char) for char in _as_written_here(pattern))


def _as_written_here(pattern: str) -> str:
    scheme, _colon, rest = pattern.partition("://")
    host, slash, path = rest.partition("/")
    parts = parsed(f"{scheme}://{host}/")
    if parts is not None and is_here(parts):
        pattern = f"{address_of(Document(slug='-')).partition('/d/')[0]}{slash}{path}"
    return pattern


def _parts_of_addresses(viewer: Viewer, sought: Sequence[str]) -> dict[int, set[str]]:
    """Return the words in the addresses of documents that the viewer may read, by their ids.

    Those documents are left out that have none of the words but what all addresses here have.
    """
    likely = Q(pk__in=[])
    for word in _telling(sought):
        # What a database takes for capital letters differs beyond ASCII.
        holds = Q(slug__icontains=word) | Q(source_url__icontains=word)
        likely |= holds if word.isascii() else EVERY
    return {
        document.pk: _split(f"{address_of(document)} {document.source_url}")
        for document in _readable_documents(viewer).filter(likely)
    }


def _telling(sought: Sequence[str]) -> set[str]:
    """Return the words that tell a document's address from the others of this site."""
    return {word for one in sought for word in _split(one)} - _split(absolute("/d/"))


def _with_parts(viewer: Viewer, parts: Mapping[int, set[str]], sought: Sequence[str]) -> Q:
    """Return the condition for what is about documents whose address has all of the words."""
    wanted = {word for one in sought for word in _split(one)}
    if wanted and not _telling(sought):
        return Q(document__in=_readable_documents(viewer).values("pk"))
    found = [pk for pk, words in parts.items() if wanted and wanted <= words]
    return Q(document__in=found)


def _split(address: str) -> set[str]:
    return {part for part in PARTS.split(address.lower()) if part}


def _in_groups(names: Sequence[str]) -> Q:
    """Return the condition for what is in these groups; one's own notes are in no other one."""
    slugs = [name for name in names if name != PUBLIC]
    condition = Q(pk__in=[])
    if slugs:
        condition |= Q(group__in=Group.objects.filter(slug__in=slugs))
    if PUBLIC in names:
        condition |= Q(visibility__in=[Visibility.PUBLIC, Visibility.PRIVATE])
    return condition


def _all_of(words: Sequence[str], condition_of: Any) -> Q:
    condition = Q() if words else Q(pk__in=[])
    for word in words:
        condition &= condition_of(word)
    return condition


def _any_of(words: Sequence[str], condition_of: Any) -> Q:
    condition = Q(pk__in=[])
    for word in words:
        condition |= condition_of(word)
    return condition


def _holds(field: str, word: str) -> Q:
    """Return the condition for rows whose text holds the word.

    SQLite knows capital letters of the Latin alphabet only, so other ones are tried here.
    """
    condition = Q(**{f"{field}__icontains": word})
    if not word.isascii():
        for spelling in {word.lower(), word.upper(), word.capitalize()}:
            condition |= Q(**{f"{field}__contains": spelling})
    return condition


def _tagged(word: str) -> Q:
    """Return the condition for rows with a tag in which the word stands."""
    name = word.lower().lstrip("#")
    links = Annotation.tags.through.objects.filter(annotation_id=OuterRef("pk"))
    among = Q(tag__name=name) | Q(tag__name__startswith=f"{name} ")
    among |= Q(tag__name__endswith=f" {name}") | Q(tag__name__contains=f" {name} ")
    return Q(Exists(links.filter(among)))


def _anywhere(viewer: Viewer, parts: Mapping[int, set[str]], word: str) -> Q:
    condition = _holds("body", word) | _holds("exact", word) | _tagged(word)
    return condition | _with_parts(viewer, parts, [word])


def threads_below(uids: Sequence[str]) -> dict[str, set[int]]:
    """Return the ids of all that hangs below each of these annotations, readable or not."""
    tops = Annotation.objects.filter(uid__in=uids)
    named = {pk: (uid, root or pk) for pk, uid, root in tops.values_list("pk", "uid", "root_id")}
    roots = {root for _uid, root in named.values()}
    children: dict[int | None, list[int]] = defaultdict(list)
    below = Annotation.objects.filter(root__in=roots)
    for pk, parent in below.values_list("pk", "parent_id"):
        children[parent].append(pk)
    found = {}
    for top, (uid, _root) in named.items():
        seen, stack = set(), [top]
        while stack:
            here = children.get(stack.pop(), [])
            seen.update(here)
            stack.extend(here)
        found[uid] = seen
    return found
