"""What open pages are told of a document's events: names and numbers, never content.

What everybody may read is told to all in the same words. Only where that is not so is it asked
what single people may read, and only of those whom it may concern.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.db.models.functions import Coalesce

from reader import policy
from reader.models import Annotation, Block, Document, Event, User
from reader.policy import Viewer
from reader.queries.live import people

OF_ANNOTATIONS = frozenset(
    f"annotation.{verb}"
    for verb in (
        "answered",
        "created",
        "decided",
        "deleted",
        "edited",
        "imported",
        "moved",
        "placed",
        "reacted",
        "reopened",
        "replied",
        "restored",
    )
)
OF_THE_WHOLE = frozenset({"edition.published", "edition.withdrawn"})
AT_THE_DESK = frozenset(
    f"annotation.{verb}" for verb in ("apart", "assigned", "folded", "labelled")
)
CHANGED = "changed"  # of what somebody may not read any more
LONGEST_NUMBER = 18  # digits: what any database takes for a number
MOST_REFS = 21  # pages ask for twenty blocks at most, and are shown anew beyond that

Message = dict[str, object]


@dataclass(frozen=True, slots=True)
class Happened:
    """One event, with the annotations that it is about, and the blocks that they left."""

    number: int
    name: str
    uids: tuple[str, ...]
    left: tuple[str, ...] = ()


@dataclass(slots=True)
class Told:
    """What is told of one event: to all the same, and ``apart`` to people, by their number."""

    number: int
    to_all: Message | None = None
    apart: dict[int, Message] = field(default_factory=dict)

    def to(self, person: int) -> Message | None:
        """Return what this person is told, if anything; 0 is nobody in particular."""
        return self.apart.get(person, self.to_all)


@dataclass(frozen=True, slots=True)
class _Subject:
    """An annotation's thread, and the blocks that its passage touches in the current edition."""

    thread: str
    refs: tuple[str, ...] = ()


def happened(document: int, after: int, until: int) -> list[Happened]:
    """Return the document's events after one number, up to and with another, in order."""
    rows = Event.objects.filter(document=document, number__gt=after, number__lte=until)
    return [
        Happened(number, name, tuple(about or [subject]), tuple(left.split()))
        for number, name, subject, about, left in rows.order_by("number").values_list(
            "number", "name", "subject", "about", "left"
        )
    ]


def tell(
    document: int,
    events: Sequence[Happened],
    listeners: Collection[int],
    reviewers: Collection[int] = (),
) -> list[Told]:
    """Return what is told of the events, in their order, as everybody may read it now.

    Args:
        document: the number of the document.
        events: what happened in it.
        listeners: the numbers of the people who are listening; 0 is nobody in particular.
        reviewers: those among them who listen at the review desk.
    """
    about = {uid for event in events if event.name in OF_ANNOTATIONS for uid in event.uids}
    subjects = _subjects(document, about)
    anybody = _Sight(AnonymousUser(), subjects)
    told = [Told(one.number, _message(one, subjects, anybody)) for one in events]
    # Whoever is shown the thing itself is shown it like anybody; for the others it must be asked.
    hidden = [
        (event, one)
        for event, one in zip(events, told, strict=True)
        if event.name in OF_ANNOTATIONS and (one.to_all is None or one.to_all["name"] == CHANGED)
    ]
    for person, viewer in _concerned(document, [event for event, _one in hidden], listeners):
        sight = _Sight(viewer, subjects)
        for event, one in hidden:
            message = _message(event, subjects, sight)
            if message is not None:
                one.apart[person] = message
    _tell_desks(document, zip(events, told, strict=True), reviewers)
    return told


class _Sight:
    """What a viewer may read of some annotations, and of what they may be told that it is gone."""

    def __init__(self, viewer: Viewer, uids: Collection[str]) -> None:
        rows = Annotation.objects.filter(uid__in=list(uids))
        shown = rows.filter(policy.annotations_visible_to(viewer)) if uids else rows
        self.shown = set(shown.values_list("uid", flat=True)) if uids else set()
        self.gone: set[str] = set()
        hidden = [uid for uid in uids if uid not in self.shown]
        if hidden:
            once = rows.filter(policy.annotations_once_visible_to(viewer), uid__in=hidden)
            self.gone = set(once.values_list("uid", flat=True))


def _message(event: Happened, subjects: dict[str, _Subject], sight: _Sight) -> Message | None:
    if event.name in OF_THE_WHOLE:
        return {"name": event.name, "refs": []}
    if event.name not in OF_ANNOTATIONS:
        return None
    shown = [uid for uid in event.uids if uid in sight.shown]
    if shown:
        threads = {subjects[uid].thread for uid in shown}
        named: Message = {"uid": threads.pop()} if len(threads) == 1 else {}
        refs = _refs(subjects, shown, event.left)
        return {"name": event.name, "refs": refs, **named, "about": shown[:1]}
    gone = [uid for uid in event.uids if uid in sight.gone]
    return {"name": CHANGED, "refs": _refs(subjects, gone, event.left)} if gone else None


