"""The public record of moderation: what was decided, why and how soon, and nobody's name or words.

It is the same for every viewer. A row tells its time, act, reason, rule and the part in which it
was decided; not who decided, whom it is about, nor what was written, by whom or where in the text.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import caches
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils.crypto import salted_hmac

from reader import policy
from reader.models import Decision, Document, User
from reader.queries import decision_log
from reader.sealing import seal_shown

ROWS_A_PAGE = 50
AT_ONCE = 2_000  # rows fetched at a time for an export
KEPT_FOR = 24 * 60 * 60  # seconds; another decision makes other numbers at once
COLUMNS = (
    "pk",
    "at",
    "act",
    "reason",
    "rule",
    "before",
    "after",
    "until",
    "waited",
    "annotation_uid",
    "document__slug",
    "document__title",
    "document__language",
    "actor__kind",
    "undoes",
    "judges",
    "is_undone",
)
MODERATOR, JUDGE, OUTSIDE = "moderator", "judge", "outside"


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision as everybody may read it.

    ``by`` is ``moderator``, ``judge`` (another moderator, on appeal) or ``outside``; ``about`` is
    ``annotation`` or ``account``. ``item`` is the same for decisions on the same annotation, and
    means nothing else.
    """

    number: int
    at: datetime
    act: str
    reason: str
    rule: str
    before: str
    after: str
    until: datetime | None
    waited: int | None
    by: str
    about: str
    item: str
    document: str
    title: str
    language: str
    undoes: int | None
    judges: int | None
    is_undone: bool

    @property
    def act_name(self) -> str:
        """The act in the viewer's language."""
        return str(Decision.Act(self.act).label)

    @property
    def reason_name(self) -> str:
        """The reason in the viewer's language; empty where none was given."""
        return str(dict(Decision._meta.get_field("reason").flatchoices).get(self.reason, ""))  # noqa: SLF001 -- public in Django


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole record in numbers; ``median`` is in seconds, of what had waited.

    ``acts`` and ``reasons`` are pairs of code and number, the most frequent first. A judgement on
    appeal repeats the reason of what it judges, and is not counted for it again; a restriction that
    is lifted has reasons of another kind, and is not counted among them.
    """

    total: int
    acts: tuple[tuple[str, int], ...]
    reasons: tuple[tuple[str, int], ...]
    waited: int
    median: int | None


@dataclass(frozen=True, slots=True)
class Window:
    """Some entries, the newest first; ``older`` is the number to ask for those before them."""

    entries: list[Entry]
    older: int | None


def entries(document: Document | None, before: int | None = None) -> Window:
    """Return a page of the record of a document, or of the site.

    Args:
        document: of which; None for all that everybody reads, and for restrictions of people.
        before: the number of an entry: those older than it.
    """
    rows = _rows(document)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = [_entry(row) for row in rows[: ROWS_A_PAGE + 1]]
    shown = found[:ROWS_A_PAGE]
    return Window(shown, shown[-1].number if len(found) > len(shown) else None)


def all_entries(document: Document | None) -> Iterator[Entry]:
    """Yield the whole record, the newest first, a batch of rows at a time."""
    rows, before = _rows(document), None
    while True:
        batch = list((rows if before is None else rows.filter(pk__lt=before))[:AT_ONCE])
        yield from map(_entry, batch)
        if len(batch) < AT_ONCE:
            return
        before = batch[-1]["pk"]


def _listed(document: Document | None) -> QuerySet[Decision]:
    rows = Decision.objects.filter(policy.decisions_in_public_record())
    return rows if document is None else rows.filter(document=document)


def _rows(document: Document | None) -> QuerySet[Any, dict[str, Any]]:
    undone = Exists(Decision.objects.filter(undoes=OuterRef("pk")))
    rows: QuerySet[Any, dict[str, Any]]
    rows = _listed(document).annotate(is_undone=undone).order_by("-pk").values(*COLUMNS)
    return rows


def _entry(row: dict[str, Any]) -> Entry:
    by = JUDGE if row["judges"] else MODERATOR
    uid = row["annotation_uid"]
    return Entry(
        number=row["pk"],
        by=OUTSIDE if row["actor__kind"] == User.Kind.SYSTEM else by,
        about="annotation" if uid else "account",
        item=salted_hmac("reader.public_record", uid, algorithm="sha256").hexdigest()[:16]
        if uid
        else "",
        document=row["document__slug"] or "",
        title=row["document__title"] or "",
        language=row["document__language"] or "",
        **{
            name: row[name]
            for name in ("at", "act", "reason", "rule", "before", "after", "until", "waited")
        },
        **{name: row[name] for name in ("undoes", "judges", "is_undone")},
    )


def seal() -> str:
    """Return the seal of the whole log's newest row, for anybody to note; empty without rows."""
    return seal_shown(decision_log.head().hash)


def summary(document: Document | None) -> Summary:
    """Return the record in numbers.

    They are kept until something is decided or an annotation becomes less public, either of which
    shows in the key.
    """
    key = f"public-record:1:{document.pk if document else 0}:{_state(document)}"
    kept = caches["pages"].get(key)
    if isinstance(kept, Summary):
        return kept
    counted = _count(document)
    caches["pages"].set(key, counted, timeout=KEPT_FOR)
    return counted


def _state(document: Document | None) -> str:
    if document is not None:
        return f"{document.last_event}:{decision_log.head().row}"
    events = Document.objects.aggregate(
        events=Sum("last_event"), public=Count("pk", filter=Q(is_published=True))
    )
    return f"{events['events']}:{events['public']}:{decision_log.head().row}"


def _count(document: Document | None) -> Summary:
    rows = _listed(document).order_by()
    acts: dict[str, int] = {}
    reasons: dict[str, int] = {}
    against = Q(judges__isnull=True) & ~Q(act=Decision.Act.LIFT)
    kinds = rows.annotate(is_first=against).values_list("act", "reason", "is_first")
    grouped = kinds.annotate(n=Count("pk"))
    for act, reason, is_first, number in grouped:
        acts[act] = acts.get(act, 0) + number
        if reason and is_first:
            reasons[reason] = reasons.get(reason, 0) + number
    waits = rows.filter(waited__isnull=False).values_list("waited", flat=True)
    waited = waits.count()
    middle = waits.order_by("waited")[waited // 2 : waited // 2 + 1]
    return Summary(
        total=sum(acts.values()),
        acts=_frequent(acts),
        reasons=_frequent(reasons),
        waited=waited,
        median=next(iter(middle), None),
    )


def _frequent(numbers: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0])))
