"""Searching texts and annotations, as far as the viewer may read them.

The engine finds the newest entries that hold the words, :mod:`reader.policy` leaves those that the
viewer may read, and what is left is ranked. A word that stands nearly everywhere is so answered as
fast as a rare one: the newest :data:`LOOKED_AT` matches are ranked, and older ones are not shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from reader import policy
from reader.models import Anchor, Annotation, Block, Document
from reader.policy import Viewer
from reader.queries import search_conditions as conditions
from reader.queries import search_scope as scopes
from reader.search import index
from reader.search.index import ANNOTATIONS, BLOCKS
from reader.text.hits import Piece, excerpt, score
from reader.text.search_query import SearchQuery, Wanted, wanted

LOOKED_AT = 500
LOOKED_AT_TO_SIEVE = 2_000  # where ``is:`` may leave few of those found
PARAGRAPHS_LOOKED_AT = 200
HITS_A_PAGE = 20
OF_DOCUMENT = ("pk", "slug", "title", "language")
DOCUMENT = {f"document_{name}": F(f"edition__document__{name}") for name in OF_DOCUMENT}
EVERYTHING, TEXT, DISCUSSION = "", "text", "discussion"


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer: a paragraph of a text, or an annotation (with ``annotation``).

    ``ref`` and ``number`` name the paragraph where it stands; empty for a passage that is gone.
    """

    document: Document
    pieces: Sequence[Piece]
    ref: str = ""
    number: int | None = None
    annotation: Annotation | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """A page of answers, best first. ``is_more``: there are older ones that were not ranked."""

    hits: Sequence[Hit] = field(default_factory=tuple)
    count: int = 0
    is_more: bool = False
    number: int = 1
    pages: int = 1


@dataclass(frozen=True, slots=True)
class _Found:
    score: float
    order: int  # among those with the same score: the newest, the first in the text
    pk: int
    block: dict[str, Any] | None = None


