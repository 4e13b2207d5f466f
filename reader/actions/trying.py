"""Trying what the checks of a document would say of a text. Nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils import timezone
from django.utils.translation import gettext as _

from reader import checks, policy
from reader.actions.holding import Text, draft_of
from reader.actions.wording import Wording, clean
from reader.checks import Check
from reader.models import Document, Motivation
from reader.policy import Viewer


@dataclass(frozen=True, slots=True)
class Tried:
    """What a check says: why the text would wait, or nothing; and whether the document has it."""

    check: Check
    is_on: bool
    why: str | None


def try_text(*, viewer: Viewer, document: Document, body: str, is_known: bool) -> Sequence[Tried]:
    """Return what each check would say if the text were posted now, by somebody new or known.

    Of the person it is supposed that they wrote nothing else lately.

    Raises:
        policy.Refused: the viewer does not moderate the document.
        Invalid: nobody could post this.
    """
    if not policy.may_moderate(viewer, document):
        raise policy.Refused(_("Only a moderator of this document can try its checks."))
    words = clean(Wording(body), Motivation.COMMENTING, "")
    text = Text(document, words, timezone.now(), None)
    draft = replace(draft_of(text, checks.facts_for(checks.CHECKS)), is_known=is_known)
    on = set(checks.named(document.checks))
    return [Tried(check, check in on, check.judge(draft)) for check in checks.CHECKS]
