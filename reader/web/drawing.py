"""The blocks of the reader's page as HTML: drawn once, and again only where something changed.

What all readers see alike is kept in the process under the number of the document's last event,
and brought up to date by drawing those blocks anew that later events touched. Blocks in which a
viewer sees something of their own are drawn for them alone.

Kept blocks hold nothing of any one reader: no names of theirs, no tokens; see
:mod:`reader.web.cross_site` for why forms need none.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

from reader.models import Document, Edition, User
from reader.policy import Viewer
from reader.queries import reading
from reader.queries.block_views import BlockView
from reader.queries.freshness import positions_changed
from reader.queries.personal import any_reader, personal_positions
from reader.queries.sections import Section
from reader.web.cross_site import NO_TOKEN

CHARACTER = 1.5  # bytes that a character of HTML takes in memory, roughly

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class DrawnBlock:
    """A block and its part of the margin as HTML, with the numbers that the page sums up."""

    ref: str
    number: int | None
    block: SafeString
    threads: SafeString
    thread_count: int
    reply_count: int
    highlights: int
    unread: int = 0

    @property
    def size(self) -> int:
        """How long its HTML is, in characters."""
        return len(self.block) + len(self.threads)


@dataclass(slots=True)
class _Kept:
    """The blocks of one section as all readers of a kind see them, by position."""

    event: int = -1
    blocks: dict[int, DrawnBlock] = field(default_factory=dict)
    bytes: int = 0  # of the blocks: whoever shrinks the shelf does not go through all of them
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, blocks: dict[int, DrawnBlock]) -> None:
        """Keep these blocks instead of the former ones."""
        self.blocks = blocks
        self.bytes = int(sum(block.size for block in blocks.values()) * CHARACTER)


class _Shelf:
    """Sections that were drawn, the latest used last; beyond the bytes given, the oldest go."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: Key) -> _Kept:
        with self._lock:
            kept = self._kept.setdefault(key, _Kept())
            self._kept.move_to_end(key)
            return kept

    def shrink(self, most: int) -> None:
        with self._lock:
            size = sum(kept.bytes for kept in list(self._kept.values()))
            while size > most and len(self._kept) > 1:
                _key, dropped = self._kept.popitem(last=False)
                size -= dropped.bytes

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


_shelf = _Shelf()


def forget_drawn() -> None:
    """Forget all that was drawn: for tests, where numbers are used again."""
    _shelf.clear()


@dataclass(frozen=True, slots=True)
class Page:
    """What is drawn, and what its HTML depends on besides the annotations.

    ``document.last_event`` was read before anything else of it. ``look`` is
    :func:`reader.queries.versions.shared_look`; ``may_edit``: the viewer answers suggested edits.
    """

    document: Document
    edition: Edition
    section: Section
    look: int
    may_edit: bool

    @property
    def past(self) -> Edition | None:
        """The edition where it is not the current one."""
        return reading.past(self.document, self.edition)

    def key(self, viewer: Viewer) -> Key:
        """Return what tells the blocks of this page from others, as all of a kind see them."""
        return (
            self.edition.pk,
            self.section.number,
            viewer.kind if isinstance(viewer, User) else "",
            self.may_edit,
            self.past is not None,
            *(self.document.slug, self.document.language, self.document.annotating),
            *(get_language(), get_current_timezone_name(), self.look),
        )


def draw_page(viewer: Viewer, page: Page) -> list[DrawnBlock]:
    """Return the blocks of a section with all that the viewer may read."""
    anybody: Viewer = any_reader(viewer.kind) if isinstance(viewer, User) else AnonymousUser()
    if page.edition.is_draft:
        return list(_draw_section(anybody, page).values())
    shared = _shared(viewer, anybody, page)
    own = personal_positions(viewer, page.document, page.edition, page.section) & shared.keys()
    drawn = shared | _draw(viewer, page, own) if own else shared
    return [drawn[position] for position in sorted(drawn)]


def draw_views(viewer: Viewer, page: Page, views: Iterable[BlockView]) -> list[DrawnBlock]:
    """Return views as HTML that is kept nowhere."""
    return list(_by_position(viewer, page, views).values())


def _shared(viewer: Viewer, anybody: Viewer, page: Page) -> dict[int, DrawnBlock]:
    """Return what all readers of the viewer's kind see, by position."""
    kept = _shelf.take(page.key(viewer))
    with kept.lock:  # whoever comes while it is drawn waits, instead of drawing it as well
        if kept.event != page.document.last_event:
            _bring_up(kept, anybody, page)
            _shelf.shrink(settings.KEPT_BLOCKS_BYTES)
        return kept.blocks


def _bring_up(kept: _Kept, anybody: Viewer, page: Page) -> None:
    """Draw what changed; what others hold of the former blocks stays as it is."""
    now = page.document.last_event
    changed = positions_changed(page.edition, kept.event, now) if kept.blocks else None
    if changed is None:
        kept.put(_draw_section(anybody, page))
    elif again := changed & kept.blocks.keys():
        kept.put(kept.blocks | _draw(anybody, page, again))
    kept.event = now


def _draw_section(viewer: Viewer, page: Page) -> dict[int, DrawnBlock]:
    views = reading.reading_page(viewer, page.document, page.edition, section=page.section)
    return _by_position(viewer, page, views)


def _draw(viewer: Viewer, page: Page, positions: set[int]) -> dict[int, DrawnBlock]:
    if not positions:
        return {}
    views = reading.blocks_at(viewer, page.document, page.edition, positions)
    return _by_position(viewer, page, views)


def _by_position(viewer: Viewer, page: Page, views: Iterable[BlockView]) -> dict[int, DrawnBlock]:
    block = get_template("documents/_block.html")
    threads = get_template("documents/_threads.html")
    drawn = {}
    for view in views:
        context = {
            "view": view,
            "document": page.document,
            "past": page.past,
            "viewer": viewer,
            "may_edit": page.may_edit,
            "csrf_token": NO_TOKEN,
        }
        drawn[view.block.position] = DrawnBlock(
            ref=view.block.ref,
            number=view.block.number,
            block=SafeString(block.render(context)),
            threads=SafeString(threads.render(context)),
            thread_count=view.thread_count,
            reply_count=view.reply_count,
            highlights=view.highlights,
            unread=view.unread,
        )
    return drawn