def search(
    viewer: Viewer,
    query: SearchQuery,
    document: Document | None = None,
    page: int = 1,
    kind: str = EVERYTHING,
) -> Results:
    """Return a page of what the viewer may read of what the query asks for.

    Args:
        viewer: who asks.
        query: what for.
        document: looks in this one only; ``in:`` needs one, and finds nothing without.
        page: from 1; a number too large is the last page.
        kind: :data:`EVERYTHING`, or only :data:`TEXT` or :data:`DISCUSSION`.
    """
    if not query.asks or (query.places and document is None):
        return Results()
    where = scopes.ground(viewer, document)
    words = wanted(query, where.languages)
    places = conditions.places(document, query)
    if query.terms and not words:
        return Results()
    found: list[_Found] = []
    is_more = False
    looks = _Look(viewer, query, document, where, words, places)
    if kind != TEXT:
        annotations, is_more = looks.annotations()
        found += annotations
    says = any(not one.is_excluded for one in words)
    if kind != DISCUSSION and says and not query.is_of_annotations:
        blocks, more_blocks = looks.blocks()
        found, is_more = found + blocks, is_more or more_blocks
    found.sort(key=lambda one: (-one.score, one.block is None, -one.order))
    pages = max(1, -(-len(found) // HITS_A_PAGE))
    number = min(max(page, 1), pages)
    shown = found[(number - 1) * HITS_A_PAGE : number * HITS_A_PAGE]
    return Results(_hits(viewer, shown, words), len(found), is_more, number, pages)


@dataclass(frozen=True, slots=True)
class _Look:
    """One search under way."""

    viewer: Viewer
    query: SearchQuery
    document: Document | None
    where: scopes.Ground
    words: Sequence[Wanted]
    places: Sequence[conditions.Spread]

    def annotations(self) -> tuple[list[_Found], bool]:
        """Return the annotations found, and whether there are more that were not looked at."""
        among, condition = self._few(), Q()
        if among is None:
            condition = conditions.of_annotations(
                self.viewer, self.query, self.document, self.places
            )
        scope = scopes.of_annotations(
            self.viewer, self.query, self.where, is_settled=among is not None
        )
        if scope is None or among == []:
            return [], False
        limit = LOOKED_AT if among is not None or not condition else LOOKED_AT_TO_SIEVE
        if among is not None and not self._asks_the_engine():
            newest = [_Found(0, pk, pk) for pk in among[: limit + 1]]
            return newest[:limit], len(newest) > limit
        rows = index.candidates(ANNOTATIONS, self.words, scope, limit + 1, among)
        is_more = len(rows) > limit
        rows = rows[:limit]
        if among is None:
            found = Annotation.objects.filter(pk__in=[row.pk for row in rows])
            flagged = _flagged(found, self._readable(condition)).order_by()
            seen = {pk for pk, fits in flagged.values_list("pk", "fits") if fits}
            rows = [row for row in rows if row.pk in seen]
        is_more = is_more or len(rows) > LOOKED_AT
        best = rows[:LOOKED_AT]
        scores = (score(row.exact, row.stems, self.words) for row in best)
        ranked = zip(best, scores, strict=True)
        return [_Found(value, row.pk, row.pk) for row, value in ranked], is_more

    def _asks_the_engine(self) -> bool:
        """Whether the query names anything that only the index of words knows."""
        query = self.query
        return bool(
            query.terms or query.authors or query.not_authors or query.tags or query.not_tags
        )

    def _readable(self, condition: Q) -> Q:
        readable = policy.annotations_visible_to(self.viewer) & condition
        return readable & Q(document=self.document) if self.document else readable

    def _few(self) -> list[int] | None:
        """Return the annotations that the conditions leave, newest first, where they are few."""
        narrow = self.query.states & conditions.NARROW
        if not (self.query.places or narrow):
            return None
        is_decided_all = narrow == {"decided"} and not self.query.places
        if is_decided_all and conditions.are_many_decided(self.document):
            return None
        condition = conditions.of_annotations(
            self.viewer, self.query, self.document, self.places, is_narrow=True
        )
        # In no order, or the database would walk through all annotations in that order.
        rows = Annotation.objects.filter(self._readable(condition)).order_by()
        pks = rows.values_list("pk", flat=True)
        found = sorted(pks[: conditions.FEW + 1], reverse=True)
        return found if len(found) <= conditions.FEW else None

    def blocks(self) -> tuple[list[_Found], bool]:
        """Return the paragraphs found, and whether there are more that were not looked at."""
        scope = scopes.of_text(self.where)
        rows = index.candidates(BLOCKS, self.words, scope, PARAGRAPHS_LOOKED_AT + 1)
        is_more = len(rows) > PARAGRAPHS_LOOKED_AT
        by_pk = {row.pk: row for row in rows[:PARAGRAPHS_LOOKED_AT]}
        readable = Document.objects.filter(policy.documents_visible_to(self.viewer))
        condition = Q(Exists(readable.filter(pk=OuterRef("edition__document"))))
        condition &= Q(edition=F("edition__document__current_edition"))
        named = Block.objects.filter(conditions.of_blocks(self.places), pk__in=by_pk).order_by()
        blocks: Any = _flagged(named, condition).values(
            "pk", "position", "ref", "number", "text", "fits", **DOCUMENT
        )
        scored = [
            _Found(
                score(by_pk[row["pk"]].exact, by_pk[row["pk"]].stems, self.words),
                -row["position"],
                row["pk"],
                row,
            )
            for row in blocks
            if row["fits"]
        ]
        return scored, is_more


def _flagged(rows: Any, condition: Q) -> Any:
    """Add to each row whether the condition ``fits`` it.

    As a filter, it would tempt SQLite to begin with an index of some column in it, and to look
    through whole documents for rows that are few and known by their ids; and PostgreSQL to put
    together all documents with their current editions, since it expects a single pair to fit.
    """
    return rows.annotate(fits=Case(When(condition, then=Value(True)), default=False))


def _hits(viewer: Viewer, found: Sequence[_Found], words: Sequence[Wanted]) -> list[Hit]:
    """Return what was found as it is shown: words fetched once more through the policy."""
    pks = [one.pk for one in found if one.block is None]
    rows = {row.pk: row for row in _placed(viewer, pks) if row.fits} if pks else {}
    return [
        _text_hit(one.block, words) if one.block else _annotation_hit(rows[one.pk], words)
        for one in found
        if one.block or one.pk in rows
    ]


def _placed(viewer: Viewer, pks: Sequence[int]) -> Any:
    here = Anchor.objects.filter(
        annotation_id=Coalesce(OuterRef("root_id"), OuterRef("pk")),
        edition_id=OuterRef("document__current_edition_id"),
    )
    return (
        _flagged(Annotation.objects.filter(pk__in=pks), policy.annotations_visible_to(viewer))
        .select_related("author", "document", "root")
        .annotate(
            place_ref=Subquery(here.values("first_block__ref")),
            place_number=Subquery(here.values("first_block__number")),
        )
    )


def _text_hit(block: dict[str, Any], words: Sequence[Wanted]) -> Hit:
    document = Document(**{name: block[f"document_{name}"] for name in OF_DOCUMENT})
    pieces = excerpt(block["text"], document.language, words)
    return Hit(document, pieces, block["ref"], block["number"])


def _annotation_hit(row: Any, words: Sequence[Wanted]) -> Hit:
    said = index.text_of(row.body, row.body_html, row.replacement)
    pieces = excerpt(said, row.language, words)
    return Hit(row.document, pieces, row.place_ref or "", row.place_number, row)
