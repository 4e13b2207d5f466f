"""A page that grows while a big edition is published.

The work goes on in a thread of its own, so that an editor who closes the page does not stop it
halfway; the page only tells what the thread says. No script is needed.
"""

import logging
from collections.abc import Iterator
from queue import SimpleQueue
from threading import Lock, Thread

from django.db import connection
from django.http import StreamingHttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext as _

from reader import policy
from reader.actions import editions
from reader.actions.errors import Invalid
from reader.models import Edition, User
from reader.web.desk_access import Stale
from reader.web.http import Request

logger = logging.getLogger(__name__)
_GUARD = Lock()
_working: set[int] = set()  # documents of which this process publishes an edition now
HERE = "<!-- progress -->"
STEP = '<p class="step">{} {}</p>\n'
Step = tuple[int, int] | str | None
"""How many are done, of how many; or why it did not work; or None: it is published."""


def publishing_page(request: Request, edition: Edition, editor: User) -> StreamingHttpResponse:
    """Start publishing, and return the page that tells how far it is.

    Raises:
        Stale: an edition of the document is being published already.
    """
    if not _begin(edition):
        words = _("%(edition)s is being published at this moment. Look again in a minute.")
        raise Stale(edition.document, words % {"edition": edition})
    try:
        return _started(request, edition, editor)
    except BaseException:
        _end(edition)
        raise


def _begin(edition: Edition) -> bool:
    """Whether nobody is at it; then it is taken. Each work holds a thread and a connection."""
    with _GUARD:
        is_free = edition.document_id not in _working
        _working.add(edition.document_id)
        return is_free


def _end(edition: Edition) -> None:
    with _GUARD:
        _working.discard(edition.document_id)


def _started(request: Request, edition: Edition, editor: User) -> StreamingHttpResponse:
    context = {"document": edition.document, "edition": edition}
    page = render_to_string("desk/publishing.html", context, request)
    steps: SimpleQueue[Step] = SimpleQueue()
    language = translation.get_language()
    work = Thread(
        target=_publish, args=(edition, editor, steps, language), name=f"publish-{edition.pk}"
    )
    work.start()
    response = StreamingHttpResponse(_grow(page, edition, steps, language))
    response["X-Accel-Buffering"] = "no"  # a proxy in front would otherwise hold the steps back
    return response


def _publish(
    edition: Edition, editor: User, steps: "SimpleQueue[Step]", language: str | None
) -> None:
    """Publish and say how far it is; on a connection of this thread, which ends with it."""
    try:
        with translation.override(language):
            editions.publish_edition(
                editor=editor,
                edition=edition,
                progress=lambda done, total: steps.put((done, total)),
            )
        steps.put(None)
    except (Invalid, policy.Refused) as error:
        steps.put(str(error))
    except BaseException:
        logger.exception("publishing edition %s failed", edition.pk)
        steps.put("")
    finally:
        connection.close()
        _end(edition)


def _grow(
    page: str, edition: Edition, steps: "SimpleQueue[Step]", language: str | None
) -> Iterator[str]:
    head, _marker, foot = page.partition(HERE)
    yield head
    with translation.override(language):
        line = _("Working out where every annotation goes…")
    yield format_html(STEP, format_html('<progress aria-label="{}"></progress>', line), line)
    while isinstance(step := steps.get(), tuple):
        with translation.override(language):
            line = _line(*step)
        yield line
    with translation.override(language):
        ending = render_to_string(
            "desk/_published.html",
            {
                "document": edition.document,
                "edition": edition,
                "published": step is None,
                "reason": step,
            },
        )
    yield ending
    yield foot


def _line(done: int, total: int) -> str:
    # A share, no numbers: they would tell how many private notes others have.
    share = 100 * done // max(total, 1)
    words = _("%(share)d %% of the annotations are placed.") % {"share": share}
    bar = format_html(
        '<progress max="100" value="{}" aria-label="{}"></progress>', share, _("Annotations placed")
    )
    return format_html(STEP, bar, words)