def _refs(
    subjects: dict[str, _Subject], uids: Iterable[str], left: Iterable[str] = ()
) -> list[str]:
    refs = dict.fromkeys([*(ref for uid in uids for ref in subjects[uid].refs), *left])
    return list(refs)[:MOST_REFS]


def _subjects(document: int, uids: Collection[str]) -> dict[str, _Subject]:
    if not uids:
        return {}
    rows = Annotation.objects.filter(document=document, uid__in=list(uids))
    found = rows.annotate(
        thread_pk=Coalesce("root_id", "pk"), thread_uid=Coalesce("root__uid", "uid")
    )
    known = {
        uid: (pk, thread) for uid, pk, thread in found.values_list("uid", "thread_pk", "thread_uid")
    }
    refs = _refs_of(document, {pk for pk, _thread in known.values()})
    return {uid: _Subject(thread, refs.get(pk, ())) for uid, (pk, thread) in known.items()}


def _refs_of(document: int, threads: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Return the refs of the blocks that each thread's passage touches, in reading order."""
    edition = Document.objects.values_list("current_edition", flat=True).filter(pk=document)
    here = FilteredRelation("anchors", condition=Q(anchors__edition=edition.first()))
    spans = Annotation.objects.filter(pk__in=list(threads)).annotate(
        here=here, first=F("here__first_block__position"), last=F("here__last_block__position")
    )
    found: dict[int, range] = {
        pk: range(first, min(last + 1, first + MOST_REFS))
        for pk, first, last in spans.values_list("pk", "first", "last")
        if first is not None and last is not None
    }
    positions = {position for span in found.values() for position in span}
    blocks = Block.objects.filter(edition__in=edition, position__in=list(positions))
    refs = dict(blocks.values_list("position", "ref"))
    return {pk: tuple(refs[at] for at in span if at in refs) for pk, span in found.items()}


def _concerned(
    document: int, events: Sequence[Happened], listeners: Collection[int]
) -> list[tuple[int, Viewer]]:
    """Return those of the listeners to whom more may be shown of the events than to anybody."""
    somebody = [person for person in listeners if person]
    if not events or not somebody:
        return []
    uids = {uid for event in events for uid in event.uids}
    rows = User.objects.filter(policy.people_concerned(document, uids), pk__in=somebody)
    wanted = set(rows.values_list("pk", flat=True))
    return [(pk, viewer) for pk, viewer in people(wanted).items() if pk]


def _tell_desks(
    document: int, told: Iterable[tuple[Happened, Told]], reviewers: Collection[int]
) -> None:
    ours = [one for event, one in told if event.name in AT_THE_DESK]
    if not ours:
        return
    for person in still_reviewing([(document, person) for person in reviewers]):
        for one in ours:
            one.apart[person[1]] = {"name": CHANGED, "refs": []}


Listening = tuple[int, int]  # the numbers of a document and of a person


def still_reading(pairs: Collection[Listening]) -> set[Listening]:
    """Return those of the pairs in which the person may read the document now."""
    documents = {document for document, _person in pairs}
    rows = Document.objects.filter(pk__in=documents)
    open_to_all = _numbers(rows.filter(policy.documents_visible_to(AnonymousUser())))
    found = {pair for pair in pairs if pair[0] in open_to_all}
    return found | _filtered(set(pairs) - found, policy.documents_visible_to)


def still_reviewing(pairs: Collection[Listening]) -> set[Listening]:
    """Return those of the pairs in which the person reviews the document now."""
    return _filtered(set(pairs), policy.documents_reviewed_by)


def _filtered(pairs: set[Listening], rule: Callable[[Viewer], Q]) -> set[Listening]:
    by_person: dict[int, set[int]] = defaultdict(set)
    for document, person in pairs:
        by_person[person].add(document)
    viewers = people(by_person) if pairs else {}
    return {
        (document, person)
        for person, documents in by_person.items()
        if person in viewers
        for document in _numbers(Document.objects.filter(rule(viewers[person]), pk__in=documents))
    }


def _numbers(rows: QuerySet[Document]) -> set[int]:
    return set(rows.values_list("pk", flat=True))


def find_listening(viewer: Viewer, name: str) -> int | None:
    """Return the number of the document of this slug or number that the viewer may read, if any."""
    rows = Document.objects.filter(policy.documents_visible_to(viewer))
    found = rows.filter(slug=name).values_list("pk", flat=True).first()
    if found is None and name.isascii() and name.isdecimal() and len(name) < LONGEST_NUMBER:
        found = rows.filter(pk=int(name)).values_list("pk", flat=True).first()
    return found
