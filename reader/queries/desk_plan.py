"""What publishing a draft would do, remembered between an editor's visits to the desk.

The desk asks for the plan with every page and after every decision. For a book with a hundred
thousand notes it costs seconds, and hardly anything in it changes between two clicks; so the last
few are kept in the memory of the process. Nothing in them depends on who looks. A remembered plan
is used only while the document's log stands where it stood, and decisions, which a draft does not
log, are looked up each time.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Generic, TypeVar

from reader.models import Edition
from reader.queries import carrying, comparison
from reader.queries.carrying import Plan
from reader.queries.comparison import ComparedRow
from reader.text.diff import Change, Op

KEPT_PLANS = 2
KEPT_CHANGES = 8
_WORD = re.compile(r"\w+")
_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Recent(Generic[_Key, _Value]):
    """The values asked for last, a few of them. Threads may share it."""

    def __init__(self, limit: int) -> None:
        """Keep at most so many."""
        self._limit = limit
        self._values: OrderedDict[_Key, _Value] = OrderedDict()
        self._lock = Lock()

    def get(self, key: _Key) -> _Value | None:
        """Return the value, None when it is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: _Key, value: _Value) -> None:
        """Keep the value, and forget the one that nobody has asked for longest."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._limit:
                self._values.popitem(last=False)

    def make(self, key: _Key, maker: Callable[[], _Value]) -> _Value:
        """Return the value, made now when it is not kept."""
        found = self.get(key)
        if found is None:
            found = maker()
            self.put(key, found)
        return found


@dataclass(frozen=True, slots=True)
class _Known:
    """A plan, the log's last number it was made at, and the settled anchors it was made with."""

    plan: Plan
    last_event: int
    settled: frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class TextChanges:
    """What a text changes in the one before it: rows by change, and words."""

    tally: dict[Change, int]
    inserted: int
    deleted: int


_plans: Recent[tuple[int, int], _Known] = Recent(KEPT_PLANS)
_changes: Recent[tuple[int, int, int], TextChanges] = Recent(KEPT_CHANGES)


def plan_of(draft: Edition) -> Plan:
    """Return what publishing the draft over the current edition would do, in constant queries.

    Raises:
        Edition.DoesNotExist: the document has no current edition.
    """
    document = draft.document
    if document.current_edition is None:
        raise Edition.DoesNotExist
    key = draft.pk, document.current_edition.pk
    settled = frozenset(carrying.settled(draft).values_list("annotation_id", "pk"))
    known = _plans.get(key)
    if known is not None and known.plan.draft.text != draft.text:
        known = None
    if known is None or known.last_event != document.last_event:
        planned = carrying.plan(draft, known=known.plan if known else None)
    elif known.settled == settled:
        return known.plan
    else:
        planned = _again(known.plan, draft, {pk for pk, _anchor in known.settled ^ settled})
    _plans.put(key, _Known(planned, document.last_event, settled))
    return planned


def _again(known: Plan, draft: Edition, changed: set[int]) -> Plan:
    """Return the plan with some roots, whose decisions changed, looked at again."""
    part = carrying.plan(draft, only=changed)
    return replace(
        known,
        carried={**known.carried, **part.carried},
        kept=(known.kept - changed) | part.kept,
        adopted=(known.adopted - changed) | part.adopted,
    )


def changes_between(base: Edition, edition: Edition) -> TextChanges:
    """Return what the edition's text changes in that of the one before it."""
    key = base.pk, edition.pk, hash(edition.text)
    return _changes.make(key, lambda: _counted(comparison.rows_of(base, edition)))


def _counted(rows: Sequence[ComparedRow]) -> TextChanges:
    words = {Op.INSERTED: 0, Op.DELETED: 0}
    for row in rows:
        for run in row.row.words:
            if run.op in words:
                words[run.op] += len(_WORD.findall(run.text))
    return TextChanges(comparison.counts(rows), words[Op.INSERTED], words[Op.DELETED])
